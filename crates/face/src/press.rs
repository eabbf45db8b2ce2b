//! The press: made once, sets many cards.

use std::fmt;
use std::sync::{Arc, OnceLock};

use image::ImageReader;
use tiny_skia::Pixmap;
use typst::layout::{Frame, FrameItem};
use typst_layout::PagedDocument;

use crate::card::{Card, Emblem, Field, Kind};
use crate::design::{Bleed, Design, Words};
use crate::error::{ArtworkError, ArtworkPlace, FaceError, PortraitError};
use crate::faces::{Faces, Layers, Side};
use crate::letters::checked;
use crate::qr::qr_plan;
use crate::raster::{self, Dpi};
use crate::world::{Failure, Main, Shop};

/// Sets cards by one design. Cheap to clone; clones share fonts, artwork and prepared grounds.
#[derive(Clone)]
pub struct Press(Arc<Inner>);

pub(crate) struct Inner {
    shop: Shop,
    words: Words,
    pub(crate) printer: Dpi,
    pub(crate) bleed: Bleed,
    grounds: [Ground; 3],
}

/// The layer below the person's: the same on every card.
struct Ground {
    frame: Frame,
    /// By resolution, drawn when first wanted.
    pictures: [OnceLock<Pixmap>; 2],
    /// The colour plane's file where no card adds to it (the back).
    files: [OnceLock<Vec<u8>>; 2],
}

impl Press {
    /// Prepares a design.
    ///
    /// # Errors
    /// [`ArtworkError`] naming the place whose artwork cannot be read.
    pub fn new(design: Design) -> Result<Self, ArtworkError> {
        let Design { artwork, words, printer, bleed } = design;
        let places = [
            (ArtworkPlace::NationalEmblem, "national", artwork.national_emblem),
            (ArtworkPlace::Logo, "logo", artwork.logo),
            (ArtworkPlace::BackEmblem, "back", artwork.back_emblem),
        ];
        let art = places.clone().map(|(_, name, bytes)| (name, bytes));
        let shop = Shop::new(&art);
        for (place, name, bytes) in places {
            if bytes.is_some() && shop.set(Main::Artwork(name), Vec::new(), Vec::new()).is_err() {
                return Err(ArtworkError { place });
            }
        }
        let document = shop
            .set(Main::Ground, Vec::new(), Vec::new())
            .expect("the grounds read nothing but artwork that has been read before");
        let [front, logo, back] = frames(&document).expect("ground.typ has three pages");
        let grounds = [front, logo, back].map(|frame| Ground {
            frame,
            pictures: Default::default(),
            files: Default::default(),
        });
        Ok(Self(Arc::new(Inner { shop, words, printer, bleed, grounds })))
    }

    /// Sets both faces of a card.
    ///
    /// # Errors
    /// [`FaceError::GlyphMissing`], [`FaceError::Overflow`], [`FaceError::Qr`] for the printer's
    /// resolution, [`FaceError::Portrait`]; [`FaceError::Design`] never with the design that
    /// comes with the crate.
    pub fn set(&self, card: &Card) -> Result<Faces, FaceError> {
        qr_plan(&card.qr, self.0.printer)?;
        check_portrait(&card.portrait)?;
        let data = self.0.data(card)?;
        let document = self
            .0
            .shop
            .set(Main::Personal, data, card.portrait.clone())
            .map_err(|failure| face_error(&failure))?;
        evict();
        let [front_colour, front_black, back_colour, back_black] = frames(&document)
            .ok_or_else(|| FaceError::Design { place: "personal.typ".to_owned() })?;
        let layers = [
            Layers { colour: front_colour, black: front_black },
            Layers { colour: back_colour, black: back_black },
        ];
        Ok(Faces::new(Arc::clone(&self.0), card, layers))
    }

    /// The layout alone, all layers together, without checks and QR code: the yardstick of the
    /// benchmark.
    #[doc(hidden)]
    pub fn typst_alone(&self, card: &Card) -> Result<PagedDocument, FaceError> {
        let data = self.0.data(card)?;
        let document = self.0.shop.set(Main::Whole, data, card.portrait.clone());
        evict();
        document.map_err(|failure| face_error(&failure))
    }
}

impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Press")
            .field("printer", &self.0.printer)
            .field("bleed", &self.0.bleed)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// The card as the design reads it.
    fn data(&self, card: &Card) -> Result<Vec<u8>, FaceError> {
        let capitals = |field, text: &str| checked(field, &text.to_uppercase());
        let words = [&self.words.card_number, &self.words.valid_through, &self.words.serial];
        for word in words {
            checked(Field::Words, word)?;
        }
        let valid_through = match &card.valid_through {
            Some(day) => Some(checked(Field::ValidThrough, day)?),
            None => None,
        };
        let data = serde_json::json!({
            Field::ManagingAgency.name(): capitals(Field::ManagingAgency, &card.managing_agency)?,
            Field::EmployingUnit.name(): capitals(Field::EmployingUnit, &card.employing_unit)?,
            Field::FullName.name(): capitals(Field::FullName, &card.full_name)?,
            Field::Title.name(): checked(Field::Title, &card.title)?,
            Field::CardNumber.name(): checked(Field::CardNumber, &card.card_number)?,
            Field::Serial.name(): checked(Field::Serial, &card.serial)?,
            Field::ValidThrough.name(): valid_through,
            Field::Words.name(): self.words,
            "emblem": match card.emblem { Emblem::National => "national", Emblem::Logo => "logo" },
            "specimen": card.kind == Kind::Specimen,
        });
        Ok(data.to_string().into_bytes())
    }

    fn ground(&self, side: Side, emblem: Emblem) -> &Ground {
        let [front, logo, back] = &self.grounds;
        match (side, emblem) {
            (Side::Front, Emblem::National) => front,
            (Side::Front, Emblem::Logo) => logo,
            (Side::Back, _) => back,
        }
    }

    pub(crate) fn ground_frame(&self, side: Side, emblem: Emblem) -> Frame {
        self.ground(side, emblem).frame.clone()
    }

    pub(crate) fn ground_picture(&self, side: Side, emblem: Emblem, dpi: Dpi) -> &Pixmap {
        let ground = self.ground(side, emblem);
        by_dpi(&ground.pictures, dpi).get_or_init(|| raster::picture(ground.frame.clone(), dpi))
    }

    pub(crate) fn ground_file(&self, side: Side, emblem: Emblem, dpi: Dpi) -> &[u8] {
        by_dpi(&self.ground(side, emblem).files, dpi)
            .get_or_init(|| raster::png_of(self.ground_picture(side, emblem, dpi), dpi))
    }
}

fn by_dpi<T>(slots: &[T; 2], dpi: Dpi) -> &T {
    let [low, high] = slots;
    if dpi.index() == 0 { low } else { high }
}

/// The pages of a document, without marks for navigation, if there are as many as wanted.
fn frames<const N: usize>(document: &PagedDocument) -> Option<[Frame; N]> {
    let frames: Vec<Frame> = document
        .pages()
        .iter()
        .map(|page| {
            let mut frame = page.frame.clone();
            frame.retain(|item| !matches!(item, FrameItem::Tag(_)));
            frame
        })
        .collect();
    frames.try_into().ok()
}

/// Forgets layouts of cards set long ago, so that memory does not grow with the run. What every
/// card uses is used again before it is old.
fn evict() {
    typst::comemo::evict(8);
}

/// Reads the picture's header only; the layout reads the rest.
fn check_portrait(file: &[u8]) -> Result<(), PortraitError> {
    if file.len() > MOST_BYTES {
        return Err(PortraitError::TooLarge);
    }
    let reader = ImageReader::new(std::io::Cursor::new(file))
        .with_guessed_format()
        .expect("memory can be read");
    let (width, height) = reader.into_dimensions().map_err(|_| PortraitError::Unreadable)?;
    if width.max(height) > MOST_PIXELS { Err(PortraitError::TooLarge) } else { Ok(()) }
}

fn face_error(failure: &Failure) -> FaceError {
    match failure {
        Failure::Overflow(name) => match Field::ALL.into_iter().find(|f| f.name() == name) {
            Some(field) => FaceError::Overflow { field },
            None => FaceError::Design { place: "fit".to_owned() },
        },
        Failure::Portrait => PortraitError::Unreadable.into(),
        Failure::Other(place) => FaceError::Design { place: place.clone() },
    }
}

const MOST_BYTES: usize = 8 << 20;
const MOST_PIXELS: u32 = 6000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letters::first_missing;

    /// Whether PDF/A-2b, which refuses missing glyphs, takes a letter that nobody has checked.
    fn archive_takes(press: &Press, letter: char) -> bool {
        let data = serde_json::json!({
            "managing_agency": "", "employing_unit": "", "full_name": letter.to_string(),
            "title": "", "card_number": "1", "serial": "1", "valid_through": null,
            "words": press.0.words, "emblem": "national", "specimen": false,
        });
        let mut portrait = std::io::Cursor::new(Vec::new());
        image::GrayImage::new(1, 1).write_to(&mut portrait, image::ImageFormat::Png).unwrap();
        let document = press
            .0
            .shop
            .set(Main::Personal, data.to_string().into_bytes(), portrait.into_inner())
            .unwrap();
        let made = typst::foundations::Datetime::from_ymd(2026, 1, 1).unwrap();
        let options = typst_pdf::PdfOptions {
            timestamp: Some(typst_pdf::Timestamp::new_utc(made)),
            standards: typst_pdf::PdfStandards::new(&[typst_pdf::PdfStandard::A_2b]).unwrap(),
            ..crate::faces::pdf_options()
        };
        typst_pdf::pdf(&document, &options).is_ok()
    }

    #[test]
    fn the_check_of_letters_agrees_with_the_archive_format() {
        let press = Press::new(Design::default()).unwrap();
        for letter in "AĐƯẪỗợ№王Яאあ€…“”№↯☎♥½".chars() {
            let ours = first_missing(&letter.to_string()).is_none();
            assert_eq!(ours, archive_takes(&press, letter), "{letter}");
        }
    }
}
