//! What somebody merged, on either side: followed where nothing is lost, asked about where two records would be one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    back::right,
    gone::{delete_left, pairs, writes},
    gone_right::{at_rest, problems},
    people::{contacts, make},
    world::{World, ask, records},
};

fn company(world: &World, name: &str) -> String {
    make(world, "companies", &json!({ "name": name }))
}

fn ticket_of(world: &World, company: &str, person: Option<&str>) -> String {
    let mut body = json!({ "companyId": company, "subject": "Help" });
    if let Some(person) = person {
        body["endusers"] = json!([{ "id": person }]);
    }
    let id = make(world, "conversations", &body);
    let ticket = json!({ "type": "ticket" });
    let (status, answer) = ask(&world.left, &format!("PUT /conversations/{id}"), &ticket);
    assert_eq!(status, 200, "{answer}");
    id
}

/// Two companies with a ticket each; their ids, those of the tickets, and the accounts.
fn two_companies(world: &World) -> ([String; 2], [String; 2], [Value; 2]) {
    let ids = ["North", "South"].map(|name| company(world, name));
    let tickets = ids.each_ref().map(|id| ticket_of(world, id, None));
    assert_eq!(world.sync().0, 0);
    let mut accounts = pairs(world, "company", "account");
    let accounts = ids.each_ref().map(|id| accounts.remove(id).unwrap());
    (ids, tickets, accounts)
}

fn merge_accounts(world: &World, first: &Value, second: &Value) {
    let body = json!({ "primary_account": first["id"], "secondary_account": second["id"] });
    right(world, "accounts.merge", body);
}

fn account_of(world: &World, ticket: &str) -> Value {
    let tickets = pairs(world, "conversation", "ticket");
    let found = tickets.get(ticket);
    found.unwrap_or_else(|| panic!("{ticket} is a ticket"))["account"]["id"].clone()
}

fn decide(world: &World, side: &str) {
    let words = [
        "problem",
        "decide",
        "--all",
        "--kind",
        "gone_on_the_right",
        "--take",
        side,
    ];
    let (code, said) = world.json(&words);
    assert_eq!((code, &said["decided"]), (0, &json!(1)), "{said:#}");
}

#[test]
fn an_account_that_was_merged_is_asked_about_and_the_other_is_not_overwritten() {
    let world = World::new(1, &[], &[]);
    let ([first, second], [_, ticket], [north, south]) = two_companies(&world);
    merge_accounts(&world, &north, &south);
    // Its ticket names the other account now: that tells, without any rescan.
    let (code, run) = world.sync();
    assert_eq!((code, writes(&run)), (1, 0), "{run:#}");
    let open = problems(&world);
    let text = json!(open).to_string();
    assert!(
        text.contains("was merged into the account") && text.contains(&format!("company `{first}`")),
        "{text}"
    );
    ask(
        &world.left,
        &format!("PUT /companies/{second}"),
        &json!({ "name": "Other South" }),
    );
    ask(
        &world.left,
        &format!("PUT /conversations/{ticket}"),
        &json!({ "subject": "Changed" }),
    );
    let (code, run) = world.sync();
    assert_eq!(code, 1, "{run:#}");
    assert_eq!(account_of(&world, &ticket), north["id"]);
    assert_eq!(
        pairs(&world, "conversation", "ticket")[&ticket]["title"],
        "Changed"
    );
    assert_eq!(
        pairs(&world, "company", "account")[&first]["display_name"],
        "North"
    );
    decide(&world, "right");
    let run = world.sync();
    at_rest(&world, &run);
    let left_out = run.1["report"]["certificate"]["left_out"].to_string();
    assert!(left_out.contains("merged"), "{left_out}");
    assert_eq!(account_of(&world, &ticket), north["id"]);
    // What is new of the second company comes to the account that it became a part of.
    let new = ticket_of(&world, &second, None);
    at_rest(&world, &world.sync());
    assert_eq!(account_of(&world, &new), north["id"]);
}

#[test]
fn an_account_that_was_merged_gets_one_of_its_own_again_on_a_person_s_word() {
    let world = World::choosing(1, &["--set", "gone_right=again"]);
    let ([_, second], [other, ticket], [north, south]) = two_companies(&world);
    merge_accounts(&world, &north, &south);
    assert_eq!(world.json(&["import", "rescan", "acme"]).0, 1);
    assert_eq!(pairs(&world, "company", "account").get(&second), None);
    decide(&world, "left");
    at_rest(&world, &world.sync());
    let own = pairs(&world, "company", "account").remove(&second).unwrap();
    assert_eq!(own["display_name"], "South");
    assert_eq!(account_of(&world, &ticket), own["id"]);
    assert_eq!(account_of(&world, &other), north["id"]);
}

#[test]
fn what_was_merged_into_nobody_s_record_is_that_one_s_from_then_on() {
    let world = World::new(1, &[], &[]);
    let ([_, second], [_, ticket], [_, south]) = two_companies(&world);
    let body = json!({ "display_name": "Made there", "description": "Theirs" });
    let made = right(&world, "accounts.create", body)["account"].clone();
    merge_accounts(&world, &made, &south);
    at_rest(&world, &world.json(&["import", "rescan", "acme"]));
    assert_eq!(account_of(&world, &ticket), made["id"]);
    ask(
        &world.left,
        &format!("PUT /companies/{second}"),
        &json!({ "city": "Malmö" }),
    );
    at_rest(&world, &world.sync());
    let all = records(&world.right).remove("account").unwrap();
    let there = all.iter().find(|account| account["id"] == made["id"]).unwrap();
    assert_eq!(there["custom_fields"]["tnt__ph_city"], "Malmö");
    assert_eq!(there["description"], "Theirs");
}

#[test]
fn a_merge_that_only_says_gone_is_asked_about_like_a_deletion() {
    let world = World::new(1, &[], &["--set", "merged=gone"]);
    let (_, _, [north, south]) = two_companies(&world);
    merge_accounts(&world, &north, &south);
    assert_eq!(world.sync().0, 1);
    assert!(
        json!(problems(&world))
            .to_string()
            .contains("is gone from the right side")
    );
    decide(&world, "right");
    at_rest(&world, &world.sync());
}

/// Two people of two companies, each with a ticket: their ids, the tickets and the contacts.
fn two_people(world: &World) -> ([String; 2], [String; 2], [Value; 2]) {
    let homes = ["North", "South"].map(|name| company(world, name));
    let mut people = homes
        .iter()
        .zip(["ines@a.example", "ines@b.example"])
        .map(|(home, email)| {
            make(
                world,
                "endusers",
                &json!({ "companyId": home, "firstName": "Ines", "email": email, "position": email }),
            )
        });
    let ids = [people.next().unwrap(), people.next().unwrap()];
    let tickets = [0, 1].map(|at| ticket_of(world, &homes[at], Some(&ids[at])));
    assert_eq!(world.sync().0, 0);
    let mut there = pairs(world, "enduser", "rev_user");
    let contacts = ids.each_ref().map(|id| there.remove(id).unwrap());
    (ids, tickets, contacts)
}

fn reporter(world: &World, ticket: &str) -> Value {
    let tickets = pairs(world, "conversation", "ticket");
    let reporters = tickets[ticket]["reported_by"].as_array().unwrap();
    assert_eq!(reporters.len(), 1, "{reporters:#?}");
    reporters[0]["id"].clone()
}

#[test]
fn a_person_whose_contact_was_merged_joins_the_other() {
    let world = World::new(1, &[], &[]);
    let ([_, second], tickets, [first_contact, second_contact]) = two_people(&world);
    let body = json!({ "primary_user": first_contact["id"], "secondary_user": second_contact["id"] });
    right(&world, "rev-users.merge", body);
    at_rest(&world, &world.json(&["import", "rescan", "acme"]));
    for ticket in &tickets {
        assert_eq!(reporter(&world, ticket), first_contact["id"]);
    }
    let all = contacts(&world, "Ines");
    let contact = all.first().unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(contact.record["email"], "ines@a.example");
    assert_eq!(contact.elsewhere[&second]["position"], "ines@b.example");
    assert_eq!(contact.accounts.len(), 2);
    // What is changed of the second comes there, and overwrites nothing of the first.
    ask(
        &world.left,
        &format!("PUT /endusers/{second}"),
        &json!({ "position": "Boss" }),
    );
    at_rest(&world, &world.sync());
    let contact = contacts(&world, "Ines").remove(0);
    assert_eq!(contact.elsewhere[&second]["position"], "Boss");
    assert_eq!(
        contact.record["custom_fields"]["tnt__ph_position"],
        "ines@a.example"
    );
    delete_left(&world, "endusers", &second);
    at_rest(&world, &world.sync());
    assert_eq!(contacts(&world, "Ines")[0].elsewhere, BTreeMap::new());
}

#[test]
fn people_who_are_kept_apart_are_asked_about() {
    let world = World::choosing(1, &["--set", "people=apart"]);
    let (_, _, [first, second]) = two_people(&world);
    let body = json!({ "primary_user": first["id"], "secondary_user": second["id"] });
    right(&world, "rev-users.merge", body);
    assert_eq!(world.sync().0, 1);
    assert!(
        json!(problems(&world))
            .to_string()
            .contains("was merged into the contact")
    );
    decide(&world, "right");
    at_rest(&world, &world.sync());
}

/// Planhat documents no merge: one record is gone, and what it had belongs to the other.
#[test]
fn what_was_merged_on_the_left_moves_on_the_right() {
    let world = World::choosing(1, &["--set", "gone=delete"]);
    let homes = ["North", "South"].map(|name| company(&world, name));
    let people = [0, 1].map(|at| {
        let email = format!("ines@p{at}.example");
        make(
            &world,
            "endusers",
            &json!({ "companyId": homes[at], "firstName": "Ines", "email": email }),
        )
    });
    let ticket = ticket_of(&world, &homes[1], Some(&people[1]));
    assert_eq!(world.sync().0, 0);
    let count = |world: &World, object: &str| records(&world.right).remove(object).unwrap().len();
    let before = (
        count(&world, "account"),
        count(&world, "rev_user"),
        count(&world, "ticket"),
    );
    let moved = json!({ "companyId": homes[0], "endusers": [{ "id": people[0] }] });
    ask(&world.left, &format!("PUT /conversations/{ticket}"), &moved);
    delete_left(&world, "endusers", &people[1]);
    delete_left(&world, "companies", &homes[1]);
    let run = world.sync();
    at_rest(&world, &run);
    let accounts = pairs(&world, "company", "account");
    let contacts = pairs(&world, "enduser", "rev_user");
    assert_eq!(account_of(&world, &ticket), accounts[&homes[0]]["id"]);
    assert_eq!(reporter(&world, &ticket), contacts[&people[0]]["id"]);
    assert!(!accounts.contains_key(&homes[1]) && !contacts.contains_key(&people[1]));
    let after = (
        count(&world, "account"),
        count(&world, "rev_user"),
        count(&world, "ticket"),
    );
    assert_eq!(after, (before.0 - 1, before.1 - 1, before.2));
}
