//! What the registry shows to those who decide, hand over, find, check and audit.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first trouble, as tests do")]

#[expect(dead_code, reason = "other tests use more of it")]
mod support;

use jiff::SignedDuration;
use profile::{Profile, QrField, QrFields};
use registry::card::{Digests, LockReason};
use registry::history::ACTIONS;
use registry::office::{About, Among, By, Error, For, OnChange, Search, StaffEntry, Which};
use registry::ports::{Batches, Clock as _};
use registry::request::{Kind, Lack, Return};
use registry::view::{Asked, Claimed, Inspected, Inspection, News, Order, Values};
use registry::{Note, Refused, TwoPeople};
use wire::station::{Outcome, Spoilage, Unmakeable};
use wire::{BatchId, CardSerial, PersonId, RequestId};

use support::{Bench, bench, bench_on_file, blank, by, entry, made, staff};

/// Name, unit and title of invented people; their numbers are their places.
const PEOPLE: [[&str; 3]; 5] = [
    ["Trần Thị Hà", "Vụ Pháp chế", "Chuyên viên"],
    ["Lê Văn Đức", "Ban Quản lý", "Trưởng ban"],
    ["Nguyễn Văn An", "Vụ Pháp chế", "Vụ trưởng"],
    ["Phạm Thị Ân", "Vụ Pháp chế", "Chuyên viên"],
    ["Bùi Hà", "Vụ Pháp chế", "Chuyên viên"],
];

fn someone(number: u32) -> StaffEntry {
    let [name, unit, title] = *PEOPLE.get(number as usize).unwrap();
    let mut entry = entry(number);
    entry.staff.full_name = name.parse().unwrap();
    entry.staff.employing_unit = unit.parse().unwrap();
    entry.staff.title = title.parse().unwrap();
    entry
}

/// Takes over what the list says, and gives the people who are new.
async fn load(bench: &Bench, entries: Vec<StaffEntry>) -> Vec<PersonId> {
    let clerk = by("clerk");
    bench.office.load(bench.authority, entries, OnChange::Apply, &clerk).await.unwrap().new
}

async fn everybody(bench: &Bench) -> Vec<PersonId> {
    load(bench, (0..5).map(someone).collect()).await
}

async fn ask(bench: &Bench, kind: Kind, people: &[PersonId]) -> BatchId {
    let whom = For::People(people.to_vec());
    let batch = bench.office.request(bench.authority, kind, &whom, &by("hr")).await.unwrap();
    assert!(batch.refused.is_empty(), "{:?}", batch.refused);
    batch.id
}

async fn approve(bench: &Bench, batch: BatchId) {
    let which = Which::Batch(batch);
    let done = bench.office.approve(bench.authority, &which, &by("chief")).await.unwrap();
    assert!(done.refused.is_empty(), "{:?}", done.refused);
}

async fn ready(bench: &Bench, chip: u8) -> Order {
    let (office, at, station) = (&bench.office, bench.authority, by("station"));
    let Claimed::Card(order) = office.claim(at, &blank(chip), &station).await.unwrap() else {
        panic!("no card");
    };
    let digests = Digests { record: [0; 32], photo: None };
    office.attach(at, order.card, digests, &station).await.unwrap();
    office.report(at, order.card, order.uid, &made(), &station).await.unwrap();
    *order
}

async fn active(bench: &Bench, chip: u8) -> Order {
    let order = ready(bench, chip).await;
    bench.office.hand_over(bench.authority, &[order.card], &by("desk")).await.unwrap();
    order
}

async fn page(bench: &Bench, batch: BatchId) -> Vec<Asked> {
    bench.office.batch_page(bench.authority, batch, None, 100).await.unwrap()
}

fn ids(asked: &[Asked]) -> Vec<RequestId> {
    asked.iter().map(|asked| asked.id).collect()
}

fn note(text: &str) -> Note {
    Note::new(text).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Refused {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn batches_that_wait_are_listed_until_all_is_decided() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    let before = bench.clock.now();
    let first = ask(&bench, Kind::First, &people[..2]).await;
    bench.clock.forward(SignedDuration::from_mins(5));
    let second = ask(&bench, Kind::Transfer, &people[2..]).await;
    let (office, at) = (&bench.office, bench.authority);

    let waiting = Batches::Waiting { after: None, limit: 10 };
    let open = office.batches(at, waiting).await.unwrap();
    assert_eq!(open.iter().map(|batch| batch.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!(open[0].requester.as_str(), "hr");
    assert_eq!((open[0].kind, open[1].kind), (Kind::First, Kind::Transfer));
    assert_eq!(open[0].submitted_at, before);
    assert_eq!(open[1].submitted_at, before + SignedDuration::from_mins(5));
    assert_eq!((open[0].requests, open[0].waiting()), (2, 2));
    assert_eq!(office.counts(at).await.unwrap().batches_waiting, 2);
    let rest = office.batches(at, Batches::Waiting { after: Some(first), limit: 10 }).await;
    assert_eq!(rest.unwrap(), open[1..]);

    approve(&bench, first).await;
    assert_eq!(office.batches(at, waiting).await.unwrap(), open[1..]);
    let now = office.batch(at, first).await.unwrap();
    assert_eq!((now.requests, now.waiting(), now.states["approved"]), (2, 0, 2));
    assert_eq!(office.counts(at).await.unwrap().batches_waiting, 1);

    let newest = |before| async move {
        let page = office.batches(at, Batches::Newest { before, limit: 1 }).await.unwrap();
        page.into_iter().map(|batch| batch.id).collect::<Vec<_>>()
    };
    assert_eq!(newest(None).await, [second]);
    assert_eq!(newest(Some(second)).await, [first]);
    assert_eq!(newest(Some(first)).await, []);
    let unknown = office.batch(at, BatchId(uuid::Uuid::nil())).await;
    assert_eq!(refused(unknown), Refused::UnknownRequest);
}

#[tokio::test]
async fn counts_follow_what_another_process_commits() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.sqlite");
    let one = bench_on_file(&path, 1).await;
    let two = bench_on_file(&path, 2).await;
    let at = one.authority;
    assert_eq!(two.office.counts(at).await.unwrap().people, 0);
    let people = everybody(&one).await;
    assert_eq!(two.office.counts(at).await.unwrap().people, 5);
    ask(&two, Kind::First, &people).await;
    for bench in [&one, &two] {
        let counts = bench.office.counts(at).await.unwrap();
        assert_eq!((counts.requests_in("submitted"), counts.batches_waiting), (5, 1));
        assert_eq!(bench.office.counts(at).await.unwrap(), counts);
    }
}

#[tokio::test]
async fn pages_of_a_batch_join_and_show_no_whole_number() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    let batch = ask(&bench, Kind::First, &people).await;
    let all = page(&bench, batch).await;
    let (office, at) = (&bench.office, bench.authority);
    let mut joined = Vec::new();
    let mut after = None;
    loop {
        let part = office.batch_page(at, batch, after, 2).await.unwrap();
        let Some(last) = part.last() else { break };
        after = Some(last.id);
        joined.extend(ids(&part));
    }
    assert_eq!(joined, ids(&all));
    assert_eq!(ids(&office.asked_in(at, "submitted", None, 9).await.unwrap()), ids(&all));
    assert_eq!(all[0].printed.as_ref().unwrap().full_name, "Trần Thị Hà");
    assert!(all.iter().all(|asked| asked.news == News::Person && asked.photo && asked.as_asked));
    let shown = serde_json::to_string(&all).unwrap();
    assert!(!shown.contains("001085000"), "{shown}");
}

#[tokio::test]
async fn a_person_who_changed_before_the_first_card_is_shown_with_what_changed() {
    let bench = bench().await;
    let people = load(&bench, vec![someone(0)]).await;
    let mut other = someone(0);
    other.staff.title = "Phó Vụ trưởng".parse().unwrap();
    other.staff.email = Some("ha@example.vn".parse().unwrap());
    load(&bench, vec![other]).await;
    let batch = ask(&bench, Kind::First, &people).await;
    let asked = page(&bench, batch).await;
    let News::Since(differences) = &asked[0].news else { panic!("{:?}", asked[0].news) };
    assert_eq!(differences[0].field, "title");
    let values =
        Values { before: "Chuyên viên".to_owned(), after: "Phó Vụ trưởng".to_owned() };
    assert_eq!(differences[0].values, Some(values));
    assert_eq!((differences[1].field, &differences[1].values), ("email", &None));
}

#[tokio::test]
async fn a_replacement_is_shown_beside_what_the_last_card_bears() {
    let bench = bench().await;
    let people = load(&bench, vec![someone(0)]).await;
    approve(&bench, ask(&bench, Kind::First, &people).await).await;
    let old = active(&bench, 1).await;
    let same = ask(&bench, Kind::Damaged, &people).await;
    let asked = page(&bench, same).await;
    assert_eq!(asked[0].news, News::Since(Vec::new()));
    bench.office.cancel(bench.authority, asked[0].id, &by("hr")).await.unwrap();

    let mut other = someone(0);
    other.staff.employing_unit = "Thanh tra".parse().unwrap();
    other.staff.card_type = profile::CardType::VC;
    load(&bench, vec![other]).await;
    let batch = ask(&bench, Kind::DataChanged, &people).await;
    let asked = page(&bench, batch).await;
    let News::Since(differences) = &asked[0].news else { panic!("{:?}", asked[0].news) };
    let fields: Vec<_> = differences.iter().map(|difference| difference.field).collect();
    assert_eq!(fields, ["card_type", "card_number", "employing_unit"]);
    assert_eq!(differences[1].values, None, "a number is only said to have changed");
    assert_eq!(differences[2].values.as_ref().unwrap().before, "Vụ Pháp chế");

    // The first request goes on to tell which card it became.
    let first = bench.office.asked_for(bench.authority, old.request).await.unwrap();
    assert_eq!((first.state, first.card), ("fulfilled", Some(old.serial)));
}

#[tokio::test]
async fn who_asked_neither_gives_back_nor_rejects_and_nobody_decides_on_the_own_card() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    let batch = ask(&bench, Kind::First, &people).await;
    let (office, at, which) = (&bench.office, bench.authority, Which::Batch(batch));
    let two = Refused::SamePerson(TwoPeople::RequestAndApprove);
    let back = office.give_back(at, &which, Lack::Photo, None, &by("hr")).await.unwrap();
    assert!(back.done.is_empty() && back.refused.iter().all(|(_, why)| *why == two));
    let rejected = office.reject(at, &which, Lack::Twice, None, &by("hr")).await.unwrap();
    assert!(rejected.done.is_empty() && rejected.refused.len() == 5);
    let asked = page(&bench, batch).await;
    let single = Which::Requests(vec![asked[0].id]);
    let approved = office.approve(at, &single, &by("hr")).await.unwrap();
    assert_eq!(approved.refused, [(asked[0].id, two)]);

    let holder = By { person: Some(people[0]), ..by("chief") };
    let own = office.give_back(at, &single, Lack::Photo, None, &holder).await.unwrap();
    assert_eq!(own.refused, [(asked[0].id, Refused::OwnCard)]);
    let own = office.reject(at, &single, Lack::Photo, None, &holder).await.unwrap();
    assert_eq!(own.refused, [(asked[0].id, Refused::OwnCard)]);
    assert_eq!(office.batch(at, batch).await.unwrap().waiting(), 5);
}

#[tokio::test]
async fn single_people_are_taken_out_and_the_others_are_approved() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    let batch = ask(&bench, Kind::First, &people).await;
    let (office, at, chief) = (&bench.office, bench.authority, by("chief"));
    let asked = page(&bench, batch).await;
    let out = Which::Requests(vec![asked[1].id, asked[1].id]);
    let why = note("Ảnh quá mờ, số 001085000001 không rõ");
    let done = office.give_back(at, &out, Lack::Photo, Some(&why), &chief).await.unwrap();
    assert_eq!(done.done, [asked[1].id]);
    let some = Which::Requests(vec![asked[0].id, asked[2].id]);
    let done = office.approve(at, &some, &chief).await.unwrap();
    assert_eq!(done.approved, [asked[0].id, asked[2].id]);
    let again = office.give_back(at, &out, Lack::Photo, None, &chief).await.unwrap();
    assert!(matches!(again.refused[0].1, Refused::NotFromHere { from: "returned", .. }));

    let batch = office.batch(at, batch).await.unwrap();
    assert_eq!((batch.waiting(), batch.states["approved"], batch.states["returned"]), (2, 2, 1));
    let back = office.asked_for(at, asked[1].id).await.unwrap();
    assert_eq!(back.returned, Some(Return::Lacking(Lack::Photo)));
    assert_eq!(back.note.as_deref(), Some("Ảnh quá mờ, số •••••••••001 không rõ"));
    let approved = office.asked_for(at, asked[0].id).await.unwrap();
    assert_eq!(approved.approver, Some(chief.actor.clone()));
    // The way is free for a new request, which has no note of its own.
    let again = ask(&bench, Kind::First, &people[1..2]).await;
    assert_eq!(page(&bench, again).await[0].note, None);
}

#[tokio::test]
async fn a_batch_is_rejected_for_good_and_an_approved_one_only_given_back() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    let (office, at, chief) = (&bench.office, bench.authority, by("chief"));
    let first = ask(&bench, Kind::First, &people[..2]).await;
    let why = note("Không thuộc đối tượng cấp thẻ");
    let which = Which::Batch(first);
    let done = office.reject(at, &which, Lack::NotEntitled, Some(&why), &chief).await.unwrap();
    assert_eq!(done.done.len(), 2);
    let asked = page(&bench, first).await;
    assert!(asked.iter().all(|asked| asked.state == "rejected"));
    assert_eq!(asked[0].rejected, Some(Lack::NotEntitled));
    assert_eq!(asked[1].note.as_deref(), Some(why.as_str()));

    let second = ask(&bench, Kind::First, &people[2..]).await;
    approve(&bench, second).await;
    let requests = ids(&page(&bench, second).await);
    let which = Which::Requests(requests.clone());
    let late = office.reject(at, &which, Lack::Twice, None, &chief).await.unwrap();
    assert!(matches!(late.refused[0].1, Refused::NotFromHere { from: "approved", .. }));
    let order = ready(&bench, 1).await;
    let back = office.give_back(at, &which, Lack::Title, None, &chief).await.unwrap();
    assert_eq!(back.done.len(), 2, "the one that is made already stays");
    assert_eq!(back.refused[0].0, order.request);
    let nothing = Which::Batch(BatchId(uuid::Uuid::nil()));
    let nothing = office.give_back(at, &nothing, Lack::Title, None, &chief).await;
    assert_eq!(refused(nothing), Refused::UnknownRequest);
}

#[tokio::test]
async fn what_officers_write_is_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.sqlite");
    let bench = bench_on_file(&path, 1).await;
    let people = everybody(&bench).await;
    let batch = ask(&bench, Kind::First, &people).await;
    let (office, at, chief) = (&bench.office, bench.authority, by("chief"));
    let words = note("chuyện riêng tư của một người");
    let which = Which::Batch(batch);
    office.give_back(at, &which, Lack::Other, Some(&words), &chief).await.unwrap();
    office.unmask(at, people[0], &words, &by("hr")).await.unwrap();
    let files = std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|file| file.is_file()) {
        let bytes = std::fs::read(file).unwrap();
        for needle in ["riêng tư".as_bytes(), b"001085000000"] {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle));
        }
    }
}

#[tokio::test]
async fn ready_cards_are_listed_by_unit_and_given_name() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    approve(&bench, ask(&bench, Kind::First, &people).await).await;
    let (office, at) = (&bench.office, bench.authority);
    let mut orders = Vec::new();
    for chip in 1..=5 {
        orders.push(ready(&bench, chip).await);
    }
    let units = office.ready_units(at).await.unwrap();
    let units: Vec<_> = units.iter().map(|unit| (unit.name.as_str(), unit.cards)).collect();
    assert_eq!(units, [("Ban Quản lý", 1), ("Vụ Pháp chế", 4)]);
    let cards = office.ready_cards(at, Some("Vụ Pháp chế")).await.unwrap();
    let names: Vec<_> = cards.iter().map(|card| card.full_name.as_str()).collect();
    assert_eq!(names, ["Nguyễn Văn An", "Phạm Thị Ân", "Bùi Hà", "Trần Thị Hà"]);
    assert_eq!(cards[0].approver.as_str(), "chief");
    assert_eq!(cards[0].ready_at, Some(bench.clock.now()));
    assert!(cards[0].collect_by.unwrap() > jiff::civil::date(2026, 11, 19));
    assert_eq!(office.ready_cards(at, None).await.unwrap().len(), 5);
    assert_eq!(office.ready_cards(at, Some("Vụ")).await.unwrap(), []);

    let all: Vec<_> = cards.iter().map(|card| card.id).collect();
    let own = office.hand_over(at, &all, &by("chief")).await.unwrap();
    assert!(
        own.refused
            .iter()
            .all(|(_, why)| { *why == Refused::SamePerson(TwoPeople::ApproveAndActivate) })
    );
    office.hand_over(at, &all, &by("desk")).await.unwrap();
    assert_eq!(office.ready_units(at).await.unwrap().len(), 1);
    assert_eq!(office.counts(at).await.unwrap().cards_in("ready"), 1);
}

fn search(name: &str) -> Search<'_> {
    Search { among: Among::Everybody, name, window: None, skip: 0, limit: 50 }
}

async fn found(bench: &Bench, search: Search<'_>) -> Vec<String> {
    let found = bench.office.search(bench.authority, &search).await.unwrap();
    let name = |row: registry::view::PersonRow| row.person.printed.unwrap().full_name;
    found.people.into_iter().map(name).collect()
}

#[tokio::test]
async fn people_are_found_by_parts_of_names_and_sorted_by_given_name() {
    let bench = bench().await;
    everybody(&bench).await;
    let all = ["Nguyễn Văn An", "Phạm Thị Ân", "Lê Văn Đức", "Bùi Hà", "Trần Thị Hà"];
    assert_eq!(found(&bench, search("")).await, all);
    assert_eq!(found(&bench, search("van")).await, ["Nguyễn Văn An", "Lê Văn Đức"]);
    assert_eq!(found(&bench, search("HÀ")).await, ["Bùi Hà", "Trần Thị Hà"]);
    assert_eq!(found(&bench, search("le v duc")).await, ["Lê Văn Đức"]);
    assert_eq!(found(&bench, search("x")).await, [""; 0]);
    let part = Search { skip: 1, limit: 2, ..search("") };
    assert_eq!(found(&bench, part).await, all[1..3]);
    let whole = bench.office.search(bench.authority, &part).await.unwrap();
    assert_eq!((whole.matches, whole.scanned, whole.next), (5, 5, None));
}

#[tokio::test]
async fn people_without_a_card_are_those_with_nothing_going_on() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    approve(&bench, ask(&bench, Kind::First, &people[..1]).await).await;
    let order = active(&bench, 1).await;
    ask(&bench, Kind::First, &people[1..2]).await;
    let without = Search { among: Among::WithoutCard, ..search("") };
    assert_eq!(found(&bench, without).await, ["Nguyễn Văn An", "Phạm Thị Ân", "Bùi Hà"]);
    let all = bench.office.search(bench.authority, &search("")).await.unwrap().people;
    assert_eq!((all[4].card, all[4].request), (Some((order.serial, "active")), None));
    assert_eq!((all[2].card, all[2].request), (None, Some("submitted")));
}

#[tokio::test]
async fn a_list_longer_than_a_window_goes_on_in_the_next() {
    let bench = bench().await;
    for from in [0, 5_000, 10_000] {
        let many = (from..from + 5_000).map(|n| StaffEntry { staff: staff(n), photo: None });
        load(&bench, many.take(if from == 10_000 { 7 } else { 5_000 }).collect()).await;
    }
    let (office, at) = (&bench.office, bench.authority);
    let first = office.search(at, &search("mau")).await.unwrap();
    assert_eq!((first.scanned, first.matches, first.people.len()), (10_000, 10_000, 50));
    let next = Search { window: first.next, ..search("mau") };
    assert!(next.window.is_some());
    let last = office.search(at, &next).await.unwrap();
    assert_eq!((last.scanned, last.matches, last.next), (7, 7, None));
}

#[tokio::test]
async fn a_person_is_found_by_number_and_shown_with_cards_and_requests() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    approve(&bench, ask(&bench, Kind::First, &people[..1]).await).await;
    let order = active(&bench, 1).await;
    let open = ask(&bench, Kind::Damaged, &people[..1]).await;
    let (office, at) = (&bench.office, bench.authority);
    let number = staff(0).personal_id;
    assert_eq!(office.person_by_number(at, &number).await.unwrap(), Some(people[0]));
    assert_eq!(office.person_by_number(at, &staff(9).personal_id).await.unwrap(), None);

    let file = office.person(at, people[0]).await.unwrap();
    assert_eq!(file.cards.len(), 1);
    assert_eq!(file.cards[0].serial, order.serial);
    let states: Vec<_> = file.requests.iter().map(|asked| (asked.batch, asked.state)).collect();
    assert_eq!(states[0], (open, "submitted"));
    assert_eq!(states[1].1, "fulfilled");
    let record = file.record.as_ref().unwrap();
    assert_eq!((record.birth.as_str(), record.sex.as_str()), ("1985-06-15", "male"));
    let shown = serde_json::to_string(&file).unwrap();
    assert!(!shown.contains(number.expose()), "{shown}");
    let nobody = office.person(at, PersonId(uuid::Uuid::nil())).await;
    assert_eq!(refused(nobody), Refused::UnknownPerson);
}

#[tokio::test]
async fn whole_numbers_are_shown_only_after_history_learned_why() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    let (office, at, why) = (&bench.office, bench.authority, note("đối chiếu hồ sơ giấy"));
    let before = bench.store.head(at).await.unwrap().seq;
    let shown = office.unmask(at, people[2], &why, &by("hr")).await.unwrap();
    assert_eq!(shown.personal_id, staff(2).personal_id.expose());
    assert!(shown.card_number.contains(&shown.personal_id));
    assert_eq!(format!("{shown:?}"), "Unmasked(..)");
    assert_eq!(bench.store.head(at).await.unwrap().seq, before + 1);
    let trail = office.trail(at, About::Person(people[2])).await.unwrap();
    let looked = trail.last().unwrap();
    assert_eq!(looked.happening.action, "person.looked");
    assert_eq!(looked.happening.actor.as_str(), "hr");
    assert_eq!(looked.note.as_deref(), Some(why.as_str()));
    assert_eq!(looked.fields, ["personal_id", "card_number"]);
    office.erase(at, people[2], &by("dpo")).await.unwrap();
    assert_eq!(refused(office.unmask(at, people[2], &why, &by("hr")).await), Refused::Erased);
    let trail = office.trail(at, About::Person(people[2])).await.unwrap();
    assert!(trail.iter().all(|trace| trace.note.is_none() && trace.full_name.is_none()));
    let file = office.person(at, people[2]).await.unwrap();
    assert!(file.record.is_none() && file.person.printed.is_none());
}

#[tokio::test]
async fn time_lines_say_who_did_what_when_and_why() {
    let bench = bench().await;
    let people = load(&bench, vec![someone(0)]).await;
    let batch = ask(&bench, Kind::First, &people).await;
    approve(&bench, batch).await;
    let order = active(&bench, 1).await;
    let (office, at) = (&bench.office, bench.authority);
    bench.clock.forward(SignedDuration::from_hours(1));
    office.lock(at, order.serial, LockReason::Inquiry, &by("guard")).await.unwrap();

    let card = office.trail(at, About::Card(order.serial)).await.unwrap();
    let actions: Vec<_> = card.iter().map(|trace| trace.happening.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "card.begun",
            "card.record_attached",
            "card.read_back",
            "card.readied",
            "card.activated",
            "card.locked"
        ]
    );
    let locked = card.last().unwrap();
    assert_eq!(locked.happening.actor.as_str(), "guard");
    assert_eq!(locked.happening.at, bench.clock.now());
    assert_eq!((locked.from.as_deref(), locked.to.as_deref()), (Some("active"), Some("locked")));
    assert_eq!(locked.reason.as_deref(), Some("inquiry"));
    assert_eq!((locked.card, locked.person), (Some(order.serial), Some(people[0])));
    assert_eq!(locked.full_name.as_deref(), Some("Trần Thị Hà"));
    assert_eq!(card[0].facts["valid_through"], order.valid_through.to_string());

    let request = office.trail(at, About::Request(order.request)).await.unwrap();
    assert_eq!(request[0].happening.action, "request.drafted");
    assert!(request.iter().any(|trace| trace.happening.action == "request.fulfilled"));
    let person = office.trail(at, About::Person(people[0])).await.unwrap();
    assert_eq!(person[0].happening.action, "person.added");
    assert!(person.len() > request.len());
    let shown = serde_json::to_string(&person).unwrap();
    assert!(!shown.contains(staff(0).personal_id.expose()), "{shown}");

    let nil = uuid::Uuid::nil();
    for (about, why) in [
        (About::Card(CardSerial::from_random(1)), Refused::UnknownCard),
        (About::Person(PersonId(nil)), Refused::UnknownPerson),
        (About::Request(RequestId(nil)), Refused::UnknownRequest),
    ] {
        assert_eq!(refused(office.trail(at, about).await), why);
    }
}

#[tokio::test]
async fn the_whole_chain_is_paged_from_its_end_and_every_action_is_known() {
    let bench = bench().await;
    let people = everybody(&bench).await;
    let mut other = someone(4);
    other.staff.title = "Thanh tra viên".parse().unwrap();
    load(&bench, vec![other]).await;
    let (office, at) = (&bench.office, bench.authority);
    approve(&bench, ask(&bench, Kind::First, &people).await).await;
    active(&bench, 1).await;
    for (chip, outcome) in [
        (2, Outcome::Spoiled { reason: Spoilage::NotBlank }),
        (
            3,
            Outcome::Unmakeable {
                reason: Unmakeable::GlyphMissing,
                detail: "chữ thứ ba".to_owned(),
            },
        ),
    ] {
        let station = by("station");
        let Claimed::Card(order) = office.claim(at, &blank(chip), &station).await.unwrap() else {
            panic!("no card");
        };
        office.report(at, order.card, order.uid, &outcome, &station).await.unwrap();
    }
    let mut seqs = Vec::new();
    let mut before = None;
    loop {
        let page = office.trail_back(at, before, 7).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.happening.seq);
        for trace in page {
            assert!(ACTIONS.contains(&trace.happening.action.as_str()), "{trace:?}");
            match trace.happening.action.as_str() {
                "card.unmakeable" => {
                    assert_eq!(trace.note.as_deref(), Some("chữ thứ ba"));
                    assert_eq!(trace.reason.as_deref(), Some("glyph_missing"));
                }
                "request.returned" => {
                    assert_eq!(trace.reason.as_deref(), Some("unmakeable-glyph_missing"));
                }
                "card.spoilage" => assert_eq!(trace.reason.as_deref(), Some("not_blank")),
                "person.changed" => assert_eq!(trace.fields, ["title"]),
                _ => {}
            }
            seqs.push(trace.happening.seq);
        }
    }
    let end = bench.store.head(at).await.unwrap().seq;
    assert_eq!(seqs, (1..=end).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_card_page_names_everybody_and_shows_the_evidence() {
    let bench = bench().await;
    let people = load(&bench, vec![someone(0)]).await;
    let batch = ask(&bench, Kind::First, &people).await;
    bench.clock.forward(SignedDuration::from_mins(1));
    let approved_at = bench.clock.now();
    approve(&bench, batch).await;
    let (office, at) = (&bench.office, bench.authority);
    let order = ready(&bench, 1).await;
    let file = office.card_file(at, order.serial).await.unwrap();
    assert_eq!((file.card.state, file.handed_over.as_ref()), ("ready", None));
    office.hand_over(at, &[order.card], &by("desk")).await.unwrap();
    let file = office.card_file(at, order.serial).await.unwrap();
    let who = |done: &Option<registry::view::Done>| done.as_ref().unwrap().by.to_string();
    assert_eq!(who(&file.requested), "hr");
    assert_eq!(who(&file.approved), "chief");
    assert_eq!(file.approved.as_ref().unwrap().at, approved_at);
    assert_eq!((who(&file.begun), who(&file.readied)), ("station".into(), "station".into()));
    assert_eq!(who(&file.handed_over), "desk");
    assert_eq!((file.batch, file.kind), (batch, Kind::First));
    let intended = file.intended.as_ref().unwrap();
    assert_eq!(file.evidence.as_ref().unwrap().record_sha256, intended.record_sha256);
    let shown = serde_json::to_string(&file).unwrap();
    assert!(!shown.contains(&order.details.personal_id), "{shown}");
}

#[tokio::test]
async fn faces_are_drawn_again_from_what_was_printed() {
    let bench = bench().await;
    let people = load(&bench, vec![someone(0)]).await;
    let (office, at) = (&bench.office, bench.authority);
    let preview = office.preview(at, people[0]).await.unwrap();
    assert_eq!(preview.details.full_name, "Trần Thị Hà");
    assert_eq!(preview.portrait.print, [0; 64]);
    approve(&bench, ask(&bench, Kind::First, &people).await).await;
    let order = active(&bench, 1).await;
    assert_eq!(preview.valid_through, order.valid_through);
    let mut other = someone(0);
    other.staff.title = "Vụ trưởng".parse().unwrap();
    load(&bench, vec![other]).await;
    let face = office.face_of(at, order.serial).await.unwrap();
    assert_eq!(face.details, order.details);
    assert_eq!((&face.code4, face.valid_through), (&order.code4, order.valid_through));
    assert_eq!(face.portrait, order.portrait);
    assert_eq!(office.portrait(at, people[0]).await.unwrap(), order.portrait);
    let other = office.ensure_authority("G02", "Bộ Khác", &by("admin")).await.unwrap();
    assert_eq!(refused(office.face_of(other, order.serial).await), Refused::UnknownCard);
    assert_eq!(refused(office.preview(other, people[0]).await), Refused::UnknownPerson);
}

/// The text of the card's QR, with another title where one is given.
fn qr(order: &Order, title: &str) -> String {
    let fields = QrFields {
        code4: &order.code4,
        card_number: &order.details.card_number.parse().unwrap(),
        full_name: &order.details.full_name,
        birth: order.details.birth.parse().unwrap(),
        sex: profile::Sex::Male,
        title,
        employing_unit: "VỤ PHÁP CHẾ",
    };
    Profile::qd838().qr_payload(&fields, 600).unwrap().text.to_string()
}

async fn inspect(bench: &Bench, text: &str) -> Box<Inspected> {
    let read = Profile::qd838().parse_qr(text).unwrap();
    match bench.office.compare_qr(&read).await.unwrap() {
        Inspection::Card(inspected) => inspected,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn scanned_fields_that_are_not_printed_are_named() {
    let bench = bench().await;
    let people = load(&bench, vec![someone(0)]).await;
    approve(&bench, ask(&bench, Kind::First, &people).await).await;
    let order = active(&bench, 1).await;
    let genuine = qr(&order, "Chuyên viên");
    let seen = inspect(&bench, &genuine).await;
    assert!(seen.may_be_accepted(), "{:?}", seen.differs);
    assert_eq!((seen.authority, seen.person), (bench.authority, people[0]));

    let seen = inspect(&bench, &qr(&order, "Bộ trưởng")).await;
    assert_eq!(seen.differs, [QrField::Title]);
    assert!(seen.standing.valid && !seen.may_be_accepted());
    let other =
        genuine.replace("Hà", "Hạ").replace("15/06/1985", "15/06/1986").replace("Nam", "Nữ");
    let seen = inspect(&bench, &other).await;
    assert_eq!(seen.differs, [QrField::FullName, QrField::Birth, QrField::Sex]);

    let mut read = Profile::qd838().parse_qr(&genuine).unwrap();
    read.code4 = "????".to_owned();
    let copied = bench.office.compare_qr(&read).await.unwrap();
    assert!(matches!(copied, Inspection::OtherCode), "{copied:?}");
    read.card_number = staff(7).card_number();
    let unknown = bench.office.compare_qr(&read).await.unwrap();
    assert!(matches!(unknown, Inspection::Unknown), "{unknown:?}");
}

#[tokio::test]
async fn an_officer_sees_whose_locked_card_it_is_and_why_and_the_public_does_not() {
    let bench = bench().await;
    let people = load(&bench, vec![someone(0)]).await;
    approve(&bench, ask(&bench, Kind::First, &people).await).await;
    let order = active(&bench, 1).await;
    let (office, at) = (&bench.office, bench.authority);
    office.lock(at, order.serial, LockReason::Stolen, &by("guard")).await.unwrap();
    let by_qr = inspect(&bench, &qr(&order, "Chuyên viên")).await;
    let by_chip = office.inspect_chip(order.uid).await.unwrap().unwrap();
    for seen in [&*by_qr, &by_chip] {
        assert!(!seen.may_be_accepted());
        assert_eq!((seen.standing.state, seen.locked), ("locked", Some(LockReason::Stolen)));
        assert_eq!(seen.printed.as_ref().unwrap().full_name, "Trần Thị Hà");
        assert!(seen.standing.printed.is_none());
    }
    assert!(office.inspect_chip(blank(9).uid).await.unwrap().is_none());
}
