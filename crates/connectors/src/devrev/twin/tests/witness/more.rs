use serde_json::{Value, json};

/// Groups, meetings, links, directories and articles, tasks and opportunities.
pub(super) fn calls() -> Vec<(&'static str, Value)> {
    // tidy: long because it is one table.
    let types = json!([{"leaf_type": "account", "is_custom_leaf_type": false}]);
    vec![
        (
            "groups.create",
            json!({"name": "G", "description": "d", "type": "static", "member_type": "dev_user", "owner": "DEVU-1"}),
        ),
        (
            "groups.update",
            json!({"id": "GROUP-1", "description": "e", "owner": null}),
        ),
        ("groups.get", json!({"id": "GROUP-1"})),
        ("groups.list", json!({"name": ["G"], "is_default": false})),
        (
            "groups.members.add",
            json!({"group": "GROUP-1", "member": "DEVU-1"}),
        ),
        ("groups.members.list", json!({"group": "GROUP-1", "limit": 1})),
        (
            "groups.members.remove",
            json!({"group": "GROUP-1", "member": "DEVU-1"}),
        ),
        (
            "works.update",
            json!({"id": "TKT-1", "type": "ticket", "group": "GROUP-1"}),
        ),
        ("artifacts.prepare", json!({"file_name": "r.mp4"})),
        (
            "meetings.create",
            json!({"channel": "zoom", "state": "completed", "title": "M", "members": ["DEVU-1", "REVU-1"], "external_ref": "m", "parent": "TKT-1", "organizer": "DEVU-1", "scheduled_date": "2024-01-01T00:00:00Z", "recording": "ARTIFACT-3", "tags": [{"id": "TAG-1"}]}),
        ),
        (
            "meetings.update",
            json!({"id": "MEETING-1", "members": {"set": ["DEVU-1"]}, "state": "no_show"}),
        ),
        ("meetings.get", json!({"id": "MEETING-1"})),
        (
            "meetings.list",
            json!({"external_ref": ["m"], "sort_by": ["modified_date:desc"]}),
        ),
        ("meetings.count", json!({"state": ["no_show"]})),
        (
            "works.create",
            json!({"type": "task", "title": "T", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"], "priority": "p1"}),
        ),
        (
            "works.create",
            json!({"type": "opportunity", "title": "O", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"], "account": "ACC-1", "value": {"amount": "1.5", "currency": "EUR"}, "contacts": ["REVU-1"], "forecast_category_v2": 1}),
        ),
        (
            "works.update",
            json!({"id": "TASK-1", "type": "task", "start_date": "2024-01-01T00:00:00Z"}),
        ),
        (
            "works.update",
            json!({"id": "OPP-1", "type": "opportunity", "contacts": {"set": []}}),
        ),
        ("works.list", json!({"type": ["task", "opportunity"]})),
        (
            "links.create",
            json!({"link_type": "is_related_to", "source": "TKT-1", "target": "TASK-1"}),
        ),
        (
            "link-types.custom.create",
            json!({"name": "n", "forward_name": "f", "backward_name": "b", "source_types": types, "target_types": types}),
        ),
        (
            "link-types.custom.update",
            json!({"id": "CUSTOM-LINK-TYPE-1", "source_types_v2": types, "target_types_v2": [{"leaf_type": "rev_user"}]}),
        ),
        ("link-types.custom.get", json!({"id": "CUSTOM-LINK-TYPE-1"})),
        ("link-types.custom.list", json!({"name": ["n"]})),
        (
            "links.create",
            json!({"link_type": "custom_link", "custom_link_type": "CUSTOM-LINK-TYPE-1", "source": "ACC-1", "target": "REVU-1"}),
        ),
        ("links.get", json!({"id": "LINK-1"})),
        ("links.list", json!({"object": "ACC-1", "direction": "is_source"})),
        (
            "parts.create",
            json!({"type": "feature", "name": "F", "owned_by": ["DEVU-1"], "parent_part": ["PROD-1"]}),
        ),
        (
            "links.list",
            json!({"object": "FEAT-1", "object_types": ["product"]}),
        ),
        (
            "links.replace",
            json!({"id": "LINK-4", "link_type": "is_part_of", "source": "FEAT-1", "target": "CAPL-1"}),
        ),
        ("links.delete", json!({"id": "LINK-2"})),
        (
            "directories.create",
            json!({"title": "D", "published": true, "tags": [{"id": "TAG-1"}]}),
        ),
        ("directories.create", json!({"title": "E", "parent": "DIR-1"})),
        (
            "directories.update",
            json!({"id": "DIR-2", "icon": "i", "parent": null, "reorder": {"before": "DIR-1"}}),
        ),
        ("directories.get", json!({"id": "DIR-1"})),
        ("directories.list", json!({"limit": 1})),
        ("directories.count", json!({})),
        (
            "artifacts.prepare",
            json!({"file_name": "a.md", "configuration_set": "article_media"}),
        ),
        (
            "articles.create",
            json!({"title": "A", "owned_by": ["DEVU-1"], "resource": {"artifacts": ["ARTIFACT-4"]}, "parent": "DIR-1", "scope": 2, "applies_to_parts": ["PROD-1"], "authored_by": ["DEVU-1"], "tags": [{"id": "TAG-1"}]}),
        ),
        (
            "articles.update",
            json!({"id": "ARTICLE-1", "title": "B", "url": "https://a.example", "parent": null}),
        ),
        ("articles.get", json!({"id": "ARTICLE-1"})),
        ("articles.list", json!({"applies_to_parts": ["PROD-1"]})),
        ("articles.count", json!({"ancestor": "DIR-1"})),
        ("articles.delete", json!({"id": "ARTICLE-1"})),
        ("directories.delete", json!({"id": "DIR-2"})),
        ("meetings.delete", json!({"id": "MEETING-1"})),
        (
            "webhooks.create",
            json!({"url": "https://a.example/in", "event_types": ["work_created", "verify"], "secret": "c2VjcmV0LXNlY3JldA==", "headers": [{"name": "x-a", "value": "b"}]}),
        ),
        (
            "webhooks.update",
            json!({"id": "WEBHOOK-1", "action": "deactivate", "event_types": {"add": ["tag_created"]}, "headers": {"remove": ["x-a"]}}),
        ),
        ("webhooks.get", json!({"id": "WEBHOOK-1"})),
        ("webhooks.list", json!({})),
        ("webhooks.fetch", json!({"id": "WEBHOOK-1", "object": "TKT-1"})),
        ("webhooks.delete", json!({"id": "WEBHOOK-1"})),
    ]
}
