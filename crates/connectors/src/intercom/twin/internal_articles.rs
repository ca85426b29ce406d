//! Articles for the team alone: of one language, and without a collection.

use http::Method;
use serde_json::{Value, json};

use super::{
    call::{Call, Reply, Route, View, id_of, since},
    door::Resource,
    files,
    page::{Numbered, Sizes, numbered_list},
    prose,
    refusal::Refusal,
    state::Record,
    table::{Direction, Layout},
};

const READ: &str = "read_articles_scope";
const WRITE: &str = "read_write_articles_scope";
const INTERNAL: &str = "internal_articles";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: INTERNAL,
        object: Some("internal_article"),
        orders: &["updated_at"],
        keys: &[],
        show,
    }],
    routes: ROUTES,
};

const ROUTES: &[Route] = &[
    since(13, Method::GET, "/internal_articles", READ, list),
    since(13, Method::POST, "/internal_articles", WRITE, create),
    since(13, Method::GET, "/internal_articles/search", READ, search),
    since(13, Method::GET, "/internal_articles/{}", READ, get),
    since(13, Method::PUT, "/internal_articles/{}", WRITE, update),
    since(13, Method::DELETE, "/internal_articles/{}", WRITE, delete),
];

fn show(view: &View<'_>, record: &Record) -> Value {
    let mut shown = record.clone();
    shown.insert("type".to_owned(), "internal_article".into());
    if let Some(body) = record.get("body").and_then(Value::as_str) {
        shown.insert("body".to_owned(), view.signer().text(body).into());
    }
    Value::Object(shown)
}

fn newest<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Record> {
    let rows = call.state.table(INTERNAL);
    let rows = rows.walk("updated_at", Direction::Down, i64::MIN, i64::MAX, None);
    rows.map(|(_, row)| row)
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let rows: Vec<&Record> = newest(call).collect();
    let view = call.view();
    Ok(Reply::of(numbered_list(call, Sizes(25, 150), rows, |row| {
        show(&view, row)
    })?))
}

fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let page = Numbered::of(call, Sizes(10, 150))?;
    let phrase = call.query_text("phrase").unwrap_or("").to_lowercase();
    let text = |row: &Record, name: &str| row.get(name).and_then(Value::as_str).unwrap_or("").to_lowercase();
    let fits = |row: &&Record| {
        text(row, "title").contains(&phrase) || prose::plain(&text(row, "body")).contains(&phrase)
    };
    let found: Vec<&Record> = newest(call).filter(fits).collect();
    let total = found.len();
    let view = call.view();
    let shown: Vec<Value> = page.take(found).into_iter().map(|row| show(&view, row)).collect();
    Ok(Reply::of(json!({
        "type": "list", "total_count": total, "data": {"internal_articles": shown}, "pages": page.pages(call, total),
    })))
}

fn found(call: &Call<'_>) -> Result<Record, Refusal> {
    let record = call.state.get(INTERNAL, call.place(0));
    record.cloned().ok_or_else(Refusal::resource)
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::of(show(&call.view(), &found(call)?)))
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    for (name, message) in [
        ("title", "Title is a required parameter."),
        (
            "author_id",
            "author_id must be in the main body or default locale translated_content object",
        ),
        ("owner_id", "owner_id is a required parameter"),
    ] {
        if call.value(name).is_none() {
            return Err(Refusal::missing(message));
        }
    }
    let mut record = Record::new();
    let id = call.state.next_number("internal_article", 30);
    record.insert("id".to_owned(), id.into());
    record.insert("created_at".to_owned(), call.seconds().into());
    record.insert("locale".to_owned(), "en".into());
    record.insert("body".to_owned(), "".into());
    put(call, record)
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let record = found(call)?;
    put(call, record)
}

/// Writes what a body says, and keeps it.
fn put(call: &mut Call<'_>, mut record: Record) -> Result<Reply, Refusal> {
    if let Some(title) = call.text("title") {
        record.insert("title".to_owned(), title.into());
    }
    if let Some(body) = call.text("body") {
        let body = files::keep_text(&prose::html(body, "no-margin"));
        record.insert("body".to_owned(), body.into());
    }
    if let Some(locale) = call.text("locale") {
        super::collections::check_locale(locale)?;
        record.insert("locale".to_owned(), locale.into());
    }
    for name in ["author_id", "owner_id"] {
        let Some(admin) = call.value(name).and_then(id_of) else {
            continue;
        };
        if !call.state.table("admins").has(&admin) {
            return Err(Refusal::new(404, "admin_not_found", "Admin not found"));
        }
        record.insert(name.to_owned(), json!(admin.parse::<u64>().ok()));
    }
    record.insert("updated_at".to_owned(), call.seconds().into());
    let shown = show(&call.view(), &record);
    call.state.put(INTERNAL, record);
    Ok(Reply::of(shown))
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.place(0).to_owned();
    found(call)?;
    call.state.remove(INTERNAL, &id);
    Ok(Reply::of(
        json!({"id": id, "object": "internal_article", "deleted": true}),
    ))
}
