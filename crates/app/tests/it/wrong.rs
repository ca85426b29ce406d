//! What is wrong in a batch is discarded with its word, and the rest is taken and brought, however odd it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    events::{done, serve, shown, wait_until},
    flow::{Flow, event},
    hostile::deep,
    raw::{request, say},
};

/// What was taken in of a source, and what was discarded, once that was noted.
fn noted(flow: &Flow, events: u64) -> (Value, BTreeMap<String, u64>) {
    let mut day = Value::Null;
    wait_until(|| {
        let list = shown(flow.path(), &["source", "list", "--json"]);
        day = list["sources"][0]["last_24_hours"].clone();
        let discarded = day["discarded"].as_object().unwrap().values();
        let discarded: u64 = discarded.filter_map(Value::as_u64).sum();
        day["accepted"].as_u64().unwrap() + discarded >= events
    });
    let discarded = serde_json::from_value(day["discarded"].clone()).unwrap();
    (day["accepted"].clone(), discarded)
}

/// Members of a track or another kind that are of the wrong type, and what becomes of the event.
const WRONG: &[(&str, &str, &str)] = &[
    ("track", r#""event":"e","userId":{}"#, "id_not_string"),
    ("track", r#""event":"e","userId":[]"#, "id_not_string"),
    ("track", r#""event":"e","userId":true"#, "id_not_string"),
    ("track", r#""event":"e","userId":"""#, "id_not_string"),
    ("track", r#""event":"e","userId":null"#, "no_user_anon_id"),
    ("track", r#""event":"e","userId":1e999"#, ""),
    (
        "track",
        r#""event":"e","userId":"a","userId":{}"#,
        "id_not_string",
    ),
    ("track", r#""event":"e","userId":{},"userId":"a""#, ""),
    ("track", r#""event":"e","userId":"nul\u0000""#, ""),
    ("track", r#""event":"e\u0000","userId":"a""#, ""),
    ("track", r#""event":"e","userId":"\ud800""#, ""),
    ("track", r#""event":"e","anonymousId":{}"#, "id_not_string"),
    ("track", r#""userId":"a""#, "event_not_defined"),
    ("track", r#""event":null,"userId":"a""#, "event_not_defined"),
    ("track", r#""event":{},"userId":"a""#, "event_not_string"),
    (
        "track",
        r#""event":"e","userId":"a","properties":"x""#,
        "properties_not_object",
    ),
    (
        "track",
        r#""event":"e","userId":"a","properties":[1]"#,
        "properties_not_object",
    ),
    (
        "track",
        r#""event":"e","userId":"a","properties":{"weight":1e999,"x":-1e-999}"#,
        "",
    ),
    (
        "track",
        r#""event":"e","userId":"a","properties":{"weight":"heavy"}"#,
        "",
    ),
    (
        "track",
        r#""event":"e","userId":"a","properties":{"":{"":[]},"\u0000":"\u0000"}"#,
        "",
    ),
    (
        "track",
        r#""event":"e","userId":"a","timestamp":5,"sentAt":[]"#,
        "",
    ),
    (
        "track",
        r#""event":"e","userId":"a","timestamp":"-009999-01-01T00:00:00Z""#,
        "",
    ),
    (
        "track",
        r#""event":"e","userId":"a","timestamp":"9999-12-30T00:00:00Z","sentAt":"-009999-01-02T00:00:00Z""#,
        "",
    ),
    (
        "track",
        r#""event":"e","userId":"a","context":7,"integrations":"x""#,
        "",
    ),
    (
        "track",
        r#""event":"e","userId":"a","context":{"traits":7,"groupId":{},"personas":7}"#,
        "",
    ),
    (
        "track",
        r#""event":"e","userId":"a","integrations":{"All":[],"Planhat":{}}"#,
        "",
    ),
    ("page", r#""userId":"a","name":5"#, "name_not_string"),
    ("page", r#""userId":"a","category":[]"#, "category_not_string"),
    ("identify", r#""userId":"a","traits":true"#, "traits_not_object"),
    (
        "identify",
        r#""userId":"b","traits":{"email":{},"name":[],"companyId":{},"title":7}"#,
        "",
    ),
    (
        "identify",
        r#""userId":"c","traits":{"":1,"a.b":2,"$c":3,"_id":4,"nul\u0000":"\u0000","companyId":"c1"}"#,
        "",
    ),
    ("group", r#""userId":"a","groupId":[]"#, "id_not_string"),
    ("group", r#""userId":"a","groupId":null"#, "id_required"),
    (
        "group",
        r#""userId":"a","groupId":"nul\u0000","traits":{"name":{},"employees":1e999}"#,
        "",
    ),
    ("alias", r#""userId":"a","previousId":{}"#, "id_not_string"),
    ("alias", r#""userId":"nul\u0000","previousId":"a/../b?c#d%""#, ""),
    ("TRACK", r#""event":"e","userId":"a""#, "bad_request"),
    ("track", r#""event":"e","userId":"a","type":{}"#, "bad_request"),
    ("track", r#""event":"e","userId":"a","type":null"#, "bad_request"),
];

// tidy: long because one batch holds all of this.
#[test]
fn what_is_wrong_in_a_batch_is_discarded_and_the_rest_is_brought() {
    let flow = Flow::new(&[]);
    let (_server, address) = serve(flow.path(), &[]);
    let company = json!({ "groupId": "c1", "traits": { "name": "One" } });
    let mut batch = vec![event("first", "group", "u1", company).to_string()];
    let mut discarded: BTreeMap<String, u64> = BTreeMap::new();
    for (at, (kind, members, why)) in WRONG.iter().enumerate() {
        batch.push(format!(r#"{{"type":"{kind}","messageId":"w{at}",{members}}}"#));
        if !why.is_empty() {
            *discarded.entry((*why).to_owned()).or_default() += 1;
        }
    }
    for id in ["null", "{}", "[]", "true", r#""""#, r#""nul\u0000""#, "7"] {
        batch.push(format!(
            r#"{{"type":"track","messageId":{id},"event":"e","userId":"a"}}"#
        ));
    }
    let long = "l".repeat(30_000);
    batch.push(format!(
        r#"{{"type":"track","messageId":"{long}","event":"e","userId":"a"}}"#
    ));
    batch.push(format!(
        r#"{{"type":"track","messageId":"long","event":"e","userId":"{long}"}}"#
    ));
    for (json, why) in [
        (deep(&flow.key, 100_000), "event_too_large"),
        (deep(&flow.key, 10_000), "bad_request"),
        (deep(&flow.key, 63), "bad_request"),
        ("\"x\"".to_owned(), "bad_request"),
        ("null".to_owned(), "bad_request"),
        ("7".to_owned(), "bad_request"),
        (
            format!(r#"{{"type":"page","userId":"{long}{long}"}}"#),
            "event_too_large",
        ),
    ] {
        batch.push(json);
        *discarded.entry(why.to_owned()).or_default() += 1;
    }
    let last = event("last", "track", "u1", json!({ "event": "Last" }));
    batch.push(last.to_string());
    let lost: u64 = discarded.values().sum();
    let events = batch.len() as u64;
    let (key, context) = (&flow.key, deep(&flow.key, 20_000));
    let body = format!(
        r#"{{"writeKey":"{key}","sentAt":{{}},"context":{context},"integrations":7,"batch":[{}]}}"#,
        batch.join(",")
    );
    let answer = say(address, &request("POST /v1/batch", &[], body.as_bytes()));
    assert_eq!(answer, Some((200, br#"{"success": true}"#.to_vec())));
    assert_eq!(noted(&flow, events), (json!(events - lost), discarded));
    let standing = flow.settled();
    assert_eq!(
        (&standing["stopped"], &standing["complaint"]),
        (&json!(false), &Value::Null)
    );
    let there = flow.there();
    let is_last = |one: &Value| one["action"] == "Last";
    assert_eq!(there["activity"].iter().filter(|one| is_last(one)).count(), 1);
    // What is held can be looked at and dropped, whatever its id is.
    done(flow.path(), &["events", "drop", "--all"]);
    assert_eq!(flow.held(), Vec::<String>::new());
}
