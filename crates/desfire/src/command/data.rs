//! What is in files: bytes, records, values, and the transaction that makes them count.

use alloc::vec::Vec;

use super::{Command, Mode, three};
use crate::{Family, FileNo, Ins, Misuse};

impl Command {
    /// `ReadData` of `length` bytes from `offset`; 0 for the rest of the file, which only
    /// [`Family::Chained`] offers.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for a length beyond [`Command::read_limit`], or an offset beyond 24
    /// bits.
    pub fn read_data(
        family: Family,
        number: FileNo,
        offset: u32,
        length: usize,
        mode: Mode,
    ) -> Result<Self, Misuse> {
        let ins = match family {
            Family::Chained => Ins::READ_DATA,
            Family::Long => Ins::READ_DATA_LONG,
        };
        let header = span(number, offset, length_within(length, family, Self::read_limit(mode))?)?;
        let mut command = Self::new(ins, mode, &header);
        command.open_ended = length == 0;
        command.expects = (length > 0).then_some(length);
        Ok(command)
    }

    /// `WriteData` at `offset`.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for no data or more than [`Command::write_limit`], or an offset beyond
    /// 24 bits.
    pub fn write_data(
        family: Family,
        number: FileNo,
        offset: u32,
        data: &[u8],
        mode: Mode,
    ) -> Result<Self, Misuse> {
        let ins = match family {
            Family::Chained => Ins::WRITE_DATA,
            Family::Long => Ins::WRITE_DATA_LONG,
        };
        if data.is_empty() {
            return Err(Misuse::OutOfRange("length of data"));
        }
        let length = length_within(data.len(), family, Self::write_limit(mode))?;
        let header = span(number, offset, length)?;
        Ok(Self::new(ins, mode, &header).with_data(data))
    }

    /// `ReadRecords`: `count` records of `size` bytes, beginning with number `first`, counted back
    /// from the youngest, which is 0. They come oldest first. A count of 0 is all from there.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for numbers beyond 24 bits or more than one command brings.
    pub fn read_records(
        family: Family,
        number: FileNo,
        first: u32,
        count: u32,
        size: u32,
        mode: Mode,
    ) -> Result<Self, Misuse> {
        let ins = match family {
            Family::Chained => Ins::READ_RECORDS,
            Family::Long => Ins::READ_RECORDS_LONG,
        };
        let bytes = u64::from(count) * u64::from(size);
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        length_within(bytes, family, Self::read_limit(mode))?;
        let header = span(number, first, count)?;
        let mut command = Self::new(ins, mode, &header);
        command.open_ended = count == 0;
        command.expects = (count > 0).then_some(bytes);
        Ok(command)
    }

    /// `WriteRecord`: `data` at `offset` of the record that the next commit adds.
    ///
    /// # Errors
    ///
    /// As [`Command::write_data`].
    pub fn write_record(
        family: Family,
        number: FileNo,
        offset: u32,
        data: &[u8],
        mode: Mode,
    ) -> Result<Self, Misuse> {
        let ins = match family {
            Family::Chained => Ins::WRITE_RECORD,
            Family::Long => Ins::WRITE_RECORD_LONG,
        };
        if data.is_empty() {
            return Err(Misuse::OutOfRange("length of data"));
        }
        let length = length_within(data.len(), family, Self::write_limit(mode))?;
        let header = span(number, offset, length)?;
        Ok(Self::new(ins, mode, &header).with_data(data))
    }

    /// `UpdateRecord` (EV2 and later): `data` at `offset` of record `record`, counted back from the
    /// youngest.
    ///
    /// # Errors
    ///
    /// As [`Command::write_data`].
    pub fn update_record(
        family: Family,
        number: FileNo,
        record: u32,
        offset: u32,
        data: &[u8],
        mode: Mode,
    ) -> Result<Self, Misuse> {
        let ins = match family {
            Family::Chained => Ins::UPDATE_RECORD,
            Family::Long => Ins::UPDATE_RECORD_LONG,
        };
        if data.is_empty() {
            return Err(Misuse::OutOfRange("length of data"));
        }
        // Three bytes of header more than a write.
        let length = length_within(data.len(), family, Self::write_limit(mode) - 3)?;
        let mut header = Vec::from([number.get()]);
        header.extend(three(record, "record number")?);
        header.extend(three(offset, "offset")?);
        header.extend(three(length, "length of data")?);
        Ok(Self::new(ins, mode, &header).with_data(data))
    }

    /// `ClearRecordFile`, at the next commit.
    pub fn clear_record_file(number: FileNo) -> Self {
        Self::new(Ins::CLEAR_RECORD_FILE, Mode::Mac, &[number.get()])
    }

    /// `GetValue`.
    pub fn get_value(number: FileNo, mode: Mode) -> Self {
        Self::new(Ins::GET_VALUE, mode, &[number.get()]).expecting(4)
    }

    /// `Credit`, at the next commit.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] below 0.
    pub fn credit(number: FileNo, amount: i32, mode: Mode) -> Result<Self, Misuse> {
        value(Ins::CREDIT, number, amount, mode)
    }

    /// `Debit`, at the next commit.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] below 0.
    pub fn debit(number: FileNo, amount: i32, mode: Mode) -> Result<Self, Misuse> {
        value(Ins::DEBIT, number, amount, mode)
    }

    /// `LimitedCredit`, at the next commit: gives back at most what the last transaction with debits
    /// took.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] below 0.
    pub fn limited_credit(number: FileNo, amount: i32, mode: Mode) -> Result<Self, Misuse> {
        value(Ins::LIMITED_CREDIT, number, amount, mode)
    }

    /// `RestoreTransfer` (EV2 and later): the value of one file into another, at the next commit.
    pub fn restore_transfer(target: FileNo, source: FileNo) -> Self {
        Self::new(Ins::RESTORE_TRANSFER, Mode::Mac, &[target.get(), source.get()])
    }

    /// `CommitTransaction`.
    pub fn commit_transaction() -> Self {
        Self::new(Ins::COMMIT_TRANSACTION, Mode::Mac, &[]).expecting(0)
    }

    /// `CommitTransaction` that answers with counter and MAC of the transaction, where the
    /// application has a transaction MAC file.
    pub fn commit_transaction_for_mac() -> Self {
        Self::new(Ins::COMMIT_TRANSACTION, Mode::Mac, &[0x01]).expecting(12)
    }

    /// `AbortTransaction`.
    pub fn abort_transaction() -> Self {
        Self::new(Ins::ABORT_TRANSACTION, Mode::Mac, &[]).expecting(0)
    }

    /// `CommitReaderID`: who reads, 16 bytes, into the MAC of the transaction.
    pub fn commit_reader_id(reader: [u8; 16]) -> Self {
        let command = Self::new(Ins::COMMIT_READER_ID, Mode::Mac, &[]).with_data(&reader);
        command.answered_in(Mode::Full).expecting(16)
    }

    /// Bytes that one command of [`Family::Long`] reads.
    ///
    /// Source: measured on NTAG 424 DNA, which shares the command set.
    pub const fn read_limit(mode: Mode) -> usize {
        match mode {
            Mode::Plain | Mode::Mac => 248,
            Mode::Full => 239,
        }
    }

    /// Bytes that one command of [`Family::Long`] writes.
    ///
    /// Source: measured on NTAG 424 DNA, which shares the command set.
    pub const fn write_limit(mode: Mode) -> usize {
        match mode {
            Mode::Plain => 248,
            Mode::Mac => 240,
            Mode::Full => 239,
        }
    }
}

fn value(ins: Ins, number: FileNo, amount: i32, mode: Mode) -> Result<Command, Misuse> {
    if amount < 0 {
        return Err(Misuse::OutOfRange("amount"));
    }
    Ok(Command::new(ins, mode, &[number.get()]).with_data(&amount.to_le_bytes()))
}

/// `length` where one command carries it. A chained one carries whatever a file holds; a command of
/// the long family has no way to ask for the rest.
fn length_within(length: usize, family: Family, limit: usize) -> Result<u32, Misuse> {
    let fits = match family {
        Family::Chained => true,
        Family::Long => (1..=limit).contains(&length),
    };
    match u32::try_from(length) {
        Ok(length) if fits => Ok(length),
        _ => Err(Misuse::OutOfRange("length of data")),
    }
}

fn span(number: FileNo, offset: u32, length: u32) -> Result<[u8; 7], Misuse> {
    let [o0, o1, o2] = three(offset, "offset")?;
    let [l0, l1, l2] = three(length, "length of data")?;
    Ok([number.get(), o0, o1, o2, l0, l1, l2])
}
