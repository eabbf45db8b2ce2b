//! Writing a changeset: one transaction, multi-row statements.

use registry::authority::Authority;
use registry::card::Card;
use registry::history::{Draft, Head, Row};
use registry::person::Person;
use registry::ports::{Changeset, CommitError, Message, StoreError, Unique};
use registry::request::Request;
use serde::Serialize;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};
use uuid::Uuid;
use wire::AuthorityId;

use crate::row;
use crate::sqlite::unavailable;

/// Rows in one statement. Fixed, so that the prepared statement of a full piece is used again.
const ROWS: usize = 200;

pub(crate) async fn commit(pool: &SqlitePool, change: Changeset) -> Result<(), CommitError> {
    // IMMEDIATE takes the write lock before anything is read, so that waiting for it applies.
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
    let Changeset { authority, at, actor, managing, people, cards, requests, history, outbox } =
        change;
    if let Some(managing) = &managing {
        write_authority(&mut tx, managing).await?;
    }
    for piece in people.chunks(ROWS) {
        write_people(&mut tx, piece).await?;
    }
    for piece in cards.chunks(ROWS) {
        write_cards(&mut tx, piece).await?;
    }
    for piece in requests.chunks(ROWS) {
        write_requests(&mut tx, piece).await?;
    }
    if !history.is_empty() {
        let mut end = head(&mut tx, authority).await?;
        let rows: Vec<Row> = history
            .into_iter()
            .map(|draft: Draft| {
                let row = Row::after(&end, draft, authority, at, actor.clone());
                end = row.head();
                row
            })
            .collect();
        for piece in rows.chunks(ROWS) {
            append_history(&mut tx, piece).await?;
        }
        move_head(&mut tx, authority, &end).await?;
    }
    for piece in outbox.chunks(ROWS) {
        append_outbox(&mut tx, authority, at.as_microsecond(), piece).await?;
    }
    tx.commit().await.map_err(unavailable)?;
    Ok(())
}

pub(crate) async fn head(
    connection: &mut SqliteConnection,
    authority: AuthorityId,
) -> Result<Head, StoreError> {
    let found = sqlx::query("select authority, seq, hash from history_head where authority = $1")
        .bind(id(authority.0))
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    found.as_ref().map_or(Ok(Head::default()), row::head)
}

async fn write_authority(
    tx: &mut SqliteConnection,
    authority: &Authority,
) -> Result<(), CommitError> {
    let done = sqlx::query(
        "insert into authority (authority, version, name, status_slots) values ($1, $2, $3, $4)
         on conflict (authority) do update set version = excluded.version, name = excluded.name,
            status_slots = excluded.status_slots
         where authority.version = excluded.version - 1",
    )
    .bind(id(authority.id.0))
    .bind(authority.version + 1)
    .bind(&authority.name)
    .bind(i64::from(authority.status_slots))
    .execute(&mut *tx)
    .await
    .map_err(refused)?;
    if done.rows_affected() != 1 {
        return Err(CommitError::Conflict { what: "authority" });
    }
    for code in &authority.codes {
        sqlx::query(
            "insert into authority_code (authority, code, from_day) values ($1, $2, $3)
             on conflict (authority, code, from_day) do nothing",
        )
        .bind(id(authority.id.0))
        .bind(&code.code)
        .bind(code.from.to_string())
        .execute(&mut *tx)
        .await
        .map_err(refused)?;
    }
    Ok(())
}

async fn write_people(tx: &mut SqliteConnection, people: &[Person]) -> Result<(), CommitError> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "insert into person (authority, id, version, key, personal_id, sealed, photo) ",
    );
    sql.push_values(people, |mut row, person| {
        row.push_bind(id(person.authority.0))
            .push_bind(id(person.id.0))
            .push_bind(person.version + 1)
            .push_bind(person.key.clone())
            .push_bind(person.personal_id.0.to_vec())
            .push_bind(person.sealed.clone())
            .push_bind(person.photo.map(|blob| blob.0.to_vec()));
    });
    sql.push(
        " on conflict (authority, id) do update set version = excluded.version,
            key = excluded.key, personal_id = excluded.personal_id, sealed = excluded.sealed,
            photo = excluded.photo
         where person.version = excluded.version - 1",
    );
    all_written(tx, sql, people.len(), "person").await
}

async fn write_requests(
    tx: &mut SqliteConnection,
    requests: &[Request],
) -> Result<(), CommitError> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "insert into request (authority, id, version, batch, person, kind, requester, content, \
         state, life) ",
    );
    sql.push_values(requests, |mut row, request| {
        row.push_bind(id(request.authority.0))
            .push_bind(id(request.id.0))
            .push_bind(request.version + 1)
            .push_bind(id(request.batch.0))
            .push_bind(id(request.person.0))
            .push_bind(word(&request.kind))
            .push_bind(request.requester.as_str().to_owned())
            .push_bind(request.content.to_vec())
            .push_bind(request.life.name())
            .push_bind(json(&request.life));
    });
    sql.push(
        " on conflict (authority, id) do update set version = excluded.version,
            state = excluded.state, life = excluded.life
         where request.version = excluded.version - 1",
    );
    all_written(tx, sql, requests.len(), "request").await
}

async fn write_cards(tx: &mut SqliteConnection, cards: &[Card]) -> Result<(), CommitError> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "insert into card (authority, id, version, serial, request, person, uid, number, \
         status_index, valid_through, begun_at_us, station, claimed_at_us, approver, sealed, \
         photo, digests, evidence, state, validity, whereabouts, chip) ",
    );
    sql.push_values(cards, |mut row, card| {
        row.push_bind(id(card.authority.0))
            .push_bind(id(card.id.0))
            .push_bind(card.version + 1)
            .push_bind(card.serial.to_string())
            .push_bind(id(card.request.0))
            .push_bind(id(card.person.0))
            .push_bind(card.uid.to_string())
            .push_bind(card.number.0.to_vec())
            .push_bind(i64::from(card.status_index))
            .push_bind(card.valid_through.to_string())
            .push_bind(card.begun_at.as_microsecond())
            .push_bind(card.station.as_str().to_owned())
            .push_bind(card.claimed_at.as_microsecond())
            .push_bind(card.approver.as_str().to_owned())
            .push_bind(card.sealed.clone())
            .push_bind(card.photo.map(|blob| blob.0.to_vec()))
            .push_bind(card.digests.as_ref().map(json))
            .push_bind(card.evidence.as_ref().map(json))
            .push_bind(card.validity.name())
            .push_bind(json(&card.validity))
            .push_bind(card.whereabouts.as_str())
            .push_bind(card.chip.as_str());
    });
    sql.push(
        " on conflict (authority, id) do update set version = excluded.version,
            number = excluded.number, valid_through = excluded.valid_through,
            station = excluded.station, claimed_at_us = excluded.claimed_at_us,
            sealed = excluded.sealed, photo = excluded.photo, digests = excluded.digests,
            evidence = excluded.evidence, state = excluded.state, validity = excluded.validity,
            whereabouts = excluded.whereabouts, chip = excluded.chip
         where card.version = excluded.version - 1",
    );
    all_written(tx, sql, cards.len(), "card").await
}

async fn append_history(tx: &mut SqliteConnection, rows: &[Row]) -> Result<(), CommitError> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "insert into history (authority, seq, prev, hash, id, at_us, actor, action, person, \
         request, card, detail, sealed) ",
    );
    sql.push_values(rows, |mut out, row| {
        out.push_bind(id(row.authority.0))
            .push_bind(row.seq)
            .push_bind(row.prev.to_vec())
            .push_bind(row.hash.to_vec())
            .push_bind(id(row.id.0))
            .push_bind(row.at.as_microsecond())
            .push_bind(row.actor.as_str().to_owned())
            .push_bind(row.action.clone())
            .push_bind(row.person.map(|person| id(person.0)))
            .push_bind(row.request.map(|request| id(request.0)))
            .push_bind(row.card.map(|card| id(card.0)))
            .push_bind(row.detail.clone())
            .push_bind(row.sealed.clone());
    });
    all_written(tx, sql, rows.len(), "history").await
}

async fn move_head(
    tx: &mut SqliteConnection,
    authority: AuthorityId,
    head: &Head,
) -> Result<(), CommitError> {
    sqlx::query(
        "insert into history_head (authority, seq, hash) values ($1, $2, $3)
         on conflict (authority) do update set seq = excluded.seq, hash = excluded.hash",
    )
    .bind(id(authority.0))
    .bind(head.seq)
    .bind(head.hash.to_vec())
    .execute(tx)
    .await
    .map_err(refused)?;
    Ok(())
}

async fn append_outbox(
    tx: &mut SqliteConnection,
    authority: AuthorityId,
    at_us: i64,
    messages: &[Message],
) -> Result<(), CommitError> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "insert into outbox (authority, id, topic, key, payload, created_at_us) ",
    );
    sql.push_values(messages, |mut row, message| {
        row.push_bind(id(authority.0))
            .push_bind(id(message.id))
            .push_bind(message.topic.clone())
            .push_bind(message.key.clone())
            .push_bind(message.payload.clone())
            .push_bind(at_us);
    });
    all_written(tx, sql, messages.len(), "outbox").await
}

/// Runs it. A row that was at another version than expected is passed over by the statement's
/// `where`, so fewer rows than given are written.
async fn all_written(
    tx: &mut SqliteConnection,
    mut sql: QueryBuilder<Sqlite>,
    rows: usize,
    what: &'static str,
) -> Result<(), CommitError> {
    let done = sql.build().execute(tx).await.map_err(refused)?;
    if u64::try_from(rows).is_ok_and(|rows| rows == done.rows_affected()) {
        Ok(())
    } else {
        Err(CommitError::Conflict { what })
    }
}

fn refused(error: sqlx::Error) -> CommitError {
    if let sqlx::Error::Database(database) = &error
        && database.is_unique_violation()
    {
        return CommitError::Taken { what: unique(database.message()) };
    }
    CommitError::Store(unavailable(error))
}

/// SQLite names the columns of the index, not the index.
fn unique(message: &str) -> Unique {
    let columns = message.rsplit(": ").next().unwrap_or_default();
    match columns {
        "person.authority, person.personal_id" => Unique::PersonalId,
        "request.authority, request.person" => Unique::OpenRequest,
        "card.serial" => Unique::Serial,
        "card.authority, card.status_index" => Unique::StatusIndex,
        "card.uid" => Unique::Chip,
        "card.authority, card.person" => Unique::ActiveCard,
        "authority_code.code, authority_code.from_day" => Unique::Authority,
        _ => Unique::Id,
    }
}

fn id(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("enums and structs of texts and numbers become JSON")
}

/// A unit variant as its word.
fn word<T: Serialize>(value: &T) -> String {
    json(value).trim_matches('"').to_owned()
}
