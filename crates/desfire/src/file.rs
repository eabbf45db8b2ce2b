//! Files: numbers, rights, settings.

use crate::{KeyNo, Misuse, Mode, Nonsense};

/// A file's number in its application, 0 to 31.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FileNo(u8);

impl FileNo {
    /// A file number.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] above 31.
    pub const fn new(number: u8) -> Result<Self, Misuse> {
        if number < 32 { Ok(Self(number)) } else { Err(Misuse::OutOfRange("file number")) }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// Who may do one kind of access to a file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Access {
    /// Whoever has proven this key; 0 to 13.
    Key(KeyNo),
    /// Anybody. Such access is never encrypted, whatever the file's mode.
    Free,
    /// Nobody.
    Never,
}

impl Access {
    const fn nibble(self) -> u8 {
        match self {
            Self::Key(key) => key.get() & 0x0F,
            Self::Free => 0x0E,
            Self::Never => 0x0F,
        }
    }

    const fn from_nibble(nibble: u8) -> Self {
        match (nibble, KeyNo::new(nibble)) {
            (0x0..=0xD, Ok(key)) => Self::Key(key),
            (0xE, _) => Self::Free,
            _ => Self::Never,
        }
    }
}

/// The four rights of a file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AccessRights {
    /// Reading.
    pub read: Access,
    /// Writing.
    pub write: Access,
    /// Both.
    pub read_write: Access,
    /// Changing these settings.
    pub change: Access,
}

impl AccessRights {
    /// As on the wire: 16 bits, read in the highest four, LSB first.
    pub const fn to_wire(self) -> [u8; 2] {
        [
            self.read_write.nibble() << 4 | self.change.nibble(),
            self.read.nibble() << 4 | self.write.nibble(),
        ]
    }

    /// Reads them from the wire.
    pub const fn from_wire([low, high]: [u8; 2]) -> Self {
        Self {
            read: Access::from_nibble(high >> 4),
            write: Access::from_nibble(high & 0x0F),
            read_write: Access::from_nibble(low >> 4),
            change: Access::from_nibble(low & 0x0F),
        }
    }
}

/// What a file holds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FileKind {
    /// Bytes, written in place. Size in bytes.
    Standard(u32),
    /// Bytes, written at the commit. Size in bytes.
    Backup(u32),
    /// Another kind, by its type byte.
    Other(u8),
}

/// Settings of a file, as the card tells them or as a map lays them down.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct FileSettings {
    /// Kind and size.
    pub kind: FileKind,
    /// Protection on the way.
    pub mode: Mode,
    /// Rights.
    pub rights: AccessRights,
}

impl FileSettings {
    /// Reads the answer to `GetFileSettings`. Optional blocks at the end are passed over.
    ///
    /// # Errors
    ///
    /// [`Nonsense::Length`] when it ends too early.
    ///
    /// Source: NXP AN12343 rev. 1.1 §5.3 (`GetFileSettings`).
    pub fn parse(answer: &[u8]) -> Result<Self, Nonsense> {
        let (&[kind, option, low, high], rest) =
            answer.split_first_chunk::<4>().ok_or(Nonsense::Length)?;
        let size = || match rest {
            [a, b, c, ..] => Ok(u32::from_le_bytes([*a, *b, *c, 0])),
            _ => Err(Nonsense::Length),
        };
        Ok(Self {
            kind: match kind {
                0 => FileKind::Standard(size()?),
                1 => FileKind::Backup(size()?),
                other => FileKind::Other(other),
            },
            mode: match option & 0x03 {
                0x01 => Mode::Mac,
                0x03 => Mode::Full,
                _ => Mode::Plain,
            },
            rights: AccessRights::from_wire([low, high]),
        })
    }
}

/// A file that data commands can address: the mode of each follows from its settings.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct File {
    /// Its number.
    pub number: FileNo,
    /// Its settings.
    pub settings: FileSettings,
}

impl File {
    /// Mode of a read by whoever has proven `key`.
    pub fn read_mode(&self, key: KeyNo) -> Mode {
        self.mode(key, self.settings.rights.read)
    }

    /// Mode of a write by whoever has proven `key`.
    pub fn write_mode(&self, key: KeyNo) -> Mode {
        self.mode(key, self.settings.rights.write)
    }

    fn mode(&self, key: KeyNo, right: Access) -> Mode {
        let rights = [right, self.settings.rights.read_write];
        if rights.contains(&Access::Key(key)) || !rights.contains(&Access::Free) {
            self.settings.mode
        } else {
            Mode::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> Access {
        Access::Key(KeyNo::new(number).unwrap())
    }

    #[test]
    fn rights_are_on_the_wire_as_the_note_prints_them() {
        let rights =
            AccessRights { read: key(1), write: key(2), read_write: key(3), change: key(0) };
        assert_eq!(rights.to_wire(), [0x30, 0x12]);
        assert_eq!(AccessRights::from_wire([0x30, 0x12]), rights);
    }

    #[test]
    fn free_access_to_a_full_file_is_plain() {
        let settings = FileSettings::parse(&[0, 3, 0x00, 0xE0, 32, 0, 0]).unwrap();
        let file = File { number: FileNo::new(1).unwrap(), settings };
        assert_eq!(settings.kind, FileKind::Standard(32));
        assert_eq!(file.read_mode(KeyNo::new(1).unwrap()), Mode::Plain);
        assert_eq!(file.read_mode(KeyNo::MASTER), Mode::Full);
    }

    #[test]
    fn rejects_truncated_settings() {
        assert_eq!(FileSettings::parse(&[0, 3, 0]), Err(Nonsense::Length));
        assert_eq!(FileSettings::parse(&[0, 3, 0, 0xE0, 32, 0]), Err(Nonsense::Length));
    }
}
