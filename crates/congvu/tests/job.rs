//! The main job by commands: rules hold, errors are named, nothing personal leaks.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fmt::Write as _;

use common::{Home, bytes, files};

const PEOPLE: &str = "6";

/// The whole way in one test, because making cards takes its time: what each step shows is named.
#[test]
fn job_by_commands_keeps_its_rules_and_leaks_nothing() {
    let home = Home::new();
    let demo = home.start(&["demo", "--people", PEOPLE], "Ctrl-C");
    let mut said = String::new();
    let mut run = |words: &[&str]| {
        let ended = home.run(words);
        said.push_str(&ended.out);
        said.push_str(&ended.err);
        ended
    };

    // The list again: good rows are known, bad ones are named, nothing changes.
    let list = home.data().join("sample/staff.xlsx").display().to_string();
    let photos = home.data().join("sample/photos.zip").display().to_string();
    let checked = run(&["intake", "check", &list, "--format", "json"]);
    assert_eq!(checked.code, 1, "bad rows are refused: {checked:#?}");
    let total = checked.json().pop().unwrap();
    assert_eq!(total["total"]["error"], 12);
    let again =
        run(&["intake", "load", &list, "--photos", &photos, "--as", "hr", "--format", "json"]);
    let again = again.json().pop().unwrap();
    assert_eq!((again["new"].as_u64(), again["changed"].as_u64()), (Some(0), Some(0)), "{again}");
    assert_eq!(again["unchanged"], 6);

    // Nobody acts without a name; who requests does not approve.
    assert_eq!(run(&["request"]).code, 1);
    assert_eq!(run(&["request", "--as", "hr"]).code, 0);
    let own = run(&["approve", "--all", "--as", "hr"]);
    assert_eq!(own.code, 1);
    assert!(own.err.contains("không được tự duyệt"), "{own:#?}");
    assert_eq!(run(&["approve", "--all", "--as", "approver"]).code, 0);

    let made = run(&["station", "run", "--as", "operator", "--format", "json"]);
    assert_eq!(made.code, 0, "{made:#?}");
    assert_eq!(made.json()[0]["ready"], 6);

    // Who approves does not hand over.
    let own = run(&["hand-over", "--all", "--as", "approver"]);
    assert_eq!(own.code, 1);
    assert_eq!(run(&["hand-over", "--all", "--as", "activator"]).code, 0);

    let cards = run(&["card", "list", "--state", "active", "--format", "json"]).json();
    assert_eq!(cards.len(), 6);
    let serial = cards[0]["serial"].as_str().unwrap().to_owned();

    // The chip on the reader and the QR on the face both say valid.
    let chip = run(&["check", "chip", "--tray", &serial, "--format", "json"]);
    assert_eq!(chip.code, 0, "{chip:#?}");
    let chip = chip.json().remove(0);
    assert_eq!((&chip["valid"], &chip["exchanges"].as_u64().is_some()), (&true.into(), &true));
    let face = home.data().join("faces").join(format!("{serial}-front.png")).display().to_string();
    assert_eq!(run(&["check", "qr", &face]).code, 0);

    // Locked: both say not valid now, at once. Who locks does not unlock.
    assert_eq!(run(&["card", "lock", &serial, "--reason", "lost", "--as", "guard"]).code, 0);
    assert_eq!(run(&["check", "qr", &face]).code, 1);
    let chip = run(&["check", "chip", "--tray", &serial]);
    assert_eq!(chip.code, 1, "{chip:#?}");
    assert_eq!(run(&["card", "unlock", &serial, "--as", "guard"]).code, 1);
    assert_eq!(run(&["card", "unlock", &serial, "--as", "hr"]).code, 0);
    assert_eq!(run(&["check", "qr", &face]).code, 0);

    // Revoked is for ever.
    let revoke = ["card", "revoke", &serial, "--reason", "retired", "--as", "hr"];
    assert_eq!(run(&[&revoke[..], &["--dry-run"]].concat()).code, 0);
    assert_eq!(run(&["check", "qr", &face]).code, 0, "a dry run changes nothing");
    assert_eq!(run(&revoke).code, 0);
    assert_eq!(run(&["card", "unlock", &serial, "--as", "approver"]).code, 1);
    assert_eq!(run(&["check", "qr", &face]).code, 1);
    let shown = run(&["card", "show", &serial]);
    for action in ["khoá thẻ", "mở khoá thẻ", "thu hồi thẻ", "giao thẻ", "(guard)"] {
        assert!(shown.out.contains(action), "{action}: {}", shown.out);
    }

    assert_eq!(demo.interrupt(), 0);
    nothing_personal_leaks(&home, &list, &said);
}

/// No personal id number of the list stands in what was said, in a file name, or in a file that is
/// not the list, the portraits' archive or a printed face.
fn nothing_personal_leaks(home: &Home, list: &str, said: &str) {
    let csv = std::fs::read_to_string(list.replace(".xlsx", ".csv")).unwrap();
    let numbers: Vec<String> = csv
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() == 12)
        .map(str::to_owned)
        .collect();
    assert!(numbers.len() >= 6, "the list holds personal id numbers");
    for number in &numbers {
        assert!(!said.contains(number.as_str()), "a number was said");
    }
    for path in files(&home.data()) {
        let name = path.display().to_string();
        assert!(numbers.iter().all(|number| !name.contains(number.as_str())), "{name}");
        if name.contains("/sample/") || name.contains("/faces/") || name.contains("/tray/") {
            continue;
        }
        let content = bytes(&path);
        for number in &numbers {
            let found = content.windows(12).any(|window| window == number.as_bytes());
            assert!(!found, "a personal id number stands in {name}");
        }
    }
}

#[test]
fn demo_keys_are_refused_in_production() {
    let home = Home::new();
    home.done(&["init", "--authority", "G09", "--demo"]);
    let ended = home.run(&["serve", "--production"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains("dùng thử"), "{ended:#?}");
    assert_eq!(home.run(&["demo", "--once", "--production"]).code, 1);
}

#[test]
fn demo_leaves_a_real_installation_alone() {
    let home = Home::new();
    let passphrase = home.passphrase();
    home.done(&["init", "--authority", "G09", "--passphrase-file", &passphrase]);
    let before = bytes(&home.data().join("vault.sealed"));
    for words in [&["demo", "--once"][..], &["demo", "--once", "--fresh"]] {
        assert_eq!(home.run(words).code, 1, "{words:?}");
    }
    assert_eq!(bytes(&home.data().join("vault.sealed")), before);
}

#[test]
fn bad_input_is_named_and_ends_with_1() {
    let home = Home::new();
    home.done(&["init", "--authority", "G09", "--demo"]);
    let junk = home.folder.path().join("junk.xlsx");
    std::fs::write(&junk, b"no list at all\x00\x01").unwrap();
    let junk = junk.display().to_string();
    for (words, names) in [
        (&["init", "--authority", "G09", "--demo"][..], "đã có một hệ thống"),
        (&["intake", "check", "no-such.xlsx"], "no-such.xlsx"),
        (&["card", "show", "0000-0001-X"], "ký tự kiểm tra"),
        (&["station", "run", "--server", "http://10.0.0.5:80"], "10.0.0.5"),
        (&["intake", "check", &junk], "junk.xlsx"),
        (&["check", "qr", "not|a|card"], "mã QR"),
        (&["card", "show", "0000-0001-D"], "0000-0001-D"),
        (&["card", "lock", "0000-0001-D", "--reason", "boredom", "--as", "hr"], "lost"),
        (&["card", "list", "--state", "lovely"], "active"),
        (&["approve", "00000000-0000-0000-0000-000000000001", "--as", "hr"], "đề nghị"),
        (&["serve", "--listen", "0.0.0.0:0"], "0.0.0.0"),
    ] {
        let ended = home.run(words);
        assert_eq!(ended.code, 1, "{words:?}: {ended:#?}");
        assert!(ended.err.contains(names), "{words:?}: {ended:#?}");
    }
}

#[test]
fn init_that_is_refused_leaves_nothing_in_the_way() {
    let home = Home::new();
    assert_eq!(home.run(&["init", "--authority", "G99", "--demo"]).code, 1);
    assert_eq!(home.run(&["init", "--authority", "G09"]).code, 1, "no passphrase was named");
    home.done(&["init", "--authority", "G09", "--demo"]);
}

#[test]
fn fresh_deletes_no_folder_that_is_not_a_demonstration() {
    let home = Home::new();
    let photos = home.data().join("photos");
    std::fs::create_dir_all(&photos).unwrap();
    std::fs::write(photos.join("holiday.jpg"), "mine").unwrap();
    assert_eq!(home.run(&["demo", "--once", "--fresh"]).code, 1);
    assert!(photos.join("holiday.jpg").exists());
}

#[test]
fn broken_configuration_is_named_with_its_line() {
    let home = Home::new();
    home.done(&["init", "--authority", "G09", "--demo"]);
    std::fs::write(home.data().join("congvu.toml"), "[station]\ndpi = 72\n").unwrap();
    let ended = home.run(&["config", "check"]);
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("station.dpi"), "{ended:#?}");
    std::fs::write(home.data().join("congvu.toml"), "[station]\n\nflavour = 1\n").unwrap();
    let ended = home.run(&["config", "check"]);
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("dòng 3"), "{ended:#?}");
}

#[test]
fn command_without_an_installation_says_what_to_do() {
    let home = Home::new();
    let ended = home.run(&["card", "list"]);
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("congvu demo"), "{ended:#?}");
    let ended = home.run(&["doctor", "--format", "json"]);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.json()[0]["ready"], false);
}

#[test]
fn server_answers_stations_by_their_token_only() {
    let home = Home::new();
    home.done(&["init", "--authority", "G09", "--demo"]);
    let server = home.start(&["serve", "--listen", "127.0.0.1:0"], "127.0.0.1");
    let address = std::fs::read_to_string(home.data().join("server.address")).unwrap();
    let wrong = home.folder.path().join("wrong.token");
    std::fs::write(&wrong, "0123").unwrap();
    let post = |token: &str, path: &str, body: &str| {
        ureq::post(format!("{address}{path}"))
            .config()
            .http_status_as_error(false)
            .build()
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .send(body)
            .unwrap()
            .status()
            .as_u16()
    };
    let claim = r#"{"version":1,"chip":{"uid":"04010203040506","generation":"ev3","storage_bytes":8192},"dpi":300}"#;
    let ev1 = claim.replace("ev3", "ev1");
    let token = std::fs::read_to_string(home.data().join("stations/tram-01.token")).unwrap();
    assert_eq!(post("0123", "/v1/station/claim", claim), 401);
    assert_eq!(post(&token, "/v1/station/claim", claim), 200);
    assert_eq!(post(&token, "/v1/station/claim", &ev1), 200);
    assert_eq!(post("", "/v1/checks", r#"{"qr":"x"}"#), 200);
    drop(server);
}

/// Whatever a user mistypes is answered in the user's language, with what would be right.
#[test]
fn mistyped_command_line_is_answered_in_the_users_language() {
    let home = Home::new();
    for (words, vi, en) in [
        (&["demoo"][..], "không có lệnh demoo", "there is no command demoo"),
        (&["demo", "--peopel", "5"], "Có phải ý là: --people", "Did you mean: --people"),
        (&["demo", "--people", "many"], "cần một số nguyên", "a whole number is needed"),
        (&["intake", "load"], "còn thiếu: <FILE>", "missing: <FILE>"),
        (&["demo", "--format", "yaml"], "Các giá trị: text, json", "Values: text, json"),
    ] {
        for (lang, expected) in [("vi", vi), ("en", en)] {
            let ended = home.run(&[words, &["--lang", lang]].concat());
            assert_eq!((ended.code, &*ended.out), (1, ""), "{words:?}: {ended:#?}");
            assert!(ended.err.contains(expected), "{words:?}: {ended:#?}");
        }
    }
}

/// A registry that is asked about a list names what it knows, wherever in the list it stands.
#[test]
fn list_that_was_loaded_is_known_row_by_row() {
    let home = Home::new();
    home.done(&["init", "--authority", "G09", "--demo"]);
    let list = home.folder.path().join("list.csv");
    let mut text = String::from("Họ và tên,Ngày sinh,Số CCCD,Loại,Mã cơ quan,Đơn vị,Chức vụ\n");
    for number in 0..1_100 {
        writeln!(text, "Nguyễn Văn Hòa,05/03/1988,034088{number:06},CC,G09,Vụ A,Chuyên viên")
            .unwrap();
    }
    std::fs::write(&list, &text).unwrap();
    let path = list.display().to_string();
    home.done(&["intake", "load", &path, "--as", "hr"]);
    // One row in a hundred has changed since.
    let mut row = 0;
    let changed: String = text
        .lines()
        .map(|line| {
            row += 1;
            let title = if row % 100 == 0 { "Kế toán" } else { "Chuyên viên" };
            line.replace("Chuyên viên", title) + "\n"
        })
        .collect();
    std::fs::write(&list, changed).unwrap();
    let checked = home.done(&["intake", "check", &path, "--format", "json"]).json();
    let total = &checked.last().unwrap()["total"];
    assert_eq!((total["ok"].as_u64(), total["warn"].as_u64()), (Some(1_089), Some(11)), "{total}");
    for row in &checked[1..checked.len() - 1] {
        let number = row["row"].as_u64().unwrap();
        let code = if number % 100 == 0 { "known-changed" } else { "known-unchanged" };
        let codes = row["messages"].as_array().unwrap();
        assert!(codes.iter().any(|message| message["code"] == code), "{row}");
    }
}
