#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use super::*;

fn field(name: &str, kind: FieldKind) -> Field {
    Field {
        name: FieldName::new(name),
        title: "A title".to_owned(),
        kind,
        writable: true,
        required: false,
        custom: true,
        id: None,
    }
}

fn fields(json: &str) -> Vec<Descriptor> {
    serde_json::from_str(json).unwrap()
}

// tidy: long because it is one table.
#[test]
fn each_kind_has_a_type_there_and_comes_back_as_itself() {
    let text = || FieldKind::Text { max: None };
    let reference = |object: &str| FieldKind::Ref {
        object: ObjectName::new(object),
    };
    let choice = || FieldKind::Choice {
        values: vec!["a".to_owned()],
    };
    let rich = FieldKind::Rich {
        format: RichFormat::CommonMark,
        max: None,
    };
    for (name, kind, expected, back) in [
        ("x", FieldKind::Bool, r#""field_type":"bool""#, FieldKind::Bool),
        (
            "x",
            FieldKind::Integer,
            r#""field_type":"int""#,
            FieldKind::Integer,
        ),
        (
            "x",
            FieldKind::Number,
            r#""field_type":"double""#,
            FieldKind::Number,
        ),
        ("x", text(), r#""field_type":"text""#, text()),
        (
            "x_id",
            text(),
            r#""field_type":"tokens","is_filterable":true"#,
            text(),
        ),
        ("x", rich.clone(), r#""field_type":"rich_text""#, rich),
        (
            "x",
            FieldKind::Instant,
            r#""field_type":"timestamp""#,
            FieldKind::Instant,
        ),
        ("x", FieldKind::Date, r#""field_type":"date""#, FieldKind::Date),
        (
            "x",
            choice(),
            r#""allowed_values":["a"],"field_type":"enum""#,
            choice(),
        ),
        (
            "x",
            FieldKind::Choice { values: vec![] },
            r#""field_type":"text""#,
            text(),
        ),
        (
            "x",
            reference("contact"),
            r#""field_type":"id","id_type":["revu"]"#,
            reference("contact"),
        ),
        (
            "x",
            reference("dev_user"),
            r#""field_type":"id","id_type":["devu"]"#,
            reference("dev_user"),
        ),
        (
            "x",
            FieldKind::List(Box::new(choice())),
            r#""allowed_values":["a"],"base_type":"enum","field_type":"array""#,
            FieldKind::List(Box::new(choice())),
        ),
        ("x", FieldKind::Json, r#""field_type":"text""#, text()),
        ("x", FieldKind::Person, r#""field_type":"text""#, text()),
    ] {
        let made = descriptor(name, &field(&format!("tnt__{name}"), kind.clone()));
        let json = Json::Object(made.clone()).to_string();
        assert!(json.contains(expected), "{kind:?}: {json}");
        assert_eq!(custom_field(&made).unwrap().kind, back);
    }
}

#[test]
fn only_what_is_missing_is_added() {
    let choice = |word: &str| FieldKind::Choice {
        values: vec![word.to_owned()],
    };
    for (known, name, kind, grew) in [
        ("[]", "tnt__x", FieldKind::Bool, true),
        (
            r#"[{"name":"x","field_type":"bool"}]"#,
            "tnt__x",
            FieldKind::Bool,
            false,
        ),
        (
            r#"[{"name":"tnt__x","field_type":"bool"}]"#,
            "tnt__x",
            FieldKind::Bool,
            false,
        ),
        (
            r#"[{"name":"x","field_type":"text"}]"#,
            "tnt__x",
            FieldKind::Number,
            false,
        ),
        (
            r#"[{"name":"x","field_type":"enum","allowed_values":["a"]}]"#,
            "tnt__x",
            choice("a"),
            false,
        ),
        (
            r#"[{"name":"x","field_type":"enum","allowed_values":["a"]}]"#,
            "tnt__x",
            choice("b"),
            true,
        ),
        (
            r#"[{"name":"x","field_type":"uenum","allowed_values":[{"id":1}]}]"#,
            "tnt__x",
            choice("b"),
            false,
        ),
    ] {
        let mut fields = fields(known);
        assert_eq!(merge(&mut fields, &[field(name, kind.clone())]), grew, "{known}");
        assert!(
            !merge(&mut fields, &[field(name, kind)]),
            "a second time: {known}"
        );
        assert_eq!(fields.len(), 1);
    }
}

#[test]
fn a_field_is_written_back_without_what_the_server_added() {
    let known = fields(
        r#"[{"name":"tnt__x","field_type":"bool","db_name":"d","ui":{"order":1},"is_required":true}]"#,
    );
    assert_eq!(
        writable(&known[0]).to_string(),
        r#"{"field_type":"bool","is_required":true,"name":"x","ui":{"order":1}}"#
    );
}

#[test]
fn our_key_field_is_nobodys_custom_field() {
    let known = fields(r#"[{"name":"interline_key","field_type":"tokens"}]"#);
    let field = custom_field(&known[0]).unwrap();
    assert!(!field.custom && !field.writable);
    assert_eq!(field.name.as_str(), KEY_FIELD);
}
