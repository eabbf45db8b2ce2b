//! The stations' interface: `claim` and `report` of [`wire::station`].

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use wire::station::{Claim, Claimed, Queue, Report, VERSION};

use crate::{Desk, Problem, Station};

pub(crate) async fn claim(
    State(desk): State<Arc<dyn Desk>>,
    station: Station,
    body: Result<Json<Claim>, JsonRejection>,
) -> Result<Json<Claimed>, Problem> {
    let Json(claim) = body?;
    if claim.version != VERSION {
        return Err(Problem::other_version());
    }
    Ok(Json(desk.claim(station.actor(), claim).await?))
}

pub(crate) async fn queue(
    State(desk): State<Arc<dyn Desk>>,
    station: Station,
) -> Result<Json<Queue>, Problem> {
    Ok(Json(desk.queue(station.actor()).await?))
}

pub(crate) async fn report(
    State(desk): State<Arc<dyn Desk>>,
    station: Station,
    body: Result<Json<Report>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(report) = body?;
    if report.version != VERSION {
        return Err(Problem::other_version());
    }
    desk.report(station.actor(), report).await?;
    Ok(StatusCode::NO_CONTENT)
}
