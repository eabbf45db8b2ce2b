//! A look at the beginning of a list: its header, what each column is taken for, and samples.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;

use super::Options;
use super::engine::{Cell, HEADER_WITHIN};
use super::heading::{Columns, Target};

/// The beginning of a list, for a person who says which column is what.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Survey {
    /// The sheet that was looked at; none for a CSV.
    pub sheet: Option<String>,
    /// Every visible sheet of a workbook.
    pub sheets: Vec<String>,
    /// The rows of column names: none, one or two.
    pub header: Vec<u32>,
    /// Rows up to the header that are not blank, or the first ones where none was found: number,
    /// and text by column from 0.
    pub top: Vec<(u32, Vec<(u32, String)>)>,
    /// Every column that has a heading or a value, from the left.
    pub columns: Vec<Column>,
}

/// One column of a list.
#[derive(Clone, Eq, PartialEq)]
pub struct Column {
    /// Its number, from 0.
    pub index: u32,
    /// Its heading, two rows of it joined by a blank; empty when there is none.
    pub heading: String,
    /// What it is taken for; none when it is not used.
    pub target: Option<Target>,
    /// Its first values. They may be personal: mask them.
    pub samples: Vec<String>,
}

impl fmt::Debug for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Survey")
            .field("header", &self.header)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column")
            .field("index", &self.index)
            .field("heading", &self.heading)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// Looks at rows instead of judging them.
#[derive(Default)]
pub(super) struct Surveyor {
    sheet: Option<String>,
    sheets: Vec<String>,
    top: Vec<(u32, Vec<(u32, String)>)>,
    header: Vec<u32>,
    headings: BTreeMap<u32, String>,
    columns: Option<Columns>,
    samples: BTreeMap<u32, Vec<String>>,
    records: usize,
    /// What the first sheet gave, while a header is looked for on the others.
    first: Option<Survey>,
}

impl Surveyor {
    pub(super) fn has_header(&self) -> bool {
        self.columns.is_some()
    }

    pub(super) fn is_promising(&self) -> bool {
        self.records < SAMPLES && (self.columns.is_some() || self.top.len() < HEADER_WITHIN)
    }

    /// Learns which sheets there are.
    pub(super) fn sheets(&mut self, names: &[String]) {
        self.sheets = names.to_vec();
    }

    /// Begins another sheet.
    pub(super) fn restart(&mut self, sheet: &str) {
        let before = std::mem::take(self);
        self.first.clone_from(&before.first);
        self.sheets.clone_from(&before.sheets);
        if self.first.is_none() && before.sheet.is_some() {
            self.first = Some(before.done());
        }
        self.sheet = Some(sheet.to_owned());
    }

    pub(super) fn row(
        &mut self,
        number: u32,
        cells: &[Cell],
        options: &Options,
    ) -> ControlFlow<()> {
        if self.columns.is_none() && options.mending.header == Some(0) {
            self.columns = Some(Columns::told(&[], options));
        }
        let texts = || cells.iter().map(|cell| (cell.column, cell.text.clone())).collect();
        match &mut self.columns {
            None => {
                self.top.push((number, texts()));
                self.columns = Columns::begin(number, cells, options);
                if self.columns.is_some() {
                    self.take_header(number, cells);
                }
            }
            Some(columns) if self.records == 0 && self.header.len() == 1 => {
                if columns.add_second(cells, options) {
                    self.top.push((number, texts()));
                    self.take_header(number, cells);
                } else {
                    self.sample(cells);
                }
            }
            Some(_) => self.sample(cells),
        }
        if self.is_promising() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn take_header(&mut self, number: u32, cells: &[Cell]) {
        self.header.push(number);
        for cell in cells {
            let heading = self.headings.entry(cell.column).or_default();
            for word in cell.text.split_whitespace() {
                if !heading.is_empty() {
                    heading.push(' ');
                }
                heading.push_str(word);
            }
        }
    }

    fn sample(&mut self, cells: &[Cell]) {
        self.records += 1;
        for cell in cells {
            self.samples.entry(cell.column).or_default().push(cell.text.clone());
        }
    }

    /// What was seen.
    pub(super) fn done(mut self) -> Survey {
        if self.columns.is_none()
            && let Some(first) = self.first.take()
        {
            return Survey { sheets: self.sheets, ..first };
        }
        if self.columns.is_none() {
            for (_, cells) in self.top.iter().rev().take(SAMPLES) {
                for (column, text) in cells {
                    self.samples.entry(*column).or_default().push(text.clone());
                }
            }
        }
        let mut indexes: Vec<u32> =
            self.headings.keys().chain(self.samples.keys()).copied().collect();
        indexes.extend(self.columns.iter().flat_map(|columns| &columns.targets).map(|(at, _)| *at));
        indexes.sort_unstable();
        indexes.dedup();
        let columns = indexes.into_iter().map(|index| Column {
            index,
            heading: self.headings.remove(&index).unwrap_or_default(),
            target: self.columns.as_ref().and_then(|columns| {
                columns.targets.iter().find(|(at, _)| *at == index).map(|(_, target)| *target)
            }),
            samples: self.samples.remove(&index).unwrap_or_default(),
        });
        let columns = columns.collect();
        Survey {
            sheet: self.sheet,
            sheets: self.sheets,
            header: self.header,
            top: self.top,
            columns,
        }
    }
}

/// Rows after the header that are looked at.
const SAMPLES: usize = 5;
