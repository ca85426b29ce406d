//! Tickets: conversations seen through a door of their own.

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    conversation::{self, CONVERSATION},
    enduser::ENDUSER,
    models::{Filter, Model, Page, Properties},
    prose,
    record::{FieldMap, Refusal, Scene, text_of},
    state::State,
    switches::Switches,
    table::Key,
    write,
};

const CLOSED: &[&str] = &["closed", "resolved", "solved", "done"];

/// Tickets.
pub(super) const TICKET: Model = Model {
    path: "tickets",
    face: true,
    operations: "LDBG",
    page: Page::UpTo {
        default: 500,
        max: 10_000,
    },
    get_keys: &[],
    put_keys: &[],
    bulk_keys: &[Key::Source],
    bulk_of_one: true,
    properties: Properties {
        text: "companyId source sourceId externalId email subject description url subType severity product status",
        number: "timeSpent",
        flag: "starred pinned archived",
        date: "date createDate updateDate outDate",
        day: "",
        list: "tags history users endusers activityTags",
        object: "",
        any: "",
        automatic: "_id companyName emailTemplateIds isOpen waitsToBeFiltered timeBucket numberOfParts sender userIds \
                    hasMore isCustomType assigneeName numberOfRelevantParts hasAttachments isSeen days autoTags inDate \
                    __v",
        request: "domains companyExternalId name agentEmail",
    },
    listed: "_id externalId sourceId type source subType subject snippet email status history url createDate \
             updateDate date days timeBucket companyId companyName endusers users sender inDate custom starred pinned \
             activityTags emailTemplateIds isOpen tags waitsToBeFiltered archived",
    filters: &[
        Filter::By("email", Key::Email),
        Filter::Equal("status", "status"),
        Filter::Within("search", "snippet"),
    ],
    aliases: &[("cid", "companyId"), ("l", "limit")],
    kind: Some("ticket"),
    arrive,
    complete,
    after: link_requester,
    ..CONVERSATION
};

/// Says in a conversation's words what a ticket's words mean.
fn arrive(_: &Scene<'_>, mut body: FieldMap) -> Result<FieldMap, Refusal> {
    if text_of(&body, "email").is_none() {
        return Err(Refusal::silent("email is required"));
    }
    for (theirs, ours) in [
        ("title", "subject"),
        ("type", "subType"),
        ("createdAt", "createDate"),
        ("updatedAt", "updateDate"),
    ] {
        if let Some(value) = body.remove(theirs) {
            body.insert(ours.to_owned(), value);
        }
    }
    Ok(body)
}

fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    if scene.was.is_none() && text_of(record, "sourceId").is_none() && !scene.given.contains_key("externalId")
    {
        return Err(Refusal::bad("sourceId is required"));
    }
    if let Some(source) = record.get("sourceId").cloned() {
        record.entry("externalId").or_insert(source);
    }
    let updated = record.get("updateDate").cloned();
    let created = record.get("createDate").cloned();
    if let Some(created) = created.filter(|_| scene.was.is_none()) {
        record.entry("date").or_insert(created);
    }
    settle_agent(scene, record);
    conversation::complete(scene, record)?;
    let now = Value::from(prose::iso(scene.now));
    let sent = scene.given.contains_key("updateDate");
    record.insert(
        "updateDate".to_owned(),
        updated.filter(|_| sent).unwrap_or(now.clone()),
    );
    settle_status(scene, record, &now);
    if let Some(time) = record.get("date").and_then(prose::time) {
        record.insert("days".to_owned(), prose::days(time).into());
        record.insert("timeBucket".to_owned(), prose::time_bucket(time));
    }
    record.entry("inDate").or_insert(now);
    let email = text_of(record, "email");
    let name = scene.hints.get("name").filter(|name| name.is_string()).cloned();
    if scene.given.contains_key("email") || name.is_some() {
        let name = name.or_else(|| email.clone().map(Value::from));
        record.insert("sender".to_owned(), json!([{ "email": email, "name": name }]));
    }
    Ok(())
}

/// Makes the agent's user the owner.
fn settle_agent(scene: &Scene<'_>, record: &mut FieldMap) {
    let Some(email) = scene.hints.get("agentEmail").and_then(Value::as_str) else {
        return;
    };
    let agents = scene.state.by("user", Key::Email, email);
    let Some(agent) = agents.first() else { return };
    let users = json!([{ "id": agent.get("_id"), "name": agent.get("nickName"), "isOwner": true }]);
    record.insert("users".to_owned(), users);
    let name = agent.get("nickName").cloned().unwrap_or_default();
    record.insert("assigneeName".to_owned(), name);
}

/// Opens or closes a ticket, and keeps the way it went.
fn settle_status(scene: &Scene<'_>, record: &mut FieldMap, now: &Value) {
    let Some(status) = text_of(record, "status") else {
        return;
    };
    let open = !CLOSED.contains(&status.to_lowercase().as_str());
    record.insert("isOpen".to_owned(), open.into());
    let before = scene.was.and_then(|was| was.get("status"));
    if scene.given.contains_key("history") || before == record.get("status") {
        return;
    }
    let history = record
        .entry("history")
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(history) = history {
        history.push(json!({ "status": status, "time": now }));
    }
}

/// Links the contact who asked; an unknown one is made.
fn link_requester(
    state: &mut State,
    switches: &Switches,
    _was: Option<&FieldMap>,
    record: &FieldMap,
    now: Timestamp,
) {
    let texts = [
        text_of(record, "email"),
        text_of(record, "companyId"),
        text_of(record, "_id"),
    ];
    let [Some(email), Some(company), Some(id)] = texts else {
        return;
    };
    let endusers = record.get("endusers").and_then(Value::as_array);
    if endusers.is_some_and(|endusers| !endusers.is_empty()) {
        return;
    }
    let known = state.by("enduser", Key::Email, &email);
    let same = known
        .iter()
        .find(|enduser| text_of(enduser, "companyId").as_deref() == Some(company.as_str()));
    let enduser = match same.and_then(|enduser| text_of(enduser, "_id")) {
        Some(enduser) => enduser,
        None => {
            let sender = record.get("sender").and_then(|sender| sender.get(0));
            let name = sender
                .and_then(|sender| sender.get("name"))
                .and_then(Value::as_str);
            let mut body = Map::new();
            body.insert("companyId".to_owned(), company.into());
            body.insert("email".to_owned(), email.as_str().into());
            if let Some(name) = name.filter(|name| *name != email) {
                body.insert("name".to_owned(), name.into());
            }
            match write::create(state, switches, &ENDUSER, body, now) {
                Ok(enduser) => enduser,
                Err(_) => return,
            }
        }
    };
    let name = state.enduser_name(&enduser);
    let mut record = record.clone();
    record.insert("endusers".to_owned(), json!([{ "id": enduser, "name": name }]));
    state.put(&CONVERSATION, &id, &record);
}
