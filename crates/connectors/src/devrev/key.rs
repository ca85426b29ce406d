//! Our key in a record: where it is put, and how a record is found by it.

use model::{ExternalKey, Fault, FaultKind, Raw};
use serde_json::{Map, Value as Json, json};

use super::{
    client::Call,
    encode,
    object::{Key, Object},
    session::{DevRevSession, REFERENCE},
    shape::{self, KEY_FIELD},
    source::add_type,
};

/// One way to ask a list for the record with our key.
struct Filter {
    member: &'static str,
    value: Json,
    /// Whether another way is left where DevRev does not know this one.
    optional: bool,
}

impl Filter {
    fn sure(member: &'static str, value: Json) -> Self {
        Self {
            member,
            value,
            optional: false,
        }
    }

    fn optional(member: &'static str, value: Json) -> Self {
        Self {
            member,
            value,
            optional: true,
        }
    }
}

impl DevRevSession {
    /// Puts our key into the members of a creation.
    pub(super) fn add_key(&self, object: &Object, members: &mut Map<String, Json>, key: &ExternalKey) {
        let key = key.as_str();
        let (name, value) = match object.key {
            // An article's text is brought last, when it is sure that it is not there yet.
            Key::Nowhere | Key::Field | Key::Likeness(_) | Key::TextFile => ("", Json::Null),
            Key::Refs => ("external_refs", json!([key])),
            Key::FieldAndRef | Key::Timeline if self.refuses(object, REFERENCE) => ("", Json::Null),
            Key::Ref | Key::FieldAndRef | Key::Timeline => (REFERENCE, Json::from(key)),
            Key::Unique => ("unique_key", Json::from(key)),
        };
        if !name.is_empty() {
            members.insert(name.to_owned(), value);
        }
        if object.has_key_field() {
            encode::add_key(members, KEY_FIELD, key);
        }
    }

    /// The record that carries our key.
    pub(super) async fn by_key(&self, object: &Object, key: &ExternalKey) -> Result<Option<Raw>, Fault> {
        let key = key.as_str();
        let by_field = || Filter::sure("custom_fields", json!({KEY_FIELD: [key]}));
        let filters = match object.key {
            // What it says must be known to look for it.
            Key::Nowhere | Key::Timeline | Key::Likeness(_) => Vec::new(),
            // No list is filtered by the names of files.
            Key::TextFile => return self.article_by_key(object, key).await,
            Key::Refs => vec![Filter::sure("external_refs", json!([key]))],
            Key::Ref => vec![Filter::sure(REFERENCE, json!([key]))],
            Key::Field => vec![by_field()],
            Key::FieldAndRef if self.refuses(object, REFERENCE) => vec![by_field()],
            Key::FieldAndRef => vec![by_field(), Filter::optional(REFERENCE, json!([key]))],
            // Only filters by custom fields are shown in the documentation.
            Key::Unique => vec![
                Filter::optional("filter", json!(["eq", "$unique_key", key])),
                Filter::sure(
                    "filter",
                    json!(["eq", format!("$custom_fields.{KEY_FIELD}"), key]),
                ),
            ],
        };
        for filter in filters {
            let mut body = Map::new();
            add_type(&mut body, object);
            body.insert(filter.member.to_owned(), filter.value);
            let call = Call::new(object.calls.list.0, object.calls.list.1).about(key);
            let answer = match self.client.read(call, &Json::Object(body)).await {
                Err(refusal) if filter.optional && refusal.kind() == FaultKind::Rejected => continue,
                other => other?,
            };
            let (raws, _) = answer.page(object.many)?;
            // A filter that is not heeded must not hand us a stranger.
            let heeded = raws.is_empty();
            if let Some(raw) = raws.into_iter().find(|raw| self.carries(object, raw, key)) {
                return Ok(Some(raw));
            }
            // Nor tell us that our record is not there, when it was not looked for.
            if !heeded && !filter.optional {
                let doing = format!("looking for {key}");
                return Err(
                    Fault::new(FaultKind::Unexpected, doing).said("the filter by our key was not heeded")
                );
            }
        }
        Ok(None)
    }

    pub(super) fn carries(&self, object: &Object, raw: &Raw, key: &str) -> bool {
        let record = shape::shape(object, raw, &self.kinds(object));
        record.is_ok_and(|record| record.keys.iter().any(|known| known == key))
    }
}
