//! Server and station are killed at twenty random moments of a run, started again, and run to the
//! end: no card is lost, none is made twice, no half-written card is called ready.

mod common;

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _};
use std::os::fd::OwnedFd;
use std::time::Duration;

use common::{Home, Running};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

const PEOPLE: usize = 24;
const KILLS: u64 = 20;

#[test]
fn killed_at_random_moments_no_card_is_lost_doubled_or_half_written() {
    let home = Home::new();
    let people = PEOPLE.to_string();
    let demo = home.start(&["demo", "--people", &people], "Ctrl-C");
    assert_eq!(demo.interrupt(), 0);
    home.done(&["request", "--as", "hr"]);
    home.done(&["approve", "--all", "--as", "approver"]);

    let tray = home.start(&["vcard", "tray"], "pcscd");
    let mut server = serve(&home);
    let mut station = Some(run_station(&home));
    let chance = Chance::new();
    for kill in 0..KILLS {
        let moment = Duration::from_millis(chance.below(kill, 1800));
        let running = station.as_mut().unwrap();
        running.let_run(moment);
        if chance.below(kill + KILLS, 3) == 0 {
            server.kill();
            server = serve(&home);
        } else {
            station.take().unwrap().kill();
            station = Some(run_station(&home));
        }
    }
    station.take().unwrap().end();
    // Whatever the last kill left: to the end.
    let ended = home.run(&["station", "run", "--as", "operator"]);
    assert_eq!(ended.code, 0, "{ended:#?}");

    let cards = home.done(&["card", "list", "--format", "json"]).json();
    let of = |key: &str| cards.iter().map(|card| card[key].to_string()).collect::<BTreeSet<_>>();
    assert!(cards.iter().all(|card| card["state"] == "ready"), "{cards:#?}");
    assert_eq!(cards.len(), PEOPLE, "a card was lost or made twice");
    for unique in ["serial", "uid", "person"] {
        assert_eq!(of(unique).len(), PEOPLE, "{unique}");
    }
    server.kill();
    assert_eq!(tray.interrupt(), 0);

    // Hands over, and reads every chip and every QR again by other ways than the station did.
    let checked = home.done(&["demo", "--once", "--people", &people]).json().remove(0);
    for count in ["people", "cards_active", "read_back_ok", "qr_decoded"] {
        assert_eq!(checked[count], PEOPLE, "{checked}");
    }
}

/// The demonstration is ended by a signal that it cannot answer, or does not wait for, while its
/// station works: station, tray and private `pcscd` end too.
#[test]
fn demonstration_that_is_killed_leaves_nothing_running() {
    for signal in [Signal::TERM, Signal::KILL] {
        let home = Home::new();
        let demo = home.start(&["demo", "--once", "--people", "6"], "Chip EV3");
        let others = descendants(demo.child.id());
        let named = |word: &str| others.iter().any(|(name, _)| name.contains(word));
        assert!(named("station") && named("vcard") && named("/usr/sbin/pcscd"), "{others:?}");
        kill_process(Pid::from_child(&demo.child), signal).unwrap();
        for (name, process) in &others {
            let patience = Timespec { tv_sec: 30, tv_nsec: 0 };
            let ended = poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&patience));
            assert_eq!(ended, Ok(1), "{name} still runs after {signal:?}");
        }
    }
}

/// Everything that a process has started, directly or not: command line, and a handle that hears
/// of its end.
#[expect(clippy::unwrap_used, reason = "a test may panic")]
fn descendants(of: u32) -> Vec<(String, OwnedFd)> {
    let mut family = BTreeSet::from([of]);
    let mut found = Vec::new();
    loop {
        let before = family.len();
        for entry in std::fs::read_dir("/proc").unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap_or_default();
            let Ok(id) = name.parse::<u32>() else { continue };
            let Ok(stat) = std::fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
            let parent = stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap();
            if family.contains(&parent.parse().unwrap()) && family.insert(id) {
                let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
                let line = String::from_utf8_lossy(&line).replace('\0', " ");
                let pid = Pid::from_raw(id.cast_signed()).unwrap();
                if let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) {
                    found.push((line, process));
                }
            }
        }
        if family.len() == before {
            return found;
        }
    }
}

fn serve(home: &Home) -> Running {
    home.start(&["serve", "--listen", "127.0.0.1:0"], "127.0.0.1")
}

fn run_station(home: &Home) -> Running {
    home.start(&["station", "run", "--as", "operator"], "")
}

/// Other moments in every run; a failure prints the seed.
struct Chance(std::hash::RandomState);

impl Chance {
    fn new() -> Self {
        Self(std::hash::RandomState::new())
    }

    fn below(&self, number: u64, limit: u64) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write_u64(number);
        hasher.finish() % limit
    }
}
