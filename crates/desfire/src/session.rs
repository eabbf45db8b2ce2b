//! A session of any messaging: where a program takes what the card offers.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::{BadAnswer, Command, Family, Messaging, Misuse, Status, d40, ev1, ev2, lrp};

/// Which messaging a session uses, the oldest first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum MessagingKind {
    /// That of the first DESFire.
    D40,
    /// EV1.
    Ev1,
    /// EV2.
    Ev2,
    /// Leakage-resilient.
    Lrp,
}

/// A session of any messaging.
#[derive(Debug)]
pub enum AnySession {
    /// That of the first DESFire.
    D40(Box<d40::Session>),
    /// EV1.
    Ev1(Box<ev1::Session>),
    /// EV2.
    Ev2(Box<ev2::Session>),
    /// Leakage-resilient.
    Lrp(Box<lrp::Session>),
}

impl AnySession {
    /// Which messaging it uses.
    pub const fn kind(&self) -> MessagingKind {
        match self {
            Self::D40(_) => MessagingKind::D40,
            Self::Ev1(_) => MessagingKind::Ev1,
            Self::Ev2(_) => MessagingKind::Ev2,
            Self::Lrp(_) => MessagingKind::Lrp,
        }
    }

    fn inner(&mut self) -> &mut dyn Messaging {
        match self {
            Self::D40(session) => &mut **session,
            Self::Ev1(session) => &mut **session,
            Self::Ev2(session) => &mut **session,
            Self::Lrp(session) => &mut **session,
        }
    }
}

impl Messaging for AnySession {
    fn family(&self) -> Family {
        match self {
            Self::D40(session) => session.family(),
            Self::Ev1(session) => session.family(),
            Self::Ev2(session) => session.family(),
            Self::Lrp(session) => session.family(),
        }
    }

    fn wrap(&mut self, command: &Command) -> Result<Vec<u8>, Misuse> {
        self.inner().wrap(command)
    }

    fn unwrap(
        &mut self,
        command: &Command,
        status: Status,
        answer: &[u8],
    ) -> Result<Vec<u8>, BadAnswer> {
        self.inner().unwrap(command, status, answer)
    }
}

impl From<d40::Session> for AnySession {
    fn from(session: d40::Session) -> Self {
        Self::D40(Box::new(session))
    }
}

impl From<ev1::Session> for AnySession {
    fn from(session: ev1::Session) -> Self {
        Self::Ev1(Box::new(session))
    }
}

impl From<ev2::Session> for AnySession {
    fn from(session: ev2::Session) -> Self {
        Self::Ev2(Box::new(session))
    }
}

impl From<lrp::Session> for AnySession {
    fn from(session: lrp::Session) -> Self {
        Self::Lrp(Box::new(session))
    }
}
