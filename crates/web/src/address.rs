//! What stands in an address: its parts and its query, with refusals in words.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::App;
use crate::fault::Fault;

/// The named parts of the path. What does not read as one is an address that there is not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for At<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let read = Path::from_request_parts(parts, app).await;
        read.map(|Path(parts)| Self(parts)).map_err(|_| Fault::missing())
    }
}

/// The query. Holds no personal value: addresses are logged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Ask<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let read = Query::from_request_parts(parts, app).await;
        read.map(|Query(query)| Self(query)).map_err(|_| Fault::input("fault-address"))
    }
}
