//! What a person reads when the vault refuses, with what to do next.

use std::path::Path;

use phrase::{Catalog, Lang};

use crate::{AdminError, OpenError, PassphraseError, UseError};

/// The vault's messages in both languages.
pub fn catalog() -> Catalog {
    Catalog::new(include_str!("vi.ftl"), include_str!("en.ftl"))
        .expect("a test parses and compares both files")
}

/// An error that tells its reader what happened and what to do.
pub trait Explain {
    /// The message's key in [`catalog`].
    fn key(&self) -> &'static str;

    /// The file that it is about.
    fn path(&self) -> Option<&Path> {
        None
    }

    /// The message in `lang`.
    fn explain(&self, catalog: &Catalog, lang: Lang) -> String {
        match self.path() {
            Some(path) => catalog.text(lang, self.key(), &[("path", &path.display().to_string())]),
            None => catalog.text(lang, self.key(), &[]),
        }
    }
}

impl Explain for OpenError {
    fn key(&self) -> &'static str {
        match self {
            Self::Io { .. } => "vault-io",
            Self::Exists { .. } => "vault-exists",
            Self::OpenToOthers { .. } => "vault-open-to-others",
            Self::NotAVault { .. } => "vault-not-a-vault",
            Self::NewerVersion { .. } => "vault-newer-version",
            Self::Damaged { .. } => "vault-damaged",
            Self::WrongPassphrase { .. } => "vault-wrong-passphrase",
            Self::DemoInProduction { .. } => "vault-demo-in-production",
            Self::Cost => "vault-cost",
            Self::NoEntropy(_) => "vault-no-entropy",
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. }
            | Self::Exists { path }
            | Self::OpenToOthers { path, .. }
            | Self::NotAVault { path }
            | Self::NewerVersion { path, .. }
            | Self::Damaged { path }
            | Self::WrongPassphrase { path }
            | Self::DemoInProduction { path } => Some(path),
            Self::Cost | Self::NoEntropy(_) => None,
        }
    }
}

impl Explain for PassphraseError {
    fn key(&self) -> &'static str {
        match self {
            Self::Read { .. } => "passphrase-read",
            Self::OpenToOthers { .. } => "passphrase-open-to-others",
            Self::Length { .. } => "passphrase-length",
            Self::Write { .. } => "passphrase-write",
            Self::NoEntropy(_) => "vault-no-entropy",
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Read { path, .. }
            | Self::OpenToOthers { path, .. }
            | Self::Length { path }
            | Self::Write { path, .. } => Some(path),
            Self::NoEntropy(_) => None,
        }
    }
}

impl Explain for AdminError {
    fn key(&self) -> &'static str {
        match self {
            Self::Reopen(cause) => cause.key(),
            Self::Write { .. } => "vault-io",
            Self::NoMoreGenerations => "vault-no-more-generations",
            Self::NoEntropy(_) => "vault-no-entropy",
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Reopen(cause) => cause.path(),
            Self::Write { path, .. } => Some(path),
            Self::NoMoreGenerations | Self::NoEntropy(_) => None,
        }
    }
}

impl Explain for UseError {
    fn key(&self) -> &'static str {
        match self {
            Self::NoSuchKey => "vault-no-such-key",
            Self::InputLength { .. } => "vault-input-length",
            Self::NotOurs => "vault-not-ours",
            Self::NoEntropy(_) => "vault-no-entropy",
            Self::Unavailable => "vault-unavailable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Box<dyn Explain>> {
        let path = || Path::new("/keys").to_owned();
        let source = || std::io::Error::other("disk");
        vec![
            Box::new(OpenError::Io { path: path(), source: source() }),
            Box::new(OpenError::Exists { path: path() }),
            Box::new(OpenError::OpenToOthers { path: path(), mode: 0o644 }),
            Box::new(OpenError::NotAVault { path: path() }),
            Box::new(OpenError::NewerVersion { path: path(), version: 2 }),
            Box::new(OpenError::Damaged { path: path() }),
            Box::new(OpenError::WrongPassphrase { path: path() }),
            Box::new(OpenError::DemoInProduction { path: path() }),
            Box::new(OpenError::Cost),
            Box::new(PassphraseError::Read { path: path(), source: source() }),
            Box::new(PassphraseError::OpenToOthers { path: path(), mode: 0o644 }),
            Box::new(PassphraseError::Length { path: path() }),
            Box::new(PassphraseError::Write { path: path(), source: source() }),
            Box::new(AdminError::NoMoreGenerations),
            Box::new(AdminError::NoEntropy(crate::NoEntropy)),
            Box::new(UseError::NoSuchKey),
            Box::new(UseError::InputLength { length: 3 }),
            Box::new(UseError::NotOurs),
            Box::new(UseError::Unavailable),
        ]
    }

    #[test]
    fn every_error_has_its_message_and_every_message_its_error() {
        let catalog = catalog();
        let mut used: Vec<_> = all().iter().map(|error| error.key()).collect();
        used.sort_unstable();
        assert_eq!(used, catalog.keys().collect::<Vec<_>>());
    }

    #[test]
    fn messages_about_a_file_name_it() {
        let catalog = catalog();
        for error in all().iter().filter(|error| error.path().is_some()) {
            for lang in Lang::ALL {
                assert!(error.explain(&catalog, lang).contains("/keys"), "{}", error.key());
            }
        }
    }
}
