//! Whole runs of a station over software cards, with faces set and QR codes read for real.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;

use desfire::Ins;
use picc::{Model, Size};
use reader::Disposition::{Back, Done, Reject};
use reader::Feeder as _;
use reader::in_process::Silent;
use station::{Event, OfficeError, RunError, Stopped};
use wire::station::{ChipRefusal, Face, Outcome, Spoilage, Unmakeable};

use common::{
    Bench, Lost, blank, blank_of, chip, face, hex, of_somebody_else, sha256, shows_person, uid,
};

#[test]
fn every_order_becomes_ready_with_full_evidence_and_its_faces_on_disk() {
    let mut bench = Bench::new([blank(1), blank_of(Model::Ev2, Size::K4, 2), blank(3)], [0, 1]);
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.ready, summary.stopped), (2, Stopped::NoWork));
    assert_eq!(bench.tray.on(Done), [uid(1), uid(2)]);
    assert_eq!(bench.tray.on(Back), [uid(3)]);

    let mut exchanges = 0;
    for number in [1, 2] {
        let (job, evidence) = bench.ready(number);
        assert_eq!(evidence.record_sha256, sha256(&job.content.record.0));
        assert_eq!(evidence.photo_sha256, job.content.photo.as_ref().map(|photo| sha256(&photo.0)));
        assert_eq!(evidence.qr_decoders, ["rxing", "zbar"]);
        let kept =
            |end| fs::read(bench.folder.path().join(format!("spool/{}{end}", job.serial))).unwrap();
        assert_eq!(evidence.front_sha256, sha256(&kept("-front.png")));
        assert_eq!(evidence.back_sha256, sha256(&kept("-back.png")));
        assert!(kept(".pdf").starts_with(b"%PDF-"));
        bench.assert_holds_its_content(number);
        exchanges += u64::from(evidence.exchanges);
    }
    assert_eq!(summary.exchanges, exchanges);
    assert_eq!(fs::read_dir(bench.folder.path().join("spool")).unwrap().count(), 6);
}

#[test]
fn a_card_that_was_cut_off_anywhere_is_finished_by_the_next_run() {
    let mut rehearsal = Bench::new([blank(1)], [0]);
    rehearsal.run(Some(1)).unwrap();
    let sent = rehearsal.tray.sent();
    let first = |ins: Ins| sent.iter().position(|&byte| byte == ins.0).unwrap();
    let last = |ins: Ins| sent.iter().rposition(|&byte| byte == ins.0).unwrap();
    let picc_key = first(Ins::CHANGE_KEY);
    let cuts = [
        ("while it is examined", 3, Lost::Command),
        ("before the PICC key changes", picc_key, Lost::Command),
        ("as the PICC key changes", picc_key, Lost::Answer),
        ("right after the PICC key changed", picc_key + 1, Lost::Command),
        ("as the application is made", first(Ins::CREATE_APPLICATION), Lost::Answer),
        ("while the content is written", last(Ins::WRITE_DATA_LONG), Lost::Command),
        ("as the application's master key changes", last(Ins::CHANGE_KEY), Lost::Answer),
        ("at the end of the read-back", sent.len() - 1, Lost::Answer),
    ];
    for (when, at, lost) in cuts {
        let mut bench = Bench::new([blank(1), blank(2)], [0]);
        bench.tray.cut(at, lost);
        let error = bench.run(None).unwrap_err();
        assert!(matches!(error, RunError::Card(desfire::Error::Link(Silent))), "{when}: {error:?}");
        assert_eq!(bench.office.reports.len(), 0, "{when}");

        let summary = bench.run(None).unwrap();
        assert_eq!((summary.ready, summary.spoiled), (1, 0), "{when}");
        assert_eq!(bench.tray.on(Done), [uid(1)], "{when}");
        assert_eq!(bench.office.cards, 1, "{when}");
        bench.ready(1);
        bench.assert_holds_its_content(1);
        // A card that was only examined is not begun.
        let resumed =
            bench.heard(|event| matches!(event, Event::Resumed { uid } if *uid == chip(1)));
        assert_eq!(resumed, at >= EXAMINATION, "{when}");
    }
}

#[test]
fn a_begun_card_that_was_taken_off_the_reader_goes_before_every_blank() {
    let mut bench = Bench::new([blank(1), blank(2)], [0, 1]);
    bench.tray.cut(40, Lost::Command);
    bench.run(None).unwrap_err();
    bench.tray.eject(Back).unwrap();
    bench.tray.0.borrow_mut().stacked.rotate_left(1);

    bench.run(Some(1)).unwrap();
    assert_eq!((bench.tray.on(Done), bench.office.cards), (vec![uid(1)], 1));
}

#[test]
fn a_report_that_was_lost_makes_no_second_card() {
    // Whether the office has heard it or not, the station cannot know.
    for (lost, ready) in [(Lost::Command, 1), (Lost::Answer, 0)] {
        let mut bench = Bench::new([blank(1), blank(2)], [0]);
        bench.office.lose_next_report = Some(lost);
        let error = bench.run(None).unwrap_err();
        assert!(matches!(error, RunError::Office(OfficeError::Unavailable(_))), "{error:?}");

        let summary = bench.run(None).unwrap();
        assert_eq!((summary.ready, summary.refused, summary.stopped), (ready, 0, Stopped::NoWork));
        assert_eq!((bench.tray.on(Done), bench.tray.on(Back)), (vec![uid(1)], vec![uid(2)]));
        assert_eq!(bench.office.cards, 1);
        bench.ready(1);
        let writes = [Ins::CHANGE_KEY.0, Ins::WRITE_DATA_LONG.0, Ins::FORMAT_PICC.0];
        assert!(!bench.tray.sent().iter().any(|ins| writes.contains(ins)), "written again");
        assert!(!bench.heard(|event| matches!(event, Event::ChipRefused { .. })));
    }
}

#[test]
fn a_chip_that_no_key_opens_is_rejected_and_its_order_made_on_the_next_blank() {
    let mut bench = Bench::new([of_somebody_else(blank(1)), blank(2)], [0]);
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.spoiled, summary.ready), (1, 1));
    let reason = Spoilage::KeysUnknown;
    assert_eq!(bench.outcome(1), &Outcome::Spoiled { reason });
    let spoiled = |event: &Event| matches!(event, Event::Spoiled { uid, .. } if *uid == chip(1));
    assert!(bench.heard(spoiled));
    assert_eq!((bench.tray.on(Reject), bench.tray.on(Done)), (vec![uid(1)], vec![uid(2)]));
    assert_eq!(bench.ready(2).0.face.card_number, face(0).card_number);
}

#[test]
fn a_text_that_overflows_sends_the_request_back_and_leaves_the_blank_untouched() {
    let title = "Phó Trưởng phòng phụ trách ".repeat(30);
    sent_back(&Face { title, ..face(0) }, Unmakeable::FaceOverflow);
}

#[test]
fn a_qr_too_dense_sends_the_request_back_and_leaves_the_blank_untouched() {
    sent_back(&Face { qr: "x".repeat(123), ..face(0) }, Unmakeable::QrUnreadable);
}

fn sent_back(face: &Face, expected: Unmakeable) {
    let mut bench = Bench::new([blank(1)], []);
    let before = bench.tray.0.borrow().stacked.clone();
    bench.office.orders.push_back(face.clone());
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.returned, summary.ready, summary.stopped), (1, 0, Stopped::NoWork));
    assert!(matches!(bench.outcome(1), Outcome::Unmakeable { reason, detail }
            if *reason == expected && !detail.is_empty() && !shows_person(detail, face)));
    assert!(
        bench.heard(|event| matches!(event, Event::Returned { reason, .. } if *reason == expected))
    );
    assert_eq!(bench.tray.0.borrow().stacked, before);
}

#[test]
fn a_finished_card_on_the_reader_goes_to_the_finished_ones_and_takes_no_order() {
    let mut bench = Bench::new([blank(1)], [0]);
    bench.run(None).unwrap();
    bench.tray.insert(uid(1)).unwrap();
    bench.office.orders.push_back(face(1));

    let summary = bench.run(None).unwrap();
    assert_eq!((summary.ready, summary.refused, summary.stopped), (0, 1, Stopped::NoBlanks));
    assert_eq!((bench.office.cards, bench.office.orders.len()), (1, 1));
    assert_eq!((bench.tray.on(Done), bench.tray.on(Reject)), (vec![uid(1)], vec![]));
    assert_eq!(bench.office.reports.len(), 1);
}

#[test]
fn a_chip_that_the_office_refuses_is_rejected_and_not_written() {
    let mut bench = Bench::new([blank_of(Model::Ev1, Size::K8, 1), blank(2)], [0]);
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.refused, summary.ready), (1, 1));
    let refused = |event: &Event| matches!(event, Event::ChipRefused { uid, reason: ChipRefusal::Unsuitable } if *uid == chip(1));
    assert!(bench.heard(refused));
    assert_eq!((bench.tray.on(Reject), bench.tray.on(Done)), (vec![uid(1)], vec![uid(2)]));
    assert_eq!(bench.tray.card(uid(1)).card_mut().writes(), 0);
}

#[test]
fn a_run_without_blanks_says_so() {
    let mut bench = Bench::new([blank(1)], [0, 1]);
    let summary = bench.run(None).unwrap();
    assert_eq!((summary.ready, summary.stopped), (1, Stopped::NoBlanks));
    assert_eq!((bench.office.cards, bench.office.orders.len()), (1, 1));
}

#[test]
fn a_run_makes_no_more_than_its_limit() {
    let mut bench = Bench::new([blank(1), blank(2)], [0, 1]);
    for (limit, made) in [(0, 0), (1, 1)] {
        let summary = bench.run(Some(limit)).unwrap();
        assert_eq!((summary.ready, summary.stopped), (limit, Stopped::Limit));
        assert_eq!((bench.office.cards, bench.tray.on(Done).len()), (made, usize::from(made)));
    }
    assert_eq!(bench.tray.loaded().unwrap(), None);
}

#[test]
fn the_journal_is_empty_after_a_clean_run_and_names_the_card_after_a_cut() {
    let mut bench = Bench::new([of_somebody_else(blank(1)), blank(2)], []);
    bench.office.orders.extend([Face { qr: "x".repeat(123), ..face(0) }, face(1)]);
    bench.tray.cut(40, Lost::Command);
    bench.run(None).unwrap_err();
    assert_eq!(bench.journal().unfinished().keys().collect::<Vec<_>>(), [&chip(2)]);

    let summary = bench.run(None).unwrap();
    assert_eq!((summary.ready, summary.stopped), (1, Stopped::NoBlanks));
    assert!(bench.journal().unfinished().is_empty());
}

#[test]
fn a_begun_chip_whose_request_can_no_longer_be_made_is_never_a_blank_again() {
    let mut bench = Bench::new([blank(1), blank(2)], [0]);
    bench.tray.cut(40, Lost::Command);
    bench.run(None).unwrap_err();
    bench.office.jobs.last_mut().unwrap().face.title = "W".repeat(120);

    let summary = bench.run(None).unwrap();
    assert_eq!((summary.spoiled, summary.returned), (1, 1));
    assert_eq!((bench.tray.on(Reject), bench.tray.on(Back)), (vec![uid(1)], vec![uid(2)]));
    assert!(bench.journal().unfinished().is_empty());
}

#[test]
fn events_and_errors_show_no_keys_and_nobody() {
    let ev1 = blank_of(Model::Ev1, Size::K8, 1);
    let mut bench = Bench::new([ev1, of_somebody_else(blank(2)), blank(3)], []);
    let overflow = Face { title: "W".repeat(120), ..face(0) };
    bench.office.orders.extend([overflow, face(1)]);
    bench.tray.cut(60, Lost::Answer);
    let cut = bench.run(None).unwrap_err();
    bench.office.lose_next_report = Some(Lost::Command);
    let unheard = bench.run(None).unwrap_err();
    bench.run(None).unwrap();

    let shown = format!("{:?} {cut:?} {unheard:?} {:?}", bench.events, bench.journal());
    for variant in ["Resumed", "Planned", "Ready", "Spoiled", "Returned", "ChipRefused"] {
        assert!(shown.contains(&format!("{variant} {{")) || shown.contains(&format!("{variant}(")));
    }
    for job in &bench.office.jobs {
        assert!(!shows_person(&shown, &job.face), "{shown}");
        for key in job.content.app_keys.iter().chain([&job.content.picc_key]) {
            let bytes = key.key.expose();
            let listed = format!("{bytes:?}");
            let listed = listed.trim_matches(['[', ']']);
            assert!(!shown.contains(listed) && !shown.to_lowercase().contains(&hex(bytes)));
        }
    }
}

/// Exchanges before a station claims.
const EXAMINATION: usize = 5;
