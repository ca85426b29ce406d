//! Every example of the Conversation API's page, in the order in which it tells its story.

use serde_json::{Value, json};

use super::{ask, keep, twin};
use crate::planhat::twin::PlanhatTwin;

const CREATE: &str = include_str!("../../fixtures/conversation-create.json");
const UPDATE: &str = include_str!("../../fixtures/conversation-update.json");
const GET: &str = include_str!("../../fixtures/conversation-get.json");
const LIST: &str = include_str!("../../fixtures/conversation-list.json");
const DELETE: &str = include_str!("../../fixtures/conversation-delete.json");
const BULK: &str = include_str!("../../fixtures/conversation-bulk.json");

/// Sends an example, with another id in its path, and gives what came and what is documented.
fn play(twin: &mut PlanhatTwin, fixture: &str, id: Option<&str>) -> (Value, Value) {
    let example: Value = serde_json::from_str(fixture).unwrap();
    let mut line = format!(
        "{} {}",
        example["method"].as_str().unwrap(),
        example["path"].as_str().unwrap()
    );
    if let Some(id) = id {
        line = line.replace("6102e3b08084189dcbf0e3f0", id);
    }
    let (status, answer) = ask(twin, &line, example["body"].clone());
    assert_eq!(status, 200, "{line}: {answer}");
    (answer, example["answer"].clone())
}

/// Takes out what a request cannot decide: ids and times of its own.
fn without(mut value: Value, names: &[&str]) -> Value {
    for name in names {
        assert!(
            value.as_object_mut().unwrap().remove(*name).is_some(),
            "{name} is missing"
        );
    }
    value
}

/// The people and companies that the examples name.
fn workspace() -> PlanhatTwin {
    let mut twin = twin(&[]);
    for (table, record) in [
        (
            "company",
            json!({"_id": "61006bc89a3e0b702ed8ea49", "name": "Tenet", "owner": "60ccb1c5965cc9e0f3848075"}),
        ),
        (
            "company",
            json!({"_id": "584d9d5505ba1b622f04adb3", "name": "Daimler North America"}),
        ),
        (
            "company",
            json!({"_id": "56e911619f2ff04215515515", "name": "Bonnier"}),
        ),
        (
            "user",
            json!({"_id": "58e231b14246fc73139f29e8", "nickName": "Alex"}),
        ),
        (
            "enduser",
            json!({"_id": "610091916d643a7c418aef42", "firstName": "Lara", "lastName": "Croft",
                "companyId": "61006bc89a3e0b702ed8ea49"}),
        ),
    ] {
        keep(&mut twin, table, record);
    }
    twin
}

#[test]
fn a_conversation_lives_as_documented() {
    let mut twin = workspace();
    let (made, expected) = play(&mut twin, CREATE, None);
    let own = ["_id", "createDate", "userId"];
    assert_eq!(without(made.clone(), &own), without(expected, &own));
    let id = made["_id"].as_str().unwrap();

    let (updated, expected) = play(&mut twin, UPDATE, Some(id));
    let own = ["_id", "createDate"];
    assert_eq!(without(updated, &own), without(expected, &own));

    let renamed = json!({"name": "Leo company"});
    ask(&mut twin, "PUT /companies/61006bc89a3e0b702ed8ea49", renamed);
    let (_, documented) = play(&mut workspace(), LIST, None);
    keep(&mut twin, "conversation", documented[1].clone());
    let (list, expected) = play(&mut twin, LIST, None);
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!(without(list[0].clone(), &own), without(expected[0].clone(), &own));
    assert_eq!(list[1], expected[1]);

    let (deleted, expected) = play(&mut twin, DELETE, Some(id));
    assert_eq!(without(deleted, &own), without(expected, &own));
    assert_eq!(
        ask(&mut twin, &format!("GET /conversations/{id}"), Value::Null).0,
        404
    );
}

#[test]
fn an_email_reads_as_documented() {
    let mut twin = workspace();
    let example: Value = serde_json::from_str(GET).unwrap();
    let derived = [
        "userIds",
        "isCustomType",
        "assigneeName",
        "isSeen",
        "starred",
        "pinned",
        "archived",
    ];
    keep(
        &mut twin,
        "conversation",
        without(example["answer"].clone(), &derived),
    );
    let (answer, expected) = play(&mut twin, GET, None);
    assert_eq!(answer, expected);
}

#[test]
fn a_bulk_upsert_answers_as_documented() {
    let mut twin = workspace();
    let (mut answer, mut expected) = play(&mut twin, BULK, None);
    let id = answer["upsertedIds"][0].clone();
    assert_eq!(answer["insertsKeys"][0]["_id"], id);
    for value in [&mut answer, &mut expected] {
        value["upsertedIds"][0] = "id".into();
        value["insertsKeys"][0]["_id"] = "id".into();
    }
    assert_eq!(answer, expected);
    let stored = ask(
        &mut twin,
        &format!("GET /conversations/{}", id.as_str().unwrap()),
        Value::Null,
    )
    .1;
    assert_eq!(stored["users"][0]["name"], "Alex");
    assert_eq!(stored["endusers"][0]["name"], "Lara Croft");
}

// tidy: long because it is one table
#[test]
fn the_examples_of_other_models_read_as_documented() {
    let company = json!({"shareable": {"enabled": false, "euIds": [], "sunits": false}, "followers": [], "domains": [],
        "collaborators": [], "products": [], "tags": [], "lastPerformedTriggers": [], "sales": [], "licenses": [],
        "csmScoreLog": [], "documents": [], "links": [], "alerts": [], "lastActivities": [], "lastTouchByType": {},
        "features": {}, "sunits": {}, "usage": {}, "nrr30": 0, "nrrTotal": 0, "mrrTotal": 0, "mrr": 0, "mr": 0,
        "mrTotal": 0, "status": "prospect", "slug": "acmeab1", "__v": 0});
    let read = json!({"renewalDate": null, "renewalDaysFromNow": null, "autoRenews": null, "headId": null,
        "customerTo": null, "customerFrom": null, "orgPathCount": 0});
    let mut twin = twin(&[]);
    let (_, made) = ask(
        &mut twin,
        "POST /companies",
        json!({"name": "Acme AB 1", "externalId": "acme"}),
    );
    holds(&made, &company);
    let own = made["_id"].as_str().unwrap().to_owned();
    let (_, again) = ask(&mut twin, &format!("GET /companies/{own}"), Value::Null);
    holds(&again, &company);
    holds(&again, &read);
    for (path, sent, listed, expected) in [
        (
            "/projects",
            json!({"name": "P", "startDate": "2021-07-29T00:00:00.00Z", "mrr": 10, "custom": {"Phase": "One"}}),
            "?select=companyId, name",
            json!({"name": "P", "companyId": own}),
        ),
        (
            "/assets",
            json!({"name": "A", "externalId": 1234}),
            "?select=name",
            json!({"name": "A"}),
        ),
        (
            "/churn",
            json!({"churnDate": "2021-07-28", "reasons": ["Price"], "value": 10, "currency": "USD"}),
            "?select=churnDate,reasons",
            json!({"churnDate": "2021-07-28T00:00:00.000Z", "reasons": ["Price"]}),
        ),
        (
            "/opportunities",
            json!({"title": "O", "recurringValue": 5, "salesStage": "1"}),
            "?select=title,contractLength",
            json!({"title": "O", "contractLength": 12}),
        ),
        (
            "/tasks",
            json!({"mainType": "task", "action": "Call", "description": "<p>x</p>"}),
            "?select=snippet,mainType,companyName",
            json!({"snippet": "x", "mainType": "task", "companyName": "Acme AB 1"}),
        ),
    ] {
        let mut sent = sent;
        sent["companyId"] = "extid-acme".into();
        let (status, made) = ask(&mut twin, &format!("POST {path}"), sent);
        assert_eq!((status, &made["companyId"]), (200, &json!(own)), "{path}");
        let (_, list) = ask(&mut twin, &format!("GET {path}{listed}"), Value::Null);
        let mut expected = expected;
        expected["_id"] = made["_id"].clone();
        assert_eq!(list, json!([expected]), "{path}");
    }
    let lean = ask(&mut twin, "GET /leancompanies", Value::Null).1;
    assert_eq!(
        lean,
        json!([{"_id": own, "name": "Acme AB 1", "externalId": "acme"}])
    );
    let deleted = ask(&mut twin, &format!("DELETE /companies/{own}"), Value::Null).1;
    assert_eq!(deleted, json!({"n": 1, "ok": 1, "deletedCount": 1}));
}

/// Checks that a record has everything of an example.
fn holds(record: &Value, example: &Value) {
    for (name, value) in example.as_object().unwrap() {
        assert_eq!(record.get(name), Some(value), "{name}");
    }
}

#[test]
fn a_ticket_is_listed_with_the_documented_properties() {
    let mut twin = workspace();
    let sent = json!([{"source": "Zendesk", "sourceId": "z-1", "email": "new@tenet.test", "title": "Help",
        "companyId": "61006bc89a3e0b702ed8ea49", "description": "<b>now</b>", "url": "https://z.test/1",
        "tags": ["a"], "type": "bug", "severity": "high", "product": "P", "timeSpent": 1.5, "status": "open",
        "history": [{"status": "new", "time": "2021-07-01"}], "name": "Nora", "agentEmail": null}]);
    assert_eq!(ask(&mut twin, "PUT /tickets", sent).0, 200);
    let ticket = ask(&mut twin, "GET /tickets", Value::Null).1[0].clone();
    let names: Vec<&str> = ticket.as_object().unwrap().keys().map(String::as_str).collect();
    let documented = "_id activityTags archived companyId companyName createDate date days email emailTemplateIds \
                      endusers externalId history inDate isOpen pinned sender snippet source sourceId starred status \
                      subType subject tags timeBucket type updateDate url users waitsToBeFiltered";
    assert_eq!(names.join(" "), documented);
    assert_eq!(ticket["endusers"][0]["name"], "Nora");
}
