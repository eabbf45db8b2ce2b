//! Sessions: what a signed-in browser holds, and what proves that a form is its own.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::account::Account;

/// What a browser shows to be let in again: 32 random bytes, in the URL-safe alphabet of Base64
/// without padding (43 characters). It is handed out once and kept nowhere; only its hash is.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<String>);

impl SessionToken {
    pub(crate) fn new(random: &[u8; 32]) -> Self {
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(random)))
    }

    /// The token's text, for a cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// SHA-256 of a token's 32 bytes: by what its session is found.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The hash of a token; none when the text cannot be one.
    pub fn of(token: &str) -> Option<Self> {
        bytes(token).map(|bytes| Self(Sha256::digest(*bytes).into()))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub account: Account,
    /// Since when.
    pub started: Timestamp,
    /// When it ends if nothing more is done.
    pub idle_until: Timestamp,
    /// When it ends in any case.
    pub ends: Timestamp,
}

/// The text that every form of a session carries, so that no other site can send it: 43 characters,
/// derived from the token and kept nowhere. It does not reveal the token.
///
/// Empty for a text that is no token.
pub fn csrf(token: &str) -> String {
    mac(token).map(|mac| URL_SAFE_NO_PAD.encode(mac)).unwrap_or_default()
}

/// Whether `given` is the [`csrf`] text of this token. Takes the same time for every wrong text.
pub fn csrf_ok(token: &str, given: &str) -> bool {
    let (Some(expected), Some(given)) = (mac(token), bytes(given)) else { return false };
    expected.ct_eq(given.as_slice()).into()
}

fn mac(token: &str) -> Option<[u8; 32]> {
    let key = bytes(token)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("any length is a key");
    mac.update(b"congvu form 1");
    Some(mac.finalize().into_bytes().into())
}

/// Exactly one text stands for 32 given bytes, so that a token has one spelling.
fn bytes(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
    decoded.as_slice().try_into().ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_43_characters_and_shows_nothing_of_itself() {
        let token = SessionToken::new(&[7; 32]);
        assert_eq!(token.as_str().len(), 43);
        assert_eq!(format!("{token:?}"), "SessionToken(..)");
        assert!(!format!("{:?}", TokenHash::of(token.as_str())).contains('7'));
    }

    #[test]
    fn what_is_no_token_has_no_hash_and_proves_nothing() {
        let token = SessionToken::new(&[7; 32]);
        let other_spelling = format!("{}=", token.as_str());
        // The last character carries four bits: others stand for the same bytes in a lax reader.
        let lax = format!("{}d", &token.as_str()[..42]);
        let long = "A".repeat(100_000);
        for bad in ["", "a", "not base64!", &other_spelling, &lax, &token.as_str()[1..], &long] {
            assert_eq!(TokenHash::of(bad), None, "{bad:.60}");
            assert_eq!(csrf(bad), "");
            assert!(!csrf_ok(bad, ""));
            assert!(!csrf_ok(bad, &csrf(bad)));
        }
    }

    #[test]
    fn a_form_is_proven_by_the_text_of_its_own_session_only() {
        let (mine, other) = (SessionToken::new(&[7; 32]), SessionToken::new(&[8; 32]));
        let text = csrf(mine.as_str());
        assert!(csrf_ok(mine.as_str(), &text));
        assert!(!csrf_ok(other.as_str(), &text));
        assert!(!csrf_ok(mine.as_str(), mine.as_str()));
        assert!(!csrf_ok(mine.as_str(), ""));
        assert!(!csrf_ok(mine.as_str(), &text[..42]));
        assert_ne!(text, mine.as_str());
    }
}
