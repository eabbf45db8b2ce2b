//! What is in files, with and without a session: bytes, records, values.

use alloc::vec::Vec;

use super::{Ask, Authenticated, Card, Exchanged, empty, read_answer};
use crate::{
    Command, Error, Failed, Family, File, FileKind, FileNo, Link, Messaging, Misuse, Mode, Nonsense,
};

/// Commands on data that exist with and without a session.
macro_rules! on_data {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $of:ty),*) -> $out:ty = $act:ident;)*) => {
        impl<L: Link> Card<L> {
            $($(#[$doc])*
            /// Without a session, only what the file's rights leave free.
            ///
            /// # Errors
            ///
            /// See [`Error`].
            pub fn $name(&mut self, $($arg: $of),*) -> Result<$out, Error<L::Error>> {
                $act(self, $($arg),*)
            })*
        }

        impl<L: Link, S: Messaging> Authenticated<L, S> {
            $($(#[$doc])*
            ///
            /// # Errors
            ///
            /// See [`Error`].
            pub fn $name(self, $($arg: $of),*) -> Result<(Self, $out), Failed<L>> {
                self.attempt(|this| $act(this, $($arg),*))
            })*
        }
    };
}

/// As [`on_data`], for what answers nothing.
macro_rules! done_on_data {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $of:ty),*) = $act:ident;)*) => {
        impl<L: Link> Card<L> {
            $($(#[$doc])*
            /// Without a session, only what the file's rights leave free.
            ///
            /// # Errors
            ///
            /// See [`Error`]. What went before may have been written.
            pub fn $name(&mut self, $($arg: $of),*) -> Result<(), Error<L::Error>> {
                $act(self, $($arg),*)
            })*
        }

        impl<L: Link, S: Messaging> Authenticated<L, S> {
            $($(#[$doc])*
            ///
            /// # Errors
            ///
            /// See [`Error`]. What went before may have been written.
            pub fn $name(self, $($arg: $of),*) -> Result<Self, Failed<L>> {
                self.attempt(|this| $act(this, $($arg),*)).map(|(this, ())| this)
            })*
        }
    };
}

on_data! {
    /// `ReadData`: exactly `length` bytes from `offset`, in as many commands as it takes.
    read(file: &File, offset: u32, length: usize) -> Vec<u8> = read_data;
    /// `ReadRecords`: `count` records, the youngest `first` left out, oldest first. In as many
    /// commands as it takes.
    read_records(file: &File, first: u32, count: u32) -> Vec<Vec<u8>> = records;
    /// `GetValue`.
    value(file: &File) -> i32 = value;
}

done_on_data! {
    /// `WriteData` from `offset`, in as many commands as it takes. Takes effect at once on a standard
    /// file, where it is not atomic, and at the commit on a backup file.
    write(file: &File, offset: u32, data: &[u8]) = write_data;
    /// `WriteRecord`: the record that the next commit adds, from `offset`.
    write_record(file: &File, offset: u32, data: &[u8]) = write_record;
    /// `UpdateRecord` (EV2 and later): a record, counted back from the youngest, from `offset`.
    update_record(file: &File, record: u32, offset: u32, data: &[u8]) = update_record;
    /// `ClearRecordFile`, at the next commit.
    clear_records(number: FileNo) = clear_records;
    /// `Credit`, at the next commit. `amount` is not negative.
    credit(file: &File, amount: i32) = credit;
    /// `Debit`, at the next commit. `amount` is not negative.
    debit(file: &File, amount: i32) = debit;
    /// `LimitedCredit`, at the next commit. `amount` is not negative.
    limited_credit(file: &File, amount: i32) = limited_credit;
    /// `RestoreTransfer` (EV2 and later): the value of `source` into `target`, at the next commit.
    restore_transfer(target: FileNo, source: FileNo) = restore_transfer;
}

fn read_data<A: Ask>(
    asked: &mut A,
    file: &File,
    offset: u32,
    length: usize,
) -> Result<Vec<u8>, Error<A::Error>> {
    let (mode, family) = (file.read_mode(asked.proven()), asked.family());
    let limit = match family {
        Family::Chained => CHAINED,
        Family::Long => Command::read_limit(mode),
    };
    let mut bytes = Vec::with_capacity(length.min(1 << 16));
    while bytes.len() < length {
        let part = (length - bytes.len()).min(limit);
        let from = moved(offset, bytes.len())?;
        let command = Command::read_data(family, file.number, from, part, mode)?;
        bytes.extend_from_slice(&asked.ask(&command)?.data);
    }
    Ok(bytes)
}

fn write_data<A: Ask>(
    asked: &mut A,
    file: &File,
    offset: u32,
    data: &[u8],
) -> Result<(), Error<A::Error>> {
    let mode = file.write_mode(asked.proven());
    in_parts(asked, offset, data, mode, 0, |family, at, part| {
        Command::write_data(family, file.number, at, part, mode)
    })
}

fn write_record<A: Ask>(
    asked: &mut A,
    file: &File,
    offset: u32,
    data: &[u8],
) -> Result<(), Error<A::Error>> {
    let mode = file.write_mode(asked.proven());
    in_parts(asked, offset, data, mode, 0, |family, at, part| {
        Command::write_record(family, file.number, at, part, mode)
    })
}

fn update_record<A: Ask>(
    asked: &mut A,
    file: &File,
    record: u32,
    offset: u32,
    data: &[u8],
) -> Result<(), Error<A::Error>> {
    let mode = file.write_mode(asked.proven());
    in_parts(asked, offset, data, mode, 3, |family, at, part| {
        Command::update_record(family, file.number, record, at, part, mode)
    })
}

/// Sends `data` in the pieces that one command each carries; `longer` is what the header has more
/// than that of a write.
fn in_parts<A: Ask>(
    asked: &mut A,
    offset: u32,
    data: &[u8],
    mode: Mode,
    longer: usize,
    command: impl Fn(Family, u32, &[u8]) -> Result<Command, Misuse>,
) -> Result<(), Error<A::Error>> {
    let family = asked.family();
    let limit = match family {
        Family::Chained => CHAINED,
        Family::Long => Command::write_limit(mode) - longer,
    };
    let mut done = 0;
    for part in data.chunks(limit) {
        let command = command(family, moved(offset, done)?, part)?;
        read_answer(asked, &command, empty)?;
        done += part.len();
    }
    Ok(())
}

fn records<A: Ask>(
    asked: &mut A,
    file: &File,
    first: u32,
    count: u32,
) -> Result<Vec<Vec<u8>>, Error<A::Error>> {
    let (FileKind::Linear(about) | FileKind::Cyclic(about)) = file.settings.kind else {
        return Err(Misuse::Contradiction("only a record file has records").into());
    };
    let size = usize::try_from(about.size).unwrap_or(usize::MAX).max(1);
    let (mode, family) = (file.read_mode(asked.proven()), asked.family());
    let limit = match family {
        Family::Chained => CHAINED,
        Family::Long => Command::read_limit(mode),
    };
    let at_once = u32::try_from((limit / size).max(1)).unwrap_or(u32::MAX);
    // The oldest come first, so the last pages are asked for first.
    let mut out = Vec::new();
    let mut left = count;
    while left > 0 {
        let part = left.min(at_once);
        left -= part;
        let from = first.checked_add(left).ok_or(Misuse::OutOfRange("record number"))?;
        let command = Command::read_records(family, file.number, from, part, about.size, mode)?;
        let answer = asked.ask(&command)?;
        out.extend(answer.data.chunks(size).map(<[u8]>::to_vec));
    }
    Ok(out)
}

fn value<A: Ask>(asked: &mut A, file: &File) -> Result<i32, Error<A::Error>> {
    let mode = match file.settings.kind {
        FileKind::Value(value) if value.free_value && asked.proven().is_none() => Mode::Plain,
        _ => file.value_mode(asked.proven()),
    };
    read_answer(asked, &Command::get_value(file.number, mode), four_bytes)
}

fn credit<A: Ask>(asked: &mut A, file: &File, amount: i32) -> Result<(), Error<A::Error>> {
    let command = Command::credit(file.number, amount, file.credit_mode(asked.proven()))?;
    read_answer(asked, &command, empty)
}

fn debit<A: Ask>(asked: &mut A, file: &File, amount: i32) -> Result<(), Error<A::Error>> {
    let command = Command::debit(file.number, amount, file.value_mode(asked.proven()))?;
    read_answer(asked, &command, empty)
}

fn limited_credit<A: Ask>(asked: &mut A, file: &File, amount: i32) -> Result<(), Error<A::Error>> {
    let command = Command::limited_credit(file.number, amount, file.write_mode(asked.proven()))?;
    read_answer(asked, &command, empty)
}

fn clear_records<A: Ask>(asked: &mut A, number: FileNo) -> Result<(), Error<A::Error>> {
    read_answer(asked, &Command::clear_record_file(number), empty)
}

fn restore_transfer<A: Ask>(
    asked: &mut A,
    target: FileNo,
    source: FileNo,
) -> Result<(), Error<A::Error>> {
    read_answer(asked, &Command::restore_transfer(target, source), empty)
}

fn four_bytes(answer: &Exchanged) -> Result<i32, Nonsense> {
    answer.data.as_slice().try_into().map(i32::from_le_bytes).map_err(|_| Nonsense::Length)
}

fn moved(start: u32, done: usize) -> Result<u32, Misuse> {
    let done = u32::try_from(done).ok();
    done.and_then(|done| start.checked_add(done)).ok_or(Misuse::OutOfRange("offset"))
}

/// Bytes in one chained command, well below what an answer may have frames.
const CHAINED: usize = 8192;
