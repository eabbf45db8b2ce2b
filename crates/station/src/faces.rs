//! Sets both faces, has their QR read, and keeps them for the printer.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use face::{Card, Dpi, Emblem, FaceError, Kind, Press, Side};
use sha2::{Digest as _, Sha256};
use wire::CardSerial;
use wire::station::{Face, Unmakeable};

use crate::quality::{Grey, QrFault, read_qr};
use crate::run::hex;

/// Makes faces at one resolution and keeps them in one folder.
#[derive(Debug)]
pub struct FaceShop {
    press: Press,
    dpi: Dpi,
    spool: PathBuf,
}

/// Both faces of one card, as files. `Debug` shows no content.
pub struct Printed {
    serial: CardSerial,
    pdf: Vec<u8>,
    front: Vec<u8>,
    back: Vec<u8>,
    /// SHA-256 of the front at the printer's resolution, hex.
    pub front_sha256: String,
    /// SHA-256 of the back, hex.
    pub back_sha256: String,
    /// Who read the QR on the front and got its text.
    pub qr_decoders: Vec<String>,
}

impl std::fmt::Debug for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Printed").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// Why there are no faces.
#[derive(Debug, thiserror::Error)]
pub enum FaceFault {
    /// They cannot be set.
    #[error(transparent)]
    Face(#[from] FaceError),
    /// The QR on the front was not read as it should.
    #[error(transparent)]
    Qr(#[from] QrFault),
    /// The picture of the front cannot be read again.
    #[error("the picture of the front cannot be read again")]
    Picture(#[source] image::ImageError),
    /// They cannot be kept.
    #[error("cannot keep the faces in {folder}")]
    Keep {
        /// Where.
        folder: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

impl FaceFault {
    /// What is wrong with the request; none when this machine is at fault.
    pub fn unmakeable(&self) -> Option<Unmakeable> {
        match self {
            Self::Face(FaceError::GlyphMissing { .. }) => Some(Unmakeable::GlyphMissing),
            Self::Face(FaceError::Overflow { .. }) => Some(Unmakeable::FaceOverflow),
            Self::Face(FaceError::Qr(_)) => Some(Unmakeable::QrUnreadable),
            Self::Face(FaceError::Portrait(_)) => Some(Unmakeable::PortraitUnreadable),
            Self::Qr(fault) if fault.is_of_the_face() => Some(Unmakeable::QrUnreadable),
            Self::Face(_) | Self::Qr(_) | Self::Picture(_) | Self::Keep { .. } => None,
        }
    }
}

impl FaceShop {
    /// A shop that sets by `press` for a printer of `dpi` and keeps what it made in `spool`, which
    /// its owner alone may read: faces show the personal id number.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub fn new(press: Press, dpi: Dpi, spool: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(spool)?;
        Ok(Self { press, dpi, spool: spool.to_owned() })
    }

    /// The printer's resolution.
    pub fn dpi(&self) -> u16 {
        self.dpi.value()
    }

    /// Sets both faces and has both decoders read the QR on the front.
    ///
    /// # Errors
    ///
    /// [`FaceFault`]; nothing was kept.
    pub fn make(&self, face: &Face, serial: CardSerial, kind: Kind) -> Result<Printed, FaceFault> {
        let faces = self.press.set(&card(face, serial, kind))?;
        let front = faces.png(Side::Front, self.dpi)?;
        let back = faces.png(Side::Back, self.dpi)?;
        let picture = image::load_from_memory(&front).map_err(FaceFault::Picture)?.into_luma8();
        let grey =
            Grey { pixels: picture.as_raw(), width: picture.width(), height: picture.height() };
        let qr_decoders = read_qr(grey, &face.qr)?;
        Ok(Printed {
            serial,
            pdf: faces.pdf()?,
            front_sha256: hex(&Sha256::digest(&front)),
            back_sha256: hex(&Sha256::digest(&back)),
            front,
            back,
            qr_decoders,
        })
    }

    /// One face as a PNG at the printer's resolution, to be looked at and not printed: nobody has
    /// read its QR.
    ///
    /// # Errors
    ///
    /// [`FaceFault::Face`].
    pub fn look(
        &self,
        face: &Face,
        serial: CardSerial,
        kind: Kind,
        side: Side,
    ) -> Result<Vec<u8>, FaceFault> {
        Ok(self.press.set(&card(face, serial, kind))?.png(side, self.dpi)?)
    }

    /// Keeps the faces: `SERIAL.pdf`, `SERIAL-front.png`, `SERIAL-back.png`, each whole or not at
    /// all, on the disk when this returns. Keeping the same again changes nothing.
    ///
    /// # Errors
    ///
    /// [`FaceFault::Keep`].
    pub fn keep(&self, printed: &Printed) -> Result<(), FaceFault> {
        let files = [
            (format!("{}.pdf", printed.serial), &printed.pdf),
            (format!("{}-front.png", printed.serial), &printed.front),
            (format!("{}-back.png", printed.serial), &printed.back),
        ];
        let kept = files
            .into_iter()
            .try_for_each(|(name, bytes)| self.keep_file(&name, bytes))
            .and_then(|()| File::open(&self.spool)?.sync_all());
        kept.map_err(|cause| FaceFault::Keep { folder: self.spool.clone(), cause })
    }

    fn keep_file(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.spool.join(format!(".{name}.new"));
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(temporary, self.spool.join(name))
    }
}

fn card(face: &Face, serial: CardSerial, kind: Kind) -> Card {
    Card {
        managing_agency: face.managing_agency.clone(),
        emblem: if face.national_emblem { Emblem::National } else { Emblem::Logo },
        employing_unit: face.employing_unit.clone(),
        full_name: face.full_name.clone(),
        title: face.title.clone(),
        card_number: face.card_number.clone(),
        serial: serial.to_string(),
        valid_through: Some(face.valid_through.strftime("%d/%m/%Y").to_string()),
        portrait: face.portrait.0.clone(),
        qr: face.qr.clone(),
        kind,
    }
}
