//! Why a request was not done: whose fault it is, what to do, and a code to give to support.
//!
//! A handler returns a [`Fault`]; [`dress`] turns it into a page or into `problem+json`, in the
//! user's language. Causes go to the log, never into the answer.

use std::error::Error as StdError;
use std::sync::Arc;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use registry::office;
use registry::ports::{CommitError, KeysError, PhotosError, StoreError};

use crate::page::{Page, show_as};
use crate::{DeskError, Problem};

/// Whose move it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Whose {
    /// What was sent is not right: mend it and send it again.
    Yours,
    /// A rule says no: somebody else, or something else first.
    Rule,
    /// Ours: tell support the code.
    Ours,
    /// Something is away; the same request may be done later.
    Later,
}

impl Whose {
    /// What to do, as a key of the catalogue.
    const fn advice(self) -> &'static str {
        match self {
            Self::Yours => "fault-advice-yours",
            Self::Rule => "fault-advice-rule",
            Self::Ours => "fault-advice-ours",
            Self::Later => "fault-advice-later",
        }
    }
}

/// A request that was not done.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    whose: Whose,
    /// A key of the catalogue; stable, and so the type of the problem.
    key: String,
    args: Vec<(&'static str, String)>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
    /// Where to sign in, when that is what is missing.
    sign_in: bool,
}

impl Fault {
    fn new(status: StatusCode, whose: Whose, key: impl Into<String>) -> Self {
        Self { status, whose, key: key.into(), args: Vec::new(), cause: None, sign_in: false }
    }

    /// What was sent is not right.
    pub(crate) fn input(key: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Whose::Yours, key)
    }

    /// A rule says no.
    pub(crate) fn rule(key: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, Whose::Rule, key)
    }

    /// It is larger than what is read; `limit` in words, such as `20 MB`.
    pub(crate) fn too_large(limit: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Whose::Yours, "fault-too-large")
            .arg("limit", limit)
    }

    /// The officer's post does not allow it.
    pub(crate) fn denied() -> Self {
        Self::new(StatusCode::FORBIDDEN, Whose::Rule, "fault-denied")
    }

    /// The form is not from a page of this session.
    pub(crate) fn foreign() -> Self {
        Self::new(StatusCode::FORBIDDEN, Whose::Yours, "fault-foreign")
    }

    /// There is no such thing, or this officer may not know of it.
    pub(crate) fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, Whose::Yours, "fault-missing")
    }

    /// The address does not take that method.
    pub(crate) fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Whose::Yours, "fault-method")
    }

    /// Somebody changed it meanwhile.
    pub(crate) fn changed() -> Self {
        Self::new(StatusCode::CONFLICT, Whose::Yours, "fault-changed")
    }

    /// Too many came from one network; the next is answered after this time.
    pub(crate) fn too_often(wait: std::time::Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1000).max(1).to_string();
        Self::new(StatusCode::TOO_MANY_REQUESTS, Whose::Later, "fault-too-often")
            .arg("seconds", seconds)
    }

    /// Nobody is signed in.
    pub(crate) fn signed_out() -> Self {
        Self {
            sign_in: true,
            ..Self::new(StatusCode::UNAUTHORIZED, Whose::Yours, "fault-signed-out")
        }
    }

    /// Our mistake.
    pub(crate) fn bug(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self {
            cause: Some(Arc::new(cause)),
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, Whose::Ours, "fault-bug")
        }
    }

    /// Something is not reachable now.
    pub(crate) fn unavailable(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self {
            cause: Some(Arc::new(cause)),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, Whose::Later, "fault-unavailable")
        }
    }

    /// With an argument for the message.
    pub(crate) fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// The status that a program is told.
    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether there is no such thing for this officer.
    pub(crate) fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// Which message.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The message.
    pub(crate) fn text(&self, page: &Page) -> String {
        let args: Vec<(&str, &str)> =
            self.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let text = page.say.args(&self.key, &args);
        let mut letters = text.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    }

    /// What to do.
    pub(crate) fn advice(&self, page: &Page) -> String {
        page.say.t(self.whose.advice())
    }

    /// Says when the same may be asked again, where that helps.
    fn ask_again(&self, mut answer: Response) -> Response {
        let seconds = match self.status {
            StatusCode::SERVICE_UNAVAILABLE => Some("5"),
            StatusCode::TOO_MANY_REQUESTS => self
                .args
                .iter()
                .find(|(name, _)| *name == "seconds")
                .map(|(_, seconds)| seconds.as_str()),
            _ => None,
        };
        if let Some(seconds) = seconds.and_then(|seconds| HeaderValue::from_str(seconds).ok()) {
            answer.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        answer
    }

    /// Whether the user can mend it on the page where it arose.
    pub(crate) fn is_yours_or_rule(&self) -> bool {
        matches!(self.whose, Whose::Yours | Whose::Rule)
    }
}

impl IntoResponse for Fault {
    /// Bare: [`dress`] makes the answer that is sent.
    fn into_response(self) -> Response {
        let mut answer = self.status.into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

/// Makes an error answer of a handler what the user reads; passes all else through.
pub(crate) fn dress(answer: Response, page: &Page, program: bool) -> Response {
    let Some(fault) = answer.extensions().get::<Fault>() else { return answer };
    if let Some(cause) = &fault.cause {
        let error = crate::problem::chain(&**cause);
        tracing::error!(code = page.code, key = fault.key, error, "a request was not done");
    } else {
        tracing::info!(code = page.code, key = fault.key, "a request was refused");
    }
    if program {
        let title = fault.text(page);
        let problem = Problem::new(fault.status, &fault.key, title).with_code(&page.code);
        return fault.ask_again(problem.into_response());
    }
    if fault.sign_in {
        let next = if page.path.starts_with("/sign") { "/" } else { &page.path };
        return crate::page::go(&format!("/sign-in?next={next}"), None);
    }
    let shown = FaultPage {
        page,
        title: page.say.t("fault-title"),
        text: fault.text(page),
        advice: fault.advice(page),
    };
    let answer = show_as(fault.status, &shown).unwrap_or_else(|_| fault.status.into_response());
    fault.ask_again(answer)
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage<'a> {
    page: &'a Page,
    title: String,
    text: String,
    advice: String,
}

impl From<office::Error> for Fault {
    fn from(error: office::Error) -> Self {
        match error {
            office::Error::Refused(refused) => refused.into(),
            office::Error::Busy(_) => Self::changed(),
            error @ office::Error::Stored { .. } => Self::bug(error),
            other => Self::unavailable(other),
        }
    }
}

impl From<registry::Refused> for Fault {
    fn from(refused: registry::Refused) -> Self {
        let key = format!("refused-{}", refused.code());
        if refused.code().starts_with("unknown") {
            Self { status: StatusCode::NOT_FOUND, ..Self::rule(key) }
        } else {
            Self::rule(key)
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::unavailable(error)
    }
}

impl From<KeysError> for Fault {
    fn from(error: KeysError) -> Self {
        Self::unavailable(error)
    }
}

impl From<PhotosError> for Fault {
    fn from(error: PhotosError) -> Self {
        Self::unavailable(error)
    }
}

impl From<CommitError> for Fault {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => error.into(),
            CommitError::Conflict { .. } | CommitError::Taken { .. } => Self::changed(),
        }
    }
}

impl From<DeskError> for Fault {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Refused { code, .. } => Self::rule(format!("refused-{code}")),
            DeskError::Unavailable(cause) => Self {
                cause: Some(cause.into()),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, Whose::Later, "fault-unavailable")
            },
            DeskError::Bug(cause) => Self {
                cause: Some(cause.into()),
                ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, Whose::Ours, "fault-bug")
            },
        }
    }
}
