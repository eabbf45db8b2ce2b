//! Sealing: XChaCha20-Poly1305 with a nonce that survives a bad random source.
//!
//! The nonce is an HMAC over fresh random bytes, the associated data and the plaintext. Were the
//! random bytes ever to repeat (a restored snapshot of a machine), two different messages would
//! still get different nonces.
//!
//! Source: draft-irtf-cfrg-xchacha-03 (cipher).

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, NoEntropy};
use crate::port::UseError;

/// Version (1), nonce (24), tag (16).
pub(crate) const OVERHEAD: usize = 1 + NONCE + 16;

const VERSION: u8 = 1;
const NONCE: usize = 24;

/// A 32-byte key of our own, wiped on drop.
pub(crate) type SealKey = Zeroizing<[u8; 32]>;

/// Fills a new key.
pub(crate) fn new_key(entropy: &dyn Entropy) -> Result<SealKey, NoEntropy> {
    let mut key = SealKey::default();
    entropy.fill(key.as_mut_slice())?;
    Ok(key)
}

/// `version ‖ nonce ‖ ciphertext ‖ tag`.
pub(crate) fn seal(
    key: &SealKey,
    entropy: &dyn Entropy,
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, NoEntropy> {
    let nonce = hedged_nonce(key, entropy, aad, plaintext)?;
    let ciphertext = cipher(key)
        .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad })
        .expect("a message is far below the cipher's limit of 256 GiB");
    let mut sealed = Vec::with_capacity(OVERHEAD + plaintext.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens what [`seal`] made.
pub(crate) fn open(key: &SealKey, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UseError> {
    let (&[VERSION], rest) = sealed.split_first_chunk().ok_or(UseError::NotOurs)? else {
        return Err(UseError::NotOurs);
    };
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(UseError::NotOurs)?;
    cipher(key)
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad })
        .map_err(|_| UseError::NotOurs)
}

/// The cipher under `key`.
pub(crate) fn cipher(key: &SealKey) -> XChaCha20Poly1305 {
    let key: &[u8; 32] = key;
    XChaCha20Poly1305::new(key.into())
}

fn hedged_nonce(
    key: &SealKey,
    entropy: &dyn Entropy,
    aad: &[u8],
    plaintext: &[u8],
) -> Result<[u8; NONCE], NoEntropy> {
    let mut fresh = [0; 32];
    entropy.fill(&mut fresh)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("HMAC takes any length");
    mac.update(b"congvu/nonce/1");
    mac.update(&fresh);
    mac.update(&u64::try_from(aad.len()).expect("a length fits 64 bits").to_be_bytes());
    mac.update(aad);
    mac.update(plaintext);
    let full = <[u8; 32]>::from(mac.finalize().into_bytes());
    Ok(*full.first_chunk().expect("24 of 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worst source: the same bytes each time.
    #[derive(Debug)]
    struct Stuck;

    impl Entropy for Stuck {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
            bytes.fill(0x5A);
            Ok(())
        }
    }

    #[test]
    fn stuck_source_still_gives_each_message_its_own_nonce() {
        let key = SealKey::new([1; 32]);
        let sealed = |aad: &[u8], text: &[u8]| seal(&key, &Stuck, aad, text).unwrap();
        let nonces =
            [sealed(b"a", b"x"), sealed(b"a", b"y"), sealed(b"b", b"x"), sealed(b"ax", b"")]
                .map(|bytes| bytes[1..25].to_vec());
        for (i, nonce) in nonces.iter().enumerate() {
            assert!(nonces[i + 1..].iter().all(|other| other != nonce));
        }
    }

    #[test]
    fn overhead_is_41_bytes() {
        let sealed = seal(&SealKey::new([1; 32]), &Stuck, b"", b"abc").unwrap();
        assert_eq!(sealed.len(), 3 + OVERHEAD);
        assert_eq!(OVERHEAD, 41);
    }

    #[test]
    fn refuses_truncated_altered_and_moved_bytes() {
        let key = SealKey::new([1; 32]);
        let sealed = seal(&key, &Stuck, b"here", b"secret").unwrap();
        assert_eq!(open(&key, b"here", &sealed).unwrap(), b"secret");
        assert_eq!(open(&key, b"there", &sealed), Err(UseError::NotOurs));
        assert_eq!(open(&SealKey::new([2; 32]), b"here", &sealed), Err(UseError::NotOurs));
        for length in 0..sealed.len() {
            assert_eq!(open(&key, b"here", &sealed[..length]), Err(UseError::NotOurs));
        }
        for position in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[position] ^= 1;
            assert_eq!(open(&key, b"here", &altered), Err(UseError::NotOurs), "byte {position}");
        }
    }
}
