//! The terminal's side of the MIFARE DESFire protocol, EV1 to EV3.
//!
//! Three layers, each usable alone:
//!
//! * [`Command`] says what is asked of the card; a session ([`d40`], [`ev1`], [`ev2`], [`lrp`]) turns
//!   it into protected bytes and judges what comes back ([`Messaging`]); [`apdu::Exchange`] cuts
//!   those bytes into frames. None of them does I/O, so they run over any link, also an asynchronous
//!   one.
//! * [`Card`] and [`Authenticated`] drive them over any blocking [`Link`]. What needs a proven key is
//!   a method of [`Authenticated`] only, and a command that fails consumes it, because the card drops
//!   its session on every error.
//! * Pure functions beside them: [`an10922`] derives a card's key, [`sun`] checks a tap, [`tmac`] a
//!   transaction, [`originality`] a chip's maker; [`dam`] gives leave for an application.
//!
//! [`manual`] tells how they go together, and where public knowledge ends.
//!
//! Not here: files and applications of a particular card, readers, clocks, randomness (`rnd_a` is
//! an argument).

#![no_std]

extern crate alloc;

pub mod an10922;
pub mod apdu;
mod card;
mod cipher;
mod code;
mod command;
pub mod d40;
pub mod dam;
mod error;
pub mod ev1;
pub mod ev2;
mod file;
pub mod iso;
mod key;
mod link;
pub mod lrp;
pub mod manual;
mod negotiate;
pub mod originality;
pub mod proximity;
pub mod raw;
mod session;
pub mod sun;
pub mod tmac;
mod version;

pub use card::{Authenticated, Card, DelegatedInfo, DfEntry, Level, SignedTransaction};
pub use cipher::{crc_a, jam_crc};
pub use code::{Ins, Status};
pub use command::{
    Aid, AppSettings, Command, Configuration, Delegation, DfName, KeySets, KeySettings, Mode,
    NewApplication, NewFile,
};
pub use error::{BadAnswer, Error, Failed, IsoRefused, Misuse, Nonsense, Refused};
pub use file::{
    Access, AccessRights, File, FileKind, FileNo, FileSettings, MoreRights, Records, Sdm,
    TransactionMacFile, ValueFile,
};
pub use key::{AesKey, Des3Key, DesKey, Key, KeyNo, KeyType, NewKey};
pub use link::{Family, Link, Messaging};
pub use negotiate::{Offer, least_memory};
pub use session::{AnySession, MessagingKind};
pub use version::{Generation, Part, Uid, Version};
