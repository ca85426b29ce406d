//! An article as callers see it.

use serde_json::{Map, Value, json};

use super::{
    call::View,
    collections::{slug, translations},
    prose, quirks,
    state::Record,
    version::Version,
};

/// Alone: with statistics.
pub(super) fn single(view: &View<'_>, record: &Record) -> Value {
    let mut shown = members(view, record);
    let statistics = json!({
        "type": "article_statistics", "views": 0, "conversations": 0, "reactions": 0,
        "happy_reaction_percentage": 0, "neutral_reaction_percentage": 0, "sad_reaction_percentage": 0,
    });
    let kept = record.get("statistics").cloned().unwrap_or(statistics);
    shown.insert("statistics".to_owned(), kept);
    quirks::of_record(view, Value::Object(shown))
}

/// As lists show it: without statistics.
pub(super) fn item(view: &View<'_>, record: &Record) -> Value {
    quirks::of_record(view, Value::Object(members(view, record)))
}

fn text<'a>(record: &'a Record, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or("")
}

fn members(view: &View<'_>, record: &Record) -> Map<String, Value> {
    let kept = |name: &str| record.get(name).cloned().unwrap_or_default();
    let main = text(record, "default_locale");
    let empty = Record::new();
    let texts = translations(record).find(|(locale, _)| *locale == main);
    let mut shown = content(view, record, main, texts.map_or(&empty, |(_, texts)| texts));
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("type", json!("article"));
    put("id", kept("id"));
    put("workspace_id", json!(view.state.workspace()));
    put("created_at", kept("created_at"));
    put("updated_at", kept("updated_at"));
    let parent = kept("parent_id");
    if view.version < Version::V16 {
        put("parent_id", parent.clone());
        put(
            "parent_type",
            if parent.is_null() {
                Value::Null
            } else {
                json!("collection")
            },
        );
    }
    put(
        "parent_ids",
        if parent.is_null() {
            json!([])
        } else {
            json!([parent])
        },
    );
    put("tags", tags(view, record));
    if translations(record).count() > 1 {
        let mut all = Map::new();
        all.insert("type".to_owned(), json!("article_translated_content"));
        for (locale, texts) in translations(record) {
            let mut content = content(view, record, locale, texts);
            content.insert("type".to_owned(), json!("article_content"));
            for time in ["created_at", "updated_at"] {
                content.insert(time.to_owned(), texts.get(time).cloned().unwrap_or_default());
            }
            all.insert(locale.clone(), Value::Object(content));
        }
        put("default_locale", json!(main));
        put("translated_content", Value::Object(all));
    }
    if view.version >= Version::V16 {
        newer(&mut put, record);
    }
    shown
}

/// A tag as articles show it.
pub(super) fn tag(view: &View<'_>, id: &str) -> Option<Value> {
    let name = super::people::name(view.state, "tags", id)?;
    Some(json!({"type": "tag", "id": id, "name": name}))
}

fn tags(view: &View<'_>, record: &Record) -> Value {
    let ids = record.get("tags").and_then(Value::as_array);
    let ids = ids.into_iter().flatten().filter_map(Value::as_str);
    let shown: Vec<Value> = ids.filter_map(|id| tag(view, id)).collect();
    json!({"type": "tag.list", "tags": shown})
}

/// What 2.16 says besides.
fn newer(put: &mut impl FnMut(&str, Value) -> Option<Value>, record: &Record) {
    let is_staged = record.contains_key("draft");
    put("has_unpublished_changes", json!(is_staged));
    put(
        "draft_updated_at",
        record.get("draft_updated_at").cloned().unwrap_or_default(),
    );
    for name in [
        "ai_chatbot_availability",
        "ai_copilot_availability",
        "ai_sales_agent_availability",
    ] {
        put(name, json!(true));
    }
    for name in [
        "created_by_id",
        "updated_by_id",
        "help_center_audience",
        "scheduled_publish_at",
    ] {
        put(name, Value::Null);
    }
    put("scheduled_unpublish_at", Value::Null);
    put("exclude_from_article_suggestions", json!(false));
}

/// The text in one language.
fn content(view: &View<'_>, record: &Record, locale: &str, texts: &Record) -> Map<String, Value> {
    let kept = |name: &str| texts.get(name).cloned().unwrap_or_default();
    let body = texts
        .get("body")
        .and_then(Value::as_str)
        .map(|body| view.signer().text(body));
    let is_public = text(texts, "state") == "published";
    let url = is_public.then(|| {
        let (id, slug) = (text(record, "id"), slug(text(texts, "title")));
        format!("https://intercom.help/twin-help/{locale}/articles/{id}-{slug}")
    });
    let mut shown = Map::new();
    for name in ["title", "description", "author_id", "state"] {
        shown.insert(name.to_owned(), kept(name));
    }
    shown.insert("url".to_owned(), json!(url));
    if view.version >= Version::V16 {
        let markdown = body.as_deref().map(prose::plain);
        shown.insert("body_markdown".to_owned(), json!(markdown));
    }
    shown.insert("body".to_owned(), json!(body));
    shown
}

/// Where a phrase stands in an article.
pub(super) fn highlight(record: &Record, phrase: &str) -> Value {
    let main = text(record, "default_locale");
    let texts = translations(record).find(|(locale, _)| *locale == main);
    let title = texts.map_or("", |(_, texts)| text(texts, "title"));
    let body = texts.map_or(String::new(), |(_, texts)| prose::plain(text(texts, "body")));
    let line = body
        .lines()
        .find(|line| line.to_lowercase().contains(phrase))
        .unwrap_or("");
    json!({
        "article_id": record.get("id"), "highlighted_title": pieces(title, phrase),
        "highlighted_summary": [pieces(line, phrase)],
    })
}

/// A text, cut where the phrase begins and ends.
fn pieces(text: &str, phrase: &str) -> Value {
    let at = text.to_lowercase().find(phrase).filter(|_| !phrase.is_empty());
    let cut = at.and_then(|at| {
        let (before, rest) = text.split_at_checked(at)?;
        let (found, after) = rest.split_at_checked(phrase.len())?;
        Some([("plain", before), ("highlight", found), ("plain", after)])
    });
    let all = cut.map_or_else(|| vec![("plain", text)], Vec::from);
    let all = all.into_iter().filter(|(_, text)| !text.is_empty());
    all.map(|(kind, text)| json!({"type": kind, "text": text}))
        .collect()
}
