use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use super::*;

#[test]
fn every_refusal_of_the_registry_has_words() {
    for code in registry::Refused::CODES {
        assert!(text::has(&format!("refused-{code}")), "{code}");
    }
    for state in registry::card::Validity::NAMES {
        assert!(text::has(&format!("state-{state}")), "{state}");
    }
}

/// This program's own sources.
const SOURCES: &[&str] = &[
    include_str!("../home.rs"),
    include_str!("../site.rs"),
    include_str!("../config.rs"),
    include_str!("../out.rs"),
    include_str!("../main.rs"),
    include_str!("../usage.rs"),
    include_str!("causes.rs"),
    include_str!("../explain.rs"),
    include_str!("../command/account.rs"),
    include_str!("../command/card.rs"),
    include_str!("../command/check.rs"),
    include_str!("../command/demo.rs"),
    include_str!("../command/intake.rs"),
    include_str!("../command/mod.rs"),
    include_str!("../command/serve.rs"),
    include_str!("../command/setup.rs"),
    include_str!("../command/station.rs"),
    include_str!("../command/vcard.rs"),
    include_str!("../command/sample.rs"),
    include_str!("../command/doctor.rs"),
];

/// Every message that the sources name stands in the catalogue.
#[test]
fn every_message_named_in_the_sources_has_words() {
    let openings = ["Refusal::of(", "say(", ".note(", ".progress(", ".doing(", ".doing_at("];
    let more = ["with(", "Words::of(", "wrong("];
    let mut seen = 0;
    for source in SOURCES {
        for opening in openings.iter().chain(&more) {
            for part in source.split(opening).skip(1) {
                let Some(rest) = part.trim_start().strip_prefix('"') else { continue };
                let key = rest.split('"').next().unwrap_or_default();
                // `strip_prefix("…")`-like neighbours have no hyphen; messages of one word are few.
                if key.contains('-') && !key.contains([' ', '{', '=']) {
                    seen += 1;
                    assert!(text::has(key), "{key}");
                }
            }
        }
    }
    assert!(seen > 150, "only {seen} keys were found: the search is broken");
}

/// Error types of the crates below that no user is told, each with the reason.
const NOT_TOLD: &[(&str, &str)] = &[
    ("ArchiveError", "says itself by its finding"),
    ("EntryFault", "says itself by its finding"),
    ("EntryRefused", "says itself by its finding"),
    ("PhotoError", "says itself by its finding"),
    ("SourceError", "says itself by its text"),
    ("UnknownLegacy", "the command line names the encodings"),
    ("CheckError", "the check names what it means for the card"),
    ("RecordError", "is below the check's words"),
    ("EncodeError", "is answered by the server, whose log has it"),
    ("PersonaliseError", "the station makes an outcome of it"),
    ("ReadBackError", "the station makes an outcome of it"),
    ("Spoilage", "the station makes an outcome of it"),
    ("Denied", "is answered by the sign-in page"),
    ("UnknownRole", "the command line lists the roles"),
    ("BadNote", "is answered by the pages"),
    ("CatalogError", "tests parse the catalogues"),
    ("BadCardType", "is a finding of the validator"),
    ("BadAgencyCode", "is a finding of the validator"),
    ("BadBirthDate", "is a finding of the validator"),
    ("BadPersonalId", "is a finding of the validator"),
    ("BadText", "is a finding of the validator"),
    ("BadReason", "the command lists the reasons"),
    ("BadPortrait", "is told as stored data that cannot be"),
    ("Broken", "no command proves the history yet"),
    ("ChainError", "no command proves the history yet"),
    ("TwoPeople", "is part of a refusal's code"),
    ("BadUid", "comes from programs"),
    ("BadBytes", "comes from programs"),
    ("NoEntropy", "is part of the vault's words"),
    ("Silent", "is the link inside of one process"),
    ("NoSuchChip", "is part of the tray's words"),
    ("UnknownChipName", "the command line names the chips"),
    ("Nonsense", "is part of the card's words"),
    ("BadAnswer", "is part of the card's words"),
    ("Misuse", "is part of the card's words"),
    ("NoPiccData", "no command reads a tap yet"),
    ("WrongMac", "no command reads a tap yet"),
];

/// A new error type in a crate below has to be given words here, or a reason why not.
#[test]
fn every_error_type_has_words_or_a_reason() {
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut types = BTreeSet::new();
    for name in [
        "phrase",
        "wire",
        "desfire",
        "face",
        "profile",
        "picc",
        "vault",
        "reader",
        "credential",
        "registry",
        "intake",
        "sample",
        "station",
        "access",
    ] {
        collect(&crates.join(name).join("src"), &mut types);
    }
    assert!(types.len() > 50, "the search is broken: {types:?}");
    let told = concat!(include_str!("causes.rs"), include_str!("../explain.rs"));
    let words: BTreeSet<&str> = told.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let untold: Vec<&String> = types
        .iter()
        .filter(|name| !words.contains(name.as_str()))
        .filter(|name| NOT_TOLD.iter().all(|(known, _)| known != name))
        .collect();
    assert!(untold.is_empty(), "neither words nor a reason: {untold:?}");
    for (name, _) in NOT_TOLD {
        assert!(types.contains(*name), "{name} is no error type any more");
    }
}

fn collect(folder: &Path, types: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, types);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            for part in source.split("thiserror::Error").skip(1) {
                let name = part
                    .split_once("pub enum ")
                    .into_iter()
                    .chain(part.split_once("pub struct "))
                    .min_by_key(|(before, _)| before.len())
                    .map(|(_, rest)| rest);
                let name: String =
                    name.unwrap_or_default().chars().take_while(|c| c.is_alphanumeric()).collect();
                if !name.is_empty() {
                    types.insert(name);
                }
            }
        }
    }
}

/// Everything that a user may meet, said in Vietnamese: no English word is left in it.
#[test]
fn causes_are_said_in_the_users_language() {
    let io = |kind| io::Error::from(kind);
    let cases: Vec<(anyhow::Error, &str)> = vec![
        (
            anyhow::Error::new(
                Err::<(), _>(io(io::ErrorKind::PermissionDenied))
                    .doing_at("doing-write", Path::new("/x"))
                    .unwrap_err(),
            ),
            "không ghi được /x: không có quyền",
        ),
        (
            anyhow::Error::new(station::RunError::<reader::PcscError>::Office(
                station::OfficeError::Unauthorised,
            )),
            "máy chủ không nhận mã của trạm này",
        ),
        (
            anyhow::Error::new(station::OfficeError::Refused {
                code: "urn:congvu:no-photo".into(),
                text: "the person has no photo".into(),
            }),
            "chưa có ảnh; nhập ảnh rồi đề nghị lại",
        ),
        (
            anyhow::Error::new(registry::office::Error::Store(
                registry::ports::StoreError::Unavailable("database is locked".into()),
            )),
            "cơ sở dữ liệu lúc này không dùng được (chi tiết: database is locked)",
        ),
        (
            anyhow::Error::new(registry::office::Error::Busy(
                registry::ports::CommitError::Conflict { what: "card" },
            )),
            "người khác đang sửa cùng dữ liệu; hãy thử lại",
        ),
        (anyhow::anyhow!("strange"), "có trục trặc (chi tiết: strange)"),
        (
            anyhow::Error::new(wire::BadSerial::Check),
            "ký tự kiểm tra của số sê-ri không khớp; có thể gõ nhầm một ký tự",
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(explain(Lang::Vi, &error), expected);
    }
}
