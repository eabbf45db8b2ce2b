//! The rows that do not go in, as a workbook to mend and send again.

use std::collections::BTreeSet;

use intake::rows::{Target, column_name};
use profile::Field;
use registry::drafts::DraftId;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};

use super::{Entry, Look, State, look, refuses, sentence};
use crate::App;
use crate::fault::Fault;
use crate::say::Say;
use crate::session::{May, grant::ListUpload};

/// The refused rows as an XLSX: the columns of the list with corrections, the row's number and
/// the reasons. Every cell is text; nothing in it is a formula.
pub(crate) async fn refused_file(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    say: Say,
) -> Result<Vec<u8>, Fault> {
    let look = look(app, may, id).await?;
    let made = tokio::task::spawn_blocking(move || workbook(&look, say));
    made.await.map_err(Fault::bug)?.map_err(Fault::bug)
}

fn workbook(look: &Look, say: Say) -> Result<Vec<u8>, XlsxError> {
    let head = &look.opened.head;
    let mending = head.options().mending;
    let refused: Vec<&Entry> = look
        .analysis
        .entries
        .iter()
        .filter(|entry| entry.state == State::Refused && entry.raw.is_some())
        .collect();
    let columns = look.analysis.columns();
    let column_of = |field: Field| {
        columns.iter().find(|column| column.target.is_some_and(|target| target.field() == field))
    };
    // What was put right and has no column gets one.
    let extra: BTreeSet<Field> = refused
        .iter()
        .flat_map(|entry| mending.of_row(entry.number))
        .map(|(field, _)| field)
        .filter(|field| column_of(*field).is_none())
        .collect();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let text = Format::new().set_num_format("@");
    let bold = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    let wrap = Format::new().set_num_format("@").set_text_wrap();
    let mut at: u16 = 0;
    for column in columns {
        let heading = if column.heading.is_empty() {
            column_name(column.index)
        } else {
            column.heading.clone()
        };
        sheet.write_string_with_format(0, at, &heading, &bold)?;
        sheet.set_column_format(at, &text)?;
        at += 1;
    }
    for field in &extra {
        sheet.write_string_with_format(0, at, field.label(say.0), &bold)?;
        sheet.set_column_format(at, &text)?;
        at += 1;
    }
    sheet.write_string_with_format(0, at, say.t("lists-refused-row"), &bold)?;
    sheet.write_string_with_format(0, at + 1, say.t("lists-refused-why"), &bold)?;
    sheet.set_column_width(at + 1, 80)?;
    sheet.set_freeze_panes(1, 0)?;
    for (line, entry) in (1_u32..).zip(refused) {
        let Some(raw) = &entry.raw else { continue };
        let mended = |field: Field| {
            mending.of_row(entry.number).find(|(other, _)| *other == field).map(|(_, text)| text)
        };
        let mut at: u16 = 0;
        for column in columns {
            let given = || {
                raw.cells.iter().find(|(index, _)| *index == column.index).map(|(_, t)| t.as_str())
            };
            let text = match column.target {
                // A name that was put right stands whole in the first of two columns.
                Some(Target::Given) if column_of(Field::FullName) != Some(column) => {
                    mended(Field::FullName).map_or_else(given, |_| None)
                }
                Some(target) => mended(target.field()).or_else(given),
                None => given(),
            };
            if let Some(cell) = text {
                sheet.write_string_with_format(line, at, cut(cell), &wrap)?;
            }
            at += 1;
        }
        for field in &extra {
            if let Some(cell) = mended(*field) {
                sheet.write_string_with_format(line, at, cut(cell), &wrap)?;
            }
            at += 1;
        }
        sheet.write_string_with_format(line, at, entry.number.to_string(), &text)?;
        let reasons: Vec<String> = entry
            .messages
            .iter()
            .filter(|message| refuses(message))
            .map(|message| sentence(message, say))
            .collect();
        sheet.write_string_with_format(line, at + 1, cut(&reasons.join("\n")), &wrap)?;
    }
    book.save_to_buffer()
}

/// The longest text that a cell of a workbook holds.
fn cut(text: &str) -> &str {
    text.char_indices().nth(32_000).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}
