//! Faces, chips and readers for the pages.

use std::num::NonZeroUsize;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use face::{Kind, Side};
use image::imageops::FilterType;
use lru::LruCache;
use phrase::Lang;
use registry::view::Order;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use station::{FaceFault, FaceShop};
use tokio::process::Command;
use web::{ChipCheck, ChipRecord, DeskError, FaceSide, OnChip, Picture, Proof, Workshop};
use wire::station::Unmakeable;
use wire::{AuthorityId, CardSerial, PersonId};

use crate::command::check::read_picture;
use crate::command::station::shop;
use crate::desk::{Drawn, bug, face, failed};
use crate::home::Home;
use crate::site::Site;

/// Draws faces, says what is on chips, and uses this machine's reader.
pub(crate) struct HomeWorkshop {
    site: Site,
    home: Home,
    shop: Arc<FaceShop>,
    /// Faces that were drawn lately, by what they were drawn from.
    drawn: Mutex<LruCache<[u8; 32], Picture>>,
    /// Portraits of cards that were checked lately.
    portraits: Mutex<LruCache<CardSerial, Picture>>,
    /// What is on chips that were looked at lately, by the hash of the record.
    chips: Mutex<LruCache<String, OnChip>>,
    /// One face at a time: drawing takes a whole core.
    pen: tokio::sync::Semaphore,
    /// One check at the reader at a time.
    reader: tokio::sync::Mutex<()>,
}

impl HomeWorkshop {
    pub(crate) fn new(site: Site, home: &Home) -> anyhow::Result<Self> {
        Ok(Self {
            site,
            home: home.clone(),
            shop: Arc::new(shop(home)?),
            drawn: Mutex::new(LruCache::new(KEPT)),
            portraits: Mutex::new(LruCache::new(KEPT)),
            chips: Mutex::new(LruCache::new(KEPT_CHIPS)),
            pen: tokio::sync::Semaphore::new(1),
            reader: tokio::sync::Mutex::new(()),
        })
    }

    async fn draw(
        &self,
        drawn: &Drawn<'_>,
        serial: CardSerial,
        kind: Kind,
        side: FaceSide,
    ) -> Result<Picture, DeskError> {
        let face = on_screen(face(&self.site.profile, drawn, self.shop.dpi())?);
        let key = {
            let mut hash = Sha256::new();
            for part in [
                &face.full_name,
                &face.title,
                &face.employing_unit,
                &face.managing_agency,
                &face.card_number,
                &face.qr,
                &serial.to_string(),
                &face.valid_through.to_string(),
            ] {
                hash.update(part.as_bytes());
                hash.update([0]);
            }
            hash.update(&face.portrait.0);
            hash.update([side as u8, kind as u8]);
            <[u8; 32]>::from(hash.finalize())
        };
        if let Some(picture) = self.kept(&key) {
            return Ok(picture);
        }
        let _pen = self.pen.acquire().await.map_err(bug)?;
        // Somebody may have drawn it while this one waited.
        if let Some(picture) = self.kept(&key) {
            return Ok(picture);
        }
        let shop = Arc::clone(&self.shop);
        let side = match side {
            FaceSide::Front => Side::Front,
            FaceSide::Back => Side::Back,
        };
        let work = move || small(&shop.look(&face, serial, kind, side).map_err(not_drawn)?);
        let picture = tokio::task::spawn_blocking(work).await.map_err(bug)??;
        let mut kept = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(key, picture.clone());
        Ok(picture)
    }

    fn portraits(&self) -> MutexGuard<'_, LruCache<CardSerial, Picture>> {
        self.portraits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chips(&self) -> MutexGuard<'_, LruCache<String, OnChip>> {
        self.chips.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self, key: &[u8; 32]) -> Option<Picture> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    async fn order(&self, authority: AuthorityId, serial: CardSerial) -> Result<Order, DeskError> {
        self.site.office.face_of(authority, serial).await.map_err(failed)
    }

    const fn kind(&self) -> Kind {
        if self.site.demo { Kind::Specimen } else { Kind::Live }
    }
}

#[async_trait]
impl Workshop for HomeWorkshop {
    fn is_demo(&self) -> bool {
        self.site.demo
    }

    async fn face(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
        side: FaceSide,
    ) -> Result<Picture, DeskError> {
        let order = self.order(authority, serial).await?;
        self.draw(&Drawn::of(&order), serial, self.kind(), side).await
    }

    async fn proof(
        &self,
        authority: AuthorityId,
        person: PersonId,
        side: FaceSide,
    ) -> Result<Picture, DeskError> {
        let proof = self.site.office.preview(authority, person).await.map_err(failed)?;
        let drawn = Drawn {
            details: &proof.details,
            portrait: &proof.portrait.print,
            code4: NO_CODE,
            valid_through: proof.valid_through,
        };
        self.draw(&drawn, CardSerial::from_random(0), Kind::Specimen, side).await
    }

    async fn portrait(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
    ) -> Result<Option<Picture>, DeskError> {
        let kept = |shop: &Self| shop.portraits().get(&serial).cloned();
        if let Some(picture) = kept(self) {
            return Ok(Some(picture));
        }
        let print = self.order(authority, serial).await?.portrait.print.clone();
        if print.is_empty() {
            return Ok(None);
        }
        let picture = tokio::task::spawn_blocking(move || on_page(&print)).await.map_err(bug)??;
        self.portraits().put(serial, picture.clone());
        Ok(Some(picture))
    }

    async fn on_chip(
        &self,
        authority: AuthorityId,
        serial: CardSerial,
        record: &str,
    ) -> Result<OnChip, DeskError> {
        if let Some(known) = self.chips().get(record) {
            return Ok(known.clone());
        }
        let order = self.order(authority, serial).await?;
        let details = &order.details;
        let digests = order.attached.ok_or_else(|| refused("nothing-attached"))?;
        let photo_bytes = digests.photo.and_then(|wanted| {
            let is_it = |bytes: &&Vec<u8>| <[u8; 32]>::from(Sha256::digest(bytes)) == wanted;
            order.portrait.chip.iter().find(is_it).map(Vec::len)
        });
        let mut fields = vec![
            ("serial", order.serial.to_string()),
            ("full_name", details.full_name.clone()),
            ("birth", details.birth.clone()),
            ("sex", details.sex.clone()),
            ("card_number", masked(&details.card_number)),
            ("card_type", details.card_type.clone()),
            ("title", details.title.clone()),
            ("employing_unit", details.employing_unit.clone()),
            ("managing_agency", details.managing_agency.clone()),
            ("agency_code", details.agency_code.clone()),
            ("valid_through", order.valid_through.to_string()),
            ("uid", order.uid.to_string()),
            ("status_index", order.status_index.to_string()),
        ];
        fields.retain(|(_, value)| !value.is_empty());
        let qr = face(&self.site.profile, &Drawn::of(&order), self.shop.dpi())?.qr;
        let on_chip = OnChip {
            fields,
            record_sha256: hex::encode(digests.record),
            photo_bytes,
            qr_masked: qr.replace(&details.card_number, &masked(&details.card_number)),
        };
        self.chips().put(on_chip.record_sha256.clone(), on_chip.clone());
        Ok(on_chip)
    }

    async fn read_qr(&self, picture: Vec<u8>) -> Result<String, DeskError> {
        let read = tokio::task::spawn_blocking(move || {
            let mut reader = image::ImageReader::new(std::io::Cursor::new(picture))
                .with_guessed_format()
                .map_err(|_| refused("no-picture"))?;
            let mut limits = image::Limits::default();
            limits.max_image_width = Some(WIDEST);
            limits.max_image_height = Some(WIDEST);
            limits.max_alloc = Some(PICTURE_MEMORY);
            reader.limits(limits);
            let picture = reader.decode().map_err(|_| refused("no-picture"))?;
            read_picture(&picture).ok_or_else(|| refused("no-qr"))
        });
        read.await.map_err(bug)?
    }

    /// A process of its own: it speaks to the `pcscd` of the tray where there is one, and a driver
    /// that hangs or dies takes no server with it.
    async fn check_reader(
        &self,
        put: Option<CardSerial>,
        lang: Lang,
    ) -> Result<ChipCheck, DeskError> {
        let Ok(_turn) = self.reader.try_lock() else {
            return Err(refused("reader-busy"));
        };
        let mut command = Command::new(std::env::current_exe().map_err(bug)?);
        command.arg("--data").arg(&self.home.dir);
        command.args(["--format", "json", "--lang", lang.tag(), "check", "chip"]);
        if let Some(serial) = put {
            command.arg("--tray").arg(serial.to_string());
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        let ended = tokio::time::timeout(PATIENCE, command.output()).await;
        let output = ended.map_err(|_| refused("reader-silent"))?.map_err(bug)?;
        if let Ok(seen) = serde_json::from_slice::<Seen>(&output.stdout) {
            return Ok(seen.into());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let why = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        if output.status.code() != Some(1) {
            tracing::warn!(why, "the check at the reader failed");
            return Err(refused("reader-failed"));
        }
        Ok(ChipCheck {
            valid: false,
            state: "unknown".to_owned(),
            data: Proof::NotTried,
            chip: Proof::NotTried,
            photo: Proof::NotTried,
            why: Some(why.to_owned()),
            record: None,
            exchanges: 0,
        })
    }
}

/// What `check chip` prints.
#[derive(Deserialize)]
struct Seen {
    serial: String,
    valid: bool,
    state: String,
    photo_genuine: bool,
    full_name: String,
    title: String,
    employing_unit: String,
    managing_agency: String,
    exchanges: u32,
}

impl From<Seen> for ChipCheck {
    fn from(seen: Seen) -> Self {
        Self {
            valid: seen.valid,
            state: seen.state,
            data: Proof::Shown,
            chip: Proof::Shown,
            photo: if seen.photo_genuine { Proof::Shown } else { Proof::NotTried },
            why: None,
            record: Some(ChipRecord {
                serial: seen.serial,
                full_name: seen.full_name,
                title: seen.title,
                employing_unit: seen.employing_unit,
                managing_agency: seen.managing_agency,
            }),
            exchanges: seen.exchanges,
        }
    }
}

fn refused(code: &'static str) -> DeskError {
    DeskError::Refused { code, text: code.to_owned() }
}

/// A face for a page: 640 dots wide, WebP.
fn small(png: &[u8]) -> Result<Picture, DeskError> {
    let face = image::load_from_memory(png).map_err(bug)?;
    let height = u64::from(WIDTH) * u64::from(face.height()) / u64::from(face.width().max(1));
    let height = u32::try_from(height).unwrap_or(WIDTH);
    let face = face.resize_exact(WIDTH, height, FilterType::CatmullRom).into_rgb8();
    let webp = webp::Encoder::from_rgb(face.as_raw(), face.width(), face.height()).encode(QUALITY);
    Ok(Picture { media_type: "image/webp", bytes: webp.to_vec().into() })
}

/// A portrait for a page, half as fine again as it is shown.
fn on_page(print: &[u8]) -> Result<Picture, DeskError> {
    let portrait = image::load_from_memory(print).map_err(bug)?;
    let (width, height) = PORTRAIT;
    let portrait = portrait.resize_to_fill(width, height, FilterType::CatmullRom).into_rgb8();
    let webp = webp::Encoder::from_rgb(portrait.as_raw(), portrait.width(), portrait.height())
        .encode(QUALITY);
    Ok(Picture { media_type: "image/webp", bytes: webp.to_vec().into() })
}

fn not_drawn(fault: FaceFault) -> DeskError {
    let code = match fault.unmakeable() {
        Some(Unmakeable::FaceOverflow) => "face-overflow",
        Some(Unmakeable::GlyphMissing) => "glyph-missing",
        Some(Unmakeable::PortraitUnreadable) => "portrait-unreadable",
        Some(Unmakeable::QrUnreadable | Unmakeable::RecordTooLong) => "qr-unreadable",
        None => return bug(fault),
    };
    DeskError::Refused { code, text: fault.to_string() }
}

/// The face as pages show it: the personal id number is hidden in number and code. The code keeps
/// its size, because what hides a digit in it takes as many bytes as the digit.
fn on_screen(mut face: wire::station::Face) -> wire::station::Face {
    let shown = masked(&face.card_number);
    face.qr = face.qr.replace(&face.card_number, &shown.replace('•', "*"));
    face.card_number = shown;
    face
}

/// A card number with all but its last three digits hidden.
fn masked(number: &str) -> String {
    registry::person::masked(number)
}

/// Stands where the code of a card will stand that does not exist yet.
const NO_CODE: &str = "0000";

/// Faces that are kept: at some 30 KB each, 20 MB.
const KEPT: NonZeroUsize = NonZeroUsize::new(700).expect("it is not zero");

/// How long a check at the reader may take, waiting for a card included.
const PATIENCE: Duration = Duration::from_secs(45);

/// Contents of chips that are kept: some 2 MB.
const KEPT_CHIPS: NonZeroUsize = NonZeroUsize::new(2000).expect("it is not zero");

const PORTRAIT: (u32, u32) = (360, 480);
const WIDTH: u32 = 640;
const QUALITY: f32 = 82.0;
const WIDEST: u32 = 8000;
const PICTURE_MEMORY: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_on_a_screen_hides_the_number_and_keeps_the_size_of_its_code() {
        let number = "G09.034088001234.CC";
        let face = wire::station::Face {
            managing_agency: "Bộ Nội vụ".to_owned(),
            national_emblem: true,
            employing_unit: "Vụ Tổ chức cán bộ".to_owned(),
            full_name: "Nguyễn Văn Mẫu".to_owned(),
            title: "Chuyên viên".to_owned(),
            card_number: number.to_owned(),
            portrait: wire::Bytes(Vec::new()),
            qr: format!("AB12|{number}|Nguyễn Văn Mẫu"),
            valid_through: jiff::civil::date(2031, 12, 31),
        };
        let size = face.qr.len();
        let shown = on_screen(face);
        assert_eq!(shown.card_number, "G09.•••••••••234.CC");
        assert_eq!(shown.qr, "AB12|G09.*********234.CC|Nguyễn Văn Mẫu");
        assert_eq!(shown.qr.len(), size);
    }
}
