#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use model::{FieldName, Number, Otherwise, Owner, Person, Timestamp};
use proptest::prelude::*;

use super::*;

fn rule(turn: Turn, cut: bool) -> Rule {
    let left = vec!["a".into(), "b".into()];
    Rule {
        left,
        right: "x".into(),
        turn,
        owner: Owner::Left,
        clash: None,
        back: Default::default(),
        otherwise: Otherwise::Nothing,
        together: false,
        cut,
        unique: false,
    }
}

fn record(fields: &[(&str, Value)]) -> Record {
    let fields = fields
        .iter()
        .map(|(name, value)| (FieldName::new(name), value.clone()))
        .collect();
    Record {
        id: "1".into(),
        title: "one".into(),
        fields,
        changed_at: None,
        keys: vec![],
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn number(digits: &str) -> Value {
    Value::Number(Number::parse(digits).unwrap())
}

fn reference(object: &str, id: &str) -> Value {
    Value::Ref(Reference {
        object: object.into(),
        id: id.into(),
        label: Some(format!("name of {id}")),
    })
}

fn on_right<'a>(counterparts: Option<&'a Counterparts>, files: &'a Taken) -> KnownOnRight<'a> {
    KnownOnRight { counterparts, files }
}

fn known() -> Counterparts {
    Counterparts::from([(("user".into(), "u1".into()), ("dev_user".into(), "devu/1".into()))])
}

/// What a value becomes in a kind, said as plain text; `!` begins the words of a misfit, `?` counts what is unresolved.
fn check(value: Value, kind: FieldKind, expected: &str) {
    check_rule(&rule(Turn::Same, false), &record(&[("a", value)]), kind, expected);
}

fn check_rule(rule: &Rule, record: &Record, kind: FieldKind, expected: &str) {
    let said = match turn(rule, record, &kind, on_right(Some(&known()), &Taken::default())) {
        Ok(turned) if turned.unresolved.is_empty() => json(&turned.value).to_string(),
        Ok(turned) => format!("?{} {}", turned.unresolved.len(), json(&turned.value)),
        Err(misfit) => format!("!{misfit}"),
    };
    assert_eq!(said, expected, "{record:?} {kind:?}");
}

const TEXT: FieldKind = FieldKind::Text { max: Some(5) };

#[test]
fn texts_fit_or_say_why_not() {
    check(text("abc"), TEXT, "\"abc\"");
    check(text("abcdef"), TEXT, "!6 characters, and the field takes 5");
    check_rule(
        &rule(Turn::Same, true),
        &record(&[("a", text("åäöåäö"))]),
        TEXT,
        "\"åäöå…\"",
    );
    check(number("1.50"), TEXT, "\"1.50\"");
    check(Value::Bool(true), TEXT, "\"true\"");
    check(Value::List(vec![text("a"), text("b")]), TEXT, "\"a, b\"");
}

#[test]
fn the_first_field_that_holds_something_counts() {
    let kind = FieldKind::Text { max: None };
    check_rule(
        &rule(Turn::Same, false),
        &record(&[("a", text("")), ("b", text("second"))]),
        kind.clone(),
        "\"second\"",
    );
    check_rule(&rule(Turn::Same, false), &record(&[]), kind, "null");
}

#[test]
fn numbers_keep_their_digits() {
    check(
        number("9007199254740993.10"),
        FieldKind::Number,
        "9007199254740993.10",
    );
    check(text("12.50"), FieldKind::Number, "12.50");
    check(text("twelve"), FieldKind::Number, "!not a number");
    check(number("42.0"), FieldKind::Integer, "42.0");
    check(number("4.25"), FieldKind::Integer, "!not a whole number");
}

#[test]
fn times_and_days_turn_into_each_other() {
    let at: Timestamp = "1968-03-01T23:30:00Z".parse().unwrap();
    check(Value::Instant(at), FieldKind::Date, "\"1968-03-01\"");
    check(
        Value::Date("1968-03-01".parse().unwrap()),
        FieldKind::Instant,
        "\"1968-03-01T00:00:00Z\"",
    );
    check(text("yesterday"), FieldKind::Instant, "!not a moment");
}

#[test]
fn words_are_looked_up_case_apart() {
    let kind = FieldKind::Choice {
        values: vec!["queued".into(), "resolved".into()],
    };
    let words = BTreeMap::from([
        ("New".to_owned(), "queued".to_owned()),
        ("odd".to_owned(), "lost".to_owned()),
    ]);
    let table = rule(Turn::Table { words }, false);
    check_rule(
        &table,
        &record(&[("a", text("new "))]),
        kind.clone(),
        "\"queued\"",
    );
    check_rule(
        &table,
        &record(&[("a", text("never heard of"))]),
        kind.clone(),
        "null",
    );
    let misfit = "!a word that is not among those the field takes";
    check_rule(&table, &record(&[("a", text("odd"))]), kind.clone(), misfit);
    check(text("RESOLVED"), kind, "\"resolved\"");
}

#[test]
fn references_are_followed_or_noted() {
    let user = || FieldKind::Ref {
        object: "dev_user".into(),
    };
    check(reference("user", "u1"), user(), "\"devu/1\"");
    check(reference("user", "u2"), user(), "?1 null");
    let two = Value::List(vec![
        reference("user", "u2"),
        reference("user", "u1"),
        reference("user", "u1"),
    ]);
    check(two.clone(), FieldKind::List(Box::new(user())), "?1 [\"devu/1\"]");
    check(two, user(), "?1 \"devu/1\"");
    check(
        reference("user", "u1"),
        FieldKind::Ref {
            object: "account".into(),
        },
        "!a dev_user, and the field takes a account",
    );
    let any = |objects: &[&str]| FieldKind::RefAny {
        objects: objects.iter().map(ObjectName::new).collect(),
    };
    check(
        reference("user", "u1"),
        any(&["ticket", "dev_user"]),
        "\"devu/1\"",
    );
    check(reference("user", "u1"), any(&["ticket", "dev_*"]), "\"devu/1\"");
    let misfit = "!a dev_user, and the field takes a ticket, issue or custom:*";
    check(
        reference("user", "u1"),
        any(&["ticket", "issue", "custom:*"]),
        misfit,
    );
}

#[test]
fn a_label_is_the_name_a_record_went_by() {
    let named = Value::List(vec![reference("user", "u1"), reference("user", "u2")]);
    let label = rule(Turn::Label, false);
    check_rule(
        &label,
        &record(&[("a", named)]),
        FieldKind::Text { max: None },
        "\"name of u1, name of u2\"",
    );
}

#[test]
fn what_is_gathered_is_one_text_of_named_values() {
    let gathered = Rule {
        left: vec!["a".into(), "b".into(), "custom.*".into()],
        ..rule(Turn::Gathered, false)
    };
    let fields = [
        ("a", reference("user", "u1")),
        ("b", Value::Nothing),
        ("c", text("not meant")),
        ("custom.Seats", number("3.50")),
    ];
    check_rule(
        &gathered,
        &record(&fields),
        FieldKind::List(Box::new(FieldKind::Text { max: None })),
        r#"["{\"_id\":\"1\",\"a\":{\"id\":\"u1\",\"name\":\"name of u1\"},\"custom.Seats\":3.50}"]"#,
    );
}

fn stamp() -> Stamp {
    Stamp {
        back: None,
        from: "Planhat".into(),
        what: "type".into(),
        by: "users".into(),
        at: "date".into(),
    }
}

fn body(body: &str) -> Value {
    Value::Rich(RichText {
        format: RichFormat::CommonMark,
        text: body.to_owned(),
    })
}

fn stamped(record: &Record, max: Option<usize>, cut: bool) -> Result<String, String> {
    let kind = FieldKind::Rich {
        format: RichFormat::CommonMark,
        max,
    };
    match turn(
        &rule(Turn::Stamped(stamp()), cut),
        record,
        &kind,
        on_right(None, &Taken::default()),
    ) {
        Ok(turned) => match turned.value {
            Value::Rich(rich) => Ok(rich.text),
            other => Ok(say(&other)),
        },
        Err(misfit) => Err(misfit.to_string()),
    }
}

#[test]
fn a_stamp_says_who_wrote_what_and_when() {
    let at: Timestamp = "2021-07-29T15:29:34.330Z".parse().unwrap();
    let users = Value::List(vec![reference("user", "u1")]);
    let date = Value::Instant(at);
    for (fields, line) in [
        (
            vec![("type", text("note")), ("users", users), ("date", date.clone())],
            "*Planhat note · name of u1 · 2021-07-29 15:29 UTC*",
        ),
        (vec![("date", date)], "*Planhat · 2021-07-29 15:29 UTC*"),
        (vec![("type", text("a *b*\n\nc"))], "*Planhat a \\*b\\* c ·*"),
        (vec![], "*Planhat ·*"),
    ] {
        let fields: Vec<(&str, Value)> = fields.into_iter().chain([("a", body("Hello"))]).collect();
        assert_eq!(
            stamped(&record(&fields), None, false),
            Ok(format!("{line}\n\nHello"))
        );
    }
}

#[test]
fn a_stamped_text_fits_its_field() {
    let record = record(&[("a", body("Hello **dear** world"))]);
    assert_eq!(stamped(&record, Some(33), false).unwrap().chars().count(), 33);
    let misfit = "20 characters, and the field takes 19";
    assert_eq!(stamped(&record, Some(32), false), Err(misfit.to_owned()));
    assert_eq!(
        stamped(&record, Some(26), true).unwrap(),
        "*Planhat ·*\n\nHello **de…**"
    );
    assert!(stamped(&record, Some(5), true).is_err());
}

#[test]
fn a_rich_text_is_cut_as_a_text() {
    let kind = FieldKind::Rich {
        format: RichFormat::CommonMark,
        max: Some(12),
    };
    let record = record(&[("a", body("Hello *dear* world"))]);
    check_rule(&rule(Turn::Same, true), &record, kind.clone(), "\"Hello *dea…*\"");
    check_rule(
        &rule(Turn::Same, false),
        &record,
        kind,
        "!18 characters, and the field takes 12",
    );
}

#[test]
fn only_a_stamp_is_taken_off() {
    for (from, to) in [
        ("*Planhat note · Ann · today*\n\nHi", "Hi"),
        ("*Planhat ·*\r\n\r\nHi", "Hi"),
        ("_Planhat note · Ann_\n\n*Planhat ·*", "*Planhat ·*"),
        ("*Planhat note · Ann*", ""),
        ("*Planhat is great*\n\nHi", "*Planhat is great*\n\nHi"),
        ("*Planhattan · x*\n\nHi", "*Planhattan · x*\n\nHi"),
        ("Planhat · x\n\nHi", "Planhat · x\n\nHi"),
        ("Hi", "Hi"),
        ("", ""),
    ] {
        assert_eq!(unstamp(&stamp(), from), to, "{from}");
    }
}

#[test]
fn the_first_case_that_holds_gives_the_word() {
    let case = |field: &str, is: &[&str], gives: &str| Case {
        field: field.into(),
        is: is.iter().map(|word| (*word).to_owned()).collect(),
        gives: gives.to_owned(),
    };
    let cases = vec![
        case("archived", &["true"], "archived"),
        case("done", &[], "resolved"),
    ];
    let rule = Rule {
        left: vec!["archived".into(), "done".into()],
        ..rule(Turn::Cases(cases), false)
    };
    let check = |fields: &[(&str, Value)], expected: &str| {
        check_rule(&rule, &record(fields), FieldKind::Text { max: None }, expected);
    };
    let yes = Value::Bool(true);
    let no = Value::Bool(false);
    check(&[("archived", yes.clone()), ("done", text("x"))], "\"archived\"");
    check(&[("archived", no.clone()), ("done", text("x"))], "\"resolved\"");
    check(&[("archived", no), ("done", text(""))], "null");
}

#[test]
fn fields_may_count_together() {
    let rule = Rule {
        left: vec!["a".into(), "b".into()],
        together: true,
        ..rule(Turn::Same, false)
    };
    let list = FieldKind::List(Box::new(FieldKind::Text { max: None }));
    let both = [("a", text("x")), ("b", Value::List(vec![text("y"), text("x")]))];
    check_rule(&rule, &record(&both), list.clone(), "[\"x\",\"y\"]");
    check_rule(&rule, &record(&[("b", text("y"))]), list.clone(), "[\"y\"]");
    check_rule(&rule, &record(&[]), list, "null");
}

proptest! {
    /// Whatever a text is, and whatever its author is called, the way back gives the same text.
    #[test]
    fn a_stamp_comes_off_as_it_went_on(
        said in "(\\*Planhat · x\\*\n\n|\n|\r|[*_`\\\\a-z ·]){0,8}[a-z]",
        what in "[*_`\\\\<&\n a-z·#1.\\]-]{0,9}",
        who in any::<String>(),
        second in proptest::option::of(-99_999_999_i64..9_999_999_999),
    ) {
        let person = Person { name: Some(who), email: None };
        let mut fields = vec![("a", body(&said)), ("type", text(&what)), ("users", Value::Person(person))];
        fields.extend(second.map(|second| ("date", Value::Instant(Timestamp::from_second(second).unwrap()))));
        let stamped = stamped(&record(&fields), None, false).unwrap();
        prop_assert!(stamped.starts_with("*Planhat"));
        prop_assert_eq!(unstamp(&stamp(), &stamped), said);
        let shown = rich::convert(&RichText { format: RichFormat::CommonMark, text: stamped }, RichFormat::Html).text;
        prop_assert!(shown.starts_with("<p><em>Planhat"), "{}", shown);
    }

    /// Whatever a value is, fitting it never panics, and what fits once fits again unchanged.
    #[test]
    fn fitting_twice_changes_nothing(words in prop::collection::vec("[ -~åäö]{0,12}", 0..4), at in 0_usize..6) {
        let kinds = [
            FieldKind::Text { max: None },
            FieldKind::Number,
            FieldKind::Date,
            FieldKind::List(Box::new(FieldKind::Text { max: None })),
            FieldKind::Bool,
            FieldKind::Instant,
        ];
        let value = Value::List(words.into_iter().map(Value::Text).collect());
        let rule = rule(Turn::Same, false);
        if let Ok(once) = turn(&rule, &record(&[("a", value)]), &kinds[at], on_right(None, &Taken::default())) {
            let twice = turn(&rule, &record(&[("a", once.value.clone())]), &kinds[at], on_right(None, &Taken::default())).unwrap();
            prop_assert_eq!(once, twice);
        }
    }
}
