//! Authentication with AES keys and EV2 secure messaging, without I/O.
//!
//! Source: NXP AN12343 rev. 1.1 §4 and AN12196 (the same messaging on NTAG 424 DNA).

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, odd_bytes, unpad80};
use crate::{
    AesKey, BadAnswer, Command, Family, Ins, KeyNo, Messaging, Misuse, Mode, Nonsense, Status,
};

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

/// What both ends may do beyond the protocol, as a card and a terminal tell each other in
/// `AuthenticateEV2First`: 6 bytes each.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Capabilities {
    /// The card's.
    pub card: [u8; 6],
    /// The terminal's, as the card echoed them.
    pub terminal: [u8; 6],
}

impl Handshake {
    /// `AuthenticateEV2First`: starts a transaction. `rnd_a` must be unpredictable.
    pub fn first(key: &AesKey, rnd_a: [u8; 16]) -> Self {
        Self { key: key.clone(), rnd_a, kept: None }
    }

    /// `AuthenticateEV2NonFirst`: another key, the same transaction and counter.
    pub fn non_first(session: &Session, key: &AesKey, rnd_a: [u8; 16]) -> Self {
        Self { key: key.clone(), rnd_a, kept: Some((session.transaction, session.counter)) }
    }

    /// The instruction.
    pub const fn ins(&self) -> Ins {
        if self.kept.is_none() {
            Ins::AUTHENTICATE_EV2_FIRST
        } else {
            Ins::AUTHENTICATE_EV2_NON_FIRST
        }
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
        if !plain.len().is_multiple_of(16) {
            return Err(Nonsense::Length.into());
        }
        Cipher::from(&self.key).cbc_decrypt(&mut [0; 16], &mut plain);
        let mut capabilities = Capabilities::default();
        let (transaction, counter, echo) = match (self.kept, plain.as_slice()) {
            (None, [a, b, c, d, rest @ ..]) if plain.len() == 32 => {
                let (echo, rest) = rest.split_first_chunk::<16>().ok_or(Nonsense::Length)?;
                let (card, rest) = rest.split_first_chunk::<6>().ok_or(Nonsense::Length)?;
                let terminal = rest.try_into().map_err(|_| Nonsense::Length)?;
                capabilities = Capabilities { card: *card, terminal };
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
        let mut session =
            Session::derive(&self.key, &self.rnd_a, &self.rnd_b, transaction, counter);
        session.capabilities = capabilities;
        Ok(session)
    }

    /// The session without the card's proof, for replaying a conversation recorded without it.
    pub fn danger_unproven(self, transaction: TransactionId, counter: u16) -> Session {
        Session::derive(&self.key, &self.rnd_a, &self.rnd_b, transaction, counter)
    }
}

/// An EV2 session.
pub struct Session {
    encryption: Cipher,
    mac: Cipher,
    keys: [AesKey; 2],
    transaction: TransactionId,
    counter: u16,
    capabilities: Capabilities,
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
            AesKey::new(cipher.cmac([0; 16], &[vector.as_slice()]))
        };
        let (encryption, mac) = (derive(COMMAND), derive(ANSWER));
        Self::danger_from_keys(encryption, mac, transaction, counter)
    }

    /// A session whose keys are known already, as in a recorded conversation.
    pub fn danger_from_keys(
        encryption: AesKey,
        mac: AesKey,
        transaction: TransactionId,
        counter: u16,
    ) -> Self {
        Self {
            encryption: (&encryption).into(),
            mac: (&mac).into(),
            keys: [encryption, mac],
            transaction,
            counter,
            capabilities: Capabilities::default(),
        }
    }

    /// The key that encrypts, for comparing with a recorded conversation.
    pub const fn danger_encryption_key(&self) -> &AesKey {
        &self.keys[0]
    }

    /// The key of the MACs, for comparing with a recorded conversation.
    pub const fn danger_mac_key(&self) -> &AesKey {
        &self.keys[1]
    }

    /// The card's name for this transaction.
    pub const fn transaction(&self) -> TransactionId {
        self.transaction
    }

    /// Commands that the card has carried out in this transaction.
    pub const fn counter(&self) -> u16 {
        self.counter
    }

    /// What card and terminal told each other; zeros in a session that another one led to.
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Start value for encrypting a command.
    pub fn command_iv(&self) -> [u8; 16] {
        self.iv(COMMAND)
    }

    /// Start value for decrypting the answer to the last command.
    pub fn answer_iv(&self) -> [u8; 16] {
        self.iv(ANSWER)
    }

    fn iv(&self, [x, y]: [u8; 2]) -> [u8; 16] {
        let [t0, t1, t2, t3] = self.transaction;
        let [low, high] = self.counter.to_le_bytes();
        let mut block = [x, y, t0, t1, t2, t3, low, high, 0, 0, 0, 0, 0, 0, 0, 0];
        self.encryption.encrypt(&mut block);
        block
    }

    /// MAC over a code byte (instruction or status), counter, transaction and what is sent.
    fn mac(&self, code: u8, sent: &[u8]) -> [u8; 8] {
        let head = mac_head(code, self.counter, self.transaction);
        odd_bytes(&self.mac.cmac([0; 16], &[&head, sent]))
    }
}

impl Messaging for Session {
    fn family(&self) -> Family {
        Family::Long
    }

    fn wrap(&mut self, command: &Command) -> Result<Vec<u8>, Misuse> {
        if self.counter == u16::MAX {
            return Err(Misuse::SessionExhausted);
        }
        let mut payload = Vec::with_capacity(command.header.len() + command.data.len() + 40);
        payload.extend_from_slice(&command.header);
        command.append_data(&mut payload);
        if command.mode == Mode::Full
            && let Some(data) = payload.get(command.header.len()..).filter(|data| !data.is_empty())
        {
            let padding = 16 - data.len() % 16;
            payload.push(0x80);
            payload.resize(payload.len() + padding - 1, 0);
            let mut iv = self.command_iv();
            if let Some(data) = payload.get_mut(command.header.len()..) {
                self.encryption.cbc_encrypt(&mut iv, data);
            }
        }
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
        if command.answer == Mode::Plain {
            return Ok(answer.to_vec());
        }
        let (sent, mac) = answer.split_last_chunk::<8>().ok_or(Nonsense::Length)?;
        if !bool::from(self.mac(status.0, sent).ct_eq(mac)) {
            return Err(BadAnswer::WrongMac);
        }
        let mut data = sent.to_vec();
        if command.answer == Mode::Full && !data.is_empty() {
            if !data.len().is_multiple_of(16) {
                return Err(Nonsense::Length.into());
            }
            self.encryption.cbc_decrypt(&mut self.answer_iv(), &mut data);
            command.unpad(&mut data)?;
        }
        Ok(data)
    }
}

/// What a MAC covers before the payload: code byte, counter, transaction.
pub(crate) const fn mac_head(code: u8, counter: u16, transaction: TransactionId) -> [u8; 7] {
    let [low, high] = counter.to_le_bytes();
    let [a, b, c, d] = transaction;
    [code, low, high, a, b, c, d]
}

impl Command {
    /// Appends the data and, for another key than the session's, the CRC of the new one.
    pub(crate) fn append_data(&self, payload: &mut Vec<u8>) {
        payload.extend_from_slice(&self.data);
        if let Some(new) = &self.new_key {
            payload.extend(crate::jam_crc([&***new]));
        }
    }

    /// Takes the padding off deciphered data of an answer.
    pub(crate) fn unpad(&self, data: &mut Vec<u8>) -> Result<(), Nonsense> {
        if !self.ins.answers_unpadded() {
            let end = unpad80(data, 16).ok_or(Nonsense::Padding)?;
            data.truncate(end);
        }
        Ok(())
    }
}

/// `label ‖ 00 01 00 80 ‖` [`session_context`].
fn session_vector([x, y]: [u8; 2], a: &[u8; 16], b: &[u8; 16]) -> [u8; 32] {
    let head = [x, y, 0x00, 0x01, 0x00, 0x80];
    let mut vector = [0; 32];
    for (to, from) in vector.iter_mut().zip(head.into_iter().chain(session_context(a, b))) {
        *to = from;
    }
    vector
}

/// `A[0..2] ‖ (A[2..8] ⊕ B[0..6]) ‖ B[6..16] ‖ A[8..16]`: 26 bytes.
pub(crate) fn session_context(a: &[u8; 16], b: &[u8; 16]) -> [u8; 26] {
    let front = a.iter().take(2).copied();
    let mixed = a.iter().skip(2).zip(b).take(6).map(|(a, b)| a ^ b);
    let rest = b.iter().skip(6).chain(a.iter().skip(8)).copied();
    let mut context = [0; 26];
    for (to, from) in context.iter_mut().zip(front.chain(mixed).chain(rest)) {
        *to = from;
    }
    context
}

const COMMAND: [u8; 2] = [0xA5, 0x5A];
const ANSWER: [u8; 2] = [0x5A, 0xA5];

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
