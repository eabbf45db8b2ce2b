//! The photos of a list: out of an archive, one by one, and another part of one.

use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use intake::photo::{
    Archive, ArchiveLimits, Entry as File, Limits, Match, Matcher, Names, Negative, Part,
    PhotoError, PhotoSet, Studio,
};
use profile::Field;
use registry::drafts::{Draft, DraftId};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc};

use super::analysis::Analysis;
use super::head::{self, Kept, Mark, Progress, Said, part, photo_part, put};
use super::{State, look};
use crate::App;
use crate::fault::Fault;
use crate::session::{May, grant::ListUpload};

/// An archive that is being read.
#[derive(Debug, Default)]
pub(crate) struct Job {
    stopped: AtomicBool,
    ended: Notify,
}

/// Whether an archive for this draft is being read.
pub(super) fn is_running(app: &App, id: DraftId) -> bool {
    app.lists.jobs.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
}

/// Has the reading of an archive end after the photo at hand.
pub(super) fn stop(app: &App, id: DraftId) {
    let jobs = app.lists.jobs.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(job) = jobs.get(&id) {
        job.stopped.store(true, Ordering::Relaxed);
    }
}

/// Takes a ZIP of photos: each that belongs to one row is developed and kept sealed.
///
/// Reading goes on after this returns when it takes longer than a few seconds; the draft's head
/// tells how far it is. Nothing is lost when it is cut off: the photos before stay, and the same
/// archive may be sent again.
pub(crate) async fn archive(
    app: &App,
    may: May<ListUpload>,
    id: DraftId,
    zip: Vec<u8>,
    turn: OwnedSemaphorePermit,
    say: crate::say::Say,
) -> Result<(), Fault> {
    let look = look(app, &may, id).await?;
    let limits =
        ArchiveLimits { entries: MOST_PHOTOS, entry_bytes: 20 << 20, total_bytes: 2 << 30 };
    let archive = Archive::open(Cursor::new(zip), limits).map_err(|error| {
        Fault::input("lists-photos-unreadable").arg("why", error.finding().text(say.0))
    })?;
    let job = Arc::new(Job::default());
    {
        let mut jobs = app.lists.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.contains_key(&id) {
            return Err(Fault::rule("lists-photos-running"));
        }
        jobs.insert(id, Arc::clone(&job));
    }
    let (app, ended) = (app.clone(), Arc::clone(&job));
    let working = tokio::spawn(async move {
        let outcome =
            read_archive(&app, &may, look.opened.draft, &look.analysis, archive, &job).await;
        if let Err(error) = &outcome {
            tracing::warn!(draft = %id, why = error.key(), "an archive of photos was not read to its end");
        }
        app.lists.jobs.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        // The archive is out of memory now.
        drop(turn);
        job.ended.notify_one();
        outcome
    });
    // A small archive is done before the page comes.
    match tokio::time::timeout(PATIENCE, ended.ended.notified()).await {
        Ok(()) => working.await.map_err(Fault::bug)?,
        Err(_) => Ok(()),
    }
}

/// What became of one entry of an archive.
enum Outcome {
    Photo(u32, Box<(PhotoSet, Negative)>),
    Stray(Said),
    /// Skipped without a word that matters.
    Passed,
}

async fn read_archive(
    app: &App,
    may: &May<ListUpload>,
    draft: Draft,
    analysis: &Arc<Analysis>,
    archive: Archive<Cursor<Vec<u8>>>,
    job: &Arc<Job>,
) -> Result<(), Fault> {
    let id = draft.id;
    let mut progress = Progress { total: archive.len() as u64, ..Progress::default() };
    let begun = progress.clone();
    head::change(app, may, id, None, |head| {
        head.archive = Some(begun.clone());
        head.strays.clear();
        Ok(())
    })
    .await?;
    let (sender, mut outcomes) = mpsc::channel(4);
    let budget = budget(app);
    let (list, stopped) = (Arc::clone(analysis), Arc::clone(job));
    let developing = tokio::task::spawn_blocking(move || {
        develop(archive, &list, budget, |outcome| {
            sender.blocking_send(outcome).is_ok() && !stopped.stopped.load(Ordering::Relaxed)
        });
    });
    let (mut marks, mut strays) = (Vec::new(), Vec::new());
    loop {
        let outcome = outcomes.recv().await;
        let ended = outcome.is_none();
        match outcome {
            None | Some(Outcome::Passed) => {}
            Some(Outcome::Stray(said)) => {
                progress.refused += 1;
                strays.push(said);
            }
            Some(Outcome::Photo(row, developed)) => {
                let (set, whole) = *developed;
                let mark = mark(&set, false);
                put(app, &draft, &photo_part(row), &Kept::of(set, whole).to_bytes()?).await?;
                progress.matched += 1;
                marks.push((row, mark));
            }
        }
        progress.done += u64::from(!ended);
        if ended || marks.len() + strays.len() >= SAVE_EVERY {
            progress.finished = ended;
            let now = progress.clone();
            head::change(app, may, id, None, |head| {
                for (row, mark) in &marks {
                    head.photos.insert(*row, copy(mark));
                    head.edits += u32::from(head.taken.remove(row));
                }
                let room = MOST_STRAYS.saturating_sub(head.strays.len());
                head.strays.extend(strays.iter().take(room).cloned());
                head.archive = Some(now.clone());
                Ok(())
            })
            .await?;
            marks.clear();
            strays.clear();
        }
        if ended {
            break;
        }
    }
    developing.await.map_err(Fault::bug)
}

/// Develops each photo that belongs to one row and hands over what became of each entry, until
/// nobody wants more.
fn develop(
    archive: Archive<Cursor<Vec<u8>>>,
    analysis: &Analysis,
    budget: usize,
    mut hand_over: impl FnMut(Outcome) -> bool,
) {
    let rows: Vec<(u32, String, String, String)> = analysis
        .entries
        .iter()
        .filter(|entry| !matches!(entry.state, State::Skip | State::LeftOut))
        .filter_map(|entry| {
            let raw = &entry.raw.as_ref()?.fields;
            let digits: String =
                raw.get(Field::PersonalId).chars().filter(char::is_ascii_digit).collect();
            let id = entry.staff.as_ref().map_or(digits, |s| s.personal_id.expose().to_owned());
            let text = |field| raw.get(field).trim().to_owned();
            Some((entry.number, text(Field::Photo), id, text(Field::StaffCode)))
        })
        .collect();
    let matcher = Matcher::new(rows.iter().map(|(_, photo, id, code)| Names {
        photo: Some(photo),
        personal_id: Some(id),
        staff_code: Some(code),
    }));
    let mut studio = Studio::new(budget, Limits::default());
    for entry in archive {
        let outcome = match entry {
            Ok(file) => taken(&mut studio, &matcher, &rows, &file),
            Err(refused) => {
                let finding = refused.finding();
                if finding.severity == profile::Severity::Note {
                    Outcome::Passed
                } else {
                    Outcome::Stray(Said::of(&finding))
                }
            }
        };
        if !hand_over(outcome) {
            return;
        }
    }
}

fn taken(
    studio: &mut Studio,
    matcher: &Matcher,
    rows: &[(u32, String, String, String)],
    file: &File,
) -> Outcome {
    let found = matcher.find(&file.file_name);
    if let Some(finding) = found.finding(&file.shown) {
        return Outcome::Stray(Said::of(&finding));
    }
    let Match::Row { row, .. } = found else { return Outcome::Passed };
    let Some((number, ..)) = rows.get(row) else { return Outcome::Passed };
    match studio.develop_and_keep(&file.bytes) {
        Ok(developed) => Outcome::Photo(*number, Box::new(developed)),
        Err(error) => {
            let mut said = Said::of(&error.finding());
            said.args.push(("entry".to_owned(), file.shown.clone()));
            said.args.push(("row".to_owned(), number.to_string()));
            Outcome::Stray(said)
        }
    }
}

/// Takes one photo for a row.
pub(crate) async fn single(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    row: u32,
    file: Vec<u8>,
    say: crate::say::Say,
) -> Result<(), Fault> {
    let look = look(app, may, id).await?;
    record(&look.analysis, row)?;
    let budget = budget(app);
    let developed = tokio::task::spawn_blocking(move || {
        Studio::new(budget, Limits::default()).develop_and_keep(&file)
    });
    let (set, whole) =
        developed.await.map_err(Fault::bug)?.map_err(|error| no_photo(&error, say))?;
    let mark = mark(&set, false);
    store(app, may, &look.opened.draft, row, mark, &Kept::of(set, whole)).await
}

/// The part of a photo that a person chose.
pub(crate) type Chosen = Part;

/// Takes another part of a row's photo.
pub(crate) async fn set_part(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    row: u32,
    chosen: Chosen,
    say: crate::say::Say,
) -> Result<(), Fault> {
    let look = look(app, may, id).await?;
    record(&look.analysis, row)?;
    let kept = kept(app, &look.opened.draft, row).await?.ok_or_else(Fault::missing)?;
    let budget = budget(app);
    let developed = tokio::task::spawn_blocking(move || {
        let set = Studio::new(budget, Limits::default()).develop_part(&kept.whole, chosen);
        (set, kept)
    });
    let (set, kept) = developed.await.map_err(Fault::bug)?;
    let set = set.map_err(|error| no_photo(&error, say))?;
    let mark = mark(&set, true);
    // The same file with another part is another photo.
    let mut hash = Sha256::new();
    hash.update(kept.original_sha256);
    for number in [chosen.x, chosen.y, chosen.width, chosen.height] {
        hash.update(number.to_be_bytes());
    }
    let whole = Negative { jpeg: kept.whole, width: kept.width, height: kept.height, part: chosen };
    let kept = Kept { original_sha256: hash.finalize().into(), ..Kept::of(set, whole) };
    store(app, may, &look.opened.draft, row, mark, &kept).await
}

/// Takes the part that the program proposes again.
pub(crate) async fn reset_photo(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    row: u32,
    say: crate::say::Say,
) -> Result<(), Fault> {
    let opened = head::open(app, may, id).await?;
    let kept = kept(app, &opened.draft, row).await?.ok_or_else(Fault::missing)?;
    single(app, may, id, row, kept.whole, say).await
}

/// Removes a row's photo.
pub(crate) async fn remove_photo(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    row: u32,
) -> Result<(), Fault> {
    head::change(app, may, id, None, |head| {
        head.photos.remove(&row);
        Ok(())
    })
    .await?;
    app.parts.drafts.remove_part(id, &photo_part(row)).await?;
    Ok(())
}

/// A row's photo.
pub(crate) async fn photo(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    row: u32,
) -> Result<Kept, Fault> {
    let opened = head::open(app, may, id).await?;
    kept(app, &opened.draft, row).await?.ok_or_else(Fault::missing)
}

/// The photo of a row as it lies in the draft.
pub(super) async fn kept(app: &App, draft: &Draft, row: u32) -> Result<Option<Kept>, Fault> {
    let Some(bytes) = part(app, draft, &photo_part(row)).await? else { return Ok(None) };
    let cut = || Fault::bug(std::io::Error::other("a photo in a draft is cut short"));
    Kept::from_bytes(&bytes).map(Some).ok_or_else(cut)
}

async fn store(
    app: &App,
    may: &May<ListUpload>,
    draft: &Draft,
    row: u32,
    mark: Mark,
    kept: &Kept,
) -> Result<(), Fault> {
    put(app, draft, &photo_part(row), &kept.to_bytes()?).await?;
    head::change(app, may, draft.id, None, |head| {
        head.photos.insert(row, copy(&mark));
        // A row that went in goes in again with its new photo.
        head.edits += u32::from(head.taken.remove(&row));
        Ok(())
    })
    .await
}

fn record(analysis: &Analysis, row: u32) -> Result<(), Fault> {
    let entry = analysis.entry(row).filter(|entry| entry.state != State::Skip);
    entry.map(|_| ()).ok_or_else(Fault::missing)
}

fn no_photo(error: &PhotoError, say: crate::say::Say) -> Fault {
    Fault::input("lists-photo-refused").arg("why", error.finding().text(say.0))
}

fn mark(set: &PhotoSet, chosen: bool) -> Mark {
    Mark { flags: set.flags.iter().map(Said::of).collect(), chosen }
}

fn copy(mark: &Mark) -> Mark {
    Mark { flags: mark.flags.clone(), chosen: mark.chosen }
}

/// Bytes of the largest chip photo that the profile allows.
fn budget(app: &App) -> usize {
    let budgets = &app.office().profile().rules().chip.photo_budgets;
    budgets.iter().map(|budget| budget.photo_bytes).max().unwrap_or_default()
}

/// Entries of one archive.
const MOST_PHOTOS: usize = 5_000;
/// Photos between two notes in the head.
const SAVE_EVERY: usize = 20;
/// Strays that are told one by one.
const MOST_STRAYS: usize = 200;
/// How long a page waits for an archive.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
