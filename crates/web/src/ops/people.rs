//! People without a card, and asking for cards.

use registry::Refused;
use registry::office::{Among, For, Search};
use registry::request::Kind;
use registry::view::{Found, PersonRow};
use wire::{AuthorityId, BatchId, PersonId};

use crate::App;
use crate::fault::Fault;
use crate::session::{May, grant::CardRequest};

/// The people of one authority that a page shows.
pub(crate) struct People {
    pub(crate) authority: AuthorityId,
    /// Every authority that the post reaches, with its name.
    pub(crate) authorities: Vec<(AuthorityId, String)>,
    pub(crate) found: Found,
}

/// Whom to list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// None: the first that the post reaches.
    pub(crate) authority: Option<AuthorityId>,
    pub(crate) among: Among,
    pub(crate) name: &'a str,
    pub(crate) window: Option<PersonId>,
    pub(crate) skip: usize,
    pub(crate) limit: usize,
}

/// The people of an authority in Vietnamese order of names; none when there is no authority yet.
pub(crate) async fn people(
    app: &App,
    may: &May<CardRequest>,
    wanted: Wanted<'_>,
) -> Result<Option<People>, Fault> {
    let authorities = authorities(app, may).await?;
    let authority = match wanted.authority {
        Some(authority) => may.reach(authority)?,
        None => match authorities.first() {
            Some((first, _)) => *first,
            None => return Ok(None),
        },
    };
    if authorities.iter().all(|(known, _)| *known != authority) {
        return Err(Fault::missing());
    }
    let search = Search {
        among: wanted.among,
        name: wanted.name,
        window: wanted.window,
        skip: wanted.skip,
        limit: wanted.limit,
    };
    let found = app.office().search(authority, &search).await?;
    Ok(Some(People { authority, authorities, found }))
}

/// The authorities that the post reaches, by name.
pub(crate) async fn authorities(
    app: &App,
    may: &May<CardRequest>,
) -> Result<Vec<(AuthorityId, String)>, Fault> {
    let scope = may.scope(app).await?;
    let mut all = app.office().authorities().await?;
    all.retain(|(id, _)| scope.contains(id));
    all.sort_by_cached_key(|(_, name)| profile::vietnamese_order(name));
    Ok(all)
}

/// Whom cards are asked for, and of which kind.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) authority: AuthorityId,
    pub(crate) kind: Kind,
    /// None: everybody without a card.
    pub(crate) people: Option<Vec<PersonId>>,
}

/// What an officer sees before asking.
pub(crate) struct Review {
    /// The people whose faces are shown, the first ones where there are many.
    pub(crate) shown: Vec<PersonRow>,
    /// How many there are; of everybody, among the first ten thousand.
    pub(crate) count: u64,
    /// Of those shown, how many have no photo.
    pub(crate) without_photo: u64,
}

/// Shows whom cards would be asked for.
///
/// Refused is an empty choice, and one of more than [`MOST_PICKED`].
pub(crate) async fn review(
    app: &App,
    may: &May<CardRequest>,
    ask: &Ask,
    most: usize,
) -> Result<Review, Fault> {
    let authority = may.reach(ask.authority)?;
    let (shown, count) = match &ask.people {
        None => {
            let search =
                Search { among: Among::WithoutCard, name: "", window: None, skip: 0, limit: most };
            let found = app.office().search(authority, &search).await?;
            (found.people, found.matches)
        }
        Some(people) => {
            if people.len() > MOST_PICKED {
                return Err(Fault::input("people-too-many").arg("limit", MOST_PICKED.to_string()));
            }
            let mut rows = Vec::with_capacity(people.len().min(most));
            for person in people.iter().take(most) {
                let file = app.office().person(authority, *person).await?;
                let card = file.cards.first().map(|card| (card.serial, card.state));
                rows.push(PersonRow { person: file.person, card, request: None });
            }
            rows.sort_by_cached_key(|row| {
                let name = row.person.printed.as_ref().map(|printed| printed.full_name.as_str());
                profile::vietnamese_order(name.unwrap_or_default())
            });
            (rows, people.len() as u64)
        }
    };
    if count == 0 {
        return Err(Fault::input("people-none-picked"));
    }
    let without_photo = shown.iter().filter(|row| !row.person.photo).count() as u64;
    Ok(Review { shown, count, without_photo })
}

/// What became of asking.
pub(crate) struct Asked {
    pub(crate) batch: BatchId,
    /// Requests that were made.
    pub(crate) made: u64,
    /// Who has none, with the name as printed, and why; the first [`MOST_NAMED`].
    pub(crate) refused: Vec<(PersonId, String, Refused)>,
    /// How many have none.
    pub(crate) refused_count: u64,
}

/// Asks for cards. Asking again makes no second request for anybody.
pub(crate) async fn ask(app: &App, may: &May<CardRequest>, ask: &Ask) -> Result<Asked, Fault> {
    let authority = may.reach(ask.authority)?;
    let whom = match &ask.people {
        None => For::EverybodyWithout,
        Some(people) if people.is_empty() => return Err(Fault::input("people-none-picked")),
        Some(people) if people.len() > MOST_PICKED => {
            return Err(Fault::input("people-too-many").arg("limit", MOST_PICKED.to_string()));
        }
        Some(people) => For::People(people.clone()),
    };
    let batch = app.office().request(authority, ask.kind, &whom, may.by()).await?;
    let refused_count = batch.refused.len() as u64;
    let mut refused = Vec::new();
    for (person, why) in batch.refused.into_iter().take(MOST_NAMED) {
        let name = match app.office().person(authority, person).await {
            Ok(file) => file.person.printed.map(|printed| printed.full_name.clone()),
            Err(registry::Error::Refused(_)) => None,
            Err(error) => return Err(error.into()),
        };
        refused.push((person, name.unwrap_or_default(), why));
    }
    Ok(Asked { batch: batch.id, made: batch.requests.len() as u64, refused, refused_count })
}

/// People who can be picked one by one for one question.
pub(crate) const MOST_PICKED: usize = 1_000;
/// People who are named when no request was made for them.
const MOST_NAMED: usize = 200;
