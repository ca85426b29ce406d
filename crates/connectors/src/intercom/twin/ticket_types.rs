//! Types of tickets, their attributes, and the states that tickets go through.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, Reply, Route, View, id_of, route},
    door::Resource,
    refusal::Refusal,
    state::{Record, State, id},
    table::Layout,
};

const READ: &str = "read_tickets";
const WRITE: &str = "write_tickets";
/// The table of types.
pub(super) const TYPES: &str = "ticket_types";
const CATEGORIES: &[&str] = &["Customer", "Back-office", "Tracker"];
const DATA_TYPES: &[&str] = &[
    "string", "list", "integer", "decimal", "boolean", "datetime", "files",
];
/// What a caller may say of an attribute as it is.
const PLAIN: &[&str] = &[
    "name",
    "description",
    "required_to_create",
    "required_to_create_for_contacts",
    "visible_on_create",
    "visible_to_contacts",
    "archived",
];

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: TYPES,
        object: Some("ticket_type"),
        orders: &[],
        keys: &[],
        show,
    }],
    routes: ROUTES,
};

const ROUTES: &[Route] = &[
    route(Method::GET, "/ticket_types", READ, list),
    route(Method::POST, "/ticket_types", WRITE, create),
    route(Method::GET, "/ticket_types/{}", READ, get),
    route(Method::PUT, "/ticket_types/{}", WRITE, update),
    route(Method::POST, "/ticket_types/{}/attributes", WRITE, add_attribute),
    route(
        Method::PUT,
        "/ticket_types/{}/attributes/{}",
        WRITE,
        change_attribute,
    ),
    route(Method::GET, "/ticket_states", READ, states),
];

/// A state that tickets go through.
pub(super) struct TicketState {
    pub(super) id: u64,
    pub(super) category: &'static str,
    internal: &'static str,
    external: &'static str,
    pub(super) archived: bool,
}

const fn state(
    id: u64,
    category: &'static str,
    internal: &'static str,
    external: &'static str,
) -> TicketState {
    TicketState {
        id,
        category,
        internal,
        external,
        archived: false,
    }
}

/// Every state. The first of a category is the one that every workspace has.
pub(super) static STATES: &[TicketState] = &[
    state(8_001, "submitted", "Submitted", "Submitted"),
    state(8_002, "in_progress", "In progress", "In progress"),
    state(
        8_003,
        "waiting_on_customer",
        "Waiting on customer",
        "Waiting on you",
    ),
    state(8_004, "resolved", "Resolved", "Resolved"),
    state(
        8_005,
        "in_progress",
        "Escalated to engineering",
        "Being looked into",
    ),
    TicketState {
        archived: true,
        ..state(8_006, "resolved", "Won't do", "Closed")
    },
];

/// The state of that id.
pub(super) fn state_of(id: u64) -> Option<&'static TicketState> {
    STATES.iter().find(|state| state.id == id)
}

/// A state as records show it.
pub(super) fn shown_state(state: &TicketState) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut put = |name: &str, value: &str| shown.insert(name.to_owned(), value.into());
    put("type", "ticket_state");
    put("id", &state.id.to_string());
    put("category", state.category);
    put("internal_label", state.internal);
    put("external_label", state.external);
    shown
}

/// A type with its attributes and states.
fn show(view: &View<'_>, record: &Record) -> Value {
    let mut shown = brief(record);
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("workspace_id", view.state.workspace().into());
    put(
        "created_at",
        record.get("created_at").cloned().unwrap_or_default(),
    );
    put(
        "updated_at",
        record.get("updated_at").cloned().unwrap_or_default(),
    );
    let attributes = attributes(record).map(|attribute| {
        let mut attribute = attribute.clone();
        attribute.insert("type".to_owned(), "ticket_type_attribute".into());
        attribute.insert("workspace_id".to_owned(), view.state.workspace().into());
        Value::Object(attribute)
    });
    put(
        "ticket_type_attributes",
        json!({"type": "list", "data": attributes.collect::<Vec<_>>()}),
    );
    let states = STATES.iter().filter(|state| !state.archived);
    let states: Vec<_> = states.map(shown_state).collect();
    put("ticket_states", json!({"type": "list", "data": states}));
    Value::Object(shown)
}

/// What states say of a type.
fn brief(record: &Record) -> Map<String, Value> {
    let mut shown = Map::new();
    shown.insert("type".to_owned(), "ticket_type".into());
    for name in [
        "id",
        "name",
        "description",
        "icon",
        "archived",
        "is_internal",
        "category",
    ] {
        shown.insert(name.to_owned(), record.get(name).cloned().unwrap_or_default());
    }
    shown
}

pub(super) fn attributes(record: &Record) -> impl Iterator<Item = &Record> {
    let attributes = record.get("attributes").and_then(Value::as_array);
    attributes.into_iter().flatten().filter_map(Value::as_object)
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let view = call.view();
    let types = call.state.table(TYPES).rows().map(|record| show(&view, record));
    Ok(Reply::of(
        json!({"type": "list", "data": types.collect::<Vec<_>>()}),
    ))
}

fn states(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let types = call.state.table(TYPES).rows().map(brief);
    let types: Vec<_> = types.collect();
    let states = STATES.iter().map(|state| {
        let mut shown = shown_state(state);
        shown.insert("archived".to_owned(), state.archived.into());
        shown.insert("ticket_types".to_owned(), json!({"type": "list", "data": types}));
        shown
    });
    Ok(Reply::of(
        json!({"type": "list", "data": states.collect::<Vec<_>>()}),
    ))
}

fn found(call: &Call<'_>) -> Result<Record, Refusal> {
    let record = call.state.get(TYPES, call.place(0));
    record.cloned().ok_or_else(Refusal::resource)
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::of(show(&call.view(), &found(call)?)))
}

fn put(call: &mut Call<'_>, mut record: Record) -> Reply {
    record.insert("updated_at".to_owned(), call.seconds().into());
    let shown = show(&call.view(), &record);
    call.state.put(TYPES, record);
    Reply::of(shown)
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let name = call.text("name").filter(|name| !name.is_empty());
    let name = name
        .ok_or_else(|| Refusal::missing("Name is a required parameter."))?
        .to_owned();
    let is_internal = call
        .value("is_internal")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let category = match call.text("category") {
        None if is_internal => "Back-office",
        None => "Customer",
        Some(category) => known(CATEGORIES, category, "Category isn't an option")?,
    };
    let second = call.seconds();
    let mut record = new_type(call.state, &name, category, second);
    for member in ["description", "icon"] {
        if let Some(text) = call.text(member) {
            record.insert(member.to_owned(), text.into());
        }
    }
    record.insert(
        "is_internal".to_owned(),
        (is_internal || category == "Back-office").into(),
    );
    Ok(put(call, record))
}

fn known<'a>(all: &[&'a str], given: &str, message: &str) -> Result<&'a str, Refusal> {
    let known = all.iter().find(|known| **known == given);
    known.copied().ok_or_else(|| Refusal::invalid(message))
}

/// A type with a title and a description, as every type has them.
pub(super) fn new_type(state: &mut State, name: &str, category: &str, second: i64) -> Record {
    let id = state.next("ticket_type", 50);
    let mut record = Record::new();
    let mut put = |name: &str, value: Value| record.insert(name.to_owned(), value);
    put("id", id.to_string().into());
    put("name", name.into());
    put("category", category.into());
    put("description", "".into());
    put("icon", "🎟️".into());
    put("archived", false.into());
    put("is_internal", (category == "Back-office").into());
    put("created_at", second.into());
    put("updated_at", second.into());
    let defaults = ["_default_title_", "_default_description_"];
    let defaults =
        defaults.map(|name| new_attribute(state, id, &[("name", name), ("data_type", "string")], second));
    let defaults = defaults
        .into_iter()
        .zip([false, true])
        .map(|(mut attribute, multiline)| {
            attribute.insert("default".to_owned(), true.into());
            attribute.insert("input_options".to_owned(), json!({"multiline": multiline}));
            Value::Object(attribute)
        });
    record.insert("attributes".to_owned(), defaults.collect());
    record
}

/// An attribute with these texts, and what is true of others unless it is said.
pub(super) fn new_attribute(state: &mut State, kind: u64, texts: &[(&str, &str)], second: i64) -> Record {
    let id = state.next("ticket_attribute", 150);
    let mut attribute = match json!({
        "id": id.to_string(), "description": "", "input_options": null, "order": id % 100,
        "required_to_create": false, "required_to_create_for_contacts": false, "visible_on_create": true,
        "visible_to_contacts": true, "default": false, "ticket_type_id": kind, "archived": false,
        "created_at": second, "updated_at": second,
    }) {
        Value::Object(attribute) => attribute,
        _ => Map::new(),
    };
    for (name, text) in texts {
        attribute.insert((*name).to_owned(), (*text).into());
    }
    attribute
}

/// The options of a list, from texts between commas.
pub(super) fn list_options(items: &str) -> Value {
    let items = items.split(',').map(str::trim).filter(|item| !item.is_empty());
    let option = |label: &str| {
        let id = blake3::hash(label.as_bytes()).to_hex();
        let part = |from: usize, to: usize| id.get(from..to).unwrap_or("").to_owned();
        let id = format!(
            "{}-{}-4{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 15),
            part(15, 18),
            part(18, 30)
        );
        json!({"id": id, "label": label})
    };
    json!({"allow_multiple_values": false, "list_options": items.map(option).collect::<Vec<_>>()})
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut record = found(call)?;
    if let Some(category) = call.text("category") {
        record.insert(
            "category".to_owned(),
            known(CATEGORIES, category, "Category isn't an option")?.into(),
        );
    }
    for member in ["name", "description", "icon", "archived", "is_internal"] {
        if let Some(value) = call.value(member) {
            record.insert(member.to_owned(), value.clone());
        }
    }
    Ok(put(call, record))
}

fn add_attribute(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut record = found(call)?;
    let need = |name: &str| {
        let text = call.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
        text.ok_or_else(|| Refusal::missing(format!("{name} is a required parameter")))
    };
    let (name, _, data_type) = (need("name")?, need("description")?, need("data_type")?);
    let data_type = known(DATA_TYPES, &data_type, "Data Type isn't an option")?;
    let exists = attributes(&record).any(|known| known.get("name").and_then(Value::as_str) == Some(&name));
    if exists {
        return Err(Refusal::invalid("Name has already been taken"));
    }
    let kind = id(&record).and_then(|id| id.parse().ok()).unwrap_or(0);
    let second = call.seconds();
    let mut attribute = new_attribute(call.state, kind, &[("data_type", data_type)], second);
    fill(&mut attribute, &call.body)?;
    if let Some(Value::Array(all)) = record.get_mut("attributes") {
        attribute.insert("order".to_owned(), all.len().into());
        all.push(Value::Object(attribute.clone()));
    }
    put(call, record);
    Ok(Reply::of(shown_attribute(call, attribute)))
}

fn shown_attribute(call: &Call<'_>, mut attribute: Record) -> Value {
    attribute.insert("type".to_owned(), "ticket_type_attribute".into());
    attribute.insert("workspace_id".to_owned(), call.state.workspace().into());
    Value::Object(attribute)
}

/// Puts into an attribute what a body says of it.
fn fill(attribute: &mut Record, body: &Map<String, Value>) -> Result<(), Refusal> {
    for name in PLAIN {
        if let Some(value) = body.get(*name).filter(|value| !value.is_null()) {
            attribute.insert((*name).to_owned(), value.clone());
        }
    }
    let data_type = attribute.get("data_type").and_then(Value::as_str).unwrap_or("");
    let items = body.get("list_items").and_then(Value::as_str);
    let options = match (data_type, items) {
        ("list", Some(items)) => {
            let mut options = list_options(items);
            let many = body.get("allow_multiple_values").filter(|many| many.is_boolean());
            if let (Some(many), Some(options)) = (many, options.as_object_mut()) {
                options.insert("allow_multiple_values".to_owned(), many.clone());
            }
            options
        }
        ("list", None) if attribute.get("input_options").is_none_or(Value::is_null) => {
            return Err(Refusal::missing("list_items is a required parameter"));
        }
        ("string", _) => match body.get("multiline").and_then(Value::as_bool) {
            Some(multiline) => json!({"multiline": multiline}),
            None if attribute.get("input_options").is_none_or(Value::is_null) => json!({"multiline": false}),
            None => return Ok(()),
        },
        _ => return Ok(()),
    };
    attribute.insert("input_options".to_owned(), options);
    Ok(())
}

fn change_attribute(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut record = found(call)?;
    let wanted = call.place(1).to_owned();
    let second = call.seconds();
    let all = record.get_mut("attributes").and_then(Value::as_array_mut);
    let mut all = all.into_iter().flatten().filter_map(Value::as_object_mut);
    let attribute = all.find(|attribute| attribute.get("id").and_then(id_of).as_ref() == Some(&wanted));
    let attribute = attribute.ok_or_else(Refusal::resource)?;
    fill(attribute, &call.body)?;
    attribute.insert("updated_at".to_owned(), second.into());
    let attribute = attribute.clone();
    put(call, record);
    Ok(Reply::of(shown_attribute(call, attribute)))
}
