//! The terminal's side of the MIFARE DESFire protocol, EV1 to EV3.
//!
//! Three layers, each usable alone:
//!
//! * [`Command`] says what is asked of the card; [`ev1::Session`] and [`ev2::Session`] turn it into
//!   protected bytes and judge what comes back ([`Messaging`]); [`apdu::Exchange`] cuts those bytes
//!   into frames. None of them does I/O.
//! * [`Card`] and [`Authenticated`] drive them over any [`Link`]. What needs a proven key is a
//!   method of [`Authenticated`] only, and a command that fails consumes it, because the card drops
//!   its session on every error.
//! * [`an10922`] derives a card's key from a master key.
//!
//! Not here: files and applications of a particular card, readers, clocks, randomness (`rnd_a` is
//! an argument), D40 and LRP messaging, value and record files.

#![no_std]

extern crate alloc;

pub mod an10922;
pub mod apdu;
mod card;
mod cipher;
mod code;
mod command;
mod error;
pub mod ev1;
pub mod ev2;
mod file;
mod key;
mod link;
mod version;

pub use card::{Authenticated, Card};
pub use cipher::jam_crc;
pub use code::{Ins, Status};
pub use command::{Aid, AppSettings, Command, KeySettings, Mode};
pub use error::{BadAnswer, Error, Failed, Misuse, Nonsense, Refused};
pub use file::{Access, AccessRights, File, FileKind, FileNo, FileSettings};
pub use key::{AesKey, DesKey, KeyNo, NewKey};
pub use link::{Link, Messaging};
pub use version::{Generation, Part, Uid, Version};
