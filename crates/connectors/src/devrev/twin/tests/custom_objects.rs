// tidy: long because its tests are tables.
use serde_json::{Value, json};

use super::{Desk, holds};

const SPEC: &str = r#"{"tenant_fragment": true}"#;

fn desk(settings: &[(&str, &str)]) -> Desk {
    let mut desk = Desk::with(settings);
    desk.furnish();
    desk.license();
    desk
}

fn license(key: &str, fields: Value) -> Value {
    let spec: Value = serde_json::from_str(SPEC).unwrap();
    json!({"leaf_type": "license", "unique_key": key, "custom_schema_spec": spec, "custom_fields": fields})
}

fn leaf(name: &str, more: Value) -> Value {
    let mut body = json!({"type": "tenant_fragment", "leaf_type": name, "description": "d", "is_custom_leaf_type": true, "id_prefix": "XY", "fields": []});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

/// Posts each in turn; the answer's status and what it must hold stand beside it.
fn check(desk: &mut Desk, calls: &[(&str, Value, u16, Value)]) {
    for (path, body, status, expected) in calls {
        let (got, answer) = desk.post(path, body.clone());
        assert_eq!(got, *status, "{path} {body}: {answer}");
        assert!(
            holds(&answer, expected),
            "{path} {body}: {answer} lacks {expected}"
        );
    }
}

#[test]
fn objects_of_a_made_leaf_type_are_made_read_changed_and_deleted() {
    // tidy: long because it is one table.
    let done = |body: Value| json!({"custom_object": body});
    check(
        &mut desk(&[]),
        &[
            (
                "custom-objects.create",
                license(
                    "a",
                    json!({"tnt__seats": 3, "tnt__account": "ACC-1", "tnt__notes": ["**x**"]}),
                ),
                201,
                done(json!({
                    "id": "don:core:dvrv-us-1:devo/1nterL1ne:custom_object/license/1", "display_id": "C-LIC-1", "leaf_type": "license", "unique_key": "a",
                    "custom_fields": {"tnt__seats": 3, "tnt__account": "don:identity:dvrv-us-1:devo/1nterL1ne:account/1", "tnt__notes": ["**x**"]},
                    "custom_schema_fragments": ["don:core:dvrv-us-1:devo/1nterL1ne:tenant_fragment/1"], "stock_schema_fragment": "don:core:dvrv-us-1:stock_sf/14",
                })),
            ),
            (
                "custom-objects.create",
                license("b", json!({"tnt__parent": "C-LIC-1"})),
                201,
                done(json!({"display_id": "C-LIC-2"})),
            ),
            (
                "custom-objects.create",
                license("a", json!({})),
                409,
                json!({"type": "conflict"}),
            ),
            (
                "custom-objects.create",
                json!({"leaf_type": "license"}),
                201,
                done(json!({"display_id": "C-LIC-3"})),
            ),
            (
                "custom-objects.create",
                json!({"leaf_type": "license"}),
                201,
                done(json!({"display_id": "C-LIC-4"})),
            ),
            (
                "custom-objects.create",
                license("c", json!({"tnt__parent": "ACC-1"})),
                400,
                json!({"subtype": "id_type_not_allowed"}),
            ),
            (
                "custom-objects.create",
                license("c", json!({"tnt__notes": ["", "", ""]})),
                400,
                json!({"subtype": "invalid_argument"}),
            ),
            (
                "custom-objects.create",
                json!({"leaf_type": "license", "custom_fields": {"tnt__seats": 1}}),
                400,
                json!({"type": "missing_required_field"}),
            ),
            (
                "custom-objects.update",
                json!({"id": "C-LIC-2", "title": "T", "custom_schema_spec": {"tenant_fragment": true}, "custom_fields": {"tnt__parent": null}}),
                200,
                done(json!({"title": "T"})),
            ),
            (
                "custom-objects.update",
                json!({"id": "C-LIC-2", "title": null}),
                200,
                done(json!({"unique_key": "b"})),
            ),
            (
                "custom-objects.update",
                json!({"id": "C-LIC-2", "unique_key": "z"}),
                400,
                json!({"type": "invalid_field", "field_name": "unique_key"}),
            ),
            (
                "custom-objects.update",
                json!({"id": "ACC-1"}),
                400,
                json!({"type": "unexpected_id_type"}),
            ),
            (
                "custom-objects.get",
                json!({"id": "don:core:dvrv-us-1:devo/1nterL1ne:custom_object/license/2"}),
                200,
                done(json!({"display_id": "C-LIC-2"})),
            ),
            (
                "custom-objects.get",
                json!({"id": "don:core:dvrv-us-1:devo/1nterL1ne:custom_object/nope/2"}),
                404,
                json!({}),
            ),
            ("custom-objects.get", json!({"id": "C-LIC-9"}), 404, json!({})),
            (
                "custom-objects.list",
                json!({}),
                400,
                json!({"type": "missing_required_field", "field_name": "leaf_type"}),
            ),
            (
                "custom-objects.list",
                json!({"leaf_type": "nope"}),
                400,
                json!({}),
            ),
            (
                "custom-objects.count",
                json!({"leaf_type": "license"}),
                200,
                json!({"count": 4}),
            ),
            ("custom-objects.delete", json!({"id": "C-LIC-1"}), 200, json!({})),
            ("custom-objects.get", json!({"id": "C-LIC-1"}), 404, json!({})),
            (
                "custom-objects.create",
                license("a", json!({})),
                201,
                done(json!({"display_id": "C-LIC-5"})),
            ),
        ],
    );
}

#[test]
fn leaf_types_number_and_key_their_objects_apart() {
    let mut desk = desk(&[]);
    desk.ok("schemas.custom.set", leaf("sale", json!({})));
    check(
        &mut desk,
        &[
            (
                "custom-objects.create",
                json!({"leaf_type": "license", "unique_key": "k"}),
                201,
                json!({"custom_object": {"display_id": "C-LIC-1"}}),
            ),
            (
                "custom-objects.create",
                json!({"leaf_type": "sale", "unique_key": "k"}),
                201,
                json!({"custom_object": {"display_id": "C-XY-1"}}),
            ),
            (
                "custom-objects.create",
                json!({"leaf_type": "sale", "unique_key": "k"}),
                409,
                json!({}),
            ),
            (
                "custom-objects.list",
                json!({"leaf_type": "sale", "sort_by": ["modified_date:desc"]}),
                200,
                json!({"result": [{"display_id": "C-XY-1"}]}),
            ),
            (
                "timeline-entries.create",
                json!({"type": "timeline_comment", "object": "C-XY-1", "external_ref": "n"}),
                201,
                json!({"timeline_entry": {"object_type": "custom_object", "object_display_id": "C-XY-1"}}),
            ),
            (
                "timeline-entries.get",
                json!({"id": "C-XY-1", "external_ref": "n"}),
                200,
                json!({}),
            ),
            (
                "custom-objects.get",
                json!({"id": "C-LIC-1"}),
                200,
                json!({"custom_object": {"leaf_type": "license"}}),
            ),
        ],
    );
    let entry =
        desk.ok("timeline-entries.list", json!({"object": "C-XY-1"}))["timeline_entries"][0]["id"].clone();
    assert!(
        entry.as_str().unwrap().contains(":custom_object/sale/1:comment/"),
        "{entry}"
    );
    desk.ok("timeline-entries.delete", json!({"id": entry}));
}

#[test]
fn a_leaf_type_is_made_once_and_as_it_should_be() {
    let bad = |name: &str, more: Value, field: &str| {
        (
            "schemas.custom.set",
            leaf(name, more),
            400,
            json!({"field_name": field}),
        )
    };
    check(
        &mut desk(&[]),
        &[
            bad("sale2", json!({}), "leaf_type"),
            bad("Sale", json!({}), "leaf_type"),
            bad("sale", json!({"id_prefix": "LIC"}), "id_prefix"),
            bad("sale", json!({"id_prefix": "X"}), "id_prefix"),
            bad("sale", json!({"id_prefix": "xy"}), "id_prefix"),
            bad("license", json!({"id_prefix": "XY"}), "id_prefix"),
            bad("sale", json!({"is_custom_leaf_type": false}), "leaf_type"),
            (
                "schemas.custom.set",
                leaf("ticket", json!({})),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "schemas.custom.set",
                json!({"type": "custom_type_fragment", "leaf_type": "sale", "subtype": "s", "description": "d", "is_custom_leaf_type": true}),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "schemas.custom.set",
                json!({"type": "tenant_fragment", "leaf_type": "license", "description": "d"}),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "schemas.custom.list",
                json!({"is_custom_leaf_type": true}),
                200,
                json!({"result": [{"leaf_type": "license", "id_prefix": "LIC", "is_custom_leaf_type": true}]}),
            ),
            (
                "schemas.custom.list",
                json!({"is_custom_leaf_type": false}),
                200,
                json!({"result": []}),
            ),
        ],
    );
}

#[test]
fn the_next_version_of_a_leaf_type_carries_every_field() {
    let mut desk = desk(&[]);
    desk.ok("custom-objects.create", license("a", json!({"tnt__seats": 3})));
    let next = |fields: Value, deleted: Value| {
        let more = json!({"id_prefix": "LIC", "fields": fields, "deleted_fields": deleted});
        leaf("license", more)
    };
    let key = json!({"name": "key", "field_type": "tokens", "is_filterable": true});
    let gone = json!(["seats", "account", "parent", "notes"]);
    check(
        &mut desk,
        &[
            (
                "schemas.custom.set",
                next(json!([key]), json!([])),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "schemas.custom.set",
                next(json!([key]), json!(["seats"])),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "schemas.custom.set",
                next(json!([key, {"name": "new", "field_type": "bool"}]), gone),
                201,
                json!({"id": "don:core:dvrv-us-1:devo/1nterL1ne:tenant_fragment/2"}),
            ),
            (
                "custom-objects.create",
                license("b", json!({"tnt__seats": 1})),
                400,
                json!({"subtype": "field_dropped"}),
            ),
            (
                "custom-objects.create",
                license("b", json!({"tnt__new": true})),
                201,
                json!({}),
            ),
            (
                "schemas.aggregated.get",
                json!({"leaf_type": "license", "is_custom_leaf_type": true}),
                200,
                json!({"schema": {"is_custom_leaf_type": true, "custom_fields": [{"name": "tnt__key"}, {"name": "tnt__new"}]}}),
            ),
            (
                "schemas.custom.list",
                json!({"leaf_type": ["license"]}),
                200,
                json!({"result": [{"id_prefix": "LIC", "leaf_type_display_name": "License"}]}),
            ),
        ],
    );
    let first = desk.ok("custom-objects.get", json!({"id": "C-LIC-1"}));
    assert!(first["custom_object"].get("custom_fields").is_none(), "{first}");
}

/// The keys that a filter finds among two licences; nothing if it is refused.
fn found(settings: &[(&str, &str)], filter: Value) -> Option<String> {
    let mut desk = desk(settings);
    desk.ok(
        "custom-objects.create",
        license(
            "a",
            json!({"tnt__seats": 3, "tnt__key": "k", "tnt__account": "ACC-1"}),
        ),
    );
    desk.ok("custom-objects.create", license("b", json!({"tnt__seats": 12})));
    let (status, answer) = desk.post(
        "custom-objects.list",
        json!({"leaf_type": "license", "filter": filter}),
    );
    let (_, count) = desk.post(
        "custom-objects.count",
        json!({"leaf_type": "license", "filters": [filter]}),
    );
    let keys = answer["result"]
        .as_array()?
        .iter()
        .map(|one| one["unique_key"].as_str().unwrap());
    let keys: String = keys.collect();
    assert_eq!(
        (status, count["count"].as_u64().unwrap()),
        (200, keys.len() as u64)
    );
    Some(keys)
}

#[test]
fn filters_are_expressions() {
    let eq = |field: &str, value: Value| found(&[], json!(["eq", field, value]));
    assert_eq!(eq("$custom_fields.tnt__key", json!("k")).unwrap(), "a");
    assert_eq!(eq("$custom_fields.tnt__seats", json!(12)).unwrap(), "b");
    assert_eq!(eq("$custom_fields.tnt__account", json!("ACC-1")).unwrap(), "a");
    assert_eq!(eq("$unique_key", json!("b")).unwrap(), "b");
    assert_eq!(eq("$unique_key", json!("c")).unwrap(), "");
    for (field, value) in [
        ("$custom_fields.tnt__nope", json!(1)),
        ("$custom_fields.tnt__parent", json!("C-LIC-1")),
        ("unique_key", json!("a")),
        ("$custom_fields.tnt__seats", json!("x")),
    ] {
        assert_eq!(eq(field, value), None, "{field}");
    }
    assert_eq!(found(&[], json!(["in", "$unique_key", ["a"]])), None);
    let all = |filter: Value| found(&[("custom_object_filters", "all")], filter);
    let seats = "$custom_fields.tnt__seats";
    assert_eq!(all(json!(["in", "$unique_key", ["a", "b", "c"]])).unwrap(), "ab");
    assert_eq!(all(json!(["gte", seats, 4])).unwrap(), "b");
    assert_eq!(all(json!(["lt", seats, 12])).unwrap(), "a");
    assert_eq!(all(json!(["ne", seats, 3])).unwrap(), "b");
    assert_eq!(
        all(json!(["or", ["eq", seats, 3], ["eq", seats, 12]])).unwrap(),
        "ab"
    );
    assert_eq!(
        all(json!([
            "and",
            ["eq", seats, 3],
            ["not", ["eq", "$unique_key", "a"]]
        ]))
        .unwrap(),
        ""
    );
    assert_eq!(
        all(json!(["gt", "$modified_date", "2020-01-01T00:00:00Z"])).unwrap(),
        "ab"
    );
    assert_eq!(all(json!(["near", seats, 3])), None);
    assert_eq!(all(json!("eq")), None);
    let deep = (0..40).fold(json!(["eq", seats, 3]), |inner, _| json!(["not", inner]));
    assert_eq!(all(deep), None);
}

#[test]
fn a_new_leaf_type_may_be_closed_for_a_while() {
    let create = json!({"leaf_type": "license", "unique_key": "a"});
    let forbidden = json!({"type": "forbidden"});
    let mut never = desk(&[("leaf_type_access", "never")]);
    for (path, body) in [
        ("custom-objects.create", create.clone()),
        ("custom-objects.list", json!({"leaf_type": "license"})),
    ] {
        check(&mut never, &[(path, body, 403, forbidden.clone())]);
    }
    let mut later = desk(&[("leaf_type_access", "after_a_minute")]);
    check(
        &mut later,
        &[("custom-objects.create", create.clone(), 403, forbidden)],
    );
    later.second += 60;
    check(&mut later, &[("custom-objects.create", create, 201, json!({}))]);
}

#[test]
fn a_taken_key_may_give_what_has_it() {
    let mut desk = desk(&[("custom_object_key", "existing")]);
    let first = desk.ok("custom-objects.create", license("a", json!({"tnt__seats": 3})));
    let second = desk.ok("custom-objects.create", license("a", json!({"tnt__seats": 4})));
    assert_eq!(first, second);
    check(
        &mut desk,
        &[(
            "custom-objects.count",
            json!({"leaf_type": "license"}),
            200,
            json!({"count": 1}),
        )],
    );
}

#[test]
fn a_change_of_subtype_is_told_before_it_is_made() {
    let mut desk = desk(&[]);
    let subtype = |name: &str, fields: Value| json!({"type": "custom_type_fragment", "leaf_type": "license", "is_custom_leaf_type": true, "subtype": name, "description": "d", "fields": fields});
    desk.ok(
        "schemas.custom.set",
        subtype(
            "trial",
            json!([{"name": "days", "field_type": "int"}, {"name": "why", "field_type": "text"}]),
        ),
    );
    desk.ok("schemas.custom.set", subtype("paid", json!([{"name": "days", "field_type": "text"}, {"name": "rate", "field_type": "double", "default_value": 1}])));
    desk.ok("custom-objects.create", json!({"leaf_type": "license", "custom_schema_spec": {"subtype": "trial"}, "custom_fields": {"ctype__days": 1}}));
    check(
        &mut desk,
        &[
            (
                "schemas.subtypes.prepare-update",
                json!({"leaf_type": "license", "object": "C-LIC-1", "new_subtype": "paid"}),
                200,
                json!({
                    "added_fields": [{"name": "ctype__rate", "default_value": 1}],
                    "dropped_fields": [{"name": "ctype__days", "conflict_type": "incompatible_type"}, {"name": "ctype__why", "conflict_type": "absent_in_new"}],
                    "new_custom_schema_fragments": ["don:core:dvrv-us-1:devo/1nterL1ne:tenant_fragment/1", "don:core:dvrv-us-1:devo/1nterL1ne:custom_type_fragment/2"],
                }),
            ),
            (
                "schemas.subtypes.prepare-update",
                json!({"leaf_type": "license", "new_subtype": "nope"}),
                400,
                json!({"subtype": "fragment_not_found"}),
            ),
            (
                "schemas.subtypes.prepare-update",
                json!({"leaf_type": "license", "object": "ACC-1"}),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "schemas.subtypes.list",
                json!({"leaf_type": "license"}),
                200,
                json!({"subtypes": [{"value": "paid"}, {"value": "trial"}]}),
            ),
        ],
    );
}

#[test]
fn leaf_types_and_their_objects_survive_a_save() {
    let mut desk = desk(&[]);
    desk.ok("custom-objects.create", license("a", json!({"tnt__seats": 3})));
    desk.ok(
        "custom-objects.create",
        license("b", json!({"tnt__parent": "C-LIC-1"})),
    );
    desk.ok("custom-objects.delete", json!({"id": "C-LIC-1"}));
    desk.ok("schemas.custom.set", leaf("sale", json!({})));
    let mut saved = Vec::new();
    desk.twin.save(&mut saved).unwrap();
    let mut other = Desk::new();
    other.second = desk.second;
    other.twin.load(&mut saved.as_slice()).unwrap();
    for (path, body) in [
        ("custom-objects.list", json!({"leaf_type": "license"})),
        ("custom-objects.create", license("b", json!({}))),
        ("custom-objects.create", license("c", json!({"tnt__seats": 1}))),
        ("custom-objects.create", json!({"leaf_type": "sale"})),
        ("schemas.custom.set", leaf("deal", json!({"id_prefix": "LIC"}))),
    ] {
        assert_eq!(desk.post(path, body.clone()), other.post(path, body), "{path}");
    }
    let dump: Vec<String> = desk.twin.dump("custom_object").unwrap().collect();
    assert_eq!(dump.len(), 3);
}
