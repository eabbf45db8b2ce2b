//! The printed card: front and back, from a plain [`Card`] to PDF, PNG and printer planes.
//!
//! A [`Press`] is made once from a [`Design`] (fonts, artwork and the parts that are the same on
//! every card are then ready) and sets any number of cards, on any number of threads. What it
//! gives are [`Faces`], from which the files wanted are taken.
//!
//! Nothing is ever cut or borrowed: a letter the fonts lack, a text that does not fit and a QR
//! code too dense to scan are errors that name the field. Here are no rules about people; what a
//! card number looks like or which QR fields are due is known elsewhere.
//!
//! Source of what stands on the faces: QĐ 838/QĐ-BNV of 25 October 2023.

mod card;
mod design;
mod error;
mod faces;
mod letters;
mod press;
pub mod qr;
mod raster;
mod world;

pub use card::{Card, Emblem, Field, Kind};
pub use design::{Artwork, Bleed, Design, Words};
pub use error::{ArtworkError, ArtworkPlace, FaceError, PortraitError};
#[doc(hidden)]
pub use faces::pdf_options;
pub use faces::{Faces, Planes, Side};
pub use letters::first_missing;
pub use press::Press;
pub use qr::{QrError, QrLevel, QrPlan, qr_plan};
pub use raster::Dpi;
