//! Telling the app's receiver of contacts, companies and admins.

use serde_json::{Map, Value, json};

use super::{
    call::{Call, View},
    companies::COMPANIES,
    contacts::CONTACTS,
    record::{is, text},
    state::Record,
    tags,
};

impl Call<'_> {
    /// Tells of something, if anybody wants to hear of it.
    fn tell_if(&mut self, topic: &str, item: impl FnOnce(&View<'_>) -> Value) {
        if self.state.desk.hooks.wants(topic) {
            let item = item(&self.hook_view());
            self.tell(topic, item);
        }
    }

    /// Tells of a record, as its table shows it.
    pub(super) fn tell_record(&mut self, topic: &str, table: &str, id: &str) {
        self.tell_if(topic, |view| view.show_id(table, id).unwrap_or_default());
    }

    /// Tells that a record is gone, with the least that can be said.
    pub(super) fn tell_gone(&mut self, topic: &str, kind: &str, id: &str) {
        let item = json!({"type": kind, "id": id, "deleted": true});
        self.tell_if(topic, |_| item);
    }

    /// Tells of a new contact.
    pub(super) fn tell_new_contact(&mut self, id: &str) {
        let role = self.role(id);
        self.tell_record(&format!("contact.{role}.created"), CONTACTS, id);
    }

    /// Tells how a contact differs from what it was.
    pub(super) fn tell_changed_contact(&mut self, id: &str, old: &Record) {
        let Some(new) = self.state.get(CONTACTS, id).cloned() else {
            return;
        };
        let role = self.role(id);
        let mut topics = vec![format!("contact.{role}.updated")];
        if text(old, "email") != text(&new, "email") {
            topics.push("contact.email.updated".to_owned());
            if role == "lead" && text(old, "email").is_none() {
                topics.push("contact.lead.added_email".to_owned());
            }
        }
        if text(old, "role") == Some("lead") && role == "user" {
            topics.push("contact.lead.signed_up".to_owned());
        }
        let left = |contact: &Record| is(contact, "unsubscribed_from_emails");
        match (left(old), left(&new)) {
            (false, true) => topics.push("contact.unsubscribed".to_owned()),
            (true, false) => topics.push("contact.subscribed".to_owned()),
            _ => {}
        }
        for topic in topics {
            self.tell_record(&topic, CONTACTS, id);
        }
    }

    /// Tells whom a contact was merged into.
    pub(super) fn tell_merged(&mut self, from: &str, into: &str) {
        let source = json!({"type": "contact", "id": from});
        self.tell_if("contact.merged", |view| {
            let mut item = view.show_id(CONTACTS, into).unwrap_or_default();
            if let Some(members) = item.as_object_mut() {
                members.insert("merged_from".to_owned(), source);
            }
            item
        });
    }

    /// Tells that a tag was hung on a contact, or taken off.
    pub(super) fn tell_tagged(&mut self, contact: &str, tag: &str, is_on: bool) {
        let what = if is_on { "created" } else { "deleted" };
        let topic = format!("contact.{}.tag.{what}", self.role(contact));
        let now = self.seconds();
        self.tell_if(&topic, |view| {
            let tag = view.state.get(tags::TAGS, tag).map(tags::shown);
            json!({
                "type": "contact_tag",
                "created_at": now,
                "tag": tag,
                "contact": view.show_id(CONTACTS, contact),
            })
        });
    }

    /// Tells that a contact came to a company, or left it.
    pub(super) fn tell_related(&mut self, contact: &str, company: &str, is_on: bool) {
        let what = if is_on { "attached" } else { "detached" };
        self.tell_if(&format!("company.contact.{what}"), |view| {
            let mut item = Map::new();
            item.insert("type".to_owned(), "company".into());
            let company = view.show_id(COMPANIES, company).unwrap_or_default();
            item.insert("company".to_owned(), company);
            let contact = view.show_id(CONTACTS, contact).unwrap_or_default();
            item.insert("contact".to_owned(), contact);
            item.into()
        });
    }

    fn role(&self, contact: &str) -> &'static str {
        let contact = self.state.get(CONTACTS, contact);
        match contact.and_then(|contact| text(contact, "role")) {
            Some("lead") => "lead",
            _ => "user",
        }
    }
}
