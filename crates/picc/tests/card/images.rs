//! The image of a card: what is written can be read again, by this release and by later ones.

use crate::terminal::{Ev2, application, blank, counting, crc32, ok};
use picc::{Access, Card, FileType, ImageError, KeyKind, Model, NoSuchChip, Size};

/// An image of the version that this release writes: one application, four files, a changed key.
const FIXTURE: &[u8] = include_bytes!("../images/2.picc");
/// The same card in the version before, which knew no values and records.
const VERSION_1: &[u8] = include_bytes!("../images/1.picc");

/// The card whose image is the fixture, with or without its value and its record.
fn sample(values_and_records: bool) -> Card {
    let mut card = blank(Model::Ev3, Size::K4);
    application(&mut card, 0x0F, 3);
    ok(&mut card, 0xCD, &[1, 0x03, 0x20, 0x1F, 40, 0, 0]);
    ok(&mut card, 0xCB, &[2, 0x00, 0xEE, 0xEE, 5, 0, 0]);
    ok(&mut card, 0x8D, &[2, 0, 0, 0, 5, 0, 0, 1, 2, 3, 4, 5]);
    if values_and_records {
        ok(&mut card, 0xCC, &[3, 0, 0xEE, 0xEE, 0, 0, 0, 0, 9, 0, 0, 0, 7, 0, 0, 0, 3]);
        ok(&mut card, 0xC0, &[4, 0, 0xEE, 0xEE, 2, 0, 0, 3, 0, 0]);
        ok(&mut card, 0xDC, &[3, 4, 0, 0, 0]);
        ok(&mut card, 0x8B, &[4, 0, 0, 0, 2, 0, 0, 0xA0, 0xA1]);
    }
    ok(&mut card, 0xC7, &[]);
    let mut session = Ev2::first(&mut card, 0, &[0; 16]).unwrap();
    let change = [&[0x77; 16][..], &[3], &crc32(&[0x77; 16])].concat();
    session.full(&mut card, 0xC4, &[1], &change).unwrap();
    card
}

fn load(image: &[u8]) -> Result<Card, ImageError> {
    Card::from_bytes(image, counting())
}

#[test]
fn the_image_of_this_release_loads_and_is_written_again_as_it_was() {
    let card = load(FIXTURE).unwrap();
    assert_eq!(String::from_utf8(card.to_bytes()), String::from_utf8(FIXTURE.to_vec()));
    assert_eq!(card.to_bytes(), sample(true).to_bytes());
}

#[test]
fn an_image_of_the_version_before_loads_and_is_written_in_this_one() {
    let card = load(VERSION_1).unwrap();
    assert_eq!(card.to_bytes(), sample(false).to_bytes());
}

#[test]
fn a_loaded_card_has_its_keys_and_files() {
    let mut card = load(FIXTURE).unwrap();
    let applications = card.applications();
    assert_eq!(applications.len(), 1);
    assert_eq!(applications[0].aid, [0x33, 0x22, 0x11]);
    assert_eq!(applications[0].key_kind, KeyKind::Aes);
    assert_eq!(applications[0].key_versions, [0, 3, 0]);
    assert_eq!(applications[0].files[0].file_type, FileType::Standard);
    assert_eq!(applications[0].files[0].rights.read(), Access::Key(1));
    assert_eq!(applications[0].files[1].file_type, FileType::Backup);
    ok(&mut card, 0x5A, &[0x33, 0x22, 0x11]);
    assert_eq!(ok(&mut card, 0xAD, &[2, 0, 0, 0, 0, 0, 0]), [1, 2, 3, 4, 5]);
    assert!(Ev2::first(&mut card, 1, &[0x77; 16]).is_ok());
}

#[test]
fn refuses_what_is_no_image() {
    for image in [&b""[..], b"PK", b"congvu-picc 1", b"congvu-picc x\n{}"] {
        assert!(matches!(load(image), Err(ImageError::NotAnImage)));
    }
}

#[test]
fn refuses_an_image_of_a_later_release() {
    let later = load(b"congvu-picc 3\n{}");
    assert!(matches!(later, Err(ImageError::UnknownVersion { found: 3 })));
}

#[test]
fn refuses_an_image_cut_short_anywhere() {
    let image = FIXTURE;
    // Without its last line break it is still whole.
    for length in 0..image.len() - 1 {
        assert!(load(&image[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn refuses_a_card_that_cannot_exist() {
    let text = String::from_utf8(FIXTURE.to_vec()).unwrap();
    let twice = text.find(r#"{"aid":"#).map(|at| text[at..].trim_end().strip_suffix("]}").unwrap());
    let changes = [
        (r#""blocks_used":13"#, r#""blocks_used":121"#.to_owned()),
        (r#""blocks_used":13"#, r#""blocks_used":8"#.to_owned()),
        (r#""value":3,"#, r#""value":10,"#.to_owned()),
        (r#""bytes":"a0a1""#, r#""bytes":"a0a1a2""#.to_owned()),
        (r#""bytes":"a0a1""#, r#""bytes":"a0a1a2a3a4a5""#.to_owned()),
        (r#""most":3"#, r#""most":1"#.to_owned()),
        (r#""number":1,"#, r#""number":32,"#.to_owned()),
        (r#""backup":"0102030405""#, r#""backup":"""#.to_owned()),
        (r#""rights":7968"#, r#""rights":40960"#.to_owned()),
        (r#""key_kind":"aes""#, r#""key_kind":"des""#.to_owned()),
        (r#""kind":"des""#, r#""kind":"des3""#.to_owned()),
        (r#"{"aid":"#, format!(r#"{},{{"aid":"#, twice.unwrap())),
    ];
    for (from, to) in changes {
        let changed = text.replacen(from, &to, 1);
        assert_ne!(changed, text, "{from}");
        let refused = load(changed.as_bytes());
        assert!(
            matches!(refused, Err(ImageError::Impossible { .. })),
            "{from} -> {to}: {refused:?}"
        );
    }
}

#[test]
fn refuses_an_entry_that_this_release_does_not_know() {
    let text = String::from_utf8(FIXTURE.to_vec()).unwrap();
    let changed = text.replacen(r#""writes":"#, r#""colour":1,"writes":"#, 1);
    assert!(matches!(load(changed.as_bytes()), Err(ImageError::Damaged(_))));
}

#[test]
fn there_is_no_ev1_with_16_kb() {
    let refused = Card::factory(Model::Ev1, Size::K16, [4; 7], counting()).unwrap_err();
    assert_eq!(refused, NoSuchChip { model: Model::Ev1, size: Size::K16 });
    assert_eq!(refused.to_string(), "there is no EV1 chip with 16 KB");
}

#[test]
fn names_of_chips_are_read_and_others_refused() {
    assert_eq!("EV2".parse(), Ok(Model::Ev2));
    assert_eq!("16K".parse(), Ok(Size::K16));
    assert!("ev4".parse::<Model>().is_err());
    assert!("32k".parse::<Size>().is_err());
}

#[test]
fn debug_shows_neither_keys_nor_data() {
    let shown = format!("{:?}", sample(true));
    assert!(!shown.contains("77") && !shown.contains("119"), "{shown}");
}
