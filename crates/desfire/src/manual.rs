//! How a session lives, how a card is personalised, what differs between generations, and where
//! public knowledge ends.
//!
//! Every chapter has an example that runs.

pub mod generations;
pub mod personalise;
pub mod session;
pub mod unknown;
