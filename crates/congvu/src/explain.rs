//! Why something was not done, in the user's words.

mod causes;

use std::error::Error;
use std::fmt;
use std::path::Path;

use phrase::Lang;
use reader::Explain as _;
use vault::Explain as _;

use crate::text;

/// A message of the catalogue with its arguments.
#[derive(Clone, Debug)]
struct Words {
    key: String,
    args: Vec<(&'static str, String)>,
}

impl Words {
    fn of(key: &str, args: &[(&'static str, &str)]) -> Self {
        let args = args.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        Self { key: key.to_owned(), args }
    }

    fn text(&self, lang: Lang) -> String {
        let args: Vec<(&str, &str)> =
            self.args.iter().map(|(name, text)| (*name, text.as_str())).collect();
        text::say(lang, &self.key, &args)
    }
}

/// What is said about one cause.
enum Told {
    Words(Words),
    /// Two messages, the second about the first.
    Pair(Words, Words),
    /// Nothing: the cause below says it.
    Below,
    /// The words of a crate that has a catalogue of its own.
    Text(String),
    /// Words of another program, which are in English: shown as such.
    Detail(String),
}

/// Something that the user, not the machine, has to mend: a message and its arguments.
#[derive(Debug)]
pub(crate) struct Refusal(Words);

impl Refusal {
    /// The message `key` of the catalogue with its arguments.
    pub(crate) fn of(key: &'static str, args: &[(&'static str, &str)]) -> Self {
        Self(Words::of(key, args))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text(Lang::En))
    }
}

impl Error for Refusal {}

/// What was being done when something else failed.
#[derive(Debug)]
pub(crate) struct Failed {
    doing: Words,
    cause: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.doing.text(Lang::En))
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

/// Says of an error what was being done, in the user's language where anyhow's context is in one.
pub(crate) trait Doing<T> {
    /// The message `key` of the catalogue with its arguments.
    fn doing(self, key: &'static str, args: &[(&'static str, &str)]) -> Result<T, Failed>;

    /// The same about a file or folder, the message's argument `path`.
    fn doing_at(self, key: &'static str, path: &Path) -> Result<T, Failed>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Doing<T> for Result<T, E> {
    fn doing(self, key: &'static str, args: &[(&'static str, &str)]) -> Result<T, Failed> {
        self.map_err(|cause| Failed { doing: Words::of(key, args), cause: cause.into() })
    }

    fn doing_at(self, key: &'static str, path: &Path) -> Result<T, Failed> {
        self.doing(key, &[("path", &path.display().to_string())])
    }
}

/// Whether the user, not the machine, has to mend it.
pub(crate) fn is_refusal(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<Refusal>()
            || cause.is::<registry::Refused>()
            || matches!(cause.downcast_ref(), Some(registry::office::Error::Refused(_)))
            || cause.is::<crate::config::ConfigError>()
            || cause.is::<profile::ProfileError>()
            || cause.is::<face::ArtworkError>()
            || cause.is::<sample::OptionsError>()
            || matches!(cause.downcast_ref(), Some(sample::ListError::TooManyRows))
            || matches!(cause.downcast_ref(), Some(vault::OpenError::DemoInProduction { .. }))
    })
}

/// The error and its causes in the user's language; what other programs said of it stands behind,
/// in brackets.
pub(crate) fn explain(lang: Lang, error: &anyhow::Error) -> String {
    explain_chain(lang, error.chain())
}

/// What `error` and its causes say.
pub(crate) fn explain_error(lang: Lang, error: &(dyn Error + 'static)) -> String {
    let mut next = Some(error);
    explain_chain(
        lang,
        std::iter::from_fn(|| {
            let error = next?;
            next = error.source();
            Some(error)
        }),
    )
}

fn explain_chain<'e>(lang: Lang, chain: impl Iterator<Item = &'e (dyn Error + 'static)>) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut detail = None;
    let mut add = |text: String| {
        if texts.last() != Some(&text) {
            texts.push(text);
        }
    };
    for cause in chain {
        match told(lang, cause) {
            Some(Told::Words(words)) => add(words.text(lang)),
            Some(Told::Pair(first, second)) => {
                add(first.text(lang));
                add(second.text(lang));
            }
            Some(Told::Text(text)) => add(text),
            Some(Told::Below) => {}
            Some(Told::Detail(words)) => detail = Some(words),
            None => detail = Some(cause.to_string()),
        }
    }
    if texts.is_empty() {
        texts.push(text::say(lang, "cause-unknown", &[]));
    }
    let text = texts.join(": ");
    match detail {
        Some(detail) => text::say(lang, "with-detail", &[("text", &text), ("detail", &detail)]),
        None => text,
    }
}

fn told(lang: Lang, cause: &(dyn Error + 'static)) -> Option<Told> {
    if let Some(refusal) = cause.downcast_ref::<Refusal>() {
        return Some(Told::Words(refusal.0.clone()));
    }
    if let Some(failed) = cause.downcast_ref::<Failed>() {
        return Some(Told::Words(failed.doing.clone()));
    }
    causes::told(cause).or_else(|| told_elsewhere(lang, cause).map(Told::Text))
}

/// What the crates say that have words of their own.
fn told_elsewhere(lang: Lang, cause: &(dyn Error + 'static)) -> Option<String> {
    use reader::stack::StackError;
    use reader::tray::{MagazineError, TrayError};
    use reader::{FeedError, PcscError};
    use vault::{AdminError, OpenError, PassphraseError, UseError};

    macro_rules! first_of {
        ($catalog:expr; $($error:ty),*) => {
            $(if let Some(error) = cause.downcast_ref::<$error>() {
                return Some(error.explain(&$catalog, lang));
            })*
        };
    }
    first_of!(vault::catalog(); OpenError, PassphraseError, AdminError, UseError);
    first_of!(reader::catalog(); PcscError, FeedError, StackError, TrayError, MagazineError);
    None
}

/// The rule of the registry that said no.
fn rule(refused: &registry::Refused) -> Words {
    Words::of(&format!("refused-{}", refused.code()), &[])
}

/// The same from a server, which says it by its code.
fn refused_by_server(code: &str, said: &str) -> Words {
    let key = format!("refused-{}", code.strip_prefix("urn:congvu:").unwrap_or(code));
    if text::has(&key) {
        Words::of(&key, &[])
    } else {
        Words::of("cause-server-refused", &[("why", said)])
    }
}

#[cfg(test)]
mod tests;
