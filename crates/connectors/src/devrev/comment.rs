//! Comments: what was said about a record. DevRev lists them only record by record.
//!
//! Our key is unique among the comments of one record, so a creation that was sent and not answered is looked for where
//! it would be, when it is created again.

use std::{borrow::Cow, collections::BTreeMap};

use model::{ExternalKey, Fault, FaultKind, ObjectName, Raw, RecordId};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use tracing::warn;

use super::{
    body,
    client::{Call, Client},
    object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write},
    session::{DevRevSession, REFERENCE},
};

/// What can be talked about.
const SUBJECTS: &[&str] = &[
    "ticket",
    "issue",
    "conversation",
    "account",
    "contact",
    "meeting",
    "part",
    "custom:*",
];

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("comment"),
    title: Cow::Borrowed("Comment"),
    calls: Calls {
        list: ("/timeline-entries.list", "reading comments"),
        get: ("/timeline-entries.get", "reading the comment"),
        create: Some(("/timeline-entries.create", "creating a comment")),
        update: Some(("/timeline-entries.update", "updating the comment")),
        delete: Some(("/timeline-entries.delete", "deleting the comment")),
    },
    one: "timeline_entry",
    many: "timeline_entries",
    leaf: None,
    kind: Some("timeline_comment"),
    since: Since::Never,
    sorts: false,
    key: Key::Timeline,
    stock: &[
        Stock::new("object", "About", Holds::RefAny(SUBJECTS), Write::Once).required(),
        Stock::new("body", "Body", Holds::Rich, Write::Plain),
        Stock::new("artifacts", "Files", Holds::Files, Write::Set),
        Stock::new("visibility", "Visibility", Holds::Visibility, Write::Once),
        DISPLAY_ID,
        CREATED,
        Stock::new("created_by", "Created by", Holds::RefAny(PEOPLE), Write::Never),
    ],
};

/// Who says something.
const PEOPLE: &[&str] = &["dev_user", "contact"];

/// Of a timeline's entries, which hold changes too.
#[derive(Deserialize)]
struct Entry {
    id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    external_ref: Option<String>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct EntryPage {
    #[serde(default)] // absent when there are none
    timeline_entries: Vec<Entry>,
    next_cursor: Option<String>,
}

/// The members that every comment of ours is created with. DevRev shows a comment to the customer unless told
/// otherwise, so it is always told.
pub(super) fn complete(members: &mut Map<String, Json>) {
    members
        .entry("visibility")
        .or_insert_with(|| Json::from("internal"));
}

/// The comments of ours about a record, by their references; `visibility` narrows what is read.
pub(super) async fn references(
    client: &Client,
    subject: &str,
    visibility: &[&str],
) -> Result<BTreeMap<String, String>, Fault> {
    let mut found = BTreeMap::new();
    entries(client, subject, visibility, |entry| {
        found.extend(entry.external_ref.map(|name| (name, entry.id)));
    })
    .await?;
    Ok(found)
}

/// What people and others said about a record, and we said of the left side; not how a long text of ours goes on, which is
/// a part of the record. None where it is not shown to us.
pub(super) async fn hanging_on(
    client: &Client,
    object: &ObjectName,
    id: &RecordId,
) -> Result<Option<Vec<(ObjectName, RecordId)>>, Fault> {
    let comment = ObjectName::new(&OBJECT.name);
    let is_discussed =
        object == &comment || SUBJECTS.iter().any(|one| object.is_among(&ObjectName::new(*one)));
    if !is_discussed {
        return Ok(Some(Vec::new()));
    }
    let mut found = Vec::new();
    let read = entries(client, id.as_str(), &[], |entry| {
        let is_ours = entry.external_ref.as_deref().is_some_and(body::is_ours);
        if entry.kind.as_deref() != Some("timeline_change_event") && !is_ours {
            found.push((comment.clone(), RecordId::new(entry.id)));
        }
    });
    match read.await {
        Ok(()) => Ok(Some(found)),
        Err(fault) if fault.kind() == FaultKind::Gone => Ok(Some(Vec::new())),
        // That comments are talked about in turn is not so everywhere.
        Err(fault) if fault.kind() == FaultKind::Rejected && object == &comment => Ok(Some(Vec::new())),
        Err(fault) if matches!(fault.kind(), FaultKind::Denied | FaultKind::Rejected) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// What is told of an entry before it is taken for somebody's comment.
#[derive(Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: Option<String>,
    external_ref: Option<String>,
    body_type: Option<String>,
    visibility: Option<String>,
    created_by: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Said {
    /// Whether it is a text that a person or we wrote, and not for a few alone.
    fn counts(&self) -> bool {
        let reference = self.external_ref.as_deref().unwrap_or_default();
        let author = self.created_by.as_ref().and_then(|author| author.kind.as_deref());
        // Our own may be written by a machine's token.
        let by_machine = reference.is_empty() && matches!(author, Some("service_account" | "sys_user"));
        self.kind.as_deref() != Some("timeline_change_event")
            && self.body_type.as_deref().is_none_or(|kind| kind == "text")
            && self.visibility.as_deref() != Some("private")
            && !body::is_ours(reference)
            && !by_machine
    }
}

/// The comments about a record; none where it is not there any more.
pub(super) async fn said_about(client: &Client, subject: &RecordId) -> Result<Option<Vec<Raw>>, Fault> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let call = Call::new("/timeline-entries.list", "reading the comments of").about(subject.as_str());
        let answer = match client.read(call, &page_of(subject.as_str(), &[], cursor)).await {
            Ok(answer) => answer,
            Err(refusal) if refusal.kind() == FaultKind::Gone => return Ok(None),
            Err(refusal) => return Err(refusal.into()),
        };
        let (raws, next) = answer.page(OBJECT.many)?;
        for raw in raws {
            let said: Said = raw.parse("reading what was said")?;
            if said.counts() {
                found.push(raw);
            }
        }
        if next.is_none() {
            return Ok(Some(found));
        }
        cursor = next;
    }
}

/// Reads every entry of a record's timeline.
async fn entries(
    client: &Client,
    subject: &str,
    visibility: &[&str],
    mut meet: impl FnMut(Entry),
) -> Result<(), Fault> {
    let mut cursor = None;
    loop {
        let call = Call::new("/timeline-entries.list", "reading the comments of").about(subject);
        let ask = page_of(subject, visibility, cursor);
        let page: EntryPage = client.read(call, &ask).await?.parse()?;
        page.timeline_entries.into_iter().for_each(&mut meet);
        cursor = page.next_cursor.filter(|cursor| !cursor.is_empty());
        if cursor.is_none() {
            return Ok(());
        }
    }
}

fn page_of(subject: &str, visibility: &[&str], cursor: Option<String>) -> Json {
    let mut body = Map::new();
    body.insert("object".to_owned(), Json::from(subject));
    body.insert("limit".to_owned(), json!(100));
    if !visibility.is_empty() {
        body.insert("visibility".to_owned(), json!(visibility));
    }
    if let Some(cursor) = cursor {
        body.insert("cursor".to_owned(), Json::from(cursor));
    }
    Json::Object(body)
}

impl DevRevSession {
    /// A comment that is to be created and may be there already.
    pub(super) async fn comment_before(
        &self,
        members: &Map<String, Json>,
        key: &ExternalKey,
    ) -> Result<Option<Raw>, Fault> {
        match self.is_doubtful(key).await {
            true => self.comment_by_key(members, key).await,
            false => Ok(None),
        }
    }

    /// The comment with our key about the record that these members of a creation name.
    pub(super) async fn comment_by_key(
        &self,
        members: &Map<String, Json>,
        key: &ExternalKey,
    ) -> Result<Option<Raw>, Fault> {
        let Some(subject) = members.get("object").and_then(Json::as_str) else {
            return Ok(None);
        };
        if self.refuses(&OBJECT, REFERENCE) {
            return self.comment_by_body(subject, members).await;
        }
        let (path, doing) = OBJECT.calls.get;
        let call = Call::new(path, doing).about(key.as_str());
        let ask = json!({"id": subject, REFERENCE: key.as_str()});
        match self.client.read(call, &ask).await {
            Ok(answer) => {
                let raw = answer.record(OBJECT.one)?;
                if self.carries(&OBJECT, &raw, key.as_str()) {
                    return Ok(Some(raw));
                }
            }
            // Whether the call takes what a comment is about, and not only a comment beside it, is not documented.
            Err(refusal) if matches!(refusal.kind(), FaultKind::Gone | FaultKind::Rejected) => {}
            Err(refusal) => return Err(refusal.into()),
        }
        let known = references(&self.client, subject, &[]).await?;
        self.comment(known.get(key.as_str())).await
    }

    /// Where comments take no key, one with the same text is the one that was sent.
    async fn comment_by_body(
        &self,
        subject: &str,
        members: &Map<String, Json>,
    ) -> Result<Option<Raw>, Fault> {
        let text = members.get("body").and_then(Json::as_str).unwrap_or_default();
        let mut found = None;
        entries(&self.client, subject, &[], |entry| {
            if entry.body.as_deref() == Some(text) {
                found = Some(entry.id);
            }
        })
        .await?;
        self.comment(found.as_ref()).await
    }

    async fn comment(&self, id: Option<&String>) -> Result<Option<Raw>, Fault> {
        let Some(id) = id else { return Ok(None) };
        let (path, doing) = OBJECT.calls.get;
        let answer = self
            .client
            .read(Call::new(path, doing).about(id), &json!({ "id": id }))
            .await?;
        answer.record(OBJECT.one).map(Some)
    }

    /// Comments go without our key from now on; what that costs is said once.
    pub(super) fn do_without_reference(&self, object: &Object) {
        if self.remember_refused(object, REFERENCE) && object.key == Key::Timeline {
            warn!(
                "DevRev takes no reference with comments: after an answer is lost, a comment is found again by its text alone"
            );
        }
    }
}
