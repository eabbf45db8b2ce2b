//! A software card without a reader: for whole runs in one process, and for tests.

use desfire::Link;
use picc::Card;

/// A link to a software card.
#[derive(Debug)]
pub struct InProcess {
    card: Card,
}

impl InProcess {
    /// Puts the card into the field: sessions that it may have had are gone.
    pub fn new(mut card: Card) -> Self {
        card.reset();
        Self { card }
    }

    /// The card, to look at or to tear out of the field.
    pub fn card_mut(&mut self) -> &mut Card {
        &mut self.card
    }

    /// Takes the card away again.
    pub fn into_card(self) -> Card {
        self.card
    }
}

impl Link for InProcess {
    type Error = Silent;

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Silent> {
        let answer = self.card.transmit(command);
        if answer.is_empty() { Err(Silent) } else { Ok(answer) }
    }
}

/// The card has lost its power and does not answer; whether it acted is not known.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the card does not answer")]
pub struct Silent;
