//! Metrics of the last 60 days, for one company in five: what a usage report is made from.

use jiff::SignedDuration;
use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{Model, Place, Record, day_of, days_after, decimal, dice::Subject, stamp};

/// A metric, and how many days lie between its points.
const METRICS: [(&str, i64); 4] = [
    ("seats_used", 10),
    ("Logins per week", 14),
    ("storage.gb", 29),
    ("errors", 60),
];

/// How far back they go.
const DAYS: i64 = 60;

pub(super) fn of_company(place: &Place<'_>) -> Vec<Record> {
    if place.core.place % 5 != 3 {
        return Vec::new();
    }
    let mut records = Vec::new();
    let mut number = 0;
    for (metric, gap) in METRICS {
        let mut back = DAYS - 1;
        while back > 0 {
            records.push(point(place, number, metric, back, ("Company", &place.core.id)));
            number += 1;
            back -= gap;
        }
    }
    for person in place.contacts.iter().take(1) {
        records.push(point(place, number, "sessions", 2, ("EndUser", &person.id)));
    }
    let points = records.into_iter();
    points.map(|record| (Model::Of("metric"), record)).collect()
}

fn point(
    place: &Place<'_>,
    number: u64,
    metric: &str,
    days_back: i64,
    (model, parent): (&str, &str),
) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Metric, number);
    let midnight = Timestamp::from_second(day_of(place.world.day) * 86_400).unwrap_or(place.world.day);
    let at = days_after(midnight, -days_back) + SignedDuration::from_hours(dice.between(0, 23));
    let value = match metric {
        "storage.gb" => decimal(&format!("{}.{:09}", dice.roll(5_000), dice.roll(1_000_000_000))),
        "errors" => decimal(&format!("-{}", dice.roll(10))),
        _ if place.core.place % 50 == 33 => json!(9_007_199_254_740_980_u64 + dice.roll(9)),
        _ => json!(dice.roll(500)),
    };
    super::object(json!({
        "_id": place.id(Subject::Metric, number, place.core.made), "dimensionId": metric, "value": value,
        "model": model, "parentId": parent, "companyId": place.core.id, "companyName": place.core.name,
        "time": stamp(at), "date": stamp(at), "day": day_of(at), "timestamp": {"value": stamp(at)},
    }))
}
