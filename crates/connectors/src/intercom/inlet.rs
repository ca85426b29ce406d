//! What Intercom's webhooks say. A delivery is signed by HMAC-SHA1 over its body, as it came, with the app's client secret.
//!
//! Times of an envelope are not looked at: a delivery that is sent again has the times of the first, and a hint that comes late
//! does no harm.

use http::HeaderMap;
use model::{ObjectName, RecordId, Secret};
use serde_json::Value as Json;

use super::{fields, object::at};
use crate::{Heard, Inlet, Knock, Proof, kit};

pub(super) static INLET: IntercomInlet = IntercomInlet;

pub(super) struct IntercomInlet;

const SIGNATURE: &str = "x-hub-signature";

/// The members of an item that hold a record of ours, each with its object.
const HELD: &[(&str, &str)] = &[
    ("contact", "contact"),
    ("company", "company"),
    ("conversation", "conversation"),
    ("ticket", "ticket"),
    ("merged_from", "contact"),
];

impl Inlet for IntercomInlet {
    fn proof(&self) -> Proof {
        Proof::Theirs("client secret")
    }

    fn hear(&self, knock: &Knock<'_>) -> Heard {
        match is_signed(knock.headers, knock.body, knock.secret) {
            Some(true) => {}
            Some(false) => return Heard::Refused("its signature is not that of the app's client secret"),
            None => return Heard::Refused("it has no signature"),
        }
        let Ok(event) = serde_json::from_slice::<Json>(knock.body) else {
            return Heard::Refused("it is no notification of Intercom");
        };
        match changed(&event) {
            records if records.is_empty() => Heard::Ignored,
            records => Heard::Changed(records),
        }
    }
}

/// Whether a delivery carries the secret's signature; nothing if it carries none.
fn is_signed(headers: &HeaderMap, body: &[u8], secret: &Secret) -> Option<bool> {
    let given = headers.get(SIGNATURE)?.to_str().unwrap_or_default().trim();
    let tag = given.strip_prefix("sha1=").and_then(kit::from_hex);
    let key = secret.reveal().trim().as_bytes();
    Some(tag.is_some_and(|tag| kit::is_signed_sha1(key, body, &tag)))
}

/// The records that a notification is about: the item itself, and those that it names.
fn changed(event: &Json) -> Vec<(ObjectName, RecordId)> {
    let item = at(event, &["data", "item"]);
    let kind = at(item, &["type"]).as_str().unwrap_or_default();
    let own = object_of(kind).and_then(|object| Some((object, fields::id(item)?)));
    let held = HELD.iter().filter_map(|(member, object)| {
        let held = at(item, &[member]);
        held.is_object()
            .then(|| fields::id(held))?
            .map(|id| (*object, id))
    });
    // A part tells what it was said in beside itself.
    let about = [("conversation_id", "conversation"), ("ticket_id", "ticket")];
    let about = about.into_iter().filter_map(|(member, object)| {
        let id = fields::id(at(item, &[member]))?;
        (kind.ends_with("_part")).then_some((object, id))
    });
    let mut records: Vec<(ObjectName, RecordId)> = Vec::new();
    for (object, id) in own.into_iter().chain(held).chain(about) {
        let record = (ObjectName::new(object), RecordId::from(id));
        if !records.contains(&record) {
            records.push(record);
        }
    }
    records
}

/// What a type of Intercom's is called here.
fn object_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "contact" | "user" | "lead" => "contact",
        "company" => "company",
        "conversation" => "conversation",
        "ticket" => "ticket",
        "article" => "article",
        "admin" => "admin",
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use http::HeaderValue;
    use model::Timestamp;
    use ring::hmac;

    use super::*;

    const SECRET: &str = "the client secret";

    fn signature(body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
        format!("sha1={}", hex::encode(hmac::sign(&key, body.as_bytes())))
    }

    fn hear(body: &str, signature: Option<&str>) -> Heard {
        let mut headers = HeaderMap::new();
        if let Some(signature) = signature {
            headers.insert(SIGNATURE, HeaderValue::from_str(signature).unwrap());
        }
        INLET.hear(&Knock {
            headers: &headers,
            body: body.as_bytes(),
            secret: &Secret::new(SECRET),
            now: Timestamp::UNIX_EPOCH,
        })
    }

    fn check(item: &str, expected: &[(&str, &str)]) {
        let body = format!(
            r#"{{"type":"notification_event","topic":"any","app_id":"a","data":{{"type":"notification_event_data","item":{item}}}}}"#
        );
        let expected: Vec<(ObjectName, RecordId)> = expected
            .iter()
            .map(|(object, id)| ((*object).into(), (*id).into()))
            .collect();
        let expected = match expected.is_empty() {
            true => Heard::Ignored,
            false => Heard::Changed(expected),
        };
        assert_eq!(hear(&body, Some(&signature(&body))), expected, "{item}");
    }

    #[test]
    fn a_notification_says_which_records_changed() {
        check(
            r#"{"type":"conversation","id":"471"}"#,
            &[("conversation", "471")],
        );
        check(
            r#"{"type":"conversation","id":471,"deleted":true}"#,
            &[("conversation", "471")],
        );
        check(
            r#"{"type":"contact","id":"6a","merged_from":{"type":"contact","id":"5b"}}"#,
            &[("contact", "6a"), ("contact", "5b")],
        );
        check(
            r#"{"type":"contact_tag","tag":{"id":"1"},"contact":{"id":"6a"}}"#,
            &[("contact", "6a")],
        );
        check(
            r#"{"type":"company","company":{"id":"c1"},"contact":{"id":"6a"}}"#,
            &[("contact", "6a"), ("company", "c1")],
        );
        check(r#"{"ticket":{"type":"ticket","id":"9"}}"#, &[("ticket", "9")]);
        check(
            r#"{"type":"conversation_part","id":"3","conversation_id":"471"}"#,
            &[("conversation", "471")],
        );
        check(
            r#"{"type":"ticket_part","id":"3","ticket":{"id":"9"}}"#,
            &[("ticket", "9")],
        );
        check(r#"{"type":"article","id":"77"}"#, &[("article", "77")]);
        check(r#"{"type":"ping","message":"x"}"#, &[]);
        check("null", &[]);
        check("[7]", &[]);
    }

    #[test]
    fn only_what_the_client_secret_signed_is_heard() {
        let body = r#"{"data":{"item":{"type":"conversation","id":"471"}}}"#;
        let other = r#"{"data":{"item":{"type":"conversation","id":"472"}}}"#;
        let heard = Heard::Changed(vec![("conversation".into(), "471".into())]);
        assert_eq!(hear(body, Some(&signature(body))), heard);
        assert_eq!(hear(body, None), Heard::Refused("it has no signature"));
        let refused = Heard::Refused("its signature is not that of the app's client secret");
        for wrong in [
            signature(other),
            signature(body).replace("sha1=", ""),
            "sha1=zz".to_owned(),
            String::new(),
        ] {
            assert_eq!(hear(body, Some(&wrong)), refused, "{wrong}");
        }
        let nonsense = "no json";
        assert_eq!(
            hear(nonsense, Some(&signature(nonsense))),
            Heard::Refused("it is no notification of Intercom")
        );
    }
}
