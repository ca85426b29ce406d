//! What somebody changes in Intercom.

use connectors::kit::Request;
use http::Method;
use serde_json::{Value, json};

use super::Desk;
use crate::{failure::Failure, twin::TwinServer};

/// Changes some records, makes some and deletes one; one sentence each.
pub(in crate::cli::demo) async fn intercom(twin: &TwinServer) -> Result<Vec<String>, Failure> {
    let desk = Desk::at(twin)?;
    let admins = desk.ask(Request::new(Method::GET, "/admins")).await?;
    let admin = items(&admins, "admins")
        .first()
        .and_then(id_of)
        .unwrap_or_default();
    let listed = Request::new(Method::GET, "/conversations").query("per_page", "5");
    let listed = desk.ask(listed).await?;
    let conversations: Vec<String> = items(&listed, "conversations").iter().filter_map(id_of).collect();
    let mut changes = Vec::new();
    if let Some(id) = conversations.first() {
        let reply = json!({
            "message_type": "comment", "type": "admin", "admin_id": admin,
            "body": "<p>It is <b>repaired</b> since this morning. Thank you for your patience.</p>",
        });
        desk.send(Method::POST, &format!("conversations/{id}/reply"), &reply)
            .await?;
        let note = json!({
            "message_type": "note", "type": "admin", "admin_id": admin, "body": "<p>Told sales as well.</p>",
        });
        desk.send(Method::POST, &format!("conversations/{id}/reply"), &note)
            .await?;
        changes.push("Somebody answers a customer, and leaves a note for the team".to_owned());
    }
    if let Some(id) = conversations.get(1) {
        let closed = json!({ "message_type": "close", "type": "admin", "admin_id": admin });
        desk.send(Method::POST, &format!("conversations/{id}/parts"), &closed)
            .await?;
        changes.push("A conversation is closed".to_owned());
    }
    if let Some(id) = conversations.get(2) {
        desk.ask(Request::new(Method::DELETE, format!("/conversations/{id}")))
            .await?;
        changes.push("A conversation is deleted".to_owned());
    }
    changes.extend(begin_conversation(&desk).await?);
    Ok(changes)
}

/// A new customer who asks something.
async fn begin_conversation(desk: &Desk) -> Result<Vec<String>, Failure> {
    let company = json!({ "company_id": "demo-new", "name": "Fjordlys Energi AS" });
    let company = desk.send(Method::POST, "companies", &company).await?;
    let person = json!({ "role": "user", "name": "Solveig Aas", "email": "solveig@fjordlys.example" });
    let person = desk.send(Method::POST, "contacts", &person).await?;
    let (Some(company), Some(person)) = (id_of(&company), id_of(&person)) else {
        return Ok(Vec::new());
    };
    let belongs = json!({ "id": company });
    desk.send(Method::POST, &format!("contacts/{person}/companies"), &belongs)
        .await?;
    let question = json!({
        "from": { "type": "user", "id": person },
        "body": "We start in March with two sites. Do we need a plan for each of them?",
    });
    desk.send(Method::POST, "conversations", &question).await?;
    Ok(vec![
        "A company is new, Fjordlys Energi AS, with a contact, Solveig Aas".to_owned(),
        "She begins a conversation".to_owned(),
    ])
}

fn items<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn id_of(record: &Value) -> Option<String> {
    match record.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}
