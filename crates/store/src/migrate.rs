//! Bringing a database to this release's tables.

use std::fmt;

use registry::ports::StoreError;
use sqlx::SqlitePool;

use crate::sqlite::unavailable;

/// Each entry is one version, from 1: what both databases accept, then what only SQLite does.
/// Append only: what was released is never changed.
const VERSIONS: &[&[&str]] = &[
    &[
        include_str!("../migrations/0001_registry.sql"),
        include_str!("../migrations/0001_append_only.sqlite.sql"),
    ],
    &[include_str!("../migrations/0002_access.sql")],
    &[include_str!("../migrations/0003_look.sql")],
];

/// Applies what is missing. Several processes may do so at once: the write lock orders them.
pub(crate) async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
    sqlx::raw_sql(
        "create table if not exists schema_version (version bigint not null primary key)",
    )
    .execute(&mut *tx)
    .await
    .map_err(unavailable)?;
    let at: i64 = sqlx::query_scalar("select coalesce(max(version), 0) from schema_version")
        .fetch_one(&mut *tx)
        .await
        .map_err(unavailable)?;
    let known = i64::try_from(VERSIONS.len()).unwrap_or(i64::MAX);
    if !(0..=known).contains(&at) {
        return Err(StoreError::Foreign(Box::new(Newer { at, known })));
    }
    let missing = (1_i64..).zip(VERSIONS).skip_while(|(version, _)| *version <= at);
    for (version, scripts) in missing {
        for script in *scripts {
            sqlx::raw_sql(*script).execute(&mut *tx).await.map_err(unavailable)?;
        }
        sqlx::query("insert into schema_version (version) values ($1)")
            .bind(version)
            .execute(&mut *tx)
            .await
            .map_err(unavailable)?;
    }
    tx.commit().await.map_err(unavailable)
}

/// The database has a later version than this release knows.
#[derive(Debug)]
struct Newer {
    at: i64,
    known: i64,
}

impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, known } = self;
        write!(f, "the database has version {at}, this release knows up to {known}")
    }
}

impl std::error::Error for Newer {}
