//! Life of one request for one card.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::station::Unmakeable;
use wire::{Actor, AuthorityId, BatchId, CardId, PersonId, RequestId};

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
    Rejected,
    /// Taken back.
    Cancelled,
}

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
    /// The approver wants something changed.
    Wanting,
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
    /// Give it back.
    Return(Return),
    /// Refuse it for good.
    Reject,
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
    Rejected,
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
    /// the requester approves.
    pub fn decide(&self, command: &Command) -> Result<Event, Refused> {
        let event = self.life.decide(command)?;
        if let Command::Approve { by } = command
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
            (Self::Submitted | Self::Checked, Command::Reject) => Event::Rejected,
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
            (Self::Submitted | Self::Checked, Event::Rejected) => Self::Rejected,
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
            Self::Fulfilled { .. } | Self::Returned { .. } | Self::Rejected | Self::Cancelled => {
                false
            }
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
            | Self::Rejected
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
            Self::Rejected => "rejected",
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
            Self::Reject => "reject",
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
            Self::Rejected => "request.rejected",
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
            Life::Rejected,
            Life::Cancelled,
        ]
    }

    fn every_command() -> Vec<Command> {
        vec![
            Command::Submit,
            Command::Check,
            Command::Approve { by: who() },
            Command::Return(Return::Wanting),
            Command::Reject,
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
                    writeln!(table, "{:<14}{:<9}{}", state.name(), command.name(), to.name())
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
    fn requester_cannot_approve() {
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
        assert_eq!(
            request.decide(&Command::Approve { by: who() }),
            Err(Refused::SamePerson(TwoPeople::RequestAndApprove))
        );
        let other = "other".parse().unwrap();
        assert!(request.decide(&Command::Approve { by: other }).is_ok());
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
