//! The `congvu` command: reads the command line, wires the parts, and says what came of it.
//!
//! Decisions belong to the crates below; here stand the command line, the configuration, the
//! adapters between crates, and the life of processes.

mod cli;
mod command;
mod config;
mod desk;
mod explain;
mod home;
mod keys;
mod out;
mod people;
mod remote;
mod site;
mod system;
mod text;
mod usage;
mod workshop;

use std::process::ExitCode;

use clap::FromArgMatches as _;
use phrase::Lang;

use crate::cli::{Cli, Format};
pub(crate) use crate::explain::Refusal;
use crate::out::Out;

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ended {
    /// It did all that was asked.
    Done,
    /// A rule, or bad input, kept it from some or all of it; everything refused was named.
    Refused,
}

fn main() -> ExitCode {
    silence_contained_panics();
    let lang = wanted_lang();
    let matches = match cli::localised(lang).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return misread(lang, &error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return misread(lang, &error),
    };
    let out = Out::new(cli.global.lang, cli.global.format);
    log_to_stderr(cli.global.format);
    match command::run(out, &cli) {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Refused) => ExitCode::from(1),
        Err(error) => {
            out.note("error", &[("why", &explain::explain(out.lang, &error))]);
            ExitCode::from(if explain::is_refusal(&error) { 1 } else { 2 })
        }
    }
}

/// Help and version end well; a command line that cannot be read is bad input.
fn misread(lang: Lang, error: &clap::Error) -> ExitCode {
    match usage::explain(lang, error) {
        Some(text) => Out::note_text(&text::say(lang, "error", &[("why", &text)])),
        None => drop(error.print()),
    }
    ExitCode::from(u8::from(error.use_stderr()))
}

/// A decoder that panics on a file from outside is answered as a refusal of that file; what it
/// says of the file's bytes is for nobody.
fn silence_contained_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !intake::is_contained() {
            usual(panic);
        }
    }));
}

/// The language has to be known before the command line is read: its help is in that language.
fn wanted_lang() -> Lang {
    let mut args = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned());
    while let Some(arg) = args.next() {
        if arg == "--lang" {
            return args.next().and_then(|tag| Lang::from_tag(&tag)).unwrap_or_default();
        }
        if let Some(tag) = arg.strip_prefix("--lang=") {
            return Lang::from_tag(tag).unwrap_or_default();
        }
    }
    std::env::var("CONGVU_LANG").ok().and_then(|tag| Lang::from_tag(&tag)).unwrap_or_default()
}

fn log_to_stderr(format: Format) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CONGVU_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        Format::Json => log.json().init(),
        Format::Text => log.init(),
    }
}
