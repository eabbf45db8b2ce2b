//! What a personalisation station and its registry say to each other, version 1.
//!
//! The station asks with the chip that lies on its reader; the registry binds that chip to the
//! oldest approved order and answers with everything this one card needs. Asking again with the
//! same chip gives the same card back, so a station that lost its memory goes on where it stopped.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Bytes, CardId, CardSerial, ChipUid, KeyBytes, RequestId};

/// The version of these messages. A message of another version is refused, not guessed at.
pub const VERSION: u16 = 1;

/// A chip as its own `GetVersion` describes it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Chip {
    /// Its serial number.
    pub uid: ChipUid,
    /// Which DESFire it is.
    pub generation: Generation,
    /// Size of its EEPROM in bytes, as its storage code says.
    pub storage_bytes: u32,
}

/// A generation of MIFARE DESFire.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// `MF3ICDx1`.
    Ev1,
    /// `MF3Dx2`.
    Ev2,
    /// `MF3Dx3`, or newer.
    Ev3,
}

/// "This chip lies on my reader: what shall it become?"
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// [`VERSION`].
    pub version: u16,
    /// The chip.
    pub chip: Chip,
    /// Resolution of the station's printer, dots per inch: decides how much the QR holds.
    pub dpi: u16,
}

/// The answer to a [`Claim`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Claimed {
    /// Make this card.
    Job(Box<Job>),
    /// No approved order waits.
    Idle,
    /// This chip may not be used; take it away.
    Refused {
        /// Why.
        reason: ChipRefusal,
    },
}

/// Why a chip may not become a card.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChipRefusal {
    /// It is a finished card already.
    AlreadyACard,
    /// It was given up earlier.
    Spoiled,
    /// Another station works on it.
    Elsewhere,
    /// The profile does not allow its generation or size.
    Unsuitable,
}

/// How much work waits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Approved requests that wait for a blank.
    pub waiting: u64,
}

/// Everything that makes one card.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The card to be.
    pub card: CardId,
    /// Its printed name.
    pub serial: CardSerial,
    /// The request that it fulfils.
    pub request: RequestId,
    /// What the faces show.
    pub face: Face,
    /// What the chip holds.
    pub content: Content,
    /// Whether this is a demonstration's card, which says so on both sides.
    pub specimen: bool,
}

/// What the faces show. `Debug` shows nothing of the person.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Face {
    /// Ministry, sector or province, as printed.
    pub managing_agency: String,
    /// Whether the managing agency bears the national emblem; otherwise its logo.
    pub national_emblem: bool,
    /// The work unit.
    pub employing_unit: String,
    /// In capitals.
    pub full_name: String,
    /// Position, title or job position.
    pub title: String,
    /// As printed; holds the personal id number.
    pub card_number: String,
    /// JPEG, 3:4.
    pub portrait: Bytes,
    /// The text of the QR code, UTF-8 in NFC.
    pub qr: String,
    /// The last day on which the card is valid.
    pub valid_through: Date,
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Face").field("valid_through", &self.valid_through).finish_non_exhaustive()
    }
}

/// What the chip holds, and the keys to put it there. Keys of this chip only.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The PICC master key that the chip gets.
    pub picc_key: VersionedKey,
    /// The keys of the identity application, by key number from 0.
    pub app_keys: Vec<VersionedKey>,
    /// The signed record, as it goes into its file.
    pub record: Bytes,
    /// The portrait for the chip, WebP; none where the chip is too small for one.
    pub photo: Option<Bytes>,
}

/// A key with the version byte that the chip keeps beside it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VersionedKey {
    /// The key.
    pub key: KeyBytes,
    /// Its version, equal to the key generation.
    pub version: u8,
}

/// "This is what became of the card."
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`VERSION`].
    pub version: u16,
    /// The card.
    pub card: CardId,
    /// The chip that it is on.
    pub uid: ChipUid,
    /// What happened.
    pub outcome: Outcome,
}

/// What became of a card at the station. Reporting the same twice changes nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// Chip and faces are finished and were read back.
    Ready(Evidence),
    /// The chip is lost for use; the request needs another blank.
    Spoiled {
        /// Why.
        reason: Spoilage,
    },
    /// Nothing was written and the chip is untouched; the request cannot be made as it stands.
    Unmakeable {
        /// Why.
        reason: Unmakeable,
        /// What to mend, without personal values.
        detail: String,
    },
}

/// What the automatic read-back saw. All of it, or the card is not ready.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// SHA-256 of the record as read from the chip, hex.
    pub record_sha256: String,
    /// SHA-256 of the photo as read from the chip, hex; none where none was written.
    pub photo_sha256: Option<String>,
    /// SHA-256 of the front as it goes to the printer, hex.
    pub front_sha256: String,
    /// SHA-256 of the back, hex.
    pub back_sha256: String,
    /// Names of the decoders that read the printed QR and got its text, such as `rxing`.
    pub qr_decoders: Vec<String>,
    /// Exchanges with the card, writing and reading back.
    pub exchanges: u32,
}

/// Why a chip was given up.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoilage {
    /// Neither the factory key nor ours opens it.
    KeysUnknown,
    /// It holds something that is not ours.
    NotBlank,
    /// It refused a write that it had to take.
    WriteRefused,
    /// What was read back is not what was written.
    ReadBackDiffers,
}

/// Why a request cannot become a card as it stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmakeable {
    /// A text does not fit on the face.
    FaceOverflow,
    /// A letter is in no font of the design.
    GlyphMissing,
    /// The portrait is no picture.
    PortraitUnreadable,
    /// The QR does not fit, or does not decode.
    QrUnreadable,
    /// The record does not fit its file.
    RecordTooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim() -> Claim {
        let uid = ChipUid([4, 1, 2, 3, 4, 5, 6]);
        let chip = Chip { uid, generation: Generation::Ev3, storage_bytes: 8192 };
        Claim { version: VERSION, chip, dpi: 300 }
    }

    /// What is on the wire. A change here is a new version of the messages.
    #[test]
    fn claim_on_the_wire() {
        insta::assert_snapshot!(
            serde_json::to_string(&claim()).unwrap(),
            @r#"{"version":1,"chip":{"uid":"04010203040506","generation":"ev3","storage_bytes":8192},"dpi":300}"#
        );
    }

    #[test]
    fn unknown_field_is_refused() {
        let text = serde_json::to_string(&claim()).unwrap().replace("\"dpi\"", "\"dpm\"");
        assert!(serde_json::from_str::<Claim>(&text).is_err());
    }

    #[test]
    fn outcome_on_the_wire() {
        let spoiled = Outcome::Spoiled { reason: Spoilage::KeysUnknown };
        insta::assert_snapshot!(
            serde_json::to_string(&spoiled).unwrap(),
            @r#"{"outcome":"spoiled","reason":"keys_unknown"}"#
        );
    }
}
