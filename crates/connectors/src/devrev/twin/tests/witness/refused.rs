use serde_json::{Value, json};

use super::super::ticket;

/// Calls that both the twin and the description refuse, with the answer's status.
pub(super) fn refused() -> Vec<(&'static str, Value, u16)> {
    vec![
        ("accounts.create", json!({}), 400),
        ("custom-objects.list", json!({}), 400),
        ("accounts.create", json!({"display_name": 1}), 400),
        ("accounts.create", json!({"display_name": "A", "nope": 1}), 400),
        ("works.create", ticket(json!({"title": ""})), 400),
        ("works.create", ticket(json!({"severity": "huge"})), 400),
        ("works.create", ticket(json!({"priority": "p0"})), 400),
        (
            "works.update",
            json!({"id": "TKT-1", "type": "ticket", "title": "x".repeat(257)}),
            400,
        ),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment"}),
            400,
        ),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "TKT-1", "external_ref": ""}),
            400,
        ),
        (
            "works.list",
            json!({"modified_date": {"after": "2020-01-01T00:00:00Z"}}),
            400,
        ),
    ]
}

/// Calls of which only the twin knows that they cannot be done.
pub(super) fn impossible() -> Vec<(&'static str, Value, u16)> {
    vec![
        ("accounts.get", json!({"id": "ACC-9"}), 404),
        ("accounts.create", json!({"display_name": "Acme"}), 409),
        (
            "accounts.merge",
            json!({"primary_account": "ACC-1", "secondary_account": "ACC-1"}),
            400,
        ),
        (
            "dev-users.identities.link",
            json!({"dev_user": "DEVU-2", "issuer": "planhat", "id": "1"}),
            409,
        ),
        (
            "accounts.create",
            json!({"display_name": "A", "owned_by": ["x"]}),
            400,
        ),
        (
            "accounts.create",
            json!({"display_name": "A", "owned_by": ["TKT-1"]}),
            400,
        ),
        (
            "works.create",
            ticket(json!({"stage": {"name": "resolved"}})),
            400,
        ),
        (
            "accounts.update",
            json!({"id": "ACC-1", "custom_fields": {"tnt__x": 1}}),
            400,
        ),
        (
            "accounts.update",
            json!({"id": "ACC-1", "custom_schema_spec": {"tenant_fragment": true}}),
            400,
        ),
        ("parts.update", json!({"id": "PROD-1"}), 400),
        ("works.create", ticket(json!({"external_ref": "taken"})), 409),
        ("custom-objects.create", json!({"leaf_type": "nope"}), 400),
        (
            "custom-objects.create",
            json!({"leaf_type": "license", "unique_key": "taken"}),
            409,
        ),
        ("custom-objects.get", json!({}), 400),
    ]
}
