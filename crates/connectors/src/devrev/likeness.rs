//! Records whose calls take no key: one that was sent and not answered is known by what it says.

use model::{ExternalKey, Fault, Raw, Record, Timestamp, Value};
use serde_json::{Map, Value as Json, json};

use super::{client::Call, link, object::Object, session::DevRevSession, shape};

impl DevRevSession {
    /// A record that is to be created with these members and may be there already.
    pub(super) async fn like_before(
        &self,
        object: &Object,
        (members, key): (&Map<String, Json>, &ExternalKey),
        names: &[&str],
    ) -> Result<Option<Raw>, Fault> {
        match self.is_doubtful(key).await {
            true => self.like(object, members, names).await,
            false => Ok(None),
        }
    }

    /// The youngest record that has the same in these fields: what was sent last is what is looked for.
    pub(super) async fn like(
        &self,
        object: &Object,
        members: &Map<String, Json>,
        names: &[&str],
    ) -> Result<Option<Raw>, Fault> {
        let (path, doing) = object.calls.list;
        let mut body = Map::new();
        body.insert("limit".to_owned(), json!(100));
        if object.name == "link" {
            link::add_source(&mut body, members);
        }
        let mut found = None;
        loop {
            let answer = self
                .client
                .read(Call::new(path, doing), &Json::Object(body.clone()))
                .await?;
            let (raws, cursor) = answer.page(object.many)?;
            for raw in raws {
                let record = shape::shape(object, &raw, &self.kinds(object))?;
                if names.iter().all(|name| same(&record, members, name)) {
                    let made = created(&record);
                    found = found
                        .into_iter()
                        .chain([(made, raw)])
                        .max_by_key(|(made, _)| *made);
                }
            }
            let Some(cursor) = cursor else {
                return Ok(found.map(|(_, raw)| raw));
            };
            body.insert("cursor".to_owned(), Json::from(cursor));
        }
    }
}

fn created(record: &Record) -> Option<Timestamp> {
    match record.fields.get("created_date") {
        Some(Value::Instant(at)) => Some(*at),
        _ => None,
    }
}

/// Whether a record has in a field what the members of a creation say.
fn same(record: &Record, members: &Map<String, Json>, name: &str) -> bool {
    let has = match record.fields.get(name) {
        Some(Value::Ref(reference)) => Some(reference.id.as_str()),
        Some(value) => value.as_text(),
        None => None,
    };
    has == members.get(name).and_then(Json::as_str)
}
