//! The auditor's pages.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use access::Role;
use axum::http::{Method, StatusCode};
use support::{World, by, entry, personal_id};

#[tokio::test]
async fn the_chain_is_shown_newest_first_and_page_by_page() {
    let world = World::new().await;
    let people = world.people((1..=60).map(entry).collect()).await;
    assert_eq!(people.len(), 60);
    let mut auditor = world.signed_in(Role::Auditor).await;
    let home = auditor.get("/").await;
    let is_it = |item: &&str| item.contains("tile-count") && item.contains("href=\"/audit\"");
    let tile = home.body.split("<li>").find(is_it).unwrap();
    let count = tile.split("tile-count\">").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(count, "61", "sixty people and the authority: {tile}");
    let page = auditor.get("/audit").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Thêm người vào sổ"), "{}", page.body);
    assert!(!page.body.contains("Thêm cơ quan quản lý"), "that was first, and is on the next page");
    let older = page.body.split("rel=\"next\" href=\"").nth(1).unwrap();
    let older = older.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let page = auditor.get(&older).await;
    assert!(page.body.contains("Thêm cơ quan quản lý"), "{}", page.body);
    assert!(page.body.contains("rel=\"prev\""), "{}", page.body);
}

#[tokio::test]
async fn time_lines_say_who_did_what_and_why_in_both_languages() {
    let world = World::new().await;
    let serial = world.active_card(entry(1), 1).await;
    let reason = registry::card::LockReason::Stolen;
    world.office.lock(world.authority, serial, reason, &by("guard")).await.unwrap();
    let mut auditor = world.signed_in(Role::Auditor).await;
    let path = format!("/audit/cards/{serial}");
    let page = auditor.get(&path).await;
    for text in ["Khoá thẻ", "bị lấy cắp", "guard", "Giao thẻ; thẻ có hiệu lực", "activator"]
    {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    auditor.lang = "en";
    let page = auditor.get(&path).await;
    assert!(page.body.contains("Locked the card") && page.body.contains("stolen"));
    let person = world.office.card(world.authority, serial).await.unwrap().person;
    let page = auditor.get(&format!("/audit/people/{person}")).await;
    for text in ["Added a person", "Approved the request", "approver", "Nguyễn Văn Mẫu"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains(&personal_id(1)));
}

#[tokio::test]
async fn a_card_a_number_and_a_name_lead_to_their_time_lines() {
    let world = World::new().await;
    let serial = world.active_card(entry(1), 1).await;
    let person = world.office.card(world.authority, serial).await.unwrap().person;
    let mut auditor = world.signed_in(Role::Auditor).await;
    let typed = serial.to_string().to_lowercase().replace('-', " ");
    let found = auditor.post("/audit/find", &[("q", &typed)]).await;
    assert_eq!(found.location(), format!("/audit/cards/{serial}"));
    let found = auditor.post("/audit/find", &[("q", &personal_id(1))]).await;
    assert_eq!(found.location(), format!("/audit/people/{person}"));
    let found = auditor.post("/audit/find", &[("q", "nguyen mau")]).await;
    let none = auditor.post("/audit/find", &[("q", "khong co")]).await;
    assert!(found.body.contains(&format!("/audit/people/{person}")), "{}", found.body);
    assert!(none.body.contains("Không tìm thấy"), "{}", none.body);
    let none = auditor.post("/audit/find", &[("q", &personal_id(9))]).await;
    assert!(none.body.contains("Không tìm thấy") && !none.body.contains(&personal_id(9)));
}

#[tokio::test]
async fn whole_numbers_need_a_reason_which_history_learns_first() {
    let world = World::new().await;
    let person = world.people(vec![entry(1)]).await[0];
    let mut auditor = world.signed_in(Role::Auditor).await;
    let path = format!("/audit/people/{person}/unmask");
    let rows = world.rows().await;
    for reason in ["", "  ", &"x".repeat(501), "a\u{202e}b"] {
        let page = auditor.post(&path, &[("reason", reason)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!page.body.contains(&personal_id(1)));
    }
    assert_eq!(world.rows().await, rows);
    let page = auditor.post(&path, &[("reason", "Đơn khiếu nại số 5")]).await;
    assert!(page.body.contains(&personal_id(1)), "{}", page.body);
    assert!(page.body.contains("Xem đủ số của người") && page.body.contains("Đơn khiếu nại số 5"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(world.rows().await, rows + 1);
    let page = auditor.get(&format!("/audit/people/{person}")).await;
    assert!(!page.body.contains(&personal_id(1)), "the next look is masked again");
}

#[tokio::test]
async fn the_chain_is_proven_on_the_page_and_for_programs() {
    let world = World::new().await;
    world.people(vec![entry(1)]).await;
    let mut auditor = world.signed_in(Role::Auditor).await;
    let authority = world.authority.to_string();
    let page = auditor.submit("/audit/verify", &[("authority", &authority)]).await;
    assert!(page.body.contains("Nhật ký nguyên vẹn: 2 dòng"), "{}", page.body);
    let body = serde_json::json!({ "authority": authority }).to_string();
    let json = auditor.call(Method::POST, "/v1/history/verify", &body).await.json();
    assert_eq!(json, serde_json::json!({ "whole": true, "row": 2, "broken": null }));
    let history = auditor.get("/v1/history?limit=1").await.json();
    assert_eq!((&history["total"], &history["older"]), (&2.into(), &2.into()));
    assert_eq!(history["events"][0]["action"], "person.added");
}

#[tokio::test]
async fn what_is_shown_can_be_taken_along_as_a_file() {
    let world = World::new().await;
    let serial = world.active_card(entry(1), 1).await;
    let mut auditor = world.signed_in(Role::Auditor).await;
    let file = auditor.get(&format!("/audit/cards/{serial}/rows.csv")).await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment"));
    assert!(file.body.starts_with("\u{feff}\"Số\",\"Lúc\",\"Ai\",\"Việc\""), "{}", file.body);
    assert!(file.body.contains("\"Giao thẻ; thẻ có hiệu lực\""), "{}", file.body);
    assert!(!file.body.contains(&personal_id(1)));
}

#[tokio::test]
async fn only_the_auditor_reads_history_and_only_of_the_own_authority() {
    let world = World::new().await;
    let serial = world.active_card(entry(1), 1).await;
    for role in [Role::Hr, Role::Approver, Role::Operator, Role::Activator, Role::Guard] {
        let mut officer = world.signed_in(role).await;
        assert_eq!(officer.get("/audit").await.status, StatusCode::FORBIDDEN, "{role}");
    }
    let other = world.office.ensure_authority("H01", "Bộ Khác", &by("admin")).await.unwrap();
    let mut auditor = world.signed_in_as("auditor-h01", Role::Auditor, Some(other)).await;
    let person = world.office.card(world.authority, serial).await.unwrap().person;
    for path in [
        format!("/audit?authority={}", world.authority),
        format!("/audit/cards/{serial}"),
        format!("/audit/cards/{serial}/rows.csv"),
        format!("/audit/people/{person}"),
    ] {
        assert_eq!(auditor.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let wrong = auditor.get("/audit?before=x").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("Địa chỉ có phần không đọc được"), "{}", wrong.body);
}
