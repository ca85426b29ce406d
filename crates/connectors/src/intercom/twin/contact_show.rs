//! A contact as callers see it.

use serde_json::{Map, Value, json};

use super::{
    attributes,
    call::View,
    notes::{NOTES, subject},
    record::{ids, is, text, value},
    state::Record,
    version::Version,
};

/// So many of a list stand in the contact itself.
const EMBEDDED: usize = 10;

/// What is shown as it is kept, and is null where nothing is.
const PLAIN: &[&str] = &[
    "external_id",
    "role",
    "email",
    "phone",
    "name",
    "signed_up_at",
    "last_seen_at",
    "last_replied_at",
    "last_contacted_at",
    "last_email_opened_at",
    "last_email_clicked_at",
    "language_override",
    "browser",
    "browser_version",
    "browser_language",
    "os",
    "android_app_name",
    "android_app_version",
    "android_device",
    "android_os_version",
    "android_sdk_version",
    "android_last_seen_at",
    "ios_app_name",
    "ios_app_version",
    "ios_device",
    "ios_os_version",
    "ios_sdk_version",
    "ios_last_seen_at",
    "referrer",
    "utm_campaign",
    "utm_content",
    "utm_medium",
    "utm_source",
    "utm_term",
    "enabled_push_messaging",
];

const FLAGS: &[&str] = &[
    "has_hard_bounced",
    "marked_email_as_spam",
    "unsubscribed_from_emails",
    "unsubscribed_from_sms",
    "sms_consent",
];

pub(super) fn show(view: &View<'_>, contact: &Record) -> Value {
    let id = text(contact, "id").unwrap_or("");
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    put("type", "contact".into());
    put("id", id.into());
    put("workspace_id", view.state.workspace().into());
    for name in PLAIN {
        put(name, value(contact, name));
    }
    for name in FLAGS {
        put(name, is(contact, name).into());
    }
    for name in ["created_at", "updated_at"] {
        put(name, value(contact, name));
    }
    let domain = text(contact, "email").and_then(|email| email.split_once('@'));
    put(
        "email_domain",
        domain.map_or(Value::Null, |(_, domain)| domain.into()),
    );
    put("owner_id", owner(view, contact));
    put("avatar", avatar(contact));
    put("location", location(contact));
    put("social_profiles", json!({"type": "list", "data": []}));
    put("custom_attributes", attributes::held(contact));
    put("tags", part(id, "tags", "tag", ids(contact, "tags")));
    put(
        "companies",
        part(id, "companies", "company", ids(contact, "companies")),
    );
    let notes = view.state.table(NOTES).by("about", &subject("contact", id));
    put(
        "notes",
        part(
            id,
            "notes",
            "note",
            notes.rev().filter_map(|note| text(note, "id")),
        ),
    );
    for name in ["opted_out_subscription_types", "opted_in_subscription_types"] {
        let none: [&str; 0] = [];
        let mut list = part(id, "subscriptions", "subscription", none.into_iter());
        if let Some(list) = list.as_object_mut() {
            list.insert("type".to_owned(), "list".into());
        }
        put(name, list);
    }
    Value::Object(shown)
}

fn owner(view: &View<'_>, contact: &Record) -> Value {
    let Some(id) = text(contact, "owner_id") else {
        return Value::Null;
    };
    match id.parse::<u64>() {
        Ok(number) if view.version < Version::V16 => number.into(),
        _ => id.into(),
    }
}

fn avatar(contact: &Record) -> Value {
    match text(contact, "avatar") {
        Some(url) => json!({"type": "avatar", "image_url": url}),
        None => Value::Null,
    }
}

fn location(contact: &Record) -> Value {
    let held = contact.get("location");
    let part = |name: &str| {
        let part = held.and_then(|held| held.get(name));
        part.cloned().unwrap_or(Value::Null)
    };
    json!({
        "type": "location",
        "country": part("country"),
        "region": part("region"),
        "city": part("city"),
        "country_code": part("country_code"),
        "continent_code": part("continent_code"),
    })
}

/// The beginning of a list that has an address of its own.
fn part<'a>(id: &str, name: &str, kind: &str, ids: impl Iterator<Item = &'a str>) -> Value {
    let ids: Vec<&str> = ids.collect();
    let address = |one: &&str| format!("/{name}/{one}");
    let data: Vec<Value> = ids
        .iter()
        .take(EMBEDDED)
        .map(|one| json!({"type": kind, "id": one, "url": address(one)}))
        .collect();
    json!({
        "type": "list",
        "data": data,
        "url": format!("/contacts/{id}/{name}"),
        "total_count": ids.len(),
        "has_more": ids.len() > EMBEDDED,
    })
}
