//! Who the person is, what card, and whose.

use super::{Check, code};
use crate::agency::{AgencyCode, Standing};
use crate::birth::BirthDate;
use crate::card::CardType;
use crate::finding::Field;
use crate::person::{PersonalId, Sex};
use crate::rules::NewIssue;
use crate::text::fold_for_search;

impl Check<'_> {
    /// Whether a name is made of Latin letters with marks, blanks, `'`, `’`, `-` and `.`.
    pub(super) fn is_name(&mut self, name: &str) -> bool {
        if name.chars().any(|c| c.is_ascii_digit()) {
            self.error(Field::FullName, code!("name-digit"));
            return false;
        }
        if let Some(sign) = name.chars().find(|c| !is_name_sign(*c)) {
            self.error(Field::FullName, code!("name-sign")).arg("sign", sign.to_string());
            return false;
        }
        if !name.chars().any(char::is_alphabetic) {
            self.error(Field::FullName, code!("name-no-letter"));
            return false;
        }
        true
    }

    /// The sex that stands there; `None` when nothing, or nothing readable, does.
    pub(super) fn sex(&mut self, raw: &str) -> Option<Sex> {
        let text = self.clean(Field::Sex, raw)?;
        match &*text {
            "" => return None,
            "Nam" => return Some(Sex::Male),
            "Nữ" => return Some(Sex::Female),
            _ => {}
        }
        let sex = match fold_for_search(&text).as_str() {
            "nam" | "ong" | "m" | "male" => Sex::Male,
            "nu" | "ba" | "f" | "female" => Sex::Female,
            _ => {
                self.error(Field::Sex, code!("sex-unknown"));
                return None;
            }
        };
        self.note(Field::Sex, code!("sex-read")).arg("value", sex.vietnamese());
        Some(sex)
    }

    /// The personal id number, with the zeros that a spreadsheet ate.
    ///
    /// A number of 10 or 11 digits is taken for one that lost its zeros only when, with them, its
    /// province is known and it agrees with birth and sex; otherwise a digit is missing elsewhere.
    pub(super) fn personal_id(
        &mut self,
        raw: &str,
        birth: Option<BirthDate>,
        sex: Option<Sex>,
    ) -> Option<PersonalId> {
        let field = Field::PersonalId;
        let text = self.clean(field, raw)?;
        if text.is_empty() {
            self.error(field, code!("missing"));
            return None;
        }
        if let Ok(id) = text.parse() {
            self.warn_of_province(&id);
            return Some(id);
        }
        let digits = zeroize::Zeroizing::new(tidy_number(&text));
        if is_scientific(&digits) {
            self.error(field, code!("personal-id-scientific"));
            return None;
        }
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            self.error(field, code!("personal-id-sign"));
            return None;
        }
        if let Ok(id) = digits.parse() {
            self.note(field, code!("personal-id-tidied"));
            self.warn_of_province(&id);
            return Some(id);
        }
        if digits.len() == 9 {
            self.error(field, code!("personal-id-nine-digits"));
            return None;
        }
        let restored = format!("{:0>12}", &*digits).parse::<PersonalId>().ok().filter(|id| {
            (10..=11).contains(&digits.len())
                && self.profile.provinces().name(id.province()).is_some()
                && birth.is_some_and(|birth| birth.year() == id.birth_year())
                && sex.is_none_or(|sex| sex == id.sex())
        });
        if restored.is_some() {
            self.note(field, code!("personal-id-zero-restored"));
            return restored;
        }
        self.error(field, code!("personal-id-length")).arg("length", digits.len().to_string());
        None
    }

    fn warn_of_province(&mut self, id: &PersonalId) {
        if self.profile.rules().personal_id.warn_unknown_province.value
            && self.profile.provinces().name(id.province()).is_none()
        {
            self.warn(Field::PersonalId, code!("province-unknown"));
        }
    }

    /// Compares the number with sex and birth; without a sex, the number's digit tells it.
    pub(super) fn agreed_sex(
        &mut self,
        sex: Option<Sex>,
        birth: Option<BirthDate>,
        id: Option<&PersonalId>,
    ) -> Option<Sex> {
        let Some(id) = id else { return sex };
        let rules = &self.profile.rules().personal_id;
        let (check_sex, check_year) =
            (rules.check_sex_and_century.value, rules.check_birth_year.value);
        if let Some(birth) = birth {
            let (stands, says) = (birth.year(), id.birth_year());
            if check_sex && stands / 100 != says / 100 {
                self.error(Field::Birth, code!("century-contradicts-id"));
            } else if check_year && stands != says {
                self.error(Field::Birth, code!("birth-contradicts-id"));
            }
        }
        match sex {
            Some(sex) if check_sex && sex != id.sex() => {
                self.error(Field::Sex, code!("sex-contradicts-id"));
            }
            None if self.findings.iter().all(|finding| finding.field != Field::Sex) => {
                self.note(Field::Sex, code!("sex-from-id")).arg("value", id.sex().vietnamese());
                return Some(id.sex());
            }
            _ => {}
        }
        sex
    }

    /// A card type by its code or its name.
    pub(super) fn card_type(&mut self, raw: &str) -> Option<CardType> {
        let field = Field::CardType;
        let text = self.clean(field, raw)?;
        if text.is_empty() {
            self.error(field, code!("missing"));
            return None;
        }
        let rules = &self.profile.rules().card_types;
        let rule = rules.iter().find(|rule| rule.code.as_str() == text).or_else(|| {
            let by_code = text.parse::<CardType>().ok();
            let folded = fold_for_search(&text);
            rules.iter().find(|rule| {
                by_code.as_ref() == Some(&rule.code)
                    || rule.also.contains(&folded)
                    || fold_for_search(&rule.name_vi) == folded
                    || fold_for_search(&rule.name_en) == folded
            })
        });
        let Some(rule) = rule else {
            let known = rules.iter().map(|rule| rule.code.as_str()).collect::<Vec<_>>().join(", ");
            self.error(field, code!("card-type-unknown")).arg("known", known);
            return None;
        };
        let (card_type, new_issue) = (rule.code.clone(), rule.new_issue);
        if card_type.as_str() != text {
            self.note(field, code!("card-type-read")).arg("value", card_type.as_str());
        }
        match new_issue {
            NewIssue::Allowed => {}
            NewIssue::Warned => {
                self.warn(field, code!("card-type-legacy")).arg("value", card_type.as_str());
            }
            NewIssue::Refused => {
                self.error(field, code!("card-type-closed")).arg("value", card_type.as_str());
            }
        }
        Some(card_type)
    }

    /// An agency code that is in force on the day of issue, as far as the table knows.
    pub(super) fn agency_code(&mut self, raw: &str) -> Option<AgencyCode> {
        let field = Field::AgencyCode;
        let text = self.clean(field, raw)?;
        if text.is_empty() {
            self.error(field, code!("missing"));
            return None;
        }
        let code = if let Ok(code) = text.parse::<AgencyCode>() {
            code
        } else {
            let capitals = text.to_ascii_uppercase().replace(' ', "");
            if let Some(current) = AgencyCode::from_qcvn102(&capitals) {
                self.error(field, code!("agency-code-old-form")).arg("code", current.as_str());
                return None;
            }
            let Ok(code) = capitals.parse::<AgencyCode>() else {
                self.error(field, code!("agency-code-form"));
                return None;
            };
            self.note(field, code!("agency-code-read")).arg("code", code.as_str());
            code
        };
        let level1 = code.level1().to_owned();
        match self.profile.agencies().standing(&code, self.on) {
            Standing::Open { .. } => {}
            Standing::Closed { since, name, successor } => {
                let since = BirthDate::Full(since).to_string();
                let finding = match successor {
                    Some((next, next_name)) => self
                        .error(field, code!("agency-code-closed"))
                        .arg("successor", next)
                        .arg("successor_name", next_name),
                    None => self.error(field, code!("agency-code-closed-without-successor")),
                };
                finding.arg("code", level1).arg("name", name).arg("since", since);
            }
            Standing::NotYet { from } => {
                self.error(field, code!("agency-code-not-yet"))
                    .arg("code", level1)
                    .arg("from", BirthDate::Full(from).to_string());
            }
            Standing::Unlisted { group } => {
                self.warn(field, code!("agency-code-unlisted"))
                    .arg("code", level1)
                    .arg("group", group);
            }
            Standing::Unknown => {
                self.warn(field, code!("agency-code-unknown")).arg("code", level1);
            }
        }
        Some(code)
    }

    /// The managing agency's name; where none stands, the one that the code table has.
    pub(super) fn managing_agency(
        &mut self,
        raw: &str,
        code: Option<&AgencyCode>,
        limit: usize,
    ) -> Option<String> {
        let field = Field::ManagingAgency;
        let text = self.limited(field, raw, limit)?;
        if !text.is_empty() {
            return Some(text.into_owned());
        }
        // What is wrong with the code, or that it is missing, has been told already.
        match self.profile.agencies().standing(code?, self.on) {
            Standing::Open { name } => {
                self.note(field, code!("agency-name-taken")).arg("name", name);
                Some(name.to_owned())
            }
            Standing::Closed { .. } | Standing::NotYet { .. } => None,
            Standing::Unlisted { .. } | Standing::Unknown => {
                self.error(field, code!("missing"));
                None
            }
        }
    }
}

/// Letters of the Latin script with their marks, and the signs that names hold.
fn is_name_sign(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | ' ' | '\'' | '’' | '-' | '.')
        || matches!(c, '\u{c0}'..='\u{24f}' if c != '×' && c != '÷')
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}')
}

/// A number without the apostrophe, blanks, dots, commas and dashes that people put in, and
/// without the `.0` that a program put behind.
fn tidy_number(text: &str) -> String {
    let text = text.trim_start_matches('\'');
    let whole = match text.strip_suffix(".0") {
        Some(whole) if whole.bytes().all(|b| b.is_ascii_digit()) => whole,
        _ => text,
    };
    if is_scientific(whole) {
        return whole.to_owned();
    }
    whole.chars().filter(|c| !matches!(c, ' ' | '.' | ',' | '-')).collect()
}

fn is_scientific(text: &str) -> bool {
    text.split_once(['E', 'e']).is_some_and(|(mantissa, exponent)| {
        let exponent = exponent.trim_start_matches(['+', '-']);
        !mantissa.is_empty()
            && mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
            && !exponent.is_empty()
            && exponent.bytes().all(|b| b.is_ascii_digit())
    })
}
