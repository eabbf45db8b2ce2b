//! The keys of one card: which there are, and what they are derived from.

use std::fmt;

use desfire::{AesKey, Aid, NewKey, Uid};

/// A key of one card with the version byte that the chip keeps beside it.
#[derive(Clone, Debug)]
pub struct VersionedKey {
    /// The key.
    pub key: AesKey,
    /// Its version, equal to the key generation.
    pub version: u8,
}

impl VersionedKey {
    pub(crate) fn to_new(&self) -> NewKey {
        NewKey::Aes { key: self.key.clone(), version: self.version }
    }
}

/// All keys of one card.
#[derive(Clone, Debug)]
pub struct CardKeys {
    /// Master key of the PICC level.
    pub picc: VersionedKey,
    /// Keys of the identity application by number, from 0.
    pub app: Vec<VersionedKey>,
}

/// What one chip is to hold. `Debug` shows lengths only.
#[derive(Clone)]
pub struct Content {
    /// The chip that this was made for.
    pub uid: Uid,
    /// Its keys.
    pub keys: CardKeys,
    /// The signed record.
    pub record: Vec<u8>,
    /// The photo, WebP; none where the chip has no room for one.
    pub photo: Option<Vec<u8>>,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("uid", &self.uid)
            .field("record_bytes", &self.record.len())
            .field("photo_bytes", &self.photo.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// What a key of the identity application is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyRole {
    /// Changes keys and the application.
    Master,
    /// Reads, at checkers.
    Check,
    /// Writes, at stations.
    Update,
    /// Proves the chip online; only the vault holds it.
    Proof,
    /// Shared by all cards of an authority and generation: may ask for the true UID, nothing else.
    Uid,
}

/// What a card's own key is derived for. [`KeyRole::Uid`] has none: its key is shared, because it is
/// used before the UID is known.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Purpose {
    /// Master key of the PICC level.
    PiccMaster,
    /// Master key of the application.
    AppMaster,
    /// Reading by checkers.
    Check,
    /// Writing by stations.
    Update,
    /// Online proof by the vault.
    Proof,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 5] =
        [Self::PiccMaster, Self::AppMaster, Self::Check, Self::Update, Self::Proof];

    /// The purpose for which the key in this role is derived; none for a shared key.
    pub const fn of(role: KeyRole) -> Option<Self> {
        match role {
            KeyRole::Master => Some(Self::AppMaster),
            KeyRole::Check => Some(Self::Check),
            KeyRole::Update => Some(Self::Update),
            KeyRole::Proof => Some(Self::Proof),
            KeyRole::Uid => None,
        }
    }

    /// The label in the diversification input; 6 to 21 bytes, never changed.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PiccMaster => "congvu/picc",
            Self::AppMaster => "congvu/app",
            Self::Check => "congvu/check",
            Self::Update => "congvu/update",
            Self::Proof => "congvu/proof",
        }
    }
}

/// Input of the AN10922 derivation of a card's key: UID (7) ‖ AID (3, LSB first) ‖ label.
///
/// `aid` is [`Aid::PICC`] for [`Purpose::PiccMaster`]. Always 16 to 31 bytes, so that the derivation
/// is a plain CMAC over two blocks, which a token computes by itself.
///
/// Source: NXP AN10922 rev. 2.2 §2.2, §4.
pub fn diversification_input(uid: Uid, aid: Aid, purpose: Purpose) -> Vec<u8> {
    let mut input = Vec::with_capacity(31);
    input.extend(uid.0);
    input.extend(aid.to_wire());
    input.extend(purpose.label().bytes());
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: Uid = Uid([4, 1, 2, 3, 4, 5, 6]);

    #[test]
    fn inputs_fit_two_blocks_and_differ() {
        let aid = Aid::new(0x83_8001).unwrap();
        let inputs = Purpose::ALL.map(|purpose| diversification_input(UID, aid, purpose));
        for input in &inputs {
            assert!((16..=31).contains(&input.len()));
            assert!(inputs.iter().filter(|other| *other == input).count() == 1);
        }
        assert_eq!(
            inputs[2],
            [&[4, 1, 2, 3, 4, 5, 6, 0x01, 0x80, 0x83], &b"congvu/check"[..]].concat()
        );
    }

    /// The published example of AN10922, taken apart as ours is.
    #[test]
    fn derivation_is_that_of_the_note() {
        let master: [u8; 16] =
            hex::decode("00112233445566778899AABBCCDDEEFF").unwrap().try_into().unwrap();
        let input = hex::decode("04782E21801D803042F54E585020416275").unwrap();
        let key = desfire::an10922::aes128(&AesKey::new(master), &input).unwrap();
        assert_eq!(hex::encode_upper(key.expose()), "A8DD63A3B89D54B37CA802473FDA9175");
    }

    #[test]
    fn content_shows_lengths_only() {
        let key = VersionedKey { key: AesKey::new([0xAB; 16]), version: 1 };
        let content = Content {
            uid: UID,
            keys: CardKeys { picc: key.clone(), app: vec![key] },
            record: b"Nguyen".to_vec(),
            photo: None,
        };
        let shown = format!("{content:?}");
        assert!(!shown.contains("Nguyen") && !shown.contains("171"), "{shown}");
    }
}
