use super::*;
use crate::record::kid_of;
use crate::testing::{
    Bench, Lost, Notes, UID, content, counting, keys, record, shared_uid_key, signed, spki, trust,
};
use crate::{Content, personalise};

fn made(content: &Content) -> Bench {
    let mut bench = Bench::ev3();
    personalise(&mut bench, &Map::default(), content, &mut Notes::default(), &mut counting(1))
        .unwrap();
    bench.power_up();
    bench
}

fn check_key(uid: Uid) -> Option<AesKey> {
    (uid == UID).then(|| keys().app[1].key.clone())
}

fn look(bench: &mut Bench, who: &Who, depth: Depth) -> Result<Checked, CheckError<Lost>> {
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let (map, trust) = (Map::default(), trust());
    let checker = Checker { map: &map, trust: &trust, key: check_key };
    checker.check(bench, who, depth, now, &mut counting(5))
}

#[test]
fn record_is_checked_in_five_exchanges() {
    let content = content(None);
    let mut bench = made(&content);
    let checked = look(&mut bench, &Who::Shown(UID), Depth::Record).unwrap();
    assert_eq!((checked.exchanges, bench.log.len()), (5, 5));
    assert_eq!(checked.dates, Dates::Hold);
    assert_eq!(checked.chip, ChipProof::ProvenByReaderKey(UID));
    assert_eq!(checked.record.kid(), kid_of(&spki()));
    assert_eq!(checked.photo, Photo::NotRead);
}

#[test]
fn hidden_uid_takes_three_exchanges_more() {
    let mut bench = made(&content(None));
    let checked = look(&mut bench, &Who::Hidden(shared_uid_key()), Depth::Record).unwrap();
    assert_eq!((checked.exchanges, bench.log.len()), (8, 8));
    assert_eq!(checked.chip, ChipProof::ProvenByReaderKey(UID));
}

#[test]
fn photo_is_the_one_that_was_signed() {
    let content = content(Some(1000));
    let checked = look(&mut made(&content), &Who::Shown(UID), Depth::RecordAndPhoto).unwrap();
    assert_eq!(checked.photo, Photo::Genuine(content.photo.unwrap()));
    assert_eq!(format!("{:?}", checked.photo), "Genuine(1000 B)");
    let checked =
        look(&mut made(&crate::testing::content(None)), &Who::Shown(UID), Depth::RecordAndPhoto);
    assert_eq!(checked.unwrap().photo, Photo::None);
}

#[test]
fn exchanged_photo_is_noticed() {
    let mut content = content(Some(1000));
    content.photo.as_mut().unwrap()[3] ^= 1;
    let error = look(&mut made(&content), &Who::Shown(UID), Depth::RecordAndPhoto).unwrap_err();
    assert!(matches!(error, CheckError::Photo));
}

#[test]
fn record_of_another_chip_is_a_copy() {
    let mut other = record(None);
    other.service.chip = Uid([4, 9, 9, 9, 9, 9, 9]);
    let content = Content { record: signed(&other), ..content(None) };
    let error = look(&mut made(&content), &Who::Shown(UID), Depth::Record).unwrap_err();
    assert!(matches!(error, CheckError::OtherChip));
}

#[test]
fn changed_record_is_not_genuine() {
    let mut content = content(None);
    *content.record.last_mut().unwrap() ^= 1;
    let error = look(&mut made(&content), &Who::Shown(UID), Depth::Record).unwrap_err();
    assert!(matches!(error, CheckError::Record(RecordError::Signature)));
}

#[test]
fn blank_is_not_ours_and_wrong_keys_prove_nothing() {
    let shown = Who::Shown(UID);
    let error = look(&mut Bench::ev3(), &shown, Depth::Record).unwrap_err();
    assert!(matches!(error, CheckError::NotOurs));
    let mut bench = made(&content(None));
    let other = Who::Shown(Uid([1; 7]));
    assert!(matches!(look(&mut bench, &other, Depth::Record), Err(CheckError::NoKey)));
    let wrong = Who::Hidden(AesKey::new([1; 16]));
    let error = look(&mut bench, &wrong, Depth::Record).unwrap_err();
    assert!(matches!(error, CheckError::ChipNotProven(_)));
}

#[test]
fn card_that_leaves_can_be_held_again() {
    let mut bench = made(&content(None));
    for left in 0..5 {
        bench.power_up();
        bench.exchanges_left = Some(left);
        let error = look(&mut bench, &Who::Shown(UID), Depth::Record).unwrap_err();
        assert!(matches!(error, CheckError::Link(_)), "{left}");
    }
}

/// The shared key that asks for the UID reads no file.
#[test]
fn uid_key_reads_nothing() {
    let mut bench = made(&content(None));
    let map = Map::default();
    let mut card = Card::new(&mut bench);
    card.select(map.aid).unwrap();
    let card = card.authenticate_ev2(map.key(KeyRole::Uid), &shared_uid_key(), [1; 16]).unwrap();
    let refused = card.read(&map.record, 0, 16).unwrap_err();
    assert!(refused.error.refusal().is_some());
}

#[test]
fn torn_record_is_not_genuine() {
    let mut bench = Bench::ev3();
    // The 29th exchange would write the second part of the record.
    bench.exchanges_left = Some(28);
    let content = content(None);
    let map = Map::default();
    personalise(&mut bench, &map, &content, &mut Notes::default(), &mut counting(1)).unwrap_err();
    assert_eq!(bench.log.last(), Some(&0x8D));
    bench.power_up();
    let error = look(&mut bench, &Who::Shown(UID), Depth::Record).unwrap_err();
    assert!(matches!(error, CheckError::Record(_)), "{error:?}");
}
