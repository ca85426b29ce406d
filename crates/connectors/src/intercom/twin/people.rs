//! Admins, contacts and tags, as conversations refer to them.

use serde_json::{Map, Value, json};

use super::{
    call::id_of,
    part::Author,
    refusal::Refusal,
    state::{Record, State},
};

/// What made a part that came through the API.
pub(super) const APP: &str = "interline-twin";

/// The id of the vendor's machine.
const BOT: u64 = 990_999;

fn text<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    record.get(name)?.as_str()
}

/// The name of a record.
pub(super) fn name<'a>(state: &'a State, table: &str, id: &str) -> Option<&'a str> {
    text(state.get(table, id)?, "name")
}

fn author(kind: &str, id: &str, record: Option<&Record>) -> Author {
    let kept = |name: &str| record.and_then(|record| text(record, name)).map(Into::into);
    Author {
        kind: kind.into(),
        id: id.into(),
        name: kept("name"),
        email: kept("email"),
        is_answer: false,
    }
}

/// The vendor's machine.
pub(super) fn bot(state: &State) -> Author {
    Author {
        kind: "bot".into(),
        id: BOT.to_string().into(),
        name: Some("Fin".into()),
        email: Some(format!("operator+{}@intercom.io", state.workspace()).into()),
        is_answer: false,
    }
}

/// Whether an admin is known only to what they did.
pub(super) fn is_removed(record: &Record) -> bool {
    record.get("removed").and_then(Value::as_bool).unwrap_or(false)
}

/// An admin as the author of what was done, removed or not.
pub(super) fn former_admin(state: &State, id: &str) -> Option<Author> {
    Some(author("admin", id, Some(state.get("admins", id)?)))
}

/// The admin of that id.
pub(super) fn admin(state: &State, id: &str) -> Result<Author, Refusal> {
    let record = state.get("admins", id).filter(|record| !is_removed(record));
    let record = record.ok_or_else(no_admin)?;
    Ok(author("admin", id, Some(record)))
}

/// The admin that a body names by `admin_id`.
pub(super) fn acting_admin(state: &State, body: &Map<String, Value>) -> Result<Author, Refusal> {
    let id = body.get("admin_id").and_then(id_of);
    let id = id.ok_or_else(|| Refusal::missing("admin_id is a required parameter"))?;
    admin(state, &id)
}

fn no_admin() -> Refusal {
    Refusal::new(404, "admin_not_found", "Admin for admin_id not found")
}

/// The contact of that id, as an author.
pub(super) fn contact(state: &State, id: &str) -> Option<Author> {
    let record = state.get("contacts", id)?;
    let kind = text(record, "role").unwrap_or("user");
    Some(author(kind, id, Some(record)))
}

/// The contact that a body names: by our id, by the customer's own, or by address.
pub(super) fn named_contact(state: &State, body: &Map<String, Value>) -> Option<Author> {
    let given = |name: &str| body.get(name).and_then(id_of);
    if let Some(id) = given("intercom_user_id").or_else(|| given("id")) {
        return contact(state, &id);
    }
    let found = match (given("user_id").or_else(|| given("external_id")), given("email")) {
        (Some(own), _) => state.table("contacts").by("external_id", &own).next(),
        (None, Some(email)) => state.table("contacts").by("email", &email.to_lowercase()).next(),
        (None, None) => None,
    };
    contact(state, text(found?, "id")?)
}

/// A contact as others refer to it.
pub(super) fn contact_reference(state: &State, id: &str) -> Value {
    let external = state
        .get("contacts", id)
        .and_then(|record| text(record, "external_id"));
    json!({"type": "contact", "id": id, "external_id": external})
}

/// The category of a type of tickets.
pub(super) fn ticket_category(state: &State, kind: u64) -> &str {
    let record = state.get("ticket_types", &kind.to_string());
    record
        .and_then(|record| text(record, "category"))
        .unwrap_or("Customer")
}

/// A team or an admin, as the assignee of something; none: nobody of that id.
pub(super) fn assignee_kind(state: &State, id: u64) -> Option<&'static str> {
    let id = id.to_string();
    match () {
        () if state.table("admins").has(&id) => Some("admin"),
        () if state.table("teams").has(&id) => Some("team"),
        () => None,
    }
}

/// A lead that a body describes by an address.
pub(super) fn new_lead(
    call: &mut super::call::Call<'_>,
    body: &Map<String, Value>,
) -> Result<Author, Refusal> {
    let email = body.get("email").and_then(Value::as_str);
    let email = email.filter(|email| email.contains('@'));
    let email = email
        .ok_or_else(|| Refusal::not_found("User Not Found"))?
        .to_owned();
    let id = super::contact_writes::make_lead(call, &email);
    contact(call.state, &id).ok_or_else(|| Refusal::not_found("User Not Found"))
}

/// Hands the conversations of a contact who became another to that one.
pub(super) fn move_talks(state: &mut State, from: &str, into: &str) {
    for table in ["conversations", "tickets"] {
        let rows = state.table(table).by("contact", from);
        let ids = rows.filter_map(|row| text(row, "id")?.parse().ok());
        let ids: Vec<u64> = ids.collect();
        for id in ids {
            state.change_talk(id, |talk| {
                talk.contacts.retain(|contact| &**contact != into);
                for contact in talk.contacts.iter_mut().filter(|contact| &***contact == from) {
                    *contact = into.into();
                }
            });
        }
    }
}
