//! ZIPs of photos: every entry comes out, as a photo or as a refusal with its name.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

use std::io::{Cursor, Write};

use intake::photo::{Archive, ArchiveError, ArchiveLimits, Entry, EntryFault, EntryRefused};
use phrase::Lang;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0 rest of a picture";

fn pack(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn open(bytes: Vec<u8>) -> Vec<Result<Entry, EntryRefused>> {
    Archive::open(Cursor::new(bytes), ArchiveLimits::default()).unwrap().collect()
}

fn fault(name: &str, bytes: &[u8]) -> EntryFault {
    let found = open(pack(&[("an.jpg", JPEG), (name, bytes)]));
    assert_eq!(found.len(), 2);
    assert!(found[0].is_ok());
    let refused = found[1].clone().unwrap_err();
    assert_eq!(refused.index, 2);
    for lang in Lang::ALL {
        let text = refused.finding().text(lang);
        assert!(text.contains("#2"), "{text}");
    }
    refused.fault
}

#[test]
fn photos_come_out_in_order_with_their_file_names() {
    let found = open(pack(&[("an.jpg", JPEG), ("Phòng 1/bình.PNG", b"\x89PNG\r\n\x1a\n...")]));
    let names: Vec<String> = found.into_iter().map(|entry| entry.unwrap().file_name).collect();
    assert_eq!(names, ["an.jpg", "bình.PNG"]);
}

#[test]
fn folders_are_passed_over() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_directory("Phòng 1/", SimpleFileOptions::default()).unwrap();
    assert_eq!(open(zip.finish().unwrap().into_inner()).len(), 0);
}

#[test]
fn rejects_paths_that_leave_the_archive() {
    assert_eq!(fault("../../etc/x.jpg", JPEG), EntryFault::Traversal);
    assert_eq!(fault("a/../x.jpg", JPEG), EntryFault::Traversal);
    assert_eq!(fault("/etc/x.jpg", JPEG), EntryFault::Absolute);
    assert_eq!(fault("C:x.jpg", JPEG), EntryFault::Absolute);
    assert_eq!(fault("..\\x.jpg", JPEG), EntryFault::Backslash);
    assert_eq!(fault("a\u{7}.jpg", JPEG), EntryFault::BadName);
}

#[test]
fn rejects_wrong_types_whatever_the_name_says() {
    assert_eq!(fault("b.jpg", b"%PDF-1.7"), EntryFault::WrongType { kind: "PDF" });
    assert_eq!(fault("b.jpg", b"hello"), EntryFault::WrongType { kind: "?" });
    assert_eq!(fault("b.jpg", b""), EntryFault::WrongType { kind: "?" });
}

#[test]
fn rejects_archives_inside() {
    assert_eq!(fault("b.jpg", &pack(&[("c.jpg", JPEG)])), EntryFault::Archive);
    assert_eq!(fault("b.rar", b"Rar!\x1A\x07"), EntryFault::Archive);
}

#[test]
fn names_files_of_the_operating_system() {
    assert_eq!(fault("__MACOSX/._an.jpg", JPEG), EntryFault::System);
    assert_eq!(fault("x/.DS_Store", b"x"), EntryFault::System);
    assert_eq!(fault("Thumbs.db", b"x"), EntryFault::System);
}

#[test]
fn rejects_links() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("an.jpg", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let found = open(zip.finish().unwrap().into_inner());
    assert_eq!(found[0].clone().unwrap_err().fault, EntryFault::Link);
}

#[test]
fn rejects_both_of_two_entries_with_one_file_name() {
    let found = open(pack(&[("a/an.jpg", JPEG), ("b/AN.JPG", JPEG), ("c.jpg", JPEG)]));
    let faults: Vec<Option<EntryFault>> =
        found.iter().map(|entry| entry.as_ref().err().map(|refused| refused.fault)).collect();
    assert_eq!(faults, [Some(EntryFault::Duplicate), Some(EntryFault::Duplicate), None]);
}

/// The same bytes for a name twice in the directory: most readers silently keep one.
#[test]
fn rejects_both_of_two_entries_with_one_raw_name() {
    let mut bytes = pack(&[("an.jpg", JPEG), ("am.jpg", JPEG)]);
    for at in 0..bytes.len() - 6 {
        if &bytes[at..at + 6] == b"am.jpg" {
            bytes[at + 1] = b'n';
        }
    }
    let found = open(bytes);
    assert_eq!(found.len(), 2);
    for entry in found {
        assert_eq!(entry.unwrap_err().fault, EntryFault::Duplicate);
    }
}

#[test]
fn rejects_entry_that_inflates_beyond_the_limit() {
    let limits = ArchiveLimits { entry_bytes: 1_000, ..ArchiveLimits::default() };
    let bytes = pack(&[("bomb.jpg", &[JPEG, &vec![0; 5_000_000]].concat()), ("an.jpg", JPEG)]);
    assert!(bytes.len() < 50_000);
    let found: Vec<_> = Archive::open(Cursor::new(bytes), limits).unwrap().collect();
    let fault = found[0].clone().unwrap_err().fault;
    assert_eq!(fault, EntryFault::TooLong { limit_bytes: 1_000 });
    assert!(found[1].is_ok());
}

/// The header says 10 bytes; what counts is what comes out.
#[test]
fn size_in_the_header_is_not_believed() {
    let mut bytes = pack(&[("bomb.jpg", &vec![0; 100_000])]);
    let real = 100_000_u32.to_le_bytes();
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == real {
            bytes[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
        }
    }
    let limits = ArchiveLimits { entry_bytes: 1_000, ..ArchiveLimits::default() };
    let found: Vec<_> = Archive::open(Cursor::new(bytes), limits).unwrap().collect();
    let fault = found[0].clone().unwrap_err().fault;
    assert!(
        matches!(
            fault,
            EntryFault::TooLong { .. } | EntryFault::Damaged | EntryFault::WrongType { .. }
        ),
        "{fault:?}"
    );
}

#[test]
fn stops_when_the_whole_archive_inflates_beyond_the_limit() {
    let limits = ArchiveLimits { total_bytes: 60, ..ArchiveLimits::default() };
    let bytes = pack(&[("a.jpg", JPEG), ("b.jpg", JPEG), ("c.jpg", JPEG), ("d.jpg", JPEG)]);
    let found: Vec<_> = Archive::open(Cursor::new(bytes), limits).unwrap().collect();
    assert_eq!(found.len(), 3);
    let fault = found[2].clone().unwrap_err().fault;
    assert_eq!(fault, EntryFault::TotalTooLong { limit_bytes: 60 });
}

#[test]
fn rejects_damaged_entry() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("an.jpg", stored).unwrap();
    zip.write_all(JPEG).unwrap();
    let mut bytes = zip.finish().unwrap().into_inner();
    let at = bytes.windows(4).position(|window| window == b"rest").unwrap();
    bytes[at] = b'R';
    assert_eq!(open(bytes)[0].clone().unwrap_err().fault, EntryFault::Damaged);
}

/// Bit 0 of the flags and an unknown method, set by hand in both headers.
#[test]
fn rejects_encrypted_and_unknown_methods() {
    for (offset, value, expected) in
        [(6, 1, EntryFault::Encrypted), (8, 12, EntryFault::Unsupported)]
    {
        let mut bytes = pack(&[("an.jpg", JPEG)]);
        bytes[offset] = value;
        let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        bytes[at + offset + 2] = value;
        let fault = open(bytes)[0].clone().unwrap_err().fault;
        assert_eq!(fault, expected);
    }
}

#[test]
fn rejects_too_many_entries_and_what_is_no_zip() {
    let limits = ArchiveLimits { entries: 1, ..ArchiveLimits::default() };
    let bytes = pack(&[("a.jpg", JPEG), ("b.jpg", JPEG)]);
    let error = Archive::open(Cursor::new(bytes.clone()), limits).unwrap_err();
    assert!(matches!(error, ArchiveError::TooManyEntries { limit: 1 }));
    for broken in [b"hello".to_vec(), Vec::new(), bytes[..bytes.len() - 30].to_vec()] {
        let error = Archive::open(Cursor::new(broken), ArchiveLimits::default()).unwrap_err();
        assert!(matches!(error, ArchiveError::NotZip(_)), "{error:?}");
        assert_eq!(error.finding().code, "photo-zip-not-zip");
    }
}

#[test]
fn personal_number_in_a_name_is_masked_wherever_it_is_shown() {
    let found = open(pack(&[("001090000001.jpg", JPEG), ("001090000002.gif", b"GIF89a")]));
    let entry = found[0].clone().unwrap();
    let refused = found[1].clone().unwrap_err();
    assert_eq!(entry.file_name, "001090000001.jpg");
    for shown in [
        entry.shown.clone(),
        format!("{entry:?}"),
        refused.to_string(),
        format!("{refused:?}"),
        refused.finding().text(Lang::Vi),
    ] {
        assert!(!shown.contains("00109") && shown.contains("************"), "{shown}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(archive) = Archive::open(Cursor::new(bytes), ArchiveLimits::default()) {
            archive.for_each(drop);
        }
    }

    #[test]
    fn damaged_archive_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = pack(&[("an.jpg", JPEG), ("b/c.jpg", JPEG)]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(archive) = Archive::open(Cursor::new(bytes), ArchiveLimits::default()) {
            archive.for_each(drop);
        }
    }
}
