//! Rows as stored, read into the registry's types.

use std::collections::BTreeMap;

use jiff::Timestamp;
use registry::authority::{Authority, DatedCode};
use registry::card::Card;
use registry::history;
use registry::person::Person;
use registry::ports::{BlobId, LookupHash, Message, StoreError};
use registry::request::Request;
use registry::view::BatchSummary;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;
use wire::{AuthorityId, BatchId, CardId, EventId, PersonId, RequestId};

/// One row on its way in. Names table, column and row when what is stored cannot be.
pub(crate) struct Stored<'r> {
    table: &'static str,
    row: &'r SqliteRow,
    key: &'static str,
}

impl<'r> Stored<'r> {
    pub(crate) const fn new(table: &'static str, key: &'static str, row: &'r SqliteRow) -> Self {
        Self { table, row, key }
    }

    pub(crate) fn corrupt(&self, column: &'static str) -> StoreError {
        let row = if let Ok(name) = self.row.try_get::<String, _>(self.key) {
            name
        } else if let Ok(id) = self.row.try_get::<Vec<u8>, _>(self.key) {
            Uuid::from_slice(&id).map(|id| id.to_string()).unwrap_or_default()
        } else {
            self.row.try_get::<i64, _>(self.key).map(|seq| seq.to_string()).unwrap_or_default()
        };
        StoreError::Corrupt { table: self.table, column, row }
    }

    pub(crate) fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn bytes_or_none(
        &self,
        column: &'static str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn array<const N: usize>(
        &self,
        column: &'static str,
    ) -> Result<[u8; N], StoreError> {
        self.bytes(column)?.try_into().map_err(|_| self.corrupt(column))
    }

    pub(crate) fn array_or_none<const N: usize>(
        &self,
        column: &'static str,
    ) -> Result<Option<[u8; N]>, StoreError> {
        let bytes = self.bytes_or_none(column)?;
        bytes.map(|bytes| bytes.try_into().map_err(|_| self.corrupt(column))).transpose()
    }

    pub(crate) fn uuid(&self, column: &'static str) -> Result<Uuid, StoreError> {
        self.array(column).map(Uuid::from_bytes)
    }

    pub(crate) fn uuid_or_none(&self, column: &'static str) -> Result<Option<Uuid>, StoreError> {
        Ok(self.array_or_none(column)?.map(Uuid::from_bytes))
    }

    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|_| self.corrupt(column))
    }

    pub(crate) fn at(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        Timestamp::from_microsecond(self.int(column)?).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        T::try_from(self.int(column)?).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn number_or_none<T: TryFrom<i64>>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let number: Option<i64> = self.row.try_get(column).map_err(|_| self.corrupt(column))?;
        number.map(|number| T::try_from(number).map_err(|_| self.corrupt(column))).transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn json_or_none<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.row.try_get(column).map_err(|_| self.corrupt(column))?;
        text.map(|text| serde_json::from_str(&text).map_err(|_| self.corrupt(column))).transpose()
    }

    /// A word that serde reads as a unit variant.
    pub(crate) fn word<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_value(serde_json::Value::String(self.text(column)?))
            .map_err(|_| self.corrupt(column))
    }
}

pub(crate) fn authority(row: &SqliteRow) -> Result<Authority, StoreError> {
    let row = Stored::new("authority", "authority", row);
    Ok(Authority {
        id: AuthorityId(row.uuid("authority")?),
        version: row.int("version")?,
        name: row.text("name")?,
        codes: Vec::new(),
        status_slots: row.number("status_slots")?,
    })
}

pub(crate) fn dated_code(row: &SqliteRow) -> Result<DatedCode, StoreError> {
    let row = Stored::new("authority_code", "authority", row);
    Ok(DatedCode { code: row.text("code")?, from: row.parsed("from_day")? })
}

pub(crate) fn person(row: &SqliteRow) -> Result<Person, StoreError> {
    let row = Stored::new("person", "id", row);
    Ok(Person {
        authority: AuthorityId(row.uuid("authority")?),
        id: PersonId(row.uuid("id")?),
        version: row.int("version")?,
        key: row.bytes_or_none("key")?,
        personal_id: LookupHash(row.array("personal_id")?),
        sealed: row.bytes("sealed")?,
        photo: row.array_or_none("photo")?.map(BlobId),
    })
}

pub(crate) fn request(row: &SqliteRow) -> Result<Request, StoreError> {
    let row = Stored::new("request", "id", row);
    Ok(Request {
        authority: AuthorityId(row.uuid("authority")?),
        id: RequestId(row.uuid("id")?),
        version: row.int("version")?,
        batch: BatchId(row.uuid("batch")?),
        person: PersonId(row.uuid("person")?),
        kind: row.word("kind")?,
        requester: row.parsed("requester")?,
        content: row.array("content")?,
        life: row.json("life")?,
    })
}

pub(crate) fn batch(row: &SqliteRow) -> Result<BatchId, StoreError> {
    Ok(BatchId(Stored::new("request", "batch", row).uuid("batch")?))
}

/// A batch without its counts.
pub(crate) fn summary(row: &SqliteRow) -> Result<BatchSummary, StoreError> {
    let row = Stored::new("request", "id", row);
    Ok(BatchSummary {
        id: BatchId(row.uuid("batch")?),
        requester: row.parsed("requester")?,
        kind: row.word("kind")?,
        submitted_at: row.at("submitted_at_us")?,
        requests: 0,
        states: BTreeMap::new(),
    })
}

pub(crate) fn batch_count(row: &SqliteRow) -> Result<(BatchId, String, u64), StoreError> {
    let row = Stored::new("request", "batch", row);
    Ok((BatchId(row.uuid("batch")?), row.text("state")?, row.number("many")?))
}

pub(crate) fn card(row: &SqliteRow) -> Result<Card, StoreError> {
    let row = Stored::new("card", "id", row);
    Ok(Card {
        authority: AuthorityId(row.uuid("authority")?),
        id: CardId(row.uuid("id")?),
        version: row.int("version")?,
        serial: row.parsed("serial")?,
        request: RequestId(row.uuid("request")?),
        person: PersonId(row.uuid("person")?),
        uid: row.parsed("uid")?,
        number: LookupHash(row.array("number")?),
        status_index: row.number("status_index")?,
        valid_through: row.parsed("valid_through")?,
        begun_at: row.at("begun_at_us")?,
        station: row.parsed("station")?,
        claimed_at: row.at("claimed_at_us")?,
        approver: row.parsed("approver")?,
        sealed: row.bytes("sealed")?,
        photo: row.array_or_none("photo")?.map(BlobId),
        digests: row.json_or_none("digests")?,
        evidence: row.json_or_none("evidence")?,
        validity: row.json("validity")?,
        whereabouts: row.parsed("whereabouts")?,
        chip: row.parsed("chip")?,
    })
}

pub(crate) fn history(row: &SqliteRow) -> Result<history::Row, StoreError> {
    let row = Stored::new("history", "seq", row);
    Ok(history::Row {
        authority: AuthorityId(row.uuid("authority")?),
        seq: row.int("seq")?,
        prev: row.array("prev")?,
        hash: row.array("hash")?,
        id: EventId(row.uuid("id")?),
        at: row.at("at_us")?,
        actor: row.parsed("actor")?,
        action: row.text("action")?,
        person: row.uuid_or_none("person")?.map(PersonId),
        request: row.uuid_or_none("request")?.map(RequestId),
        card: row.uuid_or_none("card")?.map(CardId),
        detail: row.text("detail")?,
        sealed: row.bytes_or_none("sealed")?,
    })
}

pub(crate) fn head(row: &SqliteRow) -> Result<history::Head, StoreError> {
    let row = Stored::new("history_head", "authority", row);
    Ok(history::Head { seq: row.int("seq")?, hash: row.array("hash")? })
}

pub(crate) fn message(row: &SqliteRow) -> Result<Message, StoreError> {
    let row = Stored::new("outbox", "id", row);
    Ok(Message {
        id: row.uuid("id")?,
        topic: row.text("topic")?,
        key: row.text("key")?,
        payload: row.text("payload")?,
    })
}
