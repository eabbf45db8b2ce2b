//! Making cards: what a station asks for and reports.

use serde_json::json;
use wire::station::{Chip as Blank, ChipRefusal, Evidence, Generation, Outcome};
use wire::{Actor, AuthorityId, CardId, CardSerial, ChipUid};

use super::{By, Error, Issue, Office, card_context, hex, report_context, settle};
use crate::Refused;
use crate::card::{self, Card, Chip, Digests, Validity, Whereabouts};
use crate::history::Draft;
use crate::person::Person;
use crate::photo::Portrait;
use crate::ports::{Cards, Changeset, CommitError, Domain, Find, People, Requests, Unique};
use crate::request::{self, Life, Request, Return};
use crate::view::{Claimed, Order, Reported};

impl Office {
    /// Binds a chip to the oldest approved request and says what it is to become.
    ///
    /// Asking again with the same chip gives the same card until it is reported, so a station that
    /// lost its memory goes on where it stopped. A chip belongs to the station that asked last for
    /// [`super::Terms::lease`]. Requests that cannot be made any more go back to the requester.
    ///
    /// # Errors
    ///
    /// [`Error`] of store, vault and photo store; a chip that may not be used is in the answer.
    pub async fn claim(
        &self,
        authority: AuthorityId,
        blank: &Blank,
        station: &By,
    ) -> Result<Claimed, Error> {
        settle!(self.try_claim(authority, blank, station))
    }

    async fn try_claim(
        &self,
        authority: AuthorityId,
        blank: &Blank,
        station: &By,
    ) -> Result<Claimed, Error> {
        for card in self.ports.store.find(Find::Chip(blank.uid)).await? {
            match card.validity {
                Validity::Cancelled if card.chip == Chip::Factory => {}
                Validity::Cancelled => return Ok(Claimed::Refused(ChipRefusal::AlreadyACard)),
                Validity::Spoiled => return Ok(Claimed::Refused(ChipRefusal::Spoiled)),
                Validity::Produced => return self.claim_again(authority, card, station).await,
                Validity::Ready { .. }
                | Validity::Active { .. }
                | Validity::Locked { .. }
                | Validity::Revoked { .. }
                | Validity::Expired { .. } => {
                    return Ok(Claimed::Refused(ChipRefusal::AlreadyACard));
                }
            }
        }
        if blank.generation < self.oldest_generation() {
            return Ok(Claimed::Refused(ChipRefusal::Unsuitable));
        }
        loop {
            let waiting = Requests::Waiting { limit: 1 };
            let waiting = self.ports.store.requests(authority, waiting).await?;
            let Some(request) = waiting.into_iter().next() else {
                return Ok(Claimed::Idle);
            };
            let person = self.one_person(authority, request.person).await?;
            if let Some(reason) = self.obstacle(&request, &person).await? {
                let mut change = self.changeset(authority, station);
                self.step_request(&mut change, request, &request::Command::Return(reason))?;
                self.commit(change).await?;
                continue;
            }
            return self.begin(authority, blank.uid, station, request, &person).await;
        }
    }

    /// Why an approved request can no longer become a card.
    async fn obstacle(&self, request: &Request, person: &Person) -> Result<Option<Return>, Error> {
        if person.key.is_none() || person.content_hash() != request.content {
            return Ok(Some(Return::ContentChanged));
        }
        let cards = self.ports.store.cards(request.authority, Cards::Of(&[person.id])).await?;
        if !request.kind.replaces() && cards.iter().any(|card| card.validity.is_live()) {
            return Ok(Some(Return::HasCard));
        }
        let details = self.open_details(person).await?;
        let today = self.ports.clock.today();
        let last = self.profile.expiry(today, details.contract_end, details.retirement);
        Ok((last < today).then_some(Return::AlreadyExpired))
    }

    async fn begin(
        &self,
        authority: AuthorityId,
        uid: ChipUid,
        station: &By,
        request: Request,
        person: &Person,
    ) -> Result<Claimed, Error> {
        let key = person.key.as_deref().ok_or(Refused::Erased)?;
        let details = self.open_details(person).await?;
        let approver = request
            .life
            .approver()
            .cloned()
            .ok_or_else(|| Error::Stored { what: "approval", id: request.id.to_string() })?;
        let id = CardId(self.ports.ids.uuid());
        let code4 = self.profile.code4(self.ports.ids.random());
        let issue = Issue { code4: code4.as_str().to_owned(), details };
        let plain = zeroize::Zeroizing::new(
            serde_json::to_vec(&issue)
                .map_err(|_| Error::Stored { what: "printed content", id: id.to_string() })?,
        );
        let number = self.ports.keys.lookup(Domain::CardNumber, &issue.details.card_number).await?;
        let known = self.ports.store.authority(authority).await?;
        let mut managing = known.ok_or(Refused::UnknownAuthority)?;
        let today = self.ports.clock.today();
        let mut change = self.changeset(authority, station);
        let mut card = Card {
            authority,
            id,
            version: 0,
            serial: CardSerial::from_random(self.ports.ids.random()),
            request: request.id,
            person: person.id,
            uid,
            number,
            status_index: 0,
            valid_through: self.profile.expiry(
                today,
                issue.details.contract_end,
                issue.details.retirement,
            ),
            begun_at: change.at,
            station: station.actor.clone(),
            claimed_at: change.at,
            approver,
            sealed: self.ports.keys.seal(key, &card_context(id), &plain).await?,
            photo: person.photo,
            digests: None,
            evidence: None,
            validity: Validity::Produced,
            whereabouts: Whereabouts::Stock,
            chip: Chip::Personalising,
        };
        let portrait = self.open_portrait(key, authority, card.person, card.photo).await?;
        self.step_request(&mut change, request, &request::Command::Produce(id))?;
        for draw in 1..=DRAWS {
            if draw > DRAWS / 2 {
                // So many draws met a taken place: the list is full enough to grow.
                managing.status_slots = managing.status_slots.saturating_mul(2);
                change.managing = Some(managing.clone());
            }
            card.status_index = draw_below(self.ports.ids.random(), managing.status_slots);
            card.serial = CardSerial::from_random(self.ports.ids.random());
            let mut attempt = change.clone();
            attempt.history.push(self.begun(&card));
            attempt.outbox.push(self.status_message(&card));
            attempt.cards.push(card.clone());
            match self.ports.store.commit(attempt).await {
                Ok(()) => break,
                Err(CommitError::Taken { what: Unique::StatusIndex | Unique::Serial })
                    if draw < DRAWS => {}
                Err(lost) => return Err(lost.into()),
            }
        }
        Ok(Claimed::Card(Box::new(order(&card, &issue, portrait))))
    }

    fn begun(&self, card: &Card) -> Draft {
        let detail = json!({
            "serial": card.serial,
            "uid": card.uid,
            "status_index": card.status_index,
            "valid_through": card.valid_through,
        });
        self.about(card, "card.begun", &detail)
    }

    async fn claim_again(
        &self,
        authority: AuthorityId,
        card: Card,
        station: &By,
    ) -> Result<Claimed, Error> {
        let now = self.ports.clock.now();
        let held = now.duration_since(card.claimed_at);
        let mine = card.station == station.actor;
        if card.authority != authority || (!mine && held < self.terms.lease) {
            return Ok(Claimed::Refused(ChipRefusal::Elsewhere));
        }
        let person = self.one_person(authority, card.person).await?;
        let key = person.key.as_deref().ok_or(Refused::Erased)?;
        let issue = self.open_issue(key, &card).await?;
        let portrait = self.open_portrait(key, authority, card.person, card.photo).await?;
        let order = order(&card, &issue, portrait);
        // The lease is renewed well before it ends, not at every question.
        if !mine || held * 2 > self.terms.lease {
            let mut change = self.changeset(authority, station);
            let action = if mine { "card.claim_renewed" } else { "card.claim_moved" };
            let from = json!({ "station": card.station });
            change.history.push(self.about(&card, action, &from));
            change.cards.push(Card { station: station.actor.clone(), claimed_at: now, ..card });
            self.commit(change).await?;
        }
        Ok(Claimed::Card(Box::new(order)))
    }

    fn oldest_generation(&self) -> Generation {
        let minimum = self.profile.rules().chip.minimum.value.to_ascii_uppercase();
        if minimum.contains("EV3") {
            Generation::Ev3
        } else if minimum.contains("EV2") {
            Generation::Ev2
        } else {
            Generation::Ev1
        }
    }

    fn about(&self, card: &Card, action: &'static str, detail: &serde_json::Value) -> Draft {
        Draft {
            person: Some(card.person),
            request: Some(card.request),
            card: Some(card.id),
            ..self.draft(action, detail)
        }
    }

    /// The second half of a claim: what the chip is to hold, as hashes. The card becomes ready
    /// only when the read-back sees the same.
    ///
    /// May be repeated; as long as the card is not reported, the last word counts.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownCard`]; [`Refused::OtherStation`]; [`Refused::NotFromHere`] once the card
    /// was reported; [`Error`] of the store.
    pub async fn attach(
        &self,
        authority: AuthorityId,
        card: CardId,
        digests: Digests,
        station: &By,
    ) -> Result<(), Error> {
        settle!(self.try_attach(authority, card, digests, station))
    }

    async fn try_attach(
        &self,
        authority: AuthorityId,
        card: CardId,
        digests: Digests,
        station: &By,
    ) -> Result<(), Error> {
        let card = self.one_card(authority, card).await?;
        if card.station != station.actor {
            return Err(Refused::OtherStation.into());
        }
        if card.digests == Some(digests) {
            return Ok(());
        }
        if card.validity != Validity::Produced {
            let (subject, from) = ("card", card.validity.name());
            return Err(Refused::NotFromHere { subject, command: "attach to", from }.into());
        }
        let mut change = self.changeset(authority, station);
        let detail = json!({
            "record_sha256": hex(&digests.record),
            "photo_sha256": digests.photo.map(|photo| hex(&photo)),
        });
        change.history.push(self.about(&card, "card.record_attached", &detail));
        change.cards.push(Card { digests: Some(digests), ..card });
        self.commit(change).await
    }

    /// What became of a card at the station. The same report twice changes nothing.
    ///
    /// A card is ready only with complete evidence that equals what was attached. A spoiled chip
    /// puts the request back in the queue, where it keeps its place; what cannot be made goes back
    /// to the requester, and the untouched chip is free again.
    ///
    /// # Errors
    ///
    /// [`Refused`]: unknown card, another chip, another station, evidence that lacks something or
    /// differs, or another outcome reported before; [`Error`] of store and vault.
    pub async fn report(
        &self,
        authority: AuthorityId,
        card: CardId,
        uid: ChipUid,
        outcome: &Outcome,
        station: &By,
    ) -> Result<Reported, Error> {
        settle!(self.try_report(authority, card, uid, outcome, station))
    }

    async fn try_report(
        &self,
        authority: AuthorityId,
        card: CardId,
        uid: ChipUid,
        outcome: &Outcome,
        station: &By,
    ) -> Result<Reported, Error> {
        let card = self.one_card(authority, card).await?;
        if card.uid != uid {
            return Err(Refused::OtherChip.into());
        }
        if card.station != station.actor {
            return Err(Refused::OtherStation.into());
        }
        let requests = self.ports.store.requests(authority, Requests::Ids(&[card.request])).await?;
        let request = requests.into_iter().next().ok_or(Refused::UnknownRequest)?;
        if card.validity != Validity::Produced {
            return repeated(&card, &request, outcome);
        }
        let mut change = self.changeset(authority, station);
        let (card, request) = match outcome {
            Outcome::Ready(evidence) => self.ready(&mut change, card, request, evidence)?,
            Outcome::Spoiled { reason } => {
                let detail = json!({ "reason": reason });
                change.history.push(self.about(&card, "card.spoilage", &detail));
                let card = self.step_card(&mut change, card, &card::Command::Spoil)?;
                let requeue = request::Command::Requeue;
                (card, self.step_request(&mut change, request, &requeue)?)
            }
            Outcome::Unmakeable { reason, detail } => {
                let mut draft = self.about(&card, "card.unmakeable", &json!({ "reason": reason }));
                // Free text from a machine may quote what is printed: kept, but sealed.
                let person = self.one_person(authority, card.person).await?;
                if let Some(key) = &person.key {
                    let context = report_context(card.id);
                    draft.sealed =
                        Some(self.ports.keys.seal(key, &context, detail.as_bytes()).await?);
                }
                change.history.push(draft);
                let card = self.step_card(&mut change, card, &card::Command::Cancel)?;
                let back = request::Command::Return(Return::Unmakeable(*reason));
                (card, self.step_request(&mut change, request, &back)?)
            }
        };
        self.commit(change).await?;
        Ok(Reported { repeated: false, card: card.validity.name(), request: request.life.name() })
    }

    fn ready(
        &self,
        change: &mut Changeset,
        mut card: Card,
        request: Request,
        evidence: &Evidence,
    ) -> Result<(Card, Request), Refused> {
        self.complete(&card, evidence)?;
        card.evidence = Some(evidence.clone());
        change.history.push(self.about(&card, "card.read_back", &json!(evidence)));
        let card = self.step_card(change, card, &card::Command::ConfirmReady)?;
        let request = self.step_request(change, request, &request::Command::Fulfil)?;
        Ok((card, request))
    }

    /// All of the evidence, or the card is not ready.
    fn complete(&self, card: &Card, evidence: &Evidence) -> Result<(), Refused> {
        let made = card.digests.ok_or(Refused::NothingAttached)?;
        if !evidence.record_sha256.eq_ignore_ascii_case(&hex(&made.record)) {
            return Err(Refused::EvidenceDiffers { what: "record" });
        }
        let photo = made.photo.map(|photo| hex(&photo));
        let same = match (&evidence.photo_sha256, &photo) {
            (None, None) => true,
            (Some(read), Some(made)) => read.eq_ignore_ascii_case(made),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if !same {
            return Err(Refused::EvidenceDiffers { what: "photo" });
        }
        for (what, hash) in [("front", &evidence.front_sha256), ("back", &evidence.back_sha256)] {
            if hash.len() != 64 || !hash.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(Refused::EvidenceIncomplete { what });
            }
        }
        let mut decoders: Vec<&str> = evidence
            .qr_decoders
            .iter()
            .map(|name| name.trim())
            .filter(|name| !name.is_empty())
            .collect();
        decoders.sort_unstable();
        decoders.dedup();
        if decoders.len() < self.terms.qr_decoders {
            return Err(Refused::EvidenceIncomplete { what: "reading of the QR" });
        }
        if evidence.exchanges == 0 {
            return Err(Refused::EvidenceIncomplete { what: "exchanges with the card" });
        }
        Ok(())
    }

    /// Cards that a station has begun and not reported, oldest first: what it has to finish.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn unfinished(
        &self,
        authority: AuthorityId,
        station: &Actor,
    ) -> Result<Vec<(CardId, ChipUid)>, Error> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = Cards::InState { state: Some("produced"), after, limit: 500 };
            let page = self.ports.store.cards(authority, page).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after = Some(last.id);
            found.extend(
                page.iter().filter(|card| card.station == *station).map(|card| (card.id, card.uid)),
            );
        }
    }

    /// Whether the person of a request still is as approved; for programs that show requests.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownRequest`]; [`Error::Store`].
    pub async fn is_as_requested(
        &self,
        authority: AuthorityId,
        request: wire::RequestId,
    ) -> Result<bool, Error> {
        let requests = self.ports.store.requests(authority, Requests::Ids(&[request])).await?;
        let request = requests.into_iter().next().ok_or(Refused::UnknownRequest)?;
        let people = self.ports.store.people(authority, People::Ids(&[request.person])).await?;
        Ok(people.first().is_some_and(|person| person.content_hash() == request.content))
    }
}

/// The answer to a report on a card that was reported before.
fn repeated(card: &Card, request: &Request, outcome: &Outcome) -> Result<Reported, Error> {
    let same = match outcome {
        Outcome::Ready(evidence) => {
            card.evidence.as_ref() == Some(evidence)
                && !matches!(card.validity, Validity::Spoiled | Validity::Cancelled)
        }
        Outcome::Spoiled { .. } => card.validity == Validity::Spoiled,
        Outcome::Unmakeable { reason, .. } => {
            card.validity == Validity::Cancelled
                && request.life == Life::Returned { reason: Return::Unmakeable(*reason) }
        }
    };
    if !same {
        return Err(Refused::AlreadyReported.into());
    }
    let (card, request) = (card.validity.name(), request.life.name());
    Ok(Reported { repeated: true, card, request })
}

pub(super) fn order(card: &Card, issue: &Issue, portrait: Portrait) -> Order {
    Order {
        card: card.id,
        serial: card.serial,
        request: card.request,
        person: card.person,
        uid: card.uid,
        status_index: card.status_index,
        code4: issue.code4.clone(),
        issued_at: card.begun_at,
        valid_through: card.valid_through,
        details: issue.details.clone(),
        portrait,
        attached: card.digests,
    }
}

/// A number below `bound`, evenly enough: `random` has 64 bits and `bound` at most 32.
fn draw_below(random: u64, bound: u32) -> u32 {
    let scaled = (u128::from(random) * u128::from(bound)) >> 64;
    u32::try_from(scaled).unwrap_or(0)
}

/// Draws of a serial and a place in the status list before giving up.
const DRAWS: u32 = 16;
