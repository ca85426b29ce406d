//! One record at a time: made, changed or deleted, and how Planhat has it then.

use http::Method;
use model::{
    Action, Evidence, ExternalKey, Fault, FaultKind, FieldChange, ObjectName, Raw, RecordId, Source, Value,
    Written,
};
use serde_json::{Map, Value as Json, json};

use super::{
    super::{client::Aim, comment::COMMENT, conversation::CONVERSATION, page},
    EXTERNAL, Job, Way, Writer, before, doing, lock,
    members::{self, Members, add_key, type_of},
    ticket, unproven,
};
use crate::kit::{Request, encoded};

impl Writer {
    pub(super) async fn one(&self, way: &Way, job: &Job<'_>) -> Result<Written, Fault> {
        let doing = doing(way, job.change);
        let word = unproven(way, &self.learned, &job.members);
        if let Some(word) = word.filter(|word| lock(&self.learned.types).get(*word) == Some(&false)) {
            return Err(no_type(&doing, word));
        }
        match &job.change.action {
            Action::Create { key } => self.create(way, job, key, &doing).await,
            Action::Update(id) => self.update(way, job, id, &doing).await,
            Action::Delete(id) => self.delete(way, id, &doing).await,
        }
    }

    async fn create(
        &self,
        way: &Way,
        job: &Job<'_>,
        key: &ExternalKey,
        doing: &str,
    ) -> Result<Written, Fault> {
        if way.object.name == COMMENT.name {
            return self.make_comment(way, &job.members, key, doing).await;
        }
        if way.object.name == CONVERSATION.name
            && type_of(&job.members) == Some("ticket")
            && let Some(written) = self.make_ticket(way, &job.members, key, doing).await?
        {
            return Ok(written);
        }
        let mut members = job.members.clone();
        let place = add_key(way, &mut members, key);
        // Until its type is known to be kept, it is not there yet.
        let is_open = unproven(way, &self.learned, &members).is_some();
        if is_open {
            lock(&self.learned.doubts).insert(key.clone());
        }
        let raw = match self.send(way, Method::POST, "", &members, doing).await {
            Err(fault) if fault.kind() == FaultKind::Exists => {
                self.made_already(way, place, &members, doing, fault).await?
            }
            other => other.map_err(not_gone)?,
        };
        self.check_type(way, &members, &raw, doing, None).await?;
        if is_open {
            lock(&self.learned.doubts).remove(key);
        }
        Ok(self.shown(way, raw, &job.change.fields, true).await)
    }

    /// What Planhat says is there already is what we wanted, if it has our key. A path by key is taken for writing where it
    /// is not for reading.
    async fn made_already(
        &self,
        way: &Way,
        place: Option<&'static str>,
        members: &Members,
        doing: &str,
        refused: Fault,
    ) -> Result<Raw, Fault> {
        let key = place.and_then(|place| Some((place, members.get(place)?.as_str()?)));
        let Some((place, key)) = key else {
            return Err(refused);
        };
        let mut rest = members.clone();
        rest.remove(place);
        match self
            .send(way, Method::PUT, &address(place, key), &rest, doing)
            .await
        {
            Ok(raw) => Ok(raw),
            Err(fault) if matches!(fault.kind(), FaultKind::Gone | FaultKind::Rejected) => {
                Err(refused.hint("another record of Planhat has the same id or address"))
            }
            Err(fault) => Err(fault),
        }
    }

    async fn update(&self, way: &Way, job: &Job<'_>, id: &RecordId, doing: &str) -> Result<Written, Fault> {
        let name = ObjectName::new(way.object.name);
        // Nothing of it can be emptied; the answer tells.
        if job.members.is_empty() {
            let found = self.source.find(&name, id).await?;
            let raw = found.ok_or_else(|| Fault::new(FaultKind::Gone, doing))?;
            return Ok(written(raw));
        }
        let mut members = job.members.clone();
        let mut earlier = None;
        if self.needs_before(way, &members) {
            let found = self.source.find(&name, id).await?;
            let raw = found.ok_or_else(|| Fault::new(FaultKind::Gone, doing))?;
            earlier = Some(raw.parse::<Map<String, Json>>(doing)?);
        }
        if let Some(before) = &earlier {
            before::keep_owner(&mut members, before);
            self.keep_custom(way, &mut members, before);
        }
        let path = encoded(id.as_str());
        let mut raw = match self.send(way, Method::PUT, &path, &members, doing).await {
            Ok(raw) => raw,
            Err(refused) => return Err(self.unchanged_comment(way, id, refused).await),
        };
        if let Some(before) = &earlier
            && let Some(lost) = self.lost_custom(way, &members, before, &raw)
        {
            raw = self.send(way, Method::PUT, &path, &lost, doing).await?;
        }
        self.check_type(way, &members, &raw, doing, earlier.as_ref())
            .await?;
        if way.object.name == CONVERSATION.name && ticket::is_for_tickets(&members) {
            raw = self.mend_ticket(way, raw, job, doing).await?;
        }
        Ok(self.shown(way, raw, &job.change.fields, false).await)
    }

    pub(super) async fn delete(&self, way: &Way, id: &RecordId, doing: &str) -> Result<Written, Fault> {
        let path = format!("{}/{}", way.object.path, encoded(id.as_str()));
        let permission = allowed(way, "Delete");
        let aim = Aim {
            doing,
            permission: &permission,
        };
        match self
            .source
            .client
            .ask(Request::new(Method::DELETE, path), aim)
            .await
        {
            // What an answer holds differs from model to model, and says nothing.
            Err(fault) if fault.kind() != FaultKind::Gone => Err(fault),
            _ => Ok(Written {
                id: id.clone(),
                raw: None,
                evidence: Evidence::Answered,
            }),
        }
    }

    /// Sends one record; gives it as answered.
    pub(super) async fn send(
        &self,
        way: &Way,
        method: Method,
        part: &str,
        members: &Members,
        doing: &str,
    ) -> Result<Raw, Fault> {
        let permission = allowed(
            way,
            if method == Method::POST {
                "Create"
            } else {
                "Update"
            },
        );
        let path = match part {
            "" => way.object.path.to_owned(),
            part => format!("{}/{part}", way.object.path),
        };
        let request = Request::new(method, path).json(&Json::Object(members.clone()));
        let aim = Aim {
            doing,
            permission: &permission,
        };
        match self.source.client.ask(request, aim).await {
            Ok(response) => page::one(&response.body, doing),
            Err(fault) => Err(exists(fault)),
        }
    }

    /// The record that has our key, if it was made before.
    pub(in super::super) async fn made_before(
        &self,
        object: &ObjectName,
        key: &ExternalKey,
    ) -> Result<Option<Raw>, Fault> {
        let way = Way::of(object)?;
        // What a comment is about, and whether a ticket got all it should, knows only who makes it again.
        let is_open = lock(&self.learned.doubts).contains(key);
        if way.keys.is_empty() || is_open {
            lock(&self.learned.doubts).insert(key.clone());
            return Ok(None);
        }
        for place in way.keys {
            let found = self
                .source
                .find_at(way.object, &address(place, key.as_str()), key.as_str())
                .await;
            match found {
                Ok(Some(raw)) if self.carries(object, &raw, key) => return Ok(Some(raw)),
                // Not every model is documented to be read by every key.
                Err(fault) if fault.kind() != FaultKind::Rejected => return Err(fault),
                _ => {}
            }
        }
        Ok(None)
    }

    /// A path that is not heeded must not hand us a stranger.
    fn carries(&self, object: &ObjectName, raw: &Raw, key: &ExternalKey) -> bool {
        let record = self.source.shape(object, raw);
        record.is_ok_and(|record| record.keys.iter().any(|known| known == key.as_str()))
    }

    /// A type that the workspace does not have becomes a note without a word: then nothing of it stays.
    async fn check_type(
        &self,
        way: &Way,
        members: &Members,
        raw: &Raw,
        doing: &str,
        before: Option<&Members>,
    ) -> Result<(), Fault> {
        let Some(word) = unproven(way, &self.learned, members) else {
            return Ok(());
        };
        let answered: Members = raw.parse(doing)?;
        let has = type_of(&answered) == Some(word);
        // Whether a ticket can be made here says nothing of others, which have an address.
        if has || word != "ticket" {
            lock(&self.learned.types).insert(word.to_owned(), has);
        }
        if has {
            return Ok(());
        }
        let refused = match word {
            "ticket" => ticket::no_requester(doing),
            word => no_type(doing, word),
        };
        let undone = match before {
            None => self.delete(way, &raw.id, doing).await.map(drop),
            Some(before) => {
                let back = json!({ "type": before.get("type") });
                let back = back.as_object().cloned().unwrap_or_default();
                let path = encoded(raw.id.as_str());
                self.send(way, Method::PUT, &path, &back, doing).await.map(drop)
            }
        };
        match undone {
            Ok(()) => Err(refused),
            Err(fault) => Err(refused
                .hint(format!(
                    "it is the note `{}` now, which could not be undone; do it by hand",
                    raw.id
                ))
                .because(fault)),
        }
    }

    /// The record as it will be read: where an answer is known to differ from that, it is read directly.
    async fn shown(&self, way: &Way, raw: Raw, sent: &[FieldChange], is_new: bool) -> Written {
        let is_talk = way.object.name == CONVERSATION.name;
        if !is_talk || !(is_new || self.differs(way, &raw, sent)) {
            return written(raw);
        }
        let found = self.source.find(&ObjectName::new(way.object.name), &raw.id).await;
        Written {
            id: raw.id,
            // The write is done. An answer that is not the record says less than none.
            raw: found.ok().flatten(),
            evidence: Evidence::Answered,
        }
    }

    fn differs(&self, way: &Way, raw: &Raw, sent: &[FieldChange]) -> bool {
        !self.not_kept(way, raw, sent).is_empty()
    }

    /// The fields that Planhat does not have as they were sent.
    pub(super) fn not_kept<'a>(&self, way: &Way, raw: &Raw, sent: &'a [FieldChange]) -> Vec<&'a FieldChange> {
        let record = self.source.shape(&ObjectName::new(way.object.name), raw);
        let Ok(record) = record else {
            return sent.iter().collect();
        };
        let kept = |field: &&FieldChange| {
            let has = record.fields.get(&field.name).unwrap_or(&Value::Nothing);
            !same(has, &field.after)
        };
        sent.iter().filter(kept).collect()
    }
}

/// `extid-…` or `srcid-…`, as it stands in a path.
pub(super) fn address(place: &str, key: &str) -> String {
    let prefix = if place == EXTERNAL { "extid" } else { "srcid" };
    format!("{prefix}-{}", encoded(key))
}

/// The permission that a write needs, in Planhat's words.
pub(super) fn allowed(way: &Way, verb: &str) -> String {
    way.object.permission.replace("View", verb)
}

/// The only words known for a key that another record has end so.
pub(super) fn exists(fault: Fault) -> Fault {
    let words = fault.words().unwrap_or_default();
    match fault.kind() {
        FaultKind::Rejected if words.to_lowercase().contains("duplicate") => {
            Fault::new(FaultKind::Exists, fault.doing()).said(words)
        }
        _ => fault,
    }
}

/// What is to be made cannot be gone: what it refers to is, or Planhat has no such door.
fn not_gone(fault: Fault) -> Fault {
    match fault.kind() {
        FaultKind::Gone => members::refusal(fault.doing(), fault.words().unwrap_or_default())
            .hint("this workspace has no such records, or the token may not make them"),
        _ => fault,
    }
}

fn no_type(doing: &str, word: &str) -> Fault {
    members::refusal(doing, format!("Planhat has no conversation type `{word}`"))
        .hint("make the type in Planhat, or let the recipe write another")
}

pub(super) fn written(raw: Raw) -> Written {
    Written {
        id: raw.id.clone(),
        raw: Some(raw),
        evidence: Evidence::Answered,
    }
}

/// Whether two values say the same: a reference is what it points to, and all that is empty is.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Ref(one), Value::Ref(other)) => one.object == other.object && one.id == other.id,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        _ => one == other || (one.is_empty() && other.is_empty()),
    }
}
