//! Commands about files, but not about their data.

use super::{Answer, Cut};
use crate::body::FileBody;
use crate::card::Card;
use crate::command::{FileKind, NewFile};
use crate::eeprom::File;
use crate::rights::{AccessRights, CommMode};
use crate::status::{Fault, Status};

impl Card {
    pub(super) fn create_file(&mut self, new: &NewFile) -> Result<Answer, Fault> {
        let application = self.application()?;
        if !application.settings.creation_is_free() {
            self.require_master_key()?;
        }
        if !new.rights.name_only_keys_below(application.keys.len())
            || (new.iso_id.is_some() && !application.files_have_iso_ids)
        {
            return Err(Status::PARAMETER_ERROR.into());
        }
        let clashes = |other: &File| {
            other.number == new.number || (new.iso_id.is_some() && other.iso_id == new.iso_id)
        };
        if application.files.iter().any(clashes) {
            return Err(Status::DUPLICATE.into());
        }
        // Before any memory is asked for: a size of 16 MB costs the terminal three bytes.
        if new.kind.least_bytes() > self.free_bytes() {
            return Err(Status::OUT_OF_EEPROM.into());
        }
        let body = match new.kind.clone() {
            FileKind::Standard(size) => FileBody::Standard(vec![0; size]),
            FileKind::Backup(size) => FileBody::Backup(vec![0; size]),
            FileKind::Value(value) => FileBody::Value(value),
            FileKind::Records(records) => FileBody::Records(records),
        };
        let file = File {
            number: new.number,
            iso_id: new.iso_id,
            mode: new.mode,
            rights: new.rights,
            body,
        };
        let blocks = file.blocks();
        if blocks > self.eeprom.contents().blocks_free() {
            return Err(Status::OUT_OF_EEPROM.into());
        }
        let selected = self.volatile.selected;
        self.eeprom.write(|contents| {
            contents.blocks_used += blocks;
            if let Some(application) = contents.application_mut(selected) {
                application.files.push(file);
            }
        })?;
        Ok(Answer::done())
    }

    /// Deletes a file; its number is free again, its memory is not until the next format.
    pub(super) fn delete_file(&mut self, number: u8) -> Result<Answer, Fault> {
        let application = self.application()?;
        if !application.settings.creation_is_free() {
            self.require_master_key()?;
        }
        application.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        let selected = self.volatile.selected;
        self.volatile.uncommitted.retain(|(file, _)| *file != number);
        self.eeprom.write(|contents| {
            if let Some(application) = contents.application_mut(selected) {
                application.files.retain(|file| file.number != number);
            }
        })?;
        Ok(Answer::done())
    }

    pub(super) fn get_file_ids(&self) -> Result<Answer, Status> {
        let application = self.application()?;
        if !application.settings.listing_is_free() {
            self.require_master_key()?;
        }
        Ok(Answer::with(application.files.iter().map(|file| file.number).collect()))
    }

    pub(super) fn get_iso_file_ids(&self) -> Result<Answer, Status> {
        let application = self.application()?;
        if !application.settings.listing_is_free() {
            self.require_master_key()?;
        }
        let ids = application.files.iter().filter_map(|file| file.iso_id);
        let data = ids.flat_map(u16::to_le_bytes).collect();
        Ok(Answer { cut: Cut::Units(2), ..Answer::with(data) })
    }

    pub(super) fn get_file_settings(&self, number: u8) -> Result<Answer, Status> {
        let application = self.application()?;
        if !application.settings.listing_is_free() {
            self.require_master_key()?;
        }
        let file = application.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        let three = |number: usize| {
            let [low, middle, high, ..] = number.to_le_bytes();
            [low, middle, high]
        };
        let (file_type, about) = match &file.body {
            FileBody::Standard(bytes) => (0x00, three(bytes.len()).to_vec()),
            FileBody::Backup(bytes) => (0x01, three(bytes.len()).to_vec()),
            FileBody::Value(value) => {
                let numbers = [value.lower, value.upper, value.refundable].map(i32::to_le_bytes);
                (0x02, [numbers.as_flattened(), &[value.flags()]].concat())
            }
            FileBody::Records(records) => {
                let numbers = [records.size, records.most, records.count()].map(three);
                (if records.cyclic { 0x04 } else { 0x03 }, numbers.as_flattened().to_vec())
            }
        };
        let [rights_low, rights_high] = file.rights.to_wire();
        let head = [file_type, file.mode.to_option(), rights_low, rights_high];
        Ok(Answer::with([&head[..], &about].concat()))
    }

    pub(super) fn change_file_settings(
        &mut self,
        number: u8,
        mode: CommMode,
        rights: AccessRights,
    ) -> Result<Answer, Fault> {
        let application = self.application()?;
        let file = application.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        self.grant(&[file.rights.change()])?;
        if !rights.name_only_keys_below(application.keys.len()) {
            return Err(Status::PARAMETER_ERROR.into());
        }
        let selected = self.volatile.selected;
        self.eeprom.write(|contents| {
            if let Some(file) = contents.file_mut(selected, number) {
                file.mode = mode;
                file.rights = rights;
            }
        })?;
        Ok(Answer::done())
    }
}
