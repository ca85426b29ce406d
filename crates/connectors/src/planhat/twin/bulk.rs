//! Bulk upserts: many records of one model in one request, each by itself.

use std::collections::HashSet;

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    models::{Model, Verb, Within},
    raw::Fields,
    record::{FieldMap, Refusal, text_of},
    state::State,
    switches::Switches,
    write::{self, Updated, match_key},
};
use crate::kit::Response;

/// How many records a request may hold.
const MOST: usize = 5_000;

/// What became of the records so far.
#[derive(Default)]
struct Tally {
    created: Vec<String>,
    insert_keys: Vec<Value>,
    created_errors: Vec<Value>,
    updated: Vec<String>,
    update_keys: Vec<Value>,
    updated_errors: Vec<Value>,
    unchanged: usize,
    permission_errors: Vec<Value>,
}

/// Whom a record of the request is about.
enum Target {
    New,
    Known(String),
}

/// Upserts the records of a request.
pub(super) fn upsert(
    state: &mut State,
    switches: &Switches,
    model: &Model,
    records: Vec<Value>,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let mut tally = Tally::default();
    if records.len() > MOST {
        let message = "there is an upper limit of 5,000 per request";
        if switches.too_many_is_413 {
            return Err(Refusal::new(413, message));
        }
        tally.created_errors.push(message.into());
        return Ok(tally.response(switches));
    }
    let mut seen = HashSet::new();
    for record in records {
        one(state, switches, model, record, now, &mut seen, &mut tally);
    }
    Ok(tally.response(switches))
}

fn one(
    state: &mut State,
    switches: &Switches,
    model: &Model,
    record: Value,
    now: Timestamp,
    seen: &mut HashSet<String>,
    tally: &mut Tally,
) {
    let Value::Object(body) = record else {
        let refusal = Refusal::bad("a record must be an object");
        tally.created_errors.push(error(switches, &record, &refusal));
        return;
    };
    let sent = body.clone();
    let (target, verb) = match aim(state, model, &body) {
        Target::New => (Target::New, Verb::Create),
        Target::Known(id) => (Target::Known(id), Verb::Update),
    };
    let denied = switches.denied.contains(&(model.name, verb));
    let result = if denied {
        Err(Refusal::new(
            403,
            format!("the token may not {} it", name_of(verb)),
        ))
    } else {
        again(state, model, &body, &target, seen)
            .and_then(|()| apply(state, switches, model, &target, body, now, tally))
            .map(|id| {
                seen.insert(id);
            })
    };
    let Err(refusal) = result else { return };
    if refusal.silent {
        return;
    }
    let errors = match verb {
        _ if denied => &mut tally.permission_errors,
        Verb::Create => &mut tally.created_errors,
        _ => &mut tally.updated_errors,
    };
    errors.push(error(switches, &Value::Object(sent), &refusal));
}

fn apply(
    state: &mut State,
    switches: &Switches,
    model: &Model,
    target: &Target,
    mut body: FieldMap,
    now: Timestamp,
    tally: &mut Tally,
) -> Result<String, Refusal> {
    let keys = |id: &str, body: &FieldMap| {
        let mut keys = Map::new();
        keys.insert("_id".to_owned(), id.into());
        for name in [model.external, "sourceId"] {
            if let Some(value) = body.get(name) {
                keys.insert(name.to_owned(), value.clone());
            }
        }
        Value::Object(keys)
    };
    let unknown_id = body.remove("_id").is_some();
    let Target::Known(id) = target else {
        if unknown_id && switches.refuses_unknown_id {
            return Err(Refusal::bad("invalid id"));
        }
        if let Some(name) = model
            .bulk_required
            .iter()
            .find(|name| text_of(&body, name).is_none())
        {
            return Err(Refusal::bad(format!("{name} is required")));
        }
        let sent = body.clone();
        let id = write::create(state, switches, model, body, now)?;
        tally.insert_keys.push(keys(&id, &sent));
        tally.created.push(id.clone());
        return Ok(id);
    };
    let update_keys = keys(id, &body);
    let updated = write::update(state, switches, model, id, body, now, switches.unchanged_bumps)?;
    tally.update_keys.push(update_keys);
    match updated {
        Updated::Changed => tally.updated.push(id.clone()),
        Updated::Unchanged => tally.unchanged += 1,
    }
    Ok(id.clone())
}

/// Finds the record that is meant: by the strongest key given, within the company where the key is unique only there.
fn aim(state: &State, model: &Model, body: &FieldMap) -> Target {
    let Some((key, value)) = match_key(state, model, body) else {
        return Target::New;
    };
    let table = state.table(model.table);
    let Some(key) = key else {
        return match write::find(state, model, &value) {
            Some(_) => Target::Known(value),
            None => Target::New,
        };
    };
    let company = text_of(body, model.company).and_then(|company| state.company(&company));
    let within = model.unique.contains(&(key, Within::Company));
    let found = table.by(key, &value).iter().find_map(|slot| {
        let fields = Fields::read(table.text(*slot)?);
        let fits = model.kind.is_none() || fields.text("type").as_deref() == model.kind;
        let same = match &company {
            Some(company) if within => fields.text(model.company).as_ref() == Some(company),
            _ => true,
        };
        if fits && same { fields.text("_id") } else { None }
    });
    found.map_or(Target::New, Target::Known)
}

/// Refuses a record that was written earlier in the same request.
fn again(
    state: &State,
    model: &Model,
    body: &FieldMap,
    target: &Target,
    seen: &HashSet<String>,
) -> Result<(), Refusal> {
    let Target::Known(id) = target else { return Ok(()) };
    if !seen.contains(id) {
        return Ok(());
    }
    let layout = state.table(model.table).layout();
    let keys = model.unique.iter().map(|(key, _)| key.field(layout));
    let mut doubles: Vec<&str> = keys.filter(|name| text_of(body, name).is_some()).collect();
    if body.contains_key("_id") {
        doubles = vec!["_id"];
    }
    Err(Refusal::bad(format!("{} duplicated", doubles.join(","))))
}

fn error(switches: &Switches, sent: &Value, refusal: &Refusal) -> Value {
    if switches.object_errors {
        return json!({ "item": sent, "error": refusal.message });
    }
    refusal.message.as_str().into()
}

fn name_of(verb: Verb) -> &'static str {
    let known = Verb::NAMES.iter().find(|(_, known)| *known == verb);
    known.map_or("", |(name, _)| name)
}

impl Tally {
    fn response(self, switches: &Switches) -> Response {
        let status = self.status(switches);
        let mut upserted = self.created.clone();
        if switches.upserted_all {
            upserted.extend(self.updated.iter().cloned());
        }
        let body = json!({
            "created": self.created.len(),
            "createdErrors": self.created_errors,
            "insertsKeys": self.insert_keys,
            "updated": self.updated.len(),
            "updatedErrors": self.updated_errors,
            "updatesKeys": self.update_keys,
            "nonupdates": self.unchanged,
            "modified": self.updated,
            "upsertedIds": upserted,
            "permissionErrors": self.permission_errors,
        });
        Response::json(status, &body)
    }

    fn status(&self, switches: &Switches) -> u16 {
        let worked = self.created.len() + self.updated.len() + self.unchanged > 0;
        let failed = !self.created_errors.is_empty() || !self.updated_errors.is_empty();
        let denied = !self.permission_errors.is_empty();
        match (worked, failed, denied) {
            (true, _, true) if switches.mixed_denied_is_206 => 206,
            (_, _, true) => 403,
            (_, false, false) => 200,
            (true, true, false) => 206,
            (false, true, false) => 400,
        }
    }
}
