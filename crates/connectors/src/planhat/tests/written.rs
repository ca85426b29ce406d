//! Writing into the twin: what it holds then, under each of its switches and after lost answers.

use std::collections::BTreeMap;

use model::{
    Action, Change, Destination, ExternalKey, FaultKind, ObjectName, Outcome, RecordId, Source, Value,
    Written,
};
use serde_json::{Value as Json, json};

use super::{
    twin::{Both, both},
    writing::{at, change, changed, html, made, one, text, to},
    *,
};
use crate::kit::{Faults, TwinWire};

pub(super) struct Desk {
    pub(super) writer: Writer,
    pub(super) wire: Arc<TwinWire>,
}

pub(super) fn desk(switches: &[(&str, &str)]) -> Desk {
    let Both { wire, source } = both(6, switches);
    Desk {
        writer: Writer::new(source),
        wire,
    }
}

impl Desk {
    pub(super) fn dump(&self, object: &str) -> Vec<Json> {
        self.wire.with_twin(|twin| {
            let texts = twin.dump(object).unwrap();
            texts.map(|text| serde_json::from_str(&text).unwrap()).collect()
        })
    }

    /// The ids of the first records of an object.
    pub(super) fn ids(&self, object: &str) -> Vec<String> {
        let all = self.dump(object);
        all.iter()
            .map(|json| json["_id"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(super) fn of(&self, object: &str, id: &str) -> Json {
        let all = self.dump(object);
        all.into_iter().find(|json| json["_id"] == id).unwrap()
    }

    pub(super) fn with_key(&self, object: &str, key: &str) -> Vec<Json> {
        let all = self.dump(object).into_iter();
        all.filter(|json| json["externalId"] == key || json["sourceId"] == key)
            .collect()
    }

    pub(super) async fn write(&self, changes: &[Change]) -> Vec<Result<Written, Fault>> {
        let object = &changes[0].object;
        let outcomes = Destination::write(&self.writer, object, changes).await;
        let same = outcomes
            .iter()
            .zip(changes)
            .all(|(outcome, change)| outcome.change == change.id);
        assert!(same && outcomes.len() == changes.len());
        outcomes.into_iter().map(|outcome| outcome.result).collect()
    }

    pub(super) async fn one(&self, change: Change) -> Result<Written, Fault> {
        one(&self.writer, change).await
    }

    /// As an engine does: what may have been done is looked for before it is written again.
    pub(super) async fn insist(&self, changes: &[Change]) -> Vec<Written> {
        let mut done: BTreeMap<usize, Written> = BTreeMap::new();
        for _ in 0..40 {
            let open: Vec<usize> = (0..changes.len()).filter(|at| !done.contains_key(at)).collect();
            if open.is_empty() {
                return done.into_values().collect();
            }
            let pending: Vec<Change> = open.iter().map(|at| changes[*at].clone()).collect();
            for (at, result) in open.into_iter().zip(self.write(&pending).await) {
                match result {
                    Ok(written) => drop(done.insert(at, written)),
                    Err(fault) if fault.kind() == FaultKind::Unreachable => {
                        if let Some(written) = self.look_back(&changes[at]).await {
                            done.insert(at, written);
                        }
                    }
                    Err(fault) => assert!(matches!(fault.kind(), FaultKind::Throttled { .. }), "{fault:?}"),
                }
            }
        }
        panic!("it never came to an end");
    }

    pub(super) async fn look_back(&self, change: &Change) -> Option<Written> {
        let Action::Create { key } = &change.action else {
            return None;
        };
        for _ in 0..40 {
            match self.writer.look_back(&change.object, key).await {
                Ok(found) => return found.map(|Outcome { result, .. }| result.unwrap()),
                Err(fault) => assert!(
                    matches!(fault.kind(), FaultKind::Unreachable | FaultKind::Throttled { .. }),
                    "{fault:?}"
                ),
            }
        }
        panic!("it never came to an end");
    }
}

/// One creation of each object, numbered.
pub(super) fn creation(desk: &Desk, object: &str, number: usize) -> Change {
    let company = ("companyId", to("company", &desk.ids("company")[number % 4]));
    let name = text(&format!("Number {number}"));
    let fields = match object {
        "company" => vec![("name", name)],
        "enduser" => vec![company, ("name", name)],
        "license" => vec![
            company,
            ("product", name),
            ("_currency", text("USD")),
            ("value", Value::Number(12.into())),
            ("fromDate", at("2026-01-01T00:00:00Z")),
            ("toDate", at("2026-12-31T00:00:00Z")),
        ],
        "task" => vec![
            company,
            ("action", name),
            ("description", html("<p>do <b>it</b></p>")),
        ],
        "comment" => vec![
            (
                "parent",
                to("conversation", &desk.ids("conversation")[number % 3]),
            ),
            ("text", html(&format!("<p>Number {number}</p>"))),
        ],
        _ => vec![
            company,
            (
                "type",
                text(if number.is_multiple_of(2) {
                    "note"
                } else {
                    "meeting"
                }),
            ),
            ("subject", name),
            ("description", html("<p>said <i>so</i></p>")),
        ],
    };
    made(object, &format!("devrev:{object}:{number}"), &fields)
}

pub(super) const OBJECTS: [&str; 6] = ["company", "enduser", "license", "conversation", "task", "comment"];

#[tokio::test]
async fn many_creations_cost_few_calls_and_all_are_read_back() {
    for (object, calls) in [
        ("company", 2),
        ("enduser", 2),
        ("license", 2),
        // One of them finds out whether there are meetings, and is read back.
        ("conversation", 4),
        ("task", 2),
        ("comment", 60),
    ] {
        let desk = desk(&[]);
        let changes: Vec<Change> = (0..60).map(|number| creation(&desk, object, number)).collect();
        let results = desk.write(&changes).await;
        assert_eq!(desk.wire.requests(), calls, "{object}");
        let name = ObjectName::new(object);
        for (change, result) in changes.iter().zip(results) {
            let raw = result.unwrap().raw.unwrap();
            let record = desk.writer.source.shape(&name, &raw).unwrap();
            for field in &change.fields {
                let Some(kept) = record.fields.get(&field.name) else {
                    panic!("{object} {} in {}", field.name, raw.json)
                };
                let id = |value: &Value| value.references().first().map(|reference| reference.id.clone());
                assert!(
                    *kept == field.after || id(kept).is_some() && id(kept) == id(&field.after),
                    "{object} {kept:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_was_read_back_is_as_lists_give_it() {
    let desk = desk(&[]);
    for object in ["company", "enduser", "conversation", "task"] {
        let changes: Vec<Change> = (0..20)
            .map(|number| creation(&desk, object, number * 2))
            .collect();
        let written: BTreeMap<RecordId, _> = desk
            .write(&changes)
            .await
            .into_iter()
            .map(|result| result.unwrap())
            .map(|written| (written.id.clone(), written.raw.unwrap().hash))
            .collect();
        let ask = model::Ask {
            object: ObjectName::new(object),
            mode: model::Mode::Everything,
            cursor: None,
        };
        let page = desk.writer.source.read(&ask).await.unwrap();
        let listed = page
            .raws
            .iter()
            .filter(|raw| written.get(&raw.id) == Some(&raw.hash));
        assert_eq!(listed.count(), written.len(), "{object}");
    }
}

#[tokio::test]
async fn updates_go_together_and_only_touch_what_they_name() {
    for (object, name, calls) in [
        ("company", "city", 2),
        ("enduser", "position", 2),
        ("conversation", "subject", 2),
        ("task", "action", 2),
        ("license", "product", 10),
    ] {
        let desk = desk(&[]);
        let ids: Vec<String> = desk.ids(object).into_iter().cycle().take(10).collect();
        let ids: std::collections::BTreeSet<String> = ids.into_iter().collect();
        let before: Vec<Json> = ids.iter().map(|id| desk.of(object, id)).collect();
        let changes: Vec<Change> = ids
            .iter()
            .map(|id| changed(object, id, &[(name, text("New"))]))
            .collect();
        for result in desk.write(&changes).await {
            let raw = result.unwrap().raw.unwrap();
            let record: Json = serde_json::from_str(&raw.json).unwrap();
            assert_eq!(record[name], "New", "{object}");
        }
        if object != "license" {
            assert!(
                desk.wire.requests() <= calls + 4,
                "{object} {}",
                desk.wire.requests()
            );
        }
        for mut was in before {
            let mut is = desk.of(object, was["_id"].as_str().unwrap());
            for json in [&mut was, &mut is] {
                let json = json.as_object_mut().unwrap();
                json.retain(|property, _| {
                    let worked_out = ["arr", "value", "length", "renewalDaysFromNow", "isOverdue"]
                        .contains(&property.as_str());
                    property != name && !property.contains("pdate") && !worked_out
                });
            }
            assert_eq!(was, is, "{object}");
        }
    }
}

#[tokio::test]
async fn lost_answers_make_nothing_twice() {
    for object in OBJECTS {
        for seed in 0..12 {
            let desk = desk(&[]);
            let before = desk.dump(object).len();
            let changes: Vec<Change> = (0..9).map(|number| creation(&desk, object, number)).collect();
            let faults = format!(
                r#"{{"seed":{seed},"rules":[{{"rate":0.3,"fault":"lost_answer"}},{{"rate":0.1,"fault":"server_error"}},{{"rate":0.1,"fault":"throttled"}},{{"rate":0.1,"fault":"truncated"}},{{"rate":0.1,"fault":"reset"}}]}}"#
            );
            desk.wire
                .set_faults(serde_json::from_str::<Faults>(&faults).unwrap());
            let written = desk.insist(&changes).await;
            let ids: std::collections::HashSet<_> = written.iter().map(|written| &written.id).collect();
            assert_eq!(
                (ids.len(), desk.dump(object).len()),
                (9, before + 9),
                "{object} {seed}"
            );
        }
    }
}

#[tokio::test]
async fn another_session_finds_what_was_made() {
    for object in OBJECTS.into_iter().filter(|object| *object != "comment") {
        let desk = desk(&[("reserved_types", "note")]);
        let change = creation(&desk, object, 1);
        let Action::Create { key } = &change.action else {
            unreachable!()
        };
        assert!(desk.look_back(&change).await.is_none());
        let id = desk.one(change.clone()).await.unwrap().id;
        let found = desk.look_back(&change).await.unwrap();
        assert_eq!(
            (found.id.clone(), found.raw.is_some()),
            (id.clone(), true),
            "{object}"
        );
        assert_eq!(desk.with_key(object, key.as_str()).len(), 1);
        // And who did not look finds it too.
        assert_eq!(desk.one(change.clone()).await.unwrap().id, id, "{object}");
        assert_eq!(desk.with_key(object, key.as_str()).len(), 1);
        let stranger = ExternalKey::new("devrev:x:404");
        assert!(
            desk.writer
                .look_back(&ObjectName::new(object), &stranger)
                .await
                .unwrap()
                .is_none()
        );
    }
}

#[tokio::test]
async fn an_id_of_the_customers_own_stays() {
    let desk = desk(&[]);
    for object in ["company", "enduser", "license", "conversation"] {
        let mut change = creation(&desk, object, 2);
        let key = change.id.to_string();
        change
            .fields
            .extend(made(object, "x", &[("externalId", text("own"))]).fields);
        let id = desk.one(change.clone()).await.unwrap().id;
        let held = desk.of(object, id.as_str());
        assert_eq!(
            (&held["externalId"], &held["sourceId"]),
            (&json!("own"), &json!(key)),
            "{object}"
        );
        assert_eq!(desk.one(change).await.unwrap().id, id, "{object}");
    }
}

#[tokio::test]
async fn errors_of_many_are_told_each_by_itself() {
    for switches in [
        &[][..],
        &[("bulk_error_form", "object")],
        &[("error_form", "html")],
    ] {
        let desk = desk(switches);
        let mut changes: Vec<Change> = (0..8).map(|number| creation(&desk, "license", number)).collect();
        changes[3]
            .fields
            .retain(|field| field.name.as_str() != "_currency");
        changes[5].fields[0].after = to("company", "5f0000000000000000000000");
        let results = desk.write(&changes).await;
        let words: Vec<&str> = results
            .iter()
            .map(|result| {
                result
                    .as_ref()
                    .map_or_else(|fault| fault.words().unwrap(), |_| "done")
            })
            .collect();
        assert_eq!(
            words.iter().filter(|words| **words == "done").count(),
            6,
            "{words:?}"
        );
        assert_eq!(words[3], "_currency is required");
        assert_eq!(words[5], "companyId 5f0000000000000000000000 is not a company");
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    for (deny, permission) in [
        ("license.create", "Licenses (Create)"),
        ("license.update", "Licenses (Update)"),
    ] {
        let desk = desk(&[("deny", deny)]);
        let ids = desk.ids("license");
        let changes: Vec<Change> = match deny.ends_with("create") {
            true => (0..6).map(|number| creation(&desk, "license", number)).collect(),
            false => ids
                .iter()
                .take(6)
                .map(|id| changed("license", id, &[("product", text("x"))]))
                .collect(),
        };
        for result in desk.write(&changes).await {
            let fault = result.unwrap_err();
            assert_eq!(fault.kind(), FaultKind::Denied);
            assert!(fault.advice().unwrap().contains(permission), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_is_gone_is_not_made_anew_by_its_update() {
    for switches in [&[][..], &[("bulk_unknown_id", "refuse")]] {
        for object in OBJECTS {
            let desk = desk(switches);
            let before = desk.dump(object).len();
            let changes: Vec<Change> = (0..6)
                .map(|number| {
                    let fields = creation(&desk, object, number).fields;
                    let mut change = changed(object, &format!("5f000000000000000000000{number}"), &[]);
                    change.fields = fields;
                    change
                })
                .collect();
            for result in desk.write(&changes).await {
                assert_eq!(result.unwrap_err().kind(), FaultKind::Gone, "{object}");
            }
            assert_eq!(desk.dump(object).len(), before, "{object}");
        }
    }
}

#[tokio::test]
async fn deletes_are_done_once() {
    let desk = desk(&[]);
    for object in OBJECTS {
        let id = desk.ids(object)[0].clone();
        for _ in 0..2 {
            let delete = change(object, Action::Delete(RecordId::from(id.as_str())), &[]);
            desk.one(delete).await.unwrap();
            assert!(!desk.ids(object).contains(&id), "{object}");
        }
    }
}
