//! Contacts by what they hold.

use http::Method;
use serde_json::{Value, json};

use super::{
    attributes::ATTRIBUTES,
    call::{Call, Reply, View, route},
    contacts::{CONTACTS, READ, envelope},
    door::Resource,
    page::{Asked, Sizes},
    query::{Kind, Query},
    record::{ids, is, text, value},
    refusal::Refusal,
    state::Record,
    table::Direction,
    version::Version,
    zone,
};

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[],
    routes: &[route(Method::POST, "/contacts/search", READ, search)],
};

/// The fields that contacts can be searched by, and what they hold.
const FIELDS: &[(&str, Kind)] = &[
    ("id", Kind::Text),
    ("role", Kind::Text),
    ("name", Kind::Text),
    ("avatar", Kind::Text),
    ("owner_id", Kind::Number),
    ("email", Kind::Text),
    ("email_domain", Kind::Text),
    ("phone", Kind::Text),
    ("formatted_phone", Kind::Text),
    ("external_id", Kind::Text),
    ("created_at", Kind::Date),
    ("signed_up_at", Kind::Date),
    ("updated_at", Kind::Date),
    ("last_seen_at", Kind::Date),
    ("last_contacted_at", Kind::Date),
    ("last_replied_at", Kind::Date),
    ("last_email_opened_at", Kind::Date),
    ("last_email_clicked_at", Kind::Date),
    ("language_override", Kind::Text),
    ("browser", Kind::Text),
    ("browser_language", Kind::Text),
    ("os", Kind::Text),
    ("location.country", Kind::Text),
    ("location.region", Kind::Text),
    ("location.city", Kind::Text),
    ("unsubscribed_from_emails", Kind::Flag),
    ("marked_email_as_spam", Kind::Flag),
    ("has_hard_bounced", Kind::Flag),
    ("ios_last_seen_at", Kind::Date),
    ("ios_app_version", Kind::Text),
    ("ios_device", Kind::Text),
    ("ios_app_device", Kind::Text),
    ("ios_os_version", Kind::Text),
    ("ios_app_name", Kind::Text),
    ("ios_sdk_version", Kind::Text),
    ("android_last_seen_at", Kind::Date),
    ("android_app_version", Kind::Text),
    ("android_device", Kind::Text),
    ("android_app_name", Kind::Text),
    ("andoid_sdk_version", Kind::Text),
    ("segment_id", Kind::Mark),
    ("tag_id", Kind::Mark),
];

const CUSTOM: &str = "custom_attributes.";

/// What a field holds; none: contacts cannot be searched by it.
fn kind(view: &View<'_>, field: &str) -> Option<Kind> {
    let Some(name) = field.strip_prefix(CUSTOM) else {
        let known = FIELDS.iter().find(|(known, _)| *known == field);
        return known.map(|(_, kind)| *kind);
    };
    let attributes = view.state.table(ATTRIBUTES);
    let attribute = attributes.by("name", &format!("contact/{name}")).next()?;
    Some(match text(attribute, "data_type").unwrap_or("") {
        "integer" | "float" => Kind::Number,
        "boolean" => Kind::Flag,
        "date" => Kind::Date,
        _ => Kind::Text,
    })
}

/// What a contact holds under a field's name.
fn held(contact: &Record, field: &str) -> Vec<Value> {
    if let Some(name) = field.strip_prefix(CUSTOM) {
        let held = contact.get("custom_attributes");
        return vec![held.and_then(|held| held.get(name)).cloned().unwrap_or_default()];
    }
    if let Some(name) = field.strip_prefix("location.") {
        let held = contact.get("location");
        return vec![held.and_then(|held| held.get(name)).cloned().unwrap_or_default()];
    }
    match field {
        "tag_id" => ids(contact, "tags").map(Value::from).collect(),
        "segment_id" => ids(contact, "segments").map(Value::from).collect(),
        "formatted_phone" => vec![value(contact, "phone")],
        "andoid_sdk_version" => vec![value(contact, "android_sdk_version")],
        "email_domain" => {
            let email = text(contact, "email").and_then(|email| email.split_once('@'));
            vec![json!(email.map(|(_, domain)| domain))]
        }
        "unsubscribed_from_emails" | "marked_email_as_spam" | "has_hard_bounced" => {
            vec![is(contact, field).into()]
        }
        field => vec![value(contact, field)],
    }
}

fn read(call: &Call<'_>) -> Result<Query, Refusal> {
    let query = call.value("query");
    let query = query.ok_or_else(|| Refusal::missing("query is a required parameter").field("query"))?;
    let query = Query::read(query)?;
    let view = call.view();
    if let Some(field) = query
        .fields()
        .into_iter()
        .find(|field| kind(&view, field).is_none())
    {
        let message = format!("{field} is not a valid search field");
        return Err(Refusal::new(400, "invalid_field", message));
    }
    let zone_name = call.state.switches.text("timezone");
    query.by_days(&|field| kind(&view, field).unwrap_or(Kind::Text), &|second| {
        zone::day(zone_name, second)
    })
}

/// What the answer is in order of. Before 2.16 a word that nobody knows is taken for the default.
fn sort(call: &Call<'_>) -> Result<(String, Direction), Refusal> {
    let sort = call.value("sort");
    let member = |name: &str| sort.and_then(|sort| sort.get(name)?.as_str());
    let field = member("field").unwrap_or("updated_at");
    if !call.state.table(CONTACTS).is_in_order_of(field) {
        let message = format!("{field} is not a valid sort field");
        return Err(Refusal::new(400, "invalid_field", message));
    }
    let direction = match member("order") {
        Some("ascending") => Direction::Up,
        None | Some("descending") => Direction::Down,
        Some(word) if call.version >= Version::V16 => {
            let message = format!("Invalid sort order '{word}'. Must be one of: ascending, descending");
            return Err(Refusal::new(400, "invalid_sort_order", message));
        }
        Some(_) => Direction::Down,
    };
    Ok((field.to_owned(), direction))
}

fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let asked = Asked::of_body(call, Sizes(50, 150))?;
    let query = read(call)?;
    let (order, direction) = sort(call)?;
    let span = query.span(&order);
    let known_by = call.seconds().saturating_sub(call.state.switches.index_seconds());
    let is_known = |contact: &Record| {
        let entered = contact.get("entered_at").and_then(Value::as_i64);
        entered.is_none_or(|entered| entered <= known_by)
    };
    let fits = |contact: &Record| {
        !is(contact, "archived")
            && is_known(contact)
            && (span.is_exact || query.fits(&|field| held(contact, field)))
    };
    let contacts = call.state.table(CONTACTS);
    let walk = |after| contacts.walk(&order, direction, span.from, span.to, after);
    let total = walk(None).filter(|(_, contact)| fits(contact)).count();
    let after = asked.after.map(|cursor| cursor.place);
    let rows = walk(after).filter(|(_, contact)| fits(contact));
    Ok(envelope(call, &asked, total, rows))
}
