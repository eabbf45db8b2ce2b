//! Sessions from end to end against the small terminal of these tests.

use crate::terminal::{Ev2, UID, application, blank, cbc, crc32, ok, send};
use picc::{Card, Model, Size};

const ZERO: [u8; 16] = [0; 16];
const OLD: [u8; 16] = [0; 16];
const NEW: [u8; 16] = [0x5A; 16];

/// Changes another key than the session's.
fn other_key(session: &mut Ev2, card: &mut Card, key_no: u8, old: &[u8; 16]) -> Result<(), u8> {
    let mut data: Vec<u8> = old.iter().zip(NEW).map(|(old, new)| old ^ new).collect();
    data.push(7);
    data.extend(crc32(&NEW));
    session.full(card, 0xC4, &[key_no], &data).map(|_| ())
}

#[test]
fn an_ev2_session_reads_the_identifier_enciphered() {
    for model in [Model::Ev2, Model::Ev3] {
        let mut card = blank(model, Size::K4);
        application(&mut card, 0x0F, 1);
        let mut session = Ev2::first(&mut card, 0, &ZERO).unwrap();
        let sealed = session.mac(&mut card, 0x51, &[]).unwrap();
        assert_eq!(session.decipher(&sealed), UID);
    }
}

#[test]
fn get_version_in_a_session_has_one_mac_over_all_frames() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 1);
    let mut session = Ev2::first(&mut card, 0, &ZERO).unwrap();
    assert_eq!(session.mac(&mut card, 0x60, &[]).unwrap().len(), 28);
}

#[test]
fn a_file_is_written_and_read_enciphered_in_both_instruction_families() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 2);
    ok(&mut card, 0xCD, &[1, 0x03, 0x10, 0x11, 0x00, 0x01, 0x00]);
    let mut session = Ev2::first(&mut card, 1, &ZERO).unwrap();
    let data: Vec<u8> = (0..200).collect();
    let header = [1, 0, 0, 0, 200, 0, 0];
    session.full(&mut card, 0x8D, &header, &data).unwrap();
    let sealed = session.mac(&mut card, 0xAD, &header).unwrap();
    assert_eq!(session.decipher(&sealed), data);
    session.full(&mut card, 0x3D, &header, &data).unwrap();
    let sealed = session.mac(&mut card, 0xBD, &[1, 0, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!(session.decipher(&sealed).len(), 256);
    assert_eq!(card.applications()[0].files[0].size, 256);
}

#[test]
fn an_answer_too_long_for_one_apdu_is_a_length_error() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 2);
    ok(&mut card, 0xCD, &[1, 0x01, 0x10, 0x11, 0x00, 0x01, 0x00]);
    let mut session = Ev2::first(&mut card, 1, &ZERO).unwrap();
    assert_eq!(session.mac(&mut card, 0xAD, &[1, 0, 0, 0, 248, 0, 0]).unwrap().len(), 248);
    assert_eq!(session.mac(&mut card, 0xAD, &[1, 0, 0, 0, 0, 0, 0]), Err(0x7E));
}

#[test]
fn the_key_of_the_session_changes_and_the_session_is_over() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 2);
    let session = Ev2::first(&mut card, 0, &ZERO).unwrap();
    let before = card.writes();
    session.last(&mut card, 0xC4, &[0], &[&NEW[..], &[9]].concat());
    assert_eq!(card.writes(), before + 1);
    assert_eq!(ok(&mut card, 0x64, &[0]), [9]);
    assert!(Ev2::first(&mut card, 0, &ZERO).is_err());
    assert!(Ev2::first(&mut card, 0, &NEW).is_ok());
}

#[test]
fn another_key_changes_only_for_who_knows_the_old_one() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 3);
    let mut session = Ev2::first(&mut card, 0, &ZERO).unwrap();
    other_key(&mut session, &mut card, 1, &OLD).unwrap();
    assert_eq!(session.mac(&mut card, 0x64, &[1]).unwrap(), [7]);
    assert_eq!(other_key(&mut session, &mut card, 2, &[1; 16]), Err(0x1E));
    assert!(Ev2::first(&mut card, 1, &NEW).is_ok());
    assert!(Ev2::first(&mut card, 2, &OLD).is_ok());
}

#[test]
fn keys_change_only_as_the_settings_say() {
    // Settings, key of the session, key to change, answer.
    let cases = [
        (0x0F, 0, 1, Ok(())),
        (0x0F, 1, 2, Err(0xAE)),
        (0x2F, 2, 1, Ok(())),
        (0x2F, 0, 1, Err(0xAE)),
        (0x2F, 0, 2, Ok(())),
        (0xEF, 0, 1, Err(0xAE)),
        (0xFF, 0, 1, Err(0x9D)),
        (0x0F, 0, 9, Err(0x40)),
        (0x0E, 1, 0, Err(0x9D)),
        (0x0F, 1, 0, Err(0xAE)),
    ];
    for (settings, key, target, expected) in cases {
        let mut card = blank(Model::Ev3, Size::K8);
        application(&mut card, settings, 3);
        let mut session = Ev2::first(&mut card, key, &ZERO).unwrap();
        let changed = other_key(&mut session, &mut card, target, &OLD);
        assert_eq!(changed, expected, "settings {settings:02X}, key {key}, target {target}");
    }
}

#[test]
fn an_error_ends_the_session_and_a_later_one_continues_the_count() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x09, 2);
    let mut session = Ev2::first(&mut card, 0, &ZERO).unwrap();
    session.mac(&mut card, 0x6F, &[]).unwrap();
    assert_eq!(session.mac(&mut card, 0xF5, &[5]), Err(0xF0));
    assert_eq!(send(&mut card, 0x6F, &[]).1, 0xAE, "the session is over");
    let mut session = session.next(&mut card, 0, &ZERO).unwrap();
    session.mac(&mut card, 0x6F, &[]).unwrap();
}

#[test]
fn selecting_ends_the_session() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x09, 1);
    let session = Ev2::first(&mut card, 0, &ZERO).unwrap();
    ok(&mut card, 0x5A, &[0x33, 0x22, 0x11]);
    assert_eq!(send(&mut card, 0x6F, &[]).1, 0xAE);
    assert_eq!(session.next(&mut card, 0, &ZERO).err(), Some(0xAE));
}

#[test]
fn a_changed_bit_in_a_command_changes_nothing() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 2);
    ok(&mut card, 0xCD, &[1, 0x01, 0x10, 0x11, 0x20, 0x00, 0x00]);
    Ev2::first(&mut card, 1, &ZERO).unwrap();
    let writes = card.writes();
    let forged = [&[1, 0, 0, 0, 1, 0, 0, 0xAA][..], &[0; 8]].concat();
    assert_eq!(send(&mut card, 0x8D, &forged).1, 0x1E);
    assert_eq!(card.writes(), writes);
}

#[test]
fn settings_are_changed_enciphered_and_a_frozen_card_stays_frozen() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 1);
    let mut session = Ev2::first(&mut card, 0, &ZERO).unwrap();
    session.full(&mut card, 0x54, &[], &[0x01]).unwrap();
    assert_eq!(session.mac(&mut card, 0x45, &[]).unwrap(), [0x01, 0x81]);
    assert_eq!(session.full(&mut card, 0x54, &[], &[0x0F]), Err(0x9D));
}

#[test]
fn file_settings_are_changed_enciphered_by_their_key() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 2);
    ok(&mut card, 0xCD, &[1, 0x00, 0x11, 0x11, 0x20, 0x00, 0x00]);
    let mut session = Ev2::first(&mut card, 1, &ZERO).unwrap();
    session.full(&mut card, 0x5F, &[1], &[0x03, 0xF1, 0x11]).unwrap();
    let settings = session.mac(&mut card, 0xF5, &[1]).unwrap();
    assert_eq!(settings, [0x00, 0x03, 0xF1, 0x11, 0x20, 0x00, 0x00]);
}

#[test]
fn an_application_is_deleted_from_inside_by_its_own_key() {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 1);
    let free = card.free_bytes();
    assert_eq!(send(&mut card, 0xDA, &[0x33, 0x22, 0x11]).1, 0xAE);
    let session = Ev2::first(&mut card, 0, &ZERO).unwrap();
    session.last(&mut card, 0xDA, &[0x33, 0x22, 0x11], &[]);
    assert!(card.applications().is_empty());
    assert_eq!(card.free_bytes(), free, "its memory is lost until the next format");
}

/// An AES session of the older generation.
fn authenticate_aes(card: &mut Card, key_no: u8, key: &[u8; 16]) {
    let (challenge, status) = send(card, 0xAA, &[key_no]);
    assert_eq!(status, 0xAF);
    let mut iv = [0; 16];
    let mut b = cbc(key, &mut iv, &challenge, false);
    b.rotate_left(1);
    let token = cbc(key, &mut iv, &[&[1; 16][..], &b].concat(), true);
    assert_eq!(send(card, 0xAF, &token).1, 0x00);
}

#[test]
fn an_ev1_write_without_its_mac_is_an_integrity_error_and_ends_the_session() {
    let mut card = blank(Model::Ev1, Size::K8);
    application(&mut card, 0x09, 1);
    authenticate_aes(&mut card, 0, &ZERO);
    ok(&mut card, 0xCD, &[1, 0x01, 0x00, 0x00, 0x20, 0x00, 0x00]);
    assert_eq!(send(&mut card, 0x3D, &[1, 0, 0, 0, 2, 0, 0, 0xAA, 0xBB]).1, 0x1E);
    assert_eq!(send(&mut card, 0x6F, &[]).1, 0xAE);
}

#[test]
fn an_ev1_session_answers_with_a_mac_even_from_a_plain_file() {
    let mut card = blank(Model::Ev1, Size::K8);
    application(&mut card, 0x0F, 1);
    ok(&mut card, 0xCD, &[1, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00]);
    authenticate_aes(&mut card, 0, &ZERO);
    assert_eq!(ok(&mut card, 0xBD, &[1, 0, 0, 0, 4, 0, 0]).len(), 4 + 8);
}

#[test]
fn an_ev1_holds_28_applications_and_an_ev3_more() {
    for (model, last) in [(Model::Ev1, 0xCE), (Model::Ev3, 0x00)] {
        let mut card = blank(model, Size::K8);
        for number in 1..=28 {
            ok(&mut card, 0xCA, &[number, 0, 0, 0x0F, 0x81]);
        }
        assert_eq!(send(&mut card, 0xCA, &[29, 0, 0, 0x0F, 0x81]).1, last);
    }
}

#[test]
fn lists_break_on_whole_identifiers() {
    let mut card = blank(Model::Ev3, Size::K8);
    for number in 1..=20 {
        ok(&mut card, 0xCA, &[number, 0, 0, 0x0F, 0xA1]);
    }
    let (first, status) = send(&mut card, 0x6A, &[]);
    assert_eq!((first.len(), status), (57, 0xAF));
    assert_eq!(ok(&mut card, 0xAF, &[]), [20, 0, 0]);

    ok(&mut card, 0x5A, &[1, 0, 0]);
    for number in 0..30 {
        ok(&mut card, 0xCD, &[number, number, 0xE1, 0, 0xEE, 0xEE, 1, 0, 0]);
    }
    let (first, status) = send(&mut card, 0x61, &[]);
    assert_eq!((first.len(), status), (58, 0xAF));
    assert_eq!(ok(&mut card, 0xAF, &[]), [29, 0xE1]);
}

#[test]
fn file_data_come_in_frames_of_59_bytes_from_an_ev1_and_48_from_an_ev3() {
    for (model, frame) in [(Model::Ev1, 59), (Model::Ev3, 48)] {
        for length in [frame - 1, frame, frame + 1] {
            let mut card = blank(model, Size::K8);
            application(&mut card, 0x0F, 1);
            ok(&mut card, 0xCD, &[1, 0, 0xEE, 0xEE, length, 0, 0]);
            let (data, status) = send(&mut card, 0xBD, &[1, 0, 0, 0, 0, 0, 0]);
            assert_eq!(data.len(), usize::from(length.min(frame)));
            assert_eq!(status, if length > frame { 0xAF } else { 0x00 });
        }
    }
}
