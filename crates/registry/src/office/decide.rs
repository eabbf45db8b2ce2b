//! Giving requests back, and refusing them.

use std::collections::{HashMap, HashSet};

use wire::{AuthorityId, PersonId, RequestId};

use super::{By, Error, Office, Which, context, settle};
use crate::person::Person;
use crate::ports::{People, Requests};
use crate::request::{Command, Lack, Life, Request};
use crate::view::Decided;
use crate::{Note, Refused};

/// What an approver does other than approving.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Against {
    /// Something is to be mended; the requester may ask again.
    GiveBack,
    /// For good.
    Reject,
}

impl Office {
    /// Gives requests back to whoever asked, before they are made: those of a batch that still wait
    /// for a decision, or single ones, while the others of their batch stay. Somebody else than
    /// the requester does; who asked cancels instead. Commits every 500 requests.
    ///
    /// The note is kept sealed under each person's key.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownRequest`] for a batch without requests; [`Error`] of store and vault.
    /// Requests that are not given back are in the answer.
    pub async fn give_back(
        &self,
        authority: AuthorityId,
        which: &Which,
        lack: Lack,
        note: Option<&Note>,
        by: &By,
    ) -> Result<Decided, Error> {
        self.against(authority, which, Against::GiveBack, lack, note, by).await
    }

    /// Refuses requests for good, before they are approved; otherwise as [`Office::give_back`].
    ///
    /// # Errors
    ///
    /// As [`Office::give_back`].
    pub async fn reject(
        &self,
        authority: AuthorityId,
        which: &Which,
        lack: Lack,
        note: Option<&Note>,
        by: &By,
    ) -> Result<Decided, Error> {
        self.against(authority, which, Against::Reject, lack, note, by).await
    }

    async fn against(
        &self,
        authority: AuthorityId,
        which: &Which,
        against: Against,
        lack: Lack,
        note: Option<&Note>,
        by: &By,
    ) -> Result<Decided, Error> {
        let by_actor = by.actor.clone();
        let command = match against {
            Against::GiveBack => Command::GiveBack { lack, by: by_actor },
            Against::Reject => Command::Reject { lack, by: by_actor },
        };
        let mut decided = Decided::default();
        match which {
            Which::Requests(requests) => {
                let mut seen = HashSet::with_capacity(requests.len());
                let requests: Vec<RequestId> =
                    requests.iter().copied().filter(|request| seen.insert(*request)).collect();
                for piece in requests.chunks(PIECE) {
                    settle!(self.against_piece(
                        authority,
                        piece,
                        &command,
                        note,
                        by,
                        &mut decided
                    ))?;
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
                    settle!(self.against_piece(
                        authority,
                        &waiting,
                        &command,
                        note,
                        by,
                        &mut decided
                    ))?;
                }
                if after.is_none() {
                    return Err(Refused::UnknownRequest.into());
                }
            }
        }
        Ok(decided)
    }

    async fn against_piece(
        &self,
        authority: AuthorityId,
        ids: &[RequestId],
        command: &Command,
        note: Option<&Note>,
        by: &By,
        decided: &mut Decided,
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
        let mut piece = Decided::default();
        for &id in ids {
            let stepped = match requests.remove(&id) {
                None => Err(Refused::UnknownRequest),
                Some(request) if by.person == Some(request.person) => Err(Refused::OwnCard),
                Some(request) => self.step_request(&mut change, request, command),
            };
            match stepped {
                Err(why) => piece.refused.push((id, why)),
                Ok(after) => {
                    let key = people.get(&after.person).and_then(|person| person.key.as_deref());
                    if let (Some(note), Some(key), Some(row)) =
                        (note, key, change.history.last_mut())
                    {
                        let plain = note.as_str().as_bytes();
                        let sealed = self.ports.keys.seal(key, &note_context(id), plain).await?;
                        row.sealed = Some(sealed);
                    }
                    piece.done.push(id);
                }
            }
        }
        self.commit(change).await?;
        decided.done.append(&mut piece.done);
        decided.refused.append(&mut piece.refused);
        Ok(())
    }
}

/// What a note on a request is sealed with.
pub(super) fn note_context(request: RequestId) -> Vec<u8> {
    context(b"note", request.0)
}

/// Requests in one commit.
const PIECE: usize = 500;
const PAGE: u32 = 500;
