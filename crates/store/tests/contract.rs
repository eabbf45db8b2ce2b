//! What every store promises, as functions over `&dyn Store`, run on each that ships.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests stop at the first trouble, as tests do"
)]

use std::sync::Arc;

use jiff::Timestamp;
use registry::authority::{Authority, DatedCode};
use registry::card::{Card, Chip, Validity, Whereabouts};
use registry::history::Draft;
use registry::person::Person;
use registry::ports::{
    Batches, BlobId, Cards, Changeset, CommitError, Find, LookupHash, Message, People, Requests,
    Store, StoreError, Subject, Unique,
};
use registry::request::{Kind, Life, Request};
use store::SqliteStore;
use uuid::Uuid;
use wire::{AuthorityId, BatchId, CardId, CardSerial, ChipUid, EventId, PersonId, RequestId};

const AUTHORITY: AuthorityId = AuthorityId(Uuid::from_u128(1));

fn change() -> Changeset {
    Changeset::new(AUTHORITY, Timestamp::UNIX_EPOCH, "tester".parse().unwrap())
}

fn person(number: u8) -> Person {
    Person {
        authority: AUTHORITY,
        id: PersonId(Uuid::from_u128(number.into())),
        version: 0,
        key: Some(vec![number; 40]),
        personal_id: LookupHash([number; 32]),
        sealed: vec![number; 3],
        photo: Some(BlobId([number; 32])),
    }
}

fn request(number: u8, life: Life) -> Request {
    Request {
        authority: AUTHORITY,
        id: RequestId(Uuid::from_u128(number.into())),
        version: 0,
        batch: BatchId(Uuid::from_u128(9)),
        person: PersonId(Uuid::from_u128(number.into())),
        kind: Kind::DataChanged,
        requester: "hr".parse().unwrap(),
        content: [number; 32],
        life,
    }
}

fn card(number: u8, validity: Validity) -> Card {
    Card {
        authority: AUTHORITY,
        id: CardId(Uuid::from_u128(number.into())),
        version: 0,
        serial: CardSerial::from_random(number.into()),
        request: RequestId(Uuid::from_u128(number.into())),
        person: PersonId(Uuid::from_u128(number.into())),
        uid: ChipUid([number; 7]),
        number: LookupHash([number; 32]),
        status_index: number.into(),
        valid_through: jiff::civil::date(2031, 1, i8::try_from(number).unwrap().min(28)),
        begun_at: Timestamp::from_microsecond(1).unwrap(),
        station: "station".parse().unwrap(),
        claimed_at: Timestamp::from_microsecond(2).unwrap(),
        approver: "chief".parse().unwrap(),
        sealed: vec![number],
        photo: None,
        digests: None,
        evidence: None,
        validity,
        whereabouts: Whereabouts::Stock,
        chip: Chip::Personalising,
    }
}

fn active() -> Validity {
    Validity::Active { since: Timestamp::UNIX_EPOCH }
}

fn draft(number: u8) -> Draft {
    Draft {
        id: EventId(Uuid::from_u128(number.into())),
        action: "card.locked",
        person: Some(PersonId(Uuid::from_u128(number.into()))),
        request: Some(RequestId(Uuid::from_u128(number.into()))),
        card: Some(CardId(Uuid::from_u128(number.into()))),
        detail: "{}".to_owned(),
        sealed: Some(vec![number]),
    }
}

fn message(number: u8) -> Message {
    let id = Uuid::from_u128(number.into());
    let (topic, key) = ("card.status".to_owned(), format!("{id}-1"));
    Message { id, topic, key, payload: "{}".to_owned() }
}

async fn records_come_back_as_they_were_committed(store: &dyn Store) {
    let managing = Authority {
        id: AUTHORITY,
        version: 0,
        name: "Bộ Thử nghiệm".to_owned(),
        codes: vec![DatedCode { code: "G01".to_owned(), from: jiff::civil::date(2025, 7, 1) }],
        status_slots: 1 << 17,
    };
    let mut change = change();
    change.managing = Some(managing.clone());
    change.people = vec![person(1), Person { key: None, photo: None, ..person(2) }];
    change.requests = vec![request(1, Life::Submitted)];
    change.cards = vec![card(1, active())];
    change.history = vec![draft(1), Draft { card: None, sealed: None, ..draft(2) }];
    change.outbox = vec![message(1)];
    store.commit(change.clone()).await.unwrap();

    let expected = Authority { version: 1, ..managing };
    assert_eq!(store.authority(AUTHORITY).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.authority_by_code("G01").await.unwrap(), Some(expected.clone()));
    assert_eq!(store.authorities().await.unwrap(), [expected]);
    let people: Vec<Person> =
        change.people.into_iter().map(|person| Person { version: 1, ..person }).collect();
    let page = People::Page { after: None, limit: 10 };
    assert_eq!(store.people(AUTHORITY, page).await.unwrap(), people);
    let hashes = [LookupHash([2; 32])];
    let found = store.people(AUTHORITY, People::PersonalIds(&hashes)).await.unwrap();
    assert_eq!(found, people[1..]);
    let requests = vec![Request { version: 1, ..request(1, Life::Submitted) }];
    let batch = Requests::Batch { batch: BatchId(Uuid::from_u128(9)), after: None, limit: 10 };
    assert_eq!(store.requests(AUTHORITY, batch).await.unwrap(), requests);
    let open = Requests::OpenFor(&[people[0].id, people[1].id]);
    assert_eq!(store.requests(AUTHORITY, open).await.unwrap(), requests);
    let cards = vec![Card { version: 1, ..card(1, active()) }];
    for by in
        [Find::Serial(cards[0].serial), Find::Chip(cards[0].uid), Find::Number(cards[0].number)]
    {
        assert_eq!(store.find(by).await.unwrap(), cards);
    }
    assert_eq!(store.cards(AUTHORITY, Cards::Of(&[people[0].id])).await.unwrap(), cards);
    let past = |day| Cards::PastOn { today: jiff::civil::date(2031, 1, day), limit: 9 };
    assert_eq!(store.cards(AUTHORITY, past(1)).await.unwrap(), []);
    assert_eq!(store.cards(AUTHORITY, past(2)).await.unwrap(), cards);
    let rows = store.chain(AUTHORITY, 0, 10).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].prev, rows[0].hash);
    assert_eq!(rows[1].hash, rows[1].computed_hash());
    assert_eq!(store.head(AUTHORITY).await.unwrap(), rows[1].head());
    assert_eq!(store.chain(AUTHORITY, 1, 10).await.unwrap(), rows[1..]);
    for subject in [
        Subject::Card(cards[0].id),
        Subject::Person(people[0].id),
        Subject::Request(requests[0].id),
    ] {
        assert_eq!(store.history(AUTHORITY, subject).await.unwrap(), rows[..1]);
    }
    assert_eq!(store.outbox(10).await.unwrap(), [message(1)]);
    let counts = store.counts(AUTHORITY).await.unwrap();
    assert_eq!((counts.people, counts.without_photo, counts.history), (2, 1, 2));
    assert_eq!((counts.cards_in("active"), counts.requests_in("submitted")), (1, 1));
    assert_eq!(counts.unsent, 1);
}

async fn nothing_of_another_authority_is_seen(store: &dyn Store) {
    let mut change = change();
    change.people = vec![person(1)];
    change.requests = vec![request(1, Life::Submitted)];
    change.cards = vec![card(1, active())];
    change.history = vec![draft(1)];
    store.commit(change).await.unwrap();
    let other = AuthorityId(Uuid::from_u128(2));
    let people = store.people(other, People::Ids(&[person(1).id])).await.unwrap();
    assert_eq!(people, []);
    let requests = store.requests(other, Requests::Ids(&[request(1, Life::Draft).id])).await;
    assert_eq!(requests.unwrap(), []);
    let id = card(1, active()).id;
    assert_eq!(store.cards(other, Cards::Ids(&[id])).await.unwrap(), []);
    assert_eq!(store.history(other, Subject::Card(id)).await.unwrap(), []);
    assert_eq!(store.chain(other, 0, 10).await.unwrap(), []);
    assert_eq!(store.counts(other).await.unwrap(), registry::view::Counts::default());
}

type Add = fn(&mut Changeset);

async fn stale_version_conflicts_and_leaves_nothing(store: &dyn Store) {
    let mut first = change();
    first.people = vec![person(1)];
    first.requests = vec![request(1, Life::Submitted)];
    first.cards = vec![card(1, active())];
    store.commit(first).await.unwrap();
    let stale: [(&str, Add); 3] = [
        ("person", |change| change.people.push(person(1))),
        ("request", |change| change.requests.push(request(1, Life::Rejected { reason: None }))),
        ("card", |change| change.cards.push(card(1, Validity::Produced))),
    ];
    for (what, add) in stale {
        let mut second = change();
        second.people.push(person(2));
        second.history.push(draft(1));
        second.outbox.push(message(1));
        add(&mut second);
        let lost = store.commit(second).await;
        assert!(matches!(&lost, Err(CommitError::Conflict { what: w }) if *w == what), "{lost:?}");
    }
    let counts = store.counts(AUTHORITY).await.unwrap();
    assert_eq!((counts.people, counts.history, counts.unsent), (1, 0, 0));
}

async fn each_version_is_written_once(store: &dyn Store) {
    let mut first = change();
    first.people = vec![person(1)];
    store.commit(first).await.unwrap();
    for version in 1..4 {
        let mut next = change();
        next.people = vec![Person { version, sealed: vec![9], ..person(1) }];
        store.commit(next.clone()).await.unwrap();
        assert!(matches!(store.commit(next).await, Err(CommitError::Conflict { what: "person" })));
    }
}

async fn what_must_be_unique_is_named(store: &dyn Store) {
    let mut first = change();
    first.people = vec![person(1)];
    first.requests = vec![request(1, Life::Submitted)];
    first.cards = vec![card(1, active())];
    store.commit(first).await.unwrap();
    let one = card(1, active());
    let clashes: [(Unique, Changeset); 6] = [
        (Unique::PersonalId, {
            let clash = Person { personal_id: person(1).personal_id, ..person(2) };
            Changeset { people: vec![clash], ..change() }
        }),
        (Unique::OpenRequest, {
            let clash = Request { person: person(1).id, ..request(2, Life::Checked) };
            Changeset { requests: vec![clash], ..change() }
        }),
        (Unique::Serial, {
            let clash = Card { serial: one.serial, ..card(2, active()) };
            Changeset { cards: vec![clash], ..change() }
        }),
        (Unique::StatusIndex, {
            let clash = Card { status_index: one.status_index, ..card(2, active()) };
            Changeset { cards: vec![clash], ..change() }
        }),
        (Unique::Chip, {
            let clash = Card { uid: one.uid, ..card(2, Validity::Produced) };
            Changeset { cards: vec![clash], ..change() }
        }),
        (Unique::ActiveCard, {
            let clash = Card { person: one.person, ..card(2, active()) };
            Changeset { cards: vec![clash], ..change() }
        }),
    ];
    for (what, clash) in clashes {
        let taken = store.commit(clash).await;
        assert!(matches!(&taken, Err(CommitError::Taken { what: w }) if *w == what), "{taken:?}");
    }
}

async fn a_chip_is_free_again_after_a_cancelled_card(store: &dyn Store) {
    let mut first = change();
    first.cards = vec![card(1, Validity::Cancelled)];
    store.commit(first).await.unwrap();
    let mut second = change();
    second.cards = vec![Card { uid: card(1, active()).uid, ..card(2, Validity::Produced) }];
    store.commit(second).await.unwrap();
    assert_eq!(
        store.find(Find::Chip(card(1, active()).uid)).await.unwrap()[0].id,
        card(2, active()).id
    );
}

async fn pages_join_without_gap_or_overlap(store: &dyn Store) {
    let mut all = change();
    all.people = (1..=50).map(person).collect();
    all.requests = (1..=30).map(|n| request(n, Life::Submitted)).collect();
    store.commit(all).await.unwrap();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = People::Page { after, limit: 7 };
        let people = store.people(AUTHORITY, page).await.unwrap();
        let Some(last) = people.last() else { break };
        after = Some(last.id);
        seen.extend(people.iter().map(|person| person.id));
    }
    assert_eq!(seen, (1..=50).map(|n| person(n).id).collect::<Vec<_>>());
    let without = People::WithoutCard { after: None, limit: 100 };
    let without = store.people(AUTHORITY, without).await.unwrap();
    assert_eq!(without.len(), 20, "30 have open requests");
}

async fn the_oldest_waiting_request_comes_first(store: &dyn Store) {
    let by = || "chief".parse().unwrap();
    let at = Timestamp::UNIX_EPOCH;
    let mut all = change();
    all.requests = vec![
        request(3, Life::Approved { by: by(), at }),
        request(2, Life::Queued { by: by(), at }),
        request(1, Life::Submitted),
    ];
    store.commit(all).await.unwrap();
    let waiting = store.requests(AUTHORITY, Requests::Waiting { limit: 9 }).await.unwrap();
    let waiting: Vec<u128> = waiting.iter().map(|request| request.id.0.as_u128()).collect();
    assert_eq!(waiting, [2, 3]);
}

async fn writers_at_once_all_get_their_turn(store: Arc<dyn Store>) {
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..40 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let mut change = change();
            change.people = vec![person(number)];
            change.history = vec![draft(number)];
            store.commit(change).await.unwrap();
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let rows = store.chain(AUTHORITY, 0, 100).await.unwrap();
    let mut walk = registry::history::Walk::default();
    for row in &rows {
        walk.step(row).unwrap();
    }
    assert_eq!(walk.head().seq, 40);
}

async fn history_is_read_from_its_end_and_the_newest_row_of_each_person_is_found(
    store: &dyn Store,
) {
    let draft = |number: u8, action: &'static str, person: u8| Draft {
        id: EventId(Uuid::from_u128(number.into())),
        action,
        person: Some(PersonId(Uuid::from_u128(person.into()))),
        request: None,
        card: None,
        detail: "{}".to_owned(),
        sealed: None,
    };
    let mut rows = change();
    rows.history = vec![
        draft(1, "person.added", 1),
        draft(2, "person.changed", 1),
        draft(3, "person.changed", 2),
        draft(4, "person.changed", 1),
        draft(5, "person.looked", 1),
    ];
    store.commit(rows).await.unwrap();
    let none: [i64; 0] = [];
    let seqs = |rows: Vec<registry::history::Row>| -> Vec<i64> {
        rows.iter().map(|row| row.seq).collect()
    };
    assert_eq!(seqs(store.chain_back(AUTHORITY, None, 3).await.unwrap()), [5, 4, 3]);
    assert_eq!(seqs(store.chain_back(AUTHORITY, Some(3), 9).await.unwrap()), [2, 1]);
    assert_eq!(seqs(store.chain_back(AUTHORITY, Some(1), 9).await.unwrap()), none);
    let people = [1, 2, 3].map(|person: u8| PersonId(Uuid::from_u128(person.into())));
    let latest = store.latest(AUTHORITY, "person.changed", &people).await.unwrap();
    assert_eq!(seqs(latest), [3, 4]);
    assert_eq!(seqs(store.latest(AUTHORITY, "person.erased", &people).await.unwrap()), none);
    let other = AuthorityId(Uuid::from_u128(2));
    assert_eq!(seqs(store.chain_back(other, None, 9).await.unwrap()), none);
    assert_eq!(seqs(store.latest(other, "person.changed", &people).await.unwrap()), none);
}

async fn batches_are_counted_by_state_and_paged_both_ways(store: &dyn Store) {
    let in_batch = |number: u8, batch: u128, life: Life| Request {
        batch: BatchId(Uuid::from_u128(batch)),
        ..request(number, life)
    };
    let mut made = change();
    made.requests = vec![
        in_batch(1, 7, Life::Submitted),
        in_batch(2, 7, Life::Cancelled),
        in_batch(3, 8, Life::Checked),
        in_batch(4, 9, Life::Rejected { reason: None }),
    ];
    made.history = (1..=4)
        .map(|number: u8| Draft {
            id: EventId(Uuid::from_u128(number.into())),
            action: "request.submitted",
            person: None,
            request: Some(request(number, Life::Draft).id),
            card: None,
            detail: "{}".to_owned(),
            sealed: None,
        })
        .collect();
    store.commit(made).await.unwrap();
    let read = |which: Batches| async move {
        let batches = store.batches(AUTHORITY, which).await.unwrap();
        batches.iter().map(|batch| batch.id.0.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(read(Batches::Waiting { after: None, limit: 9 }).await, [7, 8]);
    let after = Some(BatchId(Uuid::from_u128(7)));
    assert_eq!(read(Batches::Waiting { after, limit: 9 }).await, [8]);
    assert_eq!(read(Batches::Newest { before: None, limit: 2 }).await, [9, 8]);
    let before = Some(BatchId(Uuid::from_u128(8)));
    assert_eq!(read(Batches::Newest { before, limit: 9 }).await, [7]);
    assert_eq!(read(Batches::One(BatchId(Uuid::from_u128(5)))).await, [0_u128; 0]);
    let one = Batches::One(BatchId(Uuid::from_u128(7)));
    let one = store.batches(AUTHORITY, one).await.unwrap().remove(0);
    assert_eq!((one.requests, one.waiting(), one.states["cancelled"]), (2, 1, 1));
    assert_eq!((one.requester.as_str(), one.submitted_at), ("hr", Timestamp::UNIX_EPOCH));
    assert_eq!(store.counts(AUTHORITY).await.unwrap().batches_waiting, 2);
    let other = AuthorityId(Uuid::from_u128(2));
    let all = Batches::Newest { before: None, limit: 9 };
    assert!(store.batches(other, all).await.unwrap().is_empty());
}

macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod memory {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                super::$name(&SqliteStore::in_memory().await.unwrap()).await;
            })*

            #[tokio::test]
            async fn writers_at_once_all_get_their_turn() {
                let store = SqliteStore::in_memory().await.unwrap();
                super::writers_at_once_all_get_their_turn(Arc::new(store)).await;
            }
        }

        mod file {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let dir = tempfile::tempdir().unwrap();
                let store = SqliteStore::open(&dir.path().join("r.sqlite")).await.unwrap();
                super::$name(&store).await;
            })*

            #[tokio::test]
            async fn writers_at_once_all_get_their_turn() {
                let dir = tempfile::tempdir().unwrap();
                let store = SqliteStore::open(&dir.path().join("r.sqlite")).await.unwrap();
                super::writers_at_once_all_get_their_turn(Arc::new(store)).await;
            }
        }
    };
}

contract!(
    records_come_back_as_they_were_committed,
    nothing_of_another_authority_is_seen,
    stale_version_conflicts_and_leaves_nothing,
    each_version_is_written_once,
    what_must_be_unique_is_named,
    a_chip_is_free_again_after_a_cancelled_card,
    pages_join_without_gap_or_overlap,
    the_oldest_waiting_request_comes_first,
    history_is_read_from_its_end_and_the_newest_row_of_each_person_is_found,
    batches_are_counted_by_state_and_paged_both_ways,
);

#[tokio::test]
async fn what_was_committed_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let mut first = change();
    first.people = vec![person(1)];
    store.commit(first).await.unwrap();
    store.close().await;
    let again = SqliteStore::open(&path).await.unwrap();
    assert!(again.is_sound().await.unwrap());
    assert_eq!(again.counts(AUTHORITY).await.unwrap().people, 1);
}

#[tokio::test]
async fn processes_that_open_a_new_file_at_once_agree() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.sqlite");
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let path = path.clone();
        opening.spawn(async move { SqliteStore::open(&path).await.map(drop) });
    }
    while let Some(opened) = opening.join_next().await {
        opened.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.sqlite");
    SqliteStore::open(&path).await.unwrap().close().await;
    run(&path, "insert into schema_version (version) values (99)").await;
    let opened = SqliteStore::open(&path).await;
    assert!(matches!(opened, Err(StoreError::Foreign(_))), "{opened:?}");
}

#[tokio::test]
async fn impossible_stored_values_are_named_by_table_column_and_row() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let mut first = change();
    first.cards = vec![card(1, active())];
    store.commit(first).await.unwrap();
    run(&path, "update card set validity = '{}'").await;
    let found = store.cards(AUTHORITY, Cards::Ids(&[card(1, active()).id])).await;
    let Err(StoreError::Corrupt { table, column, row }) = found else { panic!("{found:?}") };
    assert_eq!((table, column), ("card", "validity"));
    assert_eq!(row, card(1, active()).id.to_string());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_unavailable() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.sqlite");
    std::fs::write(&path, "this is no database, and long enough to be looked at").unwrap();
    let opened = SqliteStore::open(&path).await;
    assert!(matches!(opened, Err(StoreError::Unavailable(_))), "{opened:?}");
}

async fn run(path: &std::path::Path, sql: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    pool.close().await;
}

/// The person as the store has it now.
async fn stored(store: &dyn Store, person: &Person) -> Option<Person> {
    store.people(AUTHORITY, People::Ids(&[person.id])).await.unwrap().pop()
}

#[tokio::test]
async fn what_was_read_before_is_not_read_again_after_an_own_commit() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&dir.path().join("r.sqlite")).await.unwrap();
    let mut now = person(1);
    assert_eq!(stored(&store, &now).await, None);
    for round in 0..50 {
        now.sealed = vec![round];
        let mut change = change();
        change.people = vec![now.clone()];
        store.commit(change).await.unwrap();
        now.version += 1;
        assert_eq!(stored(&store, &now).await, Some(now.clone()), "round {round}");
        assert_eq!(stored(&store, &now).await, Some(now.clone()), "round {round}, again");
    }
}

#[tokio::test]
async fn a_refused_commit_leaves_what_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&dir.path().join("r.sqlite")).await.unwrap();
    let mut first = change();
    first.people = vec![person(1)];
    store.commit(first.clone()).await.unwrap();
    let before = stored(&store, &person(1)).await;
    store.commit(first).await.unwrap_err();
    assert!(before.is_some());
    assert_eq!(stored(&store, &person(1)).await, before);
}

#[tokio::test]
async fn what_one_process_commits_another_soon_reads() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.sqlite");
    let here = SqliteStore::open(&path).await.unwrap();
    let there = SqliteStore::open(&path).await.unwrap();
    let mut now = person(1);
    assert_eq!(stored(&here, &now).await, None);
    for round in 0..20 {
        now.sealed = vec![round];
        let mut change = change();
        change.people = vec![now.clone()];
        there.commit(change).await.unwrap();
        now.version += 1;
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while stored(&here, &now).await.as_ref() != Some(&now) {
            assert!(std::time::Instant::now() < until, "round {round} is not seen");
            tokio::task::yield_now().await;
        }
    }
}
