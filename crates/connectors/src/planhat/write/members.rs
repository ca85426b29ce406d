//! A change into the members of a request. Pure.

use model::{Action, Change, ExternalKey, Fault, FaultKind, FieldChange, Reference, Value};
use serde_json::{Map, Value as Json};

use super::{
    super::{customfield::CustomFields, object::Object},
    Way, encode, ticket,
};

/// A request's members, by Planhat's names.
pub(super) type Members = Map<String, Json>;

/// What evergreen licenses do not have: Planhat empties it without a word.
const OF_FIXED_PERIOD: [&str; 6] = [
    "toDate",
    "value",
    "renewalPeriod",
    "renewalUnit",
    "renewalDate",
    "autoRenews",
];

/// The types that only Planhat itself makes.
const RESERVED: [&str; 3] = ["email", "chat", "call"];

/// The members that a change says, without our key.
pub(super) fn members(
    way: &Way,
    custom: &CustomFields,
    change: &Change,
    doing: &str,
) -> Result<Members, Fault> {
    let is_new = matches!(change.action, Action::Create { .. });
    let refused = |name: &str, why: &str| refusal(doing, format!("`{name}` {why}"));
    let mut members = Members::new();
    for field in &change.fields {
        let name = field.name.as_str();
        let is_kept = field.after.is_empty() && (is_new || way.keeps(name));
        if is_kept {
            continue;
        }
        if let Some(custom_name) = name.strip_prefix("custom.") {
            let known = custom.of(way.object.name).get(custom_name);
            let known = known.ok_or_else(|| refused(name, "is no custom field of it in Planhat"))?;
            let json = encode::custom(known, &field.after).map_err(|misfit| refused(name, misfit.0))?;
            put_custom(&mut members, custom_name, json);
            continue;
        }
        add(way.object, &mut members, field).map_err(|misfit| refused(name, misfit.0))?;
    }
    if way.object.name == "license" && members.get("fixedPeriod") == Some(&Json::Bool(false)) {
        let dropped = OF_FIXED_PERIOD
            .into_iter()
            .find(|name| members.get(*name).is_some_and(|json| !json.is_null()));
        if let Some(name) = dropped {
            return Err(refused(name, "is emptied by Planhat where `fixedPeriod` is no"));
        }
    }
    if is_new {
        check_creation(way, &mut members, doing)?;
    }
    Ok(members)
}

fn add(object: &Object, members: &mut Members, field: &FieldChange) -> Result<(), encode::Misfit> {
    let name = field.name.as_str();
    let known = object.known.iter().find(|known| known.name == name);
    let known = known.ok_or(encode::Misfit("is no field of it in Planhat"))?;
    if !known.writable {
        return Err(encode::Misfit("is worked out by Planhat"));
    }
    let json = encode::property(known.holds, name, &field.after)?;
    match (object.name, name) {
        ("comment", "parent") => {
            if let Value::Ref(Reference { object, .. }) = &field.after {
                members.insert(
                    "commentableModel".to_owned(),
                    Json::from(capitalised(object.as_str())),
                );
            }
            members.insert("commentableId".to_owned(), json);
        }
        // A conversation's owner is one of its users, and is named by id in requests.
        ("conversation", "owner") => drop(members.insert("ownerId".to_owned(), json)),
        _ => drop(members.insert(name.to_owned(), json)),
    }
    Ok(())
}

/// What a record cannot be made without, named in one sentence.
fn check_creation(way: &Way, members: &mut Members, doing: &str) -> Result<(), Fault> {
    let evergreen = members.get("fixedPeriod") == Some(&Json::Bool(false));
    let is_missing = |name: &&&str| {
        let has = members.get(property(name)).is_some_and(|json| !json.is_null());
        !has && (!evergreen || **name != "toDate")
    };
    let missing: Vec<String> = way
        .needs
        .iter()
        .filter(is_missing)
        .map(|name| format!("`{name}`"))
        .collect();
    if !missing.is_empty() {
        let title = way.object.title.to_lowercase();
        return Err(refusal(
            doing,
            format!("Planhat makes no {title} without {}", missing.join(" and ")),
        ));
    }
    match way.object.name {
        // Without it, the end of a license means nothing.
        "license" => drop(members.entry("fixedPeriod").or_insert(Json::Bool(true))),
        "task" => drop(members.entry("mainType").or_insert_with(|| Json::from("task"))),
        "conversation" => {
            let word = type_of(members).unwrap_or("note").to_owned();
            if RESERVED.contains(&word.as_str()) {
                let why = format!("conversations of the type `{word}` are made by Planhat alone");
                return Err(refusal(doing, why));
            }
            if word != "ticket"
                && let Some(name) = ticket::OWN.iter().find(|name| members.contains_key(**name))
            {
                return Err(refusal(doing, ticket::only(name)));
            }
            members.insert("type".to_owned(), Json::from(word));
        }
        _ => {}
    }
    Ok(())
}

/// Puts our key where the customer has nothing; says where.
pub(super) fn add_key(way: &Way, members: &mut Members, key: &ExternalKey) -> Option<&'static str> {
    let place = way.keys.iter().find(|name| !members.contains_key(**name))?;
    members.insert((*place).to_owned(), Json::from(key.as_str()));
    Some(place)
}

/// The type that a conversation is to have, if the members say one.
pub(super) fn type_of(members: &Members) -> Option<&str> {
    members.get("type")?.as_str()
}

pub(super) fn refusal(doing: &str, why: impl AsRef<str>) -> Fault {
    Fault::new(FaultKind::Rejected, doing).said(why)
}

fn put_custom(members: &mut Members, name: &str, json: Json) {
    let custom = members
        .entry("custom")
        .or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(custom) = custom {
        custom.insert(name.to_owned(), json);
    }
}

/// The property that a field is sent as.
fn property(field: &str) -> &str {
    match field {
        "parent" => "commentableId",
        other => other,
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
