//! Server and station are killed at twenty random moments of a run, started again, and run to the
//! end: no card is lost, none is made twice, no half-written card is called ready.

mod common;

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

use common::{Home, Running};

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
