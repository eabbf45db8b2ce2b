//! The approver's pages and interface, over a real registry.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use access::Role;
use axum::http::{Method, StatusCode};
use profile::StaffInput;
use registry::office::OnChange;
use serde_json::{Value, json};
use support::{Browser, World, by, entry_of, input};
use wire::PersonId;

/// A world in which `hr` has asked for cards for people of these names.
async fn asked(names: &[&str]) -> (World, Vec<PersonId>, String) {
    let world = World::new().await;
    let mut people = Vec::new();
    for (number, name) in (1..).zip(names) {
        let input = StaffInput { full_name: (*name).to_owned(), ..input(number) };
        people.extend(world.people(vec![entry_of(&input, number)]).await);
    }
    let batch = world.asked(&people).await;
    let path = format!("/batches/{}", batch.id);
    (world, people, path)
}

/// What the rows of a page say they were: the values of the fields `seen`.
fn seen(body: &str) -> Vec<String> {
    let mark = "name=\"seen\" value=\"";
    body.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

fn request(seen: &str) -> &str {
    seen.split(':').next().unwrap()
}

async fn states(browser: &mut Browser, path: &str) -> Value {
    let batch = browser.get(&format!("/v1{path}?all=true")).await;
    assert_eq!(batch.status, StatusCode::OK, "{}", batch.body);
    batch.json()["batch"]["states"].clone()
}

#[tokio::test]
async fn a_batch_shows_faces_names_in_vietnamese_order_and_no_whole_number() {
    let (world, people, path) = asked(&["Trần Văn Ước", "Lê Thị Ánh", "Nguyễn Văn Đức"]).await;
    let mut approver = world.signed_in(Role::Approver).await;
    let list = approver.get("/batches").await;
    assert!(list.body.contains("3 chờ duyệt · cấp lần đầu"), "{}", list.body);
    let page = approver.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    let place = |text: &str| page.body.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("Lê Thị Ánh") < place("Nguyễn Văn Đức"));
    assert!(place("Nguyễn Văn Đức") < place("Trần Văn Ước"));
    let face = format!("/faces/proof/{}/{}/front", world.authority, people[0]);
    assert!(page.body.contains(&face));
    assert!(page.body.contains("Người mới"));
    assert!(!page.body.contains("001085"), "a number is shown");
    assert_eq!(seen(&page.body).len(), 3);
    let picture = approver.get(&face).await;
    assert_eq!(picture.status, StatusCode::OK);
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn ticked_people_go_back_with_a_reason_and_the_others_are_approved() {
    let (world, _, path) = asked(&["Lê Thị Ánh", "Nguyễn Văn Đức", "Trần Văn Ước"]).await;
    let mut approver = world.signed_in(Role::Approver).await;
    let rows = seen(&approver.get(&path).await.body);
    let decide = format!("{path}/decide");
    let mut fields: Vec<(&str, &str)> = rows.iter().map(|row| ("seen", row.as_str())).collect();
    fields.extend([("out", request(&rows[1])), ("do", "approve"), ("note", "chụp lại")]);
    // Without a reason nothing is done, and nothing typed or ticked is lost.
    let page = approver.post(&decide, &fields).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("Chọn một lý do để trả lại."));
    assert!(page.body.contains("chụp lại"));
    assert_eq!(page.body.matches(" checked").count(), 1);
    assert_eq!(states(&mut approver, &path).await, json!({ "submitted": 3 }));

    fields.push(("reason", "photo"));
    let page = approver.submit(&decide, &fields).await;
    assert!(page.body.contains("Đã duyệt 2 đề nghị, trả lại 1."), "{}", page.body);
    assert_eq!(states(&mut approver, &path).await, json!({ "approved": 2, "returned": 1 }));
    let all = approver.get(&format!("{path}?show=all")).await;
    assert!(all.body.contains("ảnh không đạt để in") && all.body.contains("chụp lại"));
}

#[tokio::test]
async fn only_the_ticked_go_back_when_nothing_is_approved() {
    let (world, _, path) = asked(&["Lê Thị Ánh", "Nguyễn Văn Đức"]).await;
    let mut approver = world.signed_in(Role::Approver).await;
    let rows = seen(&approver.get(&path).await.body);
    let decide = format!("{path}/decide");
    let nobody = approver.post(&decide, &[("do", "return"), ("reason", "photo")]).await;
    assert_eq!(nobody.status, StatusCode::BAD_REQUEST);
    assert!(nobody.body.contains("Chưa đánh dấu ai."));
    let fields = [("do", "return"), ("reason", "twice"), ("out", request(&rows[0]))];
    approver.submit(&decide, &fields).await;
    assert_eq!(states(&mut approver, &path).await, json!({ "submitted": 1, "returned": 1 }));
}

#[tokio::test]
async fn who_changed_after_the_page_was_opened_is_refused_and_named() {
    let (world, _, path) = asked(&["Lê Thị Ánh", "Nguyễn Văn Đức"]).await;
    let mut approver = world.signed_in(Role::Approver).await;
    let rows = seen(&approver.get(&path).await.body);
    let batch = approver.get(&format!("/v1{path}")).await.json();
    let changed = StaffInput {
        full_name: "Nguyễn Văn Đức".to_owned(),
        title: "Trưởng phòng".to_owned(),
        ..input(2)
    };
    let entry = entry_of(&changed, 2);
    let loader = by("loader");
    world.office.load(world.authority, vec![entry], OnChange::Apply, &loader).await.unwrap();

    let fields: Vec<(&str, &str)> =
        rows.iter().map(|row| ("seen", row.as_str())).chain([("do", "approve")]).collect();
    let page = approver.post(&format!("{path}/decide"), &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Đã duyệt 1 đề nghị."));
    assert!(page.body.contains("Nguyễn Văn Đức") && page.body.contains("sau khi trang được mở"));
    assert_eq!(states(&mut approver, &path).await, json!({ "approved": 1, "submitted": 1 }));

    // The digest of the whole batch is old too.
    let digest = batch["digest"].as_str().unwrap();
    let all = approver.post(&format!("{path}/approve"), &[("digest", digest)]).await;
    assert_eq!(all.status, StatusCode::CONFLICT);
    assert!(all.body.contains("chưa đề nghị nào được duyệt"));
    assert_eq!(states(&mut approver, &path).await, json!({ "approved": 1, "submitted": 1 }));

    // The page now says what changed; who approves all the same has it go back.
    let page = approver.get(&path).await;
    assert!(page.body.contains("Dữ liệu đã thay đổi sau khi đề nghị"));
    assert!(page.body.contains("<del class=\"diff-before\">Chuyên viên</del>"), "{}", page.body);
    assert!(page.body.contains("<ins class=\"diff-after\">Trưởng phòng</ins>"));
    let digest = approver.get(&format!("/v1{path}")).await.json();
    let digest = digest["digest"].as_str().unwrap();
    let all = approver.post(&format!("{path}/approve"), &[("digest", digest)]).await;
    assert!(all.body.contains("dữ liệu đã thay đổi sau khi đề nghị"), "{}", all.body);
    assert_eq!(states(&mut approver, &path).await, json!({ "approved": 1, "returned": 1 }));
}

#[tokio::test]
async fn a_whole_batch_is_approved_over_all_pages() {
    let names: Vec<String> = (0..23).map(|n| format!("Lê Văn {}", ["An", "Bình"][n % 2])).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (world, _, path) = asked(&names).await;
    let mut approver = world.signed_in(Role::Approver).await;
    let first = approver.get(&path).await;
    assert_eq!(seen(&first.body).len(), 20);
    assert!(first.body.contains("1–20 trong 23"), "{}", first.body);
    let second = approver.get(&format!("{path}?page=2")).await;
    assert_eq!(seen(&second.body).len(), 3);
    assert_eq!(seen(&approver.get(&format!("{path}?page=99")).await.body).len(), 3);
    let digest = approver.get(&format!("/v1{path}")).await.json()["digest"].clone();
    let page =
        approver.submit(&format!("{path}/approve"), &[("digest", digest.as_str().unwrap())]).await;
    assert!(page.body.contains("Đã duyệt 23 đề nghị."), "{}", page.body);
    assert!(page.body.contains("không còn đề nghị nào chờ duyệt"));
    assert_eq!(states(&mut approver, &path).await, json!({ "approved": 23 }));
}

#[tokio::test]
async fn a_whole_batch_goes_back_and_something_else_needs_words() {
    let (world, _, path) = asked(&["Lê Thị Ánh", "Nguyễn Văn Đức"]).await;
    let mut approver = world.signed_in(Role::Approver).await;
    let all = format!("{path}/return");
    let page = approver.post(&all, &[("all_reason", "other"), ("all_note", " ")]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("Viết vài chữ"), "{}", page.body);
    let note = "sai đơn vị, hỏi lại 001085000001";
    let fields = [("all_reason", "other"), ("all_note", note)];
    approver.submit(&all, &fields).await;
    assert_eq!(states(&mut approver, &path).await, json!({ "returned": 2 }));
    let mut hr = world.signed_in(Role::Hr).await;
    let page = hr.get(&format!("{path}?show=all")).await;
    assert!(page.body.contains("sai đơn vị") && !page.body.contains("001085000001"));
    assert!(!page.body.contains("name=\"do\""), "who asks for cards decides nothing");
}

#[tokio::test]
async fn who_asked_is_told_before_it_hurts_and_refused_all_the_same() {
    let (world, _, path) = asked(&["Lê Thị Ánh"]).await;
    // The account that asked has an approver's post by now.
    let mut own = world.signed_in_as("hr", Role::Approver, None).await;
    let list = own.get("/batches").await;
    assert!(list.body.contains("bạn đã đề nghị lô này; cần người khác duyệt"));
    let page = own.get(&path).await;
    assert!(page.body.contains("Bạn đã đề nghị lô này; cần người khác duyệt"));
    assert_eq!(seen(&page.body), Vec::<String>::new());
    let digest = own.get(&format!("/v1{path}")).await.json()["digest"].clone();
    let all = own.post(&format!("{path}/approve"), &[("digest", digest.as_str().unwrap())]).await;
    assert!(all.body.contains("người đề nghị không được tự duyệt"), "{}", all.body);
    assert!(all.body.contains("Lê Thị Ánh"));
    assert_eq!(states(&mut own, &path).await, json!({ "submitted": 1 }));
}

#[tokio::test]
async fn other_posts_other_authorities_and_nonsense_change_nothing() {
    let (world, people, path) = asked(&["Lê Thị Ánh"]).await;
    let before = world.rows().await;
    let mut operator = world.signed_in(Role::Operator).await;
    assert_eq!(operator.get(&path).await.status, StatusCode::FORBIDDEN);
    let mut hr = world.signed_in(Role::Hr).await;
    let denied = hr.post(&format!("{path}/approve"), &[("digest", "x")]).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);

    let other = world.office.ensure_authority("G02", "Bộ Khác", &by("admin")).await.unwrap();
    let mut elsewhere = world.signed_in_as("elsewhere", Role::Approver, Some(other)).await;
    let face = format!("/faces/proof/{}/{}/front", world.authority, people[0]);
    for hidden in [path.as_str(), &face] {
        assert_eq!(elsewhere.get(hidden).await.status, StatusCode::NOT_FOUND, "{hidden}");
    }
    let hidden = elsewhere.post(&format!("{path}/approve"), &[("digest", "x")]).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);

    let mut approver = world.signed_in(Role::Approver).await;
    let decide = format!("{path}/decide");
    for (fields, status) in [
        (vec![], StatusCode::BAD_REQUEST),
        (vec![("do", "burn")], StatusCode::BAD_REQUEST),
        (vec![("do", "approve"), ("do", "return")], StatusCode::BAD_REQUEST),
        (vec![("do", "approve"), ("seen", "x")], StatusCode::BAD_REQUEST),
        (vec![("do", "approve"), ("seen", "x:y")], StatusCode::BAD_REQUEST),
        (vec![("do", "return"), ("reason", "photo"), ("out", "x")], StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(approver.post(&decide, &fields).await.status, status, "{fields:?}");
    }
    for nowhere in ["/batches/x", "/batches/00000000-0000-0000-0000-000000000000"] {
        assert_eq!(approver.get(nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
    // A request of no batch, and one shown differently.
    let rows = seen(&approver.get(&path).await.body);
    let stranger = format!("{}:{}", world.authority, "0".repeat(64));
    let forged = format!("{}:{}", request(&rows[0]), "0".repeat(64));
    let fields = [("do", "approve"), ("seen", stranger.as_str()), ("seen", forged.as_str())];
    let page = approver.post(&decide, &fields).await;
    assert!(page.body.contains("không có đề nghị này"), "{}", page.body);
    assert!(page.body.contains("sau khi trang được mở"));
    assert_eq!(states(&mut approver, &path).await, json!({ "submitted": 1 }));
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn programs_decide_by_the_same_rules() {
    let (world, _, path) = asked(&["Lê Thị Ánh", "Nguyễn Văn Đức", "Trần Văn Ước"]).await;
    let path = format!("/v1{path}");
    let mut approver = world.signed_in(Role::Approver).await;
    let page = approver.get(&path).await.json();
    let requests = page["requests"].as_array().unwrap();
    assert_eq!(requests[0]["printed"]["full_name"], "Lê Thị Ánh");
    assert_eq!(requests[0]["new_person"], true);
    let wanted = json!({ "requests": [
        { "id": requests[0]["id"], "content": requests[0]["content"] },
        { "id": requests[1]["id"], "content": "00" },
    ] });
    let post = Method::POST;
    let done =
        approver.call(post.clone(), &format!("{path}/approve"), &wanted.to_string()).await.json();
    assert_eq!(done["done"], json!([requests[0]["id"]]));
    assert_eq!(done["refused"][0]["why"], "batches-changed-since");
    let back = json!({ "requests": [requests[2]["id"]], "reason": "photo" }).to_string();
    let done = approver.call(post.clone(), &format!("{path}/return"), &back).await.json();
    assert_eq!(done["done"], json!([requests[2]["id"]]));
    let bad = approver.call(post, &format!("{path}/return"), r#"{"reason":"no"}"#).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert_eq!(bad.json()["type"], "urn:congvu:batches-fault-reason");
    let listed = approver.get("/v1/batches").await.json();
    assert_eq!(listed["waiting"][0]["waiting"], 1);
}

#[tokio::test]
async fn markup_in_a_name_or_note_is_text_and_english_is_whole() {
    let (world, _, path) = asked(&["Lê Thị Ánh"]).await;
    let mut approver = world.signed_in(Role::Approver).await;
    let note = "<script>alert(1)</script>";
    let fields = [("all_reason", "other"), ("all_note", note)];
    approver.submit(&format!("{path}/return"), &fields).await;
    approver.lang = "en";
    let page = approver.get(&format!("{path}?show=all")).await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    assert!(page.body.contains("&#60;script&#62;alert(1)"), "{}", page.body);
    assert!(page.body.contains("something else, see the note"));
}

#[tokio::test]
async fn an_empty_list_says_what_to_do_first() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let page = hr.get("/batches").await;
    assert!(page.body.contains("Không có đề nghị nào chờ duyệt"));
    assert!(page.body.contains("href=\"/people\""));
}

#[tokio::test]
async fn a_list_of_decided_batches_says_once_that_nothing_waits() {
    let (world, _, path) = asked(&["Trần Văn Ước", "Lê Thị Ánh"]).await;
    world.office.ensure_authority("H01", "UBND thành phố Mẫu", &by("admin")).await.unwrap();
    let mut approver = world.signed_in(Role::Approver).await;
    let nothing = "Không có đề nghị nào chờ duyệt";
    assert!(!approver.get("/batches").await.body.contains(nothing));
    let rows = seen(&approver.get(&path).await.body);
    let mut form = vec![("do", "approve")];
    form.extend(rows.iter().map(|row| ("seen", row.as_str())));
    approver.post(&format!("{path}/decide"), &form).await;
    let list = approver.get("/batches").await.body;
    assert_eq!(list.matches(nothing).count(), 1, "{list}");
    assert!(list.contains(&path), "the decided batch can still be seen: {list}");
}
