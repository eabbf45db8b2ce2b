//! Cards: finding them, everything about one of them, and locking, unlocking and revoking.

use std::collections::HashSet;

use jiff::civil::Date;
use profile::PersonalId;
use registry::card::{LockReason, RevokeReason, Validity};
use registry::office::{Among, Search};
use registry::view::{Card, CardFile, Unmasked};
use registry::{Note, Refused};
use wire::{AuthorityId, CardId, CardSerial, PersonId};

use crate::fault::Fault;
use crate::session::{May, grant};
use crate::{App, DeskError, OnChip};

/// A card in a list.
#[derive(Debug)]
pub(crate) struct Row {
    /// None for a person who was found and has no card.
    pub(crate) serial: Option<CardSerial>,
    /// None for a person who has no card.
    pub(crate) state: Option<&'static str>,
    /// Empty once the holder's data was erased, as the next two.
    pub(crate) full_name: String,
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) valid_through: Option<Date>,
}

/// Which part of the list of cards.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part {
    /// Of which authority; none: the first that the post reaches.
    pub(crate) authority: Option<AuthorityId>,
    /// In which state; none: in any.
    pub(crate) state: Option<&'static str>,
    /// Cards of this person only.
    pub(crate) person: Option<PersonId>,
    /// Those older than this card.
    pub(crate) before: Option<CardId>,
    /// Those newer than this card.
    pub(crate) after: Option<CardId>,
}

/// A part of the list of cards.
#[derive(Debug)]
pub(crate) struct Listing {
    /// All authorities that the post reaches.
    pub(crate) authorities: Vec<(AuthorityId, String)>,
    /// Whose cards these are; none when there is no authority yet.
    pub(crate) authority: Option<AuthorityId>,
    pub(crate) rows: Vec<Row>,
    /// How many there are in this state.
    pub(crate) total: u64,
    /// How many cards there are in any state.
    pub(crate) all: u64,
    /// Where newer cards are: before this one.
    pub(crate) newer: Option<CardId>,
    /// Where older cards are: after this one.
    pub(crate) older: Option<CardId>,
}

/// A page of cards, the newest first.
pub(crate) async fn list(
    app: &App,
    may: &May<grant::CardView>,
    part: &Part,
) -> Result<Listing, Fault> {
    let authorities = reached(app, may).await?;
    let authority = match part.authority {
        Some(authority) => Some(may.reach(authority)?),
        None => authorities.first().map(|(id, _)| *id),
    };
    let empty = Listing {
        authorities,
        authority,
        rows: Vec::new(),
        total: 0,
        all: 0,
        newer: None,
        older: None,
    };
    let Some(authority) = authority else { return Ok(empty) };
    let office = app.office();
    if let Some(person) = part.person {
        let cards = office.cards_of(authority, person).await?;
        let total = u64::try_from(cards.len()).unwrap_or(u64::MAX);
        return Ok(Listing { rows: cards.iter().map(row).collect(), total, all: total, ..empty });
    }
    let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let (mut cards, more_newer) = if let Some(after) = part.after {
        // The page of newer cards next to this one, turned round.
        let mut newer = office.cards(authority, part.state, Some(after), limit).await?;
        let more = newer.len() > PAGE;
        newer.truncate(PAGE);
        newer.reverse();
        (newer, more)
    } else {
        let cards = office.cards_back(authority, part.state, part.before, limit).await?;
        (cards, part.before.is_some())
    };
    let more_older = part.after.is_some() || cards.len() > PAGE;
    cards.truncate(PAGE);
    let counts = office.counts(authority).await?;
    let all = counts.cards.values().sum();
    Ok(Listing {
        rows: cards.iter().map(row).collect(),
        total: part.state.map_or(all, |state| counts.cards_in(state)),
        all,
        newer: cards.first().filter(|_| more_newer).map(|card| card.id),
        older: cards.last().filter(|_| more_older).map(|card| card.id),
        ..empty
    })
}

fn row(card: &Card) -> Row {
    let printed = card.printed.as_ref();
    Row {
        serial: Some(card.serial),
        state: Some(card.state),
        full_name: printed.map(|printed| printed.full_name.clone()).unwrap_or_default(),
        title: printed.map(|printed| printed.title.clone()).unwrap_or_default(),
        unit: printed.map(|printed| printed.employing_unit.clone()).unwrap_or_default(),
        valid_through: Some(card.valid_through),
    }
}

/// What a search has found.
#[derive(Debug)]
pub(crate) enum Found {
    /// The card with this serial.
    Card(CardSerial),
    /// The person with this personal id number.
    Person(AuthorityId, PersonId),
    /// Nothing: no card has this serial, or nobody this number.
    Nothing,
    /// A serial with a mistake in it.
    BadSerial,
    /// People with this name.
    Named {
        rows: Vec<Row>,
        /// How many there are, at least.
        matches: u64,
        /// Whether more people may have this name, beyond those that were looked at.
        more: bool,
    },
}

/// Looks for a card by its serial, by its holder's personal id number (whole), or by a part of the
/// holder's name.
pub(crate) async fn search(
    app: &App,
    may: &May<grant::CardView>,
    query: &str,
) -> Result<Found, Fault> {
    let query = query.trim();
    let digits: String = query.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    if digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return by_number(app, may, &digits).await;
    }
    // A name without marks may consist of letters that a serial has too; a serial as we write it
    // has hyphens.
    if query.chars().any(|c| c.is_ascii_digit() || c == '-') {
        match query.parse::<CardSerial>() {
            Ok(serial) => return by_serial(app, may, serial).await,
            Err(wire::BadSerial::Check) => return Ok(Found::BadSerial),
            Err(wire::BadSerial::Shape) => {}
        }
    }
    by_name(app, may, query).await
}

async fn by_serial(
    app: &App,
    may: &May<grant::CardView>,
    serial: CardSerial,
) -> Result<Found, Fault> {
    let authority = app.office().issuer_of(serial).await?;
    let reached = authority.is_some_and(|authority| may.reach(authority).is_ok());
    Ok(if reached { Found::Card(serial) } else { Found::Nothing })
}

async fn by_number(app: &App, may: &May<grant::CardView>, number: &str) -> Result<Found, Fault> {
    let Ok(number) = number.parse::<PersonalId>() else { return Ok(Found::Nothing) };
    for authority in may.scope(app).await? {
        if let Some(person) = app.office().person_by_number(authority, &number).await? {
            return Ok(Found::Person(authority, person));
        }
    }
    Ok(Found::Nothing)
}

async fn by_name(app: &App, may: &May<grant::CardView>, name: &str) -> Result<Found, Fault> {
    let name: String = name.chars().take(MAX_QUERY).collect();
    let (mut rows, mut matches, mut more) = (Vec::new(), 0, false);
    for authority in may.scope(app).await? {
        let search =
            Search { among: Among::Everybody, name: &name, window: None, skip: 0, limit: MOST };
        let found = app.office().search(authority, &search).await?;
        matches += found.matches;
        more |= found.next.is_some();
        rows.extend(found.people.into_iter().map(|person| {
            let printed = person.person.printed.as_ref();
            Row {
                serial: person.card.map(|(serial, _)| serial),
                state: person.card.map(|(_, state)| state),
                full_name: printed.map(|printed| printed.full_name.clone()).unwrap_or_default(),
                title: printed.map(|printed| printed.title.clone()).unwrap_or_default(),
                unit: printed.map(|printed| printed.employing_unit.clone()).unwrap_or_default(),
                valid_through: None,
            }
        }));
    }
    rows.truncate(MOST);
    Ok(Found::Named { rows, matches, more })
}

/// One card, as a list shows it.
pub(crate) async fn one_row(
    app: &App,
    may: &May<grant::CardView>,
    serial: CardSerial,
) -> Result<Row, Fault> {
    let authority = issuer(app, may, serial).await?;
    Ok(row(&app.office().card(authority, serial).await?))
}

/// Everything about one card.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) authority: AuthorityId,
    pub(crate) authority_name: String,
    pub(crate) file: CardFile,
    /// What its chip holds, or why that cannot be said, as a key of the catalogue.
    pub(crate) chip: Result<OnChip, String>,
    /// The finished cards begun just before and just after it.
    pub(crate) older: Option<CardSerial>,
    pub(crate) newer: Option<CardSerial>,
}

/// Everything about the card with this serial.
pub(crate) async fn card(
    app: &App,
    may: &May<grant::CardView>,
    serial: CardSerial,
) -> Result<Sheet, Fault> {
    let authority = issuer(app, may, serial).await?;
    let office = app.office();
    let file = office.card_file(authority, serial).await?;
    let chip = match (&file.card.printed, &file.intended) {
        (None, _) => Err("refused-erased".to_owned()),
        (_, None) => Err("refused-nothing-attached".to_owned()),
        (Some(_), Some(intended)) => {
            let record = &intended.record_sha256;
            match app.parts.workshop.on_chip(authority, serial, record).await {
                Ok(chip) => Ok(chip),
                Err(DeskError::Refused { code, .. }) => Err(format!("refused-{code}")),
                Err(error) => return Err(error.into()),
            }
        }
    };
    let (older, newer) = office.beside(authority, file.card.id).await?;
    let names = office.authorities().await?;
    let name = names.into_iter().find(|(id, _)| *id == authority).map(|(_, name)| name);
    let authority_name = name.unwrap_or_default();
    Ok(Sheet { authority, authority_name, file, chip, older, newer })
}

impl Sheet {
    /// Whether the record read back from the chip is the one that was signed; none before that.
    pub(crate) fn record_agrees(&self) -> Option<bool> {
        let (intended, evidence) = (self.file.intended.as_ref()?, self.file.evidence.as_ref()?);
        Some(intended.record_sha256 == evidence.record_sha256)
    }

    /// Whether the photo read back is the one that was to be written; none before that.
    pub(crate) fn photo_agrees(&self) -> Option<bool> {
        let (intended, evidence) = (self.file.intended.as_ref()?, self.file.evidence.as_ref()?);
        Some(intended.photo_sha256 == evidence.photo_sha256)
    }

    /// Whether it is in use, and so may be locked or revoked.
    pub(crate) fn is_active(&self) -> bool {
        self.file.card.state == "active"
    }

    /// Whether it is locked.
    pub(crate) fn is_locked(&self) -> bool {
        self.file.card.state == "locked"
    }
}

/// Refuses a card for now.
pub(crate) async fn lock(
    app: &App,
    may: &May<grant::CardLock>,
    serial: CardSerial,
    reason: &str,
) -> Result<(), Fault> {
    let reason: LockReason = reason.parse().map_err(|_| Fault::input("cards-fault-reason"))?;
    let authority = issuer(app, may, serial).await?;
    Ok(app.office().lock(authority, serial, reason, may.by()).await?)
}

/// Accepts a locked card again.
pub(crate) async fn unlock(
    app: &App,
    may: &May<grant::CardUnlock>,
    serial: CardSerial,
) -> Result<(), Fault> {
    let authority = issuer(app, may, serial).await?;
    Ok(app.office().unlock(authority, serial, may.by()).await?)
}

/// Refuses a card for ever.
pub(crate) async fn revoke(
    app: &App,
    may: &May<grant::CardRevoke>,
    serial: CardSerial,
    reason: &str,
) -> Result<(), Fault> {
    let reason: RevokeReason = reason.parse().map_err(|_| Fault::input("cards-fault-reason"))?;
    if reason == RevokeReason::Replaced {
        // Only the hand-over of the new card says so.
        return Err(Fault::input("cards-fault-reason"));
    }
    let authority = issuer(app, may, serial).await?;
    Ok(app.office().revoke(authority, serial, reason, may.by()).await?)
}

/// Reasons that an officer may revoke a card for.
pub(crate) fn revoke_reasons() -> impl Iterator<Item = RevokeReason> {
    RevokeReason::ALL.iter().copied().filter(|reason| *reason != RevokeReason::Replaced)
}

/// The whole numbers of a card's holder. History learns who looks, and why, before.
pub(crate) async fn unmask(
    app: &App,
    may: &May<grant::PersonUnmask>,
    serial: CardSerial,
    why: &str,
) -> Result<Unmasked, Fault> {
    let why = Note::new(why).map_err(|bad| Fault::input(format!("cards-{}", bad.code())))?;
    let authority = issuer(app, may, serial).await?;
    let card = app.office().card(authority, serial).await?;
    Ok(app.office().unmask(authority, card.person, &why, may.by()).await?)
}

/// Whose card it is, among the authorities that the post reaches.
pub(crate) async fn issuer<P>(
    app: &App,
    may: &May<P>,
    serial: CardSerial,
) -> Result<AuthorityId, Fault> {
    let issuer = app.office().issuer_of(serial).await?.ok_or(Refused::UnknownCard)?;
    may.reach(issuer)
}

/// Ids and names of the authorities that the post reaches.
async fn reached<P>(app: &App, may: &May<P>) -> Result<Vec<(AuthorityId, String)>, Fault> {
    let scope: HashSet<AuthorityId> = may.scope(app).await?.into_iter().collect();
    let mut all = app.office().authorities().await?;
    all.retain(|(id, _)| scope.contains(id));
    Ok(all)
}

/// What of a query may stand in its box again: not what looks like a number of somebody.
pub(crate) fn kept(query: &str) -> &str {
    let digits = query.chars().filter(char::is_ascii_digit).count();
    if digits >= 6 || query.chars().count() > MAX_QUERY { "" } else { query }
}

/// The state with this name.
pub(crate) fn state_of(name: &str) -> Option<&'static str> {
    Validity::NAMES.into_iter().find(|state| *state == name)
}

/// Cards on a page.
pub(crate) const PAGE: usize = 50;

/// People that a search by name shows.
pub(crate) const MOST: usize = 200;

/// Characters of a query that are looked at.
const MAX_QUERY: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words() {
        let has = |key: String| crate::say::CATALOG.contains(&key);
        for reason in LockReason::ALL {
            assert!(has(format!("lock-{}", reason.as_str())), "{reason:?}");
        }
        for reason in RevokeReason::ALL {
            assert!(has(format!("revoke-{}", reason.as_str())), "{reason:?}");
        }
        for state in Validity::NAMES {
            assert!(has(format!("state-{state}")), "{state}");
            assert!(has(format!("cards-means-{state}")), "{state}");
        }
        for place in registry::card::Whereabouts::ALL {
            assert!(has(format!("where-{}", place.as_str())), "{place:?}");
        }
        for chip in registry::card::Chip::ALL {
            assert!(has(format!("cards-chip-{}", chip.as_str())), "{chip:?}");
        }
    }

    #[test]
    fn a_number_does_not_come_back_into_the_box() {
        assert_eq!((kept("Nguyễn Văn"), kept("K7Q2-9XWM-4")), ("Nguyễn Văn", "K7Q2-9XWM-4"));
        assert_eq!((kept("079085000001"), kept("079 085 000 001 x")), ("", ""));
    }

    #[test]
    fn nobody_revokes_by_hand_what_only_a_new_card_replaces() {
        assert!(revoke_reasons().all(|reason| reason != RevokeReason::Replaced));
        assert_eq!(revoke_reasons().count(), RevokeReason::ALL.len() - 1);
    }
}
