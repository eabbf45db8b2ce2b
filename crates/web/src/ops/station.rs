//! What an operator does with a station: see what it does, start it, stop it, have it try again.

use std::sync::Arc;

use jiff::Timestamp;
use registry::ports::{CommitError, Requests};
use registry::runs::{Run, RunId, State};
use serde::Serialize;
use wire::beat::{Beat, Failure, Orders, Phase, Wanted};
use wire::station::{Chip, VERSION};
use wire::{Actor, AuthorityId, CardSerial, PersonId};

use crate::App;
use crate::fault::Fault;
use crate::live::{Heard, Load, is_away};
use crate::port::DeskError;
use crate::session::{May, grant};

/// A station as whoever watches it sees it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StationView {
    pub(crate) name: Actor,
    /// Whether it was heard in the last seconds.
    pub(crate) here: bool,
    /// When it was heard last; none when not since the server started.
    pub(crate) heard_at: Option<Timestamp>,
    pub(crate) phase: Phase,
    pub(crate) reader: Option<String>,
    pub(crate) feeder: bool,
    pub(crate) chip: Option<Chip>,
    /// The card in hand.
    pub(crate) serial: Option<CardSerial>,
    /// The run that it is to carry out, or carried out last.
    pub(crate) run: Option<RunView>,
    /// Approved requests that wait for a blank.
    pub(crate) waiting: u64,
    /// Cards that wait to be handed over.
    pub(crate) ready: u64,
    /// Who is next; none when nobody waits, or nobody whom this officer may see.
    pub(crate) next: Option<Next>,
    /// The latest finished cards of the run.
    pub(crate) cards: Vec<Made>,
    /// What went wrong in the run.
    pub(crate) failures: Vec<Failure>,
}

/// One run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunView {
    /// Whether the station is to go on.
    pub(crate) wanted: bool,
    pub(crate) by: Actor,
    pub(crate) started_at: Timestamp,
    pub(crate) stopped_at: Option<Timestamp>,
    pub(crate) limit: Option<u32>,
    pub(crate) made: u32,
    pub(crate) failed: u32,
    /// How many cards it will have made when it ends, as far as is known now.
    pub(crate) total: u64,
    /// The time of one card in milliseconds; none before the second.
    pub(crate) card_ms: Option<u32>,
    /// Seconds until it ends, where that can be told.
    pub(crate) left_s: Option<u64>,
}

/// Who gets the next card.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Next {
    pub(crate) person: PersonId,
    #[serde(flatten)]
    pub(crate) holder: Holder,
}

/// A finished card.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Made {
    pub(crate) serial: CardSerial,
    /// None when it belongs to an authority that this officer does not see, or was erased.
    pub(crate) holder: Option<Holder>,
}

/// Whose a card is, as far as a station needs to know.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Holder {
    #[serde(skip)]
    pub(crate) authority: AuthorityId,
    /// First and last word of the name.
    pub(crate) name: String,
    pub(crate) unit: String,
}

impl StationView {
    /// A station of which nothing is known but its name.
    pub(crate) fn unheard(name: Actor) -> Self {
        Self {
            name,
            here: false,
            heard_at: None,
            phase: Phase::Standby,
            reader: None,
            feeder: false,
            chip: None,
            serial: None,
            run: None,
            waiting: 0,
            ready: 0,
            next: None,
            cards: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Whether it has a run to carry out.
    pub(crate) fn is_wanted(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.wanted)
    }
}

/// The names of the stations that were heard since the server started.
pub(crate) fn stations(app: &App, _: &May<grant::StationView>) -> Vec<Actor> {
    app.live.stations().into_iter().map(|(name, _)| name).collect()
}

/// What a station does, and what waits for it.
///
/// # Errors
///
/// No such station: neither heard since the server started, nor told to do anything ever.
pub(crate) async fn station_view(
    app: &App,
    may: &May<grant::StationView>,
    station: &Actor,
) -> Result<Arc<StationView>, Fault> {
    let reach = may.officer().authority;
    app.live.view(station, reach, look(app, station, reach)).await
}

async fn look(
    app: &App,
    station: &Actor,
    reach: Option<AuthorityId>,
) -> Result<StationView, Fault> {
    let heard = app.live.last(station);
    let run = app.parts.runs.runs(station, 1).await?.into_iter().next();
    if heard.is_none() && run.is_none() {
        return Err(Fault::missing());
    }
    let load = load(app, station).await?;
    let next = next(app, reach).await?;
    let mut view = StationView {
        waiting: load.waiting,
        ready: load.ready,
        next,
        ..StationView::unheard(station.clone())
    };
    if let Some(Heard { beat, at, .. }) = heard.clone() {
        view.here = !is_away(at, app.now());
        view.heard_at = Some(at);
        view.phase = beat.phase;
        view.reader = beat.reader;
        view.feeder = beat.feeder;
        view.chip = beat.chip;
        view.serial = beat.serial;
        let of_this_run = |run: &Run| beat.run.is_some_and(|said| said.id.0 == run.id.0);
        if run.as_ref().is_none_or(of_this_run) {
            view.failures = beat.failures;
            for serial in beat.cards {
                let holder = holder(app, serial).await?;
                let holder =
                    holder.filter(|holder| reach.is_none_or(|own| own == holder.authority));
                view.cards.push(Made { serial, holder });
            }
        }
    }
    view.run = run.map(|run| run_view(run, heard.as_ref(), load.waiting));
    Ok(view)
}

/// A run as stored, with what the station has said since.
fn run_view(run: Run, heard: Option<&Heard>, waiting: u64) -> RunView {
    let said = heard.and_then(|heard| heard.beat.run).filter(|said| said.id.0 == run.id.0);
    let made = said.map_or(run.made, |said| said.made.max(run.made));
    let failed = said.map_or(run.failed, |said| said.failed.max(run.failed));
    let in_hand = said.is_some() && heard.is_some_and(|heard| is_at_work(&heard.beat));
    let (wanted, stopped_at) = match run.state {
        State::Wanted => (true, None),
        State::Stopped { at } => (false, Some(at)),
    };
    let still = if wanted { waiting + u64::from(in_hand) } else { u64::from(in_hand) };
    let all = u64::from(made) + still;
    let total = run.limit.map_or(all, |limit| all.min(u64::from(limit))).max(made.into());
    let card_ms = said.and_then(|said| said.card_ms);
    let left_s =
        card_ms.filter(|_| wanted).map(|each| (total - u64::from(made)) * u64::from(each) / 1000);
    RunView {
        wanted,
        by: run.started_by,
        started_at: run.started_at,
        stopped_at,
        limit: run.limit,
        made,
        failed,
        total,
        card_ms,
        left_s,
    }
}

/// Whether a card is being made that is not counted yet.
const fn is_at_work(beat: &Beat) -> bool {
    beat.serial.is_some()
        && matches!(
            beat.phase,
            Phase::DrawsFaces | Phase::WritesChip { .. } | Phase::ReadsBack | Phase::KeepsFaces
        )
}

async fn load(app: &App, station: &Actor) -> Result<Load, DeskError> {
    if let Some(load) = app.live.load() {
        return Ok(load);
    }
    let waiting = app.parts.desk.queue(station).await?.waiting;
    let away = |error| DeskError::Unavailable(Box::new(error));
    let mut ready = 0;
    for (authority, _) in app.office().authorities().await.map_err(away)? {
        ready += app.office().counts(authority).await.map_err(away)?.cards_in("ready");
    }
    let load = Load { waiting, ready };
    app.live.keep_load(load);
    Ok(load)
}

/// Who is next, of the authorities in reach in the order in which a station asks them.
async fn next(app: &App, reach: Option<AuthorityId>) -> Result<Option<Next>, Fault> {
    for (authority, _) in app.office().authorities().await? {
        let waiting = Requests::Waiting { limit: 1 };
        let waiting = app.parts.ports.store.requests(authority, waiting).await?;
        let Some(request) = waiting.into_iter().next() else { continue };
        if reach.is_some_and(|own| own != authority) {
            return Ok(None);
        }
        let file = app.office().person(authority, request.person).await?;
        return Ok(file.person.printed.map(|printed| Next {
            person: request.person,
            holder: Holder {
                authority,
                name: shortened(&printed.full_name),
                unit: printed.employing_unit,
            },
        }));
    }
    Ok(None)
}

async fn holder(app: &App, serial: CardSerial) -> Result<Option<Holder>, Fault> {
    if let Some(known) = app.live.holder(serial) {
        return Ok(known);
    }
    let found = app.office().inspect(serial).await?;
    let holder = found.and_then(|found| {
        let authority = found.authority;
        found.printed.map(|printed| Holder {
            authority,
            name: shortened(&printed.full_name),
            unit: printed.employing_unit,
        })
    });
    app.live.keep_holder(serial, holder.clone());
    Ok(holder)
}

/// The first and the last word of a name: enough to find the card among those of today.
fn shortened(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    match words.as_slice() {
        [first, _, .., last] => format!("{first} … {last}"),
        _ => words.join(" "),
    }
}

/// Has a station make cards: at most `limit`, or as many as there is work for.
///
/// # Errors
///
/// When it has a run already; when the limit is 0 or above [`MOST`].
pub(crate) async fn start_run(
    app: &App,
    may: &May<grant::StationRun>,
    station: &Actor,
    limit: Option<u32>,
) -> Result<Run, Fault> {
    if limit.is_some_and(|limit| !(1..=MOST).contains(&limit)) {
        return Err(Fault::input("station-limit-wrong").arg("most", MOST.to_string()));
    }
    must_be_known(app, station).await?;
    let run = Run {
        id: RunId(app.parts.ports.ids.uuid()),
        station: station.clone(),
        started_by: may.officer().name.clone(),
        started_at: app.now(),
        limit,
        state: State::Wanted,
        made: 0,
        failed: 0,
        version: 0,
    };
    match app.parts.runs.save(&run).await {
        Ok(()) => {}
        Err(CommitError::Taken { .. }) => return Err(Fault::rule("station-runs-already")),
        Err(error) => return Err(error.into()),
    }
    tracing::info!(station = %station, by = %run.started_by, run = %run.id, "run started");
    app.live.poke();
    Ok(run)
}

/// Has a station pause after the card in hand. Repeating it changes nothing.
///
/// # Errors
///
/// No such station.
pub(crate) async fn stop_run(
    app: &App,
    may: &May<grant::StationRun>,
    station: &Actor,
) -> Result<(), Fault> {
    must_be_known(app, station).await?;
    let at = app.now();
    change_open(app, station, |run| {
        run.state = State::Stopped { at };
        true
    })
    .await?;
    tracing::info!(station = %station, by = %may.officer().name, "run stopped");
    app.live.poke();
    Ok(())
}

/// Says that somebody has looked: the station tries again what it stopped at.
///
/// # Errors
///
/// No such station.
pub(crate) async fn try_again(
    app: &App,
    may: &May<grant::StationRun>,
    station: &Actor,
) -> Result<(), Fault> {
    must_be_known(app, station).await?;
    tracing::info!(station = %station, by = %may.officer().name, "station told to try again");
    app.live.again(station);
    Ok(())
}

async fn must_be_known(app: &App, station: &Actor) -> Result<(), Fault> {
    let heard = app.live.last(station).is_some();
    if heard || !app.parts.runs.runs(station, 1).await?.is_empty() {
        Ok(())
    } else {
        Err(Fault::missing())
    }
}

/// Hears a station and tells it what to do.
///
/// # Errors
///
/// [`DeskError::Unavailable`] when the runs cannot be read or kept.
pub(crate) async fn beat(app: &App, station: &Actor, beat: Beat) -> Result<Orders, DeskError> {
    let at = app.now();
    let said = beat.run;
    app.live.heard(station, beat, at);
    let counted = |run: &mut Run| {
        let Some(said) = said.filter(|said| said.id.0 == run.id.0) else { return false };
        let before = run.clone();
        run.made = run.made.max(said.made);
        run.failed = run.failed.max(said.failed);
        if run.limit.is_some_and(|limit| run.made >= limit) {
            run.state = State::Stopped { at };
        }
        *run != before
    };
    let run = change_open(app, station, counted).await?;
    let run = run.filter(|run| run.state == State::Wanted).map(|run| Wanted {
        id: wire::RunId(run.id.0),
        limit: run.limit,
        made: run.made,
        failed: run.failed,
        again: app.live.last(station).map_or(0, |heard| heard.again),
    });
    let waiting = load(app, station).await?.waiting;
    Ok(Orders { version: VERSION, waiting, run })
}

/// Changes the run that a station is to carry out, and stores it when `change` says that it did.
/// Somebody else may change it meanwhile: then the change is made to what they left.
async fn change_open(
    app: &App,
    station: &Actor,
    change: impl Fn(&mut Run) -> bool + Send,
) -> Result<Option<Run>, DeskError> {
    let away = |error| DeskError::Unavailable(Box::new(error));
    for _ in 0..TRIES {
        let Some(mut run) = app.parts.runs.open_run(station).await.map_err(away)? else {
            return Ok(None);
        };
        if !change(&mut run) {
            return Ok(Some(run));
        }
        match app.parts.runs.save(&run).await {
            Ok(()) => return Ok(Some(run)),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(DeskError::Unavailable(Box::new(error))),
        }
    }
    Err(DeskError::Unavailable("the run is changed again and again".into()))
}

/// More cards than this are more than one run.
pub(crate) const MOST: u32 = 10_000;

const TRIES: u32 = 5;

#[cfg(test)]
mod tests {
    use wire::beat::Progress;

    use super::*;

    fn run(limit: Option<u32>) -> Run {
        Run {
            id: RunId(uuid::Uuid::from_u128(7)),
            station: "tram-01".parse().unwrap(),
            started_by: "operator".parse().unwrap(),
            started_at: Timestamp::UNIX_EPOCH,
            limit,
            state: State::Wanted,
            made: 3,
            failed: 1,
            version: 4,
        }
    }

    fn heard(made: u32, phase: Phase) -> Heard {
        let id = wire::RunId(uuid::Uuid::from_u128(7));
        let beat = Beat {
            version: VERSION,
            phase,
            reader: None,
            feeder: true,
            chip: None,
            serial: Some(CardSerial::from_random(1)),
            run: Some(Progress { id, made, failed: 1, card_ms: Some(2000) }),
            cards: Vec::new(),
            failures: Vec::new(),
        };
        Heard { beat, at: Timestamp::UNIX_EPOCH, again: 0 }
    }

    #[test]
    fn the_end_of_a_run_is_what_is_made_in_hand_and_waiting() {
        let seen = run_view(run(None), Some(&heard(5, Phase::ReadsBack)), 4);
        assert_eq!((seen.made, seen.total, seen.left_s), (5, 10, Some(10)));
        let seen = run_view(run(Some(6)), Some(&heard(5, Phase::ReadsBack)), 4);
        assert_eq!((seen.total, seen.left_s), (6, Some(2)));
    }

    #[test]
    fn before_the_station_is_heard_again_the_stored_numbers_stand() {
        let seen = run_view(run(None), None, 4);
        assert_eq!((seen.made, seen.failed, seen.total, seen.left_s), (3, 1, 7, None));
    }

    #[test]
    fn a_beat_of_another_run_counts_for_nothing() {
        let mut other = heard(50, Phase::Standby);
        other.beat.run.as_mut().unwrap().id = wire::RunId(uuid::Uuid::from_u128(8));
        assert_eq!(run_view(run(None), Some(&other), 0).made, 3);
    }

    #[test]
    fn a_name_is_shortened_to_its_ends() {
        assert_eq!(shortened("TRẦN THỊ MINH KHUÊ"), "TRẦN … KHUÊ");
        assert_eq!(shortened("VÕ AN"), "VÕ AN");
        assert_eq!(shortened(""), "");
    }
}
