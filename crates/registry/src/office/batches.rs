//! Requests, as whoever decides them has to see them.

use std::collections::HashMap;

use wire::{AuthorityId, BatchId, CardId, PersonId, RequestId};
use zeroize::Zeroizing;

use super::{Error, Office, decide, person_context};
use crate::Refused;
use crate::card::{Card, Validity};
use crate::history::Row;
use crate::person::{Details, Person, masked};
use crate::ports::{Batches, Cards, People, Requests};
use crate::request::{Life, Request};
use crate::view::{Asked, BatchSummary, News, Printed};

impl Office {
    /// A page of batches of requests: those with something to decide, or all.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn batches(
        &self,
        authority: AuthorityId,
        which: Batches,
    ) -> Result<Vec<BatchSummary>, Error> {
        Ok(self.ports.store.batches(authority, which).await?)
    }

    /// One batch.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownRequest`] for an empty or unknown batch; [`Error::Store`].
    pub async fn batch(
        &self,
        authority: AuthorityId,
        batch: BatchId,
    ) -> Result<BatchSummary, Error> {
        let found = self.ports.store.batches(authority, Batches::One(batch)).await?;
        Ok(found.into_iter().next().ok_or(Refused::UnknownRequest)?)
    }

    /// A page of a batch, in the order of asking, with what is new about each person.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn batch_page(
        &self,
        authority: AuthorityId,
        batch: BatchId,
        after: Option<RequestId>,
        limit: u32,
    ) -> Result<Vec<Asked>, Error> {
        let page = Requests::Batch { batch, after, limit };
        let requests = self.ports.store.requests(authority, page).await?;
        self.asked(authority, requests).await
    }

    /// A page of the requests in `state` ([`Life::NAMES`]), in the order of asking, with what is
    /// new about each person.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn asked_in(
        &self,
        authority: AuthorityId,
        state: &str,
        after: Option<RequestId>,
        limit: u32,
    ) -> Result<Vec<Asked>, Error> {
        let page = Requests::InState { state, after, limit };
        let requests = self.ports.store.requests(authority, page).await?;
        self.asked(authority, requests).await
    }

    /// One request, with what is new about the person.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownRequest`]; [`Error`] of store and vault.
    pub async fn asked_for(
        &self,
        authority: AuthorityId,
        request: RequestId,
    ) -> Result<Asked, Error> {
        let found = self.ports.store.requests(authority, Requests::Ids(&[request])).await?;
        let found = self.asked(authority, found).await?;
        Ok(found.into_iter().next().ok_or(Refused::UnknownRequest)?)
    }

    /// Adds to requests what there is to know; four reads for any number of them.
    pub(super) async fn asked(
        &self,
        authority: AuthorityId,
        requests: Vec<Request>,
    ) -> Result<Vec<Asked>, Error> {
        let mut ids: Vec<PersonId> = requests.iter().map(|request| request.person).collect();
        ids.sort_unstable();
        ids.dedup();
        let store = &self.ports.store;
        let people = store.people(authority, People::Ids(&ids)).await?;
        let people: HashMap<PersonId, Person> =
            people.into_iter().map(|person| (person.id, person)).collect();
        let mut cards: HashMap<PersonId, Vec<Card>> = HashMap::new();
        for card in store.cards(authority, Cards::Of(&ids)).await? {
            cards.entry(card.person).or_default().push(card);
        }
        let changed = self.latest(authority, "person.changed", &ids).await?;
        let notes = self.notes(authority, &requests).await?;
        let mut all = Vec::with_capacity(requests.len());
        for request in requests {
            let person = people
                .get(&request.person)
                .ok_or_else(|| Error::Stored { what: "person", id: request.id.to_string() })?;
            let cards = cards.get(&request.person).map(Vec::as_slice).unwrap_or_default();
            let changed = changed.get(&request.person);
            let note = match notes.get(&request.person) {
                Some(row) if row.request == Some(request.id) => self.note(person, row).await?,
                _ => None,
            };
            all.push(self.one_asked(request, person, cards, changed, note).await?);
        }
        Ok(all)
    }

    async fn one_asked(
        &self,
        request: Request,
        person: &Person,
        cards: &[Card],
        changed: Option<&Row>,
        note: Option<String>,
    ) -> Result<Asked, Error> {
        let (printed, news) = match &person.key {
            None => (None, News::Erased),
            Some(key) => {
                let now = self.open_details(person).await?;
                let news = match self.before(key, &request, cards, changed).await? {
                    None => News::Person,
                    Some(before) => News::Since(before.compared(&now)),
                };
                (Some(Printed::of(&now)), news)
            }
        };
        let card = card_of(&request.life);
        Ok(Asked {
            id: request.id,
            batch: request.batch,
            person: request.person,
            kind: request.kind,
            state: request.life.name(),
            printed,
            photo: person.photo.is_some(),
            as_asked: person.content_hash() == request.content,
            content: super::hex(&person.content_hash()),
            news,
            approver: request.life.approver().cloned(),
            card: cards.iter().find(|known| Some(known.id) == card).map(|known| known.serial),
            returned: if let Life::Returned { reason } = &request.life {
                Some(*reason)
            } else {
                None
            },
            rejected: if let Life::Rejected { reason } = &request.life { *reason } else { None },
            note,
            requester: request.requester,
        })
    }

    /// What was known before: printed on the last card before this request or, failing that, in
    /// the record before its last change.
    async fn before(
        &self,
        key: &[u8],
        request: &Request,
        cards: &[Card],
        changed: Option<&Row>,
    ) -> Result<Option<Details>, Error> {
        let given_up =
            |card: &&Card| matches!(card.validity, Validity::Spoiled | Validity::Cancelled);
        // Ids grow with time, so older cards have smaller ones than the request.
        let last = cards
            .iter()
            .filter(|card| !given_up(card) && card.id.0 < request.id.0)
            .max_by_key(|card| card.id);
        if let Some(card) = last {
            return Ok(Some(self.open_issue(key, card).await?.details.clone()));
        }
        let Some((row, sealed)) = changed.and_then(|row| Some((row, row.sealed.as_ref()?))) else {
            return Ok(None);
        };
        let plain = self.ports.keys.open(key, &person_context(request.person), sealed).await?;
        serde_json::from_slice(&plain)
            .map(Some)
            .map_err(|_| Error::Stored { what: "details before a change", id: row.id.to_string() })
    }

    /// The newest note of each person of requests that were given back or refused.
    async fn notes(
        &self,
        authority: AuthorityId,
        requests: &[Request],
    ) -> Result<HashMap<PersonId, Row>, Error> {
        let mut newest: HashMap<PersonId, Row> = HashMap::new();
        for (action, back) in [("request.returned", true), ("request.rejected", false)] {
            let of_this_kind = |request: &&Request| {
                let returned = matches!(request.life, Life::Returned { .. });
                let rejected = matches!(request.life, Life::Rejected { .. });
                if back { returned } else { rejected }
            };
            let people: Vec<PersonId> =
                requests.iter().filter(of_this_kind).map(|request| request.person).collect();
            for (person, row) in self.latest(authority, action, &people).await? {
                let known = newest.get(&person).map_or(0, |known| known.seq);
                if row.seq > known {
                    newest.insert(person, row);
                }
            }
        }
        Ok(newest)
    }

    async fn note(&self, person: &Person, row: &Row) -> Result<Option<String>, Error> {
        let (Some(key), Some(sealed), Some(request)) = (&person.key, &row.sealed, row.request)
        else {
            return Ok(None);
        };
        let context = decide::note_context(request);
        let plain = self.ports.keys.open(key, &context, sealed).await?;
        Ok(Some(masked(&text(&plain))))
    }

    async fn latest(
        &self,
        authority: AuthorityId,
        action: &str,
        people: &[PersonId],
    ) -> Result<HashMap<PersonId, Row>, Error> {
        if people.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self.ports.store.latest(authority, action, people).await?;
        Ok(rows.into_iter().filter_map(|row| Some((row.person?, row))).collect())
    }
}

const fn card_of(life: &Life) -> Option<CardId> {
    match life {
        Life::InProduction { card, .. } | Life::Fulfilled { card, .. } => Some(*card),
        Life::Draft
        | Life::Submitted
        | Life::Checked
        | Life::Approved { .. }
        | Life::Queued { .. }
        | Life::Returned { .. }
        | Life::Rejected { .. }
        | Life::Cancelled => None,
    }
}

/// Sealed words as text; they were sealed as text.
pub(super) fn text(plain: &Zeroizing<Vec<u8>>) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8_lossy(plain).into_owned())
}
