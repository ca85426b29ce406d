// tidy: long because its tests are tables.
use serde_json::{Value, json};

use super::{Desk, holds, ticket};

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

/// Two stages of one's own, named by their ids below.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.furnish();
    desk.license();
    desk.ok(
        "states.custom.create",
        json!({"name": "paused", "ordinal": 10, "is_final": false}),
    );
    desk.ok(
        "stages.custom.create",
        json!({"name": "trial", "ordinal": 1, "state": "open"}),
    );
    desk.ok(
        "stages.custom.create",
        json!({"name": "paid", "ordinal": 2, "state": "CUSTOM-STATE-4"}),
    );
    desk.ok(
        "stages.custom.create",
        json!({"name": "over", "ordinal": 3, "state": "closed"}),
    );
    desk
}

const TRIAL: &str = "CUSTOM-STAGE-36";
const PAID: &str = "CUSTOM-STAGE-37";
const OVER: &str = "CUSTOM-STAGE-38";

/// From the trial to the paid, from there to the end.
fn diagram(leaf: &str, more: Value) -> Value {
    let way = |stage: &str| json!([{"target_stage_id": stage}]);
    let mut body = json!({"leaf_type": leaf, "name": "D", "stages": [
        {"stage_id": TRIAL, "is_start": true, "transitions": way(PAID)},
        {"stage_id": PAID, "transitions": way(OVER)},
        {"stage_id": OVER},
    ]});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn states_and_stages_can_be_added() {
    // tidy: long because it is one table.
    check(
        &mut desk(),
        &[
            (
                "stages.custom.get",
                json!({"id": PAID}),
                200,
                json!({"custom_stage": {"name": "paid", "state": {"name": "paused", "is_final": false}}}),
            ),
            (
                "stages.custom.get",
                json!({"id": "CUSTOM-STAGE-1"}),
                200,
                json!({"custom_stage": {"name": "queued", "state": {"name": "open"}}}),
            ),
            (
                "stages.custom.list",
                json!({"name": ["trial", "over"]}),
                200,
                json!({"result": [{"name": "trial"}, {"name": "over"}]}),
            ),
            (
                "stages.custom.update",
                json!({"id": PAID, "name": "bought", "state_id": "CUSTOM-STATE-2"}),
                200,
                json!({"custom_stage": {"name": "bought", "state": {"name": "in_progress"}}}),
            ),
            (
                "stages.custom.update",
                json!({"id": "CUSTOM-STAGE-1", "name": "x"}),
                400,
                json!({}),
            ),
            (
                "stages.custom.create",
                json!({"name": "x", "ordinal": 1, "state": "nope"}),
                400,
                json!({"field_name": "state"}),
            ),
            (
                "states.custom.create",
                json!({"name": "x", "ordinal": 10}),
                400,
                json!({"field_name": "ordinal"}),
            ),
            (
                "states.custom.update",
                json!({"id": "CUSTOM-STATE-4", "is_final": true}),
                200,
                json!({"custom_state": {"is_final": true}}),
            ),
            (
                "states.custom.list",
                json!({"is_final": true}),
                200,
                json!({"result": [{"name": "closed"}, {"name": "paused"}]}),
            ),
        ],
    );
    let mut desk = desk();
    let first = desk.ok("stages.custom.list", json!({"limit": 30}));
    let rest = desk.ok(
        "stages.custom.list",
        json!({"limit": 30, "cursor": first["cursor"]}),
    );
    assert_eq!(rest["result"].as_array().unwrap().len(), 8);
    assert!(rest.get("cursor").is_none());
}

#[test]
fn a_diagram_has_one_start_and_only_its_own_stages() {
    // tidy: long because it is one table.
    let custom = json!({"is_custom_leaf_type": true});
    let bent = |stages: Value| {
        let mut body = diagram("license", custom.clone());
        body["stages"] = stages;
        ("stage-diagrams.create", body, 400, json!({"type": "bad_request"}))
    };
    check(
        &mut desk(),
        &[
            bent(json!([])),
            bent(json!([{"stage_id": TRIAL}])),
            bent(json!([{"stage_id": TRIAL, "is_start": true}, {"stage_id": PAID, "is_start": true}])),
            bent(json!([{"stage_id": TRIAL, "is_start": true}, {"stage_id": TRIAL}])),
            bent(json!([{"stage_id": TRIAL, "is_start": true, "transitions": [{"target_stage_id": PAID}]}])),
            (
                "stage-diagrams.create",
                diagram("license", json!({})),
                400,
                json!({}),
            ),
            (
                "stage-diagrams.create",
                diagram("nope", json!({})),
                400,
                json!({"field_name": "leaf_type"}),
            ),
            (
                "stage-diagrams.create",
                diagram(
                    "license",
                    json!({"is_custom_leaf_type": true, "is_default": true}),
                ),
                201,
                json!({"stage_diagram": {"stages": [{"is_start": true, "stage": {"name": "trial"}, "transitions": [{"target_stage": {"name": "paid"}}]}, {}, {"transitions": []}]}}),
            ),
            (
                "stage-diagrams.create",
                diagram(
                    "license",
                    json!({"is_custom_leaf_type": true, "is_default": true}),
                ),
                409,
                json!({}),
            ),
            (
                "stage-diagrams.get",
                json!({"leaf_type": "license", "is_custom_leaf_type": true}),
                200,
                json!({"stage_diagram": {"name": "D"}}),
            ),
            (
                "stage-diagrams.list",
                json!({"leaf_type": ["license"], "is_custom_leaf_type": true}),
                200,
                json!({"result": [{"is_default": true}]}),
            ),
            (
                "stage-diagrams.update",
                json!({"id": "STAGE-DIAGRAM-1", "stages": [{"stage_id": TRIAL, "is_start": true, "is_deprecated": true}]}),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "stage-diagrams.update",
                json!({"id": "STAGE-DIAGRAM-1", "name": "E", "stages": [{"stage_id": TRIAL, "is_start": true}]}),
                200,
                json!({"stage_diagram": {"name": "E", "stages": [{}]}}),
            ),
        ],
    );
}

#[test]
fn objects_follow_their_diagram() {
    // tidy: long because it is one table.
    let mut desk = desk();
    let license = |more: Value| {
        let mut body = json!({"leaf_type": "license"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let at = |stage: &str| json!({"custom_object": {"stage": {"stage": {"name": stage}}}});
    let fields =
        desk.ok("schemas.custom.list", json!({"leaf_type": ["license"]}))["result"][0]["fields"].clone();
    let attach = json!({"type": "tenant_fragment", "leaf_type": "license", "is_custom_leaf_type": true, "description": "d", "fields": fields, "stage_diagram": "STAGE-DIAGRAM-1"});
    check(
        &mut desk,
        &[
            (
                "custom-objects.create",
                license(json!({"stage": TRIAL})),
                400,
                json!({"field_name": "stage"}),
            ),
            (
                "stage-diagrams.create",
                diagram("license", json!({"is_custom_leaf_type": true})),
                201,
                json!({}),
            ),
            ("schemas.custom.set", attach, 201, json!({})),
            (
                "schemas.custom.list",
                json!({"leaf_type": ["license"]}),
                200,
                json!({"result": [{"stage_diagram_id": {"display_id": "STAGE-DIAGRAM-1"}}]}),
            ),
            (
                "schemas.aggregated.get",
                json!({"leaf_type": "license", "is_custom_leaf_type": true}),
                200,
                json!({"schema": {"stage_diagram_id": {"name": "D"}}}),
            ),
            ("custom-objects.create", license(json!({})), 201, at("trial")),
            (
                "custom-objects.create",
                license(json!({"stage": PAID})),
                400,
                json!({}),
            ),
            (
                "custom-objects.create",
                license(json!({"stage": PAID, "stage_validation_options": ["allow_non_start"]})),
                201,
                at("paid"),
            ),
            (
                "custom-objects.update",
                json!({"id": "C-LIC-1", "stage": OVER}),
                400,
                json!({}),
            ),
            (
                "custom-objects.update",
                json!({"id": "C-LIC-1", "stage": "CUSTOM-STAGE-1"}),
                400,
                json!({}),
            ),
            (
                "custom-objects.update",
                json!({"id": "C-LIC-1", "stage": PAID}),
                200,
                at("paid"),
            ),
            (
                "custom-objects.update",
                json!({"id": "C-LIC-1", "stage": TRIAL}),
                400,
                json!({}),
            ),
            (
                "custom-objects.update",
                json!({"id": "C-LIC-1", "stage": TRIAL, "stage_validation_options": ["allow_invalid_transition"]}),
                200,
                at("trial"),
            ),
        ],
    );
}

#[test]
fn a_subtype_of_tickets_may_have_stages_of_its_own() {
    // tidy: long because it is one table.
    let mut desk = desk();
    let of_trial = json!({"custom_schema_spec": {"subtype": "trial"}});
    check(
        &mut desk,
        &[
            (
                "stage-diagrams.create",
                diagram("ticket", json!({})),
                201,
                json!({}),
            ),
            (
                "schemas.custom.set",
                json!({"type": "custom_type_fragment", "leaf_type": "ticket", "subtype": "trial", "description": "d", "fields": [], "stage_diagram": "STAGE-DIAGRAM-1"}),
                201,
                json!({}),
            ),
            (
                "schemas.subtypes.prepare-update",
                json!({"leaf_type": "ticket", "object": "TKT-1", "new_subtype": "trial"}),
                200,
                json!({"new_start_stage": "don:core:dvrv-us-1:devo/1nterL1ne:custom_stage/36"}),
            ),
            (
                "works.create",
                ticket(of_trial.clone()),
                201,
                json!({"work": {"stage": {"name": "trial", "state": {"name": "open"}}}}),
            ),
            (
                "works.create",
                ticket(json!({})),
                201,
                json!({"work": {"stage": {"name": "queued"}}}),
            ),
            (
                "works.update",
                json!({"id": "TKT-2", "stage": {"name": "resolved"}}),
                400,
                json!({"allowed_values": ["trial", "paid", "over"]}),
            ),
            (
                "works.update",
                json!({"id": "TKT-2", "stage": {"name": "over"}}),
                400,
                json!({}),
            ),
            (
                "works.update",
                json!({"id": "TKT-2", "stage": {"name": "over"}, "stage_validation_options": ["allow_invalid_transition"]}),
                200,
                json!({"work": {"stage": {"name": "over", "state": {"is_final": true}}, "actual_close_date": "2023-11-14T22:13:37.000Z"}}),
            ),
            (
                "works.list",
                json!({"state": ["closed"]}),
                200,
                json!({"works": [{"display_id": "TKT-2"}]}),
            ),
            (
                "works.list",
                json!({"stage": {"name": ["over"]}}),
                200,
                json!({"works": [{"display_id": "TKT-2"}]}),
            ),
        ],
    );
}

#[test]
fn timelines_may_tell_of_changes() {
    let entries = |setting: &str| {
        let mut desk = Desk::with(&[("timeline_entries", setting)]);
        desk.furnish();
        desk.ok("works.update", json!({"id": "TKT-1", "title": "N"}));
        desk.ok(
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "TKT-1", "body": "b"}),
        );
        let list = desk.ok("timeline-entries.list", json!({"object": "TKT-1"}));
        let comments = desk.twin.dump("timeline_entry").unwrap().count();
        assert_eq!(comments, 1);
        list["timeline_entries"].clone()
    };
    assert!(holds(&entries("comments"), &json!([{"body": "b"}])));
    let all = entries("all");
    let expected = json!([
        {"type": "timeline_change_event", "object_display_id": "TKT-1", "event": {"type": "created", "created": {"object": {"type": "ticket"}}}},
        {"type": "timeline_change_event", "event": {"type": "updated", "updated": {"object_type": "ticket"}}},
        {"type": "timeline_comment", "body": "b"},
    ]);
    assert!(holds(&all, &expected), "{all}");
}
