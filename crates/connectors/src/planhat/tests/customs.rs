//! Custom fields and options, in the twin.

use model::{Change, Destination, FaultKind, FieldName, NewObject, ObjectName, SchemaChange, Source, Value};
use serde_json::{Value as Json, json};

use super::{
    writing::{changed, text},
    written::desk,
};

#[tokio::test]
async fn custom_fields_that_are_not_named_stay_whatever_an_update_replaces() {
    for switches in [
        &[][..],
        &[("custom_merge", "replace")],
        &[("custom_null", "keep")],
    ] {
        let desk = desk(switches);
        let change = SchemaChange {
            object: ObjectName::new("company"),
            add: ["One", "Two"]
                .map(|name| field(name, model::FieldKind::Text { max: None }))
                .into(),
            make: None,
        };
        desk.writer.extend(&change).await.unwrap();
        let ids: Vec<String> = desk.ids("company").into_iter().take(5).collect();
        let before: Vec<Json> = ids
            .iter()
            .map(|id| desk.of("company", id)["custom"].clone())
            .collect();
        for (name, value) in [("custom.One", "a"), ("custom.Two", "b"), ("custom.One", "c")] {
            let changes: Vec<Change> = ids
                .iter()
                .map(|id| changed("company", id, &[(name, text(value))]))
                .collect();
            for result in desk.write(&changes).await {
                result.unwrap();
            }
        }
        for (id, before) in ids.iter().zip(before) {
            let held = desk.of("company", id)["custom"].clone();
            assert_eq!(
                (&held["One"], &held["Two"]),
                (&json!("c"), &json!("b")),
                "{switches:?}"
            );
            for (name, json) in before.as_object().into_iter().flatten() {
                let custom = desk.writer.source.custom();
                if custom
                    .of("company")
                    .get(name)
                    .is_none_or(|field| !field.is_formula())
                {
                    assert_eq!(held.get(name), Some(json), "{switches:?} {name}");
                }
            }
        }
    }
}

fn field(name: &str, kind: model::FieldKind) -> model::Field {
    model::Field {
        name: FieldName::from(format!("custom.{name}")),
        title: name.to_owned(),
        kind,
        writable: true,
        required: false,
        custom: true,
        id: None,
    }
}

#[tokio::test]
async fn a_field_is_made_once_and_can_be_written_then() {
    let desk = desk(&[]);
    let before = desk.dump("customfield").len();
    let change = SchemaChange {
        object: ObjectName::new("license"),
        add: vec![
            field("Seats ©", model::FieldKind::Number),
            field(
                "Level ©",
                model::FieldKind::Choice {
                    values: vec!["A".to_owned(), "B".to_owned()],
                },
            ),
        ],
        make: None,
    };
    for _ in 0..2 {
        desk.writer.extend(&change).await.unwrap();
        assert_eq!(desk.dump("customfield").len(), before + 2);
    }
    let id = desk.ids("license")[0].clone();
    let seats = ("custom.Seats ©", Value::Number(7.into()));
    let raw = desk
        .one(changed(
            "license",
            &id,
            &[seats.clone(), ("custom.Level ©", text("B"))],
        ))
        .await
        .unwrap()
        .raw
        .unwrap();
    let record = desk.writer.source.shape(&change.object, &raw).unwrap();
    assert_eq!(record.fields[&FieldName::new(seats.0)], seats.1);
    for (name, words) in [
        ("custom.Level ©", "does not have that word"),
        ("custom.None", "no custom field"),
    ] {
        let fault = desk
            .one(changed("license", &id, &[(name, text("C"))]))
            .await
            .unwrap_err();
        assert!(fault.words().unwrap().contains(words), "{fault:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_and_described_as_such() {
    let desk = desk(&[]);
    let make = Some(NewObject {
        title: "X".to_owned(),
        key_prefix: "X".to_owned(),
    });
    let fault = desk
        .writer
        .extend(&SchemaChange {
            make,
            object: ObjectName::new("license"),
            add: vec![],
        })
        .await
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Settings);
    let described = desk.writer.source.describe().await.unwrap();
    let extensible = described
        .iter()
        .filter(|object| object.extensible)
        .map(|object| object.name.as_str());
    assert_eq!(
        extensible.collect::<Vec<_>>(),
        ["company", "enduser", "license", "conversation", "task"]
    );
}

#[tokio::test]
async fn options_are_people_and_companies() {
    let desk = desk(&[]);
    let user = &desk.dump("user")[0];
    let company = desk
        .dump("company")
        .into_iter()
        .find(|json| json["externalId"].is_string())
        .unwrap();
    let extid = format!("extid-{}", company["externalId"].as_str().unwrap());
    for (name, written, id) in [
        ("user", user["email"].as_str().unwrap(), &user["_id"]),
        ("fallback_person", user["_id"].as_str().unwrap(), &user["_id"]),
        ("company", company["_id"].as_str().unwrap(), &company["_id"]),
        ("company", &extid, &company["_id"]),
    ] {
        let value = desk.writer.option(name, written).await.unwrap();
        assert_eq!(value.references()[0].id.as_str(), id, "{name} {written}");
    }
    for (name, written) in [
        ("user", "nobody"),
        ("company", "extid-x"),
        ("company", ""),
        ("part", "PROD-1"),
    ] {
        let fault = desk.writer.option(name, written).await.unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Settings, "{name} {written}");
    }
}
