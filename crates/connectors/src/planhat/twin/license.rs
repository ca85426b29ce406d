//! Licenses: what they are worth, how long they last, and what they make of their company.

use model::Timestamp;
use serde_json::Value;

use super::{
    models::{Expand, Model, PLAIN, Properties},
    period, prose,
    record::{FieldMap, Refusal, Scene, number, text_of},
    revenue, work,
};

/// What an evergreen license does not have.
const OF_FIXED_PERIOD: [&str; 8] = [
    "toDate",
    "length",
    "value",
    "renewalPeriod",
    "renewalUnit",
    "renewalDate",
    "renewalDaysFromNow",
    "autoRenews",
];

/// Licenses.
pub(super) const LICENSE: Model = Model {
    name: "license",
    path: "licenses",
    table: "license",
    required: &["companyId", "_currency"],
    properties: Properties {
        text: "product _currency companyId externalId sourceId renewalStatus renewalUnit noticeUnit invoiceCycle parent \
               status",
        number: "mrr value renewalPeriod noticePeriod invoiceCycleInterval renewalMrr renewalArr fcNewMrr \
                 fcNewMrrOptimistic fcNewMrrPessimistic fcNewArr fcNewArrOptimistic fcNewArrPessimistic",
        flag: "fixedPeriod autoRenews toDateIncluded invoicesGenerated invoiceMuted",
        date: "fromDate toDate renewalDate fcNewStartDate",
        day: "",
        list: "",
        object: "",
        any: "",
        automatic: "_id companyName arr renewalDaysFromNow length isOverdue issues __v",
        request: "",
    },
    defaults: r#"{"renewalPeriod":1,"noticePeriod":0,"renewalStatus":"ongoing","autoRenews":false,
        "invoiceCycleInterval":0,"invoicesGenerated":false,"isOverdue":false,"toDateIncluded":false,"issues":[],
        "fcNewStartDate":null,"__v":0}"#,
    expanded: &[("_currency", Expand::Currency)],
    stamps: &[],
    complete,
    after: |state, _, was, record, _| {
        was.into_iter()
            .chain([record])
            .for_each(|record| revenue::later(state, record));
    },
    removed: |state, record, _| revenue::later(state, record),
    look: Some(|_, record, now| look(record, now)),
    ..PLAIN
};

fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    work::one_of(record, "renewalStatus", &["ongoing", "renewed", "lost"])?;
    let evergreen = record.get("fixedPeriod") == Some(&Value::Bool(false));
    let (has_mrr, has_value) = (
        text_of(record, "mrr").is_some(),
        text_of(record, "value").is_some(),
    );
    if evergreen && !has_mrr {
        return Err(Refusal::bad("mrr is required"));
    }
    if scene.was.is_none() && !has_mrr && !has_value {
        return Err(Refusal::bad("value is required"));
    }
    if evergreen {
        for name in OF_FIXED_PERIOD {
            record.insert(name.to_owned(), Value::Null);
        }
        period::settle_amounts(scene, record, None);
        return Ok(());
    }
    let length = period::months(record);
    if let Some(length) = length {
        record.insert("length".to_owned(), number(length));
    }
    period::settle_amounts(scene, record, length);
    if record.get("fixedPeriod") == Some(&Value::Bool(true)) {
        settle_renewal(scene, record);
    }
    look(record, scene.now);
    Ok(())
}

/// A license of a fixed period is renewed at its end, for as long again.
fn settle_renewal(scene: &Scene<'_>, record: &mut FieldMap) {
    let sent = |name: &str| scene.given.contains_key(name);
    let moved = |name: &str| scene.changes(name) && !sent("renewalDate");
    if moved("toDate") || moved("fixedPeriod") {
        let to = record.get("toDate").cloned().unwrap_or_default();
        record.insert("renewalDate".to_owned(), to);
    }
    let length = record.get("length").filter(|length| !length.is_null()).cloned();
    if let Some(length) = length.filter(|_| scene.was.is_none()) {
        if !sent("renewalPeriod") {
            record.insert("renewalPeriod".to_owned(), length);
        }
        record.entry("renewalUnit").or_insert_with(|| "month".into());
    }
}

/// What depends on the day: how far the renewal is, and whether it is overdue.
fn look(record: &mut FieldMap, now: Timestamp) {
    let renewal = record.get("renewalDate").and_then(prose::time);
    let days = renewal.map(|at| prose::days(at) - prose::days(now));
    let ongoing = text_of(record, "renewalStatus").as_deref() == Some("ongoing");
    if days.is_some() || record.contains_key("renewalDate") {
        record.insert("renewalDaysFromNow".to_owned(), days.into());
    }
    let overdue = ongoing && days.is_some_and(|days| days < 0);
    record.insert("isOverdue".to_owned(), overdue.into());
}
