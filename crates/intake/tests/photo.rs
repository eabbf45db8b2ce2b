//! One photo, from a file to what a card needs.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::io::Cursor;

use image::{DynamicImage, GenericImage, ImageFormat, Rgb, RgbImage};
use intake::photo::{
    CHIP_BUDGET, ChipVariant, Limits, PRINT_HEIGHT, PRINT_WIDTH, PhotoError, PhotoSet, Studio,
    chip_photo,
};
use proptest::prelude::*;

/// A drawing by this project's own generator of sample people.
const PORTRAIT: &[u8] = include_bytes!("fixtures/drawn-portrait.jpg");

fn develop(bytes: &[u8]) -> Result<PhotoSet, PhotoError> {
    Studio::new(CHIP_BUDGET, Limits::default()).develop(bytes)
}

fn portrait() -> RgbImage {
    image::load_from_memory(PORTRAIT).unwrap().to_rgb8()
}

fn encode(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// Colours without any order, which no small file can hold.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = state.to_be_bytes();
        Rgb([a, b, c])
    })
}

fn codes(set: &PhotoSet) -> Vec<&'static str> {
    set.flags.iter().map(|flag| flag.code).collect()
}

#[test]
fn portrait_passes_without_a_flag() {
    let set = develop(PORTRAIT).unwrap();
    assert_eq!(codes(&set), [] as [&str; 0]);
    assert_eq!((set.print_width, set.print_height), (PRINT_WIDTH, PRINT_HEIGHT));
    assert_eq!(set.chip_variant, Some(ChipVariant::Colour));
    assert!(set.chip.unwrap().len() <= CHIP_BUDGET);
}

#[test]
fn same_file_gives_the_same_set() {
    assert_eq!(develop(PORTRAIT).unwrap(), develop(PORTRAIT).unwrap());
}

#[test]
fn face_in_a_wide_picture_is_found_and_cropped_around() {
    let mut wide = RgbImage::from_pixel(1600, 1000, Rgb([235, 240, 245]));
    wide.copy_from(&portrait(), 900, 200).unwrap();
    let set = develop(&encode(&wide, ImageFormat::Png)).unwrap();
    assert!(!codes(&set).contains(&"photo-no-face"), "{:?}", codes(&set));
    assert!(!codes(&set).contains(&"photo-off-centre"), "{:?}", codes(&set));
    assert_eq!(u64::from(set.print_width) * 4, u64::from(set.print_height) * 3);
}

#[test]
fn print_has_no_metadata_and_stands_upright() {
    // The camera held upside down: EXIF orientation 3.
    let exif: &[u8] =
        b"\xFF\xE1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0";
    let turned = encode(&image::imageops::rotate180(&portrait()), ImageFormat::Jpeg);
    let (start, rest) = turned.split_at(2);
    let file = [start, exif, rest].concat();
    let set = develop(&file).unwrap();
    assert_eq!(codes(&set), ["photo-turned"]);
    assert!(!set.print.windows(4).any(|bytes| bytes == b"Exif"));
    let shown = image::load_from_memory(&set.print).unwrap().to_luma8();
    let hair = u32::from(shown.get_pixel(240, 130).0[0]);
    let cloth = u32::from(shown.get_pixel(240, 20).0[0]);
    assert!(hair + 60 < cloth, "the hair is not on top");
}

#[test]
fn transparent_picture_stands_on_white() {
    let mut rgba = DynamicImage::ImageRgb8(portrait()).to_rgba8();
    for pixel in rgba.pixels_mut().filter(|pixel| pixel.0[2] > 225) {
        pixel.0[3] = 0;
    }
    let mut file = Cursor::new(Vec::new());
    rgba.write_to(&mut file, ImageFormat::Png).unwrap();
    let set = develop(&file.into_inner()).unwrap();
    let shown = image::load_from_memory(&set.print).unwrap().to_luma8();
    assert!(shown.get_pixel(5, 5).0[0] > 200);
}

#[test]
fn picture_without_a_face_is_flagged_not_refused() {
    let blocks = RgbImage::from_fn(600, 800, |x, y| {
        if (x / 40 + y / 40) % 2 == 0 { Rgb([230, 230, 230]) } else { Rgb([90, 120, 150]) }
    });
    let set = develop(&encode(&blocks, ImageFormat::Png)).unwrap();
    assert!(codes(&set).contains(&"photo-no-face"));
}

#[test]
fn dark_picture_on_a_dark_ground_is_flagged() {
    let mut dark = portrait();
    for pixel in dark.pixels_mut() {
        pixel.0 = pixel.0.map(|channel| channel / 4);
    }
    let flags = codes(&develop(&encode(&dark, ImageFormat::Png)).unwrap());
    assert!(flags.contains(&"photo-dark") && flags.contains(&"photo-background-dark"), "{flags:?}");
}

#[test]
fn rejects_what_is_no_jpeg_or_png_by_its_first_bytes() {
    for (bytes, expected) in [
        (b"\0\0\0\x18ftypheic\0\0\0\0".as_slice(), "HEIC"),
        (b"%PDF-1.7", "PDF"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (b"GIF89a", "GIF"),
        (b"PK\x03\x04", "ZIP"),
        (b"", "?"),
        (b"hello", "?"),
    ] {
        match develop(bytes) {
            Err(PhotoError::WrongType { kind }) => assert_eq!(kind, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn rejects_truncated_picture() {
    let png = encode(&portrait(), ImageFormat::Png);
    assert!(matches!(develop(&png[..png.len() / 2]), Err(PhotoError::Unreadable(_))));
    assert!(matches!(develop(&PORTRAIT[..200]), Err(PhotoError::Unreadable(_))));
}

#[test]
fn rejects_too_small_and_strips() {
    let small = image::imageops::thumbnail(&portrait(), 353, 472);
    let error = develop(&encode(&small, ImageFormat::Png)).unwrap_err();
    assert!(matches!(error, PhotoError::TooSmall { width: 353, height: 472 }));
    let strip = RgbImage::new(4000, 600);
    let error = develop(&encode(&strip, ImageFormat::Png)).unwrap_err();
    assert!(matches!(error, PhotoError::Aspect { width: 4000, height: 600 }));
}

#[test]
fn rejects_gross_blur_and_nothing_at_all() {
    let blurred = image::imageops::blur(&portrait(), 14.0);
    let error = develop(&encode(&blurred, ImageFormat::Png)).unwrap_err();
    assert!(matches!(error, PhotoError::Blurred));
    let blank = RgbImage::from_pixel(480, 640, Rgb([200, 200, 200]));
    assert!(matches!(develop(&encode(&blank, ImageFormat::Png)), Err(PhotoError::Blurred)));
}

#[test]
fn rejects_long_file() {
    let limits = Limits { file_bytes: 100, ..Limits::default() };
    let error = Studio::new(0, limits).develop(PORTRAIT).unwrap_err();
    assert!(matches!(error, PhotoError::FileTooLong { limit_bytes: 100 }));
}

/// A PNG of a few bytes that declares 60 000×60 000 pixels.
#[test]
fn rejects_dimension_bomb_before_decoding() {
    let mut header = b"IHDR".to_vec();
    header.extend(60_000_u32.to_be_bytes());
    header.extend(60_000_u32.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0D".to_vec();
    png.extend(&header);
    png.extend(crc32(&header).to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xAF\x06\x1E");
    let error = develop(&png).unwrap_err();
    assert!(
        matches!(error, PhotoError::TooManyPixels { .. } | PhotoError::Unreadable(_)),
        "{error:?}"
    );
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

#[test]
fn chip_photo_gives_up_colour_then_size_then_itself() {
    let picture = DynamicImage::ImageRgb8(portrait());
    let mut variants = Vec::new();
    for budget in (100..=1600).rev().step_by(50) {
        let chip = chip_photo(&picture, budget);
        if let Some(webp) = &chip.webp {
            assert!(webp.len() <= budget);
            assert!(webp.starts_with(b"RIFF"));
        }
        variants.push(chip.variant.map_or(3, |variant| variant as u8));
    }
    assert!(variants.is_sorted(), "{variants:?}");
    assert_eq!(variants.first(), Some(&0));
    assert_eq!(variants.last(), Some(&3));
    assert!(variants.contains(&1) || variants.contains(&2), "{variants:?}");
}

#[test]
fn picture_that_only_makes_mush_gets_no_chip_photo_and_is_flagged() {
    assert_eq!(chip_photo(&DynamicImage::ImageRgb8(noise(120, 160)), CHIP_BUDGET).webp, None);
    let mut busy = noise(480, 640);
    // Grain of four pixels, which the reduction to a chip photo does not average away.
    busy = image::imageops::resize(
        &image::imageops::crop_imm(&busy, 0, 0, 120, 160).to_image(),
        480,
        640,
        image::imageops::FilterType::Nearest,
    );
    let set = develop(&encode(&busy, ImageFormat::Png)).unwrap();
    assert_eq!((set.chip, set.chip_variant), (None, None));
    assert!(set.flags.iter().any(|flag| flag.code == "photo-chip-none"));
}

#[test]
fn studio_without_budget_makes_no_chip_photo() {
    let set = Studio::new(0, Limits::default()).develop(PORTRAIT).unwrap();
    assert_eq!(set.chip, None);
    assert!(set.flags.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for magic in [&b""[..], b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1a\n"] {
            let file = [magic, &bytes].concat();
            prop_assert!(develop(&file).is_err());
        }
    }

    #[test]
    fn damaged_portrait_never_panics(at in 2_usize..40_000, byte in any::<u8>()) {
        let mut file = PORTRAIT.to_vec();
        let at = at % file.len();
        file[at] = byte;
        drop(develop(&file));
    }
}
