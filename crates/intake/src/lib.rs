//! Staff lists and photos as offices send them, checked and normalised.

pub mod photo;
pub mod rows;
