//! Pages of cards and their interface, over a real registry.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use access::Role;
use axum::http::{Method, StatusCode};
use profile::StaffInput;
use serde_json::json;
use support::{World, by, entry, entry_of, input, personal_id};
use wire::CardSerial;

async fn active() -> (World, CardSerial) {
    let world = World::new().await;
    let serial = world.active_card(entry(1), 1).await;
    (world, serial)
}

#[tokio::test]
async fn a_card_is_found_by_serial_by_whole_number_and_by_name() {
    let (world, serial) = active().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let text = serial.to_string();
    for query in [text.clone(), text.to_lowercase(), format!(" {} ", text.replace('-', " - "))] {
        let found = hr.post("/cards/search", &[("q", &query)]).await;
        assert_eq!(found.location(), format!("/cards/{serial}"), "{query}");
    }
    let found = hr.post("/cards/search", &[("q", &personal_id(1))]).await;
    assert!(found.location().starts_with("/cards?authority="), "{}", found.location());
    assert!(!found.location().contains(&personal_id(1)));
    assert!(hr.follow(found).await.body.contains(&text));
    for name in ["mẫu", "NGUYEN v mau", "Nguyễn Văn Mẫu"] {
        let found = hr.post("/cards/search", &[("q", name)]).await;
        assert_eq!(found.status, StatusCode::OK);
        assert!(found.body.contains(&text), "{name}");
    }
}

#[tokio::test]
async fn a_search_that_finds_nothing_says_so_and_repeats_no_number() {
    let (world, serial) = active().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let number = personal_id(2);
    let nothing = hr.post("/cards/search", &[("q", &number)]).await;
    assert_eq!(nothing.status, StatusCode::OK);
    assert!(nothing.body.contains("Không tìm thấy") && !nothing.body.contains(&number));
    let nobody = hr.post("/cards/search", &[("q", "Phạm")]).await;
    assert!(nobody.body.contains("Không tìm thấy") && nobody.body.contains("value=\"Phạm\""));
    // One character mistyped: the last one is the check character.
    let text = serial.to_string();
    let last = if text.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &text[..text.len() - 1]);
    let wrong = hr.post("/cards/search", &[("q", &mistyped)]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("một ký tự gõ sai"), "{}", wrong.body);
    assert_eq!(hr.post("/cards/search", &[("q", " ")]).await.location(), "/cards");
}

#[tokio::test]
async fn the_list_is_paged_from_the_newest_and_filtered_by_state() {
    let world = World::new().await;
    let mut serials = Vec::new();
    for number in 1..=53_u8 {
        let name = format!("Lê Văn {}", ["An", "Bình", "Cường"][usize::from(number) % 3]);
        let input = StaffInput { full_name: name, ..input(number.into()) };
        serials.push(world.ready_card(entry_of(&input, number.into()), number).await);
    }
    let give = [serials[0].0];
    world.office.hand_over(world.authority, &give, &by("activator")).await.unwrap();
    let mut hr = world.signed_in(Role::Hr).await;
    let shown = |body: &str| -> Vec<String> {
        let rows = body.split("<a class=\"mono\" href=\"/cards/").skip(1);
        rows.map(|row| row.split('"').next().unwrap().to_owned()).collect()
    };
    let newest: Vec<String> = serials.iter().rev().map(|(_, serial)| serial.to_string()).collect();
    let first = hr.get("/cards").await;
    assert_eq!(shown(&first.body), newest[..50]);
    assert!(first.body.contains("53 mục"));
    let link = |body: &str, rel: &str| {
        let rest = body.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
        Some(rest.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
    };
    assert_eq!(link(&first.body, "prev"), None);
    let second = hr.get(&link(&first.body, "next").unwrap()).await;
    assert_eq!(shown(&second.body), newest[50..]);
    assert_eq!(link(&second.body, "next"), None);
    let back = hr.get(&link(&second.body, "prev").unwrap()).await;
    assert_eq!(shown(&back.body), newest[..50]);
    assert_eq!(link(&back.body, "prev"), None);

    let active = hr.get("/cards?state=active").await;
    assert_eq!(shown(&active.body), [serials[0].1.to_string()]);
    let json = hr.get("/v1/cards?state=ready").await.json();
    assert_eq!((json["total"].clone(), json["cards"].as_array().unwrap().len()), (json!(52), 50));
    assert_eq!(hr.get("/v1/cards?state=burnt").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_card_shows_all_that_led_to_it_and_no_whole_number() {
    let (world, serial) = active().await;
    let (_, next) = world.ready_card(entry(2), 2).await;
    let mut operator = world.signed_in(Role::Operator).await;
    let page = operator.get(&format!("/cards/{serial}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for text in [
        "có hiệu lực",
        "Nguyễn Văn Mẫu",
        "•••••••••001",
        "Nội dung đọc lại từ chip đúng là nội dung đã ký.",
        "7K2M|G01.•••••••••001.CC",
        "rxing, zbar",
        "station-1",
        "Đề nghị: cấp lần đầu",
        "approver",
        "activator",
        "người được cấp giữ",
        &format!("/faces/card/{serial}/front"),
        &format!("href=\"/cards/{next}\""),
    ] {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
    assert!(!page.body.contains(&personal_id(1)));
    assert!(!page.body.contains("/unmask") && !page.body.contains("/lock"), "not for this post");
    let other = operator.get(&format!("/cards/{next}")).await;
    assert!(other.body.contains(&format!("href=\"/cards/{serial}\"")));
    assert!(other.body.contains("chờ giao"));
    let picture = operator.get(&format!("/faces/card/{serial}/back")).await;
    assert_eq!((picture.status, picture.header("content-type")), (StatusCode::OK, "image/png"));
}

#[tokio::test]
async fn pictures_are_for_who_may_see_them_and_only_of_what_there_is() {
    let (world, serial) = active().await;
    let mut hr = world.signed_in(Role::Hr).await;
    for nowhere in [
        format!("/faces/card/{serial}/side"),
        "/faces/card/x/front".to_owned(),
        format!("/faces/card/{}/front", CardSerial::from_random(5)),
        format!("/faces/proof/{0}/{0}", world.authority),
    ] {
        assert_eq!(hr.get(&nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
    let mut guard = world.signed_in(Role::Guard).await;
    let face = format!("/faces/card/{serial}/front");
    assert_eq!(guard.get(&face).await.status, StatusCode::FORBIDDEN);
    let mut nobody = world.browser();
    assert!(nobody.get(&face).await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn whole_numbers_are_shown_for_a_reason_that_history_has_first() {
    let (world, serial) = active().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let path = format!("/cards/{serial}/unmask");
    let before = world.rows().await;
    for (why, words) in [(" ", "Xin viết lý do."), (&*"x".repeat(501), "Dài quá")] {
        let page = hr.post(&path, &[("why", why)]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.body.contains(words) && !page.body.contains(&personal_id(1)));
    }
    assert_eq!(world.rows().await, before);
    let page = hr.post(&path, &[("why", "đối chiếu quyết định")]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(&personal_id(1)), "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(world.rows().await, before + 1);
    assert!(!hr.get(&format!("/cards/{serial}")).await.body.contains(&personal_id(1)));
    let mut operator = world.signed_in(Role::Operator).await;
    let denied = operator.post(&path, &[("why", "x")]).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    assert_eq!(world.rows().await, before + 1);
}

#[tokio::test]
async fn locking_needs_a_reason_and_unlocking_somebody_else() {
    let (world, serial) = active().await;
    let path = format!("/cards/{serial}");
    let mut hr = world.signed_in(Role::Hr).await;
    for fields in [vec![], vec![("reason", "")], vec![("reason", "whim")]] {
        let page = hr.post(&format!("{path}/lock"), &fields).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{fields:?}");
        assert!(page.body.contains("Chọn một lý do trong danh sách."));
    }
    let page = hr.submit(&format!("{path}/lock"), &[("reason", "inquiry")]).await;
    assert!(page.body.contains("Đã khoá thẻ."), "{}", page.body);
    assert!(page.body.contains("bị khoá") && page.body.contains("đang xác minh"));
    assert!(page.body.contains("Bạn đã khoá thẻ này; cần người khác mở khoá"));
    let own = hr.post(&format!("{path}/unlock"), &[]).await;
    assert_eq!(own.status, StatusCode::CONFLICT);
    assert!(own.body.contains("Người khoá không được mở khoá"));
    let mut approver = world.signed_in(Role::Approver).await;
    let page = approver.submit(&format!("{path}/unlock"), &[]).await;
    assert!(page.body.contains("Đã mở khoá thẻ."), "{}", page.body);
    assert_eq!(world.office.card(world.authority, serial).await.unwrap().state, "active");
}

#[tokio::test]
async fn revoking_says_what_it_means_and_is_for_ever() {
    let (world, serial) = active().await;
    let path = format!("/cards/{serial}");
    let mut approver = world.signed_in(Role::Approver).await;
    let page = approver.get(&path).await;
    assert!(page.body.contains("Không có đường quay lại"));
    assert!(!page.body.contains("value=\"replaced\""));
    let replaced = approver.post(&format!("{path}/revoke"), &[("reason", "replaced")]).await;
    assert_eq!(replaced.status, StatusCode::BAD_REQUEST);
    let mut hr = world.signed_in(Role::Hr).await;
    let denied = hr.post(&format!("{path}/revoke"), &[("reason", "died")]).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    let page = approver.submit(&format!("{path}/revoke"), &[("reason", "left_service")]).await;
    assert!(page.body.contains("Đã thu hồi thẻ vĩnh viễn."), "{}", page.body);
    assert!(page.body.contains("thôi việc hoặc hết hợp đồng"));
    let again = approver.post(&format!("{path}/revoke"), &[("reason", "died")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn another_authority_knows_nothing_of_a_card() {
    let (world, serial) = active().await;
    let other = world.office.ensure_authority("G02", "Bộ Khác", &by("admin")).await.unwrap();
    let mut elsewhere = world.signed_in_as("elsewhere", Role::Approver, Some(other)).await;
    for path in [format!("/cards/{serial}"), format!("/faces/card/{serial}/front")] {
        assert_eq!(elsewhere.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let own = format!("/cards?authority={}", world.authority);
    assert_eq!(elsewhere.get(&own).await.status, StatusCode::NOT_FOUND);
    let lock = elsewhere.post(&format!("/cards/{serial}/lock"), &[("reason", "lost")]).await;
    assert_eq!(lock.status, StatusCode::NOT_FOUND);
    for query in [serial.to_string(), personal_id(1), "Mẫu".to_owned()] {
        let found = elsewhere.post("/cards/search", &[("q", &query)]).await;
        assert!(found.body.contains("Không tìm thấy"), "{query}");
    }
    let list = elsewhere.get("/cards").await;
    assert!(list.body.contains("Chưa có thẻ nào"), "{}", list.body);
}

#[tokio::test]
async fn programs_read_and_lock_by_the_same_rules() {
    let (world, serial) = active().await;
    let mut approver = world.signed_in(Role::Approver).await;
    let card = approver.get(&format!("/v1/cards/{serial}")).await.json();
    assert_eq!(card["state"], "active");
    assert_eq!(card["read_back"]["record_agrees"], true);
    assert_eq!(card["approved"]["by"], "approver");
    assert!(!card.to_string().contains(&personal_id(1)));
    let post = Method::POST;
    let found = json!({ "q": personal_id(1) }).to_string();
    let found = approver.call(post.clone(), "/v1/cards/search", &found).await.json();
    assert_eq!(found["cards"][0]["serial"], serial.to_string());
    let path = format!("/v1/cards/{serial}");
    let why = json!({ "reason": "stolen" }).to_string();
    let locked = approver.call(post.clone(), &format!("{path}/lock"), &why).await;
    assert_eq!(locked.json()["state"], "locked", "{}", locked.body);
    let unlock = approver.call(post.clone(), &format!("{path}/unlock"), "").await;
    assert_eq!(unlock.status, StatusCode::CONFLICT);
    assert_eq!(unlock.json()["type"], "urn:congvu:refused-locker-is-unlocker");
    let why = json!({ "reason": "đối chiếu" }).to_string();
    let numbers = approver.call(post.clone(), &format!("{path}/numbers"), &why).await.json();
    assert_eq!(numbers["personal_id"], personal_id(1));
    let why = json!({ "reason": "stolen" }).to_string();
    let revoked = approver.call(post, &format!("{path}/revoke"), &why).await.json();
    assert_eq!(revoked["state"], "revoked");
}
