//! A card as an officer who checks it sees it, found by its name alone.

use wire::CardSerial;

use super::{Error, Office};
use crate::ports::Find;
use crate::view::Inspected;

impl Office {
    /// The card with this serial, of whichever authority; none when there is none. Says what the
    /// registry holds; nothing of a card in somebody's hand is compared.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn inspect(&self, serial: CardSerial) -> Result<Option<Inspected>, Error> {
        let found = self.ports.store.find(Find::Serial(serial)).await?;
        let Some(card) = found.into_iter().next() else { return Ok(None) };
        let person = self.one_person(card.authority, card.person).await?;
        let printed = self.printed(&person, &card).await?;
        Ok(Some(self.inspected(&card, printed).await?))
    }
}
