//! Pages per second and how long the slowest hundredth takes, with 100 000 cards in the registry,
//! beside the same server answering a fixed page of the same size to the same client: same network,
//! session, headers and log, and no work.
//!
//! Twenty cards are made and handed over by the main job; the other rows of cards and requests are
//! copies of theirs under other ids, written by SQL. Each page is asked for over connections that
//! stay open; the public check from another loopback address every 25 questions, because one
//! address may ask only so often. Server, client and baseline share the machine's cores.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints its figures and stops at the first trouble"
)]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use wire::CardSerial;

const PROGRAM: &str = env!("CARGO_BIN_EXE_congvu");
const PEOPLE: &str = "20";
const WAITING: &str = "26";
const CONNECTIONS: usize = 16;
const SECONDS: u64 = 10;
const GOAL: f64 = 0.5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let cards: u32 = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let serial = prepare(&data, cards);
    let (server, address) = start(Command::new(PROGRAM).arg("--data").arg(&data).args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--fixed-page",
    ]));
    // The queue of work is a station's page, and there is one where a station has reported.
    let ours = || {
        let mut command = Command::new(PROGRAM);
        command.env("CONGVU_LANG", "vi").arg("--data").arg(&data);
        command
    };
    let (tray, _) = start_until(ours().args(["vcard", "tray", "--add", "1"]), "pcscd");
    let (station, _) = start_until(ours().args(["station", "run", "--watch"]), "Trạm đang chờ");
    runtime.block_on(measure(&data, &serial, cards, address));
    station.interrupt();
    tray.interrupt();
    drop(server);
}

/// Ends the process when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

impl Running {
    /// Asks the process to end, as Ctrl-C does, and waits until it has tidied up.
    fn interrupt(mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        self.0.wait().unwrap();
    }
}

/// Makes twenty cards as the main job does, six requests that wait, and copies of the cards.
/// Returns the serial of one that was made.
fn prepare(data: &Path, cards: u32) -> String {
    congvu(data, &["demo", "--once", "--people", PEOPLE]);
    // Six more people, who only wait: the demonstration loads them and is told to end.
    let (demo, _) = start_until(
        Command::new(PROGRAM).arg("--data").arg(data).args(["demo", "--people", WAITING]),
        "Ctrl-C",
    );
    demo.interrupt();
    congvu(data, &["request", "--as", "hr"]);
    congvu(data, &["approve", "--all", "--as", "approver"]);
    let list = congvu(data, &["card", "list", "--state", "active"]);
    let serial = list
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|card| card["serial"].as_str().map(str::to_owned))
        .unwrap();
    let serials = data.join("serials");
    let all: Vec<String> =
        (0..cards).map(|number| CardSerial::from_random(number.into()).to_string()).collect();
    std::fs::write(&serials, all.join("\n")).unwrap();
    let mut copy = Command::new("python3")
        .args([Path::new("-"), &data.join("congvu.db"), &serials])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    copy.stdin.take().unwrap().write_all(COPY.as_bytes()).unwrap();
    assert!(copy.wait().unwrap().success());
    serial
}

/// Copies rows of cards and their requests under other ids until there are enough.
const COPY: &str = r#"
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
def columns(table):
    return [row[1] for row in db.execute(f"pragma table_info({table})")]
def rows(table, where):
    names = columns(table)
    return names, [dict(zip(names, row)) for row in db.execute(f"select * from {table} where {where}")]
def add(table, names, values):
    marks = ", ".join("?" for _ in names)
    db.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", ([row[n] for n in names] for row in values))
names, cards = rows("card", "state = 'active'")
request_names, requests = rows("request", "state = 'fulfilled'")
requests = {row["id"]: row for row in requests}
serials = open(sys.argv[2]).read().split()
missing = len(serials) - db.execute("select count(*) from card").fetchone()[0]
new_cards, new_requests = [], []
for number in range(missing):
    card = dict(cards[number % len(cards)])
    request = dict(requests[card["request"]])
    # Older than the real ones, as those of earlier years are.
    card["id"] = b"\x01\x00" + number.to_bytes(4, "big") + os.urandom(10)
    request["id"] = b"\x01\x01" + number.to_bytes(4, "big") + os.urandom(10)
    card["request"] = request["id"]
    card["person"] = request["person"] = os.urandom(16)
    card["serial"] = serials[number]
    card["number"] = os.urandom(32)
    card["uid"] = os.urandom(7).hex()
    card["status_index"] = 1_000_000 + number
    if number < 2000:
        card["state"] = "ready"
    new_cards.append(card)
    new_requests.append(request)
add("card", names, new_cards)
add("request", request_names, new_requests)
db.execute("analyze")
db.commit()
"#;

fn congvu(data: &Path, words: &[&str]) -> String {
    let output = Command::new(PROGRAM)
        .arg("--data")
        .arg(data)
        .args(["--format", "json"])
        .args(words)
        .env_remove("CONGVU_AS")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn start(command: &mut Command) -> (Running, SocketAddr) {
    let (running, line) = start_until(command, "http://");
    let address = line.split("http://").nth(1).unwrap();
    let end = address.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':');
    let address = address.get(..end.unwrap_or(address.len())).unwrap();
    (running, address.trim_end_matches(['.', ':']).parse().unwrap())
}

/// Starts a program and returns with the first line that holds `sign`.
fn start_until(command: &mut Command, sign: &str) -> (Running, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (send, lines) = std::sync::mpsc::channel();
    let streams: [Box<dyn std::io::Read + Send>; 2] =
        [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
    for stream in streams {
        let send = send.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                // Read to the end, or the program would wait for its pipe to empty.
                let _nobody_waits = send.send(line);
            }
        });
    }
    let running = Running(child);
    loop {
        let line = lines.recv_timeout(Duration::from_mins(3)).unwrap();
        if line.contains(sign) {
            return (running, line);
        }
    }
}

async fn measure(data: &Path, serial: &str, cards: u32, server: SocketAddr) {
    let face = data.join("faces").join(format!("{serial}-front.png"));
    let scanned = Command::new("zbarimg").args(["-q", "--raw"]).arg(face).output().unwrap();
    let qr = String::from_utf8(scanned.stdout).unwrap();
    let cookie = sign_in(server).await;

    let get = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: {server}\r\ncookie: {cookie}\r\n\r\n").into_bytes()
    };
    let check = post(server, "/check", &format!("qr={}", escaped(qr.trim())));
    let station = get("/station/tram-01");
    let card = get(&format!("/cards/{serial}"));
    for (name, request, moves) in [
        ("station_page", station, false),
        ("card_page", card, false),
        ("public_check", check, true),
    ] {
        let one = Ask::new(server, request.clone(), false).once().await;
        assert_eq!(one.status, 200, "{name}: {}", String::from_utf8_lossy(&one.body));
        let bytes = one.body.len();
        let line = format!("{} /fixed/{bytes}", if moves { "POST" } else { "GET" });
        let mut same = String::from_utf8(request.clone()).unwrap();
        let rest = same.split_off(same.find(" HTTP/1.1").unwrap());
        let same = format!("{line}{rest}").into_bytes();
        let fixed = Ask::new(server, same.clone(), moves).once().await;
        assert_eq!((fixed.status, fixed.body.len()), (200, bytes), "the fixed page");
        // In turns, so that a busy moment hits both; the better half of each counts.
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            theirs.push(load(&Arc::new(Ask::new(server, same.clone(), moves))).await);
            ours.push(load(&Arc::new(Ask::new(server, request.clone(), moves))).await);
        }
        let best = |all: &[Figures]| all.iter().map(|one| one.rate).fold(0.0, f64::max);
        let p99 = |all: &[Figures]| all.iter().map(|one| one.p99_ms).fold(f64::MAX, f64::min);
        let (rate, base) = (best(&ours), best(&theirs));
        let ratio = rate / base;
        println!(
            "{name:<13} {rate:>7.0} pages/s, p99 {:>6.2} ms, {bytes} bytes; fixed page {base:>7.0} pages/s, p99 {:>6.2} ms; ratio {ratio:.3}, goal {GOAL}",
            p99(&ours),
            p99(&theirs)
        );
        println!(
            r#"{{"bench":"pages","what":"{name}","cards":{cards},"bytes":{bytes},"per_s":{rate:.0},"p99_ms":{:.2},"baseline_per_s":{base:.0},"baseline_p99_ms":{:.2},"ratio":{ratio:.3},"goal":{GOAL}}}"#,
            p99(&ours),
            p99(&theirs)
        );
    }
}

/// Signs the operator in as a browser does and returns the session's cookie.
async fn sign_in(server: SocketAddr) -> String {
    let form = format!("GET /sign-in?as=operator HTTP/1.1\r\nhost: {server}\r\n\r\n");
    let page = Ask::new(server, form.into_bytes(), false).once().await;
    let page = String::from_utf8(page.body).unwrap();
    let field = |id: &str| {
        let (_, rest) = page.split_once(&format!("id=\"{id}\"")).unwrap();
        let (tag, _) = rest.split_once('>').unwrap();
        tag.split_once("value=\"").unwrap().1.split('"').next().unwrap().to_owned()
    };
    let body = format!(
        "name=operator&password={}&code={}&next=%2F",
        escaped(&field("password")),
        field("code")
    );
    let answer = Ask::new(server, post(server, "/sign-in", &body), false).once().await;
    assert_eq!(answer.status, 303);
    let cookie = answer.head.lines().find_map(|line| line.split_once("__Host-congvu=")).unwrap();
    format!("__Host-congvu={}", cookie.1.split(';').next().unwrap())
}

fn post(server: SocketAddr, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: {server}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() {
            all.push(char::from(byte));
        } else {
            write!(all, "%{byte:02X}").unwrap();
        }
        all
    })
}

/// One request, asked again and again.
struct Ask {
    to: SocketAddr,
    request: Vec<u8>,
    /// Whether it comes from another address every [`EACH`] times.
    moves: bool,
}

/// So many questions from one address: fewer than it may ask at once.
const EACH: u32 = 25;

/// The next loopback address that nobody asked from.
static NEXT: AtomicU32 = AtomicU32::new(0x7f01_0001);

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

struct Figures {
    rate: f64,
    p99_ms: f64,
}

impl Ask {
    const fn new(to: SocketAddr, request: Vec<u8>, moves: bool) -> Self {
        Self { to, request, moves }
    }

    async fn connect(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        if self.moves {
            let from = Ipv4Addr::from_bits(NEXT.fetch_add(1, Ordering::Relaxed));
            socket.bind(SocketAddr::from((from, 0))).unwrap();
        }
        let stream = socket.connect(self.to).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    async fn once(&self) -> Answer {
        let mut stream = self.connect().await;
        self.ask(&mut stream, &mut Vec::new()).await
    }

    async fn ask(&self, stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Answer {
        stream.write_all(&self.request).await.unwrap();
        buffer.clear();
        let head = loop {
            if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server hung up");
        };
        let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        while buffer.len() < head + length {
            assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server hung up");
        }
        Answer {
            status: text.split(' ').nth(1).unwrap().parse().unwrap(),
            head: String::from_utf8_lossy(&buffer[..head]).into_owned(),
            body: buffer[head..].to_vec(),
        }
    }
}

/// Asks over all connections at once for [`SECONDS`].
async fn load(ask: &Arc<Ask>) -> Figures {
    let end = Instant::now() + Duration::from_secs(SECONDS);
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let ask = Arc::clone(ask);
            tokio::spawn(async move {
                let mut buffer = Vec::with_capacity(64 * 1024);
                let mut times = Vec::new();
                let mut stream = ask.connect().await;
                let mut asked = 0;
                while Instant::now() < end {
                    if ask.moves && asked == EACH {
                        stream = ask.connect().await;
                        asked = 0;
                    }
                    asked += 1;
                    let began = Instant::now();
                    let answer = ask.ask(&mut stream, &mut buffer).await;
                    assert_eq!(answer.status, 200);
                    times.push(began.elapsed());
                }
                times
            })
        })
        .collect();
    let began = Instant::now();
    let mut times = Vec::new();
    for worker in workers {
        times.extend(worker.await.unwrap());
    }
    let took = began.elapsed().as_secs_f64();
    times.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let rate = times.len() as f64 / took;
    let p99_ms = times[times.len() * 99 / 100].as_secs_f64() * 1000.0;
    Figures { rate, p99_ms }
}
