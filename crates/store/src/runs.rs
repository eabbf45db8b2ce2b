//! Runs of stations in SQLite.

use async_trait::async_trait;
use registry::ports::{CommitError, StoreError, Unique};
use registry::runs::{Run, RunId, Runs, State};
use sqlx::sqlite::SqliteRow;
use wire::Actor;

use crate::row::Stored;
use crate::sqlite::{SqliteStore, id, unavailable};

#[async_trait]
impl Runs for SqliteStore {
    async fn open_run(&self, station: &Actor) -> Result<Option<Run>, StoreError> {
        let row = sqlx::query(
            "select id, version, station, started_by, started_at_us, at_most, state,
                stopped_at_us, made, failed
             from run where station = $1 and state = 'wanted'",
        )
        .bind(station.as_str())
        .fetch_optional(&self.readers)
        .await
        .map_err(unavailable)?;
        row.as_ref().map(read).transpose()
    }

    async fn runs(&self, station: &Actor, limit: u32) -> Result<Vec<Run>, StoreError> {
        let rows = sqlx::query(
            "select id, version, station, started_by, started_at_us, at_most, state,
                stopped_at_us, made, failed
             from run where station = $1 order by id desc limit $2",
        )
        .bind(station.as_str())
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable)?;
        rows.iter().map(read).collect()
    }

    async fn save(&self, run: &Run) -> Result<(), CommitError> {
        let sql = if run.version == 0 { ADD } else { CHANGE };
        let stopped_at = match run.state {
            State::Wanted => None,
            State::Stopped { at } => Some(at.as_microsecond()),
        };
        let done = sqlx::query(sql)
            .bind(id(run.id.0))
            .bind(run.version + 1)
            .bind(run.station.as_str())
            .bind(run.started_by.as_str())
            .bind(run.started_at.as_microsecond())
            .bind(run.limit.map(i64::from))
            .bind(run.state.name())
            .bind(stopped_at)
            .bind(i64::from(run.made))
            .bind(i64::from(run.failed))
            .execute(&self.writer)
            .await;
        match done {
            Ok(done) if done.rows_affected() == 1 => Ok(()),
            Ok(_) => Err(CommitError::Conflict { what: "run" }),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(CommitError::Taken { what: Unique::OpenRun })
            }
            Err(error) => Err(unavailable(error).into()),
        }
    }
}

fn read(row: &SqliteRow) -> Result<Run, StoreError> {
    let row = Stored::new("run", "id", row);
    Ok(Run {
        id: RunId(row.uuid("id")?),
        version: row.int("version")?,
        station: row.parsed("station")?,
        started_by: row.parsed("started_by")?,
        started_at: row.at("started_at_us")?,
        limit: row.number_or_none("at_most")?,
        state: match row.text("state")?.as_str() {
            "wanted" => State::Wanted,
            "stopped" => State::Stopped { at: row.at("stopped_at_us")? },
            _ => return Err(row.corrupt("state")),
        },
        made: row.number("made")?,
        failed: row.number("failed")?,
    })
}

const ADD: &str = "insert into run (id, version, station, started_by, started_at_us, at_most, \
                   state, stopped_at_us, made, failed) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing";
const CHANGE: &str = "update run set version = $2, station = $3, started_by = $4, \
                      started_at_us = $5, at_most = $6, state = $7, stopped_at_us = $8, \
                      made = $9, failed = $10 where id = $1 and version = $2 - 1";
