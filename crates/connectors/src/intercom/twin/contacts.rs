//! Contacts: users and leads, found one by one.

use http::Method;
use serde_json::{Value, json};

use super::{
    call::{Call, Reply, route, since},
    contact_show,
    door::{Resource, newer},
    page::{Asked, Sizes},
    record::{exact_key, id_keys, is, text, text_key, value},
    refusal::Refusal,
    state::{Record, State},
    table::{Direction, Layout, Place},
    version::Version,
};

pub(super) const CONTACTS: &str = "contacts";
/// What was merged into another, under its old id.
pub(super) const MERGED: &str = "merged_contacts";

pub(super) const READ: &str = "read_users_and_companies";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[
        Layout {
            table: CONTACTS,
            object: Some("contact"),
            orders: &[
                "created_at",
                "updated_at",
                "last_seen_at",
                "signed_up_at",
                "last_replied_at",
                "last_contacted_at",
            ],
            keys: &[
                ("email", |contact| text_key(contact, "email")),
                ("external_id", |contact| exact_key(contact, "external_id")),
                ("company", |contact| id_keys(contact, "companies")),
                ("tag", |contact| id_keys(contact, "tags")),
                ("segment", |contact| id_keys(contact, "segments")),
                ("archived", |contact| vec![is(contact, "archived").to_string()]),
            ],
            show: contact_show::show,
        },
        Layout {
            table: MERGED,
            object: None,
            orders: &[],
            keys: &[("into", |merged| exact_key(merged, "into"))],
            show: |_, _| Value::Null,
        },
    ],
    routes: &[
        route(Method::GET, "/contacts", READ, list),
        route(Method::GET, "/contacts/{}", READ, get),
        since(13, Method::GET, "/contacts/find_by_external_id/{}", READ, find),
        since(16, Method::GET, "/contacts/{}/merge_history", READ, history),
    ],
};

pub(super) fn unknown() -> Refusal {
    Refusal::not_found("User Not Found")
}

/// The contact of that id; one that was merged says into whom.
pub(super) fn found<'a>(call: &'a Call<'_>, id: &str) -> Result<&'a Record, Refusal> {
    match call.state.get(CONTACTS, id) {
        Some(contact) => Ok(contact),
        None => Err(gone(call, id)),
    }
}

/// The refusal of an id that no contact has.
fn gone(call: &Call<'_>, id: &str) -> Refusal {
    let says = call.version >= Version::V16 && call.state.switches.is("merged_contact", "410");
    match canonical(call.state, id).filter(|_| says) {
        Some(canonical) => {
            let message = "This contact has been merged. See the 'Link' header for the canonical contact.";
            let link = format!("</contacts/{canonical}>; rel=\"canonical\"");
            Refusal::new(410, "contact_merged", message).header("link", link)
        }
        None => unknown(),
    }
}

/// Whom a merged contact became, over three mergers at the most.
fn canonical(state: &State, id: &str) -> Option<String> {
    let mut id = text(state.get(MERGED, id)?, "into")?;
    for _ in 0..2 {
        match state.get(MERGED, id).and_then(|merged| text(merged, "into")) {
            Some(next) => id = next,
            None => break,
        }
    }
    Some(id.to_owned())
}

/// A contact in full, with what the query asks for besides.
pub(super) fn shown(call: &Call<'_>, contact: &Record) -> Value {
    let mut shown = call.show(CONTACTS, contact);
    let wants = call.version >= Version::V16 && call.query_is_true("include_merge_history");
    if let (true, Some("user"), Some(members)) = (wants, text(contact, "role"), shown.as_object_mut()) {
        let id = text(contact, "id").unwrap_or("");
        let history: Vec<Value> = mergers(call.state, id).into_iter().map(merger).collect();
        members.insert("merge_history".to_owned(), history.into());
    }
    shown
}

/// What was merged into a contact, the latest first.
fn mergers<'a>(state: &'a State, id: &str) -> Vec<&'a Record> {
    let mut merged: Vec<&Record> = state.table(MERGED).by("into", id).collect();
    let at = |merged: &Record| merged.get("merged_at").and_then(Value::as_i64).unwrap_or(0);
    merged.sort_by_key(|merged| std::cmp::Reverse(at(merged)));
    merged
}

fn merger(merged: &Record) -> Value {
    json!({
        "type": "merge_history",
        "source_contact_id": value(merged, "id"),
        "source_contact_role": value(merged, "role"),
        "merged_at": value(merged, "merged_at"),
    })
}

/// A page of contacts, and what stands around it.
pub(super) fn envelope<'a>(
    call: &Call<'_>,
    asked: &Asked,
    total: usize,
    rows: impl Iterator<Item = (Place, &'a Record)>,
) -> Reply {
    let mut rows = rows.peekable();
    let (mut data, mut last) = (Vec::new(), None);
    while let Some((place, contact)) = rows.next_if(|_| data.len() < asked.per_page) {
        data.push(shown(call, contact));
        last = Some(place);
    }
    let next = last.filter(|_| rows.peek().is_some());
    Reply::of(json!({
        "type": "list", "data": data, "total_count": total, "pages": asked.pages(total, next),
    }))
}

/// Contacts that are not archived, the newest first.
fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let asked = Asked::of_query(call, Sizes(10, 150))?;
    let contacts = call.state.table(CONTACTS);
    let after = asked.after.map(|cursor| cursor.place);
    let rows = contacts.walk("created_at", Direction::Down, i64::MIN, i64::MAX, after);
    let rows = rows.filter(|(_, contact)| !is(contact, "archived"));
    let total = contacts.count_by("archived", "false");
    Ok(envelope(call, &asked, total, rows))
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let contact = found(call, call.place(0))?;
    if is(contact, "archived") && call.state.switches.is("archived_contact", "404") {
        return Err(unknown());
    }
    Ok(Reply::of(shown(call, contact)))
}

fn find(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let own = call.place(0);
    let mut users = call.state.table(CONTACTS).by("external_id", own);
    let user = users.find(|contact| text(contact, "role") == Some("user"));
    Ok(Reply::of(shown(call, user.ok_or_else(unknown)?)))
}

fn history(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    if call.version < Version::V16 {
        return Err(newer(&call.state.switches));
    }
    let id = call.place(0);
    let contact = call.state.get(CONTACTS, id);
    let is_user = |contact: &&Record| text(contact, "role") == Some("user");
    contact
        .filter(is_user)
        .ok_or_else(|| Refusal::not_found("Contact not found"))?;
    let size = Sizes(50, 150).of(call.query_text("per_page"))?;
    let skipped = match call.query_text("cursor").filter(|text| !text.is_empty()) {
        None => 0,
        Some(text) => text.parse::<usize>().map_err(|_| Refusal::cursor())?,
    };
    let mut merged = mergers(call.state, id);
    if call.query_text("order") == Some("asc") {
        merged.reverse();
    }
    let end = skipped.saturating_add(size);
    let more = merged.len() > end;
    let data: Vec<Value> = merged.into_iter().skip(skipped).take(size).map(merger).collect();
    let next = more.then(|| end.to_string());
    Ok(Reply::of(
        json!({"type": "list", "data": data, "next_cursor": next, "has_more": more}),
    ))
}
