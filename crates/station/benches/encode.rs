//! Writing a chip and reading it back, per card, through `pcscd`; photo and insertion apart.
//!
//! The baseline sends the same recorded commands to cards in the same state, answer for answer,
//! with the same forced journal writes at the same places, and does nothing else. Cards draw their
//! random numbers from a seed here, so the second tray answers exactly as the first did.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints and may panic")]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use credential::{CardKeys, Content, Map, Step, VersionedKey, personalise};
use desfire::{AesKey, Link, Uid};
use reader::stack::{Stack, run_inner};
use reader::tray::{Entropy, TrayClient, TrayConfig};
use reader::{Disposition, Feeder as _, PcscLink};
use serde::{Deserialize, Serialize};
use station::{ChipJournal, Journal, PcscSlot, Seen, Slot as _};
use wire::{CardSerial, ChipUid};

/// Cards measured, after as many as [`WARM`] that are not.
const CARDS: usize = 60;
const WARM: usize = 5;
const RECORD_BYTES: usize = 358;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [_, "inner", folder] => run_inner(config(Path::new(folder))).unwrap(),
        [_, "record", folder, transcript] => record(Path::new(folder), Path::new(transcript)),
        [_, "replay", folder, transcript] => replay(Path::new(folder), Path::new(transcript)),
        _ => compare(),
    }
}

fn compare() {
    let folder = tempfile::tempdir().unwrap();
    let transcript = folder.path().join("transcript");
    let ours = pass("record", &folder.path().join("ours"), &transcript);
    let baseline = pass("replay", &folder.path().join("baseline"), &transcript);
    let ratio = ours.median_ms / baseline.median_ms;
    println!("encode + read back: {:.2} ms a card (median of {CARDS})", ours.median_ms);
    println!(
        "replay of the same {} APDUs and {} syncs: {:.2} ms",
        ours.apdus, ours.syncs, baseline.median_ms
    );
    println!("ratio {ratio:.2} (goal: at most 1.30)");
    println!(
        "{}",
        serde_json::json!({
            "bench": "encode", "ms_per_card": ours.median_ms, "baseline_ms": baseline.median_ms,
            "apdus": ours.apdus, "syncs": ours.syncs, "ratio": ratio,
        })
    );
}

#[derive(Deserialize, Serialize)]
struct Figure {
    median_ms: f64,
    apdus: usize,
    syncs: usize,
}

/// Runs one half in a process of its own, behind a stack of its own.
fn pass(role: &str, folder: &Path, transcript: &Path) -> Figure {
    fs::create_dir_all(folder).unwrap();
    let program = std::env::current_exe().unwrap();
    let inner = ["inner".into(), folder.as_os_str().to_owned()];
    let stack = Stack::start(&program, &inner, Duration::from_secs(30)).unwrap();
    let output = Command::new(program)
        .arg(role)
        .args([folder, transcript])
        .env("PCSCLITE_CSOCK_NAME", stack.socket())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    stack.stop();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn config(folder: &Path) -> TrayConfig {
    let dice = Mutex::new(0x0838_2023_1025_u64);
    let entropy = Entropy::new(move |bytes| {
        let mut dice = dice.lock().unwrap();
        fill(&mut dice, bytes);
    });
    let (cards, control) = (folder.join("cards"), folder.join("control"));
    TrayConfig { cards, control, vpcd: TrayConfig::VPCD, entropy }
}

/// xorshift64*: repeatable, and good for nothing else.
fn fill(state: &mut u64, bytes: &mut [u8]) {
    for byte in bytes {
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        *byte = state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes()[0];
    }
}

/// One thing that the station did while it worked on a card.
#[derive(Deserialize, Serialize)]
enum Did {
    Sent { command: Vec<u8>, answer: Vec<u8> },
    Synced { bytes: u64 },
}

/// Runs `work` on each card with a connected link; returns how long each took.
fn each_card(
    folder: &Path,
    mut work: impl FnMut(usize, ChipUid, &mut PcscLink) -> Duration,
) -> Vec<Duration> {
    let mut tray = TrayClient::connect(&folder.join("control")).unwrap();
    let blanks = u32::try_from(CARDS + WARM).unwrap();
    tray.add(blanks, picc::Model::Ev3, picc::Size::K8, 838).unwrap();
    let mut slot = PcscSlot::new(None, Duration::from_secs(30)).unwrap();
    let mut taken = Vec::new();
    for number in 0..CARDS + WARM {
        let uid = tray.next().unwrap().unwrap();
        let Seen::Card(mut link) = slot.connect().unwrap() else { panic!("no card came") };
        taken.push(work(number, ChipUid(uid.0), &mut link));
        drop(link);
        tray.eject(Disposition::Done).unwrap();
        assert!(slot.wait_for_removal().unwrap(), "the card stays");
    }
    taken.split_off(WARM)
}

fn record(folder: &Path, transcript: &Path) {
    let mut journal = Journal::open(&folder.join("journal")).unwrap();
    let map = Map::default();
    let mut dice = 7;
    let mut all: Vec<Vec<Did>> = Vec::new();
    let taken = each_card(folder, |number, uid, link| {
        let content = content(&map, uid);
        let serial = CardSerial::from_random(u64::try_from(number).unwrap());
        let card = format!("00000000-0000-0000-0000-{number:012}").parse().unwrap();
        let did = Mutex::new(Vec::new());
        let mut link = Recording { link, did: &did };
        let random: &mut dyn FnMut(&mut [u8]) = &mut |bytes| fill(&mut dice, bytes);
        let began = Instant::now();
        let path = folder.join("journal");
        let size = size_of(&path);
        journal.begin(uid, card, serial).unwrap();
        did.lock().unwrap().push(Did::Synced { bytes: size_of(&path) - size });
        let mut chip_journal = Syncing {
            inner: ChipJournal { journal: &mut journal, uid },
            path: path.clone(),
            did: &did,
        };
        personalise(&mut link, &map, &content, &mut chip_journal, random).unwrap();
        let took = began.elapsed();
        all.push(did.into_inner().unwrap());
        took
    });
    fs::write(transcript, serde_json::to_vec(&all).unwrap()).unwrap();
    say(taken, &all);
}

fn replay(folder: &Path, transcript: &Path) {
    let all: Vec<Vec<Did>> = serde_json::from_slice(&fs::read(transcript).unwrap()).unwrap();
    let path = folder.join("journal");
    let mut journal = OpenOptions::new().create(true).append(true).open(path).unwrap();
    let taken = each_card(folder, |number, _, link| {
        let began = Instant::now();
        for did in all.get(number).unwrap() {
            match did {
                Did::Sent { command, answer } => {
                    assert_eq!(&link.transmit(command).unwrap(), answer, "another card answers");
                }
                Did::Synced { bytes } => sync(&mut journal, *bytes),
            }
        }
        began.elapsed()
    });
    say(taken, &all);
}

fn sync(journal: &mut File, bytes: u64) {
    let line = vec![b' '; usize::try_from(bytes).unwrap()];
    journal.write_all(&line).unwrap();
    journal.sync_data().unwrap();
}

fn say(mut taken: Vec<Duration>, all: &[Vec<Did>]) {
    taken.sort_unstable();
    let median_ms = taken.get(CARDS / 2).unwrap().as_secs_f64() * 1000.0;
    let last = all.last().unwrap();
    let syncs = last.iter().filter(|did| matches!(did, Did::Synced { .. })).count();
    let figure = Figure { median_ms, apdus: last.len() - syncs, syncs };
    println!("{}", serde_json::to_string(&figure).unwrap());
}

fn content(map: &Map, uid: ChipUid) -> Content {
    let key = |number: u8| {
        let mut bytes = [number; 16];
        bytes[..7].copy_from_slice(&uid.0);
        VersionedKey { key: AesKey::new(bytes), version: 1 }
    };
    Content {
        uid: Uid(uid.0),
        keys: CardKeys { picc: key(0x80), app: (0..5).map(key).take(map.roles.len()).collect() },
        record: vec![0xA5; RECORD_BYTES],
        photo: None,
    }
}

fn size_of(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

struct Recording<'a> {
    link: &'a mut PcscLink,
    did: &'a Mutex<Vec<Did>>,
}

impl Link for Recording<'_> {
    type Error = reader::PcscError;

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Self::Error> {
        let answer = self.link.transmit(command)?;
        let did = Did::Sent { command: command.to_vec(), answer: answer.clone() };
        self.did.lock().unwrap().push(did);
        Ok(answer)
    }
}

struct Syncing<'a> {
    inner: ChipJournal<'a>,
    path: PathBuf,
    did: &'a Mutex<Vec<Did>>,
}

impl credential::Journal for Syncing<'_> {
    type Error = station::JournalError;

    fn before(&mut self, step: &Step) -> Result<(), Self::Error> {
        let size = size_of(&self.path);
        self.inner.before(step)?;
        let bytes = size_of(&self.path) - size;
        self.did.lock().unwrap().push(Did::Synced { bytes });
        Ok(())
    }

    fn done(&mut self, made: &credential::Made) -> Result<(), Self::Error> {
        self.inner.done(made)
    }
}
