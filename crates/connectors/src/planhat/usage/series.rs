//! From measurements in any order to one record per company, holding no more than so many at once.

use std::collections::{BTreeMap, BTreeSet};

use model::{Number, Raw, RecordId, Timestamp, Value};
use serde_json::{Value as Json, json};

use crate::planhat::fields::Holds;

/// How many names of metrics are remembered.
const MOST_NAMES: usize = 1_000;

/// What was measured of the companies whose ids come next after one.
pub(super) struct Series {
    after: Option<String>,
    /// The smallest id that did not fit.
    beyond: Option<String>,
    /// What was measured until then is what a trend is told from.
    until: Timestamp,
    companies: BTreeMap<String, Company>,
    held: usize,
    most: usize,
    names: BTreeSet<String>,
}

#[derive(Default)]
struct Company {
    name: Option<String>,
    metrics: BTreeMap<String, Metric>,
}

#[derive(Default)]
struct Metric {
    last: Option<Point>,
    before: Option<Point>,
}

/// A value at a time. Of two at the same time the one with the greater id was measured later.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    at: Timestamp,
    id: String,
    value: Number,
}

/// One measurement of a company.
struct Measured<'a> {
    company: &'a str,
    name: Option<&'a str>,
    metric: String,
    point: Point,
}

impl Series {
    /// Holds up to `most` metrics, of companies behind that one.
    pub(super) fn new(after: Option<&str>, until: Timestamp, most: usize) -> Self {
        Self {
            after: after.map(str::to_owned),
            beyond: None,
            until,
            companies: BTreeMap::new(),
            held: 0,
            most,
            names: BTreeSet::new(),
        }
    }

    /// The names of all metrics, also of companies that are not held.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether there are companies behind those that are held.
    pub(super) fn has_more(&self) -> bool {
        self.beyond.is_some()
    }

    /// Takes a measurement in; the order in which they come, and how often, makes no difference.
    pub(super) fn add(&mut self, item: &Json) {
        let Some(measured) = measured(item) else { return };
        if self.names.len() < MOST_NAMES && !self.names.contains(&measured.metric) {
            self.names.insert(measured.metric.clone());
        }
        let id = measured.company;
        let is_before = self.after.as_deref().is_some_and(|after| id <= after);
        let is_beyond = self.beyond.as_deref().is_some_and(|beyond| id >= beyond);
        if is_before || is_beyond {
            return;
        }
        let company = self.companies.entry(id.to_owned()).or_default();
        if company.name.is_none() {
            company.name = measured.name.map(str::to_owned);
        }
        let before = company.metrics.len();
        let metric = company.metrics.entry(measured.metric).or_default();
        if measured.point.at <= self.until {
            keep_later(&mut metric.before, &measured.point);
        }
        keep_later(&mut metric.last, &measured.point);
        self.held += company.metrics.len() - before;
        while self.held > self.most && self.companies.len() > 1 {
            if let Some((id, company)) = self.companies.pop_last() {
                self.held = self.held.saturating_sub(company.metrics.len());
                self.beyond = Some(id);
            }
        }
    }

    /// One raw per company, in the order of their ids.
    pub(super) fn raws(&self) -> Vec<Raw> {
        self.companies
            .iter()
            .map(|(id, company)| Raw::new(RecordId::new(id), company.json(id).to_string()))
            .collect()
    }
}

impl Company {
    fn json(&self, id: &str) -> Json {
        let metrics: Vec<Json> = self
            .metrics
            .iter()
            .filter_map(|(name, metric)| metric.json(name))
            .collect();
        json!({"_id": id, "companyId": id, "companyName": self.name, "metrics": metrics})
    }
}

impl Metric {
    fn json(&self, name: &str) -> Option<Json> {
        let last = self.last.as_ref()?;
        let mut json = json!({
            "dimensionId": name,
            "value": Json::from(&last.value),
            "at": last.at.to_string(),
        });
        // What was not measured since says nothing of a change.
        if let (Some(before), Some(map)) = (
            self.before.as_ref().filter(|before| before.at < last.at),
            json.as_object_mut(),
        ) {
            map.insert("before".to_owned(), Json::from(&before.value));
            map.insert("beforeAt".to_owned(), Json::from(before.at.to_string()));
        }
        Some(json)
    }
}

fn keep_later(kept: &mut Option<Point>, point: &Point) {
    if kept.as_ref().is_none_or(|kept| kept < point) {
        *kept = Some(point.clone());
    }
}

/// Reads what is a measurement of a company; those of assets, projects and people belong to these.
fn measured(item: &Json) -> Option<Measured<'_>> {
    let text = |name: &str| item.get(name)?.as_str().filter(|text| !text.is_empty());
    let model = text("model").unwrap_or("Company");
    if !model.eq_ignore_ascii_case("company") {
        return None;
    }
    let metric = match Holds::Text.read(item.get("dimensionId")?)? {
        Value::Text(name) if !name.trim().is_empty() => name,
        _ => return None,
    };
    let Some(Value::Number(value)) = Holds::Number.read(item.get("value")?) else {
        return None;
    };
    Some(Measured {
        company: text("companyId").or_else(|| text("parentId"))?,
        name: text("companyName"),
        metric,
        point: Point {
            at: moment(item)?,
            id: text("_id").unwrap_or_default().to_owned(),
            value,
        },
    })
}

/// When it was measured: newer answers say it in more ways than older ones.
fn moment(item: &Json) -> Option<Timestamp> {
    let nested = item.get("timestamp").map(|at| at.get("value").unwrap_or(at));
    let moments = [item.get("time"), item.get("date"), nested].into_iter().flatten();
    let at = moments
        .filter_map(|json| Holds::Moment.read(json))
        .find_map(|value| match value {
            Value::Instant(at) => Some(at),
            _ => None,
        });
    at.or_else(|| match Holds::Day.read(item.get("day")?)? {
        Value::Date(day) => Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp()),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
