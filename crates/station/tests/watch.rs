//! A station on watch: what it says, and what it does when it is told to.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reader::Disposition::{Back, Done, Reject};
use reader::Feeder as _;
use station::{Line, News, OfficeError, Watch};
use wire::beat::{Beat, Failure, Orders, Phase, Trouble, Wanted, What};
use wire::station::{Spoilage, VERSION};
use wire::{CardSerial, RunId};

use common::{Bench, Lost, blank, chip, of_somebody_else, uid};

#[test]
fn without_an_order_nothing_is_touched() {
    let mut bench = Bench::new([blank(1)], [0]);
    let seen = keep(&mut bench, |_, seen| Some(if seen > 3 { End } else { Say(idle()) }));
    assert!(seen.beats.iter().all(|beat| beat.phase == Phase::Standby && beat.run.is_none()));
    assert_eq!((bench.office.cards, bench.tray.on(Back)), (0, vec![uid(1)]));
    assert!(seen.news.is_empty(), "{:?}", seen.news);
}

#[test]
fn an_order_is_carried_out_to_its_limit_and_no_further() {
    let mut bench = Bench::new([blank(1), blank(2), blank(3)], [0, 1, 2]);
    let seen = keep(&mut bench, |beat, _| {
        let made = beat.run.is_some_and(|run| run.made == 2);
        let ended = made && beat.phase == Phase::Standby;
        Some(if ended { End } else { Say(order(&Wanted { limit: Some(2), ..run() })) })
    });
    assert_eq!((bench.office.cards, bench.tray.on(Done)), (2, vec![uid(1), uid(2)]));
    let last = seen.last();
    let latest_first = [2, 1].map(CardSerial::from_random);
    assert_eq!((&*last.cards, last.failures.len()), (&latest_first[..], 0));
    assert!(last.run.unwrap().card_ms.is_some());
    assert_eq!(seen.news, ["Started", "Paused"]);
}

#[test]
fn a_pause_finishes_the_card_in_hand() {
    let mut bench = Bench::new((1..=6).map(blank), 0..6);
    let mut paused = false;
    let seen = keep(&mut bench, move |beat, _| {
        paused |= beat.serial.is_some();
        let rests = paused && beat.phase == Phase::Standby;
        Some(if rests { End } else { Say(if paused { idle() } else { order(&run()) }) })
    });
    let made = seen.last().run.unwrap().made;
    assert!((1..6).contains(&made), "{made}");
    assert_eq!(bench.tray.on(Done).len(), usize::try_from(made).unwrap());
    assert_eq!(usize::from(bench.office.cards), bench.office.reports.len());
    assert!(bench.journal().unfinished().is_empty());
}

#[test]
fn a_restarted_station_goes_on_counting_where_the_server_stopped() {
    let mut bench = Bench::new([blank(1), blank(2)], [0, 1]);
    let wanted = Wanted { limit: Some(6), made: 5, failed: 2, ..run() };
    let seen = keep(&mut bench, move |beat, _| {
        let made = beat.run.is_some_and(|run| run.made == 6);
        Some(if made && beat.phase == Phase::Standby { End } else { Say(order(&wanted)) })
    });
    assert_eq!((seen.last().run.unwrap().failed, bench.office.cards), (2, 1));
}

#[test]
fn a_server_that_is_away_stops_no_card() {
    let mut bench = Bench::new([blank(1), blank(2)], [0, 1]);
    let mut heard = false;
    keep(&mut bench, move |beat, _| {
        if beat.run.is_some_and(|run| run.made == 2) && beat.phase == Phase::NoBlanks {
            return Some(End);
        }
        // One answer, then silence.
        let first = !std::mem::replace(&mut heard, true);
        first.then(|| Say(order(&run())))
    });
    assert_eq!(bench.tray.on(Done), [uid(1), uid(2)]);
}

#[test]
fn a_station_that_the_server_does_not_know_stops_after_the_card_in_hand() {
    let mut bench = Bench::new((1..=6).map(blank), 0..6);
    let mut known = true;
    let seen = keep(&mut bench, move |beat, _| {
        known &= beat.serial.is_none();
        let rests = !known && beat.phase == Phase::Standby;
        Some(if rests {
            End
        } else if known {
            Say(order(&run()))
        } else {
            Unknown
        })
    });
    assert!(seen.last().run.unwrap().made < 6);
    assert!(bench.journal().unfinished().is_empty());
}

#[test]
fn orders_of_another_version_are_not_followed() {
    let mut bench = Bench::new([blank(1)], [0]);
    keep(&mut bench, |_, seen| {
        Some(if seen > 3 { End } else { Say(Orders { version: VERSION + 1, ..order(&run()) }) })
    });
    assert_eq!(bench.office.cards, 0);
}

#[test]
fn a_run_waits_for_blanks_and_goes_on_when_they_come() {
    let mut bench = Bench::new([blank(1)], [0]);
    bench.tray.next().unwrap();
    bench.tray.eject(Reject).unwrap();
    let tray = bench.tray.clone();
    let mend = move || {
        if let Some(card) = tray.0.borrow_mut().stacked.front_mut() {
            card.0 = Back;
        }
    };
    let seen = keep_mending(&mut bench, Duration::ZERO, mend, |beat, _| {
        let made = beat.run.is_some_and(|run| run.made == 1);
        Some(match beat.phase {
            Phase::NoBlanks if !made => Mend(order(&run())),
            _ if made => End,
            _ => Say(order(&run())),
        })
    });
    assert!(seen.phases().contains(&Phase::NoBlanks));
}

#[test]
fn a_reader_that_is_unplugged_is_waited_for_and_told() {
    let mut bench = Bench::new([blank(1)], [0]);
    bench.tray.0.borrow_mut().unplugged = u32::MAX;
    let tray = bench.tray.clone();
    let mend = move || tray.0.borrow_mut().unplugged = 0;
    let gone = Phase::Attention { reason: Trouble::NoReader };
    let seen = keep_mending(&mut bench, Duration::MAX, mend, move |beat, _| {
        let made = beat.run.is_some_and(|run| run.made == 1);
        Some(if made {
            End
        } else if beat.phase == gone {
            assert_eq!(beat.reader, None);
            Mend(order(&run()))
        } else {
            Say(order(&run()))
        })
    });
    assert!(seen.phases().contains(&gone));
    assert_eq!(seen.last().reader.as_deref(), Some("Tray 0"));
}

#[test]
fn a_card_that_does_not_answer_stops_the_run_until_somebody_has_looked() {
    let mut bench = Bench::new([blank(1)], [0]);
    bench.tray.cut(40, Lost::Command);
    let tray = bench.tray.clone();
    let mend = move || tray.0.borrow_mut().cut = None;
    let stuck = Phase::Attention { reason: Trouble::Card };
    let mut again = 0;
    let seen = keep_mending(&mut bench, Duration::ZERO, mend, move |beat, _| {
        if beat.run.is_some_and(|run| run.made == 1) {
            return Some(End);
        }
        if beat.phase == stuck && again == 0 {
            assert_eq!(beat.chip.map(|chip| chip.uid), Some(chip(1)));
            again = 1;
            return Some(Mend(order(&Wanted { again, ..run() })));
        }
        Some(Say(order(&Wanted { again, ..run() })))
    });
    assert_eq!(seen.news[..4], ["Started", "Again", "Again", "Attention(Card)"]);
    assert_eq!((bench.tray.on(Done), bench.office.cards), (vec![uid(1)], 1));
}

#[test]
fn a_report_whose_answer_was_lost_counts_its_card_once() {
    let mut bench = Bench::new([blank(1)], [0]);
    bench.office.lose_next_report = Some(Lost::Answer);
    let seen = keep(&mut bench, |beat, _| {
        let ended = beat.run.is_some_and(|run| run.made > 0) && beat.phase == Phase::NoBlanks;
        Some(if ended { End } else { Say(order(&run())) })
    });
    let last = seen.last();
    assert_eq!((last.run.unwrap().made, last.run.unwrap().failed, last.cards.len()), (1, 0, 1));
    assert!(seen.news.contains(&"Attention(Server)".to_owned()), "{:?}", seen.news);
}

#[test]
fn what_went_wrong_is_told_with_its_chip_and_its_serial() {
    let mut bench = Bench::new([of_somebody_else(blank(1)), blank(2)], [0]);
    let seen = keep(&mut bench, |beat, _| {
        let ended = beat.run.is_some_and(|run| run.made == 1) && beat.phase == Phase::NoBlanks;
        Some(if ended { End } else { Say(order(&run())) })
    });
    let what = What::Spoiled(Spoilage::KeysUnknown);
    let serial = Some(CardSerial::from_random(1));
    let failure = Failure { number: 1, uid: Some(chip(1)), serial, what };
    assert_eq!((seen.last().failures, bench.tray.on(Reject)), (vec![failure], vec![uid(1)]));
}

/// What the server does with a beat; no answer at all when there is none of these.
enum Answer {
    Say(Orders),
    /// The same, and whoever stands at the station mends what is wrong there.
    Mend(Orders),
    Unknown,
    End,
}

use Answer::{End, Mend, Say, Unknown};

#[derive(Default)]
struct Seen {
    beats: Vec<Beat>,
    news: Vec<String>,
}

impl Seen {
    fn last(&self) -> Beat {
        self.beats.last().unwrap().clone()
    }

    fn phases(&self) -> Vec<Phase> {
        self.beats.iter().map(|beat| beat.phase).collect()
    }
}

fn keep(
    bench: &mut Bench,
    answer: impl FnMut(&Beat, usize) -> Option<Answer> + Send + 'static,
) -> Seen {
    keep_mending(bench, Duration::ZERO, || {}, answer)
}

/// Keeps watch until the server's part says that it is enough. `answer` gets each beat and how many
/// there were before it.
fn keep_mending(
    bench: &mut Bench,
    patience: Duration,
    mend: impl Fn(),
    answer: impl FnMut(&Beat, usize) -> Option<Answer> + Send + 'static,
) -> Seen {
    let shared = Arc::new(Shared::default());
    let line = Box::new(Scripted { answer, shared: Arc::clone(&shared) });
    let mut news = Vec::new();
    let go_on = || {
        if shared.mend.swap(false, SeqCst) {
            mend();
        }
        !shared.over.load(SeqCst)
    };
    // Another program has the station the first time that it is asked for.
    let asked = std::cell::Cell::new(false);
    let take = || asked.replace(true).then(|| Box::new(()) as station::Taken);
    bench.start(|station| {
        station.patience = patience;
        let (period, pause) = (Duration::from_millis(1), Duration::from_millis(2));
        let watch = Watch { line, period, pause, feeder: true, take: &take, go_on: &go_on };
        watch.keep(station, &mut |told| match told {
            News::Event(_) => {}
            News::Started(_) => news.push("Started".to_owned()),
            News::Paused => news.push("Paused".to_owned()),
            News::Again(_) => news.push("Again".to_owned()),
            News::Attention(reason, _) => news.push(format!("Attention({reason:?})")),
        });
    });
    let beats = std::mem::take(&mut *shared.beats.lock().unwrap());
    Seen { beats, news }
}

#[derive(Default)]
struct Shared {
    beats: Mutex<Vec<Beat>>,
    mend: AtomicBool,
    over: AtomicBool,
}

struct Scripted<F> {
    answer: F,
    shared: Arc<Shared>,
}

impl<F: FnMut(&Beat, usize) -> Option<Answer> + Send> Line for Scripted<F> {
    fn beat(&mut self, beat: &Beat) -> Result<Orders, OfficeError> {
        let mut beats = self.shared.beats.lock().unwrap();
        let before = beats.len();
        beats.push(beat.clone());
        if self.shared.over.load(SeqCst) {
            beats.pop();
            return Ok(idle());
        }
        match (self.answer)(beat, before) {
            None => Err(OfficeError::Unavailable("no route to the office".into())),
            Some(Say(orders)) => Ok(orders),
            Some(Mend(orders)) => {
                self.shared.mend.store(true, SeqCst);
                Ok(orders)
            }
            Some(Unknown) => Err(OfficeError::Unauthorised),
            Some(End) => {
                self.shared.over.store(true, SeqCst);
                Ok(idle())
            }
        }
    }
}

fn run() -> Wanted {
    let id: RunId = "00000000-0000-0000-0000-000000000007".parse().unwrap();
    Wanted { id, limit: None, made: 0, failed: 0, again: 0 }
}

fn order(wanted: &Wanted) -> Orders {
    Orders { version: VERSION, waiting: 9, run: Some(*wanted) }
}

fn idle() -> Orders {
    Orders { version: VERSION, waiting: 9, run: None }
}
