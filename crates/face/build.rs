//! Finds the fonts that the crate embeds: static weights of Be Vietnam Pro from the npm package.

use std::path::{Path, PathBuf};

fn main() {
    let root = std::env::var("CARGO_MANIFEST_DIR").map(PathBuf::from).expect("set by cargo");
    let package = root.join("../../node_modules/@expo-google-fonts/be-vietnam-pro");
    let mut list = String::from("[\n");
    for weight in ["400Regular", "500Medium", "600SemiBold", "700Bold"] {
        let font = package.join(weight).join(format!("BeVietnamPro_{weight}.ttf"));
        println!("cargo::rerun-if-changed={}", font.display());
        assert!(is_font(&font), "the font {} is missing: run ./x setup (npm ci)", font.display());
        let path = font.to_str().expect("the project's path is Unicode");
        list.extend(["    include_bytes!(", &format!("{path:?}"), "),\n"]);
    }
    list.push_str("]\n");
    let out = std::env::var("OUT_DIR").map(PathBuf::from).expect("set by cargo");
    std::fs::write(out.join("fonts.rs"), list).expect("cargo's OUT_DIR can be written");
}

/// A file that begins as a TrueType font does.
fn is_font(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(&[0, 1, 0, 0]))
}
