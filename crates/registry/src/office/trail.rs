//! Time lines: who did what, when and why.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use wire::{AuthorityId, CardId, CardSerial, PersonId, RequestId};

use super::batches::text;
use super::decide::note_context;
use super::look::happening;
use super::people::looked_context;
use super::{Error, Office, hex, report_context};
use crate::Refused;
use crate::card::{Card, Validity};
use crate::history::Row;
use crate::person::{Person, masked};
use crate::ports::{Cards, People, Requests, Subject};
use crate::request::Life;
use crate::view::{self, CardFile, Done, Intended, Order, Trace};

/// What a time line is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum About {
    /// A card.
    Card(CardSerial),
    /// A person's record, requests and cards.
    Person(PersonId),
    /// A request and the cards that were begun for it.
    Request(RequestId),
}

impl Office {
    /// Everything that happened to a card, a person or a request, oldest first.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownCard`], [`Refused::UnknownPerson`], [`Refused::UnknownRequest`];
    /// [`Error`] of store and vault.
    pub async fn trail(&self, authority: AuthorityId, about: About) -> Result<Vec<Trace>, Error> {
        let subject = match about {
            About::Card(serial) => Subject::Card(self.card_by_serial(authority, serial).await?.id),
            About::Person(person) => Subject::Person(self.one_person(authority, person).await?.id),
            About::Request(request) => {
                let found = self.ports.store.requests(authority, Requests::Ids(&[request])).await?;
                Subject::Request(found.first().ok_or(Refused::UnknownRequest)?.id)
            }
        };
        let rows = self.ports.store.history(authority, subject).await?;
        self.traces(authority, rows).await
    }

    /// A page of everything that happened at an authority, newest first: the rows before number
    /// `before`, or the last ones.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn trail_back(
        &self,
        authority: AuthorityId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Trace>, Error> {
        let rows = self.ports.store.chain_back(authority, before, limit).await?;
        self.traces(authority, rows).await
    }

    /// Adds names to rows, and opens what officers wrote; two reads for any number of rows.
    async fn traces(&self, authority: AuthorityId, rows: Vec<Row>) -> Result<Vec<Trace>, Error> {
        let mut people: Vec<PersonId> = rows.iter().filter_map(|row| row.person).collect();
        people.sort_unstable();
        people.dedup();
        let mut cards: Vec<CardId> = rows.iter().filter_map(|row| row.card).collect();
        cards.sort_unstable();
        cards.dedup();
        let store = &self.ports.store;
        let people = store.people(authority, People::Ids(&people)).await?;
        let cards = store.cards(authority, Cards::Ids(&cards)).await?;
        let serials: HashMap<CardId, CardSerial> =
            cards.into_iter().map(|card| (card.id, card.serial)).collect();
        let mut known: HashMap<PersonId, (Option<String>, Person)> = HashMap::new();
        for person in people {
            let name = match &person.key {
                Some(_) => Some(self.open_details(&person).await?.full_name.clone()),
                None => None,
            };
            known.insert(person.id, (name, person));
        }
        let mut traces = Vec::with_capacity(rows.len());
        for row in rows {
            let of = row.person.and_then(|person| known.get(&person));
            let note = match of {
                Some((_, person)) => self.words(person, &row).await?,
                None => None,
            };
            let (person, request) = (row.person, row.request);
            let card = row.card.and_then(|card| serials.get(&card).copied());
            let happening = happening(row);
            let detail = &happening.detail;
            let word = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
            traces.push(Trace {
                from: word("from"),
                to: word("to"),
                reason: reason(detail),
                fields: strings(detail.get("fields")),
                note,
                facts: facts(detail),
                person,
                full_name: of.and_then(|(name, _)| name.clone()),
                request,
                card,
                happening,
            });
        }
        Ok(traces)
    }

    /// What somebody wrote beside a row; none where the row holds no words of that kind.
    async fn words(&self, person: &Person, row: &Row) -> Result<Option<String>, Error> {
        let (Some(key), Some(sealed)) = (&person.key, &row.sealed) else { return Ok(None) };
        let context = match (row.action.as_str(), row.request, row.card) {
            ("request.returned" | "request.rejected", Some(request), _) => note_context(request),
            ("card.unmakeable", _, Some(card)) => report_context(card),
            ("person.looked", _, _) => looked_context(person.id),
            _ => return Ok(None),
        };
        let plain = self.ports.keys.open(key, &context, sealed).await?;
        Ok(Some(masked(&text(&plain))))
    }

    /// A card with everything that led to it.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownCard`]; [`Error`] of store and vault.
    pub async fn card_file(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
    ) -> Result<CardFile, Error> {
        let card = self.card_by_serial(authority, serial).await?;
        let store = &self.ports.store;
        let request = store.requests(authority, Requests::Ids(&[card.request])).await?;
        let request = request.into_iter().next().ok_or(Refused::UnknownRequest)?;
        let person = self.one_person(authority, card.person).await?;
        // History of the request holds that of its cards.
        let rows = store.history(authority, Subject::Request(request.id)).await?;
        let last = |action: &str, of: Option<CardId>| {
            let of_it = |row: &&Row| row.action == action && (of.is_none() || row.card == of);
            let row = rows.iter().rev().find(of_it);
            row.map(|row| Done { by: row.actor.clone(), at: row.at })
        };
        let approved = match &request.life {
            Life::Approved { by, at }
            | Life::Queued { by, at }
            | Life::InProduction { by, at, .. } => Some(Done { by: by.clone(), at: *at }),
            Life::Draft
            | Life::Submitted
            | Life::Checked
            | Life::Fulfilled { .. }
            | Life::Returned { .. }
            | Life::Rejected { .. }
            | Life::Cancelled => last("request.approved", None),
        };
        let intended = card.digests.map(|digests| Intended {
            record_sha256: hex(&digests.record),
            photo_sha256: digests.photo.map(|photo| hex(&photo)),
        });
        let printed = self.printed(&person, &card).await?;
        Ok(CardFile {
            batch: request.batch,
            kind: request.kind,
            requested: last("request.submitted", None),
            approved,
            begun: last("card.begun", Some(card.id)),
            station: card.station.clone(),
            readied: last("card.readied", Some(card.id)),
            handed_over: last("card.activated", Some(card.id)),
            locked_by: if let Validity::Locked { by, at, .. } = &card.validity {
                Some(Done { by: by.clone(), at: *at })
            } else {
                None
            },
            revoked_by: last("card.revoked", Some(card.id)),
            intended,
            evidence: card.evidence.clone(),
            card: view::Card::of(&card, printed),
        })
    }

    /// What a card's faces are drawn from, as when it was made. Holds whole numbers, as a face
    /// does; drawn, never listed.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownCard`]; [`Refused::Erased`]; [`Error`] of store, vault and photo store.
    pub async fn face_of(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
    ) -> Result<Order, Error> {
        let card: Card = self.card_by_serial(authority, serial).await?;
        let person = self.one_person(authority, card.person).await?;
        let key = person.key.as_deref().ok_or(Refused::Erased)?;
        let issue = self.open_issue(key, &card).await?;
        let portrait = self.open_portrait(key, authority, card.person, card.photo).await?;
        Ok(super::make::order(&card, &issue, portrait))
    }
}

/// The reason in a row: of the event, or of the row itself.
fn reason(detail: &Value) -> Option<String> {
    let of_event = detail.get("event").and_then(|event| event.get("reason"));
    match of_event.or_else(|| detail.get("reason"))? {
        Value::String(code) => Some(code.clone()),
        Value::Object(parts) => {
            let part = |name: &str| parts.get(name).and_then(Value::as_str);
            let why = part("why")?;
            Some(part("what").map_or_else(|| why.to_owned(), |what| format!("{why}-{what}")))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Facts that have no place of their own in a [`Trace`].
fn facts(detail: &Value) -> BTreeMap<String, String> {
    let all = detail.as_object().into_iter().flatten();
    all.filter(|(name, _)| !matches!(name.as_str(), "from" | "to" | "reason"))
        .filter_map(|(name, value)| match value {
            Value::String(text) => Some((name.clone(), text.clone())),
            Value::Number(number) => Some((name.clone(), number.to_string())),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::card::{self, LockReason};
    use crate::request::{self, Lack, Return};

    #[test]
    fn reasons_of_events_are_the_codes_of_their_types() {
        let locked = card::Event::Locked {
            reason: LockReason::RecordMismatch,
            by: "guard".parse().unwrap(),
        };
        assert_eq!(reason(&json!({ "event": locked })).as_deref(), Some("record_mismatch"));
        for why in Return::all() {
            let returned = request::Event::Returned { reason: why };
            assert_eq!(reason(&json!({ "event": returned })).as_deref(), Some(why.code()));
        }
        let rejected = request::Event::Rejected { reason: Some(Lack::Twice) };
        assert_eq!(reason(&json!({ "event": rejected })).as_deref(), Some("twice"));
        assert_eq!(reason(&json!({ "reason": "not_blank" })).as_deref(), Some("not_blank"));
        assert_eq!(reason(&json!({ "reason": 7, "event": {} })), None);
        assert_eq!(reason(&Value::Null), None);
    }

    #[test]
    fn facts_leave_out_what_has_its_own_place() {
        let detail = json!({
            "from": "ready", "to": "active", "reason": "lost", "event": { "event": "activated" },
            "station": "s-1", "status_index": 7, "photo_sha256": null,
        });
        let facts = facts(&detail);
        let facts: Vec<_> = facts.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(facts, [("station", "s-1"), ("status_index", "7")]);
    }
}
