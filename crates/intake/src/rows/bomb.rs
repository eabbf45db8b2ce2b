//! What a workbook may cost: every entry is inflated and counted before anything reads it.

use std::borrow::Cow;
use std::io::{Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use super::SourceError;

/// How far a workbook may inflate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of one entry.
    pub entry_bytes: u64,
    /// Bytes of all entries.
    pub total_bytes: u64,
    /// Bytes of the table of strings, which stays in memory.
    pub string_bytes: u64,
    /// Strings in that table.
    pub strings: u64,
    /// Bytes of every other table that stays in memory (styles, relations, workbook).
    pub table_bytes: u64,
    /// Entries.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entry_bytes: 512 << 20,
            total_bytes: 768 << 20,
            string_bytes: 128 << 20,
            strings: 3_000_000,
            table_bytes: 16 << 20,
            entries: 5_000,
        }
    }
}

/// Inflates and counts every entry, and refuses what is no XLSX.
pub(super) fn inspect<R: Read + Seek>(source: R, limits: &Limits) -> Result<(), SourceError> {
    let mut archive = ZipArchive::new(source).map_err(damaged)?;
    if archive.len() > limits.entries {
        return Err(SourceError::TooLarge { entry: format!("{} entries", archive.len()) });
    }
    let names = archive
        .file_names()
        .map(|name| name.map(Cow::into_owned))
        .collect::<Result<Vec<String>, _>>()
        .map_err(damaged)?;
    let has = |name: &str| names.iter().any(|other| other.eq_ignore_ascii_case(name));
    if has("xl/workbook.bin") || has("content.xml") || has("word/document.xml") {
        return Err(SourceError::OtherWorkbook);
    }
    if !has("[Content_Types].xml") {
        return Err(SourceError::NotAList);
    }
    let mut total = 0;
    let mut buffer = vec![0; 1 << 16];
    for index in 0..archive.len() {
        let mut entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(ZipError::UnsupportedArchive(reason)) if reason.contains("assword") => {
                return Err(SourceError::Encrypted);
            }
            Err(error) => return Err(damaged(error)),
        };
        let name = entry.name().map_err(damaged)?.to_ascii_lowercase();
        let strings = name.ends_with("sharedstrings.xml");
        let limit = if strings {
            limits.string_bytes
        } else if name.contains("/worksheets/") || name.contains("/media/") {
            limits.entry_bytes
        } else {
            limits.table_bytes
        };
        let mut count = Count { strings: 0, tail: Vec::new() };
        let mut size = 0_u64;
        loop {
            let read = match entry.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => return Err(SourceError::Damaged(Box::new(error))),
            };
            let part = buffer.get(..read).unwrap_or_default();
            if strings {
                if size == 0 && !modest_table(part, limits.strings) {
                    return Err(SourceError::TooLarge { entry: shown(&name) });
                }
                count.feed(part);
            }
            size += read as u64;
            total += read as u64;
            if size > limit || total > limits.total_bytes || count.strings > limits.strings {
                return Err(SourceError::TooLarge { entry: shown(&name) });
            }
        }
    }
    Ok(())
}

/// Whether the table of strings announces no more of them than may be; a reader reserves room for
/// as many as it announces.
fn modest_table(start: &[u8], limit: u64) -> bool {
    let text = String::from_utf8_lossy(start.get(..2048).unwrap_or(start));
    ["uniqueCount", "count"].iter().all(|name| {
        text.split(name).skip(1).all(|rest| {
            let digits: String = rest
                .chars()
                .skip_while(|c| matches!(c, ' ' | '=' | '"' | '\''))
                .take_while(char::is_ascii_digit)
                .collect();
            digits.is_empty() || digits.parse::<u64>().is_ok_and(|number| number <= 4 * limit)
        })
    })
}

/// Counts `<si` across the edges of parts.
struct Count {
    strings: u64,
    tail: Vec<u8>,
}

impl Count {
    fn feed(&mut self, part: &[u8]) {
        self.tail.extend_from_slice(part.get(..part.len().min(2)).unwrap_or_default());
        self.strings += starts(&self.tail) + starts(part);
        let keep = part.len().saturating_sub(2);
        self.tail.clear();
        self.tail.extend_from_slice(part.get(keep..).unwrap_or_default());
    }
}

fn starts(bytes: &[u8]) -> u64 {
    bytes.windows(3).filter(|window| window == b"<si").count() as u64
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

fn damaged(error: ZipError) -> SourceError {
    SourceError::Damaged(Box::new(error))
}

/// Tells a workbook under a password from one of the old form.
pub(super) fn ole_kind<R: Read + Seek>(mut source: R) -> Result<SourceError, SourceError> {
    source.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    source.take(1 << 20).read_to_end(&mut bytes)?;
    let wanted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = bytes.windows(wanted.len()).any(|window| window == wanted);
    Ok(if encrypted { SourceError::Encrypted } else { SourceError::OldWorkbook })
}
