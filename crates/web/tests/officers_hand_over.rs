//! The activator's pages and interface, over a real registry.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use access::Role;
use axum::http::{Method, StatusCode};
use profile::StaffInput;
use serde_json::json;
use support::{World, by, entry_of, input};
use wire::{CardId, CardSerial};

/// A world with a finished card for each of these people: name and unit.
async fn ready(people: &[(&str, &str)]) -> (World, Vec<(CardId, CardSerial)>) {
    let world = World::new().await;
    let mut cards = Vec::new();
    for (number, (name, unit)) in (1..).zip(people) {
        let input = StaffInput {
            full_name: (*name).to_owned(),
            employing_unit: (*unit).to_owned(),
            ..input(number)
        };
        let entry = entry_of(&input, number);
        cards.push(world.ready_card(entry, u8::try_from(number).unwrap()).await);
    }
    (world, cards)
}

/// The first address of a unit's list on a page.
fn unit_of(body: &str) -> String {
    let rest = body.split("class=\"choice\" href=\"").nth(1).expect("a unit");
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn units_lists_and_the_sheet_to_sign() {
    let people = [
        ("Trần Văn Ước", "Phòng Tổ chức"),
        ("Lê Thị Ánh", "Phòng Tổ chức"),
        ("Đỗ Văn Bình", "Ban Kế hoạch"),
    ];
    let (world, cards) = ready(&people).await;
    let mut activator = world.signed_in(Role::Activator).await;
    let units = activator.get("/hand-over").await;
    let place = |text: &str| units.body.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("Ban Kế hoạch") < place("Phòng Tổ chức"));
    assert!(units.body.contains("1 thẻ chờ giao") && units.body.contains("2 thẻ chờ giao"));
    let rest = &units.body[place("Ban Kế hoạch")..];
    let path = unit_of(rest);
    let list = activator.get(&path).await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.find("Lê Thị Ánh").unwrap() < list.body.find("Trần Văn Ước").unwrap());
    assert!(!list.body.contains("Đỗ Văn Bình") && !list.body.contains("001085"));

    let sheet = activator.get(&format!("{path}/print")).await;
    for text in [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Biên bản giao nhận thẻ",
        "Ký nhận",
        "Tổng số: 2 thẻ.",
        &cards[0].1.to_string(),
    ] {
        assert!(sheet.body.contains(text), "{text} in {}", sheet.body);
    }
    assert!(!sheet.body.contains("<nav"), "a sheet is printed without navigation");
}

#[tokio::test]
async fn ticked_cards_become_active_and_nobody_ticked_changes_nothing() {
    let people = [("Trần Văn Ước", "Phòng Tổ chức"), ("Lê Thị Ánh", "Phòng Tổ chức")];
    let (world, cards) = ready(&people).await;
    let mut activator = world.signed_in(Role::Activator).await;
    let path = unit_of(&activator.get("/hand-over").await.body);
    let before = world.rows().await;
    let nobody = activator.post(&path, &[]).await;
    assert_eq!(nobody.status, StatusCode::BAD_REQUEST);
    assert!(nobody.body.contains("Chưa đánh dấu ai."));
    let wrong = activator.post(&path, &[("card", "x")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.rows().await, before);

    let card = cards[0].0.to_string();
    let page = activator.submit(&path, &[("card", &card)]).await;
    assert!(page.body.contains("Đã giao 1 thẻ"), "{}", page.body);
    assert!(!page.body.contains("Trần Văn Ước") && page.body.contains("Lê Thị Ánh"));
    let state = world.office.card(world.authority, cards[0].1).await.unwrap().state;
    assert_eq!(state, "active");

    // Once more: refused, named, and why.
    let page = activator.post(&path, &[("card", &card)]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Trần Văn Ước"), "{}", page.body);
    assert!(page.body.contains("trạng thái hiện tại không cho phép việc này"));

    // When the last of the unit has got the card, there is no list to go back to.
    let card = cards[1].0.to_string();
    let answer = activator.post(&path, &[("card", &card)]).await;
    assert_eq!(answer.location(), "/hand-over");
    assert!(activator.follow(answer).await.body.contains("Không có thẻ nào chờ giao"));
    assert_eq!(activator.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_approved_is_told_in_words_and_refused() {
    let (world, cards) = ready(&[("Trần Văn Ước", "Phòng Tổ chức")]).await;
    // The account that approved has the activator's post by now.
    let mut own = world.signed_in_as("approver", Role::Activator, None).await;
    let path = unit_of(&own.get("/hand-over").await.body);
    let list = own.get(&path).await;
    assert!(list.body.contains("người duyệt không được giao thẻ; cần một người khác"));
    assert!(list.body.contains("Bạn không giao được thẻ nào trong danh sách này"));
    assert!(list.body.contains(" disabled"));
    let card = cards[0].0.to_string();
    let page = own.post(&path, &[("card", &card)]).await;
    assert!(page.body.contains("Những thẻ chưa giao, và vì sao"), "{}", page.body);
    assert!(page.body.contains("người duyệt không được giao thẻ"));
    let state = world.office.card(world.authority, cards[0].1).await.unwrap().state;
    assert_eq!(state, "ready");
}

#[tokio::test]
async fn other_posts_and_other_authorities_hand_nothing_over() {
    let (world, cards) = ready(&[("Trần Văn Ước", "Phòng Tổ chức")]).await;
    let mut activator = world.signed_in(Role::Activator).await;
    let path = unit_of(&activator.get("/hand-over").await.body);
    let card = cards[0].0.to_string();
    let mut guard = world.signed_in(Role::Guard).await;
    assert_eq!(guard.get("/hand-over").await.status, StatusCode::FORBIDDEN);
    assert_eq!(guard.post(&path, &[("card", &card)]).await.status, StatusCode::FORBIDDEN);
    let other = world.office.ensure_authority("G02", "Bộ Khác", &by("admin")).await.unwrap();
    let mut elsewhere = world.signed_in_as("elsewhere", Role::Activator, Some(other)).await;
    assert_eq!(elsewhere.post(&path, &[("card", &card)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(elsewhere.get(&path).await.status, StatusCode::NOT_FOUND);
    activator.csrf = "another session's".to_owned();
    assert_eq!(activator.post(&path, &[("card", &card)]).await.status, StatusCode::FORBIDDEN);
    let state = world.office.card(world.authority, cards[0].1).await.unwrap().state;
    assert_eq!(state, "ready");
}

#[tokio::test]
async fn programs_hand_over_by_the_same_rules() {
    let (world, cards) = ready(&[("Trần Văn Ước", "Phòng Tổ chức")]).await;
    let mut activator = world.signed_in(Role::Activator).await;
    let units = activator.get("/v1/hand-over").await.json();
    assert_eq!(units["units"][0]["name"], "Phòng Tổ chức");
    let key = units["units"][0]["key"].as_str().unwrap();
    let list = activator.get(&format!("/v1/hand-over/{}/{key}", world.authority)).await.json();
    assert_eq!(list["cards"][0]["full_name"], "Trần Văn Ước");
    assert_eq!(list["cards"][0]["serial"], cards[0].1.to_string());
    let give = json!({ "authority": world.authority, "cards": [cards[0].0] }).to_string();
    let done = activator.call(Method::POST, "/v1/hand-over", &give).await.json();
    assert_eq!(done, json!({ "active": 1, "replaced": 0, "refused": [] }));
    let again = activator.call(Method::POST, "/v1/hand-over", &give).await.json();
    assert_eq!(again["refused"][0]["why"], "refused-not-from-here");
}
