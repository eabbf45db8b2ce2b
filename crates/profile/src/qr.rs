//! What the QR on the front says.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

use crate::birth::BirthDate;
use crate::card::{BadCardNumber, CardNumber};
use crate::person::Sex;
use crate::profile::Profile;

/// A field that a QR can hold.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QrField {
    /// Random code that tells two issues of one card number apart.
    Code4,
    /// Card number.
    CardNumber,
    /// Full name.
    FullName,
    /// Date of birth.
    Birth,
    /// Sex.
    Sex,
    /// Title.
    Title,
    /// Employing unit.
    EmployingUnit,
}

/// The values that go into a QR.
#[derive(Clone, Copy, Debug)]
pub struct QrFields<'a> {
    /// Random code, from [`Profile::code4`] or another source of the same length.
    pub code4: &'a str,
    /// Card number.
    pub card_number: &'a CardNumber,
    /// Full name.
    pub full_name: &'a str,
    /// Date of birth.
    pub birth: BirthDate,
    /// Sex.
    pub sex: Sex,
    /// Title.
    pub title: &'a str,
    /// Employing unit.
    pub employing_unit: &'a str,
}

/// The text of a QR. `Debug` hides it: it holds the personal id number.
#[derive(Clone, Eq, PartialEq)]
pub struct QrPayload {
    /// The text, NFC; encode it as UTF-8 in byte mode, level M.
    pub text: Zeroizing<String>,
    /// The fields it holds, in order.
    pub included: Vec<QrField>,
    /// The fields that did not fit.
    pub left_out: Vec<QrField>,
}

impl fmt::Debug for QrPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrPayload")
            .field("included", &self.included)
            .field("left_out", &self.left_out)
            .finish_non_exhaustive()
    }
}

/// What a scanned QR says. Nothing in it is proven.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QrRead {
    /// Random code.
    pub code4: String,
    /// Card number.
    pub card_number: CardNumber,
    /// Every other field that stood there, in order.
    pub others: Vec<(QrField, String)>,
}

/// Why a QR cannot be made or read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum QrError {
    /// A value holds the separator or a control character.
    #[error("the value of {0:?} holds the separator or a control character")]
    Forbidden(QrField),
    /// The random code has another length than the profile says.
    #[error("the random code has the wrong length")]
    Code,
    /// The fields that must stand there do not fit.
    #[error("the fields that must stand in the code take {bytes} bytes, and {limit} fit")]
    TooLong {
        /// Bytes they take.
        bytes: usize,
        /// Bytes that fit.
        limit: usize,
    },
    /// The printer is coarser than any that the profile knows.
    #[error("at {0} dots per inch the code does not scan")]
    Resolution(u32),
    /// A scanned text has not the profile's form.
    #[error("the scanned text is no card's code")]
    Form,
    /// A scanned text has no card number where one belongs.
    #[error("the scanned text holds no card number")]
    CardNumber(#[source] BadCardNumber),
}

impl Profile {
    /// The text of the QR for a printer of `dpi` dots per inch: the fields that must stand there,
    /// then each further one that fits whole. A field left out before one that fits stays as an
    /// empty place, so that places keep their meaning.
    ///
    /// # Errors
    ///
    /// [`QrError`] when a value holds the separator, the code has the wrong length, the first
    /// fields do not fit, or the printer is too coarse.
    pub fn qr_payload(&self, fields: &QrFields<'_>, dpi: u32) -> Result<QrPayload, QrError> {
        let rules = &self.rules().qr;
        let separator = rules.separator.value;
        let limit = rules
            .ladder
            .iter()
            .filter(|rung| rung.dpi <= dpi)
            .max_by_key(|rung| rung.dpi)
            .ok_or(QrError::Resolution(dpi))?
            .bytes;
        if fields.code4.chars().count() != rules.code_chars.value {
            return Err(QrError::Code);
        }
        let mut text = Zeroizing::new(String::with_capacity(2 * limit));
        let (mut included, mut left_out) = (Vec::new(), Vec::new());
        let mut skipped = 0;
        for (place, &field) in rules.fields.value.iter().enumerate() {
            let value = fields.value(field);
            if value.contains(|c: char| c == separator || c.is_control()) {
                return Err(QrError::Forbidden(field));
            }
            let must = place < rules.always.value;
            let before = text.len();
            if place > 0 {
                (0..=skipped).for_each(|_| text.push(separator));
            }
            text.push_str(&value);
            let fits = text.len() <= limit && text.chars().count() <= rules.max_chars.value;
            if must || fits && !value.is_empty() {
                skipped = 0;
                included.push(field);
            } else {
                text.truncate(before);
                skipped += 1;
                left_out.push(field);
            }
            if must && !fits {
                return Err(QrError::TooLong { bytes: text.len(), limit });
            }
        }
        Ok(QrPayload { text, included, left_out })
    }

    /// Reads a scanned text by the profile's fields.
    ///
    /// # Errors
    ///
    /// [`QrError::Form`] when places are missing or too many, [`QrError::CardNumber`] when the
    /// card number is none.
    pub fn parse_qr(&self, scanned: &str) -> Result<QrRead, QrError> {
        let rules = &self.rules().qr;
        let text = Zeroizing::new(scanned.trim_end_matches(['\r', '\n']).nfc().collect::<String>());
        let values: Vec<&str> = text.split(rules.separator.value).collect();
        if values.len() < rules.always.value || values.len() > rules.fields.value.len() {
            return Err(QrError::Form);
        }
        let (mut code4, mut card_number, mut others) = (None, None, Vec::new());
        for (&field, value) in rules.fields.value.iter().zip(values) {
            match field {
                QrField::Code4 if value.chars().count() == rules.code_chars.value => {
                    code4 = Some(value.to_owned());
                }
                QrField::Code4 => return Err(QrError::Form),
                QrField::CardNumber => {
                    card_number = Some(CardNumber::parse(value).map_err(QrError::CardNumber)?);
                }
                field if !value.is_empty() => others.push((field, value.to_owned())),
                _ => {}
            }
        }
        match (code4, card_number) {
            (Some(code4), Some(card_number)) => Ok(QrRead { code4, card_number, others }),
            _ => Err(QrError::Form),
        }
    }
}

impl QrFields<'_> {
    fn value(&self, field: QrField) -> Zeroizing<String> {
        let mut value = match field {
            QrField::Code4 => self.code4.to_owned(),
            QrField::CardNumber => return self.card_number.expose(),
            QrField::FullName => self.full_name.to_owned(),
            QrField::Birth => self.birth.to_string(),
            QrField::Sex => self.sex.vietnamese().to_owned(),
            QrField::Title => self.title.to_owned(),
            QrField::EmployingUnit => self.employing_unit.to_owned(),
        };
        let composed = value.nfc().collect();
        value.zeroize();
        Zeroizing::new(composed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> CardNumber {
        CardNumber::parse("G09.034088001234.CC").unwrap()
    }

    fn fields(number: &CardNumber) -> QrFields<'_> {
        QrFields {
            code4: "7K2M",
            card_number: number,
            full_name: "Nguyễn Văn Hòa",
            birth: "1988-03-05".parse().unwrap(),
            sex: Sex::Male,
            title: "Chuyên viên",
            employing_unit: "Vụ Tổ chức cán bộ",
        }
    }

    #[test]
    fn short_values_all_fit_at_300_dpi() {
        let number = number();
        let payload = Profile::qd838().qr_payload(&fields(&number), 300).unwrap();
        assert_eq!(
            *payload.text,
            "7K2M|G09.034088001234.CC|Nguyễn Văn Hòa|05/03/1988|Nam|Chuyên viên|Vụ Tổ chức cán bộ"
        );
        assert!(payload.left_out.is_empty());
        assert!(payload.text.len() <= 122);
    }

    #[test]
    fn long_title_is_left_out_whole_and_its_place_stays_empty() {
        let number = number();
        let title = "Trưởng phòng Kiểm soát thủ tục hành chính và Chuyển đổi số";
        let fields = QrFields { title, ..fields(&number) };
        let profile = Profile::qd838();
        let payload = profile.qr_payload(&fields, 300).unwrap();
        assert_eq!(payload.left_out, [QrField::Title]);
        assert!(payload.text.ends_with("|Nam||Vụ Tổ chức cán bộ"), "{}", *payload.text);
        let read = profile.parse_qr(&payload.text).unwrap();
        assert!(read.others.iter().all(|(field, _)| *field != QrField::Title));
        assert!(read.others.contains(&(QrField::EmployingUnit, "Vụ Tổ chức cán bộ".to_owned())));
    }

    #[test]
    fn finer_printer_holds_more() {
        let number = number();
        let fields = QrFields {
            title: "Trưởng phòng Kiểm soát thủ tục hành chính và Thi đua",
            employing_unit: "Vụ",
            ..fields(&number)
        };
        let profile = Profile::qd838();
        assert_eq!(profile.qr_payload(&fields, 300).unwrap().left_out, [QrField::Title]);
        assert!(profile.qr_payload(&fields, 600).unwrap().left_out.is_empty());
    }

    #[test]
    fn name_that_cannot_fit_is_refused() {
        let number = number();
        let name = "Ẫ".repeat(40);
        let fields = QrFields { full_name: &name, ..fields(&number) };
        assert!(matches!(
            Profile::qd838().qr_payload(&fields, 300),
            Err(QrError::TooLong { limit: 122, .. })
        ));
    }

    #[test]
    fn bad_values_are_refused() {
        let number = number();
        let profile = Profile::qd838();
        let with = |title, code4, dpi| {
            profile.qr_payload(&QrFields { code4, title, ..fields(&number) }, dpi)
        };
        assert_eq!(with("a|b", "7K2M", 300), Err(QrError::Forbidden(QrField::Title)));
        assert_eq!(with("a", "7K2", 300), Err(QrError::Code));
        assert_eq!(with("a", "7K2M", 203), Err(QrError::Resolution(203)));
    }

    #[test]
    fn scanned_text_of_another_form_is_refused() {
        let profile = Profile::qd838();
        assert_eq!(profile.parse_qr("https://example.org"), Err(QrError::Form));
        assert_eq!(profile.parse_qr("7K2MX|G09.034088001234.CC|A|1988|Nam"), Err(QrError::Form));
        assert!(matches!(
            profile.parse_qr("7K2M|G09.03408800123.CC|A|1988|Nam"),
            Err(QrError::CardNumber(_))
        ));
        assert_eq!(
            profile.parse_qr("7K2M|G09.034088001234.CC|A|1988|Nam|b|c|d"),
            Err(QrError::Form)
        );
    }

    #[test]
    fn decomposed_text_goes_in_composed() {
        let number = number();
        let fields = QrFields { full_name: "Ho\u{300}a", ..fields(&number) };
        let payload = Profile::qd838().qr_payload(&fields, 300).unwrap();
        assert!(payload.text.contains("|Hòa|"));
    }

    #[test]
    fn debug_hides_the_text() {
        let number = number();
        let payload = Profile::qd838().qr_payload(&fields(&number), 300).unwrap();
        assert!(!format!("{payload:?}").contains("034088001234"));
    }
}
