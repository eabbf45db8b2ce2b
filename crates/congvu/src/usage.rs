//! A command line that cannot be read, said in the user's language.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use phrase::Lang;

use crate::explain::explain_error;
use crate::text;

/// What is wrong with the command line; none where clap prints what was asked for, or the help.
pub(crate) fn explain(lang: Lang, error: &clap::Error) -> Option<String> {
    let said = |kind| error.get(kind).map(plain).filter(|text| !text.is_empty());
    let argument = said(ContextKind::InvalidArg).unwrap_or_default();
    let value = said(ContextKind::InvalidValue);
    let say = |key: &str, args: &[(&str, &str)]| text::say(lang, key, args);
    let mut text = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        ErrorKind::UnknownArgument => say("usage-unknown-argument", &[("name", &argument)]),
        ErrorKind::InvalidSubcommand => {
            let name = said(ContextKind::InvalidSubcommand).unwrap_or_default();
            say("usage-unknown-command", &[("name", &name)])
        }
        ErrorKind::MissingSubcommand => say("usage-no-command", &[]),
        ErrorKind::MissingRequiredArgument => say("usage-missing", &[("names", &argument)]),
        ErrorKind::ArgumentConflict => match said(ContextKind::PriorArg) {
            Some(other) if other != argument => {
                say("usage-conflict", &[("name", &argument), ("other", &other)])
            }
            _ => say("usage-twice", &[("name", &argument)]),
        },
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => match value {
            None => say("usage-no-value", &[("name", &argument)]),
            Some(value) => {
                let mut text = say("usage-bad-value", &[("name", &argument), ("value", &value)]);
                if let Some(cause) = std::error::Error::source(error) {
                    let why = explain_error(lang, cause);
                    text = say("usage-because", &[("text", &text), ("why", &why)]);
                }
                text
            }
        },
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            say("usage-no-value", &[("name", &argument)])
        }
        ErrorKind::TooManyValues => say("usage-too-many", &[("name", &argument)]),
        ErrorKind::InvalidUtf8 => say("usage-not-text", &[]),
        _ => say("usage-unreadable", &[]),
    };
    let mut add = |more: String| {
        text.push('\n');
        text.push_str(&more);
    };
    if let Some(values) = said(ContextKind::ValidValue) {
        add(say("usage-values", &[("values", &values)]));
    }
    let suggested =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(name) = suggested.into_iter().find_map(said) {
        add(say("usage-perhaps", &[("name", &name)]));
    }
    if let Some(usage) = said(ContextKind::Usage) {
        let usage = usage.split_once(':').map_or(&*usage, |(_, usage)| usage).trim().to_owned();
        let command: Vec<&str> = usage
            .split_whitespace()
            .take_while(|word| !word.starts_with(['[', '<', '-']))
            .collect();
        let help = format!("{} --help", command.join(" "));
        add(say("usage-see", &[("usage", &usage), ("help", &help)]));
    }
    Some(text)
}

/// Only the words, without the colours that clap gives them.
fn plain(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::Number(number) => number.to_string(),
        ContextValue::StyledStrs(texts) => {
            texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use clap::FromArgMatches as _;

    use super::*;
    use crate::cli::{Cli, localised};

    fn said(lang: Lang, words: &str) -> String {
        let read = localised(lang)
            .try_get_matches_from(words.split(' '))
            .and_then(|matches| Cli::from_arg_matches(&matches));
        explain(lang, &read.err().unwrap_or_else(|| panic!("{words} is a good command")))
            .unwrap_or_else(|| panic!("{words} shows help"))
    }

    #[test]
    fn mistakes_on_the_command_line_are_told_in_both_languages() {
        let mut all = String::new();
        for lang in Lang::ALL {
            for words in [
                "congvu demoo",
                "congvu demo --onec",
                "congvu demo --people",
                "congvu demo --people many",
                "congvu demo --people -1",
                "congvu demo --format yaml",
                "congvu demo --lang fr",
                "congvu demo extra",
                "congvu demo --once --once",
                "congvu intake load",
                "congvu approve",
                "congvu approve 00000000-0000-0000-0000-000000000001 --all",
                "congvu approve tomorrow",
                "congvu card show 0000-0001-X",
                "congvu card show 12",
                "congvu request --as Trưởng-phòng",
                "congvu serve --listen here",
                "congvu card lock K7Q2-9XWM-4",
                "congvu card wash K7Q2",
            ] {
                let text = said(lang, words);
                writeln!(all, "$ {words}\n{text}\n").unwrap();
                if lang == Lang::Vi {
                    for english in ["error", "the argument", "invalid", "required", "Usage"] {
                        assert!(!text.contains(english), "{words}: {text}");
                    }
                }
            }
        }
        insta::assert_snapshot!(all);
    }

    #[test]
    fn help_is_left_to_clap() {
        let error = localised(Lang::Vi).try_get_matches_from(["congvu", "--help"]).unwrap_err();
        assert_eq!(explain(Lang::Vi, &error), None);
    }
}
