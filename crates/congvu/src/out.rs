//! Where words go: data to standard output, everything else to standard error.

use std::io::{IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use phrase::Lang;
use serde::Serialize;

use crate::cli::Format;
use crate::text;

/// Speaks to the user in the chosen language and format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    pub(crate) lang: Lang,
    format: Format,
    /// Whether results of parts go to standard error, because the whole has a result of its own.
    part: bool,
}

impl Out {
    pub(crate) const fn new(lang: Lang, format: Format) -> Self {
        Self { lang, format, part: false }
    }

    /// The same for a part of a greater job: what it says goes to standard error, as text.
    pub(crate) const fn quiet_data(self) -> Self {
        Self { format: Format::Text, part: true, ..self }
    }

    /// Prints a result: as one line of JSON, or as the text that `text` makes.
    pub(crate) fn data(self, value: &impl Serialize, text: impl FnOnce() -> String) {
        let line = match self.format {
            Format::Json => serde_json::to_string(value).expect("our own results are plain data"),
            Format::Text => text(),
        };
        if self.part { Self::note_text(&line) } else { print(&line) }
    }

    pub(crate) fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// Prints one line of data as it is.
    pub(crate) fn line(line: &str) {
        print(line);
    }

    /// The message `key` in the user's language.
    pub(crate) fn say(self, key: &str, args: &[(&str, &str)]) -> String {
        text::say(self.lang, key, args)
    }

    /// Tells the user something beside the result.
    pub(crate) fn note(self, key: &str, args: &[(&str, &str)]) {
        Self::note_text(&self.say(key, args));
    }

    /// Like [`Out::note`] with a text that exists already.
    #[expect(clippy::print_stderr, reason = "this is the one place that prints notes")]
    pub(crate) fn note_text(text: &str) {
        eprintln!("{text}");
    }

    /// Progress over `total` things, with rate and time left.
    pub(crate) fn progress(self, key: &str, total: u64) -> Progress {
        let target = ProgressDrawTarget::stderr_with_hz(8);
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style =
            ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} · {per_sec} · {eta}")
                .expect("the template is a constant")
                .progress_chars("=> ");
        bar.set_style(style);
        bar.set_message(self.say(key, &[]));
        Progress { bar, watched: std::io::stderr().is_terminal(), said_s: 0 }
    }
}

/// A bar where somebody watches; elsewhere a line every ten seconds.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    watched: bool,
    said_s: u64,
}

impl Progress {
    /// `n` more things are done.
    pub(crate) fn add(&mut self, n: u64) {
        self.bar.inc(n);
        let elapsed_s = self.bar.elapsed().as_secs();
        if !self.watched && elapsed_s >= self.said_s + 10 {
            self.said_s = elapsed_s;
            Out::note_text(&format!(
                "{} {}/{} · {:.1}/s · {} s",
                self.bar.message(),
                self.bar.position(),
                self.bar.length().unwrap_or_default(),
                self.bar.per_sec(),
                self.bar.eta().as_secs()
            ));
        }
    }

    /// Prints a line above the bar.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| Out::note_text(text));
    }

    /// Removes the bar.
    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

fn print(line: &str) {
    // A closed pipe (`congvu … | head`) is the reader's choice, not an error.
    let _closed = writeln!(std::io::stdout().lock(), "{line}");
}
