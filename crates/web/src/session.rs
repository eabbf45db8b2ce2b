//! Who asks: cookies, sessions, and the permission that a handler must name to act.
//!
//! [`context`] runs before every handler of a page or of the officers' interface. It reads the
//! cookies, finds the session and makes the [`Page`]; extractors take from it. A change asked for
//! by another site is refused there, and a form without its session's token in [`Form`].

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use access::{Permission, Role};
use axum::body::Bytes;
use axum::extract::{
    ConnectInfo, FromRequest, FromRequestParts, OptionalFromRequestParts, Request, State,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use phrase::Lang;
use registry::office::By;
use serde::de::DeserializeOwned;
use wire::{Actor, AuthorityId};

use crate::App;
use crate::fault::{Fault, dress};
use crate::page::{Flash, Page, Theme};
use crate::say::Say;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Officer {
    /// The account.
    pub(crate) name: Actor,
    pub(crate) full_name: String,
    /// The post of this session.
    pub(crate) role: Role,
    /// The authority that the post is at; none for all of this installation.
    pub(crate) authority: Option<AuthorityId>,
    by: By,
}

/// A permission as a type.
pub(crate) trait Grant: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! grants {
    ($($name:ident),+ $(,)?) => {
        /// The permissions that handlers name.
        pub(crate) mod grant {
            $(
                #[derive(Debug)]
                pub(crate) struct $name;

                impl super::Grant for $name {
                    const PERMISSION: access::Permission = access::Permission::$name;
                }
            )+
        }
    };
}

grants!(
    ListUpload,
    CardRequest,
    BatchView,
    BatchApprove,
    StationView,
    StationRun,
    HandOver,
    CardCheck,
    CardLock,
    CardUnlock,
    CardRevoke,
    CardView,
    PersonUnmask,
    HistoryRead,
);

/// An officer whose post has the permission `P`. Only the check makes one, so an operation that
/// takes it cannot be reached without.
#[derive(Debug)]
pub(crate) struct May<P> {
    officer: Officer,
    grant: PhantomData<P>,
}

impl<P> May<P> {
    /// Who acts.
    pub(crate) const fn by(&self) -> &By {
        &self.officer.by
    }

    /// Who is signed in.
    pub(crate) const fn officer(&self) -> &Officer {
        &self.officer
    }

    /// The authorities that the post reaches.
    pub(crate) async fn scope(&self, app: &App) -> Result<Vec<AuthorityId>, Fault> {
        match self.officer.authority {
            Some(authority) => Ok(vec![authority]),
            None => Ok(app.office().authorities().await?.into_iter().map(|(id, _)| id).collect()),
        }
    }

    /// Refuses an authority that the post does not reach, as if there were none.
    pub(crate) fn reach(&self, authority: AuthorityId) -> Result<AuthorityId, Fault> {
        match self.officer.authority {
            Some(own) if own != authority => Err(Fault::missing()),
            _ => Ok(authority),
        }
    }
}

impl<P: Grant> FromRequestParts<App> for May<P> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        let page = parts.extensions.get::<Page>().ok_or_else(Fault::signed_out)?;
        let officer = page.officer.clone().ok_or_else(Fault::signed_out)?;
        if !officer.role.may(P::PERMISSION) {
            return Err(Fault::denied());
        }
        Ok(Self { officer, grant: PhantomData })
    }
}

impl<P: Grant> OptionalFromRequestParts<App> for May<P> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Fault> {
        Ok(<Self as FromRequestParts<App>>::from_request_parts(parts, app).await.ok())
    }
}

impl FromRequestParts<App> for Officer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        let page = parts.extensions.get::<Page>().ok_or_else(Fault::signed_out)?;
        page.officer.clone().ok_or_else(Fault::signed_out)
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Fault::signed_out)
    }
}

/// The network that a request comes from; a proxy in front is not believed here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network(pub(crate) IpAddr);

impl FromRequestParts<App> for Network {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        let known = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(known.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |from| from.0.ip())))
    }
}

/// The fields of a form that a page of this session sent.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        let page = request.extensions().get::<Page>().cloned().ok_or_else(Fault::signed_out)?;
        let form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !form {
            return Err(Fault::input("fault-not-a-form"));
        }
        let body =
            Bytes::from_request(request, app).await.map_err(|_| Fault::too_large("64 KB"))?;
        let fields: Vec<(String, String)> =
            serde_html_form::from_bytes(&body).map_err(|_| Fault::input("fault-not-a-form"))?;
        if page.officer.is_some() {
            let mut tokens = fields.iter().filter(|(name, _)| name == "_csrf");
            match (tokens.next(), tokens.next()) {
                (Some((_, token)), None) if same(token, &page.csrf) => {}
                _ => return Err(Fault::foreign()),
            }
        }
        let taken = serde_html_form::from_bytes(&body);
        taken
            .map(Self)
            .map_err(|error| Fault::input("fault-form").arg("field", field_of(&error.to_string())))
    }
}

/// Refuses a token that is not the session's; for uploads, whose fields are read one by one.
pub(crate) fn must_be_own(page: &Page, token: &str) -> Result<(), Fault> {
    if same(token, &page.csrf) { Ok(()) } else { Err(Fault::foreign()) }
}

/// Compares without telling by time how much is right.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// The field that a decoder's message names, never its value.
fn field_of(message: &str) -> String {
    let named = message.contains("missing field") || message.contains("duplicate field");
    let name = message.split('`').nth(1).filter(|_| named).unwrap_or_default();
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let name: String = name.chars().filter(plain).take(40).collect();
    if name.is_empty() { "?".to_owned() } else { name }
}

/// Finds out who asks, makes the [`Page`], refuses what another site sends, and gives errors words.
pub(crate) async fn context(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let cookies = Cookies::of(request.headers());
    let lang = cookies
        .get(LANG)
        .and_then(Lang::from_tag)
        .or_else(|| preferred(request.headers()))
        .unwrap_or_default();
    let mut page = Page {
        say: Say(lang),
        theme: cookies.get(THEME).and_then(Theme::from_name).unwrap_or_default(),
        demo: app.is_demo(),
        officer: None,
        csrf: String::new(),
        flash: cookies.get(FLASH).and_then(flash_of),
        path: request.uri().path().to_owned(),
        code: support_code(app.parts.ports.ids.random()),
    };
    let program = page.path.starts_with("/v1/");
    let flashed = page.flash.is_some();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && !from_here(request.headers()) {
        return dress(Fault::foreign().into_response(), &page, program);
    }
    if let Some(token) = cookies.get(SESSION) {
        match app.parts.gate.session(token).await {
            Ok(Some(session)) => {
                page.csrf = access::csrf(token);
                page.officer = Some(Officer::of(session.account));
            }
            Ok(None) => {}
            Err(error) => {
                return dress(Fault::unavailable(error).into_response(), &page, program);
            }
        }
    }
    if program && changes && page.officer.is_some() {
        let token = request.headers().get("x-csrf-token").and_then(|value| value.to_str().ok());
        if !token.is_some_and(|token| same(token, &page.csrf)) {
            return dress(Fault::foreign().into_response(), &page, program);
        }
    }
    request.extensions_mut().insert(page.clone());
    let answer = next.run(request).await;
    let mut answer = dress(answer, &page, program);
    let html = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if flashed && html && !answer.headers().contains_key(header::SET_COOKIE) {
        set_cookie(answer.headers_mut(), FLASH, "", Some(0));
    }
    answer
}

impl Officer {
    fn of(account: access::Account) -> Self {
        Self {
            by: By { actor: account.name.clone(), person: account.person },
            name: account.name,
            full_name: account.full_name,
            role: account.role,
            authority: account.authority,
        }
    }
}

/// Whether a page of this server sent it. Browsers say so themselves; a request that says nothing
/// of where it comes from carries no cookie worth stealing, and is refused all the same.
fn from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(host) = text("host") else { return false };
    text("origin").and_then(|origin| origin.split_once("://")).is_some_and(|(_, from)| from == host)
}

fn preferred(headers: &HeaderMap) -> Option<Lang> {
    let wanted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    wanted.split(',').find_map(|tag| Lang::from_tag(tag.split(';').next()?.trim()))
}

/// Eight letters and digits that nobody mistakes when reading them out.
fn support_code(random: u64) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    (0..8)
        .filter_map(|place| LETTERS.get(usize::try_from((random >> (place * 5)) & 31).ok()?))
        .map(|letter| char::from(*letter))
        .collect()
}

struct Cookies<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Cookies<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let pairs = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        Self(pairs.collect())
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

fn flash_of(cookie: &str) -> Option<Flash> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie).ok()?).ok()
}

/// Has the next page say something.
pub(crate) fn set_flash(headers: &mut HeaderMap, flash: &Flash) {
    if let Ok(json) = serde_json::to_vec(flash) {
        set_cookie(headers, FLASH, &URL_SAFE_NO_PAD.encode(json), Some(60));
    }
}

/// Sets a cookie of this host alone, which no script reads. `seconds`: how long; none: as long as
/// the browser runs; 0 deletes it.
pub(crate) fn set_cookie(headers: &mut HeaderMap, name: &str, value: &str, seconds: Option<u32>) {
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, cookie);
    }
}

/// The session's token.
pub(crate) const SESSION: &str = "__Host-congvu";
pub(crate) const LANG: &str = "__Host-lang";
pub(crate) const THEME: &str = "__Host-theme";
const FLASH: &str = "__Host-said";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_code_is_eight_plain_letters() {
        let code = support_code(u64::MAX);
        assert_eq!(code, "ZZZZZZZZ");
        assert_eq!(support_code(0), "00000000");
    }

    #[test]
    fn a_decoder_message_gives_its_field_and_never_its_value() {
        assert_eq!(field_of("missing field `reason`"), "reason");
        assert_eq!(field_of("invalid value: string `079085000001`, expected u32"), "?");
    }

    #[test]
    fn another_site_is_told_apart() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
                .collect::<HeaderMap>()
        };
        assert!(from_here(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!from_here(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(!from_here(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(from_here(&headers(&[("host", "a:1"), ("origin", "http://a:1")])));
        assert!(!from_here(&headers(&[("host", "a:1"), ("origin", "http://b:1")])));
        assert!(!from_here(&headers(&[("host", "a:1")])));
    }
}
