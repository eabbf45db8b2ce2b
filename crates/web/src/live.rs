//! What the stations are doing right now, in memory, and how many watch.
//!
//! Nothing here needs to outlive the server: a station says all of it again with its next beat,
//! and what it was told to do lies in [`registry::runs`].

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::beat::Beat;
use wire::{Actor, AuthorityId, CardSerial};

use crate::ops::station::{Holder, StationView};

/// The stations that were heard since the server started.
pub(crate) struct LiveHub {
    known: Arc<Mutex<Known>>,
    /// Counts what changed.
    changes: watch::Sender<u64>,
    stop: CancellationToken,
    /// The latest view of each station for each reach of an officer: ten who watch cost as much
    /// as one.
    views: tokio::sync::Mutex<HashMap<(Actor, Option<AuthorityId>), Seen>>,
}

#[derive(Default)]
struct Known {
    stations: BTreeMap<Actor, Heard>,
    /// Open streams by session.
    streams: HashMap<String, usize>,
    load: Option<(Instant, Load)>,
    /// Whose the latest cards are, so that a beat does not open them again.
    holders: Vec<(CardSerial, Option<Holder>)>,
}

/// What a station said last.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) beat: Beat,
    pub(crate) at: Timestamp,
    /// How often a person told it to try again.
    pub(crate) again: u32,
}

/// How much there is to make, and how much was made.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Load {
    /// Approved requests that wait for a blank.
    pub(crate) waiting: u64,
    /// Cards that wait to be handed over.
    pub(crate) ready: u64,
}

struct Seen {
    change: u64,
    at: Instant,
    view: Arc<StationView>,
}

impl LiveHub {
    /// A hub that has heard nobody; its streams end with `stop`.
    pub(crate) fn new(stop: CancellationToken) -> Self {
        Self {
            known: Arc::default(),
            changes: watch::Sender::new(0),
            stop,
            views: tokio::sync::Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        locked(&self.known)
    }

    /// Keeps a beat. True when cards or failures were counted since the one before, so that what
    /// waits has changed too.
    pub(crate) fn heard(&self, station: &Actor, beat: Beat, at: Timestamp) -> bool {
        let mut known = self.lock();
        let before = known.stations.get(station);
        let counted = before.is_none_or(|before| before.beat.run != beat.run);
        // A station that comes back is a change, also when it says what it said before.
        let news = before.is_none_or(|before| before.beat != beat || is_away(before.at, at));
        let again = before.map_or(0, |before| before.again);
        known.stations.insert(station.clone(), Heard { beat, at, again });
        if counted {
            known.load = None;
        }
        drop(known);
        if news {
            self.tell();
        }
        counted
    }

    /// What a station said last.
    pub(crate) fn last(&self, station: &Actor) -> Option<Heard> {
        self.lock().stations.get(station).cloned()
    }

    /// All stations that were heard.
    pub(crate) fn stations(&self) -> Vec<(Actor, Heard)> {
        let known = self.lock();
        known.stations.iter().map(|(name, heard)| (name.clone(), heard.clone())).collect()
    }

    /// Has a station try again what a person has looked at.
    pub(crate) fn again(&self, station: &Actor) {
        if let Some(heard) = self.lock().stations.get_mut(station) {
            heard.again += 1;
        }
        self.tell();
    }

    /// Something changed that a station did not say: an order was given.
    pub(crate) fn poke(&self) {
        self.lock().load = None;
        self.tell();
    }

    fn tell(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// What there is to make, if it was counted a moment ago.
    pub(crate) fn load(&self) -> Option<Load> {
        let load = self.lock().load;
        load.filter(|(at, _)| at.elapsed() < LOAD_LIFE).map(|(_, load)| load)
    }

    pub(crate) fn keep_load(&self, load: Load) {
        self.lock().load = Some((Instant::now(), load));
    }

    /// Whose a card is, if it was looked up before.
    #[expect(clippy::option_option, reason = "outer: was it looked up; inner: is there one")]
    pub(crate) fn holder(&self, serial: CardSerial) -> Option<Option<Holder>> {
        let known = self.lock();
        known.holders.iter().find(|(of, _)| *of == serial).map(|(_, holder)| holder.clone())
    }

    pub(crate) fn keep_holder(&self, serial: CardSerial, holder: Option<Holder>) {
        let mut known = self.lock();
        if known.holders.len() >= HOLDERS {
            known.holders.remove(0);
        }
        known.holders.push((serial, holder));
    }

    /// Hears of every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Ends every stream.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// A place for one more stream of a session; none when it has [`STREAMS`] open.
    pub(crate) fn open_stream(&self, session: &str) -> Option<Open> {
        let mut known = self.lock();
        let open = known.streams.entry(session.to_owned()).or_default();
        if *open >= STREAMS {
            return None;
        }
        *open += 1;
        Some(Open { known: Arc::clone(&self.known), session: session.to_owned() })
    }

    /// The view of a station for officers of this reach: the one made for the latest change, or a
    /// new one. Made once however many ask.
    pub(crate) async fn view<E>(
        &self,
        station: &Actor,
        reach: Option<AuthorityId>,
        make: impl Future<Output = Result<StationView, E>> + Send,
    ) -> Result<Arc<StationView>, E> {
        let mut views = self.views.lock().await;
        let change = *self.changes.borrow();
        let key = (station.clone(), reach);
        if let Some(seen) = views.get(&key)
            && seen.change == change
            && seen.at.elapsed() < VIEW_LIFE
        {
            return Ok(Arc::clone(&seen.view));
        }
        let view = Arc::new(make.await?);
        views.retain(|_, seen| seen.at.elapsed() < VIEW_KEPT);
        views.insert(key, Seen { change, at: Instant::now(), view: Arc::clone(&view) });
        Ok(view)
    }
}

/// Whether a station that was heard `at` is away by `now`.
pub(crate) fn is_away(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) > AWAY
}

/// The place of one stream; given back when it ends.
pub(crate) struct Open {
    known: Arc<Mutex<Known>>,
    session: String,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut known = locked(&self.known);
        if let Some(open) = known.streams.get_mut(&self.session) {
            *open -= 1;
            if *open == 0 {
                known.streams.remove(&self.session);
            }
        }
    }
}

/// Every change of what is known is one assignment, so a thread that panicked left it whole.
fn locked(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A station that says nothing for longer is away; it beats every second.
const AWAY: SignedDuration = SignedDuration::from_secs(5);

/// So many streams a session may have open: tabs of one person.
pub(crate) const STREAMS: usize = 6;

/// How long a count of what waits is used; sooner when a station counted something.
const LOAD_LIFE: std::time::Duration = std::time::Duration::from_secs(2);

/// How long a view is used when nothing changed: time passes in it.
const VIEW_LIFE: std::time::Duration = std::time::Duration::from_millis(900);

/// How long a view that nobody asks for stays in memory.
const VIEW_KEPT: std::time::Duration = std::time::Duration::from_mins(1);

/// Holders that are remembered.
const HOLDERS: usize = 64;

#[cfg(test)]
mod tests {
    use wire::beat::Phase;
    use wire::station::VERSION;

    use super::*;

    fn hub() -> LiveHub {
        LiveHub::new(CancellationToken::new())
    }

    fn name(name: &str) -> Actor {
        name.parse().unwrap()
    }

    fn beat(phase: Phase) -> Beat {
        Beat {
            version: VERSION,
            phase,
            reader: None,
            feeder: true,
            chip: None,
            serial: None,
            run: None,
            cards: Vec::new(),
            failures: Vec::new(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_change_is_told_once_and_a_repeated_beat_is_none() {
        let (hub, station) = (hub(), name("tram-01"));
        let mut changes = hub.changes();
        hub.heard(&station, beat(Phase::Standby), at(0));
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        hub.heard(&station, beat(Phase::Standby), at(1));
        assert!(!changes.has_changed().unwrap());
        assert_eq!(hub.last(&station).unwrap().at, at(1));
        hub.heard(&station, beat(Phase::NoWork), at(2));
        assert!(changes.has_changed().unwrap());
    }

    #[test]
    fn a_station_that_comes_back_is_a_change() {
        let (hub, station) = (hub(), name("tram-01"));
        hub.heard(&station, beat(Phase::Standby), at(0));
        let mut changes = hub.changes();
        changes.mark_unchanged();
        assert!(!is_away(at(0), at(5)) && is_away(at(0), at(6)));
        hub.heard(&station, beat(Phase::Standby), at(6));
        assert!(changes.has_changed().unwrap());
    }

    #[test]
    fn a_session_has_no_more_than_its_streams_and_gets_them_back() {
        let hub = hub();
        let mut open: Vec<_> = (0..STREAMS).map(|_| hub.open_stream("a").unwrap()).collect();
        assert!(hub.open_stream("a").is_none());
        assert!(hub.open_stream("b").is_some());
        open.pop();
        assert!(hub.open_stream("a").is_some());
        drop(open);
        assert!(hub.lock().streams.is_empty());
    }

    #[test]
    fn try_again_reaches_the_next_order() {
        let (hub, station) = (hub(), name("tram-01"));
        hub.again(&station);
        assert!(hub.last(&station).is_none());
        hub.heard(&station, beat(Phase::Standby), at(0));
        hub.again(&station);
        hub.heard(&station, beat(Phase::Standby), at(1));
        assert_eq!(hub.last(&station).unwrap().again, 1);
    }

    #[tokio::test]
    async fn a_view_is_made_once_for_all_who_watch() {
        let (hub, station) = (hub(), name("tram-01"));
        let mut made = 0;
        for _ in 0..10 {
            let view = hub.view(&station, None, async {
                made += 1;
                Ok::<_, ()>(StationView::unheard(station.clone()))
            });
            view.await.unwrap();
        }
        assert_eq!(made, 1);
        hub.poke();
        let again = hub.view(&station, None, async {
            made += 1;
            Ok::<_, ()>(StationView::unheard(station.clone()))
        });
        again.await.unwrap();
        assert_eq!(made, 2);
    }
}
