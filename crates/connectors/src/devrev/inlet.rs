//! What DevRev's webhooks say. A delivery is signed by HMAC-SHA256 over its body, as it came.

use std::time::Duration;

use http::HeaderMap;
use model::{ObjectName, RecordId, Secret, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::{object, shape::object_of};
use crate::{Heard, Inlet, Knock, Proof, kit};

pub(super) static INLET: DevRevInlet = DevRevInlet;

pub(super) struct DevRevInlet;

/// The events that tell of records that we know.
pub(super) const EVENTS: &[&str] = &[
    "account_created",
    "account_deleted",
    "account_updated",
    "article_created",
    "article_deleted",
    "article_updated",
    "conversation_created",
    "conversation_deleted",
    "conversation_updated",
    "dev_user_created",
    "dev_user_deleted",
    "dev_user_updated",
    "group_created",
    "group_deleted",
    "group_member_added",
    "group_member_removed",
    "group_updated",
    "link_created",
    "link_deleted",
    "link_updated",
    "part_created",
    "part_deleted",
    "part_updated",
    "rev_user_created",
    "rev_user_deleted",
    "rev_user_updated",
    "tag_created",
    "tag_deleted",
    "tag_updated",
    "timeline_entry_created",
    "timeline_entry_deleted",
    "timeline_entry_updated",
    "work_created",
    "work_deleted",
    "work_updated",
];

const SIGNATURE: &str = "x-devrev-signature";

/// How old a delivery may be: the last of three tries comes three and a half minutes after the event.
const OLDEST: Duration = Duration::from_secs(15 * 60);
/// How far its clock may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(5 * 60);

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Option<Timestamp>,
    /// At the top in the vendor's sample code.
    challenge: Option<String>,
    #[serde(flatten)]
    members: Map<String, Json>,
}

impl Inlet for DevRevInlet {
    fn proof(&self) -> Proof {
        Proof::Ours
    }

    fn hear(&self, knock: &Knock<'_>) -> Heard {
        let is_signed = match is_signed(knock.headers, knock.body, knock.secret) {
            Some(false) => return Heard::Refused("its signature is not that of this webhook's secret"),
            signed => signed.is_some(),
        };
        let Ok(event) = serde_json::from_slice::<Event>(knock.body) else {
            return Heard::Refused("it is no event of DevRev");
        };
        match event.timestamp {
            Some(at) if is_timely(at, knock.now) => {}
            Some(_) => return Heard::Refused("its time is too far from ours"),
            None => return Heard::Refused("it says no time"),
        }
        if event.kind == "verify" {
            // Whether this one is signed is not documented. Whoever knows the address learns nothing from the answer.
            return challenge(event);
        }
        match is_signed {
            true => changed(&event),
            false => Heard::Refused("it has no signature"),
        }
    }
}

/// Whether a delivery carries the secret's signature; nothing if it carries none. The vendor's sample keys it with the
/// secret's bytes and writes it in hex; that it means this alone is not documented.
fn is_signed(headers: &HeaderMap, body: &[u8], secret: &Secret) -> Option<bool> {
    let given = headers.get(SIGNATURE)?.to_str().unwrap_or_default().trim();
    let text = secret.reveal().trim();
    let bytes = kit::from_base64(text);
    let keys = bytes.iter().map(Vec::as_slice).chain([text.as_bytes()]);
    let tags = [kit::from_hex(given), kit::from_base64(given)];
    let is_by = |key: &[u8]| tags.iter().flatten().any(|tag| kit::is_signed(key, body, tag));
    Some(keys.into_iter().any(is_by))
}

fn is_timely(at: Timestamp, now: Timestamp) -> bool {
    match Duration::try_from(now.duration_since(at)) {
        Ok(age) => age <= OLDEST,
        Err(_) => now.duration_since(at).unsigned_abs() <= AHEAD,
    }
}

fn challenge(event: Event) -> Heard {
    let nested = event
        .members
        .get("verify")
        .and_then(|verify| verify.get("challenge"));
    let nested = nested.and_then(Json::as_str).map(str::to_owned);
    match nested.or(event.challenge) {
        Some(challenge) => Heard::Challenge(json!({ "challenge": challenge }).to_string()),
        None => Heard::Refused("it has no challenge"),
    }
}

/// The records that an event is about.
fn changed(event: &Event) -> Heard {
    let Some(told) = event.members.get(&event.kind) else {
        return Heard::Ignored;
    };
    let members: &[&str] = match event.kind.as_str() {
        "group_member_added" | "group_member_removed" => &["group", "member"],
        kind if kind.starts_with("timeline_entry_") => &["entry"],
        kind => match kind.rsplit_once('_') {
            Some((object, _)) => &[object],
            None => &[],
        },
    };
    let shown = members.iter().filter_map(|name| told.get(*name)?.get("id"));
    // What was deleted or asked for is named by its id alone.
    let ids = shown.chain(told.get("id")).filter_map(Json::as_str);
    let records: Vec<(ObjectName, RecordId)> = ids.filter_map(known).collect();
    match records.is_empty() {
        true => Heard::Ignored,
        false => Heard::Changed(records),
    }
}

/// The record of that id, if it is of an object of ours.
fn known(id: &str) -> Option<(ObjectName, RecordId)> {
    let object = object_of(id);
    object::by_name(&object).ok()?;
    Some((object, RecordId::new(id)))
}
