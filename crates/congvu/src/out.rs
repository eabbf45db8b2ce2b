//! Where words go: data to standard output, everything else to standard error.

use std::fmt;
use std::io::{IsTerminal as _, Write as _};

use indicatif::style::TemplateError;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
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

    /// Progress with rate and time left over `total` things, or with the rate alone where nobody
    /// knows how many there are. What takes less than a second shows nothing.
    pub(crate) fn progress(self, key: &str, total: impl Into<Option<u64>>) -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_message(self.say(key, &[]));
        let mut progress = Progress {
            bar,
            lang: self.lang,
            watched: std::io::stderr().is_terminal(),
            shown: false,
            said_s: 0,
        };
        progress.style(ProgressStyle::with_template("{msg} {pos} · {rate}"));
        if let Some(total) = total.into() {
            progress.expect(total);
        }
        progress
    }
}

/// A bar where somebody watches; elsewhere a line every ten seconds.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    lang: Lang,
    watched: bool,
    shown: bool,
    said_s: u64,
}

impl Progress {
    /// Says how many there are, where that is found out on the way.
    pub(crate) fn expect(&mut self, total: u64) {
        self.bar.set_length(total);
        self.style(ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} · {rate} · {left}"));
    }

    fn style(&self, style: Result<ProgressStyle, TemplateError>) {
        let lang = self.lang;
        let style = style
            .expect("the templates are constants")
            .progress_chars("=> ")
            .with_key("rate", move |state: &ProgressState, into: &mut dyn fmt::Write| {
                let _whole = into.write_str(&rate(lang, state.per_sec()));
            })
            .with_key("left", move |state: &ProgressState, into: &mut dyn fmt::Write| {
                let _whole = into.write_str(&left(lang, state.eta().as_secs()));
            });
        self.bar.set_style(style);
    }

    /// `n` more things are done.
    pub(crate) fn add(&mut self, n: u64) {
        self.bar.inc(n);
        self.show();
    }

    /// So many things are done in all.
    pub(crate) fn at(&mut self, n: u64) {
        self.bar.set_position(n);
        self.show();
    }

    fn show(&mut self) {
        let elapsed_s = self.bar.elapsed().as_secs();
        if self.watched {
            if !self.shown && elapsed_s >= 1 {
                self.shown = true;
                self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
            }
        } else if elapsed_s >= self.said_s + 10 {
            self.said_s = elapsed_s;
            let rate = rate(self.lang, self.bar.per_sec());
            let (what, done) = (self.bar.message(), self.bar.position());
            Out::note_text(&match self.bar.length() {
                Some(total) => {
                    let left = left(self.lang, self.bar.eta().as_secs());
                    format!("{what} {done}/{total} · {rate} · {left}")
                }
                None => format!("{what} {done} · {rate}"),
            });
        }
    }

    /// Prints a line above the bar.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| Out::note_text(text));
    }

    /// Prints results that share the terminal with the bar.
    pub(crate) fn beside(&self, print: impl FnOnce()) {
        if self.shown && std::io::stdout().is_terminal() {
            self.bar.suspend(print);
        } else {
            print();
        }
    }

    /// Removes the bar.
    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

fn rate(lang: Lang, per_second: f64) -> String {
    let number =
        if per_second < 10.0 { format!("{per_second:.1}") } else { format!("{per_second:.0}") };
    let number = if lang == Lang::Vi { number.replace('.', ",") } else { number };
    text::say(lang, "progress-rate", &[("rate", &number)])
}

fn left(lang: Lang, seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let time = if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    };
    text::say(lang, "progress-left", &[("time", &time)])
}

fn print(line: &str) {
    // A closed pipe (`congvu … | head`) is the reader's choice, not an error.
    let _closed = writeln!(std::io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_time_are_told_as_people_write_them() {
        assert_eq!(rate(Lang::Vi, 2.5), "2,5/giây");
        assert_eq!(rate(Lang::En, 2.5), "2.5/s");
        assert_eq!(rate(Lang::En, 1234.6), "1235/s");
        assert_eq!(left(Lang::Vi, 65), "còn 1:05");
        assert_eq!(left(Lang::En, 3_725), "1:02:05 left");
    }

    #[test]
    fn templates_parse_and_a_total_may_come_later() {
        let out = Out::new(Lang::Vi, Format::Text);
        let mut progress = out.progress("progress-rows", None::<u64>);
        progress.at(3);
        progress.expect(10);
        progress.add(2);
        assert_eq!((progress.bar.position(), progress.bar.length()), (5, Some(10)));
        assert!(!progress.shown, "nothing is shown in the first second");
    }
}
