//! What a browser does: cookies, forms with their token, following.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// A browser with its cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The token of this session's forms; empty when nobody is signed in.
    pub(crate) csrf: String,
    /// What the browser says of where a request comes from.
    pub(crate) site: &'static str,
    pub(crate) lang: &'static str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Where a redirect leads; empty when it is none.
    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            cookies: BTreeMap::new(),
            csrf: String::new(),
            site: "same-origin",
            lang: "vi",
        }
    }

    /// A page as it is, without following.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, "", Vec::new()).await
    }

    /// A form of a page of this session, without following.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = fields.to_vec();
        let csrf = self.csrf.clone();
        if !csrf.is_empty() {
            all.push(("_csrf", &csrf));
        }
        let body = serde_html_form::to_string(&all).unwrap();
        self.send(Method::POST, path, FORM, body.into_bytes()).await
    }

    /// A form, and the page to which it leads.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        self.follow(answer).await
    }

    /// The page to which an answer leads.
    pub(crate) async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..5 {
            if !answer.status.is_redirection() {
                break;
            }
            let to = answer.location().to_owned();
            answer = self.get(&to).await;
        }
        answer
    }

    /// A form with files: name, file name, bytes.
    pub(crate) async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        let mut all = Vec::new();
        if !self.csrf.is_empty() {
            all.push(("_csrf", self.csrf.as_str()));
        }
        all.extend_from_slice(fields);
        let body = multipart(&all, files);
        self.send(Method::POST, path, MULTIPART, body).await
    }

    /// JSON as a program sends it.
    pub(crate) async fn call(&mut self, method: Method, path: &str, json: &str) -> Answer {
        self.send(method, path, "application/json", json.as_bytes().to_vec()).await
    }

    /// Any request with this browser's cookies.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "congvu.test")
            .header(header::ACCEPT_LANGUAGE, self.lang)
            .header("sec-fetch-site", self.site);
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if path.starts_with("/v1/") && !self.csrf.is_empty() {
            request = request.header("x-csrf-token", &self.csrf);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let request = request.body(Body::from(body)).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// Takes the token from the first page, as a form does.
    pub(crate) async fn learn_csrf(&mut self) {
        let page = self.get("/").await;
        let mark = "name=\"_csrf\" value=\"";
        let token = page.body.split(mark).nth(1).and_then(|rest| rest.split('"').next());
        token.expect("a page of a session has a form").clone_into(&mut self.csrf);
    }
}

/// The body of a form with files.
pub(crate) fn multipart(fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--{MARK}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    for (name, file, bytes) in files {
        let head = format!(
            "--{MARK}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{MARK}--\r\n").as_bytes());
    body
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const MULTIPART: &str = "multipart/form-data; boundary=----congvu";
const MARK: &str = "----congvu";
