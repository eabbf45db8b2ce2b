//! Deciding on requests: who is asked for, what is new about them, and what becomes of it.
//!
//! An approver signs what the page showed. Each request travels with a commitment to what would be
//! printed; a request whose person changed after the page was made is refused here and named.

use std::collections::{HashMap, HashSet};

use registry::office::{Ordered, Which};
use registry::ports::Batches;
use registry::request::{Kind, Lack};
use registry::view::{Asked, BatchSummary};
use registry::{Note, Refused};
use wire::{AuthorityId, BatchId, RequestId};

use crate::App;
use crate::fault::Fault;
use crate::session::{May, grant};

/// Batches of one authority.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) authority: AuthorityId,
    pub(crate) name: String,
    /// Those with something to decide, the oldest first.
    pub(crate) waiting: Vec<BatchSummary>,
    /// Whether there are more than [`MOST_BATCHES`].
    pub(crate) more: bool,
    /// The newest that are decided.
    pub(crate) decided: Vec<BatchSummary>,
}

/// The batches of every authority that the post reaches.
pub(crate) async fn open(app: &App, may: &May<grant::BatchView>) -> Result<Vec<Group>, Fault> {
    let scope: HashSet<AuthorityId> = may.scope(app).await?.into_iter().collect();
    let office = app.office();
    let mut groups = Vec::new();
    for (authority, name) in office.authorities().await? {
        if !scope.contains(&authority) {
            continue;
        }
        let waiting = Batches::Waiting { after: None, limit: MOST_BATCHES + 1 };
        let mut waiting = office.batches(authority, waiting).await?;
        let more = waiting.len() > MOST_BATCHES as usize;
        waiting.truncate(MOST_BATCHES as usize);
        let newest = Batches::Newest { before: None, limit: NEWEST };
        let mut decided = office.batches(authority, newest).await?;
        decided.retain(|batch| batch.waiting() == 0);
        groups.push(Group { authority, name, waiting, more, decided });
    }
    Ok(groups)
}

/// Which requests of a batch are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Show {
    /// Those that wait for a decision.
    Waiting,
    /// All.
    All,
}

/// A page of a batch.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) authority: AuthorityId,
    pub(crate) authority_name: String,
    pub(crate) batch: BatchSummary,
    /// In Vietnamese order of names.
    pub(crate) asked: Vec<Asked>,
    /// From 1.
    pub(crate) page: usize,
    pub(crate) pages: usize,
    /// How many are shown on all pages together.
    pub(crate) total: usize,
    /// How many wait for a decision.
    pub(crate) waiting: usize,
    /// What who approves everything that waits signs.
    pub(crate) digest: String,
    /// Whether whoever looks asked for these cards, and so may not approve them.
    pub(crate) own: bool,
}

/// A page of a batch, 20 people by given name; a page beyond the last is the last.
pub(crate) async fn sheet(
    app: &App,
    may: &May<grant::BatchView>,
    batch: BatchId,
    show: Show,
    page: usize,
) -> Result<Sheet, Fault> {
    let (authority, batch) = find(app, may, batch).await?;
    let office = app.office();
    let ordered = office.batch_in_order(authority, batch.id).await?;
    let shown: Vec<RequestId> = match show {
        Show::Waiting => ordered.waiting().map(|request| request.id).collect(),
        Show::All => ordered.requests.iter().map(|request| request.id).collect(),
    };
    let pages = shown.len().div_ceil(PAGE).max(1);
    let page = page.clamp(1, pages);
    let ids: Vec<RequestId> = shown.iter().copied().skip((page - 1) * PAGE).take(PAGE).collect();
    let names = office.authorities().await?;
    let authority_name = names.into_iter().find(|(id, _)| *id == authority).map(|(_, name)| name);
    Ok(Sheet {
        authority,
        authority_name: authority_name.unwrap_or_default(),
        own: batch.requester == may.officer().name,
        batch,
        asked: office.asked_these(authority, &ids).await?,
        page,
        pages,
        total: shown.len(),
        waiting: ordered.waiting().count(),
        digest: ordered.digest(),
    })
}

/// A request, and what its approver was shown.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) request: RequestId,
    /// [`Asked::content`] as it was shown.
    pub(crate) content: String,
}

/// What became of a decision.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) done: Vec<RequestId>,
    pub(crate) refused: Vec<NotDone>,
}

/// A request that a decision was not made on.
#[derive(Debug)]
pub(crate) struct NotDone {
    pub(crate) request: RequestId,
    /// Empty once the person's data was erased.
    pub(crate) full_name: String,
    /// Why, as a key of the catalogue.
    pub(crate) why: String,
}

/// Approves these requests of a batch as they were shown.
pub(crate) async fn approve(
    app: &App,
    may: &May<grant::BatchApprove>,
    batch: BatchId,
    seen: &[Seen],
) -> Result<Outcome, Fault> {
    let (authority, batch) = find(app, may, batch).await?;
    let ordered = app.office().batch_in_order(authority, batch.id).await?;
    let now: HashMap<RequestId, &[u8; 32]> =
        ordered.requests.iter().map(|request| (request.id, &request.content)).collect();
    let (mut wanted, mut refused) = (Vec::new(), Vec::new());
    for seen in seen {
        match now.get(&seen.request) {
            None => refused.push((seen.request, key_of(&Refused::UnknownRequest))),
            Some(content) if !is_hex_of(&seen.content, content) => {
                refused.push((seen.request, CHANGED_SINCE.to_owned()));
            }
            Some(_) => wanted.push(seen.request),
        }
    }
    approved(app, may, authority, wanted, refused).await
}

/// Approves everything of a batch that waits, if it still is what `digest` was made from.
pub(crate) async fn approve_all(
    app: &App,
    may: &May<grant::BatchApprove>,
    batch: BatchId,
    digest: &str,
) -> Result<Outcome, Fault> {
    let (authority, batch) = find(app, may, batch).await?;
    let ordered: Ordered = app.office().batch_in_order(authority, batch.id).await?;
    if ordered.digest() != digest {
        return Err(Fault::rule("batches-fault-changed"));
    }
    let wanted = ordered.waiting().map(|request| request.id).collect();
    approved(app, may, authority, wanted, Vec::new()).await
}

async fn approved(
    app: &App,
    may: &May<grant::BatchApprove>,
    authority: AuthorityId,
    wanted: Vec<RequestId>,
    mut refused: Vec<(RequestId, String)>,
) -> Result<Outcome, Fault> {
    // A record that changes between here and the commit is sealed anew, so the registry's own
    // comparison with what was asked for finds it.
    let which = Which::Requests(wanted);
    let approval = app.office().approve(authority, &which, may.by()).await?;
    refused.extend(approval.refused.iter().map(|(id, why)| (*id, key_of(why))));
    Ok(Outcome { done: approval.approved, refused: named(app, authority, refused).await? })
}

/// Which requests of a batch go back.
#[derive(Clone, Debug)]
pub(crate) enum Chosen {
    /// These.
    These(Vec<RequestId>),
    /// All that wait for a decision.
    AllWaiting,
}

/// Gives requests of a batch back to whoever asked, with what is to be mended.
pub(crate) async fn give_back(
    app: &App,
    may: &May<grant::BatchApprove>,
    batch: BatchId,
    which: &Chosen,
    lack: Lack,
    note: Option<&Note>,
) -> Result<Outcome, Fault> {
    let (authority, batch) = find(app, may, batch).await?;
    let mut refused = Vec::new();
    let which = match which {
        Chosen::AllWaiting => Which::Batch(batch.id),
        Chosen::These(requests) => {
            let ordered = app.office().batch_in_order(authority, batch.id).await?;
            let known: HashSet<RequestId> =
                ordered.requests.iter().map(|request| request.id).collect();
            let (known, unknown) = requests.iter().partition(|id| known.contains(id));
            let unknown: Vec<RequestId> = unknown;
            refused.extend(unknown.into_iter().map(|id| (id, key_of(&Refused::UnknownRequest))));
            Which::Requests(known)
        }
    };
    let decided = app.office().give_back(authority, &which, lack, note, may.by()).await?;
    refused.extend(decided.refused.iter().map(|(id, why)| (*id, key_of(why))));
    Ok(Outcome { done: decided.done, refused: named(app, authority, refused).await? })
}

/// Reads a reason and a note: “something else” says nothing without a note.
pub(crate) fn reason(reason: &str, note: &str) -> Result<(Lack, Option<Note>), BadReason> {
    if reason.is_empty() {
        return Err(BadReason::Reason("batches-fault-reason"));
    }
    let lack: Lack = reason.parse().map_err(|_| BadReason::Reason("batches-fault-reason"))?;
    let note = match Note::new(note) {
        Ok(note) => Some(note),
        Err(registry::BadNote::Empty) if lack == Lack::Other => {
            return Err(BadReason::Note("batches-fault-note".to_owned()));
        }
        Err(registry::BadNote::Empty) => None,
        Err(bad) => return Err(BadReason::Note(format!("cards-{}", bad.code()))),
    };
    Ok((lack, note))
}

/// What is wrong with a reason, as a key of the catalogue.
#[derive(Debug)]
pub(crate) enum BadReason {
    /// With the reason.
    Reason(&'static str),
    /// With the note.
    Note(String),
}

impl From<BadReason> for Fault {
    fn from(bad: BadReason) -> Self {
        match bad {
            BadReason::Reason(key) => Self::input(key),
            BadReason::Note(key) => Self::input(key),
        }
    }
}

/// A batch among the authorities that the post reaches.
async fn find<P>(
    app: &App,
    may: &May<P>,
    batch: BatchId,
) -> Result<(AuthorityId, BatchSummary), Fault> {
    for authority in may.scope(app).await? {
        let found = app.office().batches(authority, Batches::One(batch)).await?;
        if let Some(batch) = found.into_iter().next() {
            return Ok((authority, batch));
        }
    }
    Err(Fault::missing())
}

async fn named(
    app: &App,
    authority: AuthorityId,
    refused: Vec<(RequestId, String)>,
) -> Result<Vec<NotDone>, Fault> {
    let ids: Vec<RequestId> = refused.iter().map(|(id, _)| *id).collect();
    let asked =
        if ids.is_empty() { Vec::new() } else { app.office().asked_these(authority, &ids).await? };
    let names: HashMap<RequestId, String> =
        asked.into_iter().filter_map(|asked| Some((asked.id, asked.printed?.full_name))).collect();
    let named = |(request, why): (RequestId, String)| NotDone {
        full_name: names.get(&request).cloned().unwrap_or_default(),
        request,
        why,
    };
    Ok(refused.into_iter().map(named).collect())
}

/// The name of a kind of request in catalogues and for programs.
pub(crate) const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::First => "first",
        Kind::Renewal => "renewal",
        Kind::Lost => "lost",
        Kind::Damaged => "damaged",
        Kind::DataChanged => "data_changed",
        Kind::DesignChanged => "design_changed",
        Kind::Transfer => "transfer",
    }
}

/// The words for a refusal.
pub(crate) fn key_of(refused: &Refused) -> String {
    format!("refused-{}", refused.code())
}

fn is_hex_of(text: &str, bytes: &[u8; 32]) -> bool {
    let hex = |place: u8| char::from_digit(u32::from(place), 16);
    let digits = bytes.iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]);
    text.len() == 64 && digits.eq(text.chars().map(Some))
}

const CHANGED_SINCE: &str = "batches-changed-since";

/// People on a page.
pub(crate) const PAGE: usize = 20;

/// Batches of one authority in the list of those that wait.
const MOST_BATCHES: u32 = 100;
const NEWEST: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_is_compared_whole() {
        let bytes = [0xab; 32];
        assert!(is_hex_of(&"ab".repeat(32), &bytes));
        for other in
            ["", "ab", &"ab".repeat(31), &"ab".repeat(33), &"AB".repeat(32), &"ac".repeat(32)]
        {
            assert!(!is_hex_of(other, &bytes), "{other}");
        }
    }

    #[test]
    fn something_else_needs_a_note() {
        assert!(matches!(reason("other", " "), Err(BadReason::Note(_))));
        assert!(matches!(reason("", "x"), Err(BadReason::Reason(_))));
        assert!(matches!(reason("nothing", "x"), Err(BadReason::Reason(_))));
        assert!(matches!(reason("photo", &"x".repeat(501)), Err(BadReason::Note(_))));
        assert!(matches!(reason("photo", ""), Ok((Lack::Photo, None))));
        assert!(matches!(reason("other", "sai"), Ok((Lack::Other, Some(_)))));
    }

    #[test]
    fn every_reason_has_words() {
        for lack in Lack::ALL {
            assert!(crate::say::CATALOG.contains(&format!("lack-{}", lack.as_str())), "{lack:?}");
        }
        for bad in registry::BadNote::ALL {
            assert!(crate::say::CATALOG.contains(&format!("cards-{}", bad.code())), "{bad:?}");
        }
        for code in Refused::CODES {
            assert!(crate::say::CATALOG.contains(&format!("refused-{code}")), "{code}");
        }
    }
}
