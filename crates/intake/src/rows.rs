//! Staff lists: XLSX and CSV as offices send them, row by row.
//!
//! [`read`] finds the header under titles, names what it skips, and puts every row through
//! [`profile::Profile::validate`]. Rows go to the caller in their order and are not kept: what stays
//! in memory is the workbook's table of strings, bounded, one hash a row, and the few hundred rows
//! about whose people the registry is asked at once.

mod bomb;
mod engine;
mod heading;
mod legacy;
mod mending;
mod survey;
mod text;
mod workbook;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::Date;
use phrase::{Catalog, Lang};
use profile::{Field, Finding, Profile, Severity, Staff};
use serde::Serialize;

pub use self::bomb::Limits;
use self::engine::Engine;
pub use self::engine::column_name;
pub use self::heading::Target;
pub use self::legacy::Legacy;
pub use self::mending::{Mending, Raw};
pub use self::survey::{Column, Survey};

/// How to read a list.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Name of the sheet. Without one, the first sheet with a header is read.
    pub sheet: Option<String>,
    /// Headings that the list uses and we do not know, each with its field.
    pub mapping: Vec<(Field, String)>,
    /// Values for fields that the list has no column for, for example one agency code for all.
    pub defaults: Vec<(Field, String)>,
    /// Convert text from this encoding of before Unicode. Without it such a list is refused.
    pub convert: Option<Legacy>,
    /// What separates the columns of a CSV. Without one, it is found in the header.
    pub delimiter: Option<char>,
    /// How far a workbook may inflate.
    pub limits: Limits,
    /// What a person said of the list and put right in it.
    pub mending: Mending,
    /// Whether a row tells what stood in its cells ([`Row::raw`]); it costs memory.
    pub raw: bool,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Goes in, with notes at most.
    Ok,
    /// Goes in; a person should look.
    Warn,
    /// Refused.
    Error,
    /// No record: title, header, blank, total, signature.
    Skip,
}

/// One row of a list, judged. Rows are named as a spreadsheet names them, from 1; a row of a CSV
/// is the line it begins on.
#[derive(Clone, Debug)]
pub struct Row {
    /// Sheet row or CSV line.
    pub number: u32,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why, in the order of the fields.
    pub messages: Vec<Message>,
    /// The record, when the verdict is [`Verdict::Ok`] or [`Verdict::Warn`].
    pub staff: Option<Staff>,
    /// What stood in the cells below the header, when [`Options::raw`] asks for it.
    pub raw: Option<Box<Raw>>,
}

impl Row {
    /// The row as one line of a report in `lang`.
    pub fn report(&self, lang: Lang) -> RowReport {
        RowReport {
            row: self.number,
            verdict: self.verdict,
            messages: self
                .messages
                .iter()
                .map(|message| MessageReport {
                    severity: message.finding.severity,
                    field: message.finding.field,
                    code: message.finding.code,
                    text: message.text(lang),
                })
                .collect(),
        }
    }
}

/// A finding with the cell it is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// The cell's name, for example `D7`.
    pub cell: Option<String>,
    /// What was found.
    pub finding: Finding,
}

impl Message {
    /// The sentence, with the cell's name before it. Never holds a personal id number.
    pub fn text(&self, lang: Lang) -> String {
        let finding = &self.finding;
        let text = if catalog().contains(finding.code) {
            let label = finding.field.label(lang);
            let mut args = vec![("field", label.as_str())];
            args.extend(finding.args.iter().map(|(name, value)| (*name, value.as_str())));
            catalog().text(lang, finding.code, &args)
        } else {
            finding.text(lang)
        };
        match &self.cell {
            Some(cell) => format!("{cell}: {text}"),
            None => text,
        }
    }
}

/// A row as one JSON line.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct RowReport {
    /// Sheet row or CSV line.
    pub row: u32,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why.
    pub messages: Vec<MessageReport>,
}

/// One finding of a row as JSON.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MessageReport {
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    pub field: Field,
    /// Which finding.
    pub code: &'static str,
    /// The sentence.
    pub text: String,
}

/// How many rows met each verdict.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Totals {
    /// Go in.
    pub ok: u64,
    /// Go in with a warning.
    pub warn: u64,
    /// Refused.
    pub error: u64,
    /// No records.
    pub skip: u64,
}

impl Totals {
    /// The last line of a report: `{"total":{…}}`.
    pub fn report(self) -> TotalReport {
        TotalReport { total: self }
    }

    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Ok => self.ok += 1,
            Verdict::Warn => self.warn += 1,
            Verdict::Error => self.error += 1,
            Verdict::Skip => self.skip += 1,
        }
    }
}

/// The totals as one JSON line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct TotalReport {
    /// The totals.
    pub total: Totals,
}

/// What a registry knows of a person that a row is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Known {
    /// The same record is there; loading changes nothing. A note.
    Unchanged,
    /// The person is there with other data; loading proposes a change. A warning.
    Changed,
    /// Another managing agency has the person. An error.
    Elsewhere,
}

/// Whoever has a list read. A closure over rows will do where no registry is asked.
pub trait Listener {
    /// Hears, before the first row, about how many rows the list has, where the file says so.
    fn expect(&mut self, _rows: u64) {}

    /// What the registry knows of these people, in their order; whoever the answer leaves out is
    /// not known. Asked for some hundreds at a time, so that a long list costs few queries.
    fn known(&mut self, _people: &[&Staff]) -> Vec<Option<Known>> {
        Vec::new()
    }

    /// Takes a row, and may stop the reading.
    fn row(&mut self, row: Row) -> ControlFlow<()>;
}

impl<F: FnMut(Row) -> ControlFlow<()>> Listener for F {
    fn row(&mut self, row: Row) -> ControlFlow<()> {
        self(row)
    }
}

/// Why a list cannot be read at all. What to do about it is [`text`](Self::text).
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Io(#[from] std::io::Error),
    /// Neither a workbook nor text.
    #[error("the file is neither an XLSX workbook nor a CSV")]
    NotAList,
    /// A workbook under a password.
    #[error("the workbook is encrypted")]
    Encrypted,
    /// A workbook of the time before 2007.
    #[error("the workbook has the old .xls form")]
    OldWorkbook,
    /// A binary workbook, or one of another program.
    #[error("the workbook has another form than .xlsx")]
    OtherWorkbook,
    /// A damaged or cut workbook.
    #[error("the workbook is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A workbook that inflates beyond the limit.
    #[error("the workbook inflates beyond the limit at {entry}")]
    TooLarge {
        /// Which part of it.
        entry: String,
    },
    /// No sheet of that name.
    #[error("the workbook has no sheet {0:?}")]
    NoSheet(String),
    /// No row that looks like a header.
    #[error("no header row was found")]
    NoHeader,
    /// The header lacks columns that every record needs.
    #[error("the header lacks {0:?}")]
    NoColumn(Vec<Field>),
    /// Text from before Unicode.
    #[error("the text is in {0}")]
    OldEncoding(Legacy),
    /// Bytes that are no text in any encoding we know.
    #[error("the text is not UTF-8 or UTF-16, from line {line} on")]
    Encoding {
        /// First line with such bytes.
        line: u32,
    },
    /// A quoted field that never ends.
    #[error("the quotation mark on line {line} is never closed")]
    OpenQuote {
        /// Where it opens.
        line: u32,
    },
}

impl SourceError {
    /// What happened and what to do, for the person who sent the list.
    pub fn text(&self, lang: Lang) -> String {
        let say = |key: &str, args: &[(&str, &str)]| catalog().text(lang, key, args);
        match self {
            Self::Io(_) => say("source-io", &[]),
            Self::NotAList => say("source-not-a-list", &[]),
            Self::Encrypted => say("source-encrypted", &[]),
            Self::OldWorkbook => say("source-old-workbook", &[]),
            Self::OtherWorkbook => say("source-other-workbook", &[]),
            Self::Damaged(_) => say("source-damaged", &[]),
            Self::TooLarge { entry } => say("source-too-large", &[("entry", entry)]),
            Self::NoSheet(name) => say("source-no-sheet", &[("name", name)]),
            Self::NoHeader => say("source-no-header", &[]),
            Self::NoColumn(fields) => {
                let names =
                    fields.iter().map(|field| field.label(lang)).collect::<Vec<_>>().join(", ");
                say("source-no-column", &[("names", &names)])
            }
            Self::OldEncoding(legacy) => {
                say("source-old-encoding", &[("encoding", &legacy.to_string())])
            }
            Self::Encoding { line } => say("source-encoding", &[("line", &line.to_string())]),
            Self::OpenQuote { line } => say("source-open-quote", &[("line", &line.to_string())]),
        }
    }
}

/// Reads a list and hands every row to `listener`, which may stop the reading.
///
/// `on` is the day the cards would be issued. A blank row between others is a row; blank rows at
/// the end are not.
///
/// # Errors
///
/// [`SourceError`] when the list as a whole cannot be read. Rows handed over before a damaged
/// place stay as they were judged, so a caller that loads should do so after a whole reading.
pub fn read<R: Read + Seek>(
    source: R,
    options: &Options,
    profile: &Profile,
    on: Date,
    listener: &mut dyn Listener,
) -> Result<Totals, SourceError> {
    let mut engine = Engine::new(options, profile, on, listener);
    let read = feed(source, &mut engine);
    let _stopped = engine.flush();
    read.map(|()| engine.totals())
}

/// Looks at the beginning of a list, for a person who says which column is what.
///
/// A list without a header that we know is no error: what is told of it in
/// [`Mending`] is taken, and where nothing is, the first rows come as they are.
///
/// # Errors
///
/// [`SourceError`] when the list cannot be read at all.
pub fn survey<R: Read + Seek>(
    source: R,
    options: &Options,
    profile: &Profile,
) -> Result<Survey, SourceError> {
    let mut nobody = |_: Row| ControlFlow::Continue(());
    let mut engine = Engine::new(options, profile, Date::MIN, &mut nobody);
    engine.survey();
    match feed(source, &mut engine) {
        Ok(()) | Err(SourceError::NoHeader | SourceError::NoColumn(_)) => Ok(engine.surveyed()),
        Err(error) => Err(error),
    }
}

/// Hands the rows of a source, whatever it is, to the engine.
fn feed<R: Read + Seek>(mut source: R, engine: &mut Engine<'_>) -> Result<(), SourceError> {
    let mut start = [0; 8];
    let mut length = 0;
    while length < start.len() {
        match source.read(start.get_mut(length..).unwrap_or_default())? {
            0 => break,
            read => length += read,
        }
    }
    source.seek(SeekFrom::Start(0))?;
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        workbook::read(source, engine)
    } else if start.starts_with(&OLE) {
        Err(bomb::ole_kind(source)?)
    } else {
        text::read(source, engine)
    }
}

/// Reads the list in a file; see [`read`].
///
/// # Errors
///
/// As [`read`].
pub fn read_path(
    path: &Path,
    options: &Options,
    profile: &Profile,
    on: Date,
    listener: &mut dyn Listener,
) -> Result<Totals, SourceError> {
    read(BufReader::with_capacity(1 << 16, File::open(path)?), options, profile, on, listener)
}

/// First bytes of an OLE compound file: `.xls`, and `.xlsx` under a password.
const OLE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
        Catalog::new(include_str!("../rows-vi.ftl"), include_str!("../rows-en.ftl"))
            .expect("the embedded catalogues agree; a test parses them")
    });
    &CATALOG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_catalogue_have_the_same_codes() {
        let sources = concat!(
            include_str!("rows.rs"),
            include_str!("rows/engine.rs"),
            include_str!("rows/heading.rs")
        );
        for key in catalog().keys() {
            assert!(sources.contains(&format!("\"{key}\"")), "{key} is not used");
        }
        let prefixes = ["row-", "source-", "known-", "duplicate-", "formula-", "broken-", "old-"];
        for literal in sources.split('"').skip(1) {
            let code = literal.len() > 4
                && prefixes.iter().any(|prefix| literal.starts_with(prefix))
                && literal.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
                && !literal.ends_with('-');
            assert!(!code || catalog().contains(literal), "{literal} has no text");
        }
    }
}
