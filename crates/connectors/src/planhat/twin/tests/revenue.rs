//! What follows from licenses, sales, line items, answers to surveys and hours.

use serde_json::{Value, json};

use super::{ask, get, make, small};
use crate::planhat::twin::PlanhatTwin;

/// Checks that a record has these values.
fn check(record: &Value, expected: &Value, what: &str) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&record[name], value, "{what}: {name} of {record}");
    }
}

fn license(twin: &mut PlanhatTwin, more: Value) -> Value {
    let mut body = json!({"companyId": "c1", "_currency": "USD"});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let (status, license) = ask(twin, "POST /licenses", body);
    assert_eq!(status, 200, "{license}");
    license
}

#[test]
fn a_license_is_worked_out_as_in_the_example() {
    let mut twin = small(&[]);
    let sent = json!({"fixedPeriod": true, "fromDate": "2019-12-11", "toDate": "2020-12-11", "mrr": 1250,
        "noticePeriod": 30, "noticeUnit": "day", "invoiceCycle": "yearly"});
    let made = license(&mut twin, sent);
    let documented = json!({"length": 12, "value": 15000, "arr": 15000, "renewalPeriod": 12, "renewalUnit": "month",
        "renewalDate": "2020-12-11T00:00:00.000Z", "noticePeriod": 30, "noticeUnit": "day",
        "invoiceCycle": "yearly", "invoiceCycleInterval": 0, "renewalStatus": "ongoing", "autoRenews": false,
        "invoicesGenerated": false, "toDateIncluded": false, "issues": [], "fcNewStartDate": null});
    check(&made, &documented, "created");
    let line = format!("PUT /licenses/{}", made["_id"].as_str().unwrap());
    let evergreen = json!({"toDate": null, "length": null, "value": null, "renewalPeriod": null,
        "renewalUnit": null, "renewalDate": null, "renewalDaysFromNow": null, "autoRenews": null, "mrr": 1250,
        "arr": 15000});
    let (_, updated) = ask(&mut twin, &line, json!({"fixedPeriod": false}));
    check(&updated, &evergreen, "evergreen");
}

#[test]
fn amounts_and_periods_follow_from_each_other() {
    let year = json!({"fixedPeriod": true, "fromDate": "2021-01-01", "toDate": "2022-01-01"});
    for (more, expected) in [
        (
            json!({"value": 1200}),
            json!({"mrr": 100, "arr": 1200, "length": 12}),
        ),
        (json!({"value": 0}), json!({"mrr": 0, "arr": 0})),
        (json!({"value": -2400.5}), json!({"mrr": -200.041667})),
        (
            json!({"value": 7, "mrr": 1}),
            json!({"value": 7, "mrr": 1, "arr": 12}),
        ),
        (
            json!({"value": 12, "toDate": "2021-12-31", "toDateIncluded": true}),
            json!({"length": 12, "mrr": 1}),
        ),
        (
            json!({"mrr": 1, "renewalDate": "2021-11-01"}),
            json!({"renewalDaysFromNow": 95, "isOverdue": false}),
        ),
        (
            json!({"mrr": 1, "renewalDate": "2021-07-28"}),
            json!({"renewalDaysFromNow": -1, "isOverdue": true}),
        ),
        (
            json!({"mrr": 1, "renewalDate": "2021-07-28", "renewalStatus": "renewed"}),
            json!({"isOverdue": false}),
        ),
        (
            json!({"mrr": 1, "toDate": "2020-01-01"}),
            json!({"length": null, "value": null}),
        ),
    ] {
        let mut sent = year.clone();
        sent.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        check(&license(&mut small(&[]), sent), &expected, &more.to_string());
    }
}

#[test]
fn a_companys_status_follows_from_its_licenses() {
    let fixed = |from: &str, to: &str, status: &str| json!({"fixedPeriod": true, "fromDate": from, "toDate": to, "mrr": 10, "renewalStatus": status});
    for (licenses, status) in [
        (vec![], "prospect"),
        (vec![fixed("2021-12-01", "2022-12-01", "ongoing")], "coming"),
        (vec![fixed("2021-01-01", "2022-01-01", "ongoing")], "customer"),
        (vec![fixed("2021-01-01", "2022-01-01", "lost")], "canceled"),
        (vec![fixed("2021-01-01", "2022-01-01", "renewed")], "canceled"),
        (vec![fixed("2020-01-01", "2021-01-01", "lost")], "lost"),
        (
            vec![
                fixed("2020-01-01", "2021-01-01", "renewed"),
                fixed("2021-01-01", "2022-01-01", "ongoing"),
            ],
            "customer",
        ),
        (
            vec![json!({"fixedPeriod": false, "fromDate": "2021-01-01", "mrr": 0})],
            "customer",
        ),
    ] {
        let mut twin = small(&[]);
        for body in &licenses {
            license(&mut twin, body.clone());
        }
        let company = get(&mut twin, "GET /companies/c1");
        let expected = if licenses.is_empty() {
            Value::Null
        } else {
            json!(status)
        };
        assert_eq!(company["status"], expected, "{licenses:?}");
    }
}

#[test]
fn a_company_shows_its_licenses_and_sales() {
    let mut twin = small(&[]);
    let made = license(
        &mut twin,
        json!({"fixedPeriod": true, "fromDate": "2021-01-01", "toDate": "2022-01-01", "value": 1200,
            "product": "Platform"}),
    );
    let sale = json!({"companyId": "c1", "_currency": "USD", "value": 50, "salesDate": "2021-07-20"});
    make(&mut twin, "/sales", sale);
    make(
        &mut twin,
        "/sales",
        json!({"companyId": "c1", "_currency": "EUR", "value": 7.25, "salesDate": "2020-07-20"}),
    );
    let company = get(&mut twin, "GET /companies/c1");
    let expected = json!({"status": "customer", "mrr": 100, "arr": 1200, "nrr30": 50, "nrrTotal": 57.25, "mr": 150,
        "customerFrom": "2021-01-01T00:00:00.000Z", "customerTo": "2022-01-01T00:00:00.000Z",
        "renewalDate": "2022-01-01T00:00:00.000Z", "renewalDaysFromNow": 156, "headId": made["_id"],
        "products": ["Platform"], "autoRenews": false});
    check(&company, &expected, "company");
    assert_eq!(company["licenses"][0]["_id"], made["_id"]);
    let documented =
        json!({"_id": "USD", "symbol": "$", "rate": 1, "isBase": true, "overrides": {}, "__v": 0});
    assert_eq!(company["sales"][0]["_currency"], documented);
    let one = format!("DELETE /licenses/{}", made["_id"].as_str().unwrap());
    get(&mut twin, &one);
    let company = get(&mut twin, "GET /companies/c1");
    check(
        &company,
        &json!({"status": "prospect", "mrr": 0, "headId": null}),
        "without a license",
    );
}

#[test]
fn lists_show_currencies_as_they_are_asked_to() {
    for (form, shown) in [("code", json!("EUR")), ("object", json!("€"))] {
        let mut twin = small(&[("list_currency", form)]);
        license(&mut twin, json!({"_currency": "EUR", "value": 1}));
        let listed = &get(&mut twin, "GET /licenses")[0]["_currency"];
        assert_eq!(listed.get("symbol").unwrap_or(listed), &shown);
    }
}

#[test]
fn line_items_make_their_deal() {
    let mut twin = small(&[]);
    let product =
        json!({"name": "Seats", "mrr": 10, "currency": "EUR", "fixedPeriod": true, "renewalMrr": 11});
    let product = make(&mut twin, "/products", product);
    assert_eq!(get(&mut twin, &format!("GET /products/{product}"))["arr"], 120);
    let deal = make(
        &mut twin,
        "/deals",
        json!({"companyId": "extid-ext 1", "name": "D", "mrr": 5, "total": 6}),
    );
    let of_deal = format!("GET /deals/{deal}");
    check(
        &get(&mut twin, &of_deal),
        &json!({"mrr": 5, "arr": 60, "total": 6, "companyName": "Acme"}),
        "alone",
    );
    let seats =
        json!({"dealId": deal, "productId": product, "fromDate": "2021-01-01", "toDate": "2022-01-01"});
    let (_, seats) = ask(&mut twin, "POST /lineitems", seats);
    let taken = json!({"name": "Seats", "currency": "EUR", "mrr": 10, "arr": 120, "value": 120, "length": 12,
        "productType": "subscription", "status": "ongoing", "companyId": "c1", "renewalArr": 132});
    check(&seats, &taken, "line item");
    let fee = json!({"dealId": deal, "productType": "fee", "fromDate": "2021-01-01", "value": 30.5});
    make(&mut twin, "/lineitems", fee);
    let figures = json!({"mrr": 10, "arr": 120, "total": 150.5, "fees": 30.5, "subscriptions": 1,
        "startDate": "2021-01-01T00:00:00.000Z", "endDate": "2022-01-01T00:00:00.000Z",
        "renewalDate": "2022-01-01T00:00:00.000Z"});
    check(&get(&mut twin, &of_deal), &figures, "with items");
    ask(
        &mut twin,
        &format!("PUT /deals/{deal}"),
        json!({"mrr": 99, "total": 99, "stage": "Closed Won"}),
    );
    check(
        &get(&mut twin, &of_deal),
        &json!({"mrr": 10, "total": 150.5, "stage": "Closed Won"}),
        "written",
    );
    for (body, missing) in [
        (
            json!({"fixedPeriod": true, "fromDate": "2021-01-01", "mrr": 1}),
            "toDate",
        ),
        (json!({"productType": "fee", "fromDate": "2021-01-01"}), "value"),
        (json!({"productType": "fee", "value": 1}), "fromDate"),
        (json!({"mrr": 1}), "fromDate"),
        (json!({"productType": "gift"}), "productType"),
        (json!({"productId": "x"}), "productId"),
    ] {
        let mut body = body;
        body["dealId"] = deal.as_str().into();
        let (status, answer) = ask(&mut twin, "POST /lineitems", body.clone());
        assert!(
            status == 400 && answer["error"].as_str().unwrap().starts_with(missing),
            "{body} {answer}"
        );
    }
}

#[test]
fn an_answer_shows_at_contact_and_company() {
    for (names, shown) in [
        (
            "documented",
            json!({"score": 9, "comment": "Good", "euId": "e1", "cId": "c1", "nps": null}),
        ),
        (
            "live",
            json!({"nps": 9, "npsComment": "Good", "euId": null, "cId": "c1", "score": null}),
        ),
    ] {
        let mut twin = small(&[("nps_names", names)]);
        let answer =
            json!({"email": "LARA@acme.test", "score": 9, "comment": "Good", "dateAnswered": "2021-07-01"});
        let id = make(&mut twin, "/nps", answer);
        check(&get(&mut twin, &format!("GET /nps/{id}")), &shown, names);
        check(&get(&mut twin, "GET /nps")[0], &shown, names);
        let lara = json!({"nps": 9, "npsComment": "Good", "npsDate": "2021-07-01T00:00:00.000Z"});
        check(&get(&mut twin, "GET /endusers/e1"), &lara, names);
        make(
            &mut twin,
            "/nps",
            json!({"email": "no@one.test", "score": 0, "cId": "extid-ext 1"}),
        );
        make(
            &mut twin,
            "/nps",
            json!({"email": "no@one.test", "score": 7, "cId": "c1"}),
        );
        assert_eq!(get(&mut twin, "GET /companies/c1")["nps"], 0);
    }
    for score in [json!(11), json!(-1), json!(7.5)] {
        let body = json!({"email": "a@b.test", "score": score});
        assert_eq!(ask(&mut small(&[]), "POST /nps", body).0, 400, "{score}");
    }
}

#[test]
fn hours_are_billed_handed_in_and_copied() {
    let mut twin = small(&[]);
    let entry = json!({"companyId": "srcid-sf-1", "date": "2021-07-01", "hours": 1.5, "billableRate": 100.1,
        "costRate": 40, "timesheetStatus": "approved"});
    let id = make(&mut twin, "/timeentries", entry);
    let one = format!("GET /timeentries/{id}");
    let billed = json!({"totalBilled": 150.15, "totalCost": 60, "timesheetStatus": "draft", "companyName": "Acme",
        "date": "2021-07-01T00:00:00.000Z"});
    check(&get(&mut twin, &one), &billed, "entry");
    for (hours, status) in [(0.1, 200), (24.0, 200), (0.05, 400), (24.5, 400), (-1.0, 400)] {
        let body = json!({"date": "2021-07-01", "hours": hours});
        assert_eq!(ask(&mut twin, "POST /timeentries", body).0, status, "{hours}");
    }
    let sheet =
        json!({"timeEntries": [{"_id": id}], "dateFrom": 18_809, "dateTo": 18_815, "assignedId": "u1"});
    let sheet = make(&mut twin, "/timesheets", sheet);
    check(
        &get(&mut twin, &one),
        &json!({"timesheetStatus": "submitted", "timesheetId": sheet}),
        "handed in",
    );
    ask(
        &mut twin,
        &format!("PUT /timesheets/{sheet}"),
        json!({"status": "approved"}),
    );
    assert_eq!(get(&mut twin, &one)["timesheetStatus"], "approved");
    let (status, copied) = ask(
        &mut twin,
        "POST /timeentries/duplicate",
        json!({"ids": [id, "nothing"]}),
    );
    assert_eq!((status, &copied["created"]), (206, &json!(1)), "{copied}");
    let copy = format!("GET /timeentries/{}", copied["upsertedIds"][0].as_str().unwrap());
    check(
        &get(&mut twin, &copy),
        &json!({"hours": 1.5, "timesheetStatus": "draft", "timesheetId": null}),
        "copy",
    );
    get(&mut twin, &format!("DELETE /timesheets/{sheet}"));
    check(
        &get(&mut twin, &one),
        &json!({"timesheetStatus": "draft", "timesheetId": null}),
        "taken back",
    );
    assert_eq!(ask(&mut twin, "POST /timeentries/duplicate", json!({})).0, 400);
}

#[test]
fn invoices_opportunities_and_issues_say_what_they_work_out() {
    let mut twin = small(&[]);
    let sent = json!({"cId": "extid-ext 1", "extId": 77, "invoiceDate": 18_836, "dueDate": 18_866, "currency": "EUR",
        "lineItems": [{"relatedId": "sale-1", "product": "P", "amount": 1.10, "dateFrom": 18_836}]});
    let (_, invoice) = ask(&mut twin, "POST /invoices", sent);
    check(
        &invoice,
        &json!({"cId": "c1", "cName": "Acme", "extId": 77, "status": "pending"}),
        "invoice",
    );
    assert!(
        invoice["invoiceNo"].is_u64() && invoice["lastUpdated"].is_string(),
        "{invoice}"
    );
    let (status, bulk) = ask(
        &mut twin,
        "PUT /invoices",
        json!([{"cId": "c1", "currency": "EUR"}]),
    );
    assert_eq!(
        (status, &bulk["createdErrors"][0]),
        (400, &json!("invoiceDate is required"))
    );

    let deal = json!({"companyId": "c1", "title": "T", "salesStage": "Demo", "mrr": 1.125});
    let id = make(&mut twin, "/opportunities", deal);
    ask(
        &mut twin,
        &format!("PUT /opportunities/{id}"),
        json!({"salesStage": "Offer"}),
    );
    let opportunity = get(&mut twin, &format!("GET /opportunities/{id}"));
    check(
        &opportunity,
        &json!({"contractLength": 12, "status": "active"}),
        "opportunity",
    );
    assert_eq!(opportunity["stageHistory"].as_array().unwrap().len(), 2);

    ask(&mut twin, "PUT /companies/c1", json!({}));
    license(
        &mut twin,
        json!({"fixedPeriod": false, "fromDate": "2021-01-01", "mrr": 10.5}),
    );
    let issue = json!({"title": "T", "companyIds": ["extid-ext 1", "c2"], "enduserIds": ["e1"]});
    let (_, issue) = ask(&mut twin, "POST /issues", issue);
    let expected = json!({"companyIds": ["c1", "c2"], "mrrCombined": 11, "arrCombined": 126,
        "companies": [{"id": "c1", "name": "Acme"}, {"id": "c2", "name": "Beta"}],
        "endusers": [{"id": "e1", "name": "Lara Croft"}]});
    check(&issue, &expected, "issue");
    let unknown = json!({"title": "T", "companyIds": ["no"]});
    assert_eq!(ask(&mut twin, "POST /issues", unknown).0, 400);
}
