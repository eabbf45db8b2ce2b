//! The public check.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::ops::checks;
use crate::ops::pace::Turn;
use crate::session::Network;
use crate::{App, CheckAnswer, Problem};

/// The text of a card's QR code. It travels in the body: an address would be logged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    /// As scanned.
    qr: String,
}

/// What anybody learns of a card.
#[derive(Serialize, ToSchema)]
pub(crate) struct Checked {
    card: CheckAnswer,
}

/// Whether a card is valid now, for anybody: never who, never why not.
#[utoipa::path(
    post,
    path = "/v1/checks",
    tag = "checks",
    security(()),
    request_body = Check,
    responses(
        (status = OK, description = "the answer", body = Checked),
        (status = TOO_MANY_REQUESTS, description = "too many from this network at once",
            body = Problem, content_type = "application/problem+json"),
        (status = "4XX", description = "not done", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn check(
    State(app): State<App>,
    from: Network,
    body: Result<Json<Check>, JsonRejection>,
) -> Result<Json<Checked>, Problem> {
    let Json(check) = body?;
    match app.pace.take(from.0, Instant::now()) {
        Turn::After(wait) => crate::ops::pace::hold(wait).await,
        Turn::Refused(wait) => {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            let title = format!("too many checks from this network; try again in {seconds} s");
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "fault-too-often", title));
        }
    }
    let begun = Instant::now();
    let card = app.parts.desk.check(&check.qr).await?;
    if card == CheckAnswer::NotValidNow {
        checks::end_of_step(begun).await;
    }
    Ok(Json(Checked { card }))
}
