//! What operators told stations to do. It outlives a restart of the server.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;
use wire::Actor;

use crate::ports::{CommitError, StoreError};

/// One run of a station.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RunId(pub Uuid);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for RunId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Whether a station is to go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It is to make cards.
    Wanted,
    /// It made what was asked, or was told to stop.
    Stopped {
        /// When.
        at: Timestamp,
    },
}

impl State {
    /// The word by which it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Stopped { .. } => "stopped",
        }
    }
}

/// One order to a station: make cards until there are so many, until nothing waits, or until told
/// to stop.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Run {
    /// Identity; ids of later runs are greater.
    pub id: RunId,
    /// Which station.
    pub station: Actor,
    /// Who gave the order.
    pub started_by: Actor,
    /// When.
    pub started_at: Timestamp,
    /// At most so many cards; none: as many as wait.
    pub limit: Option<u32>,
    /// Whether it goes on.
    pub state: State,
    /// Cards that became ready.
    pub made: u32,
    /// Cards that did not: spoiled blanks and returned requests.
    pub failed: u32,
    /// The version at which it was read; 0: it is new. It is stored as the next.
    pub version: i64,
}

/// Home of runs.
#[async_trait]
pub trait Runs: Send + Sync {
    /// The run that a station is to carry out now. There is at most one.
    async fn open_run(&self, station: &Actor) -> Result<Option<Run>, StoreError>;

    /// A station's runs, the youngest first.
    async fn runs(&self, station: &Actor, limit: u32) -> Result<Vec<Run>, StoreError>;

    /// Stores a run as the version after the one that it carries.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] when another version is stored, [`CommitError::Taken`] when the
    /// station has another run to carry out.
    async fn save(&self, run: &Run) -> Result<(), CommitError>;
}
