//! A support desk in Intercom: customers write, teammates answer, and both change their minds.

use http::Method;
use serde_json::{Value, json};

use super::{People, Way, records, text_of};
use connectors::kit::Request;

/// What customers and teammates make.
pub(super) const NEW: &[Way] = &[
    (2, "desk: new company", |people| {
        let (id, name) = (people.plain_word(), people.word());
        people.at_desk(
            Method::POST,
            "/companies",
            &json!({ "company_id": id, "name": name }),
        )
    }),
    (4, "desk: new contact", new_contact),
    (2, "desk: new lead", |people| {
        let name = people.word();
        people.at_desk(
            Method::POST,
            "/contacts",
            &json!({ "role": "lead", "name": name }),
        )
    }),
    (5, "desk: new conversation", |people| {
        let (contact, body) = (people.some_left("contact")?, people.word());
        let from = json!({ "type": text_of(&contact, "/role")?, "id": text_of(&contact, "/id")? });
        people.at_desk(
            Method::POST,
            "/conversations",
            &json!({ "from": from, "body": body }),
        )
    }),
    (6, "desk: customer answers", |people| {
        let talk = people.some_left("conversation")?;
        let contact = text_of(&talk, "/contacts/contacts/0/id")?.to_owned();
        let body = people.word();
        let said =
            json!({ "message_type": "comment", "type": "user", "intercom_user_id": contact, "body": body });
        people.in_talk(&talk, "reply", &said)
    }),
    (4, "desk: teammate answers", |people| people.answer("comment")),
    (3, "desk: teammate notes", |people| people.answer("note")),
    (2, "desk: contact joins a company", |people| {
        let (contact, company) = (people.some_left("contact")?, people.some_left("company")?);
        let path = format!("/contacts/{}/companies", text_of(&contact, "/id")?);
        people.at_desk(Method::POST, &path, &json!({ "id": text_of(&company, "/id")? }))
    }),
    (2, "desk: note on a contact", |people| {
        let (contact, admin, body) = (people.some_left("contact")?, people.admin()?, people.word());
        let path = format!("/contacts/{}/notes", text_of(&contact, "/id")?);
        people.at_desk(Method::POST, &path, &json!({ "admin_id": admin, "body": body }))
    }),
    (2, "desk: new article", |people| {
        let (admin, title, body) = (people.admin()?.parse::<u64>().ok()?, people.word(), people.word());
        let state = if people.dice.percent(50) {
            "published"
        } else {
            "draft"
        };
        let body = format!("<p>{body}</p>");
        let article = json!({ "title": title, "body": body, "author_id": admin, "state": state });
        people.at_desk(Method::POST, "/articles", &article)
    }),
    (2, "desk: new ticket", |people| {
        let (kind, contact) = (people.some_left("ticket_type")?, people.some_left("contact")?);
        let (title, text) = (people.word(), people.word());
        let ticket = json!({
            "ticket_type_id": text_of(&kind, "/id")?,
            "contacts": [{ "id": text_of(&contact, "/id")? }],
            "ticket_attributes": { "_default_title_": title, "_default_description_": text },
        });
        people.at_desk(Method::POST, "/tickets", &ticket)
    }),
];

/// What is changed, moved and taken away.
pub(super) const EDITS: &[Way] = &[
    (24, "desk: something new", |people| {
        people.choose(NEW);
        Some(())
    }),
    (4, "desk: contact changed", |people| {
        let (contact, name) = (people.some_left("contact")?, people.word());
        people.put_desk("contacts", &contact, &json!({ "name": name }))
    }),
    (3, "desk: company changed", |people| {
        let (company, name) = (people.some_left("company")?, people.word());
        people.put_desk("companies", &company, &json!({ "name": name }))
    }),
    (6, "desk: conversation closed", |people| people.manage("close")),
    (4, "desk: conversation opened", |people| people.manage("open")),
    (4, "desk: conversation tagged", |people| {
        let (talk, tag, admin) = (
            people.some_left("conversation")?,
            people.some_left("tag")?,
            people.admin()?,
        );
        let tagged = json!({ "id": text_of(&tag, "/id")?, "admin_id": admin });
        people.in_talk(&talk, "tags", &tagged)
    }),
    (2, "desk: what was said is blanked", |people| {
        let talk = people.some_left("conversation")?;
        let (id, source) = (text_of(&talk, "/id")?, text_of(&talk, "/source/id")?);
        let body = json!({ "type": "source", "conversation_id": id, "source_id": source });
        people.at_desk(Method::POST, "/conversations/redact", &body)
    }),
    (2, "desk: conversation deleted", |people| {
        people.delete_desk("conversation", "conversations")
    }),
    (1, "desk: conversation becomes a ticket", |people| {
        let (talk, kind) = (
            people.some_left("conversation")?,
            people.some_left("ticket_type")?,
        );
        people.in_talk(
            &talk,
            "convert",
            &json!({ "ticket_type_id": text_of(&kind, "/id")? }),
        )
    }),
    (2, "desk: conversations merged", |people| {
        let (talk, into) = (
            people.some_left("conversation")?,
            people.some_left("conversation")?,
        );
        let into = text_of(&into, "/id")?.parse::<u64>().ok()?;
        people.in_talk(&talk, "merge", &json!({ "merge_into_conversation_id": into }))
    }),
    (2, "desk: lead merged into a user", |people| {
        let twin = std::sync::Arc::clone(&people.twins.left);
        let lead = people.some_of(&twin, "contact", |one| text_of(one, "/role") == Some("lead"))?;
        let user = people.some_of(&twin, "contact", |one| text_of(one, "/role") == Some("user"))?;
        let merge = json!({
            "from": text_of(&lead, "/id")?, "into": text_of(&user, "/id")?, "skip_duplicate_validation": true,
        });
        people.at_desk(Method::POST, "/contacts/merge", &merge)
    }),
    (1, "desk: contact archived", |people| {
        let contact = people.some_left("contact")?;
        let path = format!("/contacts/{}/archive", text_of(&contact, "/id")?);
        people.at_desk(Method::POST, &path, &json!({}))
    }),
    (1, "desk: contact deleted", |people| {
        people.delete_desk("contact", "contacts")
    }),
    (3, "desk: article changed", |people| {
        let (article, title) = (people.some_left("article")?, people.word());
        people.put_desk("articles", &article, &json!({ "title": title }))
    }),
    (1, "desk: article deleted", |people| {
        people.delete_desk("article", "articles")
    }),
    (3, "desk: ticket changed", |people| {
        let (ticket, title) = (people.some_left("ticket")?, people.word());
        people.put_desk(
            "tickets",
            &ticket,
            &json!({ "ticket_attributes": { "_default_title_": title } }),
        )
    }),
];

/// What people in DevRev do beside it.
pub(super) const RIGHT: &[Way] = &[
    (3, "right: comment said", |people| {
        let talk = people.some_right("conversation", |_| true)?;
        let (about, body) = (text_of(&talk, "/id")?.to_owned(), people.word());
        let said = json!({ "object": about, "type": "timeline_comment", "body": body });
        let made = people.at_right("/timeline-entries.create", &said)?;
        people.bear(&made, "timeline_entry", "comment")
    }),
    (1, "right: account made", |people| {
        let name = people.word();
        let made = people.at_right("/accounts.create", &json!({ "display_name": name }))?;
        people.bear(&made, "account", "account")
    }),
];

fn new_contact(people: &mut People) -> Option<()> {
    let (id, name) = (people.plain_word(), people.word());
    let contact = json!({
        "role": "user", "external_id": id, "name": name, "email": format!("{id}@desk.example"),
    });
    people.at_desk(Method::POST, "/contacts", &contact)
}

impl People {
    /// Sends to the Intercom twin.
    fn at_desk(&mut self, method: Method, path: &str, body: &Value) -> Option<()> {
        let request = Request::new(method, path).json(body);
        let version = http::HeaderName::from_static("intercom-version");
        let request = request.header(version, "2.16");
        let twin = std::sync::Arc::clone(&self.twins.left);
        self.ask(twin, request, body).map(drop)
    }

    fn put_desk(&mut self, path: &str, record: &Value, body: &Value) -> Option<()> {
        let path = format!("/{path}/{}", text_of(record, "/id")?);
        self.at_desk(Method::PUT, &path, body)
    }

    fn delete_desk(&mut self, object: &str, path: &str) -> Option<()> {
        let record = self.some_left(object)?;
        let path = format!("/{path}/{}", text_of(&record, "/id")?);
        self.at_desk(Method::DELETE, &path, &json!({}))
    }

    fn in_talk(&mut self, talk: &Value, doing: &str, body: &Value) -> Option<()> {
        let path = format!("/conversations/{}/{doing}", text_of(talk, "/id")?);
        self.at_desk(Method::POST, &path, body)
    }

    fn answer(&mut self, kind: &str) -> Option<()> {
        let (talk, admin, body) = (self.some_left("conversation")?, self.admin()?, self.word());
        let said = json!({ "message_type": kind, "type": "admin", "admin_id": admin, "body": body });
        self.in_talk(&talk, "reply", &said)
    }

    fn manage(&mut self, kind: &str) -> Option<()> {
        let (talk, admin) = (self.some_left("conversation")?, self.admin()?);
        let done = json!({ "message_type": kind, "type": "admin", "admin_id": admin });
        self.in_talk(&talk, "parts", &done)
    }

    /// The id of a teammate who is still there.
    fn admin(&mut self) -> Option<String> {
        let admins = records(&self.twins.left, "admin");
        let ids: Vec<&str> = admins.iter().filter_map(|admin| text_of(admin, "/id")).collect();
        self.dice.pick(&ids).map(|id| (*id).to_owned())
    }
}
