//! History for programs: codes, not words.

use std::collections::BTreeMap;

use axum::extract::State;
use jiff::Timestamp;
use registry::history::Broken;
use registry::view::Trace;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::{AuthorityId, CardSerial, PersonId};

use super::Json;
use crate::App;
use crate::address::{Ask, At};
use crate::fault::Fault;
use crate::ops::audit::{self, Proof};
use crate::session::{May, grant};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(chain))
        .routes(routes!(of_card))
        .routes(routes!(of_person))
        .routes(routes!(verify))
        .routes(routes!(numbers))
}

/// One thing that happened. Holds no whole number.
#[derive(Serialize, ToSchema)]
struct Event {
    /// Its number in the authority's chain.
    seq: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The account or machine.
    actor: String,
    /// What, such as `card.locked`.
    action: String,
    /// The state before.
    from: Option<String>,
    /// The state after.
    to: Option<String>,
    /// Why, as a code; which kind of code, the action says.
    reason: Option<String>,
    /// Fields that changed.
    fields: Vec<String>,
    /// What an officer or a station wrote, long numbers masked.
    note: Option<String>,
    /// Other facts by name.
    facts: BTreeMap<String, String>,
    /// The person concerned.
    #[schema(value_type = Option<String>, format = Uuid)]
    person: Option<String>,
    /// The person's name today; none once it was erased.
    full_name: Option<String>,
    /// The card concerned.
    #[schema(value_type = Option<String>, example = "K7Q2-9XWM-4")]
    card: Option<CardSerial>,
}

impl From<Trace> for Event {
    fn from(trace: Trace) -> Self {
        Self {
            seq: trace.happening.seq,
            at: trace.happening.at,
            actor: trace.happening.actor.as_str().to_owned(),
            action: trace.happening.action,
            from: trace.from,
            to: trace.to,
            reason: trace.reason,
            fields: trace.fields,
            note: trace.note,
            facts: trace.facts,
            person: trace.person.map(|person| person.to_string()),
            full_name: trace.full_name,
            card: trace.card,
        }
    }
}

/// A page of an authority's history, newest first.
#[derive(Serialize, ToSchema)]
struct Events {
    /// Whose; none when there is no authority yet.
    #[schema(value_type = Option<String>, format = Uuid)]
    authority: Option<String>,
    /// What happened.
    events: Vec<Event>,
    /// `before` of the next page; none when this was the last.
    older: Option<i64>,
    /// Rows in the whole chain.
    total: u64,
}

/// Which part of the history.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Part {
    /// Of which authority; without it, the first that the officer reads.
    #[param(value_type = Option<String>, format = Uuid)]
    authority: Option<AuthorityId>,
    /// Rows before this number; without it, the newest.
    before: Option<i64>,
    /// At most so many rows, up to 500.
    limit: Option<u32>,
}

/// A page of an authority's history, newest first.
#[utoipa::path(
    get,
    path = "/v1/history",
    tag = "history",
    params(Part),
    responses(
        (status = OK, description = "the page", body = Events),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn chain(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    Ask(part): Ask<Part>,
) -> Result<axum::Json<Events>, Fault> {
    let limit = part.limit.unwrap_or(100);
    let found = audit::chain(&app, &may, part.authority, part.before, limit).await?;
    Ok(axum::Json(match found {
        Some(chain) => Events {
            authority: Some(chain.authority.to_string()),
            events: chain.rows.into_iter().map(Event::from).collect(),
            older: chain.older,
            total: chain.total,
        },
        None => Events { authority: None, events: Vec::new(), older: None, total: 0 },
    }))
}

/// Everything that happened to something, oldest first.
#[derive(Serialize, ToSchema)]
struct Line {
    /// What happened.
    events: Vec<Event>,
}

/// Everything that happened to a card, oldest first.
#[utoipa::path(
    get,
    path = "/v1/history/cards/{serial}",
    tag = "history",
    params(("serial" = String, Path, description = "the card's name", example = "K7Q2-9XWM-4")),
    responses(
        (status = OK, description = "its time line", body = Line),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn of_card(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    At(serial): At<CardSerial>,
) -> Result<axum::Json<Line>, Fault> {
    let (_, rows) = audit::of_card(&app, &may, serial).await?;
    Ok(axum::Json(Line { events: rows.into_iter().map(Event::from).collect() }))
}

/// Everything that happened to a person's record, requests and cards, oldest first.
#[utoipa::path(
    get,
    path = "/v1/history/people/{person}",
    tag = "history",
    params(("person" = String, Path, description = "the person's id in the registry", format = Uuid)),
    responses(
        (status = OK, description = "the time line", body = Line),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn of_person(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    At(person): At<PersonId>,
) -> Result<axum::Json<Line>, Fault> {
    let (_, rows) = audit::of_person(&app, &may, person).await?;
    Ok(axum::Json(Line { events: rows.into_iter().map(Event::from).collect() }))
}

/// Whose history to prove.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Whose {
    /// The authority.
    #[schema(value_type = String, format = Uuid)]
    authority: AuthorityId,
}

/// Whether a history is whole.
#[derive(Serialize, ToSchema)]
struct Whole {
    /// Whether it is.
    whole: bool,
    /// Its number of rows when it is; else the number of the first row that does not hold.
    row: i64,
    /// What does not hold there: `gap`, `link`, `row` or `head`.
    broken: Option<&'static str>,
}

/// Proves that nothing was changed in an authority's history or taken out of it.
#[utoipa::path(
    post,
    path = "/v1/history/verify",
    tag = "history",
    request_body = Whose,
    responses(
        (status = OK, description = "the answer", body = Whole),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn verify(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    Json(whose): Json<Whose>,
) -> Result<axum::Json<Whole>, Fault> {
    Ok(axum::Json(match audit::verify(&app, &may, whose.authority).await? {
        Proof::Whole(row) => Whole { whole: true, row, broken: None },
        Proof::Broken(broken) => {
            let (what, row) = match broken {
                Broken::Gap { expected } => ("gap", expected),
                Broken::Link { seq } => ("link", seq),
                Broken::Row { seq } => ("row", seq),
                Broken::Head { expected } => ("head", expected),
            };
            Whole { whole: false, row, broken: Some(what) }
        }
    }))
}

/// Why somebody's whole numbers are looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Why {
    /// In words, 1 to 500 characters; the person concerned can read it.
    reason: String,
}

/// Whole numbers of a person.
#[derive(Serialize, ToSchema)]
struct Numbers {
    /// Personal id number.
    personal_id: String,
    /// Card number.
    card_number: String,
}

/// A person's whole numbers; history learns who looked and why before they are told.
#[utoipa::path(
    post,
    path = "/v1/history/people/{person}/numbers",
    tag = "history",
    params(("person" = String, Path, description = "the person's id in the registry", format = Uuid)),
    request_body = Why,
    responses(
        (status = OK, description = "the numbers", body = Numbers),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn numbers(
    _: May<grant::HistoryRead>,
    may: May<grant::PersonUnmask>,
    State(app): State<App>,
    At(person): At<PersonId>,
    Json(why): Json<Why>,
) -> Result<axum::Json<Numbers>, Fault> {
    let unmasked = audit::unmask(&app, &may, person, &why.reason).await?;
    Ok(axum::Json(Numbers {
        personal_id: unmasked.personal_id.clone(),
        card_number: unmasked.card_number.clone(),
    }))
}
