//! Draws that follow from a seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream of draws is for, so that one use more does not shift another's draws.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Use {
    Person,
    BirthYear,
    ListRow,
    Portrait,
}

/// A stream of draws for one number and one use.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, number: u64, purpose: Use) -> Self {
        let mut key = [0_u8; 32];
        let parts = [seed, number, purpose as u64, u64::from_le_bytes(*b"congvu 1")];
        for (to, from) in key.iter_mut().zip(parts.into_iter().flat_map(u64::to_le_bytes)) {
            *to = from;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number from 0 up to, not including, `bound`; 0 when `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The high half of a 64×64-bit product: the bias is far below anything visible here.
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// True in `percent` of a hundred draws.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// From `low` up to, not including, `high`.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        const STEPS: u16 = u16::MAX;
        let step = u16::try_from(self.below(u64::from(STEPS))).unwrap_or(0);
        low + (high - low) * f32::from(step) / f32::from(STEPS)
    }

    /// Any of the items, each as likely as the others.
    ///
    /// # Panics
    ///
    /// Panics when there is none: tables of this crate are never empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(items.len() as u64)).unwrap_or(0);
        items.get(at).expect("tables of this crate are not empty")
    }

    /// Any of the items, each as likely as its weight says.
    ///
    /// # Panics
    ///
    /// Panics when there is none: tables of this crate are never empty.
    pub(crate) fn weighted<'a, T>(&mut self, items: &'a [(T, u32)]) -> &'a T {
        let total: u64 = items.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (item, weight) in items {
            if left < u64::from(*weight) {
                return item;
            }
            left -= u64::from(*weight);
        }
        items.first().map(|(item, _)| item).expect("tables of this crate are not empty")
    }
}
