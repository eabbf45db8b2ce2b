//! Date of birth, as far as it is known.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A date of birth: full, or month and year, or year only, as old registers have it.
///
/// Written for people as `dd/mm/yyyy`, `mm/yyyy`, `yyyy` (`Display`); stored as `yyyy-mm-dd`,
/// `yyyy-mm`, `yyyy` (`FromStr`, [`to_iso`](Self::to_iso), serde).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum BirthDate {
    /// Day, month and year.
    Full(Date),
    /// Month and year.
    Month {
        /// 1 to 9999.
        year: i16,
        /// 1 to 12.
        month: i8,
    },
    /// Year only, 1 to 9999.
    Year(i16),
}

impl BirthDate {
    /// Year of birth.
    pub fn year(self) -> i16 {
        match self {
            Self::Full(date) => date.year(),
            Self::Month { year, .. } | Self::Year(year) => year,
        }
    }

    /// The first day it can be.
    pub fn earliest(self) -> Date {
        match self {
            Self::Full(date) => date,
            Self::Month { year, month } => {
                Date::new(year, month, 1).expect("year and month were checked when it was made")
            }
            Self::Year(year) => {
                Date::new(year, 1, 1).expect("the year was checked when it was made")
            }
        }
    }

    /// The last day it can be.
    pub fn latest(self) -> Date {
        match self {
            Self::Full(date) => date,
            Self::Month { .. } => self.earliest().last_of_month(),
            Self::Year(_) => self.earliest().last_of_year(),
        }
    }

    /// `yyyy-mm-dd`, `yyyy-mm` or `yyyy`.
    pub fn to_iso(self) -> String {
        match self {
            Self::Full(date) => date.to_string(),
            Self::Month { year, month } => format!("{year:04}-{month:02}"),
            Self::Year(year) => format!("{year:04}"),
        }
    }
}

impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(date) => {
                write!(f, "{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
            }
            Self::Month { year, month } => write!(f, "{month:02}/{year:04}"),
            Self::Year(year) => write!(f, "{year:04}"),
        }
    }
}

/// The text is no date of birth.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a date of birth is yyyy-mm-dd, yyyy-mm or yyyy")]
pub struct BadBirthDate;

impl FromStr for BirthDate {
    type Err = BadBirthDate;

    fn from_str(text: &str) -> Result<Self, BadBirthDate> {
        let number = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<i16>().ok())
                .flatten()
                .ok_or(BadBirthDate)
        };
        let mut parts = text.split('-');
        let year = number(parts.next().unwrap_or_default(), 4)?;
        let month = parts.next().map(|part| number(part, 2)).transpose()?;
        let day = parts.next().map(|part| number(part, 2)).transpose()?;
        if parts.next().is_some() || year < 1 {
            return Err(BadBirthDate);
        }
        let small = |value: i16| i8::try_from(value).map_err(|_| BadBirthDate);
        match (month, day) {
            (None, _) => Ok(Self::Year(year)),
            (Some(month), None) if (1..=12).contains(&month) => {
                Ok(Self::Month { year, month: small(month)? })
            }
            (Some(_), None) => Err(BadBirthDate),
            (Some(month), Some(day)) => Date::new(year, small(month)?, small(day)?)
                .map(Self::Full)
                .map_err(|_| BadBirthDate),
        }
    }
}

impl TryFrom<String> for BirthDate {
    type Error = BadBirthDate;

    fn try_from(text: String) -> Result<Self, BadBirthDate> {
        text.parse()
    }
}

impl From<BirthDate> for String {
    fn from(birth: BirthDate) -> Self {
        birth.to_iso()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_precision_round_trips_and_prints_for_people() {
        for (iso, printed) in
            [("1988-03-05", "05/03/1988"), ("1988-03", "03/1988"), ("1988", "1988")]
        {
            let birth: BirthDate = iso.parse().unwrap();
            assert_eq!(birth.to_iso(), iso);
            assert_eq!(birth.to_string(), printed);
        }
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in ["", "0000", "1988-13", "1988-00", "1988-02-30", "1988-3-5", "1988-03-05-01"] {
            assert_eq!(text.parse::<BirthDate>(), Err(BadBirthDate), "{text:?}");
        }
    }

    #[test]
    fn month_spans_its_days() {
        let birth: BirthDate = "1988-02".parse().unwrap();
        assert_eq!(birth.latest().to_string(), "1988-02-29");
    }
}
