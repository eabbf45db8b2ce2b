//! Cards for programs.

use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use registry::view::Done;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::{AuthorityId, CardId, CardSerial};

use super::Json;
use super::batches::Printed;
use crate::App;
use crate::address::{Ask, At};
use crate::fault::Fault;
use crate::ops::cards::{self, Found, Part};
use crate::session::{May, grant};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(search))
        .routes(routes!(one))
        .routes(routes!(lock))
        .routes(routes!(unlock))
        .routes(routes!(revoke))
        .routes(routes!(numbers))
}

/// Which part of the list of cards.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Of which authority; without it, the first that the officer works with.
    #[param(value_type = Option<String>, format = Uuid)]
    authority: Option<AuthorityId>,
    /// In which state; without it, in any.
    #[param(example = "active")]
    state: Option<String>,
    /// Those older than this card: `older` of the page before.
    #[param(value_type = Option<String>, format = Uuid)]
    before: Option<CardId>,
    /// Those newer than this card: `newer` of the page after.
    #[param(value_type = Option<String>, format = Uuid)]
    after: Option<CardId>,
}

/// Cards, the newest first.
#[derive(Serialize, ToSchema)]
struct Cards {
    /// The cards.
    cards: Vec<Row>,
    /// How many there are in this state.
    total: u64,
    /// Where newer cards are.
    #[schema(value_type = Option<String>, format = Uuid)]
    newer: Option<CardId>,
    /// Where older cards are.
    #[schema(value_type = Option<String>, format = Uuid)]
    older: Option<CardId>,
}

/// A card in a list, or a person who has none.
#[derive(Serialize, ToSchema)]
struct Row {
    /// Its name; none for a person without card.
    #[schema(value_type = Option<String>, example = "K7Q2-9XWM-4")]
    serial: Option<CardSerial>,
    /// Its state.
    #[schema(example = "active")]
    state: Option<&'static str>,
    /// The holder's name; empty once it was erased.
    full_name: String,
    /// The holder's title.
    title: String,
    /// The holder's work unit.
    employing_unit: String,
    /// The last day on which it is valid.
    #[schema(value_type = Option<String>, format = Date)]
    valid_through: Option<Date>,
}

impl From<cards::Row> for Row {
    fn from(row: cards::Row) -> Self {
        Self {
            serial: row.serial,
            state: row.state,
            full_name: row.full_name,
            title: row.title,
            employing_unit: row.unit,
            valid_through: row.valid_through,
        }
    }
}

/// A page of cards, the newest first, 50 each.
#[utoipa::path(
    get,
    path = "/v1/cards",
    tag = "cards",
    params(Which),
    responses(
        (status = OK, description = "the page", body = Cards),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn list(
    may: May<grant::CardView>,
    State(app): State<App>,
    Ask(which): Ask<Which>,
) -> Result<axum::Json<Cards>, Fault> {
    let state = match which.state.as_deref() {
        None => None,
        Some(name) => Some(cards::state_of(name).ok_or_else(|| Fault::input("fault-address"))?),
    };
    let Which { authority, before, after, .. } = which;
    let part = Part { authority, state, person: None, before, after };
    let listing = cards::list(&app, &may, &part).await?;
    Ok(axum::Json(Cards {
        cards: listing.rows.into_iter().map(Row::from).collect(),
        total: listing.total,
        newer: listing.newer,
        older: listing.older,
    }))
}

/// What to look for. It travels in the body: an address would be logged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Sought {
    /// A serial, all 12 digits of a personal id number, or a part of a name.
    q: String,
}

/// What was found.
#[derive(Serialize, ToSchema)]
struct Hits {
    /// Cards, and people without card.
    cards: Vec<Row>,
    /// Whether there may be more than these.
    more: bool,
}

/// Looks for cards by serial, by personal id number or by a part of a name.
#[utoipa::path(
    post,
    path = "/v1/cards/search",
    tag = "cards",
    request_body = Sought,
    responses(
        (status = OK, description = "what was found", body = Hits),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn search(
    may: May<grant::CardView>,
    State(app): State<App>,
    Json(sought): Json<Sought>,
) -> Result<axum::Json<Hits>, Fault> {
    let part = match cards::search(&app, &may, &sought.q).await? {
        Found::Card(serial) => {
            let row = Row::from(cards::one_row(&app, &may, serial).await?);
            return Ok(axum::Json(Hits { cards: vec![row], more: false }));
        }
        Found::Person(authority, person) => {
            Part { authority: Some(authority), person: Some(person), ..Part::default() }
        }
        Found::Nothing => return Ok(axum::Json(Hits { cards: Vec::new(), more: false })),
        Found::BadSerial => return Err(Fault::input("cards-fault-serial")),
        Found::Named { rows, matches, more } => {
            let more = more || matches > u64::try_from(rows.len()).unwrap_or(u64::MAX);
            let cards = rows.into_iter().map(Row::from).collect();
            return Ok(axum::Json(Hits { cards, more }));
        }
    };
    let listing = cards::list(&app, &may, &part).await?;
    let cards = listing.rows.into_iter().map(Row::from).collect();
    Ok(axum::Json(Hits { cards, more: false }))
}

/// Everything about a card but whole numbers.
#[derive(Serialize, ToSchema)]
struct Card {
    /// Its name.
    #[schema(value_type = String, example = "K7Q2-9XWM-4")]
    serial: CardSerial,
    /// Its state.
    #[schema(example = "active")]
    state: &'static str,
    /// Why it is locked or revoked, as a code.
    reason: Option<&'static str>,
    /// The last day on which it is valid.
    #[schema(value_type = String, format = Date)]
    valid_through: Date,
    /// Where the plastic is.
    whereabouts: &'static str,
    /// What the chip is.
    chip: &'static str,
    /// The chip.
    uid: String,
    /// Place in the authority's status list.
    status_index: u32,
    /// The authority.
    #[schema(value_type = String, format = Uuid)]
    authority: AuthorityId,
    /// The holder.
    #[schema(value_type = String, format = Uuid)]
    person: String,
    /// The requests made with its request.
    #[schema(value_type = String, format = Uuid)]
    batch: String,
    /// What is printed; none once the holder's data was erased.
    printed: Option<Printed>,
    /// The station that made it.
    station: String,
    /// Who asked for it.
    requested: Option<Deed>,
    /// Who approved it.
    approved: Option<Deed>,
    /// When it was made and read back.
    readied: Option<Deed>,
    /// Who handed it over.
    handed_over: Option<Deed>,
    /// What the read-back saw; none before it.
    read_back: Option<ReadBack>,
}

/// Who did something, and when.
#[derive(Serialize, ToSchema)]
struct Deed {
    /// The account or machine.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Done> for Deed {
    fn from(done: Done) -> Self {
        Self { by: done.by.to_string(), at: done.at }
    }
}

/// What the read-back saw.
#[derive(Serialize, ToSchema)]
struct ReadBack {
    /// Whether the record is the one that was signed.
    record_agrees: bool,
    /// Whether the photo is the one that was to be written, or none is there as planned.
    photo_agrees: bool,
    /// SHA-256 of the record as read, hex.
    record_sha256: String,
    /// SHA-256 of the photo as read, hex.
    photo_sha256: Option<String>,
    /// Decoders that read the printed QR and got its text.
    qr_decoders: Vec<String>,
    /// Exchanges with the chip.
    exchanges: u32,
}

/// A card with everything that led to it.
#[utoipa::path(
    get,
    path = "/v1/cards/{serial}",
    tag = "cards",
    params(("serial" = String, Path, description = "the card's name", example = "K7Q2-9XWM-4")),
    responses(
        (status = OK, description = "the card", body = Card),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn one(
    may: May<grant::CardView>,
    State(app): State<App>,
    At(serial): At<CardSerial>,
) -> Result<axum::Json<Card>, Fault> {
    let sheet = cards::card(&app, &may, serial).await?;
    let (record, photo) = (sheet.record_agrees(), sheet.photo_agrees());
    let (file, authority) = (sheet.file, sheet.authority);
    let read_back = file.evidence.map(|evidence| ReadBack {
        record_agrees: record == Some(true),
        photo_agrees: photo == Some(true),
        record_sha256: evidence.record_sha256,
        photo_sha256: evidence.photo_sha256,
        qr_decoders: evidence.qr_decoders,
        exchanges: evidence.exchanges,
    });
    let card = file.card;
    let locked = card.locked.map(registry::card::LockReason::as_str);
    Ok(axum::Json(Card {
        serial: card.serial,
        state: card.state,
        reason: locked.or(card.revoked.map(registry::card::RevokeReason::as_str)),
        valid_through: card.valid_through,
        whereabouts: card.whereabouts,
        chip: card.chip,
        uid: card.uid.to_string(),
        status_index: card.status_index,
        authority,
        person: card.person.to_string(),
        batch: file.batch.to_string(),
        printed: card.printed.map(Printed::from),
        station: file.station.to_string(),
        requested: file.requested.map(Deed::from),
        approved: file.approved.map(Deed::from),
        readied: file.readied.map(Deed::from),
        handed_over: file.handed_over.map(Deed::from),
        read_back,
    }))
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// Locking: `lost`, `stolen`, `compromised`, `inquiry`, `leave`, `suspension`,
    /// `record_mismatch`. Revoking: `lost`, `stolen`, `compromised`, `retired`, `left_service`,
    /// `dismissed`, `died`, `transferred`, `wrong_data`, `damaged`.
    reason: String,
}

/// The state of a card after a decision.
#[derive(Serialize, ToSchema)]
struct Now {
    /// Its name.
    #[schema(value_type = String, example = "K7Q2-9XWM-4")]
    serial: CardSerial,
    /// Its state.
    state: &'static str,
}

/// Refuses a card for now.
#[utoipa::path(
    post,
    path = "/v1/cards/{serial}/lock",
    tag = "cards",
    params(("serial" = String, Path, description = "the card's name", example = "K7Q2-9XWM-4")),
    request_body = Reason,
    responses(
        (status = OK, description = "it is locked", body = Now),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn lock(
    may: May<grant::CardLock>,
    State(app): State<App>,
    At(serial): At<CardSerial>,
    Json(why): Json<Reason>,
) -> Result<axum::Json<Now>, Fault> {
    cards::lock(&app, &may, serial, &why.reason).await?;
    Ok(axum::Json(Now { serial, state: "locked" }))
}

/// Accepts a locked card again; by somebody else than who locked it.
#[utoipa::path(
    post,
    path = "/v1/cards/{serial}/unlock",
    tag = "cards",
    params(("serial" = String, Path, description = "the card's name", example = "K7Q2-9XWM-4")),
    responses(
        (status = OK, description = "it is active", body = Now),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn unlock(
    may: May<grant::CardUnlock>,
    State(app): State<App>,
    At(serial): At<CardSerial>,
) -> Result<axum::Json<Now>, Fault> {
    cards::unlock(&app, &may, serial).await?;
    Ok(axum::Json(Now { serial, state: "active" }))
}

/// Refuses a card for ever.
#[utoipa::path(
    post,
    path = "/v1/cards/{serial}/revoke",
    tag = "cards",
    params(("serial" = String, Path, description = "the card's name", example = "K7Q2-9XWM-4")),
    request_body = Reason,
    responses(
        (status = OK, description = "it is revoked", body = Now),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn revoke(
    may: May<grant::CardRevoke>,
    State(app): State<App>,
    At(serial): At<CardSerial>,
    Json(why): Json<Reason>,
) -> Result<axum::Json<Now>, Fault> {
    cards::revoke(&app, &may, serial, &why.reason).await?;
    Ok(axum::Json(Now { serial, state: "revoked" }))
}

/// Why somebody's whole numbers are looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardNumbersWhy)]
struct Why {
    /// In words, 1 to 500 characters; the person concerned can read it.
    reason: String,
}

/// Whole numbers of a card's holder.
#[derive(Serialize, ToSchema)]
#[schema(as = CardNumbers)]
struct Numbers {
    /// Personal id number.
    personal_id: String,
    /// Card number.
    card_number: String,
}

/// The whole numbers of a card's holder; history learns who looked and why before they are told.
#[utoipa::path(
    post,
    path = "/v1/cards/{serial}/numbers",
    tag = "cards",
    params(("serial" = String, Path, description = "the card's name", example = "K7Q2-9XWM-4")),
    request_body = Why,
    responses(
        (status = OK, description = "the numbers", body = Numbers),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn numbers(
    may: May<grant::PersonUnmask>,
    State(app): State<App>,
    At(serial): At<CardSerial>,
    Json(why): Json<Why>,
) -> Result<axum::Json<Numbers>, Fault> {
    let unmasked = cards::unmask(&app, &may, serial, &why.reason).await?;
    Ok(axum::Json(Numbers {
        personal_id: unmasked.personal_id.clone(),
        card_number: unmasked.card_number.clone(),
    }))
}
