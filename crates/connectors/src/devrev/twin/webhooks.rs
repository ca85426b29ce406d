//! Webhooks: who is told of which events, and where.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    call::{self, Call, Method, read, target, write},
    hooks,
    kind::{Kind, ORG},
    list,
    refusal::{Refusal, Reply},
    row::Row,
    shape::{Field, ID, Shape, TEXT, field},
    shelf::Slot,
    show::Json,
    state::Family,
};

const WEBHOOK: &[Kind] = &[Kind::Webhook];
const EVENT: Shape = Shape::Choice(&[
    "account_created",
    "account_deleted",
    "account_updated",
    "ai_agent_response",
    "article_created",
    "article_deleted",
    "article_updated",
    "conversation_created",
    "conversation_deleted",
    "conversation_updated",
    "dashboard_created",
    "dashboard_deleted",
    "dashboard_updated",
    "dev_user_created",
    "dev_user_deleted",
    "dev_user_updated",
    "group_created",
    "group_deleted",
    "group_member_added",
    "group_member_removed",
    "group_updated",
    "incident_created",
    "incident_deleted",
    "incident_updated",
    "job_created",
    "job_deleted",
    "job_updated",
    "link_created",
    "link_deleted",
    "link_updated",
    "part_created",
    "part_deleted",
    "part_updated",
    "question_answer_created",
    "question_answer_deleted",
    "question_answer_updated",
    "rev_org_created",
    "rev_org_deleted",
    "rev_org_updated",
    "rev_user_created",
    "rev_user_deleted",
    "rev_user_updated",
    "sla_tracker_created",
    "sla_tracker_deleted",
    "sla_tracker_fetched",
    "sla_tracker_updated",
    "survey_created",
    "survey_deleted",
    "survey_response_created",
    "survey_response_deleted",
    "survey_response_updated",
    "survey_updated",
    "sync_history_created",
    "sync_history_deleted",
    "sync_history_updated",
    "sync_unit_updated",
    "tag_created",
    "tag_deleted",
    "tag_updated",
    "timeline_entry_created",
    "timeline_entry_deleted",
    "timeline_entry_updated",
    "verify",
    "webhook_created",
    "webhook_deleted",
    "webhook_updated",
    "widget_created",
    "widget_deleted",
    "widget_updated",
    "work_created",
    "work_deleted",
    "work_fetched",
    "work_updated",
]);
const EVENTS: Shape = Shape::List(&EVENT, 0, usize::MAX);
const MOST_HEADERS: usize = 8;
const HEADERS: Shape = Shape::List(
    &Shape::Object(&[field("name", TEXT).must(), field("value", TEXT).must()]),
    0,
    MOST_HEADERS,
);

static CREATE: &[Field] = &[
    field("event_types", EVENTS),
    field("headers", HEADERS),
    field("secret", TEXT),
    field("url", TEXT).must(),
];

pub(super) static METHODS: &[Method] = &[
    write("webhooks.create", CREATE, create),
    write(
        "webhooks.update",
        &[
            field("action", Shape::Choice(&["activate", "deactivate"])),
            field(
                "event_types",
                Shape::Object(&[
                    field("add", EVENTS),
                    field("remove", EVENTS),
                    field("set", EVENTS),
                ]),
            ),
            field(
                "headers",
                Shape::Object(&[
                    field("add", HEADERS),
                    field("remove", Shape::List(&TEXT, 0, MOST_HEADERS)),
                    field("set", HEADERS),
                ]),
            ),
            target(WEBHOOK),
            field("secret", TEXT),
            field("url", TEXT),
        ],
        update,
    ),
    read("webhooks.get", &[target(WEBHOOK)], call::get),
    read("webhooks.list", &[], |call| {
        let slots: Vec<Slot> = call
            .state
            .shelf(Family::Webhooks)
            .rows()
            .map(|(slot, _)| slot)
            .collect();
        let mut json = Json::new();
        json.open(b'{');
        json.key("webhooks");
        list::put_records(call.state, Family::Webhooks, &slots, &mut json);
        json.close(b'}');
        Ok(Reply::read(json.out))
    }),
    write("webhooks.delete", &[target(WEBHOOK)], |call| {
        let key = call.target()?.key;
        call.state.hooks.forget(key.number);
        call::delete(call)
    }),
    write(
        "webhooks.fetch",
        &[target(WEBHOOK), field("object", ID).must()],
        fetch,
    ),
];

/// A workspace has so many webhooks at most, for each costs something with every change.
const MOST: usize = 100;

fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    if call.state.shelf(Family::Webhooks).count(None) >= MOST {
        return Err(Refusal::bad_request().detail("too many webhooks"));
    }
    let mut row = call.draft(Kind::Webhook)?;
    check_url(&row)?;
    let secret = secret(&call, &row)?;
    row.set("secret", secret);
    row.set("status", "unverified");
    add_verify(&mut row);
    let key = row.key;
    call.state.hooks.verify(key.number, call.now);
    call.add(row)
}

fn update(call: Call<'_>) -> Result<Reply, Refusal> {
    let old = call.target()?.clone();
    let mut row = call.changed()?;
    check_url(&row)?;
    if let Some(change) = call.body.get("headers") {
        let headers = changed_headers(old.list("headers"), change);
        if headers.len() > MOST_HEADERS {
            return Err(Refusal::invalid_field("headers").detail("at most 8 headers"));
        }
        row.set("headers", headers);
    }
    if call.body.contains_key("secret") {
        let secret = secret(&call, &row)?;
        row.set("secret", secret);
    }
    add_verify(&mut row);
    let is_moved = row.get("url") != old.get("url") || row.get("secret") != old.get("secret");
    let is_active = row.text("status") == Some("active");
    let verifies = match call.text("action") {
        Some("deactivate") => {
            row.set("status", "inactive");
            call.state.hooks.forget(row.key.number);
            false
        }
        Some("activate") => !is_active || is_moved,
        _ => is_moved && row.text("status") != Some("inactive"),
    };
    // Nobody hears of anything before it has shown that it listens.
    if verifies {
        row.set("status", "unverified");
        call.state.hooks.verify(row.key.number, call.now);
    }
    call.put(row)
}

fn check_url(row: &Row) -> Result<(), Refusal> {
    let url = row.text("url").unwrap_or("");
    match hooks::split_url(url) {
        Some(_) => Ok(()),
        None => Err(Refusal::invalid_field("url").detail("not an http or https address")),
    }
}

/// The secret that a call gives, or a new one.
fn secret(call: &Call<'_>, row: &Row) -> Result<String, Refusal> {
    match call.text("secret") {
        None | Some("") => {
            let context = format!("{ORG} {} {}", row.key, call.now);
            let bytes = blake3::derive_key("interline devrev twin webhook secrets 1", context.as_bytes());
            Ok(BASE64_STANDARD.encode(bytes))
        }
        Some(secret) => match BASE64_STANDARD.decode(secret) {
            Ok(bytes) if (8..=32).contains(&bytes.len()) => Ok(secret.to_owned()),
            _ => Err(Refusal::invalid_field("secret").detail("8 to 32 bytes in base64")),
        },
    }
}

fn add_verify(row: &mut Row) {
    let mut events = row.list("event_types").to_vec();
    if !events.iter().any(|event| event == "verify") {
        events.push(Value::from("verify"));
    }
    row.set("event_types", events);
}

fn changed_headers(old: &[Value], change: &Value) -> Vec<Value> {
    let given = |name: &str| change.get(name).and_then(Value::as_array);
    let name = |header: &Value| {
        header
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_lowercase()
    };
    let mut headers = given("set").map_or_else(|| old.to_vec(), Clone::clone);
    let removed = given("remove").into_iter().flatten();
    let removed: Vec<String> = removed
        .filter_map(|name| Some(name.as_str()?.to_lowercase()))
        .collect();
    headers.retain(|header| !removed.contains(&name(header)));
    for added in given("add").into_iter().flatten() {
        headers.retain(|header| name(header) != name(added));
        headers.push(added.clone());
    }
    headers
}

/// Tells a webhook of a work as it stands.
fn fetch(call: Call<'_>) -> Result<Reply, Refusal> {
    let webhook = call.target()?.key.number;
    let object = call.key("object").ok_or_else(Refusal::not_found)?;
    let body = match call.state.get(object) {
        Some(work) if Family::of(object.kind) == Some(Family::Works) => {
            let work = hooks::shown(call.state, work);
            json!({"id": call.state.don(object), "result": "ok", "work": work})
        }
        Some(_) => return Err(Refusal::id_type("object")),
        None => json!({"id": call.text("object"), "result": "not_found"}),
    };
    hooks::tell_one(call.state, webhook, "work_fetched", &body, call.now);
    Ok(Reply::wrote(200, b"{}".to_vec()))
}
