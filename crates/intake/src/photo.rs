//! Photos as an office sends them: a ZIP or single files, to what a card needs.
//!
//! [`Archive`] reads a ZIP without trusting anything it says about itself, [`Matcher`] tells whose
//! photo an entry is, [`Studio`] makes the printed and the chip photo of one file. Only what is
//! exact blocks a photo: unreadable, too small, an impossible shape, gross blur. What a face
//! detector thinks is a [`Finding`] for a person to look at.
//!
//! No state is shared, so a caller who wants two photos at a time makes two studios, each on its
//! own thread. Nothing here knows people's rules, databases or cards.

mod archive;
mod chip;
mod decode;
mod face;
mod finding;
mod matching;
mod quality;

pub use archive::{Archive, ArchiveError, ArchiveLimits, Entry, EntryFault, EntryRefused};
pub use chip::{ChipPhoto, ChipVariant, chip_photo};
pub use decode::Limits;
pub use finding::{Finding, PhotoError, catalog};
pub use matching::{Match, MatchedBy, Matcher, Names};

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, RgbImage};
use sha2::{Digest, Sha256};

use self::decode::Decoded;
use self::face::{Crop, FaceFinder};
use crate::contain;

/// Width of the printed photo in pixels when the source has them: 30 mm at 400 dpi and more.
pub const PRINT_WIDTH: u32 = 480;
/// Height of the printed photo, 4:3 of its width.
pub const PRINT_HEIGHT: u32 = 640;
/// Narrowest crop that may be printed: 30 mm at 300 dpi.
pub const MIN_WIDTH: u32 = 354;
/// Height of the narrowest crop: 40 mm at 300 dpi.
pub const MIN_HEIGHT: u32 = 472;
/// Most bytes of the chip photo when nothing else is asked for.
pub const CHIP_BUDGET: usize = 1024;

/// One photo, ready to be stored, printed and written to a chip.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PhotoSet {
    /// SHA-256 of the file as it came, with its metadata.
    pub original_sha256: [u8; 32],
    /// Baseline JPEG, colour, exactly 3:4, from [`MIN_WIDTH`]×[`MIN_HEIGHT`] to
    /// [`PRINT_WIDTH`]×[`PRINT_HEIGHT`] pixels, upright, with no metadata.
    pub print: Vec<u8>,
    /// SHA-256 of `print`.
    pub print_sha256: [u8; 32],
    /// Width of `print` in pixels.
    pub print_width: u32,
    /// Height of `print` in pixels.
    pub print_height: u32,
    /// WebP within the budget; nothing when no form of it was good enough.
    pub chip: Option<Vec<u8>>,
    /// How much was given up for the chip photo; nothing when there is none.
    pub chip_variant: Option<ChipVariant>,
    /// Warnings and notes for a person to look at, never an error.
    pub flags: Vec<Finding>,
}

/// Makes photos. One for each thread: the face detector inside keeps buffers.
pub struct Studio {
    decode: fn(&[u8], &Limits) -> Result<Decoded, PhotoError>,
    faces: FaceFinder,
    limits: Limits,
    chip_budget: usize,
}

impl std::fmt::Debug for Studio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Studio")
            .field("limits", &self.limits)
            .field("chip_budget", &self.chip_budget)
            .finish_non_exhaustive()
    }
}

impl Studio {
    /// A studio whose chip photos take at most `chip_budget` bytes; 0 makes none. Takes some
    /// milliseconds, because it reads the embedded detector model.
    pub fn new(chip_budget: usize, limits: Limits) -> Self {
        Self { decode: decode::decode, faces: FaceFinder::new(), limits, chip_budget }
    }

    /// Turns one file into a [`PhotoSet`]. The same bytes give the same set.
    ///
    /// The picture is turned upright by its EXIF entry, cropped to 3:4 around the face found, or
    /// around the middle when none is found (said so in `flags`), scaled down, never up.
    ///
    /// # Errors
    ///
    /// [`PhotoError`]: the file is not a JPEG or PNG, does not decode, exceeds the limits, is too
    /// small, has a shape that no 3:4 crop suits, or is grossly blurred; or a decoder broke down on
    /// it, which costs this file and no other.
    pub fn develop(&mut self, bytes: &[u8]) -> Result<PhotoSet, PhotoError> {
        contain(|| self.try_develop(bytes)).unwrap_or_else(|| {
            // The detector may be half-way through a picture.
            self.faces = FaceFinder::new();
            Err(PhotoError::Broke)
        })
    }

    /// As [`develop`](Self::develop), and keeps the whole picture, so that a person may choose
    /// another part of it later.
    ///
    /// # Errors
    ///
    /// As [`develop`](Self::develop).
    pub fn develop_and_keep(&mut self, bytes: &[u8]) -> Result<(PhotoSet, Negative), PhotoError> {
        contain(|| {
            let (set, part, picture) = self.make(bytes, None)?;
            Ok((set, Negative::of(&picture, part)))
        })
        .unwrap_or_else(|| {
            self.faces = FaceFinder::new();
            Err(PhotoError::Broke)
        })
    }

    /// Turns the part of a picture that a person chose into a [`PhotoSet`]. What is not exactly 3:4
    /// is cut to it at the right or at the bottom. `bytes` is a [`Negative::jpeg`] or a file.
    ///
    /// # Errors
    ///
    /// [`PhotoError::Part`] when the part is not within the picture or too small to print; otherwise
    /// as [`develop`](Self::develop).
    pub fn develop_part(&mut self, bytes: &[u8], part: Part) -> Result<PhotoSet, PhotoError> {
        contain(|| self.make(bytes, Some(part)).map(|(set, ..)| set)).unwrap_or_else(|| {
            self.faces = FaceFinder::new();
            Err(PhotoError::Broke)
        })
    }

    fn try_develop(&mut self, bytes: &[u8]) -> Result<PhotoSet, PhotoError> {
        self.make(bytes, None).map(|(set, ..)| set)
    }

    fn make(
        &mut self,
        bytes: &[u8],
        wanted: Option<Part>,
    ) -> Result<(PhotoSet, Part, RgbImage), PhotoError> {
        let decoded = (self.decode)(bytes, &self.limits)?;
        let picture = decoded.picture;
        decode::check_shape(picture.width(), picture.height())?;
        let mut flags = Vec::new();
        if decoded.turned {
            flags.push(Finding::note("photo-turned"));
        }

        let faces = self.faces.find(&picture);
        let (full_width, full_height) = picture.dimensions();
        let crop = match wanted {
            Some(part) => face::chosen(part.within(full_width, full_height)?, &faces, &mut flags),
            None => face::propose(full_width, full_height, &faces, &mut flags),
        };
        let Crop { x, y, width, height, face } = crop;
        let cropped = image::imageops::crop_imm(&picture, x, y, width, height);
        let print = shrink(&cropped.to_image(), width.min(PRINT_WIDTH), height.min(PRINT_HEIGHT));

        quality::check(&print, face, &mut flags)?;

        let jpeg = encode_jpeg(&print);
        let (print_width, print_height) = print.dimensions();
        let chip = if self.chip_budget == 0 {
            ChipPhoto { webp: None, variant: None }
        } else {
            let chip = chip_photo(&DynamicImage::ImageRgb8(print), self.chip_budget);
            flags.extend(chip.finding(self.chip_budget));
            chip
        };
        let set = PhotoSet {
            original_sha256: Sha256::digest(bytes).into(),
            print_sha256: Sha256::digest(&jpeg).into(),
            print: jpeg,
            print_width,
            print_height,
            chip: chip.webp,
            chip_variant: chip.variant,
            flags,
        };
        Ok((set, Part { x, y, width, height }, picture))
    }
}

/// A part of an upright picture, in pixels from its left top corner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Part {
    /// The largest 3:4 of it at its left top corner.
    fn within(self, width: u32, height: u32) -> Result<Crop, PhotoError> {
        let units = (self.width / 3).min(self.height / 4);
        let crop = Crop { x: self.x, y: self.y, width: units * 3, height: units * 4, face: None };
        let ends =
            |at: u32, size: u32, full: u32| at.checked_add(size).is_some_and(|end| end <= full);
        let fits = ends(self.x, self.width, width) && ends(self.y, self.height, height);
        if !fits || crop.width < MIN_WIDTH || crop.height < MIN_HEIGHT {
            return Err(PhotoError::Part { width, height });
        }
        Ok(crop)
    }
}

/// A whole picture, upright and without metadata, from which a person may choose a part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Negative {
    /// JPEG, its longest side at most [`NEGATIVE_SIDE`] pixels.
    pub jpeg: Vec<u8>,
    /// Width of it in pixels.
    pub width: u32,
    /// Height of it in pixels.
    pub height: u32,
    /// The part that was taken.
    pub part: Part,
}

impl Negative {
    fn of(picture: &RgbImage, part: Part) -> Self {
        let (width, height) = picture.dimensions();
        let longest = width.max(height);
        // Never below what a print needs: a long strip keeps its short side.
        let shortest = width.min(height).max(1);
        let needed = u64::from(longest) * u64::from(MIN_HEIGHT) / u64::from(shortest) + 1;
        let needed = u32::try_from(needed).unwrap_or(longest);
        let side = NEGATIVE_SIDE.max(needed).min(longest);
        let scale = |length: u32| {
            u32::try_from(u64::from(length) * u64::from(side) / u64::from(longest))
                .unwrap_or(length)
        };
        let small = shrink(picture, scale(width).max(1), scale(height).max(1));
        let units = (scale(part.width) / 3).min(scale(part.height) / 4);
        let part = Part { x: scale(part.x), y: scale(part.y), width: units * 3, height: units * 4 };
        Self { width: small.width(), height: small.height(), jpeg: encode_jpeg(&small), part }
    }
}

/// The picture at another, never larger size: averaged when much smaller, interpolated otherwise.
fn shrink(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    if picture.dimensions() == (width, height) {
        picture.clone()
    } else if picture.width() >= width.saturating_mul(2) {
        image::imageops::thumbnail(picture, width, height)
    } else {
        image::imageops::resize(picture, width, height, image::imageops::FilterType::CatmullRom)
    }
}

fn encode_jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    JpegEncoder::new_with_quality(&mut bytes, PRINT_QUALITY)
        .encode(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)
        .expect("a picture of at most some thousand pixels a side always encodes into memory");
    bytes
}

/// Longest side of a kept picture, in pixels.
pub const NEGATIVE_SIDE: u32 = 1600;

/// JPEG quality of the printed photo: 25 to 60 kB at 480×640.
const PRINT_QUALITY: u8 = 90;

#[cfg(test)]
mod tests {
    use super::*;

    const PORTRAIT: &[u8] = include_bytes!("../tests/fixtures/drawn-portrait.jpg");

    #[test]
    fn decoder_that_panics_costs_one_photo() {
        let mut studio = Studio::new(CHIP_BUDGET, Limits::default());
        let good = studio.develop(PORTRAIT).expect("the portrait is good");
        studio.decode = |_, _| panic!("index out of bounds: the file said 034088001234");
        let error = studio.develop(PORTRAIT).expect_err("the decoder broke down");
        assert!(matches!(error, PhotoError::Broke), "{error:?}");
        let said = format!("{error} {error:?} {}", error.finding().text(phrase::Lang::Vi));
        assert!(!said.contains("034088001234"), "{said}");
        studio.decode = decode::decode;
        assert_eq!(studio.develop(PORTRAIT).expect("the portrait is still good"), good);
    }
}
