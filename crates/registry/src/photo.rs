//! The pictures of one person, as one sealed blob.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The pictures of one person. Wiped on drop, `Debug` shows lengths only.
#[derive(Clone, Default, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Portrait {
    /// For the face: JPEG, 3:4.
    pub print: Vec<u8>,
    /// For the chip: WebP, largest first; a chip takes the first that its budget allows.
    pub chip: Vec<Vec<u8>>,
}

/// A stored blob is no portrait.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a stored picture is cut short or of another version")]
pub struct BadPortrait;

impl Portrait {
    /// The chip picture of at most `budget` bytes; none where none is small enough.
    pub fn for_chip(&self, budget: usize) -> Option<&[u8]> {
        self.chip.iter().map(Vec::as_slice).find(|picture| picture.len() <= budget)
    }

    /// Version byte, then each picture as its length (4 bytes, big-endian) and its bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let pictures = || std::iter::once(&self.print).chain(&self.chip);
        let mut out = Vec::with_capacity(1 + pictures().map(|p| p.len() + 4).sum::<usize>());
        out.push(VERSION);
        for picture in pictures() {
            let len = u32::try_from(picture.len()).unwrap_or(u32::MAX);
            out.extend_from_slice(&len.to_be_bytes());
            out.extend_from_slice(picture);
        }
        out
    }

    /// Reads what [`Portrait::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, BadPortrait> {
        let (&version, mut rest) = bytes.split_first().ok_or(BadPortrait)?;
        if version != VERSION {
            return Err(BadPortrait);
        }
        let mut pictures = Vec::new();
        while let Some((len, tail)) = rest.split_first_chunk::<4>() {
            let len = usize::try_from(u32::from_be_bytes(*len)).map_err(|_| BadPortrait)?;
            let (picture, tail) = tail.split_at_checked(len).ok_or(BadPortrait)?;
            pictures.push(picture.to_vec());
            rest = tail;
        }
        if pictures.is_empty() || !rest.is_empty() {
            return Err(BadPortrait);
        }
        let print = pictures.remove(0);
        Ok(Self { print, chip: pictures })
    }
}

impl fmt::Debug for Portrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Portrait({} B, {} for the chip)", self.print.len(), self.chip.len())
    }
}

const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn portrait_reads_what_it_writes(print: Vec<u8>, chip: Vec<Vec<u8>>) {
            let portrait = Portrait { print, chip };
            prop_assert_eq!(Portrait::from_bytes(&portrait.to_bytes()), Ok(portrait));
        }

        #[test]
        fn reading_never_panics(bytes: Vec<u8>) {
            drop(Portrait::from_bytes(&bytes));
        }
    }

    #[test]
    fn truncated_portrait_is_refused() {
        let whole = Portrait { print: vec![1, 2, 3], chip: vec![vec![4]] }.to_bytes();
        for len in [0, 1, 4, whole.len() - 1] {
            assert_eq!(Portrait::from_bytes(&whole[..len]), Err(BadPortrait), "{len}");
        }
    }

    #[test]
    fn chip_takes_the_largest_picture_within_its_budget() {
        let portrait = Portrait { print: Vec::new(), chip: vec![vec![0; 1500], vec![1; 900]] };
        assert_eq!(portrait.for_chip(1536).map(<[u8]>::len), Some(1500));
        assert_eq!(portrait.for_chip(1024).map(<[u8]>::len), Some(900));
        assert_eq!(portrait.for_chip(10), None);
    }
}
