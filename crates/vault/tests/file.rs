//! The sealed file: what opens it, what does not, and what stays the same for ever.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use sha2::{Digest as _, Sha256};
use vault::{
    AdminError, CardKey, Cost, Entropy, FileVault, Generation, Kind, Mode, NoEntropy, OpenError,
    Passphrase, PassphraseError, Shared, UseError, Vault as _,
};

const AUTHORITY: [u8; 16] = [0xA1; 16];
const OTHER: [u8; 16] = [0xB2; 16];
const INPUT: &[u8] = b"\x04\x01\x02\x03\x04\x05\x06\x01\x80\x83congvu.check";

/// SHA-256 of a counter: the same bytes in each run.
#[derive(Debug, Default)]
struct Counted(AtomicU64);

impl Entropy for Counted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in bytes.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            let block = Sha256::digest(count.to_be_bytes());
            chunk.iter_mut().zip(block).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

/// A source that has failed.
#[derive(Debug)]
struct Dry;

impl Entropy for Dry {
    fn fill(&self, _: &mut [u8]) -> Result<(), NoEntropy> {
        Err(NoEntropy)
    }
}

fn passphrase() -> Passphrase {
    Passphrase::new(b"correct horse")
}

fn open(path: &Path) -> Result<FileVault, OpenError> {
    FileVault::open(path, &passphrase(), Mode::Any)
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    fn create(&self, kind: Kind) -> FileVault {
        let cost = Cost::DANGER_TEST_ONLY;
        let vault = FileVault::create(&self.path(), &passphrase(), kind, cost).unwrap();
        vault.add_authority(&AUTHORITY).unwrap();
        vault
    }
}

#[test]
fn reopened_vault_derives_the_same_keys() {
    let place = Place::new();
    let first = place.create(Kind::Production);
    let generation = first.current(&AUTHORITY).unwrap();
    let second = open(&place.path()).unwrap();
    assert_eq!(
        first.derive(&AUTHORITY, generation, INPUT).unwrap(),
        second.derive(&AUTHORITY, generation, INPUT).unwrap()
    );
    assert_eq!(first.issuers(&AUTHORITY), second.issuers(&AUTHORITY));
    assert_eq!(first.lookup("a", b"1").unwrap(), second.lookup("a", b"1").unwrap());
}

#[test]
fn file_is_for_its_owner_only_and_nothing_is_left_beside_it() {
    let place = Place::new();
    place.create(Kind::Production);
    let mode = fs::metadata(place.path()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let mut names: Vec<_> =
        fs::read_dir(place.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["keys", "keys.lock"]);
}

#[test]
fn refuses_a_file_that_others_may_read() {
    let place = Place::new();
    place.create(Kind::Production);
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
        let found = open(&place.path()).unwrap_err();
        assert!(matches!(found, OpenError::OpenToOthers { mode: m, .. } if m == mode));
    }
}

#[test]
fn creating_never_replaces_a_file() {
    let place = Place::new();
    fs::write(place.path(), b"precious").unwrap();
    let cost = Cost::DANGER_TEST_ONLY;
    let refused = FileVault::create(&place.path(), &passphrase(), Kind::Demo, cost);
    assert!(matches!(refused, Err(OpenError::Exists { .. })));
    assert_eq!(fs::read(place.path()).unwrap(), b"precious");
}

#[test]
fn wrong_passphrase_is_told_from_a_damaged_file() {
    let place = Place::new();
    place.create(Kind::Production);
    let wrong = Passphrase::new(b"wrong horse");
    let refused = FileVault::open(&place.path(), &wrong, Mode::Any);
    assert!(matches!(refused, Err(OpenError::WrongPassphrase { .. })));

    let whole = fs::read(place.path()).unwrap();
    for length in 10..whole.len() {
        fs::write(place.path(), &whole[..length]).unwrap();
        assert!(matches!(open(&place.path()), Err(OpenError::Damaged { .. })), "{length} bytes");
    }
    for length in 0..8 {
        fs::write(place.path(), &whole[..length]).unwrap();
        assert!(matches!(open(&place.path()), Err(OpenError::NotAVault { .. })));
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let place = Place::new();
    place.create(Kind::Production);
    let whole = fs::read(place.path()).unwrap();
    for position in 0..whole.len() {
        for bit in 0..8 {
            let mut altered = whole.clone();
            altered[position] ^= 1 << bit;
            fs::write(place.path(), altered).unwrap();
            let found = open(&place.path()).unwrap_err();
            let expected = match position {
                0..8 => matches!(found, OpenError::NotAVault { .. }),
                8..10 => {
                    matches!(found, OpenError::NewerVersion { .. } | OpenError::Damaged { .. })
                }
                _ => matches!(found, OpenError::Damaged { .. }),
            };
            assert!(expected, "byte {position} bit {bit}: {found}");
        }
    }
}

/// Whoever can write the file can also make its checksum right.
#[test]
fn forged_header_with_a_right_checksum_does_not_open() {
    let place = Place::new();
    place.create(Kind::Demo);
    let whole = fs::read(place.path()).unwrap();
    let forge = |position: usize, value: u8| {
        let mut altered = whole.clone();
        altered[position] = value;
        let end = altered.len() - 32;
        let checksum = Sha256::digest(&altered[..end]);
        altered[end..].copy_from_slice(&checksum);
        fs::write(place.path(), altered).unwrap();
        FileVault::open(&place.path(), &passphrase(), Mode::Production).unwrap_err()
    };
    assert!(matches!(forge(10, 0), OpenError::WrongPassphrase { .. }), "demo to production");
    assert!(matches!(forge(11, 0xFF), OpenError::Damaged { .. }), "terabytes of memory");
    assert!(matches!(forge(15, 0xFF), OpenError::Damaged { .. }), "years of passes");
    assert!(matches!(forge(22, 2), OpenError::WrongPassphrase { .. } | OpenError::Damaged { .. }));
}

#[test]
fn newer_format_is_named() {
    let place = Place::new();
    place.create(Kind::Production);
    let mut file = fs::read(place.path()).unwrap();
    file[9] = 2;
    fs::write(place.path(), file).unwrap();
    assert!(matches!(open(&place.path()), Err(OpenError::NewerVersion { version: 2, .. })));
}

#[test]
fn missing_file_is_an_io_error() {
    assert!(matches!(open(&Place::new().path()), Err(OpenError::Io { .. })));
}

#[test]
fn demo_vault_is_refused_in_production() {
    let place = Place::new();
    let vault = place.create(Kind::Demo);
    assert!(vault.is_demo());
    let refused = FileVault::open(&place.path(), &passphrase(), Mode::Production);
    assert!(matches!(refused, Err(OpenError::DemoInProduction { .. })));
    assert!(open(&place.path()).unwrap().is_demo());
}

#[test]
fn production_vault_opens_in_production() {
    let place = Place::new();
    place.create(Kind::Production);
    let vault = FileVault::open(&place.path(), &passphrase(), Mode::Production).unwrap();
    assert!(!vault.is_demo());
}

#[test]
fn adding_an_authority_twice_changes_nothing() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    let before = fs::read(place.path()).unwrap();
    assert_eq!(vault.add_authority(&AUTHORITY).unwrap(), Generation::FIRST);
    assert_eq!(fs::read(place.path()).unwrap(), before);
}

#[test]
fn generations_work_side_by_side_with_different_keys() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    let old = vault.current(&AUTHORITY).unwrap();
    let before = vault.derive(&AUTHORITY, old, INPUT).unwrap();
    let new = vault.add_generation(&AUTHORITY).unwrap();
    assert_eq!((old.number(), new.number()), (1, 2));
    assert_eq!(vault.current(&AUTHORITY).unwrap(), new);
    assert_eq!(vault.derive(&AUTHORITY, old, INPUT).unwrap(), before);
    assert_ne!(vault.derive(&AUTHORITY, new, INPUT).unwrap(), before);
    let kids: Vec<_> = vault.issuers(&AUTHORITY).into_iter().map(|issuer| issuer.kid).collect();
    assert_eq!(kids.len(), 2);
    assert_ne!(kids[0], kids[1]);
}

#[test]
fn two_processes_do_not_lose_each_others_changes() {
    let place = Place::new();
    let first = place.create(Kind::Production);
    let second = open(&place.path()).unwrap();
    first.add_generation(&AUTHORITY).unwrap();
    second.add_authority(&OTHER).unwrap();
    assert_eq!(second.current(&AUTHORITY).unwrap().number(), 2);
    assert_eq!(first.current(&OTHER), Err(UseError::NoSuchKey));
    first.refresh().unwrap();
    assert_eq!(first.authorities(), [AUTHORITY, OTHER]);
}

#[test]
fn change_of_a_file_that_was_damaged_is_refused() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    fs::write(place.path(), b"congvuKV").unwrap();
    let refused = vault.add_authority(&OTHER);
    assert!(matches!(refused, Err(AdminError::Reopen(OpenError::Damaged { .. }))));
    assert_eq!(vault.authorities(), [AUTHORITY]);
}

#[test]
fn generations_end_at_255() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    for _ in 1..255 {
        vault.add_generation(&AUTHORITY).unwrap();
    }
    assert!(matches!(vault.add_generation(&AUTHORITY), Err(AdminError::NoMoreGenerations)));
}

#[test]
fn no_key_is_made_without_random_bytes() {
    let place = Place::new();
    let cost = Cost::DANGER_TEST_ONLY;
    let refused =
        FileVault::create_with(&place.path(), &passphrase(), Kind::Demo, cost, Box::new(Dry));
    assert!(matches!(refused, Err(OpenError::NoEntropy(_))));
    assert!(!place.path().exists());
    place.create(Kind::Production);
    let vault =
        FileVault::open_with(&place.path(), &passphrase(), Mode::Any, Box::new(Dry)).unwrap();
    assert!(matches!(vault.add_authority(&OTHER), Err(AdminError::NoEntropy(_))));
    assert_eq!(vault.new_person_key(), Err(UseError::NoEntropy(NoEntropy)));
    assert_eq!(vault.seal_blob(b"", b""), Err(UseError::NoEntropy(NoEntropy)));
}

#[test]
fn cost_out_of_range_is_refused() {
    let cost = Cost { memory_kib: 1, passes: 1, lanes: 1 };
    let refused = FileVault::create(&Place::new().path(), &passphrase(), Kind::Demo, cost);
    assert!(matches!(refused, Err(OpenError::Cost)));
}

/// K-meta and K-uid grant nothing else: no card key is derived from them or equal to one, and
/// they are not derived from the card master, whose every derivation needs 16 bytes of input.
#[test]
fn shared_keys_neither_derive_nor_equal_card_keys() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    let generation = vault.add_generation(&AUTHORITY).unwrap();
    vault.add_authority(&OTHER).unwrap();
    let mut shared: Vec<CardKey> = Vec::new();
    for (authority, generation) in
        [(AUTHORITY, Generation::FIRST), (AUTHORITY, generation), (OTHER, Generation::FIRST)]
    {
        for which in [Shared::Meta, Shared::Uid] {
            shared.push(vault.shared(&authority, generation, which).unwrap());
        }
    }
    for (i, key) in shared.iter().enumerate() {
        assert!(shared[i + 1..].iter().all(|other| other != key), "shared keys are alike");
    }
    for purpose in ["picc-master", "app-master", "check", "update", "proof", "k-uid", "k-meta"] {
        let mut input = INPUT[..10].to_vec();
        input.extend_from_slice(format!("congvu.{purpose}").as_bytes());
        let card = vault.derive(&AUTHORITY, generation, &input).unwrap();
        for key in &shared {
            assert_ne!(&card, key);
            assert_ne!(card, vault::diversify(key.expose(), &input).unwrap());
        }
    }
}

#[test]
fn card_keys_differ_by_authority_and_input() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    vault.add_authority(&OTHER).unwrap();
    let first = Generation::FIRST;
    let key = vault.derive(&AUTHORITY, first, INPUT).unwrap();
    assert_ne!(key, vault.derive(&OTHER, first, INPUT).unwrap());
    assert_ne!(key, vault.derive(&AUTHORITY, first, &INPUT[..20]).unwrap());
}

#[test]
fn unknown_authority_and_generation_have_no_keys() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    let second = Generation::new(2).unwrap();
    assert_eq!(vault.derive(&OTHER, Generation::FIRST, INPUT), Err(UseError::NoSuchKey));
    assert_eq!(vault.derive(&AUTHORITY, second, INPUT), Err(UseError::NoSuchKey));
    assert_eq!(vault.sign(&AUTHORITY, second, b"x"), Err(UseError::NoSuchKey));
    assert_eq!(vault.shared(&OTHER, second, Shared::Meta), Err(UseError::NoSuchKey));
    assert_eq!(vault.issuer(&OTHER, second), Err(UseError::NoSuchKey));
    assert_eq!(vault.current(&OTHER), Err(UseError::NoSuchKey));
    assert!(vault.issuers(&OTHER).is_empty());
}

#[test]
fn signature_verifies_with_the_published_key_and_kid() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    let signature = vault.sign(&AUTHORITY, Generation::FIRST, b"record").unwrap();
    let issuer = vault.issuer(&AUTHORITY, Generation::FIRST).unwrap();
    let key = VerifyingKey::from_public_key_der(&issuer.spki).unwrap();
    key.verify(b"record", &Signature::from_slice(&signature).unwrap()).unwrap();
    assert!(key.verify(b"Record", &Signature::from_slice(&signature).unwrap()).is_err());
    assert_eq!(issuer.kid, Sha256::digest(&issuer.spki)[..8]);
    assert_eq!(issuer.spki.len(), 91);
}

#[test]
fn lookup_separates_domains_and_installations() {
    let (place, elsewhere) = (Place::new(), Place::new());
    let vault = place.create(Kind::Production);
    let here = vault.lookup("personal-id", b"1").unwrap();
    assert_eq!(here, vault.lookup("personal-id", b"1").unwrap());
    assert_ne!(here, vault.lookup("personal-id", b"2").unwrap());
    assert_ne!(here, vault.lookup("card-number", b"1").unwrap());
    assert_ne!(vault.lookup("ab", b"c").unwrap(), vault.lookup("a", b"bc").unwrap());
    assert_ne!(here, elsewhere.create(Kind::Production).lookup("personal-id", b"1").unwrap());
}

#[test]
fn sealed_value_opens_for_its_person_and_place_only() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    let (one, two) = (vault.new_person_key().unwrap(), vault.new_person_key().unwrap());
    let sealed = vault.seal(&one, b"person.name", b"secret").unwrap();
    assert_eq!(vault.open(&one, b"person.name", &sealed).unwrap(), b"secret");
    assert_eq!(vault.open(&two, b"person.name", &sealed), Err(UseError::NotOurs));
    assert_eq!(vault.open(&one, b"person.title", &sealed), Err(UseError::NotOurs));
    assert_ne!(sealed, vault.seal(&one, b"person.name", b"secret").unwrap());
    assert_eq!(vault.seal(b"no key", b"", b""), Err(UseError::NotOurs));
    // A value that was sealed for another purpose is no person's key.
    let blob = vault.seal_blob(b"", &[1; 32]).unwrap();
    assert_eq!(vault.seal(&blob, b"", b""), Err(UseError::NotOurs));
}

#[test]
fn person_key_of_another_installation_does_not_open() {
    let (place, elsewhere) = (Place::new(), Place::new());
    let vault = place.create(Kind::Production);
    let key = vault.new_person_key().unwrap();
    let sealed = vault.seal(&key, b"", b"secret").unwrap();
    let other = elsewhere.create(Kind::Production);
    assert_eq!(other.open(&key, b"", &sealed), Err(UseError::NotOurs));
}

#[test]
fn blob_opens_where_it_belongs() {
    let place = Place::new();
    let vault = place.create(Kind::Production);
    let photo = vec![7; 30_000];
    let sealed = vault.seal_blob(b"photo", &photo).unwrap();
    assert_eq!(vault.open_blob(b"photo", &sealed).unwrap(), photo);
    assert_eq!(vault.open_blob(b"other", &sealed), Err(UseError::NotOurs));
}

#[test]
fn debug_and_errors_show_no_key() {
    let place = Place::new();
    let vault = place.create(Kind::Demo);
    assert_eq!(format!("{vault:?}"), "FileVault { kind: Demo, .. }");
    let wrong = Passphrase::new(b"hunter2");
    assert!(!format!("{wrong:?}").contains("hunter2"));
    let error = FileVault::open(&place.path(), &wrong, Mode::Any).unwrap_err();
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}

#[test]
fn passphrase_file_is_made_once_and_read_back() {
    let place = Place::new();
    let path = place.folder.path().join("passphrase");
    let made = Passphrase::create_file(&path, &vault::OsEntropy).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let cost = Cost::DANGER_TEST_ONLY;
    FileVault::create(&place.path(), &made, Kind::Demo, cost).unwrap();
    let read = Passphrase::from_file(&path).unwrap();
    FileVault::open(&place.path(), &read, Mode::Any).unwrap();
    let again = Passphrase::create_file(&path, &vault::OsEntropy);
    assert!(matches!(again, Err(PassphraseError::Write { .. })));
}

#[test]
fn passphrase_file_is_refused_when_open_to_others_empty_or_missing() {
    let place = Place::new();
    let path = place.folder.path().join("passphrase");
    assert!(matches!(Passphrase::from_file(&path), Err(PassphraseError::Read { .. })));
    for (text, mode) in [("", 0o600), ("\n", 0o600), ("secret\n", 0o644)] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        match Passphrase::from_file(&path) {
            Err(PassphraseError::Length { .. }) => assert_eq!(mode, 0o600),
            Err(PassphraseError::OpenToOthers { .. }) => assert_eq!(mode, 0o644),
            other => panic!("{other:?}"),
        }
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, vec![b'x'; 1025]).unwrap();
    assert!(matches!(Passphrase::from_file(&path), Err(PassphraseError::Length { .. })));
}

/// A file written by this release, and what it must give in every later one. `VAULT_FREEZE` in the
/// environment writes the next fixture; an existing one is never replaced.
#[test]
fn frozen_vault_gives_the_same_keys_for_ever() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let (file, expected) = (data.join("vault-1.bin"), data.join("vault-1.json"));
    if std::env::var_os("VAULT_FREEZE").is_some() && !file.exists() {
        freeze(&file, &expected);
    }
    // A copy: version control does not keep the mode.
    let place = Place::new();
    fs::copy(&file, place.path()).unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o600)).unwrap();
    let vault = open(&place.path()).unwrap();
    let text = fs::read_to_string(expected).unwrap();
    let frozen: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(observe(&vault), frozen["gives"]);
    let bytes = |name: &str| hex::decode(frozen[name].as_str().unwrap()).unwrap();
    let opened = vault.open(&bytes("person_key"), b"aad", &bytes("sealed")).unwrap();
    assert_eq!(opened, b"plaintext");
    assert_eq!(vault.open_blob(b"aad", &bytes("blob")).unwrap(), b"plaintext");
}

fn freeze(file: &Path, expected: &Path) {
    let entropy = Box::new(Counted::default());
    let cost = Cost::DANGER_TEST_ONLY;
    let vault = FileVault::create_with(file, &passphrase(), Kind::Demo, cost, entropy).unwrap();
    vault.add_authority(&AUTHORITY).unwrap();
    vault.add_generation(&AUTHORITY).unwrap();
    vault.add_authority(&OTHER).unwrap();
    fs::remove_file(file.with_file_name("vault-1.bin.lock")).unwrap();
    let person_key = vault.new_person_key().unwrap();
    let frozen = serde_json::json!({
        "origin": "written by congvu 0.1.0; passphrase: correct horse",
        "gives": observe(&vault),
        "sealed": hex::encode(vault.seal(&person_key, b"aad", b"plaintext").unwrap()),
        "person_key": hex::encode(person_key),
        "blob": hex::encode(vault.seal_blob(b"aad", b"plaintext").unwrap()),
    });
    fs::write(expected, serde_json::to_string_pretty(&frozen).unwrap() + "\n").unwrap();
}

fn observe(vault: &FileVault) -> serde_json::Value {
    let mut rows = Vec::new();
    for authority in vault.authorities() {
        for issuer in vault.issuers(&authority) {
            let generation = issuer.generation;
            let shared = |which| vault.shared(&authority, generation, which).unwrap();
            rows.push(serde_json::json!({
                "authority": hex::encode(authority),
                "generation": generation.number(),
                "input": hex::encode(INPUT),
                "card_key": hex::encode(vault.derive(&authority, generation, INPUT).unwrap().expose()),
                "meta": hex::encode(shared(Shared::Meta).expose()),
                "uid": hex::encode(shared(Shared::Uid).expose()),
                "signature": hex::encode(vault.sign(&authority, generation, b"record").unwrap()),
                "kid": hex::encode(issuer.kid),
            }));
        }
    }
    let lookup = hex::encode(vault.lookup("personal-id", b"001").unwrap());
    serde_json::json!({ "demo": vault.is_demo(), "lookup": lookup, "authorities": rows })
}
