//! The statistics of a conversation, worked out from its parts.

use serde_json::{Map, Value, json};

use super::{part::Part, talk::Talk};

/// What the parts say, in the order in which they were made.
#[derive(Default)]
struct Seen {
    first_contact_reply: Option<i64>,
    last_contact_reply: Option<i64>,
    first_admin_reply: Option<i64>,
    last_admin_reply: Option<i64>,
    first_assignment: Option<i64>,
    last_assignment: Option<i64>,
    last_assignment_admin_reply: Option<i64>,
    first_close: Option<i64>,
    last_close: Option<i64>,
    closed_by: Option<Box<str>>,
    reopens: u64,
    assignments: u64,
    /// Since when a customer waits, and how long each wait was.
    waits_since: Option<i64>,
    waits: Vec<i64>,
}

impl Seen {
    fn of(talk: &Talk) -> Self {
        let mut seen = Self::default();
        if talk.source.author.is_contact() {
            seen.contact_wrote(talk.created);
        } else if talk.source.author.is_admin() {
            seen.first_admin_reply = Some(talk.created);
            seen.last_admin_reply = Some(talk.created);
        }
        for part in &talk.parts {
            seen.take(part);
        }
        seen
    }

    fn take(&mut self, part: &Part) {
        let at = part.created;
        if part.is_reply() && part.author.is_contact() {
            self.contact_wrote(at);
        }
        if part.is_reply() && part.author.is_admin() {
            self.admin_wrote(at);
        }
        match &*part.kind {
            "close" => {
                self.first_close.get_or_insert(at);
                self.last_close = Some(at);
                self.closed_by = Some(part.author.id.clone());
            }
            "open" | "note_and_reopen" => self.reopens += 1,
            kind if is_assignment(kind) => {
                self.first_assignment.get_or_insert(at);
                self.last_assignment = Some(at);
                self.last_assignment_admin_reply = None;
                self.assignments += 1;
                self.reopens += u64::from(kind == "assign_and_reopen");
            }
            _ => {}
        }
    }

    fn contact_wrote(&mut self, at: i64) {
        self.first_contact_reply.get_or_insert(at);
        self.last_contact_reply = Some(at);
        self.waits_since.get_or_insert(at);
    }

    fn admin_wrote(&mut self, at: i64) {
        self.first_admin_reply.get_or_insert(at);
        self.last_admin_reply = Some(at);
        if self.last_assignment.is_some() {
            self.last_assignment_admin_reply.get_or_insert(at);
        }
        if let Some(since) = self.waits_since.take() {
            self.waits.push(at.saturating_sub(since));
        }
    }

    fn median(&self) -> Option<i64> {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        waits.get(waits.len() / 2).copied()
    }
}

pub(super) fn is_assignment(kind: &str) -> bool {
    matches!(
        kind,
        "assignment"
            | "assign_and_reopen"
            | "assign_and_unsnooze"
            | "workflow_assignment"
            | "default_assignment"
            | "away_mode_assignment"
    )
}

/// When a customer wrote first.
pub(super) fn first_contact_reply(talk: &Talk) -> Option<i64> {
    if talk.source.author.is_contact() {
        return Some(talk.created);
    }
    let replies = talk.parts.iter().filter(|part| part.is_reply());
    replies
        .filter(|part| part.author.is_contact())
        .map(|part| part.created)
        .next()
}

/// What a conversation shows; nothing while nothing happened.
pub(super) fn shown(talk: &Talk) -> Value {
    if talk.parts.is_empty() {
        return Value::Null;
    }
    let seen = Seen::of(talk);
    let after = |at: Option<i64>| at.map(|at| at.saturating_sub(talk.created));
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("type", json!("conversation_statistics"));
    put("time_to_assignment", json!(after(seen.first_assignment)));
    put("time_to_admin_reply", json!(after(seen.first_admin_reply)));
    put("time_to_first_close", json!(after(seen.first_close)));
    put("time_to_last_close", json!(after(seen.last_close)));
    put("median_time_to_reply", json!(seen.median()));
    put("first_contact_reply_at", json!(seen.first_contact_reply));
    put("first_assignment_at", json!(seen.first_assignment));
    put("first_admin_reply_at", json!(seen.first_admin_reply));
    put("first_close_at", json!(seen.first_close));
    put("last_assignment_at", json!(seen.last_assignment));
    put(
        "last_assignment_admin_reply_at",
        json!(seen.last_assignment_admin_reply),
    );
    put("last_contact_reply_at", json!(seen.last_contact_reply));
    put("last_admin_reply_at", json!(seen.last_admin_reply));
    put("last_close_at", json!(seen.last_close));
    put("last_closed_by_id", json!(seen.closed_by));
    put("count_reopens", json!(seen.reopens));
    put("count_assignments", json!(seen.assignments));
    put("count_conversation_parts", json!(talk.parts.len()));
    put("assigned_team_first_response_time", json!([]));
    put("assigned_team_first_response_time_in_office_hours", json!([]));
    put("handling_time", Value::Null);
    put("adjusted_handling_time", Value::Null);
    Value::Object(shown)
}
