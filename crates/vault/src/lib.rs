//! The keys of an installation, and everything that is computed with a key that must not leave.
//!
//! [`Vault`] is the port: derive a key of one chip, sign a record, hash a value for look-up, wrap
//! and use the key of one person. [`FileVault`] keeps the keys in one sealed file; a PKCS#11 token
//! and a vault service stand behind the same port. Nobody outside sees a master key.
//!
//! | key | one per | is for |
//! | --- | --- | --- |
//! | card master | authority, generation | deriving the keys of chips ([`Vault::derive`]) |
//! | K-meta, K-uid | authority, generation | [`Vault::shared`]: finding out which chip it is, and nothing else |
//! | record signing, ES256 | authority, generation | [`Vault::sign`] |
//! | look-up | installation | [`Vault::lookup`] |
//! | person wrapping, blob | installation | [`Vault::new_person_key`], [`Vault::seal_blob`] |
//!
//! Each is random by itself; none is derived from another. What does not belong here: people,
//! agencies, card layouts, and who may ask for what.

mod aead;
mod body;
mod container;
mod derive;
mod entropy;
mod file;
mod key;
mod message;
mod passphrase;
mod port;

pub use container::Cost;
pub use derive::diversify;
pub use entropy::{Entropy, NoEntropy, OsEntropy};
pub use file::{AdminError, FileVault, Kind, Mode, OpenError};
pub use key::{CardKey, Generation};
pub use message::{Explain, catalog};
pub use passphrase::{Passphrase, PassphraseError};
pub use port::{AuthorityId, Issuer, KeyId, Shared, UseError, Vault};
