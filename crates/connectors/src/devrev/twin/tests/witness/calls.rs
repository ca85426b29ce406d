use serde_json::{Value, json};

use super::super::ticket;

/// Calls in the order in which a workspace is filled and read; all must pass.
pub(super) fn calls() -> Vec<(&'static str, Value)> {
    // tidy: long because it is one table.
    let spec = json!({"tenant_fragment": true});
    let fields = json!([
        {"name": "key", "field_type": "tokens", "is_filterable": true, "ui": {"display_name": "Key"}},
        {"name": "mrr", "field_type": "double"},
        {"name": "level", "field_type": "uenum", "allowed_values": [{"id": 1, "label": "Low", "ordinal": 1}]},
        {"name": "phase", "field_type": "enum", "allowed_values": ["a"]},
        {"name": "words", "field_type": "array", "base_type": "text"},
    ]);
    let fragment = |leaf: &str| json!({"type": "tenant_fragment", "leaf_type": leaf, "description": "d", "fields": fields});
    let custom =
        json!({"tnt__key": "k", "tnt__mrr": 1.5, "tnt__level": 1, "tnt__phase": "a", "tnt__words": ["x"]});
    let comment = |more: Value| {
        let mut body = json!({"type": "timeline_comment", "object": "TKT-1", "body": "b"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    vec![
        ("dev-users.self", json!({})),
        ("dev-orgs.get", json!({})),
        (
            "dev-users.create",
            json!({"email": "x@y.example", "full_name": "X", "state": "shadow", "reports_to": "DEVU-1"}),
        ),
        ("dev-users.update", json!({"id": "DEVU-2", "display_name": "Y"})),
        ("dev-users.get", json!({"id": "DEVU-2"})),
        (
            "dev-users.list",
            json!({"email": ["x@y.example"], "modified_date": {"type": "range", "after": "2020-01-01T00:00:00Z"}}),
        ),
        ("schemas.custom.set", fragment("account")),
        ("schemas.custom.set", fragment("ticket")),
        ("schemas.custom.set", fragment("account")),
        ("schemas.custom.get", json!({"id": "TENANT-FRAGMENT-1"})),
        ("schemas.custom.list", json!({"leaf_type": ["account"]})),
        ("schemas.stock.get", json!({"leaf_type": "ticket"})),
        ("schemas.aggregated.get", json!({"leaf_type": "account"})),
        (
            "tags.create",
            json!({"name": "vip", "allowed_values": ["a"], "style_new": {"color": "#fff"}}),
        ),
        ("tags.update", json!({"id": "TAG-1", "description": "d"})),
        ("tags.get", json!({"id": "TAG-1"})),
        ("tags.list", json!({"name": ["vip"]})),
        (
            "parts.create",
            json!({"type": "capability", "name": "C", "owned_by": ["DEVU-1"], "parent_part": ["PROD-1"]}),
        ),
        (
            "parts.update",
            json!({"id": "CAPL-1", "type": "capability", "name": "D", "tags": {"set": [{"id": "TAG-1"}]}}),
        ),
        ("parts.get", json!({"id": "PROD-1"})),
        ("parts.list", json!({"type": ["product"]})),
        (
            "accounts.create",
            json!({"display_name": "A", "external_refs": ["r"], "websites": ["a.example"], "owned_by": ["DEVU-1"], "tags": [{"id": "TAG-1", "value": "a"}], "custom_schema_spec": spec, "custom_fields": custom}),
        ),
        (
            "accounts.update",
            json!({"id": "ACC-1", "tier": "gold", "websites": {"set": ["b.example"]}}),
        ),
        ("accounts.get", json!({"id": "ACC-1"})),
        (
            "accounts.list",
            json!({"external_refs": ["r"], "limit": 1, "sort_by": ["modified_date:asc"], "custom_fields": {"tnt__key": ["k"]}}),
        ),
        ("accounts.export", json!({"first": 10})),
        (
            "rev-orgs.create",
            json!({"account": "ACC-1", "display_name": "W"}),
        ),
        ("rev-orgs.update", json!({"id": "REV-2", "description": "d"})),
        ("rev-orgs.get", json!({"account": "ACC-1"})),
        ("rev-orgs.list", json!({"account": ["ACC-1"]})),
        (
            "rev-users.create",
            json!({"account": "ACC-1", "email": "p@a.example", "external_ref": "p", "phone_numbers": ["+4612345"], "tags": [{"id": "TAG-1"}]}),
        ),
        ("rev-users.update", json!({"id": "REVU-1", "display_name": "P"})),
        ("rev-users.get", json!({"id": "REVU-1"})),
        ("rev-users.list", json!({"email": ["p@a.example"]})),
        ("rev-users.scan", json!({})),
        (
            "rev-users.associations.add",
            json!({"rev_user_id": "REVU-1", "associations": [{"associated_to": "REV-2"}]}),
        ),
        ("rev-users.associations.list", json!({"rev_user_id": "REVU-1"})),
        (
            "rev-users.associations.remove",
            json!({"rev_user_id": "REVU-1", "associations": ["REV-2"]}),
        ),
        (
            "works.create",
            ticket(
                json!({"account": "ACC-1", "external_ref": "t", "reported_by": ["REVU-1"], "severity": "low", "source_channel": "email", "custom_schema_spec": spec, "custom_fields": custom, "tags": [{"id": "TAG-1"}], "target_close_date": "2024-01-01T00:00:00Z"}),
            ),
        ),
        (
            "works.create",
            json!({"type": "issue", "title": "I", "applies_to_part": "CAPL-1", "owned_by": ["DEVU-2"], "priority_v2": 1, "developed_with": ["PROD-1"]}),
        ),
        (
            "works.update",
            json!({"id": "TKT-1", "type": "ticket", "stage": {"name": "resolved"}, "sentiment": 1}),
        ),
        ("works.get", json!({"id": "TKT-1"})),
        ("works.list", json!({"type": ["ticket", "issue"], "limit": 1})),
        ("works.export", json!({"first": 1})),
        (
            "conversations.create",
            json!({"type": "support", "title": "C", "description": "d", "members": ["REVU-1"], "owned_by": ["DEVU-1"], "messages": [{"body": "m"}], "stage": {"name": "resolved"}, "source_channel": "email", "metadata": {"url_context": "u"}}),
        ),
        ("conversations.get", json!({"id": "CONV-1"})),
        ("conversations.list", json!({"members": ["REVU-1"]})),
        (
            "timeline-entries.create",
            comment(
                json!({"external_ref": "c", "visibility": "internal", "labels": ["l"], "collections": ["discussions"]}),
            ),
        ),
        ("timeline-entries.list", json!({"object": "TKT-1"})),
    ]
}

/// What comes last, because others need what it deletes.
pub(super) fn last() -> Vec<(&'static str, Value)> {
    vec![
        ("rev-orgs.delete", json!({"id": "REV-2"})),
        ("works.delete", json!({"id": "ISS-1"})),
        ("accounts.delete", json!({"id": "ACC-1"})),
    ]
}
