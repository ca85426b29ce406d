//! A value → DevRev → back: the same value, or a refusal that names the field.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::{Date, FieldKind, NewObject, Number, Raw, Record, Reference, RichFormat, RichText, SchemaChange};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Map, Value as Json, json};

use super::{
    against_twin::{bare, custom, key, twin_session, write},
    *,
};
use crate::devrev::{
    descriptor::{custom_field, descriptor},
    encode::Words,
    object, shape,
};

/// What a field of ours can hold in DevRev.
fn kinds() -> impl Strategy<Value = FieldKind> {
    let names = |names: &[&str]| names.iter().map(ObjectName::new).collect::<Vec<_>>();
    let plain = prop_oneof![
        Just(FieldKind::Bool),
        Just(FieldKind::Number),
        Just(FieldKind::Integer),
        Just(FieldKind::Text { max: None }),
        Just(FieldKind::Rich {
            format: RichFormat::CommonMark,
            max: None
        }),
        Just(FieldKind::Instant),
        Just(FieldKind::Date),
        Just(FieldKind::Choice {
            values: vec!["a b".to_owned(), "ö".to_owned(), "c".to_owned()]
        }),
        Just(FieldKind::Ref {
            object: ObjectName::new("account")
        }),
        Just(FieldKind::Ref {
            object: ObjectName::new("custom:license")
        }),
        Just(FieldKind::RefAny {
            objects: names(&["contact", "custom:license", "dev_user"])
        }),
    ];
    plain
        .clone()
        .boxed()
        .prop_union(plain.prop_map(|kind| FieldKind::List(Box::new(kind))).boxed())
}

fn digits() -> impl Strategy<Value = Number> {
    let written = prop_oneof![
        "-?[0-9]{1,22}",
        "-?[0-9]{1,12}\\.[0-9]{1,12}",
        "-?[0-9]{1,3}e-?[0-9]{1,3}",
        "-?(0|1|9007199254740993|9223372036854775807|9223372036854775808)",
    ];
    written.prop_map(|text| Number::parse(&text).unwrap())
}

/// Newlines, control characters, quotes, and whatever else a text can have.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "(?s).{1,40}",
        "[\\x00-\\x1f\"\\\\]{1,8}",
        "don:core:x:devo/0:ticket/1",
        " +"
    ]
}

fn reference_to(object: &str) -> impl Strategy<Value = Value> + use<> {
    let object = ObjectName::new(object);
    (1..99u32).prop_map(move |number| {
        let kind = match object.as_str() {
            "contact" => "identity:dvrv-us-1:devo/0:revu",
            "dev_user" => "identity:dvrv-us-1:devo/0:devu",
            "account" => "identity:dvrv-us-1:devo/0:account",
            _ => "core:dvrv-us-1:devo/0:custom_object/license",
        };
        Value::Ref(Reference {
            object: object.clone(),
            id: RecordId::from(format!("don:{kind}/{number}")),
            label: None,
        })
    })
}

/// Values that a planned change can have for a field of that kind.
fn values(kind: &FieldKind) -> BoxedStrategy<Value> {
    let seconds = -62_167_219_200i64..253_402_300_799;
    match kind {
        FieldKind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        FieldKind::Number | FieldKind::Integer => digits().prop_map(Value::Number).boxed(),
        FieldKind::Text { .. } => texts().prop_map(Value::Text).boxed(),
        FieldKind::Rich { format, .. } => {
            let format = *format;
            texts()
                .prop_map(move |text| Value::Rich(RichText { format, text }))
                .boxed()
        }
        FieldKind::Instant => (seconds, prop_oneof![Just(0), 0..1_000_000_000])
            .prop_map(|(second, nanos)| Value::Instant(Timestamp::new(second, nanos).unwrap()))
            .boxed(),
        FieldKind::Date => (-10..=9999i16, 1..=12i8, 1..=28i8)
            .prop_map(|(year, month, day)| Value::Date(Date::new(year, month, day).unwrap()))
            .boxed(),
        FieldKind::Choice { values } => {
            let words = values
                .iter()
                .cloned()
                .chain(["elsewhere".to_owned()])
                .collect::<Vec<_>>();
            proptest::sample::select(words).prop_map(Value::Text).boxed()
        }
        FieldKind::Ref { object } => reference_to(object.as_str()).boxed(),
        FieldKind::RefAny { objects } => {
            let objects = objects.clone();
            proptest::sample::select(objects)
                .prop_flat_map(|object| reference_to(object.as_str()))
                .boxed()
        }
        FieldKind::List(inner) => proptest::collection::vec(values(inner), 1..5)
            .prop_map(Value::List)
            .boxed(),
        // No custom field of DevRev holds these: the recipe's own are of none of them, and a customer's that is anything JSON
        // can say goes as a text.
        FieldKind::Person | FieldKind::File | FieldKind::Visibility | FieldKind::Json => {
            Just(Value::Nothing).boxed()
        }
    }
}

fn field_and_value() -> impl Strategy<Value = (FieldKind, Value)> {
    kinds().prop_flat_map(|kind| {
        let values = values(&kind);
        (Just(kind), values)
    })
}

/// What DevRev keeps of a number: a binary float where the field holds fractions.
fn kept(kind: &FieldKind, json: &Json) -> Json {
    match (kind, json) {
        (FieldKind::List(inner), Json::Array(all)) => all.iter().map(|one| kept(inner, one)).collect(),
        (FieldKind::Number, Json::Number(number)) => json!(number.as_f64().unwrap()),
        (FieldKind::Integer, Json::Number(number)) => json!(number.as_i64().unwrap()),
        _ => json.clone(),
    }
}

/// The members of a creation with one custom field, or why there are none.
fn encoded(kind: &FieldKind, value: &Value) -> Result<Map<String, Json>, Fault> {
    let name = FieldName::new("tnt__x");
    let change = FieldChange {
        name: name.clone(),
        before: None,
        after: value.clone(),
    };
    let words = Words {
        object: &object::by_name(&ObjectName::new("account")).unwrap(),
        kinds: &[(name, kind.clone())].into(),
        tag_ids: &[],
        doing: "writing",
    };
    words.create(&[change])
}

fn check(kind: &FieldKind, value: &Value) -> Result<(), TestCaseError> {
    // The kind itself goes there and back first.
    let made = descriptor("x", &custom("tnt__x", kind.clone()));
    let described = custom_field(&made).unwrap().kind;
    prop_assert_eq!(&described, kind);
    let members = match encoded(&described, value) {
        Ok(members) => members,
        Err(refused) => {
            prop_assert!(refused.words().unwrap().starts_with("`tnt__x` "), "{}", refused);
            return Ok(());
        }
    };
    let shown = kept(kind, &members["custom_fields"]["tnt__x"]);
    let json = json!({"id": "a1", "custom_fields": {"tnt__x": shown}}).to_string();
    let account = object::by_name(&ObjectName::new("account")).unwrap();
    let kinds = [(FieldName::new("tnt__x"), described)].into();
    let record: Record = shape::shape(&account, &Raw::new(RecordId::new("a1"), json), &kinds).unwrap();
    prop_assert_eq!(&record.fields["tnt__x"], value);
    Ok(())
}

#[test]
fn a_value_comes_back_as_it_was_or_is_refused() {
    proptest!(ProptestConfig::with_cases(2000), |((kind, value) in field_and_value())| {
        check(&kind, &value)?;
    });
}

#[test]
fn what_is_refused_is_what_would_change() {
    let long = Number::parse("9007199254740993").unwrap();
    for (kind, taken) in [
        (FieldKind::Number, false),
        (FieldKind::Integer, true),
        (FieldKind::Text { max: None }, true),
    ] {
        let value = match kind {
            FieldKind::Text { .. } => Value::Text(long.to_string()),
            _ => Value::Number(long.clone()),
        };
        assert_eq!(encoded(&kind, &value).is_ok(), taken, "{kind:?}");
    }
}

/// Records of a kind of ours, with a field of each kind, through the twin.
// tidy: long because it is one table.
#[tokio::test]
async fn values_survive_the_twin() {
    let (session, _) = twin_session(&[]);
    session.describe().await.unwrap();
    let license = ObjectName::new("custom:license");
    let list = |kind: &FieldKind| FieldKind::List(Box::new(kind.clone()));
    let text = FieldKind::Text { max: None };
    let rich = FieldKind::Rich {
        format: RichFormat::CommonMark,
        max: None,
    };
    let word = FieldKind::Choice {
        values: vec!["a b".to_owned(), "ö".to_owned(), "c".to_owned()],
    };
    let kinds = [
        ("tnt__bool", FieldKind::Bool),
        ("tnt__number", FieldKind::Number),
        ("tnt__integer", FieldKind::Integer),
        ("tnt__text", text.clone()),
        ("tnt__rich", rich),
        ("tnt__at", FieldKind::Instant),
        ("tnt__on", FieldKind::Date),
        ("tnt__word", word.clone()),
        ("tnt__words", list(&word)),
        ("tnt__texts", list(&text)),
        ("tnt__numbers", list(&FieldKind::Number)),
        ("tnt__days", list(&FieldKind::Date)),
    ];
    let change = SchemaChange {
        object: license.clone(),
        add: kinds
            .iter()
            .map(|(name, kind)| custom(name, kind.clone()))
            .collect(),
        make: Some(NewObject {
            title: "License".to_owned(),
            key_prefix: "LIC".to_owned(),
        }),
    };
    session.extend(&change).await.unwrap();
    let mut runner = TestRunner::deterministic();
    for number in 0..60 {
        let mut fields = vec![("title", Value::Text(format!("License {number}")))];
        for (name, kind) in &kinds {
            let value = values(kind).new_tree(&mut runner).unwrap().current();
            if encoded(kind, &value).is_ok() {
                fields.push((name, value));
            }
        }
        let made = write(&session, license.as_str(), key(&format!("k:{number}")), &fields).await;
        let found = session.find(&license, &made.id).await.unwrap().unwrap();
        let record = session.shape(&license, &found).unwrap();
        for (name, value) in &fields {
            assert_eq!(&bare(&record.fields[*name]), value, "{name}");
        }
        assert_eq!(record.keys, [format!("k:{number}")]);
    }
}
