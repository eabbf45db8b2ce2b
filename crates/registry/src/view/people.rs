//! People as officers find and see them.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;
use wire::{CardSerial, PersonId};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Asked, Card, Person};
use crate::person::Details;
use crate::photo::Portrait;

/// A person in a list, with what is going on.
#[derive(Clone, Debug, Serialize)]
pub struct PersonRow {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// The newest card that was not given up, and its state.
    pub card: Option<(CardSerial, &'static str)>,
    /// The state of the open request.
    pub request: Option<&'static str>,
}

/// A part of a list of people, in Vietnamese order of names.
///
/// Names are sealed, so a list is made by opening every record of a window of people (in the
/// order in which they were added) and sorting what fits. A window holds at most
/// [`crate::office::WINDOW`] people; most authorities fit into one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Found {
    /// The part that was asked for.
    pub people: Vec<PersonRow>,
    /// How many in this window fit.
    pub matches: u64,
    /// How many people the window holds.
    pub scanned: u64,
    /// Where the next window begins; none when this was the last.
    pub next: Option<PersonId>,
}

/// Everything about one person but whole numbers.
#[derive(Clone, Debug, Serialize)]
pub struct PersonFile {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// The record; none once it was erased.
    pub record: Option<PersonRecord>,
    /// All cards, newest first.
    pub cards: Vec<Card>,
    /// All requests, newest first.
    pub requests: Vec<Asked>,
}

/// What the staff record says beyond what is printed.
#[derive(Clone, Debug, Serialize)]
pub struct PersonRecord {
    /// Date of birth in ISO form: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub birth: String,
    /// `male` or `female`.
    pub sex: String,
    /// Personal id number, all but the last three digits hidden.
    pub personal_id: String,
    /// Agency code.
    pub agency_code: String,
    /// Last day of the contract.
    pub contract_end: Option<Date>,
    /// Day of retirement.
    pub retirement: Option<Date>,
}

/// Whole numbers, after history was told. Wiped on drop, never printed by `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Unmasked {
    /// Personal id number.
    pub personal_id: String,
    /// Card number.
    pub card_number: String,
}

impl fmt::Debug for Unmasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unmasked(..)")
    }
}

/// What the faces of a card for this person would be drawn from today, before there is one.
#[derive(Debug)]
pub struct Preview {
    /// What would be printed.
    pub details: Details,
    /// The pictures; empty where there are none.
    pub portrait: Portrait,
    /// The last day on which a card made today would be valid.
    pub valid_through: Date,
}
