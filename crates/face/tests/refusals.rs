//! What is refused, and that everything else is printed.

#![expect(clippy::unwrap_used, reason = "a failure of a helper is best seen where it happens")]

mod common;

use std::sync::LazyLock;

use face::{
    Artwork, ArtworkError, ArtworkPlace, Card, Design, Dpi, FaceError, Field, PortraitError, Press,
    QrError, Side,
};
use proptest::prelude::*;

static PRESS: LazyLock<Press> = LazyLock::new(|| Press::new(Design::default()).unwrap());
static CARD: LazyLock<Card> = LazyLock::new(|| common::people().remove(0));

fn refusal(change: impl FnOnce(&mut Card)) -> FaceError {
    let mut card = CARD.clone();
    change(&mut card);
    PRESS.set(&card).unwrap_err()
}

fn set(card: &mut Card, field: Field, text: &str) {
    let text = text.to_owned();
    match field {
        Field::ManagingAgency => card.managing_agency = text,
        Field::EmployingUnit => card.employing_unit = text,
        Field::FullName => card.full_name = text,
        Field::Title => card.title = text,
        Field::CardNumber => card.card_number = text,
        Field::Serial => card.serial = text,
        Field::ValidThrough | Field::Words => card.valid_through = Some(text),
    }
}

fn fields() -> impl Iterator<Item = Field> {
    Field::ALL.into_iter().filter(|field| *field != Field::Words)
}

#[test]
fn names_the_field_and_the_letter_that_the_fonts_lack() {
    for field in fields() {
        let error = refusal(|card| set(card, field, "Vương 王"));
        assert_eq!(error, FaceError::GlyphMissing { field, letter: '王' });
    }
    let message = refusal(|card| card.title = "Tổ\u{202e}a".to_owned()).to_string();
    assert_eq!(message, "title: the letter of number (U+202E) cannot be printed");
}

#[test]
fn names_the_field_that_does_not_fit() {
    for field in fields() {
        let one_word = refusal(|card| set(card, field, &"W".repeat(120)));
        assert_eq!(one_word, FaceError::Overflow { field });
        let words = refusal(|card| set(card, field, &"Ngoằn ngoèo ".repeat(60)));
        assert_eq!(words, FaceError::Overflow { field });
    }
}

#[test]
fn errors_hold_no_word_of_the_card() {
    let secret = "Bí Mật ".repeat(60);
    let error = refusal(|card| card.full_name.clone_from(&secret));
    assert!(!format!("{error} {error:?}").contains("Bí Mật"));
    let mut card = CARD.clone();
    card.full_name = "Bí Mật".to_owned();
    let shown = format!("{card:?} {:?}", PRESS.set(&card).unwrap());
    assert!(!shown.contains("Bí Mật") && !shown.contains(&card.card_number), "{shown}");
}

#[test]
fn names_what_is_wrong_with_a_portrait() {
    let unreadable = FaceError::Portrait(PortraitError::Unreadable);
    assert_eq!(refusal(|card| card.portrait.clear()), unreadable);
    assert_eq!(refusal(|card| card.portrait = b"GIF89a".to_vec()), unreadable);
    let half = |card: &mut Card| {
        card.portrait = common::portrait(1);
        card.portrait.truncate(200);
    };
    assert_eq!(refusal(half), unreadable);
    let large = refusal(|card| card.portrait = vec![0; 9 << 20]);
    assert_eq!(large, FaceError::Portrait(PortraitError::TooLarge));
    let wide = refusal(|card| {
        let mut file = std::io::Cursor::new(Vec::new());
        image::GrayImage::new(6001, 1).write_to(&mut file, image::ImageFormat::Png).unwrap();
        card.portrait = file.into_inner();
    });
    assert_eq!(wide, FaceError::Portrait(PortraitError::TooLarge));
}

#[test]
fn refuses_a_code_too_dense_for_the_printer() {
    let too_dense = |bytes, dpi| FaceError::Qr(QrError::TooDense { bytes, dpi });
    assert_eq!(refusal(|card| card.qr = "a".repeat(123)), too_dense(123, Dpi::Dpi300));
    assert_eq!(refusal(|card| card.qr.clear()), FaceError::Qr(QrError::Empty));
    // A finer printer takes more, and the picture at 300 dpi is then refused alone.
    let design = Design { printer: Dpi::Dpi600, ..Design::default() };
    let mut card = CARD.clone();
    card.qr = "a".repeat(152);
    let faces = Press::new(design).unwrap().set(&card).unwrap();
    assert!(faces.planes(Side::Front, Dpi::Dpi600).is_ok());
    assert_eq!(faces.png(Side::Front, Dpi::Dpi300), Err(too_dense(152, Dpi::Dpi300)));
}

#[test]
fn names_the_artwork_that_cannot_be_read() {
    let broken = || Some(b"no picture".to_vec());
    for (artwork, place) in [
        (Artwork { national_emblem: broken(), ..Artwork::default() }, ArtworkPlace::NationalEmblem),
        (Artwork { logo: broken(), ..Artwork::default() }, ArtworkPlace::Logo),
        (Artwork { back_emblem: broken(), ..Artwork::default() }, ArtworkPlace::BackEmblem),
    ] {
        let error = Press::new(Design { artwork, ..Design::default() }).unwrap_err();
        assert_eq!(error, ArtworkError { place });
    }
}

#[test]
fn artwork_takes_the_placeholder_s_place() {
    let svg = br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#00f"/></svg>"##;
    let artwork = Artwork { national_emblem: Some(svg.to_vec()), ..Artwork::default() };
    let press = Press::new(Design { artwork, ..Design::default() }).unwrap();
    let front = press.set(&CARD).unwrap().png(Side::Front, Dpi::Dpi300).unwrap();
    let front = image::load_from_memory(&front).unwrap().to_rgb8();
    // The place's centre: 9.6 × 8.9 mm.
    assert_eq!(front.get_pixel(113, 105).0, [0, 0, 255]);
}

#[test]
fn presses_work_on_several_threads() {
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| PRESS.set(&CARD).unwrap().png(Side::Front, Dpi::Dpi300)))
            .collect();
        let files: Vec<_> = runs.into_iter().map(|run| run.join().unwrap().unwrap()).collect();
        assert!(files.windows(2).all(|pair| pair[0] == pair[1]));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_printed_or_refused_by_name(
        name in "\\PC{0,60}",
        title in "[\\p{L}\\p{N} #$*\\\\_@<>\\[\\]{}`'\"/-]{0,120}",
        unit in "[A-Za-zĂăÂâĐđÊêÔôƠơƯưáàảãạẫỗữ #$*\\\\]{0,160}",
    ) {
        let mut card = CARD.clone();
        card.full_name = name;
        card.title = title;
        card.employing_unit = unit;
        match PRESS.set(&card) {
            Ok(faces) => {
                prop_assert!(faces.archive_pdf(2026, 1, 1).is_ok(), "a missing glyph was let through");
            }
            Err(FaceError::GlyphMissing { field, .. } | FaceError::Overflow { field }) => {
                prop_assert!([Field::FullName, Field::Title, Field::EmployingUnit].contains(&field));
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}
