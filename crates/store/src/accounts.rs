//! Accounts, sessions and failures in SQLite.

use access::ports::StoredSession;
use access::{
    Account, Failures, PasswordHash, SaveError, SealedSecret, Store, StoreError, TokenHash,
};
use async_trait::async_trait;
use jiff::Timestamp;
use registry::ports;
use sqlx::sqlite::SqliteRow;
use wire::{Actor, AuthorityId, PersonId};

use crate::row::Stored;
use crate::sqlite::{self, SqliteStore, id};

#[async_trait]
impl Store for SqliteStore {
    async fn account(&self, name: &Actor) -> Result<Option<Account>, StoreError> {
        let read = async {
            let row = sqlx::query(ACCOUNT_NAMED).bind(name.as_str()).fetch_optional(&self.readers);
            row.await.map_err(sqlite::unavailable)?.as_ref().map(account).transpose()
        };
        self.recently(("account", name.as_str().as_bytes().to_vec()), read).await.map_err(carried)
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query(ACCOUNTS).fetch_all(&self.readers).await.map_err(unavailable)?;
        rows.iter().map(account).collect::<Result<_, _>>().map_err(carried)
    }

    async fn save_account(&self, account: &Account) -> Result<(), SaveError> {
        let _forgets = self.writing();
        let sql = if account.version == 0 { ADD_ACCOUNT } else { CHANGE_ACCOUNT };
        let last_step = account.last_step.map(|step| i64::try_from(step).unwrap_or(i64::MAX));
        let done = sqlx::query(sql)
            .bind(account.name.as_str())
            .bind(account.version + 1)
            .bind(&account.full_name)
            .bind(account.role.name())
            .bind(account.authority.map(|authority| id(authority.0)))
            .bind(account.person.map(|person| id(person.0)))
            .bind(&account.password.0)
            .bind(&account.totp.key)
            .bind(&account.totp.sealed)
            .bind(last_step)
            .bind(if account.disabled { DISABLED } else { ENABLED })
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(SaveError::Conflict) }
    }

    async fn session(&self, token: &TokenHash) -> Result<Option<StoredSession>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "select token, account, started_at_us, seen_at_us from session where token = $1",
            )
            .bind(token.0.to_vec())
            .fetch_optional(&self.readers)
            .await
            .map_err(sqlite::unavailable)?;
            row.as_ref().map(session).transpose()
        };
        self.recently(("session", token.0.to_vec()), read).await.map_err(carried)
    }

    async fn start_session(&self, session: &StoredSession) -> Result<(), StoreError> {
        let _forgets = self.writing();
        sqlx::query(
            "insert into session (token, account, started_at_us, seen_at_us)
             values ($1, $2, $3, $4)",
        )
        .bind(session.token.0.to_vec())
        .bind(session.account.as_str())
        .bind(session.started.as_microsecond())
        .bind(session.seen.as_microsecond())
        .execute(&self.writer)
        .await
        .map_err(unavailable)?;
        Ok(())
    }

    async fn touch_session(&self, token: &TokenHash, at: Timestamp) -> Result<(), StoreError> {
        let _forgets = self.writing();
        sqlx::query("update session set seen_at_us = $2 where token = $1 and seen_at_us < $2")
            .bind(token.0.to_vec())
            .bind(at.as_microsecond())
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn end_session(&self, token: &TokenHash) -> Result<(), StoreError> {
        let _forgets = self.writing();
        sqlx::query("delete from session where token = $1")
            .bind(token.0.to_vec())
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn end_sessions_of(&self, account: &Actor) -> Result<u64, StoreError> {
        let _forgets = self.writing();
        let done = sqlx::query("delete from session where account = $1")
            .bind(account.as_str())
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(done.rows_affected())
    }

    async fn sweep_sessions(
        &self,
        seen_before: Timestamp,
        started_before: Timestamp,
    ) -> Result<u64, StoreError> {
        let _forgets = self.writing();
        let done = sqlx::query("delete from session where seen_at_us < $1 or started_at_us < $2")
            .bind(seen_before.as_microsecond())
            .bind(started_before.as_microsecond())
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(done.rows_affected())
    }

    async fn failures(&self, key: &[u8; 32], since: Timestamp) -> Result<Failures, StoreError> {
        let (count, last): (i64, Option<i64>) = sqlx::query_as(
            "select count(*), max(at_us) from sign_in_failure where key = $1 and at_us >= $2",
        )
        .bind(key.to_vec())
        .bind(since.as_microsecond())
        .fetch_one(&self.readers)
        .await
        .map_err(unavailable)?;
        let last = last.map(Timestamp::from_microsecond).transpose().map_err(|_| {
            StoreError::Corrupt { table: "sign_in_failure", column: "at_us", row: String::new() }
        })?;
        Ok(Failures { count: u32::try_from(count).unwrap_or(u32::MAX), last })
    }

    async fn add_failure(&self, key: &[u8; 32], at: Timestamp) -> Result<(), StoreError> {
        sqlx::query("insert into sign_in_failure (key, at_us) values ($1, $2)")
            .bind(key.to_vec())
            .bind(at.as_microsecond())
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn clear_failures(&self, key: &[u8; 32]) -> Result<(), StoreError> {
        sqlx::query("delete from sign_in_failure where key = $1")
            .bind(key.to_vec())
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn sweep_failures(&self, before: Timestamp) -> Result<u64, StoreError> {
        let done = sqlx::query("delete from sign_in_failure where at_us < $1")
            .bind(before.as_microsecond())
            .execute(&self.writer)
            .await
            .map_err(unavailable)?;
        Ok(done.rows_affected())
    }
}

fn account(row: &SqliteRow) -> Result<Account, ports::StoreError> {
    let row = Stored::new("account", "name", row);
    Ok(Account {
        name: row.parsed("name")?,
        version: row.int("version")?,
        full_name: row.text("full_name")?,
        role: row.parsed("role")?,
        authority: row.uuid_or_none("authority")?.map(AuthorityId),
        person: row.uuid_or_none("person")?.map(PersonId),
        password: PasswordHash(row.text("password")?),
        totp: SealedSecret { key: row.bytes("totp_key")?, sealed: row.bytes("totp_sealed")? },
        last_step: row.number_or_none("last_step")?,
        disabled: match row.text("state")?.as_str() {
            ENABLED => false,
            DISABLED => true,
            _ => return Err(row.corrupt("state")),
        },
    })
}

fn session(row: &SqliteRow) -> Result<StoredSession, ports::StoreError> {
    // A row is named by its key, and the key of this table shall not be seen: name nothing.
    let row = Stored::new("session", "", row);
    Ok(StoredSession {
        token: TokenHash(row.array("token")?),
        account: row.parsed("account")?,
        started: row.at("started_at_us")?,
        seen: row.at("seen_at_us")?,
    })
}

fn unavailable(error: sqlx::Error) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

fn carried(error: ports::StoreError) -> StoreError {
    match error {
        ports::StoreError::Corrupt { table, column, row } => {
            StoreError::Corrupt { table, column, row }
        }
        other => StoreError::Unavailable(Box::new(other)),
    }
}

const ACCOUNT_NAMED: &str = "select name, version, full_name, role, authority, person, password, \
                             totp_key, totp_sealed, last_step, state from account where name = $1";
const ACCOUNTS: &str = "select name, version, full_name, role, authority, person, password, \
                        totp_key, totp_sealed, last_step, state from account order by name";
const ADD_ACCOUNT: &str = "insert into account (name, version, full_name, role, authority, \
                           person, password, totp_key, totp_sealed, last_step, state) \
                           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                           on conflict (name) do nothing";
const CHANGE_ACCOUNT: &str = "update account set version = $2, full_name = $3, role = $4, \
                              authority = $5, person = $6, password = $7, totp_key = $8, \
                              totp_sealed = $9, last_step = $10, state = $11 \
                              where name = $1 and version = $2 - 1";

const ENABLED: &str = "enabled";
const DISABLED: &str = "disabled";
