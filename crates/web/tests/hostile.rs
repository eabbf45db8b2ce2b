//! What browsers never send, and what somebody stored to be shown: answers that explain, nothing
//! done, nothing executed.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;

use access::Role;
use axum::http::{Method, StatusCode};
use support::{Answer, Browser, FORM, MULTIPART, World, by, entry, entry_of, input, multipart};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One form: where it goes, whose it is, and what a browser would send.
struct Form {
    path: &'static str,
    /// Who may send it; none: anybody.
    role: Option<Role>,
    /// Somebody who may not.
    not: Option<Role>,
    /// Name and a right value. A name after `?` may be missing, after `*` also come several times.
    fields: &'static [(&'static str, &'static str)],
    /// The name of its file, when it carries one.
    file: Option<&'static str>,
    /// Whether it takes more than 64 KB.
    long: bool,
}

const fn form(
    path: &'static str,
    role: Role,
    not: Role,
    fields: &'static [(&'static str, &'static str)],
) -> Form {
    Form { path, role: Some(role), not: Some(not), fields, file: None, long: false }
}

#[expect(clippy::needless_pass_by_value, reason = "a row of the table is made from a row")]
const fn long(form: Form) -> Form {
    Form { long: true, ..form }
}

const fn file(path: &'static str, role: Role, not: Role, file: &'static str) -> Form {
    Form { path, role: Some(role), not: Some(not), fields: &[], file: Some(file), long: true }
}

const fn open(path: &'static str, fields: &'static [(&'static str, &'static str)]) -> Form {
    Form { path, role: None, not: None, fields, file: None, long: false }
}

/// Every form of every page. A test compares the paths with the router's.
const FORMS: &[Form] = &[
    open("/sign-in", &[("name", "hr"), ("password", "x"), ("code", "000000"), ("?next", "/")]),
    open("/preferences", &[("?lang", "en"), ("?theme", "dark"), ("?back", "/")]),
    open("/check", &[("qr", "x")]),
    Form { file: Some("picture"), long: true, ..open("/check/picture", &[]) },
    form("/guard", Role::Guard, Role::Hr, &[("qr", "x")]),
    file("/guard/picture", Role::Guard, Role::Hr, "picture"),
    form("/guard/reader", Role::Guard, Role::Hr, &[("?put", "")]),
    form("/guard/lock", Role::Guard, Role::Auditor, &[("serial", "{serial}"), ("reason", "lost")]),
    form("/audit/find", Role::Auditor, Role::Hr, &[("q", "mau")]),
    form("/audit/verify", Role::Auditor, Role::Hr, &[("authority", "{authority}")]),
    form("/audit/people/{person}/unmask", Role::Auditor, Role::Hr, &[("reason", "thử")]),
    form("/cards/search", Role::Hr, Role::Guard, &[("q", "mau")]),
    form("/cards/{serial}/lock", Role::Hr, Role::Auditor, &[("?reason", "lost")]),
    form("/cards/{serial}/unlock", Role::Hr, Role::Guard, &[]),
    form("/cards/{serial}/revoke", Role::Approver, Role::Hr, &[("?reason", "lost")]),
    form("/cards/{serial}/unmask", Role::Hr, Role::Guard, &[("?why", "thử")]),
    form(
        "/batches/{batch}/decide",
        Role::Approver,
        Role::Hr,
        &[("do", "x"), ("*seen", "x"), ("*out", "x"), ("?reason", "x"), ("?note", "x")],
    ),
    form("/batches/{batch}/approve", Role::Approver, Role::Hr, &[("digest", "x")]),
    form(
        "/batches/{batch}/return",
        Role::Approver,
        Role::Hr,
        &[("?all_reason", "x"), ("?all_note", "x")],
    ),
    form("/hand-over/{authority}/{unit}", Role::Activator, Role::Guard, &[("*card", "x")]),
    long(form(
        "/people",
        Role::Hr,
        Role::Guard,
        &[("name", "mau"), ("?authority", "{authority}"), ("?among", "x")],
    )),
    long(form(
        "/people/review",
        Role::Hr,
        Role::Guard,
        &[("authority", "{authority}"), ("kind", "x")],
    )),
    long(form(
        "/people/ask",
        Role::Hr,
        Role::Guard,
        &[("authority", "{authority}"), ("kind", "x")],
    )),
    form("/station/{name}/start", Role::Operator, Role::Hr, &[("?limit", "x")]),
    form("/station/{name}/stop", Role::Operator, Role::Hr, &[]),
    form("/station/{name}/again", Role::Operator, Role::Hr, &[]),
    file("/lists/upload", Role::Hr, Role::Guard, "file"),
    file("/lists/{id}/photos/upload", Role::Hr, Role::Guard, "file"),
    file("/lists/{id}/rows/{row}/photo/upload", Role::Hr, Role::Guard, "file"),
    form("/lists/{id}/columns", Role::Hr, Role::Guard, &[("seen", "999")]),
    form("/lists/{id}/columns/reset", Role::Hr, Role::Guard, &[("seen", "999")]),
    form("/lists/{id}/header", Role::Hr, Role::Guard, &[("seen", "999"), ("row", "1")]),
    form("/lists/{id}/convert", Role::Hr, Role::Guard, &[("seen", "999"), ("encoding", "x")]),
    form("/lists/{id}/rows/{row}", Role::Hr, Role::Guard, &[("seen", "999")]),
    form("/lists/{id}/rows/{row}/undo", Role::Hr, Role::Guard, &[("seen", "999")]),
    form("/lists/{id}/rows/{row}/leave-out", Role::Hr, Role::Guard, &[("seen", "999")]),
    form("/lists/{id}/rows/{row}/take-in", Role::Hr, Role::Guard, &[("seen", "999")]),
    form(
        "/lists/{id}/rows/{row}/photo/part",
        Role::Hr,
        Role::Guard,
        &[("x", "a"), ("y", "0"), ("w", "3"), ("h", "4")],
    ),
    form("/lists/{id}/rows/{row}/photo/reset", Role::Hr, Role::Guard, &[]),
    form("/lists/{id}/rows/{row}/photo/remove", Role::Hr, Role::Guard, &[]),
    form("/lists/{id}/load", Role::Hr, Role::Guard, &[("seen", "999"), ("?known", "x")]),
    form("/lists/{id}/remove", Role::Hr, Role::Guard, &[]),
    form("/sign-out", Role::Auditor, Role::Auditor, &[]),
];

/// A world with one of everything, and the names to put into addresses.
struct Site {
    world: World,
    names: Vec<(&'static str, String)>,
    browsers: Vec<(Role, Browser)>,
}

impl Site {
    async fn new() -> Self {
        let world = World::new().await;
        let serial = world.active_card(entry(1), 1).await;
        let person = world.office.card(world.authority, serial).await.unwrap().person;
        let people = world.people(vec![entry(2), entry(3)]).await;
        let batch = world.asked(&people).await;
        let mut browsers = Vec::new();
        for role in Role::ALL {
            browsers.push((role, world.signed_in(role).await));
        }
        let mut site = Self { names: Vec::new(), browsers, world };
        let list = "Họ và tên,Ngày sinh,Số CCCD\nNguyễn Văn Mẫu,15/06/1985,001085000009\n";
        let files = [("file", "danh sách.csv", list.as_bytes())];
        let taken = site.as_(Role::Hr).upload("/lists/upload", &[], &files).await;
        let id = taken
            .location()
            .strip_prefix("/lists/")
            .unwrap_or_else(|| panic!("the list was not taken: {} {}", taken.status, taken.body));
        site.names = vec![
            ("serial", serial.to_string()),
            ("person", person.to_string()),
            ("batch", batch.id.to_string()),
            ("authority", site.world.authority.to_string()),
            ("unit", "0".repeat(16)),
            ("id", id.to_owned()),
            ("row", "2".to_owned()),
            ("name", "station-1".to_owned()),
            ("side", "front".to_owned()),
            ("file", "print".to_owned()),
        ];
        site
    }

    fn as_(&mut self, role: Role) -> &mut Browser {
        &mut self.browsers.iter_mut().find(|(known, _)| *known == role).unwrap().1
    }

    /// The browser that may send a form.
    fn sender(&mut self, form: &Form) -> Browser {
        match form.role {
            Some(role) => self.as_(role).clone(),
            None => self.world.browser(),
        }
    }

    fn fill(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }

    fn fields(&self, form: &Form) -> Vec<(String, String)> {
        let plain = |name: &str| name.trim_start_matches(['?', '*']).to_owned();
        form.fields.iter().map(|(name, value)| (plain(name), self.fill(value))).collect()
    }
}

/// Sends a form as it is, with this token or none.
async fn send(
    browser: &mut Browser,
    form: &Form,
    path: &str,
    fields: &[(String, String)],
    token: Option<&str>,
) -> Answer {
    let mut all: Vec<(&str, &str)> = Vec::new();
    all.extend(token.map(|token| ("_csrf", token)));
    all.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let (kind, body) = match form.file {
        Some(name) => (MULTIPART, multipart(&all, &[(name, "a.bin", b"no such file")])),
        None => (FORM, serde_html_form::to_string(&all).unwrap().into_bytes()),
    };
    browser.send(Method::POST, path, kind, body).await
}

/// An answer says what is wrong in words, and is no failure of ours.
fn explains(what: &str, answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    let page = answer.header("content-type").starts_with("text/html");
    assert!(page && answer.body.contains("<html lang=\"vi\""), "{what}: {}", answer.body);
    assert!(answer.body.contains("class=\"support-code\""), "{what}: {}", answer.body);
}

#[tokio::test]
async fn the_table_of_forms_is_the_routers() {
    let world = World::new().await;
    let known: BTreeSet<&str> = FORMS.iter().map(|form| form.path).collect();
    let routed = routes(&world, "post");
    let pages: BTreeSet<&str> = routed
        .iter()
        .map(String::as_str)
        .filter(|path| !path.starts_with("/v1/") && *path != "/healthz")
        .collect();
    assert_eq!(known, pages);
}

#[tokio::test]
async fn every_route_for_programs_is_in_its_description() {
    let world = World::new().await;
    let description = world.browser().get("/v1/openapi.json").await.json();
    for method in ["get", "post", "put", "delete", "patch"] {
        let routed: BTreeSet<String> = routes(&world, method)
            .into_iter()
            .filter(|path| path.starts_with("/v1/"))
            // Stations speak by messages with versions of their own.
            .filter(|path| !path.starts_with("/v1/station/") && path != "/v1/openapi.json")
            .collect();
        let described: BTreeSet<String> = description["paths"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, item)| item.get(method).is_some())
            .map(|(path, _)| path.clone())
            .collect();
        assert_eq!(routed, described, "{method}");
    }
}

#[tokio::test]
async fn forms_of_nobody_of_other_sessions_and_of_other_sites_are_refused() {
    let mut site = Site::new().await;
    let rows = site.world.rows().await;
    for form in FORMS {
        let (path, fields) = (site.fill(form.path), site.fields(form));
        let mut sender = site.sender(form);
        let own = (!sender.csrf.is_empty()).then(|| sender.csrf.clone());

        let mut elsewhere = sender.clone();
        elsewhere.site = "cross-site";
        let answer = send(&mut elsewhere, form, &path, &fields, own.as_deref()).await;
        explains(&format!("{path} from another site"), &answer, StatusCode::FORBIDDEN);

        if let Some(role) = form.role {
            let answer = send(&mut sender, form, &path, &fields, None).await;
            explains(&format!("{path} without a token"), &answer, StatusCode::FORBIDDEN);
            assert!(answer.body.contains("Biểu mẫu không đến từ"), "{path}: {}", answer.body);
            let other = Role::ALL.into_iter().find(|other| *other != role).unwrap();
            let foreign = site.as_(other).csrf.clone();
            let answer = send(&mut sender, form, &path, &fields, Some(&foreign)).await;
            explains(&format!("{path} of another session"), &answer, StatusCode::FORBIDDEN);
            let mut nobody = site.world.browser();
            let answer = send(&mut nobody, form, &path, &fields, None).await;
            let to_sign_in = answer.location().starts_with("/sign-in");
            assert!(to_sign_in || path == "/sign-out", "{path}: {} {}", answer.status, answer.body);
        }
        if let Some(not) = form.not.filter(|not| Some(*not) != form.role) {
            let mut other = site.as_(not).clone();
            let token = other.csrf.clone();
            let answer = send(&mut other, form, &path, &fields, Some(&token)).await;
            explains(&format!("{path} as {not}"), &answer, StatusCode::FORBIDDEN);
            assert!(answer.body.contains("Chức danh của bạn"), "{path}: {}", answer.body);
        }
    }
    assert_eq!(site.world.rows().await, rows, "nothing was done");
}

#[tokio::test]
async fn forms_that_lack_repeat_or_overflow_are_explained() {
    let mut site = Site::new().await;
    let rows = site.world.rows().await;
    for form in FORMS {
        let (path, fields) = (site.fill(form.path), site.fields(form));
        let mut sender = site.sender(form);
        let own = (!sender.csrf.is_empty()).then(|| sender.csrf.clone());
        let own = own.as_deref();

        let answer = sender.send(Method::PUT, &path, FORM, Vec::new()).await;
        explains(&format!("PUT {path}"), &answer, StatusCode::METHOD_NOT_ALLOWED);
        let answer = sender.send(Method::POST, &path, "text/plain", b"a=b".to_vec()).await;
        explains(&format!("{path} as text"), &answer, StatusCode::BAD_REQUEST);
        if form.file.is_none() {
            let nonsense = b"%ff%fe=%00&=&&".to_vec();
            let answer = sender.send(Method::POST, &path, FORM, nonsense).await;
            assert!(answer.status.is_client_error(), "{path}: nonsense got {}", answer.status);
        }
        if !form.long {
            let body = vec![b'a'; 64 * 1024 + 1];
            let answer = sender.send(Method::POST, &path, FORM, body).await;
            explains(&format!("{path}, 64 KB + 1"), &answer, StatusCode::PAYLOAD_TOO_LARGE);
        }
        for (place, (name, _)) in form.fields.iter().enumerate() {
            let optional = name.starts_with(['?', '*']);
            if !optional {
                let mut fewer = fields.clone();
                let (left, _) = fewer.remove(place);
                let answer = send(&mut sender, form, &path, &fewer, own).await;
                explains_or_not_now(&format!("{path} without {left}"), &answer);
            }
            if !name.starts_with('*') {
                let mut more = fields.clone();
                more.push(fields.get(place).unwrap().clone());
                let answer = send(&mut sender, form, &path, &more, own).await;
                explains_or_not_now(&format!("{path} with {name} twice"), &answer);
            }
        }
        if let Some(name) = form.file {
            let tokens: Vec<(&str, &str)> = own.iter().map(|token| ("_csrf", *token)).collect();
            for files in [
                vec![],
                vec![(name, "a", b"".as_slice())],
                vec![(name, "a", b"x"), (name, "b", b"x")],
            ] {
                let body = multipart(&tokens, &files);
                let answer = sender.send(Method::POST, &path, MULTIPART, body).await;
                explains_or_not_now(&format!("{path} with {} files", files.len()), &answer);
            }
            let cut = multipart(&tokens, &[(name, "a", b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]);
            let cut = cut.get(..cut.len() - 30).unwrap().to_vec();
            let answer = sender.send(Method::POST, &path, MULTIPART, cut).await;
            explains_or_not_now(&format!("{path} cut off"), &answer);
            let wrong = multipart(&tokens, &[(name, "a.exe", b"MZ\x90\x00 no list, no picture")]);
            let answer = sender.send(Method::POST, &path, MULTIPART, wrong).await;
            explains_or_not_now(&format!("{path} with a wrong type"), &answer);
        }
    }
    assert_eq!(site.world.rows().await, rows, "nothing was done");
}

/// As [`explains`], by any status of the client's.
fn explains_or_not_now(what: &str, answer: &Answer) {
    assert!(answer.status.is_client_error(), "{what}: {} {}", answer.status, answer.body);
    explains(what, answer, answer.status);
}

#[tokio::test]
async fn markup_in_any_field_is_never_repeated_raw() {
    for form in FORMS {
        // Some of these are valid notes and do what the form does: each form has its own world.
        if form.fields.is_empty() {
            continue;
        }
        let mut site = Site::new().await;
        let (path, fields) = (site.fill(form.path), site.fields(form));
        let mut sender = site.sender(form);
        let own = (!sender.csrf.is_empty()).then(|| sender.csrf.clone());
        for place in 0..fields.len() {
            for markup in MARKUP {
                let mut wrong = fields.clone();
                wrong.get_mut(place).unwrap().1 = (*markup).to_owned();
                let answer = send(&mut sender, form, &path, &wrong, own.as_deref()).await;
                let answer = sender.follow(answer).await;
                assert!(!answer.status.is_server_error(), "{path}: {}", answer.body);
                harmless(&format!("{path} with {markup}"), &answer);
            }
        }
    }
}

/// What somebody would store to have it executed, or to turn what is read.
const MARKUP: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "a\u{202e}gnp.exe",
    "{{7*7}}",
];

fn harmless(what: &str, answer: &Answer) {
    for raw in ["<script>alert", "<img src=x", "onerror=alert(1)>"] {
        assert!(!answer.body.contains(raw), "{what}: {raw} in {}", answer.body);
    }
    let csp = answer.header("content-security-policy");
    assert!(csp.contains("default-src 'none'") && !csp.contains("unsafe"), "{what}: {csp}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
}

#[tokio::test]
async fn stored_markup_comes_out_as_text_on_every_page() {
    let mut site = Site::new().await;
    // Whatever the rules of the staff list let through is stored.
    let mut marked = input(7);
    marked.title = "Chuyên viên \"><img src=x onerror=alert(1)>".to_owned();
    marked.employing_unit = "<script>alert(1)</script> Phòng".to_owned();
    let validated = support::PROFILE.validate(&marked, jiff::civil::date(2026, 11, 19));
    if validated.staff.is_none() {
        marked.title = input(7).title;
        marked.employing_unit = input(7).employing_unit;
    }
    let serial = site.world.active_card(entry_of(&marked, 7), 7).await;
    let qr = site.world.qr(serial).await;
    let world = &site.world;
    world.account("marked", "<script>alert(1)</script>", Role::Auditor, None).await;
    world.office.ensure_authority("H01", "<script>alert(1)</script>", &by("admin")).await.unwrap();
    let people = world.people(vec![entry(8)]).await;
    let note = registry::Note::new("<script>alert(1)</script>").unwrap();
    drop(world.office.unmask(world.authority, people[0], &note, &by("hr")).await.unwrap());
    let list = "Họ và tên,<script>alert(1)</script>\n\"\"\"><img src=x onerror=alert(1)>\",\
                <script>alert(1)</script>\n";
    let name = "x'><script>alert(1)</script>.csv";
    let files = [("file", name, list.as_bytes())];
    let taken = site.as_(Role::Hr).upload("/lists/upload", &[], &files).await;
    let uploaded = site.as_(Role::Hr).follow(taken).await;
    harmless("the uploaded list", &uploaded);

    let mut auditor = site.world.signed_in_as("marked", Role::Auditor, None).await;
    let shown = auditor.get("/audit").await;
    assert!(shown.body.contains("&lt;script&gt;") || shown.body.contains("&#60;script&#62;"));
    let paths = routes(&site.world, "get");
    let persons = [("person", people[0].to_string()), ("serial", serial.to_string())];
    let mut pages = 0;
    for role in Role::ALL {
        let mut browser = site.as_(role).clone();
        for path in paths.iter().filter(|path| !path.ends_with("/events")) {
            let marked = persons.iter().fold(path.clone(), |path, (name, value)| {
                path.replace(&format!("{{{name}}}"), value)
            });
            let path = site.fill(&marked);
            let answer = browser.get(&path).await;
            assert!(!answer.status.is_server_error(), "{path}: {}", answer.body);
            if answer.header("content-type").starts_with("text/html") {
                harmless(&path, &answer);
                pages += 1;
            }
        }
    }
    assert!(pages > 60, "only {pages} pages were looked at");
    let guard = site.as_(Role::Guard).post("/guard", &[("qr", &qr)]).await;
    harmless("/guard", &guard);
    let public = site.world.browser().post("/check", &[("qr", &qr)]).await;
    harmless("/check", &public);
}

/// The server on a port of its own, for what only a network does.
async fn listening(world: &World) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = world.router.clone();
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

fn head(browser: &Browser, path: &str, length: usize) -> String {
    let cookies: Vec<_> = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    format!(
        "POST {path} HTTP/1.1\r\nHost: congvu.test\r\nSec-Fetch-Site: same-origin\r\n\
         Cookie: {}\r\nContent-Type: {MULTIPART}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n",
        cookies.join("; ")
    )
}

#[tokio::test]
async fn a_hundred_megabytes_are_answered_in_words() {
    let world = World::new().await;
    let address = listening(&world).await;
    let (guard, hr) = (world.signed_in(Role::Guard).await, world.signed_in(Role::Hr).await);
    let large = vec![b'x'; 100 << 20];
    for (browser, path, name) in [
        (guard, "/guard/picture", "picture"),
        (world.browser(), "/check/picture", "picture"),
        (hr, "/lists/upload", "file"),
    ] {
        let tokens: Vec<(&str, &str)> =
            if browser.csrf.is_empty() { vec![] } else { vec![("_csrf", browser.csrf.as_str())] };
        let body = multipart(&tokens, &[(name, "large.bin", &large)]);
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head(&browser, path, body.len()).as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {}", answer.get(..300).unwrap());
        assert!(answer.contains("lớn hơn mức"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_changes_nothing_and_stops_nobody() {
    let world = World::new().await;
    let address = listening(&world).await;
    let hr = world.signed_in(Role::Hr).await;
    let rows = world.rows().await;
    let file = vec![b'x'; 1 << 20];
    let body = multipart(&[("_csrf", hr.csrf.as_str())], &[("file", "a.csv", file.as_slice())]);
    for part in [0, 40, 500_000] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head(&hr, "/lists/upload", body.len()).as_bytes()).await.unwrap();
        stream.write_all(body.get(..part).unwrap()).await.unwrap();
        drop(stream);
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    let ask = "GET /healthz HTTP/1.1\r\nHost: congvu.test\r\nConnection: close\r\n\r\n";
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(world.rows().await, rows);
    let drafts = registry::drafts::Drafts::drafts_of(&*world.store, &"hr".parse().unwrap()).await;
    assert_eq!(drafts.unwrap(), []);
}

#[tokio::test]
async fn a_list_that_unpacks_to_hundreds_of_megabytes_is_refused() {
    use std::io::Write as _;
    let world = World::new().await;
    let mut hr = world.signed_in(Role::Hr).await;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    for _ in 0..300 {
        archive.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let bomb = archive.finish().unwrap().into_inner();
    assert!(bomb.len() < 2 << 20);
    let answer = hr.upload("/lists/upload", &[], &[("file", "bom.xlsx", &bomb)]).await;
    explains_or_not_now("a bomb", &answer);
}

/// The paths that take a method. The router says it only by its debugging form.
fn routes(world: &World, method: &str) -> BTreeSet<String> {
    let whole = format!("{:?}", world.router);
    // The fallback has a router of its own, with ids that repeat these.
    let text = whole.split(", fallback_router: ").next().unwrap_or_default();
    let mut paths = BTreeSet::new();
    // `paths: {RouteId(3): "/guard", ...}` names them; `routes: {RouteId(3): MethodRouter(…)}` say
    // which methods each takes.
    let mut names = std::collections::BTreeMap::new();
    for part in text.split("RouteId(").skip(1) {
        let Some((id, rest)) = part.split_once("): ") else { continue };
        let id: u32 = id.parse().unwrap();
        if let Some(path) = rest.strip_prefix('"') {
            names.insert(id, path.split('"').next().unwrap().to_owned());
        }
    }
    for part in text.split("RouteId(").skip(1) {
        let Some((id, rest)) = part.split_once("): ") else { continue };
        let Some(rest) = rest.strip_prefix("MethodRouter(") else { continue };
        let endpoint = rest.split(&format!("{method}: ")).nth(1).unwrap_or_default();
        if !endpoint.starts_with("None")
            && !endpoint.is_empty()
            && let Some(path) = names.get(&id.parse().unwrap())
        {
            paths.insert(path.clone());
        }
    }
    assert!(!names.is_empty(), "the router shows itself otherwise: {}", text.get(..2000).unwrap());
    paths
}
