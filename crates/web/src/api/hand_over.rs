//! Handing cards over, for programs.

use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::{AuthorityId, CardId, CardSerial};

use super::Json;
use crate::App;
use crate::address::At;
use crate::fault::Fault;
use crate::ops::hand_over;
use crate::session::{May, grant};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(units, give)).routes(routes!(list))
}

/// Work units with cards to collect.
#[derive(Serialize, ToSchema)]
struct Units {
    /// The units.
    units: Vec<Unit>,
}

/// A work unit with cards to collect.
#[derive(Serialize, ToSchema)]
struct Unit {
    /// Whose cards these are.
    #[schema(value_type = String, format = Uuid)]
    authority: AuthorityId,
    /// Names the unit in addresses.
    key: String,
    /// As printed.
    name: String,
    /// Cards that wait.
    cards: u64,
}

/// Work units with cards to collect.
#[utoipa::path(
    get,
    path = "/v1/hand-over",
    tag = "hand-over",
    responses(
        (status = OK, description = "the units", body = Units),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn units(
    may: May<grant::HandOver>,
    State(app): State<App>,
) -> Result<axum::Json<Units>, Fault> {
    let groups = hand_over::units(&app, &may).await?;
    let units = groups.into_iter().flat_map(|group| {
        let authority = group.authority;
        let unit = move |unit: hand_over::Unit| Unit {
            authority,
            key: unit.key,
            name: unit.name,
            cards: unit.cards,
        };
        group.units.into_iter().map(unit)
    });
    Ok(axum::Json(Units { units: units.collect() }))
}

/// The cards that wait for the people of a unit, in Vietnamese order of names.
#[derive(Serialize, ToSchema)]
struct List {
    /// The unit.
    unit: String,
    /// The cards.
    cards: Vec<Ready>,
}

/// A card that waits for its holder.
#[derive(Serialize, ToSchema)]
struct Ready {
    /// The card.
    #[schema(value_type = String, format = Uuid)]
    card: CardId,
    /// Its name.
    #[schema(value_type = String, example = "K7Q2-9XWM-4")]
    serial: CardSerial,
    /// The holder's name.
    full_name: String,
    /// The holder's title.
    title: String,
    /// The last day to collect it.
    #[schema(value_type = Option<String>, format = Date)]
    collect_by: Option<Date>,
    /// Why this officer may not hand it over, as a stable name.
    barred: Option<&'static str>,
}

/// The cards that wait for the people of a unit.
#[utoipa::path(
    get,
    path = "/v1/hand-over/{authority}/{unit}",
    tag = "hand-over",
    params(
        ("authority" = String, Path, description = "whose cards", format = Uuid),
        ("unit" = String, Path, description = "the unit's key"),
    ),
    responses(
        (status = OK, description = "the list", body = List),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn list(
    may: May<grant::HandOver>,
    State(app): State<App>,
    At((authority, unit)): At<(AuthorityId, String)>,
) -> Result<axum::Json<List>, Fault> {
    let list = hand_over::list(&app, &may, authority, &unit).await?;
    let ready = |waiting: hand_over::Waiting| Ready {
        card: waiting.card.id,
        serial: waiting.card.serial,
        full_name: waiting.card.full_name,
        title: waiting.card.title,
        collect_by: waiting.card.collect_by,
        barred: waiting.barred,
    };
    let cards = list.cards.into_iter().map(ready).collect();
    Ok(axum::Json(List { unit: list.name, cards }))
}

/// Cards whose holders have signed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Give {
    /// Whose cards these are.
    #[schema(value_type = String, format = Uuid)]
    authority: AuthorityId,
    /// The cards.
    #[schema(value_type = Vec<String>)]
    cards: Vec<CardId>,
}

/// What became of handing over.
#[derive(Serialize, ToSchema)]
struct Given {
    /// How many cards are active now.
    active: usize,
    /// How many old cards were revoked with it.
    replaced: usize,
    /// Cards that were not handed over, and why.
    refused: Vec<NotDone>,
}

/// A card that was not handed over.
#[derive(Serialize, ToSchema)]
struct NotDone {
    /// Which.
    #[schema(value_type = String, format = Uuid)]
    card: CardId,
    /// Why, as a stable name.
    #[schema(example = "refused-approver-is-activator")]
    why: String,
}

/// Records that holders have signed for their cards: they are active from now on.
#[utoipa::path(
    post,
    path = "/v1/hand-over",
    tag = "hand-over",
    request_body = Give,
    responses(
        (status = OK, description = "what became of each", body = Given),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn give(
    may: May<grant::HandOver>,
    State(app): State<App>,
    Json(wanted): Json<Give>,
) -> Result<axum::Json<Given>, Fault> {
    let done = hand_over::hand_over(&app, &may, wanted.authority, &wanted.cards).await?;
    let not_done = |one: hand_over::NotDone| NotDone { card: one.card, why: one.why };
    Ok(axum::Json(Given {
        active: done.active,
        replaced: done.replaced,
        refused: done.refused.into_iter().map(not_done).collect(),
    }))
}
