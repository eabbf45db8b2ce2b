//! Pictures of faces: of cards that were made, and proofs of what would be printed.
//!
//! The personal id number is hidden in them; only the printed card shows it whole. Nobody but the
//! officer's own browser keeps them, and not for long.

use access::Permission;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use wire::{AuthorityId, CardSerial, PersonId};

use crate::address::At;
use crate::fault::Fault;
use crate::ops;
use crate::page::Page;
use crate::session::{May, Officer, grant};
use crate::{App, DeskError, FaceSide, Picture};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/faces/card/{serial}/{side}", get(card))
        .route("/faces/proof/{authority}/{person}/{side}", get(proof))
}

async fn card(
    State(app): State<App>,
    page: Page,
    may: May<grant::CardView>,
    At((serial, side)): At<(CardSerial, String)>,
) -> Result<Response, Fault> {
    let side = side_of(&side)?;
    let authority = ops::cards::issuer(&app, &may, serial).await?;
    answer(&page, app.parts.workshop.face(authority, serial, side).await)
}

/// For whoever asks, whoever decides, and whoever makes the card.
async fn proof(
    State(app): State<App>,
    page: Page,
    officer: Officer,
    At((authority, person, side)): At<(AuthorityId, PersonId, String)>,
) -> Result<Response, Fault> {
    let may = [Permission::BatchView, Permission::CardRequest, Permission::StationRun];
    if !may.iter().any(|permission| officer.role.may(*permission)) {
        return Err(Fault::denied());
    }
    if officer.authority.is_some_and(|own| own != authority) {
        return Err(Fault::missing());
    }
    answer(&page, app.parts.workshop.proof(authority, person, side_of(&side)?).await)
}

fn side_of(name: &str) -> Result<FaceSide, Fault> {
    match name {
        "front" => Ok(FaceSide::Front),
        "back" => Ok(FaceSide::Back),
        _ => Err(Fault::missing()),
    }
}

fn answer(page: &Page, picture: Result<Picture, DeskError>) -> Result<Response, Fault> {
    match picture {
        Ok(picture) => {
            let bytes = picture.bytes.to_vec();
            Ok(sent(StatusCode::OK, HeaderValue::from_static(picture.media_type), bytes))
        }
        Err(DeskError::Refused { code, .. }) => {
            let svg = HeaderValue::from_static("image/svg+xml; charset=utf-8");
            let why = page.t(&format!("refused-{code}"));
            let picture = placeholder(&page.t("cards-no-picture"), &why);
            Ok(sent(StatusCode::NOT_FOUND, svg, picture.into_bytes()))
        }
        Err(error) => Err(error.into()),
    }
}

fn sent(status: StatusCode, kind: HeaderValue, bytes: Vec<u8>) -> Response {
    let keep = HeaderValue::from_static("private, no-store");
    (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], bytes).into_response()
}

/// A picture of a card's shape that says in words that there is none.
fn placeholder(title: &str, why: &str) -> String {
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1012 638\" width=\"1012\" \
         height=\"638\" role=\"img\" font-family=\"sans-serif\" text-anchor=\"middle\">\
         <rect x=\"4\" y=\"4\" width=\"1004\" height=\"630\" rx=\"36\" fill=\"#f1f3f5\" \
         stroke=\"#868e96\" stroke-width=\"4\" stroke-dasharray=\"16 12\"/>",
    );
    let lines = wrapped(why, 44);
    let first = 319 - 27 * lines.len();
    svg.push_str(&line(first, 44, title));
    for (place, text) in lines.iter().enumerate() {
        svg.push_str(&line(first + 64 + 54 * place, 36, text));
    }
    svg.push_str("</svg>");
    svg
}

fn line(y: usize, size: usize, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<text x=\"506\" y=\"{y}\" font-size=\"{size}\" fill=\"#343a40\">{text}</text>")
}

/// At most five lines of about `width` characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.truncate(5);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_says_why_and_nothing_else() {
        let svg = placeholder("Không có hình", "dữ liệu <đã> bị xoá & hết");
        assert!(svg.contains("dữ liệu &lt;đã&gt; bị xoá &amp; hết"), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
    }

    #[test]
    fn words_are_wrapped_and_none_is_cut() {
        assert_eq!(wrapped("một hai ba bốn", 8), ["một hai", "ba bốn"]);
        assert_eq!(wrapped("dài-quá-một-dòng", 4), ["dài-quá-một-dòng"]);
    }
}
