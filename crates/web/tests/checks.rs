//! Checks of cards: the guard's, the public's, and the same for programs.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::atomic::Ordering;
use std::time::Duration;

use access::Role;
use axum::http::{Method, StatusCode};
use support::{Browser, With, World, by, entry, entry_of, input, personal_id};
use web::{Budget, ChipCheck, ChipRecord, Proof};
use wire::CardSerial;

async fn guard_with_card(world: &World) -> (Browser, CardSerial, String) {
    let serial = world.active_card(entry(1), 1).await;
    let qr = world.qr(serial).await;
    (world.signed_in(Role::Guard).await, serial, qr)
}

#[tokio::test]
async fn a_valid_card_shows_whose_it_is_and_what_the_code_does_not_prove() {
    let world = World::new().await;
    let (mut guard, serial, qr) = guard_with_card(&world).await;
    let page = guard.post("/guard", &[("qr", &qr)]).await;
    assert_eq!(page.status, StatusCode::OK);
    for text in [
        "big-ok",
        "Nguyễn Văn Mẫu",
        "Chuyên viên",
        "Phòng Thử nghiệm",
        "src=\"data:image/png;base64,iVBORw==\"",
        "Mã QR chỉ chứng minh",
        "action=\"/guard/lock\"",
        &serial.to_string(),
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains(&personal_id(1)), "the number is never shown");
    assert!(!page.body.contains(&qr), "what was scanned is not kept in the page");
}

#[tokio::test]
async fn a_text_that_differs_is_shown_beside_the_registered_one() {
    let world = World::new().await;
    let (mut guard, _, qr) = guard_with_card(&world).await;
    let forged = qr.replace("Nguyễn Văn Mẫu", "Lê Thị Khác").replace("15/06/1985", "16/06/1985");
    assert_ne!(forged, qr);
    let page = guard.post("/guard", &[("qr", &forged)]).await;
    assert!(page.body.contains("big-warn"), "{}", page.body);
    for text in ["Lê Thị Khác", "Nguyễn Văn Mẫu", "16/06/1985", "15/06/1985"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
}

#[tokio::test]
async fn what_is_no_card_is_refused_with_its_reason() {
    let world = World::new().await;
    let (mut guard, _, qr) = guard_with_card(&world).await;
    let other_code = format!("ZZZZ{}", qr.get(4..).unwrap());
    let unknown = qr.replace(&personal_id(1), &personal_id(2));
    for (text, words) in [
        ("https://example.org/", "Không phải mã của thẻ"),
        ("", "Không phải mã của thẻ"),
        (other_code.as_str(), "Mã không khớp lần cấp nào"),
        (unknown.as_str(), "Không có trong sổ đăng ký"),
    ] {
        let page = guard.post("/guard", &[("qr", text)]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("big-stop") && page.body.contains(words), "{}", page.body);
        assert!(!page.body.contains("Nguyễn Văn Mẫu"), "nobody is shown");
    }
}

#[tokio::test]
async fn after_a_lock_the_next_check_says_so_and_the_public_learns_no_reason() {
    let world = World::new().await;
    let (mut guard, serial, qr) = guard_with_card(&world).await;
    let serial = serial.to_string();
    let rows = world.rows().await;
    for reason in ["", "no-such-reason"] {
        let answer = guard.post("/guard/lock", &[("serial", &serial), ("reason", reason)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    }
    assert_eq!(world.rows().await, rows);
    let lock = [("serial", serial.as_str()), ("reason", "stolen")];
    let page = guard.submit("/guard/lock", &lock).await;
    assert!(page.body.contains(&format!("Đã khoá thẻ {serial}")), "{}", page.body);

    let page = guard.post("/guard", &[("qr", &qr)]).await;
    assert!(page.body.contains("big-stop"), "{}", page.body);
    assert!(page.body.contains("bị lấy cắp") && page.body.contains("Nguyễn Văn Mẫu"));
    assert!(!page.body.contains("action=\"/guard/lock\""), "it is locked already");
    let again = guard.post("/guard/lock", &lock).await;
    assert_eq!(again.status, StatusCode::CONFLICT);

    let page = world.browser().post("/check", &[("qr", &qr)]).await;
    assert!(page.body.contains("Hiện không có giá trị"), "{}", page.body);
    for hidden in ["Nguyễn Văn Mẫu", "lấy cắp", "data:image"] {
        assert!(!page.body.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn the_public_sees_the_face_of_a_valid_card_and_no_number() {
    let world = World::new().await;
    let serial = world.active_card(entry(1), 1).await;
    let qr = world.qr(serial).await;
    let mut anybody = world.browser();
    let page = anybody.post("/check", &[("qr", &qr)]).await;
    assert_eq!(page.status, StatusCode::OK);
    for text in
        ["big-ok", "Nguyễn Văn Mẫu", "Chuyên viên", "src=\"data:image/png;base64,iVBORw==\""]
    {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    for hidden in [personal_id(1), serial.to_string(), "15/06/1985".to_owned(), qr.clone()] {
        assert!(!page.body.contains(&hidden), "{hidden}");
    }
    // The same by a picture, and a signed-in officer by a form with a token.
    let picture = [b"QR:", qr.as_bytes()].concat();
    let page = anybody.upload("/check/picture", &[], &[("picture", "a.png", &picture)]).await;
    assert!(page.body.contains("big-ok"), "{}", page.body);
    let mut officer = world.signed_in(Role::Hr).await;
    let page = officer.post("/check", &[("qr", &qr)]).await;
    assert!(page.body.contains("big-ok"), "{}", page.body);
}

#[tokio::test]
async fn unknown_and_not_valid_are_one_answer_to_the_public() {
    let world = World::new().await;
    let (_, ready) = world.ready_card(entry(1), 1).await;
    let ready = world.qr(ready).await;
    let active = world.active_card(entry(2), 2).await;
    let forged = world.qr(active).await.replace("Chuyên viên", "Giám đốc");
    let unknown = ready.replace(&personal_id(1), &personal_id(3));
    let mut anybody = world.browser();
    let mut bodies = Vec::new();
    for text in [ready.as_str(), &unknown, &forged, "nonsense", ""] {
        let page = anybody.post("/check", &[("qr", text)]).await;
        assert_eq!(page.status, StatusCode::OK);
        // The support code is another on each page.
        let code = page.body.split("support-code\">").nth(1).unwrap().get(..8).unwrap().to_owned();
        bodies.push(page.body.replace(&code, ""));
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:#?}");
}

#[tokio::test]
async fn too_many_public_checks_are_told_to_wait_and_pages_are_still_read() {
    let each = Duration::from_mins(10);
    let budget = Budget { burst: 2, each, patience: Duration::ZERO };
    let world = World::with(With { budget, ..With::default() }).await;
    let mut anybody = world.browser();
    for _ in 0..2 {
        assert_eq!(anybody.post("/check", &[("qr", "x")]).await.status, StatusCode::OK);
    }
    let page = anybody.post("/check", &[("qr", "x")]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.body.contains("quá nhiều lần"), "{}", page.body);
    assert!(page.header("retry-after").parse::<u64>().unwrap() >= 1);
    let upload = anybody.upload("/check/picture", &[], &[("picture", "a", b"QR:x")]).await;
    assert_eq!(upload.status, StatusCode::TOO_MANY_REQUESTS);
    let program = anybody.call(Method::POST, "/v1/checks", r#"{"qr":"x"}"#).await;
    assert_eq!(program.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(program.json()["type"], "urn:congvu:fault-too-often");
    assert_eq!(anybody.get("/check").await.status, StatusCode::OK);
}

fn chip_of(serial: CardSerial, name: &str) -> ChipCheck {
    ChipCheck {
        valid: true,
        state: "active".to_owned(),
        data: Proof::Shown,
        chip: Proof::Shown,
        photo: Proof::NotTried,
        why: None,
        record: Some(ChipRecord {
            serial: serial.to_string(),
            full_name: name.to_owned(),
            title: "Chuyên viên".to_owned(),
            employing_unit: "Phòng Thử nghiệm".to_owned(),
            managing_agency: "Bộ Thử nghiệm".to_owned(),
        }),
        exchanges: 5,
    }
}

#[tokio::test]
async fn a_card_on_the_reader_is_judged_by_what_its_chip_shows() {
    let world = World::new().await;
    let (mut guard, serial, _) = guard_with_card(&world).await;
    let good = chip_of(serial, "Nguyễn Văn Mẫu");
    let cases = [
        (good.clone(), "big-ok", "Chip biết khoá riêng"),
        (ChipCheck { chip: Proof::False, ..good.clone() }, "big-stop", "Chip là bản sao"),
        (ChipCheck { data: Proof::False, ..good.clone() }, "big-stop", "Dữ liệu trên chip là giả"),
        (ChipCheck { chip: Proof::NotTried, ..good.clone() }, "big-warn", "chưa kiểm được chip"),
        (ChipCheck { valid: false, ..good.clone() }, "big-stop", "Hiện không có giá trị"),
        (chip_of(serial, "Lê Thị Khác"), "big-warn", "Lê Thị Khác"),
        (
            chip_of(CardSerial::from_random(77), "Lê Thị Khác"),
            "big-stop",
            "Không có trong sổ đăng ký",
        ),
    ];
    for (chip, kind, words) in cases {
        *world.workshop.chip.lock().unwrap() = Some(chip);
        let page = guard.post("/guard/reader", &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(kind) && page.body.contains(words), "{words}: {}", page.body);
        assert!(page.body.contains("chuyển tiếp qua sóng"), "a relay is not noticed, and said so");
    }
    let wanted = serial.to_string();
    guard.post("/guard/reader", &[("put", &wanted)]).await;
    assert_eq!(*world.workshop.put.lock().unwrap(), Some(serial));
}

#[tokio::test]
async fn an_empty_reader_a_wrong_serial_and_a_missing_tray_are_explained() {
    let world = World::new().await;
    let mut guard = world.signed_in(Role::Guard).await;
    let page = guard.post("/guard/reader", &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("Chưa kiểm tra được thẻ trên đầu đọc"), "{}", page.body);
    let page = guard.post("/guard/reader", &[("put", "K7Q2-9XWM-5")]).await;
    assert!(page.body.contains("Mã thẻ không đúng") && page.body.contains("K7Q2-9XWM-5"));
    world.workshop.real.store(true, Ordering::SeqCst);
    let serial = CardSerial::from_random(1).to_string();
    let page = guard.post("/guard/reader", &[("put", &serial)]).await;
    assert!(page.body.contains("Chỉ bản trình diễn"), "{}", page.body);
    assert!(!guard.get("/guard").await.body.contains("name=\"put\""));
}

#[tokio::test]
async fn a_picture_without_a_code_is_explained() {
    let world = World::new().await;
    let mut guard = world.signed_in(Role::Guard).await;
    let page = guard.upload("/guard/picture", &[], &[("picture", "a.png", b"nothing")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("Không đọc được mã QR"), "{}", page.body);
}

#[tokio::test]
async fn an_officer_of_another_authority_learns_what_the_public_does() {
    let world = World::new().await;
    let serial = world.active_card(entry(1), 1).await;
    let qr = world.qr(serial).await;
    let other = world.office.ensure_authority("H01", "Bộ Khác", &by("admin")).await.unwrap();
    let mut guard = world.signed_in_as("guard-h01", Role::Guard, Some(other)).await;
    let page = guard.post("/guard", &[("qr", &qr)]).await;
    assert!(page.body.contains("big-ok") && page.body.contains("Nguyễn Văn Mẫu"));
    assert!(!page.body.contains("action=\"/guard/lock\""), "not theirs to lock");
    let serial = serial.to_string();
    let answer = guard.post("/guard/lock", &[("serial", &serial), ("reason", "stolen")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);

    let mut own = world.signed_in(Role::Guard).await;
    own.post("/guard/lock", &[("serial", &serial), ("reason", "stolen")]).await;
    let page = guard.post("/guard", &[("qr", &qr)]).await;
    assert!(page.body.contains("big-stop"), "{}", page.body);
    for hidden in ["Nguyễn Văn Mẫu", "lấy cắp", "data:image"] {
        assert!(!page.body.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn programs_get_the_same_findings_with_codes() {
    let world = World::new().await;
    let serial = world.active_card(entry_of(&input(1), 1), 1).await;
    let qr = world.qr(serial).await;
    let mut guard = world.signed_in(Role::Guard).await;
    let body = serde_json::json!({ "qr": qr }).to_string();
    let found = guard.call(Method::POST, "/v1/inspections/code", &body).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.body);
    let json = found.json();
    assert_eq!((&json["answer"], &json["reason"]), (&"accept".into(), &"valid".into()));
    assert_eq!(json["card"]["serial"], serial.to_string());
    assert_eq!(json["card"]["holder"]["full_name"], "Nguyễn Văn Mẫu");
    assert!(!found.body.contains(&personal_id(1)));

    let wrong = guard.call(Method::POST, "/v1/inspections/code", r#"{"qr":7}"#).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(wrong.header("content-type"), "application/problem+json");
    assert_eq!(wrong.json()["type"], "urn:congvu:fault-json");
    assert!(wrong.body.contains("qr"), "the field is named: {}", wrong.body);

    let csrf = std::mem::take(&mut guard.csrf);
    let bare = guard.call(Method::POST, "/v1/inspections/code", &body).await;
    assert_eq!(bare.status, StatusCode::FORBIDDEN, "a change needs the session's token");
    guard.csrf = csrf;
    let mut nobody = world.browser();
    let out = nobody.call(Method::POST, "/v1/inspections/code", &body).await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED);
    let who = guard.get("/v1/session").await.json();
    assert_eq!((&who["role"], &who["csrf"]), (&"guard".into(), &guard.csrf.as_str().into()));

    let lock = serde_json::json!({ "serial": serial, "reason": "lost" }).to_string();
    let locked = guard.call(Method::POST, "/v1/inspections/lock", &lock).await;
    assert_eq!(locked.status, StatusCode::OK, "{}", locked.body);
    let found = guard.call(Method::POST, "/v1/inspections/code", &body).await.json();
    assert_eq!((&found["answer"], &found["card"]["locked"]), (&"refuse".into(), &"lost".into()));
}
