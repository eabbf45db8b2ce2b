//! What the driver needs from outside, and from a session.

use alloc::vec::Vec;

use crate::{BadAnswer, Command, Misuse, Status};

/// Carries one command to a card and its answer back.
pub trait Link {
    /// Why an exchange failed before the card's answer arrived.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Sends one command frame and returns the answer frame: APDUs, or native frames where the
    /// driver was told to use them.
    ///
    /// # Errors
    ///
    /// [`Self::Error`] when the reader or the field failed; the card may or may not have acted.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Self::Error>;
}

impl<L: Link + ?Sized> Link for &mut L {
    type Error = L::Error;

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Self::Error> {
        (**self).transmit(command)
    }
}

/// Secure messaging of one authenticated session, without I/O.
///
/// `wrap` and `unwrap` alternate: both move the session's counter or chaining value.
pub trait Messaging {
    /// Which data commands suit this messaging.
    fn family(&self) -> Family;

    /// Protects `command`; returns everything that follows the instruction byte.
    ///
    /// # Errors
    ///
    /// [`Misuse`] when this messaging cannot carry the command.
    fn wrap(&mut self, command: &Command) -> Result<Vec<u8>, Misuse>;

    /// Judges the answer to `command` and returns its plain data. `status` is a success.
    ///
    /// # Errors
    ///
    /// [`BadAnswer`] when the answer's form or its MAC is wrong. The session is of no use after.
    fn unwrap(
        &mut self,
        command: &Command,
        status: Status,
        answer: &[u8],
    ) -> Result<Vec<u8>, BadAnswer>;
}

/// Which of the two families of data commands is used.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Family {
    /// `BD`, `3D`, `BB`, `3B`, `DB`: chained by further frames; every generation has them.
    Chained,
    /// `AD`, `8D`, `AB`, `8B`, `BA`: one short APDU each, from EV2 on. What is longer goes in
    /// pieces.
    Long,
}
