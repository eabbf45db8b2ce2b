//! `vcard tray`: software cards behind a private `pcscd`.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::time::Duration;

use reader::stack::{self, Stack};
use reader::tray::{Entropy, TrayClient, TrayConfig};

use crate::cli::{Model, Size, Tray};
use crate::command::serve;
use crate::explain::Doing as _;
use crate::home::Home;
use crate::out::Out;
use crate::{Ended, system};

/// Holds the tray until it is told to stop, or is its inner half.
pub(crate) fn tray(out: Out, home: &Home, wanted: &Tray) -> anyhow::Result<Ended> {
    if wanted.inner {
        stack::run_inner(config(home))?;
        return Ok(Ended::Done);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stopped = runtime.block_on(async { serve::Stopped::listen() })?;
    let stack = start(home)?;
    if wanted.add > 0 {
        add(home, wanted.add, wanted.model, wanted.size)?;
    }
    let status = TrayClient::connect(&home.tray_socket())?.status()?;
    let socket = stack.socket().display().to_string();
    out.data(&serde_json::json!({ "pcscd": socket, "tray": status }), || {
        let (blank, done) = (status.blank.to_string(), status.done.to_string());
        let rejected = status.rejected.to_string();
        let args =
            [("blank", &*blank), ("done", &*done), ("rejected", &*rejected), ("socket", &*socket)];
        out.say("tray-running", &args)
    });
    runtime.block_on(stopped.wait())?;
    stop(home, stack);
    Ok(Ended::Done)
}

/// Starts `pcscd` and tray, and writes down where the former is reached.
pub(crate) fn start(home: &Home) -> anyhow::Result<Stack> {
    Home::make_private(&home.tray())?;
    let program = std::env::current_exe().doing("doing-restart", &[])?;
    let mut inner: Vec<OsString> = vec!["--data".into(), std::path::absolute(&home.dir)?.into()];
    inner.extend(["vcard", "tray", "--inner"].map(OsString::from));
    let stack = Stack::start(&program, &inner, PATIENCE)?;
    let file = home.pcscd_file();
    std::fs::write(&file, stack.socket().as_os_str().as_encoded_bytes())
        .doing_at("doing-write", &file)?;
    Ok(stack)
}

/// Ends what [`start`] began.
pub(crate) fn stop(home: &Home, stack: Stack) {
    // Whoever reads a stale address finds no socket there.
    let _gone = std::fs::remove_file(home.pcscd_file());
    stack.stop();
}

/// Puts `count` new blanks into the tray.
pub(crate) fn add(home: &Home, count: u32, model: Model, size: Size) -> anyhow::Result<()> {
    let model = match model {
        Model::Ev1 => picc::Model::Ev1,
        Model::Ev2 => picc::Model::Ev2,
        Model::Ev3 => picc::Model::Ev3,
    };
    let size = match size {
        Size::K2 => picc::Size::K2,
        Size::K4 => picc::Size::K4,
        Size::K8 => picc::Size::K8,
        Size::K16 => picc::Size::K16,
    };
    let mut seed = [0; 8];
    system::random(&mut seed);
    let seed = u64::from_le_bytes(seed);
    TrayClient::connect(&home.tray_socket())?.add(count, model, size, seed)?;
    Ok(())
}

/// Makes this process use the private `pcscd` of the data folder, if one runs there and none is
/// named by the environment: the variable has to be there before the process starts, so the
/// process starts itself again.
pub(crate) fn use_private_pcscd(home: &Home) -> anyhow::Result<()> {
    if std::env::var_os(SOCKET_VARIABLE).is_some() {
        return Ok(());
    }
    let Ok(socket) = std::fs::read_to_string(home.pcscd_file()) else { return Ok(()) };
    if !std::path::Path::new(&socket).exists() {
        return Ok(());
    }
    let failed = std::process::Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(SOCKET_VARIABLE, socket)
        .exec();
    Ok(Err(failed).doing("doing-restart", &[])?)
}

fn config(home: &Home) -> TrayConfig {
    TrayConfig {
        cards: home.tray().join("cards"),
        control: home.tray_socket(),
        vpcd: TrayConfig::VPCD,
        entropy: Entropy::new(system::random),
    }
}

/// What pcsc-lite reads once, when a process first uses it.
const SOCKET_VARIABLE: &str = "PCSCLITE_CSOCK_NAME";

const PATIENCE: Duration = Duration::from_secs(30);
