//! A list read, judged by the profile and compared with the registry; kept for a while.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use intake::rows::{self, Column, Message, Options, Raw, Row, SourceError, Survey, Verdict};
use jiff::civil::Date;
use profile::{Field, Finding, Severity, Staff};
use registry::Office;
use registry::drafts::DraftId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::AuthorityId;

use super::head::{Head, LIST, Opened, part};
use super::photos::Job;
use super::{Counts, State};
use crate::App;
use crate::fault::Fault;
use crate::session::{May, grant::ListUpload};

/// A list with a verdict for each row.
pub(crate) struct Analysis {
    /// The head that it was made from.
    pub(crate) edits: u32,
    /// Columns and samples.
    pub(crate) survey: Survey,
    /// Why the list as a whole cannot be read yet: its columns or its encoding are to be told.
    pub(crate) trouble: Option<SourceError>,
    /// Rows in the order of the file.
    pub(crate) entries: Vec<Entry>,
    pub(crate) counts: Counts,
}

/// One row.
pub(crate) struct Entry {
    pub(crate) number: u32,
    pub(crate) state: State,
    pub(crate) messages: Vec<Message>,
    pub(crate) staff: Option<Staff>,
    pub(crate) raw: Option<Box<Raw>>,
    /// Whose person it is.
    pub(crate) authority: Option<AuthorityId>,
    /// The registry has the person with other data.
    pub(crate) known_differently: bool,
    /// What was taken differs from what stood there.
    pub(crate) normalised: bool,
}

impl Analysis {
    /// The row with this number.
    pub(crate) fn entry(&self, number: u32) -> Option<&Entry> {
        let place = self.entries.binary_search_by_key(&number, |entry| entry.number).ok()?;
        self.entries.get(place)
    }

    /// The columns of the list.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.survey.columns
    }
}

/// Lists that were analysed lately, and photo archives that are being read.
pub(crate) struct Cache {
    recent: Mutex<VecDeque<(DraftId, Date, Arc<Analysis>)>>,
    /// So many analyses at a time.
    pub(super) work: Semaphore,
    /// So many large uploads at a time, because each is in memory.
    uploads: Arc<Semaphore>,
    pub(super) jobs: Mutex<HashMap<DraftId, Arc<Job>>>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            recent: Mutex::default(),
            work: Semaphore::new(2),
            uploads: Arc::new(Semaphore::new(4)),
            jobs: Mutex::default(),
        }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache(..)")
    }
}

impl Cache {
    /// A place among the large uploads; waits for one.
    pub(crate) async fn uploads(&self) -> Result<OwnedSemaphorePermit, Fault> {
        Arc::clone(&self.uploads).acquire_owned().await.map_err(Fault::bug)
    }

    fn find(&self, id: DraftId, edits: u32, on: Date) -> Option<Arc<Analysis>> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let place = recent
            .iter()
            .position(|(other, day, known)| *other == id && *day == on && known.edits == edits)?;
        let found = recent.remove(place)?;
        let analysis = Arc::clone(&found.2);
        recent.push_back(found);
        Some(analysis)
    }

    pub(super) fn keep(&self, id: DraftId, on: Date, analysis: &Arc<Analysis>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(other, ..)| *other != id);
        recent.push_back((id, on, Arc::clone(analysis)));
        let rows = |recent: &VecDeque<(DraftId, Date, Arc<Analysis>)>| {
            recent.iter().map(|(.., known)| known.entries.len()).sum::<usize>()
        };
        while recent.len() > 1 && (recent.len() > MOST_KEPT || rows(&recent) > MOST_KEPT_ROWS) {
            recent.pop_front();
        }
    }

    /// Forgets a list.
    pub(super) fn forget(&self, id: DraftId) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(other, ..)| *other != id);
    }
}

/// The analysis of a draft: the one kept, or a new one.
pub(crate) async fn analyse(
    app: &App,
    may: &May<ListUpload>,
    opened: &Opened,
) -> Result<Arc<Analysis>, Fault> {
    let (id, on) = (opened.draft.id, app.today());
    if let Some(known) = app.lists.find(id, opened.head.edits, on) {
        return Ok(known);
    }
    let file = part(app, &opened.draft, LIST).await?.ok_or_else(Fault::missing)?;
    let analysis = Arc::new(read(app, may, &opened.head, file.to_vec()).await?);
    app.lists.keep(id, on, &analysis);
    Ok(analysis)
}

/// Reads and judges a list. What cannot be read at all is [`Analysis::trouble`].
pub(crate) async fn read(
    app: &App,
    may: &May<ListUpload>,
    head: &Head,
    file: Vec<u8>,
) -> Result<Analysis, Fault> {
    let _turn = app.lists.work.acquire().await.map_err(Fault::bug)?;
    let (office, options, on) = (app.office().clone(), head.options(), app.today());
    let read = tokio::task::spawn_blocking(move || read_rows(&office, &options, on, &file));
    let (survey, rows, trouble) = read.await.map_err(Fault::bug)??;
    let mut entries: Vec<Entry> = rows.into_iter().map(|row| entry(row, head)).collect();
    compare(app, may, &mut entries).await?;
    let counts = Counts::of(&entries);
    Ok(Analysis { edits: head.edits, survey, trouble, entries, counts })
}

type Rows = (Survey, Vec<Row>, Option<SourceError>);

fn read_rows(office: &Office, options: &Options, on: Date, file: &[u8]) -> Result<Rows, Fault> {
    let profile = office.profile();
    let survey = match rows::survey(Cursor::new(file), options, profile) {
        Ok(survey) => survey,
        Err(error) => return Ok((Survey::default(), Vec::new(), Some(error))),
    };
    let mut taken = Vec::new();
    let mut many = false;
    let outcome = rows::read(Cursor::new(file), options, profile, on, &mut |row: Row| {
        many |= taken.len() >= MOST_ROWS;
        if many {
            return ControlFlow::Break(());
        }
        taken.push(row);
        ControlFlow::Continue(())
    });
    if many {
        return Err(Fault::input("lists-too-many-rows").arg("limit", MOST_ROWS.to_string()));
    }
    Ok(match outcome {
        Ok(_) => (survey, taken, None),
        // Rows above a damaged place say nothing about the list as a whole.
        Err(error) => (survey, Vec::new(), Some(error)),
    })
}

fn entry(row: Row, head: &Head) -> Entry {
    let Row { number, verdict, messages, staff, raw } = row;
    let state = match verdict {
        _ if head.left_out.contains(&number) => State::LeftOut,
        Verdict::Skip => State::Skip,
        Verdict::Error => State::Refused,
        Verdict::Ok | Verdict::Warn if head.taken.contains(&number) => State::Taken,
        Verdict::Warn => State::Warn,
        Verdict::Ok => State::Ok,
    };
    let normalised = staff.as_ref().zip(raw.as_ref()).is_some_and(|(staff, raw)| {
        Field::ALL.iter().any(|field| {
            let after = super::value(staff, *field);
            *field != Field::Stt && after != raw.fields.get(*field)
        })
    });
    Entry {
        number,
        state,
        messages,
        staff,
        raw,
        authority: None,
        known_differently: false,
        normalised,
    }
}

/// Finds out whose people they are, and what the registry knows of them.
async fn compare(app: &App, may: &May<ListUpload>, entries: &mut [Entry]) -> Result<(), Fault> {
    let authorities = app.parts.ports.store.authorities().await?;
    let codes: BTreeMap<&str, AuthorityId> = authorities
        .iter()
        .flat_map(|authority| {
            authority.codes.iter().map(|dated| (dated.code.as_str(), authority.id))
        })
        .collect();
    let mut by_authority: BTreeMap<AuthorityId, Vec<usize>> = BTreeMap::new();
    for (place, entry) in entries.iter_mut().enumerate() {
        let Some(staff) = &entry.staff else { continue };
        let code = staff.agency_code.level1().to_owned();
        match codes.get(code.as_str()).copied() {
            None => tell(entry, Severity::Error, Field::AgencyCode, "lists-stranger", &code),
            Some(id) if may.reach(id).is_err() => {
                tell(entry, Severity::Error, Field::AgencyCode, "lists-not-yours", &code);
            }
            Some(id) => {
                entry.authority = Some(id);
                by_authority.entry(id).or_default().push(place);
            }
        }
    }
    for (own, places) in by_authority {
        let staff: Vec<&Staff> = places
            .iter()
            .filter_map(|place| entries.get(*place).and_then(|entry| entry.staff.as_ref()))
            .collect();
        let known = app.office().differences(own, &staff).await?;
        let mut elsewhere = vec![false; places.len()];
        for other in authorities.iter().filter(|other| other.id != own) {
            let numbers: Vec<_> = staff.iter().map(|staff| staff.personal_id.clone()).collect();
            let there = app.office().known(other.id, &numbers).await?;
            for (flag, found) in elsewhere.iter_mut().zip(there) {
                *flag |= found.is_some();
            }
        }
        for ((place, known), elsewhere) in places.into_iter().zip(known).zip(elsewhere) {
            let Some(entry) = entries.get_mut(place) else { continue };
            match known {
                Some(fields) if fields.is_empty() => {
                    tell(entry, Severity::Note, Field::PersonalId, "known-unchanged", "");
                }
                Some(fields) => {
                    entry.known_differently = true;
                    let (field, code) = (Field::PersonalId, "lists-known-changed");
                    tell(entry, Severity::Warning, field, code, &fields.join(","));
                }
                None if elsewhere => {
                    tell(entry, Severity::Error, Field::PersonalId, "known-elsewhere", "");
                }
                None => {}
            }
        }
    }
    Ok(())
}

fn tell(entry: &mut Entry, severity: Severity, field: Field, code: &'static str, value: &str) {
    let args = if value.is_empty() { Vec::new() } else { vec![("code", value.to_owned())] };
    entry.messages.push(Message { cell: None, finding: Finding { severity, field, code, args } });
    match severity {
        Severity::Error => {
            entry.staff = None;
            if entry.state != State::LeftOut {
                entry.state = State::Refused;
            }
        }
        Severity::Warning if entry.state == State::Ok => entry.state = State::Warn,
        Severity::Warning | Severity::Note => {}
    }
}

/// Rows of a list that the pages take; longer ones go in by the command line.
pub(crate) const MOST_ROWS: usize = 20_000;
const MOST_KEPT: usize = 8;
const MOST_KEPT_ROWS: usize = 60_000;
