//! People, as the registry keeps them: sealed, and found by keyed hashes.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use wire::{AuthorityId, PersonId};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ports::{BlobId, LookupHash};
use crate::view::{Difference, Values};

/// A person as stored: nothing here can be read without the person's key.
#[derive(Clone, Eq, PartialEq)]
pub struct Person {
    /// Who manages the person's card.
    pub authority: AuthorityId,
    /// Identity.
    pub id: PersonId,
    /// Number of commits so far; 0 before the first.
    pub version: i64,
    /// The person's key, wrapped by the vault; none once it was erased.
    pub key: Option<Vec<u8>>,
    /// Keyed hash of the personal id number.
    pub personal_id: LookupHash,
    /// [`Details`], sealed under the person's key.
    pub sealed: Vec<u8>,
    /// The pictures, sealed under the person's key; none where none was given.
    pub photo: Option<BlobId>,
}

impl Person {
    /// What an approver signs: a commitment to everything that will be printed and written.
    ///
    /// SHA-256 over the person's identity, the sealed details and the sealed pictures. Sealing is
    /// randomised, so the hash gives nothing away about the person, and it changes whenever what
    /// will be printed does.
    pub fn content_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"congvu content 1\0");
        hash.update(self.id.0.as_bytes());
        hash.update(Sha256::digest(&self.sealed));
        match &self.photo {
            Some(blob) => {
                hash.update([1]);
                hash.update(blob.0);
            }
            None => hash.update([0]),
        }
        hash.finalize().into()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("authority", &self.authority)
            .field("id", &self.id)
            .field("version", &self.version)
            .field("erased", &self.key.is_none())
            .field("photo", &self.photo.is_some())
            .finish_non_exhaustive()
    }
}

/// What is known about a person and goes on the card. Wiped on drop, never printed by `Debug`.
///
/// This is the stored form, kept apart from the validator's types so that a stricter rule of
/// tomorrow can still read what was accepted yesterday.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize, Zeroize, ZeroizeOnDrop)]
pub struct Details {
    /// Full name, as the staff record writes it.
    pub full_name: String,
    /// Date of birth in ISO form: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub birth: String,
    /// Sex as the profile words it in stored form: `male` or `female`.
    pub sex: String,
    /// Personal id number, 12 digits.
    pub personal_id: String,
    /// Card type code, such as `CC`.
    pub card_type: String,
    /// Agency code, such as `G01`.
    pub agency_code: String,
    /// Card number, as printed.
    pub card_number: String,
    /// Ministry, sector or province, as printed.
    pub managing_agency: String,
    /// The work unit.
    pub employing_unit: String,
    /// Position, title or job position.
    pub title: String,
    /// Staff code of the national database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_code: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Last day of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[zeroize(skip)]
    pub contract_end: Option<Date>,
    /// Day of retirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[zeroize(skip)]
    pub retirement: Option<Date>,
    /// SHA-256 of the original picture file, hex; says whether the same picture comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_sha256: Option<String>,
}

impl Details {
    /// The details of an accepted row of the staff list. `photo_sha256`: of the original picture.
    pub fn of(staff: &profile::Staff, photo_sha256: Option<String>) -> Self {
        let text =
            |text: &Option<profile::Text>| text.as_ref().map(|text| text.as_str().to_owned());
        Self {
            full_name: staff.full_name.as_str().to_owned(),
            birth: staff.birth.to_iso(),
            sex: match staff.sex {
                profile::Sex::Male => "male".to_owned(),
                profile::Sex::Female => "female".to_owned(),
            },
            personal_id: staff.personal_id.expose().to_owned(),
            card_type: staff.card_type.as_str().to_owned(),
            agency_code: staff.agency_code.as_str().to_owned(),
            card_number: staff.card_number().expose().as_str().to_owned(),
            managing_agency: staff.managing_agency.as_str().to_owned(),
            employing_unit: staff.employing_unit.as_str().to_owned(),
            title: staff.title.as_str().to_owned(),
            staff_code: text(&staff.staff_code),
            email: text(&staff.email),
            phone: text(&staff.phone),
            contract_end: staff.contract_end,
            retirement: staff.retirement,
            photo_sha256,
        }
    }

    /// The names of the fields in which `other` differs, in the order of the staff list.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        [
            ("full_name", self.full_name == other.full_name),
            ("birth", self.birth == other.birth),
            ("sex", self.sex == other.sex),
            ("personal_id", self.personal_id == other.personal_id),
            ("card_type", self.card_type == other.card_type),
            ("agency_code", self.agency_code == other.agency_code),
            ("card_number", self.card_number == other.card_number),
            ("managing_agency", self.managing_agency == other.managing_agency),
            ("employing_unit", self.employing_unit == other.employing_unit),
            ("title", self.title == other.title),
            ("staff_code", self.staff_code == other.staff_code),
            ("email", self.email == other.email),
            ("phone", self.phone == other.phone),
            ("contract_end", self.contract_end == other.contract_end),
            ("retirement", self.retirement == other.retirement),
            ("photo", self.photo_sha256 == other.photo_sha256),
        ]
        .into_iter()
        .filter_map(|(name, same)| (!same).then_some(name))
        .collect()
    }

    /// The fields in which `now` differs from `self`, with their values where those may be shown.
    pub(crate) fn compared(&self, now: &Self) -> Vec<Difference> {
        let fields = self.differences(now).into_iter();
        fields
            .map(|field| {
                let values = self.shown(field).zip(now.shown(field));
                Difference { field, values: values.map(|(before, after)| Values { before, after }) }
            })
            .collect()
    }

    /// The value of a field for a screen; none for numbers, addresses and pictures.
    fn shown(&self, field: &str) -> Option<String> {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        match field {
            "full_name" => Some(self.full_name.clone()),
            "birth" => Some(self.birth.clone()),
            "sex" => Some(self.sex.clone()),
            "card_type" => Some(self.card_type.clone()),
            "agency_code" => Some(self.agency_code.clone()),
            "managing_agency" => Some(self.managing_agency.clone()),
            "employing_unit" => Some(self.employing_unit.clone()),
            "title" => Some(self.title.clone()),
            "contract_end" => Some(day(self.contract_end)),
            "retirement" => Some(day(self.retirement)),
            _ => None,
        }
    }
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Details(..)")
    }
}

/// `number` with every run of nine and more digits reduced to its last three.
///
/// A card number holds the personal id number, so neither is shown whole on a screen.
pub fn masked(number: &str) -> String {
    let mut out = String::with_capacity(number.len());
    let mut run = String::new();
    for c in number.chars().chain(Some('\0')) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        let hidden = if run.len() >= 9 { run.len() - 3 } else { 0 };
        out.extend(run.chars().enumerate().map(|(at, d)| if at < hidden { '•' } else { d }));
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}
