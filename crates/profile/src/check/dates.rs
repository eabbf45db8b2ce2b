//! Dates as people write them.

use jiff::civil::Date;

use super::{Check, code};
use crate::birth::BirthDate;
use crate::finding::Field;
use crate::text::fold_for_search;

/// Why a text is no date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum NoDate {
    Form,
    ShortYear,
    MonthAndDaySwapped,
    Impossible,
}

/// A date that was read, and whether it stood there as a spreadsheet's day number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Read {
    date: BirthDate,
    from_serial: bool,
}

impl Check<'_> {
    /// A date of birth that lies before the day of issue, at an age that can hold a card.
    pub(super) fn birth(&mut self, raw: &str) -> Option<BirthDate> {
        let text = self.clean(Field::Birth, raw)?;
        if text.is_empty() {
            self.error(Field::Birth, code!("missing"));
            return None;
        }
        let birth = self.read(Field::Birth, &text)?;
        if birth.earliest() > self.on {
            self.error(Field::Birth, code!("birth-in-future"));
            return None;
        }
        if birth.year() < FIRST_YEAR {
            self.error(Field::Birth, code!("birth-too-early"));
            return None;
        }
        if !matches!(birth, BirthDate::Full(_)) {
            self.note(Field::Birth, code!("birth-partial"));
        }
        let rules = &self.profile.rules().age;
        let (minimum, warn_below, warn_above) =
            (rules.minimum.value, rules.warn_below.value, rules.warn_above.value);
        // The oldest that the person can be decides what is too young, the youngest what is old.
        let at_most = whole_years(birth.earliest(), self.on);
        if at_most < minimum {
            self.error(Field::Birth, code!("too-young")).arg("age", minimum.to_string());
            return None;
        } else if at_most < warn_below {
            self.warn(Field::Birth, code!("young")).arg("age", warn_below.to_string());
        } else if whole_years(birth.latest(), self.on) > warn_above {
            self.warn(Field::Birth, code!("old")).arg("age", warn_above.to_string());
        }
        Some(birth)
    }

    /// The end of a contract, or the day of retirement: a full date that is not past.
    pub(super) fn end_date(&mut self, field: Field, raw: &str) -> Option<Date> {
        let text = self.clean(field, raw)?;
        if text.is_empty() {
            return None;
        }
        let BirthDate::Full(date) = self.read(field, &text)? else {
            self.error(field, code!("date-not-full"));
            return None;
        };
        if date < self.on {
            self.error(field, code!("end-passed")).arg("date", BirthDate::Full(date).to_string());
            return None;
        }
        Some(date)
    }

    fn read(&mut self, field: Field, text: &str) -> Option<BirthDate> {
        let problem = match read_date(text) {
            Ok(Read { date, from_serial }) => {
                if from_serial {
                    self.warn(field, code!("date-from-serial")).arg("date", date.to_string());
                }
                return Some(date);
            }
            Err(NoDate::Form) => code!("date-form"),
            Err(NoDate::ShortYear) => code!("date-short-year"),
            Err(NoDate::MonthAndDaySwapped) => code!("date-swapped"),
            Err(NoDate::Impossible) => code!("date-impossible"),
        };
        self.error(field, problem);
        None
    }
}

/// Reads `dd/mm/yyyy` with `/`, `-`, `.` or blanks, `yyyy-mm-dd`, `mm/yyyy`, `yyyy-mm`, `yyyy`,
/// `ngày 5 tháng 3 năm 1988`, a time of day after any of them, and a spreadsheet's day number.
fn read_date(text: &str) -> Result<Read, NoDate> {
    let date = |date| Ok(Read { date, from_serial: false });
    let mut parts = [("", 0_u32); 3];
    let mut count = 0;
    let words;
    let text = if text.is_ascii() && !text.contains(|c: char| c.is_ascii_alphabetic()) {
        without_time(text)
    } else if let Some((day, time)) = text.split_once('T').filter(|_| text.is_ascii()) {
        if is_time(time) { day } else { return Err(NoDate::Form) }
    } else {
        words = in_words(text).ok_or(NoDate::Form)?;
        words.as_str()
    };
    for part in text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()) {
        let slot = parts.get_mut(count).ok_or(NoDate::Form)?;
        if part.len() > 5 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NoDate::Form);
        }
        *slot = (part, part.parse().map_err(|_| NoDate::Form)?);
        count += 1;
    }
    let is_year = |part: &str| part.len() == 4;
    let [(first, a), (second, b), (third, c)] = parts;
    match count {
        3 if is_year(first) => date(BirthDate::Full(day(a, b, c)?)),
        3 if is_year(third) => date(BirthDate::Full(day(c, b, a)?)),
        3 if third.len() == 2 => Err(NoDate::ShortYear),
        2 if is_year(second) => date(month(b, a)?),
        2 if is_year(first) => date(month(a, b)?),
        1 if is_year(first) && a > 0 => {
            date(BirthDate::Year(i16::try_from(a).map_err(|_| NoDate::Form)?))
        }
        1 if first.len() == 5 => {
            let days = i64::from(a);
            if !SERIALS.contains(&days) {
                return Err(NoDate::Form);
            }
            let day = SERIAL_ZERO
                .checked_add(jiff::Span::new().days(days))
                .map_err(|_| NoDate::Impossible)?;
            Ok(Read { date: BirthDate::Full(day), from_serial: true })
        }
        _ => Err(NoDate::Form),
    }
}

fn day(year: u32, month: u32, day: u32) -> Result<Date, NoDate> {
    let small = |value: u32| i8::try_from(value).map_err(|_| NoDate::Form);
    let year = i16::try_from(year).map_err(|_| NoDate::Form)?;
    match Date::new(year, small(month)?, small(day)?) {
        Ok(date) if year > 0 => Ok(date),
        _ if month > 12 && (1..=12).contains(&day) => Err(NoDate::MonthAndDaySwapped),
        _ => Err(NoDate::Impossible),
    }
}

fn month(year: u32, month: u32) -> Result<BirthDate, NoDate> {
    match (i16::try_from(year), i8::try_from(month)) {
        (Ok(year), Ok(month)) if year > 0 && (1..=12).contains(&month) => {
            Ok(BirthDate::Month { year, month })
        }
        _ => Err(NoDate::Impossible),
    }
}

/// `5/3/1988 00:00:00` without its time.
fn without_time(text: &str) -> &str {
    match text.rsplit_once(' ') {
        Some((date, time)) if is_time(time) => date.trim_end(),
        _ => text,
    }
}

fn is_time(text: &str) -> bool {
    let groups = text.split(':').count();
    (2..=3).contains(&groups)
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'Z'))
}

/// `ngày 5 tháng 3 năm 1988`, `tháng 3 năm 1988` and `năm 1988` as `5/3/1988`, `3/1988`, `1988`.
fn in_words(text: &str) -> Option<String> {
    let folded = fold_for_search(text);
    let mut numbers = Vec::new();
    for word in folded.split([' ', ',', '/', '-', '.']) {
        match word {
            "" | "ngay" | "thang" | "nam" | "sinh" => {}
            number if number.bytes().all(|b| b.is_ascii_digit()) => numbers.push(number),
            _ => return None,
        }
    }
    Some(numbers.join("/"))
}

fn whole_years(from: Date, to: Date) -> i16 {
    let years = to.year() - from.year();
    if (to.month(), to.day()) < (from.month(), from.day()) { years - 1 } else { years }
}

/// Nobody in service was born before.
const FIRST_YEAR: i16 = 1900;
/// Day 0 of a spreadsheet's count as it holds from day 61 on.
const SERIAL_ZERO: Date = jiff::civil::date(1899, 12, 30);
/// Day numbers that are taken for dates: 1927 to 2064.
const SERIALS: std::ops::RangeInclusive<i64> = 10_000..=60_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> Result<String, NoDate> {
        read_date(text).map(|read| read.date.to_iso())
    }

    #[test]
    fn every_usual_writing_is_read() {
        for (text, expected) in [
            ("05/03/1988", "1988-03-05"),
            ("5/3/1988", "1988-03-05"),
            ("5-3-1988", "1988-03-05"),
            ("5.3.1988", "1988-03-05"),
            ("05 / 03 / 1988", "1988-03-05"),
            ("1988-03-05", "1988-03-05"),
            ("1988/3/5", "1988-03-05"),
            ("1988-03-05 00:00:00", "1988-03-05"),
            ("1988-03-05T00:00:00", "1988-03-05"),
            ("05/03/1988 0:00", "1988-03-05"),
            ("3/1988", "1988-03"),
            ("1988-03", "1988-03"),
            ("1988", "1988"),
            ("ngày 5 tháng 3 năm 1988", "1988-03-05"),
            ("Tháng 3 năm 1988", "1988-03"),
            ("sinh năm 1988", "1988"),
            ("32207", "1988-03-05"),
        ] {
            assert_eq!(iso(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_told_apart() {
        for (text, expected) in [
            ("hôm qua", NoDate::Form),
            ("5/3", NoDate::Form),
            ("1/2/3/1988", NoDate::Form),
            ("05031988", NoDate::Form),
            ("99999", NoDate::Form),
            ("05/03/88", NoDate::ShortYear),
            ("03/25/1988", NoDate::MonthAndDaySwapped),
            ("30/02/1988", NoDate::Impossible),
            ("13/1988", NoDate::Impossible),
            ("00/00/1988", NoDate::Impossible),
        ] {
            assert_eq!(iso(text), Err(expected), "{text}");
        }
    }
}
