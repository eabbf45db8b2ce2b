//! Commands as data: what is asked, apart from how it is protected and framed.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::{AesKey, FileKind, FileNo, FileSettings, Ins, KeyNo, Misuse, NewKey, jam_crc};

/// Protection of data on the way.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Mode {
    /// None.
    Plain,
    /// Readable, with a MAC.
    Mac,
    /// Encrypted, with a MAC or CRC.
    Full,
}

/// An application's identifier, 24 bits; 0 is the PICC level.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Aid(u32);

impl Aid {
    /// The PICC level.
    pub const PICC: Self = Self(0);

    /// An application identifier as a number: `0x838001`.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] above `0xFF_FFFF`.
    pub const fn new(number: u32) -> Result<Self, Misuse> {
        if number < 1 << 24 { Ok(Self(number)) } else { Err(Misuse::OutOfRange("AID")) }
    }

    /// As on the wire: three bytes, LSB first.
    pub const fn to_wire(self) -> [u8; 3] {
        low3(self.0)
    }

    /// Reads it from the wire.
    pub const fn from_wire([a, b, c]: [u8; 3]) -> Self {
        Self(u32::from_le_bytes([a, b, c, 0]))
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06X}", self.0)
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aid({self})")
    }
}

/// First byte of the key settings of a level.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeySettings(pub u8);

impl KeySettings {
    /// The master key may be changed.
    pub const MASTER_CHANGEABLE: u8 = 0x01;
    /// Listing needs no key.
    pub const FREE_LISTING: u8 = 0x02;
    /// Creating and deleting needs no key.
    pub const FREE_CREATE: u8 = 0x04;
    /// These settings may be changed.
    pub const CHANGEABLE: u8 = 0x08;
}

/// How a new application is set up. All its keys are AES.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AppSettings {
    /// Key settings; the upper four bits name the key that changing a key needs.
    pub settings: KeySettings,
    /// Number of keys, 1 to 14.
    pub keys: u8,
}

/// One command. `Debug` shows no data, which may be a key.
#[derive(Clone)]
pub struct Command {
    /// The instruction.
    pub ins: Ins,
    /// Parameters that are never encrypted.
    pub header: Vec<u8>,
    /// Parameters that [`Mode::Full`] encrypts.
    pub data: Zeroizing<Vec<u8>>,
    /// What follows the data and, in EV1 messaging, its CRC.
    pub trailer: Vec<u8>,
    /// Protection.
    pub mode: Mode,
    /// The card answers without MAC, because the session ends with the command.
    pub ends_session: bool,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("ins", &self.ins)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl Command {
    /// A command with a header only.
    pub fn new(ins: Ins, mode: Mode, header: &[u8]) -> Self {
        Self {
            ins,
            header: header.to_vec(),
            data: Zeroizing::new(Vec::new()),
            trailer: Vec::new(),
            mode,
            ends_session: false,
        }
    }

    fn with_data(mut self, data: &[u8]) -> Self {
        self.data = Zeroizing::new(data.to_vec());
        self
    }

    /// `GetVersion`.
    pub fn get_version() -> Self {
        Self::new(Ins::GET_VERSION, Mode::Mac, &[])
    }

    /// `GetCardUID`: the true serial number.
    pub fn get_card_uid() -> Self {
        Self::new(Ins::GET_CARD_UID, Mode::Full, &[])
    }

    /// `FreeMem`.
    pub fn free_memory() -> Self {
        Self::new(Ins::FREE_MEMORY, Mode::Mac, &[])
    }

    /// `GetApplicationIDs`.
    pub fn get_application_ids() -> Self {
        Self::new(Ins::GET_APPLICATION_IDS, Mode::Mac, &[])
    }

    /// `SelectApplication`.
    pub fn select_application(aid: Aid) -> Self {
        Self::new(Ins::SELECT_APPLICATION, Mode::Plain, &aid.to_wire())
    }

    /// `CreateApplication` with AES keys.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for another number of keys than 1 to 14.
    pub fn create_application(aid: Aid, settings: AppSettings) -> Result<Self, Misuse> {
        if !(1..=14).contains(&settings.keys) {
            return Err(Misuse::OutOfRange("number of keys"));
        }
        let [a, b, c] = aid.to_wire();
        let parameters = [a, b, c, settings.settings.0, AES_KEYS | settings.keys];
        Ok(Self::new(Ins::CREATE_APPLICATION, Mode::Mac, &parameters))
    }

    /// `DeleteApplication`.
    pub fn delete_application(aid: Aid) -> Self {
        Self::new(Ins::DELETE_APPLICATION, Mode::Mac, &aid.to_wire())
    }

    /// `FormatPICC`: deletes all applications and gives their memory back; keys stay.
    pub fn format_picc() -> Self {
        Self::new(Ins::FORMAT_PICC, Mode::Mac, &[])
    }

    /// `GetKeySettings`.
    pub fn get_key_settings() -> Self {
        Self::new(Ins::GET_KEY_SETTINGS, Mode::Mac, &[])
    }

    /// `ChangeKeySettings`.
    pub fn change_key_settings(settings: KeySettings) -> Self {
        Self::new(Ins::CHANGE_KEY_SETTINGS, Mode::Full, &[]).with_data(&[settings.0])
    }

    /// `GetKeyVersion`.
    pub fn get_key_version(key: KeyNo) -> Self {
        Self::new(Ins::GET_KEY_VERSION, Mode::Mac, &[key.get()])
    }

    /// `ChangeKey` for the key that the session has proven. Ends the session.
    ///
    /// At the PICC level (`at_picc`) the key number carries the type of the new key.
    pub fn change_own_key(key: KeyNo, new: &NewKey, at_picc: bool) -> Self {
        let number = key.get() | if at_picc { new.type_bits() } else { 0 };
        let mut data = Zeroizing::new(new.bytes().to_vec());
        data.extend(new.version());
        let mut command = Self::new(Ins::CHANGE_KEY, Mode::Full, &[number]);
        command.data = data;
        command.ends_session = true;
        command
    }

    /// `ChangeKey` for another AES key of the application than the session's.
    pub fn change_other_key(key: KeyNo, old: &AesKey, new: &AesKey, version: u8) -> Self {
        let mut data = Zeroizing::new(new.expose().to_vec());
        for (byte, old) in data.iter_mut().zip(old.expose()) {
            *byte ^= old;
        }
        data.push(version);
        let mut command = Self::new(Ins::CHANGE_KEY, Mode::Full, &[key.get()]);
        command.data = data;
        command.trailer = jam_crc([new.expose().as_slice()]).to_vec();
        command
    }

    /// `CreateStdDataFile`.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] when the settings are of another kind, or the size exceeds 24 bits.
    pub fn create_std_data_file(number: FileNo, settings: &FileSettings) -> Result<Self, Misuse> {
        let FileKind::Standard(size @ 1..0x100_0000) = settings.kind else {
            return Err(Misuse::OutOfRange("kind or size of the file"));
        };
        let mode = match settings.mode {
            Mode::Plain => 0x00,
            Mode::Mac => 0x01,
            Mode::Full => 0x03,
        };
        let mut command = Self::new(Ins::CREATE_STD_DATA_FILE, Mode::Mac, &[number.get(), mode]);
        command.header.extend(settings.rights.to_wire());
        command.header.extend(low3(size));
        Ok(command)
    }

    /// `DeleteFile`.
    pub fn delete_file(number: FileNo) -> Self {
        Self::new(Ins::DELETE_FILE, Mode::Mac, &[number.get()])
    }

    /// `GetFileIDs`.
    pub fn get_file_ids() -> Self {
        Self::new(Ins::GET_FILE_IDS, Mode::Mac, &[])
    }

    /// `GetFileSettings`.
    pub fn get_file_settings(number: FileNo) -> Self {
        Self::new(Ins::GET_FILE_SETTINGS, Mode::Mac, &[number.get()])
    }

    /// `ReadData` of at most [`Command::read_limit`] bytes.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for a length of 0 or beyond the limit, or an offset beyond 24 bits.
    pub fn read_data(
        number: FileNo,
        offset: u32,
        length: usize,
        mode: Mode,
    ) -> Result<Self, Misuse> {
        let header = span(number, offset, length, Self::read_limit(mode))?;
        Ok(Self::new(Ins::READ_DATA, mode, &header))
    }

    /// `WriteData` of at most [`Command::write_limit`] bytes.
    ///
    /// # Errors
    ///
    /// As [`Command::read_data`].
    pub fn write_data(
        number: FileNo,
        offset: u32,
        data: &[u8],
        mode: Mode,
    ) -> Result<Self, Misuse> {
        let header = span(number, offset, data.len(), Self::write_limit(mode))?;
        Ok(Self::new(Ins::WRITE_DATA, mode, &header).with_data(data))
    }

    /// Bytes that one `ReadData` brings.
    ///
    /// Source: behaviour seen on NTAG 424 DNA, which shares the command set.
    pub const fn read_limit(mode: Mode) -> usize {
        match mode {
            Mode::Plain | Mode::Mac => 248,
            Mode::Full => 239,
        }
    }

    /// Bytes that one `WriteData` takes.
    ///
    /// Source: behaviour seen on NTAG 424 DNA, which shares the command set.
    pub const fn write_limit(mode: Mode) -> usize {
        match mode {
            Mode::Plain => 248,
            Mode::Mac => 240,
            Mode::Full => 239,
        }
    }
}

fn span(number: FileNo, offset: u32, length: usize, limit: usize) -> Result<[u8; 7], Misuse> {
    let length = match u32::try_from(length) {
        Ok(short) if (1..=limit).contains(&length) => short,
        _ => return Err(Misuse::OutOfRange("length of data")),
    };
    if offset >= 1 << 24 {
        return Err(Misuse::OutOfRange("offset"));
    }
    let mut header = [number.get(); 7];
    let parts = low3(offset).into_iter().chain(low3(length));
    for (to, from) in header.iter_mut().skip(1).zip(parts) {
        *to = from;
    }
    Ok(header)
}

const fn low3(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}

/// Upper bits of the second byte of key settings: AES keys.
const AES_KEYS: u8 = 0x80;
