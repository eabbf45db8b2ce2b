//! A MIFARE DESFire card in software: the card's side of the protocol, its EEPROM and its power supply.
//!
//! A [`Card`] takes one command at a time through [`Card::transmit`] and gives the answer that silicon of
//! the chosen [`Model`] would give. It does no I/O, knows no clock and takes its randomness from the caller,
//! so that a recorded conversation with real silicon can be played against it byte by byte, and so that a
//! test can take its power away between any two EEPROM writes.
//!
//! The way of a command: `framing` finds out in which form it came and joins its frames; `messaging` checks
//! and deciphers it; `command` parses it into a typed command or refuses it with the status silicon uses;
//! `execute` decides about access and changes the EEPROM.
//!
//! What does not belong here: what anybody stores on the card, and anything that a terminal does. This crate
//! shares only code points and ciphers with our terminal, so that each can judge the other.

#![warn(clippy::wildcard_enum_match_arm)]

mod authenticate;
mod body;
mod card;
mod chip;
mod cipher;
mod command;
mod conversation;
mod describe;
mod eeprom;
mod execute;
mod frame;
mod image;
mod key;
mod messaging;
mod rights;
mod session;
mod status;
#[cfg(test)]
mod vectors;

pub use card::Card;
pub use chip::{Model, NoSuchChip, Production, Size, UnknownChipName};
pub use describe::{ApplicationInfo, FileInfo, FileType};
pub use image::ImageError;
pub use key::KeyKind;
pub use rights::{Access, AccessRights, CommMode};
