//! Creating, updating and deleting one record of any model.

use model::Timestamp;
use serde_json::{Map, Value};

use super::{
    comment, enduser,
    models::{Model, Within},
    prose,
    raw::Fields,
    record::{FieldMap, Given, Refusal, Scene, accept, lay, object, text_of},
    state::State,
    switches::Switches,
    table::Key,
};

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Updated {
    Changed,
    Unchanged,
}

/// Makes a record and gives its id.
pub(super) fn create(
    state: &mut State,
    switches: &Switches,
    model: &Model,
    body: FieldMap,
    now: Timestamp,
) -> Result<String, Refusal> {
    let given = arrive(state, switches, model, None, body, now)?;
    let mut record = object(model.defaults);
    lay(&mut record, &given.fields, switches);
    require(model, &record, &given)?;
    compose(state, switches, model, None, &given, &mut record, now)?;
    let mut id = state.fresh_id(now);
    while state.table(model.table).slot(&id).is_some() {
        id = state.fresh_id(now);
    }
    record.insert("_id".to_owned(), id.as_str().into());
    state.put(model, &id, &record);
    (model.after)(state, switches, None, &record, now);
    if let Some(comments) = given.hints.get("comments") {
        comment::attach(state, switches, &id, comments, now);
    }
    Ok(id)
}

/// Lays a request over a record. A single update moves its stamps even if nothing else changes.
pub(super) fn update(
    state: &mut State,
    switches: &Switches,
    model: &Model,
    id: &str,
    body: FieldMap,
    now: Timestamp,
    always: bool,
) -> Result<Updated, Refusal> {
    let was = state
        .get(model.table, id)
        .ok_or_else(|| Refusal::new(404, format!("no {} has the id {id}", model.name)))?;
    let given = arrive(state, switches, model, Some(&was), body, now)?;
    let mut record = was.clone();
    lay(&mut record, &given.fields, switches);
    compose(state, switches, model, Some(&was), &given, &mut record, now)?;
    let updated = if alike(&was, &record) {
        Updated::Unchanged
    } else {
        Updated::Changed
    };
    if updated == Updated::Changed || always {
        state.put(model, id, &record);
        (model.after)(state, switches, Some(&was), &record, now);
    }
    Ok(updated)
}

/// The record with this id, if it belongs to the model.
pub(super) fn find(state: &State, model: &Model, id: &str) -> Option<FieldMap> {
    let record = state.get(model.table, id)?;
    let fits = model
        .kind
        .is_none_or(|kind| text_of(&record, "type").as_deref() == Some(kind));
    fits.then_some(record)
}

fn arrive(
    state: &State,
    switches: &Switches,
    model: &Model,
    was: Option<&FieldMap>,
    body: FieldMap,
    now: Timestamp,
) -> Result<Given, Refusal> {
    let nothing = Map::new();
    let scene = Scene {
        state,
        switches,
        now,
        model,
        was,
        given: &nothing,
        hints: &nothing,
    };
    let body = (model.arrive)(&scene, body)?;
    accept(model, switches, state, body)
}

/// Fills in what follows from a request, and checks the whole.
fn compose(
    state: &State,
    switches: &Switches,
    model: &Model,
    was: Option<&FieldMap>,
    given: &Given,
    record: &mut FieldMap,
    now: Timestamp,
) -> Result<(), Refusal> {
    let scene = Scene {
        state,
        switches,
        now,
        model,
        was,
        given: &given.fields,
        hints: &given.hints,
    };
    if matches!(model.company, "companyId" | "cId") {
        settle_company(&scene, record)?;
    }
    (model.complete)(&scene, record)?;
    unique(&scene, record)?;
    for stamp in model.stamps.iter().filter(|stamp| **stamp != "updateDate") {
        record.insert((*stamp).to_owned(), prose::iso(now).into());
    }
    Ok(())
}

fn require(model: &Model, record: &FieldMap, given: &Given) -> Result<(), Refusal> {
    // The company is looked for in more places than its property.
    let missing = |name: &&&str| **name != model.company && text_of(record, name).is_none();
    if let Some(name) = model.required.iter().find(missing) {
        return Err(Refusal::bad(format!("{name} is required")));
    }
    let one_of = model.one_of;
    if !one_of.is_empty() && !one_of.iter().any(|name| text_of(&given.fields, name).is_some()) {
        return Err(Refusal::bad(format!("one of {} is required", one_of.join(", "))));
    }
    Ok(())
}

/// Replaces a reference to a company by its id, and adds its name.
fn settle_company(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    let (field, label) = match scene.model.company {
        "cId" => ("cId", "cName"),
        _ => ("companyId", "companyName"),
    };
    let named = scene.given.contains_key(field) || scene.hints.contains_key("companyExternalId");
    let silent = scene.model.name == "enduser";
    let required = silent || scene.model.required.contains(&field);
    if !named && (scene.was.is_some() || !required) {
        return Ok(());
    }
    let refuse = |message: String| match silent {
        true => Refusal::silent(message),
        false => Refusal::bad(message),
    };
    let by_reference = text_of(scene.given, field);
    if by_reference.is_none() && !required {
        record.remove(label);
        return Ok(());
    }
    let found = by_reference
        .as_deref()
        .and_then(|reference| scene.state.company(reference))
        .or_else(|| {
            let external = text_of(scene.hints, "companyExternalId")?;
            scene.state.company(&format!("extid-{external}"))
        })
        .or_else(|| company_by_mail(scene).filter(|_| by_reference.is_none()));
    let Some(id) = found else {
        return Err(refuse(match by_reference {
            Some(reference) => format!("{field} {reference} is not a company"),
            None => format!("{field} is required"),
        }));
    };
    let name = scene
        .state
        .get("company", &id)
        .and_then(|company| company.get("name").cloned());
    record.insert(field.to_owned(), id.into());
    record.insert(label.to_owned(), name.unwrap_or_default());
    Ok(())
}

/// The company whose domains hold a request's domains, or its address's.
fn company_by_mail(scene: &Scene<'_>) -> Option<String> {
    if scene.model.name != "enduser" && scene.model.kind != Some("ticket") {
        return None;
    }
    let listed = scene.hints.get("domains").and_then(Value::as_array);
    let listed = listed.into_iter().flatten().filter_map(Value::as_str);
    let own = text_of(scene.given, "email").and_then(|email| enduser::domain_of(&email));
    listed
        .map(str::to_owned)
        .chain(own)
        .find_map(|domain| scene.state.company_of_domain(&domain))
}

/// Refuses keys that another record has.
fn unique(scene: &Scene<'_>, record: &FieldMap) -> Result<(), Refusal> {
    let table = scene.state.table(scene.model.table);
    let mut doubles = Vec::new();
    for (key, within) in scene.model.unique {
        let field = key.field(table.layout());
        let Some(value) = text_of(scene.given, field) else {
            continue;
        };
        if scene.was.and_then(|was| text_of(was, field)).as_ref() == Some(&value) {
            continue;
        }
        let own = scene.was.and_then(|was| text_of(was, "_id"));
        let company = text_of(record, table.layout().company);
        let taken = table.by(*key, &value).iter().any(|slot| {
            let other = Fields::read(table.text(*slot).unwrap_or_default());
            let another = other.text("_id") != own;
            another && (*within == Within::Model || other.text(table.layout().company) == company)
        });
        if taken {
            doubles.push(field);
        }
    }
    if doubles.is_empty() {
        return Ok(());
    }
    Err(Refusal::bad(format!("{} duplicated", doubles.join(","))))
}

/// Whether two states of a record differ in nothing but their stamps.
fn alike(was: &FieldMap, record: &FieldMap) -> bool {
    let stamp = |name: &str| matches!(name, "updatedAt" | "lastUpdated" | "updateDate");
    let same = |left: &FieldMap, right: &FieldMap| {
        left.iter()
            .filter(|(name, _)| !stamp(name))
            .all(|(name, value)| right.get(name) == Some(value))
    };
    same(was, record) && same(record, was)
}

/// The keys a record is matched by, as they stand in a request: `_id` first, then the model's own order.
pub(super) fn match_key(state: &State, model: &Model, body: &FieldMap) -> Option<(Option<Key>, String)> {
    if let Some(id) = text_of(body, "_id") {
        return Some((None, id));
    }
    let layout = state.table(model.table).layout();
    model
        .bulk_keys
        .iter()
        .find_map(|key| Some((Some(*key), text_of(body, key.field(layout))?)))
}
