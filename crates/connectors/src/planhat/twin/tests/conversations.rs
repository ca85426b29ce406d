//! What is particular to conversations and tickets.

use serde_json::{Value, json};

use super::{ask, get, keep, make, small};

const TYPES: (&str, &str) = ("conversation_types", "Training, In person meeting");

#[test]
fn types_follow_their_rules() {
    for (setting, asked, status, kind, custom) in [
        ("note", Some("note"), 200, "note", false),
        ("note", None, 200, "note", false),
        ("note", Some("Training"), 200, "Training", true),
        ("note", Some("training"), 200, "note", false),
        ("note", Some("whatever"), 200, "note", false),
        ("note", Some("email"), 200, "note", false),
        ("accept", Some("ticket"), 200, "ticket", false),
        ("accept", Some("call"), 200, "call", false),
        ("refuse", Some("chat"), 400, "", false),
        ("refuse", Some("note"), 200, "note", false),
    ] {
        let mut twin = small(&[TYPES, ("reserved_types", setting)]);
        let mut body = json!({"companyId": "c1"});
        if let Some(asked) = asked {
            body["type"] = asked.into();
        }
        let (given, made) = ask(&mut twin, "POST /conversations", body);
        assert_eq!(given, status, "{setting} {asked:?}");
        if status == 200 {
            assert_eq!(made["type"], kind, "{setting} {asked:?}");
            let read = get(
                &mut twin,
                &format!("GET /conversations/{}", made["_id"].as_str().unwrap()),
            );
            assert_eq!(read["isCustomType"], custom, "{setting} {asked:?}");
        }
    }
}

#[test]
fn an_update_changes_a_type_to_any_that_exists() {
    for (asked, kind) in [
        ("ticket", "ticket"),
        ("Training", "Training"),
        ("nothing", "note"),
    ] {
        let mut twin = small(&[TYPES]);
        let id = make(&mut twin, "/conversations", json!({"companyId": "c1"}));
        let (_, updated) = ask(
            &mut twin,
            &format!("PUT /conversations/{id}"),
            json!({"type": asked}),
        );
        assert_eq!(updated["type"], kind, "{asked}");
    }
}

#[test]
fn a_company_is_found_by_any_reference() {
    for (body, status) in [
        (json!({"companyId": "c1"}), 200),
        (json!({"companyId": "extid-ext 1"}), 200),
        (json!({"companyId": "srcid-sf-1"}), 200),
        (json!({"companyExternalId": "ext 1"}), 200),
        (json!({"companyId": "extid-other"}), 400),
        (json!({"companyId": null}), 400),
        (json!({"companyId": 7}), 400),
        (json!({"companyId": {"_id": "c1"}}), 400),
        (json!({}), 400),
    ] {
        let (given, made) = ask(&mut small(&[]), "POST /conversations", body.clone());
        assert_eq!(given, status, "{body}");
        if status == 200 {
            assert_eq!(
                (&made["companyId"], &made["companyName"]),
                (&json!("c1"), &json!("Acme")),
                "{body}"
            );
        }
    }
}

#[test]
fn people_get_their_names_and_one_owns() {
    for (body, users) in [
        (
            json!({"users": [{"id": "u1"}]}),
            json!([{"id": "u1", "name": "Alex", "isOwner": true}]),
        ),
        (
            json!({"users": ["u1"]}),
            json!([{"id": "u1", "name": "Alex", "isOwner": true}]),
        ),
        (
            json!({"ownerId": "u1"}),
            json!([{"id": "u1", "name": "Alex", "isOwner": true}]),
        ),
        (
            json!({"users": [{"id": "u2"}, {"id": "u1"}], "ownerId": "u1"}),
            json!([{"id": "u2", "isOwner": false}, {"id": "u1", "name": "Alex", "isOwner": true}]),
        ),
        (
            json!({"users": [{"id": "u2"}, {"id": "u1", "isOwner": true}]}),
            json!([{"id": "u2", "isOwner": false}, {"id": "u1", "name": "Alex", "isOwner": true}]),
        ),
        (json!({"users": []}), json!([])),
    ] {
        let mut sent = body.clone();
        sent["companyId"] = "c1".into();
        let (_, made) = ask(&mut small(&[]), "POST /conversations", sent);
        assert_eq!(made["users"], users, "{body}");
    }
}

#[test]
fn what_is_not_a_list_of_people_is_refused() {
    for body in [
        json!({"users": [1]}),
        json!({"users": [{}]}),
        json!({"endusers": "e1"}),
        json!({"users": {}}),
    ] {
        let mut sent = body.clone();
        sent["companyId"] = "c1".into();
        assert_eq!(ask(&mut small(&[]), "POST /conversations", sent).0, 400, "{body}");
    }
}

#[test]
fn a_snippet_is_the_text_without_tags() {
    for (html, text) in [
        ("<p>One</p><p>Two</p>", "One Two"),
        ("a<br/>b &amp; c&nbsp;d &#233;&#x1F600;", "a b & c d é😀"),
        ("<b>bo</b>ld, 1 < 2, x<y", "bold, 1 < 2, x<y"),
        ("<style>p{}</style><!-- no -->yes<script>no</script>", "yes"),
        ("<a href=\"x>y\">z</a> &unknown; &", "y\">z &unknown; &"),
        ("<", "<"),
    ] {
        let (_, made) = ask(
            &mut small(&[]),
            "POST /conversations",
            json!({"companyId": "c1", "description": html}),
        );
        assert_eq!(made["snippet"], text, "{html}");
    }
}

#[test]
fn has_more_says_whether_the_snippet_is_cut() {
    for (body, more) in [
        (json!({"description": "short"}), json!(false)),
        (json!({"description": "long ".repeat(100)}), json!(true)),
        (json!({}), Value::Null),
    ] {
        let mut twin = small(&[]);
        let mut sent = body.clone();
        sent["companyId"] = "c1".into();
        make(&mut twin, "/conversations", sent);
        assert_eq!(get(&mut twin, "GET /conversations")[0]["hasMore"], more);
    }
}

#[test]
fn an_update_shows_plain_text_and_keeps_html() {
    let mut twin = small(&[]);
    let id = make(
        &mut twin,
        "/conversations",
        json!({"companyId": "c1", "externalId": "x"}),
    );
    let sent = json!({"description": "<p>Hi <b>you</b></p>"});
    let (_, updated) = ask(&mut twin, "PUT /conversations/extid-x", sent);
    assert_eq!(updated["description"], "Hi you");
    assert_eq!(
        get(&mut twin, &format!("GET /conversations/{id}"))["description"],
        "<p>Hi <b>you</b></p>"
    );
    assert_eq!(
        get(&mut twin, "GET /conversations?select=description")[0]["description"],
        "<p>Hi <b>you</b></p>"
    );
}

#[test]
fn automatic_properties_are_not_written() {
    let mut twin = small(&[]);
    let body =
        json!({"companyId": "c1", "isOpen": true, "tags": ["x"], "companyName": "Other", "unknown": 1});
    let (_, made) = ask(&mut twin, "POST /conversations", body.clone());
    assert_eq!((&made["isOpen"], &made["tags"]), (&json!(false), &json!([])));
    assert_eq!(
        (&made["companyName"], made.get("unknown")),
        (&json!("Acme"), None)
    );
    let mut twin = small(&[("automatic_properties", "write"), ("unknown_properties", "store")]);
    let (_, made) = ask(&mut twin, "POST /conversations", body);
    assert_eq!((&made["isOpen"], &made["unknown"]), (&json!(true), &json!(1)));
}

#[test]
fn a_ticket_arrives_whole() {
    // tidy: long because it is one table
    let mut twin = small(&[]);
    let ticket = json!({"sourceId": "Z1", "email": "new@acme.test", "name": "New Person", "title": "Broken",
        "description": "<p>It is broken</p>", "type": "bug", "severity": "high", "status": "open", "source": "Zendesk",
        "domains": ["acme.test"], "agentEmail": "alex@us.test", "tags": ["a"], "timeSpent": 1.5,
        "createdAt": "2016-10-21T15:24:05Z", "url": "https://z.test/1"});
    let (status, result) = ask(&mut twin, "PUT /tickets", json!([ticket]));
    assert_eq!((status, &result["created"]), (200, &json!(1)), "{result}");
    assert_eq!(result["insertsKeys"][0]["sourceId"], "Z1");
    let ticket = get(&mut twin, "GET /tickets")[0].clone();
    for (name, value) in [
        ("type", json!("ticket")),
        ("subType", json!("bug")),
        ("subject", json!("Broken")),
        ("snippet", json!("It is broken")),
        ("externalId", json!("Z1")),
        ("sourceId", json!("Z1")),
        ("companyId", json!("c1")),
        ("companyName", json!("Acme")),
        ("isOpen", json!(true)),
        ("tags", json!(["a"])),
        ("days", json!(17095)),
        ("timeBucket", json!(["2016", "2016-Q4", "2016-10", "2016-W43"])),
        ("users", json!([{"id": "u1", "name": "Alex", "isOwner": true}])),
        (
            "sender",
            json!([{"email": "new@acme.test", "name": "New Person"}]),
        ),
        (
            "history",
            json!([{"status": "open", "time": "2021-07-29T17:21:52.347Z"}]),
        ),
        ("createDate", json!("2016-10-21T15:24:05.000Z")),
    ] {
        assert_eq!(ticket[name], value, "{name}");
    }
    assert_eq!(ticket["endusers"][0]["name"], "New Person");
    let made = get(&mut twin, "GET /endusers?email=NEW@acme.test");
    assert_eq!(
        (&made[0]["firstName"], &made[0]["companyId"]),
        (&json!("New"), &json!("c1"))
    );
    let whole = get(
        &mut twin,
        &format!("GET /tickets/{}", ticket["_id"].as_str().unwrap()),
    );
    assert_eq!(
        (&whole["severity"], &whole["timeSpent"]),
        (&json!("high"), &json!(1.5))
    );

    let update = json!([{"sourceId": "Z1", "email": "new@acme.test", "status": "closed"}]);
    let (_, result) = ask(&mut twin, "PUT /tickets", update);
    assert_eq!((&result["updated"], &result["created"]), (&json!(1), &json!(0)));
    let ticket = get(&mut twin, "GET /tickets?status=closed")[0].clone();
    assert_eq!(
        (&ticket["isOpen"], ticket["history"].as_array().unwrap().len()),
        (&json!(false), 2)
    );
    assert_eq!(
        get(&mut twin, "GET /conversations?limit=5")
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn tickets_are_dropped_or_refused() {
    for (ticket, created, errors) in [
        (json!({"sourceId": "1", "domains": ["acme.test"]}), 0, 0),
        (json!({"sourceId": "1", "email": "a@acme.test"}), 1, 0),
        (
            json!({"sourceId": "1", "email": "a@nowhere.test", "companyExternalId": "ext 1"}),
            1,
            0,
        ),
        (json!({"sourceId": "1", "email": "a@nowhere.test"}), 0, 1),
        (json!({"email": "a@acme.test"}), 0, 1),
    ] {
        let (_, result) = ask(&mut small(&[]), "PUT /tickets", ticket.clone());
        assert_eq!(result["created"], created, "{ticket}");
        assert_eq!(
            result["createdErrors"].as_array().unwrap().len(),
            errors,
            "{ticket}: {result}"
        );
    }
}

#[test]
fn a_ticket_door_shows_only_tickets() {
    let mut twin = small(&[]);
    keep(
        &mut twin,
        "conversation",
        json!({"_id": "n", "type": "note", "companyId": "c1"}),
    );
    let ticket =
        json!({"_id": "t", "type": "ticket", "companyId": "c1", "email": "a@b.test", "snippet": "It Broke"});
    keep(&mut twin, "conversation", ticket);
    for (line, found) in [
        ("GET /tickets", "t"),
        ("GET /tickets?search=broke", "t"),
        ("GET /tickets?search=other", ""),
        ("GET /tickets?email=a@b.test", "t"),
        ("GET /tickets?companyId=c1&limit=1", "t"),
    ] {
        assert_eq!(super::ids(&get(&mut twin, line)), found, "{line}");
    }
    assert_eq!(ask(&mut twin, "GET /tickets/n", Value::Null).0, 404);
    assert_eq!(ask(&mut twin, "DELETE /tickets/n", Value::Null).0, 404);
    assert_eq!(ask(&mut twin, "DELETE /tickets/t", Value::Null).0, 200);
}

#[test]
fn a_new_company_name_reaches_its_conversations() {
    let mut twin = small(&[]);
    let id = make(&mut twin, "/conversations", json!({"companyId": "c1"}));
    ask(&mut twin, "PUT /companies/c1", json!({"name": "Acme Group"}));
    assert_eq!(
        get(&mut twin, &format!("GET /conversations/{id}"))["companyName"],
        "Acme Group"
    );
    assert_eq!(get(&mut twin, "GET /endusers/e1")["companyName"], "Acme Group");
}
