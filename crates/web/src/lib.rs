//! What the server says over HTTP: pages for officers and the public, the same operations for
//! programs, and the stations' interface.
//!
//! A page ([`pages`](self)) and the interface for programs are two dresses of one operation
//! (`ops`), which takes the permission it needs as a value that only the sign-in check makes.
//! Faces, chips and readers come through [`Workshop`], stations through [`Desk`]; the binary wires
//! both. This crate knows no SQL, no chips and no process life.
#![expect(clippy::struct_excessive_bools, reason = "a page shows this or not, and that or not")]

mod address;
mod api;
mod app;
mod assets;
mod check;
mod fault;
mod live;
mod look;
mod ops;
mod page;
mod pages;
mod picture;
mod port;
mod problem;
mod say;
mod session;
mod station;

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::{any, get, post};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

pub use app::{App, DemoAccount, Parts};
pub use ops::pace::Budget;
pub use port::{
    CheckAnswer, ChipCheck, ChipRecord, Desk, DeskError, FaceSide, OnChip, Picture, Proof, Station,
    Workshop,
};
pub use problem::Problem;

/// Everything the server answers.
pub fn router(app: App) -> Router {
    with_pages(app, Router::new())
}

/// As [`router`], and beside it `/fixed/BYTES`, a page of so many bytes that takes the same way as
/// every other but needs no work: what benchmarks compare with.
pub fn router_with_fixed_page(app: App) -> Router {
    let fixed = async |Path(bytes): Path<usize>| Html("x".repeat(bytes.min(LARGEST_FIXED)));
    with_pages(app, Router::new().route("/fixed/{bytes}", any(fixed)))
}

fn with_pages(app: App, more: Router<App>) -> Router {
    let officers = more
        .merge(pages::sign_in::routes())
        .merge(pages::home::routes())
        .merge(pages::lists::routes())
        .merge(pages::people::routes())
        .merge(pages::batches::routes())
        .merge(pages::station::routes())
        .merge(pages::cards::routes())
        .merge(pages::pictures::routes())
        .merge(pages::hand_over::routes())
        .merge(pages::guard::routes())
        .merge(pages::check::routes())
        .merge(pages::audit::routes())
        .merge(api::routes())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, MAX_WAIT))
        .merge(
            pages::lists::uploads()
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, MAX_UPLOAD)),
        )
        .fallback(async || fault::Fault::missing())
        .method_not_allowed_fallback(async || fault::Fault::wrong_method())
        .layer(axum::middleware::from_fn_with_state(app.clone(), session::context));
    Router::new()
        .merge(officers)
        .merge(
            machines()
                .merge(assets::routes())
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, MAX_WAIT)),
        )
        .with_state(app)
        .layer(axum::middleware::map_response(safe_headers))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TraceLayer::new_for_http())
}

/// What programs ask without a session: stations by their tokens, anybody for a card's validity.
fn machines() -> Router<App> {
    Router::new()
        .route("/healthz", get(health))
        .route("/v1/checks", post(check::check))
        .route("/v1/station/claim", post(station::claim))
        .route("/v1/station/queue", get(station::queue))
        .route("/v1/station/report", post(station::report))
        .route("/v1/station/beat", post(station::beat))
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "this address does not take that method",
            )
        })
}

async fn health(axum::extract::State(app): axum::extract::State<App>) -> axum::response::Response {
    match app.parts.desk.healthy().await {
        Ok(()) => {
            (StatusCode::OK, axum::Json(Health { status: "ok", version: VERSION })).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

#[derive(serde::Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
}

async fn safe_headers(mut response: axum::response::Response) -> axum::response::Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
             font-src 'self'; connect-src 'self'; media-src 'self'; manifest-src 'self'; \
             worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        ("permissions-policy", "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // An embedded file says itself how long it may be kept; everything else may be a person's.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The longest body that is read where a route says nothing else, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The largest page that benchmarks ask for.
const LARGEST_FIXED: usize = 1 << 20;

const MAX_WAIT: Duration = Duration::from_secs(30);

/// How long a file may take: 100 MB over two megabits a second.
const MAX_UPLOAD: Duration = Duration::from_mins(7);
