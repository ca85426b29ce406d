use http::Method;
use serde_json::{Value, json};

use super::{Desk, holds, ticket};
use crate::kit::Request;

/// Posts each in turn to a furnished workspace; the answer's status and what it must hold stand beside it.
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

fn furnished() -> Desk {
    let mut desk = Desk::new();
    desk.furnish();
    desk.ok(
        "accounts.create",
        json!({"display_name": "Beta", "external_refs": ["beta"], "domains": ["beta.example"]}),
    );
    desk.ok(
        "rev-users.create",
        json!({"email": "b@beta.example", "account": "ACC-2", "external_ref": "b"}),
    );
    desk
}

#[test]
fn what_named_the_second_account_names_the_first() {
    // tidy: long because it is one table.
    let mut desk = furnished();
    desk.license();
    desk.ok("works.create", ticket(json!({"account": "ACC-2"})));
    desk.ok(
        "custom-objects.create",
        json!({"leaf_type": "license", "unique_key": "l", "custom_schema_spec": {"tenant_fragment": true}, "custom_fields": {"tnt__account": "ACC-2"}}),
    );
    desk.ok(
        "timeline-entries.create",
        json!({"type": "timeline_comment", "object": "ACC-2", "body": "b"}),
    );
    let pair = |first: &str, second: &str| json!({"primary_account": first, "secondary_account": second});
    check(
        &mut desk,
        &[
            (
                "accounts.merge",
                pair("ACC-1", "ACC-1"),
                400,
                json!({"field_name": "secondary_account"}),
            ),
            ("accounts.merge", pair("ACC-1", "ACC-9"), 404, json!({})),
            ("accounts.merge", pair("ACC-1", "ACC-2"), 200, json!({})),
            (
                "accounts.get",
                json!({"id": "ACC-2"}),
                301,
                json!({"type": "moved_permanently"}),
            ),
            (
                "accounts.get",
                json!({"id": "ACC-1"}),
                200,
                json!({"account": {"display_name": "Acme", "domains": ["acme.example"]}}),
            ),
            (
                "works.get",
                json!({"id": "TKT-2"}),
                200,
                json!({"work": {"account": {"display_id": "ACC-1"}}}),
            ),
            (
                "works.get",
                json!({"id": "TKT-1"}),
                200,
                json!({"work": {"account": {"display_id": "ACC-1"}}}),
            ),
            (
                "rev-orgs.list",
                json!({"account": ["ACC-1"]}),
                200,
                json!({"rev_orgs": [{"display_name": "Acme"}, {"display_name": "Beta"}]}),
            ),
            (
                "rev-users.list",
                json!({"associations": ["ACC-1"]}),
                200,
                json!({"rev_users": [{"display_id": "REVU-1"}, {"display_id": "REVU-2"}]}),
            ),
            (
                "timeline-entries.list",
                json!({"object": "ACC-1"}),
                200,
                json!({"timeline_entries": [{"body": "b"}]}),
            ),
            (
                "accounts.create",
                json!({"display_name": "Beta", "domains": ["beta.example"]}),
                201,
                json!({}),
            ),
        ],
    );
    let license = desk.ok("custom-objects.list", json!({"leaf_type": "license"}));
    assert_eq!(
        license["result"][0]["custom_fields"]["tnt__account"],
        desk.ok("accounts.get", json!({"id": "ACC-1"}))["account"]["id"]
    );
}

#[test]
fn what_was_merged_says_where_it_went_or_that_it_is_gone() {
    let merge = |setting: &str| {
        let mut desk = Desk::with(&[("merged", setting)]);
        desk.furnish();
        for name in ["Beta", "Gamma"] {
            desk.ok("accounts.create", json!({"display_name": name}));
        }
        for (first, second) in [("ACC-2", "ACC-3"), ("ACC-1", "ACC-2")] {
            desk.ok(
                "accounts.merge",
                json!({"primary_account": first, "secondary_account": second}),
            );
        }
        // Also by a twin that was started again.
        let mut saved = Vec::new();
        desk.twin.save(&mut saved).unwrap();
        desk.twin.load(&mut saved.as_slice()).unwrap();
        let request = Request::new(Method::POST, "/accounts.get").json(&json!({"id": "ACC-3"}));
        let answer = desk.send(request).response;
        let location = answer.header_text("location").map(str::to_owned);
        let first = desk.ok("accounts.get", json!({"id": "ACC-1"}))["account"]["id"].clone();
        (answer.status, location, first.as_str().unwrap().to_owned())
    };
    let (status, location, first) = merge("moved");
    assert_eq!((status, location), (301, Some(first)));
    let (status, location, _) = merge("gone");
    assert_eq!((status, location), (404, None));
}

#[test]
fn a_contact_takes_over_what_another_had() {
    // tidy: long because it is one table.
    let mut desk = furnished();
    desk.ok(
        "works.create",
        ticket(json!({"reported_by": ["REVU-2", "REVU-1"]})),
    );
    for user in ["REVU-1", "REVU-2"] {
        desk.ok(
            "conversations.create",
            json!({"type": "support", "members": [user]}),
        );
    }
    desk.ok(
        "groups.create",
        json!({"name": "G", "description": "d", "member_type": "rev_user"}),
    );
    for user in ["REVU-1", "REVU-2"] {
        desk.ok("groups.members.add", json!({"group": "GROUP-1", "member": user}));
    }
    desk.ok("works.create", ticket(json!({})));
    desk.ok(
        "links.create",
        json!({"link_type": "is_related_to", "source": "CONV-1", "target": "TKT-2"}),
    );
    check(
        &mut desk,
        &[
            (
                "rev-users.merge",
                json!({"primary_user": "REVU-1", "secondary_user": "REVU-2"}),
                200,
                json!({}),
            ),
            ("rev-users.get", json!({"id": "REVU-2"}), 301, json!({})),
            (
                "rev-users.get",
                json!({"id": "REVU-1"}),
                200,
                json!({"rev_user": {"email": "a@acme.example"}}),
            ),
            (
                "rev-users.associations.list",
                json!({"rev_user_id": "REVU-1"}),
                200,
                json!({"associations": [{}, {}, {}, {}]}),
            ),
            (
                "works.get",
                json!({"id": "TKT-2"}),
                200,
                json!({"work": {"reported_by": [{"display_id": "REVU-1"}]}}),
            ),
            (
                "groups.members.list",
                json!({"group": "GROUP-1"}),
                200,
                json!({"members": [{"member": {"display_id": "REVU-1"}}]}),
            ),
            (
                "conversations.get",
                json!({"id": "CONV-2"}),
                200,
                json!({"conversation": {"members": [{"display_id": "REVU-1"}]}}),
            ),
        ],
    );
}

#[test]
fn a_dev_user_is_merged_activated_and_let_go() {
    // tidy: long because it is one table.
    let mut desk = furnished();
    desk.ok(
        "dev-users.create",
        json!({"email": "x@y.example", "state": "shadow"}),
    );
    desk.ok(
        "dev-users.create",
        json!({"email": "z@y.example", "state": "shadow"}),
    );
    desk.ok(
        "accounts.update",
        json!({"id": "ACC-1", "owned_by": ["DEVU-3", "DEVU-2"]}),
    );
    desk.ok("groups.create", json!({"name": "G", "description": "d"}));
    let pair = |first: &str, second: &str| json!({"primary_user": first, "secondary_user": second});
    let only = |state: &str| json!({"state": [state]});
    check(
        &mut desk,
        &[
            (
                "dev-users.merge",
                pair("DEVU-2", "DEVU-1"),
                400,
                json!({"field_name": "secondary_user"}),
            ),
            ("dev-users.merge", pair("DEVU-2", "DEVU-3"), 200, json!({})),
            (
                "accounts.get",
                json!({"id": "ACC-1"}),
                200,
                json!({"account": {"owned_by": [{"display_id": "DEVU-2"}]}}),
            ),
            (
                "dev-users.activate",
                json!({"id": "DEVU-2", "groups": ["GROUP-1"]}),
                200,
                json!({"invite_sent": true}),
            ),
            (
                "dev-users.activate",
                json!({"id": "DEVU-2", "groups": ["GROUP-1"]}),
                200,
                json!({"invite_sent": false}),
            ),
            ("dev-users.activate", json!({"id": "DEVU-3"}), 301, json!({})),
            (
                "groups.members.list",
                json!({"group": "GROUP-1"}),
                200,
                json!({"members": [{"member": {"display_id": "DEVU-2"}}]}),
            ),
            ("dev-users.deactivate", json!({"id": "DEVU-2"}), 200, json!({})),
            (
                "dev-users.list",
                only("deactivated"),
                200,
                json!({"dev_users": [{"display_id": "DEVU-2"}]}),
            ),
            ("dev-users.deactivate", json!({"id": "DEVU-1"}), 403, json!({})),
            (
                "dev-users.self.update",
                json!({"full_name": "Me"}),
                200,
                json!({"dev_user": {"display_id": "DEVU-1", "full_name": "Me"}}),
            ),
        ],
    );
}

#[test]
fn a_dev_user_is_known_elsewhere_once_by_issuer() {
    // tidy: long because it is one table.
    let mut desk = furnished();
    desk.ok(
        "dev-users.create",
        json!({"email": "x@y.example", "state": "shadow"}),
    );
    let known = |user: &str, issuer: &str, id: &str| json!({"dev_user": user, "issuer": issuer, "id": id});
    let by = |issuer: &str, id: &str| json!({"external_identity": [{"issuer": issuer, "id": id}]});
    check(
        &mut desk,
        &[
            (
                "dev-users.identities.link",
                known("DEVU-2", "planhat", "1"),
                200,
                json!({"dev_user": {"external_identities": [{"issuer": "planhat", "id": "1"}]}}),
            ),
            (
                "dev-users.identities.link",
                known("DEVU-1", "planhat", "1"),
                409,
                json!({"type": "conflict"}),
            ),
            (
                "dev-users.identities.link",
                known("DEVU-1", "other", "1"),
                200,
                json!({}),
            ),
            (
                "dev-users.identities.link",
                known("DEVU-2", "planhat", "2"),
                200,
                json!({"dev_user": {"external_identities": [{"id": "2"}]}}),
            ),
            (
                "dev-users.list",
                by("planhat", "2"),
                200,
                json!({"dev_users": [{"display_id": "DEVU-2"}]}),
            ),
            (
                "dev-users.list",
                by("planhat", "1"),
                200,
                json!({"dev_users": []}),
            ),
            (
                "dev-users.identities.unlink",
                json!({"dev_user": "DEVU-2", "issuer": "planhat"}),
                200,
                json!({"dev_user": {"display_id": "DEVU-2"}}),
            ),
            (
                "dev-users.identities.unlink",
                json!({"dev_user": "DEVU-2", "issuer": "planhat"}),
                404,
                json!({}),
            ),
        ],
    );
}

#[test]
fn a_contact_goes_by_the_older_methods_and_by_its_e_mail() {
    let mut desk = furnished();
    let both = json!({"id": "REVU-1", "rev_org": "REV-2"});
    let ours = json!({"email": "a@acme.example"});
    check(
        &mut desk,
        &[
            (
                "rev-users.link",
                both.clone(),
                200,
                json!({"rev_user": {"display_id": "REVU-1"}}),
            ),
            (
                "rev-users.list",
                json!({"associations": ["ACC-2"]}),
                200,
                json!({"rev_users": [{}, {}]}),
            ),
            (
                "rev-users.link",
                json!({"id": "REVU-1"}),
                400,
                json!({"field_name": "rev_org"}),
            ),
            (
                "rev-users.unlink",
                json!({"user_don": "REVU-1", "rev_org_don": "REV-2"}),
                200,
                json!({}),
            ),
            ("rev-users.unlink", both, 404, json!({})),
            ("rev-users.personal-data", ours.clone(), 200, json!({})),
            ("rev-users.delete-personal-data", ours.clone(), 200, json!({})),
            ("rev-users.get", json!({"id": "REVU-1"}), 404, json!({})),
            ("rev-users.personal-data", ours, 404, json!({})),
        ],
    );
}
