//! What files hold, by their kind, and how it changes within a transaction.

use serde::{Deserialize, Serialize};

use crate::eeprom::BLOCK;
use crate::status::Status;

/// What a file holds.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FileBody {
    /// Bytes that are written at once.
    Standard(#[serde(with = "hex")] Vec<u8>),
    /// Bytes that are written when the transaction is committed.
    Backup(#[serde(with = "hex")] Vec<u8>),
    /// A number between two limits.
    Value(Value),
    /// Records of one size.
    Records(Records),
}

/// A number between two limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Value {
    pub(crate) lower: i32,
    pub(crate) upper: i32,
    pub(crate) value: i32,
    /// Whether a limited credit is allowed at all.
    pub(crate) limited_credit: bool,
    /// Whether anybody may ask for the value.
    pub(crate) free: bool,
    /// What a limited credit may still give back.
    pub(crate) refundable: i32,
    /// What the open transaction has taken.
    #[serde(skip)]
    taken: i32,
}

/// Records of one size.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Records {
    /// Whether the oldest give way.
    pub(crate) cyclic: bool,
    pub(crate) size: usize,
    /// The most that the file can hold; a cyclic one keeps one less.
    pub(crate) most: usize,
    /// All records, the oldest first.
    #[serde(with = "hex")]
    bytes: Vec<u8>,
    /// What the open transaction has done.
    #[serde(skip)]
    open: Open,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    /// The last record is being written.
    Adding,
    /// Everything was cleared.
    Cleared,
}

impl FileBody {
    /// The bytes of a data file.
    pub(crate) fn data(&self) -> Option<&[u8]> {
        match self {
            FileBody::Standard(bytes) | FileBody::Backup(bytes) => Some(bytes),
            FileBody::Value(_) | FileBody::Records(_) => None,
        }
    }

    pub(crate) fn data_mut(&mut self) -> Option<&mut Vec<u8>> {
        match self {
            FileBody::Standard(bytes) | FileBody::Backup(bytes) => Some(bytes),
            FileBody::Value(_) | FileBody::Records(_) => None,
        }
    }

    /// Memory that it takes up, in blocks.
    pub(crate) fn blocks(&self) -> usize {
        match self {
            FileBody::Standard(bytes) => bytes.len().div_ceil(BLOCK),
            FileBody::Backup(bytes) => 2 * bytes.len().div_ceil(BLOCK),
            FileBody::Value(_) => 1,
            FileBody::Records(records) => records.size.saturating_mul(records.most).div_ceil(BLOCK),
        }
    }

    /// What an image must not hold.
    pub(crate) fn is_possible(&self) -> bool {
        match self {
            FileBody::Standard(bytes) | FileBody::Backup(bytes) => !bytes.is_empty(),
            FileBody::Value(value) => (value.lower..=value.upper).contains(&value.value),
            FileBody::Records(records) => {
                let least = if records.cyclic { 2 } else { 1 };
                records.size > 0
                    && records.most >= least
                    && records.bytes.len().is_multiple_of(records.size)
                    && records.count() <= records.capacity()
            }
        }
    }

    /// The body as it stands once its transaction is committed.
    pub(crate) fn committed(self) -> Self {
        match self {
            FileBody::Value(value) => FileBody::Value(value.committed()),
            FileBody::Records(records) => FileBody::Records(records.committed()),
            data @ (FileBody::Standard(_) | FileBody::Backup(_)) => data,
        }
    }
}

impl Value {
    pub(crate) fn new(lower: i32, upper: i32, value: i32, flags: u8) -> Option<Self> {
        let (limited_credit, free) = (flags & 1 != 0, flags & 2 != 0);
        (lower..=upper).contains(&value).then_some(Value {
            lower,
            upper,
            value,
            limited_credit,
            free,
            refundable: 0,
            taken: 0,
        })
    }

    pub(crate) fn flags(&self) -> u8 {
        u8::from(self.limited_credit) | u8::from(self.free) << 1
    }

    pub(crate) fn credit(&mut self, amount: i32) -> Result<(), Status> {
        let sum = self.value.checked_add(amount).filter(|sum| *sum <= self.upper);
        self.value = sum.ok_or(Status::BOUNDARY_ERROR)?;
        Ok(())
    }

    pub(crate) fn debit(&mut self, amount: i32) -> Result<(), Status> {
        let rest = self.value.checked_sub(amount).filter(|rest| *rest >= self.lower);
        self.value = rest.ok_or(Status::BOUNDARY_ERROR)?;
        self.taken = self.taken.saturating_add(amount);
        Ok(())
    }

    /// Gives back at most what the last transaction with a debit took, once.
    pub(crate) fn limited_credit(&mut self, amount: i32) -> Result<(), Status> {
        if !self.limited_credit {
            return Err(Status::PERMISSION_DENIED);
        }
        if amount > self.refundable {
            return Err(Status::BOUNDARY_ERROR);
        }
        self.credit(amount)?;
        self.refundable = 0;
        Ok(())
    }

    fn committed(mut self) -> Self {
        if self.taken > 0 {
            self.refundable = self.taken;
        }
        self.taken = 0;
        self
    }
}

impl Records {
    pub(crate) fn new(cyclic: bool, size: usize, most: usize) -> Self {
        Records { cyclic, size, most, bytes: Vec::new(), open: Open::Nothing }
    }

    pub(crate) fn count(&self) -> usize {
        self.bytes.len() / self.size.max(1)
    }

    /// How many it keeps.
    fn capacity(&self) -> usize {
        self.most - usize::from(self.cyclic)
    }

    /// `count` records, the oldest of them first, the youngest `skip` left out; all from there when
    /// `count` is 0.
    pub(crate) fn read(&self, skip: usize, count: usize) -> Result<&[u8], Status> {
        let end = self.count().checked_sub(skip).filter(|end| *end > 0);
        let end = end.ok_or(Status::BOUNDARY_ERROR)?;
        let begin = if count == 0 { Some(0) } else { end.checked_sub(count) };
        let begin = begin.ok_or(Status::BOUNDARY_ERROR)?;
        self.bytes.get(begin * self.size..end * self.size).ok_or(Status::BOUNDARY_ERROR)
    }

    /// Writes into the record that the next commit adds.
    pub(crate) fn write(&mut self, offset: usize, data: &[u8]) -> Result<(), Status> {
        if offset + data.len() > self.size {
            return Err(Status::BOUNDARY_ERROR);
        }
        match self.open {
            Open::Cleared => return Err(Status::PERMISSION_DENIED),
            Open::Adding => {}
            Open::Nothing => {
                if self.count() == self.capacity() {
                    if !self.cyclic {
                        return Err(Status::BOUNDARY_ERROR);
                    }
                    self.bytes.drain(..self.size);
                }
                self.bytes.resize(self.bytes.len() + self.size, 0);
                self.open = Open::Adding;
            }
        }
        let from = self.bytes.len() - self.size + offset;
        self.place(from, data)
    }

    /// Writes into a record, counted back from the youngest.
    pub(crate) fn update(
        &mut self,
        record: usize,
        offset: usize,
        data: &[u8],
    ) -> Result<(), Status> {
        if offset + data.len() > self.size {
            return Err(Status::BOUNDARY_ERROR);
        }
        let place = self.count().checked_sub(record + 1).ok_or(Status::BOUNDARY_ERROR)?;
        self.place(place * self.size + offset, data)
    }

    fn place(&mut self, from: usize, data: &[u8]) -> Result<(), Status> {
        let place = self.bytes.get_mut(from..from + data.len()).ok_or(Status::BOUNDARY_ERROR)?;
        place.copy_from_slice(data);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.open = Open::Cleared;
    }

    fn committed(mut self) -> Self {
        self.open = Open::Nothing;
        self
    }
}

impl std::fmt::Debug for Records {
    /// How many, not what they hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Records({} of {} bytes)", self.count(), self.size)
    }
}

impl std::fmt::Debug for FileBody {
    /// The kind and the length; what it holds may be anybody's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FileBody::Standard(bytes) => write!(f, "Standard({} bytes)", bytes.len()),
            FileBody::Backup(bytes) => write!(f, "Backup({} bytes)", bytes.len()),
            FileBody::Value(_) => f.write_str("Value(..)"),
            FileBody::Records(records) => records.fmt(f),
        }
    }
}
