//! The activator's pages: who waits for a card, the list to sign, and who has got it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use wire::{AuthorityId, CardId};

use crate::App;
use crate::address::At;
use crate::fault::Fault;
use crate::ops::hand_over::{self, Outcome, UnitList};
use crate::page::{Flash, Page, go, show, show_as};
use crate::session::{Form, May, grant};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/hand-over", get(units))
        .route("/hand-over/{authority}/{unit}", get(list).post(give))
        .route("/hand-over/{authority}/{unit}/print", get(print))
}

#[derive(Template)]
#[template(path = "hand_over.html")]
struct Units<'a> {
    page: &'a Page,
    groups: Vec<Group>,
    any: bool,
}

struct Group {
    name: String,
    units: Vec<Unit>,
}

struct Unit {
    href: String,
    name: String,
    cards: String,
}

async fn units(
    State(app): State<App>,
    page: Page,
    may: May<grant::HandOver>,
) -> Result<Response, Fault> {
    let groups = hand_over::units(&app, &may).await?.into_iter().map(|group| Group {
        units: group
            .units
            .into_iter()
            .map(|unit| Unit {
                href: format!("/hand-over/{}/{}", group.authority, unit.key),
                name: unit.name,
                cards: page.number(unit.cards),
            })
            .collect(),
        name: group.name,
    });
    let groups: Vec<Group> = groups.collect();
    let any = groups.iter().any(|group| !group.units.is_empty());
    show(&Units { page: &page, groups, any })
}

#[derive(Template)]
#[template(path = "hand_over_unit.html")]
struct List<'a> {
    page: &'a Page,
    action: String,
    authority_name: String,
    unit: String,
    count: String,
    rows: Vec<Row>,
    /// How many whoever looks may hand over.
    may: String,
    may_any: bool,
    error: String,
}

struct Row {
    place: usize,
    card: CardId,
    serial: String,
    name: String,
    title: String,
    ready_at: String,
    collect_by: String,
    late: bool,
    /// Why not, in words; empty where nothing stands in the way.
    barred: String,
}

async fn list(
    State(app): State<App>,
    page: Page,
    may: May<grant::HandOver>,
    At((authority, unit)): At<(AuthorityId, String)>,
) -> Result<Response, Fault> {
    let list = hand_over::list(&app, &may, authority, &unit).await?;
    show(&shown(&page, list, String::new()))
}

fn shown(page: &Page, list: UnitList, error: String) -> List<'_> {
    let free = list.cards.iter().filter(|waiting| waiting.barred.is_none()).count();
    let rows: Vec<Row> = list
        .cards
        .into_iter()
        .enumerate()
        .map(|(place, waiting)| Row {
            place: place + 1,
            card: waiting.card.id,
            serial: waiting.card.serial.to_string(),
            name: waiting.card.full_name,
            title: waiting.card.title,
            ready_at: waiting.card.ready_at.map(|at| page.instant(&at)).unwrap_or_default(),
            collect_by: waiting.card.collect_by.map(|day| page.day(day)).unwrap_or_default(),
            late: waiting.late,
            barred: waiting.barred.map(|key| page.t(key)).unwrap_or_default(),
        })
        .collect();
    List {
        page,
        action: format!("/hand-over/{}/{}", list.authority, list.key),
        authority_name: list.authority_name,
        unit: list.name,
        count: count(page, rows.len()),
        rows,
        may: count(page, free),
        may_any: free > 0,
        error,
    }
}

#[derive(Template)]
#[template(path = "hand_over_print.html")]
struct Print<'a> {
    page: &'a Page,
    authority_name: String,
    unit: String,
    count: String,
    rows: Vec<Row>,
}

async fn print(
    State(app): State<App>,
    page: Page,
    may: May<grant::HandOver>,
    At((authority, unit)): At<(AuthorityId, String)>,
) -> Result<Response, Fault> {
    let list = hand_over::list(&app, &may, authority, &unit).await?;
    let List { authority_name, unit, count, rows, .. } = shown(&page, list, String::new());
    show(&Print { page: &page, authority_name, unit, count, rows })
}

#[derive(Deserialize)]
struct Given {
    /// Cards whose holders have signed.
    #[serde(default)]
    card: Vec<String>,
}

#[derive(Template)]
#[template(path = "hand_over_result.html")]
struct Finished<'a> {
    page: &'a Page,
    back: String,
    active: String,
    active_any: bool,
    replaced: String,
    replaced_any: bool,
    refused: Vec<RefusedRow>,
}

struct RefusedRow {
    name: String,
    serial: String,
    why: String,
}

async fn give(
    State(app): State<App>,
    page: Page,
    may: May<grant::HandOver>,
    At((authority, unit)): At<(AuthorityId, String)>,
    Form(given): Form<Given>,
) -> Result<Response, Fault> {
    let cards: Vec<CardId> = given
        .card
        .iter()
        .map(|card| card.parse().map_err(|_| Fault::input("fault-form").arg("field", "card")))
        .collect::<Result<_, _>>()?;
    if cards.is_empty() {
        let list = hand_over::list(&app, &may, authority, &unit).await?;
        let shown = shown(&page, list, page.t("hand-over-fault-nobody"));
        return show_as(StatusCode::BAD_REQUEST, &shown);
    }
    let result = hand_over::hand_over(&app, &may, authority, &cards).await?;
    // When nobody of the unit waits any more, there is no list to go back to.
    let back = match hand_over::list(&app, &may, authority, &unit).await {
        Ok(_) => format!("/hand-over/{authority}/{unit}"),
        Err(_) => "/hand-over".to_owned(),
    };
    finish(&page, result, back)
}

fn finish(page: &Page, result: Outcome, back: String) -> Result<Response, Fault> {
    let (active, replaced) = (count(page, result.active), count(page, result.replaced));
    if result.refused.is_empty() {
        let args = [("active", active), ("replaced", replaced)];
        let key = if result.replaced > 0 { "hand-over-done-replaced" } else { "hand-over-done" };
        return Ok(go(&back, Some(&Flash::ok(key, &args))));
    }
    let refused = result.refused.into_iter().map(|one| RefusedRow {
        name: one.full_name,
        serial: one.serial.map(|serial| serial.to_string()).unwrap_or_default(),
        why: page.t(&one.why),
    });
    show(&Finished {
        page,
        back,
        active_any: result.active > 0,
        active,
        replaced_any: result.replaced > 0,
        replaced,
        refused: refused.collect(),
    })
}

fn count(page: &Page, count: usize) -> String {
    page.number(u64::try_from(count).unwrap_or(u64::MAX))
}
