//! What comes out: reviewed pictures, QR codes that two readers read, exact pages, embedded fonts.
//! `FACE_SNAPSHOTS=update cargo test -p face` writes the reviewed pictures anew.

#![expect(clippy::unwrap_used, reason = "a failure of a helper is best seen where it happens")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use face::{Bleed, Card, Design, Dpi, Faces, Kind, Press, Side};
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use rxing::common::HybridBinarizer;
use rxing::{BinaryBitmap, Luma8Source, Reader as _};

static PRESS: LazyLock<Press> = LazyLock::new(|| Press::new(Design::default()).unwrap());
static FACES: LazyLock<Vec<(Card, Faces)>> = LazyLock::new(|| {
    common::people().into_iter().map(|card| (card.clone(), PRESS.set(&card).unwrap())).collect()
});

fn picture(file: &[u8]) -> DynamicImage {
    image::load_from_memory_with_format(file, ImageFormat::Png).unwrap()
}

/// The planes laid over each other, as the printer does.
fn composite(faces: &Faces, side: Side, dpi: Dpi) -> RgbImage {
    let planes = faces.planes(side, dpi).unwrap();
    let mut colour = picture(&planes.colour).to_rgb8();
    let black = picture(&planes.black).to_luma8();
    assert_eq!(colour.dimensions(), black.dimensions());
    for (dot, ink) in colour.pixels_mut().zip(black.pixels()) {
        if ink.0 == [0] {
            dot.0 = [0; 3];
        }
    }
    colour
}

fn rxing_reads(picture: &GrayImage) -> String {
    let (width, height) = picture.dimensions();
    let source = Luma8Source::new_with_slice(picture.as_raw(), width, height).unwrap();
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let result = rxing::qrcode::QRCodeReader.decode(&mut bitmap).expect("rxing finds the code");
    result.getText().to_owned()
}

fn zbar_reads(picture: &GrayImage, folder: &Path) -> Vec<u8> {
    let file = folder.join("code.png");
    picture.save(&file).unwrap();
    let output = Command::new("zbarimg")
        .args(["-q", "--raw", "-Sbinary", "-Sdisable", "-Sqrcode.enable"])
        .arg(&file)
        .output()
        .expect("zbarimg is installed (./x setup)");
    output.stdout
}

#[test]
fn every_code_is_read_from_both_planes_and_from_the_black_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (card, faces) in FACES.iter() {
        for dpi in [Dpi::Dpi300, Dpi::Dpi600] {
            let whole = DynamicImage::from(composite(faces, Side::Front, dpi)).to_luma8();
            let black = picture(&faces.planes(Side::Front, dpi).unwrap().black).to_luma8();
            let proof = picture(&faces.png(Side::Front, dpi).unwrap()).to_luma8();
            for picture in [&whole, &black, &proof] {
                assert_eq!(rxing_reads(picture), card.qr, "rxing at {dpi}");
                assert_eq!(zbar_reads(picture, folder.path()), card.qr.as_bytes(), "zbar at {dpi}");
            }
        }
    }
}

#[test]
fn faces_look_as_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let update = std::env::var_os("FACE_SNAPSHOTS").is_some_and(|value| value == "update");
    let mut changed: Vec<PathBuf> = Vec::new();
    for (n, (_, faces)) in FACES.iter().enumerate() {
        for (side, name) in [(Side::Front, "front"), (Side::Back, "back")] {
            let now = coarse(picture(&faces.png(side, Dpi::Dpi300).unwrap()).to_rgb8());
            let file = folder.join(format!("{n}-{name}.png"));
            if update {
                fs::create_dir_all(&folder).unwrap();
                write_small(&file, &now);
            }
            let reviewed = image::open(&file).expect("a reviewed picture").to_rgb8();
            if !alike(&reviewed, &now) {
                let fresh = file.with_extension("new.png");
                now.save(&fresh).unwrap();
                changed.push(fresh);
            }
        }
    }
    assert!(changed.is_empty(), "other than reviewed: {changed:?}");
}

/// Four bits a colour are given up, so that twenty pictures stay small.
fn coarse(mut picture: RgbImage) -> RgbImage {
    picture.iter_mut().for_each(|value| *value &= 0xf0);
    picture
}

fn write_small(file: &Path, picture: &RgbImage) {
    use image::ImageEncoder as _;
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    let (width, height) = picture.dimensions();
    let out = fs::File::create(file).unwrap();
    PngEncoder::new_with_quality(out, CompressionType::Best, FilterType::NoFilter)
        .write_image(picture.as_raw(), width, height, image::ExtendedColorType::Rgb8)
        .unwrap();
}

/// The same but for one step of brightness, and for one value in two thousand beyond it: processors
/// round curves differently.
fn alike(one: &RgbImage, other: &RgbImage) -> bool {
    let far = one.iter().zip(other.iter()).filter(|(a, b)| a.abs_diff(**b) > 16).count();
    one.dimensions() == other.dimensions() && far <= one.as_raw().len() / 2000
}

#[test]
fn pictures_have_the_card_s_size_and_say_their_resolution() {
    let (_, faces) = &FACES[0];
    for (dpi, size, per_metre) in
        [(Dpi::Dpi300, (1012, 638), 11811), (Dpi::Dpi600, (2025, 1275), 23622)]
    {
        let planes = faces.planes(Side::Front, dpi).unwrap();
        for file in [&planes.colour, &planes.black, &faces.png(Side::Back, dpi).unwrap()] {
            let reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
            assert_eq!((reader.info().width, reader.info().height), size);
            assert_eq!(reader.info().pixel_dims.unwrap().xppu, per_metre);
        }
        let black = png::Decoder::new(std::io::Cursor::new(&planes.black)).read_info().unwrap();
        assert_eq!(black.info().bit_depth, png::BitDepth::One);
    }
}

#[test]
fn the_colour_plane_holds_no_letter_and_no_code() {
    let mut card = common::people().remove(0);
    card.kind = Kind::Live;
    let one = PRESS.set(&card).unwrap();
    card.full_name = "Lý Ông".to_owned();
    card.qr = "another".to_owned();
    card.serial = "another".to_owned();
    let other = PRESS.set(&card).unwrap();
    for side in [Side::Front, Side::Back] {
        let (one, other) =
            (one.planes(side, Dpi::Dpi300).unwrap(), other.planes(side, Dpi::Dpi300).unwrap());
        assert_eq!(one.colour, other.colour, "{side:?}");
        assert_ne!(one.black, other.black, "{side:?}");
    }
}

#[test]
fn nothing_of_a_live_card_is_overprinted() {
    let mut card = common::people().remove(0);
    let specimen = PRESS.set(&card).unwrap();
    card.kind = Kind::Live;
    let live = PRESS.set(&card).unwrap();
    for side in [Side::Front, Side::Back] {
        let (live, specimen) =
            (live.planes(side, Dpi::Dpi300).unwrap(), specimen.planes(side, Dpi::Dpi300).unwrap());
        assert_ne!(live.colour, specimen.colour);
        assert_eq!(live.black, specimen.black);
    }
}

#[test]
fn the_same_card_gives_the_same_files() {
    let (card, faces) = &FACES[8];
    let again = PRESS.set(card).unwrap();
    assert_eq!(faces.pdf().unwrap(), again.pdf().unwrap());
    assert_eq!(
        faces.planes(Side::Front, Dpi::Dpi600).unwrap(),
        again.planes(Side::Front, Dpi::Dpi600).unwrap()
    );
}

/// What a tool of poppler says about a PDF.
fn poppler(tool: &str, args: &[&str], pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faces.pdf");
    fs::write(&file, pdf).unwrap();
    let output = Command::new(tool).args(args).arg(&file).arg("-").output();
    let output = output.expect("poppler-utils is installed (./x setup)");
    String::from_utf8(output.stdout).unwrap()
}

fn boxes(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faces.pdf");
    fs::write(&file, pdf).unwrap();
    let output = Command::new("pdfinfo").args(["-box", "-l", "2"]).arg(&file).output();
    String::from_utf8(output.expect("poppler-utils is installed (./x setup)").stdout).unwrap()
}

fn box_of<'a>(info: &'a str, page: u8, name: &str) -> Vec<&'a str> {
    let start = format!("Page    {page} {name}:");
    let line = info.lines().find_map(|line| line.strip_prefix(&start)).expect("the box is named");
    line.split_whitespace().collect()
}

#[test]
fn pages_are_exactly_the_card() {
    // 85.725 × 53.975 mm are 3.375 × 2.125 inches: 243 × 153 points.
    let info = boxes(&FACES[0].1.pdf().unwrap());
    assert!(info.contains("Pages:           2"), "{info}");
    for page in [1, 2] {
        assert_eq!(box_of(&info, page, "MediaBox"), ["0.00", "0.00", "243.00", "153.00"]);
    }
}

#[test]
fn bleed_lies_outside_the_trim_box() {
    let design = Design { bleed: Bleed::Millimetres3, ..Design::default() };
    let faces = Press::new(design).unwrap().set(&FACES[0].0).unwrap();
    let info = boxes(&faces.pdf().unwrap());
    for page in [1, 2] {
        assert_eq!(box_of(&info, page, "MediaBox"), ["0.00", "0.00", "260.01", "170.01"]);
        assert_eq!(box_of(&info, page, "TrimBox"), ["8.50", "8.50", "251.50", "161.50"]);
    }
}

#[test]
fn every_font_is_embedded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faces.pdf");
    for (_, faces) in FACES.iter() {
        fs::write(&file, faces.pdf().unwrap()).unwrap();
        let output = Command::new("pdffonts").arg(&file).output();
        let output = output.expect("poppler-utils is installed (./x setup)").stdout;
        let output = String::from_utf8(output).unwrap();
        let fonts: Vec<&str> = output.lines().skip(2).collect();
        assert!(!fonts.is_empty());
        for font in fonts {
            let words: Vec<&str> = font.split_whitespace().collect();
            assert!(words[0].contains("BeVietnamPro"), "{font}");
            // … emb sub uni object ID
            assert_eq!(words[words.len() - 5..words.len() - 2], ["yes", "yes", "yes"], "{font}");
        }
    }
}

#[test]
fn markup_in_a_text_is_printed_as_it_stands() {
    let text = poppler("pdftotext", &[], &FACES[9].1.pdf().unwrap());
    assert!(text.contains("#1 *và* $x$ \\_ @đơn_vị"), "{text}");
    assert!(text.contains("NGỮ ẪU NGUYỄN"), "{text}");
}

#[test]
fn archives_get_pdf_a() {
    let pdf = FACES[7].1.archive_pdf(2026, 11, 23).unwrap();
    let says = |text: &str| pdf.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(says("pdfaid:part") && says("pdfaid:conformance"));
    assert!(FACES[7].1.archive_pdf(2026, 2, 30).is_err());
}
