//! What pages say: the catalogue, and numbers, days and instants as Vietnamese and English write
//! them.

use std::fmt::Display;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use phrase::{Catalog, Lang};

/// Every text of the pages, one file an area in each language.
pub(crate) static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::new(VI, EN).expect("both files are compiled in and a test parses them")
});

macro_rules! areas {
    ($lang:literal: $($area:literal),+ $(,)?) => {
        concat!($(include_str!(concat!("../text/", $lang, "/", $area, ".ftl")), "\n"),+)
    };
}

const VI: &str = areas!("vi": "common", "layout", "sign_in", "home", "lists", "people", "batches", "station",
    "cards", "hand_over", "guard", "check", "audit", "fault");
const EN: &str = areas!("en": "common", "layout", "sign_in", "home", "lists", "people", "batches", "station",
    "cards", "hand_over", "guard", "check", "audit", "fault");

/// One language and what it says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Say(pub(crate) Lang);

impl Say {
    /// The message `key`.
    pub(crate) fn t(self, key: &str) -> String {
        CATALOG.text(self.0, key, &[])
    }

    /// The message `key` with one argument.
    pub(crate) fn t1(self, key: &str, name: &str, value: impl Display) -> String {
        CATALOG.text(self.0, key, &[(name, &value.to_string())])
    }

    /// The message `key` with two arguments.
    #[expect(clippy::needless_pass_by_value, reason = "templates give values and references")]
    pub(crate) fn t2(
        self,
        key: &str,
        first: (&str, impl Display),
        second: (&str, impl Display),
    ) -> String {
        let (one, two) = (first.1.to_string(), second.1.to_string());
        CATALOG.text(self.0, key, &[(first.0, &one), (second.0, &two)])
    }

    /// The message `key` with any arguments.
    pub(crate) fn args(self, key: &str, args: &[(&str, &str)]) -> String {
        CATALOG.text(self.0, key, args)
    }

    /// A whole number: `12.345` in Vietnamese, `12,345` in English.
    pub(crate) fn number(self, number: impl Into<i128>) -> String {
        let number = number.into();
        let digits = number.unsigned_abs().to_string();
        let point = if self.0 == Lang::Vi { '.' } else { ',' };
        let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if number < 0 {
            text.push('−');
        }
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(point);
            }
            text.push(digit);
        }
        text
    }

    #[expect(clippy::unused_self, reason = "both languages write it alike, so far")]
    /// A day: `23/11/2026` in both languages.
    pub(crate) fn day(self, day: Date) -> String {
        day.strftime("%d/%m/%Y").to_string()
    }

    #[expect(clippy::unused_self, reason = "both languages write it alike, so far")]
    /// An instant in Vietnam: `14:05 23/11/2026`.
    pub(crate) fn instant(self, at: Timestamp) -> String {
        let local = VIETNAM.to_datetime(at);
        local.strftime("%H:%M %d/%m/%Y").to_string()
    }

    #[expect(clippy::unused_self, reason = "both languages write it alike, so far")]
    /// An instant in Vietnam to the second: `14:05:09 23/11/2026`.
    pub(crate) fn second(self, at: Timestamp) -> String {
        VIETNAM.to_datetime(at).strftime("%H:%M:%S %d/%m/%Y").to_string()
    }
}

/// UTC+7, without summer time since 1975.
pub(crate) const VIETNAM: jiff::tz::Offset = jiff::tz::Offset::constant(7);

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn numbers_and_days_as_both_languages_write_them() {
        let (vi, en) = (Say(Lang::Vi), Say(Lang::En));
        assert_eq!(
            (vi.number(1_234_567), en.number(1_234_567)),
            ("1.234.567".into(), "1,234,567".into())
        );
        assert_eq!((vi.number(12), vi.number(-1000)), ("12".into(), "−1.000".into()));
        let at: Timestamp = "2026-11-23T17:05:09Z".parse().unwrap();
        assert_eq!(vi.instant(at), "00:05 24/11/2026");
        assert_eq!(en.day(jiff::civil::date(2026, 1, 2)), "02/01/2026");
    }

    /// Every key that a template or a source names is in the catalogue.
    #[test]
    fn every_key_that_is_named_has_words() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut missing = Vec::new();
        for folder in ["src", "src/pages", "src/ops", "src/api", "templates", "templates/parts"] {
            for file in std::fs::read_dir(root.join(folder)).into_iter().flatten() {
                let path = file.unwrap().path();
                if path.is_dir() || path.ends_with("say.rs") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for opening in
                    [".t(\"", ".t1(\"", ".t2(\"", ".args(\"", "Fault::rule(\"", "Flash::ok(\""]
                {
                    for part in text.split(opening).skip(1) {
                        let key = part.split('"').next().unwrap_or_default();
                        if !CATALOG.contains(key) {
                            missing.push(format!("{}: {key}", path.display()));
                        }
                    }
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
