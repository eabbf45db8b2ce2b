//! The binary's own catalogue.

use std::sync::LazyLock;

use phrase::{Catalog, Lang};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::new(include_str!("text/vi.ftl"), include_str!("text/en.ftl"))
        .expect("both files are compiled in and tested")
});

/// The message `key` in `lang` with its arguments filled in.
pub(crate) fn say(lang: Lang, key: &str, args: &[(&str, &str)]) -> String {
    CATALOG.text(lang, key, args)
}

/// Whether there is a message `key`.
pub(crate) fn has(key: &str) -> bool {
    CATALOG.contains(key)
}
