//! Puts the face detector's model where the crate can embed it.
//!
//! The model is a file of the `rustface` package (BSD-2-Clause) that the package itself does not
//! embed. Cargo has unpacked the package before this runs, so it is taken from there: nothing is
//! downloaded, and no copy of the model is kept in this repository.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const MODEL: &str = "model/seeta_fd_frontal_v1.0.bin";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let model = in_registry().or_else(in_metadata).unwrap_or_else(|| {
        panic!("no unpacked rustface package with {MODEL}; run `cargo fetch` and build again")
    });
    fs::copy(&model, out.join("face.model"))
        .unwrap_or_else(|e| panic!("cannot copy {}: {e}", model.display()));
}

/// The model below cargo's own folder, where registry packages are unpacked.
fn in_registry() -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))?;
    let registries = fs::read_dir(home.join("registry/src")).ok()?;
    registries
        .flatten()
        .filter_map(|registry| fs::read_dir(registry.path()).ok())
        .flat_map(Iterator::flatten)
        .filter(|package| package.file_name().to_string_lossy().starts_with("rustface-0.1."))
        .map(|package| package.path().join(MODEL))
        .find(|model| model.is_file())
}

/// The model in a vendored or otherwise replaced source, which only cargo can name.
fn in_metadata() -> Option<PathBuf> {
    let output = Command::new(env::var_os("CARGO")?)
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform"])
        .arg(env::var_os("TARGET")?)
        .current_dir(env::var_os("CARGO_MANIFEST_DIR")?)
        .output()
        .ok()?;
    // Every package has one `"manifest_path":"…/Cargo.toml"`; only one of them carries the model.
    String::from_utf8_lossy(&output.stdout)
        .split("\"manifest_path\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.contains("rustface"))
        .filter_map(|path| Some(Path::new(path).parent()?.join(MODEL)))
        .find(|model| model.is_file())
}
