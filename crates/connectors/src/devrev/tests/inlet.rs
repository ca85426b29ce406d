//! What DevRev tells us, and that we tell it where.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::Raw;

use super::{
    against_twin::{key, reference, twin_session, write},
    beyond::subjects,
    *,
};
use crate::{
    Delivery, Heard, Inlet, Knock, Listening, Registrar,
    devrev::inlet::INLET,
    kit::{TwinWire, new_shared_secret},
};

const SECRET: &str = "c2VjcmV0LXNlY3JldA==";
const URL: &str = "http://127.0.0.1:9/in/devrev/abc";

fn sign(key: &[u8], body: &str) -> Vec<u8> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    ring::hmac::sign(&key, body.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

fn base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes)
}

/// Hears a body with this signature, if any, an hour after the beginning of time.
fn hear(body: &str, signature: Option<&str>) -> Heard {
    let mut headers = http::HeaderMap::new();
    if let Some(signature) = signature {
        headers.insert("x-devrev-signature", signature.parse().unwrap());
    }
    INLET.hear(&Knock {
        headers: &headers,
        body: body.as_bytes(),
        secret: &Secret::new(SECRET),
        now: "1970-01-01T01:00:00Z".parse().unwrap(),
    })
}

fn signed(body: &str) -> Heard {
    hear(body, Some(&hex(&sign(b"secret-secret", body))))
}

fn event(kind: &str, told: &str) -> String {
    format!(
        r#"{{"id":"e1","webhook_id":"w1","timestamp":"1970-01-01T00:59:58.123456789Z","type":"{kind}","{kind}":{told}}}"#
    )
}

/// The records that an event is about, as `object id`.
fn check(kind: &str, told: &str, expected: &[&str]) {
    let heard = match signed(&event(kind, told)) {
        Heard::Changed(records) => records
            .iter()
            .map(|(object, id)| format!("{object} {id}"))
            .collect(),
        Heard::Ignored => Vec::new(),
        other => panic!("{kind}: {other:?}"),
    };
    assert_eq!(heard, expected, "{kind}");
}

#[test]
fn an_event_says_which_record_it_is_about() {
    let core = |kind: &str| format!("don:core:dvrv-us-1:devo/0:{kind}");
    let one = |id: &str| format!(r#"{{"id":"{id}"}}"#);
    for (event, member, kind, object) in [
        ("work_created", "work", "ticket/1", "ticket"),
        ("work_updated", "work", "issue/2", "issue"),
        ("account_updated", "account", "account/1", "account"),
        ("rev_user_created", "rev_user", "revu/1", "contact"),
        ("dev_user_updated", "dev_user", "devu/1", "dev_user"),
        (
            "conversation_updated",
            "conversation",
            "conversation/1",
            "conversation",
        ),
        ("timeline_entry_created", "entry", "ticket/1:comment/x", "comment"),
        ("article_updated", "article", "article/1", "article"),
        ("part_updated", "part", "product/1", "part"),
        ("tag_updated", "tag", "tag/1", "tag"),
        ("group_updated", "group", "group/1", "group"),
    ] {
        let id = core(kind);
        let expected = format!("{object} {id}");
        check(
            event,
            &format!(r#"{{"{member}":{},"old_{member}":{{"id":"x"}}}}"#, one(&id)),
            &[&expected],
        );
    }
    let ticket = core("ticket/1");
    check("work_deleted", &one(&ticket), &[&format!("ticket {ticket}")]);
    let (group, user) = (core("group/1"), core("devu/1"));
    let told = format!(r#"{{"group":{},"member":{}}}"#, one(&group), one(&user));
    check(
        "group_member_added",
        &told,
        &[&format!("group {group}"), &format!("dev_user {user}")],
    );
    // What we know nothing of.
    check(
        "work_created",
        &format!(r#"{{"work":{}}}"#, one(&core("opportunity/1"))),
        &[],
    );
    check(
        "rev_org_updated",
        &format!(r#"{{"rev_org":{}}}"#, one(&core("revo/1"))),
        &[],
    );
    check("survey_created", r#"{"survey":{"id":"s1"}}"#, &[]);
    check("work_updated", r#"{"work":7}"#, &[]);
    check("nothing", "null", &[]);
}

#[test]
fn only_what_the_secret_signed_is_believed() {
    let body = event(
        "work_updated",
        r#"{"work":{"id":"don:core:dvrv-us-1:devo/0:ticket/1"}}"#,
    );
    let (bytes, text) = (sign(b"secret-secret", &body), sign(SECRET.as_bytes(), &body));
    for (signature, is_believed) in [
        (Some(hex(&bytes)), true),
        (Some(hex(&bytes).to_uppercase()), true),
        (Some(base64(&bytes)), true),
        (Some(hex(&text)), true),
        (Some(hex(&sign(b"another-secret", &body))), false),
        (Some(hex(&sign(b"secret-secret", "other"))), false),
        (Some(hex(&bytes)[2..].to_owned()), false),
        (Some(String::new()), false),
        (Some("no".to_owned()), false),
        (None, false),
    ] {
        let heard = hear(&body, signature.as_deref());
        assert_eq!(
            matches!(heard, Heard::Changed(_)),
            is_believed,
            "{signature:?}: {heard:?}"
        );
        assert_eq!(matches!(heard, Heard::Refused(_)), !is_believed, "{signature:?}");
    }
    // A byte more, a byte less: what counts is the body as it came.
    let moved = hear(&format!("{body} "), Some(&hex(&bytes)));
    assert!(matches!(moved, Heard::Refused(_)));
}

#[test]
fn only_what_is_timely_is_believed() {
    for (at, is_believed) in [
        ("1970-01-01T01:00:00Z", true),
        ("1970-01-01T00:45:00Z", true),
        ("1970-01-01T00:44:59Z", false),
        ("1970-01-01T01:05:00Z", true),
        ("1970-01-01T01:05:01Z", false),
        ("yesterday", false),
    ] {
        let body = event("tag_updated", r#"{"tag":{"id":"don:core:x:devo/0:tag/1"}}"#);
        let heard = signed(&body.replace("1970-01-01T00:59:58.123456789Z", at));
        assert_eq!(matches!(heard, Heard::Changed(_)), is_believed, "{at}: {heard:?}");
    }
    let no_time =
        r#"{"id":"e1","type":"tag_updated","tag_updated":{"tag":{"id":"don:core:x:devo/0:tag/1"}}}"#;
    assert!(matches!(signed(no_time), Heard::Refused(_)));
    for body in ["", "[]", "{}", "{\"type\":7}", "\u{0}"] {
        assert!(matches!(signed(body), Heard::Refused(_)), "{body}");
    }
}

#[test]
fn a_challenge_is_given_back() {
    let answer = Heard::Challenge(r#"{"challenge":"YWJj"}"#.to_owned());
    let body = event("verify", r#"{"challenge":"YWJj"}"#);
    assert_eq!(signed(&body), answer);
    assert_eq!(hear(&body, None), answer);
    let wrong = hear(&body, Some(&hex(&sign(b"another-secret", &body))));
    assert!(matches!(wrong, Heard::Refused(_)));
    let top = body.replace(r#""verify":{"challenge":"YWJj"}"#, r#""challenge":"YWJj""#);
    assert_eq!(signed(&top), answer);
    assert!(matches!(signed(&event("verify", "{}")), Heard::Refused(_)));
}

#[tokio::test]
async fn an_address_is_registered_once() {
    const LISTED: &str = r#"{"webhooks":[{"id":"w0","url":"http://a.example"},{"id":"w1","url":"http://127.0.0.1:9/in/devrev/abc","status":"unverified"}]}"#;
    let made = r#"{"webhook":{"id":"w1","status":"unverified"}}"#;
    for (listed, call, status) in [("{}", "/webhooks.create", 201), (LISTED, "/webhooks.update", 200)] {
        let (session, wire) = session(&[("/webhooks.list", 200, listed), (call, status, made)]);
        let listening = session.register(URL, &Secret::new(SECRET)).await.unwrap();
        assert_eq!(listening, Listening::Unverified);
        let asked = wire.asked.lock().unwrap();
        assert!(
            asked[1].contains(SECRET) && asked[1].contains(r#""work_updated""#),
            "{}",
            asked[1]
        );
        assert_eq!(
            asked[1].contains(r#""action":"activate","event_types":{"set":"#),
            call == "/webhooks.update"
        );
    }
    let (session, _) = session(&[("/webhooks.list", 200, LISTED), ("/webhooks.delete", 404, GONE)]);
    session.unregister(URL).await.unwrap();
}

/// Hears everything that the twin has to tell, as a receiver would.
fn deliver(wire: &TwinWire, secret: &Secret) -> Vec<Heard> {
    let now = Timestamp::UNIX_EPOCH;
    let due: Vec<Delivery> = wire.with_twin(|twin| twin.deliveries(now));
    due.into_iter()
        .map(|delivery| {
            let heard = INLET.hear(&Knock {
                headers: &delivery.request.headers,
                body: &delivery.request.body,
                secret,
                now,
            });
            let answer = match &heard {
                Heard::Challenge(body) => Response::json_text(200, body.clone()),
                _ => Response::json_text(200, "{}".to_owned()),
            };
            wire.with_twin(|twin| twin.delivered(delivery.id, Some(&answer), now));
            heard
        })
        .collect()
}

#[tokio::test]
async fn a_webhook_of_the_twin_is_registered_verified_and_heard() {
    let (session, wire) = twin_session(&[]);
    let subjects: Vec<(ObjectName, Raw)> = subjects(&session)
        .await
        .into_iter()
        .map(|(name, raw)| (ObjectName::new(name), raw))
        .collect();
    let secret = new_shared_secret().unwrap();
    assert_eq!(session.listening(URL).await.unwrap(), None);
    assert_eq!(
        session.register(URL, &secret).await.unwrap(),
        Listening::Unverified
    );
    assert!(matches!(
        deliver(&wire, &secret).as_slice(),
        [Heard::Challenge(_)]
    ));
    assert_eq!(session.listening(URL).await.unwrap(), Some(Listening::Active));
    // Done again, it is the same one.
    assert_eq!(session.register(URL, &secret).await.unwrap(), Listening::Active);
    let (ticket, raw) = &subjects[0];
    write(
        &session,
        ticket.as_str(),
        Action::Update(raw.id.clone()),
        &[("title", text("Changed"))],
    )
    .await;
    assert_eq!(
        deliver(&wire, &secret),
        [Heard::Changed(vec![(ticket.clone(), raw.id.clone())])]
    );
    let comment = [("object", reference(ticket.as_str(), raw)), ("body", text("Hi"))];
    let comment = write(&session, "comment", key("k:c"), &comment).await;
    let heard = deliver(&wire, &secret);
    assert!(
        heard.contains(&Heard::Changed(vec![(ObjectName::new("comment"), comment.id)])),
        "{heard:?}"
    );
    // Under another secret, nothing of it is believed.
    write(
        &session,
        ticket.as_str(),
        Action::Update(raw.id.clone()),
        &[("title", text("Again"))],
    )
    .await;
    let heard = deliver(&wire, &new_shared_secret().unwrap());
    assert!(matches!(heard.as_slice(), [Heard::Refused(_)]), "{heard:?}");
    session.unregister(URL).await.unwrap();
    assert_eq!(session.listening(URL).await.unwrap(), None);
}
