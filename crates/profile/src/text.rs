//! Vietnamese text: normalising, folding for search, order.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a text folds to for search: lower case, without tone and vowel marks, `đ` as `d`, one
/// space between words. `Nguyễn  Đức` and `NGUYEN DUC` fold to the same.
///
/// Both legal tone placements (`hoà`, `hòa`) fold to the same.
pub fn fold_for_search(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'đ' | 'Đ' | 'ð' | 'Ð' | 'ɖ' | 'Ɖ' => folded.push('d'),
            c if c.is_whitespace() => {
                if !folded.is_empty() && !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// A key that sorts full names as Vietnamese lists do: by given name (the last word), then by
/// family and middle names; letters a ă â b c d đ e ê … o ô ơ … u ư … y, then tones none, huyền,
/// hỏi, ngã, sắc, nặng, then the small letter first.
///
/// Source: the order that ICU has for the locale `vi`.
pub fn vietnamese_order(full_name: &str) -> Vec<u8> {
    let mut words: Vec<&str> = full_name.split_whitespace().collect();
    let given = words.pop().unwrap_or_default();
    let mut key = Vec::with_capacity(4 * full_name.len());
    push_levels(&mut key, std::iter::once(given));
    push_levels(&mut key, words.into_iter());
    key.extend(full_name.nfc().collect::<String>().bytes().map(|b| !b));
    key
}

/// A key that sorts texts by the Vietnamese alphabet from their first word on: for names of work
/// units. Letters and tones as in [`vietnamese_order`].
pub fn vietnamese_text_order(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(4 * text.len());
    push_levels(&mut key, text.split_whitespace());
    key.extend(text.nfc().collect::<String>().bytes().map(|b| !b));
    key
}

/// Appends letters of all `words`, then their tones, each level closed by a zero.
fn push_levels<'a>(key: &mut Vec<u8>, words: impl Iterator<Item = &'a str>) {
    let mut tones = Vec::new();
    for word in words {
        let mut letters = word.nfd().peekable();
        while let Some(c) = letters.next() {
            let mut weight = letter_weight(c);
            let mut tone = TONE_NONE;
            while let Some(mark) = letters.next_if(|c| is_combining_mark(*c)) {
                match mark {
                    '\u{306}' | '\u{31b}' if !matches!(c, 'o' | 'O') => weight += 1,
                    '\u{302}' if matches!(c, 'a' | 'A') => weight += 2,
                    '\u{302}' => weight += 1,
                    '\u{31b}' => weight += 2,
                    '\u{300}' => tone = TONE_NONE + 1,
                    '\u{309}' => tone = TONE_NONE + 2,
                    '\u{303}' => tone = TONE_NONE + 3,
                    '\u{301}' => tone = TONE_NONE + 4,
                    '\u{323}' => tone = TONE_NONE + 5,
                    _ => {}
                }
            }
            key.push(weight);
            tones.push(tone);
        }
        key.push(WORD_END);
        tones.push(WORD_END);
    }
    key.push(0);
    key.append(&mut tones);
    key.push(0);
}

/// Weight of a base letter, with room after it for its marked forms; other signs sort before
/// letters, digits between.
fn letter_weight(c: char) -> u8 {
    match c.to_lowercase().next().unwrap_or(c) {
        letter @ 'a'..='z' => {
            let place = u8::try_from(u32::from(letter) - u32::from('a')).unwrap_or_default();
            FIRST_LETTER + 4 * place
        }
        'đ' => FIRST_LETTER + 4 * 3 + 1,
        digit @ '0'..='9' => {
            FIRST_DIGIT + u8::try_from(u32::from(digit) - u32::from('0')).unwrap_or_default()
        }
        _ => WORD_END + 1,
    }
}

const WORD_END: u8 = 1;
const TONE_NONE: u8 = 2;
const FIRST_DIGIT: u8 = 10;
const FIRST_LETTER: u8 = 32;

/// Letters that look like Đ and are not: Ð (U+00D0, Icelandic) and Ɖ (U+0189, African), and
/// their small forms.
pub(crate) fn replace_look_alikes(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'Ð' | 'Ɖ' => 'Đ',
            'ð' | 'ɖ' => 'đ',
            c => c,
        })
        .collect()
}

/// Whether the text has a letter that [`replace_look_alikes`] changes.
pub(crate) fn has_look_alikes(text: &str) -> bool {
    text.contains(['Ð', 'Ɖ', 'ð', 'ɖ'])
}

/// A sign that must not stand in any field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Forbidden {
    /// A control character, or a code point that no text needs.
    Control(char),
    /// A sign that turns the direction of writing.
    Direction(char),
    /// `|`, which separates the fields of the QR.
    Separator,
    /// U+FFFD: the text was broken before it came here.
    Broken,
}

/// The first forbidden sign of a text. White space other than blanks is not one.
pub(crate) fn forbidden(text: &str) -> Option<Forbidden> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'|') {
        return None;
    }
    text.chars().find_map(|c| match c {
        '|' => Some(Forbidden::Separator),
        '\u{fffd}' => Some(Forbidden::Broken),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(Forbidden::Direction(c))
        }
        c if c.is_whitespace() => None,
        c if c.is_control() => Some(Forbidden::Control(c)),
        '\u{e000}'..='\u{f8ff}'
        | '\u{fff0}'..='\u{fffc}'
        | '\u{f0000}'..='\u{10ffff}'
        | '\u{e0000}'..='\u{e0fff}' => Some(Forbidden::Control(c)),
        _ => None,
    })
}

/// Signs without width that come along when text is copied from a web page or a word processor.
pub(crate) fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn search_folds_tones_case_and_blanks() {
        assert_eq!(fold_for_search("  Nguyễn   Thị ĐÀO "), "nguyen thi dao");
        assert_eq!(fold_for_search("Hoà"), fold_for_search("Hòa"));
        assert_eq!(fold_for_search("Ðỗ"), "do");
    }

    #[test]
    fn names_sort_by_given_name_letters_and_tones() {
        let sorted = [
            "Lê Thị Ái",
            "Trần Văn An",
            "Lê Thị Ăn",
            "Lê Thị Ân",
            "Nguyễn Văn Cường",
            "Phạm Thị Dung",
            "Phạm Thị Đào",
            "Bùi Văn Hà",
            "Trần Thị Hà",
            "Bùi Thị Hạ",
            "Lê Thị Hoa",
            "Lê Thị Lan",
            "Đỗ Lân",
            "Lê Thị Toan",
            "Lê Thị Tôn",
            "Lê Thị Tơ",
            "Lê Thị Tuân",
            "Lê Thị Tư",
        ];
        let mut names = sorted.to_vec();
        names.reverse();
        names.sort_by_key(|name| vietnamese_order(name));
        assert_eq!(names, sorted);
    }

    #[test]
    fn texts_sort_from_their_first_word_on() {
        let sorted =
            ["Ban Quản lý", "Bộ phận Kế toán", "Cục A", "Đội 1", "Vụ An", "Vụ Ân", "Vụ Bình"];
        let mut texts = sorted.to_vec();
        texts.reverse();
        texts.sort_by_key(|text| vietnamese_text_order(text));
        assert_eq!(texts, sorted);
    }

    #[test]
    fn tones_sort_none_grave_hook_tilde_acute_dot() {
        let mut words = ["má", "mạ", "ma", "mã", "mà", "mả"];
        words.sort_by_key(|word| vietnamese_order(word));
        assert_eq!(words, ["ma", "mà", "mả", "mã", "má", "mạ"]);
    }

    #[test]
    fn dangerous_signs_are_found() {
        assert_eq!(forbidden("a\u{7}"), Some(Forbidden::Control('\u{7}')));
        assert_eq!(forbidden("a\u{202e}"), Some(Forbidden::Direction('\u{202e}')));
        assert_eq!(forbidden("a|b"), Some(Forbidden::Separator));
        assert_eq!(forbidden("a\u{fffd}"), Some(Forbidden::Broken));
        assert_eq!(forbidden("Nguyễn\tVăn\nA"), None);
    }

    proptest! {
        #[test]
        fn composed_and_decomposed_text_fold_and_sort_alike(text in "\\PC{0,40}") {
            let nfd: String = text.nfd().collect();
            prop_assert_eq!(fold_for_search(&text), fold_for_search(&nfd));
            prop_assert_eq!(vietnamese_order(&text), vietnamese_order(&nfd));
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold_for_search(&text);
            prop_assert_eq!(fold_for_search(&once), once);
        }
    }
}
