//! Words for the errors of the crates below: each variant that can reach a user has a message.
//!
//! Matches name every variant, so a new one does not compile until it has words here.

use std::error::Error;
use std::io;

use super::{Told, Words};

/// What is said about one cause; none when nobody has words for it.
pub(super) fn told(cause: &(dyn Error + 'static)) -> Option<Told> {
    registry(cause)
        .or_else(|| account(cause))
        .or_else(|| station(cause))
        .or_else(|| face(cause))
        .or_else(|| chip(cause))
        .or_else(|| settings(cause))
        .or_else(|| sample(cause))
        .or_else(|| typed(cause))
        .or_else(|| machine(cause))
}

fn say(key: &'static str) -> Told {
    Told::Words(Words::of(key, &[]))
}

fn with(key: &'static str, args: &[(&'static str, &str)]) -> Told {
    Told::Words(Words::of(key, args))
}

fn registry(cause: &(dyn Error + 'static)) -> Option<Told> {
    use registry::office;
    use registry::ports::{CommitError, KeysError, PhotosError, StoreError};

    let store = |error: &StoreError| match error {
        StoreError::Unavailable(_) => say("cause-database-unavailable"),
        StoreError::Corrupt { table, column, row } => {
            with("cause-database-corrupt", &[("place", &format!("{table}.{column}, {row}"))])
        }
        StoreError::Foreign(_) => say("cause-database-foreign"),
    };
    let photos = |error: &PhotosError| match error {
        PhotosError::Unavailable(_) => say("cause-photos-unavailable"),
        PhotosError::Missing => say("cause-photos-missing"),
        PhotosError::Changed => say("cause-photos-changed"),
    };
    if let Some(error) = cause.downcast_ref::<office::Error>() {
        return Some(match error {
            office::Error::Refused(refused) => Told::Words(super::rule(refused)),
            office::Error::Busy(_) => say("cause-busy"),
            office::Error::Store(_) | office::Error::Keys(_) | office::Error::Photos(_) => {
                Told::Below
            }
            office::Error::Stored { what, id } => {
                with("cause-database-corrupt", &[("place", &format!("{what}, {id}"))])
            }
        });
    }
    if let Some(refused) = cause.downcast_ref::<registry::Refused>() {
        return Some(Told::Words(super::rule(refused)));
    }
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return Some(store(error));
    }
    if let Some(error) = cause.downcast_ref::<CommitError>() {
        return Some(match error {
            // The layer above says that others are at work.
            CommitError::Conflict { .. } | CommitError::Taken { .. } => Told::Below,
            CommitError::Store(error) => store(error),
        });
    }
    if let Some(error) = cause.downcast_ref::<KeysError>() {
        return Some(match error {
            KeysError::Unavailable(_) => say("cause-vault-unavailable"),
            KeysError::DoesNotOpen => say("cause-sealed"),
        });
    }
    cause.downcast_ref::<PhotosError>().map(photos)
}

fn account(cause: &(dyn Error + 'static)) -> Option<Told> {
    use access::{AccountError, Error as GateError, SaveError, SecretsError, StoreError};

    let store = |error: &StoreError| match error {
        StoreError::Unavailable(_) => say("cause-database-unavailable"),
        StoreError::Corrupt { table, column, row } => {
            with("cause-database-corrupt", &[("place", &format!("{table}.{column}, {row}"))])
        }
    };
    if let Some(error) = cause.downcast_ref::<AccountError>() {
        return Some(match error {
            AccountError::Exists => say("cause-account-exists"),
            AccountError::Unknown => say("cause-account-unknown"),
            AccountError::FullName => say("refused-account-full-name"),
            AccountError::Conflict => say("cause-busy"),
            AccountError::Store(_) | AccountError::Secrets(_) => Told::Below,
            AccountError::Hash => say("cause-account-hash"),
        });
    }
    if let Some(error) = cause.downcast_ref::<GateError>() {
        return Some(match error {
            GateError::Store(_) | GateError::Secrets(_) => Told::Below,
            GateError::Hash => say("cause-account-hash"),
        });
    }
    if let Some(error) = cause.downcast_ref::<SaveError>() {
        return Some(match error {
            SaveError::Conflict => say("cause-busy"),
            SaveError::Store(error) => store(error),
        });
    }
    if let Some(error) = cause.downcast_ref::<SecretsError>() {
        return Some(match error {
            SecretsError::Unavailable(_) => say("cause-vault-unavailable"),
            SecretsError::DoesNotOpen => say("cause-sealed"),
        });
    }
    cause.downcast_ref::<StoreError>().map(store)
}

fn station(cause: &(dyn Error + 'static)) -> Option<Told> {
    use station::{JournalError, OfficeError, RunError};

    let journal = |error: &JournalError| match error {
        JournalError::Io { path, .. } => {
            with("cause-journal", &[("path", &path.display().to_string())])
        }
        JournalError::Corrupt { path, line } => {
            let (path, line) = (path.display().to_string(), line.to_string());
            with("cause-journal-corrupt", &[("path", &path), ("line", &line)])
        }
    };
    if let Some(error) = cause.downcast_ref::<RunError<reader::PcscError>>() {
        return Some(match error {
            RunError::Office(_) | RunError::Feeder(_) | RunError::Reader(_) => Told::Below,
            RunError::Card(_) => say("cause-card-work"),
            RunError::NoReader => say("cause-no-reader"),
            RunError::NoCard => say("cause-no-card"),
            RunError::CardStays => say("cause-card-stays"),
            RunError::Journal(error) => journal(error),
            RunError::Faces(_) => say("cause-faces"),
            RunError::Order(_) => say("cause-order"),
        });
    }
    if let Some(error) = cause.downcast_ref::<OfficeError>() {
        return Some(match error {
            OfficeError::Unavailable(_) => say("cause-server-unavailable"),
            OfficeError::Unauthorised => say("cause-server-unauthorised"),
            OfficeError::Refused { code, text } => {
                Told::Words(super::refused_by_server(code, text))
            }
            OfficeError::Nonsense(_) => say("cause-server-nonsense"),
        });
    }
    cause.downcast_ref::<JournalError>().map(journal)
}

fn face(cause: &(dyn Error + 'static)) -> Option<Told> {
    use face::{ArtworkError, ArtworkPlace, FaceError, PortraitError, QrError};
    use station::FaceFault;
    use station::quality::QrFault;

    let set = |error: &FaceError| match error {
        FaceError::GlyphMissing { .. } => say("unmakeable-glyph-missing"),
        FaceError::Overflow { .. } => say("unmakeable-face-overflow"),
        FaceError::Qr(_) => say("unmakeable-qr-unreadable"),
        FaceError::Portrait(_) => say("unmakeable-portrait-unreadable"),
        FaceError::Design { place } => with("cause-face-design", &[("place", place)]),
    };
    let read = |error: &QrFault| match error {
        QrFault::NotFound { .. } | QrFault::Differs { .. } => say("unmakeable-qr-unreadable"),
        QrFault::Decoder { decoder, .. } => with("cause-decoder", &[("name", decoder)]),
        QrFault::NoZbar(_) => say("cause-no-zbar"),
    };
    if let Some(fault) = cause.downcast_ref::<FaceFault>() {
        return Some(match fault {
            FaceFault::Face(error) => set(error),
            FaceFault::Qr(error) => read(error),
            FaceFault::Picture(_) => say("cause-face-picture"),
            FaceFault::Keep { folder, .. } => {
                with("cause-face-keep", &[("path", &folder.display().to_string())])
            }
        });
    }
    if let Some(ArtworkError { place }) = cause.downcast_ref() {
        let key = match place {
            ArtworkPlace::NationalEmblem => "artwork.emblem",
            ArtworkPlace::Logo => "artwork.logo",
            ArtworkPlace::BackEmblem => "artwork.back_emblem",
        };
        return Some(with("cause-artwork", &[("key", key)]));
    }
    if let Some(error) = cause.downcast_ref::<QrFault>() {
        return Some(read(error));
    }
    if let Some(QrError::Empty | QrError::TooDense { .. }) = cause.downcast_ref() {
        return Some(Told::Below);
    }
    if let Some(PortraitError::Unreadable | PortraitError::TooLarge) = cause.downcast_ref() {
        return Some(Told::Below);
    }
    cause.downcast_ref::<FaceError>().map(set)
}

fn chip(cause: &(dyn Error + 'static)) -> Option<Told> {
    use credential::record::BadKey;
    use credential::{MapError, Refusal, Unfit};

    if let Some(error) = cause.downcast_ref::<desfire::Error<reader::PcscError>>() {
        return Some(match error {
            desfire::Error::Link(_) => Told::Below,
            desfire::Error::Refused(refused) => {
                let what = format!("{}: {}", refused.ins, refused.status);
                with("cause-card-refused", &[("what", &what)])
            }
            desfire::Error::IsoRefused(refused) => with(
                "cause-card-refused",
                &[("what", &format!("ISO {:02X}: {:04X}", refused.ins, refused.sw))],
            ),
            desfire::Error::Nonsense { ins, .. } => {
                with("cause-card-nonsense", &[("what", &ins.to_string())])
            }
            desfire::Error::Forged { ins } => {
                with("cause-card-forged", &[("what", &ins.to_string())])
            }
            _ => say("cause-card-misuse"),
        });
    }
    let unfit = |error: &Unfit| match error {
        Unfit::Ev1Messaging | Unfit::UnknownChip(_) => say("chip-unsuitable"),
        Unfit::HiddenUid => say("cause-hidden-uid"),
        Unfit::RecordTooLong { .. } => say("unmakeable-record-too-long"),
        _ => say("cause-chip-small"),
    };
    if let Some(error) = cause.downcast_ref::<Refusal>() {
        return Some(match error {
            Refusal::Unfit(error) => unfit(error),
            Refusal::OtherChip => say("cause-order-other-chip"),
            Refusal::Keys => say("cause-map-keys"),
            Refusal::Photo => say("cause-chip-small"),
        });
    }
    if let Some(error) = cause.downcast_ref::<MapError>() {
        return Some(match error {
            MapError::Keys | MapError::Roles => say("cause-map-keys"),
            MapError::Files => say("cause-map-files"),
        });
    }
    if cause.is::<BadKey>() {
        return Some(say("cause-bad-key"));
    }
    if let Some(error) = cause.downcast_ref::<picc::ImageError>() {
        use picc::ImageError;
        return Some(match error {
            ImageError::UnknownVersion { .. } => say("cause-card-image-newer"),
            ImageError::NotAnImage | ImageError::Damaged(_) | ImageError::Impossible { .. } => {
                say("cause-card-image")
            }
        });
    }
    cause.downcast_ref::<Unfit>().map(unfit)
}

/// Configuration and regulation.
fn settings(cause: &(dyn Error + 'static)) -> Option<Told> {
    use profile::{BadCardNumber, ProfileError, QrError, TableError};

    use crate::config::ConfigError;

    if let Some(error) = cause.downcast_ref::<ConfigError>() {
        let shown = |path: &std::path::Path| path.display().to_string();
        return Some(match error {
            ConfigError::Read { path, .. } => with("doing-read", &[("path", &shown(path))]),
            ConfigError::Parse { path, .. } => {
                with("cause-config-parse", &[("path", &shown(path))])
            }
            ConfigError::Value { path, key, rule } => Told::Pair(
                Words::of("cause-config-value", &[("path", &shown(path)), ("key", key)]),
                Words::of(rule, &[]),
            ),
        });
    }
    if let Some(error) = cause.downcast_ref::<ProfileError>() {
        return Some(match error {
            ProfileError::Syntax(_) | ProfileError::Table(_) => Told::Below,
            ProfileError::Contradiction { key, reason } => {
                with("cause-profile-contradiction", &[("key", key), ("why", reason)])
            }
        });
    }
    if let Some(error) = cause.downcast_ref::<TableError>() {
        return Some(match error {
            TableError::Csv(_) => say("cause-table"),
            TableError::Code(value) | TableError::Day(value) => {
                with("cause-table-value", &[("value", value)])
            }
        });
    }
    if let Some(error) = cause.downcast_ref::<QrError>() {
        return Some(match error {
            QrError::Form => say("cause-qr-form"),
            QrError::CardNumber(_) => say("cause-qr-number"),
            QrError::Forbidden(_)
            | QrError::Code
            | QrError::TooLong { .. }
            | QrError::Resolution(_) => say("refused-qr"),
        });
    }
    if cause.is::<BadCardNumber>() {
        return Some(Told::Below);
    }
    let boxed = cause.downcast_ref::<Box<toml::de::Error>>().map(AsRef::as_ref);
    cause.downcast_ref::<toml::de::Error>().or(boxed).map(toml_error)
}

/// Where a TOML file is wrong; what is wrong there are the parser's words.
fn toml_error(error: &toml::de::Error) -> Told {
    let whole = error.to_string();
    let number = |name: &str| {
        let rest = whole.split_once(name)?.1.trim_start();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    match (number("at line"), number("column")) {
        (Some(line), Some(column)) => with(
            "cause-toml",
            &[("line", &line), ("column", &column), ("why", error.message().trim())],
        ),
        _ => Told::Detail(error.message().trim().to_owned()),
    }
}

fn sample(cause: &(dyn Error + 'static)) -> Option<Told> {
    use sample::{ListError, OptionsError, PhotosError};

    if let Some(error) = cause.downcast_ref::<OptionsError>() {
        return Some(match error {
            OptionsError::UnknownAgency { code } => with("cause-agency", &[("code", code)]),
            OptionsError::TooMany => say("cause-too-many-people"),
        });
    }
    if let Some(error) = cause.downcast_ref::<ListError>() {
        return Some(match error {
            ListError::TooManyRows => say("cause-too-many-rows"),
            _ => say("cause-list"),
        });
    }
    cause.is::<PhotosError>().then(|| say("cause-portraits"))
}

/// What somebody typed.
fn typed(cause: &(dyn Error + 'static)) -> Option<Told> {
    use wire::{BadActor, BadSerial};

    if let Some(error) = cause.downcast_ref::<BadSerial>() {
        return Some(match error {
            BadSerial::Shape => say("cause-serial"),
            BadSerial::Check => say("cause-serial-check"),
        });
    }
    if cause.is::<BadActor>() {
        return Some(say("cause-account"));
    }
    if cause.is::<phrase::UnknownLang>() {
        return Some(say("cause-lang"));
    }
    if cause.is::<std::num::ParseIntError>() {
        return Some(say("cause-number"));
    }
    if cause.is::<std::net::AddrParseError>() {
        return Some(say("cause-address"));
    }
    cause.is::<uuid::Error>().then(|| say("cause-batch"))
}

/// What the operating system says.
fn machine(cause: &(dyn Error + 'static)) -> Option<Told> {
    let error = cause.downcast_ref::<io::Error>()?;
    // One that carries another error says nothing of its own.
    if error.get_ref().is_some_and(|inner| inner.source().is_some()) {
        return Some(Told::Below);
    }
    let key = match error.kind() {
        io::ErrorKind::NotFound => "cause-not-found",
        io::ErrorKind::PermissionDenied => "cause-permission",
        io::ErrorKind::AlreadyExists => "cause-exists",
        io::ErrorKind::AddrInUse => "cause-address-in-use",
        io::ErrorKind::AddrNotAvailable => "cause-address-not-here",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "cause-disk-full",
        io::ErrorKind::ReadOnlyFilesystem => "cause-read-only",
        io::ErrorKind::IsADirectory => "cause-is-folder",
        io::ErrorKind::NotADirectory => "cause-no-folder",
        io::ErrorKind::ConnectionRefused => "cause-connection-refused",
        io::ErrorKind::TimedOut => "cause-timed-out",
        io::ErrorKind::InvalidData => "cause-not-text",
        _ => return Some(Told::Detail(error.to_string())),
    };
    Some(say(key))
}
