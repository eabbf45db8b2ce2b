//! Identities: one type each, so that none can stand where another belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A managing body: ministry, sector or province. Never changes; its agency codes do.
    AuthorityId;
    /// A person in the registry. The personal id number is an attribute of it.
    PersonId;
    /// One request for one card.
    RequestId;
    /// Requests that were made, and are decided, together.
    BatchId;
    /// One piece of plastic.
    CardId;
    /// One row of history.
    EventId;
    /// One order to a station to make cards.
    RunId;
}

/// The account of a person, or the name of a machine, that acts: 1 to 64 of `a-z 0-9 . _ -`.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Actor(String);

impl Actor {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is no account name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an account name is 1 to 64 of a-z, 0-9, '.', '_' and '-'")]
pub struct BadActor;

impl FromStr for Actor {
    type Err = BadActor;

    fn from_str(text: &str) -> Result<Self, BadActor> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
        if fits { Ok(Self(text.to_owned())) } else { Err(BadActor) }
    }
}

impl TryFrom<String> for Actor {
    type Error = BadActor;

    fn try_from(text: String) -> Result<Self, BadActor> {
        text.parse()
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The 7-byte serial number that a chip carries from the factory. Written as 14 hex digits.
///
/// With random UID switched on this is the true one, never what anticollision shows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChipUid(pub [u8; 7]);

/// The text is no 7-byte UID in hex.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a chip UID is 14 hex digits")]
pub struct BadUid;

impl FromStr for ChipUid {
    type Err = BadUid;

    fn from_str(text: &str) -> Result<Self, BadUid> {
        if text.len() != 14 || !text.is_ascii() {
            return Err(BadUid);
        }
        let value = u64::from_str_radix(text, 16).map_err(|_| BadUid)?;
        let [_, uid @ ..] = value.to_be_bytes();
        if text.starts_with(['+', '-']) { Err(BadUid) } else { Ok(Self(uid)) }
    }
}

impl TryFrom<String> for ChipUid {
    type Error = BadUid;

    fn try_from(text: String) -> Result<Self, BadUid> {
        text.parse()
    }
}

impl From<ChipUid> for String {
    fn from(uid: ChipUid) -> Self {
        uid.to_string()
    }
}

impl fmt::Display for ChipUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actor_refuses_what_could_hide_in_a_log() {
        for bad in ["", "A", "a b", "a\n", "nguyễn", &"a".repeat(65)] {
            assert_eq!(bad.parse::<Actor>(), Err(BadActor), "{bad:?}");
        }
        assert_eq!("hr.lan-01".parse::<Actor>().unwrap().to_string(), "hr.lan-01");
    }

    #[test]
    fn uid_reads_what_it_writes() {
        let uid = ChipUid([0x04, 0x64, 0xD5, 0x9A, 0xDD, 0x1E, 0x90]);
        assert_eq!(uid.to_string(), "0464D59ADD1E90");
        assert_eq!("0464d59add1e90".parse(), Ok(uid));
        for bad in ["", "0464D59ADD1E9", "0464D59ADD1E9G", "+464D59ADD1E90", "0464D59ADD1E9é"] {
            assert_eq!(bad.parse::<ChipUid>(), Err(BadUid), "{bad}");
        }
    }
}
