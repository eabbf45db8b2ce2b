//! The reader of a station, and the card that lies on it.

use std::time::Duration;

use desfire::Link;
use reader::{Pcsc, PcscError, PcscLink, ReaderName, Sharing};

/// A reader with one place for a card.
pub trait Slot {
    /// What carries commands to the card.
    type Link: Link;

    /// Waits for a card and connects to it, fresh from the field.
    ///
    /// # Errors
    ///
    /// When none comes in time, or the reader fails.
    fn connect(&mut self) -> Result<Self::Link, <Self::Link as Link>::Error>;

    /// Waits until the place is empty.
    ///
    /// # Errors
    ///
    /// When the card stays, or the reader fails.
    fn wait_for_removal(&mut self) -> Result<(), <Self::Link as Link>::Error>;
}

/// A PC/SC reader, plastic or virtual.
#[derive(Debug)]
pub struct PcscSlot {
    service: Pcsc,
    reader: Option<ReaderName>,
    found: Option<ReaderName>,
    patience: Duration,
}

impl PcscSlot {
    /// The reader of this name, or the first on which a card appears. Waits `patience` for a card
    /// or its removal.
    ///
    /// # Errors
    ///
    /// [`PcscError::NoService`].
    pub fn new(reader: Option<ReaderName>, patience: Duration) -> Result<Self, PcscError> {
        Ok(Self { service: Pcsc::establish()?, reader, found: None, patience })
    }
}

impl Slot for PcscSlot {
    type Link = PcscLink;

    fn connect(&mut self) -> Result<PcscLink, PcscError> {
        let reader = self.service.wait_for_card(self.reader.as_ref(), Some(self.patience))?;
        let link = self.service.connect(&reader, Sharing::Exclusive)?;
        self.found = Some(reader);
        Ok(link)
    }

    fn wait_for_removal(&mut self) -> Result<(), PcscError> {
        match self.found.take() {
            Some(reader) => self.service.wait_for_removal(&reader, Some(self.patience)),
            None => Ok(()),
        }
    }
}
