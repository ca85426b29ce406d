//! Many writes in one call, and what came of each of them.
//!
//! Planhat answers with lists of keys and lists of errors, none in the order of what was sent, and errors without a
//! documented shape. Here they are told apart again.

use http::Method;
use model::{Fault, FaultKind, RecordId};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{
    client::{Aim, Client},
    object::Object,
    refusal,
};
use crate::kit::{Request, Response};

/// The most records that one call takes.
pub(crate) const MOST: usize = 5_000;

/// By what Planhat tells records apart, in the order in which it looks at them.
const KEYS: [&str; 5] = ["_id", "sourceId", "externalId", "extId", "email"];

/// What came of a bulk call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Upserted {
    /// One per record, in the order in which they were sent.
    pub(crate) each: Vec<Each>,
    /// As Planhat counts.
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
}

/// What came of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Each {
    Created(RecordId),
    /// Found by its key, and written or found alike.
    Matched(RecordId),
    Refused {
        kind: FaultKind,
        words: String,
    },
    /// Planhat does not say: it was made without a key of its own among others, or was left out without a word.
    Unheard,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    created: Option<u64>,
    created_errors: Option<Vec<Json>>,
    inserts_keys: Option<Vec<Map<String, Json>>>,
    updated: Option<u64>,
    updated_errors: Option<Vec<Json>>,
    updates_keys: Option<Vec<Map<String, Json>>>,
    nonupdates: Option<u64>,
    permission_errors: Option<Vec<Json>>,
}

/// Creates and updates these records in one call.
pub(crate) async fn send(
    client: &Client,
    object: &Object,
    records: &[Map<String, Json>],
) -> Result<Upserted, Fault> {
    let doing = format!("writing {} records of {}", records.len(), object.name);
    if records.len() > MOST {
        return Err(
            Fault::new(FaultKind::Unexpected, doing).hint("a call takes 5,000 records; send fewer at once")
        );
    }
    let body = Json::Array(records.iter().cloned().map(Json::Object).collect());
    let request = Request::new(Method::PUT, object.path).json(&body);
    let response = client.send(request, &doing).await?;
    let permission = object.permission.replace("View", "Create, Update");
    let aim = Aim {
        doing: &doing,
        permission: &permission,
    };
    match answer(&response) {
        Some(answer) => Ok(tell(answer, records)),
        None if matches!(response.status, 200..=299) => {
            Err(Fault::new(FaultKind::Unexpected, doing.as_str()).said("the answer has no counts"))
        }
        None => Err(client.refused(&response, aim)),
    }
}

/// The counts and errors, which come with 400 and 403 as well.
fn answer(response: &Response) -> Option<Answer> {
    if !matches!(response.status, 200..=299 | 400 | 403) {
        return None;
    }
    let json: Json = serde_json::from_slice(&response.body).ok()?;
    let names = [
        "created",
        "createdErrors",
        "updated",
        "updatedErrors",
        "permissionErrors",
    ];
    let is_bulk = names.iter().any(|name| json.get(name).is_some());
    is_bulk.then(|| serde_json::from_value(json).ok())?
}

fn tell(answer: Answer, records: &[Map<String, Json>]) -> Upserted {
    let mut each: Vec<Option<Each>> = vec![None; records.len()];
    let refused = answer
        .created_errors
        .into_iter()
        .chain(answer.updated_errors)
        .flatten();
    let refused = refused.map(|error| (FaultKind::Rejected, error));
    let denied = answer
        .permission_errors
        .into_iter()
        .flatten()
        .map(|error| (FaultKind::Denied, error));
    let mut nameless = Vec::new();
    for (kind, error) in refused.chain(denied) {
        let refused = Each::Refused {
            kind,
            words: refusal::words_of(&error).unwrap_or_else(|| "refused without a word".to_owned()),
        };
        match culprit(&error, records) {
            Some(at) => put(&mut each, at, refused),
            None => nameless.push(refused),
        }
    }
    settle(
        &mut each,
        records,
        answer.updates_keys.unwrap_or_default(),
        Each::Matched,
    );
    let anonymous = settle(
        &mut each,
        records,
        answer.inserts_keys.unwrap_or_default(),
        Each::Created,
    );
    spread(&mut each, &anonymous, &nameless);
    Upserted {
        each: each
            .into_iter()
            .map(|each| each.unwrap_or(Each::Unheard))
            .collect(),
        created: answer.created.unwrap_or_default(),
        updated: answer.updated.unwrap_or_default(),
        unchanged: answer.nonupdates.unwrap_or_default(),
    }
}

/// The record that an error is about, if the error shows it or gives its place.
fn culprit(error: &Json, records: &[Map<String, Json>]) -> Option<usize> {
    let error = error.as_object()?;
    let place = error
        .get("index")
        .and_then(Json::as_u64)
        .and_then(|at| usize::try_from(at).ok());
    let shown = ["item", "record", "doc"]
        .into_iter()
        .find_map(|name| error.get(name)?.as_object());
    place.filter(|at| *at < records.len()).or_else(|| {
        records
            .iter()
            .position(|record| is_same(record, shown.unwrap_or(error)))
    })
}

/// Whether the two have a key in common, and none in which they differ.
fn is_same(record: &Map<String, Json>, keys: &Map<String, Json>) -> bool {
    let shared = KEYS
        .iter()
        .filter_map(|key| Some((text(record.get(*key)?)?, text(keys.get(*key)?)?)));
    let (mut same, mut different) = (false, false);
    for (one, other) in shared {
        same |= one == other;
        different |= one != other;
    }
    same && !different
}

/// Numbers are sent as keys and come back as texts.
fn text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) if !text.is_empty() => Some(text.to_lowercase()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Gives each key to the record that has it; returns the ids that no record claims.
fn settle(
    each: &mut [Option<Each>],
    records: &[Map<String, Json>],
    keys: Vec<Map<String, Json>>,
    came: fn(RecordId) -> Each,
) -> Vec<RecordId> {
    let mut unclaimed = Vec::new();
    for keys in keys {
        let Some(id) = keys.get("_id").and_then(Json::as_str).map(RecordId::from) else {
            continue;
        };
        let open = each
            .iter()
            .zip(records)
            .position(|(each, record)| each.is_none() && is_same(record, &keys));
        match open {
            Some(at) => put(each, at, came(id)),
            None => unclaimed.push(id),
        }
    }
    unclaimed
}

/// What is left over is certain only where it can be nothing else.
fn spread(each: &mut [Option<Each>], anonymous: &[RecordId], nameless: &[Each]) {
    let open: Vec<usize> = (0..each.len())
        .filter(|at| matches!(each.get(*at), Some(None)))
        .collect();
    match (open.as_slice(), anonymous, nameless) {
        ([at], [id], []) => put(each, *at, Each::Created(id.clone())),
        (open, [], [_, ..]) => {
            let words = joined(nameless);
            open.iter().for_each(|at| put(each, *at, words.clone()));
        }
        // No order is promised, so nobody can say which record got which id, or which error.
        _ => {}
    }
}

/// Errors that name nobody are everybody's whose fate is unknown.
fn joined(nameless: &[Each]) -> Each {
    let mut all: Vec<&str> = Vec::new();
    let mut denied = true;
    for each in nameless {
        if let Each::Refused { kind, words } = each {
            denied &= *kind == FaultKind::Denied;
            if !all.contains(&words.as_str()) {
                all.push(words);
            }
        }
    }
    Each::Refused {
        kind: if denied {
            FaultKind::Denied
        } else {
            FaultKind::Rejected
        },
        words: all.join("; "),
    }
}

fn put(each: &mut [Option<Each>], at: usize, came: Each) {
    if let Some(place) = each.get_mut(at) {
        *place = Some(came);
    }
}
