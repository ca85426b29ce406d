use serde_json::{Value, json};

/// A leaf type, and everything that can be done with its objects.
pub(super) fn calls() -> Vec<(&'static str, Value)> {
    vec![
        (
            "schemas.custom.set",
            json!({"type": "tenant_fragment", "leaf_type": "license", "description": "d", "is_custom_leaf_type": true, "id_prefix": "LIC", "fields": [
                {"name": "key", "field_type": "tokens", "is_filterable": true},
                {"name": "account", "field_type": "id", "id_type": ["account"], "is_filterable": true},
                {"name": "others", "field_type": "array", "base_type": "id", "id_type": ["custom_object.license"]},
                {"name": "mrr", "field_type": "double"},
                {"name": "since", "field_type": "date"},
                {"name": "seen", "field_type": "timestamp"},
                {"name": "text", "field_type": "rich_text"},
                {"name": "raw", "field_type": "json_value"},
                {"name": "level", "field_type": "uenum", "allowed_values": [{"id": 1, "label": "Low", "ordinal": 1}]},
            ]}),
        ),
        (
            "schemas.custom.set",
            json!({"type": "custom_type_fragment", "leaf_type": "license", "is_custom_leaf_type": true, "subtype": "trial", "description": "d", "fields": [{"name": "days", "field_type": "int", "default_value": 30}]}),
        ),
        (
            "custom-objects.create",
            json!({"leaf_type": "license", "title": "L", "unique_key": "planhat:license:1", "custom_schema_spec": {"tenant_fragment": true, "subtype": "trial"},
                "custom_fields": {"tnt__key": "k", "tnt__account": "ACC-1", "tnt__mrr": 1.5, "tnt__since": "2024-01-01", "tnt__seen": "2024-01-01T00:00:00Z", "tnt__text": "**b**", "tnt__raw": {"a": [1]}, "tnt__level": 1, "ctype__days": 14}}),
        ),
        (
            "custom-objects.update",
            json!({"id": "C-LIC-1", "title": null, "custom_schema_spec": {"tenant_fragment": true}, "custom_fields": {"tnt__others": ["C-LIC-1"]}}),
        ),
        ("custom-objects.get", json!({"id": "C-LIC-1"})),
        (
            "custom-objects.list",
            json!({"leaf_type": "license", "filter": ["eq", "$custom_fields.tnt__key", "k"], "sort_by": ["modified_date"], "limit": 1}),
        ),
        (
            "custom-objects.count",
            json!({"leaf_type": "license", "filters": [["eq", "$unique_key", "x"]]}),
        ),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "C-LIC-1", "body": "b"}),
        ),
        (
            "schemas.subtypes.prepare-update",
            json!({"leaf_type": "license", "is_custom_leaf_type": true, "object": "C-LIC-1"}),
        ),
        ("schemas.subtypes.list", json!({"leaf_type": "license"})),
        (
            "schemas.aggregated.get",
            json!({"leaf_type": "license", "is_custom_leaf_type": true, "custom_schema_spec": {"subtype": "trial"}}),
        ),
        (
            "schemas.custom.list",
            json!({"is_custom_leaf_type": true, "types": ["tenant_fragment"]}),
        ),
        ("schemas.stock.list", json!({"prune": ["fields"]})),
        ("custom-objects.delete", json!({"id": "C-LIC-1"})),
    ]
}
