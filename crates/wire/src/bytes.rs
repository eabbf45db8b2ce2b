//! Bytes inside a text message.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes, written as Base64 (RFC 4648 §4). `Debug` shows the length only.
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes(pub Vec<u8>);

/// A 16-byte key on its way to a station. Never printed, wiped on drop, written as Base64.
#[derive(Clone, Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(try_from = "String", into = "String")]
pub struct KeyBytes([u8; 16]);

/// The text is no Base64 of the right length.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not Base64, or not of the right length")]
pub struct BadBytes;

impl KeyBytes {
    /// Wraps a key.
    pub const fn new(key: [u8; 16]) -> Self {
        Self(key)
    }

    /// Lends the key to whoever loads it into a session.
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBytes(..)")
    }
}

impl TryFrom<String> for KeyBytes {
    type Error = BadBytes;

    fn try_from(mut text: String) -> Result<Self, BadBytes> {
        let mut decoded = STANDARD.decode(&text).map_err(|_| BadBytes)?;
        let key = decoded.as_slice().try_into().map(Self).map_err(|_| BadBytes);
        decoded.zeroize();
        text.zeroize();
        key
    }
}

impl From<KeyBytes> for String {
    fn from(key: KeyBytes) -> Self {
        STANDARD.encode(key.0)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} B)", self.0.len())
    }
}

impl TryFrom<String> for Bytes {
    type Error = BadBytes;

    fn try_from(text: String) -> Result<Self, BadBytes> {
        STANDARD.decode(text).map(Self).map_err(|_| BadBytes)
    }
}

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        STANDARD.encode(bytes.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_reads_what_it_writes_and_is_not_printed() {
        let key = KeyBytes::new([0xAB; 16]);
        let text = serde_json::to_string(&key).unwrap();
        let back: KeyBytes = serde_json::from_str(&text).unwrap();
        assert_eq!(back.expose(), key.expose());
        assert_eq!(format!("{key:?}"), "KeyBytes(..)");
        assert!(serde_json::from_str::<KeyBytes>("\"AAAA\"").is_err());
        assert!(serde_json::from_str::<KeyBytes>("\"*\"").is_err());
    }
}
