//! What the pages and the interface need from the rest of the product.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use wire::Actor;
use wire::station::{Claim, Claimed, Queue, Report};

use crate::Problem;

/// Everything behind the HTTP interface.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Whether requests can be answered right now.
    ///
    /// # Errors
    ///
    /// [`DeskError::Unavailable`] when the database or the vault does not answer.
    async fn healthy(&self) -> Result<(), DeskError>;

    /// The station that a bearer token belongs to; compares in constant time.
    ///
    /// # Errors
    ///
    /// [`DeskError::Unavailable`] when the tokens cannot be read.
    async fn station(&self, token: &str) -> Result<Option<Actor>, DeskError>;

    /// Gives `station` the card that the chip on its reader shall become.
    ///
    /// # Errors
    ///
    /// [`DeskError`] by cause.
    async fn claim(&self, station: &Actor, claim: Claim) -> Result<Claimed, DeskError>;

    /// How much work waits for stations.
    ///
    /// # Errors
    ///
    /// [`DeskError`] by cause.
    async fn queue(&self, station: &Actor) -> Result<Queue, DeskError>;

    /// Takes what became of a card at `station`.
    ///
    /// # Errors
    ///
    /// [`DeskError`] by cause.
    async fn report(&self, station: &Actor, report: Report) -> Result<(), DeskError>;

    /// Whether the card whose QR holds `text` is valid now.
    ///
    /// # Errors
    ///
    /// [`DeskError`] by cause.
    async fn check(&self, text: &str) -> Result<CheckAnswer, DeskError>;
}

/// What the public learns: never who, never why not.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckAnswer {
    /// The card is valid.
    Valid,
    /// It is not, or no such card exists.
    NotValidNow,
}

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// A rule forbids it. `code` is stable, `text` is for people and names no person.
    #[error("refused: {code}")]
    Refused {
        /// For programs.
        code: &'static str,
        /// For people.
        text: String,
    },
    /// Something is not reachable; the same request may succeed later.
    #[error("temporarily unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Our mistake.
    #[error("internal error")]
    Bug(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A station that showed its token. Only the check makes one.
#[derive(Clone, Debug)]
pub struct Station(Actor);

impl Station {
    /// The account it acts as.
    pub const fn actor(&self) -> &Actor {
        &self.0
    }
}

impl FromRequestParts<Arc<dyn Desk>> for Station {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        desk: &Arc<dyn Desk>,
    ) -> Result<Self, Self::Rejection> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(Problem::unauthorised)?;
        desk.station(token).await?.map(Self).ok_or_else(Problem::unauthorised)
    }
}
