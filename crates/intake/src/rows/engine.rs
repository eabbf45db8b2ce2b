//! From the cells of a row to its verdict, whatever the file was.

use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::civil::Date;
use profile::{Field, Finding, Profile, Severity, Staff, StaffInput, fold_for_search};
use sha2::{Digest, Sha256};

use super::heading::{Columns, Target};
use super::legacy::Legacy;
use super::survey::{Survey, Surveyor};
use super::{Known, Listener, Message, Options, Raw, Row, SourceError, Totals, Verdict};

/// What a cell held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// A number, written without exponent.
    Number,
    /// A date, written `yyyy-mm-dd`.
    Date,
    /// A formula; the text is its last value.
    Formula,
    /// An error such as `#REF!`.
    Broken,
}

/// One cell of a row.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// From 0.
    pub(super) column: u32,
    pub(super) text: String,
    pub(super) kind: Kind,
}

impl Cell {
    pub(super) fn text(column: u32, text: String) -> Self {
        Self { column, text, kind: Kind::Text }
    }

    fn is_blank(&self) -> bool {
        self.kind != Kind::Formula && self.text.chars().all(char::is_whitespace)
    }
}

/// Judges rows one after the other.
pub(super) struct Engine<'a> {
    pub(super) options: &'a Options,
    profile: &'a Profile,
    on: Date,
    listener: &'a mut dyn Listener,
    columns: Option<Columns>,
    /// Rows above the header, while it is looked for.
    titles: Vec<u32>,
    /// The row before was the header, or a part of it.
    in_header: bool,
    /// A total or a signature was seen.
    in_tail: bool,
    /// An encoding in which a row above would have been a header.
    old_encoding: Option<Legacy>,
    /// Day numbers count from 1904.
    pub(super) from_1904: bool,
    last: u32,
    seen: HashMap<[u8; 16], u32>,
    /// Rows judged and not handed over yet: the registry is asked about many people at once.
    held: Vec<Held>,
    /// Whether the caller wants more.
    flow: ControlFlow<()>,
    totals: Totals,
    /// Looks at rows, where none is to be judged.
    surveyor: Option<Surveyor>,
}

/// A row that waits for the registry's answer about those before it, and perhaps its own.
struct Held {
    number: u32,
    is_record: bool,
    messages: Vec<Message>,
    staff: Option<Staff>,
    /// Whether the registry is asked about the person.
    asks: bool,
    /// The cell that its answer is about.
    cell: Option<String>,
    raw: Option<Box<Raw>>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        options: &'a Options,
        profile: &'a Profile,
        on: Date,
        listener: &'a mut dyn Listener,
    ) -> Self {
        Self {
            options,
            profile,
            on,
            listener,
            columns: None,
            titles: Vec::new(),
            in_header: false,
            in_tail: false,
            old_encoding: None,
            from_1904: false,
            last: 0,
            seen: HashMap::new(),
            held: Vec::with_capacity(HELD),
            flow: ControlFlow::Continue(()),
            totals: Totals::default(),
            surveyor: None,
        }
    }

    /// Looks at the beginning of a list from now on, and judges nothing.
    pub(super) fn survey(&mut self) {
        self.surveyor = Some(Surveyor::default());
    }

    /// What was seen of it.
    pub(super) fn surveyed(self) -> Survey {
        self.surveyor.map(Surveyor::done).unwrap_or_default()
    }

    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// Tells the caller about how many rows the source says it has.
    pub(super) fn expect(&mut self, rows: u64) {
        self.listener.expect(rows);
    }

    /// Whether the header was found, or may still come.
    pub(super) fn is_promising(&self) -> bool {
        match &self.surveyor {
            Some(surveyor) => surveyor.is_promising(),
            None => self.columns.is_some() || self.titles.len() < HEADER_WITHIN,
        }
    }

    pub(super) fn has_header(&self) -> bool {
        self.columns.is_some() || self.surveyor.as_ref().is_some_and(Surveyor::has_header)
    }

    /// Says what is wrong with the header of a list that ends without a record.
    pub(super) fn finish(&self) -> Result<(), SourceError> {
        self.columns.as_ref().map_or(Ok(()), |columns| self.needed_columns(columns))
    }

    /// Learns which sheets a workbook has.
    pub(super) fn sheets(&mut self, names: &[String]) {
        if let Some(surveyor) = &mut self.surveyor {
            surveyor.sheets(names);
        }
    }

    /// Begins another sheet.
    pub(super) fn restart(&mut self, sheet: &str) {
        if let Some(surveyor) = &mut self.surveyor {
            surveyor.restart(sheet);
        }
        self.titles.clear();
        self.last = 0;
    }

    /// Why nothing was read, at the end of a list without a header.
    pub(super) fn no_header(&self) -> SourceError {
        self.old_encoding.map_or(SourceError::NoHeader, SourceError::OldEncoding)
    }

    /// Judges one row. `cells` are in the order of columns and are used up.
    pub(super) fn row(
        &mut self,
        number: u32,
        cells: &mut Vec<Cell>,
    ) -> Result<ControlFlow<()>, SourceError> {
        cells.retain(|cell| !cell.is_blank());
        if let Some(old) = self.options.convert {
            for cell in cells.iter_mut().filter(|cell| !cell.text.is_ascii()) {
                cell.text = old.convert(&cell.text);
            }
        }
        if cells.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if let Some(surveyor) = &mut self.surveyor {
            let flow = surveyor.row(number, cells, self.options);
            cells.clear();
            return Ok(flow);
        }
        if self.columns.is_none() && self.options.mending.header == Some(0) {
            let columns = Columns::told(&[], self.options);
            self.needed_columns(&columns)?;
            self.columns = Some(columns);
        }
        let Some(columns) = self.columns.take() else {
            return Ok(self.before_header(number, cells));
        };
        let flow = self.after_header(number, cells, columns);
        cells.clear();
        flow
    }

    fn before_header(&mut self, number: u32, cells: &mut Vec<Cell>) -> ControlFlow<()> {
        let Some(columns) = Columns::begin(number, cells, self.options) else {
            if self.old_encoding.is_none() {
                self.old_encoding = Legacy::ALL.into_iter().find(|old| {
                    let converted: Vec<Cell> = cells
                        .iter()
                        .map(|cell| Cell::text(cell.column, old.convert(&cell.text)))
                        .collect();
                    Columns::find(&converted, self.options).is_some()
                });
            }
            self.titles.push(number);
            cells.clear();
            return ControlFlow::Continue(());
        };
        cells.clear();
        for title in std::mem::take(&mut self.titles) {
            if self.skip(title, own(Severity::Note, Field::Row, "row-title")).is_break() {
                return ControlFlow::Break(());
            }
        }
        let flow = self.skip_header(number, &columns);
        self.columns = Some(columns);
        self.in_header = true;
        flow
    }

    /// Refuses a header without the columns that every record needs, once its parts are known.
    fn needed_columns(&self, columns: &Columns) -> Result<(), SourceError> {
        let missing: Vec<Field> = NEEDED
            .iter()
            .copied()
            .filter(|field| columns.column(*field).is_none())
            .filter(|field| self.options.defaults.iter().all(|(other, _)| other != field))
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(SourceError::NoColumn(missing)) }
    }

    fn after_header(
        &mut self,
        number: u32,
        cells: &mut Vec<Cell>,
        mut columns: Columns,
    ) -> Result<ControlFlow<()>, SourceError> {
        if self.in_header {
            if columns.add_second(cells, self.options) {
                let flow = self.skip_header(number, &columns);
                self.columns = Some(columns);
                return Ok(flow);
            }
            if is_column_numbers(cells) {
                self.columns = Some(columns);
                return Ok(self.skip(number, own(Severity::Note, Field::Row, "row-header")));
            }
            self.in_header = false;
            self.needed_columns(&columns)?;
        }
        let mended = self.options.mending.of_row(number).next().is_some();
        let flow = match self.no_record(cells, &columns) {
            Some(code) if !mended => {
                let finding = Finding { code, ..own(Severity::Note, Field::Row, "") };
                let messages = vec![Message { cell: None, finding }];
                let raw = self.options.raw.then(|| raw(cells, &columns));
                let (is_record, staff, asks, cell) = (false, None, false, None);
                self.hold(Held { number, is_record, messages, staff, asks, cell, raw })
            }
            _ => self.record(number, cells, &columns),
        };
        self.columns = Some(columns);
        Ok(flow)
    }

    /// Why a row is no record; `None` when it is one, good or bad.
    fn no_record(&mut self, cells: &[Cell], columns: &Columns) -> Option<&'static str> {
        let filled = |field| {
            columns
                .column(field)
                .is_some_and(|column| cells.iter().any(|cell| cell.column == column))
        };
        if filled(Field::PersonalId) && cells.len() > 3 {
            // A heading repeated on the next page has text where numbers belong.
            let repeated = cells
                .iter()
                .find(|cell| columns.column(Field::PersonalId) == Some(cell.column))
                .is_some_and(|cell| !cell.text.contains(|c: char| c.is_ascii_digit()))
                && Columns::find(cells, self.options).is_some();
            return repeated.then_some("row-header");
        }
        if filled(Field::PersonalId) {
            return None;
        }
        let first = cells.first()?;
        let folded = fold_for_search(&first.text);
        let total = ["tong cong", "tong so"].iter().any(|word| folded.starts_with(word))
            || ["tong", "cong"].iter().any(|word| {
                folded.strip_prefix(word).is_some_and(|rest| {
                    let rest = rest.trim_start();
                    rest.is_empty() || rest.starts_with(|c: char| !c.is_alphabetic())
                })
            });
        if total && !filled(Field::Birth) {
            self.in_tail = true;
            return Some("row-total");
        }
        let signature = cells.iter().any(|cell| {
            let folded = fold_for_search(&cell.text);
            SIGNATURES.iter().any(|word| folded.contains(word))
                || (folded.contains("ngay") && folded.contains("thang") && folded.contains("nam"))
        });
        if signature && !filled(Field::Birth) {
            self.in_tail = true;
            return Some("row-signature");
        }
        if self.in_tail && cells.len() <= 3 && !filled(Field::Birth) {
            return Some("row-signature");
        }
        let group = cells.len() <= 2
            && !filled(Field::Birth)
            && (is_group_number(&first.text) || !filled(Field::FullName));
        group.then_some("row-group")
    }

    fn record(&mut self, number: u32, cells: &mut Vec<Cell>, columns: &Columns) -> ControlFlow<()> {
        let mut input = StaffInput::default();
        let mut messages = Vec::new();
        let mending = &self.options.mending;
        let mut raw = self.options.raw.then(|| {
            let texts = cells.iter().map(|cell| (cell.column, cell.text.clone())).collect();
            Box::new(Raw { cells: texts, fields: StaffInput::default() })
        });
        let mut refused_texts = Vec::new();
        for (field, value) in &self.options.defaults {
            if columns.column(*field).is_none()
                && let Some(place) = input.get_mut(*field)
            {
                value.clone_into(place);
            }
        }
        let mut given = String::new();
        for cell in cells.drain(..) {
            let Some((_, target)) =
                columns.targets.iter().find(|(column, _)| *column == cell.column)
            else {
                continue;
            };
            let field = match target {
                Target::Field(field) => *field,
                Target::Family | Target::Given => Field::FullName,
            };
            if field == Field::Stt || mending.texts.contains_key(&(number, field)) {
                continue;
            }
            let refused = match cell.kind {
                Kind::Formula => Some("formula-cell"),
                Kind::Broken => Some("broken-cell"),
                _ if TEXTS.contains(&field) => Legacy::guess(&cell.text).map(|_| "old-text"),
                _ => None,
            };
            if let Some(code) = refused {
                messages.push(Message {
                    cell: Some(cell_name(cell.column, number)),
                    finding: Finding { code, ..own(Severity::Error, field, "") },
                });
                if raw.is_some() {
                    refused_texts.push((field, cell.text));
                }
                continue;
            }
            let text = if cell.kind == Kind::Number && self.from_1904 && DATES.contains(&field) {
                shifted(cell.text)
            } else {
                cell.text
            };
            match (target, input.get_mut(field)) {
                (Target::Given, _) => given = text,
                (_, Some(place)) => *place = text,
                (_, None) => {}
            }
        }
        if !given.is_empty() {
            if !input.full_name.is_empty() {
                input.full_name.push(' ');
            }
            input.full_name.push_str(given.trim());
        }
        for (field, text) in mending.of_row(number) {
            if let Some(place) = input.get_mut(field) {
                text.clone_into(place);
            }
        }
        if let Some(raw) = &mut raw {
            raw.fields = input.clone();
            for (field, text) in refused_texts {
                if let Some(place) = raw.fields.get_mut(field) {
                    *place = text;
                }
            }
        }
        if mending.left_out.contains(&number) {
            let finding = own(Severity::Note, Field::Row, "row-left-out");
            let messages = vec![Message { cell: None, finding }];
            let (is_record, staff, asks, cell) = (false, None, false, None);
            return self.hold(Held { number, is_record, messages, staff, asks, cell, raw });
        }
        let validated = self.profile.validate(&input, self.on);
        let told: Vec<Field> = messages.iter().map(|message| message.finding.field).collect();
        messages.extend(
            validated.findings.into_iter().filter(|finding| !told.contains(&finding.field)).map(
                |finding| Message {
                    cell: columns.column(finding.field).map(|column| cell_name(column, number)),
                    finding,
                },
            ),
        );
        let staff = validated.staff.filter(|_| told.is_empty());
        let column = columns.column(Field::PersonalId);
        let cell = column.map(|column| cell_name(column, number));
        let duplicate = staff.as_ref().and_then(|staff| self.duplicate(number, staff));
        let asks = staff.is_some() && duplicate.is_none();
        messages.extend(duplicate.map(|finding| Message { cell: cell.clone(), finding }));
        self.hold(Held { number, is_record: true, messages, staff, asks, cell, raw })
    }

    /// Looks for the person in the rows above.
    fn duplicate(&mut self, number: u32, staff: &Staff) -> Option<Finding> {
        let hash = Sha256::digest(staff.personal_id.expose().as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(hash.get(..16).expect("a SHA-256 has 32 bytes"));
        if let Some(first) = self.seen.get(&key) {
            let mut finding = own(Severity::Error, Field::PersonalId, "duplicate-row");
            finding.args.push(("first", first.to_string()));
            finding.args.push(("row", number.to_string()));
            return Some(finding);
        }
        self.seen.insert(key, number);
        None
    }

    fn skip_header(&mut self, number: u32, columns: &Columns) -> ControlFlow<()> {
        let mut finding = own(Severity::Note, Field::Row, "row-header");
        if !columns.unused.is_empty() {
            finding = own(Severity::Note, Field::Row, "row-header-unused");
            finding.args.push(("unused", columns.unused.join(", ")));
        }
        self.skip(number, finding)
    }

    fn skip(&mut self, number: u32, finding: Finding) -> ControlFlow<()> {
        let messages = vec![Message { cell: None, finding }];
        self.hold(Held {
            number,
            is_record: false,
            messages,
            staff: None,
            asks: false,
            cell: None,
            raw: None,
        })
    }

    /// Keeps a row, and before it the blank rows above, until there are enough to ask about.
    fn hold(&mut self, row: Held) -> ControlFlow<()> {
        let blank = self.last.saturating_add(1)..row.number;
        self.last = row.number;
        if blank.len() <= MOST_BLANK {
            self.held.extend(blank.map(|number| {
                let finding = own(Severity::Note, Field::Row, "row-blank");
                let messages = vec![Message { cell: None, finding }];
                Held {
                    number,
                    is_record: false,
                    messages,
                    staff: None,
                    asks: false,
                    cell: None,
                    raw: None,
                }
            }));
        }
        self.held.push(row);
        if self.held.len() < HELD { ControlFlow::Continue(()) } else { self.flush() }
    }

    /// Asks the registry about the rows that are kept and hands them over, in their order.
    pub(super) fn flush(&mut self) -> ControlFlow<()> {
        let mut held = std::mem::replace(&mut self.held, Vec::with_capacity(HELD));
        self.flow?;
        let asked: Vec<&Staff> =
            held.iter().filter(|row| row.asks).filter_map(|row| row.staff.as_ref()).collect();
        let known = if asked.is_empty() { Vec::new() } else { self.listener.known(&asked) };
        for (row, known) in held.iter_mut().filter(|row| row.asks).zip(known) {
            let cell = row.cell.take();
            row.messages.extend(known.map(|known| Message { cell, finding: already(known) }));
        }
        for row in held {
            let row = row.judged();
            self.totals.count(row.verdict);
            self.flow = self.listener.row(row);
            self.flow?;
        }
        ControlFlow::Continue(())
    }
}

impl Held {
    fn judged(self) -> Row {
        let Self { number, is_record, messages, staff, raw, .. } = self;
        let worst = messages.iter().map(|message| message.finding.severity).max();
        let verdict = match worst {
            _ if !is_record => Verdict::Skip,
            Some(Severity::Error) => Verdict::Error,
            Some(Severity::Warning) => Verdict::Warn,
            Some(Severity::Note) | None => Verdict::Ok,
        };
        let staff = staff.filter(|_| verdict != Verdict::Error);
        Row { number, verdict, messages, staff, raw }
    }
}

/// What stood in a row that is no record.
fn raw(cells: &[Cell], columns: &Columns) -> Box<Raw> {
    let mut raw = Raw::default();
    for cell in cells {
        raw.cells.push((cell.column, cell.text.clone()));
        let target = columns.targets.iter().find(|(column, _)| *column == cell.column);
        if let Some(place) = target.and_then(|(_, target)| raw.fields.get_mut(target.field())) {
            if !place.is_empty() {
                place.push(' ');
            }
            place.push_str(&cell.text);
        }
    }
    Box::new(raw)
}

/// What is said of a person whom the registry has.
fn already(known: Known) -> Finding {
    let (severity, code) = match known {
        Known::Unchanged => (Severity::Note, "known-unchanged"),
        Known::Changed => (Severity::Warning, "known-changed"),
        Known::Elsewhere => (Severity::Error, "known-elsewhere"),
    };
    own(severity, Field::PersonalId, code)
}

/// A finding whose text stands in this crate's catalogue.
fn own(severity: Severity, field: Field, code: &'static str) -> Finding {
    Finding { severity, field, code, args: Vec::new() }
}

/// `A1` for column 0 of row 1.
fn cell_name(column: u32, row: u32) -> String {
    column_name(column) + &row.to_string()
}

/// The name of a column as a spreadsheet gives it: `A` for 0, `AA` for 26.
pub fn column_name(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    loop {
        letters.push(char::from_u32(u32::from(b'A') + rest % 26).unwrap_or('A'));
        match (rest / 26).checked_sub(1) {
            Some(next) => rest = next,
            None => break,
        }
    }
    letters.iter().rev().collect()
}

/// A day number that counts from 1904 as one that counts from 1900.
fn shifted(text: String) -> String {
    match text.parse::<u32>() {
        Ok(days) if text.len() == 5 || days > 9_999 => (days + 1_462).to_string(),
        _ => text,
    }
}

/// `(1) (2) (3)` or `A B 1 2` under a header.
fn is_column_numbers(cells: &[Cell]) -> bool {
    cells.len() >= 3
        && cells.iter().all(|cell| {
            let inner =
                cell.text.trim().trim_start_matches(['(', '[']).trim_end_matches([')', ']']);
            (1..=2).contains(&inner.len())
                && (inner.bytes().all(|b| b.is_ascii_digit())
                    || inner.bytes().all(|b| b.is_ascii_uppercase()))
        })
}

/// `I`, `IV.`, `A`, `b)`: what numbers a group of people, not a person.
fn is_group_number(text: &str) -> bool {
    let number = text.trim().trim_end_matches(['.', ')', '/', '-']);
    let roman = !number.is_empty() && number.bytes().all(|b| matches!(b, b'I' | b'V' | b'X'));
    roman || (number.len() == 1 && number.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// A header stands within so many rows that are not blank.
pub(super) const HEADER_WITHIN: usize = 60;
/// So many rows are kept until the registry is asked about their people.
const HELD: usize = 500;
/// A larger gap is not told row by row.
const MOST_BLANK: usize = 1_000;
/// Columns that every record needs.
const NEEDED: &[Field] = &[
    Field::FullName,
    Field::Birth,
    Field::PersonalId,
    Field::CardType,
    Field::AgencyCode,
    Field::EmployingUnit,
    Field::Title,
];
const DATES: &[Field] = &[Field::Birth, Field::ContractEnd, Field::Retirement];
const TEXTS: &[Field] =
    &[Field::FullName, Field::ManagingAgency, Field::EmployingUnit, Field::Title];
/// Words of the block under a list, folded.
const SIGNATURES: &[&str] = &[
    "nguoi lap",
    "thu truong",
    "ky ten",
    "(ky",
    "ky, ",
    "ky va ghi ro",
    "dong dau",
    "xac nhan cua",
    "noi nhan",
    "an dinh danh sach",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_a_spreadsheet_names_them() {
        for (column, name) in [(0, "A7"), (25, "Z7"), (26, "AA7"), (701, "ZZ7"), (702, "AAA7")] {
            assert_eq!(cell_name(column, 7), name);
        }
    }

    #[test]
    fn groups_are_told_from_people() {
        for text in ["I", "IV.", "A", "b)"] {
            assert!(is_group_number(text), "{text}");
        }
        for text in ["1", "12", "An", ""] {
            assert!(!is_group_number(text), "{text}");
        }
    }

    #[test]
    fn day_numbers_from_1904_are_moved() {
        assert_eq!(shifted("30745".into()), "32207");
        assert_eq!(shifted("1988".into()), "1988");
    }
}
