//! The status bytes with which the card ends an answer.

use crate::eeprom::PowerLost;

/// One status byte: alone at the head of a native answer, after `91` at the end of a wrapped one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u8);

impl Status {
    pub(crate) const OK: Status = Status(0x00);
    /// Commit or abort with nothing pending.
    pub(crate) const NO_CHANGES: Status = Status(0x0C);
    pub(crate) const OUT_OF_EEPROM: Status = Status(0x0E);
    pub(crate) const ILLEGAL_COMMAND: Status = Status(0x1C);
    /// Checksum, MAC or padding is wrong.
    pub(crate) const INTEGRITY_ERROR: Status = Status(0x1E);
    pub(crate) const NO_SUCH_KEY: Status = Status(0x40);
    pub(crate) const LENGTH_ERROR: Status = Status(0x7E);
    /// No key could ever allow it.
    pub(crate) const PERMISSION_DENIED: Status = Status(0x9D);
    pub(crate) const PARAMETER_ERROR: Status = Status(0x9E);
    pub(crate) const APPLICATION_NOT_FOUND: Status = Status(0xA0);
    /// A key would allow it, but that one is not authenticated.
    pub(crate) const AUTHENTICATION_ERROR: Status = Status(0xAE);
    pub(crate) const ADDITIONAL_FRAME: Status = Status(0xAF);
    /// Beyond the end of the file.
    pub(crate) const BOUNDARY_ERROR: Status = Status(0xBE);
    /// Another command came while frames of the last one were due.
    pub(crate) const COMMAND_ABORTED: Status = Status(0xCA);
    /// No more applications fit the directory.
    pub(crate) const COUNT_ERROR: Status = Status(0xCE);
    pub(crate) const DUPLICATE: Status = Status(0xDE);
    pub(crate) const FILE_NOT_FOUND: Status = Status(0xF0);
}

/// Why a command does not come to its normal end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The card says no.
    Refused(Status),
    /// The card says nothing.
    PowerLost,
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Fault::Refused(status)
    }
}

impl From<PowerLost> for Fault {
    fn from(_: PowerLost) -> Self {
        Fault::PowerLost
    }
}
