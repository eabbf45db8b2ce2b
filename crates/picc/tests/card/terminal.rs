//! A small terminal for the tests: AES authentication in both generations, with messaging of its own.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use cmac::{Cmac, Mac};
use picc::{Card, Model, Size};

pub(crate) const UID: [u8; 7] = [0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66];

/// A blank with random bytes that count up.
pub(crate) fn blank(model: Model, size: Size) -> Card {
    Card::factory(model, size, UID, counting()).unwrap()
}

pub(crate) fn counting() -> impl FnMut(&mut [u8]) + Send + 'static {
    let mut next = 0u8;
    move |bytes: &mut [u8]| {
        for byte in bytes {
            next = next.wrapping_mul(5).wrapping_add(17);
            *byte = next;
        }
    }
}

/// Sends one wrapped command and gives data and status.
pub(crate) fn send(card: &mut Card, ins: u8, parameters: &[u8]) -> (Vec<u8>, u8) {
    let mut apdu = vec![0x90, ins, 0, 0];
    if !parameters.is_empty() {
        apdu.push(u8::try_from(parameters.len()).unwrap());
        apdu.extend_from_slice(parameters);
    }
    apdu.push(0);
    let mut answer = card.transmit(&apdu);
    let status = answer.pop().expect("the card has power");
    assert_eq!(answer.pop(), Some(0x91));
    (answer, status)
}

/// Sends a command that must succeed in one frame.
pub(crate) fn ok(card: &mut Card, ins: u8, parameters: &[u8]) -> Vec<u8> {
    let (data, status) = send(card, ins, parameters);
    assert_eq!(status, 0x00, "command {ins:02X}");
    data
}

/// Application 332211 with `keys` AES keys of zeros and these settings, selected.
pub(crate) fn application(card: &mut Card, settings: u8, keys: u8) {
    ok(card, 0xCA, &[0x33, 0x22, 0x11, settings, 0x80 | keys]);
    ok(card, 0x5A, &[0x33, 0x22, 0x11]);
}

pub(crate) fn cbc(key: &[u8; 16], iv: &mut [u8; 16], data: &[u8], encipher: bool) -> Vec<u8> {
    let cipher = Aes128::new_from_slice(key).unwrap();
    let mut out = Vec::new();
    for chunk in data.chunks_exact(16) {
        let mut block: [u8; 16] = chunk.try_into().unwrap();
        if encipher {
            block.iter_mut().zip(iv.iter()).for_each(|(to, with)| *to ^= with);
            cipher.encrypt_block((&mut block).into());
            *iv = block;
        } else {
            cipher.decrypt_block((&mut block).into());
            block.iter_mut().zip(iv.iter()).for_each(|(to, with)| *to ^= with);
            *iv = chunk.try_into().unwrap();
        }
        out.extend_from_slice(&block);
    }
    out
}

fn cmac(key: &[u8; 16], message: &[u8]) -> [u8; 16] {
    let mut mac = Cmac::<Aes128>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

pub(crate) fn crc32(data: &[u8]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 * (crc & 1));
        }
    }
    crc.to_le_bytes()
}

/// A terminal's side of an EV2 session.
pub(crate) struct Ev2 {
    enc: [u8; 16],
    mac: [u8; 16],
    ti: [u8; 4],
    counter: u16,
}

impl Ev2 {
    /// Authenticates for the first time in a transaction.
    pub(crate) fn first(card: &mut Card, key_no: u8, key: &[u8; 16]) -> Result<Self, u8> {
        Self::authenticate(card, 0x71, &[key_no, 0], key, None)
    }

    /// Authenticates again, within the transaction of `self`.
    pub(crate) fn next(self, card: &mut Card, key_no: u8, key: &[u8; 16]) -> Result<Self, u8> {
        Self::authenticate(card, 0x77, &[key_no], key, Some((self.ti, self.counter)))
    }

    fn authenticate(
        card: &mut Card,
        ins: u8,
        hello: &[u8],
        key: &[u8; 16],
        running: Option<([u8; 4], u16)>,
    ) -> Result<Self, u8> {
        let (challenge, status) = send(card, ins, hello);
        if status != 0xAF {
            return Err(status);
        }
        let b = cbc(key, &mut [0; 16], &challenge, false);
        let a: Vec<u8> = (0xA0..0xB0).collect();
        let mut rotated = b.clone();
        rotated.rotate_left(1);
        let token = cbc(key, &mut [0; 16], &[&a[..], &rotated].concat(), true);
        let (proof, status) = send(card, 0xAF, &token);
        if status != 0 {
            return Err(status);
        }
        let proof = cbc(key, &mut [0; 16], &proof, false);
        let (ti, counter, echoed) = match running {
            None => (proof[..4].try_into().unwrap(), 0, &proof[4..20]),
            Some((ti, counter)) => (ti, counter, &proof[..]),
        };
        assert_eq!(echoed, [&a[1..], &a[..1]].concat());
        let mut context = [&a[..8], &b[6..], &a[8..]].concat();
        for at in 0..6 {
            context[at + 2] ^= b[at];
        }
        let derive = |label: [u8; 2]| cmac(key, &[&label[..], &[0, 1, 0, 0x80], &context].concat());
        Ok(Ev2 { enc: derive([0xA5, 0x5A]), mac: derive([0x5A, 0xA5]), ti, counter })
    }

    fn truncated(&self, first: u8, counter: u16, sent: &[u8]) -> Vec<u8> {
        let message = [&[first][..], &counter.to_le_bytes(), &self.ti, sent].concat();
        cmac(&self.mac, &message).into_iter().skip(1).step_by(2).collect()
    }

    fn iv(&self, label: [u8; 2], counter: u16) -> [u8; 16] {
        let plain = [&label[..], &self.ti, &counter.to_le_bytes(), &[0; 8]].concat();
        cbc(&self.enc, &mut [0; 16], &plain, true).try_into().unwrap()
    }

    /// Sends a command with a MAC and gives the answer's data, its MAC checked.
    pub(crate) fn mac(
        &mut self,
        card: &mut Card,
        ins: u8,
        parameters: &[u8],
    ) -> Result<Vec<u8>, u8> {
        let mac = self.truncated(ins, self.counter, parameters);
        self.exchange(card, ins, &[parameters, &mac].concat())
    }

    /// Sends a command with enciphered data and gives the answer's data as they travel, their MAC checked.
    pub(crate) fn full(
        &mut self,
        card: &mut Card,
        ins: u8,
        header: &[u8],
        data: &[u8],
    ) -> Result<Vec<u8>, u8> {
        let sealed = self.encipher(data);
        self.mac(card, ins, &[header, &sealed].concat())
    }

    /// Sends a command that takes the session with it: the answer is bare.
    pub(crate) fn last(self, card: &mut Card, ins: u8, header: &[u8], data: &[u8]) {
        let sealed = if data.is_empty() { Vec::new() } else { self.encipher(data) };
        let parameters = [header, &sealed].concat();
        let mac = self.truncated(ins, self.counter, &parameters);
        assert!(ok(card, ins, &[&parameters[..], &mac].concat()).is_empty());
    }

    fn encipher(&self, data: &[u8]) -> Vec<u8> {
        let mut padded = [data, &[0x80]].concat();
        padded.resize(padded.len().next_multiple_of(16), 0);
        cbc(&self.enc, &mut self.iv([0xA5, 0x5A], self.counter), &padded, true)
    }

    /// Deciphers what [`Ev2::mac`] or [`Ev2::full`] brought.
    pub(crate) fn decipher(&self, sealed: &[u8]) -> Vec<u8> {
        let mut plain = cbc(&self.enc, &mut self.iv([0x5A, 0xA5], self.counter), sealed, false);
        while plain.pop().expect("padding ends with 80") != 0x80 {}
        plain
    }

    fn exchange(&mut self, card: &mut Card, ins: u8, payload: &[u8]) -> Result<Vec<u8>, u8> {
        let (mut data, mut status) = send(card, ins, payload);
        while status == 0xAF {
            let (more, next) = send(card, 0xAF, &[]);
            data.extend(more);
            status = next;
        }
        if status != 0 {
            return Err(status);
        }
        self.counter += 1;
        let mac = data.split_off(data.len() - 8);
        assert_eq!(mac, self.truncated(0, self.counter, &data), "command {ins:02X}");
        Ok(data)
    }
}
