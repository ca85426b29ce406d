//! Data attributes: what a contact or a company may hold, standard and the customer's own.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, Reply, route},
    door::Resource,
    me::ME,
    record::{is, record, text, value},
    refusal::Refusal,
    state::Record,
    table::Layout,
    version::Version,
};

pub(super) const ATTRIBUTES: &str = "data_attributes";

const READ: &str = "read_users_and_companies";
const WRITE: &str = "write_data_attributes";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: ATTRIBUTES,
        object: Some("data_attribute"),
        orders: &[],
        keys: &[("name", |attribute| vec![key(attribute)])],
        show: |_, attribute| shown(attribute),
    }],
    routes: &[
        route(Method::GET, "/data_attributes", READ, list),
        route(Method::POST, "/data_attributes", WRITE, create),
        route(Method::PUT, "/data_attributes/{}", WRITE, update),
    ],
};

/// What contacts and companies hold without being told to: the model, the name and the kind of value.
const STANDARD: &[(&str, &str, &str)] = &[
    ("contact", "name", "string"),
    ("contact", "email", "string"),
    ("contact", "phone", "string"),
    ("contact", "external_id", "string"),
    ("contact", "signed_up_at", "date"),
    ("contact", "last_seen_at", "date"),
    ("contact", "location.city_name", "string"),
    ("contact", "location.country_name", "string"),
    ("contact", "unsubscribed_from_emails", "boolean"),
    ("company", "name", "string"),
    ("company", "company_id", "string"),
    ("company", "last_request_at", "date"),
    ("company", "remote_created_at", "date"),
    ("company", "monthly_spend", "float"),
    ("company", "session_count", "integer"),
    ("company", "size", "integer"),
    ("company", "website", "string"),
    ("company", "industry", "string"),
];

fn key(attribute: &Record) -> String {
    let part = |name: &str| text(attribute, name).unwrap_or("");
    format!("{}/{}", part("model"), part("name"))
}

fn shown(attribute: &Record) -> Value {
    let name = text(attribute, "name").unwrap_or("");
    let id = text(attribute, "id").and_then(|id| id.parse::<u64>().ok());
    let mut shown = json!({
        "type": "data_attribute",
        "id": id,
        "model": value(attribute, "model"),
        "name": name,
        "full_name": format!("custom_attributes.{name}"),
        "label": name,
        "description": value(attribute, "description"),
        "data_type": value(attribute, "data_type"),
        "api_writable": true,
        "messenger_writable": is(attribute, "messenger_writable"),
        "ui_writable": true,
        "custom": true,
        "archived": is(attribute, "archived"),
        "created_at": value(attribute, "created_at"),
        "updated_at": value(attribute, "updated_at"),
        "admin_id": value(attribute, "admin_id"),
    });
    if let (Some(options), Some(members)) = (attribute.get("options"), shown.as_object_mut()) {
        members.insert("options".to_owned(), options.clone());
    }
    shown
}

fn standard((model, full, kind): &(&str, &str, &str)) -> Value {
    let name = full.rsplit('.').next().unwrap_or(full);
    json!({
        "type": "data_attribute",
        "model": model,
        "name": name,
        "full_name": full,
        "label": name,
        "description": "",
        "data_type": kind,
        "api_writable": true,
        "messenger_writable": false,
        "ui_writable": false,
        "custom": false,
        "archived": false,
    })
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let model = call.query_text("model");
    match model {
        None | Some("contact" | "company") => {}
        Some("conversation") if call.version >= Version::V16 => {
            let message =
                "model=conversation is no longer supported. Use GET /conversations/attributes instead";
            return Err(Refusal::new(422, "parameter_invalid", message));
        }
        Some("conversation") => {}
        Some(_) => return Err(Refusal::invalid("Model isn't an option").field("model")),
    }
    let is_wanted = |of: &str| model.is_none_or(|model| model == of);
    let archived = call.query_is_true("include_archived");
    let own = call.state.table(ATTRIBUTES).rows();
    let own = own.filter(|attribute| archived || !is(attribute, "archived"));
    let own = own.filter(|attribute| is_wanted(text(attribute, "model").unwrap_or("")));
    let standard = STANDARD.iter().filter(|(of, ..)| is_wanted(of)).map(standard);
    let mut data: Vec<Value> = standard.chain(own.map(shown)).collect();
    if model == Some("conversation") {
        data.extend(super::conversation_attributes::as_data(&call.view(), archived));
    }
    Ok(Reply::of(json!({"type": "list", "data": data})))
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let wanted = |name: &str| {
        let text = call.text(name).filter(|text| !text.is_empty());
        text.ok_or_else(|| Refusal::invalid(format!("{name} is a required parameter")).field(name))
    };
    let (name, model, kind) = (wanted("name")?, wanted("model")?, wanted("data_type")?);
    if !matches!(model, "contact" | "company") {
        return Err(Refusal::invalid("Model isn't an option").field("model"));
    }
    if ![
        "string", "integer", "float", "boolean", "date", "datetime", "options",
    ]
    .contains(&kind)
    {
        return Err(Refusal::invalid("Data Type isn't an option").field("data_type"));
    }
    if name.contains(['.', '$']) {
        return Err(
            Refusal::invalid("Your name for this attribute contains invalid characters").field("name"),
        );
    }
    let is_taken = call
        .state
        .table(ATTRIBUTES)
        .count_by("name", &format!("{model}/{name}"))
        > 0
        || STANDARD
            .iter()
            .any(|(of, known, _)| *of == model && *known == name);
    if is_taken {
        return Err(Refusal::invalid("You already have an attribute with this name").field("name"));
    }
    let mut attribute = record(json!({
        "model": model,
        "name": name,
        "description": call.text("description").unwrap_or(""),
        "data_type": match kind { "options" => "string", "datetime" => "date", kind => kind },
        "messenger_writable": call.value("messenger_writable") == Some(&Value::Bool(true)),
        "created_at": call.seconds(),
        "updated_at": call.seconds(),
        "admin_id": ME,
    }));
    if let Some(options) = options(call)? {
        attribute.insert("options".to_owned(), options);
    } else if kind == "options" {
        return Err(Refusal::invalid("Options isn't an array").field("options"));
    }
    let id = call.state.next_number(ATTRIBUTES, 12_000);
    attribute.insert("id".to_owned(), id.into());
    let answer = shown(&attribute);
    call.state.put(ATTRIBUTES, attribute);
    Ok(Reply::of(answer))
}

/// The options of a body, as texts.
fn options(call: &Call<'_>) -> Result<Option<Value>, Refusal> {
    let Some(given) = call.value("options") else {
        return Ok(None);
    };
    let wrong = || Refusal::invalid("Options isn't an array").field("options");
    let given = given.as_array().ok_or_else(wrong)?;
    let text = |option: &Value| {
        let text = option.get("value").unwrap_or(option).as_str();
        text.map(Value::from).ok_or_else(wrong)
    };
    if given.len() < 2 {
        return Err(Refusal::invalid("Options must have at least two values").field("options"));
    }
    let options = given.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(options.into()))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let attribute = call.state.get(ATTRIBUTES, call.place(0)).cloned();
    let mut attribute = attribute.ok_or_else(|| {
        Refusal::new(
            404,
            "field_not_found",
            "We couldn't find that data attribute to update",
        )
    })?;
    for name in ["archived", "messenger_writable"] {
        if let Some(flag) = call.value(name).and_then(Value::as_bool) {
            attribute.insert(name.to_owned(), flag.into());
        }
    }
    if let Some(description) = call.text("description") {
        attribute.insert("description".to_owned(), description.into());
    }
    if let Some(options) = options(call)? {
        attribute.insert("options".to_owned(), options);
    }
    attribute.insert("updated_at".to_owned(), call.seconds().into());
    let answer = shown(&attribute);
    call.state.put(ATTRIBUTES, attribute);
    Ok(Reply::of(answer))
}

/// What a record holds under the customer's own names.
pub(super) fn held(record: &Record) -> Value {
    let held = record.get("custom_attributes").cloned();
    held.unwrap_or_else(|| Value::Object(Map::new()))
}

/// Writes the body's `custom_attributes` into a record.
pub(super) fn write(call: &Call<'_>, model: &str, record: &mut Record) -> Result<(), Refusal> {
    let Some(given) = call.value("custom_attributes") else {
        return Ok(());
    };
    let wrong = || Refusal::invalid("custom_attributes is not a hash").field("custom_attributes");
    let given = given.as_object().ok_or_else(wrong)?;
    let mut held = match held(record) {
        Value::Object(held) => held,
        _ => Map::new(),
    };
    for (name, value) in given {
        check(call, model, name, value)?;
        match value {
            Value::Null => held.remove(name),
            value => held.insert(name.clone(), value.clone()),
        };
    }
    record.insert("custom_attributes".to_owned(), held.into());
    Ok(())
}

fn check(call: &Call<'_>, model: &str, name: &str, value: &Value) -> Result<(), Refusal> {
    let attribute = call
        .state
        .table(ATTRIBUTES)
        .by("name", &format!("{model}/{name}"))
        .next();
    let Some(attribute) = attribute.filter(|attribute| !is(attribute, "archived")) else {
        return match call.state.switches.is("unknown_custom", "accept") {
            true => Ok(()),
            false => {
                let message = format!("Custom attribute '{name}' does not exist");
                Err(Refusal::invalid(message).field("custom_attributes"))
            }
        };
    };
    let fits = match (text(attribute, "data_type").unwrap_or(""), value) {
        (_, Value::Null) => true,
        ("string", Value::String(text)) => {
            text.chars().count() <= 255
                && attribute
                    .get("options")
                    .and_then(Value::as_array)
                    .is_none_or(|options| options.contains(value))
        }
        ("integer", value) => value.is_i64(),
        ("float", value) => value.is_number(),
        ("boolean", value) => value.is_boolean(),
        ("date", value) => value.is_i64(),
        ("string", value) => value.is_number(),
        _ => false,
    };
    match fits {
        true => Ok(()),
        false => {
            let message = format!("Custom attribute '{name}' has a value of the wrong type");
            Err(Refusal::invalid(message).field("custom_attributes"))
        }
    }
}
