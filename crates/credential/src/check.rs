//! Reads a card as a checker does, and says what that proves.

use desfire::{AesKey, Authenticated, Card, Error, Failed, Link, Uid, ev2};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::record::{Dates, RecordError, TrustList, VerifiedRecord};
use crate::slot::{self, Slot};
use crate::{KeyRole, Map, Random, challenge};

/// Whose card it is, as far as the key is concerned.
#[derive(Clone, Debug)]
pub enum Who {
    /// The chip shows this serial number. The record is read in 5 exchanges.
    Shown(Uid),
    /// The chip hides it; this shared key may ask for it. Three exchanges more.
    Hidden(AesKey),
}

/// How much is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Depth {
    /// The record.
    Record,
    /// The record, and the photo where the record names one.
    RecordAndPhoto,
}

/// What a check has seen. A relayed card is not detected.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The record, whose signature is right and which names this chip.
    pub record: VerifiedRecord,
    /// Whether the record holds by its own dates.
    pub dates: Dates,
    /// What is known of the chip.
    pub chip: ChipProof,
    /// The photo.
    pub photo: Photo,
    /// APDUs that it took.
    pub exchanges: u32,
}

/// What is known of a chip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChipProof {
    /// It knows the check key of this serial number. Whoever steals the reader that holds the key
    /// can imitate it.
    ProvenByReaderKey(Uid),
}

/// What became of the photo. `Debug` shows no picture.
#[derive(Clone, Eq, PartialEq)]
pub enum Photo {
    /// Not asked for.
    NotRead,
    /// The record names none.
    None,
    /// The one that the record names, WebP.
    Genuine(Vec<u8>),
}

impl core::fmt::Debug for Photo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotRead => f.write_str("NotRead"),
            Self::None => f.write_str("None"),
            Self::Genuine(bytes) => write!(f, "Genuine({} B)", bytes.len()),
        }
    }
}

/// Why a card does not pass.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError<E: core::error::Error + 'static> {
    /// The exchange broke off; hold the card again.
    #[error("the card left before it was read")]
    Link(#[source] Error<E>),
    /// It does not carry our application.
    #[error("the card does not carry the identity application")]
    NotOurs,
    /// It refuses the check key, or does not know it: another generation of keys, or no card of
    /// ours.
    #[error("the chip does not prove the check key")]
    ChipNotProven(#[source] Error<E>),
    /// The checker has no key for this chip.
    #[error("there is no check key for this chip")]
    NoKey,
    /// It refused to be read, or its answers make no sense.
    #[error("the card cannot be read")]
    Unreadable(#[source] Error<E>),
    /// There is no whole record in the file.
    #[error("the card holds no whole record")]
    NoRecord,
    /// The record cannot be relied on.
    #[error("the record is not genuine")]
    Record(#[source] RecordError),
    /// The record belongs to another chip: a copy.
    #[error("the record belongs to another chip")]
    OtherChip,
    /// The photo is not the one that the record names.
    #[error("the photo is not the one that was signed")]
    Photo,
}

/// A checker: what it knows and trusts.
#[derive(Clone, Copy, Debug)]
pub struct Checker<'c, K> {
    /// Where things are on the chip.
    pub map: &'c Map,
    /// Whose signatures count.
    pub trust: &'c TrustList,
    /// Gives the check key of a chip, derived for its serial number; none where there is no master
    /// for it.
    pub key: K,
}

impl<K: Fn(Uid) -> Option<AesKey>> Checker<'_, K> {
    /// Reads and judges a card. `now` judges the record's own dates.
    ///
    /// Status is another question: it is asked with the record's
    /// [`StatusRef`](crate::record::StatusRef).
    ///
    /// # Errors
    ///
    /// [`CheckError`].
    pub fn check<L: Link>(
        &self,
        link: &mut L,
        who: &Who,
        depth: Depth,
        now: Timestamp,
        random: Random<'_>,
    ) -> Result<Checked, CheckError<L::Error>> {
        let map = self.map;
        let mut card = Card::new(link);
        card.select(map.aid).map_err(|error| match error {
            Error::Refused(_) => CheckError::NotOurs,
            error => lost_or(CheckError::Unreadable)(error),
        })?;
        let number = map.key(KeyRole::Check);
        let (uid, card) = match who {
            Who::Shown(uid) => {
                let key = (self.key)(*uid).ok_or(CheckError::NoKey)?;
                (*uid, card.authenticate_ev2(number, &key, challenge(random)).map_err(not_proven)?)
            }
            Who::Hidden(shared) => {
                let asking = map.key(KeyRole::Uid);
                let card =
                    card.authenticate_ev2(asking, shared, challenge(random)).map_err(not_proven)?;
                let (card, uid) = card.card_uid().map_err(unreadable)?;
                let key = (self.key)(uid).ok_or(CheckError::NoKey)?;
                let card = card
                    .authenticate_further(number, &key, challenge(random))
                    .map_err(not_proven)?;
                (uid, card)
            }
        };
        let (card, record) = slot::read(card, &map.record).map_err(unreadable)?;
        let Slot::Content(bytes) = record else { return Err(CheckError::NoRecord) };
        let record = self.trust.verify(&bytes).map_err(CheckError::Record)?;
        if record.record().service.chip != uid {
            return Err(CheckError::OtherChip);
        }
        let (card, photo) = match (depth, record.record().service.photo_sha256) {
            (Depth::Record, _) => (card, Photo::NotRead),
            (Depth::RecordAndPhoto, None) => (card, Photo::None),
            (Depth::RecordAndPhoto, Some(digest)) => read_photo(card, map, digest)?,
        };
        Ok(Checked {
            dates: record.dates(now),
            record,
            chip: ChipProof::ProvenByReaderKey(uid),
            photo,
            exchanges: card.exchanges(),
        })
    }
}

type Read<L, T> = Result<(Authenticated<L, ev2::Session>, T), CheckError<<L as Link>::Error>>;

fn read_photo<L: Link>(
    card: Authenticated<L, ev2::Session>,
    map: &Map,
    digest: [u8; 32],
) -> Read<L, Photo> {
    let (card, photo) = slot::read(card, &map.largest_photo_file()).map_err(unreadable)?;
    match photo {
        Slot::Content(bytes) if <[u8; 32]>::from(Sha256::digest(&bytes)) == digest => {
            Ok((card, Photo::Genuine(bytes)))
        }
        _ => Err(CheckError::Photo),
    }
}

fn not_proven<L: Link>(failed: Failed<L>) -> CheckError<L::Error> {
    lost_or(CheckError::ChipNotProven)(failed.error)
}

fn unreadable<L: Link>(failed: Failed<L>) -> CheckError<L::Error> {
    lost_or(CheckError::Unreadable)(failed.error)
}

fn lost_or<E: core::error::Error + 'static>(
    otherwise: fn(Error<E>) -> CheckError<E>,
) -> impl Fn(Error<E>) -> CheckError<E> {
    move |error| match error {
        Error::Link(_) => CheckError::Link(error),
        error => otherwise(error),
    }
}

#[cfg(test)]
mod tests;
