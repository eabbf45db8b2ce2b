//! Errors as `application/problem+json` (RFC 9457).

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::DeskError;

/// An error answer.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A stable name of the kind of error.
    #[serde(rename = "type")]
    #[schema(example = "urn:congvu:fault-missing")]
    kind: String,
    /// For people.
    title: String,
    /// The status of the answer.
    status: u16,
    /// Names this answer in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl Problem {
    /// An answer of this status; `kind` is stable, `title` is for people.
    pub fn new(status: StatusCode, kind: &str, title: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:congvu:{kind}"),
            title: title.into(),
            status: status.as_u16(),
            code: None,
        }
    }

    /// The same with the code that names it in the log.
    pub(crate) fn with_code(self, code: &str) -> Self {
        Self { code: Some(code.to_owned()), ..self }
    }

    pub(crate) fn unauthorised() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorised", "a station's bearer token is needed")
    }

    pub(crate) fn other_version() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "message-version",
            format!("this server speaks version {} of the messages", wire::station::VERSION),
        )
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Refused { code, text } => Self::new(StatusCode::CONFLICT, code, text),
            DeskError::Unavailable(cause) => {
                tracing::warn!(error = chain(&*cause), "temporarily unavailable");
                let title = "temporarily unavailable; try again";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title)
            }
            DeskError::Bug(cause) => {
                tracing::error!(error = chain(&*cause), "internal error");
                let title = "internal error; the server's log has the cause";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", title)
            }
        }
    }
}

impl From<JsonRejection> for Problem {
    /// Names the field and the reason, never the value: a value may be a person's.
    fn from(rejection: JsonRejection) -> Self {
        let title = match &rejection {
            JsonRejection::JsonDataError(_) => "the message has a missing, unknown or wrong field",
            JsonRejection::JsonSyntaxError(_) => "the body is not JSON",
            JsonRejection::MissingJsonContentType(_) => "the body must be application/json",
            _ => "the body could not be read",
        };
        Self::new(rejection.status(), "body", title)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
