//! The vendor's OpenAPI descriptions, when `INTERLINE_SPECS` names their folder, judge what is answered about
//! conversations, tickets and the help center.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Map, Value, json};

use super::{
    Stand,
    furnished::{ADA, ANN, COMPANY, MIA, furnished},
    request,
};

/// Where an answer is unlike the description, and why: the reference and the vendor's own examples decide.
const KNOWN: &[(&str, &str)] = &[
    (
        "/attachments/0/width",
        "what is no picture has no width: the vendor writes null",
    ),
    ("/attachments/0/height", "likewise"),
];

fn description(version: &str) -> Option<Value> {
    let Some(folder) = std::env::var_os("INTERLINE_SPECS") else {
        println!("INTERLINE_SPECS names no folder, so the vendor's description is not asked.");
        return None;
    };
    let path = PathBuf::from(folder).join(format!("intercom-{version}.yaml"));
    let text = fs::read_to_string(path).unwrap();
    Some(serde_saphyr::from_str_with_options(&text, serde_saphyr::options! { budget: None }).unwrap())
}

/// Turns a schema of OpenAPI 3.0 into one of JSON Schema.
fn adapt(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(adapt),
        Value::Object(members) => {
            members.remove("example");
            members.remove("discriminator");
            members.values_mut().for_each(adapt);
            let is_nullable = members.remove("nullable") == Some(Value::Bool(true));
            if is_nullable {
                let inner = Value::Object(std::mem::take(members));
                members.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
            }
        }
        _ => {}
    }
}

struct Judge {
    schemas: Value,
    paths: Map<String, Value>,
    wrong: BTreeSet<String>,
    /// What of `KNOWN` was met.
    met: BTreeSet<&'static str>,
}

impl Judge {
    fn new(mut description: Value) -> Self {
        let mut schemas = description["components"]["schemas"].take();
        schemas.as_object_mut().unwrap().values_mut().for_each(adapt);
        Self {
            schemas,
            paths: description["paths"].as_object().unwrap().clone(),
            wrong: BTreeSet::new(),
            met: BTreeSet::new(),
        }
    }

    /// Judges an answer to `POST /conversations/5/reply`.
    fn judge(&mut self, line: &str, status: u16, answer: &Value) {
        let (method, address) = line.split_once(' ').unwrap();
        let path = address.split('?').next().unwrap();
        let Some(operation) = self.operation(&method.to_lowercase(), path) else {
            self.wrong.insert(format!("{line}: is not described"));
            return;
        };
        let schema = operation.pointer(&format!("/responses/{status}/content/application~1json/schema"));
        let Some(mut schema) = schema.cloned() else {
            self.wrong.insert(format!("{line}: {status} is not described"));
            return;
        };
        adapt(&mut schema);
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [schema],
            "components": {"schemas": self.schemas},
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut answer = answer.clone();
        Self::without_nothing(&mut answer, "");
        for error in validator.iter_errors(&answer) {
            let place = error.instance_path().to_string();
            let known = KNOWN.iter().find(|(known, _)| place.contains(known));
            self.met.extend(known.map(|(known, _)| *known));
            if known.is_none() {
                let text: String = error.to_string().chars().rev().take(200).collect();
                let text: String = text.chars().rev().collect();
                self.wrong.insert(format!("{line} at {place}: {text}"));
            }
        }
    }

    /// Times of what did not happen yet are null, which the schema of statistics forgets.
    fn without_nothing(value: &mut Value, name: &str) {
        match value {
            Value::Array(all) => all
                .iter_mut()
                .for_each(|value| Self::without_nothing(value, name)),
            Value::Object(members) => {
                if name == "statistics" {
                    members.retain(|_, value| !value.is_null());
                }
                members
                    .iter_mut()
                    .for_each(|(name, value)| Self::without_nothing(value, name));
            }
            _ => {}
        }
    }

    /// The operation of a path, one with more words of its own first.
    fn operation(&self, method: &str, path: &str) -> Option<Value> {
        let fits = |pattern: &str| {
            let (ours, theirs): (Vec<&str>, Vec<&str>) =
                (path.split('/').collect(), pattern.split('/').collect());
            let same = |(our, their): (&&str, &&str)| their.starts_with('{') || our == their;
            ours.len() == theirs.len() && ours.iter().zip(&theirs).all(same)
        };
        let found = self.paths.iter().filter(|(pattern, _)| fits(pattern));
        let found = found.filter(|(_, operations)| operations.get(method).is_some());
        let best = found.min_by_key(|(pattern, _)| pattern.matches('{').count())?;
        best.1.get(method).cloned()
    }
}

/// Asks, has the answer judged, and gives it.
fn ask(twin: &mut Stand, judge: &mut Judge, line: &str, body: Value) -> Value {
    let body = Some(body).filter(|body| !body.is_null());
    let response = twin.send(request(line, body.as_ref()));
    let answer = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    judge.judge(line, response.status, &answer);
    answer
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn answers_are_as_described() {
    let (mut wrong, mut met) = (Vec::new(), BTreeSet::new());
    for version in ["2.14", "2.16"] {
        let Some(description) = description(version) else {
            return;
        };
        let mut judge = Judge::new(description);
        let mut twin = furnished(&[("newer_paths", "400")]);
        twin.version = version;
        conversations(&mut twin, &mut judge, version == "2.16");
        tickets(&mut twin, &mut judge);
        help(&mut twin, &mut judge);
        met.extend(judge.met);
        wrong.extend(judge.wrong.into_iter().map(|place| format!("{version} {place}")));
    }
    let unmet = KNOWN.iter().filter(|(known, _)| !met.contains(known));
    wrong.extend(unmet.map(|(known, _)| format!("{known} is listed, but does not deviate")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn conversations(twin: &mut Stand, judge: &mut Judge, is_newest: bool) {
    // tidy: long because it is one list of calls.
    let mut ask = |line: &str, body: Value| ask(twin, judge, line, body);
    let made = ask(
        "POST /conversations",
        json!({"from": {"type": "user", "id": ANN}, "body": "Hello"}),
    );
    let id = text(&made["conversation_id"]);
    let at = |rest: &str| format!("/conversations/{id}{rest}");
    let by = |more: Value| {
        let mut body = json!({"admin_id": ADA, "type": "admin"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let file = json!({"name": "a.txt", "content_type": "text/plain", "data": "YQ=="});
    let said = by(json!({"message_type": "comment", "body": "Hi", "attachment_files": [file]}));
    ask(&format!("POST {}", at("/reply")), said);
    let note = by(json!({"message_type": "note", "body": "<p>Hm</p>"}));
    let noted = ask(&format!("POST {}", at("/reply")), note);
    let options = json!([{"text": "Yes", "uuid": "a5e1c524-5ddd-4c3e-9328-6bca5d6e3edb"}]);
    let quick = by(json!({"message_type": "quick_reply", "reply_options": options}));
    ask(&format!("POST {}", at("/reply")), quick);
    for doing in [
        json!({"message_type": "close"}),
        json!({"message_type": "assignment", "assignee_id": ADA}),
        json!({"message_type": "snoozed", "snoozed_until": super::START + 99}),
        json!({"message_type": "open"}),
    ] {
        ask(&format!("POST {}", at("/parts")), by(doing));
    }
    ask(
        &format!("PUT {}", at("")),
        json!({"custom_attributes": {"issue": "Billing"}, "company_id": COMPANY, "title": "T"}),
    );
    ask(
        &format!("POST {}", at("/tags")),
        json!({"id": "86", "admin_id": ADA}),
    );
    ask(&format!("GET {}", at("")), Value::Null);
    ask("GET /conversations?per_page=5", Value::Null);
    ask(
        "POST /conversations/search",
        json!({"query": {"field": "id", "operator": "=", "value": id}}),
    );
    let part = noted["conversation_parts"]["conversation_parts"][1]["id"].clone();
    let redact = json!({"type": "conversation_part", "conversation_id": id, "conversation_part_id": part});
    ask("POST /conversations/redact", redact);
    let customer = json!({"admin_id": ADA, "customer": {"intercom_user_id": MIA}});
    ask(&format!("POST {}", at("/customers")), customer);
    ask(
        &format!("DELETE {}", at(&format!("/customers/{MIA}"))),
        json!({"admin_id": ADA}),
    );
    ask(&format!("DELETE {}", at("/tags/86")), json!({"admin_id": ADA}));
    ask("GET /conversations/1", Value::Null);
    if is_newest {
        let other = ask(
            "POST /conversations",
            json!({"from": {"type": "user", "id": ANN}, "body": "Again"}),
        );
        let other = text(&other["conversation_id"]);
        ask(
            &format!("POST /conversations/{other}/merge"),
            json!({"merge_into_conversation_id": id}),
        );
        ask(&format!("GET {}", at("/side_conversations")), Value::Null);
        ask(&format!("GET {}", at("/handling_events")), Value::Null);
    }
    ask(&format!("DELETE {}", at("")), Value::Null);
    if is_newest {
        ask("GET /conversations/deleted", Value::Null);
    }
}

fn tickets(twin: &mut Stand, judge: &mut Judge) {
    let talk = twin.talk("Help");
    let mut ask = |line: &str, body: Value| ask(twin, judge, line, body);
    let kind = ask(
        "POST /ticket_types",
        json!({"name": "Bug", "category": "Customer", "description": "d"}),
    );
    let kind = text(&kind["id"]);
    let list = json!({"name": "Severity", "description": "d", "data_type": "list", "list_items": "low,high"});
    ask(&format!("POST /ticket_types/{kind}/attributes"), list);
    ask("GET /ticket_types", Value::Null);
    ask(&format!("GET /ticket_types/{kind}"), Value::Null);
    ask("GET /ticket_states", Value::Null);
    let attributes = json!({"_default_title_": "T", "Severity": "high"});
    let body = json!({"ticket_type_id": kind, "contacts": [{"id": ANN}], "ticket_attributes": attributes});
    let ticket = ask("POST /tickets", body);
    let id = text(&ticket["id"]);
    let change =
        json!({"ticket_state_id": "8002", "assignee_id": ADA, "admin_id": ADA.parse::<u64>().unwrap()});
    ask(&format!("PUT /tickets/{id}"), change);
    let note = json!({"message_type": "note", "type": "admin", "admin_id": ADA, "body": "<p>x</p>"});
    ask(&format!("POST /tickets/{id}/reply"), note);
    ask(
        &format!("POST /tickets/{id}/tags"),
        json!({"id": "86", "admin_id": ADA}),
    );
    ask(&format!("GET /tickets/{id}"), Value::Null);
    ask(
        "POST /tickets/search",
        json!({"query": {"field": "id", "operator": "=", "value": id}}),
    );
    ask(
        &format!("POST /conversations/{talk}/convert"),
        json!({"ticket_type_id": kind}),
    );
    ask(&format!("DELETE /tickets/{id}"), Value::Null);
}

fn help(twin: &mut Stand, judge: &mut Judge) {
    let mut ask = |line: &str, body: Value| ask(twin, judge, line, body);
    let author: u64 = ADA.parse().unwrap();
    let top = ask("POST /help_center/collections", json!({"name": "Top"}));
    let id = text(&top["id"]);
    ask(
        &format!("PUT /help_center/collections/{id}"),
        json!({"translated_content": {"fr": {"name": "Haut", "description": "d"}}}),
    );
    ask(&format!("GET /help_center/collections/{id}"), Value::Null);
    ask("GET /help_center/collections", Value::Null);
    let centers = ask("GET /help_center/help_centers", Value::Null);
    ask(
        &format!(
            "GET /help_center/help_centers/{}",
            text(&centers["data"][0]["id"])
        ),
        Value::Null,
    );
    let french = json!({"fr": {"title": "Titre", "description": "d", "body": "<p>x</p>", "author_id": author, "state": "published"}});
    let body = json!({
        "title": "T", "author_id": author, "body": "<p>x</p>", "state": "published", "parent_id": id.parse::<u64>().unwrap(),
        "parent_type": "collection", "translated_content": french,
    });
    let article = ask("POST /articles", body);
    let article = text(&article["id"]);
    ask(&format!("PUT /articles/{article}"), json!({"description": "d"}));
    ask(&format!("GET /articles/{article}"), Value::Null);
    ask("GET /articles", Value::Null);
    ask("GET /articles/search?phrase=x&highlight=true", Value::Null);
    let internal = ask(
        "POST /internal_articles",
        json!({"title": "T", "body": "b", "author_id": author, "owner_id": author}),
    );
    let internal = text(&internal["id"]);
    ask(
        &format!("PUT /internal_articles/{internal}"),
        json!({"title": "U"}),
    );
    ask(&format!("GET /internal_articles/{internal}"), Value::Null);
    ask("GET /internal_articles", Value::Null);
    ask("GET /internal_articles/search?phrase=b", Value::Null);
    ask(&format!("DELETE /internal_articles/{internal}"), Value::Null);
    ask(&format!("DELETE /articles/{article}"), Value::Null);
    ask(&format!("DELETE /help_center/collections/{id}"), Value::Null);
}
