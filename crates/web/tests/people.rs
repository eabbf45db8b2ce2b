//! Asking for cards in the browser, over a real registry.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use access::Role;
use axum::http::StatusCode;
use profile::StaffInput;
use registry::office::StaffEntry;
use support::{World, entry_of, input};
use wire::PersonId;

async fn world(names: &[&str]) -> (World, Vec<PersonId>) {
    let world = World::new().await;
    let mut people = Vec::new();
    for (number, name) in (1..).zip(names) {
        let input = StaffInput { full_name: (*name).to_owned(), ..input(number) };
        let entry = entry_of(&input, number);
        // The last one has no photo.
        let photo = entry.photo.filter(|_| number < u32::try_from(names.len()).unwrap());
        people.extend(world.people(vec![StaffEntry { photo, ..entry }]).await);
    }
    (world, people)
}

#[tokio::test]
async fn people_without_a_card_come_by_given_name_with_masked_numbers() {
    let (world, _) = world(&["Trần Văn Ước", "Lê Thị Ánh", "Nguyễn Văn Đức"]).await;
    let mut hr = world.signed_in(Role::Hr).await;
    let page = hr.get("/people").await;
    let place = |text: &str| page.body.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("Lê Thị Ánh") < place("Nguyễn Văn Đức"));
    assert!(place("Nguyễn Văn Đức") < place("Trần Văn Ước"));
    assert!(!page.body.contains("001085000"), "a whole number is shown");
    let authority = world.authority.to_string();
    let query = [("authority", authority.as_str()), ("name", "duc"), ("among", "all")];
    let found = hr.post("/people", &query).await;
    assert!(found.body.contains("Nguyễn Văn Đức") && !found.body.contains("Lê Thị Ánh"));
    let none = hr.post("/people", &[("name", "khongcoai")]).await;
    assert!(none.body.contains("Không tìm thấy ai"), "{}", none.body);
}

#[tokio::test]
async fn faces_are_seen_before_asking_and_refusals_are_explained() {
    let (world, people) = world(&["Lê Thị Ánh", "Nguyễn Văn Đức"]).await;
    let mut hr = world.signed_in(Role::Hr).await;
    let authority = world.authority.to_string();
    let ids: Vec<String> = people.iter().map(ToString::to_string).collect();
    let mut fields = vec![("authority", authority.as_str()), ("kind", "first")];
    fields.extend(ids.iter().map(|id| ("person", id.as_str())));
    let review = hr.post("/people/review", &fields).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.body);
    assert!(review.body.contains(&format!("/faces/proof/{authority}/{}/front", ids[0])));
    assert!(review.body.contains("1 người trong số này chưa có ảnh"), "{}", review.body);
    let asked = hr.post("/people/ask", &fields).await;
    assert!(asked.body.contains("Đã gửi 1 đề nghị"), "{}", asked.body);
    assert!(asked.body.contains("Nguyễn Văn Đức") && asked.body.contains("chưa có ảnh"));
    // Asking again makes no second request.
    let again = hr.post("/people/ask", &fields).await;
    assert!(again.body.contains("Không có đề nghị nào được gửi"), "{}", again.body);
    assert!(again.body.contains("đã có đề nghị đang chờ"));
}

#[tokio::test]
async fn everybody_without_a_card_can_be_asked_for_at_once() {
    let (world, _) = world(&["Lê Thị Ánh", "Trần Văn Ước", "Nguyễn Văn Đức"]).await;
    let mut hr = world.signed_in(Role::Hr).await;
    let authority = world.authority.to_string();
    let fields = [("authority", authority.as_str()), ("kind", "first"), ("whom", "everybody")];
    let review = hr.post("/people/review", &fields).await;
    assert!(review.body.contains("3 người"), "{}", review.body);
    let asked = hr.post("/people/ask", &fields).await;
    assert!(asked.body.contains("Đã gửi 2 đề nghị"), "{}", asked.body);
}

#[tokio::test]
async fn hostile_forms_ask_for_nothing() {
    let (world, people) = world(&["Lê Thị Ánh", "Nguyễn Văn Đức"]).await;
    let mut hr = world.signed_in(Role::Hr).await;
    let before = world.rows().await;
    let (authority, person) = (world.authority.to_string(), people[0].to_string());
    let (authority, person) = (authority.as_str(), person.as_str());
    let none = PersonId(uuid::Uuid::nil()).to_string();
    for path in ["/people/review", "/people/ask"] {
        for (fields, status) in [
            (vec![], 400),
            (vec![("authority", authority), ("kind", "first")], 400),
            (vec![("authority", authority), ("kind", "gold"), ("person", person)], 400),
            (vec![("authority", "x"), ("kind", "first"), ("person", person)], 400),
            (vec![("authority", authority), ("kind", "first"), ("person", "<script>")], 400),
            (
                vec![
                    ("authority", authority),
                    ("authority", authority),
                    ("kind", "first"),
                    ("person", person),
                ],
                400,
            ),
        ] {
            let answer = hr.post(path, &fields).await;
            assert_eq!(answer.status.as_u16(), status, "{path} {fields:?}: {}", answer.body);
            assert!(!answer.body.contains("<script>"), "{path}");
        }
    }
    let unknown = [("authority", authority), ("kind", "first"), ("person", none.as_str())];
    let answer = hr.post("/people/ask", &unknown).await;
    assert!(answer.body.contains("không có người này"), "{}", answer.body);
    let other =
        world.office.ensure_authority("G09", "Bộ Khác", &support::by("admin")).await.unwrap();
    let mut elsewhere = world.signed_in_as("hr-g09", Role::Hr, Some(other)).await;
    let fields = [("authority", authority), ("kind", "first"), ("person", person)];
    assert_eq!(elsewhere.post("/people/ask", &fields).await.status, StatusCode::NOT_FOUND);
    let mut guard = world.signed_in(Role::Guard).await;
    assert_eq!(guard.post("/people/ask", &fields).await.status, StatusCode::FORBIDDEN);
    hr.csrf = "another".to_owned();
    assert_eq!(hr.post("/people/ask", &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.rows().await, before);
}
