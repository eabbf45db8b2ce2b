//! The stations' interface: `claim` and `report` of [`wire::station`], and [`wire::beat`].

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use wire::beat::{Beat, Orders};
use wire::station::{Claim, Claimed, Queue, Report, VERSION};

use crate::{App, Desk, Problem, Station, ops};

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

pub(crate) async fn beat(
    State(app): State<App>,
    station: Station,
    body: Result<Json<Beat>, JsonRejection>,
) -> Result<Json<Orders>, Problem> {
    let Json(beat) = body?;
    if beat.version != VERSION {
        return Err(Problem::other_version());
    }
    if beat.cards.len() > Beat::CARDS || beat.failures.len() > Beat::FAILURES {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "body", "the beat holds too much"));
    }
    Ok(Json(ops::station::beat(&app, station.actor(), beat).await?))
}
