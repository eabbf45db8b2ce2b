//! A tray of software cards that `pcscd` sees through its virtual reader `vpcd`.
//!
//! Cards are files in a folder (see [`Magazine`]); one of them at a time lies on the reader. A
//! card's image is on disk before the answer to the command that changed it goes out, so a tray
//! that is killed loses nothing that a terminal was told: a card on the reader is there again when
//! the tray starts again. Against a failing machine (not only a killed process) a card is safe
//! once it has been ejected: images are written and renamed at each change, and forced to the disk
//! when the card leaves the reader.
//!
//! Commands come over a socket in the file system, one JSON object a line: see [`Order`].

mod control;
mod magazine;
mod server;
mod vpcd;

pub use control::{Answer, Order, Refusal, TrayClient};
pub use magazine::{Magazine, MagazineError, Place, Status};
pub use server::{Entropy, StopHandle, Tray, TrayConfig, TrayError};
