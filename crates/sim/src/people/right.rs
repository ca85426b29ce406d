//! What people do in DevRev.

use serde_json::{Value, json};

use super::{People, Way, add, key_of, text_of};

/// What people do from day to day.
pub(super) const EDITS: &[Way] = &[
    (4, "right: field of ours changed", change_ours),
    (4, "right: field of theirs changed", change_theirs),
    (2, "right: new account", new_account),
    (2, "right: new ticket", new_ticket),
    (3, "right: new comment", new_comment),
    (2, "right: comment changed", change_comment),
    (1, "right: counterpart deleted", delete_counterpart),
    (1, "right: comment deleted", delete_comment),
];

/// Somebody writes over what the left side owns; it is put back.
fn change_ours(people: &mut People) -> Option<()> {
    let word = people.word();
    match people.dice.below(4) {
        0 | 1 => {
            let account = people.some_right("account", is_ours)?;
            people.update("/accounts.update", &account, &json!({ "display_name": word }))
        }
        2 => {
            let ticket = people.some_right("ticket", is_ours)?;
            people.update(
                "/works.update",
                &ticket,
                &json!({ "type": "ticket", "title": word }),
            )
        }
        _ => {
            let conversation = people.some_right("conversation", is_ours)?;
            people.update("/conversations.update", &conversation, &json!({ "title": word }))
        }
    }
}

/// Somebody writes what no rule writes.
fn change_theirs(people: &mut People) -> Option<()> {
    let word = people.plain_word();
    let account = people.some_right("account", |_| true)?;
    people.update("/accounts.update", &account, &json!({ "tier": word }))?;
    let id = text_of(&account, "/id")?.to_owned();
    people.theirs.fields.insert((id, "/tier"), word);
    Some(())
}

fn new_account(people: &mut People) -> Option<()> {
    let body = json!({ "display_name": people.word() });
    let made = people.at_right("/accounts.create", &body)?;
    people.bear(&made, "account", "account")
}

fn new_ticket(people: &mut People) -> Option<()> {
    let part = people.some_right("part", |_| true)?;
    let owner = people.some_right("dev_user", |_| true)?;
    let body = json!({
        "type": "ticket",
        "title": people.word(),
        "applies_to_part": text_of(&part, "/id")?,
        "owned_by": [text_of(&owner, "/id")?],
    });
    let made = people.at_right("/works.create", &body)?;
    people.bear(&made, "work", "ticket")
}

fn new_comment(people: &mut People) -> Option<()> {
    let object = if people.dice.percent(50) {
        "ticket"
    } else {
        "conversation"
    };
    let parent = people.some_right(object, |_| true)?;
    let body = json!({
        "type": "timeline_comment",
        "object": text_of(&parent, "/id")?,
        "body": people.word(),
        "visibility": "internal",
    });
    let made = people.at_right("/timeline-entries.create", &body)?;
    people.bear(&made, "timeline_entry", "timeline_entry")
}

fn change_comment(people: &mut People) -> Option<()> {
    // Of comments, what is written there is not read again: DevRev lists them one object at a time.
    let comment = people.some_right("timeline_entry", |comment| !is_ours(comment))?;
    let word = people.word();
    let id = text_of(&comment, "/id")?.to_owned();
    people.update(
        "/timeline-entries.update",
        &comment,
        &json!({ "type": "timeline_comment", "body": word }),
    )?;
    if people.theirs.born.contains_key(&id) {
        people.theirs.fields.insert((id, "/body"), word);
    }
    Some(())
}

fn delete_counterpart(people: &mut People) -> Option<()> {
    let (object, path) = match people.dice.below(2) {
        0 => ("ticket", "/works.delete"),
        _ => ("conversation", "/conversations.delete"),
    };
    people.delete(object, path, |_| true)
}

fn delete_comment(people: &mut People) -> Option<()> {
    people.delete("timeline_entry", "/timeline-entries.delete", |comment| {
        !is_ours(comment)
    })
}

/// Whether we made a record: it bears our key.
fn is_ours(record: &Value) -> bool {
    key_of(record).is_some()
}

impl People {
    fn update(&mut self, path: &str, record: &Value, body: &Value) -> Option<()> {
        let mut body = body.clone();
        add(&mut body, "id", json!(text_of(record, "/id")?));
        self.at_right(path, &body).map(drop)
    }

    fn bear(&mut self, made: &Value, member: &str, object: &'static str) -> Option<()> {
        let id = text_of(made.get(member)?, "/id")?.to_owned();
        self.theirs.born.insert(id, object);
        Some(())
    }

    fn delete(&mut self, object: &'static str, path: &str, may_be: fn(&Value) -> bool) -> Option<()> {
        let record = self.some_right(object, may_be)?;
        let id = text_of(&record, "/id")?.to_owned();
        self.at_right(path, &json!({ "id": id }))?;
        // What hangs on it goes with it.
        let gone = |other: &str| other.starts_with(&id);
        self.theirs.born.retain(|other, _| !gone(other));
        self.theirs.fields.retain(|(other, _), _| !gone(other));
        self.theirs.deleted.extend(key_of(&record).map(str::to_owned));
        Some(())
    }
}
