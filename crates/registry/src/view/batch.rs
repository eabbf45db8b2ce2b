//! Requests as whoever asks and whoever decides sees them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use wire::{Actor, BatchId, CardSerial, PersonId, RequestId};

use super::Printed;
use crate::Refused;
use crate::request::{Kind, Lack, Return};

/// Requests that were made together.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct BatchSummary {
    /// Names them.
    pub id: BatchId,
    /// Who asked.
    pub requester: Actor,
    /// Why cards are wanted.
    pub kind: Kind,
    /// When the first of them was handed in.
    pub submitted_at: Timestamp,
    /// How many there are.
    pub requests: u64,
    /// How many in each state; states with none are left out.
    pub states: BTreeMap<String, u64>,
}

impl BatchSummary {
    /// How many wait for a decision.
    pub fn waiting(&self) -> u64 {
        ["submitted", "checked"].iter().filter_map(|state| self.states.get(*state)).sum()
    }
}

/// A request, and what its approver has to know. Holds no whole number.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// Identity.
    pub id: RequestId,
    /// The requests made with it.
    pub batch: BatchId,
    /// For whom.
    pub person: PersonId,
    /// Why a card is wanted.
    pub kind: Kind,
    /// Who asked.
    pub requester: Actor,
    /// Its state ([`crate::request::Life::NAMES`]).
    pub state: &'static str,
    /// What would be printed now; none once the person's data was erased.
    pub printed: Option<Printed>,
    /// Whether the person has a photo.
    pub photo: bool,
    /// Whether the person still is as when the card was asked for; approving needs that.
    pub as_asked: bool,
    /// What is shown here and would be printed, as a commitment in hex: what an approver signs
    /// ([`crate::person::Person::content_hash`]).
    pub content: String,
    /// What is new about the person.
    pub news: News,
    /// Who approved, as long as the approval stands.
    pub approver: Option<Actor>,
    /// The card that it became.
    pub card: Option<CardSerial>,
    /// What is to be mended, when it was given back.
    pub returned: Option<Return>,
    /// Why it was refused for good.
    pub rejected: Option<Lack>,
    /// What the approver wrote when giving it back or refusing it, long numbers masked.
    pub note: Option<String>,
}

/// What an approver would see for the first time.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "news", content = "differences")]
pub enum News {
    /// All of it: the person has no earlier card and no earlier record.
    Person,
    /// These fields differ from the last card, or else from the record before its last change.
    /// Empty when nothing does.
    Since(Vec<Difference>),
    /// It cannot be said any more: the data was erased.
    Erased,
}

/// A field that differs from what was known before.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Difference {
    /// Its name, as in [`crate::person::Details::differences`].
    pub field: &'static str,
    /// Before and after; none where the values are not shown: numbers, addresses, pictures.
    pub values: Option<Values>,
}

/// Two values of one field; a field without a value is empty. Dates in ISO form, sex as stored.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Values {
    /// Before.
    pub before: String,
    /// Now.
    pub after: String,
}

/// What became of giving back or refusing requests.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// Those that it was done to.
    pub done: Vec<RequestId>,
    /// Those that it was not done to, and why.
    pub refused: Vec<(RequestId, Refused)>,
}
