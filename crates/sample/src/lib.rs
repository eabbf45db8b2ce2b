//! Invented people, the lists that offices send of them, and drawn portraits.
//!
//! Everything follows from a seed: the same seed and options give the same bytes, and person
//! number *n* is the same whether it is made first or last. [`People`] streams millions;
//! [`write_xlsx`] and [`write_csv`] write a list with the habits of real ones and, when asked, rows
//! that must be refused ([`Flaw`]); [`portrait`] and [`PhotoZip`] make the pictures.
//!
//! No name, number or face belongs to anybody: names are put together from common parts, the
//! number's random digits are drawn, faces are drawings.

mod agency;
mod dice;
mod flaw;
mod list;
mod name;
mod person;
mod photos;
mod portrait;
mod post;

pub use flaw::Flaw;
pub use list::{BadRow, ListError, ListOptions, ListSummary, write_csv, write_xlsx};
pub use person::{MAX_PEOPLE, Options, OptionsError, People, Person};
pub use photos::{PhotoZip, PhotosError, write_folder, write_zip};
pub use portrait::portrait;
