//! History in a form that can be put into words.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use wire::station::Evidence;
use wire::{Actor, BatchId, CardSerial, PersonId, RequestId};

use super::{Card, Happening};
use crate::request::Kind;

/// One thing that happened, with what a sentence about it needs. Holds no whole number.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// Number, time, actor, action ([`crate::history::ACTIONS`]) and facts as stored.
    #[serde(flatten)]
    pub happening: Happening,
    /// The state before, where the action changes one.
    pub from: Option<String>,
    /// The state after.
    pub to: Option<String>,
    /// Why, as a code: a [`crate::card::LockReason`], [`crate::card::RevokeReason`],
    /// [`crate::request::Return::code`], [`crate::request::Lack`] or
    /// [`wire::station::Spoilage`]; which of them, the action says.
    pub reason: Option<String>,
    /// Fields that changed, by name.
    pub fields: Vec<String>,
    /// What an officer or a station wrote, long numbers masked; none once it was erased.
    pub note: Option<String>,
    /// Other facts by name, such as `station` or `valid_through`; texts as they stand.
    pub facts: BTreeMap<String, String>,
    /// The person concerned.
    pub person: Option<PersonId>,
    /// The person's full name today; none once it was erased.
    pub full_name: Option<String>,
    /// The request concerned.
    pub request: Option<RequestId>,
    /// The card concerned.
    pub card: Option<CardSerial>,
}

/// Who did something, and when.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Done {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// A card with everything that led to it.
#[derive(Clone, Debug, Serialize)]
pub struct CardFile {
    /// The card.
    #[serde(flatten)]
    pub card: Card,
    /// The requests made with its request.
    pub batch: BatchId,
    /// Why it was wanted.
    pub kind: Kind,
    /// Who asked for it.
    pub requested: Option<Done>,
    /// Who approved it.
    pub approved: Option<Done>,
    /// The station that began it. Another may have taken over: [`CardFile::station`].
    pub begun: Option<Done>,
    /// The station that makes or made it.
    pub station: Actor,
    /// The station's report that the read-back agreed.
    pub readied: Option<Done>,
    /// Who handed it over.
    pub handed_over: Option<Done>,
    /// Who locked it, as long as it is locked.
    pub locked_by: Option<Done>,
    /// Who revoked it.
    pub revoked_by: Option<Done>,
    /// What the chip was to hold, as SHA-256 in hex; none until the record was signed.
    pub intended: Option<Intended>,
    /// What the read-back saw.
    pub evidence: Option<Evidence>,
}

/// SHA-256 of what the chip was to hold, hex.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Intended {
    /// Of the signed record.
    pub record_sha256: String,
    /// Of the photo; none where none was written.
    pub photo_sha256: Option<String>,
}
