//! The one validator: from what an entrance got to a record that cannot be wrong.

mod dates;
mod identity;
mod plain;

use std::borrow::Cow;

use jiff::civil::Date;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::finding::{Field, Finding, Severity};
use crate::profile::Profile;
use crate::staff::{Staff, StaffInput, Text, Validated};
use crate::text::{Forbidden, forbidden, has_look_alikes, is_zero_width, replace_look_alikes};

/// Marks a finding's code, so that a test can look every one up in both catalogues.
macro_rules! code {
    ($code:literal) => {
        $code
    };
}
pub(crate) use code;

impl Profile {
    /// Checks a record for a card that would be issued on the day `on`, and puts right what can
    /// be put right without guessing.
    ///
    /// Text comes out in NFC with single blanks; what was changed is a note. A record with an
    /// error comes out as no [`Staff`]. No finding repeats a personal id number.
    pub fn validate(&self, input: &StaffInput, on: Date) -> Validated {
        let mut check = Check { profile: self, on, findings: Vec::new() };
        let staff = check.staff(input);
        let mut findings = check.findings;
        findings.sort_by_key(|finding| finding.field);
        let refused = findings.iter().any(|finding| finding.severity == Severity::Error);
        Validated { staff: staff.filter(|_| !refused), findings }
    }
}

/// One record under the validator.
struct Check<'a> {
    profile: &'a Profile,
    on: Date,
    findings: Vec<Finding>,
}

impl Check<'_> {
    /// Checks every field, so that all findings are told at once; `None` when one is missing.
    fn staff(&mut self, input: &StaffInput) -> Option<Staff> {
        let lengths = &self.profile.rules().lengths;
        let (name_limit, agency_limit, title_limit, other_limit) = (
            lengths.full_name.value,
            lengths.agency.value,
            lengths.title.value,
            lengths.other.value,
        );
        let full_name = self.required(Field::FullName, &input.full_name, name_limit);
        let full_name = full_name.filter(|name| self.is_name(name));
        let birth = self.birth(&input.birth);
        let sex = self.sex(&input.sex);
        let personal_id = self.personal_id(&input.personal_id, birth, sex);
        let card_type = self.card_type(&input.card_type);
        let agency_code = self.agency_code(&input.agency_code);
        let managing_agency =
            self.managing_agency(&input.managing_agency, agency_code.as_ref(), agency_limit);
        let employing_unit =
            self.required(Field::EmployingUnit, &input.employing_unit, agency_limit);
        let title = self.required(Field::Title, &input.title, title_limit);
        let staff_code = self.optional(Field::StaffCode, &input.staff_code, other_limit);
        let email = self.email(&input.email, other_limit);
        let phone = self.phone(&input.phone);
        let photo = self.photo(&input.photo, other_limit);
        let contract_end = self.end_date(Field::ContractEnd, &input.contract_end);
        let retirement = self.end_date(Field::Retirement, &input.retirement);
        let sex = self.agreed_sex(sex, birth, personal_id.as_ref());
        Some(Staff {
            full_name: Text::cleaned(full_name?),
            birth: birth?,
            sex: sex?,
            personal_id: personal_id?,
            card_type: card_type?,
            agency_code: agency_code?,
            managing_agency: Text::cleaned(managing_agency?),
            employing_unit: Text::cleaned(employing_unit?),
            title: Text::cleaned(title?),
            staff_code: staff_code.map(Text::cleaned),
            email: email.map(Text::cleaned),
            phone: phone.map(Text::cleaned),
            photo: photo.map(Text::cleaned),
            contract_end,
            retirement,
        })
    }

    fn find(&mut self, severity: Severity, field: Field, code: &'static str) -> &mut Finding {
        self.findings.push(Finding::new(severity, field, code));
        self.findings.last_mut().expect("one was pushed")
    }

    fn error(&mut self, field: Field, code: &'static str) -> &mut Finding {
        self.find(Severity::Error, field, code)
    }

    fn warn(&mut self, field: Field, code: &'static str) -> &mut Finding {
        self.find(Severity::Warning, field, code)
    }

    fn note(&mut self, field: Field, code: &'static str) -> &mut Finding {
        self.find(Severity::Note, field, code)
    }

    /// A cleaned text that must stand there.
    fn required(&mut self, field: Field, raw: &str, limit: usize) -> Option<String> {
        let text = self.limited(field, raw, limit)?;
        if text.is_empty() {
            self.error(field, code!("missing"));
            return None;
        }
        Some(text.into_owned())
    }

    /// A cleaned text that may be missing.
    fn optional(&mut self, field: Field, raw: &str, limit: usize) -> Option<String> {
        let text = self.limited(field, raw, limit)?;
        (!text.is_empty()).then(|| text.into_owned())
    }

    fn limited<'t>(&mut self, field: Field, raw: &'t str, limit: usize) -> Option<Cow<'t, str>> {
        let text = self.clean(field, raw)?;
        let length = if text.len() > limit { text.chars().count() } else { 0 };
        if length > limit {
            self.error(field, code!("too-long"))
                .arg("limit", limit.to_string())
                .arg("length", length.to_string());
            return None;
        }
        Some(text)
    }

    /// The text with single blanks, NFC, no zero-width signs, Đ for its look-alikes; `None` after
    /// an error. Empty text stays empty.
    fn clean<'t>(&mut self, field: Field, raw: &'t str) -> Option<Cow<'t, str>> {
        if raw.is_empty() {
            return Some(Cow::Borrowed(raw));
        }
        if let Some(found) = forbidden(raw) {
            match found {
                Forbidden::Control(c) => self
                    .error(field, code!("control-character"))
                    .arg("sign", format!("U+{:04X}", u32::from(c))),
                Forbidden::Direction(c) => self
                    .error(field, code!("bidi-character"))
                    .arg("sign", format!("U+{:04X}", u32::from(c))),
                Forbidden::Separator => self.error(field, code!("separator")),
                Forbidden::Broken => self.error(field, code!("broken-text")),
            };
            return None;
        }
        let mut text = Cow::Borrowed(raw);
        if !raw.is_ascii() {
            if raw.contains(is_zero_width) {
                self.note(field, code!("zero-width-removed"));
                text = Cow::Owned(text.chars().filter(|c| !is_zero_width(*c)).collect());
            }
            if is_nfc_quick(text.chars()) != IsNormalized::Yes {
                let composed: String = text.nfc().collect();
                if composed != *text {
                    self.note(field, code!("composed"));
                    text = Cow::Owned(composed);
                }
            }
            if has_look_alikes(&text) {
                self.note(field, code!("look-alike"));
                text = Cow::Owned(replace_look_alikes(&text));
            }
        }
        if !is_tidy(&text) {
            let tidied = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if !tidied.is_empty() {
                self.note(field, code!("spaces-tidied"));
            }
            text = Cow::Owned(tidied);
        }
        if !text.is_empty() && text.chars().all(|c| matches!(c, '-' | '–' | '—')) {
            self.note(field, code!("dash-is-empty"));
            return Some(Cow::Borrowed(""));
        }
        let formula = match text.as_bytes().first() {
            Some(b'=' | b'@') => true,
            Some(b'+') => field != Field::Phone,
            Some(b'-') => true,
            _ => false,
        };
        if formula {
            self.error(field, code!("formula"));
            return None;
        }
        Some(text)
    }
}

/// Whether there is no blank at either end, no two in a row, and no white space but blanks.
fn is_tidy(text: &str) -> bool {
    let mut before = ' ';
    for c in text.chars() {
        if c.is_whitespace() && (c != ' ' || before == ' ') {
            return false;
        }
        before = c;
    }
    before != ' ' || text.is_empty()
}
