use serde_json::{Value, json};

/// Artifacts, as far as JSON says anything about them; uploads are forms that the description leaves out.
pub(super) fn calls() -> Vec<(&'static str, Value)> {
    vec![
        (
            "artifacts.prepare",
            json!({"file_name": "f.txt", "file_type": "text/plain", "configuration_set": "work"}),
        ),
        ("artifacts.get", json!({"id": "ARTIFACT-1"})),
        (
            "works.update",
            json!({"id": "TKT-1", "artifacts": {"add": ["ARTIFACT-1"]}}),
        ),
        ("artifacts.list", json!({"parent_id": "TKT-1"})),
        ("artifacts.versions.prepare", json!({"id": "ARTIFACT-1"})),
        ("artifacts.prepare", json!({"file_name": "g.txt"})),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "TKT-1", "artifacts": ["ARTIFACT-2"]}),
        ),
    ]
}
