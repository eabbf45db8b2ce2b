//! The messaging of `AuthenticateEV2First` and `NonFirst`: a transaction identifier and a command counter.
//!
//! Source: NXP AN12343, chapters on EV2 secure messaging; AN12196, section 5.

use super::{KeyChange, Protected, require_equal};
use crate::cipher::{Cipher, xor};
use crate::command::Protection;
use crate::key::KeyKind;
use crate::rights::CommMode;
use crate::status::Status;

/// A session with one key to encipher and one to authenticate.
#[derive(Debug)]
pub(crate) struct Ev2 {
    enc: Cipher,
    mac: Cipher,
    transaction: Transaction,
}

/// What a later authentication of the same transaction takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transaction {
    /// Identifier that the card chose.
    pub(crate) id: [u8; 4],
    /// Commands answered so far.
    pub(crate) counter: u16,
}

/// Bytes of the CMAC that are sent: the second, fourth, … of sixteen.
const MAC: usize = 8;

const BLOCK: usize = 16;

impl Ev2 {
    /// Derives the session keys from the key and both challenges.
    ///
    /// Source: NXP AN12343, session key generation (`SV1`, `SV2`).
    pub(crate) fn new(
        key: &Cipher,
        rnd_a: [u8; 16],
        rnd_b: [u8; 16],
        transaction: Transaction,
    ) -> Self {
        let enc = session_key(key, [0xA5, 0x5A], rnd_a, rnd_b);
        let mac = session_key(key, [0x5A, 0xA5], rnd_a, rnd_b);
        Ev2::from_keys(&enc, &mac, transaction)
    }

    pub(super) fn from_keys(enc: &[u8], mac: &[u8], transaction: Transaction) -> Self {
        Ev2 {
            enc: Cipher::new(KeyKind::Aes, enc),
            mac: Cipher::new(KeyKind::Aes, mac),
            transaction,
        }
    }

    pub(crate) fn transaction(&self) -> Transaction {
        self.transaction
    }

    pub(super) fn wire_length(command: Protected, length: usize) -> usize {
        match command.mode {
            CommMode::Plain => length,
            CommMode::Mac => length + MAC,
            CommMode::Full => (length + 1).next_multiple_of(BLOCK) + MAC,
        }
    }

    pub(super) fn open(&mut self, command: Protected, payload: &[u8]) -> Result<Vec<u8>, Status> {
        if self.transaction.counter == u16::MAX {
            return Err(Status::AUTHENTICATION_ERROR);
        }
        if command.mode == CommMode::Plain {
            return Ok(payload.to_vec());
        }
        let length = payload.len().checked_sub(MAC).ok_or(Status::LENGTH_ERROR)?;
        let (sent, mac) = payload.split_at(length);
        require_equal(mac, &self.truncated_mac(command.ins, self.transaction.counter, sent))?;
        let (header, body) = command.split(sent);
        match (command.mode, command.data) {
            (CommMode::Full, Protection::Fixed(_) | Protection::Counted) => {
                Ok([header, &self.decipher(body)?].concat())
            }
            (CommMode::Plain | CommMode::Mac | CommMode::Full, _) => Ok(sent.to_vec()),
        }
    }

    pub(super) fn open_key_change(
        &mut self,
        command: Protected,
        payload: &[u8],
        kind: KeyKind,
        own: bool,
    ) -> Result<KeyChange, Status> {
        let command = Protected { mode: CommMode::Full, data: Protection::Counted, ..command };
        let opened = self.open(command, payload)?;
        let (_, plain) = command.split(&opened);
        let checks = if own { 0 } else { 4 };
        let (bytes, rest) = plain.split_at_checked(kind.len()).ok_or(Status::LENGTH_ERROR)?;
        let (version, check) = match rest.len().checked_sub(checks) {
            Some(1) => rest.split_at(1),
            // A DES key has its version inside; the byte beside it may be left out.
            Some(0) if kind != KeyKind::Aes => rest.split_at(0),
            _ => return Err(Status::LENGTH_ERROR),
        };
        Ok(KeyChange {
            bytes: bytes.to_vec(),
            version: version.first().copied().unwrap_or(0),
            check: (!own).then(|| check.to_vec()),
        })
    }

    /// Counts the command and protects its answer.
    pub(super) fn seal(&mut self, command: Protected, status: Status, data: &[u8]) -> Vec<u8> {
        self.transaction.counter = self.transaction.counter.saturating_add(1);
        let sent = match command.mode {
            CommMode::Plain => return data.to_vec(),
            CommMode::Full if !data.is_empty() => self.encipher(data),
            CommMode::Mac | CommMode::Full => data.to_vec(),
        };
        let mac = self.truncated_mac(status.0, self.transaction.counter, &sent);
        [&sent[..], &mac].concat()
    }

    /// MAC over instruction or status, counter, transaction identifier and what is sent.
    fn truncated_mac(&self, first: u8, counter: u16, sent: &[u8]) -> Vec<u8> {
        let message = [&[first], &counter.to_le_bytes()[..], &self.transaction.id, sent].concat();
        self.mac.plain_cmac(&message).into_iter().skip(1).step_by(2).collect()
    }

    fn encipher(&self, data: &[u8]) -> Vec<u8> {
        let mut sealed = [data, &[0x80]].concat();
        sealed.resize(sealed.len().next_multiple_of(BLOCK), 0);
        let mut iv = self.iv(ANSWER_LABEL, self.transaction.counter);
        self.enc.encrypt_cbc(&mut iv, &mut sealed);
        sealed
    }

    fn decipher(&self, body: &[u8]) -> Result<Vec<u8>, Status> {
        if body.is_empty() || !body.len().is_multiple_of(BLOCK) {
            return Err(Status::LENGTH_ERROR);
        }
        let mut plain = body.to_vec();
        let mut iv = self.iv(COMMAND_LABEL, self.transaction.counter);
        self.enc.decrypt_cbc(&mut iv, &mut plain);
        let end = plain.iter().rposition(|&byte| byte != 0);
        match end.and_then(|end| plain.get(end).map(|&byte| (end, byte))) {
            Some((end, 0x80)) if plain.len() - end <= BLOCK => {
                plain.truncate(end);
                Ok(plain)
            }
            _ => Err(Status::INTEGRITY_ERROR),
        }
    }

    pub(super) fn iv(&self, label: [u8; 2], counter: u16) -> Vec<u8> {
        let mut iv = [&label[..], &self.transaction.id, &counter.to_le_bytes(), &[0; 8]].concat();
        self.enc.encrypt(&mut iv);
        iv
    }
}

pub(super) fn session_key(
    key: &Cipher,
    label: [u8; 2],
    rnd_a: [u8; 16],
    rnd_b: [u8; 16],
) -> Vec<u8> {
    let (a_head, a_tail) = rnd_a.split_at(8);
    let (b_head, b_tail) = rnd_b.split_at(6);
    let mut context = [a_head, b_tail, a_tail].concat();
    xor(&mut context, &[&[0, 0], b_head].concat());
    key.plain_cmac(&[&label[..], &[0x00, 0x01, 0x00, 0x80], &context].concat())
}

const COMMAND_LABEL: [u8; 2] = [0xA5, 0x5A];
const ANSWER_LABEL: [u8; 2] = [0x5A, 0xA5];
