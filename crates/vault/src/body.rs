//! The keys of an installation and their encoding inside the sealed file.

use std::collections::BTreeMap;

use p256::ecdsa::SigningKey;
use zeroize::Zeroizing;

use crate::aead::{SealKey, new_key};
use crate::entropy::{Entropy, NoEntropy};
use crate::file::Kind;
use crate::key::{CardKey, Generation};
use crate::port::AuthorityId;

/// All keys. Wiped on drop by the types of its parts.
pub(crate) struct Keys {
    pub(crate) kind: Kind,
    pub(crate) lookup: SealKey,
    pub(crate) person_wrap: SealKey,
    pub(crate) blob: SealKey,
    pub(crate) authorities: BTreeMap<AuthorityId, BTreeMap<Generation, AuthorityKeys>>,
}

/// The keys of one generation of one authority, each random by itself.
pub(crate) struct AuthorityKeys {
    pub(crate) card_master: CardKey,
    pub(crate) meta: CardKey,
    pub(crate) uid: CardKey,
    pub(crate) signing: SigningKey,
}

impl Keys {
    pub(crate) fn generate(kind: Kind, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Ok(Self {
            kind,
            lookup: new_key(entropy)?,
            person_wrap: new_key(entropy)?,
            blob: new_key(entropy)?,
            authorities: BTreeMap::new(),
        })
    }

    /// `version, kind, look-up, wrap, blob, count, then per authority: id, count, then per
    /// generation: number, master, K-meta, K-uid, signing scalar`; counts are 4 bytes big-endian.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let generations: usize = self.authorities.values().map(BTreeMap::len).sum();
        // Reserved at once: growing would leave copies of keys behind in freed memory.
        let mut out = Zeroizing::new(Vec::with_capacity(
            2 + 3 * 32 + 4 + self.authorities.len() * 20 + generations * 81,
        ));
        out.push(VERSION);
        out.push(self.kind.code());
        for key in [&self.lookup, &self.person_wrap, &self.blob] {
            out.extend_from_slice(key.as_slice());
        }
        out.extend_from_slice(&count(self.authorities.len()));
        for (authority, generations) in &self.authorities {
            out.extend_from_slice(authority);
            out.extend_from_slice(&count(generations.len()));
            for (generation, keys) in generations {
                out.push(generation.number());
                for key in [&keys.card_master, &keys.meta, &keys.uid] {
                    out.extend_from_slice(key.expose());
                }
                out.extend_from_slice(Zeroizing::new(keys.signing.to_bytes()).as_slice());
            }
        }
        out
    }

    /// Decodes; none when the bytes are not what [`Keys::encode`] writes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = Cursor(bytes);
        let [version, kind] = rest.take()?;
        if version != VERSION {
            return None;
        }
        let mut keys = Self {
            kind: Kind::from_code(kind)?,
            lookup: SealKey::new(rest.take()?),
            person_wrap: SealKey::new(rest.take()?),
            blob: SealKey::new(rest.take()?),
            authorities: BTreeMap::new(),
        };
        for _ in 0..u32::from_be_bytes(rest.take()?) {
            let authority: AuthorityId = rest.take()?;
            let mut generations = BTreeMap::new();
            for _ in 0..u32::from_be_bytes(rest.take()?) {
                let [number] = rest.take()?;
                let entry = AuthorityKeys {
                    card_master: CardKey::new(rest.take()?),
                    meta: CardKey::new(rest.take()?),
                    uid: CardKey::new(rest.take()?),
                    signing: signing_key(&Zeroizing::new(rest.take()?))?,
                };
                generations.insert(Generation::new(number)?, entry);
            }
            keys.authorities.insert(authority, generations);
        }
        rest.0.is_empty().then_some(keys)
    }
}

impl AuthorityKeys {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let card_key = || -> Result<CardKey, NoEntropy> {
            let mut bytes = Zeroizing::new([0; 16]);
            entropy.fill(bytes.as_mut_slice())?;
            Ok(CardKey::new(*bytes))
        };
        let (card_master, meta, uid) = (card_key()?, card_key()?, card_key()?);
        // One scalar in 2^32 is not below the group's order; a source that gives eight such in a
        // row is broken.
        let signing = (0..8)
            .find_map(|_| match new_key(entropy) {
                Ok(scalar) => signing_key(&scalar).map(Ok),
                Err(error) => Some(Err(error)),
            })
            .unwrap_or(Err(NoEntropy))?;
        Ok(Self { card_master, meta, uid, signing })
    }
}

fn signing_key(scalar: &SealKey) -> Option<SigningKey> {
    SigningKey::from_slice(scalar.as_slice()).ok()
}

fn count(number: usize) -> [u8; 4] {
    u32::try_from(number).expect("fewer than 2^32 authorities").to_be_bytes()
}

/// Takes fixed pieces off the front.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }
}

/// Version of the encoding inside the seal.
const VERSION: u8 = 1;
