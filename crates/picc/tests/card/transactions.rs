//! Values and records: what a transaction changes, and when.

use crate::terminal::{Ev2, application, blank, counting, ok, send};
use picc::{Card, Model, Size};

const KEY: [u8; 16] = [0; 16];
const VALUE: u8 = 1;
const RECORDS: u8 = 2;

/// A value of 50 between 0 and 100, free to all.
fn with_value(flags: u8) -> Card {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 3);
    let limits = [0_i32, 100, 50].map(i32::to_le_bytes).concat();
    ok(&mut card, 0xCC, &[&[VALUE, 0, 0xEE, 0xEE][..], &limits, &[flags]].concat());
    card
}

/// A file of `most` records of three bytes, free to all.
fn with_records(ins: u8, most: u8) -> Card {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 3);
    ok(&mut card, ins, &[RECORDS, 0, 0xEE, 0xEE, 3, 0, 0, most, 0, 0]);
    card
}

fn change(card: &mut Card, ins: u8, amount: i32) -> u8 {
    send(card, ins, &[&[VALUE][..], &amount.to_le_bytes()].concat()).1
}

fn value(card: &mut Card) -> i32 {
    i32::from_le_bytes(ok(card, 0x6C, &[VALUE]).try_into().unwrap())
}

fn commit(card: &mut Card) -> u8 {
    send(card, 0xC7, &[]).1
}

fn write(card: &mut Card, offset: u8, data: &[u8]) -> u8 {
    let length = u8::try_from(data.len()).unwrap();
    send(card, 0x8B, &[&[RECORDS, offset, 0, 0, length, 0, 0], data].concat()).1
}

fn update(card: &mut Card, record: u8, data: &[u8]) -> u8 {
    let length = u8::try_from(data.len()).unwrap();
    send(card, 0xBA, &[&[RECORDS, record, 0, 0, 0, 0, 0, length, 0, 0], data].concat()).1
}

fn read(card: &mut Card, skip: u8, count: u8) -> (Vec<u8>, u8) {
    send(card, 0xAB, &[RECORDS, skip, 0, 0, count, 0, 0])
}

fn add(card: &mut Card, data: &[u8]) {
    assert_eq!(write(card, 0, data), 0x00);
    assert_eq!(commit(card), 0x00);
}

fn clear(card: &mut Card) -> u8 {
    send(card, 0xEB, &[RECORDS]).1
}

#[test]
fn a_value_changes_at_the_commit() {
    let mut card = with_value(0);
    assert_eq!(change(&mut card, 0x0C, 30), 0x00);
    assert_eq!(change(&mut card, 0xDC, 75), 0x00);
    assert_eq!(value(&mut card), 50);
    assert_eq!(commit(&mut card), 0x00);
    assert_eq!(value(&mut card), 5);
    assert_eq!(commit(&mut card), 0x0C);
}

#[test]
fn what_is_aborted_or_left_by_selecting_does_not_change_a_value() {
    let mut card = with_value(0);
    change(&mut card, 0x0C, 30);
    ok(&mut card, 0xA7, &[]);
    assert_eq!(commit(&mut card), 0x0C);
    change(&mut card, 0x0C, 30);
    ok(&mut card, 0x5A, &[0x33, 0x22, 0x11]);
    assert_eq!(commit(&mut card), 0x0C);
    assert_eq!(value(&mut card), 50);
}

#[test]
fn a_refused_command_ends_the_transaction() {
    let mut card = with_value(0);
    assert_eq!(change(&mut card, 0x0C, 30), 0x00);
    assert_eq!(change(&mut card, 0x0C, 30), 0xBE);
    assert_eq!(commit(&mut card), 0x0C);
    assert_eq!(value(&mut card), 50);
}

#[test]
fn a_value_stays_within_its_limits() {
    let mut card = with_value(0);
    assert_eq!(change(&mut card, 0x0C, 51), 0xBE);
    assert_eq!(change(&mut card, 0x0C, i32::MAX), 0xBE);
    assert_eq!(change(&mut card, 0xDC, 51), 0xBE);
    assert_eq!(change(&mut card, 0xDC, -1), 0x9E);
    assert_eq!(change(&mut card, 0x0C, 50), 0x00);
    assert_eq!(change(&mut card, 0x0C, 1), 0xBE);
}

#[test]
fn a_limited_credit_gives_back_what_was_taken_once() {
    let mut card = with_value(1);
    assert_eq!(change(&mut card, 0x1C, 1), 0xBE);
    change(&mut card, 0xDC, 10);
    change(&mut card, 0xDC, 20);
    commit(&mut card);
    let settings = ok(&mut card, 0xF5, &[VALUE]);
    assert_eq!(settings[..4], [0x02, 0x00, 0xEE, 0xEE]);
    assert_eq!(settings[4..16], [0_i32, 100, 30].map(i32::to_le_bytes).concat());
    assert_eq!(settings[16..], [1]);
    assert_eq!(change(&mut card, 0x1C, 31), 0xBE);
    assert_eq!(change(&mut card, 0x1C, 12), 0x00);
    commit(&mut card);
    assert_eq!(value(&mut card), 32);
    assert_eq!(change(&mut card, 0x1C, 1), 0xBE);
    assert_eq!(change(&mut with_value(0), 0x1C, 0), 0x9D);
}

#[test]
fn who_may_touch_a_value_depends_on_what_they_do() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 4);
    let limits = [0_i32, 100, 50].map(i32::to_le_bytes).concat();
    // Key 1 debits, key 2 also gives back what was taken, key 3 also credits.
    ok(&mut card, 0xCC, &[&[VALUE, 1, 0x30, 0x12][..], &limits, &[1]].concat());
    assert_eq!(send(&mut card, 0x6C, &[VALUE]).1, 0xAE);
    for (key, allowed) in [(1, [true, false, false]), (2, [true, true, false]), (3, [true; 3])] {
        for (ins, allowed) in [0xDC, 0x1C, 0x0C].into_iter().zip(allowed) {
            let mut session = Ev2::first(&mut card, key, &KEY).unwrap();
            let done = session.mac(&mut card, ins, &[VALUE, 0, 0, 0, 0]);
            assert_eq!(done.is_ok(), allowed, "key {key}, command {ins:02X}");
        }
        let mut session = Ev2::first(&mut card, key, &KEY).unwrap();
        assert!(session.mac(&mut card, 0x6C, &[VALUE]).is_ok());
    }
}

#[test]
fn an_enciphered_value_is_asked_for_and_changed_in_a_session() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 2);
    let limits = [-9_i32, 100, 50].map(i32::to_le_bytes).concat();
    // Anybody may ask for it: bit 1.
    ok(&mut card, 0xCC, &[&[VALUE, 3, 0x1F, 0xFF][..], &limits, &[2]].concat());
    let mut session = Ev2::first(&mut card, 1, &KEY).unwrap();
    session.full(&mut card, 0x0C, &[VALUE], &7_i32.to_le_bytes()).unwrap();
    session.mac(&mut card, 0xC7, &[]).unwrap();
    let sealed = session.mac(&mut card, 0x6C, &[VALUE]).unwrap();
    assert_eq!(session.decipher(&sealed), 57_i32.to_le_bytes());
    ok(&mut card, 0x5A, &[0x33, 0x22, 0x11]);
    assert_eq!(value(&mut card), 57);
}

#[test]
fn a_value_file_needs_limits_in_order() {
    let mut card = with_value(0);
    for [lower, upper, start] in [[1, 0, 0], [0, 10, 11], [0, 10, -1]] {
        let limits = [lower, upper, start].map(i32::to_le_bytes).concat();
        let parameters = [&[9, 0, 0xEE, 0xEE][..], &limits, &[0]].concat();
        assert_eq!(send(&mut card, 0xCC, &parameters).1, 0x9E);
        assert_eq!(send(&mut card, 0xCC, &parameters[..16]).1, 0x7E);
    }
}

#[test]
fn a_record_is_there_after_the_commit() {
    let mut card = with_records(0xC1, 3);
    assert_eq!(read(&mut card, 0, 0).1, 0xBE);
    assert_eq!(write(&mut card, 0, b"ab"), 0x00);
    assert_eq!(write(&mut card, 2, b"c"), 0x00);
    assert_eq!(commit(&mut card), 0x00);
    assert_eq!(read(&mut card, 0, 0), (b"abc".to_vec(), 0x00));
    assert_eq!(ok(&mut card, 0xF5, &[RECORDS])[4..], [3, 0, 0, 3, 0, 0, 1, 0, 0]);
    add(&mut card, b"def");
    add(&mut card, b"ghi");
    assert_eq!(read(&mut card, 0, 0), (b"abcdefghi".to_vec(), 0x00));
    assert_eq!(read(&mut card, 0, 2), (b"defghi".to_vec(), 0x00));
    assert_eq!(read(&mut card, 1, 1), (b"def".to_vec(), 0x00));
    assert_eq!(read(&mut card, 2, 2).1, 0xBE);
    assert_eq!(read(&mut card, 3, 1).1, 0xBE);
    assert_eq!(write(&mut card, 2, b"xy"), 0xBE);
}

#[test]
fn a_full_linear_file_takes_no_more() {
    let mut card = with_records(0xC1, 2);
    add(&mut card, b"abc");
    add(&mut card, b"def");
    assert_eq!(write(&mut card, 0, b"ghi"), 0xBE);
    assert_eq!(commit(&mut card), 0x0C);
    assert_eq!(read(&mut card, 0, 0), (b"abcdef".to_vec(), 0x00));
}

#[test]
fn in_a_full_cyclic_file_the_oldest_record_gives_way() {
    let mut card = with_records(0xC0, 3);
    for record in [&b"abc"[..], b"def", b"ghi"] {
        add(&mut card, record);
    }
    assert_eq!(read(&mut card, 0, 0), (b"defghi".to_vec(), 0x00));
    assert_eq!(write(&mut card, 0, b"jkl"), 0x00);
    assert_eq!(read(&mut card, 0, 0), (b"defghi".to_vec(), 0x00));
    ok(&mut card, 0xA7, &[]);
    assert_eq!(read(&mut card, 0, 0), (b"defghi".to_vec(), 0x00));
    let one = [5, 0, 0xEE, 0xEE, 3, 0, 0, 1, 0, 0];
    assert_eq!(send(&mut card, 0xC0, &one).1, 0x9E);
}

#[test]
fn a_record_is_changed_in_place() {
    let mut card = with_records(0xC1, 3);
    add(&mut card, b"abc");
    add(&mut card, b"def");
    assert_eq!(update(&mut card, 1, b"AB"), 0x00);
    assert_eq!(read(&mut card, 0, 0), (b"abcdef".to_vec(), 0x00));
    assert_eq!(commit(&mut card), 0x00);
    assert_eq!(read(&mut card, 0, 0), (b"ABcdef".to_vec(), 0x00));
    assert_eq!(update(&mut card, 2, b"xy"), 0xBE);
    assert_eq!(update(&mut card, 0, b"wxyz"), 0xBE);
}

#[test]
fn records_are_cleared_at_the_commit_and_not_written_before() {
    let mut card = with_records(0xC1, 2);
    add(&mut card, b"abc");
    assert_eq!(clear(&mut card), 0x00);
    assert_eq!(write(&mut card, 0, b"def"), 0x9D);
    assert_eq!(commit(&mut card), 0x0C);
    assert_eq!(clear(&mut card), 0x00);
    assert_eq!(read(&mut card, 0, 0), (b"abc".to_vec(), 0x00));
    assert_eq!(commit(&mut card), 0x00);
    assert_eq!(read(&mut card, 0, 0).1, 0xBE);
    add(&mut card, b"def");
    assert_eq!(read(&mut card, 0, 0), (b"def".to_vec(), 0x00));
}

#[test]
fn long_records_are_written_and_read_in_a_session() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 2);
    ok(&mut card, 0xC1, &[RECORDS, 3, 0x1F, 0x11, 100, 0, 0, 4, 0, 0]);
    let mut session = Ev2::first(&mut card, 1, &KEY).unwrap();
    let record: Vec<u8> = (0..100).collect();
    for _ in 0..2 {
        let header = [RECORDS, 0, 0, 0, 100, 0, 0];
        session.full(&mut card, 0x8B, &header, &record).unwrap();
        session.mac(&mut card, 0xC7, &[]).unwrap();
    }
    let header = [RECORDS, 0, 0, 0, 2, 0, 0];
    let sealed = session.mac(&mut card, 0xAB, &header).unwrap();
    assert_eq!(session.decipher(&sealed), [&record[..], &record].concat());
}

#[test]
fn commands_of_another_kind_of_file_are_refused() {
    let mut card = with_value(0);
    assert_eq!(send(&mut card, 0xAD, &[VALUE, 0, 0, 0, 0, 0, 0]).1, 0x9D);
    assert_eq!(send(&mut card, 0x8D, &[VALUE, 0, 0, 0, 1, 0, 0, 9]).1, 0x9D);
    assert_eq!(send(&mut card, 0xAB, &[VALUE, 0, 0, 0, 0, 0, 0]).1, 0x9D);
    assert_eq!(send(&mut card, 0xEB, &[VALUE]).1, 0x9D);
    let mut card = with_records(0xC1, 2);
    assert_eq!(send(&mut card, 0x6C, &[RECORDS]).1, 0x9D);
    assert_eq!(send(&mut card, 0x0C, &[RECORDS, 1, 0, 0, 0]).1, 0x9D);
    assert_eq!(send(&mut card, 0x6C, &[7]).1, 0xF0);
    assert_eq!(send(&mut card, 0xDC, &[RECORDS, 1, 0]).1, 0x7E);
    assert_eq!(send(&mut card, 0x8B, &[RECORDS, 0, 0, 0, 2, 0, 0, 9]).1, 0x7E);
}

#[test]
fn a_transaction_over_several_files_happens_whole_or_not_at_all() {
    for cut in 0..=1 {
        let mut card = with_value(0);
        ok(&mut card, 0xC1, &[RECORDS, 0, 0xEE, 0xEE, 3, 0, 0, 2, 0, 0]);
        change(&mut card, 0xDC, 20);
        write(&mut card, 0, b"abc");
        card.cut_power_after_writes(cut);
        assert!(card.transmit(&[0x90, 0xC7, 0, 0, 0]).is_empty());
        card.reset();
        ok(&mut card, 0x5A, &[0x33, 0x22, 0x11]);
        let records = read(&mut card, 0, 0).0;
        let expected = if cut == 0 { (50, Vec::new()) } else { (30, b"abc".to_vec()) };
        assert_eq!((value(&mut card), records), expected);
    }
}

#[test]
fn values_and_records_survive_on_disk_and_what_was_open_does_not() {
    let mut card = with_value(1);
    ok(&mut card, 0xC0, &[RECORDS, 0, 0xEE, 0xEE, 3, 0, 0, 4, 0, 0]);
    change(&mut card, 0xDC, 20);
    write(&mut card, 0, b"abc");
    commit(&mut card);
    change(&mut card, 0xDC, 5);
    write(&mut card, 0, b"def");
    let mut card = Card::from_bytes(&card.to_bytes(), counting()).unwrap();
    ok(&mut card, 0x5A, &[0x33, 0x22, 0x11]);
    assert_eq!((value(&mut card), read(&mut card, 0, 0).0), (30, b"abc".to_vec()));
    assert_eq!(change(&mut card, 0x1C, 20), 0x00);
}
