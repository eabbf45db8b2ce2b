//! Checks by officers.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use registry::card::LockReason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::CardSerial;

use super::Json;
use crate::App;
use crate::fault::Fault;
use crate::ops::checks::{self, Findings};
use crate::page::Page;
use crate::session::{May, grant};

pub(super) fn routes() -> OpenApiRouter<App> {
    let pictures = OpenApiRouter::new()
        .routes(routes!(by_picture))
        .layer(DefaultBodyLimit::max(crate::picture::MAX));
    OpenApiRouter::new()
        .routes(routes!(by_code))
        .routes(routes!(on_reader))
        .routes(routes!(lock))
        .merge(pictures)
}

/// The text of a card's QR code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    /// As scanned. It travels in the body: an address would be logged.
    qr: String,
}

/// Checks a card by the text of its QR code.
#[utoipa::path(
    post,
    path = "/v1/inspections/code",
    tag = "checks",
    request_body = Code,
    responses(
        (status = OK, description = "what was found out", body = Findings),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn by_code(
    may: May<grant::CardCheck>,
    State(app): State<App>,
    Json(code): Json<Code>,
) -> Result<axum::Json<Findings>, Fault> {
    Ok(axum::Json(checks::by_code(&app, &may, &code.qr).await?))
}

/// Checks a card by a picture of its QR code.
#[utoipa::path(
    post,
    path = "/v1/inspections/picture",
    tag = "checks",
    request_body(content = Vec<u8>, description = "JPEG or PNG, at most 10 MB",
        content_type = "application/octet-stream"),
    responses(
        (status = OK, description = "what was found out", body = Findings),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn by_picture(
    may: May<grant::CardCheck>,
    State(app): State<App>,
    picture: Result<Bytes, BytesRejection>,
) -> Result<axum::Json<Findings>, Fault> {
    let picture = picture.map_err(|_| Fault::too_large("10 MB"))?;
    Ok(axum::Json(checks::by_picture(&app, &may, picture.to_vec()).await?))
}

/// Which card to check on the reader.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Put {
    /// In a demonstration: the card of the tray to put on the reader first.
    #[schema(value_type = Option<String>, example = "K7Q2-9XWM-4")]
    put: Option<CardSerial>,
}

/// Checks the card on the reader of the server's machine.
#[utoipa::path(
    post,
    path = "/v1/inspections/reader",
    tag = "checks",
    request_body = Put,
    responses(
        (status = OK, description = "what was found out", body = Findings),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn on_reader(
    may: May<grant::CardCheck>,
    State(app): State<App>,
    page: Page,
    Json(wanted): Json<Put>,
) -> Result<axum::Json<Findings>, Fault> {
    Ok(axum::Json(checks::on_reader(&app, &may, wanted.put, page.say.0).await?))
}

/// A card to refuse from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Lock {
    /// Its name.
    #[schema(value_type = String, example = "K7Q2-9XWM-4")]
    serial: CardSerial,
    /// Why.
    #[schema(value_type = String, example = "lost")]
    reason: LockReason,
}

/// A card that was locked.
#[derive(Serialize, ToSchema)]
struct Locked {
    /// Its name.
    #[schema(value_type = String, example = "K7Q2-9XWM-4")]
    serial: CardSerial,
}

/// Locks a card that must not be accepted.
#[utoipa::path(
    post,
    path = "/v1/inspections/lock",
    tag = "checks",
    request_body = Lock,
    responses(
        (status = OK, description = "it is refused from now on", body = Locked),
        (status = "4XX", description = "not done", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn lock(
    may: May<grant::CardLock>,
    State(app): State<App>,
    Json(wanted): Json<Lock>,
) -> Result<axum::Json<Locked>, Fault> {
    let serial = checks::lock(&app, &may, wanted.serial, wanted.reason).await?;
    Ok(axum::Json(Locked { serial }))
}
