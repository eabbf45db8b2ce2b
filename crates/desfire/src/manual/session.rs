//! The life of a session.
//!
//! 1. **Activation.** The field comes on; the card answers and selects its PICC level. Whatever a
//!    terminal before has left behind is gone, but a reader that kept the field on leaves the card
//!    where it was: select first.
//! 2. **Selection.** `SelectApplication` names the level whose keys and files are meant. It ends a
//!    session and throws away what was not committed.
//! 3. **Authentication** in three passes proves a key in both directions and leaves both sides with
//!    session keys: request → challenge → token → proof. A wrong key costs the terminal nothing and
//!    the card time: later chips delay the next try.
//! 4. **Commands.** Each is protected as its own nature and the file's settings demand, never as the
//!    caller likes: plain, with a MAC, or encrypted. Access that is free to anybody is plain, whatever
//!    the file's mode.
//! 5. **The end.** A selection, a change of the session's own key, a reset — or any error: the card
//!    forgets the session with every status but success and "more frames follow". [`Authenticated`]
//!    is consumed by a failure for that reason, and its keys are wiped.
//!
//! [`Authenticated`]: crate::Authenticated
//!
//! # Four messagings
//!
//! | | keys | chained by | MAC | encryption |
//! | --- | --- | --- | --- | --- |
//! | [D40](crate::d40) | DES | nothing | 4 bytes, data of files only | CRC16, the terminal deciphers |
//! | [EV1](crate::ev1) | DES, 3DES, AES | one IV through everything | 8 bytes | CRC32 |
//! | [EV2](crate::ev2) | AES | transaction and counter | 8 of 16 bytes | padding, always |
//! | [LRP](crate::lrp) | AES | transaction, counter, block counter | 8 of 16 bytes | padding, always |
//!
//! # Without I/O
//!
//! A session turns a command into bytes and bytes into a result; who carries them is not its concern.
//! So the same code runs over PC/SC, an OSDP reader's transparent mode, a recorded conversation or an
//! asynchronous link:
//!
//! ```
//! use desfire::apdu::{Exchange, Next};
//! use desfire::{AesKey, Command, Ins, KeyNo, Messaging as _, ev2};
//!
//! // NXP AN12196, table 14: the card's two answers to an authentication under the zero key.
//! let challenge = hex::decode("A04C124213C186F22399D33AC2A30215")?;
//! let proof = hex::decode("3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663")?;
//! // Unpredictable in real life; here what the note used.
//! let rnd_a = [
//!     0x13, 0xC5, 0xDB, 0x8A, 0x59, 0x30, 0x43, 0x9F, 0xC3, 0xDE, 0xF9, 0xA4, 0xC6, 0x75, 0x36, 0x0F,
//! ];
//!
//! let handshake = ev2::Handshake::first(&AesKey::FACTORY, rnd_a);
//! let request = handshake.request(KeyNo::MASTER); // send `71`, request
//! assert_eq!(request, [0, 0]);
//! let (waiting, token) = handshake.challenge(&challenge)?; // send `AF`, token
//! assert_eq!(token.len(), 32);
//! let mut session = waiting.finish(&proof)?;
//! assert_eq!(session.transaction(), [0x9D, 0x00, 0xC4, 0xDF]);
//!
//! let command = Command::get_key_version(KeyNo::MASTER);
//! let (mut exchange, apdu) = Exchange::new(Ins::GET_KEY_VERSION, session.wrap(&command)?);
//! assert_eq!(apdu.len(), 4 + 1 + 1 + 8 + 1); // header, Lc, key number, MAC, Le
//!
//! // A card that does not know the key cannot answer.
//! let Next::Done(status, answer) = exchange.feed(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 0x91, 0x00])? else {
//!     panic!("one frame")
//! };
//! assert!(session.unwrap(&command, status, &answer).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
