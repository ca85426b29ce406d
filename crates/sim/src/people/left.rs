//! What people do in Planhat.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};

use super::{People, Way, add, below_line, key_of, key_of_left, records, text_of};

/// What every workspace has before anything else: so many of each.
pub(super) const FIRST: &[Way] = &[
    (2, "left: new user", new_user),
    (2, "left: new company", new_company),
    (1, "left: new custom field", new_field),
    (1, "left: new end user", new_enduser),
];

/// What fills a workspace.
pub(super) const NEW: &[Way] = &[
    (3, "left: new company", new_company),
    (5, "left: new end user", new_enduser),
    (5, "left: new conversation", new_conversation),
    (3, "left: new task", new_task),
    (5, "left: new comment", new_comment),
    (2, "left: new license", new_license),
    (1, "left: new user", new_user),
    (1, "left: new custom field", new_field),
];

/// What people do from day to day.
pub(super) const EDITS: &[Way] = &[
    (2, "left: new company", new_company),
    (3, "left: new end user", new_enduser),
    (4, "left: new conversation", new_conversation),
    (2, "left: new task", new_task),
    (4, "left: new comment", new_comment),
    (1, "left: new license", new_license),
    (1, "left: new user", new_user),
    (1, "left: new custom field", new_field),
    (6, "left: company changed", change_company),
    (5, "left: end user changed", change_enduser),
    (5, "left: conversation changed", change_conversation),
    (3, "left: task changed", change_task),
    (3, "left: comment changed", change_comment),
    (2, "left: license changed", change_license),
    (3, "left: type changed", change_type),
    (2, "left: owner changed", change_owner),
    (2, "left: end user moved", move_enduser),
    (1, "left: custom field renamed", rename_field),
    (1, "left: custom field removed", remove_field),
    (1, "left: company deleted", |people| {
        people.remove("company", "companies")
    }),
    (2, "left: end user deleted", |people| {
        people.remove("enduser", "endusers")
    }),
    (2, "left: conversation deleted", |people| {
        people.remove("conversation", "conversations")
    }),
    (1, "left: task deleted", |people| people.remove("task", "tasks")),
    (2, "left: comment deleted", |people| {
        people.remove("comment", "comments")
    }),
    (1, "left: license deleted", |people| {
        people.remove("license", "licenses")
    }),
    (2, "left: written again unchanged", touch),
];

const TAGS: [&str; 4] = ["renewal", "Key Account", "key account", "über"];

fn new_company(people: &mut People) -> Option<()> {
    let name = people.word();
    let mut body = json!({ "name": name });
    match people.dice.below(4) {
        0 => add(
            &mut body,
            "domains",
            json!([format!("{}.example", people.plain_word())]),
        ),
        1 => add(&mut body, "description", json!(format!("About {name}"))),
        2 => add(&mut body, "tags", people.tags()),
        _ => {}
    }
    if people.dice.percent(30) {
        add(&mut body, "externalId", json!(people.plain_word()));
    }
    if people.dice.percent(30) {
        add(&mut body, "owner", json!(people.id_of_some("user")?));
    }
    people.at_left(Method::POST, "/companies", &body).map(drop)
}

fn new_user(people: &mut People) -> Option<()> {
    let word = people.plain_word();
    let body = json!({ "nickName": word, "firstName": word, "lastName": "Vik", "email": format!("{word}@we.example") });
    people.at_left(Method::POST, "/users", &body).map(drop)
}

fn new_enduser(people: &mut People) -> Option<()> {
    let company = people.id_of_some("company")?;
    let word = people.plain_word();
    let mut body = json!({ "companyId": company, "firstName": people.word() });
    // Planhat gives the company the address's domain, and DevRev has each domain once.
    match people.dice.below(10) {
        0 if !people.careful => add(&mut body, "email", json!(format!("{word}@shared.example"))),
        1 => add(&mut body, "externalId", json!(word)),
        // The same people in several companies; an address at a mail host says nothing of a company.
        2 | 3 => add(
            &mut body,
            "email",
            json!(format!("{}@gmail.com", people.dice.below(3))),
        ),
        _ => add(&mut body, "email", json!(format!("me@{word}.example"))),
    }
    if people.dice.percent(30) {
        add(&mut body, "position", json!(people.word()));
    }
    people.at_left(Method::POST, "/endusers", &body).map(drop)
}

fn new_conversation(people: &mut People) -> Option<()> {
    let company = people.id_of_some("company")?;
    let kind = people.some_type();
    let mut body = json!({
        "companyId": company,
        "type": kind,
        "subject": people.word(),
        "description": people.html(),
    });
    if people.dice.percent(50) {
        add(&mut body, "users", json!([{ "id": people.id_of_some("user")? }]));
    }
    if people.dice.percent(40)
        && let Some(enduser) = people.id_of_some("enduser")
    {
        add(&mut body, "endusers", json!([{ "id": enduser }]));
    }
    people.at_left(Method::POST, "/conversations", &body).map(drop)
}

fn new_task(people: &mut People) -> Option<()> {
    let company = people.id_of_some("company")?;
    let body = json!({ "companyId": company, "action": people.word(), "description": people.html() });
    people.at_left(Method::POST, "/tasks", &body).map(drop)
}

fn new_comment(people: &mut People) -> Option<()> {
    let object = if people.dice.percent(70) {
        "conversation"
    } else {
        "task"
    };
    let parent = people.id_of_some(object)?;
    let body = json!({ "commentableId": parent, "text": people.html() });
    people.at_left(Method::POST, "/comments", &body).map(drop)
}

fn new_license(people: &mut People) -> Option<()> {
    let company = people.id_of_some("company")?;
    let body = json!({
        "companyId": company,
        "_currency": "USD",
        "product": people.word(),
        "value": people.dice.between(1, 99_999),
        "fromDate": "2026-01-01T00:00:00.000Z",
        "toDate": "2026-12-31T00:00:00.000Z",
        "fixedPeriod": true,
    });
    people.at_left(Method::POST, "/licenses", &body).map(drop)
}

fn new_field(people: &mut People) -> Option<()> {
    let parents = ["company", "enduser", "conversation", "task"];
    let kinds = [
        "text",
        "number",
        "checkbox",
        "day",
        "list",
        "multipicklist",
        "rich text",
        "url",
    ];
    let parent = people.dice.pick(&parents)?;
    let kind = people.dice.pick(&kinds)?;
    let name = format!("Field {}", people.word());
    let body = json!({ "name": name, "parent": parent, "type": kind, "listValues": ["one", "two", "three"] });
    people.at_left(Method::POST, "/customfields", &body).map(drop)
}

fn change_company(people: &mut People) -> Option<()> {
    let record = people.some_left("company")?;
    let body = match people.dice.below(8) {
        0 | 1 => return people.write_text("company", "companies", &record, "name"),
        2 => json!({ "description": people.word() }),
        3 => json!({ "tags": people.tags() }),
        4 => return people.write_text("company", "companies", &record, "city"),
        5 => json!({ "domains": [format!("{}.example", people.plain_word())] }),
        6 => json!({ "phonePrimary": "+47 22 33 44 55", "description": null }),
        _ => people.custom_of("company")?,
    };
    people.put("companies", &record, &body)
}

fn change_enduser(people: &mut People) -> Option<()> {
    let record = people.some_left("enduser")?;
    let body = match people.dice.below(6) {
        0 | 1 => json!({ "firstName": people.word() }),
        2 => return people.write_text("enduser", "endusers", &record, "position"),
        3 => json!({ "email": format!("me@{}.example", people.plain_word()) }),
        4 => json!({ "tags": people.tags() }),
        _ => people.custom_of("enduser")?,
    };
    people.put("endusers", &record, &body)
}

fn change_conversation(people: &mut People) -> Option<()> {
    let record = people.some_left("conversation")?;
    let body = match people.dice.below(5) {
        0 | 1 => return people.write_text("conversation", "conversations", &record, "subject"),
        2 => json!({ "description": people.html() }),
        3 => json!({ "activityTags": [], "starred": people.dice.percent(50) }),
        _ => people.custom_of("conversation")?,
    };
    people.put("conversations", &record, &body)
}

fn change_task(people: &mut People) -> Option<()> {
    let record = people.some_left("task")?;
    let body = match people.dice.below(3) {
        0 => json!({ "action": people.word() }),
        1 => json!({ "description": people.html() }),
        _ => people.custom_of("task")?,
    };
    people.put("tasks", &record, &body)
}

fn change_comment(people: &mut People) -> Option<()> {
    let record = people.some_left("comment")?;
    // Who answers below what was said in DevRev leaves its first line.
    let (line, _) = below_line(text_of(&record, "/text").unwrap_or_default());
    let body = json!({ "text": format!("{line}{}", people.html()) });
    people.put("comments", &record, &body)?;
    people.answered.extend(key_of_left("comment", &record));
    Some(())
}

fn change_license(people: &mut People) -> Option<()> {
    let record = people.some_left("license")?;
    let body = match people.dice.percent(50) {
        true => json!({ "value": people.dice.between(1, 99_999) }),
        false => return people.write_text("license", "licenses", &record, "product"),
    };
    people.put("licenses", &record, &body)
}

fn change_type(people: &mut People) -> Option<()> {
    let record = people.some_left("conversation")?;
    let body = json!({ "type": people.some_type() });
    people.put("conversations", &record, &body)?;
    people.doubt(&key_of_left("conversation", &record)?);
    Some(())
}

fn change_owner(people: &mut People) -> Option<()> {
    let user = people.id_of_some("user")?;
    let record = people.some_left("company")?;
    let body = match people.dice.percent(30) {
        true => json!({ "owner": null }),
        false => json!({ "owner": user }),
    };
    people.put("companies", &record, &body)
}

fn move_enduser(people: &mut People) -> Option<()> {
    let company = people.id_of_some("company")?;
    let record = people.some_left("enduser").filter(|_| !people.careful)?;
    people.put("endusers", &record, &json!({ "companyId": company }))
}

fn rename_field(people: &mut People) -> Option<()> {
    let record = people.some_left("customfield")?;
    let body = json!({ "name": format!("Renamed {}", people.word()) });
    people.put("customfields", &record, &body)
}

fn remove_field(people: &mut People) -> Option<()> {
    people.remove("customfield", "customfields")
}

/// Writes what is there already: Planhat moves its date of change all the same.
fn touch(people: &mut People) -> Option<()> {
    let record = people.some_left("company")?;
    let body = json!({ "name": record.get("name")? });
    people.put("companies", &record, &body)
}

impl People {
    /// Writes a new word into a text that the right side may write as well.
    pub(super) fn write_text(
        &mut self,
        object: &str,
        path: &str,
        record: &Value,
        field: &'static str,
    ) -> Option<()> {
        let word = self.word();
        self.put(path, record, &json!({ field: word }))?;
        self.note(key_of_left(object, record)?, field, true, &word);
        Some(())
    }

    pub(super) fn put(&mut self, path: &str, record: &Value, body: &Value) -> Option<()> {
        let id = text_of(record, "/_id")?;
        self.at_left(Method::PUT, &format!("/{path}/{id}"), body)
            .map(drop)
    }

    fn remove(&mut self, object: &str, path: &str) -> Option<()> {
        let record = self.some_left(object)?;
        self.remove_one(object, path, &record)
    }

    /// Deletes this one.
    pub(super) fn remove_one(&mut self, object: &str, path: &str, record: &Value) -> Option<()> {
        let id = text_of(record, "/_id")?;
        self.at_left(Method::DELETE, &format!("/{path}/{id}"), &json!({}))?;
        let key = key_of_left(object, record)?;
        self.widow(&key);
        self.removed.insert(key);
        Some(())
    }

    /// Notes which right record bears this key now.
    fn widow(&mut self, key: &str) {
        const DUMPS: [&str; 6] = [
            "account",
            "rev_user",
            "ticket",
            "conversation",
            "custom_object",
            "timeline_entry",
        ];
        let twin = &self.twins.right;
        let all = DUMPS.iter().flat_map(|dump| records(twin, dump));
        let mut bear = all.filter(|right| key_of(right) == Some(key));
        let found = bear.find_map(|right| text_of(&right, "/id").map(str::to_owned));
        self.widows.extend(found.map(|id| (key.to_owned(), id)));
    }

    fn id_of_some(&mut self, object: &str) -> Option<String> {
        let record = self.some_left(object)?;
        text_of(&record, "/_id").map(str::to_owned)
    }

    fn some_type(&mut self) -> String {
        let own = self.some_left("conversationtype");
        let own = own
            .as_ref()
            .and_then(|kind| text_of(kind, "/name"))
            .unwrap_or("note");
        match self.dice.below(6) {
            0 | 1 => "note".to_owned(),
            2 => "ticket".to_owned(),
            3 => "meeting".to_owned(),
            _ => own.to_owned(),
        }
    }

    fn tags(&mut self) -> Value {
        let some = TAGS.iter().filter(|_| self.dice.percent(40));
        some.copied().collect()
    }

    /// A value for one of the custom fields of an object.
    fn custom_of(&mut self, object: &str) -> Option<Value> {
        let left = Arc::clone(&self.twins.left);
        let field = self.some_of(&left, "customfield", |field| {
            text_of(field, "/parent") == Some(object)
        })?;
        let name = text_of(&field, "/name")?.to_owned();
        let value = match text_of(&field, "/type")? {
            _ if self.dice.percent(15) => Value::Null,
            "number" => json!(self.dice.between(0, 1_000)),
            "checkbox" => json!(self.dice.percent(50)),
            "day" => json!(format!(
                "2026-0{}-1{}",
                self.dice.between(1, 9),
                self.dice.below(9)
            )),
            "list" => json!(self.dice.pick(&["one", "two", "three"])?),
            "multipicklist" => json!(["two", "one"]),
            "rich text" => json!(self.html()),
            "url" => json!(format!("https://{}.example/a", self.plain_word())),
            _ => json!(self.word()),
        };
        Some(json!({ "custom": { name: value } }))
    }

    fn html(&mut self) -> String {
        let word = self.word().replace('&', "&amp;");
        if self.pictures && self.dice.percent(25) {
            let id = self.dice.below(6);
            return format!(
                "<p>{word}</p><p><img src=\"/files/5f1d7a8e000000000000000{id}/a.png\" alt=\"a\"></p>"
            );
        }
        match self.dice.below(5) {
            0 => format!("<p>{word}</p>"),
            1 => format!("<p>First <b>{word}</b></p><ul><li>one</li><li>two</li></ul>"),
            2 => format!("{word}<br>second line"),
            3 => format!("<p><a href=\"https://x.example/?a=1&amp;b=2\">{word}</a></p>"),
            _ => word,
        }
    }
}
