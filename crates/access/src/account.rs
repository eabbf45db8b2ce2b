//! Accounts: who somebody is when signed in.

use std::fmt;

use wire::{Actor, AuthorityId, PersonId};
use zeroize::Zeroizing;

use crate::ports::{SaveError, SecretsError, StoreError};
use crate::role::Role;

/// The account of one person, in one role.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Account {
    /// What is typed at sign-in, and what history names.
    pub name: Actor,
    /// The person's name as colleagues know it. 1 to 100 characters, none of them a control.
    pub full_name: String,
    /// What it may do.
    pub role: Role,
    /// Whose cards it works with. None: those of every authority of this installation.
    pub authority: Option<AuthorityId>,
    /// Who that is in the registry, when known: nobody acts on the own card.
    pub person: Option<PersonId>,
    /// Against what a password is compared.
    pub password: PasswordHash,
    /// The secret of the one-time codes.
    pub totp: SealedSecret,
    /// The step of the last code that was accepted: neither it nor an older one is accepted again.
    pub last_step: Option<u64>,
    /// Whether it may not sign in.
    pub disabled: bool,
    /// The version at which it was read; 0: it is new. It is stored as the next.
    pub version: i64,
}

/// The Argon2id hash of a password with its salt and cost, in PHC form.
#[derive(Clone, Eq, PartialEq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// The 20 bytes of a one-time code's secret, sealed by [`crate::Secrets`].
#[derive(Clone, Eq, PartialEq)]
pub struct SealedSecret {
    /// The key under which it is sealed, wrapped.
    pub key: Vec<u8>,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedSecret(..)")
    }
}

/// What an account begins with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewAccount {
    /// See [`Account::name`].
    pub name: Actor,
    /// See [`Account::full_name`]; spaces around it are removed.
    pub full_name: String,
    /// See [`Account::role`].
    pub role: Role,
    /// See [`Account::authority`].
    pub authority: Option<AuthorityId>,
    /// See [`Account::person`].
    pub person: Option<PersonId>,
}

/// What the holder of an account is told once; nobody can read it again.
pub struct Credentials {
    /// Whose.
    pub name: Actor,
    /// The generated password: 80 bits, in four groups of four.
    pub password: Zeroizing<String>,
    /// The secret of the one-time codes in Base32, for typing it into an authenticator.
    pub secret: Zeroizing<String>,
    /// The same as an `otpauth:` address, for a QR code.
    pub uri: Zeroizing<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is one with this name.
    #[error("there is an account with this name")]
    Exists,
    /// There is none with this name.
    #[error("there is no account with this name")]
    Unknown,
    /// The full name is empty, longer than 100 characters, or holds a control character.
    #[error("a full name is 1 to 100 characters without controls")]
    FullName,
    /// Somebody else changed it at the same time.
    #[error("the account was changed meanwhile")]
    Conflict,
    /// The store failed.
    #[error("the accounts cannot be read or written right now")]
    Store(#[from] StoreError),
    /// The secrets failed.
    #[error("the secret cannot be sealed right now")]
    Secrets(#[from] SecretsError),
    /// The program is ending, or a hash could not be computed.
    #[error("the password cannot be hashed right now")]
    Hash,
}

impl From<SaveError> for AccountError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Conflict => Self::Conflict,
            SaveError::Store(error) => Self::Store(error),
        }
    }
}

/// The name as it is kept.
pub(crate) fn full_name(given: &str) -> Result<String, AccountError> {
    let name = given.trim();
    let fits = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(AccountError::FullName) }
}
