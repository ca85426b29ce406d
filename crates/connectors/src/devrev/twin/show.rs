//! Records as answers show them.

use serde_json::Value;

use super::{
    custom::{CustomField, allowed, same_number},
    kind::{FRAGMENTS, Key, Kind, PARTS, USERS, WORKS},
    models::{self, Show},
    row::Row,
    schemas, stages,
    state::{Family, State},
};

pub(super) use super::json::Json;

/// An answer with one record under its envelope.
pub(super) fn one(state: &State, row: &Row) -> Vec<u8> {
    let mut json = Json::new();
    json.open(b'{');
    json.key(models::envelope(row.key.kind).0);
    record(state, row, &mut json);
    json.close(b'}');
    json.out
}

/// A record in full.
pub(super) fn record(state: &State, row: &Row, json: &mut Json) {
    let Some(family) = Family::of(row.key.kind) else {
        return json.put(&Value::Null);
    };
    json.open(b'{');
    atom(state, row, json);
    specials(state, row, json);
    for name in models::always(family) {
        if row.get(name).is_none() {
            json.member(name, &[(); 0]);
        }
    }
    for (name, value) in row.fields() {
        // Of works only issues show the older priority.
        let is_left_out = name == "priority" && row.key.kind != Kind::Issue;
        if let Some((_, how)) = models::field(family, name).filter(|_| !is_left_out) {
            field(state, row, name, how, value, json);
        }
    }
    if row.key.kind != Kind::Article {
        customization(state, row, json);
    }
    json.close(b'}');
}

fn atom(state: &State, row: &Row, json: &mut Json) {
    json.member("id", &don(state, row));
    if !matches!(row.key.kind, Kind::Comment | Kind::ChangeEvent) {
        json.member("display_id", &state.display_id(row.key));
    }
    json.key("created_by");
    user(state, Key::new(Kind::DevUser, row.created_by), json);
    json.member("created_date", &time(row.created));
    json.key("modified_by");
    user(state, Key::new(Kind::DevUser, row.modified_by), json);
    json.member("modified_date", &time(row.modified));
}

/// Members that no stored field stands for.
fn specials(state: &State, row: &Row, json: &mut Json) {
    let kind = row.key.kind;
    if WORKS.contains(&kind)
        || PARTS.contains(&kind)
        || FRAGMENTS.contains(&kind)
        || matches!(kind, Kind::Comment | Kind::ChangeEvent)
    {
        json.member("type", kind.name());
    }
    match kind {
        Kind::Artifact => super::artifacts::show_file(row, json),
        Kind::Article => super::articles::show_resource(state, row, json),
        Kind::Custom(_) => json.member("leaf_type", state.leaves.name(kind)),
        Kind::RevUser => {
            if let Some(reference) = row.list("external_refs").first() {
                json.member("external_ref", reference);
            }
        }
        Kind::Comment | Kind::ChangeEvent => {
            if let Some(parent) = row.key_of("object").and_then(|key| state.get(key)) {
                json.member("object", &don(state, parent));
                json.member("object_display_id", &state.display_id(parent.key));
                json.member("object_type", parent.key.kind.name());
                if let Some(event) = row.text("event") {
                    change_event(state, event, parent.key, json);
                }
            }
        }
        _ => {}
    }
}

fn field(state: &State, row: &Row, name: &'static str, how: Show, value: &Value, json: &mut Json) {
    let key = Key::of_value(value);
    match how {
        Show::Hidden | Show::Held | Show::HiddenTags => {}
        Show::Plain => json.member(name, value),
        Show::Users | Show::Parts | Show::Artifacts => {
            json.key(name);
            json.open(b'[');
            for key in row.keys(name) {
                summary_in_list(state, how, key, json);
            }
            json.close(b']');
        }
        Show::Nodes => super::diagrams::show_nodes(state, row, json),
        Show::Tags => tags(state, row, json),
        Show::Stage => stage(state, row, json),
        Show::Level(levels) => level(name, levels, value, json),
        Show::Descriptors => schemas::show_descriptors(state, row, value, json),
        Show::User
        | Show::Artifact
        | Show::Account
        | Show::Org
        | Show::Part
        | Show::Atom
        | Show::Group
        | Show::Directory
        | Show::Ids
        | Show::Named
        | Show::StateOf
        | Show::Any => {
            let Some(key) = key.filter(|key| state.get(*key).is_some()) else {
                return;
            };
            json.key(name);
            match how {
                Show::User => user(state, key, json),
                Show::Artifact => artifact(state, key, json),
                Show::Group => super::groups::summary(state, key, json),
                Show::Directory | Show::Ids => only_ids(state, key, json),
                Show::Any => anything(state, key, json),
                Show::Named => named(state, key, json),
                Show::StateOf => {
                    json.open(b'{');
                    ids(state, key, json);
                    if let Some(row) = state.get(key) {
                        texts(row, &["name", "is_final"], json);
                    }
                    json.close(b'}');
                }
                Show::Account => account(state, key, json),
                Show::Org => org(state, key, json),
                Show::Part => part(state, key, json),
                _ => fragment(state, key, json),
            }
        }
    }
}

fn summary_in_list(state: &State, how: Show, key: Key, json: &mut Json) {
    if state.get(key).is_none() {
        return;
    }
    json.next();
    match how {
        Show::Users => user(state, key, json),
        Show::Artifacts => artifact(state, key, json),
        _ => part(state, key, json),
    }
}

/// What happened to an object, as its timeline tells it.
fn change_event(state: &State, event: &str, object: Key, json: &mut Json) {
    json.key("event");
    json.open(b'{');
    json.member("type", event);
    json.key(event);
    json.open(b'{');
    if event == "created" {
        json.key("object");
        anything(state, object, json);
    } else {
        json.member("object_type", object.kind.name());
        json.member("field_deltas", &[(); 0]);
    }
    json.close(b'}');
    json.close(b'}');
}

/// A record's DON.
pub(super) fn don(state: &State, row: &Row) -> String {
    match (row.key.kind, row.key_of("object")) {
        (Kind::Comment | Kind::ChangeEvent, Some(parent)) => row.key.comment_don(parent, &state.leaves),
        _ => state.don(row.key),
    }
}

/// Milliseconds as the vendor writes times.
pub(super) fn time(milliseconds: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{time:.3}")
}

pub(super) fn ids(state: &State, key: Key, json: &mut Json) {
    json.member("id", &state.don(key));
    json.member("display_id", &state.display_id(key));
}

fn fragment(state: &State, key: Key, json: &mut Json) {
    json.open(b'{');
    json.member("type", key.kind.name());
    ids(state, key, json);
    json.close(b'}');
}

/// Copies texts of a record under the same names.
pub(super) fn texts(row: &Row, names: &[&str], json: &mut Json) {
    for name in names {
        if let Some(value) = row.get(name) {
            json.member(name, value);
        }
    }
}

/// A user's summary.
pub(super) fn user(state: &State, key: Key, json: &mut Json) {
    json.open(b'{');
    json.member("type", key.kind.name());
    ids(state, key, json);
    if let Some(row) = state.get(key) {
        texts(row, &["display_name", "full_name", "email", "state"], json);
        if key.kind == Kind::RevUser {
            specials(state, row, json);
            if let Some(org_key) = row.key_of("rev_org").filter(|key| state.get(*key).is_some()) {
                json.key("rev_org");
                org(state, org_key, json);
            }
        }
    }
    json.close(b'}');
}

fn only_ids(state: &State, key: Key, json: &mut Json) {
    json.open(b'{');
    ids(state, key, json);
    json.close(b'}');
}

/// A list of summaries of what there is.
pub(super) fn summaries(
    state: &State,
    one: fn(&State, Key, &mut Json),
    keys: impl Iterator<Item = Key>,
    json: &mut Json,
) {
    json.open(b'[');
    for key in keys.filter(|key| state.get(*key).is_some()) {
        json.next();
        one(state, key, json);
    }
    json.close(b']');
}

/// The summary of anything, with its type.
pub(super) fn anything(state: &State, key: Key, json: &mut Json) {
    let Some(row) = state.get(key) else {
        return only_ids(state, key, json);
    };
    match key.kind {
        kind if USERS.contains(&kind) => return user(state, key, json),
        kind if PARTS.contains(&kind) => return part(state, key, json),
        _ => {}
    }
    json.open(b'{');
    json.member("type", key.kind.name());
    json.member("id", &don(state, row));
    json.member("display_id", &state.display_id(key));
    texts(row, &["display_name", "name", "title", "article_type"], json);
    if WORKS.contains(&key.kind) {
        json.key("owned_by");
        summaries(state, user, row.keys("owned_by"), json);
    }
    if key.kind == Kind::Ticket {
        texts(row, &["severity"], json);
    }
    json.close(b'}');
}

pub(super) fn artifact(state: &State, key: Key, json: &mut Json) {
    json.open(b'{');
    ids(state, key, json);
    if let Some(row) = state.get(key) {
        super::artifacts::show_file(row, json);
    }
    json.close(b'}');
}

/// An account's summary.
pub(super) fn account(state: &State, key: Key, json: &mut Json) {
    json.open(b'{');
    ids(state, key, json);
    if let Some(row) = state.get(key) {
        texts(row, &["display_name"], json);
    }
    json.close(b'}');
}

/// An account's or a workspace's summary, with its type.
pub(super) fn org(state: &State, key: Key, json: &mut Json) {
    json.open(b'{');
    json.member("type", key.kind.name());
    ids(state, key, json);
    if let Some(row) = state.get(key) {
        texts(row, &["display_name"], json);
    }
    json.close(b'}');
}

fn part(state: &State, key: Key, json: &mut Json) {
    json.open(b'{');
    json.member("type", key.kind.name());
    ids(state, key, json);
    if let Some(row) = state.get(key) {
        texts(row, &["name"], json);
        json.key("owned_by");
        json.open(b'[');
        for key in row.keys("owned_by") {
            summary_in_list(state, Show::Users, key, json);
        }
        json.close(b']');
    }
    json.close(b'}');
}

pub(super) fn tags(state: &State, row: &Row, json: &mut Json) {
    json.key("tags");
    json.open(b'[');
    for tag in row.list("tags").iter().filter_map(Value::as_str) {
        let (key, value) = match tag.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (tag, None),
        };
        let Some(tag) = Key::of(key).and_then(|key| state.get(key)) else {
            continue;
        };
        json.next();
        json.open(b'{');
        json.key("tag");
        json.open(b'{');
        ids(state, tag.key, json);
        texts(tag, &["name", "style_new"], json);
        json.close(b'}');
        if let Some(value) = value {
            json.member("value", value);
        }
        json.close(b'}');
    }
    json.close(b']');
}

fn stage(state: &State, row: &Row, json: &mut Json) {
    let Some(stage) = stages::of(state, row) else {
        return;
    };
    json.key("stage");
    json.open(b'{');
    if !matches!(row.key.kind, Kind::Custom(_)) {
        json.member("name", stage.name);
        json.member("ordinal", &stage.ordinal);
    }
    json.key("stage");
    named(state, stage.key, json);
    json.key("state");
    json.open(b'{');
    ids(state, stage.state, json);
    json.member("name", stage.state_name);
    json.member("is_final", &stage.is_final);
    json.close(b'}');
    json.close(b'}');
}

/// A summary with the name.
pub(super) fn named(state: &State, key: Key, json: &mut Json) {
    json.open(b'{');
    ids(state, key, json);
    if let Some(row) = state.get(key) {
        texts(row, &["name"], json);
    }
    json.close(b'}');
}

fn level(name: &str, levels: &[(i64, &str)], value: &Value, json: &mut Json) {
    let id = value.as_i64().unwrap_or(0);
    let Some((id, label)) = levels.iter().find(|(known, _)| *known == id) else {
        return;
    };
    json.key(name);
    json.open(b'{');
    json.member("id", id);
    json.member("label", label);
    json.member("ordinal", id);
    json.close(b'}');
}

/// Custom fields, and the fragments they come from.
pub(super) fn customization(state: &State, row: &Row, json: &mut Json) {
    if let Some(number) = schemas::stock_number(row.key.kind.name()) {
        json.member(
            "stock_schema_fragment",
            &state.don(Key::new(Kind::StockFragment, number)),
        );
    }
    let mut fragments: Vec<Key> = Vec::new();
    if !row.custom.is_empty() {
        json.key("custom_fields");
        json.open(b'{');
        for (field, value) in &row.custom {
            json.key(&field.name);
            custom_value(state, field, value, json);
            if !fragments.contains(&field.fragment) {
                fragments.push(field.fragment);
            }
        }
        json.close(b'}');
    }
    let subtype = row.text("subtype").filter(|_| !FRAGMENTS.contains(&row.key.kind));
    let leaf = state.leaves.name(row.key.kind);
    let subtype = subtype.and_then(|name| state.fragment(leaf, super::custom::Part::Subtype(name)));
    if let Some(fragment) = subtype.map(|row| row.key).filter(|key| !fragments.contains(key)) {
        fragments.push(fragment);
    }
    if !fragments.is_empty() {
        let dons: Vec<String> = fragments.iter().map(|key| state.don(*key)).collect();
        json.member("custom_schema_fragments", &dons);
    }
}

fn custom_value(state: &State, field: &CustomField, value: &Value, json: &mut Json) {
    match (field.field_type.as_str(), value) {
        ("id" | "uenum", Value::Array(values)) => {
            json.open(b'[');
            for value in values {
                json.next();
                custom_value(state, field, value, json);
            }
            json.close(b']');
        }
        ("id", value) => match Key::of_value(value) {
            Some(key) => json.put(&state.don(key)),
            None => json.put(value),
        },
        ("uenum", value) => {
            let known = allowed(field).find(|known| same_number(known.get("id"), value));
            json.open(b'{');
            json.member("id", value);
            for name in ["label", "ordinal"] {
                if let Some(value) = known.and_then(|known| known.get(name)) {
                    json.member(name, value);
                }
            }
            json.close(b'}');
        }
        (_, value) => json.put(value),
    }
}
