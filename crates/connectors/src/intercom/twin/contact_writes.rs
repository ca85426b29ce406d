//! Contacts: made, changed, archived, blocked, deleted, merged.

use http::Method;
use serde_json::{Value, json};

use super::{
    admins::ADMINS,
    attributes,
    call::{Call, Reply, route, since},
    contacts::{CONTACTS, MERGED, found, shown, unknown},
    door::Resource,
    notes::{NOTES, subject},
    record::{add_id, ids, is, record, set, text},
    refusal::Refusal,
    state::Record,
};

const WRITE: &str = "read_and_write_users";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[],
    routes: &[
        route(Method::POST, "/contacts", WRITE, create),
        route(Method::PUT, "/contacts/{}", WRITE, update),
        route(Method::DELETE, "/contacts/{}", WRITE, delete),
        route(Method::POST, "/contacts/{}/archive", WRITE, archive),
        route(Method::POST, "/contacts/{}/unarchive", WRITE, unarchive),
        since(13, Method::POST, "/contacts/{}/block", WRITE, block),
        route(Method::POST, "/contacts/merge", WRITE, merge),
    ],
};

const TEXTS: &[&str] = &[
    "external_id",
    "email",
    "phone",
    "name",
    "avatar",
    "language_override",
];

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let has = |name: &str| call.value(name).is_some();
    if !has("email") && !has("external_id") && !has("role") {
        let message = "one of email, external_id or role is required";
        return Err(Refusal::missing(message));
    }
    let mut contact = record(json!({"role": "user", "created_at": call.seconds()}));
    if !has("external_id") && !has("email") {
        contact.insert("role".to_owned(), "lead".into());
    }
    fill(call, &mut contact)?;
    let id = call.state.next_hex(call.now);
    contact.insert("id".to_owned(), id.as_str().into());
    contact.insert("entered_at".to_owned(), call.seconds().into());
    call.state.put(CONTACTS, contact);
    call.tell_new_contact(&id);
    Ok(Reply::of(shown(call, found(call, &id)?)))
}

/// Makes a lead with an address; its id.
pub(super) fn make_lead(call: &mut Call<'_>, email: &str) -> String {
    let id = call.state.next_hex(call.now);
    let now = call.seconds();
    let lead = json!({
        "id": id, "role": "lead", "email": email, "created_at": now, "updated_at": now, "entered_at": now,
    });
    call.state.put(CONTACTS, record(lead));
    call.tell_new_contact(&id);
    id
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.place(0).to_owned();
    let old = found(call, &id)?.clone();
    let mut contact = old.clone();
    fill(call, &mut contact)?;
    call.state.put(CONTACTS, contact);
    call.tell_changed_contact(&id, &old);
    Ok(Reply::of(shown(call, found(call, &id)?)))
}

/// Writes what the body says into a contact, if no other is it already.
fn fill(call: &Call<'_>, contact: &mut Record) -> Result<(), Refusal> {
    let wrong = |name: &str| Refusal::invalid(format!("{name} is invalid")).field(name);
    match call.value("role").map(Value::as_str) {
        None => {}
        Some(Some(role @ ("user" | "lead"))) => set(contact, "role", role.into()),
        Some(_) => return Err(wrong("role")),
    }
    for name in TEXTS {
        match call.body.get(*name) {
            None => {}
            Some(Value::Null) => set(contact, name, Value::Null),
            Some(Value::Object(avatar)) if *name == "avatar" => {
                set(
                    contact,
                    name,
                    avatar.get("image_url").cloned().unwrap_or_default(),
                );
            }
            Some(_) => set(contact, name, call.id(name).ok_or_else(|| wrong(name))?.into()),
        }
    }
    if text(contact, "email").is_some_and(|email| !email.contains('@')) {
        return Err(wrong("email"));
    }
    for name in ["signed_up_at", "last_seen_at"] {
        match call.body.get(name) {
            None => {}
            Some(value) if value.is_null() || value.is_i64() => set(contact, name, value.clone()),
            Some(_) => return Err(wrong(name)),
        }
    }
    if let Some(value) = call.value("unsubscribed_from_emails") {
        let flag = value.as_bool().ok_or_else(|| wrong("unsubscribed_from_emails"))?;
        set(contact, "unsubscribed_from_emails", flag.into());
    }
    if call.body.contains_key("owner_id") {
        set(contact, "owner_id", owner(call)?);
    }
    attributes::write(call, "contact", contact)?;
    check_unique(call, contact)?;
    contact.insert("updated_at".to_owned(), call.seconds().into());
    Ok(())
}

fn owner(call: &Call<'_>) -> Result<Value, Refusal> {
    let Some(id) = call.id("owner_id").filter(|id| id != "0") else {
        return Ok(Value::Null);
    };
    match call.state.table(ADMINS).has(&id) {
        true => Ok(id.into()),
        false => Err(Refusal::new(404, "admin_not_found", "Admin not found")),
    }
}

/// Users differ in their addresses and in the customer's ids; leads may share an address.
fn check_unique(call: &Call<'_>, contact: &Record) -> Result<(), Refusal> {
    let contacts = call.state.table(CONTACTS);
    let is_user = |contact: &Record| text(contact, "role") == Some("user");
    let own = text(contact, "external_id").unwrap_or("");
    let email = text(contact, "email").unwrap_or("").to_lowercase();
    let same_email = contacts
        .by("email", &email)
        .filter(|other| is_user(contact) && is_user(other));
    let same = contacts
        .by("external_id", own)
        .chain(same_email)
        .find(|other| text(other, "id") != text(contact, "id"));
    let Some(other) = same else { return Ok(()) };
    let kind = match is(other, "archived") {
        true => "An archived contact",
        false => "A contact",
    };
    let id = text(other, "id").unwrap_or("");
    let message = format!("{kind} matching those details already exists with id={id}");
    Err(Refusal::new(409, "conflict", message))
}

/// What an answer to such a write says about a contact.
fn outcome(contact: &Record, word: &str, value: bool) -> Reply {
    let mut answer = json!({
        "type": "contact",
        "id": text(contact, "id"),
        "external_id": text(contact, "external_id"),
    });
    if let Some(answer) = answer.as_object_mut() {
        answer.insert(word.to_owned(), value.into());
    }
    Reply::of(answer)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.place(0).to_owned();
    found(call, &id)?;
    let contact = call.state.remove(CONTACTS, &id).ok_or_else(unknown)?;
    call.tell_gone("contact.deleted", "contact", &id);
    Ok(outcome(&contact, "deleted", true))
}

/// Sets a flag on the contact of the path.
fn flag(call: &mut Call<'_>, name: &str, value: bool) -> Result<Record, Refusal> {
    let contact = call.state.get(CONTACTS, call.place(0)).cloned();
    let mut contact = contact.ok_or_else(|| Refusal::not_found("Contact Not Found"))?;
    set(&mut contact, name, value.into());
    contact.insert("updated_at".to_owned(), call.seconds().into());
    call.state.put(CONTACTS, contact.clone());
    Ok(contact)
}

fn archive(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let contact = flag(call, "archived", true)?;
    let id = call.place(0).to_owned();
    call.tell_record("contact.archived", CONTACTS, &id);
    Ok(outcome(&contact, "archived", true))
}

fn unarchive(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    if call.state.table(MERGED).has(call.place(0)) {
        return Err(Refusal::bad("User has been merged and is not restorable."));
    }
    let contact = flag(call, "archived", false)?;
    let id = call.place(0).to_owned();
    call.tell_record("contact.unarchive", CONTACTS, &id);
    Ok(outcome(&contact, "archived", false))
}

fn block(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(outcome(&flag(call, "blocked", true)?, "blocked", true))
}

/// Merges a lead into a user.
fn merge(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let named = |name: &str| {
        call.id(name)
            .ok_or_else(|| Refusal::missing(format!("{name} is a required parameter")).field(name))
    };
    let (from, into) = (named("from")?, named("into")?);
    let source = found(call, &from)?.clone();
    let mut target = found(call, &into)?.clone();
    let role = |contact: &Record| text(contact, "role").unwrap_or("").to_owned();
    if role(&source) != "lead" || role(&target) != "user" {
        let message = "A lead is merged into a user";
        return Err(Refusal::new(400, "invalid_merge", message));
    }
    let skips = call.value("skip_duplicate_validation") == Some(&Value::Bool(true));
    let email = |contact: &Record| text(contact, "email").map(str::to_lowercase);
    if !skips && (email(&source).is_none() || email(&source) != email(&target)) {
        let message = "Only duplicates can be merged, unless skip_duplicate_validation is true";
        return Err(Refusal::new(400, "invalid_merge", message));
    }
    for name in ["companies", "tags"] {
        for id in ids(&source, name) {
            add_id(&mut target, name, id);
        }
    }
    target.insert("updated_at".to_owned(), call.seconds().into());
    move_notes(call, &from, &into);
    super::people::move_talks(call.state, &from, &into);
    call.state.put(CONTACTS, target);
    call.state.remove(CONTACTS, &from);
    let merged = json!({"id": from, "into": into, "role": role(&source), "merged_at": call.seconds()});
    call.state.put(MERGED, record(merged));
    call.tell_merged(&from, &into);
    Ok(Reply::of(shown(call, found(call, &into)?)))
}

fn move_notes(call: &mut Call<'_>, from: &str, into: &str) {
    let notes = call.state.table(NOTES).by("about", &subject("contact", from));
    let notes: Vec<String> = notes
        .filter_map(|note| text(note, "id").map(str::to_owned))
        .collect();
    let about = subject("contact", into);
    for note in notes {
        call.state.change(NOTES, &note, |note| {
            note.insert("about".to_owned(), about.as_str().into());
        });
    }
}
