//! Managing bodies: ministries, sectors and provinces.

use jiff::civil::Date;
use wire::AuthorityId;

/// A managing body. Its id never changes; its codes and its name do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authority {
    /// Identity.
    pub id: AuthorityId,
    /// Number of commits so far; 0 before the first.
    pub version: i64,
    /// What it is called now, as printed on its cards.
    pub name: String,
    /// Its agency codes with the day from which each holds, oldest first.
    ///
    /// Dated because codes close: those of 29 provinces did on one day of 2025.
    pub codes: Vec<DatedCode>,
    /// How many places its status list has; indexes are drawn at random below it.
    pub status_slots: u32,
}

/// An agency code and when it began to name the authority.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DatedCode {
    /// The code, such as `G01`.
    pub code: String,
    /// The first day on which it holds.
    pub from: Date,
}

/// Places of a new authority's status list: 32 KiB of two-bit statuses.
pub const FIRST_STATUS_SLOTS: u32 = 1 << 17;
