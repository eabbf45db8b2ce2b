//! Block ciphers in the modes that the protocol uses, and its two CRCs.
//!
//! CBC and CMAC are written here, over the block ciphers, because the protocol starts a CMAC from a
//! chaining value, D40 deciphers where others encipher, and AN10922 chooses the subkey by its own
//! rule; one loop serves all of them.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit as _};
use alloc::vec::Vec;
use des::{TdesEde2, TdesEde3};
use zeroize::Zeroize as _;

use crate::{AesKey, Des3Key, DesKey};

/// A chaining value; a cipher with 8-byte blocks uses the first half and leaves the rest zero.
pub(crate) type Iv = [u8; 16];

/// A key, expanded, with the two subkeys of its CMAC.
#[derive(Clone)]
pub(crate) struct Cipher {
    kind: Kind,
    /// For a message that ends on a block, and for one that was padded.
    subkeys: [Iv; 2],
}

#[derive(Clone)]
enum Kind {
    /// Two-key triple DES, and whether both halves are equal but for parity: single DES.
    Tdes2(TdesEde2, bool),
    Tdes3(TdesEde3),
    Aes(Aes128),
}

impl Drop for Cipher {
    fn drop(&mut self) {
        // The expanded keys wipe themselves.
        self.subkeys.zeroize();
    }
}

impl From<&AesKey> for Cipher {
    fn from(key: &AesKey) -> Self {
        Self::of(Kind::Aes(Aes128::new(key.expose().into())))
    }
}

impl From<&DesKey> for Cipher {
    fn from(key: &DesKey) -> Self {
        let (left, right) = key.expose().split_at(8);
        let single = left.iter().zip(right).all(|(left, right)| (left ^ right) & 0xFE == 0);
        Self::of(Kind::Tdes2(TdesEde2::new(key.expose().into()), single))
    }
}

impl From<&Des3Key> for Cipher {
    fn from(key: &Des3Key) -> Self {
        Self::of(Kind::Tdes3(TdesEde3::new(key.expose().into())))
    }
}

impl Cipher {
    fn of(kind: Kind) -> Self {
        let mut cipher = Self { kind, subkeys: [[0; 16]; 2] };
        let width = cipher.block();
        let mut zero = [0; 16];
        if let Some(block) = zero.get_mut(..width) {
            cipher.encrypt(block);
        }
        let whole = double(zero, width);
        cipher.subkeys = [whole, double(whole, width)];
        cipher
    }

    /// Bytes in a block.
    pub(crate) const fn block(&self) -> usize {
        match self.kind {
            Kind::Tdes2(..) | Kind::Tdes3(_) => 8,
            Kind::Aes(_) => 16,
        }
    }

    /// Bytes of the random numbers in a handshake under this key.
    pub(crate) const fn challenge(&self) -> usize {
        match self.kind {
            Kind::Tdes2(..) => 8,
            Kind::Tdes3(_) | Kind::Aes(_) => 16,
        }
    }

    /// Whether this is a DES key written twice.
    pub(crate) const fn is_single_des(&self) -> bool {
        matches!(self.kind, Kind::Tdes2(_, true))
    }

    /// The subkeys of the CMAC: for whole and for padded messages.
    pub(crate) const fn subkeys(&self) -> &[Iv; 2] {
        &self.subkeys
    }

    /// Enciphers whole blocks in place; `iv` becomes the last ciphertext block.
    pub(crate) fn cbc_encrypt(&self, iv: &mut Iv, data: &mut [u8]) {
        for block in data.chunks_exact_mut(self.block()) {
            xor(block, iv);
            self.encrypt(block);
            copy(iv, block);
        }
    }

    /// Deciphers whole blocks in place; `iv` becomes the last ciphertext block.
    pub(crate) fn cbc_decrypt(&self, iv: &mut Iv, data: &mut [u8]) {
        for block in data.chunks_exact_mut(self.block()) {
            let mut next = [0; 16];
            copy(&mut next, block);
            self.decrypt(block);
            xor(block, iv);
            *iv = next;
        }
    }

    /// Deciphers whole blocks in place, each first combined with the result before: what a
    /// terminal does in D40 so that a card, which only enciphers, reads it.
    pub(crate) fn send_mode(&self, data: &mut [u8]) {
        let mut before = [0; 16];
        for block in data.chunks_exact_mut(self.block()) {
            xor(block, &before);
            self.decrypt(block);
            copy(&mut before, block);
        }
    }

    /// CMAC of the joined `parts`, chained from `iv`. The whole last block; 8-byte ciphers fill half
    /// of it.
    ///
    /// Source: NIST SP 800-38B §6.2; starting from a chaining value is DESFire EV1's addition.
    pub(crate) fn cmac(&self, iv: Iv, parts: &[&[u8]]) -> Iv {
        let width = self.block();
        let (mut state, mut filled) = (iv, 0);
        for byte in parts.iter().copied().flatten() {
            // A full block is worked off only when more follows: the last one is special.
            if filled == width {
                self.encrypt_state(&mut state);
                filled = 0;
            }
            if let Some(place) = state.get_mut(filled) {
                *place ^= byte;
            }
            filled += 1;
        }
        let [whole, padded] = &self.subkeys;
        if filled == width {
            xor(&mut state, whole);
        } else {
            if let Some(place) = state.get_mut(filled) {
                *place ^= 0x80;
            }
            xor(&mut state, padded);
        }
        self.encrypt_state(&mut state);
        state
    }

    /// The last block of a CMAC computation over whole blocks, with the subkey for padded or
    /// unpadded input.
    pub(crate) fn mac_of_blocks(&self, blocks: &mut [u8], padded: bool) -> Iv {
        let [whole, after_padding] = &self.subkeys;
        if let Some(last) = blocks.chunks_exact_mut(self.block()).next_back() {
            xor(last, if padded { after_padding } else { whole });
        }
        let mut iv = [0; 16];
        self.cbc_encrypt(&mut iv, blocks);
        iv
    }

    /// Enciphers one block.
    pub(crate) fn encrypt(&self, block: &mut [u8]) {
        match &self.kind {
            Kind::Tdes2(cipher, _) => {
                if let Ok(block) = block.try_into() {
                    cipher.encrypt_block(block);
                }
            }
            Kind::Tdes3(cipher) => {
                if let Ok(block) = block.try_into() {
                    cipher.encrypt_block(block);
                }
            }
            Kind::Aes(cipher) => {
                if let Ok(block) = block.try_into() {
                    cipher.encrypt_block(block);
                }
            }
        }
    }

    /// Deciphers one block.
    pub(crate) fn decrypt(&self, block: &mut [u8]) {
        match &self.kind {
            Kind::Tdes2(cipher, _) => {
                if let Ok(block) = block.try_into() {
                    cipher.decrypt_block(block);
                }
            }
            Kind::Tdes3(cipher) => {
                if let Ok(block) = block.try_into() {
                    cipher.decrypt_block(block);
                }
            }
            Kind::Aes(cipher) => {
                if let Ok(block) = block.try_into() {
                    cipher.decrypt_block(block);
                }
            }
        }
    }

    fn encrypt_state(&self, state: &mut Iv) {
        if let Some(block) = state.get_mut(..self.block()) {
            self.encrypt(block);
        }
    }
}

/// The bytes at odd places of a CMAC, as EV2 and LRP messaging send it.
pub(crate) fn odd_bytes(full: &Iv) -> [u8; 8] {
    let mut mac = [0; 8];
    for (to, [_even, odd]) in mac.iter_mut().zip(full.as_chunks::<2>().0) {
        *to = *odd;
    }
    mac
}

/// Adds `80 00 …` up to a whole block; always at least one byte.
pub(crate) fn pad80(data: &mut Vec<u8>, block: usize) {
    data.push(0x80);
    pad_zero(data, block);
}

/// Length of `data` without its padding of `80 00 …`, which is at most one block long.
pub(crate) fn unpad80(data: &[u8], block: usize) -> Option<usize> {
    let end = data.iter().rposition(|byte| *byte != 0)?;
    (data.get(end) == Some(&0x80) && data.len() - end <= block).then_some(end)
}

/// Adds zeros up to a whole block; none where the data ends on one.
pub(crate) fn pad_zero(data: &mut Vec<u8>, block: usize) {
    data.resize(data.len().next_multiple_of(block), 0);
}

/// CRC-32/JAMCRC: reflected polynomial `EDB88320`, start `FFFFFFFF`, no final inversion. LSB first,
/// as on the wire.
pub fn jam_crc<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 4] {
    let mut crc = u32::MAX;
    for byte in parts.into_iter().flatten() {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    crc.to_le_bytes()
}

/// `CRC_A` of ISO/IEC 14443-3: reflected polynomial `8408`, start `6363`. LSB first, as on the wire.
pub fn crc_a<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 2] {
    let mut crc = 0x6363_u16;
    for byte in parts.into_iter().flatten() {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x8408 & (crc & 1).wrapping_neg());
        }
    }
    crc.to_le_bytes()
}

/// Doubles in the field of the block's width: the subkeys of a CMAC.
pub(crate) fn double(block: Iv, width: usize) -> Iv {
    let constant = if width == 8 { 0x1B } else { 0x87 };
    let mut out = [0; 16];
    let mut carry = 0;
    for (to, from) in out.iter_mut().zip(block).take(width).rev() {
        *to = from << 1 | carry;
        carry = from >> 7;
    }
    if let Some(last) = out.get_mut(width - 1) {
        *last ^= constant * carry;
    }
    out
}

pub(crate) fn xor(block: &mut [u8], with: &[u8]) {
    for (to, from) in block.iter_mut().zip(with) {
        *to ^= from;
    }
}

fn copy(iv: &mut Iv, block: &[u8]) {
    for (to, from) in iv.iter_mut().zip(block) {
        *to = *from;
    }
}
