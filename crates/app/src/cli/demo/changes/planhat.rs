//! What somebody changes in Planhat.

use connectors::kit::Request;
use http::Method;
use serde_json::{Value, json};

use super::Desk;
use crate::{failure::Failure, twin::TwinServer};

/// Changes some records and makes some; one sentence each.
pub(in crate::cli::demo) async fn planhat(twin: &TwinServer) -> Result<Vec<String>, Failure> {
    let desk = Desk::at(twin)?;
    let mut changes = Vec::new();
    let companies = list(&desk, "companies").await?;
    if let Some((id, name)) = companies.first().and_then(named) {
        let renamed = format!("{name} Group");
        desk.send(
            Method::PUT,
            &format!("companies/{id}"),
            &json!({ "name": renamed }),
        )
        .await?;
        changes.push(format!("A company is renamed: {name} becomes {renamed}"));
    }
    for (id, name) in companies.iter().skip(1).take(3).filter_map(named) {
        let tags = json!({ "tags": ["renewal", "key account"] });
        desk.send(Method::PUT, &format!("companies/{id}"), &tags).await?;
        changes.push(format!("A company is tagged: {name}"));
    }
    changes.extend(make_company(&desk).await?);
    let endusers = list(&desk, "endusers").await?;
    if let Some(id) = endusers.first().and_then(id_of) {
        let position = json!({ "position": "Head of Support" });
        desk.send(Method::PUT, &format!("endusers/{id}"), &position)
            .await?;
        changes.push("A contact has a new position".to_owned());
    }
    Ok(changes)
}

/// A new customer, with a contact and a note.
async fn make_company(desk: &Desk) -> Result<Vec<String>, Failure> {
    let company =
        json!({ "name": "Fjordlys Energi AS", "externalId": "demo-new", "domains": ["fjordlys.example"] });
    let made = desk.send(Method::POST, "companies", &company).await?;
    let Some(id) = id_of(&made) else {
        return Ok(Vec::new());
    };
    let person = json!({ "companyId": id, "firstName": "Solveig", "lastName": "Aas", "email": "solveig@fjordlys.example" });
    desk.send(Method::POST, "endusers", &person).await?;
    let note = json!({
        "companyId": id,
        "type": "note",
        "subject": "First meeting",
        "description": "<p>They want to <b>start in March</b>:</p><ul><li>two sites</li><li>40 seats</li></ul>",
    });
    desk.send(Method::POST, "conversations", &note).await?;
    Ok(vec![
        "A company is new: Fjordlys Energi AS".to_owned(),
        "It has a contact, Solveig Aas, and a note".to_owned(),
    ])
}

fn named(record: &Value) -> Option<(&str, &str)> {
    Some((id_of(record)?, record.get("name")?.as_str()?))
}

fn id_of(record: &Value) -> Option<&str> {
    record.get("_id")?.as_str()
}

async fn list(desk: &Desk, path: &str) -> Result<Vec<Value>, Failure> {
    let request = Request::new(Method::GET, format!("/{path}")).query("limit", "10");
    match desk.ask(request).await? {
        Value::Array(records) => Ok(records),
        _ => Ok(Vec::new()),
    }
}
