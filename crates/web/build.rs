//! Embeds the files that `crates/web/assets/build.mjs` made in `dist`, and refuses when they are
//! missing or were made from other sources than those that lie here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

fn main() {
    let web = std::env::var("CARGO_MANIFEST_DIR").map(PathBuf::from).expect("set by cargo");
    let dist = web.join("dist");
    let list = dist.join("list.txt");
    println!("cargo::rerun-if-changed={}", list.display());
    println!("cargo::rerun-if-changed={}", web.join("assets").display());
    println!("cargo::rerun-if-changed={}", web.join("../../package-lock.json").display());

    let Ok(text) = std::fs::read_to_string(&list) else {
        panic!("{} is missing: run ./x setup (npm ci, npm run build)", list.display());
    };
    let mut lines = text.lines();
    assert!(
        lines.next() == Some(digest(&web).as_str()),
        "{} was made from other sources: run ./x setup (npm ci, npm run build)",
        dist.display()
    );

    let mut table = String::from("&[\n");
    for line in lines {
        let [name, file, kind] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{} has a line that is no file: {line}", list.display());
        };
        let embed = |ending: &str| {
            let path = dist.join(format!("{file}{ending}"));
            format!("include_bytes!({:?})", path.to_str().expect("the project's path is Unicode"))
        };
        let packed = |ending| match kind {
            "packed" => format!("Some({})", embed(ending)),
            _ => "None".to_owned(),
        };
        writeln!(
            table,
            "    Asset {{ name: {name:?}, path: {:?}, raw: {}, brotli: {}, gzip: {} }},",
            format!("/assets/{file}"),
            embed(""),
            packed(".br"),
            packed(".gz"),
        )
        .expect("a String can be written");
    }
    table.push_str("]\n");
    let out = std::env::var("OUT_DIR").map(PathBuf::from).expect("set by cargo");
    std::fs::write(out.join("assets.rs"), table).expect("cargo's OUT_DIR can be written");
}

/// SHA-256 over names and contents of the sources, as `build.mjs` computes it.
fn digest(web: &Path) -> String {
    let mut sources = Vec::new();
    walk(&web.join("assets"), &mut sources);
    // As text, not part by part: that is how the other side sorts.
    sources.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    let mut hash = Sha256::new();
    for path in &sources {
        let name = path.strip_prefix(web).expect("found below it").to_str().expect("Unicode");
        add(&mut hash, &format!("crates/web/{}", name.replace('\\', "/")), path);
    }
    add(&mut hash, "package-lock.json", &web.join("../../package-lock.json"));
    hash.finalize().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn add(hash: &mut Sha256, name: &str, path: &Path) {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    hash.update(name);
    hash.update([0]);
    hash.update(bytes);
    hash.update([0]);
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for path in entries.map(|entry| entry.expect("the folder can be read").path()) {
        let ending = path.extension().and_then(std::ffi::OsStr::to_str);
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "test") {
                walk(&path, found);
            }
        } else if matches!(ending, Some("mjs" | "ts" | "css" | "svg")) {
            found.push(path);
        }
    }
}
