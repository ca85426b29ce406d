//! Lists as Intercom sends them: under many names, with three ways to go on.

use std::collections::BTreeMap;

use model::{Fault, FaultKind, Raw, RecordId};
use serde::Deserialize;
use serde_json::{Value as Json, value::RawValue};

use super::{fields, file::Home};
use crate::kit::{Response, member, unread};

const NOT_AS_DOCUMENTED: &str =
    "sync again, for Intercom may have an outage; if it stays so, report it: the answer is not as documented";

/// The members under which a list's records stand.
const LISTS: &[&str] = &[
    "data",
    "conversations",
    "tickets",
    "admins",
    "teams",
    "segments",
    "tags",
    "companies",
    "notes",
];

/// A page of a list.
pub(super) struct Listed<'a> {
    pub(super) texts: Vec<&'a str>,
    pub(super) next: After,
    pub(super) total: Option<u64>,
    pub(super) scroll: Option<String>,
}

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum After {
    Nothing,
    Cursor(String),
    Page(u64),
}

/// Takes a list apart.
pub(super) fn split<'a>(response: &'a Response, doing: &str) -> Result<Listed<'a>, Fault> {
    let members: BTreeMap<String, &RawValue> =
        serde_json::from_slice(&response.body).map_err(|error| nonsense(error, doing))?;
    let list = LISTS
        .iter()
        .filter_map(|name| members.get(*name))
        .find(|value| value.get().starts_with('['));
    let Some(list) = list else {
        return Err(Fault::new(FaultKind::Unexpected, doing)
            .said("the answer holds no list")
            .hint(NOT_AS_DOCUMENTED));
    };
    let records: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|error| nonsense(error, doing))?;
    let read = |name: &str| -> Option<Json> { serde_json::from_str(members.get(name)?.get()).ok() };
    let pages = read("pages").unwrap_or_default();
    Ok(Listed {
        texts: records.into_iter().map(RawValue::get).collect(),
        next: after(&pages),
        total: read("total_count").and_then(|json| json.as_u64()),
        scroll: read("scroll_param").and_then(|json| json.as_str().map(str::to_owned)),
    })
}

/// `next` is nothing, the address of a page, or an object with a cursor; the documentation types it as one of them and
/// answers hold another.
pub(super) fn after(pages: &Json) -> After {
    let number = |json: &Json| match json {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let cursor = |text: &str| After::Cursor(text.to_owned());
    match pages.get("next") {
        Some(Json::String(address)) => {
            let query = address
                .split_once('?')
                .map(|(_, query)| query)
                .unwrap_or_default();
            let named = |name: &str| {
                let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
            };
            let page = named("page").and_then(|page| page.parse().ok());
            match (named("starting_after"), page) {
                (Some(text), _) => cursor(&unescaped(text)),
                (None, Some(page)) => After::Page(page),
                (None, None) => After::Nothing,
            }
        }
        Some(Json::Object(next)) => {
            let text = next.get("starting_after").and_then(Json::as_str);
            let page = next.get("page").and_then(number);
            match (text.filter(|text| !text.is_empty()), page) {
                (Some(text), _) => cursor(text),
                (None, Some(page)) => After::Page(page),
                (None, None) => After::Nothing,
            }
        }
        // Null, or not there at all.
        _ => After::Nothing,
    }
}

/// A part of an address as it was before it was put there.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone().filter_map(|byte| char::from(byte).to_digit(16));
        let is_code = byte == b'%' && rest.clone().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        match (is_code, ahead.next(), ahead.next()) {
            (true, Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest.nth(1);
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A record of a list. What only says when a file's address was signed does not count as a change.
pub(super) fn raw(text: &str, home: &Home, doing: &str) -> Result<Raw, Fault> {
    let id = id_of(text, doing)?;
    let raw = Raw::new(id.clone(), text.to_owned());
    if !text.contains("signature") {
        return Ok(raw);
    }
    let mut json: Json = serde_json::from_str(text).map_err(|error| nonsense(error, doing))?;
    home.without_signatures(&mut json);
    Ok(Raw::new(id, json.to_string()).completed_by(raw))
}

/// One record, as sent.
pub(super) fn one(response: &Response, home: &Home, doing: &str) -> Result<Raw, Fault> {
    let text = std::str::from_utf8(&response.body)
        .map_err(|error| Fault::new(FaultKind::Unexpected, doing).because(error))?
        .trim();
    // What a record's first member says is looked for without reading the rest, which may be broken off.
    serde_json::from_str::<&RawValue>(text).map_err(|error| nonsense(error, doing))?;
    raw(text, home, doing)
}

fn id_of(text: &str, doing: &str) -> Result<RecordId, Fault> {
    #[derive(Deserialize)]
    struct Id(Json);
    let found: Option<Id> = match text.starts_with('{') {
        true => member(text, "id").map_err(|error| nonsense(error, doing))?,
        false => None,
    };
    let id = found.and_then(|found| fields::id(&found.0));
    id.map(RecordId::from).ok_or_else(|| {
        Fault::new(FaultKind::Unexpected, doing)
            .said("a record has no id")
            .hint(NOT_AS_DOCUMENTED)
    })
}

/// An answer that breaks off may have been whole when it was sent; any other mistake would come again.
pub(super) fn nonsense(error: serde_json::Error, doing: &str) -> Fault {
    let kind = match error.is_eof() {
        true => FaultKind::Unreachable,
        false => FaultKind::Unexpected,
    };
    Fault::new(kind, doing)
        .said(unread(&error))
        .hint(NOT_AS_DOCUMENTED)
}
