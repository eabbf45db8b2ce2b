//! The messaging of the oldest authentication: DES only, every cryptogram starts from zeros, and the card
//! always enciphers because terminals only decipher.
//!
//! Behaviour seen on DESFire EV1 silicon and in open source terminals.

use super::{KeyChange, Protected, require_equal, split_key_change};
use crate::cipher::{Cipher, crc16};
use crate::command::Protection;
use crate::key::KeyKind;
use crate::rights::CommMode;
use crate::status::Status;

/// A session without any running state.
#[derive(Debug)]
pub(crate) struct D40 {
    cipher: Cipher,
}

/// Bytes of the last cipher block that are sent as MAC.
const MAC: usize = 4;

impl D40 {
    pub(crate) fn new(cipher: Cipher) -> Self {
        D40 { cipher }
    }

    pub(super) fn wire_length(&self, command: Protected, length: usize) -> usize {
        match command.mode {
            CommMode::Plain => length,
            CommMode::Mac => length + MAC,
            CommMode::Full => self.cipher.padded(length + 2),
        }
    }

    pub(super) fn open(&self, command: Protected, payload: &[u8]) -> Result<Vec<u8>, Status> {
        let (header, body) = command.split(payload);
        match (command.mode, command.data) {
            (CommMode::Full, Protection::Fixed(_) | Protection::Counted) => {
                let length = command.data_length(header)?;
                if body.len() != self.cipher.padded(length + 2) {
                    return Err(Status::LENGTH_ERROR);
                }
                let plain = self.recover(body);
                let (data, rest) = plain.split_at(length);
                let (sent, padding) = rest.split_at(2);
                require_equal(sent, &crc16(data))?;
                if padding.iter().any(|&byte| byte != 0) {
                    return Err(Status::INTEGRITY_ERROR);
                }
                Ok([header, data].concat())
            }
            (CommMode::Mac, Protection::Fixed(_) | Protection::Counted) => {
                let length = body.len().checked_sub(MAC).ok_or(Status::INTEGRITY_ERROR)?;
                let (data, mac) = body.split_at(length);
                require_equal(mac, &self.mac(data))?;
                Ok([header, data].concat())
            }
            (CommMode::Plain | CommMode::Mac | CommMode::Full, _) => Ok(payload.to_vec()),
        }
    }

    pub(super) fn open_key_change(
        &self,
        command: Protected,
        payload: &[u8],
        kind: KeyKind,
        own: bool,
    ) -> Result<KeyChange, Status> {
        let (_, body) = command.split(payload);
        let length = kind.len() + usize::from(kind == KeyKind::Aes);
        let checks = if own { 2 } else { 4 };
        if body.len() != self.cipher.padded(length + checks) {
            return Err(Status::LENGTH_ERROR);
        }
        let plain = self.recover(body);
        let (change, sent) = split_key_change(&plain, kind, own, 2)?;
        require_equal(&sent, &crc16(plain.get(..length).unwrap_or_default()))?;
        Ok(change)
    }

    pub(super) fn seal(&self, command: Protected, data: &[u8], open_ended: bool) -> Vec<u8> {
        match command.mode {
            CommMode::Full if !data.is_empty() => {
                let mut sealed = [data, &crc16(data)].concat();
                if open_ended {
                    sealed.push(0x80);
                }
                sealed.resize(self.cipher.padded(sealed.len()), 0);
                self.cipher.encrypt_cbc(&mut self.cipher.zero_iv(), &mut sealed);
                sealed
            }
            // Only what a MAC file holds is authenticated on its way out.
            CommMode::Mac if command.data == Protection::Read && !data.is_empty() => {
                [data, &self.mac(data)].concat()
            }
            CommMode::Plain | CommMode::Mac | CommMode::Full => data.to_vec(),
        }
    }

    fn mac(&self, data: &[u8]) -> Vec<u8> {
        let mut padded = data.to_vec();
        padded.resize(self.cipher.padded(data.len()), 0);
        let mut iv = self.cipher.zero_iv();
        self.cipher.encrypt_cbc(&mut iv, &mut padded);
        iv.truncate(MAC);
        iv
    }

    fn recover(&self, body: &[u8]) -> Vec<u8> {
        let mut plain = body.to_vec();
        self.cipher.recover_d40(&mut plain);
        plain
    }
}
