//! Pages of cards: finding one, and everything about it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use registry::card::LockReason;
use registry::view::{Done, Unmasked};
use serde::Deserialize;
use wire::CardSerial;

use super::batches::{day_words, type_words};
use crate::App;
use crate::address::{Ask, At};
use crate::fault::Fault;
use crate::ops::batches::kind_name;
use crate::ops::cards::{self, Found, Listing, Part};
use crate::page::{Flash, Page, go, show, show_as};
use crate::session::{Form, May, grant};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/cards", get(list))
        .route("/cards/search", post(search))
        .route("/cards/{serial}", get(card))
        .route("/cards/{serial}/lock", post(lock))
        .route("/cards/{serial}/unlock", post(unlock))
        .route("/cards/{serial}/revoke", post(revoke))
        .route("/cards/{serial}/unmask", post(unmask))
}

#[derive(Template)]
#[template(path = "cards.html")]
struct List<'a> {
    page: &'a Page,
    query: &'a str,
    error: String,
    authorities: Vec<(String, String)>,
    authority: String,
    states: Vec<(String, String)>,
    state: String,
    rows: Vec<Row>,
    /// What is listed, in words.
    what: String,
    total: String,
    /// Whether there are cards at all.
    any: bool,
    newer: String,
    older: String,
    /// Whether these are people found by name.
    named: bool,
}

struct Row {
    serial: String,
    state: &'static str,
    state_text: String,
    name: String,
    title: String,
    unit: String,
    valid_through: String,
}

fn row(page: &Page, row: cards::Row) -> Row {
    let state = row.state.unwrap_or("none");
    let state_text = match row.state {
        Some(state) => page.t(&format!("state-{state}")),
        None => page.t("cards-no-card"),
    };
    let name = match (row.full_name.is_empty(), row.serial) {
        (true, Some(_)) => page.t("cards-erased"),
        _ => row.full_name,
    };
    Row {
        serial: row.serial.map(|serial| serial.to_string()).unwrap_or_default(),
        state,
        state_text,
        name,
        title: row.title,
        unit: row.unit,
        valid_through: row.valid_through.map(|day| page.day(day)).unwrap_or_default(),
    }
}

async fn list(
    State(app): State<App>,
    page: Page,
    may: May<grant::CardView>,
    Ask(query): Ask<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let get = |name: &str| {
        let found = query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    };
    let part = Part {
        authority: get("authority").and_then(|id| id.parse().ok()),
        state: get("state").and_then(cards::state_of),
        person: get("person").and_then(|id| id.parse().ok()),
        before: get("before").and_then(|id| id.parse().ok()),
        after: get("after").and_then(|id| id.parse().ok()),
    };
    let listing = cards::list(&app, &may, &part).await?;
    let what = match (part.person, part.state) {
        (Some(_), _) => page.t("cards-what-person"),
        (None, Some(state)) => {
            page.t1("cards-what-state", "state", page.t(&format!("state-{state}")))
        }
        (None, None) => page.t("cards-what-all"),
    };
    show(&shown(&page, listing, &part, what))
}

fn shown<'a>(page: &'a Page, listing: Listing, part: &Part, what: String) -> List<'a> {
    let state = part.state.unwrap_or_default();
    let authority = listing.authority.map(|id| id.to_string()).unwrap_or_default();
    let href = |side: &str, card: Option<wire::CardId>| match card {
        Some(card) => format!("/cards?authority={authority}&state={state}&{side}={card}"),
        None => String::new(),
    };
    List {
        page,
        query: "",
        error: String::new(),
        newer: href("after", listing.newer),
        older: href("before", listing.older),
        authorities: listing
            .authorities
            .iter()
            .map(|(id, name)| (id.to_string(), name.clone()))
            .collect(),
        states: states(page),
        state: state.to_owned(),
        rows: listing.rows.into_iter().map(|one| row(page, one)).collect(),
        what,
        total: page.number(listing.total),
        any: listing.all > 0,
        named: false,
        authority,
    }
}

fn states(page: &Page) -> Vec<(String, String)> {
    let words = |state: &str| (state.to_owned(), page.t(&format!("state-{state}")));
    registry::card::Validity::NAMES.into_iter().map(words).collect()
}

#[derive(Deserialize)]
struct Sought {
    q: String,
}

async fn search(
    State(app): State<App>,
    page: Page,
    may: May<grant::CardView>,
    Form(Sought { q }): Form<Sought>,
) -> Result<Response, Fault> {
    if q.trim().is_empty() {
        return Ok(go("/cards", None));
    }
    let (rows, what, total, error) = match cards::search(&app, &may, &q).await? {
        Found::Card(serial) => return Ok(go(&format!("/cards/{serial}"), None)),
        Found::Person(authority, person) => {
            return Ok(go(&format!("/cards?authority={authority}&person={person}"), None));
        }
        Found::Nothing => (Vec::new(), page.t("cards-found-nothing"), 0, String::new()),
        Found::BadSerial => {
            (Vec::new(), page.t("cards-found-nothing"), 0, page.t("cards-fault-serial"))
        }
        Found::Named { rows, matches, more } => {
            let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
            let what = if matches == 0 {
                page.t("cards-found-nothing")
            } else if more || matches > shown {
                page.t1("cards-found-first", "shown", page.number(shown))
            } else {
                page.t("cards-found-named")
            };
            (rows, what, matches, String::new())
        }
    };
    // The cards of the first authority fill no list here: what was looked for does.
    let listing = Listing { rows, ..cards::list(&app, &may, &Part::default()).await? };
    let named = !listing.rows.is_empty();
    let status = if error.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let shown = List {
        query: cards::kept(&q),
        error,
        total: page.number(total),
        newer: String::new(),
        older: String::new(),
        named,
        ..shown(&page, listing, &Part::default(), what)
    };
    show_as(status, &shown)
}

#[derive(Template)]
#[template(path = "card.html")]
struct Card<'a> {
    page: &'a Page,
    sheet: &'a cards::Sheet,
    serial: String,
    lock: String,
    unlock: String,
    revoke: String,
    big: &'static str,
    state_text: String,
    means: String,
    front: String,
    back: String,
    alt_front: String,
    alt_back: String,
    name: String,
    /// Label and value of what is printed.
    printed: Vec<(String, String)>,
    numbers: Option<&'a Unmasked>,
    why: &'a str,
    why_error: String,
    /// Label and value of what the chip holds.
    chip: Vec<(String, String)>,
    chip_refused: String,
    qr: String,
    photo_bytes: String,
    proofs: Vec<Proof>,
    facts: Vec<(String, String)>,
    ways: Vec<(String, String, String)>,
    older: String,
    newer: String,
    lock_reasons: Vec<(&'static str, String)>,
    revoke_reasons: Vec<(&'static str, String)>,
    reason_error: String,
    may: Can,
    batch: String,
}

/// What whoever looks may do here and now.
struct Can {
    lock: bool,
    unlock: bool,
    /// Locked by whoever looks, who so may not unlock.
    own_lock: bool,
    revoke: bool,
    unmask: bool,
    history: bool,
    batch: bool,
}

/// Whether what was read back is what was to be written.
struct Proof {
    ok: bool,
    title: String,
    intended: String,
    read: String,
}

async fn card(
    State(app): State<App>,
    page: Page,
    may: May<grant::CardView>,
    At(serial): At<CardSerial>,
) -> Result<Response, Fault> {
    render(&app, &page, &may, serial, &Extra::default(), StatusCode::OK).await
}

/// What a form of the page adds to it.
#[derive(Default)]
struct Extra<'a> {
    numbers: Option<&'a Unmasked>,
    why: &'a str,
    why_error: String,
    reason_error: String,
}

async fn render(
    app: &App,
    page: &Page,
    may: &May<grant::CardView>,
    serial: CardSerial,
    extra: &Extra<'_>,
    status: StatusCode,
) -> Result<Response, Fault> {
    let sheet = cards::card(app, may, serial).await?;
    let card = &sheet.file.card;
    let role = may.officer().role;
    let printed = card.printed.as_ref();
    let name = printed.map_or_else(|| page.t("cards-erased"), |printed| printed.full_name.clone());
    let label = |field: &str| page.t(&format!("field-{field}"));
    let printed = printed.map(|printed| {
        vec![
            (label("full_name"), printed.full_name.clone()),
            (label("title"), printed.title.clone()),
            (label("employing_unit"), printed.employing_unit.clone()),
            (label("managing_agency"), printed.managing_agency.clone()),
            (label("card_type"), type_words(page, &printed.card_type)),
            (label("card_number"), printed.card_number.clone()),
            (label("valid_through"), page.day(card.valid_through)),
        ]
    });
    let own_lock = sheet.file.locked_by.as_ref().is_some_and(|done| done.by == may.officer().name);
    let (chip, chip_refused, qr, photo_bytes) = match &sheet.chip {
        Ok(chip) => (
            chip.fields.iter().map(|(field, value)| chip_field(page, field, value)).collect(),
            String::new(),
            chip.qr_masked.clone(),
            match chip.photo_bytes {
                Some(bytes) => {
                    let bytes = page.number(u64::try_from(bytes).unwrap_or(u64::MAX));
                    page.t1("cards-photo-bytes", "bytes", bytes)
                }
                None => page.t("cards-photo-none"),
            },
        ),
        Err(why) => (Vec::new(), page.t(why), String::new(), String::new()),
    };
    let link = |serial: Option<CardSerial>| {
        serial.map(|serial| format!("/cards/{serial}")).unwrap_or_default()
    };
    let active = sheet.is_active();
    let shown = Card {
        page,
        serial: serial.to_string(),
        lock: format!("/cards/{serial}/lock"),
        unlock: format!("/cards/{serial}/unlock"),
        revoke: format!("/cards/{serial}/revoke"),
        big: big(card.state),
        state_text: page.t(&format!("state-{}", card.state)),
        means: means(page, &sheet),
        front: format!("/faces/card/{serial}/front"),
        back: format!("/faces/card/{serial}/back"),
        alt_front: page.t1("cards-alt-front", "name", &name),
        alt_back: page.t1("cards-alt-back", "name", &name),
        name,
        printed: printed.unwrap_or_default(),
        numbers: extra.numbers,
        why: extra.why,
        why_error: extra.why_error.clone(),
        chip,
        chip_refused,
        qr,
        photo_bytes,
        proofs: proofs(page, &sheet),
        facts: facts(page, &sheet),
        ways: ways(page, &sheet),
        older: link(sheet.older),
        newer: link(sheet.newer),
        lock_reasons: LockReason::ALL
            .iter()
            .map(|reason| (reason.as_str(), page.t(&format!("lock-{}", reason.as_str()))))
            .collect(),
        revoke_reasons: cards::revoke_reasons()
            .map(|reason| (reason.as_str(), page.t(&format!("revoke-{}", reason.as_str()))))
            .collect(),
        reason_error: extra.reason_error.clone(),
        may: Can {
            lock: active && role.may(access::Permission::CardLock),
            unlock: sheet.is_locked() && role.may(access::Permission::CardUnlock) && !own_lock,
            own_lock: sheet.is_locked() && role.may(access::Permission::CardUnlock) && own_lock,
            revoke: (active || sheet.is_locked()) && role.may(access::Permission::CardRevoke),
            unmask: card.printed.is_some() && role.may(access::Permission::PersonUnmask),
            history: role.may(access::Permission::HistoryRead),
            batch: role.may(access::Permission::BatchView),
        },
        batch: format!("/batches/{}?show=all", sheet.file.batch),
        sheet: &sheet,
    };
    show_as(status, &shown)
}

const fn big(state: &str) -> &'static str {
    match state.as_bytes() {
        b"active" => "ok",
        b"ready" | b"produced" => "wait",
        b"locked" => "warn",
        _ => "stop",
    }
}

/// What the state means, and why it is so.
fn means(page: &Page, sheet: &cards::Sheet) -> String {
    let card = &sheet.file.card;
    let why = match (card.locked, card.revoked) {
        (Some(reason), _) => Some(page.t(&format!("lock-{}", reason.as_str()))),
        (None, Some(reason)) => Some(page.t(&format!("revoke-{}", reason.as_str()))),
        (None, None) => None,
    };
    let means = page.t(&format!("cards-means-{}", card.state));
    match why {
        Some(why) => page.t2("cards-means-why", ("means", means), ("why", why)),
        None => means,
    }
}

fn chip_field(page: &Page, field: &str, value: &str) -> (String, String) {
    let value = match field {
        "sex" => page.t(&format!("sex-{value}")),
        "birth" | "valid_through" => day_words(page, value),
        "card_type" => type_words(page, value),
        _ => value.to_owned(),
    };
    let key = format!("chip-{field}");
    let label = if crate::say::CATALOG.contains(&key) { page.t(&key) } else { field.to_owned() };
    (label, value)
}

fn proofs(page: &Page, sheet: &cards::Sheet) -> Vec<Proof> {
    let (Some(intended), Some(evidence)) = (&sheet.file.intended, &sheet.file.evidence) else {
        return Vec::new();
    };
    let title =
        |ok: Option<bool>, yes: &str, no: &str| page.t(if ok == Some(true) { yes } else { no });
    let record = sheet.record_agrees();
    let mut proofs = vec![Proof {
        ok: record == Some(true),
        title: title(record, "cards-record-same", "cards-record-differs"),
        intended: intended.record_sha256.clone(),
        read: evidence.record_sha256.clone(),
    }];
    if intended.photo_sha256.is_some() || evidence.photo_sha256.is_some() {
        let photo = sheet.photo_agrees();
        let none = || page.t("cards-photo-none");
        proofs.push(Proof {
            ok: photo == Some(true),
            title: title(photo, "cards-photo-same", "cards-photo-differs"),
            intended: intended.photo_sha256.clone().unwrap_or_else(none),
            read: evidence.photo_sha256.clone().unwrap_or_else(none),
        });
    }
    proofs
}

fn facts(page: &Page, sheet: &cards::Sheet) -> Vec<(String, String)> {
    let (file, card) = (&sheet.file, &sheet.file.card);
    let mut facts = vec![
        (page.t("cards-station"), file.station.to_string()),
        (page.t("cards-uid"), card.uid.to_string()),
        (page.t("cards-chip"), page.t(&format!("cards-chip-{}", card.chip))),
        (page.t("cards-where"), page.t(&format!("where-{}", card.whereabouts))),
        (page.t("cards-index"), page.number(card.status_index)),
    ];
    if let Some(evidence) = &file.evidence {
        facts.push((page.t("cards-exchanges"), page.number(evidence.exchanges)));
        facts.push((page.t("cards-front-sha"), evidence.front_sha256.clone()));
        facts.push((page.t("cards-back-sha"), evidence.back_sha256.clone()));
    }
    facts
}

/// What was done, by whom, and when.
fn ways(page: &Page, sheet: &cards::Sheet) -> Vec<(String, String, String)> {
    let file = &sheet.file;
    let asked =
        page.t1("cards-way-asked", "kind", page.t(&format!("kind-{}", kind_name(file.kind))));
    let steps: [(String, &Option<Done>); 7] = [
        (asked, &file.requested),
        (page.t("cards-way-approved"), &file.approved),
        (page.t("cards-way-begun"), &file.begun),
        (page.t("cards-way-ready"), &file.readied),
        (page.t("cards-way-given"), &file.handed_over),
        (page.t("cards-way-locked"), &file.locked_by),
        (page.t("cards-way-revoked"), &file.revoked_by),
    ];
    let known = steps.into_iter().filter_map(|(what, done)| Some((what, done.as_ref()?)));
    known.map(|(what, done)| (what, done.by.to_string(), page.instant(&done.at))).collect()
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    reason: String,
}

async fn lock(
    State(app): State<App>,
    page: Page,
    view: May<grant::CardView>,
    may: May<grant::CardLock>,
    At(serial): At<CardSerial>,
    Form(given): Form<Reason>,
) -> Result<Response, Fault> {
    let done = cards::lock(&app, &may, serial, &given.reason).await;
    settle(&app, &page, &view, serial, done, "cards-done-locked").await
}

#[derive(Deserialize)]
struct Nothing {}

async fn unlock(
    State(app): State<App>,
    page: Page,
    view: May<grant::CardView>,
    may: May<grant::CardUnlock>,
    At(serial): At<CardSerial>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    let done = cards::unlock(&app, &may, serial).await;
    settle(&app, &page, &view, serial, done, "cards-done-unlocked").await
}

async fn revoke(
    State(app): State<App>,
    page: Page,
    view: May<grant::CardView>,
    may: May<grant::CardRevoke>,
    At(serial): At<CardSerial>,
    Form(given): Form<Reason>,
) -> Result<Response, Fault> {
    let done = cards::revoke(&app, &may, serial, &given.reason).await;
    settle(&app, &page, &view, serial, done, "cards-done-revoked").await
}

/// Back to the card with what was done; a reason that is missing or wrong is said on the card.
async fn settle(
    app: &App,
    page: &Page,
    view: &May<grant::CardView>,
    serial: CardSerial,
    done: Result<(), Fault>,
    key: &'static str,
) -> Result<Response, Fault> {
    match done {
        Ok(()) => Ok(go(&format!("/cards/{serial}"), Some(&Flash::ok(key, &[])))),
        Err(fault) if fault.key() == "cards-fault-reason" => {
            let extra = Extra { reason_error: fault.text(page), ..Extra::default() };
            render(app, page, view, serial, &extra, StatusCode::BAD_REQUEST).await
        }
        Err(fault) => Err(fault),
    }
}

#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    why: String,
}

/// Shows the numbers in the answer to the form itself: no address leads to them.
async fn unmask(
    State(app): State<App>,
    page: Page,
    view: May<grant::CardView>,
    may: May<grant::PersonUnmask>,
    At(serial): At<CardSerial>,
    Form(given): Form<Why>,
) -> Result<Response, Fault> {
    match cards::unmask(&app, &may, serial, &given.why).await {
        Ok(numbers) => {
            let extra = Extra { numbers: Some(&numbers), ..Extra::default() };
            render(&app, &page, &view, serial, &extra, StatusCode::OK).await
        }
        Err(fault) if fault.key().starts_with("cards-note-") => {
            let extra = Extra { why: &given.why, why_error: fault.text(&page), ..Extra::default() };
            render(&app, &page, &view, serial, &extra, StatusCode::BAD_REQUEST).await
        }
        Err(fault) => Err(fault),
    }
}
