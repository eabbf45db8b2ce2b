//! Drafts and their parts in SQLite.

use async_trait::async_trait;
use jiff::Timestamp;
use registry::drafts::{Draft, DraftId, Drafts};
use registry::ports::{CommitError, StoreError};
use sqlx::sqlite::SqliteRow;
use wire::{Actor, AuthorityId};

use crate::row::Stored;
use crate::sqlite::{SqliteStore, id, unavailable};

#[async_trait]
impl Drafts for SqliteStore {
    async fn draft(&self, draft: DraftId) -> Result<Option<Draft>, StoreError> {
        let row = sqlx::query(
            "select id, version, owner, authority, key, created_at_us, changed_at_us, sealed
             from draft where id = $1",
        )
        .bind(id(draft.0))
        .fetch_optional(&self.readers)
        .await
        .map_err(unavailable)?;
        row.as_ref().map(read).transpose()
    }

    async fn drafts_of(&self, owner: &Actor) -> Result<Vec<Draft>, StoreError> {
        let rows = sqlx::query(
            "select id, version, owner, authority, key, created_at_us, changed_at_us, sealed
             from draft where owner = $1 order by changed_at_us desc, id desc",
        )
        .bind(owner.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable)?;
        rows.iter().map(read).collect()
    }

    async fn save(&self, draft: &Draft) -> Result<(), CommitError> {
        let authority = draft.authority.map(|authority| id(authority.0));
        let saving = if draft.version == 0 {
            sqlx::query(
                "insert into draft (id, version, authority, changed_at_us, sealed, owner, key,
                    created_at_us)
                 values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing",
            )
            .bind(id(draft.id.0))
            .bind(draft.version + 1)
            .bind(authority)
            .bind(draft.changed_at.as_microsecond())
            .bind(&draft.sealed)
            .bind(draft.owner.as_str())
            .bind(&draft.key)
            .bind(draft.created_at.as_microsecond())
        } else {
            sqlx::query(
                "update draft set version = $2, authority = $3, changed_at_us = $4, sealed = $5
                 where id = $1 and version = $2 - 1",
            )
            .bind(id(draft.id.0))
            .bind(draft.version + 1)
            .bind(authority)
            .bind(draft.changed_at.as_microsecond())
            .bind(&draft.sealed)
        };
        let done = saving.execute(&self.writer).await.map_err(unavailable)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(GONE) }
    }

    async fn put_part(
        &self,
        draft: DraftId,
        name: &str,
        sealed: Vec<u8>,
    ) -> Result<(), CommitError> {
        let done = sqlx::query(
            "insert into draft_part (draft, name, sealed) values ($1, $2, $3)
             on conflict (draft, name) do update set sealed = excluded.sealed",
        )
        .bind(id(draft.0))
        .bind(name)
        .bind(sealed)
        .execute(&self.writer)
        .await;
        match done {
            Ok(_) => Ok(()),
            Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Err(GONE),
            Err(error) => Err(unavailable(error).into()),
        }
    }

    async fn part(&self, draft: DraftId, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar("select sealed from draft_part where draft = $1 and name = $2")
            .bind(id(draft.0))
            .bind(name)
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)
    }

    async fn parts(&self, draft: DraftId) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar("select name from draft_part where draft = $1 order by name")
            .bind(id(draft.0))
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)
    }

    async fn remove_part(&self, draft: DraftId, name: &str) -> Result<(), StoreError> {
        sqlx::query("delete from draft_part where draft = $1 and name = $2")
            .bind(id(draft.0))
            .bind(name)
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn remove(&self, draft: DraftId) -> Result<(), StoreError> {
        sqlx::query("delete from draft where id = $1")
            .bind(id(draft.0))
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError> {
        let done = sqlx::query("delete from draft where changed_at_us < $1")
            .bind(before.as_microsecond())
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(done.rows_affected())
    }
}

fn read(row: &SqliteRow) -> Result<Draft, StoreError> {
    let row = Stored::new("draft", "id", row);
    Ok(Draft {
        id: DraftId(row.uuid("id")?),
        owner: row.parsed("owner")?,
        authority: row.uuid_or_none("authority")?.map(AuthorityId),
        version: row.int("version")?,
        key: row.bytes("key")?,
        created_at: row.at("created_at_us")?,
        changed_at: row.at("changed_at_us")?,
        sealed: row.bytes("sealed")?,
    })
}

const GONE: CommitError = CommitError::Conflict { what: "draft" };
