//! Turning pages: a batch in the order of names, cards from the newest, and where a card belongs.

use std::collections::HashMap;

use profile::vietnamese_order;
use sha2::{Digest as _, Sha256};
use wire::{AuthorityId, BatchId, CardId, CardSerial, PersonId, RequestId};

use super::{Error, Office, hex};
use crate::Refused;
use crate::card::{Card, Validity};
use crate::person::Person;
use crate::ports::{Cards, Find, People, Requests};
use crate::request::Life;
use crate::view::{self, Asked};

/// A batch in Vietnamese order of names.
#[derive(Clone, Debug, Default)]
pub struct Ordered {
    /// Its requests.
    pub requests: Vec<InBatch>,
}

/// One request of an [`Ordered`] batch.
#[derive(Clone, Copy, Debug)]
pub struct InBatch {
    /// The request.
    pub id: RequestId,
    /// Whether it waits for a decision.
    pub waits: bool,
    /// What would be printed now, as a commitment: [`Person::content_hash`].
    pub content: [u8; 32],
}

impl Ordered {
    /// Those that wait for a decision.
    pub fn waiting(&self) -> impl Iterator<Item = &InBatch> {
        self.requests.iter().filter(|request| request.waits)
    }

    /// What an approver of everything that waits would sign: SHA-256 over the requests that wait and
    /// what would be printed for each, in hex. It changes when any of that does.
    pub fn digest(&self) -> String {
        let mut waiting: Vec<&InBatch> = self.waiting().collect();
        waiting.sort_unstable_by_key(|request| request.id);
        let mut hash = Sha256::new();
        hash.update(b"congvu batch 1\0");
        for request in waiting {
            hash.update(request.id.0.as_bytes());
            hash.update(request.content);
        }
        hex(&hash.finalize())
    }
}

impl Office {
    /// A whole batch in Vietnamese order of names. Opens the record of each of its people, so the
    /// effort grows with the batch; people whose data was erased come last.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownRequest`] for an empty or unknown batch; [`Error`] of store and vault.
    pub async fn batch_in_order(
        &self,
        authority: AuthorityId,
        batch: BatchId,
    ) -> Result<Ordered, Error> {
        let mut keyed = Vec::new();
        let mut after = None;
        loop {
            let page = Requests::Batch { batch, after, limit: PAGE };
            let requests = self.ports.store.requests(authority, page).await?;
            let Some(last) = requests.last() else { break };
            after = Some(last.id);
            let people = requests.iter().map(|request| request.person).collect();
            let people = self.people_by_id(authority, people).await?;
            for request in &requests {
                let person = people
                    .get(&request.person)
                    .ok_or_else(|| Error::Stored { what: "person", id: request.id.to_string() })?;
                let name = match person.key {
                    Some(_) => vietnamese_order(&self.open_details(person).await?.full_name),
                    None => vec![u8::MAX],
                };
                let waits = matches!(request.life, Life::Submitted | Life::Checked);
                let content = person.content_hash();
                keyed.push((name, InBatch { id: request.id, waits, content }));
            }
        }
        if keyed.is_empty() {
            return Err(Refused::UnknownRequest.into());
        }
        keyed.sort_by(|(one, a), (other, b)| (one, a.id).cmp(&(other, b.id)));
        Ok(Ordered { requests: keyed.into_iter().map(|(_, request)| request).collect() })
    }

    /// These requests with what is new about each person, in this order; unknown ones are left out.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn asked_these(
        &self,
        authority: AuthorityId,
        requests: &[RequestId],
    ) -> Result<Vec<Asked>, Error> {
        let found = self.ports.store.requests(authority, Requests::Ids(requests)).await?;
        let asked = self.asked(authority, found).await?;
        let mut asked: HashMap<RequestId, Asked> =
            asked.into_iter().map(|asked| (asked.id, asked)).collect();
        Ok(requests.iter().filter_map(|id| asked.remove(id)).collect())
    }

    /// A page of an authority's cards, the newest first: those in `state`
    /// ([`Validity::NAMES`]), or all, that are older than `before`.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn cards_back(
        &self,
        authority: AuthorityId,
        state: Option<&str>,
        before: Option<CardId>,
        limit: u32,
    ) -> Result<Vec<view::Card>, Error> {
        let page = Cards::Newest { state, before, limit };
        let mut cards = self.ports.store.cards(authority, page).await?;
        cards.sort_unstable_by_key(|card| std::cmp::Reverse(card.id));
        self.seen_cards(authority, cards).await
    }

    /// These cards; unknown ones are left out.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn cards_with(
        &self,
        authority: AuthorityId,
        cards: &[CardId],
    ) -> Result<Vec<view::Card>, Error> {
        let cards = self.ports.store.cards(authority, Cards::Ids(cards)).await?;
        self.seen_cards(authority, cards).await
    }

    /// All cards of a person, the newest first.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn cards_of(
        &self,
        authority: AuthorityId,
        person: PersonId,
    ) -> Result<Vec<view::Card>, Error> {
        let mut cards = self.ports.store.cards(authority, Cards::Of(&[person])).await?;
        cards.sort_unstable_by_key(|card| std::cmp::Reverse(card.id));
        self.seen_cards(authority, cards).await
    }

    async fn seen_cards(
        &self,
        authority: AuthorityId,
        cards: Vec<Card>,
    ) -> Result<Vec<view::Card>, Error> {
        let people = cards.iter().map(|card| card.person).collect();
        let people = self.people_by_id(authority, people).await?;
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

    /// The finished cards that were begun just before and just after this one: older, newer.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn beside(
        &self,
        authority: AuthorityId,
        card: CardId,
    ) -> Result<(Option<CardSerial>, Option<CardSerial>), Error> {
        let finished = |cards: Vec<Card>| {
            let mut cards = cards.into_iter();
            cards.find(|card| card.validity != Validity::Produced).map(|card| card.serial)
        };
        let (state, limit) = (None, 8);
        let older = Cards::Newest { state, before: Some(card), limit };
        let mut older = self.ports.store.cards(authority, older).await?;
        older.sort_unstable_by_key(|card| std::cmp::Reverse(card.id));
        let newer = Cards::InState { state, after: Some(card), limit };
        let newer = self.ports.store.cards(authority, newer).await?;
        Ok((finished(older), finished(newer)))
    }

    /// Whose card this is.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn issuer_of(&self, serial: CardSerial) -> Result<Option<AuthorityId>, Error> {
        let found = self.ports.store.find(Find::Serial(serial)).await?;
        Ok(found.first().map(|card| card.authority))
    }

    async fn people_by_id(
        &self,
        authority: AuthorityId,
        mut ids: Vec<PersonId>,
    ) -> Result<HashMap<PersonId, Person>, Error> {
        ids.sort_unstable();
        ids.dedup();
        let people = self.ports.store.people(authority, People::Ids(&ids)).await?;
        Ok(people.into_iter().map(|person| (person.id, person)).collect())
    }
}

const PAGE: u32 = 500;
