//! A software card behind a link that can be cut, and content for it.

use std::fmt;

use desfire::{AesKey, Link, Uid};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use sha2::{Digest as _, Sha256};

use crate::record::{Gender, Record, Service, StatusRef, TrustList, kid_of};
use crate::{CardKeys, Content, Journal, KeyRole, Made, Map, Purpose, Step, VersionedKey};

pub(crate) const UID: Uid = Uid([0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66]);
pub(crate) const ISSUER: &str = "vn.test.bo-noi-vu";

/// A software card, and how many more exchanges its link carries.
pub(crate) struct Bench {
    pub(crate) card: picc::Card,
    pub(crate) exchanges_left: Option<u32>,
    /// The answer is lost, not the command.
    pub(crate) lose_answer: bool,
    pub(crate) log: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card left the field")
    }
}

impl std::error::Error for Lost {}

impl Link for Bench {
    type Error = Lost;

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Lost> {
        self.log.extend(command.get(1));
        match &mut self.exchanges_left {
            Some(0) if self.lose_answer => {
                self.card.transmit(command);
                return Err(Lost);
            }
            Some(0) => return Err(Lost),
            Some(left) => *left -= 1,
            None => {}
        }
        let answer = self.card.transmit(command);
        if answer.is_empty() { Err(Lost) } else { Ok(answer) }
    }
}

impl Bench {
    pub(crate) fn new(model: picc::Model, size: picc::Size) -> Self {
        let card = picc::Card::factory(model, size, UID.0, counting(7)).unwrap();
        Self { card, exchanges_left: None, lose_answer: false, log: Vec::new() }
    }

    pub(crate) fn ev3() -> Self {
        Self::new(picc::Model::Ev3, picc::Size::K8)
    }

    /// Puts the card back into the field with nothing in its way.
    pub(crate) fn power_up(&mut self) {
        self.card.reset();
        self.exchanges_left = None;
        self.log.clear();
    }
}

/// Bytes that differ from call to call, the same in each run.
pub(crate) fn counting(seed: u8) -> impl FnMut(&mut [u8]) + Send + 'static {
    let mut state = u32::from(seed);
    move |buffer: &mut [u8]| {
        for byte in buffer {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = state.to_be_bytes()[0];
        }
    }
}

/// Remembers what it was told, and fails on demand.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) steps: Vec<Step>,
    pub(crate) done: u32,
    pub(crate) full: bool,
}

impl Journal for Notes {
    type Error = Lost;

    fn before(&mut self, step: &Step) -> Result<(), Lost> {
        if self.full {
            return Err(Lost);
        }
        self.steps.push(step.clone());
        Ok(())
    }

    fn done(&mut self, _: &Made) -> Result<(), Lost> {
        self.done += 1;
        Ok(())
    }
}

fn derived(purpose: Purpose) -> VersionedKey {
    let aid = if purpose == Purpose::PiccMaster { desfire::Aid::PICC } else { Map::default().aid };
    let input = crate::diversification_input(UID, aid, purpose);
    let key = desfire::an10922::aes128(&AesKey::new([0x4D; 16]), &input).unwrap();
    VersionedKey { key, version: 1 }
}

pub(crate) fn shared_uid_key() -> AesKey {
    AesKey::new([0x77; 16])
}

pub(crate) fn keys() -> CardKeys {
    let app = Map::default().roles.into_iter().map(|role: KeyRole| {
        Purpose::of(role)
            .map_or_else(|| VersionedKey { key: shared_uid_key(), version: 1 }, derived)
    });
    CardKeys { picc: derived(Purpose::PiccMaster), app: app.collect() }
}

pub(crate) fn signer() -> SigningKey {
    SigningKey::from_slice(&[0x31; 32]).unwrap()
}

pub(crate) fn spki() -> Vec<u8> {
    signer().verifying_key().to_public_key_der().unwrap().into_vec()
}

pub(crate) fn trust() -> TrustList {
    let mut trust = TrustList::default();
    trust.add(ISSUER, &spki()).unwrap();
    trust
}

/// A made-up holder.
pub(crate) fn record(photo: Option<&[u8]>) -> Record {
    Record {
        issuer: ISSUER.to_owned(),
        issued_at: "2026-01-05T08:00:00Z".parse().unwrap(),
        not_before: "2026-01-05T08:00:00Z".parse().unwrap(),
        expires: "2031-01-05T00:00:00Z".parse().unwrap(),
        status: StatusRef { index: 51_234, uri: "https://the.example/s/1".to_owned() },
        serial: "K7Q2-M4XR-9".to_owned(),
        full_name: "NGUYỄN THỊ VÍ DỤ".to_owned(),
        birth: "19900215".to_owned(),
        gender: Gender::Female,
        service: Service {
            card_number: "CC.000.001190000001".to_owned(),
            card_type: "CC".to_owned(),
            title: "Chuyên viên".to_owned(),
            employing_unit: "Vụ Mẫu".to_owned(),
            managing_agency: "Bộ Nội vụ".to_owned(),
            agency_code: "G01".to_owned(),
            chip: UID,
            photo_sha256: photo.map(|photo| Sha256::digest(photo).into()),
        },
    }
}

pub(crate) fn signed(record: &Record) -> Vec<u8> {
    record
        .sign::<Lost>(kid_of(&spki()), |bytes| {
            let signature: Signature = signer().sign(bytes);
            Ok(signature.to_bytes().into())
        })
        .unwrap()
}

/// Content for the chip [`UID`], with a photo of this many bytes.
pub(crate) fn content(photo_bytes: Option<usize>) -> Content {
    let photo = photo_bytes.map(|length| (0..=255).cycle().take(length).collect::<Vec<u8>>());
    let record = signed(&record(photo.as_deref()));
    Content { uid: UID, keys: keys(), record, photo }
}
