//! What a workspace has before it has customers: admins, teams, tags, segments, attributes.

use serde_json::{Value, json};

use super::{
    Filling,
    words::{FIRST, JOBS, LAST, TAGS, TEAMS},
};
use crate::intercom::twin::{
    admins::{self, ADMINS},
    attributes::ATTRIBUTES,
    conversation_attributes::CONVERSATION_ATTRIBUTES,
    me::ME,
    record::{id_keys, record},
    refusal::request_id,
    segments::SEGMENTS,
    tags,
};

pub(super) fn fill(filling: &mut Filling<'_>, companies: usize) {
    people(filling, companies);
    teams(filling);
    filling.tags = TAGS.iter().map(|name| tags::named(filling.state, name)).collect();
    filling.made += TAGS.len();
    segments(filling);
    attributes(filling);
    conversation_attributes(filling);
}

/// Admins; the last two have left.
fn people(filling: &mut Filling<'_>, companies: usize) {
    let count = (companies / 20).clamp(6, 40);
    for at in 0..count {
        let (first, last) = (filling.dice.pick(FIRST), filling.dice.pick(LAST));
        let id = filling.state.next_number(ADMINS, 991_000);
        let mail = format!("{}.{id}@twin.example", ascii(first));
        let admin = json!({
            "id": id,
            "name": format!("{first} {last}"),
            "email": mail,
            "job_title": filling.dice.pick(JOBS),
            "has_inbox_seat": at % 4 != 3,
            "away_mode_enabled": at % 5 == 4,
            "removed": at + 2 >= count,
        });
        filling.put(ADMINS, record(admin));
        filling.admins.push(id);
    }
    admins::seed(filling.state);
}

/// A name as an address holds it.
pub(super) fn ascii(name: &str) -> String {
    let letters = name.to_lowercase().replace(['é', 'ë'], "e").replace('ö', "o");
    letters
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric())
        .collect()
}

fn teams(filling: &mut Filling<'_>) {
    let present = filling.admins.len().saturating_sub(2);
    for (at, name) in TEAMS.iter().enumerate() {
        let members: Vec<&String> = filling
            .admins
            .iter()
            .take(present)
            .skip(at)
            .step_by(TEAMS.len())
            .collect();
        let team = json!({
            "admin_ids": members,
            "name": name,
            "distribution_method": if at == 0 { "round_robin" } else { "manual" },
        });
        let mut team = record(team);
        let id = filling.state.next_number("teams", 995_000);
        team.insert("id".to_owned(), id.into());
        filling.put("teams", team);
    }
}

fn segments(filling: &mut Filling<'_>) {
    for (name, kind) in [
        ("Active", "contact"),
        ("New", "contact"),
        ("Slipping away", "contact"),
        ("Enterprise", "company"),
        ("Pilots", "company"),
    ] {
        let created = filling.past();
        let id = filling.state.next_hex(created * 1_000);
        let segment = json!({"id": id, "name": name, "created_at": created, "updated_at": created, "person_type": kind});
        filling.put(SEGMENTS, record(segment));
        match kind {
            "company" => filling.company_segments.push(id),
            _ => filling.contact_segments.push(id),
        }
    }
}

fn attributes(filling: &mut Filling<'_>) {
    let own: &[(&str, &str, &str, Value)] = &[
        ("contact", "crm_id", "string", Value::Null),
        (
            "contact",
            "department",
            "string",
            json!(["IT", "Finance", "Operations"]),
        ),
        ("contact", "newsletter", "boolean", Value::Null),
        ("company", "crm_id", "string", Value::Null),
        ("company", "health", "integer", Value::Null),
        ("company", "contract_value", "float", Value::Null),
        ("company", "renewal_at", "date", Value::Null),
        ("company", "is_reference", "boolean", Value::Null),
    ];
    for (model, name, kind, options) in own {
        let key = format!("{model}/{name}");
        if filling.state.table(ATTRIBUTES).count_by("name", &key) > 0 {
            continue;
        }
        let created = filling.past();
        let attribute = json!({
            "id": filling.state.next_number(ATTRIBUTES, 12_000),
            "model": model,
            "name": name,
            "data_type": kind,
            "description": "",
            "options": options,
            "created_at": created,
            "updated_at": created,
            "admin_id": ME,
        });
        filling.put(ATTRIBUTES, record(attribute));
    }
}

fn conversation_attributes(filling: &mut Filling<'_>) {
    let own: &[(&str, &str, &[&str])] = &[
        ("Issue type", "list", &["Billing", "Defect", "Question"]),
        ("Order number", "string", &[]),
        ("Refund", "decimal", &[]),
        ("Reproducible", "boolean", &[]),
    ];
    for (name, kind, labels) in own {
        if filling
            .state
            .table(CONVERSATION_ATTRIBUTES)
            .count_by("name", name)
            > 0
        {
            continue;
        }
        let created = filling.past();
        let mut attribute = record(json!({
            "id": filling.state.next_number(CONVERSATION_ATTRIBUTES, 31_000),
            "name": name,
            "description": "",
            "data_type": kind,
            "created_at": created,
            "updated_at": created,
            "admin_id": ME,
        }));
        if !labels.is_empty() {
            let options = labels.iter().map(|label| option(filling, label)).collect();
            attribute.insert("options".to_owned(), Value::Array(options));
        }
        filling.put(CONVERSATION_ATTRIBUTES, attribute);
    }
}

fn option(filling: &mut Filling<'_>, label: &str) -> Value {
    let number = filling.state.next_number("options", 0).parse().unwrap_or(0);
    json!({"id": request_id(number), "label": label, "archived": false})
}

/// So many of a list, none twice.
pub(super) fn some(filling: &mut Filling<'_>, list: &[String], count: u64) -> Vec<String> {
    let mut some = record(json!({}));
    for _ in 0..count {
        let id = filling.dice.pick_text(list);
        crate::intercom::twin::record::add_id(&mut some, "ids", &id);
    }
    id_keys(&some, "ids")
}
