//! Commands of ISO/IEC 7816-4 that a DESFire card also understands, as APDUs.
//!
//! Numbers are MSB first here, unlike in native commands: the file with identifier `E104` is selected
//! by `E1 04`.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::cipher::Cipher;
use crate::{BadAnswer, Key, KeyNo, Misuse, Nonsense, ev1};

/// Selects by DF name; the answer is empty.
///
/// # Errors
///
/// [`Misuse::OutOfRange`] for a name that no short APDU carries.
pub fn select_name(name: &[u8]) -> Result<Vec<u8>, Misuse> {
    apdu([0x00, SELECT, 0x04, 0x0C], name, None)
}

/// Selects a file, or an application, by its identifier; `3F00` is the card itself.
pub const fn select_id(id: u16) -> [u8; 7] {
    let [high, low] = id.to_be_bytes();
    [0x00, SELECT, 0x00, 0x0C, 2, high, low]
}

/// Reads at most `length` bytes (1 to 256) at `offset` (15 bits) of the selected file.
///
/// # Errors
///
/// [`Misuse::OutOfRange`].
pub fn read_binary(offset: u16, length: usize) -> Result<Vec<u8>, Misuse> {
    let [high, low] = offset_bytes(offset)?;
    apdu([0x00, READ_BINARY, high, low], &[], Some(length))
}

/// Writes `data` (1 to 255 bytes) at `offset` (15 bits) of the selected file.
///
/// # Errors
///
/// [`Misuse::OutOfRange`].
pub fn update_binary(offset: u16, data: &[u8]) -> Result<Vec<u8>, Misuse> {
    if data.is_empty() {
        return Err(Misuse::OutOfRange("length of data"));
    }
    let [high, low] = offset_bytes(offset)?;
    apdu([0x00, UPDATE_BINARY, high, low], data, None)
}

/// Reads record `number` of the selected file; with `all`, all from there to the oldest.
///
/// # Errors
///
/// [`Misuse::OutOfRange`].
pub fn read_record(number: u8, all: bool, length: usize) -> Result<Vec<u8>, Misuse> {
    apdu([0x00, READ_RECORD, number, if all { 0x05 } else { 0x04 }], &[], Some(length))
}

/// Appends a record to the selected file.
///
/// # Errors
///
/// [`Misuse::OutOfRange`].
pub fn append_record(record: &[u8]) -> Result<Vec<u8>, Misuse> {
    apdu([0x00, APPEND_RECORD, 0x00, 0x00], record, None)
}

/// Takes an answer apart.
///
/// # Errors
///
/// [`Nonsense::NoStatus`] when it is shorter than a status word.
pub fn unwrap(answer: &[u8]) -> Result<(&[u8], u16), Nonsense> {
    match answer {
        [data @ .., high, low] => Ok((data, u16::from_be_bytes([*high, *low]))),
        _ => Err(Nonsense::NoStatus),
    }
}

/// What a status word means, for a technician.
///
/// Source: ISO/IEC 7816-4:2020 §5.6.
pub const fn meaning(sw: u16) -> &'static str {
    match sw {
        0x9000 => "done",
        0x6282 => "the file ends before the length that was asked for",
        0x6283 => "the file is limited",
        0x6581 => "the card's memory failed",
        0x6700 => "the command has a wrong length",
        0x6982 => "the proven key does not allow this",
        0x6985 => "not possible in this state",
        0x6A80 => "a parameter in the data is wrong",
        0x6A82 => "there is no such file or application",
        0x6A84 => "the card's memory is full",
        0x6A86 => "P1 or P2 is wrong",
        0x6A87 => "the length does not fit P1 and P2",
        0x6C00..=0x6CFF => "the answer has another length",
        0x6D00 => "the card does not have this command",
        0x6E00 => "the card does not have this class",
        _ => "unexpected status word",
    }
}

/// Mutual authentication in three commands, which leads to an EV1 session.
///
/// Source: ISO/IEC 7816-4:2020 §11.5; order of the random numbers from behaviour seen on DESFire EV1.
pub struct Handshake {
    cipher: Cipher,
    algorithm: u8,
    reference: u8,
    random: [Zeroizing<Vec<u8>>; 2],
}

/// Waits for the card's word that it was convinced.
pub struct Convincing {
    handshake: Handshake,
}

impl Handshake {
    /// `key` is key `number`, of the card or (`in_application`) of the selected application. Both
    /// random numbers must be unpredictable; a DES key uses the first eight bytes of each.
    pub fn new(number: KeyNo, key: &Key, in_application: bool, random: [[u8; 16]; 2]) -> Self {
        let (cipher, algorithm) = match key {
            Key::Des(key) => (Cipher::from(key), 0x02),
            Key::Des3(key) => (Cipher::from(key), 0x04),
            Key::Aes(key) => (Cipher::from(key), 0x09),
        };
        let reference = number.get() | if in_application { 0x80 } else { 0 };
        let length = cipher.challenge();
        let random = random.map(|random| {
            Zeroizing::new(random.get(..length).unwrap_or(random.as_slice()).to_vec())
        });
        Self { cipher, algorithm, reference, random }
    }

    /// First command: asks for the card's random number.
    ///
    /// # Errors
    ///
    /// None that a key of this crate can cause.
    pub fn get_challenge(&self) -> Result<Vec<u8>, Misuse> {
        apdu([0x00, GET_CHALLENGE, 0x00, 0x00], &[], Some(self.cipher.challenge()))
    }

    /// Takes the card's random number; returns the second command, which convinces the card.
    ///
    /// # Errors
    ///
    /// [`BadAnswer`] when it has another length.
    pub fn external_authenticate(
        self,
        challenge: &[u8],
    ) -> Result<(Convincing, Vec<u8>), BadAnswer> {
        let [first, _] = &self.random;
        if challenge.len() != first.len() {
            return Err(Nonsense::Length.into());
        }
        let mut token = Zeroizing::new([first.as_slice(), challenge].concat());
        self.cipher.cbc_encrypt(&mut [0; 16], &mut token);
        let head = [0x00, EXTERNAL_AUTHENTICATE, self.algorithm, self.reference];
        let command = apdu(head, &token, None).map_err(|_| Nonsense::Length)?;
        Ok((Convincing { handshake: self }, command))
    }
}

impl Convincing {
    /// Third command: asks the card to convince the terminal.
    ///
    /// # Errors
    ///
    /// None that a key of this crate can cause.
    pub fn internal_authenticate(&self) -> Result<Vec<u8>, Misuse> {
        let Handshake { algorithm, reference, random: [_, second], .. } = &self.handshake;
        let head = [0x00, INTERNAL_AUTHENTICATE, *algorithm, *reference];
        apdu(head, second, Some(2 * second.len()))
    }

    /// Takes the card's proof; starts the session.
    ///
    /// # Errors
    ///
    /// [`BadAnswer`] when the proof has another length or is wrong.
    pub fn finish(self, answer: &[u8]) -> Result<ev1::Session, BadAnswer> {
        use subtle::ConstantTimeEq as _;
        let Handshake { cipher, random: [first, second], .. } = self.handshake;
        if answer.len() != 2 * second.len() {
            return Err(Nonsense::Length.into());
        }
        let mut plain = Zeroizing::new(answer.to_vec());
        cipher.cbc_decrypt(&mut [0; 16], &mut plain);
        let (card, echo) = plain.split_at_checked(second.len()).ok_or(Nonsense::Length)?;
        if !bool::from(echo.ct_eq(&second)) {
            return Err(BadAnswer::WrongMac);
        }
        Ok(ev1::Session::derived(&cipher, &first, card))
    }
}

impl core::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("iso::Handshake(..)")
    }
}

impl core::fmt::Debug for Convincing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("iso::Convincing(..)")
    }
}

fn offset_bytes(offset: u16) -> Result<[u8; 2], Misuse> {
    if offset < 0x8000 { Ok(offset.to_be_bytes()) } else { Err(Misuse::OutOfRange("offset")) }
}

fn apdu(head: [u8; 4], data: &[u8], answer: Option<usize>) -> Result<Vec<u8>, Misuse> {
    let mut out = Vec::from(head);
    if !data.is_empty() {
        out.push(u8::try_from(data.len()).map_err(|_| Misuse::OutOfRange("length of data"))?);
        out.extend_from_slice(data);
    }
    match answer {
        None => {}
        Some(256) => out.push(0),
        Some(length @ 1..=255) => out.push(u8::try_from(length).unwrap_or(0)),
        Some(_) => return Err(Misuse::OutOfRange("length of the answer")),
    }
    Ok(out)
}

const SELECT: u8 = 0xA4;
const READ_BINARY: u8 = 0xB0;
const UPDATE_BINARY: u8 = 0xD6;
const READ_RECORD: u8 = 0xB2;
const APPEND_RECORD: u8 = 0xE2;
const GET_CHALLENGE: u8 = 0x84;
const EXTERNAL_AUTHENTICATE: u8 = 0x82;
const INTERNAL_AUTHENTICATE: u8 = 0x88;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn commands_are_those_of_the_standard() {
        assert_eq!(select_id(0xE104), [0, 0xA4, 0, 0x0C, 2, 0xE1, 4]);
        assert_eq!(read_binary(0x0102, 256).unwrap(), [0, 0xB0, 1, 2, 0]);
        assert_eq!(update_binary(3, &[9]).unwrap(), [0, 0xD6, 0, 3, 1, 9]);
        assert_eq!(read_record(1, true, 16).unwrap(), [0, 0xB2, 1, 5, 16]);
        assert_eq!(append_record(&[7]).unwrap(), [0, 0xE2, 0, 0, 1, 7]);
    }

    #[test]
    fn what_no_short_apdu_carries_is_refused() {
        assert!(read_binary(0x8000, 1).is_err());
        assert!(read_binary(0, 257).is_err());
        assert!(read_binary(0, 0).is_err());
        assert!(update_binary(0, &[]).is_err());
        assert!(update_binary(0, &vec![0; 256]).is_err());
    }
}
