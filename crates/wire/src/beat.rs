//! What a station that waits for orders says about itself, and what it is told, version 1.
//!
//! A station sends a [`Beat`] every second and whenever something changes, and gets [`Orders`]
//! back. A beat holds all of what somebody watching the station sees, so that a server that was
//! restarted knows it again with the next one. It holds no person: names come from the registry.

use serde::{Deserialize, Serialize};

use crate::station::{Chip, ChipRefusal, Spoilage, Unmakeable};
use crate::{CardSerial, ChipUid, RunId};

/// "This is what I am doing."
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Beat {
    /// [`crate::station::VERSION`].
    pub version: u16,
    /// What it does right now.
    pub phase: Phase,
    /// The reader, as the machine calls it; none while there is none.
    pub reader: Option<String>,
    /// Whether a feeder hands it blanks; otherwise a person does.
    pub feeder: bool,
    /// The chip on the reader; none while there is none, or it is not known yet.
    pub chip: Option<Chip>,
    /// The card that the chip is becoming.
    pub serial: Option<CardSerial>,
    /// The run that it works on, or worked on last.
    pub run: Option<Progress>,
    /// The cards of this run that became ready, the latest first, at most [`Beat::CARDS`].
    pub cards: Vec<CardSerial>,
    /// What went wrong in this run, the latest first, at most [`Beat::FAILURES`].
    pub failures: Vec<Failure>,
}

impl Beat {
    /// So many finished cards are named.
    pub const CARDS: usize = 12;

    /// So many failures are named.
    pub const FAILURES: usize = 50;
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Which run.
    pub id: RunId,
    /// Cards that became ready.
    pub made: u32,
    /// Blanks that were given up or refused, and requests that went back.
    pub failed: u32,
    /// Average time of the latest cards in milliseconds, from one ready card to the next; none
    /// before the second.
    pub card_ms: Option<u32>,
}

/// What a station does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Phase {
    /// It has no order.
    Standby,
    /// It waits for a blank on the reader.
    WaitsForCard,
    /// It asks what the chip shall become.
    Asks,
    /// It sets both faces and has their QR read.
    DrawsFaces,
    /// It writes the chip.
    WritesChip {
        /// The step that is being done, from 1.
        step: u8,
        /// Of so many.
        of: u8,
    },
    /// It reads the chip back as a checker would.
    ReadsBack,
    /// It hands the faces to the printer's folder and reports the card.
    KeepsFaces,
    /// It has the card taken away.
    TakesAway {
        /// Where to.
        to: Pile,
    },
    /// It has no blanks; it goes on by itself when there are.
    NoBlanks,
    /// Nothing approved waits; it goes on by itself when something does.
    NoWork,
    /// A person has to look.
    Attention {
        /// Why.
        reason: Trouble,
    },
}

/// Where a card goes that leaves the reader.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pile {
    /// To the finished cards.
    Done,
    /// To the rejected ones.
    Reject,
    /// Back to the blanks: it is untouched.
    Back,
}

/// Why a station cannot go on without a person.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// No reader is connected, or not the one that it was told to use.
    NoReader,
    /// The reader, or the service behind it, does not work.
    Reader,
    /// The card on the reader does not answer, again and again.
    Card,
    /// A card was not taken away.
    CardStays,
    /// The feeder does not work.
    Feeder,
    /// The faces cannot be made or kept on this machine.
    Faces,
    /// The station's journal cannot be written.
    Disk,
    /// The server refuses this station or its work.
    Server,
    /// An order does not fit this station's chip map.
    Order,
    /// Another program on the station's machine makes cards with the same journal.
    Busy,
}

impl Trouble {
    /// All.
    pub const ALL: [Self; 10] = [
        Self::NoReader,
        Self::Reader,
        Self::Card,
        Self::CardStays,
        Self::Feeder,
        Self::Faces,
        Self::Disk,
        Self::Server,
        Self::Order,
        Self::Busy,
    ];
}

/// A blank that did not become a card.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Its number among the failures of the run, from 1.
    pub number: u32,
    /// The chip; none when it could not be named.
    pub uid: Option<ChipUid>,
    /// The serial that was given to it, where one was.
    pub serial: Option<CardSerial>,
    /// What happened.
    pub what: What,
}

/// What went wrong with one blank or one request.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The chip was given up; its request waits for another blank.
    Spoiled(Spoilage),
    /// The request went back to its office; the blank is untouched.
    Returned(Unmakeable),
    /// The registry refused the chip.
    Refused(ChipRefusal),
    /// The chip is of a kind that this program does not know, or hides its serial number.
    Unnamed,
}

/// The answer to a [`Beat`]: what the station is to do from now on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    /// [`crate::station::VERSION`].
    pub version: u16,
    /// Approved requests that wait for a blank.
    pub waiting: u64,
    /// The run to carry out; none: finish the card in hand and wait.
    pub run: Option<Wanted>,
}

/// A run that a station is to carry out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Which run.
    pub id: RunId,
    /// At most so many ready cards in all; none: as many as there is work for.
    pub limit: Option<u32>,
    /// How many the server knows to be ready: where a station that was restarted goes on counting.
    pub made: u32,
    /// How many failures the server knows of.
    pub failed: u32,
    /// Grows when a person who has looked says "try again".
    pub again: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::{Generation, VERSION};

    const RUN: &str = "00000000-0000-0000-0000-000000000007";

    fn beat() -> Beat {
        let uid = ChipUid([4, 1, 2, 3, 4, 5, 6]);
        let what = What::Spoiled(Spoilage::KeysUnknown);
        let serial = Some(CardSerial::from_random(1));
        Beat {
            version: VERSION,
            phase: Phase::WritesChip { step: 2, of: 3 },
            reader: Some("ACS ACR1252 00 00".to_owned()),
            feeder: true,
            chip: Some(Chip { uid, generation: Generation::Ev3, storage_bytes: 8192 }),
            serial,
            run: Some(Progress {
                id: RUN.parse().unwrap(),
                made: 12,
                failed: 1,
                card_ms: Some(850),
            }),
            cards: vec![CardSerial::from_random(2)],
            failures: vec![Failure { number: 1, uid: Some(uid), serial, what }],
        }
    }

    fn orders() -> Orders {
        let id = RUN.parse().unwrap();
        let run = Wanted { id, limit: Some(20), made: 12, failed: 1, again: 0 };
        Orders { version: VERSION, waiting: 8, run: Some(run) }
    }

    /// What is on the wire. A change here is a new version of the messages.
    #[test]
    fn beat_on_the_wire() {
        insta::assert_snapshot!(serde_json::to_string(&beat()).unwrap());
    }

    #[test]
    fn orders_on_the_wire() {
        insta::assert_snapshot!(serde_json::to_string(&orders()).unwrap());
    }

    #[test]
    fn every_phase_on_the_wire() {
        let phases = [
            Phase::Standby,
            Phase::WaitsForCard,
            Phase::Asks,
            Phase::DrawsFaces,
            Phase::WritesChip { step: 1, of: 3 },
            Phase::ReadsBack,
            Phase::KeepsFaces,
            Phase::TakesAway { to: Pile::Done },
            Phase::NoBlanks,
            Phase::NoWork,
        ];
        let troubles = Trouble::ALL.map(|reason| Phase::Attention { reason });
        let all: Vec<Phase> = phases.into_iter().chain(troubles).collect();
        let lines: Vec<String> =
            all.iter().map(|phase| serde_json::to_string(phase).unwrap()).collect();
        for (phase, line) in all.iter().zip(&lines) {
            assert_eq!(serde_json::from_str::<Phase>(line).unwrap(), *phase);
        }
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let text = serde_json::to_string(&beat()).unwrap();
        assert_eq!(serde_json::from_str::<Beat>(&text).unwrap(), beat());
        let text = serde_json::to_string(&orders()).unwrap();
        assert_eq!(serde_json::from_str::<Orders>(&text).unwrap(), orders());
    }

    #[test]
    fn unknown_field_is_refused_wherever_it_stands() {
        let text = serde_json::to_string(&beat()).unwrap();
        for name in ["version", "feeder", "uid", "card_ms", "step", "number"] {
            let known = format!("\"{name}\":");
            assert!(text.contains(&known), "{name}");
            let more = text.replacen(&known, &format!("\"extra\":0,{known}"), 1);
            assert!(serde_json::from_str::<Beat>(&more).is_err(), "beside {name}");
        }
        let text = serde_json::to_string(&orders()).unwrap().replace("\"again\"", "\"agian\"");
        assert!(serde_json::from_str::<Orders>(&text).is_err());
    }

    #[test]
    fn unknown_phase_is_refused() {
        for phase in ["\"sleeps\"", "{\"attention\":{\"reason\":\"weather\"}}", "{\"standby\":{}}"]
        {
            assert!(serde_json::from_str::<Phase>(phase).is_err(), "{phase}");
        }
    }
}
