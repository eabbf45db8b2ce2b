//! The lay-out of the identity application.

use desfire::{
    Access, AccessRights, Aid, AppSettings, File, FileKind, FileNo, FileSettings, KeyNo,
    KeySettings, Mode,
};
use profile::{ChipRules, KeyUse};

use crate::KeyRole;

/// Application, keys and files, as the profile lays them down.
#[derive(Clone, Debug)]
pub struct Map {
    /// Identifier of the application.
    pub aid: Aid,
    /// What each key is for, by number from 0.
    pub roles: Vec<KeyRole>,
    /// Where the signed record is.
    pub record: File,
    /// Where the photo is. Its size is that of the chip's budget, see [`Map::photo_file`].
    pub photo: File,
    /// Bytes of photo by size of the chip: from this storage on, so many. None where 0.
    pub photo_budgets: Vec<(u32, usize)>,
}

/// The profile's chip map cannot be laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MapError {
    /// Key numbers do not run from 0 without a gap.
    #[error("the key numbers of the chip map do not run from 0 without a gap")]
    Keys,
    /// A role has no key, or the master is not key 0.
    #[error("the chip map lacks a key, or its master key is not number 0")]
    Roles,
    /// A file is missing, or a number or size is out of range.
    #[error("a file of the chip map is missing or out of range")]
    Files,
}

impl Map {
    /// Lays out the profile's chip map.
    ///
    /// # Errors
    ///
    /// [`MapError`] when numbers or sizes are not possible on a chip.
    pub fn from_rules(rules: &ChipRules) -> Result<Self, MapError> {
        let [high, middle, low] = rules.aid.value.0;
        let aid = Aid::from_wire([low, middle, high]);
        let mut roles = Vec::new();
        for number in 0..rules.keys.len() {
            let key = rules.keys.iter().find(|key| usize::from(key.number) == number);
            roles.push(role(key.ok_or(MapError::Keys)?.usage));
        }
        let all = [KeyRole::Check, KeyRole::Update, KeyRole::Proof, KeyRole::Uid];
        if roles.first() != Some(&KeyRole::Master) || !all.iter().all(|role| roles.contains(role)) {
            return Err(MapError::Roles);
        }
        Ok(Self {
            aid,
            roles,
            record: file(rules, "record")?,
            photo: file(rules, "photo")?,
            photo_budgets: rules
                .photo_budgets
                .iter()
                .map(|budget| (budget.storage_bytes, budget.photo_bytes))
                .collect(),
        })
    }

    /// The key in this role.
    pub fn key(&self, role: KeyRole) -> KeyNo {
        let at = self.roles.iter().position(|known| *known == role);
        let number = at.and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
        KeyNo::new(number).unwrap_or(KeyNo::MASTER)
    }

    /// Bytes of photo that a chip of this storage may hold; 0 for none.
    pub fn photo_budget(&self, storage_bytes: u32) -> usize {
        self.photo_budgets
            .iter()
            .filter(|(from, _)| *from <= storage_bytes)
            .max_by_key(|(from, _)| *from)
            .map_or(0, |(_, bytes)| *bytes)
    }

    /// The photo's file on a chip of this storage; none where it has no budget.
    pub fn photo_file(&self, storage_bytes: u32) -> Option<File> {
        let budget =
            u32::try_from(self.photo_budget(storage_bytes)).ok().filter(|size| *size > 0)?;
        let mut file = self.photo;
        file.settings.kind = FileKind::Standard(budget + crate::slot::PREFIX);
        Some(file)
    }

    /// The photo's file as a reader takes it that does not know the chip's size.
    pub(crate) fn largest_photo_file(&self) -> File {
        self.photo_file(u32::MAX).unwrap_or(self.photo)
    }

    /// Settings of the application: everything needs the master key.
    pub(crate) fn app_settings(&self) -> AppSettings {
        AppSettings::aes(LOCKED, u8::try_from(self.roles.len()).unwrap_or(u8::MAX))
    }
}

impl Default for Map {
    /// The map of the default profile, QĐ 838/QĐ-BNV; its values are assumed, see the profile.
    fn default() -> Self {
        let key = |number| KeyNo::new(number).expect("a small number");
        let file = |number, size| File {
            number: FileNo::new(number).expect("a small number"),
            settings: FileSettings::new(
                FileKind::Standard(size),
                Mode::Full,
                AccessRights {
                    read: Access::Key(key(1)),
                    write: Access::Key(key(2)),
                    read_write: Access::Never,
                    change: Access::Key(key(0)),
                },
            ),
        };
        Self {
            aid: Aid::from_wire([0x01, 0x80, 0x83]),
            roles: vec![
                KeyRole::Master,
                KeyRole::Check,
                KeyRole::Update,
                KeyRole::Proof,
                KeyRole::Uid,
            ],
            record: file(1, 1280),
            photo: file(2, 1536),
            photo_budgets: vec![(0, 0), (2049, 1024), (4096, 1536)],
        }
    }
}

fn role(usage: KeyUse) -> KeyRole {
    match usage {
        KeyUse::Master => KeyRole::Master,
        KeyUse::Check => KeyRole::Check,
        KeyUse::Update => KeyRole::Update,
        KeyUse::Proof => KeyRole::Proof,
        KeyUse::Uid => KeyRole::Uid,
    }
}

fn file(rules: &ChipRules, name: &str) -> Result<File, MapError> {
    let rule = rules.file(name).ok_or(MapError::Files)?;
    let key = |number| KeyNo::new(number).map(Access::Key).map_err(|_| MapError::Files);
    let size = u32::try_from(rule.bytes).ok().filter(|size| (16..=8192).contains(size));
    Ok(File {
        number: FileNo::new(rule.number).map_err(|_| MapError::Files)?,
        settings: FileSettings::new(
            FileKind::Standard(size.ok_or(MapError::Files)?),
            Mode::Full,
            AccessRights {
                read: key(rule.read)?,
                write: key(rule.write)?,
                read_write: Access::Never,
                change: key(rule.change)?,
            },
        ),
    })
}

/// Key settings of a level where everything but the keys' versions needs the master key, which may
/// itself be changed, as these settings may.
pub(crate) const LOCKED: KeySettings =
    KeySettings(KeySettings::MASTER_CHANGEABLE | KeySettings::CHANGEABLE);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_map_is_that_of_the_default_profile() {
        let profile = profile::Profile::qd838();
        let map = Map::from_rules(&profile.rules().chip).unwrap();
        assert_eq!(format!("{map:?}"), format!("{:?}", Map::default()));
        assert_eq!(map.aid.to_string(), "838001");
        assert_eq!(map.aid.to_wire(), [0x01, 0x80, 0x83]);
    }

    #[test]
    fn photo_file_follows_the_chip() {
        let map = Map::default();
        assert_eq!(map.photo_file(2048), None);
        let file = map.photo_file(8192).unwrap();
        assert_eq!(file.settings.kind, FileKind::Standard(1538));
    }
}
