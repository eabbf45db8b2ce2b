//! What the card knows only while it has power: selection, session, unfinished conversations.

use std::collections::VecDeque;

use crate::authenticate::Handshake;
use crate::body::FileBody;
use crate::command::Outline;
use crate::eeprom::Aid;
use crate::messaging::{Messaging, Protected, Transaction};

/// Everything that is gone when the field goes.
#[derive(Debug)]
pub(crate) struct Volatile {
    pub(crate) selected: Aid,
    pub(crate) session: Option<Session>,
    /// Identifier and counter of an EV2 session that is over; a later authentication may continue them.
    pub(crate) suspended: Option<Transaction>,
    pub(crate) pending: Pending,
    /// What files will hold once the transaction is committed.
    pub(crate) uncommitted: Vec<(u8, FileBody)>,
}

/// An authentication that holds.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) key_no: u8,
    pub(crate) messaging: Messaging,
}

/// What the next `AF` continues.
#[derive(Debug, Default)]
pub(crate) enum Pending {
    #[default]
    Nothing,
    /// The terminal's half of an authentication is due.
    Authentication(Handshake),
    /// More frames of a command are due.
    Receiving(Receiving),
    /// More frames of an answer are there.
    Sending(VecDeque<Vec<u8>>),
}

/// A command whose frames are being joined.
#[derive(Debug)]
pub(crate) struct Receiving {
    pub(crate) ins: u8,
    pub(crate) outline: Outline,
    pub(crate) protected: Protected,
    pub(crate) payload: Vec<u8>,
    pub(crate) frames: usize,
}

impl Volatile {
    /// The state right after power on.
    pub(crate) fn new() -> Self {
        Volatile {
            selected: Aid::PICC,
            session: None,
            suspended: None,
            pending: Pending::Nothing,
            uncommitted: Vec::new(),
        }
    }

    /// Selects; whatever was going on is over.
    pub(crate) fn select(&mut self, aid: Aid) {
        *self = Volatile { selected: aid, ..Volatile::new() };
    }

    /// Ends the session; of an EV2 session identifier and counter are remembered.
    pub(crate) fn end_session(&mut self) {
        if let Some(Session { messaging: Messaging::Ev2(ev2), .. }) = self.session.take() {
            self.suspended = Some(ev2.transaction());
        }
    }

    /// What an error does: no chain, no transaction, and no session but the oldest kind, which stays.
    pub(crate) fn abort(&mut self) {
        self.pending = Pending::Nothing;
        self.uncommitted.clear();
        match self.session.as_ref().map(|session| &session.messaging) {
            None | Some(Messaging::D40(_)) => {}
            Some(Messaging::Ev1(_) | Messaging::Ev2(_)) => self.end_session(),
        }
    }

    pub(crate) fn is_authenticated_with(&self, key_no: u8) -> bool {
        self.session.as_ref().is_some_and(|session| session.key_no == key_no)
    }
}
