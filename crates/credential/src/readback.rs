//! Compares what is on the chip with what was to be written.

use desfire::{Card, Error, Link};
use sha2::{Digest as _, Sha256};

use crate::slot::{self, Slot};
use crate::{Content, KeyRole, Map, Random, challenge};

/// What the chip holds, byte for byte what it was to hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReadBack {
    /// SHA-256 of the record as read.
    pub record_sha256: [u8; 32],
    /// SHA-256 of the photo as read; none where none was written.
    pub photo_sha256: Option<[u8; 32]>,
    /// APDUs that it took.
    pub exchanges: u32,
}

/// Why a card did not pass the read-back.
#[derive(Debug, thiserror::Error)]
pub enum ReadBackError<E: core::error::Error + 'static> {
    /// The card could not be read with its check key.
    #[error("the card could not be read back")]
    Card(#[source] Error<E>),
    /// The record differs.
    #[error("the record on the chip is not the one that was written")]
    Record,
    /// The photo differs.
    #[error("the photo on the chip is not the one that was written")]
    Photo,
    /// The content has no check key.
    #[error("the content lacks the check key")]
    NoKey,
}

/// Reads record and photo with the check key, as a checker would, and compares every byte.
///
/// # Errors
///
/// [`ReadBackError`].
pub fn read_back<L: Link>(
    link: &mut L,
    map: &Map,
    content: &Content,
    random: Random<'_>,
) -> Result<ReadBack, ReadBackError<L::Error>> {
    let number = map.key(KeyRole::Check);
    let key = content.keys.app.get(usize::from(number.get())).ok_or(ReadBackError::NoKey)?;
    let mut card = Card::new(link);
    card.select(map.aid).map_err(ReadBackError::Card)?;
    let failed = |failed: desfire::Failed<&mut L>| ReadBackError::Card(slot::reason(failed));
    let card = card.authenticate_ev2(number, &key.key, challenge(random)).map_err(failed)?;
    let (card, record) = slot::read(card, &map.record).map_err(failed)?;
    let record_sha256 = compare(record, &content.record).ok_or(ReadBackError::Record)?;
    let (card, photo_sha256) = match &content.photo {
        None => (card, None),
        Some(photo) => {
            let (card, read) = slot::read(card, &map.largest_photo_file()).map_err(failed)?;
            (card, Some(compare(read, photo).ok_or(ReadBackError::Photo)?))
        }
    };
    Ok(ReadBack { record_sha256, photo_sha256, exchanges: card.exchanges() })
}

fn compare(read: Slot, wanted: &[u8]) -> Option<[u8; 32]> {
    match read {
        Slot::Content(bytes) if bytes == wanted => Some(Sha256::digest(&bytes).into()),
        _ => None,
    }
}
