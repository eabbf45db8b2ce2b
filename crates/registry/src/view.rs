//! What the registry shows: read-only, with card numbers masked.

mod batch;
mod collect;
mod inspect;
mod people;
mod trail;

use std::collections::BTreeMap;
use std::ops::AddAssign;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use wire::{Actor, BatchId, CardId, CardSerial, ChipUid, PersonId, RequestId};

pub use self::batch::{Asked, BatchSummary, Decided, Difference, News, Values};
pub use self::collect::{ReadyCard, ReadyUnit};
pub use self::inspect::{Inspected, Inspection};
pub use self::people::{Found, PersonFile, PersonRecord, PersonRow, Preview, Unmasked};
pub use self::trail::{CardFile, Done, Intended, Trace};
use crate::card::{LockReason, RevokeReason, Validity};
use crate::person::Details;
use crate::photo::Portrait;
use crate::{Refused, card};

/// What a load did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Load {
    /// People who were added.
    pub new: Vec<PersonId>,
    /// Entries that say what is known already.
    pub unchanged: u64,
    /// Entries that say something else: who, and the names of the fields.
    pub changed: Vec<Change>,
    /// Entries that name a person whom an earlier entry of the same load named: their places,
    /// from 0.
    pub repeated: Vec<usize>,
}

/// A difference between the staff list and the registry.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Change {
    /// Whose.
    pub person: PersonId,
    /// Names of the fields that differ.
    pub fields: Vec<&'static str>,
    /// Whether the registry took them over; otherwise they are a proposal.
    pub applied: bool,
}

/// What became of asking for cards.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Names the requests together.
    pub id: BatchId,
    /// The requests that were made.
    pub requests: Vec<RequestId>,
    /// People for whom none was made, and why.
    pub refused: Vec<(PersonId, Refused)>,
}

/// What became of approving.
#[derive(Clone, Debug, Default)]
pub struct Approval {
    /// Requests that are approved now.
    pub approved: Vec<RequestId>,
    /// Requests that are not, and why.
    pub refused: Vec<(RequestId, Refused)>,
}

/// What a chip is to become.
#[derive(Debug)]
pub enum Claimed {
    /// This card.
    Card(Box<Order>),
    /// No approved request waits.
    Idle,
    /// Nothing: it may not be used.
    Refused(wire::station::ChipRefusal),
}

/// Everything the registry says about a card that is to be made.
#[derive(Debug)]
pub struct Order {
    /// The card.
    pub card: CardId,
    /// Its name.
    pub serial: CardSerial,
    /// The request that it fulfils.
    pub request: RequestId,
    /// The holder.
    pub person: PersonId,
    /// The chip.
    pub uid: ChipUid,
    /// Its place in the authority's status list.
    pub status_index: u32,
    /// Random characters for the QR; known to the face and to this registry.
    pub code4: String,
    /// The instant of issue for the record: the same for every claim of this card.
    pub issued_at: Timestamp,
    /// The last day on which it is valid.
    pub valid_through: Date,
    /// What is printed and written.
    pub details: Details,
    /// The pictures.
    pub portrait: Portrait,
    /// What was attached before, when the card was claimed before.
    pub attached: Option<card::Digests>,
}

/// What a report changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reported {
    /// Whether the same had been reported before, so that nothing changed.
    pub repeated: bool,
    /// State of the card now.
    pub card: &'static str,
    /// State of the request now.
    pub request: &'static str,
}

/// What became of handing cards over.
#[derive(Clone, Debug, Default)]
pub struct HandOver {
    /// Cards that are active now.
    pub active: Vec<CardId>,
    /// Old cards that ended with it.
    pub replaced: Vec<CardId>,
    /// Cards that were not handed over, and why.
    pub refused: Vec<(CardId, Refused)>,
}

/// A card as an officer sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// Identity.
    pub id: CardId,
    /// Its name.
    pub serial: CardSerial,
    /// State of its validity.
    pub state: &'static str,
    /// Why it is locked.
    pub locked: Option<LockReason>,
    /// Why it is revoked.
    pub revoked: Option<RevokeReason>,
    /// Where the plastic is.
    pub whereabouts: &'static str,
    /// What the chip is.
    pub chip: &'static str,
    /// The chip.
    pub uid: ChipUid,
    /// The request that it fulfils.
    pub request: RequestId,
    /// The holder.
    pub person: PersonId,
    /// Place in the status list.
    pub status_index: u32,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// The last day on which it is valid.
    pub valid_through: Date,
    /// What is printed; none once the holder's data was erased.
    pub printed: Option<Printed>,
}

/// What is printed on a card, the number masked.
#[derive(Clone, Debug, Serialize)]
pub struct Printed {
    /// Full name.
    pub full_name: String,
    /// Position, title or job position.
    pub title: String,
    /// The work unit.
    pub employing_unit: String,
    /// Ministry, sector or province.
    pub managing_agency: String,
    /// Card type code.
    pub card_type: String,
    /// Card number, all but the last three digits of the personal id hidden.
    pub card_number: String,
}

/// A person as an officer sees them.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// Identity.
    pub id: PersonId,
    /// Whether there is a photo.
    pub photo: bool,
    /// What would be printed; none once the data was erased.
    pub printed: Option<Printed>,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Happening {
    /// Its number in the authority's chain.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, such as `card.locked`.
    pub action: String,
    /// Facts without personal values.
    pub detail: serde_json::Value,
}

/// What a check is told.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// The card's name.
    pub serial: CardSerial,
    /// Valid, or not valid now: all that the public may learn.
    pub valid: bool,
    /// The state, for officers.
    pub state: &'static str,
    /// The last day on which it is valid.
    pub valid_through: Date,
    /// The chip that the card is on.
    pub uid: ChipUid,
    /// The managing agency.
    pub authority: String,
    /// What is printed; only when valid.
    pub printed: Option<Printed>,
}

/// Answer to a check by QR.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Check {
    /// No card bears this number.
    Unknown,
    /// Cards bear this number, none with this code.
    OtherCode,
    /// This card.
    Card(Box<Standing>),
}

/// How much there is.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Counts {
    /// People.
    pub people: u64,
    /// People without a photo.
    pub without_photo: u64,
    /// Requests by state; states with none are left out.
    pub requests: BTreeMap<String, u64>,
    /// Cards by state; states with none are left out.
    pub cards: BTreeMap<String, u64>,
    /// Batches with requests that wait for a decision.
    pub batches_waiting: u64,
    /// Rows of history.
    pub history: u64,
    /// Messages to other sites that were not sent yet.
    pub unsent: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.people += other.people;
        self.without_photo += other.without_photo;
        self.batches_waiting += other.batches_waiting;
        self.history += other.history;
        self.unsent += other.unsent;
        for (sum, states) in [(&mut self.requests, other.requests), (&mut self.cards, other.cards)]
        {
            for (state, count) in states {
                *sum.entry(state).or_default() += count;
            }
        }
    }
}

impl Counts {
    /// Cards in a state.
    pub fn cards_in(&self, state: &str) -> u64 {
        self.cards.get(state).copied().unwrap_or(0)
    }

    /// Requests in a state.
    pub fn requests_in(&self, state: &str) -> u64 {
        self.requests.get(state).copied().unwrap_or(0)
    }
}

impl Printed {
    pub(crate) fn of(details: &Details) -> Self {
        Self {
            full_name: details.full_name.clone(),
            title: details.title.clone(),
            employing_unit: details.employing_unit.clone(),
            managing_agency: details.managing_agency.clone(),
            card_type: details.card_type.clone(),
            card_number: crate::person::masked(&details.card_number),
        }
    }
}

impl Card {
    pub(crate) fn of(card: &card::Card, printed: Option<Printed>) -> Self {
        Self {
            id: card.id,
            serial: card.serial,
            state: card.validity.name(),
            locked: if let Validity::Locked { reason, .. } = card.validity {
                Some(reason)
            } else {
                None
            },
            revoked: if let Validity::Revoked { reason, .. } = card.validity {
                Some(reason)
            } else {
                None
            },
            whereabouts: card.whereabouts.as_str(),
            chip: card.chip.as_str(),
            uid: card.uid,
            request: card.request,
            person: card.person,
            status_index: card.status_index,
            begun_at: card.begun_at,
            valid_through: card.valid_through,
            printed,
        }
    }
}
