//! Secure messaging: what an authenticated session adds to commands and takes from them, card's side.
//!
//! Three generations: `d40` (DES, no memory), `ev1` (one running initialisation vector) and `ev2` (transaction
//! identifier and command counter). Each has the same two steps: [`Messaging::open`] checks a command and
//! gives its plain parameters, [`Messaging::seal`] protects the answer.

mod d40;
mod ev1;
mod ev2;

pub(crate) use d40::D40;
pub(crate) use ev1::Ev1;
pub(crate) use ev2::{Ev2, Transaction};

use subtle::ConstantTimeEq as _;

use crate::command::Protection;
use crate::key::KeyKind;
use crate::rights::CommMode;
use crate::status::Status;

/// The messaging of the session that is open.
#[derive(Debug)]
pub(crate) enum Messaging {
    D40(D40),
    Ev1(Ev1),
    Ev2(Ev2),
}

/// How one command and its answer are protected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Protected {
    pub(crate) ins: u8,
    /// Parameter bytes that are never enciphered.
    pub(crate) header: usize,
    pub(crate) mode: CommMode,
    /// What the parameters after the header are.
    pub(crate) data: Protection,
}

/// What a `ChangeKey` cryptogram holds once it is deciphered and its own checksum was right.
pub(crate) struct KeyChange {
    /// The new key, or the new key xored with the old one.
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: u8,
    /// Checksum over the new key, there when the key is not that of the session.
    pub(crate) check: Option<Vec<u8>>,
}

impl Messaging {
    /// Bytes of a command after its header when it carries `length` plain data bytes.
    pub(crate) fn wire_length(&self, command: Protected, length: usize) -> usize {
        match self {
            Messaging::D40(d40) => d40.wire_length(command, length),
            Messaging::Ev1(ev1) => ev1.wire_length(command, length),
            Messaging::Ev2(_) => Ev2::wire_length(command, length),
        }
    }

    /// Checks a command, all frames joined, and gives header and plain data.
    ///
    /// Whatever it refuses, the session must be dropped: its running state is spent.
    pub(crate) fn open(&mut self, command: Protected, payload: &[u8]) -> Result<Vec<u8>, Status> {
        match self {
            Messaging::D40(d40) => d40.open(command, payload),
            Messaging::Ev1(ev1) => ev1.open(command, payload),
            Messaging::Ev2(ev2) => ev2.open(command, payload),
        }
    }

    /// Deciphers a `ChangeKey` command and checks the checksum over the command.
    ///
    /// `kind` is that of the new key; `own` tells whether it is the key of the session.
    pub(crate) fn open_key_change(
        &mut self,
        command: Protected,
        payload: &[u8],
        kind: KeyKind,
        own: bool,
    ) -> Result<KeyChange, Status> {
        match self {
            Messaging::D40(d40) => d40.open_key_change(command, payload, kind, own),
            Messaging::Ev1(ev1) => ev1.open_key_change(command, payload, kind, own),
            Messaging::Ev2(ev2) => ev2.open_key_change(command, payload, kind, own),
        }
    }

    /// The checksum over a new key by which a change of another key proves that the old one was known.
    pub(crate) fn key_check(&self, new_key: &[u8]) -> Vec<u8> {
        match self {
            Messaging::D40(_) => crate::cipher::crc16(new_key).to_vec(),
            Messaging::Ev1(_) | Messaging::Ev2(_) => crate::cipher::crc32(&[new_key]).to_vec(),
        }
    }

    /// Protects an answer that ends with the given status of success. `open_ended` tells that the terminal asked for everything up to the
    /// end, so that the padding must say where that is.
    pub(crate) fn seal(
        &mut self,
        command: Protected,
        status: Status,
        data: &[u8],
        open_ended: bool,
    ) -> Vec<u8> {
        match self {
            Messaging::D40(d40) => d40.seal(command, data, open_ended),
            Messaging::Ev1(ev1) => ev1.seal(command, status, data, open_ended),
            Messaging::Ev2(ev2) => ev2.seal(command, status, data),
        }
    }
}

impl Protected {
    /// The payload cut into header and the rest.
    fn split(self, payload: &[u8]) -> (&[u8], &[u8]) {
        payload.split_at(self.header.min(payload.len()))
    }

    /// How many plain data bytes an enciphered command must carry, for messaging whose padding does not say.
    fn data_length(self, header: &[u8]) -> Result<usize, Status> {
        match self.data {
            Protection::None | Protection::Read => Ok(0),
            Protection::Fixed(length) => Ok(length),
            Protection::Counted => match *header {
                [_, _, _, _, .., low, middle, high] => {
                    Ok(u32::from_le_bytes([low, middle, high, 0]) as usize)
                }
                _ => Err(Status::LENGTH_ERROR),
            },
        }
    }
}

/// Takes a key, its version where the kind has one, and the checksums out of a deciphered `ChangeKey`
/// whose rest must be zeros. `checksum` is the length of one checksum.
fn split_key_change(
    plain: &[u8],
    kind: KeyKind,
    own: bool,
    checksum: usize,
) -> Result<(KeyChange, Vec<u8>), Status> {
    let version_length = usize::from(kind == KeyKind::Aes);
    let mut rest = plain;
    let mut take = |length: usize| -> Result<&[u8], Status> {
        let (head, tail) = rest.split_at_checked(length).ok_or(Status::LENGTH_ERROR)?;
        rest = tail;
        Ok(head)
    };
    let bytes = take(kind.len())?.to_vec();
    let version = take(version_length)?.first().copied().unwrap_or(0);
    let command_check = take(checksum)?.to_vec();
    let check = if own { None } else { Some(take(checksum)?.to_vec()) };
    if rest.iter().any(|&byte| byte != 0) {
        return Err(Status::INTEGRITY_ERROR);
    }
    Ok((KeyChange { bytes, version, check }, command_check))
}

/// Compares in a time that does not tell where the difference is.
pub(crate) fn require_equal(one: &[u8], other: &[u8]) -> Result<(), Status> {
    if one.ct_eq(other).into() { Ok(()) } else { Err(Status::INTEGRITY_ERROR) }
}

#[cfg(test)]
mod tests;
