//! `congvu doctor`: is this machine ready, what is missing, and how to mend it.

use std::path::Path;
use std::process::{Command, Stdio};

use reader::stack;
use serde::Serialize;

use crate::Ended;
use crate::explain::explain;
use crate::home::Home;
use crate::out::Out;

#[derive(Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    /// Whether the main job cannot be done without it.
    needed: bool,
    text: String,
}

/// Looks at everything and says what it saw.
pub(crate) fn run(out: Out, home: &Home) -> Ended {
    let found = [
        file(out, "pcscd", stack::PCSCD, "pcscd"),
        file(out, "vpcd", stack::DRIVER, "vsmartcard-vpcd"),
        program(out, "zbarimg", &["--version"], "zbar-tools"),
        namespaces(out),
        folder(out, home),
        vault(out, home),
        database(out, home),
        profile(out, home),
    ];
    let ready = found.iter().all(|finding| finding.ok || !finding.needed);
    out.data(&serde_json::json!({ "ready": ready, "findings": found }), || {
        let mut lines = Vec::new();
        for finding in &found {
            let mark = match (finding.ok, finding.needed) {
                (true, _) => "✓",
                (false, true) => "✗",
                (false, false) => "!",
            };
            lines.push(format!("{mark} {}", finding.text));
        }
        lines.push(out.say(if ready { "doctor-ready" } else { "doctor-not-ready" }, &[]));
        lines.join("\n")
    });
    if ready { Ended::Done } else { Ended::Refused }
}

fn program(out: Out, name: &'static str, args: &[&str], package: &str) -> Finding {
    let ok = Command::new(name)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    installed(out, name, ok, package)
}

fn file(out: Out, name: &'static str, path: &str, package: &str) -> Finding {
    installed(out, name, Path::new(path).exists(), package)
}

fn installed(out: Out, what: &'static str, ok: bool, package: &str) -> Finding {
    let key = if ok { "doctor-program" } else { "doctor-no-program" };
    let text = out.say(key, &[("name", what), ("package", package)]);
    Finding { what, ok, needed: what == "zbarimg", text }
}

/// A private pcscd needs user namespaces; a real reader does not.
fn namespaces(out: Out) -> Finding {
    let ok = Command::new("unshare")
        .args(["-rmnpf", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let key = if ok { "doctor-namespaces" } else { "doctor-no-namespaces" };
    Finding { what: "namespaces", ok, needed: false, text: out.say(key, &[]) }
}

fn folder(out: Out, home: &Home) -> Finding {
    let path = home.dir.display().to_string();
    let ok = home.dir.is_dir();
    let key = if ok { "doctor-folder" } else { "doctor-no-folder" };
    Finding { what: "data", ok, needed: true, text: out.say(key, &[("path", &path)]) }
}

fn vault(out: Out, home: &Home) -> Finding {
    let (ok, text) = match home.vault() {
        Ok(vault) => {
            let demo = vault.kind() == vault::Kind::Demo;
            (true, out.say(if demo { "doctor-vault-demo" } else { "doctor-vault" }, &[]))
        }
        Err(error) => (false, out.say("doctor-no-vault", &[("why", &explain(out.lang, &error))])),
    };
    Finding { what: "vault", ok, needed: true, text }
}

fn database(out: Out, home: &Home) -> Finding {
    let path = home.database();
    let ok = path.is_file();
    let key = if ok { "doctor-database" } else { "doctor-no-database" };
    let text = out.say(key, &[("path", &path.display().to_string())]);
    Finding { what: "database", ok, needed: true, text }
}

fn profile(out: Out, home: &Home) -> Finding {
    let (ok, text) = match home.profile() {
        Ok(profile) => {
            let name = profile.rules().name.clone();
            (true, out.say("doctor-profile", &[("name", &name)]))
        }
        Err(error) => (false, out.say("doctor-no-profile", &[("why", &explain(out.lang, &error))])),
    };
    Finding { what: "profile", ok, needed: true, text }
}
