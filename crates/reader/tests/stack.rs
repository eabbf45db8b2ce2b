//! Software cards behind the real `pcscd` and its virtual reader `vpcd`, driven by clients in their
//! own processes: the example `tray`, which `cargo test -p reader` builds (with `--test stack` alone,
//! run `cargo build -p reader --example tray` first).

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use picc::{Model, Size};
use reader::stack::{Stack, StackError};
use reader::tray::{Place, TrayClient};
use reader::{Disposition, FeedError, Feeder as _, Uid};

const PATIENCE: Duration = Duration::from_mins(1);

/// The example program beside this test's.
fn program() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let target = this.parent().and_then(Path::parent).unwrap();
    target.join("examples/tray")
}

/// A running stack in its own folder, with a client of its tray.
struct Bench {
    stack: Stack,
    tray: TrayClient,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap())
    }

    fn over(folder: tempfile::TempDir) -> Self {
        let control = folder.path().join("tray.sock");
        let arguments =
            ["inner".into(), folder.path().join("cards").into(), control.clone().into()];
        let stack = Stack::start(&program(), &arguments, PATIENCE).unwrap();
        let tray = TrayClient::connect(&control).unwrap();
        Self { stack, tray, folder }
    }

    fn with_blanks(count: u32) -> (Self, Vec<Uid>) {
        let mut bench = Self::new();
        let uids = bench.tray.add(count, Model::Ev3, Size::K8, 7).unwrap();
        (bench, uids)
    }

    fn client(&self) -> Client {
        Client::start(&self.stack.socket())
    }
}

/// A PC/SC client in a process of its own.
struct Client {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Client {
    fn start(socket: &Path) -> Self {
        let mut process = Command::new(program())
            .arg("client")
            .env("PCSCLITE_CSOCK_NAME", socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut client = Self { process, input, output };
        assert_eq!(client.line(), "ready");
        client
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn ask(&mut self, order: &str) -> String {
        writeln!(self.input, "{order}").unwrap();
        self.line()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

const GET_VERSION: &str = "apdu 9060000000";
/// First frame of the factory DES authentication of the PICC.
const BEGIN_DES: &str = "apdu 901A0000010000";

#[test]
fn client_sees_a_card_come_answer_and_go() {
    let (mut bench, uids) = Bench::with_blanks(2);
    let mut client = bench.client();
    assert_eq!(client.ask("expect-none"), "TimedOut");
    for uid in &uids {
        assert_eq!(bench.tray.next().unwrap(), Some(*uid));
        assert_eq!(client.ask("wait"), "Virtual PCD 00 00");
        assert_eq!(client.ask("connect"), "ok");
        assert_eq!(client.ask("uid"), uid.to_string());
        assert_eq!(client.ask("atr"), "3B81800180 80".replace(' ', ""));
        let version = client.ask(GET_VERSION);
        assert!(version.starts_with("0401") && version.ends_with("91AF"), "{version}");
        assert_eq!(client.ask("drop"), "ok");
        bench.tray.eject(Disposition::Done).unwrap();
        assert_eq!(client.ask("gone"), "ok");
    }
    assert_eq!(bench.tray.next().unwrap(), None);
    assert_eq!(bench.tray.list(Place::Done).unwrap(), uids);
}

#[test]
fn native_commands_of_one_byte_reach_the_card() {
    let (mut bench, _) = Bench::with_blanks(1);
    bench.tray.next().unwrap();
    let mut client = bench.client();
    client.ask("wait");
    client.ask("connect");
    // pcscd itself passes nothing shorter than four bytes to a driver, so a native command with
    // three parameter bytes stands for the others: SelectApplication 000000.
    assert_eq!(client.ask("apdu 5A000000"), "00");
}

#[test]
fn exchange_takes_no_40_milliseconds() {
    let (mut bench, _) = Bench::with_blanks(1);
    bench.tray.next().unwrap();
    let mut client = bench.client();
    client.ask("wait");
    client.ask("connect");
    let median: u64 = client.ask("latency 500").parse().unwrap();
    println!("median round trip through pcscd and vpcd: {median} us");
    assert!(median < 20_000, "{median} us: acknowledgements are delayed");
}

#[test]
fn session_of_an_earlier_client_is_gone_on_connect() {
    let (mut bench, _) = Bench::with_blanks(1);
    bench.tray.next().unwrap();
    let (mut first, mut second) = (bench.client(), bench.client());
    first.ask("wait");
    assert_eq!(first.ask("share"), "ok");
    assert!(first.ask(BEGIN_DES).ends_with("91AF"));
    second.ask("wait");
    assert_eq!(second.ask("share"), "ok");
    // The second half of an authentication that nobody began.
    assert_eq!(second.ask("apdu 90AF0000100000000000000000000000000000000000"), "911C");
}

#[test]
fn second_client_finds_an_exclusive_card_busy() {
    let (mut bench, _) = Bench::with_blanks(1);
    bench.tray.next().unwrap();
    let (mut first, mut second) = (bench.client(), bench.client());
    first.ask("wait");
    assert_eq!(first.ask("connect"), "ok");
    second.ask("wait");
    assert_eq!(second.ask("connect"), "Busy");
    first.ask("drop");
    assert_eq!(second.ask("connect"), "ok");
}

#[test]
fn reset_by_another_client_is_told_and_can_be_mended() {
    let (mut bench, _) = Bench::with_blanks(1);
    bench.tray.next().unwrap();
    let (mut first, mut second) = (bench.client(), bench.client());
    first.ask("wait");
    second.ask("wait");
    assert_eq!(first.ask("share"), "ok");
    assert_eq!(second.ask("share"), "ok");
    assert_eq!(first.ask(GET_VERSION), "Reset");
    assert_eq!(first.ask("reset"), "ok");
    assert!(first.ask(GET_VERSION).ends_with("91AF"));
}

#[test]
fn removal_in_the_middle_of_a_session_is_told() {
    let (mut bench, _) = Bench::with_blanks(1);
    bench.tray.next().unwrap();
    let mut client = bench.client();
    client.ask("wait");
    client.ask("connect");
    assert!(client.ask(GET_VERSION).ends_with("91AF"));
    bench.tray.eject(Disposition::Reject).unwrap();
    assert_eq!(client.ask("gone"), "ok");
    assert_eq!(client.ask(GET_VERSION), "Removed");
    assert_eq!(client.ask("reset"), "NoCard");
    assert_eq!(bench.tray.status().unwrap().rejected, 1);
}

#[test]
fn probes_of_other_programs_do_not_upset_the_card() {
    let (mut bench, uids) = Bench::with_blanks(1);
    bench.tray.next().unwrap();
    let mut client = bench.client();
    client.ask("wait");
    for arguments in [&["--atr"][..], &["--name"], &["--send-apdu", "00A4040007D276000085010000"]] {
        let output = Command::new("opensc-tool")
            .args(arguments)
            .env("PCSCLITE_CSOCK_NAME", bench.stack.socket())
            .output()
            .expect("opensc is installed");
        let text = String::from_utf8_lossy(&output.stdout).to_lowercase();
        if arguments == ["--atr"] {
            assert!(text.contains("3b:81:80:01:80:80"), "{text}");
        }
    }
    assert_eq!(client.ask("connect"), "ok");
    assert_eq!(client.ask("uid"), uids[0].to_string());
}

/// Creates application 838001 with one AES key on a blank whose settings allow it without a key.
const CREATE: &str = "apdu 90CA000005018083 0F8100";
const SELECT: &str = "apdu 905A000003018083 00";

#[test]
fn card_memory_survives_a_tray_that_is_killed() {
    let (mut bench, uids) = Bench::with_blanks(1);
    bench.tray.next().unwrap();
    let mut client = bench.client();
    client.ask("wait");
    client.ask("connect");
    assert_eq!(client.ask(CREATE), "9100");
    kill_inner(&bench.stack);
    drop(client);

    let Bench { folder, stack, .. } = bench;
    drop(stack);
    let mut bench = Bench::over(folder);
    assert_eq!(bench.tray.loaded().unwrap(), Some(uids[0]), "it still lies on the reader");
    let mut client = bench.client();
    client.ask("wait");
    client.ask("connect");
    assert_eq!(client.ask(SELECT), "9100");
}

#[test]
fn finished_card_can_be_put_back() {
    let (mut bench, uids) = Bench::with_blanks(2);
    let mut client = bench.client();
    bench.tray.next().unwrap();
    client.ask("wait");
    client.ask("connect");
    client.ask(CREATE);
    client.ask("drop");
    bench.tray.eject(Disposition::Done).unwrap();
    client.ask("gone");
    bench.tray.insert(uids[0]).unwrap();
    client.ask("wait");
    assert_eq!(client.ask("connect"), "ok");
    assert_eq!(client.ask(SELECT), "9100");
    bench.tray.eject(Disposition::Back).unwrap();
    assert_eq!(bench.tray.list(Place::Done).unwrap(), [uids[0]]);
}

#[test]
fn tray_refuses_what_cannot_be() {
    let (mut bench, uids) = Bench::with_blanks(2);
    let nowhere = Uid([4, 0, 0, 0, 0, 0, 0]);
    assert!(matches!(bench.tray.eject(Disposition::Done), Err(FeedError::NothingThere)));
    assert!(matches!(bench.tray.insert(nowhere), Err(FeedError::NoSuchCard)));
    bench.tray.next().unwrap();
    assert!(matches!(bench.tray.next(), Err(FeedError::Occupied)));
    assert!(matches!(bench.tray.insert(uids[1]), Err(FeedError::Occupied)));
    let refused = bench.tray.add(1, Model::Ev1, Size::K16, 7);
    assert!(matches!(refused, Err(FeedError::Device { .. })));
}

#[test]
fn nothing_outlives_a_killed_holder() {
    let folder = tempfile::tempdir().unwrap();
    let mut holder = Command::new(program())
        .arg("hold")
        .arg(folder.path().join("cards"))
        .arg(folder.path().join("tray.sock"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let mut socket = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut socket).unwrap();
    let pid = socket.trim().trim_start_matches("/proc/").split('/').next().unwrap().to_owned();
    let family = family(pid.parse().unwrap());
    assert!(family.len() >= 3, "unshare, the tray and pcscd: {family:?}");
    // Opened before the kill: it stays open as long as the tray holds the other end.
    let mut tray = TrayClient::connect(&folder.path().join("tray.sock")).unwrap();
    tray.status().unwrap();

    holder.kill().unwrap();
    holder.wait().unwrap();

    for pid in family {
        let process = rustix::process::Pid::from_raw(pid).unwrap();
        // A process that has gone already cannot be opened; one that is going is waited for.
        if let Ok(open) = rustix::process::pidfd_open(process, rustix::process::PidfdFlags::empty())
        {
            let mut ended = [rustix::event::PollFd::new(&open, rustix::event::PollFlags::IN)];
            let patience = rustix::event::Timespec { tv_sec: 20, tv_nsec: 0 };
            let count = rustix::event::poll(&mut ended, Some(&patience)).unwrap();
            assert_eq!(count, 1, "process {pid} outlives its holder");
        }
    }
    assert!(matches!(tray.status(), Err(FeedError::Unreachable(_))));
}

#[test]
fn inner_side_refuses_to_run_outside() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(program())
        .arg("inner")
        .arg(folder.path().join("cards"))
        .arg(folder.path().join("tray.sock"))
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("Outside"));
}

#[test]
fn inner_program_that_fails_is_quoted() {
    let error = Stack::start(&program(), &["nonsense".into()], PATIENCE).unwrap_err();
    assert!(
        matches!(&error, StackError::Start { said } if said.contains("first lines")),
        "{error}"
    );
}

#[test]
fn client_without_a_service_is_told() {
    let nowhere = tempfile::tempdir().unwrap();
    let output = Command::new(program())
        .arg("client")
        .env("PCSCLITE_CSOCK_NAME", nowhere.path().join("none"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "NoService");
}

/// Kills the tray (process 1 of the inner namespace) as the system would when memory runs out.
fn kill_inner(stack: &Stack) {
    let socket = stack.socket();
    let unshare: i32 = socket.iter().nth(2).unwrap().to_str().unwrap().parse().unwrap();
    let inner = *family(unshare).get(1).unwrap();
    let pid = rustix::process::Pid::from_raw(inner).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// A process and all its descendants.
fn family(ancestor: i32) -> Vec<i32> {
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        next += 1;
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else { continue };
            let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
            let after_name = stat.rsplit(')').next().unwrap_or_default();
            if after_name.split_whitespace().nth(1) == Some(parent.to_string().as_str()) {
                found.push(pid);
            }
        }
    }
    found
}
