//! Leakage-resilient messaging: authentication with AES keys and LRP sessions, without I/O.
//!
//! A card that has it switched on (for ever) answers to nothing else. Commands look as in EV2
//! messaging; the MAC and the encryption use [`primitive::Lrp`], and blocks of data are numbered by
//! a counter that no command sets back.
//!
//! Source: NXP AN12304 and AN12343 rev. 1.1 §4.

pub mod primitive;

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use self::primitive::Lrp;
use crate::cipher::{odd_bytes, pad80};
use crate::ev2::{Capabilities, TransactionId, mac_head, session_context};
use crate::{
    AesKey, BadAnswer, Command, Family, Ins, KeyNo, Messaging, Misuse, Mode, Nonsense, Status,
};

/// Waits for the card's challenge.
pub struct Handshake {
    key: AesKey,
    rnd_a: [u8; 16],
    kept: Option<(TransactionId, u16)>,
}

/// Waits for the card's proof.
pub struct Proof {
    session: Session,
    rnd_a: [u8; 16],
    rnd_b: Zeroizing<[u8; 16]>,
    first: bool,
}

impl Handshake {
    /// `AuthenticateLRPFirst`: starts a transaction. `rnd_a` must be unpredictable.
    pub fn first(key: &AesKey, rnd_a: [u8; 16]) -> Self {
        Self { key: key.clone(), rnd_a, kept: None }
    }

    /// `AuthenticateLRPNonFirst`: another key, the same transaction and counter.
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

    /// What follows the instruction byte: the key, and that the reader speaks LRP.
    pub fn request(&self, number: KeyNo) -> Vec<u8> {
        let mut payload = Vec::from([number.get()]);
        if self.kept.is_none() {
            payload.extend([6, 0x02, 0, 0, 0, 0, 0]);
        }
        payload
    }

    /// Takes the challenge, `01` and 16 bytes; returns the token to send.
    ///
    /// # Errors
    ///
    /// [`Nonsense::NotLrp`] when the card speaks AES, [`Nonsense::Length`] and [`Nonsense::Value`]
    /// for anything else.
    pub fn challenge(self, challenge: &[u8]) -> Result<(Proof, Vec<u8>), Nonsense> {
        let rnd_b = match challenge {
            [0x01, rnd_b @ ..] => rnd_b.try_into().map_err(|_| Nonsense::Length)?,
            _ if challenge.len() == 16 => return Err(Nonsense::NotLrp),
            _ => return Err(Nonsense::Value),
        };
        let rnd_b = Zeroizing::new(rnd_b);
        let (transaction, counter) = self.kept.unwrap_or_default();
        let session = Session::derive(&self.key, &self.rnd_a, &rnd_b, transaction, counter);
        let mut token = self.rnd_a.to_vec();
        token.extend(session.mac.cmac(&[&self.rnd_a, rnd_b.as_slice()]));
        let proof = Proof { session, rnd_a: self.rnd_a, rnd_b, first: self.kept.is_none() };
        Ok((proof, token))
    }
}

impl Proof {
    /// Takes the card's proof that it knows the key; starts the session.
    ///
    /// # Errors
    ///
    /// [`BadAnswer`] when the proof has another length or is wrong.
    pub fn finish(self, answer: &[u8]) -> Result<Session, BadAnswer> {
        let (data, mac) = answer.split_last_chunk::<16>().ok_or(Nonsense::Length)?;
        if data.len() != if self.first { 16 } else { 0 } {
            return Err(Nonsense::Length.into());
        }
        let expected = self.session.mac.cmac(&[self.rnd_b.as_slice(), &self.rnd_a, data]);
        if !bool::from(expected.ct_eq(mac)) {
            return Err(BadAnswer::WrongMac);
        }
        let mut session = self.session;
        if self.first {
            let mut plain = Zeroizing::new(data.to_vec());
            session.decrypt_blocks(&mut plain);
            let (transaction, rest) = plain.split_first_chunk::<4>().ok_or(Nonsense::Length)?;
            let (card, terminal) = rest.split_first_chunk::<6>().ok_or(Nonsense::Length)?;
            session.transaction = *transaction;
            session.capabilities = Capabilities {
                card: *card,
                terminal: terminal.try_into().map_err(|_| Nonsense::Length)?,
            };
        }
        Ok(session)
    }

    /// The session without the card's proof, for replaying a conversation recorded without it.
    /// `blocks` have been encrypted or decrypted in it.
    pub fn danger_unproven(self, transaction: TransactionId, counter: u16, blocks: u32) -> Session {
        Session { transaction, counter, blocks, ..self.session }
    }
}

/// An LRP session.
pub struct Session {
    mac: Lrp,
    encryption: Lrp,
    transaction: TransactionId,
    counter: u16,
    blocks: u32,
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
        let context = Zeroizing::new(session_context(rnd_a, rnd_b));
        let parts: [&[u8]; 3] = [&[0x00, 0x01, 0x00, 0x80], context.as_slice(), &[0x96, 0x69]];
        let master = AesKey::new(Lrp::new(key, 0).cmac(&parts));
        Self::danger_from_master(&master, transaction, counter, 0)
    }

    /// A session whose master key is known already, as in a recorded conversation. `blocks` have
    /// been encrypted or decrypted in it.
    pub fn danger_from_master(
        master: &AesKey,
        transaction: TransactionId,
        counter: u16,
        blocks: u32,
    ) -> Self {
        Self {
            mac: Lrp::new(master, 0),
            encryption: Lrp::new(master, 1),
            transaction,
            counter,
            blocks,
            capabilities: Capabilities::default(),
        }
    }

    /// The primitive that makes the MACs, for comparing with a recorded conversation.
    pub const fn danger_mac(&self) -> &Lrp {
        &self.mac
    }

    /// The primitive that encrypts, for comparing with a recorded conversation.
    pub const fn danger_encryption(&self) -> &Lrp {
        &self.encryption
    }

    /// The card's name for this transaction.
    pub const fn transaction(&self) -> TransactionId {
        self.transaction
    }

    /// Commands that the card has carried out in this transaction.
    pub const fn counter(&self) -> u16 {
        self.counter
    }

    /// Blocks of 16 bytes that were encrypted or decrypted since the authentication.
    pub const fn blocks(&self) -> u32 {
        self.blocks
    }

    /// What card and terminal told each other; zeros in a session that another one led to.
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn short_mac(&self, code: u8, sent: &[u8]) -> [u8; 8] {
        let head = mac_head(code, self.counter, self.transaction);
        odd_bytes(&self.mac.cmac(&[&head, sent]))
    }

    fn encrypt_blocks(&mut self, data: &mut [u8]) {
        self.encryption.encrypt(&mut self.blocks.to_be_bytes(), data);
        self.count_blocks(data.len());
    }

    fn decrypt_blocks(&mut self, data: &mut [u8]) {
        self.encryption.decrypt(&mut self.blocks.to_be_bytes(), data);
        self.count_blocks(data.len());
    }

    fn count_blocks(&mut self, bytes: usize) {
        self.blocks = self.blocks.wrapping_add(u32::try_from(bytes / 16).unwrap_or(u32::MAX));
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
        let mut payload = command.header.clone();
        let mut data = Zeroizing::new(Vec::with_capacity(command.data.len() + 32));
        command.append_data(&mut data);
        if command.mode == Mode::Full && !data.is_empty() {
            pad80(&mut data, 16);
            self.encrypt_blocks(&mut data);
        }
        payload.extend_from_slice(&data);
        if command.mode != Mode::Plain {
            payload.extend(self.short_mac(command.ins.0, &payload));
        }
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
        if !bool::from(self.short_mac(status.0, sent).ct_eq(mac)) {
            return Err(BadAnswer::WrongMac);
        }
        let mut data = sent.to_vec();
        if command.answer == Mode::Full && !data.is_empty() {
            if !data.len().is_multiple_of(16) {
                return Err(Nonsense::Length.into());
            }
            self.decrypt_blocks(&mut data);
            command.unpad(&mut data)?;
        }
        Ok(data)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("lrp::Session").field("counter", &self.counter).finish_non_exhaustive()
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lrp::Handshake(..)")
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lrp::Proof(..)")
    }
}
