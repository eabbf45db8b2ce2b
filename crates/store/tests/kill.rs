//! A process killed while it commits leaves whole commits only.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests stop at the first trouble, as tests do"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use registry::history::{Draft, Walk};
use registry::person::Person;
use registry::ports::{Changeset, LookupHash, Store as _};
use store::SqliteStore;
use uuid::Uuid;
use wire::{AuthorityId, EventId, PersonId};

const AUTHORITY: AuthorityId = AuthorityId(Uuid::from_u128(1));
const PEOPLE: u64 = 300;
const FILE: &str = "STORE_KILL_TEST_FILE";

/// Commits of 300 people and one row of history, each told once it is acknowledged.
async fn commit_for_ever(path: &str) {
    let store = SqliteStore::open(path.as_ref()).await.unwrap();
    let mut next = store.counts(AUTHORITY).await.unwrap().people;
    loop {
        let actor = "child".parse().unwrap();
        let mut change = Changeset::new(AUTHORITY, Timestamp::UNIX_EPOCH, actor);
        for number in next..next + PEOPLE {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_be_bytes());
            change.people.push(Person {
                authority: AUTHORITY,
                id: PersonId(Uuid::from_u128(number.into())),
                version: 0,
                key: None,
                personal_id: LookupHash(hash),
                sealed: vec![0; 400],
                photo: None,
            });
        }
        next += PEOPLE;
        change.history.push(Draft {
            id: EventId(Uuid::from_u128(next.into())),
            action: "person.added",
            person: None,
            request: None,
            card: None,
            detail: "{}".to_owned(),
            sealed: None,
        });
        store.commit(change).await.unwrap();
        println!("acknowledged {next}");
    }
}

#[tokio::test]
async fn killed_writer_leaves_whole_commits_only() {
    if let Ok(path) = std::env::var(FILE) {
        commit_for_ever(&path).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.sqlite");
    for round in 1..=5 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["killed_writer_leaves_whole_commits_only", "--exact", "--nocapture"])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = 0;
        let mut seen = 0;
        while seen < round * 3 {
            let line = lines.next().unwrap().unwrap();
            if let Some(many) = line.rsplit("acknowledged ").next().and_then(|n| n.parse().ok()) {
                acknowledged = many;
                seen += 1;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let store = SqliteStore::open(&path).await.unwrap();
        assert!(store.is_sound().await.unwrap());
        let counts = store.counts(AUTHORITY).await.unwrap();
        assert!(counts.people >= acknowledged, "an acknowledged commit is gone");
        assert_eq!(counts.people, counts.history * PEOPLE, "a commit is there in part");
        let mut walk = Walk::default();
        for row in store.chain(AUTHORITY, 0, 10_000).await.unwrap() {
            walk.step(&row).unwrap();
        }
        walk.finish(&store.head(AUTHORITY).await.unwrap()).unwrap();
        store.close().await;
    }
}
