//! What a card is, what it offers, and what fits on it.

use crate::{FileKind, Generation, KeyType, MessagingKind, Misuse, Version};

/// What one can expect of a card, from what it says of itself.
///
/// An expectation is not a promise: a card's settings can forbid a messaging. [`crate::Card::authenticate`]
/// tries them in this order and takes the first that the card accepts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Offer {
    generation: Generation,
    storage: u32,
}

impl Offer {
    /// From the answer to `GetVersion`.
    pub const fn of(version: &Version) -> Self {
        Self { generation: version.generation(), storage: version.storage_bytes() }
    }

    /// The generation.
    pub const fn generation(self) -> Generation {
        self.generation
    }

    /// The messagings that a key of this kind leads to, the best first.
    pub const fn messagings(self, key: KeyType) -> &'static [MessagingKind] {
        use MessagingKind::{D40, Ev1, Ev2, Lrp};
        match (key, self.generation) {
            (KeyType::Aes, Generation::Ev1) => &[Ev1],
            (KeyType::Aes, _) => &[Ev2, Lrp, Ev1],
            (KeyType::Des, _) => &[Ev1, D40],
            (KeyType::Des3, _) => &[Ev1],
        }
    }

    /// Whether it has delegated applications, key sets, transaction MACs and additional rights.
    pub const fn has_ev2_features(self) -> bool {
        !matches!(self.generation, Generation::Ev1)
    }

    /// Whether a file can show dynamic data to a telephone.
    pub const fn has_dynamic_messaging(self) -> bool {
        matches!(self.generation, Generation::Ev3)
    }

    /// The most applications; `None` where only memory limits them.
    pub const fn most_applications(self) -> Option<u32> {
        match self.generation {
            Generation::Ev1 => Some(28),
            _ => None,
        }
    }

    /// Nominal memory in bytes. What is free the card tells (`FreeMem`).
    pub const fn storage_bytes(self) -> u32 {
        self.storage
    }
}

/// Memory that a file takes up at least, in bytes: cards give it out in blocks of 32.
///
/// What applications, keys and directories take up beside it is not public, so a plan leaves room and
/// asks the card.
///
/// # Errors
///
/// [`Misuse::OutOfRange`] for a kind that this crate does not know, or a size that no card has.
pub fn least_memory(kind: &FileKind) -> Result<u32, Misuse> {
    let bytes = match kind {
        FileKind::Standard(size) => u64::from(*size),
        // What is written waits beside what counts until the commit.
        FileKind::Backup(size) => 2 * u64::from(*size),
        FileKind::Value(_) | FileKind::TransactionMac(_) => 32,
        FileKind::Linear(records) | FileKind::Cyclic(records) => {
            u64::from(records.size) * u64::from(records.most)
        }
        FileKind::Other(_) => return Err(Misuse::OutOfRange("kind of the file")),
    };
    u32::try_from(bytes.next_multiple_of(32)).map_err(|_| Misuse::OutOfRange("size of the file"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Records;

    #[test]
    fn memory_is_given_out_in_blocks() {
        assert_eq!(least_memory(&FileKind::Standard(1)), Ok(32));
        assert_eq!(least_memory(&FileKind::Standard(33)), Ok(64));
        assert_eq!(least_memory(&FileKind::Backup(17)), Ok(64));
        assert_eq!(least_memory(&FileKind::Cyclic(Records::new(10, 5))), Ok(64));
        assert!(least_memory(&FileKind::Other(9)).is_err());
    }
}
