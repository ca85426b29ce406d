use serde_json::{Value, json};

use super::{Desk, holds};

fn fragment(fields: Value) -> Value {
    json!({"type": "tenant_fragment", "leaf_type": "account", "description": "d", "fields": fields})
}

/// A workspace whose accounts have a field of every common type.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.furnish();
    let fields = json!([
        {"name": "key", "field_type": "tokens", "is_filterable": true},
        {"name": "mrr", "field_type": "double", "gte": 0},
        {"name": "seats", "field_type": "int"},
        {"name": "note", "field_type": "text", "max_len": 5},
        {"name": "since", "field_type": "date"},
        {"name": "seen", "field_type": "timestamp"},
        {"name": "phase", "field_type": "enum", "allowed_values": ["a", "b"]},
        {"name": "level", "field_type": "uenum", "allowed_values": [{"id": 1, "label": "Low", "ordinal": 1}]},
        {"name": "owner", "field_type": "id", "id_type": ["devu"]},
        {"name": "words", "field_type": "array", "base_type": "tokens", "is_filterable": true},
        {"name": "fixed", "field_type": "bool", "is_immutable": true},
        {"name": "must", "field_type": "bool", "is_required": true},
    ]);
    desk.ok("schemas.custom.set", fragment(fields));
    desk
}

fn write(desk: &mut Desk, fields: Value) -> (u16, Value) {
    let body =
        json!({"id": "ACC-1", "custom_schema_spec": {"tenant_fragment": true}, "custom_fields": fields});
    desk.post("accounts.update", body)
}

fn refused(fields: Value, subtype: &str) {
    let (status, answer) = write(&mut desk(), fields.clone());
    assert_eq!(status, 400, "{fields}");
    let expected = json!({"type": "customization_validation_error", "subtype": subtype});
    assert!(holds(&answer, &expected), "{fields}: {answer}");
}

#[test]
fn values_must_fit_their_fields() {
    refused(json!({"tnt__nope": 1}), "field_not_in_schema");
    refused(json!({"key": "x"}), "field_not_in_schema");
    refused(json!({"tnt__key": 1}), "wrong_type");
    refused(json!({"tnt__seats": 1.5}), "wrong_type");
    refused(json!({"tnt__words": "x"}), "wrong_type");
    refused(json!({"tnt__words": [1]}), "wrong_type");
    refused(json!({"tnt__mrr": -1}), "invalid_argument");
    refused(json!({"tnt__note": "123456"}), "invalid_argument");
    refused(json!({"tnt__since": "2024-13-01"}), "date_parse_error");
    refused(json!({"tnt__seen": "2024-01-01"}), "timestamp_parse_error");
    refused(json!({"tnt__phase": "c"}), "enum_out_of_range");
    refused(json!({"tnt__level": 2}), "enum_out_of_range");
    refused(json!({"tnt__owner": "x"}), "id_parse_error");
    refused(json!({"tnt__owner": "ACC-1"}), "id_type_not_allowed");
}

#[test]
fn values_come_back_as_they_were() {
    let mut desk = desk();
    let values = json!({
        "tnt__key": "planhat:company:1", "tnt__mrr": 1.50, "tnt__seats": 3, "tnt__note": "é", "tnt__since": "2024-02-29",
        "tnt__seen": "2024-01-01T00:00:00Z", "tnt__phase": "a", "tnt__words": ["x", "y"],
    });
    let (_, answer) = write(&mut desk, values.clone());
    assert!(holds(&answer["account"]["custom_fields"], &values), "{answer}");
    let (_, answer) = write(
        &mut desk,
        json!({"tnt__level": 1, "tnt__owner": "DEVU-1", "tnt__note": null}),
    );
    let custom = &answer["account"]["custom_fields"];
    assert_eq!(
        custom["tnt__level"],
        json!({"id": 1, "label": "Low", "ordinal": 1})
    );
    assert!(custom["tnt__owner"].as_str().unwrap().ends_with(":devu/1"));
    assert!(custom.get("tnt__note").is_none());
    assert_eq!(custom["tnt__seats"], json!(3));
    assert_eq!(
        answer["account"]["custom_schema_fragments"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn custom_fields_need_a_spec_that_names_them() {
    let mut desk = desk();
    let body = json!({"id": "ACC-1", "custom_fields": {"tnt__key": "x"}});
    assert!(holds(
        &desk.post("accounts.update", body).1,
        &json!({"type": "missing_required_field", "field_name": "custom_schema_spec"})
    ));
    let body = json!({"id": "REVU-1", "custom_schema_spec": {"tenant_fragment": true}});
    assert!(holds(
        &desk.post("rev-users.update", body).1,
        &json!({"subtype": "fragment_not_found"})
    ));
    let body = json!({"id": "ACC-1", "custom_schema_spec": {"tenant_fragment": true, "validate_required_fields": true}});
    assert!(holds(
        &desk.post("accounts.update", body).1,
        &json!({"subtype": "field_required", "field_name": "tnt__must"})
    ));
    write(&mut desk, json!({"tnt__fixed": true}));
    assert!(holds(
        &write(&mut desk, json!({"tnt__fixed": false})).1,
        &json!({"subtype": "field_immutable"})
    ));
}

#[test]
fn lists_go_by_filterable_fields_only() {
    let mut desk = desk();
    write(
        &mut desk,
        json!({"tnt__key": "k", "tnt__words": ["x", "y"], "tnt__seats": 1}),
    );
    let found = |desk: &mut Desk, filter: Value| {
        let (status, answer) = desk.post("accounts.list", json!({"custom_fields": filter}));
        (status, answer["accounts"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(found(&mut desk, json!({"tnt__key": ["k"]})), (200, 1));
    assert_eq!(found(&mut desk, json!({"tnt__key": ["other"]})), (200, 0));
    assert_eq!(found(&mut desk, json!({"tnt__words": ["y", "z"]})), (200, 1));
    assert_eq!(found(&mut desk, json!({"tnt__seats": [1]})).0, 400);
    assert_eq!(found(&mut desk, json!({"tnt__nope": ["k"]})).0, 400);
    assert_eq!(found(&mut desk, json!({"tnt__key": "k"})).0, 400);
    assert_eq!(
        desk.get("accounts.list", &[("custom_fields.tnt__key", "k")]).0,
        400
    );
}

#[test]
fn a_fragment_is_replaced_by_its_next_version() {
    let mut desk = Desk::new();
    desk.furnish();
    let one = json!([{"name": "a", "field_type": "text"}]);
    let id = desk.ok("schemas.custom.set", fragment(one.clone()))["id"].clone();
    write(&mut desk, json!({"tnt__a": "x"}));
    let two = json!([{"name": "b", "field_type": "text"}]);
    assert!(holds(
        &desk.post("schemas.custom.set", fragment(two.clone())).1,
        &json!({"type": "bad_request"})
    ));
    let turned = json!([{"name": "a", "field_type": "int"}]);
    assert_eq!(desk.post("schemas.custom.set", fragment(turned)).0, 400);
    let mut dropping = fragment(two);
    dropping["deleted_fields"] = json!(["a"]);
    let next = desk.ok("schemas.custom.set", dropping)["id"].clone();
    assert_ne!(id, next);
    let old = desk.ok("schemas.custom.get", json!({"id": id}));
    assert!(holds(
        &old,
        &json!({"fragment": {"type": "tenant_fragment", "fields": one, "new_fragment_ref": {"id": next}}})
    ));
    let list = desk.ok("schemas.custom.list", json!({"leaf_type": ["account"]}));
    assert!(holds(
        &list,
        &json!({"result": [{"id": next, "old_fragment_ref": {"id": id}}]})
    ));
    assert!(holds(
        &write(&mut desk, json!({"tnt__a": "x"})).1,
        &json!({"subtype": "field_dropped"})
    ));
    assert!(
        desk.ok("accounts.get", json!({"id": "ACC-1"}))["account"]
            .get("custom_fields")
            .is_none()
    );
    let all = desk.ok("schemas.aggregated.get", json!({"leaf_type": "account"}));
    assert!(holds(
        &all,
        &json!({"schema": {"custom_fields": [{"name": "tnt__b", "field_type": "text"}]}})
    ));
    desk.ok("schemas.stock.get", json!({"leaf_type": "ticket"}));
    assert_eq!(
        desk.ok("schemas.stock.list", json!({"leaf_type": ["ticket"]}))["result"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_field_made_filterable_later_is_indexed() {
    let mut desk = Desk::new();
    desk.furnish();
    desk.ok(
        "schemas.custom.set",
        fragment(json!([{"name": "a", "field_type": "text"}])),
    );
    write(&mut desk, json!({"tnt__a": "x"}));
    desk.ok(
        "schemas.custom.set",
        fragment(json!([{"name": "a", "field_type": "text", "is_filterable": true}])),
    );
    let list = desk.ok("accounts.list", json!({"custom_fields": {"tnt__a": ["x"]}}));
    assert_eq!(list["accounts"].as_array().unwrap().len(), 1);
}

#[test]
fn subtypes_have_fields_of_their_own() {
    let mut desk = Desk::new();
    desk.furnish();
    desk.ok("schemas.custom.set", json!({"type": "custom_type_fragment", "leaf_type": "account", "subtype": "partner", "description": "d", "fields": [{"name": "rank", "field_type": "int"}]}));
    let spec = json!({"id": "ACC-1", "custom_schema_spec": {"subtype": "partner"}, "custom_fields": {"ctype__rank": 1}});
    let answer = desk.ok("accounts.update", spec);
    assert!(holds(
        &answer,
        &json!({"account": {"subtype": "partner", "custom_fields": {"ctype__rank": 1}}})
    ));
    assert!(holds(
        &desk.ok("schemas.subtypes.list", json!({"leaf_type": "account"})),
        &json!({"subtypes": [{"value": "partner"}]})
    ));
    let answer = desk.ok(
        "accounts.update",
        json!({"id": "ACC-1", "custom_schema_spec": {"drop": {"subtype": true}}}),
    );
    assert!(answer["account"].get("subtype").is_none() && answer["account"].get("custom_fields").is_none());
}
