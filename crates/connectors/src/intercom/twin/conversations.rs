//! Conversations: reading, beginning, changing and deleting them.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, Reply, Route, View, id_of, route, since},
    door::Resource,
    files, found,
    page::{Asked, Numbered, Sizes},
    part::Part,
    people, prose, quirks,
    refusal::Refusal,
    state::Record,
    table::{Direction, Layout, id},
    talk::{Source, Talk},
    talk_show,
    talks::{CONVERSATIONS, contacts_of},
};

const READ: &str = "read_conversations";
const WRITE: &str = "write_conversations";
const SIZES: Sizes = Sizes(20, 150);

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: CONVERSATIONS,
        object: Some("conversation"),
        orders: &["updated_at", "created_at"],
        keys: &[("contact", contacts_of)],
        show,
    }],
    routes: ROUTES,
};

const ROUTES: &[Route] = &[
    route(Method::GET, "/conversations", READ, list),
    route(Method::POST, "/conversations", WRITE, create),
    route(Method::POST, "/conversations/search", READ, search),
    since(16, Method::GET, "/conversations/deleted", READ, deleted),
    route(Method::GET, "/conversations/{}", READ, get),
    route(Method::PUT, "/conversations/{}", WRITE, update),
    route(Method::DELETE, "/conversations/{}", WRITE, delete),
    since(
        16,
        Method::GET,
        "/conversations/{}/side_conversations",
        READ,
        side_conversations,
    ),
    since(
        15,
        Method::GET,
        "/conversations/{}/handling_events",
        READ,
        handling_events,
    ),
];

static SEARCHED: found::Searched = found::Searched {
    table: CONVERSATIONS,
    value: found::conversation_value,
    show,
    fields: found::CONVERSATION_FIELDS,
};

/// A conversation whose row this is, as lists show it.
fn show(view: &View<'_>, row: &Record) -> Value {
    talk_of(view, row).map_or(Value::Null, |talk| talk_show::item(view, talk))
}

/// The conversation whose row this is.
pub(super) fn talk_of<'a>(view: &View<'a>, row: &Record) -> Option<&'a Talk> {
    view.state.talk(id(row)?.parse().ok()?)
}

fn envelope(asked: &Asked, total: usize, page: found::Page) -> Reply {
    Reply::of(json!({
        "type": "conversation.list", "pages": asked.pages(total, page.next), "total_count": total,
        "conversations": page.records,
    }))
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let asked = Asked::of_query(call, SIZES)?;
    let table = call.state.table(CONVERSATIONS);
    let after = asked.after.map(|cursor| cursor.place);
    let rows = table.walk("updated_at", Direction::Down, i64::MIN, i64::MAX, after);
    let view = call.view();
    let page = found::page(rows, asked.per_page, |row| show(&view, row));
    Ok(envelope(&asked, table.len(), page))
}

fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let asked = Asked::of_body(call, SIZES)?;
    quirks::check_page(&call.state.switches, asked.per_page)?;
    let (total, page) = found::search(call, &asked, &SEARCHED)?;
    Ok(envelope(&asked, total, page))
}

fn deleted(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let page = Numbered::of(call, Sizes(20, 60))?;
    let desk = &call.state.desk;
    let gone: Vec<_> = match call.query_text("order") {
        Some("asc") => page.take(desk.gone().rev()),
        _ => page.take(desk.gone()),
    };
    let gone = gone.into_iter().map(|gone| {
        json!({
            "type": "conversation", "id": gone.id.to_string(), "metrics_retained": gone.metrics_retained,
            "deleted_at": gone.at,
        })
    });
    let gone: Vec<Value> = gone.collect();
    let total = desk.gone_count();
    Ok(Reply::of(json!({
        "type": "conversations.list", "total_count": total, "pages": page.pages(call, total), "conversations": gone,
    })))
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.conversation(0)?.id;
    call.whole(id)
}

/// A contact begins one. The answer is the message, and not the conversation.
fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let from = call.value("from").and_then(Value::as_object).cloned();
    let from = from.ok_or_else(|| Refusal::missing("from is a required parameter"))?;
    let given = from.get("id").and_then(id_of).unwrap_or_default();
    let author = people::contact(call.state, &given).ok_or_else(|| Refusal::not_found("User Not Found"))?;
    let body = call.text("body").unwrap_or("").to_owned();
    if body.trim().is_empty() {
        return Err(Refusal::invalid("Body is required"));
    }
    let attachments = files::attached(&mut call.state.desk.files, &call.body).map_err(Refusal::invalid)?;
    let at = call
        .value("created_at")
        .and_then(Value::as_i64)
        .unwrap_or(call.seconds());
    let source = Source {
        kind: "conversation".into(),
        id: call.state.next("message", 403_918_000),
        delivered_as: "customer_initiated".into(),
        subject: call.text("subject").unwrap_or("").into(),
        body: Some(prose::paragraphs(&body, "").into()),
        author,
        attachments,
        url: None,
        redacted: false,
        email: Value::Null,
    };
    let message = source.id;
    let id = call.state.next("talk", 400);
    let mut talk = Talk::new(id, source, vec![given.into()], at);
    talk.updated = call.seconds().max(at);
    call.state.put_talk(talk);
    call.tell_of(id, 0, "conversation.user.created");
    Ok(Reply::of(json!({
        "type": "user_message", "id": message.to_string(), "created_at": at, "body": body, "message_type": "inapp",
        "conversation_id": id.to_string(),
    })))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.conversation(0)?.id;
    let given = call
        .value("custom_attributes")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    check_attributes(call, &given)?;
    let company = call.id("company_id").filter(|id| !id.is_empty());
    if let Some(company) = &company
        && !call.state.table("companies").has(company)
    {
        return Err(Refusal::new(404, "company_not_found", "Company Not Found"));
    }
    let title = call.text("title").map(Into::into);
    let read = call.value("read").and_then(Value::as_bool);
    let second = call.seconds();
    let has_company = call.body.contains_key("company_id");
    call.state.change_talk(id, |talk| {
        talk.read = read.unwrap_or(talk.read);
        talk.title = title.or(talk.title.take());
        if has_company {
            talk.company = company.map(Into::into);
        }
        talk.updated = talk.updated.max(second);
    });
    for (name, value) in given {
        set_attribute(call, id, &name, value);
    }
    if read == Some(true) {
        call.tell_of(id, 0, "conversation.read");
    }
    if has_company {
        call.tell_of(id, 0, "conversation.company.updated");
    }
    call.whole(id)
}

/// Two attributes of one name cannot be told apart.
fn check_attributes(call: &Call<'_>, given: &Map<String, Value>) -> Result<(), Refusal> {
    let is_archived = |record: &&Record| record.get("archived").and_then(Value::as_bool).unwrap_or(false);
    for name in given.keys() {
        let attributes = call.state.table("conversation_attributes").by("name", name);
        if attributes.filter(|record| !is_archived(record)).count() > 1 {
            let message = format!("There is more than one conversation attribute named {name}");
            return Err(Refusal::invalid(message));
        }
    }
    Ok(())
}

/// Sets an attribute; a change is a part of its own.
fn set_attribute(call: &mut Call<'_>, id: u64, name: &str, value: Value) {
    let before = call
        .state
        .talk(id)
        .and_then(|talk| talk.custom.get(name))
        .cloned();
    let before = before.unwrap_or_default();
    if before == value {
        return;
    }
    let details = json!({"attribute": {"name": name}, "value": {"name": value, "previous": before}});
    let kind = "conversation_attribute_updated_by_admin";
    let part = Part::new(kind, people::bot(call.state), call.seconds()).details(details);
    let set = |talk: &mut Talk| match value.is_null() {
        true => drop(talk.custom.remove(name)),
        false => drop(talk.custom.insert(name.to_owned(), value)),
    };
    call.add_part(id, part, set, "");
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.conversation(0)?.id;
    let keeps = call.query_text("retain_metrics") != Some("false");
    let scope = "delete_conversations_and_metrics";
    if !keeps && !call.state.switches.allows(scope) {
        let message = format!("You do not have the required scope ({scope}) to access this resource");
        return Err(Refusal::new(403, "forbidden", message));
    }
    call.state.delete_talk(id, call.seconds(), keeps);
    let id = id.to_string();
    call.tell(
        "conversation.deleted",
        json!({"type": "conversation", "id": id, "deleted": true}),
    );
    Ok(Reply::of(
        json!({"id": id, "object": "conversation", "deleted": true}),
    ))
}

fn side_conversations(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    call.conversation(0)?;
    let page = Numbered::of(call, Sizes(25, 50))?;
    Ok(Reply::of(json!({
        "type": "side_conversation.list", "side_conversations": [], "total_count": 0, "pages": page.pages(call, 0),
    })))
}

fn handling_events(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    call.conversation(0)?;
    Ok(Reply::of(json!({"handling_events": []})))
}
