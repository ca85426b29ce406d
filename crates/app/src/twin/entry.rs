//! One journal entry as bytes, and back.

use bytes::Bytes;
use connectors::{
    Sample,
    kit::{Request, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use model::Timestamp;

/// Stands in the journal where the token was.
const TOKEN: &str = "{token}";

/// Headers that no twin's answer depends on.
const LEFT_OUT: &[HeaderName] = &[
    header::HOST,
    header::USER_AGENT,
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::COOKIE,
];

/// What changed a twin, and when.
#[derive(Debug)]
pub(super) enum Entry {
    /// A request that it answered.
    Request(Request, Timestamp),
    /// A sample workspace.
    Fill(Sample, Timestamp),
    /// What came of a delivery of its own.
    Delivered(u64, Option<Response>, Timestamp),
}

/// Writes a request down, the token left out.
pub(super) fn write_request(out: &mut Vec<u8>, request: &Request, now: Timestamp, token: Option<&str>) {
    out.push(b'r');
    out.extend_from_slice(&now.as_microsecond().to_le_bytes());
    put(out, request.method.as_str().as_bytes());
    put(out, request.path.as_bytes());
    put_count(out, request.query.len());
    for (name, value) in &request.query {
        put(out, name.as_bytes());
        put(out, value.as_bytes());
    }
    let kept = || {
        request
            .headers
            .iter()
            .filter(|(name, _)| !LEFT_OUT.contains(name))
    };
    put_count(out, kept().count());
    for (name, value) in kept() {
        put(out, name.as_str().as_bytes());
        if *name == header::AUTHORIZATION {
            put(out, without_token(value, token).as_bytes());
        } else {
            put(out, value.as_bytes());
        }
    }
    put(out, &request.body);
}

/// Writes a fill down.
pub(super) fn write_fill(out: &mut Vec<u8>, sample: &Sample, now: Timestamp) {
    out.push(b'f');
    out.extend_from_slice(&now.as_microsecond().to_le_bytes());
    out.extend_from_slice(&(sample.companies as u64).to_le_bytes());
    out.extend_from_slice(&sample.seed.to_le_bytes());
}

/// Writes down what came of a delivery; no answer has the status zero.
pub(super) fn write_delivered(out: &mut Vec<u8>, id: u64, response: Option<&Response>, now: Timestamp) {
    out.push(b'd');
    out.extend_from_slice(&now.as_microsecond().to_le_bytes());
    out.extend_from_slice(&id.to_le_bytes());
    put_count(out, response.map_or(0, |response| usize::from(response.status)));
    put(out, response.map_or(&[] as &[u8], |response| &response.body));
}

/// Reads an entry, with this token put where one was.
pub(super) fn read(bytes: &[u8], token: Option<&str>) -> Option<Entry> {
    let mut rest = Rest(bytes);
    let kind = rest.take(1)?;
    let now = Timestamp::from_microsecond(i64::from_le_bytes(rest.eight()?)).ok()?;
    match kind {
        b"r" => Some(Entry::Request(read_request(&mut rest, token)?, now)),
        b"f" => {
            let companies = usize::try_from(u64::from_le_bytes(rest.eight()?)).ok()?;
            let seed = u64::from_le_bytes(rest.eight()?);
            Some(Entry::Fill(Sample { companies, seed }, now))
        }
        b"d" => {
            let id = u64::from_le_bytes(rest.eight()?);
            let status = u16::try_from(rest.count()?).ok()?;
            let body = Bytes::copy_from_slice(rest.part()?);
            let response = (status != 0).then(|| Response {
                status,
                headers: HeaderMap::new(),
                body,
            });
            Some(Entry::Delivered(id, response, now))
        }
        _ => None,
    }
}

fn read_request(rest: &mut Rest<'_>, token: Option<&str>) -> Option<Request> {
    let method = Method::from_bytes(rest.part()?).ok()?;
    let mut request = Request::new(method, rest.text()?);
    for _ in 0..rest.count()? {
        let name = rest.text()?;
        request.query.push((name, rest.text()?));
    }
    request.headers = HeaderMap::new();
    for _ in 0..rest.count()? {
        let name = HeaderName::from_bytes(rest.part()?).ok()?;
        let mut value = HeaderValue::from_bytes(rest.part()?).ok()?;
        if name == header::AUTHORIZATION {
            let text = value.to_str().ok()?.replace(TOKEN, token.unwrap_or("any"));
            value = HeaderValue::from_str(&text).ok()?;
        }
        request.headers.append(name, value);
    }
    request.body = Bytes::copy_from_slice(rest.part()?);
    Some(request)
}

/// The scheme stays, the token goes. What does not hold our token is taken for a token as a whole.
fn without_token(value: &HeaderValue, token: Option<&str>) -> String {
    let held = token.and_then(|token| Some((value.to_str().ok()?, token)));
    match held {
        Some((value, token)) if !token.is_empty() && value.contains(token) => value.replace(token, TOKEN),
        _ => format!("Bearer {TOKEN}"),
    }
}

fn put(out: &mut Vec<u8>, part: &[u8]) {
    put_count(out, part.len());
    out.extend_from_slice(part);
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn eight(&mut self) -> Option<[u8; 8]> {
        self.take(8)?.try_into().ok()
    }

    fn count(&mut self) -> Option<usize> {
        let four = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(four)).ok()
    }

    fn part(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.part()?.to_vec()).ok()
    }
}
