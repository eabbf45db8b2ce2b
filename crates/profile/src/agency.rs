//! Agency codes and the dated table of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An agency code: a letter `A`–`Y` and two digits, then any number of groups of `0-9 A-Z`, each
/// after a `.`; at most 35 characters.
///
/// Source: Decision 20/2020/QĐ-TTg, art. 4.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgencyCode(String);

impl AgencyCode {
    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first group: the ministry, sector or province.
    pub fn level1(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }

    /// The current form of a code in the form that QCVN 102:2016/BTTTT had (13 characters, the
    /// first level last, for example `000.00.00.H49`): groups reversed, zero groups dropped.
    ///
    /// `None` when the text has not that form.
    pub fn from_qcvn102(text: &str) -> Option<Self> {
        let groups: Vec<&str> = text.split('.').collect();
        let [third, second, first, level1] = groups.as_slice() else { return None };
        let digits = |group: &str, length: usize| {
            group.len() == length && group.bytes().all(|b| b.is_ascii_digit())
        };
        if !(digits(third, 3) && digits(second, 2) && digits(first, 2)) {
            return None;
        }
        let kept = [*level1, first, second, third]
            .into_iter()
            .filter(|group| group.bytes().any(|b| b != b'0'))
            .collect::<Vec<_>>();
        kept.join(".").parse().ok()
    }
}

/// The text is no agency code.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an agency code is a letter A-Y, two digits, and groups of 0-9 A-Z after dots")]
pub struct BadAgencyCode;

impl FromStr for AgencyCode {
    type Err = BadAgencyCode;

    fn from_str(text: &str) -> Result<Self, BadAgencyCode> {
        if text.len() > MAX_LENGTH {
            return Err(BadAgencyCode);
        }
        let mut groups = text.split('.');
        let first = groups.next().unwrap_or_default().as_bytes();
        let level1 = matches!(first, [b'A'..=b'Y', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit());
        let rest = groups.all(|group| {
            !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        });
        if level1 && rest { Ok(Self(text.to_owned())) } else { Err(BadAgencyCode) }
    }
}

impl TryFrom<String> for AgencyCode {
    type Error = BadAgencyCode;

    fn try_from(text: String) -> Result<Self, BadAgencyCode> {
        text.parse()
    }
}

impl From<AgencyCode> for String {
    fn from(code: AgencyCode) -> Self {
        code.0
    }
}

impl fmt::Display for AgencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a table of codes was refused.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The text is no CSV, or a column is missing.
    #[error("the code table does not parse")]
    Csv(#[source] csv::Error),
    /// A row has a code of another form.
    #[error("the code table holds {0:?}, which is no code")]
    Code(String),
    /// A row has a day that is none.
    #[error("the code table holds {0:?}, which is no day")]
    Day(String),
}

/// What the table knows of a first-level code on a day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing<'a> {
    /// In force.
    Open {
        /// Name of the body.
        name: &'a str,
    },
    /// Closed on or before that day.
    Closed {
        /// First day it was no longer in force.
        since: Date,
        /// Name the body had.
        name: &'a str,
        /// The code that stands for it on that day, with the body's name.
        successor: Option<(&'a str, &'a str)>,
    },
    /// In force from a later day only.
    NotYet {
        /// First day.
        from: Date,
    },
    /// In a group whose single codes are not published.
    Unlisted {
        /// Name of the group.
        group: &'a str,
    },
    /// Not in the table.
    Unknown,
}

/// First-level agency codes with the days they hold and their successors.
///
/// Source: Decision 20/2020/QĐ-TTg, annex I; Decision 09/2025/QĐ-TTg.
#[derive(Clone, Debug)]
pub struct AgencyTable {
    entries: BTreeMap<String, Entry>,
    ranges: Vec<(String, String, String)>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    name_before: String,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    successor: Option<String>,
}

impl AgencyTable {
    /// Reads `agency_codes.csv`: `code`, `name_2020`, `name_current`, `valid_from`, `valid_to`
    /// (first day no longer in force) and `successor` are used. `A01-A99` is a range.
    ///
    /// # Errors
    ///
    /// [`TableError`] names the row's code or day.
    pub fn parse(csv: &str) -> Result<Self, TableError> {
        #[derive(Deserialize)]
        struct Row {
            code: String,
            name_2020: String,
            name_current: String,
            valid_from: String,
            valid_to: String,
            successor: String,
        }
        let mut table = Self { entries: BTreeMap::new(), ranges: Vec::new() };
        for row in csv::Reader::from_reader(csv.as_bytes()).into_deserialize() {
            let row: Row = row.map_err(TableError::Csv)?;
            if let Some((first, last)) = row.code.split_once('-') {
                table.ranges.push((first.to_owned(), last.to_owned(), row.name_current));
                continue;
            }
            let code: AgencyCode =
                row.code.parse().map_err(|BadAgencyCode| TableError::Code(row.code.clone()))?;
            let name = if row.name_current.is_empty() { &row.name_2020 } else { &row.name_current };
            table.entries.insert(
                code.0,
                Entry {
                    name: name.clone(),
                    name_before: row.name_2020,
                    valid_from: day(row.valid_from)?,
                    valid_to: day(row.valid_to)?,
                    successor: Some(row.successor).filter(|code| !code.is_empty()),
                },
            );
        }
        Ok(table)
    }

    /// How the first level of `code` stands on the day `on`.
    pub fn standing(&self, code: &AgencyCode, on: Date) -> Standing<'_> {
        let level1 = code.level1();
        let Some(entry) = self.entries.get(level1) else {
            return self
                .ranges
                .iter()
                .find(|(first, last, _)| (first.as_str()..=last.as_str()).contains(&level1))
                .map_or(Standing::Unknown, |(_, _, group)| Standing::Unlisted { group });
        };
        match (entry.valid_from, entry.valid_to) {
            (Some(from), _) if on < from => Standing::NotYet { from },
            (_, Some(since)) if on >= since => {
                Standing::Closed { since, name: &entry.name, successor: self.successor(entry, on) }
            }
            _ => Standing::Open { name: &entry.name },
        }
    }

    /// Every code that is in force on the day `on`, with the body's name.
    pub fn open(&self, on: Date) -> impl Iterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .filter(move |(_, entry)| {
                entry.valid_from.is_none_or(|from| from <= on)
                    && entry.valid_to.is_none_or(|to| on < to)
            })
            .map(|(code, entry)| (code.as_str(), entry.name.as_str()))
    }

    /// The names a first-level code has had, the newest first.
    pub fn names(&self, level1: &str) -> impl Iterator<Item = &str> {
        self.entries
            .get(level1)
            .into_iter()
            .flat_map(|entry| [entry.name.as_str(), entry.name_before.as_str()])
            .filter(|name| !name.is_empty())
    }

    /// Follows successors to the one in force; a loop in the table ends the search.
    fn successor(&self, entry: &Entry, on: Date) -> Option<(&str, &str)> {
        let mut next = entry.successor.as_deref();
        for _ in 0..MAX_SUCCESSIONS {
            let (code, found) = self.entries.get_key_value(next?)?;
            if found.valid_to.is_none_or(|to| on < to) {
                return Some((code, &found.name));
            }
            next = found.successor.as_deref();
        }
        None
    }
}

fn day(text: String) -> Result<Option<Date>, TableError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| TableError::Day(text))
}

const MAX_LENGTH: usize = 35;
const MAX_SUCCESSIONS: usize = 8;

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn table() -> AgencyTable {
        AgencyTable::parse(include_str!("../data/agency_codes.csv")).unwrap()
    }

    fn code(text: &str) -> AgencyCode {
        text.parse().unwrap()
    }

    #[test]
    fn form_of_a_code() {
        for good in ["G09", "G09.01", "H52.101.114", "H55.2A2", "A01"] {
            assert!(good.parse::<AgencyCode>().is_ok(), "{good}");
        }
        for bad in
            ["", "Z01", "g09", "G9", "G091", "G09.", "G09..1", "G09.a", ".G09", "000.00.00.H49"]
        {
            assert!(bad.parse::<AgencyCode>().is_err(), "{bad}");
        }
        assert!(format!("G09.{}", "1".repeat(31)).parse::<AgencyCode>().is_ok());
        assert!(format!("G09.{}", "1".repeat(32)).parse::<AgencyCode>().is_err());
    }

    #[test]
    fn old_form_is_reversed_without_zero_groups() {
        assert_eq!(AgencyCode::from_qcvn102("000.00.00.H49"), Some(code("H49")));
        assert_eq!(AgencyCode::from_qcvn102("000.12.05.G12"), Some(code("G12.05.12")));
        assert_eq!(AgencyCode::from_qcvn102("A00.00.000.H29"), None);
        assert_eq!(AgencyCode::from_qcvn102("H52.101.114"), None);
    }

    #[test]
    fn province_closes_on_the_day_of_the_merger() {
        let table = table();
        assert!(matches!(table.standing(&code("H33.4"), date(2025, 6, 30)), Standing::Open { .. }));
        assert_eq!(
            table.standing(&code("H33"), date(2025, 7, 1)),
            Standing::Closed {
                since: date(2025, 7, 1),
                name: "UBND tỉnh Kiên Giang",
                successor: Some(("H01", "UBND tỉnh An Giang")),
            }
        );
    }

    #[test]
    fn closed_ministry_names_its_successor_or_none() {
        let table = table();
        let on = date(2026, 1, 1);
        assert!(matches!(
            table.standing(&code("G07"), on),
            Standing::Closed { successor: Some(("G09", "Bộ Nội vụ")), .. }
        ));
        assert!(matches!(
            table.standing(&code("G34"), on),
            Standing::Closed { successor: None, .. }
        ));
    }

    #[test]
    fn unpublished_later_and_unknown_codes_are_told_apart() {
        let table = table();
        let on = date(2026, 1, 1);
        assert_eq!(
            table.standing(&code("A07"), on),
            Standing::Unlisted { group: "Các cơ quan Đảng" }
        );
        assert_eq!(table.standing(&code("G99"), on), Standing::Unknown);
        assert_eq!(
            table.standing(&code("G40"), date(2024, 1, 1)),
            Standing::NotYet { from: date(2025, 4, 14) }
        );
    }

    #[test]
    fn thirty_four_provinces_and_twenty_six_ministries_are_open() {
        let table = table();
        let count = |group: char| {
            table.open(date(2026, 1, 1)).filter(|(code, _)| code.starts_with(group)).count()
        };
        assert_eq!((count('G'), count('H')), (26, 34));
    }

    #[test]
    fn broken_table_is_refused_with_its_row() {
        let head = "code,name_2020,name_current,valid_from,valid_to,successor\n";
        assert!(matches!(AgencyTable::parse("code\nG09\n"), Err(TableError::Csv(_))));
        assert!(
            matches!(AgencyTable::parse(&format!("{head}G9,a,b,,,\n")), Err(TableError::Code(c)) if c == "G9")
        );
        assert!(
            matches!(AgencyTable::parse(&format!("{head}G09,a,b,2020,,\n")), Err(TableError::Day(d)) if d == "2020")
        );
    }
}
