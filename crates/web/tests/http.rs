//! The interface over HTTP, without a network.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use support::{With, World};
use tower::ServiceExt as _;
use web::{CheckAnswer, Desk, DeskError};
use wire::Actor;
use wire::station::{ChipRefusal, Claim, Claimed, Queue, Report};

/// Knows one token and refuses every chip.
struct StrictDesk;

#[async_trait]
impl Desk for StrictDesk {
    async fn healthy(&self) -> Result<(), DeskError> {
        Err(DeskError::Unavailable("disk with secret-path is full".into()))
    }

    async fn station(&self, token: &str) -> Result<Option<Actor>, DeskError> {
        Ok((token == "right").then(|| "station-1".parse().unwrap()))
    }

    async fn claim(&self, _: &Actor, _: Claim) -> Result<Claimed, DeskError> {
        Ok(Claimed::Refused { reason: ChipRefusal::Spoiled })
    }

    async fn queue(&self, _: &Actor) -> Result<Queue, DeskError> {
        Ok(Queue { waiting: 7 })
    }

    async fn report(&self, _: &Actor, _: Report) -> Result<(), DeskError> {
        Err(DeskError::Refused { code: "other-chip", text: "the card is on another chip".into() })
    }

    async fn check(&self, text: &str) -> Result<CheckAnswer, DeskError> {
        Ok(if text == "good" { CheckAnswer::Valid } else { CheckAnswer::NotValidNow })
    }
}

async fn send(method: &str, path: &str, token: Option<&str>, body: &str) -> (StatusCode, String) {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let world = World::with(With { desk: Arc::new(StrictDesk), ..With::default() }).await;
    let answer = world.router.oneshot(request).await.unwrap();
    assert_eq!(answer.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

const CLAIM: &str = r#"{"version":1,"chip":{"uid":"04010203040506","generation":"ev3","storage_bytes":8192},"dpi":300}"#;

#[tokio::test]
async fn station_without_its_token_is_refused() {
    for token in [None, Some("wrong"), Some("")] {
        let (status, _) = send("POST", "/v1/station/claim", token, CLAIM).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{token:?}");
    }
}

#[tokio::test]
async fn claim_with_the_token_reaches_the_desk() {
    let (status, body) = send("POST", "/v1/station/claim", Some("right"), CLAIM).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::OK, r#"{"answer":"refused","reason":"spoiled"}"#)
    );
}

#[tokio::test]
async fn queue_is_told_to_stations_only() {
    assert_eq!(send("GET", "/v1/station/queue", None, "").await.0, StatusCode::UNAUTHORIZED);
    let (status, body) = send("GET", "/v1/station/queue", Some("right"), "").await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, r#"{"waiting":7}"#));
}

#[tokio::test]
async fn claim_of_another_message_version_is_refused() {
    let other = CLAIM.replace("\"version\":1", "\"version\":2");
    let (status, body) = send("POST", "/v1/station/claim", Some("right"), &other).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("urn:congvu:message-version"), "{body}");
}

#[tokio::test]
async fn wrong_body_is_explained_without_repeating_it() {
    for body in ["", "{", r#"{"qr":7}"#, r#"{"qr":"x","nine":"034088001234"}"#] {
        let (status, answer) = send("POST", "/v1/checks", None, body).await;
        assert!(status.is_client_error(), "{body}");
        assert!(answer.contains("urn:congvu:body"), "{answer}");
        assert!(!answer.contains("034088001234"));
    }
}

#[tokio::test]
async fn body_beyond_the_limit_is_refused() {
    let (status, _) = send("POST", "/v1/checks", None, &"x".repeat(100_000)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn refusal_of_the_desk_is_a_conflict_with_its_code() {
    let report = r#"{"version":1,"card":"00000000-0000-0000-0000-000000000001","uid":"04010203040506","outcome":{"outcome":"spoiled","reason":"not_blank"}}"#;
    let (status, body) = send("POST", "/v1/station/report", Some("right"), report).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(body.contains("urn:congvu:other-chip"), "{body}");
}

#[tokio::test]
async fn outage_is_503_and_keeps_its_cause_to_itself() {
    let (status, body) = send("GET", "/healthz", None, "").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!body.contains("secret-path"), "{body}");
}

#[tokio::test]
async fn public_check_says_valid_or_not_and_nothing_else() {
    let (_, good) = send("POST", "/v1/checks", None, r#"{"qr":"good"}"#).await;
    let (_, bad) = send("POST", "/v1/checks", None, r#"{"qr":"bad"}"#).await;
    assert_eq!(
        (good.as_str(), bad.as_str()),
        (r#"{"card":"valid"}"#, r#"{"card":"not_valid_now"}"#)
    );
}

#[tokio::test]
async fn unknown_address_and_method_are_problems_for_programs_and_pages_for_people() {
    let (status, body) = send("GET", "/v1/no/such", None, "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("urn:congvu:fault-missing"), "{body}");
    let (status, body) = send("GET", "/no/such", None, "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("Không có trang hoặc mục này"), "{body}");
    let (status, _) = send("GET", "/v1/checks", None, "").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn first_page_speaks_vietnamese() {
    let (status, body) = send("GET", "/", None, "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("Ai cũng có thể kiểm tra một thẻ"), "{body}");
}
