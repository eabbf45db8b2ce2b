//! Links to a card, and a tray of software cards that stands in for a card feeder.
//!
//! - [`pcsc`]: any reader that the PC/SC service knows, plastic or not.
//! - [`in_process`]: a software card without a reader.
//! - [`tray`]: software cards served to `pcscd` through its virtual reader `vpcd`, so that the same
//!   PC/SC code runs against them as against plastic.
//! - [`stack`]: a private `pcscd` with such a tray, apart from any that the machine runs.
//! - [`feeder`]: what a personalisation station asks of whatever hands it blanks.
//!
//! What the bytes mean that pass through is nobody's business here.

pub mod feeder;
pub mod in_process;
mod message;
pub mod pcsc;
pub mod stack;
pub mod tray;

pub use feeder::{Disposition, FeedError, Feeder, Uid};
pub use in_process::InProcess;
pub use message::{Explain, catalog};
pub use pcsc::{Pcsc, PcscError, PcscLink, ReaderName, Sharing};
