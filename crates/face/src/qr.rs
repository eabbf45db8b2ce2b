//! The QR code: which symbol for which text and printer, always in whole printer dots.
//!
//! A symbol whose modules are not whole dots comes out with modules of two widths, and cheap
//! telephones stop reading it. So the symbol is planned for a resolution, drawn there dot by dot,
//! and refused where its modules would be too small.
//!
//! Source: ISO/IEC 18004 (symbols, quiet zone of four modules); QĐ 838/QĐ-BNV (12 × 12 mm); the
//! least number of dots per module is the maker's advice for stable reading, four, and at the
//! worst a quarter of a millimetre at 300 dpi, a fifth at 600 dpi.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};
use unicode_normalization::UnicodeNormalization;

use crate::raster::Dpi;

/// Side of the box that the symbol stands in, in micrometres.
pub const BOX_UM: u32 = 12_000;
/// Side of the white field around the box, in micrometres: the quiet zone lies in it.
pub const PLATE_UM: u32 = 15_000;

/// A text cannot be a QR code of 12 mm that scans.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum QrError {
    /// There is nothing to encode.
    #[error("there is no text for the QR code")]
    Empty,
    /// The modules would be smaller than a printer of this resolution and a telephone can bear.
    #[error("{bytes} bytes are too many for a QR code of 12 mm at {dpi} dpi")]
    TooDense {
        /// Length of the text in UTF-8, after NFC.
        bytes: usize,
        /// The printer's resolution.
        dpi: Dpi,
    },
}

/// Error correction, from a symbol that survives 15 % damage to one that survives 30 %. Level L
/// is not used: cards get scratched.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum QrLevel {
    /// 15 %
    M,
    /// 25 %
    Q,
    /// 30 %
    H,
}

impl QrLevel {
    fn ecc(self) -> QrCodeEcc {
        match self {
            Self::M => QrCodeEcc::Medium,
            Self::Q => QrCodeEcc::Quartile,
            Self::H => QrCodeEcc::High,
        }
    }
}

/// How a text is drawn on a printer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QrPlan {
    /// Version of the symbol, 1 to 40.
    pub version: u8,
    /// Modules a side: 17 + 4 × version.
    pub modules: u32,
    /// Printer dots a module's side.
    pub dots_per_module: u32,
    /// Error correction.
    pub level: QrLevel,
}

impl QrPlan {
    /// Printer dots a side, quiet zone apart.
    pub fn dots(&self) -> u32 {
        self.modules * self.dots_per_module
    }
}

/// Plans the symbol of a text (put into NFC, UTF-8, byte mode) for a printer: the best level from
/// M on that keeps modules of the wanted size (4 dots at 300 dpi, 6 at 600 dpi), or else of the
/// least size (3 and 5 dots). At level M that is at most 122 bytes at 300 dpi, 180 at 600 dpi.
///
/// # Errors
/// [`QrError::Empty`]; [`QrError::TooDense`] if even level M gives smaller modules.
pub fn qr_plan(text: &str, dpi: Dpi) -> Result<QrPlan, QrError> {
    Symbol::new(text, dpi).map(|symbol| symbol.plan)
}

/// A planned symbol with its modules.
#[derive(Clone)]
pub(crate) struct Symbol {
    pub(crate) plan: QrPlan,
    code: QrCode,
}

impl Symbol {
    pub(crate) fn new(text: &str, dpi: Dpi) -> Result<Self, QrError> {
        let text: String = text.nfc().collect();
        if text.is_empty() {
            return Err(QrError::Empty);
        }
        let segments = [QrSegment::make_bytes(text.as_bytes())];
        let symbols: Vec<Self> = [QrLevel::H, QrLevel::Q, QrLevel::M]
            .into_iter()
            .filter_map(|level| Self::at_level(&segments, level, dpi))
            .collect();
        let (wanted, least) = dpi.dots_per_module();
        let keeps = |dots: u32| symbols.iter().find(|s| s.plan.dots_per_module >= dots);
        keeps(wanted)
            .or_else(|| keeps(least))
            .cloned()
            .ok_or(QrError::TooDense { bytes: text.len(), dpi })
    }

    /// The smallest symbol of a level; `None` if the text is too long for any.
    fn at_level(segments: &[QrSegment], level: QrLevel, dpi: Dpi) -> Option<Self> {
        let code = QrCode::encode_segments_advanced(
            segments,
            level.ecc(),
            Version::MIN,
            Version::MAX,
            None,
            false,
        )
        .ok()?;
        let modules = code.size().unsigned_abs();
        // Small symbols are bounded by the white field, which must hold the quiet zone too.
        let dots_per_module = (dpi.dots(BOX_UM) / modules).min(dpi.dots(PLATE_UM) / (modules + 8));
        let version = code.version().value();
        Some(Self { plan: QrPlan { version, modules, dots_per_module, level }, code })
    }

    /// Dark runs as (column, row, length), in modules.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (u32, u32, u32)> {
        let size = self.plan.modules;
        (0..size).flat_map(move |y| {
            let mut x = 0;
            std::iter::from_fn(move || {
                while x < size && !self.dark(x, y) {
                    x += 1;
                }
                let from = x;
                while x < size && self.dark(x, y) {
                    x += 1;
                }
                (x > from).then_some((from, y, x - from))
            })
        })
    }

    fn dark(&self, x: u32, y: u32) -> bool {
        self.code.get_module(x.cast_signed(), y.cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(bytes: usize, dpi: Dpi) -> Result<(u8, u32, QrLevel), QrError> {
        qr_plan(&"a".repeat(bytes), dpi).map(|p| (p.version, p.dots_per_module, p.level))
    }

    #[test]
    fn keeps_four_dots_at_300_dpi_as_long_as_it_can() {
        assert_eq!(plan(19, Dpi::Dpi300), Ok((3, 4, QrLevel::H)));
        assert_eq!(plan(46, Dpi::Dpi300), Ok((4, 4, QrLevel::Q)));
        assert_eq!(plan(62, Dpi::Dpi300), Ok((4, 4, QrLevel::M)));
    }

    #[test]
    fn goes_down_to_three_dots_at_300_dpi_and_no_further() {
        assert_eq!(plan(63, Dpi::Dpi300), Ok((7, 3, QrLevel::H)));
        assert_eq!(plan(122, Dpi::Dpi300), Ok((7, 3, QrLevel::M)));
        let refused = QrError::TooDense { bytes: 123, dpi: Dpi::Dpi300 };
        assert_eq!(plan(123, Dpi::Dpi300), Err(refused));
    }

    #[test]
    fn goes_down_to_five_dots_at_600_dpi_and_no_further() {
        assert_eq!(plan(122, Dpi::Dpi600), Ok((7, 6, QrLevel::M)));
        assert_eq!(plan(152, Dpi::Dpi600), Ok((8, 5, QrLevel::M)));
        assert_eq!(plan(180, Dpi::Dpi600), Ok((9, 5, QrLevel::M)));
        let refused = QrError::TooDense { bytes: 181, dpi: Dpi::Dpi600 };
        assert_eq!(plan(181, Dpi::Dpi600), Err(refused));
    }

    #[test]
    fn counts_bytes_after_nfc() {
        let decomposed = "e\u{302}\u{303}".repeat(40);
        let composed = "\u{1ec5}".repeat(40);
        assert_eq!(qr_plan(&decomposed, Dpi::Dpi300), qr_plan(&composed, Dpi::Dpi300));
    }

    #[test]
    fn every_symbol_leaves_its_quiet_zone_in_the_white_field() {
        for dpi in [Dpi::Dpi300, Dpi::Dpi600] {
            for bytes in 1..=180 {
                let Ok(plan) = qr_plan(&"a".repeat(bytes), dpi) else { continue };
                assert!(plan.dots() <= dpi.dots(BOX_UM), "{bytes} at {dpi}");
                let quiet = 8 * plan.dots_per_module;
                assert!(plan.dots() + quiet <= dpi.dots(PLATE_UM), "{bytes} at {dpi}");
            }
        }
    }

    #[test]
    fn refuses_an_empty_text_and_one_too_long_for_any_symbol() {
        assert_eq!(plan(0, Dpi::Dpi300), Err(QrError::Empty));
        let refused = QrError::TooDense { bytes: 4000, dpi: Dpi::Dpi600 };
        assert_eq!(plan(4000, Dpi::Dpi600), Err(refused));
    }
}
