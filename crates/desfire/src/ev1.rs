//! Authentication with DES, triple DES and AES keys, and EV1 secure messaging, without I/O.
//!
//! One chaining value runs through the whole session: every command and every answer moves it, also
//! where nothing is sent but plain data.
//!
//! Source: behaviour seen on DESFire EV1 and EV3; NIST SP 800-38B for the MAC.

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::cipher::{Cipher, Iv, pad_zero, pad80};
use crate::d40::plain_part;
use crate::{
    AesKey, BadAnswer, Command, Des3Key, DesKey, Family, Ins, Key, KeyNo, Messaging, Misuse, Mode,
    Nonsense, Status, jam_crc,
};

/// Waits for the card's encrypted challenge.
pub struct Handshake {
    cipher: Cipher,
    rnd_a: Zeroizing<Vec<u8>>,
}

/// Waits for the card's proof.
pub struct Proof {
    cipher: Cipher,
    rnd_a: Zeroizing<Vec<u8>>,
    rnd_b: Zeroizing<Vec<u8>>,
    iv: Iv,
}

impl Handshake {
    /// `AuthenticateISO` with a DES key. `rnd_a` must be unpredictable.
    pub fn des(key: &DesKey, rnd_a: [u8; 8]) -> Self {
        Self { cipher: key.into(), rnd_a: Zeroizing::new(rnd_a.to_vec()) }
    }

    /// `AuthenticateISO` with a three-key triple DES key. `rnd_a` must be unpredictable.
    pub fn des3(key: &Des3Key, rnd_a: [u8; 16]) -> Self {
        Self { cipher: key.into(), rnd_a: Zeroizing::new(rnd_a.to_vec()) }
    }

    /// `AuthenticateAES`. `rnd_a` must be unpredictable.
    pub fn aes(key: &AesKey, rnd_a: [u8; 16]) -> Self {
        Self { cipher: key.into(), rnd_a: Zeroizing::new(rnd_a.to_vec()) }
    }

    /// What follows the instruction byte.
    pub fn request(&self, number: KeyNo) -> Vec<u8> {
        Vec::from([number.get()])
    }

    /// Takes the encrypted challenge, 8 bytes for DES keys and 16 for others; returns the token to
    /// send.
    ///
    /// # Errors
    ///
    /// [`Nonsense::Length`] when the challenge is not of the key's kind.
    pub fn challenge(self, encrypted: &[u8]) -> Result<(Proof, Vec<u8>), Nonsense> {
        if encrypted.len() != self.cipher.challenge() {
            return Err(Nonsense::Length);
        }
        let mut rnd_b = Zeroizing::new(encrypted.to_vec());
        let mut iv = [0; 16];
        self.cipher.cbc_decrypt(&mut iv, &mut rnd_b);
        let mut token = self.rnd_a.to_vec();
        token.extend_from_slice(&rotated(&rnd_b));
        self.cipher.cbc_encrypt(&mut iv, &mut token);
        Ok((Proof { cipher: self.cipher, rnd_a: self.rnd_a, rnd_b, iv }, token))
    }
}

impl Proof {
    /// Takes the card's proof that it knows the key; starts the session.
    ///
    /// # Errors
    ///
    /// [`BadAnswer`] when the proof has another length or is wrong.
    pub fn finish(mut self, encrypted: &[u8]) -> Result<Session, BadAnswer> {
        if encrypted.len() != self.rnd_a.len() {
            return Err(Nonsense::Length.into());
        }
        let mut answer = Zeroizing::new(encrypted.to_vec());
        self.cipher.cbc_decrypt(&mut self.iv, &mut answer);
        if !bool::from(answer.ct_eq(&rotated(&self.rnd_a))) {
            return Err(BadAnswer::WrongMac);
        }
        Ok(Session::derived(&self.cipher, &self.rnd_a, &self.rnd_b))
    }
}

/// An EV1 session.
pub struct Session {
    cipher: Cipher,
    iv: Iv,
}

impl Session {
    /// The session of two random numbers that were exchanged under `cipher`.
    pub(crate) fn derived(cipher: &Cipher, a: &[u8], b: &[u8]) -> Self {
        let cipher = match (cipher.block(), cipher.challenge()) {
            (16, _) => {
                let mut key = Zeroizing::new([0; 16]);
                fill(key.as_mut_slice(), &[(a, 0), (b, 0), (a, 12), (b, 12)]);
                Cipher::from(&AesKey::new(*key))
            }
            (_, 16) => {
                let mut key = Zeroizing::new([0; 24]);
                let parts = [(a, 0), (b, 0), (a, 6), (b, 6), (a, 12), (b, 12)];
                fill(key.as_mut_slice(), &parts);
                Cipher::from(&Des3Key::new(*key))
            }
            _ => {
                // A key with equal halves gives a session key with equal halves: single DES.
                let second = if cipher.is_single_des() { 0 } else { 4 };
                let mut key = Zeroizing::new([0; 16]);
                fill(key.as_mut_slice(), &[(a, 0), (b, 0), (a, second), (b, second)]);
                Cipher::from(&DesKey::new(*key))
            }
        };
        Self { cipher, iv: [0; 16] }
    }

    /// A session whose key is known already, as in a recorded conversation.
    pub fn danger_from_key(key: &Key) -> Self {
        let cipher = match key {
            Key::Des(key) => key.into(),
            Key::Des3(key) => key.into(),
            Key::Aes(key) => key.into(),
        };
        Self { cipher, iv: [0; 16] }
    }

    /// The chaining value: the last MAC or ciphertext block, for comparing with a recorded
    /// conversation. Ciphers with blocks of 8 bytes use the first half.
    pub const fn danger_chaining_value(&self) -> [u8; 16] {
        self.iv
    }

    fn mac(&mut self, parts: &[&[u8]]) -> [u8; 8] {
        self.iv = self.cipher.cmac(self.iv, parts);
        *self.iv.first_chunk().expect("eight of sixteen bytes")
    }

    fn verify_mac(&mut self, status: Status, answer: &[u8]) -> Result<Vec<u8>, BadAnswer> {
        let (data, mac) = answer.split_last_chunk::<8>().ok_or(Nonsense::Length)?;
        let expected = self.mac(&[data, &[status.0]]);
        if bool::from(expected.ct_eq(mac)) { Ok(data.to_vec()) } else { Err(BadAnswer::WrongMac) }
    }

    fn decrypt(
        &mut self,
        command: &Command,
        status: Status,
        answer: &[u8],
    ) -> Result<Vec<u8>, BadAnswer> {
        let block = self.cipher.block();
        if answer.is_empty() || !answer.len().is_multiple_of(block) {
            return Err(Nonsense::Length.into());
        }
        let mut plain = Zeroizing::new(answer.to_vec());
        self.cipher.cbc_decrypt(&mut self.iv, &mut plain);
        let checks = |data: &[u8], crc: &[u8]| {
            bool::from(jam_crc([data, &[status.0]]).as_slice().ct_eq(crc))
        };
        plain_part(command, &plain, block, 4, checks).ok_or(BadAnswer::WrongMac)
    }
}

impl Messaging for Session {
    fn family(&self) -> Family {
        Family::Chained
    }

    fn wrap(&mut self, command: &Command) -> Result<Vec<u8>, Misuse> {
        let ins = command.ins;
        if ins.needs_ev2() {
            return Err(Misuse::NotInThisMessaging(ins));
        }
        let mut payload = command.header.clone();
        if command.mode == Mode::Full && !command.data.is_empty() {
            let mut plain = Zeroizing::new(Vec::with_capacity(command.data.len() + 40));
            plain.extend_from_slice(&command.data);
            plain.extend(jam_crc([&[ins.0], &*command.header, &**command.data]));
            if let Some(new) = &command.new_key {
                plain.extend(jam_crc([&***new]));
            }
            if command.open_ended {
                pad80(&mut plain, self.cipher.block());
            } else {
                pad_zero(&mut plain, self.cipher.block());
            }
            self.cipher.cbc_encrypt(&mut self.iv, &mut plain);
            payload.extend_from_slice(&plain);
        } else {
            payload.extend_from_slice(&command.data);
            let mac = self.mac(&[&[ins.0], &payload]);
            if (ins.writes_data() && command.mode == Mode::Mac) || ins.always_sends_mac() {
                payload.extend(mac);
            }
        }
        Ok(payload)
    }

    fn unwrap(
        &mut self,
        command: &Command,
        status: Status,
        answer: &[u8],
    ) -> Result<Vec<u8>, BadAnswer> {
        if command.ends_session {
            return if answer.is_empty() { Ok(Vec::new()) } else { Err(Nonsense::Length.into()) };
        }
        if command.answer == Mode::Full {
            self.decrypt(command, status, answer)
        } else {
            self.verify_mac(status, answer)
        }
    }
}

impl Ins {
    /// Commands of later generations that send their MAC in EV1 messaging too.
    const fn always_sends_mac(self) -> bool {
        matches!(
            self,
            Self::RESTORE_TRANSFER
                | Self::INITIALIZE_KEY_SET
                | Self::FINALIZE_KEY_SET
                | Self::ROLL_KEY_SET
        )
    }
}

fn rotated(random: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(random.to_vec());
    if !out.is_empty() {
        out.rotate_left(1);
    }
    out
}

/// Fills a key with pieces of four bytes, each from a place of a random number.
fn fill(key: &mut [u8], parts: &[(&[u8], usize)]) {
    for (to, (from, at)) in key.chunks_exact_mut(4).zip(parts) {
        let mut piece = [0; 4];
        for (to, from) in piece.iter_mut().zip(from.iter().skip(*at)) {
            *to = *from;
        }
        to.copy_from_slice(&piece);
        piece.zeroize();
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ev1::Session(..)")
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ev1::Handshake(..)")
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ev1::Proof(..)")
    }
}
