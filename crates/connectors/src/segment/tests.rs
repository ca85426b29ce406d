#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
//! What libraries send, and what they are answered.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_770_000_000;

/// A request in short: `POST /v1/track`, headers as `name: value`, and a body.
fn ask(line: &str, headers: &[&str], body: &[u8]) -> Heard {
    with(line, headers, body, Limits::default(), false)
}

fn with(line: &str, headers: &[&str], body: &[u8], limits: Limits, strict: bool) -> Heard {
    let (method, address) = line.split_once(' ').unwrap();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut map = HeaderMap::new();
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        let name: http::HeaderName = name.parse().unwrap();
        map.insert(name, value.parse().unwrap());
    }
    let known = |key: &str| match key {
        "k" => Known::Source("web".into()),
        "off" => Known::Disabled("old".into()),
        _ => Known::Nobody,
    };
    let hearing = Hearing {
        limits,
        strict,
        known: &known,
        now: Timestamp::from_second(NOW).unwrap(),
        new_id: &|| MessageId::new("made"),
    };
    let ask = Ask {
        method: &method.parse().unwrap(),
        path,
        query,
        headers: &map,
        body,
    };
    hear(&ask, &hearing)
}

/// An event with a key in it.
fn event(members: Value) -> Vec<u8> {
    let mut event = json!({ "writeKey": "k" });
    let members = members.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(members);
    event.to_string().into_bytes()
}

fn status(heard: &Heard) -> u16 {
    heard.answer.status().as_u16()
}

/// `200 track 1` or `200 event_not_defined 1`, all of it.
fn tell(heard: &Heard) -> String {
    let mut told = vec![status(heard).to_string()];
    told.extend(heard.events.iter().map(|event| event.kind.as_str().to_owned()));
    let lost = heard.lost.iter();
    told.extend(lost.map(|lost| format!("-{} {}", lost.why.as_str(), lost.events)));
    told.join(" ")
}

#[test]
fn every_path_of_a_library_is_known() {
    for (line, body, expected) in [
        ("POST /v1/identify", json!({ "userId": "u" }), "200 identify"),
        (
            "POST /v1/track",
            json!({ "userId": "u", "event": "e" }),
            "200 track",
        ),
        ("POST /v1/page/", json!({ "userId": "u" }), "200 page"),
        ("POST /v1/screen", json!({ "anonymousId": "a" }), "200 screen"),
        (
            "POST /v1/group",
            json!({ "userId": "u", "groupId": 7 }),
            "200 group",
        ),
        (
            "POST /v1/alias",
            json!({ "userId": "u", "previousId": "a" }),
            "200 alias",
        ),
        ("POST /v1/i", json!({ "userId": "u" }), "200 identify"),
        ("POST /v1/t", json!({ "userId": "u", "event": "e" }), "200 track"),
        ("POST /v1/p", json!({ "userId": "u" }), "200 page"),
        ("POST /v1/s", json!({ "userId": "u" }), "200 screen"),
        ("POST /v1/g", json!({ "groupId": "g" }), "200 group"),
        (
            "POST /v1/a",
            json!({ "previousId": "a", "userId": "u" }),
            "200 alias",
        ),
        ("POST /track", json!({ "userId": "u", "event": "e" }), "200 track"),
        ("POST /v1/m", json!({ "series": [] }), "200"),
        ("GET /v1/track", json!({}), "405"),
        ("POST /v1/delete", json!({ "userId": "u" }), "404"),
    ] {
        let heard = ask(line, &[], &event(body));
        assert_eq!(tell(&heard), expected, "{line}");
    }
}

#[test]
fn batches_come_under_three_names() {
    for path in ["/v1/batch", "/v1/b", "/v1/import", "/v1/import/", "/batch", "/b"] {
        let body = json!({ "writeKey": "k", "batch": [
            { "type": "identify", "userId": "u" },
            { "type": "track", "userId": "u" },
            { "type": "delete", "userId": "u" },
            { "type": "page", "anonymousId": "a", "userId": null },
            7,
        ]});
        let heard = ask(&format!("POST {path}"), &[], body.to_string().as_bytes());
        let expected = "200 identify page -event_not_defined 1 -bad_request 2";
        assert_eq!(tell(&heard), expected, "{path}");
        assert_eq!(heard.answer.body().as_ref(), br#"{"success": true}"#);
    }
}

#[test]
fn a_key_is_found_wherever_a_library_puts_it() {
    let plain = br#"{"userId":"u"}"#;
    for encoded in ["k:", "k"] {
        let header = format!("authorization: Basic {}", STANDARD.encode(encoded));
        assert_eq!(tell(&ask("POST /v1/identify", &[&header], plain)), "200 identify");
    }
    let bearer = "authorization: Bearer token";
    assert_eq!(
        tell(&ask(
            "POST /v1/identify",
            &[bearer],
            &event(json!({ "userId": "u" }))
        )),
        "200 identify"
    );
    let inner = json!({ "batch": [{ "type": "identify", "userId": "u", "writeKey": "k" }] });
    assert_eq!(
        tell(&ask("POST /v1/batch", &[], inner.to_string().as_bytes())),
        "200 identify"
    );
    assert_eq!(
        tell(&ask("POST /v1/identify?writeKey=k", &[], plain)),
        "200 identify"
    );
    // The header counts before the body.
    let header = format!("authorization: Basic {}", STANDARD.encode("k:"));
    let other = br#"{"userId":"u","writeKey":"nobody"}"#;
    assert_eq!(tell(&ask("POST /v1/identify", &[&header], other)), "200 identify");
}

#[test]
fn a_stranger_is_answered_as_segment_does_unless_it_is_to_be_strict() {
    let body = br#"{"userId":"u","writeKey":"nobody"}"#;
    let heard = ask("POST /v1/identify", &[], body);
    assert_eq!(tell(&heard), "200 -unknown_source 1");
    assert_eq!(heard.lost.first().unwrap().key, Some(WriteKey::new("nobody")));
    let strict = with("POST /v1/identify", &[], body, Limits::default(), true);
    assert_eq!(tell(&strict), "401 -unknown_source 1");
    assert_eq!(
        tell(&ask("POST /v1/identify", &[], br#"{"userId":"u"}"#)),
        "400 -unknown_source 1"
    );
    let off = br#"{"userId":"u","writeKey":"off"}"#;
    assert_eq!(
        tell(&ask("POST /v1/identify", &[], off)),
        "200 -source_disabled 1"
    );
}

#[test]
fn what_an_event_lacks_is_told_in_segment_s_words() {
    for (line, body, expected) in [
        ("i", json!({}), "no_user_anon_id"),
        ("i", json!({ "userId": "" }), "id_not_string"),
        ("i", json!({ "userId": {} }), "id_not_string"),
        ("i", json!({ "userId": "u", "traits": "x" }), "traits_not_object"),
        ("t", json!({ "userId": "u" }), "event_not_defined"),
        ("t", json!({ "userId": "u", "event": 7 }), "event_not_string"),
        (
            "t",
            json!({ "userId": "u", "event": "e", "properties": [1] }),
            "properties_not_object",
        ),
        ("p", json!({ "userId": "u", "name": "" }), "name_not_string"),
        (
            "p",
            json!({ "userId": "u", "category": 1 }),
            "category_not_string",
        ),
        ("g", json!({ "userId": "u" }), "id_required"),
        ("a", json!({ "userId": "u" }), "id_required"),
    ] {
        let heard = ask(&format!("POST /v1/{line}"), &[], &event(body.clone()));
        assert_eq!(tell(&heard), format!("200 -{expected} 1"), "{line} {body}");
    }
}

#[test]
fn what_libraries_send_beyond_the_rules_is_taken() {
    for (line, body) in [
        (
            "p",
            json!({ "userId": "u", "anonymousId": null, "name": null, "category": null }),
        ),
        ("i", json!({ "userId": 42, "traits": [] })),
        ("g", json!({ "groupId": 7, "traits": { "plan": null } })),
        (
            "t",
            json!({ "userId": "u", "event": "e", "_metadata": {}, "channel": "server", "version": 1.1 }),
        ),
    ] {
        let heard = ask(&format!("POST /v1/{line}"), &[], &event(body.clone()));
        assert_eq!((heard.events.len(), heard.lost.len()), (1, 0), "{body}");
    }
    let numeric = ask("POST /v1/i", &[], &event(json!({ "userId": 42 })));
    assert_eq!(numeric.events.first().unwrap().user_id.as_deref(), Some("42"));
}

#[test]
fn a_wrong_clock_is_set_right() {
    let body = json!({ "userId": "u", "event": "e", "timestamp": "2030-01-01T00:00:00.000Z", "sentAt": "2030-01-01T00:00:10Z" });
    let heard = ask("POST /v1/t", &[], &event(body));
    let event_1 = heard.events.first().unwrap();
    assert_eq!(event_1.timestamp.as_second(), NOW - 10);
    assert_eq!(
        event_1.original_timestamp.unwrap().to_string(),
        "2030-01-01T00:00:00Z"
    );
    let heard = ask(
        "POST /v1/t",
        &[],
        &event(json!({ "userId": "u", "event": "e", "timestamp": "soon" })),
    );
    assert_eq!(heard.events.first().unwrap().timestamp.as_second(), NOW);
    // What was sent with the batch counts for each.
    let batch = json!({ "writeKey": "k", "sentAt": "2030-01-01T00:00:10.123456+00:00", "batch": [
        { "type": "track", "event": "e", "userId": "u", "timestamp": "2030-01-01T00:00:05.123456789Z" },
    ]});
    let heard = ask("POST /v1/batch", &[], batch.to_string().as_bytes());
    assert_eq!(heard.events.first().unwrap().timestamp.as_second(), NOW - 5);
}

#[test]
fn an_event_has_an_id_of_its_own_and_what_its_batch_says_of_all() {
    let batch = json!({
        "writeKey": "k",
        "context": { "library": { "name": "go", "version": "3" }, "app": { "name": "x" } },
        "integrations": { "All": false },
        "batch": [
            { "type": "track", "event": "e", "userId": "u", "messageId": "m1", "context": { "library": { "version": "4" } } },
            { "type": "track", "event": "e", "userId": "u" },
        ],
    });
    let heard = ask("POST /v1/batch", &[], batch.to_string().as_bytes());
    let ids: Vec<String> = heard
        .events
        .iter()
        .map(|event| event.message_id.to_string())
        .collect();
    assert_eq!(ids, ["m1", "made"]);
    let body: Value = serde_json::from_str(&heard.events.first().unwrap().body).unwrap();
    assert_eq!(
        body["context"],
        json!({ "library": { "name": "go", "version": "4" }, "app": { "name": "x" } })
    );
    assert_eq!(body["integrations"], json!({ "All": false }));
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_packed_body_is_unpacked_and_a_bomb_is_not() {
    let gzip = ["content-encoding: gzip", "content-type: text/plain"];
    let body = packed(&event(json!({ "userId": "u" })));
    assert_eq!(tell(&ask("POST /v1/i", &gzip, &body)), "200 identify");
    let bomb = packed(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 100_000);
    assert_eq!(
        tell(&ask("POST /v1/batch", &gzip, &bomb)),
        "400 -event_too_large 1"
    );
    assert_eq!(tell(&ask("POST /v1/i", &gzip, b"no gzip")), "400 -bad_request 1");
    assert_eq!(
        tell(&ask("POST /v1/i", &["content-encoding: br"], b"x")),
        "400 -bad_request 1"
    );
}

#[test]
fn what_nothing_was_read_of_is_lost_to_whom_the_header_names() {
    let whose = |headers: &[&str]| {
        let heard = ask("POST /v1/batch", headers, b"no JSON");
        assert_eq!(tell(&heard), "400 -bad_request 1");
        heard.lost[0].source.clone()
    };
    let basic = format!("authorization: Basic {}", STANDARD.encode("k:"));
    assert_eq!(whose(&[&basic]), Some("web".into()));
    assert_eq!(whose(&[]), None);
    let headers = [basic.as_str(), "content-encoding: gzip"];
    let limits = Limits {
        batch_bytes: 10,
        ..Limits::default()
    };
    let large = with(
        "POST /v1/batch",
        &headers,
        &self::packed(&[b'a'; 100]),
        limits,
        false,
    );
    assert_eq!(
        (tell(&large).as_str(), &large.lost[0].source),
        ("400 -event_too_large 1", &Some("web".into()))
    );
}

#[test]
fn hostile_bodies_get_one_clear_answer() {
    let deep = format!(
        r#"{{"writeKey":"k","userId":"u","traits":{}1{}}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let huge = format!(
        r#"{{"writeKey":"k","userId":"u","traits":{{"x":"{}"}}}}"#,
        "y".repeat(40_000)
    );
    for (line, body) in [
        ("POST /v1/i", deep.as_bytes()),
        ("POST /v1/i", huge.as_bytes()),
        ("POST /v1/i", b"{\"writeKey\":\"k\",\"userId\":\"\xff\xfe\"}"),
        ("POST /v1/i", b""),
        ("POST /v1/i", b"[]"),
        ("POST /v1/i", b"{"),
        ("POST /v1/batch", b"{\"batch\":{}}"),
        ("POST /v1/batch", b"{\"writeKey\":\"k\"}"),
    ] {
        let heard = ask(line, &[], body);
        assert!(heard.events.is_empty(), "{line} {:?}", heard.answer);
        let said: Value = serde_json::from_slice(heard.answer.body()).unwrap();
        if status(&heard) != 200 {
            assert_eq!((status(&heard), said["success"].clone()), (400, json!(false)));
            assert!(said["code"].is_string() && said["message"].is_string() && said["error"].is_string());
        }
    }
    let kind = ["content-type: multipart/form-data"];
    assert_eq!(
        tell(&ask("POST /v1/i", &kind, &event(json!({ "userId": "u" })))),
        "400 -bad_request 1"
    );
}

#[test]
fn one_event_too_large_or_too_many_loses_none_of_the_others() {
    let large = "y".repeat(40_000);
    let batch = json!({ "writeKey": "k", "batch": [
        { "type": "identify", "userId": "u", "traits": { "x": large } },
        { "type": "identify", "userId": "v" },
    ]});
    let heard = ask("POST /v1/batch", &[], batch.to_string().as_bytes());
    assert_eq!(tell(&heard), "200 identify -event_too_large 1");
    let limits = Limits {
        batch_events: 2,
        ..Limits::default()
    };
    let one = json!({ "type": "identify", "userId": "u" });
    let batch = json!({ "writeKey": "k", "batch": [one, one, one, one] }).to_string();
    let heard = with("POST /v1/batch", &[], batch.as_bytes(), limits, false);
    assert_eq!(tell(&heard), "200 identify identify -batch_too_long 2");
    let empty = json!({ "writeKey": "k", "batch": [] }).to_string();
    assert_eq!(
        tell(&ask("POST /v1/batch", &[], empty.as_bytes())),
        "200 -empty_batch 1"
    );
}

#[test]
fn what_a_batch_says_of_all_makes_it_no_larger_than_one_may_be() {
    let one = json!({ "type": "identify", "userId": "u" });
    let context = json!({ "about": "x".repeat(400_000) });
    let batch = json!({ "writeKey": "k", "context": context, "batch": vec![one; 20] }).to_string();
    let heard = ask("POST /v1/batch", &[], batch.as_bytes());
    let bytes: usize = heard.events.iter().map(|event| event.body.len()).sum();
    assert!(bytes <= Limits::default().merged_bytes, "{bytes}");
    assert_eq!(
        tell(&heard),
        format!("200{} -batch_too_long 10", " identify".repeat(10))
    );
}

#[test]
fn half_a_character_and_nul_are_replaced_so_that_the_event_can_be_kept() {
    let body = br#"{"writeKey":"k","userId":"u","event":"e\ud83d","properties":{"ok":"\ud83d\ude00"}}"#;
    let heard = ask("POST /v1/t", &[], body);
    let event = heard.events.first().unwrap();
    let kept: Value = serde_json::from_str(&event.body).unwrap();
    assert_eq!(
        (kept["event"].as_str(), kept["properties"]["ok"].as_str()),
        (Some("e\u{fffd}"), Some("\u{1f600}"))
    );
    let batch =
        br#"{"writeKey":"k","context":{"groupId":"\u0000"},"batch":[{"type":"page","userId":"u\u0000"}]}"#;
    let heard = ask("POST /v1/batch", &[], batch);
    let event = heard.events.first().unwrap();
    assert_eq!(event.user_id.as_deref(), Some("u\u{fffd}"));
    assert_eq!(event.json().unwrap()["context"]["groupId"], "\u{fffd}");
}

#[test]
fn a_picture_comes_whatever_is_wrong() {
    let data = STANDARD.encode(event(json!({ "userId": "u", "event": "opened" })));
    for (query, expected) in [
        (format!("data={data}"), "200 track"),
        (format!("data={}", data.trim_end_matches('=')), "200 track"),
        (
            "writeKey=k&userId=u&event=opened&properties.subject=Hello+there".to_owned(),
            "200 track",
        ),
        ("data=!!!".to_owned(), "200 -bad_request 1"),
        (String::new(), "200 -bad_request 1"),
    ] {
        let heard = ask(&format!("GET /v1/pixel/track?{query}"), &[], b"");
        assert_eq!(tell(&heard), expected, "{query}");
        assert!(heard.answer.body().starts_with(b"GIF89a"));
        if query.starts_with("writeKey") {
            let body: Value = serde_json::from_str(&heard.events.first().unwrap().body).unwrap();
            assert_eq!(body["properties"], json!({ "subject": "Hello there" }));
        }
    }
}

#[test]
fn a_browser_learns_where_its_events_go_and_may_send_them() {
    let host = ["host: 127.0.0.1:8080", "origin: https://shop.example"];
    let heard = ask("GET /v1/projects/k/settings", &host, b"");
    let document: Value = serde_json::from_slice(heard.answer.body()).unwrap();
    let own = &document["integrations"]["Segment.io"];
    assert_eq!(
        (&own["apiKey"], &own["apiHost"], &own["protocol"]),
        (&json!("k"), &json!("127.0.0.1:8080/v1"), &json!("http"))
    );
    assert_eq!(document["integrations"].as_object().unwrap().len(), 1);
    assert_eq!(status(&ask("GET /v1/projects/nobody/settings", &host, b"")), 404);
    let header = |heard: &Heard, name: &str| {
        let value = heard
            .answer
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned());
        value.unwrap_or_default()
    };
    assert_eq!(
        header(&heard, "access-control-allow-origin"),
        "https://shop.example"
    );
    let asked = [
        "origin: https://shop.example",
        "access-control-request-headers: authorization, x-mine",
    ];
    let heard = ask("OPTIONS /v1/t", &asked, b"");
    assert_eq!(status(&heard), 204);
    assert_eq!(
        header(&heard, "access-control-allow-headers"),
        "Authorization, Content-Type, X-Retry-Count, x-mine"
    );
    assert_eq!(header(&heard, "access-control-allow-credentials"), "true");
    let headers = HeaderMap::new();
    let busy = busy(&headers, 2);
    let wait = busy.headers().get("retry-after").unwrap();
    assert_eq!((busy.status().as_u16(), wait.as_bytes()), (503, b"2".as_slice()));
}
