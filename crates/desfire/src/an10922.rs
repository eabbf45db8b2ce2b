//! Key diversification.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::cipher::{Cipher, pad80};
use crate::{AesKey, Misuse};

/// Derives the AES-128 key of one card and purpose. `input` is 1 to 31 bytes.
///
/// Always two cipher blocks: input shorter than 31 bytes is padded to 32 bytes with its constant,
/// so the result differs from a plain CMAC for up to 15 bytes.
///
/// # Errors
///
/// [`Misuse::DiversificationInput`] for an input of another length.
///
/// Source: NXP AN10922 rev. 2.2 §2.2.
pub fn aes128(master: &AesKey, input: &[u8]) -> Result<AesKey, Misuse> {
    if !(1..=31).contains(&input.len()) {
        return Err(Misuse::DiversificationInput);
    }
    let mut blocks: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(33));
    blocks.push(AES_128);
    blocks.extend_from_slice(input);
    let padded = blocks.len() < 32;
    if padded {
        pad80(&mut blocks, 32);
    }
    Ok(AesKey::new(Cipher::from(master).mac_of_blocks([0; 16], &mut blocks, padded)))
}

/// Diversification constant of an AES-128 key.
const AES_128: u8 = 0x01;
