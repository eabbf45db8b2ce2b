//! Who is signed in.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::page::Page;
use crate::session::Officer;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(session))
}

/// Somebody who is signed in.
#[derive(Serialize, ToSchema)]
struct SessionView {
    /// The account.
    name: String,
    /// The officer's name.
    full_name: String,
    /// What the account is for.
    #[schema(example = "hr")]
    role: &'static str,
    /// The authority whose cards it works with; none for every authority of this installation.
    #[schema(value_type = Option<String>, format = Uuid)]
    authority: Option<String>,
    /// What a change carries as `x-csrf-token`.
    csrf: String,
}

/// Who is signed in, and the token for changes.
#[utoipa::path(
    get,
    path = "/v1/session",
    tag = "session",
    responses(
        (status = OK, description = "who is signed in", body = SessionView),
        (status = UNAUTHORIZED, description = "nobody", body = crate::Problem,
            content_type = "application/problem+json"),
    ),
)]
async fn session(officer: Officer, page: Page) -> Json<SessionView> {
    Json(SessionView {
        name: officer.name.as_str().to_owned(),
        full_name: officer.full_name,
        role: officer.role.name(),
        authority: officer.authority.map(|authority| authority.to_string()),
        csrf: page.csrf,
    })
}
