//! The list as a text file.

use std::io::{BufWriter, Write};

use super::layout::{COLUMNS, Cell, Line, day_month_year, lay_out};
use super::{ListError, ListOptions, ListSummary};
use crate::People;

pub(super) fn write<W: Write>(
    people: &People,
    options: ListOptions,
    writer: W,
) -> Result<ListSummary, ListError> {
    let mut out = BufWriter::new(writer);
    out.write_all("\u{FEFF}".as_bytes())?;
    let summary = lay_out(people, options, |_, line| write_line(&mut out, &line))?;
    out.flush()?;
    Ok(summary)
}

fn write_line(out: &mut impl Write, line: &Line) -> Result<(), ListError> {
    for column in 0..COLUMNS {
        if column > 0 {
            out.write_all(b",")?;
        }
        let cell = line.cells.iter().find(|(at, _)| *at == column).map(|(_, cell)| cell);
        match cell {
            None | Some(Cell::Blank) => {}
            Some(Cell::Text(text)) => out.write_all(quoted(text).as_bytes())?,
            Some(Cell::Number(number)) => write!(out, "{number}")?,
            Some(Cell::Date(date)) => out.write_all(day_month_year(*date).as_bytes())?,
            Some(Cell::Formula(formula)) => {
                out.write_all(quoted(&format!("={formula}")).as_bytes())?;
            }
        }
    }
    out.write_all(b"\r\n")?;
    Ok(())
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
