#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use http::{Method, header::AUTHORIZATION};
use model::Timestamp;
use serde_json::{Value, json};

use crate::{Answer, Twin, TwinOptions, kit::Request};

mod artifacts;
mod custom_objects;
mod customs;
mod lists;
mod merges;
mod objects;
mod people_and_pages;
mod refusals;
mod spec;
mod stages;
mod states;
mod webhooks;
mod witness;

/// A twin with a clock that moves a second with every call.
struct Desk {
    twin: Box<dyn Twin>,
    second: i64,
}

impl Desk {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        let pairs = settings
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        let options = TwinOptions {
            token: Some("secret".to_owned()),
            settings: pairs.collect(),
        };
        Self {
            twin: super::open(&options).unwrap(),
            second: 1_700_000_000,
        }
    }

    fn send(&mut self, request: Request) -> Answer {
        self.second += 1;
        let request = request.header(AUTHORIZATION, "Bearer secret");
        self.twin
            .answer(&request, Timestamp::from_second(self.second).unwrap())
    }

    /// Posts, and gives the status and the body.
    fn post(&mut self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.send(Request::new(Method::POST, format!("/{path}")).json(&body));
        read(&answer)
    }

    /// Posts what must succeed.
    fn ok(&mut self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, body.clone());
        assert!(status < 300, "{path} {body}: {status} {answer}");
        answer
    }

    fn get(&mut self, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
        let request = Request::new(Method::GET, format!("/{path}"));
        let request = query
            .iter()
            .fold(request, |request, (name, value)| request.query(name, *value));
        read(&self.send(request))
    }

    /// An account, a contact of it, a ticket of theirs and a tag.
    fn furnish(&mut self) {
        self.ok("tags.create", json!({"name": "vip"}));
        self.ok(
            "accounts.create",
            json!({"display_name": "Acme", "external_refs": ["acme"], "domains": ["acme.example"]}),
        );
        self.ok(
            "rev-users.create",
            json!({"email": "a@acme.example", "account": "ACC-1", "external_ref": "a"}),
        );
        self.ok(
            "works.create",
            ticket(json!({"account": "ACC-1", "reported_by": ["REVU-1"]})),
        );
    }
}

impl Desk {
    /// The leaf type `license`.
    fn license(&mut self) {
        self.ok(
            "schemas.custom.set",
            json!({"type": "tenant_fragment", "leaf_type": "license", "description": "d", "is_custom_leaf_type": true, "id_prefix": "LIC", "leaf_type_display_name": "License", "fields": [
                {"name": "key", "field_type": "tokens", "is_filterable": true},
                {"name": "seats", "field_type": "int", "is_filterable": true},
                {"name": "account", "field_type": "id", "id_type": ["account"], "is_filterable": true},
                {"name": "parent", "field_type": "id", "id_type": ["custom_object.license"]},
                {"name": "notes", "field_type": "array", "base_type": "rich_text", "max_items": 2},
            ]}),
        );
    }
}

fn read(answer: &Answer) -> (u16, Value) {
    let body = match answer.response.body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&answer.response.body).unwrap(),
    };
    (answer.response.status, body)
}

/// A ticket's body with these members.
fn ticket(more: Value) -> Value {
    let mut body =
        json!({"type": "ticket", "title": "T", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"]});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

/// Whether everything in `part` is in `whole`; arrays must have the same length.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| whole.get(name).is_some_and(|whole| holds(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| holds(whole, part))
        }
        (whole, part) => whole == part,
    }
}
