//! What this crate needs from outside: a store and the keeper of secrets.

use std::error::Error as StdError;

use async_trait::async_trait;
use jiff::Timestamp;
use wire::Actor;
use zeroize::Zeroizing;

use crate::account::{Account, SealedSecret};
use crate::session::TokenHash;

/// A session as it is kept. The token itself is kept nowhere.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredSession {
    /// By what it is found.
    pub token: TokenHash,
    /// Whose.
    pub account: Actor,
    /// When it began.
    pub started: Timestamp,
    /// When it was last used, at most a minute late.
    pub seen: Timestamp,
}

/// Failures for one key in a span of time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last: Option<Timestamp>,
}

/// The store did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is unusable right now: a disk, a lock, a connection.
    #[error("the store is not usable right now")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// What is stored cannot be.
    #[error("impossible value stored in {table}.{column}, row {row}")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
        /// Its key: an account's name, never a token.
        row: String,
    },
}

/// An account was not stored.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It is not at the version that was read; for a new one: the name is taken.
    #[error("the account was changed meanwhile")]
    Conflict,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Durable home of accounts, sessions and failures of an installation.
#[async_trait]
pub trait Store: Send + Sync {
    /// The account with this name.
    async fn account(&self, name: &Actor) -> Result<Option<Account>, StoreError>;

    /// All accounts, by name.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;

    /// Stores an account as the version after the one that it carries.
    ///
    /// # Errors
    ///
    /// [`SaveError::Conflict`] when another version is stored. Nothing is written then.
    async fn save_account(&self, account: &Account) -> Result<(), SaveError>;

    /// The session with this token.
    async fn session(&self, token: &TokenHash) -> Result<Option<StoredSession>, StoreError>;

    /// Keeps a new session.
    async fn start_session(&self, session: &StoredSession) -> Result<(), StoreError>;

    /// Notes that a session was used; one that is not there is passed over, and the instant never
    /// moves back.
    async fn touch_session(&self, token: &TokenHash, at: Timestamp) -> Result<(), StoreError>;

    /// Forgets a session; one that is not there is passed over.
    async fn end_session(&self, token: &TokenHash) -> Result<(), StoreError>;

    /// Forgets all sessions of an account and says how many there were.
    async fn end_sessions_of(&self, account: &Actor) -> Result<u64, StoreError>;

    /// Forgets sessions that were last used, or that began, before these instants.
    async fn sweep_sessions(
        &self,
        seen_before: Timestamp,
        started_before: Timestamp,
    ) -> Result<u64, StoreError>;

    /// The failures for `key` at or after `since`.
    async fn failures(&self, key: &[u8; 32], since: Timestamp) -> Result<Failures, StoreError>;

    /// Notes a failure for a key.
    async fn add_failure(&self, key: &[u8; 32], at: Timestamp) -> Result<(), StoreError>;

    /// Forgets the failures for a key.
    async fn clear_failures(&self, key: &[u8; 32]) -> Result<(), StoreError>;

    /// Forgets the failures before an instant.
    async fn sweep_failures(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// The keeper of secrets did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// It is unusable right now.
    #[error("the keeper of secrets is not usable right now")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// What was to be opened was not sealed here with this context, or was changed.
    #[error("sealed data does not open")]
    DoesNotOpen,
}

/// Seals the secrets of one-time codes, and hashes what must not be guessed from a stolen table.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Seals `plain`; `context` must be given again to open it.
    async fn seal(&self, context: &[u8], plain: &[u8]) -> Result<SealedSecret, SecretsError>;

    /// Opens what [`Secrets::seal`] made.
    ///
    /// # Errors
    ///
    /// [`SecretsError::DoesNotOpen`] for another context or changed bytes.
    async fn open(
        &self,
        context: &[u8],
        secret: &SealedSecret,
    ) -> Result<Zeroizing<Vec<u8>>, SecretsError>;

    /// A hash of `value` under a key of its own. The same value gives the same hash, also after a
    /// restart.
    async fn hash(&self, value: &[u8]) -> Result<[u8; 32], SecretsError>;
}
