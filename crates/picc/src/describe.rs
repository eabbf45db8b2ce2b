//! What is on a card, told to people: everything but keys and data.

use crate::eeprom::{Application, File, FileBody};
use crate::key::KeyKind;
use crate::rights::{AccessRights, CommMode};

/// An application as a person would list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationInfo {
    /// Identifier as it is sent, least significant byte first.
    pub aid: [u8; 3],
    /// First key settings byte.
    pub settings: u8,
    /// Cipher of all its keys.
    pub key_kind: KeyKind,
    /// Version of each key, by key number.
    pub key_versions: Vec<u8>,
    /// ISO/IEC 7816-4 file identifier.
    pub iso_id: Option<u16>,
    /// ISO/IEC 7816-4 DF name, empty if it has none.
    pub df_name: Vec<u8>,
    /// Its files in the order of creation.
    pub files: Vec<FileInfo>,
}

/// A file as a person would list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// Number, 0 to 31.
    pub number: u8,
    /// What kind of file.
    pub file_type: FileType,
    /// Length in bytes.
    pub size: usize,
    /// How its data travel.
    pub mode: CommMode,
    /// Who may do what.
    pub rights: AccessRights,
    /// ISO/IEC 7816-4 file identifier.
    pub iso_id: Option<u16>,
}

/// A type of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileType {
    /// Data written at once.
    Standard,
    /// Data written when a transaction is committed.
    Backup,
}

impl ApplicationInfo {
    pub(crate) fn of(application: &Application) -> Self {
        ApplicationInfo {
            aid: application.aid.0,
            settings: application.settings.0,
            key_kind: application.key_kind,
            key_versions: application.keys.iter().map(crate::key::Key::version).collect(),
            iso_id: application.iso_id,
            df_name: application.df_name.clone(),
            files: application.files.iter().map(FileInfo::of).collect(),
        }
    }
}

impl FileInfo {
    fn of(file: &File) -> Self {
        FileInfo {
            number: file.number,
            file_type: match file.body {
                FileBody::Standard(_) => FileType::Standard,
                FileBody::Backup(_) => FileType::Backup,
            },
            size: file.body.bytes().len(),
            mode: file.mode,
            rights: file.rights,
            iso_id: file.iso_id,
        }
    }
}
