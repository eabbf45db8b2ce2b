//! Which chip this is: generation, memory, identifier, and what `GetVersion` says about it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A generation of the chip. A later generation knows every command of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// MIFARE DESFire EV1: DES and AES authentication with running CMAC, at most 28 applications.
    Ev1,
    /// MIFARE DESFire EV2: adds the EV2 session with transaction identifier and command counter.
    Ev2,
    /// MIFARE DESFire EV3: as EV2 for every command that this crate knows.
    Ev3,
}

/// Nominal EEPROM of a chip, in kilobytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// 2 KB.
    K2,
    /// 4 KB.
    K4,
    /// 8 KB.
    K8,
    /// 16 KB (EV2 and EV3 only).
    K16,
}

/// Where and when the chip was made, as the third frame of `GetVersion` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Production {
    /// Batch number, 5 bytes.
    pub batch: [u8; 5],
    /// Calendar week, binary coded decimal.
    pub week: u8,
    /// Year without the century, binary coded decimal.
    pub year: u8,
}

/// The chip was never made with that much memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no {model} chip with {size}")]
pub struct NoSuchChip {
    /// The generation asked for.
    pub model: Model,
    /// The memory asked for.
    pub size: Size,
}

/// A text that names no generation or no memory size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected ev1, ev2 or ev3 for a chip and 2k, 4k, 8k or 16k for its memory")]
pub struct UnknownChipName;

/// What is burnt into a chip when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chip {
    pub(crate) model: Model,
    pub(crate) size: Size,
    pub(crate) uid: [u8; 7],
    pub(crate) production: Production,
}

impl Chip {
    pub(crate) fn new(model: Model, size: Size, uid: [u8; 7]) -> Result<Self, NoSuchChip> {
        match (model, size) {
            (Model::Ev1, Size::K16) => Err(NoSuchChip { model, size }),
            (Model::Ev1 | Model::Ev2 | Model::Ev3, _) => {
                Ok(Chip { model, size, uid, production: Production::default() })
            }
        }
    }

    /// The three frames of `GetVersion`: hardware, software, production.
    pub(crate) fn version_frames(&self) -> [Vec<u8>; 3] {
        let (hardware, software) = match self.model {
            Model::Ev1 => ([0x01, 0x00], [0x01, 0x04]),
            Model::Ev2 => ([0x12, 0x00], [0x02, 0x01]),
            Model::Ev3 => ([0x33, 0x00], [0x03, 0x00]),
        };
        let frame = |[major, minor]: [u8; 2]| {
            vec![VENDOR_NXP, TYPE_DESFIRE, SUBTYPE, major, minor, self.size.code(), ISO_14443_4]
        };
        let Production { batch, week, year } = self.production;
        let production = [&self.uid[..], &batch, &[week, year]].concat();
        [frame(hardware), frame(software), production]
    }
}

impl Size {
    /// Bytes that applications and files can take up on a card fresh from the factory.
    ///
    /// The system keeps 256 bytes of the nominal size to itself, which is the figure of an EV1 with 8 KB
    /// (7936 bytes free), taken for every size.
    pub fn usable_bytes(self) -> usize {
        self.nominal_bytes() - 256
    }

    /// The size that the chip is sold by, in bytes.
    pub fn nominal_bytes(self) -> usize {
        match self {
            Size::K2 => 2048,
            Size::K4 => 4096,
            Size::K8 => 8192,
            Size::K16 => 16384,
        }
    }

    /// The storage byte of `GetVersion`: twice the binary logarithm of the nominal size.
    fn code(self) -> u8 {
        match self {
            Size::K2 => 0x16,
            Size::K4 => 0x18,
            Size::K8 => 0x1A,
            Size::K16 => 0x1C,
        }
    }
}

impl Default for Production {
    /// Week 40 of 2024, the batch number of a card that was bought then.
    fn default() -> Self {
        Production { batch: [0x21, 0x13, 0x62, 0x30, 0x30], week: 0x40, year: 0x24 }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Model::Ev1 => "EV1",
            Model::Ev2 => "EV2",
            Model::Ev3 => "EV3",
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KB", self.nominal_bytes() / 1024)
    }
}

impl FromStr for Model {
    type Err = UnknownChipName;

    /// Reads `ev1`, `ev2` or `ev3` in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Model::Ev1, Model::Ev2, Model::Ev3]
            .into_iter()
            .find(|model| model.to_string().eq_ignore_ascii_case(text))
            .ok_or(UnknownChipName)
    }
}

impl FromStr for Size {
    type Err = UnknownChipName;

    /// Reads `2k`, `4k`, `8k` or `16k` in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "2k" => Ok(Size::K2),
            "4k" => Ok(Size::K4),
            "8k" => Ok(Size::K8),
            "16k" => Ok(Size::K16),
            _ => Err(UnknownChipName),
        }
    }
}

const VENDOR_NXP: u8 = 0x04;
const TYPE_DESFIRE: u8 = 0x01;
const SUBTYPE: u8 = 0x01;
const ISO_14443_4: u8 = 0x05;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::of_kind;

    /// Vectors of chips that this crate does not play.
    const OTHER_CHIPS: [&str; 1] = ["getversion_desfire_light_an12343_t4"];

    #[test]
    fn version_frames_are_those_of_the_recorded_chip() {
        let (others, ours): (Vec<_>, Vec<_>) = of_kind("getversion")
            .into_iter()
            .partition(|vector| OTHER_CHIPS.contains(&vector.name.as_str()));
        assert_eq!((others.len(), ours.len()), (1, 1));
        for vector in ours {
            let uid = vector.expected("uid").try_into().unwrap();
            let mut chip = Chip::new(Model::Ev1, Size::K8, uid).unwrap();
            let batch = [0xBA, 0x45, 0x19, 0xE3, 0x20];
            chip.production = Production { batch, week: 0x49, year: 0x13 };
            let frames = vector.inputs["frames"].as_array().unwrap();
            let told = chip.version_frames().map(hex::encode_upper);
            assert_eq!(&told[..], &frames[..], "{}", vector.name);
        }
    }
}
