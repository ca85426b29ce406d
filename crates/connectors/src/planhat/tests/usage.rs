//! Metrics, read through the source: what is asked, what comes of it, and what a fault costs.

use model::{Ask, Cursor, FaultKind, FieldName, Mode, Next, ObjectName, Raw, RecordId, Source};
use serde_json::{Value as Json, json};

use super::{super::usage::Usage, shape::short, *};

/// So many measurements, one for each company and metric and day, in an order of no meaning.
fn measured(companies: u32) -> Vec<Json> {
    let mut all = Vec::new();
    for company in 0..companies {
        for (metric, day) in [
            ("Log ins (7 d)", 20_440),
            ("Log ins (7 d)", 20_500),
            ("Seats", 20_490),
        ] {
            all.push(json!({
                "_id": format!("m{company}-{metric}-{day}"), "dimensionId": metric, "day": day,
                "value": f64::from(company) + f64::from(day - 20_400) / 10.0, "model": "Company",
                "companyId": format!("c{company:05}"), "companyName": format!("Company {company}"),
            }));
        }
    }
    all.sort_by_key(|item| {
        blake3::hash(item["_id"].as_str().unwrap().as_bytes())
            .to_hex()
            .to_string()
    });
    all
}

fn metrics_wire(
    all: Vec<Json>,
    refuse: impl Fn(usize) -> Option<u16> + Send + Sync + 'static,
) -> Arc<TestWire> {
    let calls = Mutex::new(0);
    wire(move |request| {
        if request.path != "/dimensiondata" {
            return Ok(Response::json_text(200, "[]".to_owned()));
        }
        let call = {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            *calls
        };
        if let Some(status) = refuse(call) {
            return Ok(Response::text(status, "no"));
        }
        let number = |name| request.query_text(name).unwrap().parse::<usize>().unwrap();
        let of = |item: &&Json| request.query_text("cId").is_none_or(|id| item["companyId"] == id);
        let page: Vec<&Json> = all
            .iter()
            .filter(of)
            .skip(number("offset"))
            .take(number("limit").min(2_000))
            .collect();
        Ok(Response::json(200, &json!(page)))
    })
}

async fn read_on(source: &PlanhatSource, mut cursor: Option<Cursor>) -> (Vec<Raw>, u32) {
    let (mut raws, mut faults) = (Vec::new(), 0);
    loop {
        let ask = Ask {
            object: ObjectName::new("usage"),
            mode: Mode::Everything,
            cursor: cursor.clone(),
        };
        match source.read(&ask).await {
            Ok(page) => {
                raws.extend(page.raws);
                match page.next {
                    Next::More(next) => {
                        assert_ne!(Some(&next), cursor.as_ref());
                        cursor = Some(next);
                    }
                    Next::CaughtUp => return (raws, faults),
                }
            }
            Err(fault) => {
                assert_eq!(fault.kind(), FaultKind::Unreachable);
                faults += 1;
            }
        }
    }
}

fn metric_calls(wire: &TestWire) -> usize {
    asked(wire)
        .iter()
        .filter(|line| line.starts_with("GET /dimensiondata"))
        .count()
}

#[tokio::test]
async fn one_pass_makes_a_record_of_each_company_and_the_description() {
    let wire = metrics_wire(measured(1_400), |_| None);
    let source = planhat(Arc::clone(&wire));
    let objects = source.describe().await.unwrap();
    let usage = objects
        .iter()
        .find(|object| object.name == ObjectName::new("usage"))
        .unwrap();
    let custom: Vec<&str> = usage
        .fields
        .iter()
        .filter(|field| field.custom)
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(
        custom,
        [
            "custom.Log ins (7 d)",
            "custom.Log ins (7 d).at",
            "custom.Log ins (7 d).trend30",
            "custom.Seats",
            "custom.Seats.at",
            "custom.Seats.trend30",
        ]
    );
    let (raws, _) = read_on(&source, None).await;
    assert_eq!((raws.len(), metric_calls(&wire)), (1_400, 3));
    let record = source.shape(&ObjectName::new("usage"), &raws[7]).unwrap();
    let field = |name: &str| short(&record.fields[&FieldName::new(name)]);
    assert_eq!(field("companyId"), "company c00007 Company 7");
    assert_eq!(field("custom.Log ins (7 d)"), "number 17.0");
    assert_eq!(field("custom.Log ins (7 d).trend30"), "number 6");
    assert_eq!(field("custom.Log ins (7 d).at"), "2026-02-16T00:00:00Z");
    assert_eq!(field("custom.Seats.trend30"), "nothing");
    assert!(!record.fields.contains_key(&FieldName::new("metrics")));
    assert!(
        asked(&wire)[1].ends_with("&from=20468&to=20514"),
        "{:?}",
        asked(&wire)
    );
}

#[tokio::test]
async fn a_fault_costs_one_page_and_a_lost_session_one_pass() {
    let all = measured(1_400);
    let wire = metrics_wire(all.clone(), |call| (call % 2 == 1).then_some(503));
    let (raws, faults) = read_on(&planhat(Arc::clone(&wire)), None).await;
    assert_eq!((raws.len(), faults, metric_calls(&wire)), (1_400, 3, 6));

    let source = planhat(metrics_wire(all.clone(), |_| None));
    let ask = Ask {
        object: ObjectName::new("usage"),
        mode: Mode::Everything,
        cursor: None,
    };
    let Next::More(cursor) = source.read(&ask).await.unwrap().next else {
        panic!("more than a page")
    };
    let another = planhat(metrics_wire(all, |_| None));
    let (after, _) = read_on(&another, Some(cursor)).await;
    assert_eq!(after, raws);
}

#[tokio::test]
async fn what_is_not_held_is_left_to_a_further_pass() {
    let wire = metrics_wire(measured(1_400), |_| None);
    let client = client(Arc::clone(&wire));
    let usage = Usage::new(1_000);
    let (mut ids, mut cursor, mut pages) = (Vec::new(), None, Vec::new());
    loop {
        let page = usage.read(&client, cursor.as_ref()).await.unwrap();
        ids.extend(page.raws.iter().map(|raw| raw.id.to_string()));
        pages.push(page.raws.len());
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::CaughtUp => break,
        }
    }
    // Two metrics to a company, three calls to a pass.
    assert_eq!(pages, [0, 0, 500, 0, 0, 500, 0, 0, 400]);
    let expected: Vec<String> = (0..1_400).map(|company| format!("c{company:05}")).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn metrics_that_cannot_be_had_are_said_to_whoever_reads_them() {
    for status in [400, 403, 404] {
        let source = planhat(metrics_wire(vec![], move |_| Some(status)));
        let objects = source.describe().await.unwrap();
        assert!(
            objects
                .iter()
                .all(|object| object.fields.iter().all(|field| !field.custom))
        );
        let ask = Ask {
            object: ObjectName::new("usage"),
            mode: Mode::Everything,
            cursor: None,
        };
        let fault = source.read(&ask).await.unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Unavailable, "{status}");
    }
}

#[tokio::test]
async fn a_list_that_stands_still_is_not_read_for_ever() {
    let page: Vec<Json> = (0..500).map(|at| json!({"_id": format!("m{at}")})).collect();
    let source = planhat(wire(move |_| Ok(Response::json(200, &json!(page)))));
    let ask = |cursor| Ask {
        object: ObjectName::new("usage"),
        mode: Mode::Everything,
        cursor,
    };
    let Next::More(cursor) = source.read(&ask(None)).await.unwrap().next else {
        panic!("more")
    };
    let fault = source.read(&ask(Some(cursor))).await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Unexpected);
}

#[tokio::test]
async fn a_company_is_found_by_all_that_was_ever_measured_of_it() {
    let wire = metrics_wire(measured(3), |_| None);
    let source = planhat(Arc::clone(&wire));
    let usage = ObjectName::new("usage");
    let found = source.find(&usage, &RecordId::new("c00002")).await.unwrap();
    assert_eq!(found.unwrap().id.as_str(), "c00002");
    assert_eq!(source.find(&usage, &RecordId::new("c9")).await.unwrap(), None);
    assert_eq!(
        asked(&wire)[0],
        "GET /dimensiondata?limit=10000&offset=0&from=0&to=20514&cId=c00002"
    );
}
