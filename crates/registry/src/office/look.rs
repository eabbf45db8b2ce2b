//! Looking: views with masked numbers, checks and counts.

use std::collections::HashMap;

use wire::{AuthorityId, CardId, CardSerial, ChipUid, PersonId, RequestId};

use super::{Error, Office};
use crate::Refused;
use crate::card;
use crate::history;
use crate::person::Person;
use crate::ports::{Cards, Domain, Find, People, Requests, Subject};
use crate::request::Request;
use crate::view::{self, Check, Counts, Happening, Printed, Standing};

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

    /// How a card stands whose QR was scanned: by the card number and the code beside it.
    ///
    /// The number is the one printed; `code4` is compared without saying where it differs.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn check_qr(&self, card_number: &str, code4: &str) -> Result<Check, Error> {
        let number = self.ports.keys.lookup(Domain::CardNumber, card_number).await?;
        let mut answer = Check::Unknown;
        for card in self.ports.store.find(Find::Number(number)).await? {
            let person = self.one_person(card.authority, card.person).await?;
            let Some(key) = &person.key else { continue };
            let issue = self.open_issue(key, &card).await?;
            if !same_code(&issue.code4, code4) {
                answer = Check::OtherCode;
                continue;
            }
            let standing = self.standing_of(&card, Some(Printed::of(&issue.details))).await?;
            return Ok(Check::Card(Box::new(standing)));
        }
        Ok(answer)
    }

    /// How the card on this chip stands; none when the chip never was a card. A chip that was
    /// spoiled, or whose card was given up, is none either.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn check_chip(&self, uid: ChipUid) -> Result<Option<Standing>, Error> {
        let found = self.ports.store.find(Find::Chip(uid)).await?;
        let given_up = |card: &card::Card| {
            matches!(card.validity, card::Validity::Spoiled | card::Validity::Cancelled)
        };
        let Some(card) = found.into_iter().find(|card| !given_up(card)) else { return Ok(None) };
        let person = self.one_person(card.authority, card.person).await?;
        let printed = self.printed(&person, &card).await?;
        Ok(Some(self.standing_of(&card, printed).await?))
    }

    async fn standing_of(
        &self,
        card: &card::Card,
        printed: Option<Printed>,
    ) -> Result<Standing, Error> {
        let authority = self.ports.store.authority(card.authority).await?;
        let valid = card.holds_on(self.ports.clock.today());
        Ok(Standing {
            serial: card.serial,
            valid,
            state: card.validity.name(),
            valid_through: card.valid_through,
            uid: card.uid,
            authority: authority.map(|authority| authority.name).unwrap_or_default(),
            printed: printed.filter(|_| valid),
        })
    }

    async fn printed(&self, person: &Person, card: &card::Card) -> Result<Option<Printed>, Error> {
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

fn happening(row: history::Row) -> Happening {
    Happening {
        seq: row.seq,
        at: row.at,
        actor: row.actor,
        action: row.action,
        detail: serde_json::from_str(&row.detail).unwrap_or_default(),
    }
}

/// Compares without stopping at the first difference.
fn same_code(known: &str, given: &str) -> bool {
    known.len() == given.len()
        && known.bytes().zip(given.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
