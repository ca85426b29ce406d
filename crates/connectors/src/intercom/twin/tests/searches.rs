//! Contacts searched: by days, by marks, in order, page by page.

use serde_json::{Value, json};

use super::{START, Stand, stand, texts};

const DAY: i64 = 86_400;

/// Contacts `u0`, `u1` … `u4`, a day apart, the first at the beginning.
fn people(settings: &[(&str, &str)]) -> Stand {
    let mut twin = stand(settings);
    for at in 0..5 {
        twin.did(
            "POST /contacts",
            json!({"external_id": format!("u{at}"), "email": format!("u{at}@b.example"), "name": format!("Name {at}")}),
        );
        twin.wait(DAY);
    }
    twin
}

fn filter(field: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({"field": field, "operator": operator, "value": value.into()})
}

fn found(twin: &mut Stand, query: Value) -> Vec<String> {
    let sort = json!({"field": "updated_at", "order": "ascending"});
    let answer = twin.did("POST /contacts/search", json!({"query": query, "sort": sort}));
    let found = texts(&answer["data"], "external_id");
    assert_eq!(answer["total_count"], found.len());
    found
}

#[test]
fn times_are_compared_by_days() {
    let mut twin = people(&[]);
    // A second of the day of `u2`, before it was made.
    let time = START + 2 * DAY - 3_600;
    let mut check = |operator: &str, expected: &[&str]| {
        let query = filter("updated_at", operator, time);
        assert_eq!(found(&mut twin, query), expected, "{operator}");
    };
    check("=", &["u2"]);
    check(">", &["u3", "u4"]);
    check("<", &["u0", "u1"]);
    let both = json!({"operator": "OR", "value": [filter("updated_at", ">", time), filter("updated_at", "=", time)]});
    assert_eq!(found(&mut twin, both), ["u2", "u3", "u4"]);
    for operator in ["!=", ">=", "<=", "IN", "NIN"] {
        let value = match operator {
            "IN" | "NIN" => json!([time]),
            _ => json!(time),
        };
        let body = json!({"query": filter("updated_at", operator, value)});
        twin.refuses("POST /contacts/search", Some(body), "400 parameter_invalid");
    }
}

#[test]
fn the_day_is_that_of_the_workspace() {
    // In New York it is eleven in the morning; at midnight UTC it is still the same day there.
    let midnight = 1_734_566_400;
    let check = |zone: &str, expected: &[&str]| {
        let mut twin = people(&[("timezone", zone)]);
        let query = filter("created_at", "=", midnight);
        assert_eq!(found(&mut twin, query), expected, "{zone}");
    };
    check("America/New_York", &["u0"]);
    check("UTC", &["u1"]);
}

#[test]
fn texts_flags_and_marks_are_found() {
    let mut twin = people(&[]);
    let check = |twin: &mut Stand, query: Value, expected: &[&str]| {
        assert_eq!(found(twin, query.clone()), expected, "{query}");
    };
    check(
        &mut twin,
        filter("external_id", "IN", json!(["u1", "u3"])),
        &["u1", "u3"],
    );
    check(&mut twin, filter("email", "^", "u2@"), &["u2"]);
    check(
        &mut twin,
        filter("name", "~", "name"),
        &["u0", "u1", "u2", "u3", "u4"],
    );
    check(&mut twin, filter("email_domain", "!=", "b.example"), &[]);
    check(&mut twin, filter("unsubscribed_from_emails", "=", true), &[]);
    let id = texts(&twin.get("GET /contacts")["data"], "id").remove(0);
    let tag = twin.did("POST /tags", json!({"name": "vip", "users": [{"id": id}]}));
    check(&mut twin, filter("tag_id", "=", tag["id"].clone()), &["u4"]);
    check(
        &mut twin,
        filter("tag_id", "!=", tag["id"].clone()),
        &["u0", "u1", "u2", "u3"],
    );
    twin.refuses(
        "POST /contacts/search",
        Some(json!({"query": filter("nothing", "=", 1)})),
        "400 invalid_field",
    );
    twin.refuses(
        "POST /contacts/search",
        Some(json!({"query": filter("role", ">", "user")})),
        "400 parameter_invalid",
    );
    twin.refuses("POST /contacts/search", None, "400 parameter_not_found");
}

#[test]
fn pages_follow_each_other_in_both_orders() {
    let mut twin = people(&[]);
    for (order, expected) in [
        ("ascending", ["u0", "u1", "u2", "u3", "u4"]),
        ("descending", ["u4", "u3", "u2", "u1", "u0"]),
    ] {
        let mut seen = Vec::new();
        let mut after = Value::Null;
        loop {
            let body = json!({
                "query": filter("role", "=", "user"),
                "sort": {"field": "updated_at", "order": order},
                "pagination": {"per_page": 2, "starting_after": after},
            });
            let page = twin.did("POST /contacts/search", body);
            seen.extend(texts(&page["data"], "external_id"));
            match page["pages"].get("next") {
                Some(next) => after = next["starting_after"].clone(),
                None => break,
            }
        }
        assert_eq!(seen, expected, "{order}");
    }
    let body =
        json!({"query": filter("role", "=", "user"), "sort": {"field": "updated_at", "order": "desc"}});
    twin.refuses(
        "POST /contacts/search",
        Some(body.clone()),
        "400 invalid_sort_order Invalid sort order 'desc'. Must be one of: ascending, descending",
    );
    twin.version = "2.14";
    assert_eq!(
        texts(&twin.did("POST /contacts/search", body)["data"], "external_id")[0],
        "u4"
    );
}

#[test]
fn a_new_contact_may_be_found_later_only() {
    let mut twin = stand(&[("index_seconds", "60")]);
    twin.did("POST /contacts", json!({"external_id": "u"}));
    let query = || filter("role", "=", "user");
    assert_eq!(found(&mut twin, query()), [""; 0]);
    twin.wait(60);
    assert_eq!(found(&mut twin, query()), ["u"]);
}
