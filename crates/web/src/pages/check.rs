//! The public check: anybody, without an account. Valid with what the face shows, or not valid now.

use askama::Template;
use axum::Router;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use crate::App;
use crate::fault::Fault;
use crate::ops::checks::{self, Holder, Public};
use crate::page::{Page, show, show_as};
use crate::pages::guard::embedded;
use crate::picture;
use crate::session::{Form, Network};

pub(crate) fn routes() -> Router<App> {
    let upload = post(by_picture).layer(DefaultBodyLimit::disable());
    Router::new().route("/check", get(blank).post(by_code)).route("/check/picture", upload)
}

#[derive(Template)]
#[template(path = "check.html")]
struct Check<'a> {
    page: &'a Page,
    error: String,
    asked: bool,
    valid: Option<Seen>,
}

/// What the face of a valid card shows.
struct Seen {
    holder: Holder,
    portrait: String,
}

async fn blank(page: Page) -> Result<Response, Fault> {
    show(&Check { page: &page, error: String::new(), asked: false, valid: None })
}

#[derive(Deserialize)]
struct Code {
    qr: String,
}

async fn by_code(
    State(app): State<App>,
    page: Page,
    from: Network,
    Form(code): Form<Code>,
) -> Result<Response, Fault> {
    checks::in_turn(&app, from).await?;
    answer(&page, checks::public(&app, &code.qr).await)
}

async fn by_picture(
    State(app): State<App>,
    page: Page,
    from: Network,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Fault> {
    checks::in_turn(&app, from).await?;
    let picture = picture::of_form(&page, form).await?;
    answer(&page, checks::public_picture(&app, picture).await)
}

fn answer(page: &Page, public: Result<Public, Fault>) -> Result<Response, Fault> {
    match public {
        Ok(public) => {
            let valid = match public {
                Public::Valid { holder, portrait } => {
                    let portrait = portrait.as_ref().map(embedded).unwrap_or_default();
                    Some(Seen { holder, portrait })
                }
                Public::NotValidNow => None,
            };
            show(&Check { page, error: String::new(), asked: true, valid })
        }
        Err(fault) if fault.is_yours_or_rule() => {
            let shown = Check { page, error: fault.text(page), asked: false, valid: None };
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(fault) => Err(fault),
    }
}
