//! The short serial by which people and programs name a card.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Names one card: 40 random bits and a check character, written `K7Q2-9XWM-4`.
///
/// Nine characters of Crockford's Base32, grouped 4-4-1. The last is a check character over
/// GF(32): the weighted sum of all nine is zero, with weights that are different powers of a
/// generator, so any single wrong character and any swap of two different ones is noticed. Reading
/// takes small letters, `O` for `0`, `I` and `L` for `1`, and ignores spaces and hyphens. It holds
/// nothing about the holder.
#[derive(Clone, Copy, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct CardSerial([u8; 9]);

/// The text is no card serial.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadSerial {
    /// Another length, or a character that is not used.
    #[error("a card serial is nine letters and digits, such as K7Q2-9XWM-4")]
    Shape,
    /// The check character does not fit: something was mistyped.
    #[error("the check character of the card serial does not fit; one character may be mistyped")]
    Check,
}

impl CardSerial {
    /// The serial that carries the low 40 bits of `random`.
    pub fn from_random(random: u64) -> Self {
        let mut digits = [0; 9];
        for (place, digit) in digits.iter_mut().take(8).enumerate() {
            *digit = u8::try_from((random >> (35 - 5 * place)) & 31).unwrap_or(0);
        }
        let sum = digits.iter().take(8).zip(WEIGHTS).fold(0, |sum, (&d, w)| sum ^ times(d, w));
        digits[8] = sum;
        Self(digits)
    }
}

impl FromStr for CardSerial {
    type Err = BadSerial;

    fn from_str(text: &str) -> Result<Self, BadSerial> {
        let mut digits = [0; 9];
        let mut used = 0;
        for c in text.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let digit = digit(c).ok_or(BadSerial::Shape)?;
            *digits.get_mut(used).ok_or(BadSerial::Shape)? = digit;
            used += 1;
        }
        if used != digits.len() {
            return Err(BadSerial::Shape);
        }
        let sum = digits.iter().take(8).zip(WEIGHTS).fold(0, |sum, (&d, w)| sum ^ times(d, w));
        if sum == digits[8] { Ok(Self(digits)) } else { Err(BadSerial::Check) }
    }
}

impl TryFrom<String> for CardSerial {
    type Error = BadSerial;

    fn try_from(text: String) -> Result<Self, BadSerial> {
        text.parse()
    }
}

impl From<CardSerial> for String {
    fn from(serial: CardSerial) -> Self {
        serial.to_string()
    }
}

impl fmt::Display for CardSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, &digit) in self.0.iter().enumerate() {
            if matches!(place, 4 | 8) {
                f.write_str("-")?;
            }
            let letter = ALPHABET.get(usize::from(digit)).copied().unwrap_or(b'?');
            write!(f, "{}", char::from(letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for CardSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn digit(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|&a| char::from(a) == c).and_then(|at| u8::try_from(at).ok())
}

/// Product in GF(32) with the polynomial x^5 + x^2 + 1.
const fn times(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b > 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        a <<= 1;
        if a & 32 != 0 {
            a ^= 0b10_0101;
        }
        b >>= 1;
    }
    product
}

/// Powers 1 to 8 of the generator 2; the check character has weight 1.
const WEIGHTS: [u8; 8] = [2, 4, 8, 16, 5, 10, 20, 13];

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn serial_reads_what_it_writes(random: u64) {
            let serial = CardSerial::from_random(random);
            prop_assert_eq!(serial.to_string().parse(), Ok(serial));
            prop_assert_eq!(serial.to_string().to_lowercase().replace('-', " ").parse(), Ok(serial));
        }

        #[test]
        fn any_wrong_character_is_noticed(random: u64, place in 0..9usize, other in 0..32u8) {
            let good = CardSerial::from_random(random);
            let mut wrong = good;
            wrong.0[place] = other;
            prop_assume!(wrong != good);
            prop_assert_eq!(wrong.to_string().parse::<CardSerial>(), Err(BadSerial::Check));
        }

        #[test]
        fn any_swap_of_two_is_noticed(random: u64, a in 0..9usize, b in 0..9usize) {
            let good = CardSerial::from_random(random);
            let mut wrong = good;
            wrong.0.swap(a, b);
            prop_assume!(wrong != good);
            prop_assert_eq!(wrong.to_string().parse::<CardSerial>(), Err(BadSerial::Check));
        }

        #[test]
        fn reading_never_panics(text in ".*") {
            let _: Result<CardSerial, BadSerial> = text.parse();
        }
    }

    #[test]
    fn look_alikes_are_read() {
        let serial = CardSerial::from_random(1);
        assert_eq!(serial.to_string(), "0000-0001-D");
        assert_eq!("ooooOOOl d".parse(), Ok(serial));
        assert_eq!("".parse::<CardSerial>(), Err(BadSerial::Shape));
        assert_eq!("0000-0001-DD".parse::<CardSerial>(), Err(BadSerial::Shape));
        assert_eq!("0000-000U-D".parse::<CardSerial>(), Err(BadSerial::Shape));
    }
}
