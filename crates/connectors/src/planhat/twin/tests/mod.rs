//! The twin's tests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

mod analytics;
mod anything;
mod bulk;
mod conversations;
mod documented;
mod doors;
mod examples;
mod filters;
mod limits;
mod lists;
mod models;
mod records;
mod revenue;
mod states;
mod work;

use bytes::Bytes;
use http::{Method, header};
use model::Timestamp;
use serde_json::{Value, json};

use super::{
    PlanhatTwin, conversation,
    models::of_table,
    record::{object, text_of},
};
use crate::{Answer, Twin, TwinOptions, kit::Request};

/// Some afternoon.
fn noon() -> Timestamp {
    "2021-07-29T17:21:52.347Z".parse().unwrap()
}

/// An empty twin with these settings.
fn twin(settings: &[(&str, &str)]) -> PlanhatTwin {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let options = TwinOptions {
        token: None,
        settings: settings.iter().map(owned).collect(),
    };
    PlanhatTwin::new(&options).unwrap()
}

/// A twin with a company, a user and a contact.
fn small(settings: &[(&str, &str)]) -> PlanhatTwin {
    let mut twin = twin(settings);
    let company = json!({"_id": "c1", "name": "Acme", "externalId": "ext 1", "sourceId": "sf-1",
        "domains": ["acme.test"], "owner": "u1"});
    keep(&mut twin, "company", company);
    keep(&mut twin, "company", json!({"_id": "c2", "name": "Beta"}));
    keep(
        &mut twin,
        "user",
        json!({"_id": "u1", "nickName": "Alex", "email": "alex@us.test"}),
    );
    let lara = json!({"_id": "e1", "name": "Lara Croft", "email": "lara@acme.test", "companyId": "c1"});
    keep(&mut twin, "enduser", lara);
    twin
}

/// Keeps a record as if it had always been there.
fn keep(twin: &mut PlanhatTwin, table: &str, record: Value) {
    let mut record = object(&record.to_string());
    if table == "conversation" {
        conversation::derive(&twin.state, &mut record);
    }
    let id = text_of(&record, "_id").unwrap();
    twin.state.put(of_table(table).unwrap(), &id, &record);
}

/// A request from `GET /companies?limit=2`.
fn request(line: &str, body: Option<&Value>) -> Request {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), path);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request = request.query(name, value);
    }
    request = request.header(header::AUTHORIZATION, "Bearer anything");
    if let Some(body) = body {
        request.body = Bytes::from(body.to_string());
    }
    request
}

fn send(twin: &mut PlanhatTwin, line: &str, body: Option<&Value>) -> Answer {
    twin.answer(&request(line, body), noon())
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.response.body).unwrap_or(Value::Null)
}

/// The status and body that a request gets.
fn ask(twin: &mut PlanhatTwin, line: &str, body: Value) -> (u16, Value) {
    let body = Some(body).filter(|body| !body.is_null());
    let answer = send(twin, line, body.as_ref());
    (answer.response.status, json_of(&answer))
}

/// The body of a request that must work.
fn get(twin: &mut PlanhatTwin, line: &str) -> Value {
    let (status, body) = ask(twin, line, Value::Null);
    assert_eq!(status, 200, "{line}: {body}");
    body
}

/// Makes a record and gives its id.
fn make(twin: &mut PlanhatTwin, path: &str, body: Value) -> String {
    let (status, made) = ask(twin, &format!("POST {path}"), body);
    assert_eq!(status, 200, "{path}: {made}");
    made["_id"].as_str().unwrap().to_owned()
}

/// The ids of a list, in its order.
fn ids(list: &Value) -> String {
    let ids = list.as_array().unwrap().iter();
    ids.map(|record| record["_id"].as_str().unwrap())
        .collect::<Vec<_>>()
        .join(" ")
}
