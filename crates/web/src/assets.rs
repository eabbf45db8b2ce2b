//! Style, scripts, fonts and symbols: embedded, compressed beforehand, kept by browsers for a year.
//!
//! An address holds the hash of what it answers, so what lies there never changes.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

/// One embedded file.
struct Asset {
    /// What templates call it: `app.css`.
    name: &'static str,
    /// Where it is: `/assets/app-0123456789ab.css`.
    path: &'static str,
    raw: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// Made by `build.rs` from `dist`.
const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The address of the file that templates call `name`.
///
/// # Panics
///
/// When there is no such file; a test asks for each that a template names.
pub(crate) fn path(name: &str) -> &'static str {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    found.map_or_else(|| panic!("no embedded file is called {name}"), |asset| asset.path)
}

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{file}", get(serve))
}

async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let found = ASSETS.iter().find(|asset| asset.path.strip_prefix("/assets/") == Some(&file));
    let Some(asset) = found else {
        // A page of an older program asks for its own files: it must not keep this answer.
        return (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")]).into_response();
    };
    let (encoding, body) = match Accepted::of(&headers) {
        Accepted { brotli: true, .. } if asset.brotli.is_some() => ("br", asset.brotli),
        Accepted { gzip: true, .. } if asset.gzip.is_some() => ("gzip", asset.gzip),
        _ => ("", None),
    };
    let mark = etag(asset, encoding);
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|one| one.trim().trim_start_matches("W/") == mark);
    let mut answer = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body.unwrap_or(asset.raw).into_response()
    };
    let answer_headers = answer.headers_mut();
    answer_headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(asset.name)));
    answer_headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEEP));
    answer_headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(mark) = HeaderValue::from_str(&mark) {
        answer_headers.insert(header::ETAG, mark);
    }
    if !encoding.is_empty() && !known {
        answer_headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    answer
}

/// What the browser can unpack.
struct Accepted {
    brotli: bool,
    gzip: bool,
}

impl Accepted {
    fn of(headers: &HeaderMap) -> Self {
        let mut accepted = Self { brotli: false, gzip: false };
        let lists = headers.get_all(header::ACCEPT_ENCODING).iter();
        for one in lists.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')) {
            let mut parts = one.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let refused = parts.any(|part| {
                part.strip_prefix("q=")
                    .and_then(|q| q.parse::<f32>().ok())
                    .is_some_and(|q| q <= 0.0)
            });
            match name {
                _ if refused => {}
                "br" => accepted.brotli = true,
                "gzip" => accepted.gzip = true,
                _ => {}
            }
        }
        accepted
    }
}

/// Each form of a file has its own mark, because a strong mark promises the same bytes.
fn etag(asset: &Asset, encoding: &str) -> String {
    let file = asset.path.trim_start_matches("/assets/");
    if encoding.is_empty() { format!("\"{file}\"") } else { format!("\"{file}.{encoding}\"") }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

const KEEP: &str = "public, max-age=31536000, immutable";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::PathBuf;

    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn get(
        path: &str,
        headers: &[(header::HeaderName, &str)],
    ) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let answer = routes::<()>().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    #[tokio::test]
    async fn a_file_comes_as_the_browser_can_unpack_it() {
        let style = path("app.css");
        let (_, plain, raw) = get(style, &[]).await;
        assert_eq!(plain.get(header::CONTENT_ENCODING), None);
        assert_eq!(plain[header::CONTENT_TYPE], "text/css; charset=utf-8");
        for (accept, encoding) in
            [("gzip, deflate, br", "br"), ("gzip, br;q=0", "gzip"), ("br;q=0.5", "br")]
        {
            let (status, headers, body) = get(style, &[(header::ACCEPT_ENCODING, accept)]).await;
            assert_eq!(
                (status, headers[header::CONTENT_ENCODING].to_str().unwrap()),
                (StatusCode::OK, encoding)
            );
            assert!(body.len() < raw.len() / 2);
            assert_ne!(headers[header::ETAG], plain[header::ETAG]);
            assert_eq!(headers[header::CACHE_CONTROL], KEEP);
        }
        let (_, font, _) =
            get(path("be-vietnam-pro-latin-400-normal.woff2"), &[(header::ACCEPT_ENCODING, "br")])
                .await;
        assert_eq!(font.get(header::CONTENT_ENCODING), None);
        assert_eq!(font[header::CONTENT_TYPE], "font/woff2");
    }

    #[tokio::test]
    async fn a_file_that_the_browser_has_is_not_sent_again() {
        let script = path("app.js");
        let (_, headers, _) = get(script, &[]).await;
        let mark = headers[header::ETAG].to_str().unwrap();
        let (status, _, body) =
            get(script, &[(header::IF_NONE_MATCH, &format!("\"x\", W/{mark}"))]).await;
        assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    }

    #[tokio::test]
    async fn an_unknown_file_is_missing_and_not_kept() {
        for wrong in
            ["/assets/app-000000000000.css", "/assets/..%2f..%2fCargo.toml", "/assets/app.css"]
        {
            let (status, headers, _) = get(wrong, &[]).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        }
    }

    /// The goal for the first page: style, script, symbols and the two weights that it shows.
    #[test]
    fn what_a_first_page_loads_stays_small() {
        let sent = |name: &str| {
            let asset = ASSETS.iter().find(|asset| asset.name == name).unwrap();
            asset.brotli.unwrap_or(asset.raw).len()
        };
        let fonts = ["latin-400", "latin-600", "vietnamese-400", "vietnamese-600"]
            .map(|font| sent(&format!("be-vietnam-pro-{font}-normal.woff2")));
        let all = ["app.css", "app.js", "icons.svg", "mark.svg"].map(sent).iter().sum::<usize>()
            + fonts.iter().sum::<usize>();
        assert!(all < 150_000, "{all} bytes");
    }

    fn templates() -> Vec<(PathBuf, String)> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates");
        let folders = [root.clone(), root.join("parts")];
        let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        files
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "html"))
            .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
            .collect()
    }

    fn quoted<'a>(text: &'a str, opening: &str) -> Vec<&'a str> {
        text.split(opening).skip(1).filter_map(|part| part.split('"').next()).collect()
    }

    #[test]
    fn every_file_that_a_template_names_is_embedded() {
        for (_, text) in templates() {
            for name in quoted(&text, "page.asset(\"") {
                assert!(path(name).starts_with("/assets/"));
            }
        }
    }

    #[test]
    fn every_symbol_that_is_named_is_in_the_sprite() {
        let sprite = ASSETS.iter().find(|asset| asset.name == "icons.svg").unwrap();
        let sprite = str::from_utf8(sprite.raw).unwrap();
        let missing: Vec<_> = templates()
            .iter()
            .flat_map(|(_, text)| {
                quoted(text, "icon(\"").into_iter().map(str::to_owned).collect::<Vec<_>>()
            })
            .chain(
                [
                    "active",
                    "revoked",
                    "ready",
                    "locked",
                    "expired",
                    "draft",
                    "returned",
                    "produced",
                    "submitted",
                    "",
                ]
                .map(|state| crate::look::shape(state).to_owned()),
            )
            .chain(
                ["ok", "warn", "stop", "wait", "info", "idle"]
                    .map(|kind| crate::look::big_shape(kind).to_owned()),
            )
            .filter(|name| !sprite.contains(&format!("id=\"{name}\"")))
            .collect();
        assert!(missing.is_empty(), "add to `icons` in assets/build.mjs: {missing:?}");
    }

    /// The policy forbids inline style and script; a template must not try.
    #[test]
    fn no_template_has_inline_style_or_script() {
        for (path, text) in templates() {
            let lower = text.to_lowercase();
            for wrong in [
                " style=",
                "<style",
                "<script>",
                " onclick=",
                " onchange=",
                " onsubmit=",
                "javascript:",
            ] {
                assert!(!lower.contains(wrong), "{} has {wrong}", path.display());
            }
            for script in lower.split("<script").skip(1) {
                assert!(script.starts_with(" src="), "{} has an inline script", path.display());
            }
        }
    }

    /// Tabler's style is cut down to the classes that the templates had when the files were made.
    #[test]
    fn no_template_uses_a_class_that_was_left_out() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let unused = fs::read_to_string(root.join("dist/unused-classes.txt")).unwrap();
        let unused: BTreeSet<&str> = unused.lines().collect();
        let mut left_out = BTreeSet::new();
        for (_, text) in templates() {
            for class in quoted(&text, "class=\"").into_iter().flat_map(str::split_whitespace) {
                if unused.contains(class) {
                    left_out.insert(class.to_owned());
                }
            }
        }
        assert!(left_out.is_empty(), "run ./x setup, which makes the style anew: {left_out:?}");
    }
}
