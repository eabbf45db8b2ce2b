//! `demo`: the main job on this machine with invented people.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use desfire::Uid;
use reader::InProcess;
use reader::tray::{Magazine, Place, TrayClient};
use registry::office::{By, For, Which};
use registry::ports::Cards;
use registry::request::Kind as Why;
use registry::view;
use sample::{Options, People};
use serde::Serialize;
use vault::Kind;
use wire::Actor;

use crate::cli::{Demo, Global, IntakeLoad, Model, Size, StaffList};
use crate::command::card::waiting;
use crate::command::check::{ChipChecker, read_picture};
use crate::command::intake::{Loaded, load_list};
use crate::command::sample::{PHOTOS, XLSX};
use crate::command::serve::{Server, Stopped};
use crate::command::{sample as people_of, setup, vcard, wait};
use crate::explain::Doing as _;
use crate::home::Home;
use crate::out::Out;
use crate::site::Site;
use crate::{Ended, Refusal, people, system};

/// Prepares everything; then does the whole job, or waits for somebody to do it.
pub(crate) fn run(out: Out, global: &Global, wanted: &Demo) -> anyhow::Result<Ended> {
    if global.production {
        return Err(Refusal::of("demo-not-in-production", &[]).into());
    }
    let began = Instant::now();
    let home = Home::open(global)?;
    Home::make_private(&home.dir)?;
    let _lock = lock(&home)?;
    if wanted.fresh {
        clear(&home)?;
    }
    let everybody = set_up(out, &home, wanted.people)?;

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let server = runtime.block_on(serve(&home, wanted.once))?;
    let stack = match vcard::start(&home) {
        Ok(stack) => stack,
        Err(error) => {
            runtime.block_on(server.stop())?;
            return Err(error);
        }
    };
    let done = (|| {
        fill_tray(&home, wanted.people)?;
        let loaded = load(out, &home, &everybody)?;
        if wanted.once {
            let result = whole_job(out, &home, loaded, began)?;
            let ended = if result.complete() { Ended::Done } else { Ended::Refused };
            Out::line(&serde_json::to_string(&result)?);
            return Ok(ended);
        }
        // From here on Ctrl-C tidies up; before, it just ends this process, and all others with it.
        let stopped = runtime.block_on(async { Stopped::listen() })?;
        let address = format!("http://{}", server.address);
        let standard = Home::is_default(&home.dir);
        let program = if standard {
            "./x run".to_owned()
        } else {
            format!("./x run --data {}", home.dir.display())
        };
        let path = home.dir.display().to_string();
        let args = [
            ("address", &*address),
            ("run", &*program),
            ("path", &*path),
            ("password", people::PASSWORD),
        ];
        let watching = watching_station(&home)?;
        out.note("demo-next", &args);
        let ended = runtime.block_on(stopped.wait());
        end(watching)?;
        ended.map(|()| Ended::Done)
    })();
    vcard::stop(&home, stack);
    runtime.block_on(server.stop())?;
    done
}

/// One demonstration at a time in one folder.
fn lock(home: &Home) -> anyhow::Result<File> {
    let path = home.dir.join("demo.lock");
    let file = File::create(&path).doing_at("doing-write", &path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let path = home.dir.display().to_string();
            Err(Refusal::of("demo-runs", &[("path", &path)]).into())
        }
        Err(fs::TryLockError::Error(error)) => Ok(Err(error).doing_at("doing-lock", &path)?),
    }
}

/// Deletes an earlier demonstration, and nothing that is not one: the folder must bear the mark of
/// a demonstration, and its vault, where there is one, must hold demonstration keys.
fn clear(home: &Home) -> anyhow::Result<()> {
    if home.vault_file().exists() {
        must_be_demo(home)?;
    }
    if !mark(home).exists() {
        let empty = !home.database().exists() && !home.photos().exists();
        return if empty { Ok(()) } else { Err(not_a_demo(home)) };
    }
    for ending in ["", "-wal", "-shm"] {
        let mut name = home.database().into_os_string();
        name.push(ending);
        remove(fs::remove_file(name))?;
    }
    for file in [home.vault_file(), home.passphrase_file()] {
        remove(fs::remove_file(file))?;
    }
    let station = home.dir.join("station");
    let folders = [home.photos(), home.tokens(), station, home.spool(), home.tray(), home.sample()];
    for folder in folders.into_iter().filter(|folder| folder.starts_with(&home.dir)) {
        remove(fs::remove_dir_all(folder))?;
    }
    Ok(())
}

/// Says that everything in the folder belongs to a demonstration.
fn mark(home: &Home) -> PathBuf {
    home.dir.join("demo.marker")
}

fn not_a_demo(home: &Home) -> anyhow::Error {
    Refusal::of("demo-not-here", &[("path", &home.dir.display().to_string())]).into()
}

fn remove(result: std::io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn must_be_demo(home: &Home) -> anyhow::Result<()> {
    if home.vault()?.kind() == Kind::Demo { Ok(()) } else { Err(not_a_demo(home)) }
}

/// Makes whatever is not there yet: vault, authorities, station, list and portraits.
fn set_up(out: Out, home: &Home, count: u32) -> anyhow::Result<People> {
    if home.vault_file().exists() {
        must_be_demo(home)?;
    } else {
        if home.database().exists() {
            return Err(not_a_demo(home));
        }
        fs::write(mark(home), "")?;
        setup::create_vault(home, Kind::Demo)?;
    }
    setup::add_token(home, &home.config.station.name)?;
    let options = Options { count: u64::from(count), ..Options::demo() };
    let agencies = options.agencies.clone();
    let people = People::new(SEED, &options)?;
    wait(async {
        let site = Site::open(home).await?;
        let by = actor("system")?;
        for code in &agencies {
            site.add_authority(code, &by).await?;
        }
        people::make(&site.gate()).await?;
        Ok(())
    })?;
    // Written last: a list of another size, or one that was interrupted, is made again.
    let complete = home.sample().join(format!("{count}.complete"));
    if !complete.exists() {
        remove(fs::remove_dir_all(home.sample()))?;
        people_of::write(out, &people, BAD_ROWS, &home.sample(), true, true)?;
        fs::write(complete, "")?;
    }
    Ok(people)
}

async fn serve(home: &Home, once: bool) -> anyhow::Result<Server> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    if once {
        return Server::start(home, any, false).await;
    }
    match Server::start(home, home.config.server.listen, false).await {
        Ok(server) => Ok(server),
        // Somebody else has the port: any other will do.
        Err(_) => Server::start(home, any, false).await,
    }
}

/// As many blanks as people, and a few more.
fn fill_tray(home: &Home, people: u32) -> anyhow::Result<()> {
    let status = TrayClient::connect(&home.tray_socket())?.status()?;
    let there = u32::try_from(status.blank + status.done).unwrap_or(u32::MAX);
    let missing = (people + SPARE_BLANKS).saturating_sub(there);
    if missing > 0 {
        vcard::add(home, missing, Model::Ev3, Size::K8)?;
    }
    Ok(())
}

fn load(out: Out, home: &Home, people: &People) -> anyhow::Result<Loaded> {
    let list =
        StaffList { file: home.sample().join(XLSX), sheet: None, map: Vec::new(), convert: None };
    let known = wait(async {
        let site = Site::open(home).await?;
        let mut known = 0;
        for authority in site.authorities().await? {
            known += site.office.counts(authority.id).await?.people;
        }
        Ok(known)
    })?;
    // A later start finds them there: judging the photos again would change nothing.
    let photos = (known < people.count_in_all()).then(|| home.sample().join(PHOTOS));
    let wanted = IntakeLoad { list, photos };
    load_list(out.quiet_data(), home, &wanted, &actor("hr")?)
}

/// What `demo --once` prints.
#[derive(Debug, Serialize)]
struct JobDone {
    rows: u64,
    refused_rows: u64,
    people: u64,
    cards_active: u64,
    read_back_ok: u64,
    qr_decoded: u64,
    seconds: f64,
    apdus_per_card: f64,
}

impl JobDone {
    fn complete(&self) -> bool {
        [self.cards_active, self.read_back_ok, self.qr_decoded].iter().all(|n| *n == self.people)
    }
}

fn whole_job(out: Out, home: &Home, loaded: Loaded, began: Instant) -> anyhow::Result<JobDone> {
    let (hr, approver, activator) = (actor("hr")?, actor("approver")?, actor("activator")?);
    let site = wait(Site::open(home))?;
    wait(async {
        for authority in site.authorities().await? {
            site.office.request(authority.id, Why::First, &For::EverybodyWithout, &hr).await?;
            // Also what an earlier run, or somebody by hand, asked for.
            let waiting = Which::Requests(waiting(&site.office, authority.id).await?);
            site.office.approve(authority.id, &waiting, &approver).await?;
        }
        Ok(())
    })?;
    run_station(home)?;
    wait(async {
        for authority in site.authorities().await? {
            let mut after = None;
            loop {
                let ready = site.office.card_ids(authority.id, "ready", after, 500).await?;
                let Some(last) = ready.last() else { break };
                after = Some(*last);
                site.office.hand_over(authority.id, &ready, &activator).await?;
            }
        }
        Ok(())
    })?;
    let seen = wait(verify(out, home, &site, loaded.people))?;
    Ok(JobDone {
        rows: loaded.rows,
        refused_rows: loaded.refused_rows,
        people: loaded.people,
        cards_active: seen.active,
        read_back_ok: seen.read,
        qr_decoded: seen.decoded,
        seconds: round(began.elapsed().as_secs_f64()),
        apdus_per_card: round(seen.exchanges_per_card),
    })
}

/// The station is a process of its own, as in an office; it ends with this one.
fn run_station(home: &Home) -> anyhow::Result<()> {
    let status = Command::new(std::env::current_exe()?)
        .arg("--data")
        .arg(&home.dir)
        .args(["--as", "operator", "station", "run", "--parent"])
        .arg(std::process::id().to_string())
        .stdout(Stdio::null())
        .status()
        .doing("doing-station", &[])?;
    // 1: it refused something and named it; the count at the end will show.
    match status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(Refusal::of("demo-station-failed", &[]).into()),
    }
}

/// A station that waits for the operator's page to start it, with its own log.
fn watching_station(home: &Home) -> anyhow::Result<Child> {
    let path = home.dir.join("station.log");
    let log = File::create(&path).doing_at("doing-write", &path)?;
    let child = Command::new(std::env::current_exe()?)
        .arg("--data")
        .arg(&home.dir)
        .args(["station", "run", "--watch", "--parent"])
        .arg(std::process::id().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .doing("doing-station", &[])?;
    Ok(child)
}

/// Ends the station where it stands: a card that it has begun goes on at its next start.
fn end(mut station: Child) -> anyhow::Result<()> {
    station.kill()?;
    station.wait()?;
    Ok(())
}

#[derive(Default)]
struct Seen {
    active: u64,
    read: u64,
    decoded: u64,
    exchanges_per_card: f64,
}

/// Looks at every active card again, by other ways than the station did: the chip as a checker
/// reads it, straight from the tray's magazine, and the QR from the face that was kept.
async fn verify(out: Out, home: &Home, site: &Site, people: u64) -> anyhow::Result<Seen> {
    let checker = ChipChecker::new(site).await?;
    let magazine = Magazine::open(&home.tray().join("cards"))?;
    let mut progress = out.progress("progress-verify", people);
    let mut seen = Seen::default();
    let mut exchanges = 0_u64;
    for authority in site.authorities().await? {
        let mut after = None;
        loop {
            let page = Cards::InState { state: Some("active"), after, limit: 500 };
            let cards = site.store.cards(authority.id, page).await?;
            let Some(last) = cards.last() else { break };
            after = Some(last.id);
            for card in cards {
                seen.active += 1;
                exchanges += card.evidence.as_ref().map_or(0, |seen| u64::from(seen.exchanges));
                let uid = reader::Uid(card.uid.0);
                if let Some(image) = magazine.image(Place::Done, uid)? {
                    let random = |bytes: &mut [u8]| system::random(bytes);
                    let chip = picc::Card::from_bytes(&fs::read(image)?, random)?;
                    let checked = checker.check(&mut InProcess::new(chip), Some(Uid(uid.0))).await;
                    let valid = |standing: view::Standing| standing.valid;
                    seen.read +=
                        u64::from(checked.is_ok_and(|seen| seen.standing.is_some_and(valid)));
                }
                let face = home.spool().join(format!("{}-front.png", card.serial));
                if qr_is_valid(site, &face).await? {
                    seen.decoded += 1;
                }
                progress.add(1);
            }
        }
    }
    progress.done();
    if seen.active > 0 {
        #[expect(clippy::cast_precision_loss, reason = "an average for people")]
        let average = exchanges as f64 / seen.active as f64;
        seen.exchanges_per_card = average;
    }
    Ok(seen)
}

async fn qr_is_valid(site: &Site, face: &Path) -> anyhow::Result<bool> {
    let picture = image::load_from_memory(&fs::read(face)?)?;
    let Some(text) = read_picture(&picture) else { return Ok(false) };
    let Ok(read) = site.profile.parse_qr(&text) else { return Ok(false) };
    let answer = site.office.check_qr(&read.card_number.expose(), &read.code4).await?;
    Ok(matches!(answer, view::Check::Card(standing) if standing.valid))
}

fn actor(name: &str) -> anyhow::Result<By> {
    Ok(By::from(name.parse::<Actor>()?))
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Of the sample people: the number of the Decision.
const SEED: u64 = 838;

/// Rows of the sample list that must be refused.
const BAD_ROWS: u32 = 12;

/// Blanks beyond one for each person.
const SPARE_BLANKS: u32 = 20;
