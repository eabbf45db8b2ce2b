//! Cards in use: handing over, locking, ending, and the proof of history.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use wire::{AuthorityId, CardId, CardSerial, PersonId};

use super::{By, Error, Office, settle};
use crate::Refused;
use crate::card::{Card, Command, LockReason, RevokeReason, Validity};
use crate::history::{Broken, Draft, Head, Walk};
use crate::ports::{Cards, Find, LookupHash, Requests, StoreError};
use crate::view::HandOver;

/// The proof of an authority's history failed.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// It does not hold together.
    #[error("the history does not hold together")]
    Broken(#[from] Broken),
    /// It could not be read.
    #[error("the history could not be read")]
    Store(#[from] StoreError),
}

impl Office {
    /// Records that holders signed for their cards: the cards are active from now on.
    ///
    /// The old card of a replacement ends in the same commit. Commits every 200 cards.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store; cards that are not handed over are in the answer.
    pub async fn hand_over(
        &self,
        authority: AuthorityId,
        cards: &[CardId],
        by: &By,
    ) -> Result<HandOver, Error> {
        let mut result = HandOver::default();
        let mut seen = HashSet::with_capacity(cards.len());
        let cards: Vec<CardId> = cards.iter().copied().filter(|card| seen.insert(*card)).collect();
        for piece in cards.chunks(PIECE) {
            settle!(self.hand_over_piece(authority, piece, by, &mut result))?;
        }
        Ok(result)
    }

    async fn hand_over_piece(
        &self,
        authority: AuthorityId,
        ids: &[CardId],
        by: &By,
        result: &mut HandOver,
    ) -> Result<(), Error> {
        let store = &self.ports.store;
        let cards = store.cards(authority, Cards::Ids(ids)).await?;
        let people: Vec<PersonId> = cards.iter().map(|card| card.person).collect();
        let mut old: HashMap<PersonId, Vec<Card>> = HashMap::new();
        for card in store.cards(authority, Cards::Of(&people)).await? {
            if matches!(card.validity, Validity::Active { .. } | Validity::Locked { .. }) {
                old.entry(card.person).or_default().push(card);
            }
        }
        let mut cards: HashMap<CardId, Card> =
            cards.into_iter().map(|card| (card.id, card)).collect();
        let today = self.ports.clock.today();
        let mut change = self.changeset(authority, by);
        let mut piece = HandOver::default();
        for &id in ids {
            let activate = Command::Activate { by: by.actor.clone() };
            let allowed = match cards.remove(&id) {
                None => Err(Refused::UnknownCard),
                Some(card) if by.person == Some(card.person) => Err(Refused::OwnCard),
                Some(card) => card.decide(&activate).and_then(|_| {
                    if card.valid_through < today { Err(Refused::AlreadyExpired) } else { Ok(card) }
                }),
            };
            match allowed {
                Err(why) => piece.refused.push((id, why)),
                Ok(card) => {
                    // The old card ends first: a person never has two that are active.
                    for old in old.remove(&card.person).unwrap_or_default() {
                        piece.replaced.push(old.id);
                        let end = Command::Revoke(RevokeReason::Replaced);
                        self.step_card(&mut change, old, &end)?;
                    }
                    self.step_card(&mut change, card, &activate)?;
                    piece.active.push(id);
                }
            }
        }
        self.commit(change).await?;
        result.active.append(&mut piece.active);
        result.replaced.append(&mut piece.replaced);
        result.refused.append(&mut piece.refused);
        Ok(())
    }

    /// Refuses a card for now. A holder may lock the own card as lost or stolen.
    ///
    /// # Errors
    ///
    /// [`Refused`]: unknown, not active, or the own card for another reason; [`Error`] of the store.
    pub async fn lock(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
        reason: LockReason,
        by: &By,
    ) -> Result<(), Error> {
        let own = if matches!(reason, LockReason::Lost | LockReason::Stolen) {
            OwnCard::Allowed
        } else {
            OwnCard::Refused
        };
        let command = Command::Lock { reason, by: by.actor.clone() };
        settle!(self.decide_card(authority, serial, &command, own, by))
    }

    /// Accepts a locked card again; by somebody else than who locked it.
    ///
    /// # Errors
    ///
    /// [`Refused`]: unknown, not locked, locked by the same, or the own card; [`Error`] of the
    /// store.
    pub async fn unlock(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
        by: &By,
    ) -> Result<(), Error> {
        let command = Command::Unlock { by: by.actor.clone() };
        settle!(self.decide_card(authority, serial, &command, OwnCard::Refused, by))
    }

    /// Refuses a card for ever. There is no way back: a mistake means a new card.
    ///
    /// # Errors
    ///
    /// [`Refused`]: unknown, neither active nor locked, or the own card; [`Error`] of the store.
    pub async fn revoke(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
        reason: RevokeReason,
        by: &By,
    ) -> Result<(), Error> {
        let command = Command::Revoke(reason);
        settle!(self.decide_card(authority, serial, &command, OwnCard::Refused, by))
    }

    async fn decide_card(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
        command: &Command,
        own: OwnCard,
        by: &By,
    ) -> Result<(), Error> {
        let card = self.card_by_serial(authority, serial).await?;
        if by.person == Some(card.person) && matches!(own, OwnCard::Refused) {
            return Err(Refused::OwnCard.into());
        }
        let mut change = self.changeset(authority, by);
        self.step_card(&mut change, card, command)?;
        self.commit(change).await
    }

    pub(super) async fn card_by_serial(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
    ) -> Result<Card, Error> {
        let found = self.ports.store.find(Find::Serial(serial)).await?;
        let card = found.into_iter().find(|card| card.authority == authority);
        Ok(card.ok_or(Refused::UnknownCard)?)
    }

    /// Ends every card of the authority whose last day has passed, and says how many.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn expire_due(&self, authority: AuthorityId, by: &By) -> Result<u64, Error> {
        let mut ended = 0;
        loop {
            let count: u64 = settle!(self.expire_piece(authority, by))?;
            if count == 0 {
                return Ok(ended);
            }
            ended += count;
        }
    }

    async fn expire_piece(&self, authority: AuthorityId, by: &By) -> Result<u64, Error> {
        let due = Cards::PastOn { today: self.ports.clock.today(), limit: 200 };
        let due = self.ports.store.cards(authority, due).await?;
        let mut change = self.changeset(authority, by);
        let mut count = 0;
        for card in due {
            self.step_card(&mut change, card, &Command::Expire)?;
            count += 1;
        }
        self.commit(change).await?;
        Ok(count)
    }

    /// Destroys a person's key, so that nothing sealed under it can be read again: not the record,
    /// not the pictures, not what history holds. History itself stays whole.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownPerson`]; [`Refused::HasCard`] and [`Refused::HasRequest`] while something
    /// is still going on; [`Refused::OwnCard`]; [`Error`] of store and photo store.
    pub async fn erase(
        &self,
        authority: AuthorityId,
        person: PersonId,
        by: &By,
    ) -> Result<(), Error> {
        settle!(self.try_erase(authority, person, by))
    }

    async fn try_erase(&self, authority: AuthorityId, id: PersonId, by: &By) -> Result<(), Error> {
        let mut person = self.one_person(authority, id).await?;
        if by.person == Some(id) {
            return Err(Refused::OwnCard.into());
        }
        let cards = self.ports.store.cards(authority, Cards::Of(&[id])).await?;
        if cards.iter().any(|card| card.validity.is_live()) {
            return Err(Refused::HasCard.into());
        }
        let open = self.ports.store.requests(authority, Requests::OpenFor(&[id])).await?;
        if !open.is_empty() {
            return Err(Refused::HasRequest.into());
        }
        if person.key.is_none() {
            return Ok(());
        }
        let mut change = self.changeset(authority, by);
        change.history.push(Draft { person: Some(id), ..self.draft("person.erased", &json!({})) });
        let mut blobs: HashSet<_> = person.photo.take().into_iter().collect();
        person.key = None;
        person.sealed.clear();
        person.personal_id = self.meaningless_hash();
        change.people.push(person);
        for mut card in cards {
            blobs.extend(card.photo.take());
            card.sealed.clear();
            card.number = self.meaningless_hash();
            change.cards.push(card);
        }
        self.commit(change).await?;
        for blob in blobs {
            self.ports.photos.remove(authority, blob).await?;
        }
        Ok(())
    }

    fn meaningless_hash(&self) -> LookupHash {
        let mut hash = [0; 32];
        for place in hash.chunks_exact_mut(8) {
            place.copy_from_slice(&self.ports.ids.random().to_be_bytes());
        }
        LookupHash(hash)
    }

    /// Proves that an authority's history is whole, from its first row to its present end.
    ///
    /// Proves consistency only: whoever owns the database could have rewritten all of it.
    ///
    /// # Errors
    ///
    /// [`ChainError::Broken`] names the first row that does not hold.
    pub async fn verify_chain(&self, authority: AuthorityId) -> Result<Head, ChainError> {
        let head = self.ports.store.head(authority).await?;
        let mut walk = Walk::default();
        loop {
            let rows = self.ports.store.chain(authority, walk.head().seq, 5_000).await?;
            for row in &rows {
                if walk.head().seq == head.seq {
                    // Rows that came while we read belong to the next proof.
                    return Ok(walk.finish(&head)?);
                }
                walk.step(row)?;
            }
            if rows.is_empty() {
                return Ok(walk.finish(&head)?);
            }
        }
    }
}

/// Whether a holder may do it to the own card.
#[derive(Clone, Copy)]
enum OwnCard {
    Allowed,
    Refused,
}

/// Cards in one commit.
const PIECE: usize = 200;
