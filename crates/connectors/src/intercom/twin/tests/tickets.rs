//! Tickets and their types.

use serde_json::{Value, json};

use super::{
    Stand,
    furnished::{ADA, ANN, furnished},
};

/// A type of tickets; its id.
fn kind(twin: &mut Stand, name: &str, category: &str) -> String {
    let made = twin.did("POST /ticket_types", json!({"name": name, "category": category}));
    assert_eq!(
        made["ticket_type_attributes"]["data"].as_array().unwrap().len(),
        2
    );
    made["id"].as_str().unwrap().to_owned()
}

fn ticket(twin: &mut Stand, kind: &str, attributes: Value) -> Value {
    let body = json!({"ticket_type_id": kind, "contacts": [{"id": ANN}], "ticket_attributes": attributes});
    twin.did("POST /tickets", body)
}

fn kinds(ticket: &Value) -> Vec<String> {
    let parts = ticket["ticket_parts"]["ticket_parts"].as_array().unwrap();
    parts
        .iter()
        .map(|part| part["part_type"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_ticket_is_made_changed_and_deleted() {
    let mut twin = furnished(&[]);
    let bug = kind(&mut twin, "Bug", "Customer");
    let made = ticket(
        &mut twin,
        &bug,
        json!({"_default_title_": "Broken", "_default_description_": "It is."}),
    );
    assert_eq!(
        (&made["ticket_id"], &made["category"]),
        (&json!("1"), &json!("Customer"))
    );
    assert_eq!(made["ticket_state"]["category"], "submitted");
    assert_eq!(made["ticket_type"]["name"], "Bug");
    assert_eq!(made["contacts"]["contacts"][0]["id"], ANN);
    assert_eq!(kinds(&made), ["ticket_state_updated_by_admin"]);
    let id = made["id"].as_str().unwrap();
    let change = json!({
        "ticket_state_id": "8002", "ticket_attributes": {"_default_title_": "Very broken"}, "admin_id": ADA,
        "assignee_id": ADA,
    });
    let changed = twin.did(&format!("PUT /tickets/{id}"), change);
    assert_eq!(changed["ticket_state"]["category"], "in_progress");
    assert_eq!(changed["previous_ticket_state_id"], "8001");
    assert_eq!(changed["ticket_attributes"]["_default_title_"], "Very broken");
    assert_eq!(changed["admin_assignee_id"].to_string(), ADA);
    assert_eq!(
        kinds(&changed)[1..],
        [
            "ticket_attribute_updated_by_admin",
            "ticket_state_updated_by_admin",
            "assignment"
        ]
    );
    let part = &changed["ticket_parts"]["ticket_parts"][2];
    assert_eq!(
        (&part["previous_ticket_state"], &part["ticket_state"]),
        (&json!("submitted"), &json!("in_progress"))
    );
    twin.version = "2.14";
    assert_eq!(twin.get(&format!("GET /tickets/{id}"))["team_assignee_id"], "0");
    twin.get(&format!("DELETE /tickets/{id}"));
    twin.refuses(
        &format!("GET /tickets/{id}"),
        None,
        "404 ticket_not_found Ticket not found",
    );
}

#[test]
fn what_is_no_ticket_is_refused() {
    let mut twin = furnished(&[]);
    let bug = kind(&mut twin, "Bug", "Customer");
    let made = ticket(&mut twin, &bug, json!({}));
    let id = made["id"].as_str().unwrap();
    let contacts = json!([{"id": ANN}]);
    let cases = [
        (
            json!({"contacts": contacts}),
            "400 parameter_not_found ticket_type_id",
        ),
        (json!({"ticket_type_id": bug}), "400 parameter_not_found contacts"),
        (
            json!({"ticket_type_id": bug, "contacts": [{"email": "x@x.example"}]}),
            "404 not_found User Not Found",
        ),
        (
            json!({"ticket_type_id": bug, "contacts": contacts, "ticket_attributes": {"colour": "red"}}),
            "400 parameter_invalid Extra attributes",
        ),
    ];
    for (body, expected) in cases {
        twin.refuses("POST /tickets", Some(body), expected);
    }
    let path = format!("PUT /tickets/{id}");
    twin.refuses(
        &path,
        Some(json!({"ticket_state_id": "8006"})),
        "400 ticket_state_id_invalid",
    );
    twin.refuses(&path, Some(json!({"assignee_id": "5"})), "404 assignee_not_found");
}

#[test]
fn attributes_of_a_type_are_checked() {
    let mut twin = furnished(&[]);
    let bug = kind(&mut twin, "Bug", "Customer");
    let path = format!("POST /ticket_types/{bug}/attributes");
    let list =
        json!({"name": "Severity", "description": "How bad", "data_type": "list", "list_items": "low, high"});
    let made = twin.did(&path, list);
    assert_eq!(made["input_options"]["list_options"][1]["label"], "high");
    let number = json!({"name": "Seats", "description": "How many", "data_type": "integer"});
    let made = twin.did(&path, number);
    let attribute = made["id"].as_str().unwrap().to_owned();
    twin.refuses(
        &path,
        Some(json!({"name": "x", "description": "x", "data_type": "colour"})),
        "400 parameter_invalid Data Type",
    );
    let made = ticket(&mut twin, &bug, json!({"Severity": "high", "Seats": 5}));
    assert_eq!(made["ticket_attributes"]["Severity"], "high");
    let body =
        json!({"ticket_type_id": bug, "contacts": [{"id": ANN}], "ticket_attributes": {"Severity": "odd"}});
    twin.refuses("POST /tickets", Some(body), "400 parameter_invalid Invalid value");
    let query =
        json!({"query": {"field": format!("ticket_attribute.{attribute}"), "operator": ">", "value": 4}});
    let list = twin.did("POST /tickets/search", query);
    assert_eq!(
        (&list["type"], &list["total_count"]),
        (&json!("ticket.list"), &json!(1))
    );
    assert_eq!(list["tickets"][0]["ticket_parts"]["total_count"], 1);
    let archived = twin.did(
        &format!("PUT /ticket_types/{bug}/attributes/{attribute}"),
        json!({"archived": true}),
    );
    assert_eq!(archived["archived"], true);
}

#[test]
fn a_conversation_becomes_a_ticket_and_stays_one() {
    for (setting, is_met) in [("converted", true), ("none", false), ("all", true)] {
        let mut twin = furnished(&[("tickets_as_conversations", setting)]);
        let bug = kind(&mut twin, "Bug", "Customer");
        let internal = kind(&mut twin, "Task", "Back-office");
        let talk = twin.talk("Help");
        let path = format!("POST /conversations/{talk}/convert");
        twin.refuses(
            &path,
            Some(json!({"ticket_type_id": internal})),
            "400 parameter_invalid Ticket type is not a customer ticket type",
        );
        let made = twin.did(&path, json!({"ticket_type_id": bug}));
        assert_eq!(made["id"], json!(talk));
        let list = twin.get("GET /conversations");
        assert_eq!(list["total_count"] == 1, is_met, "{setting}");
        if is_met {
            assert_eq!(
                twin.get(&format!("GET /conversations/{talk}"))["ticket"]["ticket_id"],
                "1"
            );
        }
    }
}

#[test]
fn replies_are_parts() {
    let mut twin = furnished(&[]);
    let task = kind(&mut twin, "Task", "Back-office");
    let made = ticket(&mut twin, &task, json!({}));
    let path = format!("POST /tickets/{}/reply", made["id"].as_str().unwrap());
    let note = json!({"message_type": "note", "type": "admin", "admin_id": ADA, "body": "<p>x</p>"});
    let part = twin.did(&path, note);
    assert_eq!(
        (&part["type"], &part["part_type"]),
        (&json!("ticket_part"), &json!("note"))
    );
    let reply = json!({"message_type": "comment", "type": "user", "intercom_user_id": ANN, "body": "x"});
    twin.refuses(
        &path,
        Some(reply),
        "400 parameter_mismatch User replies are not allowed",
    );
}

#[test]
fn trackers_are_linked_both_ways() {
    let mut twin = furnished(&[]);
    let (bug, tracker) = (
        kind(&mut twin, "Bug", "Customer"),
        kind(&mut twin, "Outage", "Tracker"),
    );
    let talk = twin.talk("It is down");
    let made = ticket(&mut twin, &tracker, json!({}));
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("POST /tickets/{id}/linked_conversations");
    let linked = twin.did(&path, json!({"conversation_id": talk}));
    assert_eq!(
        linked["linked_objects"]["data"][0],
        json!({"type": "ticket", "id": id, "category": "Tracker"})
    );
    let shown = twin.get(&format!("GET /tickets/{id}"));
    assert_eq!(shown["linked_objects"]["data"][0]["type"], "conversation");
    twin.refuses(
        &path,
        Some(json!({"conversation_id": talk})),
        "400 already_linked_to_tracker",
    );
    let other = ticket(&mut twin, &bug, json!({}));
    let other = format!(
        "POST /tickets/{}/linked_conversations",
        other["id"].as_str().unwrap()
    );
    twin.refuses(
        &other,
        Some(json!({"conversation_id": talk})),
        "400 invalid_ticket_type",
    );
    let gone = twin.get(&format!("DELETE /tickets/{id}/linked_conversations/{talk}"));
    assert_eq!(gone["linked_objects"]["total_count"], 0);
    twin.refuses(
        &format!("DELETE /tickets/{id}/linked_conversations/{talk}"),
        None,
        "404 conversation_not_found",
    );
}

#[test]
fn a_type_is_changed() {
    let mut twin = furnished(&[]);
    let (bug, wish) = (
        kind(&mut twin, "Bug", "Customer"),
        kind(&mut twin, "Wish", "Customer"),
    );
    let made = ticket(&mut twin, &bug, json!({"_default_title_": "T"}));
    let path = format!("POST /tickets/{}/change_type", made["id"].as_str().unwrap());
    twin.refuses(
        &path,
        Some(json!({"ticket_type_id": wish})),
        "400 parameter_not_found ticket_state_id",
    );
    let same = json!({"ticket_type_id": bug, "ticket_state_id": "8001"});
    twin.refuses(
        &path,
        Some(same),
        "400 parameter_invalid Cannot change to the same ticket type",
    );
    let changed = twin.did(&path, json!({"ticket_type_id": wish, "ticket_state_id": "8002"}));
    assert_eq!(
        (
            &changed["ticket_type"]["name"],
            &changed["ticket_attributes"]["_default_title_"]
        ),
        (&json!("Wish"), &json!("T"))
    );
}

#[test]
fn what_is_queued_is_done() {
    let mut twin = furnished(&[]);
    let bug = kind(&mut twin, "Bug", "Customer");
    let body = json!({"ticket_type_id": bug, "contacts": [{"id": ANN}]});
    let job = twin.did("POST /tickets/enqueue", body);
    assert_eq!(job["status"], "pending");
    let job = twin.get(&format!("GET /jobs/status/{}", job["id"].as_str().unwrap()));
    assert_eq!(job["status"], "success");
    twin.get(&format!("GET /tickets/{}", job["resource_id"].as_str().unwrap()));
    twin.refuses("GET /jobs/status/99", None, "404 job_not_found");
}

#[test]
fn states_say_which_types_have_them() {
    let mut twin = furnished(&[]);
    kind(&mut twin, "Bug", "Customer");
    let list = twin.get("GET /ticket_states");
    let states = list["data"].as_array().unwrap();
    assert_eq!(states[0]["ticket_types"]["data"][0]["name"], "Bug");
    assert!(states.iter().any(|state| state["archived"] == true));
}
