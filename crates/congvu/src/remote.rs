//! The registry over HTTP, as a station sees it.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use station::{Office, OfficeError};
use wire::station::{Claim, Claimed, Queue, Report};
use zeroize::Zeroizing;

/// A server that a station works for.
pub(crate) struct Remote {
    agent: ureq::Agent,
    address: String,
    token: Zeroizing<String>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Remote {
    /// The server at `address` (such as `http://127.0.0.1:8380`) with the token in `token_file`.
    ///
    /// # Errors
    ///
    /// When the token cannot be read.
    pub(crate) fn new(address: &str, token_file: &Path) -> std::io::Result<Self> {
        let token = Zeroizing::new(std::fs::read_to_string(token_file)?);
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            // Token and keys go to this machine only, not to a proxy or wherever it is sent on.
            .proxy(None)
            .max_redirects(0)
            .build()
            .new_agent();
        Ok(Self {
            agent,
            address: address.trim_end_matches('/').to_owned(),
            token: Zeroizing::new(token.trim().to_owned()),
        })
    }

    /// How many approved requests wait.
    pub(crate) fn waiting(&self) -> Result<u64, OfficeError> {
        let request = self
            .agent
            .get(format!("{}/v1/station/queue", self.address))
            .header("authorization", format!("Bearer {}", *self.token));
        let answer = request.call().map_err(|error| OfficeError::Unavailable(Box::new(error)))?;
        Ok(judged(answer)?.read::<Queue>()?.waiting)
    }

    fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, OfficeError> {
        let answer = self
            .agent
            .post(format!("{}{path}", self.address))
            .header("authorization", format!("Bearer {}", *self.token))
            .send_json(body)
            .map_err(|error| OfficeError::Unavailable(Box::new(error)))?;
        judged(answer)
    }
}

/// The body of a success, or what the status means.
fn judged(mut answer: ureq::http::Response<ureq::Body>) -> Result<Answer, OfficeError> {
    let status = answer.status().as_u16();
    let body = answer
        .body_mut()
        .with_config()
        .limit(MAX_ANSWER)
        .read_to_vec()
        .map_err(|error| OfficeError::Unavailable(Box::new(error)))?;
    match status {
        200..300 => Ok(Answer(body)),
        401 => Err(OfficeError::Unauthorised),
        503 | 500 | 408 => Err(OfficeError::Unavailable(problem(&body).kind.into())),
        _ => {
            let Problem { kind, title } = problem(&body);
            Err(OfficeError::Refused { code: kind, text: title })
        }
    }
}

/// The body of a successful answer. Holds keys: wiped on drop.
struct Answer(Vec<u8>);

impl Answer {
    fn read<T: DeserializeOwned>(&self) -> Result<T, OfficeError> {
        serde_json::from_slice(&self.0).map_err(|error| {
            // serde_json's message may quote a value; its place is enough.
            let place = format!("line {}, column {}", error.line(), error.column());
            OfficeError::Nonsense(place.into())
        })
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl Office for Remote {
    fn claim(&mut self, claim: &Claim) -> Result<Claimed, OfficeError> {
        self.post("/v1/station/claim", claim)?.read()
    }

    fn report(&mut self, report: &Report) -> Result<(), OfficeError> {
        self.post("/v1/station/report", report).map(drop)
    }
}

#[derive(Default, Deserialize)]
struct Problem {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    title: String,
}

fn problem(body: &[u8]) -> Problem {
    serde_json::from_slice(body).unwrap_or_default()
}

const TIMEOUT: Duration = Duration::from_secs(20);

/// A job with a portrait is far below it.
const MAX_ANSWER: u64 = 4 << 20;
