//! Keys: settings, versions, changes, sets.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Command, KeySettings, Mode};
use crate::{Ins, Key, KeyNo, KeyType, Misuse, NewKey};

impl Command {
    /// `GetKeySettings`.
    pub fn get_key_settings() -> Self {
        Self::new(Ins::GET_KEY_SETTINGS, Mode::Mac, &[])
    }

    /// `ChangeKeySettings`.
    pub fn change_key_settings(settings: KeySettings) -> Self {
        Self::new(Ins::CHANGE_KEY_SETTINGS, Mode::Full, &[]).with_data(&[settings.0])
    }

    /// `GetKeyVersion`.
    pub fn get_key_version(key: KeyNo) -> Self {
        Self::new(Ins::GET_KEY_VERSION, Mode::Mac, &[key.get()]).expecting(1)
    }

    /// `GetKeyVersion` of a key in a key set (EV2 and later).
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for a set above 15.
    pub fn get_key_version_in_set(set: u8, key: KeyNo) -> Result<Self, Misuse> {
        let header = [0x40 | key.get(), set_number(set)?];
        Ok(Self::new(Ins::GET_KEY_VERSION, Mode::Mac, &header).expecting(1))
    }

    /// `GetKeyVersion` for the versions of all key sets (EV2 and later).
    pub fn get_key_set_versions() -> Self {
        Self::new(Ins::GET_KEY_VERSION, Mode::Mac, &[0x40, 0x80])
    }

    /// `ChangeKey` for the key that the session has proven. Ends the session.
    ///
    /// At the PICC level (`at_picc`) the key number carries the type of the new key.
    pub fn change_own_key(key: KeyNo, new: &NewKey, at_picc: bool) -> Self {
        let header = [key_number(key, new, at_picc)];
        change(Ins::CHANGE_KEY, &header, new.bytes(), new).ending_session()
    }

    /// `ChangeKey` for another key than the session's, from `old` to `new`.
    pub fn change_other_key(key: KeyNo, old: &Key, new: &NewKey, at_picc: bool) -> Self {
        let header = [key_number(key, new, at_picc)];
        change_between(Ins::CHANGE_KEY, &header, old, new)
    }

    /// `ChangeKeyEV2` for the key of the active set that the session has proven. Ends the session.
    pub fn change_own_key_ev2(key: KeyNo, new: &NewKey) -> Self {
        change(Ins::CHANGE_KEY_EV2, &[0, key.get()], new.bytes(), new).ending_session()
    }

    /// `ChangeKeyEV2` for a key of any set but the session's own, from `old` to `new`. The keys of a
    /// set that was just initialised are zeros.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for a set above 15.
    pub fn change_key_in_set(set: u8, key: KeyNo, old: &Key, new: &NewKey) -> Result<Self, Misuse> {
        let header = [set_number(set)?, key.get()];
        Ok(change_between(Ins::CHANGE_KEY_EV2, &header, old, new))
    }

    /// `InitializeKeySet`: zeros of one kind in all keys of a set that is not active.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for another set than 1 to 15.
    pub fn initialize_key_set(set: u8, kind: KeyType) -> Result<Self, Misuse> {
        let kind = match kind {
            KeyType::Des => 0,
            KeyType::Des3 => 1,
            KeyType::Aes => 2,
        };
        Ok(Self::new(Ins::INITIALIZE_KEY_SET, Mode::Mac, &[other_set(set)?, kind]))
    }

    /// `FinalizeKeySet`: the set is complete and has this version.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for another set than 1 to 15.
    pub fn finalize_key_set(set: u8, version: u8) -> Result<Self, Misuse> {
        Ok(Self::new(Ins::FINALIZE_KEY_SET, Mode::Mac, &[other_set(set)?, version]))
    }

    /// `RollKeySet`: the set becomes the active one. Ends the session.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for another set than 1 to 15.
    pub fn roll_key_set(set: u8) -> Result<Self, Misuse> {
        Ok(Self::new(Ins::ROLL_KEY_SET, Mode::Mac, &[other_set(set)?]).ending_session())
    }
}

const fn key_number(key: KeyNo, new: &NewKey, at_picc: bool) -> u8 {
    key.get() | if at_picc { new.kind().bits() } else { 0 }
}

fn change(ins: Ins, header: &[u8], key: &[u8], new: &NewKey) -> Command {
    let mut data = Zeroizing::new(Vec::with_capacity(key.len() + 1));
    data.extend_from_slice(key);
    data.extend(new.version());
    Command::new(ins, Mode::Full, header).with_data(&data)
}

fn change_between(ins: Ins, header: &[u8], old: &Key, new: &NewKey) -> Command {
    let mut mixed = Zeroizing::new(new.bytes().to_vec());
    crate::cipher::xor(&mut mixed, old.bytes());
    let mut command = change(ins, header, &mixed, new);
    command.new_key = Some(Zeroizing::new(new.bytes().to_vec()));
    command
}

const fn set_number(set: u8) -> Result<u8, Misuse> {
    if set < 16 { Ok(set) } else { Err(Misuse::OutOfRange("key set")) }
}

const fn other_set(set: u8) -> Result<u8, Misuse> {
    match set {
        1..=15 => Ok(set),
        _ => Err(Misuse::OutOfRange("key set that is not the first")),
    }
}
