//! What the validator says: severity, field, code, and the text in both languages.

use std::fmt;
use std::sync::LazyLock;

use phrase::{Catalog, Lang};
use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something was put right, or is worth knowing.
    Note,
    /// A person should look; the row goes in.
    Warning,
    /// The row is refused.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Which part of a staff record a finding is about.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field {
            $($(#[$doc])* $variant,)*
        }

        impl Field {
            /// Every field, in the order of a staff list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name as machines read it, for example `personal_id`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The field that [`as_str`](Self::as_str) names so.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|field| field.as_str() == name)
            }
        }
    };
}

fields! {
    /// Ordinal number in the list.
    Stt = "stt",
    /// Full name.
    FullName = "full_name",
    /// Date, month or year of birth.
    Birth = "birth",
    /// Sex.
    Sex = "sex",
    /// Personal id number.
    PersonalId = "personal_id",
    /// Type of card.
    CardType = "card_type",
    /// Code of the managing agency.
    AgencyCode = "agency_code",
    /// Name of the managing agency.
    ManagingAgency = "managing_agency",
    /// Name of the employing unit.
    EmployingUnit = "employing_unit",
    /// Position, title or job position.
    Title = "title",
    /// Number of the person in the agency's own records.
    StaffCode = "staff_code",
    /// E-mail address.
    Email = "email",
    /// Telephone number.
    Phone = "phone",
    /// File name of the photo.
    Photo = "photo",
    /// Last day of the labour contract.
    ContractEnd = "contract_end",
    /// Day of retirement.
    Retirement = "retirement",
    /// The row as a whole.
    Row = "row",
}

impl Field {
    /// The name as people read it.
    pub fn label(self, lang: Lang) -> String {
        catalog().text(lang, &format!("field-{}", self.as_str().replace('_', "-")), &[])
    }

    /// Whether a person can be accepted whose record leaves this empty.
    pub const fn may_be_empty(self) -> bool {
        !matches!(
            self,
            Self::FullName
                | Self::Birth
                | Self::PersonalId
                | Self::CardType
                | Self::AgencyCode
                | Self::EmployingUnit
                | Self::Title
        )
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing the validator found. Never holds a personal id number or a card number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    pub field: Field,
    /// Which finding it is: stable, lower-case words joined by `-`.
    pub code: &'static str,
    /// What fills the text's places.
    pub args: Vec<(&'static str, String)>,
}

impl Finding {
    /// The finding as a sentence.
    pub fn text(&self, lang: Lang) -> String {
        let label = self.field.label(lang);
        let mut args: Vec<(&str, &str)> = vec![("field", label.as_str())];
        args.extend(self.args.iter().map(|(name, value)| (*name, value.as_str())));
        catalog().text(lang, self.code, &args)
    }

    pub(crate) fn new(severity: Severity, field: Field, code: &'static str) -> Self {
        debug_assert!(catalog().contains(code), "finding {code} has no text");
        Self { severity, field, code, args: Vec::new() }
    }

    pub(crate) fn arg(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.args.push((name, value.into()));
        self
    }
}

fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
        Catalog::new(include_str!("../vi.ftl"), include_str!("../en.ftl"))
            .expect("the embedded catalogues agree; a test parses them")
    });
    &CATALOG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_label_in_both_languages() {
        for field in Field::ALL {
            for lang in Lang::ALL {
                assert!(!field.label(lang).starts_with("field-"), "{field}");
            }
            assert_eq!(Field::from_name(field.as_str()), Some(*field));
        }
    }

    #[test]
    fn every_code_in_the_sources_has_a_text() {
        let sources = [
            include_str!("check.rs"),
            include_str!("check/dates.rs"),
            include_str!("check/identity.rs"),
            include_str!("check/plain.rs"),
        ];
        let mut seen = 0;
        for source in sources {
            for part in source.split("code!(\"").skip(1) {
                let code = part.split('"').next().unwrap();
                assert!(catalog().contains(code), "{code}");
                seen += 1;
            }
        }
        assert!(seen > 20, "only {seen} codes found");
    }
}
