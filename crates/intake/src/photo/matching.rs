//! Whose photo a file is.

use std::collections::HashMap;

use super::Finding;
use super::archive::fold;

/// What a row of a staff list says that a photo's file name may repeat.
#[derive(Clone, Copy, Default)]
pub struct Names<'a> {
    /// The list's photo column: a file name, with or without its ending.
    pub photo: Option<&'a str>,
    /// The personal id number, 12 digits.
    pub personal_id: Option<&'a str>,
    /// The staff code.
    pub staff_code: Option<&'a str>,
}

impl std::fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names(..)")
    }
}

/// What tied a file to a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MatchedBy {
    /// The list's photo column.
    PhotoColumn,
    /// The personal id number in the file name.
    PersonalId,
    /// The staff code as the file name, or as a word of it.
    StaffCode,
}

/// The answer for one file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Match {
    /// One row.
    Row {
        /// Position in the iterator given to [`Matcher::new`], from 0.
        row: usize,
        /// By what.
        by: MatchedBy,
    },
    /// No row.
    Nobody,
    /// More than one row, so none.
    Several,
}

impl Match {
    /// What to say about a file that fits no single row; `shown` is the entry's safe name.
    pub fn finding(self, shown: &str) -> Option<Finding> {
        match self {
            Self::Row { .. } => None,
            Self::Nobody => Some(Finding::warning("photo-match-nobody").with("entry", shown)),
            Self::Several => Some(Finding::error("photo-match-several").with("entry", shown)),
        }
    }
}

/// Finds the row for a file name. Keeps personal numbers in memory, shows none.
pub struct Matcher {
    photo: Index,
    photo_stem: Index,
    personal_id: Index,
    staff_code: Index,
}

impl std::fmt::Debug for Matcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Matcher(..)")
    }
}

impl Matcher {
    /// A matcher for rows in their order.
    pub fn new<'a>(rows: impl IntoIterator<Item = Names<'a>>) -> Self {
        let mut matcher = Self {
            photo: Index::default(),
            photo_stem: Index::default(),
            personal_id: Index::default(),
            staff_code: Index::default(),
        };
        for (row, names) in rows.into_iter().enumerate() {
            if let Some(photo) = given(names.photo) {
                // A column may hold a path of somebody's computer.
                let file = photo.rsplit(['/', '\\']).next().unwrap_or(photo);
                let file = fold(file);
                matcher.photo_stem.add(stem(&file).to_owned(), row);
                matcher.photo.add(file, row);
            }
            if let Some(id) = given(names.personal_id) {
                matcher.personal_id.add(id.to_owned(), row);
            }
            if let Some(code) = given(names.staff_code) {
                matcher.staff_code.add(fold(code), row);
            }
        }
        matcher
    }

    /// The row for a file name without folders.
    ///
    /// The list's own photo column decides; a name that stands in no row's column is looked up by
    /// the 12-digit number in it, then by staff code. Letter case and NFC/NFD do not matter.
    pub fn find(&self, file_name: &str) -> Match {
        let file = fold(file_name);
        let stem = stem(&file);
        let by_column = self.photo.get(&file).or_else(|| self.photo_stem.get(stem));
        if let Some(row) = by_column {
            return answer([row], MatchedBy::PhotoColumn);
        }
        let by_number = stem
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| digits.len() == 12)
            .filter_map(|digits| self.personal_id.get(digits));
        match answer(by_number, MatchedBy::PersonalId) {
            Match::Nobody => {}
            found => return found,
        }
        let words = stem
            .split(|c: char| c.is_whitespace() || matches!(c, '_' | ',' | ';' | '(' | ')'))
            .filter(|word| *word != stem && !word.is_empty());
        let by_code =
            std::iter::once(stem).chain(words).filter_map(|word| self.staff_code.get(word));
        answer(by_code, MatchedBy::StaffCode)
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn stem(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, "jpg" | "jpeg" | "png" | "jpe" | "jfif")) => stem,
        _ => file,
    }
}

/// One row when all candidates agree on it.
fn answer(found: impl IntoIterator<Item = Slot>, by: MatchedBy) -> Match {
    let mut rows = found.into_iter();
    match rows.next() {
        None => Match::Nobody,
        Some(Slot::Several) => Match::Several,
        Some(first @ Slot::One(row)) => {
            if rows.all(|other| other == first) {
                Match::Row { row, by }
            } else {
                Match::Several
            }
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Slot {
    One(usize),
    Several,
}

#[derive(Default)]
struct Index(HashMap<String, Slot>);

impl Index {
    fn add(&mut self, key: String, row: usize) {
        self.0
            .entry(key)
            .and_modify(|slot| {
                if *slot != Slot::One(row) {
                    *slot = Slot::Several;
                }
            })
            .or_insert(Slot::One(row));
    }

    fn get(&self, key: &str) -> Option<Slot> {
        self.0.get(key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher() -> Matcher {
        Matcher::new([
            Names {
                photo: Some("An.JPG"),
                personal_id: Some("001090000001"),
                staff_code: Some("NV-0001"),
            },
            Names { personal_id: Some("001190000002"), staff_code: Some("NV-0002"), photo: None },
            Names { photo: Some("chung.jpg"), ..Names::default() },
            Names { photo: Some("Chung.jpg"), ..Names::default() },
            Names { photo: Some(r"C:\anh\Hoà.png"), ..Names::default() },
        ])
    }

    #[test]
    fn photo_column_decides() {
        let by = MatchedBy::PhotoColumn;
        assert_eq!(matcher().find("an.jpg"), Match::Row { row: 0, by });
        assert_eq!(matcher().find("AN.jpeg"), Match::Row { row: 0, by });
        assert_eq!(matcher().find("Hoa\u{300}.png"), Match::Row { row: 4, by });
    }

    #[test]
    fn personal_id_in_the_name_is_found() {
        let by = MatchedBy::PersonalId;
        assert_eq!(matcher().find("Nguyen Van B 001190000002.jpg"), Match::Row { row: 1, by });
    }

    #[test]
    fn staff_code_as_name_or_word_is_found() {
        let by = MatchedBy::StaffCode;
        assert_eq!(matcher().find("nv-0002.png"), Match::Row { row: 1, by });
        assert_eq!(matcher().find("NV-0002_Nguyen Van B.png"), Match::Row { row: 1, by });
    }

    #[test]
    fn part_of_a_number_or_code_is_nobody() {
        assert_eq!(matcher().find("00119000000.jpg"), Match::Nobody);
        assert_eq!(matcher().find("0011900000021.jpg"), Match::Nobody);
        assert_eq!(matcher().find("NV-000.jpg"), Match::Nobody);
    }

    #[test]
    fn name_that_two_rows_claim_is_several() {
        assert_eq!(matcher().find("chung.jpg"), Match::Several);
        assert_eq!(matcher().find("001090000001 001190000002.jpg"), Match::Several);
    }

    #[test]
    fn debug_shows_no_number() {
        let names = Names { personal_id: Some("001090000001"), ..Names::default() };
        assert_eq!(format!("{names:?} {:?}", matcher()), "Names(..) Matcher(..)");
    }
}
