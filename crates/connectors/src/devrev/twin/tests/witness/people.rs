use serde_json::{Value, json};

/// Merging, and what becomes of people besides their fields.
pub(super) fn calls() -> Vec<(&'static str, Value)> {
    vec![
        (
            "accounts.create",
            json!({"display_name": "M1", "external_refs": ["m1"]}),
        ),
        (
            "accounts.create",
            json!({"display_name": "M2", "external_refs": ["m2"]}),
        ),
        (
            "rev-users.create",
            json!({"email": "m1@m.example", "external_ref": "m1"}),
        ),
        (
            "rev-users.create",
            json!({"email": "m2@m.example", "external_ref": "m2"}),
        ),
        (
            "dev-users.create",
            json!({"email": "m1@y.example", "state": "shadow"}),
        ),
        (
            "dev-users.create",
            json!({"email": "m2@y.example", "state": "shadow"}),
        ),
        ("rev-users.link", json!({"id": "REVU-2", "rev_org": "REV-3"})),
        ("rev-users.unlink", json!({"id": "REVU-2", "rev_org": "REV-3"})),
        (
            "dev-users.identities.link",
            json!({"dev_user": "DEVU-3", "issuer": "planhat", "id": "1", "display_name": "M"}),
        ),
        (
            "dev-users.list",
            json!({"external_identity": [{"issuer": "planhat", "id": "1"}]}),
        ),
        (
            "dev-users.identities.unlink",
            json!({"dev_user": "DEVU-3", "issuer": "planhat"}),
        ),
        ("dev-users.activate", json!({"id": "DEVU-3"})),
        ("dev-users.deactivate", json!({"id": "DEVU-3"})),
        ("dev-users.self.update", json!({"display_name": "Operator"})),
        (
            "dev-users.merge",
            json!({"primary_user": "DEVU-3", "secondary_user": "DEVU-4"}),
        ),
        (
            "rev-users.merge",
            json!({"primary_user": "REVU-2", "secondary_user": "REVU-3"}),
        ),
        (
            "accounts.merge",
            json!({"primary_account": "ACC-2", "secondary_account": "ACC-3"}),
        ),
        ("rev-users.personal-data", json!({"email": "m1@m.example"})),
        ("rev-users.delete-personal-data", json!({"email": "m1@m.example"})),
    ]
}
