//! Reading and writing what files hold, and committing what waits.

use super::{Answer, Cut};
use crate::card::Card;
use crate::eeprom::{BLOCK, File, FileBody};
use crate::rights::Access;
use crate::status::{Fault, Status};

impl Card {
    /// Reads `length` bytes, or everything from `offset` on when `length` is 0.
    pub(super) fn read_data(
        &self,
        number: u8,
        offset: usize,
        length: usize,
    ) -> Result<Answer, Status> {
        let file = self.application()?.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        self.grant(&readers(file))?;
        let bytes = file.body.bytes();
        let end = if length == 0 { bytes.len() } else { offset + length };
        match bytes.get(offset..end) {
            Some(data) if !data.is_empty() => Ok(Answer {
                cut: Cut::FileData,
                open_ended: length == 0,
                ..Answer::with(data.to_vec())
            }),
            Some(_) | None => Err(Status::BOUNDARY_ERROR),
        }
    }

    /// Writes into a standard file block by block, or into the waiting copy of a backup file.
    ///
    /// A power loss between two blocks leaves a standard file half written, as on silicon.
    pub(super) fn write_data(
        &mut self,
        number: u8,
        offset: usize,
        data: &[u8],
    ) -> Result<Answer, Fault> {
        let file = self.application()?.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        self.grant(&writers(file))?;
        if offset + data.len() > file.body.bytes().len() {
            return Err(Status::BOUNDARY_ERROR.into());
        }
        match &file.body {
            FileBody::Backup(bytes) => {
                let committed = bytes.clone();
                self.write_later(number, committed, offset, data);
            }
            FileBody::Standard(_) => self.write_blocks(number, offset, data)?,
        }
        Ok(Answer::done())
    }

    pub(super) fn commit(&mut self) -> Result<Answer, Fault> {
        let waiting = std::mem::take(&mut self.volatile.uncommitted);
        if waiting.is_empty() {
            return Err(Status::NO_CHANGES.into());
        }
        let selected = self.volatile.selected;
        self.eeprom.write(|contents| {
            for (number, bytes) in waiting {
                if let Some(file) = contents.file_mut(selected, number) {
                    *file.body.bytes_mut() = bytes;
                }
            }
        })?;
        Ok(Answer::done())
    }

    pub(super) fn abort_transaction(&mut self) -> Result<Answer, Status> {
        let waiting = std::mem::take(&mut self.volatile.uncommitted);
        if waiting.is_empty() { Err(Status::NO_CHANGES) } else { Ok(Answer::done()) }
    }

    fn write_later(&mut self, number: u8, committed: Vec<u8>, offset: usize, data: &[u8]) {
        let waiting = &mut self.volatile.uncommitted;
        if !waiting.iter().any(|(file, _)| *file == number) {
            waiting.push((number, committed));
        }
        let copy = waiting.iter_mut().find(|(file, _)| *file == number);
        if let Some(place) = copy.and_then(|(_, bytes)| bytes.get_mut(offset..offset + data.len()))
        {
            place.copy_from_slice(data);
        }
    }

    fn write_blocks(&mut self, number: u8, offset: usize, data: &[u8]) -> Result<(), Fault> {
        let selected = self.volatile.selected;
        let (mut at, mut rest) = (offset, data);
        while !rest.is_empty() {
            let (piece, later) = rest.split_at((BLOCK - at % BLOCK).min(rest.len()));
            self.eeprom.write(|contents| {
                let bytes = contents.file_mut(selected, number).map(|file| file.body.bytes_mut());
                if let Some(place) = bytes.and_then(|bytes| bytes.get_mut(at..at + piece.len())) {
                    place.copy_from_slice(piece);
                }
            })?;
            at += piece.len();
            rest = later;
        }
        Ok(())
    }
}

/// The rights that let somebody read a file.
pub(crate) fn readers(file: &File) -> [Access; 2] {
    [file.rights.read(), file.rights.read_write()]
}

/// The rights that let somebody write a file.
pub(crate) fn writers(file: &File) -> [Access; 2] {
    [file.rights.write(), file.rights.read_write()]
}
