//! A private `pcscd` with a virtual reader and a tray of software cards, apart from any `pcscd`
//! that the machine runs.
//!
//! [`Stack::start`] starts a second program of ours inside its own user, mount, network and process
//! namespaces; that program calls [`run_inner`], which starts `pcscd` and is the tray. Clients
//! outside reach the service through [`Stack::socket`], in the environment variable
//! `PCSCLITE_CSOCK_NAME`, and the tray through its socket in the file system.
//!
//! Nothing outlives the process that holds the [`Stack`]: the inner program ends when the pipe from
//! it closes, whatever closed it, and it is process 1 of its namespace, so all others end with it.
//! Readers on the machine's USB ports are left to the machine's own service.
//!
//! Needs Debian's `pcscd`, `vsmartcard-vpcd` and `util-linux`; runs as root and as anybody whom the
//! system lets make user namespaces.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify;
use rustix::mount::{MountFlags, mount};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::tray::{StopHandle, Tray, TrayConfig, TrayError};

/// A private `pcscd` with its tray. Dropping it ends both.
#[derive(Debug)]
pub struct Stack {
    unshare: Child,
    /// Closing it ends the inner program.
    alive: Option<ChildStdin>,
}

impl Stack {
    /// Starts the stack and returns when clients can connect to its `pcscd` and its tray.
    ///
    /// `program` with `arguments` is ours and calls [`run_inner`], nothing else.
    ///
    /// # Errors
    ///
    /// [`StackError::Missing`] names what must be installed; [`StackError::NoNamespaces`] when the
    /// system refuses them; [`StackError::Start`] with the inner program's last words;
    /// [`StackError::NotReady`] when it does not come up within `patience`.
    pub fn start(
        program: &Path,
        arguments: &[OsString],
        patience: Duration,
    ) -> Result<Self, StackError> {
        for (path, package) in [(PCSCD, "pcscd"), (DRIVER, "vsmartcard-vpcd")] {
            if !Path::new(path).exists() {
                return Err(StackError::Missing { path: path.into(), package });
            }
        }
        let mut unshare = Command::new(UNSHARE)
            .args(["--user", "--map-root-user", "--mount", "--net", "--pid", "--fork"])
            .args(["--kill-child", "--"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C at the terminal is for the program that holds the stack; it ends this one.
            .process_group(0)
            .spawn()
            .map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => {
                    StackError::Missing { path: UNSHARE.into(), package: "util-linux" }
                }
                _ => StackError::Io { what: "unshare", source },
            })?;
        let alive = unshare.stdin.take();
        let output = unshare.stdout.take().expect("it is piped");
        let words = unshare.stderr.take().expect("it is piped");
        let stack = Self { unshare, alive };

        let (tell, told) = mpsc::channel();
        let last_words = thread::spawn(move || pass_on(words));
        thread::spawn(move || {
            let mut line = String::new();
            let ready = BufReader::new(output).read_line(&mut line).is_ok() && line == READY;
            // Nobody listens any more when the patience is over.
            let _ = tell.send(ready);
        });
        match told.recv_timeout(patience) {
            Ok(true) => Ok(stack),
            Ok(false) => {
                drop(stack);
                let said = last_words.join().unwrap_or_default();
                if said.contains("unshare failed") || said.contains("uid_map") {
                    Err(StackError::NoNamespaces { said })
                } else {
                    Err(StackError::Start { said })
                }
            }
            Err(_) => Err(StackError::NotReady),
        }
    }

    /// What `PCSCLITE_CSOCK_NAME` must be in the environment of a client, set before it starts.
    pub fn socket(&self) -> PathBuf {
        format!("/proc/{}/root{SOCKET}", self.unshare.id()).into()
    }

    /// Whether `pcscd` and the tray still run.
    pub fn is_running(&mut self) -> bool {
        matches!(self.unshare.try_wait(), Ok(None))
    }

    /// Ends `pcscd` and the tray and waits until they are gone. Cards stay where they are.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.alive.take());
        // The inner program ends by itself, and with it all others, before `unshare` does. Should
        // it hang, it must not keep us.
        let grace = Timespec { tv_sec: 5, tv_nsec: 0 };
        let unshare = Pid::from_child(&self.unshare);
        let ended = pidfd_open(unshare, PidfdFlags::empty())
            .and_then(|unshare| poll(&mut [PollFd::new(&unshare, PollFlags::IN)], Some(&grace)));
        if ended != Ok(1)
            && let Err(error) = self.unshare.kill()
        {
            tracing::warn!(%error, "the private pcscd hangs and cannot be killed");
        }
        if let Err(error) = self.unshare.wait() {
            tracing::warn!(%error, "the private pcscd was not waited for");
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.end();
    }
}

/// Logs what the inner side says and keeps the last of it.
fn pass_on(words: impl io::Read) -> String {
    let mut last = Vec::new();
    for line in BufReader::new(words).lines().map_while(Result::ok) {
        tracing::debug!(target: "reader::stack", "{line}");
        if last.len() == LAST_WORDS {
            last.remove(0);
        }
        last.push(line);
    }
    last.join("\n")
}

/// The inner side: starts `pcscd`, serves the tray, and returns when standard input closes, the
/// tray is told to stop, or `pcscd` ends. Says so on standard output when it is ready.
///
/// To be called by the program that [`Stack::start`] starts, before it has started any thread of
/// its own, and by nothing else: it mounts over `/run/pcscd`.
///
/// # Errors
///
/// [`StackError`] when the namespaces are not its own, `pcscd` does not start, or the tray fails.
pub fn run_inner(config: TrayConfig) -> Result<(), StackError> {
    if std::process::id() != 1 {
        return Err(StackError::Outside);
    }
    // Before anything is mounted over: the socket is for those outside.
    let tray = Tray::open(config)?;
    let stop = tray.stop_handle();
    raise_loopback().map_err(|source| StackError::Io { what: "the loopback interface", source })?;
    let run = prepare_run().map_err(|source| StackError::Io { what: "/run/pcscd", source })?;
    let mut pcscd = start_pcscd(&run)?;
    let served = thread::spawn(move || tray.serve());

    stop_at_end_of_input(stop.clone());
    await_pcscd(&mut pcscd)?;
    let mut out = io::stdout();
    out.write_all(READY.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|source| StackError::Io { what: "standard output", source })?;

    thread::spawn(move || {
        if let Ok(status) = pcscd.wait() {
            tracing::error!(%status, "pcscd ended");
        }
        stop.stop();
    });
    served.join().unwrap_or(Ok(())).map_err(StackError::from)
}

fn stop_at_end_of_input(stop: StopHandle) {
    thread::spawn(move || {
        let mut sink = [0; 64];
        while io::stdin().read(&mut sink).is_ok_and(|length| length > 0) {}
        stop.stop();
    });
}

/// A new network namespace has a loopback interface that is down. Asks the kernel to raise it:
/// `RTM_NEWLINK` with `IFF_UP` for interface 1. Source: rtnetlink(7).
fn raise_loopback() -> io::Result<()> {
    let mut request = Vec::with_capacity(32);
    request.extend_from_slice(&32_u32.to_ne_bytes()); // length
    request.extend_from_slice(&16_u16.to_ne_bytes()); // RTM_NEWLINK
    request.extend_from_slice(&5_u16.to_ne_bytes()); // NLM_F_REQUEST | NLM_F_ACK
    request.extend_from_slice(&[0; 8]); // sequence, port
    request.extend_from_slice(&[0; 4]); // AF_UNSPEC, type
    request.extend_from_slice(&1_i32.to_ne_bytes()); // index
    request.extend_from_slice(&1_u32.to_ne_bytes()); // flags: IFF_UP
    request.extend_from_slice(&1_u32.to_ne_bytes()); // which of them to change
    let socket = rustix::net::socket(AddressFamily::NETLINK, SocketType::RAW, None)?;
    rustix::net::sendto(&socket, &request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0_u8; 256];
    let (length, _) = rustix::net::recv(&socket, &mut answer, RecvFlags::empty())?;
    // nlmsghdr (16 bytes), then nlmsgerr, which begins with the negative error number.
    let error = answer.get(16..length.min(20)).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    match error.map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(number) => Err(io::Error::from_raw_os_error(-number)),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Gives `pcscd` a `/run/pcscd` of its own with its configuration in it, and hides the drivers of
/// real readers from it.
fn prepare_run() -> io::Result<PathBuf> {
    let run = Path::new(RUN);
    let tmpfs = |target: &Path| -> io::Result<()> {
        Ok(mount("tmpfs", target, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, None)?)
    };
    if run.is_dir() {
        tmpfs(run)?;
    } else {
        tmpfs(Path::new("/run"))?;
        fs::create_dir(run)?;
    }
    let driver = run.join("libifdvpcd.so");
    fs::copy(DRIVER, &driver)?;
    tmpfs(Path::new(DRIVERS))?;
    let readers = run.join("reader.conf");
    let stanza = format!(
        "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x{VPCD_PORT:X}\nLIBPATH {}\n\
         CHANNELID 0x{VPCD_PORT:X}\n",
        driver.display()
    );
    fs::write(&readers, stanza)?;
    Ok(readers)
}

fn start_pcscd(readers: &Path) -> Result<Child, StackError> {
    Command::new(PCSCD)
        .args(["--foreground", "--critical", "--config"])
        .arg(readers)
        .stdin(Stdio::null())
        // Standard output tells that we are ready, so what pcscd says goes elsewhere.
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|source| StackError::Io { what: "pcscd", source })
}

/// Waits until `pcscd` takes clients, watching its folder.
fn await_pcscd(pcscd: &mut Child) -> Result<(), StackError> {
    let io = |source: io::Error| StackError::Io { what: "pcscd's socket", source };
    let watch = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)
        .map_err(|error| io(error.into()))?;
    let flags = inotify::WatchFlags::CREATE | inotify::WatchFlags::ATTRIB;
    inotify::add_watch(&watch, RUN, flags).map_err(|error| io(error.into()))?;
    let deadline = Instant::now() + PATIENCE;
    let mut buffer = [const { std::mem::MaybeUninit::uninit() }; 4096];
    while UnixStream::connect(SOCKET).is_err() {
        if pcscd.try_wait().is_ok_and(|ended| ended.is_some()) || Instant::now() > deadline {
            return Err(StackError::Pcscd);
        }
        // A socket appears before it listens, so after the event comes one more, short, turn.
        let turn = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        let mut ready = [PollFd::new(&watch, PollFlags::IN)];
        poll(&mut ready, Some(&turn)).map_err(|error| io(error.into()))?;
        let mut events = inotify::Reader::new(&watch, &mut buffer);
        while events.next().is_ok() {}
    }
    Ok(())
}

const UNSHARE: &str = "unshare";
/// The service, as Debian installs it.
pub const PCSCD: &str = "/usr/sbin/pcscd";
const DRIVERS: &str = "/usr/lib/pcsc/drivers";
/// The driver of the virtual reader, as Debian installs it.
pub const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const RUN: &str = "/run/pcscd";
const SOCKET: &str = "/run/pcscd/pcscd.comm";
const VPCD_PORT: u16 = 0x8C7B;
const READY: &str = "ready\n";
const PATIENCE: Duration = Duration::from_secs(20);
const LAST_WORDS: usize = 20;

/// Why there is no private `pcscd`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StackError {
    /// A program or driver is not installed.
    #[error("{} is missing (Debian package {package})", path.display())]
    Missing {
        /// What was looked for.
        path: PathBuf,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// The system refuses namespaces to this user.
    #[error("the system refuses namespaces: {said}")]
    NoNamespaces {
        /// The words of `unshare`.
        said: String,
    },
    /// The inner program ended before it was ready.
    #[error("the private pcscd did not start: {said}")]
    Start {
        /// Its last words.
        said: String,
    },
    /// The inner program was not ready in time.
    #[error("the private pcscd was not ready in time")]
    NotReady,
    /// [`run_inner`] was called outside of the namespaces that [`Stack::start`] makes.
    #[error("this program runs inside a private namespace only")]
    Outside,
    /// `pcscd` ended, or takes no clients.
    #[error("pcscd takes no clients")]
    Pcscd,
    /// The tray failed.
    #[error("the tray failed")]
    Tray(#[from] TrayError),
    /// The system refused something.
    #[error("{what} failed")]
    Io {
        /// At what.
        what: &'static str,
        /// The system's reason.
        source: io::Error,
    },
}
