//! What a person says of a list after reading it once: its header, columns, and cells put right.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use profile::{Field, StaffInput};

use super::heading::Target;

/// Corrections by a person, applied while the list is read and before a row is judged.
///
/// The file itself is never changed, and a correction that is taken away leaves what it says.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Mending {
    /// The row of the column names, or the first of two; 0 for a list that has none. Without it the
    /// header is looked for.
    pub header: Option<u32>,
    /// What columns (from 0) hold, whatever their heading says; none: the column is not used. Taken
    /// only where `header` is given.
    pub columns: BTreeMap<u32, Option<Target>>,
    /// What fields of rows shall say instead of their cells. A row that has one is a record, even
    /// if it looked like a title or a total.
    pub texts: BTreeMap<(u32, Field), String>,
    /// Rows that a person leaves out.
    pub left_out: BTreeSet<u32>,
}

impl Mending {
    /// What was said of a column; none when nothing was.
    #[expect(clippy::option_option, reason = "outer: was it said; inner: which, or none of ours")]
    pub(super) fn told(&self, column: u32) -> Option<Option<Target>> {
        self.header.and_then(|_| self.columns.get(&column).copied())
    }

    /// The fields of a row that were put right, with what they shall say.
    pub fn of_row(&self, row: u32) -> impl Iterator<Item = (Field, &str)> {
        self.texts
            .range((row, Field::Stt)..=(row, Field::Row))
            .map(|((_, field), text)| (*field, text.as_str()))
    }
}

impl fmt::Debug for Mending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mending")
            .field("header", &self.header)
            .field("columns", &self.columns)
            .field("texts", &self.texts.len())
            .field("left_out", &self.left_out)
            .finish()
    }
}

/// What stood in a row before it was judged.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Raw {
    /// What the file says, by column from 0; blank cells are left out.
    pub cells: Vec<(u32, String)>,
    /// What was judged: the cells by field, corrections and defaults among them.
    pub fields: StaffInput,
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw").field("cells", &self.cells.len()).finish_non_exhaustive()
    }
}
