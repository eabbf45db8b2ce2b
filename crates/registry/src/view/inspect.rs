//! What an officer learns from a check: more than the public does.

use profile::QrField;
use serde::Serialize;
use wire::{AuthorityId, PersonId};

use super::{Printed, Standing};
use crate::card::{LockReason, RevokeReason};

/// An officer's answer to a scanned QR.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Inspection {
    /// No card bears this number.
    Unknown,
    /// Cards bear this number, none with this code.
    OtherCode,
    /// This card.
    Card(Box<Inspected>),
}

/// How a card stands, for an officer.
#[derive(Clone, Debug, Serialize)]
pub struct Inspected {
    /// Whose card: for locking it.
    pub authority: AuthorityId,
    /// The holder.
    pub person: PersonId,
    /// How it stands.
    pub standing: Standing,
    /// What is printed, also when the card is not valid; none once it was erased.
    pub printed: Option<Printed>,
    /// Why it is locked.
    pub locked: Option<LockReason>,
    /// Why it is revoked.
    pub revoked: Option<RevokeReason>,
    /// Scanned fields that are not what was printed. A card with any is not to be accepted.
    pub differs: Vec<QrField>,
}

impl Inspected {
    /// Whether the registry knows no reason against accepting it.
    pub fn may_be_accepted(&self) -> bool {
        self.standing.valid && self.differs.is_empty()
    }
}
