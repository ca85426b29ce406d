//! Reading.

use std::path::Path;

use async_trait::async_trait;
use futures_util::future;
use model::{
    Ask, Cursor, Fault, FaultKind, Fetched, FileRef, Mode, Next, ObjectName, ObjectType, Page, Permission,
    Raw, Reading, Record, RecordId, Source, Timestamp, Workspace,
};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::{
    client::{Answer, Call, Refusal},
    comment,
    object::{self, Object, Since},
    session::{DevRevSession, SORT},
    shape,
};

/// What a page holds at most.
const PAGE: u64 = 100;
/// How often a record is followed that has another id now.
const MOVES: usize = 4;

#[derive(Deserialize)]
struct Org {
    id: String,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct OrgAnswer {
    dev_org: Org,
}

#[derive(Deserialize)]
struct User {
    display_id: Option<String>,
    display_name: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize)]
struct UserAnswer {
    dev_user: User,
}

#[async_trait]
impl Source for DevRevSession {
    async fn workspace(&self) -> Result<Workspace, Fault> {
        let call = Call::new("/dev-orgs.get", "reading the DevRev organisation");
        let OrgAnswer { dev_org } = self.client.read(call, &json!({})).await?.parse()?;
        let user = self.acting_as().await?;
        let name = dev_org.display_name.unwrap_or_else(|| dev_org.id.clone());
        Ok(Workspace {
            id: dev_org.id,
            name,
            acting_as: user.email.or(user.display_name).or(user.display_id),
        })
    }

    async fn permissions(&self) -> Result<Vec<Permission>, Fault> {
        // A token that is not known at all lacks no single permission.
        self.acting_as().await?;
        let listed = object::all().into_iter().filter(|object| object.is_listed());
        let probes = listed.map(|object| self.may_read(object));
        let mut permissions = future::try_join_all(probes).await?;
        let call = Call::new("/schemas.custom.list", "reading custom fields");
        let probe = self.client.read(call, &json!({"limit": 1})).await.map(drop);
        permissions.push(permission(
            "Custom fields (View)",
            probe.map_err(Fault::from),
            false,
        )?);
        let written = object::all()
            .into_iter()
            .filter(|object| object.calls.create.is_some());
        permissions.extend(written.map(|object| Permission {
            name: format!("{} (Create, Update)", object.title),
            present: None,
            optional: object.is_optional(),
        }));
        permissions.push(Permission {
            name: "Custom fields (Create)".to_owned(),
            present: None,
            optional: false,
        });
        Ok(permissions)
    }

    async fn describe(&self) -> Result<Vec<ObjectType>, Fault> {
        self.describe_objects().await
    }

    fn vendor_now(&self) -> Option<Timestamp> {
        self.client.pace.vendor_now()
    }

    fn reading(&self, name: &ObjectName) -> Reading {
        let Ok(object) = object::by_name(name) else {
            return Reading::Whole;
        };
        match object.since {
            _ if !object.is_listed() => Reading::Singly,
            Since::Moment | Since::Range => Reading::Since {
                in_order: self.sorts(&object),
            },
            Since::Never if self.sorts(&object) => Reading::Newest { lists: 1 },
            Since::Never => Reading::Pages,
        }
    }

    async fn read(&self, ask: &Ask) -> Result<Page, Fault> {
        let object = &object::by_name(&ask.object)?;
        if !object.is_listed() {
            return Err(Fault::new(FaultKind::Rejected, object.calls.list.1)
                .said("DevRev lists them only record by record of what they are about"));
        }
        let (path, doing) = object.calls.list;
        let mut body = list_body(object, ask);
        if self.sorts(object) {
            body.insert(SORT.to_owned(), json!([sort_field(object, ask)]));
        }
        let call = Call::new(path, doing);
        let call = match object.is_custom() {
            true => call.about(&object.title),
            false => call,
        };
        let answer = match self.list(object, call, body.clone()).await {
            Err(refusal) if refusal.is_unknown_field(SORT) => {
                self.remember_refused(object, SORT);
                body.remove(SORT);
                self.list(object, call, body).await
            }
            other => other,
        };
        let answer = match answer {
            // A kind that is still to be made has no records.
            Err(refusal) if is_unmade(refusal.kind()) && !self.knows(object) => {
                return Ok(Page {
                    raws: Vec::new(),
                    next: Next::CaughtUp,
                });
            }
            other => other.map_err(|refusal| unavailable(object, refusal))?,
        };
        let (raws, cursor) = answer.page(object.many)?;
        let next = cursor.map_or(Next::CaughtUp, |cursor| Next::More(Cursor::from(cursor)));
        Ok(Page { raws, next })
    }

    async fn find(&self, object: &ObjectName, id: &RecordId) -> Result<Option<Raw>, Fault> {
        let object = object::by_name(object)?;
        let (path, doing) = object.calls.get;
        let mut id = id.clone();
        // A record that was merged answers with the id of the other, and that may have been merged as well.
        for _ in 0..MOVES {
            let call = Call::new(path, doing).about(id.as_str());
            match self.client.read(call, &json!({"id": id.as_str()})).await {
                Ok(answer) => return answer.record(object.one).map(Some),
                Err(refusal) if refusal.kind() != FaultKind::Gone => return Err(refusal.into()),
                Err(refusal) => match refusal.moved().filter(|to| **to != id) {
                    Some(to) => id = to.clone(),
                    None => return Ok(None),
                },
            }
        }
        Ok(None)
    }

    async fn hanging_on(
        &self,
        object: &ObjectName,
        id: &RecordId,
    ) -> Result<Option<Vec<(ObjectName, RecordId)>>, Fault> {
        comment::hanging_on(&self.client, object, id).await
    }

    async fn about(
        &self,
        object: &ObjectName,
        (_, id): (&ObjectName, &RecordId),
    ) -> Result<Option<Vec<Raw>>, Fault> {
        match object.as_str() == comment::OBJECT.name {
            true => comment::said_about(&self.client, id).await,
            false => Err(
                Fault::new(FaultKind::Rejected, "reading what a record is talked about with")
                    .said(format!("DevRev lists each {object} otherwise")),
            ),
        }
    }

    async fn fetch(
        &self,
        file: &FileRef,
        _holder: Option<(&ObjectName, &RecordId)>,
        to: &Path,
        most: u64,
    ) -> Result<Fetched, Fault> {
        self.fetch_file(file, to, most).await
    }

    fn is_whole(&self, _object: &ObjectName, _listed: &Raw) -> bool {
        true
    }

    async fn count(&self, object: &ObjectName) -> Result<Option<u64>, Fault> {
        #[derive(Deserialize)]
        struct Counted {
            count: Option<u64>,
        }
        let (path, doing, filter) = match object.as_str() {
            "ticket" => ("/works.count", "counting tickets", json!({"type": ["ticket"]})),
            "directory" => ("/directories.count", "counting directories", json!({})),
            "article" => ("/articles.count", "counting articles", json!({})),
            _ => return Ok(None),
        };
        match self.client.read(Call::new(path, doing), &filter).await {
            Ok(answer) => Ok(answer.parse::<Counted>()?.count),
            // Young calls: where one is missing, nobody counts.
            Err(refusal) if is_missing(refusal.kind()) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    }

    fn shape(&self, object: &ObjectName, raw: &Raw) -> Result<Record, Fault> {
        let object = object::by_name(object)?;
        shape::shape(&object, raw, &self.kinds(&object))
    }

    fn cost(&self, object: &ObjectName, records: u64) -> u64 {
        match self.is_listed(object) {
            true => records.div_ceil(PAGE).max(1),
            false => records,
        }
    }
}

/// What only some recipes need, and this organisation does not have or show, is a gap and no more.
fn unavailable(object: &Object, refusal: Refusal) -> Fault {
    match refusal.kind() {
        FaultKind::Denied | FaultKind::Unexpected if object.is_optional() => {
            let fault = Fault::new(FaultKind::Unavailable, object.calls.list.1);
            let fault = fault.said(refusal.fault.words().unwrap_or_default());
            fault.hint(format!(
                "grant the token's user a role with access to `{}` in DevRev, or leave it out of the recipe",
                object.title
            ))
        }
        _ => refusal.into(),
    }
}

impl DevRevSession {
    async fn list<'a>(
        &self,
        object: &Object,
        call: Call<'a>,
        body: Map<String, Json>,
    ) -> Result<Answer<'a>, Refusal> {
        let body = Json::Object(body);
        match object.is_custom() {
            true => {
                self.when_granted(object, call, || self.client.read(call, &body))
                    .await
            }
            false => self.client.read(call, &body).await,
        }
    }

    async fn acting_as(&self) -> Result<User, Fault> {
        let call = Call::new("/dev-users.self", "asking DevRev who we are");
        let answer: UserAnswer = self.client.read(call, &json!({})).await?.parse()?;
        Ok(answer.dev_user)
    }

    async fn may_read(&self, object: &'static Object) -> Result<Permission, Fault> {
        let (path, doing) = object.calls.list;
        let mut body = Map::new();
        body.insert("limit".to_owned(), json!(1));
        add_type(&mut body, object);
        let probe = self
            .client
            .read(Call::new(path, doing), &Json::Object(body))
            .await;
        permission(
            &format!("{} (View)", object.title),
            probe.map(drop).map_err(Fault::from),
            object.is_optional(),
        )
    }
}

fn permission(name: &str, probe: Result<(), Fault>, optional: bool) -> Result<Permission, Fault> {
    let present = match probe {
        Ok(()) => true,
        Err(fault) if fault.kind() == FaultKind::Denied => false,
        // Not every organisation has every call.
        Err(fault) if optional && is_missing(fault.kind()) => false,
        Err(fault) => return Err(fault),
    };
    Ok(Permission {
        name: name.to_owned(),
        present: Some(present),
        optional,
    })
}

fn is_missing(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Gone | FaultKind::Unexpected | FaultKind::Rejected
    )
}

/// How DevRev says that there is no such kind of custom object.
fn is_unmade(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::Gone | FaultKind::Rejected)
}

/// Works are listed by type, custom objects by leaf type; a conversation's type is not asked for.
pub(super) fn add_type(body: &mut Map<String, Json>, object: &Object) {
    if object.is_work() {
        body.insert("type".to_owned(), json!([object.kind]));
    }
    if object.is_custom() {
        body.insert("leaf_type".to_owned(), json!(object.leaf));
    }
}

fn list_body(object: &Object, ask: &Ask) -> Map<String, Json> {
    let mut body = Map::new();
    body.insert("limit".to_owned(), json!(PAGE));
    add_type(&mut body, object);
    if let Some(cursor) = &ask.cursor {
        body.insert("cursor".to_owned(), Json::from(cursor.as_str()));
    }
    if let Mode::ChangedSince(since) = ask.mode {
        let after = since.to_string();
        match object.since {
            Since::Never => None,
            Since::Moment => body.insert("modified_date".to_owned(), json!({"after": after})),
            Since::Range => body.insert(
                "modified_date".to_owned(),
                json!({"type": "range", "after": after}),
            ),
        };
    }
    body
}

/// Oldest first, so that what changes while we read comes after what has been read, unless what changed last is asked for.
fn sort_field(object: &Object, ask: &Ask) -> &'static str {
    match ask.mode {
        Mode::ChangedSince(_) if object.since != Since::Never => "modified_date:asc",
        Mode::NewestFirst { .. } => "modified_date:desc",
        _ => "created_date:asc",
    }
}
