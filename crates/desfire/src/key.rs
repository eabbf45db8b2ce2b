//! Keys, their numbers and versions.

use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Misuse;

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Wraps 16 raw bytes.
            pub const fn new(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Lends the raw bytes to a cipher.
            pub const fn expose(&self) -> &[u8; 16] {
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
    /// An AES-128 key. Never printed, compared in constant time, wiped on drop.
    AesKey
}
key! {
    /// A DES or two-key triple DES key; single DES is the same eight bytes twice.
    ///
    /// Never printed, compared in constant time, wiped on drop.
    DesKey
}

impl DesKey {
    /// The key of the PICC level of a chip as it leaves the factory.
    pub const FACTORY: Self = Self([0; 16]);
}

impl AesKey {
    /// The key that a new AES application gives to all its keys.
    pub const FACTORY: Self = Self([0; 16]);
}

/// A key's number: 0 to 13 in an application, up to 63 at the PICC level.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyNo(u8);

impl KeyNo {
    /// The master key of the level.
    pub const MASTER: Self = Self(0);

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

/// A key to be put on the card; decides the type of the master key at the PICC level.
#[derive(Clone, Debug)]
pub enum NewKey {
    /// AES-128, with the version byte that the card keeps beside it.
    Aes {
        /// The key.
        key: AesKey,
        /// Its version.
        version: u8,
    },
    /// DES or two-key triple DES; the version sits in the parity bits.
    Des(DesKey),
}

impl NewKey {
    pub(crate) const fn bytes(&self) -> &[u8; 16] {
        match self {
            Self::Aes { key, .. } => key.expose(),
            Self::Des(key) => key.expose(),
        }
    }

    /// Bits 7 and 6 of the key number at the PICC level.
    pub(crate) const fn type_bits(&self) -> u8 {
        match self {
            Self::Aes { .. } => 0x80,
            Self::Des(_) => 0x00,
        }
    }

    pub(crate) const fn version(&self) -> Option<u8> {
        match self {
            Self::Aes { version, .. } => Some(*version),
            Self::Des(_) => None,
        }
    }
}
