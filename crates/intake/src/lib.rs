//! Staff lists and photos as offices send them, checked and normalised.

mod contain;
pub mod photo;
pub mod rows;

pub use self::contain::{contain, is_contained};
