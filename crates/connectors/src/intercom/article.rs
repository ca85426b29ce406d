//! The help centre: collections, and articles with a text in each of their languages.

use model::{Fields, ObjectName, Raw, RecordId};
use serde_json::{Map, Value as Json};

use super::{
    fields::{self, Holds, Known, Place, first_text, known},
    object::{List, OURS, Object, PLAIN, at, held, put},
};

const PERMISSION: &str = "Read and list articles";

pub(super) static COLLECTION: Object = Object {
    name: "collection",
    title: "Collection",
    list: List::Numbered,
    path: "/help_center/collections",
    permission: PERMISSION,
    known: &[
        known("name", Holds::Text),
        known("description", Holds::Plain),
        known("parent_id", Holds::One("collection")),
        known("help_center_id", Holds::Text),
        known("default_locale", Holds::Text),
        known("translated_content", Holds::Anything),
        known("order", Holds::Whole),
        known("icon", Holds::Text),
        known("url", Holds::Text),
        known("created_at", Holds::Moment),
        known("updated_at", Holds::Moment),
    ],
    ..PLAIN
};

pub(super) static HELP_CENTER: Object = Object {
    name: "help_center",
    title: "Help center",
    path: "/help_center/help_centers",
    permission: PERMISSION,
    known: &[
        known("display_name", Holds::Text),
        known("identifier", Holds::Text),
        known("url", Holds::Text),
        known("custom_domain", Holds::Text),
        known("website_turned_on", Holds::Bool),
        known("default", Holds::Bool),
        known("locales", Holds::Words),
        known("created_at", Holds::Moment),
        known("updated_at", Holds::Moment),
    ],
    title_of: |json| {
        let title = first_text(json, &["display_name", "identifier", "id"]);
        title.unwrap_or_default().to_owned()
    },
    ..PLAIN
};

/// What a list gives; its texts are records of their own.
pub(super) static ARTICLE: Object = Object {
    name: "article",
    title: "Article",
    list: List::Numbered,
    path: "/articles",
    permission: PERMISSION,
    known: &[
        known("title", Holds::Text),
        known("state", Holds::Text),
        known("author_id", Holds::One("admin")),
        known("default_locale", Holds::Text),
        known("created_at", Holds::Moment),
        known("updated_at", Holds::Moment),
        known("url", Holds::Text),
        known("tags", Holds::Many("tag")),
    ],
    // What its texts say, each for itself.
    internal: &[
        "body",
        "body_markdown",
        "description",
        "translated_content",
        "statistics",
        "parent_id",
        "parent_type",
        "parent_ids",
        "has_unpublished_changes",
        "draft_updated_at",
        "ai_chatbot_availability",
        "ai_copilot_availability",
        "ai_sales_agent_availability",
        "created_by_id",
        "updated_by_id",
        "exclude_from_article_suggestions",
        "help_center_audience",
        "scheduled_publish_at",
        "scheduled_unpublish_at",
        "audience_ids",
    ],
    ..PLAIN
};

pub(super) static ARTICLE_TEXT: Object = Object {
    name: "article_text",
    title: "Article in a language",
    // The list is that of the articles, each taken apart: nothing else wants them.
    list: List::Numbered,
    path: "/articles",
    permission: PERMISSION,
    known: TEXT_KNOWN,
    // The body in another markup; what readers made of it, which changes by itself; and what `collection` says.
    internal: &[
        "body_markdown",
        "statistics",
        "parent_id",
        "parent_type",
        "parent_ids",
        "translated_content",
    ],
    derive,
    ..PLAIN
};

const TEXT_KNOWN: &[Known] = &[
    known("title", Holds::Text),
    known("description", Holds::Plain),
    known("body", Holds::Html),
    known("state", Holds::Text),
    known("author_id", Holds::One("admin")),
    known("created_by_id", Holds::One("admin")),
    known("updated_by_id", Holds::One("admin")),
    known("created_at", Holds::Moment),
    known("updated_at", Holds::Moment),
    known("draft_updated_at", Holds::Moment),
    known("has_unpublished_changes", Holds::Bool),
    known("url", Holds::Text),
    known("tags", Holds::Many("tag")),
    known("default_locale", Holds::Text),
    known("ai_chatbot_availability", Holds::Bool),
    known("ai_copilot_availability", Holds::Bool),
    known("ai_sales_agent_availability", Holds::Bool),
    known("exclude_from_article_suggestions", Holds::Bool),
    known("help_center_audience", Holds::Text),
    known("audience_ids", Holds::Words),
    known("scheduled_publish_at", Holds::Moment),
    known("scheduled_unpublish_at", Holds::Moment),
    known("former_teammates", Holds::Words),
    // Derived: the article, its language, and where it lies.
    known("article_id", Holds::Text),
    known("locale", Holds::Text),
    known("collection", Holds::One("collection")),
    known("collections", Holds::Many("collection")),
];

fn derive(json: &Json, place: Place<'_>, fields: &mut Fields) {
    put(
        fields,
        "article_id",
        held(Holds::Text, json, &[OURS, "id"], place),
    );
    put(
        fields,
        "locale",
        held(Holds::Text, json, &[OURS, "locale"], place),
    );
    let collections = held(Holds::Many("collection"), json, &[OURS, "collections"], place);
    let first = collections.elements().first().cloned().unwrap_or_default();
    put(fields, "collection", first);
    put(fields, "collections", collections);
}

/// The texts of an article, one in each language. Where there is but one, the article is its text.
pub(super) fn within(id: &RecordId, json: &Json) -> Vec<(ObjectName, Raw)> {
    let Some(article) = json.as_object() else {
        return Vec::new();
    };
    let usual = first_text(json, &["default_locale"]);
    let translated = at(json, &["translated_content"]).as_object();
    let mut texts: Vec<(Option<&str>, Map<String, Json>)> = translated
        .into_iter()
        .flatten()
        .filter_map(|(locale, text)| Some((Some(locale.as_str()), text.as_object()?.clone())))
        .collect();
    // In its usual language the article may say itself what it says.
    let is_said = texts.is_empty()
        || usual.is_some_and(|usual| !texts.iter().any(|(locale, _)| *locale == Some(usual)));
    if is_said {
        let locale = usual.filter(|_| !texts.is_empty());
        texts.push((locale, article.clone()));
    }
    texts
        .into_iter()
        .map(|(locale, text)| text_of(id, article, locale, text))
        .collect()
}

/// One text, with what the article says for all of them.
fn text_of(
    id: &RecordId,
    article: &Map<String, Json>,
    locale: Option<&str>,
    mut text: Map<String, Json>,
) -> (ObjectName, Raw) {
    let usual = article.get("default_locale").and_then(Json::as_str);
    for name in ["translated_content", "statistics", "body_markdown"] {
        text.remove(name);
    }
    for name in [
        "tags",
        "default_locale",
        "help_center_audience",
        "exclude_from_article_suggestions",
        "scheduled_publish_at",
        "scheduled_unpublish_at",
    ] {
        if let (Some(json), false) = (article.get(name), text.contains_key(name)) {
            text.insert(name.to_owned(), json.clone());
        }
    }
    let mut ours = Map::new();
    ours.insert("id".to_owned(), Json::from(id.as_str()));
    ours.insert("locale".to_owned(), Json::from(locale.or(usual)));
    ours.insert("collections".to_owned(), Json::Array(collections(article)));
    text.insert(OURS.to_owned(), Json::Object(ours));
    let name = match locale {
        Some(locale) => format!("{id}:{locale}"),
        None => id.to_string(),
    };
    let raw = Raw::new(RecordId::from(name), Json::Object(text).to_string());
    (ObjectName::new(ARTICLE_TEXT.name), raw)
}

/// Where it lies: `parent_ids` since version 2.16, `parent_id` before.
fn collections(article: &Map<String, Json>) -> Vec<Json> {
    let several = article.get("parent_ids").and_then(fields::items);
    let one = article.get("parent_id");
    let all = several.into_iter().flatten().chain(one);
    let mut ids: Vec<Json> = Vec::new();
    for id in all.filter_map(fields::id).map(Json::from) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}
