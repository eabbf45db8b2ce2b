//! People and asking for their cards, with the faces that will be printed.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::{get, post};
use registry::office::Among;
use registry::request::Kind;
use registry::view::PersonRow;
use serde::Deserialize;
use wire::{AuthorityId, PersonId};

use crate::App;
use crate::address;
use crate::fault::Fault;
use crate::ops::people::{self, Ask, Wanted};
use crate::page::{Page, show, show_as};
use crate::session::{Form, May, grant::CardRequest};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/people", get(list).post(search))
        .route("/people/review", post(review))
        .route("/people/ask", post(ask))
        .layer(DefaultBodyLimit::max(MOST_FORM))
}

#[derive(Template)]
#[template(path = "people.html")]
struct List<'a> {
    page: &'a Page,
    error: String,
    authority: String,
    authorities: Vec<(String, String)>,
    name: String,
    /// `without` or `all`.
    among: &'static str,
    rows: Vec<RowView>,
    kinds: Vec<(&'static str, String)>,
    from: String,
    to: String,
    total: String,
    prev: String,
    next: String,
    /// Where the next window of a very long list begins.
    further: String,
    /// Pages of a search for a name, which has no address; 0: there is none.
    page_before: usize,
    page_after: usize,
    window: String,
    scanned: String,
    everybody: bool,
}

struct RowView {
    id: String,
    name: String,
    title: String,
    unit: String,
    card_type: String,
    card_number: String,
    photo: bool,
    card: String,
    card_state: &'static str,
    card_state_text: String,
    request: &'static str,
    request_text: String,
    picked: bool,
}

#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    authority: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    among: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    window: String,
}

async fn list(
    State(app): State<App>,
    may: May<CardRequest>,
    page: Page,
    address::Ask(asked): address::Ask<Asked>,
) -> Result<Response, Fault> {
    show(&list_page(&app, &may, &page, &asked, &[], String::new()).await?)
}

#[derive(Deserialize)]
struct Search {
    name: String,
    #[serde(default)]
    authority: String,
    #[serde(default)]
    among: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    window: String,
}

/// Looking for a name: posted, because addresses are logged and a name is a person's.
async fn search(
    State(app): State<App>,
    may: May<CardRequest>,
    page: Page,
    Form(Search { name, authority, among, page: number, window }): Form<Search>,
) -> Result<Response, Fault> {
    let asked = Asked { authority, name, among, page: number, window };
    show(&list_page(&app, &may, &page, &asked, &[], String::new()).await?)
}

async fn list_page<'a>(
    app: &App,
    may: &May<CardRequest>,
    page: &'a Page,
    asked: &Asked,
    picked: &[PersonId],
    error: String,
) -> Result<List<'a>, Fault> {
    let name: String = asked.name.trim().chars().take(100).collect();
    let (among, among_name) = match asked.among.as_str() {
        "all" => (Among::Everybody, "all"),
        _ => (Among::WithoutCard, "without"),
    };
    let at = asked.page.parse::<usize>().unwrap_or(1).clamp(1, 10_000);
    let window = asked.window.parse::<PersonId>().ok();
    let wanted = Wanted {
        authority: id_of(&asked.authority)?,
        among,
        name: &name,
        window,
        skip: (at - 1) * PER_PAGE,
        limit: PER_PAGE,
    };
    let Some(people) = people::people(app, may, wanted).await? else {
        return Ok(List {
            page,
            error,
            authority: String::new(),
            authorities: Vec::new(),
            name,
            among: among_name,
            rows: Vec::new(),
            kinds: Vec::new(),
            from: String::new(),
            to: String::new(),
            total: String::new(),
            prev: String::new(),
            next: String::new(),
            further: String::new(),
            page_before: 0,
            page_after: 0,
            window: String::new(),
            scanned: String::new(),
            everybody: false,
        });
    };
    let found = people.found;
    let from = (at - 1) * PER_PAGE;
    let end = from + found.people.len();
    let address = |page: usize, window: Option<PersonId>| {
        let window = window.map(|window| format!("&window={window}")).unwrap_or_default();
        format!("/people?authority={}&among={among_name}&page={page}{window}", people.authority)
    };
    let more = (end as u64) < found.matches;
    let rows = found.people.iter().map(|row| RowView::of(page, row, picked)).collect();
    Ok(List {
        page,
        error,
        authority: people.authority.to_string(),
        authorities: people.authorities.iter().map(|(id, n)| (id.to_string(), n.clone())).collect(),
        among: among_name,
        kinds: KINDS.iter().map(|(kind, _)| (*kind, page.t(&format!("kind-{kind}")))).collect(),
        from: page.number(if end > from { from as u64 + 1 } else { 0 }),
        to: page.number(end as u64),
        total: page.number(found.matches),
        prev: if at > 1 && name.is_empty() { address(at - 1, window) } else { String::new() },
        next: if more && name.is_empty() { address(at + 1, window) } else { String::new() },
        further: found.next.map(|next| address(1, Some(next))).unwrap_or_default(),
        page_before: if at > 1 && !name.is_empty() { at - 1 } else { 0 },
        page_after: if more && !name.is_empty() { at + 1 } else { 0 },
        window: asked.window.clone(),
        scanned: page.number(found.scanned),
        everybody: among == Among::WithoutCard && name.is_empty() && found.matches > 0,
        name,
        rows,
    })
}

impl RowView {
    fn of(page: &Page, row: &PersonRow, picked: &[PersonId]) -> Self {
        let printed = row.person.printed.as_ref();
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        let card_state = row.card.map_or("", |(_, state)| state);
        let request = row.request.unwrap_or_default();
        let card_type = text(printed.map(|printed| &printed.card_type));
        Self {
            id: row.person.id.to_string(),
            name: text(printed.map(|printed| &printed.full_name)),
            title: text(printed.map(|printed| &printed.title)),
            unit: text(printed.map(|printed| &printed.employing_unit)),
            card_type,
            card_number: text(printed.map(|printed| &printed.card_number)),
            photo: row.person.photo,
            card: row.card.map(|(serial, _)| serial.to_string()).unwrap_or_default(),
            card_state,
            card_state_text: match card_state {
                "" => String::new(),
                state => page.t(&format!("state-{state}")),
            },
            request,
            request_text: match request {
                "" => String::new(),
                state => page.t(&format!("request-state-{state}")),
            },
            picked: picked.contains(&row.person.id),
        }
    }
}

#[derive(Template)]
#[template(path = "people_review.html")]
struct ReviewPage<'a> {
    page: &'a Page,
    authority: String,
    kind: &'static str,
    /// How many, and for which kind.
    what: String,
    everybody: bool,
    picked: Vec<String>,
    faces: Vec<FaceView>,
    count: String,
    shown: String,
    shows_all: bool,
    without_photo: u64,
    without_photo_words: String,
}

struct FaceView {
    row: RowView,
    front: String,
    back: String,
}

async fn review(
    State(app): State<App>,
    may: May<CardRequest>,
    page: Page,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let wanted = wanted(&fields)?;
    let reviewed = match people::review(&app, &may, &wanted, FACES).await {
        Ok(reviewed) => reviewed,
        Err(fault) if fault.is_yours_or_rule() && !fault.is_missing() => {
            let asked = Asked { authority: wanted.authority.to_string(), ..Asked::default() };
            let picked = wanted.people.unwrap_or_default();
            let error = fault.text(&page);
            let shown = list_page(&app, &may, &page, &asked, &picked, error).await?;
            return show_as(fault.status(), &shown);
        }
        Err(fault) => return Err(fault),
    };
    let face = |row: &PersonRow| {
        let proof = format!("/faces/proof/{}/{}", wanted.authority, row.person.id);
        FaceView {
            row: RowView::of(&page, row, &[]),
            front: format!("{proof}/front"),
            back: format!("{proof}/back"),
        }
    };
    let picked = wanted.people.as_deref().unwrap_or_default();
    show(&ReviewPage {
        authority: wanted.authority.to_string(),
        kind: name_of(wanted.kind),
        what: page.t2(
            "people-review-what",
            ("count", page.number(reviewed.count)),
            ("kind", page.t(&format!("kind-{}", name_of(wanted.kind)))),
        ),
        everybody: wanted.people.is_none(),
        picked: picked.iter().map(ToString::to_string).collect(),
        faces: reviewed.shown.iter().map(face).collect(),
        count: page.number(reviewed.count),
        shown: page.number(reviewed.shown.len() as u64),
        shows_all: reviewed.count <= reviewed.shown.len() as u64,
        without_photo: reviewed.without_photo,
        without_photo_words: page.number(reviewed.without_photo),
        page: &page,
    })
}

#[derive(Template)]
#[template(path = "people_asked.html")]
struct AskedPage<'a> {
    page: &'a Page,
    made: u64,
    made_words: String,
    batch: String,
    refused: Vec<(String, String)>,
    refused_words: String,
    refused_more: bool,
    authority: String,
}

async fn ask(
    State(app): State<App>,
    may: May<CardRequest>,
    page: Page,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let wanted = wanted(&fields)?;
    let asked = people::ask(&app, &may, &wanted).await?;
    let refused = asked.refused.iter().map(|(person, name, why)| {
        let name = if name.is_empty() { person.to_string() } else { name.clone() };
        (name, page.t(&format!("refused-{}", why.code())))
    });
    show(&AskedPage {
        made: asked.made,
        made_words: page.number(asked.made),
        batch: asked.batch.to_string(),
        refused_more: asked.refused_count > asked.refused.len() as u64,
        refused: refused.collect(),
        refused_words: page.number(asked.refused_count),
        authority: wanted.authority.to_string(),
        page: &page,
    })
}

/// What the form of the list asks for.
fn wanted(fields: &[(String, String)]) -> Result<Ask, Fault> {
    let one = |name: &'static str| {
        let mut found = fields.iter().filter(|(other, _)| other == name);
        match (found.next(), found.next()) {
            (Some((_, text)), None) => Ok(text.as_str()),
            _ => Err(Fault::input("fault-form").arg("field", name)),
        }
    };
    let authority = one("authority")?.parse::<AuthorityId>();
    let authority = authority.map_err(|_| Fault::input("fault-form").arg("field", "authority"))?;
    let kind = one("kind")?;
    let kind = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind);
    let kind = kind.ok_or_else(|| Fault::input("people-kind-missing"))?;
    let everybody = fields.iter().any(|(name, value)| name == "whom" && value == "everybody");
    let people = fields
        .iter()
        .filter(|(name, _)| name == "person")
        .map(|(_, text)| text.parse::<PersonId>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Fault::input("fault-form").arg("field", "person"))?;
    Ok(Ask { authority, kind, people: (!everybody).then_some(people) })
}

fn id_of(text: &str) -> Result<Option<AuthorityId>, Fault> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Fault::missing()),
    }
}

fn name_of(kind: Kind) -> &'static str {
    KINDS.iter().find(|(_, other)| *other == kind).map_or("first", |(name, _)| *name)
}

/// Every kind of request by the word that forms and catalogues use.
const KINDS: [(&str, Kind); 7] = [
    ("first", Kind::First),
    ("renewal", Kind::Renewal),
    ("lost", Kind::Lost),
    ("damaged", Kind::Damaged),
    ("data_changed", Kind::DataChanged),
    ("design_changed", Kind::DesignChanged),
    ("transfer", Kind::Transfer),
];
const PER_PAGE: usize = 100;
/// People whose faces are shown before asking.
const FACES: usize = 60;
/// Longest form: [`people::MOST_PICKED`] ids and what is around them.
const MOST_FORM: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_names_authority_kind_and_people_once_each() {
        let authority = "01900000-0000-7000-8000-000000000001";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let good =
            vec![pair("authority", authority), pair("kind", "first"), pair("person", authority)];
        let ask = wanted(&good).unwrap();
        assert_eq!((ask.kind, ask.people.map(|people| people.len())), (Kind::First, Some(1)));
        let mut all = good.clone();
        all.push(pair("whom", "everybody"));
        assert!(wanted(&all).unwrap().people.is_none());
        for bad in [pair("authority", authority), pair("kind", "renewal"), pair("person", "x")] {
            let mut fields = good.clone();
            fields.push(bad);
            assert!(wanted(&fields).is_err());
        }
        assert!(wanted(&good[1..]).is_err());
    }
}
