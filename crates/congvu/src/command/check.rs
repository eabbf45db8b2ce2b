//! `check chip` and `check qr`.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use credential::record::{Dates, TrustList};
use credential::{Checker, Depth, KeyRole, Map, Photo, Purpose, Who, diversification_input};
use desfire::{AesKey, Link, Uid};
use reader::tray::TrayClient;
use reader::{Disposition, Feeder as _, Pcsc, ReaderName, Sharing};
use registry::ports::{Clock as _, Find};
use registry::view;
use serde_json::json;
use station::quality::{Grey, by_rxing};
use vault::{Generation, Vault as _};
use wire::{CardSerial, ChipUid};

use crate::cli::{Check, CheckChip, CheckQr};
use crate::command::card::{state_name, vietnamese_date};
use crate::command::{vcard, wait};
use crate::home::Home;
use crate::out::Out;
use crate::site::{Site, SystemClock};
use crate::{Ended, Refusal, system};

pub(crate) fn run(out: Out, home: &Home, wanted: &Check) -> anyhow::Result<Ended> {
    match wanted {
        Check::Chip(wanted) => chip(out, home, wanted),
        Check::Qr(wanted) => qr(out, home, wanted),
    }
}

/// What a check of a chip has found out.
pub(crate) struct Seen {
    pub(crate) checked: credential::Checked,
    pub(crate) standing: Option<view::Standing>,
}

/// Whoever checks chips here: keys from the vault, trust in the issuers that it holds.
pub(crate) struct ChipChecker<'a> {
    site: &'a Site,
    map: Map,
    trust: TrustList,
    /// Each authority with its generations, newest first.
    keys: Vec<(wire::AuthorityId, Generation)>,
}

impl<'a> ChipChecker<'a> {
    pub(crate) async fn new(site: &'a Site) -> anyhow::Result<Self> {
        let map = Map::from_rules(&site.profile.rules().chip)?;
        let mut trust = TrustList::default();
        let mut keys = Vec::new();
        for authority in site.authorities().await? {
            for issuer in site.vault.issuers(authority.id.0.as_bytes()) {
                for dated in &authority.codes {
                    trust.add(&dated.code, &issuer.spki)?;
                }
                keys.push((authority.id, issuer.generation));
            }
        }
        keys.reverse();
        Ok(Self { site, map, trust, keys })
    }

    /// Reads and judges the card on `link`, whose chip shows `uid`.
    pub(crate) async fn check<L: Link>(&self, link: &mut L, uid: Uid) -> anyhow::Result<Seen> {
        let cards = self.site.store.find(Find::Chip(ChipUid(uid.0))).await?;
        let owner = cards.first().map(|card| card.authority);
        // The registry names the authority; a card that it does not know is tried with all.
        let (own, others): (Vec<_>, Vec<_>) =
            self.keys.iter().copied().partition(|(authority, _)| Some(*authority) == owner);
        let mut last = None;
        for (authority, generation) in own.into_iter().chain(others) {
            let key = |uid: Uid| self.check_key(authority, generation, uid);
            let checker = Checker { map: &self.map, trust: &self.trust, key };
            let now = SystemClock.now();
            let who = Who::Shown(uid);
            match checker.check(link, &who, Depth::RecordAndPhoto, now, &mut system::random) {
                Ok(checked) => {
                    let standing = self.site.office.check_chip(ChipUid(uid.0)).await?;
                    return Ok(Seen { checked, standing });
                }
                Err(error @ credential::CheckError::ChipNotProven(_)) => last = Some(error),
                Err(error) => return Err(not_genuine(&error)),
            }
        }
        Err(match last {
            Some(error) => not_genuine(&error),
            None => anyhow::anyhow!("the vault holds no keys"),
        })
    }

    fn check_key(
        &self,
        authority: wire::AuthorityId,
        generation: Generation,
        uid: Uid,
    ) -> Option<AesKey> {
        let purpose = Purpose::of(KeyRole::Check)?;
        let input = diversification_input(uid, self.map.aid, purpose);
        let key = self.site.vault.derive(authority.0.as_bytes(), generation, &input).ok()?;
        Some(AesKey::new(*key.expose()))
    }
}

fn chip(out: Out, home: &Home, wanted: &CheckChip) -> anyhow::Result<Ended> {
    vcard::use_private_pcscd(home)?;
    let site = wait(Site::open(home))?;
    let service = Pcsc::establish()?;
    let named = match &wanted.reader {
        Some(name) => {
            Some(ReaderName::new(name).ok_or_else(|| Refusal::of("refused-reader-name", &[]))?)
        }
        None => None,
    };
    let mut tray = None;
    if let Some(serial) = wanted.tray {
        tray = Some(from_tray(home, &site, serial)?);
    } else {
        out.note("check-wait", &[]);
    }
    let reader = service.wait_for_card(named.as_ref(), Some(PATIENCE));
    let judged = match &reader {
        Ok(reader) => judge(out, &site, &service, reader),
        Err(_) => Ok(Ended::Done),
    };
    if let Some(tray) = &mut tray {
        tray.eject(Disposition::Back)?;
        if let Ok(reader) = &reader {
            // Whoever inserts the next card must find the reader empty.
            service.wait_for_removal(reader, Some(PATIENCE))?;
        }
    }
    reader?;
    judged
}

/// Has the tray put a card on the reader.
fn from_tray(home: &Home, site: &Site, serial: CardSerial) -> anyhow::Result<TrayClient> {
    let cards = wait(async { Ok(site.store.find(Find::Serial(serial)).await?) })?;
    let card = cards
        .first()
        .ok_or_else(|| Refusal::of("no-such-card", &[("serial", &serial.to_string())]))?;
    let mut tray = TrayClient::connect(&home.tray_socket())?;
    tray.insert(reader::Uid(card.uid.0))?;
    Ok(tray)
}

fn judge(out: Out, site: &Site, service: &Pcsc, reader: &ReaderName) -> anyhow::Result<Ended> {
    let mut link = service.connect(reader, Sharing::Shared)?;
    let shown = link.uid()?;
    let uid: [u8; 7] =
        shown.as_slice().try_into().map_err(|_| Refusal::of("check-random-uid", &[]))?;
    let seen = wait(async { ChipChecker::new(site).await?.check(&mut link, Uid(uid)).await })?;
    Ok(say(out, &seen))
}

fn say(out: Out, seen: &Seen) -> Ended {
    let record = seen.checked.record.record();
    let in_time = seen.checked.dates == Dates::Hold;
    let valid = in_time && seen.standing.as_ref().is_some_and(|standing| standing.valid);
    let state = seen.standing.as_ref().map_or("unknown", |standing| standing.state);
    let photo = matches!(seen.checked.photo, Photo::Genuine(_));
    out.data(
        &json!({
            "serial": record.serial,
            "valid": valid,
            "state": state,
            "data_genuine": true,
            "chip": "proven_by_reader_key",
            "photo_genuine": photo,
            "full_name": record.full_name,
            "title": record.service.title,
            "employing_unit": record.service.employing_unit,
            "managing_agency": record.service.managing_agency,
            "exchanges": seen.checked.exchanges,
        }),
        || {
            let key = if valid { "check-valid" } else { "check-not-valid" };
            let mut lines = vec![
                out.say(key, &[("state", &state_name(out, state))]),
                format!("  {}  {}", record.serial, record.full_name),
                format!("  {}", record.service.title),
                format!("  {}", record.service.employing_unit),
                format!("  {}", record.service.managing_agency),
                format!("  {}", out.say("check-proof-data", &[])),
                format!("  {}", out.say("check-proof-chip", &[])),
            ];
            if photo {
                lines.push(format!("  {}", out.say("check-proof-photo", &[])));
            }
            lines.push(format!("  {}", out.say("check-not-proven", &[])));
            lines.join("\n")
        },
    );
    if valid { Ended::Done } else { Ended::Refused }
}

fn qr(out: Out, home: &Home, wanted: &CheckQr) -> anyhow::Result<Ended> {
    let text = qr_text(&wanted.source)?;
    let site = wait(Site::open(home))?;
    let read = site
        .profile
        .parse_qr(&text)
        .map_err(|error| Refusal::of("check-no-payload", &[("why", &error.to_string())]))?;
    let number = read.card_number.expose();
    let answer = wait(async { Ok(site.office.check_qr(&number, &read.code4).await?) })?;
    let view::Check::Card(standing) = &answer else {
        out.data(&json!({ "valid": false, "state": "unknown" }), || {
            out.say("check-not-valid", &[("state", &state_name(out, "unknown"))])
        });
        return Ok(Ended::Refused);
    };
    // What is printed must be what the registry knows: a copied code under another name is not.
    let printed = standing.printed.as_ref();
    let differs: Vec<String> = read
        .others
        .iter()
        .filter(|(field, text)| {
            let known = match field {
                profile::QrField::FullName => printed.map(|printed| &printed.full_name),
                profile::QrField::Title => printed.map(|printed| &printed.title),
                profile::QrField::EmployingUnit => printed.map(|printed| &printed.employing_unit),
                _ => None,
            };
            let same = |known: &String| text.is_empty() || fold(known) == fold(text);
            known.is_some_and(|known| !same(known))
        })
        .map(|(field, _)| format!("{field:?}"))
        .collect();
    let valid = standing.valid && differs.is_empty();
    out.data(
        &json!({
            "serial": standing.serial,
            "valid": valid,
            "state": standing.state,
            "valid_through": standing.valid_through,
            "managing_agency": standing.authority,
            "printed": standing.printed,
            "differs": differs,
        }),
        || {
            let key = if valid { "check-valid" } else { "check-not-valid" };
            let mut lines = vec![out.say(key, &[("state", &state_name(out, standing.state))])];
            if let Some(printed) = printed {
                lines.push(format!("  {}  {}", standing.serial, printed.full_name));
                lines.push(format!("  {}", printed.title));
                lines.push(format!("  {}", printed.employing_unit));
                lines.push(format!("  {}", printed.managing_agency));
                let date = vietnamese_date(standing.valid_through);
                lines.push(format!("  {}", out.say("valid-through", &[("date", &date)])));
            }
            if !differs.is_empty() {
                let fields = differs.join(", ");
                lines.push(format!("  {}", out.say("check-differs", &[("fields", &fields)])));
            }
            lines.push(format!("  {}", out.say("check-qr-proves", &[])));
            lines.join("\n")
        },
    );
    Ok(if valid { Ended::Done } else { Ended::Refused })
}

fn fold(text: &str) -> String {
    text.to_uppercase()
}

/// The text itself, or what a decoder reads on a picture.
fn qr_text(source: &str) -> anyhow::Result<String> {
    if source == "-" {
        let mut text = String::new();
        std::io::stdin().lock().take(4096).read_to_string(&mut text)?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    if source.contains('|') || !Path::new(source).is_file() {
        return Ok(source.to_owned());
    }
    let bytes = std::fs::read(source).with_context(|| format!("cannot read {source}"))?;
    let picture = image::load_from_memory(&bytes)
        .map_err(|_| Refusal::of("check-no-picture", &[("path", source)]))?;
    read_picture(&picture).ok_or_else(|| Refusal::of("check-no-qr", &[("path", source)]).into())
}

/// What the QR code on a picture says.
pub(crate) fn read_picture(picture: &image::DynamicImage) -> Option<String> {
    let grey = picture.to_luma8();
    by_rxing(Grey { pixels: grey.as_raw(), width: grey.width(), height: grey.height() })
}

/// Why a card does not pass, in the user's words.
fn not_genuine<E: std::error::Error + Send + Sync + 'static>(
    error: &credential::CheckError<E>,
) -> anyhow::Error {
    use credential::CheckError;
    let key = match error {
        CheckError::Link(_) => "check-link",
        CheckError::NotOurs => "check-not-ours",
        CheckError::ChipNotProven(_) => "check-chip-not-proven",
        CheckError::NoKey => "check-no-key",
        CheckError::NoRecord => "check-no-record",
        CheckError::Record(_) => "check-record",
        CheckError::OtherChip => "check-other-chip",
        CheckError::Photo => "check-photo",
        _ => "check-unreadable",
    };
    Refusal::of(key, &[]).into()
}

const PATIENCE: Duration = Duration::from_secs(30);
