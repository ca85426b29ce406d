#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use model::{FieldName, ObjectName, Otherwise, Owner, RecordId, Reference};
use proptest::prelude::*;

use super::*;

fn rule(turn: Turn) -> Rule {
    Rule {
        left: vec![FieldName::new("l")],
        right: FieldName::new("r"),
        turn,
        owner: Owner::Either,
        clash: None,
        back: BTreeMap::new(),
        otherwise: Otherwise::Nothing,
        together: false,
        cut: false,
        unique: false,
    }
}

fn object(fields: &[(&str, FieldKind, bool)]) -> ObjectType {
    ObjectType {
        name: ObjectName::new("thing"),
        title: "Thing".to_owned(),
        fields: fields
            .iter()
            .map(|(name, kind, writable)| Field {
                name: FieldName::new(name),
                title: (*name).to_owned(),
                kind: kind.clone(),
                writable: *writable,
                required: false,
                custom: false,
                id: None,
            })
            .collect(),
        extensible: false,
    }
}

fn text() -> FieldKind {
    FieldKind::Text { max: None }
}

fn rich(format: RichFormat) -> FieldKind {
    FieldKind::Rich { format, max: None }
}

fn table(words: &[(&str, &str)], back: &[(&str, &str)]) -> Rule {
    let pairs = |words: &[(&str, &str)]| {
        let words = words.iter();
        words
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    Rule {
        back: pairs(back),
        ..rule(Turn::Table { words: pairs(words) })
    }
}

fn record(value: Value) -> Record {
    Record {
        id: RecordId::new("1"),
        title: String::new(),
        fields: [(FieldName::new("l"), value)].into(),
        changed_at: None,
        keys: Vec::new(),
    }
}

#[test]
fn what_cannot_go_back_says_why() {
    let left = object(&[("l", text(), true), ("m", text(), true), ("n", text(), false)]);
    let check = |rule: &Rule, expected: &str| {
        let found = way_back(rule, &left, &text());
        let found = found.map_or_else(|why| why, |field| field.name.to_string());
        assert_eq!(found, expected);
    };
    check(&rule(Turn::Same), "l");
    check(&rule(Turn::Json), "l");
    check(&rule(Turn::Label), "a name does not tell which record it is of");
    check(
        &rule(Turn::Cases(Vec::new())),
        "a word of several cases does not tell what made it",
    );
    let named = |names: &[&str]| Rule {
        left: names.iter().map(FieldName::new).collect(),
        ..rule(Turn::Same)
    };
    check(&named(&["n", "m"]), "m");
    check(&named(&["n"]), "the left side lets nobody write it");
    let joined = Rule {
        together: true,
        ..named(&["l", "m"])
    };
    check(&joined, "it joins several left fields");
    check(&table(&[("new", "queued"), ("open", "busy")], &[]), "l");
    check(
        &table(&[("new", "queued"), ("open", "queued")], &[]),
        "several left words become `queued`, and `back` does not say which it becomes",
    );
    check(
        &table(&[("new", "queued"), ("open", "queued")], &[("queued", "new")]),
        "l",
    );
}

#[test]
fn a_word_of_a_table_becomes_the_one_that_made_it() {
    let check = |rule: &Rule, right: &str, expected: Result<&str, &str>| {
        let turned = turn_back(
            rule,
            &Value::text(right),
            &text(),
            &Counterparts::new(),
            &Taken::default(),
        );
        let turned = turned
            .map(|turned| say(&turned.value))
            .map_err(|misfit| misfit.to_string());
        assert_eq!(turned, expected.map(str::to_owned).map_err(str::to_owned));
    };
    let plain = table(&[("new", "queued"), ("closed", "resolved")], &[]);
    check(&plain, "resolved", Ok("closed"));
    check(&plain, "elsewhere", Err("no left word becomes `elsewhere`"));
    let several = table(
        &[("done", "resolved"), ("closed", "resolved")],
        &[("resolved", "done")],
    );
    check(&several, "resolved", Ok("done"));
}

#[test]
fn a_text_goes_back_without_its_stamp_and_in_the_left_markup() {
    let stamp = Stamp {
        back: None,
        from: "Planhat".to_owned(),
        what: FieldName::new("type"),
        by: FieldName::new("by"),
        at: FieldName::new("at"),
    };
    let check = |right: &str, expected: &str| {
        let right = Value::Rich(RichText {
            format: RichFormat::CommonMark,
            text: right.to_owned(),
        });
        let turned = turn_back(
            &rule(Turn::Stamped(stamp.clone())),
            &right,
            &rich(RichFormat::Html),
            &Counterparts::new(),
            &Taken::default(),
        );
        let Value::Rich(html) = turned.unwrap().value else {
            panic!("not marked up")
        };
        assert_eq!(html.text.trim(), expected);
    };
    check(
        "*Planhat note · Alex*\n\nIt **works**",
        "<p>It <strong>works</strong></p>",
    );
    check("Born *here*", "<p>Born <em>here</em></p>");
}

#[test]
fn a_reference_is_followed_to_its_left_record() {
    let one = |object: &str, id: &str| (ObjectName::new(object), RecordId::new(id));
    let known = Counterparts::from([(one("account", "a1"), one("company", "c1"))]);
    let reference = |object: &str, id: &str| {
        Value::Ref(Reference {
            object: ObjectName::new(object),
            id: RecordId::new(id),
            label: None,
        })
    };
    let kind = FieldKind::Ref {
        object: ObjectName::new("company"),
    };
    let check = |right: &str, value: Value, unresolved: usize| {
        let turned = turn_back(
            &rule(Turn::Same),
            &reference("account", right),
            &kind,
            &known,
            &Taken::default(),
        )
        .unwrap();
        assert_eq!((turned.value, turned.unresolved.len()), (value, unresolved));
    };
    check("a1", reference("company", "c1"), 0);
    check("a2", Value::Nothing, 1);
}

#[test]
fn a_part_of_a_text_must_not_replace_the_whole() {
    let kind = FieldKind::Text { max: Some(5) };
    let files = Taken::default();
    let known = KnownOnRight {
        counterparts: None,
        files: &files,
    };
    let cut = Rule {
        cut: true,
        ..rule(Turn::Same)
    };
    let check = |rule: &Rule, text: &str, expected: bool| {
        assert_eq!(
            is_cut(rule, &record(Value::text(text)), &kind, known),
            expected,
            "{text}"
        );
    };
    check(&cut, "short", false);
    check(&cut, "too long", true);
    check(&rule(Turn::Same), "too long", false);
}

/// Values with the kind of field that holds them.
fn values() -> impl Strategy<Value = (FieldKind, Value)> {
    let word = "[a-z]{1,8}( [a-z]{1,8})?";
    prop_oneof![
        word.prop_map(|word| (text(), Value::text(word))),
        any::<bool>().prop_map(|yes| (FieldKind::Bool, Value::Bool(yes))),
        "-?[1-9][0-9]{0,30}(\\.[0-9]{1,20})?".prop_map(|digits| (
            FieldKind::Number,
            Value::Number(model::Number::parse(&digits).unwrap())
        )),
        (-60_000_000_000_i64..60_000_000_000).prop_map(|second| {
            let at = model::Timestamp::from_second(second).unwrap();
            (FieldKind::Instant, Value::Instant(at))
        }),
        proptest::collection::vec(word.prop_map(Value::text), 1..4).prop_map(|mut words| {
            words.dedup();
            let mut seen = Vec::new();
            words.retain(|word| {
                !seen.contains(word) && {
                    seen.push(word.clone());
                    true
                }
            });
            (FieldKind::List(Box::new(text())), Value::List(words))
        }),
    ]
}

proptest! {
    #[test]
    fn what_goes_there_and_back_is_the_same((kind, value) in values()) {
        let files = Taken::default();
        let known = KnownOnRight { counterparts: None, files: &files };
        let there = turn(&rule(Turn::Same), &record(value.clone()), &kind, known).unwrap().value;
        let back = turn_back(&rule(Turn::Same), &there, &kind, &Counterparts::new(), &Taken::default()).unwrap().value;
        prop_assert_eq!(&back, &value);
        let json = FieldKind::Text { max: None };
        let there = turn(&rule(Turn::Json), &record(value.clone()), &json, known).unwrap().value;
        let back = turn_back(&rule(Turn::Json), &there, &kind, &Counterparts::new(), &Taken::default()).unwrap().value;
        prop_assert_eq!(&back, &value);
    }
}
