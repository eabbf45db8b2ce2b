//! Authentication with AES keys and EV2 secure messaging, without I/O.
//!
//! Source: NXP AN12343 rev. 1.1 §4 and AN12196 (the same messaging on NTAG 424 DNA).

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, pad80};
use crate::{AesKey, BadAnswer, Command, KeyNo, Messaging, Misuse, Mode, Nonsense, Status};

/// Waits for the card's encrypted challenge.
pub struct Handshake {
    key: AesKey,
    rnd_a: [u8; 16],
    kept: Option<(TransactionId, u16)>,
}

/// Waits for the card's proof.
pub struct Proof {
    key: AesKey,
    rnd_a: [u8; 16],
    rnd_b: Zeroizing<[u8; 16]>,
    kept: Option<(TransactionId, u16)>,
}

/// Four random bytes by which the card names a transaction.
pub type TransactionId = [u8; 4];

impl Handshake {
    /// `AuthenticateEV2First`: starts a transaction. `rnd_a` must be unpredictable.
    pub fn first(key: &AesKey, rnd_a: [u8; 16]) -> Self {
        Self { key: key.clone(), rnd_a, kept: None }
    }

    /// `AuthenticateEV2NonFirst`: another key, the same transaction and counter.
    pub fn non_first(session: &Session, key: &AesKey, rnd_a: [u8; 16]) -> Self {
        Self { key: key.clone(), rnd_a, kept: Some((session.transaction, session.counter)) }
    }

    /// What follows the instruction byte: the key, and no capabilities of the reader.
    pub fn request(&self, number: KeyNo) -> Vec<u8> {
        let mut payload = Vec::with_capacity(2);
        payload.push(number.get());
        if self.kept.is_none() {
            payload.push(0);
        }
        payload
    }

    /// Takes the encrypted challenge; returns the token to send.
    ///
    /// # Errors
    ///
    /// [`Nonsense::Lrp`] when the card speaks LRP, [`Nonsense::Length`] for any other length than
    /// 16.
    pub fn challenge(self, encrypted: &[u8]) -> Result<(Proof, Vec<u8>), Nonsense> {
        let mut rnd_b: Zeroizing<[u8; 16]> = Zeroizing::new(match encrypted.try_into() {
            Ok(block) => block,
            Err(_) if encrypted.len() == 17 => return Err(Nonsense::Lrp),
            Err(_) => return Err(Nonsense::Length),
        });
        let cipher = Cipher::from(&self.key);
        cipher.cbc_decrypt(&mut [0; 16], rnd_b.as_mut_slice());
        let mut token = self.rnd_a.to_vec();
        token.extend(rotated(&rnd_b));
        cipher.cbc_encrypt(&mut [0; 16], &mut token);
        Ok((Proof { key: self.key, rnd_a: self.rnd_a, rnd_b, kept: self.kept }, token))
    }
}

impl Proof {
    /// Takes the card's proof that it knows the key; starts the session.
    ///
    /// # Errors
    ///
    /// [`BadAnswer`] when the proof has another length or is wrong.
    pub fn finish(self, encrypted: &[u8]) -> Result<Session, BadAnswer> {
        let mut plain = Zeroizing::new(encrypted.to_vec());
        Cipher::from(&self.key).cbc_decrypt(&mut [0; 16], &mut plain);
        let (transaction, counter, echo) = match (self.kept, plain.as_slice()) {
            (None, [a, b, c, d, rest @ ..]) if plain.len() == 32 => {
                let (echo, _capabilities) = rest.split_first_chunk().ok_or(Nonsense::Length)?;
                ([*a, *b, *c, *d], 0, *echo)
            }
            (Some((transaction, counter)), rest) => {
                (transaction, counter, rest.try_into().map_err(|_| Nonsense::Length)?)
            }
            _ => return Err(Nonsense::Length.into()),
        };
        let echo: [u8; 16] = echo;
        if !bool::from(echo.ct_eq(&rotated(&self.rnd_a))) {
            return Err(BadAnswer::WrongMac);
        }
        Ok(Session::derive(&self.key, &self.rnd_a, &self.rnd_b, transaction, counter))
    }

    /// The session without the card's proof, for replaying a conversation recorded without it.
    pub fn danger_unproven(self, transaction: TransactionId, counter: u16) -> Session {
        Session::derive(&self.key, &self.rnd_a, &self.rnd_b, transaction, counter)
    }
}

/// An EV2 session.
pub struct Session {
    encryption: AesKey,
    mac: AesKey,
    transaction: TransactionId,
    counter: u16,
}

impl Session {
    fn derive(
        key: &AesKey,
        rnd_a: &[u8; 16],
        rnd_b: &[u8; 16],
        transaction: TransactionId,
        counter: u16,
    ) -> Self {
        let cipher = Cipher::from(key);
        let derive = |label: [u8; 2]| {
            let vector = Zeroizing::new(session_vector(label, rnd_a, rnd_b));
            AesKey::new(cipher.cmac([0; 16], vector.as_slice()))
        };
        Self { encryption: derive([0xA5, 0x5A]), mac: derive([0x5A, 0xA5]), transaction, counter }
    }

    /// A session whose keys are known already, as in a recorded conversation.
    pub fn danger_from_keys(
        encryption: AesKey,
        mac: AesKey,
        transaction: TransactionId,
        counter: u16,
    ) -> Self {
        Self { encryption, mac, transaction, counter }
    }

    /// The key that encrypts, for comparing with a recorded conversation.
    pub fn danger_encryption_key(&self) -> &AesKey {
        &self.encryption
    }

    /// The key of the MACs, for comparing with a recorded conversation.
    pub fn danger_mac_key(&self) -> &AesKey {
        &self.mac
    }

    /// The card's name for this transaction.
    pub const fn transaction(&self) -> TransactionId {
        self.transaction
    }

    /// Commands that the card has carried out in this transaction.
    pub const fn counter(&self) -> u16 {
        self.counter
    }

    /// Start value for encrypting a command.
    pub fn command_iv(&self) -> [u8; 16] {
        self.iv([0xA5, 0x5A])
    }

    /// Start value for decrypting the answer to the last command.
    pub fn answer_iv(&self) -> [u8; 16] {
        self.iv([0x5A, 0xA5])
    }

    fn iv(&self, label: [u8; 2]) -> [u8; 16] {
        let counter = self.counter.to_le_bytes();
        let mut block = [0; 16];
        let parts = label.iter().chain(&self.transaction).chain(&counter);
        for (to, from) in block.iter_mut().zip(parts) {
            *to = *from;
        }
        Cipher::from(&self.encryption).cbc_encrypt(&mut [0; 16], &mut block);
        block
    }

    /// MAC over a code byte (instruction or status), counter, transaction and what is sent.
    fn mac(&self, code: u8, sent: &[u8]) -> [u8; 8] {
        let mut message = Vec::with_capacity(sent.len() + 7);
        message.push(code);
        message.extend(self.counter.to_le_bytes());
        message.extend(self.transaction);
        message.extend_from_slice(sent);
        let full = Cipher::from(&self.mac).cmac([0; 16], &message);
        let mut mac = [0; 8];
        for (to, [_even, odd]) in mac.iter_mut().zip(full.as_chunks::<2>().0) {
            *to = *odd;
        }
        mac
    }
}

impl Messaging for Session {
    fn wrap(&mut self, command: &Command) -> Result<Vec<u8>, Misuse> {
        if self.counter == u16::MAX {
            return Err(Misuse::SessionExhausted);
        }
        let mut payload = command.header.clone();
        let mut data = Zeroizing::new(Vec::with_capacity(command.data.len() + 32));
        data.extend_from_slice(&command.data);
        data.extend_from_slice(&command.trailer);
        if command.mode == Mode::Full && !data.is_empty() {
            pad80(&mut data, 16);
            Cipher::from(&self.encryption).cbc_encrypt(&mut self.command_iv(), &mut data);
        }
        payload.extend_from_slice(&data);
        if command.mode != Mode::Plain {
            payload.extend(self.mac(command.ins.0, &payload));
        }
        // The card counts as soon as it has accepted the command, so its answer is under the next.
        self.counter += 1;
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
        if command.mode == Mode::Plain {
            return Ok(answer.to_vec());
        }
        let (sent, mac) = answer.split_last_chunk::<8>().ok_or(Nonsense::Length)?;
        if !bool::from(self.mac(status.0, sent).ct_eq(mac)) {
            return Err(BadAnswer::WrongMac);
        }
        let mut data = sent.to_vec();
        if command.mode == Mode::Full && !data.is_empty() {
            if !data.len().is_multiple_of(16) {
                return Err(Nonsense::Length.into());
            }
            Cipher::from(&self.encryption).cbc_decrypt(&mut self.answer_iv(), &mut data);
            let end = data.iter().rposition(|byte| *byte != 0).ok_or(Nonsense::Padding)?;
            if data.get(end) != Some(&0x80) || data.len() - end > 16 {
                return Err(Nonsense::Padding.into());
            }
            data.truncate(end);
        }
        Ok(data)
    }
}

/// `label ‖ 00 01 00 80 ‖ A[0..2] ‖ (A[2..8] ⊕ B[0..6]) ‖ B[6..16] ‖ A[8..16]`.
fn session_vector([x, y]: [u8; 2], a: &[u8; 16], b: &[u8; 16]) -> [u8; 32] {
    let head = [x, y, 0x00, 0x01, 0x00, 0x80];
    let front = a.iter().take(2).copied();
    let mixed = a.iter().skip(2).zip(b).take(6).map(|(a, b)| a ^ b);
    let rest = b.iter().skip(6).chain(a.iter().skip(8)).copied();
    let mut vector = [0; 32];
    for (to, from) in vector.iter_mut().zip(head.into_iter().chain(front).chain(mixed).chain(rest))
    {
        *to = from;
    }
    vector
}

fn rotated(random: &[u8; 16]) -> [u8; 16] {
    let mut out = *random;
    out.rotate_left(1);
    out
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ev2::Session").field("counter", &self.counter).finish_non_exhaustive()
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ev2::Handshake(..)")
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ev2::Proof(..)")
    }
}
