//! What is said about a photo, in both languages.

use std::fmt::Display;
use std::sync::LazyLock;

use phrase::{Catalog, Lang};
use profile::Severity;

/// One thing to say about a photo or an archive entry. Holds no personal number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Whether it blocks (error), wants a look (warning) or only informs (note).
    pub severity: Severity,
    /// Stable word for programs, also the message's key: `photo-no-face`.
    pub code: &'static str,
    /// Values that the message names.
    pub args: Vec<(&'static str, String)>,
}

impl Finding {
    pub(super) fn error(code: &'static str) -> Self {
        Self { severity: Severity::Error, code, args: Vec::new() }
    }

    pub(super) fn warning(code: &'static str) -> Self {
        Self { severity: Severity::Warning, code, args: Vec::new() }
    }

    pub(super) fn note(code: &'static str) -> Self {
        Self { severity: Severity::Note, code, args: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// The message for a user.
    pub fn text(&self, lang: Lang) -> String {
        let args: Vec<(&str, &str)> =
            self.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        catalog().text(lang, self.code, &args)
    }
}

/// The messages of this module; its keys are the codes of all findings.
pub fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
        Catalog::new(include_str!("../../photo-vi.ftl"), include_str!("../../photo-en.ftl"))
            .expect("a test proves that the two files make a catalogue")
    });
    &CATALOG
}

/// Why one file makes no photo. All are the file's fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoError {
    /// The file is longer than the limit.
    #[error("the file is longer than {limit_bytes} bytes")]
    FileTooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// The first bytes are neither a JPEG's nor a PNG's.
    #[error("the file is neither JPEG nor PNG but {kind}")]
    WrongType {
        /// What it seems to be, `?` when unknown.
        kind: &'static str,
    },
    /// The header declares more pixels than the limit, decoded or not.
    #[error("the picture declares {width}×{height} pixels, over the limit")]
    TooManyPixels {
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
    },
    /// The bytes do not decode.
    #[error("the picture does not decode")]
    Unreadable(#[source] image::ImageError),
    /// Longest side more than three times the shortest.
    #[error("the picture of {width}×{height} pixels has no 3:4 part worth printing")]
    Aspect {
        /// Width, upright.
        width: u32,
        /// Height, upright.
        height: u32,
    },
    /// No 3:4 crop of 354×472 pixels fits.
    #[error("the picture has {width}×{height} pixels, fewer than 354×472")]
    TooSmall {
        /// Width, upright.
        width: u32,
        /// Height, upright.
        height: u32,
    },
    /// The part that a person chose is not within the picture, or too small to print.
    #[error("the part is not within {width}×{height} pixels or below 354×472")]
    Part {
        /// Width of the picture, upright.
        width: u32,
        /// Height of it.
        height: u32,
    },
    /// Nothing in the face region has an edge.
    #[error("the picture is grossly blurred")]
    Blurred,
    /// A decoder broke down on these bytes. What it said is not repeated.
    #[error("the picture's decoder broke down")]
    Broke,
}

impl PhotoError {
    /// The same for a user.
    pub fn finding(&self) -> Finding {
        match self {
            Self::FileTooLong { limit_bytes } => {
                Finding::error("photo-file-too-long").with("megabytes", limit_bytes >> 20)
            }
            Self::WrongType { kind } => Finding::error("photo-wrong-type").with("kind", kind),
            Self::TooManyPixels { width, height } => {
                Finding::error("photo-too-many-pixels").with("width", width).with("height", height)
            }
            Self::Unreadable(_) => Finding::error("photo-unreadable"),
            Self::Aspect { width, height } => {
                Finding::error("photo-aspect").with("width", width).with("height", height)
            }
            Self::TooSmall { width, height } => {
                Finding::error("photo-too-small").with("width", width).with("height", height)
            }
            Self::Part { width, height } => {
                Finding::error("photo-part").with("width", width).with("height", height)
            }
            Self::Blurred => Finding::error("photo-blurred"),
            Self::Broke => Finding::error("photo-broke"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_message_in_both_languages() {
        let errors = [
            PhotoError::FileTooLong { limit_bytes: 1 << 20 },
            PhotoError::WrongType { kind: "HEIC" },
            PhotoError::TooManyPixels { width: 1, height: 2 },
            PhotoError::Unreadable(image::ImageError::IoError(std::io::Error::other("x"))),
            PhotoError::Aspect { width: 1, height: 2 },
            PhotoError::TooSmall { width: 1, height: 2 },
            PhotoError::Part { width: 1, height: 2 },
            PhotoError::Blurred,
            PhotoError::Broke,
        ];
        for finding in errors.iter().map(PhotoError::finding) {
            assert!(catalog().contains(finding.code), "{}", finding.code);
            assert_eq!(finding.severity, Severity::Error);
            for lang in Lang::ALL {
                let text = finding.text(lang);
                assert!(!text.contains('{') && text != finding.code, "{text}");
            }
        }
    }

    /// Every code written in this module's sources is a message, and the other way round.
    #[test]
    fn codes_and_messages_are_the_same_set() {
        let sources = [
            include_str!("../photo.rs"),
            include_str!("archive.rs"),
            include_str!("chip.rs"),
            include_str!("face.rs"),
            include_str!("finding.rs"),
            include_str!("matching.rs"),
            include_str!("quality.rs"),
        ];
        let used: std::collections::BTreeSet<&str> = sources
            .iter()
            .flat_map(|source| source.split('"'))
            .filter(|word| {
                word.starts_with("photo-")
                    && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
                    && *word != "photo-"
            })
            .collect();
        let known: std::collections::BTreeSet<&str> = catalog().keys().collect();
        assert_eq!(used, known);
    }
}
