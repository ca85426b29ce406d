//! Usage: what was measured of each company. Planhat lists single measurements, by no documented order; one pass over
//! those of the last weeks makes a record of each company.

mod difference;
mod series;

use std::time::Duration;

use model::{
    Cursor, Fault, FaultKind, FieldName, Fields, Next, Number, Page, Raw, RecordId, Timestamp, Value,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::Mutex;

use self::series::Series;
use super::{
    client::{Aim, Client},
    fields::{Holds, known},
    list,
    object::{self, Object, PLAIN, Reading},
    page,
};
use crate::kit::Request;

pub(super) static USAGE: Object = Object {
    name: "usage",
    title: "Usage",
    path: "/dimensiondata",
    reading: Reading::Metrics,
    most: MOST,
    permission: "Metrics (View)",
    known: &[known("companyId", Holds::One("company"))],
    labels: &[("companyId", "companyName")],
    // Each becomes fields of its own.
    internal: &["metrics"],
    title_of: |json| {
        object::first_text(json, &["companyName", "_id"])
            .unwrap_or_default()
            .to_owned()
    },
    derive,
    ..PLAIN
};

/// The fields of a metric: what follows its name, what follows its title, and what it holds.
pub(super) const PARTS: [(&str, &str, Holds); 3] = [
    ("", "", Holds::Number),
    (".trend30", ", change in 30 days", Holds::Number),
    (".at", ", time of the last value", Holds::Moment),
];

/// The largest page that public clients ask for.
const MOST: u64 = 10_000;
/// Pages of these sizes may have been cut to another maximum, and more may follow.
const CUT: [usize; 5] = [100, 500, 1_000, 2_000, 5_000];
/// How far back a pass looks: far enough to find the value of 30 days ago of what is measured every other week.
const DAYS: i64 = 45;
/// The span of a trend.
const TREND_DAYS: i64 = 30;
/// How many metrics of companies are held at once; what is beyond is left to another pass.
pub(super) const HELD: usize = 100_000;
/// What was begun longer ago is begun anew.
const FRESH: Duration = Duration::from_secs(15 * 60);

/// The pass that is under way, kept between calls, so that a fault costs one page and a description is not read twice.
pub(super) struct Usage {
    slot: Mutex<Option<Gathering>>,
    /// How many metrics of companies a pass holds.
    held: usize,
}

/// Where reading goes on. Only what lies behind `after` is safe; the step makes one cursor differ from the next.
#[derive(Default, Serialize, Deserialize)]
struct Place {
    after: Option<String>,
    step: u64,
}

/// One pass over the measurements.
struct Gathering {
    began: Timestamp,
    after: Option<String>,
    series: Series,
    offset: u64,
    calls: u64,
    /// The first measurement of the page before.
    first: Option<Json>,
    is_done: bool,
}

impl Usage {
    pub(super) fn new(held: usize) -> Self {
        Self {
            slot: Mutex::default(),
            held,
        }
    }

    /// The names of all metrics, which takes a whole pass: nothing lists them. What was read serves `read` as well.
    pub(super) async fn metrics(&self, client: &Client) -> Result<Vec<String>, Fault> {
        let mut slot = self.slot.lock().await;
        let mut gathering = self.resume(slot.take(), None, client.now());
        while !gathering.is_done {
            match gathering.step(client).await {
                Ok(()) => {}
                // Whoever reads them will be told.
                Err(fault) if fault.kind() == FaultKind::Unavailable => return Ok(vec![]),
                Err(fault) => {
                    *slot = Some(gathering);
                    return Err(fault);
                }
            }
        }
        let names = gathering.series.metrics().map(str::to_owned).collect();
        *slot = Some(gathering);
        Ok(names)
    }

    /// One call's worth of a pass; with its last call come the companies that it found.
    pub(super) async fn read(&self, client: &Client, cursor: Option<&Cursor>) -> Result<Page, Fault> {
        let place = place(cursor)?;
        let mut slot = self.slot.lock().await;
        let mut gathering = self.resume(slot.take(), place.after.as_deref(), client.now());
        if !gathering.is_done {
            let stepped = gathering.step(client).await;
            if stepped.is_err() || !gathering.is_done {
                *slot = Some(gathering);
                stepped?;
                let next = Place {
                    step: place.step.saturating_add(1),
                    ..place
                };
                return Ok(Page {
                    raws: vec![],
                    next: Next::More(cursor_of(&next)),
                });
            }
        }
        let raws = gathering.series.raws();
        let next = match raws.last().filter(|_| gathering.series.has_more()) {
            Some(last) => Next::More(cursor_of(&Place {
                after: Some(last.id.to_string()),
                step: 0,
            })),
            None => Next::CaughtUp,
        };
        Ok(Page { raws, next })
    }

    /// The pass that goes on behind that company: the one under way, if it is young.
    fn resume(&self, known: Option<Gathering>, after: Option<&str>, now: Timestamp) -> Gathering {
        let is_same = |known: &Gathering| {
            known.after.as_deref() == after && now.duration_since(known.began).unsigned_abs() < FRESH
        };
        known
            .filter(is_same)
            .unwrap_or_else(|| Gathering::new(after, now, self.held))
    }

    /// The calls that the pass under way has made, if there is one.
    pub(super) fn calls(&self) -> Option<u64> {
        let slot = self.slot.try_lock().ok()?;
        slot.as_ref().map(|gathering| gathering.calls)
    }
}

/// A company's record from all that was ever measured of it; `None` if nothing was.
pub(super) async fn find(client: &Client, company: &RecordId) -> Result<Option<Raw>, Fault> {
    let mut gathering = Gathering::new(None, client.now(), HELD);
    while !gathering.is_done {
        let request = gathering.request(0).query("cId", company.as_str());
        match gathering.ask(client, request).await {
            Err(fault) if fault.kind() == FaultKind::Unavailable => return Ok(None),
            asked => asked?,
        }
    }
    let raws = gathering.series.raws();
    Ok(raws.into_iter().find(|raw| raw.id == *company))
}

/// The smallest question that tells whether metrics may be viewed.
pub(super) fn probe(now: Timestamp) -> Request {
    let today = day_of(now);
    list::list(USAGE.path, 1, 0)
        .query("from", today.to_string())
        .query("to", today.to_string())
}

impl Gathering {
    fn new(after: Option<&str>, now: Timestamp, held: usize) -> Self {
        Self {
            began: now,
            after: after.map(str::to_owned),
            series: Series::new(after, days_before(now, TREND_DAYS), held),
            offset: 0,
            calls: 0,
            first: None,
            is_done: false,
        }
    }

    fn today(&self) -> i64 {
        day_of(self.began)
    }

    fn request(&self, from: i64) -> Request {
        // Whether `to` is within the span is not documented, so it is tomorrow.
        list::list(USAGE.path, MOST, self.offset)
            .query("from", from.to_string())
            .query("to", (self.today() + 1).to_string())
    }

    async fn step(&mut self, client: &Client) -> Result<(), Fault> {
        self.ask(client, self.request(self.today() - DAYS)).await
    }

    async fn ask(&mut self, client: &Client, request: Request) -> Result<(), Fault> {
        let aim = Aim {
            doing: "reading a page of metrics",
            permission: USAGE.permission,
        };
        self.calls += 1;
        let response = client.send(request, aim.doing).await?;
        match response.status {
            200..=299 => self.take(&items(&response.body, aim.doing)?, aim.doing),
            400 | 403 | 404 => Err(list::unavailable(client, &response, USAGE.documented, aim)),
            _ => Err(client.refused(&response, aim)),
        }
    }

    fn take(&mut self, items: &[Json], doing: &str) -> Result<(), Fault> {
        let first = items.first().and_then(|item| item.get("_id"));
        if first.is_some() && first == self.first.as_ref() {
            return Err(Fault::new(FaultKind::Unexpected, doing).said("the same page came twice"));
        }
        self.first = first.cloned();
        items.iter().for_each(|item| self.series.add(item));
        self.offset += items.len() as u64;
        self.is_done = (items.len() as u64) < MOST && !CUT.contains(&items.len());
        Ok(())
    }
}

/// Days since 1970.
fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    let second = now.as_second().saturating_sub(days.saturating_mul(86_400));
    Timestamp::from_second(second).unwrap_or(Timestamp::MIN)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Listed {
    Bare(Vec<Json>),
    Wrapped { data: Vec<Json> },
}

fn items(body: &[u8], doing: &str) -> Result<Vec<Json>, Fault> {
    // A broken text is told apart from a whole one that is no list.
    let json: Json = serde_json::from_slice(body).map_err(|error| page::nonsense(error, doing))?;
    match serde_json::from_value(json).map_err(|error| page::nonsense(error, doing))? {
        Listed::Bare(items) | Listed::Wrapped { data: items } => Ok(items),
    }
}

fn place(cursor: Option<&Cursor>) -> Result<Place, Fault> {
    cursor.map_or(Ok(Place::default()), |cursor| {
        serde_json::from_str(cursor.as_str())
            .map_err(|error| Fault::new(FaultKind::Unexpected, "reading a Planhat cursor").because(error))
    })
}

fn cursor_of(place: &Place) -> Cursor {
    // An id and a number always fit.
    Cursor::from(serde_json::to_string(place).unwrap_or_default())
}

/// Three fields of each metric, named as customers name their own.
fn derive(json: &Json, fields: &mut Fields) {
    for metric in json.get("metrics").and_then(Json::as_array).into_iter().flatten() {
        let Some(name) = metric.get("dimensionId").and_then(Json::as_str) else {
            continue;
        };
        let number = |key: &str| match Holds::Number.read(metric.get(key)?) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        };
        let Some(last) = number("value") else { continue };
        let trend = number("before").and_then(|before: Number| difference::difference(&last, &before));
        let at = metric.get("at").and_then(|at| Holds::Moment.read(at));
        let values = [
            Value::Number(last),
            trend.map_or(Value::Nothing, Value::Number),
            at.unwrap_or(Value::Nothing),
        ];
        for ((suffix, _, _), value) in PARTS.iter().zip(values) {
            fields.insert(FieldName::from(format!("custom.{name}{suffix}")), value);
        }
    }
}
