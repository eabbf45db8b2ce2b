//! Questions and small commands, with and without a session.

use alloc::vec::Vec;

use super::{Authenticated, Card, Exchanged, empty, file_of, read_answer};
use crate::{
    Aid, AppSettings, Command, Error, Failed, File, FileNo, FileSettings, KeyNo, KeySettings,
    KeyType, Link, Messaging, NewApplication, NewFile, Nonsense, Uid, Version,
};

/// How the selected level is set up, as the card tells it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Level {
    /// Key settings and keys; at the PICC level one key.
    pub settings: AppSettings,
    /// What EV2 and later cards add about key sets, as it is.
    pub key_sets: Vec<u8>,
}

/// An application by its names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DfEntry {
    /// Its identifier.
    pub aid: Aid,
    /// Its ISO file identifier.
    pub iso_id: u16,
    /// Its DF name; may be empty.
    pub name: Vec<u8>,
}

/// What a card tells of a slot for a delegated application.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DelegatedInfo {
    /// Version of the slot.
    pub slot_version: u8,
    /// Memory that the application may take up, in blocks of 32 bytes.
    pub quota: u16,
    /// Blocks that are still free.
    pub free: u16,
    /// The application.
    pub aid: Aid,
}

/// What a card says of a transaction that it committed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignedTransaction {
    /// Its number on this application.
    pub counter: u32,
    /// Its MAC ([`crate::tmac`]).
    pub value: [u8; 8],
}

/// Commands that exist with and without a session. A card may refuse them without one.
macro_rules! with_and_without_session {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $of:ty),*) -> $out:ty = $act:expr;)*) => {
        impl<L: Link> Card<L> {
            $($(#[$doc])*
            ///
            /// # Errors
            ///
            /// See [`Error`]; without a session the card may refuse.
            pub fn $name(&mut self, $($arg: $of),*) -> Result<$out, Error<L::Error>> {
                let act = $act;
                act(self)
            })*
        }

        impl<L: Link, S: Messaging> Authenticated<L, S> {
            $($(#[$doc])*
            ///
            /// # Errors
            ///
            /// See [`Error`].
            pub fn $name(self, $($arg: $of),*) -> Result<(Self, $out), Failed<L>> {
                self.attempt($act)
            })*
        }
    };
}

/// As [`with_and_without_session`], for commands that answer nothing.
macro_rules! done_with_and_without_session {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $of:ty),*) = $command:expr;)*) => {
        impl<L: Link> Card<L> {
            $($(#[$doc])*
            ///
            /// # Errors
            ///
            /// See [`Error`]; without a session the card may refuse.
            pub fn $name(&mut self, $($arg: $of),*) -> Result<(), Error<L::Error>> {
                read_answer(self, &$command?, empty)
            })*
        }

        impl<L: Link, S: Messaging> Authenticated<L, S> {
            $($(#[$doc])*
            ///
            /// # Errors
            ///
            /// See [`Error`].
            pub fn $name(self, $($arg: $of),*) -> Result<Self, Failed<L>> {
                let act = |this: &mut Self| read_answer(this, &$command?, empty);
                self.attempt(act).map(|(this, ())| this)
            })*
        }
    };
}

with_and_without_session! {
    /// `GetVersion`.
    version() -> Version =
        |this: &mut _| read_answer(this, &Command::get_version(), |a| Version::parse(&a.data));
    /// `FreeMem`: free bytes.
    free_memory() -> u32 = |this: &mut _| read_answer(this, &Command::free_memory(), three_bytes);
    /// `GetApplicationIDs`.
    application_ids() -> Vec<Aid> =
        |this: &mut _| read_answer(this, &Command::get_application_ids(), aids);
    /// `GetDFNames`: the applications that have an ISO file identifier, with their DF names.
    df_names() -> Vec<DfEntry> =
        |this: &mut _| read_answer(this, &Command::get_df_names(), df_entries);
    /// `GetKeySettings`: how the selected level is set up.
    key_settings() -> Level =
        |this: &mut _| read_answer(this, &Command::get_key_settings(), level);
    /// `GetKeyVersion`.
    key_version(key: KeyNo) -> u8 =
        |this: &mut _| read_answer(this, &Command::get_key_version(key), one_byte);
    /// `GetKeyVersion` of a key in a key set (EV2 and later).
    key_version_in_set(set: u8, key: KeyNo) -> u8 =
        |this: &mut _| read_answer(this, &Command::get_key_version_in_set(set, key)?, one_byte);
    /// `GetKeyVersion` for the versions of all key sets (EV2 and later), the active one first.
    key_set_versions() -> Vec<u8> =
        |this: &mut _| read_answer(this, &Command::get_key_set_versions(), |answer| Ok(answer.data.clone()));
    /// `GetDelegatedInfo` of a slot.
    delegated_info(slot: u16) -> DelegatedInfo =
        |this: &mut _| read_answer(this, &Command::get_delegated_info(slot), delegated);
    /// `GetFileIDs`.
    file_ids() -> Vec<FileNo> =
        |this: &mut _| read_answer(this, &Command::get_file_ids(), file_numbers);
    /// `GetISOFileIDs`.
    iso_file_ids() -> Vec<u16> =
        |this: &mut _| read_answer(this, &Command::get_iso_file_ids(), iso_ids);
    /// `GetFileSettings`, in the shape that the data commands take.
    file(number: FileNo) -> File = |this: &mut _| file_of(this, number);
    /// `Read_Sig`: the maker's signature over the identifier
    /// ([`crate::originality`]), r and s.
    signature() -> [u8; 56] = |this: &mut _| {
        read_answer(this, &Command::read_signature(), |answer| {
            answer.data.as_slice().try_into().map_err(|_| Nonsense::Length)
        })
    };
}

done_with_and_without_session! {
    /// `CreateApplication`. Its keys are the card's default key, from the factory zeros.
    create_application(new: &NewApplication) = Command::create_application(new);
    /// `DeleteApplication`. On early chips its memory is given back by `FormatPICC` only.
    delete_application(aid: Aid) = Ok::<_, crate::Misuse>(Command::delete_application(aid));
    /// `Create…File`, but for the transaction MAC file.
    create_file(new: &NewFile) = Command::create_file(new);
    /// `DeleteFile`.
    delete_file(number: FileNo) = Ok::<_, crate::Misuse>(Command::delete_file(number));
    /// `ChangeFileSettings` of `file` to mode, rights, additional rights and dynamic messaging of
    /// `to`.
    change_file_settings(file: &File, to: &FileSettings) = Command::change_file_settings(file, to);
    /// `CommitTransaction`: what was written since counts. A card with nothing to commit refuses
    /// with [`crate::Status::NO_CHANGES`].
    commit() = Ok::<_, crate::Misuse>(Command::commit_transaction());
    /// `AbortTransaction`: what was written since does not count.
    abort() = Ok::<_, crate::Misuse>(Command::abort_transaction());
}

impl<L: Link> Card<L> {
    /// The file as it may be asked for its data, made from what is known of it already.
    ///
    /// # Errors
    ///
    /// As [`Card::file`].
    pub fn files(&mut self) -> Result<Vec<File>, Error<L::Error>> {
        let numbers = self.file_ids()?;
        numbers.into_iter().map(|number| self.file(number)).collect()
    }
}

impl<L: Link, S: Messaging> Authenticated<L, S> {
    /// `GetCardUID`: the true serial number, also of a chip that shows random ones.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn card_uid(self) -> Result<(Self, Uid), Failed<L>> {
        self.attempt(|this| read_answer(this, &Command::get_card_uid(), uid))
    }

    /// `GetFileCounters`: how often dynamic messaging was read (EV3).
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn read_counter(self, number: FileNo) -> Result<(Self, u32), Failed<L>> {
        self.attempt(|this| {
            read_answer(this, &Command::get_file_counters(number), |answer| {
                match answer.data.as_slice() {
                    [a, b, c, ..] => Ok(u32::from_le_bytes([*a, *b, *c, 0])),
                    _ => Err(Nonsense::Length),
                }
            })
        })
    }

    /// All files of the application with their settings.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn files(self) -> Result<(Self, Vec<File>), Failed<L>> {
        self.attempt(|this| {
            let numbers = read_answer(this, &Command::get_file_ids(), file_numbers)?;
            numbers.into_iter().map(|number| file_of(this, number)).collect()
        })
    }

    /// `CommitTransaction` with counter and MAC of the transaction.
    ///
    /// # Errors
    ///
    /// See [`Error`]. After [`Error::Link`] the transaction may count or not.
    pub fn commit_for_mac(self) -> Result<(Self, SignedTransaction), Failed<L>> {
        self.attempt(|this| {
            read_answer(this, &Command::commit_transaction_for_mac(), |answer| {
                match answer.data.as_slice() {
                    [a, b, c, d, value @ ..] => Ok(SignedTransaction {
                        counter: u32::from_le_bytes([*a, *b, *c, *d]),
                        value: value.try_into().map_err(|_| Nonsense::Length)?,
                    }),
                    _ => Err(Nonsense::Length),
                }
            })
        })
    }

    /// `CommitReaderID`: names the reader in the MAC of the transaction; returns the enciphered
    /// reader of the transaction before ([`crate::tmac::TransactionKeys::reader_id`]).
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn commit_reader_id(self, reader: [u8; 16]) -> Result<(Self, [u8; 16]), Failed<L>> {
        self.attempt(|this| {
            read_answer(this, &Command::commit_reader_id(reader), |answer| {
                answer.data.as_slice().try_into().map_err(|_| Nonsense::Length)
            })
        })
    }

    /// `ChangeKeySettings` of the selected level.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn change_key_settings(self, settings: KeySettings) -> Result<Self, Failed<L>> {
        let command = Command::change_key_settings(settings);
        self.attempt(|this| read_answer(this, &command, empty)).map(|(this, ())| this)
    }
}

fn one_byte(answer: &Exchanged) -> Result<u8, Nonsense> {
    match answer.data.as_slice() {
        [byte] => Ok(*byte),
        _ => Err(Nonsense::Length),
    }
}

fn three_bytes(answer: &Exchanged) -> Result<u32, Nonsense> {
    match answer.data.as_slice() {
        [a, b, c] => Ok(u32::from_le_bytes([*a, *b, *c, 0])),
        _ => Err(Nonsense::Length),
    }
}

/// Seven bytes, or a length and a shorter or longer identifier, of which only seven are one.
fn uid(answer: &Exchanged) -> Result<Uid, Nonsense> {
    let bytes = match answer.data.as_slice() {
        [0x00, 7, uid @ ..] if uid.len() == 7 => uid,
        uid => uid,
    };
    bytes.try_into().map(Uid).map_err(|_| Nonsense::Length)
}

fn aids(answer: &Exchanged) -> Result<Vec<Aid>, Nonsense> {
    match answer.data.as_chunks::<3>() {
        (aids, []) => Ok(aids.iter().map(|aid| Aid::from_wire(*aid)).collect()),
        _ => Err(Nonsense::Length),
    }
}

/// One entry a frame: only the frames' ends tell where a name ends.
fn df_entries(answer: &Exchanged) -> Result<Vec<DfEntry>, Nonsense> {
    let mut entries = Vec::new();
    let mut from = 0;
    for to in answer.breaks.iter().copied().chain([answer.data.len()]) {
        let entry = answer.data.get(from..to).ok_or(Nonsense::Length)?;
        from = to;
        match entry {
            [] => {}
            [a, b, c, low, high, name @ ..] if name.len() <= 16 => entries.push(DfEntry {
                aid: Aid::from_wire([*a, *b, *c]),
                iso_id: u16::from_le_bytes([*low, *high]),
                name: name.to_vec(),
            }),
            _ => return Err(Nonsense::Length),
        }
    }
    Ok(entries)
}

fn level(answer: &Exchanged) -> Result<Level, Nonsense> {
    match answer.data.as_slice() {
        [settings, keys, rest @ ..] => Ok(Level {
            settings: AppSettings {
                settings: KeySettings(*settings),
                key_type: KeyType::from_bits(*keys).ok_or(Nonsense::Value)?,
                keys: keys & 0x0F,
                iso_files: keys & 0x20 != 0,
            },
            key_sets: rest.to_vec(),
        }),
        _ => Err(Nonsense::Length),
    }
}

fn delegated(answer: &Exchanged) -> Result<DelegatedInfo, Nonsense> {
    match answer.data.as_slice() {
        [slot_version, q0, q1, f0, f1, a, b, c] => Ok(DelegatedInfo {
            slot_version: *slot_version,
            quota: u16::from_le_bytes([*q0, *q1]),
            free: u16::from_le_bytes([*f0, *f1]),
            aid: Aid::from_wire([*a, *b, *c]),
        }),
        _ => Err(Nonsense::Length),
    }
}

fn file_numbers(answer: &Exchanged) -> Result<Vec<FileNo>, Nonsense> {
    answer.data.iter().map(|no| FileNo::new(*no).map_err(|_| Nonsense::Value)).collect()
}

fn iso_ids(answer: &Exchanged) -> Result<Vec<u16>, Nonsense> {
    match answer.data.as_chunks::<2>() {
        (ids, []) => Ok(ids.iter().map(|id| u16::from_le_bytes(*id)).collect()),
        _ => Err(Nonsense::Length),
    }
}
