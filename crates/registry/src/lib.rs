//! The registry of authorities, people, requests and cards: every rule of their lives.
//!
//! [`office::Office`] is the service that programs call; [`card`] and [`request`] hold the lives as
//! pure tables of `decide` and `apply`; [`ports`] says what the registry needs from outside.
//! SQL, HTTP, chips and the making of records and faces do not belong here.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod authority;
pub mod card;
pub mod drafts;
pub mod history;
mod note;
pub mod office;
pub mod person;
pub mod photo;
pub mod ports;
mod refused;
pub mod request;
pub mod runs;
pub mod view;

pub use note::{BadNote, Note};
pub use office::{Error, Office};
pub use refused::{Refused, TwoPeople};
