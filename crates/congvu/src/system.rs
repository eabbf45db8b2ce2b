//! The one place that asks the machine for time and chance.

use jiff::Timestamp;
use uuid::Uuid;

/// The machine's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the SystemClock that everybody else is given"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A new identity that sorts by time.
#[expect(clippy::disallowed_methods, reason = "this is the SystemIds that everybody else is given")]
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Fills `buffer` from the operating system.
pub(crate) fn random(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("the operating system has randomness once it is up");
}
