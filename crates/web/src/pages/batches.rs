//! The approver's pages: batches that wait, and one batch as faces and as differences.

use std::collections::HashSet;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::civil::Date;
use registry::request::Lack;
use registry::view::{Asked, BatchSummary, Difference, News};
use serde::Deserialize;
use wire::{AuthorityId, BatchId, RequestId};

use crate::App;
use crate::address::{Ask, At};
use crate::fault::Fault;
use crate::ops::batches::{self, BadReason, Chosen, NotDone, Outcome, Seen, Show};
use crate::page::{Flash, Page, go, show, show_as};
use crate::session::{Form, May, grant};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/batches", get(list))
        .route("/batches/{batch}", get(sheet))
        .route("/batches/{batch}/decide", post(decide))
        .route("/batches/{batch}/approve", post(approve_all))
        .route("/batches/{batch}/return", post(return_all))
}

#[derive(Template)]
#[template(path = "batches.html")]
struct List<'a> {
    page: &'a Page,
    groups: Vec<Group>,
    /// Whether any batch waits for a decision.
    waits: bool,
    /// Whether the officer asks for cards, and so is told how to begin.
    asks: bool,
    /// Where that is, and the name of the place.
    next: &'static str,
    next_name: &'static str,
}

struct Group {
    name: String,
    waiting: Vec<Line>,
    more: bool,
    decided: Vec<Line>,
}

/// A batch in a list.
struct Line {
    href: String,
    kind: String,
    requester: String,
    at: String,
    count: String,
    /// How many wait, and why cards are wanted.
    what: String,
    /// Who asked, and when.
    who: String,
    states: Vec<(String, String)>,
    own: bool,
}

async fn list(
    State(app): State<App>,
    page: Page,
    may: May<grant::BatchView>,
) -> Result<Response, Fault> {
    let groups = batches::open(&app, &may).await?;
    let me = &may.officer().name;
    let lines = |batches: Vec<BatchSummary>| {
        batches.iter().map(|batch| line(&page, batch, batch.requester == *me)).collect()
    };
    let groups = groups.into_iter().map(|group| Group {
        name: group.name,
        waiting: lines(group.waiting),
        more: group.more,
        decided: lines(group.decided),
    });
    let asks = may.officer().role.may(access::Permission::CardRequest);
    let groups: Vec<Group> = groups.collect();
    let (next, next_name) =
        if groups.is_empty() { ("/lists", "nav-lists") } else { ("/people", "nav-people") };
    let waits = groups.iter().any(|group| !group.waiting.is_empty());
    show(&List { page: &page, groups, waits, asks, next, next_name })
}

fn line(page: &Page, batch: &BatchSummary, own: bool) -> Line {
    let states = batch.states.iter().map(|(state, count)| {
        let words = page.t(&format!("request-state-{state}"));
        (state.clone(), format!("{} {words}", page.number(*count)))
    });
    let kind = page.t(&format!("kind-{}", batches::kind_name(batch.kind)));
    let waiting = page.number(batch.waiting());
    let at = page.instant(&batch.submitted_at);
    Line {
        href: format!("/batches/{}", batch.id),
        what: page.t2("batches-line", ("waiting", waiting), ("kind", &kind)),
        who: page.t2("batches-line-who", ("who", &batch.requester), ("at", &at)),
        kind,
        requester: batch.requester.to_string(),
        at,
        count: page.number(batch.requests),
        states: states.collect(),
        own,
    }
}

#[derive(Template)]
#[template(path = "batch.html")]
struct Sheet<'a> {
    page: &'a Page,
    id: BatchId,
    /// Where everything that waits is approved.
    approve_all: String,
    authority_name: String,
    line: Line,
    rows: Vec<Row>,
    all: bool,
    /// Whether whoever looks may decide: the right post, and not the one who asked.
    may_decide: bool,
    /// Whether the post would allow it, and only the rule of two people does not.
    own: bool,
    number: usize,
    from: String,
    to: String,
    total: String,
    prev: String,
    next: String,
    /// How many of this page wait.
    here: String,
    waiting: String,
    waiting_any: bool,
    one_page: bool,
    digest: String,
    reasons: Vec<(&'static str, String)>,
    typed: Typed,
}

/// What was typed into the form of a page, and what is wrong with it.
#[derive(Default)]
struct Typed {
    out: HashSet<RequestId>,
    reason: String,
    note: String,
    reason_error: String,
    note_error: String,
    all_reason: String,
    all_note: String,
    all_reason_error: String,
    all_note_error: String,
}

/// One person of a batch.
struct Row {
    request: RequestId,
    content: String,
    front: String,
    back: String,
    alt_front: String,
    alt_back: String,
    name: String,
    title: String,
    unit: String,
    agency: String,
    card_number: String,
    card_type: String,
    state: &'static str,
    state_text: String,
    waits: bool,
    photo: bool,
    as_asked: bool,
    erased: bool,
    new_person: bool,
    changes: Vec<Change>,
    out: bool,
    /// Why it was given back or refused, and what was written.
    why: String,
    note: String,
    approver: String,
    card: String,
}

struct Change {
    field: String,
    /// None where values are not shown.
    values: Option<(String, String)>,
}

async fn sheet(
    State(app): State<App>,
    page: Page,
    may: May<grant::BatchView>,
    At(batch): At<BatchId>,
    Ask(wish): Ask<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let wish = Wish::of(&wish);
    render(&app, &page, &may, batch, &wish, Typed::default(), StatusCode::OK).await
}

/// Which part of a batch is wanted; what makes no sense is as if it were not said.
struct Wish {
    show: Show,
    number: usize,
}

impl Wish {
    fn of(query: &[(String, String)]) -> Self {
        let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
        let show = if get("show") == Some("all") { Show::All } else { Show::Waiting };
        Self { show, number: get("page").and_then(|page| page.parse().ok()).unwrap_or(1) }
    }
}

async fn render(
    app: &App,
    page: &Page,
    may: &May<grant::BatchView>,
    batch: BatchId,
    wish: &Wish,
    typed: Typed,
    status: StatusCode,
) -> Result<Response, Fault> {
    let sheet = batches::sheet(app, may, batch, wish.show, wish.number).await?;
    let allowed = may.officer().role.may(access::Permission::BatchApprove);
    let all = wish.show == Show::All;
    let href = |number: usize| {
        let show = if all { "&show=all" } else { "" };
        format!("/batches/{batch}?page={number}{show}")
    };
    let first = (sheet.page - 1) * batches::PAGE;
    let rows: Vec<Row> = sheet
        .asked
        .iter()
        .map(|asked| row(page, sheet.authority, asked, typed.out.contains(&asked.id)))
        .collect();
    let here = rows.iter().filter(|row| row.waits).count();
    let count = |count: usize| page.number(u64::try_from(count).unwrap_or(u64::MAX));
    let shown = Sheet {
        page,
        id: batch,
        approve_all: format!("/batches/{batch}/approve"),
        line: line(page, &sheet.batch, sheet.own),
        all,
        may_decide: allowed && !sheet.own,
        own: allowed && sheet.own,
        number: sheet.page,
        from: count((first + 1).min(sheet.total)),
        to: count(first + rows.len()),
        total: count(sheet.total),
        prev: if sheet.page > 1 { href(sheet.page - 1) } else { String::new() },
        next: if sheet.page < sheet.pages { href(sheet.page + 1) } else { String::new() },
        here: count(here),
        waiting: count(sheet.waiting),
        waiting_any: sheet.waiting > 0,
        one_page: here == sheet.waiting,
        rows,
        authority_name: sheet.authority_name,
        digest: sheet.digest,
        reasons: reasons(page),
        typed,
    };
    show_as(status, &shown)
}

fn reasons(page: &Page) -> Vec<(&'static str, String)> {
    let words = |lack: &Lack| (lack.as_str(), page.t(&format!("lack-{}", lack.as_str())));
    Lack::ALL.iter().map(words).collect()
}

fn row(page: &Page, authority: AuthorityId, asked: &Asked, out: bool) -> Row {
    let printed = asked.printed.as_ref();
    let text = |of: fn(&registry::view::Printed) -> &String| {
        printed.map(|printed| of(printed).clone()).unwrap_or_default()
    };
    let name = text(|printed| &printed.full_name);
    let face = |side: &str| match asked.card {
        Some(serial) => format!("/faces/card/{serial}/{side}"),
        None => format!("/faces/proof/{authority}/{}/{side}", asked.person),
    };
    let (new_person, changes) = match &asked.news {
        News::Person => (true, Vec::new()),
        News::Since(changes) => (false, changes.iter().map(|one| change(page, one)).collect()),
        News::Erased => (false, Vec::new()),
    };
    let why = match (asked.returned, asked.rejected) {
        (Some(why), _) => page.t(&format!("returned-{}", why.code())),
        (None, Some(lack)) => page.t(&format!("lack-{}", lack.as_str())),
        (None, None) => String::new(),
    };
    Row {
        request: asked.id,
        content: asked.content.clone(),
        front: face("front"),
        back: face("back"),
        alt_front: page.t1("batches-alt-front", "name", &name),
        alt_back: page.t1("batches-alt-back", "name", &name),
        name,
        title: text(|printed| &printed.title),
        unit: text(|printed| &printed.employing_unit),
        agency: text(|printed| &printed.managing_agency),
        card_number: text(|printed| &printed.card_number),
        card_type: type_words(page, &text(|printed| &printed.card_type)),
        state: asked.state,
        state_text: page.t(&format!("request-state-{}", asked.state)),
        waits: matches!(asked.state, "submitted" | "checked"),
        photo: asked.photo,
        as_asked: asked.as_asked,
        erased: matches!(asked.news, News::Erased),
        new_person,
        changes,
        out,
        why,
        note: asked.note.clone().unwrap_or_default(),
        approver: asked.approver.as_ref().map(ToString::to_string).unwrap_or_default(),
        card: asked.card.map(|serial| serial.to_string()).unwrap_or_default(),
    }
}

fn change(page: &Page, difference: &Difference) -> Change {
    let shown = |value: &str| match difference.field {
        _ if value.is_empty() => page.t("batches-empty"),
        "sex" => page.t(&format!("sex-{value}")),
        "card_type" => type_words(page, value),
        "birth" | "contract_end" | "retirement" => day_words(page, value),
        _ => value.to_owned(),
    };
    let values = difference.values.as_ref();
    Change {
        field: page.t(&format!("field-{}", difference.field)),
        values: values.map(|values| (shown(&values.before), shown(&values.after))),
    }
}

/// A card type with its code, such as `Công chức (CC)`; the code alone where there are no words.
pub(super) fn type_words(page: &Page, code: &str) -> String {
    let key = format!("card-type-{code}");
    if crate::say::CATALOG.contains(&key) {
        format!("{} ({code})", page.t(&key))
    } else {
        code.to_owned()
    }
}

/// A day in ISO form as people write it; a year, or a month of a year, as well.
pub(super) fn day_words(page: &Page, iso: &str) -> String {
    if let Ok(day) = iso.parse::<Date>() {
        return page.day(day);
    }
    match iso.split_once('-') {
        Some((year, month)) => format!("{month}/{year}"),
        None => iso.to_owned(),
    }
}

#[derive(Deserialize)]
struct Decision {
    /// What each row of the page was: the request, a colon, the commitment to its content.
    #[serde(default)]
    seen: Vec<String>,
    /// The requests that are taken out.
    #[serde(default)]
    out: Vec<String>,
    /// `approve`: the others of the page are approved; `return`: only what is taken out goes back.
    r#do: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    page: String,
}

async fn decide(
    State(app): State<App>,
    page: Page,
    view: May<grant::BatchView>,
    may: May<grant::BatchApprove>,
    At(batch): At<BatchId>,
    Form(given): Form<Decision>,
) -> Result<Response, Fault> {
    let seen = seen_of(&given.seen)?;
    let out: HashSet<RequestId> = given
        .out
        .iter()
        .map(|id| id.parse().map_err(|_| field("out")))
        .collect::<Result<_, _>>()?;
    let approves = match given.r#do.as_str() {
        "approve" => true,
        "return" => false,
        _ => return Err(field("do")),
    };
    let wish = Wish { show: Show::Waiting, number: given.page.parse().unwrap_or(1) };
    let typed = |reason_error: &str, note_error: &str| Typed {
        out: out.clone(),
        reason: given.reason.clone(),
        note: given.note.clone(),
        reason_error: words(&page, reason_error),
        note_error: words(&page, note_error),
        ..Typed::default()
    };
    let mut back = Outcome::default();
    if out.is_empty() {
        if !approves {
            let typed = typed("batches-fault-nobody", "");
            let status = StatusCode::BAD_REQUEST;
            return render(&app, &page, &view, batch, &wish, typed, status).await;
        }
    } else {
        let (lack, note) = match batches::reason(&given.reason, &given.note) {
            Ok(reason) => reason,
            Err(bad) => {
                let typed = match &bad {
                    BadReason::Reason(key) => typed(key, ""),
                    BadReason::Note(key) => typed("", key),
                };
                let status = StatusCode::BAD_REQUEST;
                return render(&app, &page, &view, batch, &wish, typed, status).await;
            }
        };
        let which = Chosen::These(out.iter().copied().collect());
        back = batches::give_back(&app, &may, batch, &which, lack, note.as_ref()).await?;
    }
    let mut approved = Outcome::default();
    if approves {
        let rest: Vec<Seen> =
            seen.into_iter().filter(|seen| !out.contains(&seen.request)).collect();
        approved = batches::approve(&app, &may, batch, &rest).await?;
    }
    finish(&page, batch, &wish, &approved, &back)
}

#[derive(Deserialize)]
struct ApproveAll {
    digest: String,
}

async fn approve_all(
    State(app): State<App>,
    page: Page,
    may: May<grant::BatchApprove>,
    At(batch): At<BatchId>,
    Form(given): Form<ApproveAll>,
) -> Result<Response, Fault> {
    let approved = batches::approve_all(&app, &may, batch, &given.digest).await?;
    let wish = Wish { show: Show::Waiting, number: 1 };
    finish(&page, batch, &wish, &approved, &Outcome::default())
}

#[derive(Deserialize)]
struct ReturnAll {
    #[serde(default)]
    all_reason: String,
    #[serde(default)]
    all_note: String,
}

async fn return_all(
    State(app): State<App>,
    page: Page,
    view: May<grant::BatchView>,
    may: May<grant::BatchApprove>,
    At(batch): At<BatchId>,
    Form(given): Form<ReturnAll>,
) -> Result<Response, Fault> {
    let wish = Wish { show: Show::Waiting, number: 1 };
    let (lack, note) = match batches::reason(&given.all_reason, &given.all_note) {
        Ok(reason) => reason,
        Err(bad) => {
            let (reason, note) = match &bad {
                BadReason::Reason(key) => (*key, ""),
                BadReason::Note(key) => ("", key.as_str()),
            };
            let typed = Typed {
                all_reason_error: words(&page, reason),
                all_note_error: words(&page, note),
                all_reason: given.all_reason,
                all_note: given.all_note,
                ..Typed::default()
            };
            let status = StatusCode::BAD_REQUEST;
            return render(&app, &page, &view, batch, &wish, typed, status).await;
        }
    };
    let which = Chosen::AllWaiting;
    let back = batches::give_back(&app, &may, batch, &which, lack, note.as_ref()).await?;
    finish(&page, batch, &wish, &Outcome::default(), &back)
}

#[derive(Template)]
#[template(path = "batch_result.html")]
struct Finished<'a> {
    page: &'a Page,
    back: String,
    approved: String,
    approved_any: bool,
    returned: String,
    returned_any: bool,
    refused: Vec<RefusedRow>,
}

struct RefusedRow {
    name: String,
    why: String,
}

/// Back to the batch where all was done; else a page that names what was not, and why.
fn finish(
    page: &Page,
    batch: BatchId,
    wish: &Wish,
    approved: &Outcome,
    back: &Outcome,
) -> Result<Response, Fault> {
    let count =
        |outcome: &Outcome| page.number(u64::try_from(outcome.done.len()).unwrap_or(u64::MAX));
    let (done, returned) = (count(approved), count(back));
    let refused: Vec<&NotDone> = approved.refused.iter().chain(&back.refused).collect();
    let href = format!("/batches/{batch}?page={}", wish.number);
    if refused.is_empty() {
        let args = [("approved", done), ("returned", returned)];
        let flash = match (approved.done.is_empty(), back.done.is_empty()) {
            (true, true) => Flash::warn("batches-done-nothing", &[]),
            (false, true) => Flash::ok("batches-done-approved", &args),
            (true, false) => Flash::ok("batches-done-returned", &args),
            (false, false) => Flash::ok("batches-done-both", &args),
        };
        return Ok(go(&href, Some(&flash)));
    }
    let refused = refused.into_iter().map(|one| RefusedRow {
        name: if one.full_name.is_empty() {
            page.t("batches-nameless")
        } else {
            one.full_name.clone()
        },
        why: page.t(&one.why),
    });
    show(&Finished {
        page,
        back: href,
        approved: done,
        approved_any: !approved.done.is_empty(),
        returned,
        returned_any: !back.done.is_empty(),
        refused: refused.collect(),
    })
}

fn seen_of(seen: &[String]) -> Result<Vec<Seen>, Fault> {
    seen.iter()
        .map(|seen| {
            let (request, content) = seen.split_once(':').ok_or_else(|| field("seen"))?;
            let request = request.parse().map_err(|_| field("seen"))?;
            Ok(Seen { request, content: content.to_owned() })
        })
        .collect()
}

fn field(name: &str) -> Fault {
    Fault::input("fault-form").arg("field", name)
}

fn words(page: &Page, key: &str) -> String {
    if key.is_empty() { String::new() } else { page.t(key) }
}
