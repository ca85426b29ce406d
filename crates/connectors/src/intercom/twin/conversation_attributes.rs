//! Conversation attributes: what a conversation may hold under the customer's own names.

use http::Method;
use serde_json::{Value, json};

use super::{
    call::{Call, Reply, View, since},
    door::Resource,
    me::ME,
    record::{is, record, text, value},
    refusal::{Refusal, request_id},
    state::Record,
    table::Layout,
};

pub(super) const CONVERSATION_ATTRIBUTES: &str = "conversation_attributes";

const READ: &str = "read_conversations";
const WRITE: &str = "write_conversations";
const PATH: &str = "/conversations/attributes";
const ONE: &str = "/conversations/attributes/{}";
const OPTIONS: &str = "/conversations/attributes/{}/options";
const OPTION: &str = "/conversations/attributes/{}/options/{}";

const KINDS: &[&str] = &[
    "string",
    "integer",
    "list",
    "decimal",
    "boolean",
    "datetime",
    "relationship",
    "files",
];

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: CONVERSATION_ATTRIBUTES,
        object: Some("conversation_attribute"),
        orders: &[],
        keys: &[("name", |attribute| {
            text(attribute, "name").map(str::to_owned).into_iter().collect()
        })],
        show: |_, attribute| shown(attribute),
    }],
    routes: &[
        since(16, Method::GET, PATH, READ, list),
        since(16, Method::POST, PATH, WRITE, create),
        since(16, Method::GET, ONE, READ, get),
        since(16, Method::PUT, ONE, WRITE, update),
        since(16, Method::DELETE, ONE, WRITE, archive),
        since(16, Method::POST, OPTIONS, WRITE, add_option),
        since(16, Method::PUT, OPTION, WRITE, change_option),
        since(16, Method::DELETE, OPTION, WRITE, archive_option),
    ],
};

fn shown(attribute: &Record) -> Value {
    let id = text(attribute, "id").and_then(|id| id.parse::<u64>().ok());
    let mut shown = json!({
        "type": "conversation_attribute",
        "id": id,
        "name": value(attribute, "name"),
        "description": value(attribute, "description"),
        "data_type": value(attribute, "data_type"),
        "required": is(attribute, "required"),
        "visible_to_team_ids": attribute.get("visible_to_team_ids").cloned().unwrap_or(json!([])),
        "archived": is(attribute, "archived"),
        "created_at": value(attribute, "created_at"),
        "updated_at": value(attribute, "updated_at"),
        "admin_id": value(attribute, "admin_id"),
    });
    if let Some(members) = shown.as_object_mut() {
        for name in ["multiline", "options", "reference"] {
            if let Some(value) = attribute.get(name) {
                members.insert(name.to_owned(), value.clone());
            }
        }
    }
    shown
}

/// The attributes as `GET /data_attributes?model=conversation` showed them.
pub(super) fn as_data(view: &View<'_>, archived: bool) -> Vec<Value> {
    let attributes = view.state.table(CONVERSATION_ATTRIBUTES).rows();
    let wanted = attributes.filter(|attribute| archived || !is(attribute, "archived"));
    let show = |attribute: &Record| {
        let name = text(attribute, "name").unwrap_or("");
        let kind = match text(attribute, "data_type").unwrap_or("") {
            "list" => "string",
            "decimal" => "float",
            "datetime" => "date",
            kind => kind,
        };
        json!({
            "type": "data_attribute",
            "id": text(attribute, "id").and_then(|id| id.parse::<u64>().ok()),
            "model": "conversation",
            "name": name,
            "full_name": format!("custom_attributes.{name}"),
            "label": name,
            "description": value(attribute, "description"),
            "data_type": kind,
            "api_writable": true,
            "messenger_writable": false,
            "ui_writable": true,
            "custom": true,
            "archived": is(attribute, "archived"),
            "created_at": value(attribute, "created_at"),
            "updated_at": value(attribute, "updated_at"),
            "admin_id": value(attribute, "admin_id"),
        })
    };
    wanted.map(show).collect()
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let archived = call.query_is_true("include_archived");
    let attributes = call.state.table(CONVERSATION_ATTRIBUTES).rows();
    let wanted = attributes.filter(|attribute| archived || !is(attribute, "archived"));
    let data: Vec<Value> = wanted.map(shown).collect();
    Ok(Reply::of(json!({"type": "list", "data": data})))
}

fn not_found() -> Refusal {
    Refusal::new(
        404,
        "conversation_attribute_not_found",
        "Conversation attribute not found",
    )
}

fn named(call: &Call<'_>) -> Result<Record, Refusal> {
    let attribute = call.state.get(CONVERSATION_ATTRIBUTES, call.place(0));
    attribute.cloned().ok_or_else(not_found)
}

fn keep(call: &mut Call<'_>, mut attribute: Record) -> Reply {
    attribute.insert("updated_at".to_owned(), call.seconds().into());
    let answer = shown(&attribute);
    call.state.put(CONVERSATION_ATTRIBUTES, attribute);
    Reply::of(answer)
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::of(shown(&named(call)?)))
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let wanted = |name: &str| {
        let text = call.text(name).filter(|text| !text.is_empty());
        text.ok_or_else(|| Refusal::missing(format!("{name} is a required parameter")).field(name))
    };
    let (name, kind) = (wanted("name")?.to_owned(), wanted("data_type")?.to_owned());
    if !KINDS.contains(&kind.as_str()) {
        return Err(Refusal::invalid("Data Type isn't an option").field("data_type"));
    }
    let mut attribute = record(json!({
        "name": name,
        "description": call.text("description").unwrap_or(""),
        "data_type": kind,
        "required": call.value("required") == Some(&Value::Bool(true)),
        "visible_to_team_ids": call.value("visible_to_team_ids"),
        "created_at": call.seconds(),
        "admin_id": ME,
    }));
    match kind.as_str() {
        "string" => {
            let multiline = call.value("multiline") == Some(&Value::Bool(true));
            attribute.insert("multiline".to_owned(), multiline.into());
        }
        "list" => {
            let options = options(call)?;
            attribute.insert("options".to_owned(), options);
        }
        "relationship" => {
            let reference = call.value("reference").cloned();
            let reference = reference.ok_or_else(|| Refusal::missing("reference is a required parameter"))?;
            attribute.insert("reference".to_owned(), reference);
        }
        _ => {}
    }
    let id = call.state.next_number(CONVERSATION_ATTRIBUTES, 31_000);
    attribute.insert("id".to_owned(), id.into());
    Ok(keep(call, attribute))
}

fn options(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let given = call.value("options").and_then(Value::as_array).cloned();
    let given = given.ok_or_else(|| Refusal::invalid("Options isn't an array").field("options"))?;
    let mut options = Vec::new();
    for option in &given {
        let label = option.get("label").unwrap_or(option).as_str();
        let label = label.ok_or_else(|| Refusal::invalid("Option label is missing").field("options"))?;
        options.push(fresh_option(call, label));
    }
    Ok(options.into())
}

fn fresh_option(call: &mut Call<'_>, label: &str) -> Value {
    let number = call.state.next_number("options", 0).parse().unwrap_or(0);
    json!({"id": request_id(number), "label": label, "archived": false})
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut attribute = named(call)?;
    for name in [
        "name",
        "description",
        "required",
        "archived",
        "multiline",
        "visible_to_team_ids",
    ] {
        if let Some(value) = call.value(name) {
            attribute.insert(name.to_owned(), value.clone());
        }
    }
    Ok(keep(call, attribute))
}

fn archive(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut attribute = named(call)?;
    attribute.insert("archived".to_owned(), true.into());
    Ok(keep(call, attribute))
}

fn add_option(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut attribute = named(call)?;
    let label = call.text("label").filter(|label| !label.is_empty());
    let label = label
        .ok_or_else(|| Refusal::missing("label is a required parameter").field("label"))?
        .to_owned();
    let option = fresh_option(call, &label);
    match attribute.get_mut("options") {
        Some(Value::Array(options)) => options.push(option),
        _ => {
            let message = "Conversation attribute is not a list";
            return Err(Refusal::new(422, "parameter_invalid", message));
        }
    }
    Ok(keep(call, attribute))
}

/// Changes the option that the path names.
fn with_option(call: &mut Call<'_>, change: impl FnOnce(&mut Value)) -> Result<Reply, Refusal> {
    let mut attribute = named(call)?;
    let id = call.place(1);
    let options = attribute.get_mut("options").and_then(Value::as_array_mut);
    let mut options = options.into_iter().flatten();
    let option = options.find(|option| option.get("id").and_then(Value::as_str) == Some(id));
    let option = option
        .ok_or_else(|| Refusal::new(404, "conversation_attribute_not_found", "List option not found"))?;
    change(option);
    Ok(keep(call, attribute))
}

fn set(option: &mut Value, name: &str, value: Value) {
    if let Some(members) = option.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn change_option(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let label = call.text("label").map(Value::from);
    let archived = call.value("archived").cloned();
    with_option(call, |option| {
        if let Some(label) = label {
            set(option, "label", label);
        }
        if let Some(archived) = archived {
            set(option, "archived", archived);
        }
    })
}

fn archive_option(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    with_option(call, |option| set(option, "archived", true.into()))
}
