#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::FieldName;

use super::*;
use crate::devrev::object;

/// `name=value` with a value in our JSON; an update if it says so.
fn encoded(object: &str, update: bool, field: &str, kind: Option<FieldKind>) -> Result<String, Fault> {
    let (name, value) = field.split_once('=').unwrap();
    let change = FieldChange {
        name: FieldName::new(name),
        before: None,
        after: serde_json::from_str(value).unwrap(),
    };
    let words = Words {
        object: &object::by_name(&model::ObjectName::new(object)).unwrap(),
        kinds: &kind
            .map(|kind| (FieldName::new(name), kind))
            .into_iter()
            .collect(),
        tag_ids: &["t1".to_owned()],
        doing: "writing",
    };
    let body = match update {
        true => words.update(&[change])?,
        false => words.create(&[change])?,
    };
    Ok(Json::Object(body).to_string())
}

fn check(object: &str, update: bool, field: &str, expected: &str) {
    let got = encoded(object, update, field, None).unwrap_or_else(|fault| fault.words().unwrap().to_owned());
    assert_eq!(got, expected, "{object} {field}");
}

#[test]
fn creations_are_plain_and_leave_out_what_is_empty() {
    for (object, field, expected) in [
        (
            "account",
            r#"display_name={"t":"Acme"}"#,
            r#"{"display_name":"Acme"}"#,
        ),
        ("account", r#"tier="none""#, "{}"),
        (
            "account",
            r#"websites={"list":[{"t":"a"},{"t":"a"}]}"#,
            r#"{"websites":["a"]}"#,
        ),
        (
            "ticket",
            r#"tags={"list":[{"t":"vip"}]}"#,
            r#"{"tags":[{"id":"t1"}]}"#,
        ),
        (
            "ticket",
            r#"account={"ref":{"object":"account","id":"a1"}}"#,
            r#"{"account":"a1"}"#,
        ),
        (
            "ticket",
            r#"stage={"t":"resolved"}"#,
            r#"{"stage":{"name":"resolved"},"stage_validation_options":["allow_non_start"]}"#,
        ),
        (
            "conversation",
            r#"stage={"t":"resolved"}"#,
            r#"{"stage":{"name":"resolved"}}"#,
        ),
        (
            "contact",
            r#"account={"ref":{"object":"account","id":"a1"}}"#,
            r#"{"account":"a1"}"#,
        ),
        (
            "conversation",
            r#"tnt__x={"at":"2026-01-01T00:00:00Z"}"#,
            r#"{"custom_fields":{"tnt__x":"2026-01-01T00:00:00Z"},"custom_schema_spec":{"tenant_fragment":true}}"#,
        ),
    ] {
        check(object, false, field, expected);
    }
}

#[test]
fn updates_wrap_what_devrev_wraps_and_clear_what_is_empty() {
    for (object, field, expected) in [
        (
            "account",
            r#"domains={"list":[{"t":"a"}]}"#,
            r#"{"domains":["a"]}"#,
        ),
        (
            "account",
            r#"websites={"list":[{"t":"a"}]}"#,
            r#"{"websites":{"set":["a"]}}"#,
        ),
        ("account", r#"websites="none""#, r#"{"websites":{"set":[]}}"#),
        ("account", r#"tier="none""#, r#"{"tier":null}"#),
        ("account", r#"description="none""#, r#"{"description":""}"#),
        (
            "ticket",
            r#"owned_by={"list":[{"ref":{"object":"dev_user","id":"d1"}}]}"#,
            r#"{"owned_by":{"set":["d1"]}}"#,
        ),
        ("ticket", r#"account="none""#, r#"{"account":null}"#),
        (
            "ticket",
            r#"stage={"t":"resolved"}"#,
            r#"{"stage":{"name":"resolved"},"stage_validation_options":["allow_invalid_transition"]}"#,
        ),
        (
            "account",
            r#"tnt__x="none""#,
            r#"{"custom_fields":{"tnt__x":null},"custom_schema_spec":{"tenant_fragment":true}}"#,
        ),
    ] {
        check(object, true, field, expected);
    }
}

#[test]
fn what_cannot_be_written_is_refused_by_name() {
    for (object, update, field, expected) in [
        (
            "account",
            false,
            r#"shoe_size={"n":"7"}"#,
            "`shoe_size` is not a field of it",
        ),
        (
            "account",
            true,
            r#"display_id={"t":"x"}"#,
            "`display_id` cannot be written",
        ),
        (
            "ticket",
            true,
            r#"source_channel={"t":"x"}"#,
            "`source_channel` can be given at creation only",
        ),
        (
            "ticket",
            false,
            r#"account={"t":"Acme"}"#,
            "`account` takes a record",
        ),
        (
            "ticket",
            false,
            r#"body={"rich":{"format":"html","text":"<b>"}}"#,
            "`body` takes CommonMark",
        ),
        (
            "part",
            false,
            r#"tnt__x={"t":"x"}"#,
            "`tnt__x` is not a field of it",
        ),
    ] {
        check(object, update, field, expected);
    }
}

#[test]
fn a_custom_field_is_written_as_its_schema_wants_it() {
    let text = || FieldKind::Text { max: None };
    for (kind, value, expected) in [
        (FieldKind::Number, r#"{"t":"1.50"}"#, "1.50"),
        (FieldKind::Number, r#"{"n":"1e-7"}"#, "1e-7"),
        (FieldKind::Integer, r#"{"n":"1.5e3"}"#, "1500"),
        (FieldKind::Bool, r#"{"t":"true"}"#, "true"),
        (text(), r#"{"n":"1.50"}"#, r#""1.50""#),
        (text(), r#"{"list":[{"n":"1"},{"t":"a"}]}"#, r#""[1,\"a\"]""#),
        (text(), r#"{"map":{"a":{"b":true}}}"#, r#""{\"a\":true}""#),
        (
            text(),
            r#"{"ref":{"object":"account","id":"a1","label":"Acme"}}"#,
            r#""Acme""#,
        ),
        (
            FieldKind::Date,
            r#"{"at":"2026-01-02T03:04:05Z"}"#,
            r#""2026-01-02""#,
        ),
        (
            FieldKind::Instant,
            r#"{"on":"2026-01-02"}"#,
            r#""2026-01-02T00:00:00Z""#,
        ),
        (FieldKind::List(Box::new(text())), r#"{"t":"a"}"#, r#"["a"]"#),
        (
            FieldKind::List(Box::new(text())),
            r#"{"list":[{"n":"1"}]}"#,
            r#"["1"]"#,
        ),
    ] {
        let got = encoded("account", true, &format!("tnt__x={value}"), Some(kind)).unwrap();
        let expected = format!(r#"{{"custom_fields":{{"tnt__x":{expected}}},"#);
        assert!(got.starts_with(&expected), "{value}: {got}");
    }
}

#[test]
fn what_would_change_there_is_refused() {
    let keeps = "keeps 15 to 17 digits, and the number has more; a text field keeps them all";
    let word = FieldKind::Choice {
        values: vec!["a".to_owned()],
    };
    for (kind, value, expected) in [
        (FieldKind::Number, r#"{"n":"12345678901234567890.1"}"#, keeps),
        (FieldKind::Number, r#"{"n":"9007199254740993"}"#, keeps),
        (FieldKind::Number, r#"{"n":"1e400"}"#, keeps),
        (FieldKind::Number, r#"{"t":"many"}"#, "takes a number"),
        (
            FieldKind::Integer,
            r#"{"n":"1.5"}"#,
            "takes a whole number of 64 bits",
        ),
        (
            FieldKind::Integer,
            r#"{"n":"9223372036854775808"}"#,
            "takes a whole number of 64 bits",
        ),
        (FieldKind::Bool, r#"{"t":"perhaps"}"#, "takes true or false"),
        (
            FieldKind::Date,
            r#"{"on":"-000001-01-01"}"#,
            "takes years of four digits",
        ),
        (
            FieldKind::Instant,
            r#"{"at":"-000001-01-01T00:00:00Z"}"#,
            "takes years of four digits",
        ),
        (word, r#"{"t":"b"}"#, "does not take that word"),
        (
            FieldKind::List(Box::new(FieldKind::Bool)),
            r#"{"list":[{"b":true},"none"]}"#,
            "takes no empty element",
        ),
        (
            FieldKind::Json,
            r#"{"map":{"a":{"on":"2026-01-01"}}}"#,
            "takes only what JSON keeps as it is; a text field keeps it",
        ),
    ] {
        let refused = encoded("account", true, &format!("tnt__x={value}"), Some(kind)).unwrap_err();
        assert_eq!(
            refused.words(),
            Some(format!("`tnt__x` {expected}").as_str()),
            "{value}"
        );
    }
}
