//! Why something was not done, in the user's words.

use std::error::Error;
use std::fmt;

use phrase::Lang;
use reader::Explain as _;
use vault::Explain as _;

use crate::text;

/// Something that the user, not the machine, has to mend: a message and its arguments.
#[derive(Debug)]
pub(crate) struct Refusal {
    key: &'static str,
    args: Vec<(&'static str, String)>,
}

impl Refusal {
    /// The message `key` of the catalogue with its arguments.
    pub(crate) fn of(key: &'static str, args: &[(&'static str, &str)]) -> Self {
        Self { key, args: args.iter().map(|(name, text)| (*name, (*text).to_owned())).collect() }
    }

    fn text(&self, lang: Lang) -> String {
        let args: Vec<(&str, &str)> =
            self.args.iter().map(|(name, text)| (*name, text.as_str())).collect();
        text::say(lang, self.key, &args)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Error for Refusal {}

/// Whether the user, not the machine, has to mend it.
pub(crate) fn is_refusal(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<Refusal>()
            || refused(cause).is_some()
            || cause.is::<crate::config::ConfigError>()
            || matches!(cause.downcast_ref(), Some(vault::OpenError::DemoInProduction { .. }))
    })
}

/// The error and its causes, each in the user's language where it has words in it.
pub(crate) fn explain(lang: Lang, error: &anyhow::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = words(lang, cause).unwrap_or_else(|| cause.to_string());
        if texts.last() != Some(&text) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

fn words(lang: Lang, cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(refusal) = cause.downcast_ref::<Refusal>() {
        return Some(refusal.text(lang));
    }
    if let Some(refused) = refused(cause) {
        return Some(text::say(lang, &format!("refused-{}", refused.code()), &[]));
    }
    if let Some(error) = cause.downcast_ref::<vault::OpenError>() {
        return Some(error.explain(&vault::catalog(), lang));
    }
    if let Some(error) = cause.downcast_ref::<vault::PassphraseError>() {
        return Some(error.explain(&vault::catalog(), lang));
    }
    if let Some(error) = cause.downcast_ref::<vault::AdminError>() {
        return Some(error.explain(&vault::catalog(), lang));
    }
    if let Some(error) = cause.downcast_ref::<reader::PcscError>() {
        return Some(error.explain(&reader::catalog(), lang));
    }
    if let Some(error) = cause.downcast_ref::<reader::FeedError>() {
        return Some(error.explain(&reader::catalog(), lang));
    }
    if let Some(error) = cause.downcast_ref::<reader::stack::StackError>() {
        return Some(error.explain(&reader::catalog(), lang));
    }
    None
}

/// The rule that said no, if this is one.
fn refused<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e registry::Refused> {
    match cause.downcast_ref() {
        Some(registry::office::Error::Refused(refused)) => Some(refused),
        _ => cause.downcast_ref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_the_registry_has_words() {
        for code in registry::Refused::CODES {
            assert!(text::has(&format!("refused-{code}")), "{code}");
        }
        for state in registry::card::Validity::NAMES {
            assert!(text::has(&format!("state-{state}")), "{state}");
        }
    }

    /// Every message that the sources name stands in the catalogue.
    #[test]
    fn every_refusal_named_in_the_sources_has_words() {
        for source in [
            include_str!("home.rs"),
            include_str!("site.rs"),
            include_str!("command/card.rs"),
            include_str!("command/check.rs"),
            include_str!("command/demo.rs"),
            include_str!("command/intake.rs"),
            include_str!("command/serve.rs"),
            include_str!("command/setup.rs"),
            include_str!("command/station.rs"),
            include_str!("command/vcard.rs"),
            include_str!("command/sample.rs"),
            include_str!("command/doctor.rs"),
        ] {
            for opening in ["Refusal::of(", ".say(", ".note("] {
                for part in source.split(opening).skip(1) {
                    let part = part.trim_start();
                    let Some(rest) = part.strip_prefix('"') else { continue };
                    let key = rest.split('"').next().unwrap_or_default();
                    assert!(text::has(key), "{key}");
                }
            }
        }
    }
}
