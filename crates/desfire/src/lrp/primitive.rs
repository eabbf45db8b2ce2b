//! The leakage-resilient primitive: AES keys that serve for one nibble each.
//!
//! Source: NXP AN12304 §2 and §3, with nibbles (m = 4).

use alloc::vec::Vec;
use core::fmt;

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use zeroize::{Zeroize as _, Zeroizing};

use crate::AesKey;
use crate::cipher::{double, xor};

/// A key of the primitive: 16 secret plaintexts, and one updated key.
#[derive(Clone)]
pub struct Lrp {
    plaintexts: Zeroizing<[[u8; 16]; 16]>,
    updated: AesKey,
}

impl Lrp {
    /// Prepares a key and its updated key number `updated`, counted from 0.
    ///
    /// Source: NXP AN12304 §3.1.1 and §3.1.2 (algorithms 1 and 2).
    pub fn new(key: &AesKey, updated: usize) -> Self {
        let mut plaintexts = Zeroizing::new([[0; 16]; 16]);
        let mut state = Zeroizing::new(encipher(key.expose(), [0x55; 16]));
        for plaintext in plaintexts.iter_mut() {
            *plaintext = encipher(&state, [0xAA; 16]);
            *state = encipher(&state, [0x55; 16]);
        }
        let mut state = Zeroizing::new(encipher(key.expose(), [0xAA; 16]));
        for _ in 0..updated {
            *state = encipher(&state, [0x55; 16]);
        }
        let updated = AesKey::new(encipher(&state, [0xAA; 16]));
        Self { plaintexts, updated }
    }

    /// The secret plaintexts, for comparing with published ones.
    pub fn danger_plaintexts(&self) -> &[[u8; 16]; 16] {
        &self.plaintexts
    }

    /// The updated key, for comparing with published ones.
    pub const fn danger_updated_key(&self) -> &AesKey {
        &self.updated
    }

    /// Evaluates the primitive over nibbles, the first one first; `last` is the final step that
    /// separates an evaluation from those it is the beginning of.
    ///
    /// Source: NXP AN12304 §3.2 (algorithm 3).
    pub fn eval(&self, nibbles: impl IntoIterator<Item = u8>, last: bool) -> [u8; 16] {
        let mut state = Zeroizing::new(*self.updated.expose());
        for nibble in nibbles {
            let plaintext = self.plaintexts.get(usize::from(nibble & 0x0F)).copied();
            *state = encipher(&state, plaintext.unwrap_or_default());
        }
        if last { encipher(&state, [0; 16]) } else { *state }
    }

    /// Enciphers whole blocks in place, each under the evaluation of `counter`, which counts them:
    /// big-endian, of any length, starting again from zero after its highest value.
    ///
    /// Source: NXP AN12304 §3.3 (algorithm 4), without its padding.
    pub fn encrypt(&self, counter: &mut [u8], data: &mut [u8]) {
        for block in data.as_chunks_mut::<16>().0 {
            self.block_cipher(counter).encrypt_block(block.into());
            increment(counter);
        }
    }

    /// The inverse of [`Lrp::encrypt`].
    pub fn decrypt(&self, counter: &mut [u8], data: &mut [u8]) {
        for block in data.as_chunks_mut::<16>().0 {
            self.block_cipher(counter).decrypt_block(block.into());
            increment(counter);
        }
    }

    fn block_cipher(&self, counter: &[u8]) -> Aes128 {
        let mut key = self.eval(nibbles(counter), true);
        let cipher = Aes128::new((&key).into());
        key.zeroize();
        cipher
    }

    /// The two subkeys of [`Lrp::cmac`], for whole and for padded messages.
    pub fn danger_subkeys(&self) -> [[u8; 16]; 2] {
        let whole = double(self.eval(nibbles(&[0; 16]), true), 16);
        [whole, double(whole, 16)]
    }

    /// CMAC of the joined `parts` with this primitive in the place of the block cipher.
    ///
    /// Source: NXP AN12304 §3.4; NIST SP 800-38B §6.2.
    pub fn cmac(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut message: Zeroizing<Vec<u8>> = Zeroizing::new(parts.concat());
        let [whole, padded] = self.danger_subkeys();
        let subkey = if !message.is_empty() && message.len().is_multiple_of(16) {
            whole
        } else {
            crate::cipher::pad80(&mut message, 16);
            padded
        };
        let mut state = [0; 16];
        let (blocks, _) = message.as_chunks::<16>();
        for (place, block) in blocks.iter().enumerate() {
            xor(&mut state, block);
            if place + 1 == blocks.len() {
                xor(&mut state, &subkey);
            }
            state = self.eval(nibbles(&state), true);
        }
        state
    }
}

/// The nibbles of `bytes`, the most significant first.
fn nibbles(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F])
}

fn increment(counter: &mut [u8]) {
    for byte in counter.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
}

fn encipher(key: &[u8; 16], mut block: [u8; 16]) -> [u8; 16] {
    Aes128::new(key.into()).encrypt_block((&mut block).into());
    block
}

impl fmt::Debug for Lrp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lrp(..)")
    }
}
