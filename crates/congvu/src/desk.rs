//! The server's desk: what HTTP asks, answered from registry, vault, profile and chip content.

use std::path::PathBuf;

use async_trait::async_trait;
use credential::record::{Gender, Record, Service, StatusRef};
use credential::{KeyRole, Map, Purpose, diversification_input};
use desfire::{Aid, Uid};
use profile::{CardNumber, Profile, QrFields, Sex};
use registry::card::Digests;
use registry::office::{self, By};
use registry::person::Details;
use registry::ports::Find;
use registry::view::{Check, Claimed as Bound, Order};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use vault::{Generation, Shared, Vault as _};
use web::{CheckAnswer, Desk, DeskError};
use wire::station::{
    self, ChipRefusal, Claim, Claimed, Content, Face, Job, Queue, Report, VersionedKey,
};
use wire::{Actor, AuthorityId, Bytes, KeyBytes};

use crate::home::Home;
use crate::site::Site;

/// Answers the stations and the public check.
#[derive(Debug)]
pub(crate) struct OfficeDesk {
    site: Site,
    map: Map,
    /// The folder of the stations' tokens, read at each request: a new station needs no restart.
    tokens: PathBuf,
    /// Where the status lists will be published; the authority's code follows.
    status_uri: String,
}

impl OfficeDesk {
    /// A desk of the installation in `home`.
    pub(crate) fn new(site: Site, home: &Home) -> anyhow::Result<Self> {
        let map = Map::from_rules(&site.profile.rules().chip)?;
        let status_uri = home.config.record.status_uri.clone();
        Ok(Self { site, map, tokens: home.tokens(), status_uri })
    }

    /// The authorities to ask for work, one whose card this chip is already becoming first.
    async fn authorities(&self, uid: wire::ChipUid) -> Result<Vec<AuthorityId>, DeskError> {
        let store = &self.site.store;
        let mut all: Vec<AuthorityId> = store
            .authorities()
            .await
            .map_err(office::Error::from)
            .map_err(failed)?
            .into_iter()
            .map(|authority| authority.id)
            .collect();
        let known =
            store.find(Find::Chip(uid)).await.map_err(office::Error::from).map_err(failed)?;
        if let Some(card) = known.first() {
            all.sort_by_key(|id| *id != card.authority);
        }
        Ok(all)
    }

    async fn job(
        &self,
        authority: AuthorityId,
        order: Order,
        claim: &Claim,
        station: &By,
    ) -> Result<Job, DeskError> {
        let photo = order
            .portrait
            .for_chip(self.map.photo_budget(claim.chip.storage_bytes))
            .map(<[u8]>::to_vec);
        let photo_sha256 = photo.as_deref().map(sha256);
        let (generation, record) = self.record(authority, &order, photo_sha256)?;
        let digests = Digests { record: sha256(&record), photo: photo_sha256 };
        if order.attached != Some(digests) {
            let attached = self.site.office.attach(authority, order.card, digests, station).await;
            attached.map_err(failed)?;
        }
        Ok(Job {
            card: order.card,
            serial: order.serial,
            request: order.request,
            specimen: self.site.vault.is_demo(),
            face: face(&self.site.profile, &Drawn::of(&order), claim.dpi)?,
            content: Content {
                picc_key: self.card_key(authority, generation, &order, Purpose::PiccMaster)?,
                app_keys: self
                    .map
                    .roles
                    .iter()
                    .map(|role| self.app_key(authority, generation, &order, *role))
                    .collect::<Result<_, _>>()?,
                record: Bytes(record),
                photo: photo.map(Bytes),
            },
        })
    }

    /// The signed record. Signing is deterministic, so the record of a card that was claimed
    /// before comes out the same; the generation is the one that signed it then.
    fn record(
        &self,
        authority: AuthorityId,
        order: &Order,
        photo_sha256: Option<[u8; 32]>,
    ) -> Result<(Generation, Vec<u8>), DeskError> {
        let vault = &self.site.vault;
        let current = vault.current(authority.0.as_bytes()).or_else(|_| {
            // Another process may have added the authority since the vault was opened.
            vault.refresh().map_err(bug)?;
            vault.current(authority.0.as_bytes()).map_err(bug)
        })?;
        let statement = statement(order, photo_sha256, &self.status_uri);
        let mut made = None;
        for number in (1..=current.number()).rev() {
            let Some(generation) = Generation::new(number) else { continue };
            let issuer = self.site.vault.issuer(authority.0.as_bytes(), generation).map_err(bug)?;
            let record = statement
                .sign(issuer.kid, |message| {
                    self.site.vault.sign(authority.0.as_bytes(), generation, message)
                })
                .map_err(bug)?;
            let as_before = order.attached.is_none_or(|before| before.record == sha256(&record));
            let first = made.is_none();
            if as_before || first {
                made = Some((generation, record));
            }
            if as_before {
                break;
            }
        }
        made.ok_or_else(|| bug(vault::UseError::NoSuchKey))
    }

    fn app_key(
        &self,
        authority: AuthorityId,
        generation: Generation,
        order: &Order,
        role: KeyRole,
    ) -> Result<VersionedKey, DeskError> {
        if let Some(purpose) = Purpose::of(role) {
            return self.card_key(authority, generation, order, purpose);
        }
        let shared = self.site.vault.shared(authority.0.as_bytes(), generation, Shared::Uid);
        Ok(versioned(&shared.map_err(bug)?, generation))
    }

    fn card_key(
        &self,
        authority: AuthorityId,
        generation: Generation,
        order: &Order,
        purpose: Purpose,
    ) -> Result<VersionedKey, DeskError> {
        let aid = if purpose == Purpose::PiccMaster { Aid::PICC } else { self.map.aid };
        let input = diversification_input(Uid(order.uid.0), aid, purpose);
        let key = self.site.vault.derive(authority.0.as_bytes(), generation, &input);
        Ok(versioned(&key.map_err(bug)?, generation))
    }
}

#[async_trait]
impl Desk for OfficeDesk {
    async fn healthy(&self) -> Result<(), DeskError> {
        self.site.office.authorities().await.map(drop).map_err(failed)
    }

    async fn station(&self, token: &str) -> Result<Option<Actor>, DeskError> {
        let shown = sha256(token.as_bytes());
        let mut known = None;
        let mut files = tokio::fs::read_dir(&self.tokens).await.map_err(unavailable)?;
        while let Some(file) = files.next_entry().await.map_err(unavailable)? {
            let path = file.path();
            if path.extension().is_none_or(|ending| ending != "token") {
                continue;
            }
            let name = path.file_stem().and_then(|stem| stem.to_str()).map(str::parse::<Actor>);
            let Some(Ok(actor)) = name else { continue };
            let Ok(kept) = tokio::fs::read(&path).await else {
                tracing::warn!(station = %actor, "the station's token cannot be read");
                continue;
            };
            if kept.trim_ascii().len() != 64 {
                continue;
            }
            if bool::from(sha256(kept.trim_ascii()).ct_eq(&shown)) {
                known = Some(actor);
            }
        }
        Ok(known)
    }

    async fn claim(&self, station: &Actor, claim: Claim) -> Result<Claimed, DeskError> {
        if claim.chip.generation == station::Generation::Ev1 {
            return Ok(Claimed::Refused { reason: ChipRefusal::Unsuitable });
        }
        let by = By::from(station.clone());
        for authority in self.authorities(claim.chip.uid).await? {
            let bound = self.site.office.claim(authority, &claim.chip, &by).await;
            match bound.map_err(failed)? {
                Bound::Card(order) => {
                    let job = self.job(authority, *order, &claim, &by).await?;
                    return Ok(Claimed::Job(Box::new(job)));
                }
                Bound::Refused(reason) => return Ok(Claimed::Refused { reason }),
                Bound::Idle => {}
            }
        }
        Ok(Claimed::Idle)
    }

    async fn queue(&self, _: &Actor) -> Result<Queue, DeskError> {
        let mut waiting = 0;
        for (authority, _) in self.site.office.authorities().await.map_err(failed)? {
            let counts = self.site.office.counts(authority).await.map_err(failed)?;
            waiting += counts.requests_in("approved") + counts.requests_in("queued");
        }
        Ok(Queue { waiting })
    }

    async fn report(&self, station: &Actor, report: Report) -> Result<(), DeskError> {
        let known = self.site.store.find(Find::Chip(report.uid)).await;
        let known = known.map_err(office::Error::from).map_err(failed)?;
        let Some(card) = known.into_iter().find(|card| card.id == report.card) else {
            return Err(failed(registry::Refused::UnknownCard.into()));
        };
        let by = By::from(station.clone());
        let (office, outcome) = (&self.site.office, &report.outcome);
        office
            .report(card.authority, report.card, report.uid, outcome, &by)
            .await
            .map(drop)
            .map_err(failed)
    }

    async fn check(&self, text: &str) -> Result<CheckAnswer, DeskError> {
        let Ok(read) = self.site.profile.parse_qr(text) else {
            return Ok(CheckAnswer::NotValidNow);
        };
        let number = read.card_number.expose();
        match self.site.office.check_qr(&number, &read.code4).await.map_err(failed)? {
            Check::Card(standing) if standing.valid => Ok(CheckAnswer::Valid),
            Check::Card(_) | Check::Unknown | Check::OtherCode => Ok(CheckAnswer::NotValidNow),
        }
    }
}

/// What a card's record says.
fn statement(order: &Order, photo_sha256: Option<[u8; 32]>, status_uri: &str) -> Record {
    let details = &order.details;
    let code = details.agency_code.split('.').next().unwrap_or_default();
    Record {
        issuer: code.to_owned(),
        issued_at: whole_second(order.issued_at),
        not_before: whole_second(order.issued_at),
        expires: end_of(order.valid_through),
        status: StatusRef {
            index: u64::from(order.status_index),
            uri: format!("{status_uri}{code}"),
        },
        serial: order.serial.to_string(),
        full_name: details.full_name.clone(),
        birth: details.birth.replace('-', ""),
        gender: if details.sex == "male" { Gender::Male } else { Gender::Female },
        service: Service {
            card_number: details.card_number.clone(),
            card_type: details.card_type.clone(),
            title: details.title.clone(),
            employing_unit: details.employing_unit.clone(),
            managing_agency: details.managing_agency.clone(),
            agency_code: details.agency_code.clone(),
            chip: Uid(order.uid.0),
            photo_sha256,
        },
    }
}

/// What the faces of a card are drawn from.
#[derive(Clone, Copy)]
pub(crate) struct Drawn<'a> {
    pub(crate) details: &'a Details,
    pub(crate) portrait: &'a [u8],
    pub(crate) code4: &'a str,
    pub(crate) valid_through: jiff::civil::Date,
}

impl<'a> Drawn<'a> {
    pub(crate) fn of(order: &'a Order) -> Self {
        Self {
            details: &order.details,
            portrait: &order.portrait.print,
            code4: &order.code4,
            valid_through: order.valid_through,
        }
    }
}

/// The faces as a station draws them at this resolution.
pub(crate) fn face(profile: &Profile, drawn: &Drawn<'_>, dpi: u16) -> Result<Face, DeskError> {
    let details = drawn.details;
    let stored = |what: &'static str| bug(office::Error::Stored { what, id: "a face".to_owned() });
    let card_number: CardNumber = details.card_number.parse().map_err(|_| stored("card number"))?;
    let fields = QrFields {
        code4: drawn.code4,
        card_number: &card_number,
        full_name: &details.full_name,
        birth: details.birth.parse().map_err(|_| stored("birth"))?,
        sex: if details.sex == "male" { Sex::Male } else { Sex::Female },
        title: &details.title,
        employing_unit: &details.employing_unit,
    };
    let qr = profile
        .qr_payload(&fields, u32::from(dpi))
        .map_err(|error| DeskError::Refused { code: "qr", text: error.to_string() })?;
    let agency = details.agency_code.parse().map_err(|_| stored("agency code"))?;
    Ok(Face {
        managing_agency: details.managing_agency.clone(),
        national_emblem: profile.bears_emblem(&agency),
        employing_unit: details.employing_unit.clone(),
        full_name: details.full_name.clone(),
        title: details.title.clone(),
        card_number: details.card_number.clone(),
        portrait: Bytes(drawn.portrait.to_vec()),
        qr: qr.text.as_str().to_owned(),
        valid_through: drawn.valid_through,
    })
}

fn versioned(key: &vault::CardKey, generation: Generation) -> VersionedKey {
    VersionedKey { key: KeyBytes::new(*key.expose()), version: generation.number() }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn whole_second(at: jiff::Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The last second of a day in Vietnam.
fn end_of(day: jiff::civil::Date) -> jiff::Timestamp {
    let vietnam = jiff::tz::Offset::constant(7);
    vietnam.to_timestamp(day.at(23, 59, 59, 0)).unwrap_or(jiff::Timestamp::MAX)
}

pub(crate) fn failed(error: office::Error) -> DeskError {
    match error {
        office::Error::Refused(refused) => {
            DeskError::Refused { code: refused.code(), text: refused.to_string() }
        }
        error @ office::Error::Stored { .. } => DeskError::Bug(Box::new(error)),
        other => DeskError::Unavailable(Box::new(other)),
    }
}

pub(crate) fn bug(error: impl std::error::Error + Send + Sync + 'static) -> DeskError {
    DeskError::Bug(Box::new(error))
}

fn unavailable(error: std::io::Error) -> DeskError {
    DeskError::Unavailable(Box::new(error))
}
