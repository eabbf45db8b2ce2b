//! The proximity check, without I/O: that the card answered within its time.
//!
//! The time has to be taken at the antenna. Over PC/SC or a network it cannot be, and the check then
//! proves the key and no nearness. A missing or wrong MAC is never a success.
//!
//! Source: public descriptions; not proven on silicon with a configured key (see
//! [`crate::manual::unknown`]).

use alloc::vec::Vec;

use subtle::ConstantTimeEq as _;

use crate::cipher::{Cipher, odd_bytes};
use crate::{AesKey, BadAnswer, Nonsense};

/// What the card said in `PreparePC`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Prepared {
    /// Options; bit 0: a speed follows.
    pub option: u8,
    /// The time within which it answers, as published by the card, in units of its own.
    pub response_time: u16,
    /// The speed to use, where it names one.
    pub speed: Option<u8>,
}

impl Prepared {
    /// Reads the answer to `PreparePC`.
    ///
    /// # Errors
    ///
    /// [`Nonsense::Length`].
    pub fn parse(answer: &[u8]) -> Result<Self, Nonsense> {
        match answer {
            [option, high, low] if option & 1 == 0 => Ok(Self {
                option: *option,
                response_time: u16::from_be_bytes([*high, *low]),
                speed: None,
            }),
            [option, high, low, speed] if option & 1 == 1 => Ok(Self {
                option: *option,
                response_time: u16::from_be_bytes([*high, *low]),
                speed: Some(*speed),
            }),
            _ => Err(Nonsense::Length),
        }
    }
}

/// A proximity check under way.
#[derive(Debug)]
pub struct Check {
    prepared: Prepared,
    rounds: Vec<u8>,
    challenged: usize,
}

impl Check {
    /// A check as the card is prepared for it.
    pub const fn new(prepared: Prepared) -> Self {
        Self { prepared, rounds: Vec::new(), challenged: 0 }
    }

    /// One round: the challenge, and what the card answered to it. All rounds together have 8 bytes
    /// each way.
    ///
    /// # Errors
    ///
    /// [`Nonsense::Length`] when challenge and answer differ in length, or there are more than 8
    /// bytes.
    pub fn round(&mut self, challenge: &[u8], answer: &[u8]) -> Result<(), Nonsense> {
        self.challenged += challenge.len();
        if challenge.is_empty() || challenge.len() != answer.len() || self.challenged > BYTES {
            return Err(Nonsense::Length);
        }
        self.rounds.extend_from_slice(answer);
        self.rounds.extend_from_slice(challenge);
        Ok(())
    }

    /// The MAC that `VerifyPC` sends.
    pub fn mac(&self, key: &AesKey) -> [u8; 8] {
        self.mac_under(key, 0xFD)
    }

    /// Whether the card's MAC, in its answer to `VerifyPC`, is right over a whole check.
    ///
    /// # Errors
    ///
    /// [`BadAnswer`] when it is missing or wrong, or rounds are missing.
    pub fn verify(&self, key: &AesKey, mac: &[u8]) -> Result<(), BadAnswer> {
        let mac: &[u8; 8] = mac.try_into().map_err(|_| Nonsense::Length)?;
        if self.challenged != BYTES {
            return Err(Nonsense::OutOfStep.into());
        }
        let right = self.mac_under(key, 0x90).ct_eq(mac);
        if bool::from(right) { Ok(()) } else { Err(BadAnswer::WrongMac) }
    }

    fn mac_under(&self, key: &AesKey, code: u8) -> [u8; 8] {
        let [high, low] = self.prepared.response_time.to_be_bytes();
        let head = [code, self.prepared.option, high, low];
        let speed = self.prepared.speed;
        let speed = speed.as_slice();
        odd_bytes(&Cipher::from(key).cmac([0; 16], &[&head, speed, &self.rounds]))
    }
}

/// Random bytes of all rounds, each way.
const BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Check {
        let prepared = Prepared::parse(&[1, 3, 0x20, 0]).unwrap();
        let mut check = Check::new(prepared);
        check.round(&[1, 2, 3, 4], &[5, 6, 7, 8]).unwrap();
        check.round(&[9, 10, 11, 12], &[13, 14, 15, 16]).unwrap();
        check
    }

    #[test]
    fn right_mac_of_a_whole_check_passes() {
        let key = AesKey::new([3; 16]);
        let mac = whole().mac_under(&key, 0x90);
        assert_eq!(whole().verify(&key, &mac), Ok(()));
    }

    #[test]
    fn missing_or_wrong_mac_is_no_success() {
        let key = AesKey::new([3; 16]);
        assert_eq!(whole().verify(&key, &[]), Err(Nonsense::Length.into()));
        assert_eq!(whole().verify(&key, &whole().mac(&key)), Err(BadAnswer::WrongMac));
        let short = Check::new(Prepared::parse(&[0, 3, 0x20]).unwrap());
        let mac = short.mac_under(&key, 0x90);
        assert_eq!(short.verify(&key, &mac), Err(Nonsense::OutOfStep.into()));
    }

    #[test]
    fn rounds_that_do_not_fit_are_refused() {
        let mut check = whole();
        assert_eq!(check.round(&[1], &[2]), Err(Nonsense::Length));
        let mut check = Check::new(Prepared::parse(&[0, 3, 0x20]).unwrap());
        assert_eq!(check.round(&[1, 2], &[2]), Err(Nonsense::Length));
        assert_eq!(check.round(&[], &[]), Err(Nonsense::Length));
    }
}
