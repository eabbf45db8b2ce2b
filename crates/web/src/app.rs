//! What every handler works with.

use std::sync::Arc;

use axum::extract::FromRef;
use registry::Office;
use registry::drafts::Drafts;
use registry::office::Ports;
use registry::runs::Runs;
use tokio_util::sync::CancellationToken;

use crate::live::LiveHub;
use crate::{Desk, Workshop};

/// Everything that the server is built from.
#[expect(missing_debug_implementations, reason = "it is taken apart at once")]
pub struct Parts {
    /// What stations and programs ask.
    pub desk: Arc<dyn Desk>,
    /// Faces, chips and readers.
    pub workshop: Arc<dyn Workshop>,
    /// The registry.
    pub office: Office,
    /// What the registry stands on: this crate uses its keys, clock and ids.
    pub ports: Ports,
    /// Sign-in and sessions.
    pub gate: access::Gate,
    /// Work that was begun and not finished.
    pub drafts: Arc<dyn Drafts>,
    /// What stations were told to do.
    pub runs: Arc<dyn Runs>,
    /// The accounts of a demonstration, which its sign-in page offers; empty in real operation.
    pub demo: Vec<DemoAccount>,
    /// Ends what would otherwise stay open: streams of events.
    pub stop: CancellationToken,
}

/// An account that the sign-in page of a demonstration offers.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: access::Role,
    /// Its password; known to everybody.
    pub password: String,
    /// The secret of its one-time codes; known to everybody.
    pub totp: Vec<u8>,
}

/// The state that handlers share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// What an [`App`] shares.
#[expect(missing_debug_implementations, reason = "it holds ports")]
pub struct Shared {
    pub(crate) parts: Parts,
    /// What the stations are doing.
    pub(crate) live: LiveHub,
    /// Lists that were analysed lately.
    pub(crate) lists: crate::ops::lists::Cache,
    /// How often a network may ask what anybody may ask.
    pub(crate) pace: crate::ops::pace::Pace,
}

impl App {
    /// The state over these parts.
    pub fn new(parts: Parts) -> Self {
        Self::with_budget(parts, crate::Budget::default())
    }

    /// The same with another budget for what anybody may ask.
    pub fn with_budget(parts: Parts, budget: crate::Budget) -> Self {
        let live = LiveHub::new(parts.stop.clone());
        Self(Arc::new(Shared {
            parts,
            live,
            lists: crate::ops::lists::Cache::default(),
            pace: crate::ops::pace::Pace::new(budget),
        }))
    }

    /// The registry.
    pub fn office(&self) -> &Office {
        &self.0.parts.office
    }

    /// The current instant.
    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.0.parts.ports.clock.now()
    }

    /// The current day in Vietnam.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        self.0.parts.ports.clock.today()
    }

    /// Whether everything here is invented.
    pub(crate) fn is_demo(&self) -> bool {
        self.0.parts.workshop.is_demo()
    }
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App(..)")
    }
}

impl FromRef<App> for Arc<dyn Desk> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.0.parts.desk)
    }
}
