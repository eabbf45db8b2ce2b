//! Who may sign in, as what, and for how long.
//!
//! [`Gate`] is what programs call: sign-in with password and one-time code, sessions, accounts.
//! [`Role`] and [`Permission`] say who may do what. [`ports`] says what is needed from outside.
//! HTTP, SQL and the rules of cards do not belong here: that two people are needed for an approval
//! is the registry's rule, whatever their roles.

mod account;
mod gate;
mod password;
pub mod ports;
mod role;
mod session;
mod throttle;
mod totp;

pub use account::{Account, AccountError, Credentials, NewAccount, PasswordHash, SealedSecret};
pub use gate::{Denied, Error, Fill, Gate, Machine, Signed, Terms};
pub use ports::{Failures, SaveError, Secrets, SecretsError, Store, StoreError};
pub use role::{Permission, Role, UnknownRole};
pub use session::{Session, SessionToken, TokenHash, csrf, csrf_ok};
pub use totp::code_at;
