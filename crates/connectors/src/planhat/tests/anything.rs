//! Whatever comes, shaping it ends without a panic, and a number keeps its digits.

use model::{FieldName, ObjectName, Raw, RecordId, Source, Value};
use proptest::prelude::*;
use serde_json::{Map, Value as Json};

use super::{
    super::{fields::Holds, object},
    *,
};

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{0,12}Z?)?".prop_map(Json::from),
        prop_oneof![Just("undefined"), Just(",a,,b,"), Just("Task"), Just("public")].prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = prop_oneof![
            "[a-z]{1,4}",
            Just("_id".to_owned()),
            Just("id".to_owned()),
            Just("name".to_owned()),
            Just("value".to_owned()),
            Just("dimensionId".to_owned())
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            proptest::collection::vec((key, inner), 0..6)
                .prop_map(|all| Json::Object(all.into_iter().collect())),
        ]
    })
}

/// Names that mean something to some object.
fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = object::all()
        .flat_map(|object| {
            let known = object.known.iter().map(|known| known.name);
            let aliases = object.aliases.iter().map(|(property, _)| *property);
            let labels = object.labels.iter().map(|(_, property)| *property);
            known.chain(aliases).chain(labels)
        })
        .chain(["custom", "metrics", "commentableId", "commentableModel", "_id"])
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn record() -> impl Strategy<Value = Json> {
    let pair = (proptest::sample::select(names()), any_json());
    proptest::collection::vec(pair, 0..8).prop_map(|pairs| {
        let mut map: Map<String, Json> = pairs
            .into_iter()
            .map(|(name, json)| (name.to_owned(), json))
            .collect();
        map.entry("_id").or_insert_with(|| "r1".into());
        Json::Object(map)
    })
}

fn unasked() -> PlanhatSource {
    planhat(wire(|_| unreachable!()))
}

proptest! {
    #[test]
    fn no_record_makes_shaping_panic(json in prop_oneof![record(), any_json()]) {
        let source = unasked();
        let raw = Raw::new(RecordId::new("r1"), json.to_string());
        for object in object::all() {
            let name = ObjectName::new(object.name);
            let _ = source.is_whole(&name, &raw);
            if let Ok(record) = source.shape(&name, &raw) {
                prop_assert_eq!(record.id.as_str(), "r1");
            }
        }
    }

    #[test]
    fn no_text_makes_shaping_panic(text in "\\PC{0,40}") {
        let source = unasked();
        for object in object::all() {
            let _ = source.shape(&ObjectName::new(object.name), &Raw::new(RecordId::new("r1"), text.clone()));
        }
    }

    #[test]
    fn a_number_keeps_its_digits(digits in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,12})?") {
        let source = unasked();
        for object in object::all() {
            let numbers = object.known.iter().filter(|known| matches!(known.holds, Holds::Number | Holds::Whole));
            for known in numbers {
                let text = format!(r#"{{"_id":"r1","{}":{digits},"custom":{{"Sum":{digits}}}}}"#, known.name);
                let record = source.shape(&ObjectName::new(object.name), &Raw::new(RecordId::new("r1"), text)).unwrap();
                for field in [known.name, "custom.Sum"] {
                    let Some(Value::Number(number)) = record.fields.get(&FieldName::new(field)) else {
                        panic!("{}.{field}", object.name)
                    };
                    prop_assert_eq!(number.as_str(), digits.as_str());
                }
            }
        }
    }
}
