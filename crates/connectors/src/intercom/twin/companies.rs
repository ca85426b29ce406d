//! Companies: made, changed, read one by one, archived.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    attributes,
    call::{Call, Reply, View, id_of, route},
    contacts::CONTACTS,
    door::Resource,
    notes,
    page::{Sizes, numbered_list},
    record::{exact_key, id_keys, ids, remove_id, set, text, text_key},
    refusal::Refusal,
    segments,
    state::{Record, State},
    table::Layout,
    tags,
    version::Version,
};

pub(super) const COMPANIES: &str = "companies";

const READ: &str = "read_users_and_companies";
const WRITE: &str = "write_users_and_companies";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: COMPANIES,
        object: Some("company"),
        orders: &["last_request_at", "updated_at"],
        keys: &[
            ("company_id", |company| exact_key(company, "company_id")),
            ("name", |company| text_key(company, "name")),
            ("tag", |company| id_keys(company, "tags")),
            ("segment", |company| id_keys(company, "segments")),
        ],
        show,
    }],
    routes: &[
        route(Method::POST, "/companies", WRITE, write),
        route(Method::GET, "/companies/{}", READ, get),
        route(Method::PUT, "/companies/{}", WRITE, update),
        route(Method::DELETE, "/companies/{}", WRITE, delete),
        route(Method::GET, "/companies/{}/contacts", READ, contacts),
        route(Method::GET, "/companies/{}/segments", READ, segments_of),
    ],
};

/// What a write may hold.
const MEMBERS: &[&str] = &[
    "name",
    "company_id",
    "plan",
    "size",
    "website",
    "industry",
    "custom_attributes",
    "remote_created_at",
    "monthly_spend",
    "update_last_request_at",
];

pub(super) fn unknown() -> Refusal {
    Refusal::new(404, "company_not_found", "Company Not Found")
}

/// The company of that id.
pub(super) fn found<'a>(state: &'a State, id: &str) -> Result<&'a Record, Refusal> {
    state.get(COMPANIES, id).ok_or_else(unknown)
}

pub(super) fn show(view: &View<'_>, company: &Record) -> Value {
    let id = text(company, "id").unwrap_or("");
    let plan = match text(company, "plan") {
        Some(name) => json!({"type": "plan", "id": "1", "name": name}),
        None => json!({}),
    };
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    put("type", "company".into());
    put("id", id.into());
    put("app_id", view.state.workspace().into());
    for name in [
        "company_id",
        "name",
        "remote_created_at",
        "created_at",
        "updated_at",
        "last_request_at",
        "size",
        "website",
        "industry",
    ] {
        if let Some(value) = company.get(name) {
            put(name, value.clone());
        }
    }
    put(
        "monthly_spend",
        company.get("monthly_spend").cloned().unwrap_or(0.into()),
    );
    put(
        "session_count",
        company.get("session_count").cloned().unwrap_or(0.into()),
    );
    put("user_count", users(view.state, id).into());
    put("plan", plan);
    put("custom_attributes", attributes::held(company));
    put("tags", tags::tag_list(view, ids(company, "tags")));
    put("segments", segments::segment_list(view, ids(company, "segments")));
    if view.version >= Version::V16 {
        let notes = notes::about(view, "company", id);
        put("notes", json!({"type": "note.list", "notes": notes}));
    }
    Value::Object(shown)
}

/// How many contacts a company has.
pub(super) fn users(state: &State, id: &str) -> usize {
    state.table(CONTACTS).count_by("company", id)
}

/// Makes a company, or changes the one of that `company_id`.
fn write(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    check(call)?;
    let Some(own) = call.id("company_id").filter(|own| !own.is_empty()) else {
        return Err(Refusal::missing("company_id is a required parameter").field("company_id"));
    };
    let known = call.state.table(COMPANIES).by("company_id", &own).next().cloned();
    let topic = match known {
        Some(_) => "company.updated",
        None => "company.created",
    };
    let mut company = match known {
        Some(company) => company,
        None => fresh(call, &own),
    };
    fill(call, &mut company)?;
    keep(call, company, topic)
}

fn fresh(call: &mut Call<'_>, own: &str) -> Record {
    let mut company = Record::new();
    let id = call.state.next_hex(call.now);
    company.insert("id".to_owned(), id.into());
    company.insert("company_id".to_owned(), own.into());
    company.insert("created_at".to_owned(), call.seconds().into());
    company
}

fn check(call: &Call<'_>) -> Result<(), Refusal> {
    match call.body.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        Some(name) => Err(Refusal::bad(format!("bad '{name}' parameter"))),
        None => Ok(()),
    }
}

/// Writes what the body says into a company.
fn fill(call: &Call<'_>, company: &mut Record) -> Result<(), Refusal> {
    let wrong = |name: &str| Refusal::invalid(format!("{name} is invalid")).field(name);
    for name in ["name", "website", "industry", "plan"] {
        match call.body.get(name) {
            None => {}
            Some(value @ (Value::Null | Value::String(_))) => set(company, name, value.clone()),
            Some(_) => return Err(wrong(name)),
        }
    }
    for name in ["size", "monthly_spend", "remote_created_at"] {
        let Some(given) = call.body.get(name) else {
            continue;
        };
        if given.is_null() {
            company.remove(name);
            continue;
        }
        let number = given.as_f64().filter(|number| number.abs() <= 9e15);
        let whole = number.ok_or_else(|| wrong(name))?.trunc();
        if name != "remote_created_at" && whole > f64::from(i32::MAX) {
            return Err(wrong(name));
        }
        // The bound above keeps it within what both kinds of number hold exactly.
        company.insert(name.to_owned(), (whole as i64).into());
    }
    if call.value("update_last_request_at") == Some(&Value::Bool(true)) {
        company.insert("last_request_at".to_owned(), call.seconds().into());
    }
    attributes::write(call, "company", company)?;
    company.insert("updated_at".to_owned(), call.seconds().into());
    Ok(())
}

fn keep(call: &mut Call<'_>, company: Record, topic: &str) -> Result<Reply, Refusal> {
    let id = text(&company, "id").unwrap_or("").to_owned();
    call.state.put(COMPANIES, company);
    call.tell_record(topic, COMPANIES, &id);
    Ok(Reply::of(call.show(COMPANIES, found(call.state, &id)?)))
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::of(call.show(COMPANIES, found(call.state, call.place(0))?)))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut company = found(call.state, call.place(0))?.clone();
    // The customer's own id is given once, when the company is made.
    call.body.remove("company_id");
    check(call)?;
    fill(call, &mut company)?;
    keep(call, company, "company.updated")
}

/// Archives a company, and detaches its contacts.
fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.place(0).to_owned();
    call.state.remove(COMPANIES, &id).ok_or_else(unknown)?;
    let people = call.state.table(CONTACTS).by("company", &id);
    let people: Vec<String> = people
        .filter_map(|contact| contact.get("id").and_then(id_of))
        .collect();
    for contact in people {
        call.state.change(CONTACTS, &contact, |contact| {
            remove_id(contact, "companies", &id);
        });
    }
    call.tell_gone("company.deleted", "company", &id);
    Ok(Reply::of(json!({"id": id, "object": "company", "deleted": true})))
}

fn contacts(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.place(0);
    found(call.state, id)?;
    let people: Vec<&Record> = call.state.table(CONTACTS).by("company", id).collect();
    let list = numbered_list(call, Sizes(50, 60), people, |contact| {
        call.show(CONTACTS, contact)
    })?;
    Ok(Reply::of(list))
}

fn segments_of(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let company = found(call.state, call.place(0))?;
    Ok(Reply::of(segments::data(&call.view(), ids(company, "segments"))))
}
