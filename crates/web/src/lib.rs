//! What the server says over HTTP.
//!
//! Today: the stations' interface, the public check, a first page and the health check. Handlers
//! reach everything through one port, [`Desk`], which the binary wires to registry, vault and
//! chip content; this crate knows no SQL, no chips and no process life. A handler can only get
//! at the stations' half of the port with a [`Station`], and only the token check makes one.

mod check;
mod page;
mod port;
mod problem;
mod station;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

pub use port::{CheckAnswer, Desk, DeskError, Station};
pub use problem::Problem;

/// Everything the server answers, over `desk`.
pub fn router(desk: Arc<dyn Desk>) -> Router {
    Router::new()
        .route("/", get(page::first))
        .route("/healthz", get(health))
        .route("/v1/checks", post(check::check))
        .route("/v1/station/claim", post(station::claim))
        .route("/v1/station/queue", get(station::queue))
        .route("/v1/station/report", post(station::report))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "not-found", "no such address"))
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "this address does not take that method",
            )
        })
        .with_state(desk)
        .layer(axum::middleware::map_response(safe_headers))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, MAX_WAIT))
        .layer(TraceLayer::new_for_http())
}

async fn health(
    axum::extract::State(desk): axum::extract::State<Arc<dyn Desk>>,
) -> axum::response::Response {
    match desk.healthy().await {
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
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
             form-action 'self'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The longest body that is read, in bytes; a station's report is far below it.
const MAX_BODY: usize = 64 * 1024;

const MAX_WAIT: Duration = Duration::from_secs(30);
