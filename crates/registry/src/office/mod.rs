//! The service: each method is one decision, made by one actor, stored in one commit.

mod ask;
mod batches;
mod browse;
mod check;
mod collect;
mod decide;
mod inspect;
mod keep;
mod load;
mod look;
mod make;
mod people;
mod trail;

use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use profile::Profile;
use serde::{Deserialize, Serialize};
use serde_json::json;
use wire::{Actor, AuthorityId, CardId, EventId, PersonId};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use self::ask::{For, Which};
pub use self::browse::{InBatch, Ordered};
pub use self::keep::ChainError;
pub use self::load::{OnChange, Photo, StaffEntry};
pub use self::people::{Among, Search, WINDOW};
pub use self::trail::About;
use crate::Refused;
use crate::card::{self, Card};
use crate::history::Draft;
use crate::person::{Details, Person};
use crate::ports::{
    Changeset, Clock, CommitError, Ids, Keys, KeysError, Message, Photos, PhotosError, Store,
    StoreError,
};
use crate::request::{self, Request};

/// Who acts: an account, and the person behind it where one is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct By {
    /// The account, or the name of a machine.
    pub actor: Actor,
    /// The person behind the account: nobody acts on the own card.
    pub person: Option<PersonId>,
}

impl From<Actor> for By {
    fn from(actor: Actor) -> Self {
        Self { actor, person: None }
    }
}

/// What an [`Office`] works with.
#[derive(Clone)]
pub struct Ports {
    /// Records.
    pub store: Arc<dyn Store>,
    /// Keys.
    pub keys: Arc<dyn Keys>,
    /// Pictures.
    pub photos: Arc<dyn Photos>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Names and randomness.
    pub ids: Arc<dyn Ids>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports(..)")
    }
}

/// What an installation decides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Terms {
    /// How long a chip belongs to the station that claimed it last; then another may take over.
    pub lease: SignedDuration,
    /// How many different decoders must have read the printed QR before a card is ready.
    pub qr_decoders: usize,
}

impl Default for Terms {
    /// A quarter of an hour, and two decoders.
    fn default() -> Self {
        Self { lease: SignedDuration::from_mins(15), qr_decoders: 2 }
    }
}

/// The registry as programs use it. Cheap to clone; may be shared between threads.
#[derive(Clone, Debug)]
pub struct Office {
    ports: Ports,
    profile: Arc<Profile>,
    terms: Terms,
}

/// Something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Others keep changing the same records; asking again later helps.
    #[error("others keep changing the same records")]
    Busy(#[source] CommitError),
    /// The store failed.
    #[error("the registry's store failed")]
    Store(#[from] StoreError),
    /// The vault failed.
    #[error("the registry's vault failed")]
    Keys(#[from] KeysError),
    /// The photo store failed.
    #[error("the registry's photo store failed")]
    Photos(#[from] PhotosError),
    /// What is stored of a person or a card cannot be.
    #[error("what is stored in the {what} of {id} cannot be")]
    Stored {
        /// Which part.
        what: &'static str,
        /// Whose: a person's or a card's id.
        id: String,
    },
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => Self::Store(error),
            lost @ (CommitError::Conflict { .. } | CommitError::Taken { .. }) => Self::Busy(lost),
        }
    }
}

/// Decides again while others commit first.
macro_rules! settle {
    ($attempt:expr) => {{
        let mut tries = 0;
        loop {
            match $attempt.await {
                Err($crate::office::Error::Busy(_)) if tries < $crate::office::ATTEMPTS => {
                    tries += 1;
                }
                settled => break settled,
            }
        }
    }};
}
pub(crate) use settle;

/// How often a decision is made again after others committed first.
const ATTEMPTS: u32 = 32;

impl Office {
    /// An office over these ports, under this profile.
    pub const fn new(ports: Ports, profile: Arc<Profile>, terms: Terms) -> Self {
        Self { ports, profile, terms }
    }

    /// The profile that it works under.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    fn changeset(&self, authority: AuthorityId, by: &By) -> Changeset {
        Changeset::new(authority, self.ports.clock.now(), by.actor.clone())
    }

    async fn commit(&self, change: Changeset) -> Result<(), Error> {
        if change.is_empty() {
            return Ok(());
        }
        Ok(self.ports.store.commit(change).await?)
    }

    fn draft(&self, action: &'static str, detail: &serde_json::Value) -> Draft {
        debug_assert!(crate::history::ACTIONS.contains(&action), "{action} is in no catalogue");
        Draft {
            id: EventId(self.ports.ids.uuid()),
            action,
            person: None,
            request: None,
            card: None,
            detail: detail.to_string(),
            sealed: None,
        }
    }

    /// Decides and applies `command`, and adds everything that follows to `change`.
    fn step_request(
        &self,
        change: &mut Changeset,
        request: Request,
        command: &request::Command,
    ) -> Result<Request, Refused> {
        let event = request.decide(command)?;
        let from = request.life.name();
        let mut after = request;
        after.life = after.life.apply(&event, change.at);
        change.history.push(Draft {
            person: Some(after.person),
            request: Some(after.id),
            ..self.draft(
                event.name(),
                &json!({ "from": from, "to": after.life.name(), "event": event }),
            )
        });
        change.requests.push(after.clone());
        Ok(after)
    }

    /// Decides and applies `command`, and adds everything that follows to `change`.
    fn step_card(
        &self,
        change: &mut Changeset,
        card: Card,
        command: &card::Command,
    ) -> Result<Card, Refused> {
        let event = card.decide(command)?;
        let from = card.validity.name();
        let after = card.apply(&event, change.at);
        change.history.push(Draft {
            person: Some(after.person),
            request: Some(after.request),
            card: Some(after.id),
            ..self.draft(
                event.name(),
                &json!({ "from": from, "to": after.validity.name(), "event": event }),
            )
        });
        change.outbox.push(self.status_message(&after));
        change.cards.push(after.clone());
        Ok(after)
    }

    /// Tells other sites the status of a card that is about to be committed.
    fn status_message(&self, card: &Card) -> Message {
        Message {
            id: self.ports.ids.uuid(),
            topic: "card.status".to_owned(),
            key: format!("{}-{}", card.id, card.version + 1),
            payload: json!({
                "authority": card.authority,
                "card": card.id,
                "index": card.status_index,
                "status": card.validity.listed() as u8,
            })
            .to_string(),
        }
    }

    async fn open_details(&self, person: &Person) -> Result<Details, Error> {
        let key = person.key.as_deref().ok_or(Refused::Erased)?;
        let plain = self.ports.keys.open(key, &person_context(person.id), &person.sealed).await?;
        serde_json::from_slice(&plain)
            .map_err(|_| Error::Stored { what: "details", id: person.id.to_string() })
    }

    async fn seal_details(
        &self,
        key: &[u8],
        person: PersonId,
        details: &Details,
    ) -> Result<Vec<u8>, Error> {
        let plain = zeroize::Zeroizing::new(
            serde_json::to_vec(details)
                .map_err(|_| Error::Stored { what: "details", id: person.to_string() })?,
        );
        Ok(self.ports.keys.seal(key, &person_context(person), &plain).await?)
    }

    async fn open_issue(&self, key: &[u8], card: &Card) -> Result<Issue, Error> {
        let plain = self.ports.keys.open(key, &card_context(card.id), &card.sealed).await?;
        serde_json::from_slice(&plain)
            .map_err(|_| Error::Stored { what: "printed content", id: card.id.to_string() })
    }

    /// The only card with this id at this authority.
    async fn one_card(&self, authority: AuthorityId, id: CardId) -> Result<Card, Error> {
        let cards = self.ports.store.cards(authority, crate::ports::Cards::Ids(&[id])).await?;
        Ok(cards.into_iter().next().ok_or(Refused::UnknownCard)?)
    }

    async fn one_person(&self, authority: AuthorityId, id: PersonId) -> Result<Person, Error> {
        let people = self.ports.store.people(authority, crate::ports::People::Ids(&[id])).await?;
        Ok(people.into_iter().next().ok_or(Refused::UnknownPerson)?)
    }
}

/// What a card was issued with: printed and written as it stood then.
#[derive(Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
struct Issue {
    code4: String,
    details: Details,
}

fn person_context(person: PersonId) -> Vec<u8> {
    context(b"person", person.0)
}

fn photo_context(person: PersonId) -> Vec<u8> {
    context(b"photo", person.0)
}

fn card_context(card: CardId) -> Vec<u8> {
    context(b"card", card.0)
}

fn report_context(card: CardId) -> Vec<u8> {
    context(b"report", card.0)
}

fn context(label: &[u8], id: uuid::Uuid) -> Vec<u8> {
    [label, &[0], id.as_bytes()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        for digit in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(digit), 16));
        }
        out
    })
}
