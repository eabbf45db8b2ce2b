//! A ZIP of photos from a stranger.
//!
//! Nothing that the archive says about itself is believed: sizes are counted while entries
//! inflate, types are told by their first bytes, names never become paths, and a name that stands
//! twice is refused twice. Nothing is written to a disk.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};

use unicode_normalization::UnicodeNormalization;
use zip::ZipArchive;
use zip::result::ZipError;

use super::Finding;
use super::decode::Kind;

/// What an archive may cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ArchiveLimits {
    /// Most entries, folders among them.
    pub entries: usize,
    /// Most bytes that one entry may inflate to.
    pub entry_bytes: u64,
    /// Most bytes that all entries together may inflate to.
    pub total_bytes: u64,
}

impl Default for ArchiveLimits {
    /// 100 000 entries, 20 MiB each, 8 GiB together.
    fn default() -> Self {
        Self { entries: 100_000, entry_bytes: 20 << 20, total_bytes: 8 << 30 }
    }
}

/// Why an archive is refused as a whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The bytes are not a ZIP, or its directory is damaged.
    #[error("the file is not a readable ZIP archive")]
    NotZip(#[source] ZipError),
    /// The directory lists more entries than the limit.
    #[error("the archive has more than {limit} entries")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// The file could not be read.
    #[error("the archive could not be read")]
    Io(#[from] io::Error),
}

impl ArchiveError {
    /// The same for a user.
    pub fn finding(&self) -> Finding {
        match self {
            Self::NotZip(_) => Finding::error("photo-zip-not-zip"),
            Self::TooManyEntries { limit } => {
                Finding::error("photo-zip-too-many-entries").with("limit", limit)
            }
            Self::Io(_) => Finding::error("photo-zip-io"),
        }
    }
}

/// A JPEG or PNG out of an archive, not decoded yet.
#[derive(Clone, Eq, PartialEq)]
pub struct Entry {
    /// Position in the archive, from 1.
    pub index: usize,
    /// The file name without folders, for [`Matcher::find`](super::Matcher::find). It may hold a
    /// personal number: never show it, show `shown`.
    pub file_name: String,
    /// Index and masked name, safe to show: `#12 (***.jpg)`.
    pub shown: String,
    /// The file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("shown", &self.shown)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// An entry that was not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("entry {shown} is refused: {fault}")]
pub struct EntryRefused {
    /// Position in the archive, from 1.
    pub index: usize,
    /// Index and masked name, safe to show.
    pub shown: String,
    /// Why.
    pub fault: EntryFault,
}

/// Why an entry is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// A component of the path is `..`.
    #[error("its path leaves the archive")]
    Traversal,
    /// The path starts at a root or a drive.
    #[error("its path is absolute")]
    Absolute,
    /// The path has a backslash.
    #[error("its path has a backslash")]
    Backslash,
    /// The name is empty or holds a control character.
    #[error("its name is empty or holds control characters")]
    BadName,
    /// A symbolic link.
    #[error("it is a link")]
    Link,
    /// Another entry has the same file name, letter case and folder apart.
    #[error("another entry has its name")]
    Duplicate,
    /// It needs a password.
    #[error("it is encrypted")]
    Encrypted,
    /// It inflates to more than the limit.
    #[error("it inflates to more than {limit_bytes} bytes")]
    TooLong {
        /// The limit for one entry.
        limit_bytes: u64,
    },
    /// The archive inflates to more than the limit; nothing after this entry is read.
    #[error("the archive inflates to more than {limit_bytes} bytes")]
    TotalTooLong {
        /// The limit for all entries.
        limit_bytes: u64,
    },
    /// An archive inside the archive.
    #[error("it is an archive itself")]
    Archive,
    /// Neither JPEG nor PNG.
    #[error("it is neither JPEG nor PNG but {kind}")]
    WrongType {
        /// What it seems to be, `?` when unknown.
        kind: &'static str,
    },
    /// It does not inflate, or its checksum differs.
    #[error("it is damaged")]
    Damaged,
    /// A compression method other than stored and deflate.
    #[error("its compression method is not supported")]
    Unsupported,
    /// `__MACOSX`, `.DS_Store`, `Thumbs.db` and the like: skipped, and said so.
    #[error("it is a file of the operating system")]
    System,
}

impl EntryRefused {
    /// The same for a user. A note for [`EntryFault::System`], an error otherwise.
    pub fn finding(&self) -> Finding {
        let finding = match self.fault {
            EntryFault::Traversal => Finding::error("photo-entry-traversal"),
            EntryFault::Absolute => Finding::error("photo-entry-absolute"),
            EntryFault::Backslash => Finding::error("photo-entry-backslash"),
            EntryFault::BadName => Finding::error("photo-entry-bad-name"),
            EntryFault::Link => Finding::error("photo-entry-link"),
            EntryFault::Duplicate => Finding::error("photo-entry-duplicate"),
            EntryFault::Encrypted => Finding::error("photo-entry-encrypted"),
            EntryFault::TooLong { limit_bytes } => {
                Finding::error("photo-entry-too-long").with("limit", limit_bytes)
            }
            EntryFault::TotalTooLong { limit_bytes } => {
                Finding::error("photo-entry-total").with("limit", limit_bytes)
            }
            EntryFault::Archive => Finding::error("photo-entry-archive"),
            EntryFault::WrongType { kind } => {
                Finding::error("photo-entry-wrong-type").with("kind", kind)
            }
            EntryFault::Damaged => Finding::error("photo-entry-damaged"),
            EntryFault::Unsupported => Finding::error("photo-entry-unsupported"),
            EntryFault::System => Finding::note("photo-entry-system"),
        };
        finding.with("entry", &self.shown)
    }
}

/// Hands out the photos of a ZIP one by one, so that one entry at a time is in memory.
///
/// Folders are passed over. Every other entry comes out, as a photo or as a refusal.
pub struct Archive<R> {
    zip: ZipArchive<R>,
    /// Every entry of the directory, duplicates too, in its order.
    listed: Vec<Listed>,
    next: usize,
    inflated: u64,
    limits: ArchiveLimits,
}

impl<R> std::fmt::Debug for Archive<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive")
            .field("entries", &self.listed.len())
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

struct Listed {
    raw_name: Vec<u8>,
    /// Whether another entry has the same file name.
    doubled: bool,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens a ZIP and reads its directory, inflating nothing.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]: not a ZIP, a damaged directory, more entries than the limit, or a file
    /// that cannot be read.
    pub fn open(mut reader: R, limits: ArchiveLimits) -> Result<Self, ArchiveError> {
        reader.seek(SeekFrom::Start(0))?;
        let zip = ZipArchive::new(reader).map_err(|error| match error {
            ZipError::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
                ArchiveError::Io(source)
            }
            other => ArchiveError::NotZip(other),
        })?;
        if zip.len() > limits.entries {
            return Err(ArchiveError::TooManyEntries { limit: limits.entries });
        }
        let start = zip.central_directory_start();
        let mut reader = zip.into_inner();
        reader.seek(SeekFrom::Start(start))?;
        let names = directory_names(&mut io::BufReader::new(&mut reader), limits.entries)?;
        let zip = ZipArchive::new(reader).map_err(ArchiveError::NotZip)?;

        let mut count: HashMap<String, u32> = HashMap::new();
        for name in &names {
            if !is_folder(name) {
                *count.entry(fold(file_name(&text(name)))).or_default() += 1;
            }
        }
        let listed = names
            .into_iter()
            .map(|raw_name| {
                let key = fold(file_name(&text(&raw_name)));
                Listed { doubled: count.get(&key).is_some_and(|n| *n > 1), raw_name }
            })
            .collect();
        Ok(Self { zip, listed, next: 0, inflated: 0, limits })
    }

    /// How many entries the directory lists, folders and duplicates among them.
    pub fn len(&self) -> usize {
        self.listed.len()
    }

    /// Whether the directory lists nothing.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    fn take(&mut self, listed: &Listed, index: usize) -> Result<Entry, EntryFault> {
        let name = text(&listed.raw_name);
        check_path(&name)?;
        if is_system(&name) {
            return Err(EntryFault::System);
        }
        if listed.doubled {
            return Err(EntryFault::Duplicate);
        }
        let position = self.zip.index_for_name_raw(&listed.raw_name).ok_or(EntryFault::Damaged)?;
        let left = self.limits.total_bytes.saturating_sub(self.inflated);
        let file = self.zip.by_index(position).map_err(|error| match error {
            ZipError::CompressionMethodNotSupported(_) => EntryFault::Unsupported,
            ZipError::UnsupportedArchive(what) if what == ZipError::PASSWORD_REQUIRED => {
                EntryFault::Encrypted
            }
            ZipError::InvalidPassword => EntryFault::Encrypted,
            ZipError::UnsupportedArchive(_) => EntryFault::Unsupported,
            _ => EntryFault::Damaged,
        })?;
        if file.is_symlink() {
            return Err(EntryFault::Link);
        }
        let cap = self.limits.entry_bytes.min(left);
        let mut bytes = Vec::new();
        let outcome = file.take(cap.saturating_add(1)).read_to_end(&mut bytes);
        self.inflated = self.inflated.saturating_add(bytes.len() as u64);
        if bytes.len() as u64 > cap {
            return Err(if cap == left {
                EntryFault::TotalTooLong { limit_bytes: self.limits.total_bytes }
            } else {
                EntryFault::TooLong { limit_bytes: self.limits.entry_bytes }
            });
        }
        outcome.map_err(|error| match error.kind() {
            io::ErrorKind::Unsupported => EntryFault::Unsupported,
            _ => EntryFault::Damaged,
        })?;
        match Kind::of(&bytes) {
            Kind::Jpeg | Kind::Png => Ok(Entry {
                index,
                file_name: file_name(&name).to_owned(),
                shown: shown(index, &name),
                bytes,
            }),
            kind if kind.is_archive() => Err(EntryFault::Archive),
            Kind::Other(kind) => Err(EntryFault::WrongType { kind }),
        }
    }
}

impl<R: Read + Seek> Iterator for Archive<R> {
    type Item = Result<Entry, EntryRefused>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let slot = self.listed.get_mut(self.next)?;
            let listed =
                Listed { raw_name: std::mem::take(&mut slot.raw_name), doubled: slot.doubled };
            self.next += 1;
            let index = self.next;
            if is_folder(&listed.raw_name) && check_path(&text(&listed.raw_name)).is_ok() {
                continue;
            }
            return Some(self.take(&listed, index).map_err(|fault| {
                if matches!(fault, EntryFault::TotalTooLong { .. }) {
                    self.next = self.listed.len();
                }
                EntryRefused { index, shown: shown(index, &text(&listed.raw_name)), fault }
            }));
        }
    }
}

/// Raw names of the central directory in order; the reader stands at its start.
///
/// The `zip` crate keeps one entry of each name, and which one is not for us to guess.
/// Source: PKWARE APPNOTE.TXT 6.3.10 §4.3.12.
fn directory_names(reader: &mut impl Read, limit: usize) -> Result<Vec<Vec<u8>>, ArchiveError> {
    let mut names = Vec::new();
    loop {
        let mut header = [0_u8; 46];
        match reader.read_exact(&mut header) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(names),
            Err(error) => return Err(error.into()),
        }
        let [b'P', b'K', 1, 2, ..] = header else { return Ok(names) };
        if names.len() == limit {
            return Err(ArchiveError::TooManyEntries { limit });
        }
        let [.., n0, n1, e0, e1, c0, c1, _, _, _, _, _, _, _, _, _, _, _, _] = header;
        let mut name = vec![0_u8; usize::from(u16::from_le_bytes([n0, n1]))];
        reader.read_exact(&mut name)?;
        let skip =
            u64::from(u16::from_le_bytes([e0, e1])) + u64::from(u16::from_le_bytes([c0, c1]));
        io::copy(&mut reader.by_ref().take(skip), &mut io::sink())?;
        names.push(name);
    }
}

fn text(raw_name: &[u8]) -> String {
    String::from_utf8_lossy(raw_name).nfc().collect()
}

fn is_folder(raw_name: &[u8]) -> bool {
    raw_name.ends_with(b"/")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A name as far as people tell names apart.
pub(super) fn fold(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).collect::<String>().trim().to_owned()
}

fn check_path(name: &str) -> Result<(), EntryFault> {
    let mut start = name.chars();
    let drive = start.next().is_some_and(|c| c.is_ascii_alphabetic()) && start.next() == Some(':');
    if name.contains('\\') {
        Err(EntryFault::Backslash)
    } else if name.starts_with('/') || drive {
        Err(EntryFault::Absolute)
    } else if name.split('/').any(|part| part == "..") {
        Err(EntryFault::Traversal)
    } else if name.is_empty() || name.chars().any(char::is_control) {
        Err(EntryFault::BadName)
    } else {
        Ok(())
    }
}

fn is_system(name: &str) -> bool {
    let file = file_name(name);
    name.split('/').any(|part| part == "__MACOSX")
        || file.starts_with("._")
        || matches!(file, ".DS_Store" | "Thumbs.db" | "desktop.ini")
}

/// Index and name for a message: short, printable, and without its digits when it holds nine or
/// more, because those may be a personal number.
fn shown(index: usize, name: &str) -> String {
    let many_digits = name.chars().filter(char::is_ascii_digit).count() >= 9;
    let safe: String = name
        .chars()
        .map(|c| match c {
            c if many_digits && c.is_ascii_digit() => '*',
            c if c.is_control() || is_direction_mark(c) => '?',
            c => c,
        })
        .take(80)
        .collect();
    format!("#{index} ({safe})")
}

fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
