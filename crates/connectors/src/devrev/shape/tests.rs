#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use super::*;
use crate::devrev::object;

fn shaped(object: &str, json: &str, kinds: &Kinds) -> Result<Record, Fault> {
    let object = object::by_name(&ObjectName::new(object)).unwrap();
    shape(&object, &Raw::new(RecordId::new("x1"), json.to_owned()), kinds)
}

/// The field as JSON of ours, or `-` if the record does not have it.
fn check(object: &str, json: &str, field: &str, expected: &str) {
    let record = shaped(object, json, &Kinds::new()).unwrap();
    let got = record
        .fields
        .get(field)
        .map_or("-".to_owned(), |value| serde_json::to_string(value).unwrap());
    assert_eq!(got, expected, "{object} {json}");
}

// tidy: long because it is one table.
#[test]
fn stock_fields_become_our_values() {
    let owner = r#"{"ref":{"object":"dev_user","id":"d1","label":"Ann"}}"#;
    for (object, json, field, expected) in [
        (
            "account",
            r#"{"display_name":"Acme"}"#,
            "display_name",
            r#"{"t":"Acme"}"#,
        ),
        ("account", r#"{"display_name":""}"#, "display_name", r#""none""#),
        ("account", "{}", "domains", r#""none""#),
        (
            "account",
            r#"{"domains":["a.b","c.d"]}"#,
            "domains",
            r#"{"list":[{"t":"a.b"},{"t":"c.d"}]}"#,
        ),
        (
            "account",
            r#"{"tags":[{"tag":{"id":"t1","name":"vip"},"value":"x"}]}"#,
            "tags",
            r#"{"list":[{"t":"vip"}]}"#,
        ),
        (
            "ticket",
            r#"{"body":"*hi*"}"#,
            "body",
            r#"{"rich":{"format":"common_mark","text":"*hi*"}}"#,
        ),
        (
            "ticket",
            r#"{"stage":{"name":"queued","state":{"id":"s"}}}"#,
            "stage",
            r#"{"t":"queued"}"#,
        ),
        ("ticket", r#"{"severity":"dire"}"#, "severity", r#"{"t":"dire"}"#),
        (
            "ticket",
            r#"{"target_close_date":"2026-01-02T03:04:05.6Z"}"#,
            "target_close_date",
            r#"{"at":"2026-01-02T03:04:05.6Z"}"#,
        ),
        (
            "ticket",
            r#"{"applies_to_part":{"type":"product","id":"p1","name":"App"}}"#,
            "applies_to_part",
            r#"{"ref":{"object":"part","id":"p1","label":"App"}}"#,
        ),
        (
            "ticket",
            r#"{"owned_by":[{"type":"dev_user","id":"d1","display_name":"Ann"}]}"#,
            "owned_by",
            &format!(r#"{{"list":[{owner}]}}"#),
        ),
        (
            "conversation",
            r#"{"members":[{"type":"rev_user","id":"r1"},{"id":"don:identity:dvrv-us-1:devo/0:devu/3"}]}"#,
            "members",
            r#"{"list":[{"ref":{"object":"contact","id":"r1"}},{"ref":{"object":"dev_user","id":"don:identity:dvrv-us-1:devo/0:devu/3"}}]}"#,
        ),
        (
            "contact",
            r#"{"rev_org":{"type":"account","id":"a1","display_name":"Acme"}}"#,
            "account",
            r#"{"ref":{"object":"account","id":"a1","label":"Acme"}}"#,
        ),
        (
            "contact",
            r#"{"rev_org":{"type":"rev_org","id":"o1"}}"#,
            "account",
            "-",
        ),
        (
            "contact",
            r#"{"account":{"id":"a1"}}"#,
            "account",
            r#"{"ref":{"object":"account","id":"a1"}}"#,
        ),
    ] {
        check(object, json, field, expected);
    }
}

#[test]
fn custom_fields_without_a_schema_stay_what_json_says() {
    for (json, expected) in [
        (
            r#"{"custom_fields":{"tnt__x":"2026-01-01T00:00:00Z"}}"#,
            r#"{"t":"2026-01-01T00:00:00Z"}"#,
        ),
        (r#"{"custom_fields":{"tnt__x":1.50}}"#, r#"{"n":"1.50"}"#),
        (r#"{"custom_fields":{"tnt__x":true}}"#, r#"{"b":true}"#),
        (r#"{"custom_fields":{"tnt__x":null}}"#, r#""none""#),
        (r#"{"custom_fields":{"tnt__x":[]}}"#, r#""none""#),
        (
            r#"{"custom_fields":{"tnt__x":"don:identity:dvrv-us-1:devo/0:revu/7"}}"#,
            r#"{"ref":{"object":"contact","id":"don:identity:dvrv-us-1:devo/0:revu/7"}}"#,
        ),
        (
            r#"{"custom_fields":{"tnt__x":{"a":1}}}"#,
            r#"{"map":{"a":{"n":"1"}}}"#,
        ),
        ("{}", "-"),
    ] {
        check("account", json, "tnt__x", expected);
    }
}

#[test]
fn a_known_schema_decides_what_a_custom_field_holds() {
    let reference = FieldKind::Ref {
        object: ObjectName::new("account"),
    };
    let rich = FieldKind::Rich {
        format: RichFormat::CommonMark,
        max: None,
    };
    let listed = FieldKind::List(Box::new(FieldKind::Date));
    for (kind, json, expected) in [
        (
            FieldKind::Instant,
            r#""2026-01-01T00:00:00Z""#,
            r#"{"at":"2026-01-01T00:00:00Z"}"#,
        ),
        (FieldKind::Instant, r#""soon""#, r#"{"t":"soon"}"#),
        (FieldKind::Date, r#""2026-01-01""#, r#"{"on":"2026-01-01"}"#),
        (FieldKind::Integer, r#"{"id":3,"ordinal":1}"#, r#"{"n":"3"}"#),
        (FieldKind::Text { max: None }, r#""don:x""#, r#"{"t":"don:x"}"#),
        (
            rich,
            r#""*x*""#,
            r#"{"rich":{"format":"common_mark","text":"*x*"}}"#,
        ),
        (reference, r#""a1""#, r#"{"ref":{"object":"account","id":"a1"}}"#),
        (listed, r#"["2026-01-01"]"#, r#"{"list":[{"on":"2026-01-01"}]}"#),
    ] {
        let kinds = Kinds::from([(FieldName::new("tnt__x"), kind)]);
        let json = format!(r#"{{"custom_fields":{{"tnt__x":{json}}}}}"#);
        let record = shaped("account", &json, &kinds).unwrap();
        assert_eq!(serde_json::to_string(&record.fields["tnt__x"]).unwrap(), expected);
    }
    let kinds = Kinds::from([(FieldName::new("tnt__x"), FieldKind::Bool)]);
    let record = shaped("account", "{}", &kinds).unwrap();
    assert_eq!(record.fields["tnt__x"], Value::Nothing, "known to be empty");
}

#[test]
fn keys_come_from_wherever_one_is_stored() {
    for (object, json, expected) in [
        ("account", r#"{"external_refs":["k1","x1","k1"]}"#, vec!["k1"]),
        (
            "contact",
            r#"{"external_ref":"k1","external_refs":["k1","k2"]}"#,
            vec!["k1", "k2"],
        ),
        (
            "conversation",
            r#"{"custom_fields":{"tnt__interline_key":"k1"}}"#,
            vec!["k1"],
        ),
        (
            "ticket",
            r#"{"external_ref":"k1","custom_fields":{"tnt__interline_key":"k1"}}"#,
            vec!["k1"],
        ),
        ("dev_user", "{}", vec![]),
    ] {
        let record = shaped(object, json, &Kinds::new()).unwrap();
        assert_eq!(record.keys, expected, "{object} {json}");
        assert!(!record.fields.contains_key(KEY_FIELD));
    }
}

#[test]
fn what_is_not_as_documented_names_the_record_and_the_field() {
    for (object, json, words) in [
        ("account", r#"{"display_name":7}"#, "`display_name` is not text"),
        ("account", r#"{"domains":"a.b"}"#, "`domains` is not a list"),
        ("ticket", r#"{"stage":7}"#, "`stage` is not something with a name"),
        (
            "ticket",
            r#"{"target_close_date":"soon"}"#,
            "`target_close_date` is not a time",
        ),
        (
            "ticket",
            r#"{"owned_by":[{}]}"#,
            "`owned_by` is not a record's summary",
        ),
    ] {
        let fault = shaped(object, json, &Kinds::new()).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Unexpected);
        assert_eq!(fault.words(), Some(words));
        assert!(fault.doing().ends_with("`x1`"), "{}", fault.doing());
    }
}
