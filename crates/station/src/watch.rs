//! A station that waits for orders: says every second what it does, runs when it is told to, pauses
//! when it is told to, and stops at a card that needs a person.
//!
//! Two threads: this one works on cards, the other one beats, so that whoever watches sees a slow
//! card or a server that is away for what it is. They meet at a [`Board`].

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wire::beat::{Beat, Failure, Orders, Phase, Progress, Trouble, Wanted, What};
use wire::station::VERSION;

use crate::{Event, OfficeError, RunError, Slot, Station, Stopped};

/// The way to whoever gives orders.
pub trait Line: Send {
    /// Says what the station does, and hears what it is to do.
    ///
    /// # Errors
    ///
    /// [`OfficeError`] by cause. The station goes on with the orders that it has, save where it is
    /// told that it is not known.
    fn beat(&mut self, beat: &Beat) -> Result<Orders, OfficeError>;
}

/// Keeps other programs away from a station until it is dropped.
pub type Taken = Box<dyn std::any::Any>;

/// A station on watch.
pub struct Watch<'a> {
    /// Where it beats.
    pub line: Box<dyn Line>,
    /// How often it beats when nothing changes, and looks again when it waits.
    pub period: Duration,
    /// How long it waits before it tries again what may have mended itself.
    pub pause: Duration,
    /// Whether a feeder hands it blanks.
    pub feeder: bool,
    /// Takes the station for a run; none while another program has it. Given back when the run
    /// ends or pauses.
    pub take: &'a dyn Fn() -> Option<Taken>,
    /// Asked between cards and in every wait: the watch ends when it says no.
    pub go_on: &'a dyn Fn() -> bool,
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("period", &self.period).finish_non_exhaustive()
    }
}

impl Watch<'_> {
    /// Keeps watch until it is told to end. `tell` hears of everything that happens at the station;
    /// what stops it is told as a [`Trouble`] with its error.
    pub fn keep<S: Slot>(mut self, station: &mut Station<'_, S>, tell: &mut dyn FnMut(News<'_>)) {
        let board = Board::new(self.feeder, station.slot.reader());
        std::thread::scope(|threads| {
            let (board, line, period) = (&board, &mut *self.line, self.period);
            threads.spawn(move || {
                let _closed = Closing(board);
                board.beat(line, period);
            });
            let _closed = Closing(board);
            Duty { board, period, pause: self.pause, take: self.take, go_on: self.go_on }
                .keep(station, tell);
        });
    }
}

/// What a station on watch tells the terminal that it runs in.
#[derive(Debug)]
pub enum News<'a> {
    /// Something happened to a card.
    Event(&'a Event),
    /// It was told to carry out a run.
    Started(Wanted),
    /// It has no order any more.
    Paused,
    /// A card is tried again.
    Again(&'a (dyn std::error::Error + 'static)),
    /// A person has to look.
    Attention(Trouble, &'a (dyn std::error::Error + 'static)),
}

/// The working half.
struct Duty<'a> {
    board: &'a Board,
    period: Duration,
    pause: Duration,
    take: &'a dyn Fn() -> Option<Taken>,
    go_on: &'a dyn Fn() -> bool,
}

impl Duty<'_> {
    fn keep<S: Slot>(&self, station: &mut Station<'_, S>, tell: &mut dyn FnMut(News<'_>)) {
        let mut running = None;
        while (self.go_on)() && !self.board.is_closed() {
            let order = self.board.wanted().filter(|wanted| self.board.left(wanted) != Some(0));
            let Some(wanted) = order else {
                if running.take().is_some() {
                    tell(News::Paused);
                }
                self.board.idle(Phase::Standby, station.slot.reader());
                self.board.wait(self.period);
                continue;
            };
            if running != Some(wanted.id) {
                running = Some(wanted.id);
                tell(News::Started(wanted));
            }
            self.board.follow(&wanted);
            let Some(_taken) = (self.take)() else {
                let reason = Trouble::Busy;
                self.board.idle(Phase::Attention { reason }, station.slot.reader());
                self.rest(self.period, &wanted);
                continue;
            };
            if let Err(error) = station.journal.reopen() {
                tell(News::Attention(Trouble::Disk, &error));
                let reason = Trouble::Disk;
                self.board.idle(Phase::Attention { reason }, station.slot.reader());
                self.rest(self.pause, &wanted);
                continue;
            }
            self.run(&wanted, station, tell);
        }
    }

    /// Works on one run until it ends, pauses, or has to wait for something.
    fn run<S: Slot>(
        &self,
        wanted: &Wanted,
        station: &mut Station<'_, S>,
        tell: &mut dyn FnMut(News<'_>),
    ) {
        let mut trouble = 0;
        while self.still(wanted) {
            if self.board.waiting() == 0 && station.journal.unfinished().is_empty() {
                self.board.idle(Phase::NoWork, station.slot.reader());
                self.board.wait(self.period);
                continue;
            }
            let made = self.board.made();
            let go_on = || self.still(wanted);
            let left = self.board.left(wanted);
            let ended = station.run(left, &go_on, &mut |event| {
                self.board.hear(event);
                tell(News::Event(event));
            });
            let reader = station.slot.reader();
            match ended.map(|summary| summary.stopped) {
                Ok(Stopped::Limit | Stopped::Told) => return,
                Ok(Stopped::NoBlanks) => {
                    self.board.idle(Phase::NoBlanks, reader);
                    self.rest(self.period, wanted);
                }
                Ok(Stopped::NoWork) => {
                    self.board.idle(Phase::NoWork, reader);
                    self.rest(self.pause, wanted);
                }
                Err(error) => {
                    if self.board.made() > made {
                        trouble = 0;
                    }
                    trouble += 1;
                    let reason = of(&error);
                    let passes = matches!(error, RunError::Card(_) | RunError::Reader(_));
                    if passes && trouble < TRIES {
                        tell(News::Again(&error));
                        continue;
                    }
                    trouble = 0;
                    tell(News::Attention(reason, &error));
                    self.board.idle(Phase::Attention { reason }, reader);
                    self.hold(reason, wanted, station);
                }
            }
        }
    }

    /// Waits until a person has looked, or what was wrong may have mended itself.
    fn hold<S: Slot>(&self, reason: Trouble, wanted: &Wanted, station: &mut Station<'_, S>) {
        let began = Instant::now();
        let mends = match reason {
            Trouble::NoReader
            | Trouble::Reader
            | Trouble::Feeder
            | Trouble::Server
            | Trouble::Busy => true,
            Trouble::Card
            | Trouble::CardStays
            | Trouble::Faces
            | Trouble::Disk
            | Trouble::Order => false,
        };
        let of_card = matches!(reason, Trouble::Card | Trouble::CardStays);
        while self.still(wanted) {
            self.board.wait(self.period);
            let mended = mends && began.elapsed() >= self.pause;
            let gone = of_card && matches!(station.slot.wait_for_removal(), Ok(true));
            if mended || gone {
                return;
            }
        }
    }

    /// Waits so long, or until the order is another one.
    fn rest(&self, time: Duration, wanted: &Wanted) {
        let began = Instant::now();
        while began.elapsed() < time && self.still(wanted) {
            self.board.wait(self.period.min(time));
        }
    }

    /// Whether this very order holds: not paused, not replaced, not "try again".
    fn still(&self, wanted: &Wanted) -> bool {
        let same = |now: Wanted| now.id == wanted.id && now.again == wanted.again;
        (self.go_on)() && !self.board.is_closed() && self.board.wanted().is_some_and(same)
    }
}

/// What a person has to look at.
fn of<E: std::error::Error>(error: &RunError<E>) -> Trouble {
    match error {
        RunError::Office(_) => Trouble::Server,
        RunError::Feeder(_) => Trouble::Feeder,
        RunError::Card(_) | RunError::NoCard => Trouble::Card,
        RunError::Reader(_) => Trouble::Reader,
        RunError::NoReader => Trouble::NoReader,
        RunError::CardStays => Trouble::CardStays,
        RunError::Journal(_) => Trouble::Disk,
        RunError::Faces(_) => Trouble::Faces,
        RunError::Order(_) => Trouble::Order,
    }
}

/// What the working half writes and the beating half sends, and the other way round.
struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    beat: Beat,
    orders: Option<Orders>,
    /// Something changed since the last beat.
    fresh: bool,
    /// Something was heard since the working half looked.
    heard: bool,
    closed: bool,
    last_ready: Option<Instant>,
    times: VecDeque<Duration>,
}

impl Board {
    fn new(feeder: bool, reader: Option<String>) -> Self {
        let beat = Beat {
            version: VERSION,
            phase: Phase::Standby,
            reader,
            feeder,
            chip: None,
            serial: None,
            run: None,
            cards: Vec::new(),
            failures: Vec::new(),
        };
        let state = State {
            beat,
            orders: None,
            fresh: false,
            heard: false,
            closed: false,
            last_ready: None,
            times: VecDeque::new(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// A thread that panicked leaves whole values behind: each change is one assignment of them.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        let before = state.beat.clone();
        change(&mut state);
        if state.beat != before {
            state.fresh = true;
            self.changed.notify_all();
        }
    }

    /// The beating half: beats at each change and once a period, until the board is closed.
    fn beat(&self, line: &mut dyn Line, period: Duration) {
        loop {
            let beat = {
                let mut state = self.lock();
                if state.closed {
                    return;
                }
                state.fresh = false;
                state.beat.clone()
            };
            let answer = line.beat(&beat);
            let mut state = self.lock();
            match answer {
                Ok(orders) if orders.version == VERSION => {
                    if state.orders != Some(orders) {
                        state.orders = Some(orders);
                        state.heard = true;
                        self.changed.notify_all();
                    }
                }
                Ok(orders) => {
                    tracing::warn!(version = orders.version, "orders of another version");
                }
                Err(OfficeError::Unauthorised) => {
                    tracing::warn!("the server does not know this station's token");
                    state.orders = None;
                    state.heard = true;
                    self.changed.notify_all();
                }
                Err(error) => tracing::debug!(%error, "beat not heard"),
            }
            let _woken = self
                .changed
                .wait_timeout_while(state, period, |state| !state.fresh && !state.closed)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until something was heard, at most so long.
    fn wait(&self, time: Duration) {
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), time, |state| !state.heard && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.heard = false;
    }

    /// Whether one of the halves has ended, and so the other one must.
    fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn wanted(&self) -> Option<Wanted> {
        self.lock().orders.and_then(|orders| orders.run)
    }

    fn waiting(&self) -> u64 {
        self.lock().orders.map_or(0, |orders| orders.waiting)
    }

    fn made(&self) -> u32 {
        self.lock().beat.run.map_or(0, |run| run.made)
    }

    /// How many cards of a run may still be made; none where it has no limit.
    fn left(&self, wanted: &Wanted) -> Option<u32> {
        let run = self.lock().beat.run.filter(|run| run.id == wanted.id);
        let made = run.map_or(wanted.made, |run| run.made);
        wanted.limit.map(|limit| limit.saturating_sub(made))
    }

    /// Begins to count for a run, where the server has stopped counting.
    fn follow(&self, wanted: &Wanted) {
        self.change(|state| {
            if state.beat.run.is_some_and(|run| run.id == wanted.id) {
                return;
            }
            let Wanted { id, made, failed, .. } = *wanted;
            state.beat.run = Some(Progress { id, made, failed, card_ms: None });
            state.beat.cards.clear();
            state.beat.failures.clear();
            state.times.clear();
        });
    }

    /// It waits for something; the time until the next card says nothing about how long one takes.
    fn idle(&self, phase: Phase, reader: Option<String>) {
        self.change(|state| {
            state.last_ready = None;
            state.beat.phase = phase;
            state.beat.reader = reader;
            if !matches!(phase, Phase::Attention { .. }) {
                state.beat.chip = None;
                state.beat.serial = None;
            }
        });
    }

    fn hear(&self, event: &Event) {
        self.change(|state| match event {
            Event::Phase(phase) => {
                // A card that is tried again stays known.
                let another = matches!(state.beat.phase, Phase::TakesAway { .. });
                if *phase == Phase::WaitsForCard || (*phase == Phase::Asks && another) {
                    state.beat.chip = None;
                    state.beat.serial = None;
                }
                if (*phase == Phase::Attention { reason: Trouble::NoReader }) {
                    state.beat.reader = None;
                }
                state.beat.phase = *phase;
            }
            Event::Reader(reader) => state.beat.reader.clone_from(reader),
            Event::Chip(chip) => state.beat.chip = Some(*chip),
            Event::Begun { serial, .. } => state.beat.serial = Some(*serial),
            Event::Ready(ready) => state.ready(ready.serial),
            Event::WasReady { serial, .. } => state.ready(*serial),
            Event::Spoiled { uid, serial, reason } => {
                state.fail(Some(*uid), Some(*serial), What::Spoiled(*reason));
            }
            Event::Returned { serial, reason } => {
                let uid = state.beat.chip.map(|chip| chip.uid);
                state.fail(uid, Some(*serial), What::Returned(*reason));
            }
            Event::ChipRefused { uid, reason } => {
                state.fail(Some(*uid), None, What::Refused(*reason));
            }
            Event::ChipUnnamed => state.fail(None, None, What::Unnamed),
            Event::Resumed { .. } | Event::Planned { .. } => {}
        });
    }
}

impl State {
    fn ready(&mut self, serial: wire::CardSerial) {
        let now = Instant::now();
        if let Some(before) = self.last_ready.replace(now) {
            self.times.push_front(now.duration_since(before));
            self.times.truncate(AVERAGED);
        }
        if let Some(run) = &mut self.beat.run {
            run.made += 1;
            let count = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
            let average = self.times.iter().sum::<Duration>().checked_div(count);
            run.card_ms = average.and_then(|time| u32::try_from(time.as_millis()).ok());
        }
        self.beat.cards.insert(0, serial);
        self.beat.cards.truncate(Beat::CARDS);
    }

    fn fail(&mut self, uid: Option<wire::ChipUid>, serial: Option<wire::CardSerial>, what: What) {
        let Some(run) = &mut self.beat.run else { return };
        run.failed += 1;
        let failure = Failure { number: run.failed, uid, serial, what };
        self.beat.failures.insert(0, failure);
        self.beat.failures.truncate(Beat::FAILURES);
    }
}

/// Ends the other half when one ends, also by a panic.
struct Closing<'a>(&'a Board);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

/// How often one card is tried before a person has to look.
const TRIES: u32 = 3;

/// Over so many cards the time for one is averaged.
const AVERAGED: usize = 10;
