//! Block ciphers, chaining, MACs and checksums of the card.

use std::fmt;

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use des::{TdesEde2, TdesEde3};

use crate::key::KeyKind;

/// A block cipher with its key.
pub(crate) enum Cipher {
    /// DES (both halves equal) and two-key triple DES.
    Des(Box<TdesEde2>),
    Des3(Box<TdesEde3>),
    Aes(Box<Aes128>),
}

impl Cipher {
    /// The cipher of the given kind. The key must be as long as [`KeyKind::len`] says.
    pub(crate) fn new(kind: KeyKind, key: &[u8]) -> Self {
        let right = "the caller gives a key of the length of its kind";
        match kind {
            KeyKind::Des => Cipher::Des(Box::new(TdesEde2::new_from_slice(key).expect(right))),
            KeyKind::Des3 => Cipher::Des3(Box::new(TdesEde3::new_from_slice(key).expect(right))),
            KeyKind::Aes => Cipher::Aes(Box::new(Aes128::new_from_slice(key).expect(right))),
        }
    }

    /// Length of a block in bytes.
    pub(crate) fn block(&self) -> usize {
        match self {
            Cipher::Des(_) | Cipher::Des3(_) => 8,
            Cipher::Aes(_) => 16,
        }
    }

    /// An initialisation vector of zeros.
    pub(crate) fn zero_iv(&self) -> Vec<u8> {
        vec![0; self.block()]
    }

    /// Smallest number of whole blocks, in bytes, that holds `length` bytes.
    pub(crate) fn padded(&self, length: usize) -> usize {
        length.next_multiple_of(self.block())
    }

    /// Enciphers one block in place.
    pub(crate) fn encrypt(&self, block: &mut [u8]) {
        let right = "a block is as long as the cipher says";
        match self {
            Cipher::Des(cipher) => cipher.encrypt_block(block.try_into().expect(right)),
            Cipher::Des3(cipher) => cipher.encrypt_block(block.try_into().expect(right)),
            Cipher::Aes(cipher) => cipher.encrypt_block(block.try_into().expect(right)),
        }
    }

    fn decrypt(&self, block: &mut [u8]) {
        let right = "a block is as long as the cipher says";
        match self {
            Cipher::Des(cipher) => cipher.decrypt_block(block.try_into().expect(right)),
            Cipher::Des3(cipher) => cipher.decrypt_block(block.try_into().expect(right)),
            Cipher::Aes(cipher) => cipher.decrypt_block(block.try_into().expect(right)),
        }
    }

    /// Enciphers whole blocks in CBC; `iv` becomes the last ciphertext block.
    pub(crate) fn encrypt_cbc(&self, iv: &mut [u8], data: &mut [u8]) {
        for block in data.chunks_exact_mut(self.block()) {
            xor(block, iv);
            self.encrypt(block);
            iv.copy_from_slice(block);
        }
    }

    /// Deciphers whole blocks in CBC; `iv` becomes the last ciphertext block.
    pub(crate) fn decrypt_cbc(&self, iv: &mut [u8], data: &mut [u8]) {
        for block in data.chunks_exact_mut(self.block()) {
            let ciphertext = block.to_vec();
            self.decrypt(block);
            xor(block, iv);
            iv.copy_from_slice(&ciphertext);
        }
    }

    /// Recovers what a D40 terminal sent, which only deciphers: each plaintext block was xored with the
    /// block sent before it and then deciphered. The chain starts from zeros.
    pub(crate) fn recover_d40(&self, data: &mut [u8]) {
        let mut sent_before = self.zero_iv();
        for block in data.chunks_exact_mut(self.block()) {
            let sent = block.to_vec();
            self.encrypt(block);
            xor(block, &sent_before);
            sent_before = sent;
        }
    }

    /// CMAC that starts from `iv` instead of zeros; the whole result becomes the new `iv`.
    ///
    /// Source: NIST SP 800-38B for the MAC; the running start value is behaviour seen on DESFire EV1.
    pub(crate) fn cmac(&self, iv: &mut [u8], message: &[u8]) {
        let size = self.block();
        let whole = message.len().saturating_sub(1) / size * size;
        let (body, rest) = message.split_at(whole);
        self.encrypt_cbc(iv, &mut body.to_vec());

        let mut last = self.zero_iv();
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let mut mask = self.zero_iv();
        self.encrypt(&mut mask);
        double(&mut mask);
        if rest.len() < size {
            double(&mut mask);
            if let Some(end) = last.get_mut(rest.len()) {
                *end = 0x80;
            }
        }
        xor(&mut last, &mask);
        self.encrypt_cbc(iv, &mut last);
    }

    /// CMAC over one message, on its own.
    pub(crate) fn plain_cmac(&self, message: &[u8]) -> Vec<u8> {
        let mut iv = self.zero_iv();
        self.cmac(&mut iv, message);
        iv
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cipher::Des(_) => "Des(..)",
            Cipher::Des3(_) => "Des3(..)",
            Cipher::Aes(_) => "Aes(..)",
        })
    }
}

/// CRC-32 without the final inversion, sent least significant byte first.
///
/// Source: ISO/IEC 13239 polynomial; the missing inversion is behaviour seen on DESFire EV1.
pub(crate) fn crc32(parts: &[&[u8]]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for &byte in parts.iter().copied().flatten() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    crc.to_le_bytes()
}

/// `CRC_A`, sent least significant byte first. Source: ISO/IEC 14443-3, annex B.
pub(crate) fn crc16(data: &[u8]) -> [u8; 2] {
    let mut crc = 0x6363_u16;
    for &byte in data {
        crc ^= u16::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x8408 } else { crc >> 1 };
        }
    }
    crc.to_le_bytes()
}

/// The same bytes with the first one moved to the end.
pub(crate) fn rotated(bytes: &[u8]) -> Vec<u8> {
    let mut rotated = bytes.to_vec();
    if !rotated.is_empty() {
        rotated.rotate_left(1);
    }
    rotated
}

pub(crate) fn xor(to: &mut [u8], with: &[u8]) {
    to.iter_mut().zip(with).for_each(|(to, with)| *to ^= with);
}

/// Doubles in GF(2^64) or GF(2^128), most significant bit first.
fn double(value: &mut [u8]) {
    let reduction = if value.len() == 8 { 0x1B } else { 0x87 };
    let mut carry = 0;
    for byte in value.iter_mut().rev() {
        let next = *byte >> 7;
        *byte = *byte << 1 | carry;
        carry = next;
    }
    if let (1, Some(last)) = (carry, value.last_mut()) {
        *last ^= reduction;
    }
}

#[cfg(test)]
mod tests {
    use cmac::{Cmac, Mac};

    use super::*;
    use crate::vectors::{of_kind, unhex};

    #[test]
    fn crc32_matches_every_vector() {
        for vector in of_kind("crc32") {
            let data = vector.input("data");
            assert_eq!(crc32(&[&data]).to_vec(), vector.expected("crc_le"), "{}", vector.name);
        }
    }

    #[test]
    fn crc16_matches_every_vector() {
        for vector in of_kind("crc16") {
            let data = vector.input("data");
            assert_eq!(crc16(&data).to_vec(), vector.expected("crc_le"), "{}", vector.name);
        }
    }

    #[test]
    fn cmac_matches_every_aes_vector() {
        for vector in of_kind("aes_cmac") {
            let cipher = Cipher::new(KeyKind::Aes, &vector.input("key"));
            let mac = cipher.plain_cmac(&vector.input("message"));
            assert_eq!(mac, vector.expected("cmac"), "{}", vector.name);
        }
    }

    #[test]
    fn cmac_agrees_with_another_implementation_at_every_length() {
        let key = unhex("00112233445566778899AABBCCDDEEFF");
        let message: Vec<u8> = (0..80).collect();
        for length in 0..=message.len() {
            let mut other = Cmac::<Aes128>::new_from_slice(&key).unwrap();
            other.update(&message[..length]);
            assert_eq!(
                Cipher::new(KeyKind::Aes, &key).plain_cmac(&message[..length]),
                other.finalize().into_bytes().to_vec()
            );
            let mut other = Cmac::<TdesEde2>::new_from_slice(&key).unwrap();
            other.update(&message[..length]);
            assert_eq!(
                Cipher::new(KeyKind::Des, &key).plain_cmac(&message[..length]),
                other.finalize().into_bytes().to_vec()
            );
        }
    }
}
