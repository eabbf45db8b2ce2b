//! What an entrance hands in, and the record that comes out.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::agency::AgencyCode;
use crate::birth::BirthDate;
use crate::card::{CardNumber, CardType};
use crate::finding::{Field, Finding, Severity};
use crate::person::{PersonalId, Sex};
use crate::text::forbidden;

/// A staff record as an entrance got it: text as it stood there, empty where nothing stood.
///
/// `Debug` hides the personal id number.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct StaffInput {
    /// Ordinal number in the list; not kept.
    pub stt: String,
    /// Full name.
    pub full_name: String,
    /// Birth: `dd/mm/yyyy`, `d-m-yyyy`, `yyyy-mm-dd`, `mm/yyyy` or `yyyy`.
    pub birth: String,
    /// Sex: `Nam`, `Nữ` and their usual writings. Empty: taken from the personal id number.
    pub sex: String,
    /// Personal id number.
    pub personal_id: String,
    /// Card type, as a code (`CC`) or in words (`Công chức`).
    pub card_type: String,
    /// Code of the managing agency.
    pub agency_code: String,
    /// Managing agency. Empty: taken from the table of agency codes.
    pub managing_agency: String,
    /// Employing unit.
    pub employing_unit: String,
    /// Position, title or job position.
    pub title: String,
    /// Number of the person in the agency's own records.
    pub staff_code: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
    /// File name of the photo, without a path.
    pub photo: String,
    /// Last day of the labour contract.
    pub contract_end: String,
    /// Day of retirement.
    pub retirement: String,
}

impl StaffInput {
    /// The text of one field; empty for [`Field::Row`].
    pub fn get(&self, field: Field) -> &str {
        match field {
            Field::Stt => &self.stt,
            Field::FullName => &self.full_name,
            Field::Birth => &self.birth,
            Field::Sex => &self.sex,
            Field::PersonalId => &self.personal_id,
            Field::CardType => &self.card_type,
            Field::AgencyCode => &self.agency_code,
            Field::ManagingAgency => &self.managing_agency,
            Field::EmployingUnit => &self.employing_unit,
            Field::Title => &self.title,
            Field::StaffCode => &self.staff_code,
            Field::Email => &self.email,
            Field::Phone => &self.phone,
            Field::Photo => &self.photo,
            Field::ContractEnd => &self.contract_end,
            Field::Retirement => &self.retirement,
            Field::Row => "",
        }
    }

    /// The place of one field's text; `None` for [`Field::Row`].
    pub fn get_mut(&mut self, field: Field) -> Option<&mut String> {
        Some(match field {
            Field::Stt => &mut self.stt,
            Field::FullName => &mut self.full_name,
            Field::Birth => &mut self.birth,
            Field::Sex => &mut self.sex,
            Field::PersonalId => &mut self.personal_id,
            Field::CardType => &mut self.card_type,
            Field::AgencyCode => &mut self.agency_code,
            Field::ManagingAgency => &mut self.managing_agency,
            Field::EmployingUnit => &mut self.employing_unit,
            Field::Title => &mut self.title,
            Field::StaffCode => &mut self.staff_code,
            Field::Email => &mut self.email,
            Field::Phone => &mut self.phone,
            Field::Photo => &mut self.photo,
            Field::ContractEnd => &mut self.contract_end,
            Field::Retirement => &mut self.retirement,
            Field::Row => return None,
        })
    }
}

impl fmt::Debug for StaffInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("StaffInput");
        for field in Field::ALL {
            match field {
                Field::PersonalId => out.field("personal_id", &format_args!("(..)")),
                Field::Row => continue,
                field => out.field(field.as_str(), &self.get(*field)),
            };
        }
        out.finish()
    }
}

/// A line of text for a face: NFC, not empty, no control or bidirectional signs, no `|`, no blank
/// at either end.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

/// A full name: a [`Text`] in the spelling that was given; faces print it in capitals.
pub type PersonName = Text;

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Length in characters, as the limits count it.
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }

    /// Takes what the validator has cleaned.
    pub(crate) fn cleaned(text: String) -> Self {
        Self(text)
    }
}

/// The text is empty or holds a sign that no field may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the text is empty or holds a control or bidirectional sign or '|'")]
pub struct BadText;

impl FromStr for Text {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() || forbidden(&text).is_some() {
            return Err(BadText);
        }
        Ok(Self(text.nfc().collect()))
    }
}

impl TryFrom<String> for Text {
    type Error = BadText;

    fn try_from(text: String) -> Result<Self, BadText> {
        text.parse()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A staff record that passed the validator.
///
/// It serialises with the personal id number in the clear: write it only where it is sealed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Staff {
    /// Full name.
    pub full_name: PersonName,
    /// Date of birth, as far as it is known.
    pub birth: BirthDate,
    /// Sex.
    pub sex: Sex,
    /// Personal id number.
    pub personal_id: PersonalId,
    /// Type of card.
    pub card_type: CardType,
    /// Code of the managing agency.
    pub agency_code: AgencyCode,
    /// Managing agency.
    pub managing_agency: Text,
    /// Employing unit.
    pub employing_unit: Text,
    /// Position, title or job position.
    pub title: Text,
    /// Number of the person in the agency's own records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_code: Option<Text>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// Telephone number: digits, with `+` before a country code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Text>,
    /// File name of the photo, without a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<Text>,
    /// Last day of the labour contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_end: Option<Date>,
    /// Day of retirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retirement: Option<Date>,
}

impl Staff {
    /// The number that a card for this record carries.
    pub fn card_number(&self) -> CardNumber {
        CardNumber::new(self.agency_code.clone(), self.personal_id.clone(), self.card_type.clone())
    }
}

/// What the validator says of one record.
#[derive(Clone, Debug)]
pub struct Validated {
    /// The record; `None` when a finding is an error.
    pub staff: Option<Staff>,
    /// Everything found, in the order of the fields.
    pub findings: Vec<Finding>,
}

impl Validated {
    /// The gravest severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_input_hides_the_personal_number() {
        let input = StaffInput { personal_id: "034088001234".into(), ..StaffInput::default() };
        assert!(!format!("{input:?}").contains("034088001234"));
    }

    #[test]
    fn get_and_get_mut_name_the_same_place() {
        let mut input = StaffInput::default();
        for field in Field::ALL {
            if let Some(place) = input.get_mut(*field) {
                field.as_str().clone_into(place);
            }
        }
        for field in Field::ALL.iter().filter(|field| **field != Field::Row) {
            assert_eq!(input.get(*field), field.as_str());
        }
    }

    #[test]
    fn text_is_composed_trimmed_and_never_empty() {
        assert_eq!("  Ho\u{300}a   Bi\u{300}nh ".parse::<Text>().unwrap().as_str(), "Hòa Bình");
        assert_eq!("  ".parse::<Text>(), Err(BadText));
        assert_eq!("a|b".parse::<Text>(), Err(BadText));
        assert_eq!("a\u{202e}b".parse::<Text>(), Err(BadText));
    }
}
