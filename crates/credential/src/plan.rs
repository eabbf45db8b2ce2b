//! What a given chip will hold, decided before anything is written.

use desfire::{Aid, Card, Error, Generation, Link, Uid};

use crate::{Map, slot};

/// A chip on the reader, as it describes itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Chip {
    /// Its serial number; none when it hides it.
    pub uid: Option<Uid>,
    /// Which DESFire it is.
    pub generation: Generation,
    /// Size of its EEPROM in bytes, by its storage code.
    pub storage_bytes: u32,
    /// Free bytes, where it tells them without a key.
    pub free_bytes: Option<u32>,
}

/// Asks a chip what it is. Five exchanges; ends any session, changes nothing else.
///
/// # Errors
///
/// See [`Error`].
pub fn examine<L: Link>(link: &mut L) -> Result<Chip, Error<L::Error>> {
    let mut card = Card::new(link);
    card.select(Aid::PICC)?;
    let version = card.version()?;
    let free_bytes = match card.free_memory() {
        Ok(bytes) => Some(bytes),
        Err(Error::Refused(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(Chip {
        uid: version.uid,
        generation: version.generation(),
        storage_bytes: version.storage_bytes(),
        free_bytes,
    })
}

/// What will be written on a chip.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    /// Bytes of the record.
    pub record_bytes: usize,
    /// Bytes of the photo that are written; none without one.
    pub photo_bytes: Option<usize>,
    /// What the full card has and this one will not.
    pub left_out: Vec<LeftOut>,
    /// Estimated use of memory in bytes, in blocks of 32.
    pub memory_bytes: u32,
    /// Memory to be had for it, estimated where the chip does not tell.
    pub available_bytes: u32,
}

/// Something that a smaller or older chip does without.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LeftOut {
    /// No photo: chips of this size have no budget for one.
    PhotoNoRoom,
    /// No photo: this one is larger than the budget in bytes.
    PhotoTooLarge {
        /// The budget.
        budget: usize,
    },
    /// No photo: there is none.
    PhotoMissing,
    /// No address that changes with each tap of a phone: EV3 only.
    PhoneTap,
}

/// Why a chip cannot become this card.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// An EV1: writing and reading files in EV1 messaging is not built yet.
    #[error("a DESFire EV1 needs EV1 messaging for its files, which is not built yet")]
    Ev1Messaging,
    /// Not a DESFire that this program knows. Holds the hardware's major version.
    #[error("unknown chip, hardware version {0}")]
    UnknownChip(u8),
    /// The chip hides its serial number, so no keys can be derived for it.
    #[error("the chip hides its serial number")]
    HiddenUid,
    /// The record is longer than its file.
    #[error("the record has {bytes} bytes and its file takes {capacity}")]
    RecordTooLong {
        /// The record.
        bytes: usize,
        /// The file.
        capacity: usize,
    },
    /// Not enough memory.
    #[error("the card needs {needed} bytes and the chip has {available}")]
    Memory {
        /// Estimated need.
        needed: u32,
        /// What there is.
        available: u32,
    },
}

/// Plans a chip for a record and a photo of these lengths.
///
/// Free memory counts only where the chip is empty, so a half-made card, which will be formatted, is
/// judged by its size.
///
/// # Errors
///
/// [`Unfit`] when the chip cannot become this card.
pub fn plan(
    chip: &Chip,
    map: &Map,
    record_bytes: usize,
    photo_bytes: Option<usize>,
) -> Result<Plan, Unfit> {
    let mut left_out = Vec::new();
    match chip.generation {
        Generation::Ev1 => return Err(Unfit::Ev1Messaging),
        Generation::Ev2 => left_out.push(LeftOut::PhoneTap),
        Generation::Ev3 => {}
        Generation::Other(major) => return Err(Unfit::UnknownChip(major)),
        _ => return Err(Unfit::UnknownChip(0)),
    }
    if chip.uid.is_none() {
        return Err(Unfit::HiddenUid);
    }
    let capacity = slot::capacity(&map.record);
    if record_bytes == 0 || record_bytes > capacity {
        return Err(Unfit::RecordTooLong { bytes: record_bytes, capacity });
    }
    let budget = map.photo_budget(chip.storage_bytes);
    let photo = match photo_bytes {
        None => Err(LeftOut::PhotoMissing),
        Some(_) if budget == 0 => Err(LeftOut::PhotoNoRoom),
        Some(bytes) if bytes > budget => Err(LeftOut::PhotoTooLarge { budget }),
        Some(bytes) => Ok(bytes),
    };
    left_out.extend(photo.err());
    let memory_bytes = memory(map, chip.storage_bytes, photo.is_ok());
    let available_bytes = chip.storage_bytes - chip.storage_bytes / 8;
    if memory_bytes > available_bytes {
        return Err(Unfit::Memory { needed: memory_bytes, available: available_bytes });
    }
    Ok(Plan { record_bytes, photo_bytes: photo.ok(), left_out, memory_bytes, available_bytes })
}

/// Blocks of files and their headers, and of the application with its keys.
fn memory(map: &Map, storage_bytes: u32, photo: bool) -> u32 {
    let file = |capacity: usize| {
        let size = u32::try_from(capacity).unwrap_or(u32::MAX / 2) + slot::PREFIX;
        size.next_multiple_of(BLOCK) + BLOCK
    };
    let keys = u32::try_from(map.roles.len()).unwrap_or(14);
    let photo_file = map.photo_file(storage_bytes).filter(|_| photo);
    APPLICATION
        + (keys * KEY).next_multiple_of(BLOCK)
        + file(slot::capacity(&map.record))
        + photo_file.map_or(0, |photo| file(slot::capacity(&photo)))
}

/// Unit in which a chip gives out memory.
const BLOCK: u32 = 32;
/// Directory entry and settings of an application, estimated.
const APPLICATION: u32 = 2 * BLOCK;
/// A key with its version.
const KEY: u32 = 17;

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(generation: Generation, storage_bytes: u32) -> Chip {
        let uid = Some(Uid([4, 1, 2, 3, 4, 5, 6]));
        Chip { uid, generation, storage_bytes, free_bytes: None }
    }

    #[test]
    fn smaller_chips_do_without_the_photo_and_say_so() {
        let map = Map::default();
        let plan_for = |storage| plan(&chip(Generation::Ev3, storage), &map, 350, Some(1000));
        let small = plan_for(2048).unwrap();
        assert_eq!((small.photo_bytes, &*small.left_out), (None, &[LeftOut::PhotoNoRoom][..]));
        let full = plan_for(8192).unwrap();
        assert_eq!((full.photo_bytes, &*full.left_out), (Some(1000), &[][..]));
    }

    #[test]
    fn photo_over_budget_is_left_out() {
        let plan = plan(&chip(Generation::Ev2, 4096), &Map::default(), 350, Some(1537)).unwrap();
        let over = LeftOut::PhotoTooLarge { budget: 1536 };
        assert_eq!(plan.left_out, [LeftOut::PhoneTap, over]);
    }

    #[test]
    fn unfit_chips_are_named() {
        let map = Map::default();
        let plan = |chip, record| plan(&chip, &map, record, None).unwrap_err();
        assert_eq!(plan(chip(Generation::Ev1, 8192), 350), Unfit::Ev1Messaging);
        assert_eq!(plan(chip(Generation::Other(0x42), 8192), 350), Unfit::UnknownChip(0x42));
        assert_eq!(plan(Chip { uid: None, ..chip(Generation::Ev3, 8192) }, 350), Unfit::HiddenUid);
        let long = Unfit::RecordTooLong { bytes: 1279, capacity: 1278 };
        assert_eq!(plan(chip(Generation::Ev3, 8192), 1279), long);
        assert!(matches!(plan(chip(Generation::Ev3, 1024), 350), Unfit::Memory { .. }));
    }
}
