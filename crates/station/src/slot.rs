//! The reader of a station, and the card that lies on it.

use std::time::Duration;

use desfire::Link;
use reader::{Pcsc, PcscError, PcscLink, ReaderName, Sharing};

/// A reader with one place for a card.
pub trait Slot {
    /// What carries commands to the card.
    type Link: Link;

    /// Waits a moment for a card and connects to it, fresh from the field.
    ///
    /// # Errors
    ///
    /// When the reader fails. That there is no card, or no reader, is no error.
    fn connect(&mut self) -> Result<Seen<Self::Link>, <Self::Link as Link>::Error>;

    /// Waits a moment until the place is empty; false when the card is still there.
    ///
    /// # Errors
    ///
    /// When the reader fails.
    fn wait_for_removal(&mut self) -> Result<bool, <Self::Link as Link>::Error>;

    /// The reader's name; none while there is none.
    fn reader(&self) -> Option<String>;
}

/// What lies on a reader.
#[derive(Debug)]
pub enum Seen<L> {
    /// A card; this is the link to it.
    Card(L),
    /// Nothing.
    NoCard,
    /// There is no reader.
    NoReader,
}

/// A PC/SC reader, plastic or virtual. It may be unplugged and come back, and so may the service.
#[derive(Debug)]
pub struct PcscSlot {
    /// None after the service has gone, until it is back.
    service: Option<Pcsc>,
    wanted: Option<ReaderName>,
    /// Where the card lies, or lay last.
    found: Option<ReaderName>,
    moment: Duration,
}

impl PcscSlot {
    /// The reader of this name, or the first on which a card appears. `moment` is how long one
    /// question waits for its answer.
    ///
    /// # Errors
    ///
    /// [`PcscError::NoService`].
    pub fn new(wanted: Option<ReaderName>, moment: Duration) -> Result<Self, PcscError> {
        Ok(Self { service: Some(Pcsc::establish()?), wanted, found: None, moment })
    }

    /// Asks the service; one that has gone is looked for again at the next question.
    fn ask<T>(
        &mut self,
        question: impl FnOnce(&Pcsc) -> Result<T, PcscError>,
    ) -> Result<T, PcscError> {
        let service = match self.service.take() {
            Some(service) => service,
            None => Pcsc::establish()?,
        };
        let answer = question(&service);
        if !matches!(answer, Err(PcscError::NoService)) {
            self.service = Some(service);
        }
        answer
    }
}

impl Slot for PcscSlot {
    type Link = PcscLink;

    fn connect(&mut self) -> Result<Seen<PcscLink>, PcscError> {
        let (wanted, moment) = (self.wanted.clone(), self.moment);
        let found = self.ask(|service| service.wait_for_card(wanted.as_ref(), Some(moment)));
        let reader = match found {
            Ok(reader) => reader,
            Err(PcscError::TimedOut) => return Ok(Seen::NoCard),
            Err(PcscError::NoReader) => {
                self.found = None;
                return Ok(Seen::NoReader);
            }
            Err(error) => return Err(error),
        };
        self.found = Some(reader.clone());
        match self.ask(|service| service.connect(&reader, Sharing::Exclusive)) {
            Ok(link) => Ok(Seen::Card(link)),
            // Gone again between the two questions.
            Err(PcscError::NoCard | PcscError::Removed) => Ok(Seen::NoCard),
            Err(PcscError::NoReader) => Ok(Seen::NoReader),
            Err(error) => Err(error),
        }
    }

    fn wait_for_removal(&mut self) -> Result<bool, PcscError> {
        let Some(reader) = self.found.clone() else { return Ok(true) };
        let moment = self.moment;
        match self.ask(|service| service.wait_for_removal(&reader, Some(moment))) {
            Ok(()) => Ok(true),
            Err(PcscError::TimedOut) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn reader(&self) -> Option<String> {
        self.found
            .clone()
            .or_else(|| {
                let service = self.service.as_ref()?;
                let there = service.readers().ok()?;
                there.into_iter().find(|name| self.wanted.as_ref().is_none_or(|only| only == name))
            })
            .map(|name| name.to_string())
    }
}
