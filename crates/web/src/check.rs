//! The public check.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};

use crate::{CheckAnswer, Desk, Problem};

/// The text of a card's QR code. It travels in the body: an address would be logged.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    qr: String,
}

#[derive(Serialize)]
pub(crate) struct Checked {
    card: CheckAnswer,
}

pub(crate) async fn check(
    State(desk): State<Arc<dyn Desk>>,
    body: Result<Json<Check>, JsonRejection>,
) -> Result<Json<Checked>, Problem> {
    let Json(check) = body?;
    Ok(Json(Checked { card: desk.check(&check.qr).await? }))
}
