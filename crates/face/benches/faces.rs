//! Faces per second, against typst alone on the same documents: its layout and its export without
//! checks, planes and QR code. `cargo bench --profile dev -p face`.

#![expect(clippy::unwrap_used, reason = "a failure of the benchmark is best seen where it happens")]
#![expect(clippy::indexing_slicing, reason = "an index below a list's length cannot fail")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use face::{Card, Design, Dpi, Press, Side};
use typst::utils::Scalar;
use typst_render::RenderOptions;

fn main() {
    let press = Press::new(Design::default()).unwrap();
    // Every card is another one, so that nothing personal is laid out once only.
    let people = common::people();
    let cards: Vec<Card> = (0..CARDS)
        .map(|n| {
            let mut card = people[n % people.len()].clone();
            card.serial = format!("K7Q2-{n:04}-7");
            card.title = format!("{} {n}", card.title);
            card.portrait.extend([u8::try_from(n % 251).unwrap(), u8::try_from(n / 251).unwrap()]);
            card
        })
        .collect();
    let alone = |card: &Card| press.typst_alone(card).unwrap();
    let ours_pdf = |card: &Card| press.set(card).unwrap().pdf().unwrap().len();
    let typst_pdf = |card: &Card| typst_pdf::pdf(&alone(card), &face::pdf_options()).unwrap().len();
    let ours_png = |card: &Card| {
        let faces = press.set(card).unwrap();
        faces.png(Side::Front, Dpi::Dpi300).unwrap().len()
            + faces.png(Side::Back, Dpi::Dpi300).unwrap().len()
    };
    let ours_planes = |card: &Card| {
        let faces = press.set(card).unwrap();
        let front = faces.planes(Side::Front, Dpi::Dpi300).unwrap();
        let back = faces.planes(Side::Back, Dpi::Dpi300).unwrap();
        front.colour.len() + front.black.len() + back.colour.len() + back.black.len()
    };
    let options = RenderOptions { pixel_per_pt: Scalar::new(300.0 / 72.0), render_bleed: false };
    let typst_png = |card: &Card| {
        let document = alone(card);
        let pictures = document.pages().iter().map(|page| typst_render::render(page, &options));
        pictures.map(|picture| picture.encode_png().unwrap().len()).sum()
    };
    let pdf = (rate(&cards, ours_pdf), rate(&cards, typst_pdf));
    let png = (rate(&cards, ours_png), rate(&cards, typst_png));
    let planes = (rate(&cards, ours_planes), png.1);
    for (name, (ours, alone)) in [("pdf", pdf), ("png_300", png), ("planes_300", planes)] {
        // Time a card against typst's: at most 1.2 is the goal.
        let ratio = alone / ours;
        println!(
            "{name}: {ours:.1} cards/s, typst alone {alone:.1} cards/s, time ratio {ratio:.2}"
        );
        println!(
            "{{\"bench\":\"faces_{name}\",\"cards_per_s\":{ours:.2},\"typst_alone_per_s\":{alone:.2},\
             \"ratio\":{ratio:.3},\"goal\":1.2}}"
        );
    }
}

/// Cards a second, the first few apart: they warm what a press keeps warm.
fn rate(cards: &[Card], make: impl Fn(&Card) -> usize) -> f64 {
    let (warm, timed) = cards.split_at(10);
    let bytes: usize = warm.iter().map(&make).sum();
    assert!(bytes > 0, "files were made");
    let start = Instant::now();
    let bytes: usize = timed.iter().map(&make).sum();
    assert!(bytes > 0, "files were made");
    f64::from(u32::try_from(timed.len()).unwrap()) / start.elapsed().as_secs_f64()
}

const CARDS: usize = 110;
