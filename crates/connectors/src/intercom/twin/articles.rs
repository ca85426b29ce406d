//! Articles, in as many languages as they were written in.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    article_show,
    call::{Call, Reply, Route, id_of, route, since},
    collections::{COLLECTIONS, check_locale, translations},
    door::Resource,
    files,
    page::{Numbered, Sizes, numbered_list},
    prose,
    refusal::Refusal,
    state::{Record, State},
    table::{Direction, Layout},
};

const READ: &str = "read_articles_scope";
const WRITE: &str = "read_write_articles_scope";
/// The table of articles.
pub(super) const ARTICLES: &str = "articles";
/// The last title, description and so on of what is not published yet.
const STAGED: &str = "draft";
const SIZES: Sizes = Sizes(25, 250);
/// What a text in one language consists of.
const TEXTS: &[&str] = &["title", "description", "body", "author_id", "state"];

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: ARTICLES,
        object: Some("article"),
        orders: &["updated_at"],
        keys: &[("parent", parent)],
        show: article_show::single,
    }],
    routes: ROUTES,
};

const ROUTES: &[Route] = &[
    route(Method::GET, "/articles", READ, list),
    route(Method::POST, "/articles", WRITE, create),
    route(Method::GET, "/articles/search", READ, search),
    route(Method::GET, "/articles/{}", READ, get),
    route(Method::PUT, "/articles/{}", WRITE, update),
    route(Method::DELETE, "/articles/{}", WRITE, delete),
    since(16, Method::GET, "/articles/{}/draft", READ, draft),
    since(16, Method::PUT, "/articles/{}/draft", WRITE, stage),
    since(16, Method::POST, "/articles/{}/draft/publish", WRITE, publish),
    since(16, Method::POST, "/articles/{}/tags", WRITE, tag),
    since(16, Method::DELETE, "/articles/{}/tags/{}", WRITE, untag),
];

fn parent(record: &Record) -> Vec<String> {
    record.get("parent_id").and_then(id_of).into_iter().collect()
}

/// Takes articles out of a collection that is gone.
pub(super) fn leave_collection(state: &mut State, collection: &str) {
    let inside = state.table(ARTICLES).by("parent", collection);
    let inside: Vec<Record> = inside.cloned().collect();
    for mut record in inside {
        record.insert("parent_id".to_owned(), Value::Null);
        state.put(ARTICLES, record);
    }
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let rows = call.state.table(ARTICLES);
    let rows = rows.walk("updated_at", Direction::Down, i64::MIN, i64::MAX, None);
    let rows: Vec<&Record> = rows.map(|(_, row)| row).collect();
    let view = call.view();
    Ok(Reply::of(numbered_list(call, SIZES, rows, |row| {
        article_show::item(&view, row)
    })?))
}

fn found(call: &Call<'_>) -> Result<Record, Refusal> {
    let record = call.state.get(ARTICLES, call.place(0));
    record.cloned().ok_or_else(Refusal::resource)
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::of(article_show::single(&call.view(), &found(call)?)))
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.state.next_number("article", 30);
    let mut record = Record::new();
    record.insert("id".to_owned(), id.into());
    record.insert("created_at".to_owned(), call.seconds().into());
    record.insert("default_locale".to_owned(), "en".into());
    fill(call, &mut record)?;
    let main = default_texts(&record).cloned().unwrap_or_default();
    let text = |name: &str| main.get(name).filter(|value| !value.is_null());
    if text("title").is_none() {
        return Err(Refusal::missing("Title is a required parameter."));
    }
    if text("author_id").is_none() {
        let message = "author_id must be in the main body or default locale translated_content object";
        return Err(Refusal::missing(message));
    }
    Ok(put(call, record, "article.created"))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut record = found(call)?;
    fill(call, &mut record)?;
    Ok(put(call, record, "article.updated"))
}

fn default_texts(record: &Record) -> Option<&Record> {
    let locale = record.get("default_locale")?.as_str()?;
    record.get("translations")?.get(locale)?.as_object()
}

fn is_published(record: &Record) -> bool {
    let state = default_texts(record).and_then(|texts| texts.get("state")?.as_str());
    state == Some("published")
}

fn put(call: &mut Call<'_>, mut record: Record, topic: &str) -> Reply {
    record.insert("updated_at".to_owned(), call.seconds().into());
    let id = super::state::id(&record).unwrap_or("").to_owned();
    let before = call.state.get(ARTICLES, &id).is_some_and(is_published);
    let after = is_published(&record);
    let shown = article_show::single(&call.view(), &record);
    let told = article_show::item(&call.hook_view(), &record);
    call.state.put(ARTICLES, record);
    call.tell(topic, told.clone());
    match (before, after) {
        (false, true) => call.tell("article.published", told),
        (true, false) => call.tell("article.unpublished", told),
        _ => {}
    }
    Reply::of(shown)
}

/// Puts into an article what a body says of it.
fn fill(call: &Call<'_>, record: &mut Record) -> Result<(), Refusal> {
    check_author(call, &call.body)?;
    if call.body.contains_key("parent_id") {
        let parent = call.id("parent_id").filter(|id| !id.is_empty());
        if parent
            .as_ref()
            .is_some_and(|id| !call.state.table(COLLECTIONS).has(id))
        {
            return Err(Refusal::resource());
        }
        record.insert(
            "parent_id".to_owned(),
            json!(parent.and_then(|id| id.parse::<u64>().ok())),
        );
    }
    let (main, mut kept) = texts_of(record);
    let given = call.value("translated_content").and_then(Value::as_object);
    for (locale, texts) in given.into_iter().flatten() {
        check_locale(locale)?;
        let Some(texts) = texts.as_object() else { continue };
        check_author(call, texts)?;
        write(call, &mut kept, locale, texts)?;
    }
    write(call, &mut kept, &main, &call.body)?;
    record.insert("translations".to_owned(), Value::Object(kept));
    Ok(())
}

fn check_author(call: &Call<'_>, texts: &Map<String, Value>) -> Result<(), Refusal> {
    let author = texts.get("author_id").and_then(id_of);
    match author.is_none_or(|id| call.state.table("admins").has(&id)) {
        true => Ok(()),
        false => Err(Refusal::new(404, "admin_not_found", "Admin not found")),
    }
}

/// Writes what is said of the text in one language.
fn write(call: &Call<'_>, kept: &mut Map<String, Value>, locale: &str, said: &Record) -> Result<(), Refusal> {
    let has_texts = TEXTS
        .iter()
        .chain(&["body_markdown"])
        .any(|name| said.contains_key(*name));
    if !has_texts {
        return Ok(());
    }
    let first = json!({"created_at": call.seconds(), "state": "draft", "description": "", "body": ""});
    let texts = kept.entry(locale).or_insert(first);
    let Some(texts) = texts.as_object_mut() else {
        return Ok(());
    };
    for name in ["title", "description"] {
        if let Some(text) = said.get(name).and_then(Value::as_str) {
            texts.insert(name.to_owned(), text.into());
        }
    }
    let body = said
        .get("body")
        .and_then(Value::as_str)
        .map(|body| prose::html(body, "no-margin"));
    let markdown = said.get("body_markdown").and_then(Value::as_str);
    let body = body.or_else(|| markdown.map(|text| prose::paragraphs(text, "no-margin")));
    if let Some(body) = body {
        texts.insert("body".to_owned(), files::keep_text(&body).into());
    }
    if let Some(author) = said.get("author_id").and_then(id_of) {
        texts.insert("author_id".to_owned(), json!(author.parse::<u64>().ok()));
    }
    match said.get("state").and_then(Value::as_str) {
        None => {}
        Some(state @ ("published" | "draft")) => drop(texts.insert("state".to_owned(), state.into())),
        Some(_) => return Err(Refusal::invalid("State isn't an option")),
    }
    texts.insert("updated_at".to_owned(), call.seconds().into());
    Ok(())
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.place(0).to_owned();
    found(call)?;
    call.state.remove(ARTICLES, &id);
    call.tell(
        "article.deleted",
        json!({"type": "article", "id": id, "deleted": true}),
    );
    Ok(Reply::of(json!({"id": id, "object": "article", "deleted": true})))
}

/// Articles with a phrase in one of their texts.
fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let page = Numbered::of(call, Sizes(10, 150))?;
    let phrase = call.query_text("phrase").unwrap_or("").to_lowercase();
    let state = call.query_text("state").unwrap_or("all");
    let fits = |record: &&Record| {
        let is_wanted = state == "all" || is_published(record) == (state == "published");
        let text = |texts: &Record, name: &str| {
            texts
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_lowercase()
        };
        let has = |texts: &Record| {
            let all = ["title", "description", "body"];
            all.iter()
                .any(|name| prose::plain(&text(texts, name)).contains(&phrase))
        };
        is_wanted && (phrase.is_empty() || translations(record).any(|(_, texts)| has(texts)))
    };
    let rows = call.state.table(ARTICLES);
    let rows = rows.walk("updated_at", Direction::Down, i64::MIN, i64::MAX, None);
    let found: Vec<&Record> = rows.map(|(_, row)| row).filter(fits).collect();
    let total = found.len();
    let found = page.take(found);
    let view = call.view();
    let highlights: Vec<Value> = match call.query_is_true("highlight") {
        true => found
            .iter()
            .map(|row| article_show::highlight(row, &phrase))
            .collect(),
        false => Vec::new(),
    };
    let articles: Vec<Value> = found.iter().map(|row| article_show::item(&view, row)).collect();
    Ok(Reply::of(json!({
        "type": "list", "total_count": total, "data": {"articles": articles, "highlights": highlights},
        "pages": page.pages(call, total),
    })))
}

/// An article's main language, and its texts by their languages.
fn texts_of(record: &Record) -> (String, Map<String, Value>) {
    let main = record.get("default_locale").and_then(Value::as_str);
    let kept = record.get("translations").and_then(Value::as_object);
    (main.unwrap_or("en").to_owned(), kept.cloned().unwrap_or_default())
}

/// What is staged for an article.
fn staged(record: &Record) -> Result<Record, Refusal> {
    let staged = record.get(STAGED).and_then(Value::as_object).cloned();
    staged.ok_or_else(Refusal::resource)
}

/// An article as it would be with what is staged for it.
fn with_draft(call: &Call<'_>, mut record: Record, staged: &Record) -> Result<Record, Refusal> {
    let (main, mut kept) = texts_of(&record);
    write(call, &mut kept, &main, staged)?;
    record.insert("translations".to_owned(), Value::Object(kept));
    Ok(record)
}

fn draft(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let record = found(call)?;
    let staged = staged(&record)?;
    let record = with_draft(call, record, &staged)?;
    Ok(Reply::of(article_show::single(&call.view(), &record)))
}

fn stage(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut record = found(call)?;
    let mut staged = record
        .get(STAGED)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    staged.extend(call.body.clone());
    let shown = with_draft(call, record.clone(), &staged)?;
    record.insert(STAGED.to_owned(), Value::Object(staged));
    record.insert("draft_updated_at".to_owned(), call.seconds().into());
    call.state.put(ARTICLES, record);
    Ok(Reply::of(article_show::single(&call.view(), &shown)))
}

fn publish(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let record = found(call)?;
    let mut staged = staged(&record)?;
    staged.insert("state".to_owned(), "published".into());
    let mut record = with_draft(call, record, &staged)?;
    record.remove(STAGED);
    record.remove("draft_updated_at");
    Ok(put(call, record, "article.updated"))
}

fn tag(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut record = found(call)?;
    let tag = call
        .id("id")
        .ok_or_else(|| Refusal::invalid("invalid tag parameters"))?;
    let shown = article_show::tag(&call.view(), &tag).ok_or_else(Refusal::resource)?;
    let tags = record.entry("tags").or_insert_with(|| json!([]));
    if let Some(tags) = tags.as_array_mut().filter(|tags| !tags.contains(&json!(tag))) {
        tags.push(tag.into());
    }
    call.state.put(ARTICLES, record);
    Ok(Reply::of(shown))
}

fn untag(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut record = found(call)?;
    let tag = json!(call.place(1));
    let tags = record.get_mut("tags").and_then(Value::as_array_mut);
    let tags = tags
        .filter(|tags| tags.contains(&tag))
        .ok_or_else(Refusal::resource)?;
    tags.retain(|known| *known != tag);
    let shown = article_show::tag(&call.view(), call.place(1)).unwrap_or_default();
    call.state.put(ARTICLES, record);
    Ok(Reply::of(shown))
}
