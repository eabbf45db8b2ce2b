//! Reading and writing what files hold, and committing what waits.

use super::{Answer, Cut};
use crate::body::FileBody;
use crate::card::Card;
use crate::eeprom::{BLOCK, File};
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
        let bytes = file.body.data().ok_or(Status::PERMISSION_DENIED)?;
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
        let held = file.body.data().ok_or(Status::PERMISSION_DENIED)?.len();
        if offset + data.len() > held {
            return Err(Status::BOUNDARY_ERROR.into());
        }
        if matches!(file.body, FileBody::Standard(_)) {
            self.write_blocks(number, offset, data)?;
        } else {
            self.change_later(number, |body| {
                let bytes = body.data_mut().ok_or(Status::PERMISSION_DENIED)?;
                let place = bytes.get_mut(offset..offset + data.len());
                place.ok_or(Status::BOUNDARY_ERROR)?.copy_from_slice(data);
                Ok(())
            })?;
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
            for (number, body) in waiting {
                if let Some(file) = contents.file_mut(selected, number) {
                    file.body = body.committed();
                }
            }
        })?;
        Ok(Answer::done())
    }

    pub(super) fn abort_transaction(&mut self) -> Result<Answer, Status> {
        let waiting = std::mem::take(&mut self.volatile.uncommitted);
        if waiting.is_empty() { Err(Status::NO_CHANGES) } else { Ok(Answer::done()) }
    }

    /// Changes what a file will hold once the transaction is committed.
    fn change_later(
        &mut self,
        number: u8,
        change: impl FnOnce(&mut FileBody) -> Result<(), Status>,
    ) -> Result<(), Status> {
        let file = self.application()?.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        let waiting = self.volatile.uncommitted.iter().position(|(file, _)| *file == number);
        let mut body = match waiting.and_then(|at| self.volatile.uncommitted.get(at)) {
            Some((_, body)) => body.clone(),
            None => file.body.clone(),
        };
        change(&mut body)?;
        if let Some(at) = waiting {
            self.volatile.uncommitted.remove(at);
        }
        self.volatile.uncommitted.push((number, body));
        Ok(())
    }

    pub(super) fn get_value(&self, number: u8) -> Result<Answer, Status> {
        let file = self.application()?.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        let FileBody::Value(value) = &file.body else { return Err(Status::PERMISSION_DENIED) };
        self.grant(&value_readers(file))?;
        Ok(Answer::with(value.value.to_le_bytes().to_vec()))
    }

    /// Credit, debit or limited credit.
    pub(super) fn change_value(
        &mut self,
        number: u8,
        change: ValueChange,
        amount: i32,
    ) -> Result<Answer, Fault> {
        let file = self.application()?.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        self.grant(change.rights(file).as_slice())?;
        if amount < 0 {
            return Err(Status::PARAMETER_ERROR.into());
        }
        self.change_later(number, |body| {
            let FileBody::Value(value) = body else { return Err(Status::PERMISSION_DENIED) };
            match change {
                ValueChange::Credit => value.credit(amount),
                ValueChange::Debit => value.debit(amount),
                ValueChange::LimitedCredit => value.limited_credit(amount),
            }
        })?;
        Ok(Answer::done())
    }

    pub(super) fn read_records(
        &self,
        number: u8,
        first: usize,
        count: usize,
    ) -> Result<Answer, Status> {
        let file = self.application()?.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        self.grant(&readers(file))?;
        let FileBody::Records(records) = &file.body else { return Err(Status::PERMISSION_DENIED) };
        Ok(Answer {
            cut: Cut::FileData,
            open_ended: count == 0,
            ..Answer::with(records.read(first, count)?.to_vec())
        })
    }

    /// Writes into the record that the commit adds, or into `record`.
    pub(super) fn write_record(
        &mut self,
        number: u8,
        record: Option<usize>,
        offset: usize,
        data: &[u8],
    ) -> Result<Answer, Fault> {
        let file = self.application()?.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        self.grant(&writers(file))?;
        self.change_later(number, |body| {
            let FileBody::Records(records) = body else { return Err(Status::PERMISSION_DENIED) };
            match record {
                None => records.write(offset, data),
                Some(record) => records.update(record, offset, data),
            }
        })?;
        Ok(Answer::done())
    }

    /// Takes effect at the commit, by whoever may both read and write.
    pub(super) fn clear_records(&mut self, number: u8) -> Result<Answer, Fault> {
        let file = self.application()?.file(number).ok_or(Status::FILE_NOT_FOUND)?;
        self.grant(&[file.rights.read_write()])?;
        self.change_later(number, |body| {
            let FileBody::Records(records) = body else { return Err(Status::PERMISSION_DENIED) };
            records.clear();
            Ok(())
        })?;
        Ok(Answer::done())
    }

    fn write_blocks(&mut self, number: u8, offset: usize, data: &[u8]) -> Result<(), Fault> {
        let selected = self.volatile.selected;
        let (mut at, mut rest) = (offset, data);
        while !rest.is_empty() {
            let (piece, later) = rest.split_at((BLOCK - at % BLOCK).min(rest.len()));
            self.eeprom.write(|contents| {
                let file = contents.file_mut(selected, number);
                let bytes = file.and_then(|file| file.body.data_mut());
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

/// What is done to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueChange {
    Credit,
    Debit,
    LimitedCredit,
}

impl ValueChange {
    /// The rights that let somebody do it.
    pub(crate) fn rights(self, file: &File) -> Vec<Access> {
        match self {
            ValueChange::Credit => vec![file.rights.read_write()],
            ValueChange::Debit => {
                vec![file.rights.read(), file.rights.write(), file.rights.read_write()]
            }
            ValueChange::LimitedCredit => writers(file).to_vec(),
        }
    }
}

/// The rights that let somebody ask for a value.
pub(crate) fn value_readers(file: &File) -> Vec<Access> {
    let rights = [file.rights.read(), file.rights.write(), file.rights.read_write()];
    let free = is_open(file).then_some(Access::Free);
    rights.into_iter().chain(free).collect()
}

/// Whether a value file lets anybody ask for its value.
fn is_open(file: &File) -> bool {
    matches!(&file.body, FileBody::Value(value) if value.free)
}

/// The rights that let somebody write a file.
pub(crate) fn writers(file: &File) -> [Access; 2] {
    [file.rights.write(), file.rights.read_write()]
}
