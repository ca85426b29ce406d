use http::Method;
use serde_json::{Value, json};

use super::{Desk, holds, read, ticket};
use crate::kit::Request;

fn check(path: &str, body: Value, status: u16, expected: Value) {
    check_with(&[], path, body, status, expected);
}

fn check_with(settings: &[(&str, &str)], path: &str, body: Value, status: u16, expected: Value) {
    let mut desk = Desk::with(settings);
    desk.furnish();
    let (got, answer) = desk.post(path, body.clone());
    assert_eq!(got, status, "{path} {body}: {answer}");
    assert!(
        holds(&answer, &expected),
        "{path} {body}: {answer} lacks {expected}"
    );
}

#[test]
fn bodies_are_checked_strictly() {
    // tidy: long because it is one table.
    check(
        "accounts.create",
        json!({"display_name": "B", "nope": 1}),
        400,
        json!({"type": "invalid_field", "field_name": "nope"}),
    );
    check(
        "accounts.create",
        json!({}),
        400,
        json!({"type": "missing_required_field", "field_name": "display_name"}),
    );
    check(
        "accounts.create",
        json!({"display_name": 7}),
        400,
        json!({"type": "unexpected_json_type", "field_name": "display_name", "expected": "string", "actual": "number"}),
    );
    check(
        "accounts.create",
        json!({"display_name": null}),
        400,
        json!({"type": "unexpected_json_type", "actual": "null"}),
    );
    check(
        "accounts.create",
        json!({"display_name": "B", "domains": "b"}),
        400,
        json!({"field_name": "domains", "expected": "array"}),
    );
    check(
        "accounts.create",
        json!({"display_name": "B", "owned_by": ["me"]}),
        400,
        json!({"type": "invalid_id", "field_name": "owned_by"}),
    );
    check(
        "accounts.create",
        json!({"display_name": "B", "owned_by": ["REVU-1"]}),
        400,
        json!({"type": "unexpected_id_type", "field_name": "owned_by"}),
    );
    check(
        "accounts.create",
        json!({"display_name": "B", "owned_by": ["DEVU-9"]}),
        400,
        json!({"type": "invalid_id", "field_name": "owned_by"}),
    );
    check(
        "accounts.get",
        json!({"id": "ACC-9"}),
        404,
        json!({"message": "Not Found", "type": "not_found"}),
    );
    check(
        "accounts.get",
        json!({"id": "TKT-1"}),
        400,
        json!({"type": "unexpected_id_type", "field_name": "id"}),
    );
    check("accounts.get", json!([]), 400, json!({"type": "parse_error"}));
    check(
        "works.create",
        ticket(json!({"title": ""})),
        400,
        json!({"field_name": "title"}),
    );
    check(
        "works.create",
        ticket(json!({"title": "x".repeat(257)})),
        400,
        json!({"field_name": "title"}),
    );
    check(
        "works.create",
        ticket(json!({"body": "é".repeat(65_537)})),
        400,
        json!({"field_name": "body"}),
    );
    check(
        "works.create",
        ticket(json!({"body": "é".repeat(65_536)})),
        201,
        json!({}),
    );
    check(
        "works.create",
        ticket(json!({"severity": "huge"})),
        400,
        json!({"type": "invalid_enum_value", "field_name": "severity", "value": "huge", "allowed_values": ["blocker", "high", "low", "medium"]}),
    );
    check(
        "works.create",
        ticket(json!({"priority": "p0"})),
        400,
        json!({"type": "invalid_field", "field_name": "priority"}),
    );
    check(
        "works.create",
        ticket(json!({"stage": {"name": "resolved"}})),
        400,
        json!({"type": "value_not_permitted", "field_name": "stage.name"}),
    );
    check(
        "works.create",
        ticket(json!({"stage": {"name": "nope"}})),
        400,
        json!({"type": "value_not_permitted"}),
    );
    check(
        "works.create",
        ticket(json!({"target_close_date": "tomorrow"})),
        400,
        json!({"field_name": "target_close_date"}),
    );
    check(
        "works.create",
        ticket(json!({"owned_by": []})),
        400,
        json!({"field_name": "owned_by"}),
    );
    check(
        "works.update",
        json!({"id": "TKT-1", "severity": "low"}),
        400,
        json!({"type": "invalid_field", "field_name": "severity"}),
    );
    check(
        "works.update",
        json!({"id": "TKT-1", "type": "issue"}),
        400,
        json!({"field_name": "type"}),
    );
    check(
        "works.list",
        json!({"subtype": ["x"]}),
        400,
        json!({"type": "invalid_field", "field_name": "subtype"}),
    );
    check(
        "works.list",
        json!({"limit": 101}),
        400,
        json!({"field_name": "limit"}),
    );
    check(
        "works.list",
        json!({"sort_by": ["title"]}),
        400,
        json!({"field_name": "sort_by"}),
    );
    check(
        "works.list",
        json!({"cursor": "é"}),
        400,
        json!({"field_name": "cursor"}),
    );
    check(
        "works.list",
        json!({"modified_date": {"after": "2024-01-01T00:00:00Z"}}),
        400,
        json!({"type": "missing_required_field", "field_name": "modified_date.type"}),
    );
    check(
        "parts.update",
        json!({"id": "PROD-1", "name": "x"}),
        400,
        json!({"type": "bad_request"}),
    );
    check(
        "timeline-entries.create",
        json!({"type": "timeline_comment", "object": "TKT-1", "labels": ["x".repeat(65)]}),
        400,
        json!({"field_name": "labels"}),
    );
    check(
        "timeline-entries.create",
        json!({"type": "timeline_comment", "object": "TKT-1", "expires_at": "2020-01-01T00:00:00Z"}),
        400,
        json!({"field_name": "expires_at"}),
    );
    check(
        "dev-users.create",
        json!({"email": "x@y", "state": "active"}),
        400,
        json!({"type": "invalid_enum_value"}),
    );
}

#[test]
fn keys_are_unique() {
    // tidy: long because it is one table.
    let conflict = || json!({"message": "Conflict", "type": "conflict"});
    check(
        "accounts.create",
        json!({"display_name": "B", "external_refs": ["x", "acme"]}),
        409,
        conflict(),
    );
    check(
        "accounts.create",
        json!({"display_name": "B", "domains": ["acme.example"]}),
        409,
        conflict(),
    );
    check(
        "accounts.create",
        json!({"display_name": "B", "websites": ["https://www.acme.example/x"]}),
        409,
        conflict(),
    );
    check(
        "accounts.create",
        json!({"display_name": "Acme"}),
        409,
        conflict(),
    );
    check_with(
        &[("account_display_name", "any")],
        "accounts.create",
        json!({"display_name": "Acme"}),
        201,
        json!({}),
    );
    check(
        "accounts.update",
        json!({"id": "ACC-1", "display_name": "Acme", "external_refs": ["acme"]}),
        200,
        json!({}),
    );
    check("rev-users.create", json!({"external_ref": "a"}), 409, conflict());
    check(
        "rev-users.create",
        json!({"external_refs": ["a"]}),
        409,
        conflict(),
    );
    check(
        "rev-orgs.create",
        json!({"account": "ACC-1", "display_name": "W", "external_ref": "REV-1"}),
        201,
        json!({}),
    );
    check("tags.create", json!({"name": "vip"}), 409, conflict());
    check(
        "dev-users.create",
        json!({"email": "operator@interline.example", "state": "shadow"}),
        409,
        conflict(),
    );
    check_with(
        &[("dev_user_email", "accept")],
        "dev-users.create",
        json!({"email": "operator@interline.example", "state": "shadow"}),
        201,
        json!({}),
    );
}

#[test]
fn switches_change_what_is_open() {
    check_with(
        &[("works_external_ref", "refuse")],
        "works.create",
        ticket(json!({"external_ref": "x"})),
        400,
        json!({"type": "invalid_field", "field_name": "external_ref"}),
    );
    check_with(
        &[("missing_reference", "not_found")],
        "works.create",
        ticket(json!({"applies_to_part": "PROD-9"})),
        404,
        json!({}),
    );
    check_with(
        &[("over_max_page", "clamp")],
        "works.list",
        json!({"limit": 1000}),
        200,
        json!({}),
    );
    check_with(
        &[("null_fields", "ignore")],
        "works.create",
        ticket(json!({"severity": null})),
        201,
        json!({}),
    );
    check_with(
        &[("null_fields", "ignore")],
        "works.list",
        json!({"stage": null}),
        200,
        json!({}),
    );
    check_with(
        &[("conversation_stage", "start_only")],
        "conversations.create",
        json!({"type": "support", "stage": {"name": "resolved"}}),
        400,
        json!({"type": "value_not_permitted"}),
    );
}

#[test]
fn display_ids_can_be_refused() {
    let mut desk = Desk::with(&[("display_ids", "refuse")]);
    let refused = desk.post("dev-users.get", json!({"id": "DEVU-1"})).1;
    assert!(holds(
        &refused,
        &json!({"type": "invalid_id", "field_name": "id"})
    ));
    let don = "don:identity:dvrv-us-1:devo/1nterL1ne:devu/1";
    assert_eq!(desk.post("dev-users.get", json!({"id": don})).0, 200);
}

#[test]
fn an_unknown_switch_names_the_nearest() {
    let open = |name: &str, value: &str| {
        let options = crate::TwinOptions {
            token: None,
            settings: [(name.to_owned(), value.to_owned())].into(),
        };
        super::super::open(&options)
            .err()
            .unwrap()
            .advice()
            .unwrap()
            .to_owned()
    };
    assert_eq!(open("max_pages", "100"), "the nearest that exists is `max_page`");
    assert_eq!(
        open("works_external_ref", "acept"),
        "the nearest that exists is `accept`"
    );
}

#[test]
fn the_door_knows_paths_tokens_and_versions() {
    let mut desk = Desk::new();
    let (status, body) = desk.post("accounts.invent", json!({}));
    assert_eq!((status, body), (404, json!({"message": "route not found"})));
    assert_eq!(desk.get("accounts.create", &[]).0, 404);
    assert_eq!(desk.get("ping", &[]).0, 200);

    let now = model::Timestamp::UNIX_EPOCH;
    let bare =
        |token: &str| Request::new(Method::GET, "/dev-users.self").header(http::header::AUTHORIZATION, token);
    let mut status = |request: Request| read(&desk.twin.answer(&request, now));
    assert_eq!(status(bare("secret")).0, 200);
    assert_eq!(status(bare("Bearer secret")).0, 200);
    assert_eq!(
        status(bare("Bearer other")),
        (401, json!({"message": "Unauthorized", "type": "unauthenticated"}))
    );
    assert_eq!(status(Request::new(Method::GET, "/dev-users.self")).0, 401);
    let versioned =
        |version: &str| bare("secret").header(http::HeaderName::from_static("x-devrev-version"), version);
    assert_eq!(status(versioned("2022-10-20")).0, 200);
    assert!(holds(
        &status(versioned("2020-01-01")).1,
        &json!({"type": "invalid_api_version", "value": "2020-01-01"})
    ));

    let empty =
        Request::new(Method::POST, "/works.list").header(http::header::CONTENT_TYPE, "application/json");
    assert_eq!(read(&desk.send(empty)).0, 400);
}
