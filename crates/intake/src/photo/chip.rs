//! The photo on the chip: a WebP for the eye, within a budget of bytes.

use image::{DynamicImage, GrayImage, RgbImage};
use webp::{Encoder, WebPConfig};

use super::Finding;
use super::quality::{reduce, ssim};

/// How much was given up to meet the budget, least first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ChipVariant {
    /// 120×160 pixels in colour.
    Colour,
    /// 120×160 pixels in grey.
    Grey,
    /// 96×128 pixels in grey.
    Smaller,
}

impl ChipVariant {
    /// All, in the order in which they are tried.
    pub const ALL: [Self; 3] = [Self::Colour, Self::Grey, Self::Smaller];

    /// Width and height in pixels.
    pub const fn size(self) -> (u32, u32) {
        match self {
            Self::Colour | Self::Grey => (120, 160),
            Self::Smaller => (96, 128),
        }
    }

    const fn is_grey(self) -> bool {
        !matches!(self, Self::Colour)
    }
}

/// A chip photo, or nothing when every variant was mush.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChipPhoto {
    /// A WebP file (lossy VP8) within the budget.
    pub webp: Option<Vec<u8>>,
    /// Which variant `webp` is.
    pub variant: Option<ChipVariant>,
}

impl ChipPhoto {
    /// What a person should be told about it; nothing when it is as good as can be.
    pub(super) fn finding(&self, budget: usize) -> Option<Finding> {
        match self.variant {
            Some(ChipVariant::Colour) => None,
            Some(ChipVariant::Grey) => Some(Finding::note("photo-chip-grey")),
            Some(ChipVariant::Smaller) => Some(Finding::note("photo-chip-smaller")),
            None => Some(Finding::warning("photo-chip-none").with("budget", budget)),
        }
    }
}

/// The best chip photo of a picture in at most `budget` bytes.
///
/// Tries colour, then grey, then smaller, and takes the first whose best fitting quality still
/// looks like the picture (structural similarity of the luma at the chip's size, at least 0.70).
/// The same picture and budget give the same bytes. A picture that is not 3:4 is squeezed, so
/// crop it first. Costs about 20 to 60 ms.
pub fn chip_photo(picture: &DynamicImage, budget: usize) -> ChipPhoto {
    let colour = picture.to_rgb8();
    for variant in ChipVariant::ALL {
        if let Some(webp) = fit(&colour, variant, budget) {
            return ChipPhoto { webp: Some(webp), variant: Some(variant) };
        }
    }
    ChipPhoto { webp: None, variant: None }
}

/// Least likeness of a photo that is still worth its bytes.
const MUSH: f64 = 0.70;

fn fit(colour: &RgbImage, variant: ChipVariant, budget: usize) -> Option<Vec<u8>> {
    let (width, height) = variant.size();
    let mut small = reduce(colour, width, height);
    let luma = image::imageops::grayscale(&small);
    if variant.is_grey() {
        for (to, from) in small.pixels_mut().zip(luma.pixels()) {
            let value = from.0.first().copied().unwrap_or(0);
            to.0 = [value; 3];
        }
    }
    let best = largest_within(&small, budget)?;
    let shown = decoded_luma(&best)?;
    (ssim(&luma, &shown) >= MUSH).then_some(best)
}

/// The file of the highest quality that fits; sizes grow with quality, so the search halves.
fn largest_within(picture: &RgbImage, budget: usize) -> Option<Vec<u8>> {
    let (mut low, mut high) = (0_u8, 100_u8);
    let mut best = None;
    while low <= high {
        let quality = u8::midpoint(low, high);
        let file = encode(picture, quality)?;
        if file.len() <= budget {
            best = Some(file);
            low = quality + 1;
        } else if quality == 0 {
            break;
        } else {
            high = quality - 1;
        }
    }
    best
}

fn encode(picture: &RgbImage, quality: u8) -> Option<Vec<u8>> {
    let mut config = WebPConfig::new().ok()?;
    config.quality = f32::from(quality);
    config.method = 5;
    config.sns_strength = 70;
    config.filter_strength = 40;
    config.filter_type = 1;
    config.segments = 4;
    config.thread_level = 0;
    let encoder = Encoder::from_rgb(picture.as_raw(), picture.width(), picture.height());
    encoder.encode_advanced(&config).ok().map(|file| file.to_vec())
}

fn decoded_luma(webp: &[u8]) -> Option<GrayImage> {
    let shown = webp::Decoder::new(webp).decode()?;
    let rgb = RgbImage::from_raw(shown.width(), shown.height(), shown.to_vec())?;
    Some(image::imageops::grayscale(&rgb))
}
