//! Losing power between any two EEPROM writes.

use crate::terminal::{application, blank, ok};
use picc::{Card, Model, Size};

fn bare(ins: u8, parameters: &[u8]) -> Vec<u8> {
    let length = u8::try_from(parameters.len()).unwrap();
    [&[0x90, ins, 0, 0, length], parameters, &[0]].concat()
}

fn write_100() -> Vec<u8> {
    bare(0x8D, &[&[1, 0, 0, 0, 100, 0, 0][..], &[0xAA; 100]].concat())
}

fn with_file() -> Card {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 1);
    ok(&mut card, 0xCD, &[1, 0, 0xEE, 0xEE, 100, 0, 0]);
    card
}

fn contents(card: &mut Card) -> Vec<u8> {
    ok(card, 0x5A, &[0x33, 0x22, 0x11]);
    ok(card, 0xAD, &[1, 0, 0, 0, 0, 0, 0])
}

#[test]
fn a_dead_card_is_silent_until_it_is_reset() {
    let mut card = blank(Model::Ev3, Size::K8);
    card.cut_power_after_writes(0);
    assert!(card.transmit(&bare(0xCA, &[1, 2, 3, 0x0F, 0x81])).is_empty());
    assert!(!card.is_powered());
    assert!(card.transmit(&[0x60]).is_empty());
    assert!(card.transmit(&[0xFF, 0xCA, 0, 0, 0]).is_empty());
    card.reset();
    assert!(card.is_powered());
    assert!(card.applications().is_empty());
    ok(&mut card, 0xCA, &[1, 2, 3, 0x0F, 0x81]);
}

#[test]
fn the_last_write_that_fits_happens_without_an_answer() {
    let mut card = blank(Model::Ev3, Size::K8);
    card.cut_power_after_writes(1);
    assert!(card.transmit(&bare(0xCA, &[1, 2, 3, 0x0F, 0x81])).is_empty());
    card.reset();
    assert_eq!(card.applications().len(), 1);
}

#[test]
fn a_cut_that_was_ordered_survives_a_reset() {
    let mut card = blank(Model::Ev3, Size::K8);
    card.cut_power_after_writes(1);
    card.reset();
    assert!(card.transmit(&bare(0xCA, &[1, 2, 3, 0x0F, 0x81])).is_empty());
}

#[test]
fn reading_needs_no_write_and_survives_any_cut() {
    let mut card = with_file();
    card.cut_power_after_writes(0);
    assert_eq!(contents(&mut card), [0; 100]);
}

#[test]
fn a_standard_file_tears_between_blocks_of_32_bytes() {
    for (cut, written) in [(0, 0), (1, 32), (2, 64), (3, 96), (4, 100)] {
        let mut card = with_file();
        card.cut_power_after_writes(cut);
        assert!(card.transmit(&write_100()).is_empty());
        card.reset();
        let expected = [vec![0xAA; written], vec![0; 100 - written]].concat();
        assert_eq!(contents(&mut card), expected, "after {cut} writes");
    }
    let mut card = with_file();
    card.cut_power_after_writes(5);
    assert_eq!(card.transmit(&write_100()), [0x91, 0x00]);
}

#[test]
fn a_backup_file_never_tears() {
    for cut in 0..=1 {
        let mut card = blank(Model::Ev3, Size::K8);
        application(&mut card, 0x0F, 1);
        ok(&mut card, 0xCB, &[1, 0, 0xEE, 0xEE, 100, 0, 0]);
        assert_eq!(card.transmit(&write_100()), [0x91, 0x00]);
        card.cut_power_after_writes(cut);
        assert!(card.transmit(&bare(0xC7, &[])[..4]).is_empty());
        card.reset();
        assert_eq!(contents(&mut card), if cut == 0 { [0; 100] } else { [0xAA; 100] });
    }
}

#[test]
fn the_count_of_writes_grows_exactly_when_the_image_changes() {
    let mut card = blank(Model::Ev3, Size::K8);
    let commands = [
        bare(0xCA, &[0x33, 0x22, 0x11, 0x0F, 0x81]),
        bare(0x6A, &[0])[..4].to_vec(),
        bare(0xCA, &[0x33, 0x22, 0x11, 0x0F, 0x81]),
        bare(0x5A, &[0x33, 0x22, 0x11]),
        bare(0xCD, &[1, 0, 0xEE, 0xEE, 100, 0, 0]),
        write_100(),
        bare(0xBD, &[1, 0, 0, 0, 10, 0, 0]),
        bare(0xDF, &[1]),
        bare(0xDF, &[1]),
    ];
    for command in commands {
        let (writes, image) = (card.writes(), card.to_bytes());
        card.transmit(&command);
        assert_eq!(card.writes() != writes, card.to_bytes() != image);
    }
}
