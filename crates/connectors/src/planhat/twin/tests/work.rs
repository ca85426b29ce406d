//! Tasks and licenses.

use serde_json::{Value, json};

use super::{ask, get, ids, keep, make, small};
use crate::Twin;

#[test]
fn creates_need_what_is_documented() {
    // tidy: long because it is one table
    for (path, body, status) in [
        ("/tasks", json!({"companyId": "c1"}), 200),
        (
            "/tasks",
            json!({"companyId": "srcid-sf-1", "mainType": "event"}),
            200,
        ),
        ("/tasks", json!({"mainType": "task"}), 400),
        ("/tasks", json!({"companyId": "nothing"}), 400),
        ("/tasks", json!({"companyId": "c1", "startTime": "soon"}), 400),
        ("/tasks", json!({"companyId": "c1", "repeat": "weekly"}), 200),
        ("/tasks", json!({"companyId": "c1", "repeat": "custom"}), 400),
        (
            "/tasks",
            json!({"companyId": "c1", "repeat": "custom", "repeatDays": 3}),
            200,
        ),
        ("/tasks", json!({"companyId": "c1", "sourceId": "taken"}), 400),
        (
            "/licenses",
            json!({"companyId": "c1", "_currency": "USD", "value": 0}),
            200,
        ),
        (
            "/licenses",
            json!({"companyId": "extid-ext 1", "_currency": "any", "value": -1.5}),
            200,
        ),
        (
            "/licenses",
            json!({"companyId": "srcid-sf-1", "_currency": "USD", "value": 1}),
            200,
        ),
        (
            "/licenses",
            json!({"companyId": "extid-none", "_currency": "USD", "value": 1}),
            400,
        ),
        ("/licenses", json!({"_currency": "USD", "value": 1}), 400),
        ("/licenses", json!({"companyId": "c1", "value": 1}), 400),
        ("/licenses", json!({"companyId": "c1", "_currency": "USD"}), 400),
        (
            "/licenses",
            json!({"companyId": "c1", "_currency": "USD", "value": {}}),
            400,
        ),
        (
            "/licenses",
            json!({"companyId": "c1", "_currency": "USD", "value": 1, "fixedPeriod": false}),
            400,
        ),
        (
            "/licenses",
            json!({"companyId": "c1", "_currency": "USD", "value": 1, "fixedPeriod": false, "mrr": 1}),
            200,
        ),
        (
            "/licenses",
            json!({"companyId": "c1", "_currency": "USD", "value": 1, "externalId": "taken"}),
            400,
        ),
        (
            "/licenses",
            json!({"companyId": "c2", "_currency": "USD", "value": 1, "externalId": "taken"}),
            200,
        ),
    ] {
        let mut twin = small(&[]);
        keep(
            &mut twin,
            "task",
            json!({"_id": "t1", "companyId": "c1", "sourceId": "taken"}),
        );
        keep(
            &mut twin,
            "license",
            json!({"_id": "l1", "companyId": "c1", "externalId": "taken"}),
        );
        let (given, answer) = ask(&mut twin, &format!("POST {path}"), body.clone());
        assert_eq!(given, status, "{path} {body}: {answer}");
    }
}

#[test]
fn references_are_resolved_and_named() {
    let task = json!({"companyId": "srcid-sf-1", "ownerId": "u1", "description": "<p>Call &amp; ask</p>"});
    let license = json!({"companyId": "extid-ext 1", "_currency": "USD", "value": 1.50, "arr": 9});
    for (path, body, names) in [
        (
            "/tasks",
            task,
            json!({"companyId": "c1", "companyName": "Acme", "ownerName": "Alex", "snippet": "Call & ask",
                "mainType": "task", "isArchived": false, "createdAt": "2021-07-29T17:21:52.347Z"}),
        ),
        (
            "/licenses",
            license,
            json!({"companyId": "c1", "companyName": "Acme", "_currency": "USD", "value": 1.50, "arr": null,
                "renewalPeriod": 1, "noticePeriod": 0, "issues": []}),
        ),
    ] {
        let mut twin = small(&[]);
        let id = make(&mut twin, path, body);
        let record = get(&mut twin, &format!("GET {path}/{id}"));
        for (name, value) in names.as_object().unwrap() {
            assert_eq!(&record[name], value, "{path} {name}");
        }
        ask(&mut twin, "PUT /companies/c1", json!({"name": "Acme 2"}));
        assert_eq!(
            get(&mut twin, &format!("GET {path}/{id}"))["companyName"],
            "Acme 2"
        );
    }
}

#[test]
fn lists_filter_as_documented() {
    for (line, found) in [
        ("/tasks", "a b d"),
        ("/tasks?isArchived=false", "a b d"),
        ("/tasks?isArchived=true", "a b c d"),
        ("/tasks?archived=true", "a b d"),
        ("/tasks?enduserIds=e1", "a b"),
        ("/tasks?enduserIds=e2, e3", "b"),
        ("/tasks?enduserIds=e1&isArchived=true", "a b c"),
        ("/tasks?enduserIds=nobody", ""),
        ("/tasks?enduserIds=", "a b d"),
        ("/tasks?companyId=c2,c1", "a b d"),
        ("/tasks?companyId=c2", "d"),
        ("/tasks?companyId=c1&enduserIds=e2", "b"),
        ("/licenses", "l m"),
        ("/licenses?companyId=c1", "l"),
        ("/licenses?companyId=c2,c1", "m"),
        ("/licenses?isArchived=false", "l m"),
    ] {
        let mut twin = small(&[]);
        for (table, record) in [
            ("task", json!({"_id": "a", "companyId": "c1", "endusers": ["e1"]})),
            (
                "task",
                json!({"_id": "b", "companyId": "c1", "endusers": [{"id": "e2"}, {"id": "e1"}]}),
            ),
            (
                "task",
                json!({"_id": "c", "companyId": "c1", "endusers": ["e1"], "isArchived": true}),
            ),
            (
                "task",
                json!({"_id": "d", "companyId": "c2", "archived": true, "endusers": [1, null, {}]}),
            ),
            ("license", json!({"_id": "l", "companyId": "c1"})),
            ("license", json!({"_id": "m", "companyId": "c2"})),
        ] {
            keep(&mut twin, table, record);
        }
        assert_eq!(ids(&get(&mut twin, &format!("GET {line}"))), found, "{line}");
    }
}

#[test]
fn pages_have_their_own_sizes() {
    for (path, table, count, most) in [
        ("/tasks", "task", 500, 10_000),
        ("/licenses", "license", 100, 2000),
    ] {
        let mut twin = small(&[("over_max_limit", "400")]);
        for place in 0..=count {
            keep(&mut twin, table, json!({"_id": format!("{place:04}")}));
        }
        assert_eq!(
            get(&mut twin, &format!("GET {path}")).as_array().unwrap().len(),
            count
        );
        for (limit, status) in [(most, 200), (most + 1, 400)] {
            let line = format!("GET {path}?limit={limit}");
            assert_eq!(ask(&mut twin, &line, Value::Null).0, status, "{line}");
        }
    }
}

#[test]
fn paths_and_bulk_writes_take_the_documented_keys() {
    for (line, body, status) in [
        ("GET /tasks/t1", Value::Null, 200),
        ("GET /tasks/srcid-s", Value::Null, 200),
        ("GET /tasks/extid-x", Value::Null, 404),
        ("PUT /tasks/srcid-s", json!({}), 200),
        ("PUT /tasks/extid-x", json!({}), 404),
        ("DELETE /tasks/srcid-s", Value::Null, 404),
        ("DELETE /tasks/t1", Value::Null, 200),
        ("GET /licenses/srcid-s", Value::Null, 200),
        ("GET /licenses/extid-x", Value::Null, 200),
        ("PUT /licenses/extid-x", json!({"value": 2}), 200),
        ("DELETE /licenses/l1", Value::Null, 200),
        ("PUT /tasks", json!([{"_id": "t1", "action": "A"}]), 200),
        ("PUT /tasks", json!([{"sourceId": "s", "action": "A"}]), 200),
        ("PUT /tasks", json!([{"externalId": "x", "action": "A"}]), 400),
        ("PUT /licenses", json!([{"sourceId": "s", "value": 2}]), 200),
        ("PUT /licenses", json!([{"externalId": "x", "value": 2}]), 200),
        ("PUT /licenses", json!([{"externalId": "new", "value": 2}]), 400),
    ] {
        let mut twin = small(&[]);
        keep(
            &mut twin,
            "task",
            json!({"_id": "t1", "companyId": "c1", "sourceId": "s", "externalId": "x"}),
        );
        keep(
            &mut twin,
            "license",
            json!({"_id": "l1", "companyId": "c1", "sourceId": "s", "externalId": "x"}),
        );
        assert_eq!(ask(&mut twin, line, body.clone()).0, status, "{line} {body}");
    }
}

#[test]
fn a_completed_task_is_archived() {
    let mut twin = small(&[]);
    let id = make(&mut twin, "/tasks", json!({"companyId": "c1"}));
    ask(
        &mut twin,
        &format!("PUT /tasks/{id}"),
        json!({"dateDone": "2021-07-29"}),
    );
    assert_eq!(ids(&get(&mut twin, "GET /tasks")), "");
    assert_eq!(ids(&get(&mut twin, "GET /tasks?isArchived=true")), id);
    assert_eq!(get(&mut twin, &format!("GET /tasks/{id}"))["isArchived"], true);
}

#[test]
fn permissions_and_dumps_know_them() {
    for (path, name) in [("/tasks", "task"), ("/licenses", "license")] {
        let mut twin = small(&[("deny", &format!("{name}.view"))]);
        assert_eq!(
            ask(&mut twin, &format!("GET {path}"), Value::Null).0,
            403,
            "{path}"
        );
        assert_eq!(ask(&mut twin, "GET /companies", Value::Null).0, 200);
        assert!(twin.objects().contains(&name));
        keep(&mut twin, name, json!({"_id": "x"}));
        assert!(twin.dump(name).unwrap().eq([r#"{"_id":"x"}"#]), "{name}");
    }
}
