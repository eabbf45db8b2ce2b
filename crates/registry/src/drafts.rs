//! Unfinished work that outlives a browser and a server: a staff list that is being mended.
//!
//! A draft is sealed under a key of its own, as people are; what destroys the key's copies has
//! erased it. It is no part of the registry yet: it has no history, and it goes when it is done
//! or forgotten.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;
use wire::{Actor, AuthorityId};

use crate::ports::{CommitError, StoreError};

/// One draft.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DraftId(pub Uuid);

impl fmt::Display for DraftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for DraftId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Work that somebody began and has not finished.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// Identity.
    pub id: DraftId,
    /// Whose it is: nobody else sees it.
    pub owner: Actor,
    /// Which authority it concerns, when that is decided.
    pub authority: Option<AuthorityId>,
    /// The version at which it was read; 0: it is new. It is stored as the next.
    pub version: i64,
    /// Its key, wrapped ([`crate::ports::Keys::new_person_key`]).
    pub key: Vec<u8>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// What is always read with it, sealed under its key. Large things are parts.
    pub sealed: Vec<u8>,
}

/// Home of drafts, and of their parts: the uploaded list, photos, a few kilobytes to tens of
/// megabytes each, sealed by the caller under the draft's key and named within the draft.
///
/// The name of a part is seen in the store: it holds nothing personal.
#[async_trait]
pub trait Drafts: Send + Sync {
    /// The draft with this id.
    async fn draft(&self, id: DraftId) -> Result<Option<Draft>, StoreError>;

    /// Somebody's drafts, the one changed last first.
    async fn drafts_of(&self, owner: &Actor) -> Result<Vec<Draft>, StoreError>;

    /// Stores a draft as the version after the one that it carries. Owner, key and the instant of
    /// its beginning stay as they were first stored.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] when another version is stored, or none any more.
    async fn save(&self, draft: &Draft) -> Result<(), CommitError>;

    /// Stores a part of a draft, in the place of one of the same name.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] when there is no such draft.
    async fn put_part(&self, id: DraftId, name: &str, sealed: Vec<u8>) -> Result<(), CommitError>;

    /// The part with this name.
    async fn part(&self, id: DraftId, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The names of a draft's parts, in order.
    async fn parts(&self, id: DraftId) -> Result<Vec<String>, StoreError>;

    /// Removes a part; one that is not there is passed over.
    async fn remove_part(&self, id: DraftId, name: &str) -> Result<(), StoreError>;

    /// Removes a draft with all its parts; one that is not there is passed over.
    async fn remove(&self, id: DraftId) -> Result<(), StoreError>;

    /// Removes the drafts that were last changed before an instant, and says how many there were.
    async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError>;
}
