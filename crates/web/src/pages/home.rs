//! The first page: what waits for this officer, and what to do next.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use crate::App;
use crate::fault::Fault;
use crate::page::{Page, show};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(first))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    page: &'a Page,
    tiles: Vec<Tile>,
}

/// One thing to do, and how much of it waits.
struct Tile {
    href: &'static str,
    title: String,
    text: String,
    count: String,
    /// Whether something waits.
    waits: bool,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome<'a> {
    page: &'a Page,
}

async fn first(State(app): State<App>, page: Page) -> Result<Response, Fault> {
    let Some(officer) = &page.officer else { return show(&Welcome { page: &page }) };
    let mut total = registry::view::Counts::default();
    for (authority, _) in app.office().authorities().await? {
        if officer.authority.is_some_and(|own| own != authority) {
            continue;
        }
        total += app.office().counts(authority).await?;
    }
    let waiting = total.requests_in("submitted") + total.requests_in("checked");
    let to_make = total.requests_in("approved")
        + total.requests_in("queued")
        + total.requests_in("in_production");
    let all = [
        ("/lists", "home-lists", access::Permission::ListUpload, total.people),
        ("/people", "home-people", access::Permission::CardRequest, total.people),
        ("/batches", "home-batches", access::Permission::BatchView, waiting),
        ("/station", "home-station", access::Permission::StationView, to_make),
        ("/hand-over", "home-hand-over", access::Permission::HandOver, total.cards_in("ready")),
        ("/guard", "home-guard", access::Permission::CardCheck, total.cards_in("active")),
        ("/cards", "home-cards", access::Permission::CardView, total.cards.values().sum()),
        ("/audit", "home-audit", access::Permission::HistoryRead, total.history),
    ];
    let tiles = all
        .into_iter()
        .filter(|(_, _, permission, _)| officer.role.may(*permission))
        .map(|(href, key, _, count)| Tile {
            href,
            title: page.t(key),
            text: page.t(&format!("{key}-what")),
            count: page.number(count),
            waits: count > 0,
        })
        .collect();
    show(&Home { page: &page, tiles })
}
