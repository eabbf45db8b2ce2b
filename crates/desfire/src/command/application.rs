//! Applications: creating and deleting them, also under delegation.

use alloc::vec::Vec;
use core::fmt;

use super::{Aid, Command, Mode};
use crate::{Ins, KeyNo, KeyType, Misuse};

/// First byte of the key settings of a level.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeySettings(pub u8);

impl KeySettings {
    /// The master key may be changed.
    pub const MASTER_CHANGEABLE: u8 = 0x01;
    /// Listing needs no key.
    pub const FREE_LISTING: u8 = 0x02;
    /// Creating and deleting needs no key.
    pub const FREE_CREATE: u8 = 0x04;
    /// These settings may be changed.
    pub const CHANGEABLE: u8 = 0x08;
    /// In the upper four bits: each key is changed under itself.
    pub const CHANGE_BY_ITSELF: u8 = 0xE0;
    /// In the upper four bits: no key but the master key is ever changed.
    pub const CHANGE_NEVER: u8 = 0xF0;

    /// The settings with the key that changing others needs: 0 to 13.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for another key.
    pub const fn with_change_key(self, key: KeyNo) -> Result<Self, Misuse> {
        if key.get() > 0x0D {
            return Err(Misuse::OutOfRange("key that changes others"));
        }
        Ok(Self(self.0 & 0x0F | key.get() << 4))
    }
}

/// How a level is set up.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AppSettings {
    /// Key settings; the upper four bits name the key that changing a key needs.
    pub settings: KeySettings,
    /// Kind of all its keys.
    pub key_type: KeyType,
    /// Number of keys, 1 to 14.
    pub keys: u8,
    /// Whether its files may bear ISO file identifiers.
    pub iso_files: bool,
}

impl AppSettings {
    /// An application with AES keys, whose files bear no ISO file identifiers.
    pub const fn aes(settings: KeySettings, keys: u8) -> Self {
        Self { settings, key_type: KeyType::Aes, keys, iso_files: false }
    }
}

/// Key sets of an application: further sets of keys beside the active one, to roll to at once.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeySets {
    /// Version of the first set.
    pub version: u8,
    /// Number of sets, 2 to 16.
    pub sets: u8,
    /// The largest kind of key that a set may hold.
    pub largest: KeyType,
    /// The key that may roll.
    pub roll_key: KeyNo,
}

/// A DF name, 1 to 16 bytes, by which ISO 7816-4 selects.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct DfName {
    bytes: [u8; 16],
    length: u8,
}

impl DfName {
    /// The name of the NDEF application on a tag of type 4.
    pub const NDEF: Self =
        Self { bytes: [0xD2, 0x76, 0, 0, 0x85, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], length: 7 };

    /// A name.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for another length than 1 to 16.
    pub fn new(name: &[u8]) -> Result<Self, Misuse> {
        let Ok(length @ 1..=16) = u8::try_from(name.len()) else {
            return Err(Misuse::OutOfRange("length of the DF name"));
        };
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(name) {
            *to = *from;
        }
        Ok(Self { bytes, length })
    }

    /// The name.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl fmt::Debug for DfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DfName(")?;
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
        f.write_str(")")
    }
}

/// An application to be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NewApplication {
    /// Its identifier.
    pub aid: Aid,
    /// Keys and what they allow.
    pub settings: AppSettings,
    /// Key sets (EV2 and later).
    pub key_sets: Option<KeySets>,
    /// ISO file identifier of the application itself.
    pub iso_id: Option<u16>,
    /// DF name; needs an ISO file identifier.
    pub df_name: Option<DfName>,
}

impl NewApplication {
    /// An application without key sets and ISO names.
    pub const fn new(aid: Aid, settings: AppSettings) -> Self {
        Self { aid, settings, key_sets: None, iso_id: None, df_name: None }
    }

    /// Key settings and what follows them.
    ///
    /// Source: behaviour seen on DESFire EV1 to EV3.
    fn to_wire(self) -> Result<Vec<u8>, Misuse> {
        let AppSettings { settings, key_type, keys, iso_files } = self.settings;
        if !(1..=14).contains(&keys) {
            return Err(Misuse::OutOfRange("number of keys"));
        }
        let more = if self.key_sets.is_some() { 0x10 } else { 0 };
        let ids = if iso_files { 0x20 } else { 0 };
        let mut out = Vec::from([settings.0, key_type.bits() | ids | more | keys]);
        if let Some(KeySets { version, sets, largest, roll_key }) = self.key_sets {
            if !(2..=16).contains(&sets) {
                return Err(Misuse::OutOfRange("number of key sets"));
            }
            if roll_key.get() > 0x0D {
                return Err(Misuse::OutOfRange("key that rolls"));
            }
            let size = if largest == KeyType::Des3 { 0x18 } else { 0x10 };
            out.extend([0x01, version, sets, size, roll_key.get()]);
        }
        if let Some(id) = self.iso_id {
            out.extend(id.to_le_bytes());
        }
        if let Some(name) = self.df_name {
            if self.iso_id.is_none() {
                return Err(Misuse::Contradiction("a DF name needs an ISO file identifier"));
            }
            out.extend_from_slice(name.as_bytes());
        }
        Ok(out)
    }
}

/// Leave to make one application: what its issuer hands to the party that will own it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Delegation {
    /// The slot that the application takes.
    pub slot: u16,
    /// Version of the slot.
    pub slot_version: u8,
    /// Memory that the application may take up, in blocks of 32 bytes.
    pub quota: u16,
    /// The application's first key, enciphered ([`crate::dam::encrypted_key`]).
    pub encrypted_key: [u8; 32],
    /// MAC of all of it ([`crate::dam::creation_mac`]).
    pub mac: [u8; 8],
}

impl Command {
    /// `CreateApplication`. Its keys are zeros, or the card's default key.
    ///
    /// # Errors
    ///
    /// [`Misuse`] for settings that no application can have.
    pub fn create_application(new: &NewApplication) -> Result<Self, Misuse> {
        let mut header = new.aid.to_wire().to_vec();
        header.extend(new.to_wire()?);
        Ok(Self::new(Ins::CREATE_APPLICATION, Mode::Mac, &header))
    }

    /// `DeleteApplication`. Its memory comes back with `FormatPICC` only, save on later chips for
    /// the application made last.
    pub fn delete_application(aid: Aid) -> Self {
        Self::new(Ins::DELETE_APPLICATION, Mode::Mac, &aid.to_wire())
    }

    /// `DeleteApplication` of a delegated application by its issuer's leave
    /// ([`crate::dam::deletion_mac`]).
    pub fn delete_delegated_application(aid: Aid, mac: [u8; 8]) -> Self {
        let mut header = aid.to_wire().to_vec();
        header.extend(mac);
        Self::new(Ins::DELETE_APPLICATION, Mode::Mac, &header)
    }

    /// `CreateDelegatedApplication`, under [`KeyNo::DAM_AUTH`].
    ///
    /// # Errors
    ///
    /// [`Misuse`] for settings that no application can have.
    pub fn create_delegated_application(
        new: &NewApplication,
        leave: &Delegation,
    ) -> Result<Self, Misuse> {
        let mut header = delegated_parameters(new, leave.slot, leave.slot_version, leave.quota)?;
        header.extend(leave.encrypted_key);
        header.extend(leave.mac);
        Ok(Self::new(Ins::CREATE_DELEGATED_APPLICATION, Mode::Mac, &header))
    }

    /// `GetDelegatedInfo` of a slot.
    pub fn get_delegated_info(slot: u16) -> Self {
        Self::new(Ins::GET_DELEGATED_INFO, Mode::Mac, &slot.to_le_bytes()).expecting(8)
    }
}

/// The parameters that the issuer's MAC covers: what the first frame carries.
pub(crate) fn delegated_parameters(
    new: &NewApplication,
    slot: u16,
    slot_version: u8,
    quota: u16,
) -> Result<Vec<u8>, Misuse> {
    let mut out = new.aid.to_wire().to_vec();
    out.extend(slot.to_le_bytes());
    out.push(slot_version);
    out.extend(quota.to_le_bytes());
    out.extend(new.to_wire()?);
    Ok(out)
}
