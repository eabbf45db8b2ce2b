//! Writes the ten people of the tests to a folder: `cargo run -p face --example gallery -- OUT`.

#![expect(clippy::unwrap_used, reason = "a failure of the example is best seen where it happens")]
#![expect(clippy::print_stderr, reason = "an example talks to whoever runs it")]

#[path = "../tests/common/mod.rs"]
mod common;

use face::{Design, Dpi, Press, Side};

fn main() {
    let Some(folder) = std::env::args_os().nth(1).map(std::path::PathBuf::from) else {
        eprintln!("usage: gallery FOLDER");
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    let press = Press::new(Design::default()).unwrap();
    for (n, card) in common::people().iter().enumerate() {
        let faces = press.set(card).unwrap();
        std::fs::write(folder.join(format!("{n}.pdf")), faces.pdf().unwrap()).unwrap();
        for (side, name) in [(Side::Front, "front"), (Side::Back, "back")] {
            for dpi in [Dpi::Dpi300, Dpi::Dpi600] {
                let file = folder.join(format!("{n}-{name}-{dpi}"));
                let planes = faces.planes(side, dpi).unwrap();
                std::fs::write(file.with_extension("png"), faces.png(side, dpi).unwrap()).unwrap();
                std::fs::write(file.with_extension("colour.png"), planes.colour).unwrap();
                std::fs::write(file.with_extension("black.png"), planes.black).unwrap();
            }
        }
    }
}
