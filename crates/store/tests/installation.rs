//! What every store promises about accounts, sessions, failures, drafts and runs, as functions over
//! the ports, run on each that ships; and that databases of older releases are brought up to date.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first trouble, as tests do")]

use access::ports::StoredSession;
use access::{Account, Failures, PasswordHash, Role, SaveError, SealedSecret, TokenHash};
use jiff::Timestamp;
use registry::drafts::{Draft, DraftId, Drafts};
use registry::ports::{CommitError, StoreError, Unique};
use registry::runs::{Run, RunId, Runs, State};
use sqlx::Connection as _;
use store::SqliteStore;
use uuid::Uuid;
use wire::{Actor, AuthorityId, PersonId};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn actor(name: &str) -> Actor {
    name.parse().unwrap()
}

fn account(name: &str) -> Account {
    Account {
        name: actor(name),
        full_name: "Nguyễn Thị Thử".to_owned(),
        role: Role::Hr,
        authority: Some(AuthorityId(Uuid::from_u128(1))),
        person: Some(PersonId(Uuid::from_u128(2))),
        password: PasswordHash("$argon2id$v=19$…".to_owned()),
        totp: SealedSecret { key: vec![1, 2], sealed: vec![3; 61] },
        last_step: Some(59_000_000),
        disabled: false,
        version: 0,
    }
}

async fn accounts_come_back_as_they_were_saved(store: &dyn access::Store) {
    let bare = Account {
        authority: None,
        person: None,
        last_step: None,
        disabled: true,
        ..account("bao-ve")
    };
    for saved in [account("hr.lan"), bare.clone()] {
        store.save_account(&saved).await.unwrap();
    }
    let lan = Account { version: 1, ..account("hr.lan") };
    assert_eq!(store.account(&lan.name).await.unwrap(), Some(lan.clone()));
    assert_eq!(store.accounts().await.unwrap(), [Account { version: 1, ..bare }, lan.clone()]);
    assert_eq!(store.account(&actor("nobody")).await.unwrap(), None);
    for role in Role::ALL {
        let version = store.account(&lan.name).await.unwrap().unwrap().version;
        store.save_account(&Account { role, version, ..lan.clone() }).await.unwrap();
        let read = store.account(&lan.name).await.unwrap().unwrap();
        assert_eq!((read.role, read.version), (role, version + 1));
    }
}

async fn an_account_is_saved_at_the_version_that_was_read_only(store: &dyn access::Store) {
    store.save_account(&account("hr")).await.unwrap();
    let stale = Account { disabled: true, ..account("hr") };
    for version in [0, 2, 5] {
        let lost = store.save_account(&Account { version, ..stale.clone() }).await;
        assert!(matches!(lost, Err(SaveError::Conflict)), "{version}: {lost:?}");
    }
    assert!(!store.account(&actor("hr")).await.unwrap().unwrap().disabled);
    let unknown = Account { version: 1, ..account("unknown") };
    assert!(matches!(store.save_account(&unknown).await, Err(SaveError::Conflict)));
    assert_eq!(store.account(&actor("unknown")).await.unwrap(), None);
}

fn session(number: u8, account: &str, started: i64) -> StoredSession {
    StoredSession {
        token: TokenHash([number; 32]),
        account: actor(account),
        started: at(started),
        seen: at(started),
    }
}

async fn sessions_are_found_touched_and_ended(store: &dyn access::Store) {
    let one = session(1, "hr", 100);
    store.start_session(&one).await.unwrap();
    assert_eq!(store.session(&one.token).await.unwrap(), Some(one.clone()));
    store.touch_session(&one.token, at(160)).await.unwrap();
    store.touch_session(&one.token, at(130)).await.unwrap();
    store.touch_session(&TokenHash([9; 32]), at(160)).await.unwrap();
    let touched = StoredSession { seen: at(160), ..one.clone() };
    assert_eq!(store.session(&one.token).await.unwrap(), Some(touched));
    for _ in 0..2 {
        store.end_session(&one.token).await.unwrap();
        assert_eq!(store.session(&one.token).await.unwrap(), None);
    }
}

async fn all_sessions_of_one_account_end_together(store: &dyn access::Store) {
    for (number, account) in [(1, "hr"), (2, "hr"), (3, "guard")] {
        store.start_session(&session(number, account, 100)).await.unwrap();
    }
    assert_eq!(store.end_sessions_of(&actor("hr")).await.unwrap(), 2);
    assert_eq!(store.end_sessions_of(&actor("hr")).await.unwrap(), 0);
    assert!(store.session(&TokenHash([3; 32])).await.unwrap().is_some());
}

async fn idle_and_old_sessions_are_swept(store: &dyn access::Store) {
    for (number, started) in [(1, 100), (2, 200), (3, 300)] {
        store.start_session(&session(number, "hr", started)).await.unwrap();
    }
    store.touch_session(&TokenHash([1; 32]), at(400)).await.unwrap();
    assert_eq!(store.sweep_sessions(at(300), at(101)).await.unwrap(), 2);
    assert!(store.session(&TokenHash([3; 32])).await.unwrap().is_some());
}

async fn failures_are_counted_by_key_and_time(store: &dyn access::Store) {
    let (mine, other) = ([1; 32], [2; 32]);
    assert_eq!(store.failures(&mine, at(0)).await.unwrap(), Failures::default());
    for second in [10, 20, 20] {
        store.add_failure(&mine, at(second)).await.unwrap();
    }
    store.add_failure(&other, at(30)).await.unwrap();
    let counted = |count, last| Failures { count, last: Some(at(last)) };
    assert_eq!(store.failures(&mine, at(0)).await.unwrap(), counted(3, 20));
    assert_eq!(store.failures(&mine, at(20)).await.unwrap(), counted(2, 20));
    assert_eq!(store.failures(&mine, at(21)).await.unwrap(), Failures::default());
    store.clear_failures(&mine).await.unwrap();
    assert_eq!(store.failures(&mine, at(0)).await.unwrap(), Failures::default());
    assert_eq!(store.failures(&other, at(0)).await.unwrap(), counted(1, 30));
    assert_eq!(store.sweep_failures(at(30)).await.unwrap(), 0);
    assert_eq!(store.sweep_failures(at(31)).await.unwrap(), 1);
}

fn draft(number: u8, owner: &str, changed: i64) -> Draft {
    Draft {
        id: DraftId(Uuid::from_u128(number.into())),
        owner: actor(owner),
        authority: Some(AuthorityId(Uuid::from_u128(1))),
        version: 0,
        key: vec![number; 61],
        created_at: at(1),
        changed_at: at(changed),
        sealed: vec![number; 100],
    }
}

async fn drafts_come_back_as_they_were_saved(store: &dyn Drafts) {
    let first = Draft { authority: None, ..draft(1, "hr", 10) };
    for saved in [first.clone(), draft(2, "hr", 20), draft(3, "other", 30)] {
        store.save(&saved).await.unwrap();
    }
    let (first, second) =
        (Draft { version: 1, ..first }, Draft { version: 1, ..draft(2, "hr", 20) });
    assert_eq!(store.draft(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.drafts_of(&actor("hr")).await.unwrap(), [second, first.clone()]);
    assert_eq!(store.drafts_of(&actor("nobody")).await.unwrap(), []);
    // Who it belongs to and its key are settled at the beginning.
    let stolen = Draft { owner: actor("thief"), key: vec![0], created_at: at(9), ..first.clone() };
    let changed = Draft { sealed: vec![7], changed_at: at(40), ..stolen };
    store.save(&changed).await.unwrap();
    let expected = Draft { sealed: vec![7], changed_at: at(40), version: 2, ..first.clone() };
    assert_eq!(store.draft(first.id).await.unwrap(), Some(expected));
}

async fn a_draft_is_saved_at_the_version_that_was_read_only(store: &dyn Drafts) {
    store.save(&draft(1, "hr", 10)).await.unwrap();
    for version in [0, 2] {
        let lost = store.save(&Draft { version, ..draft(1, "hr", 11) }).await;
        assert!(matches!(lost, Err(CommitError::Conflict { what: "draft" })), "{lost:?}");
    }
}

async fn a_removed_draft_takes_its_parts_along_and_does_not_come_back(store: &dyn Drafts) {
    let (id, other) = (draft(1, "hr", 10).id, draft(2, "hr", 10).id);
    for saved in [draft(1, "hr", 10), draft(2, "hr", 10)] {
        store.save(&saved).await.unwrap();
        store.put_part(saved.id, "list", vec![1]).await.unwrap();
    }
    for _ in 0..2 {
        store.remove(id).await.unwrap();
        assert_eq!(store.draft(id).await.unwrap(), None);
        assert_eq!(store.part(id, "list").await.unwrap(), None);
        assert!(store.parts(id).await.unwrap().is_empty());
    }
    assert_eq!(store.part(other, "list").await.unwrap(), Some(vec![1]));
    let late = store.put_part(id, "list", vec![1]).await;
    assert!(matches!(late, Err(CommitError::Conflict { what: "draft" })), "{late:?}");
    let late = store.save(&Draft { version: 1, ..draft(1, "hr", 11) }).await;
    assert!(matches!(late, Err(CommitError::Conflict { what: "draft" })), "{late:?}");
    assert_eq!(store.draft(id).await.unwrap(), None);
}

async fn parts_are_named_replaced_and_removed(store: &dyn Drafts) {
    let draft = draft(1, "hr", 10);
    store.save(&draft).await.unwrap();
    let list = vec![0xA5; 20 << 20];
    store.put_part(draft.id, "list", list.clone()).await.unwrap();
    for name in ["photo/002", "photo/001"] {
        store.put_part(draft.id, name, vec![1]).await.unwrap();
    }
    store.put_part(draft.id, "photo/001", vec![2, 2]).await.unwrap();
    assert_eq!(store.part(draft.id, "list").await.unwrap(), Some(list));
    assert_eq!(store.part(draft.id, "photo/001").await.unwrap(), Some(vec![2, 2]));
    assert_eq!(store.part(draft.id, "photo/003").await.unwrap(), None);
    assert_eq!(store.parts(draft.id).await.unwrap(), ["list", "photo/001", "photo/002"]);
    for _ in 0..2 {
        store.remove_part(draft.id, "photo/001").await.unwrap();
        assert_eq!(store.parts(draft.id).await.unwrap(), ["list", "photo/002"]);
    }
    assert_eq!(store.draft(draft.id).await.unwrap().unwrap().version, 1);
}

async fn forgotten_drafts_are_swept_with_their_parts(store: &dyn Drafts) {
    for saved in [draft(1, "hr", 10), draft(2, "hr", 20), draft(3, "other", 5)] {
        store.save(&saved).await.unwrap();
        store.put_part(saved.id, "list", vec![1]).await.unwrap();
    }
    assert_eq!(store.sweep(at(20)).await.unwrap(), 2);
    assert_eq!(store.part(draft(1, "hr", 10).id, "list").await.unwrap(), None);
    assert_eq!(store.parts(draft(2, "hr", 20).id).await.unwrap(), ["list"]);
}

fn run(number: u8, station: &str) -> Run {
    Run {
        id: RunId(Uuid::from_u128(number.into())),
        station: actor(station),
        started_by: actor("operator"),
        started_at: at(number.into()),
        limit: Some(300),
        state: State::Wanted,
        made: 0,
        failed: 0,
        version: 0,
    }
}

async fn runs_come_back_as_they_were_saved(store: &dyn Runs) {
    let first = run(1, "tram-01");
    store.save(&first).await.unwrap();
    store.save(&Run { limit: None, ..run(2, "tram-02") }).await.unwrap();
    let open = Run { version: 1, ..first };
    assert_eq!(store.open_run(&open.station).await.unwrap(), Some(open.clone()));
    let over = Run { made: 298, failed: 2, state: State::Stopped { at: at(9) }, ..open };
    store.save(&over).await.unwrap();
    assert_eq!(store.open_run(&over.station).await.unwrap(), None);
    store.save(&run(3, "tram-01")).await.unwrap();
    let (third, first) = (Run { version: 1, ..run(3, "tram-01") }, Run { version: 2, ..over });
    assert_eq!(store.runs(&first.station, 9).await.unwrap(), [third.clone(), first]);
    assert_eq!(store.runs(&third.station, 1).await.unwrap(), [third]);
    let other = store.open_run(&actor("tram-02")).await.unwrap().unwrap();
    assert_eq!(other.limit, None);
}

async fn a_station_has_one_run_to_carry_out(store: &dyn Runs) {
    store.save(&run(1, "tram-01")).await.unwrap();
    let second = store.save(&run(2, "tram-01")).await;
    assert!(matches!(second, Err(CommitError::Taken { what: Unique::OpenRun })), "{second:?}");
    let over = Run { version: 1, state: State::Stopped { at: at(9) }, ..run(1, "tram-01") };
    store.save(&over).await.unwrap();
    store.save(&run(2, "tram-01")).await.unwrap();
    let reopened = store.save(&Run { version: 2, state: State::Wanted, ..over }).await;
    assert!(matches!(reopened, Err(CommitError::Taken { what: Unique::OpenRun })), "{reopened:?}");
}

async fn a_run_is_saved_at_the_version_that_was_read_only(store: &dyn Runs) {
    store.save(&run(1, "tram-01")).await.unwrap();
    for version in [0, 2] {
        let lost = store.save(&Run { version, made: 9, ..run(1, "tram-01") }).await;
        assert!(matches!(lost, Err(CommitError::Conflict { what: "run" })), "{lost:?}");
    }
    assert_eq!(store.open_run(&actor("tram-01")).await.unwrap().unwrap().made, 0);
}

macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod memory {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                super::$name(&SqliteStore::in_memory().await.unwrap()).await;
            })*
        }

        mod file {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let dir = tempfile::tempdir().unwrap();
                let store = SqliteStore::open(&dir.path().join("r.sqlite")).await.unwrap();
                super::$name(&store).await;
            })*
        }
    };
}

contract!(
    accounts_come_back_as_they_were_saved,
    an_account_is_saved_at_the_version_that_was_read_only,
    sessions_are_found_touched_and_ended,
    all_sessions_of_one_account_end_together,
    idle_and_old_sessions_are_swept,
    failures_are_counted_by_key_and_time,
    drafts_come_back_as_they_were_saved,
    a_draft_is_saved_at_the_version_that_was_read_only,
    a_removed_draft_takes_its_parts_along_and_does_not_come_back,
    parts_are_named_replaced_and_removed,
    forgotten_drafts_are_swept_with_their_parts,
    runs_come_back_as_they_were_saved,
    a_station_has_one_run_to_carry_out,
    a_run_is_saved_at_the_version_that_was_read_only,
);

async fn execute(path: &std::path::Path, sql: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_release_gains_the_new_tables_and_keeps_what_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.sqlite");
    for sql in [
        "create table schema_version (version bigint not null primary key);
         insert into schema_version (version) values (1);",
        include_str!("../migrations/0001_registry.sql"),
        include_str!("../migrations/0001_append_only.sqlite.sql"),
        "insert into authority (authority, version, name, status_slots)
         values (x'00000000000000000000000000000001', 1, 'Bộ Thử nghiệm', 131072);",
    ] {
        execute(&path, sql).await;
    }
    for _ in 0..2 {
        let store = SqliteStore::open(&path).await.unwrap();
        let authorities = registry::ports::Store::authorities(&store).await.unwrap();
        assert_eq!(authorities.len(), 1);
        assert_eq!(authorities.first().unwrap().name, "Bộ Thử nghiệm");
        assert!(store.is_sound().await.unwrap());
        store.close().await;
    }
    let store = SqliteStore::open(&path).await.unwrap();
    accounts_come_back_as_they_were_saved(&store).await;
    drafts_come_back_as_they_were_saved(&store).await;
    runs_come_back_as_they_were_saved(&store).await;
}

#[tokio::test]
async fn impossible_stored_values_are_named_but_never_a_token() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    access::Store::save_account(&store, &account("hr")).await.unwrap();
    access::Store::start_session(&store, &session(0x41, "hr", 1)).await.unwrap();
    Runs::save(&store, &run(1, "tram-01")).await.unwrap();
    execute(
        &path,
        "update account set last_step = -1; update session set account = 'No Name';
         update run set made = -1;",
    )
    .await;
    let read = access::Store::account(&store, &actor("hr")).await;
    let Err(access::StoreError::Corrupt { table, column, row }) = read else { panic!("{read:?}") };
    assert_eq!((table, column, row.as_str()), ("account", "last_step", "hr"));
    let read = access::Store::session(&store, &TokenHash([0x41; 32])).await;
    let Err(access::StoreError::Corrupt { table, column, row }) = read else { panic!("{read:?}") };
    assert_eq!((table, column, row.as_str()), ("session", "account", ""));
    let read = store.open_run(&actor("tram-01")).await;
    let Err(StoreError::Corrupt { table, column, row }) = read else { panic!("{read:?}") };
    assert_eq!((table, column), ("run", "made"));
    assert_eq!(row, run(1, "tram-01").id.to_string());
}

#[tokio::test]
async fn a_closed_store_says_that_it_is_unavailable() {
    let store = SqliteStore::in_memory().await.unwrap();
    store.close().await;
    let read = access::Store::accounts(&store).await;
    assert!(matches!(read, Err(access::StoreError::Unavailable(_))), "{read:?}");
    let saved = access::Store::save_account(&store, &account("hr")).await;
    let unavailable = access::StoreError::Unavailable("".into());
    assert_eq!(saved.unwrap_err().to_string(), unavailable.to_string());
    let saved = Drafts::save(&store, &draft(1, "hr", 1)).await;
    assert!(matches!(saved, Err(CommitError::Store(StoreError::Unavailable(_)))), "{saved:?}");
    let saved = store.put_part(draft(1, "hr", 1).id, "list", vec![1]).await;
    assert!(matches!(saved, Err(CommitError::Store(StoreError::Unavailable(_)))), "{saved:?}");
}
