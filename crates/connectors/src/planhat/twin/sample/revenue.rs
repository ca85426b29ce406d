//! What companies pay: licenses, sales, invoices, churn, opportunities, deals.

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Model, Place, Record, amount, day_of, days_after, decimal,
    dice::{self, Dice, Subject},
    filling, stamp, text, words,
};

const CURRENCIES: &[&str] = &["EUR", "USD", "SEK", "JPY", "GBP"];

/// What the customer sells.
pub(super) fn products(seed: u64, now: Timestamp) -> impl Iterator<Item = Map<String, Value>> {
    let made = super::years_ago(now, 8);
    words::PRODUCTS.iter().zip(0..).map(move |(name, place)| {
        let mut dice = Dice::new(seed, Subject::Product, 0, place);
        let mrr = dice.roll(900);
        super::object(json!({
            "_id": dice::id(seed, Subject::Product, 0, place, made), "name": name,
            "type": if place == 3 { "fee" } else { "subscription" }, "mrr": mrr, "arr": mrr * 12,
            "value": amount(&mut dice), "currency": dice.pick(CURRENCIES), "fixedPeriod": place % 2 == 0,
            "autoRenews": place == 1, "length": 12, "renewalMrr": mrr + 1, "renewalArr": (mrr + 1) * 12,
            "renewalPeriod": 12, "noticePeriod": 3, "noticeUnit": "month", "packages": [{"name": "Basic"}],
            "color": "#3366cc", "externalId": format!("prod-{place}"), "sourceId": format!("p{place}"),
            "createdAt": stamp(made), "updatedAt": stamp(made), "__v": 0,
            "custom": {"Seats (max.)": decimal("100.5"), "Contract no.": null},
        }))
    })
}

pub(super) fn of_company(place: &Place<'_>) -> Vec<Record> {
    let mut records = vec![(Model::Of("license"), license(place, 0))];
    if place.has(0) {
        records.push((Model::Of("license"), license(place, 1)));
        records.push((Model::Of("sale"), sale(place)));
    }
    if place.has(1) {
        records.push((Model::Of("invoice"), invoice(place)));
        records.extend(deal(place));
    }
    if place.has(2) {
        records.push((Model::Of("churn"), churn(place)));
    }
    if place.has(3) {
        records.push((Model::Of("opportunity"), opportunity(place)));
    }
    records
}

/// A license; the second of a company was renewed by the first.
fn license(place: &Place<'_>, number: u64) -> Map<String, Value> {
    let mut dice = place.dice(Subject::License, number);
    let months = dice.pick(&[12_i64, 24, 36]);
    let from = match (place.core.place % 40, number) {
        (9, 0) => Timestamp::from_second(-86_400 * 1_500).unwrap_or(Timestamp::UNIX_EPOCH),
        _ => dice.moment(place.core.made, place.world.now),
    };
    let to = match place.core.place % 40 {
        // As far as a date with four digits goes.
        19 => "9999-12-31T00:00:00.000Z".to_owned(),
        _ => stamp(days_after(from, months * 365 / 12)),
    };
    let is_fixed = place.core.place % 5 != 4;
    let mrr = amount(&mut dice);
    let status = match number {
        1 => "renewed",
        _ => dice.pick(&["ongoing", "ongoing", "ongoing", "lost"]),
    };
    let earlier = (number == 0 && place.has(0)).then(|| {
        let first = license(place, 1);
        first.get("_id").cloned().unwrap_or_default()
    });
    let mut record = place.record(Subject::License, number, json!({
        "product": dice.pick(words::PRODUCTS), "_currency": dice.pick(CURRENCIES), "fromDate": stamp(from),
        "toDate": to, "fixedPeriod": is_fixed, "mrr": mrr, "arr": amount(&mut dice), "value": amount(&mut dice),
        "renewalStatus": status, "autoRenews": dice.one_in(2), "renewalPeriod": months, "renewalUnit": "month",
        "renewalDate": to, "renewalDaysFromNow": 0, "noticePeriod": 30, "noticeUnit": "day", "length": months,
        "toDateIncluded": dice.one_in(5), "isOverdue": false, "invoiceCycle": dice.pick(&["yearly", "monthly"]),
        "invoiceCycleInterval": 0, "invoicesGenerated": dice.one_in(3), "invoiceMuted": dice.one_in(9),
        "parent": earlier, "issues": [], "status": dice.pick(&["active", "", "trial"]),
        "custom": filling::of_every_type(place, &mut dice),
    }));
    forecast(&mut record, &mut dice, from);
    without_stamps(&mut record);
    if !is_fixed {
        for name in [
            "toDate",
            "length",
            "value",
            "renewalPeriod",
            "renewalUnit",
            "renewalDate",
            "renewalDaysFromNow",
            "autoRenews",
        ] {
            record.insert(name.to_owned(), Value::Null);
        }
    }
    record
}

/// What may become of a license.
fn forecast(record: &mut Map<String, Value>, dice: &mut Dice, from: Timestamp) {
    for name in [
        "renewalMrr",
        "renewalArr",
        "fcNewMrr",
        "fcNewMrrOptimistic",
        "fcNewMrrPessimistic",
        "fcNewArr",
        "fcNewArrOptimistic",
        "fcNewArrPessimistic",
    ] {
        record.insert(name.to_owned(), amount(dice));
    }
    let forecast = dice.one_in(2).then(|| stamp(days_after(from, 400)));
    record.insert("fcNewStartDate".to_owned(), json!(forecast));
}

fn sale(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Sale, 0);
    let sold = dice.moment(place.core.made, place.world.now);
    let mut record = place.record(
        Subject::Sale,
        0,
        json!({
            "_currency": dice.pick(CURRENCIES), "product": "Workshop <on site>", "salesDate": stamp(sold),
            "value": amount(&mut dice), "custom": filling::of_two(place, &mut dice),
        }),
    );
    without_stamps(&mut record);
    record
}

fn invoice(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Invoice, 0);
    let sent = dice.moment(place.core.made, place.world.now);
    let day = day_of(sent);
    let is_paid = dice.one_in(2) || place.core.place == 1;
    let mut record = place.record(Subject::Invoice, 0, json!({
        "currency": dice.pick(CURRENCIES), "product": dice.pick(words::PRODUCTS), "invoiceDate": day,
        "dueDate": day + 30, "paidDate": is_paid.then_some(day + 28), "lastUpdated": stamp(sent),
        "invoiceNo": 1_000 + place.core.place, "amountTotal": amount(&mut dice),
        "status": if is_paid { "paid" } else { "overdue" }, "emails": [format!("ap@{}", place.core.domain)],
        "addressCountry": "Sweden", "invoiceCycle": "yearly", "cId": place.core.id, "cName": place.core.name,
        "lineItems": [{"relatedId": "license-1", "product": "Platform", "amount": amount(&mut dice), "dateFrom": day}],
        "custom": filling::of_two(place, &mut dice),
    }));
    without_stamps(&mut record);
    for name in ["companyId", "companyName", "externalId"] {
        record.remove(name);
    }
    record.insert("extId".to_owned(), json!(format!("F{:06}", place.core.place)));
    record
}

fn churn(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Churn, 0);
    let day = dice.moment(place.core.made, place.world.now);
    let mut record = place.record(Subject::Churn, 0, json!({
        "churnDate": stamp(day), "reasons": ["Price", "Missing \"feature\""], "value": amount(&mut dice),
        "arr": amount(&mut dice), "currency": dice.pick(CURRENCIES), "comment": dice.pick(words::SENTENCES),
        "description": text::body(&mut dice), "products": [dice.pick(words::PRODUCTS)],
        "snoozed": dice.one_in(3), "onlyDowngrade": dice.one_in(3), "custom": filling::of_two(place, &mut dice),
    }));
    record.remove("externalId");
    record
}

fn opportunity(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Opportunity, 0);
    let begun = dice.moment(place.core.made, place.world.now);
    let after = |days: i64| stamp(days_after(begun, days));
    let owner = place.user(&mut dice).map(|user| &user.id);
    let mut record = place.record(Subject::Opportunity, 0, json!({
        "salesStage": "Proposal / price quote", "dealDate": after(30), "landingDate": after(45),
        "closeDate": after(60), "_currency": dice.pick(CURRENCIES), "title": dice.pick(words::SUBJECTS),
        "ownerId": owner, "mrr": amount(&mut dice), "arr": amount(&mut dice), "nrr": amount(&mut dice),
        "contractLength": 12, "status": dice.pick(&["active", "won", "lost"]), "recurringValue": amount(&mut dice),
        "probability": decimal("0.75"), "value": amount(&mut dice),
        "stageHistory": [{"salesStage": "Demo", "time": stamp(begun)}], "custom": filling::of_two(place, &mut dice),
    }));
    without_stamps(&mut record);
    record
}

/// A deal with a subscription and a fee.
fn deal(place: &Place<'_>) -> Vec<Record> {
    let mut dice = place.dice(Subject::Deal, 0);
    let begun = dice.moment(place.core.made, place.world.now);
    let (from, to) = (stamp(begun), stamp(days_after(begun, 365)));
    let owner = place.user(&mut dice).map(|user| (&user.id, &user.name));
    let (mrr, fee) = (dice.roll(5_000), dice.roll(900));
    let deal = place.record(Subject::Deal, 0, json!({
        "name": dice.pick(words::SUBJECTS), "stage": dice.pick(&["Closed Won", "Closed Lost", "Negotiation"]),
        "ownerId": owner.map(|owner| owner.0), "ownerName": owner.map(|owner| owner.1),
        "followers": owner.map(|owner| owner.0).into_iter().collect::<Vec<_>>(), "mrr": mrr, "arr": mrr * 12,
        "total": mrr * 12 + fee, "fees": fee, "currency": "EUR", "closeDate": from, "renewalDate": to,
        "startDate": from, "endDate": to, "subscriptions": 1, "custom": filling::of_two(place, &mut dice),
    }));
    let id = deal.get("_id").cloned();
    let product = |at: usize| place.world.products.get(at);
    let item = |number: u64, more: Value| {
        let mut record = place.record(
            Subject::LineItem,
            number,
            json!({
                "dealId": id, "currency": "EUR", "fromDate": from, "status": "ongoing",
                "custom": filling::of_two(place, &mut place.dice(Subject::Filling, number)),
            }),
        );
        record.extend(super::object(more));
        (Model::Of("lineitem"), record)
    };
    let subscription = item(
        0,
        json!({
            "name": "Platform", "productId": product(0), "productType": "subscription", "fixedPeriod": true,
            "toDate": to, "length": 12, "mrr": mrr, "arr": mrr * 12, "value": mrr * 12, "autoRenews": true,
            "renewalMrr": mrr, "renewalArr": mrr * 12, "renewalPeriod": 12, "renewalUnit": "month",
            "renewalDate": to, "noticePeriod": 3, "noticeUnit": "month",
        }),
    );
    let fee = item(
        1,
        json!({"name": "Set-up", "productId": product(3), "productType": "fee", "value": fee}),
    );
    vec![(Model::Of("deal"), deal), subscription, fee]
}

/// These models have no stamps.
pub(super) fn without_stamps(record: &mut Map<String, Value>) {
    for name in ["createdAt", "updatedAt"] {
        record.remove(name);
    }
}
