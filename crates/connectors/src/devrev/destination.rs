//! Writing.

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use model::{
    Action, Change, ChangeId, Destination, ExternalKey, Fault, FaultKind, FieldChange, ObjectName, Outcome,
    Raw, RecordId, SchemaChange, Value, Written,
};
use serde_json::{Map, Value as Json, json};

use super::{
    body,
    client::{Call, Refusal},
    contact,
    encode::{self, Words},
    object::{self, Key, Object},
    schema,
    session::DevRevSession,
    shape::{self, KEY_FIELD},
    source::add_type,
};

#[async_trait]
impl Destination for DevRevSession {
    async fn extend(&self, change: &SchemaChange) -> Result<(), Fault> {
        schema::extend(self, change).await
    }

    async fn option(&self, name: &str, text: &str) -> Result<Value, Fault> {
        self.read_option(name, text).await
    }

    async fn write(&self, object: &ObjectName, changes: &[Change]) -> Vec<Outcome> {
        let mut writes = Vec::with_capacity(changes.len());
        for change in changes {
            writes.push(self.outcome(object, change));
        }
        let width = self.client.pace.parallel();
        stream::iter(writes).buffered(width).collect().await
    }

    async fn look_back(&self, object: &ObjectName, key: &ExternalKey) -> Result<Option<Outcome>, Fault> {
        let object = object::by_name(object)?;
        if object.key == Key::Nowhere {
            return Ok(None);
        }
        self.ensure_key_field(object).await?;
        let Some(raw) = self.by_key(object, key).await? else {
            return Ok(None);
        };
        // A body that lost its comments is not there yet: creating it again finds it, and makes them.
        if !self.has_whole_body(object, &raw).await? {
            return Ok(None);
        }
        let result = Ok(written(raw));
        let change = ChangeId::new(key.as_str());
        Ok(Some(Outcome { change, result }))
    }

    fn batch(&self, _object: &ObjectName) -> usize {
        200
    }

    fn calls_per_minute(&self) -> Option<u64> {
        self.client.pace.per_minute()
    }
}

impl DevRevSession {
    async fn outcome(&self, object: &ObjectName, change: &Change) -> Outcome {
        let result = match object::by_name(object) {
            Ok(object) => self.write_one(object, change).await,
            Err(fault) => Err(fault),
        };
        let change = change.id.clone();
        Outcome { change, result }
    }

    async fn write_one(&self, object: &'static Object, change: &Change) -> Result<Written, Fault> {
        match &change.action {
            Action::Create { .. } if object.name == "dev_user" => self.create_dev_user(object, change).await,
            Action::Create { key } => self.create(object, change, key).await,
            Action::Update(id) => self.update(object, change, id).await,
            Action::Delete(id) => self.delete(object, id).await,
        }
    }

    async fn create(
        &self,
        object: &'static Object,
        change: &Change,
        key: &ExternalKey,
    ) -> Result<Written, Fault> {
        let (path, doing) = called(object, object.calls.create, "created")?;
        self.ensure_key_field(object).await?;
        let mut members = self.words(object, &change.fields, doing, false).await?;
        let rest = body::cut(object, &mut members);
        self.add_key(object, &mut members, key);
        if let Some(kind) = object.kind {
            members.insert("type".to_owned(), Json::from(kind));
        }
        // An earlier try may have made the ticket and not its comments.
        if !rest.is_empty()
            && let Some(raw) = self.by_key(object, key).await?
        {
            body::keep(&self.client, raw.id.as_str(), &rest, 0).await?;
            return Ok(written(raw));
        }
        let call = Call::new(path, doing).about(key.as_str());
        let raw = match self.send_create(object, call, members).await {
            Ok(raw) => raw,
            Err(refusal) => self.not_created(object, call, key, refusal).await?,
        };
        body::keep(&self.client, raw.id.as_str(), &rest, 0).await?;
        Ok(written(raw))
    }

    async fn send_create(
        &self,
        object: &'static Object,
        call: Call<'_>,
        members: Map<String, Json>,
    ) -> Result<Raw, Refusal> {
        let mut body = Json::Object(members);
        let answer = match self.client.write(call, &body).await {
            Err(refusal) if object.key == Key::FieldAndRef && refusal.is_unknown_field("external_ref") => {
                self.remember_refused_ref();
                if let Json::Object(members) = &mut body {
                    members.remove("external_ref");
                }
                self.client.write(call, &body).await?
            }
            other => other?,
        };
        Ok(answer.record(object.one)?)
    }

    /// What exists already under our key is what we wanted; anything else is a fault.
    async fn not_created(
        &self,
        object: &'static Object,
        call: Call<'_>,
        key: &ExternalKey,
        refusal: Refusal,
    ) -> Result<Raw, Fault> {
        let words = refusal.fault.words().unwrap_or_default().to_owned();
        match refusal.kind() {
            FaultKind::Exists => {
                let ours = match self.by_key(object, key).await {
                    // The refusal already says that something is there; whose it is stays open.
                    Err(fault) if fault.kind() == FaultKind::Unexpected => None,
                    looked => looked?,
                };
                ours.ok_or_else(|| refusal.fault.hint(unique_keys(object)))
            }
            // Not the record itself is gone, but one it refers to.
            FaultKind::Gone => Err(Fault::new(FaultKind::Rejected, call.name())
                .said(words)
                .hint("a record that it refers to is not there any more")),
            _ => Err(refusal.into()),
        }
    }

    async fn create_dev_user(&self, object: &'static Object, change: &Change) -> Result<Written, Fault> {
        let (path, doing) = called(object, object.calls.create, "created")?;
        let mut members = self.words(object, &change.fields, doing, false).await?;
        let email = members
            .get("email")
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned();
        if email.is_empty() {
            return Err(Fault::new(FaultKind::Rejected, doing).said("`email` is required"));
        }
        if let Some(raw) = self.dev_user(object, &email).await? {
            return Ok(written(raw));
        }
        members.insert("state".to_owned(), Json::from("shadow"));
        let call = Call::new(path, doing);
        match self.client.write(call, &Json::Object(members)).await {
            Ok(answer) => answer.record(object.one).map(written),
            Err(refusal) if refusal.kind() == FaultKind::Exists => {
                let found = self.dev_user(object, &email).await?;
                found.map(written).ok_or_else(|| refusal.into())
            }
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn dev_user(&self, object: &Object, email: &str) -> Result<Option<Raw>, Fault> {
        let call = Call::new(object.calls.list.0, "looking for the dev user");
        let answer = self.client.read(call, &json!({"email": [email]})).await?;
        Ok(answer.page(object.many)?.0.into_iter().next())
    }

    async fn update(
        &self,
        object: &'static Object,
        change: &Change,
        id: &RecordId,
    ) -> Result<Written, Fault> {
        let (path, doing) = called(object, object.calls.update, "updated")?;
        let mut members = self.words(object, &change.fields, doing, true).await?;
        let rest = body::cut(object, &mut members);
        let call = Call::new(path, doing).about(id.as_str());
        let mut done = Written {
            id: id.clone(),
            raw: None,
        };
        if !members.is_empty() {
            members.insert("id".to_owned(), Json::from(id.as_str()));
            // A conversation's update has no type.
            if object.kind == Some("ticket") {
                members.insert("type".to_owned(), Json::from("ticket"));
            }
            let answer = self.client.write(call, &Json::Object(members)).await?;
            done = written(answer.record(object.one)?);
        }
        body::keep(&self.client, id.as_str(), &rest, pieces_before(change)).await?;
        if let Some(account) = change.fields.iter().find(|field| is_association(object, field)) {
            done.raw = Some(contact::join(&self.client, id, account).await?);
        }
        Ok(done)
    }

    async fn delete(&self, object: &'static Object, id: &RecordId) -> Result<Written, Fault> {
        let (path, doing) = called(object, object.calls.delete, "deleted")?;
        let call = Call::new(path, doing).about(id.as_str());
        match self.client.write(call, &json!({ "id": id })).await {
            Err(refusal) if refusal.kind() != FaultKind::Gone => Err(refusal.into()),
            _ => Ok(Written {
                id: id.clone(),
                raw: None,
            }),
        }
    }

    async fn words(
        &self,
        object: &'static Object,
        fields: &[FieldChange],
        doing: &str,
        update: bool,
    ) -> Result<Map<String, Json>, Fault> {
        let tag_ids = self
            .tags
            .ids(&self.client, &encode::tag_names(object, fields))
            .await?;
        let words = Words {
            object,
            kinds: &self.kinds(object),
            tag_ids: &tag_ids,
            doing,
        };
        match update {
            true => words.update(fields),
            false => words.create(fields),
        }
    }

    fn add_key(&self, object: &Object, members: &mut Map<String, Json>, key: &ExternalKey) {
        let key = key.as_str();
        match object.key {
            Key::Nowhere => {}
            Key::Refs => drop(members.insert("external_refs".to_owned(), json!([key]))),
            Key::Ref => drop(members.insert("external_ref".to_owned(), Json::from(key))),
            Key::Field => encode::add_key(members, KEY_FIELD, key),
            Key::FieldAndRef => {
                encode::add_key(members, KEY_FIELD, key);
                if !self.refuses_ref() {
                    members.insert("external_ref".to_owned(), Json::from(key));
                }
            }
        }
    }

    /// The record that carries our key.
    async fn by_key(&self, object: &'static Object, key: &ExternalKey) -> Result<Option<Raw>, Fault> {
        let key = key.as_str();
        let by_field = ("custom_fields", json!({KEY_FIELD: [key]}));
        let filters = match object.key {
            Key::Nowhere => Vec::new(),
            Key::Refs => vec![("external_refs", json!([key]))],
            Key::Ref => vec![("external_ref", json!([key]))],
            Key::Field => vec![by_field],
            Key::FieldAndRef if self.refuses_ref() => vec![by_field],
            Key::FieldAndRef => vec![by_field, ("external_ref", json!([key]))],
        };
        for (name, filter) in filters {
            let mut body = Map::new();
            add_type(&mut body, object);
            body.insert(name.to_owned(), filter);
            let call = Call::new(object.calls.list.0, object.calls.list.1).about(key);
            let answer = match self.client.read(call, &Json::Object(body)).await {
                Err(refusal) if name == "external_ref" && refusal.is_unknown_field(name) => continue,
                other => other?,
            };
            let (raws, _) = answer.page(object.many)?;
            // A filter that is not heeded must not hand us a stranger.
            let heeded = raws.is_empty();
            if let Some(raw) = raws.into_iter().find(|raw| self.carries(object, raw, key)) {
                return Ok(Some(raw));
            }
            // Nor tell us that our record is not there, when it was not looked for.
            if !heeded {
                let doing = format!("looking for {key}");
                return Err(
                    Fault::new(FaultKind::Unexpected, doing).said("the filter by our key was not heeded")
                );
            }
        }
        Ok(None)
    }

    fn carries(&self, object: &Object, raw: &Raw, key: &str) -> bool {
        let record = shape::shape(object, raw, &self.kinds(object));
        record.is_ok_and(|record| record.keys.iter().any(|known| known == key))
    }

    async fn has_whole_body(&self, object: &Object, raw: &Raw) -> Result<bool, Fault> {
        let record = shape::shape(object, raw, &self.kinds(object))?;
        match record.fields.get("body") {
            Some(Value::Rich(rich)) => body::is_complete(&self.client, raw.id.as_str(), &rich.text).await,
            _ => Ok(true),
        }
    }
}

fn written(raw: Raw) -> Written {
    Written {
        id: raw.id.clone(),
        raw: Some(raw),
    }
}

fn called(
    object: &Object,
    call: Option<(&'static str, &'static str)>,
    what: &str,
) -> Result<(&'static str, &'static str), Fault> {
    call.ok_or_else(|| {
        let doing = format!("writing a {}", object.name);
        Fault::new(FaultKind::Rejected, doing).said(format!("it cannot be {what} in DevRev"))
    })
}

fn is_association(object: &Object, field: &FieldChange) -> bool {
    let stock = object.field(field.name.as_str());
    stock.is_some_and(|stock| stock.write == object::Write::Association)
}

/// In how many comments the body went on before this change, as far as the plan knows it.
fn pieces_before(change: &Change) -> usize {
    let body = change.fields.iter().find(|field| field.name.as_str() == "body");
    match body.and_then(|field| field.before.as_ref()) {
        Some(Value::Rich(rich)) => body::continued(&rich.text),
        _ => 0,
    }
}

fn unique_keys(object: &Object) -> &'static str {
    match object.name {
        "account" => "in DevRev the name, each domain and each website of an account are unique",
        "contact" => "in DevRev each external reference of a contact is unique",
        _ => "DevRev says that a unique key of it is taken",
    }
}
