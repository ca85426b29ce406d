//! The client and the twin, each written from the documentation alone, meet.

use std::collections::{BTreeMap, HashSet};

use model::{Ask, FieldName, Mode, Next, ObjectName, Record, Source, Value};

use super::*;
use crate::{
    Sample, TwinOptions,
    kit::{Faults, TwinWire},
};

const OBJECTS: [&str; 4] = ["user", "company", "enduser", "conversation"];

pub(super) struct Both {
    pub(super) wire: Arc<TwinWire>,
    pub(super) source: PlanhatSource,
}

pub(super) fn both(companies: usize, switches: &[(&str, &str)]) -> Both {
    let settings = switches
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let options = TwinOptions {
        token: Some("s3cr3t-t0k3n".to_owned()),
        settings: settings.collect::<BTreeMap<_, _>>(),
    };
    let mut twin = CONNECTOR.twin(&options).unwrap();
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    twin.fill(&Sample { companies, seed: 1 }, now).unwrap();
    let clock = Arc::new(TestClock(Mutex::new(now)));
    let wire = Arc::new(TwinWire::new(twin, clock.clone()));
    let client = Client::new(
        Outlet {
            wire: wire.clone(),
            clock,
        },
        &Secret::new("s3cr3t-t0k3n"),
    )
    .unwrap();
    Both {
        source: PlanhatSource::new(client, "app.planhat.com".to_owned(), "http://twin".to_owned()),
        wire,
    }
}

impl Both {
    /// Everything, as an engine reads it: what is not whole is read directly.
    pub(super) async fn records(&self, object: &str) -> Vec<Record> {
        let object = ObjectName::new(object);
        let mut ask = Ask {
            object: object.clone(),
            mode: Mode::Everything,
            cursor: None,
        };
        let mut records = Vec::new();
        loop {
            let page = self.source.read(&ask).await.unwrap();
            for raw in page.raws {
                let raw = match self.source.is_whole(&object, &raw) {
                    true => raw,
                    false => self.source.find(&object, &raw.id).await.unwrap().unwrap(),
                };
                records.push(self.source.shape(&object, &raw).unwrap());
            }
            match page.next {
                Next::More(cursor) => ask.cursor = Some(cursor),
                Next::CaughtUp => return records,
            }
        }
    }

    pub(super) fn dump(&self, object: &str) -> Vec<serde_json::Value> {
        self.wire.with_twin(|twin| {
            let texts = twin.dump(object).unwrap();
            texts.map(|text| serde_json::from_str(&text).unwrap()).collect()
        })
    }
}

#[tokio::test]
async fn everything_that_the_twin_holds_is_read_and_shaped_page_by_page() {
    let both = both(150, &[]);
    both.source.describe().await.unwrap();
    for object in OBJECTS {
        let before = both.source.calls().reads;
        let records = both.records(object).await;
        let calls = both.source.calls().reads - before;
        assert_eq!(
            calls,
            both.source.cost(&ObjectName::new(object), records.len() as u64),
            "{object}"
        );
        let ids: HashSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let held = both.dump(object);
        let held: HashSet<&str> = held
            .iter()
            .map(|record| record["_id"].as_str().unwrap())
            .collect();
        assert!(
            ids == held && records.len() == held.len(),
            "{object}: {} of {}",
            records.len(),
            held.len()
        );
        if object == "conversation" {
            assert!(calls > 1);
            check_texts(&both, &records);
        }
    }
    let count = both.source.count(&ObjectName::new("company")).await.unwrap();
    assert_eq!(count, Some(150));
}

#[tokio::test]
async fn texts_are_read_one_by_one_where_lists_do_not_give_them() {
    let both = both(12, &[("select_surfaces_all", "no")]);
    let talks = both.records("conversation").await;
    assert!(both.source.calls().reads > talks.len() as u64 / 2);
    check_texts(&both, &talks);
}

fn check_texts(both: &Both, talks: &[Record]) {
    let shaped: BTreeMap<&str, Option<&Value>> = talks
        .iter()
        .map(|talk| (talk.id.as_str(), talk.fields.get(&FieldName::new("description"))))
        .collect();
    for held in both.dump("conversation") {
        let text = held
            .get("description")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        let shaped = match shaped[held["_id"].as_str().unwrap()] {
            Some(Value::Rich(rich)) => rich.text.as_str(),
            Some(Value::Nothing) | None => "",
            other => panic!("{other:?}"),
        };
        assert_eq!(shaped, text);
    }
}

#[tokio::test]
async fn companies_are_whole_whatever_lists_leave_out() {
    for switches in [&[][..], &[("select_surfaces_all", "no")]] {
        let both = both(20, switches);
        let records = both.records("company").await;
        for held in both.dump("company") {
            let record = records
                .iter()
                .find(|record| record.id.as_str() == held["_id"])
                .unwrap();
            for name in ["externalId", "phase", "owner", "customerFrom", "country"] {
                assert_eq!(
                    record.fields.contains_key(&FieldName::new(name)),
                    held.get(name).is_some(),
                    "{switches:?} {name}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_denied_model_is_a_missing_permission() {
    for switches in [
        &[("deny", "enduser.view")][..],
        &[
            ("deny", "enduser.view"),
            ("denied_status", "404"),
            ("myprofile", "absent"),
        ],
    ] {
        let both = both(1, switches);
        let all = both.source.permissions().await.unwrap();
        let of = |name: &str| {
            all.iter()
                .find(|permission| permission.name == name)
                .unwrap()
                .present
        };
        assert_eq!(
            (of("End Users (View)"), of("Company (View)")),
            (Some(false), Some(true)),
            "{switches:?}"
        );
        assert!(
            both.source
                .workspace()
                .await
                .unwrap()
                .name
                .contains("app.planhat.com")
        );
    }
}

#[tokio::test]
async fn a_wrong_token_is_denied_and_never_shown() {
    let both = both(1, &[]);
    let clock = Arc::new(TestClock(Mutex::new("2026-03-01T00:00:00Z".parse().unwrap())));
    let client = Client::new(
        Outlet {
            wire: both.wire,
            clock,
        },
        &Secret::new("wr0ng"),
    )
    .unwrap();
    let fault = PlanhatSource::new(client, "x".to_owned(), "http://twin".to_owned())
        .workspace()
        .await
        .unwrap_err();
    assert_eq!(fault.kind(), model::FaultKind::Denied);
    assert!(!format!("{fault:?} {fault}").contains("wr0ng"));
}

#[tokio::test]
async fn a_faulty_vendor_gives_faults_that_can_be_tried_again() {
    let both = both(20, &[]);
    let faults = r#"{"seed":7,"rules":[{"rate":0.2,"fault":"throttled"},{"rate":0.2,"fault":"server_error"},{"rate":0.2,"fault":"reset"}]}"#;
    both.wire
        .set_faults(serde_json::from_str::<Faults>(faults).unwrap());
    let mut kinds = HashSet::new();
    for _ in 0..60 {
        if let Err(fault) = both.source.count(&ObjectName::new("company")).await {
            kinds.insert(format!("{:?}", fault.kind()));
        }
    }
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert_eq!(both.source.calls().reads, 60);
}
