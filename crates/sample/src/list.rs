//! A staff list as an office sends it.
//!
//! Above the header stand the office's and the State's lines in merged cells; below the rows a
//! total and a place to sign. Between them, good rows with the habits of real lists: numbers
//! stored as numbers so that their leading zeros are gone, dates as cells and as text, decomposed
//! letters (NFD), stray spaces, look-alike Ð, a blank row now and then. [`write_xlsx`] and
//! [`write_csv`] write the same rows with the same row numbers.

mod csv;
mod layout;
mod xlsx;

use std::io::{Seek, Write};

use jiff::civil::Date;

use crate::{Flaw, People};

/// What a list looks like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListOptions {
    /// How many rows that must be refused; their flaws follow [`Flaw::ALL`], again and again.
    pub bad_rows: u32,
    /// The date of the letter that the list is attached to, shown above the table.
    pub dated: Date,
}

impl Default for ListOptions {
    /// No bad row, dated 2 November 2026.
    fn default() -> Self {
        Self { bad_rows: 0, dated: jiff::civil::date(2026, 11, 2) }
    }
}

impl ListOptions {
    /// The demonstration's list: twelve bad rows, one of each of the first twelve flaws.
    pub fn demo() -> Self {
        Self { bad_rows: 12, ..Self::default() }
    }
}

/// A row that must be refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadRow {
    /// Sheet row or CSV line, from 1.
    pub row: u32,
    /// Why.
    pub flaw: Flaw,
}

/// What was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListSummary {
    /// Row of the column headings, from 1.
    pub header_row: u32,
    /// Rows that must go in.
    pub good_rows: u64,
    /// Rows that must be refused, in order.
    pub bad_rows: Vec<BadRow>,
    /// The last row with anything in it, from 1.
    pub last_row: u32,
}

/// Why a list was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// A sheet holds at most 1 048 576 rows; write CSV or several lists.
    #[error("a sheet holds at most 1048576 rows")]
    TooManyRows,
    /// The workbook could not be put together or written.
    #[error("the workbook could not be written")]
    Xlsx(#[source] rust_xlsxwriter::XlsxError),
    /// The file could not be written.
    #[error("the list could not be written")]
    Io(#[from] std::io::Error),
}

/// Writes a list as XLSX. The same people and options give the same bytes.
///
/// Above 20 000 people the rows go through a temporary file instead of memory.
///
/// # Errors
///
/// [`ListError`]: more rows than a sheet holds, or a writer that fails.
pub fn write_xlsx<W: Write + Seek + Send>(
    people: &People,
    options: ListOptions,
    writer: W,
) -> Result<ListSummary, ListError> {
    xlsx::write(people, options, writer)
}

/// Writes the same list as CSV: UTF-8 with a byte order mark, commas, CRLF, as a spreadsheet saves
/// it. The same people and options give the same bytes.
///
/// # Errors
///
/// [`ListError::Io`] when the writer fails.
pub fn write_csv<W: Write>(
    people: &People,
    options: ListOptions,
    writer: W,
) -> Result<ListSummary, ListError> {
    csv::write(people, options, writer)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::Options;

    fn people(count: u64) -> People {
        People::new(838, &Options { count, ..Options::demo() }).unwrap()
    }

    fn xlsx(people: &People, options: ListOptions) -> (Vec<u8>, ListSummary) {
        let mut file = Cursor::new(Vec::new());
        let summary = write_xlsx(people, options, &mut file).unwrap();
        (file.into_inner(), summary)
    }

    fn csv(people: &People, options: ListOptions) -> (String, ListSummary) {
        let mut file = Vec::new();
        let summary = write_csv(people, options, &mut file).unwrap();
        (String::from_utf8(file).unwrap(), summary)
    }

    #[test]
    fn same_seed_gives_the_same_bytes() {
        let options = ListOptions::demo();
        let (one, two) = (xlsx(&people(300), options).0, xlsx(&people(300), options).0);
        assert_eq!(Sha256::digest(one), Sha256::digest(two));
        assert_eq!(csv(&people(300), options), csv(&people(300), options));
    }

    #[test]
    fn first_lines_of_a_list_look_like_this() {
        let (text, _) = csv(&people(5), ListOptions { bad_rows: 2, ..ListOptions::default() });
        insta::assert_snapshot!(text.trim_start_matches('\u{FEFF}').replace("\r\n", "\n"));
    }

    #[test]
    fn xlsx_and_csv_have_the_same_rows() {
        let (people, options) =
            (people(120), ListOptions { bad_rows: 14, ..ListOptions::default() });
        let (text, of_csv) = csv(&people, options);
        let (_, of_xlsx) = xlsx(&people, options);
        assert_eq!(of_csv, of_xlsx);
        assert_eq!(of_csv.good_rows, 120);
        assert_eq!(text.lines().count(), of_csv.last_row as usize);
    }

    #[test]
    fn summary_names_the_rows_of_all_flaws() {
        let (text, summary) =
            csv(&people(100), ListOptions { bad_rows: 14, ..ListOptions::default() });
        let lines: Vec<&str> = text.lines().collect();
        let flaws: Vec<Flaw> = summary.bad_rows.iter().map(|bad| bad.flaw).collect();
        assert_eq!(flaws, Flaw::ALL);
        for bad in &summary.bad_rows {
            let line = lines[bad.row as usize - 1];
            let mark = match bad.flaw {
                Flaw::PipeInName => "|",
                Flaw::Formula => ",=",
                Flaw::UnknownCardType => ",NV,",
                Flaw::DirectionMark => "\u{202E}",
                Flaw::ImpossibleBirth => "31/02/",
                Flaw::FutureBirth => "/2091",
                Flaw::LetterInId => ",O",
                _ => ",",
            };
            assert!(line.contains(mark), "{:?}: {line}", bad.flaw);
        }
    }

    #[test]
    fn twenty_thousand_and_more_rows_are_the_same_rows() {
        let (many, options) = (people(20_001), ListOptions::default());
        let (bytes, summary) = xlsx(&many, options);
        assert_eq!(summary.good_rows, 20_001);
        assert!(bytes.starts_with(b"PK"));
    }

    #[test]
    fn list_longer_than_a_sheet_is_refused() {
        let mut sink = Cursor::new(Vec::new());
        let error = write_xlsx(&people(1_048_576), ListOptions::default(), &mut sink).unwrap_err();
        assert!(matches!(error, ListError::TooManyRows));
    }

    /// The product's own rules take every good row as the CSV has it, zeros and all, and refuse
    /// every bad one, save those that only the file as a whole or a cell's kind gives away.
    #[test]
    fn validator_takes_the_good_rows_and_refuses_the_bad() {
        let (text, summary) = csv(
            &People::new(838, &Options::new(1000)).unwrap(),
            ListOptions { bad_rows: 28, ..ListOptions::default() },
        );
        let profile = profile::Profile::qd838();
        let text = text.trim_start_matches('\u{FEFF}');
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut good = 0;
        for (row, record) in (1..).zip(reader.records().map(Result::unwrap)) {
            let field = |at: usize| record.get(at).unwrap().to_owned();
            if row <= summary.header_row || field(4).is_empty() {
                continue;
            }
            let input = profile::StaffInput {
                full_name: field(1),
                birth: field(2),
                sex: field(3),
                personal_id: field(4),
                card_type: field(5),
                agency_code: field(6),
                managing_agency: field(7),
                employing_unit: field(8),
                title: field(9),
                staff_code: field(10),
                photo: field(11),
                ..profile::StaffInput::default()
            };
            let validated = profile.validate(&input, jiff::civil::date(2026, 11, 23));
            match summary.bad_rows.iter().find(|bad| bad.row == row) {
                None => {
                    assert!(validated.staff.is_some(), "{row}: {:?}", validated.findings);
                    good += 1;
                }
                Some(BadRow { flaw: Flaw::Duplicate, .. }) => {}
                Some(bad) => assert!(validated.staff.is_none(), "{row}: {:?}", bad.flaw),
            }
        }
        assert_eq!(good, 1000);
    }

    #[test]
    fn writer_that_fails_is_an_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("full"))
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        assert!(matches!(
            write_csv(&people(3), ListOptions::default(), Full),
            Err(ListError::Io(_))
        ));
    }
}
