//! The personal id number, sex, and the province codes inside the number.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::agency::TableError;

/// Sex as the register has it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

impl Sex {
    /// As it is printed: `Nam` or `Nữ`.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Male => "Nam",
            Self::Female => "Nữ",
        }
    }
}

/// A personal id number: 12 digits, cleared from memory when it is dropped.
///
/// `Debug` shows nothing of it and `Display` the last three digits only; [`expose`](Self::expose)
/// is the one way to the number. It serialises in the clear: write it only where it is sealed.
///
/// Source: Law on Identification 26/2023/QH15, art. 12; Decree 137/2015/NĐ-CP, art. 13.
#[derive(Clone, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ZeroizeOnDrop)]
#[serde(try_from = "String", into = "String")]
pub struct PersonalId([u8; 12]);

impl PersonalId {
    /// The 12 digits.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a personal id number holds digits only")
    }

    /// `•••••••••` and the last three digits.
    pub fn masked(&self) -> String {
        self.to_string()
    }

    /// Digits 1 to 3: the province, or country, where the birth was registered.
    pub fn province(&self) -> &str {
        self.expose().get(..3).unwrap_or_default()
    }

    /// What digit 4 says of sex.
    ///
    /// Source: Circular 07/2016/TT-BCA, art. 7.
    pub fn sex(&self) -> Sex {
        let [_, _, _, digit, ..] = self.0;
        if digit % 2 == 0 { Sex::Male } else { Sex::Female }
    }

    /// The year of birth that digits 4 to 6 say: 1900 to 2399.
    ///
    /// Source: Circular 07/2016/TT-BCA, art. 7.
    pub fn birth_year(&self) -> i16 {
        let [_, _, _, century, tens, ones, ..] = self.0.map(|digit| i16::from(digit - b'0'));
        1900 + 100 * (century / 2) + 10 * tens + ones
    }
}

/// The text is no personal id number. Never says what it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a personal id number is 12 digits")]
pub struct BadPersonalId;

impl FromStr for PersonalId {
    type Err = BadPersonalId;

    fn from_str(text: &str) -> Result<Self, BadPersonalId> {
        let digits: [u8; 12] = text.as_bytes().try_into().map_err(|_| BadPersonalId)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(BadPersonalId) }
    }
}

impl TryFrom<String> for PersonalId {
    type Error = BadPersonalId;

    fn try_from(mut text: String) -> Result<Self, BadPersonalId> {
        let parsed = text.parse();
        text.zeroize();
        parsed
    }
}

impl From<PersonalId> for String {
    fn from(id: PersonalId) -> Self {
        id.expose().to_owned()
    }
}

impl fmt::Debug for PersonalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalId(..)")
    }
}

impl fmt::Display for PersonalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.expose().get(9..).unwrap_or_default();
        write!(f, "•••••••••{last}")
    }
}

/// The province codes that a personal id number may begin with.
#[derive(Clone, Debug)]
pub struct ProvinceTable(BTreeMap<String, String>);

impl ProvinceTable {
    /// Reads `cccd_province_codes.csv`: the columns `cccd_code` and `province_at_issue` are used.
    ///
    /// # Errors
    ///
    /// [`TableError`] when the text is no CSV or a row has no 3-digit code.
    pub fn parse(csv: &str) -> Result<Self, TableError> {
        #[derive(Deserialize)]
        struct Row {
            cccd_code: String,
            province_at_issue: String,
        }
        let mut provinces = BTreeMap::new();
        for row in csv::Reader::from_reader(csv.as_bytes()).into_deserialize() {
            let row: Row = row.map_err(TableError::Csv)?;
            if row.cccd_code.len() != 3 || !row.cccd_code.bytes().all(|b| b.is_ascii_digit()) {
                return Err(TableError::Code(row.cccd_code));
            }
            provinces.insert(row.cccd_code, row.province_at_issue);
        }
        Ok(Self(provinces))
    }

    /// The province of a 3-digit code, by its name at the time the code was given out.
    pub fn name(&self, code: &str) -> Option<&str> {
        self.0.get(code).map(String::as_str)
    }

    /// Every code with its province, in the codes' order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(code, name)| (code.as_str(), name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_tell_sex_century_and_year() {
        let id: PersonalId = "034088001234".parse().unwrap();
        assert_eq!((id.province(), id.sex(), id.birth_year()), ("034", Sex::Male, 1988));
        let id: PersonalId = "001305009999".parse().unwrap();
        assert_eq!((id.province(), id.sex(), id.birth_year()), ("001", Sex::Female, 2005));
    }

    #[test]
    fn debug_and_display_do_not_show_the_number() {
        let id: PersonalId = "034088001234".parse().unwrap();
        assert_eq!(format!("{id:?}"), "PersonalId(..)");
        assert_eq!(id.to_string(), "•••••••••234");
    }

    #[test]
    fn wrong_length_and_letters_are_refused() {
        for text in ["", "03408800123", "0340880012345", "03408800123a", "034 88001234"] {
            assert_eq!(text.parse::<PersonalId>(), Err(BadPersonalId));
        }
    }

    #[test]
    fn embedded_table_has_the_63_codes() {
        let table = ProvinceTable::parse(include_str!("../data/cccd_province_codes.csv")).unwrap();
        assert_eq!(table.iter().count(), 63);
        assert_eq!(table.name("024"), Some("Bắc Giang"));
        assert_eq!(table.name("074"), Some("Bình Dương"));
    }
}
