//! Pages of conversations and tickets, and what they can be searched by.

use serde_json::{Value, json};

use super::{
    call::{Call, View},
    conversations::talk_of,
    page::Asked,
    part::Standing,
    people,
    query::Query,
    refusal::Refusal,
    state::Record,
    stats,
    table::{Direction, Place},
    talk::Talk,
    ticket_types::state_of,
};

/// Records of a page, and behind which place the next one begins.
pub(super) struct Page {
    pub(super) records: Vec<Value>,
    pub(super) next: Option<Place>,
}

/// The first of these, so many as a page holds.
pub(super) fn page<'a>(
    rows: impl Iterator<Item = (Place, &'a Record)>,
    per_page: usize,
    show: impl Fn(&Record) -> Value,
) -> Page {
    let mut rows = rows.peekable();
    let mut records = Vec::new();
    let mut last = None;
    while let Some((place, row)) = rows.next_if(|_| records.len() < per_page) {
        records.push(show(row));
        last = Some(place);
    }
    Page {
        records,
        next: last.filter(|_| rows.peek().is_some()),
    }
}

/// What a record holds under a field's name; none: there is no such field.
pub(super) type ValueOf = fn(&View<'_>, &Record, &str) -> Option<Vec<Value>>;

/// How a family is searched.
pub(super) struct Searched {
    pub(super) table: &'static str,
    pub(super) value: ValueOf,
    pub(super) show: fn(&View<'_>, &Record) -> Value,
    /// The fields that it can be searched by; with a dot at the end, whatever begins so.
    pub(super) fields: &'static [&'static str],
}

/// How many records fit, and a page of them.
pub(super) fn search(call: &mut Call<'_>, asked: &Asked, how: &Searched) -> Result<(usize, Page), Refusal> {
    let query = call.value("query").cloned();
    let query = query.ok_or_else(|| Refusal::missing("query is a required parameter"))?;
    let text = query.to_string();
    let query = Query::read(&query)?;
    for field in query.fields() {
        let is_known = how.fields.iter().any(|known| match known.ends_with('.') {
            true => field.starts_with(known),
            false => field == *known,
        });
        if !is_known {
            let message = format!("{field} is not a valid search field");
            return Err(Refusal::new(400, "invalid_field", message));
        }
    }
    let (order, direction) = sort(call)?;
    let span = query.span(order);
    let total = count(call, how, &query, &format!("{} {order} {text}", how.table));
    let view = call.view();
    let value = |row: &Record, field: &str| (how.value)(&view, row, field).unwrap_or_default();
    let after = asked.after.map(|cursor| cursor.place);
    let rows = view
        .state
        .table(how.table)
        .walk(order, direction, span.from, span.to, after);
    let rows = rows.filter(|(_, row)| span.is_exact || query.fits(&|field| value(row, field)));
    Ok((total, page(rows, asked.per_page, |row| (how.show)(&view, row))))
}

/// What results are in order of. Words that nobody knows are taken for the default, as before 2.16.
fn sort(call: &Call<'_>) -> Result<(&'static str, Direction), Refusal> {
    let given = call.value("sort");
    let member = |name: &str| given.and_then(|sort| sort.get(name)?.as_str());
    let order = match member("field") {
        Some("created_at") => "created_at",
        None | Some("updated_at") => "updated_at",
        Some(field) => {
            let message = format!("{field} is not a valid sort field");
            return Err(Refusal::new(400, "invalid_field", message));
        }
    };
    match member("order") {
        Some("ascending" | "asc") => Ok((order, Direction::Up)),
        _ => Ok((order, Direction::Down)),
    }
}

/// How many records fit. Of a search whose pages are turned this is worked out once.
fn count(call: &mut Call<'_>, how: &Searched, query: &Query, text: &str) -> usize {
    for order in ["updated_at", "created_at"] {
        let span = query.span(order);
        if span.is_exact {
            return call
                .state
                .table(how.table)
                .count_between(order, span.from, span.to);
        }
    }
    if let Some(total) = call.state.desk.counted(text) {
        return total;
    }
    let view = call.view();
    let span = query.span("updated_at");
    let rows = view
        .state
        .table(how.table)
        .walk("updated_at", Direction::Up, span.from, span.to, None);
    let fits = |row: &Record| query.fits(&|field| (how.value)(&view, row, field).unwrap_or_default());
    let total = rows.filter(|(_, row)| fits(row)).count();
    call.state.desk.remember_count(text, total);
    total
}

/// The fields that conversations can be searched by.
pub(super) const CONVERSATION_FIELDS: &[&str] = &[
    "id",
    "created_at",
    "updated_at",
    "source.",
    "contact_ids",
    "teammate_ids",
    "admin_assignee_id",
    "team_assignee_id",
    "channel_initiated",
    "open",
    "read",
    "state",
    "title",
    "waiting_since",
    "snoozed_until",
    "tag_ids",
    "priority",
    "statistics.",
    "conversation_rating.",
    "ai_agent_participated",
    "ai_agent.",
    "custom_attributes.",
];

/// The fields that tickets can be searched by.
pub(super) const TICKET_FIELDS: &[&str] = &[
    "id",
    "created_at",
    "updated_at",
    "title",
    "description",
    "category",
    "ticket_type_id",
    "contact_ids",
    "teammate_ids",
    "admin_assignee_id",
    "team_assignee_id",
    "open",
    "state",
    "snoozed_until",
    "ticket_attribute.",
];

/// What a conversation holds under the name of a field that it can be searched by.
pub(super) fn conversation_value(view: &View<'_>, row: &Record, field: &str) -> Option<Vec<Value>> {
    let talk = talk_of(view, row)?;
    let one = |value: Value| Some(vec![value]);
    if let Some(name) = field.strip_prefix("custom_attributes.") {
        return one(talk.custom.get(name).cloned().unwrap_or_default());
    }
    if let Some(name) = field.strip_prefix("statistics.") {
        return one(stats::shown(talk).get(name).cloned().unwrap_or_default());
    }
    if let Some(name) = field.strip_prefix("source.") {
        return one(source_value(talk, name)?);
    }
    if let Some(name) = field.strip_prefix("conversation_rating.") {
        return one(rating_value(talk, name)?);
    }
    if let Some(name) = field.strip_prefix("ai_agent.") {
        return one(talk.ai.get(name).cloned().unwrap_or_default());
    }
    match field {
        "read" => one(json!(talk.read)),
        "waiting_since" => one(json!(talk.waiting_since)),
        "tag_ids" => Some(talk.tags.iter().map(|tag| json!(tag.tag.to_string())).collect()),
        "priority" => one(json!(talk.priority)),
        "channel_initiated" => one(json!(talk.source.kind)),
        "ai_agent_participated" => one(json!(!talk.ai.is_null())),
        "state" => one(json!(talk.standing.name())),
        "title" => one(json!(talk.title)),
        field => common_value(talk, field),
    }
}

fn common_value(talk: &Talk, field: &str) -> Option<Vec<Value>> {
    let assignee = |id: u64| (id != 0).then(|| id.to_string());
    let value = match field {
        "id" => json!(talk.id.to_string()),
        "created_at" => json!(talk.created),
        "updated_at" => json!(talk.updated),
        "admin_assignee_id" => json!(assignee(talk.admin)),
        "team_assignee_id" => json!(assignee(talk.team)),
        "open" => json!(talk.standing != Standing::Closed),
        "snoozed_until" => json!(talk.snoozed_until),
        "contact_ids" => return Some(talk.contacts.iter().map(|id| json!(id)).collect()),
        "teammate_ids" => return Some(talk.teammates.iter().map(|id| json!(id.to_string())).collect()),
        _ => return None,
    };
    Some(vec![value])
}

fn source_value(talk: &Talk, name: &str) -> Option<Value> {
    let source = &talk.source;
    Some(match name {
        "type" => json!(source.kind),
        "id" => json!(source.id.to_string()),
        "delivered_as" => json!(source.delivered_as),
        "subject" => json!(source.subject),
        "body" => json!(source.body.as_deref().map(super::prose::plain)),
        "author.id" => json!(source.author.id),
        "author.type" => json!(source.author.kind),
        "author.name" => json!(source.author.name),
        "author.email" => json!(source.author.email),
        "url" => json!(source.url),
        _ => return None,
    })
}

fn rating_value(talk: &Talk, name: &str) -> Option<Value> {
    let rating = talk.rating.as_deref();
    Some(match name {
        "requested_at" => json!(rating.map(|rating| rating.created)),
        "replied_at" => json!(rating.map(|rating| rating.updated)),
        "score" => json!(rating.and_then(|rating| rating.rating)),
        "remark" => json!(rating.and_then(|rating| rating.remark.clone())),
        "contact_id" => json!(rating.map(|rating| rating.contact.clone())),
        "admin_id" | "admin_d" => json!(rating.map(|rating| rating.admin.to_string())),
        _ => return None,
    })
}

/// What a ticket holds under the name of a field that it can be searched by.
pub(super) fn ticket_value(view: &View<'_>, row: &Record, field: &str) -> Option<Vec<Value>> {
    let talk = talk_of(view, row)?;
    let facts = talk.ticket.as_deref()?;
    let kind = view
        .state
        .get(super::ticket_types::TYPES, &facts.kind.to_string());
    if let Some(id) = field.strip_prefix("ticket_attribute.") {
        let attributes = kind.into_iter().flat_map(super::ticket_types::attributes);
        let text = |record: &Record, name: &str| record.get(name).and_then(super::call::id_of);
        let mut named = attributes.filter(|attribute| text(attribute, "id").as_deref() == Some(id));
        let name = named.next().and_then(|attribute| text(attribute, "name"));
        let value = name.and_then(|name| facts.attributes.get(&name).cloned());
        return Some(vec![value.unwrap_or_default()]);
    }
    let value = match field {
        "title" => facts
            .attributes
            .get("_default_title_")
            .cloned()
            .unwrap_or_default(),
        "description" => facts
            .attributes
            .get("_default_description_")
            .cloned()
            .unwrap_or_default(),
        "category" => json!(match people::ticket_category(view.state, facts.kind) {
            "Back-office" => "task",
            "Tracker" => "tracker",
            _ => "request",
        }),
        "ticket_type_id" => json!(facts.kind.to_string()),
        "state" => json!(state_of(facts.state).map(|state| state.category)),
        field => return common_value(talk, field),
    };
    Some(vec![value])
}
