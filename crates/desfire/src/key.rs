//! Keys, their kinds, numbers and versions.

use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Misuse;

macro_rules! key {
    ($(#[$doc:meta])* $name:ident($length:literal)) => {
        $(#[$doc])*
        ///
        /// Never printed, compared in constant time, wiped on drop.
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; $length]);

        impl $name {
            /// What the factory, and a new application, put into a key of this kind: zeros.
            pub const FACTORY: Self = Self([0; $length]);

            /// Wraps the raw bytes.
            pub const fn new(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Lends the raw bytes to a cipher.
            pub const fn expose(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

key! {
    /// An AES-128 key.
    AesKey(16)
}
key! {
    /// A DES or two-key triple DES key; single DES is the same eight bytes twice.
    DesKey(16)
}
key! {
    /// A three-key triple DES key.
    Des3Key(24)
}

impl DesKey {
    /// Single DES: the eight bytes, twice.
    pub fn single(bytes: [u8; 8]) -> Self {
        let mut twice = [0; 16];
        for (to, from) in twice.iter_mut().zip(bytes.iter().cycle()) {
            *to = *from;
        }
        Self(twice)
    }

    /// The same key with its version, which a card keeps in the parity bits of the first eight bytes,
    /// the highest bit of the version in the first.
    #[must_use]
    pub fn with_version(mut self, version: u8) -> Self {
        for (place, byte) in self.0.iter_mut().take(8).enumerate() {
            *byte = (*byte & 0xFE) | ((version >> (7 - place)) & 1);
        }
        self
    }
}

/// A kind of key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyType {
    /// DES, and triple DES with two keys: 16 bytes.
    Des,
    /// Triple DES with three keys: 24 bytes.
    Des3,
    /// AES-128: 16 bytes.
    Aes,
}

impl KeyType {
    /// Bits 7 and 6 of key settings, and of a key number at the PICC level.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Des => 0x00,
            Self::Des3 => 0x40,
            Self::Aes => 0x80,
        }
    }

    /// The kind by these bits; `None` for the combination that stands for none.
    pub const fn from_bits(byte: u8) -> Option<Self> {
        match byte & 0xC0 {
            0x00 => Some(Self::Des),
            0x40 => Some(Self::Des3),
            0x80 => Some(Self::Aes),
            _ => None,
        }
    }

    /// Bytes in a key.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Des | Self::Aes => 16,
            Self::Des3 => 24,
        }
    }
}

/// A key of any kind.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Key {
    /// DES, or two-key triple DES.
    Des(DesKey),
    /// Three-key triple DES.
    Des3(Des3Key),
    /// AES-128.
    Aes(AesKey),
}

impl Key {
    /// What the factory puts into a key of this kind.
    pub const fn factory(kind: KeyType) -> Self {
        match kind {
            KeyType::Des => Self::Des(DesKey::FACTORY),
            KeyType::Des3 => Self::Des3(Des3Key::FACTORY),
            KeyType::Aes => Self::Aes(AesKey::FACTORY),
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> KeyType {
        match self {
            Self::Des(_) => KeyType::Des,
            Self::Des3(_) => KeyType::Des3,
            Self::Aes(_) => KeyType::Aes,
        }
    }

    pub(crate) const fn bytes(&self) -> &[u8] {
        match self {
            Self::Des(key) => key.expose(),
            Self::Des3(key) => key.expose(),
            Self::Aes(key) => key.expose(),
        }
    }
}

impl From<AesKey> for Key {
    fn from(key: AesKey) -> Self {
        Self::Aes(key)
    }
}

impl From<DesKey> for Key {
    fn from(key: DesKey) -> Self {
        Self::Des(key)
    }
}

impl From<Des3Key> for Key {
    fn from(key: Des3Key) -> Self {
        Self::Des3(key)
    }
}

/// A key's number: 0 to 13 in an application, up to 63 at the PICC level.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyNo(u8);

impl KeyNo {
    /// The master key of the level.
    pub const MASTER: Self = Self(0);
    /// PICC level: lets the holder of a delegation create applications.
    pub const DAM_AUTH: Self = Self(0x10);
    /// PICC level: authorises a delegated application.
    pub const DAM_MAC: Self = Self(0x11);
    /// PICC level: enciphers the first key of a delegated application.
    pub const DAM_ENC: Self = Self(0x12);
    /// PICC level: the proximity check.
    pub const VC_PROXIMITY: Self = Self(0x21);

    /// A key number.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] above 63.
    pub const fn new(number: u8) -> Result<Self, Misuse> {
        if number < 64 { Ok(Self(number)) } else { Err(Misuse::OutOfRange("key number")) }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A key to be put on the card; at the PICC level it decides the type of the key that it becomes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NewKey {
    /// AES-128, with the version byte that the card keeps beside it.
    Aes {
        /// The key.
        key: AesKey,
        /// Its version.
        version: u8,
    },
    /// DES or two-key triple DES; the version sits in the parity bits ([`DesKey::with_version`]).
    Des(DesKey),
    /// Three-key triple DES; the version sits in the parity bits.
    Des3(Des3Key),
}

impl NewKey {
    /// The kind of key that this is.
    pub const fn kind(&self) -> KeyType {
        match self {
            Self::Aes { .. } => KeyType::Aes,
            Self::Des(_) => KeyType::Des,
            Self::Des3(_) => KeyType::Des3,
        }
    }

    pub(crate) const fn bytes(&self) -> &[u8] {
        match self {
            Self::Aes { key, .. } => key.expose(),
            Self::Des(key) => key.expose(),
            Self::Des3(key) => key.expose(),
        }
    }

    pub(crate) const fn version(&self) -> Option<u8> {
        match self {
            Self::Aes { version, .. } => Some(*version),
            Self::Des(_) | Self::Des3(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_of_a_des_key_sits_in_its_parity_bits() {
        let key = DesKey::new([0xFF; 16]).with_version(0b1010_0001);
        let expected = [0xFF, 0xFE, 0xFF, 0xFE, 0xFE, 0xFE, 0xFE, 0xFF];
        assert_eq!(key.expose()[..8], expected);
        assert_eq!(key.expose()[8..], [0xFF; 8]);
    }

    #[test]
    fn keys_are_not_printed() {
        extern crate alloc;
        assert_eq!(alloc::format!("{:?}", Key::from(AesKey::new([7; 16]))), "Aes(AesKey(..))");
    }
}
