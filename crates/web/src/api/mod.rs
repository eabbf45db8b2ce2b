//! The officers' interface for programs: the operations of the pages, as JSON, described by
//! `/v1/openapi.json`.
//!
//! It is used with the session of a sign-in; [`crate::session::context`] asks every change for the
//! header `x-csrf-token` and for `Origin` or `Sec-Fetch-Site`. Errors are `problem+json`.

mod audit;
mod batches;
mod cards;
mod checks;
mod hand_over;
mod session;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::routing::get;
use serde::de::DeserializeOwned;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::App;
use crate::fault::Fault;

/// The routes of every area, and their description.
pub(crate) fn routes() -> Router<App> {
    let (router, description) = described().split_for_parts();
    let text = description.to_pretty_json().expect("a description is plain data");
    let text = Bytes::from(text);
    let json = [(header::CONTENT_TYPE, "application/json")];
    router.route("/v1/openapi.json", get(async move || (json, text.clone())))
}

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(session::routes())
        .merge(checks::routes())
        .merge(batches::routes())
        .merge(cards::routes())
        .merge(hand_over::routes())
        .merge(audit::routes())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "congvu",
        description = "Electronic cards of cadres, civil servants and public employees. Every \
            operation but the public check is used with the session of a sign-in (`/sign-in`): \
            the cookie `__Host-congvu`. A change carries also the header `x-csrf-token` (from \
            `/v1/session`) and says where it comes from by `Origin` or `Sec-Fetch-Site`. Errors \
            are `application/problem+json`: `type` is stable, `title` is for people, `code` names \
            the answer in the server's log. What stations say to the server is not part of this \
            description; it has versions of its own.",
    ),
    paths(crate::check::check),
    components(schemas(crate::Problem)),
    modifiers(&Schemes),
    security(("session" = [], "csrf" = [])),
    tags(
        (name = "session", description = "Who is signed in"),
        (name = "checks", description = "Whether a card may be accepted"),
        (name = "batches", description = "Deciding on requests for cards"),
        (name = "cards", description = "Cards: finding, locking, unlocking, revoking"),
        (name = "hand-over", description = "Handing cards to their holders"),
        (name = "history", description = "Who did what, when and why"),
    ),
)]
struct Description;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        let session = ApiKeyValue::new(crate::session::SESSION);
        let session = SecurityScheme::ApiKey(ApiKey::Cookie(session));
        components.add_security_scheme("session", session);
        let csrf = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("x-csrf-token")));
        components.add_security_scheme("csrf", csrf);
    }
}

/// A JSON body. A refusal names the field and never its value.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().is_none_or(|kind| kind.trim() != "application/json") {
            return Err(Fault::input("fault-not-json"));
        }
        let body = Bytes::from_request(request, app).await;
        let body = body.map_err(|_| Fault::too_large("64 KB"))?;
        let mut text = serde_json::Deserializer::from_slice(&body);
        let read = serde_path_to_error::deserialize(&mut text).map_err(|error| {
            let path = error.path().to_string();
            let inner = error.into_inner();
            if inner.is_data() {
                Fault::input("fault-json").arg("field", place(&path, &inner.to_string()))
            } else {
                Fault::input("fault-not-json")
            }
        })?;
        text.end().map_err(|_| Fault::input("fault-not-json"))?;
        Ok(Self(read))
    }
}

/// Where in a body something is wrong: the path, and the field that the decoder names there. Of
/// what was sent only names of our own fields are repeated.
fn place(path: &str, message: &str) -> String {
    let ours = message.contains("missing field") || message.contains("duplicate field");
    let field = message.split('`').nth(1).filter(|_| ours);
    let inside = path.trim_start_matches('.');
    let inside = if message.contains("unknown field") {
        // The last part is the unknown name itself.
        inside.rsplit_once('.').map_or("", |(before, _)| before)
    } else {
        inside
    };
    let all = [inside, field.unwrap_or_default()].join(".");
    let named: String = all
        .trim_matches('.')
        .chars()
        .filter(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.' | '[' | ']'))
        .take(80)
        .collect();
    if named.is_empty() { "?".to_owned() } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_json_names_the_place_and_repeats_nothing_that_was_sent() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Outer {
            #[expect(dead_code, reason = "it is only read")]
            inner: Inner,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Inner {
            #[expect(dead_code, reason = "it is only read")]
            reason: u32,
        }
        let named = |json: &str| {
            let mut text = serde_json::Deserializer::from_str(json);
            let error = serde_path_to_error::deserialize::<_, Outer>(&mut text).unwrap_err();
            place(&error.path().to_string(), &error.into_inner().to_string())
        };
        assert_eq!(named("{}"), "inner");
        assert_eq!(named(r#"{"inner":{}}"#), "inner.reason");
        assert_eq!(named(r#"{"inner":{"reason":"034088001234"}}"#), "inner.reason");
        assert_eq!(named(r#"{"inner":{"reason":1,"reason":2}}"#), "inner.reason");
        assert_eq!(named(r#"{"inner":{"reason":1,"secret":2}}"#), "inner");
        assert_eq!(named(r#"{"034088001234":1}"#), "?");
        assert_eq!(named("[]"), "?");
    }

    /// The whole description: a change to it is a change for every program that uses it.
    #[test]
    fn the_description_is_as_it_was_reviewed() {
        let (_, description) = described().split_for_parts();
        insta::assert_snapshot!("openapi", description.to_pretty_json().unwrap());
    }

    #[test]
    fn every_operation_is_described_with_its_errors_and_a_tag() {
        let (_, description) = described().split_for_parts();
        let json = serde_json::to_value(&description).unwrap();
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let name = format!("{method} {path}");
                assert!(operation["summary"].is_string(), "{name} has no summary");
                assert!(operation["tags"].is_array(), "{name} has no tag");
                let answers = operation["responses"].as_object().unwrap();
                assert!(answers.keys().any(|status| status.starts_with('4')), "{name}: no errors");
            }
        }
    }
}
