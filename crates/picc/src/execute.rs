//! Carrying out commands: who may, what changes, what is answered.

mod card_level;
pub(crate) mod data;
mod files;
mod keys;

use crate::card::Card;
use crate::command::Command;
use crate::eeprom::{Aid, Application};
use crate::key::Key;
use crate::rights::Access;
use crate::status::{Fault, Status};

/// What a command that was carried out has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) data: Vec<u8>,
    pub(crate) cut: Cut,
    /// The terminal asked for everything up to the end.
    pub(crate) open_ended: bool,
    /// The command took away what the session stood on, so its answer is bare.
    pub(crate) ends_session: bool,
}

/// Where an answer may be cut into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// After every so many bytes' multiple that fits a frame.
    Units(usize),
    /// After seven and after fourteen bytes, as `GetVersion` does.
    Version,
    /// As file data are cut.
    FileData,
}

/// By what somebody may do something with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// By the key of the session.
    Keyed,
    /// Because anybody may.
    Free,
}

impl Card {
    /// Carries out one command.
    pub(crate) fn execute(&mut self, command: Command) -> Result<Answer, Fault> {
        match command {
            Command::GetVersion => Ok(self.get_version()),
            Command::GetCardUid => Ok(self.get_card_uid()?),
            Command::FreeMemory => Ok(self.free_memory()),
            Command::GetApplicationIds => Ok(self.get_application_ids()?),
            Command::CreateApplication(new) => self.create_application(new),
            Command::DeleteApplication(aid) => self.delete_application(aid),
            Command::FormatPicc => self.format(),
            Command::GetKeySettings => Ok(self.get_key_settings()?),
            Command::ChangeKeySettings(settings) => self.change_key_settings(settings),
            Command::GetKeyVersion { key_no } => Ok(self.get_key_version(key_no)?),
            Command::ChangeKey { key_no, payload } => self.change_key(key_no, &payload),
            Command::CreateFile(new) => self.create_file(&new),
            Command::DeleteFile { file } => self.delete_file(file),
            Command::GetFileIds => Ok(self.get_file_ids()?),
            Command::GetIsoFileIds => Ok(self.get_iso_file_ids()?),
            Command::GetFileSettings { file } => Ok(self.get_file_settings(file)?),
            Command::ChangeFileSettings { file, mode, rights } => {
                self.change_file_settings(file, mode, rights)
            }
            Command::ReadData { file, offset, length } => Ok(self.read_data(file, offset, length)?),
            Command::WriteData { file, offset, data } => self.write_data(file, offset, &data),
            Command::GetValue { file } => Ok(self.get_value(file)?),
            Command::ChangeValue { file, change, amount } => {
                self.change_value(file, change, amount)
            }
            Command::ReadRecords { file, first, count } => {
                Ok(self.read_records(file, first, count)?)
            }
            Command::WriteRecord { file, record, offset, data } => {
                self.write_record(file, record, offset, &data)
            }
            Command::ClearRecords { file } => self.clear_records(file),
            Command::CommitTransaction => self.commit(),
            Command::AbortTransaction => Ok(self.abort_transaction()?),
        }
    }

    /// The selected application; at card level there are no files.
    pub(crate) fn application(&self) -> Result<&Application, Status> {
        self.eeprom.contents().application(self.volatile.selected).ok_or(Status::PERMISSION_DENIED)
    }

    /// A key of the selected application or, at card level, the card's master key.
    pub(crate) fn key(&self, key_no: u8) -> Result<&Key, Status> {
        let contents = self.eeprom.contents();
        match contents.application(self.volatile.selected) {
            Some(application) => application.keys.get(usize::from(key_no)),
            None => (key_no == 0).then_some(&contents.master_key),
        }
        .ok_or(Status::NO_SUCH_KEY)
    }

    fn is_at_card_level(&self) -> bool {
        self.volatile.selected == Aid::PICC
    }

    fn require_card_level(&self) -> Result<(), Status> {
        if self.is_at_card_level() { Ok(()) } else { Err(Status::PERMISSION_DENIED) }
    }

    /// Lets only the holder of the selected application's (or the card's) master key through.
    fn require_master_key(&self) -> Result<(), Status> {
        if self.volatile.is_authenticated_with(0) {
            Ok(())
        } else {
            Err(Status::AUTHENTICATION_ERROR)
        }
    }

    /// Decides whether one of `rights` lets the session, or anybody, do it.
    ///
    /// The refusal tells whether some key could have allowed it.
    pub(crate) fn grant(&self, rights: &[Access]) -> Result<Grant, Status> {
        let holds = |access: &Access| match access {
            Access::Key(number) => self.volatile.is_authenticated_with(*number),
            Access::Free | Access::Never => false,
        };
        if rights.iter().any(holds) {
            Ok(Grant::Keyed)
        } else if rights.contains(&Access::Free) {
            Ok(Grant::Free)
        } else if rights.iter().all(|access| *access == Access::Never) {
            Err(Status::PERMISSION_DENIED)
        } else {
            Err(Status::AUTHENTICATION_ERROR)
        }
    }
}

impl Answer {
    fn with(data: Vec<u8>) -> Self {
        Answer { data, cut: Cut::Units(1), open_ended: false, ends_session: false }
    }

    fn done() -> Self {
        Answer::with(Vec::new())
    }

    fn session_over() -> Self {
        Answer { ends_session: true, ..Answer::done() }
    }
}
