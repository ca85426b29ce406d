//! Notes about contacts and about companies.

use http::Method;
use serde_json::{Value, json};

use super::{
    admins::{self, ADMINS},
    call::{Call, Reply, View, route, since},
    companies, contacts,
    door::Resource,
    me::ME,
    page::{Sizes, numbered_list},
    record::{record, text, value},
    refusal::Refusal,
    state::Record,
    table::Layout,
};

pub(super) const NOTES: &str = "notes";

const READ: &str = "read_users_and_companies";
const WRITE: &str = "write_users_and_companies";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: NOTES,
        object: Some("note"),
        orders: &[],
        keys: &[("about", |note| {
            text(note, "about").map(str::to_owned).into_iter().collect()
        })],
        show,
    }],
    routes: &[
        route(Method::GET, "/notes/{}", READ, get),
        route(Method::GET, "/contacts/{}/notes", READ, of_contact),
        route(Method::POST, "/contacts/{}/notes", WRITE, add_to_contact),
        since(15, Method::GET, "/companies/{}/notes", READ, of_company),
        since(16, Method::POST, "/companies/{}/notes", WRITE, add_to_company),
    ],
};

/// What a note is about, as it is kept: `contact:…` or `company:…`.
pub(super) fn subject(kind: &str, id: &str) -> String {
    format!("{kind}:{id}")
}

fn show(view: &View<'_>, note: &Record) -> Value {
    let (kind, id) = text(note, "about")
        .and_then(|about| about.split_once(':'))
        .unwrap_or(("contact", ""));
    let mut shown = json!({
        "type": "note",
        "id": value(note, "id"),
        "created_at": value(note, "created_at"),
        "author": text(note, "author").map(|id| admins::short(view.state, id)),
        "body": value(note, "body"),
    });
    if let Some(members) = shown.as_object_mut() {
        members.insert(kind.to_owned(), json!({"type": kind, "id": id}));
    }
    shown
}

/// The notes about something, the newest first.
pub(super) fn about(view: &View<'_>, kind: &str, id: &str) -> Vec<Value> {
    let notes = view.state.table(NOTES).by("about", &subject(kind, id));
    notes.rev().map(|note| show(view, note)).collect()
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let note = call.state.get(NOTES, call.place(0));
    Ok(Reply::of(call.show(NOTES, note.ok_or_else(Refusal::resource)?)))
}

fn list(call: &Call<'_>, kind: &str) -> Result<Reply, Refusal> {
    let notes = call.state.table(NOTES).by("about", &subject(kind, call.place(0)));
    let notes: Vec<&Record> = notes.rev().collect();
    let list = numbered_list(call, Sizes(50, 60), notes, |note| call.show(NOTES, note))?;
    Ok(Reply::of(list))
}

fn add(call: &mut Call<'_>, kind: &str) -> Result<Reply, Refusal> {
    let body = call.text("body").filter(|body| !body.is_empty());
    let body = body.ok_or_else(|| Refusal::invalid("Body is required").field("body"))?;
    let body = match body.trim_start().starts_with('<') {
        true => body.to_owned(),
        false => format!("<p>{}</p>", escape(body)),
    };
    let author = call.id("admin_id").unwrap_or_else(|| ME.to_owned());
    if !call.state.table(ADMINS).has(&author) {
        return Err(Refusal::new(404, "admin_not_found", "Admin not found"));
    }
    let note = record(json!({
        "id": call.state.next_number(NOTES, 20),
        "created_at": call.seconds(),
        "about": subject(kind, call.place(0)),
        "author": author,
        "body": body,
    }));
    let shown = call.show(NOTES, &note);
    call.state.put(NOTES, note);
    Ok(Reply::of(shown))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn of_contact(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    contacts::found(call, call.place(0))?;
    list(call, "contact")
}

fn add_to_contact(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    contacts::found(call, call.place(0))?;
    add(call, "contact")
}

fn of_company(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    companies::found(call.state, call.place(0))?;
    list(call, "company")
}

fn add_to_company(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    companies::found(call.state, call.place(0))?;
    add(call, "company")
}
