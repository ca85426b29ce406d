//! Answers, in the shapes that libraries read.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, CACHE_CONTROL, CONTENT_TYPE, ORIGIN, RETRY_AFTER, VARY,
    },
};
use model::Discard;
use serde_json::{Value, json};

/// A transparent picture of one point.
const POINT: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\
\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Why a request is not taken at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Segment's word for it.
    pub why: Discard,
    message: &'static str,
}

impl Refusal {
    pub const NOT_JSON: Self = Self::because("The body is no JSON object.");
    pub const NO_BATCH: Self = Self::because("The body is no JSON object with a list `batch`.");
    pub const CONTENT_TYPE: Self = Self::because("The body must be application/json or text/plain.");
    pub const ENCODING: Self = Self::because("The body may be packed with gzip and with nothing else.");
    pub const NOT_PACKED: Self = Self::because("The body is not packed with gzip as its header says.");
    pub const BROKEN: Self = Self::because("The body broke off, or took too long.");
    pub const TOO_LARGE: Self = Self {
        why: Discard::EventTooLarge,
        message: "The body is larger than one may be.",
    };

    const fn because(message: &'static str) -> Self {
        Self {
            why: Discard::BadRequest,
            message,
        }
    }

    /// The answer.
    pub fn answer(self) -> Response<Bytes> {
        refused(400, self.why.as_str(), self.message)
    }
}

/// Everything is taken in, or deliberately dropped. Libraries read exactly this.
pub(super) fn success() -> Response<Bytes> {
    typed(
        200,
        "application/json",
        Bytes::from_static(b"{\"success\": true}"),
    )
}

/// One body in which every library finds the members it looks for.
pub(super) fn refused(status: u16, code: &'static str, message: &'static str) -> Response<Bytes> {
    let body = json!({ "success": false, "code": code, "message": message, "error": message });
    as_json(status, &body)
}

/// The same, with the time after which it may be tried again.
pub(super) fn later(
    status: u16,
    code: &'static str,
    message: &'static str,
    wait_seconds: u32,
) -> Response<Bytes> {
    let mut answer = refused(status, code, message);
    let wait = HeaderValue::from(wait_seconds.max(1));
    answer.headers_mut().insert(RETRY_AFTER, wait.clone());
    answer.headers_mut().insert("x-ratelimit-reset", wait);
    answer
}

pub(super) fn pixel() -> Response<Bytes> {
    typed(200, "image/gif", Bytes::from_static(POINT))
}

pub(super) fn as_json(status: u16, body: &Value) -> Response<Bytes> {
    typed(status, "application/json", Bytes::from(body.to_string()))
}

fn typed(status: u16, kind: &'static str, body: Bytes) -> Response<Bytes> {
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// What a browser asks before it lets a page of another origin send us something.
pub(super) fn preflight(asked: &HeaderMap) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let headers = answer.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, OPTIONS"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    // `*` would not stand for `Authorization`, so each is named; a page may have headers of its own.
    let mut allowed = "Authorization, Content-Type, X-Retry-Count".to_owned();
    let wanted = asked
        .get(ACCESS_CONTROL_REQUEST_HEADERS)
        .and_then(|names| names.to_str().ok());
    for name in wanted.unwrap_or_default().split(',').map(str::trim).take(32) {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let known = allowed.split(", ").any(|known| known.eq_ignore_ascii_case(name));
        if !known && !name.is_empty() && name.len() <= 64 && name.bytes().all(is_name) {
            allowed.push_str(", ");
            allowed.push_str(name);
        }
    }
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    }
    answer
}

/// Lets the page that asked read the answer, whatever it is.
pub(super) fn allow(answer: &mut Response<Bytes>, asked: &HeaderMap) {
    let headers = answer.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = asked.get(ORIGIN) else {
        return;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    let exposed = HeaderValue::from_static("Retry-After, X-RateLimit-Reset");
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}
