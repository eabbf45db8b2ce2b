//! Card type and card number.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::agency::{AgencyCode, BadAgencyCode};
use crate::person::{BadPersonalId, PersonalId};
use crate::text::replace_look_alikes;

/// The code of a card type: 1 to 4 of `A-Z`, `Đ`, `0-9`, beginning with a letter.
///
/// Which codes exist is the profile's matter ([`crate::Rules::card_types`]).
///
/// Source: Decision 838/QĐ-BNV, annex, card number.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct CardType(Cow<'static, str>);

impl CardType {
    /// Cadre.
    pub const CB: Self = Self(Cow::Borrowed("CB"));
    /// Civil servant.
    pub const CC: Self = Self(Cow::Borrowed("CC"));
    /// Public employee.
    pub const VC: Self = Self(Cow::Borrowed("VC"));
    /// Cadre or civil servant of a commune (legacy).
    pub const XA: Self = Self(Cow::Borrowed("XA"));
    /// Part-time worker of a commune (legacy).
    pub const XA0: Self = Self(Cow::Borrowed("XA0"));
    /// Labour contract and others; written with Đ (U+0110).
    pub const HD: Self = Self(Cow::Borrowed("HĐ"));

    /// The six types of the Decision, in its order.
    pub const DECISION_838: [Self; 6] =
        [Self::CB, Self::CC, Self::VC, Self::XA, Self::XA0, Self::HD];

    /// The code as it is printed, NFC.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is no card type.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a card type is 1 to 4 of A-Z, Đ and 0-9, and begins with a letter")]
pub struct BadCardType;

impl FromStr for CardType {
    type Err = BadCardType;

    /// Reads a code in any case, NFC or NFD; `Ð` (U+00D0), `Ɖ` (U+0189) and ASCII `HD` are `HĐ`.
    fn from_str(text: &str) -> Result<Self, BadCardType> {
        let folded = replace_look_alikes(&text.nfc().collect::<String>()).to_uppercase();
        let fits = (1..=4).contains(&folded.chars().count())
            && folded.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == 'Đ')
            && !folded.starts_with(|c: char| c.is_ascii_digit());
        match folded.as_str() {
            "HD" => Ok(Self::HD),
            _ if fits => Ok(Self(Cow::Owned(folded))),
            _ => Err(BadCardType),
        }
    }
}

impl TryFrom<String> for CardType {
    type Error = BadCardType;

    fn try_from(text: String) -> Result<Self, BadCardType> {
        text.parse()
    }
}

impl From<CardType> for String {
    fn from(card_type: CardType) -> Self {
        card_type.0.into_owned()
    }
}

impl fmt::Display for CardType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A card number: agency code, personal id number, card type, joined by `.`.
///
/// It holds the personal id number, so it is handled like one: `Debug` and `Display` are masked,
/// [`expose`](Self::expose) is the one way to the text, and a replacement card has the same number.
///
/// Source: Decision 838/QĐ-BNV, annex, card number.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct CardNumber {
    agency: AgencyCode,
    personal_id: PersonalId,
    card_type: CardType,
}

impl CardNumber {
    /// The number of a card of `card_type` that `agency` gives to the person.
    pub fn new(agency: AgencyCode, personal_id: PersonalId, card_type: CardType) -> Self {
        Self { agency, personal_id, card_type }
    }

    /// Reads a number from the right, because the agency code may hold `.` itself.
    ///
    /// # Errors
    ///
    /// [`BadCardNumber`] names the part that is wrong and never what stood there.
    pub fn parse(text: &str) -> Result<Self, BadCardNumber> {
        let mut parts = text.trim().rsplitn(3, '.');
        let (Some(card_type), Some(personal_id), Some(agency)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(BadCardNumber::Parts);
        };
        Ok(Self {
            card_type: card_type.parse()?,
            personal_id: personal_id.parse()?,
            agency: agency.parse()?,
        })
    }

    /// The managing agency's code.
    pub fn agency(&self) -> &AgencyCode {
        &self.agency
    }

    /// The holder's personal id number.
    pub fn personal_id(&self) -> &PersonalId {
        &self.personal_id
    }

    /// The type.
    pub fn card_type(&self) -> &CardType {
        &self.card_type
    }

    /// The number as it is printed, NFC.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}.{}.{}", self.agency, self.personal_id.expose(), self.card_type))
    }

    /// The number with nine digits of the personal id number hidden.
    pub fn masked(&self) -> String {
        format!("{}.{}.{}", self.agency, self.personal_id.masked(), self.card_type)
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardNumber(..)")
    }
}

impl fmt::Display for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl FromStr for CardNumber {
    type Err = BadCardNumber;

    fn from_str(text: &str) -> Result<Self, BadCardNumber> {
        Self::parse(text)
    }
}

/// The text is no card number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadCardNumber {
    /// There are not three parts.
    #[error("a card number is agency code, personal id number and type, joined by '.'")]
    Parts,
    /// The last part is no type.
    #[error("the last part is no card type")]
    Type(#[from] BadCardType),
    /// The part before is no personal id number.
    #[error("the part before the type is no personal id number")]
    PersonalId(#[from] BadPersonalId),
    /// What is left is no agency code.
    #[error("the first part is no agency code")]
    Agency(#[from] BadAgencyCode),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_read_from_the_right() {
        let number = CardNumber::parse("H52.101.114.034088001234.VC").unwrap();
        assert_eq!(number.agency().as_str(), "H52.101.114");
        assert_eq!(number.card_type(), &CardType::VC);
        assert_eq!(*number.expose(), "H52.101.114.034088001234.VC");
    }

    #[test]
    fn every_writing_of_the_contract_type_is_the_same_number() {
        let expected = CardNumber::parse("G09.034088001234.HĐ").unwrap();
        for text in [
            "G09.034088001234.H\u{d0}",
            "G09.034088001234.H\u{189}",
            "G09.034088001234.HD",
            "G09.034088001234.hđ",
            " G09.034088001234.HĐ ",
        ] {
            assert_eq!(CardNumber::parse(text), Ok(expected.clone()), "{text}");
        }
        assert_eq!(*expected.expose(), "G09.034088001234.HĐ");
    }

    #[test]
    fn masked_number_hides_the_personal_number() {
        let number = CardNumber::parse("G09.034088001234.CC").unwrap();
        assert_eq!(number.masked(), "G09.•••••••••234.CC");
        assert_eq!(format!("{number:?} {number}"), "CardNumber(..) G09.•••••••••234.CC");
    }

    #[test]
    fn wrong_part_is_named() {
        assert_eq!(CardNumber::parse("G09.034088001234"), Err(BadCardNumber::Parts));
        assert_eq!(CardNumber::parse("G09.034088001234.5"), Err(BadCardNumber::Type(BadCardType)));
        assert_eq!(
            CardNumber::parse("G09.03408800123.CC"),
            Err(BadCardNumber::PersonalId(BadPersonalId))
        );
        assert!(matches!(CardNumber::parse("Z.034088001234.CC"), Err(BadCardNumber::Agency(_))));
    }
}
