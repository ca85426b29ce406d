//! Where files go up and come down: the addresses that artifacts hand out, which take no token.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Method as Verb;
use serde_json::{Value, json};

use super::{
    artifacts,
    kind::{Key, Kind, ORG},
    multipart::{self, Part},
    state::State,
};
use crate::{
    Answer,
    kit::{Request, Response},
};

/// The path of every such address.
const PATH: &str = "/_files";
/// All files of a twin together have at most so many bytes.
const MOST_BYTES: u64 = 1 << 30;

/// The bytes of every version of every artifact.
#[derive(Default)]
pub(super) struct Files {
    bytes: BTreeMap<(Key, u32), Bytes>,
    total: u64,
}

impl Files {
    pub(super) fn get(&self, artifact: Key, version: u32) -> Option<&Bytes> {
        self.bytes.get(&(artifact, version))
    }

    /// Keeps a file, if there is room for it.
    pub(super) fn put(&mut self, artifact: Key, version: u32, bytes: Bytes) -> bool {
        let old = self.get(artifact, version).map_or(0, |old| old.len() as u64);
        let total = self.total.saturating_sub(old).saturating_add(bytes.len() as u64);
        if total > MOST_BYTES {
            return false;
        }
        self.total = total;
        self.bytes.insert((artifact, version), bytes);
        true
    }

    pub(super) fn remove(&mut self, artifact: Key, version: u32) {
        if let Some(old) = self.bytes.remove(&(artifact, version)) {
            self.total = self.total.saturating_sub(old.len() as u64);
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Key, u32, &Bytes)> {
        self.bytes
            .iter()
            .map(|((key, version), bytes)| (*key, *version, bytes))
    }
}

/// Where an upload goes, and the pairs that go before the file.
pub(super) fn upload(
    state: &State,
    host: Option<&str>,
    artifact: Key,
    version: u32,
    now: i64,
) -> (String, Value) {
    let expiry = expiry(state, now);
    let policy = json!({"key": key_text(artifact, version), "expiration": expiry});
    let policy = BASE64_STANDARD.encode(policy.to_string());
    let pairs = json!([
        {"key": "key", "value": key_text(artifact, version)},
        {"key": "policy", "value": policy},
        {"key": "x-amz-signature", "value": sign(&policy)},
    ]);
    (format!("{}{PATH}", base(host)), pairs)
}

/// Where a file is read, and until when.
pub(super) fn download(
    state: &State,
    host: Option<&str>,
    artifact: Key,
    version: u32,
    now: i64,
) -> (String, i64) {
    let expiry = expiry(state, now);
    let path = format!("{PATH}/{}", key_text(artifact, version));
    let signature = sign(&format!("{path} {expiry}"));
    let url = format!("{}{path}?expires={expiry}&signature={signature}", base(host));
    (url, expiry)
}

fn base(host: Option<&str>) -> String {
    match host {
        Some(host) => format!("http://{host}"),
        None => "https://api.devrev.ai".to_owned(),
    }
}

fn expiry(state: &State, now: i64) -> i64 {
    now.saturating_add(state.switches.artifact_url_milliseconds())
}

fn key_text(artifact: Key, version: u32) -> String {
    format!("{}/{version}", artifact.number)
}

fn read_key(text: &str) -> Option<(Key, u32)> {
    let (number, version) = text.split_once('/')?;
    Some((
        Key::new(Kind::Artifact, number.parse().ok()?),
        version.parse().ok()?,
    ))
}

/// What nobody can guess who was not told.
fn sign(text: &str) -> String {
    let text = format!("{ORG} {text}");
    hex::encode(blake3::derive_key(
        "interline devrev twin files 1",
        text.as_bytes(),
    ))
}

/// Whether a request is for a file rather than for a method.
pub(super) fn is_for_file(request: &Request) -> bool {
    request.path == PATH
        || request
            .path
            .strip_prefix(PATH)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Takes a file in, or gives it out.
pub(super) fn answer(state: &mut State, request: &Request, now: i64) -> Answer {
    let outcome = match request.method {
        _ if request.headers.contains_key(http::header::AUTHORIZATION) => Err(refusal(
            400,
            "InvalidArgument",
            "Only one way to authenticate is allowed",
        )),
        Verb::POST if request.path == PATH => take(state, request, now),
        Verb::GET => give(state, request, now),
        _ => Err(refusal(405, "MethodNotAllowed", "Files are posted and got")),
    };
    let changed = outcome.is_ok() && request.method == Verb::POST;
    Answer {
        response: outcome.unwrap_or_else(|denial| denial.response()),
        changed,
    }
}

fn give(state: &State, request: &Request, now: i64) -> Result<Response, Denial> {
    let denied = |why: &'static str| refusal(403, "AccessDenied", why);
    let key = request
        .path
        .strip_prefix(PATH)
        .and_then(|path| path.strip_prefix('/'));
    let (artifact, version) = key.and_then(read_key).ok_or_else(|| denied("No such file"))?;
    let expiry = request
        .query_text("expires")
        .and_then(|text| text.parse::<i64>().ok());
    let expiry = expiry.ok_or_else(|| denied("No time of expiry"))?;
    let signature = sign(&format!("{} {expiry}", request.path));
    if request.query_text("signature") != Some(&signature) {
        return Err(denied("The signature is not right"));
    }
    if now > expiry {
        return Err(denied("Request has expired"));
    }
    let bytes = state.files.get(artifact, version);
    let bytes = bytes.ok_or_else(|| refusal(404, "NoSuchKey", "The file is not there"))?;
    let media_type = state.get(artifact).and_then(|row| row.text("media_type"));
    let media_type = media_type.unwrap_or("application/octet-stream");
    let mut response = Response::text(200, "").header("content-type", media_type);
    response.body = bytes.clone();
    Ok(response)
}

fn take(state: &mut State, request: &Request, now: i64) -> Result<Response, Denial> {
    let malformed = |why: &'static str| refusal(400, "MalformedPOSTRequest", why);
    let content_type = request.header_text("content-type").unwrap_or("");
    let parts = multipart::read(content_type, &request.body);
    let parts = parts.ok_or_else(|| malformed("The body is not a form"))?;
    let file = parts.iter().position(|part| part.name == "file");
    let file = file.ok_or_else(|| malformed("The form has no file"))?;
    // As with the real thing, what follows the file is not read.
    let (pairs, file) = match parts.split_at_checked(file) {
        Some((pairs, [file, ..])) => (pairs, file),
        _ => return Err(malformed("The form has no file")),
    };
    let (artifact, version) = check_policy(pairs, now)?;
    let size = file.data.len() as u64;
    if size > state.switches.artifact_limit() {
        return Err(refusal(
            400,
            "EntityTooLarge",
            "The file is larger than it may be",
        ));
    }
    if !state.files.put(artifact, version, file.data.clone()) {
        return Err(refusal(
            503,
            "SlowDown",
            "The twin holds as many bytes as it takes",
        ));
    }
    artifacts::uploaded(state, artifact, version, &file.data, now);
    Ok(Response::text(204, ""))
}

/// Which file the pairs before it allow.
fn check_policy(pairs: &[Part], now: i64) -> Result<(Key, u32), Denial> {
    let denied = |why: &'static str| refusal(403, "AccessDenied", why);
    let mut given = BTreeMap::new();
    for pair in pairs {
        let value = std::str::from_utf8(&pair.data).unwrap_or("");
        let is_known = matches!(pair.name.as_str(), "key" | "policy" | "x-amz-signature");
        if !is_known || pair.is_file || given.insert(pair.name.as_str(), value).is_some() {
            return Err(denied("The policy does not allow this form"));
        }
    }
    let pair = |name: &str| given.get(name).copied().unwrap_or("");
    let policy = pair("policy");
    if policy.is_empty() || pair("x-amz-signature") != sign(policy) {
        return Err(denied("The signature is not right"));
    }
    let read = || -> Option<(String, i64)> {
        let policy: Value = serde_json::from_slice(&BASE64_STANDARD.decode(policy).ok()?).ok()?;
        Some((
            policy.get("key")?.as_str()?.to_owned(),
            policy.get("expiration")?.as_i64()?,
        ))
    };
    let (key, expiry) = read().ok_or_else(|| denied("The policy cannot be read"))?;
    if now > expiry {
        return Err(denied("The policy has expired"));
    }
    if pair("key") != key {
        return Err(denied("The policy is for another key"));
    }
    read_key(&key).ok_or_else(|| denied("The policy is for another key"))
}

/// A refusal as stores of files write it.
struct Denial {
    status: u16,
    code: &'static str,
    message: &'static str,
}

fn refusal(status: u16, code: &'static str, message: &'static str) -> Denial {
    Denial {
        status,
        code,
        message,
    }
}

impl Denial {
    fn response(&self) -> Response {
        let (code, message) = (self.code, self.message);
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        Response::text(self.status, body).header("content-type", "application/xml")
    }
}
