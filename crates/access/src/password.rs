//! Passwords: made here, and compared as Argon2id hashes.
//!
//! Source: RFC 9106 (Argon2); OWASP, "Password Storage Cheat Sheet" (19 MiB, two passes, one lane).

use argon2::password_hash::{CustomizedPasswordHasher as _, PasswordVerifier as _, phc};
use argon2::{Argon2, Params};
use zeroize::Zeroizing;

use crate::account::PasswordHash;

/// Longer ones are wrong: no password made here is, and nobody shall make us hash a novel.
pub(crate) const LONGEST: usize = 1024;

/// The hash of `password`. Takes tens of milliseconds and 19 MiB.
pub(crate) fn hash(password: &[u8], salt: &[u8; 16]) -> Option<PasswordHash> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    let hashed: phc::PasswordHash =
        Argon2::default().hash_password_with_params(password, salt, params).ok()?;
    Some(PasswordHash(hashed.to_string()))
}

/// Whether `password` is the one that was hashed. Costs as much as [`hash`].
pub(crate) fn is(password: &[u8], hash: &PasswordHash) -> bool {
    let Ok(hash) = phc::PasswordHash::new(&hash.0) else { return false };
    Argon2::default().verify_password(password, &hash).is_ok()
}

/// A password of 16 characters, 80 bits of `random`, in four groups. Letters and digits that look
/// alike are left out, so that it can be read to somebody and written down.
pub(crate) fn generate(random: &[u8; 16]) -> Zeroizing<String> {
    let mut password = Zeroizing::new(String::with_capacity(19));
    for (place, byte) in random.iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            password.push('-');
        }
        let letter = LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'x');
        password.push(char::from(letter));
    }
    password
}

/// Thirty-two, so that five bits choose one evenly.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_and_no_other() {
        let hash = hash(b"mat khau", &[1; 16]).unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        assert!(is(b"mat khau", &hash));
        assert!(!is(b"mat khau ", &hash));
        assert!(!is(b"", &hash));
    }

    #[test]
    fn what_is_no_hash_recognises_nothing() {
        for bad in ["", "$argon2id$", "mat khau", "$2y$10$abcdefghijklmnopqrstuv"] {
            assert!(!is(b"mat khau", &PasswordHash(bad.to_owned())), "{bad}");
        }
    }

    #[test]
    fn a_made_password_is_four_groups_without_letters_that_look_alike() {
        let random: [u8; 16] = std::array::from_fn(|n| u8::try_from(n * 17).unwrap());
        let password = generate(&random);
        let groups: Vec<_> = password.split('-').collect();
        assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4), "{groups:?}");
        let mut letters = LETTERS.to_vec();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 32);
        assert!(!letters.iter().any(|letter| b"lo01".contains(letter)));
    }
}
