//! The guard's check: scan, paste, upload or put the card on the reader; one answer in one glance;
//! lock a card that must not be accepted. All by `POST`: what is checked stands in no address.

use askama::Template;
use axum::Router;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use registry::card::LockReason;
use serde::Deserialize;
use wire::CardSerial;

use crate::fault::Fault;
use crate::ops::checks::{self, Answer, Findings};
use crate::page::{Flash, Page, go, show, show_as};
use crate::picture;
use crate::session::{Form, May, grant};
use crate::{App, Picture};

pub(crate) fn routes() -> Router<App> {
    let upload = post(by_picture).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/guard", get(blank).post(by_code))
        .route("/guard/picture", upload)
        .route("/guard/reader", post(on_reader))
        .route("/guard/lock", post(lock))
}

#[derive(Template)]
#[template(path = "guard.html")]
struct Guard<'a> {
    page: &'a Page,
    error: String,
    /// What was typed as the serial of the card to put on the reader.
    put: &'a str,
    shown: Option<Verdict>,
}

/// Findings in words.
struct Verdict {
    /// `ok`, `warn` or `stop`.
    kind: &'static str,
    title: String,
    text: String,
    /// The portrait, as an address that holds it.
    portrait: String,
    name: String,
    /// What the registry says of holder and card: label and value.
    facts: Vec<(String, String)>,
    /// Of a text that differs: which, as seen, as registered.
    differs: Vec<(String, String, String)>,
    /// Tone, and what was proven or not.
    proofs: Vec<(&'static str, String)>,
    /// What all of it does not prove.
    limits: String,
    why: String,
    /// The serial, where this officer may lock the card.
    lock: String,
    reasons: Vec<(&'static str, String)>,
}

async fn blank(_: May<grant::CardCheck>, page: Page) -> Result<Response, Fault> {
    show(&Guard { page: &page, error: String::new(), put: "", shown: None })
}

/// The text of a code: scanned by the camera, or pasted.
#[derive(Deserialize)]
struct Code {
    qr: String,
}

async fn by_code(
    may: May<grant::CardCheck>,
    State(app): State<App>,
    page: Page,
    Form(code): Form<Code>,
) -> Result<Response, Fault> {
    answer(&page, "", checks::by_code(&app, &may, &code.qr).await)
}

async fn by_picture(
    may: May<grant::CardCheck>,
    State(app): State<App>,
    page: Page,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Fault> {
    let picture = picture::of_form(&page, form).await?;
    answer(&page, "", checks::by_picture(&app, &may, picture).await)
}

#[derive(Deserialize)]
struct Put {
    /// In a demonstration: which card of the tray to put on the reader first.
    #[serde(default)]
    put: String,
}

async fn on_reader(
    may: May<grant::CardCheck>,
    State(app): State<App>,
    page: Page,
    Form(wanted): Form<Put>,
) -> Result<Response, Fault> {
    let put: String = wanted.put.trim().chars().take(20).collect();
    let findings = match put.parse::<CardSerial>() {
        _ if put.is_empty() => checks::on_reader(&app, &may, None, page.say.0).await,
        Ok(serial) => checks::on_reader(&app, &may, Some(serial), page.say.0).await,
        Err(_) => Err(Fault::input("guard-no-serial")),
    };
    answer(&page, &put, findings)
}

#[derive(Deserialize)]
struct Lock {
    serial: String,
    reason: String,
}

async fn lock(
    may: May<grant::CardLock>,
    State(app): State<App>,
    Form(wanted): Form<Lock>,
) -> Result<Response, Fault> {
    let wrong = |field: &str| Fault::input("fault-form").arg("field", field);
    let serial: CardSerial = wanted.serial.trim().parse().map_err(|_| wrong("serial"))?;
    let reason: LockReason = wanted.reason.parse().map_err(|_| wrong("reason"))?;
    let serial = checks::lock(&app, &may, serial, reason).await?;
    Ok(go("/guard", Some(&Flash::ok("guard-locked", &[("serial", serial.to_string())]))))
}

/// The page with the answer, or with what was wrong with the question.
fn answer(page: &Page, put: &str, findings: Result<Findings, Fault>) -> Result<Response, Fault> {
    match findings {
        Ok(findings) => {
            let shown = Some(Verdict::of(page, findings));
            show(&Guard { page, error: String::new(), put, shown })
        }
        Err(fault) if fault.is_yours_or_rule() => {
            let shown = Guard { page, error: fault.text(page), put, shown: None };
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(fault) => Err(fault),
    }
}

impl Verdict {
    fn of(page: &Page, found: Findings) -> Self {
        let mut facts = Vec::new();
        let (mut name, mut lock) = (String::new(), String::new());
        if let Some(card) = &found.card {
            if let Some(holder) = &card.holder {
                name.clone_from(&holder.full_name);
                for (key, value) in [
                    ("field-title", &holder.title),
                    ("field-employing_unit", &holder.employing_unit),
                    ("field-managing_agency", &holder.managing_agency),
                ] {
                    facts.push((page.t(key), value.clone()));
                }
            }
            let state = match (card.locked, card.revoked) {
                _ if card.state == "not_valid" => page.t("guard-state-not-valid"),
                (Some(reason), _) => {
                    format!("{}: {}", page.t("state-locked"), page.t(&format!("lock-{reason}")))
                }
                (None, Some(reason)) => {
                    let reason = page.t(&format!("audit-why-revoked-{reason}"));
                    format!("{}: {reason}", page.t("state-revoked"))
                }
                (None, None) => page.t(&format!("state-{}", card.state)),
            };
            facts.push((page.t("field-state"), state));
            facts.push((page.t("field-serial"), card.serial.to_string()));
            facts.push((page.t("field-valid_through"), page.day(card.valid_through)));
            facts.push((page.t("guard-issuer"), card.authority.clone()));
            if card.may_lock {
                lock = card.serial.to_string();
            }
        }
        let differs = found.differs.into_iter().map(|differs| {
            let registered = differs.registered.unwrap_or_else(|| page.t("guard-not-shown"));
            (page.t(&format!("field-{}", differs.field)), differs.seen, registered)
        });
        let mut proofs = Vec::new();
        if let Some(shown) = &found.proofs {
            for (what, how) in [("data", shown.data), ("chip", shown.chip), ("photo", shown.photo)]
            {
                let tone = match how {
                    checks::Shown::Yes => "ok",
                    checks::Shown::No => "refused",
                    checks::Shown::NotTried => "warn",
                };
                proofs.push((tone, page.t(&format!("guard-proof-{what}-{}", how.code()))));
            }
        } else {
            proofs.push(("warn", page.t("guard-proof-code")));
        }
        let limits = if found.proofs.is_some() { "guard-limits-chip" } else { "guard-limits-code" };
        let reason = found.reason.code();
        Self {
            kind: match found.answer {
                Answer::Accept => "ok",
                Answer::LookCloser => "warn",
                Answer::Refuse => "stop",
            },
            title: page.t(&format!("guard-{reason}")),
            text: page.t(&format!("guard-{reason}-what")),
            portrait: found.portrait.as_ref().map(embedded).unwrap_or_default(),
            name,
            facts,
            differs: differs.collect(),
            limits: page.t(limits),
            why: found.proofs.and_then(|proofs| proofs.why).unwrap_or_default(),
            proofs,
            lock,
            reasons: LockReason::ALL
                .iter()
                .map(|reason| (reason.as_str(), page.t(&format!("lock-{}", reason.as_str()))))
                .collect(),
        }
    }
}

/// A JPEG as an address that holds it: it is fetched from nowhere and stands in no log.
pub(crate) fn embedded(picture: &Picture) -> String {
    format!("data:{};base64,{}", picture.media_type, STANDARD.encode(&picture.bytes))
}
