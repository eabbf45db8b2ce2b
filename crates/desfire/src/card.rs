//! The blocking driver: commands over a [`Link`], with what was proven in the type.

mod ask;
mod authenticate;
mod data;
mod iso;
mod manage;

use alloc::vec::Vec;
use core::fmt;

use crate::apdu::{Exchange, Framing, Limits, Next};
use crate::{
    Aid, Command, Error, Failed, File, Ins, KeyNo, Link, Messaging, Nonsense, Refused, Status,
};

pub use self::ask::{DelegatedInfo, DfEntry, Level, SignedTransaction};

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
    framing: Framing,
    limits: Limits,
}

impl<L: Link> Card<L> {
    /// Takes over a link to a card. Nothing counts as selected until [`Card::select`].
    pub const fn new(link: L) -> Self {
        Self {
            link,
            selected: None,
            exchanges: 0,
            framing: Framing::Wrapped,
            limits: Limits::EVERY_CARD,
        }
    }

    /// The same card, spoken to in another form.
    #[must_use]
    pub fn with_framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// The same card, with other limits of a frame.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Number of frames sent so far.
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

    /// `SelectApplication`. [`Aid::PICC`] selects the PICC level.
    ///
    /// Ends whatever a conversation that was cut off has left on the card: its session, and, with a
    /// second exchange, an open chain of frames.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Status::APPLICATION_NOT_FOUND`] when there is none.
    pub fn select(&mut self, aid: Aid) -> Result<(), Error<L::Error>> {
        self.select_by(&Command::select_application(aid), aid)
    }

    /// `SelectApplication` of two applications that share files (EV2 and later). Keys and files are
    /// those of the first, and the shared ones of the second.
    ///
    /// # Errors
    ///
    /// As [`Card::select`].
    pub fn select_two(&mut self, first: Aid, second: Aid) -> Result<(), Error<L::Error>> {
        self.select_by(&Command::select_two_applications(first, second), first)
    }

    fn select_by(&mut self, command: &Command, aid: Aid) -> Result<(), Error<L::Error>> {
        self.selected = None;
        let answer = match self.ask_plainly(command) {
            Err(error) if error.refusal() == Some(Status::COMMAND_ABORTED) => {
                self.ask_plainly(command)?
            }
            first => first?,
        };
        if !answer.is_empty() {
            return Err(Error::Nonsense { ins: command.ins, rule: Nonsense::Length });
        }
        self.selected = Some(aid);
        Ok(())
    }

    /// A command without a session.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn ask_plainly(&mut self, command: &Command) -> Result<Vec<u8>, Error<L::Error>> {
        Ok(self.ask(command)?.data)
    }

    fn exchange(&mut self, ins: Ins, payload: Vec<u8>) -> Result<Exchanged, Error<L::Error>> {
        let (mut exchange, mut frame) = Exchange::with(self.framing, self.limits, ins, payload);
        loop {
            let answer = self.transmit(&frame)?;
            match exchange.feed(&answer).map_err(nonsense(ins))? {
                Next::Send(next) => frame = next,
                Next::Done(status, data) if status.is_success() => {
                    return Ok(Exchanged { status, data, breaks: exchange.breaks().to_vec() });
                }
                Next::Done(status, _) => return Err(Refused { ins, status }.into()),
            }
        }
    }

    fn transmit(&mut self, frame: &[u8]) -> Result<Vec<u8>, Error<L::Error>> {
        self.exchanges = self.exchanges.saturating_add(1);
        self.link.transmit(frame).map_err(Error::Link)
    }
}

/// A whole answer.
struct Exchanged {
    status: Status,
    data: Vec<u8>,
    breaks: Vec<usize>,
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
    /// Number of frames sent so far.
    pub const fn exchanges(&self) -> u32 {
        self.card.exchanges
    }

    /// The key that was proven.
    pub const fn key(&self) -> KeyNo {
        self.key
    }

    /// The session.
    pub const fn session(&self) -> &S {
        &self.session
    }

    /// The same card, with other limits of a frame.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.card.limits = limits;
        self
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
            Ok(exchanged) => Ok((self, exchanged.data)),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn try_run(&mut self, command: &Command) -> Result<Exchanged, Error<L::Error>> {
        let ins = command.ins;
        let payload = self.session.wrap(command)?;
        let Exchanged { status, data, breaks } = self.card.exchange(ins, payload)?;
        let data = self
            .session
            .unwrap(command, status, &data)
            .map_err(|bad| Error::bad_answer(ins, bad))?;
        if command.expects.is_some_and(|length| length != data.len()) {
            return Err(Error::Nonsense { ins, rule: Nonsense::Length });
        }
        Ok(Exchanged { status, data, breaks })
    }

    /// Does something with the session, which is over when it fails.
    fn attempt<T>(
        mut self,
        act: impl FnOnce(&mut Self) -> Result<T, Error<L::Error>>,
    ) -> Result<(Self, T), Failed<L>> {
        match act(&mut self) {
            Ok(done) => Ok((self, done)),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(self, error: Error<L::Error>) -> Failed<L> {
        Failed { card: self.card, error }
    }
}

/// What both kinds of card do with a command.
trait Ask {
    type Error: core::error::Error + Send + Sync + 'static;

    /// Sends a command in the protection that is due, and returns its plain answer.
    fn ask(&mut self, command: &Command) -> Result<Exchanged, Error<Self::Error>>;

    /// The key that was proven.
    fn proven(&self) -> Option<KeyNo>;

    /// Which data commands to use.
    fn family(&self) -> crate::Family;
}

impl<L: Link> Ask for Card<L> {
    type Error = L::Error;

    fn ask(&mut self, command: &Command) -> Result<Exchanged, Error<L::Error>> {
        let mut payload = command.header.clone();
        payload.extend_from_slice(&command.data);
        let exchanged = self.exchange(command.ins, payload)?;
        if command.expects.is_some_and(|length| length != exchanged.data.len()) {
            return Err(Error::Nonsense { ins: command.ins, rule: Nonsense::Length });
        }
        Ok(exchanged)
    }

    fn proven(&self) -> Option<KeyNo> {
        None
    }

    fn family(&self) -> crate::Family {
        crate::Family::Chained
    }
}

impl<L: Link, S: Messaging> Ask for Authenticated<L, S> {
    type Error = L::Error;

    fn ask(&mut self, command: &Command) -> Result<Exchanged, Error<L::Error>> {
        self.try_run(command)
    }

    fn proven(&self) -> Option<KeyNo> {
        Some(self.key)
    }

    fn family(&self) -> crate::Family {
        self.session.family()
    }
}

/// Reads an answer with `read`.
fn read_answer<A: Ask, T>(
    asked: &mut A,
    command: &Command,
    read: impl FnOnce(&Exchanged) -> Result<T, Nonsense>,
) -> Result<T, Error<A::Error>> {
    let exchanged = asked.ask(command)?;
    read(&exchanged).map_err(nonsense(command.ins))
}

/// The file with its number, as the card tells it.
fn file_of<A: Ask>(asked: &mut A, number: crate::FileNo) -> Result<File, Error<A::Error>> {
    read_answer(asked, &Command::get_file_settings(number), |answer| {
        crate::FileSettings::parse(&answer.data).map(|settings| File { number, settings })
    })
}

fn nonsense<E: core::error::Error + 'static>(ins: Ins) -> impl Fn(Nonsense) -> Error<E> {
    move |rule| Error::Nonsense { ins, rule }
}

fn empty(answer: &Exchanged) -> Result<(), Nonsense> {
    if answer.data.is_empty() { Ok(()) } else { Err(Nonsense::Length) }
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
