//! One station with its reader, its feeder and the office that it asks, in memory.
#![allow(dead_code, reason = "each file of tests uses a part")]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use credential::{KeyRole, Map, Purpose, diversification_input};
use desfire::{AesKey, Aid, DesKey, KeyNo, Link, NewKey, an10922};
use face::{Design, Dpi, Press};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use picc::{Card, Model, Size};
use reader::Disposition::{self, Back, Done, Reject};
use reader::in_process::Silent;
use reader::{FeedError, Feeder, InProcess, Uid};
use sha2::{Digest as _, Sha256};
use station::{
    Event, FaceShop, Journal, Office, OfficeError, RunError, Seen, Slot, Station, Summary,
};
use wire::station::{
    ChipRefusal, Claim, Claimed, Content, Evidence, Face, Generation, Job, Outcome, Report,
    VERSION, VersionedKey,
};
use wire::{Bytes, CardSerial, ChipUid, KeyBytes};

/// One station with its reader, feeder and folder, and the office that it asks.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) tray: Tray,
    pub(crate) office: Registry,
    pub(crate) events: Vec<Event>,
    pub(crate) dice: u32,
}

impl Bench {
    pub(crate) fn new(
        blanks: impl IntoIterator<Item = Card>,
        orders: impl IntoIterator<Item = u8>,
    ) -> Self {
        let tray = Tray::of(blanks);
        let orders = orders.into_iter().map(face).collect();
        let office = Registry { orders, ..Registry::default() };
        Self { folder: tempfile::tempdir().unwrap(), tray, office, events: Vec::new(), dice: 1 }
    }

    /// Starts the station and lets it run. What it began before, it knows from its journal alone.
    pub(crate) fn run(&mut self, limit: Option<u32>) -> Result<Summary, RunError<Silent>> {
        let events = std::mem::take(&mut self.events);
        let heard = RefCell::new(events);
        let ended = self.start(|station| {
            station.run(limit, &|| true, &mut |event| heard.borrow_mut().push(event.clone()))
        });
        self.events = heard.into_inner();
        ended
    }

    /// Starts the station and has `work` do something with it.
    pub(crate) fn start<T>(&mut self, work: impl FnOnce(&mut Station<'_, Tray>) -> T) -> T {
        static PRESS: LazyLock<Press> = LazyLock::new(|| Press::new(Design::default()).unwrap());
        self.tray.0.borrow_mut().sent.clear();
        let spool = self.folder.path().join("spool");
        let faces = FaceShop::new(PRESS.clone(), Dpi::Dpi300, &spool).unwrap();
        let mut journal = self.journal();
        let mut station = Station {
            office: &mut self.office,
            feeder: &mut self.tray.clone(),
            slot: &mut self.tray,
            faces: &faces,
            journal: &mut journal,
            map: &Map::default(),
            random: &mut |bytes| fill(&mut self.dice, bytes),
            patience: Duration::ZERO,
        };
        let done = work(&mut station);
        self.tray.0.borrow_mut().cut = None;
        done
    }

    pub(crate) fn journal(&self) -> Journal {
        Journal::open(&self.folder.path().join("journal")).unwrap()
    }

    pub(crate) fn heard(&self, what: impl FnMut(&Event) -> bool) -> bool {
        self.events.iter().any(what)
    }

    /// The only thing that was reported about a chip.
    pub(crate) fn outcome(&self, number: u8) -> &Outcome {
        let about: Vec<_> =
            self.office.reports.iter().filter(|report| report.uid == chip(number)).collect();
        assert_eq!(about.len(), 1, "{about:?}");
        &about.first().unwrap().outcome
    }

    /// The job of a chip, and the evidence with which it was reported ready.
    pub(crate) fn ready(&self, number: u8) -> (&Job, &Evidence) {
        let Outcome::Ready(evidence) = self.outcome(number) else { panic!("not ready") };
        (self.office.job(chip(number)), evidence)
    }

    /// Reads a finished card with the keys of its job.
    pub(crate) fn assert_holds_its_content(&self, number: u8) {
        let content = station::content(chip(number), self.office.job(chip(number)));
        let random: credential::Random<'_> = &mut |bytes| bytes.fill(0x5A);
        let mut link = self.tray.card(uid(number));
        credential::read_back(&mut link, &Map::default(), &content, random).unwrap();
    }
}

/// What breaks off: the way there, or the way back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lost {
    Command,
    Answer,
}

/// A feeder, its reader and the cards; one that is not on the reader is an image on a stack.
#[derive(Clone, Default)]
pub(crate) struct Tray(pub(crate) Rc<RefCell<Cards>>);

#[derive(Default)]
pub(crate) struct Cards {
    /// By stack; [`Disposition::Back`] is that of the blanks.
    pub(crate) stacked: VecDeque<(Disposition, Uid, Vec<u8>)>,
    pub(crate) on_reader: Option<InProcess>,
    /// Instructions of this run.
    pub(crate) sent: Vec<u8>,
    /// From which exchange of this run on the link is dead, and what of that one is lost.
    pub(crate) cut: Option<(usize, Lost)>,
    pub(crate) insertions: u8,
    /// How often the reader is not there when it is asked.
    pub(crate) unplugged: u32,
}

impl Tray {
    pub(crate) fn of(blanks: impl IntoIterator<Item = Card>) -> Self {
        let tray = Self::default();
        tray.0.borrow_mut().stacked.extend(blanks.into_iter().map(|card| kept(Back, &card)));
        tray
    }

    pub(crate) fn cut(&self, at: usize, lost: Lost) {
        self.0.borrow_mut().cut = Some((at, lost));
    }

    pub(crate) fn sent(&self) -> Vec<u8> {
        self.0.borrow().sent.clone()
    }

    pub(crate) fn on(&self, stack: Disposition) -> Vec<Uid> {
        let cards = self.0.borrow();
        cards.stacked.iter().filter(|card| card.0 == stack).map(|card| card.1).collect()
    }

    /// A card that is not on the reader, in a field of its own.
    pub(crate) fn card(&self, uid: Uid) -> InProcess {
        let cards = self.0.borrow();
        InProcess::new(load(&cards.stacked.iter().find(|card| card.1 == uid).unwrap().2, 0))
    }

    pub(crate) fn put(
        &self,
        wanted: impl FnMut(&(Disposition, Uid, Vec<u8>)) -> bool,
    ) -> Option<Uid> {
        let mut cards = self.0.borrow_mut();
        assert!(cards.on_reader.is_none(), "a card lies on the reader already");
        let at = cards.stacked.iter().position(wanted)?;
        let (_, uid, image) = cards.stacked.remove(at)?;
        cards.insertions += 1;
        cards.on_reader = Some(InProcess::new(load(&image, cards.insertions)));
        Some(uid)
    }
}

impl Feeder for Tray {
    fn next(&mut self) -> Result<Option<Uid>, FeedError> {
        Ok(self.put(|card| card.0 == Back))
    }

    fn eject(&mut self, to: Disposition) -> Result<(), FeedError> {
        let mut cards = self.0.borrow_mut();
        let card = cards.on_reader.take().ok_or(FeedError::NothingThere)?.into_card();
        match to {
            Back => cards.stacked.push_front(kept(to, &card)),
            Done | Reject => cards.stacked.push_back(kept(to, &card)),
        }
        Ok(())
    }

    fn insert(&mut self, uid: Uid) -> Result<(), FeedError> {
        self.put(|card| card.1 == uid).map(drop).ok_or(FeedError::NoSuchCard)
    }

    fn loaded(&mut self) -> Result<Option<Uid>, FeedError> {
        Ok(self.0.borrow_mut().on_reader.as_mut().map(|link| Uid(link.card_mut().uid())))
    }
}

impl Slot for Tray {
    type Link = Self;

    fn connect(&mut self) -> Result<Seen<Self>, Silent> {
        let mut cards = self.0.borrow_mut();
        if cards.unplugged > 0 {
            cards.unplugged -= 1;
            return Ok(Seen::NoReader);
        }
        let Some(card) = &mut cards.on_reader else { return Ok(Seen::NoCard) };
        card.card_mut().reset();
        Ok(Seen::Card(self.clone()))
    }

    fn wait_for_removal(&mut self) -> Result<bool, Silent> {
        Ok(self.0.borrow().on_reader.is_none())
    }

    fn reader(&self) -> Option<String> {
        (self.0.borrow().unplugged == 0).then(|| "Tray 0".to_owned())
    }
}

impl Link for Tray {
    type Error = Silent;

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Silent> {
        let mut cards = self.0.borrow_mut();
        let number = cards.sent.len();
        cards.sent.extend(command.get(1));
        let cut = cards.cut.filter(|(at, _)| number >= *at);
        if cut.is_some_and(|cut| cut != (number, Lost::Answer)) {
            return Err(Silent);
        }
        let answer = cards.on_reader.as_mut().ok_or(Silent)?.transmit(command)?;
        if cut.is_some() { Err(Silent) } else { Ok(answer) }
    }
}

/// An office that keeps its promises in memory: one job a chip, told again when asked again.
#[derive(Default)]
pub(crate) struct Registry {
    pub(crate) orders: VecDeque<Face>,
    pub(crate) chips: BTreeMap<ChipUid, Life>,
    /// Every job ever made, the latest of a chip last.
    pub(crate) jobs: Vec<Job>,
    pub(crate) cards: u8,
    pub(crate) reports: Vec<Report>,
    pub(crate) lose_next_report: Option<Lost>,
}

pub(crate) enum Life {
    Making,
    Refused(ChipRefusal),
}

impl Registry {
    pub(crate) fn job(&self, uid: ChipUid) -> &Job {
        let made_for = |job: &&Job| job.content.record.0.starts_with(&uid.0);
        self.jobs.iter().rfind(made_for).unwrap()
    }
}

impl Office for Registry {
    fn claim(&mut self, claim: &Claim) -> Result<Claimed, OfficeError> {
        assert_eq!((claim.version, claim.dpi), (VERSION, 300));
        let uid = claim.chip.uid;
        match self.chips.get(&uid) {
            Some(Life::Making) => return Ok(Claimed::Job(Box::new(self.job(uid).clone()))),
            Some(Life::Refused(reason)) => return Ok(Claimed::Refused { reason: *reason }),
            None if claim.chip.generation == Generation::Ev1 => {
                return Ok(Claimed::Refused { reason: ChipRefusal::Unsuitable });
            }
            None => {}
        }
        let Some(face) = self.orders.pop_front() else { return Ok(Claimed::Idle) };
        self.cards += 1;
        let job = job(uid, self.cards, face);
        self.jobs.push(job.clone());
        self.chips.insert(uid, Life::Making);
        Ok(Claimed::Job(Box::new(job)))
    }

    fn report(&mut self, report: &Report) -> Result<(), OfficeError> {
        let lost = self.lose_next_report.take();
        let unavailable = || OfficeError::Unavailable("no route to the office".into());
        if lost == Some(Lost::Command) {
            return Err(unavailable());
        }
        let job = self.job(report.uid);
        assert_eq!((report.version, report.card), (VERSION, job.card));
        let face = job.face.clone();
        let _before = match report.outcome {
            Outcome::Ready(_) => {
                self.chips.insert(report.uid, Life::Refused(ChipRefusal::AlreadyACard))
            }
            Outcome::Spoiled { .. } => {
                self.orders.push_front(face);
                self.chips.insert(report.uid, Life::Refused(ChipRefusal::Spoiled))
            }
            Outcome::Unmakeable { .. } => self.chips.remove(&report.uid),
        };
        self.reports.push(report.clone());
        if lost.is_some() { Err(unavailable()) } else { Ok(()) }
    }
}

pub(crate) fn job(uid: ChipUid, number: u8, face: Face) -> Job {
    let map = Map::default();
    let key = |aid, purpose| {
        let input = diversification_input(desfire::Uid(uid.0), aid, purpose);
        an10922::aes128(&AesKey::new([0x4D; 16]), &input).unwrap()
    };
    let versioned = |key: AesKey| VersionedKey { key: KeyBytes::new(*key.expose()), version: 1 };
    let app_key = |role: &KeyRole| match Purpose::of(*role) {
        Some(purpose) => versioned(key(map.aid, purpose)),
        None => versioned(AesKey::new([0x77; 16])),
    };
    let bytes = |length| uid.0.into_iter().chain(number..=255).cycle().take(length).collect();
    Job {
        specimen: true,
        card: format!("00000000-0000-0000-0000-{number:012}").parse().unwrap(),
        serial: CardSerial::from_random(u64::from(number)),
        request: format!("00000000-0000-0000-0001-{number:012}").parse().unwrap(),
        face,
        content: Content {
            picc_key: versioned(key(Aid::PICC, Purpose::PiccMaster)),
            app_keys: map.roles.iter().map(app_key).collect(),
            record: Bytes(bytes(358)),
            photo: Some(Bytes(bytes(1400))),
        },
    }
}

/// The face of an invented person.
pub(crate) fn face(number: u8) -> Face {
    let card_number = format!("G09.00118800000{number}.CC");
    let full_name = "TRẦN THỊ MINH KHUÊ".to_owned();
    let mut portrait = std::io::Cursor::new(Vec::new());
    let drawn = RgbImage::from_fn(90, 120, |x, y| {
        let inside = (x.abs_diff(45).pow(2) + y.abs_diff(55).pow(2)) < 900;
        if inside { Rgb([222, 178, 142]) } else { Rgb([190, 212, 228]) }
    });
    DynamicImage::from(drawn).write_to(&mut portrait, ImageFormat::Jpeg).unwrap();
    Face {
        managing_agency: "Bộ Nội vụ".to_owned(),
        national_emblem: true,
        employing_unit: "Vụ Công chức - Viên chức".to_owned(),
        title: "Chuyên viên chính".to_owned(),
        portrait: Bytes(portrait.into_inner()),
        qr: format!("A7K{number}|{card_number}|{full_name}|12/03/1988|Nữ"),
        card_number,
        full_name,
        valid_through: "2031-12-31".parse().unwrap(),
    }
}

pub(crate) fn shows_person(text: &str, face: &Face) -> bool {
    [&face.card_number, &face.full_name, &face.title, &face.qr]
        .iter()
        .any(|&word| text.contains(word))
}

pub(crate) fn blank(number: u8) -> Card {
    blank_of(Model::Ev3, Size::K8, number)
}

pub(crate) fn blank_of(model: Model, size: Size, number: u8) -> Card {
    Card::factory(model, size, uid(number).0, |bytes| bytes.fill(0xC3)).unwrap()
}

/// The card after another issuer has put a key of its own on it.
pub(crate) fn of_somebody_else(card: Card) -> Card {
    let mut link = InProcess::new(card);
    let mut card = desfire::Card::new(&mut link);
    card.select(Aid::PICC).unwrap();
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, [1; 8]).unwrap();
    card.change_own_key(&NewKey::Aes { key: AesKey::new([0x66; 16]), version: 9 }).unwrap();
    link.into_card()
}

pub(crate) fn kept(stack: Disposition, card: &Card) -> (Disposition, Uid, Vec<u8>) {
    (stack, Uid(card.uid()), card.to_bytes())
}

pub(crate) fn load(image: &[u8], seed: u8) -> Card {
    let mut dice = u32::from(seed);
    Card::from_bytes(image, move |bytes| fill(&mut dice, bytes)).unwrap()
}

pub(crate) fn uid(number: u8) -> Uid {
    Uid([4, 0x11, 0x22, 0x33, 0x44, 0x55, number])
}

pub(crate) fn chip(number: u8) -> ChipUid {
    ChipUid(uid(number).0)
}

/// Bytes that differ from call to call, the same in each run.
pub(crate) fn fill(dice: &mut u32, bytes: &mut [u8]) {
    for byte in bytes {
        *dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = dice.to_be_bytes()[0];
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
