//! Every conversation and ticket, and what became of those that are gone.
//!
//! Each has a short row in a table of its own beside it, by which it is found, ordered and counted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    files::Files,
    hooks::{Hooks, Receiver},
    state::{Record, State},
    talk::Talk,
};

/// The table of conversations.
pub(super) const CONVERSATIONS: &str = "conversations";
/// The table of tickets.
pub(super) const TICKETS: &str = "tickets";

/// A conversation that is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Gone {
    pub(super) id: u64,
    pub(super) at: i64,
    pub(super) metrics_retained: bool,
}

/// What a desk has besides records: what was said, files, and events on their way.
#[derive(Default)]
pub(super) struct Desk {
    talks: BTreeMap<u64, Talk>,
    gone: BTreeMap<u64, Gone>,
    gone_by_time: BTreeSet<(i64, u64)>,
    pub(super) files: Files,
    pub(super) hooks: Hooks,
    /// How many records the last search found, as long as nothing changes.
    counted: Option<(String, usize)>,
}

impl Desk {
    pub(super) fn new(receiver: Receiver) -> Self {
        Self {
            hooks: Hooks::new(receiver),
            ..Self::default()
        }
    }

    /// How many records a search found before.
    pub(super) fn counted(&self, search: &str) -> Option<usize> {
        let counted = self.counted.as_ref().filter(|(text, _)| text == search);
        counted.map(|(_, total)| *total)
    }

    pub(super) fn remember_count(&mut self, search: &str, total: usize) {
        self.counted = Some((search.to_owned(), total));
    }

    fn bury(&mut self, gone: Gone) {
        self.gone_by_time.insert((gone.at, gone.id));
        self.gone.insert(gone.id, gone);
    }

    /// Those that are gone, the last first.
    pub(super) fn gone(&self) -> impl DoubleEndedIterator<Item = &Gone> {
        let times = self.gone_by_time.iter().rev();
        times.filter_map(|(_, id)| self.gone.get(id))
    }

    pub(super) fn gone_count(&self) -> usize {
        self.gone.len()
    }
}

impl State {
    /// The conversation or ticket of that id.
    pub(super) fn talk(&self, id: u64) -> Option<&Talk> {
        self.desk.talks.get(&id)
    }

    /// The next number of a row of numbers.
    pub(super) fn next(&mut self, name: &str, start: u64) -> u64 {
        self.next_number(name, start).parse().unwrap_or(0)
    }

    /// Keeps one, in place of what had its id.
    pub(super) fn put_talk(&mut self, talk: Talk) {
        self.desk.counted = None;
        let row = row(&talk);
        let id = talk.id.to_string();
        let is_ticket = talk.ticket.is_some();
        match is_ticket {
            true => self.put(TICKETS, row.clone()),
            false => drop(self.remove(TICKETS, &id)),
        }
        match self.is_conversation(&talk) {
            true => self.put(CONVERSATIONS, row),
            false => drop(self.remove(CONVERSATIONS, &id)),
        }
        self.desk.talks.insert(talk.id, talk);
    }

    /// Changes one.
    pub(super) fn change_talk<T>(&mut self, id: u64, change: impl FnOnce(&mut Talk) -> T) -> Option<T> {
        let mut talk = self.desk.talks.remove(&id)?;
        let changed = change(&mut talk);
        self.put_talk(talk);
        Some(changed)
    }

    /// Takes one out, and remembers that it was there.
    pub(super) fn delete_talk(&mut self, id: u64, at: i64, metrics_retained: bool) -> Option<Talk> {
        let talk = self.desk.talks.remove(&id)?;
        self.desk.counted = None;
        self.remove(TICKETS, &id.to_string());
        let was_conversation = self.remove(CONVERSATIONS, &id.to_string()).is_some();
        if was_conversation {
            self.desk.bury(Gone {
                id,
                at,
                metrics_retained,
            });
        }
        Some(talk)
    }

    /// Whether it is met among conversations, besides being a ticket perhaps.
    pub(super) fn is_conversation(&self, talk: &Talk) -> bool {
        match &talk.ticket {
            None => talk.merged_into.is_none(),
            Some(ticket) => match self.switches.text("tickets_as_conversations") {
                "none" => false,
                "all" => true,
                _ => ticket.converted,
            },
        }
    }

    /// What is saved besides records.
    pub(super) fn desk_lines(&self) -> impl Iterator<Item = Value> {
        let talks = self.desk.talks.values().map(|talk| json!({"talk": talk}));
        let gone = self.desk.gone.values().map(|gone| json!({"gone": gone}));
        let files = self.desk.files.lines();
        talks
            .chain(gone)
            .chain(files)
            .chain([json!({"hooks": self.desk.hooks})])
    }

    /// Takes a line that was saved; none: it is no such line.
    pub(super) fn take_desk_line(&mut self, line: &mut Map<String, Value>) -> Option<serde_json::Result<()>> {
        let taken = |line: &mut Map<String, Value>, name: &str| line.get_mut(name).map(Value::take);
        if let Some(talk) = taken(line, "talk") {
            return Some(serde_json::from_value(talk).map(|talk: Talk| {
                self.desk.talks.insert(talk.id, talk);
            }));
        }
        if let Some(gone) = taken(line, "gone") {
            return Some(serde_json::from_value(gone).map(|gone| self.desk.bury(gone)));
        }
        if let Some(file) = taken(line, "file") {
            return Some(serde_json::from_value(file).map(|file| self.desk.files.take_line(file)));
        }
        let hooks = taken(line, "hooks")?;
        Some(serde_json::from_value(hooks).map(|mut hooks: Hooks| {
            hooks.revive(std::mem::take(&mut self.desk.hooks.receiver));
            self.desk.hooks = hooks;
        }))
    }
}

/// By what a conversation is found.
fn row(talk: &Talk) -> Record {
    let mut row = Record::new();
    row.insert("id".to_owned(), talk.id.to_string().into());
    row.insert("created_at".to_owned(), talk.created.into());
    row.insert("updated_at".to_owned(), talk.updated.into());
    row.insert("contacts".to_owned(), json!(talk.contacts));
    row
}

/// The contacts of a row, by which the table finds it.
pub(super) fn contacts_of(row: &Record) -> Vec<String> {
    let contacts = row.get("contacts").and_then(Value::as_array);
    let contacts = contacts.into_iter().flatten();
    contacts.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}
