//! Help centers and their collections, which lie within one another.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, Reply, Route, View, id_of, route},
    door::Resource,
    page::{Sizes, numbered_list},
    refusal::Refusal,
    state::{Record, State},
    table::{Direction, Layout},
};

const READ: &str = "read_articles_scope";
const WRITE: &str = "read_write_articles_scope";
/// The table of collections.
pub(super) const COLLECTIONS: &str = "collections";
/// The table of help centers.
pub(super) const CENTERS: &str = "help_centers";
const SIZES: Sizes = Sizes(20, 150);
/// A collection lies in a collection that lies in a collection, and no deeper.
const DEEPEST: usize = 3;

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[
        Layout {
            table: COLLECTIONS,
            object: Some("collection"),
            orders: &["updated_at"],
            keys: &[("parent", parent)],
            show,
        },
        Layout {
            table: CENTERS,
            object: Some("help_center"),
            orders: &[],
            keys: &[],
            show: show_center,
        },
    ],
    routes: ROUTES,
};

const ROUTES: &[Route] = &[
    route(Method::GET, "/help_center/collections", READ, list),
    route(Method::POST, "/help_center/collections", WRITE, create),
    route(Method::GET, "/help_center/collections/{}", READ, get),
    route(Method::PUT, "/help_center/collections/{}", WRITE, update),
    route(Method::DELETE, "/help_center/collections/{}", WRITE, delete),
    route(Method::GET, "/help_center/help_centers", READ, centers),
    route(Method::GET, "/help_center/help_centers/{}", READ, center),
];

fn parent(record: &Record) -> Vec<String> {
    record.get("parent_id").and_then(id_of).into_iter().collect()
}

/// Texts in the languages of a help center, as they are kept: by locale.
pub(super) fn translations<'a>(
    record: &'a Record,
) -> impl Iterator<Item = (&'a String, &'a Record)> + use<'a> {
    let kept = record.get("translations").and_then(Value::as_object);
    kept.into_iter()
        .flatten()
        .filter_map(|(locale, texts)| Some((locale, texts.as_object()?)))
}

fn show(view: &View<'_>, record: &Record) -> Value {
    let kept = |name: &str| record.get(name).cloned().unwrap_or_default();
    let is_many = translations(record).count() > 1;
    let mut shown = json!({
        "id": kept("id"), "workspace_id": view.state.workspace(), "name": kept("name"),
        "description": kept("description"), "created_at": kept("created_at"), "updated_at": kept("updated_at"),
        "url": kept("url"), "icon": kept("icon"), "order": kept("order"), "parent_id": kept("parent_id"),
        "help_center_id": kept("help_center_id"),
    });
    if let (true, Some(shown)) = (is_many, shown.as_object_mut()) {
        let mut content = Map::new();
        content.insert("type".to_owned(), "group_translated_content".into());
        for (locale, texts) in translations(record) {
            let text = |name: &str| texts.get(name).cloned().unwrap_or_default();
            let group =
                json!({"type": "group_content", "name": text("name"), "description": text("description")});
            content.insert(locale.clone(), group);
        }
        shown.insert("translated_content".to_owned(), Value::Object(content));
        shown.insert("default_locale".to_owned(), kept("default_locale"));
    }
    shown
}

fn show_center(view: &View<'_>, record: &Record) -> Value {
    let mut shown = record.clone();
    shown.insert("workspace_id".to_owned(), view.state.workspace().into());
    if view.version < super::version::Version::V16 {
        shown.remove("default");
        shown.remove("locales");
    }
    Value::Object(shown)
}

/// A help center.
pub(super) fn new_center(
    state: &mut State,
    name: &str,
    identifier: &str,
    locales: &[&str],
    second: i64,
) -> String {
    let id = state.next_number("help_center", 70);
    let is_first = state.table(CENTERS).len() == 0;
    let record = json!({
        "id": id, "created_at": second, "updated_at": second, "identifier": identifier, "website_turned_on": true,
        "display_name": name, "url": format!("https://intercom.help/{identifier}"), "custom_domain": null,
        "default": is_first, "locales": locales,
    });
    if let Value::Object(record) = record {
        state.put(CENTERS, record);
    }
    id
}

/// The first help center; a workspace that has none gets one.
pub(super) fn default_center(state: &mut State, second: i64) -> String {
    let first = state
        .table(CENTERS)
        .rows()
        .next()
        .and_then(super::state::id)
        .map(str::to_owned);
    first.unwrap_or_else(|| new_center(state, "Help", "twin-help", &["en"], second))
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let rows = call.state.table(COLLECTIONS);
    let rows = rows.walk("updated_at", Direction::Down, i64::MIN, i64::MAX, None);
    let rows: Vec<&Record> = rows.map(|(_, row)| row).collect();
    let view = call.view();
    Ok(Reply::of(numbered_list(call, SIZES, rows, |row| {
        show(&view, row)
    })?))
}

fn found(call: &Call<'_>) -> Result<Record, Refusal> {
    let record = call.state.get(COLLECTIONS, call.place(0));
    record.cloned().ok_or_else(Refusal::resource)
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::of(show(&call.view(), &found(call)?)))
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let has_name = call.text("name").is_some_and(|name| !name.trim().is_empty());
    if !has_name {
        return Err(Refusal::missing("Name is a required parameter."));
    }
    let second = call.seconds();
    let mut record = Record::new();
    let id = call.state.next_number("collection", 150);
    let order = call.state.table(COLLECTIONS).len() + 1;
    record.insert("id".to_owned(), id.into());
    record.insert("created_at".to_owned(), second.into());
    record.insert("order".to_owned(), order.into());
    record.insert("icon".to_owned(), "book-bookmark".into());
    record.insert("description".to_owned(), "".into());
    record.insert("default_locale".to_owned(), "en".into());
    let center = match call.id("help_center_id") {
        Some(id) if !call.state.table(CENTERS).has(&id) => return Err(Refusal::resource()),
        Some(id) => id,
        None => default_center(call.state, second),
    };
    record.insert("help_center_id".to_owned(), json!(center.parse::<u64>().ok()));
    fill(call, &mut record)?;
    Ok(put(call, record))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut record = found(call)?;
    fill(call, &mut record)?;
    Ok(put(call, record))
}

fn put(call: &mut Call<'_>, mut record: Record) -> Reply {
    record.insert("updated_at".to_owned(), call.seconds().into());
    let shown = show(&call.view(), &record);
    call.state.put(COLLECTIONS, record);
    Reply::of(shown)
}

/// Puts into a collection what a body says of it.
fn fill(call: &Call<'_>, record: &mut Record) -> Result<(), Refusal> {
    for name in ["name", "description"] {
        if let Some(text) = call.text(name) {
            record.insert(name.to_owned(), text.into());
        }
    }
    if call.body.contains_key("parent_id") {
        set_parent(call, record)?;
    }
    let given = call.value("translated_content").and_then(Value::as_object);
    let mut kept = record
        .get("translations")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for (locale, texts) in given.into_iter().flatten().filter(|(_, texts)| texts.is_object()) {
        check_locale(locale)?;
        kept.insert(locale.clone(), texts.clone());
    }
    let text = |record: &Record, name: &str| record.get(name).cloned().unwrap_or_default();
    let locale = text(record, "default_locale");
    if let (Some(locale), false) = (locale.as_str(), kept.is_empty()) {
        let texts = json!({"name": text(record, "name"), "description": text(record, "description")});
        kept.insert(locale.to_owned(), texts);
        record.insert("translations".to_owned(), Value::Object(kept));
    }
    let name = record.get("name").and_then(Value::as_str).unwrap_or("");
    let id = record.get("id").and_then(Value::as_str).unwrap_or("");
    let url = format!(
        "https://intercom.help/twin-help/en/collections/{id}-{}",
        slug(name)
    );
    record.insert("url".to_owned(), url.into());
    Ok(())
}

/// Nested collections say nothing of the help center: they have their parent's.
fn set_parent(call: &Call<'_>, record: &mut Record) -> Result<(), Refusal> {
    let Some(parent) = call.id("parent_id").filter(|id| !id.is_empty()) else {
        record.insert("parent_id".to_owned(), Value::Null);
        return Ok(());
    };
    let own = record.get("id").and_then(id_of);
    let mut depth = 1;
    let mut above = Some(parent.clone());
    while let Some(id) = above {
        depth += 1;
        let record = call.state.get(COLLECTIONS, &id).ok_or_else(Refusal::resource)?;
        if Some(&id) == own.as_ref() || depth > DEEPEST {
            return Err(Refusal::invalid("parent_id is invalid"));
        }
        above = record.get("parent_id").and_then(id_of);
    }
    record.insert("parent_id".to_owned(), parent.into());
    record.insert("help_center_id".to_owned(), Value::Null);
    Ok(())
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.place(0).to_owned();
    found(call)?;
    let mut below = vec![id.clone()];
    while let Some(id) = below.pop() {
        let inside = call.state.table(COLLECTIONS).by("parent", &id);
        below.extend(inside.filter_map(super::state::id).map(str::to_owned));
        call.state.remove(COLLECTIONS, &id);
        super::articles::leave_collection(call.state, &id);
    }
    Ok(Reply::of(
        json!({"id": id, "object": "collection", "deleted": true}),
    ))
}

fn centers(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let view = call.view();
    let centers = call
        .state
        .table(CENTERS)
        .rows()
        .map(|row| show_center(&view, row));
    Ok(Reply::of(
        json!({"type": "list", "data": centers.collect::<Vec<_>>()}),
    ))
}

fn center(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let shown = call.view().show_id(CENTERS, call.place(0));
    shown.map(Reply::of).ok_or_else(Refusal::resource)
}

/// The languages that texts can be in.
const LOCALES: &[&str] = &[
    "ar", "bg", "bs", "ca", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "lv", "mn", "nb", "nl", "pl", "pt", "ro", "ru", "sl", "sr", "sv", "tr", "vi",
    "pt-BR", "zh-CN", "zh-TW",
];

pub(super) fn check_locale(locale: &str) -> Result<(), Refusal> {
    match LOCALES.contains(&locale) || locale == "type" {
        true => Ok(()),
        false => Err(Refusal::invalid("Unknown locale")),
    }
}

/// A title as an address has it.
pub(super) fn slug(title: &str) -> String {
    let words = title.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}
