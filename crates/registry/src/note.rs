//! Words that an officer writes: why something is given back, why a number is looked at.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A note in an officer's own words: 1 to 500 characters, lines ended by `\n`, no white space
/// around it, no other control characters and none that turn the direction of writing.
///
/// It may name somebody, so it is kept sealed; wiped on drop, never printed by `Debug`.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Note(String);

/// A text is no note. Never says what it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadNote {
    /// Nothing is written.
    #[error("a note says something")]
    Empty,
    /// It is too long.
    #[error("a note has at most {} characters", Note::MAX)]
    TooLong,
    /// It holds signs that are no text.
    #[error("a note holds no control characters")]
    Control,
}

impl BadNote {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Empty, Self::TooLong, Self::Control];

    /// A stable name for catalogues and machine output.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "note-empty",
            Self::TooLong => "note-too-long",
            Self::Control => "note-control",
        }
    }
}

impl Note {
    /// The longest note, in characters.
    pub const MAX: usize = 500;

    /// Takes what was written; white space around it is dropped.
    ///
    /// # Errors
    ///
    /// [`BadNote`]: nothing is left, more than [`Note::MAX`] characters, or control characters.
    pub fn new(text: &str) -> Result<Self, BadNote> {
        let note = text.trim().replace("\r\n", "\n");
        if note.is_empty() {
            return Err(BadNote::Empty);
        }
        if note.chars().count() > Self::MAX {
            return Err(BadNote::TooLong);
        }
        let odd = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        if note.contains(odd) { Err(BadNote::Control) } else { Ok(Self(note)) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_say_something_and_not_too_much() {
        assert_eq!(Note::new(" \n "), Err(BadNote::Empty));
        assert_eq!(Note::new(&"ạ".repeat(501)), Err(BadNote::TooLong));
        assert!(Note::new(&"ạ".repeat(500)).is_ok());
        assert_eq!(Note::new(" Ảnh mờ\r\nchụp lại ").unwrap().as_str(), "Ảnh mờ\nchụp lại");
    }

    #[test]
    fn notes_hold_no_signs_that_mislead() {
        for bad in ["a\u{7}b", "a\tb", "a\u{202e}b", "a\u{1b}[0m"] {
            assert_eq!(Note::new(bad), Err(BadNote::Control), "{bad:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Note::new("bí mật").unwrap()), "Note(..)");
    }
}
