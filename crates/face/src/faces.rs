//! Both faces of one card, and the files they give.

use std::fmt;
use std::sync::Arc;

use tiny_skia::Pixmap;
use typst::foundations::{Content, Datetime, Smart};
use typst::layout::{Abs, Frame, FrameItem, Point, Sides};
use typst::model::DocumentInfo;
use typst::syntax::Span;
use typst::visualize::{Color, Curve, Geometry};
use typst_layout::{Page, PagedDocument};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::card::{Card, Emblem, Kind};
use crate::design::Bleed;
use crate::error::FaceError;
use crate::press::Inner;
use crate::qr::Symbol;
use crate::raster::{self, Bits, Dpi};

/// A side of the card.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Side {
    /// Yellow, with the person.
    Front,
    /// Red, with the emblem and the serial.
    Back,
}

/// What a card printer takes for one side. Both pictures have the same size.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Planes {
    /// Colour panels: a PNG without letters and without the QR code.
    pub colour: Vec<u8>,
    /// Black panel: a PNG of one bit a dot, letters and QR code; 0 prints, 1 does not.
    pub black: Vec<u8>,
}

/// The person's layers of one side.
pub(crate) struct Layers {
    pub(crate) colour: Frame,
    pub(crate) black: Frame,
}

/// A card that has been set. Files are made when asked for.
pub struct Faces {
    press: Arc<Inner>,
    emblem: Emblem,
    kind: Kind,
    qr: String,
    layers: [Layers; 2],
}

impl Faces {
    pub(crate) fn new(press: Arc<Inner>, card: &Card, layers: [Layers; 2]) -> Self {
        Self { press, emblem: card.emblem, kind: card.kind, qr: card.qr.clone(), layers }
    }

    /// Front and back as PDF 1.7 of two pages, in vectors, fonts embedded. The card is exactly
    /// 85.725 × 53.975 mm; the QR code is whole dots of the design's printer. The same card gives
    /// the same bytes.
    ///
    /// # Errors
    /// [`FaceError::Design`] if the design cannot be written as PDF.
    pub fn pdf(&self) -> Result<Vec<u8>, FaceError> {
        typst_pdf::pdf(&self.document()?, &pdf_options())
            .map_err(|_| FaceError::Design { place: "PDF".to_owned() })
    }

    /// The same as PDF/A-2b for an archive, which wants the day on which the file was made. A
    /// glyph that is missing would be an error here once more.
    ///
    /// # Errors
    /// [`FaceError::Design`] if the day is none, or the design cannot be written as PDF/A-2b
    /// (artwork may stand in the way).
    pub fn archive_pdf(&self, year: i32, month: u8, day: u8) -> Result<Vec<u8>, FaceError> {
        let refused = || FaceError::Design { place: "PDF/A-2b".to_owned() };
        let made = Datetime::from_ymd(year, month, day).ok_or_else(refused)?;
        let options = PdfOptions {
            timestamp: Some(Timestamp::new_utc(made)),
            standards: PdfStandards::new(&[PdfStandard::A_2b]).expect("one standard fits itself"),
            ..pdf_options()
        };
        typst_pdf::pdf(&self.document()?, &options).map_err(|_| refused())
    }

    fn document(&self) -> Result<PagedDocument, FaceError> {
        let bleed = match self.press.bleed {
            Bleed::None => Abs::zero(),
            Bleed::Millimetres3 => Abs::mm(3.0),
        };
        let mut pages = Vec::new();
        for (side, number) in [(Side::Front, 1), (Side::Back, 2)] {
            let mut frame = self.press.ground_frame(side, self.emblem);
            frame.push_frame(Point::zero(), self.layers(side).colour.clone());
            frame.push_frame(Point::zero(), self.layers(side).black.clone());
            if side == Side::Front {
                let symbol = Symbol::new(&self.qr, self.press.printer)?;
                frame.push(Point::zero(), modules(&symbol, self.press.printer));
            }
            pages.push(Page {
                frame,
                bleed: Sides::splat(bleed),
                fill: Smart::Custom(None),
                numbering: None,
                supplement: Content::empty(),
                number,
            });
        }
        Ok(PagedDocument::new(pages.into(), DocumentInfo::default()))
    }

    /// One side as an RGB PNG, all layers together: what the card will look like. Letters have
    /// soft edges; the QR code is whole dots.
    ///
    /// # Errors
    /// [`FaceError::Qr`] if the QR code is too dense for this resolution.
    pub fn png(&self, side: Side, dpi: Dpi) -> Result<Vec<u8>, FaceError> {
        let layers = self.layers(side);
        let mut frame = layers.colour.clone();
        frame.push_frame(Point::zero(), layers.black.clone());
        let mut picture = self.over_ground(side, frame, dpi);
        if side == Side::Front {
            raster::draw(&mut picture, &Symbol::new(&self.qr, dpi)?, dpi);
        }
        Ok(raster::png_of(&picture, dpi))
    }

    /// One side as a card printer takes it.
    ///
    /// # Errors
    /// [`FaceError::Qr`] if the QR code is too dense for this resolution.
    pub fn planes(&self, side: Side, dpi: Dpi) -> Result<Planes, FaceError> {
        let layers = self.layers(side);
        let mut black = Bits::threshold(&raster::picture(layers.black.clone(), dpi));
        if side == Side::Front {
            black.draw(&Symbol::new(&self.qr, dpi)?, dpi);
        }
        let colour = if side == Side::Back && self.kind == Kind::Live {
            self.press.ground_file(side, self.emblem, dpi).to_vec()
        } else {
            raster::png_of(&self.over_ground(side, layers.colour.clone(), dpi), dpi)
        };
        Ok(Planes { colour, black: black.png(dpi) })
    }

    fn over_ground(&self, side: Side, frame: Frame, dpi: Dpi) -> Pixmap {
        let mut picture = self.press.ground_picture(side, self.emblem, dpi).clone();
        raster::lay_over(&mut picture, &raster::picture(frame, dpi));
        picture
    }

    fn layers(&self, side: Side) -> &Layers {
        let [front, back] = &self.layers;
        match side {
            Side::Front => front,
            Side::Back => back,
        }
    }
}

impl fmt::Debug for Faces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faces")
            .field("emblem", &self.emblem)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How faces are written as PDF. Public for the benchmark, whose yardstick must write the same.
#[doc(hidden)]
pub fn pdf_options() -> PdfOptions {
    PdfOptions {
        creator: Smart::Custom(None),
        // A picture of a card is no text to be read aloud, and tags would be a third of the file.
        tagged: false,
        ..PdfOptions::default()
    }
}

/// A symbol as one shape of exact rectangles.
fn modules(symbol: &Symbol, dpi: Dpi) -> FrameItem {
    let (left, top) = raster::symbol_origin(symbol, dpi);
    let dots = symbol.plan.dots_per_module;
    let at = |x: u32, y: u32| {
        let points = |dots: u32| Abs::pt(f64::from(dots) * 72.0 / f64::from(dpi.value()));
        Point::new(points(left + x * dots), points(top + y * dots))
    };
    let mut curve = Curve::new();
    for (x, y, length) in symbol.runs() {
        curve.move_(at(x, y));
        curve.line(at(x + length, y));
        curve.line(at(x + length, y + 1));
        curve.line(at(x, y + 1));
        curve.close();
    }
    FrameItem::Shape(Geometry::Curve(curve).filled(Color::BLACK), Span::detached())
}
