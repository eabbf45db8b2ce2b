//! Files: numbers, rights, settings.

mod sdm;

use alloc::vec::Vec;

pub use self::sdm::Sdm;
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
    pub(crate) const fn nibble(self) -> u8 {
        match self {
            Self::Key(key) => key.get() & 0x0F,
            Self::Free => 0x0E,
            Self::Never => 0x0F,
        }
    }

    pub(crate) const fn from_nibble(nibble: u8) -> Self {
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
    /// Reading; of a value, also taking from it.
    pub read: Access,
    /// Writing; of a value, also taking from it and giving a limited part back.
    pub write: Access,
    /// Both; of a value, also giving to it.
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

/// Additional sets of rights of a file (EV2 and later), at most seven. Their `change` says nothing.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct MoreRights {
    wire: [[u8; 2]; 7],
    count: u8,
}

impl MoreRights {
    /// These sets of rights.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for more than seven.
    pub fn new(sets: &[AccessRights]) -> Result<Self, Misuse> {
        let Ok(count @ ..=7) = u8::try_from(sets.len()) else {
            return Err(Misuse::OutOfRange("number of additional access rights"));
        };
        let mut wire = [[0; 2]; 7];
        for (to, set) in wire.iter_mut().zip(sets) {
            *to = set.to_wire();
        }
        Ok(Self { wire, count })
    }

    /// The sets.
    pub fn sets(&self) -> impl Iterator<Item = AccessRights> + '_ {
        self.wire.iter().take(usize::from(self.count)).copied().map(AccessRights::from_wire)
    }

    fn to_wire(self) -> impl Iterator<Item = u8> {
        let sets = self.wire.into_iter().take(usize::from(self.count)).flatten();
        core::iter::once(self.count).chain(sets)
    }

    fn parse(wire: &[u8]) -> Result<(Self, &[u8]), Nonsense> {
        let (count, rest) = wire.split_first().ok_or(Nonsense::Length)?;
        let (sets, rest) =
            rest.split_at_checked(usize::from(*count) * 2).ok_or(Nonsense::Length)?;
        let sets: Vec<AccessRights> =
            sets.as_chunks::<2>().0.iter().map(|set| AccessRights::from_wire(*set)).collect();
        Ok((Self::new(&sets).map_err(|_| Nonsense::Value)?, rest))
    }
}

/// A file with one number that is credited and debited.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ValueFile {
    /// The least that it may hold.
    pub lower: i32,
    /// The most.
    pub upper: i32,
    /// When it is made, what it holds; when the card tells, what a limited credit may give back.
    pub value: i32,
    /// Whether a limited credit is allowed.
    pub limited_credit: bool,
    /// Whether anybody may read the value.
    pub free_value: bool,
}

impl ValueFile {
    pub(crate) fn flags(self) -> u8 {
        u8::from(self.limited_credit) | u8::from(self.free_value) << 1
    }
}

/// A file of records of one size.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Records {
    /// Bytes in a record.
    pub size: u32,
    /// The most that the file can hold; a cyclic one keeps one less.
    pub most: u32,
    /// How many it holds; of no meaning when it is made.
    pub current: u32,
}

impl Records {
    /// Room for `most` records of `size` bytes.
    pub const fn new(size: u32, most: u32) -> Self {
        Self { size, most, current: 0 }
    }
}

/// What the card tells of a transaction MAC file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TransactionMacFile {
    /// Kind of its key; `02` is AES.
    pub key_option: u8,
    /// Version of its key.
    pub key_version: u8,
    /// The counter at which the application stops taking transactions.
    pub limit: Option<u32>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FileKind {
    /// Bytes, written in place. Size in bytes.
    Standard(u32),
    /// Bytes, written at the commit. Size in bytes.
    Backup(u32),
    /// A number.
    Value(ValueFile),
    /// Records, until it is full.
    Linear(Records),
    /// Records, the oldest giving way.
    Cyclic(Records),
    /// Counter and MAC of the last transaction.
    TransactionMac(TransactionMacFile),
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
    /// Additional rights.
    pub more_rights: MoreRights,
    /// Dynamic messaging.
    pub sdm: Option<Sdm>,
}

impl FileSettings {
    /// Bit of the file option: dynamic messaging.
    pub(crate) const SDM: u8 = 0x40;
    /// Bit of the file option: additional rights.
    pub(crate) const MORE_RIGHTS: u8 = 0x80;
    /// Bit of the file option: a transaction MAC file has a limit.
    const LIMIT: u8 = 0x20;

    /// Settings without additional rights and dynamic messaging.
    pub fn new(kind: FileKind, mode: Mode, rights: AccessRights) -> Self {
        Self { kind, mode, rights, more_rights: MoreRights::default(), sdm: None }
    }

    /// Reads the answer to `GetFileSettings`.
    ///
    /// # Errors
    ///
    /// [`Nonsense::Length`] when it ends too early or too late.
    ///
    /// Source: NXP AN12343 rev. 1.1 §5.3 (`GetFileSettings`), and AN12196 for dynamic messaging.
    pub fn parse(answer: &[u8]) -> Result<Self, Nonsense> {
        let (&[kind, option, low, high], rest) =
            answer.split_first_chunk::<4>().ok_or(Nonsense::Length)?;
        let (kind, mut rest) = FileKind::parse(kind, option & Self::LIMIT != 0, rest)?;
        let mut more_rights = MoreRights::default();
        if option & Self::MORE_RIGHTS != 0 {
            (more_rights, rest) = MoreRights::parse(rest)?;
        }
        let mut sdm = None;
        if option & Self::SDM != 0 && !rest.is_empty() {
            let (parsed, after) = Sdm::parse(rest)?;
            (sdm, rest) = (Some(parsed), after);
        }
        if !rest.is_empty() && !matches!(kind, FileKind::Other(_)) {
            return Err(Nonsense::Length);
        }
        Ok(Self {
            kind,
            mode: match option & 0x03 {
                0x01 => Mode::Mac,
                0x03 => Mode::Full,
                _ => Mode::Plain,
            },
            rights: AccessRights::from_wire([low, high]),
            more_rights,
            sdm,
        })
    }

    /// What `ChangeFileSettings` sends after the file number.
    pub(crate) fn change_to_wire(self) -> Result<Vec<u8>, Misuse> {
        let mut option = self.mode.bits();
        let more = self.more_rights.count > 0;
        if more {
            option |= Self::MORE_RIGHTS;
        }
        if self.sdm.is_some() {
            option |= Self::SDM;
        }
        let mut out = Vec::from([option]);
        out.extend(self.rights.to_wire());
        if more {
            out.extend(self.more_rights.to_wire());
        }
        if let Some(sdm) = self.sdm {
            if let FileKind::Standard(size) = self.kind {
                sdm.check(size)?;
            }
            out.extend(sdm.to_wire()?);
        }
        Ok(out)
    }
}

impl FileKind {
    fn parse(kind: u8, limited: bool, rest: &[u8]) -> Result<(Self, &[u8]), Nonsense> {
        let mut rest = Take(rest);
        let kind = match kind {
            0x00 => Self::Standard(rest.u24()?),
            0x01 => Self::Backup(rest.u24()?),
            0x02 => {
                let (lower, upper, value) = (rest.i32()?, rest.i32()?, rest.i32()?);
                let [flags] = rest.array()?;
                let (limited_credit, free_value) = (flags & 1 != 0, flags & 2 != 0);
                Self::Value(ValueFile { lower, upper, value, limited_credit, free_value })
            }
            0x03 | 0x04 => {
                let (size, most, current) = (rest.u24()?, rest.u24()?, rest.u24()?);
                let records = Records { size, most, current };
                if kind == 0x03 { Self::Linear(records) } else { Self::Cyclic(records) }
            }
            0x05 => {
                let [key_option, key_version] = rest.array()?;
                let limit = if limited { Some(u32::from_le_bytes(rest.array()?)) } else { None };
                Self::TransactionMac(TransactionMacFile { key_option, key_version, limit })
            }
            other => Self::Other(other),
        };
        Ok((kind, rest.0))
    }
}

/// Takes fields off the front of an answer.
pub(crate) struct Take<'a>(pub(crate) &'a [u8]);

impl Take<'_> {
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Nonsense> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Nonsense::Length)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u24(&mut self) -> Result<u32, Nonsense> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_le_bytes([a, b, c, 0]))
    }

    fn i32(&mut self) -> Result<i32, Nonsense> {
        Ok(i32::from_le_bytes(self.array()?))
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
    /// Mode of a read by whoever has proven `key`, or nothing.
    pub fn read_mode(&self, key: Option<KeyNo>) -> Mode {
        self.mode(key, &[|rights| rights.read, |rights| rights.read_write])
    }

    /// Mode of a write by whoever has proven `key`, or nothing.
    pub fn write_mode(&self, key: Option<KeyNo>) -> Mode {
        self.mode(key, &[|rights| rights.write, |rights| rights.read_write])
    }

    /// Mode of reading a value, and of taking from it: any right but the one to change settings.
    pub fn value_mode(&self, key: Option<KeyNo>) -> Mode {
        let any: [fn(&AccessRights) -> Access; 3] =
            [|rights| rights.read, |rights| rights.write, |rights| rights.read_write];
        self.mode(key, &any)
    }

    /// Mode of giving to a value.
    pub fn credit_mode(&self, key: Option<KeyNo>) -> Mode {
        self.mode(key, &[|rights| rights.read_write])
    }

    /// The file's own mode, unless the access is allowed to anybody and not to the proven key: such
    /// access is plain.
    fn mode(&self, key: Option<KeyNo>, which: &[fn(&AccessRights) -> Access]) -> Mode {
        let sets =
            || core::iter::once(self.settings.rights).chain(self.settings.more_rights.sets());
        let granted = |access: Access| {
            sets().any(|rights| which.iter().any(|right| right(&rights) == access))
        };
        if key.is_some_and(|key| granted(Access::Key(key))) || !granted(Access::Free) {
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
        assert_eq!(file.read_mode(KeyNo::new(1).ok()), Mode::Plain);
        assert_eq!(file.read_mode(None), Mode::Plain);
        assert_eq!(file.read_mode(Some(KeyNo::MASTER)), Mode::Full);
    }

    #[test]
    fn additional_rights_count_like_the_first() {
        let settings = FileSettings::parse(&[0, 0x83, 0, 0, 32, 0, 0, 1, 0x0F, 0xFE]).unwrap();
        let file = File { number: FileNo::new(1).unwrap(), settings };
        assert_eq!(settings.more_rights.sets().count(), 1);
        assert_eq!(file.write_mode(KeyNo::new(5).ok()), Mode::Plain);
        assert_eq!(file.read_mode(KeyNo::new(5).ok()), Mode::Full);
    }

    #[test]
    fn reads_settings_of_every_kind() {
        let kind = |wire: &[u8]| FileSettings::parse(wire).unwrap().kind;
        assert_eq!(kind(&[1, 0, 0, 0, 1, 0, 0]), FileKind::Backup(1));
        let value = [2, 0, 0, 0, 255, 255, 255, 255, 9, 0, 0, 0, 4, 0, 0, 0, 3];
        let wanted =
            ValueFile { lower: -1, upper: 9, value: 4, limited_credit: true, free_value: true };
        assert_eq!(kind(&value), FileKind::Value(wanted));
        let records = Records { size: 16, most: 5, current: 2 };
        assert_eq!(kind(&[3, 0, 0, 0, 16, 0, 0, 5, 0, 0, 2, 0, 0]), FileKind::Linear(records));
        assert_eq!(kind(&[4, 0, 0, 0, 16, 0, 0, 5, 0, 0, 2, 0, 0]), FileKind::Cyclic(records));
        let mac = TransactionMacFile { key_option: 2, key_version: 7, limit: Some(1) };
        assert_eq!(kind(&[5, 0x20, 0, 0, 2, 7, 1, 0, 0, 0]), FileKind::TransactionMac(mac));
        assert_eq!(kind(&[9, 0, 0, 0, 1, 2, 3]), FileKind::Other(9));
    }

    #[test]
    fn rejects_truncated_and_overlong_settings() {
        assert_eq!(FileSettings::parse(&[0, 3, 0]), Err(Nonsense::Length));
        assert_eq!(FileSettings::parse(&[0, 3, 0, 0xE0, 32, 0]), Err(Nonsense::Length));
        assert_eq!(FileSettings::parse(&[0, 3, 0, 0xE0, 32, 0, 0, 0]), Err(Nonsense::Length));
        assert_eq!(FileSettings::parse(&[0, 0x83, 0, 0, 32, 0, 0, 8]), Err(Nonsense::Length));
    }
}
