//! The types of keys and of their generations.

use std::fmt;
use std::num::NonZeroU8;

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An AES-128 key that goes onto a chip. Never printed, compared in constant time, wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CardKey([u8; 16]);

impl CardKey {
    /// Wraps 16 raw bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Lends the raw bytes to a cipher or to a message that carries the key to its station.
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl PartialEq for CardKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for CardKey {}

impl fmt::Debug for CardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardKey(..)")
    }
}

/// A generation of an authority's keys, 1 to 255, equal to the key version that chips keep.
///
/// 0 is the version of the key that a chip has from the factory, so it is no generation.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Generation(NonZeroU8);

impl Generation {
    /// The one that an authority begins with.
    pub const FIRST: Self = Self(NonZeroU8::MIN);

    /// The generation of that number; none for 0.
    pub fn new(number: u8) -> Option<Self> {
        NonZeroU8::new(number).map(Self)
    }

    /// Its number, as the chip keeps it.
    pub const fn number(self) -> u8 {
        self.0.get()
    }

    /// The one after it; none after 255.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_card_key_shows_nothing() {
        assert_eq!(format!("{:?}", CardKey::new([0xA5; 16])), "CardKey(..)");
    }

    #[test]
    fn generation_zero_does_not_exist_and_255_is_the_last() {
        assert_eq!(Generation::new(0), None);
        assert_eq!(Generation::FIRST.number(), 1);
        assert_eq!(Generation::new(255).unwrap().next(), None);
        assert_eq!(Generation::new(254).unwrap().next(), Generation::new(255));
    }
}
