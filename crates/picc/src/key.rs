//! The keys that a card holds.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The cipher that a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// DES or two-key triple DES, 16 bytes (a single DES key is stored twice).
    Des,
    /// Three-key triple DES, 24 bytes.
    Des3,
    /// AES with 128 bits, and a version byte beside it.
    Aes,
}

/// One key with its version.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Key {
    #[zeroize(skip)]
    kind: KeyKind,
    #[serde(with = "hex")]
    bytes: Vec<u8>,
    version: u8,
}

impl Key {
    /// The key that every place starts with: zeros, version 0.
    pub(crate) fn zero(kind: KeyKind) -> Self {
        Key { kind, bytes: vec![0; kind.len()], version: 0 }
    }

    /// A key from its bytes, or nothing if their number is wrong for the kind.
    ///
    /// `version` counts for AES only; other keys carry theirs in the parity bits of the first eight bytes.
    pub(crate) fn new(kind: KeyKind, bytes: &[u8], version: u8) -> Option<Self> {
        (bytes.len() == kind.len()).then(|| Key { kind, bytes: bytes.to_vec(), version })
    }

    pub(crate) fn kind(&self) -> KeyKind {
        self.kind
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The version as `GetKeyVersion` tells it.
    pub(crate) fn version(&self) -> u8 {
        match self.kind {
            KeyKind::Aes => self.version,
            KeyKind::Des | KeyKind::Des3 => {
                self.bytes.iter().take(8).fold(0, |version, byte| version << 1 | (byte & 1))
            }
        }
    }

    /// Whether the stored bytes are as many as the kind asks for.
    pub(crate) fn is_well_formed(&self) -> bool {
        self.bytes.len() == self.kind.len()
    }
}

impl KeyKind {
    /// Length of a key in bytes.
    #[expect(clippy::len_without_is_empty, reason = "a key is never empty")]
    pub fn len(self) -> usize {
        match self {
            KeyKind::Des | KeyKind::Aes => 16,
            KeyKind::Des3 => 24,
        }
    }

    /// Reads bits 7 and 6 of the second key settings byte or of a key number at card level.
    pub(crate) fn from_type_bits(byte: u8) -> Option<Self> {
        match byte & 0xC0 {
            0x00 => Some(KeyKind::Des),
            0x40 => Some(KeyKind::Des3),
            0x80 => Some(KeyKind::Aes),
            _ => None,
        }
    }

    pub(crate) fn type_bits(self) -> u8 {
        match self {
            KeyKind::Des => 0x00,
            KeyKind::Des3 => 0x40,
            KeyKind::Aes => 0x80,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?}, ..)", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_bytes() {
        let key = Key::new(KeyKind::Aes, &[0xAB; 16], 7).unwrap();
        assert_eq!(format!("{key:?}"), "Key(Aes, ..)");
    }

    #[test]
    fn des_version_is_read_from_the_parity_bits() {
        let mut bytes = [0u8; 16];
        bytes[1] = 1;
        bytes[7] = 1;
        assert_eq!(Key::new(KeyKind::Des, &bytes, 0).unwrap().version(), 0b0100_0001);
    }

    #[test]
    fn refuses_a_key_of_the_wrong_length() {
        assert!(Key::new(KeyKind::Des3, &[0; 16], 0).is_none());
    }
}
