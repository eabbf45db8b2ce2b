//! Staff lists in the browser: upload, table, columns, cells, photos, load.

mod form;
mod photos;
mod table;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use intake::rows::{SourceError, Target, column_name};
use profile::Field;
use registry::drafts::DraftId;
use registry::office::OnChange;
use serde::Deserialize;

use self::form::{Fields, upload};
use self::table::{CellView, RowView};
use crate::App;
use crate::address::{Ask, At};
use crate::fault::Fault;
use crate::ops::lists::{
    self, Counts, Filter, Head, Look, MOST_LIST_BYTES, MOST_ROWS, State as RowState, Summary, Told,
};
use crate::page::{Flash, Page, go, show, show_as};
use crate::session::{Form, May, grant::ListUpload};

/// What is asked and answered at once.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/lists", get(drafts))
        .route("/lists/{id}", get(draft))
        .route("/lists/{id}/columns", get(columns).post(map))
        .route("/lists/{id}/header", post(set_header))
        .route("/lists/{id}/columns/reset", post(unmap))
        .route("/lists/{id}/convert", post(convert))
        .route("/lists/{id}/rows/{row}", get(row).post(mend))
        .route("/lists/{id}/rows/{row}/undo", post(undo))
        .route("/lists/{id}/rows/{row}/leave-out", post(leave_out))
        .route("/lists/{id}/rows/{row}/take-in", post(take_in))
        .route("/lists/{id}/refused.xlsx", get(refused))
        .route("/lists/{id}/load", post(load))
        .route("/lists/{id}/remove", post(remove))
        .merge(photos::routes())
}

/// What carries files, and so may take as long as a slow line needs.
pub(crate) fn uploads() -> Router<App> {
    Router::new()
        .route("/lists/upload", post(take))
        .merge(photos::uploads())
        // Each counts for itself and reads on to the end, so that the browser hears the answer.
        .layer(DefaultBodyLimit::disable())
}

#[derive(Template)]
#[template(path = "lists.html")]
struct Drafts<'a> {
    page: &'a Page,
    drafts: Vec<DraftView>,
    error: String,
    rows_limit: String,
}

struct DraftView {
    href: String,
    name: String,
    changed: String,
    counts: Counts,
    people: String,
    good: String,
    refused: String,
    photos: String,
    taken: String,
}

async fn drafts(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
) -> Result<Response, Fault> {
    show(&drafts_page(&app, &may, &page, String::new()).await?)
}

async fn drafts_page<'a>(
    app: &App,
    may: &May<ListUpload>,
    page: &'a Page,
    error: String,
) -> Result<Drafts<'a>, Fault> {
    let drafts = lists::drafts(app, may).await?;
    let view = |summary: Summary| {
        let Summary { id, changed_at, head } = summary;
        DraftView {
            href: format!("/lists/{id}"),
            changed: page.instant(&changed_at),
            people: page.number(head.counts.people()),
            good: page.number(head.counts.good()),
            refused: page.number(head.counts.refused),
            taken: page.number(head.counts.taken),
            photos: page.number(head.photos.len() as u64),
            counts: head.counts,
            name: head.name,
        }
    };
    let drafts = drafts.into_iter().map(view).collect();
    let rows_limit = page.number(MOST_ROWS as u64);
    Ok(Drafts { page, drafts, error, rows_limit })
}

async fn take(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    multipart: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, Fault> {
    let _turn = app.lists.uploads().await?;
    let taken = match upload(&page, multipart, MOST_LIST_BYTES, "20 MB").await {
        Ok((name, bytes)) => lists::upload(&app, &may, &name, bytes, page.say).await,
        Err(fault) => Err(fault),
    };
    match taken {
        Ok(id) => Ok(go(&format!("/lists/{id}"), Some(&Flash::ok("lists-taken", &[])))),
        Err(fault) if fault.is_yours_or_rule() => {
            let shown = drafts_page(&app, &may, &page, fault.text(&page)).await?;
            show_as(fault.status(), &shown)
        }
        Err(fault) => Err(fault),
    }
}

#[derive(Template)]
#[template(path = "list.html")]
struct Table<'a> {
    page: &'a Page,
    id: String,
    name: String,
    seen: u32,
    counts: Counts,
    tabs: Vec<Tab>,
    filter: &'static str,
    rows: Vec<RowView>,
    from: String,
    to: String,
    total: String,
    prev: String,
    next: String,
    trouble: String,
    /// The encoding of before Unicode that the list seems to be in.
    encoding: String,
    converted: bool,
    photos: String,
    without_photo: u64,
    without_photo_words: String,
    running: bool,
    good: String,
    load_words: String,
    known_differently: u64,
    known_words: String,
    loaded: Vec<String>,
    loaded_at: String,
}

impl Table<'_> {
    /// An address below this list.
    fn at(&self, end: &str) -> String {
        format!("/lists/{}/{end}", self.id)
    }
}

struct Tab {
    href: String,
    text: String,
    count: String,
    current: bool,
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    show: String,
    #[serde(default)]
    page: String,
}

async fn draft(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At(id): At<String>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Response, Fault> {
    let id = draft_id(&id)?;
    let look = lists::look(&app, &may, id).await?;
    let counts = look.analysis.counts;
    let filter = Filter::from_name(&wanted.show).unwrap_or(Filter::All);
    let rows: Vec<_> = look.filtered(filter).collect();
    let pages = rows.len().div_ceil(PER_PAGE).max(1);
    let at = wanted.page.parse::<usize>().unwrap_or(1).clamp(1, pages);
    let from = (at - 1) * PER_PAGE;
    let profile = app.office().profile();
    let seen = look.opened.head.edits;
    let shown: Vec<RowView> = rows
        .iter()
        .skip(from)
        .take(PER_PAGE)
        .map(|entry| RowView::of(entry, &look.opened.head, profile, &page, id))
        .collect();
    let address = |page: usize| format!("/lists/{id}?show={}&page={page}", filter.name());
    let (trouble, encoding) = match &look.analysis.trouble {
        None => (String::new(), String::new()),
        Some(error @ SourceError::OldEncoding(old)) => {
            (error.text(page.say.0), old.to_string().to_lowercase())
        }
        Some(error) => (error.text(page.say.0), String::new()),
    };
    let without_photo = look.without_photo();
    let known_differently = look.known_differently();
    let head = &look.opened.head;
    let table = Table {
        page: &page,
        id: id.to_string(),
        name: head.name.clone(),
        seen,
        counts,
        tabs: tabs(&page, id, &look, filter),
        filter: filter.name(),
        from: page.number(if shown.is_empty() { 0 } else { from as u64 + 1 }),
        to: page.number((from + shown.len()) as u64),
        total: page.number(rows.len() as u64),
        prev: if at > 1 { address(at - 1) } else { String::new() },
        next: if at < pages { address(at + 1) } else { String::new() },
        rows: shown,
        trouble,
        encoding,
        converted: head.convert.is_some(),
        photos: page.number(head.photos.len() as u64),
        without_photo,
        without_photo_words: page.number(without_photo),
        running: look.running,
        good: page.number(counts.good()),
        load_words: page.t2(
            "lists-load-what",
            ("good", page.number(counts.good())),
            ("stay", page.number(counts.refused + counts.left_out)),
        ),
        known_differently,
        known_words: page.number(known_differently),
        loaded: loaded_words(&page, head),
        loaded_at: head.loaded.as_ref().map(|l| page.instant(&l.at)).unwrap_or_default(),
    };
    show(&table)
}

fn tabs(page: &Page, id: DraftId, look: &Look, current: Filter) -> Vec<Tab> {
    Filter::ALL
        .into_iter()
        .map(|filter| (filter, look.filtered(filter).count() as u64))
        .filter(|(filter, count)| *count > 0 || *filter == current || *filter == Filter::All)
        .map(|(filter, count)| Tab {
            href: format!("/lists/{id}?show={}", filter.name()),
            text: page.t(&format!("lists-show-{}", filter.name())),
            count: page.number(count),
            current: filter == current,
        })
        .collect()
}

fn loaded_words(page: &Page, head: &Head) -> Vec<String> {
    let Some(loaded) = &head.loaded else { return Vec::new() };
    [
        ("lists-loaded-new", loaded.new),
        ("lists-loaded-changed", loaded.changed),
        ("lists-loaded-unchanged", loaded.unchanged),
        ("lists-loaded-without-photo", loaded.without_photo),
        ("lists-loaded-stay", loaded.stay),
    ]
    .into_iter()
    .filter(|(key, count)| *count > 0 || *key == "lists-loaded-new")
    .map(|(key, count)| page.t1(key, "count", page.number(count)))
    .collect()
}

#[derive(Template)]
#[template(path = "list_columns.html")]
struct Columns<'a> {
    page: &'a Page,
    id: String,
    name: String,
    seen: u32,
    error: String,
    trouble: String,
    sheets: Vec<(String, String)>,
    sheet: String,
    tops: Vec<(String, String)>,
    header: String,
    told: bool,
    columns: Vec<ColumnView>,
    targets: Vec<(&'static str, String)>,
    defaults: Vec<DefaultView>,
}

struct ColumnView {
    /// `column-3`.
    name: String,
    label: String,
    samples: String,
    value: String,
}

struct DefaultView {
    name: String,
    label: String,
    value: String,
}

async fn columns(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At(id): At<String>,
) -> Result<Response, Fault> {
    let look = lists::look(&app, &may, draft_id(&id)?).await?;
    show(&columns_page(&page, &look, None, String::new()))
}

fn columns_page<'a>(
    page: &'a Page,
    look: &Look,
    told: Option<&Told>,
    error: String,
) -> Columns<'a> {
    let (head, survey) = (&look.opened.head, &look.analysis.survey);
    let lang = page.say.0;
    let header = head.header.or_else(|| survey.header.first().copied());
    let mut targets = vec![("", page.t("lists-column-unused"))];
    targets.extend(Target::all().map(|target| (target.as_str(), target.label(lang))));
    let columns = survey
        .columns
        .iter()
        .map(|column| {
            let taken = match told {
                Some(told) => told.columns.get(&column.index).copied().flatten(),
                None => column.target,
            };
            let field = taken.map_or(Field::Row, Target::field);
            let samples: Vec<String> = column
                .samples
                .iter()
                .take(3)
                .map(|text| cut(&lists::masked(field, text)))
                .collect();
            ColumnView {
                name: format!("column-{}", column.index),
                label: format!("{} · {}", column_name(column.index), cut(&column.heading)),
                samples: samples.join(" · "),
                value: taken.map(|target| target.as_str().to_owned()).unwrap_or_default(),
            }
        })
        .collect();
    let mut tops: Vec<(String, String)> = survey
        .top
        .iter()
        .map(|(row, cells)| {
            let text: Vec<String> =
                cells.iter().map(|(_, text)| lists::masked(Field::Row, text)).collect();
            (row.to_string(), format!("{row}: {}", cut(&text.join(" · "))))
        })
        .collect();
    tops.push(("0".to_owned(), page.t("lists-header-none")));
    let defaults = DEFAULTS
        .iter()
        .map(|field| DefaultView {
            name: format!("default-{}", field.as_str()),
            label: field.label(lang),
            value: match told {
                Some(told) => told.defaults.get(field).cloned().unwrap_or_default(),
                None => head.defaults.get(field.as_str()).cloned().unwrap_or_default(),
            },
        })
        .collect();
    Columns {
        page,
        id: look.opened.draft.id.to_string(),
        name: head.name.clone(),
        seen: head.edits,
        error,
        trouble: look.analysis.trouble.as_ref().map(|why| why.text(lang)).unwrap_or_default(),
        sheets: survey.sheets.iter().map(|name| (name.clone(), name.clone())).collect(),
        sheet: survey.sheet.clone().unwrap_or_default(),
        tops,
        header: header.map(|row| row.to_string()).unwrap_or_default(),
        told: head.header.is_some(),
        columns,
        targets,
        defaults,
    }
}

async fn map(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At(id): At<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let id = draft_id(&id)?;
    let fields = Fields(fields);
    let seen = fields.number("seen")?;
    let before = lists::look(&app, &may, id).await?;
    let mut told = Told {
        sheet: fields.text("sheet")?.filter(|sheet| !sheet.is_empty()).map(ToOwned::to_owned),
        header: fields.number("header")?,
        convert: before.opened.head.convert.clone(),
        ..Told::default()
    };
    for (name, value) in fields.with_prefix("column-")? {
        let column: u32 = name.parse().map_err(|_| wrong("column"))?;
        let target = match value {
            "" => None,
            name => Some(Target::from_name(name).ok_or_else(|| wrong("column"))?),
        };
        told.columns.insert(column, target);
    }
    for (name, value) in fields.with_prefix("default-")? {
        let field = Field::from_name(name).filter(|field| DEFAULTS.contains(field));
        if value.chars().count() > lists::MOST_CELL {
            return Err(
                Fault::input("lists-cell-too-long").arg("limit", lists::MOST_CELL.to_string())
            );
        }
        told.defaults.insert(field.ok_or_else(|| wrong("default"))?, value.to_owned());
    }
    match lists::map(&app, &may, id, seen, &told).await {
        Ok(()) => Ok(go(&format!("/lists/{id}"), Some(&Flash::ok("lists-mapped", &[])))),
        Err(fault) if fault.is_yours_or_rule() => {
            let look = lists::look(&app, &may, id).await?;
            show_as(fault.status(), &columns_page(&page, &look, Some(&told), fault.text(&page)))
        }
        Err(fault) => Err(fault),
    }
}

async fn set_header(
    State(app): State<App>,
    may: May<ListUpload>,
    At(id): At<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let id = draft_id(&id)?;
    let fields = Fields(fields);
    let head = lists::look(&app, &may, id).await?.opened.head;
    let defaults: BTreeMap<Field, String> = head
        .defaults
        .iter()
        .filter_map(|(name, text)| Some((Field::from_name(name)?, text.clone())))
        .collect();
    let told = Told {
        sheet: fields.text("sheet")?.filter(|sheet| !sheet.is_empty()).map(ToOwned::to_owned),
        header: fields.number("header")?,
        columns: BTreeMap::new(),
        defaults,
        convert: head.convert,
    };
    lists::map(&app, &may, id, fields.number("seen")?, &told).await?;
    Ok(go(&format!("/lists/{id}/columns"), Some(&Flash::ok("lists-header-set", &[]))))
}

#[derive(Deserialize)]
struct Seen {
    seen: u32,
    /// A filter to go back to.
    #[serde(default)]
    show: String,
}

impl Seen {
    fn back(&self, id: DraftId) -> String {
        let filter = Filter::from_name(&self.show).unwrap_or_default();
        format!("/lists/{id}?show={}", filter.name())
    }
}

async fn unmap(
    State(app): State<App>,
    may: May<ListUpload>,
    At(id): At<String>,
    Form(form): Form<Seen>,
) -> Result<Response, Fault> {
    let id = draft_id(&id)?;
    lists::unmap(&app, &may, id, form.seen).await?;
    Ok(go(&format!("/lists/{id}/columns"), Some(&Flash::ok("lists-unmapped", &[]))))
}

#[derive(Deserialize)]
struct Convert {
    seen: u32,
    /// `tcvn3`, `vni`; empty: as it is.
    encoding: String,
}

async fn convert(
    State(app): State<App>,
    may: May<ListUpload>,
    At(id): At<String>,
    Form(form): Form<Convert>,
) -> Result<Response, Fault> {
    let id = draft_id(&id)?;
    let encoding = match form.encoding.as_str() {
        "" => None,
        known @ ("tcvn3" | "vni") => Some(known.to_owned()),
        _ => return Err(wrong("encoding")),
    };
    lists::convert(&app, &may, id, form.seen, encoding).await?;
    Ok(go(&format!("/lists/{id}"), Some(&Flash::ok("lists-converted", &[]))))
}

#[derive(Template)]
#[template(path = "list_row.html")]
struct RowPage<'a> {
    page: &'a Page,
    id: String,
    name: String,
    seen: u32,
    show: &'static str,
    row: RowView,
    cells: Vec<CellView>,
    error: String,
    mended: bool,
    left_out: bool,
    has_photo: bool,
    prev: String,
    next: String,
}

impl RowPage<'_> {
    /// An address below this row.
    fn at(&self, end: &str) -> String {
        format!("/lists/{}/rows/{}/{end}", self.id, self.row.number)
    }
}

async fn row(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At((id, number)): At<(String, String)>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Response, Fault> {
    let look = lists::look(&app, &may, draft_id(&id)?).await?;
    let number = row_number(&number)?;
    show(&row_page(&app, &page, &look, number, &wanted.show, &[], String::new())?)
}

fn row_page<'a>(
    app: &App,
    page: &'a Page,
    look: &Look,
    number: u32,
    show: &str,
    typed: &[(Field, String)],
    error: String,
) -> Result<RowPage<'a>, Fault> {
    let entry = look.analysis.entry(number).ok_or_else(Fault::missing)?;
    if !lists::may_be_record(entry) {
        return Err(Fault::missing());
    }
    let (head, id) = (&look.opened.head, look.opened.draft.id);
    let filter = Filter::from_name(show).unwrap_or_default();
    let neighbours: Vec<u32> = look.filtered(filter).map(|entry| entry.number).collect();
    let address = |row: u32| format!("/lists/{id}/rows/{row}?show={}", filter.name());
    let prev = neighbours.iter().rev().find(|row| **row < number);
    let next = neighbours.iter().find(|row| **row > number);
    Ok(RowPage {
        page,
        id: id.to_string(),
        name: head.name.clone(),
        seen: head.edits,
        show: filter.name(),
        row: RowView::of(entry, head, app.office().profile(), page, id),
        cells: CellView::all(entry, head, page, typed),
        error,
        mended: head.texts.iter().any(|(row, ..)| *row == number),
        left_out: entry.state == RowState::LeftOut,
        has_photo: head.photos.contains_key(&number),
        prev: prev.map(|row| address(*row)).unwrap_or_default(),
        next: next.map(|row| address(*row)).unwrap_or_default(),
    })
}

async fn mend(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At((id, number)): At<(String, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let (id, number) = (draft_id(&id)?, row_number(&number)?);
    let fields = Fields(fields);
    let seen = fields.number("seen")?;
    let show = fields.text("show")?.unwrap_or_default().to_owned();
    let mut typed = Vec::new();
    for (name, value) in fields.with_prefix("field-")? {
        let field = Field::from_name(name).ok_or_else(|| wrong("field"))?;
        if matches!(field, Field::Row | Field::Stt) {
            return Err(wrong("field"));
        }
        // The number is never sent to a browser whole: an empty input leaves it.
        if field != Field::PersonalId || !value.trim().is_empty() {
            typed.push((field, value.to_owned()));
        }
    }
    match lists::mend(&app, &may, id, seen, number, &typed).await {
        Ok(RowState::Refused) => {
            let to = format!("/lists/{id}/rows/{number}?show={}", filter_name(&show));
            Ok(go(&to, Some(&Flash::warn("lists-mended-still", &[]))))
        }
        Ok(_) => {
            let row = [("row", page.number(number))];
            let to = format!("/lists/{id}?show={}", filter_name(&show));
            Ok(go(&to, Some(&Flash::ok("lists-mended", &row))))
        }
        Err(fault) if fault.is_yours_or_rule() && fault.status() != StatusCode::NOT_FOUND => {
            let look = lists::look(&app, &may, id).await?;
            let error = if fault.key() == "fault-changed" {
                page.t("lists-changed-elsewhere")
            } else {
                fault.text(&page)
            };
            let shown = row_page(&app, &page, &look, number, &show, &typed, error)?;
            show_as(fault.status(), &shown)
        }
        Err(fault) => Err(fault),
    }
}

async fn undo(
    State(app): State<App>,
    may: May<ListUpload>,
    At((id, number)): At<(String, String)>,
    Form(form): Form<Seen>,
) -> Result<Response, Fault> {
    let (id, number) = (draft_id(&id)?, row_number(&number)?);
    lists::undo(&app, &may, id, form.seen, number).await?;
    let to = format!("/lists/{id}/rows/{number}?show={}", filter_name(&form.show));
    Ok(go(&to, Some(&Flash::ok("lists-undone", &[]))))
}

async fn leave_out(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At((id, number)): At<(String, String)>,
    Form(form): Form<Seen>,
) -> Result<Response, Fault> {
    let (id, number) = (draft_id(&id)?, row_number(&number)?);
    lists::leave_out(&app, &may, id, form.seen, number, true).await?;
    let row = [("row", page.number(number))];
    Ok(go(&form.back(id), Some(&Flash::ok("lists-left-out", &row))))
}

async fn take_in(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At((id, number)): At<(String, String)>,
    Form(form): Form<Seen>,
) -> Result<Response, Fault> {
    let (id, number) = (draft_id(&id)?, row_number(&number)?);
    lists::leave_out(&app, &may, id, form.seen, number, false).await?;
    let row = [("row", page.number(number))];
    Ok(go(&form.back(id), Some(&Flash::ok("lists-taken-in", &row))))
}

async fn refused(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At(id): At<String>,
) -> Result<Response, Fault> {
    let bytes = lists::refused_file(&app, &may, draft_id(&id)?, page.say).await?;
    let name = if page.lang() == "vi" { "dong-chua-nhan.xlsx" } else { "rows-not-taken.xlsx" };
    let mut answer = bytes.into_response();
    let headers = answer.headers_mut();
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}

#[derive(Deserialize)]
struct Load {
    seen: u32,
    /// `apply` or `leave`: what becomes of people whom the registry has with other data.
    #[serde(default)]
    known: String,
}

async fn load(
    State(app): State<App>,
    may: May<ListUpload>,
    page: Page,
    At(id): At<String>,
    Form(form): Form<Load>,
) -> Result<Response, Fault> {
    let id = draft_id(&id)?;
    let on_change = match form.known.as_str() {
        "" | "apply" => OnChange::Apply,
        "leave" => OnChange::Propose,
        _ => return Err(wrong("known")),
    };
    let loaded = lists::load(&app, may, id, form.seen, on_change).await?;
    let people = loaded.new + loaded.changed + loaded.unchanged;
    let said = [("count", page.number(people)), ("stay", page.number(loaded.stay))];
    Ok(go(&format!("/lists/{id}"), Some(&Flash::ok("lists-loaded", &said))))
}

#[derive(Deserialize)]
struct Nothing {}

async fn remove(
    State(app): State<App>,
    may: May<ListUpload>,
    At(id): At<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    lists::remove(&app, &may, draft_id(&id)?).await?;
    Ok(go("/lists", Some(&Flash::ok("lists-removed", &[]))))
}

fn draft_id(text: &str) -> Result<DraftId, Fault> {
    text.parse().map_err(|_| Fault::missing())
}

fn row_number(text: &str) -> Result<u32, Fault> {
    text.parse().map_err(|_| Fault::missing())
}

fn filter_name(text: &str) -> &'static str {
    Filter::from_name(text).unwrap_or_default().name()
}

fn wrong(field: &str) -> Fault {
    Fault::input("fault-form").arg("field", field)
}

/// The beginning of a long text.
fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

const PER_PAGE: usize = 50;
/// Fields that may be said once for all rows.
const DEFAULTS: [Field; 5] =
    [Field::AgencyCode, Field::CardType, Field::ManagingAgency, Field::EmployingUnit, Field::Title];
