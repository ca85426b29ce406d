//! Raw JSON on the left, fields on the right.

use model::{FaultKind, FieldKind, FieldName, ObjectName, Raw, Record, RecordId, RichFormat, Source, Value};
use serde_json::{Value as Json, json};

use super::*;

const CUSTOM: &str = r#"[
    {"_id":"f1","parent":"Company","name":"Days in Phase","type":"number","isFormula":true},
    {"_id":"f2","parent":"company","name":"v2.0 rollout","type":"checkbox"},
    {"_id":"f3","parent":"COMPANY","name":"Go-live","type":"day"},
    {"_id":"f4","parent":"Company","name":"Review","type":"date"},
    {"_id":"f5","parent":"Company","name":"Region","type":"list","listValues":["EMEA","APAC"]},
    {"_id":"f6","parent":"Company","name":"Add-ons","type":"multipicklist","listValues":["A","B"]},
    {"_id":"f7","parent":"Company","name":"TAM","type":"team member"},
    {"_id":"f8","parent":"Company","name":"Team","type":"team members"},
    {"_id":"f9","parent":"Company","name":"Memo","type":"rich text"},
    {"_id":"fa","parent":"Company","name":"Stars","type":"rating"},
    {"_id":"fb","parent":"Company","name":"Sponsor","type":"enduser"},
    {"_id":"fc","parent":"EndUser","name":"Region","type":"text"},
    {"_id":"fd","parent":"Asset","name":"Else","type":"text"},
    {"_id":"fe","parent":"Company","name":"New kind","type":"hologram"}
]"#;

pub(super) async fn described() -> PlanhatSource {
    let source = planhat(wire(|request| {
        Ok(match request.path.as_str() {
            "/customfields" => Response::json_text(200, CUSTOM.to_owned()),
            _ => Response::json_text(200, "[]".to_owned()),
        })
    }));
    source.describe().await.unwrap();
    source
}

pub(super) fn shape(source: &PlanhatSource, object: &str, json: &Json) -> Result<Record, Fault> {
    let raw = Raw::new(RecordId::new("r1"), json.to_string());
    source.shape(&ObjectName::new(object), &raw)
}

/// A value in short: what it is, and what it says.
pub(super) fn short(value: &Value) -> String {
    match value {
        Value::Nothing => "nothing".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => format!("number {number}"),
        Value::Text(text) => format!("text {text}"),
        Value::Rich(rich) => format!("{:?} {}", rich.format, rich.text),
        Value::Instant(at) => at.to_string(),
        Value::Date(date) => format!("day {date}"),
        Value::Ref(to) => format!("{} {} {}", to.object, to.id, to.label.as_deref().unwrap_or("-")),
        Value::Person(person) => format!("person {}", person.name.as_deref().unwrap_or("-")),
        Value::List(all) => format!("[{}]", all.iter().map(short).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let all: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("{name}: {}", short(value)))
                .collect();
            format!("{{{}}}", all.join(", "))
        }
        other => format!("{other:?}"),
    }
}

pub(super) async fn check(object: &str, table: &[(&str, Json, &str)]) {
    let source = described().await;
    for (field, json, expected) in table {
        let (whole, name) = match field.strip_prefix("custom.") {
            Some(name) => (json!({"_id": "r1", "custom": {name: json}}), *field),
            None => (json!({"_id": "r1", *field: json}), *field),
        };
        let record = shape(&source, object, &whole).unwrap();
        let value = record.fields.get(&FieldName::new(name)).map(short);
        assert_eq!(
            value.as_deref().unwrap_or("absent"),
            *expected,
            "{object} {field} {json}"
        );
    }
}

#[tokio::test]
async fn company_fields() {
    check(
        "company",
        &[
            ("name", json!("Ærø A/S"), "text Ærø A/S"),
            ("name", json!(""), "nothing"),
            ("phase", json!(null), "nothing"),
            ("owner", json!("u1"), "user u1 -"),
            ("owner", json!({"_id": "u1", "nickName": "Ann"}), "user u1 Ann"),
            ("owner", json!(""), "nothing"),
            ("externalId", json!(1234), "text 1234"),
            ("externalId", json!("0081"), "text 0081"),
            (
                "domains",
                json!(["a.example", "b.example"]),
                "[text a.example, text b.example]",
            ),
            ("tags", json!([]), "[]"),
            (
                "mrr",
                serde_json::from_str("1234567890123456789.10").unwrap(),
                "number 1234567890123456789.10",
            ),
            ("h", json!("7"), "number 7"),
            (
                "customerFrom",
                json!("1968-05-01T00:00:00.000Z"),
                "1968-05-01T00:00:00Z",
            ),
            (
                "customerFrom",
                json!("2021-07-29T00:00:00.00Z"),
                "2021-07-29T00:00:00Z",
            ),
            ("customerFrom", json!("2021-07-28"), "2021-07-28T00:00:00Z"),
            (
                "customerFrom",
                json!("2021-07-28T10:00:00+02:00"),
                "2021-07-28T08:00:00Z",
            ),
            (
                "nextTouch",
                json!(1_580_229_961_944_i64),
                "2020-01-28T16:46:01.944Z",
            ),
            ("orgPath", json!(",a,b,"), "text ,a,b,"),
            ("usage", json!({"Logins": 5}), "{Logins: number 5}"),
            ("lastTouchByType", json!({"email": "x"}), "{email: text x}"),
            ("brandNew", json!(5), "number 5"),
            ("brandNew", json!([{"a": true}]), "[{a: true}]"),
            ("brandNew", json!(null), "absent"),
            ("brandNew", json!([]), "absent"),
            ("__v", json!(0), "absent"),
            ("shareable", json!({"enabled": true}), "absent"),
        ],
    )
    .await;
}

#[tokio::test]
async fn custom_fields_go_by_their_type() {
    check(
        "company",
        &[
            ("custom.Days in Phase", json!(3.5), "number 3.5"),
            ("custom.Days in Phase", json!("undefined"), "nothing"),
            ("custom.v2.0 rollout", json!(true), "true"),
            ("custom.v2.0 rollout", json!(null), "nothing"),
            ("custom.Go-live", json!(19_782), "day 2024-02-29"),
            ("custom.Go-live", json!(-1), "day 1969-12-31"),
            (
                "custom.Go-live",
                json!("2024-02-29T23:00:00.000Z"),
                "day 2024-02-29",
            ),
            ("custom.Go-live", json!(99_999_999_999_i64), "number 99999999999"),
            (
                "custom.Review",
                json!("2024-02-29T23:00:00.000Z"),
                "2024-02-29T23:00:00Z",
            ),
            ("custom.Region", json!("EMEA"), "text EMEA"),
            ("custom.Region", json!("undefined"), "text undefined"),
            ("custom.Add-ons", json!(["A", "B"]), "[text A, text B]"),
            ("custom.Add-ons", json!("A"), "[text A]"),
            ("custom.TAM", json!("u1"), "user u1 -"),
            (
                "custom.Team",
                json!(["u1", {"_id": "u2", "name": "Bo"}]),
                "[user u1 -, user u2 Bo]",
            ),
            ("custom.Memo", json!("<b>x</b>"), "Html <b>x</b>"),
            ("custom.Stars", json!(4), "number 4"),
            ("custom.Sponsor", json!("e1"), "enduser e1 -"),
            // A field that changed its type keeps what it held.
            ("custom.v2.0 rollout", json!("maybe"), "text maybe"),
            ("custom.Nobody knows", json!("x"), "text x"),
            ("custom.New kind", json!({"x": 1}), "{x: number 1}"),
        ],
    )
    .await;
}

#[tokio::test]
async fn enduser_and_user_fields() {
    check(
        "enduser",
        &[
            ("companyId", json!("c1"), "company c1 -"),
            ("email", json!("a@b.example"), "text a@b.example"),
            ("archived", json!(true), "true"),
            ("otherEmails", json!(["x"]), "[text x]"),
            ("custom.Region", json!("EMEA"), "text EMEA"),
            ("emailMd5", json!("x"), "absent"),
        ],
    )
    .await;
    check(
        "user",
        &[
            ("inactive", json!(false), "false"),
            ("roles", json!(["r1"]), "[role r1 r1]"),
            (
                "roles",
                json!([{"_id": "r1", "name": "CSM", "description": ""}]),
                "[role CSM CSM]",
            ),
            ("teams", json!([" EMEA ", ""]), "[team EMEA EMEA]"),
            ("teams", json!(null), "nothing"),
            ("recentOpenTabs", json!({"a": 1}), "absent"),
        ],
    )
    .await;
}

#[tokio::test]
async fn conversation_fields() {
    let users = json!([{"id": "u1", "name": "Ann"}, {"id": "u2", "name": "Bo", "isOwner": true}]);
    check(
        "conversation",
        &[
            ("description", json!("<p>x</p>"), "Html <p>x</p>"),
            ("description", json!(""), "nothing"),
            ("subject", json!(""), "nothing"),
            ("users", users, "[user u1 Ann, user u2 Bo]"),
            (
                "endusers",
                json!(["e1", {"id": "e2", "name": "Li"}]),
                "[enduser e1 -, enduser e2 Li]",
            ),
            ("users", json!([{"name": "Somebody"}]), "[person Somebody]"),
            (
                "date",
                json!("1969-12-31T23:59:59.999Z"),
                "1969-12-31T23:59:59.999Z",
            ),
            ("type", json!("QBR / 📈 review"), "text QBR / 📈 review"),
            ("timeSpent", json!(12.5), "number 12.5"),
            (
                "history",
                json!([{"status": "new", "time": "x"}]),
                "[{status: text new, time: text x}]",
            ),
            ("sourceId", json!(84213), "text 84213"),
            ("timeBucket", json!(["2016"]), "absent"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_owner_is_the_one_who_is_marked() {
    let source = described().await;
    for (users, owner) in [
        (
            json!([{"id": "u1", "isOwner": false}, {"id": "u2", "name": "Bo", "isOwner": true}]),
            Some("user u2 Bo"),
        ),
        (json!([{"id": "u1"}]), None),
        (json!([]), None),
    ] {
        let record = shape(&source, "conversation", &json!({"_id": "r1", "users": users})).unwrap();
        assert_eq!(
            record.fields.get(&FieldName::new("owner")).map(short).as_deref(),
            owner
        );
    }
}

#[tokio::test]
async fn a_record_has_a_title_keys_a_time_and_a_named_company() {
    let source = described().await;
    let json = json!({
        "_id": "r1", "subject": " ", "snippet": "Hello\n there", "companyId": "c1", "companyName": "Acme", "externalId": 7,
        "sourceId": "s", "updateDate": "2020-01-01T00:00:00.000Z",
    });
    let record = shape(&source, "conversation", &json).unwrap();
    assert_eq!(record.title, "Hello there");
    assert_eq!(record.keys, ["7", "s"]);
    assert_eq!(record.changed_at, Some("2020-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(
        short(&record.fields[&FieldName::new("companyId")]),
        "company c1 Acme"
    );
    assert!(!record.fields.contains_key(&FieldName::new("companyName")));
    for (object, json, title) in [
        (
            "enduser",
            json!({"_id": "r1", "firstName": "Åsa", "lastName": "Ek"}),
            "Åsa Ek",
        ),
        (
            "enduser",
            json!({"_id": "r1", "email": "a@b.example"}),
            "a@b.example",
        ),
        ("enduser", json!({"_id": "r1"}), "r1"),
        ("user", json!({"_id": "r1", "nickName": "Ann"}), "Ann"),
        ("company", json!({"_id": "r1"}), "(no name)"),
        ("conversation", json!({"_id": "r1", "type": "call"}), "call"),
    ] {
        assert_eq!(shape(&source, object, &json).unwrap().title, title, "{json}");
    }
}

#[tokio::test]
async fn what_is_not_as_documented_names_the_record_and_the_field() {
    let source = described().await;
    for (json, field) in [
        (json!({"name": "x"}), "_id"),
        (json!({"_id": 5}), "_id"),
        (json!([]), "_id"),
        (json!({"_id": "r1", "name": ["x"]}), "name"),
        (json!({"_id": "r1", "customerFrom": "yesterday"}), "customerFrom"),
        (json!({"_id": "r1", "mrr": "lots"}), "mrr"),
        (json!({"_id": "r1", "owner": 5}), "owner"),
        (json!({"_id": "r1", "domains": [[]]}), "domains"),
    ] {
        let fault = shape(&source, "company", &json).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Unexpected, "{json}");
        assert_eq!(
            fault.doing(),
            format!("shaping company `r1`, field `{field}`"),
            "{json}"
        );
    }
}

#[tokio::test]
async fn before_anything_is_described_custom_values_keep_their_form() {
    let source = planhat(wire(|_| unreachable!()));
    let record = shape(
        &source,
        "company",
        &json!({"_id": "r1", "custom": {"Go-live": 19_782}}),
    )
    .unwrap();
    assert_eq!(
        short(&record.fields[&FieldName::new("custom.Go-live")]),
        "number 19782"
    );
}

#[tokio::test]
async fn objects_are_described_with_the_customers_fields() {
    let objects = described().await.describe().await.unwrap();
    let names: Vec<&str> = objects.iter().map(|object| object.name.as_str()).collect();
    assert_eq!(names.len(), 26);
    let index = |name: &str| names.iter().position(|known| *known == name).unwrap();
    let (company, enduser, conversation) = (index("company"), index("enduser"), index("conversation"));
    let field = |object: usize, name: &str| objects[object].field(&FieldName::new(name)).unwrap().clone();
    assert!(field(index("asset"), "custom.Else").custom);
    let region = field(company, "custom.Region");
    assert_eq!(
        region.kind,
        FieldKind::Choice {
            values: vec!["EMEA".to_owned(), "APAC".to_owned()]
        }
    );
    assert!(region.custom && region.writable && region.title == "Region");
    assert_eq!(
        field(enduser, "custom.Region").kind,
        FieldKind::Text { max: None }
    );
    assert!(!field(company, "custom.Days in Phase").writable);
    assert_eq!(field(company, "custom.Stars").kind, FieldKind::Integer);
    assert_eq!(field(company, "custom.Go-live").kind, FieldKind::Date);
    assert_eq!(
        field(conversation, "description").kind,
        FieldKind::Rich {
            format: RichFormat::Html,
            max: None
        }
    );
    assert!(field(enduser, "companyId").required);
}
