//! The first page: says what runs here and what to do next.

use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use axum::response::Html;
use phrase::{Catalog, Lang};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::new(include_str!("vi.ftl"), include_str!("en.ftl"))
        .expect("both files are compiled in and tested")
});

pub(crate) async fn first(headers: HeaderMap) -> Html<String> {
    let lang = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split([',', ';']).find_map(Lang::from_tag))
        .unwrap_or_default();
    let say = |key| CATALOG.text(lang, key, &[]);
    Html(format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body><main><h1>{title}</h1><p>{running}</p><p>{next}</p>\
         <pre><code>congvu --help</code></pre></main></body></html>",
        title = say("title"),
        running = say("running"),
        next = say("next"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogue_holds_what_the_page_says() {
        for key in ["title", "running", "next"] {
            assert!(CATALOG.contains(key), "{key}");
        }
    }
}
