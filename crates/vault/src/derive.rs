//! Derivation of the keys of one chip from the master of its authority.

use aes::Aes128;
use cmac::{Cmac, KeyInit as _, Mac as _};
use zeroize::Zeroizing;

use crate::CardKey;
use crate::port::UseError;

/// The key that `master` gives for `input`.
///
/// `input` is 16 to 31 bytes: the chip's UID (7), the application id as the chip orders it (3) and
/// a purpose label. With fewer than 16 bytes the method would no longer be a plain CMAC, which is
/// all that a token can compute, so shorter inputs are refused here although the method has them.
///
/// Source: NXP AN10922 §2.2 (AES-128, constant `01`).
///
/// # Errors
///
/// [`UseError::InputLength`] when `input` is shorter than 16 or longer than 31 bytes.
pub fn diversify(master: &[u8; 16], input: &[u8]) -> Result<CardKey, UseError> {
    if !(SHORTEST..=LONGEST).contains(&input.len()) {
        return Err(UseError::InputLength { length: input.len() });
    }
    let mut mac = Cmac::<Aes128>::new(master.into());
    mac.update(&[CONSTANT]);
    mac.update(input);
    let bytes = Zeroizing::new(<[u8; 16]>::from(mac.finalize().into_bytes()));
    Ok(CardKey::new(*bytes))
}

const CONSTANT: u8 = 0x01;
const SHORTEST: usize = 16;
const LONGEST: usize = 31;

#[cfg(test)]
mod tests {
    use super::*;

    /// Published in AN10922 §2.2.1.
    #[test]
    fn derives_the_published_key() {
        let master = hex::decode("00112233445566778899AABBCCDDEEFF").unwrap();
        let input = hex::decode("04782E21801D803042F54E585020416275").unwrap();
        let key = diversify(master.as_slice().try_into().unwrap(), &input).unwrap();
        assert_eq!(hex::encode_upper(key.expose()), "A8DD63A3B89D54B37CA802473FDA9175");
    }

    /// The two ends of the range, computed with a second implementation of AN10922 (subkey K2 for
    /// the padded message, K1 for the full one) written out block by block.
    #[test]
    fn agrees_with_the_method_written_out_block_by_block() {
        for length in SHORTEST..=LONGEST {
            let input: Vec<u8> = (1..=u8::try_from(length).unwrap()).collect();
            let key = diversify(&[7; 16], &input).unwrap();
            assert_eq!(key.expose(), &block_by_block(&[7; 16], &input), "{length} bytes");
        }
    }

    #[test]
    fn refuses_inputs_outside_the_range() {
        for length in [0, 7, 15, 32, 64] {
            let refused = diversify(&[7; 16], &vec![1; length]).unwrap_err();
            assert_eq!(refused, UseError::InputLength { length });
        }
    }

    fn block_by_block(master: &[u8; 16], input: &[u8]) -> [u8; 16] {
        use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
        let cipher = Aes128::new(master.into());
        let encrypt = |block: [u8; 16]| {
            let mut block = block.into();
            cipher.encrypt_block(&mut block);
            <[u8; 16]>::from(block)
        };
        let double = |block: [u8; 16]| {
            let wide = u128::from_be_bytes(block);
            let reduced = (wide << 1) ^ if wide >> 127 == 1 { 0x87 } else { 0 };
            reduced.to_be_bytes()
        };
        let k1 = double(encrypt([0; 16]));
        let k2 = double(k1);
        let mut message = vec![CONSTANT];
        message.extend_from_slice(input);
        let subkey = if message.len() == 32 { k1 } else { k2 };
        if message.len() < 32 {
            message.push(0x80);
            message.resize(32, 0);
        }
        let xor = |a: [u8; 16], b: &[u8]| std::array::from_fn(|i| a[i] ^ b[i]);
        let first = encrypt(xor([0; 16], &message[..16]));
        encrypt(xor(xor(first, &message[16..]), &subkey))
    }
}
