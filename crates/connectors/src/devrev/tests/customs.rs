#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::{NewObject, SchemaChange};

use super::*;

const NONE: (&str, u16, &str) = ("/schemas.custom.list", 200, r#"{"result":[]}"#);
const LICENSE: (&str, u16, &str) = (
    "/schemas.custom.list",
    200,
    r#"{"result":[{"id":"f/1","leaf_type":"license","is_custom_leaf_type":true,"id_prefix":"LIC",
        "leaf_type_display_name":"License","description":"Ours",
        "fields":[{"name":"interline_key","field_type":"tokens"},{"name":"mrr","field_type":"double"}]}]}"#,
);
const FORBIDDEN: &str = r#"{"message":"Forbidden","type":"forbidden"}"#;
const MADE: &str =
    r#"{"custom_object":{"id":"don:core:dvrv-us-1:devo/0:custom_object/license/1","unique_key":"k:1"}}"#;
const ID: &str = "don:core:dvrv-us-1:devo/0:custom_object/license/1";

fn making(object: &str, prefix: &str) -> SchemaChange {
    SchemaChange {
        object: ObjectName::new(object),
        add: Vec::new(),
        make: Some(NewObject {
            title: "License".to_owned(),
            key_prefix: prefix.to_owned(),
        }),
    }
}

/// Extends a schema against a script: what was asked last, or the fault's words.
async fn extended(change: SchemaChange, script: &[(&str, u16, &str)]) -> Result<String, String> {
    let (session, wire) = session(script);
    let done = session.extend(&change).await;
    done.map_err(|fault| fault.words().unwrap_or_default().to_owned())?;
    let asked = wire.asked.lock().unwrap();
    Ok(asked.last().cloned().unwrap())
}

#[tokio::test]
async fn a_kind_of_ours_is_made_with_our_key_once() {
    let key = r#"{"field_type":"tokens","is_filterable":true,"name":"interline_key","ui":{"display_name":"Interline key"}}"#;
    let head = format!(
        r#"/schemas.custom.set {{"description":"Custom fields of license","fields":[{key}],"id_prefix":"LIC","is_custom_leaf_type":true,"#
    );
    let named = format!(
        r#"{head}"leaf_type":"license","leaf_type_display_name":"License","type":"tenant_fragment"}}"#
    );
    let plain = format!(r#"{head}"leaf_type":"license","type":"tenant_fragment"}}"#);
    let set = ("/schemas.custom.set", 201, r#"{"id":"f/1"}"#);
    let unknown = r#"{"message":"Bad Request","type":"invalid_field","field_name":"leaf_type_display_name"}"#;
    let made = extended(making("custom:license", "LIC"), &[NONE, set]).await;
    assert_eq!(made, Ok(named));
    let made = extended(
        making("custom:license", "LIC"),
        &[NONE, ("/schemas.custom.set", 400, unknown), set],
    )
    .await;
    assert_eq!(made, Ok(plain));
    let again = extended(making("custom:license", "LIC"), &[LICENSE])
        .await
        .unwrap();
    assert!(again.starts_with("/schemas.custom.list"), "{again}");
}

#[tokio::test]
async fn a_kind_that_cannot_be_made_is_said_so() {
    let unmade = SchemaChange {
        make: None,
        ..making("custom:license", "LIC")
    };
    for (change, script, expected) in [
        (
            making("custom:licence2", "LIC"),
            &[NONE][..],
            "its name may have small letters and underscores only",
        ),
        (
            making("custom:license", "L1"),
            &[NONE],
            "its prefix must have 2 to 10 capital letters",
        ),
        (unmade, &[NONE], "there is none"),
    ] {
        assert_eq!(extended(change, script).await, Err(expected.to_owned()));
    }
}

#[tokio::test]
async fn every_version_declares_the_kind_again() {
    let change = SchemaChange {
        add: vec![model::Field {
            name: FieldName::new("tnt__auto"),
            title: "Auto".to_owned(),
            kind: model::FieldKind::Bool,
            writable: true,
            required: false,
            custom: true,
            id: None,
        }],
        ..making("custom:license", "NEW")
    };
    let set = ("/schemas.custom.set", 201, r#"{"id":"f/2"}"#);
    let asked = extended(change, &[LICENSE, set]).await.unwrap();
    for part in [
        r#""id_prefix":"LIC""#,
        r#""leaf_type_display_name":"License""#,
        r#""is_custom_leaf_type":true"#,
        r#"{"field_type":"double","name":"mrr"}"#,
        r#""name":"auto""#,
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
}

#[tokio::test]
async fn a_custom_object_is_created_found_and_updated_by_its_leaf_type() {
    let fields = [
        ("title", text("Gold")),
        ("tnt__mrr", Value::Number(model::Number::parse("10.5").unwrap())),
    ];
    let script = [LICENSE, ("/custom-objects.create", 201, MADE)];
    let asked = check("custom:license", create(), &fields, &script, Ok(ID)).await;
    assert_eq!(
        asked[1],
        r#"/custom-objects.create {"custom_fields":{"tnt__interline_key":"k:1","tnt__mrr":10.5},"custom_schema_spec":{"tenant_fragment":true},"leaf_type":"license","title":"Gold","unique_key":"k:1"}"#
    );
    let found = MADE
        .replace(r#"{"custom_object":"#, r#"{"result":["#)
        .replace("}}", "}]}");
    for (first, status) in [
        (found.as_str(), 200),
        (CONFLICT, 400),
        (r#"{"result":[{"id":"x"}]}"#, 200),
    ] {
        let mut script = vec![
            LICENSE,
            ("/custom-objects.create", 409, CONFLICT),
            ("/custom-objects.list", status, first),
        ];
        if first != found {
            script.push(("/custom-objects.list", 200, &found));
        }
        let asked = check("custom:license", create(), &fields[..1], &script, Ok(ID)).await;
        assert!(
            asked[2].ends_with(r#"{"filter":["eq","$unique_key","k:1"],"leaf_type":"license"}"#),
            "{}",
            asked[2]
        );
        if first != found {
            assert!(
                asked[3].contains(r#"["eq","$custom_fields.tnt__interline_key","k:1"]"#),
                "{}",
                asked[3]
            );
        }
    }
    let update = Action::Update(RecordId::new(ID));
    let asked = check(
        "custom:license",
        update,
        &fields[..1],
        &[("/custom-objects.update", 200, MADE)],
        Ok(ID),
    )
    .await;
    assert_eq!(
        asked,
        [format!(
            r#"/custom-objects.update {{"id":"{ID}","title":"Gold"}}"#
        )]
    );
}

#[tokio::test]
async fn access_to_a_new_kind_is_waited_for_and_then_it_is_one_records_problem() {
    let denied = ("/custom-objects.create", 403, FORBIDDEN);
    let made = ("/custom-objects.create", 201, MADE);
    check(
        "custom:license",
        create(),
        &[],
        &[LICENSE, denied, denied, made],
        Ok(ID),
    )
    .await;
    let (session, wire) = session(&[&[LICENSE][..], &[denied; 7]].concat());
    let object = ObjectName::new("custom:license");
    for _ in 0..2 {
        let outcome = session
            .write(&object, &[change("custom:license", create(), &[])])
            .await
            .remove(0);
        let fault = outcome.result.unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Rejected);
        assert!(fault.advice().unwrap().contains("grant"), "{fault}");
    }
    assert!(wire.answers.lock().unwrap().is_empty());
}

#[tokio::test]
async fn describing_shows_the_kinds_that_are_there() {
    let (session, wire) = session(&[NONE, LICENSE]);
    let described = session.describe().await.unwrap();
    let license = described
        .iter()
        .find(|object| object.name.as_str() == "custom:license")
        .unwrap();
    assert_eq!(license.title, "License");
    assert!(license.extensible);
    let names: Vec<&str> = license.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "title",
            "stage",
            "display_id",
            "created_date",
            "tnt__interline_key",
            "tnt__mrr"
        ]
    );
    assert!(wire.asked.lock().unwrap()[1].contains(r#""is_custom_leaf_type":true"#));
}

#[tokio::test]
async fn a_list_that_nobody_may_see_is_a_gap() {
    let denied = ("/custom-objects.list", 403, FORBIDDEN);
    let (session, _) = session(&[denied; 7]);
    let ask = Ask {
        object: ObjectName::new("custom:license"),
        mode: Mode::Everything,
        cursor: None,
    };
    assert_eq!(
        session.read(&ask).await.unwrap_err().kind(),
        FaultKind::Unavailable
    );
    assert_eq!(
        session.read(&ask).await.unwrap_err().kind(),
        FaultKind::Unavailable
    );
}
