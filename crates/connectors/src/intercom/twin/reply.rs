//! Saying and doing things in a conversation: replies, and the parts that close, open, assign and put to sleep.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, Reply, Route, id_of, route},
    door::Resource,
    files,
    part::{Author, Part, Standing},
    people, prose,
    refusal::Refusal,
    stats,
    talk::Talk,
    talks::CONVERSATIONS,
};

const WRITE: &str = "write_conversations";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[],
    routes: ROUTES,
};

const ROUTES: &[Route] = &[
    route(Method::POST, "/conversations/{}/reply", WRITE, reply),
    route(Method::POST, "/conversations/{}/parts", WRITE, manage),
];

/// What somebody says, ready to be added.
pub(super) struct Said {
    pub(super) part: Part,
    pub(super) by_contact: bool,
}

fn reply(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = match call.place(0) {
        "last" => last(call)?,
        _ => call.conversation(0)?.id,
    };
    let said = said(call)?;
    let topic = match (&*said.part.kind, said.by_contact) {
        (_, true) => "conversation.user.replied",
        ("note", _) => "conversation.admin.noted",
        _ => "conversation.admin.replied",
    };
    add(call, id, said, topic);
    call.whole(id)
}

/// Adds what was said; a customer's word opens what was closed or asleep.
pub(super) fn add(call: &mut Call<'_>, id: u64, mut said: Said, topic: &str) -> u64 {
    let stands = call.state.talk(id).map_or(Standing::Open, |talk| talk.standing);
    let reopens = said.by_contact && stands != Standing::Open;
    if reopens && &*said.part.kind == "comment" {
        said.part.kind = "open".into();
    }
    let open = |talk: &mut Talk| {
        if reopens {
            talk.stand(Standing::Open, None);
        }
    };
    call.add_part(id, said.part, open, topic)
}

/// The last conversation of the contact that a reply is from.
fn last(call: &Call<'_>) -> Result<u64, Refusal> {
    let contact = people::named_contact(call.state, &call.body);
    let contact = contact.ok_or_else(|| Refusal::not_found("User Not Found"))?;
    let table = call.state.table(CONVERSATIONS);
    let rows = table.by("contact", &contact.id);
    let last = rows.filter_map(|row| super::conversations::talk_of(&call.view(), row));
    let last = last
        .max_by_key(|talk| (talk.updated, talk.id))
        .map(|talk| talk.id);
    last.ok_or_else(Refusal::resource)
}

/// The part that the body of a reply describes.
pub(super) fn said(call: &mut Call<'_>) -> Result<Said, Refusal> {
    let by_contact = call.text("type") != Some("admin");
    let author = match by_contact {
        true => people::named_contact(call.state, &call.body)
            .ok_or_else(|| Refusal::not_found("User Not Found"))?,
        false => people::acting_admin(call.state, &call.body)?,
    };
    let kind = call.text("message_type").unwrap_or("comment").to_owned();
    let is_known = match by_contact {
        true => kind == "comment",
        false => matches!(kind.as_str(), "comment" | "note" | "quick_reply"),
    };
    if !is_known {
        return Err(Refusal::invalid("message_type is not valid"));
    }
    let at = call
        .value("created_at")
        .and_then(Value::as_i64)
        .unwrap_or(call.seconds());
    let mut part = Part::new(&kind, author, at);
    part.extra().by_app = true;
    let options = options(&call.body)?;
    let body = call.text("body").filter(|body| !body.trim().is_empty());
    part.body = match (kind.as_str(), by_contact) {
        ("quick_reply", _) => None,
        (_, true) => body
            .or(chosen(&options))
            .map(|body| prose::paragraphs(body, "").into()),
        (_, false) => body.map(|body| files::keep_text(&prose::html(body, "")).into()),
    };
    part.extra().metadata = match (kind.as_str(), by_contact, options.first()) {
        ("quick_reply", _, None) => return Err(Refusal::invalid("Reply options are required")),
        ("quick_reply", ..) => json!({"quick_reply_options": options}),
        (_, true, Some(option)) => json!({"quick_reply_uuid": option.get("uuid")}),
        _ => json!({}),
    };
    let has_files = ["attachment_files", "attachment_urls"].iter().any(|name| {
        let files = call.value(name).and_then(Value::as_array);
        files.is_some_and(|files| !files.is_empty())
    });
    if kind != "quick_reply" && part.body.is_none() && !has_files {
        return Err(Refusal::invalid("Body is required"));
    }
    part.attachments = files::attached(&mut call.state.desk.files, &call.body).map_err(Refusal::invalid)?;
    Ok(Said { part, by_contact })
}

fn options(body: &Map<String, Value>) -> Result<Vec<Value>, Refusal> {
    let options = body.get("reply_options").and_then(Value::as_array);
    let options = options.map_or(&[] as &[Value], Vec::as_slice);
    let text = |option: &Value, name: &str| option.get(name).and_then(Value::as_str).map(str::to_owned);
    let option = |option: &Value| {
        let (text, uuid) = (text(option, "text"), text(option, "uuid"));
        let pair = text
            .zip(uuid)
            .ok_or_else(|| Refusal::invalid("Reply options need a text and a uuid"));
        pair.map(|(text, uuid)| json!({"text": text, "uuid": uuid}))
    };
    options.iter().map(option).collect()
}

fn chosen(options: &[Value]) -> Option<&str> {
    options.first()?.get("text")?.as_str()
}

fn manage(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.conversation(0)?.id;
    let admin = people::acting_admin(call.state, &call.body)?;
    match call.text("message_type") {
        Some("close") => close(call, id, admin),
        Some("snoozed") => snooze(call, id, admin)?,
        Some("open") => open(call, id, admin),
        Some("assignment") => assign(call, id, admin)?,
        _ => return Err(Refusal::invalid("message_type is not valid")),
    }
    call.whole(id)
}

/// The part of an admin's doing, with what was said with it.
fn done(call: &Call<'_>, kind: &str, admin: Author) -> Part {
    let body = call.text("body").filter(|body| !body.trim().is_empty());
    let body = body.map(|body| files::keep_text(&prose::html(body, "")));
    let mut part = Part::new(kind, admin, call.seconds()).body(body);
    part.extra().by_app = true;
    part.extra().metadata = json!({});
    part
}

fn close(call: &mut Call<'_>, id: u64, admin: Author) {
    let part = done(call, "close", admin);
    let close = |talk: &mut Talk| talk.stand(Standing::Closed, None);
    call.add_part(id, part, close, "conversation.admin.closed");
}

fn snooze(call: &mut Call<'_>, id: u64, admin: Author) -> Result<(), Refusal> {
    let until = call.value("snoozed_until").and_then(Value::as_i64);
    let until = until.ok_or_else(|| Refusal::missing("snoozed_until is a required parameter"))?;
    if until <= call.seconds() {
        return Err(Refusal::invalid("snoozed_until must be in the future"));
    }
    let mut part = done(call, "snoozed", admin);
    part.body = None;
    let snooze = |talk: &mut Talk| talk.stand(Standing::Snoozed, Some(until));
    call.add_part(id, part, snooze, "conversation.admin.snoozed");
    Ok(())
}

fn open(call: &mut Call<'_>, id: u64, admin: Author) {
    let was_asleep = call
        .state
        .talk(id)
        .is_some_and(|talk| talk.standing == Standing::Snoozed);
    let topic = match was_asleep {
        true => "conversation.admin.unsnoozed",
        false => "conversation.admin.opened",
    };
    let mut part = done(call, "open", admin);
    part.body = None;
    call.add_part(id, part, |talk| talk.stand(Standing::Open, None), topic);
}

fn assign(call: &mut Call<'_>, id: u64, admin: Author) -> Result<(), Refusal> {
    let asked = call.value("assignee_id").and_then(id_of);
    let asked = asked.ok_or_else(|| Refusal::missing("assignee_id is a required parameter"))?;
    let assignee = asked.parse::<u64>().map_err(|_| no_assignee())?;
    let wanted = if call.text("type") == Some("team") {
        "team"
    } else {
        "admin"
    };
    let kind = match assignee {
        0 => wanted,
        assignee => people::assignee_kind(call.state, assignee).ok_or_else(no_assignee)?,
    };
    let standing = call.state.talk(id).map_or(Standing::Open, |talk| talk.standing);
    let (name, topic) = match standing {
        Standing::Open => ("assignment", "conversation.admin.assigned"),
        Standing::Closed => ("assign_and_reopen", "conversation.admin.open.assigned"),
        Standing::Snoozed => ("assign_and_unsnooze", "conversation.admin.assigned"),
    };
    debug_assert!(stats::is_assignment(name));
    let part = done(call, name, admin).assigned(kind, assignee);
    let assign = |talk: &mut Talk| {
        match kind {
            "team" => talk.team = assignee,
            _ => talk.admin = assignee,
        }
        talk.stand(Standing::Open, None);
    };
    call.add_part(id, part, assign, topic);
    Ok(())
}

fn no_assignee() -> Refusal {
    Refusal::new(404, "assignee_not_found", "Assignee not found")
}
