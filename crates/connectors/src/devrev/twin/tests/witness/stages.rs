use serde_json::{Value, json};

/// States, stages and diagrams, and objects that follow one.
pub(super) fn calls() -> Vec<(&'static str, Value)> {
    let nodes = json!([
        {"stage_id": "CUSTOM-STAGE-36", "is_start": true, "transitions": [{"target_stage_id": "CUSTOM-STAGE-1", "ui": {"is_hidden": false}}]},
        {"stage_id": "CUSTOM-STAGE-1", "is_deprecated": false},
    ]);
    vec![
        (
            "states.custom.create",
            json!({"name": "paused", "ordinal": 10, "is_final": false}),
        ),
        (
            "states.custom.update",
            json!({"id": "CUSTOM-STATE-4", "name": "on hold"}),
        ),
        ("states.custom.get", json!({"id": "CUSTOM-STATE-4"})),
        ("states.custom.list", json!({"limit": 2})),
        (
            "stages.custom.create",
            json!({"name": "trial", "ordinal": 1, "state": "don:core:dvrv-us-1:devo/1nterL1ne:custom_state/4"}),
        ),
        (
            "stages.custom.update",
            json!({"id": "CUSTOM-STAGE-36", "ordinal": 7}),
        ),
        ("stages.custom.get", json!({"id": "CUSTOM-STAGE-36"})),
        ("stages.custom.list", json!({"limit": 2})),
        (
            "stage-diagrams.create",
            json!({"leaf_type": "license", "is_custom_leaf_type": true, "is_default": true, "name": "D", "stages": nodes}),
        ),
        (
            "stage-diagrams.update",
            json!({"id": "STAGE-DIAGRAM-1", "name": "E"}),
        ),
        ("stage-diagrams.get", json!({"id": "STAGE-DIAGRAM-1"})),
        (
            "stage-diagrams.list",
            json!({"leaf_type": ["license"], "is_custom_leaf_type": true}),
        ),
        (
            "custom-objects.create",
            json!({"leaf_type": "license", "stage": "CUSTOM-STAGE-36"}),
        ),
        (
            "custom-objects.update",
            json!({"id": "C-LIC-2", "stage": "CUSTOM-STAGE-1"}),
        ),
        (
            "schemas.aggregated.get",
            json!({"leaf_type": "license", "is_custom_leaf_type": true}),
        ),
        (
            "schemas.subtypes.prepare-update",
            json!({"leaf_type": "license", "new_subtype": "trial"}),
        ),
    ]
}
