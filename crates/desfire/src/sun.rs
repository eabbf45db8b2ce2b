//! Checking a tap: what a card with dynamic messaging mirrors into an address.
//!
//! Pure functions over bytes: who takes an address apart, turns its hexadecimal text into bytes and
//! keeps the last counter of each card is elsewhere. **A right MAC proves that this chip made this
//! text once.** It proves nothing about now: refuse every counter that is not above the last one
//! seen, and say "made at", not "is here".
//!
//! Source: NXP AN12196 §3.4 (AES) and AN12304 with `NT4H2421Gx` §9.3 (LRP).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, odd_bytes};
use crate::lrp::primitive::Lrp;
use crate::{AesKey, Uid};

/// Which card, and its how many-th tap; each only where it is mirrored.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PiccData {
    /// The identifier.
    pub uid: Option<Uid>,
    /// The read counter, 24 bits.
    pub counter: Option<u32>,
}

/// Enciphered data do not become data of a card: another key, or no card made them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the enciphered card data are not those of a card under this key")]
pub struct NoPiccData;

/// The MAC is not the card's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the MAC of the tap is not the card's")]
pub struct WrongMac;

impl PiccData {
    /// Deciphers the 16 bytes that a card in AES mode mirrors. This proves nothing: whoever holds
    /// the meta key can make them.
    ///
    /// # Errors
    ///
    /// [`NoPiccData`].
    pub fn decipher(meta: &AesKey, enciphered: [u8; 16]) -> Result<Self, NoPiccData> {
        let mut plain = Zeroizing::new(enciphered);
        Cipher::from(meta).decrypt(plain.as_mut_slice());
        Self::parse(&plain)
    }

    /// Deciphers the 8 random and 16 other bytes that a card in LRP mode mirrors. This proves
    /// nothing: whoever holds the meta key can make them.
    ///
    /// # Errors
    ///
    /// [`NoPiccData`].
    pub fn decipher_lrp(
        meta: &AesKey,
        mut random: [u8; 8],
        enciphered: [u8; 16],
    ) -> Result<Self, NoPiccData> {
        let mut plain = Zeroizing::new(enciphered);
        Lrp::new(meta, 0).decrypt(&mut random, plain.as_mut_slice());
        Self::parse(&plain)
    }

    /// `tag ‖ UID ‖ counter ‖ filling`.
    fn parse(plain: &[u8; 16]) -> Result<Self, NoPiccData> {
        let [tag, rest @ ..] = plain;
        let (has_uid, has_counter) = (tag & 0x80 != 0, tag & 0x40 != 0);
        if !(has_uid || has_counter) || tag & 0x30 != 0 || (has_uid && tag & 0x0F != 7) {
            return Err(NoPiccData);
        }
        let (uid, rest) = if has_uid {
            let (uid, rest) = rest.split_first_chunk().ok_or(NoPiccData)?;
            (Some(Uid(*uid)), rest)
        } else {
            (None, rest.as_slice())
        };
        let counter = match rest {
            [a, b, c, ..] if has_counter => Some(u32::from_le_bytes([*a, *b, *c, 0])),
            _ => None,
        };
        Ok(Self { uid, counter })
    }

    fn counter_wire(&self) -> Option<[u8; 3]> {
        self.counter.map(crate::command::low3)
    }

    /// UID and counter as they go into a session vector.
    fn to_vector(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(10);
        out.extend(self.uid.iter().flat_map(|uid| uid.0));
        out.extend(self.counter_wire().into_iter().flatten());
        out
    }
}

/// The keys of one tap.
pub struct Tap {
    kind: Kind,
    counter: [u8; 3],
}

enum Kind {
    Aes { encryption: AesKey, mac: AesKey },
    Lrp { encryption: Box<Lrp>, mac: Box<Lrp> },
}

impl Tap {
    /// The keys of a tap in AES mode, from the card's file-read key.
    pub fn aes(file_read: &AesKey, picc: &PiccData) -> Self {
        let cipher = Cipher::from(file_read);
        let derive = |label: [u8; 2]| {
            let mut vector = Zeroizing::new(Vec::from(label));
            vector.extend([0x00, 0x01, 0x00, 0x80]);
            vector.extend(picc.to_vector());
            vector.resize(16, 0);
            AesKey::new(cipher.cmac([0; 16], &[&vector]))
        };
        let kind = Kind::Aes { encryption: derive([0xC3, 0x3C]), mac: derive([0x3C, 0xC3]) };
        Self { kind, counter: picc.counter_wire().unwrap_or_default() }
    }

    /// The keys of a tap in LRP mode, from the card's file-read key.
    pub fn lrp(file_read: &AesKey, picc: &PiccData) -> Self {
        let mut vector = Zeroizing::new(Vec::from([0x00, 0x01, 0x00, 0x80]));
        vector.extend(picc.to_vector());
        vector.resize(14, 0);
        vector.extend([0x1E, 0xE1]);
        let master = AesKey::new(Lrp::new(file_read, 0).cmac(&[&vector]));
        let kind = Kind::Lrp {
            mac: Box::new(Lrp::new(&master, 0)),
            encryption: Box::new(Lrp::new(&master, 1)),
        };
        Self { kind, counter: picc.counter_wire().unwrap_or_default() }
    }

    /// Checks the MAC over `text`: the bytes of the file from where the MAC's input begins to where
    /// the MAC stands, as they were read. Compared in constant time.
    ///
    /// # Errors
    ///
    /// [`WrongMac`].
    pub fn verify(&self, text: &[u8], mac: [u8; 8]) -> Result<(), WrongMac> {
        if bool::from(self.mac(text).ct_eq(&mac)) { Ok(()) } else { Err(WrongMac) }
    }

    fn mac(&self, text: &[u8]) -> [u8; 8] {
        match &self.kind {
            Kind::Aes { mac, .. } => odd_bytes(&Cipher::from(mac).cmac([0; 16], &[text])),
            Kind::Lrp { mac, .. } => odd_bytes(&mac.cmac(&[text])),
        }
    }

    /// Deciphers mirrored file data: whole blocks of 16 bytes; what is over is left out. Check the
    /// MAC first.
    pub fn decipher(&self, enciphered: &[u8]) -> Vec<u8> {
        let mut data = enciphered.to_vec();
        data.truncate(data.len() / 16 * 16);
        let [a, b, c] = self.counter;
        match &self.kind {
            Kind::Aes { encryption, .. } => {
                let cipher = Cipher::from(encryption);
                let mut iv = [a, b, c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                cipher.encrypt(&mut iv);
                cipher.cbc_decrypt(&mut iv, &mut data);
            }
            Kind::Lrp { encryption, .. } => {
                encryption.decrypt(&mut [a, b, c, 0, 0, 0], &mut data);
            }
        }
        data
    }

    /// The two keys of a tap in AES mode, for encryption and for MACs, to compare with published
    /// ones.
    pub const fn danger_aes_keys(&self) -> Option<(&AesKey, &AesKey)> {
        match &self.kind {
            Kind::Aes { encryption, mac } => Some((encryption, mac)),
            Kind::Lrp { .. } => None,
        }
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap(..)")
    }
}
