//! Two records that turn out to be one: everything that named the second names the first from then on.
//!
//! The first keeps its own fields. Whether the live service answers a later read of the second with 301 or with 404 is
//! not known, so it is a switch. The twin merges at once, where people are merged later there.

use serde_json::Value;

use super::{
    call::{Call, Method, write},
    kind::{Key, Kind},
    models::{self, Show},
    refusal::{Refusal, Reply},
    row::Row,
    shape::{Field, Known, Shape, field},
    state::{FAMILIES, Family, ME, State},
};

static ACCOUNTS: &[Field] = &[
    field("primary_account", Shape::Id(&[Kind::Account], Known::Target)).must(),
    field("secondary_account", Shape::Id(&[Kind::Account], Known::Target)).must(),
];
static REV_USERS: &[Field] = &[
    field("primary_user", Shape::Id(&[Kind::RevUser], Known::Target)).must(),
    field("secondary_user", Shape::Id(&[Kind::RevUser], Known::Target)).must(),
];
static DEV_USERS: &[Field] = &[
    field("primary_user", Shape::Id(&[Kind::DevUser], Known::Target)).must(),
    field("secondary_user", Shape::Id(&[Kind::DevUser], Known::Target)).must(),
];

pub(super) static METHODS: &[Method] = &[
    write("accounts.merge", ACCOUNTS, |call| {
        merge(call, "primary_account", "secondary_account")
    }),
    write("rev-users.merge", REV_USERS, |call| {
        merge(call, "primary_user", "secondary_user")
    }),
    write("dev-users.merge", DEV_USERS, |call| {
        merge(call, "primary_user", "secondary_user")
    }),
];

fn merge(call: Call<'_>, primary: &str, secondary: &str) -> Result<Reply, Refusal> {
    let named = |name: &str| call.key(name).ok_or_else(Refusal::not_found);
    let (first, second) = (named(primary)?, named(secondary)?);
    if first == second {
        return Err(Refusal::invalid_field(secondary).detail("nothing is merged with itself"));
    }
    if second == ME {
        return Err(Refusal::invalid_field(secondary).detail("the token's own user stays"));
    }
    take_homes(call.state, first, second, call.now);
    for family in FAMILIES {
        let shelf = call.state.shelf(family);
        let rows = shelf.rows().filter(|(_, row)| row.key != second);
        let changed: Vec<Row> = rows
            .filter_map(|(_, row)| renamed(row, family, first, second))
            .collect();
        for row in changed {
            settle(call.state, row, call.now);
        }
    }
    call.state.remove(second);
    call.state.merged.insert(second, first);
    Ok(Reply::wrote(200, b"{}".to_vec()))
}

/// Gives a contact the accounts and workspaces of another.
fn take_homes(state: &mut State, first: Key, second: Key, now: i64) {
    let (Some(row), Some(other)) = (state.get(first), state.get(second)) else {
        return;
    };
    if first.kind != Kind::RevUser || other.list("associations").is_empty() {
        return;
    }
    let mut row = row.clone();
    let homes: Vec<Value> = row
        .list("associations")
        .iter()
        .chain(other.list("associations"))
        .cloned()
        .collect();
    row.set("associations", once(homes));
    if let (None, Some(org)) = (row.get("rev_org"), other.get("rev_org")) {
        row.set("rev_org", org.clone());
    }
    row.modified = now;
    state.replace(row);
}

/// The record with the first where it named the second, if it did.
fn renamed(row: &Row, family: Family, first: Key, second: Key) -> Option<Row> {
    let mut changed = row.clone();
    let mut is_changed = false;
    for (name, value) in row.fields() {
        let names_records = models::field(family, name).is_some_and(|(_, how)| !matches!(how, Show::Plain));
        if let Some(value) = with_first(value, first, second).filter(|_| names_records) {
            changed.set(name, value);
            is_changed = true;
        }
    }
    for (field, value) in row.custom.iter().filter(|(field, _)| field.field_type == "id") {
        if let Some(value) = with_first(value, first, second) {
            changed.set_custom(field, Some(value));
            is_changed = true;
        }
    }
    if second.kind == Kind::DevUser {
        for by in [&mut changed.created_by, &mut changed.modified_by] {
            if *by == second.number {
                *by = first.number;
                is_changed = true;
            }
        }
    }
    is_changed.then_some(changed)
}

/// A value with one key in place of another, each once, if it had the other.
fn with_first(value: &Value, first: Key, second: Key) -> Option<Value> {
    let is_second = |value: &Value| Key::of_value(value) == Some(second);
    match value {
        Value::Array(values) if values.iter().any(is_second) => {
            let values = values.iter().map(|value| match is_second(value) {
                true => first.value(),
                false => value.clone(),
            });
            Some(once(values.collect()).into())
        }
        value if is_second(value) => Some(first.value()),
        _ => None,
    }
}

fn once(values: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

/// Puts a changed record back, unless it says no more than another one now.
fn settle(state: &mut State, mut row: Row, now: i64) {
    if let (Some(group), Some(member)) = (row.key_of("group"), row.key_of("member")) {
        row.set("pair", format!("{group} {member}"));
    }
    let is_of_itself = row.key.kind == Kind::Link && row.get("source") == row.get("target");
    let clashes = state.check_unique(&row).is_err();
    if is_of_itself || clashes && row.key.kind == Kind::Membership {
        return state.remove(row.key);
    }
    // Two comments of one reference came under one record.
    if clashes && row.key.kind == Kind::Comment {
        row.unset("external_ref");
    }
    row.modified = now;
    state.replace(row);
}
