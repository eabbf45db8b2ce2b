//! Signing in and out, and the choice of language and theme.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::App;
use crate::fault::Fault;
use crate::page::{Flash, Page, Theme, go, show, show_as};
use crate::session::{Form, LANG, Network, SESSION, THEME, set_cookie};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(form).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/preferences", post(prefer))
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    page: &'a Page,
    name: &'a str,
    next: &'a str,
    error: Option<String>,
    /// In a demonstration: everybody who can sign in, and the one who was picked.
    demo: Vec<DemoChoice>,
    picked: Option<Picked>,
}

struct DemoChoice {
    name: String,
    role: String,
    what: String,
}

/// The real password and the real one-time code of an account that everybody may use.
struct Picked {
    password: String,
    code: String,
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    next: String,
    #[serde(default, rename = "as")]
    name: String,
}

async fn form(
    State(app): State<App>,
    page: Page,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    if page.officer.is_some() {
        return Ok(Redirect::to(local(&wanted.next)).into_response());
    }
    show(&blank(&app, &page, &wanted.name, local(&wanted.next), None))
}

fn blank<'a>(
    app: &App,
    page: &'a Page,
    name: &'a str,
    next: &'a str,
    error: Option<String>,
) -> SignIn<'a> {
    let accounts = &app.parts.demo;
    let picked = accounts.iter().find(|account| account.name == name).map(|account| Picked {
        password: account.password.clone(),
        code: access::code_at(&account.totp, app.now()),
    });
    let demo = accounts
        .iter()
        .map(|account| DemoChoice {
            name: account.name.clone(),
            role: page.t(&format!("role-{}", account.role.name())),
            what: page.t(&format!("role-{}-what", account.role.name())),
        })
        .collect();
    SignIn { page, name, next, error, demo, picked }
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
    code: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    State(app): State<App>,
    page: Page,
    network: Network,
    Form(given): Form<Credentials>,
) -> Result<Response, Fault> {
    let (name, next) = (given.name.trim(), local(&given.next));
    let code = given.code.replace(' ', "");
    let signed = app.parts.gate.sign_in(name, &given.password, &code, network.0).await;
    let error = match signed {
        Ok(signed) => {
            let mut answer = Redirect::to(next).into_response();
            set_cookie(answer.headers_mut(), SESSION, signed.token.as_str(), None);
            return Ok(answer);
        }
        Err(access::Denied::Wrong) => page.t("sign-in-wrong"),
        Err(access::Denied::TooMany { wait }) => {
            let seconds = wait.as_secs().max(1).to_string();
            page.t1("sign-in-too-many", "seconds", seconds)
        }
        Err(access::Denied::Unavailable(error)) => return Err(Fault::unavailable(error)),
    };
    // The name stays; the password and the code are typed again.
    let name: String = name.chars().take(64).collect();
    let shown = SignIn { picked: None, ..blank(&app, &page, &name, next, Some(error)) };
    show_as(StatusCode::UNAUTHORIZED, &shown)
}

async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    if let Some(token) = session_token(&headers) {
        app.parts.gate.sign_out(token).await.map_err(Fault::unavailable)?;
    }
    let mut answer = go("/sign-in", Some(&Flash::ok("signed-out", &[])));
    set_cookie(answer.headers_mut(), SESSION, "", Some(0));
    Ok(answer)
}

fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::COOKIE)?
        .to_str()
        .ok()?
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == SESSION)
        .map(|(_, token)| token)
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct Preference {
    lang: Option<String>,
    theme: Option<String>,
    #[serde(default)]
    back: String,
}

async fn prefer(Form(wanted): Form<Preference>) -> Result<Response, Fault> {
    if wanted.lang.is_none() && wanted.theme.is_none() {
        return Err(Fault::input("fault-form").arg("field", "lang"));
    }
    let mut answer = Redirect::to(local(&wanted.back)).into_response();
    if let Some(lang) = wanted.lang {
        let lang = phrase::Lang::from_tag(&lang)
            .ok_or_else(|| Fault::input("fault-form").arg("field", "lang"))?;
        set_cookie(answer.headers_mut(), LANG, lang.tag(), Some(YEAR));
    }
    if let Some(theme) = wanted.theme {
        let theme = Theme::from_name(&theme)
            .ok_or_else(|| Fault::input("fault-form").arg("field", "theme"))?;
        set_cookie(answer.headers_mut(), THEME, theme.name(), Some(YEAR));
    }
    Ok(answer)
}

/// A path of this server; anything else becomes the first page.
fn local(path: &str) -> &str {
    let plain = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if plain { path } else { "/" }
}

const YEAR: u32 = 365 * 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_server_is_gone_to() {
        assert_eq!(local("/lists/1"), "/lists/1");
        for elsewhere in ["", "https://x", "//x", "/\\x", "/a\nb", "lists"] {
            assert_eq!(local(elsewhere), "/");
        }
    }
}
