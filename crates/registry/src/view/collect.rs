//! Cards that wait for their holders.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use wire::{Actor, CardId, CardSerial, PersonId};

/// A work unit whose people have cards to collect.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ReadyUnit {
    /// The unit, as printed.
    pub name: String,
    /// Cards that wait.
    pub cards: u64,
}

/// A card that waits for its holder.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ReadyCard {
    /// The card.
    pub id: CardId,
    /// Its name.
    pub serial: CardSerial,
    /// The holder.
    pub person: PersonId,
    /// Full name, as printed.
    pub full_name: String,
    /// Title, as printed.
    pub title: String,
    /// Work unit, as printed.
    pub employing_unit: String,
    /// Its state: `ready`.
    pub state: &'static str,
    /// Since when it waits.
    pub ready_at: Option<Timestamp>,
    /// The last day to collect it, by the profile.
    pub collect_by: Option<Date>,
    /// The last day on which it is valid.
    pub valid_through: Date,
    /// Who approved it, and so may not hand it over.
    pub approver: Actor,
}
