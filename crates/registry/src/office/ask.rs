//! Asking for cards, and allowing them.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use wire::{AuthorityId, BatchId, PersonId, RequestId};

use super::{By, Error, Office, hex, settle};
use crate::Refused;
use crate::card::{Card, Validity};
use crate::history::Draft;
use crate::person::Person;
use crate::ports::{Cards, People, Requests};
use crate::request::{Command, Kind, Life, Request, Return};
use crate::view::{Approval, Batch};

/// For whom cards are asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum For {
    /// Everybody of the authority who has neither a live card nor an open request.
    EverybodyWithout,
    /// These people.
    People(Vec<PersonId>),
}

/// Which requests are decided.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Which {
    /// Those made together that still wait for a decision.
    Batch(BatchId),
    /// These.
    Requests(Vec<RequestId>),
}

impl Office {
    /// Asks for cards. Commits every 500 people; asking again makes no second request for anybody.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store; people for whom no request is made are in the answer.
    pub async fn request(
        &self,
        authority: AuthorityId,
        kind: Kind,
        whom: &For,
        by: &By,
    ) -> Result<Batch, Error> {
        let mut batch =
            Batch { id: BatchId(self.ports.ids.uuid()), requests: Vec::new(), refused: Vec::new() };
        match whom {
            For::People(people) => {
                let mut seen = HashSet::with_capacity(people.len());
                let people: Vec<PersonId> =
                    people.iter().copied().filter(|person| seen.insert(*person)).collect();
                for piece in people.chunks(PIECE) {
                    settle!(self.request_piece(authority, kind, piece, by, &mut batch))?;
                }
            }
            For::EverybodyWithout => {
                let mut after = None;
                loop {
                    let page = People::WithoutCard { after, limit: PAGE };
                    let page = self.ports.store.people(authority, page).await?;
                    let people: Vec<PersonId> = page.iter().map(|person| person.id).collect();
                    let Some(last) = people.last() else { break };
                    after = Some(*last);
                    settle!(self.request_piece(authority, kind, &people, by, &mut batch))?;
                }
            }
        }
        Ok(batch)
    }

    async fn request_piece(
        &self,
        authority: AuthorityId,
        kind: Kind,
        ids: &[PersonId],
        by: &By,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let store = &self.ports.store;
        let people = store.people(authority, People::Ids(ids)).await?;
        let mut people: HashMap<PersonId, Person> =
            people.into_iter().map(|person| (person.id, person)).collect();
        let open = store.requests(authority, Requests::OpenFor(ids)).await?;
        let open: HashSet<PersonId> = open.into_iter().map(|request| request.person).collect();
        let mut cards: HashMap<PersonId, Vec<Card>> = HashMap::new();
        for card in store.cards(authority, Cards::Of(ids)).await? {
            cards.entry(card.person).or_default().push(card);
        }
        let mut change = self.changeset(authority, by);
        let (mut made, mut refused) = (Vec::new(), Vec::new());
        for &id in ids {
            let Some(person) = people.remove(&id) else {
                refused.push((id, Refused::UnknownPerson));
                continue;
            };
            let cards = cards.get(&id).map(Vec::as_slice).unwrap_or_default();
            if let Err(why) = may_request(&person, kind, open.contains(&id), cards, by) {
                refused.push((id, why));
                continue;
            }
            let draft = Request {
                authority,
                id: RequestId(self.ports.ids.uuid()),
                version: 0,
                batch: batch.id,
                person: id,
                kind,
                requester: by.actor.clone(),
                content: person.content_hash(),
                life: Life::Draft,
            };
            change.history.push(Draft {
                person: Some(id),
                request: Some(draft.id),
                ..self.draft(
                    "request.drafted",
                    &json!({ "batch": batch.id, "kind": kind, "content": hex(&draft.content) }),
                )
            });
            made.push(draft.id);
            self.step_request(&mut change, draft, &Command::Submit)?;
        }
        self.commit(change).await?;
        batch.requests.append(&mut made);
        batch.refused.append(&mut refused);
        Ok(())
    }

    /// Allows requests: the approver signs what will be printed, not the number of a row.
    ///
    /// A request whose person changed since goes back to the requester and is named. Commits every
    /// 500 requests.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownRequest`] for a batch without requests; [`Error`] of the store.
    pub async fn approve(
        &self,
        authority: AuthorityId,
        which: &Which,
        by: &By,
    ) -> Result<Approval, Error> {
        let mut approval = Approval::default();
        match which {
            Which::Requests(requests) => {
                let mut seen = HashSet::with_capacity(requests.len());
                let requests: Vec<RequestId> =
                    requests.iter().copied().filter(|request| seen.insert(*request)).collect();
                for piece in requests.chunks(PIECE) {
                    settle!(self.approve_piece(authority, piece, by, &mut approval))?;
                }
            }
            Which::Batch(batch) => {
                let mut after = None;
                loop {
                    let page = Requests::Batch { batch: *batch, after, limit: PAGE };
                    let page = self.ports.store.requests(authority, page).await?;
                    let Some(last) = page.last() else { break };
                    after = Some(last.id);
                    let waiting: Vec<RequestId> = page
                        .iter()
                        .filter(|request| matches!(request.life, Life::Submitted | Life::Checked))
                        .map(|request| request.id)
                        .collect();
                    settle!(self.approve_piece(authority, &waiting, by, &mut approval))?;
                }
                if after.is_none() {
                    return Err(Refused::UnknownRequest.into());
                }
            }
        }
        Ok(approval)
    }

    async fn approve_piece(
        &self,
        authority: AuthorityId,
        ids: &[RequestId],
        by: &By,
        approval: &mut Approval,
    ) -> Result<(), Error> {
        let store = &self.ports.store;
        let requests = store.requests(authority, Requests::Ids(ids)).await?;
        let people: Vec<PersonId> = requests.iter().map(|request| request.person).collect();
        let people = store.people(authority, People::Ids(&people)).await?;
        let people: HashMap<PersonId, Person> =
            people.into_iter().map(|person| (person.id, person)).collect();
        let mut requests: HashMap<RequestId, Request> =
            requests.into_iter().map(|request| (request.id, request)).collect();
        let mut change = self.changeset(authority, by);
        let (mut approved, mut refused) = (Vec::new(), Vec::new());
        for &id in ids {
            let Some(request) = requests.remove(&id) else {
                refused.push((id, Refused::UnknownRequest));
                continue;
            };
            if by.person == Some(request.person) {
                refused.push((id, Refused::OwnCard));
                continue;
            }
            let as_asked = people
                .get(&request.person)
                .is_some_and(|person| person.content_hash() == request.content);
            let approve = Command::Approve { by: by.actor.clone() };
            let decided = if as_asked {
                self.step_request(&mut change, request, &approve).map(|_| ())
            } else {
                request.decide(&approve).and_then(|_| {
                    let back = Command::Return(Return::ContentChanged);
                    self.step_request(&mut change, request, &back)?;
                    Err(Refused::ContentChanged)
                })
            };
            match decided {
                Ok(()) => approved.push(id),
                Err(why) => refused.push((id, why)),
            }
        }
        self.commit(change).await?;
        approval.approved.append(&mut approved);
        approval.refused.append(&mut refused);
        Ok(())
    }

    /// Takes a request back before it is made.
    ///
    /// # Errors
    ///
    /// [`Refused`]; [`Error`] of the store.
    pub async fn cancel(
        &self,
        authority: AuthorityId,
        request: RequestId,
        by: &By,
    ) -> Result<(), Error> {
        settle!(self.decide_request(authority, request, &Command::Cancel, by))
    }

    async fn decide_request(
        &self,
        authority: AuthorityId,
        request: RequestId,
        command: &Command,
        by: &By,
    ) -> Result<(), Error> {
        let found = self.ports.store.requests(authority, Requests::Ids(&[request])).await?;
        let request = found.into_iter().next().ok_or(Refused::UnknownRequest)?;
        if let Life::InProduction { .. } = request.life {
            // A card hangs on it: only the station's report ends that.
            let (subject, from) = ("request", request.life.name());
            return Err(Refused::NotFromHere { subject, command: "take back", from }.into());
        }
        let mut change = self.changeset(authority, by);
        self.step_request(&mut change, request, command)?;
        self.commit(change).await
    }
}

fn may_request(
    person: &Person,
    kind: Kind,
    open: bool,
    cards: &[Card],
    by: &By,
) -> Result<(), Refused> {
    let had_one = |card: &Card| !matches!(card.validity, Validity::Spoiled | Validity::Cancelled);
    if person.key.is_none() {
        Err(Refused::Erased)
    } else if by.person == Some(person.id) {
        Err(Refused::OwnCard)
    } else if person.photo.is_none() {
        Err(Refused::NoPhoto)
    } else if open {
        Err(Refused::HasRequest)
    } else if !kind.replaces() && cards.iter().any(|card| card.validity.is_live()) {
        Err(Refused::HasCard)
    } else if kind.replaces() && !cards.iter().any(had_one) {
        Err(Refused::NoCardToReplace)
    } else {
        Ok(())
    }
}

/// People or requests in one commit.
const PIECE: usize = 500;
const PAGE: u32 = 500;
