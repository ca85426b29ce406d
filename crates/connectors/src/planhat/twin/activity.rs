//! What contacts did: taken in, assigned to a contact, and kept. Nothing reads it but the control door; what shows is
//! derived from it.

use std::collections::BTreeMap;

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    company::COMPANY,
    enduser::{ENDUSER, domain_of},
    models::{Model, PLAIN},
    prose,
    record::{FieldMap, number, number_of, text_of},
    state::State,
    switches::Switches,
    table::Key,
    write,
};

/// How many of the last activities a contact or company shows.
const SHOWN: usize = 10;

/// Activities; no path leads to them.
pub(super) const ACTIVITY: Model = Model {
    name: "activity",
    path: "",
    table: "activity",
    operations: "",
    external: "",
    unique: &[],
    ..PLAIN
};

/// What a request adds to one contact or company.
#[derive(Default)]
struct Added {
    beats: f64,
    last: Option<Timestamp>,
    counts: BTreeMap<String, f64>,
    recent: Vec<Value>,
}

/// Whose an activity is.
struct Actor {
    enduser: String,
    company: Option<String>,
}

/// Keeps activities, those that fail with the reason; gives these, each with its item.
pub(super) fn take(
    state: &mut State,
    switches: &Switches,
    items: impl Iterator<Item = FieldMap>,
    now: Timestamp,
) -> Vec<Value> {
    let mut errors = Vec::new();
    let mut added: BTreeMap<(&'static str, String), Added> = BTreeMap::new();
    for item in items {
        let date = item.get("date").and_then(prose::time).unwrap_or(now);
        let actor = actor(state, switches, &item, now);
        let mut record = kept(&item, date, now);
        match &actor {
            Ok(actor) => {
                record.insert("euId".to_owned(), actor.enduser.as_str().into());
                record.insert("companyId".to_owned(), actor.company.clone().into());
                let of = [
                    Some(("enduser", actor.enduser.clone())),
                    actor.company.clone().map(|company| ("company", company)),
                ];
                for whose in of.into_iter().flatten() {
                    added.entry(whose).or_default().add(&record, date);
                }
            }
            Err(why) => {
                record.insert("error".to_owned(), (*why).into());
                errors.push(json!({ "item": item, "error": why }));
            }
        }
        let id = state.fresh_id(now);
        record.insert("_id".to_owned(), id.as_str().into());
        state.put(&ACTIVITY, &id, &record);
    }
    for ((table, id), added) in added {
        if let Some(mut record) = state.get(table, &id) {
            added.lay_over(&mut record);
            let model = if table == "company" { &COMPANY } else { &ENDUSER };
            state.put(model, &id, &record);
        }
    }
    errors
}

/// An activity as it is kept, whichever words were used for it.
fn kept(item: &FieldMap, date: Timestamp, now: Timestamp) -> FieldMap {
    let mut record = Map::new();
    for name in ["action", "info", "name", "firstName", "lastName", "email"] {
        if let Some(value) = item.get(name) {
            record.insert(name.to_owned(), value.clone());
        }
    }
    let ids = [
        ("externalId", external_id(item)),
        ("companyExternalId", company_id(item)),
    ];
    for (name, id) in ids {
        if let Some(id) = id {
            record.insert(name.to_owned(), id.into());
        }
    }
    for name in ["weight", "count"] {
        let given = number_of(item, name).unwrap_or(1.0);
        record.insert(name.to_owned(), number(given));
    }
    record.insert("date".to_owned(), prose::iso(date).into());
    record.insert("createdAt".to_owned(), prose::iso(now).into());
    record
}

fn external_id(item: &FieldMap) -> Option<String> {
    ["externalId", "euExtId", "id"]
        .iter()
        .find_map(|name| text_of(item, name))
}

fn company_id(item: &FieldMap) -> Option<String> {
    ["companyExternalId", "cId"]
        .iter()
        .find_map(|name| text_of(item, name))
}

/// Finds the contact; an unknown one is made where the company is known.
fn actor(
    state: &mut State,
    switches: &Switches,
    item: &FieldMap,
    now: Timestamp,
) -> Result<Actor, &'static str> {
    let (external, email) = (external_id(item), text_of(item, "email"));
    if external.is_none() && email.is_none() {
        return Err("email or externalId must be specified");
    }
    let company = company_id(item).and_then(|id| state.company(&format!("extid-{id}")));
    let keys = [(Key::External, &external), (Key::Email, &email)];
    for (key, value) in keys {
        let Some(value) = value else { continue };
        let found = state.by("enduser", key, value);
        let same = |enduser: &&FieldMap| text_of(enduser, "companyId") == company;
        let enduser = found.iter().find(same).or_else(|| found.first());
        if let Some(enduser) = enduser {
            return Ok(Actor {
                enduser: text_of(enduser, "_id").unwrap_or_default(),
                company: text_of(enduser, "companyId"),
            });
        }
    }
    let by_domain = || state.company_of_domain(&domain_of(email.as_deref()?)?);
    let Some(company) = company.or_else(by_domain) else {
        return Err("the end user is unknown, and so is the company");
    };
    let mut body = Map::new();
    body.insert("companyId".to_owned(), company.as_str().into());
    for name in ["name", "firstName", "lastName", "email", "position"] {
        if let Some(value) = item.get(name).filter(|value| value.is_string()) {
            body.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(external) = external {
        body.insert("externalId".to_owned(), external.into());
    }
    let made = write::create(state, switches, &ENDUSER, body, now);
    let enduser = made.map_err(|_| "the end user could not be created")?;
    Ok(Actor {
        enduser,
        company: Some(company),
    })
}

impl Added {
    fn add(&mut self, record: &FieldMap, date: Timestamp) {
        let count = number_of(record, "count").unwrap_or(1.0);
        self.beats += count * number_of(record, "weight").unwrap_or(1.0);
        self.last = self.last.max(Some(date));
        if let Some(action) = text_of(record, "action") {
            *self.counts.entry(action.clone()).or_default() += count;
            self.recent
                .push(json!({ "action": action, "date": record.get("date") }));
        }
    }

    fn lay_over(self, record: &mut FieldMap) {
        let before = record.get("lastActive").and_then(prose::time);
        if let Some(last) = self.last.max(before) {
            record.insert("lastActive".to_owned(), prose::iso(last).into());
        }
        if record.contains_key("beatsTotal") {
            let beats = number_of(record, "beatsTotal").unwrap_or(0.0) + self.beats;
            record.insert("beatsTotal".to_owned(), number(beats));
        }
        let mut usage = match record.remove("usage") {
            Some(Value::Object(usage)) => usage,
            _ => Map::new(),
        };
        for (action, count) in self.counts {
            let before = number_of(&usage, &action).unwrap_or(0.0);
            usage.insert(action, number(before + count));
        }
        record.insert("usage".to_owned(), Value::Object(usage));
        let mut recent = match record.remove("lastActivities") {
            Some(Value::Array(recent)) => recent,
            _ => Vec::new(),
        };
        recent.extend(self.recent);
        recent.sort_by_key(|entry| std::cmp::Reverse(entry.get("date").and_then(prose::time)));
        recent.truncate(SHOWN);
        record.insert("lastActivities".to_owned(), recent.into());
    }
}

/// What Segment says, as an activity; an `identify` names the contact instead, and leaves an activity only where that
/// fails. Other types and those about nobody are passed over.
pub(super) fn from_segment(
    state: &mut State,
    switches: &Switches,
    said: FieldMap,
    now: Timestamp,
) -> Option<FieldMap> {
    let kind = text_of(&said, "type")?.to_lowercase();
    let traits = said
        .get("traits")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let user = text_of(&said, "user_id").or_else(|| text_of(&said, "userId"));
    let email = text_of(&traits, "email");
    if user.is_none() && email.is_none() {
        return None;
    }
    let mut item = Map::new();
    let texts = [
        ("externalId", user),
        ("email", email),
        ("companyExternalId", text_of(&traits, "companyId")),
        ("name", text_of(&traits, "name")),
        ("position", text_of(&traits, "title")),
        ("action", text_of(&said, "event").filter(|_| kind == "track")),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            item.insert(name.to_owned(), text.into());
        }
    }
    for (ours, theirs) in [("info", "properties"), ("date", "timestamp")] {
        if let Some(value) = said.get(theirs) {
            item.insert(ours.to_owned(), value.clone());
        }
    }
    match kind.as_str() {
        "track" => Some(item),
        "identify" => match actor(state, switches, &item, now) {
            Ok(actor) => {
                item.retain(|name, _| matches!(name.as_str(), "name" | "email" | "position"));
                // A name that is refused stays as it was; nobody is told.
                let _ = write::update(state, switches, &ENDUSER, &actor.enduser, item, now, true);
                None
            }
            Err(_) => Some(item),
        },
        _ => None,
    }
}
