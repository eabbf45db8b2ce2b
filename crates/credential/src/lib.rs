//! Our application on the chip: what is on it, how it gets there, how it is read and judged.
//!
//! * [`Map`] is the lay-out: application, keys, files; the default is that of QĐ 838/QĐ-BNV as the
//!   profile assumes it.
//! * [`record`] is the signed statement about the holder; `docs/record.md` writes down every claim.
//! * [`plan`] says what a given chip will hold, before anything is written.
//! * [`personalise`] makes a blank into a card, and goes on where it was cut off.
//! * [`Checker`] reads a card as a checker does and says what that proves.
//!
//! Not here: people and rules about them, master keys (each card's keys are handed in), readers,
//! storage, printed text. Time and randomness are arguments.

mod check;
mod keys;
mod map;
mod personalise;
mod plan;
mod readback;
pub mod record;
mod slot;
#[cfg(test)]
mod testing;

pub use check::{CheckError, Checked, Checker, ChipProof, Depth, Photo, Who};
pub use keys::{CardKeys, Content, KeyRole, Purpose, VersionedKey, diversification_input};
pub use map::{Map, MapError};
pub use personalise::{
    FoundKey, Journal, Made, PersonaliseError, Refusal, Spoilage, Step, personalise,
};
pub use plan::{Chip, LeftOut, Plan, Unfit, examine, plan};
pub use readback::{ReadBack, ReadBackError, read_back};

/// Fills a buffer with unpredictable bytes, for the challenges of authentications.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

fn challenge(random: &mut dyn FnMut(&mut [u8])) -> [u8; 16] {
    let mut bytes = [0; 16];
    random(&mut bytes);
    bytes
}
