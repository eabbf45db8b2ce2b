//! Fields that a card can do without: what is wrong there is left out, and said so.

use super::{Check, code};
use crate::finding::Field;

impl Check<'_> {
    /// An e-mail address; one that cannot be right is left out with a warning.
    pub(super) fn email(&mut self, raw: &str, limit: usize) -> Option<String> {
        let text = self.optional(Field::Email, raw, limit)?;
        let well_formed = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && domain.split('.').all(|label| !label.is_empty())
                && !domain.contains('@')
                && !text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>'))
        });
        if !well_formed {
            self.warn(Field::Email, code!("email-left-out"));
            return None;
        }
        Some(text)
    }

    /// A telephone number as digits, with the zero that a spreadsheet ate.
    pub(super) fn phone(&mut self, raw: &str) -> Option<String> {
        let text = self.optional(Field::Phone, raw, LONGEST_PHONE)?;
        let digits: String = text
            .trim_start_matches('\'')
            .chars()
            .filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')'))
            .collect();
        let number = digits.strip_prefix('+').unwrap_or(&digits);
        if !(8..=15).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
            self.warn(Field::Phone, code!("phone-left-out"));
            return None;
        }
        if digits.len() == 9 && !digits.starts_with(['0', '+']) {
            self.note(Field::Phone, code!("phone-zero-restored"));
            return Some(format!("0{digits}"));
        }
        if digits != text {
            self.note(Field::Phone, code!("phone-tidied"));
        }
        Some(digits)
    }

    /// The file name of a photo, without the path that somebody's computer had.
    pub(super) fn photo(&mut self, raw: &str, limit: usize) -> Option<String> {
        let text = self.optional(Field::Photo, raw, limit)?;
        let name = match text.rsplit_once(['/', '\\']) {
            Some((_, name)) => {
                self.note(Field::Photo, code!("photo-path-dropped"));
                name.to_owned()
            }
            None => text,
        };
        let picture = name.rsplit_once('.').is_some_and(|(stem, extension)| {
            !stem.is_empty()
                && ["jpg", "jpeg", "png"].iter().any(|e| extension.eq_ignore_ascii_case(e))
        });
        if !picture {
            self.warn(Field::Photo, code!("photo-left-out"));
            return None;
        }
        Some(name)
    }
}

/// Longest text that is looked at as a telephone number.
const LONGEST_PHONE: usize = 40;
