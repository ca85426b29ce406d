//! Writing conversations into the twin: tickets, types and owners.

use model::{Change, FaultKind, Value};
use serde_json::{Value as Json, json};

use super::{
    writing::{changed, html, made, text, to},
    written::{Desk, creation, desk},
};
use crate::kit::Faults;

fn ticket(desk: &Desk, more: &[(&str, Value)]) -> Change {
    let mut fields = vec![
        ("companyId", to("company", &desk.ids("company")[0])),
        ("type", text("ticket")),
        ("subject", text("It burns")),
        ("description", html("<p>All of <b>it</b></p>")),
        ("status", text("open")),
    ];
    fields.extend(more.iter().cloned());
    made("conversation", "devrev:ticket:1", &fields)
}

#[tokio::test]
async fn tickets_become_tickets() {
    for switches in [
        &[][..],
        &[("reserved_types", "refuse")],
        &[("bulk_error_form", "object")],
        &[("ticket_source_id", "external")],
    ] {
        let desk = desk(switches);
        let person = desk
            .dump("enduser")
            .into_iter()
            .find(|json| json.get("email").is_some_and(Json::is_string))
            .unwrap();
        let user = desk.ids("user")[0].clone();
        let change = ticket(
            &desk,
            &[
                (
                    "endusers",
                    Value::List(vec![to("enduser", person["_id"].as_str().unwrap())]),
                ),
                ("users", Value::List(vec![to("user", &user)])),
                ("starred", Value::Bool(true)),
                ("severity", text("high")),
            ],
        );
        let written = desk.one(change.clone()).await.unwrap();
        let held = desk.of("conversation", written.id.as_str());
        for (name, value) in [
            ("type", json!("ticket")),
            ("subject", json!("It burns")),
            ("description", json!("<p>All of <b>it</b></p>")),
            ("status", json!("open")),
            ("severity", json!("high")),
            ("email", person["email"].clone()),
            ("starred", json!(true)),
        ] {
            assert_eq!(held[name], value, "{switches:?} {name}");
        }
        assert_eq!(held["users"][0]["id"], user.as_str());
        // The same again is the same ticket.
        assert_eq!(desk.one(change.clone()).await.unwrap().id, written.id);
        assert_eq!(desk.look_back(&change).await.unwrap().id, written.id);
        let closed = changed(
            "conversation",
            written.id.as_str(),
            &[("status", text("closed")), ("description", html("<p>No</p>"))],
        );
        let raw = desk.one(closed).await.unwrap().raw.unwrap();
        let record: Json = serde_json::from_str(&raw.json).unwrap();
        assert_eq!(
            (&record["status"], &record["description"]),
            (&json!("closed"), &json!("<p>No</p>"))
        );
        assert_eq!(desk.with_key("conversation", "devrev:ticket:1").len(), 1);
    }
}

#[tokio::test]
async fn a_ticket_that_nobody_asked_for_is_refused_and_leaves_nothing_behind() {
    for (switches, taken) in [(&[][..], false), (&[("reserved_types", "accept")], true)] {
        let desk = desk(switches);
        let before = desk.dump("conversation").len();
        match desk.one(ticket(&desk, &[])).await {
            Ok(written) => assert_eq!(desk.of("conversation", written.id.as_str())["type"], "ticket"),
            Err(fault) => assert!(fault.words().unwrap().contains("address"), "{fault:?}"),
        }
        assert_eq!(desk.dump("conversation").len(), before + usize::from(taken));
    }
}

#[tokio::test]
async fn a_half_made_ticket_is_finished() {
    for seed in 0..20 {
        let desk = desk(&[]);
        let change = ticket(
            &desk,
            &[
                ("email", text("who@acme.example")),
                ("starred", Value::Bool(true)),
            ],
        );
        let faults = format!(
            r#"{{"seed":{seed},"rules":[{{"rate":0.5,"fault":"lost_answer"}},{{"rate":0.2,"fault":"reset"}}]}}"#
        );
        desk.wire
            .set_faults(serde_json::from_str::<Faults>(&faults).unwrap());
        let written = desk.insist(std::slice::from_ref(&change)).await;
        let held = desk.with_key("conversation", "devrev:ticket:1");
        assert_eq!((held.len(), &held[0]["starred"]), (1, &json!(true)), "{seed}");
        assert_eq!(held[0]["_id"], written[0].id.as_str());
    }
}

#[tokio::test]
async fn a_type_of_the_workspaces_own_is_written_and_an_unknown_one_refused() {
    let desk = desk(&[("conversation_types", "Training")]);
    let talk = |number: usize, kind: &str| {
        let mut change = creation(&desk, "conversation", number * 2);
        change.fields[1].after = text(kind);
        change
    };
    let before = desk.dump("conversation").len();
    let mut changes: Vec<Change> = (0..8).map(|number| talk(number, "Training")).collect();
    changes.extend((8..16).map(|number| talk(number, "Sauna")));
    let results = desk.write(&changes).await;
    for (number, result) in results.iter().enumerate() {
        match result {
            Ok(written) => assert_eq!(desk.of("conversation", written.id.as_str())["type"], "Training"),
            Err(fault) => assert!(
                number >= 8 && fault.words().unwrap().ends_with("type `Sauna`"),
                "{fault:?}"
            ),
        }
    }
    assert_eq!(desk.dump("conversation").len(), before + 8);
    // Nor does an update lose the type that a conversation had.
    let id = results[0].as_ref().unwrap().id.clone();
    let fault = desk
        .one(changed("conversation", id.as_str(), &[("type", text("Picnic"))]))
        .await
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Rejected);
    assert_eq!(desk.of("conversation", id.as_str())["type"], "Training");
}

#[tokio::test]
async fn the_owner_of_a_conversation_stays_when_its_users_change() {
    let desk = desk(&[]);
    let users = desk.ids("user");
    let list = |ids: &[&String]| Value::List(ids.iter().map(|id| to("user", id)).collect());
    let mut change = creation(&desk, "conversation", 0);
    change.fields.extend(
        made(
            "x",
            "x",
            &[
                ("users", list(&[&users[0], &users[1]])),
                ("owner", to("user", &users[1])),
            ],
        )
        .fields,
    );
    let id = desk.one(change).await.unwrap().id;
    let owner = |desk: &Desk| {
        let talk = desk.of("conversation", id.as_str());
        let users = talk["users"].as_array().unwrap().clone();
        users.into_iter().find(|user| user["isOwner"] == true).unwrap()["id"].clone()
    };
    assert_eq!(owner(&desk), users[1].as_str());
    desk.one(changed(
        "conversation",
        id.as_str(),
        &[("users", list(&[&users[2], &users[1]]))],
    ))
    .await
    .unwrap();
    assert_eq!(owner(&desk), users[1].as_str());
    desk.one(changed(
        "conversation",
        id.as_str(),
        &[("owner", to("user", &users[2]))],
    ))
    .await
    .unwrap();
    assert_eq!(owner(&desk), users[2].as_str());
}

#[tokio::test]
async fn a_lost_answer_does_not_let_a_note_pass_for_another_type() {
    for seed in 0..20 {
        let desk = desk(&[]);
        let before = desk.dump("conversation").len();
        let mut change = creation(&desk, "conversation", 2);
        change.fields[1].after = text("Sauna");
        let faults =
            format!(r#"{{"seed":{seed},"rules":[{{"route":"POST *","rate":0.5,"fault":"lost_answer"}}]}}"#);
        desk.wire
            .set_faults(serde_json::from_str::<Faults>(&faults).unwrap());
        let refused = loop {
            match desk.one(change.clone()).await {
                Err(fault) if fault.kind() == FaultKind::Unreachable => {
                    assert!(desk.look_back(&change).await.is_none());
                }
                other => break other.unwrap_err(),
            }
        };
        assert!(refused.words().unwrap().ends_with("type `Sauna`"), "{refused:?}");
        assert_eq!(desk.dump("conversation").len(), before, "{seed}");
    }
}
