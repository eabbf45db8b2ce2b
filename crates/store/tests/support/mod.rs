//! A registry office over a real store, with real sealing, a clock that is set and seeded ids.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use jiff::{SignedDuration, Timestamp};
use profile::{Profile, Staff, StaffInput};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use registry::Office;
use registry::office::{By, Photo, Ports, StaffEntry, Terms};
use registry::photo::Portrait;
use registry::ports::{Clock, Domain, Ids, Keys, KeysError, LookupHash, Store};
use sha2::{Digest as _, Sha256};
use store::{PhotoFolder, SqliteStore};
use uuid::Uuid;
use wire::station::{Chip, Evidence, Generation, Outcome};
use wire::{AuthorityId, ChipUid};
use zeroize::Zeroizing;

static PROFILE: LazyLock<Arc<Profile>> = LazyLock::new(|| Arc::new(Profile::qd838()));

/// An office with the parts of it that tests turn.
pub(crate) struct Bench {
    pub(crate) office: Office,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) authority: AuthorityId,
    _dir: Option<tempfile::TempDir>,
}

/// An office over a store in memory.
pub(crate) async fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::in_memory().await.unwrap());
    let photos = dir.path().join("photos");
    Bench { _dir: Some(dir), ..bench_over(store, &photos, 1).await }
}

/// An office over a database file; `seed` makes its ids differ from those of another.
pub(crate) async fn bench_on_file(path: &Path, seed: u64) -> Bench {
    let store = Arc::new(SqliteStore::open(path).await.unwrap());
    bench_over(store, &path.with_extension("photos"), seed).await
}

async fn bench_over(store: Arc<dyn Store>, photos: &Path, seed: u64) -> Bench {
    let clock = Arc::new(SetClock(AtomicI64::new(1_795_000_000_000_000)));
    let ports = Ports {
        store: Arc::clone(&store),
        keys: Arc::new(TestKeys(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))),
        photos: Arc::new(PhotoFolder::open(photos).unwrap()),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ids: Arc::new(SeededIds {
            rng: Mutex::new(ChaCha20Rng::seed_from_u64(seed + 1000)),
            count: AtomicI64::new(0),
        }),
    };
    let office = Office::new(ports, Arc::clone(&PROFILE), Terms::default());
    let authority = office.ensure_authority("G01", "Bộ Thử nghiệm", &by("admin")).await.unwrap();
    Bench { office, store, clock, authority, _dir: None }
}

pub(crate) fn by(name: &str) -> By {
    By::from(name.parse::<wire::Actor>().unwrap())
}

/// An invented person. The number says nothing about anybody.
pub(crate) fn staff(number: u32) -> Staff {
    let input = StaffInput {
        full_name: "Nguyễn Văn Mẫu".to_owned(),
        birth: "15/06/1985".to_owned(),
        sex: "Nam".to_owned(),
        personal_id: format!("001085{number:06}"),
        card_type: "CC".to_owned(),
        agency_code: "G01".to_owned(),
        managing_agency: "Bộ Thử nghiệm".to_owned(),
        employing_unit: "Phòng Thử nghiệm".to_owned(),
        title: "Chuyên viên".to_owned(),
        ..StaffInput::default()
    };
    let validated = PROFILE.validate(&input, jiff::civil::date(2026, 11, 19));
    let codes: Vec<_> = validated.findings.iter().map(|finding| finding.code).collect();
    validated.staff.unwrap_or_else(|| panic!("refused: {codes:?}"))
}

pub(crate) fn entry(number: u32) -> StaffEntry {
    let print = vec![u8::try_from(number % 251).unwrap(); 64];
    let original_sha256 = Sha256::digest(&print).into();
    let portrait = Portrait { print, chip: vec![vec![7; 20]] };
    StaffEntry { staff: staff(number), photo: Some(Photo { original_sha256, portrait }) }
}

pub(crate) fn entries(count: u32) -> Vec<StaffEntry> {
    (0..count).map(entry).collect()
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

pub(crate) fn made() -> Outcome {
    Outcome::Ready(evidence())
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

/// The vault's part with one fixed wrapping key: a person's "wrapped" key is the key itself.
struct TestKeys(Mutex<ChaCha20Rng>);

#[async_trait]
impl Keys for TestKeys {
    async fn lookup(&self, domain: Domain, value: &str) -> Result<LookupHash, KeysError> {
        let keyed = ["test key", domain.label(), value].join("\0");
        Ok(LookupHash(Sha256::digest(keyed).into()))
    }

    async fn new_person_key(&self) -> Result<Vec<u8>, KeysError> {
        let mut key = vec![0; 32];
        self.0.lock().unwrap().fill(key.as_mut_slice());
        Ok(key)
    }

    async fn seal(&self, key: &[u8], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, KeysError> {
        let mut nonce = [0; 24];
        self.0.lock().unwrap().fill(&mut nonce);
        let cipher = XChaCha20Poly1305::new_from_slice(key).unwrap();
        let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg, aad }).unwrap();
        Ok([nonce.as_slice(), &sealed].concat())
    }

    async fn open(
        &self,
        key: &[u8],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeysError> {
        let (nonce, msg) = sealed.split_first_chunk::<24>().ok_or(KeysError::DoesNotOpen)?;
        let cipher = XChaCha20Poly1305::new_from_slice(key).unwrap();
        let opened = cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad });
        opened.map(Zeroizing::new).map_err(|_| KeysError::DoesNotOpen)
    }
}
