//! Cards that wait for their holders, by work unit.

use std::collections::HashMap;

use jiff::Timestamp;
use profile::{vietnamese_order, vietnamese_text_order};
use wire::{AuthorityId, PersonId};

use super::{Error, Issue, Office};
use crate::card::{Card, Validity};
use crate::person::Person;
use crate::ports::{Cards, People};
use crate::view::{ReadyCard, ReadyUnit};

impl Office {
    /// Work units with cards to collect, in alphabetical order.
    ///
    /// Units are sealed with everything else that is printed, so each waiting card is opened; the
    /// effort grows with the cards that wait, not with all cards.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn ready_units(&self, authority: AuthorityId) -> Result<Vec<ReadyUnit>, Error> {
        let mut units: HashMap<String, u64> = HashMap::new();
        self.each_ready(authority, |_, issue| match units.get_mut(&issue.details.employing_unit) {
            Some(cards) => *cards += 1,
            None => drop(units.insert(issue.details.employing_unit.clone(), 1)),
        })
        .await?;
        let mut units: Vec<ReadyUnit> =
            units.into_iter().map(|(name, cards)| ReadyUnit { name, cards }).collect();
        units.sort_by_cached_key(|unit| vietnamese_text_order(&unit.name));
        Ok(units)
    }

    /// The cards that wait for people of one unit (or of all), in Vietnamese order of names: the
    /// list that holders sign. Opens each waiting card, as [`Office::ready_units`] does.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn ready_cards(
        &self,
        authority: AuthorityId,
        unit: Option<&str>,
    ) -> Result<Vec<ReadyCard>, Error> {
        let mut cards = Vec::new();
        self.each_ready(authority, |card, issue| {
            if unit.is_none_or(|unit| unit == issue.details.employing_unit) {
                cards.push(self.ready_card(card, issue));
            }
        })
        .await?;
        cards.sort_by_cached_key(|card| (vietnamese_order(&card.full_name), card.serial));
        Ok(cards)
    }

    fn ready_card(&self, card: &Card, issue: &Issue) -> ReadyCard {
        let ready_at = if let Validity::Ready { at } = card.validity { Some(at) } else { None };
        ReadyCard {
            id: card.id,
            serial: card.serial,
            person: card.person,
            full_name: issue.details.full_name.clone(),
            title: issue.details.title.clone(),
            employing_unit: issue.details.employing_unit.clone(),
            state: card.validity.name(),
            ready_at,
            collect_by: ready_at.map(|at| self.profile.collect_by(day_in_vietnam(at))),
            valid_through: card.valid_through,
            approver: card.approver.clone(),
        }
    }

    /// Calls `take` with every ready card and what is printed on it, in the order of making.
    async fn each_ready(
        &self,
        authority: AuthorityId,
        mut take: impl FnMut(&Card, &Issue) + Send,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = Cards::InState { state: Some("ready"), after, limit: PAGE };
            let cards = self.ports.store.cards(authority, page).await?;
            let Some(last) = cards.last() else { return Ok(()) };
            after = Some(last.id);
            let ids: Vec<PersonId> = cards.iter().map(|card| card.person).collect();
            let people = self.ports.store.people(authority, People::Ids(&ids)).await?;
            let people: HashMap<PersonId, Person> =
                people.into_iter().map(|person| (person.id, person)).collect();
            for card in &cards {
                // A person with a ready card is not erased: the rule is in `erase`.
                let key = people.get(&card.person).and_then(|person| person.key.as_deref());
                if let Some(key) = key {
                    take(card, &self.open_issue(key, card).await?);
                }
            }
        }
    }
}

fn day_in_vietnam(at: Timestamp) -> jiff::civil::Date {
    jiff::tz::Offset::constant(7).to_datetime(at).date()
}

const PAGE: u32 = 500;
