//! A conversation as callers see it.

use serde_json::{Map, Value, json};

use super::{
    call::View,
    files::Signer,
    part::{Part, Standing},
    people, prose, quirks, stats,
    talk::{Source, Tagged, Talk},
    version::Version,
};

/// So many parts are shown, the newest; the rest cannot be had.
const MOST_PARTS: usize = 500;

impl<'a> View<'a> {
    /// Signs addresses of files for this caller.
    pub(super) fn signer(&self) -> Signer<'a> {
        let minutes = self.state.switches.text("file_minutes").parse().unwrap_or(30);
        Signer {
            base: self.base,
            millisecond: self.now,
            life_seconds: i64::from(minutes) * 60,
        }
    }

    /// A text that may hold files; as plain text if that was asked for.
    fn text(&self, kept: Option<&str>, is_plain: bool) -> Value {
        let shown = kept.map(|kept| self.signer().text(kept));
        match is_plain {
            true => json!(shown.map(|html| prose::plain(&html))),
            false => json!(shown),
        }
    }
}

/// With its parts.
pub(super) fn whole(view: &View<'_>, talk: &Talk, is_plain: bool) -> Value {
    let mut shown = members(view, talk, is_plain);
    let from = talk.parts.len().saturating_sub(MOST_PARTS);
    let newest = talk.parts.get(from..).unwrap_or_default();
    let total = match view.state.switches.is("part_total", "500") {
        true => newest.len(),
        false => talk.parts.len(),
    };
    let parts: Vec<Value> = newest
        .iter()
        .map(|part| self::part(view, part, is_plain))
        .collect();
    let parts = json!({"type": "conversation_part.list", "conversation_parts": parts, "total_count": total});
    shown.insert("conversation_parts".to_owned(), parts);
    quirks::of_record(view, Value::Object(shown))
}

/// As lists show it: without its parts.
pub(super) fn item(view: &View<'_>, talk: &Talk) -> Value {
    quirks::of_record(view, Value::Object(members(view, talk, false)))
}

/// With only these parts: as webhooks tell of it. From 2.15 on their texts are plain.
pub(super) fn told(view: &View<'_>, talk: &Talk, parts: &[Part]) -> Value {
    let is_plain = view.version >= Version::V15;
    let mut shown = members(view, talk, is_plain);
    let parts: Vec<Value> = parts
        .iter()
        .map(|part| self::part(view, part, is_plain))
        .collect();
    let list =
        json!({"type": "conversation_part.list", "conversation_parts": parts, "total_count": parts.len()});
    shown.insert("conversation_parts".to_owned(), list);
    Value::Object(shown)
}

fn members(view: &View<'_>, talk: &Talk, is_plain: bool) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("type", json!("conversation"));
    put("id", json!(talk.id.to_string()));
    put("title", json!(talk.title));
    put("created_at", json!(talk.created));
    put("updated_at", json!(talk.updated));
    put("waiting_since", json!(talk.waiting_since));
    put("snoozed_until", json!(talk.snoozed_until));
    put("open", json!(talk.standing != Standing::Closed));
    put("state", json!(talk.standing.name()));
    put("read", json!(talk.read));
    put("priority", priority(view.version, &talk.priority));
    put("admin_assignee_id", assignee(view.version, talk.admin));
    put("team_assignee_id", assignee(view.version, talk.team));
    put("tags", tags(view, &talk.tags));
    put("conversation_rating", rating(view, talk));
    put("source", source(view, &talk.source, is_plain));
    put("contacts", contacts(view, &talk.contacts));
    put("teammates", teammates(view, talk));
    put("custom_attributes", Value::Object(talk.custom.clone()));
    put("first_contact_reply", first_contact_reply(talk));
    put("sla_applied", talk.sla.clone());
    put("statistics", stats::shown(talk));
    put("linked_objects", linked(view, talk));
    put("ai_agent_participated", json!(!talk.ai.is_null()));
    put("ai_agent", talk.ai.clone());
    put("topics", json!({}));
    put("ticket", ticket(talk));
    if view.version >= Version::V15 {
        let company = talk.company.as_deref();
        put(
            "company",
            json!(company.and_then(|id| view.show_id("companies", id))),
        );
    }
    if view.version >= Version::V16 {
        put(
            "channel",
            json!({"initial": channel(talk), "current": channel(talk)}),
        );
        put("sales_agent_participated", json!(false));
        put("sales_agent", Value::Null);
        put("external_references", json!([]));
        put("ai_topics", Value::Null);
    }
    shown
}

fn priority(version: Version, priority: &str) -> Value {
    match (version >= Version::V16, priority) {
        (true, priority) => json!(priority),
        (false, "high" | "urgent") => json!("priority"),
        (false, _) => json!("not_priority"),
    }
}

/// Nobody is zero since 2.16, and was nothing before.
fn assignee(version: Version, id: u64) -> Value {
    match id == 0 && version < Version::V16 {
        true => Value::Null,
        false => json!(id),
    }
}

fn channel(talk: &Talk) -> &str {
    match &*talk.source.kind {
        "conversation" => "messenger",
        kind => kind,
    }
}

pub(super) fn tags(view: &View<'_>, tags: &[Tagged]) -> Value {
    let shown = tags.iter().filter_map(|tag| tagged(view, tag));
    json!({"type": "tag.list", "tags": shown.collect::<Vec<_>>()})
}

pub(super) fn tagged(view: &View<'_>, tag: &Tagged) -> Option<Value> {
    let name = people::name(view.state, "tags", &tag.tag.to_string())?;
    Some(json!({
        "type": "tag", "id": tag.tag.to_string(), "name": name, "applied_at": tag.at,
        "applied_by": {"type": "admin", "id": tag.by.to_string()},
    }))
}

fn rating(view: &View<'_>, talk: &Talk) -> Value {
    let Some(rating) = &talk.rating else {
        return Value::Null;
    };
    json!({
        "rating": rating.rating, "remark": rating.remark, "created_at": rating.created, "updated_at": rating.updated,
        "contact": people::contact_reference(view.state, &rating.contact),
        "teammate": {"type": "admin", "id": rating.admin.to_string()},
    })
}

fn source(view: &View<'_>, source: &Source, is_plain: bool) -> Value {
    let signer = view.signer();
    let attachments: Vec<Value> = source
        .attachments
        .iter()
        .map(|file| signer.attachment(file))
        .collect();
    let mut shown = json!({
        "type": source.kind, "id": source.id.to_string(), "delivered_as": source.delivered_as,
        "subject": view.text(Some(&source.subject), is_plain), "body": view.text(source.body.as_deref(), is_plain),
        "author": source.author.shown(), "attachments": attachments, "url": source.url,
        "redacted": source.redacted,
    });
    if let (true, Some(shown)) = (view.version >= Version::V16, shown.as_object_mut()) {
        let email = |name: &str| source.email.get(name).cloned().unwrap_or_default();
        shown.insert("recipients".to_owned(), email("recipients"));
        shown.insert("reply_to".to_owned(), email("reply_to"));
        let metadata = Some(email("metadata")).filter(|metadata| !metadata.is_null());
        shown.extend(metadata.map(|metadata| ("email_message_metadata".to_owned(), metadata)));
    }
    shown
}

pub(super) fn contacts(view: &View<'_>, contacts: &[Box<str>]) -> Value {
    let contacts = contacts
        .iter()
        .map(|id| people::contact_reference(view.state, id));
    json!({"type": "contact.list", "contacts": contacts.collect::<Vec<_>>()})
}

fn teammates(view: &View<'_>, talk: &Talk) -> Value {
    if talk.teammates.is_empty() {
        return Value::Null;
    }
    let admins = talk
        .teammates
        .iter()
        .map(|id| json!({"type": "admin", "id": id.to_string()}));
    let admins: Vec<Value> = admins.collect();
    match view.state.switches.text("teammates") {
        "teammates" => json!({"type": "admin.list", "teammates": admins}),
        "both" => json!({"type": "admin.list", "admins": admins, "teammates": admins}),
        _ => json!({"type": "admin.list", "admins": admins}),
    }
}

fn first_contact_reply(talk: &Talk) -> Value {
    match stats::first_contact_reply(talk) {
        Some(at) => json!({"created_at": at, "type": talk.source.kind, "url": talk.source.url}),
        None => Value::Null,
    }
}

/// What it is linked to, as far as that is still there.
pub(super) fn linked(view: &View<'_>, talk: &Talk) -> Value {
    let linked = talk.linked.iter().filter_map(|id| view.state.talk(*id));
    let linked = linked.map(|other| match &other.ticket {
        Some(ticket) => {
            let category = people::ticket_category(view.state, ticket.kind);
            json!({"type": "ticket", "id": other.id.to_string(), "category": category})
        }
        None => json!({"type": "conversation", "id": other.id.to_string(), "category": null}),
    });
    let linked: Vec<Value> = linked.collect();
    json!({"type": "list", "total_count": linked.len(), "has_more": false, "data": linked})
}

fn ticket(talk: &Talk) -> Value {
    match &talk.ticket {
        Some(ticket) => {
            json!({"type": "ticket", "id": talk.id.to_string(), "ticket_id": ticket.number.to_string()})
        }
        None => Value::Null,
    }
}

/// One part.
pub(super) fn part(view: &View<'_>, part: &Part, is_plain: bool) -> Value {
    let signer = view.signer();
    let attachments: Vec<Value> = part
        .attachments
        .iter()
        .map(|file| signer.attachment(file))
        .collect();
    let extra = part.extra.as_deref();
    let kept = |value: Option<&Value>| value.cloned().unwrap_or_default();
    let tags = extra.map_or(&[] as &[Box<str>], |extra| &extra.tags);
    let tags = tags.iter().filter_map(|id| {
        let name = people::name(view.state, "tags", id)?;
        Some(json!({"type": "tag", "id": id, "name": name}))
    });
    let mut author = part.author.shown();
    author.insert("from_ai_agent".to_owned(), json!(part.author.is_answer));
    author.insert("is_ai_answer".to_owned(), json!(part.author.is_answer));
    json!({
        "type": "conversation_part", "id": quirks::part_id(view, part.id), "part_type": quirks::part_kind(view, part),
        "body": view.text(part.body.as_deref(), is_plain), "created_at": part.created, "updated_at": part.updated,
        "notified_at": part.created,
        "assigned_to": extra.and_then(|extra| extra.assigned.as_ref()).map(|assigned| assigned.shown()),
        "author": author, "attachments": attachments, "external_id": extra.and_then(|extra| extra.external_id.clone()),
        "redacted": part.redacted, "metadata": kept(extra.map(|extra| &extra.metadata)),
        "email_message_metadata": kept(extra.map(|extra| &extra.email)), "state": part.standing.name(),
        "tags": tags.collect::<Vec<_>>(), "event_details": kept(extra.map(|extra| &extra.details)),
        "app_package_code": extra.filter(|extra| extra.by_app).map(|_| people::APP),
    })
}
