//! XLSX: cells as they stream out of the sheet, never the sheet as a whole.

use std::io::{Read, Seek, SeekFrom};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::engine::{Cell, Engine, Kind};
use super::{SourceError, bomb};

/// Reads the sheet that is asked for, or the first visible one with a header.
pub(super) fn read<R: Read + Seek>(
    mut source: R,
    engine: &mut Engine<'_>,
) -> Result<(), SourceError> {
    bomb::inspect(&mut source, &engine.options.limits)?;
    source.seek(SeekFrom::Start(0))?;
    let mut workbook = Xlsx::new(source).map_err(damaged)?;
    engine.from_1904 = workbook.has_1904_epoch();
    let visible: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    engine.sheets(&visible);
    let names: Vec<String> = match &engine.options.sheet {
        Some(wanted) => {
            let sheets = workbook.sheets_metadata();
            let found = sheets.iter().find(|sheet| sheet.name == *wanted);
            vec![found.ok_or_else(|| SourceError::NoSheet(wanted.clone()))?.name.clone()]
        }
        None => visible,
    };
    for name in names {
        engine.restart(&name);
        sheet(&mut workbook, &name, engine)?;
        if engine.has_header() {
            return engine.finish();
        }
    }
    Err(engine.no_header())
}

fn sheet<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    name: &str,
    engine: &mut Engine<'_>,
) -> Result<(), SourceError> {
    let mut reader = match workbook.worksheet_cells_reader(name) {
        Ok(reader) => reader,
        Err(XlsxError::NotAWorksheet(_)) => return Ok(()),
        Err(error) => return Err(damaged(error)),
    };
    // A sheet that leaves its dimension out counts as one cell; one that exaggerates costs nothing.
    match reader.dimensions().end.0 {
        0 => {}
        last => engine.expect(u64::from(last) + 1),
    }
    let mut row = 0;
    let mut cells: Vec<Cell> = Vec::with_capacity(32);
    // One pass gives values and formulas; reading the sheet a second time would double the work.
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(damaged)? {
        let (at, column) = record.pos;
        if at != row {
            if engine.row(row + 1, &mut cells)?.is_break() || !engine.is_promising() {
                return Ok(());
            }
            cells.clear();
            row = at;
        }
        if column >= MOST_COLUMNS {
            continue;
        }
        if let Some(mut cell) = cell(column, record.value) {
            if record.formula.is_some() {
                cell.kind = Kind::Formula;
            }
            cells.push(cell);
        } else if record.formula.is_some() {
            cells.push(Cell { column, text: String::new(), kind: Kind::Formula });
        }
    }
    let _stopped = engine.row(row + 1, &mut cells)?;
    Ok(())
}

fn cell(column: u32, value: DataRef<'_>) -> Option<Cell> {
    let (text, kind) = match value {
        DataRef::Empty => return None,
        DataRef::SharedString(text) => (text.to_owned(), Kind::Text),
        DataRef::String(text) => (text, Kind::Text),
        DataRef::Int(number) => (number.to_string(), Kind::Number),
        DataRef::Float(number) => (plain(number), Kind::Number),
        DataRef::Bool(value) => (if value { "TRUE" } else { "FALSE" }.to_owned(), Kind::Text),
        DataRef::DateTime(moment) => date(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text, Kind::Text),
        DataRef::Error(error) => (error.to_string(), Kind::Broken),
    };
    Some(Cell { column, text, kind })
}

/// A day as `yyyy-mm-dd`. A number too large for one, or a time of day, is a number: a column of
/// identity numbers that somebody gave the form of a date.
fn date(moment: ExcelDateTime) -> (String, Kind) {
    let number = moment.as_f64();
    if moment.is_duration() || !(1.0..MOST_DAYS).contains(&number) {
        return (plain(number), Kind::Number);
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    (format!("{year:04}-{month:02}-{day:02}"), Kind::Date)
}

/// A number without exponent; whole numbers without a point.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < MOST_WHOLE {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

fn damaged(error: XlsxError) -> SourceError {
    match error {
        XlsxError::Password => SourceError::Encrypted,
        XlsxError::Io(error) => SourceError::Io(error),
        error => SourceError::Damaged(Box::new(error)),
    }
}

/// Columns that are looked at.
const MOST_COLUMNS: u32 = 256;
/// The day after 9999-12-31.
const MOST_DAYS: f64 = 2_958_466.0;
/// Whole numbers up to here are exact.
const MOST_WHOLE: f64 = 9_007_199_254_740_992.0;
