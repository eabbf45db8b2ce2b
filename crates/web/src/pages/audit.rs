//! The auditor's pages: what happened at an authority, the time line of a card and of a person, the
//! proof that the history is whole, and what is shown as a file.

use std::fmt::Write as _;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use registry::history::Broken;
use registry::view::{Trace, Unmasked};
use serde::Deserialize;
use wire::{AuthorityId, CardSerial, PersonId};

use crate::App;
use crate::address::{Ask, At};
use crate::fault::Fault;
use crate::ops::audit::{self, Found, Proof};
use crate::page::{Flash, Page, go, show, show_as};
use crate::session::{Form, May, grant};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/audit", get(chain))
        .route("/audit/rows.csv", get(chain_file))
        .route("/audit/find", post(find))
        .route("/audit/verify", post(verify))
        .route("/audit/cards/{serial}", get(of_card))
        .route("/audit/cards/{serial}/rows.csv", get(card_file))
        .route("/audit/people/{person}", get(of_person))
        .route("/audit/people/{person}/rows.csv", get(person_file))
        .route("/audit/people/{person}/unmask", post(unmask))
}

/// One thing that happened, in words.
struct Line {
    seq: String,
    at: String,
    actor: String,
    action: String,
    /// Label and value of everything else that the row says.
    facts: Vec<(String, String)>,
    serial: String,
    /// Id and name; the name is empty once it was erased.
    person: Option<(String, String)>,
}

/// One authority to choose.
struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit<'a> {
    page: &'a Page,
    authorities: Vec<Choice>,
    /// The id of the one whose rows are shown; empty when there is none.
    authority: String,
    lines: Vec<Line>,
    from: String,
    to: String,
    total: String,
    newer: String,
    older: String,
    file: String,
}

#[derive(Deserialize)]
struct Wanted {
    authority: Option<AuthorityId>,
    before: Option<i64>,
}

async fn chain(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    page: Page,
    Ask(wanted): Ask<Wanted>,
) -> Result<Response, Fault> {
    let authorities = audit::authorities(&app, &may).await?;
    let found = audit::chain(&app, &may, wanted.authority, wanted.before, ROWS).await?;
    let chosen = found.as_ref().map(|chain| chain.authority);
    let choices = authorities.into_iter().map(|(id, name)| Choice {
        chosen: Some(id) == chosen,
        id: id.to_string(),
        name,
    });
    let mut shown = Audit {
        page: &page,
        authorities: choices.collect(),
        authority: chosen.map(|id| id.to_string()).unwrap_or_default(),
        lines: Vec::new(),
        from: String::new(),
        to: String::new(),
        total: String::new(),
        newer: String::new(),
        older: String::new(),
        file: String::new(),
    };
    if let Some(chain) = found {
        let number = |row: Option<&Trace>| page.number(row.map_or(0, |row| row.happening.seq));
        (shown.from, shown.to) = (number(chain.rows.first()), number(chain.rows.last()));
        shown.total = page.number(chain.total);
        let here = format!("/audit?authority={}", chain.authority);
        if let Some(before) = chain.older {
            shown.older = format!("{here}&before={before}");
        }
        // One page towards the present; the newest has no number of its own in its address.
        if let Some(before) = wanted.before {
            let newer = before.saturating_add(i64::from(ROWS));
            let newest = u64::try_from(newer).is_ok_and(|newer| newer > chain.total);
            shown.newer = if newest { here } else { format!("{here}&before={newer}") };
        }
        let before = wanted.before.map(|before| format!("&before={before}")).unwrap_or_default();
        shown.file = format!("/audit/rows.csv?authority={}{before}", chain.authority);
        shown.lines = chain.rows.iter().map(|row| Line::of(&page, row)).collect();
    }
    show(&shown)
}

async fn chain_file(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    page: Page,
    Ask(wanted): Ask<Wanted>,
) -> Result<Response, Fault> {
    let found = audit::chain(&app, &may, wanted.authority, wanted.before, ROWS).await?;
    Ok(file(&page, &found.map(|chain| chain.rows).unwrap_or_default()))
}

#[derive(Deserialize)]
struct Search {
    q: String,
}

#[derive(Template)]
#[template(path = "audit_found.html")]
struct FoundPage<'a> {
    page: &'a Page,
    people: Vec<FoundPerson>,
    more: bool,
}

struct FoundPerson {
    id: String,
    name: String,
    title: String,
    unit: String,
    serial: String,
}

async fn find(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    page: Page,
    Form(search): Form<Search>,
) -> Result<Response, Fault> {
    let q: String = search.q.chars().take(200).collect();
    match audit::find(&app, &may, &q).await? {
        Found::Card(serial) => Ok(Redirect::to(&format!("/audit/cards/{serial}")).into_response()),
        Found::Person(id) => Ok(Redirect::to(&format!("/audit/people/{id}")).into_response()),
        Found::People { people, more } => {
            let people = people.into_iter().map(|row| {
                let printed = row.person.printed;
                let erased = || page.t("audit-erased");
                FoundPerson {
                    id: row.person.id.to_string(),
                    name: printed.as_ref().map_or_else(erased, |p| p.full_name.clone()),
                    title: printed.as_ref().map(|p| p.title.clone()).unwrap_or_default(),
                    unit: printed.map(|p| p.employing_unit).unwrap_or_default(),
                    serial: row.card.map(|(serial, _)| serial.to_string()).unwrap_or_default(),
                }
            });
            show(&FoundPage { page: &page, people: people.collect(), more })
        }
    }
}

#[derive(Deserialize)]
struct Whose {
    authority: AuthorityId,
}

async fn verify(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    page: Page,
    Form(whose): Form<Whose>,
) -> Result<Response, Fault> {
    let flash = match audit::verify(&app, &may, whose.authority).await? {
        Proof::Whole(rows) => Flash::ok("audit-whole", &[("rows", page.number(rows))]),
        Proof::Broken(broken) => {
            let (key, row) = match broken {
                Broken::Gap { expected } => ("audit-broken-gap", expected),
                Broken::Link { seq } => ("audit-broken-link", seq),
                Broken::Row { seq } => ("audit-broken-row", seq),
                Broken::Head { expected } => ("audit-broken-head", expected),
            };
            Flash { kind: "error".to_owned(), ..Flash::warn(key, &[("row", page.number(row))]) }
        }
    };
    Ok(go(&format!("/audit?authority={}", whose.authority), Some(&flash)))
}

#[derive(Template)]
#[template(path = "audit_card.html")]
struct CardLine<'a> {
    page: &'a Page,
    serial: String,
    state: &'static str,
    state_text: String,
    /// Id and name of the holder; the name is empty once it was erased.
    person: String,
    name: String,
    lines: Vec<Line>,
    file: String,
    may_see_card: bool,
}

async fn of_card(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    page: Page,
    At(serial): At<CardSerial>,
) -> Result<Response, Fault> {
    let (card, rows) = audit::of_card(&app, &may, serial).await?;
    show(&CardLine {
        page: &page,
        serial: card.serial.to_string(),
        state: card.state,
        state_text: page.t(&format!("state-{}", card.state)),
        person: card.person.to_string(),
        name: card.printed.map(|printed| printed.full_name).unwrap_or_default(),
        lines: rows.iter().map(|row| Line::of(&page, row)).collect(),
        file: format!("/audit/cards/{serial}/rows.csv"),
        may_see_card: may.officer().role.may(access::Permission::CardView),
    })
}

async fn card_file(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    page: Page,
    At(serial): At<CardSerial>,
) -> Result<Response, Fault> {
    Ok(file(&page, &audit::of_card(&app, &may, serial).await?.1))
}

#[derive(Template)]
#[template(path = "audit_person.html")]
struct PersonLine<'a> {
    page: &'a Page,
    id: String,
    name: String,
    /// Label and value; numbers masked.
    facts: Vec<(String, String)>,
    /// Serial, state and state in words of each card.
    cards: Vec<(String, &'static str, String)>,
    lines: Vec<Line>,
    file: String,
    may_unmask: bool,
    unmasked: Option<&'a Unmasked>,
    reason: &'a str,
    reason_error: String,
}

async fn of_person(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    page: Page,
    At(person): At<PersonId>,
) -> Result<Response, Fault> {
    person_page(&app, &may, &page, person, &Asked::default()).await
}

async fn person_file(
    may: May<grant::HistoryRead>,
    State(app): State<App>,
    page: Page,
    At(person): At<PersonId>,
) -> Result<Response, Fault> {
    Ok(file(&page, &audit::of_person(&app, &may, person).await?.1))
}

/// What became of asking for whole numbers.
#[derive(Default)]
struct Asked<'a> {
    unmasked: Option<Unmasked>,
    reason: &'a str,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Why {
    reason: String,
}

async fn unmask(
    may: May<grant::HistoryRead>,
    see: May<grant::PersonUnmask>,
    State(app): State<App>,
    page: Page,
    At(person): At<PersonId>,
    Form(why): Form<Why>,
) -> Result<Response, Fault> {
    let asked = match audit::unmask(&app, &see, person, &why.reason).await {
        Ok(unmasked) => Asked { unmasked: Some(unmasked), ..Asked::default() },
        Err(fault) if fault.key().starts_with("audit-note") => {
            Asked { reason: &why.reason, error: Some(fault), ..Asked::default() }
        }
        Err(fault) => return Err(fault),
    };
    person_page(&app, &may, &page, person, &asked).await
}

async fn person_page(
    app: &App,
    may: &May<grant::HistoryRead>,
    page: &Page,
    person: PersonId,
    asked: &Asked<'_>,
) -> Result<Response, Fault> {
    let (file, rows) = audit::of_person(app, may, person).await?;
    let mut facts = Vec::new();
    let name = file.person.printed.as_ref().map(|printed| printed.full_name.clone());
    if let Some(printed) = file.person.printed {
        facts.push((page.t("field-title"), printed.title));
        facts.push((page.t("field-employing_unit"), printed.employing_unit));
        facts.push((page.t("field-managing_agency"), printed.managing_agency));
        if asked.unmasked.is_none() {
            facts.push((page.t("field-card_number"), printed.card_number));
        }
    }
    if let (Some(record), None) = (file.record, &asked.unmasked) {
        facts.push((page.t("field-personal_id"), record.personal_id));
    }
    let shown = PersonLine {
        page,
        id: person.to_string(),
        name: name.unwrap_or_else(|| page.t("audit-erased")),
        facts,
        cards: file
            .cards
            .into_iter()
            .map(|card| {
                let words = page.t(&format!("state-{}", card.state));
                (card.serial.to_string(), card.state, words)
            })
            .collect(),
        lines: rows.iter().map(|row| Line::of(page, row)).collect(),
        file: format!("/audit/people/{person}/rows.csv"),
        may_unmask: may.officer().role.may(access::Permission::PersonUnmask),
        unmasked: asked.unmasked.as_ref(),
        reason: asked.reason,
        reason_error: asked.error.as_ref().map(|fault| fault.text(page)).unwrap_or_default(),
    };
    let wrong = asked.error.is_some();
    let status = if wrong {
        axum::http::StatusCode::UNPROCESSABLE_ENTITY
    } else {
        axum::http::StatusCode::OK
    };
    show_as(status, &shown)
}

impl Line {
    fn of(page: &Page, row: &Trace) -> Self {
        let action = &row.happening.action;
        let mut facts = Vec::new();
        if let (Some(from), Some(to)) = (&row.from, &row.to) {
            let state = |name: &str| page.t(&format!("{}{name}", state_prefix(action)));
            facts.push((page.t("audit-state"), format!("{} → {}", state(from), state(to))));
        }
        if let Some(reason) = &row.reason {
            facts.push((page.t("reason"), reason_text(page, action, reason)));
        }
        if !row.fields.is_empty() {
            let fields: Vec<_> = row.fields.iter().map(|field| field_text(page, field)).collect();
            facts.push((page.t("audit-fields"), fields.join(", ")));
        }
        if let Some(note) = &row.note {
            facts.push((page.t("ui-note"), note.clone()));
        }
        for (name, value) in &row.facts {
            // The serial has its own place, and a kind is a word.
            let shown = match name.as_str() {
                "serial" => continue,
                "kind" => words_or(page, &format!("kind-{value}"), value),
                _ => value.clone(),
            };
            facts.push((words_or(page, &format!("audit-fact-{name}"), name), shown));
        }
        let erased = || page.t("audit-erased");
        Self {
            seq: page.number(row.happening.seq),
            at: page.say.second(row.happening.at),
            actor: row.happening.actor.as_str().to_owned(),
            action: words_or(page, &action_key(action), action),
            facts,
            serial: row.card.map(|serial| serial.to_string()).unwrap_or_default(),
            person: row
                .person
                .map(|person| (person.to_string(), row.full_name.clone().unwrap_or_else(erased))),
        }
    }
}

/// The catalogue's name of an action such as `card.locked`.
fn action_key(action: &str) -> String {
    format!("audit-did-{}", action.replace('.', "-"))
}

fn state_prefix(action: &str) -> &'static str {
    if action.starts_with("request.") { "request-state-" } else { "state-" }
}

/// A reason in words; which kind of reason it is, the action says.
fn reason_text(page: &Page, action: &str, reason: &str) -> String {
    let key = match action {
        "card.locked" => format!("lock-{reason}"),
        "card.revoked" => format!("audit-why-revoked-{reason}"),
        "card.spoilage" => format!("audit-why-spoiled-{reason}"),
        "card.unmakeable" => format!("audit-why-returned-unmakeable-{reason}"),
        "request.rejected" => format!("audit-why-returned-lacking-{reason}"),
        _ => format!("audit-why-returned-{reason}"),
    };
    words_or(page, &key, reason)
}

fn field_text(page: &Page, field: &str) -> String {
    let own = format!("audit-field-{field}");
    let key = if crate::say::CATALOG.contains(&own) { own } else { format!("field-{field}") };
    words_or(page, &key, field)
}

/// The words, or what a newer or older release wrote as it stands.
fn words_or(page: &Page, key: &str, text: &str) -> String {
    if crate::say::CATALOG.contains(key) { page.t(key) } else { text.to_owned() }
}

/// Rows as a CSV file that a spreadsheet opens with its letters right.
fn file(page: &Page, rows: &[Trace]) -> Response {
    let mut csv = String::from("\u{feff}");
    let heads = ["number", "when", "who", "what", "card", "person", "more-facts"];
    let heads: Vec<String> = heads.iter().map(|head| page.t(&format!("audit-{head}"))).collect();
    line(&mut csv, &heads);
    for row in rows {
        let shown = Line::of(page, row);
        let more: Vec<String> =
            shown.facts.iter().map(|(label, value)| format!("{label}: {value}")).collect();
        let person = shown.person.map(|(_, name)| name).unwrap_or_default();
        let number = row.happening.seq.to_string();
        let cells =
            [number, shown.at, shown.actor, shown.action, shown.serial, person, more.join("; ")];
        line(&mut csv, &cells);
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"congvu-history.csv\""),
    ];
    (headers, csv).into_response()
}

/// One row. Source: RFC 4180; a cell that a spreadsheet would take for a formula is made a text.
fn line(csv: &mut String, cells: &[String]) {
    for (place, cell) in cells.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let text = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        let cell = cell.replace('"', "\"\"");
        // Writing into a text cannot fail.
        let _written = write!(csv, "{comma}\"{text}{cell}\"");
    }
    csv.push_str("\r\n");
}

/// Rows on a page.
const ROWS: u32 = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say::CATALOG;

    #[test]
    fn every_action_of_the_registry_has_words() {
        for action in registry::history::ACTIONS {
            assert!(CATALOG.contains(&action_key(action)), "{action}");
        }
    }

    #[test]
    fn every_reason_and_state_of_the_registry_has_words() {
        use registry::card::{LockReason, RevokeReason};
        use registry::request::{Life, Return};
        let mut keys: Vec<String> =
            Return::all().iter().map(|why| format!("audit-why-returned-{}", why.code())).collect();
        keys.extend(LockReason::ALL.iter().map(|why| format!("lock-{}", why.as_str())));
        let revoked = RevokeReason::ALL.iter();
        keys.extend(revoked.map(|why| format!("audit-why-revoked-{}", why.as_str())));
        let spoilt = ["keys_unknown", "not_blank", "write_refused", "read_back_differs"];
        keys.extend(spoilt.map(|why| format!("audit-why-spoiled-{why}")));
        keys.extend(registry::card::Validity::NAMES.map(|state| format!("state-{state}")));
        keys.extend(Life::NAMES.map(|state| format!("request-state-{state}")));
        let missing: Vec<_> = keys.iter().filter(|key| !CATALOG.contains(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_file_of_rows_starts_no_formula_and_keeps_its_cells() {
        let mut csv = String::new();
        line(&mut csv, &["=1+1".to_owned(), "a \"b\",\r\nc".to_owned(), "-".to_owned()]);
        assert_eq!(csv, "\"'=1+1\",\"a \"\"b\"\",\r\nc\",\"'-\"\r\n");
    }
}
