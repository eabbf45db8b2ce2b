//! The port that every keeper of keys implements.

use std::fmt;

use crate::{CardKey, Generation, NoEntropy};

/// The immutable id of a managing body, 16 bytes.
pub type AuthorityId = [u8; 16];

/// Names a record-signing key: the first 8 bytes of the SHA-256 of its public key.
pub type KeyId = [u8; 8];

/// Operations with keys that stay where they are.
///
/// One `Vault` serves a whole installation with many authorities; all calls may come from several
/// threads at once. What a caller may ask for is decided by its owner, not here.
pub trait Vault: fmt::Debug + Send + Sync {
    /// Whether the keys are of a demonstration: then no card made with them may leave the room.
    fn is_demo(&self) -> bool;

    /// The authorities that have keys here, in order.
    fn authorities(&self) -> Vec<AuthorityId>;

    /// The generation that new cards of `authority` get: its newest.
    ///
    /// # Errors
    ///
    /// [`UseError::NoSuchKey`] when the authority has no keys here.
    fn current(&self, authority: &AuthorityId) -> Result<Generation, UseError>;

    /// The key of one chip for one purpose. Same arguments, same key, for ever.
    ///
    /// `input` is 16 to 31 bytes and names chip, application and purpose: UID (7), application id
    /// as the chip orders it (3), label. See [`crate::diversify`].
    ///
    /// Source: NXP AN10922 §2.2.
    ///
    /// # Errors
    ///
    /// [`UseError::NoSuchKey`], [`UseError::InputLength`].
    fn derive(
        &self,
        authority: &AuthorityId,
        generation: Generation,
        input: &[u8],
    ) -> Result<CardKey, UseError>;

    /// A key that all chips of one authority and generation share.
    ///
    /// # Errors
    ///
    /// [`UseError::NoSuchKey`].
    fn shared(
        &self,
        authority: &AuthorityId,
        generation: Generation,
        which: Shared,
    ) -> Result<CardKey, UseError>;

    /// Signs `message` for the authority: ES256, r‖s, 32 bytes each, big-endian.
    ///
    /// Source: RFC 7518 §3.4 (form), RFC 6979 (the nonce comes from key and message).
    ///
    /// # Errors
    ///
    /// [`UseError::NoSuchKey`].
    fn sign(
        &self,
        authority: &AuthorityId,
        generation: Generation,
        message: &[u8],
    ) -> Result<[u8; 64], UseError>;

    /// The public half of the key that [`Vault::sign`] uses.
    ///
    /// # Errors
    ///
    /// [`UseError::NoSuchKey`].
    fn issuer(&self, authority: &AuthorityId, generation: Generation) -> Result<Issuer, UseError>;

    /// The public halves of all generations of one authority, oldest first; empty when it has
    /// none. A checker needs all of them, because cards of several generations are about.
    fn issuers(&self, authority: &AuthorityId) -> Vec<Issuer>;

    /// The keyed hash under which `value` is found: the same value in the same `domain` gives the
    /// same 32 bytes, and without the key nobody can try values out.
    ///
    /// `domain` names the column, such as `personal-id`, so that two columns never match.
    ///
    /// # Errors
    ///
    /// [`UseError::Unavailable`] when a remote keeper cannot be reached.
    fn lookup(&self, domain: &str, value: &[u8]) -> Result<[u8; 32], UseError>;

    /// Makes the key of one person and returns it wrapped, to be kept with the person's row.
    /// Whoever destroys every copy of these bytes has erased all that was sealed under them.
    ///
    /// # Errors
    ///
    /// [`UseError::NoEntropy`].
    fn new_person_key(&self) -> Result<Vec<u8>, UseError>;

    /// Seals `plaintext` under the person's key. `aad` says where it belongs (table, column, row)
    /// and must be given again to open it; it is not kept in the result. The result is
    /// 41 bytes longer than the plaintext and differs each time.
    ///
    /// # Errors
    ///
    /// [`UseError::NotOurs`] when `wrapped` was not made here; [`UseError::NoEntropy`].
    fn seal(&self, wrapped: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, UseError>;

    /// Opens what [`Vault::seal`] made.
    ///
    /// # Errors
    ///
    /// [`UseError::NotOurs`] when `wrapped` or `sealed` was not made here, was altered, or belongs
    /// to another person or another `aad`.
    fn open(&self, wrapped: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UseError>;

    /// As [`Vault::seal`], under the installation's own key: for files that belong to nobody in
    /// particular. Photos of a person go under the person's key, so that erasure reaches them.
    ///
    /// # Errors
    ///
    /// [`UseError::NoEntropy`].
    fn seal_blob(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, UseError>;

    /// Opens what [`Vault::seal_blob`] made.
    ///
    /// # Errors
    ///
    /// [`UseError::NotOurs`] when it was not made here, was altered, or belongs to another `aad`.
    fn open_blob(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UseError>;
}

/// A key that all chips of one authority and generation share. Neither opens a record, verifies a
/// tap, nor is derived from, or equal to, a key of a chip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shared {
    /// K-meta: decrypts the UID and counter of a tap. Leaked, it lets taps be followed.
    Meta,
    /// K-uid: the right to ask a chip with random UID for its true one.
    Uid,
}

/// The public half of a record-signing key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issuer {
    /// Whose key.
    pub authority: AuthorityId,
    /// Of which generation.
    pub generation: Generation,
    /// Names the key in a signature's header.
    pub kid: KeyId,
    /// The key as `SubjectPublicKeyInfo` in DER, 91 bytes. Source: RFC 5480.
    pub spki: Vec<u8>,
}

/// Why a key was not used.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UseError {
    /// The authority has no key of that generation here.
    #[error("the vault holds no such key")]
    NoSuchKey,
    /// The derivation input has the wrong length.
    #[error("a derivation input has 16 to 31 bytes, not {length}")]
    InputLength {
        /// What was given.
        length: usize,
    },
    /// The bytes were not sealed by this vault for this place, or were altered.
    #[error("the sealed bytes are not of this vault and place, or were altered")]
    NotOurs,
    /// No random bytes for a key or nonce.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The keeper of the keys does not answer.
    #[error("the keeper of the keys does not answer")]
    Unavailable,
}
