//! What sites say to each other: typed ids and versioned messages.
//!
//! Data only. Rules, storage, HTTP and cards belong to other crates; a message that cannot be
//! right does not parse.

pub mod beat;
pub mod bytes;
pub mod id;
pub mod serial;
pub mod station;

pub use bytes::{Bytes, KeyBytes};
pub use id::{
    Actor, AuthorityId, BadActor, BadUid, BatchId, CardId, ChipUid, EventId, PersonId, RequestId,
    RunId,
};
pub use serial::{BadSerial, CardSerial};
