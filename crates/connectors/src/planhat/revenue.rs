//! Sales, invoices, opportunities and churn: money, and the hope and the loss of it.

use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object, PLAIN},
};

pub(super) static SALE: Object = Object {
    name: "sale",
    title: "Sale",
    path: "/sales",
    permission: "Sales (View)",
    known: &[
        known("companyId", Holds::One("company")),
        known("product", Holds::Text),
        known("value", Holds::Number),
        known("_currency", Holds::Code),
        known("salesDate", Holds::Moment),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        CREATED,
        UPDATED,
    ],
    required: &["companyId", "value", "_currency", "salesDate"],
    ..PLAIN
};

pub(super) static INVOICE: Object = Object {
    name: "invoice",
    title: "Invoice",
    path: "/invoices",
    permission: "Invoices (View)",
    stamp: Some("lastUpdated"),
    known: &[
        known("cId", Holds::One("company")),
        known("extId", Holds::Text),
        known("sourceId", Holds::Text),
        computed("invoiceNo", Holds::Whole),
        known("status", Holds::Text),
        known("currency", Holds::Code),
        known("amountTotal", Holds::Number),
        known("product", Holds::Text),
        known("invoiceDate", Holds::Day),
        known("dueDate", Holds::Day),
        known("paidDate", Holds::Day),
        known("lineItems", Holds::Anything),
        computed("emails", Holds::Anything),
        computed("addressCountry", Holds::Text),
        known("invoiceCycle", Holds::Text),
        computed("lastUpdated", Holds::Moment),
        CREATED,
        UPDATED,
    ],
    labels: &[("cId", "cName")],
    required: &["cId", "currency", "invoiceDate"],
    title_of: invoice_title,
    ..PLAIN
};

pub(super) static OPPORTUNITY: Object = Object {
    name: "opportunity",
    title: "Opportunity",
    path: "/opportunities",
    permission: "Opportunities (View)",
    known: &[
        known("title", Holds::Text),
        known("companyId", Holds::One("company")),
        known("ownerId", Holds::One("user")),
        known("status", Holds::Text),
        known("salesStage", Holds::Text),
        computed("stageHistory", Holds::Anything),
        known("dealDate", Holds::Moment),
        known("landingDate", Holds::Moment),
        known("closeDate", Holds::Moment),
        known("_currency", Holds::Code),
        known("mrr", Holds::Number),
        known("arr", Holds::Number),
        known("nrr", Holds::Number),
        known("recurringValue", Holds::Number),
        known("value", Holds::Number),
        known("probability", Holds::Number),
        known("contractLength", Holds::Whole),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        CREATED,
        UPDATED,
    ],
    aliases: &[("currency", "_currency"), ("owner", "ownerId")],
    required: &["companyId"],
    ..PLAIN
};

/// Its page in the documentation is a placeholder, so what its own names say is kept as well.
pub(super) static CHURN: Object = Object {
    name: "churn",
    title: "Churn",
    path: "/churn",
    permission: "Churn (View)",
    stamp: Some("updatedAt"),
    known: &[
        known("companyId", Holds::One("company")),
        known("churnDate", Holds::Day),
        known("reasons", Holds::Words),
        known("value", Holds::Number),
        known("arr", Holds::Number),
        known("currency", Holds::Code),
        known("comment", Holds::Text),
        known("description", Holds::Text),
        known("products", Holds::Words),
        known("onlyDowngrade", Holds::Bool),
        known("snoozed", Holds::Bool),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        computed("createDate", Holds::Moment),
        CREATED,
        UPDATED,
    ],
    aliases: &[("churnReason", "reasons")],
    title_of: churn_title,
    ..PLAIN
};

const CREATED: Known = computed("createdAt", Holds::Moment);
const UPDATED: Known = computed("updatedAt", Holds::Moment);

fn invoice_title(json: &Json) -> String {
    match json.get("invoiceNo").and_then(Json::as_u64) {
        Some(number) => format!("Invoice {number}"),
        None => object::first_text(json, &["extId", "sourceId", "_id"])
            .unwrap_or_default()
            .to_owned(),
    }
}

fn churn_title(json: &Json) -> String {
    let date = object::first_text(json, &["churnDate"]).and_then(|date| date.get(..10));
    let company = object::first_text(json, &["companyName"]);
    let words = ["Churn"].into_iter().chain(company).chain(date);
    words.collect::<Vec<_>>().join(" ")
}
