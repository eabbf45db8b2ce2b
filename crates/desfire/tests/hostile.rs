//! A card that answers anything it likes.

#![expect(clippy::unwrap_used, reason = "a test that fails here has found something")]

use std::collections::VecDeque;
use std::fmt;

use desfire::{
    Access, AccessRights, AesKey, Aid, AppSettings, Card, Des3Key, DesKey, Error, File, FileKind,
    FileNo, FileSettings, Ins, Key, KeyNo, KeySettings, KeyType, Link, Misuse, Mode,
    NewApplication, NewKey, Nonsense, Records, Status, ValueFile,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Gives prepared answers, then loses the card.
struct Script(VecDeque<Vec<u8>>);

#[derive(Debug, PartialEq)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card is gone")
    }
}

impl std::error::Error for Gone {}

impl Link for Script {
    type Error = Gone;

    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, Gone> {
        self.0.pop_front().ok_or(Gone)
    }
}

fn script(answers: &[&[u8]]) -> Card<Script> {
    let mut all = VecDeque::from([vec![0x91, 0x00]]);
    all.extend(answers.iter().map(|answer| answer.to_vec()));
    let mut card = Card::new(Script(all));
    card.select(Aid::PICC).unwrap();
    card
}

fn key() -> AesKey {
    AesKey::new([7; 16])
}

/// A genuine handshake of the zero key, from AN12196, so that commands follow.
fn proven(answers: &[&[u8]]) -> desfire::Authenticated<Script, desfire::ev2::Session> {
    let mut challenge = hex::decode("A04C124213C186F22399D33AC2A30215").unwrap();
    challenge.extend([0x91, 0xAF]);
    let mut proof =
        hex::decode("3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663").unwrap();
    proof.extend([0x91, 0x00]);
    let mut all: Vec<&[u8]> = vec![&challenge, &proof];
    all.extend(answers);
    let rnd_a = hex::decode("13C5DB8A5930439FC3DEF9A4C675360F").unwrap().try_into().unwrap();
    script(&all).authenticate_ev2(KeyNo::MASTER, &AesKey::FACTORY, rnd_a).unwrap()
}

fn file(mode: Mode) -> File {
    let master = Access::Key(KeyNo::MASTER);
    let rights = AccessRights { read: master, write: master, read_write: master, change: master };
    let settings = FileSettings::new(FileKind::Standard(64), mode, rights);
    File { number: FileNo::new(1).unwrap(), settings }
}

fn of_kind(kind: FileKind, mode: Mode) -> File {
    let mut file = file(mode);
    file.settings.kind = kind;
    file
}

#[test]
fn refused_key_gives_the_card_back_with_the_reason() {
    let failed =
        script(&[&[0x91, 0xAE]]).authenticate_ev2(KeyNo::MASTER, &key(), [1; 16]).unwrap_err();
    assert_eq!(failed.error.refusal(), Some(Status::AUTHENTICATION_ERROR));
    assert_eq!(failed.card.exchanges(), 2);
    assert_eq!(
        failed.error.to_string(),
        "the card refused AUTHENTICATE_EV2_FIRST with AUTHENTICATION_ERROR: \
         the key is wrong or of another type than the command needs"
    );
}

#[test]
fn card_that_does_not_know_the_key_is_a_forgery() {
    let mut challenge = [9; 18];
    challenge[16..].copy_from_slice(&[0x91, 0xAF]);
    let mut proof = [9; 34];
    proof[32..].copy_from_slice(&[0x91, 0x00]);
    let failed =
        script(&[&challenge, &proof]).authenticate_ev2(KeyNo::MASTER, &key(), [1; 16]).unwrap_err();
    assert!(matches!(failed.error, Error::Forged { ins: Ins::AUTHENTICATE_EV2_FIRST }));
    let failed = script(&[&challenge, &proof[16..]])
        .authenticate_aes_ev1(KeyNo::MASTER, &key(), [1; 16])
        .unwrap_err();
    assert!(matches!(failed.error, Error::Forged { ins: Ins::AUTHENTICATE_AES }));
}

#[test]
fn selection_drops_a_chain_that_was_left_open() {
    let mut card = script(&[&[0x91, 0xCA], &[0x91, 0x00], &[0x91, 0xCA], &[0x91, 0xCA]]);
    card.select(Aid::PICC).unwrap();
    let refused = card.select(Aid::PICC).unwrap_err();
    assert_eq!(refused.refusal(), Some(Status::COMMAND_ABORTED));
    assert_eq!((card.selected(), card.exchanges()), (None, 5));
}

#[test]
fn card_in_lrp_mode_is_named() {
    let mut challenge = [1; 19];
    challenge[17..].copy_from_slice(&[0x91, 0xAF]);
    let failed =
        script(&[&challenge]).authenticate_ev2(KeyNo::MASTER, &key(), [1; 16]).unwrap_err();
    assert!(matches!(failed.error, Error::Nonsense { rule: Nonsense::Lrp, .. }));
}

#[test]
fn success_where_a_challenge_is_due_is_nonsense() {
    let failed = script(&[&[0x91, 0x00]])
        .authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, [1; 8])
        .unwrap_err();
    assert!(matches!(failed.error, Error::Nonsense { rule: Nonsense::OutOfStep, .. }));
}

#[test]
fn answer_without_mac_is_nonsense_and_with_a_wrong_one_a_forgery() {
    let failed = proven(&[&[0x91, 0x00]]).format_picc().unwrap_err();
    assert!(matches!(failed.error, Error::Nonsense { rule: Nonsense::Length, .. }));
    let failed = proven(&[&[1, 2, 3, 4, 5, 6, 7, 8, 0x91, 0x00]]).format_picc().unwrap_err();
    assert!(matches!(failed.error, Error::Forged { ins: Ins::FORMAT_PICC }));
}

#[test]
fn refused_write_gives_the_card_back() {
    let failed = proven(&[&[0x91, 0xBE]]).write(&file(Mode::Full), 0, &[1; 300]).unwrap_err();
    assert_eq!(failed.error.refusal(), Some(Status::BOUNDARY_ERROR));
    assert_eq!(failed.card.selected(), Some(Aid::PICC));
}

#[test]
fn plain_read_of_another_length_is_nonsense() {
    let failed = proven(&[&[1, 2, 0x91, 0x00]]).read(&file(Mode::Plain), 0, 3).unwrap_err();
    assert!(matches!(failed.error, Error::Nonsense { rule: Nonsense::Length, .. }));
}

#[test]
fn card_that_leaves_is_a_lost_link() {
    assert!(matches!(proven(&[]).free_memory().unwrap_err().error, Error::Link(Gone)));
}

#[test]
fn mistakes_of_the_caller_send_nothing() {
    let card = Card::new(Script(VecDeque::new()));
    let failed = card.authenticate_ev2(KeyNo::MASTER, &key(), [0; 16]).unwrap_err();
    assert!(matches!(failed.error, Error::Misuse(Misuse::NothingSelected)));
    let new = NewKey::Aes { key: AesKey::new([1; 16]), version: 1 };
    let failed = proven(&[]).change_other_key(KeyNo::MASTER, &key().into(), &new).unwrap_err();
    assert!(matches!(failed.error, Error::Misuse(Misuse::OutOfRange(_))));
    let settings = AppSettings::aes(KeySettings(9), 15);
    let new = NewApplication::new(Aid::PICC, settings);
    let failed = proven(&[]).create_application(&new).unwrap_err();
    assert!(matches!(failed.error, Error::Misuse(Misuse::OutOfRange(_))));
    let failed = proven(&[]).read_records(&file(Mode::Full), 0, 1).unwrap_err();
    assert!(matches!(failed.error, Error::Misuse(Misuse::Contradiction(_))));
    let failed = proven(&[]).credit(&file(Mode::Full), -1).unwrap_err();
    assert!(matches!(failed.error, Error::Misuse(Misuse::OutOfRange(_))));
    assert_eq!(failed.card.exchanges(), 3);
}

#[test]
fn keys_are_not_printed() {
    let new = NewKey::Aes { key: AesKey::new([0xAB; 16]), version: 1 };
    let command = desfire::Command::change_own_key(KeyNo::MASTER, &new, true);
    let printed =
        format!("{new:?} {command:?} {:?} {:?}", DesKey::FACTORY, proven(&[]).forget().selected());
    assert!(!printed.to_lowercase().contains("abab") && !printed.contains("171"), "{printed}");
}

proptest! {
    /// Whatever a card answers to whatever is asked, there is a result.
    #[test]
    fn no_answer_panics(answers in vec(vec(any::<u8>(), 0..70), 0..8), good in any::<bool>()) {
        let mut answers = answers;
        if good {
            for answer in &mut answers {
                answer.extend([0x91, if answer.len() % 3 == 0 { 0xAF } else { 0x00 }]);
            }
        }
        let fresh = || {
            let mut card = script(&answers.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let _ = card.selected();
            card.exchanges();
            card.version().ok();
            card
        };
        fresh().application_ids().ok();
        fresh().key_settings().ok();
        fresh().key_version(KeyNo::MASTER).ok();
        fresh().free_memory().ok();
        fresh().authenticate_ev2(KeyNo::MASTER, &key(), [1; 16]).ok();
        fresh().authenticate_aes_ev1(KeyNo::MASTER, &key(), [1; 16]).ok();
        fresh().authenticate_des(KeyNo::MASTER, &DesKey::FACTORY, [1; 8]).ok();
        fresh().authenticate_des3(KeyNo::MASTER, &Des3Key::FACTORY, [1; 16]).ok();
        fresh().authenticate_d40(KeyNo::MASTER, &DesKey::FACTORY, [1; 8]).ok();
        fresh().authenticate_lrp(KeyNo::MASTER, &key(), [1; 16]).ok();
        for kind in [KeyType::Des, KeyType::Des3, KeyType::Aes] {
            fresh().authenticate(KeyNo::MASTER, &Key::factory(kind), [1; 16]).ok();
            fresh().authenticate_iso(KeyNo::MASTER, &Key::factory(kind), [[1; 16]; 2]).ok();
        }
        fresh().df_names().ok();
        fresh().iso_file_ids().ok();
        fresh().key_set_versions().ok();
        fresh().delegated_info(1).ok();
        fresh().signature().ok();
        fresh().files().ok();
        // No script knows the key, so no proximity is ever proven.
        prop_assert!(fresh().proximity_check(&key(), &[&[1; 8]]).is_err());
        let slices = || proven(&answers.iter().map(Vec::as_slice).collect::<Vec<_>>());
        slices().version().ok();
        slices().card_uid().ok();
        slices().application_ids().ok();
        slices().key_settings().ok();
        slices().file_ids().ok();
        slices().file(FileNo::new(1).unwrap()).ok();
        for mode in [Mode::Plain, Mode::Mac, Mode::Full] {
            slices().read(&file(mode), 0, 300).ok();
            slices().write(&file(mode), 0, &[5; 300]).ok();
            let value =
                ValueFile { lower: 0, upper: 9, value: 0, limited_credit: true, free_value: false };
            slices().value(&of_kind(FileKind::Value(value), mode)).ok();
            let records = of_kind(FileKind::Cyclic(Records::new(16, 40)), mode);
            slices().read_records(&records, 0, 30).ok();
            slices().write_record(&records, 0, &[1; 16]).ok();
            slices().update_record(&records, 0, 0, &[1; 16]).ok();
        }
        slices().commit_for_mac().ok();
        slices().commit_reader_id([1; 16]).ok();
        slices().read_counter(FileNo::new(1).unwrap()).ok();
        slices().change_own_key(&NewKey::Des(DesKey::FACTORY)).ok();
        slices().authenticate_further(KeyNo::MASTER, &key(), [2; 16]).ok();
    }

    /// Decoders take arbitrary bytes, also such as a right MAC would let through.
    #[test]
    fn sessions_judge_arbitrary_bytes(answer in vec(any::<u8>(), 0..80), open in any::<bool>()) {
        use desfire::{Command, Messaging, d40, ev1, lrp};
        let mut command = Command::get_card_uid();
        command.open_ended = open;
        let ev1 = |key: Key| Box::new(ev1::Session::danger_from_key(&key));
        let mut sessions: Vec<Box<dyn Messaging>> = vec![
            Box::new(d40::Session::danger_from_key(&DesKey::FACTORY)),
            Box::new(lrp::Session::danger_from_master(&key(), [1; 4], 0, 0)),
            ev1(key().into()),
            ev1(DesKey::FACTORY.into()),
            ev1(Des3Key::FACTORY.into()),
        ];
        for session in &mut sessions {
            session.wrap(&command).unwrap();
            session.unwrap(&command, Status::OK, &answer).ok();
        }
        desfire::Version::parse(&answer).ok();
        FileSettings::parse(&answer).ok();
        desfire::proximity::Prepared::parse(&answer).ok();
        if let Some(block) = answer.first_chunk() {
            desfire::sun::PiccData::decipher(&key(), *block).ok();
        }
        if let Some(signature) = answer.first_chunk() {
            let known = desfire::originality::NXP;
            let uid = desfire::Uid([4; 7]);
            prop_assert_eq!(desfire::originality::maker(known, uid, signature), None);
        }
    }

    /// An answer that is not the card's own is a forgery, whichever messaging is used: each byte is
    /// covered by the MAC.
    #[test]
    fn a_changed_answer_is_no_success(at in 0_usize..40, with in 1_u8..) {
        use desfire::{Command, Messaging, ev1, ev2, lrp};
        let command = Command::get_key_settings();
        let lrp = || lrp::Session::danger_from_master(&key(), [1; 4], 0, 0);
        let ev2 = || ev2::Session::danger_from_keys(key(), key(), [1; 4], 0);
        let ev1 = || ev1::Session::danger_from_key(&key().into());
        let makers: [&dyn Fn() -> Box<dyn Messaging>; 3] =
            [&|| Box::new(lrp()), &|| Box::new(ev2()), &|| Box::new(ev1())];
        for make in makers {
            let (mut session, mut other) = (make(), make());
            session.wrap(&command).unwrap();
            other.wrap(&command).unwrap();
            // What a card would answer cannot be made here; any answer must be refused, and so must
            // the same with a byte changed.
            let mut answer = [0x0F, 0x81, 1, 2, 3, 4, 5, 6, 7, 8];
            prop_assert!(session.unwrap(&command, Status::OK, &answer).is_err());
            let place = at % answer.len();
            answer[place] ^= with;
            prop_assert!(other.unwrap(&command, Status::OK, &answer).is_err());
        }
    }
}
