//! Vietnamese text from before Unicode, as it looks in a program that takes it for Latin-1.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// An encoding of before Unicode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Legacy {
    /// TCVN 5712:1993 (TCVN3, "ABC"), the fonts named `.Vn…`. Its capitals with tones are small
    /// letters in a font of capitals, and come out as small letters.
    Tcvn3,
    /// VNI for Windows, the fonts named `VNI-…`.
    Vni,
}

impl fmt::Display for Legacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcvn3 => "TCVN3",
            Self::Vni => "VNI",
        })
    }
}

impl std::str::FromStr for Legacy {
    type Err = UnknownLegacy;

    fn from_str(text: &str) -> Result<Self, UnknownLegacy> {
        match text.to_ascii_lowercase().as_str() {
            "tcvn3" => Ok(Self::Tcvn3),
            "vni" => Ok(Self::Vni),
            _ => Err(UnknownLegacy),
        }
    }
}

/// The text names no encoding that can be converted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the encoding is tcvn3 or vni")]
pub struct UnknownLegacy;

impl Legacy {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tcvn3, Self::Vni];

    /// The text in Unicode, NFC. Text that has none of the encoding's signs stays as it is.
    pub fn convert(self, text: &str) -> String {
        match self {
            Self::Tcvn3 => text.chars().map(tcvn3).collect(),
            Self::Vni => vni(text),
        }
    }

    /// The encoding that a text seems to be in: it holds signs that no Vietnamese text has, beside
    /// letters.
    pub fn guess(text: &str) -> Option<Self> {
        if text.is_ascii() {
            return None;
        }
        let mut before = ' ';
        let (mut tcvn3, mut vni) = (false, false);
        for c in text.chars() {
            let in_word = before.is_alphabetic();
            tcvn3 |= in_word
                && matches!(c, '¨'..='¬' | '\u{ad}' | '®' | 'µ' | '¶' | '·' | '¸' | '¹' | '»'..='¾' | '×' | 'ß' | '÷' | 'þ' | 'Æ' | 'Ç' | 'Þ' | 'æ' | 'ç');
            tcvn3 |= before.is_lowercase() && matches!(c, 'À'..='Þ');
            tcvn3 |= matches!(before, '®' | '§' | '¸' | 'µ') && c.is_lowercase();
            vni |= matches!(
                before.to_ascii_lowercase(),
                'a' | 'e' | 'o' | 'u' | 'y' | 'ô' | 'ö' | 'Ô' | 'Ö'
            ) && matches!(
                c.to_lowercase().next(),
                Some('ø' | 'û' | 'ï' | 'å' | 'ä' | 'ë' | 'ü')
            );
            vni |= matches!(c, 'ñ' | 'Ñ' | 'ö' | 'Ö');
            before = c;
        }
        match (tcvn3, vni) {
            (_, true) if !text.contains(['¨', '©', '®', 'µ', '¸', '·', '¹']) => {
                Some(Self::Vni)
            }
            (true, _) => Some(Self::Tcvn3),
            _ => None,
        }
    }
}

/// One letter of TCVN3.
///
/// Source: TCVN 5712:1993, table VN3.
fn tcvn3(c: char) -> char {
    TCVN3.iter().find(|(old, _)| *old == c).map_or(c, |(_, new)| *new)
}

/// Letters of VNI are a base letter with a second sign for its marks, or one sign of their own.
///
/// Source: the VNI character set for Windows as its fonts show it.
fn vni(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let base = match c {
            'ô' => 'ơ',
            'Ô' => 'Ơ',
            'ö' => 'ư',
            'Ö' => 'Ư',
            'ñ' => 'đ',
            'Ñ' => 'Đ',
            'í' | 'Í' | 'ì' | 'Ì' => c,
            'æ' => 'ỉ',
            'Æ' => 'Ỉ',
            'ó' => 'ĩ',
            'Ó' => 'Ĩ',
            'ò' => 'ị',
            'Ò' => 'Ị',
            'î' => 'ỵ',
            'Î' => 'Ỵ',
            _ => c,
        };
        out.push(base);
        let vowel =
            matches!(base.to_lowercase().next(), Some('a' | 'e' | 'o' | 'u' | 'y' | 'ơ' | 'ư'));
        if vowel && let Some(marks) = letters.peek().and_then(|sign| marks(c, *sign)) {
            letters.next();
            out.push_str(marks);
        }
    }
    out.nfc().collect()
}

/// The combining marks that the second sign stands for.
fn marks(base: char, sign: char) -> Option<&'static str> {
    let on_a = matches!(base, 'a' | 'A');
    let roof = on_a || matches!(base, 'e' | 'E' | 'o' | 'O');
    Some(match sign.to_lowercase().next()? {
        'ù' => "\u{301}",
        'ø' => "\u{300}",
        'û' => "\u{309}",
        'õ' => "\u{303}",
        'ï' => "\u{323}",
        'â' if roof => "\u{302}",
        'á' if roof => "\u{302}\u{301}",
        'à' if roof => "\u{302}\u{300}",
        'å' if roof => "\u{302}\u{309}",
        'ã' if roof => "\u{302}\u{303}",
        'ä' if roof => "\u{323}\u{302}",
        'ê' if on_a => "\u{306}",
        'é' if on_a => "\u{306}\u{301}",
        'è' if on_a => "\u{306}\u{300}",
        'ú' if on_a => "\u{306}\u{309}",
        'ü' if on_a => "\u{306}\u{303}",
        'ë' if on_a => "\u{323}\u{306}",
        _ => return None,
    })
}

#[rustfmt::skip]
const TCVN3: &[(char, char)] = &[
    ('¸', 'á'), ('µ', 'à'), ('¶', 'ả'), ('·', 'ã'), ('¹', 'ạ'),
    ('¨', 'ă'), ('¾', 'ắ'), ('»', 'ằ'), ('¼', 'ẳ'), ('½', 'ẵ'), ('Æ', 'ặ'),
    ('©', 'â'), ('Ê', 'ấ'), ('Ç', 'ầ'), ('È', 'ẩ'), ('É', 'ẫ'), ('Ë', 'ậ'),
    ('®', 'đ'),
    ('Ð', 'é'), ('Ì', 'è'), ('Î', 'ẻ'), ('Ï', 'ẽ'), ('Ñ', 'ẹ'),
    ('ª', 'ê'), ('Õ', 'ế'), ('Ò', 'ề'), ('Ó', 'ể'), ('Ô', 'ễ'), ('Ö', 'ệ'),
    ('Ý', 'í'), ('×', 'ì'), ('Ø', 'ỉ'), ('Ü', 'ĩ'), ('Þ', 'ị'),
    ('ã', 'ó'), ('ß', 'ò'), ('á', 'ỏ'), ('â', 'õ'), ('ä', 'ọ'),
    ('«', 'ô'), ('è', 'ố'), ('å', 'ồ'), ('æ', 'ổ'), ('ç', 'ỗ'), ('é', 'ộ'),
    ('¬', 'ơ'), ('í', 'ớ'), ('ê', 'ờ'), ('ë', 'ở'), ('ì', 'ỡ'), ('î', 'ợ'),
    ('ó', 'ú'), ('ï', 'ù'), ('ñ', 'ủ'), ('ò', 'ũ'), ('ô', 'ụ'),
    ('\u{ad}', 'ư'), ('ø', 'ứ'), ('õ', 'ừ'), ('ö', 'ử'), ('÷', 'ữ'), ('ù', 'ự'),
    ('ý', 'ý'), ('ú', 'ỳ'), ('û', 'ỷ'), ('ü', 'ỹ'), ('þ', 'ỵ'),
    ('¡', 'Ă'), ('¢', 'Â'), ('§', 'Đ'), ('£', 'Ê'), ('¤', 'Ô'), ('¥', 'Ơ'), ('¦', 'Ư'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tcvn3_is_recognised_and_converted() {
        for (old, new) in [
            ("NguyÔn V¨n Hoµ", "Nguyễn Văn Hoà"),
            ("Hä vµ tªn", "Họ và tên"),
            ("Ngµy sinh", "Ngày sinh"),
            ("§ç ThÞ H\u{ad}¬ng", "Đỗ Thị Hương"),
        ] {
            assert_eq!(Legacy::guess(old), Some(Legacy::Tcvn3), "{old}");
            assert_eq!(Legacy::Tcvn3.convert(old), new);
        }
    }

    #[test]
    fn vni_is_recognised_and_converted() {
        for (old, new) in [
            ("Nguyeãn Vaên Hoøa", "Nguyễn Văn Hòa"),
            ("Hoï vaø teân", "Họ và tên"),
            ("Ñoã Thò Höông", "Đỗ Thị Hương"),
            ("NGUYEÃN THÒ TUYEÁT ÑAØO", "NGUYỄN THỊ TUYẾT ĐÀO"),
            ("Leâ Ngoïc Aùnh", "Lê Ngọc Ánh"),
        ] {
            assert_eq!(Legacy::guess(old), Some(Legacy::Vni), "{old}");
            assert_eq!(Legacy::Vni.convert(old), new);
        }
    }

    #[test]
    fn unicode_text_is_not_taken_for_old() {
        for text in [
            "Nguyễn Văn Hoà",
            "Trần Thị Thuý Hằng",
            "HOÀNG THỊ MÙI",
            "Ủy ban nhân dân thành phố Hồ Chí Minh",
            "Phó Trưởng phòng – Văn phòng",
            "Đặng Thùy Trâm",
            "Lò Văn Ún",
            "Y Ơi Ayũn",
        ] {
            assert_eq!(Legacy::guess(text), None, "{text}");
        }
    }
}
