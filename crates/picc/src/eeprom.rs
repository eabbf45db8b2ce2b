//! What survives the loss of power, and the counting of writes to it.
//!
//! Everything here is read freely and changed only through [`Eeprom::write`], which is one write of the
//! kind that silicon makes whole or not at all: after it either everything of the change is there or nothing.

use serde::{Deserialize, Serialize};

use crate::body::FileBody;
use crate::chip::Chip;
use crate::key::{Key, KeyKind};
use crate::rights::{AccessRights, CommMode, KeySettings};

/// Memory is given out in pieces of this many bytes.
pub(crate) const BLOCK: usize = 32;

/// The memory together with its supply of power.
#[derive(Debug)]
pub(crate) struct Eeprom {
    contents: Contents,
    supply: Supply,
}

/// All that is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contents {
    pub(crate) chip: Chip,
    /// EEPROM writes since the card was made.
    pub(crate) writes: u64,
    /// Blocks given out since the last format; deleting gives none back.
    pub(crate) blocks_used: usize,
    pub(crate) master_key: Key,
    pub(crate) settings: KeySettings,
    /// What the card says of itself in the third pass of an EV2 authentication.
    pub(crate) capabilities: [u8; 6],
    /// In the order of creation.
    pub(crate) applications: Vec<Application>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Application {
    pub(crate) aid: Aid,
    pub(crate) settings: KeySettings,
    pub(crate) key_kind: KeyKind,
    /// Whether its files may have ISO file identifiers.
    pub(crate) files_have_iso_ids: bool,
    /// The third key settings byte, if it was given.
    pub(crate) more_settings: Option<u8>,
    pub(crate) iso_id: Option<u16>,
    #[serde(with = "hex")]
    pub(crate) df_name: Vec<u8>,
    pub(crate) keys: Vec<Key>,
    pub(crate) files: Vec<File>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) number: u8,
    pub(crate) iso_id: Option<u16>,
    pub(crate) mode: CommMode,
    pub(crate) rights: AccessRights,
    pub(crate) body: FileBody,
}

/// Application identifier as it is sent, least significant byte first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Aid(pub(crate) [u8; 3]);

/// The field went away during a write; the command has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PowerLost;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Supply {
    Steady,
    /// This many more writes happen, then the power is gone.
    Ends(u64),
    Gone,
}

impl Eeprom {
    pub(crate) fn new(contents: Contents) -> Self {
        Eeprom { contents, supply: Supply::Steady }
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Makes one change that is whole or not at all.
    ///
    /// When a cut has been ordered, the last write that fits still happens and the power goes with it, so
    /// the caller learns of the loss and answers nothing.
    pub(crate) fn write(&mut self, change: impl FnOnce(&mut Contents)) -> Result<(), PowerLost> {
        match self.supply {
            Supply::Gone | Supply::Ends(0) => {
                self.supply = Supply::Gone;
                return Err(PowerLost);
            }
            Supply::Steady | Supply::Ends(_) => {}
        }
        change(&mut self.contents);
        self.contents.writes += 1;
        match self.supply {
            Supply::Ends(left) if left > 1 => self.supply = Supply::Ends(left - 1),
            Supply::Ends(_) => {
                self.supply = Supply::Gone;
                return Err(PowerLost);
            }
            Supply::Steady | Supply::Gone => {}
        }
        Ok(())
    }

    pub(crate) fn cut_power_after(&mut self, writes: u64) {
        self.supply = Supply::Ends(writes);
    }

    pub(crate) fn has_power(&self) -> bool {
        self.supply != Supply::Gone
    }

    /// The field comes back; a cut that has not happened yet stays ordered.
    pub(crate) fn restore_power(&mut self) {
        if self.supply == Supply::Gone {
            self.supply = Supply::Steady;
        }
    }
}

impl Contents {
    /// A card as it leaves the factory.
    pub(crate) fn factory(chip: Chip) -> Self {
        Contents {
            chip,
            writes: 0,
            blocks_used: 0,
            master_key: Key::zero(KeyKind::Des),
            settings: KeySettings::FACTORY,
            capabilities: [0; 6],
            applications: Vec::new(),
        }
    }

    pub(crate) fn application(&self, aid: Aid) -> Option<&Application> {
        self.applications.iter().find(|application| application.aid == aid)
    }

    pub(crate) fn application_mut(&mut self, aid: Aid) -> Option<&mut Application> {
        self.applications.iter_mut().find(|application| application.aid == aid)
    }

    pub(crate) fn file_mut(&mut self, aid: Aid, number: u8) -> Option<&mut File> {
        self.application_mut(aid)?.files.iter_mut().find(|file| file.number == number)
    }

    pub(crate) fn blocks_total(&self) -> usize {
        self.chip.size.usable_bytes() / BLOCK
    }

    pub(crate) fn blocks_free(&self) -> usize {
        self.blocks_total().saturating_sub(self.blocks_used)
    }

    pub(crate) fn bytes_free(&self) -> usize {
        self.blocks_free() * BLOCK
    }
}

impl Application {
    pub(crate) fn file(&self, number: u8) -> Option<&File> {
        self.files.iter().find(|file| file.number == number)
    }

    /// Memory that the directory entry and the keys take: one block, and the keys with their versions.
    pub(crate) fn blocks(&self) -> usize {
        let keys = self.keys.len() * (self.key_kind.len() + 1);
        1 + keys.div_ceil(BLOCK)
    }
}

impl File {
    /// Memory that the file takes: one block for its settings, and what it holds.
    pub(crate) fn blocks(&self) -> usize {
        1 + self.body.blocks()
    }
}

impl Aid {
    /// The card itself.
    pub(crate) const PICC: Aid = Aid([0; 3]);
}
