//! One personalisation station: takes orders from the registry, makes chips and faces, reads both
//! back, and says what became of each card.
//!
//! [`Station::run`] is the loop, [`Watch`] the wait for somebody to order it; [`Office`] is the registry as a station sees it, [`Slot`] the
//! reader, [`reader::Feeder`] what hands it blanks. A station decides nothing about people and keeps
//! nothing but its [`Journal`]. The registry's insides and SQL do not belong here.

mod faces;
mod journal;
mod office;
pub mod quality;
mod run;
mod slot;
mod watch;

pub use faces::{FaceFault, FaceShop, Printed};
pub use journal::{Journal, JournalError, Open};
pub use office::{Office, OfficeError};
pub use run::{ChipJournal, Event, Ready, RunError, Station, Stopped, Summary, content};
pub use slot::{PcscSlot, Seen, Slot};
pub use watch::{Line, News, Taken, Watch};
