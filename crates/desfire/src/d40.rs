//! Authentication with DES keys and the messaging of the first DESFire, without I/O.
//!
//! The card only ever enciphers, so a terminal deciphers what it sends. Nothing is chained from one
//! command to the next: every cryptogram begins anew. A MAC has four bytes and covers the data of
//! file commands only; a CRC has two. Use it only where a card or a key knows nothing better.
//!
//! Source: recordings of DESFire EV1 silicon; no public note describes it.

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::cipher::{Cipher, crc_a, pad_zero, pad80, unpad80};
use crate::{
    BadAnswer, Command, DesKey, Family, Ins, KeyNo, Messaging, Misuse, Mode, Nonsense, Status,
};

/// Waits for the card's encrypted challenge.
pub struct Handshake {
    cipher: Cipher,
    rnd_a: [u8; 8],
}

/// Waits for the card's proof.
pub struct Proof {
    cipher: Cipher,
    rnd_a: [u8; 8],
    rnd_b: Zeroizing<[u8; 8]>,
}

impl Handshake {
    /// `Authenticate`. `rnd_a` must be unpredictable.
    pub fn new(key: &DesKey, rnd_a: [u8; 8]) -> Self {
        Self { cipher: key.into(), rnd_a }
    }

    /// What follows the instruction byte.
    pub fn request(&self, number: KeyNo) -> Vec<u8> {
        Vec::from([number.get()])
    }

    /// Takes the encrypted challenge, 8 bytes; returns the token to send.
    ///
    /// # Errors
    ///
    /// [`Nonsense::Length`] when the challenge is not of the key's kind.
    pub fn challenge(self, encrypted: &[u8]) -> Result<(Proof, Vec<u8>), Nonsense> {
        let mut rnd_b: Zeroizing<[u8; 8]> =
            Zeroizing::new(encrypted.try_into().map_err(|_| Nonsense::Length)?);
        self.cipher.decrypt(rnd_b.as_mut_slice());
        let mut token = self.rnd_a.to_vec();
        token.extend(rotated(*rnd_b));
        self.cipher.send_mode(&mut token);
        Ok((Proof { cipher: self.cipher, rnd_a: self.rnd_a, rnd_b }, token))
    }
}

impl Proof {
    /// Takes the card's proof that it knows the key; starts the session.
    ///
    /// # Errors
    ///
    /// [`BadAnswer`] when the proof has another length or is wrong.
    pub fn finish(self, encrypted: &[u8]) -> Result<Session, BadAnswer> {
        let mut answer: [u8; 8] = encrypted.try_into().map_err(|_| Nonsense::Length)?;
        self.cipher.decrypt(&mut answer);
        if !bool::from(answer.ct_eq(&rotated(self.rnd_a))) {
            return Err(BadAnswer::WrongMac);
        }
        let [a0, a1, a2, a3, a4, a5, a6, a7] = self.rnd_a;
        let [b0, b1, b2, b3, b4, b5, b6, b7] = *self.rnd_b;
        let mut key = if self.cipher.is_single_des() {
            [a0, a1, a2, a3, b0, b1, b2, b3, a0, a1, a2, a3, b0, b1, b2, b3]
        } else {
            [a0, a1, a2, a3, b0, b1, b2, b3, a4, a5, a6, a7, b4, b5, b6, b7]
        };
        let session = Session::danger_from_key(&DesKey::new(key));
        key.zeroize();
        Ok(session)
    }
}

/// A D40 session.
pub struct Session {
    cipher: Cipher,
}

impl Session {
    /// A session whose key is known already, as in a recorded conversation.
    pub fn danger_from_key(key: &DesKey) -> Self {
        Self { cipher: key.into() }
    }

    /// The first four bytes of the last block of the zero-padded data, enciphered.
    fn mac(&self, data: &[u8]) -> [u8; 4] {
        let mut blocks = Zeroizing::new(data.to_vec());
        pad_zero(&mut blocks, self.cipher.block());
        let mut iv = [0; 16];
        self.cipher.cbc_encrypt(&mut iv, &mut blocks);
        let [a, b, c, d, ..] = iv;
        [a, b, c, d]
    }

    fn decrypt(&self, command: &Command, answer: &[u8]) -> Result<Vec<u8>, BadAnswer> {
        if answer.is_empty() || !answer.len().is_multiple_of(self.cipher.block()) {
            return Err(Nonsense::Length.into());
        }
        let mut plain = Zeroizing::new(answer.to_vec());
        self.cipher.cbc_decrypt(&mut [0; 16], &mut plain);
        let checks = |data: &[u8], crc: &[u8]| bool::from(crc_a([data]).as_slice().ct_eq(crc));
        plain_part(command, &plain, self.cipher.block(), 2, checks).ok_or(BadAnswer::WrongMac)
    }
}

impl Messaging for Session {
    fn family(&self) -> Family {
        Family::Chained
    }

    fn wrap(&mut self, command: &Command) -> Result<Vec<u8>, Misuse> {
        if command.ins.needs_ev2() {
            return Err(Misuse::NotInThisMessaging(command.ins));
        }
        let mut payload = command.header.clone();
        match command.mode {
            Mode::Full if !command.data.is_empty() => {
                let mut plain = Zeroizing::new(command.data.to_vec());
                plain.extend(crc_a([&**command.data]));
                if let Some(new) = &command.new_key {
                    plain.extend(crc_a([&***new]));
                }
                if command.open_ended {
                    pad80(&mut plain, self.cipher.block());
                } else {
                    pad_zero(&mut plain, self.cipher.block());
                }
                self.cipher.send_mode(&mut plain);
                payload.extend_from_slice(&plain);
            }
            Mode::Mac if command.ins.writes_data() => {
                payload.extend_from_slice(&command.data);
                payload.extend(self.mac(&command.data));
            }
            Mode::Plain | Mode::Mac | Mode::Full => payload.extend_from_slice(&command.data),
        }
        Ok(payload)
    }

    fn unwrap(
        &mut self,
        command: &Command,
        _status: Status,
        answer: &[u8],
    ) -> Result<Vec<u8>, BadAnswer> {
        if command.ends_session {
            return if answer.is_empty() { Ok(Vec::new()) } else { Err(Nonsense::Length.into()) };
        }
        match command.answer {
            Mode::Full => self.decrypt(command, answer),
            Mode::Mac if command.ins.reads_data() => {
                let (data, mac) = answer.split_last_chunk::<4>().ok_or(Nonsense::Length)?;
                if bool::from(self.mac(data).ct_eq(mac)) {
                    Ok(data.to_vec())
                } else {
                    Err(BadAnswer::WrongMac)
                }
            }
            Mode::Plain | Mode::Mac => Ok(answer.to_vec()),
        }
    }
}

impl Ins {
    /// Commands whose data carry a MAC on files with MAC.
    pub(crate) const fn writes_data(self) -> bool {
        matches!(
            self,
            Self::WRITE_DATA
                | Self::WRITE_DATA_LONG
                | Self::WRITE_RECORD
                | Self::WRITE_RECORD_LONG
                | Self::UPDATE_RECORD
                | Self::UPDATE_RECORD_LONG
                | Self::CREDIT
                | Self::DEBIT
                | Self::LIMITED_CREDIT
        )
    }

    /// Commands whose answer carries a MAC on files with MAC.
    const fn reads_data(self) -> bool {
        matches!(
            self,
            Self::READ_DATA
                | Self::READ_DATA_LONG
                | Self::READ_RECORDS
                | Self::READ_RECORDS_LONG
                | Self::GET_VALUE
        )
    }

    /// Commands that public sources describe in EV2 and LRP messaging only.
    pub(crate) const fn needs_ev2(self) -> bool {
        matches!(self, Self::COMMIT_READER_ID)
    }
}

/// The data in a deciphered answer: followed by a right check of `check` bytes and padding. The
/// length is not sent, so it is where the command says, or where the check is right.
pub(crate) fn plain_part(
    command: &Command,
    plain: &[u8],
    block: usize,
    check: usize,
    is_right: impl Fn(&[u8], &[u8]) -> bool,
) -> Option<Vec<u8>> {
    let data_at = |length: usize| {
        let (data, rest) = plain.split_at_checked(length)?;
        let (sum, padding) = rest.split_at_checked(check)?;
        let padded = padding.len() < block
            && match padding {
                [0x80, zeros @ ..] if command.open_ended => zeros.iter().all(|byte| *byte == 0),
                zeros => zeros.iter().all(|byte| *byte == 0),
            };
        (padded && is_right(data, sum)).then(|| data.to_vec())
    };
    if let Some(length) = command.expects {
        return data_at(length);
    }
    if command.open_ended
        && let Some(data) = unpad80(plain, block).and_then(|end| data_at(end.checked_sub(check)?))
    {
        return Some(data);
    }
    // The shortest first: two CRC bytes after what they check make a right check of zeros.
    let shortest = (plain.len() + 1).saturating_sub(block + check);
    (shortest..plain.len()).find_map(data_at)
}

fn rotated(mut random: [u8; 8]) -> [u8; 8] {
    random.rotate_left(1);
    random
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("d40::Session(..)")
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("d40::Handshake(..)")
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("d40::Proof(..)")
    }
}
