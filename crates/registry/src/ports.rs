//! What the registry needs from outside: a store, keys, photos, a clock and ids.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;
use wire::{Actor, AuthorityId, BatchId, CardId, CardSerial, ChipUid, PersonId, RequestId};
use zeroize::Zeroizing;

use crate::authority::Authority;
use crate::card::Card;
use crate::history;
use crate::person::Person;
use crate::request::Request;
use crate::view::{BatchSummary, Counts};

/// A keyed hash by which a personal value is found without being read. 32 bytes.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LookupHash(pub [u8; 32]);

impl fmt::Debug for LookupHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupHash(..)")
    }
}

/// Names a stored blob: SHA-256 of its bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BlobId(pub [u8; 32]);

/// Everything that one decision changes. All of it is stored, or none.
///
/// Each record carries the version at which it was read (0: it is new) and is stored as the next.
/// Records are written in the order people, cards, requests, each list from its beginning.
#[derive(Clone, Debug)]
pub struct Changeset {
    /// Whose records these are.
    pub authority: AuthorityId,
    /// When it was decided.
    pub at: Timestamp,
    /// Who decided.
    pub actor: Actor,
    /// The authority itself, when it changes.
    pub managing: Option<Authority>,
    /// People in their new state.
    pub people: Vec<Person>,
    /// Cards in their new state.
    pub cards: Vec<Card>,
    /// Requests in their new state.
    pub requests: Vec<Request>,
    /// What history gains, in order.
    pub history: Vec<history::Draft>,
    /// What other sites are to learn, in order.
    pub outbox: Vec<Message>,
}

impl Changeset {
    /// An empty changeset.
    pub const fn new(authority: AuthorityId, at: Timestamp, actor: Actor) -> Self {
        Self {
            authority,
            at,
            actor,
            managing: None,
            people: Vec::new(),
            cards: Vec::new(),
            requests: Vec::new(),
            history: Vec::new(),
            outbox: Vec::new(),
        }
    }

    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        self.managing.is_none()
            && self.people.is_empty()
            && self.cards.is_empty()
            && self.requests.is_empty()
            && self.history.is_empty()
            && self.outbox.is_empty()
    }
}

/// What other sites are to learn. Holds no personal value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// Identity: what the receiver deduplicates by.
    pub id: Uuid,
    /// What it is about, such as `card.status`.
    pub topic: String,
    /// The thing and its version, such as `<card id>-<version>`.
    pub key: String,
    /// JSON.
    pub payload: String,
}

/// The store did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is unusable right now: a disk, a lock, a connection.
    #[error("the store is not usable right now")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// What is stored cannot be.
    #[error("impossible value stored in {table}.{column}, row {row}")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
        /// Its key; never a personal value.
        row: String,
    },
    /// The store was written by a newer release, or by something else.
    #[error("the store was not written by this release or an older one")]
    Foreign(#[source] Box<dyn StdError + Send + Sync>),
}

/// A changeset was not stored.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody else committed first: read again and decide again.
    #[error("the {what} was changed meanwhile")]
    Conflict {
        /// `authority`, `person`, `card` or `request`.
        what: &'static str,
    },
    /// Something that must be unique is in use: read again and decide again.
    #[error("the {} is taken", what.name())]
    Taken {
        /// What.
        what: Unique,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What must be unique.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unique {
    /// Id or current code of an authority.
    Authority,
    /// One person of an authority for one personal id number.
    PersonalId,
    /// One open request for one person.
    OpenRequest,
    /// The serial of a card.
    Serial,
    /// The place in the authority's status list.
    StatusIndex,
    /// One card, not cancelled, on one chip.
    Chip,
    /// One active card for one person.
    ActiveCard,
    /// One run that a station is to carry out.
    OpenRun,
    /// The identity of a record: ids were drawn twice.
    Id,
}

impl Unique {
    /// In words, for messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::PersonalId => "personal id number",
            Self::OpenRequest => "place of the person's open request",
            Self::Serial => "card serial",
            Self::StatusIndex => "status index",
            Self::Chip => "chip",
            Self::ActiveCard => "place of the person's active card",
            Self::OpenRun => "place of the station's open run",
            Self::Id => "id",
        }
    }
}

/// Which people.
#[derive(Clone, Copy, Debug)]
pub enum People<'a> {
    /// Those with these ids.
    Ids(&'a [PersonId]),
    /// Those with these personal id numbers.
    PersonalIds(&'a [LookupHash]),
    /// A page by growing id, after the given one.
    Page {
        /// Where the page before ended.
        after: Option<PersonId>,
        /// At most so many.
        limit: u32,
    },
    /// A page of those that have neither a live card nor an open request.
    WithoutCard {
        /// Where the page before ended.
        after: Option<PersonId>,
        /// At most so many.
        limit: u32,
    },
}

/// Which requests.
#[derive(Clone, Copy, Debug)]
pub enum Requests<'a> {
    /// Those with these ids.
    Ids(&'a [RequestId]),
    /// The open ones for these people.
    OpenFor(&'a [PersonId]),
    /// All of these people.
    Of(&'a [PersonId]),
    /// A page of a batch by growing id.
    Batch {
        /// Which.
        batch: BatchId,
        /// Where the page before ended.
        after: Option<RequestId>,
        /// At most so many.
        limit: u32,
    },
    /// A page of those in a state ([`crate::request::Life::name`]) by growing id.
    InState {
        /// Which.
        state: &'a str,
        /// Where the page before ended.
        after: Option<RequestId>,
        /// At most so many.
        limit: u32,
    },
    /// The oldest that wait for a blank.
    Waiting {
        /// At most so many.
        limit: u32,
    },
}

/// Which batches of requests.
#[derive(Clone, Copy, Debug)]
pub enum Batches {
    /// This one.
    One(BatchId),
    /// A page of those with requests that wait for a decision, the oldest first.
    Waiting {
        /// Where the page before ended.
        after: Option<BatchId>,
        /// At most so many.
        limit: u32,
    },
    /// A page of all, the newest first.
    Newest {
        /// Where the page before ended.
        before: Option<BatchId>,
        /// At most so many.
        limit: u32,
    },
}

/// Which cards.
#[derive(Clone, Copy, Debug)]
pub enum Cards<'a> {
    /// Those with these ids.
    Ids(&'a [CardId]),
    /// All of these people.
    Of(&'a [PersonId]),
    /// A page of those in a state ([`crate::card::Validity::name`]), or of all, by growing id.
    InState {
        /// Which; none for all.
        state: Option<&'a str>,
        /// Where the page before ended.
        after: Option<CardId>,
        /// At most so many.
        limit: u32,
    },
    /// A page of those in a state, or of all, the newest first.
    Newest {
        /// Which; none for all.
        state: Option<&'a str>,
        /// Where the page before ended.
        before: Option<CardId>,
        /// At most so many.
        limit: u32,
    },
    /// A page of the live ones whose last day is before this one, by growing id.
    PastOn {
        /// The day.
        today: jiff::civil::Date,
        /// At most so many.
        limit: u32,
    },
}

/// One card, found without knowing its authority.
#[derive(Clone, Copy, Debug)]
pub enum Find {
    /// By its serial.
    Serial(CardSerial),
    /// By the chip it is, or was, on.
    Chip(ChipUid),
    /// By its number.
    Number(LookupHash),
}

/// History of what.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// A card.
    Card(CardId),
    /// A person.
    Person(PersonId),
    /// A request.
    Request(RequestId),
}

/// Durable home of everything the registry knows but keys and pictures.
///
/// Reads see only whole commits. Every method may be called from several threads and processes.
#[async_trait]
pub trait Store: Send + Sync {
    /// The authority with this id.
    async fn authority(&self, id: AuthorityId) -> Result<Option<Authority>, StoreError>;

    /// The authority with this id or, failing that, the one that ever bore this agency code.
    async fn authority_by_code(&self, code: &str) -> Result<Option<Authority>, StoreError>;

    /// All authorities, by growing id.
    async fn authorities(&self) -> Result<Vec<Authority>, StoreError>;

    /// People of an authority, by growing id; unknown ones are left out.
    async fn people(
        &self,
        authority: AuthorityId,
        which: People<'_>,
    ) -> Result<Vec<Person>, StoreError>;

    /// Requests of an authority, by growing id; unknown ones are left out.
    async fn requests(
        &self,
        authority: AuthorityId,
        which: Requests<'_>,
    ) -> Result<Vec<Request>, StoreError>;

    /// Batches of an authority with their counts.
    async fn batches(
        &self,
        authority: AuthorityId,
        which: Batches,
    ) -> Result<Vec<BatchSummary>, StoreError>;

    /// Cards of an authority, by growing id where [`Cards`] says nothing else; unknown ones are
    /// left out.
    async fn cards(
        &self,
        authority: AuthorityId,
        which: Cards<'_>,
    ) -> Result<Vec<Card>, StoreError>;

    /// Cards of all authorities by a name of their own, the youngest first.
    async fn find(&self, by: Find) -> Result<Vec<Card>, StoreError>;

    /// The history of one thing, oldest row first.
    async fn history(
        &self,
        authority: AuthorityId,
        of: Subject,
    ) -> Result<Vec<history::Row>, StoreError>;

    /// At most `limit` rows of an authority's chain after number `after`, in order.
    async fn chain(
        &self,
        authority: AuthorityId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<history::Row>, StoreError>;

    /// At most `limit` rows of an authority's chain before number `before`, or up to its end, the
    /// newest first.
    async fn chain_back(
        &self,
        authority: AuthorityId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<history::Row>, StoreError>;

    /// For each of these people the newest row of history with this action, where there is one.
    async fn latest(
        &self,
        authority: AuthorityId,
        action: &str,
        people: &[PersonId],
    ) -> Result<Vec<history::Row>, StoreError>;

    /// Where an authority's chain ends.
    async fn head(&self, authority: AuthorityId) -> Result<history::Head, StoreError>;

    /// How much there is of everything.
    async fn counts(&self, authority: AuthorityId) -> Result<Counts, StoreError>;

    /// At most `limit` messages that were not sent yet, oldest first.
    async fn outbox(&self, limit: u32) -> Result<Vec<Message>, StoreError>;

    /// Marks messages as sent; unknown ones and those already sent are passed over.
    async fn sent(&self, messages: &[Uuid], at: Timestamp) -> Result<(), StoreError>;

    /// Stores a changeset with its history and outbox in one transaction.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] when a record is no longer at the version that was read,
    /// [`CommitError::Taken`] when something unique is in use. Nothing is stored then.
    async fn commit(&self, change: Changeset) -> Result<(), CommitError>;
}

/// What a look-up hash is for. Hashes of different domains never meet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Domain {
    /// Personal id numbers.
    PersonalId,
    /// Card numbers.
    CardNumber,
}

impl Domain {
    /// The label that goes into the hash. Never changes.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PersonalId => "personal-id",
            Self::CardNumber => "card-number",
        }
    }
}

/// The vault did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It is unusable right now.
    #[error("the vault is not usable right now")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// What was to be opened was not sealed under this key with this context, or was changed.
    #[error("sealed data does not open")]
    DoesNotOpen,
}

/// The vault's part: keys that the registry uses and never sees.
#[async_trait]
pub trait Keys: Send + Sync {
    /// The keyed hash of a personal value.
    async fn lookup(&self, domain: Domain, value: &str) -> Result<LookupHash, KeysError>;

    /// A new key for one person, wrapped.
    async fn new_person_key(&self) -> Result<Vec<u8>, KeysError>;

    /// Seals `plain` under a wrapped key; `context` must be given again to open. Randomised.
    async fn seal(
        &self,
        wrapped: &[u8],
        context: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, KeysError>;

    /// Opens what [`Keys::seal`] made.
    ///
    /// # Errors
    ///
    /// [`KeysError::DoesNotOpen`] for another key, another context or changed bytes.
    async fn open(
        &self,
        wrapped: &[u8],
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeysError>;
}

/// The picture store did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum PhotosError {
    /// It is unusable right now.
    #[error("the photo store is not usable right now")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// A blob that a person's row names is not there.
    #[error("a photo is missing")]
    Missing,
    /// A blob's bytes are not the ones that were stored.
    #[error("a photo was changed")]
    Changed,
}

/// Home of sealed pictures: blobs, named by their content.
#[async_trait]
pub trait Photos: Send + Sync {
    /// Stores blobs and returns their names in order. They survive a power cut once this returns.
    /// Storing the same again changes nothing.
    async fn put(
        &self,
        authority: AuthorityId,
        blobs: Vec<Vec<u8>>,
    ) -> Result<Vec<BlobId>, PhotosError>;

    /// The blob with this name.
    ///
    /// # Errors
    ///
    /// [`PhotosError::Missing`] and [`PhotosError::Changed`], as they say.
    async fn get(&self, authority: AuthorityId, blob: BlobId) -> Result<Vec<u8>, PhotosError>;

    /// Removes a blob; one that is not there is passed over.
    async fn remove(&self, authority: AuthorityId, blob: BlobId) -> Result<(), PhotosError>;
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;

    /// The current day where the registry is (Vietnam: UTC+7).
    fn today(&self) -> jiff::civil::Date {
        jiff::tz::Offset::constant(7).to_datetime(self.now()).date()
    }
}

/// Makes names that nobody can guess.
pub trait Ids: Send + Sync {
    /// A UUID of version 7: ids grow with time.
    fn uuid(&self) -> Uuid;

    /// 64 random bits.
    fn random(&self) -> u64;
}
