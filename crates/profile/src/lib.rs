//! The regulation as data, and the one validator that every entrance uses.
//!
//! [`Profile`] is Decision 838/QĐ-BNV (25 October 2023) read from a TOML file: card number, card
//! types, QR, chip map, face, lengths, each value with its clause and whether the Decision's text
//! at hand states it or it is assumed ([`Basis`]). [`Profile::validate`] turns what an entrance
//! got ([`StaffInput`]) into a [`Staff`] that cannot be wrong, and says what it changed or refuses
//! ([`Finding`]). Storage, protocol and printing belong to other crates.

mod agency;
mod birth;
mod card;
mod check;
mod finding;
mod person;
mod profile;
mod qr;
pub mod rules;
mod staff;
mod text;

pub use agency::{AgencyCode, AgencyTable, BadAgencyCode, Standing, TableError};
pub use birth::{BadBirthDate, BirthDate};
pub use card::{BadCardNumber, BadCardType, CardNumber, CardType};
pub use finding::{Field, Finding, Severity};
pub use person::{BadPersonalId, PersonalId, ProvinceTable, Sex};
pub use profile::{Profile, ProfileError};
pub use qr::{QrError, QrField, QrFields, QrPayload, QrRead};
pub use rules::{
    Aid, Basis, CardTypeRule, ChipRules, FaceLimits, FaceRules, FileRule, KeyRule, KeyUse,
    NewIssue, PhotoBudget, Rule, Rules, Source,
};
pub use staff::{BadText, PersonName, Staff, StaffInput, Text, Validated};
pub use text::{fold_for_search, vietnamese_order, vietnamese_text_order};
