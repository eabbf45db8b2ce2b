//! Reading history: the chain of an authority, the time line of a card and of a person, and proof
//! that nothing was taken out.

use profile::PersonalId;
use registry::Note;
use registry::history::Broken;
use registry::office::{About, Among, ChainError, Search};
use registry::view::{Card, PersonFile, PersonRow, Trace, Unmasked};
use wire::{AuthorityId, CardSerial, PersonId};

use crate::App;
use crate::fault::Fault;
use crate::session::{May, grant};

/// A page of an authority's chain, newest first.
#[derive(Debug)]
pub(crate) struct Chain {
    /// Whose.
    pub(crate) authority: AuthorityId,
    /// What happened.
    pub(crate) rows: Vec<Trace>,
    /// Where the older rows begin: rows before this number; none when this was the end.
    pub(crate) older: Option<i64>,
    /// Rows in the whole chain.
    pub(crate) total: u64,
}

/// What a search found.
#[derive(Debug)]
pub(crate) enum Found {
    /// A card.
    Card(CardSerial),
    /// A person, by the number.
    Person(PersonId),
    /// People, by their names; `more` when the search stopped before the end.
    People { people: Vec<PersonRow>, more: bool },
}

/// Whether a chain holds.
#[derive(Debug)]
pub(crate) enum Proof {
    /// All of it, so many rows.
    Whole(i64),
    /// Not.
    Broken(Broken),
}

/// The authorities that the officer reads, with their names.
pub(crate) async fn authorities(
    app: &App,
    may: &May<grant::HistoryRead>,
) -> Result<Vec<(AuthorityId, String)>, Fault> {
    let own = may.officer().authority;
    let all = app.office().authorities().await?;
    Ok(all.into_iter().filter(|(id, _)| own.is_none_or(|own| own == *id)).collect())
}

/// A page of the chain of one authority, or of the first that the officer reads; none when there
/// is no authority yet.
pub(crate) async fn chain(
    app: &App,
    may: &May<grant::HistoryRead>,
    authority: Option<AuthorityId>,
    before: Option<i64>,
    limit: u32,
) -> Result<Option<Chain>, Fault> {
    let scope = may.scope(app).await?;
    let authority = match authority {
        Some(wanted) if scope.contains(&wanted) => wanted,
        Some(_) => return Err(Fault::missing()),
        None => match scope.first() {
            Some(first) => *first,
            None => return Ok(None),
        },
    };
    let limit = limit.clamp(1, MOST);
    let rows = app.office().trail_back(authority, before, limit).await?;
    let full = u32::try_from(rows.len()).is_ok_and(|count| count == limit);
    let older = rows.last().map(|row| row.happening.seq).filter(|seq| full && *seq > 1);
    let total = app.office().counts(authority).await?.history;
    Ok(Some(Chain { authority, rows, older, total }))
}

/// Everything that happened to a card, oldest first.
pub(crate) async fn of_card(
    app: &App,
    may: &May<grant::HistoryRead>,
    serial: CardSerial,
) -> Result<(Card, Vec<Trace>), Fault> {
    let card = app.office().inspect(serial).await?.ok_or_else(Fault::missing)?;
    let authority = may.reach(card.authority)?;
    let rows = app.office().trail(authority, About::Card(serial)).await?;
    Ok((app.office().card(authority, serial).await?, rows))
}

/// Everything that happened to a person's record, requests and cards, oldest first.
pub(crate) async fn of_person(
    app: &App,
    may: &May<grant::HistoryRead>,
    person: PersonId,
) -> Result<(PersonFile, Vec<Trace>), Fault> {
    let (authority, file) = person_file(app, may, person).await?;
    Ok((file, app.office().trail(authority, About::Person(person)).await?))
}

async fn person_file<P>(
    app: &App,
    may: &May<P>,
    person: PersonId,
) -> Result<(AuthorityId, PersonFile), Fault> {
    for authority in may.scope(app).await? {
        match app.office().person(authority, person).await {
            Ok(file) => return Ok((authority, file)),
            Err(registry::Error::Refused(registry::Refused::UnknownPerson)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::missing())
}

/// A person's whole numbers; history learns who looked and why before they are shown.
pub(crate) async fn unmask(
    app: &App,
    may: &May<grant::PersonUnmask>,
    person: PersonId,
    reason: &str,
) -> Result<Unmasked, Fault> {
    let reason = Note::new(reason).map_err(|bad| Fault::input(format!("audit-{}", bad.code())))?;
    let (authority, _) = person_file(app, may, person).await?;
    Ok(app.office().unmask(authority, person, &reason, may.by()).await?)
}

/// Finds by the serial of a card, the number of a person, or words of a name.
pub(crate) async fn find(
    app: &App,
    may: &May<grant::HistoryRead>,
    text: &str,
) -> Result<Found, Fault> {
    let text = text.trim();
    if let Ok(serial) = text.parse::<CardSerial>()
        && let Some(card) = app.office().inspect(serial).await?
        && may.reach(card.authority).is_ok()
    {
        return Ok(Found::Card(serial));
    }
    let nobody = Found::People { people: Vec::new(), more: false };
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    if let Ok(number) = digits.parse::<PersonalId>() {
        for authority in may.scope(app).await? {
            if let Some(person) = app.office().person_by_number(authority, &number).await? {
                return Ok(Found::Person(person));
            }
        }
        return Ok(nobody);
    }
    if !text.chars().any(char::is_alphabetic) {
        return Ok(nobody);
    }
    let (mut people, mut more) = (Vec::new(), false);
    for authority in may.scope(app).await? {
        let mut window = None;
        loop {
            let limit = AT_ONCE - people.len();
            let search = Search { among: Among::Everybody, name: text, window, skip: 0, limit };
            let found = app.office().search(authority, &search).await?;
            more |= found.matches > u64::try_from(limit).unwrap_or(u64::MAX);
            people.extend(found.people);
            window = found.next;
            if window.is_none() || people.len() >= AT_ONCE {
                break;
            }
        }
        more |= window.is_some();
        if people.len() >= AT_ONCE {
            break;
        }
    }
    Ok(Found::People { people, more })
}

/// Proves that nothing was changed in, or taken out of, an authority's history.
pub(crate) async fn verify(
    app: &App,
    may: &May<grant::HistoryRead>,
    authority: AuthorityId,
) -> Result<Proof, Fault> {
    let authority = may.reach(authority)?;
    match app.office().verify_chain(authority).await {
        Ok(head) => Ok(Proof::Whole(head.seq)),
        Err(ChainError::Broken(broken)) => {
            tracing::error!(%authority, %broken, "the history does not hold together");
            Ok(Proof::Broken(broken))
        }
        Err(ChainError::Store(error)) => Err(error.into()),
    }
}

/// The most rows in one answer.
pub(crate) const MOST: u32 = 500;

/// People that one search lists.
const AT_ONCE: usize = 50;
