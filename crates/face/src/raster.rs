//! Dots: resolutions, pictures of pages, the one-bit plane, PNG files.

use std::fmt;

use png::{BitDepth, ColorType, Compression, Filter};
use tiny_skia::{Pixmap, PixmapPaint, Transform};
use typst::layout::Frame;
use typst::utils::Scalar;
use typst_layout::Page;
use typst_render::RenderOptions;

use crate::qr::{PLATE_UM, Symbol};

/// A printer's resolution.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Dpi {
    /// 300 dots per inch: a card is 1012 × 638 dots.
    Dpi300,
    /// 600 dots per inch: a card is 2025 × 1275 dots.
    Dpi600,
}

impl Dpi {
    /// Dots per inch.
    pub fn value(self) -> u16 {
        match self {
            Self::Dpi300 => 300,
            Self::Dpi600 => 600,
        }
    }

    /// Whole dots in a length given in micrometres, rounded down.
    pub(crate) fn dots(self, micrometres: u32) -> u32 {
        micrometres * u32::from(self.value()) / 25_400
    }

    /// Dots per QR module: wanted, and least.
    pub(crate) fn dots_per_module(self) -> (u32, u32) {
        match self {
            Self::Dpi300 => (4, 3),
            Self::Dpi600 => (6, 5),
        }
    }

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Dpi300 => 0,
            Self::Dpi600 => 1,
        }
    }
}

impl fmt::Display for Dpi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

/// Left and upper edge of the QR code's white field on the front, in micrometres. The design
/// draws the field there.
pub(crate) const PLATE_AT_UM: (u32, u32) = (66_600, 34_900);

/// Where a symbol begins: its box's centre, on whole dots.
pub(crate) fn symbol_origin(symbol: &Symbol, dpi: Dpi) -> (u32, u32) {
    let half = symbol.plan.dots() / 2;
    let at = |edge| dpi.dots(edge + PLATE_UM / 2) - half;
    (at(PLATE_AT_UM.0), at(PLATE_AT_UM.1))
}

/// A page's picture; transparent where nothing is drawn.
pub(crate) fn picture(frame: Frame, dpi: Dpi) -> Pixmap {
    let page = Page {
        frame,
        bleed: typst::layout::Sides::default(),
        fill: typst::foundations::Smart::Custom(None),
        numbering: None,
        supplement: typst::foundations::Content::empty(),
        number: 1,
    };
    let pixel_per_pt = Scalar::new(f64::from(dpi.value()) / 72.0);
    typst_render::render(&page, &RenderOptions { pixel_per_pt, render_bleed: false })
}

/// Lays a picture over another of the same size.
pub(crate) fn lay_over(below: &mut Pixmap, above: &Pixmap) {
    below.draw_pixmap(0, 0, above.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
}

/// The black plane: one dot, one bit.
pub(crate) struct Bits {
    width: u32,
    height: u32,
    black: Vec<bool>,
}

impl Bits {
    /// Black where the picture covers at least half a dot.
    pub(crate) fn threshold(picture: &Pixmap) -> Self {
        let black = picture.data().chunks_exact(4).map(|dot| dot.last() >= Some(&128)).collect();
        Self { width: picture.width(), height: picture.height(), black }
    }

    /// Draws a symbol in whole dots.
    pub(crate) fn draw(&mut self, symbol: &Symbol, dpi: Dpi) {
        for_each_run(symbol, dpi, |x, y, length| {
            let from = (y * self.width + x) as usize;
            if let Some(run) = self.black.get_mut(from..from + length as usize) {
                run.fill(true);
            }
        });
    }

    /// A PNG of one bit a dot: 0 is black (print), 1 is nothing.
    pub(crate) fn png(&self, dpi: Dpi) -> Vec<u8> {
        let mut rows = Vec::with_capacity(self.black.len() / 8 + self.height as usize);
        for row in self.black.chunks_exact(self.width as usize) {
            for eight in row.chunks(8) {
                let ink = eight
                    .iter()
                    .zip(0..)
                    .fold(0_u8, |byte, (&black, i)| byte | (u8::from(black) << (7 - i)));
                rows.push(!ink);
            }
        }
        encode(&rows, (self.width, self.height), ColorType::Grayscale, BitDepth::One, dpi)
    }
}

/// Draws a symbol in whole dots of pure black onto a picture.
pub(crate) fn draw(picture: &mut Pixmap, symbol: &Symbol, dpi: Dpi) {
    let width = picture.width();
    for_each_run(symbol, dpi, |x, y, length| {
        let from = 4 * (y * width + x) as usize;
        if let Some(run) = picture.data_mut().get_mut(from..from + 4 * length as usize) {
            run.chunks_exact_mut(4).for_each(|dot| dot.copy_from_slice(&[0, 0, 0, 255]));
        }
    });
}

/// Runs of dark dots as (left, top, length): one run a row of dots.
fn for_each_run(symbol: &Symbol, dpi: Dpi, mut paint: impl FnMut(u32, u32, u32)) {
    let (left, top) = symbol_origin(symbol, dpi);
    let dots = symbol.plan.dots_per_module;
    for (column, row, length) in symbol.runs() {
        for line in 0..dots {
            paint(left + column * dots, top + row * dots + line, length * dots);
        }
    }
}

/// A PNG of a picture that covers its whole area.
pub(crate) fn png_of(picture: &Pixmap, dpi: Dpi) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(picture.data().len() / 4 * 3);
    for dot in picture.data().chunks_exact(4) {
        rgb.extend(dot.iter().take(3));
    }
    let size = (picture.width(), picture.height());
    encode(&rgb, size, ColorType::Rgb, BitDepth::Eight, dpi)
}

fn encode(
    data: &[u8],
    (width, height): (u32, u32),
    color: ColorType,
    depth: BitDepth,
    dpi: Dpi,
) -> Vec<u8> {
    let per_metre = (u32::from(dpi.value()) * 10_000 + 127) / 254;
    let mut info = png::Info::with_size(width, height);
    info.color_type = color;
    info.bit_depth = depth;
    info.pixel_dims =
        Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter });
    let mut file = Vec::new();
    let mut encoder = png::Encoder::with_info(&mut file, info).expect("the header is in order");
    let one_bit = depth == BitDepth::One;
    encoder.set_compression(if one_bit { Compression::Balanced } else { Compression::Fast });
    encoder.set_filter(if one_bit { Filter::NoFilter } else { Filter::Up });
    let mut writer = encoder.write_header().expect("memory takes every byte");
    writer.write_image_data(data).expect("the rows are as many as the header says");
    writer.finish().expect("memory takes every byte");
    file
}
