//! Key diversification.
//!
//! The input is usually the true UID, the application's identifier and a label of the system. All
//! functions take the input whole; none guesses what belongs in it.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::cipher::{Cipher, Iv, pad80};
use crate::{AesKey, Des3Key, DesKey, Misuse};

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
    Ok(AesKey::new(part(&Cipher::from(master), 0x01, input, 32)))
}

/// Derives the two-key triple DES key of one card and purpose. `input` is 1 to 15 bytes. The bits of
/// the version are whatever comes out.
///
/// # Errors
///
/// [`Misuse::DiversificationInput`] for an input of another length.
///
/// Source: NXP AN10922 rev. 2.2 §2.3.
pub fn des2(master: &DesKey, input: &[u8]) -> Result<DesKey, Misuse> {
    let mut key = Zeroizing::new([0; 16]);
    des(&Cipher::from(master), &[0x21, 0x22], input, key.as_mut_slice())?;
    Ok(DesKey::new(*key))
}

/// Derives the three-key triple DES key of one card and purpose. `input` is 1 to 15 bytes. The bits of
/// the version are whatever comes out.
///
/// # Errors
///
/// [`Misuse::DiversificationInput`] for an input of another length.
///
/// Source: NXP AN10922 rev. 2.2 §2.4.
pub fn des3(master: &Des3Key, input: &[u8]) -> Result<Des3Key, Misuse> {
    let mut key = Zeroizing::new([0; 24]);
    des(&Cipher::from(master), &[0x31, 0x32, 0x33], input, key.as_mut_slice())?;
    Ok(Des3Key::new(*key))
}

fn des(cipher: &Cipher, constants: &[u8], input: &[u8], key: &mut [u8]) -> Result<(), Misuse> {
    if !(1..=15).contains(&input.len()) {
        return Err(Misuse::DiversificationInput);
    }
    for (to, constant) in key.chunks_exact_mut(8).zip(constants) {
        for (to, from) in to.iter_mut().zip(part(cipher, *constant, input, 16)) {
            *to = from;
        }
    }
    Ok(())
}

/// The MAC over constant and input, filled up to `length` bytes whatever the cipher's block.
fn part(cipher: &Cipher, constant: u8, input: &[u8], length: usize) -> Iv {
    let mut blocks: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(length + 1));
    blocks.push(constant);
    blocks.extend_from_slice(input);
    let padded = blocks.len() < length;
    if padded {
        pad80(&mut blocks, length);
    }
    cipher.mac_of_blocks(&mut blocks, padded)
}
