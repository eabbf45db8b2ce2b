//! The list as a workbook.

use std::io::{Seek, Write};

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError,
};

use super::layout::{Cell, Line, Look, lay_out};
use super::{ListError, ListOptions, ListSummary};
use crate::People;

pub(super) fn write<W: Write + Seek + Send>(
    people: &People,
    options: ListOptions,
    writer: W,
) -> Result<ListSummary, ListError> {
    let lines =
        people.count_in_all() + u64::from(options.bad_rows) + people.count_in_all() / 50 + 11;
    if lines > MAX_ROWS {
        return Err(ListError::TooManyRows);
    }
    let mut workbook = Workbook::new();
    // Whatever the clock says, the file is the same.
    let created = ExcelDateTime::from_ymd(
        u16::try_from(options.dated.year()).unwrap_or(2026),
        u8::try_from(options.dated.month()).unwrap_or(1),
        u8::try_from(options.dated.day()).unwrap_or(1),
    )
    .map_err(ListError::Xlsx)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));

    let formats = Formats::new();
    let sheet = if people.count_in_all() > IN_MEMORY {
        workbook.add_worksheet_with_constant_memory().map_err(ListError::Xlsx)?
    } else {
        workbook.add_worksheet()
    };
    let summary = fill(sheet, people, options, &formats).map_err(ListError::Xlsx)?;
    workbook.save_to_writer(writer).map_err(ListError::Xlsx)?;
    Ok(summary)
}

/// Rows of a sheet.
const MAX_ROWS: u64 = 1_048_576;
/// Above so many people the rows go through a temporary file.
const IN_MEMORY: u64 = 20_000;

struct Formats {
    title: Format,
    header: Format,
    date: Format,
    digits: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            title: Format::new().set_bold().set_align(FormatAlign::Center),
            header: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_border(FormatBorder::Thin),
            date: Format::new().set_num_format("dd/mm/yyyy"),
            digits: Format::new().set_num_format("0"),
        }
    }
}

fn fill(
    sheet: &mut Worksheet,
    people: &People,
    options: ListOptions,
    formats: &Formats,
) -> Result<ListSummary, XlsxError> {
    sheet.set_name("Danh sách")?;
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    lay_out(people, options, |row, line| put(sheet, row - 1, &line, formats))
}

/// Widths of the columns in characters.
const WIDTHS: [f64; 12] = [6.0, 28.0, 12.0, 9.0, 15.0, 10.0, 10.0, 34.0, 34.0, 34.0, 14.0, 18.0];

fn put(sheet: &mut Worksheet, row: u32, line: &Line, formats: &Formats) -> Result<(), XlsxError> {
    for (column, cell) in &line.cells {
        let merged = line.merged.iter().find(|(first, _)| first == column);
        match (cell, merged) {
            (Cell::Text(text), Some((first, last))) => {
                sheet.merge_range(row, *first, row, *last, text, &formats.title)?;
            }
            (Cell::Text(text), None) if line.look == Look::Header => {
                sheet.write_string_with_format(row, *column, text, &formats.header)?;
            }
            (Cell::Text(text), None) => {
                sheet.write_string(row, *column, text)?;
            }
            (Cell::Number(number), _) => {
                // Twelve digits are far below 2^53, so nothing is lost.
                #[expect(clippy::cast_precision_loss, reason = "at most twelve digits")]
                sheet.write_number_with_format(row, *column, *number as f64, &formats.digits)?;
            }
            (Cell::Date(date), _) => {
                let date = ExcelDateTime::from_ymd(
                    u16::try_from(date.year()).unwrap_or(1900),
                    u8::try_from(date.month()).unwrap_or(1),
                    u8::try_from(date.day()).unwrap_or(1),
                )?;
                sheet.write_datetime_with_format(row, *column, &date, &formats.date)?;
            }
            (Cell::Formula(formula), _) => {
                let formula = Formula::new(format!("={formula}")).set_result("Nhân viên");
                sheet.write_formula(row, *column, formula)?;
            }
            (Cell::Blank, _) => {}
        }
    }
    Ok(())
}
