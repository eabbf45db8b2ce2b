//! The sealed file as bytes: header, ciphertext, checksum.
//!
//! ```text
//! magic      8  "congvuKV"
//! version    2  big-endian
//! kind       1  0 production, 1 demo
//! memory     4  Argon2id, KiB        \
//! passes     4                        | big-endian
//! lanes      4                       /
//! salt      16
//! nonce     24
//! ciphertext    XChaCha20-Poly1305 of the keys; everything above is its associated data
//! checksum  32  SHA-256 of everything above
//! ```
//!
//! The checksum keeps nobody out; it tells a damaged file from a wrong passphrase.

use argon2::{Algorithm, Argon2, Params};
use chacha20poly1305::XNonce;
use chacha20poly1305::aead::{Aead as _, Payload};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::aead::{SealKey, cipher};
use crate::body::Keys;
use crate::entropy::{Entropy, NoEntropy};
use crate::file::Kind;
use crate::passphrase::Passphrase;

/// What one guess at the passphrase costs. Written into the file, so that it can be raised.
///
/// Source: RFC 9106 (Argon2id); OWASP Password Storage Cheat Sheet (19 MiB and 2 passes or more).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// 64 MiB, 3 passes: above the OWASP floor, a fraction of a second.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// Next to nothing. For tests only: it protects no key.
    pub const DANGER_TEST_ONLY: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// A header is not to be trusted before it is authenticated: without bounds a forged one could
    /// ask for all memory or for days.
    fn is_bearable(self) -> bool {
        (8..=1024 * 1024).contains(&self.memory_kib)
            && (1..=64).contains(&self.passes)
            && (1..=16).contains(&self.lanes)
            && self.memory_kib >= 8 * self.lanes
    }
}

/// The key that seals the file, with what the header says about it.
pub(crate) struct Sealer {
    cost: Cost,
    salt: [u8; SALT],
    key: SealKey,
}

/// Why bytes do not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    NotAVault,
    NewerVersion(u16),
    Damaged,
    WrongPassphrase,
    Cost,
}

impl Sealer {
    pub(crate) fn new(
        passphrase: &Passphrase,
        cost: Cost,
        entropy: &dyn Entropy,
    ) -> Result<Result<Self, Failure>, NoEntropy> {
        let mut salt = [0; SALT];
        entropy.fill(&mut salt)?;
        Ok(stretch(passphrase, cost, &salt).map(|key| Self { cost, salt, key }))
    }

    /// The whole file. A fresh nonce each time.
    pub(crate) fn seal(&self, keys: &Keys, entropy: &dyn Entropy) -> Result<Vec<u8>, NoEntropy> {
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce)?;
        let mut file = Vec::new();
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&VERSION.to_be_bytes());
        file.push(keys.kind.code());
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            file.extend_from_slice(&number.to_be_bytes());
        }
        file.extend_from_slice(&self.salt);
        file.extend_from_slice(&nonce);
        let plaintext = keys.encode();
        let ciphertext = cipher(&self.key)
            .encrypt(&XNonce::from(nonce), Payload { msg: &plaintext, aad: &file })
            .expect("the keys are far below the cipher's limit of 256 GiB");
        file.extend_from_slice(&ciphertext);
        let checksum = Sha256::digest(&file);
        file.extend_from_slice(&checksum);
        Ok(file)
    }

    /// Opens a file that was sealed with this very key, without stretching the passphrase again;
    /// none when it was sealed with another.
    pub(crate) fn reopen(&self, file: &[u8]) -> Result<Option<Keys>, Failure> {
        let parts = Parts::split(file)?;
        if parts.salt != self.salt || parts.cost != self.cost {
            return Ok(None);
        }
        parts.decrypt(&self.key).map(Some)
    }
}

/// Opens a file.
pub(crate) fn open(file: &[u8], passphrase: &Passphrase) -> Result<(Sealer, Keys), Failure> {
    let parts = Parts::split(file)?;
    let key = stretch(passphrase, parts.cost, &parts.salt).map_err(|_| Failure::Damaged)?;
    let keys = parts.decrypt(&key)?;
    Ok((Sealer { cost: parts.cost, salt: parts.salt, key }, keys))
}

struct Parts<'a> {
    header: &'a [u8],
    kind: Kind,
    cost: Cost,
    salt: [u8; SALT],
    nonce: [u8; NONCE],
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn split(file: &'a [u8]) -> Result<Self, Failure> {
        let Some((magic, rest)) = file.split_first_chunk::<8>() else {
            return Err(Failure::NotAVault);
        };
        if magic != MAGIC {
            return Err(Failure::NotAVault);
        }
        let (version, _) = rest.split_first_chunk::<2>().ok_or(Failure::Damaged)?;
        // Before the checksum: a later version may end otherwise, and the user should hear which
        // of the two it is.
        match u16::from_be_bytes(*version) {
            VERSION => {}
            newer if newer > VERSION => return Err(Failure::NewerVersion(newer)),
            _ => return Err(Failure::Damaged),
        }
        let (sealed, checksum) = file.split_last_chunk::<32>().ok_or(Failure::Damaged)?;
        if Sha256::digest(sealed).as_slice() != checksum {
            return Err(Failure::Damaged);
        }
        Self::fields(sealed).ok_or(Failure::Damaged)
    }

    fn fields(sealed: &'a [u8]) -> Option<Self> {
        let (header, ciphertext) = sealed.split_at_checked(HEADER)?;
        let (_, rest) = header.split_first_chunk::<10>()?;
        let (&[kind], rest) = rest.split_first_chunk()?;
        let (memory, rest) = rest.split_first_chunk()?;
        let (passes, rest) = rest.split_first_chunk()?;
        let (lanes, rest) = rest.split_first_chunk()?;
        let (salt, nonce) = rest.split_first_chunk()?;
        let cost = Cost {
            memory_kib: u32::from_be_bytes(*memory),
            passes: u32::from_be_bytes(*passes),
            lanes: u32::from_be_bytes(*lanes),
        };
        cost.is_bearable().then_some(Self {
            header,
            kind: Kind::from_code(kind)?,
            cost,
            salt: *salt,
            nonce: nonce.try_into().ok()?,
            ciphertext,
        })
    }

    fn decrypt(&self, key: &SealKey) -> Result<Keys, Failure> {
        let payload = Payload { msg: self.ciphertext, aad: self.header };
        let plaintext = cipher(key)
            .decrypt(&XNonce::from(self.nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| Failure::WrongPassphrase)?;
        let keys = Keys::decode(&plaintext).ok_or(Failure::Damaged)?;
        if keys.kind == self.kind { Ok(keys) } else { Err(Failure::Damaged) }
    }
}

fn stretch(passphrase: &Passphrase, cost: Cost, salt: &[u8; SALT]) -> Result<SealKey, Failure> {
    if !cost.is_bearable() {
        return Err(Failure::Cost);
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .map_err(|_| Failure::Cost)?;
    let mut key = SealKey::default();
    Argon2::new(Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(passphrase.expose(), salt, key.as_mut_slice())
        .map_err(|_| Failure::Cost)?;
    Ok(key)
}

const MAGIC: &[u8; 8] = b"congvuKV";
const VERSION: u16 = 1;
const SALT: usize = 16;
const NONCE: usize = 24;
const HEADER: usize = 8 + 2 + 1 + 12 + SALT + NONCE;
