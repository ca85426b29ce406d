//! Sales, invoices, churn and opportunities, and what a company's revenue follows from.

use std::collections::BTreeSet;

use model::Timestamp;
use serde_json::{Value, json};

use super::{
    models::{Expand, Filter, Model, NO_PROPERTIES, PLAIN, Properties, Within},
    period, prose,
    record::{FieldMap, Refusal, Scene, number, number_of, text_of},
    state::State,
    table::Key,
    work,
};

/// Revenue that does not come again.
pub(super) const SALE: Model = Model {
    name: "sale",
    path: "sales",
    table: "sale",
    required: &["companyId", "_currency", "value"],
    properties: Properties {
        text: "_currency product companyId externalId sourceId",
        number: "value",
        date: "salesDate",
        automatic: "_id companyName __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"__v":0}"#,
    expanded: &[("_currency", Expand::Currency)],
    stamps: &[],
    after: |state, _, was, record, _| {
        was.into_iter()
            .chain([record])
            .for_each(|record| later(state, record));
    },
    removed: |state, record, _| later(state, record),
    ..PLAIN
};

/// Invoices, whose names and dates are written unlike everybody else's.
pub(super) const INVOICE: Model = Model {
    name: "invoice",
    path: "invoices",
    table: "invoice",
    external: "extId",
    company: "cId",
    company_filter: "many",
    required: &["cId"],
    bulk_required: &["currency", "invoiceDate"],
    properties: Properties {
        text: "cId extId sourceId currency product status invoiceCycle",
        number: "amountTotal",
        day: "invoiceDate dueDate paidDate",
        list: "lineItems",
        automatic: "_id cName lastUpdated invoiceNo emails addressCountry __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"status":"pending","lineItems":[],"emails":[],"__v":0}"#,
    stamps: &["lastUpdated"],
    complete: complete_invoice,
    ..PLAIN
};

/// A log of customers lost; it changes no figure.
pub(super) const CHURN: Model = Model {
    name: "churn",
    path: "churn",
    table: "churn",
    external: "",
    get_keys: &[],
    put_keys: &[Key::Source],
    bulk_keys: &[Key::Source],
    unique: &[(Key::Source, Within::Model)],
    properties: Properties {
        text: "companyId currency comment description sourceId",
        number: "value arr",
        flag: "snoozed onlyDowngrade",
        date: "churnDate",
        list: "reasons products",
        automatic: "_id companyName createdAt updatedAt __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"reasons":[],"products":[],"snoozed":false,"onlyDowngrade":false,"__v":0}"#,
    filters: &[
        Filter::Flagged("downgrades", "onlyDowngrade"),
        Filter::From("from", "churnDate"),
        Filter::To("to", "churnDate"),
    ],
    complete: |scene, record| {
        work::stamp_creation(scene, record);
        Ok(())
    },
    ..PLAIN
};

/// Opportunities.
pub(super) const OPPORTUNITY: Model = Model {
    name: "opportunity",
    path: "opportunities",
    table: "opportunity",
    put_keys: &[Key::External],
    bulk_keys: &[Key::External],
    required: &["companyId"],
    properties: Properties {
        text: "salesStage companyId externalId sourceId _currency title ownerId status",
        number: "mrr arr nrr contractLength recurringValue probability value",
        date: "dealDate landingDate closeDate",
        automatic: "_id companyName stageHistory __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"status":"active","contractLength":12,"stageHistory":[],"__v":0}"#,
    stamps: &[],
    complete: complete_opportunity,
    ..PLAIN
};

fn complete_invoice(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    work::one_of(record, "status", &["pending", "paid", "overdue"])?;
    if scene.was.is_none() {
        let number = scene.state.ids_made() + 1;
        record.insert("invoiceNo".to_owned(), number.into());
        let country = text_of(record, "cId").and_then(|id| scene.state.field("company", &id, "country"));
        record.insert("addressCountry".to_owned(), country.unwrap_or_default().into());
    }
    Ok(())
}

fn complete_opportunity(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    work::one_of(record, "status", &["active", "won", "lost"])?;
    if let Some(stage) = text_of(record, "salesStage").filter(|_| scene.changes("salesStage")) {
        let entry = json!({ "salesStage": stage, "time": prose::iso(scene.now) });
        if let Some(Value::Array(history)) = record.get_mut("stageHistory") {
            history.push(entry);
        }
    }
    Ok(())
}

/// A currency as embedded records show it.
pub(super) fn currency(code: &str) -> Value {
    let symbol = match code {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        code => code,
    };
    json!({ "_id": code, "symbol": symbol, "rate": 1, "isBase": code == "USD", "overrides": {}, "__v": 0 })
}

/// Adds a company's licenses and sales to it.
pub(super) fn embed(state: &State, company: &mut FieldMap) {
    let Some(id) = text_of(company, "_id") else { return };
    for (name, table) in [("licenses", "license"), ("sales", "sale")] {
        let mut records: Vec<FieldMap> = state.of_company(table, &id).collect();
        if records.is_empty() {
            continue;
        }
        for record in records.iter_mut().filter(|_| table == "sale") {
            if let Some(code) = text_of(record, "_currency") {
                record.insert("_currency".to_owned(), currency(&code));
            }
        }
        company.insert(name.to_owned(), records.into_iter().map(Value::Object).collect());
    }
}

/// Has the company of a license or sale worked out again.
pub(super) fn later(state: &mut State, record: &FieldMap) {
    if let Some(company) = text_of(record, "companyId") {
        state.work_out_later("company", &company);
    }
}

/// Works out a company's status and figures from its licenses and sales.
pub(super) fn work_out(state: &mut State, id: &str, now: Timestamp) {
    let Some(was) = state.get("company", id) else {
        return;
    };
    let licenses: Vec<FieldMap> = state.of_company("license", id).collect();
    let sales: Vec<FieldMap> = state.of_company("sale", id).collect();
    let mut company = was.clone();
    let mut put = |name: &str, value: Value| company.insert(name.to_owned(), value);
    let today = prose::days(now);
    let running = |license: &&FieldMap| is_ongoing(license) && period::holds(license, today);
    let mrr = sum(licenses.iter().filter(running), "mrr");
    let recent = |sale: &&FieldMap| {
        let day = text_of(sale, "salesDate").and_then(|date| prose::day(&date));
        day.is_some_and(|day| (today - 30..=today).contains(&day))
    };
    let nrr30 = sum(sales.iter().filter(recent), "value");
    let nrr = sum(sales.iter(), "value");
    put("mrr", number(mrr));
    put("arr", number(mrr * 12.0));
    put("nrr30", number(nrr30));
    put("nrrTotal", number(nrr));
    put("mr", number(mrr + nrr30));
    put(
        "mrTotal",
        number(nrr + number_of(&was, "mrrTotal").unwrap_or(0.0)),
    );
    put("status", status(&licenses, today).into());
    put("customerFrom", earliest(licenses.iter(), "fromDate"));
    put("customerTo", last_day(&licenses));
    let head = head(&licenses);
    let of_head = |name: &str| head.and_then(|head| head.get(name).cloned()).unwrap_or_default();
    put("headId", of_head("_id"));
    put("autoRenews", of_head("autoRenews"));
    let renewal = earliest(
        licenses.iter().filter(|license| is_ongoing(license)),
        "renewalDate",
    );
    let days = prose::time(&renewal).map(|at| prose::days(at) - today);
    put("renewalDate", renewal);
    put("renewalDaysFromNow", days.into());
    let products: BTreeSet<String> = licenses
        .iter()
        .filter_map(|license| text_of(license, "product"))
        .collect();
    if !products.is_empty() {
        put("products", products.into_iter().collect());
    }
    if company != was {
        state.touch_company(company, now);
    }
}

fn is_ongoing(license: &FieldMap) -> bool {
    text_of(license, "renewalStatus").as_deref() == Some("ongoing")
}

fn sum<'a>(records: impl Iterator<Item = &'a FieldMap>, name: &str) -> f64 {
    records.filter_map(|record| number_of(record, name)).sum()
}

fn earliest<'a>(records: impl Iterator<Item = &'a FieldMap>, name: &str) -> Value {
    let dates = records.filter_map(|record| text_of(record, name));
    let first = dates.min_by_key(|date| prose::time(&date.as_str().into()));
    first.map_or(Value::Null, Value::from)
}

/// The end of the last license; none while one goes on without an end.
fn last_day(licenses: &[FieldMap]) -> Value {
    let ends = licenses.iter().map(|license| text_of(license, "toDate"));
    let last = ends.collect::<Option<Vec<String>>>().and_then(|ends| {
        ends.into_iter()
            .max_by_key(|end| prose::time(&end.as_str().into()))
    });
    last.map_or(Value::Null, Value::from)
}

/// The license that stands for the company: the latest that goes on, or the latest of all.
fn head(licenses: &[FieldMap]) -> Option<&FieldMap> {
    let start = |license: &&FieldMap| license.get("fromDate").and_then(prose::time);
    let going_on = licenses.iter().filter(|license| is_ongoing(license));
    going_on
        .max_by_key(start)
        .or_else(|| licenses.iter().max_by_key(start))
}

/// The stage of a company's life that follows from its licenses.
fn status(licenses: &[FieldMap], today: i64) -> &'static str {
    let has_value =
        |license: &FieldMap| number_of(license, "value").is_some() || number_of(license, "mrr").is_some();
    let running = |license: &FieldMap| period::holds(license, today);
    let any = |test: &dyn Fn(&FieldMap) -> bool| licenses.iter().any(test);
    if licenses.is_empty() {
        "prospect"
    } else if any(&|license| is_ongoing(license) && running(license) && has_value(license)) {
        "customer"
    } else if any(&running) {
        "canceled"
    } else if any(&|license| is_ongoing(license) && begins_after(license, today)) {
        "coming"
    } else {
        "lost"
    }
}

fn begins_after(license: &FieldMap, today: i64) -> bool {
    let from = text_of(license, "fromDate").and_then(|date| prose::day(&date));
    from.is_some_and(|from| from > today)
}
