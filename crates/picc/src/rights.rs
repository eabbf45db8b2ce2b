//! Who may do what: access rights and communication mode of a file, key settings of an application.

use serde::{Deserialize, Serialize};

/// Who may use one right of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Whoever has authenticated with this key of the application, 0 to 13.
    Key(u8),
    /// Anybody, without authentication.
    Free,
    /// Nobody.
    Never,
}

/// The four rights of a file, one nibble each: read, write, read and write, change the rights.
///
/// The 16-bit value has reading in bits 15 to 12, writing in 11 to 8, reading and writing in 7 to 4 and
/// changing in 3 to 0; it goes over the air low byte first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessRights(u16);

/// How the data of a file travel once a key has been authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommMode {
    /// As they are.
    Plain,
    /// As they are, followed by a MAC.
    Mac,
    /// Enciphered and protected against change.
    Full,
}

/// The first key settings byte of the card or of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeySettings(pub(crate) u8);

/// Which key lets its holder change a key of an application other than the master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyChanger {
    /// This key changes all others.
    Key(u8),
    /// Each key changes itself.
    Itself,
    /// No key but the master key can be changed.
    Nobody,
}

impl AccessRights {
    /// Reads the two bytes as they are sent.
    pub fn from_wire(bytes: [u8; 2]) -> Self {
        AccessRights(u16::from_le_bytes(bytes))
    }

    /// The two bytes as they are sent.
    pub fn to_wire(self) -> [u8; 2] {
        self.0.to_le_bytes()
    }

    /// Who may read.
    pub fn read(self) -> Access {
        Access::from_nibble(self.0 >> 12)
    }

    /// Who may write.
    pub fn write(self) -> Access {
        Access::from_nibble(self.0 >> 8)
    }

    /// Who may read and write.
    pub fn read_write(self) -> Access {
        Access::from_nibble(self.0 >> 4)
    }

    /// Who may change these rights.
    pub fn change(self) -> Access {
        Access::from_nibble(self.0)
    }

    /// Whether every key that these rights name exists among `keys` keys.
    pub(crate) fn name_only_keys_below(self, keys: usize) -> bool {
        [self.read(), self.write(), self.read_write(), self.change()].into_iter().all(|access| {
            match access {
                Access::Key(number) => usize::from(number) < keys,
                Access::Free | Access::Never => true,
            }
        })
    }
}

impl Access {
    fn from_nibble(bits: u16) -> Self {
        match (bits & 0x0F) as u8 {
            0x0E => Access::Free,
            0x0F => Access::Never,
            number => Access::Key(number),
        }
    }
}

impl CommMode {
    /// Reads the two low bits of a file option; both values with bit 0 clear mean plain.
    pub(crate) fn from_option(option: u8) -> Self {
        match option & 0x03 {
            0x01 => CommMode::Mac,
            0x03 => CommMode::Full,
            _ => CommMode::Plain,
        }
    }

    /// The two low bits of a file option.
    pub(crate) fn to_option(self) -> u8 {
        match self {
            CommMode::Plain => 0x00,
            CommMode::Mac => 0x01,
            CommMode::Full => 0x03,
        }
    }
}

impl KeySettings {
    /// Settings of a card fresh from the factory: everything free but what needs the master key anyway.
    pub(crate) const FACTORY: KeySettings = KeySettings(0x0F);

    pub(crate) fn master_key_changeable(self) -> bool {
        self.0 & 0x01 != 0
    }

    pub(crate) fn listing_is_free(self) -> bool {
        self.0 & 0x02 != 0
    }

    pub(crate) fn creation_is_free(self) -> bool {
        self.0 & 0x04 != 0
    }

    pub(crate) fn settings_changeable(self) -> bool {
        self.0 & 0x08 != 0
    }

    pub(crate) fn key_changer(self) -> KeyChanger {
        match self.0 >> 4 {
            0x0E => KeyChanger::Itself,
            0x0F => KeyChanger::Nobody,
            number => KeyChanger::Key(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_3012_mean_read_1_write_2_both_3_change_0() {
        let rights = AccessRights::from_wire([0x30, 0x12]);
        assert_eq!(rights.read(), Access::Key(1));
        assert_eq!(rights.write(), Access::Key(2));
        assert_eq!(rights.read_write(), Access::Key(3));
        assert_eq!(rights.change(), Access::Key(0));
        assert_eq!(rights.to_wire(), [0x30, 0x12]);
    }

    #[test]
    fn rights_that_name_a_missing_key_are_noticed() {
        let rights = AccessRights::from_wire([0x30, 0x12]);
        assert!(rights.name_only_keys_below(4));
        assert!(!rights.name_only_keys_below(3));
        assert!(AccessRights::from_wire([0xEE, 0xFF]).name_only_keys_below(1));
    }
}
