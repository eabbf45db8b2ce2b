//! The pages: forms and tables over [`crate::ops`].

pub(crate) mod audit;
pub(crate) mod batches;
pub(crate) mod cards;
pub(crate) mod check;
pub(crate) mod guard;
pub(crate) mod hand_over;
pub(crate) mod home;
pub(crate) mod lists;
pub(crate) mod people;
pub(crate) mod pictures;
pub(crate) mod sign_in;
pub(crate) mod station;
