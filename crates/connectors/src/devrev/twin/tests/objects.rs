use serde_json::{Value, json};

use super::{Desk, holds, ticket};

/// Posts each in turn to a furnished workspace; each answer must hold what stands beside it.
fn check(calls: &[(&str, Value, Value)]) {
    let mut desk = Desk::new();
    desk.furnish();
    for (path, body, expected) in calls {
        let (status, answer) = desk.post(path, body.clone());
        assert!(
            holds(&answer, expected),
            "{path} {body}: {status} {answer} lacks {expected}"
        );
    }
}

#[test]
fn an_account_brings_its_workspace() {
    check(&[
        (
            "accounts.create",
            json!({"display_name": "B", "websites": ["https://www.b.example/home"], "tags": [{"id": "TAG-1"}]}),
            json!({
                "account": {"display_id": "ACC-2", "external_refs": ["don:identity:dvrv-us-1:devo/1nterL1ne:account/2"],
                    "domains": ["b.example"], "owned_by": [], "tags": [{"tag": {"name": "vip"}}],
                    "created_by": {"type": "dev_user", "display_id": "DEVU-1"}},
                "default_rev_org": {"external_ref": "don:identity:dvrv-us-1:devo/1nterL1ne:account/2", "account": {"display_id": "ACC-2"}},
            }),
        ),
        (
            "rev-orgs.get",
            json!({"account": "ACC-2"}),
            json!({"rev_org": {"display_id": "REV-2"}}),
        ),
        (
            "accounts.update",
            json!({"id": "ACC-2", "websites": {"set": ["c.example"]}, "tier": "gold"}),
            json!({"account": {"domains": ["b.example", "c.example"], "tier": "gold"}}),
        ),
        (
            "accounts.update",
            json!({"id": "ACC-2", "tier": null, "tags": []}),
            json!({"account": {"tags": []}}),
        ),
        (
            "accounts.list",
            json!({"tags": ["TAG-1"]}),
            json!({"accounts": []}),
        ),
        ("accounts.delete", json!({"id": "ACC-2"}), json!({})),
        (
            "accounts.get",
            json!({"id": "ACC-2"}),
            json!({"type": "not_found"}),
        ),
        (
            "rev-orgs.get",
            json!({"id": "REV-2"}),
            json!({"type": "not_found"}),
        ),
        (
            "accounts.create",
            json!({"display_name": "B"}),
            json!({"account": {"display_id": "ACC-3"}}),
        ),
        ("rev-orgs.delete", json!({"id": "REV-3"}), json!({})),
        (
            "rev-orgs.get",
            json!({"account": "ACC-3"}),
            json!({"type": "not_found"}),
        ),
    ]);
}

#[test]
fn a_contact_lives_in_its_accounts_workspace() {
    // tidy: long because it is one table.
    check(&[
        (
            "rev-users.get",
            json!({"id": "REVU-1"}),
            json!({"rev_user": {"rev_org": {"type": "rev_org", "display_id": "REV-1"}, "external_ref": "a", "external_refs": ["a"], "state": "active", "is_verified": true}}),
        ),
        (
            "rev-users.create",
            json!({}),
            json!({"rev_user": {"display_name": "Unknown 2", "external_ref": "REVU-2"}}),
        ),
        (
            "rev-users.associations.add",
            json!({"rev_user_id": "REVU-2", "associations": [{"associated_to": "REV-1"}]}),
            json!({}),
        ),
        (
            "rev-users.associations.list",
            json!({"rev_user_id": "REVU-2"}),
            json!({"associations": [{"associated_to": {"type": "account"}}, {"associated_to": {"type": "rev_org"}}]}),
        ),
        (
            "rev-users.list",
            json!({"associations": ["ACC-1"]}),
            json!({"rev_users": [{}, {}]}),
        ),
        (
            "rev-users.associations.remove",
            json!({"rev_user_id": "REVU-2", "associations": ["ACC-1"]}),
            Value::Null,
        ),
        (
            "rev-users.list",
            json!({"associations": ["ACC-1"]}),
            json!({"rev_users": [{"display_id": "REVU-1"}]}),
        ),
        (
            "rev-users.list",
            json!({"rev_org": ["REV-1"]}),
            json!({"rev_users": [{"display_id": "REVU-1"}]}),
        ),
        (
            "rev-users.update",
            json!({"id": "REVU-1", "external_ref": "b"}),
            json!({"rev_user": {"external_refs": ["b"]}}),
        ),
        (
            "rev-users.list",
            json!({"external_ref": ["a"]}),
            json!({"rev_users": []}),
        ),
        (
            "rev-users.list",
            json!({"external_refs": ["b"]}),
            json!({"rev_users": [{"email": "a@acme.example"}]}),
        ),
        (
            "rev-users.scan",
            json!({"email": ["a@acme.example"]}),
            json!({"rev_users": [{}]}),
        ),
    ]);
}

#[test]
fn people_of_the_house_come_as_shadows() {
    check(&[
        (
            "dev-users.self",
            json!({}),
            json!({"dev_user": {"display_id": "DEVU-1", "state": "active"}}),
        ),
        (
            "dev-users.create",
            json!({"email": "x@y.example", "state": "shadow"}),
            json!({"dev_user": {"display_id": "DEVU-2", "display_name": "x", "state": "shadow"}}),
        ),
        (
            "dev-users.list",
            json!({"email": ["x@y.example"]}),
            json!({"dev_users": [{"display_id": "DEVU-2"}]}),
        ),
        (
            "dev-users.update",
            json!({"id": "DEVU-2", "full_name": "X"}),
            json!({"dev_user": {"full_name": "X"}}),
        ),
        (
            "dev-orgs.get",
            json!({}),
            json!({"dev_org": {"dev_slug": "1nterl1ne"}}),
        ),
    ]);
}

#[test]
fn works_have_homes_stages_and_keys() {
    // tidy: long because it is one table.
    check(&[
        (
            "works.get",
            json!({"id": "TKT-1"}),
            json!({"work": {"type": "ticket", "account": {"display_id": "ACC-1"}, "rev_org": {"type": "rev_org", "display_id": "REV-1"}, "stage": {"name": "queued", "state": {"name": "open", "is_final": false}}, "applies_to_part": {"type": "product", "name": "Main product"}, "reported_by": [{"type": "rev_user", "external_ref": "a"}]}}),
        ),
        (
            "works.create",
            ticket(json!({"external_ref": "k"})),
            json!({"work": {"display_id": "TKT-2", "external_ref": "k"}}),
        ),
        (
            "works.create",
            ticket(json!({"external_ref": "k"})),
            json!({"type": "conflict"}),
        ),
        (
            "works.create",
            json!({"type": "issue", "title": "I", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"], "external_ref": "k", "priority_v2": 2}),
            json!({"work": {"display_id": "ISS-1", "stage": {"name": "triage"}, "priority_v2": {"id": 2, "label": "P1"}}}),
        ),
        (
            "works.list",
            json!({"external_ref": ["k"]}),
            json!({"works": [{"display_id": "TKT-2"}, {"display_id": "ISS-1"}]}),
        ),
        (
            "works.list",
            json!({"external_ref": ["k"], "type": ["issue"]}),
            json!({"works": [{"display_id": "ISS-1"}]}),
        ),
        (
            "works.update",
            json!({"id": "TKT-2", "type": "ticket", "stage": {"name": "resolved"}, "severity": "low"}),
            json!({"work": {"stage": {"name": "resolved", "state": {"is_final": true}}, "actual_close_date": "2023-11-14T22:13:31.000Z"}}),
        ),
        (
            "works.list",
            json!({"state": ["closed"]}),
            json!({"works": [{"display_id": "TKT-2"}]}),
        ),
        (
            "works.list",
            json!({"ticket": {"severity": ["low"]}}),
            json!({"works": [{"display_id": "TKT-2"}]}),
        ),
        ("works.count", json!({"type": ["ticket"]}), json!({"count": 2})),
        (
            "works.create",
            ticket(json!({"stage": {"name": "resolved"}, "stage_validation_options": ["allow_non_start"]})),
            json!({"work": {"stage": {"name": "resolved"}}}),
        ),
        (
            "works.update",
            json!({"id": "TKT-1", "tags": {"add": [{"id": "TAG-1"}]}}),
            json!({"work": {"tags": [{"tag": {"name": "vip"}}]}}),
        ),
        (
            "works.list",
            json!({"tags": ["TAG-1"]}),
            json!({"works": [{"display_id": "TKT-1"}]}),
        ),
        (
            "works.update",
            json!({"id": "TKT-1", "tags": {"remove": [{"id": "TAG-1"}]}}),
            json!({"work": {"tags": []}}),
        ),
        (
            "works.update",
            json!({"id": "TKT-1", "type": "ticket", "account": null, "rev_org": null}),
            json!({"work": {"title": "T"}}),
        ),
        ("works.delete", json!({"id": "TKT-1"}), json!({})),
        ("works.get", json!({"id": "TKT-1"}), json!({"type": "not_found"})),
        (
            "works.export",
            json!({"first": 1}),
            json!({"works": [{"display_id": "TKT-2"}]}),
        ),
    ]);
}

#[test]
fn conversations_hold_people_and_messages() {
    check(&[
        (
            "conversations.create",
            json!({"type": "support", "title": "C", "members": ["REVU-1", "DEVU-1"], "messages": [{"body": "hello"}], "stage": {"name": "resolved"}}),
            json!({"conversation": {"display_id": "CONV-1", "members": [{"type": "rev_user"}, {"type": "dev_user"}], "stage": {"name": "resolved"}}}),
        ),
        (
            "timeline-entries.list",
            json!({"object": "CONV-1"}),
            json!({"timeline_entries": [{"type": "timeline_comment", "body": "hello", "object_display_id": "CONV-1", "visibility": "external"}]}),
        ),
        (
            "conversations.list",
            json!({"members": ["REVU-1"]}),
            json!({"conversations": [{"title": "C"}]}),
        ),
        (
            "conversations.update",
            json!({"id": "CONV-1", "title": "D", "stage": {"name": "new"}, "members": {"set": []}}),
            json!({"conversation": {"title": "D", "members": []}}),
        ),
        ("conversations.delete", json!({"id": "CONV-1"}), json!({})),
        (
            "timeline-entries.list",
            json!({"object": "CONV-1"}),
            json!({"type": "not_found"}),
        ),
    ]);
}

#[test]
fn comments_are_found_by_their_reference() {
    check(&[
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "TKT-1", "body": "b", "external_ref": "n1"}),
            json!({"timeline_entry": {"external_ref": "n1", "body_type": "text", "object_type": "ticket"}}),
        ),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "TKT-1", "external_ref": "n1"}),
            json!({"type": "conflict"}),
        ),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "ACC-1", "external_ref": "n1", "visibility": "internal"}),
            json!({"timeline_entry": {"visibility": "internal"}}),
        ),
        (
            "timeline-entries.get",
            json!({"id": "TKT-1", "external_ref": "n1"}),
            json!({"timeline_entry": {"body": "b"}}),
        ),
        (
            "timeline-entries.get",
            json!({"id": "TKT-1", "external_ref": "n2"}),
            json!({"type": "not_found"}),
        ),
        (
            "timeline-entries.list",
            json!({"object": "ACC-1", "visibility": ["external"]}),
            json!({"timeline_entries": []}),
        ),
    ]);
}

#[test]
fn a_comment_is_changed_and_deleted_by_its_don() {
    let mut desk = Desk::new();
    desk.furnish();
    let made = desk.ok(
        "timeline-entries.create",
        json!({"type": "timeline_comment", "object": "TKT-1", "body": "b", "external_ref": "n"}),
    );
    let id = made["timeline_entry"]["id"].clone();
    assert!(id.as_str().unwrap().contains(":ticket/1:comment/"));
    let changed = desk.ok(
        "timeline-entries.update",
        json!({"id": id, "type": "timeline_comment", "body": "c", "external_ref": null}),
    );
    assert!(holds(&changed, &json!({"timeline_entry": {"body": "c"}})));
    assert!(changed["timeline_entry"].get("external_ref").is_none());
    let elsewhere = id.as_str().unwrap().replace("ticket/1", "ticket/2");
    assert_eq!(desk.post("timeline-entries.get", json!({"id": elsewhere})).0, 404);
    desk.ok("timeline-entries.delete", json!({"id": id}));
    assert_eq!(desk.post("timeline-entries.get", json!({"id": id})).0, 404);
}

#[test]
fn lists_keep_what_only_looks_alike() {
    check(&[
        (
            "accounts.update",
            json!({"id": "ACC-1", "websites": {"set": ["a.example/?x=1", "a.example/?x=2", "a.example/?x=1"]}}),
            json!({"account": {"websites": ["a.example/?x=2", "a.example/?x=1"]}}),
        ),
        (
            "works.list",
            json!({"type": ["ticket"], "sort_by": ["created_date:desc"]}),
            json!({"works": [{"display_id": "TKT-1"}]}),
        ),
        ("works.list", json!({"type": ["issue"]}), json!({"works": []})),
    ]);
}

#[test]
fn parts_form_a_tree() {
    check(&[
        (
            "parts.create",
            json!({"type": "capability", "name": "C", "owned_by": ["DEVU-1"], "parent_part": ["PROD-1"]}),
            json!({"part": {"type": "capability", "display_id": "CAPL-1"}}),
        ),
        (
            "parts.create",
            json!({"type": "feature", "name": "F", "owned_by": ["DEVU-1"], "parent_part": ["CAPL-1"]}),
            json!({"part": {"display_id": "FEAT-1"}}),
        ),
        (
            "parts.create",
            json!({"type": "feature", "name": "F", "owned_by": ["DEVU-1"], "parent_part": []}),
            json!({"field_name": "parent_part"}),
        ),
        (
            "parts.list",
            json!({"parent_part": {"parts": ["PROD-1"]}}),
            json!({"parts": [{"name": "C"}, {"name": "F"}]}),
        ),
        (
            "parts.list",
            json!({"parent_part": {"parts": ["PROD-1"], "level": 1}}),
            json!({"parts": [{"name": "C"}]}),
        ),
        (
            "parts.update",
            json!({"id": "FEAT-1", "type": "feature", "name": "G"}),
            json!({"part": {"name": "G"}}),
        ),
        (
            "parts.delete",
            json!({"id": "CAPL-1"}),
            json!({"type": "bad_request"}),
        ),
        ("parts.delete", json!({"id": "FEAT-1"}), json!({})),
    ]);
}

#[test]
fn tags_take_only_allowed_values() {
    check(&[
        (
            "tags.create",
            json!({"name": "tier", "allowed_values": ["a"], "style_new": {"color": "#fff"}}),
            json!({"tag": {"name": "tier", "style_new": {"color": "#fff"}}}),
        ),
        (
            "accounts.update",
            json!({"id": "ACC-1", "tags": [{"id": "TAG-2", "value": "a"}]}),
            json!({"account": {"tags": [{"tag": {"name": "tier"}, "value": "a"}]}}),
        ),
        (
            "accounts.update",
            json!({"id": "ACC-1", "tags": [{"id": "TAG-2", "value": "b"}]}),
            json!({"type": "value_not_permitted"}),
        ),
        (
            "accounts.update",
            json!({"id": "ACC-1", "tags": [{"id": "TAG-1", "value": "b"}]}),
            json!({"type": "value_not_permitted"}),
        ),
        (
            "tags.update",
            json!({"id": "TAG-2", "name": "vip"}),
            json!({"type": "conflict"}),
        ),
        (
            "tags.list",
            json!({"name": ["vip"]}),
            json!({"tags": [{"display_id": "TAG-1"}]}),
        ),
        ("tags.delete", json!({"id": "TAG-2"}), json!({})),
        (
            "accounts.get",
            json!({"id": "ACC-1"}),
            json!({"account": {"tags": []}}),
        ),
    ]);
}
