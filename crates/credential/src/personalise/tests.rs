use desfire::{AppSettings, NewApplication, NewKey};

use super::*;
use crate::testing::{Bench, Lost, Notes, content, counting, keys};

type Attempt = Result<Made, PersonaliseError<Lost, Lost>>;

fn attempt(bench: &mut Bench, content: &Content, notes: &mut Notes) -> Attempt {
    personalise(bench, &Map::default(), content, notes, &mut counting(1))
}

fn spoilage(attempt: Attempt) -> Spoilage {
    match attempt {
        Err(PersonaliseError::Spoiled(spoilage)) => spoilage,
        other => panic!("not spoiled: {other:?}"),
    }
}

fn refusal(attempt: Attempt) -> Refusal {
    match attempt {
        Err(PersonaliseError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// A session with the factory key of a blank.
fn factory(bench: &mut Bench) -> Authenticated<&mut Bench, desfire::ev1::Session> {
    let mut card = Card::new(bench);
    card.select(Aid::PICC).unwrap();
    card.authenticate_des(MASTER, &DesKey::FACTORY, [1; 8]).unwrap()
}

#[test]
fn every_chip_that_the_plan_accepts_becomes_a_card() {
    use picc::{Model, Size};
    for model in [Model::Ev2, Model::Ev3] {
        for (size, photo) in [
            (Size::K2, None),
            (Size::K4, None),
            (Size::K4, Some(1536)),
            (Size::K8, Some(1000)),
            (Size::K16, Some(1)),
        ] {
            let mut bench = Bench::new(model, size);
            let content = content(photo);
            let made = attempt(&mut bench, &content, &mut Notes::default()).unwrap();
            assert_eq!(made.read_back.photo_sha256.is_some(), photo.is_some(), "{model} {size}");
            assert_eq!(made.plan.photo_bytes, photo);
        }
    }
}

/// Exchanges of one card with a photo of 1000 bytes, and what the journal is told.
#[test]
fn exchanges_and_journal_of_a_card() {
    let mut bench = Bench::ev3();
    let mut notes = Notes::default();
    let made = attempt(&mut bench, &content(Some(1000)), &mut notes).unwrap();
    assert_eq!(made.exchanges as usize, bench.log.len());
    assert_eq!(made.exchanges, 49);
    assert_eq!(made.read_back.exchanges, 10);
    assert_eq!(
        notes.steps,
        [
            Step::PiccKey { from: FoundKey::FactoryDes, to: 1 },
            Step::Build { format: false, key_versions: vec![1; 4] },
            Step::AppMaster { from: 0, to: 1 },
        ]
    );
    assert_eq!(notes.done, 1);
}

#[test]
fn repeating_a_finished_card_reads_it_back_and_writes_nothing() {
    let mut bench = Bench::ev3();
    let content = content(Some(1000));
    attempt(&mut bench, &content, &mut Notes::default()).unwrap();
    let writes = bench.card.writes();
    bench.power_up();
    let mut notes = Notes::default();
    attempt(&mut bench, &content, &mut notes).unwrap();
    assert_eq!((bench.card.writes(), notes.steps.len(), notes.done), (writes, 0, 1));
}

/// Cut after every EEPROM write of a run, then tried again: a good card, each time.
#[test]
fn power_cut_after_any_write_ends_with_a_good_card() {
    let content = content(Some(1000));
    let mut whole = Bench::ev3();
    let before = whole.card.writes();
    attempt(&mut whole, &content, &mut Notes::default()).unwrap();
    let writes = whole.card.writes() - before;
    assert!(writes > 40, "{writes} writes");
    for cut in 0..writes {
        let mut bench = Bench::ev3();
        bench.card.cut_power_after_writes(cut);
        let mut notes = Notes::default();
        let broken = attempt(&mut bench, &content, &mut notes);
        assert!(matches!(broken, Err(PersonaliseError::Interrupted(_))), "cut {cut}: {broken:?}");
        bench.power_up();
        attempt(&mut bench, &content, &mut notes).unwrap_or_else(|e| panic!("cut {cut}: {e:?}"));
        assert_eq!(notes.done, 1);
    }
}

/// Cut at every exchange, before the command arrives and before the answer does, and cut again at
/// every exchange of the second attempt's start; then tried again.
#[test]
fn cut_at_any_exchange_ends_with_a_good_card() {
    let content = content(Some(1000));
    let mut whole = Bench::ev3();
    let exchanges = attempt(&mut whole, &content, &mut Notes::default()).unwrap().exchanges;
    for cut in 0..exchanges {
        for lose_answer in [false, true] {
            let mut bench = Bench::ev3();
            for second in [cut, 5, 10, 15] {
                bench.power_up();
                bench.exchanges_left = Some(second);
                bench.lose_answer = lose_answer;
                let broken = attempt(&mut bench, &content, &mut Notes::default());
                assert!(
                    matches!(broken, Err(PersonaliseError::Interrupted(_))),
                    "{cut}: {broken:?}"
                );
            }
            bench.power_up();
            attempt(&mut bench, &content, &mut Notes::default())
                .unwrap_or_else(|e| panic!("cut {cut} {lose_answer}: {e:?}"));
        }
    }
}

/// No field reset between the attempts: the chip still holds the session of the one before.
#[test]
fn session_left_on_the_chip_does_not_disturb_the_next_attempt() {
    let content = content(None);
    for cut in 0..38 {
        let mut bench = Bench::ev3();
        bench.exchanges_left = Some(cut);
        attempt(&mut bench, &content, &mut Notes::default()).unwrap_err();
        bench.exchanges_left = None;
        attempt(&mut bench, &content, &mut Notes::default())
            .unwrap_or_else(|e| panic!("cut {cut}: {e:?}"));
    }
}

/// An attempt that dies again and again costs no memory: formatting gives it back.
#[test]
fn twenty_broken_attempts_leave_room_for_the_card() {
    let content = content(None);
    let mut bench = Bench::new(picc::Model::Ev3, picc::Size::K2);
    for _ in 0..20 {
        bench.power_up();
        bench.exchanges_left = Some(30);
        attempt(&mut bench, &content, &mut Notes::default()).unwrap_err();
    }
    bench.power_up();
    attempt(&mut bench, &content, &mut Notes::default()).unwrap();
}

#[test]
fn factory_aes_blank_is_taken() {
    let mut bench = Bench::ev3();
    let zero = NewKey::Aes { key: AesKey::FACTORY, version: 0 };
    factory(&mut bench).change_own_key(&zero).unwrap();
    let mut notes = Notes::default();
    attempt(&mut bench, &content(None), &mut notes).unwrap();
    assert_eq!(notes.steps[0], Step::PiccKey { from: FoundKey::FactoryAes, to: 1 });
}

#[test]
fn foreign_key_is_spoiled_and_untouched() {
    let mut bench = Bench::ev3();
    let foreign = NewKey::Aes { key: AesKey::new([9; 16]), version: 3 };
    factory(&mut bench).change_own_key(&foreign).unwrap();
    let writes = bench.card.writes();
    let mut notes = Notes::default();
    assert_eq!(spoilage(attempt(&mut bench, &content(None), &mut notes)), Spoilage::KeysUnknown);
    assert_eq!((bench.card.writes(), notes.steps.len()), (writes, 0));
}

#[test]
fn blank_with_foreign_data_is_not_formatted() {
    let mut bench = Bench::ev3();
    let settings = AppSettings::aes(LOCKED, 1);
    factory(&mut bench)
        .create_application(&NewApplication::new(Aid::new(0x12_3456).unwrap(), settings))
        .unwrap();
    let writes = bench.card.writes();
    let spoiled = spoilage(attempt(&mut bench, &content(None), &mut Notes::default()));
    assert_eq!(spoiled, Spoilage::NotBlank);
    assert_eq!(bench.card.writes(), writes);
}

#[test]
fn own_card_with_another_application_is_not_formatted() {
    let mut bench = Bench::ev3();
    attempt(&mut bench, &content(None), &mut Notes::default()).unwrap();
    {
        let mut card = Card::new(&mut bench);
        card.select(Aid::PICC).unwrap();
        let settings = AppSettings::aes(LOCKED, 1);
        card.authenticate_ev2(MASTER, &keys().picc.key, [1; 16])
            .unwrap()
            .create_application(&NewApplication::new(Aid::new(0x83_80A1).unwrap(), settings))
            .unwrap();
    }
    let writes = bench.card.writes();
    let spoiled = spoilage(attempt(&mut bench, &content(None), &mut Notes::default()));
    assert_eq!(spoiled, Spoilage::NotBlank);
    assert_eq!(bench.card.writes(), writes);
}

#[test]
fn finished_card_of_another_job_is_not_overwritten() {
    let mut bench = Bench::ev3();
    attempt(&mut bench, &content(Some(1000)), &mut Notes::default()).unwrap();
    let writes = bench.card.writes();
    let spoiled = spoilage(attempt(&mut bench, &content(Some(999)), &mut Notes::default()));
    assert_eq!(spoiled, Spoilage::NotBlank);
    assert_eq!(bench.card.writes(), writes);
}

#[test]
fn listing_of_a_card_needs_its_key() {
    let mut bench = Bench::ev3();
    attempt(&mut bench, &content(None), &mut Notes::default()).unwrap();
    bench.power_up();
    let mut card = Card::new(&mut bench);
    card.select(Aid::PICC).unwrap();
    let refused = card.application_ids().unwrap_err();
    assert_eq!(refused.refusal(), Some(Status::AUTHENTICATION_ERROR));
}

#[test]
fn content_that_does_not_go_with_the_chip_is_refused_before_any_write() {
    use picc::{Model, Size};
    let whole = content(Some(1000));
    let refused = |model, size, content: &Content| {
        let mut bench = Bench::new(model, size);
        let writes = bench.card.writes();
        let refusal = refusal(attempt(&mut bench, content, &mut Notes::default()));
        assert_eq!(bench.card.writes(), writes);
        refusal
    };
    assert_eq!(refused(Model::Ev1, Size::K8, &whole), Refusal::Unfit(Unfit::Ev1Messaging));
    assert_eq!(refused(Model::Ev3, Size::K2, &whole), Refusal::Photo);
    let other = Content { uid: desfire::Uid([1; 7]), ..whole.clone() };
    assert_eq!(refused(Model::Ev3, Size::K8, &other), Refusal::OtherChip);
    let long = Content { record: vec![1; 1279], ..whole.clone() };
    let too_long = Unfit::RecordTooLong { bytes: 1279, capacity: 1278 };
    assert_eq!(refused(Model::Ev3, Size::K8, &long), Refusal::Unfit(too_long));
    let mut few = whole;
    few.keys.app.pop();
    assert_eq!(refused(Model::Ev3, Size::K8, &few), Refusal::Keys);
}

#[test]
fn step_that_cannot_be_journalled_is_not_begun() {
    let mut bench = Bench::ev3();
    let writes = bench.card.writes();
    let mut notes = Notes { full: true, ..Notes::default() };
    let stopped = attempt(&mut bench, &content(None), &mut notes);
    assert!(matches!(stopped, Err(PersonaliseError::Journal(Lost))));
    assert_eq!(bench.card.writes(), writes);
}

#[test]
fn used_up_chip_is_a_refused_write() {
    let mut bench = Bench::new(picc::Model::Ev3, picc::Size::K2);
    let aid = Aid::new(0x12_3456).unwrap();
    for _ in 0..3 {
        let settings = AppSettings::aes(LOCKED, 14);
        let card =
            factory(&mut bench).create_application(&NewApplication::new(aid, settings)).unwrap();
        card.delete_application(aid).unwrap();
    }
    match spoilage(attempt(&mut bench, &content(None), &mut Notes::default())) {
        Spoilage::WriteRefused(refused) => assert_eq!(refused.status, Status::OUT_OF_MEMORY),
        other => panic!("{other}"),
    }
}

#[test]
fn read_back_notices_one_wrong_byte() {
    let mut bench = Bench::ev3();
    let content = content(Some(1000));
    attempt(&mut bench, &content, &mut Notes::default()).unwrap();
    let map = Map::default();
    let compare = |bench: &mut Bench, content: &Content| {
        read_back(bench, &map, content, &mut counting(3)).unwrap_err()
    };
    let mut other = content.clone();
    other.record[40] ^= 1;
    assert!(matches!(compare(&mut bench, &other), ReadBackError::Record));
    let mut other = content.clone();
    other.photo.as_mut().unwrap()[999] ^= 1;
    assert!(matches!(compare(&mut bench, &other), ReadBackError::Photo));
    let mut other = content;
    other.keys.app[1].key = AesKey::new([8; 16]);
    assert!(matches!(compare(&mut bench, &other), ReadBackError::Card(_)));
    other.keys.app.clear();
    assert!(matches!(compare(&mut bench, &other), ReadBackError::NoKey));
}

/// A card that answers garbage at one exchange: the attempt ends with a named outcome, and one that
/// calls the card good has read it back.
#[test]
fn garbage_at_any_exchange_is_no_panic_and_no_bad_card() {
    struct Garbled {
        bench: Bench,
        at: u32,
        garbage: &'static [u8],
    }
    impl Link for Garbled {
        type Error = Lost;
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Lost> {
            let answer = self.bench.transmit(command)?;
            let now = self.at == 0;
            self.at = self.at.wrapping_sub(1);
            Ok(if now { self.garbage.to_vec() } else { answer })
        }
    }
    let content = content(None);
    let map = Map::default();
    let garbage: [&[u8]; 5] =
        [&[], &[0x91], &[0x6F, 0x00], &[0xFF; 40], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 0x91, 0x00]];
    for garbage in garbage {
        for at in 0..36 {
            let mut link = Garbled { bench: Bench::ev3(), at, garbage };
            let mut notes = Notes::default();
            let outcome = personalise(&mut link, &map, &content, &mut notes, &mut counting(1));
            assert_eq!(outcome.is_ok(), notes.done == 1, "{at} {garbage:02X?}");
            if outcome.is_ok() {
                link.bench.power_up();
                read_back(&mut link.bench, &map, &content, &mut counting(3)).unwrap();
            }
        }
    }
}
