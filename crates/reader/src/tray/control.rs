//! The orders that a tray takes over its socket, and the client that gives them.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use picc::{Model, Size};
use serde::{Deserialize, Serialize};

use super::magazine::{Place, Status};
use crate::feeder::{Disposition, FeedError, Feeder, Uid};

/// One order, one line of JSON: `{"do":"next"}`, `{"do":"eject","to":"done"}`,
/// `{"do":"insert","uid":"04A1B2C3D4E5F6"}`, `{"do":"add","count":300,"model":"ev3","size":"k8",
/// "seed":1}`, `{"do":"list","place":"done"}`, `{"do":"status"}`, `{"do":"stop"}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Put the next blank on the reader.
    Next,
    /// Take the card off the reader.
    Eject {
        /// Where to.
        to: Disposition,
    },
    /// Put one particular card on the reader.
    Insert {
        /// Which.
        uid: Uid,
    },
    /// Make blanks.
    Add {
        /// How many.
        count: u32,
        /// Of which generation.
        model: Model,
        /// Of which size.
        size: Size,
        /// Decides their UIDs.
        seed: u64,
    },
    /// Which cards are in one place.
    List {
        /// Where.
        place: Place,
    },
    /// How many cards are where.
    Status,
    /// End the tray.
    Stop,
}

/// The answer to an [`Order`], one line of JSON.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// This card lies on the reader now.
    Card {
        /// Its number.
        uid: Uid,
    },
    /// No blank is left.
    Empty,
    /// It is done.
    Done,
    /// These cards, in the order of their making.
    Cards {
        /// Their numbers.
        uids: Vec<Uid>,
    },
    /// How many cards are where.
    Status(Status),
    /// It was not done.
    Refused {
        /// Why.
        why: Refusal,
    },
}

/// Why a tray did not do as ordered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A card lies on the reader already.
    Occupied,
    /// No card lies on the reader.
    NothingThere,
    /// There is no such card.
    NoSuchCard,
    /// No chip of that model was made in that size.
    NoSuchChip,
    /// The line is no order.
    NotAnOrder,
    /// Cards cannot be kept, for this reason.
    Storage(String),
}

/// The other end of a tray's socket.
#[derive(Debug)]
pub struct TrayClient {
    lines: BufReader<UnixStream>,
}

impl TrayClient {
    /// Connects to the tray whose socket is at `path`.
    ///
    /// # Errors
    ///
    /// [`FeedError::Unreachable`] when no tray listens there.
    pub fn connect(path: &Path) -> Result<Self, FeedError> {
        let stream = UnixStream::connect(path).map_err(FeedError::Unreachable)?;
        Ok(Self { lines: BufReader::new(stream) })
    }

    /// Gives an order and waits for the answer.
    ///
    /// # Errors
    ///
    /// [`FeedError::Unreachable`] when the tray has gone; [`FeedError::Nonsense`]; the refusals.
    pub fn order(&mut self, order: &Order) -> Result<Answer, FeedError> {
        let mut line = serde_json::to_string(order).expect("an order is plain data");
        line.push('\n');
        self.lines.get_mut().write_all(line.as_bytes()).map_err(FeedError::Unreachable)?;
        line.clear();
        if self.lines.read_line(&mut line).map_err(FeedError::Unreachable)? == 0 {
            let gone = io::Error::new(io::ErrorKind::UnexpectedEof, "the tray hung up");
            return Err(FeedError::Unreachable(gone));
        }
        match serde_json::from_str(&line).map_err(|_| FeedError::Nonsense)? {
            Answer::Refused { why } => Err(why.into()),
            answer => Ok(answer),
        }
    }

    /// Makes `count` blanks and returns their UIDs.
    ///
    /// # Errors
    ///
    /// As [`TrayClient::order`].
    pub fn add(
        &mut self,
        count: u32,
        model: Model,
        size: Size,
        seed: u64,
    ) -> Result<Vec<Uid>, FeedError> {
        match self.order(&Order::Add { count, model, size, seed })? {
            Answer::Cards { uids } => Ok(uids),
            _ => Err(FeedError::Nonsense),
        }
    }

    /// How many cards are where.
    ///
    /// # Errors
    ///
    /// As [`TrayClient::order`].
    pub fn status(&mut self) -> Result<Status, FeedError> {
        match self.order(&Order::Status)? {
            Answer::Status(status) => Ok(status),
            _ => Err(FeedError::Nonsense),
        }
    }

    /// The cards in one place, in the order of their making.
    ///
    /// # Errors
    ///
    /// As [`TrayClient::order`].
    pub fn list(&mut self, place: Place) -> Result<Vec<Uid>, FeedError> {
        match self.order(&Order::List { place })? {
            Answer::Cards { uids } => Ok(uids),
            _ => Err(FeedError::Nonsense),
        }
    }

    /// Ends the tray; its cards stay where they are.
    ///
    /// # Errors
    ///
    /// As [`TrayClient::order`].
    pub fn stop(&mut self) -> Result<(), FeedError> {
        self.done(&Order::Stop)
    }

    fn done(&mut self, order: &Order) -> Result<(), FeedError> {
        match self.order(order)? {
            Answer::Done | Answer::Card { .. } => Ok(()),
            _ => Err(FeedError::Nonsense),
        }
    }
}

impl Feeder for TrayClient {
    fn next(&mut self) -> Result<Option<Uid>, FeedError> {
        match self.order(&Order::Next)? {
            Answer::Card { uid } => Ok(Some(uid)),
            Answer::Empty => Ok(None),
            _ => Err(FeedError::Nonsense),
        }
    }

    fn eject(&mut self, to: Disposition) -> Result<(), FeedError> {
        self.done(&Order::Eject { to })
    }

    fn insert(&mut self, uid: Uid) -> Result<(), FeedError> {
        self.done(&Order::Insert { uid })
    }

    fn loaded(&mut self) -> Result<Option<Uid>, FeedError> {
        Ok(self.status()?.on_reader)
    }
}

impl From<Refusal> for FeedError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Occupied => Self::Occupied,
            Refusal::NothingThere => Self::NothingThere,
            Refusal::NoSuchCard => Self::NoSuchCard,
            Refusal::NoSuchChip => Self::Device { reason: "there is no such chip".to_owned() },
            Refusal::NotAnOrder => Self::Nonsense,
            Refusal::Storage(reason) => Self::Device { reason },
        }
    }
}
