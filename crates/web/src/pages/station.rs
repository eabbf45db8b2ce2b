//! The operator's pages: the stations, and one station while it works, kept fresh by events.

use std::sync::Arc;
use std::time::Duration;

use access::Permission;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_stream::wrappers::ReceiverStream;
use wire::Actor;
use wire::beat::{Phase, Pile, What};
use wire::station::Generation;

use crate::App;
use crate::address::At;
use crate::fault::Fault;
use crate::ops::station::{self, MOST, StationView};
use crate::page::{Flash, Page, go, show};
use crate::session::{Form, May, grant};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/station", get(list))
        .route("/station/{name}", get(one))
        .route("/station/{name}/events", get(events))
        .route("/station/{name}/start", post(start))
        .route("/station/{name}/stop", post(stop))
        .route("/station/{name}/again", post(again))
}

#[derive(Template)]
#[template(path = "stations.html")]
struct Stations<'a> {
    page: &'a Page,
    rows: Vec<StationRow>,
}

struct StationRow {
    href: String,
    name: String,
    state: &'static str,
    words: String,
    made: String,
}

async fn list(
    State(app): State<App>,
    page: Page,
    may: May<grant::StationView>,
) -> Result<Response, Fault> {
    let names = station::stations(&app, &may);
    if let [only] = names.as_slice() {
        return Ok(Redirect::to(&format!("/station/{only}")).into_response());
    }
    let mut rows = Vec::with_capacity(names.len());
    for name in names {
        let view = station::station_view(&app, &may, &name).await?;
        let big = Big::of(&page, &view);
        rows.push(StationRow {
            href: format!("/station/{name}"),
            name: name.to_string(),
            state: big.badge(),
            words: big.title,
            made: view.run.as_ref().map(|run| page.number(run.made)).unwrap_or_default(),
        });
    }
    show(&Stations { page: &page, rows })
}

#[derive(Template)]
#[template(path = "station.html")]
struct StationPage<'a> {
    page: &'a Page,
    name: String,
    /// Whether the page loads itself anew where no script does it.
    moves: bool,
    pieces: Pieces,
}

async fn one(
    State(app): State<App>,
    page: Page,
    may: May<grant::StationView>,
    At(name): At<String>,
) -> Result<Response, Fault> {
    let name = station_name(&name)?;
    let view = station::station_view(&app, &may, &name).await?;
    let pieces = Pieces::of(&page, &view)?;
    show(&StationPage { page: &page, name: name.to_string(), moves: view.is_wanted(), pieces })
}

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    limit: String,
}

async fn start(
    State(app): State<App>,
    may: May<grant::StationRun>,
    At(name): At<String>,
    Form(wanted): Form<Start>,
) -> Result<Response, Fault> {
    let name = station_name(&name)?;
    let limit = match wanted.limit.trim() {
        "" => None,
        text => {
            let wrong = || Fault::input("station-limit-wrong").arg("most", MOST.to_string());
            Some(text.parse().map_err(|_| wrong())?)
        }
    };
    station::start_run(&app, &may, &name, limit).await?;
    Ok(go(&format!("/station/{name}"), Some(&Flash::ok("station-started", &[]))))
}

#[derive(Deserialize)]
struct Nothing {}

async fn stop(
    State(app): State<App>,
    may: May<grant::StationRun>,
    At(name): At<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    let name = station_name(&name)?;
    station::stop_run(&app, &may, &name).await?;
    Ok(go(&format!("/station/{name}"), Some(&Flash::ok("station-stopped", &[]))))
}

async fn again(
    State(app): State<App>,
    may: May<grant::StationRun>,
    At(name): At<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    let name = station_name(&name)?;
    station::try_again(&app, &may, &name).await?;
    Ok(go(&format!("/station/{name}"), Some(&Flash::ok("station-again", &[]))))
}

fn station_name(name: &str) -> Result<Actor, Fault> {
    name.parse().map_err(|_| Fault::missing())
}

/// The whole present state, then each part of it that changes. An officer who may not see it any
/// more, or is signed out, is told to load the page anew, which says so.
async fn events(
    State(app): State<App>,
    page: Page,
    may: Option<May<grant::StationView>>,
    At(name): At<String>,
) -> Result<Response, Fault> {
    let name = station_name(&name)?;
    let (tell, told) = mpsc::channel(PIECES);
    if let Some(may) = may {
        station::station_view(&app, &may, &name).await?;
        let open = app.live.open_stream(&page.csrf);
        let open = open.ok_or_else(|| Fault::too_often(Duration::from_secs(2)))?;
        tokio::spawn(async move {
            let _open = open;
            watch(&app, &page, &may, &name, &tell).await;
        });
    } else {
        let _full = tell.try_send(Ok(Event::default().event("gone").data("")));
    }
    Ok(Sse::new(ReceiverStream::new(told)).into_response())
}

type Told = mpsc::Sender<Result<Event, std::convert::Infallible>>;

async fn watch(app: &App, page: &Page, may: &May<grant::StationView>, name: &Actor, tell: &Told) {
    let stop = app.live.stop();
    let mut changes = app.live.changes();
    let mut pace = tokio::time::interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = Instant::now() + STREAM_LIFE;
    let mut sent = Pieces::default();
    let mut looked: Option<Instant> = None;
    let mut said = Instant::now();
    while Instant::now() < end {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tell.closed() => return,
            _ = pace.tick() => {}
        }
        let changed = changes.has_changed().unwrap_or(true);
        if changed || looked.is_none_or(|looked| looked.elapsed() >= LOOK) {
            changes.mark_unchanged();
            looked = Some(Instant::now());
            let Ok(view) = station::station_view(app, may, name).await else { return };
            let Ok(pieces) = Pieces::of(page, &view) else { return };
            for (name, html) in pieces.but(&sent) {
                said = Instant::now();
                let event = Event::default().event(name).data(html);
                if tell.send(Ok(event)).await.is_err() {
                    return;
                }
            }
            sent = pieces;
        }
        if said.elapsed() >= BEAT {
            said = Instant::now();
            if tell.send(Ok(Event::default().event("beat").data(""))).await.is_err() {
                return;
            }
        }
    }
}

/// The parts of the page that change by themselves, as HTML.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Pieces([(&'static str, String); PIECES]);

impl Pieces {
    fn of(page: &Page, view: &Arc<StationView>) -> Result<Self, Fault> {
        let html = |part: Result<String, askama::Error>| part.map_err(Fault::bug);
        Ok(Self([
            ("state", html(Now::of(page, view).render())?),
            ("controls", html(Controls::of(page, view).render())?),
            ("progress", html(Bar::of(page, view).render())?),
            ("next", html(NextOne::of(page, view).render())?),
            ("failures", html(Failures::of(page, view).render())?),
            ("cards", html(Cards::of(page, view).render())?),
        ]))
    }

    /// The HTML of one part; empty when there is none of that name.
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, html)| html)
    }

    /// Those that are not as in `other`.
    fn but(&self, other: &Self) -> Vec<(&'static str, String)> {
        let pairs = self.0.iter().zip(&other.0);
        pairs.filter(|(new, old)| new != old).map(|(new, _)| new.clone()).collect()
    }
}

/// The one big state.
struct Big {
    kind: &'static str,
    title: String,
    text: String,
}

impl Big {
    fn of(page: &Page, view: &StationView) -> Self {
        let (kind, key) = Self::what(view);
        Self { kind, title: page.t(&format!("{key}-now")), text: page.t(&format!("{key}-do")) }
    }

    /// Its kind, and the beginning of its keys.
    fn what(view: &StationView) -> (&'static str, String) {
        if !view.here {
            let key = if view.heard_at.is_some() { "station-away" } else { "station-unheard" };
            return ("warn", key.to_owned());
        }
        let (kind, key) = match view.phase {
            Phase::Standby if view.is_wanted() => ("wait", "station-starts"),
            Phase::Standby if view.reader.is_none() => ("warn", "station-no-reader"),
            Phase::Standby => ("idle", "station-standby"),
            Phase::WaitsForCard if view.feeder => ("wait", "station-feeds"),
            Phase::WaitsForCard => ("wait", "station-waits-for-card"),
            Phase::TakesAway { to } if !view.feeder => match to {
                Pile::Done => ("ok", "station-take-done"),
                Pile::Reject => ("stop", "station-take-reject"),
                Pile::Back => ("wait", "station-take-back"),
            },
            Phase::NoBlanks => ("warn", "station-no-blanks"),
            Phase::NoWork => ("idle", "station-no-work"),
            Phase::Attention { reason } => {
                return ("stop", format!("station-trouble-{}", name(&reason)));
            }
            Phase::Asks
            | Phase::DrawsFaces
            | Phase::WritesChip { .. }
            | Phase::ReadsBack
            | Phase::KeepsFaces
            | Phase::TakesAway { .. } => ("ok", "station-works"),
        };
        (kind, key.to_owned())
    }

    /// The state of the badge that stands for it in a list.
    fn badge(&self) -> &'static str {
        match self.kind {
            "ok" => "ok",
            "warn" => "warn",
            "stop" => "error",
            "wait" => "wait",
            _ => "idle",
        }
    }
}

#[derive(Template)]
#[template(path = "station_state.html")]
struct Now<'a> {
    page: &'a Page,
    big: Big,
    /// What is done to one card, in order; empty while none is made.
    steps: Vec<Step>,
    facts: Vec<(String, String)>,
}

struct Step {
    label: String,
    current: bool,
}

impl<'a> Now<'a> {
    fn of(page: &'a Page, view: &StationView) -> Self {
        let mut facts = Vec::new();
        if view.here {
            let reader = view.reader.clone().unwrap_or_else(|| page.t("station-reader-none"));
            facts.push((page.t("station-reader"), reader));
            if let Some(chip) = view.chip {
                let kind = match chip.generation {
                    Generation::Ev1 => "DESFire EV1",
                    Generation::Ev2 => "DESFire EV2",
                    Generation::Ev3 => "DESFire EV3",
                };
                let size = page.number(chip.storage_bytes.div_ceil(1024));
                let words = page.say.t2("station-chip-is", ("kind", kind), ("size", size));
                facts.push((page.t("station-chip"), words));
                facts.push((page.t("station-uid"), chip.uid.to_string()));
            } else if view.is_wanted() {
                facts.push((page.t("station-chip"), page.t("station-chip-none")));
            }
            if let Some(serial) = view.serial {
                facts.push((page.t("station-serial"), serial.to_string()));
            }
        } else if let Some(at) = view.heard_at {
            facts.push((page.t("station-heard"), page.say.second(at)));
        }
        Self { page, big: Big::of(page, view), steps: steps(page, view), facts }
    }
}

fn steps(page: &Page, view: &StationView) -> Vec<Step> {
    let now = match view.phase {
        Phase::Asks => 0,
        Phase::DrawsFaces => 1,
        Phase::WritesChip { .. } => 2,
        Phase::ReadsBack => 3,
        Phase::KeepsFaces => 4,
        Phase::TakesAway { .. } => 5,
        _ => return Vec::new(),
    };
    if !view.here {
        return Vec::new();
    }
    ["asks", "draws", "writes", "reads", "keeps", "away"]
        .into_iter()
        .enumerate()
        .map(|(place, key)| {
            let label = page.t(&format!("station-step-{key}"));
            let label = match view.phase {
                Phase::WritesChip { step, of } if place == now => format!("{label} {step}/{of}"),
                _ => label,
            };
            Step { label, current: place == now }
        })
        .collect()
}

#[derive(Template)]
#[template(path = "station_controls.html")]
struct Controls<'a> {
    page: &'a Page,
    href: String,
    may: bool,
    wanted: bool,
    attention: bool,
    most: u32,
    who: String,
}

impl<'a> Controls<'a> {
    fn of(page: &'a Page, view: &StationView) -> Self {
        let may = |officer: &crate::session::Officer| officer.role.may(Permission::StationRun);
        let who = view.run.as_ref().map(|run| match run.stopped_at {
            None => page.say.t2(
                "station-started-by",
                ("who", &run.by),
                ("when", page.say.instant(run.started_at)),
            ),
            Some(at) => page.t1("station-stopped-at", "when", page.say.instant(at)),
        });
        Self {
            page,
            href: format!("/station/{}", view.name),
            may: page.officer.as_ref().is_some_and(may),
            wanted: view.is_wanted(),
            attention: view.here && matches!(view.phase, Phase::Attention { .. }),
            most: MOST,
            who: who.unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "station_progress.html")]
struct Bar<'a> {
    page: &'a Page,
    run: bool,
    value: u32,
    max: u64,
    done: String,
    rate: String,
    left: String,
    facts: Vec<(String, String)>,
}

impl<'a> Bar<'a> {
    fn of(page: &'a Page, view: &StationView) -> Self {
        let mut facts = vec![
            (page.t("station-waiting"), page.number(view.waiting)),
            (page.t("station-ready"), page.number(view.ready)),
        ];
        let Some(run) = &view.run else {
            let (done, rate, left) = Default::default();
            return Self { page, run: false, value: 0, max: 1, done, rate, left, facts };
        };
        facts.push((page.t("station-failed"), page.number(run.failed)));
        let rate = run.card_ms.filter(|ms| *ms > 0).map(|ms| {
            let tenths = 600_000 / ms;
            page.t1("station-rate", "rate", decimal(page, tenths))
        });
        let left = run.left_s.filter(|seconds| *seconds > 0).map(|seconds| {
            let (key, count) = if seconds < 90 {
                ("station-left-seconds", seconds)
            } else if seconds < 90 * 60 {
                ("station-left-minutes", seconds.div_ceil(60))
            } else {
                ("station-left-hours", seconds.div_ceil(3600))
            };
            page.t1(key, "count", page.number(count))
        });
        let done = page.say.t2(
            "station-made-of",
            ("made", page.number(run.made)),
            ("total", page.number(run.total)),
        );
        Self {
            page,
            run: true,
            value: run.made,
            max: run.total.max(1),
            done,
            rate: rate.unwrap_or_default(),
            left: left.unwrap_or_default(),
            facts,
        }
    }
}

/// A number of tenths with the decimal sign of the language.
fn decimal(page: &Page, tenths: u32) -> String {
    let sign = if page.lang() == "vi" { ',' } else { '.' };
    if tenths >= 100 {
        page.number(tenths / 10)
    } else {
        format!("{}{sign}{}", tenths / 10, tenths % 10)
    }
}

#[derive(Template)]
#[template(path = "station_next.html")]
struct NextOne<'a> {
    page: &'a Page,
    next: Option<NextLine>,
    waits: bool,
}

struct NextLine {
    name: String,
    unit: String,
    /// Where the face is that will be printed; empty while cards are made one after the other, or
    /// where the officer may not see it.
    face: String,
}

impl<'a> NextOne<'a> {
    fn of(page: &'a Page, view: &StationView) -> Self {
        let may = page.officer.as_ref().is_some_and(|officer| {
            let sees = [Permission::BatchView, Permission::CardRequest, Permission::StationRun];
            sees.iter().any(|permission| officer.role.may(*permission))
        });
        let (kind, _) = Big::what(view);
        let next = view.next.as_ref().map(|next| NextLine {
            name: next.holder.name.clone(),
            unit: next.holder.unit.clone(),
            face: if may && kind != "ok" {
                format!("/faces/proof/{}/{}/front", next.holder.authority, next.person)
            } else {
                String::new()
            },
        });
        Self { page, next, waits: view.waiting > 0 }
    }
}

#[derive(Template)]
#[template(path = "station_cards.html")]
struct Cards<'a> {
    page: &'a Page,
    rows: Vec<CardRow>,
}

struct CardRow {
    serial: String,
    name: String,
    unit: String,
}

impl<'a> Cards<'a> {
    fn of(page: &'a Page, view: &StationView) -> Self {
        let rows = view.cards.iter().map(|card| {
            let (name, unit) = card.holder.as_ref().map_or_else(
                || (page.t("station-card-elsewhere"), String::new()),
                |holder| (holder.name.clone(), holder.unit.clone()),
            );
            CardRow { serial: card.serial.to_string(), name, unit }
        });
        Self { page, rows: rows.collect() }
    }
}

#[derive(Template)]
#[template(path = "station_failures.html")]
struct Failures<'a> {
    page: &'a Page,
    rows: Vec<FailureRow>,
}

struct FailureRow {
    number: String,
    title: String,
    why: String,
    action: String,
    serial: String,
    uid: String,
}

impl<'a> Failures<'a> {
    fn of(page: &'a Page, view: &StationView) -> Self {
        let rows = view.failures.iter().map(|failure| {
            let key = failure_key(failure.what);
            let kind = match failure.what {
                What::Spoiled(_) => "spoiled",
                What::Returned(_) => "returned",
                What::Refused(_) | What::Unnamed => "refused",
            };
            FailureRow {
                number: page.number(failure.number),
                title: page.t(&format!("station-failure-{kind}")),
                why: page.t(&format!("{key}-why")),
                action: page.t(&format!("{key}-do")),
                serial: failure.serial.map(|serial| serial.to_string()).unwrap_or_default(),
                uid: failure.uid.map(|uid| uid.to_string()).unwrap_or_default(),
            }
        });
        Self { page, rows: rows.collect() }
    }
}

/// The beginning of the keys that say why, and what to do.
fn failure_key(what: What) -> String {
    match what {
        What::Spoiled(reason) => format!("station-spoiled-{}", name(&reason)),
        What::Returned(reason) => format!("station-returned-{}", name(&reason)),
        What::Refused(reason) => format!("station-refused-{}", name(&reason)),
        What::Unnamed => "station-refused-unnamed".to_owned(),
    }
}

/// The name of a closed list's entry on the wire, as it stands in keys.
fn name(value: &impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(|name| name.replace('_', "-")))
        .unwrap_or_default()
}

/// How many parts the page has.
const PIECES: usize = 6;

/// Changes that come faster are told together.
const PACE: Duration = Duration::from_millis(250);

/// How often the view is made anew when nothing is told: time passes, and others change things.
const LOOK: Duration = Duration::from_secs(1);

/// After so long without news a stream says that it is there.
const BEAT: Duration = Duration::from_secs(5);

/// After so long a browser asks again, and with it the session is looked at again.
const STREAM_LIFE: Duration = Duration::from_mins(5);

#[cfg(test)]
mod tests {
    use wire::beat::Trouble;
    use wire::station::{ChipRefusal, Spoilage, Unmakeable};

    use super::*;
    use crate::say::CATALOG;

    #[test]
    fn every_failure_has_its_reason_and_what_to_do() {
        let spoiled = [
            Spoilage::KeysUnknown,
            Spoilage::NotBlank,
            Spoilage::WriteRefused,
            Spoilage::ReadBackDiffers,
        ];
        let returned = [
            Unmakeable::FaceOverflow,
            Unmakeable::GlyphMissing,
            Unmakeable::PortraitUnreadable,
            Unmakeable::QrUnreadable,
            Unmakeable::RecordTooLong,
        ];
        let refused = [
            ChipRefusal::AlreadyACard,
            ChipRefusal::Spoiled,
            ChipRefusal::Elsewhere,
            ChipRefusal::Unsuitable,
        ];
        let all = spoiled
            .map(What::Spoiled)
            .into_iter()
            .chain(returned.map(What::Returned))
            .chain(refused.map(What::Refused))
            .chain([What::Unnamed]);
        for what in all {
            for part in ["why", "do"] {
                let key = format!("{}-{part}", failure_key(what));
                assert!(CATALOG.contains(&key), "{key}");
            }
        }
        for kind in ["spoiled", "returned", "refused"] {
            assert!(CATALOG.contains(&format!("station-failure-{kind}")));
        }
    }

    #[test]
    fn every_state_has_its_words() {
        let mut keys = Vec::new();
        for (here, feeder, reader) in
            [(false, true, true), (true, true, true), (true, false, true), (true, true, false)]
        {
            let mut view = StationView::unheard("tram-01".parse().unwrap());
            view.here = here;
            view.feeder = feeder;
            view.reader = reader.then(|| "Reader".to_owned());
            let piles = [Pile::Done, Pile::Reject, Pile::Back];
            let phases = [
                Phase::Standby,
                Phase::WaitsForCard,
                Phase::Asks,
                Phase::ReadsBack,
                Phase::NoBlanks,
                Phase::NoWork,
            ];
            let all = phases
                .into_iter()
                .chain(piles.map(|to| Phase::TakesAway { to }))
                .chain(Trouble::ALL.map(|reason| Phase::Attention { reason }));
            for phase in all {
                view.phase = phase;
                keys.push(Big::what(&view).1);
            }
        }
        keys.extend(["station-away".to_owned(), "station-starts".to_owned()]);
        for key in keys {
            for part in ["now", "do"] {
                assert!(CATALOG.contains(&format!("{key}-{part}")), "{key}-{part}");
            }
        }
        for step in ["asks", "draws", "writes", "reads", "keeps", "away"] {
            assert!(CATALOG.contains(&format!("station-step-{step}")), "{step}");
        }
    }

    #[test]
    fn only_what_changed_is_told() {
        let mut one = Pieces::default();
        one.0[0] = ("state", "a".to_owned());
        let mut other = one.clone();
        assert!(one.but(&other).is_empty());
        other.0[0].1 = "b".to_owned();
        assert_eq!(other.but(&one), [("state", "b".to_owned())]);
        assert_eq!(one.get("state"), "a");
    }
}
