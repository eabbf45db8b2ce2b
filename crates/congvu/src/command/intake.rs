//! `intake check` and `intake load`.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context as _;
use intake::photo::{
    Archive, ArchiveLimits, Entry, Limits, Match, Matcher, Names, PhotoSet, Studio,
};
use intake::rows::{self, Known, Options, Row, SourceError, Totals, Verdict};
use phrase::Lang;
use profile::{Field, PersonalId, Profile, Staff};
use registry::office::{By, OnChange, Photo, StaffEntry};
use registry::photo::Portrait;
use registry::ports::Clock as _;
use registry::view::Load;
use serde::Serialize;
use wire::{Actor, AuthorityId};

use crate::cli::{IntakeLoad, Legacy, StaffList};
use crate::command::wait;
use crate::explain::explain;
use crate::home::Home;
use crate::out::{Out, Progress};
use crate::site::{Site, SystemClock, by};
use crate::{Ended, Refusal};

/// Judges every row and writes nothing.
pub(crate) fn check(out: Out, home: &Home, list: &StaffList) -> anyhow::Result<Ended> {
    let profile = home.profile()?;
    let options = options(list)?;
    let registry = if home.vault_file().is_file() { Some(Lookup::open(home)?) } else { None };
    let each = &mut |progress: &Progress, row: Row| {
        if out.is_json() || row.verdict != Verdict::Ok || !row.messages.is_empty() {
            progress.beside(|| say_row(out, &row));
        }
    };
    let totals = read(out, list, &options, &profile, registry, each)?;
    say_totals(out, totals);
    Ok(if totals.error > 0 { Ended::Refused } else { Ended::Done })
}

/// Loads the good rows with their photos; names the rest.
pub(crate) fn load(
    out: Out,
    home: &Home,
    wanted: &IntakeLoad,
    actor: Option<&Actor>,
) -> anyhow::Result<Ended> {
    let by = by(actor)?;
    let loaded = load_list(out, home, wanted, &by)?;
    out.data(&loaded, || {
        let count = |n: u64| n.to_string();
        out.say(
            "intake-loaded",
            &[
                ("rows", &count(loaded.rows)),
                ("refused", &count(loaded.refused_rows)),
                ("new", &count(loaded.new)),
                ("unchanged", &count(loaded.unchanged)),
                ("changed", &count(loaded.changed)),
                ("without", &count(loaded.without_photo)),
            ],
        )
    });
    Ok(if loaded.refused_rows + loaded.refused_photos > 0 { Ended::Refused } else { Ended::Done })
}

/// What a load did.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Loaded {
    /// Rows that are about a person.
    pub(crate) rows: u64,
    /// Rows that were refused.
    pub(crate) refused_rows: u64,
    /// Rows that went in, or were there already.
    pub(crate) people: u64,
    pub(crate) new: u64,
    pub(crate) unchanged: u64,
    pub(crate) changed: u64,
    pub(crate) without_photo: u64,
    pub(crate) refused_photos: u64,
}

/// Loads a list; rows and photos that are refused are named as they come.
pub(crate) fn load_list(
    out: Out,
    home: &Home,
    wanted: &IntakeLoad,
    by: &By,
) -> anyhow::Result<Loaded> {
    let options = options(&wanted.list)?;
    let profile = home.profile()?;
    let mut people = Vec::new();
    let each = &mut |progress: &Progress, row: Row| {
        if matches!(row.verdict, Verdict::Error | Verdict::Warn) {
            progress.beside(|| say_row(out, &row));
        }
        people.extend(row.staff);
    };
    let totals = read(out, &wanted.list, &options, &profile, None, each)?;
    let mut loaded = Loaded {
        rows: totals.ok + totals.warn + totals.error,
        refused_rows: totals.error,
        ..Loaded::default()
    };
    let site = wait(Site::open(home))?;
    let mut loader = Loader::new(out, &site, by, people)?;
    if let Some(photos) = &wanted.photos {
        loaded.refused_photos = loader.with_photos(photos)?;
    }
    loaded.without_photo = loader.rest()?;
    let Loader { new, unchanged, changed, .. } = loader;
    Ok(Loaded { people: new + unchanged + changed, new, unchanged, changed, ..loaded })
}

/// Takes people into the registry, those whose photo comes by first.
struct Loader<'a> {
    out: Out,
    site: &'a Site,
    by: &'a By,
    people: Vec<Option<Staff>>,
    authorities: BTreeMap<String, AuthorityId>,
    matcher: Matcher,
    new: u64,
    unchanged: u64,
    changed: u64,
}

impl<'a> Loader<'a> {
    fn new(out: Out, site: &'a Site, by: &'a By, people: Vec<Staff>) -> anyhow::Result<Self> {
        let authorities = wait(site.authorities())?
            .into_iter()
            .flat_map(|authority| {
                authority.codes.into_iter().map(move |dated| (dated.code, authority.id))
            })
            .collect::<BTreeMap<_, _>>();
        if let Some(stranger) = people
            .iter()
            .map(|staff| staff.agency_code.level1())
            .find(|code| !authorities.contains_key(*code))
        {
            return Err(Refusal::of("refused-stranger", &[("code", stranger)]).into());
        }
        let matcher = Matcher::new(people.iter().map(|staff| Names {
            photo: staff.photo.as_ref().map(profile::Text::as_str),
            personal_id: Some(staff.personal_id.expose()),
            staff_code: staff.staff_code.as_ref().map(profile::Text::as_str),
        }));
        let people = people.into_iter().map(Some).collect();
        Ok(Self { out, site, by, people, authorities, matcher, new: 0, unchanged: 0, changed: 0 })
    }

    /// Develops the photos and loads their people; returns how many photos were refused.
    fn with_photos(&mut self, path: &Path) -> anyhow::Result<u64> {
        let budgets = &self.site.profile.rules().chip.photo_budgets;
        let budget = budgets.iter().map(|budget| budget.photo_bytes).max().unwrap_or_default();
        let mut refused = 0;
        let total = u64::try_from(self.people.len())?;
        let mut progress = self.out.progress("progress-photos", total);
        let mut source = Source::open(path, self.out.lang)?;
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            while batch.len() < BATCH
                && let Some(entry) = source.next()
            {
                match entry? {
                    Ok(entry) => batch.push(entry),
                    Err(text) => {
                        refused += 1;
                        progress.note(&text);
                    }
                }
            }
            if batch.is_empty() {
                break;
            }
            let size = u64::try_from(batch.len())?;
            let mut entries = Vec::with_capacity(batch.len());
            for (entry, developed) in develop(budget, batch) {
                let found = self.matcher.find(&entry.file_name);
                if let Some(finding) = found.finding(&entry.shown) {
                    progress.note(&finding.text(self.out.lang));
                }
                let Match::Row { row, .. } = found else { continue };
                match developed {
                    Ok(set) => {
                        let staff = self.people.get_mut(row).and_then(Option::take);
                        entries.extend(
                            staff.map(|staff| StaffEntry { staff, photo: Some(photo(set)) }),
                        );
                    }
                    Err(error) => {
                        refused += 1;
                        let text = error.finding().text(self.out.lang);
                        progress.note(&format!("{}: {text}", entry.shown));
                    }
                }
            }
            self.take(entries)?;
            progress.add(size);
        }
        progress.done();
        Ok(refused)
    }

    /// Loads everybody who has no photo; returns how many.
    fn rest(&mut self) -> anyhow::Result<u64> {
        let rest: Vec<StaffEntry> = self
            .people
            .iter_mut()
            .filter_map(Option::take)
            .map(|staff| StaffEntry { staff, photo: None })
            .collect();
        let count = u64::try_from(rest.len())?;
        let mut progress = self.out.progress("progress-people", count);
        let mut rest = rest.into_iter();
        loop {
            let piece: Vec<StaffEntry> = rest.by_ref().take(PIECE).collect();
            if piece.is_empty() {
                break;
            }
            let size = u64::try_from(piece.len())?;
            self.take(piece)?;
            progress.add(size);
        }
        progress.done();
        Ok(count)
    }

    fn take(&mut self, entries: Vec<StaffEntry>) -> anyhow::Result<()> {
        let mut by_authority: BTreeMap<AuthorityId, Vec<StaffEntry>> = BTreeMap::new();
        for entry in entries {
            let id = self.authorities.get(entry.staff.agency_code.level1());
            let id = *id.context("every agency code was looked up before")?;
            by_authority.entry(id).or_default().push(entry);
        }
        for (authority, entries) in by_authority {
            let load = self.site.office.load(authority, entries, OnChange::Apply, self.by);
            let Load { new, unchanged, changed, .. } = wait(async { Ok(load.await?) })?;
            self.new += u64::try_from(new.len())?;
            self.unchanged += unchanged;
            self.changed += u64::try_from(changed.len())?;
        }
        Ok(())
    }
}

/// Where photos come from: a ZIP, or a folder.
enum Source {
    Zip(Archive<BufReader<File>>, Lang),
    Folder(std::fs::ReadDir, usize),
}

impl Source {
    fn open(path: &Path, lang: Lang) -> anyhow::Result<Self> {
        let cannot = || format!("cannot read the photos {}", path.display());
        if path.is_dir() {
            return Ok(Self::Folder(std::fs::read_dir(path).with_context(cannot)?, 0));
        }
        let file = BufReader::new(File::open(path).with_context(cannot)?);
        let archive = Archive::open(file, ArchiveLimits::default()).map_err(|error| {
            let why = error.finding().text(lang);
            let path = path.display().to_string();
            Refusal::of("refused-file", &[("path", &path), ("why", &why)])
        })?;
        Ok(Self::Zip(archive, lang))
    }

    /// The next photo, or why it is refused.
    fn next(&mut self) -> Option<anyhow::Result<Result<Entry, String>>> {
        match self {
            Self::Zip(archive, lang) => {
                Some(Ok(archive.next()?.map_err(|refused| refused.finding().text(*lang))))
            }
            Self::Folder(folder, index) => loop {
                let file = match folder.next()? {
                    Ok(file) => file,
                    Err(error) => return Some(Err(error.into())),
                };
                if !file.path().is_file() {
                    continue;
                }
                *index += 1;
                let file_name = file.file_name().to_string_lossy().into_owned();
                let bytes = match std::fs::read(file.path()) {
                    Ok(bytes) => bytes,
                    Err(error) => return Some(Err(error.into())),
                };
                let shown = format!("{index}");
                return Some(Ok(Ok(Entry { index: *index, file_name, shown, bytes })));
            },
        }
    }
}

type Developed = (Entry, Result<PhotoSet, intake::photo::PhotoError>);

/// Develops photos on two threads, each with a studio of its own; the order stays.
fn develop(budget: usize, batch: Vec<Entry>) -> Vec<Developed> {
    let share = batch.len().div_ceil(2).max(1);
    let mut batch = batch.into_iter();
    let shares = [(); 2].map(|()| batch.by_ref().take(share).collect::<Vec<Entry>>());
    let work = |share: Vec<Entry>| {
        let mut studio = Studio::new(budget, Limits::default());
        let developed = |entry: Entry| {
            let developed = studio.develop(&entry.bytes);
            (entry, developed)
        };
        share.into_iter().map(developed).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let running = shares.map(|share| scope.spawn(move || work(share)));
        running
            .into_iter()
            .flat_map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}

fn photo(set: PhotoSet) -> Photo {
    Photo {
        original_sha256: set.original_sha256,
        portrait: Portrait { print: set.print, chip: set.chip.into_iter().collect() },
    }
}

/// Looks people up in the registry while a list is read.
struct Lookup {
    runtime: tokio::runtime::Runtime,
    site: Site,
    /// Each authority with all codes that it has had.
    authorities: Vec<(AuthorityId, HashSet<String>)>,
}

impl Lookup {
    fn open(home: &Home) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let (site, authorities) = runtime.block_on(async {
            let site = Site::open(home).await?;
            let authorities = site.authorities().await?;
            anyhow::Ok((site, authorities))
        })?;
        let authorities = authorities
            .into_iter()
            .map(|authority| {
                let codes = authority.codes.into_iter().map(|dated| dated.code);
                (authority.id, codes.collect())
            })
            .collect();
        Ok(Self { runtime, site, authorities })
    }

    /// What the registry knows of these people, in their order.
    fn known(&self, people: &[&Staff]) -> anyhow::Result<Vec<Option<Known>>> {
        self.runtime.block_on(async {
            let mut known = vec![None; people.len()];
            for (authority, codes) in &self.authorities {
                let (own, others): (Vec<_>, Vec<_>) = people
                    .iter()
                    .zip(&mut known)
                    .partition(|(staff, _)| codes.contains(staff.agency_code.level1()));
                let staff: Vec<&Staff> = own.iter().map(|(staff, _)| **staff).collect();
                let differences = self.site.office.differences(*authority, &staff).await?;
                for ((_, known), differences) in own.into_iter().zip(differences) {
                    if let Some(fields) = differences {
                        let unchanged = fields.is_empty();
                        *known = Some(if unchanged { Known::Unchanged } else { Known::Changed });
                    }
                }
                let numbers: Vec<PersonalId> =
                    others.iter().map(|(staff, _)| staff.personal_id.clone()).collect();
                let found = self.site.office.known(*authority, &numbers).await?;
                for ((_, known), found) in others.into_iter().zip(found) {
                    // The own authority's word counts before any other's.
                    if found.is_some() && known.is_none() {
                        *known = Some(Known::Elsewhere);
                    }
                }
            }
            Ok(known)
        })
    }
}

/// Reads a list for a command: shows progress, and asks the registry where there is one.
struct Reading<'a> {
    out: Out,
    progress: Progress,
    registry: Option<Lookup>,
    each: &'a mut dyn FnMut(&Progress, Row),
}

impl rows::Listener for Reading<'_> {
    fn expect(&mut self, rows: u64) {
        self.progress.expect(rows);
    }

    fn known(&mut self, people: &[&Staff]) -> Vec<Option<Known>> {
        let Some(registry) = &self.registry else { return Vec::new() };
        registry.known(people).unwrap_or_else(|error| {
            // A check is no decision: it goes on, and says what it did not compare.
            let why = explain(self.out.lang, &error);
            self.progress.note(&self.out.say("intake-not-compared", &[("why", &why)]));
            self.registry = None;
            Vec::new()
        })
    }

    fn row(&mut self, row: Row) -> ControlFlow<()> {
        self.progress.at(u64::from(row.number));
        (self.each)(&self.progress, row);
        ControlFlow::Continue(())
    }
}

fn options(list: &StaffList) -> anyhow::Result<Options> {
    let mut options = Options { sheet: list.sheet.clone(), ..Options::default() };
    for pair in &list.map {
        let (heading, field) = pair
            .rsplit_once('=')
            .and_then(|(heading, field)| Some((heading, Field::from_name(field)?)))
            .ok_or_else(|| {
                let names: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
                Refusal::of("refused-map", &[("fields", &names.join(", "))])
            })?;
        options.mapping.push((field, heading.to_owned()));
    }
    options.convert = list.convert.map(|convert| match convert {
        Legacy::Tcvn3 => rows::Legacy::Tcvn3,
        Legacy::Vni => rows::Legacy::Vni,
    });
    Ok(options)
}

fn read(
    out: Out,
    list: &StaffList,
    options: &Options,
    profile: &Profile,
    registry: Option<Lookup>,
    each: &mut dyn FnMut(&Progress, Row),
) -> anyhow::Result<Totals> {
    let progress = out.progress("progress-rows", None::<u64>);
    let mut reading = Reading { out, progress, registry, each };
    let read = rows::read_path(&list.file, options, profile, SystemClock.today(), &mut reading);
    reading.progress.done();
    read.map_err(|error| {
        let path = list.file.display().to_string();
        let why = error.text(out.lang);
        match error {
            SourceError::Io(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                anyhow::Error::new(cause).context(format!("{path}: {why}"))
            }
            _ => Refusal::of("refused-file", &[("path", &path), ("why", &why)]).into(),
        }
    })
}

fn say_row(out: Out, row: &Row) {
    let report = row.report(out.lang);
    out.data(&report, || {
        let verdict = match row.verdict {
            Verdict::Ok => "✓",
            Verdict::Warn => "!",
            Verdict::Error => "✗",
            Verdict::Skip => "·",
        };
        let messages: Vec<&str> =
            report.messages.iter().map(|message| message.text.as_str()).collect();
        format!("{verdict} {:>5}  {}", row.number, messages.join("; "))
    });
}

fn say_totals(out: Out, totals: Totals) {
    out.data(&totals.report(), || {
        let count = |n: u64| n.to_string();
        out.say(
            "intake-totals",
            &[
                ("ok", &count(totals.ok)),
                ("warn", &count(totals.warn)),
                ("error", &count(totals.error)),
                ("skip", &count(totals.skip)),
            ],
        )
    });
}

/// People without a photo that are taken in at once.
const PIECE: usize = 1_000;

/// Photos that are in memory at once.
const BATCH: usize = 64;
