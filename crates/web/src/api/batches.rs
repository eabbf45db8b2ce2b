//! Batches of requests for programs.

use axum::extract::State;
use jiff::Timestamp;
use registry::request::{Lack, Return};
use registry::view::{Asked, BatchSummary, Difference, News};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::{BatchId, CardSerial, RequestId};

use super::Json;
use crate::App;
use crate::address::{Ask, At};
use crate::fault::Fault;
use crate::ops::batches::{self, Chosen, Outcome, Seen, Show};
use crate::session::{May, grant};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(approve))
        .routes(routes!(approve_all))
        .routes(routes!(give_back))
}

/// Requests that were made together.
#[derive(Serialize, ToSchema)]
struct Batch {
    /// Names them.
    #[schema(value_type = String, format = Uuid)]
    id: BatchId,
    /// Whose people they are for.
    #[schema(value_type = String, format = Uuid)]
    authority: String,
    /// Who asked.
    requester: String,
    /// Why cards are wanted.
    #[schema(example = "first")]
    kind: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    submitted_at: Timestamp,
    /// How many there are.
    requests: u64,
    /// How many wait for a decision.
    waiting: u64,
    /// How many in each state.
    states: BTreeMap<String, u64>,
}

fn batch(authority: wire::AuthorityId, batch: &BatchSummary) -> Batch {
    Batch {
        id: batch.id,
        authority: authority.to_string(),
        requester: batch.requester.to_string(),
        kind: batches::kind_name(batch.kind),
        submitted_at: batch.submitted_at,
        requests: batch.requests,
        waiting: batch.waiting(),
        states: batch.states.clone(),
    }
}

/// Batches that the officer sees.
#[derive(Serialize, ToSchema)]
struct Batches {
    /// Those with something to decide, the oldest of each authority first; at most 100 of each.
    waiting: Vec<Batch>,
    /// Some that are decided, the newest of each authority first.
    decided: Vec<Batch>,
}

/// Batches with something to decide, and some that are decided.
#[utoipa::path(
    get,
    path = "/v1/batches",
    tag = "batches",
    responses(
        (status = OK, description = "the batches", body = Batches),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn list(
    may: May<grant::BatchView>,
    State(app): State<App>,
) -> Result<axum::Json<Batches>, Fault> {
    let mut all = Batches { waiting: Vec::new(), decided: Vec::new() };
    for group in batches::open(&app, &may).await? {
        all.waiting.extend(group.waiting.iter().map(|one| batch(group.authority, one)));
        all.decided.extend(group.decided.iter().map(|one| batch(group.authority, one)));
    }
    Ok(axum::Json(all))
}

/// Which part of a batch.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Part {
    /// From 1; without it, the first. A page beyond the last is the last.
    page: Option<usize>,
    /// Also those that are decided.
    #[serde(default)]
    all: bool,
}

/// A page of a batch, in Vietnamese order of names.
#[derive(Serialize, ToSchema)]
struct Page {
    /// The batch.
    batch: Batch,
    /// This page, from 1.
    page: usize,
    /// How many pages there are.
    pages: usize,
    /// The requests.
    requests: Vec<Request>,
    /// A commitment to everything of the batch that waits: for approving all of it.
    digest: String,
    /// Whether the officer asked for these cards, and so may not approve them.
    own: bool,
}

/// One request. Holds no whole number.
#[derive(Serialize, ToSchema)]
struct Request {
    /// Identity.
    #[schema(value_type = String, format = Uuid)]
    id: RequestId,
    /// For whom.
    #[schema(value_type = String, format = Uuid)]
    person: String,
    /// Its state.
    #[schema(example = "submitted")]
    state: &'static str,
    /// A commitment to what would be printed: approving sends it back.
    content: String,
    /// Whether the person is as when the card was asked for; approving needs that.
    as_asked: bool,
    /// Whether there is a photo.
    photo: bool,
    /// What would be printed; none once the person's data was erased.
    printed: Option<Printed>,
    /// Whether nothing was known of the person before.
    new_person: bool,
    /// Fields that differ from what was known before.
    changes: Vec<Change>,
    /// Who approved.
    approver: Option<String>,
    /// The card that it became.
    #[schema(value_type = Option<String>, example = "K7Q2-9XWM-4")]
    card: Option<CardSerial>,
    /// Why it was given back or refused, as a code.
    reason: Option<&'static str>,
    /// What the approver wrote with it, long numbers masked.
    note: Option<String>,
}

/// What is printed, the number masked.
#[derive(Serialize, ToSchema)]
pub(super) struct Printed {
    full_name: String,
    title: String,
    employing_unit: String,
    managing_agency: String,
    card_type: String,
    card_number: String,
}

impl From<registry::view::Printed> for Printed {
    fn from(printed: registry::view::Printed) -> Self {
        Self {
            full_name: printed.full_name,
            title: printed.title,
            employing_unit: printed.employing_unit,
            managing_agency: printed.managing_agency,
            card_type: printed.card_type,
            card_number: printed.card_number,
        }
    }
}

/// A field that differs.
#[derive(Serialize, ToSchema)]
struct Change {
    /// Its name.
    field: &'static str,
    /// The value before; none where values are not shown.
    before: Option<String>,
    /// The value now; none where values are not shown.
    after: Option<String>,
}

impl From<Difference> for Change {
    fn from(difference: Difference) -> Self {
        let (before, after) = difference.values.map(|v| (v.before, v.after)).unzip();
        Self { field: difference.field, before, after }
    }
}

impl From<Asked> for Request {
    fn from(asked: Asked) -> Self {
        let returned = asked.returned.map(Return::code);
        Self {
            id: asked.id,
            person: asked.person.to_string(),
            state: asked.state,
            content: asked.content,
            as_asked: asked.as_asked,
            photo: asked.photo,
            printed: asked.printed.map(Printed::from),
            new_person: asked.news == News::Person,
            changes: match asked.news {
                News::Since(changes) => changes.into_iter().map(Change::from).collect(),
                News::Person | News::Erased => Vec::new(),
            },
            approver: asked.approver.map(|by| by.to_string()),
            card: asked.card,
            reason: returned.or(asked.rejected.map(Lack::as_str)),
            note: asked.note,
        }
    }
}

/// A page of a batch, in Vietnamese order of names, 20 requests each.
#[utoipa::path(
    get,
    path = "/v1/batches/{batch}",
    tag = "batches",
    params(("batch" = String, Path, description = "the batch", format = Uuid), Part),
    responses(
        (status = OK, description = "the page", body = Page),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn one(
    may: May<grant::BatchView>,
    State(app): State<App>,
    At(id): At<BatchId>,
    Ask(part): Ask<Part>,
) -> Result<axum::Json<Page>, Fault> {
    let show = if part.all { Show::All } else { Show::Waiting };
    let sheet = batches::sheet(&app, &may, id, show, part.page.unwrap_or(1)).await?;
    Ok(axum::Json(Page {
        batch: batch(sheet.authority, &sheet.batch),
        page: sheet.page,
        pages: sheet.pages,
        requests: sheet.asked.into_iter().map(Request::from).collect(),
        digest: sheet.digest,
        own: sheet.own,
    }))
}

/// Requests to approve.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Approve {
    /// At most 400 fit into one body.
    requests: Vec<SeenRequest>,
}

/// A request, and what its approver has seen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeenRequest {
    /// Which.
    #[schema(value_type = String, format = Uuid)]
    id: RequestId,
    /// Its `content` as it was read.
    content: String,
}

/// What became of a decision.
#[derive(Serialize, ToSchema)]
struct Decided {
    /// Requests that it was made on.
    #[schema(value_type = Vec<String>)]
    done: Vec<RequestId>,
    /// Requests that it was not made on, and why.
    refused: Vec<NotDone>,
}

/// A request that a decision was not made on.
#[derive(Serialize, ToSchema)]
struct NotDone {
    /// Which.
    #[schema(value_type = String, format = Uuid)]
    id: RequestId,
    /// Why, as a stable name.
    #[schema(example = "refused-requester-is-approver")]
    why: String,
}

impl From<Outcome> for Decided {
    fn from(outcome: Outcome) -> Self {
        let not_done = |one: batches::NotDone| NotDone { id: one.request, why: one.why };
        Self { done: outcome.done, refused: outcome.refused.into_iter().map(not_done).collect() }
    }
}

/// Approves requests as they were read; one whose person changed since is refused and named.
#[utoipa::path(
    post,
    path = "/v1/batches/{batch}/approve",
    tag = "batches",
    params(("batch" = String, Path, description = "the batch", format = Uuid)),
    request_body = Approve,
    responses(
        (status = OK, description = "what became of each", body = Decided),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn approve(
    may: May<grant::BatchApprove>,
    State(app): State<App>,
    At(batch): At<BatchId>,
    Json(wanted): Json<Approve>,
) -> Result<axum::Json<Decided>, Fault> {
    let seen: Vec<Seen> = wanted
        .requests
        .into_iter()
        .map(|seen| Seen { request: seen.id, content: seen.content })
        .collect();
    Ok(axum::Json(batches::approve(&app, &may, batch, &seen).await?.into()))
}

/// Everything of a batch that waits.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApproveAll {
    /// The `digest` of the batch as it was read.
    digest: String,
}

/// Approves everything of a batch that waits, or nothing when any of it changed since it was read.
#[utoipa::path(
    post,
    path = "/v1/batches/{batch}/approve-all",
    tag = "batches",
    params(("batch" = String, Path, description = "the batch", format = Uuid)),
    request_body = ApproveAll,
    responses(
        (status = OK, description = "what became of each", body = Decided),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn approve_all(
    may: May<grant::BatchApprove>,
    State(app): State<App>,
    At(batch): At<BatchId>,
    Json(wanted): Json<ApproveAll>,
) -> Result<axum::Json<Decided>, Fault> {
    Ok(axum::Json(batches::approve_all(&app, &may, batch, &wanted.digest).await?.into()))
}

/// Requests to give back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GiveBack {
    /// Which; without it, all of the batch that wait.
    #[schema(value_type = Option<Vec<String>>)]
    requests: Option<Vec<RequestId>>,
    /// Why: `photo`, `name`, `title`, `unit`, `card_type`, `kind`, `not_entitled`, `twice`,
    /// `other`.
    reason: String,
    /// In words, at most 500 characters; needed with `other`. No numbers of people.
    #[serde(default)]
    note: String,
}

/// Gives requests back to whoever asked, with what is to be mended.
#[utoipa::path(
    post,
    path = "/v1/batches/{batch}/return",
    tag = "batches",
    params(("batch" = String, Path, description = "the batch", format = Uuid)),
    request_body = GiveBack,
    responses(
        (status = OK, description = "what became of each", body = Decided),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn give_back(
    may: May<grant::BatchApprove>,
    State(app): State<App>,
    At(batch): At<BatchId>,
    Json(wanted): Json<GiveBack>,
) -> Result<axum::Json<Decided>, Fault> {
    let (lack, note) = batches::reason(&wanted.reason, &wanted.note)?;
    let which = wanted.requests.map_or(Chosen::AllWaiting, Chosen::These);
    let done = batches::give_back(&app, &may, batch, &which, lack, note.as_ref()).await?;
    Ok(axum::Json(done.into()))
}
