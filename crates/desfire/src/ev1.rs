//! Authentication with DES and AES keys, and EV1 secure messaging, without I/O.
//!
//! One chaining value runs through the whole session. The MAC of a command is computed to move it
//! and not sent; commands that would have to send it (data, value and record commands on files with
//! MAC) are not offered in this messaging.
//!
//! Source: behaviour seen on DESFire EV1 and EV2; NIST SP 800-38B for the MAC.

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::cipher::{Cipher, Iv, pad_zero};
use crate::{
    AesKey, BadAnswer, Command, DesKey, Ins, Messaging, Misuse, Mode, Nonsense, Status, jam_crc,
};

/// Waits for the card's encrypted challenge. `N` is 8 for DES keys, 16 for AES.
pub struct Handshake<const N: usize> {
    cipher: Cipher,
    rnd_a: [u8; N],
}

/// Waits for the card's proof.
pub struct Proof<const N: usize> {
    cipher: Cipher,
    rnd_a: [u8; N],
    rnd_b: Zeroizing<[u8; N]>,
    iv: Iv,
}

impl Handshake<8> {
    /// `AuthenticateISO` with a DES key. `rnd_a` must be unpredictable.
    pub fn des(key: &DesKey, rnd_a: [u8; 8]) -> Self {
        Self { cipher: key.into(), rnd_a }
    }
}

impl Handshake<16> {
    /// `AuthenticateAES`. `rnd_a` must be unpredictable.
    pub fn aes(key: &AesKey, rnd_a: [u8; 16]) -> Self {
        Self { cipher: key.into(), rnd_a }
    }
}

impl<const N: usize> Handshake<N> {
    /// Takes the encrypted challenge; returns the token to send.
    ///
    /// # Errors
    ///
    /// [`Nonsense::Length`] when the challenge is not of the key's kind.
    pub fn challenge(self, encrypted: &[u8]) -> Result<(Proof<N>, Vec<u8>), Nonsense> {
        let mut rnd_b: Zeroizing<[u8; N]> =
            Zeroizing::new(encrypted.try_into().map_err(|_| Nonsense::Length)?);
        let mut iv = [0; 16];
        self.cipher.cbc_decrypt(&mut iv, rnd_b.as_mut_slice());
        let mut token = self.rnd_a.to_vec();
        token.extend(rotated(&rnd_b));
        self.cipher.cbc_encrypt(&mut iv, &mut token);
        Ok((Proof { cipher: self.cipher, rnd_a: self.rnd_a, rnd_b, iv }, token))
    }
}

impl<const N: usize> Proof<N> {
    /// Takes the card's proof that it knows the key; starts the session.
    ///
    /// # Errors
    ///
    /// [`BadAnswer`] when the proof has another length or is wrong.
    pub fn finish(mut self, encrypted: &[u8]) -> Result<Session, BadAnswer> {
        let mut answer: [u8; N] = encrypted.try_into().map_err(|_| Nonsense::Length)?;
        self.cipher.cbc_decrypt(&mut self.iv, &mut answer);
        if !bool::from(answer.ct_eq(&rotated(&self.rnd_a))) {
            return Err(BadAnswer::WrongMac);
        }
        let mut key = Zeroizing::new([0; 16]);
        let a = self.rnd_a.as_slice();
        let b = self.rnd_b.as_slice();
        let cipher = if let Cipher::Aes(_) = self.cipher {
            fill(&mut key, [first4(a), first4(b), last4(a), last4(b)]);
            Cipher::from(&AesKey::new(*key))
        } else {
            // A key with equal halves gives a session key with equal halves: single DES.
            let single = self.cipher.is_single_des();
            let (c, d) = if single { (first4(a), first4(b)) } else { (last4(a), last4(b)) };
            fill(&mut key, [first4(a), first4(b), c, d]);
            Cipher::from(&DesKey::new(*key))
        };
        Ok(Session { cipher, iv: [0; 16] })
    }
}

/// An EV1 session.
pub struct Session {
    cipher: Cipher,
    iv: Iv,
}

impl Session {
    /// A session whose key is known already, as in a recorded conversation.
    pub fn danger_from_aes_key(key: &AesKey) -> Self {
        Self { cipher: key.into(), iv: [0; 16] }
    }

    /// A session whose key is known already, as in a recorded conversation.
    pub fn danger_from_des_key(key: &DesKey) -> Self {
        Self { cipher: key.into(), iv: [0; 16] }
    }

    fn verify_mac(&mut self, status: Status, answer: &[u8]) -> Result<Vec<u8>, BadAnswer> {
        let (data, mac) = answer.split_last_chunk::<8>().ok_or(Nonsense::Length)?;
        let mut message = data.to_vec();
        message.push(status.0);
        self.iv = self.cipher.cmac(self.iv, &message);
        let expected = self.iv.first_chunk::<8>().expect("eight of sixteen bytes");
        if bool::from(expected.ct_eq(mac)) { Ok(data.to_vec()) } else { Err(BadAnswer::WrongMac) }
    }

    fn decrypt(&mut self, status: Status, answer: &[u8]) -> Result<Vec<u8>, BadAnswer> {
        if answer.is_empty() || !answer.len().is_multiple_of(self.cipher.block()) {
            return Err(Nonsense::Length.into());
        }
        let mut plain = Zeroizing::new(answer.to_vec());
        self.cipher.cbc_decrypt(&mut self.iv, &mut plain);
        // The length is not sent: it is where a right CRC is followed by padding only.
        (0..plain.len())
            .rev()
            .find_map(|length| {
                let (data, rest) = plain.split_at_checked(length)?;
                let (crc, padding) = rest.split_first_chunk::<4>()?;
                let padded = padding.iter().all(|byte| *byte == 0);
                (padded && jam_crc([data, &[status.0]]) == *crc).then(|| data.to_vec())
            })
            .ok_or(BadAnswer::WrongMac)
    }
}

impl Messaging for Session {
    fn wrap(&mut self, command: &Command) -> Result<Vec<u8>, Misuse> {
        if matches!(command.ins, Ins::READ_DATA | Ins::WRITE_DATA) {
            return Err(Misuse::OutOfRange("command for EV1 messaging"));
        }
        let mut payload = command.header.clone();
        if command.mode == Mode::Full && !command.data.is_empty() {
            let mut plain = Zeroizing::new(Vec::with_capacity(64));
            plain.extend_from_slice(&command.data);
            plain.extend(jam_crc([&[command.ins.0], &*command.header, &**command.data]));
            plain.extend_from_slice(&command.trailer);
            pad_zero(&mut plain, self.cipher.block());
            self.cipher.cbc_encrypt(&mut self.iv, &mut plain);
            payload.extend_from_slice(&plain);
        } else {
            payload.extend_from_slice(&command.data);
            let mut message = Vec::with_capacity(payload.len() + 1);
            message.push(command.ins.0);
            message.extend_from_slice(&payload);
            self.iv = self.cipher.cmac(self.iv, &message);
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
        if command.mode == Mode::Full && command.data.is_empty() {
            self.decrypt(status, answer)
        } else {
            self.verify_mac(status, answer)
        }
    }
}

fn rotated<const N: usize>(random: &[u8; N]) -> [u8; N] {
    let mut out = *random;
    out.rotate_left(1);
    out
}

fn first4(bytes: &[u8]) -> [u8; 4] {
    bytes.first_chunk().copied().unwrap_or_default()
}

fn last4(bytes: &[u8]) -> [u8; 4] {
    bytes.last_chunk().copied().unwrap_or_default()
}

fn fill(key: &mut [u8; 16], mut parts: [[u8; 4]; 4]) {
    for (to, from) in key.iter_mut().zip(parts.as_flattened()) {
        *to = *from;
    }
    parts.zeroize();
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ev1::Session(..)")
    }
}

impl<const N: usize> fmt::Debug for Handshake<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ev1::Handshake(..)")
    }
}

impl<const N: usize> fmt::Debug for Proof<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ev1::Proof(..)")
    }
}
