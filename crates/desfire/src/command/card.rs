//! The card as a whole: what it is, what it holds, how it is configured.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Aid, Command, Mode};
use crate::{Ins, Key};

/// One setting of the whole card, or of an application.
///
/// Several cannot be taken back; each says so.
///
/// Source: behaviour described for DESFire EV1 to EV3; see [`crate::manual::unknown`] for what is not
/// settled.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Configuration {
    /// Option 00. **For ever**, each of them.
    Picc {
        /// `FormatPICC` is refused from now on.
        no_format: bool,
        /// The card shows a random identifier at every activation.
        random_id: bool,
        /// A proximity check must come before everything else.
        proximity_check: bool,
        /// A virtual card must be authenticated before everything else.
        virtual_card: bool,
    },
    /// Option 01: the keys that new applications begin with.
    DefaultKey {
        /// The key; of up to 24 bytes.
        key: Key,
        /// Its version.
        version: u8,
    },
    /// Option 02: the answer to select, its length byte first. A wrong one makes readers blind to
    /// the card.
    Ats(Vec<u8>),
    /// Option 03: `SAK1`, `SAK2`.
    Sak([u8; 2]),
    /// Option 04: messagings that are refused from now on.
    SecureMessaging {
        /// Refuse D40.
        no_d40: bool,
        /// Refuse EV1.
        no_ev1: bool,
        /// Refuse chained writes in EV2.
        no_chained_writes: bool,
    },
    /// Option 05: from now on the card speaks LRP instead of EV2. **For ever.**
    Lrp,
    /// Option 0A: how many failed authentications block a key.
    FailedAuthentications {
        /// Whether they are counted.
        counted: bool,
        /// The count that blocks the key for ever.
        limit: u16,
        /// What a success takes off the count.
        decrement: u16,
    },
    /// Option 0C: `ATQA`.
    Atqa([u8; 2]),
    /// Another option, by its number, with its data.
    Other(u8, Vec<u8>),
}

impl Configuration {
    fn to_wire(&self) -> (u8, Zeroizing<Vec<u8>>) {
        let bit = |set: bool, value: u8| if set { value } else { 0 };
        let (option, data) = match self {
            Self::Picc { no_format, random_id, proximity_check, virtual_card } => (
                0x00,
                Vec::from([bit(*no_format, 1)
                    | bit(*random_id, 2)
                    | bit(*proximity_check, 4)
                    | bit(*virtual_card, 8)]),
            ),
            Self::DefaultKey { key, version } => {
                let mut data = key.bytes().to_vec();
                data.resize(24, 0);
                data.push(*version);
                (0x01, data)
            }
            Self::Ats(ats) => (0x02, ats.clone()),
            Self::Sak(sak) => (0x03, sak.to_vec()),
            Self::SecureMessaging { no_d40, no_ev1, no_chained_writes } => {
                (0x04, Vec::from([bit(*no_d40, 1) | bit(*no_ev1, 2) | bit(*no_chained_writes, 4)]))
            }
            Self::Lrp => (0x05, Vec::from([0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0])),
            Self::FailedAuthentications { counted, limit, decrement } => {
                let mut data = Vec::from([u8::from(*counted)]);
                data.extend(limit.to_le_bytes());
                data.extend(decrement.to_le_bytes());
                (0x0A, data)
            }
            Self::Atqa(atqa) => (0x0C, atqa.to_vec()),
            Self::Other(option, data) => (*option, data.clone()),
        };
        (option, Zeroizing::new(data))
    }
}

impl Command {
    /// `GetVersion`.
    pub fn get_version() -> Self {
        Self::new(Ins::GET_VERSION, Mode::Mac, &[])
    }

    /// `GetCardUID`: the true serial number.
    pub fn get_card_uid() -> Self {
        Self::new(Ins::GET_CARD_UID, Mode::Full, &[])
    }

    /// `FreeMem`.
    pub fn free_memory() -> Self {
        Self::new(Ins::FREE_MEMORY, Mode::Mac, &[]).expecting(3)
    }

    /// `GetApplicationIDs`.
    pub fn get_application_ids() -> Self {
        Self::new(Ins::GET_APPLICATION_IDS, Mode::Mac, &[])
    }

    /// `GetDFNames`.
    pub fn get_df_names() -> Self {
        Self::new(Ins::GET_DF_NAMES, Mode::Mac, &[])
    }

    /// `SelectApplication`.
    pub fn select_application(aid: Aid) -> Self {
        Self::new(Ins::SELECT_APPLICATION, Mode::Plain, &aid.to_wire())
    }

    /// `SelectApplication` of two that share files (EV2 and later).
    pub fn select_two_applications(first: Aid, second: Aid) -> Self {
        let header = [first.to_wire(), second.to_wire()];
        Self::new(Ins::SELECT_APPLICATION, Mode::Plain, header.as_flattened())
    }

    /// `FormatPICC`: deletes all applications and gives their memory back; keys stay.
    pub fn format_picc() -> Self {
        Self::new(Ins::FORMAT_PICC, Mode::Mac, &[])
    }

    /// `SetConfiguration`.
    pub fn set_configuration(configuration: &Configuration) -> Self {
        let (option, data) = configuration.to_wire();
        let mut command = Self::new(Ins::SET_CONFIGURATION, Mode::Full, &[option]).with_data(&data);
        command.open_ended = option == 0x02;
        // Silicon was seen to answer a change of messaging without a MAC.
        command.ends_session = option == 0x05;
        command
    }

    /// `Read_Sig`: the signature that the maker put on the identifier.
    pub fn read_signature() -> Self {
        Self::new(Ins::READ_SIGNATURE, Mode::Mac, &[0x00]).answered_in(Mode::Full).expecting(56)
    }

    /// `PreparePC`.
    pub fn prepare_proximity_check() -> Self {
        Self::new(Ins::PREPARE_PROXIMITY_CHECK, Mode::Plain, &[])
    }

    /// One round of `ProximityCheck` with 1 to 8 random bytes.
    pub fn proximity_check(challenge: &[u8]) -> Self {
        let mut header = Vec::from([u8::try_from(challenge.len()).unwrap_or(u8::MAX)]);
        header.extend_from_slice(challenge);
        Self::new(Ins::PROXIMITY_CHECK, Mode::Plain, &header).expecting(challenge.len())
    }

    /// `VerifyPC`.
    pub fn verify_proximity_check(mac: [u8; 8]) -> Self {
        Self::new(Ins::VERIFY_PROXIMITY_CHECK, Mode::Plain, &mac).expecting(8)
    }
}

impl Ins {
    /// Commands whose encrypted answer has no padding.
    pub(crate) const fn answers_unpadded(self) -> bool {
        matches!(self, Self::COMMIT_READER_ID)
    }
}
