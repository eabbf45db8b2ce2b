//! What differs between EV1, EV2 and EV3.
//!
//! | | EV1 | EV2 | EV3 |
//! | --- | --- | --- | --- |
//! | messaging | D40, EV1 | and EV2, LRP | and EV2, LRP |
//! | applications | 28 | as memory allows | as memory allows |
//! | data commands | `BD 3D BB 3B` | and `AD 8D AB 8B`, `DB BA` | as EV2 |
//! | key sets, delegated applications | – | yes | yes |
//! | transaction MAC, additional rights | – | yes | yes |
//! | proximity check | – | yes | yes |
//! | dynamic messaging for a telephone | – | – | yes |
//! | maker's signature | late chips at most | yes | yes |
//!
//! Do not take a generation from a name: `GetVersion` gives numbers, settings of the card forbid what
//! its generation has, and a later generation will come. Expect by [`Offer`](crate::Offer), then let
//! [`Card::authenticate`](crate::Card::authenticate) try, and read what was agreed from the session:
//!
//! ```
//! use desfire::{FileKind, Generation, KeyType, MessagingKind, Offer, Version, least_memory};
//!
//! // A DESFire EV1 with 8 KB, as recorded.
//! let frames = "04010101001A05 04010101041A05 04063F72633480BA4519E3204913";
//! let version = Version::parse(&hex::decode(frames.replace(' ', ""))?)?;
//! let offer = Offer::of(&version);
//! assert_eq!(offer.generation(), Generation::Ev1);
//! assert_eq!(offer.messagings(KeyType::Aes), [MessagingKind::Ev1]);
//! assert_eq!(offer.most_applications(), Some(28));
//! assert!(!offer.has_dynamic_messaging());
//!
//! // A backup file of 100 bytes takes two copies, in blocks of 32.
//! assert_eq!(least_memory(&FileKind::Backup(100))?, 224);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
