//! The loop of a station: blank on the reader, claim, faces, chip, read-back, report, next.
//!
//! Whatever dies in between, the same chip put back on the reader goes on with the same card: the
//! registry remembers which card a chip is becoming, and [`Journal`] what was begun here.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use credential::{CardKeys, Chip, Map, PersonaliseError, Refusal, Unfit, examine};
use desfire::{AesKey, Link, Uid};
use face::Kind;
use reader::{Disposition, FeedError, Feeder};
use wire::beat::{Phase, Pile, Trouble};
use wire::station::{
    self, ChipRefusal, Claim, Claimed, Evidence, Generation, Job, Outcome, Report, Spoilage,
    Unmakeable, VERSION,
};
use wire::{CardSerial, ChipUid};

use crate::faces::{FaceShop, Printed};
use crate::{Journal, JournalError, Office, OfficeError, Seen, Slot};

/// Everything that a station works with.
pub struct Station<'a, S> {
    /// Where orders come from.
    pub office: &'a mut dyn Office,
    /// What hands it blanks.
    pub feeder: &'a mut dyn Feeder,
    /// The reader.
    pub slot: &'a mut S,
    /// What makes faces.
    pub faces: &'a FaceShop,
    /// What was begun and not ended.
    pub journal: &'a mut Journal,
    /// The lay-out of the chip.
    pub map: &'a Map,
    /// Fills a buffer with unpredictable bytes.
    pub random: &'a mut dyn FnMut(&mut [u8]),
    /// How long a card on the reader, or its removal, is waited for.
    pub patience: Duration,
}

impl<S> std::fmt::Debug for Station<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Station").field("journal", &self.journal).finish_non_exhaustive()
    }
}

/// Something that a person watching the station wants to know.
#[derive(Clone, Debug)]
pub enum Event {
    /// It does something else than before, or still waits for the same.
    Phase(Phase),
    /// A card lies on this reader.
    Reader(Option<String>),
    /// This chip lies there.
    Chip(station::Chip),
    /// The chip on the reader is becoming this card.
    Begun {
        /// The chip.
        uid: ChipUid,
        /// The card's name.
        serial: CardSerial,
    },
    /// A card that an earlier run began is on the reader again.
    Resumed {
        /// The chip.
        uid: ChipUid,
    },
    /// What the chip will hold, before it is written. Said once for each kind of chip in a run.
    Planned {
        /// The chip.
        chip: Chip,
        /// Whether a photo goes onto it.
        photo: bool,
    },
    /// A card is ready.
    Ready(Ready),
    /// A card had been reported ready just before this station died, and is taken away now.
    WasReady {
        /// The chip.
        uid: ChipUid,
        /// The card's name.
        serial: CardSerial,
    },
    /// A chip was given up; its request waits for another blank.
    Spoiled {
        /// The chip.
        uid: ChipUid,
        /// The serial that is spent.
        serial: CardSerial,
        /// Why.
        reason: Spoilage,
    },
    /// A request went back to its office; the blank is untouched.
    Returned {
        /// The serial that was given to it.
        serial: CardSerial,
        /// Why.
        reason: Unmakeable,
    },
    /// A chip of a kind that this program does not know, or one that hides its serial number.
    ChipUnnamed,
    /// The registry refused a chip.
    ChipRefused {
        /// The chip.
        uid: ChipUid,
        /// Why.
        reason: ChipRefusal,
    },
}

/// A card that is ready, with what it took.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Its serial.
    pub serial: CardSerial,
    /// Its chip.
    pub uid: ChipUid,
    /// Exchanges with the chip, reading back included.
    pub exchanges: u32,
    /// Writing the chip and reading it back.
    pub chip: Duration,
    /// Setting both faces and reading their QR.
    pub faces: Duration,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Cards that became ready.
    pub ready: u32,
    /// Chips that were given up.
    pub spoiled: u32,
    /// Requests that went back.
    pub returned: u32,
    /// Chips that the registry refused.
    pub refused: u32,
    /// Cards that an earlier run had finished without hearing so.
    pub found: u32,
    /// Exchanges of all ready cards.
    pub exchanges: u64,
    /// Why it stopped.
    pub stopped: Stopped,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Stopped {
    /// No approved request is left.
    #[default]
    NoWork,
    /// No blank is left.
    NoBlanks,
    /// As many cards as were asked for are made.
    Limit,
    /// It was told to.
    Told,
}

/// A run ended before its end. The card in hand goes on in the next run.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E: std::error::Error + 'static> {
    /// The registry.
    #[error("the registry did not do what was asked")]
    Office(#[from] OfficeError),
    /// The feeder.
    #[error("the feeder did not do what was asked")]
    Feeder(#[from] FeedError),
    /// The reader, or the card on it, again and again.
    #[error("the card on the reader cannot be worked on")]
    Card(#[source] desfire::Error<E>),
    /// The reader itself.
    #[error("the reader failed")]
    Reader(#[source] E),
    /// There is no reader.
    #[error("there is no such reader")]
    NoReader,
    /// No card came to lie on the reader in time.
    #[error("no card came onto the reader in time")]
    NoCard,
    /// The card was not taken away in time.
    #[error("the card was not taken off the reader in time")]
    CardStays,
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The faces cannot be made or kept on this machine.
    #[error("the faces could not be finished")]
    Faces(#[source] crate::faces::FaceFault),
    /// The order does not fit this program.
    #[error("the order does not fit this station's chip map")]
    Order(#[source] Refusal),
}

type Fault<S> = RunError<<<S as Slot>::Link as Link>::Error>;

/// What became of the card on the reader.
enum Became {
    Finished,
    Idle,
    /// None: it was told to stop before a card lay there.
    Untouched,
}

impl<S: Slot> Station<'_, S> {
    /// Makes cards until no work or no blank is left, `limit` are ready, or `go_on` says no, which
    /// is asked between two cards and while no card lies on the reader. `tell` hears of everything.
    ///
    /// # Errors
    ///
    /// [`RunError`]; everything before it stands, and the next run goes on.
    pub fn run(
        &mut self,
        limit: Option<u32>,
        go_on: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<Summary, Fault<S>> {
        let mut summary = Summary::default();
        let mut told = BTreeSet::new();
        let mut left: Vec<ChipUid> = self.journal.unfinished().keys().copied().collect();
        loop {
            if limit.is_some_and(|limit| summary.ready + summary.found >= limit) {
                summary.stopped = Stopped::Limit;
                return Ok(summary);
            }
            if !go_on() {
                summary.stopped = Stopped::Told;
                return Ok(summary);
            }
            let Some(resumed) = self.load(&mut left)? else {
                summary.stopped = Stopped::NoBlanks;
                return Ok(summary);
            };
            if let Some(uid) = resumed {
                tell(&Event::Resumed { uid });
            }
            match self.card(&mut summary, &mut told, go_on, tell)? {
                Became::Finished => {}
                Became::Idle => {
                    summary.stopped = Stopped::NoWork;
                    return Ok(summary);
                }
                Became::Untouched => {
                    summary.stopped = Stopped::Told;
                    return Ok(summary);
                }
            }
        }
    }

    /// Puts a card on the reader: the one that lies there, one that was begun, or a blank. None
    /// when there is none.
    #[expect(clippy::option_option, reason = "outer: is there a card; inner: was it begun before")]
    fn load(&mut self, left: &mut Vec<ChipUid>) -> Result<Option<Option<ChipUid>>, Fault<S>> {
        if let Some(uid) = self.feeder.loaded()? {
            let uid = ChipUid(uid.0);
            left.retain(|known| *known != uid);
            return Ok(Some(self.journal.unfinished().contains_key(&uid).then_some(uid)));
        }
        while let Some(uid) = left.pop() {
            match self.feeder.insert(reader::Uid(uid.0)) {
                Ok(()) => return Ok(Some(Some(uid))),
                // Somebody took it out by hand: it goes on when it is put back.
                Err(FeedError::NoSuchCard) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.feeder.next()?.map(|_| None))
    }

    /// Works on the card on the reader until it can be taken away.
    fn card(
        &mut self,
        summary: &mut Summary,
        told: &mut BTreeSet<(Generation, u32)>,
        go_on: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<Became, Fault<S>> {
        let Some(mut link) = self.wait_for_card(go_on, tell)? else {
            return Ok(Became::Untouched);
        };
        tell(&Event::Phase(Phase::Asks));
        tell(&Event::Reader(self.slot.reader()));
        let chip = examine(&mut link).map_err(RunError::Card)?;
        let Some((uid, wire)) = described(&chip) else {
            summary.refused += 1;
            tell(&Event::ChipUnnamed);
            drop(link);
            return self.away(Disposition::Reject, tell).map(|()| Became::Finished);
        };
        tell(&Event::Chip(wire));
        let dpi = self.faces.dpi();
        let job = match self.office.claim(&Claim { version: VERSION, chip: wire, dpi })? {
            Claimed::Job(job) => job,
            Claimed::Idle => {
                drop(link);
                self.away(Disposition::Back, tell)?;
                return Ok(Became::Idle);
            }
            Claimed::Refused { reason } => {
                drop(link);
                // A card that was reported ready, just before this station died, is finished.
                let finished = reason == ChipRefusal::AlreadyACard;
                let begun = self.journal.unfinished().get(&uid).map(|open| open.serial);
                self.journal.end(uid)?;
                if let Some(serial) = begun.filter(|_| finished) {
                    summary.found += 1;
                    tell(&Event::WasReady { uid, serial });
                } else {
                    summary.refused += 1;
                    tell(&Event::ChipRefused { uid, reason });
                }
                self.away(if finished { Disposition::Done } else { Disposition::Reject }, tell)?;
                return Ok(Became::Finished);
            }
        };
        if told.insert((wire.generation, wire.storage_bytes)) {
            tell(&Event::Planned { chip, photo: job.content.photo.is_some() });
        }
        self.make(link, uid, &job, summary, tell)?;
        Ok(Became::Finished)
    }

    fn make(
        &mut self,
        mut link: S::Link,
        uid: ChipUid,
        job: &Job,
        summary: &mut Summary,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<(), Fault<S>> {
        tell(&Event::Begun { uid, serial: job.serial });
        tell(&Event::Phase(Phase::DrawsFaces));
        let began = Instant::now();
        let kind = if job.specimen { Kind::Specimen } else { Kind::Live };
        let printed = match self.faces.make(&job.face, job.serial, kind) {
            Ok(printed) => printed,
            Err(fault) => {
                let Some(reason) = fault.unmakeable() else { return Err(RunError::Faces(fault)) };
                drop(link);
                if self.journal.unfinished().contains_key(&uid) {
                    // Writing was begun in an earlier run: this chip is not untouched.
                    return self.give_up(job, uid, Spoilage::NotBlank, summary, tell);
                }
                let detail = fault.to_string();
                self.report(job, uid, Outcome::Unmakeable { reason, detail })?;
                summary.returned += 1;
                tell(&Event::Returned { serial: job.serial, reason });
                return self.away(Disposition::Back, tell);
            }
        };
        let faces = began.elapsed();
        self.journal.begin(uid, job.card, job.serial)?;

        let began = Instant::now();
        let made = match self.encode(&mut link, uid, job, tell) {
            Ok(made) => made,
            Err(PersonaliseError::Spoiled(spoilage)) => {
                drop(link);
                tracing::warn!(card.serial = %job.serial, chip.uid = %uid, %spoilage, "chip spoiled");
                return self.give_up(job, uid, spoiled(spoilage), summary, tell);
            }
            Err(PersonaliseError::Refused(Refusal::Unfit(Unfit::Memory { .. }))) => {
                drop(link);
                return self.give_up(job, uid, Spoilage::NotBlank, summary, tell);
            }
            Err(PersonaliseError::Refused(Refusal::Unfit(Unfit::RecordTooLong {
                bytes,
                capacity,
            }))) => {
                drop(link);
                let reason = Unmakeable::RecordTooLong;
                let detail = format!("the record has {bytes} bytes and its file takes {capacity}");
                self.report(job, uid, Outcome::Unmakeable { reason, detail })?;
                self.journal.end(uid)?;
                summary.returned += 1;
                tell(&Event::Returned { serial: job.serial, reason });
                return self.away(Disposition::Back, tell);
            }
            Err(PersonaliseError::Refused(refusal)) => return Err(RunError::Order(refusal)),
            Err(PersonaliseError::Interrupted(error)) => return Err(RunError::Card(error)),
            Err(PersonaliseError::Journal(error)) => return Err(error.into()),
        };
        let ready = Ready {
            serial: job.serial,
            uid,
            exchanges: made.exchanges,
            chip: began.elapsed(),
            faces,
        };
        drop(link);

        tell(&Event::Phase(Phase::KeepsFaces));
        self.faces.keep(&printed).map_err(RunError::Faces)?;
        self.report(job, uid, Outcome::Ready(evidence(&made, printed)))?;
        self.journal.end(uid)?;
        summary.ready += 1;
        summary.exchanges += u64::from(ready.exchanges);
        tracing::info!(
            card.serial = %ready.serial,
            chip.uid = %uid,
            exchanges = ready.exchanges,
            chip_ms = ready.chip.as_millis(),
            faces_ms = ready.faces.as_millis(),
            "card ready"
        );
        tell(&Event::Ready(ready));
        self.away(Disposition::Done, tell)
    }

    /// Reports a chip as spoiled and takes it away; its order waits for another blank.
    fn give_up(
        &mut self,
        job: &Job,
        uid: ChipUid,
        reason: Spoilage,
        summary: &mut Summary,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<(), Fault<S>> {
        self.report(job, uid, Outcome::Spoiled { reason })?;
        self.journal.end(uid)?;
        summary.spoiled += 1;
        tell(&Event::Spoiled { uid, serial: job.serial, reason });
        self.away(Disposition::Reject, tell)
    }

    fn encode(
        &mut self,
        link: &mut S::Link,
        uid: ChipUid,
        job: &Job,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<credential::Made, PersonaliseError<<S::Link as Link>::Error, JournalError>> {
        let content = content(uid, job);
        let mut journal = Aloud { journal: ChipJournal { journal: self.journal, uid }, tell };
        credential::personalise(link, self.map, &content, &mut journal, self.random)
    }

    fn report(&mut self, job: &Job, uid: ChipUid, outcome: Outcome) -> Result<(), OfficeError> {
        self.office.report(&Report { version: VERSION, card: job.card, uid, outcome })
    }

    /// A link to the card on the reader; none when it was told to stop before one lay there.
    fn wait_for_card(
        &mut self,
        go_on: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<Option<S::Link>, Fault<S>> {
        let began = Instant::now();
        loop {
            let (phase, error) = match self.slot.connect().map_err(RunError::Reader)? {
                Seen::Card(link) => return Ok(Some(link)),
                Seen::NoCard => (Phase::WaitsForCard, RunError::NoCard),
                Seen::NoReader => {
                    (Phase::Attention { reason: Trouble::NoReader }, RunError::NoReader)
                }
            };
            tell(&Event::Phase(phase));
            if !go_on() {
                return Ok(None);
            }
            if began.elapsed() >= self.patience {
                return Err(error);
            }
        }
    }

    /// Has the card taken away, and waits until it is.
    fn away(&mut self, to: Disposition, tell: &mut dyn FnMut(&Event)) -> Result<(), Fault<S>> {
        let pile = match to {
            Disposition::Done => Pile::Done,
            Disposition::Reject => Pile::Reject,
            Disposition::Back => Pile::Back,
        };
        tell(&Event::Phase(Phase::TakesAway { to: pile }));
        self.feeder.eject(to)?;
        let began = Instant::now();
        while !self.slot.wait_for_removal().map_err(RunError::Reader)? {
            if began.elapsed() >= self.patience {
                return Err(RunError::CardStays);
            }
        }
        Ok(())
    }
}

/// A chip's journal that also tells who watches which step begins.
struct Aloud<'a, 'b> {
    journal: ChipJournal<'a>,
    tell: &'b mut dyn FnMut(&Event),
}

impl credential::Journal for Aloud<'_, '_> {
    type Error = JournalError;

    fn before(&mut self, step: &credential::Step) -> Result<(), JournalError> {
        let number = match step {
            credential::Step::PiccKey { .. } => 1,
            credential::Step::Build { .. } => 2,
            credential::Step::AppMaster { .. } => 3,
        };
        (self.tell)(&Event::Phase(Phase::WritesChip { step: number, of: 3 }));
        self.journal.before(step)
    }

    fn reading_back(&mut self) {
        (self.tell)(&Event::Phase(Phase::ReadsBack));
    }

    fn done(&mut self, made: &credential::Made) -> Result<(), JournalError> {
        self.journal.done(made)
    }
}

/// The part of the station's journal that is about one chip.
#[derive(Debug)]
pub struct ChipJournal<'a> {
    /// The station's journal.
    pub journal: &'a mut Journal,
    /// The chip.
    pub uid: ChipUid,
}

impl credential::Journal for ChipJournal<'_> {
    type Error = JournalError;

    fn before(&mut self, step: &credential::Step) -> Result<(), JournalError> {
        self.journal.before(self.uid, &format!("{step:?}"))
    }

    /// Not written down: a complete card says so itself, and the registry is told next.
    fn done(&mut self, _: &credential::Made) -> Result<(), JournalError> {
        Ok(())
    }
}

/// The chip as the registry knows chips; none for one that cannot be named.
fn described(chip: &Chip) -> Option<(ChipUid, station::Chip)> {
    let uid = ChipUid(chip.uid?.0);
    let generation = match chip.generation {
        desfire::Generation::Ev1 => Generation::Ev1,
        desfire::Generation::Ev2 => Generation::Ev2,
        desfire::Generation::Ev3 => Generation::Ev3,
        _ => return None,
    };
    Some((uid, station::Chip { uid, generation, storage_bytes: chip.storage_bytes }))
}

/// What the chip is to hold, as `credential` takes it.
pub fn content(uid: ChipUid, job: &Job) -> credential::Content {
    let versioned = |key: &station::VersionedKey| credential::VersionedKey {
        key: AesKey::new(*key.key.expose()),
        version: key.version,
    };
    credential::Content {
        uid: Uid(uid.0),
        keys: CardKeys {
            picc: versioned(&job.content.picc_key),
            app: job.content.app_keys.iter().map(versioned).collect(),
        },
        record: job.content.record.0.clone(),
        photo: job.content.photo.as_ref().map(|photo| photo.0.clone()),
    }
}

fn evidence(made: &credential::Made, printed: Printed) -> Evidence {
    Evidence {
        record_sha256: hex(&made.read_back.record_sha256),
        photo_sha256: made.read_back.photo_sha256.as_ref().map(|hash| hex(hash)),
        front_sha256: printed.front_sha256,
        back_sha256: printed.back_sha256,
        qr_decoders: printed.qr_decoders,
        exchanges: made.exchanges,
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn spoiled(spoilage: credential::Spoilage) -> Spoilage {
    match spoilage {
        credential::Spoilage::KeysUnknown => Spoilage::KeysUnknown,
        credential::Spoilage::NotBlank => Spoilage::NotBlank,
        credential::Spoilage::WriteRefused(_) => Spoilage::WriteRefused,
        credential::Spoilage::ReadBackDiffers => Spoilage::ReadBackDiffers,
    }
}
