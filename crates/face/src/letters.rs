//! Which letters the fonts can print. Asked before any layout, because a layout with a missing
//! glyph prints an empty box or a borrowed letter without saying so.

use typst::text::Font;
use unicode_normalization::UnicodeNormalization;

use crate::card::Field;
use crate::error::FaceError;
use crate::world;

/// The first letter of `text`, after NFC, that cannot be printed; `None` if all can.
///
/// Control, format and line-breaking characters cannot be printed: they have no shape, or change
/// that of their neighbours.
pub fn first_missing(text: &str) -> Option<char> {
    missing_in(world::fonts(), text)
}

fn missing_in(fonts: &[Font], text: &str) -> Option<char> {
    text.nfc().find(|&letter| {
        shapeless(letter)
            || !fonts.iter().all(|font| font.info().coverage.contains(u32::from(letter)))
    })
}

/// Text in the form that is set: NFC, every letter printable.
pub(crate) fn checked(field: Field, text: &str) -> Result<String, FaceError> {
    match first_missing(text) {
        Some(letter) => Err(FaceError::GlyphMissing { field, letter }),
        None => Ok(text.nfc().collect()),
    }
}

/// Control characters and the format characters of Unicode (general categories Cc, Cf, Zl, Zp)
/// that fonts list although they print nothing, and spaces other than the plain and the
/// no-break one.
fn shapeless(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
                | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vietnamese_letter_can_be_printed() {
        let vietnamese = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYaăâbcdđeêghiklmnoôơpqrstuưvxy\
            FJWZfjwz0123456789 .,;:-–/()&'\"\u{2019}+%@#$*\\_[]{}<>=~^`|!?";
        assert_eq!(first_missing(vietnamese), None);
        for base in "AĂÂEÊIOÔƠUƯYaăâeêioôơuưy".chars() {
            for tone in ['\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}'] {
                assert_eq!(first_missing(&format!("{base}{tone}")), None, "{base} {tone:?}");
            }
        }
    }

    #[test]
    fn names_the_first_letter_that_is_missing() {
        assert_eq!(first_missing("Phòng 王 李"), Some('王'));
        assert_eq!(first_missing("Tổ №1"), Some('№'));
    }

    #[test]
    fn refuses_letters_without_shape() {
        for letter in ['\n', '\t', '\0', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}'] {
            assert_eq!(first_missing(&format!("a{letter}b")), Some(letter), "{letter:?}");
        }
    }

    #[test]
    fn accepts_letters_typed_as_base_and_marks() {
        assert_eq!(checked(Field::FullName, "NGUYE\u{302}\u{303}N"), Ok("NGUYỄN".to_owned()));
    }
}
