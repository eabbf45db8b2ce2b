//! `station run`: makes cards until no approved request is left, or whenever it is told to.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use credential::Map;
use face::{Artwork, Design, Dpi, Press};
use reader::tray::TrayClient;
use reader::{Disposition, FeedError, Feeder, ReaderName};
use serde::Serialize;
use station::{
    Event, FaceShop, Journal, News, Office, OfficeError, PcscSlot, RunError, Station, Stopped,
    Watch,
};
use wire::Actor;
use wire::station::{Claim, Claimed, Report};

use crate::cli::StationRun;
use crate::command::vcard::use_private_pcscd;
use crate::explain::{Doing as _, explain, explain_error};
use crate::home::Home;
use crate::out::Out;
use crate::remote::{Remote, Server, is_of_this_machine};
use crate::{Ended, Refusal, system};

/// Makes cards. The account is the station's own; `--as` names the operator for the record.
pub(crate) fn run(
    out: Out,
    home: &Home,
    wanted: &StationRun,
    operator: Option<&Actor>,
) -> anyhow::Result<Ended> {
    if let Some(parent) = wanted.parent {
        end_with(parent)?;
    }
    use_private_pcscd(home)?;
    let began = Instant::now();
    let profile = home.profile()?;
    let map = Map::from_rules(&profile.rules().chip)?;
    let faces = shop(home)?;
    Home::make_private(home.journal().parent().unwrap_or(&home.dir))?;
    let taken = lock(home)?;
    let mut journal = Journal::open(&home.journal())?;
    let server = wanted.server.clone().unwrap_or_else(|| home.server());
    if !is_of_this_machine(&server) {
        return Err(Refusal::of("refused-server-address", &[("address", &server)]).into());
    }
    let token =
        wanted.token_file.clone().unwrap_or_else(|| home.token_file(&home.config.station.name));
    let fixed = wanted.server.is_some() || home.config.station.server.is_some();
    let place =
        if wanted.watch && !fixed { Server::In(home.address_file()) } else { Server::At(server) };
    let remote = Remote::new(place.clone(), &token, ANSWER).doing_at("doing-token", &token)?;
    let patience = if wanted.watch { Duration::MAX } else { SERVER_PATIENCE };
    let mut office = Patient { remote, out, patience, production: home.is_production() };
    let reader = match &wanted.reader {
        Some(name) => {
            let known = ReaderName::new(name);
            Some(known.ok_or_else(|| Refusal::of("refused-reader-name", &[]))?)
        }
        None => None,
    };
    let mut slot = PcscSlot::new(reader, MOMENT)?;
    let tray = TrayClient::connect(&home.tray_socket()).ok();
    let by_hand = tray.is_none();
    let mut feeder: Box<dyn Feeder> = match tray {
        Some(tray) => Box::new(tray),
        None => Box::new(ByHand),
    };
    if let Some(operator) = operator {
        tracing::info!(operator = %operator, "station run");
    }
    for (uid, open) in journal.unfinished() {
        let (uid, serial) = (uid.to_string(), open.serial.to_string());
        out.note("station-unfinished", &[("uid", &uid), ("serial", &serial)]);
    }

    if wanted.watch {
        let line = Remote::new(place, &token, BEAT_ANSWER).doing_at("doing-token", &token)?;
        let mut station = Station {
            office: &mut office,
            feeder: &mut *feeder,
            slot: &mut slot,
            faces: &faces,
            journal: &mut journal,
            map: &map,
            random: &mut system::random,
            // Whoever puts cards on the reader by hand takes the time it takes.
            patience: if by_hand { Duration::MAX } else { PATIENCE },
        };
        // Between two runs others may use the station: a person with `station run`.
        drop(taken);
        let take = || lock(home).ok().map(|taken| Box::new(taken) as station::Taken);
        watch(out, &mut station, Box::new(line), !by_hand, &take);
        return Ok(Ended::Done);
    }
    let waiting = office.patiently(|remote| remote.waiting())?;
    let total = wanted.limit.map_or(waiting, |limit| waiting.min(u64::from(limit)));
    let mut progress = out.progress("progress-cards", total);
    let mut total = Total::default();
    let mut trouble = 0;
    loop {
        let left = wanted.limit.map(|limit| limit.saturating_sub(total.ready));
        let mut station = Station {
            office: &mut office,
            feeder: &mut *feeder,
            slot: &mut slot,
            faces: &faces,
            journal: &mut journal,
            map: &map,
            random: &mut system::random,
            patience: PATIENCE,
        };
        let mut made = 0;
        let ended = station.run(left, &|| true, &mut |event| {
            total.count(event);
            if matches!(event, Event::Ready(_)) {
                made += 1;
                progress.add(1);
            }
            if let Some(text) = told(out, event) {
                progress.note(&text);
            }
        });
        match ended {
            Ok(summary) => {
                total.stopped = stopped(summary.stopped);
                break;
            }
            // A card that left the field, or a reader that hiccuped: the same card again.
            Err(error @ (RunError::Card(_) | RunError::Reader(_))) => {
                trouble = if made > 0 { 1 } else { trouble + 1 };
                if trouble > TRIES {
                    return Err(error.into());
                }
                let why = explain(out.lang, &anyhow::Error::new(error));
                progress.note(&out.say("station-again", &[("why", &why)]));
            }
            Err(error) => return Err(error.into()),
        }
    }
    drop(taken);
    progress.done();
    total.seconds = began.elapsed().as_secs_f64();
    out.data(&total, || {
        let per_card = total.exchanges.checked_div(u64::from(total.ready)).unwrap_or_default();
        out.say(
            "station-done",
            &[
                ("ready", &total.ready.to_string()),
                ("spoiled", &total.spoiled.to_string()),
                ("returned", &total.returned.to_string()),
                ("seconds", &format!("{:.0}", total.seconds)),
                ("exchanges", &per_card.to_string()),
            ],
        )
    });
    let trouble = total.spoiled + total.returned + total.refused;
    let out_of_blanks = total.stopped == "no_blanks";
    if out_of_blanks {
        out.note("station-no-blanks", &[]);
    }
    Ok(if trouble > 0 || out_of_blanks { Ended::Refused } else { Ended::Done })
}

/// Has the kernel end this process when the demonstration that started it ends, whatever ends it.
fn end_with(parent: u32) -> anyhow::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))
        .map_err(std::io::Error::from)?;
    // It may have ended before the kernel knew.
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
    if now == Some(parent) { Ok(()) } else { Err(Refusal::of("refused-orphan", &[]).into()) }
}

/// Waits for orders and carries them out, until this process is ended. What is begun then goes on
/// at the next start.
fn watch(
    out: Out,
    station: &mut Station<'_, PcscSlot>,
    line: Box<Remote>,
    feeder: bool,
    take: &dyn Fn() -> Option<station::Taken>,
) {
    out.note("station-watch", &[]);
    let watch = Watch { line, period: BEAT, pause: PAUSE, feeder, take, go_on: &|| true };
    watch.keep(station, &mut |news| match news {
        News::Event(event) => {
            if let Some(text) = told(out, event) {
                Out::note_text(&text);
            }
        }
        News::Started(_) => out.note("station-started", &[]),
        News::Paused => out.note("station-paused", &[]),
        News::Again(error) => {
            out.note("station-again", &[("why", &explain_error(out.lang, error))]);
        }
        News::Attention(_, error) => {
            out.note("station-attention", &[("why", &explain_error(out.lang, error))]);
        }
    });
}

/// One station at a time in one folder: two would write one journal.
fn lock(home: &Home) -> anyhow::Result<File> {
    let path = home.journal().with_extension("lock");
    let file = File::create(&path).doing_at("doing-write", &path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let path = home.dir.display().to_string();
            Err(Refusal::of("refused-station-runs", &[("path", &path)]).into())
        }
        Err(TryLockError::Error(error)) => Ok(Err(error).doing_at("doing-lock", &path)?),
    }
}

/// The printer's design with this installation's artwork.
pub(crate) fn shop(home: &Home) -> anyhow::Result<FaceShop> {
    let picture = |path: &Option<PathBuf>| -> anyhow::Result<Option<Vec<u8>>> {
        let Some(path) = path else { return Ok(None) };
        let path = home.dir.join(path);
        Ok(Some(std::fs::read(&path).doing_at("doing-read", &path)?))
    };
    let artwork = &home.config.artwork;
    let dpi = if home.config.station.dpi == 600 { Dpi::Dpi600 } else { Dpi::Dpi300 };
    let design = Design {
        artwork: Artwork {
            national_emblem: picture(&artwork.emblem)?,
            logo: picture(&artwork.logo)?,
            back_emblem: picture(&artwork.back_emblem)?,
        },
        printer: dpi,
        ..Design::default()
    };
    let press = Press::new(design)?;
    Ok(FaceShop::new(press, dpi, &home.spool()).doing_at("doing-create", &home.spool())?)
}

#[derive(Debug, Default, Serialize)]
struct Total {
    ready: u32,
    spoiled: u32,
    returned: u32,
    refused: u32,
    exchanges: u64,
    chip_ms: u128,
    faces_ms: u128,
    seconds: f64,
    stopped: &'static str,
}

impl Total {
    fn count(&mut self, event: &Event) {
        match event {
            Event::Ready(ready) => {
                self.ready += 1;
                self.exchanges += u64::from(ready.exchanges);
                self.chip_ms += ready.chip.as_millis();
                self.faces_ms += ready.faces.as_millis();
            }
            Event::WasReady { .. } => self.ready += 1,
            Event::Spoiled { .. } => self.spoiled += 1,
            Event::Returned { .. } => self.returned += 1,
            Event::ChipRefused { .. } | Event::ChipUnnamed => self.refused += 1,
            Event::Resumed { .. }
            | Event::Planned { .. }
            | Event::Phase(_)
            | Event::Reader(_)
            | Event::Chip(_)
            | Event::Begun { .. } => {}
        }
    }
}

const fn stopped(why: Stopped) -> &'static str {
    match why {
        Stopped::NoWork => "no_work",
        Stopped::NoBlanks => "no_blanks",
        Stopped::Limit => "limit",
        Stopped::Told => "told",
    }
}

/// What the operator reads about an event; nothing about the ordinary ready card.
fn told(out: Out, event: &Event) -> Option<String> {
    Some(match event {
        Event::Ready(_)
        | Event::WasReady { .. }
        | Event::Phase(_)
        | Event::Reader(_)
        | Event::Chip(_)
        | Event::Begun { .. } => return None,
        Event::ChipUnnamed => out.say("station-chip-unnamed", &[]),
        Event::Resumed { uid } => out.say("station-resumed", &[("uid", &uid.to_string())]),
        Event::Planned { chip, photo } => {
            let generation = format!("{:?}", chip.generation).to_uppercase();
            let size = chip.storage_bytes.div_ceil(1024).to_string();
            let key = if *photo { "station-plan" } else { "station-plan-no-photo" };
            out.say(key, &[("chip", &generation), ("size", &size)])
        }
        Event::Spoiled { uid, serial, reason } => {
            let why = out.say(&format!("spoiled-{}", name(reason)), &[]);
            let (uid, serial) = (uid.to_string(), serial.to_string());
            out.say("station-spoiled", &[("uid", &uid), ("serial", &serial), ("why", &why)])
        }
        Event::Returned { serial, reason } => {
            let why = out.say(&format!("unmakeable-{}", name(reason)), &[]);
            out.say("station-returned", &[("serial", &serial.to_string()), ("why", &why)])
        }
        Event::ChipRefused { uid, reason } => {
            let why = out.say(&format!("chip-{}", name(reason)), &[]);
            out.say("station-chip-refused", &[("uid", &uid.to_string()), ("why", &why)])
        }
    })
}

/// The name of a closed list's entry on the wire, which is also its key in the catalogue.
fn name(value: &impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(|name| name.replace('_', "-")))
        .unwrap_or_default()
}

/// A registry that is given time to come back.
struct Patient {
    remote: Remote,
    out: Out,
    patience: Duration,
    production: bool,
}

impl Patient {
    #[expect(clippy::disallowed_methods, reason = "a pause between tries to reach a server")]
    fn patiently<T>(
        &mut self,
        mut call: impl FnMut(&mut Remote) -> Result<T, OfficeError>,
    ) -> Result<T, OfficeError> {
        let began = Instant::now();
        let mut told = false;
        loop {
            match call(&mut self.remote) {
                Err(OfficeError::Unavailable(_)) if began.elapsed() < self.patience => {
                    if !told {
                        self.out.note("station-waits", &[]);
                        told = true;
                    }
                    std::thread::sleep(Duration::from_millis(250));
                }
                settled => return settled,
            }
        }
    }
}

impl Office for Patient {
    fn claim(&mut self, claim: &Claim) -> Result<Claimed, OfficeError> {
        let claimed = self.patiently(|remote| remote.claim(claim))?;
        match &claimed {
            Claimed::Job(job) if job.specimen && self.production => Err(OfficeError::Refused {
                code: "demo-order".to_owned(),
                text: self.out.say("refused-demo-order", &[]),
            }),
            _ => Ok(claimed),
        }
    }

    fn report(&mut self, report: &Report) -> Result<(), OfficeError> {
        self.patiently(|remote| remote.report(report))
    }
}

/// No feeder: a person puts cards on the reader and takes them away. The reader waits for both.
struct ByHand;

impl Feeder for ByHand {
    fn next(&mut self) -> Result<Option<reader::Uid>, FeedError> {
        Ok(Some(reader::Uid([0; 7])))
    }

    fn eject(&mut self, _: Disposition) -> Result<(), FeedError> {
        Ok(())
    }

    fn insert(&mut self, _: reader::Uid) -> Result<(), FeedError> {
        Err(FeedError::NoSuchCard)
    }

    fn loaded(&mut self) -> Result<Option<reader::Uid>, FeedError> {
        Ok(None)
    }
}

/// How long a card, or its removal, is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long one question to the reader waits: so soon a station on watch hears that it may stop.
const MOMENT: Duration = Duration::from_secs(1);

/// How often a station on watch says what it does.
const BEAT: Duration = Duration::from_secs(1);

/// How long it waits before it tries again what may have mended itself.
const PAUSE: Duration = Duration::from_secs(5);

/// How long an answer of the server may take.
const ANSWER: Duration = Duration::from_secs(20);

/// The same for a beat: the next one says more.
const BEAT_ANSWER: Duration = Duration::from_secs(5);

/// How long a server may be away.
const SERVER_PATIENCE: Duration = Duration::from_mins(1);

/// How often one card is tried again before a person has to look.
const TRIES: u32 = 3;

#[cfg(test)]
mod tests {
    use wire::station::{ChipRefusal, Spoilage, Unmakeable};

    use super::*;
    use crate::text;

    #[test]
    fn every_outcome_has_words() {
        for reason in [
            Spoilage::KeysUnknown,
            Spoilage::NotBlank,
            Spoilage::WriteRefused,
            Spoilage::ReadBackDiffers,
        ] {
            assert!(text::has(&format!("spoiled-{}", name(&reason))), "{reason:?}");
        }
        for reason in [
            Unmakeable::FaceOverflow,
            Unmakeable::GlyphMissing,
            Unmakeable::PortraitUnreadable,
            Unmakeable::QrUnreadable,
            Unmakeable::RecordTooLong,
        ] {
            assert!(text::has(&format!("unmakeable-{}", name(&reason))), "{reason:?}");
        }
        for reason in [
            ChipRefusal::AlreadyACard,
            ChipRefusal::Spoiled,
            ChipRefusal::Elsewhere,
            ChipRefusal::Unsuitable,
        ] {
            assert!(text::has(&format!("chip-{}", name(&reason))), "{reason:?}");
        }
    }
}
