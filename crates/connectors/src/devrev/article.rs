//! Articles. What one says is a file, and its name holds our key: no other member that is shown can, and no list is
//! filtered by one.

use std::{borrow::Cow, collections::HashMap};

use model::{ExternalKey, Fault, FaultKind, ObjectName, Raw, RecordId, Source};
use serde_json::{Map, Value as Json, json};
use tokio::sync::Mutex;

use super::{
    client::Call,
    members::{Members, members},
    object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write},
    session::DevRevSession,
};

const STATUSES: &[&str] = &["archived", "draft", "published", "review_needed"];
const ACCESS: &[&str] = &["external", "internal", "private", "public", "restricted"];
const TYPES: &[&str] = &["article", "content_block", "page"];
const SCOPES: &[(&str, i64)] = &[("internal", 1), ("external", 2)];

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("article"),
    title: Cow::Borrowed("Article"),
    calls: Calls {
        list: ("/articles.list", "reading a page of articles"),
        get: ("/articles.get", "reading the article"),
        create: Some(("/articles.create", "creating an article")),
        update: Some(("/articles.update", "updating the article")),
        delete: Some(("/articles.delete", "deleting the article")),
    },
    one: "article",
    many: "articles",
    leaf: Some(Cow::Borrowed("article")),
    kind: None,
    since: Since::Never,
    sorts: false,
    key: Key::TextFile,
    stock: &[
        Stock::new("title", "Title", Holds::Text(None), Write::Plain).required(),
        Stock::new("description", "Description", Holds::Text(None), Write::Plain),
        Stock::new("body", "Text", Holds::Rich, Write::Plain).hidden(),
        Stock::new("text_file", "File of the text", Holds::Files, Write::Never),
        Stock::new("artifacts", "Files", Holds::Files, Write::Set),
        Stock::new("url", "Link", Holds::Text(None), Write::Never),
        Stock::new("parent", "Lies in", Holds::Ref("directory"), Write::Nullable),
        Stock::new("owned_by", "Owners", Holds::Refs("dev_user"), Write::Set).required(),
        Stock::new("authored_by", "Authors", Holds::Refs("dev_user"), Write::Set),
        Stock::new("applies_to_parts", "Parts", Holds::Refs("part"), Write::Set),
        Stock::new("scope", "Scope", Holds::Level(SCOPES), Write::Once),
        Stock::new("article_type", "Type", Holds::Choice(TYPES), Write::Never),
        Stock::new("status", "Status", Holds::Choice(STATUSES), Write::Plain).hidden(),
        Stock::new("access_level", "Access", Holds::Choice(ACCESS), Write::Plain).hidden(),
        Stock::new("language", "Language", Holds::Text(None), Write::Plain).hidden(),
        Stock::new("published_at", "Published", Holds::Instant, Write::Once).hidden(),
        Stock::new("release_notes", "Release notes", Holds::Text(None), Write::Plain).hidden(),
        Stock::new("aliases", "Aliases", Holds::Texts, Write::Set).hidden(),
        Stock::new("tags", "Tags", Holds::Tags, Write::Set).hidden(),
        DISPLAY_ID,
        CREATED,
    ],
};

/// What a file begins and ends with that holds a text of ours; between them is the key of its article.
const FILE: (&str, &str) = ("interline.", ".md");
const MEDIA_TYPE: &str = "text/markdown";

/// The name of the file that holds an article's text. Whatever may mean something to a file system is written by its code.
fn file_name(key: &str) -> String {
    let mut name = FILE.0.to_owned();
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            _ => name.push_str(&format!("%{byte:02x}")),
        }
    }
    name + FILE.1
}

/// The key in a file's name, if the file is ours; it may be empty.
fn key_in(name: &str) -> Option<String> {
    let mut rest = name.strip_prefix(FILE.0)?.strip_suffix(FILE.1)?.bytes();
    let mut key = Vec::new();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            key.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let code = digit(rest.next())? * 16 + digit(rest.next())?;
        key.push(u8::try_from(code).ok()?);
    }
    String::from_utf8(key).ok()
}

/// Articles by our keys, listed once for all that are looked for before another creation goes wrong.
#[derive(Default)]
pub(super) struct Articles(Mutex<Option<HashMap<String, RecordId>>>);

impl Articles {
    /// What was listed says nothing of a creation that was sent since, and whose answer is not known.
    pub(super) async fn forget(&self) {
        self.0.lock().await.take();
    }
}

/// What an article holds.
#[derive(Default)]
struct Resource {
    /// The file of its text with our key in its name.
    text: Option<(Json, String)>,
    /// Its other files.
    others: Vec<Json>,
    url: Option<Json>,
}

impl Resource {
    fn read(resource: Json) -> Self {
        let mut read = Self::default();
        let Json::Object(mut members) = resource else {
            return read;
        };
        read.url = members.remove("url");
        let files = match members.remove("artifacts") {
            Some(Json::Array(files)) => files,
            _ => Vec::new(),
        };
        for file in files {
            let name = file.pointer("/file/name").and_then(Json::as_str);
            match name.and_then(key_in).filter(|_| read.text.is_none()) {
                Some(key) => read.text = Some((file, key)),
                None => read.others.push(file),
            }
        }
        read
    }
}

/// Puts what an article holds where shaping looks for it.
pub(super) fn unpack(members: &mut Members) {
    let resource = Resource::read(members.remove("resource").unwrap_or_default());
    members.insert("artifacts", Json::Array(resource.others));
    if let Some(url) = resource.url {
        members.insert("url", url);
    }
    if let Some((file, key)) = resource.text {
        members.insert("text_file", Json::Array(vec![file]));
        members.insert("external_ref", Json::from(key));
    }
}

impl DevRevSession {
    /// Brings the text of an article that is to be made, empty or not: its file holds the key. Nobody is told of what
    /// an import publishes.
    pub(super) async fn bring_new_text(
        &self,
        body: &mut Map<String, Json>,
        key: &ExternalKey,
    ) -> Result<(), Fault> {
        let text = text(body).unwrap_or_default();
        let id = self
            .bring_text(&file_name(key.as_str()), MEDIA_TYPE, text)
            .await?;
        let mut files = vec![Json::from(id)];
        if let Some(Json::Array(others)) = body.remove("artifacts") {
            files.extend(others);
        }
        body.insert("resource".to_owned(), json!({ "artifacts": files }));
        body.insert("notify".to_owned(), Json::Bool(false));
        Ok(())
    }

    /// Brings the text of an article that is there, if it has another one, and keeps the files that it shall keep.
    pub(super) async fn bring_text_again(
        &self,
        object: &Object,
        id: &RecordId,
        body: &mut Map<String, Json>,
    ) -> Result<(), Fault> {
        if body.contains_key("status") {
            body.insert("notify".to_owned(), Json::Bool(false));
        }
        let text = text(body);
        let given = body.get("artifacts").and_then(|files| files.get("set")).cloned();
        if text.is_none() && given.is_none() {
            return Ok(());
        }
        let there = self.resource_of(object, id).await?;
        let key = there.text.as_ref().map(|(_, key)| key.as_str());
        let file = match text {
            Some(text) => {
                let name = file_name(key.unwrap_or_default());
                Some(Json::from(self.bring_text(&name, MEDIA_TYPE, text).await?))
            }
            None => there.text.as_ref().and_then(|(file, _)| file.get("id")).cloned(),
        };
        let others = match given {
            Some(Json::Array(files)) => files,
            _ => {
                let ids = there.others.iter().filter_map(|file| file.get("id"));
                ids.cloned().collect()
            }
        };
        let files: Vec<Json> = file.into_iter().chain(others).collect();
        body.insert("artifacts".to_owned(), json!({ "set": files }));
        Ok(())
    }

    async fn resource_of(&self, object: &Object, id: &RecordId) -> Result<Resource, Fault> {
        let (path, doing) = object.calls.get;
        let call = Call::new(path, doing).about(id.as_str());
        let answer = self.client.read(call, &json!({ "id": id.as_str() })).await?;
        let raw = answer.record(object.one)?;
        Ok(Resource::read(resource(object, &raw)?))
    }

    /// The article with our key. All of them are listed for it.
    pub(super) async fn article_by_key(&self, object: &Object, key: &str) -> Result<Option<Raw>, Fault> {
        let mut known = self.articles.0.lock().await;
        let ids = match known.take() {
            Some(ids) => ids,
            None => self.all_articles(object).await?,
        };
        let found = known.insert(ids).get(key).cloned();
        drop(known);
        match found {
            Some(id) => Source::find(self, &ObjectName::new(&object.name), &id).await,
            None => Ok(None),
        }
    }

    async fn all_articles(&self, object: &Object) -> Result<HashMap<String, RecordId>, Fault> {
        let (path, doing) = object.calls.list;
        let mut ids = HashMap::new();
        let mut body = Map::new();
        body.insert("limit".to_owned(), json!(100));
        loop {
            let call = Call::new(path, doing);
            let answer = self.client.read(call, &Json::Object(body.clone())).await?;
            let (raws, cursor) = answer.page(object.many)?;
            for raw in raws {
                let resource = Resource::read(resource(object, &raw)?);
                ids.extend(resource.text.map(|(_, key)| (key, raw.id)));
            }
            let Some(cursor) = cursor else { return Ok(ids) };
            body.insert("cursor".to_owned(), Json::from(cursor));
        }
    }
}

fn resource(object: &Object, raw: &Raw) -> Result<Json, Fault> {
    let read = members(object, &raw.json).map_err(|error| {
        let doing = format!("reading what the article `{}` holds", raw.id);
        Fault::new(FaultKind::Unexpected, doing).because(error)
    });
    Ok(read?.remove("resource").unwrap_or_default())
}

/// Takes out what an article shall say.
fn text(body: &mut Map<String, Json>) -> Option<String> {
    match body.remove("body") {
        Some(Json::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_holds_any_key() {
        for key in [
            "planhat:company:5f",
            "intercom:article:7:pt-BR",
            "a/b%2e \"ö\"",
            "",
        ] {
            assert_eq!(key_in(&file_name(key)).as_deref(), Some(key), "{key}");
        }
        assert_eq!(
            file_name("intercom:article:7"),
            "interline.intercom%3aarticle%3a7.md"
        );
        for other in [
            "a.md",
            "interline.md",
            "interline.%zz.md",
            "interline.%4.md",
            "interline.a.html",
        ] {
            assert_eq!(key_in(other), None, "{other}");
        }
    }
}
