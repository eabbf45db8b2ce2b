//! Life of one request for one card.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::station::Unmakeable;
use wire::{Actor, AuthorityId, BatchId, CardId, PersonId, RequestId};

use crate::card::{BadReason, coded};
use crate::{Refused, TwoPeople};

/// A request as last committed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// Who decides it.
    pub authority: AuthorityId,
    /// Identity; in the order of asking, because ids grow with time.
    pub id: RequestId,
    /// Number of commits so far; 0 before the first.
    pub version: i64,
    /// The requests made together with it.
    pub batch: BatchId,
    /// For whom.
    pub person: PersonId,
    /// Why a card is wanted.
    pub kind: Kind,
    /// Who asked.
    pub requester: Actor,
    /// [`crate::person::Person::content_hash`] of what was asked for, and is approved.
    pub content: [u8; 32],
    /// Current state.
    pub life: Life,
}

/// Why a card is wanted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The person has none.
    First,
    /// The old one is about to expire.
    Renewal,
    /// The old one was lost or stolen.
    Lost,
    /// The old one is damaged.
    Damaged,
    /// Something printed on the old one changed.
    DataChanged,
    /// The design changed, as in a merger of agencies.
    DesignChanged,
    /// The person comes from another authority.
    Transfer,
}

impl Kind {
    /// Whether the new card takes the place of one that this authority issued.
    pub const fn replaces(self) -> bool {
        match self {
            Self::First | Self::Transfer => false,
            Self::Renewal
            | Self::Lost
            | Self::Damaged
            | Self::DataChanged
            | Self::DesignChanged => true,
        }
    }
}

/// Where a request is in its life, with the facts that only exist there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Life {
    /// Being written.
    Draft,
    /// Handed in.
    Submitted,
    /// Photo and staff record were looked at.
    Checked,
    /// May be made; waits for a blank.
    Approved {
        /// Who approved.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// Ordered into a production run.
    Queued {
        /// Who approved.
        by: Actor,
        /// When it was approved.
        at: Timestamp,
    },
    /// A station makes the card.
    InProduction {
        /// Who approved.
        by: Actor,
        /// When it was approved.
        at: Timestamp,
        /// The card.
        card: CardId,
    },
    /// The card is made.
    Fulfilled {
        /// Who approved.
        by: Actor,
        /// The card.
        card: CardId,
    },
    /// Back to whoever asked: something is to be mended.
    Returned {
        /// What.
        reason: Return,
    },
    /// Refused for good.
    Rejected {
        /// Why; none where an older release wrote it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Lack>,
    },
    /// Taken back.
    Cancelled,
}

/// What an approver finds wrong with a request.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// The portrait is not fit to be printed.
    Photo,
    /// The name is not written as in the staff record.
    Name,
    /// The title is wrong or out of date.
    Title,
    /// The work unit is wrong or out of date.
    Unit,
    /// Another type of card belongs to the person.
    CardType,
    /// Another kind of request would be right.
    Kind,
    /// The person has no right to a card.
    NotEntitled,
    /// It was asked for already.
    Twice,
    /// Something else; the note says what.
    Other,
}

coded!(Lack {
    Photo = "photo",
    Name = "name",
    Title = "title",
    Unit = "unit",
    CardType = "card_type",
    Kind = "kind",
    NotEntitled = "not_entitled",
    Twice = "twice",
    Other = "other",
});

/// What is to be mended before a new request.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why", content = "what")]
pub enum Return {
    /// The person's data changed after the request.
    ContentChanged,
    /// The card would have expired before it was made.
    AlreadyExpired,
    /// The person has another card by now.
    HasCard,
    /// The station could not make it.
    Unmakeable(Unmakeable),
    /// The approver wants something changed and did not say what. Written by an older release.
    Wanting,
    /// The approver wants this changed.
    Lacking(Lack),
}

impl Return {
    /// Every one of them.
    pub fn all() -> Vec<Self> {
        let mut all =
            vec![Self::ContentChanged, Self::AlreadyExpired, Self::HasCard, Self::Wanting];
        all.extend(
            [
                Unmakeable::FaceOverflow,
                Unmakeable::GlyphMissing,
                Unmakeable::PortraitUnreadable,
                Unmakeable::QrUnreadable,
                Unmakeable::RecordTooLong,
            ]
            .map(Self::Unmakeable),
        );
        all.extend(Lack::ALL.iter().copied().map(Self::Lacking));
        all
    }

    /// Its stable name for catalogues: `has_card`, or with what is wrong after a hyphen, as in
    /// `lacking-photo`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ContentChanged => "content_changed",
            Self::AlreadyExpired => "already_expired",
            Self::HasCard => "has_card",
            Self::Wanting => "wanting",
            Self::Unmakeable(Unmakeable::FaceOverflow) => "unmakeable-face_overflow",
            Self::Unmakeable(Unmakeable::GlyphMissing) => "unmakeable-glyph_missing",
            Self::Unmakeable(Unmakeable::PortraitUnreadable) => "unmakeable-portrait_unreadable",
            Self::Unmakeable(Unmakeable::QrUnreadable) => "unmakeable-qr_unreadable",
            Self::Unmakeable(Unmakeable::RecordTooLong) => "unmakeable-record_too_long",
            Self::Lacking(Lack::Photo) => "lacking-photo",
            Self::Lacking(Lack::Name) => "lacking-name",
            Self::Lacking(Lack::Title) => "lacking-title",
            Self::Lacking(Lack::Unit) => "lacking-unit",
            Self::Lacking(Lack::CardType) => "lacking-card_type",
            Self::Lacking(Lack::Kind) => "lacking-kind",
            Self::Lacking(Lack::NotEntitled) => "lacking-not_entitled",
            Self::Lacking(Lack::Twice) => "lacking-twice",
            Self::Lacking(Lack::Other) => "lacking-other",
        }
    }
}

/// What somebody asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Command {
    /// Hand it in.
    Submit,
    /// Say that photo and record were looked at.
    Check,
    /// Allow it.
    Approve {
        /// Who does.
        by: Actor,
    },
    /// Give it back, because it cannot be made.
    Return(Return),
    /// Give it back, because an approver wants something changed.
    GiveBack {
        /// What.
        lack: Lack,
        /// Who does.
        by: Actor,
    },
    /// Refuse it for good.
    Reject {
        /// Why.
        lack: Lack,
        /// Who does.
        by: Actor,
    },
    /// Order it into a production run.
    Queue,
    /// Begin a card.
    Produce(CardId),
    /// The blank is lost; wait for another.
    Requeue,
    /// The card is made.
    Fulfil,
    /// Take it back.
    Cancel,
}

/// What happened. Stored; never fails to apply.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// Handed in.
    Submitted,
    /// Looked at.
    Checked,
    /// Allowed.
    Approved {
        /// By whom.
        by: Actor,
    },
    /// Given back.
    Returned {
        /// Why.
        reason: Return,
    },
    /// Refused for good.
    Rejected {
        /// Why; none where an older release wrote it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Lack>,
    },
    /// Ordered into a production run.
    Queued,
    /// A card was begun.
    ProductionBegun {
        /// Which.
        card: CardId,
    },
    /// Waits for another blank.
    Requeued,
    /// The card is made.
    Fulfilled,
    /// Taken back.
    Cancelled,
}

impl Request {
    /// Decides what `command` would do, without doing it.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFromHere`] where the table has no such arrow, [`Refused::SamePerson`] where
    /// the requester approves, gives back or rejects: who asked takes back instead.
    pub fn decide(&self, command: &Command) -> Result<Event, Refused> {
        let event = self.life.decide(command)?;
        if let Command::Approve { by } | Command::GiveBack { by, .. } | Command::Reject { by, .. } =
            command
            && *by == self.requester
        {
            return Err(Refused::SamePerson(TwoPeople::RequestAndApprove));
        }
        Ok(event)
    }
}

impl Life {
    /// Decides by the state alone; [`Request::decide`] adds who may.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFromHere`] where the table has no such arrow.
    pub fn decide(&self, command: &Command) -> Result<Event, Refused> {
        let event = match (self, command) {
            (Self::Draft, Command::Submit) => Event::Submitted,
            (Self::Submitted, Command::Check) => Event::Checked,
            (Self::Submitted | Self::Checked, Command::Approve { by }) => {
                Event::Approved { by: by.clone() }
            }
            (
                Self::Submitted
                | Self::Checked
                | Self::Approved { .. }
                | Self::Queued { .. }
                | Self::InProduction { .. },
                Command::Return(reason),
            ) => Event::Returned { reason: *reason },
            (
                Self::Submitted | Self::Checked | Self::Approved { .. } | Self::Queued { .. },
                Command::GiveBack { lack, .. },
            ) => Event::Returned { reason: Return::Lacking(*lack) },
            (Self::Submitted | Self::Checked, Command::Reject { lack, .. }) => {
                Event::Rejected { reason: Some(*lack) }
            }
            (Self::Approved { .. }, Command::Queue) => Event::Queued,
            (Self::Approved { .. } | Self::Queued { .. }, Command::Produce(card)) => {
                Event::ProductionBegun { card: *card }
            }
            (Self::InProduction { .. }, Command::Requeue) => Event::Requeued,
            (Self::InProduction { .. }, Command::Fulfil) => Event::Fulfilled,
            (
                Self::Draft
                | Self::Submitted
                | Self::Checked
                | Self::Approved { .. }
                | Self::Queued { .. },
                Command::Cancel,
            ) => Event::Cancelled,
            (state, command) => {
                return Err(Refused::NotFromHere {
                    subject: "request",
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
            (Self::Draft, Event::Submitted) => Self::Submitted,
            (Self::Submitted, Event::Checked) => Self::Checked,
            (Self::Submitted | Self::Checked, Event::Approved { by }) => {
                Self::Approved { by: by.clone(), at }
            }
            (Self::Submitted | Self::Checked, Event::Rejected { reason }) => {
                Self::Rejected { reason: *reason }
            }
            (Self::Approved { by, at }, Event::Queued) => Self::Queued { by, at },
            (
                Self::Approved { by, at } | Self::Queued { by, at },
                Event::ProductionBegun { card },
            ) => Self::InProduction { by, at, card: *card },
            (Self::InProduction { by, at, .. }, Event::Requeued) => Self::Queued { by, at },
            (Self::InProduction { by, card, .. }, Event::Fulfilled) => Self::Fulfilled { by, card },
            (state, Event::Returned { reason }) if state.is_open() => {
                Self::Returned { reason: *reason }
            }
            (state, Event::Cancelled) if state.is_open() => Self::Cancelled,
            (unchanged, _) => unchanged,
        }
    }

    /// Whether a decision or a card is still to come.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Draft
            | Self::Submitted
            | Self::Checked
            | Self::Approved { .. }
            | Self::Queued { .. }
            | Self::InProduction { .. } => true,
            Self::Fulfilled { .. }
            | Self::Returned { .. }
            | Self::Rejected { .. }
            | Self::Cancelled => false,
        }
    }

    /// Who approved, as long as the approval stands.
    pub const fn approver(&self) -> Option<&Actor> {
        match self {
            Self::Approved { by, .. }
            | Self::Queued { by, .. }
            | Self::InProduction { by, .. }
            | Self::Fulfilled { by, .. } => Some(by),
            Self::Draft
            | Self::Submitted
            | Self::Checked
            | Self::Returned { .. }
            | Self::Rejected { .. }
            | Self::Cancelled => None,
        }
    }

    /// The name used in messages, counts and the `state` column.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Checked => "checked",
            Self::Approved { .. } => "approved",
            Self::Queued { .. } => "queued",
            Self::InProduction { .. } => "in_production",
            Self::Fulfilled { .. } => "fulfilled",
            Self::Returned { .. } => "returned",
            Self::Rejected { .. } => "rejected",
            Self::Cancelled => "cancelled",
        }
    }

    /// Every [`Life::name`], in the order of life.
    pub const NAMES: [&'static str; 10] = [
        "draft",
        "submitted",
        "checked",
        "approved",
        "queued",
        "in_production",
        "fulfilled",
        "returned",
        "rejected",
        "cancelled",
    ];
}

impl Command {
    const fn name(&self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Check => "check",
            Self::Approve { .. } => "approve",
            Self::Return(_) => "return",
            Self::GiveBack { .. } => "give back",
            Self::Reject { .. } => "reject",
            Self::Queue => "queue",
            Self::Produce(_) => "produce",
            Self::Requeue => "requeue",
            Self::Fulfil => "fulfil",
            Self::Cancel => "cancel",
        }
    }
}

impl Event {
    /// The name used in history.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Submitted => "request.submitted",
            Self::Checked => "request.checked",
            Self::Approved { .. } => "request.approved",
            Self::Returned { .. } => "request.returned",
            Self::Rejected { .. } => "request.rejected",
            Self::Queued => "request.queued",
            Self::ProductionBegun { .. } => "request.production_begun",
            Self::Requeued => "request.requeued",
            Self::Fulfilled => "request.fulfilled",
            Self::Cancelled => "request.cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;
    const CARD: CardId = CardId(Uuid::from_u128(1));

    fn who() -> Actor {
        "approver".parse().unwrap()
    }

    fn every_state() -> Vec<Life> {
        vec![
            Life::Draft,
            Life::Submitted,
            Life::Checked,
            Life::Approved { by: who(), at: AT },
            Life::Queued { by: who(), at: AT },
            Life::InProduction { by: who(), at: AT, card: CARD },
            Life::Fulfilled { by: who(), card: CARD },
            Life::Returned { reason: Return::Wanting },
            Life::Rejected { reason: Some(Lack::Twice) },
            Life::Cancelled,
        ]
    }

    fn every_command() -> Vec<Command> {
        vec![
            Command::Submit,
            Command::Check,
            Command::Approve { by: who() },
            Command::Return(Return::Wanting),
            Command::GiveBack { lack: Lack::Photo, by: who() },
            Command::Reject { lack: Lack::Twice, by: who() },
            Command::Queue,
            Command::Produce(CARD),
            Command::Requeue,
            Command::Fulfil,
            Command::Cancel,
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
                    writeln!(table, "{:<14}{:<10}{}", state.name(), command.name(), to.name())
                        .unwrap();
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn names_are_those_of_the_states() {
        assert_eq!(every_state().iter().map(Life::name).collect::<Vec<_>>(), Life::NAMES);
    }

    #[test]
    fn requester_decides_nothing_of_the_own_request() {
        let request = Request {
            authority: AuthorityId(Uuid::nil()),
            id: RequestId(Uuid::nil()),
            version: 1,
            batch: BatchId(Uuid::nil()),
            person: PersonId(Uuid::nil()),
            kind: Kind::First,
            requester: who(),
            content: [0; 32],
            life: Life::Submitted,
        };
        let decisions = |by: Actor| {
            [
                Command::Approve { by: by.clone() },
                Command::GiveBack { lack: Lack::Photo, by: by.clone() },
                Command::Reject { lack: Lack::Twice, by },
            ]
        };
        for command in decisions(who()) {
            assert_eq!(
                request.decide(&command),
                Err(Refused::SamePerson(TwoPeople::RequestAndApprove))
            );
        }
        for command in decisions("other".parse().unwrap()) {
            assert!(request.decide(&command).is_ok(), "{command:?}");
        }
    }

    #[test]
    fn lives_and_events_of_an_older_release_are_read() {
        let life: Life = serde_json::from_str(r#"{"state":"rejected"}"#).unwrap();
        assert_eq!(life, Life::Rejected { reason: None });
        let event: Event = serde_json::from_str(r#"{"event":"rejected"}"#).unwrap();
        assert_eq!(event, Event::Rejected { reason: None });
        let old = r#"{"state":"returned","reason":{"why":"wanting"}}"#;
        let life: Life = serde_json::from_str(old).unwrap();
        assert_eq!(life, Life::Returned { reason: Return::Wanting });
        assert_eq!(serde_json::to_string(&life).unwrap(), old);
    }

    #[test]
    fn codes_of_returns_are_those_of_their_stored_form() {
        let mut seen = std::collections::HashSet::new();
        for reason in Return::all() {
            let stored = serde_json::to_value(reason).unwrap();
            let parts = [&stored["why"], &stored["what"]];
            let parts: Vec<&str> = parts.into_iter().filter_map(|part| part.as_str()).collect();
            assert_eq!(parts.join("-"), reason.code());
            assert!(seen.insert(reason.code()));
        }
        for &lack in Lack::ALL {
            assert_eq!(lack.as_str().parse(), Ok(lack));
            assert_eq!(serde_json::to_value(lack).unwrap(), lack.as_str());
        }
    }

    proptest! {
        #[test]
        fn a_closed_request_stays_closed(
            commands in prop::collection::vec(prop::sample::select(every_command()), 0..32)
        ) {
            let mut life = Life::Draft;
            let mut approved = false;
            for command in commands {
                if let Ok(event) = life.decide(&command) {
                    prop_assert!(life.is_open(), "{command:?} was accepted when {}", life.name());
                    life = life.apply(&event, AT);
                    approved |= matches!(command, Command::Approve { .. });
                }
                let in_production = matches!(life, Life::InProduction { .. });
                prop_assert!(approved || !in_production);
            }
        }

        #[test]
        fn applying_never_panics_and_never_reopens(
            state in prop::sample::select(every_state()),
            command in prop::sample::select(every_command()),
        ) {
            for from in every_state() {
                if let Ok(event) = from.decide(&command) {
                    let after = state.clone().apply(&event, AT);
                    prop_assert!(state.is_open() || after == state);
                }
            }
        }
    }
}
