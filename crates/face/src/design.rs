//! What an installation chooses once for all its cards.

use std::fmt;

use crate::raster::Dpi;

/// The choices of an installation: artwork, words, printer.
#[derive(Clone, Debug)]
pub struct Design {
    /// Official artwork; places without it show a neutral placeholder marked MẪU.
    pub artwork: Artwork,
    /// The few words that the design prints itself.
    pub words: Words,
    /// The printer's resolution: the QR code in the PDF is drawn in whole dots of it.
    pub printer: Dpi,
    /// What the PDF holds beyond the card's edge.
    pub bleed: Bleed,
}

impl Default for Design {
    /// Placeholders, Vietnamese words, 300 dpi, no bleed.
    fn default() -> Self {
        Self {
            artwork: Artwork::default(),
            words: Words::default(),
            printer: Dpi::Dpi300,
            bleed: Bleed::None,
        }
    }
}

/// Official artwork, each an SVG, PNG or JPEG file's bytes. It is fitted into its place whole.
#[derive(Clone, Default)]
pub struct Artwork {
    /// The national emblem in colour, for the front (11.4 × 11.4 mm).
    pub national_emblem: Option<Vec<u8>>,
    /// The logo of units that bear none (front, 11.4 × 11.4 mm).
    pub logo: Option<Vec<u8>>,
    /// The national emblem in yellow, for the back (27.2 × 27.2 mm).
    pub back_emblem: Option<Vec<u8>>,
}

impl fmt::Debug for Artwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Artwork")
            .field("national_emblem", &self.national_emblem.is_some())
            .field("logo", &self.logo.is_some())
            .field("back_emblem", &self.back_emblem.is_some())
            .finish()
    }
}

/// Words that the design prints beside the values.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Words {
    /// Before the card number.
    pub card_number: String,
    /// Before the last day of validity.
    pub valid_through: String,
    /// Before the serial on the back.
    pub serial: String,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            card_number: "Số hiệu thẻ:".to_owned(),
            valid_through: "Có giá trị đến".to_owned(),
            serial: "Sê-ri thẻ:".to_owned(),
        }
    }
}

/// How far the ground goes on beyond the card's edge in the PDF.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bleed {
    /// The page is the card: `MediaBox` is 85.725 × 53.975 mm.
    None,
    /// 3 mm on each side: `MediaBox` and `BleedBox` are the card with its bleed, `TrimBox` the
    /// card.
    Millimetres3,
}
