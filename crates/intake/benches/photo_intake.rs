//! Milliseconds for one photo from file to print and chip, against decoding and encoding it alone.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use intake::photo::{CHIP_BUDGET, Limits, Studio, chip_photo};

const ROUNDS: u32 = 20;
const PORTRAIT: &[u8] = include_bytes!("../tests/fixtures/drawn-portrait.jpg");

fn main() {
    let started = Instant::now();
    let mut studio = Studio::new(CHIP_BUDGET, Limits::default());
    let opening = started.elapsed().as_secs_f64() * 1e3;
    let whole = each(|| {
        studio.develop(PORTRAIT).expect("the fixture is a good photo");
    });
    let picture = image::load_from_memory(PORTRAIT).expect("the fixture decodes");
    let chip = each(|| {
        assert!(chip_photo(&picture, CHIP_BUDGET).webp.is_some());
    });
    let baseline = each(|| {
        let picture = image::load_from_memory(PORTRAIT).expect("the fixture decodes");
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&picture).expect("encodes");
    });
    println!(
        "photo intake: {whole:.1} ms each (chip photo {chip:.1} ms, studio once {opening:.1} ms); \
         decode and encode alone {baseline:.1} ms; ratio {:.2}",
        whole / baseline
    );
    println!(
        "{{\"bench\":\"photo_intake\",\"ms\":{whole:.2},\"chip_ms\":{chip:.2},\"baseline_ms\":{baseline:.2},\"ratio\":{:.3}}}",
        whole / baseline
    );
}

/// Milliseconds for one call, over all rounds.
fn each(mut call: impl FnMut()) -> f64 {
    let started = Instant::now();
    for _ in 0..ROUNDS {
        call();
    }
    started.elapsed().as_secs_f64() * 1e3 / f64::from(ROUNDS)
}
