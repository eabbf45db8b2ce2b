//! The ciphers as the protocol uses them, bare: for tools and tests that compare with other
//! implementations. Nothing here is needed to talk to a card.

use alloc::vec::Vec;

use crate::Key;
use crate::cipher::Cipher;

/// CMAC of `message`: 8 bytes for DES keys, 16 for AES.
///
/// Source: NIST SP 800-38B §6.2.
pub fn cmac(key: &Key, message: &[u8]) -> Vec<u8> {
    let cipher = cipher(key);
    let mut mac = cipher.cmac([0; 16], &[message]).to_vec();
    mac.truncate(cipher.block());
    mac
}

/// The subkeys of [`cmac`], for messages that end on a block and for others.
pub fn cmac_subkeys(key: &Key) -> [Vec<u8>; 2] {
    let cipher = cipher(key);
    cipher.subkeys().map(|subkey| {
        let mut subkey = subkey.to_vec();
        subkey.truncate(cipher.block());
        subkey
    })
}

/// Deciphers whole blocks in CBC from a start value of zeros; what is over stays as it is.
pub fn decipher(key: &Key, data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    cipher(key).cbc_decrypt(&mut [0; 16], &mut data);
    data
}

/// Enciphers whole blocks in CBC from a start value of zeros; what is over stays as it is.
pub fn encipher(key: &Key, data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    cipher(key).cbc_encrypt(&mut [0; 16], &mut data);
    data
}

fn cipher(key: &Key) -> Cipher {
    match key {
        Key::Des(key) => key.into(),
        Key::Des3(key) => key.into(),
        Key::Aes(key) => key.into(),
    }
}
