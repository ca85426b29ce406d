//! What else happens to conversations: tags, participants, redaction, merging, and becoming a ticket.

use http::Method;
use serde_json::{Value, json};

use super::{
    call::{Call, Reply, Route, id_of, route, since},
    door::Resource,
    part::{Author, Part, Standing},
    people,
    refusal::Refusal,
    talk::{Tagged, Talk},
    talk_show, tickets,
};

const WRITE: &str = "write_conversations";
/// What stands where something was redacted.
const REDACTED: &str = "<p><i>This message was deleted</i></p>";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[],
    routes: ROUTES,
};

const ROUTES: &[Route] = &[
    route(Method::POST, "/conversations/{}/tags", WRITE, tag),
    route(Method::DELETE, "/conversations/{}/tags/{}", WRITE, untag),
    route(Method::POST, "/conversations/{}/customers", WRITE, add_customer),
    route(
        Method::DELETE,
        "/conversations/{}/customers/{}",
        WRITE,
        remove_customer,
    ),
    route(Method::POST, "/conversations/redact", WRITE, redact),
    route(Method::POST, "/conversations/{}/convert", WRITE, convert),
    since(16, Method::POST, "/conversations/{}/merge", WRITE, merge),
];

fn tag(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.conversation(0).map_err(|_| no_conversation())?.id;
    put_tag(call, id, "conversation_part.tag.created")
}

fn untag(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.conversation(0).map_err(|_| no_conversation())?.id;
    take_tag(call, id)
}

fn no_conversation() -> Refusal {
    Refusal::not_found("Conversation not found")
}

/// Puts the tag that a body names on a conversation or ticket, and answers with it.
pub(super) fn put_tag(call: &mut Call<'_>, id: u64, topic: &str) -> Result<Reply, Refusal> {
    let tag = call
        .id("id")
        .ok_or_else(|| Refusal::invalid("invalid tag parameters"))?;
    let number = tag
        .parse::<u64>()
        .ok()
        .filter(|_| call.state.table("tags").has(&tag));
    let number = number.ok_or_else(|| Refusal::new(404, "tag_not_found", "Tag not found"))?;
    let admin = people::acting_admin(call.state, &call.body)?;
    let tagged = Tagged {
        tag: number,
        at: call.seconds(),
        by: admin.id.parse().unwrap_or(0),
    };
    let has = |talk: &Talk| talk.tags.iter().any(|tagged| tagged.tag == number);
    if !call.state.talk(id).is_some_and(has) {
        let part = tags_part(call, admin, &tag, "added");
        let put = |talk: &mut Talk| talk.tags.push(tagged.clone());
        call.add_part(id, part, put, topic);
    }
    let shown = talk_show::tagged(&call.view(), &tagged);
    Ok(Reply::of(shown.unwrap_or_default()))
}

/// Takes the tag that the path names off a conversation or ticket, and answers with it.
pub(super) fn take_tag(call: &mut Call<'_>, id: u64) -> Result<Reply, Refusal> {
    let missing = || Refusal::new(404, "tag_not_found", "Tag not found");
    let tag = call.place(1).to_owned();
    let admin = people::acting_admin(call.state, &call.body)?;
    let talk = call.state.talk(id).ok_or_else(Refusal::resource)?;
    let tagged = talk.tags.iter().find(|tagged| tagged.tag.to_string() == tag);
    let tagged = tagged.cloned().ok_or_else(missing)?;
    let part = tags_part(call, admin, &tag, "removed");
    let take = |talk: &mut Talk| talk.tags.retain(|other| other.tag != tagged.tag);
    call.add_part(id, part, take, "");
    let shown = talk_show::tagged(&call.view(), &tagged);
    Ok(Reply::of(shown.unwrap_or_default()))
}

fn tags_part(call: &Call<'_>, admin: Author, tag: &str, list: &str) -> Part {
    let name = people::name(call.state, "tags", tag);
    let details = json!({"tags": {list: [{"type": "tag", "id": tag, "name": name}]}});
    let mut part = Part::new("conversation_tags_updated", admin, call.seconds()).details(details);
    if list == "added" {
        part.extra().tags = vec![tag.into()];
    }
    part
}

fn add_customer(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.conversation(0)?.id;
    let admin = people::acting_admin(call.state, &call.body)?;
    let customer = call.value("customer").and_then(Value::as_object).cloned();
    let customer = customer.ok_or_else(|| Refusal::missing("customer is a required parameter"))?;
    let contact = match people::named_contact(call.state, &customer) {
        Some(contact) => contact,
        None => people::new_lead(call, &customer)?,
    };
    let is_in = call
        .state
        .talk(id)
        .is_some_and(|talk| talk.contacts.contains(&contact.id));
    if !is_in {
        let details = json!({"participant": {"type": contact.kind, "id": contact.id}});
        let part = Part::new("participant_added", admin, call.seconds()).details(details);
        let add = |talk: &mut Talk| talk.contacts.push(contact.id);
        call.add_part(id, part, add, "conversation.contact.attached");
    }
    call.whole(id)
}

fn remove_customer(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let talk = call.conversation(0)?;
    let (id, count) = (talk.id, talk.contacts.len());
    let contact = call.place(1).to_owned();
    if !talk.contacts.iter().any(|known| **known == *contact) {
        return Err(Refusal::not_found("User Not Found"));
    }
    if count == 1 {
        let message = "Removing the last customer is not allowed";
        return Err(Refusal::new(422, "parameter_invalid", message));
    }
    let admin = people::acting_admin(call.state, &call.body)?;
    let details = json!({"participant": {"type": "contact", "id": contact}});
    let part = Part::new("participant_removed", admin, call.seconds()).details(details);
    let remove = |talk: &mut Talk| talk.contacts.retain(|known| **known != *contact);
    call.add_part(id, part, remove, "conversation.contact.detached");
    call.whole(id)
}

fn redact(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let code = "conversation_part_or_message_not_found";
    let missing = || Refusal::new(404, code, "Conversation part or message not found");
    let given = |name: &str| call.value(name).and_then(id_of);
    let conversation = given("conversation_id").unwrap_or_default();
    let talk = call.conversation_of(&conversation).ok_or_else(missing)?;
    let id = talk.id;
    let is_source = match call.text("type") {
        Some("conversation_part") => false,
        Some("source") => true,
        _ => return Err(Refusal::invalid("type is not valid")),
    };
    let redacted = match is_source {
        true => {
            let is_it = given("source_id") == Some(talk.source.id.to_string());
            let may = talk.source.body.is_some() && talk.source.author.is_contact();
            is_it.then_some((0, may))
        }
        false => {
            let part = given("conversation_part_id").and_then(|part| talk.part(part.parse().ok()?));
            part.map(|part| (part.id, part.is_said()))
        }
    };
    let (part, may) = redacted.ok_or_else(missing)?;
    if !may {
        let code = "conversation_part_not_redactable";
        return Err(Refusal::new(400, code, "Conversation part is not redactable"));
    }
    let second = call.seconds();
    call.state.change_talk(id, |talk| blank(talk, part, second));
    call.tell_of(id, part, "conversation_part.redacted");
    call.whole(id)
}

/// Blanks a part, or the first message.
fn blank(talk: &mut Talk, part: u64, second: i64) {
    talk.updated = talk.updated.max(second);
    if part == 0 {
        talk.source.body = Some(REDACTED.into());
        talk.source.attachments.clear();
        talk.source.redacted = true;
        return;
    }
    for part in talk.parts.iter_mut().filter(|known| known.id == part) {
        part.body = Some(REDACTED.into());
        part.attachments.clear();
        part.redacted = true;
        part.updated = second;
    }
}

fn convert(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.conversation(0)?.id;
    tickets::convert(call, id)
}

fn merge(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let failed = |message: &str| Refusal::new(422, "merge_failed", message);
    let asked = call.value("merge_into_conversation_id").and_then(id_of);
    let into = asked.and_then(|id| id.parse::<u64>().ok()).ok_or_else(|| {
        Refusal::invalid("merge_into_conversation_id must be a valid integer conversation ID")
    })?;
    let from = call
        .place(0)
        .parse::<u64>()
        .ok()
        .and_then(|id| call.state.talk(id));
    let from = from
        .ok_or_else(|| failed("Secondary conversation not found"))?
        .clone();
    if from.merged_into.is_some() {
        return Err(failed("Secondary conversation has already been merged"));
    }
    if from.id == into {
        return Err(failed("Cannot merge a conversation into itself"));
    }
    if call.conversation_of(&into.to_string()).is_none() {
        return Err(failed("Primary conversation not found"));
    }
    let second = call.seconds();
    let part = Part::new("merged_primary_conversation", people::bot(call.state), second);
    let (id, contacts) = (from.id, from.contacts.clone());
    let first = first_message(call, &from);
    let moved = from.parts.into_iter().chain(first);
    let take = |talk: &mut Talk| {
        talk.parts.extend(moved);
        talk.parts.sort_by_key(|part| (part.created, part.id));
        let others = contacts.into_iter().filter(|id| !talk.contacts.contains(id));
        let others: Vec<_> = others.collect();
        talk.contacts.extend(others);
    };
    call.add_part(into, part, take, "");
    call.state.change_talk(id, |talk| {
        talk.parts.clear();
        talk.merged_into = Some(into);
        talk.stand(Standing::Closed, None);
    });
    call.whole(into)
}

/// The first message of what is merged, as a part of what it is merged into.
fn first_message(call: &mut Call<'_>, from: &Talk) -> Option<Part> {
    from.source.body.as_ref()?;
    let mut part = Part::new("comment", from.source.author.clone(), from.created);
    part.id = call.state.next("part", 100);
    part.body.clone_from(&from.source.body);
    part.attachments.clone_from(&from.source.attachments);
    Some(part)
}
