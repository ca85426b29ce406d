//! Every model of the twin, with everything that can be written to it, comes back through the client.

use http::{Method, header};
use model::{FaultKind, FieldName, ObjectName, Record, Source, Value};
use serde_json::{Value as Json, json};

use super::{
    super::object,
    twin::{Both, both},
    *,
};

/// One record of each model, as a request writes it. What begins with `@` is the id of an earlier one.
fn written() -> Vec<(&'static str, &'static str, Json)> {
    // tidy: long because it is one table, a record to each model.
    let date = "2026-01-05T00:00:00.000Z";
    let end = "2027-01-05T00:00:00.000Z";
    vec![
        (
            "asset",
            "/assets",
            json!({"name": "Pump", "companyId": "@company", "externalId": "a-1", "sourceId": "sa-1", "serialNumber": "S1",
            "value": 12.5, "_currency": "EUR", "installDate": date, "status": "live", "ownerId": "@user", "custom": {"Colour": "red"}}),
        ),
        (
            "campaign",
            "/campaigns",
            json!({"name": "Spring", "companyId": "@company", "campaignPurpose": "Upsell", "externalId": "c-1", "sourceId": "sc-1"}),
        ),
        (
            "churn",
            "/churn",
            json!({"companyId": "@company", "churnDate": "2026-01-05", "reasons": ["Price"], "value": 100.25, "arr": 1203,
            "currency": "USD", "comment": "Too dear", "description": "…", "products": ["Gold"], "snoozed": true, "onlyDowngrade": true, "sourceId": "sch-1"}),
        ),
        (
            "invoice",
            "/invoices",
            json!({"cId": "@company", "extId": "i-1", "sourceId": "si-1", "currency": "EUR", "product": "Gold",
            "invoiceDate": 20_458, "dueDate": 20_488, "paidDate": 20_470, "amountTotal": 99.95, "status": "paid",
            "lineItems": [{"product": "Gold", "amount": 99.95}], "invoiceCycle": "yearly"}),
        ),
        (
            "issue",
            "/issues",
            json!({"title": "Slow", "description": "<p>Very</p>", "companyIds": ["@company"], "enduserIds": ["@enduser"],
            "conversationIds": ["@conversation"], "sourceId": "sis-1", "source": "jira", "sourceUrl": "https://j.example/1", "priority": "high",
            "status": "Open", "archived": false, "followers": ["@user"]}),
        ),
        (
            "license",
            "/licenses",
            json!({"companyId": "@company", "product": "Gold", "_currency": "USD", "externalId": "l-1", "sourceId": "sl-1",
            "fromDate": date, "toDate": end, "fixedPeriod": true, "value": 15_000.5, "renewalStatus": "ongoing", "autoRenews": true,
            "noticePeriod": 30, "noticeUnit": "day", "invoiceCycle": "yearly"}),
        ),
        (
            "nps",
            "/nps",
            json!({"email": "@email", "score": 9, "comment": "Fine", "sourceId": "sn-1", "dateSent": date, "dateAnswered": "2020-01-05T00:00:00.000Z", "source": "mail"}),
        ),
        (
            "opportunity",
            "/opportunities",
            json!({"title": "More", "companyId": "@company", "salesStage": "Talk", "dealDate": date, "landingDate": date,
            "closeDate": end, "externalId": "o-1", "sourceId": "so-1", "_currency": "SEK", "ownerId": "@user", "mrr": 10, "arr": 120, "nrr": 5.5,
            "contractLength": 24, "status": "won"}),
        ),
        (
            "objective",
            "/objectives",
            json!({"name": "Grow", "companyId": "@company", "health": 7, "externalId": "ob-1", "sourceId": "sob-1"}),
        ),
        (
            "project",
            "/projects",
            json!({"name": "Launch", "companyId": "@company", "externalId": "p-1", "sourceId": "sp-1", "currency": "EUR",
            "startDate": date, "endDate": end, "mrr": 1, "arr": 12, "nrr": 0.5}),
        ),
        (
            "sale",
            "/sales",
            json!({"_currency": "USD", "product": "Setup", "companyId": "@company", "externalId": "s-1", "sourceId": "ss-1", "salesDate": date, "value": 700.1}),
        ),
        (
            "workspace",
            "/workspaces",
            json!({"name": "EU", "ownerId": "@user", "companyId": "@company", "externalId": "w-1", "sourceId": "sw-1"}),
        ),
        (
            "timeentry",
            "/timeentries",
            json!({"companyId": "@company", "date": date, "hours": 1.5, "isTimeOff": false, "description": "Setup",
            "isBillable": true, "billingCode": "B1", "currency": "EUR", "billableRate": 100, "costRate": 60.5}),
        ),
        (
            "timesheet",
            "/timesheets",
            json!({"approvedBy": "@user", "status": "approved", "timeEntries": [{"_id": "@timeentry"}], "dateFrom": 20_458, "dateTo": 20_464, "assignedId": "@user"}),
        ),
        (
            "task",
            "/tasks",
            json!({"mainType": "task", "companyId": "@company", "startTime": date, "endTime": end, "dateDone": date, "action": "Call",
            "description": "<p>Back</p>", "repeat": "custom", "repeatDays": 14, "type": "call", "ownerId": "@user", "status": "In-progress",
            "checklist": [{"title": "Ask"}], "users": [{"id": "@user"}], "endusers": [{"id": "@enduser"}], "noSpecificTime": true, "shared": true, "sourceId": "st-1"}),
        ),
        (
            "comment",
            "/comments",
            json!({"text": "<p>Done</p>", "by": "@user", "commentableId": "@task"}),
        ),
        (
            "product",
            "/products",
            json!({"name": "Gold", "type": "subscription", "mrr": 10.25, "currency": "EUR", "fixedPeriod": true, "autoRenews": true,
            "length": 12, "renewalPeriod": 12, "noticePeriod": 1, "noticeUnit": "month", "packages": ["Base"], "externalId": "pr-1", "sourceId": "spr-1"}),
        ),
        (
            "deal",
            "/deals",
            json!({"name": "Big", "companyId": "@company", "externalId": "d-1", "sourceId": "sd-1", "stage": "Closed Won", "ownerId": "@user",
            "followers": ["@user"], "currency": "EUR", "closeDate": date}),
        ),
        (
            "lineitem",
            "/lineitems",
            json!({"dealId": "@deal", "productId": "@product", "externalId": "li-1", "sourceId": "sli-1", "productType": "subscription",
            "fixedPeriod": true, "fromDate": date, "toDate": end, "length": 12, "mrr": 10.25, "status": "ongoing"}),
        ),
    ]
}

struct Written {
    ids: BTreeMap<String, String>,
    sent: Vec<(&'static str, Json)>,
}

async fn write_all(both: &Both) -> Written {
    let first = |object: &str, property: &str| both.dump(object)[0][property].as_str().unwrap().to_owned();
    let mut ids: BTreeMap<String, String> = ["company", "user", "enduser", "conversation"]
        .into_iter()
        .map(|object| (object.to_owned(), first(object, "_id")))
        .collect();
    ids.insert("email".to_owned(), first("enduser", "email"));
    let mut sent = Vec::new();
    for (object, path, body) in written() {
        let mut text = body.to_string();
        for (name, id) in &ids {
            text = text.replace(&format!("\"@{name}\""), &format!("\"{id}\""));
        }
        let body: Json = serde_json::from_str(&text).unwrap();
        let answer = send(both, path, &body).await;
        assert_eq!(
            answer.status,
            200,
            "{object}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        let made: Json = serde_json::from_slice(&answer.body).unwrap();
        ids.insert(object.to_owned(), made["_id"].as_str().unwrap().to_owned());
        sent.push((object, body));
    }
    Written { ids, sent }
}

async fn send(both: &Both, path: &str, body: &Json) -> Response {
    let request = Request::new(Method::POST, path)
        .json(body)
        .header(header::AUTHORIZATION, "Bearer s3cr3t-t0k3n");
    both.wire.send(request).await.unwrap()
}

/// What a value says, as the request said it: dates by their day, references by their id.
fn says(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Text(text) => text.trim_start_matches("☐ ").to_owned(),
        Value::Rich(rich) => rich.text.clone(),
        Value::Instant(at) => at.to_string().chars().take(10).collect(),
        Value::Date(day) => day.to_string(),
        Value::Ref(to) => to.id.to_string(),
        Value::List(all) => all.iter().map(says).collect::<Vec<_>>().join(","),
        Value::Map(map) => map.values().map(says).collect::<Vec<_>>().join(","),
        other => format!("{other:?}"),
    }
}

fn said(json: &Json) -> String {
    match json {
        Json::String(text) if text.ends_with("00:00:00.000Z") => text.chars().take(10).collect(),
        Json::String(text) => text.clone(),
        Json::Number(days) if days.as_i64().is_some_and(|days| (20_000..21_000).contains(&days)) => {
            let second = days.as_i64().unwrap() * 86_400;
            Timestamp::from_second(second)
                .unwrap()
                .to_string()
                .chars()
                .take(10)
                .collect()
        }
        Json::Array(all) => all.iter().map(said).collect::<Vec<_>>().join(","),
        Json::Object(map) => map.values().map(said).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn check(object: &str, sent: &Json, record: &Record) {
    let object = object::named(&ObjectName::new(object)).unwrap();
    for (property, json) in sent.as_object().unwrap() {
        if property == "custom" {
            for (name, json) in json.as_object().unwrap() {
                let value = &record.fields[&FieldName::from(format!("custom.{name}"))];
                assert_eq!(says(value), said(json), "{} {name}", object.name);
            }
            continue;
        }
        let field = match property.as_str() {
            "commentableId" => "parent",
            property => property,
        };
        let value = record.fields.get(&FieldName::new(field));
        let value = value.unwrap_or_else(|| panic!("{}.{property} is lost", object.name));
        assert_eq!(says(value), said(json), "{}.{property}", object.name);
    }
    for field in record
        .fields
        .keys()
        .filter(|field| !field.as_str().starts_with("custom."))
    {
        let is_known = object.known.iter().any(|known| known.name == field.as_str());
        assert!(is_known, "{}.{field} is not described", object.name);
    }
}

#[tokio::test]
async fn everything_that_is_written_to_any_model_is_read() {
    for switches in [
        &[][..],
        &[
            ("nps_names", "live"),
            ("list_currency", "object"),
            ("select_surfaces_all", "no"),
        ],
    ] {
        let both = both(3, switches);
        both.source.describe().await.unwrap();
        let written = write_all(&both).await;
        for (object, sent) in &written.sent {
            let records = both.records(object).await;
            let id = &written.ids[*object];
            let record = records.iter().find(|record| record.id.as_str() == id);
            check(
                object,
                sent,
                record.unwrap_or_else(|| panic!("{object} is not read")),
            );
            let found = both
                .source
                .find(&ObjectName::new(object), &model::RecordId::new(id))
                .await
                .unwrap();
            assert_eq!(found.unwrap().id.as_str(), id, "{object}");
        }
    }
}

#[tokio::test]
async fn what_a_workspace_does_not_have_is_said_of_that_object_alone() {
    let both = both(
        2,
        &[
            ("comments", "absent"),
            ("lineitems", "absent"),
            ("deny", "asset.view"),
        ],
    );
    for object in ["comment", "lineitem", "asset"] {
        let ask = model::Ask {
            object: ObjectName::new(object),
            mode: model::Mode::Everything,
            cursor: None,
        };
        assert_eq!(
            both.source.read(&ask).await.unwrap_err().kind(),
            FaultKind::Unavailable,
            "{object}"
        );
    }
    assert!(!both.records("company").await.is_empty());
    let all = both.source.permissions().await.unwrap();
    let of = |name: &str| {
        all.iter()
            .find(|permission| permission.name == name)
            .unwrap()
            .present
    };
    assert_eq!(
        (of("Comments (View)"), of("Assets (View)"), of("Deals (View)")),
        (None, Some(false), Some(true))
    );
}

#[tokio::test]
async fn metrics_that_were_sent_are_a_companys_usage() {
    let both = both(2, &[("tenant", TENANT)]);
    let company = both
        .dump("company")
        .into_iter()
        .find(|company| company["externalId"].is_string())
        .unwrap();
    let point = |value: f64, date: &str| json!({"dimensionId": "Log ins, 7 d", "value": value, "externalId": company["externalId"], "date": date});
    let points = json!([
        point(3.25, "2026-01-20T00:00:00Z"),
        point(10.5, "2026-02-27T12:00:00Z")
    ]);
    assert_eq!(
        send(&both, &format!("/dimensiondata/{TENANT}"), &points)
            .await
            .status,
        200
    );
    both.source.describe().await.unwrap();
    let records = both.records("usage").await;
    let record = records
        .iter()
        .find(|record| record.id.as_str() == company["_id"])
        .unwrap();
    let field = |name: &str| says(&record.fields[&FieldName::new(name)]);
    assert_eq!(record.title, company["name"].as_str().unwrap());
    assert_eq!(
        (
            field("custom.Log ins, 7 d"),
            field("custom.Log ins, 7 d.trend30"),
            field("custom.Log ins, 7 d.at")
        ),
        ("10.5".to_owned(), "7.25".to_owned(), "2026-02-27".to_owned())
    );
}

const TENANT: &str = "5f3c1e0a-7b1d-4c2e-9a55-0d6f2b8c4e11";
