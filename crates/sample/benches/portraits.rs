//! Portraits a second on one core, against encoding a blank picture of the same size alone.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]

use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage};
use sample::{Options, People, portrait};

const PORTRAITS: u64 = 100;

fn main() {
    let people = People::new(838, &Options::new(PORTRAITS)).expect("options are right");
    let started = Instant::now();
    let bytes: usize = people.map(|person| portrait(838, &person).len()).sum();
    let ours = started.elapsed().as_secs_f64() / PORTRAITS as f64;

    let picture = RgbImage::new(480, 640);
    let started = Instant::now();
    for _ in 0..PORTRAITS {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 88)
            .encode(picture.as_raw(), 480, 640, ExtendedColorType::Rgb8)
            .expect("encodes");
    }
    let baseline = started.elapsed().as_secs_f64() / PORTRAITS as f64;

    let started = Instant::now();
    let people = People::new(838, &Options::new(100_000)).expect("options are right");
    let letters: usize = people.map(|person| person.full_name.len()).sum();
    let people_s = 100_000.0 / started.elapsed().as_secs_f64();

    println!(
        "portraits: {:.0}/s ({:.1} ms, {} bytes each); JPEG of a blank alone {:.1} ms; ratio {:.2}",
        1.0 / ours,
        ours * 1e3,
        bytes as u64 / PORTRAITS,
        baseline * 1e3,
        ours / baseline
    );
    println!("people: {people_s:.0}/s ({letters} letters of names)");
    println!(
        "{{\"bench\":\"portraits\",\"per_second\":{:.1},\"baseline_per_second\":{:.1},\"ratio\":{:.3},\"people_per_second\":{people_s:.0}}}",
        1.0 / ours,
        1.0 / baseline,
        ours / baseline
    );
}
