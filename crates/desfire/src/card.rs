//! The blocking driver: commands over a [`Link`], with what was proven in the type.

use alloc::vec::Vec;
use core::fmt;

use crate::apdu::{Exchange, Next};
use crate::{
    AesKey, Aid, AppSettings, BadAnswer, Command, DesKey, Error, Failed, File, FileNo,
    FileSettings, Ins, KeyNo, KeySettings, Link, Messaging, Misuse, NewKey, Nonsense, Refused,
    Status, Uid, Version, apdu, ev1, ev2,
};

/// A card in the field in which no key has been proven.
///
/// What needs a key does not exist here:
///
/// ```compile_fail
/// fn wipe<L: desfire::Link>(card: desfire::Card<L>) {
///     card.format_picc();
/// }
/// ```
pub struct Card<L> {
    link: L,
    selected: Option<Aid>,
    exchanges: u32,
}

impl<L: Link> Card<L> {
    /// Takes over a link to a card. Nothing counts as selected until [`Card::select`].
    pub const fn new(link: L) -> Self {
        Self { link, selected: None, exchanges: 0 }
    }

    /// Number of APDUs sent so far.
    pub const fn exchanges(&self) -> u32 {
        self.exchanges
    }

    /// The selected level.
    pub const fn selected(&self) -> Option<Aid> {
        self.selected
    }

    /// Gives the link back.
    pub fn into_link(self) -> L {
        self.link
    }

    /// `GetVersion`.
    ///
    /// # Errors
    ///
    /// See [`Error`]; all errors of this type's methods do.
    pub fn version(&mut self) -> Result<Version, Error<L::Error>> {
        let answer = self.plain(&Command::get_version())?;
        Version::parse(&answer).map_err(nonsense(Ins::GET_VERSION))
    }

    /// `SelectApplication`. [`Aid::PICC`] selects the PICC level.
    ///
    /// Ends whatever a conversation that was cut off has left on the card: its session, and, with a
    /// second exchange, an open chain of frames.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Status::APPLICATION_NOT_FOUND`] when there is none.
    pub fn select(&mut self, aid: Aid) -> Result<(), Error<L::Error>> {
        self.selected = None;
        let command = Command::select_application(aid);
        let answer = match self.plain(&command) {
            Err(error) if error.refusal() == Some(Status::COMMAND_ABORTED) => {
                self.plain(&command)?
            }
            first => first?,
        };
        expect_empty(Ins::SELECT_APPLICATION, &answer)?;
        self.selected = Some(aid);
        Ok(())
    }

    /// `GetKeySettings`, where listing is free: settings, number of keys (at the PICC level 1) and
    /// whether the keys are AES.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Status::AUTHENTICATION_ERROR`] when listing needs a key.
    pub fn key_settings(&mut self) -> Result<(AppSettings, bool), Error<L::Error>> {
        let answer = self.plain(&Command::get_key_settings())?;
        parse_key_settings(&answer).map_err(nonsense(Ins::GET_KEY_SETTINGS))
    }

    /// `GetKeyVersion`, which needs no key.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when there is no such key.
    pub fn key_version(&mut self, key: KeyNo) -> Result<u8, Error<L::Error>> {
        let answer = self.plain(&Command::get_key_version(key))?;
        one_byte(&answer).map_err(nonsense(Ins::GET_KEY_VERSION))
    }

    /// `GetApplicationIDs`, where listing is free.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Status::AUTHENTICATION_ERROR`] when listing needs a key.
    pub fn application_ids(&mut self) -> Result<Vec<Aid>, Error<L::Error>> {
        let answer = self.plain(&Command::get_application_ids())?;
        parse_aids(&answer).map_err(nonsense(Ins::GET_APPLICATION_IDS))
    }

    /// `FreeMem`: free bytes.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn free_memory(&mut self) -> Result<u32, Error<L::Error>> {
        let answer = self.plain(&Command::free_memory())?;
        three_bytes(&answer).map_err(nonsense(Ins::FREE_MEMORY))
    }

    /// `AuthenticateISO` with a DES key; EV1 messaging. `rnd_a` must be unpredictable.
    ///
    /// # Errors
    ///
    /// The card with nothing proven, and the reason: [`Status::AUTHENTICATION_ERROR`] when the key
    /// is wrong or of another type.
    pub fn authenticate_des(
        self,
        number: KeyNo,
        key: &DesKey,
        rnd_a: [u8; 8],
    ) -> Result<Authenticated<L, ev1::Session>, Failed<L>> {
        let ins = Ins::AUTHENTICATE_ISO;
        let handshake = ev1::Handshake::des(key, rnd_a);
        self.prove(number, ins, &[number.get()], |challenge| {
            let (proof, token) = handshake.challenge(challenge)?;
            Ok((token, move |answer: &[u8]| proof.finish(answer)))
        })
    }

    /// `AuthenticateAES`; EV1 messaging. `rnd_a` must be unpredictable.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate_des`].
    pub fn authenticate_aes_ev1(
        self,
        number: KeyNo,
        key: &AesKey,
        rnd_a: [u8; 16],
    ) -> Result<Authenticated<L, ev1::Session>, Failed<L>> {
        let handshake = ev1::Handshake::aes(key, rnd_a);
        self.prove(number, Ins::AUTHENTICATE_AES, &[number.get()], |challenge| {
            let (proof, token) = handshake.challenge(challenge)?;
            Ok((token, move |answer: &[u8]| proof.finish(answer)))
        })
    }

    /// `AuthenticateEV2First`; EV2 messaging. `rnd_a` must be unpredictable.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate_des`]; [`Status::ILLEGAL_COMMAND`] on EV1.
    pub fn authenticate_ev2(
        self,
        number: KeyNo,
        key: &AesKey,
        rnd_a: [u8; 16],
    ) -> Result<Authenticated<L, ev2::Session>, Failed<L>> {
        let handshake = ev2::Handshake::first(key, rnd_a);
        let request = handshake.request(number);
        self.prove(number, Ins::AUTHENTICATE_EV2_FIRST, &request, |challenge| {
            let (proof, token) = handshake.challenge(challenge)?;
            Ok((token, move |answer: &[u8]| proof.finish(answer)))
        })
    }

    /// The three passes: request → challenge → token → proof.
    fn prove<S, F>(
        mut self,
        number: KeyNo,
        ins: Ins,
        request: &[u8],
        challenged: impl FnOnce(&[u8]) -> Result<(Vec<u8>, F), Nonsense>,
    ) -> Result<Authenticated<L, S>, Failed<L>>
    where
        F: FnOnce(&[u8]) -> Result<S, BadAnswer>,
    {
        let session = self.passes(ins, request, challenged);
        match session {
            Ok(session) => Ok(Authenticated { card: self, session, key: number }),
            Err(error) => Err(Failed { card: self, error }),
        }
    }

    fn passes<S, F>(
        &mut self,
        ins: Ins,
        request: &[u8],
        challenged: impl FnOnce(&[u8]) -> Result<(Vec<u8>, F), Nonsense>,
    ) -> Result<S, Error<L::Error>>
    where
        F: FnOnce(&[u8]) -> Result<S, BadAnswer>,
    {
        if self.selected.is_none() {
            return Err(Misuse::NothingSelected.into());
        }
        let challenge = self.pass(ins, ins, request, Status::ADDITIONAL_FRAME)?;
        let (token, finish) = challenged(&challenge).map_err(nonsense(ins))?;
        let proof = self.pass(ins, Ins::ADDITIONAL_FRAME, &token, Status::OK)?;
        finish(&proof).map_err(|bad| Error::bad_answer(ins, bad))
    }

    fn pass(
        &mut self,
        ins: Ins,
        sent: Ins,
        payload: &[u8],
        due: Status,
    ) -> Result<Vec<u8>, Error<L::Error>> {
        let answer = self.transmit(&apdu::wrap(sent, payload))?;
        match apdu::unwrap(&answer).map_err(nonsense(ins))? {
            (data, status) if status == due => Ok(data.to_vec()),
            (_, Status::OK | Status::ADDITIONAL_FRAME) => {
                Err(Error::Nonsense { ins, rule: Nonsense::OutOfStep })
            }
            (_, status) => Err(Refused { ins, status }.into()),
        }
    }

    /// A command without a session.
    fn plain(&mut self, command: &Command) -> Result<Vec<u8>, Error<L::Error>> {
        let mut payload = command.header.clone();
        payload.extend_from_slice(&command.data);
        self.exchange(command.ins, payload).map(|(_, answer)| answer)
    }

    fn exchange(
        &mut self,
        ins: Ins,
        payload: Vec<u8>,
    ) -> Result<(Status, Vec<u8>), Error<L::Error>> {
        let (mut exchange, mut apdu) = Exchange::new(ins, payload);
        loop {
            let answer = self.transmit(&apdu)?;
            match exchange.feed(&answer).map_err(nonsense(ins))? {
                Next::Send(next) => apdu = next,
                Next::Done(status, data) if status.is_success() => return Ok((status, data)),
                Next::Done(status, _) => return Err(Refused { ins, status }.into()),
            }
        }
    }

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Error<L::Error>> {
        self.exchanges = self.exchanges.saturating_add(1);
        self.link.transmit(apdu).map_err(Error::Link)
    }
}

/// A card that has proven, and been shown, one key of the selected level.
///
/// The authentication methods of [`Card`] are the only way to one. Every method that talks consumes
/// it and returns it on success; on failure the card has dropped the session, and [`Failed`] brings
/// the [`Card`] back.
pub struct Authenticated<L, S> {
    card: Card<L>,
    session: S,
    key: KeyNo,
}

impl<L: Link, S: Messaging> Authenticated<L, S> {
    /// Number of APDUs sent so far.
    pub const fn exchanges(&self) -> u32 {
        self.card.exchanges
    }

    /// The key that was proven.
    pub const fn key(&self) -> KeyNo {
        self.key
    }

    /// Forgets the session. The card keeps it until the next selection.
    pub fn forget(self) -> Card<L> {
        self.card
    }

    /// Selects another level, which ends the session.
    ///
    /// # Errors
    ///
    /// As [`Card::select`].
    pub fn select(self, aid: Aid) -> Result<Card<L>, Failed<L>> {
        let mut card = self.card;
        match card.select(aid) {
            Ok(()) => Ok(card),
            Err(error) => Err(Failed { card, error }),
        }
    }

    /// Sends any command under the session; returns the plain data of the answer.
    ///
    /// # Errors
    ///
    /// See [`Error`]; all errors of this type's methods do.
    pub fn run(mut self, command: &Command) -> Result<(Self, Vec<u8>), Failed<L>> {
        match self.try_run(command) {
            Ok(answer) => Ok((self, answer)),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn try_run(&mut self, command: &Command) -> Result<Vec<u8>, Error<L::Error>> {
        let payload = self.session.wrap(command)?;
        let (status, answer) = self.card.exchange(command.ins, payload)?;
        self.session
            .unwrap(command, status, &answer)
            .map_err(|bad| Error::bad_answer(command.ins, bad))
    }

    fn run_and_read<T>(
        self,
        command: &Command,
        read: impl FnOnce(&[u8]) -> Result<T, Nonsense>,
    ) -> Result<(Self, T), Failed<L>> {
        let (this, answer) = self.run(command)?;
        match read(&answer) {
            Ok(value) => Ok((this, value)),
            Err(rule) => Err(this.failed(Error::Nonsense { ins: command.ins, rule })),
        }
    }

    fn run_empty(self, command: &Command) -> Result<Self, Failed<L>> {
        let empty = |answer: &[u8]| if answer.is_empty() { Ok(()) } else { Err(Nonsense::Length) };
        self.run_and_read(command, empty).map(|(this, ())| this)
    }

    fn failed(self, error: Error<L::Error>) -> Failed<L> {
        Failed { card: self.card, error }
    }

    fn built(self, command: Result<Command, Misuse>) -> Result<(Self, Command), Failed<L>> {
        match command {
            Ok(command) => Ok((self, command)),
            Err(misuse) => Err(self.failed(misuse.into())),
        }
    }

    /// `GetVersion`, with its MAC.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn version(self) -> Result<(Self, Version), Failed<L>> {
        self.run_and_read(&Command::get_version(), Version::parse)
    }

    /// `GetCardUID`: the true serial number, also of a chip that shows random ones.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn card_uid(self) -> Result<(Self, Uid), Failed<L>> {
        self.run_and_read(&Command::get_card_uid(), |answer| {
            answer.try_into().map(Uid).map_err(|_| Nonsense::Length)
        })
    }

    /// `FreeMem`: free bytes.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn free_memory(self) -> Result<(Self, u32), Failed<L>> {
        self.run_and_read(&Command::free_memory(), three_bytes)
    }

    /// `GetApplicationIDs`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn application_ids(self) -> Result<(Self, Vec<Aid>), Failed<L>> {
        self.run_and_read(&Command::get_application_ids(), parse_aids)
    }

    /// `GetKeySettings`: settings, number of keys, and whether they are AES.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn key_settings(self) -> Result<(Self, (AppSettings, bool)), Failed<L>> {
        self.run_and_read(&Command::get_key_settings(), parse_key_settings)
    }

    /// `GetKeyVersion`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn key_version(self, key: KeyNo) -> Result<(Self, u8), Failed<L>> {
        self.run_and_read(&Command::get_key_version(key), one_byte)
    }

    /// `ChangeKeySettings` of the selected level.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn change_key_settings(self, settings: KeySettings) -> Result<Self, Failed<L>> {
        self.run_empty(&Command::change_key_settings(settings))
    }

    /// `CreateApplication` with AES keys, all zero, version 0.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn create_application(self, aid: Aid, settings: AppSettings) -> Result<Self, Failed<L>> {
        let (this, command) = self.built(Command::create_application(aid, settings))?;
        this.run_empty(&command)
    }

    /// `DeleteApplication`. Its memory is given back by [`Authenticated::format_picc`] only.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn delete_application(self, aid: Aid) -> Result<Self, Failed<L>> {
        self.run_empty(&Command::delete_application(aid))
    }

    /// `FormatPICC`: deletes all applications and files, gives their memory back, keeps the keys of
    /// the PICC level.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn format_picc(self) -> Result<Self, Failed<L>> {
        self.run_empty(&Command::format_picc())
    }

    /// `ChangeKey` for the key that this session has proven, which ends the session. At the PICC
    /// level the new key may be of another type.
    ///
    /// # Errors
    ///
    /// See [`Error`]. After [`Error::Link`] either key may be the card's.
    pub fn change_own_key(self, new: &NewKey) -> Result<Card<L>, Failed<L>> {
        let Some(selected) = self.card.selected else {
            return Err(self.failed(Misuse::NothingSelected.into()));
        };
        let command = Command::change_own_key(self.key, new, selected == Aid::PICC);
        self.run_empty(&command).map(Self::forget)
    }

    /// `ChangeKey` for another AES key of the selected application, from `old` to `new`.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for the session's own key; else see [`Error`]. After [`Error::Link`]
    /// either key may be the card's.
    pub fn change_other_key(
        self,
        number: KeyNo,
        old: &AesKey,
        new: &AesKey,
        version: u8,
    ) -> Result<Self, Failed<L>> {
        if number == self.key {
            return Err(self.failed(Misuse::OutOfRange("number of another key").into()));
        }
        if self.card.selected == Some(Aid::PICC) {
            return Err(self.failed(Misuse::WrongLevel.into()));
        }
        self.run_empty(&Command::change_other_key(number, old, new, version))
    }
}

impl<L: Link> Authenticated<L, ev2::Session> {
    /// `AuthenticateEV2NonFirst`: another key of the same application, in the same transaction.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate_ev2`].
    pub fn authenticate_further(
        self,
        number: KeyNo,
        key: &AesKey,
        rnd_a: [u8; 16],
    ) -> Result<Self, Failed<L>> {
        let handshake = ev2::Handshake::non_first(&self.session, key, rnd_a);
        let request = handshake.request(number);
        self.card.prove(number, Ins::AUTHENTICATE_EV2_NON_FIRST, &request, |challenge| {
            let (proof, token) = handshake.challenge(challenge)?;
            Ok((token, move |answer: &[u8]| proof.finish(answer)))
        })
    }

    /// `CreateStdDataFile`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn create_std_data_file(self, file: &File) -> Result<Self, Failed<L>> {
        let (this, command) =
            self.built(Command::create_std_data_file(file.number, &file.settings))?;
        this.run_empty(&command)
    }

    /// `DeleteFile`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn delete_file(self, number: FileNo) -> Result<Self, Failed<L>> {
        self.run_empty(&Command::delete_file(number))
    }

    /// `GetFileIDs`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn file_ids(self) -> Result<(Self, Vec<FileNo>), Failed<L>> {
        self.run_and_read(&Command::get_file_ids(), |answer| {
            answer.iter().map(|no| FileNo::new(*no).map_err(|_| Nonsense::Value)).collect()
        })
    }

    /// `GetFileSettings`, in the shape that the data commands take.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn file(self, number: FileNo) -> Result<(Self, File), Failed<L>> {
        self.run_and_read(&Command::get_file_settings(number), |answer| {
            FileSettings::parse(answer).map(|settings| File { number, settings })
        })
    }

    /// `ReadData`: exactly `length` bytes from `offset`, in as many commands as it takes.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn read(
        mut self,
        file: &File,
        offset: u32,
        length: usize,
    ) -> Result<(Self, Vec<u8>), Failed<L>> {
        let mode = file.read_mode(self.key);
        let mut bytes = Vec::with_capacity(length.min(1 << 16));
        while bytes.len() < length {
            let part = (length - bytes.len()).min(Command::read_limit(mode));
            let from = self.offset(offset, bytes.len())?;
            let (this, command) =
                from.0.built(Command::read_data(file.number, from.1, part, mode))?;
            let exact = |answer: &[u8]| {
                if answer.len() == part { Ok(answer.to_vec()) } else { Err(Nonsense::Length) }
            };
            let (this, answer) = this.run_and_read(&command, exact)?;
            bytes.extend_from_slice(&answer);
            self = this;
        }
        Ok((self, bytes))
    }

    /// `WriteData` from `offset`, in as many commands as it takes. Not atomic on a standard file.
    ///
    /// # Errors
    ///
    /// See [`Error`]. What went before may have been written.
    pub fn write(mut self, file: &File, offset: u32, data: &[u8]) -> Result<Self, Failed<L>> {
        let mode = file.write_mode(self.key);
        let mut done = 0;
        for part in data.chunks(Command::write_limit(mode)) {
            let (this, at) = self.offset(offset, done)?;
            let (this, command) = this.built(Command::write_data(file.number, at, part, mode))?;
            self = this.run_empty(&command)?;
            done += part.len();
        }
        Ok(self)
    }

    fn offset(self, start: u32, done: usize) -> Result<(Self, u32), Failed<L>> {
        match u32::try_from(done).ok().and_then(|done| start.checked_add(done)) {
            Some(offset) => Ok((self, offset)),
            None => Err(self.failed(Misuse::OutOfRange("offset").into())),
        }
    }
}

fn nonsense<E: core::error::Error + 'static>(ins: Ins) -> impl Fn(Nonsense) -> Error<E> {
    move |rule| Error::Nonsense { ins, rule }
}

fn expect_empty<E: core::error::Error + 'static>(ins: Ins, answer: &[u8]) -> Result<(), Error<E>> {
    if answer.is_empty() { Ok(()) } else { Err(Error::Nonsense { ins, rule: Nonsense::Length }) }
}

fn one_byte(answer: &[u8]) -> Result<u8, Nonsense> {
    match answer {
        [byte] => Ok(*byte),
        _ => Err(Nonsense::Length),
    }
}

fn three_bytes(answer: &[u8]) -> Result<u32, Nonsense> {
    match answer {
        [a, b, c] => Ok(u32::from_le_bytes([*a, *b, *c, 0])),
        _ => Err(Nonsense::Length),
    }
}

fn parse_aids(answer: &[u8]) -> Result<Vec<Aid>, Nonsense> {
    let (aids, rest) = answer.as_chunks::<3>();
    if rest.is_empty() {
        Ok(aids.iter().map(|aid| Aid::from_wire(*aid)).collect())
    } else {
        Err(Nonsense::Length)
    }
}

fn parse_key_settings(answer: &[u8]) -> Result<(AppSettings, bool), Nonsense> {
    match answer {
        [settings, keys, ..] => {
            let settings = AppSettings { settings: KeySettings(*settings), keys: keys & 0x0F };
            Ok((settings, keys & 0xC0 == 0x80))
        }
        _ => Err(Nonsense::Length),
    }
}

impl<L> fmt::Debug for Card<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("selected", &self.selected).finish_non_exhaustive()
    }
}

impl<L, S> fmt::Debug for Authenticated<L, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated").field("key", &self.key).finish_non_exhaustive()
    }
}
