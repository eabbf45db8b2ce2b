//! Staff lists in the browser, over a real registry: a messy list is mended, loaded, asked for.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use access::Role;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use support::{Browser, World, personal_id};
use tower::ServiceExt as _;

const HEAD: &str = "STT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Loại,Mã cơ quan,Cơ quan quản lý,Đơn vị sử dụng,Chức vụ,Ảnh";
const PORTRAIT: &[u8] = include_bytes!("../../intake/tests/fixtures/drawn-portrait.jpg");

fn line(number: u32, name: &str, birth: &str, id: &str) -> String {
    format!(
        "{number},{name},{birth},Nam,{id},CC,G01,Bộ Thử nghiệm,Phòng Một,Chuyên viên,anh-{number}.jpg"
    )
}

/// Good, normalised, too short a number, twice the same, good.
fn messy() -> String {
    [
        "DANH SÁCH CÁN BỘ".to_owned(),
        HEAD.to_owned(),
        line(1, "Nguyễn Văn Mẫu", "15/06/1985", &personal_id(1)),
        line(2, "  Trần   Văn Hai ", "5-6-1985", "001 085 000 002"),
        line(3, "Lê Văn Ba", "15/06/1985", "12345"),
        line(4, "Phạm Văn Bốn", "15/06/1985", &personal_id(1)),
        line(5, "Võ Văn Năm", "15/06/1985", &personal_id(5)),
    ]
    .join("\n")
}

/// Uploads a list and gives the address of its draft.
async fn uploaded(hr: &mut Browser, list: &str) -> String {
    let answer = hr.upload("/lists/upload", &[], &[("file", "ds.csv", list.as_bytes())]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().to_owned()
}

/// The number that forms of a page carry.
fn seen(body: &str) -> String {
    body.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn bytes_of(world: &World, browser: &Browser, path: &str) -> (StatusCode, String, Vec<u8>) {
    let cookies: Vec<_> = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let request = Request::get(path)
        .header(header::HOST, "congvu.test")
        .header(header::COOKIE, cookies.join("; "))
        .body(Body::empty())
        .unwrap();
    let answer = world.router.clone().oneshot(request).await.unwrap();
    let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    let status = answer.status();
    (status, kind, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_messy_list_shows_each_row_with_reason_and_what_was_normalised() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let draft = uploaded(&mut hr, &messy()).await;
    let page = hr.get(&draft).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for text in ["chưa nhận", "nhận được", "diff-before", "diff-after", "phải có 12", "E5"]
    {
        assert!(page.body.contains(text), "no {text}: {}", page.body);
    }
    // The law behind the rule, and that it is stated.
    assert!(page.body.contains("Luật Căn cước") && page.body.contains("Quy định"));
    let refused = hr.get(&format!("{draft}?show=refused")).await;
    assert!(refused.body.contains("id=\"row-5\"") && refused.body.contains("id=\"row-6\""));
    assert!(!refused.body.contains("id=\"row-3\""));
    let changed = hr.get(&format!("{draft}?show=changed")).await;
    assert!(changed.body.contains("id=\"row-4\"") && !changed.body.contains("id=\"row-3\""));
    for page in [page, refused, changed, hr.get(&format!("{draft}/columns")).await] {
        assert!(!page.body.contains("001085000"), "a whole number is shown");
        assert!(!page.body.contains("001 085 000 002"), "a whole number is shown");
    }
}

#[tokio::test]
async fn a_mended_row_goes_in_and_the_others_stay_with_a_file_of_reasons() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let draft = uploaded(&mut hr, &messy()).await;
    let page = hr.get(&format!("{draft}/rows/5?show=refused")).await;
    assert!(page.body.contains("••345"), "{}", page.body);
    let number = personal_id(3);
    let fields =
        [("seen", seen(&page.body)), ("show", "refused".into()), ("field-personal_id", number)];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mended = hr.submit(&format!("{draft}/rows/5"), &fields).await;
    assert!(mended.body.contains("Dòng 5 đã nhận được"), "{}", mended.body);
    assert!(!mended.body.contains("id=\"row-5\"") && mended.body.contains("id=\"row-6\""));

    let (status, kind, book) = bytes_of(&world, &hr, &format!("{draft}/refused.xlsx")).await;
    assert_eq!((status, book.starts_with(b"PK")), (StatusCode::OK, true), "{kind}");
    assert!(kind.contains("spreadsheetml"));
    // What was downloaded can be sent again: the same row is refused for the same reason no more,
    // because its double is not in the file.
    let again = hr.upload("/lists/upload", &[], &[("file", "lai.xlsx", &book)]).await;
    let again = hr.follow(again).await;
    assert!(again.body.contains("Phạm Văn Bốn"), "{}", again.body);
    assert!(!again.body.contains("Võ Văn Năm"));

    let fields = [("seen", seen(&mended.body))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let loaded = hr.submit(&format!("{draft}/load"), &fields).await;
    assert!(loaded.body.contains("4 người mới"), "{}", loaded.body);
    assert!(loaded.body.contains("1 dòng còn ở lại bản nháp"));
    let people = world.office.people(world.authority, None, 10).await.unwrap();
    assert_eq!(people.len(), 4);
    // Asking again finds nothing to load.
    let fields = [("seen", seen(&loaded.body))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let nothing = hr.post(&format!("{draft}/load"), &fields).await;
    assert_eq!(nothing.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_was_typed_in_a_second_window_is_not_lost() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let draft = uploaded(&mut hr, &messy()).await;
    let old = seen(&hr.get(&format!("{draft}/rows/5")).await.body);
    let other = [("seen", old.as_str()), ("field-title", "Phó phòng")];
    assert_eq!(hr.post(&format!("{draft}/rows/3"), &other).await.status, StatusCode::SEE_OTHER);
    let late = [("seen", old.as_str()), ("field-title", "Trưởng phòng Đào tạo")];
    let answer = hr.post(&format!("{draft}/rows/5"), &late).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains("Trưởng phòng Đào tạo"), "{}", answer.body);
    assert_ne!(seen(&answer.body), old);
    let again = [("seen", seen(&answer.body)), ("field-title", "Trưởng phòng Đào tạo".into())];
    let again = again.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(hr.post(&format!("{draft}/rows/5"), &again).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn rows_are_left_out_taken_in_and_undone() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let draft = uploaded(&mut hr, &messy()).await;
    let now = seen(&hr.get(&draft).await.body);
    // Leaving the first of two out makes the second good.
    let page = hr.submit(&format!("{draft}/rows/3/leave-out"), &[("seen", &now)]).await;
    assert!(page.body.contains("Dòng 3 được để lại"), "{}", page.body);
    let refused = hr.get(&format!("{draft}?show=refused")).await;
    assert!(!refused.body.contains("id=\"row-6\""));
    let now = seen(&page.body);
    let page = hr.submit(&format!("{draft}/rows/3/take-in"), &[("seen", &now)]).await;
    let now = seen(&page.body);
    let fields = [("seen", now.as_str()), ("field-title", "Phó phòng")];
    hr.post(&format!("{draft}/rows/3"), &fields).await;
    let row = hr.get(&format!("{draft}/rows/3")).await;
    assert!(row.body.contains("value=\"Phó phòng\""), "{}", row.body);
    let undone = hr.submit(&format!("{draft}/rows/3/undo"), &[("seen", &seen(&row.body))]).await;
    assert!(undone.body.contains("value=\"Chuyên viên\""), "{}", undone.body);
}

#[tokio::test]
async fn columns_that_nobody_knows_are_told_by_a_person() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let number = personal_id(1);
    let list = format!(
        "Bảng một\nAi,Bao giờ,Phái,Con số,Hạng,Ban,Việc\nNguyễn Văn Mẫu,15/06/1985,Nam,{number},CC,Phòng Một,Chuyên viên\n"
    );
    let draft = uploaded(&mut hr, &list).await;
    let page = hr.get(&draft).await;
    assert!(page.body.contains("Chỉ ra các cột"), "{}", page.body);
    let now = seen(&hr.get(&format!("{draft}/columns")).await.body);
    let header = [("seen", now.as_str()), ("header", "2"), ("sheet", "")];
    let page = hr.submit(&format!("{draft}/header"), &header).await;
    assert!(page.body.contains("Bao giờ") && page.body.contains("•••••••••001"), "{}", page.body);
    assert!(!page.body.contains(&number));
    let now = seen(&page.body);
    let mut fields = vec![("seen", now.as_str()), ("header", "2"), ("sheet", "")];
    fields.extend([("column-0", "full_name"), ("column-1", "birth"), ("column-2", "sex")]);
    fields.extend([("column-3", "personal_id"), ("column-4", "card_type"), ("column-5", "")]);
    fields.extend([("column-6", "title"), ("default-agency_code", "G01")]);
    fields.push(("default-employing_unit", "Phòng Chung"));
    let mapped = hr.submit(&format!("{draft}/columns"), &fields).await;
    assert!(
        mapped.body.contains("Phòng Chung") && mapped.body.contains("nhận được"),
        "{}",
        mapped.body
    );
    // The same field twice is refused, and the choice stays on the page.
    let now = seen(&mapped.body);
    let twice =
        [("seen", now.as_str()), ("header", "2"), ("column-0", "title"), ("column-1", "title")];
    let answer = hr.post(&format!("{draft}/columns"), &twice).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("Hai cột cùng được chọn"), "{}", answer.body);
}

#[tokio::test]
async fn photos_find_their_rows_are_cropped_and_go_in() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let draft = uploaded(&mut hr, &messy()).await;
    let archive =
        zip(&[("anh-1.jpg", PORTRAIT), ("ai-day.jpg", PORTRAIT), ("anh-2.jpg", b"no picture")]);
    let answer =
        hr.upload(&format!("{draft}/photos/upload"), &[], &[("file", "anh.zip", &archive)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = hr.follow(answer).await;
    assert!(page.body.contains("không khớp với ai"), "{}", page.body);
    assert!(page.body.contains("1 người đã có ảnh"), "{}", page.body);
    let photo = format!("{draft}/rows/3/photo");
    let (status, kind, print) = bytes_of(&world, &hr, &format!("{photo}/print.jpg")).await;
    assert_eq!(
        (status, kind.as_str(), &print[..2]),
        (StatusCode::OK, "image/jpeg", &[0xff, 0xd8][..])
    );
    let page = hr.get(&photo).await;
    assert!(page.body.contains("data-crop"), "{}", page.body);
    let outside = [("x", "4000"), ("y", "0"), ("w", "354"), ("h", "472")];
    let refused = hr.post(&format!("{photo}/part"), &outside).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused.body.contains("value=\"4000\"") && refused.body.contains("nằm ngoài ảnh"),
        "{}",
        refused.body
    );
    let part = [("x", "0"), ("y", "0"), ("w", "354"), ("h", "472")];
    let taken = hr.submit(&format!("{photo}/part"), &part).await;
    assert!(taken.body.contains("Đã lấy phần ảnh bạn chọn"), "{}", taken.body);
    let (.., other) = bytes_of(&world, &hr, &format!("{photo}/print.jpg")).await;
    assert_ne!(print, other);
    // One by one, for a row without.
    let one = hr
        .upload(&format!("{draft}/rows/7/photo/upload"), &[], &[("file", "x.jpg", PORTRAIT)])
        .await;
    assert_eq!(one.status, StatusCode::SEE_OTHER, "{}", one.body);
    let now = seen(&hr.get(&draft).await.body);
    hr.post(&format!("{draft}/load"), &[("seen", &now)]).await;
    let people = world.office.people(world.authority, None, 10).await.unwrap();
    assert_eq!(people.iter().filter(|person| person.photo).count(), 2);
}

#[tokio::test]
async fn a_draft_is_its_officers_alone_and_goes_for_good() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let draft = uploaded(&mut hr, &messy()).await;
    let mut other = world.signed_in_as("hr-2", Role::Hr, None).await;
    for path in ["", "/columns", "/photos", "/rows/3", "/rows/3/photo", "/refused.xlsx"] {
        assert_eq!(
            other.get(&format!("{draft}{path}")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert_eq!(other.post(&format!("{draft}/remove"), &[]).await.status, StatusCode::NOT_FOUND);
    let mut guard = world.signed_in(Role::Guard).await;
    assert_eq!(guard.get(&draft).await.status, StatusCode::FORBIDDEN);
    assert_eq!(hr.post(&format!("{draft}/remove"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(hr.get(&draft).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_survives_a_restart_of_the_server() {
    let mut world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let draft = uploaded(&mut hr, &messy()).await;
    world.restart();
    let mut hr = world.signed_in(Role::Hr).await;
    assert!(hr.get("/lists").await.body.contains("ds.csv"));
    assert!(hr.get(&draft).await.body.contains("Võ Văn Năm"));
}

#[tokio::test]
async fn agency_of_another_post_and_unknown_agency_are_refused_by_row() {
    let world = World::new().await;
    let by = support::by("admin");
    let other = world.office.ensure_authority("G09", "Bộ Khác", &by).await.unwrap();
    let mut hr = world.signed_in_as("hr-g09", Role::Hr, Some(other)).await;
    let list = messy().replace(
        "Năm,15/06/1985,Nam,001085000005,CC,G01",
        "Năm,15/06/1985,Nam,001085000005,CC,G02",
    );
    let draft = uploaded(&mut hr, &list).await;
    let page = hr.get(&draft).await;
    assert!(page.body.contains("ngoài phạm vi của bạn"), "{}", page.body);
    assert!(page.body.contains("chưa có cơ quan quản lý nào mang mã G02"), "{}", page.body);
}

#[tokio::test]
async fn hostile_uploads_are_answered_with_words() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let large = vec![b'a'; (20 << 20) + 1];
    for (name, bytes, status, words) in [
        ("a.csv", &large[..], 413, "lớn hơn mức 20 MB"),
        ("a.csv", b"", 400, "Chưa chọn tệp nào"),
        ("a.xlsx", b"PK\x03\x04 no workbook", 400, "bị hỏng hoặc bị cắt"),
        ("a.exe", b"MZ\x00\x00\x00", 400, "không phải XLSX hay CSV"),
        ("a.csv", b"a,b\n\"never closed", 400, "không được đóng"),
    ] {
        let answer = hr.upload("/lists/upload", &[], &[("file", name, bytes)]).await;
        assert_eq!(answer.status.as_u16(), status, "{words}: {}", answer.body);
        assert!(answer.body.contains(words), "no {words}: {}", answer.body);
    }
    // A cut-off body, a body of another kind, no body.
    let kind = support_multipart();
    let whole = b"------congvu\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n".to_vec();
    let cut = hr.send(Method::POST, "/lists/upload", kind, whole).await;
    assert_eq!(cut.status, StatusCode::BAD_REQUEST);
    assert!(cut.body.contains("bị ngắt giữa chừng"), "{}", cut.body);
    for kind in ["text/plain", "application/json", ""] {
        let answer = hr.send(Method::POST, "/lists/upload", kind, b"x".to_vec()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{kind}");
    }
    assert!(hr.get("/lists").await.body.contains("Chưa có danh sách nào"));
}

fn support_multipart() -> &'static str {
    "multipart/form-data; boundary=----congvu"
}

#[tokio::test]
async fn an_upload_without_its_sessions_token_is_not_read() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let token = std::mem::replace(&mut hr.csrf, "another".to_owned());
    let list = messy();
    let files: [(&str, &str, &[u8]); 1] = [("file", "ds.csv", list.as_bytes())];
    let answer = hr.upload("/lists/upload", &[], &files).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    hr.csrf = String::new();
    assert_eq!(hr.upload("/lists/upload", &[], &files).await.status, StatusCode::FORBIDDEN);
    hr.csrf = token;
    hr.site = "cross-site";
    assert_eq!(hr.upload("/lists/upload", &[], &files).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn hostile_forms_change_nothing() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let draft = uploaded(&mut hr, &messy()).await;
    let now = seen(&hr.get(&draft).await.body);
    let long = "a".repeat(501);
    let row = format!("{draft}/rows/5");
    let columns = format!("{draft}/columns");
    let forms: [(&str, Vec<(&str, &str)>); 12] = [
        (&row, vec![]),
        (&row, vec![("seen", "x"), ("field-title", "a")]),
        (&row, vec![("seen", &now), ("seen", &now), ("field-title", "a")]),
        (&row, vec![("seen", &now), ("field-title", &long)]),
        (&row, vec![("seen", &now), ("field-title", "a"), ("field-title", "b")]),
        (&row, vec![("seen", &now), ("field-nothing", "a")]),
        (&row, vec![("seen", &now), ("field-row", "a")]),
        (&columns, vec![("seen", &now), ("header", "2"), ("column-x", "title")]),
        (&columns, vec![("seen", &now), ("header", "2"), ("column-1", "nothing")]),
        (&columns, vec![("seen", &now), ("header", "2"), ("default-birth", "1985")]),
        (&columns, vec![("seen", &now), ("header", "-1")]),
        (&columns, vec![("header", "2")]),
    ];
    for (path, fields) in forms {
        let answer = hr.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {fields:?}: {}", answer.body);
    }
    for path in [
        "/lists/x",
        "/lists/00000000-0000-0000-0000-000000000000",
        &format!("{draft}/rows/99"),
        &format!("{draft}/rows/x"),
        &format!("{draft}/rows/1"),
    ] {
        assert_eq!(hr.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(seen(&hr.get(&draft).await.body), now);
}

#[tokio::test]
async fn markup_in_cells_and_names_is_text() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let evil = "<script>alert(1)</script>";
    let list = messy().replace("Phòng Một", evil);
    let answer = hr.upload("/lists/upload", &[], &[("file", "<b>x.csv", list.as_bytes())]).await;
    let draft = answer.location().to_owned();
    for path in ["", "/columns", "/rows/3", "/photos", "/rows/3/photo"] {
        let page = hr.get(&format!("{draft}{path}")).await;
        assert!(!page.body.contains(evil) && !page.body.contains("<b>x"), "{path}");
    }
    let now = seen(&hr.get(&draft).await.body);
    let fields = [("seen", now.as_str()), ("field-title", "\"><img src=x onerror=alert(1)>")];
    hr.post(&format!("{draft}/rows/3"), &fields).await;
    let page = hr.get(&format!("{draft}/rows/3")).await;
    assert!(!page.body.contains("<img src=x") && page.body.contains("&#60;img"), "{}", page.body);
}

#[tokio::test]
async fn pages_speak_english_too() {
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    hr.lang = "en";
    let draft = uploaded(&mut hr, &messy()).await;
    for path in ["", "/columns", "/photos", "/rows/5", "/rows/5/photo"] {
        let page = hr.get(&format!("{draft}{path}")).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.body.contains("lists-"), "a key is shown on {path}");
    }
    assert!(hr.get(&draft).await.body.contains("Row by row"));
}
