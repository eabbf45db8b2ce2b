//! The folder in which software cards live.
//!
//! ```text
//! blank/000001-04A1B2C3D4E5F6.card      waits for the station
//! reader/blank/000002-04….card          lies on the reader, came from the blanks
//! done/…  rejected/…                    were taken away
//! ```
//!
//! The place of a card is the folder that its image is in, so a move is one rename and there is no
//! list that could disagree. The number counts the blanks in the order of their making.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use picc::{Card, Model, Size};
use serde::{Deserialize, Serialize};

use super::server::Entropy;
use crate::feeder::Uid;

/// Where a card of a tray is when it is not on the reader.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Waits for the station.
    Blank,
    /// Finished.
    Done,
    /// Rejected.
    Rejected,
}

impl Place {
    /// All, in the order of a card's life.
    pub const ALL: [Self; 3] = [Self::Blank, Self::Done, Self::Rejected];

    const fn folder(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Done => "done",
            Self::Rejected => "rejected",
        }
    }
}

/// How many cards are where.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Status {
    /// Blanks.
    pub blank: u64,
    /// Finished cards.
    pub done: u64,
    /// Rejected cards.
    pub rejected: u64,
    /// The card on the reader.
    pub on_reader: Option<Uid>,
}

/// The folder with the cards of one tray.
#[derive(Debug)]
pub struct Magazine {
    root: PathBuf,
}

/// One card's file.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) uid: Uid,
    number: u64,
    pub(crate) origin: Place,
    path: PathBuf,
}

impl Magazine {
    /// Opens the folder, and makes it when it is not there. Images hold keys, so nobody but the
    /// owner may enter.
    ///
    /// # Errors
    ///
    /// [`MagazineError::Io`].
    pub fn open(root: &Path) -> Result<Self, MagazineError> {
        let magazine = Self { root: root.to_owned() };
        for place in Place::ALL {
            for folder in [magazine.place(place), magazine.reader(place)] {
                let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
                made.map_err(|source| MagazineError::Io { path: folder, source })?;
            }
        }
        Ok(magazine)
    }

    /// Makes `count` blanks as they leave the factory and returns their UIDs in the order in which
    /// they will be fed. UIDs begin with 04 and follow from `seed` and the number of blanks made
    /// before, so that the same orders give the same tray; none is given twice.
    ///
    /// # Errors
    ///
    /// [`MagazineError::NoSuchChip`], [`MagazineError::Io`].
    pub fn add(
        &self,
        count: u32,
        model: Model,
        size: Size,
        seed: u64,
        entropy: &Entropy,
    ) -> Result<Vec<Uid>, MagazineError> {
        let mut known: Vec<Uid> = Vec::new();
        let mut number = 0;
        for slot in self.everything()? {
            known.push(slot.uid);
            number = number.max(slot.number);
        }
        let mut uids = Vec::new();
        for _ in 0..count {
            number += 1;
            let uid = (0..u64::MAX)
                .map(|attempt| seeded_uid(seed, number, attempt))
                .find(|uid| !known.contains(uid))
                .expect("there are more UIDs than cards");
            let card = Card::factory(model, size, uid.0, entropy.source())
                .map_err(|_| MagazineError::NoSuchChip)?;
            let path = self.place(Place::Blank).join(format!("{number:06}-{uid}.{ENDING}"));
            write_image(&path, &card.to_bytes(), false)?;
            known.push(uid);
            uids.push(uid);
        }
        Ok(uids)
    }

    /// The UIDs of the cards in one place, in the order of their making.
    ///
    /// # Errors
    ///
    /// [`MagazineError::Io`].
    pub fn list(&self, place: Place) -> Result<Vec<Uid>, MagazineError> {
        Ok(slots(&self.place(place), place)?.into_iter().map(|slot| slot.uid).collect())
    }

    /// The file with the image of one card of a place; none when it is not there.
    ///
    /// # Errors
    ///
    /// [`MagazineError::Io`].
    pub fn image(&self, place: Place, uid: Uid) -> Result<Option<PathBuf>, MagazineError> {
        let mut slots = slots(&self.place(place), place)?.into_iter();
        Ok(slots.find(|slot| slot.uid == uid).map(|slot| slot.path))
    }

    /// How many cards are where.
    ///
    /// # Errors
    ///
    /// [`MagazineError::Io`].
    pub fn status(&self) -> Result<Status, MagazineError> {
        let count = |place| -> Result<u64, MagazineError> {
            Ok(slots(&self.place(place), place)?.len().try_into().unwrap_or(u64::MAX))
        };
        Ok(Status {
            blank: count(Place::Blank)?,
            done: count(Place::Done)?,
            rejected: count(Place::Rejected)?,
            on_reader: self.on_reader()?.map(|slot| slot.uid),
        })
    }

    /// The card that lies on the reader.
    pub(crate) fn on_reader(&self) -> Result<Option<Slot>, MagazineError> {
        for place in Place::ALL {
            if let Some(slot) = slots(&self.reader(place), place)?.into_iter().next() {
                return Ok(Some(slot));
            }
        }
        Ok(None)
    }

    pub(crate) fn next_blank(&self) -> Result<Option<Slot>, MagazineError> {
        Ok(slots(&self.place(Place::Blank), Place::Blank)?.into_iter().next())
    }

    pub(crate) fn find(&self, uid: Uid) -> Result<Option<Slot>, MagazineError> {
        for place in Place::ALL {
            let found = slots(&self.place(place), place)?.into_iter().find(|s| s.uid == uid);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Moves a card onto the reader.
    pub(crate) fn put_on_reader(&self, slot: &Slot) -> Result<Slot, MagazineError> {
        Self::rename(slot, &self.reader(slot.origin))
    }

    /// Moves the card on the reader to `place`.
    pub(crate) fn take_off_reader(&self, slot: &Slot, place: Place) -> Result<(), MagazineError> {
        Self::rename(slot, &self.place(place))?;
        let folder = self.place(place);
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| MagazineError::Io { path: folder, source })
    }

    pub(crate) fn load(slot: &Slot, entropy: &Entropy) -> Result<Card, MagazineError> {
        let image = fs::read(&slot.path)
            .map_err(|source| MagazineError::Io { path: slot.path.clone(), source })?;
        Card::from_bytes(&image, entropy.source())
            .map_err(|source| MagazineError::Image { path: slot.path.clone(), source })
    }

    /// Replaces the image of a card. With `durable` it is on the disk afterwards, not only in the
    /// system's memory.
    pub(crate) fn save(slot: &Slot, card: &Card, durable: bool) -> Result<(), MagazineError> {
        write_image(&slot.path, &card.to_bytes(), durable)
    }

    fn rename(slot: &Slot, folder: &Path) -> Result<Slot, MagazineError> {
        let path = folder.join(format!("{:06}-{}.{ENDING}", slot.number, slot.uid));
        fs::rename(&slot.path, &path)
            .map_err(|source| MagazineError::Io { path: slot.path.clone(), source })?;
        Ok(Slot { path, ..slot.clone() })
    }

    fn everything(&self) -> Result<Vec<Slot>, MagazineError> {
        let mut all = Vec::new();
        for place in Place::ALL {
            all.extend(slots(&self.place(place), place)?);
            all.extend(slots(&self.reader(place), place)?);
        }
        Ok(all)
    }

    fn place(&self, place: Place) -> PathBuf {
        self.root.join(place.folder())
    }

    fn reader(&self, origin: Place) -> PathBuf {
        self.root.join("reader").join(origin.folder())
    }
}

/// The cards of one folder by number. Files of other names, such as a half-written image that a
/// killed tray left, are none.
fn slots(folder: &Path, origin: Place) -> Result<Vec<Slot>, MagazineError> {
    let io = |source| MagazineError::Io { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_none_or(|ending| ending != ENDING) {
            continue;
        }
        let name = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| {
            let (number, uid) = stem.split_once('-')?;
            Some((number.parse().ok()?, uid.parse().ok()?))
        });
        if let Some((number, uid)) = name {
            found.push(Slot { uid, number, origin, path });
        }
    }
    found.sort_unstable_by_key(|slot| slot.number);
    Ok(found)
}

/// Readers of the file see the old image or the new one, never half of one.
fn write_image(path: &Path, image: &[u8], durable: bool) -> Result<(), MagazineError> {
    let temporary = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(image)?;
        if durable {
            file.sync_data()?;
        }
        fs::rename(&temporary, path)
    };
    write().map_err(|source| MagazineError::Io { path: path.to_owned(), source })
}

/// NXP's manufacturer byte and six bytes that look random: `SplitMix64` over seed and number.
fn seeded_uid(seed: u64, number: u64, attempt: u64) -> Uid {
    let mut mixed = seed
        .wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add(attempt.wrapping_mul(0xD1B5_4A32_D192_ED03));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    let [_, uid @ ..] = (0x04 << 48 | mixed >> 16).to_be_bytes();
    Uid(uid)
}

const ENDING: &str = "card";

/// Why cards were not kept, found or moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MagazineError {
    /// A file or folder cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file is no image of a card.
    #[error("{} is no image of a card", path.display())]
    Image {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: picc::ImageError,
    },
    /// No chip of that model was made in that size.
    #[error("there is no such chip")]
    NoSuchChip,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entropy() -> Entropy {
        Entropy::new(|bytes| bytes.fill(7))
    }

    #[test]
    fn same_orders_give_the_same_tray_and_no_uid_twice() {
        let fill = || {
            let folder = tempfile::tempdir().unwrap();
            let magazine = Magazine::open(folder.path()).unwrap();
            let mut uids = magazine.add(40, Model::Ev3, Size::K8, 1, &entropy()).unwrap();
            uids.extend(magazine.add(40, Model::Ev2, Size::K4, 1, &entropy()).unwrap());
            assert_eq!(magazine.list(Place::Blank).unwrap(), uids);
            uids
        };
        let uids = fill();
        assert_eq!(uids, fill());
        assert!(uids.iter().all(|uid| uid.0[0] == 0x04));
        let mut distinct = uids.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 80);
    }

    #[test]
    fn chip_that_was_never_made_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let magazine = Magazine::open(folder.path()).unwrap();
        let refused = magazine.add(1, Model::Ev1, Size::K16, 1, &entropy());
        assert!(matches!(refused, Err(MagazineError::NoSuchChip)));
    }

    #[test]
    fn half_written_image_of_a_killed_tray_is_no_card() {
        let folder = tempfile::tempdir().unwrap();
        let magazine = Magazine::open(folder.path()).unwrap();
        magazine.add(1, Model::Ev3, Size::K8, 1, &entropy()).unwrap();
        fs::write(folder.path().join("blank/000009-04000000000000.new"), b"half").unwrap();
        assert_eq!(magazine.status().unwrap().blank, 1);
    }

    #[test]
    fn damaged_image_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let magazine = Magazine::open(folder.path()).unwrap();
        fs::write(folder.path().join("blank/000001-04000000000000.card"), b"x").unwrap();
        let slot = magazine.next_blank().unwrap().unwrap();
        let error = Magazine::load(&slot, &entropy()).unwrap_err();
        assert!(matches!(error, MagazineError::Image { path, .. } if path.ends_with(
            "blank/000001-04000000000000.card"
        )));
    }
}
