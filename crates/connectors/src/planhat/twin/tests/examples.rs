//! The life of every model as its page tells it: created, read, listed, updated, written in bulk and deleted.

use serde_json::{Value, json};

use super::{ask, get, keep, make, small};
use crate::planhat::twin::{PlanhatTwin, models::MODELS};

/// One page: its path, what is created, what is changed then, and what a bulk write sends besides; the last is inserted.
struct Page {
    path: &'static str,
    create: Value,
    update: Value,
    bulk: Value,
    /// What the answers hold besides what was sent.
    shows: Value,
}

fn page(path: &'static str, create: Value, update: Value, bulk: Value, shows: Value) -> Page {
    Page {
        path,
        create,
        update,
        bulk,
        shows,
    }
}

/// What the pages name: companies, people, a sale, time entries and a deal.
fn world() -> PlanhatTwin {
    let mut twin = small(&[]);
    for (table, record) in [
        (
            "sale",
            json!({"_id": "s1", "companyId": "c1", "value": 1, "_currency": "USD"}),
        ),
        (
            "timeentry",
            json!({"_id": "t1", "hours": 1, "date": "2025-01-30T00:00:00.000Z"}),
        ),
        ("deal", json!({"_id": "d1", "name": "D", "companyId": "c1"})),
    ] {
        keep(&mut twin, table, record);
    }
    twin
}

/// A model that has nothing of its own but a name and keys.
fn plain(path: &'static str, more: Value) -> Page {
    let mut create = json!({"name": "First", "companyId": "c1", "externalId": 1234, "sourceId": "crm-1",
        "custom": {"Colour": "Green"}});
    create
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let mut bulk = create.clone();
    bulk["externalId"] = 1235.into();
    bulk["sourceId"] = "crm-2".into();
    page(
        path,
        create,
        json!({"name": "Second"}),
        bulk,
        json!({"companyName": "Acme"}),
    )
}

// tidy: long because it is one table
fn pages() -> Vec<Page> {
    let none = || json!({});
    let acme = || json!({"companyName": "Acme"});
    vec![
        plain(
            "/assets",
            json!({"serialNumber": "A-7", "value": 12.5, "_currency": "EUR", "status": "Active",
            "installDate": "2024-02-29T00:00:00.000Z", "ownerId": "u1"}),
        ),
        plain("/campaigns", json!({"campaignPurpose": "Renewals"})),
        plain("/objectives", json!({"health": 5})),
        plain("/workspaces", json!({"ownerId": "u1"})),
        page(
            "/churn",
            json!({"companyId": "c1", "churnDate": "2021-07-28", "reasons": ["Budget", "New leader"], "value": 2000,
                "currency": "USD", "comment": "May come back"}),
            json!({"value": 2500}),
            json!({"companyId": "c1", "value": 1}),
            json!({"companyName": "Acme", "churnDate": "2021-07-28T00:00:00.000Z"}),
        ),
        page(
            "/companies",
            json!({"name": "Skyline", "externalId": 77, "sourceId": "crm-77", "phase": "Onboarding",
                "domains": ["skyline.test"], "tags": ["vip"], "custom": {"Tier": "Gold"}, "owner": "u1",
                "coOwner": "u1", "web": "https://skyline.test", "customerFrom": "2021-07-29T00:00:00.00Z"}),
            json!({"name": "Skyline Ltd"}),
            json!({"name": "Other", "sourceId": "crm-78"}),
            json!({"slug": "skyline", "status": "prospect", "customerFrom": "2021-07-29T00:00:00.000Z"}),
        ),
        page(
            "/conversations",
            json!({"users": [{"id": "u1", "name": "Alex", "isOwner": true}], "date": "2021-08-22T16:15:50.772Z",
                "type": "note", "companyId": "c1", "subject": "Support", "description": "A session",
                "activityTags": ["5f514794dc005f275e9cc20c"], "endusers": [{"id": "e1", "name": "Lara Croft"}]}),
            json!({"subject": "An upgrade", "description": "They ask for more."}),
            json!({"type": "note", "companyId": "c1", "subject": "One more", "users": [{"id": "u1"}]}),
            json!({"companyName": "Acme", "snippet": "A session", "isOpen": false, "starred": false}),
        ),
        page(
            "/customfields",
            json!({"parent": "company", "type": "number", "name": "Seats", "isFeatured": true, "isHidden": false,
                "isFormula": false, "isLocked": false}),
            json!({"isFeatured": false, "isHidden": true}),
            Value::Null,
            json!({"isShared": false, "isMandatory": false}),
        ),
        page(
            "/deals",
            json!({"name": "Deal", "companyId": "c1", "externalId": "x", "sourceId": "s", "stage": "Pitched",
                "ownerId": "u1", "followers": ["u1"], "mrr": 100, "currency": "USD", "closeDate": "2024-02-29T00:00:00.000Z"}),
            json!({"stage": "Closed Won"}),
            json!({"name": "Another", "companyId": "c1"}),
            json!({"companyName": "Acme", "arr": 1200}),
        ),
        page(
            "/endusers",
            json!({"featured": true, "email": "jo@acme.test", "firstName": "Jo", "lastName": "Doe", "companyId": "c1",
                "otherEmails": ["jo@home.test"], "position": "CTO", "phone": "+1", "primary": true}),
            json!({"firstName": "Joan", "lastName": "Roe"}),
            json!({"featured": true, "email": "will@acme.test", "firstName": "Will", "companyId": "c1"}),
            json!({"companyName": "Acme", "name": "Jo Doe", "archived": false, "npsUnsubscribed": false}),
        ),
        page(
            "/invoices",
            json!({"cId": "c1", "currency": "USD", "invoiceDate": 18836, "dueDate": 19201, "amountTotal": 10000,
                "lineItems": [{"relatedId": "sale-s1", "saleId": "s1", "product": "Setup", "amount": 10000,
                "dateFrom": 18836}]}),
            json!({"paidDate": 18840}),
            json!({"cId": "c1", "currency": "USD", "invoiceDate": 18834}),
            json!({"cName": "Acme"}),
        ),
        page(
            "/issues",
            json!({"companyIds": ["c1"], "enduserIds": ["e1"], "title": "Login fails", "description": "For some.",
                "status": "Open"}),
            json!({"status": "In Progress"}),
            json!({"title": "Another", "companyIds": ["c1"], "status": "Open"}),
            none(),
        ),
        page(
            "/licenses",
            json!({"autoRenews": false, "companyId": "c1", "fixedPeriod": true, "mrr": 83.25,
                "fromDate": "2021-07-27T00:00:00.000Z", "toDate": "2022-07-27T00:00:00.000Z", "product": "Large",
                "_currency": "USD", "renewalPeriod": 12, "renewalStatus": "ongoing"}),
            json!({"mrr": 1000}),
            json!({"companyId": "c1", "fixedPeriod": true, "fromDate": "2021-07-28T00:00:00.000Z", "mrr": 100,
                "toDate": "2022-07-28T00:00:00.000Z", "_currency": "USD", "invoiceCycleInterval": 0}),
            json!({"companyName": "Acme", "length": 12, "value": 999}),
        ),
        page(
            "/lineitems",
            json!({"dealId": "d1", "productType": "subscription", "fixedPeriod": true, "mrr": 10,
                "fromDate": "2021-01-01T00:00:00.000Z", "toDate": "2022-01-01T00:00:00.000Z"}),
            json!({"status": "renewed"}),
            json!({"dealId": "d1", "productType": "fee", "fromDate": "2021-01-01", "value": 5}),
            json!({"arr": 120}),
        ),
        page(
            "/nps",
            json!({"email": "lara@acme.test", "score": 7}),
            json!({"score": 9, "comment": "Good"}),
            json!({"email": "pepe@acme.test", "score": 10}),
            none(),
        ),
        page(
            "/opportunities",
            json!({"salesStage": "Pitched", "dealDate": "2021-08-03T00:00:00.000Z", "ownerId": "u1", "_currency": "USD",
                "companyId": "c1", "title": "New", "recurringValue": 3000, "mrr": 250, "nrr": 500, "status": "active"}),
            json!({"status": "won", "salesStage": "Closed won"}),
            json!({"companyId": "c1", "title": "Another", "status": "active"}),
            acme(),
        ),
        page(
            "/products",
            json!({"name": "P", "externalId": "x", "sourceId": "s", "type": "subscription", "mrr": 5, "currency": "USD",
                "fixedPeriod": true, "autoRenews": true, "length": 12, "noticePeriod": 1, "noticeUnit": "month"}),
            json!({"name": "P2"}),
            json!({"name": "Q"}),
            json!({"arr": 60}),
        ),
        page(
            "/projects",
            json!({"companyId": "c1", "startDate": "2021-07-26T04:00:00.000Z", "endDate": "2021-07-31T04:00:00.000Z",
                "currency": "USD", "mrr": 1000, "name": "Move"}),
            json!({"name": "Big move"}),
            json!({"companyId": "c1", "name": "Improvements", "mrr": 5000}),
            acme(),
        ),
        page(
            "/sales",
            json!({"product": "Setup", "_currency": "USD", "salesDate": "2021-07-28T00:00:00.000Z", "value": 10000,
                "companyId": "c1"}),
            json!({"value": 15000}),
            json!({"_currency": "USD", "value": 5000, "companyId": "c1"}),
            acme(),
        ),
        page(
            "/tasks",
            json!({"ownerId": "u1", "companyId": "c1", "mainType": "task", "noSpecificTime": true,
                "startTime": "2021-07-29T00:00:00.00Z", "repeat": "daily", "action": "Call", "description": "Soon."}),
            json!({"action": "Daily contact", "sourceId": "crm-9"}),
            json!({"mainType": "task", "startTime": "2022-07-05T14:02:16.181Z", "ownerId": "u1", "ownerName": "Alex",
                "companyId": "c1", "action": "First call", "checklist": [{"title": "Prepare"}, {"title": "Present"}]}),
            json!({"companyName": "Acme", "ownerName": "Alex", "startTime": "2021-07-29T00:00:00.000Z",
                "snippet": "Soon."}),
        ),
        page(
            "/timeentries",
            json!({"hours": 5, "date": "2025-01-30T14:51:01.691Z", "description": "Worked", "companyId": "c1"}),
            json!({"hours": 7}),
            json!({"hours": 10, "date": "2025-01-30T14:51:01.691Z"}),
            json!({"timesheetStatus": "draft", "companyName": "Acme"}),
        ),
        page(
            "/timesheets",
            json!({"timeEntries": [{"_id": "t1"}], "assignedId": "u1", "assignedModel": "User", "dateFrom": 20156,
                "dateTo": 20163}),
            json!({"status": "approved"}),
            json!({"assignedId": "u1", "assignedModel": "User"}),
            json!({"status": "submitted"}),
        ),
        page(
            "/users",
            json!({"email": "bo@us.test", "firstName": "Bo", "lastName": "Mar", "nickName": "Bo",
                "roles": ["57e2b92ff795575a5b8c4659"]}),
            json!({"nickName": "Bo M."}),
            json!({"email": "liz@us.test", "firstName": "Liz", "lastName": "E", "nickName": "Liz"}),
            json!({"inactive": false}),
        ),
        page(
            "/comments",
            json!({"text": "<p>Well</p>", "by": "u1", "commentableId": "t1"}),
            json!({"text": "<p>Better</p>"}),
            Value::Null,
            none(),
        ),
    ]
}

/// Fails with the first property that is not as expected.
fn holds(record: &Value, expected: &Value, except: &Value, what: &str) {
    for (name, value) in expected.as_object().unwrap() {
        if except.get(name).is_none() {
            assert_eq!(record.get(name), Some(value), "{what}: {name} of {record:#}");
        }
    }
}

/// Creates, reads and lists it.
fn begins(twin: &mut PlanhatTwin, page: &Page) -> String {
    let Page {
        path, create, shows, ..
    } = page;
    let (status, made) = ask(twin, &format!("POST {path}"), create.clone());
    assert_eq!(status, 200, "{path}: {made}");
    holds(&made, create, shows, path);
    holds(&made, shows, &json!({}), path);
    let id = made["_id"].as_str().unwrap().to_owned();
    assert!(
        id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{path}: {id}"
    );
    let read = get(twin, &format!("GET {path}/{id}"));
    holds(&read, create, shows, path);
    holds(&read, shows, &json!({}), path);
    let listed = get(twin, &format!("GET {path}?limit=100&offset=0&select=_id"));
    let in_list = listed
        .as_array()
        .unwrap()
        .iter()
        .any(|one| one["_id"] == id.as_str());
    assert!(in_list, "{path}: {listed}");
    id
}

/// Changes it, writes it in bulk together with another, and deletes it.
fn goes_on(twin: &mut PlanhatTwin, page: &Page, id: &str) {
    let Page {
        path,
        create,
        update,
        bulk,
        shows,
    } = page;
    let one = format!("{path}/{id}");
    let (status, updated) = ask(twin, &format!("PUT {one}"), update.clone());
    assert_eq!(status, 200, "{path}: {updated}");
    holds(&updated, update, &json!({}), path);
    let mut kept = create.clone();
    for name in update.as_object().unwrap().keys() {
        kept.as_object_mut().unwrap().remove(name);
    }
    // What Planhat works out follows from what was changed.
    holds(&get(twin, &format!("GET {one}")), &kept, shows, path);
    if !bulk.is_null() {
        let mut known = update.clone();
        known["_id"] = id.into();
        let (status, done) = ask(twin, &format!("PUT {path}"), json!([known, bulk]));
        assert_eq!(status, 200, "{path}: {done}");
        assert_eq!(
            (&done["created"], &done["updatedErrors"]),
            (&json!(1), &json!([])),
            "{path}: {done}"
        );
        assert_eq!(done["insertsKeys"].as_array().unwrap().len(), 1, "{path}: {done}");
        assert_eq!(done["updatesKeys"][0]["_id"], id, "{path}: {done}");
        let more = done["upsertedIds"][0].as_str().unwrap().to_owned();
        get(twin, &format!("GET {path}/{more}"));
    }
    let (status, deleted) = ask(twin, &format!("DELETE {one}"), Value::Null);
    assert_eq!(status, 200, "{path}: {deleted}");
    match *path {
        "/conversations" => assert_eq!(deleted["_id"], id, "{deleted}"),
        _ => assert_eq!(deleted, json!({"n": 1, "ok": 1, "deletedCount": 1}), "{path}"),
    }
    assert_eq!(ask(twin, &format!("GET {one}"), Value::Null).0, 404, "{path}");
}

#[test]
fn each_page_works_from_its_first_example_to_its_last() {
    for page in pages() {
        let mut twin = world();
        if page.path == "/comments" {
            keep(&mut twin, "task", json!({"_id": "t1", "companyId": "c1"}));
        }
        let id = begins(&mut twin, &page);
        goes_on(&mut twin, &page, &id);
    }
}

#[test]
fn every_model_that_can_be_made_has_its_page() {
    let pages = pages();
    for model in MODELS
        .iter()
        .filter(|model| model.offers('C') && (model.exists)(&small(&[]).switches))
    {
        let path = format!("/{}", model.path);
        assert!(pages.iter().any(|page| page.path == path), "{path}");
    }
}

#[test]
fn tickets_and_hours_have_ways_of_their_own() {
    let mut twin = world();
    let ticket = json!([{"sourceId": "119", "source": "helpdesk", "status": "open", "title": "T", "description": "D",
        "history": [{"status": "open", "time": "2019-12-15T09:09:08.000Z"}], "url": "http://desk.test/119",
        "type": "ticket", "email": "jo@gmail.com", "name": "Jo", "companyId": "c1", "agentEmail": null,
        "domains": ["acme.test", "google.com"]}]);
    let (status, done) = ask(&mut twin, "PUT /tickets", ticket);
    assert_eq!((status, &done["created"]), (200, &json!(1)), "{done}");
    let listed = get(&mut twin, "GET /tickets?limit=500&offset=0");
    let id = listed[0]["_id"].as_str().unwrap().to_owned();
    assert_eq!(
        ask(&mut twin, &format!("DELETE /tickets/{id}"), Value::Null).0,
        200
    );
    assert_eq!(get(&mut twin, "GET /tickets"), json!([]));

    let first = make(
        &mut twin,
        "/timeentries",
        json!({"hours": 5, "date": "2025-01-30T14:51:01.691Z"}),
    );
    let (status, done) = ask(
        &mut twin,
        "POST /timeentries/duplicate",
        json!({"ids": ["t1", first]}),
    );
    assert_eq!((status, &done["created"]), (200, &json!(2)), "{done}");
}
