//! The whole server without a network: a real registry over a store in memory, real sealing, real
//! sign-in. Only the desk of the stations and the workshop are not real.
#![allow(dead_code, unused_imports, reason = "each test uses a part of it")]

mod browser;
mod fakes;
mod keys;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use access::{Gate, Machine, NewAccount, Role};
use axum::Router;
use jiff::{SignedDuration, Timestamp};
use profile::{Profile, QrFields, Sex, Staff, StaffInput};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use registry::Office;
use registry::card::Digests;
use registry::office::{By, For, OnChange, Photo, Ports, StaffEntry, Terms, Which};
use registry::photo::Portrait;
use registry::ports::{Clock, Ids, Store};
use registry::request::Kind;
use registry::view::Claimed;
use sha2::{Digest as _, Sha256};
use store::{PhotoFolder, SqliteStore};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use web::{App, Budget, DemoAccount, Desk, Parts};
use wire::station::{Chip, Evidence, Generation, Outcome};
use wire::{Actor, AuthorityId, CardId, CardSerial, ChipUid, PersonId};

pub(crate) use self::browser::{Answer, Browser, FORM, MULTIPART, multipart};
pub(crate) use self::fakes::{FakeDesk, FakeWorkshop};
use self::keys::TestKeys;

pub(crate) static PROFILE: LazyLock<Arc<Profile>> = LazyLock::new(|| Arc::new(Profile::qd838()));

/// Everybody's password, and the secret of everybody's one-time codes.
pub(crate) const PASSWORD: &str = "mat khau thu nghiem";
pub(crate) const SECRET: &[u8; 20] = b"12345678901234567890";

/// A server, and the parts of it that tests turn.
pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) office: Office,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) workshop: Arc<FakeWorkshop>,
    pub(crate) authority: AuthorityId,
    pub(crate) stop: CancellationToken,
    start: Start,
    gate: Gate,
    accounts: tokio::sync::Mutex<BTreeSet<String>>,
    _dir: tempfile::TempDir,
}

/// Starts a server over what the world holds; it ends what stays open when told to.
type Start = Box<dyn Fn(CancellationToken) -> Router + Send + Sync>;

/// How a world is made.
pub(crate) struct With {
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) budget: Budget,
    pub(crate) demo: Vec<DemoAccount>,
    pub(crate) authority_name: &'static str,
}

impl Default for With {
    fn default() -> Self {
        Self {
            desk: Arc::new(FakeDesk),
            budget: Budget { burst: 1_000_000, ..Budget::default() },
            demo: Vec::new(),
            authority_name: "Bộ Thử nghiệm",
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(With::default()).await
    }

    pub(crate) async fn with(with: With) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::in_memory().await.unwrap());
        let clock = Arc::new(SetClock(AtomicI64::new(1_795_000_000_000_000)));
        let keys = Arc::new(TestKeys::seeded(1));
        let ports = Ports {
            store: Arc::clone(&store) as Arc<dyn Store>,
            keys: Arc::clone(&keys) as Arc<dyn registry::ports::Keys>,
            photos: Arc::new(PhotoFolder::open(&dir.path().join("photos")).unwrap()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(SeededIds::seeded(1)),
        };
        let office = Office::new(ports.clone(), Arc::clone(&PROFILE), Terms::default());
        let ensured = office.ensure_authority("G01", with.authority_name, &by("admin")).await;
        let authority = ensured.unwrap();
        let (of_gate, time_of_gate) = (Arc::clone(&store), Arc::clone(&clock));
        // One source for all gates: a session after a restart is another one than before.
        let random = Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(7)));
        let gate = move || {
            let (time, random) = (Arc::clone(&time_of_gate), Arc::clone(&random));
            Gate::new(
                Arc::clone(&of_gate) as Arc<dyn access::Store>,
                Arc::clone(&keys) as Arc<dyn access::Secrets>,
                access::Terms::default(),
                Machine {
                    now: Box::new(move || time.now()),
                    random: Box::new(move |bytes| random.lock().unwrap().fill(bytes)),
                },
            )
        };
        let workshop = Arc::new(FakeWorkshop::default());
        let start: Start = {
            let (store, office, gate) = (Arc::clone(&store), office.clone(), gate.clone());
            let workshop = Arc::clone(&workshop);
            Box::new(move |stop| {
                let parts = Parts {
                    desk: Arc::clone(&with.desk),
                    workshop: Arc::clone(&workshop) as Arc<dyn web::Workshop>,
                    office: office.clone(),
                    ports: ports.clone(),
                    gate: gate(),
                    drafts: Arc::clone(&store) as Arc<dyn registry::drafts::Drafts>,
                    runs: Arc::clone(&store) as Arc<dyn registry::runs::Runs>,
                    demo: with.demo.clone(),
                    stop,
                };
                web::router(App::with_budget(parts, with.budget))
            })
        };
        let stop = CancellationToken::new();
        Self {
            router: start(stop.clone()),
            start,
            office,
            store,
            clock,
            workshop,
            authority,
            stop,
            gate: gate(),
            accounts: tokio::sync::Mutex::default(),
            _dir: dir,
        }
    }

    /// Ends the server and starts another one over what it has stored.
    pub(crate) fn restart(&mut self) {
        self.stop.cancel();
        self.stop = CancellationToken::new();
        self.router = (self.start)(self.stop.clone());
    }

    /// A browser that nobody signed in with.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser signed in as the role's account, named like the role.
    pub(crate) async fn signed_in(&self, role: Role) -> Browser {
        self.signed_in_as(role.name(), role, None).await
    }

    /// A browser signed in through the sign-in page; the account is made when there is none yet.
    pub(crate) async fn signed_in_as(
        &self,
        name: &str,
        role: Role,
        authority: Option<AuthorityId>,
    ) -> Browser {
        self.account(name, &format!("Cán bộ {name}"), role, authority).await;
        // A code is taken once, so each sign-in has a step of its own.
        self.clock.forward(SignedDuration::from_secs(60));
        let mut browser = self.browser();
        let code = access::code_at(SECRET, self.clock.now());
        let fields = [("name", name), ("password", PASSWORD), ("code", &code), ("next", "/")];
        let answer = browser.post("/sign-in", &fields).await;
        assert_eq!(answer.status.as_u16(), 303, "{}", answer.body);
        browser.learn_csrf().await;
        browser
    }

    /// Makes an account, when there is none of this name.
    pub(crate) async fn account(
        &self,
        name: &str,
        full_name: &str,
        role: Role,
        authority: Option<AuthorityId>,
    ) {
        let mut known = self.accounts.lock().await;
        if known.insert(name.to_owned()) {
            let name: Actor = name.parse().unwrap();
            let full_name = full_name.to_owned();
            let new = NewAccount { name, full_name, role, authority, person: None };
            drop(self.gate.create_known(new, PASSWORD, SECRET).await.unwrap());
        }
    }

    /// Loads people.
    pub(crate) async fn people(&self, entries: Vec<StaffEntry>) -> Vec<PersonId> {
        let load = self.office.load(self.authority, entries, OnChange::Apply, &by("loader")).await;
        load.unwrap().new
    }

    /// Has cards asked for, by account `hr`.
    pub(crate) async fn asked(&self, people: &[PersonId]) -> registry::view::Batch {
        let people = For::People(people.to_vec());
        self.office.request(self.authority, Kind::First, &people, &by("hr")).await.unwrap()
    }

    /// Has a batch approved, by account `approver`.
    pub(crate) async fn approved(&self, batch: &registry::view::Batch) {
        let which = Which::Requests(batch.requests.clone());
        let approval = self.office.approve(self.authority, &which, &by("approver")).await.unwrap();
        assert_eq!(approval.refused, []);
    }

    /// Has the next card made by station `station-1`, on a chip of this number.
    pub(crate) async fn made(&self, number: u8) -> (CardId, CardSerial) {
        let station = by("station-1");
        let chip = blank(number);
        let Claimed::Card(order) =
            self.office.claim(self.authority, &chip, &station).await.unwrap()
        else {
            panic!("nothing to make")
        };
        let digests = Digests { record: [0; 32], photo: None };
        self.office.attach(self.authority, order.card, digests, &station).await.unwrap();
        let outcome = Outcome::Ready(evidence());
        let report = self.office.report(self.authority, order.card, chip.uid, &outcome, &station);
        report.await.unwrap();
        (order.card, order.serial)
    }

    /// A finished card that waits for its holder.
    pub(crate) async fn ready_card(&self, entry: StaffEntry, chip: u8) -> (CardId, CardSerial) {
        let people = self.people(vec![entry]).await;
        let batch = self.asked(&people).await;
        self.approved(&batch).await;
        self.made(chip).await
    }

    /// A card in use.
    pub(crate) async fn active_card(&self, entry: StaffEntry, chip: u8) -> CardSerial {
        let (card, serial) = self.ready_card(entry, chip).await;
        let done = self.office.hand_over(self.authority, &[card], &by("activator")).await.unwrap();
        assert_eq!(done.active, [card]);
        serial
    }

    /// The text of a card's QR code.
    pub(crate) async fn qr(&self, serial: CardSerial) -> String {
        let order = self.office.face_of(self.authority, serial).await.unwrap();
        let number = order.details.card_number.parse().unwrap();
        let fields = QrFields {
            code4: &order.code4,
            card_number: &number,
            full_name: &order.details.full_name,
            birth: order.details.birth.parse().unwrap(),
            sex: if order.details.sex == "female" { Sex::Female } else { Sex::Male },
            title: &order.details.title,
            employing_unit: &order.details.employing_unit,
        };
        PROFILE.qr_payload(&fields, 300).unwrap().text.to_string()
    }

    /// Rows of history so far: grows with every change of the registry.
    pub(crate) async fn rows(&self) -> i64 {
        self.store.head(self.authority).await.unwrap().seq
    }
}

pub(crate) fn by(name: &str) -> By {
    By::from(name.parse::<Actor>().unwrap())
}

/// What a staff list says of an invented person. The number says nothing about anybody.
pub(crate) fn input(number: u32) -> StaffInput {
    StaffInput {
        full_name: "Nguyễn Văn Mẫu".to_owned(),
        birth: "15/06/1985".to_owned(),
        sex: "Nam".to_owned(),
        personal_id: personal_id(number),
        card_type: "CC".to_owned(),
        agency_code: "G01".to_owned(),
        managing_agency: "Bộ Thử nghiệm".to_owned(),
        employing_unit: "Phòng Thử nghiệm".to_owned(),
        title: "Chuyên viên".to_owned(),
        ..StaffInput::default()
    }
}

/// The personal id number of [`input`].
pub(crate) fn personal_id(number: u32) -> String {
    format!("001085{number:06}")
}

pub(crate) fn validated(input: &StaffInput) -> Staff {
    let validated = PROFILE.validate(input, jiff::civil::date(2026, 11, 19));
    let codes: Vec<_> = validated.findings.iter().map(|finding| finding.code).collect();
    validated.staff.unwrap_or_else(|| panic!("refused: {codes:?}"))
}

/// A person with a picture.
pub(crate) fn entry_of(input: &StaffInput, number: u32) -> StaffEntry {
    let print = vec![u8::try_from(number % 251).unwrap(); 64];
    let original_sha256 = Sha256::digest(&print).into();
    let portrait = Portrait { print, chip: vec![vec![7; 20]] };
    StaffEntry { staff: validated(input), photo: Some(Photo { original_sha256, portrait }) }
}

pub(crate) fn entry(number: u32) -> StaffEntry {
    entry_of(&input(number), number)
}

pub(crate) fn blank(number: u8) -> Chip {
    let uid = ChipUid([4, 0, 0, 0, 0, 1, number]);
    Chip { uid, generation: Generation::Ev3, storage_bytes: 8192 }
}

/// Evidence of a record of zeros and no photo.
pub(crate) fn evidence() -> Evidence {
    Evidence {
        record_sha256: "00".repeat(32),
        photo_sha256: None,
        front_sha256: "11".repeat(32),
        back_sha256: "22".repeat(32),
        qr_decoders: vec!["rxing".to_owned(), "zbar".to_owned()],
        exchanges: 40,
    }
}

/// A clock that stands until it is moved.
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn forward(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

struct SeededIds {
    rng: Mutex<ChaCha20Rng>,
    count: AtomicI64,
}

impl SeededIds {
    fn seeded(seed: u64) -> Self {
        let rng = Mutex::new(ChaCha20Rng::seed_from_u64(seed + 1000));
        Self { rng, count: AtomicI64::new(0) }
    }
}

impl Ids for SeededIds {
    fn uuid(&self) -> Uuid {
        let count = u64::try_from(self.count.fetch_add(1, Ordering::SeqCst)).unwrap();
        let mut random = [0; 10];
        self.rng.lock().unwrap().fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(count, &random).into_uuid()
    }

    fn random(&self) -> u64 {
        self.rng.lock().unwrap().random()
    }
}
