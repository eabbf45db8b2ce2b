//! Where the face is, and the crop that follows from it.
//!
//! The detector is an advisor: it never refuses a photo, it only proposes a crop and flags.

use image::RgbImage;
use image::imageops::thumbnail;
use rustface::{Detector, ImageData, Rectangle};

use super::{Finding, MIN_HEIGHT, MIN_WIDTH};

/// The embedded model (`SeetaFace`, BSD-2-Clause, from the `rustface` package).
const MODEL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/face.model"));

/// Longest side of the picture that the detector sees. Its time grows with the square; a face of
/// a sixth of the side, which is a third of what an identity photo asks for, is still found.
const DETECTOR_SIDE: u32 = 256;

/// A face in picture pixels: the box from about mid-forehead to chin that the detector reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Face {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The part of a picture to keep, in pixels; `width`:`height` is exactly 3:4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Crop {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    /// The face in fractions of the crop, when one was found.
    pub(super) face: Option<Face>,
}

/// The detector with its settings.
pub(super) struct FaceFinder {
    detector: Box<dyn Detector>,
}

impl FaceFinder {
    pub(super) fn new() -> Self {
        let model = rustface::read_model(MODEL).expect("the embedded model is a model");
        let mut detector = rustface::create_detector_with_model(model);
        detector.set_min_face_size(40);
        detector.set_score_thresh(2.0);
        detector.set_pyramid_scale_factor(0.8);
        detector.set_slide_window_step(4, 4);
        Self { detector }
    }

    /// Faces in picture pixels, the largest first.
    pub(super) fn find(&mut self, picture: &RgbImage) -> Vec<Face> {
        let (width, height) = picture.dimensions();
        let scale = f64::from(width.max(height)) / f64::from(DETECTOR_SIDE);
        let scale = scale.max(1.0);
        let side = |full: u32| whole((f64::from(full) / scale).round()).max(1);
        let small = thumbnail(picture, side(width), side(height));
        let grey = image::imageops::grayscale(&small);
        let data = ImageData::new(grey.as_raw(), grey.width(), grey.height());
        let mut faces: Vec<Face> =
            self.detector.detect(&data).iter().map(|found| scaled(found.bbox(), scale)).collect();
        faces.sort_by(|a, b| b.height.total_cmp(&a.height));
        faces
    }
}

fn scaled(bbox: &Rectangle, scale: f64) -> Face {
    Face {
        left: f64::from(bbox.x()) * scale,
        top: f64::from(bbox.y()) * scale,
        width: f64::from(bbox.width()) * scale,
        height: f64::from(bbox.height()) * scale,
    }
}

/// The crop for a picture of `width`×`height` pixels that is at least
/// [`MIN_WIDTH`]×[`MIN_HEIGHT`], with a flag for whatever a person should look at.
///
/// A head takes 50–80 % of the height of an identity photo. A picture that already has about 3:4
/// and such a head is kept as it is; otherwise the crop puts the head at [`HEAD_SHARE`].
pub(super) fn propose(width: u32, height: u32, faces: &[Face], flags: &mut Vec<Finding>) -> Crop {
    let (full_width, full_height) = largest(width, height);
    let Some(face) = faces.first() else {
        flags.push(Finding::warning("photo-no-face"));
        // A head stands in the upper half: a tall picture loses more below than above.
        return Crop {
            x: (width - full_width) / 2,
            y: (height - full_height) / 4,
            width: full_width,
            height: full_height,
            face: None,
        };
    };
    let rivals = faces.iter().skip(1).filter(|other| other.height > face.height * 0.5).count();
    if rivals > 0 {
        flags.push(Finding::warning("photo-many-faces").with("count", rivals + 1));
    }

    let head = face.height * HEAD_PER_FACE;
    let share = head / f64::from(full_height);
    let wanted =
        if (HEAD_MIN..=HEAD_MAX).contains(&share) { full_height } else { whole(head / HEAD_SHARE) };
    let units = (wanted / 4).clamp(MIN_HEIGHT / 4, full_height / 4).max(MIN_WIDTH / 3);
    let (crop_width, crop_height) = (units * 3, units * 4);
    let centre_x = face.left + face.width / 2.0;
    let centre_y = face.top + face.height / 2.0;
    let place = |centre: f64, share: f64, crop: u32, full: u32| {
        whole((centre - f64::from(crop) * share).clamp(0.0, f64::from(full.saturating_sub(crop))))
    };
    let x = place(centre_x, 0.5, crop_width, width);
    let y = place(centre_y, FACE_CENTRE, crop_height, height);

    let part = Crop { x, y, width: crop_width, height: crop_height, face: None };
    Crop { face: Some(judge(face, part, flags)), ..part }
}

/// A crop that a person chose, with a flag for whatever another look is good for.
pub(super) fn chosen(part: Crop, faces: &[Face], flags: &mut Vec<Finding>) -> Crop {
    let inside = faces.iter().find(|face| {
        let (x, y) = (face.left + face.width / 2.0, face.top + face.height / 2.0);
        (f64::from(part.x)..f64::from(part.x + part.width)).contains(&x)
            && (f64::from(part.y)..f64::from(part.y + part.height)).contains(&y)
    });
    if let Some(face) = inside {
        Crop { face: Some(judge(face, part, flags)), ..part }
    } else {
        flags.push(Finding::warning("photo-none-chosen"));
        part
    }
}

/// The face in fractions of the crop, flagged where it stands badly.
fn judge(face: &Face, crop: Crop, flags: &mut Vec<Finding>) -> Face {
    let share = face.height * HEAD_PER_FACE / f64::from(crop.height);
    let percent = whole((share * 100.0).round());
    if share < HEAD_MIN {
        flags.push(Finding::warning("photo-face-small").with("percent", percent));
    } else if share > HEAD_MAX {
        flags.push(Finding::warning("photo-face-large").with("percent", percent));
    }
    let inside = Face {
        left: (face.left - f64::from(crop.x)) / f64::from(crop.width),
        top: (face.top - f64::from(crop.y)) / f64::from(crop.height),
        width: face.width / f64::from(crop.width),
        height: face.height / f64::from(crop.height),
    };
    if (inside.left + inside.width / 2.0 - 0.5).abs() > OFF_CENTRE {
        flags.push(Finding::warning("photo-off-centre"));
    }
    inside
}

/// The whole part of a number of pixels; what is negative or no number becomes 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates, which is what is wanted here"
)]
pub(super) fn whole(value: f64) -> u32 {
    value as u32
}

/// The largest 3:4 that fits, in whole units of 3×4 pixels.
fn largest(width: u32, height: u32) -> (u32, u32) {
    let units = (width / 3).min(height / 4);
    (units * 3, units * 4)
}

/// Crown to chin over the detector's box (mid-forehead to chin).
const HEAD_PER_FACE: f64 = 1.35;
/// Least share of the height that a head takes in an identity photo.
const HEAD_MIN: f64 = 0.50;
/// Largest share.
const HEAD_MAX: f64 = 0.80;
/// Share that a proposed crop aims at.
const HEAD_SHARE: f64 = 0.66;
/// Where the centre of the detector's box stands, from the top.
const FACE_CENTRE: f64 = 0.46;
/// How far from the middle the face may stand, as a share of the width.
const OFF_CENTRE: f64 = 0.12;

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(flags: &[Finding]) -> Vec<&'static str> {
        flags.iter().map(|flag| flag.code).collect()
    }

    #[test]
    fn picture_without_face_is_cropped_to_the_middle_and_flagged() {
        let mut flags = Vec::new();
        let crop = propose(1200, 900, &[], &mut flags);
        assert_eq!((crop.x, crop.y, crop.width, crop.height), (262, 0, 675, 900));
        assert_eq!(codes(&flags), ["photo-no-face"]);
    }

    #[test]
    fn good_portrait_keeps_its_frame() {
        let mut flags = Vec::new();
        let face = Face { left: 130.0, top: 190.0, width: 220.0, height: 260.0 };
        let crop = propose(480, 640, &[face], &mut flags);
        assert_eq!((crop.x, crop.y, crop.width, crop.height), (0, 0, 480, 640));
        assert_eq!(codes(&flags), [] as [&str; 0]);
    }

    #[test]
    fn small_face_in_large_picture_is_cropped_around() {
        let mut flags = Vec::new();
        let face = Face { left: 2000.0, top: 800.0, width: 600.0, height: 600.0 };
        let crop = propose(4000, 3000, &[face], &mut flags);
        assert_eq!(crop.width * 4, crop.height * 3);
        assert!((1100..1300).contains(&crop.height), "{crop:?}");
        let middle = f64::from(crop.x) + f64::from(crop.width) / 2.0;
        assert!((middle - 2300.0).abs() < 2.0, "{crop:?}");
        assert_eq!(codes(&flags), [] as [&str; 0]);
    }

    #[test]
    fn face_too_far_away_keeps_the_smallest_print_and_is_flagged() {
        let mut flags = Vec::new();
        let face = Face { left: 300.0, top: 200.0, width: 60.0, height: 60.0 };
        let crop = propose(640, 640, &[face], &mut flags);
        assert_eq!((crop.width, crop.height), (MIN_WIDTH, MIN_HEIGHT));
        assert_eq!(codes(&flags), ["photo-face-small"]);
    }

    #[test]
    fn two_faces_of_like_size_are_flagged() {
        let mut flags = Vec::new();
        let face = Face { left: 130.0, top: 190.0, width: 220.0, height: 260.0 };
        let other = Face { left: 0.0, height: 180.0, ..face };
        propose(480, 640, &[face, other], &mut flags);
        assert_eq!(codes(&flags), ["photo-many-faces"]);
    }

    #[test]
    fn face_at_the_edge_is_flagged_as_off_centre() {
        let mut flags = Vec::new();
        let face = Face { left: 0.0, top: 190.0, width: 220.0, height: 260.0 };
        propose(480, 640, &[face], &mut flags);
        assert_eq!(codes(&flags), ["photo-off-centre"]);
    }
}
