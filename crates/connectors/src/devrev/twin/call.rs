//! One call: its method, and what methods share.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    artifacts, custom,
    kind::{Key, Kind},
    list::{self, Ask},
    models::{self, Show},
    refusal::{Refusal, Reply},
    row::Row,
    shape::{By, Field, Known, Shape, TEXT, TEXTS, Variants, field},
    show,
    state::{Family, ME, State},
};

/// One method of the vendor's API.
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// Whether it also answers GET.
    pub(super) reads: bool,
    pub(super) run: fn(Call<'_>) -> Result<Reply, Refusal>,
}

/// A checked request.
pub(super) struct Call<'a> {
    pub(super) state: &'a mut State,
    pub(super) body: Map<String, Value>,
    pub(super) now: i64,
    /// Where the caller found the twin.
    pub(super) host: Option<&'a str>,
}

pub(super) type Run = fn(Call<'_>) -> Result<Reply, Refusal>;

/// A method that changes things.
pub(super) const fn write(name: &'static str, fields: &'static [Field], run: Run) -> Method {
    write_typed(name, fields, &[], run)
}

/// A method that changes things, and whose members depend on `type`.
pub(super) const fn write_typed(
    name: &'static str,
    fields: &'static [Field],
    variants: Variants,
    run: Run,
) -> Method {
    Method {
        name,
        shape: Shape::Tagged("type", fields, variants),
        reads: false,
        run,
    }
}

/// A method that only reads.
pub(super) const fn read(name: &'static str, fields: &'static [Field], run: Run) -> Method {
    Method {
        name,
        shape: Shape::Object(fields),
        reads: true,
        run,
    }
}

/// The member that names what a call is about.
pub(super) const fn target(kinds: &'static [Kind]) -> Field {
    field("id", Shape::Id(kinds, Known::Target)).must()
}

pub(super) const CURSOR: Field = field("cursor", TEXT);
pub(super) const LIMIT: Field = field("limit", Shape::Int(1, i64::MAX));
pub(super) const MODE: Field = field("mode", Shape::Choice(&["after", "before"]));
pub(super) const SORT_BY: Field = field("sort_by", TEXTS);
pub(super) const FIRST_500: Field = field("first", Shape::Int(1, 500));
pub(super) const FIRST_5000: Field = field("first", Shape::Int(1, 5_000));
pub(super) const CUSTOM: Field = field("custom_fields", Shape::Map).by(By::Custom);
pub(super) const CUSTOM_FIELDS: Field = field("custom_fields", Shape::Map);

impl Call<'_> {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    pub(super) fn key(&self, name: &str) -> Option<Key> {
        Key::of(self.text(name)?)
    }

    /// What the call is about.
    pub(super) fn target(&self) -> Result<&Row, Refusal> {
        self.state.found(self.key("id").ok_or_else(Refusal::not_found)?)
    }

    /// A new record with everything in it that the body says.
    pub(super) fn draft(&self, kind: Kind) -> Result<Row, Refusal> {
        let mut row = self.state.draft(kind, self.now);
        fill(self.state, &self.body, &mut row, true)?;
        Ok(row)
    }

    /// A copy of the record with the body's changes in it.
    pub(super) fn changed(&self) -> Result<Row, Refusal> {
        let mut row = self.target()?.clone();
        fill(self.state, &self.body, &mut row, false)?;
        row.modified = self.now;
        row.modified_by = ME.number;
        Ok(row)
    }

    /// Keeps a new record, and answers with it.
    pub(super) fn add(self, row: Row) -> Result<Reply, Refusal> {
        self.state.check_unique(&row)?;
        artifacts::check(&self, &row)?;
        let key = self.state.add(row);
        artifacts::attach(self.state, key);
        Ok(Reply::wrote(201, show::one(self.state, self.state.found(key)?)))
    }

    /// Keeps a changed record, and answers with it.
    pub(super) fn put(self, row: Row) -> Result<Reply, Refusal> {
        self.state.check_unique(&row)?;
        artifacts::check(&self, &row)?;
        let key = row.key;
        self.state.replace(row);
        artifacts::attach(self.state, key);
        Ok(Reply::wrote(200, show::one(self.state, self.state.found(key)?)))
    }

    /// Answers a page of a family's records.
    pub(super) fn list(
        &self,
        family: Family,
        fields: &'static [Field],
        envelope: &str,
    ) -> Result<Reply, Refusal> {
        list::answer(self.state, &self.ask(family, fields), envelope)
    }

    pub(super) fn export(
        &self,
        family: Family,
        fields: &'static [Field],
        envelope: &str,
    ) -> Result<Reply, Refusal> {
        list::export(self.state, &self.ask(family, fields), envelope)
    }

    pub(super) fn ask(&self, family: Family, fields: &'static [Field]) -> Ask<'_> {
        Ask {
            family,
            kinds: None,
            fields,
            body: &self.body,
            now: self.now,
        }
    }
}

/// Answers with the record.
pub(super) fn get(call: Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::read(show::one(call.state, call.target()?)))
}

/// Changes the record as the body says, without more ado.
pub(super) fn update(call: Call<'_>) -> Result<Reply, Refusal> {
    let row = call.changed()?;
    call.put(row)
}

/// Deletes the record.
pub(super) fn delete(call: Call<'_>) -> Result<Reply, Refusal> {
    let key = call.target()?.key;
    call.state.remove(key);
    Ok(Reply::wrote(200, b"{}".to_vec()))
}

/// Writes the members of a body that a record stores under the same name.
fn fill(state: &State, body: &Map<String, Value>, row: &mut Row, is_new: bool) -> Result<(), Refusal> {
    let Some(family) = Family::of(row.key.kind) else {
        return Ok(());
    };
    for (name, value) in body {
        let Some((name, how)) = models::field(family, name) else {
            continue;
        };
        match (how, value) {
            (Show::Stage, _) => {}
            (_, Value::Null) => row.unset(name),
            (Show::Tags | Show::HiddenTags, value) => {
                let changed = tags(state, row.list(name), value)?;
                row.set(name, changed);
            }
            (_, Value::Object(change)) if is_change(change) => {
                let given = |name: &str| change.get(name)?.as_array().cloned();
                let changed = merge(row.list(name), given, |text| text);
                row.set(name, changed);
            }
            (_, value) => row.set(name, value.clone()),
        }
    }
    custom::write(state, state.leaves.name(row.key.kind), body, row, is_new)
}

/// Whether an object is an update of a list rather than a value.
fn is_change(object: &Map<String, Value>) -> bool {
    let is_list = |(name, value): (&String, &Value)| {
        matches!(name.as_str(), "set" | "add" | "remove") && value.is_array()
    };
    !object.is_empty() && object.iter().all(is_list)
}

/// Sets, adds to and removes from a list; of what is there twice the last is kept.
fn merge(old: &[Value], given: impl Fn(&str) -> Option<Vec<Value>>, same: fn(&str) -> &str) -> Vec<Value> {
    let key = |value: &Value| same(value.as_str().unwrap_or("")).to_owned();
    let mut values = given("set").unwrap_or_else(|| old.to_vec());
    values.extend(given("add").unwrap_or_default());
    let mut seen: HashSet<String> = given("remove").unwrap_or_default().iter().map(key).collect();
    values.reverse();
    values.retain(|value| seen.insert(key(value)));
    values.reverse();
    values
}

/// A tag with a value is the same tag as one without.
fn tag_key(text: &str) -> &str {
    text.split_once('=').map_or(text, |(key, _)| key)
}

fn tags(state: &State, old: &[Value], value: &Value) -> Result<Vec<Value>, Refusal> {
    let given: Vec<&Value> = match value {
        Value::Array(values) => values.iter().collect(),
        Value::Object(change) => {
            let lists = change.iter().filter(|(name, _)| *name != "remove");
            lists.flat_map(|(_, list)| list.as_array()).flatten().collect()
        }
        _ => Vec::new(),
    };
    for tag in given {
        check_tag(state, tag)?;
    }
    let kept = |tag: &Value| {
        let id = tag.get("id").and_then(Value::as_str).unwrap_or("");
        match tag.get("value").and_then(Value::as_str) {
            Some(value) => Value::String(format!("{id}={value}")),
            None => Value::String(id.to_owned()),
        }
    };
    let list = |name: &str| match value {
        Value::Object(change) => change.get(name),
        value => Some(value).filter(|_| name == "set"),
    };
    let given = |name: &str| Some(list(name)?.as_array()?.iter().map(kept).collect());
    Ok(merge(old, given, tag_key))
}

/// A tag takes a value only if its allowed values have it.
fn check_tag(state: &State, tag: &Value) -> Result<(), Refusal> {
    let Some(value) = tag.get("value") else {
        return Ok(());
    };
    let known = tag
        .get("id")
        .and_then(Key::of_value)
        .and_then(|key| state.get(key));
    let allowed = known.map_or(&[] as &[Value], |tag| tag.list("allowed_values"));
    match allowed.contains(value) {
        true => Ok(()),
        false => {
            let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
            Err(Refusal::not_permitted("tags.value", &allowed))
        }
    }
}
