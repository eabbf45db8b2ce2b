//! What this station began and has not ended, kept so that a power cut cannot make it forget.
//!
//! One line of JSON for each entry, appended and forced to the disk before the write that it
//! announces. It holds serials, chip UIDs and steps; never a key, never a person.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wire::{CardId, CardSerial, ChipUid};

/// A card that was begun.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Open {
    /// The card.
    pub card: CardId,
    /// Its printed name.
    pub serial: CardSerial,
    /// The last step that was announced, if any.
    pub step: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
enum Entry {
    Begun { uid: ChipUid, card: CardId, serial: CardSerial },
    Before { uid: ChipUid, step: String },
    Ended { uid: ChipUid },
}

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk failed.
    #[error("cannot use the journal {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A line in the middle is no entry: somebody wrote into the file.
    #[error(
        "journal {path}, line {line} is no entry; the file was changed by hand or the disk is damaged"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
}

/// The journal of one station.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    open: BTreeMap<ChipUid, Open>,
    syncs: u64,
}

impl Journal {
    /// Opens the journal at `path`, or begins one. A last line that a power cut tore is dropped:
    /// its write was not sent yet. What has ended is forgotten.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the disk fails or a whole line is no entry.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |cause| JournalError::Io { path: path.to_owned(), cause };
        let open = read(path)?;
        let temporary = path.with_extension("new");
        let mut file = File::create(&temporary).map_err(failed)?;
        for (&uid, state) in &open {
            let begun = Entry::Begun { uid, card: state.card, serial: state.serial };
            write(&mut file, &begun).map_err(failed)?;
            if let Some(step) = state.step.clone() {
                write(&mut file, &Entry::Before { uid, step }).map_err(failed)?;
            }
        }
        file.sync_all().map_err(failed)?;
        std::fs::rename(&temporary, path).map_err(failed)?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, open, syncs: 0 })
    }

    /// Reads again what is on the disk, where another program may have worked meanwhile.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`]; this journal is as it was.
    pub fn reopen(&mut self) -> Result<(), JournalError> {
        let syncs = self.syncs;
        *self = Self { syncs, ..Self::open(&self.path)? };
        Ok(())
    }

    /// The cards that were begun and not ended, by chip.
    pub const fn unfinished(&self) -> &BTreeMap<ChipUid, Open> {
        &self.open
    }

    /// How often this journal has been forced to the disk since it was opened.
    pub const fn syncs(&self) -> u64 {
        self.syncs
    }

    /// The chip `uid` is now becoming `card`. Durable when it returns; may be repeated.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`]; then nothing may be written to the chip.
    pub fn begin(
        &mut self,
        uid: ChipUid,
        card: CardId,
        serial: CardSerial,
    ) -> Result<(), JournalError> {
        if self.open.get(&uid).is_some_and(|open| open.card == card) {
            return Ok(());
        }
        self.append(&Entry::Begun { uid, card, serial })?;
        self.open.insert(uid, Open { card, serial, step: None });
        Ok(())
    }

    /// The chip `uid` will now be written as `step` says. Durable when it returns.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`]; then the write may not be sent.
    pub fn before(&mut self, uid: ChipUid, step: &str) -> Result<(), JournalError> {
        self.append(&Entry::Before { uid, step: step.to_owned() })?;
        if let Some(open) = self.open.get_mut(&uid) {
            open.step = Some(step.to_owned());
        }
        Ok(())
    }

    /// The chip `uid` is a finished card, or was given up, and the registry knows.
    ///
    /// Not forced to the disk: forgetting it costs one more question to the registry.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    pub fn end(&mut self, uid: ChipUid) -> Result<(), JournalError> {
        if self.open.remove(&uid).is_some() {
            write(&mut self.file, &Entry::Ended { uid }).map_err(|cause| self.failed(cause))?;
        }
        Ok(())
    }

    fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let written = write(&mut self.file, entry).and_then(|()| self.file.sync_data());
        self.syncs += 1;
        written.map_err(|cause| self.failed(cause))
    }

    fn failed(&self, cause: io::Error) -> JournalError {
        JournalError::Io { path: self.path.clone(), cause }
    }
}

fn write(file: &mut File, entry: &Entry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)
}

fn read(path: &Path) -> Result<BTreeMap<ChipUid, Open>, JournalError> {
    let failed = |cause| JournalError::Io { path: path.to_owned(), cause };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(cause) => return Err(failed(cause)),
    };
    let mut open = BTreeMap::new();
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 || line.last() != Some(&b'\n')
        {
            break;
        }
        match serde_json::from_slice(&line) {
            Ok(Entry::Begun { uid, card, serial }) => {
                open.insert(uid, Open { card, serial, step: None });
            }
            Ok(Entry::Before { uid, step }) => {
                if let Some(open) = open.get_mut(&uid) {
                    open.step = Some(step);
                }
            }
            Ok(Entry::Ended { uid }) => {
                open.remove(&uid);
            }
            Err(_) => return Err(JournalError::Corrupt { path: path.to_owned(), line: number }),
        }
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: ChipUid = ChipUid([4, 0, 0, 0, 0, 0, 1]);
    const OTHER: ChipUid = ChipUid([4, 0, 0, 0, 0, 0, 2]);

    fn card(n: u128) -> (CardId, CardSerial) {
        let id = format!("00000000-0000-0000-0000-{n:012}").parse().unwrap();
        (id, CardSerial::from_random(u64::try_from(n).unwrap()))
    }

    fn begun(path: &Path) -> Journal {
        let mut journal = Journal::open(path).unwrap();
        let (id, serial) = card(1);
        journal.begin(UID, id, serial).unwrap();
        journal.before(UID, "picc key").unwrap();
        journal
    }

    #[test]
    fn what_was_begun_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        drop(begun(&path));
        let journal = Journal::open(&path).unwrap();
        let (id, serial) = card(1);
        let open = Open { card: id, serial, step: Some("picc key".into()) };
        assert_eq!(journal.unfinished(), &BTreeMap::from([(UID, open)]));
    }

    #[test]
    fn what_has_ended_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = begun(&path);
        let (id, serial) = card(2);
        journal.begin(OTHER, id, serial).unwrap();
        journal.end(UID).unwrap();
        drop(journal);
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.unfinished().keys().collect::<Vec<_>>(), [&OTHER]);
    }

    #[test]
    fn torn_last_line_is_dropped_wherever_it_tore() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        drop(begun(&path));
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let journal = Journal::open(&path).unwrap();
            assert!(journal.unfinished().len() <= 1, "cut at {length}");
        }
    }

    #[test]
    fn damaged_line_in_the_middle_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        drop(begun(&path));
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.insert_str(0, "nonsense\n");
        std::fs::write(&path, text).unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::Corrupt { line: 1, .. })));
    }

    #[test]
    fn beginning_again_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = begun(&folder.path().join("journal"));
        let syncs = journal.syncs();
        let (id, serial) = card(1);
        journal.begin(UID, id, serial).unwrap();
        assert_eq!(journal.syncs(), syncs);
    }
}
