//! What can go wrong, by blame: the link, the card's policy, the card's bytes, a forger, the caller.

use core::fmt;

use crate::{Card, Ins, Status};

/// Why a command did not take effect, or nobody knows whether it did ([`Error::Link`]).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error<E: core::error::Error + 'static> {
    /// The exchange broke off. The card may or may not have carried the command out.
    #[error("the link to the card was lost")]
    Link(#[source] E),
    /// The card refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The card refused an ISO 7816-4 command.
    #[error(transparent)]
    IsoRefused(#[from] IsoRefused),
    /// The card's answer breaks the protocol.
    #[error("the card's answer to {ins} makes no sense: {rule}")]
    Nonsense {
        /// The command.
        ins: Ins,
        /// The rule that the answer breaks.
        rule: Nonsense,
    },
    /// The answer does not prove the key: another card, another key, or somebody in between.
    #[error("the answer to {ins} does not prove the key")]
    Forged {
        /// The command.
        ins: Ins,
    },
    /// The caller asked for something that cannot be.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

impl<E: core::error::Error + 'static> Error<E> {
    /// The status with which the card refused, if that is what happened.
    pub const fn refusal(&self) -> Option<Status> {
        match self {
            Self::Refused(refused) => Some(refused.status),
            _ => None,
        }
    }

    pub(crate) fn bad_answer(ins: Ins, bad: BadAnswer) -> Self {
        match bad {
            BadAnswer::Nonsense(rule) => Self::Nonsense { ins, rule },
            BadAnswer::WrongMac => Self::Forged { ins },
        }
    }
}

/// The card refused a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the card refused {ins} with {status}: {}", status.meaning(*ins))]
pub struct Refused {
    /// The command.
    pub ins: Ins,
    /// The card's reason.
    pub status: Status,
}

/// The card refused an ISO 7816-4 command.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the card refused ISO command {ins:02X} with {sw:04X}: {}", crate::iso::meaning(*sw))]
pub struct IsoRefused {
    /// The instruction byte.
    pub ins: u8,
    /// The status word.
    pub sw: u16,
}

/// A rule that an answer breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Nonsense {
    /// Shorter than a status word.
    #[error("shorter than a status word")]
    NoStatus,
    /// The status word does not start with 91.
    #[error("status word {0:04X} is not one of a native command")]
    ForeignStatusWord(u16),
    /// Another number of bytes than the command's answer has.
    #[error("wrong length")]
    Length,
    /// More frames than any answer needs.
    #[error("endless chain of frames")]
    EndlessChain,
    /// Success or a further frame where the other was due.
    #[error("chain of frames out of step")]
    OutOfStep,
    /// Encrypted data without valid padding.
    #[error("padding")]
    Padding,
    /// A field holds a value that does not exist.
    #[error("impossible value")]
    Value,
    /// The card speaks LRP and must be spoken to so.
    #[error("the card uses LRP messaging")]
    Lrp,
    /// The card was spoken to in LRP and does not use it.
    #[error("the card does not use LRP messaging")]
    NotLrp,
}

/// Why a session refuses an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadAnswer {
    /// The form is wrong.
    #[error("answer makes no sense: {0}")]
    Nonsense(Nonsense),
    /// The MAC, the CRC or the echoed challenge is wrong.
    #[error("answer does not prove the key")]
    WrongMac,
}

impl From<Nonsense> for BadAnswer {
    fn from(rule: Nonsense) -> Self {
        Self::Nonsense(rule)
    }
}

/// A mistake of the caller. Nothing was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// No application is selected, so it is not known whose key is meant.
    #[error("nothing is selected")]
    NothingSelected,
    /// A session carries at most 65 535 commands.
    #[error("the session's command counter is used up")]
    SessionExhausted,
    /// A number does not fit its field.
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
    /// The command belongs to the PICC level, or to an application, and the other is selected.
    #[error("not possible at the selected level")]
    WrongLevel,
    /// AN10922 takes 1 to 31 bytes for AES keys, 1 to 15 for DES keys.
    #[error("diversification input must have 1 to 31 bytes (AES) or 1 to 15 (DES)")]
    DiversificationInput,
    /// This messaging has no such command.
    #[error("{0} does not exist in this messaging")]
    NotInThisMessaging(Ins),
    /// Settings that contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// A command failed in a session: the reason, and the card as it is now, with nothing proven.
pub struct Failed<L: crate::Link> {
    /// The card, which has dropped the session.
    pub card: Card<L>,
    /// Why.
    pub error: Error<L::Error>,
}

impl<L: crate::Link> fmt::Debug for Failed<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failed").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<L: crate::Link> From<Failed<L>> for Error<L::Error> {
    fn from(failed: Failed<L>) -> Self {
        failed.error
    }
}
