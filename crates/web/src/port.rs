//! What the pages and the interface need from the rest of the product.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use wire::station::{Claim, Claimed, Queue, Report};
use wire::{Actor, AuthorityId, CardSerial, PersonId};

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
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckAnswer {
    /// The card is valid.
    Valid,
    /// It is not, or no such card exists.
    NotValidNow,
}

/// Faces, chips and readers: what pages show and cannot make themselves.
#[async_trait]
pub trait Workshop: Send + Sync {
    /// Whether everything here is invented.
    fn is_demo(&self) -> bool;

    /// A face of a card that was made, as a picture.
    ///
    /// # Errors
    ///
    /// [`DeskError::Refused`] when there is no such card or its holder's data was erased.
    async fn face(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
        side: FaceSide,
    ) -> Result<Picture, DeskError>;

    /// A face as it would be printed for a person now, marked as a proof.
    ///
    /// # Errors
    ///
    /// [`DeskError::Refused`] when the face cannot be set, with the reason.
    async fn proof(
        &self,
        authority: AuthorityId,
        person: PersonId,
        side: FaceSide,
    ) -> Result<Picture, DeskError>;

    /// The portrait that a card bears, as pages show it; none where it bears none. Ask only where
    /// the holder's data was not erased: it may be kept in memory.
    ///
    /// # Errors
    ///
    /// [`DeskError`] when the registry cannot be asked.
    async fn portrait(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
    ) -> Result<Option<Picture>, DeskError>;

    /// What a card's chip holds, as the registry signed it. `record` is the SHA-256 of the signed
    /// record in hexadecimal: what it names never changes, so it may be kept in memory.
    ///
    /// # Errors
    ///
    /// [`DeskError::Refused`] when there is no such card or its holder's data was erased.
    async fn on_chip(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
        record: &str,
    ) -> Result<OnChip, DeskError>;

    /// What a decoder reads on a picture of a QR code.
    ///
    /// # Errors
    ///
    /// [`DeskError::Refused`] when it is no picture, or no code is on it.
    async fn read_qr(&self, picture: Vec<u8>) -> Result<String, DeskError>;

    /// Checks the card on the reader of this machine. `put` names a card of the tray of software
    /// cards to put there first.
    ///
    /// # Errors
    ///
    /// [`DeskError::Refused`] when there is no reader or no card on it.
    async fn check_reader(
        &self,
        put: Option<CardSerial>,
        lang: phrase::Lang,
    ) -> Result<ChipCheck, DeskError>;
}

/// A side of a card.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum FaceSide {
    /// With portrait and QR.
    Front,
    /// With the emblem.
    Back,
}

/// A picture in the form in which it is sent.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Such as `image/webp`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Arc<[u8]>,
}

/// What a chip holds, as people can read it. Every text is a holder's.
#[derive(Clone, Debug)]
pub struct OnChip {
    /// Name and value of each field of the record; names are keys of the catalogue after `chip-`.
    pub fields: Vec<(&'static str, String)>,
    /// SHA-256 of the record, hex: equal to what the read-back saw.
    pub record_sha256: String,
    /// Bytes of the portrait on the chip; none where none was written.
    pub photo_bytes: Option<usize>,
    /// Text of the QR code with the personal id number masked.
    pub qr_masked: String,
}

/// What a check of a chip has found out.
#[derive(Clone, Debug)]
pub struct ChipCheck {
    /// Whether the card may be accepted now.
    pub valid: bool,
    /// State of the card in the registry ([`registry::card::Validity::name`]), or `unknown`.
    pub state: String,
    /// Whether the record's signature is an issuer's.
    pub data: Proof,
    /// Whether the chip showed that it knows its key.
    pub chip: Proof,
    /// Whether the photo on the chip is the one that was signed.
    pub photo: Proof,
    /// Why not, in the user's language; none when all holds.
    pub why: Option<String>,
    /// What the record itself says.
    pub record: Option<ChipRecord>,
    /// Exchanges with the card.
    pub exchanges: u32,
}

/// Whether something was shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proof {
    /// It was.
    Shown,
    /// It was found to be false.
    False,
    /// It could not be tried.
    NotTried,
}

/// What a signed record says of its holder.
#[derive(Clone, Debug)]
pub struct ChipRecord {
    /// The card's name.
    pub serial: String,
    /// Full name.
    pub full_name: String,
    /// Position, title or job position.
    pub title: String,
    /// The work unit.
    pub employing_unit: String,
    /// Ministry, sector or province.
    pub managing_agency: String,
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

impl<S: Send + Sync> FromRequestParts<S> for Station
where
    Arc<dyn Desk>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let desk = Arc::<dyn Desk>::from_ref(state);
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(Problem::unauthorised)?;
        desk.station(token).await?.map(Self).ok_or_else(Problem::unauthorised)
    }
}
