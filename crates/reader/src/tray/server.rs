//! The tray itself: one card on the reader, served to the driver, and orders from a socket.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use picc::Card;

use super::control::{Answer, Order, Refusal};
use super::magazine::{Magazine, MagazineError, Place, Slot, Status};
use super::vpcd::{Message, Wire};
use crate::feeder::{Disposition, Uid};

/// The source of random bytes for the cards of a tray.
#[derive(Clone)]
pub struct Entropy(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Entropy {
    /// `fill` fills a buffer with random bytes.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    pub(crate) fn source(&self) -> impl FnMut(&mut [u8]) + Send + 'static {
        let fill = Arc::clone(&self.0);
        move |bytes| fill(bytes)
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

/// Where a tray keeps its cards and whom it serves.
#[derive(Clone, Debug)]
pub struct TrayConfig {
    /// The folder of the cards; made when it is not there.
    pub cards: PathBuf,
    /// The socket for orders; a stale one is replaced.
    pub control: PathBuf,
    /// Where the driver listens.
    pub vpcd: SocketAddr,
    /// Random bytes for the cards.
    pub entropy: Entropy,
}

impl TrayConfig {
    /// The place where vpcd listens unless it is configured otherwise.
    pub const VPCD: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 35963);
}

/// A tray that holds its folder and its socket.
#[derive(Debug)]
pub struct Tray {
    shared: Arc<Shared>,
}

/// Ends a tray from another thread.
#[derive(Clone, Debug)]
pub struct StopHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: TrayConfig,
    listener: UnixListener,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    magazine: Magazine,
    seat: Option<Seat>,
    /// Grows with each card put on or taken off, so that the serving thread notices.
    turn: u64,
    stopping: bool,
    failed: Option<MagazineError>,
}

/// The card on the reader.
#[derive(Debug)]
struct Seat {
    card: Card,
    slot: Slot,
    wire: Option<TcpStream>,
}

impl Tray {
    /// Opens folder and socket. A card that lay on the reader when the last tray ended lies there
    /// again.
    ///
    /// # Errors
    ///
    /// [`TrayError::Running`] when another tray answers on the socket; [`TrayError::Control`];
    /// [`TrayError::Magazine`].
    pub fn open(config: TrayConfig) -> Result<Self, TrayError> {
        let listener = listen(&config.control)?;
        let magazine = Magazine::open(&config.cards)?;
        let seat = match magazine.on_reader()? {
            Some(slot) => {
                let card = Magazine::load(&slot, &config.entropy)?;
                Some(Seat { card, slot, wire: None })
            }
            None => None,
        };
        let state = State { magazine, seat, turn: 0, stopping: false, failed: None };
        let shared = Shared { config, listener, state: Mutex::new(state), changed: Condvar::new() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A handle that ends [`Tray::serve`].
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle(Arc::clone(&self.shared))
    }

    /// Serves cards and takes orders until it is told to stop. The driver may start later, go and
    /// come back.
    ///
    /// # Errors
    ///
    /// [`TrayError::Magazine`] when a card's memory can no longer be kept: the tray then ends
    /// rather than answer for a change that would be lost. [`TrayError::Control`].
    pub fn serve(self) -> Result<(), TrayError> {
        let shared = Arc::clone(&self.shared);
        let cards = thread::spawn(move || shared.serve_cards());
        let control =
            |source| TrayError::Control { path: self.shared.config.control.clone(), source };
        for stream in self.shared.listener.incoming() {
            if self.shared.state().stopping {
                break;
            }
            let stream = stream.map_err(control)?;
            let shared = Arc::clone(&self.shared);
            thread::spawn(move || shared.take_orders(&stream));
        }
        if cards.join().is_err() {
            tracing::error!("the thread that serves the cards ended in a panic");
        }
        match self.shared.state().failed.take() {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}

impl StopHandle {
    /// Ends the tray; its cards stay where they are.
    pub fn stop(&self) {
        self.0.stop();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        {
            let mut state = self.state();
            state.stopping = true;
            state.unplug();
        }
        self.changed.notify_all();
        // Wakes the thread that waits for the next client, also when the socket's file has gone.
        if let Err(error) = rustix::net::shutdown(&self.listener, rustix::net::Shutdown::Both) {
            tracing::error!(%error, "the tray's socket does not close");
        }
    }

    fn take_orders(&self, stream: &UnixStream) {
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
            let (answer, stop) = match serde_json::from_str::<Order>(&line) {
                Ok(Order::Stop) => (Answer::Done, true),
                Ok(order) => (self.obey(&order), false),
                Err(_) => (Answer::Refused { why: Refusal::NotAnOrder }, false),
            };
            let mut text = serde_json::to_string(&answer).expect("an answer is plain data");
            text.push('\n');
            let mut out: &UnixStream = stream;
            let sent = out.write_all(text.as_bytes());
            if stop {
                self.stop();
            }
            if stop || sent.is_err() {
                return;
            }
            line.clear();
        }
    }

    fn obey(&self, order: &Order) -> Answer {
        let mut state = self.state();
        let done = match *order {
            Order::Next => state.next(&self.config.entropy),
            Order::Eject { to } => state.eject(to).map(|()| Answer::Done),
            Order::Insert { uid } => state.insert(uid, &self.config.entropy),
            Order::Add { count, model, size, seed } => state
                .magazine
                .add(count, model, size, seed, &self.config.entropy)
                .map(|uids| Answer::Cards { uids })
                .map_err(Refusal::from),
            Order::List { place } => {
                state.magazine.list(place).map(|uids| Answer::Cards { uids }).map_err(Refusal::from)
            }
            Order::Status => state.status().map(Answer::Status).map_err(Refusal::from),
            Order::Stop => Ok(Answer::Done),
        };
        drop(state);
        self.changed.notify_all();
        done.unwrap_or_else(|why| Answer::Refused { why })
    }

    /// Serves one card after another.
    fn serve_cards(&self) {
        while let Some(turn) = self.await_card() {
            match TcpStream::connect(self.config.vpcd) {
                Ok(stream) => {
                    if let Err(error) = self.serve_card(turn, stream) {
                        tracing::debug!(%error, "the virtual reader hung up");
                    }
                }
                Err(error) => tracing::debug!(%error, "the virtual reader does not listen"),
            }
            self.await_change(turn);
        }
    }

    /// Waits for a card on the reader; none when the tray stops.
    fn await_card(&self) -> Option<u64> {
        let mut state = self.state();
        loop {
            if state.stopping {
                return None;
            }
            if state.seat.is_some() {
                return Some(state.turn);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives a driver that has gone a moment before the same card knocks again, unless something
    /// else happens first.
    fn await_change(&self, turn: u64) {
        let state = self.state();
        let same = |state: &mut State| state.turn == turn && !state.stopping;
        drop(self.changed.wait_timeout_while(state, KNOCK_AGAIN, same));
    }

    fn serve_card(&self, turn: u64, stream: TcpStream) -> io::Result<()> {
        {
            let mut state = self.state();
            let Some(seat) = state.seat_of(turn) else { return Ok(()) };
            seat.wire = Some(stream.try_clone()?);
            seat.card.reset();
        }
        let mut wire = Wire::new(stream)?;
        while let Some(message) = wire.receive()? {
            let answer = match message {
                Message::Atr => Card::atr().to_vec(),
                Message::PowerOff | Message::PowerOn | Message::Reset => {
                    if !self.with_card(turn, Card::reset) {
                        return Ok(());
                    }
                    continue;
                }
                Message::Command(command) => match self.transmit(turn, &command) {
                    Some(answer) => answer,
                    None => return Ok(()),
                },
            };
            wire.send(&answer)?;
        }
        Ok(())
    }

    /// Whether the card is still there; if so, it has been dealt with.
    fn with_card(&self, turn: u64, act: impl FnOnce(&mut Card)) -> bool {
        self.state().seat_of(turn).map(|seat| act(&mut seat.card)).is_some()
    }

    /// The card's answer, once its memory is safe; none when the card has gone, has lost its power
    /// or cannot be kept.
    fn transmit(&self, turn: u64, command: &[u8]) -> Option<Vec<u8>> {
        let mut state = self.state();
        let seat = state.seat_of(turn)?;
        let before = seat.card.writes();
        let answer = seat.card.transmit(command);
        if seat.card.writes() != before
            && let Err(error) = Magazine::save(&seat.slot, &seat.card, false)
        {
            state.failed = Some(error);
            drop(state);
            self.stop();
            return None;
        }
        (!answer.is_empty()).then_some(answer)
    }
}

impl State {
    /// The card on the reader, unless it is another one by now.
    fn seat_of(&mut self, turn: u64) -> Option<&mut Seat> {
        if self.turn == turn { self.seat.as_mut() } else { None }
    }

    fn next(&mut self, entropy: &Entropy) -> Result<Answer, Refusal> {
        if self.seat.is_some() {
            return Err(Refusal::Occupied);
        }
        match self.magazine.next_blank()? {
            Some(slot) => self.seat(&slot, entropy),
            None => Ok(Answer::Empty),
        }
    }

    fn insert(&mut self, uid: Uid, entropy: &Entropy) -> Result<Answer, Refusal> {
        if self.seat.is_some() {
            return Err(Refusal::Occupied);
        }
        let slot = self.magazine.find(uid)?.ok_or(Refusal::NoSuchCard)?;
        self.seat(&slot, entropy)
    }

    fn seat(&mut self, slot: &Slot, entropy: &Entropy) -> Result<Answer, Refusal> {
        let card = Magazine::load(slot, entropy)?;
        let slot = self.magazine.put_on_reader(slot)?;
        let uid = slot.uid;
        self.seat = Some(Seat { card, slot, wire: None });
        self.turn += 1;
        Ok(Answer::Card { uid })
    }

    fn eject(&mut self, to: Disposition) -> Result<(), Refusal> {
        let seat = self.seat.as_ref().ok_or(Refusal::NothingThere)?;
        Magazine::save(&seat.slot, &seat.card, true)?;
        let place = match to {
            Disposition::Done => Place::Done,
            Disposition::Reject => Place::Rejected,
            Disposition::Back => seat.slot.origin,
        };
        self.magazine.take_off_reader(&seat.slot, place)?;
        self.unplug();
        self.seat = None;
        self.turn += 1;
        Ok(())
    }

    fn status(&self) -> Result<Status, MagazineError> {
        self.magazine.status()
    }

    /// Hangs up on the driver, which is how it sees a card go.
    fn unplug(&mut self) {
        if let Some(stream) = self.seat.as_mut().and_then(|seat| seat.wire.take())
            && let Err(error) = stream.shutdown(Shutdown::Both)
        {
            tracing::debug!(%error, "the virtual reader had hung up already");
        }
    }
}

/// Binds the socket. One that a killed tray left behind is replaced; one on which a tray answers
/// is not.
fn listen(path: &Path) -> Result<UnixListener, TrayError> {
    let control = |source| TrayError::Control { path: path.to_owned(), source };
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            if UnixStream::connect(path).is_ok() {
                return Err(TrayError::Running { path: path.to_owned() });
            }
            std::fs::remove_file(path).map_err(control)?;
            UnixListener::bind(path).map_err(control)
        }
        result => result.map_err(control),
    }
}

impl From<MagazineError> for Refusal {
    fn from(error: MagazineError) -> Self {
        match error {
            MagazineError::NoSuchChip => Self::NoSuchChip,
            other @ (MagazineError::Io { .. } | MagazineError::Image { .. }) => {
                Self::Storage(other.to_string())
            }
        }
    }
}

const KNOCK_AGAIN: Duration = Duration::from_millis(50);

/// Why a tray does not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrayError {
    /// Another tray answers on the socket.
    #[error("another tray answers at {}", path.display())]
    Running {
        /// The socket.
        path: PathBuf,
    },
    /// The socket for orders does not work.
    #[error("the tray's socket {} does not work", path.display())]
    Control {
        /// The socket.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Cards cannot be kept.
    #[error("the tray cannot keep its cards")]
    Magazine(#[from] MagazineError),
}
