//! Where public knowledge ends.
//!
//! The full data sheets of DESFire are not public. What this crate does beyond public notes and
//! recordings of silicon is marked here; try it on a card that may be lost before you rely on it.
//!
//! | subject | what is known | what this crate does |
//! | --- | --- | --- |
//! | proximity check | the layout is described; one EV3 answered a MAC that no known layout makes | never reports success on a missing or wrong MAC; treat a success as unproven until tried with a configured key |
//! | `SetConfiguration` 00, bit 0 | sources contradict each other: format disabled, or enabled | follows the older ones: 1 disables it, for ever |
//! | `SetConfiguration` 05 in a session | silicon (NTAG 424) answered without a MAC | accepts that, and takes the session for ended |
//! | key sets after `RollKeySet` | that the session ends is assumed | takes it for ended |
//! | key number of keys other than the master at the PICC level | sources set the type bits for the master key | sets them for all |
//! | transaction MAC in LRP | how the counter is split is not public | does not offer it |
//! | input of a transaction MAC | layouts are described; no published example is whole | follows the descriptions; check one transaction of your own |
//! | delegated applications | examples of a public test suite, not of silicon | follows them |
//! | additional rights together with dynamic messaging | the order of both in one command is not published | rights first |
//! | memory that an application takes up | not published | gives a lower bound for files only; ask `FreeMem` |
//! | EV1 and D40 with commands of EV2 | seldom described | `CommitReaderID` is refused there before it is sent |
//!
//! One way to be careful is to say no before the card does: settings that contradict each other are a
//! [`Misuse`](crate::Misuse), and nothing is sent.
//!
//! ```
//! use desfire::{
//!     Access, AccessRights, Command, File, FileKind, FileNo, FileSettings, KeyNo, Misuse, Mode, Sdm,
//! };
//!
//! let master = Access::Key(KeyNo::MASTER);
//! let rights =
//!     AccessRights { read: Access::Free, write: master, read_write: master, change: master };
//! let settings = FileSettings::new(FileKind::Standard(128), Mode::Plain, rights);
//! let file = File { number: FileNo::new(2)?, settings };
//! let mut tap = Sdm {
//!     mirrors_uid: true,
//!     mirrors_counter: true,
//!     counter_limit: None,
//!     meta_read: master,
//!     file_read: master,
//!     counter_retrieval: Access::Never,
//!     uid_offset: None,
//!     counter_offset: None,
//!     picc_data_offset: Some(30),
//!     mac_input_offset: Some(30),
//!     encrypted: None,
//!     mac_offset: Some(70),
//! };
//! assert!(Command::change_file_settings(&file, &FileSettings { sdm: Some(tap), ..settings }).is_ok());
//! tap.mac_offset = Some(120); // 16 characters do not fit behind it
//! let refused = Command::change_file_settings(&file, &FileSettings { sdm: Some(tap), ..settings });
//! assert!(matches!(refused, Err(Misuse::Contradiction(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
