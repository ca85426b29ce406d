//! The whole state as lines of JSON: what holds for all, then every shelf's slots, then its records.

use std::io::{self, BufRead, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use super::{
    custom::Part,
    hooks::Event,
    kind::Key,
    models,
    row::Row,
    state::{FAMILIES, Family, State},
    switches::Switches,
};

const FORMAT: u64 = 1;

/// Writes a state.
pub(super) fn save(state: &State, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{}",
        json!({"twin": "devrev", "format": FORMAT, "clock": state.clock, "events": state.hooks.last()})
    )?;
    for (key, version, bytes) in state.files.all() {
        let text = BASE64_STANDARD.encode(bytes);
        writeln!(
            out,
            "{}",
            json!({"file": key.to_string(), "v": version, "b": text})
        )?;
    }
    for (id, event) in state.hooks.all() {
        let line = json!({
            "event": id, "w": event.webhook, "b": event.body, "ch": event.challenge, "t": event.began, "n": event.tries,
        });
        writeln!(out, "{line}")?;
    }
    for (key, into) in &state.merged {
        writeln!(
            out,
            "{}",
            json!({"merged": key.to_string(), "into": into.to_string()})
        )?;
    }
    for family in FAMILIES {
        let shelf = state.shelf(family);
        for (slot, born, key) in shelf.slots() {
            match shelf.at(slot) {
                Some(row) => writeln!(out, "{}", line(row))?,
                None => writeln!(out, "{}", json!({"k": key.to_string(), "c": born}))?,
            }
        }
    }
    Ok(())
}

fn line(row: &Row) -> Value {
    let fields: Map<String, Value> = row
        .fields()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    let custom = row.custom.iter();
    let custom: Map<String, Value> = custom
        .map(|(field, value)| (field.name.clone(), value.clone()))
        .collect();
    json!({
        "k": row.key.to_string(),
        "c": row.created,
        "cb": row.created_by,
        "m": row.modified,
        "mb": row.modified_by,
        "f": fields,
        "x": custom,
    })
}

/// Reads a state that `save` wrote.
pub(super) fn load(switches: Switches, input: &mut dyn BufRead) -> io::Result<State> {
    let mut lines = input.lines();
    let head: Value = match lines.next() {
        Some(line) => parse(&line?)?,
        None => return Err(broken("is empty")),
    };
    if head.get("twin").and_then(Value::as_str) != Some("devrev")
        || head.get("format").and_then(Value::as_u64) != Some(FORMAT)
    {
        return Err(broken("is not a DevRev twin's, or of another version"));
    }
    let mut state = State::empty(switches);
    state.clock = number(&head, "clock")?;
    let events = head.get("events").and_then(Value::as_u64);
    state.hooks.set_last(events.unwrap_or(0));
    for line in lines {
        let value = parse(&line?)?;
        read_line(&mut state, &value)?;
    }
    // A state that was saved before stages were records has none.
    super::stages::seed(&mut state);
    state.changes.clear();
    Ok(state)
}

fn read_line(state: &mut State, line: &Value) -> io::Result<()> {
    if line.get("event").is_some() {
        return read_event(state, line);
    }
    if line.get("file").is_some() {
        return read_file(state, line);
    }
    if let Some(merged) = line.get("merged") {
        return read_merged(state, merged, line);
    }
    let key = line
        .get("k")
        .and_then(Key::of_value)
        .ok_or_else(|| broken("names no record"))?;
    let family = Family::of(key.kind).ok_or_else(|| broken("names an unknown kind"))?;
    let born = number(line, "c")?;
    if state.shelf(family).next_number(key.kind) != key.number {
        return Err(broken("skips a number"));
    }
    if line.get("f").is_none() {
        state.shelf_mut(family).push_gone(key, born);
        return Ok(());
    }
    let row = row(state, family, key, line)?;
    let leaf = row.text("leaf_type").unwrap_or("").to_owned();
    if family == Family::Fragments {
        let is_new = row.is_on("is_custom_leaf_type") && state.leaves.kind(&leaf).is_none();
        if is_new && super::fragments::make_leaf(state, &row).is_none() {
            return Err(broken("makes no leaf type"));
        }
        let part = Part::of(key.kind, row.text("subtype"), row.text("app"));
        let fields = row.list("fields").to_vec();
        state.schemas.put(&leaf, part, key, &fields);
    }
    state.add(row);
    Ok(())
}

fn read_merged(state: &mut State, merged: &Value, line: &Value) -> io::Result<()> {
    let into = line.get("into").and_then(Key::of_value);
    let (key, into) = Key::of_value(merged)
        .zip(into)
        .ok_or_else(|| broken("names no merged record"))?;
    state.merged.insert(key, into);
    Ok(())
}

fn read_event(state: &mut State, line: &Value) -> io::Result<()> {
    let read = || {
        let whole = |name: &str| line.get(name)?.as_u64();
        let text = |name: &str| line.get(name)?.as_str().map(str::to_owned);
        let event = Event {
            webhook: u32::try_from(whole("w")?).ok()?,
            body: text("b")?,
            challenge: text("ch"),
            began: line.get("t")?.as_i64()?,
            tries: usize::try_from(whole("n")?).ok()?,
        };
        Some((whole("event")?, event))
    };
    let (id, event) = read().ok_or_else(|| broken("holds no event"))?;
    state.hooks.put(id, event);
    Ok(())
}

fn read_file(state: &mut State, line: &Value) -> io::Result<()> {
    let read = || {
        let version = u32::try_from(line.get("v")?.as_u64()?).ok()?;
        let bytes = BASE64_STANDARD.decode(line.get("b")?.as_str()?).ok()?;
        Some((Key::of_value(line.get("file")?)?, version, bytes))
    };
    let (key, version, bytes) = read().ok_or_else(|| broken("holds no file"))?;
    match state.files.put(key, version, bytes.into()) {
        true => Ok(()),
        false => Err(broken("holds a file too many")),
    }
}

fn row(state: &State, family: Family, key: Key, line: &Value) -> io::Result<Row> {
    let by = |name: &str| number(line, name).map(|number| u32::try_from(number).unwrap_or(1));
    let mut row = Row::new(key, number(line, "c")?, by("cb")?);
    row.modified = number(line, "m")?;
    row.modified_by = by("mb")?;
    let object = |name: &str| line.get(name).and_then(Value::as_object).into_iter().flatten();
    for (name, value) in object("f") {
        if let Some((name, _)) = models::field(family, name) {
            row.set(name, value.clone());
        }
    }
    let subtype = row.text("subtype").map(str::to_owned);
    for (name, value) in object("x") {
        if let Some(field) = state
            .schemas
            .find(state.leaves.name(key.kind), name, subtype.as_deref())
        {
            row.set_custom(field, Some(value.clone()));
        }
    }
    Ok(row)
}

fn number(line: &Value, name: &str) -> io::Result<i64> {
    line.get(name)
        .and_then(Value::as_i64)
        .ok_or_else(|| broken("lacks a number"))
}

fn parse(line: &str) -> io::Result<Value> {
    serde_json::from_str(line).map_err(io::Error::from)
}

fn broken(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("a line of the saved state {what}"),
    )
}
