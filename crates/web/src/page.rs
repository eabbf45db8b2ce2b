//! What every page shows around its content: language, theme, who is signed in, where one can go.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

use crate::fault::Fault;
use crate::say::Say;
use crate::session::Officer;

/// What the layout of a page needs. Templates hold it as `page`.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) say: Say,
    pub(crate) theme: Theme,
    /// Whether everything here is invented: the layout says so on every page.
    pub(crate) demo: bool,
    pub(crate) officer: Option<Officer>,
    /// The token that every form of a signed-in officer carries as `_csrf`.
    pub(crate) csrf: String,
    /// What the request before this one did.
    pub(crate) flash: Option<Flash>,
    /// The path of this page, without its query.
    pub(crate) path: String,
    /// Names this answer in the log: what a user gives to support.
    pub(crate) code: String,
}

impl Page {
    pub(crate) fn t(&self, key: &str) -> String {
        self.say.t(key)
    }

    pub(crate) fn t1(&self, key: &str, name: &str, value: impl Display) -> String {
        self.say.t1(key, name, value)
    }

    pub(crate) fn t2(
        &self,
        key: &str,
        first: (&str, impl Display),
        second: (&str, impl Display),
    ) -> String {
        self.say.t2(key, first, second)
    }

    pub(crate) fn number(&self, number: impl Into<i128>) -> String {
        self.say.number(number)
    }

    pub(crate) fn day(&self, day: Date) -> String {
        self.say.day(day)
    }

    pub(crate) fn instant(&self, at: &Timestamp) -> String {
        self.say.instant(*at)
    }

    pub(crate) fn lang(&self) -> &'static str {
        self.say.0.tag()
    }

    pub(crate) fn theme(&self) -> &'static str {
        self.theme.name()
    }

    /// The version of the program.
    #[expect(clippy::unused_self, reason = "templates reach everything through the page")]
    pub(crate) fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Where an embedded file is.
    #[expect(clippy::unused_self, reason = "templates reach everything through the page")]
    pub(crate) fn asset(&self, name: &str) -> &'static str {
        crate::assets::path(name)
    }

    /// What the officer does here, in words.
    pub(crate) fn role(&self) -> String {
        self.officer
            .as_ref()
            .map(|officer| self.t(&format!("role-{}", officer.role.name())))
            .unwrap_or_default()
    }

    /// Where this officer can go.
    pub(crate) fn nav(&self) -> Vec<Nav> {
        let here = |href: &str| {
            if href == "/" { self.path == "/" } else { self.path.starts_with(href) }
        };
        let may = |item: &&NavItem| match (&self.officer, item.permission) {
            (_, None) => true,
            (Some(officer), Some(permission)) => officer.role.may(permission),
            (None, Some(_)) => false,
        };
        NAV.iter()
            .filter(may)
            .map(|item| Nav {
                href: item.href,
                label: self.t(item.key),
                icon: item.icon,
                current: here(item.href),
            })
            .collect()
    }
}

/// One place to go.
#[derive(Clone, Debug)]
pub(crate) struct Nav {
    pub(crate) href: &'static str,
    pub(crate) label: String,
    pub(crate) icon: &'static str,
    pub(crate) current: bool,
}

struct NavItem {
    href: &'static str,
    key: &'static str,
    icon: &'static str,
    permission: Option<access::Permission>,
}

const fn item(
    href: &'static str,
    key: &'static str,
    icon: &'static str,
    permission: access::Permission,
) -> NavItem {
    NavItem { href, key, icon, permission: Some(permission) }
}

/// Every place, in the order of the work.
const NAV: &[NavItem] = &[
    NavItem { href: "/", key: "nav-home", icon: "home", permission: None },
    item("/lists", "nav-lists", "upload", access::Permission::ListUpload),
    item("/people", "nav-people", "users", access::Permission::CardRequest),
    item("/batches", "nav-batches", "checks", access::Permission::BatchView),
    item("/station", "nav-station", "printer", access::Permission::StationView),
    item("/hand-over", "nav-hand-over", "signature", access::Permission::HandOver),
    item("/cards", "nav-cards", "id", access::Permission::CardView),
    item("/guard", "nav-guard", "scan", access::Permission::CardCheck),
    item("/audit", "nav-audit", "history", access::Permission::HistoryRead),
    NavItem { href: "/check", key: "nav-check", icon: "shield-check", permission: None },
];

/// Light, dark, or as the device says.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name)
    }
}

/// What the request before this one did, said once. Holds no personal value.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Flash {
    /// `ok`, `warn` or `error`.
    pub(crate) kind: String,
    /// A key of the catalogue.
    pub(crate) key: String,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) args: Vec<(String, String)>,
}

impl Flash {
    /// Something was done.
    pub(crate) fn ok(key: &str, args: &[(&str, String)]) -> Self {
        Self::of("ok", key, args)
    }

    /// Something was done in part.
    pub(crate) fn warn(key: &str, args: &[(&str, String)]) -> Self {
        Self::of("warn", key, args)
    }

    fn of(kind: &str, key: &str, args: &[(&str, String)]) -> Self {
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Self { kind: kind.to_owned(), key: key.to_owned(), args }
    }

    /// The message; empty when the cookie named a key that there is none of.
    pub(crate) fn text(&self, page: &Page) -> String {
        if !crate::say::CATALOG.contains(&self.key) {
            return String::new();
        }
        let args: Vec<(&str, &str)> =
            self.args.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        page.say.args(&self.key, &args)
    }
}

/// A page as an answer.
pub(crate) fn show(template: &impl Template) -> Result<Response, Fault> {
    show_as(StatusCode::OK, template)
}

/// A page as an answer of another status.
pub(crate) fn show_as(status: StatusCode, template: &impl Template) -> Result<Response, Fault> {
    let html = template.render().map_err(Fault::bug)?;
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}

/// Sends the browser to `to` after a form was taken, with something to say there.
pub(crate) fn go(to: &str, flash: Option<&Flash>) -> Response {
    let mut answer = axum::response::Redirect::to(to).into_response();
    if let Some(flash) = flash {
        crate::session::set_flash(answer.headers_mut(), flash);
    }
    answer
}
