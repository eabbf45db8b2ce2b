//! How to personalise a card.
//!
//! 1. **Ask what it is**: [`Card::version`](crate::Card::version) and [`Offer`](crate::Offer). Plan
//!    what fits before anything is written.
//! 2. **Take it over**: authenticate the PICC master key as the factory left it — DES zeros — and
//!    change it to a diversified AES key at once. The key number then carries the type of the new key
//!    ([`Command::change_own_key`](crate::Command::change_own_key) does that); leaving it out is the
//!    most frequent mistake with DESFire.
//! 3. **Lock the PICC level**: key settings without free listing and creation.
//! 4. **Make the application** with its keys, select it, authenticate its master key (zeros), make
//!    files, change the other keys, write, and change the master key **last**: then its version tells
//!    whether the card is complete.
//! 5. **Read back** as a checker will.
//!
//! Write down what you are about to do before you do it. When the link is lost in a key change, either
//! key may be the card's: try both. Nothing else is lost by trying: what a failed attempt left behind
//! comes back with `FormatPICC`.
//!
//! The numbers, from the diversified key to the frame on the air:
//!
//! ```
//! use desfire::{
//!     AesKey, Aid, AppSettings, Command, KeyNo, KeySettings, NewApplication, NewKey, an10922, apdu,
//! };
//!
//! // One key for one card and purpose.
//! let master = AesKey::new([7; 16]); // from a vault
//! let input = [0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0, 0, 0, b'P', b'I', b'C', b'C'];
//! let own = an10922::aes128(&master, &input)?;
//!
//! // The PICC master key becomes AES: bits 7 and 6 of the key number say so.
//! let new = NewKey::Aes { key: own, version: 1 };
//! assert_eq!(Command::change_own_key(KeyNo::MASTER, &new, true).header, [0x80]);
//! assert_eq!(Command::change_own_key(KeyNo::MASTER, &new, false).header, [0x00]);
//!
//! // Everything needs the master key, which may itself be changed.
//! let settings = KeySettings(KeySettings::MASTER_CHANGEABLE | KeySettings::CHANGEABLE);
//! let application = NewApplication::new(Aid::new(0x83_8001)?, AppSettings::aes(settings, 5));
//! let command = Command::create_application(&application)?;
//! let frame = apdu::wrap(command.ins, &command.header);
//! assert_eq!(frame, [0x90, 0xCA, 0, 0, 5, 0x01, 0x80, 0x83, 0x09, 0x85, 0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
