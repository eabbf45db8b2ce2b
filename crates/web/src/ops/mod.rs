//! What officers can do: each operation once, with typed input and output.
//!
//! An operation takes a [`crate::session::May`] of the permission that it needs, so neither a page
//! nor the interface for programs can reach the registry without naming it.

pub(crate) mod audit;
pub(crate) mod batches;
pub(crate) mod cards;
pub(crate) mod checks;
pub(crate) mod hand_over;
pub(crate) mod lists;
pub(crate) mod pace;
pub(crate) mod people;
pub(crate) mod station;
