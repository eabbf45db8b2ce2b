//! The messaging of `AuthenticateISO` and `AuthenticateAES`: one initialisation vector runs through everything.
//!
//! Behaviour seen on DESFire EV1 and EV3 silicon.

use super::{KeyChange, Protected, require_equal, split_key_change};
use crate::cipher::{Cipher, crc32};
use crate::command::Protection;
use crate::key::KeyKind;
use crate::rights::CommMode;
use crate::status::Status;

/// A session whose MACs and cryptograms all continue one chain.
#[derive(Debug)]
pub(crate) struct Ev1 {
    cipher: Cipher,
    iv: Vec<u8>,
}

/// Bytes of the CMAC that are sent.
const MAC: usize = 8;

impl Ev1 {
    /// A session that starts now; its chain starts from zeros.
    pub(crate) fn new(cipher: Cipher) -> Self {
        let iv = cipher.zero_iv();
        Ev1 { cipher, iv }
    }

    pub(super) fn wire_length(&self, command: Protected, length: usize) -> usize {
        match command.mode {
            CommMode::Plain => length,
            CommMode::Mac => length + MAC,
            CommMode::Full => self.cipher.padded(length + 4),
        }
    }

    pub(super) fn open(&mut self, command: Protected, payload: &[u8]) -> Result<Vec<u8>, Status> {
        let (header, body) = command.split(payload);
        match (command.mode, command.data) {
            (CommMode::Full, Protection::Fixed(_) | Protection::Counted) => {
                let length = command.data_length(header)?;
                if body.len() != self.cipher.padded(length + 4) {
                    return Err(Status::LENGTH_ERROR);
                }
                let plain = self.decipher(body);
                let (data, rest) = plain.split_at(length);
                let (sent, padding) = rest.split_at(4);
                require_equal(sent, &crc32(&[&[command.ins], header, data]))?;
                if padding.iter().any(|&byte| byte != 0) {
                    return Err(Status::INTEGRITY_ERROR);
                }
                Ok([header, data].concat())
            }
            // Of the commands that are only authenticated, those that write into files carry their MAC over
            // the air.
            (CommMode::Mac, Protection::Fixed(_) | Protection::Counted) => {
                let length = payload.len().checked_sub(MAC).ok_or(Status::INTEGRITY_ERROR)?;
                let (plain, mac) = payload.split_at(length);
                self.run(&[&[command.ins], plain].concat());
                require_equal(mac, self.mac())?;
                Ok(plain.to_vec())
            }
            (CommMode::Plain | CommMode::Mac | CommMode::Full, _) => {
                self.run(&[&[command.ins], payload].concat());
                Ok(payload.to_vec())
            }
        }
    }

    pub(super) fn open_key_change(
        &mut self,
        command: Protected,
        payload: &[u8],
        kind: KeyKind,
        own: bool,
    ) -> Result<KeyChange, Status> {
        let (header, body) = command.split(payload);
        let length = kind.len() + usize::from(kind == KeyKind::Aes);
        let checks = if own { 4 } else { 8 };
        if body.len() != self.cipher.padded(length + checks) {
            return Err(Status::LENGTH_ERROR);
        }
        let plain = self.decipher(body);
        let (change, sent) = split_key_change(&plain, kind, own, 4)?;
        let covered = plain.get(..length).unwrap_or_default();
        require_equal(&sent, &crc32(&[&[command.ins], header, covered]))?;
        Ok(change)
    }

    pub(super) fn seal(
        &mut self,
        command: Protected,
        status: Status,
        data: &[u8],
        open_ended: bool,
    ) -> Vec<u8> {
        if command.mode == CommMode::Full && !data.is_empty() {
            let mut sealed = [data, &crc32(&[data, &[status.0]])].concat();
            if open_ended {
                sealed.push(0x80);
            }
            sealed.resize(self.cipher.padded(sealed.len()), 0);
            self.cipher.encrypt_cbc(&mut self.iv, &mut sealed);
            return sealed;
        }
        self.run(&[data, &[status.0]].concat());
        [data, self.mac()].concat()
    }

    fn run(&mut self, message: &[u8]) {
        self.cipher.cmac(&mut self.iv, message);
    }

    fn mac(&self) -> &[u8] {
        self.iv.get(..MAC).unwrap_or_default()
    }

    fn decipher(&mut self, body: &[u8]) -> Vec<u8> {
        let mut plain = body.to_vec();
        self.cipher.decrypt_cbc(&mut self.iv, &mut plain);
        plain
    }
}
