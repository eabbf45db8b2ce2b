//! The embedded store: one SQLite file.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use registry::authority::Authority;
use registry::card::Card;
use registry::history;
use registry::person::Person;
use registry::ports::{
    Batches, Cards, Changeset, CommitError, Find, Message, People, Requests, Store, StoreError,
    Subject,
};
use registry::request::Request;
use registry::view::{BatchSummary, Counts};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqlitePool};
use uuid::Uuid;
use wire::{AuthorityId, BatchId, CardId, PersonId};

use crate::commit;
use crate::migrate::migrate;
use crate::recent::{Question, Recent};
use crate::row;

/// The registry's records in SQLite. Cheap to clone.
///
/// One connection writes, several read. Other processes may have the same file open.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
    /// None in memory, where one connection does everything.
    recent: Option<Recent>,
    /// What was counted last. Holds as long as the authority's history has the same end.
    counted: Arc<Mutex<HashMap<AuthorityId, Counts>>>,
}

impl SqliteStore {
    /// Opens, and where needed makes, a database file, and brings it to this release's tables.
    ///
    /// An acknowledged commit survives a power cut (`synchronous=FULL`, write-ahead log). What is
    /// erased is overwritten (`secure_delete`).
    ///
    /// # Errors
    ///
    /// [`StoreError::Foreign`] when a newer release wrote it; [`StoreError::Unavailable`] when it
    /// cannot be opened.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("secure_delete", "on");
        let writer = Self::first_connection(&options).await?;
        migrate(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(options.clone())
            .await
            .map_err(unavailable)?;
        let watcher = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(unavailable)?;
        let recent = Some(Recent::new(watcher));
        Ok(Self { writer, readers, recent, counted: Arc::default() })
    }

    /// The connection that writes. Switching a new file to the write-ahead log takes a lock for
    /// which SQLite does not wait, so processes that open a new file at once try again.
    #[expect(clippy::disallowed_methods, reason = "a pause between tries to get a lock")]
    async fn first_connection(options: &SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
        let began = Instant::now();
        loop {
            let connected = SqlitePoolOptions::new()
                .max_connections(1)
                .acquire_timeout(BUSY_TIMEOUT)
                .connect_with(options.clone())
                .await;
            match connected {
                Err(error) if is_locked(&error) && began.elapsed() < BUSY_TIMEOUT => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                settled => return settled.map_err(unavailable),
            }
        }
    }

    /// A store that lives as long as this value and its clones.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there is no memory for it.
    pub async fn in_memory() -> Result<Self, StoreError> {
        // One connection that is never given up: the database is the connection.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(SqliteConnectOptions::new().in_memory(true))
            .await
            .map_err(unavailable)?;
        migrate(&pool).await?;
        Ok(Self { writer: pool.clone(), readers: pool, recent: None, counted: Arc::default() })
    }

    /// Ends all connections after what they are doing. Calls after this fail.
    pub async fn close(&self) {
        if let Some(recent) = &self.recent {
            recent.close().await;
        }
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Asks SQLite whether the file is sound (`pragma quick_check`): for `doctor`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when it cannot be asked.
    pub async fn is_sound(&self) -> Result<bool, StoreError> {
        let answer: String = sqlx::query_scalar("pragma quick_check(1)")
            .fetch_one(&self.readers)
            .await
            .map_err(unavailable)?;
        Ok(answer == "ok")
    }

    /// The answer to a question about one thing, kept while nobody writes.
    pub(crate) async fn recently<T: Clone + Send + Sync + 'static>(
        &self,
        question: Question,
        read: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match &self.recent {
            Some(recent) => recent.answer(question, read).await,
            None => read.await,
        }
    }

    /// Held while this process writes: what was read before is forgotten at its end, however it
    /// ends.
    pub(crate) const fn writing(&self) -> Writing<'_> {
        Writing(self)
    }

    fn counted(&self) -> MutexGuard<'_, HashMap<AuthorityId, Counts>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn with_codes(&self, row: Option<SqliteRow>) -> Result<Option<Authority>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let mut authority = row::authority(&row)?;
        let codes = sqlx::query(
            "select authority, code, from_day from authority_code where authority = $1
             order by from_day, code",
        )
        .bind(id(authority.id.0))
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable)?;
        authority.codes = codes.iter().map(row::dated_code).collect::<Result<_, _>>()?;
        Ok(Some(authority))
    }

    async fn all<T>(
        &self,
        mut sql: QueryBuilder<Sqlite>,
        read: fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = sql.build().fetch_all(&self.readers).await.map_err(unavailable)?;
        rows.iter().map(read).collect()
    }

    /// Rows whose `column` is one of `values`, in pieces that a statement can bind; by growing id.
    ///
    /// Sorted here: asked to sort, SQLite walks the whole table by its key rather than look values
    /// up and sort what it finds.
    async fn listed<T>(
        &self,
        select: &str,
        authority: AuthorityId,
        column: &str,
        values: impl Iterator<Item = Vec<u8>>,
        rest: &str,
        read: fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let values: Vec<Vec<u8>> = values.collect();
        let mut found: Vec<(Vec<u8>, T)> = Vec::with_capacity(values.len());
        for piece in values.chunks(LISTED) {
            let mut sql = of(select, authority);
            sql.push(" and ").push(column).push(" in (");
            let mut places = sql.separated(", ");
            for value in piece {
                places.push_bind(value.clone());
            }
            sql.push(")").push(rest);
            let rows = sql.build().fetch_all(&self.readers).await.map_err(unavailable)?;
            for row in &rows {
                found.push((row.try_get("id").map_err(unavailable)?, read(row)?));
            }
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(found.into_iter().map(|(_, row)| row).collect())
    }

    /// What there is to say of batches, in the given order; unknown ones are left out.
    async fn summaries(
        &self,
        authority: AuthorityId,
        batches: Vec<BatchId>,
    ) -> Result<Vec<BatchSummary>, StoreError> {
        let mut known: HashMap<BatchId, BatchSummary> = HashMap::with_capacity(batches.len());
        for piece in batches.chunks(LISTED) {
            let list = |sql: &mut QueryBuilder<Sqlite>| {
                sql.push(" and batch in (");
                let mut places = sql.separated(", ");
                for batch in piece {
                    places.push_bind(id(batch.0));
                }
                sql.push(")");
            };
            // The first request of a batch speaks for all: they were asked for in one go.
            let mut sql = QueryBuilder::new(
                "select r.batch, r.requester, r.kind, r.id,
                    (select min(h.at_us) from history h where h.authority = r.authority
                        and h.request = r.id and h.action = 'request.submitted') as submitted_at_us
                 from request r where r.authority = ",
            );
            sql.push_bind(id(authority.0)).push(" and r.id in (select min(id) from request");
            sql.push(" where authority = ").push_bind(id(authority.0));
            list(&mut sql);
            sql.push(" group by batch)");
            for summary in self.all(sql, row::summary).await? {
                known.insert(summary.id, summary);
            }
            let mut sql = of("select batch, state, count(*) as many from request", authority);
            list(&mut sql);
            sql.push(" group by batch, state");
            for (batch, state, many) in self.all(sql, row::batch_count).await? {
                if let Some(summary) = known.get_mut(&batch) {
                    summary.requests += many;
                    summary.states.insert(state, many);
                }
            }
        }
        Ok(batches.iter().filter_map(|batch| known.remove(batch)).collect())
    }
}

/// See [`SqliteStore::writing`].
pub(crate) struct Writing<'s>(&'s SqliteStore);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if let Some(recent) = &self.0.recent {
            recent.forget();
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn authority(&self, authority: AuthorityId) -> Result<Option<Authority>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "select authority, version, name, status_slots from authority where authority = $1",
            )
            .bind(id(authority.0))
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)?;
            self.with_codes(row).await
        };
        self.recently(("authority", id(authority.0)), read).await
    }

    async fn authority_by_code(&self, code: &str) -> Result<Option<Authority>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "select a.authority, a.version, a.name, a.status_slots from authority a
             join authority_code c on c.authority = a.authority
             where c.code = $1 order by c.from_day desc limit 1",
            )
            .bind(code)
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)?;
            self.with_codes(row).await
        };
        self.recently(("authority of code", code.as_bytes().to_vec()), read).await
    }

    async fn authorities(&self) -> Result<Vec<Authority>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "select authority, version, name, status_slots from authority order by authority",
            )
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
            let mut all = Vec::with_capacity(rows.len());
            for row in rows {
                all.extend(self.with_codes(Some(row)).await?);
            }
            Ok(all)
        };
        self.recently(("authorities", Vec::new()), read).await
    }

    async fn people(
        &self,
        authority: AuthorityId,
        which: People<'_>,
    ) -> Result<Vec<Person>, StoreError> {
        match which {
            People::Ids([one]) => {
                let question = ("person", [id(authority.0), id(one.0)].concat());
                let ids = std::iter::once(id(one.0));
                let read = self.listed(PERSON, authority, "id", ids, "", row::person);
                self.recently(question, read).await
            }
            People::Ids(ids) => {
                let ids = ids.iter().map(|person| id(person.0));
                self.listed(PERSON, authority, "id", ids, "", row::person).await
            }
            People::PersonalIds(hashes) => {
                let hashes = hashes.iter().map(|hash| hash.0.to_vec());
                self.listed(PERSON, authority, "personal_id", hashes, "", row::person).await
            }
            People::Page { after, limit } => {
                let sql = page(of(PERSON, authority), after.map(|person| person.0), limit);
                self.all(sql, row::person).await
            }
            People::WithoutCard { after, limit } => {
                let mut sql = of(PERSON, authority);
                sql.push(
                    " and key is not null
                     and not exists (select 1 from card c where c.authority = person.authority
                        and c.person = person.id
                        and c.state in ('produced', 'ready', 'active', 'locked'))
                     and not exists (select 1 from request r
                        where r.authority = person.authority and r.person = person.id
                        and r.state in ('draft', 'submitted', 'checked', 'approved', 'queued',
                            'in_production'))",
                );
                let sql = page(sql, after.map(|person| person.0), limit);
                self.all(sql, row::person).await
            }
        }
    }

    async fn requests(
        &self,
        authority: AuthorityId,
        which: Requests<'_>,
    ) -> Result<Vec<Request>, StoreError> {
        match which {
            Requests::Ids([one]) => {
                let question = ("request", [id(authority.0), id(one.0)].concat());
                let ids = std::iter::once(id(one.0));
                let read = self.listed(REQUEST, authority, "id", ids, "", row::request);
                self.recently(question, read).await
            }
            Requests::Ids(ids) => {
                let ids = ids.iter().map(|request| id(request.0));
                self.listed(REQUEST, authority, "id", ids, "", row::request).await
            }
            Requests::OpenFor(people) => {
                let people = people.iter().map(|person| id(person.0));
                let open = " and state in ('draft', 'submitted', 'checked', 'approved', 'queued', \
                            'in_production')";
                self.listed(REQUEST, authority, "person", people, open, row::request).await
            }
            Requests::Of(people) => {
                let people = people.iter().map(|person| id(person.0));
                self.listed(REQUEST, authority, "person", people, "", row::request).await
            }
            Requests::Batch { batch, after, limit } => {
                let mut sql = of(REQUEST, authority);
                sql.push(" and batch = ").push_bind(id(batch.0));
                let sql = page(sql, after.map(|request| request.0), limit);
                self.all(sql, row::request).await
            }
            Requests::InState { state, after, limit } => {
                let mut sql = of(REQUEST, authority);
                sql.push(" and state = ").push_bind(state.to_owned());
                let sql = page(sql, after.map(|request| request.0), limit);
                self.all(sql, row::request).await
            }
            Requests::Waiting { limit } => {
                let mut sql = of(REQUEST, authority);
                sql.push(" and state in ('approved', 'queued')");
                self.all(page(sql, None, limit), row::request).await
            }
        }
    }

    async fn batches(
        &self,
        authority: AuthorityId,
        which: Batches,
    ) -> Result<Vec<BatchSummary>, StoreError> {
        let (mut sql, limit) = match which {
            Batches::One(batch) => return self.summaries(authority, vec![batch]).await,
            Batches::Waiting { after, limit } => {
                let mut sql = of("select distinct batch from request", authority);
                sql.push(" and state in ('submitted', 'checked')");
                if let Some(after) = after {
                    sql.push(" and batch > ").push_bind(id(after.0));
                }
                sql.push(" order by batch limit ");
                (sql, limit)
            }
            Batches::Newest { before, limit } => {
                let mut sql = of("select distinct batch from request", authority);
                if let Some(before) = before {
                    sql.push(" and batch < ").push_bind(id(before.0));
                }
                sql.push(" order by batch desc limit ");
                (sql, limit)
            }
        };
        sql.push_bind(i64::from(limit));
        let batches = self.all(sql, row::batch).await?;
        self.summaries(authority, batches).await
    }

    async fn cards(
        &self,
        authority: AuthorityId,
        which: Cards<'_>,
    ) -> Result<Vec<Card>, StoreError> {
        match which {
            Cards::Ids([one]) => {
                let question = ("card", [id(authority.0), id(one.0)].concat());
                let ids = std::iter::once(id(one.0));
                let read = self.listed(CARD, authority, "id", ids, "", row::card);
                self.recently(question, read).await
            }
            Cards::Ids(ids) => {
                let ids = ids.iter().map(|card| id(card.0));
                self.listed(CARD, authority, "id", ids, "", row::card).await
            }
            Cards::Of(people) => {
                let people = people.iter().map(|person| id(person.0));
                self.listed(CARD, authority, "person", people, "", row::card).await
            }
            Cards::InState { state, after, limit } => {
                let question = neighbours("after", authority, state, after, limit);
                let mut sql = of(CARD, authority);
                if let Some(state) = state {
                    sql.push(" and state = ").push_bind(state.to_owned());
                }
                let read = self.all(page(sql, after.map(|card| card.0), limit), row::card);
                match question {
                    Some(question) => self.recently(question, read).await,
                    None => read.await,
                }
            }
            Cards::Newest { state, before, limit } => {
                let question = neighbours("before", authority, state, before, limit);
                let mut sql = of(CARD, authority);
                if let Some(state) = state {
                    sql.push(" and state = ").push_bind(state.to_owned());
                }
                if let Some(before) = before {
                    sql.push(" and id < ").push_bind(id(before.0));
                }
                sql.push(" order by id desc limit ").push_bind(i64::from(limit));
                let read = self.all(sql, row::card);
                match question {
                    Some(question) => self.recently(question, read).await,
                    None => read.await,
                }
            }
            Cards::PastOn { today, limit } => {
                let mut sql = of(CARD, authority);
                sql.push(" and state in ('ready', 'active', 'locked') and valid_through < ")
                    .push_bind(today.to_string());
                self.all(page(sql, None, limit), row::card).await
            }
        }
    }

    async fn find(&self, by: Find) -> Result<Vec<Card>, StoreError> {
        let question = match by {
            Find::Serial(serial) => ("serial", serial.to_string().into_bytes()),
            Find::Chip(uid) => ("chip", uid.to_string().into_bytes()),
            Find::Number(hash) => ("number", hash.0.to_vec()),
        };
        let read = async {
            let mut sql = QueryBuilder::new(CARD);
            match by {
                Find::Serial(serial) => sql.push(" where serial = ").push_bind(serial.to_string()),
                Find::Chip(uid) => sql.push(" where uid = ").push_bind(uid.to_string()),
                Find::Number(hash) => sql.push(" where number = ").push_bind(hash.0.to_vec()),
            };
            sql.push(" order by id desc");
            self.all(sql, row::card).await
        };
        self.recently(question, read).await
    }

    async fn history(
        &self,
        authority: AuthorityId,
        subject: Subject,
    ) -> Result<Vec<history::Row>, StoreError> {
        let (what, of_what) = match subject {
            Subject::Card(card) => ("history of card", card.0),
            Subject::Person(person) => ("history of person", person.0),
            Subject::Request(request) => ("history of request", request.0),
        };
        let read = async {
            let mut sql = of(HISTORY, authority);
            match subject {
                Subject::Card(card) => sql.push(" and card = ").push_bind(id(card.0)),
                Subject::Person(person) => sql.push(" and person = ").push_bind(id(person.0)),
                Subject::Request(request) => sql.push(" and request = ").push_bind(id(request.0)),
            };
            sql.push(" order by seq");
            self.all(sql, row::history).await
        };
        self.recently((what, [id(authority.0), id(of_what)].concat()), read).await
    }

    async fn chain(
        &self,
        authority: AuthorityId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<history::Row>, StoreError> {
        let mut sql = of(HISTORY, authority);
        sql.push(" and seq > ").push_bind(after);
        sql.push(" order by seq limit ").push_bind(i64::from(limit));
        self.all(sql, row::history).await
    }

    async fn chain_back(
        &self,
        authority: AuthorityId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<history::Row>, StoreError> {
        let mut sql = of(HISTORY, authority);
        if let Some(before) = before {
            sql.push(" and seq < ").push_bind(before);
        }
        sql.push(" order by seq desc limit ").push_bind(i64::from(limit));
        self.all(sql, row::history).await
    }

    async fn latest(
        &self,
        authority: AuthorityId,
        action: &str,
        people: &[PersonId],
    ) -> Result<Vec<history::Row>, StoreError> {
        let mut found = Vec::new();
        for piece in people.chunks(LISTED) {
            let mut sql = of(HISTORY, authority);
            sql.push(" and seq in (select max(seq) from history where authority = ")
                .push_bind(id(authority.0))
                .push(" and action = ")
                .push_bind(action.to_owned())
                .push(" and person in (");
            let mut places = sql.separated(", ");
            for person in piece {
                places.push_bind(id(person.0));
            }
            sql.push(") group by person) order by seq");
            found.append(&mut self.all(sql, row::history).await?);
        }
        Ok(found)
    }

    async fn head(&self, authority: AuthorityId) -> Result<history::Head, StoreError> {
        let mut connection = self.readers.acquire().await.map_err(unavailable)?;
        commit::head(&mut connection, authority).await
    }

    async fn counts(&self, authority: AuthorityId) -> Result<Counts, StoreError> {
        let end = self.head(authority).await?.seq;
        if let Some(known) = self.counted().get(&authority)
            && i64::try_from(known.history) == Ok(end)
        {
            return Ok(known.clone());
        }
        // One statement, so that all figures are of the same instant.
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "select 'people' as what, '' as state, count(*) as many from person where authority = $1
             union all select 'without_photo', '', count(*) from person
                where authority = $1 and photo is null
             union all select 'request', state, count(*) from request
                where authority = $1 group by state
             union all select 'card', state, count(*) from card
                where authority = $1 group by state
             union all select 'batches', '', count(distinct batch) from request
                where authority = $1 and state in ('submitted', 'checked')
             union all select 'history', '', coalesce(max(seq), 0) from history_head
                where authority = $1
             union all select 'unsent', '', count(*) from outbox
                where authority = $1 and sent_at_us is null",
        )
        .bind(id(authority.0))
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable)?;
        let mut counts = Counts::default();
        for (what, state, many) in rows {
            let many = u64::try_from(many).unwrap_or(0);
            match what.as_str() {
                "people" => counts.people = many,
                "without_photo" => counts.without_photo = many,
                "request" => drop(counts.requests.insert(state, many)),
                "card" => drop(counts.cards.insert(state, many)),
                "batches" => counts.batches_waiting = many,
                "history" => counts.history = many,
                _ => counts.unsent = many,
            }
        }
        self.counted().insert(authority, counts.clone());
        Ok(counts)
    }

    async fn outbox(&self, limit: u32) -> Result<Vec<Message>, StoreError> {
        let mut sql = QueryBuilder::new(
            "select id, topic, key, payload from outbox where sent_at_us is null order by id limit ",
        );
        sql.push_bind(i64::from(limit));
        self.all(sql, row::message).await
    }

    async fn sent(&self, messages: &[Uuid], at: Timestamp) -> Result<(), StoreError> {
        let _forgets = self.writing();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
        for piece in messages.chunks(LISTED) {
            let mut sql = QueryBuilder::<Sqlite>::new("update outbox set sent_at_us = ");
            sql.push_bind(at.as_microsecond()).push(" where sent_at_us is null and id in (");
            let mut places = sql.separated(", ");
            for message in piece {
                places.push_bind(id(*message));
            }
            sql.push(")");
            sql.build().execute(&mut *tx).await.map_err(unavailable)?;
        }
        tx.commit().await.map_err(unavailable)?;
        self.counted().clear();
        Ok(())
    }

    async fn commit(&self, change: Changeset) -> Result<(), CommitError> {
        let authority = change.authority;
        let _forgets = self.writing();
        commit::commit(&self.writer, change).await?;
        self.counted().remove(&authority);
        Ok(())
    }
}

/// Whatever SQLite says here, the caller can only try again later or call somebody.
pub(crate) fn unavailable(error: sqlx::Error) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

fn of(select: &str, authority: AuthorityId) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(select);
    sql.push(" where authority = ").push_bind(id(authority.0));
    sql
}

fn page(mut sql: QueryBuilder<Sqlite>, after: Option<Uuid>, limit: u32) -> QueryBuilder<Sqlite> {
    if let Some(after) = after {
        sql.push(" and id > ").push_bind(id(after));
    }
    sql.push(" order by id limit ").push_bind(i64::from(limit));
    sql
}

/// The question for a few cards beside one; none for more, which are not kept.
fn neighbours(
    what: &'static str,
    authority: AuthorityId,
    state: Option<&str>,
    card: Option<CardId>,
    limit: u32,
) -> Option<Question> {
    let card = card.filter(|_| limit <= FEW)?;
    let state = state.unwrap_or_default().as_bytes();
    let limit = limit.to_be_bytes();
    Some((what, [&id(authority.0), &id(card.0), limit.as_slice(), state].concat()))
}

pub(crate) fn id(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

const PERSON: &str = "select authority, id, version, key, personal_id, sealed, photo from person";
const REQUEST: &str = "select authority, id, version, batch, person, kind, requester, content, \
                       life from request";
const CARD: &str = "select authority, id, version, serial, request, person, uid, number, \
                    status_index, valid_through, begun_at_us, station, claimed_at_us, approver, \
                    sealed, photo, digests, evidence, validity, whereabouts, chip from card";
const HISTORY: &str = "select authority, seq, prev, hash, id, at_us, actor, action, person, \
                       request, card, detail, sealed from history";

/// Connections that read.
const READERS: u32 = 4;

/// Cards beside one that are kept as one answer.
const FEW: u32 = 8;

/// Values in one list. Fixed, so that the prepared statement of a full piece is used again.
const LISTED: usize = 500;

/// How long one process waits for another's write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// `SQLITE_BUSY` and `SQLITE_LOCKED` with all their kinds.
fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| matches!(code & 0xFF, 5 | 6))
}
