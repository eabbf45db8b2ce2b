//! Photos of a list: an archive, one by one, and which part of each.

use askama::Template;
use axum::Router;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::form::upload;
use super::table::RowView;
use super::{Nothing, Wanted, draft_id, filter_name, row_number};
use crate::App;
use crate::address::{Ask, At};
use crate::fault::Fault;
use crate::ops::lists::{self, Filter, Look};
use crate::page::{Flash, Page, go, show, show_as};
use crate::session::{Form, May, grant::ListUpload};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/lists/{id}/photos", get(photos))
        .route("/lists/{id}/rows/{row}/photo", get(photo))
        .route("/lists/{id}/rows/{row}/photo/part", post(set_part))
        .route("/lists/{id}/rows/{row}/photo/reset", post(reset))
        .route("/lists/{id}/rows/{row}/photo/remove", post(remove))
        .route("/lists/{id}/rows/{row}/photo/{file}", get(picture))
}

pub(super) fn uploads() -> Router<App> {
    Router::new()
        .route("/lists/{id}/photos/upload", post(take_archive))
        .route("/lists/{id}/rows/{row}/photo/upload", post(take_one))
}

#[derive(Template)]
#[template(path = "list_photos.html")]
struct Photos<'a> {
    page: &'a Page,
    id: String,
    name: String,
    error: String,
    running: bool,
    /// An archive was not read to its end, and nobody reads it now.
    broken_off: bool,
    progress: Option<(u64, u64)>,
    progress_words: String,
    matched: String,
    count_words: String,
    without_href: String,
    strays: Vec<String>,
    rows: Vec<RowView>,
    from: String,
    to: String,
    total: String,
    prev: String,
    next: String,
}

async fn photos(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At(id): At<String>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Response, Fault> {
    let look = lists::look(&app, &may, draft_id(&id)?).await?;
    show(&photos_page(&app, &page, &look, &wanted, String::new()))
}

fn photos_page<'a>(
    app: &App,
    page: &'a Page,
    look: &Look,
    wanted: &Wanted,
    error: String,
) -> Photos<'a> {
    let (head, id) = (&look.opened.head, look.opened.draft.id);
    let rows: Vec<_> = look
        .filtered(Filter::All)
        .filter(|entry| head.photos.contains_key(&entry.number))
        .collect();
    let pages = rows.len().div_ceil(PER_PAGE).max(1);
    let at = wanted.page.parse::<usize>().unwrap_or(1).clamp(1, pages);
    let from = (at - 1) * PER_PAGE;
    let address = |page: usize| format!("/lists/{id}/photos?page={page}");
    let profile = app.office().profile();
    let shown: Vec<RowView> = rows
        .iter()
        .skip(from)
        .take(PER_PAGE)
        .map(|entry| RowView::of(entry, head, profile, page, id))
        .collect();
    let progress = head.archive.as_ref();
    Photos {
        page,
        id: id.to_string(),
        name: head.name.clone(),
        error,
        running: look.running,
        broken_off: !look.running && progress.is_some_and(|progress| !progress.finished),
        progress: progress.map(|progress| (progress.done, progress.total)),
        progress_words: progress
            .map(|progress| {
                let (done, total) = (page.number(progress.done), page.number(progress.total));
                page.t2("lists-photos-done", ("done", done), ("total", total))
            })
            .unwrap_or_default(),
        matched: progress.map(|progress| page.number(progress.matched)).unwrap_or_default(),
        count_words: page.t2(
            "lists-photos-count",
            ("with", page.number(head.photos.len() as u64)),
            ("without", page.number(look.without_photo())),
        ),
        without_href: format!("/lists/{id}?show=no-photo"),
        strays: head.strays.iter().map(|said| stray(page, said)).collect(),
        from: page.number(if shown.is_empty() { 0 } else { from as u64 + 1 }),
        to: page.number((from + shown.len()) as u64),
        total: page.number(rows.len() as u64),
        prev: if at > 1 { address(at - 1) } else { String::new() },
        next: if at < pages { address(at + 1) } else { String::new() },
        rows: shown,
    }
}

/// A stray's message; that of a photo which belongs to a row names the row.
fn stray(page: &Page, said: &lists::Said) -> String {
    let arg = |name: &str| said.args.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
    let text = said.text(page.say.0);
    match (arg("row"), arg("entry")) {
        (Some(row), Some(entry)) => {
            page.say.args("lists-photo-of-row", &[("row", row), ("entry", entry), ("why", &text)])
        }
        _ => text,
    }
}

async fn take_archive(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At(id): At<String>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Response, Fault> {
    let id = draft_id(&id)?;
    let turn = app.lists.uploads().await?;
    // Who may not see the draft has nothing read for it.
    let look = lists::look(&app, &may, id).await?;
    let taken = match upload(&page, multipart, MOST_ARCHIVE, "100 MB").await {
        Ok((_, bytes)) => lists::archive(&app, may, id, bytes, turn, page.say).await,
        Err(fault) => Err(fault),
    };
    match taken {
        Ok(()) => {
            Ok(go(&format!("/lists/{id}/photos"), Some(&Flash::ok("lists-photos-taken", &[]))))
        }
        Err(fault) if fault.is_yours_or_rule() => {
            let shown = photos_page(&app, &page, &look, &Wanted::default(), fault.text(&page));
            show_as(fault.status(), &shown)
        }
        Err(fault) => Err(fault),
    }
}

#[derive(Template)]
#[template(path = "list_photo.html")]
struct Photo<'a> {
    page: &'a Page,
    id: String,
    name: String,
    row: RowView,
    error: String,
    show: &'static str,
    whole: String,
    print: String,
    width: u32,
    height: u32,
    x: u32,
    y: u32,
    w: u32,
    h: u32,
    chosen: bool,
}

impl Photo<'_> {
    /// An address below this row.
    fn at(&self, end: &str) -> String {
        format!("/lists/{}/rows/{}/{end}", self.id, self.row.number)
    }
}

async fn photo(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At((id, row)): At<(String, String)>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Response, Fault> {
    let (id, row) = (draft_id(&id)?, row_number(&row)?);
    let look = lists::look(&app, &may, id).await?;
    let shown = photo_page(&app, &may, &page, &look, row, &wanted.show, None, String::new());
    show(&shown.await?)
}

#[expect(clippy::too_many_arguments, reason = "a page made in two places, from what each has")]
async fn photo_page<'a>(
    app: &App,
    may: &May<ListUpload>,
    page: &'a Page,
    look: &Look,
    row: u32,
    show: &str,
    typed: Option<lists::Chosen>,
    error: String,
) -> Result<Photo<'a>, Fault> {
    let (head, id) = (&look.opened.head, look.opened.draft.id);
    let entry = look.analysis.entry(row).filter(|entry| entry.state != lists::State::Skip);
    let entry = entry.ok_or_else(Fault::missing)?;
    let mark = head.photos.get(&row);
    let kept = match mark {
        Some(_) => Some(lists::photo(app, may, id, row).await?),
        None => None,
    };
    let part = typed.or_else(|| kept.as_ref().map(|kept| kept.part));
    // A changed picture has another address, so that no old one is shown.
    let stamp = kept.as_ref().map(|kept| kept.part).map_or(0, |part| part.x + part.y + part.width);
    let address = |file: &str| format!("/lists/{id}/rows/{row}/photo/{file}?v={stamp}");
    Ok(Photo {
        page,
        id: id.to_string(),
        name: head.name.clone(),
        row: RowView::of(entry, head, app.office().profile(), page, id),
        error,
        show: filter_name(show),
        whole: kept.as_ref().map(|_| address("whole.jpg")).unwrap_or_default(),
        print: kept.as_ref().map(|_| address("print.jpg")).unwrap_or_default(),
        width: kept.as_ref().map_or(0, |kept| kept.width),
        height: kept.as_ref().map_or(0, |kept| kept.height),
        x: part.map_or(0, |part| part.x),
        y: part.map_or(0, |part| part.y),
        w: part.map_or(0, |part| part.width),
        h: part.map_or(0, |part| part.height),
        chosen: mark.is_some_and(|mark| mark.chosen),
    })
}

async fn take_one(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At((id, row)): At<(String, String)>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Response, Fault> {
    let (id, row) = (draft_id(&id)?, row_number(&row)?);
    let _turn = app.lists.uploads().await?;
    let look = lists::look(&app, &may, id).await?;
    let taken = match upload(&page, multipart, MOST_PHOTO, "20 MB").await {
        Ok((_, bytes)) => lists::single(&app, &may, id, row, bytes, page.say).await,
        Err(fault) => Err(fault),
    };
    let done = Flash::ok("lists-photo-taken", &[]);
    answer(&app, &may, &page, &look, row, None, taken, &done).await
}

#[derive(Deserialize)]
struct PartForm {
    x: u32,
    y: u32,
    w: u32,
    h: u32,
}

async fn set_part(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At((id, row)): At<(String, String)>,
    Form(form): Form<PartForm>,
) -> Result<Response, Fault> {
    let (id, row) = (draft_id(&id)?, row_number(&row)?);
    let look = lists::look(&app, &may, id).await?;
    let part = lists::Chosen { x: form.x, y: form.y, width: form.w, height: form.h };
    let taken = lists::set_part(&app, &may, id, row, part, page.say).await;
    let done = Flash::ok("lists-part-taken", &[]);
    answer(&app, &may, &page, &look, row, Some(part), taken, &done).await
}

#[expect(clippy::too_many_arguments, reason = "the end of two handlers, with what both have")]
async fn answer(
    app: &App,
    may: &May<ListUpload>,
    page: &Page,
    look: &Look,
    row: u32,
    typed: Option<lists::Chosen>,
    taken: Result<(), Fault>,
    done: &Flash,
) -> Result<Response, Fault> {
    let id = look.opened.draft.id;
    match taken {
        Ok(()) => Ok(go(&format!("/lists/{id}/rows/{row}/photo"), Some(done))),
        Err(fault) if fault.is_yours_or_rule() => {
            match photo_page(app, may, page, look, row, "", typed, fault.text(page)).await {
                Ok(shown) => show_as(fault.status(), &shown),
                // A row without a photo's page: what was wrong with the request comes first.
                Err(_) => Err(fault),
            }
        }
        Err(fault) => Err(fault),
    }
}

async fn reset(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At((id, row)): At<(String, String)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    let (id, row) = (draft_id(&id)?, row_number(&row)?);
    lists::reset_photo(&app, &may, id, row, page.say).await?;
    let said = Flash::ok("lists-part-reset", &[]);
    Ok(go(&format!("/lists/{id}/rows/{row}/photo"), Some(&said)))
}

async fn remove(
    State(app): State<App>,
    may: May<ListUpload>,
    At((id, row)): At<(String, String)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    let (id, row) = (draft_id(&id)?, row_number(&row)?);
    lists::remove_photo(&app, &may, id, row).await?;
    let said = Flash::ok("lists-photo-removed", &[]);
    Ok(go(&format!("/lists/{id}/rows/{row}/photo"), Some(&said)))
}

async fn picture(
    State(app): State<App>,
    may: May<ListUpload>,
    At((id, row, file)): At<(String, String, String)>,
) -> Result<Response, Fault> {
    let whole = match file.as_str() {
        "whole.jpg" => true,
        "print.jpg" => false,
        _ => return Err(Fault::missing()),
    };
    let mut kept = lists::photo(&app, &may, draft_id(&id)?, row_number(&row)?).await?;
    let bytes = if whole { kept.whole } else { std::mem::take(&mut kept.portrait.print) };
    let mut answer = bytes.into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Ok(answer)
}

/// Longest archive, in bytes.
const MOST_ARCHIVE: usize = 100 << 20;
/// Longest photo, in bytes.
const MOST_PHOTO: usize = 20 << 20;
const PER_PAGE: usize = 60;
