//! People a second through the whole load (matching, sealing, history, commit), beside the same
//! bytes written by bare multi-row inserts into the same kind of file.

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

use registry::office::{OnChange, StaffEntry};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{QueryBuilder, Sqlite};

const PEOPLE: u32 = 100_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let entries: Vec<StaffEntry> = (0..PEOPLE)
        .map(|number| StaffEntry { staff: support::staff(number), photo: None })
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let bench = support::bench_on_file(&dir.path().join("registry.sqlite"), 1).await;
    let clerk = support::by("clerk");
    let started = Instant::now();
    for piece in entries.chunks(10_000) {
        let load = bench.office.load(bench.authority, piece.to_vec(), OnChange::Propose, &clerk);
        assert_eq!(load.await.unwrap().new.len(), piece.len());
    }
    let load = started.elapsed();
    let started = Instant::now();
    for piece in entries.chunks(10_000) {
        let load = bench.office.load(bench.authority, piece.to_vec(), OnChange::Propose, &clerk);
        assert_eq!(load.await.unwrap().unchanged, 10_000);
    }
    let again = started.elapsed();
    let bare = bare_inserts(&dir.path().join("bare.sqlite")).await;

    let ratio = load.as_secs_f64() / bare.as_secs_f64();
    println!(
        "load {:.0} people/s, the same again {:.0} people/s, bare inserts {:.0} people/s: {ratio:.1} times",
        rate(load),
        rate(again),
        rate(bare)
    );
    println!(
        r#"{{"bench":"load","people":{PEOPLE},"people_per_s":{:.0},"again_per_s":{:.0},"baseline_per_s":{:.0},"ratio":{ratio:.2}}}"#,
        rate(load),
        rate(again),
        rate(bare)
    );
}

/// A person row and a history row each, of the sizes that a load writes, 500 people a commit.
async fn bare_inserts(path: &Path) -> Duration {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    sqlx::raw_sql(
        "create table person (id bytea primary key, key bytea, personal_id bytea, sealed bytea);
         create unique index person_personal_id on person (personal_id);
         create table history (seq bigint primary key, body bytea)",
    )
    .execute(&pool)
    .await
    .unwrap();
    let started = Instant::now();
    let numbers: Vec<u32> = (0..PEOPLE).collect();
    for piece in numbers.chunks(500) {
        let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        for rows in piece.chunks(200) {
            let mut sql = QueryBuilder::<Sqlite>::new("insert into person ");
            sql.push_values(rows, |mut row, number| {
                // Scattered as a hash is.
                let mut hash = [0; 32];
                hash[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
                row.push_bind(u128::from(*number).to_be_bytes().to_vec())
                    .push_bind(vec![1; 32])
                    .push_bind(hash.to_vec())
                    .push_bind(vec![2; 460]);
            });
            sql.build().execute(&mut *tx).await.unwrap();
            let mut sql = QueryBuilder::<Sqlite>::new("insert into history ");
            sql.push_values(rows, |mut row, number| {
                row.push_bind(i64::from(*number)).push_bind(vec![3; 150]);
            });
            sql.build().execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    started.elapsed()
}

fn rate(elapsed: Duration) -> f64 {
    f64::from(PEOPLE) / elapsed.as_secs_f64()
}
