//! Tickets: making, finding, changing and deleting them.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, Reply, Route, View, id_of, route, since},
    conversations::talk_of,
    door::Resource,
    found,
    page::{Asked, Sizes},
    part::Part,
    people, prose, quirks,
    refusal::Refusal,
    reply,
    state::Record,
    table::Layout,
    talk::{Source, Talk, TicketFacts},
    talk_changes, talk_show,
    talks::{TICKETS, contacts_of},
    ticket_show,
    ticket_types::{TYPES, attributes, state_of},
    ticket_writes as writes,
};

const READ: &str = "read_tickets";
const WRITE: &str = "write_tickets";
const SIZES: Sizes = Sizes(20, 150);
/// The table of what is done later.
const JOBS: &str = "jobs";
const TITLE: &str = "_default_title_";
const DESCRIPTION: &str = "_default_description_";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[
        Layout {
            table: TICKETS,
            object: Some("ticket"),
            orders: &["updated_at", "created_at"],
            keys: &[("contact", contacts_of)],
            show,
        },
        Layout {
            table: JOBS,
            object: None,
            orders: &[],
            keys: &[],
            show: job,
        },
    ],
    routes: ROUTES,
};

const ROUTES: &[Route] = &[
    route(Method::POST, "/tickets", WRITE, create),
    route(Method::POST, "/tickets/enqueue", WRITE, enqueue),
    route(Method::GET, "/jobs/status/{}", READ, job_status),
    route(Method::POST, "/tickets/search", READ, search),
    route(Method::GET, "/tickets/{}", READ, get),
    route(Method::PUT, "/tickets/{}", WRITE, writes::update),
    route(Method::DELETE, "/tickets/{}", WRITE, delete),
    route(Method::POST, "/tickets/{}/reply", WRITE, reply),
    route(Method::POST, "/tickets/{}/tags", WRITE, tag),
    route(Method::DELETE, "/tickets/{}/tags/{}", WRITE, untag),
    since(
        16,
        Method::POST,
        "/tickets/{}/change_type",
        WRITE,
        writes::change_type,
    ),
    since(
        16,
        Method::POST,
        "/tickets/{}/linked_conversations",
        WRITE,
        writes::link,
    ),
    since(
        16,
        Method::DELETE,
        "/tickets/{}/linked_conversations/{}",
        WRITE,
        writes::unlink,
    ),
];

static SEARCHED: found::Searched = found::Searched {
    table: TICKETS,
    value: found::ticket_value,
    show,
    fields: found::TICKET_FIELDS,
};

fn show(view: &View<'_>, row: &Record) -> Value {
    talk_of(view, row).map_or(Value::Null, |talk| ticket_show::ticket(view, talk))
}

/// The ticket that the path names.
pub(super) fn found_ticket<'a>(call: &'a Call<'_>) -> Result<(&'a Talk, &'a TicketFacts), Refusal> {
    let talk = call.place(0).parse().ok().and_then(|id| call.state.talk(id));
    let facts = talk.and_then(|talk| Some((talk, talk.ticket.as_deref()?)));
    facts.ok_or_else(|| Refusal::new(404, "ticket_not_found", "Ticket not found"))
}

pub(super) fn answer(call: &Call<'_>, id: u64) -> Result<Reply, Refusal> {
    let talk = call.state.talk(id).ok_or_else(Refusal::resource)?;
    Ok(Reply::of(ticket_show::ticket(&call.view(), talk)))
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = found_ticket(call)?.0.id;
    answer(call, id)
}

fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let asked = Asked::of_body(call, SIZES)?;
    quirks::check_page(&call.state.switches, asked.per_page)?;
    let (total, page) = found::search(call, &asked, &SEARCHED)?;
    Ok(Reply::of(json!({
        "type": "ticket.list", "pages": asked.pages(total, page.next), "total_count": total, "tickets": page.records,
    })))
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = made(call)?;
    answer(call, id)
}

/// Makes the ticket that a body describes.
fn made(call: &mut Call<'_>) -> Result<u64, Refusal> {
    let kind = ticket_type(call)?;
    let contact = contact(call)?;
    let given = call
        .value("ticket_attributes")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let attributes = checked(&kind, &given)?;
    let company = company(call)?;
    let linked = call.value("conversation_to_link_id").and_then(id_of);
    let linked = match linked {
        Some(id) => Some(call.conversation_of(&id).ok_or_else(no_conversation)?.id),
        None => None,
    };
    let (admin, team) = assignment(call)?;
    let second = call.seconds();
    let at = call.value("created_at").and_then(Value::as_i64).unwrap_or(second);
    let description = attributes.get(DESCRIPTION).and_then(Value::as_str);
    let source = Source {
        kind: "conversation".into(),
        id: call.state.next("message", 403_918_000),
        delivered_as: "customer_initiated".into(),
        subject: "".into(),
        body: description.map(|text| prose::paragraphs(text, "").into()),
        author: contact.clone(),
        attachments: Vec::new(),
        url: None,
        redacted: false,
        email: Value::Null,
    };
    let id = call.state.next("talk", 400);
    let mut talk = Talk::new(id, source, vec![contact.id], at);
    talk.title = attributes.get(TITLE).and_then(Value::as_str).map(Into::into);
    (talk.admin, talk.team, talk.company) = (admin, team, company.map(Into::into));
    talk.updated = second.max(at);
    talk.ticket = Some(Box::new(facts(call, &kind, attributes)));
    call.state.put_talk(talk);
    begin(call, id);
    if let Some(other) = linked {
        writes::join(call, id, other);
    }
    Ok(id)
}

/// The type that a body names.
pub(super) fn ticket_type(call: &Call<'_>) -> Result<Record, Refusal> {
    let id = call.id("ticket_type_id");
    let id = id.ok_or_else(|| Refusal::missing("ticket_type_id is a required parameter"))?;
    let kind = call.state.get(TYPES, &id);
    kind.cloned()
        .ok_or_else(|| Refusal::not_found("Ticket type not found"))
}

fn contact(call: &Call<'_>) -> Result<super::part::Author, Refusal> {
    let contacts = call.value("contacts").and_then(Value::as_array);
    let first = contacts.and_then(|contacts| contacts.first()?.as_object());
    let first = first.ok_or_else(|| Refusal::missing("contacts is a required parameter"))?;
    people::named_contact(call.state, first).ok_or_else(|| Refusal::not_found("User Not Found"))
}

pub(super) fn company(call: &Call<'_>) -> Result<Option<String>, Refusal> {
    match call.id("company_id").filter(|id| !id.is_empty()) {
        Some(id) if !call.state.table("companies").has(&id) => {
            Err(Refusal::new(404, "company_not_found", "Company Not Found"))
        }
        id => Ok(id),
    }
}

fn assignment(call: &Call<'_>) -> Result<(u64, u64), Refusal> {
    let given = call.value("assignment");
    let member = |name: &str| {
        given
            .and_then(|given| id_of(given.get(name)?))
            .filter(|id| id != "0")
    };
    let find = |name: &str, table: &str| match member(name) {
        Some(id) if !call.state.table(table).has(&id) => Err(writes::no_assignee()),
        id => Ok(id.and_then(|id| id.parse().ok()).unwrap_or(0)),
    };
    Ok((
        find("admin_assignee_id", "admins")?,
        find("team_assignee_id", "teams")?,
    ))
}

fn no_conversation() -> Refusal {
    Refusal::new(404, "conversation_not_found", "Conversation not found")
}

/// The attributes, if the type has them all and they are of the right kind.
pub(super) fn checked(kind: &Record, given: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let text =
        |record: &Record, name: &str| record.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let mut kept = Map::new();
    for (name, value) in given {
        let attribute = attributes(kind).find(|attribute| text(attribute, "name") == *name);
        let attribute = attribute.ok_or_else(|| {
            Refusal::invalid(format!(
                "Extra attributes provided that are not found on ticket type: {name}"
            ))
        })?;
        let fits = match text(attribute, "data_type").as_str() {
            "integer" => value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
            "decimal" => value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok()),
            "boolean" => value.is_boolean(),
            "list" => {
                options(attribute).any(|option| id_of(value).is_some_and(|value| option.contains(&value)))
            }
            _ => !value.is_object(),
        };
        if !fits && !value.is_null() && !value.is_array() {
            return Err(Refusal::invalid(format!("Invalid value for attribute {name}")));
        }
        kept.insert(name.clone(), value.clone());
    }
    for name in [TITLE, DESCRIPTION] {
        kept.entry(name).or_insert(Value::Null);
    }
    Ok(kept)
}

/// The ids and labels of the options of a list.
fn options(attribute: &Record) -> impl Iterator<Item = [String; 2]> {
    let options = attribute
        .get("input_options")
        .and_then(|options| options.get("list_options")?.as_array());
    let text = |option: &Value, name: &str| option.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    options
        .into_iter()
        .flatten()
        .map(move |option| [text(option, "id"), text(option, "label")])
}

fn facts(call: &mut Call<'_>, kind: &Record, attributes: Map<String, Value>) -> TicketFacts {
    TicketFacts {
        number: call.state.next("ticket", 0),
        kind: kind
            .get("id")
            .and_then(id_of)
            .and_then(|id| id.parse().ok())
            .unwrap_or(0),
        state: state_of(8_001).map_or(0, |state| state.id),
        state_before: None,
        attributes,
        is_shared: false,
        converted: false,
    }
}

/// Says that a ticket is submitted.
fn begin(call: &mut Call<'_>, id: u64) {
    let mut part = Part::new(
        "ticket_state_updated_by_admin",
        people::bot(call.state),
        call.seconds(),
    );
    part.extra().ticket_state = Some(("submitted".into(), "submitted".into()));
    part.extra().by_app = true;
    call.add_part(id, part, |_| {}, "");
    writes::tell(call, id, "ticket.created");
}

/// Makes a conversation a ticket, and answers with that.
pub(super) fn convert(call: &mut Call<'_>, id: u64) -> Result<Reply, Refusal> {
    let kind = ticket_type(call)?;
    if kind.get("category").and_then(Value::as_str) != Some("Customer") {
        return Err(Refusal::invalid("Ticket type is not a customer ticket type"));
    }
    if call.state.talk(id).is_some_and(|talk| talk.ticket.is_some()) {
        return Err(Refusal::invalid("Conversation is already a ticket"));
    }
    let given = call
        .value("attributes")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let attributes = checked(&kind, &given)?;
    let state = writes::asked_state(call)?;
    let mut facts = facts(call, &kind, attributes);
    facts.converted = true;
    facts.state = state.unwrap_or(facts.state);
    call.state
        .change_talk(id, |talk| talk.ticket = Some(Box::new(facts)));
    begin(call, id);
    answer(call, id)
}

fn enqueue(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = made(call)?;
    let mut record = Record::new();
    let job = call.state.next_number("job", 0);
    record.insert("id".to_owned(), job.into());
    record.insert("ticket".to_owned(), id.to_string().into());
    let mut pending = self::job(&call.view(), &record);
    if let Some(pending) = pending.as_object_mut() {
        pending.insert("status".to_owned(), "pending".into());
        pending.insert("resource_id".to_owned(), Value::Null);
        pending.insert("resource_url".to_owned(), Value::Null);
    }
    call.state.put(JOBS, record);
    Ok(Reply::of(pending))
}

fn job(view: &View<'_>, record: &Record) -> Value {
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or("");
    let (id, ticket) = (text("id"), text("ticket"));
    json!({
        "type": "job", "id": id, "status": "success", "resource_type": "ticket", "resource_id": ticket,
        "url": format!("{}/jobs/status/{id}", view.base),
        "resource_url": format!("{}/tickets/{ticket}", view.base),
    })
}

fn job_status(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let shown = call.view().show_id(JOBS, call.place(0));
    shown
        .map(Reply::of)
        .ok_or_else(|| Refusal::new(404, "job_not_found", "Job Not Found"))
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = found_ticket(call)?.0.id;
    call.state.delete_talk(id, call.seconds(), true);
    Ok(Reply::of(
        json!({"id": id.to_string(), "object": "ticket", "deleted": true}),
    ))
}

fn reply(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (talk, facts) = found_ticket(call).map_err(|_| Refusal::resource())?;
    let (id, kind) = (talk.id, facts.kind);
    let is_back_office = people::ticket_category(call.state, kind) == "Back-office";
    if is_back_office && call.text("type") != Some("admin") {
        let message = "User replies are not allowed on Backoffice tickets";
        return Err(Refusal::new(400, "parameter_mismatch", message));
    }
    let said = reply::said(call)?;
    let topic = match (&*said.part.kind, said.by_contact) {
        (_, true) => "ticket.contact.replied",
        ("note", _) => "ticket.note.created",
        _ => "ticket.admin.replied",
    };
    let part = reply::add(call, id, said, "");
    let shown = call.state.talk(id).and_then(|talk| talk.part(part));
    let shown = shown
        .map(|part| ticket_show::part(&call.view(), part))
        .unwrap_or_default();
    writes::tell_part(call, id, part, topic);
    Ok(Reply::of(shown))
}

fn tag(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = found_ticket(call)?.0.id;
    talk_changes::put_tag(call, id, "")
}

fn untag(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = found_ticket(call)?.0.id;
    talk_changes::take_tag(call, id)
}

/// A conversation as an answer about a link shows it.
pub(super) fn linked_answer(call: &Call<'_>, id: u64) -> Result<Reply, Refusal> {
    let talk = call.state.talk(id).ok_or_else(no_conversation)?;
    Ok(Reply::of(talk_show::item(&call.view(), talk)))
}
