//! What a person reads when a reader, a feeder or the private `pcscd` refuses.

use phrase::{Catalog, Lang};

use crate::feeder::FeedError;
use crate::pcsc::PcscError;
use crate::stack::StackError;
use crate::tray::{MagazineError, TrayError};

/// This crate's messages in both languages.
pub fn catalog() -> Catalog {
    Catalog::new(include_str!("vi.ftl"), include_str!("en.ftl"))
        .expect("a test parses and compares both files")
}

/// An error that tells its reader what happened and what to do.
pub trait Explain {
    /// The message's key in [`catalog`].
    fn key(&self) -> &'static str;

    /// What the message names: a file, a package, the words of another program.
    fn detail(&self) -> Option<String> {
        None
    }

    /// The message in `lang`.
    fn explain(&self, catalog: &Catalog, lang: Lang) -> String {
        match self.detail() {
            Some(detail) => catalog.text(lang, self.key(), &[("detail", &detail)]),
            None => catalog.text(lang, self.key(), &[]),
        }
    }
}

impl Explain for PcscError {
    fn key(&self) -> &'static str {
        match self {
            Self::NoService => "pcsc-no-service",
            Self::NoReader => "pcsc-no-reader",
            Self::NoCard => "pcsc-no-card",
            Self::Removed => "pcsc-removed",
            Self::Reset => "pcsc-reset",
            Self::Busy => "pcsc-busy",
            Self::Unresponsive => "pcsc-unresponsive",
            Self::TimedOut => "pcsc-timed-out",
            Self::NoUid => "pcsc-no-uid",
            Self::Other(_) => "pcsc-other",
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Other(cause) => Some(cause.to_string()),
            _ => None,
        }
    }
}

impl Explain for FeedError {
    fn key(&self) -> &'static str {
        match self {
            Self::Occupied => "feeder-occupied",
            Self::NothingThere => "feeder-nothing-there",
            Self::NoSuchCard => "feeder-no-such-card",
            Self::Device { .. } => "feeder-device",
            Self::Unreachable(_) => "feeder-unreachable",
            Self::Nonsense => "feeder-nonsense",
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Device { reason } => Some(reason.clone()),
            _ => None,
        }
    }
}

impl Explain for MagazineError {
    fn key(&self) -> &'static str {
        match self {
            Self::Io { .. } => "tray-io",
            Self::Image { .. } => "tray-image",
            Self::NoSuchChip => "tray-no-such-chip",
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Io { path, .. } | Self::Image { path, .. } => Some(path.display().to_string()),
            Self::NoSuchChip => None,
        }
    }
}

impl Explain for TrayError {
    fn key(&self) -> &'static str {
        match self {
            Self::Running { .. } => "tray-running",
            Self::Control { .. } => "tray-io",
            Self::Magazine(cause) => cause.key(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Running { path } | Self::Control { path, .. } => Some(path.display().to_string()),
            Self::Magazine(cause) => cause.detail(),
        }
    }
}

impl Explain for StackError {
    fn key(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "stack-missing",
            Self::NoNamespaces { .. } => "stack-no-namespaces",
            Self::Start { .. } => "stack-start",
            Self::NotReady => "stack-not-ready",
            Self::Outside => "stack-outside",
            Self::Pcscd => "stack-pcscd",
            Self::Tray(cause) => cause.key(),
            Self::Io { .. } => "stack-io",
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Missing { package, .. } => Some((*package).to_owned()),
            Self::NoNamespaces { said } | Self::Start { said } => Some(said.clone()),
            Self::Tray(cause) => cause.detail(),
            Self::Io { what, .. } => Some((*what).to_owned()),
            Self::NotReady | Self::Outside | Self::Pcscd => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn all() -> Vec<Box<dyn Explain>> {
        let path = || "detail".into();
        let said = || "detail".to_owned();
        let source = || io::Error::other("disk");
        vec![
            Box::new(PcscError::NoService),
            Box::new(PcscError::NoReader),
            Box::new(PcscError::NoCard),
            Box::new(PcscError::Removed),
            Box::new(PcscError::Reset),
            Box::new(PcscError::Busy),
            Box::new(PcscError::Unresponsive),
            Box::new(PcscError::TimedOut),
            Box::new(PcscError::NoUid),
            Box::new(PcscError::Other(::pcsc::Error::InternalError)),
            Box::new(FeedError::Occupied),
            Box::new(FeedError::NothingThere),
            Box::new(FeedError::NoSuchCard),
            Box::new(FeedError::Device { reason: said() }),
            Box::new(FeedError::Unreachable(source())),
            Box::new(FeedError::Nonsense),
            Box::new(TrayError::Running { path: path() }),
            Box::new(TrayError::Control { path: path(), source: source() }),
            Box::new(MagazineError::NoSuchChip),
            Box::new(MagazineError::Image { path: path(), source: picc::ImageError::NotAnImage }),
            Box::new(StackError::Missing { path: path(), package: "detail" }),
            Box::new(StackError::NoNamespaces { said: said() }),
            Box::new(StackError::Start { said: said() }),
            Box::new(StackError::NotReady),
            Box::new(StackError::Outside),
            Box::new(StackError::Pcscd),
            Box::new(StackError::Io { what: "detail", source: source() }),
        ]
    }

    #[test]
    fn every_error_has_its_message_and_every_message_its_error() {
        let catalog = catalog();
        let mut used: Vec<_> = all().iter().map(|error| error.key()).collect();
        used.sort_unstable();
        used.dedup();
        assert_eq!(used, catalog.keys().collect::<Vec<_>>());
    }

    #[test]
    fn details_reach_the_reader() {
        let catalog = catalog();
        for error in all() {
            let Some(detail) = error.detail() else { continue };
            for lang in Lang::ALL {
                assert!(error.explain(&catalog, lang).contains(&detail), "{}", error.key());
            }
        }
    }
}
