//! Durable homes of the registry and of accounts: a SQLite file for records, a folder for sealed
//! pictures.
//!
//! The database is shared by processes: a server and commands may have it open at once. A commit is
//! whole or absent, also after a power cut. Decisions do not belong here.

mod accounts;
mod commit;
mod drafts;
mod migrate;
mod photos;
mod recent;
mod row;
mod runs;
mod sqlite;

pub use photos::PhotoFolder;
pub use sqlite::SqliteStore;
