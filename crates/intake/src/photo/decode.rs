//! From bytes to an upright picture, with a bound on everything a file may claim.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage, metadata::Orientation,
};

use super::{MIN_HEIGHT, MIN_WIDTH, PhotoError};

/// What one photo file may cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Longest file in bytes.
    pub file_bytes: usize,
    /// Most pixels that the header may declare.
    pub pixels: u64,
    /// Most bytes of decoded pixels.
    pub decoded_bytes: u64,
}

impl Default for Limits {
    /// 20 MiB, 50 megapixels, 200 MB: any telephone's or studio camera's JPEG.
    fn default() -> Self {
        Self { file_bytes: 20 << 20, pixels: 50_000_000, decoded_bytes: 200_000_000 }
    }
}

/// A picture the right way up.
pub(super) struct Decoded {
    pub(super) picture: RgbImage,
    /// Whether the EXIF entry asked for a turn or a mirror image.
    pub(super) turned: bool,
}

/// Decodes a JPEG or PNG, recognised by its first bytes and never by a name.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
    if bytes.len() > limits.file_bytes {
        return Err(PhotoError::FileTooLong { limit_bytes: limits.file_bytes });
    }
    let format = match Kind::of(bytes) {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::Other(kind) => return Err(PhotoError::WrongType { kind }),
    };
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format)
        .into_decoder()
        .map_err(PhotoError::Unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels
        || decoder.total_bytes() > limits.decoded_bytes
    {
        return Err(PhotoError::TooManyPixels { width, height });
    }
    // A damaged EXIF block is no reason to refuse a picture that decodes.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(PhotoError::Unreadable)?;
    picture.apply_orientation(orientation);
    let turned = orientation != Orientation::NoTransforms;
    Ok(Decoded { picture: on_white(picture), turned })
}

/// Refuses what no crop can mend: fewer pixels than the print needs, or a strip.
pub(super) fn check_shape(width: u32, height: u32) -> Result<(), PhotoError> {
    let (long, short) = (width.max(height), width.min(height));
    if u64::from(long) > u64::from(short) * MAX_ASPECT {
        return Err(PhotoError::Aspect { width, height });
    }
    if width < MIN_WIDTH || height < MIN_HEIGHT {
        return Err(PhotoError::TooSmall { width, height });
    }
    Ok(())
}

/// Longest side over shortest; 16:9 and 2:1 telephones pass, a panorama or a scanned strip not.
const MAX_ASPECT: u64 = 3;

/// Transparent pixels show white, as on the card's photo.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let mut rgb = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
        let [r, g, b, a] = from.0.map(u16::from);
        let over = |c: u16| u8::try_from((c * a + 255 * (255 - a)) / 255).unwrap_or(u8::MAX);
        to.0 = [over(r), over(g), over(b)];
    }
    rgb
}

/// What a file is by its first bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Jpeg,
    Png,
    /// Anything else, by the name a user knows it by.
    Other(&'static str),
}

impl Kind {
    pub(super) fn of(bytes: &[u8]) -> Self {
        for (magic, kind) in MAGIC {
            if bytes.starts_with(magic) {
                return *kind;
            }
        }
        match bytes.get(4..12) {
            Some(
                [b'f', b't', b'y', b'p', b'h', b'e' | b'i', ..]
                | [b'f', b't', b'y', b'p', b'm', b'i', b'f', _],
            ) => Self::Other("HEIC"),
            Some([b'f', b't', b'y', b'p', b'a', b'v', b'i', _]) => Self::Other("AVIF"),
            Some([_, _, _, _, b'W', b'E', b'B', b'P']) => Self::Other("WebP"),
            _ => Self::Other("?"),
        }
    }

    /// Whether it is an archive that could hold further files.
    pub(super) fn is_archive(self) -> bool {
        matches!(self, Self::Other("ZIP" | "RAR" | "7z" | "gzip" | "bzip2" | "xz" | "tar"))
    }
}

const MAGIC: &[(&[u8], Kind)] = &[
    (&[0xFF, 0xD8, 0xFF], Kind::Jpeg),
    (b"\x89PNG\r\n\x1a\n", Kind::Png),
    (b"PK\x03\x04", Kind::Other("ZIP")),
    (b"PK\x05\x06", Kind::Other("ZIP")),
    (b"Rar!", Kind::Other("RAR")),
    (b"7z\xBC\xAF\x27\x1C", Kind::Other("7z")),
    (&[0x1F, 0x8B], Kind::Other("gzip")),
    (b"BZh", Kind::Other("bzip2")),
    (&[0xFD, b'7', b'z', b'X', b'Z'], Kind::Other("xz")),
    (b"GIF8", Kind::Other("GIF")),
    (b"BM", Kind::Other("BMP")),
    (b"II*\0", Kind::Other("TIFF")),
    (b"MM\0*", Kind::Other("TIFF")),
    (b"%PDF", Kind::Other("PDF")),
    (&[0xD0, 0xCF, 0x11, 0xE0], Kind::Other("Word/Excel 97")),
];
