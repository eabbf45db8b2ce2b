//! Conversations recorded from a real card, replayed through the driver byte by byte.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails here has found something"
)]

use std::fmt;

use desfire::{
    AesKey, Aid, AppSettings, Card, Command, DesKey, Ins, KeyNo, KeySettings, Link, Mode, NewKey,
    Nonsense, Uid,
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
        let native = hex::decode(step["tx"].as_str().unwrap()).unwrap();
        assert_eq!(command, desfire::apdu::wrap(Ins(native[0]), &native[1..]), "{step}");
        let mut answer = hex::decode(step["rx"].as_str().unwrap()).unwrap();
        answer.rotate_left(1);
        answer.insert(answer.len() - 1, 0x91);
        Ok(answer)
    }
}

fn replay(trace: &str) -> (Card<Replay>, Vec<Value>) {
    let file: Value = serde_json::from_str(include_str!("vectors/real_card_traces.json")).unwrap();
    let steps = file[trace]["steps"].as_array().unwrap().clone();
    assert!(!steps.is_empty());
    let challenges = steps.iter().filter_map(|step| step.get("auth2")).cloned().collect::<Vec<_>>();
    // The recordings begin at the PICC level, right after activation.
    let steps = [serde_json::json!({ "tx": "5a000000", "rx": "00" })].into_iter().chain(steps);
    let mut card = Card::new(Replay { steps: steps.collect::<Vec<_>>().into_iter() });
    card.select(Aid::PICC).unwrap();
    (card, challenges)
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

#[test]
fn picc_key_goes_from_des_to_aes_and_back() {
    let (card, auth) = replay("key_change_picc_round_the_world");
    let des = DesKey::new([2; 16]);
    let zero = AesKey::new([0; 16]);
    let ones = AesKey::new([1; 16]);
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(&auth[0])).unwrap();
    let card = card.change_own_key(&NewKey::Des(des.clone())).unwrap();
    let card = card.authenticate_des(KeyNo::MASTER, &des, rnd_a(&auth[1])).unwrap();
    let card = card.change_own_key(&NewKey::Aes { key: zero.clone(), version: 0 }).unwrap();
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &zero, rnd_a(&auth[2])).unwrap();
    let card = card.change_own_key(&NewKey::Aes { key: ones.clone(), version: 0 }).unwrap();
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &ones, rnd_a(&auth[3])).unwrap();
    let card = card.change_own_key(&NewKey::Des(DesKey::FACTORY)).unwrap();
    finished(card);
}

#[test]
fn application_is_created_managed_and_deleted() {
    let (card, auth) = replay("application");
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(&auth[0])).unwrap();
    let settings = AppSettings { settings: KeySettings(0x09), keys: 1 };
    let card = card.create_application(aid(), settings).unwrap();
    let card = card.select(aid()).unwrap();
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &AesKey::FACTORY, rnd_a(&auth[1])).unwrap();
    let (card, (read, aes)) = card.key_settings().unwrap();
    assert_eq!((read, aes), (settings, true));
    let (card, version) = card.key_version(KeyNo::MASTER).unwrap();
    assert_eq!(version, 0);
    let (card, files) = card.run(&Command::get_file_ids()).unwrap();
    assert!(files.is_empty());
    let card = card.change_key_settings(KeySettings(0x00)).unwrap();
    let (card, (read, _)) = card.key_settings().unwrap();
    assert_eq!(read.settings, KeySettings(0x00));
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
    let (card, (settings, aes)) = card.key_settings().unwrap();
    assert_eq!((settings.settings, aes), (KeySettings(0x0F), false));
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
fn application_key_changes_under_ev1_messaging() {
    let (card, auth) = replay("key_change_app_aes_aes");
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(&auth[0])).unwrap();
    let settings = AppSettings { settings: KeySettings(0x09), keys: 1 };
    let card = card.create_application(aid(), settings).unwrap();
    let card = card.select(aid()).unwrap();
    let zero = AesKey::FACTORY;
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &zero, rnd_a(&auth[1])).unwrap();
    let twos = AesKey::new([2; 16]);
    let card = card.change_own_key(&NewKey::Aes { key: twos.clone(), version: 0 }).unwrap();
    let card = card.authenticate_aes_ev1(KeyNo::MASTER, &twos, rnd_a(&auth[2])).unwrap();
    finished(card.forget());
}

#[test]
fn data_commands_are_refused_under_ev1_messaging() {
    let (card, auth) = replay("application");
    let card = card.authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, rnd_a(&auth[0])).unwrap();
    let file = desfire::FileNo::new(1).unwrap();
    let read = Command::read_data(file, 0, 16, Mode::Full).unwrap();
    assert!(matches!(card.run(&read).unwrap_err().error, desfire::Error::Misuse(_)));
}

#[test]
fn nonsense_is_displayed_in_lower_case() {
    assert_eq!(Nonsense::NoStatus.to_string(), "shorter than a status word");
}
