//! The whole life of cards through the service, over a real store.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first trouble, as tests do")]

mod support;

use jiff::SignedDuration;
use profile::PersonalId;
use registry::card::{Digests, LockReason, RevokeReason};
use registry::office::{By, ChainError, Error, For, OnChange, Which};
use registry::request::Kind;
use registry::view::{Check, Claimed, Order, Reported};
use registry::{Refused, TwoPeople};
use wire::station::{ChipRefusal, Outcome, Spoilage, Unmakeable};
use wire::{CardId, CardSerial, PersonId};

use support::{Bench, bench, bench_on_file, blank, by, entries, entry, evidence, made, staff};

const DIGESTS: Digests = Digests { record: [0; 32], photo: None };

async fn load(bench: &Bench, count: u32) -> Vec<PersonId> {
    let (clerk, entries) = (by("clerk"), entries(count));
    bench.office.load(bench.authority, entries, OnChange::Propose, &clerk).await.unwrap().new
}

async fn approved(bench: &Bench, count: u32) -> Vec<PersonId> {
    let people = load(bench, count).await;
    ask_and_approve(bench, Kind::First, &For::EverybodyWithout).await;
    people
}

async fn ask_and_approve(bench: &Bench, kind: Kind, whom: &For) {
    let batch = bench.office.request(bench.authority, kind, whom, &by("hr")).await.unwrap();
    assert!(batch.refused.is_empty(), "{:?}", batch.refused);
    let which = Which::Batch(batch.id);
    let done = bench.office.approve(bench.authority, &which, &by("chief")).await.unwrap();
    assert_eq!(done.approved, batch.requests);
}

async fn claim(bench: &Bench, chip: u8) -> Claimed {
    bench.office.claim(bench.authority, &blank(chip), &by("station")).await.unwrap()
}

async fn order(bench: &Bench, chip: u8) -> Order {
    match claim(bench, chip).await {
        Claimed::Card(order) => *order,
        other => panic!("no card: {other:?}"),
    }
}

async fn report(bench: &Bench, order: &Order, outcome: &Outcome) -> Result<Reported, Error> {
    bench.office.report(bench.authority, order.card, order.uid, outcome, &by("station")).await
}

async fn attach(bench: &Bench, card: CardId) {
    bench.office.attach(bench.authority, card, DIGESTS, &by("station")).await.unwrap();
}

async fn ready(bench: &Bench, chip: u8) -> Order {
    let order = order(bench, chip).await;
    attach(bench, order.card).await;
    report(bench, &order, &made()).await.unwrap();
    order
}

async fn active(bench: &Bench, chip: u8) -> Order {
    let order = ready(bench, chip).await;
    let done = bench.office.hand_over(bench.authority, &[order.card], &by("desk")).await.unwrap();
    assert_eq!(done.active, [order.card]);
    order
}

async fn state(bench: &Bench, serial: CardSerial) -> &'static str {
    bench.office.card(bench.authority, serial).await.unwrap().state
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Refused {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn loading_the_same_twice_changes_nothing() {
    let bench = bench().await;
    assert_eq!(load(&bench, 700).await.len(), 700);
    let before = bench.store.head(bench.authority).await.unwrap();
    let clerk = by("clerk");
    let again = bench.office.load(bench.authority, entries(700), OnChange::Apply, &clerk).await;
    let again = again.unwrap();
    assert_eq!((again.new.len(), again.unchanged, again.changed.len()), (0, 700, 0));
    assert_eq!(bench.store.head(bench.authority).await.unwrap(), before);
}

#[tokio::test]
async fn a_difference_is_a_proposal_until_it_is_applied() {
    let bench = bench().await;
    let people = load(&bench, 1).await;
    let mut other = entry(0);
    other.staff.contract_end = Some(jiff::civil::date(2027, 1, 1));
    other.photo = None;
    for (mode, applied) in
        [(OnChange::Propose, false), (OnChange::Apply, true), (OnChange::Apply, false)]
    {
        let clerk = by("clerk");
        let load = bench.office.load(bench.authority, vec![other.clone()], mode, &clerk).await;
        let load = load.unwrap();
        if load.unchanged == 1 {
            assert!(!applied);
            continue;
        }
        assert_eq!(load.changed[0].person, people[0]);
        assert_eq!(load.changed[0].fields, ["contract_end"]);
        assert_eq!(load.changed[0].applied, applied);
    }
    assert!(bench.office.people(bench.authority, None, 9).await.unwrap()[0].photo);
}

#[tokio::test]
async fn the_second_of_two_rows_for_one_person_is_named() {
    let bench = bench().await;
    let twice = vec![entry(1), entry(2), entry(1)];
    let load = bench.office.load(bench.authority, twice, OnChange::Propose, &by("clerk")).await;
    let load = load.unwrap();
    assert_eq!((load.new.len(), load.repeated), (2, vec![2]));
}

#[tokio::test]
async fn known_people_are_recognised() {
    let bench = bench().await;
    let people = load(&bench, 1).await;
    let numbers: Vec<PersonalId> = [0, 5].map(|n| staff(n).personal_id).to_vec();
    let known = bench.office.known(bench.authority, &numbers).await.unwrap();
    assert_eq!(known, [Some(people[0]), None]);
}

#[tokio::test]
async fn an_unknown_authority_is_refused() {
    let bench = bench().await;
    let nobody = wire::AuthorityId(uuid::Uuid::nil());
    let load = bench.office.load(nobody, vec![], OnChange::Propose, &by("clerk")).await;
    assert_eq!(refused(load), Refused::UnknownAuthority);
    assert_eq!(refused(bench.office.counts(nobody).await), Refused::UnknownAuthority);
}

#[tokio::test]
async fn an_authority_is_made_once_and_renamed() {
    let bench = bench().await;
    for name in ["Bộ Thử nghiệm", "Bộ Thử", "Bộ Thử"] {
        let same = bench.office.ensure_authority("G01", name, &by("admin")).await.unwrap();
        assert_eq!(same, bench.authority);
    }
    let all = bench.office.authorities().await.unwrap();
    assert_eq!(all, [(bench.authority, "Bộ Thử".to_owned())]);
}

#[tokio::test]
async fn nobody_without_a_photo_gets_a_request() {
    let bench = bench().await;
    let mut bare = entry(1);
    bare.photo = None;
    bench.office.load(bench.authority, vec![bare], OnChange::Propose, &by("clerk")).await.unwrap();
    let batch = bench
        .office
        .request(bench.authority, Kind::First, &For::EverybodyWithout, &by("hr"))
        .await
        .unwrap();
    assert!(batch.requests.is_empty());
    assert_eq!(batch.refused[0].1, Refused::NoPhoto);
}

#[tokio::test]
async fn a_person_has_one_request_and_one_card() {
    let bench = bench().await;
    let people = approved(&bench, 1).await;
    let again = |kind| {
        let whom = For::People(people.clone());
        let bench = &bench;
        async move {
            let batch =
                bench.office.request(bench.authority, kind, &whom, &by("hr")).await.unwrap();
            batch.refused.into_iter().map(|(_, why)| why).collect::<Vec<_>>()
        }
    };
    assert_eq!(again(Kind::First).await, [Refused::HasRequest]);
    active(&bench, 1).await;
    assert_eq!(again(Kind::First).await, [Refused::HasCard]);
    assert_eq!(again(Kind::Damaged).await, []);
}

#[tokio::test]
async fn a_replacement_needs_a_card_to_replace() {
    let bench = bench().await;
    let people = load(&bench, 1).await;
    let whom = For::People(vec![people[0], people[0], PersonId(uuid::Uuid::nil())]);
    let batch = bench.office.request(bench.authority, Kind::Lost, &whom, &by("hr")).await.unwrap();
    let why: Vec<_> = batch.refused.into_iter().map(|(_, why)| why).collect();
    assert_eq!(why, [Refused::NoCardToReplace, Refused::UnknownPerson]);
}

#[tokio::test]
async fn two_people_stand_behind_every_card() {
    let bench = bench().await;
    load(&bench, 1).await;
    let whom = For::EverybodyWithout;
    let batch = bench.office.request(bench.authority, Kind::First, &whom, &by("hr")).await.unwrap();
    let which = Which::Batch(batch.id);
    let own = bench.office.approve(bench.authority, &which, &by("hr")).await.unwrap();
    assert_eq!(own.refused[0].1, Refused::SamePerson(TwoPeople::RequestAndApprove));
    bench.office.approve(bench.authority, &which, &by("chief")).await.unwrap();

    let order = ready(&bench, 1).await;
    let cards = [order.card];
    let own = bench.office.hand_over(bench.authority, &cards, &by("chief")).await.unwrap();
    assert_eq!(own.refused[0].1, Refused::SamePerson(TwoPeople::ApproveAndActivate));
    bench.office.hand_over(bench.authority, &cards, &by("hr")).await.unwrap();

    let (office, at, serial) = (&bench.office, bench.authority, order.serial);
    office.lock(at, serial, LockReason::Inquiry, &by("guard")).await.unwrap();
    let own = office.unlock(at, serial, &by("guard")).await;
    assert_eq!(refused(own), Refused::SamePerson(TwoPeople::LockAndUnlock));
    office.unlock(at, serial, &by("officer")).await.unwrap();
    assert_eq!(state(&bench, serial).await, "active");
}

#[tokio::test]
async fn nobody_acts_on_the_own_card_save_reporting_it_lost() {
    let bench = bench().await;
    let people = load(&bench, 1).await;
    let holder = By { person: Some(people[0]), ..by("holder") };
    let (office, at, whom) = (&bench.office, bench.authority, For::EverybodyWithout);
    let own = office.request(at, Kind::First, &whom, &holder).await.unwrap();
    assert_eq!(own.refused, [(people[0], Refused::OwnCard)]);
    let batch = office.request(at, Kind::First, &whom, &by("hr")).await.unwrap();
    let which = Which::Requests(batch.requests.clone());
    let own = office.approve(at, &which, &holder).await.unwrap();
    assert_eq!(own.refused, [(batch.requests[0], Refused::OwnCard)]);
    office.approve(at, &which, &by("chief")).await.unwrap();
    let order = ready(&bench, 1).await;
    let own = office.hand_over(at, &[order.card], &holder).await.unwrap();
    assert_eq!(own.refused, [(order.card, Refused::OwnCard)]);
    office.hand_over(at, &[order.card], &by("desk")).await.unwrap();
    let serial = order.serial;
    assert_eq!(
        refused(office.lock(at, serial, LockReason::Leave, &holder).await),
        Refused::OwnCard
    );
    office.lock(at, serial, LockReason::Lost, &holder).await.unwrap();
    let other = By { person: Some(people[0]), ..by("other") };
    assert_eq!(refused(office.unlock(at, serial, &other).await), Refused::OwnCard);
    let ended = office.revoke(at, serial, RevokeReason::Lost, &other).await;
    assert_eq!(refused(ended), Refused::OwnCard);
    assert_eq!(refused(office.erase(at, people[0], &by("dpo")).await), Refused::HasCard);
}

#[tokio::test]
async fn a_person_who_changed_after_the_request_is_not_approved() {
    let bench = bench().await;
    load(&bench, 1).await;
    let (office, at, whom) = (&bench.office, bench.authority, For::EverybodyWithout);
    let batch = office.request(at, Kind::First, &whom, &by("hr")).await.unwrap();
    let mut other = entry(0);
    other.staff.contract_end = Some(jiff::civil::date(2028, 1, 1));
    office.load(at, vec![other], OnChange::Apply, &by("clerk")).await.unwrap();
    assert!(!office.is_as_requested(at, batch.requests[0]).await.unwrap());
    let done = office.approve(at, &Which::Batch(batch.id), &by("chief")).await.unwrap();
    assert_eq!(done.refused, [(batch.requests[0], Refused::ContentChanged)]);
    assert_eq!(office.counts(at).await.unwrap().requests_in("returned"), 1);
    // The way is free for a new request.
    ask_and_approve(&bench, Kind::First, &whom).await;
}

#[tokio::test]
async fn a_person_who_changed_after_the_approval_is_not_made() {
    let bench = bench().await;
    approved(&bench, 1).await;
    let mut other = entry(0);
    other.staff.contract_end = Some(jiff::civil::date(2028, 1, 1));
    let clerk = by("clerk");
    bench.office.load(bench.authority, vec![other], OnChange::Apply, &clerk).await.unwrap();
    assert!(matches!(claim(&bench, 1).await, Claimed::Idle));
    assert_eq!(bench.office.counts(bench.authority).await.unwrap().requests_in("returned"), 1);
}

#[tokio::test]
async fn an_unknown_batch_or_request_is_refused() {
    let bench = bench().await;
    let nil = uuid::Uuid::nil();
    let which = Which::Batch(wire::BatchId(nil));
    let done = bench.office.approve(bench.authority, &which, &by("chief")).await;
    assert_eq!(refused(done), Refused::UnknownRequest);
    let id = wire::RequestId(nil);
    let which = Which::Requests(vec![id]);
    let done = bench.office.approve(bench.authority, &which, &by("chief")).await.unwrap();
    assert_eq!(done.refused, [(id, Refused::UnknownRequest)]);
    let done = bench.office.cancel(bench.authority, id, &by("hr")).await;
    assert_eq!(refused(done), Refused::UnknownRequest);
}

#[tokio::test]
async fn a_cancelled_request_is_not_made_and_one_in_production_cannot_be_cancelled() {
    let bench = bench().await;
    approved(&bench, 2).await;
    let first = bench.office.requests(bench.authority, "approved", None, 1).await.unwrap();
    bench.office.cancel(bench.authority, first[0].id, &by("hr")).await.unwrap();
    let order = order(&bench, 1).await;
    assert_ne!(order.request, first[0].id);
    let late = bench.office.cancel(bench.authority, order.request, &by("hr")).await;
    assert!(matches!(refused(late), Refused::NotFromHere { from: "in_production", .. }));
    let which = Which::Requests(vec![first[0].id]);
    let lack = registry::request::Lack::Title;
    let late = bench.office.give_back(bench.authority, &which, lack, None, &by("chief")).await;
    let late = late.unwrap().refused.remove(0).1;
    assert!(matches!(late, Refused::NotFromHere { from: "cancelled", .. }));
}

#[tokio::test]
async fn claiming_again_gives_the_same_card() {
    let bench = bench().await;
    approved(&bench, 3).await;
    let first = order(&bench, 1).await;
    attach(&bench, first.card).await;
    for forward in [0, 10, 60] {
        bench.clock.forward(SignedDuration::from_mins(forward));
        let again = order(&bench, 1).await;
        assert_eq!(again.card, first.card);
        assert_eq!(again.serial, first.serial);
        assert_eq!(again.code4, first.code4);
        assert_eq!(again.status_index, first.status_index);
        assert_eq!(again.issued_at, first.issued_at);
        assert_eq!(again.valid_through, first.valid_through);
        assert_eq!(again.details, first.details);
        assert_eq!(again.portrait, first.portrait);
        assert_eq!(again.attached, Some(DIGESTS));
    }
    let unfinished = bench.office.unfinished(bench.authority, &by("station").actor).await.unwrap();
    assert_eq!(unfinished, [(first.card, first.uid)]);
    assert_ne!(order(&bench, 2).await.card, first.card);
}

#[tokio::test]
async fn a_chip_belongs_to_its_station_for_the_lease() {
    let bench = bench().await;
    approved(&bench, 1).await;
    let first = order(&bench, 1).await;
    let (chip, other) = (blank(1), by("station-2"));
    let elsewhere = || bench.office.claim(bench.authority, &chip, &other);
    let answer = elsewhere().await.unwrap();
    assert!(matches!(answer, Claimed::Refused(ChipRefusal::Elsewhere)));
    let foreign = bench.office.attach(bench.authority, first.card, DIGESTS, &by("station-2")).await;
    assert_eq!(refused(foreign), Refused::OtherStation);
    bench.clock.forward(SignedDuration::from_mins(16));
    let Claimed::Card(moved) = elsewhere().await.unwrap() else { panic!("not moved") };
    assert_eq!(moved.card, first.card);
    assert_eq!(refused(report(&bench, &first, &made()).await), Refused::OtherStation);
}

#[tokio::test]
async fn no_approved_request_means_idle() {
    let bench = bench().await;
    load(&bench, 1).await;
    assert!(matches!(claim(&bench, 1).await, Claimed::Idle));
}

type Spoil = fn(&mut wire::station::Evidence);

#[tokio::test]
async fn ready_needs_complete_evidence_equal_to_what_was_attached() {
    let bench = bench().await;
    approved(&bench, 1).await;
    let order = order(&bench, 1).await;
    assert_eq!(refused(report(&bench, &order, &made()).await), Refused::NothingAttached);
    attach(&bench, order.card).await;
    let bad: [(Spoil, Refused); 7] = [
        (|e| e.record_sha256 = "01".repeat(32), Refused::EvidenceDiffers { what: "record" }),
        (|e| e.photo_sha256 = Some("01".repeat(32)), Refused::EvidenceDiffers { what: "photo" }),
        (|e| e.front_sha256.clear(), Refused::EvidenceIncomplete { what: "front" }),
        (|e| e.back_sha256 = "g".repeat(64), Refused::EvidenceIncomplete { what: "back" }),
        (|e| e.qr_decoders.clear(), Refused::EvidenceIncomplete { what: "reading of the QR" }),
        (
            |e| e.qr_decoders = vec!["rxing".to_owned(), "rxing".to_owned()],
            Refused::EvidenceIncomplete { what: "reading of the QR" },
        ),
        (|e| e.exchanges = 0, Refused::EvidenceIncomplete { what: "exchanges with the card" }),
    ];
    for (spoil, why) in bad {
        let mut evidence = evidence();
        spoil(&mut evidence);
        assert_eq!(refused(report(&bench, &order, &Outcome::Ready(evidence)).await), why);
        assert_eq!(state(&bench, order.serial).await, "produced");
    }
    let done = report(&bench, &order, &made()).await.unwrap();
    assert_eq!(done, Reported { repeated: false, card: "ready", request: "fulfilled" });
}

#[tokio::test]
async fn a_photo_that_was_written_must_be_read_back() {
    let bench = bench().await;
    approved(&bench, 1).await;
    let order = order(&bench, 1).await;
    let digests = Digests { photo: Some([1; 32]), ..DIGESTS };
    bench.office.attach(bench.authority, order.card, digests, &by("station")).await.unwrap();
    let without = report(&bench, &order, &made()).await;
    assert_eq!(refused(without), Refused::EvidenceDiffers { what: "photo" });
    let photo_sha256 = Some("01".repeat(32));
    let with = Outcome::Ready(wire::station::Evidence { photo_sha256, ..evidence() });
    assert!(report(&bench, &order, &with).await.is_ok());
}

#[tokio::test]
async fn the_same_report_twice_changes_nothing_and_another_is_refused() {
    let bench = bench().await;
    approved(&bench, 1).await;
    let order = ready(&bench, 1).await;
    let head = bench.store.head(bench.authority).await.unwrap();
    let again = report(&bench, &order, &made()).await.unwrap();
    assert_eq!(again, Reported { repeated: true, card: "ready", request: "fulfilled" });
    let spoiled = Outcome::Spoiled { reason: Spoilage::WriteRefused };
    assert_eq!(refused(report(&bench, &order, &spoiled).await), Refused::AlreadyReported);
    let other = Outcome::Ready(wire::station::Evidence { exchanges: 9, ..evidence() });
    assert_eq!(refused(report(&bench, &order, &other).await), Refused::AlreadyReported);
    assert_eq!(bench.store.head(bench.authority).await.unwrap(), head);
    let wrong = bench
        .office
        .report(bench.authority, order.card, blank(9).uid, &made(), &by("station"))
        .await;
    assert_eq!(refused(wrong), Refused::OtherChip);
    let late = Digests { record: [9; 32], photo: None };
    let late = bench.office.attach(bench.authority, order.card, late, &by("station")).await;
    assert!(matches!(refused(late), Refused::NotFromHere { from: "ready", .. }));
    assert!(matches!(claim(&bench, 1).await, Claimed::Refused(ChipRefusal::AlreadyACard)));
}

#[tokio::test]
async fn a_spoiled_chip_puts_the_request_back_and_is_never_used_again() {
    let bench = bench().await;
    approved(&bench, 2).await;
    let first = order(&bench, 1).await;
    let spoiled = Outcome::Spoiled { reason: Spoilage::KeysUnknown };
    let done = report(&bench, &first, &spoiled).await.unwrap();
    assert_eq!(done, Reported { repeated: false, card: "spoiled", request: "queued" });
    assert!(report(&bench, &first, &spoiled).await.unwrap().repeated);
    assert!(matches!(claim(&bench, 1).await, Claimed::Refused(ChipRefusal::Spoiled)));
    assert!(bench.office.check_chip(first.uid).await.unwrap().is_none());
    let second = order(&bench, 2).await;
    assert_eq!(second.request, first.request, "the request kept its place");
    assert_ne!(second.card, first.card);
    assert_ne!(second.serial, first.serial);
}

#[tokio::test]
async fn what_cannot_be_made_goes_back_and_frees_the_chip() {
    let bench = bench().await;
    approved(&bench, 2).await;
    let first = order(&bench, 1).await;
    let detail = "letter in the third line".to_owned();
    let outcome = Outcome::Unmakeable { reason: Unmakeable::GlyphMissing, detail };
    let done = report(&bench, &first, &outcome).await.unwrap();
    assert_eq!(done, Reported { repeated: false, card: "cancelled", request: "returned" });
    assert!(report(&bench, &first, &outcome).await.unwrap().repeated);
    let second = order(&bench, 1).await;
    assert_ne!(second.request, first.request);
    let rows = bench.office.history(bench.authority, first.serial).await.unwrap();
    assert!(rows.iter().any(|row| row.action == "card.unmakeable"));
    assert!(rows.iter().all(|row| !row.detail.to_string().contains("third line")));
}

#[tokio::test]
async fn a_new_card_ends_the_old_one_when_it_is_handed_over() {
    let bench = bench().await;
    let people = approved(&bench, 1).await;
    let old = active(&bench, 1).await;
    ask_and_approve(&bench, Kind::Damaged, &For::People(people)).await;
    let new = ready(&bench, 2).await;
    assert_eq!(state(&bench, old.serial).await, "active");
    let done = bench.office.hand_over(bench.authority, &[new.card], &by("desk")).await.unwrap();
    assert_eq!((done.active, done.replaced), (vec![new.card], vec![old.card]));
    assert_eq!(state(&bench, old.serial).await, "revoked");
    assert_eq!(state(&bench, new.serial).await, "active");
    let old = bench.office.card(bench.authority, old.serial).await.unwrap();
    assert_eq!(old.whereabouts, "collected");
}

#[tokio::test]
async fn an_expired_card_is_not_handed_over_and_does_not_hold() {
    let bench = bench().await;
    approved(&bench, 2).await;
    let used = active(&bench, 1).await;
    let waiting = ready(&bench, 2).await;
    bench.clock.forward(SignedDuration::from_hours(24 * 365 * 6));
    let standing = bench.office.check_chip(used.uid).await.unwrap().unwrap();
    assert!(!standing.valid && standing.printed.is_none());
    let late = bench.office.hand_over(bench.authority, &[waiting.card], &by("desk")).await.unwrap();
    assert_eq!(late.refused, [(waiting.card, Refused::AlreadyExpired)]);
    assert_eq!(bench.office.expire_due(bench.authority, &by("clock")).await.unwrap(), 2);
    assert_eq!(bench.office.expire_due(bench.authority, &by("clock")).await.unwrap(), 0);
    assert_eq!(state(&bench, used.serial).await, "expired");
}

#[tokio::test]
async fn a_check_by_qr_needs_number_and_code() {
    let bench = bench().await;
    approved(&bench, 1).await;
    let order = active(&bench, 1).await;
    let number = &order.details.card_number;
    let check = |number: String, code: String| {
        let office = &bench.office;
        async move { office.check_qr(&number, &code).await.unwrap() }
    };
    let Check::Card(good) = check(number.clone(), order.code4.clone()).await else {
        panic!("not found");
    };
    assert!(good.valid);
    let printed = good.printed.unwrap();
    assert!(!printed.card_number.contains(&order.details.personal_id));
    assert!(matches!(check(number.clone(), "????".to_owned()).await, Check::OtherCode));
    assert!(matches!(check(number.clone(), String::new()).await, Check::OtherCode));
    assert!(matches!(check("x".to_owned(), order.code4.clone()).await, Check::Unknown));
    let at = bench.authority;
    bench.office.lock(at, order.serial, LockReason::Lost, &by("guard")).await.unwrap();
    let Check::Card(locked) = check(number.clone(), order.code4.clone()).await else {
        panic!("not found");
    };
    assert!(!locked.valid && locked.printed.is_none());
    bench.office.revoke(at, order.serial, RevokeReason::Lost, &by("officer")).await.unwrap();
    let again = bench.office.unlock(at, order.serial, &by("officer")).await;
    assert!(matches!(refused(again), Refused::NotFromHere { from: "revoked", .. }));
}

#[tokio::test]
async fn another_authority_sees_nothing_of_it() {
    let bench = bench().await;
    approved(&bench, 1).await;
    let order = active(&bench, 1).await;
    let other = bench.office.ensure_authority("G02", "Bộ Khác", &by("admin")).await.unwrap();
    assert_eq!(refused(bench.office.card(other, order.serial).await), Refused::UnknownCard);
    let lock = bench.office.lock(other, order.serial, LockReason::Lost, &by("guard")).await;
    assert_eq!(refused(lock), Refused::UnknownCard);
    let done = bench.office.hand_over(other, &[order.card], &by("desk")).await.unwrap();
    assert_eq!(done.refused, [(order.card, Refused::UnknownCard)]);
    let claimed = bench.office.claim(other, &blank(1), &by("station")).await.unwrap();
    assert!(matches!(claimed, Claimed::Refused(ChipRefusal::AlreadyACard)));
    let report = bench.office.report(other, order.card, order.uid, &made(), &by("station")).await;
    assert_eq!(refused(report), Refused::UnknownCard);
}

#[tokio::test]
async fn erasing_a_person_leaves_the_history_whole() {
    let bench = bench().await;
    let people = approved(&bench, 2).await;
    let order = active(&bench, 1).await;
    let (office, at) = (&bench.office, bench.authority);
    assert_eq!(refused(office.erase(at, people[1], &by("dpo")).await), Refused::HasRequest);
    office.revoke(at, order.serial, RevokeReason::LeftService, &by("officer")).await.unwrap();
    office.erase(at, order.person, &by("dpo")).await.unwrap();
    office.erase(at, order.person, &by("dpo")).await.unwrap();
    let head = office.verify_chain(at).await.unwrap();
    assert_eq!(head, bench.store.head(at).await.unwrap());
    assert!(office.card(at, order.serial).await.unwrap().printed.is_none());
    let check = office.check_qr(&order.details.card_number, &order.code4).await.unwrap();
    assert!(matches!(check, Check::Unknown));
    let number = staff(0).personal_id;
    assert_eq!(office.known(at, &[number]).await.unwrap(), [None]);
    let whom = For::People(vec![order.person]);
    let batch = office.request(at, Kind::First, &whom, &by("hr")).await.unwrap();
    assert_eq!(batch.refused, [(order.person, Refused::Erased)]);
    // The same person may come back, as somebody new.
    let load = office.load(at, vec![entry(0)], OnChange::Propose, &by("clerk")).await.unwrap();
    assert_eq!(load.new.len(), 1);
}

#[tokio::test]
async fn nothing_personal_is_in_the_database_in_clear() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.sqlite");
    let bench = bench_on_file(&path, 1).await;
    approved(&bench, 3).await;
    let order = active(&bench, 1).await;
    let lock = LockReason::Inquiry;
    bench.office.lock(bench.authority, order.serial, lock, &by("guard")).await.unwrap();
    let (personal_id, number) = (&order.details.personal_id, &order.details.card_number);
    let files = std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|file| file.is_file()) {
        let bytes = std::fs::read(file).unwrap();
        for value in [personal_id, number, &order.details.full_name, &order.details.title] {
            let needle = value.as_bytes();
            assert!(!bytes.windows(needle.len()).any(|window| window == needle));
        }
    }
    let debug = format!("{order:?}");
    assert!(!debug.contains(personal_id.as_str()));
}

#[tokio::test]
async fn every_change_of_status_is_in_the_outbox_once() {
    let bench = bench().await;
    approved(&bench, 1).await;
    active(&bench, 1).await;
    let messages = bench.store.outbox(100).await.unwrap();
    let statuses: Vec<u64> = messages
        .iter()
        .map(|message| serde_json::from_str::<serde_json::Value>(&message.payload).unwrap())
        .map(|payload| payload["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [3, 3, 0], "begun, ready, active");
    let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
    bench.store.sent(&ids[..2], jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(bench.store.outbox(100).await.unwrap(), messages[2..]);
    assert_eq!(bench.office.counts(bench.authority).await.unwrap().unsent, 1);
}

#[tokio::test]
async fn two_processes_make_each_card_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.sqlite");
    let one = bench_on_file(&path, 1).await;
    approved(&one, 20).await;
    let two = bench_on_file(&path, 5).await;
    assert_eq!(one.authority, two.authority);
    let chips = |from: u8| (from..from + 10).map(blank).collect::<Vec<_>>();
    let run = |office: registry::Office, chips: Vec<wire::station::Chip>, name: &'static str| {
        let authority = one.authority;
        tokio::spawn(async move {
            let mut cards = Vec::new();
            for chip in chips {
                match office.claim(authority, &chip, &by(name)).await.unwrap() {
                    Claimed::Card(order) => cards.push((order.request, order.serial)),
                    other => panic!("{other:?}"),
                }
            }
            cards
        })
    };
    let (a, b) =
        (run(one.office.clone(), chips(0), "s-1"), run(two.office.clone(), chips(100), "s-2"));
    let mut made = a.await.unwrap();
    made.extend(b.await.unwrap());
    made.sort();
    made.dedup_by_key(|(request, _)| *request);
    assert_eq!(made.len(), 20);
    assert!(matches!(claim(&one, 200).await, Claimed::Idle));
    assert!(two.office.verify_chain(two.authority).await.is_ok());
}

#[tokio::test]
async fn a_tampered_history_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.sqlite");
    let bench = bench_on_file(&path, 1).await;
    load(&bench, 3).await;
    bench.office.verify_chain(bench.authority).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let change = "update history set actor = 'other' where seq = 2";
    let refused = sqlx::query(change).execute(&pool).await.unwrap_err().to_string();
    assert!(refused.contains("append-only"), "{refused}");
    let refused = sqlx::query("delete from history").execute(&pool).await.unwrap_err().to_string();
    assert!(refused.contains("append-only"), "{refused}");
    sqlx::raw_sql("drop trigger history_no_update").execute(&pool).await.unwrap();
    sqlx::query(change).execute(&pool).await.unwrap();
    let proof = bench.office.verify_chain(bench.authority).await;
    let Err(ChainError::Broken(broken)) = proof else { panic!("{proof:?}") };
    assert_eq!(broken, registry::history::Broken::Row { seq: 2 });
}

#[tokio::test]
async fn the_service_can_be_spawned() {
    fn send<T: Send>(future: T) -> T {
        future
    }
    let bench = bench().await;
    let (office, at, who) = (&bench.office, bench.authority, by("a"));
    send(office.load(at, Vec::new(), OnChange::Propose, &who)).await.unwrap();
    send(office.request(at, Kind::First, &For::EverybodyWithout, &who)).await.unwrap();
    send(office.claim(at, &blank(1), &who)).await.unwrap();
    send(office.hand_over(at, &[], &who)).await.unwrap();
    send(office.verify_chain(at)).await.unwrap();
}
