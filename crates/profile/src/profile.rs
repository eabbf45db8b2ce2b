//! The profile: rules, code tables, and what is asked of them.

use jiff::ToSpan;
use jiff::civil::Date;
use zeroize::Zeroizing;

use crate::agency::{AgencyCode, AgencyTable, TableError};
use crate::card::CardType;
use crate::person::ProvinceTable;
use crate::rules::{Basis, CardTypeRule, FaceLimits, KeyUse, Rules, Source, sources};

/// A regulation as data: what a card carries, what a record must be, and where each rule stands.
#[derive(Clone, Debug)]
pub struct Profile {
    rules: Rules,
    agencies: AgencyTable,
    provinces: ProvinceTable,
    sources: Vec<(String, Source)>,
}

/// Why a profile file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file is not TOML, misses a value, or holds one that nobody asked for. The text names
    /// line and column.
    #[error("the profile does not parse: {0}")]
    Syntax(#[from] Box<toml::de::Error>),
    /// A value contradicts another.
    #[error("the profile contradicts itself at {key}: {reason}")]
    Contradiction {
        /// Place in the file.
        key: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A code table does not read.
    #[error("a code table of the profile does not read")]
    Table(#[from] TableError),
}

impl Profile {
    /// Decision 838/QĐ-BNV with the code tables in force, as embedded in this program.
    pub fn qd838() -> Self {
        Self::from_toml(include_str!("../data/qd838.toml"))
            .expect("the embedded profile reads; a test proves it")
    }

    /// Reads another profile file; the embedded code tables go with it.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] names the line, or the values that contradict each other.
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        let rules: Rules = toml::from_str(text).map_err(Box::new)?;
        let file: toml::Table = toml::from_str(text).map_err(Box::new)?;
        consistent(&rules)?;
        Ok(Self {
            rules,
            agencies: AgencyTable::parse(include_str!("../data/agency_codes.csv"))?,
            provinces: ProvinceTable::parse(include_str!("../data/cccd_province_codes.csv"))?,
            sources: sources(&file),
        })
    }

    /// The same profile with another table of agency codes.
    #[must_use]
    pub fn with_agencies(self, agencies: AgencyTable) -> Self {
        Self { agencies, ..self }
    }

    /// The rules as they stand in the file.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Agency codes.
    pub fn agencies(&self) -> &AgencyTable {
        &self.agencies
    }

    /// Province codes of personal id numbers.
    pub fn provinces(&self) -> &ProvinceTable {
        &self.provinces
    }

    /// Every rule by its place in the file (`life.card_years`, `chip.files.photo`) with its source.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.sources.iter().map(|(key, source)| (key.as_str(), source))
    }

    /// Clause and basis of one rule, by its place in the file.
    pub fn source(&self, key: &str) -> Option<&Source> {
        self.sources.iter().find(|(other, _)| other == key).map(|(_, source)| source)
    }

    /// Whether a rule is assumed; a place that the file has not is assumed.
    pub fn is_assumed(&self, key: &str) -> bool {
        self.source(key).is_none_or(|source| source.basis == Basis::Assumed)
    }

    /// The rule of a card type.
    pub fn card_type(&self, card_type: &CardType) -> Option<&CardTypeRule> {
        self.rules.card_types.iter().find(|rule| rule.code == *card_type)
    }

    /// The last day of a card that is issued on `issued`: the earliest of the profile's life, the
    /// end of the contract and the day of retirement.
    pub fn expiry(
        &self,
        issued: Date,
        contract_end: Option<Date>,
        retirement: Option<Date>,
    ) -> Date {
        let life = issued.saturating_add(self.rules.life.card_years.value.years());
        [contract_end, retirement].into_iter().flatten().fold(life, Date::min)
    }

    /// The last day on which a card that was ready on `ready` may be collected.
    pub fn collect_by(&self, ready: Date) -> Date {
        ready.saturating_add(i64::from(self.rules.life.hand_over_days.value).days())
    }

    /// Bytes that the photo may take on a chip of `storage_bytes`; 0 means no photo.
    pub fn photo_budget(&self, storage_bytes: u32) -> usize {
        self.rules.chip.photo_budget(storage_bytes)
    }

    /// What a face must find room for.
    pub fn face_limits(&self) -> FaceLimits {
        FaceLimits {
            full_name: self.rules.lengths.full_name.value,
            agency: self.rules.lengths.agency.value,
            title: self.rules.lengths.title.value,
            width_mm: self.rules.face.width_mm.value,
            height_mm: self.rules.face.height_mm.value,
            qr_mm: self.rules.qr.box_mm.value,
        }
    }

    /// Whether the faces of a managing agency bear the national emblem; otherwise its logo.
    pub fn bears_emblem(&self, agency: &AgencyCode) -> bool {
        let groups = &self.rules.face.emblem_groups.value;
        agency.as_str().chars().next().is_some_and(|group| groups.contains(&group))
    }

    /// The random code of a QR from a random number: letters and digits that nobody confuses.
    pub fn code4(&self, random: u64) -> Zeroizing<String> {
        let mut rest = random;
        let base = u64::try_from(CODE_LETTERS.len()).expect("a short list");
        Zeroizing::new(
            (0..self.rules.qr.code_chars.value)
                .filter_map(|_| {
                    let place = usize::try_from(rest % base).ok()?;
                    rest /= base;
                    CODE_LETTERS.get(place).map(|byte| char::from(*byte))
                })
                .collect(),
        )
    }
}

/// Crockford's base 32 without letters that look like digits.
const CODE_LETTERS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn consistent(rules: &Rules) -> Result<(), ProfileError> {
    let wrong = |key, reason| Err(ProfileError::Contradiction { key, reason });
    let qr = &rules.qr;
    if qr.always.value > qr.fields.value.len() {
        return wrong("qr.always", "more fields than there are");
    }
    if qr
        .fields
        .value
        .iter()
        .enumerate()
        .any(|(i, f)| qr.fields.value.iter().take(i).any(|g| g == f))
    {
        return wrong("qr.fields", "a field stands twice");
    }
    if qr.ladder.is_empty() {
        return wrong("qr.ladder", "no resolution is given");
    }
    if !(1..=12).contains(&qr.code_chars.value) {
        return wrong("qr.code_chars", "1 to 12 characters");
    }
    if rules.personal_id.digits.value != 12 {
        return wrong("personal_id.digits", "this program reads numbers of 12 digits");
    }
    if rules.card_number.separator.value != "."
        || rules.card_number.form.value != ["agency_code", "personal_id", "card_type"]
    {
        return wrong("card_number.form", "this program reads agency_code.personal_id.card_type");
    }
    if rules.card_types.is_empty() {
        return wrong("card_types", "no type is given");
    }
    if !(1..=50).contains(&rules.life.card_years.value) {
        return wrong("life.card_years", "1 to 50 years");
    }
    let chip = &rules.chip;
    for usage in [KeyUse::Master, KeyUse::Check, KeyUse::Update, KeyUse::Proof, KeyUse::Uid] {
        if chip.keys.iter().filter(|key| key.usage == usage).count() != 1 {
            return wrong("chip.keys", "each use has exactly one key");
        }
    }
    let numbered = |number: u8| chip.keys.iter().filter(|key| key.number == number).count() == 1;
    if !chip.keys.iter().all(|key| key.number < 14 && numbered(key.number)) {
        return wrong("chip.keys", "numbers are 0 to 13, each once");
    }
    for name in ["record", "photo"] {
        if chip.file(name).is_none() {
            return wrong("chip.files", "record and photo are needed");
        }
    }
    if !chip.files.iter().all(|file| [file.read, file.write, file.change].into_iter().all(numbered))
    {
        return wrong("chip.files", "a right names a key that is not there");
    }
    if !chip.files.iter().all(|file| {
        file.number < 32
            && chip.files.iter().filter(|other| other.number == file.number).count() == 1
    }) {
        return wrong("chip.files", "numbers are 0 to 31, each once");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const FILE: &str = include_str!("../data/qd838.toml");

    #[test]
    fn embedded_profile_reads() {
        let profile = Profile::qd838();
        assert_eq!(profile.rules().card_types.len(), 6);
        assert_eq!(profile.rules().chip.aid.value.0, [0x83, 0x80, 0x01]);
        assert_eq!(profile.rules().chip.key(KeyUse::Uid), Some(4));
    }

    #[test]
    fn every_rule_has_a_clause_and_a_basis() {
        insta::assert_snapshot!(
            Profile::qd838()
                .sources()
                .map(|(key, source)| {
                    assert!(!source.clause.is_empty(), "{key}");
                    format!("{key}: {:?}", source.basis)
                })
                .collect::<Vec<_>>()
                .join("\n")
        );
    }

    #[test]
    fn stated_and_assumed_are_told_apart() {
        let profile = Profile::qd838();
        assert!(!profile.is_assumed("qr.max_chars"));
        assert!(profile.is_assumed("qr.fields"));
        assert!(profile.is_assumed("chip.files.photo"));
        assert!(profile.is_assumed("no.such.rule"));
        assert!(profile.source("life.card_years").unwrap().clause.contains("838"));
    }

    #[test]
    fn unknown_key_is_refused_with_its_line() {
        let text = FILE.replacen("[life]\n", "[life]\ncard_months = 3\n", 1);
        let line = 1 + text.lines().position(|l| l.starts_with("card_months")).unwrap();
        let error = Profile::from_toml(&text).unwrap_err().to_string();
        assert!(error.contains(&format!("line {line}")), "{error}");
    }

    #[test]
    fn value_without_basis_is_refused() {
        let text = FILE.replacen(", basis = \"stated\"", "", 1);
        assert!(matches!(Profile::from_toml(&text), Err(ProfileError::Syntax(_))));
    }

    #[test]
    fn contradictions_are_named() {
        for (from, to, key) in [
            ("always = { value = 5", "always = { value = 9", "qr.always"),
            ("\"code4\", \"card_number\"", "\"code4\", \"code4\"", "qr.fields"),
            ("code_chars = { value = 4", "code_chars = { value = 0", "qr.code_chars"),
            ("digits = { value = 12", "digits = { value = 9", "personal_id.digits"),
            ("separator = { value = \".\"", "separator = { value = \"-\"", "card_number.form"),
            ("card_years = { value = 5", "card_years = { value = 0", "life.card_years"),
            ("use = \"proof\"", "use = \"check\"", "chip.keys"),
            ("number = 3\n", "number = 2\n", "chip.keys"),
            ("name = \"photo\"", "name = \"picture\"", "chip.files"),
            ("read = 1", "read = 9", "chip.files"),
        ] {
            let text = FILE.replacen(from, to, 1);
            assert_ne!(text, FILE, "{from}");
            match Profile::from_toml(&text) {
                Err(ProfileError::Contradiction { key: named, .. }) => assert_eq!(named, key),
                other => panic!("{key}: {other:?}"),
            }
        }
    }

    #[test]
    fn expiry_is_the_earliest_of_three() {
        let profile = Profile::qd838();
        let issued = date(2026, 11, 23);
        assert_eq!(profile.expiry(issued, None, None), date(2031, 11, 23));
        assert_eq!(
            profile.expiry(issued, Some(date(2027, 1, 31)), Some(date(2028, 5, 1))),
            date(2027, 1, 31)
        );
        assert_eq!(profile.expiry(issued, None, Some(date(2040, 1, 1))), date(2031, 11, 23));
        assert_eq!(profile.expiry(date(2024, 2, 29), None, None), date(2029, 2, 28));
    }

    #[test]
    fn uncollected_card_goes_back_after_sixty_days() {
        assert_eq!(Profile::qd838().collect_by(date(2026, 11, 23)), date(2027, 1, 22));
    }

    #[test]
    fn photo_budget_grows_with_the_chip() {
        let profile = Profile::qd838();
        for (storage, bytes) in [(2048, 0), (3072, 1024), (4096, 1536), (8192, 1536)] {
            assert_eq!(profile.photo_budget(storage), bytes);
        }
    }

    #[test]
    fn random_code_has_four_letters_and_depends_on_the_number() {
        let profile = Profile::qd838();
        assert_eq!(*profile.code4(0), "0000");
        assert_eq!(profile.code4(u64::MAX).chars().count(), 4);
        assert_ne!(profile.code4(1), profile.code4(2));
    }
}
