//! Sharpness, light and background of a photo that is already cropped.

use image::imageops::{FilterType, grayscale, resize, thumbnail};
use image::{GrayImage, RgbImage};

use super::face::{Face, whole};
use super::{Finding, PhotoError};

/// Checks a 3:4 picture; `face` is in fractions of it.
///
/// Only gross blur refuses, everything else becomes a flag.
pub(super) fn check(
    picture: &RgbImage,
    face: Option<Face>,
    flags: &mut Vec<Finding>,
) -> Result<(), PhotoError> {
    let small = grayscale(&thumbnail(picture, WIDTH, HEIGHT));
    let region = Region::of(face);

    let sharpness = laplacian_variance(&small, region);
    if sharpness < GROSS_BLUR {
        return Err(PhotoError::Blurred);
    }
    if sharpness < SOFT {
        flags.push(Finding::warning("photo-soft"));
    }

    let light = spread(&small, region);
    if light.mean < 60.0 {
        flags.push(Finding::warning("photo-dark"));
    } else if light.mean > 220.0 {
        flags.push(Finding::warning("photo-bright"));
    }
    if light.deviation < 15.0 {
        flags.push(Finding::warning("photo-flat"));
    }

    let corners = [Region::TOP_LEFT, Region::TOP_RIGHT].map(|corner| spread(&small, corner));
    if corners.iter().any(|corner| corner.mean < 130.0) {
        flags.push(Finding::warning("photo-background-dark"));
    } else if corners.iter().any(|corner| corner.deviation > 28.0) {
        flags.push(Finding::warning("photo-background-busy"));
    }
    Ok(())
}

/// Size at which sharpness is measured, so that a threshold means the same for every camera.
const WIDTH: u32 = 240;
const HEIGHT: u32 = 320;
/// Below this variance no feature of a face has an edge.
const GROSS_BLUR: f64 = 6.0;
/// Below this a person should look.
const SOFT: f64 = 20.0;

/// A part of the measured picture in pixels, bounds exclusive at the end.
#[derive(Clone, Copy, Debug)]
struct Region {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
}

impl Region {
    const TOP_LEFT: Self = Self { left: 0, top: 0, right: WIDTH / 8, bottom: HEIGHT / 3 };
    const TOP_RIGHT: Self =
        Self { left: WIDTH - WIDTH / 8, top: 0, right: WIDTH, bottom: HEIGHT / 3 };

    /// The face, or the middle of the picture where a face would be.
    fn of(face: Option<Face>) -> Self {
        let face = face.unwrap_or(Face { left: 0.2, top: 0.15, width: 0.6, height: 0.6 });
        let at = |share: f64, full: u32| whole(share.clamp(0.0, 1.0) * f64::from(full));
        Self {
            left: at(face.left, WIDTH),
            top: at(face.top, HEIGHT),
            right: at(face.left + face.width, WIDTH),
            bottom: at(face.top + face.height, HEIGHT),
        }
    }
}

/// Variance of the 4-neighbour Laplacian inside the region; large means sharp.
fn laplacian_variance(grey: &GrayImage, region: Region) -> f64 {
    let at = |x: u32, y: u32| f64::from(grey.get_pixel(x, y).0.first().copied().unwrap_or(0));
    let mut sum = Moments::default();
    for y in region.top.max(1)..region.bottom.min(grey.height() - 1) {
        for x in region.left.max(1)..region.right.min(grey.width() - 1) {
            sum.add(at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y));
        }
    }
    let spread = sum.spread();
    spread.deviation * spread.deviation
}

fn spread(grey: &GrayImage, region: Region) -> Spread {
    let mut sum = Moments::default();
    for y in region.top..region.bottom.min(grey.height()) {
        for x in region.left..region.right.min(grey.width()) {
            sum.add(f64::from(grey.get_pixel(x, y).0.first().copied().unwrap_or(0)));
        }
    }
    sum.spread()
}

#[derive(Clone, Copy, Debug)]
struct Spread {
    mean: f64,
    deviation: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn spread(self) -> Spread {
        let count = self.count.max(1.0);
        let mean = self.sum / count;
        Spread { mean, deviation: (self.squares / count - mean * mean).max(0.0).sqrt() }
    }
}

/// Structural similarity of two grey pictures of one size, 1 for equal ones.
///
/// Mean over 8×8 windows, 4 pixels apart. Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality
/// assessment: from error visibility to structural similarity", IEEE TIP 13(4), 2004.
pub(super) fn ssim(one: &GrayImage, other: &GrayImage) -> f64 {
    const WINDOW: u32 = 8;
    const C1: f64 = 6.5025;
    const C2: f64 = 58.5225;
    let (width, height) = one.dimensions();
    let (mut total, mut windows) = (0.0, 0.0);
    for top in (0..height.saturating_sub(WINDOW - 1)).step_by(4) {
        for left in (0..width.saturating_sub(WINDOW - 1)).step_by(4) {
            let (mut a, mut b, mut product) = (Moments::default(), Moments::default(), 0.0);
            for y in top..top + WINDOW {
                for x in left..left + WINDOW {
                    let value = |grey: &GrayImage| {
                        f64::from(grey.get_pixel(x, y).0.first().copied().unwrap_or(0))
                    };
                    let (va, vb) = (value(one), value(other));
                    a.add(va);
                    b.add(vb);
                    product += va * vb;
                }
            }
            let (sa, sb) = (a.spread(), b.spread());
            let covariance = product / a.count - sa.mean * sb.mean;
            total += (2.0 * sa.mean * sb.mean + C1) * (2.0 * covariance + C2)
                / ((sa.mean * sa.mean + sb.mean * sb.mean + C1)
                    * (sa.deviation * sa.deviation + sb.deviation * sb.deviation + C2));
            windows += 1.0;
        }
    }
    if windows > 0.0 { total / windows } else { 1.0 }
}

/// The picture at the size of a chip photo, slightly smoothed as small files like it.
pub(super) fn reduce(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    resize(picture, width, height, FilterType::Triangle)
}
