//! Cards on readers that the PC/SC service knows.
//!
//! The service is found as the PC/SC library finds it: its usual socket, or the one that the
//! environment variable `PCSCLITE_CSOCK_NAME` named when the process started.
//!
//! Source: PC/SC Workgroup, Interoperability Specification, parts 3 and 5.

use std::ffi::{CStr, CString};
use std::fmt;
use std::time::{Duration, Instant};

use ::pcsc::{
    Card, Context, Disposition, Error, PNP_NOTIFICATION, Protocols, ReaderState, Scope, ShareMode,
    State,
};
use desfire::Link;

/// A connection to the PC/SC service.
#[derive(Clone)]
pub struct Pcsc {
    context: Context,
}

/// The name of a reader, as the service tells it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ReaderName(CString);

impl ReaderName {
    /// The name that a person gives on a command line; none when it holds a NUL.
    pub fn new(name: &str) -> Option<Self> {
        CString::new(name).ok().map(Self)
    }
}

impl fmt::Display for ReaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_string_lossy())
    }
}

/// Whether other programs may talk to the card meanwhile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sharing {
    /// Nobody else: to write.
    Exclusive,
    /// Whoever else likes.
    Shared,
}

impl Pcsc {
    /// Connects to the service.
    ///
    /// # Errors
    ///
    /// [`PcscError::NoService`] when it does not run.
    pub fn establish() -> Result<Self, PcscError> {
        Ok(Self { context: Context::establish(Scope::System)? })
    }

    /// All readers, with or without a card; empty when there is none.
    ///
    /// # Errors
    ///
    /// [`PcscError::NoService`] when the service has gone.
    pub fn readers(&self) -> Result<Vec<ReaderName>, PcscError> {
        match self.context.list_readers_owned() {
            Ok(names) => Ok(names.into_iter().map(ReaderName).collect()),
            Err(Error::NoReadersAvailable) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until a card lies on `reader`, or on any reader when none is given, and returns the
    /// reader's name. Readers may come and go meanwhile. Waits for ever without a `timeout`.
    ///
    /// # Errors
    ///
    /// [`PcscError::TimedOut`], or [`PcscError::NoReader`] instead when the time is over and there
    /// is no such reader; [`PcscError::NoService`].
    pub fn wait_for_card(
        &self,
        reader: Option<&ReaderName>,
        timeout: Option<Duration>,
    ) -> Result<ReaderName, PcscError> {
        self.wait(reader, timeout, |states| {
            states
                .iter()
                .find(|state| {
                    let now = state.event_state();
                    now.contains(State::PRESENT) && !now.contains(State::MUTE)
                })
                .map(|state| ReaderName(state.name().to_owned()))
        })
    }

    /// Waits until no card lies on `reader`. A reader that has been unplugged holds no card.
    ///
    /// # Errors
    ///
    /// [`PcscError::TimedOut`], [`PcscError::NoService`].
    pub fn wait_for_removal(
        &self,
        reader: &ReaderName,
        timeout: Option<Duration>,
    ) -> Result<(), PcscError> {
        let gone = |states: &[ReaderState]| {
            let present = states.iter().any(|state| state.event_state().contains(State::PRESENT));
            (!present).then_some(())
        };
        match self.wait(Some(reader), timeout, gone) {
            Err(PcscError::NoReader) => Ok(()),
            other => other,
        }
    }

    /// Connects to the card on `reader` and resets it, so that no session of an earlier program is
    /// left on it.
    ///
    /// # Errors
    ///
    /// [`PcscError::NoReader`], [`PcscError::NoCard`], [`PcscError::Busy`] when another program
    /// has the card for itself, [`PcscError::Unresponsive`], [`PcscError::NoService`].
    pub fn connect(&self, reader: &ReaderName, sharing: Sharing) -> Result<PcscLink, PcscError> {
        let mode = match sharing {
            Sharing::Exclusive => ShareMode::Exclusive,
            Sharing::Shared => ShareMode::Shared,
        };
        let card = self.context.connect(&reader.0, mode, Protocols::ANY)?;
        let mut link = PcscLink { card, mode, answer: vec![0; ANSWER].into_boxed_slice() };
        link.reset()?;
        Ok(link)
    }

    /// Waits until `seen` finds what it looks for in the states of the readers: of `only`, or of
    /// all. Starts from states that the service has never reported, so that what is there already
    /// counts.
    fn wait<T>(
        &self,
        only: Option<&ReaderName>,
        timeout: Option<Duration>,
        seen: impl Fn(&[ReaderState]) -> Option<T>,
    ) -> Result<T, PcscError> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut plug = ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE);
        let mut states: Vec<ReaderState> = Vec::new();
        loop {
            let readers: Vec<CString> = self
                .readers()?
                .into_iter()
                .filter(|name| only.is_none_or(|only| only == name))
                .map(|name| name.0)
                .collect();
            states.retain(|state| readers.iter().any(|name| name.as_c_str() == state.name()));
            for name in readers {
                if states.iter().all(|state| state.name() != name.as_c_str()) {
                    states.push(ReaderState::new(name, State::UNAWARE));
                }
            }
            states.push(plug);
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let changed = self.context.get_status_change(left, &mut states);
            plug = states.pop().expect("it was pushed above");
            match changed {
                Ok(()) => {}
                // A reader that went while we asked: look again.
                Err(Error::UnknownReader) => states.clear(),
                Err(Error::Timeout) if states.is_empty() => return Err(PcscError::NoReader),
                Err(error) => return Err(error.into()),
            }
            plug.sync_current_state();
            if let Some(found) = (!states.is_empty()).then(|| seen(&states)).flatten() {
                return Ok(found);
            }
            if states.is_empty() && left.is_some_and(|left| left.is_zero()) {
                return Err(PcscError::NoReader);
            }
            for state in &mut states {
                state.sync_current_state();
            }
        }
    }
}

impl fmt::Debug for Pcsc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pcsc")
    }
}

/// A link to a card on a reader. When it is dropped the card is reset, so that its session ends.
pub struct PcscLink {
    card: Card,
    mode: ShareMode,
    answer: Box<[u8]>,
}

impl PcscLink {
    /// Field off and on: sessions are gone, memory stays. Brings a link back after
    /// [`PcscError::Reset`].
    ///
    /// # Errors
    ///
    /// [`PcscError::Removed`] and the like.
    pub fn reset(&mut self) -> Result<(), PcscError> {
        self.card.reconnect(self.mode, Protocols::ANY, Disposition::ResetCard)?;
        Ok(())
    }

    /// The number with which the card answers in the field: its UID of 4, 7 or 10 bytes, or four
    /// random bytes when it is set to hide it.
    ///
    /// Source: PC/SC part 3 §3.2.2.1.3 (GET DATA `FF CA 00 00 00`).
    ///
    /// # Errors
    ///
    /// [`PcscError::NoUid`] when the reader cannot tell; those of [`Link::transmit`].
    pub fn uid(&mut self) -> Result<Vec<u8>, PcscError> {
        match self.transmit(&GET_UID)?.as_slice() {
            [uid @ .., 0x90, 0x00] if matches!(uid.len(), 4 | 7 | 10) => Ok(uid.to_vec()),
            _ => Err(PcscError::NoUid),
        }
    }

    /// The card's answer to reset.
    ///
    /// # Errors
    ///
    /// As [`Link::transmit`].
    pub fn atr(&self) -> Result<Vec<u8>, PcscError> {
        Ok(self.card.status2_owned()?.atr().to_vec())
    }
}

impl Link for PcscLink {
    type Error = PcscError;

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PcscError> {
        Ok(self.card.transmit(command, &mut self.answer)?.to_vec())
    }
}

impl fmt::Debug for PcscLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PcscLink")
    }
}

const GET_UID: [u8; 5] = [0xFF, 0xCA, 0x00, 0x00, 0x00];

/// Room for the longest answer to an extended command: 65536 bytes and a status word.
const ANSWER: usize = 65_538;

/// Why there is no answer from a card.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PcscError {
    /// The PC/SC service does not run, or has gone.
    #[error("the PC/SC service does not run")]
    NoService,
    /// There is no such reader, or none at all.
    #[error("there is no such reader")]
    NoReader,
    /// No card lies on the reader.
    #[error("no card lies on the reader")]
    NoCard,
    /// The card was taken away; it may or may not have acted on the last command.
    #[error("the card was taken away")]
    Removed,
    /// Another program reset the card: its session is gone. [`PcscLink::reset`] brings it back.
    #[error("another program reset the card")]
    Reset,
    /// Another program has the card for itself.
    #[error("another program is using the card")]
    Busy,
    /// A card lies there but does not answer.
    #[error("the card does not answer")]
    Unresponsive,
    /// The time is over.
    #[error("nothing happened in time")]
    TimedOut,
    /// The reader cannot tell the card's UID.
    #[error("the reader does not tell the UID")]
    NoUid,
    /// Anything else that the PC/SC library reports.
    #[error("PC/SC failed")]
    Other(#[source] Error),
}

impl From<Error> for PcscError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoService | Error::ServiceStopped | Error::Shutdown => Self::NoService,
            Error::UnknownReader | Error::ReaderUnavailable | Error::NoReadersAvailable => {
                Self::NoReader
            }
            Error::NoSmartcard => Self::NoCard,
            Error::RemovedCard => Self::Removed,
            Error::ResetCard => Self::Reset,
            Error::SharingViolation => Self::Busy,
            Error::UnresponsiveCard | Error::UnpoweredCard | Error::NotTransacted => {
                Self::Unresponsive
            }
            Error::Timeout => Self::TimedOut,
            other => Self::Other(other),
        }
    }
}

/// Lets a reader name stand where the PC/SC library wants one.
impl AsRef<CStr> for ReaderName {
    fn as_ref(&self) -> &CStr {
        &self.0
    }
}
