//! Conversations of every type.

use serde_json::{Map, Value};

use super::{
    models::{Deleted, Filter, Model, PLAIN, Page, Properties},
    prose,
    record::{FieldMap, Refusal, Scene, text_of},
    state::{ACCOUNT_NAME, RESERVED_TYPES, State},
    switches::Reserved,
    table::Key,
};

/// How many letters a snippet has at most.
const SNIPPET: usize = 256;

/// Conversations of every type.
pub(super) const CONVERSATION: Model = Model {
    name: "conversation",
    path: "conversations",
    table: "conversation",
    page: Page::UpTo {
        default: 30,
        max: 2000,
    },
    get_keys: &[Key::External],
    bulk_keys: &[Key::External, Key::Source],
    company_filter: "many",
    required: &["companyId"],
    properties: Properties {
        text: "subject companyId description snippet type externalId sourceId source subType status severity product \
               url email",
        number: "timeSpent",
        flag: "starred pinned archived",
        date: "date outDate",
        day: "",
        list: "users endusers activityTags",
        object: "",
        any: "",
        automatic: "_id companyName createDate emailTemplateIds isOpen tags waitsToBeFiltered timeBucket \
                    numberOfParts sender history userIds hasMore isCustomType assigneeName numberOfRelevantParts \
                    hasAttachments isSeen days autoTags owner followers userId nickName note companySourceId \
                    updatedAt createdAt updateDate inDate __v",
        request: "useSubject ownerId companyExternalId comments",
    },
    defaults: r#"{"starred":false,"pinned":false,"autoTags":[],"activityTags":[],"emailTemplateIds":[],"isOpen":false,
        "tags":[],"waitsToBeFiltered":true,"timeBucket":[],"archived":false,"users":[],"endusers":[],"sender":[],
        "history":[],"__v":0}"#,
    listed: "_id date userIds hasMore isCustomType subject snippet type tags createDate companyId companyName users \
             endusers assigneeName activityTags hasAttachments isSeen starred pinned archived custom",
    hidden_after_write: "userIds hasMore isCustomType assigneeName hasAttachments isSeen updatedAt createdAt",
    hidden: "updatedAt createdAt",
    added: r#"{"isCustomType":false,"assigneeName":"","hasAttachments":false,"isSeen":false,"starred":false,
        "pinned":false,"archived":false}"#,
    filters: &[Filter::Undocumented("type", "type")],
    // The documented list shows the newest first, among conversations of many years.
    default_sort: "-date",
    deleted: Deleted::Record,
    complete,
    extras,
    echo: |record| {
        if let Some(html) = record.get("description").and_then(Value::as_str) {
            let text = prose::plain(html);
            record.insert("description".to_owned(), text.into());
        }
    },
    ..PLAIN
};

/// Fills in a conversation's derived fields.
pub(super) fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    settle_type(scene, record)?;
    settle_users(scene, record)?;
    settle_endusers(scene, record)?;
    let now = prose::iso(scene.now);
    if scene.was.is_none() {
        record.entry("date").or_insert_with(|| now.clone().into());
        record.entry("createDate").or_insert_with(|| now.clone().into());
        record.insert("createdAt".to_owned(), now.clone().into());
    }
    if scene.given.contains_key("description") {
        match text_of(record, "description") {
            Some(html) => record.insert("snippet".to_owned(), snippet(&html).into()),
            None => record.remove("snippet"),
        };
    }
    if text_of(record, "type").as_deref() == Some("ticket") && scene.was.is_some() {
        record.insert("updateDate".to_owned(), now.into());
    }
    derive(scene.state, record);
    Ok(())
}

/// Fills in what follows from the rest of a conversation.
pub(super) fn derive(state: &State, record: &mut FieldMap) {
    let users = record.get("users").and_then(Value::as_array);
    let ids = users.into_iter().flatten().filter_map(|user| user.get("id"));
    let ids: Vec<Value> = ids.cloned().collect();
    record.insert("userIds".to_owned(), ids.into());
    let custom_type = text_of(record, "type").is_some_and(|kind| state.is_custom_type(&kind));
    record.insert("isCustomType".to_owned(), custom_type.into());
    let text = text_of(record, "description").map(|html| prose::plain(&html));
    let snippet = text_of(record, "snippet");
    match (text, snippet) {
        (Some(text), snippet) => {
            let shown = snippet.map_or(0, |snippet| snippet.chars().count());
            record.insert("hasMore".to_owned(), (text.chars().count() > shown).into());
        }
        (None, Some(_)) => {
            record.entry("hasMore").or_insert(Value::Bool(false));
        }
        (None, None) => {}
    }
    record.entry("assigneeName").or_insert_with(|| "".into());
    for flag in ["hasAttachments", "isSeen", "starred", "pinned", "archived"] {
        record.entry(flag).or_insert(Value::Bool(false));
    }
}

/// The beginning of a text, without its tags.
fn snippet(html: &str) -> String {
    prose::plain(html).chars().take(SNIPPET).collect()
}

fn settle_type(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    if let Some(kind) = scene.model.kind {
        record.insert("type".to_owned(), kind.into());
        return Ok(());
    }
    let asked = text_of(record, "type").unwrap_or_default();
    let reserved = RESERVED_TYPES.contains(&asked.as_str()) && scene.was.is_none();
    let kind = match scene.switches.reserved {
        Reserved::Refuse if reserved => {
            return Err(Refusal::bad(format!("type {asked} is reserved")));
        }
        Reserved::Note if reserved => "note".to_owned(),
        _ if scene.state.is_type(&asked) => asked,
        _ => "note".to_owned(),
    };
    record.insert("type".to_owned(), kind.into());
    Ok(())
}

/// Gives the users their names, and says whose conversation it is.
fn settle_users(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    let asked_owner = scene.hints.get("ownerId").and_then(Value::as_str);
    if !scene.given.contains_key("users") && asked_owner.is_none() {
        return Ok(());
    }
    let mut users = people(record.get("users"), "users")?;
    if let Some(owner) = asked_owner
        && !users.iter().any(|user| id_of(user) == Some(owner))
    {
        let mut user = Map::new();
        user.insert("id".to_owned(), owner.into());
        users.push(user);
    }
    let claimed = users
        .iter()
        .find(|user| user.get("isOwner") == Some(&Value::Bool(true)));
    let owner = asked_owner.or_else(|| claimed.or(users.first()).and_then(id_of));
    let owner = owner.map(str::to_owned);
    for user in &mut users {
        let id = id_of(user).map(str::to_owned);
        if let Some(name) = id
            .as_deref()
            .and_then(|id| scene.state.field("user", id, "nickName"))
        {
            user.insert("name".to_owned(), name.into());
        }
        user.insert("isOwner".to_owned(), (id.is_some() && id == owner).into());
    }
    record.insert("users".to_owned(), users.into_iter().map(Value::Object).collect());
    Ok(())
}

fn settle_endusers(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    if !scene.given.contains_key("endusers") {
        return Ok(());
    }
    let mut endusers = people(record.get("endusers"), "endusers")?;
    for enduser in &mut endusers {
        let name = id_of(enduser).and_then(|id| scene.state.enduser_name(id));
        if let Some(name) = name {
            enduser.insert("name".to_owned(), name.into());
        }
    }
    record.insert(
        "endusers".to_owned(),
        endusers.into_iter().map(Value::Object).collect(),
    );
    Ok(())
}

/// A list of `{id}`; a bare id counts as one.
fn people(list: Option<&Value>, what: &str) -> Result<Vec<FieldMap>, Refusal> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    let person = |value: &Value| match value {
        Value::Object(person) if id_of(person).is_some() => Ok(person.clone()),
        Value::String(id) => Ok(Map::from_iter([("id".to_owned(), id.as_str().into())])),
        _ => Err(Refusal::bad(format!(
            "{what} must be a list of objects with an id"
        ))),
    };
    list.map(person).collect()
}

fn id_of(person: &FieldMap) -> Option<&str> {
    person.get("id").and_then(Value::as_str)
}

/// What only the answer to a create says: the company's people, and who wrote.
fn extras(state: &State, record: &mut FieldMap) {
    let company = text_of(record, "companyId").and_then(|id| state.get("company", &id));
    let company = company.unwrap_or_default();
    if let Some(owner) = company.get("owner").filter(|owner| !owner.is_null()) {
        record.insert("owner".to_owned(), owner.clone());
    }
    let followers = company.get("followers").cloned();
    record.insert(
        "followers".to_owned(),
        followers.unwrap_or_else(|| Value::Array(Vec::new())),
    );
    record.insert("userId".to_owned(), state.account_id().into());
    record.insert("nickName".to_owned(), ACCOUNT_NAME.into());
    let parts = [text_of(record, "subject"), text_of(record, "description")];
    let note = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
    record.insert("note".to_owned(), note.into());
}
