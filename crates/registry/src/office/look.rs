//! Looking: views with masked numbers, and counts.

use std::collections::HashMap;

use wire::{AuthorityId, CardId, CardSerial, PersonId, RequestId};

use super::{Error, Office};
use crate::Refused;
use crate::card;
use crate::history;
use crate::person::Person;
use crate::ports::{Cards, People, Requests, Subject};
use crate::request::Request;
use crate::view::{self, Counts, Happening, Printed};

impl Office {
    /// A card, by its serial.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownCard`]; [`Error`] of store and vault.
    pub async fn card(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
    ) -> Result<view::Card, Error> {
        let card = self.card_by_serial(authority, serial).await?;
        let person = self.one_person(authority, card.person).await?;
        let printed = self.printed(&person, &card).await?;
        Ok(view::Card::of(&card, printed))
    }

    /// A page of an authority's cards by growing id: those in `state`
    /// ([`card::Validity::NAMES`]), or all.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn cards(
        &self,
        authority: AuthorityId,
        state: Option<&str>,
        after: Option<CardId>,
        limit: u32,
    ) -> Result<Vec<view::Card>, Error> {
        let cards =
            self.ports.store.cards(authority, Cards::InState { state, after, limit }).await?;
        let ids: Vec<PersonId> = cards.iter().map(|card| card.person).collect();
        let people = self.ports.store.people(authority, People::Ids(&ids)).await?;
        let people: HashMap<PersonId, Person> =
            people.into_iter().map(|person| (person.id, person)).collect();
        let mut views = Vec::with_capacity(cards.len());
        for card in cards {
            let printed = match people.get(&card.person) {
                Some(person) => self.printed(person, &card).await?,
                None => None,
            };
            views.push(view::Card::of(&card, printed));
        }
        Ok(views)
    }

    /// A page of the ids of an authority's cards in `state`, by growing id: for bulk work.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn card_ids(
        &self,
        authority: AuthorityId,
        state: &str,
        after: Option<CardId>,
        limit: u32,
    ) -> Result<Vec<CardId>, Error> {
        let page = Cards::InState { state: Some(state), after, limit };
        let cards = self.ports.store.cards(authority, page).await?;
        Ok(cards.into_iter().map(|card| card.id).collect())
    }

    /// A page of an authority's people by growing id.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn people(
        &self,
        authority: AuthorityId,
        after: Option<PersonId>,
        limit: u32,
    ) -> Result<Vec<view::Person>, Error> {
        let people = self.ports.store.people(authority, People::Page { after, limit }).await?;
        let mut views = Vec::with_capacity(people.len());
        for person in people {
            let printed = match person.key {
                Some(_) => Some(Printed::of(&self.open_details(&person).await?)),
                None => None,
            };
            views.push(view::Person { id: person.id, photo: person.photo.is_some(), printed });
        }
        Ok(views)
    }

    /// A page of an authority's requests in `state` ([`crate::request::Life::NAMES`]), by growing
    /// id. They hold no personal value.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn requests(
        &self,
        authority: AuthorityId,
        state: &str,
        after: Option<RequestId>,
        limit: u32,
    ) -> Result<Vec<Request>, Error> {
        let page = Requests::InState { state, after, limit };
        Ok(self.ports.store.requests(authority, page).await?)
    }

    /// Everything that happened to a card, oldest first.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownCard`]; [`Error::Store`].
    pub async fn history(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
    ) -> Result<Vec<Happening>, Error> {
        let card = self.card_by_serial(authority, serial).await?;
        let rows = self.ports.store.history(authority, Subject::Card(card.id)).await?;
        Ok(rows.into_iter().map(happening).collect())
    }

    /// Everything that happened to a person's record, requests and cards, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn history_of_person(
        &self,
        authority: AuthorityId,
        person: PersonId,
    ) -> Result<Vec<Happening>, Error> {
        let rows = self.ports.store.history(authority, Subject::Person(person)).await?;
        Ok(rows.into_iter().map(happening).collect())
    }

    pub(super) async fn printed(
        &self,
        person: &Person,
        card: &card::Card,
    ) -> Result<Option<Printed>, Error> {
        let Some(key) = &person.key else { return Ok(None) };
        Ok(Some(Printed::of(&self.open_issue(key, card).await?.details)))
    }

    /// How much there is of everything.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownAuthority`]; [`Error::Store`].
    pub async fn counts(&self, authority: AuthorityId) -> Result<Counts, Error> {
        if self.ports.store.authority(authority).await?.is_none() {
            return Err(Refused::UnknownAuthority.into());
        }
        Ok(self.ports.store.counts(authority).await?)
    }

    /// All authorities: id and name, by growing id.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn authorities(&self) -> Result<Vec<(AuthorityId, String)>, Error> {
        let all = self.ports.store.authorities().await?;
        Ok(all.into_iter().map(|authority| (authority.id, authority.name)).collect())
    }
}

pub(super) fn happening(row: history::Row) -> Happening {
    Happening {
        seq: row.seq,
        at: row.at,
        actor: row.actor,
        action: row.action,
        detail: serde_json::from_str(&row.detail).unwrap_or_default(),
    }
}
