//! The shape of the profile file.

use serde::Deserialize;

use crate::card::CardType;
use crate::qr::QrField;

/// Whether the Decision says so, or we assume it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The text at hand says so.
    Stated,
    /// The text was not at hand, or leaves it open.
    Assumed,
}

/// Where a value comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, serde::Serialize)]
pub struct Source {
    /// Document and clause, for a person to look up.
    pub clause: String,
    /// Whether it stands there.
    pub basis: Basis,
}

/// One value with its source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule<T> {
    /// The value.
    pub value: T,
    /// Document and clause.
    pub clause: String,
    /// Whether it stands there.
    pub basis: Basis,
}

/// Everything a profile file holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Which document the profile is, for people.
    pub name: String,
    /// Version of this file; grows with every change.
    pub version: String,
    /// Card number.
    pub card_number: CardNumberRules,
    /// Card types, in the order of the Decision.
    pub card_types: Vec<CardTypeRule>,
    /// Personal id number.
    pub personal_id: PersonalIdRules,
    /// Age of a holder.
    pub age: AgeRules,
    /// Lengths of texts, in NFC characters.
    pub lengths: LengthRules,
    /// Life of a card.
    pub life: LifeRules,
    /// QR.
    pub qr: QrRules,
    /// Chip.
    pub chip: ChipRules,
    /// Faces.
    pub face: FaceRules,
}

/// How a card number is made.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardNumberRules {
    /// The parts in order.
    pub form: Rule<Vec<String>>,
    /// What joins them.
    pub separator: Rule<String>,
    /// Longest agency code.
    pub agency_code_chars: Rule<usize>,
}

/// One card type.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardTypeRule {
    /// The code.
    pub code: CardType,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// Other writings, folded as [`crate::fold_for_search`] does.
    pub also: Vec<String>,
    /// What a new card of this type meets.
    pub new_issue: NewIssue,
    /// Document and clause.
    pub clause: String,
    /// Whether it stands there.
    pub basis: Basis,
}

/// What a new card of a type meets.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum NewIssue {
    /// It is issued.
    Allowed,
    /// It is issued with a warning: a legacy type.
    Warned,
    /// It is not issued any more; old numbers still read.
    Refused,
}

/// What a personal id number must agree with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalIdRules {
    /// Number of digits.
    pub digits: Rule<usize>,
    /// Digit 4 must agree with sex and century.
    pub check_sex_and_century: Rule<bool>,
    /// Digits 5 and 6 must agree with the year of birth.
    pub check_birth_year: Rule<bool>,
    /// A province code that is not in the table is a warning.
    pub warn_unknown_province: Rule<bool>,
}

/// Age of a holder on the day of issue, in whole years.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeRules {
    /// Younger is refused.
    pub minimum: Rule<i16>,
    /// Younger is a warning.
    pub warn_below: Rule<i16>,
    /// Older is a warning.
    pub warn_above: Rule<i16>,
}

/// Longest texts, in NFC characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LengthRules {
    /// Full name.
    pub full_name: Rule<usize>,
    /// Managing agency and employing unit, each.
    pub agency: Rule<usize>,
    /// Title.
    pub title: Rule<usize>,
    /// Every other field.
    pub other: Rule<usize>,
}

/// Life of a card.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifeRules {
    /// Longest life in years from the day of issue.
    pub card_years: Rule<i16>,
    /// Days that a ready card waits to be collected.
    pub hand_over_days: Rule<u16>,
}

/// The QR on the front.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QrRules {
    /// What separates fields.
    pub separator: Rule<char>,
    /// Most characters in all.
    pub max_chars: Rule<usize>,
    /// Length of the random code.
    pub code_chars: Rule<usize>,
    /// Side of the square in millimetres.
    pub box_mm: Rule<f64>,
    /// Fields in order.
    pub fields: Rule<Vec<QrField>>,
    /// How many of them always stand there.
    pub always: Rule<usize>,
    /// What fits by resolution, at level M with whole dots.
    pub ladder: Vec<QrRung>,
}

/// How many bytes the QR may hold at a resolution.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QrRung {
    /// Dots per inch, at least.
    pub dpi: u32,
    /// Bytes of UTF-8.
    pub bytes: usize,
    /// Document and clause.
    pub clause: String,
    /// Whether it stands there.
    pub basis: Basis,
}

/// The identity application on the chip.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChipRules {
    /// Smallest chip generation.
    pub minimum: Rule<String>,
    /// Application identifier.
    pub aid: Rule<Aid>,
    /// Keys, all AES-128.
    pub keys: Vec<KeyRule>,
    /// Files, all standard data files with full encryption.
    pub files: Vec<FileRule>,
    /// Photo by size of the chip, smallest chip first.
    pub photo_budgets: Vec<PhotoBudget>,
}

impl ChipRules {
    /// The number of the key with this use.
    pub fn key(&self, usage: KeyUse) -> Option<u8> {
        self.keys.iter().find(|key| key.usage == usage).map(|key| key.number)
    }

    /// The file with this name: `record` or `photo`.
    pub fn file(&self, name: &str) -> Option<&FileRule> {
        self.files.iter().find(|file| file.name == name)
    }

    /// Bytes that the photo may take on a chip of `storage_bytes`; 0 means no photo.
    pub fn photo_budget(&self, storage_bytes: u32) -> usize {
        self.photo_budgets
            .iter()
            .filter(|budget| budget.storage_bytes <= storage_bytes)
            .max_by_key(|budget| budget.storage_bytes)
            .map_or(0, |budget| budget.photo_bytes)
    }
}

/// An application identifier, written as 6 hex digits, the first byte the highest: `838001`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub struct Aid(pub [u8; 3]);

impl TryFrom<String> for Aid {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_hexdigit());
        match u32::from_str_radix(&text, 16) {
            Ok(number) if digits => {
                let [_, aid @ ..] = number.to_be_bytes();
                Ok(Self(aid))
            }
            _ => Err("an application identifier is 6 hex digits"),
        }
    }
}

/// One key of the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRule {
    /// Number on the chip: 0 to 13.
    pub number: u8,
    /// What it is for.
    #[serde(rename = "use")]
    pub usage: KeyUse,
    /// Document and clause.
    pub clause: String,
    /// Whether it stands there.
    pub basis: Basis,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    /// Changes keys and the application.
    Master,
    /// Reads, at checkers.
    Check,
    /// Writes, at stations.
    Update,
    /// Proves the chip online; only the vault holds it.
    Proof,
    /// May ask for the true UID of a chip that shows random ones.
    Uid,
}

/// One file of the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// Number on the chip: 0 to 31.
    pub number: u8,
    /// `record` or `photo`.
    pub name: String,
    /// Size in bytes; a photo file is made in the size of the chip's photo budget instead.
    pub bytes: usize,
    /// Key that may read.
    pub read: u8,
    /// Key that may write.
    pub write: u8,
    /// Key that may change these rights.
    pub change: u8,
    /// Document and clause.
    pub clause: String,
    /// Whether it stands there.
    pub basis: Basis,
}

/// Size of the photo by size of the chip.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoBudget {
    /// Chips of this size in bytes and more, up to the next rule.
    pub storage_bytes: u32,
    /// Bytes of WebP; 0 means no photo.
    pub photo_bytes: usize,
    /// Document and clause.
    pub clause: String,
    /// Whether it stands there.
    pub basis: Basis,
}

/// The printed card.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaceRules {
    /// Width in millimetres.
    pub width_mm: Rule<f64>,
    /// Height in millimetres.
    pub height_mm: Rule<f64>,
    /// Thickness in millimetres.
    pub thickness_mm: Rule<f64>,
    /// What stands on the front.
    pub front: Rule<Vec<String>>,
    /// What stands on the back.
    pub back: Rule<Vec<String>>,
    /// Ground colour of the front.
    pub front_ground: Rule<String>,
    /// Ground colour of the back.
    pub back_ground: Rule<String>,
    /// Width of the portrait to its height.
    pub portrait_aspect: Rule<[u32; 2]>,
    /// First letters of the agency codes whose bodies bear the national emblem.
    pub emblem_groups: Rule<Vec<char>>,
}

/// What a face must find room for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceLimits {
    /// Full name, in NFC characters.
    pub full_name: usize,
    /// Managing agency and employing unit, each, in NFC characters.
    pub agency: usize,
    /// Title, in NFC characters.
    pub title: usize,
    /// Width of the card in millimetres.
    pub width_mm: f64,
    /// Height of the card in millimetres.
    pub height_mm: f64,
    /// Side of the QR's square in millimetres.
    pub qr_mm: f64,
}

/// Walks the file for the tables that carry a clause, so that no rule can be left out of the list.
pub(crate) fn sources(file: &toml::Table) -> Vec<(String, Source)> {
    let mut found = Vec::new();
    for (key, value) in file {
        walk(key, value, &mut found);
    }
    found
}

fn walk(path: &str, value: &toml::Value, found: &mut Vec<(String, Source)>) {
    match value {
        toml::Value::Table(table) => {
            if let (Some(clause), Some(basis)) = (table.get("clause"), table.get("basis")) {
                let basis =
                    if basis.as_str() == Some("stated") { Basis::Stated } else { Basis::Assumed };
                let clause = clause.as_str().unwrap_or_default().to_owned();
                found.push((path.to_owned(), Source { clause, basis }));
            }
            for (key, value) in table {
                walk(&format!("{path}.{key}"), value, found);
            }
        }
        toml::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = ["code", "name", "use", "dpi", "storage_bytes"]
                    .iter()
                    .find_map(|key| item.get(key))
                    .map_or_else(|| index.to_string(), plain);
                walk(&format!("{path}.{name}"), item, found);
            }
        }
        _ => {}
    }
}

fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
