//! Changing tickets: attributes, states, assignment, type, and what they are linked to.

use serde_json::{Value, json};

use super::{
    call::{Call, Reply, id_of},
    part::{Author, Part, Standing},
    people,
    refusal::Refusal,
    talk::{Talk, TicketFacts},
    ticket_show,
    ticket_types::{TYPES, state_of},
    tickets::{answer, checked, company, found_ticket, linked_answer, ticket_type},
};

/// A tracker has so many conversations at most.
const MOST_LINKED: usize = 2_500;

pub(super) fn no_assignee() -> Refusal {
    Refusal::new(404, "assignee_not_found", "Assignee not found")
}

/// Tells of a ticket.
pub(super) fn tell(call: &mut Call<'_>, id: u64, topic: &str) {
    if !call.state.desk.hooks.wants(topic) {
        return;
    }
    let shown = call
        .state
        .talk(id)
        .map(|talk| ticket_show::ticket(&call.hook_view(), talk));
    let shown = shown.unwrap_or_default();
    let item = match topic {
        "ticket.closed" => json!({"type": "ticket", "ticket": shown}),
        _ => shown,
    };
    call.tell(topic, item);
}

/// Tells of a part of a ticket.
pub(super) fn tell_part(call: &mut Call<'_>, id: u64, part: u64, topic: &str) {
    if !call.state.desk.hooks.wants(topic) {
        return;
    }
    let item = call.state.talk(id).map(|talk| {
        let view = call.hook_view();
        let part = talk.part(part).map(|part| ticket_show::part(&view, part));
        json!({"type": "ticket_part", "ticket_part": part, "ticket": ticket_show::ticket(&view, talk)})
    });
    call.tell(topic, item.unwrap_or_default());
}

/// The state that a body asks for.
pub(super) fn asked_state(call: &Call<'_>) -> Result<Option<u64>, Refusal> {
    let Some(asked) = call.value("ticket_state_id").and_then(id_of) else {
        return Ok(None);
    };
    let state = asked
        .parse()
        .ok()
        .and_then(state_of)
        .filter(|state| !state.archived);
    let message = "Ticket state id is not valid or is not associated with the ticket type";
    let state = state.ok_or_else(|| Refusal::new(400, "ticket_state_id_invalid", message))?;
    Ok(Some(state.id))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (talk, facts) = found_ticket(call)?;
    let (id, kind) = (talk.id, facts.kind);
    let admin = match call.value("admin_id").and_then(id_of) {
        Some(admin) => people::admin(call.state, &admin).map_err(|_| no_assignee())?,
        None => people::bot(call.state),
    };
    let kind = call
        .state
        .get(TYPES, &kind.to_string())
        .cloned()
        .unwrap_or_default();
    let given = call
        .value("ticket_attributes")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    checked(&kind, &given)?;
    let (state, company) = (asked_state(call)?, company(call)?);
    let assignee = assignee(call)?;
    let shared = call.value("is_shared").and_then(Value::as_bool);
    let has_company = call.body.contains_key("company_id");
    let second = call.seconds();
    call.state.change_talk(id, |talk| {
        talk.updated = talk.updated.max(second);
        if has_company {
            talk.company = company.map(Into::into);
        }
        if let (Some(facts), Some(shared)) = (talk.ticket.as_mut(), shared) {
            facts.is_shared = shared;
        }
    });
    for (name, value) in given {
        set_attribute(call, id, &kind, (name, value), admin.clone());
    }
    if let Some(state) = state {
        set_state(call, id, state, admin.clone());
    }
    if let Some((kind, assignee)) = assignee {
        assign(call, id, kind, assignee, admin.clone());
    }
    stand(call, id, admin);
    answer(call, id)
}

/// The assignee that a body asks for.
fn assignee(call: &Call<'_>) -> Result<Option<(&'static str, u64)>, Refusal> {
    let Some(asked) = call.value("assignee_id").and_then(id_of) else {
        return Ok(None);
    };
    let id = asked.parse::<u64>().map_err(|_| no_assignee())?;
    match id {
        0 => Ok(Some(("admin", 0))),
        id => Ok(Some((
            people::assignee_kind(call.state, id).ok_or_else(no_assignee)?,
            id,
        ))),
    }
}

fn facts_of(talk: &mut Talk, change: impl FnOnce(&mut TicketFacts)) {
    if let Some(facts) = talk.ticket.as_mut() {
        change(facts);
    }
}

fn set_attribute(
    call: &mut Call<'_>,
    id: u64,
    kind: &super::state::Record,
    (name, value): (String, Value),
    by: Author,
) {
    let facts = call.state.talk(id).and_then(|talk| talk.ticket.as_deref());
    if facts
        .and_then(|facts| facts.attributes.get(&name))
        .unwrap_or(&Value::Null)
        == &value
    {
        return;
    }
    let same =
        |attribute: &&super::state::Record| attribute.get("name").and_then(Value::as_str) == Some(&name);
    let attribute = super::ticket_types::attributes(kind).find(same);
    let attribute_id = attribute.and_then(|attribute| id_of(attribute.get("id")?));
    let label = match &value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    };
    let mut part = Part::new("ticket_attribute_updated_by_admin", by, call.seconds());
    part.extra().attribute = json!({
        "attribute": {"type": "attribute", "id": attribute_id, "label": name},
        "value": {"type": "value", "id": null, "label": label},
    });
    part.extra().by_app = true;
    let title = value
        .as_str()
        .filter(|_| name == "_default_title_")
        .map(Into::into);
    let set = |talk: &mut Talk| {
        talk.title = title.or(talk.title.take());
        facts_of(talk, |facts| drop(facts.attributes.insert(name, value)));
    };
    let part = call.add_part(id, part, set, "");
    tell_part(call, id, part, "ticket.attribute.updated");
}

fn set_state(call: &mut Call<'_>, id: u64, state: u64, by: Author) {
    let facts = call.state.talk(id).and_then(|talk| talk.ticket.as_deref());
    let before = facts.map_or(0, |facts| facts.state);
    if before == state {
        return;
    }
    let category = |state: u64| state_of(state).map_or("submitted", |state| state.category);
    let mut part = Part::new("ticket_state_updated_by_admin", by, call.seconds());
    part.extra().ticket_state = Some((category(before).into(), category(state).into()));
    part.extra().by_app = true;
    let set = |talk: &mut Talk| {
        facts_of(talk, |facts| {
            facts.state_before = Some(before);
            facts.state = state;
        });
    };
    let part = call.add_part(id, part, set, "");
    tell_part(call, id, part, "ticket.state.updated");
    if category(state) == "resolved" {
        tell(call, id, "ticket.resolved");
    }
}

fn assign(call: &mut Call<'_>, id: u64, kind: &'static str, assignee: u64, by: Author) {
    let part = Part::new("assignment", by, call.seconds()).assigned(kind, assignee);
    let set = |talk: &mut Talk| match kind {
        "team" => talk.team = assignee,
        _ => talk.admin = assignee,
    };
    call.add_part(id, part, set, "");
    let topic = if kind == "team" {
        "ticket.team.assigned"
    } else {
        "ticket.admin.assigned"
    };
    tell(call, id, topic);
}

/// Opens, closes or puts to sleep, if the body says so.
fn stand(call: &mut Call<'_>, id: u64, by: Author) {
    let open = call.value("open").and_then(Value::as_bool);
    let until = call.value("snoozed_until").and_then(Value::as_i64);
    let now = call.state.talk(id).map_or(Standing::Open, |talk| talk.standing);
    let (kind, standing, topic) = match (open, until, now) {
        (_, Some(_), _) => ("snoozed", Standing::Snoozed, "ticket.admin.snoozed"),
        (Some(false), ..) if now != Standing::Closed => ("close", Standing::Closed, "ticket.closed"),
        (Some(true), _, Standing::Snoozed) => ("unsnoozed", Standing::Open, "ticket.admin.unsnoozed"),
        (Some(true), _, Standing::Closed) => ("open", Standing::Open, ""),
        _ => return,
    };
    let part = Part::new(kind, by, call.seconds());
    call.add_part(id, part, |talk| talk.stand(standing, until), "");
    tell(call, id, topic);
}

pub(super) fn change_type(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (talk, facts) = found_ticket(call).map_err(|_| Refusal::resource())?;
    let (id, old) = (talk.id, facts.kind);
    let kind = ticket_type(call)?;
    let number = kind
        .get("id")
        .and_then(id_of)
        .and_then(|id| id.parse::<u64>().ok())
        .unwrap_or(0);
    let state = asked_state(call)
        .map_err(|_| Refusal::invalid("Ticket custom state doesn't belong to the new ticket type"))?;
    let state = state.ok_or_else(|| Refusal::missing("ticket_state_id is a required parameter"))?;
    if number == old {
        return Err(Refusal::invalid("Cannot change to the same ticket type"));
    }
    let given = call
        .value("ticket_attributes")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let mut attributes = checked(&kind, &given)?;
    call.state.change_talk(id, |talk| {
        facts_of(talk, |facts| {
            for name in ["_default_title_", "_default_description_"] {
                let kept = facts.attributes.get(name).filter(|_| !given.contains_key(name));
                if let Some(kept) = kept {
                    attributes.insert(name.to_owned(), kept.clone());
                }
            }
            facts.kind = number;
            facts.attributes = attributes;
        });
    });
    let bot = people::bot(call.state);
    set_state(call, id, state, bot);
    answer(call, id)
}

/// Links a ticket and a conversation both ways.
pub(super) fn join(call: &mut Call<'_>, ticket: u64, other: u64) {
    let second = call.seconds();
    for (one, other) in [(ticket, other), (other, ticket)] {
        call.state.change_talk(one, |talk| {
            talk.updated = talk.updated.max(second);
            if !talk.linked.contains(&other) {
                talk.linked.push(other);
            }
        });
    }
}

fn tracker(call: &Call<'_>, doing: &str) -> Result<u64, Refusal> {
    let (talk, facts) = found_ticket(call)?;
    match people::ticket_category(call.state, facts.kind) {
        "Tracker" => Ok(talk.id),
        _ => {
            let message = format!("Only tracker tickets support {doing} conversations");
            Err(Refusal::new(400, "invalid_ticket_type", message))
        }
    }
}

pub(super) fn link(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = tracker(call, "linking")?;
    let other = call.value("conversation_id").and_then(id_of);
    let other = other.ok_or_else(|| Refusal::missing("conversation_id not specified"))?;
    let missing = || Refusal::new(404, "conversation_not_found", "Conversation not found");
    let other = call.conversation_of(&other).ok_or_else(missing)?;
    let is_tracker = |id: &u64| {
        let facts = call.state.talk(*id).and_then(|talk| talk.ticket.as_deref());
        facts.is_some_and(|facts| people::ticket_category(call.state, facts.kind) == "Tracker")
    };
    if other.linked.iter().any(is_tracker) {
        let message = "Conversation is already linked to a tracker ticket";
        return Err(Refusal::new(400, "already_linked_to_tracker", message));
    }
    let other = other.id;
    if call
        .state
        .talk(id)
        .is_some_and(|talk| talk.linked.len() >= MOST_LINKED)
    {
        let message = "Ticket has reached the maximum number of conversations that can be linked";
        return Err(Refusal::new(400, "linked_conversation_limit_exceeded", message));
    }
    join(call, id, other);
    linked_answer(call, other)
}

pub(super) fn unlink(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = tracker(call, "unlinking")?;
    let other = call.place(1).parse::<u64>().ok();
    let linked = call.state.talk(id).map_or(&[] as &[u64], |talk| &talk.linked);
    let other = other.filter(|other| linked.contains(other)).ok_or_else(|| {
        Refusal::new(
            404,
            "conversation_not_found",
            "Conversation is not linked to this ticket",
        )
    })?;
    let second = call.seconds();
    for (one, other) in [(id, other), (other, id)] {
        call.state.change_talk(one, |talk| {
            talk.updated = talk.updated.max(second);
            talk.linked.retain(|linked| *linked != other);
        });
    }
    linked_answer(call, other)
}
