//! The commands this card knows: how each travels, and what its parameters say.
//!
//! Nothing here looks at the state of the card: a command is parsed, or refused with the status that
//! silicon uses, before anybody asks whether it is allowed.

use crate::body::{Records, Value};
use crate::chip::Model;
use crate::eeprom::Aid;
use crate::execute::data::ValueChange;
use crate::key::KeyKind;
use crate::rights::{AccessRights, CommMode, KeySettings};
use crate::status::Status;

pub(crate) const ADDITIONAL_FRAME: u8 = 0xAF;
pub(crate) const SELECT_APPLICATION: u8 = 0x5A;

/// How a command travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outline {
    /// Parameter bytes that are never enciphered.
    pub(crate) header: usize,
    pub(crate) way: Way,
    pub(crate) data: Protection,
    /// Whether frames are joined and cut with `AF`, or one message carries everything.
    pub(crate) chained: bool,
}

/// What decides about the protection of a command once somebody is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Always authenticated.
    Mac,
    /// Always enciphered, as far as there is anything to encipher.
    Full,
    /// As the file says, for readers.
    Read,
    /// As the file says, for writers.
    Write,
    /// As the file says, for whoever may ask for its value.
    Value,
    /// As the file says, for whoever may change its value so.
    ValueChange(ValueChange),
    /// Enciphered for the key that may change the file's settings, plain if anybody may.
    ChangeFile,
    /// A cryptogram of its own.
    KeyChange,
}

/// What follows the header of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// No data: all parameters are header.
    None,
    /// No data, and the answer is what a file holds.
    Read,
    /// As many data bytes.
    Fixed(usize),
    /// As many data bytes as the last three header bytes say.
    Counted,
}

/// A command with its parameters checked as far as they can be without looking at the card.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    GetVersion,
    GetCardUid,
    FreeMemory,
    GetApplicationIds,
    GetKeySettings,
    ChangeKeySettings(KeySettings),
    GetKeyVersion {
        key_no: u8,
    },
    ChangeKey {
        key_no: u8,
        payload: Vec<u8>,
    },
    CreateApplication(NewApplication),
    DeleteApplication(Aid),
    FormatPicc,
    CreateFile(NewFile),
    DeleteFile {
        file: u8,
    },
    GetFileIds,
    GetIsoFileIds,
    GetFileSettings {
        file: u8,
    },
    ChangeFileSettings {
        file: u8,
        mode: CommMode,
        rights: AccessRights,
    },
    ReadData {
        file: u8,
        offset: usize,
        length: usize,
    },
    WriteData {
        file: u8,
        offset: usize,
        data: Vec<u8>,
    },
    GetValue {
        file: u8,
    },
    ChangeValue {
        file: u8,
        change: ValueChange,
        amount: i32,
    },
    ReadRecords {
        file: u8,
        first: usize,
        count: usize,
    },
    /// Into the record that the commit adds, or into one that is there.
    WriteRecord {
        file: u8,
        record: Option<usize>,
        offset: usize,
        data: Vec<u8>,
    },
    ClearRecords {
        file: u8,
    },
    CommitTransaction,
    AbortTransaction,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewApplication {
    pub(crate) aid: Aid,
    pub(crate) settings: KeySettings,
    pub(crate) key_kind: KeyKind,
    pub(crate) keys: usize,
    pub(crate) files_have_iso_ids: bool,
    pub(crate) more_settings: Option<u8>,
    pub(crate) iso_id: Option<u16>,
    pub(crate) df_name: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct NewFile {
    pub(crate) number: u8,
    pub(crate) kind: FileKind,
    pub(crate) iso_id: Option<u16>,
    pub(crate) mode: CommMode,
    pub(crate) rights: AccessRights,
}

/// What a new file is to hold.
#[derive(Debug, Clone)]
pub(crate) enum FileKind {
    Standard(usize),
    Backup(usize),
    Value(Value),
    Records(Records),
}

impl FileKind {
    /// Bytes that it takes up at least.
    pub(crate) fn least_bytes(&self) -> usize {
        match self {
            FileKind::Standard(size) | FileKind::Backup(size) => *size,
            FileKind::Value(_) => 4,
            FileKind::Records(records) => records.size.saturating_mul(records.most),
        }
    }
}

/// How the command with this instruction travels, or nothing if a card of that generation does not know it.
///
/// Selecting, authenticating and additional frames are outside messaging and not listed here.
pub(crate) fn outline(ins: u8, model: Model) -> Option<Outline> {
    let all = |way| Outline { header: usize::MAX, way, data: Protection::None, chained: true };
    let since_ev2 = |outline| (model >= Model::Ev2).then_some(outline);
    match ins {
        0x60 | 0x6E | 0x6A | 0x45 | 0x64 | 0xCA | 0xDA | 0xFC | 0xCD | 0xCB | 0xCC | 0xC1
        | 0xC0 | 0xDF | 0x6F | 0x61 | 0xF5 | 0xEB | 0xC7 | 0xA7 => Some(all(Way::Mac)),
        0x51 => Some(all(Way::Full)),
        0x54 => Some(Outline { header: 0, data: Protection::Fixed(1), ..all(Way::Full) }),
        0x5F => Some(Outline { header: 1, data: Protection::Fixed(3), ..all(Way::ChangeFile) }),
        0xC4 => Some(Outline { header: 1, ..all(Way::KeyChange) }),
        0xBD => Some(Outline { header: 7, data: Protection::Read, ..all(Way::Read) }),
        0xAD => since_ev2(Outline { chained: false, ..outline(0xBD, model)? }),
        0x3D => Some(Outline { header: 7, data: Protection::Counted, ..all(Way::Write) }),
        0x8D => since_ev2(Outline { chained: false, ..outline(0x3D, model)? }),
        0xBB => outline(0xBD, model),
        0xAB => outline(0xAD, model),
        0x3B => outline(0x3D, model),
        0x8B => outline(0x8D, model),
        0xDB => since_ev2(Outline { header: 10, ..outline(0x3D, model)? }),
        0xBA => since_ev2(Outline { header: 10, ..outline(0x8D, model)? }),
        0x6C => Some(Outline { header: 1, data: Protection::Read, ..all(Way::Value) }),
        0x0C | 0xDC | 0x1C => Some(Outline {
            header: 1,
            data: Protection::Fixed(4),
            ..all(Way::ValueChange(value_change(ins)?))
        }),
        _ => None,
    }
}

impl Command {
    /// Reads the parameters of an instruction that [`outline`] knows.
    pub(crate) fn parse(ins: u8, parameters: &[u8]) -> Result<Self, Status> {
        match ins {
            0x60 => alone(parameters, Command::GetVersion),
            0x51 => alone(parameters, Command::GetCardUid),
            0x6E => alone(parameters, Command::FreeMemory),
            0x6A => alone(parameters, Command::GetApplicationIds),
            0x45 => alone(parameters, Command::GetKeySettings),
            0x54 => Ok(Command::ChangeKeySettings(KeySettings(one(parameters)?))),
            0x64 => Ok(Command::GetKeyVersion { key_no: one(parameters)? }),
            0xC4 => match *parameters {
                [key_no, _, ..] => Ok(Command::ChangeKey { key_no, payload: parameters.to_vec() }),
                [] | [_] => Err(Status::LENGTH_ERROR),
            },
            0xCA => NewApplication::parse(parameters).map(Command::CreateApplication),
            0xDA => Aid::parse(parameters).map(Command::DeleteApplication),
            0xFC => alone(parameters, Command::FormatPicc),
            0xCD | 0xCB | 0xCC | 0xC1 | 0xC0 => {
                NewFile::parse(ins, parameters).map(Command::CreateFile)
            }
            0xDF => Ok(Command::DeleteFile { file: one(parameters)? }),
            0x6F => alone(parameters, Command::GetFileIds),
            0x61 => alone(parameters, Command::GetIsoFileIds),
            0xF5 => Ok(Command::GetFileSettings { file: one(parameters)? }),
            0x5F => match *parameters {
                [file, option, low, high] => Ok(Command::ChangeFileSettings {
                    file,
                    mode: file_mode(option)?,
                    rights: AccessRights::from_wire([low, high]),
                }),
                _ => Err(Status::LENGTH_ERROR),
            },
            0xBD | 0xAD => match *parameters {
                [file, o1, o2, o3, l1, l2, l3] => Ok(Command::ReadData {
                    file,
                    offset: number([o1, o2, o3]),
                    length: number([l1, l2, l3]),
                }),
                _ => Err(Status::LENGTH_ERROR),
            },
            0x3D | 0x8D => match *parameters {
                [file, o1, o2, o3, l1, l2, l3, ref data @ ..]
                    if !data.is_empty() && data.len() == number([l1, l2, l3]) =>
                {
                    Ok(Command::WriteData {
                        file,
                        offset: number([o1, o2, o3]),
                        data: data.to_vec(),
                    })
                }
                _ => Err(Status::LENGTH_ERROR),
            },
            0x6C => Ok(Command::GetValue { file: one(parameters)? }),
            0x0C | 0xDC | 0x1C => match (parameters, value_change(ins)) {
                ([file, amount @ ..], Some(change)) => Ok(Command::ChangeValue {
                    file: *file,
                    change,
                    amount: amount
                        .try_into()
                        .map(i32::from_le_bytes)
                        .map_err(|_| Status::LENGTH_ERROR)?,
                }),
                _ => Err(Status::LENGTH_ERROR),
            },
            0xBB | 0xAB => match *parameters {
                [file, f1, f2, f3, c1, c2, c3] => Ok(Command::ReadRecords {
                    file,
                    first: number([f1, f2, f3]),
                    count: number([c1, c2, c3]),
                }),
                _ => Err(Status::LENGTH_ERROR),
            },
            0x3B | 0x8B => match *parameters {
                [file, o1, o2, o3, l1, l2, l3, ref data @ ..]
                    if !data.is_empty() && data.len() == number([l1, l2, l3]) =>
                {
                    let offset = number([o1, o2, o3]);
                    Ok(Command::WriteRecord { file, record: None, offset, data: data.to_vec() })
                }
                _ => Err(Status::LENGTH_ERROR),
            },
            0xDB | 0xBA => match *parameters {
                [file, r1, r2, r3, o1, o2, o3, l1, l2, l3, ref data @ ..]
                    if !data.is_empty() && data.len() == number([l1, l2, l3]) =>
                {
                    let (record, offset) = (Some(number([r1, r2, r3])), number([o1, o2, o3]));
                    Ok(Command::WriteRecord { file, record, offset, data: data.to_vec() })
                }
                _ => Err(Status::LENGTH_ERROR),
            },
            0xEB => Ok(Command::ClearRecords { file: one(parameters)? }),
            0xC7 => alone(parameters, Command::CommitTransaction),
            0xA7 => alone(parameters, Command::AbortTransaction),
            _ => Err(Status::ILLEGAL_COMMAND),
        }
    }
}

impl Aid {
    pub(crate) fn parse(parameters: &[u8]) -> Result<Self, Status> {
        parameters.try_into().map(Aid).map_err(|_| Status::LENGTH_ERROR)
    }
}

impl NewApplication {
    fn parse(parameters: &[u8]) -> Result<Self, Status> {
        let [a, b, c, settings, keys, ref rest @ ..] = *parameters else {
            return Err(Status::LENGTH_ERROR);
        };
        let (more_settings, rest) = match *rest {
            _ if keys & HAS_MORE_SETTINGS == 0 => (None, rest),
            [more, ref rest @ ..] => (Some(more), rest),
            [] => return Err(Status::LENGTH_ERROR),
        };
        let (iso_id, df_name) = match *rest {
            [] => (None, &[][..]),
            [low, high, ref name @ ..] if name.len() <= 16 => {
                (Some(u16::from_le_bytes([low, high])), name)
            }
            _ => return Err(Status::LENGTH_ERROR),
        };
        // Key sets, virtual card keys and capability data are not offered by this card.
        if more_settings.is_some_and(|more| more != 0) || !(1..=14).contains(&(keys & 0x0F)) {
            return Err(Status::PARAMETER_ERROR);
        }
        Ok(NewApplication {
            aid: Aid([a, b, c]),
            settings: KeySettings(settings),
            key_kind: KeyKind::from_type_bits(keys).ok_or(Status::PARAMETER_ERROR)?,
            keys: usize::from(keys & 0x0F),
            files_have_iso_ids: keys & FILES_HAVE_ISO_IDS != 0,
            more_settings,
            iso_id,
            df_name: df_name.to_vec(),
        })
    }
}

impl NewFile {
    fn parse(ins: u8, parameters: &[u8]) -> Result<Self, Status> {
        // What follows the rights tells by its length whether an ISO file identifier stands before.
        let about = match ins {
            0xCD | 0xCB => 3,
            0xCC => 13,
            _ => 6,
        };
        let (&file, rest) = parameters.split_first().ok_or(Status::LENGTH_ERROR)?;
        let (iso_id, rest) = match *rest {
            [low, high, ref rest @ ..] if rest.len() == about + 3 && ins != 0xCC => {
                (Some(u16::from_le_bytes([low, high])), rest)
            }
            _ => (None, rest),
        };
        let (&[option, r1, r2], about) = match rest.split_first_chunk::<3>() {
            Some((head, tail)) if tail.len() == about => (head, tail),
            _ => return Err(Status::LENGTH_ERROR),
        };
        if file > HIGHEST_FILE {
            return Err(Status::PARAMETER_ERROR);
        }
        Ok(NewFile {
            number: file,
            kind: FileKind::parse(ins, about)?,
            iso_id,
            mode: file_mode(option)?,
            rights: AccessRights::from_wire([r1, r2]),
        })
    }
}

impl FileKind {
    fn parse(ins: u8, about: &[u8]) -> Result<Self, Status> {
        match (ins, about) {
            (0xCD | 0xCB, &[s1, s2, s3]) => match number([s1, s2, s3]) {
                0 => Err(Status::PARAMETER_ERROR),
                size if ins == 0xCD => Ok(FileKind::Standard(size)),
                size => Ok(FileKind::Backup(size)),
            },
            (0xCC, [numbers @ .., flags]) => match numbers.as_chunks() {
                (&[lower, upper, value], []) => {
                    let [lower, upper, value] = [lower, upper, value].map(i32::from_le_bytes);
                    let value = Value::new(lower, upper, value, *flags);
                    value.map(FileKind::Value).ok_or(Status::PARAMETER_ERROR)
                }
                _ => Err(Status::LENGTH_ERROR),
            },
            (0xC1 | 0xC0, &[s1, s2, s3, m1, m2, m3]) => {
                let (size, most) = (number([s1, s2, s3]), number([m1, m2, m3]));
                let cyclic = ins == 0xC0;
                if size == 0 || most < 1 + usize::from(cyclic) {
                    return Err(Status::PARAMETER_ERROR);
                }
                Ok(FileKind::Records(Records::new(cyclic, size, most)))
            }
            _ => Err(Status::LENGTH_ERROR),
        }
    }
}

fn value_change(ins: u8) -> Option<ValueChange> {
    match ins {
        0x0C => Some(ValueChange::Credit),
        0xDC => Some(ValueChange::Debit),
        0x1C => Some(ValueChange::LimitedCredit),
        _ => None,
    }
}

/// Reads a file option. Mirroring and additional access rights are not offered by this card.
fn file_mode(option: u8) -> Result<CommMode, Status> {
    if option & !0x03 == 0 {
        Ok(CommMode::from_option(option))
    } else {
        Err(Status::PARAMETER_ERROR)
    }
}

fn alone(parameters: &[u8], command: Command) -> Result<Command, Status> {
    if parameters.is_empty() { Ok(command) } else { Err(Status::LENGTH_ERROR) }
}

fn one(parameters: &[u8]) -> Result<u8, Status> {
    match *parameters {
        [only] => Ok(only),
        _ => Err(Status::LENGTH_ERROR),
    }
}

fn number([low, middle, high]: [u8; 3]) -> usize {
    u32::from_le_bytes([low, middle, high, 0]) as usize
}

const HIGHEST_FILE: u8 = 0x1F;
const HAS_MORE_SETTINGS: u8 = 0x10;
const FILES_HAVE_ISO_IDS: u8 = 0x20;
