//! Files: creating, deleting, listing them, and their settings.

use alloc::vec::Vec;

use super::{Command, Mode, three};
use crate::{
    Access, AesKey, File, FileKind, FileNo, FileSettings, Ins, Misuse, Records, ValueFile,
};

/// A file to be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NewFile {
    /// Number and settings. Additional rights and dynamic messaging are set afterwards
    /// ([`Command::change_file_settings`]).
    pub file: File,
    /// ISO file identifier, where the application allows them. Not for value files.
    pub iso_id: Option<u16>,
    /// Whether dynamic messaging may be switched on later (EV3).
    pub allows_sdm: bool,
    /// Whether additional rights may be set later (EV2 and later).
    pub allows_more_rights: bool,
}

impl From<File> for NewFile {
    fn from(file: File) -> Self {
        Self { file, iso_id: None, allows_sdm: false, allows_more_rights: false }
    }
}

impl Command {
    /// `Create…File` of the kind that the settings name, but for the transaction MAC file.
    ///
    /// # Errors
    ///
    /// [`Misuse`] for settings that no file can have.
    pub fn create_file(new: &NewFile) -> Result<Self, Misuse> {
        let File { number, settings } = new.file;
        let mut header = Vec::from([number.get()]);
        if let Some(id) = new.iso_id {
            header.extend(id.to_le_bytes());
        }
        let sdm = if new.allows_sdm { FileSettings::SDM } else { 0 };
        let more = if new.allows_more_rights { FileSettings::MORE_RIGHTS } else { 0 };
        header.push(settings.mode.bits() | sdm | more);
        header.extend(settings.rights.to_wire());
        let ins = match settings.kind {
            FileKind::Standard(size) => {
                header.extend(size3(size)?);
                Ins::CREATE_STD_DATA_FILE
            }
            FileKind::Backup(size) => {
                header.extend(size3(size)?);
                Ins::CREATE_BACKUP_DATA_FILE
            }
            FileKind::Value(value) => {
                header.extend(value.creation()?);
                Ins::CREATE_VALUE_FILE
            }
            FileKind::Linear(records) => {
                header.extend(records.creation(1)?);
                Ins::CREATE_LINEAR_RECORD_FILE
            }
            FileKind::Cyclic(records) => {
                header.extend(records.creation(2)?);
                Ins::CREATE_CYCLIC_RECORD_FILE
            }
            FileKind::TransactionMac(_) | FileKind::Other(_) => {
                return Err(Misuse::OutOfRange("kind of the file"));
            }
        };
        if matches!(ins, Ins::CREATE_VALUE_FILE) && new.iso_id.is_some() {
            return Err(Misuse::Contradiction("a value file has no ISO file identifier"));
        }
        if new.allows_sdm && !matches!(settings.kind, FileKind::Standard(_)) {
            return Err(Misuse::Contradiction("only a standard file has dynamic messaging"));
        }
        Ok(Self::new(ins, Mode::Mac, &header))
    }

    /// `CreateTransactionMACFile` (EV2 and later) with its AES key: one in an application. Nobody
    /// writes it; the right to read and write names the key of `CommitReaderID`.
    ///
    /// # Errors
    ///
    /// [`Misuse`] when the rights let somebody write.
    pub fn create_transaction_mac_file(
        file: &File,
        key: &AesKey,
        version: u8,
    ) -> Result<Self, Misuse> {
        if file.settings.rights.write != Access::Never {
            return Err(Misuse::Contradiction("nobody writes a transaction MAC file"));
        }
        let [low, high] = file.settings.rights.to_wire();
        let header = [file.number.get(), file.settings.mode.bits(), low, high, 0x02];
        let mut data = zeroize::Zeroizing::new(key.expose().to_vec());
        data.push(version);
        Ok(Self::new(Ins::CREATE_TRANSACTION_MAC_FILE, Mode::Full, &header).with_data(&data))
    }

    /// `DeleteFile`.
    pub fn delete_file(number: FileNo) -> Self {
        Self::new(Ins::DELETE_FILE, Mode::Mac, &[number.get()])
    }

    /// `GetFileIDs`.
    pub fn get_file_ids() -> Self {
        Self::new(Ins::GET_FILE_IDS, Mode::Mac, &[])
    }

    /// `GetISOFileIDs`.
    pub fn get_iso_file_ids() -> Self {
        Self::new(Ins::GET_ISO_FILE_IDS, Mode::Mac, &[])
    }

    /// `GetFileSettings`.
    pub fn get_file_settings(number: FileNo) -> Self {
        Self::new(Ins::GET_FILE_SETTINGS, Mode::Mac, &[number.get()])
    }

    /// `ChangeFileSettings` of `file` to mode, rights, additional rights and dynamic messaging of
    /// `to`. Plain where anybody may change them.
    ///
    /// # Errors
    ///
    /// [`Misuse`] for settings of dynamic messaging that no card takes.
    pub fn change_file_settings(file: &File, to: &FileSettings) -> Result<Self, Misuse> {
        let mode = match file.settings.rights.change {
            Access::Free => Mode::Plain,
            Access::Key(_) | Access::Never => Mode::Full,
        };
        let header = [file.number.get()];
        Ok(Self::new(Ins::CHANGE_FILE_SETTINGS, mode, &header).with_data(&to.change_to_wire()?))
    }

    /// `GetFileCounters`: the read counter of dynamic messaging (EV3).
    pub fn get_file_counters(number: FileNo) -> Self {
        Self::new(Ins::GET_FILE_COUNTERS, Mode::Full, &[number.get()]).expecting(5)
    }
}

impl ValueFile {
    fn creation(self) -> Result<[u8; 13], Misuse> {
        if !(self.lower..=self.upper).contains(&self.value) {
            return Err(Misuse::Contradiction("the value must lie between its limits"));
        }
        let mut out = [0; 13];
        let numbers = [self.lower, self.upper, self.value].map(i32::to_le_bytes);
        for (to, from) in out.iter_mut().zip(numbers.as_flattened()) {
            *to = *from;
        }
        let [.., flags] = &mut out;
        *flags = self.flags();
        Ok(out)
    }
}

impl Records {
    fn creation(self, least: u32) -> Result<Vec<u8>, Misuse> {
        if self.size == 0 || self.most < least {
            return Err(Misuse::OutOfRange("size or number of records"));
        }
        let mut out = three(self.size, "size of a record")?.to_vec();
        out.extend(three(self.most, "number of records")?);
        Ok(out)
    }
}

fn size3(size: u32) -> Result<[u8; 3], Misuse> {
    if size == 0 {
        return Err(Misuse::OutOfRange("size of the file"));
    }
    three(size, "size of the file")
}

impl Mode {
    /// The lowest two bits of a file option.
    pub(crate) const fn bits(self) -> u8 {
        match self {
            Self::Plain => 0x00,
            Self::Mac => 0x01,
            Self::Full => 0x03,
        }
    }
}
