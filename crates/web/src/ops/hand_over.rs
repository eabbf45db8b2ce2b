//! Handing cards over: who waits for one, and who has got it.

use std::collections::{HashMap, HashSet};

use registry::view::{ReadyCard, ReadyUnit};
use wire::{AuthorityId, CardId, CardSerial};

use super::batches::key_of;
use crate::App;
use crate::fault::Fault;
use crate::session::{May, grant};

/// Units of one authority with cards to collect.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) authority: AuthorityId,
    pub(crate) name: String,
    pub(crate) units: Vec<Unit>,
}

/// A unit with cards to collect.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Names it in addresses.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) cards: u64,
}

/// Who has cards to collect, at every authority that the post reaches.
pub(crate) async fn units(app: &App, may: &May<grant::HandOver>) -> Result<Vec<Group>, Fault> {
    let scope: HashSet<AuthorityId> = may.scope(app).await?.into_iter().collect();
    let mut groups = Vec::new();
    for (authority, name) in app.office().authorities().await? {
        if scope.contains(&authority) {
            let units = app.office().ready_units(authority).await?;
            groups.push(Group { authority, name, units: units.into_iter().map(unit).collect() });
        }
    }
    Ok(groups)
}

fn unit(unit: ReadyUnit) -> Unit {
    Unit { key: key(&unit.name), name: unit.name, cards: unit.cards }
}

/// The list that the people of one unit sign.
#[derive(Debug)]
pub(crate) struct UnitList {
    pub(crate) authority: AuthorityId,
    pub(crate) authority_name: String,
    pub(crate) key: String,
    pub(crate) name: String,
    /// In Vietnamese order of names.
    pub(crate) cards: Vec<Waiting>,
}

/// A card that waits for its holder.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) card: ReadyCard,
    /// Why whoever looks may not hand it over, as a key of the catalogue.
    pub(crate) barred: Option<&'static str>,
    /// Whether its time to be collected has passed.
    pub(crate) late: bool,
}

/// The cards that wait for the people of one unit.
pub(crate) async fn list(
    app: &App,
    may: &May<grant::HandOver>,
    authority: AuthorityId,
    wanted: &str,
) -> Result<UnitList, Fault> {
    let authority = may.reach(authority)?;
    let office = app.office();
    let names = office.authorities().await?;
    let (_, authority_name) =
        names.into_iter().find(|(id, _)| *id == authority).ok_or_else(Fault::missing)?;
    let mut cards = office.ready_cards(authority, None).await?;
    cards.retain(|card| key(&card.employing_unit) == wanted);
    let name = cards.first().map(|card| card.employing_unit.clone()).ok_or_else(Fault::missing)?;
    let today = app.today();
    let waiting = |card: ReadyCard| {
        let barred = if card.approver == may.officer().name {
            Some("refused-approver-is-activator")
        } else if may.by().person == Some(card.person) {
            Some("refused-own-card")
        } else if card.valid_through < today {
            Some("hand-over-expired")
        } else {
            None
        };
        Waiting { barred, late: card.collect_by.is_some_and(|day| day < today), card }
    };
    let cards = cards.into_iter().map(waiting).collect();
    Ok(UnitList { authority, authority_name, key: wanted.to_owned(), name, cards })
}

/// What became of handing cards over.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How many cards are active now.
    pub(crate) active: usize,
    /// How many old cards ended with it.
    pub(crate) replaced: usize,
    pub(crate) refused: Vec<NotDone>,
}

/// A card that was not handed over.
#[derive(Debug)]
pub(crate) struct NotDone {
    pub(crate) card: CardId,
    /// None when there is no such card.
    pub(crate) serial: Option<CardSerial>,
    pub(crate) full_name: String,
    /// Why, as a key of the catalogue.
    pub(crate) why: String,
}

/// Records that holders have signed for these cards: they are active from now on.
pub(crate) async fn hand_over(
    app: &App,
    may: &May<grant::HandOver>,
    authority: AuthorityId,
    cards: &[CardId],
) -> Result<Outcome, Fault> {
    let authority = may.reach(authority)?;
    let office = app.office();
    let result = office.hand_over(authority, cards, may.by()).await?;
    let refused: Vec<CardId> = result.refused.iter().map(|(card, _)| *card).collect();
    let known = if refused.is_empty() {
        Vec::new()
    } else {
        office.cards_with(authority, &refused).await?
    };
    let known: HashMap<CardId, _> = known.into_iter().map(|card| (card.id, card)).collect();
    let not_done = |(card, why): &(CardId, registry::Refused)| {
        let view = known.get(card);
        let printed = view.and_then(|view| view.printed.as_ref());
        NotDone {
            card: *card,
            serial: view.map(|view| view.serial),
            full_name: printed.map(|printed| printed.full_name.clone()).unwrap_or_default(),
            why: key_of(why),
        }
    };
    Ok(Outcome {
        active: result.active.len(),
        replaced: result.replaced.len(),
        refused: result.refused.iter().map(not_done).collect(),
    })
}

/// A short name of a unit for addresses: FNV-1a of its text, 16 hex digits. Only the page's address
/// hangs on it; the registry knows cards by their ids.
fn key(unit: &str) -> String {
    let hash = unit.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_different_addresses() {
        // The published value of FNV-1a for "a".
        assert_eq!(key("a"), "af63dc4c8601ec8c");
        assert_ne!(key("Phòng Tổ chức"), key("Phòng Tổ Chức"));
    }
}
