//! How often a twin may be asked, and by whom.

use serde_json::{Value, json};

use super::{ask, noon, request, small, twin};
use crate::{Twin, planhat};

#[test]
fn a_minute_and_a_second_take_so_many_calls() {
    for (settings, statuses) in [
        (vec![], vec![(0, 200); 300]),
        (
            vec![("limits", "documented")],
            [vec![(0, 200); 150], vec![(0, 429), (1, 200)]].concat(),
        ),
        (
            vec![("limits", "documented"), ("soft_limit", "2"), ("hard_limit", "1")],
            vec![(0, 200), (0, 429), (1, 200), (2, 429), (7, 429), (8, 200)],
        ),
    ] {
        let mut twin = small(&settings);
        for (place, (after, status)) in statuses.into_iter().enumerate() {
            let now = noon() + std::time::Duration::from_secs(after);
            let answer = twin.answer(&request("GET /companies", None), now);
            assert_eq!(answer.response.status, status, "{settings:?} at {place}");
        }
    }
}

#[test]
fn rate_headers_come_in_both_spellings() {
    let mut twin = small(&[("limits", "documented"), ("soft_limit", "1")]);
    let first = twin.answer(&request("GET /companies", None), noon()).response;
    let second = twin.answer(&request("GET /companies", None), noon()).response;
    for (header, before, after) in [
        ("x-rate-limit-limit", Some("1"), Some("1")),
        ("x-ratelimit-remaining", Some("0"), Some("0")),
        ("x-ratelimit-reset", Some("1627579320"), Some("1627579320")),
        ("retry-after", None, Some("8")),
    ] {
        assert_eq!(first.header_text(header), before, "{header}");
        assert_eq!(second.header_text(header), after, "{header}");
    }
    assert_eq!(second.status, 429);
    let metric = request("POST /dimensiondata/t", Some(&json!([])));
    assert_eq!(twin.answer(&metric, noon()).response.status, 200);
}

#[test]
fn a_token_may_do_what_it_is_allowed_and_nothing_else() {
    let allowed = "Company:view, End Users (View),conversations.create,customfield:*";
    for (line, body, status) in [
        ("GET /companies", Value::Null, 200),
        ("GET /leancompanies", Value::Null, 200),
        ("POST /companies", json!({"name": "N"}), 403),
        ("GET /endusers", Value::Null, 200),
        ("PUT /endusers/e1", json!({}), 403),
        ("POST /conversations", json!({"companyId": "c1"}), 200),
        ("GET /conversations", Value::Null, 403),
        ("GET /tickets", Value::Null, 403),
        ("GET /licenses", Value::Null, 403),
        ("GET /timeentries", Value::Null, 403),
        ("GET /dimensiondata", Value::Null, 403),
        (
            "POST /customfields",
            json!({"name": "N", "type": "text", "parent": "task"}),
            200,
        ),
        ("PUT /users", json!([{"_id": "u1", "nickName": "A"}]), 403),
    ] {
        let mut twin = small(&[("permissions", allowed)]);
        assert_eq!(ask(&mut twin, line, body).0, status, "{line}");
    }
}

#[test]
fn settings_of_another_form_are_explained() {
    for (name, value) in [
        ("permissions", "compny:view"),
        ("permissions", "company:read"),
        ("permissions", "company"),
        ("soft_limit", "many"),
        ("hard_limit", "-1"),
    ] {
        let options = crate::TwinOptions {
            token: None,
            settings: [(name.to_owned(), value.to_owned())].into(),
        };
        let fault = planhat::twin::open(&options).err().unwrap();
        assert_eq!(fault.kind(), model::FaultKind::Settings, "{name}={value}");
    }
    let _ = twin(&[("permissions", ""), ("soft_limit", "")]);
}
