//! Finding people, seeing them, and seeing their numbers for a reason.

use std::collections::HashMap;

use profile::{PersonalId, fold_for_search, vietnamese_order};
use serde_json::json;
use wire::{AuthorityId, PersonId};

use super::{By, Error, Office, context, photo_context, settle};
use crate::card::{Card, Validity};
use crate::history::Draft;
use crate::person::{Details, Person, masked};
use crate::photo::Portrait;
use crate::ports::{BlobId, Cards, Domain, People, Requests};
use crate::view::{self, Found, PersonFile, PersonRecord, PersonRow, Preview, Printed, Unmasked};
use crate::{Note, Refused};

/// Which people are listed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Among {
    /// All.
    Everybody,
    /// Those who have neither a live card nor an open request.
    WithoutCard,
}

/// Which part of a list of people.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// Whom.
    pub among: Among,
    /// What their names hold: each word the beginning of a word of the name, in the same order.
    /// Tones, marks and case do not count. Empty: everybody.
    pub name: &'a str,
    /// The window: [`Found::next`] of the one before.
    pub window: Option<PersonId>,
    /// How many of the window's matches come before the part.
    pub skip: usize,
    /// At most so many.
    pub limit: usize,
}

/// The most people whose records one search opens.
pub const WINDOW: usize = 10_000;

impl Office {
    /// A part of a list of people in Vietnamese order of names.
    ///
    /// A scan: it opens the records of the window, at most [`WINDOW`] people.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn search(
        &self,
        authority: AuthorityId,
        search: &Search<'_>,
    ) -> Result<Found, Error> {
        let wanted = fold_for_search(search.name);
        let wanted: Vec<&str> = wanted.split(' ').filter(|word| !word.is_empty()).collect();
        let mut found = Found::default();
        let mut matches: Vec<(Vec<u8>, view::Person)> = Vec::new();
        let mut after = search.window;
        let mut scanned = 0;
        loop {
            let limit = PAGE;
            let page = match search.among {
                Among::Everybody => People::Page { after, limit },
                Among::WithoutCard => People::WithoutCard { after, limit },
            };
            let people = self.ports.store.people(authority, page).await?;
            let full = people.len() == PAGE as usize;
            scanned += people.len();
            after = people.last().map(|person| person.id).or(after);
            for person in people {
                // Whoever was erased has no name to be found by.
                if person.key.is_none() {
                    continue;
                }
                let details = self.open_details(&person).await?;
                if is_named(&details.full_name, &wanted) {
                    matches.push((vietnamese_order(&details.full_name), seen(&person, &details)));
                }
            }
            if !full {
                break;
            }
            if scanned >= WINDOW {
                found.next = after;
                break;
            }
        }
        found.scanned = u64::try_from(scanned).unwrap_or(u64::MAX);
        found.matches = u64::try_from(matches.len()).unwrap_or(u64::MAX);
        matches.sort_by(|(one, a), (other, b)| (one, a.id).cmp(&(other, b.id)));
        let part: Vec<view::Person> = matches
            .into_iter()
            .map(|(_, person)| person)
            .skip(search.skip)
            .take(search.limit)
            .collect();
        found.people = self.rows(authority, part).await?;
        Ok(found)
    }

    async fn rows(
        &self,
        authority: AuthorityId,
        people: Vec<view::Person>,
    ) -> Result<Vec<PersonRow>, Error> {
        let ids: Vec<PersonId> = people.iter().map(|person| person.id).collect();
        let mut cards: HashMap<PersonId, Card> = HashMap::new();
        for card in self.ports.store.cards(authority, Cards::Of(&ids)).await? {
            if matches!(card.validity, Validity::Spoiled | Validity::Cancelled) {
                continue;
            }
            if cards.get(&card.person).is_none_or(|known| known.id < card.id) {
                cards.insert(card.person, card);
            }
        }
        let open = self.ports.store.requests(authority, Requests::OpenFor(&ids)).await?;
        let open: HashMap<PersonId, &'static str> =
            open.into_iter().map(|request| (request.person, request.life.name())).collect();
        let row = |person: view::Person| {
            let card = cards.get(&person.id).map(|card| (card.serial, card.validity.name()));
            let request = open.get(&person.id).copied();
            PersonRow { person, card, request }
        };
        Ok(people.into_iter().map(row).collect())
    }

    /// The person with this personal id number.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] and [`Error::Keys`].
    pub async fn person_by_number(
        &self,
        authority: AuthorityId,
        number: &PersonalId,
    ) -> Result<Option<PersonId>, Error> {
        let hash = self.ports.keys.lookup(Domain::PersonalId, number.expose()).await?;
        let people = self.ports.store.people(authority, People::PersonalIds(&[hash])).await?;
        Ok(people.first().map(|person| person.id))
    }

    /// A person with all cards and requests.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownPerson`]; [`Error`] of store and vault.
    pub async fn person(&self, authority: AuthorityId, id: PersonId) -> Result<PersonFile, Error> {
        let person = self.one_person(authority, id).await?;
        let mut cards = Vec::new();
        for card in self.ports.store.cards(authority, Cards::Of(&[id])).await? {
            let printed = match &person.key {
                Some(key) => Some(Printed::of(&self.open_issue(key, &card).await?.details)),
                None => None,
            };
            cards.push(view::Card::of(&card, printed));
        }
        cards.reverse();
        let requests = self.ports.store.requests(authority, Requests::Of(&[id])).await?;
        let mut requests = self.asked(authority, requests).await?;
        requests.reverse();
        let (seen, record) = if person.key.is_some() {
            let details = self.open_details(&person).await?;
            (seen(&person, &details), Some(record(&details)))
        } else {
            let photo = person.photo.is_some();
            (view::Person { id, photo, printed: None }, None)
        };
        Ok(PersonFile { person: seen, record, cards, requests })
    }

    /// A person's whole numbers. History learns who looked and why before anybody sees them; the
    /// reason is kept sealed under the person's key.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownPerson`]; [`Refused::Erased`]; [`Error`] of store and vault. Nothing is
    /// shown then.
    pub async fn unmask(
        &self,
        authority: AuthorityId,
        id: PersonId,
        reason: &Note,
        by: &By,
    ) -> Result<Unmasked, Error> {
        settle!(self.try_unmask(authority, id, reason, by))
    }

    async fn try_unmask(
        &self,
        authority: AuthorityId,
        id: PersonId,
        reason: &Note,
        by: &By,
    ) -> Result<Unmasked, Error> {
        let person = self.one_person(authority, id).await?;
        let key = person.key.as_deref().ok_or(Refused::Erased)?;
        let details = self.open_details(&person).await?;
        let reason = reason.as_str().as_bytes();
        let sealed = self.ports.keys.seal(key, &looked_context(id), reason).await?;
        let mut change = self.changeset(authority, by);
        change.history.push(Draft {
            person: Some(id),
            sealed: Some(sealed),
            ..self.draft("person.looked", &json!({ "fields": ["personal_id", "card_number"] }))
        });
        self.commit(change).await?;
        Ok(Unmasked {
            personal_id: details.personal_id.clone(),
            card_number: details.card_number.clone(),
        })
    }

    /// What a card for this person would be drawn from today: for whoever asks or approves. Holds
    /// whole numbers, as a face does; drawn, never listed.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownPerson`]; [`Refused::Erased`]; [`Error`] of store, vault and photo store.
    pub async fn preview(&self, authority: AuthorityId, id: PersonId) -> Result<Preview, Error> {
        let person = self.one_person(authority, id).await?;
        let details = self.open_details(&person).await?;
        let portrait = self.portrait_of(&person).await?;
        let today = self.ports.clock.today();
        let valid_through = self.profile.expiry(today, details.contract_end, details.retirement);
        Ok(Preview { details, portrait, valid_through })
    }

    /// A person's pictures; empty where there are none.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownPerson`]; [`Refused::Erased`]; [`Error`] of store, vault and photo store.
    pub async fn portrait(&self, authority: AuthorityId, id: PersonId) -> Result<Portrait, Error> {
        self.portrait_of(&self.one_person(authority, id).await?).await
    }

    async fn portrait_of(&self, person: &Person) -> Result<Portrait, Error> {
        let key = person.key.as_deref().ok_or(Refused::Erased)?;
        self.open_portrait(key, person.authority, person.id, person.photo).await
    }

    pub(super) async fn open_portrait(
        &self,
        key: &[u8],
        authority: AuthorityId,
        person: PersonId,
        blob: Option<BlobId>,
    ) -> Result<Portrait, Error> {
        let Some(blob) = blob else { return Ok(Portrait::default()) };
        let sealed = self.ports.photos.get(authority, blob).await?;
        let plain = self.ports.keys.open(key, &photo_context(person), &sealed).await?;
        Portrait::from_bytes(&plain)
            .map_err(|_| Error::Stored { what: "photo", id: person.to_string() })
    }
}

fn seen(person: &Person, details: &Details) -> view::Person {
    let printed = Some(Printed::of(details));
    view::Person { id: person.id, photo: person.photo.is_some(), printed }
}

fn record(details: &Details) -> PersonRecord {
    PersonRecord {
        birth: details.birth.clone(),
        sex: details.sex.clone(),
        personal_id: masked(&details.personal_id),
        agency_code: details.agency_code.clone(),
        contract_end: details.contract_end,
        retirement: details.retirement,
    }
}

/// Whether each wanted word begins a word of the name, in the same order.
fn is_named(full_name: &str, wanted: &[&str]) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let name = fold_for_search(full_name);
    let mut words = name.split(' ');
    wanted.iter().all(|wanted| words.any(|word| word.starts_with(wanted)))
}

/// What the reason of a look at somebody's numbers is sealed with.
pub(super) fn looked_context(person: PersonId) -> Vec<u8> {
    context(b"looked", person.0)
}

const PAGE: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_beginnings_of_their_words() {
        let named = |name: &str, query: &str| {
            let query = fold_for_search(query);
            is_named(name, &query.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>())
        };
        for query in ["", "  ", "nguyen", "Đức", "duc", "NGUYỄN d", "ng văn đ", "v"] {
            assert!(named("Nguyễn Văn Đức", query), "{query}");
        }
        for query in ["guyen", "duc nguyen", "nguyen nguyen", "x"] {
            assert!(!named("Nguyễn Văn Đức", query), "{query}");
        }
    }
}
