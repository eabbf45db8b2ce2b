//! Why a face cannot be printed.

use crate::card::Field;
use crate::qr::QrError;

/// A card's face cannot be made. No variant holds a word of the card save one letter.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FaceError {
    /// The fonts have no glyph for a letter, or it is a control or format character.
    #[error("{field}: the letter {} (U+{:04X}) cannot be printed", shown(*.letter), u32::from(*.letter))]
    GlyphMissing {
        /// Where.
        field: Field,
        /// The first such letter, after NFC.
        letter: char,
    },
    /// The text does not fit, even shrunk and wrapped as far as the design allows.
    #[error("{field}: the text does not fit on the card")]
    Overflow {
        /// Which text.
        field: Field,
    },
    /// The payload cannot be a QR code that scans.
    #[error("the QR code cannot be printed")]
    Qr(#[from] QrError),
    /// The portrait cannot be used.
    #[error("the portrait cannot be used")]
    Portrait(#[from] PortraitError),
    /// The design itself failed: our fault, or that of an edited design.
    #[error("the design failed at {place}")]
    Design {
        /// File and line.
        place: String,
    },
}

/// Format characters are invisible or worse, so they are named by number only.
fn shown(letter: char) -> String {
    if letter.is_alphanumeric() {
        format!("\u{201c}{letter}\u{201d}")
    } else {
        "of number".to_owned()
    }
}

/// What is wrong with a portrait.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PortraitError {
    /// Not a JPEG or PNG that can be read to its end.
    #[error("the picture is no readable JPEG or PNG")]
    Unreadable,
    /// More bytes or pixels than a portrait has.
    #[error("the picture is larger than 8 MiB or 6000 pixels a side")]
    TooLarge,
}

/// Official artwork cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the artwork for the {place} is no readable SVG, PNG or JPEG")]
pub struct ArtworkError {
    /// Which.
    pub place: ArtworkPlace,
}

/// A place for artwork.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ArtworkPlace {
    /// [`Artwork::national_emblem`](crate::Artwork::national_emblem)
    NationalEmblem,
    /// [`Artwork::logo`](crate::Artwork::logo)
    Logo,
    /// [`Artwork::back_emblem`](crate::Artwork::back_emblem)
    BackEmblem,
}

impl std::fmt::Display for ArtworkPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NationalEmblem => "national emblem",
            Self::Logo => "logo",
            Self::BackEmblem => "emblem on the back",
        })
    }
}
