//! How long the lists that pages show take with 100 000 cards, beside reading as many rows of the
//! same table by their keys and doing nothing with them.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its figures and stops at the first trouble"
)]

#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use jiff::Timestamp;
use registry::card::{Card, Chip, Validity, Whereabouts};
use registry::history::Draft;
use registry::office::{About, Among, OnChange, Search, StaffEntry};
use registry::person::{Details, Person};
use registry::ports::{Batches, Changeset, LookupHash, People};
use registry::request::{Kind, Life, Request};
use support::Bench;
use uuid::Uuid;
use wire::{AuthorityId, BatchId, CardId, CardSerial, ChipUid, EventId, PersonId, RequestId};

const PEOPLE: u32 = 100_000;
const BATCH: u32 = 500;
/// The last of them wait for their holders.
const READY: u32 = 2_000;
/// The last of them wait for a decision; they have no card yet.
const ASKED: u32 = 5_000;
const ROWS: u32 = 50;
const ROUNDS: u32 = 40;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.sqlite");
    let bench = support::bench_on_file(&path, 1).await;
    fill(&bench).await;
    let baseline = baseline(&path, bench.authority).await;
    println!("{ROWS} rows by their keys: {:.2} ms", ms(baseline));

    let (office, at) = (&bench.office, bench.authority);
    let middle = office.cards(at, Some("active"), Some(card_id(PEOPLE / 2)), 1).await.unwrap();
    let (serial, person) = middle.first().map(|card| (card.serial, card.person)).unwrap();
    let batch = BatchId(id(5, (PEOPLE - 1) / BATCH));
    let waiting = Batches::Waiting { after: None, limit: ROWS };
    let newest = Batches::Newest { before: None, limit: ROWS };
    let search = Search { among: Among::Everybody, name: "mau", window: None, skip: 0, limit: 50 };
    let without = Search { among: Among::WithoutCard, name: "", ..search };

    macro_rules! measure {
        ($name:literal, $rounds:expr, $call:expr) => {{
            drop($call.await.unwrap());
            let started = Instant::now();
            for _ in 0..$rounds {
                drop($call.await.unwrap());
            }
            say($name, started.elapsed() / $rounds, baseline);
        }};
    }
    measure!("counts", ROUNDS, office.counts(at));
    measure!("batches_waiting", ROUNDS, office.batches(at, waiting));
    measure!("batches_newest", ROUNDS, office.batches(at, newest));
    measure!("batch_page", ROUNDS, office.batch_page(at, batch, None, ROWS));
    measure!("cards_page", ROUNDS, office.cards(at, Some("active"), None, ROWS));
    measure!("card_file", ROUNDS, office.card_file(at, serial));
    measure!("trail_of_card", ROUNDS, office.trail(at, About::Card(serial)));
    measure!("trail_back", ROUNDS, office.trail_back(at, None, ROWS));
    measure!("person", ROUNDS, office.person(at, person));
    measure!("ready_units", 5, office.ready_units(at));
    measure!("ready_cards", 5, office.ready_cards(at, None));
    measure!("search_window", 3, office.search(at, &search));
    measure!("search_without_card", 3, office.search(at, &without));
}

fn say(name: &str, took: Duration, baseline: Duration) {
    let ratio = took.as_secs_f64() / baseline.as_secs_f64();
    println!("{name:<20} {:>8.2} ms  {ratio:>7.1} times", ms(took));
    println!(
        r#"{{"bench":"look","what":"{name}","cards":{PEOPLE},"ms":{:.3},"baseline_ms":{:.3},"ratio":{ratio:.2}}}"#,
        ms(took),
        ms(baseline)
    );
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Loads people through the service, and writes their requests and cards as it would have.
async fn fill(bench: &Bench) {
    let clerk = support::by("clerk");
    let all: Vec<u32> = (0..PEOPLE).collect();
    for piece in all.chunks(10_000) {
        let staff = |number: &u32| StaffEntry { staff: support::staff(*number), photo: None };
        let entries = piece.iter().map(staff).collect();
        bench.office.load(bench.authority, entries, OnChange::Propose, &clerk).await.unwrap();
    }
    let mut after: Option<PersonId> = None;
    let mut number = 0;
    loop {
        let page = People::Page { after, limit: BATCH };
        let people = bench.store.people(bench.authority, page).await.unwrap();
        let Some(last) = people.last() else { break };
        after = Some(last.id);
        let now = Timestamp::from_microsecond(1_795_000_000_000_000).unwrap();
        let mut change = Changeset::new(bench.authority, now, "hr".parse().unwrap());
        for person in &people {
            let asked = PEOPLE - number <= ASKED;
            let request = request(bench, person, number, asked);
            change.history.push(row(5 * number, "request.submitted", &request, None));
            if !asked {
                let card = card(bench, person, &request, number);
                for (at, action) in (1..).zip(["card.begun", "card.readied", "card.activated"]) {
                    change.history.push(row(5 * number + at, action, &request, Some(card.id)));
                }
                change.cards.push(card);
            }
            change.requests.push(request);
            number += 1;
        }
        bench.store.commit(change).await.unwrap();
    }
}

fn request(bench: &Bench, person: &Person, number: u32, asked: bool) -> Request {
    let by = "chief".parse().unwrap();
    Request {
        authority: bench.authority,
        id: RequestId(id(3, number)),
        version: 0,
        batch: BatchId(id(5, number / BATCH)),
        person: person.id,
        kind: Kind::First,
        requester: "hr".parse().unwrap(),
        content: person.content_hash(),
        life: if asked { Life::Submitted } else { Life::Fulfilled { by, card: card_id(number) } },
    }
}

fn card(bench: &Bench, person: &Person, request: &Request, number: u32) -> Card {
    let at = Timestamp::from_microsecond(1_795_000_000_000_000).unwrap();
    let details = Details::of(&support::staff(number), None);
    let issue = serde_json::json!({ "code4": "7K2M", "details": details }).to_string();
    let card = card_id(number);
    let context = [b"card\0".as_slice(), card.0.as_bytes()].concat();
    let payload = Payload { msg: issue.as_bytes(), aad: &context };
    // As the keys of the tests do it: the wrapped key is the key.
    let cipher = XChaCha20Poly1305::new_from_slice(person.key.as_ref().unwrap()).unwrap();
    let nonce = [7; 24];
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).unwrap();
    let mut uid = [4; 7];
    uid[3..].copy_from_slice(&number.to_be_bytes());
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    Card {
        authority: bench.authority,
        id: card,
        version: 0,
        serial: CardSerial::from_random(number.into()),
        request: request.id,
        person: person.id,
        uid: ChipUid(uid),
        number: LookupHash(hash),
        status_index: number,
        valid_through: jiff::civil::date(2031, 1, 1),
        begun_at: at,
        station: "station".parse().unwrap(),
        claimed_at: at,
        approver: "chief".parse().unwrap(),
        sealed: [nonce.as_slice(), &sealed].concat(),
        photo: None,
        digests: None,
        evidence: Some(support::evidence()),
        validity: if PEOPLE - number <= ASKED + READY {
            Validity::Ready { at }
        } else {
            Validity::Active { since: at }
        },
        whereabouts: Whereabouts::WithHolder,
        chip: Chip::Personalised,
    }
}

fn row(number: u32, action: &'static str, request: &Request, card: Option<CardId>) -> Draft {
    Draft {
        id: EventId(id(6, number)),
        action,
        person: Some(request.person),
        request: Some(request.id),
        card,
        detail: r#"{"from":"a","to":"b","event":{"event":"x"}}"#.to_owned(),
        sealed: None,
    }
}

const fn card_id(number: u32) -> CardId {
    CardId(id(4, number))
}

/// Ids that grow with `number` and lie as close together as those of one afternoon.
const fn id(kind: u32, number: u32) -> Uuid {
    Uuid::from_u128(((kind as u128) << 112) | ((number as u128) << 64) | 7)
}

/// Reads rows of the card table by their keys, each round others.
async fn baseline(path: &Path, authority: AuthorityId) -> Duration {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let read = |from: u32| {
        let pool = pool.clone();
        async move {
            let rows =
                sqlx::query("select * from card where authority = $1 and id > $2 and id <= $3")
                    .bind(authority.0.as_bytes().to_vec())
                    .bind(card_id(from).0.as_bytes().to_vec())
                    .bind(card_id(from + ROWS).0.as_bytes().to_vec());
            rows.fetch_all(&pool).await.unwrap()
        }
    };
    drop(read(1).await);
    let started = Instant::now();
    for round in 0..ROUNDS {
        assert_eq!(read(round * 1_000).await.len(), ROWS as usize);
    }
    started.elapsed() / ROUNDS
}
