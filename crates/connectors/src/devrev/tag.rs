//! Tags, and the ids that their names stand for.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use model::{Fault, FaultKind};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::sync::Mutex;

use super::{
    client::{Call, Client},
    object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write},
};

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("tag"),
    title: Cow::Borrowed("Tag"),
    calls: Calls {
        list: ("/tags.list", "reading a page of tags"),
        get: ("/tags.get", "reading the tag"),
        create: Some(("/tags.create", "creating the tag")),
        update: Some(("/tags.update", "updating the tag")),
        delete: Some(("/tags.delete", "deleting the tag")),
    },
    one: "tag",
    many: "tags",
    leaf: None,
    kind: None,
    since: Since::Never,
    sorts: true,
    // A name is had once, and records that bear a tag make it by that name.
    key: Key::Likeness(&["name"]),
    stock: &[
        Stock::new("name", "Name", Holds::Text(None), Write::Plain).required(),
        Stock::new("description", "Description", Holds::Text(None), Write::Plain),
        DISPLAY_ID,
        CREATED,
    ],
};

/// The ids of tags by name, read once and made on demand.
#[derive(Default)]
pub(super) struct Tags {
    ids: RwLock<HashMap<String, String>>,
    // Held while the vendor is asked, so that two tasks never make the same tag.
    gate: Mutex<bool>,
}

#[derive(Deserialize)]
struct Tag {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct TagPage {
    #[serde(default)] // absent when there are none
    tags: Vec<Tag>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct NewTag {
    tag: Tag,
}

impl Tags {
    /// The id of each name; a tag that is missing is made.
    pub(super) async fn ids(&self, client: &Client, names: &[&str]) -> Result<Vec<String>, Fault> {
        if let Some(ids) = self.known(names) {
            return Ok(ids);
        }
        let mut loaded = self.gate.lock().await;
        if !*loaded {
            self.load(client).await?;
            *loaded = true;
        }
        for name in names {
            if self.known(&[name]).is_none() {
                let tag = make(client, name).await?;
                self.learn([tag]);
            }
        }
        drop(loaded);
        Ok(self.known(names).unwrap_or_default())
    }

    fn known(&self, names: &[&str]) -> Option<Vec<String>> {
        let ids = self.ids.read().unwrap_or_else(PoisonError::into_inner);
        names.iter().map(|name| ids.get(*name).cloned()).collect()
    }

    fn learn(&self, tags: impl IntoIterator<Item = Tag>) {
        let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        ids.extend(tags.into_iter().map(|tag| (tag.name, tag.id)));
    }

    async fn load(&self, client: &Client) -> Result<(), Fault> {
        let mut body = json!({"limit": 100});
        loop {
            let call = Call::new("/tags.list", "reading a page of tags");
            let page: TagPage = client.read(call, &body).await?.parse()?;
            self.learn(page.tags);
            match page.next_cursor.filter(|cursor| !cursor.is_empty()) {
                Some(cursor) => body = json!({"limit": 100, "cursor": cursor}),
                None => return Ok(()),
            }
        }
    }
}

async fn make(client: &Client, name: &str) -> Result<Tag, Fault> {
    let call = Call::new("/tags.create", "creating the tag").about(name);
    let refusal = match client.write(call, &json!({"name": name})).await {
        Ok(answer) => return answer.parse::<NewTag>().map(|made| made.tag),
        Err(refusal) => refusal,
    };
    if refusal.kind() != FaultKind::Exists {
        return Err(refusal.into());
    }
    let body: Json = json!({"name": [name]});
    let call = Call::new("/tags.list", "looking for the tag").about(name);
    let page: TagPage = client.read(call, &body).await?.parse()?;
    let found = page.tags.into_iter().find(|tag| tag.name == name);
    found.ok_or_else(|| refusal.into())
}
