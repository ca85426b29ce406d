//! One person in several companies of Planhat: one contact of all their accounts, in which nobody overwrites another.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    http::Line,
    world::{World, ask, records},
};

const EMAIL: &str = "ines@gmail.com";

/// Makes a record in Planhat; its id.
pub fn make(world: &World, path: &str, body: &Value) -> String {
    let (status, made) = ask(&world.left, &format!("POST /{path}"), body);
    assert!(status < 300, "{path}: {status} {made}");
    let made: Value = serde_json::from_str(&made).unwrap();
    made["_id"].as_str().unwrap().to_owned()
}

fn company(world: &World, name: &str) -> String {
    make(world, "companies", &json!({ "name": name }))
}

fn person(world: &World, company: &str, more: Value) -> String {
    let mut body = json!({ "companyId": company, "firstName": "Ines" });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    make(world, "endusers", &body)
}

/// The contacts whose name begins so: each with the names of its accounts, and what others added, by the left id.
pub struct Contact {
    pub record: Value,
    pub accounts: BTreeSet<String>,
    pub elsewhere: BTreeMap<String, Value>,
}

pub fn contacts(world: &World, name: &str) -> Vec<Contact> {
    let right = records(&world.right);
    let names: BTreeMap<&str, &str> = right["account"]
        .iter()
        .filter_map(|account| Some((account["id"].as_str()?, account["display_name"].as_str()?)))
        .collect();
    let people = right["rev_user"].iter();
    let people = people.filter(|one| one["display_name"].as_str().unwrap_or_default().starts_with(name));
    people
        .map(|record| {
            let body = json!({ "rev_user_id": record["id"] }).to_string();
            let mut line = Line::open(world.right.address).unwrap();
            let (status, listed) = line.ask("POST /rev-users.associations.list", &body).unwrap();
            assert_eq!(status, 200, "{listed}");
            let homes = listed["associations"].as_array().unwrap().iter();
            let ids = homes.filter_map(|home| home["associated_to"]["id"].as_str());
            let texts = record["custom_fields"]["tnt__ph_elsewhere"].as_array();
            let texts = texts.into_iter().flatten().filter_map(Value::as_str);
            Contact {
                accounts: ids
                    .filter_map(|id| names.get(id))
                    .map(|name| (*name).to_owned())
                    .collect(),
                elsewhere: texts
                    .map(|text| serde_json::from_str::<Value>(text).unwrap())
                    .map(|one| (one["_id"].as_str().unwrap().to_owned(), one))
                    .collect(),
                record: record.clone(),
            }
        })
        .collect()
}

fn only(world: &World) -> Contact {
    let mut all = contacts(world, "Ines");
    assert_eq!(
        all.len(),
        1,
        "{:#?}",
        all.iter().map(|one| &one.record).collect::<Vec<_>>()
    );
    all.remove(0)
}

/// How many people the plan wants to join others.
fn planned_to_join(world: &World) -> u64 {
    let (_, plan) = world.json(&["import", "plan", "acme"]);
    let mut lines = plan["lines"].as_array().unwrap().iter();
    let line = lines.find(|line| line["pairing"] == "enduser_elsewhere");
    line.unwrap()["updated"].as_u64().unwrap()
}

fn synced(world: &World) -> Value {
    let (code, run) = world.sync();
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{:#} {problems:#}", run["report"]["certificate"]);
    run
}

/// A sync with nothing new writes nothing.
fn rests(world: &World) {
    let run = synced(world);
    assert_eq!(
        run["report"]["right_calls"]["writes"], 0,
        "{:#}",
        run["report"]["lines"]
    );
}

fn names(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn one_person_in_several_companies_is_one_contact() {
    let world = World::choosing(1, &[]);
    let homes = ["North", "South", "East"].map(|name| company(&world, name));
    let first = person(
        &world,
        &homes[0],
        json!({ "email": EMAIL, "externalId": "7", "position": "Advisor" }),
    );
    let second = person(
        &world,
        &homes[1],
        json!({ "email": EMAIL.to_uppercase(), "position": "Board member", "phone": "+46 8 123" }),
    );
    let third = person(
        &world,
        &homes[2],
        json!({ "externalId": "7", "custom": { "Nickname": "Nessa" } }),
    );
    // Somebody else with the same number elsewhere, and two with one address in one company.
    person(
        &world,
        &homes[1],
        json!({ "firstName": "Otto", "email": "otto@gmx.de", "externalId": "7" }),
    );
    let note = json!({ "companyId": homes[1], "type": "note", "subject": "Who was it?", "endusers": [{ "id": second }] });
    make(&world, "conversations", &note);

    assert_eq!(planned_to_join(&world), 2);
    synced(&world);
    let contact = only(&world);
    assert_eq!(contact.accounts, names(&["North", "South", "East"]));
    let fields = &contact.record["custom_fields"];
    assert_eq!(fields["tnt__ph_position"], "Advisor");
    assert_eq!(fields["tnt__ph_phone"], Value::Null);
    assert_eq!(
        contact.record["external_refs"],
        json!([format!("planhat:enduser:{first}")])
    );
    assert_eq!(contact.elsewhere.len(), 2);
    assert_eq!(contact.elsewhere[&second]["position"], "Board member");
    assert_eq!(contact.elsewhere[&second]["companyId"]["name"], "South");
    assert_eq!(contact.elsewhere[&third]["custom.Nickname"], "Nessa");
    assert_eq!(contacts(&world, "Otto").len(), 1);
    // Whoever is mentioned leads to the one contact.
    let talks = &records(&world.right)["conversation"];
    let talk = talks.iter().find(|talk| talk["title"] == "Who was it?").unwrap();
    assert!(
        talk["members"]
            .to_string()
            .contains(contact.record["id"].as_str().unwrap()),
        "{talk:#}"
    );
    rests(&world);
}

#[test]
fn each_keeps_to_its_own_part() {
    let world = World::choosing(1, &[]);
    let homes = ["North", "South", "East", "West"].map(|name| company(&world, name));
    let first = person(
        &world,
        &homes[0],
        json!({ "email": EMAIL, "position": "Advisor" }),
    );
    let second = person(
        &world,
        &homes[1],
        json!({ "email": EMAIL, "position": "Board member" }),
    );
    synced(&world);
    let told = |request: String, body: Value| {
        let (status, said) = ask(&world.left, &request, &body);
        assert!(status < 300, "{request}: {status} {said}");
    };
    // The first, the second and a third in one go.
    told(
        format!("PUT /endusers/{first}"),
        json!({ "position": "Chief advisor" }),
    );
    told(
        format!("PUT /endusers/{second}"),
        json!({ "companyId": homes[3], "position": "Chair" }),
    );
    let third = person(&world, &homes[2], json!({ "email": EMAIL, "position": "Guest" }));
    synced(&world);
    let contact = only(&world);
    assert_eq!(
        contact.record["custom_fields"]["tnt__ph_position"],
        "Chief advisor"
    );
    assert_eq!(contact.accounts, names(&["North", "West", "East"]));
    assert_eq!(contact.elsewhere[&second]["position"], "Chair");
    assert_eq!(contact.elsewhere[&third]["position"], "Guest");
    rests(&world);

    // Who leaves takes along what was his or hers, and no more.
    told(format!("DELETE /endusers/{second}"), Value::Null);
    synced(&world);
    let contact = only(&world);
    assert_eq!(contact.accounts, names(&["North", "East"]));
    assert_eq!(contact.elsewhere.keys().collect::<Vec<_>>(), [&third]);
    rests(&world);

    // A second import, which knows nothing of the first, finds the one contact again.
    let words = [
        "import", "create", "again", "--from", "left", "--to", "right", "--part", "PROD-1",
    ];
    assert_eq!(world.json(&words).0, 0);
    let (code, run) = world.json(&["import", "sync", "again"]);
    assert_eq!(code, 0, "{run:#}");
    let contact = only(&world);
    assert_eq!(contact.accounts, names(&["North", "East"]));
    assert_eq!(contact.elsewhere.keys().collect::<Vec<_>>(), [&third]);
}

#[test]
fn people_stay_apart_if_so_chosen() {
    let world = World::choosing(1, &["--set", "people=apart"]);
    for name in ["North", "South"] {
        let home = company(&world, name);
        person(&world, &home, json!({ "email": EMAIL }));
    }
    synced(&world);
    let all = contacts(&world, "Ines");
    assert_eq!(all.len(), 2);
    assert!(
        all.iter()
            .all(|one| one.accounts.len() == 1 && one.elsewhere.is_empty())
    );
    rests(&world);
}

#[test]
fn companies_that_share_a_domain_are_both_there() {
    let world = World::choosing(1, &[]);
    let homes = ["North", "South", "East"].map(|name| company(&world, name));
    for home in &homes[..2] {
        person(&world, home, json!({ "email": "ines@consulting.example" }));
    }
    let (code, run) = world.sync();
    assert_eq!(code, 1, "{:#}", run["report"]["certificate"]);
    let shared = |world: &World| -> Vec<String> {
        let (_, problems) = world.json(&["problem", "list", "acme"]);
        let problems = problems.as_array().unwrap().iter();
        let problems = problems.filter(|problem| problem["kind"] != "missing_file");
        problems
            .map(|problem| format!("{}: {}", problem["title"], problem["field"]))
            .collect()
    };
    // Both are written at once; whichever comes second has to do without.
    let second = shared(&world);
    let homeless = |name: &str| second == [format!("\"{name}\": \"domains\"")];
    assert!(homeless("North") || homeless("South"), "{second:?}");
    let contact = only(&world);
    assert_eq!(contact.accounts, names(&["North", "South"]));
    // The domain comes to a third whose account is there already.
    person(&world, &homes[2], json!({ "email": "ines@consulting.example" }));
    assert_eq!(world.sync().0, 1);
    assert_eq!(shared(&world), [second[0].as_str(), "\"East\": \"domains\""]);
    assert_eq!(only(&world).accounts, names(&["North", "South", "East"]));
    // It stays a problem when something else of the company changes.
    let (status, said) = ask(
        &world.left,
        &format!("PUT /companies/{}", homes[1]),
        &json!({ "phase": "Live" }),
    );
    assert!(status < 300, "{said}");
    assert_eq!(world.sync().0, 1);
    assert_eq!(shared(&world).len(), 2);
    let (_, run) = world.sync();
    assert_eq!(
        run["report"]["right_calls"]["writes"], 0,
        "{:#}",
        run["report"]["lines"]
    );
}

#[test]
fn a_contact_stays_as_long_as_somebody_who_joined_it_is_there() {
    let world = World::choosing(1, &["--set", "gone=delete"]);
    let homes = ["North", "South"].map(|name| company(&world, name));
    let people = homes.map(|home| person(&world, &home, json!({ "email": EMAIL })));
    synced(&world);
    for (id, left) in people.iter().zip([1, 0]) {
        let (status, said) = ask(&world.left, &format!("DELETE /endusers/{id}"), &Value::Null);
        assert!(status < 300, "{said}");
        synced(&world);
        let contacts = contacts(&world, "Ines");
        assert_eq!(contacts.len(), left);
        assert!(contacts.iter().all(|one| one.elsewhere.len() == 1));
        rests(&world);
    }
}
