//! What a station asks of the device that hands it blanks and takes finished cards away.

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The 7-byte serial number of a chip; 14 hex digits as text.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uid(pub [u8; 7]);

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// The text is no 7-byte UID in hex.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a chip UID is 14 hex digits")]
pub struct BadUid;

impl FromStr for Uid {
    type Err = BadUid;

    fn from_str(text: &str) -> Result<Self, BadUid> {
        if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadUid);
        }
        let [_, uid @ ..] = u64::from_str_radix(text, 16).map_err(|_| BadUid)?.to_be_bytes();
        Ok(Self(uid))
    }
}

impl TryFrom<String> for Uid {
    type Error = BadUid;

    fn try_from(text: String) -> Result<Self, BadUid> {
        text.parse()
    }
}

impl From<Uid> for String {
    fn from(uid: Uid) -> Self {
        uid.to_string()
    }
}

/// Where a card goes that leaves the reader.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// To the finished cards.
    Done,
    /// To the rejected ones.
    Reject,
    /// To where it came from.
    Back,
}

/// A device that puts cards on a reader and takes them away.
///
/// A card that lies on the reader when a station starts, after a failure, is still there:
/// [`Feeder::loaded`] says so, and the station goes on with it. After [`Feeder::eject`] a station
/// waits until the reader has seen the removal before it asks for the next card: a reader that is
/// asked about every 400 ms may otherwise take the new card for the old one.
pub trait Feeder {
    /// Puts the next blank on the reader; none when there is no blank left.
    ///
    /// # Errors
    ///
    /// [`FeedError::Occupied`] when a card lies there already, and what the device reports.
    fn next(&mut self) -> Result<Option<Uid>, FeedError>;

    /// Takes the card away.
    ///
    /// # Errors
    ///
    /// [`FeedError::NothingThere`] when no card lies on the reader, and what the device reports.
    fn eject(&mut self, to: Disposition) -> Result<(), FeedError>;

    /// Puts one particular card back on the reader, finished, rejected or blank.
    ///
    /// # Errors
    ///
    /// [`FeedError::Occupied`], [`FeedError::NoSuchCard`], and what the device reports.
    fn insert(&mut self, uid: Uid) -> Result<(), FeedError>;

    /// Which card lies on the reader, if the device knows.
    ///
    /// # Errors
    ///
    /// What the device reports.
    fn loaded(&mut self) -> Result<Option<Uid>, FeedError>;
}

/// Why a device did not move a card.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// A card lies on the reader already.
    #[error("a card lies on the reader already")]
    Occupied,
    /// No card lies on the reader.
    #[error("no card lies on the reader")]
    NothingThere,
    /// The device has no such card.
    #[error("the feeder has no such card")]
    NoSuchCard,
    /// The device failed by itself.
    #[error("the feeder failed: {reason}")]
    Device {
        /// In its own words.
        reason: String,
    },
    /// The device does not answer.
    #[error("the feeder does not answer")]
    Unreachable(#[source] io::Error),
    /// The device answered something that makes no sense here.
    #[error("the feeder answered something that makes no sense")]
    Nonsense,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uid_reads_what_it_writes_and_refuses_the_rest() {
        let uid = Uid([0x04, 0x64, 0xD5, 0x9A, 0xDD, 0x1E, 0x90]);
        assert_eq!(uid.to_string().parse(), Ok(uid));
        for bad in ["", "0464D59ADD1E9", "0464D59ADD1E9G", "+464D59ADD1E90"] {
            assert_eq!(bad.parse::<Uid>(), Err(BadUid), "{bad}");
        }
    }
}
