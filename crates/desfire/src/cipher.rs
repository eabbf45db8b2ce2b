//! Block ciphers in the two modes that the protocol uses, and its CRC.
//!
//! CBC and CMAC are written here, over the block ciphers, because the protocol starts a CMAC from a
//! chaining value and AN10922 chooses the subkey by its own rule; one loop serves all of them.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit as _};
use alloc::vec::Vec;
use des::TdesEde2;
use zeroize::Zeroizing;

use crate::{AesKey, DesKey};

/// A chaining value; a cipher with 8-byte blocks uses the first half and leaves the rest zero.
pub(crate) type Iv = [u8; 16];

/// A key, expanded.
pub(crate) enum Cipher {
    /// Two-key triple DES, and whether both halves are equal but for parity: single DES.
    Tdes(TdesEde2, bool),
    Aes(Aes128),
}

impl From<&AesKey> for Cipher {
    fn from(key: &AesKey) -> Self {
        Self::Aes(Aes128::new(key.expose().into()))
    }
}

impl From<&DesKey> for Cipher {
    fn from(key: &DesKey) -> Self {
        let (left, right) = key.expose().split_at(8);
        let single = left.iter().zip(right).all(|(left, right)| (left ^ right) & 0xFE == 0);
        Self::Tdes(TdesEde2::new(key.expose().into()), single)
    }
}

impl Cipher {
    /// Bytes in a block.
    pub(crate) const fn block(&self) -> usize {
        match self {
            Self::Tdes(..) => 8,
            Self::Aes(_) => 16,
        }
    }

    /// Whether this is a DES key written twice.
    pub(crate) const fn is_single_des(&self) -> bool {
        matches!(self, Self::Tdes(_, true))
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

    /// CMAC of `message`, chained from `iv`. The whole last block; 8-byte ciphers fill half of it.
    ///
    /// Source: NIST SP 800-38B §6.2; starting from a chaining value is DESFire EV1's addition.
    pub(crate) fn cmac(&self, iv: Iv, message: &[u8]) -> Iv {
        let whole = !message.is_empty() && message.len().is_multiple_of(self.block());
        let mut padded = Zeroizing::new(message.to_vec());
        if !whole {
            pad80(&mut padded, self.block());
        }
        self.mac_of_blocks(iv, &mut padded, !whole)
    }

    /// The last block of a CMAC computation over whole blocks, with the subkey for padded or
    /// unpadded input.
    pub(crate) fn mac_of_blocks(&self, mut iv: Iv, blocks: &mut [u8], padded: bool) -> Iv {
        let mut zero = [0; 16];
        if let Some(block) = zero.get_mut(..self.block()) {
            self.encrypt(block);
        }
        let mut subkey = double(zero, self.block());
        if padded {
            subkey = double(subkey, self.block());
        }
        if let Some(last) = blocks.chunks_exact_mut(self.block()).next_back() {
            xor(last, &subkey);
        }
        self.cbc_encrypt(&mut iv, blocks);
        iv
    }

    fn encrypt(&self, block: &mut [u8]) {
        match self {
            Self::Tdes(cipher, _) => {
                if let Ok(block) = block.try_into() {
                    cipher.encrypt_block(block);
                }
            }
            Self::Aes(cipher) => {
                if let Ok(block) = block.try_into() {
                    cipher.encrypt_block(block);
                }
            }
        }
    }

    fn decrypt(&self, block: &mut [u8]) {
        match self {
            Self::Tdes(cipher, _) => {
                if let Ok(block) = block.try_into() {
                    cipher.decrypt_block(block);
                }
            }
            Self::Aes(cipher) => {
                if let Ok(block) = block.try_into() {
                    cipher.decrypt_block(block);
                }
            }
        }
    }
}

/// Adds `80 00 …` up to a whole block; always at least one byte.
pub(crate) fn pad80(data: &mut Vec<u8>, block: usize) {
    data.push(0x80);
    pad_zero(data, block);
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

fn double(block: Iv, width: usize) -> Iv {
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

fn xor(block: &mut [u8], with: &[u8]) {
    for (to, from) in block.iter_mut().zip(with) {
        *to ^= from;
    }
}

fn copy(iv: &mut Iv, block: &[u8]) {
    for (to, from) in iv.iter_mut().zip(block) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn aes_cmac_vectors() {
        let text = include_str!("../tests/vectors/desfire.json");
        let file: Value = serde_json::from_str(text).unwrap();
        let mut checked = 0;
        for vector in file["vectors"].as_array().unwrap() {
            if vector["kind"] == "aes_cmac" {
                let hex = |part: &str, field: &str| {
                    hex::decode(vector[part][field].as_str().unwrap()).unwrap()
                };
                let key = AesKey::new(hex("inputs", "key").try_into().unwrap());
                let mac = Cipher::from(&key).cmac([0; 16], &hex("inputs", "message"));
                assert_eq!(mac.as_slice(), hex("expected", "cmac"), "{}", vector["name"]);
                checked += 1;
            }
        }
        assert!(checked > 0, "no vector of kind aes_cmac");
    }
}
