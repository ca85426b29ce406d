//! Everything that a twin remembers.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Write},
    sync::LazyLock,
};

use serde_json::{Value, json};

use super::{admins, door, hooks::Receiver, switches::Switches, talks::Desk};

pub(super) use super::table::{Record, Table, id};

const FORMAT: u64 = 1;

static EMPTY: LazyLock<Table> = LazyLock::new(Table::default);

/// The records, where ids go on, and the switches.
pub(super) struct State {
    pub(super) switches: Switches,
    /// The latest time that a request came, in milliseconds.
    pub(super) clock: i64,
    /// How many requests were refused since the twin woke up.
    pub(super) refused: u64,
    seed: u64,
    changed: bool,
    numbers: BTreeMap<String, u64>,
    tables: BTreeMap<&'static str, Table>,
    /// Conversations, files, and events on their way.
    pub(super) desk: Desk,
}

impl State {
    pub(super) fn new(switches: Switches) -> Self {
        let layouts = door::layouts();
        let tables = layouts.map(|layout| (layout.table, Table::new(layout)));
        let mut state = Self {
            desk: Desk::new(Receiver::of(&switches)),
            switches,
            clock: 0,
            refused: 0,
            seed: 0x5eed,
            changed: false,
            numbers: BTreeMap::new(),
            tables: tables.collect(),
        };
        admins::seed(&mut state);
        state.changed = false;
        state
    }

    pub(super) fn table(&self, name: &str) -> &Table {
        self.tables.get(name).unwrap_or(&EMPTY)
    }

    pub(super) fn get(&self, table: &str, id: &str) -> Option<&Record> {
        self.table(table).get(id)
    }

    /// Keeps a record under its `id`.
    pub(super) fn put(&mut self, table: &str, record: Record) {
        self.changed = true;
        if let Some(table) = self.tables.get_mut(table) {
            table.put(record);
        }
    }

    pub(super) fn remove(&mut self, table: &str, id: &str) -> Option<Record> {
        let removed = self.tables.get_mut(table)?.remove(id);
        self.changed |= removed.is_some();
        removed
    }

    /// Changes a record in place, if there is it.
    pub(super) fn change(&mut self, table: &str, id: &str, change: impl FnOnce(&mut Record)) {
        if let Some(mut record) = self.get(table, id).cloned() {
            change(&mut record);
            self.put(table, record);
        }
    }

    /// Whether anything changed since this was asked last.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Where ids go on from.
    pub(super) fn reseed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// The next number of a row of numbers, as a text; the first is one after `start`.
    pub(super) fn next_number(&mut self, name: &str, start: u64) -> String {
        self.changed = true;
        let number = self.numbers.entry(name.to_owned()).or_insert(start);
        *number += 1;
        number.to_string()
    }

    /// An id of 24 digits to the base sixteen: the time, the seed and a count.
    pub(super) fn next_hex(&mut self, now: i64) -> String {
        self.changed = true;
        let count = self.numbers.entry("hex".to_owned()).or_insert(0);
        *count += 1;
        let seconds = u32::try_from(now.div_euclid(1_000)).unwrap_or(0);
        let (seed, count) = (self.seed & 0xff_ffff, *count & 0xff_ffff_ffff);
        format!("{seconds:08x}{seed:06x}{count:010x}")
    }

    /// The code of the workspace: what the vendor calls `id_code`, `app_id` and `workspace_id`.
    pub(super) fn workspace(&self) -> &'static str {
        "twin1234"
    }

    pub(super) fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let head = json!({
            "twin": "intercom", "format": FORMAT, "clock": self.clock, "seed": self.seed, "numbers": self.numbers,
        });
        writeln!(out, "{head}")?;
        for (name, table) in &self.tables {
            for record in table.rows() {
                writeln!(out, "{}", json!({"t": name, "r": record}))?;
            }
        }
        for line in self.desk_lines() {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    pub(super) fn load(switches: Switches, input: &mut dyn BufRead) -> io::Result<Self> {
        let mut state = Self::new(switches);
        let mut lines = input.lines();
        let head: Value = match lines.next() {
            Some(line) => serde_json::from_str(&line?)?,
            None => return Err(broken("is empty")),
        };
        let is_ours = head.get("twin").and_then(Value::as_str) == Some("intercom");
        if !is_ours || head.get("format").and_then(Value::as_u64) != Some(FORMAT) {
            return Err(broken("is not an Intercom twin's, or of another version"));
        }
        state.clock = head.get("clock").and_then(Value::as_i64).unwrap_or(0);
        state.seed = head.get("seed").and_then(Value::as_u64).unwrap_or(0x5eed);
        let numbers = head.get("numbers").and_then(Value::as_object);
        for (name, number) in numbers.into_iter().flatten() {
            let number = number.as_u64().ok_or_else(|| broken("lacks a number"))?;
            state.numbers.insert(name.clone(), number);
        }
        for line in lines {
            state.read_line(&line?)?;
        }
        state.changed = false;
        Ok(state)
    }

    fn read_line(&mut self, line: &str) -> io::Result<()> {
        let mut line: Value = serde_json::from_str(line)?;
        let taken = line.as_object_mut().and_then(|line| self.take_desk_line(line));
        if let Some(taken) = taken {
            return taken.map_err(io::Error::from);
        }
        let record = line.get_mut("r").map(Value::take);
        let table = line.get("t").and_then(Value::as_str);
        let table = table.and_then(|name| self.tables.get_mut(name));
        match (table, record) {
            (Some(table), Some(Value::Object(record))) if id(&record).is_some() => {
                table.put(record);
                Ok(())
            }
            _ => Err(broken("holds no record")),
        }
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("a line of the saved state {what}"),
    )
}
