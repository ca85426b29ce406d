// tidy: long because its tests are tables.
use serde_json::{Value, json};

use super::{Desk, holds};

/// Posts each in turn to a furnished workspace; the answer's status and what it must hold stand beside it.
fn check(settings: &[(&str, &str)], calls: &[(&str, Value, u16, Value)]) -> Desk {
    let mut desk = Desk::with(settings);
    desk.furnish();
    for (path, body, status, expected) in calls {
        let (got, answer) = desk.post(path, body.clone());
        assert_eq!(got, *status, "{path} {body}: {answer}");
        assert!(
            holds(&answer, expected),
            "{path} {body}: {answer} lacks {expected}"
        );
    }
    desk
}

#[test]
fn groups_have_members() {
    // tidy: long because it is one table.
    let member = |group: &str, member: &str| json!({"group": group, "member": member});
    let mut desk = check(
        &[],
        &[
            (
                "groups.create",
                json!({"name": "CSM", "description": "d", "owner": "DEVU-1"}),
                201,
                json!({"group": {"display_id": "GROUP-1", "member_type": "dev_user", "is_default": false, "owner": {"display_id": "DEVU-1"}}}),
            ),
            (
                "groups.create",
                json!({"name": "CSM", "description": "d"}),
                409,
                json!({"type": "conflict"}),
            ),
            (
                "groups.create",
                json!({"name": "Buyers", "description": "d", "member_type": "rev_user", "type": "static"}),
                201,
                json!({"group": {"display_id": "GROUP-2"}}),
            ),
            (
                "groups.create",
                json!({"name": "All", "description": "d", "type": "dynamic", "dynamic_group_info": {}}),
                201,
                json!({}),
            ),
            (
                "groups.create",
                json!({"name": "No", "description": "d", "dynamic_group_info": {}}),
                400,
                json!({}),
            ),
            (
                "groups.update",
                json!({"id": "GROUP-1", "name": "Success", "owner": null}),
                200,
                json!({"group": {"name": "Success"}}),
            ),
            (
                "groups.list",
                json!({"name": ["Success", "Buyers"], "group_type": ["static"], "member_type": ["dev_user"]}),
                200,
                json!({"groups": [{"display_id": "GROUP-1"}]}),
            ),
            ("groups.members.add", member("GROUP-1", "DEVU-1"), 200, json!({})),
            ("groups.members.add", member("GROUP-1", "DEVU-1"), 200, json!({})),
            (
                "groups.members.add",
                member("GROUP-1", "REVU-1"),
                400,
                json!({"field_name": "member"}),
            ),
            ("groups.members.add", member("GROUP-2", "REVU-1"), 200, json!({})),
            (
                "groups.members.add",
                member("GROUP-3", "DEVU-1"),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "groups.members.list",
                json!({"group": "GROUP-1"}),
                200,
                json!({"members": [{"member": {"type": "dev_user", "display_id": "DEVU-1"}}]}),
            ),
            ("groups.members.list", json!({"group": "GROUP-9"}), 404, json!({})),
            (
                "groups.members.remove",
                member("GROUP-1", "DEVU-1"),
                200,
                json!({}),
            ),
            (
                "groups.members.remove",
                member("GROUP-1", "DEVU-1"),
                404,
                json!({}),
            ),
            (
                "groups.members.list",
                json!({"group": "GROUP-1"}),
                200,
                json!({"members": []}),
            ),
            (
                "works.update",
                json!({"id": "TKT-1", "type": "ticket", "group": "GROUP-1"}),
                200,
                json!({"work": {"group": {"name": "Success", "display_id": "GROUP-1"}}}),
            ),
            (
                "works.list",
                json!({"ticket": {"group": ["GROUP-1"]}}),
                200,
                json!({"works": [{"display_id": "TKT-1"}]}),
            ),
            (
                "conversations.create",
                json!({"type": "support", "group": "GROUP-1"}),
                201,
                json!({}),
            ),
            (
                "conversations.list",
                json!({"group": ["GROUP-2"]}),
                200,
                json!({"conversations": []}),
            ),
            (
                "conversations.list",
                json!({"group": ["GROUP-1"]}),
                200,
                json!({"conversations": [{"group": {"name": "Success"}}]}),
            ),
            ("rev-users.delete", json!({"id": "REVU-1"}), 200, json!({})),
            (
                "groups.members.list",
                json!({"group": "GROUP-2"}),
                200,
                json!({"members": []}),
            ),
        ],
    );
    for number in 2..=5 {
        desk.ok(
            "dev-users.create",
            json!({"email": format!("{number}@x.example"), "state": "shadow"}),
        );
        desk.ok("groups.members.add", member("GROUP-1", &format!("DEVU-{number}")));
    }
    let first = desk.ok("groups.members.list", json!({"group": "GROUP-1", "limit": 3}));
    let rest = desk.ok(
        "groups.members.list",
        json!({"group": "GROUP-1", "limit": 3, "cursor": first["next_cursor"]}),
    );
    assert!(
        holds(&rest, &json!({"members": [{"member": {"display_id": "DEVU-5"}}]})),
        "{rest}"
    );
    assert!(rest.get("next_cursor").is_none());
}

#[test]
fn meetings_have_people_times_and_a_parent() {
    // tidy: long because it is one table.
    let meeting = |more: Value| {
        let mut body =
            json!({"channel": "zoom", "state": "completed", "title": "M", "members": ["DEVU-1", "REVU-1"]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    check(
        &[],
        &[
            (
                "meetings.create",
                meeting(
                    json!({"external_ref": "m", "parent": "ACC-1", "organizer": "DEVU-1", "scheduled_date": "2024-01-01T10:00:00Z", "tags": [{"id": "TAG-1"}]}),
                ),
                201,
                json!({"meeting": {"display_id": "MEETING-1", "parent": {"type": "account", "display_name": "Acme"}, "members": [{"type": "dev_user"}, {"type": "rev_user"}]}}),
            ),
            (
                "meetings.create",
                meeting(json!({"external_ref": "m"})),
                409,
                json!({"type": "conflict"}),
            ),
            (
                "meetings.create",
                meeting(json!({"members": []})),
                400,
                json!({"field_name": "members"}),
            ),
            (
                "meetings.create",
                meeting(json!({"channel": "phone"})),
                400,
                json!({"type": "invalid_enum_value"}),
            ),
            (
                "meetings.create",
                meeting(json!({"parent": "DEVU-1"})),
                400,
                json!({"type": "unexpected_id_type"}),
            ),
            (
                "meetings.create",
                meeting(json!({"state": "scheduled", "parent": "TKT-1"})),
                201,
                json!({"meeting": {"parent": {"type": "ticket", "title": "T"}}}),
            ),
            (
                "meetings.update",
                json!({"id": "MEETING-1", "members": {"set": []}}),
                400,
                json!({"field_name": "members.set"}),
            ),
            (
                "meetings.update",
                json!({"id": "MEETING-1", "title": "N", "members": {"set": ["DEVU-1"]}}),
                200,
                json!({"meeting": {"title": "N", "members": [{}]}}),
            ),
            (
                "meetings.list",
                json!({"members": ["REVU-1"]}),
                200,
                json!({"meetings": [{"display_id": "MEETING-2"}]}),
            ),
            (
                "meetings.list",
                json!({"external_ref": ["m"], "parent": ["ACC-1"], "tags": ["TAG-1"], "state": ["completed"]}),
                200,
                json!({"meetings": [{"display_id": "MEETING-1"}]}),
            ),
            (
                "meetings.list",
                json!({"scheduled_date": {"type": "range", "after": "2024-01-01T10:00:00Z"}}),
                200,
                json!({"meetings": [{"display_id": "MEETING-1"}]}),
            ),
            (
                "meetings.count",
                json!({"channel": ["zoom"]}),
                200,
                json!({"count": 2}),
            ),
            (
                "timeline-entries.create",
                json!({"type": "timeline_comment", "object": "MEETING-1", "body": "b"}),
                201,
                json!({"timeline_entry": {"object_type": "meeting"}}),
            ),
            (
                "schemas.custom.set",
                json!({"type": "tenant_fragment", "leaf_type": "meeting", "description": "d", "fields": [{"name": "key", "field_type": "tokens", "is_filterable": true}]}),
                201,
                json!({}),
            ),
            (
                "meetings.update",
                json!({"id": "MEETING-2", "custom_schema_spec": {"tenant_fragment": true}, "custom_fields": {"tnt__key": "k"}}),
                200,
                json!({}),
            ),
            (
                "meetings.list",
                json!({"custom_fields": {"tnt__key": ["k"]}}),
                200,
                json!({"meetings": [{"display_id": "MEETING-2"}]}),
            ),
            ("meetings.delete", json!({"id": "MEETING-1"}), 200, json!({})),
            ("meetings.get", json!({"id": "MEETING-1"}), 404, json!({})),
        ],
    );
    let twice = meeting(json!({"external_ref": "m"}));
    check(
        &[("meeting_external_ref", "any")],
        &[
            ("meetings.create", twice.clone(), 201, json!({})),
            ("meetings.create", twice, 201, json!({})),
            (
                "meetings.list",
                json!({"external_ref": ["m"]}),
                200,
                json!({"meetings": [{}, {}]}),
            ),
        ],
    );
}

#[test]
fn links_join_what_may_be_joined() {
    // tidy: long because it is one table.
    let issue = |title: &str| {
        (
            "works.create",
            json!({"type": "issue", "title": title, "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"]}),
            201,
            json!({}),
        )
    };
    let link = |kind: &str, source: &str, target: &str| json!({"link_type": kind, "source": source, "target": target});
    let types = |leaf: &str, custom: bool| json!([{"leaf_type": leaf, "is_custom_leaf_type": custom}]);
    let (from, to) = (types("account", false), types("ticket", false));
    check(
        &[],
        &[
            issue("I"),
            issue("J"),
            (
                "links.create",
                link("is_dependent_on", "TKT-1", "ISS-1"),
                201,
                json!({"link": {"display_id": "LINK-1", "link_type": "is_dependent_on", "source": {"type": "ticket", "title": "T"}, "target": {"type": "issue", "title": "I"}}}),
            ),
            (
                "links.create",
                link("is_related_to", "TKT-1", "ISS-1"),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "links.create",
                link("is_part_of", "TKT-1", "ISS-1"),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "links.create",
                link("is_related_to", "ISS-1", "ISS-2"),
                201,
                json!({}),
            ),
            (
                "links.create",
                link("is_related_to", "ISS-1", "ISS-1"),
                400,
                json!({}),
            ),
            (
                "links.create",
                link("is_related_to", "ISS-1", "ISS-9"),
                400,
                json!({"field_name": "target"}),
            ),
            (
                "links.create",
                link("custom_link", "ACC-1", "TKT-1"),
                400,
                json!({"field_name": "custom_link_type"}),
            ),
            (
                "links.list",
                json!({"object": "ISS-1"}),
                200,
                json!({"links": [{"display_id": "LINK-1"}, {"display_id": "LINK-2"}]}),
            ),
            (
                "links.list",
                json!({"object": "ISS-1", "direction": "is_source"}),
                200,
                json!({"links": [{"display_id": "LINK-2"}]}),
            ),
            (
                "links.list",
                json!({"object": "ISS-1", "direction": "is_target", "types": ["is_dependent_on"]}),
                200,
                json!({"links": [{"display_id": "LINK-1"}]}),
            ),
            (
                "links.list",
                json!({"object": "ISS-1", "object_types": ["ticket"]}),
                200,
                json!({"links": [{"display_id": "LINK-1"}]}),
            ),
            (
                "link-types.custom.create",
                json!({"name": "covers", "forward_name": "covers", "backward_name": "is covered by", "source_types": from, "target_types": to}),
                201,
                json!({"custom_link_type": {"display_id": "CUSTOM-LINK-TYPE-1", "source_types": from}}),
            ),
            (
                "link-types.custom.create",
                json!({"name": "x", "forward_name": "x", "backward_name": "y", "source_types": types("license", true), "target_types": to}),
                400,
                json!({"field_name": "source_types.leaf_type"}),
            ),
            (
                "links.create",
                json!({"link_type": "custom_link", "custom_link_type": "CUSTOM-LINK-TYPE-1", "source": "ACC-1", "target": "TKT-1"}),
                201,
                json!({"link": {"custom_link_type": {"display_id": "CUSTOM-LINK-TYPE-1"}}}),
            ),
            (
                "links.create",
                json!({"link_type": "custom_link", "custom_link_type": "CUSTOM-LINK-TYPE-1", "source": "TKT-1", "target": "ACC-1"}),
                400,
                json!({"type": "bad_request"}),
            ),
            (
                "link-types.custom.update",
                json!({"id": "CUSTOM-LINK-TYPE-1", "deprecated": true, "target_types_v2": types("issue", false)}),
                200,
                json!({"custom_link_type": {"is_deprecated": true, "target_types": [{"leaf_type": "issue"}]}}),
            ),
            (
                "link-types.custom.list",
                json!({"name": ["covers"], "source_types_v2": [{"leaf_type": "account"}]}),
                200,
                json!({"result": [{"name": "covers"}]}),
            ),
            (
                "link-types.custom.list",
                json!({"is_deprecated": false}),
                200,
                json!({"result": []}),
            ),
            (
                "links.create",
                json!({"link_type": "custom_link", "custom_link_type": "CUSTOM-LINK-TYPE-1", "source": "ACC-1", "target": "ISS-1"}),
                400,
                json!({}),
            ),
            ("links.delete", json!({"id": "LINK-2"}), 200, json!({})),
            ("links.get", json!({"id": "LINK-2"}), 404, json!({})),
            ("works.delete", json!({"id": "TKT-1"}), 200, json!({})),
            (
                "links.list",
                json!({"object": "ISS-1"}),
                200,
                json!({"links": []}),
            ),
        ],
    );
    check(
        &[("same_link", "conflict"), ("link_pairs", "any")],
        &[
            issue("I"),
            (
                "links.create",
                link("is_related_to", "TKT-1", "ISS-1"),
                201,
                json!({}),
            ),
            (
                "links.create",
                link("is_related_to", "TKT-1", "ISS-1"),
                409,
                json!({}),
            ),
            (
                "links.create",
                link("is_related_to", "ISS-1", "TKT-1"),
                201,
                json!({}),
            ),
        ],
    );
}

#[test]
fn parts_are_linked_to_their_parents_and_move_by_links() {
    // tidy: long because it is one table.
    let part = |kind: &str, name: &str, parent: &str| {
        (
            "parts.create",
            json!({"type": kind, "name": name, "owned_by": ["DEVU-1"], "parent_part": [parent]}),
            201,
            json!({}),
        )
    };
    check(
        &[],
        &[
            part("capability", "C", "PROD-1"),
            part("capability", "D", "PROD-1"),
            part("feature", "F", "CAPL-1"),
            (
                "links.list",
                json!({"object": "FEAT-1"}),
                200,
                json!({"links": [{"display_id": "LINK-3", "link_type": "is_part_of", "target": {"type": "capability", "name": "C"}}]}),
            ),
            ("links.delete", json!({"id": "LINK-3"}), 400, json!({})),
            (
                "links.replace",
                json!({"id": "LINK-3", "link_type": "is_part_of", "source": "FEAT-1", "target": "CAPL-2"}),
                201,
                json!({"link": {"display_id": "LINK-4"}}),
            ),
            ("links.get", json!({"id": "LINK-3"}), 404, json!({})),
            (
                "parts.list",
                json!({"parent_part": {"parts": ["CAPL-2"]}}),
                200,
                json!({"parts": [{"name": "F"}]}),
            ),
            (
                "links.replace",
                json!({"id": "LINK-2", "link_type": "is_part_of", "source": "CAPL-2", "target": "FEAT-1"}),
                400,
                json!({}),
            ),
            (
                "links.replace",
                json!({"id": "LINK-2", "link_type": "imports", "source": "CAPL-2", "target": "PROD-1"}),
                400,
                json!({}),
            ),
            (
                "parts.create",
                json!({"type": "product", "name": "P", "owned_by": ["DEVU-1"], "links": [{"link_type": "imports", "target": "PROD-1"}]}),
                201,
                json!({}),
            ),
            (
                "links.list",
                json!({"object": "PROD-2"}),
                200,
                json!({"links": [{"link_type": "imports", "source": {"name": "P"}}]}),
            ),
            (
                "parts.create",
                json!({"type": "product", "name": "Q", "owned_by": ["DEVU-1"], "links": [{"link_type": "imports", "target": "TKT-1"}]}),
                400,
                json!({}),
            ),
        ],
    );
}

#[test]
fn articles_lie_in_directories() {
    // tidy: long because it is one table.
    let article = |more: Value| {
        let mut body = json!({"title": "A", "owned_by": ["DEVU-1"], "resource": {}});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let desk = check(
        &[("artifact_without_file", "accept")],
        &[
            (
                "directories.create",
                json!({"title": "Top", "published": true, "tags": [{"id": "TAG-1"}]}),
                201,
                json!({"directory": {"display_id": "DIR-1", "title": "Top", "published": true}}),
            ),
            (
                "directories.create",
                json!({"title": "Below", "parent": "DIR-1"}),
                201,
                json!({"directory": {"parent": {"display_id": "DIR-1"}}}),
            ),
            (
                "directories.update",
                json!({"id": "DIR-1", "parent": "DIR-2"}),
                400,
                json!({"type": "bad_request"}),
            ),
            ("directories.count", json!({}), 200, json!({"count": 2})),
            ("artifacts.prepare", json!({"file_name": "a.md"}), 200, json!({})),
            (
                "articles.create",
                article(
                    json!({"parent": "DIR-2", "resource": {"artifacts": ["ARTIFACT-1"], "url": "u"}, "scope": 2, "applies_to_parts": ["PROD-1"], "tags": [{"id": "TAG-1"}], "status": "published"}),
                ),
                201,
                json!({"article": {"display_id": "ARTICLE-1", "article_type": "article", "parent": {"display_id": "DIR-2"}, "resource": {"artifacts": [{"display_id": "ARTIFACT-1"}], "url": "u"}, "scope": {"id": 2, "label": "External"}}}),
            ),
            (
                "articles.create",
                json!({"title": "A", "owned_by": ["DEVU-1"]}),
                400,
                json!({"type": "missing_required_field", "field_name": "resource"}),
            ),
            (
                "articles.create",
                article(json!({"resource": {"type": "x"}})),
                400,
                json!({"field_name": "resource.type"}),
            ),
            (
                "articles.create",
                article(json!({"resource": {"artifacts": ["ARTIFACT-1"]}})),
                400,
                json!({"type": "artifact_already_attached_to_a_parent"}),
            ),
            ("articles.create", article(json!({"scope": 3})), 400, json!({})),
            (
                "articles.create",
                article(json!({"aliases": ["1", "2", "3", "4", "5", "6"]})),
                400,
                json!({"field_name": "aliases"}),
            ),
            (
                "articles.create",
                article(json!({"title": "B", "parent": "DIR-2"})),
                201,
                json!({"article": {"display_id": "ARTICLE-2"}}),
            ),
            (
                "articles.create",
                article(json!({"title": "C", "parent": "DIR-2"})),
                201,
                json!({}),
            ),
            (
                "articles.list",
                json!({"parent": ["DIR-2"], "limit": 1}),
                200,
                json!({"articles": [{"title": "A"}], "total": 3}),
            ),
            (
                "articles.list",
                json!({"tags": ["TAG-1"], "scope": [2]}),
                200,
                json!({"articles": [{"title": "A"}], "total": 1}),
            ),
            (
                "articles.count",
                json!({"ancestor": "DIR-1"}),
                200,
                json!({"count": 3}),
            ),
            (
                "articles.update",
                json!({"id": "ARTICLE-1", "scope": 1}),
                400,
                json!({"type": "invalid_field"}),
            ),
            (
                "articles.update",
                json!({"id": "ARTICLE-1", "title": "Z", "artifacts": {"set": []}, "url": "v", "parent": null}),
                200,
                json!({"article": {"title": "Z", "resource": {"artifacts": [], "url": "v"}}}),
            ),
            (
                "articles.update",
                json!({"id": "ARTICLE-1", "owned_by": {"set": []}}),
                400,
                json!({}),
            ),
            (
                "articles.update",
                json!({"id": "ARTICLE-3", "reorder": {"before": "ARTICLE-2"}}),
                200,
                json!({}),
            ),
            (
                "articles.update",
                json!({"id": "ARTICLE-3", "reorder": {"after": "ARTICLE-1"}}),
                400,
                json!({}),
            ),
            ("articles.delete", json!({"id": "ARTICLE-1"}), 200, json!({})),
        ],
    );
    let ranks: Vec<String> = desk
        .twin
        .dump("article")
        .unwrap()
        .map(|line| {
            let article: Value = serde_json::from_str(&line).unwrap();
            article["rank"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(ranks[1] < ranks[0], "{ranks:?}");
}

#[test]
fn tasks_and_opportunities_are_works_too() {
    // tidy: long because it is one table.
    let work = |kind: &str, more: Value| {
        let mut body =
            json!({"type": kind, "title": "W", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let money = json!({"amount": "12.50", "currency": "EUR"});
    check(
        &[],
        &[
            (
                "works.create",
                work(
                    "task",
                    json!({"embedded": false, "priority": "p1", "external_ref": "k"}),
                ),
                201,
                json!({"work": {"type": "task", "display_id": "TASK-1", "stage": {"name": "open"}}}),
            ),
            (
                "works.create",
                work("task", json!({"severity": "low"})),
                400,
                json!({"field_name": "severity"}),
            ),
            (
                "works.create",
                work("opportunity", json!({})),
                400,
                json!({"field_name": "account"}),
            ),
            (
                "works.create",
                work(
                    "opportunity",
                    json!({"account": "ACC-1", "value": money, "contacts": ["REVU-1"], "forecast_category_v2": 5, "external_ref": "k"}),
                ),
                201,
                json!({"work": {"type": "opportunity", "display_id": "OPP-1", "stage": {"name": "qualification"}, "account": {"display_name": "Acme"}, "value": money, "contacts": [{"type": "rev_user"}], "forecast_category_v2": {"label": "Commit"}}}),
            ),
            (
                "works.update",
                json!({"id": "OPP-1", "type": "opportunity", "stage": {"name": "closed_won"}, "contacts": {"set": []}}),
                200,
                json!({"work": {"stage": {"state": {"is_final": true}}}}),
            ),
            (
                "works.list",
                json!({"type": ["opportunity"], "opportunity": {"account": ["ACC-1"]}}),
                200,
                json!({"works": [{"display_id": "OPP-1"}]}),
            ),
            (
                "works.list",
                json!({"external_ref": ["k"], "type": ["task"]}),
                200,
                json!({"works": [{"display_id": "TASK-1"}]}),
            ),
            (
                "works.update",
                json!({"id": "TASK-1", "type": "task", "stage": {"name": "resolved"}}),
                200,
                json!({"work": {"stage": {"name": "resolved"}}}),
            ),
            (
                "timeline-entries.create",
                json!({"type": "timeline_comment", "object": "TASK-1", "body": "b"}),
                201,
                json!({"timeline_entry": {"object_type": "task"}}),
            ),
        ],
    );
}

#[test]
fn a_deleted_tag_is_on_nothing() {
    check(
        &[],
        &[
            (
                "works.update",
                json!({"id": "TKT-1", "tags": {"add": [{"id": "TAG-1"}]}}),
                200,
                json!({}),
            ),
            (
                "accounts.update",
                json!({"id": "ACC-1", "tags": [{"id": "TAG-1"}]}),
                200,
                json!({}),
            ),
            ("tags.delete", json!({"id": "TAG-1"}), 200, json!({})),
            (
                "works.get",
                json!({"id": "TKT-1"}),
                200,
                json!({"work": {"tags": []}}),
            ),
            (
                "works.list",
                json!({"tags": ["TAG-1"]}),
                200,
                json!({"works": []}),
            ),
            (
                "accounts.list",
                json!({"tags": ["TAG-1"]}),
                200,
                json!({"accounts": []}),
            ),
            (
                "tags.create",
                json!({"name": "vip"}),
                201,
                json!({"tag": {"display_id": "TAG-2"}}),
            ),
        ],
    );
}
