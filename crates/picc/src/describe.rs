//! What is on a card, told to people: everything but keys and data.

use crate::body::FileBody;
use crate::eeprom::{Application, File};
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
    /// Bytes that it can hold.
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
    /// A number between two limits.
    Value {
        /// The least.
        lower: i32,
        /// The most.
        upper: i32,
        /// Whether a limited credit is allowed.
        limited_credit: bool,
        /// Whether anybody may ask for the value.
        free: bool,
    },
    /// Records of one size.
    Records {
        /// Whether the oldest give way when it is full.
        cyclic: bool,
        /// Bytes in a record.
        size: usize,
        /// The most that the file can hold; a cyclic one keeps one less.
        most: usize,
        /// How many it holds.
        count: usize,
    },
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
            file_type: match &file.body {
                FileBody::Standard(_) => FileType::Standard,
                FileBody::Backup(_) => FileType::Backup,
                FileBody::Value(value) => FileType::Value {
                    lower: value.lower,
                    upper: value.upper,
                    limited_credit: value.limited_credit,
                    free: value.free,
                },
                FileBody::Records(records) => FileType::Records {
                    cyclic: records.cyclic,
                    size: records.size,
                    most: records.most,
                    count: records.count(),
                },
            },
            size: match &file.body {
                FileBody::Standard(bytes) | FileBody::Backup(bytes) => bytes.len(),
                FileBody::Value(_) => 4,
                FileBody::Records(records) => records.size * records.most,
            },
            mode: file.mode,
            rights: file.rights,
            iso_id: file.iso_id,
        }
    }
}
