//! Metrics: numbers over time, pushed to the analytics host and read back as dimension data.

use std::collections::HashMap;

use model::Timestamp;
use serde_json::{Value, json};

use super::{
    models::{Filter, Model, PLAIN, Page},
    prose,
    record::{FieldMap, text_of},
    state::State,
    switches::Switches,
    table::Key,
};

/// What a metric can be about: its word and the table.
const TARGETS: [(&str, &str); 4] = [
    ("Company", "company"),
    ("EndUser", "enduser"),
    ("Asset", "asset"),
    ("Project", "project"),
];

/// The points of all metrics.
pub(super) const METRIC: Model = Model {
    name: "metric",
    path: "dimensiondata",
    table: "metric",
    operations: "L",
    page: Page::UpTo {
        default: 100,
        max: 10_000,
    },
    external: "",
    unique: &[],
    filters: &[
        Filter::Equal("dimid", "dimensionId"),
        Filter::From("from", "day"),
        Filter::To("to", "day"),
    ],
    aliases: &[("cId", "companyId"), ("cid", "companyId")],
    ..PLAIN
};

/// A record that metrics are about.
#[derive(Clone)]
struct Target {
    id: String,
    company: Option<String>,
    company_name: Value,
}

/// Keeps points, and says of each that failed why.
pub(super) fn take(state: &mut State, switches: &Switches, items: Vec<Value>, now: Timestamp) -> Vec<Value> {
    let mut errors = Vec::new();
    let mut known = HashMap::new();
    for item in items {
        match point(state, switches, &mut known, &item, now) {
            Ok(Some(mut record)) => {
                let id = state.fresh_id(now);
                record.insert("_id".to_owned(), id.as_str().into());
                state.put(&METRIC, &id, &record);
            }
            Ok(None) => {}
            Err(why) => errors.push(json!({ "item": item, "error": why })),
        }
    }
    errors
}

fn point(
    state: &State,
    switches: &Switches,
    known: &mut HashMap<(&'static str, String), Option<Target>>,
    item: &Value,
    now: Timestamp,
) -> Result<Option<FieldMap>, String> {
    let must = |name: &str| format!("{name} must be specified");
    let item = item.as_object().ok_or("a metric must be an object")?;
    let dimension = text_of(item, "dimensionId").ok_or_else(|| must("dimensionId"))?;
    let value = item.get("value").ok_or_else(|| must("value"))?;
    if !value.is_number() {
        return Err("value must be a number".to_owned());
    }
    let asked = text_of(item, "model").unwrap_or_else(|| match item.contains_key("assetExtId") {
        true => "Asset".to_owned(),
        false => "Company".to_owned(),
    });
    let model = TARGETS.iter().find(|(word, _)| word.eq_ignore_ascii_case(&asked));
    let Some((word, table)) = model.copied() else {
        return Err(format!("model {asked} has no metrics"));
    };
    let external = ["externalId", "companyExternalId", "assetExtId"]
        .iter()
        .find_map(|name| text_of(item, name))
        .ok_or_else(|| must("externalId"))?;
    let time = match item.get("date").filter(|date| !date.is_null()) {
        Some(date) => prose::time(date).ok_or("date must be a date")?,
        None => now,
    };
    let target = known
        .entry((table, external.clone()))
        .or_insert_with(|| target(state, table, &external));
    let Some(target) = target else {
        let why = format!("no {table} has the externalId {external}");
        return if switches.ignores_unknown_target {
            Ok(None)
        } else {
            Err(why)
        };
    };
    Ok(Some(record(&dimension, value, word, target, time)))
}

fn target(state: &State, table: &'static str, external: &str) -> Option<Target> {
    let record = state.by(table, Key::External, external).into_iter().next()?;
    let id = text_of(&record, "_id")?;
    let (company, name) = match table {
        "company" => (Some(id.clone()), "name"),
        _ => (text_of(&record, "companyId"), "companyName"),
    };
    Some(Target {
        company,
        company_name: record.get(name).cloned().unwrap_or_default(),
        id,
    })
}

/// A point as a list shows it; the moment in each form that was seen.
fn record(dimension: &str, value: &Value, model: &str, target: &Target, time: Timestamp) -> FieldMap {
    let at = prose::iso(time);
    let record = json!({
        "dimensionId": dimension, "value": value, "model": model, "parentId": target.id,
        "companyId": target.company, "companyName": target.company_name, "time": at, "date": at,
        "day": prose::days(time), "timestamp": { "value": at },
    });
    match record {
        Value::Object(record) => record,
        _ => FieldMap::new(),
    }
}
