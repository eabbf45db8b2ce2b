//! Conversations recorded from a real card, replayed through the driver byte by byte in their own
//! framing: every command must be the recorded one, every answer must be accepted.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails here has found something"
)]

use std::fmt;

use desfire::apdu::{Framing, Limits};
use desfire::{
    Access, AccessRights, AesKey, Aid, AppSettings, Authenticated, Card, Command, DesKey, File,
    FileKind, FileNo, FileSettings, KeyNo, KeySettings, KeyType, Link, Mode, NewApplication,
    NewKey, Uid, ev1,
};
use serde_json::Value;

/// A link that insists on the recorded commands and gives the recorded answers.
struct Replay {
    steps: std::vec::IntoIter<Value>,
}

#[derive(Debug)]
struct Never;

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("never")
    }
}

impl std::error::Error for Never {}

impl Link for Replay {
    type Error = Never;

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Never> {
        let step = self.steps.next().expect("more commands than recorded");
        assert_eq!(hex::encode(command), step["tx"].as_str().unwrap(), "{step}");
        Ok(hex::decode(step["rx"].as_str().unwrap()).unwrap())
    }
}

/// A recording, and the random numbers of the terminal in it.
fn replay(trace: &str) -> (Card<Replay>, Vec<Value>) {
    let steps = steps(trace);
    let challenges = steps.iter().filter_map(|step| step.get("auth2")).cloned().collect::<Vec<_>>();
    // The recordings begin at the PICC level, right after activation.
    let steps = [serde_json::json!({ "tx": "5a000000", "rx": "00" })].into_iter().chain(steps);
    let link = Replay { steps: steps.collect::<Vec<_>>().into_iter() };
    let mut card = Card::new(link).with_framing(Framing::Native);
    card.select(Aid::PICC).unwrap();
    (card, challenges)
}

fn steps(trace: &str) -> Vec<Value> {
    let steps = traces()[trace]["steps"].as_array().unwrap().clone();
    assert!(!steps.is_empty());
    steps
}

fn traces() -> Value {
    serde_json::from_str(include_str!("vectors/real_card_traces.json")).unwrap()
}

fn rnd_a<const N: usize>(auth: &Value) -> [u8; N] {
    hex::decode(auth["rnd_a"].as_str().unwrap()).unwrap().try_into().unwrap()
}

fn finished(card: Card<Replay>) {
    assert_eq!(card.into_link().steps.next(), None, "fewer commands than recorded");
}

fn aid() -> Aid {
    Aid::new(0x03_0201).unwrap()
}

fn aes(byte: u8) -> NewKey {
    NewKey::Aes { key: AesKey::new([byte; 16]), version: 0 }
}

/// An application with one key, as most recordings begin.
fn with_application(card: Card<Replay>, key_type: KeyType, auth: &Value) -> Card<Replay> {
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(auth)).unwrap();
    let settings = AppSettings { key_type, ..AppSettings::aes(KeySettings(0x09), 1) };
    let card = card.create_application(&NewApplication::new(aid(), settings)).unwrap();
    card.select(aid()).unwrap()
}

/// Every recording has a test here.
#[test]
fn no_recording_is_left_out() {
    let all = traces();
    let mut names: Vec<&String> = all.as_object().unwrap().keys().collect();
    names.sort();
    let known = [
        "application",
        "file_io",
        "key_change_app_aes_aes",
        "key_change_app_des_des",
        "key_change_picc_round_the_world",
        "metadata",
    ];
    assert_eq!(names, known);
    let exchanges: usize = known.iter().map(|name| steps(name).len()).sum();
    assert_eq!(exchanges, 113);
}

#[test]
fn picc_key_goes_from_des_to_aes_and_back() {
    let (card, auth) = replay("key_change_picc_round_the_world");
    let des = DesKey::new([2; 16]);
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(&auth[0])).unwrap();
    let card = card.change_own_key(&NewKey::Des(des.clone())).unwrap();
    let card = card.authenticate_des(KeyNo::MASTER, &des, rnd_a(&auth[1])).unwrap();
    let card = card.change_own_key(&aes(0)).unwrap();
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &AesKey::FACTORY, rnd_a(&auth[2])).unwrap();
    let card = card.change_own_key(&aes(1)).unwrap();
    let ones = AesKey::new([1; 16]);
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &ones, rnd_a(&auth[3])).unwrap();
    let card = card.change_own_key(&NewKey::Des(DesKey::FACTORY)).unwrap();
    finished(card);
}

#[test]
fn application_is_created_managed_and_deleted() {
    let (card, auth) = replay("application");
    let card = with_application(card, KeyType::Aes, &auth[0]);
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &AesKey::FACTORY, rnd_a(&auth[1])).unwrap();
    let (card, level) = card.key_settings().unwrap();
    assert_eq!(level.settings, AppSettings::aes(KeySettings(0x09), 1));
    let (card, version) = card.key_version(KeyNo::MASTER).unwrap();
    assert_eq!(version, 0);
    let (card, files) = card.file_ids().unwrap();
    assert!(files.is_empty());
    let card = card.change_key_settings(KeySettings(0x00)).unwrap();
    let (card, level) = card.key_settings().unwrap();
    assert_eq!(level.settings.settings, KeySettings(0x00));
    let card = card.select(Aid::PICC).unwrap();
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(&auth[2])).unwrap();
    let card = card.delete_application(aid()).unwrap();
    finished(card.forget());
}

#[test]
fn metadata_is_read_under_a_des_session() {
    let (card, auth) = replay("metadata");
    let uid = Uid([0x04, 0x64, 0xd5, 0x9a, 0xdd, 0x1e, 0x90]);
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(&auth[0])).unwrap();
    let (card, level) = card.key_settings().unwrap();
    assert_eq!(level.settings.settings, KeySettings(0x0F));
    assert_eq!(level.settings.key_type, KeyType::Des);
    let (card, version) = card.key_version(KeyNo::MASTER).unwrap();
    assert_eq!(version, 0);
    let (card, aids) = card.application_ids().unwrap();
    assert!(aids.is_empty());
    let (card, read) = card.card_uid().unwrap();
    assert_eq!(read, uid);
    let (card, version) = card.version().unwrap();
    assert_eq!(version.uid, Some(uid));
    finished(card.forget());
}

#[test]
fn application_key_changes_under_aes() {
    let (card, auth) = replay("key_change_app_aes_aes");
    let card = with_application(card, KeyType::Aes, &auth[0]);
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &AesKey::FACTORY, rnd_a(&auth[1])).unwrap();
    let card = card.change_own_key(&aes(2)).unwrap();
    let twos = AesKey::new([2; 16]);
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &twos, rnd_a(&auth[2])).unwrap();
    finished(card.forget());
}

#[test]
fn application_key_changes_under_des() {
    let (card, auth) = replay("key_change_app_des_des");
    let card = with_application(card, KeyType::Des, &auth[0]);
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(&auth[1])).unwrap();
    let twos = DesKey::new([2; 16]);
    let card = card.change_own_key(&NewKey::Des(twos.clone())).unwrap();
    let card = card.authenticate_des(KeyNo::MASTER, &twos, rnd_a(&auth[2])).unwrap();
    finished(card.forget());
}

/// 328 bytes into and out of a file in each mode. The recorded terminal sends the header alone, then
/// frames of its own size.
#[test]
fn files_are_written_and_read_in_every_mode() {
    let (card, auth) = replay("file_io");
    let text = recorded_text();
    assert_eq!(text.len(), 328);
    let card = with_application(card, KeyType::Aes, &auth[0]);
    let mut card =
        card.authenticate_aes_ev1(KeyNo::MASTER, &AesKey::FACTORY, rnd_a(&auth[1])).unwrap();
    for (number, mode) in (1..).zip([Mode::Plain, Mode::Mac, Mode::Full]) {
        card = card.create_file(&file(number, mode).into()).unwrap();
    }
    for (number, mode) in (1..).zip([Mode::Plain, Mode::Mac, Mode::Full]) {
        let next = if mode == Mode::Full { 32 } else { 59 };
        card = card.with_limits(Limits { first: 7, next, ..Limits::EVERY_CARD });
        card = in_and_out(card, &file(number, mode), &text);
    }
    finished(card.forget());
}

fn in_and_out(
    card: Authenticated<Replay, ev1::Session>,
    expected: &File,
    text: &[u8],
) -> Authenticated<Replay, ev1::Session> {
    let (card, file) = card.file(expected.number).unwrap();
    assert_eq!(file, *expected);
    let card = card.write(&file, 0, text).unwrap();
    let (card, read) = card.read(&file, 0, text.len()).unwrap();
    assert_eq!(read, text);
    card
}

fn file(number: u8, mode: Mode) -> File {
    let master = Access::Key(KeyNo::MASTER);
    let rights = AccessRights { read: master, write: master, read_write: master, change: master };
    let settings = FileSettings::new(FileKind::Standard(328), mode, rights);
    File { number: FileNo::new(number).unwrap(), settings }
}

/// The text that the recording wrote in plain.
fn recorded_text() -> Vec<u8> {
    let frames = steps("file_io");
    let from = frames.iter().position(|step| step["tx"].as_str().unwrap().starts_with("3d01"));
    let frames = frames[from.unwrap() + 1..].iter();
    let frames = frames.take_while(|step| step["tx"].as_str().unwrap().starts_with("af"));
    frames.flat_map(|step| hex::decode(&step["tx"].as_str().unwrap()[2..]).unwrap()).collect()
}

/// Whatever a terminal sends after an error would not be answered: the session is gone with the
/// failed command, and only the card is left.
#[test]
fn a_failed_command_takes_the_session_with_it() {
    let (card, auth) = replay("application");
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(&auth[0])).unwrap();
    let reader = Command::commit_reader_id([0; 16]);
    let failed = card.run(&reader).unwrap_err();
    assert!(matches!(failed.error, desfire::Error::Misuse(_)));
    assert_eq!(failed.card.selected(), Some(Aid::PICC));
}
