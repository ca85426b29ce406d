//! Writing.

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use model::{
    Action, Change, ChangeId, Destination, Evidence, ExternalKey, Fault, FaultKind, FieldChange, FieldKind,
    FieldName, FileRef, NewFile, ObjectName, Outcome, Raw, RecordId, SchemaChange, Source, Value, Written,
};
use serde_json::{Map, Value as Json, json};

use super::{
    body,
    client::{Call, Refusal},
    comment, contact, custom, dev_user, domains,
    encode::{self, Words},
    group,
    object::{self, Key, Object, Write},
    price, schema,
    session::{DevRevSession, REFERENCE},
    shape,
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

    async fn upload(&self, file: &NewFile) -> Result<FileRef, Fault> {
        self.bring_file(file).await
    }

    async fn look_back(&self, object: &ObjectName, key: &ExternalKey) -> Result<Option<Outcome>, Fault> {
        let object = &object::by_name(object)?;
        match object.key {
            Key::Nowhere => return Ok(None),
            // Nothing says what it is about; whoever creates it again knows, and looks there.
            Key::Timeline | Key::Likeness(_) => {
                self.doubt(key).await;
                return Ok(None);
            }
            _ => {}
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

    fn misfit(&self, kind: &FieldKind, value: &Value) -> Option<String> {
        encode::misfit(kind, value)
    }

    fn is_fixed(&self, object: &ObjectName, field: &FieldName) -> bool {
        let object = object::by_name(object).ok();
        let field = object.and_then(|object| object.field(field.as_str()));
        field.is_some_and(|field| field.write == Write::Once && field.names_a_record())
    }

    fn batch(&self, _object: &ObjectName) -> usize {
        200
    }

    fn calls(&self, object: &ObjectName, changes: &[Change], once: &mut BTreeSet<String>) -> u64 {
        price::calls(object, changes, once)
    }

    fn calls_per_minute(&self) -> Option<u64> {
        self.client.pace.per_minute()
    }
}

impl DevRevSession {
    async fn outcome(&self, object: &ObjectName, change: &Change) -> Outcome {
        let result = match object::by_name(object) {
            Ok(object) => self.write_one(&object, change).await,
            Err(fault) => Err(fault),
        };
        let change = change.id.clone();
        Outcome { change, result }
    }

    async fn write_one(&self, object: &Object, change: &Change) -> Result<Written, Fault> {
        match &change.action {
            Action::Create { .. } if object.name == "dev_user" => self.create_dev_user(object, change).await,
            Action::Create { key } => self.create(object, change, key).await,
            Action::Update(id) => self.update(object, change, id).await,
            Action::Delete(id) => self.delete(object, id).await,
        }
    }

    async fn create(&self, object: &Object, change: &Change, key: &ExternalKey) -> Result<Written, Fault> {
        let (path, doing) = called(object, object.calls.create, "created")?;
        self.ensure_key_field(object).await?;
        let mut members = self.words(object, &change.fields, doing, false).await?;
        let rest = body::cut(object, &mut members);
        self.add_key(object, &mut members, key);
        complete(object, &mut members, &change.fields);
        // An earlier try may have made the ticket and not its comments.
        let made = match object.key {
            Key::Timeline => self.comment_before(&members, key).await?,
            Key::Likeness(names) => self.like_before(object, (&members, key), names).await?,
            _ if rest.is_empty() => None,
            _ => self.by_key(object, key).await?,
        };
        let call = Call::new(path, doing).about(key.as_str());
        let done = match made {
            Some(raw) => found(raw),
            None => {
                if object.key == Key::TextFile {
                    self.bring_new_text(&mut members, key).await?;
                }
                match self.send_create(object, call, members.clone()).await {
                    Ok(raw) => written(raw),
                    Err(refusal) => {
                        self.articles.forget().await;
                        self.not_created(object, call, (&members, key), refusal).await?
                    }
                }
            }
        };
        body::keep(&self.client, done.id.as_str(), &rest, 0).await?;
        let joined = self.join(object, &done.id, &change.fields, true).await?;
        let raw = joined.or(done.raw);
        Ok(Written { raw, ..done })
    }

    /// Does what takes calls of its own; gives the record if that changed it.
    async fn join(
        &self,
        object: &Object,
        id: &RecordId,
        fields: &[FieldChange],
        is_new: bool,
    ) -> Result<Option<Raw>, Fault> {
        let mut raw = None;
        for field in fields {
            let write = object.field(field.name.as_str()).map(|stock| stock.write);
            match (write, field.name.as_str()) {
                (Some(Write::Association), _) if !is_new => {
                    raw = Some(contact::join(&self.client, id, field).await?);
                }
                // The first of them is where it was created.
                (Some(Write::Apart), "accounts") if !is_new || field.after.elements().len() > 1 => {
                    raw = Some(contact::join_all(&self.client, id, field).await?);
                }
                (Some(Write::Apart), "groups") => {
                    group::join(&self.client, id, field).await?;
                    // No answer of these calls shows the user.
                    if !is_new {
                        raw = Source::find(self, &ObjectName::new(&object.name), id).await?;
                    }
                }
                _ => {}
            }
        }
        Ok(raw)
    }

    async fn send_create(
        &self,
        object: &Object,
        call: Call<'_>,
        members: Map<String, Json>,
    ) -> Result<Raw, Refusal> {
        let mut body = Json::Object(members);
        if object.is_custom() {
            let sent = self
                .when_granted(object, call, || self.client.write(call, &body))
                .await;
            return Ok(sent.map_err(custom::one_refused)?.record(object.one)?);
        }
        let answer = match self.client.write(call, &body).await {
            Err(refusal) if may_lack(object) && refusal.is_unknown_field(REFERENCE) => {
                self.do_without_reference(object);
                if let Json::Object(members) = &mut body {
                    members.remove(REFERENCE);
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
        object: &Object,
        call: Call<'_>,
        (members, key): (&Map<String, Json>, &ExternalKey),
        refusal: Refusal,
    ) -> Result<Written, Fault> {
        let words = refusal.fault.words().unwrap_or_default().to_owned();
        match refusal.kind() {
            FaultKind::Exists => {
                let looked = match object.key {
                    Key::Timeline => self.comment_by_key(members, key).await,
                    Key::Nowhere => self.namesake(object, members).await,
                    Key::Likeness(names) => self.like(object, members, names).await,
                    _ => self.by_key(object, key).await,
                };
                let ours = match looked {
                    // The refusal already says that something is there; whose it is stays open.
                    Err(fault) if fault.kind() == FaultKind::Unexpected => None,
                    looked => looked?,
                };
                match ours {
                    Some(ours) => Ok(found(ours)),
                    None => self
                        .without_what_is_taken(object, call, members, refusal)
                        .await
                        .map(written),
                }
            }
            // Not the record itself is gone, but one it refers to.
            FaultKind::Gone => Err(Fault::new(FaultKind::Rejected, call.name())
                .said(words)
                .hint("a record that it refers to is not there any more")),
            _ => Err(refusal.into()),
        }
    }

    /// Creates an account without the domains that others have, if it was these that were in the way.
    async fn without_what_is_taken(
        &self,
        object: &Object,
        call: Call<'_>,
        members: &Map<String, Json>,
        refusal: Refusal,
    ) -> Result<Raw, Fault> {
        let mut members = members.clone();
        if object.name == "account" && domains::leave_taken(&self.client, &mut members, None).await? {
            let sent = self.send_create(object, call, members).await;
            return sent.map_err(|refusal| refusal.fault.hint(unique_keys(object)));
        }
        Err(refusal.fault.hint(unique_keys(object)))
    }

    /// A dev user is the same person under the same address: one that is there is taken.
    async fn create_dev_user(&self, object: &Object, change: &Change) -> Result<Written, Fault> {
        let (path, doing) = called(object, object.calls.create, "created")?;
        let mut members = self.words(object, &change.fields, doing, false).await?;
        if !members.contains_key("email") {
            return Err(Fault::new(FaultKind::Rejected, doing).said("`email` is required"));
        }
        let mut made = self.namesake(object, &members).await?.map(found);
        if made.is_none() && !self.makes_shadows {
            return Err(dev_user::stranger(doing));
        }
        if made.is_none() {
            members.insert("state".to_owned(), Json::from("shadow"));
            let sent = self
                .client
                .write(Call::new(path, doing), &Json::Object(members.clone()))
                .await;
            made = Some(match sent {
                Ok(answer) => written(answer.record(object.one)?),
                Err(refusal) if refusal.kind() == FaultKind::Exists => {
                    let namesake = self.namesake(object, &members).await?;
                    found(namesake.ok_or_else(|| Fault::from(refusal))?)
                }
                Err(refusal) => return Err(refusal.into()),
            });
        }
        let Some(done) = made else {
            return Err(Fault::new(FaultKind::Unexpected, doing).said("nothing was made"));
        };
        self.join(object, &done.id, &change.fields, true).await?;
        Ok(done)
    }

    /// The record that has the same address or the same name, where that makes it the same.
    async fn namesake(&self, object: &Object, members: &Map<String, Json>) -> Result<Option<Raw>, Fault> {
        for name in ["email", "name"] {
            let Some(word) = members.get(name) else { continue };
            let call = Call::new(object.calls.list.0, "looking for one of that name");
            let answer = self.client.read(call, &json!({ name: [word] })).await?;
            let mut raws = answer.page(object.many)?.0.into_iter();
            return Ok(raws.find(|raw| self.is_called(object, raw, name, word)));
        }
        Ok(None)
    }

    /// A filter that is not heeded must not hand us a stranger.
    fn is_called(&self, object: &Object, raw: &Raw, name: &str, word: &Json) -> bool {
        let record = shape::shape(object, raw, &self.kinds(object));
        let shown = record
            .ok()
            .and_then(|record| record.fields.get(name)?.as_text().map(str::to_lowercase));
        shown.is_some_and(|shown| word.as_str().map(str::to_lowercase) == Some(shown))
    }

    async fn update(&self, object: &Object, change: &Change, id: &RecordId) -> Result<Written, Fault> {
        let (path, doing) = called(object, object.calls.update, "updated")?;
        let mut members = self.words(object, &change.fields, doing, true).await?;
        let rest = body::cut(object, &mut members);
        let call = Call::new(path, doing).about(id.as_str());
        let mut done = Written {
            id: id.clone(),
            raw: None,
            evidence: Evidence::Answered,
        };
        if !members.is_empty() {
            members.insert("id".to_owned(), Json::from(id.as_str()));
            if object.key == Key::TextFile {
                self.bring_text_again(object, id, &mut members).await?;
            }
            // A conversation's update has no type.
            if object.is_work() || object.key == Key::Timeline {
                members.insert("type".to_owned(), json!(object.kind));
            }
            let mut sent = self.client.write(call, &Json::Object(members.clone())).await;
            if matches!(&sent, Err(refusal) if refusal.kind() == FaultKind::Exists)
                && object.name == "account"
                && domains::leave_taken(&self.client, &mut members, Some(id)).await?
            {
                sent = self.client.write(call, &Json::Object(members)).await;
            }
            done = written(sent?.record(object.one)?);
        }
        body::keep(&self.client, id.as_str(), &rest, pieces_before(change)).await?;
        if let Some(raw) = self.join(object, id, &change.fields, false).await? {
            done.raw = Some(raw);
        }
        Ok(done)
    }

    /// What cannot be deleted, and who has joined DevRev meanwhile, stays, and is shown as it is.
    async fn delete(&self, object: &Object, id: &RecordId) -> Result<Written, Fault> {
        if object.calls.delete.is_none() || object.name == "dev_user" {
            let there = Source::find(self, &ObjectName::new(&object.name), id).await?;
            let is_shadow = |raw: &Raw| {
                let record = shape::shape(object, raw, &self.kinds(object));
                let state = record.ok().and_then(|record| record.fields.get("state").cloned());
                state
                    .and_then(|state| state.as_text().map(str::to_owned))
                    .as_deref()
                    == Some("shadow")
            };
            if let Some(raw) = there.filter(|raw| object.calls.delete.is_none() || !is_shadow(raw)) {
                return Ok(written(raw));
            }
        }
        let (path, doing) = called(object, object.calls.delete, "deleted")?;
        let call = Call::new(path, doing).about(id.as_str());
        match self.client.write(call, &json!({ "id": id })).await {
            Err(refusal) if refusal.kind() != FaultKind::Gone => Err(refusal.into()),
            _ => Ok(Written {
                id: id.clone(),
                raw: None,
                evidence: Evidence::Answered,
            }),
        }
    }

    async fn words(
        &self,
        object: &Object,
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
        evidence: Evidence::Answered,
    }
}

/// What an earlier try made.
fn found(raw: Raw) -> Written {
    Written {
        evidence: Evidence::There,
        ..written(raw)
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

/// What every record of an object is created with, beside what the change says.
fn complete(object: &Object, members: &mut Map<String, Json>, fields: &[FieldChange]) {
    if let Some(kind) = object.kind {
        members.insert("type".to_owned(), Json::from(kind));
    }
    if object.is_custom() {
        members.insert("leaf_type".to_owned(), json!(object.leaf));
    }
    match object.name.as_ref() {
        "comment" => comment::complete(members),
        "contact" => contact::complete(members, fields),
        "group" => group::complete(members),
        _ => {}
    }
}

/// Whether there are organisations whose calls take no reference with it.
fn may_lack(object: &Object) -> bool {
    matches!(object.key, Key::FieldAndRef | Key::Timeline)
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
    match object.name.as_ref() {
        "account" => "in DevRev the name, each domain and each website of an account are unique",
        "contact" => "in DevRev each external reference of a contact is unique",
        _ => "DevRev says that a unique key of it is taken",
    }
}
