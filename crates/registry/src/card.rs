//! Life of one card: validity, whereabouts and chip as three axes.
//!
//! They are separate because two that are mixed disagree sooner or later: a card in a drawer may
//! be active, and a revoked one in its holder's hands.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wire::station::Evidence;
use wire::{Actor, AuthorityId, CardId, CardSerial, ChipUid, PersonId, RequestId};

use crate::ports::{BlobId, LookupHash};
use crate::{Refused, TwoPeople};

/// A card as last committed.
#[derive(Clone, Eq, PartialEq)]
pub struct Card {
    /// Who issued it.
    pub authority: AuthorityId,
    /// Identity.
    pub id: CardId,
    /// Number of commits so far; 0 before the first.
    pub version: i64,
    /// The name that people and programs use.
    pub serial: CardSerial,
    /// The request that it fulfils.
    pub request: RequestId,
    /// The holder.
    pub person: PersonId,
    /// The chip that it is on.
    pub uid: ChipUid,
    /// Keyed hash of the card number.
    pub number: LookupHash,
    /// Its place in the authority's status list.
    pub status_index: u32,
    /// The last day on which it is valid.
    pub valid_through: Date,
    /// When it was begun; also the instant of issue in its record.
    pub begun_at: Timestamp,
    /// The station that makes, or made, it.
    pub station: Actor,
    /// When the station last asked for it.
    pub claimed_at: Timestamp,
    /// Who approved the request.
    pub approver: Actor,
    /// What is printed and written, sealed under the holder's key.
    pub sealed: Vec<u8>,
    /// The pictures that it bears, sealed under the holder's key; none once they were erased.
    pub photo: Option<BlobId>,
    /// Hashes of what the chip is to hold; none until they were attached.
    pub digests: Option<Digests>,
    /// What the read-back saw; none until it did.
    pub evidence: Option<Evidence>,
    /// Whether it may be used.
    pub validity: Validity,
    /// Where the plastic is.
    pub whereabouts: Whereabouts,
    /// What the chip is.
    pub chip: Chip,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("authority", &self.authority)
            .field("id", &self.id)
            .field("version", &self.version)
            .field("serial", &self.serial)
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}

/// SHA-256 of what the chip is to hold.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Digests {
    /// Of the signed record.
    pub record: [u8; 32],
    /// Of the photo; none where none is written.
    pub photo: Option<[u8; 32]>,
}

/// Whether a card may be used, with the facts that only exist in each state.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Validity {
    /// A station makes it.
    Produced,
    /// Made and read back; waits for its holder.
    Ready {
        /// Since when.
        at: Timestamp,
    },
    /// In use.
    Active {
        /// When it was handed over.
        since: Timestamp,
    },
    /// Refused for now.
    Locked {
        /// When it was handed over.
        since: Timestamp,
        /// When it was locked.
        at: Timestamp,
        /// Why.
        reason: LockReason,
        /// Who locked it.
        by: Actor,
    },
    /// Refused for ever, by a decision.
    Revoked {
        /// When.
        at: Timestamp,
        /// Why.
        reason: RevokeReason,
    },
    /// Refused for ever, because its last day passed.
    Expired {
        /// When that was noticed.
        at: Timestamp,
    },
    /// The chip was given up before the card was finished or handed over.
    Spoiled,
    /// Given up; [`Card::chip`] says whether the chip is untouched.
    Cancelled,
}

/// Why a card is locked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LockReason {
    /// Reported lost.
    Lost,
    /// Reported stolen.
    Stolen,
    /// Its data or keys may be known to others.
    Compromised,
    /// An inquiry.
    Inquiry,
    /// Long leave, or secondment.
    Leave,
    /// Suspension from duty.
    Suspension,
    /// The staff record says something else.
    RecordMismatch,
}

/// Why a card is revoked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeReason {
    /// A newer card took its place.
    Replaced,
    /// Lost, and not found in time.
    Lost,
    /// Stolen.
    Stolen,
    /// Its data or keys are known to others.
    Compromised,
    /// The holder retired.
    Retired,
    /// The holder left the service, or the contract ended.
    LeftService,
    /// The holder was dismissed.
    Dismissed,
    /// The holder died.
    Died,
    /// The holder moved to another authority.
    Transferred,
    /// It was made with wrong data.
    WrongData,
    /// Damaged, and handed in.
    Damaged,
}

/// Where the plastic is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// Where it is made or kept.
    Stock,
    /// On its way.
    InTransit,
    /// Where holders fetch it.
    AtHandOverPoint,
    /// With its holder.
    WithHolder,
    /// Taken back.
    Collected,
    /// Never fetched.
    Uncollected,
    /// Asked back and not given.
    NotReturned,
    /// Lost.
    Lost,
    /// Stolen.
    Stolen,
    /// Destroyed.
    Destroyed,
}

/// What the chip is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chip {
    /// As it came.
    Factory,
    /// Under the supplier's transport key.
    TransportKey,
    /// Being written.
    Personalising,
    /// Written and read back.
    Personalised,
    /// Its record is to be renewed.
    UpdatePending,
    /// Wiped.
    Erased,
}

/// What somebody asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Command {
    /// The read-back agreed.
    ConfirmReady,
    /// The chip is lost for use.
    Spoil,
    /// Give it up; the chip is untouched.
    Cancel,
    /// The holder signed for it.
    Activate {
        /// Who handed it over.
        by: Actor,
    },
    /// Refuse it for now.
    Lock {
        /// Why.
        reason: LockReason,
        /// Who.
        by: Actor,
    },
    /// Accept it again.
    Unlock {
        /// Who.
        by: Actor,
    },
    /// Refuse it for ever.
    Revoke(RevokeReason),
    /// Its last day passed.
    Expire,
}

/// What happened. Stored; never fails to apply.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// Made and read back.
    Readied,
    /// The chip was given up.
    Spoiled,
    /// Given up with the chip untouched.
    Cancelled,
    /// Handed over.
    Activated,
    /// Locked.
    Locked {
        /// Why.
        reason: LockReason,
        /// By whom.
        by: Actor,
    },
    /// Unlocked.
    Unlocked,
    /// Revoked.
    Revoked {
        /// Why.
        reason: RevokeReason,
    },
    /// Expired.
    Expired,
}

impl Card {
    /// Decides what `command` would do, without doing it.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFromHere`] where the table has no such arrow, [`Refused::SamePerson`] where
    /// the approver hands over or the locker unlocks.
    pub fn decide(&self, command: &Command) -> Result<Event, Refused> {
        let event = self.validity.decide(command)?;
        if let Command::Activate { by } = command
            && *by == self.approver
        {
            return Err(Refused::SamePerson(TwoPeople::ApproveAndActivate));
        }
        Ok(event)
    }

    /// The card after `event` happened at `at`, on all three axes.
    #[must_use]
    pub fn apply(mut self, event: &Event, at: Timestamp) -> Self {
        self.whereabouts = match (event, self.whereabouts) {
            (Event::Activated, _) => Whereabouts::WithHolder,
            (Event::Locked { reason: LockReason::Lost, .. }, _) => Whereabouts::Lost,
            (Event::Locked { reason: LockReason::Stolen, .. }, _) => Whereabouts::Stolen,
            (Event::Unlocked, Whereabouts::Lost | Whereabouts::Stolen) => Whereabouts::WithHolder,
            (Event::Revoked { reason: RevokeReason::Lost }, _) => Whereabouts::Lost,
            (Event::Revoked { reason: RevokeReason::Stolen }, _) => Whereabouts::Stolen,
            (
                Event::Revoked { reason: RevokeReason::Replaced | RevokeReason::Damaged },
                Whereabouts::WithHolder,
            ) => Whereabouts::Collected,
            (_, unchanged) => unchanged,
        };
        self.chip = match event {
            Event::Readied => Chip::Personalised,
            // Given up before anything was written: the chip is as it came.
            Event::Cancelled if self.validity == Validity::Produced => Chip::Factory,
            Event::Cancelled => self.chip,
            Event::Spoiled
            | Event::Activated
            | Event::Locked { .. }
            | Event::Unlocked
            | Event::Revoked { .. }
            | Event::Expired => self.chip,
        };
        self.validity = self.validity.apply(event, at);
        self
    }

    /// Whether it may be used on `today`.
    pub fn holds_on(&self, today: Date) -> bool {
        matches!(self.validity, Validity::Active { .. }) && today <= self.valid_through
    }
}

impl Validity {
    /// Decides by the state alone; [`Card::decide`] adds who may.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFromHere`] where the table has no such arrow, [`Refused::SamePerson`] where
    /// the locker unlocks.
    pub fn decide(&self, command: &Command) -> Result<Event, Refused> {
        let event = match (self, command) {
            (Self::Produced, Command::ConfirmReady) => Event::Readied,
            (Self::Produced | Self::Ready { .. }, Command::Spoil) => Event::Spoiled,
            (Self::Produced | Self::Ready { .. }, Command::Cancel) => Event::Cancelled,
            (Self::Ready { .. }, Command::Activate { .. }) => Event::Activated,
            (Self::Active { .. }, Command::Lock { reason, by }) => {
                Event::Locked { reason: *reason, by: by.clone() }
            }
            (Self::Locked { by: locker, .. }, Command::Unlock { by }) if locker == by => {
                return Err(Refused::SamePerson(TwoPeople::LockAndUnlock));
            }
            (Self::Locked { .. }, Command::Unlock { .. }) => Event::Unlocked,
            (Self::Active { .. } | Self::Locked { .. }, Command::Revoke(reason)) => {
                Event::Revoked { reason: *reason }
            }
            (Self::Active { .. } | Self::Locked { .. } | Self::Ready { .. }, Command::Expire) => {
                Event::Expired
            }
            (state, command) => {
                return Err(Refused::NotFromHere {
                    subject: "card",
                    command: command.name(),
                    from: state.name(),
                });
            }
        };
        Ok(event)
    }

    /// The state after `event` happened at `at`.
    ///
    /// Total: an event that does not fit leaves the state as it was, because history may hold
    /// events that an older release wrote.
    #[must_use]
    pub fn apply(self, event: &Event, at: Timestamp) -> Self {
        match (self, event) {
            (Self::Produced, Event::Readied) => Self::Ready { at },
            (Self::Produced | Self::Ready { .. }, Event::Spoiled) => Self::Spoiled,
            (Self::Produced | Self::Ready { .. }, Event::Cancelled) => Self::Cancelled,
            (Self::Ready { .. }, Event::Activated) => Self::Active { since: at },
            (Self::Active { since }, Event::Locked { reason, by }) => {
                Self::Locked { since, at, reason: *reason, by: by.clone() }
            }
            (Self::Locked { since, .. }, Event::Unlocked) => Self::Active { since },
            (Self::Active { .. } | Self::Locked { .. }, Event::Revoked { reason }) => {
                Self::Revoked { at, reason: *reason }
            }
            (Self::Ready { .. } | Self::Active { .. } | Self::Locked { .. }, Event::Expired) => {
                Self::Expired { at }
            }
            (unchanged, _) => unchanged,
        }
    }

    /// Whether it is, or may yet come, into use.
    pub const fn is_live(&self) -> bool {
        match self {
            Self::Produced | Self::Ready { .. } | Self::Active { .. } | Self::Locked { .. } => true,
            Self::Revoked { .. } | Self::Expired { .. } | Self::Spoiled | Self::Cancelled => false,
        }
    }

    /// What a status list says about it.
    ///
    /// Source: IETF Token Status List, two bits a token; 3 is the first application-specific one.
    pub const fn listed(&self) -> Listed {
        match self {
            Self::Active { .. } => Listed::Valid,
            Self::Locked { .. } => Listed::Locked,
            Self::Produced | Self::Ready { .. } => Listed::NotActive,
            Self::Revoked { .. } | Self::Expired { .. } | Self::Spoiled | Self::Cancelled => {
                Listed::Revoked
            }
        }
    }

    /// The name used in messages, counts and the `state` column.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Produced => "produced",
            Self::Ready { .. } => "ready",
            Self::Active { .. } => "active",
            Self::Locked { .. } => "locked",
            Self::Revoked { .. } => "revoked",
            Self::Expired { .. } => "expired",
            Self::Spoiled => "spoiled",
            Self::Cancelled => "cancelled",
        }
    }

    /// Every [`Validity::name`], in the order of life.
    pub const NAMES: [&'static str; 8] =
        ["produced", "ready", "active", "locked", "revoked", "expired", "spoiled", "cancelled"];
}

/// The two bits of a status list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Listed {
    /// In use.
    Valid = 0,
    /// Ended for ever.
    Revoked = 1,
    /// Refused for now.
    Locked = 2,
    /// Not in use yet.
    NotActive = 3,
}

impl Command {
    const fn name(&self) -> &'static str {
        match self {
            Self::ConfirmReady => "confirm",
            Self::Spoil => "spoil",
            Self::Cancel => "cancel",
            Self::Activate { .. } => "activate",
            Self::Lock { .. } => "lock",
            Self::Unlock { .. } => "unlock",
            Self::Revoke(_) => "revoke",
            Self::Expire => "expire",
        }
    }
}

impl Event {
    /// The name used in history.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Readied => "card.readied",
            Self::Spoiled => "card.spoiled",
            Self::Cancelled => "card.cancelled",
            Self::Activated => "card.activated",
            Self::Locked { .. } => "card.locked",
            Self::Unlocked => "card.unlocked",
            Self::Revoked { .. } => "card.revoked",
            Self::Expired => "card.expired",
        }
    }
}

macro_rules! coded {
    ($name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its stable name for commands, catalogues and stored data.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadReason;

            fn from_str(text: &str) -> Result<Self, BadReason> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(BadReason) }
            }
        }
    };
}

/// The text names no reason of this kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no such reason")]
pub struct BadReason;

pub(crate) use coded;

coded!(LockReason {
    Lost = "lost",
    Stolen = "stolen",
    Compromised = "compromised",
    Inquiry = "inquiry",
    Leave = "leave",
    Suspension = "suspension",
    RecordMismatch = "record_mismatch",
});

coded!(RevokeReason {
    Replaced = "replaced",
    Lost = "lost",
    Stolen = "stolen",
    Compromised = "compromised",
    Retired = "retired",
    LeftService = "left_service",
    Dismissed = "dismissed",
    Died = "died",
    Transferred = "transferred",
    WrongData = "wrong_data",
    Damaged = "damaged",
});

coded!(Whereabouts {
    Stock = "stock",
    InTransit = "in_transit",
    AtHandOverPoint = "at_hand_over_point",
    WithHolder = "with_holder",
    Collected = "collected",
    Uncollected = "uncollected",
    NotReturned = "not_returned",
    Lost = "lost",
    Stolen = "stolen",
    Destroyed = "destroyed",
});

coded!(Chip {
    Factory = "factory",
    TransportKey = "transport_key",
    Personalising = "personalising",
    Personalised = "personalised",
    UpdatePending = "update_pending",
    Erased = "erased",
});

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn who(name: &str) -> Actor {
        name.parse().unwrap()
    }

    fn every_state() -> Vec<Validity> {
        vec![
            Validity::Produced,
            Validity::Ready { at: AT },
            Validity::Active { since: AT },
            Validity::Locked { since: AT, at: AT, reason: LockReason::Inquiry, by: who("locker") },
            Validity::Revoked { at: AT, reason: RevokeReason::Lost },
            Validity::Expired { at: AT },
            Validity::Spoiled,
            Validity::Cancelled,
        ]
    }

    fn every_command() -> Vec<Command> {
        vec![
            Command::ConfirmReady,
            Command::Spoil,
            Command::Cancel,
            Command::Activate { by: who("clerk") },
            Command::Lock { reason: LockReason::Inquiry, by: who("locker") },
            Command::Unlock { by: who("other") },
            Command::Unlock { by: who("locker") },
            Command::Revoke(RevokeReason::Lost),
            Command::Expire,
        ]
    }

    /// The whole table, so that a reviewer sees every arrow that a change adds or removes.
    #[test]
    fn transition_table() {
        let mut table = String::new();
        for state in every_state() {
            for command in every_command() {
                if let Ok(event) = state.decide(&command) {
                    let to = state.clone().apply(&event, AT);
                    writeln!(table, "{:<10}{:<10}{}", state.name(), command.name(), to.name())
                        .unwrap();
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn names_are_those_of_the_states() {
        assert_eq!(every_state().iter().map(Validity::name).collect::<Vec<_>>(), Validity::NAMES);
    }

    #[test]
    fn locker_cannot_unlock() {
        let locked =
            Validity::Locked { since: AT, at: AT, reason: LockReason::Leave, by: who("locker") };
        assert_eq!(
            locked.decide(&Command::Unlock { by: who("locker") }),
            Err(Refused::SamePerson(TwoPeople::LockAndUnlock))
        );
    }

    #[test]
    fn reasons_read_what_they_write() {
        for &reason in LockReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
        for &reason in RevokeReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
        assert_eq!("tired".parse::<LockReason>(), Err(BadReason));
    }

    proptest! {
        #[test]
        fn revoked_and_expired_are_final(
            commands in prop::collection::vec(prop::sample::select(every_command()), 0..40)
        ) {
            let mut life = Validity::Produced;
            let mut ended = false;
            let mut read_back = false;
            for command in commands {
                if let Ok(event) = life.decide(&command) {
                    prop_assert!(!ended, "{command:?} was accepted after the end");
                    read_back |= event == Event::Readied;
                    life = life.apply(&event, AT);
                }
                ended |= matches!(life, Validity::Revoked { .. } | Validity::Expired { .. });
                prop_assert!(read_back || life.listed() != Listed::Valid);
                prop_assert!(!(ended && life.listed() == Listed::Valid));
            }
        }

        #[test]
        fn no_event_brings_an_ended_card_back(
            state in prop::sample::select(every_state()),
            command in prop::sample::select(every_command()),
        ) {
            for from in every_state() {
                if let Ok(event) = from.decide(&command) {
                    let after = state.clone().apply(&event, AT);
                    prop_assert!(state.is_live() || after == state);
                }
            }
        }
    }
}
