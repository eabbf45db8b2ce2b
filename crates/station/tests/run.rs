//! Whole runs of a station over software cards, with faces set and QR codes read for real.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::rc::Rc;
use std::sync::LazyLock;

use credential::{KeyRole, Map, Purpose, diversification_input};
use desfire::{AesKey, Aid, DesKey, Ins, KeyNo, Link, NewKey, an10922};
use face::{Design, Dpi, Press};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use picc::{Card, Model, Size};
use reader::Disposition::{self, Back, Done, Reject};
use reader::in_process::Silent;
use reader::{FeedError, Feeder, InProcess, Uid};
use sha2::{Digest as _, Sha256};
use station::{
    Event, FaceShop, Journal, Office, OfficeError, RunError, Slot, Station, Stopped, Summary,
};
use wire::station::{
    ChipRefusal, Claim, Claimed, Content, Evidence, Face, Generation, Job, Outcome, Report,
    Spoilage, Unmakeable, VERSION, VersionedKey,
};
use wire::{Bytes, CardSerial, ChipUid, KeyBytes};

#[test]
fn every_order_becomes_ready_with_full_evidence_and_its_faces_on_disk() {
    let mut bench = Bench::new([blank(1), blank_of(Model::Ev2, Size::K4, 2), blank(3)], [0, 1]);
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.ready, summary.stopped), (2, Stopped::NoWork));
    assert_eq!(bench.tray.on(Done), [uid(1), uid(2)]);
    assert_eq!(bench.tray.on(Back), [uid(3)]);

    let mut exchanges = 0;
    for number in [1, 2] {
        let (job, evidence) = bench.ready(number);
        assert_eq!(evidence.record_sha256, sha256(&job.content.record.0));
        assert_eq!(evidence.photo_sha256, job.content.photo.as_ref().map(|photo| sha256(&photo.0)));
        assert_eq!(evidence.qr_decoders, ["rxing", "zbar"]);
        let kept =
            |end| fs::read(bench.folder.path().join(format!("spool/{}{end}", job.serial))).unwrap();
        assert_eq!(evidence.front_sha256, sha256(&kept("-front.png")));
        assert_eq!(evidence.back_sha256, sha256(&kept("-back.png")));
        assert!(kept(".pdf").starts_with(b"%PDF-"));
        bench.assert_holds_its_content(number);
        exchanges += u64::from(evidence.exchanges);
    }
    assert_eq!(summary.exchanges, exchanges);
    assert_eq!(fs::read_dir(bench.folder.path().join("spool")).unwrap().count(), 6);
}

#[test]
fn a_card_that_was_cut_off_anywhere_is_finished_by_the_next_run() {
    let mut rehearsal = Bench::new([blank(1)], [0]);
    rehearsal.run(Some(1)).unwrap();
    let sent = rehearsal.tray.sent();
    let first = |ins: Ins| sent.iter().position(|&byte| byte == ins.0).unwrap();
    let last = |ins: Ins| sent.iter().rposition(|&byte| byte == ins.0).unwrap();
    let picc_key = first(Ins::CHANGE_KEY);
    let cuts = [
        ("while it is examined", 3, Lost::Command),
        ("before the PICC key changes", picc_key, Lost::Command),
        ("as the PICC key changes", picc_key, Lost::Answer),
        ("right after the PICC key changed", picc_key + 1, Lost::Command),
        ("as the application is made", first(Ins::CREATE_APPLICATION), Lost::Answer),
        ("while the content is written", last(Ins::WRITE_DATA), Lost::Command),
        ("as the application's master key changes", last(Ins::CHANGE_KEY), Lost::Answer),
        ("at the end of the read-back", sent.len() - 1, Lost::Answer),
    ];
    for (when, at, lost) in cuts {
        let mut bench = Bench::new([blank(1), blank(2)], [0]);
        bench.tray.cut(at, lost);
        let error = bench.run(None).unwrap_err();
        assert!(matches!(error, RunError::Card(desfire::Error::Link(Silent))), "{when}: {error:?}");
        assert_eq!(bench.office.reports.len(), 0, "{when}");

        let summary = bench.run(None).unwrap();
        assert_eq!((summary.ready, summary.spoiled), (1, 0), "{when}");
        assert_eq!(bench.tray.on(Done), [uid(1)], "{when}");
        assert_eq!(bench.office.cards, 1, "{when}");
        bench.ready(1);
        bench.assert_holds_its_content(1);
        // A card that was only examined is not begun.
        let resumed =
            bench.heard(|event| matches!(event, Event::Resumed { uid } if *uid == chip(1)));
        assert_eq!(resumed, at >= EXAMINATION, "{when}");
    }
}

#[test]
fn a_begun_card_that_was_taken_off_the_reader_goes_before_every_blank() {
    let mut bench = Bench::new([blank(1), blank(2)], [0, 1]);
    bench.tray.cut(40, Lost::Command);
    bench.run(None).unwrap_err();
    bench.tray.eject(Back).unwrap();
    bench.tray.0.borrow_mut().stacked.rotate_left(1);

    bench.run(Some(1)).unwrap();
    assert_eq!((bench.tray.on(Done), bench.office.cards), (vec![uid(1)], 1));
}

#[test]
fn a_report_that_was_lost_makes_no_second_card() {
    // Whether the office has heard it or not, the station cannot know.
    for (lost, ready) in [(Lost::Command, 1), (Lost::Answer, 0)] {
        let mut bench = Bench::new([blank(1), blank(2)], [0]);
        bench.office.lose_next_report = Some(lost);
        let error = bench.run(None).unwrap_err();
        assert!(matches!(error, RunError::Office(OfficeError::Unavailable(_))), "{error:?}");

        let summary = bench.run(None).unwrap();
        assert_eq!((summary.ready, summary.refused, summary.stopped), (ready, 0, Stopped::NoWork));
        assert_eq!((bench.tray.on(Done), bench.tray.on(Back)), (vec![uid(1)], vec![uid(2)]));
        assert_eq!(bench.office.cards, 1);
        bench.ready(1);
        let writes = [Ins::CHANGE_KEY.0, Ins::WRITE_DATA.0, Ins::FORMAT_PICC.0];
        assert!(!bench.tray.sent().iter().any(|ins| writes.contains(ins)), "written again");
        assert!(!bench.heard(|event| matches!(event, Event::ChipRefused { .. })));
    }
}

#[test]
fn a_chip_that_no_key_opens_is_rejected_and_its_order_made_on_the_next_blank() {
    let mut bench = Bench::new([of_somebody_else(blank(1)), blank(2)], [0]);
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.spoiled, summary.ready), (1, 1));
    let reason = Spoilage::KeysUnknown;
    assert_eq!(bench.outcome(1), &Outcome::Spoiled { reason });
    let spoiled = |event: &Event| matches!(event, Event::Spoiled { uid, .. } if *uid == chip(1));
    assert!(bench.heard(spoiled));
    assert_eq!((bench.tray.on(Reject), bench.tray.on(Done)), (vec![uid(1)], vec![uid(2)]));
    assert_eq!(bench.ready(2).0.face.card_number, face(0).card_number);
}

#[test]
fn a_text_that_overflows_sends_the_request_back_and_leaves_the_blank_untouched() {
    let title = "Phó Trưởng phòng phụ trách ".repeat(30);
    sent_back(&Face { title, ..face(0) }, Unmakeable::FaceOverflow);
}

#[test]
fn a_qr_too_dense_sends_the_request_back_and_leaves_the_blank_untouched() {
    sent_back(&Face { qr: "x".repeat(123), ..face(0) }, Unmakeable::QrUnreadable);
}

fn sent_back(face: &Face, expected: Unmakeable) {
    let mut bench = Bench::new([blank(1)], []);
    let before = bench.tray.0.borrow().stacked.clone();
    bench.office.orders.push_back(face.clone());
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.returned, summary.ready, summary.stopped), (1, 0, Stopped::NoWork));
    assert!(matches!(bench.outcome(1), Outcome::Unmakeable { reason, detail }
            if *reason == expected && !detail.is_empty() && !shows_person(detail, face)));
    assert!(
        bench.heard(|event| matches!(event, Event::Returned { reason, .. } if *reason == expected))
    );
    assert_eq!(bench.tray.0.borrow().stacked, before);
}

#[test]
fn a_finished_card_on_the_reader_goes_to_the_finished_ones_and_takes_no_order() {
    let mut bench = Bench::new([blank(1)], [0]);
    bench.run(None).unwrap();
    bench.tray.insert(uid(1)).unwrap();
    bench.office.orders.push_back(face(1));

    let summary = bench.run(None).unwrap();
    assert_eq!((summary.ready, summary.refused, summary.stopped), (0, 1, Stopped::NoBlanks));
    assert_eq!((bench.office.cards, bench.office.orders.len()), (1, 1));
    assert_eq!((bench.tray.on(Done), bench.tray.on(Reject)), (vec![uid(1)], vec![]));
    assert_eq!(bench.office.reports.len(), 1);
}

#[test]
fn a_chip_that_the_office_refuses_is_rejected_and_not_written() {
    let mut bench = Bench::new([blank_of(Model::Ev1, Size::K8, 1), blank(2)], [0]);
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.refused, summary.ready), (1, 1));
    let refused = |event: &Event| matches!(event, Event::ChipRefused { uid, reason: ChipRefusal::Unsuitable } if *uid == chip(1));
    assert!(bench.heard(refused));
    assert_eq!((bench.tray.on(Reject), bench.tray.on(Done)), (vec![uid(1)], vec![uid(2)]));
    assert_eq!(bench.tray.card(uid(1)).card_mut().writes(), 0);
}

#[test]
fn a_run_without_blanks_says_so() {
    let mut bench = Bench::new([blank(1)], [0, 1]);
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.ready, summary.stopped), (1, Stopped::NoBlanks));
    assert_eq!((bench.office.cards, bench.office.orders.len()), (1, 1));
}

#[test]
fn a_run_makes_no_more_than_its_limit() {
    let mut bench = Bench::new([blank(1), blank(2)], [0, 1]);
    for (limit, made) in [(0, 0), (1, 1)] {
        let summary = bench.run(Some(limit)).unwrap();
        assert_eq!((summary.ready, summary.stopped), (limit, Stopped::Limit));
        assert_eq!((bench.office.cards, bench.tray.on(Done).len()), (made, usize::from(made)));
    }
    assert_eq!(bench.tray.loaded().unwrap(), None);
}

#[test]
fn the_journal_is_empty_after_a_clean_run_and_names_the_card_after_a_cut() {
    let mut bench = Bench::new([of_somebody_else(blank(1)), blank(2)], []);
    bench.office.orders.extend([Face { qr: "x".repeat(123), ..face(0) }, face(1)]);
    bench.tray.cut(40, Lost::Command);
    bench.run(None).unwrap_err();
    assert_eq!(bench.journal().unfinished().keys().collect::<Vec<_>>(), [&chip(2)]);

    let summary = bench.run(None).unwrap();
    assert_eq!((summary.ready, summary.stopped), (1, Stopped::NoBlanks));
    assert!(bench.journal().unfinished().is_empty());
}

#[test]
fn a_begun_chip_whose_request_can_no_longer_be_made_is_never_a_blank_again() {
    let mut bench = Bench::new([blank(1), blank(2)], [0]);
    bench.tray.cut(40, Lost::Command);
    bench.run(None).unwrap_err();
    bench.office.jobs.last_mut().unwrap().face.title = "W".repeat(120);

    let summary = bench.run(None).unwrap();
    assert_eq!((summary.spoiled, summary.returned), (1, 1));
    assert_eq!((bench.tray.on(Reject), bench.tray.on(Back)), (vec![uid(1)], vec![uid(2)]));
    assert!(bench.journal().unfinished().is_empty());
}

#[test]
fn events_and_errors_show_no_keys_and_nobody() {
    let ev1 = blank_of(Model::Ev1, Size::K8, 1);
    let mut bench = Bench::new([ev1, of_somebody_else(blank(2)), blank(3)], []);
    let overflow = Face { title: "W".repeat(120), ..face(0) };
    bench.office.orders.extend([overflow, face(1)]);
    bench.tray.cut(60, Lost::Answer);
    let cut = bench.run(None).unwrap_err();
    bench.office.lose_next_report = Some(Lost::Command);
    let unheard = bench.run(None).unwrap_err();
    bench.run(None).unwrap();

    let shown = format!("{:?} {cut:?} {unheard:?} {:?}", bench.events, bench.journal());
    for variant in ["Resumed", "Planned", "Ready", "Spoiled", "Returned", "ChipRefused"] {
        assert!(shown.contains(&format!("{variant} {{")) || shown.contains(&format!("{variant}(")));
    }
    for job in &bench.office.jobs {
        assert!(!shows_person(&shown, &job.face), "{shown}");
        for key in job.content.app_keys.iter().chain([&job.content.picc_key]) {
            let bytes = key.key.expose();
            let listed = format!("{bytes:?}");
            let listed = listed.trim_matches(['[', ']']);
            assert!(!shown.contains(listed) && !shown.to_lowercase().contains(&hex(bytes)));
        }
    }
}

/// One station with its reader, feeder and folder, and the office that it asks.
struct Bench {
    folder: tempfile::TempDir,
    tray: Tray,
    office: Registry,
    events: Vec<Event>,
    dice: u32,
}

impl Bench {
    fn new(blanks: impl IntoIterator<Item = Card>, orders: impl IntoIterator<Item = u8>) -> Self {
        let tray = Tray::of(blanks);
        let orders = orders.into_iter().map(face).collect();
        let office = Registry { orders, ..Registry::default() };
        Self { folder: tempfile::tempdir().unwrap(), tray, office, events: Vec::new(), dice: 1 }
    }

    /// Starts the station and lets it run. What it began before, it knows from its journal alone.
    fn run(&mut self, limit: Option<u32>) -> Result<Summary, RunError<Silent>> {
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
        };
        let ended = station.run(limit, &mut |event| self.events.push(event.clone()));
        self.tray.0.borrow_mut().cut = None;
        ended
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.folder.path().join("journal")).unwrap()
    }

    fn heard(&self, what: impl FnMut(&Event) -> bool) -> bool {
        self.events.iter().any(what)
    }

    /// The only thing that was reported about a chip.
    fn outcome(&self, number: u8) -> &Outcome {
        let about: Vec<_> =
            self.office.reports.iter().filter(|report| report.uid == chip(number)).collect();
        assert_eq!(about.len(), 1, "{about:?}");
        &about.first().unwrap().outcome
    }

    /// The job of a chip, and the evidence with which it was reported ready.
    fn ready(&self, number: u8) -> (&Job, &Evidence) {
        let Outcome::Ready(evidence) = self.outcome(number) else { panic!("not ready") };
        (self.office.job(chip(number)), evidence)
    }

    /// Reads a finished card with the keys of its job.
    fn assert_holds_its_content(&self, number: u8) {
        let content = station::content(chip(number), self.office.job(chip(number)));
        let random: credential::Random<'_> = &mut |bytes| bytes.fill(0x5A);
        let mut link = self.tray.card(uid(number));
        credential::read_back(&mut link, &Map::default(), &content, random).unwrap();
    }
}

/// What breaks off: the way there, or the way back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Lost {
    Command,
    Answer,
}

/// A feeder, its reader and the cards; one that is not on the reader is an image on a stack.
#[derive(Clone, Default)]
struct Tray(Rc<RefCell<Cards>>);

#[derive(Default)]
struct Cards {
    /// By stack; [`Disposition::Back`] is that of the blanks.
    stacked: VecDeque<(Disposition, Uid, Vec<u8>)>,
    on_reader: Option<InProcess>,
    /// Instructions of this run.
    sent: Vec<u8>,
    /// From which exchange of this run on the link is dead, and what of that one is lost.
    cut: Option<(usize, Lost)>,
    insertions: u8,
}

impl Tray {
    fn of(blanks: impl IntoIterator<Item = Card>) -> Self {
        let tray = Self::default();
        tray.0.borrow_mut().stacked.extend(blanks.into_iter().map(|card| kept(Back, &card)));
        tray
    }

    fn cut(&self, at: usize, lost: Lost) {
        self.0.borrow_mut().cut = Some((at, lost));
    }

    fn sent(&self) -> Vec<u8> {
        self.0.borrow().sent.clone()
    }

    fn on(&self, stack: Disposition) -> Vec<Uid> {
        let cards = self.0.borrow();
        cards.stacked.iter().filter(|card| card.0 == stack).map(|card| card.1).collect()
    }

    /// A card that is not on the reader, in a field of its own.
    fn card(&self, uid: Uid) -> InProcess {
        let cards = self.0.borrow();
        InProcess::new(load(&cards.stacked.iter().find(|card| card.1 == uid).unwrap().2, 0))
    }

    fn put(&self, wanted: impl FnMut(&(Disposition, Uid, Vec<u8>)) -> bool) -> Option<Uid> {
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

    fn connect(&mut self) -> Result<Self, Silent> {
        self.0.borrow_mut().on_reader.as_mut().ok_or(Silent)?.card_mut().reset();
        Ok(self.clone())
    }

    fn wait_for_removal(&mut self) -> Result<(), Silent> {
        if self.0.borrow().on_reader.is_none() { Ok(()) } else { Err(Silent) }
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
struct Registry {
    orders: VecDeque<Face>,
    chips: BTreeMap<ChipUid, Life>,
    /// Every job ever made, the latest of a chip last.
    jobs: Vec<Job>,
    cards: u8,
    reports: Vec<Report>,
    lose_next_report: Option<Lost>,
}

enum Life {
    Making,
    Refused(ChipRefusal),
}

impl Registry {
    fn job(&self, uid: ChipUid) -> &Job {
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

fn job(uid: ChipUid, number: u8, face: Face) -> Job {
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
fn face(number: u8) -> Face {
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

fn shows_person(text: &str, face: &Face) -> bool {
    [&face.card_number, &face.full_name, &face.title, &face.qr]
        .iter()
        .any(|&word| text.contains(word))
}

fn blank(number: u8) -> Card {
    blank_of(Model::Ev3, Size::K8, number)
}

fn blank_of(model: Model, size: Size, number: u8) -> Card {
    Card::factory(model, size, uid(number).0, |bytes| bytes.fill(0xC3)).unwrap()
}

/// The card after another issuer has put a key of its own on it.
fn of_somebody_else(card: Card) -> Card {
    let mut link = InProcess::new(card);
    let mut card = desfire::Card::new(&mut link);
    card.select(Aid::PICC).unwrap();
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, [1; 8]).unwrap();
    card.change_own_key(&NewKey::Aes { key: AesKey::new([0x66; 16]), version: 9 }).unwrap();
    link.into_card()
}

fn kept(stack: Disposition, card: &Card) -> (Disposition, Uid, Vec<u8>) {
    (stack, Uid(card.uid()), card.to_bytes())
}

fn load(image: &[u8], seed: u8) -> Card {
    let mut dice = u32::from(seed);
    Card::from_bytes(image, move |bytes| fill(&mut dice, bytes)).unwrap()
}

fn uid(number: u8) -> Uid {
    Uid([4, 0x11, 0x22, 0x33, 0x44, 0x55, number])
}

fn chip(number: u8) -> ChipUid {
    ChipUid(uid(number).0)
}

/// Bytes that differ from call to call, the same in each run.
fn fill(dice: &mut u32, bytes: &mut [u8]) {
    for byte in bytes {
        *dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = dice.to_be_bytes()[0];
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Exchanges before a station claims.
const EXAMINATION: usize = 5;
