//! The card as its owner sees it: commands in, answers out, power on and off, an image to keep.

use std::fmt;

use crate::chip::{Chip, Model, NoSuchChip, Production, Size};
use crate::describe::ApplicationInfo;
use crate::eeprom::{Aid, Contents, Eeprom};
use crate::frame::{Received, SW_NOT_FOUND, SW_OK};
use crate::image::{self, ImageError};
use crate::session::Volatile;
use crate::status::Status;

/// A DESFire card in software.
///
/// EEPROM and session are inside; saving the image after a command is the owner's duty (compare
/// [`Card::writes`] before and after).
pub struct Card {
    pub(crate) eeprom: Eeprom,
    pub(crate) volatile: Volatile,
    pub(crate) entropy: Entropy,
}

/// A source of random bytes: fills the buffer it is given.
type Entropy = Box<dyn FnMut(&mut [u8]) + Send>;

/// One frame of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: Status,
    pub(crate) data: Vec<u8>,
}

impl Card {
    /// A blank as it leaves the factory: DES master key of zeros, settings `0F`, no applications.
    ///
    /// `entropy` fills a buffer with random bytes; the card asks it for its challenges (8 or 16 bytes) and
    /// for the transaction identifier of an EV2 session (4 bytes), in the order in which they are sent.
    ///
    /// # Errors
    /// When there is no such chip: an EV1 with 16 KB.
    pub fn factory(
        model: Model,
        size: Size,
        uid: [u8; 7],
        entropy: impl FnMut(&mut [u8]) + Send + 'static,
    ) -> Result<Self, NoSuchChip> {
        let chip = Chip::new(model, size, uid)?;
        Ok(Card::with(Contents::factory(chip), Box::new(entropy)))
    }

    /// Loads an image that [`Card::to_bytes`] made. The card is powered and nothing is selected.
    ///
    /// # Errors
    /// When the bytes are no card image, come from a later release, are damaged, or describe a card that
    /// cannot exist.
    pub fn from_bytes(
        image: &[u8],
        entropy: impl FnMut(&mut [u8]) + Send + 'static,
    ) -> Result<Self, ImageError> {
        Ok(Card::with(image::read(image)?, Box::new(entropy)))
    }

    fn with(contents: Contents, entropy: Entropy) -> Self {
        Card { eeprom: Eeprom::new(contents), volatile: Volatile::new(), entropy }
    }

    /// The image of the card: chip and EEPROM, **keys included**, without any session.
    pub fn to_bytes(&self) -> Vec<u8> {
        image::write(self.eeprom.contents())
    }

    /// Takes one command and gives the answer.
    ///
    /// `command` is an APDU (`90 INS 00 00 …`, ISO/IEC 7816-4, or `FF CA 00 00 00` for the identifier) or a
    /// native frame (`INS …`); the answer has the same form. It is **empty when the card has no power**:
    /// it lost it during this command or before, and stays silent until [`Card::reset`].
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        if !self.eeprom.has_power() {
            return Vec::new();
        }
        match Received::read(command, |ins| self.knows(ins)) {
            Received::Desfire { form, ins, payload } => match self.converse(ins, payload) {
                Some(Reply { status, data }) => form.answer(status, &data),
                None => Vec::new(),
            },
            Received::GetUid => [&self.uid()[..], &SW_OK.to_be_bytes()].concat(),
            Received::Select { p1, name } => self.select_iso(p1, name).to_be_bytes().to_vec(),
            Received::Refused(status_word) => {
                self.volatile.abort();
                status_word.to_be_bytes().to_vec()
            }
        }
    }

    /// Selects by DF name or file identifier. Whatever is selected is selected without a session; what is
    /// not found changes the selection as little as the question of a terminal that looks for other cards.
    fn select_iso(&mut self, p1: u8, name: &[u8]) -> u16 {
        let contents = self.eeprom.contents();
        let by_id = |id: u16| {
            contents.applications.iter().find(|application| application.iso_id == Some(id))
        };
        let by_name = || {
            contents
                .applications
                .iter()
                .find(|application| !application.df_name.is_empty() && application.df_name == name)
        };
        let found = match (p1, name) {
            (0x00, [] | [0x3F, 0x00]) | (0x04, DESFIRE_DF_NAME) => Some(Aid::PICC),
            (0x00, &[high, low]) => {
                by_id(u16::from_be_bytes([high, low])).map(|application| application.aid)
            }
            (0x04, _) => by_name().map(|application| application.aid),
            _ => None,
        };
        if let Some(aid) = found {
            self.volatile.select(aid);
            SW_OK
        } else {
            self.volatile.abort();
            SW_NOT_FOUND
        }
    }

    /// Field off and on: session, selection and unfinished chains are gone, the EEPROM stays. Brings back
    /// a card that lost its power; a cut that was ordered and has not happened yet stays ordered.
    pub fn reset(&mut self) {
        self.volatile = Volatile::new();
        self.eeprom.restore_power();
    }

    /// Orders the power to fail after exactly `writes` more EEPROM writes: with 0 the next write does not
    /// happen any more, with 1 it is the last that does. The command during which it fails has no answer.
    ///
    /// One write is what silicon makes whole or not at all: a key or settings change, the creation or
    /// deletion of an application or a file, a format, a commit, or 32 bytes of a standard file.
    pub fn cut_power_after_writes(&mut self, writes: u64) {
        self.eeprom.cut_power_after(writes);
    }

    /// EEPROM writes since the card was made. It grows whenever the image changes, and only then.
    pub fn writes(&self) -> u64 {
        self.eeprom.contents().writes
    }

    /// Whether the card has power and answers.
    pub fn is_powered(&self) -> bool {
        self.eeprom.has_power()
    }

    /// The answer to reset that a PC/SC reader makes for this contactless card.
    pub fn atr() -> &'static [u8] {
        &[0x3B, 0x81, 0x80, 0x01, 0x80, 0x80]
    }

    /// The identifier, 7 bytes.
    pub fn uid(&self) -> [u8; 7] {
        self.eeprom.contents().chip.uid
    }

    /// The generation of the chip.
    pub fn model(&self) -> Model {
        self.eeprom.contents().chip.model
    }

    /// The nominal memory of the chip.
    pub fn size(&self) -> Size {
        self.eeprom.contents().chip.size
    }

    /// Where and when the chip was made.
    pub fn production(&self) -> Production {
        self.eeprom.contents().chip.production
    }

    /// The same card with another batch number and date.
    #[must_use]
    pub fn made(mut self, production: Production) -> Self {
        let mut contents = self.eeprom.contents().clone();
        contents.chip.production = production;
        self.eeprom = Eeprom::new(contents);
        self
    }

    /// Bytes that applications and files can still take up, a multiple of 32.
    pub fn free_bytes(&self) -> usize {
        self.eeprom.contents().bytes_free()
    }

    /// The applications in the order of creation, without keys and data.
    pub fn applications(&self) -> Vec<ApplicationInfo> {
        self.eeprom.contents().applications.iter().map(ApplicationInfo::of).collect()
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contents = self.eeprom.contents();
        f.debug_struct("Card")
            .field("model", &contents.chip.model)
            .field("size", &contents.chip.size)
            .field("applications", &contents.applications.len())
            .field("writes", &contents.writes)
            .finish_non_exhaustive()
    }
}

/// The name by which ISO/IEC 7816-4 terminals select the card itself.
const DESFIRE_DF_NAME: &[u8] = &[0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x00];
