//! The registry over HTTP, as a station sees it.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use station::{Line, Office, OfficeError};
use wire::beat::{Beat, Orders};
use wire::station::{Claim, Claimed, Queue, Report};
use zeroize::Zeroizing;

/// A server that a station works for.
pub(crate) struct Remote {
    agent: ureq::Agent,
    server: Server,
    token: Zeroizing<String>,
}

/// Where a server is.
#[derive(Clone, Debug)]
pub(crate) enum Server {
    /// At this address, such as `http://127.0.0.1:8380`.
    At(String),
    /// Wherever this file says when it is asked; nowhere while there is no such file. A server
    /// that ends takes it away, so the token goes to nobody who gets its port next.
    In(PathBuf),
}

impl Server {
    fn address(&self) -> Result<String, OfficeError> {
        let address = match self {
            Self::At(address) => address.clone(),
            Self::In(file) => std::fs::read_to_string(file)
                .map_err(|error| OfficeError::Unavailable(Box::new(error)))?,
        };
        let address = address.trim().trim_end_matches('/');
        if is_of_this_machine(address) {
            Ok(address.to_owned())
        } else {
            Err(OfficeError::Unavailable("the server is not on this machine".into()))
        }
    }
}

/// Whether an address is plain HTTP to this machine.
pub(crate) fn is_of_this_machine(server: &str) -> bool {
    let Some(rest) = server.strip_prefix("http://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    host.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback())
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Remote {
    /// That server with the token in `token_file`. An answer is waited for as long as `patience`.
    ///
    /// # Errors
    ///
    /// When the token cannot be read.
    pub(crate) fn new(
        server: Server,
        token_file: &Path,
        patience: Duration,
    ) -> std::io::Result<Self> {
        let token = Zeroizing::new(std::fs::read_to_string(token_file)?);
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(patience))
            .http_status_as_error(false)
            // Token and keys go to this machine only, not to a proxy or wherever it is sent on.
            .proxy(None)
            .max_redirects(0)
            .build()
            .new_agent();
        Ok(Self { agent, server, token: Zeroizing::new(token.trim().to_owned()) })
    }

    /// How many approved requests wait.
    pub(crate) fn waiting(&self) -> Result<u64, OfficeError> {
        let request = self
            .agent
            .get(format!("{}/v1/station/queue", self.server.address()?))
            .header("authorization", format!("Bearer {}", *self.token));
        let answer = request.call().map_err(|error| OfficeError::Unavailable(Box::new(error)))?;
        Ok(judged(answer)?.read::<Queue>()?.waiting)
    }

    fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, OfficeError> {
        let answer = self
            .agent
            .post(format!("{}{path}", self.server.address()?))
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

impl Line for Remote {
    fn beat(&mut self, beat: &Beat) -> Result<Orders, OfficeError> {
        self.post("/v1/station/beat", beat)?.read()
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

/// A job with a portrait is far below it.
const MAX_ANSWER: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_whose_file_is_gone_gets_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.address");
        let server = Server::In(file.clone());
        assert!(matches!(server.address(), Err(OfficeError::Unavailable(_))));
        std::fs::write(&file, "http://127.0.0.1:8380\n").unwrap();
        assert_eq!(server.address().unwrap(), "http://127.0.0.1:8380");
        // A server that was started again is found at its new port.
        std::fs::write(&file, "http://127.0.0.1:9").unwrap();
        assert_eq!(server.address().unwrap(), "http://127.0.0.1:9");
    }

    #[test]
    fn a_token_goes_to_this_machine_only() {
        for elsewhere in ["http://10.0.0.1:8380", "https://127.0.0.1:1", "http://congvu.example:80"]
        {
            assert!(Server::At(elsewhere.to_owned()).address().is_err(), "{elsewhere}");
        }
        assert!(Server::At("http://[::1]:8380/".to_owned()).address().is_ok());
    }
}
