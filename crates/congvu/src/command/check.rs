//! `check chip` and `check qr`.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use credential::record::{Dates, TrustList};
use credential::{
    Checker, ChipProof, Depth, KeyRole, Map, Photo, Purpose, Who, diversification_input,
};
use desfire::{AesKey, Link, Uid};
use profile::Field;
use reader::tray::TrayClient;
use reader::{Disposition, Feeder as _, Pcsc, ReaderName, Sharing};
use registry::ports::{Clock as _, Find};
use registry::view;
use serde_json::json;
use station::quality::{Grey, by_rxing};
use vault::{Generation, Shared, Vault as _};
use wire::{CardSerial, ChipUid};

use crate::cli::{Check, CheckChip, CheckQr};
use crate::command::card::{state_name, vietnamese_date};
use crate::command::{vcard, wait};
use crate::explain::{Doing as _, explain_error};
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

    /// Reads and judges the card on `link`, whose chip shows `uid`; or hides it, and then tells it
    /// to whoever has the key that all cards of an authority share for that.
    pub(crate) async fn check<L: Link>(
        &self,
        link: &mut L,
        uid: Option<Uid>,
    ) -> anyhow::Result<Seen> {
        let mut owner = None;
        if let Some(uid) = uid {
            let cards = self.site.store.find(Find::Chip(ChipUid(uid.0))).await?;
            owner = cards.first().map(|card| card.authority);
        }
        // The registry names the authority; a card that it does not know is tried with all.
        let (own, others): (Vec<_>, Vec<_>) =
            self.keys.iter().copied().partition(|(authority, _)| Some(*authority) == owner);
        let mut last = None;
        for (authority, generation) in own.into_iter().chain(others) {
            let key = |uid: Uid| self.check_key(authority, generation, uid);
            let checker = Checker { map: &self.map, trust: &self.trust, key };
            let now = SystemClock.now();
            let who = match uid {
                Some(uid) => Who::Shown(uid),
                None => Who::Hidden(self.uid_key(authority, generation)?),
            };
            match checker.check(link, &who, Depth::RecordAndPhoto, now, &mut system::random) {
                Ok(checked) => {
                    let ChipProof::ProvenByReaderKey(uid) = checked.chip;
                    let standing = self.site.office.check_chip(ChipUid(uid.0)).await?;
                    return Ok(Seen { checked, standing });
                }
                Err(error @ credential::CheckError::ChipNotProven(_)) => last = Some(error),
                Err(error) => return Err(not_genuine(&error)),
            }
        }
        Err(match last {
            Some(error) => not_genuine(&error),
            None => Refusal::of("check-no-key", &[]).into(),
        })
    }

    fn uid_key(
        &self,
        authority: wire::AuthorityId,
        generation: Generation,
    ) -> Result<AesKey, vault::UseError> {
        let key = self.site.vault.shared(authority.0.as_bytes(), generation, Shared::Uid)?;
        Ok(AesKey::new(*key.expose()))
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
    // A chip that hides its number shows four random bytes in its place (ISO/IEC 14443-3).
    let uid = link.uid()?.as_slice().try_into().ok().map(Uid);
    let seen = wait(async { ChipChecker::new(site).await?.check(&mut link, uid).await })?;
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
    let read = site.profile.parse_qr(&text).map_err(|error| {
        let why = explain_error(out.lang, &error);
        Refusal::of("check-no-payload", &[("why", &why)])
    })?;
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
    let differs: Vec<Field> = read
        .others
        .iter()
        .filter_map(|(field, text)| {
            let printed = printed?;
            let (field, known) = match field {
                profile::QrField::FullName => (Field::FullName, &printed.full_name),
                profile::QrField::Title => (Field::Title, &printed.title),
                profile::QrField::EmployingUnit => (Field::EmployingUnit, &printed.employing_unit),
                _ => return None,
            };
            let same = text.is_empty() || fold(known) == fold(text);
            (!same).then_some(field)
        })
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
                let fields: Vec<String> =
                    differs.iter().map(|field| field.label(out.lang)).collect();
                let fields = fields.join(", ");
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
    let bytes = std::fs::read(source).doing_at("doing-read", Path::new(source))?;
    // Anybody's picture: a decoder that breaks down on it has not read it.
    let picture = intake::contain(|| image::load_from_memory(&bytes).ok()).flatten();
    let picture = picture.ok_or_else(|| Refusal::of("check-no-picture", &[("path", source)]))?;
    let text = intake::contain(|| read_picture(&picture)).flatten();
    text.ok_or_else(|| Refusal::of("check-no-qr", &[("path", source)]).into())
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::path::Path;

    use credential::record::{Gender, Record, Service, StatusRef};
    use credential::{CardKeys, Content, Made, Step, VersionedKey};
    use desfire::Aid;
    use phrase::Lang;
    use reader::InProcess;
    use wire::AuthorityId;

    use super::*;
    use crate::cli::{Format, Global};
    use crate::command::setup;
    use crate::explain::is_refusal;
    use crate::site::by;

    const UID: Uid = Uid([0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66]);

    async fn installation(folder: &Path) -> (Site, AuthorityId) {
        let global = Global {
            data: Some(folder.join("data")),
            format: Format::Text,
            lang: Lang::Vi,
            actor: None,
            production: false,
        };
        let home = Home::open(&global).unwrap();
        setup::create_vault(&home, vault::Kind::Demo).unwrap();
        let site = Site::open(&home).await.unwrap();
        let by = by(Some(&"system".parse().unwrap())).unwrap();
        let authority = site.add_authority("G09", &by).await.unwrap();
        (site, authority)
    }

    struct NoJournal;

    impl credential::Journal for NoJournal {
        type Error = Infallible;

        fn before(&mut self, _: &Step) -> Result<(), Infallible> {
            Ok(())
        }

        fn done(&mut self, _: &Made) -> Result<(), Infallible> {
            Ok(())
        }
    }

    /// A finished card with the keys of this installation.
    fn card(site: &Site, authority: AuthorityId) -> InProcess {
        let map = Map::from_rules(&site.profile.rules().chip).unwrap();
        let (vault, id) = (&site.vault, authority.0.as_bytes());
        let generation = vault.current(id).unwrap();
        let versioned =
            |key: &[u8; 16]| VersionedKey { key: AesKey::new(*key), version: generation.number() };
        let own = |purpose: Purpose| {
            let aid = if purpose == Purpose::PiccMaster { Aid::PICC } else { map.aid };
            let input = diversification_input(UID, aid, purpose);
            versioned(vault.derive(id, generation, &input).unwrap().expose())
        };
        let shared = vault.shared(id, generation, Shared::Uid).unwrap();
        let roles = map.roles.iter();
        let app = roles.map(|role| match Purpose::of(*role) {
            Some(purpose) => own(purpose),
            None => versioned(shared.expose()),
        });
        let record = Record {
            issuer: "G09".to_owned(),
            issued_at: "2026-01-05T08:00:00Z".parse().unwrap(),
            not_before: "2026-01-05T08:00:00Z".parse().unwrap(),
            expires: "2099-01-05T00:00:00Z".parse().unwrap(),
            status: StatusRef { index: 7, uri: "https://the.example/s/1".to_owned() },
            serial: "K7Q2-M4XR-9".to_owned(),
            full_name: "NGUYỄN THỊ VÍ DỤ".to_owned(),
            birth: "19900215".to_owned(),
            gender: Gender::Female,
            service: Service {
                card_number: "CC.000.001190000001".to_owned(),
                card_type: "CC".to_owned(),
                title: "Chuyên viên".to_owned(),
                employing_unit: "Vụ Mẫu".to_owned(),
                managing_agency: "Bộ Nội vụ".to_owned(),
                agency_code: "G09".to_owned(),
                chip: UID,
                photo_sha256: None,
            },
        };
        let issuer = vault.issuer(id, generation).unwrap();
        let content = Content {
            uid: UID,
            keys: CardKeys { picc: own(Purpose::PiccMaster), app: app.collect() },
            record: record.sign(issuer.kid, |said| vault.sign(id, generation, said)).unwrap(),
            photo: None,
        };
        let random = |bytes: &mut [u8]| system::random(bytes);
        let blank = picc::Card::factory(picc::Model::Ev3, picc::Size::K8, UID.0, random).unwrap();
        let mut link = InProcess::new(blank);
        credential::personalise(&mut link, &map, &content, &mut NoJournal, &mut system::random)
            .unwrap();
        InProcess::new(link.into_card())
    }

    #[tokio::test]
    async fn card_that_hides_its_number_is_checked_like_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let (site, authority) = installation(folder.path()).await;
        let checker = ChipChecker::new(&site).await.unwrap();
        let mut exchanges = Vec::new();
        for uid in [Some(UID), None] {
            let seen = checker.check(&mut card(&site, authority), uid).await.unwrap();
            assert_eq!(seen.checked.chip, ChipProof::ProvenByReaderKey(UID));
            assert_eq!(seen.checked.record.record().serial, "K7Q2-M4XR-9");
            assert!(seen.standing.is_none(), "the registry never heard of it");
            exchanges.push(seen.checked.exchanges);
        }
        assert_eq!(exchanges, [5, 8], "asking for the number takes three more");
    }

    #[tokio::test]
    async fn hidden_card_of_others_is_refused() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let (ours, _) = installation(folders[0].path()).await;
        let (others, authority) = installation(folders[1].path()).await;
        let checker = ChipChecker::new(&ours).await.unwrap();
        let error = checker.check(&mut card(&others, authority), None).await.err().unwrap();
        assert!(is_refusal(&error));
        assert_eq!(error.to_string(), crate::text::say(Lang::En, "check-chip-not-proven", &[]));
    }
}
