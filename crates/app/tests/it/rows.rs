//! What the rows of the table ask for one by one, looked for in DevRev.

use serde_json::{Value, json};

use crate::{
    http::Line,
    world::{World, ask, records},
};

fn told(world: &World, request: &str, body: &Value) -> Value {
    let (status, said) = ask(&world.left, request, body);
    assert!(status < 300, "{request}: {status} {said}");
    serde_json::from_str(&said).unwrap()
}

/// Makes a record in Planhat; its id.
fn make(world: &World, path: &str, body: &Value) -> String {
    let made = told(world, &format!("POST /{path}"), body);
    made["_id"].as_str().unwrap().to_owned()
}

fn synced(world: &World) {
    let (code, run) = world.sync();
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{:#} {problems:#}", run["report"]["certificate"]);
}

/// The one right record of an object that has this at that path.
fn found(world: &World, object: &str, path: &str, value: &str) -> Value {
    let all = records(&world.right);
    let mut found = all[object]
        .iter()
        .filter(|record| record.pointer(path) == Some(&json!(value)));
    let first = found
        .next()
        .unwrap_or_else(|| panic!("no {object} has {value} at {path}"))
        .clone();
    assert!(found.next().is_none(), "{object} {value}");
    first
}

/// Fails with the first member that is not as expected.
fn holds(record: &Value, expected: &Value) {
    for (path, value) in expected.as_object().unwrap() {
        assert_eq!(record.pointer(path), Some(value), "{path} of {record:#}");
    }
}

fn asked(world: &World, request: &str, body: &Value) -> Value {
    let mut line = Line::open(world.right.address).unwrap();
    let (status, answer) = line.ask(request, &body.to_string()).unwrap();
    assert_eq!(status, 200, "{request}: {answer}");
    answer
}

fn user(world: &World, nick: &str, more: &Value) -> String {
    let mut body = json!({ "nickName": nick, "firstName": nick, "lastName": "Berg",
        "email": format!("{}@us.example", nick.to_lowercase()) });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    make(world, "users", &body)
}

#[test]
fn people_bring_their_roles_and_teams_and_whether_they_are_inactive() {
    let world = World::choosing(1, &[]);
    let role = "57e2b92ff795575a5b8c4659";
    user(&world, "Nils", &json!({ "inactive": true, "teams": ["Harbour"] }));
    user(
        &world,
        "Olga",
        &json!({ "roles": [role], "teams": ["Harbour", "Night shift"] }),
    );
    synced(&world);
    let nils = found(&world, "dev_user", "/email", "nils@us.example");
    holds(
        &nils,
        &json!({ "/full_name": "Nils", "/state": "shadow", "/custom_fields/tnt__ph_inactive": true,
        "/custom_fields/tnt__ph_teams": ["Harbour"] }),
    );
    let olga = found(&world, "dev_user", "/email", "olga@us.example");
    holds(
        &olga,
        &json!({ "/custom_fields/tnt__ph_inactive": false,
        "/custom_fields/tnt__ph_teams": ["Harbour", "Night shift"] }),
    );
    let roles = olga["custom_fields"]["tnt__ph_roles"].as_array().unwrap();
    assert_eq!(roles.len(), 1, "{olga:#}");
    let members = |group: &str| -> usize {
        let group = found(&world, "group", "/name", group);
        let listed = asked(
            &world,
            "POST /groups.members.list",
            &json!({ "group": group["id"] }),
        );
        listed["members"].as_array().unwrap().len()
    };
    assert_eq!([members("Harbour"), members("Night shift")], [2, 1]);
    assert!(members(&format!("{} (role)", roles[0].as_str().unwrap())) > 0);
    // Who comes back, and changes the team.
    let users = told(&world, "GET /users", &Value::Null);
    let mut users = users.as_array().unwrap().iter();
    let nils = users.find(|one| one["nickName"] == "Nils").unwrap();
    let change = json!({ "inactive": false, "teams": ["Night shift"] });
    told(
        &world,
        &format!("PUT /users/{}", nils["_id"].as_str().unwrap()),
        &change,
    );
    synced(&world);
    let nils = found(&world, "dev_user", "/email", "nils@us.example");
    holds(&nils, &json!({ "/custom_fields/tnt__ph_inactive": false }));
    assert_eq!([members("Harbour"), members("Night shift")], [1, 2]);
}

#[test]
fn end_users_bring_other_addresses_and_need_no_known_company() {
    let world = World::choosing(1, &[]);
    let company = make(&world, "companies", &json!({ "name": "North" }));
    let other = make(&world, "companies", &json!({ "name": "South" }));
    let others = json!(["ida@home.example", "not an address"]);
    let ida = json!({ "companyId": company, "email": "ida@north.example", "firstName": "Ida", "otherEmails": others,
        "archived": true, "position": "CFO" });
    make(&world, "endusers", &ida);
    let lost = json!({ "companyId": other, "email": "lost@south.example", "firstName": "Lost" });
    make(&world, "endusers", &lost);
    // Their company goes, and they stay.
    told(&world, &format!("DELETE /companies/{other}"), &Value::Null);
    let (code, run) = world.sync();
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    let account = found(&world, "account", "/display_name", "North");
    let ida = found(&world, "rev_user", "/email", "ida@north.example");
    holds(
        &ida,
        &json!({ "/custom_fields/tnt__ph_other_emails": others, "/custom_fields/tnt__ph_archived": true,
        "/custom_fields/tnt__ph_position": "CFO" }),
    );
    let homes = asked(
        &world,
        "POST /rev-users.associations.list",
        &json!({ "rev_user_id": ida["id"] }),
    );
    assert!(
        homes.to_string().contains(account["id"].as_str().unwrap()),
        "{homes:#}"
    );
    // Nobody is dropped without a word: the contact is there, and the problem names what it lacks.
    found(&world, "rev_user", "/email", "lost@south.example");
    let named = problems.as_array().unwrap().iter();
    let named: Vec<&Value> = named.filter(|one| one["kind"] == "missing_reference").collect();
    assert_eq!(
        (code, named.len()),
        (1, 1),
        "{problems:#} {:#}",
        run["report"]["lines"]
    );
    assert_eq!(
        (&named[0]["object"], &named[0]["field"]),
        (&json!("enduser"), &json!("account")),
        "{named:#?}"
    );
}

// tidy: long because it is one table
#[test]
fn a_task_brings_all_that_it_says() {
    let world = World::choosing(1, &[]);
    let owner = user(&world, "Olga", &json!({}));
    let company = make(&world, "companies", &json!({ "name": "North" }));
    let guest = json!({ "companyId": company, "email": "ida@north.example", "name": "Ida" });
    let guest = make(&world, "endusers", &guest);
    let task = |action: &str, more: &Value| {
        let mut body = json!({ "companyId": company, "mainType": "task", "action": action, "ownerId": owner,
            "startTime": "2030-05-06T07:08:09.000Z", "description": "<p>Ask <b>twice</b></p>" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        make(&world, "tasks", &body)
    };
    let checklist = json!([{ "title": "Prepare" }, { "title": "Present" }]);
    task(
        "Call",
        &json!({ "endTime": "2030-05-06T09:00:00.000Z", "repeat": "custom", "repeatDays": 10,
        "checklist": checklist, "endusers": [guest], "status": "In-progress" }),
    );
    let done = task("Bill", &json!({ "repeat": "weekly" }));
    task("Drop", &json!({ "isArchived": true }));
    synced(&world);
    let person = found(&world, "dev_user", "/email", "olga@us.example");
    let call = found(&world, "conversation", "/title", "Call");
    holds(
        &call,
        &json!({ "/stage/name": "new", "/custom_fields/tnt__ph_due": "2030-05-06T09:00:00Z",
        "/custom_fields/tnt__ph_start_time": "2030-05-06T07:08:09Z", "/custom_fields/tnt__ph_repeat": "custom",
        "/custom_fields/tnt__ph_repeat_days": 10, "/custom_fields/tnt__ph_checklist": ["☐ Prepare", "☐ Present"],
        "/custom_fields/tnt__ph_owner_name": "Olga", "/custom_fields/tnt__ph_status": "In-progress",
        "/custom_fields/tnt__ph_company": "North" }),
    );
    assert!(
        call["owned_by"]
            .to_string()
            .contains(person["id"].as_str().unwrap()),
        "{call:#}"
    );
    let contact = found(&world, "rev_user", "/email", "ida@north.example");
    assert!(
        call["members"]
            .to_string()
            .contains(contact["id"].as_str().unwrap()),
        "{call:#}"
    );
    assert!(
        call["description"].as_str().unwrap().contains("Ask **twice**"),
        "{call:#}"
    );
    let bill = found(&world, "conversation", "/title", "Bill");
    holds(
        &bill,
        &json!({ "/stage/name": "new", "/custom_fields/tnt__ph_due": "2030-05-06T07:08:09Z" }),
    );
    holds(
        &found(&world, "conversation", "/title", "Drop"),
        &json!({ "/stage/name": "archived" }),
    );
    told(
        &world,
        &format!("PUT /tasks/{done}"),
        &json!({ "dateDone": "2030-05-07T00:00:00.000Z" }),
    );
    synced(&world);
    let bill = found(&world, "conversation", "/title", "Bill");
    holds(
        &bill,
        &json!({ "/stage/name": "resolved", "/custom_fields/tnt__ph_date_done": "2030-05-07T00:00:00Z" }),
    );
}
