//! What people do in DevRev.

use serde_json::{Value, json};

use super::{People, Way, add, key_of, key_of_left, key_of_right, parting, records, text_of};

/// What people make there.
pub(super) const NEW: &[Way] = &[
    (2, "right: new account", new_account),
    (2, "right: new ticket", new_ticket),
    (2, "right: new license", new_license),
];

/// What people do from day to day.
pub(super) const EDITS: &[Way] = &[
    (8, "right: field of ours changed", change_ours),
    (2, "right: word chosen", choose_word),
    (1, "right: new contact", new_contact),
    (1, "right: new license", new_license),
    (4, "right: field of theirs changed", change_theirs),
    (2, "right: new account", new_account),
    (2, "right: new ticket", new_ticket),
    (3, "right: new comment", new_comment),
    (2, "right: comment changed", change_comment),
    (1, "right: counterpart deleted", delete_counterpart),
    (1, "right: comment deleted", delete_comment),
];

/// Somebody writes over what the left side has: it is put back, or goes there as well.
fn change_ours(people: &mut People) -> Option<()> {
    let any = |_: &Value| true;
    match people.dice.below(8) {
        0 | 1 => people.write_there(&ACCOUNT, "display_name", "name", any),
        2 => people.write_there(&ACCOUNT, "tnt__ph_city", "city", any),
        3 => people.write_there(&CONTACT, "tnt__ph_position", "position", any),
        4 | 5 => people.write_there(&TICKET, "title", "subject", any),
        6 => people.write_there(&LICENSE, "tnt__ph_product", "product", is_license),
        _ => {
            let word = people.word();
            let conversation = people.some_right("conversation", is_ours)?;
            people.update("/conversations.update", &conversation, &json!({ "title": word }))
        }
    }
}

/// Somebody chooses another word of a few.
fn choose_word(people: &mut People) -> Option<()> {
    let ticket = people.some_right("ticket", |_| true)?;
    let body = match people.dice.percent(50) {
        true => {
            json!({ "type": "ticket", "severity": people.dice.pick(&["low", "medium", "high", "blocker"])? })
        }
        false => {
            let stages = ["queued", "work_in_progress", "awaiting_customer_response"];
            json!({ "type": "ticket", "stage": { "name": people.dice.pick(&stages)? } })
        }
    };
    people.update("/works.update", &ticket, &body)
}

/// What can be written there, and how.
pub(super) struct Kind {
    dump: &'static str,
    kind: &'static str,
    path: &'static str,
    said: Option<&'static str>,
}

const ACCOUNT: Kind = Kind {
    dump: "account",
    kind: "account",
    path: "/accounts.update",
    said: None,
};
const CONTACT: Kind = Kind {
    dump: "rev_user",
    kind: "contact",
    path: "/rev-users.update",
    said: None,
};
const TICKET: Kind = Kind {
    dump: "ticket",
    kind: "ticket",
    path: "/works.update",
    said: Some("ticket"),
};
const LICENSE: Kind = Kind {
    dump: "custom_object",
    kind: "custom:license",
    path: "/custom-objects.update",
    said: None,
};

fn is_license(record: &Value) -> bool {
    text_of(record, "/leaf_type") == Some("license")
}

/// Both sides write the same text of one pair.
pub(super) fn change_both(people: &mut People) -> Option<()> {
    let (object, path, field, kind, there) = *people.dice.pick(&BOTH)?;
    let record = people.some_left(object)?;
    let key = key_of_left(object, &record)?;
    people.write_there(kind, there, field, |right| {
        key_of_right(kind.kind, right).as_deref() == Some(key.as_str())
    })?;
    people.write_text(object, path, &record, field)
}

/// A left object, its path and its field, the right kind and its field.
pub(super) type Both = (
    &'static str,
    &'static str,
    &'static str,
    &'static Kind,
    &'static str,
);

pub(super) const BOTH: [Both; 4] = [
    ("company", "companies", "name", &ACCOUNT, "display_name"),
    ("company", "companies", "city", &ACCOUNT, "tnt__ph_city"),
    ("conversation", "conversations", "subject", &TICKET, "title"),
    ("license", "licenses", "product", &LICENSE, "tnt__ph_product"),
];

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
    let mut body = json!({
        "type": "ticket",
        "title": people.word(),
        "applies_to_part": text_of(&part, "/id")?,
        "owned_by": [text_of(&owner, "/id")?],
    });
    if people.dice.percent(75)
        && let Some(account) = people.some_right("account", |_| true)
    {
        add(&mut body, "account", json!(text_of(&account, "/id")?));
    }
    if people.dice.percent(75)
        && !people.careful
        && let Some(contact) = people.some_right("rev_user", |_| true)
    {
        add(&mut body, "reported_by", json!([text_of(&contact, "/id")?]));
    }
    let made = people.at_right("/works.create", &body)?;
    people.bear(&made, "work", "ticket")
}

fn new_contact(people: &mut People) -> Option<()> {
    let account = people.some_right("account", |_| true)?;
    let email = format!("me@{}.example", people.plain_word());
    let body = json!({ "display_name": people.word(), "email": email, "account": text_of(&account, "/id")? });
    let made = people.at_right("/rev-users.create", &body)?;
    people.bear(&made, "rev_user", "contact")
}

fn new_license(people: &mut People) -> Option<()> {
    let account = people.some_right("account", |_| true)?;
    let mut fields = json!({
        "tnt__ph_company": text_of(&account, "/id")?,
        "tnt__ph_product": people.word(),
        "tnt__ph_value": "1200",
        "tnt__ph_currency": "USD",
        "tnt__ph_from_date": "2026-01-01T00:00:00Z",
    });
    if people.dice.percent(80) {
        add(&mut fields, "tnt__ph_to_date", json!("2026-12-31T00:00:00Z"));
    }
    let body = json!({
        "leaf_type": "license",
        "title": "A license",
        "custom_schema_spec": { "tenant_fragment": true },
        "custom_fields": fields,
    });
    let made = people.at_right("/custom-objects.create", &body)?;
    people.bear(&made, "custom_object", "custom:license")
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
    people.bear(&made, "timeline_entry", "comment")
}

fn change_comment(people: &mut People) -> Option<()> {
    // Of ours, what is written there is read again only where comments go back: DevRev lists them one object at a time.
    let all = people.says_back;
    let comment = people.some_right("timeline_entry", |comment| all || !is_ours(comment))?;
    let word = people.word();
    let id = text_of(&comment, "/id")?.to_owned();
    people.update(
        "/timeline-entries.update",
        &comment,
        &json!({ "type": "timeline_comment", "body": word }),
    )?;
    // A picture that arrives later changes the left text too, and then somebody decides.
    let is_plain = key_of(&comment).is_some_and(|key| {
        let left = records(&people.twins.left, "comment");
        let left = left
            .iter()
            .find(|left| key_of_left("comment", left).as_deref() == Some(key));
        left.is_some_and(|left| text_of(left, "/text").is_some_and(|text| !text.contains("<img ")))
    });
    if is_plain || people.theirs.born.contains_key(&id) {
        people.theirs.fields.insert((id, "/body"), word);
    }
    Some(())
}

fn delete_counterpart(people: &mut People) -> Option<()> {
    match people.dice.below(2) {
        0 => people.delete(&parting::TICKET, |_| true),
        _ => people.delete(&parting::CONVERSATION, |_| true),
    }
}

fn delete_comment(people: &mut People) -> Option<()> {
    people.delete(&parting::COMMENT, |comment| !is_ours(comment))
}

/// Whether we made a record: it bears our key.
fn is_ours(record: &Value) -> bool {
    key_of(record).is_some()
}

impl People {
    fn update(&mut self, path: &str, record: &Value, body: &Value) -> Option<()> {
        let mut body = body.clone();
        add(&mut body, "id", json!(text_of(record, "/id")?));
        self.at_right(path, &body)?;
        self.theirs.touched.insert(text_of(record, "/id")?.to_owned());
        Some(())
    }

    /// Writes a new word into a text that the left side may write as well.
    fn write_there(
        &mut self,
        kind: &Kind,
        field: &str,
        on_left: &'static str,
        pleases: impl Fn(&Value) -> bool,
    ) -> Option<()> {
        let record = self.some_right(kind.dump, pleases)?;
        let word = self.word();
        let mut body = match field.starts_with("tnt__") {
            true => {
                json!({ "custom_fields": { field: word }, "custom_schema_spec": { "tenant_fragment": true } })
            }
            false => json!({ field: word }),
        };
        if let Some(said) = kind.said {
            add(&mut body, "type", json!(said));
        }
        self.update(kind.path, &record, &body)?;
        self.note(key_of_right(kind.kind, &record)?, on_left, false, &word);
        Some(())
    }

    pub(super) fn bear(&mut self, made: &Value, member: &str, object: &'static str) -> Option<()> {
        let id = text_of(made.get(member)?, "/id")?.to_owned();
        self.theirs.ever.insert(id.clone());
        self.theirs.born.insert(id, object);
        Some(())
    }
}
