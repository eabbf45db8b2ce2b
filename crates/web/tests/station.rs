//! A station seen from the server: its beats, the operator's page, and the streams of who watches.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use access::Role;
use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use tower::ServiceExt as _;
use web::{CheckAnswer, Desk, DeskError};
use wire::beat::{Beat, Failure, Orders, Phase, Progress, Trouble, What};
use wire::station::{Claim, Claimed, Queue, Report, Spoilage, VERSION};
use wire::{Actor, CardSerial, ChipUid, RunId};

use support::{Browser, With, World, entry_of, input};

#[tokio::test]
async fn a_station_is_told_what_an_operator_orders() {
    let site = Site::new().await;
    site.approve(&["Nguyễn Văn Một", "Trần Thị Hai"]).await;
    let operator = site.sign_in(Role::Operator).await;
    let orders = site.beat(&idle()).await;
    assert_eq!((orders.waiting, orders.run), (2, None));

    assert_eq!(site.post(START, &operator, "limit=1").await.0, StatusCode::SEE_OTHER);
    let run = site.beat(&idle()).await.run.unwrap();
    assert_eq!((run.limit, run.made, run.again), (Some(1), 0, 0));
    let (status, _) = site.post(START, &operator, "").await;
    assert_eq!(status, StatusCode::CONFLICT, "it has a run already");

    assert_eq!(site.post(STOP, &operator, "").await.0, StatusCode::SEE_OTHER);
    assert_eq!(site.beat(&idle()).await.run, None);
    assert_eq!(site.post(STOP, &operator, "").await.0, StatusCode::SEE_OTHER, "repeated");
}

#[tokio::test]
async fn a_run_ends_by_itself_at_its_limit() {
    let site = Site::new().await;
    let operator = site.started("limit=2").await;
    let id = site.beat(&idle()).await.run.unwrap().id;
    assert!(site.beat(&working(id, 1, 0)).await.run.is_some());
    assert_eq!(site.beat(&working(id, 2, 0)).await.run, None);
    let page = site.page(&operator).await;
    assert!(page.contains("2 / 2 thẻ") && page.contains("id=\"start\""), "{page}");
}

#[tokio::test]
async fn try_again_reaches_the_station_that_waits_for_it() {
    let site = Site::new().await;
    let operator = site.started("").await;
    let id = site.beat(&idle()).await.run.unwrap().id;
    let stuck = Phase::Attention { reason: Trouble::Card };
    site.beat(&Beat { phase: stuck, ..working(id, 0, 0) }).await;
    let page = site.page(&operator).await;
    assert!(page.contains("Thẻ không trả lời") && page.contains("big-stop"));
    assert_eq!(site.post("/station/station-1/again", &operator, "").await.0, StatusCode::SEE_OTHER);
    assert_eq!(site.beat(&working(id, 0, 0)).await.run.unwrap().again, 1);
}

#[tokio::test]
async fn who_may_not_run_a_station_sees_it_or_not_even_that() {
    let site = Site::new().await;
    site.beat(&idle()).await;
    let (hr, guard) = (site.sign_in(Role::Hr).await, site.sign_in(Role::Guard).await);
    let (status, page) = site.get(PAGE, Some(&hr)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!page.contains("id=\"start\""));
    for path in [START, STOP, "/station/station-1/again"] {
        assert_eq!(site.post(path, &hr, "").await.0, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(site.get(PAGE, Some(&guard)).await.0, StatusCode::FORBIDDEN);
    assert_eq!(site.beat(&idle()).await.run, None);
}

#[tokio::test]
async fn hostile_orders_are_refused_with_a_reason_and_start_nothing() {
    let site = Site::new().await;
    site.beat(&idle()).await;
    let operator = site.sign_in(Role::Operator).await;
    for limit in ["0", "10001", "-1", "1.5", "x", "99999999999999999999", "%3Cscript%3E"] {
        let (status, page) = site.post(START, &operator, &format!("limit={limit}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{limit}");
        assert!(page.contains("10000") && !page.contains("<script>"), "{limit}: {page}");
    }
    assert_eq!(site.post(START, &operator, "limit=1&limit=2").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(site.post_raw(START, &operator, "limit=1").await.0, StatusCode::FORBIDDEN);
    let foreign = site.post_raw(START, &operator, "_csrf=AAAA&limit=1").await;
    assert_eq!(foreign.0, StatusCode::FORBIDDEN);
    for name in ["tram-02", "TRAM", "a%20b", "%00"] {
        let path = format!("/station/{name}/start");
        assert_eq!(site.post(&path, &operator, "").await.0, StatusCode::NOT_FOUND, "{name}");
    }
    assert_eq!(site.beat(&idle()).await.run, None);
}

#[tokio::test]
async fn a_beat_that_cannot_be_right_is_refused() {
    let site = Site::new().await;
    let text = serde_json::to_string(&idle()).unwrap();
    let status = async |token: &str, json: String| site.say(BEAT, token, json).await.0;
    assert_eq!(status("wrong", text.clone()).await, StatusCode::UNAUTHORIZED);
    let other = Beat { version: VERSION + 1, ..idle() };
    let other = serde_json::to_string(&other).unwrap();
    assert_eq!(status(TOKEN, other).await, StatusCode::BAD_REQUEST);
    let more = text.replacen("\"version\"", "\"extra\":1,\"version\"", 1);
    assert_eq!(status(TOKEN, more).await, StatusCode::UNPROCESSABLE_ENTITY);
    let long = Beat { cards: vec![CardSerial::from_random(1); 13], ..idle() };
    assert_eq!(status(TOKEN, serde_json::to_string(&long).unwrap()).await, StatusCode::BAD_REQUEST);
    assert_eq!(status(TOKEN, text).await, StatusCode::OK);
}

#[tokio::test]
async fn a_beat_of_another_run_changes_no_run() {
    let site = Site::new().await;
    let operator = site.started("limit=1").await;
    let other = RunId(uuid::Uuid::from_u128(1));
    assert!(site.beat(&working(other, 40, 3)).await.run.is_some());
    assert!(site.page(&operator).await.contains("0 / 0 thẻ"));
}

#[tokio::test]
async fn finished_cards_and_failures_are_named_without_whole_names() {
    let site = Site::new().await;
    site.approve(&["Nguyễn Văn Một", "Trần Thị Bích Hai"]).await;
    let operator = site.started("").await;
    let id = site.beat(&idle()).await.run.unwrap().id;
    let serial = site.make(1).await;
    let uid = Some(ChipUid([4, 0, 0, 0, 0, 1, 9]));
    let what = What::Spoiled(Spoilage::KeysUnknown);
    let failure = Failure { number: 1, uid, serial: Some(CardSerial::from_random(7)), what };
    let beat = Beat { cards: vec![serial], failures: vec![failure], ..working(id, 1, 1) };
    site.beat(&beat).await;

    let page = site.page(&operator).await;
    assert!(page.contains(&format!("href=\"/cards/{serial}\"")));
    assert!(page.contains("Nguyễn … Một") && page.contains("Trần … Hai"), "{page}");
    assert!(!page.contains("Văn Một") && !page.contains("Bích"));
    assert!(page.contains("Không khoá nào mở được chip này."));
    assert!(page.contains("Bỏ phôi vào hộp loại.") && page.contains("04000000000109"));
    assert!(page.contains("1 / 3 thẻ"), "one made, one in hand, one waiting: {page}");
}

#[tokio::test]
async fn what_a_station_says_is_shown_as_text() {
    let site = Site::new().await;
    let operator = site.sign_in(Role::Operator).await;
    let reader = Some("<script>alert(1)</script>\"'&".to_owned());
    site.beat(&Beat { reader, ..idle() }).await;
    let mut stream = site.watch(&operator).await;
    let told = stream.until("state").await;
    assert!(told.contains("&#60;script&#62;") || told.contains("&lt;script&gt;"), "{told}");
    assert!(!told.contains("<script>"));
}

#[tokio::test]
async fn a_stream_begins_with_everything_and_goes_on_with_what_changes() {
    let site = Site::new().await;
    let operator = site.started("").await;
    let id = site.beat(&idle()).await.run.unwrap().id;
    let mut stream = site.watch(&operator).await;
    for name in ["state", "controls", "progress", "next", "failures", "cards"] {
        let piece = stream.next().await.unwrap();
        assert_eq!(piece.0, name);
        assert!(piece.1.contains(&format!("data-live=\"{name}\"")), "{}", piece.1);
    }
    site.beat(&working(id, 5, 0)).await;
    let mut names = Vec::new();
    while names.last().is_none_or(|name| name != "progress") {
        names.push(stream.next().await.unwrap().0);
    }
    assert_eq!(names, ["state", "progress"], "and nothing that is as before");
}

#[tokio::test]
async fn a_station_that_falls_silent_is_away_and_comes_back() {
    let site = Site::new().await;
    let operator = site.sign_in(Role::Operator).await;
    site.beat(&idle()).await;
    let mut stream = site.watch(&operator).await;
    assert!(stream.until("state").await.contains("big-idle"));
    site.world.clock.forward(SignedDuration::from_secs(6));
    assert!(stream.until("state").await.contains("Trạm không báo về"));
    site.beat(&idle()).await;
    assert!(stream.until("state").await.contains("big-idle"));
}

#[tokio::test]
async fn ten_who_watch_see_the_right_numbers_after_a_restart() {
    let site = Site::new().await;
    let names: Vec<String> = (0..5).map(|_| "Nguyễn Văn Một".to_owned()).collect();
    site.approve(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let operator = site.started("").await;
    let id = site.beat(&idle()).await.run.unwrap().id;
    site.make(1).await;
    site.make(2).await;
    site.beat(&Beat { phase: Phase::Asks, ..working(id, 2, 1) }).await;
    let mut before = Vec::new();
    for role in [Role::Operator, Role::Hr] {
        let who = site.sign_in(role).await;
        for _ in 0..5 {
            before.push(site.watch(&who).await);
        }
    }
    for stream in &mut before {
        assert!(stream.until("progress").await.contains("2 / 5 thẻ"));
    }

    let site = site.restart();
    for stream in &mut before {
        assert!(stream.ends().await, "open streams end with the server");
    }
    // Before the station is heard, what was stored stands.
    let page = site.page(&operator).await;
    assert!(page.contains("2 / 5 thẻ") && page.contains("Chưa nghe thấy trạm"), "{page}");
    let mut after = Vec::new();
    for role in [Role::Operator, Role::Hr] {
        let who = site.sign_in(role).await;
        for _ in 0..5 {
            after.push(site.watch(&who).await);
        }
    }
    // The station went on meanwhile.
    site.make(3).await;
    let wanted = site.beat(&Beat { phase: Phase::Asks, ..working(id, 3, 1) }).await.run.unwrap();
    assert_eq!((wanted.id, wanted.made, wanted.failed), (id, 3, 1));
    for stream in &mut after {
        let seen = async { while !stream.until("progress").await.contains("3 / 5 thẻ") {} };
        tokio::time::timeout(Duration::from_secs(5), seen).await.unwrap();
    }
}

#[tokio::test]
async fn streams_end_when_the_server_ends() {
    let site = Site::new().await;
    let operator = site.sign_in(Role::Operator).await;
    site.beat(&idle()).await;
    let mut stream = site.watch(&operator).await;
    stream.until("cards").await;
    site.world.stop.cancel();
    assert!(stream.ends().await);
}

#[tokio::test]
async fn a_session_has_few_streams_and_gets_them_back() {
    let site = Site::new().await;
    let operator = site.sign_in(Role::Operator).await;
    site.beat(&idle()).await;
    let mut open = Vec::new();
    for _ in 0..6 {
        open.push(site.watch(&operator).await);
    }
    let refused = site.get(EVENTS, Some(&operator)).await;
    assert_eq!(refused.0, StatusCode::TOO_MANY_REQUESTS);
    drop(open);
    let back = async {
        while site.open_page(EVENTS, Some(&operator)).await.status() != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), back).await.unwrap();
}

#[tokio::test]
async fn a_stream_of_nobody_says_that_the_page_is_gone() {
    let site = Site::new().await;
    site.beat(&idle()).await;
    let answer = site.open_page(EVENTS, None).await;
    let mut stream = Stream::of(answer);
    assert_eq!(stream.next().await.unwrap().0, "gone");
    assert!(stream.ends().await);
}

#[tokio::test]
async fn the_list_leads_to_the_only_station_and_says_what_to_do_when_there_is_none() {
    let site = Site::new().await;
    let operator = site.sign_in(Role::Operator).await;
    let (status, page) = site.get("/station", Some(&operator)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("congvu station run --watch"));
    assert_eq!(site.get(PAGE, Some(&operator)).await.0, StatusCode::NOT_FOUND);
    site.beat(&idle()).await;
    let answer = site.open_page("/station", Some(&operator)).await;
    assert_eq!(answer.headers()[header::LOCATION], PAGE);
}

const PAGE: &str = "/station/station-1";
const START: &str = "/station/station-1/start";
const STOP: &str = "/station/station-1/stop";
const EVENTS: &str = "/station/station-1/events";
const BEAT: &str = "/v1/station/beat";

/// A world with one station whose work is counted by hand.
struct Site {
    world: World,
    waiting: Arc<AtomicU64>,
}

/// Somebody's browser, signed in.
type Signed = Browser;

impl Site {
    async fn new() -> Self {
        let waiting = Arc::new(AtomicU64::new(0));
        let desk = Arc::new(CountingDesk(Arc::clone(&waiting)));
        Self { world: World::with(With { desk, ..With::default() }).await, waiting }
    }

    fn restart(mut self) -> Self {
        self.world.restart();
        self
    }

    async fn sign_in(&self, role: Role) -> Signed {
        self.world.signed_in(role).await
    }

    /// Loads invented people, asks for their cards and approves them.
    async fn approve(&self, names: &[&str]) {
        let people = names.iter().zip(1..).map(|(name, number)| {
            let full_name = (*name).to_owned();
            entry_of(&profile::StaffInput { full_name, ..input(number) }, number)
        });
        let people = self.world.people(people.collect()).await;
        let batch = self.world.asked(&people).await;
        self.world.approved(&batch).await;
        self.waiting.fetch_add(names.len().try_into().unwrap(), SeqCst);
    }

    /// Makes the next approved card on chip number `number`, as a station would.
    async fn make(&self, number: u8) -> CardSerial {
        self.waiting.fetch_sub(1, SeqCst);
        self.world.made(number).await.1
    }

    async fn open_page(&self, path: &str, who: Option<&Signed>) -> Response<Body> {
        let mut request = Request::get(path)
            .header(header::HOST, "congvu.test")
            .header(header::ACCEPT_LANGUAGE, "vi");
        if let Some(who) = who {
            request = request.header(header::COOKIE, cookies(who));
        }
        let request = request.body(Body::empty()).unwrap();
        self.world.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str, who: Option<&Signed>) -> (StatusCode, String) {
        text(self.open_page(path, who).await).await
    }

    /// Sends a form as its own page would.
    async fn post(&self, path: &str, who: &Signed, fields: &str) -> (StatusCode, String) {
        let and = if fields.is_empty() { "" } else { "&" };
        self.post_raw(path, who, &format!("_csrf={}{and}{fields}", who.csrf)).await
    }

    /// Sends a form as it stands.
    async fn post_raw(&self, path: &str, who: &Signed, body: &str) -> (StatusCode, String) {
        let request = Request::post(path)
            .header(header::HOST, "congvu.test")
            .header(header::ACCEPT_LANGUAGE, "vi")
            .header(header::COOKIE, cookies(who))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.to_owned()))
            .unwrap();
        text(self.world.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Sends JSON as a station with this token.
    async fn say(&self, path: &str, token: &str, json: String) -> (StatusCode, String) {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json))
            .unwrap();
        text(self.world.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn beat(&self, beat: &Beat) -> Orders {
        let json = serde_json::to_string(beat).unwrap();
        let (status, text) = self.say(BEAT, TOKEN, json).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A station that was heard and has its order.
    async fn started(&self, fields: &str) -> Signed {
        let operator = self.sign_in(Role::Operator).await;
        self.beat(&idle()).await;
        assert_eq!(self.post(START, &operator, fields).await.0, StatusCode::SEE_OTHER);
        operator
    }

    async fn page(&self, who: &Signed) -> String {
        let (status, page) = self.get(PAGE, Some(who)).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page
    }

    async fn watch(&self, who: &Signed) -> Stream {
        let answer = self.open_page(EVENTS, Some(who)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        Stream::of(answer)
    }
}

fn cookies(who: &Signed) -> String {
    let pairs: Vec<_> = who.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("; ")
}

async fn text(answer: Response<Body>) -> (StatusCode, String) {
    let status = answer.status();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Knows one station.
struct CountingDesk(Arc<AtomicU64>);

#[async_trait]
impl Desk for CountingDesk {
    async fn healthy(&self) -> Result<(), DeskError> {
        Ok(())
    }

    async fn station(&self, token: &str) -> Result<Option<Actor>, DeskError> {
        Ok((token == TOKEN).then(|| "station-1".parse().unwrap()))
    }

    async fn claim(&self, _: &Actor, _: Claim) -> Result<Claimed, DeskError> {
        Ok(Claimed::Idle)
    }

    async fn queue(&self, _: &Actor) -> Result<Queue, DeskError> {
        Ok(Queue { waiting: self.0.load(SeqCst) })
    }

    async fn report(&self, _: &Actor, _: Report) -> Result<(), DeskError> {
        Ok(())
    }

    async fn check(&self, _: &str) -> Result<CheckAnswer, DeskError> {
        Ok(CheckAnswer::NotValidNow)
    }
}

const TOKEN: &str = "right";

/// Reads events as a browser does.
struct Stream {
    body: Body,
    read: String,
}

impl Stream {
    fn of(answer: Response<Body>) -> Self {
        Self { body: answer.into_body(), read: String::new() }
    }

    /// The next event's name and data; none at the end.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let lines = |field: &str| {
                    let lines = event.lines().filter_map(|line| line.strip_prefix(field));
                    lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
                };
                let read = (lines("event:"), lines("data:"));
                let rest = rest.to_owned();
                self.read = rest;
                return Some(read);
            }
            let frame = tokio::time::timeout(Duration::from_secs(10), self.body.frame());
            let frame = frame.await.expect("the stream says nothing")?.unwrap();
            self.read.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
    }

    /// The data of the next event of this name.
    async fn until(&mut self, name: &str) -> String {
        loop {
            let (event, data) = self.next().await.expect("the stream ended");
            if event == name {
                return data;
            }
        }
    }

    /// Whether it ends, whatever it still says.
    async fn ends(&mut self) -> bool {
        let rest = async { while self.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(5), rest).await.is_ok()
    }
}

fn idle() -> Beat {
    Beat {
        version: VERSION,
        phase: Phase::Standby,
        reader: Some("Tray 0".to_owned()),
        feeder: true,
        chip: None,
        serial: None,
        run: None,
        cards: Vec::new(),
        failures: Vec::new(),
    }
}

fn working(id: RunId, made: u32, failed: u32) -> Beat {
    Beat {
        phase: Phase::ReadsBack,
        serial: Some(CardSerial::from_random(838)),
        run: Some(Progress { id, made, failed, card_ms: Some(2000) }),
        ..idle()
    }
}
