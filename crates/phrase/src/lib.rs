//! What a user reads, in Vietnamese and in English.
//!
//! A crate that speaks to people owns two Fluent files, `vi.ftl` and `en.ftl`, and one
//! [`Catalog`] made from them. This crate holds no text of its own: it parses, compares the two
//! languages so that no message is missing in one of them, and formats.

use std::collections::BTreeSet;
use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

/// A language that the product speaks.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Lang {
    /// Vietnamese, the default.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Vi, Self::En];

    /// The BCP 47 tag: `vi` or `en`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The language that a tag such as `vi`, `en-GB` or `vi_VN.UTF-8` names.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_', '.']).next() {
            Some("vi") => Some(Self::Vi),
            Some("en") => Some(Self::En),
            _ => None,
        }
    }
}

impl std::str::FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(tag: &str) -> Result<Self, UnknownLang> {
        Self::from_tag(tag).ok_or(UnknownLang)
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// The tag names no language that the product speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the language is vi or en")]
pub struct UnknownLang;

/// Why two files make no catalogue.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CatalogError {
    /// A file is not Fluent.
    #[error("{lang}.ftl does not parse: {reason}")]
    Syntax {
        /// Which file.
        lang: Lang,
        /// The parser's words.
        reason: String,
    },
    /// A message stands in one file only, or twice in one.
    #[error("{lang}.ftl: message {key} is missing or stands twice")]
    Key {
        /// The file to mend.
        lang: Lang,
        /// The message.
        key: String,
    },
    /// The two translations of a message take different arguments.
    #[error("message {key} takes other arguments in vi than in en")]
    Arguments {
        /// The message.
        key: String,
    },
}

/// The messages of one crate in both languages.
pub struct Catalog {
    vi: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
    keys: BTreeSet<String>,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("messages", &self.keys.len()).finish_non_exhaustive()
    }
}

impl Catalog {
    /// Parses both files and compares them.
    ///
    /// # Errors
    ///
    /// [`CatalogError`] names the file and message when one does not parse, a message is missing
    /// in one language, or its two translations take different arguments.
    pub fn new(vi: &str, en: &str) -> Result<Self, CatalogError> {
        let (vi_keys, en_keys) = (messages(vi), messages(en));
        for (key, arguments) in &vi_keys {
            match en_keys.iter().find(|(other, _)| other == key) {
                None => return Err(CatalogError::Key { lang: Lang::En, key: key.clone() }),
                Some((_, other)) if other != arguments => {
                    return Err(CatalogError::Arguments { key: key.clone() });
                }
                Some(_) => {}
            }
        }
        if let Some((key, _)) =
            en_keys.iter().find(|(key, _)| vi_keys.iter().all(|(other, _)| other != key))
        {
            return Err(CatalogError::Key { lang: Lang::Vi, key: key.clone() });
        }
        Ok(Self {
            vi: bundle(Lang::Vi, vi)?,
            en: bundle(Lang::En, en)?,
            keys: vi_keys.into_iter().map(|(key, _)| key).collect(),
        })
    }

    /// The message `key` with its arguments filled in.
    ///
    /// A key that is not in the catalogue comes back as itself, so that a user still reads
    /// something that support can look up; a test in the owning crate keeps that from happening.
    pub fn text(&self, lang: Lang, key: &str, args: &[(&str, &str)]) -> String {
        let bundle = match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut values = FluentArgs::with_capacity(args.len());
        for &(name, value) in args {
            values.set(name.to_owned(), value.to_owned());
        }
        let mut errors = Vec::new();
        bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned()
    }

    /// Whether the catalogue holds `key`.
    pub fn contains(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }
}

fn bundle(lang: Lang, text: &str) -> Result<FluentBundle<FluentResource>, CatalogError> {
    let resource = FluentResource::try_new(text.to_owned())
        .map_err(|(_, errors)| CatalogError::Syntax { lang, reason: format!("{errors:?}") })?;
    let id = lang.tag().parse::<LanguageIdentifier>().expect("both tags are well-formed");
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).map_err(|errors| CatalogError::Key {
        lang,
        key: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    })?;
    Ok(bundle)
}

/// Every message of a file with the names of the arguments it takes.
fn messages(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut found: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in text.lines() {
        if let Some((key, _)) = line.split_once(" =")
            && !key.is_empty()
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        {
            found.push((key.to_owned(), BTreeSet::new()));
        }
        let Some((_, arguments)) = found.last_mut() else { continue };
        for part in line.split('$').skip(1) {
            let name: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            arguments.insert(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fills_arguments_without_marks() {
        let catalog =
            Catalog::new("row = Dòng { $n } sai\n", "row = Row { $n } is wrong\n").unwrap();
        assert_eq!(catalog.text(Lang::Vi, "row", &[("n", "7")]), "Dòng 7 sai");
        assert_eq!(catalog.text(Lang::En, "row", &[("n", "7")]), "Row 7 is wrong");
    }

    #[test]
    fn message_missing_in_one_language_is_named() {
        assert_eq!(
            Catalog::new("a = A\nb = B\n", "a = A\n").unwrap_err(),
            CatalogError::Key { lang: Lang::En, key: "b".into() }
        );
        assert_eq!(
            Catalog::new("a = A\n", "a = A\nb = B\n").unwrap_err(),
            CatalogError::Key { lang: Lang::Vi, key: "b".into() }
        );
    }

    #[test]
    fn different_arguments_are_refused() {
        assert_eq!(
            Catalog::new("a = { $x }\n", "a = { $y }\n").unwrap_err(),
            CatalogError::Arguments { key: "a".into() }
        );
    }

    #[test]
    fn file_that_does_not_parse_is_refused() {
        assert!(matches!(
            Catalog::new("a = { $x\n", "a = { $x\n"),
            Err(CatalogError::Syntax { lang: Lang::Vi, .. })
        ));
    }

    #[test]
    fn unknown_key_comes_back_as_itself() {
        let catalog = Catalog::new("a = A\n", "a = A\n").unwrap();
        assert_eq!(catalog.text(Lang::Vi, "no-such", &[]), "no-such");
    }

    #[test]
    fn lang_reads_system_locales() {
        assert_eq!("vi_VN.UTF-8".parse(), Ok(Lang::Vi));
        assert_eq!("fr".parse::<Lang>(), Err(UnknownLang));
    }
}
