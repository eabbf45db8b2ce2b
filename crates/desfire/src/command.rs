//! Commands as data: what is asked, apart from how it is protected and framed.

mod application;
mod card;
mod data;
mod file;
mod key;

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

pub(crate) use self::application::delegated_parameters;
pub use self::application::{
    AppSettings, Delegation, DfName, KeySets, KeySettings, NewApplication,
};
pub use self::card::Configuration;
pub use self::file::NewFile;
use crate::{Ins, Misuse};

/// Protection of data on the way.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Mode {
    /// None.
    Plain,
    /// Readable, with a MAC.
    Mac,
    /// Encrypted, with a MAC or CRC.
    Full,
}

/// An application's identifier, 24 bits; 0 is the PICC level.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Aid(u32);

impl Aid {
    /// The PICC level.
    pub const PICC: Self = Self(0);

    /// An application identifier as a number: `0x838001`.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] above `0xFF_FFFF`.
    pub const fn new(number: u32) -> Result<Self, Misuse> {
        if number < 1 << 24 { Ok(Self(number)) } else { Err(Misuse::OutOfRange("AID")) }
    }

    /// As on the wire: three bytes, LSB first.
    pub const fn to_wire(self) -> [u8; 3] {
        low3(self.0)
    }

    /// Reads it from the wire.
    pub const fn from_wire([a, b, c]: [u8; 3]) -> Self {
        Self(u32::from_le_bytes([a, b, c, 0]))
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06X}", self.0)
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aid({self})")
    }
}

/// One command. `Debug` shows no data, which may be a key.
///
/// The functions that make one know how it is protected; whoever fills it in by hand has to know.
#[derive(Clone)]
pub struct Command {
    /// The instruction.
    pub ins: Ins,
    /// Parameters that are never encrypted.
    pub header: Vec<u8>,
    /// Parameters that [`Mode::Full`] encrypts.
    pub data: Zeroizing<Vec<u8>>,
    /// A new key whose check follows the data, because the card cannot tell otherwise whether it
    /// found the right old one.
    pub new_key: Option<Zeroizing<Vec<u8>>>,
    /// Protection of the command.
    pub mode: Mode,
    /// Protection of the data in the answer.
    pub answer: Mode,
    /// How many bytes the plain answer has, where that is known before.
    pub expects: Option<usize>,
    /// The receiver of encrypted data cannot know their length, so they end with `80 00 …` in
    /// messagings that otherwise fill up with zeros.
    pub open_ended: bool,
    /// The card may answer without MAC, because the session ends with the command.
    pub ends_session: bool,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("ins", &self.ins)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl Command {
    /// A command with a header only, answered under the same protection.
    pub fn new(ins: Ins, mode: Mode, header: &[u8]) -> Self {
        Self {
            ins,
            header: header.to_vec(),
            data: Zeroizing::new(Vec::new()),
            new_key: None,
            mode,
            answer: mode,
            expects: None,
            open_ended: false,
            ends_session: false,
        }
    }

    /// The command with data to be encrypted by [`Mode::Full`]; what answers such a command is
    /// readable.
    fn with_data(mut self, data: &[u8]) -> Self {
        self.data = Zeroizing::new(data.to_vec());
        if self.mode == Mode::Full {
            self.answer = Mode::Mac;
        }
        self
    }

    const fn answered_in(mut self, answer: Mode) -> Self {
        self.answer = answer;
        self
    }

    const fn expecting(mut self, length: usize) -> Self {
        self.expects = Some(length);
        self
    }

    const fn ending_session(mut self) -> Self {
        self.ends_session = true;
        self
    }
}

pub(crate) const fn low3(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}

/// `number` as three bytes.
fn three(number: u32, what: &'static str) -> Result<[u8; 3], Misuse> {
    if number < 1 << 24 { Ok(low3(number)) } else { Err(Misuse::OutOfRange(what)) }
}
