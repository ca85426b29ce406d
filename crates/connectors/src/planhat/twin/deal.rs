//! Deals, their line items, and the products that these are made from.

use model::Timestamp;
use serde_json::{Value, json};

use super::{
    models::{Filter, Model, NO_PROPERTIES, PLAIN, Properties, Within},
    period, prose,
    record::{FieldMap, Refusal, Scene, number, number_of, text_of},
    state::State,
    table::Key,
    work,
};

/// The figures of a deal that follow from its line items as soon as there are any.
const FROM_ITEMS: [&str; 2] = ["mrr", "total"];

/// What a line item takes over from its product unless it says otherwise.
const FROM_PRODUCT: [(&str, &str); 13] = [
    ("name", "name"),
    ("type", "productType"),
    ("mrr", "mrr"),
    ("value", "value"),
    ("currency", "currency"),
    ("fixedPeriod", "fixedPeriod"),
    ("autoRenews", "autoRenews"),
    ("length", "length"),
    ("renewalMrr", "renewalMrr"),
    ("renewalArr", "renewalArr"),
    ("renewalPeriod", "renewalPeriod"),
    ("noticePeriod", "noticePeriod"),
    ("noticeUnit", "noticeUnit"),
];

/// Deals.
pub(super) const DEAL: Model = Model {
    name: "deal",
    path: "deals",
    table: "deal",
    required: &["companyId"],
    properties: Properties {
        text: "name companyId externalId sourceId stage ownerId currency",
        number: "mrr total",
        date: "closeDate",
        list: "followers",
        automatic: "_id companyName ownerName arr fees renewalDate startDate endDate subscriptions createdAt updatedAt \
                    __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"followers":[],"subscriptions":0,"__v":0}"#,
    complete: complete_deal,
    ..PLAIN
};

/// The parts of a deal.
pub(super) const LINE_ITEM: Model = Model {
    name: "lineitem",
    path: "lineitems",
    table: "lineitem",
    company: "dealId",
    company_filter: "",
    required: &["dealId"],
    unique: &[(Key::External, Within::Company), (Key::Source, Within::Model)],
    properties: Properties {
        text: "dealId name externalId sourceId productId productType status currency renewalUnit noticeUnit",
        number: "mrr arr value length renewalMrr renewalPeriod noticePeriod",
        flag: "fixedPeriod autoRenews",
        date: "fromDate toDate renewalDate",
        automatic: "_id companyId companyName renewalArr createdAt updatedAt __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"status":"ongoing","__v":0}"#,
    filters: &[Filter::Belongs("dealId")],
    exists: |switches| !switches.no_line_items,
    complete: complete_item,
    after: |state, _, was, record, _| {
        for record in was.into_iter().chain([record]) {
            later(state, record);
        }
    },
    removed: |state, record, _| later(state, record),
    ..PLAIN
};

/// What is sold.
pub(super) const PRODUCT: Model = Model {
    name: "product",
    path: "products",
    table: "product",
    company: "",
    company_filter: "",
    required: &["name"],
    unique: &[(Key::External, Within::Model), (Key::Source, Within::Model)],
    properties: Properties {
        text: "externalId sourceId name type currency noticeUnit color",
        number: "mrr value length renewalMrr renewalPeriod noticePeriod",
        flag: "fixedPeriod autoRenews",
        list: "packages",
        automatic: "_id arr renewalArr createdAt updatedAt __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"type":"subscription","packages":[],"__v":0}"#,
    complete: |scene, record| {
        work::stamp_creation(scene, record);
        work::one_of(record, "type", &["subscription", "fee"])?;
        work::one_of(record, "noticeUnit", &["day", "week", "month"])?;
        by_year(record, "mrr", "arr");
        by_year(record, "renewalMrr", "renewalArr");
        Ok(())
    },
    ..PLAIN
};

fn by_year(record: &mut FieldMap, monthly: &str, yearly: &str) {
    if let Some(mrr) = number_of(record, monthly) {
        record.insert(yearly.to_owned(), number(mrr * 12.0));
    }
}

fn complete_deal(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    work::stamp_creation(scene, record);
    work::name_owner(scene, record);
    let id = scene.was.and_then(|was| text_of(was, "_id"));
    let has_items = id.is_some_and(|id| scene.state.table("lineitem").of_company(&id).next().is_some());
    if let Some(was) = scene.was.filter(|_| has_items) {
        for name in FROM_ITEMS {
            match was.get(name) {
                Some(value) => record.insert(name.to_owned(), value.clone()),
                None => record.remove(name),
            };
        }
    }
    by_year(record, "mrr", "arr");
    Ok(())
}

fn complete_item(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    work::stamp_creation(scene, record);
    let deal = text_of(record, "dealId").unwrap_or_default();
    let Some(deal) = scene.state.get("deal", &deal) else {
        return Err(Refusal::bad(format!("dealId {deal} is not a deal")));
    };
    for name in ["companyId", "companyName"] {
        record.insert(name.to_owned(), deal.get(name).cloned().unwrap_or_default());
    }
    take_from_product(scene, record)?;
    record
        .entry("productType")
        .or_insert_with(|| "subscription".into());
    work::one_of(record, "productType", &["subscription", "fee"])?;
    work::one_of(record, "status", &["ongoing", "renewed", "lost"])?;
    let length = period::months(record);
    if let Some(length) = length {
        record.insert("length".to_owned(), number(length));
    }
    let length = length.or_else(|| number_of(record, "length").filter(|length| *length > 0.0));
    period::settle_amounts(scene, record, length);
    by_year(record, "renewalMrr", "renewalArr");
    let missing = needs(record)
        .into_iter()
        .find(|name| text_of(record, name).is_none());
    match missing {
        Some(name) => Err(Refusal::bad(format!("{name} is required"))),
        None => Ok(()),
    }
}

/// What a line item cannot do without.
fn needs(record: &FieldMap) -> Vec<&'static str> {
    let fee = text_of(record, "productType").as_deref() == Some("fee");
    let fixed = record.get("fixedPeriod") == Some(&Value::Bool(true));
    match (fee, fixed) {
        (true, _) => vec!["fromDate", "value"],
        (false, true) => vec!["fromDate", "toDate", "length", "mrr"],
        (false, false) => vec!["fromDate", "mrr"],
    }
}

fn take_from_product(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    let Some(id) = text_of(record, "productId").filter(|_| scene.changes("productId")) else {
        return Ok(());
    };
    let Some(product) = scene.state.get("product", &id) else {
        return Err(Refusal::bad(format!("productId {id} is not a product")));
    };
    for (theirs, ours) in FROM_PRODUCT {
        if let Some(value) = product.get(theirs).filter(|_| !scene.given.contains_key(ours)) {
            record.insert(ours.to_owned(), value.clone());
        }
    }
    Ok(())
}

fn later(state: &mut State, item: &FieldMap) {
    if let Some(deal) = text_of(item, "dealId") {
        state.work_out_later("deal", &deal);
    }
}

/// Works out a deal's figures from its line items; without any, they stay as they were.
pub(super) fn work_out(state: &mut State, id: &str, now: Timestamp) {
    let Some(was) = state.get("deal", id) else { return };
    let items: Vec<FieldMap> = state.of_company("lineitem", id).collect();
    let is_fee = |item: &&FieldMap| text_of(item, "productType").as_deref() == Some("fee");
    let subscriptions: Vec<&FieldMap> = items.iter().filter(|item| !is_fee(item)).collect();
    let sum = |items: &[&FieldMap], name: &str| -> f64 {
        items.iter().filter_map(|item| number_of(item, name)).sum()
    };
    let fees: Vec<&FieldMap> = items.iter().filter(is_fee).collect();
    let dates = |name: &str| {
        let mut dates: Vec<String> = subscriptions
            .iter()
            .filter_map(|item| text_of(item, name))
            .collect();
        dates.sort_by_key(|date| prose::time(&date.as_str().into()));
        dates
    };
    let first = |dates: Vec<String>| dates.into_iter().next().map_or(Value::Null, Value::from);
    let ends = dates("toDate");
    let mut renewals = dates("renewalDate");
    if renewals.is_empty() {
        renewals = ends.clone();
    }
    let mrr = sum(&subscriptions, "mrr");
    let all: Vec<&FieldMap> = items.iter().collect();
    let figures = json!({
        "subscriptions": subscriptions.len(), "fees": number(sum(&fees, "value")), "mrr": number(mrr),
        "arr": number(mrr * 12.0), "total": number(sum(&all, "value")), "startDate": first(dates("fromDate")),
        "endDate": ends.last(), "renewalDate": first(renewals),
    });
    let mut deal = was.clone();
    if let Value::Object(figures) = figures {
        let kept = |name: &str| items.is_empty() && matches!(name, "mrr" | "arr" | "total");
        deal.extend(figures.into_iter().filter(|(name, _)| !kept(name)));
    }
    if deal != was {
        deal.insert("updatedAt".to_owned(), prose::iso(now).into());
        state.put(&DEAL, id, &deal);
    }
}
