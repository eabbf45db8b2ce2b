//! The registry as a station sees it.

use wire::station::{Claim, Claimed, Report};

/// Where orders come from and outcomes go. Both calls may be repeated.
pub trait Office {
    /// Asks what the chip on the reader shall become.
    ///
    /// # Errors
    ///
    /// [`OfficeError`] by cause.
    fn claim(&mut self, claim: &Claim) -> Result<Claimed, OfficeError>;

    /// Says what became of a card.
    ///
    /// # Errors
    ///
    /// [`OfficeError`] by cause.
    fn report(&mut self, report: &Report) -> Result<(), OfficeError>;
}

/// Why the office did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// Not reachable, or not able right now: the same call may succeed later.
    #[error("the registry does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It does not know this station's token.
    #[error("the registry does not know this station's token")]
    Unauthorised,
    /// It refuses, and will refuse again.
    #[error("the registry refuses: {text}")]
    Refused {
        /// For programs.
        code: String,
        /// For people.
        text: String,
    },
    /// It said something that is no answer.
    #[error("the registry's answer makes no sense")]
    Nonsense(#[source] Box<dyn std::error::Error + Send + Sync>),
}
