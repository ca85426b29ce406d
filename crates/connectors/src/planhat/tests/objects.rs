//! The objects beyond people, companies and conversations: what their properties become.

use model::{FieldKind, FieldName, ObjectName, Source};
use serde_json::json;

use super::{
    shape::{check, described, shape, short},
    *,
};

#[tokio::test]
async fn task_fields() {
    check(
        "task",
        &[
            ("action", json!("Call back"), "text Call back"),
            ("description", json!("<ul><li>x</li></ul>"), "Html <ul><li>x</li></ul>"),
            ("dateDone", json!("2026-02-01T10:00:00.000Z"), "2026-02-01T10:00:00Z"),
            ("ownerId", json!("u1"), "user u1 -"),
            ("doneBy", json!({"_id": "u2", "nickName": "Bo"}), "user u2 Bo"),
            ("endusers", json!([{"id": "e1", "name": "Li"}]), "[enduser e1 Li]"),
            (
                "checklist",
                json!([{"title": "Ask"}, {"title": "Answer", "done": true}, {"title": "Pay", "done": false}, "Rest"]),
                "[text ☐ Ask, text ☑ Answer, text ☐ Pay, text ☐ Rest]",
            ),
            ("checklist", json!([]), "[]"),
            ("repeatDays", json!(14), "number 14"),
            ("isArchived", json!(true), "true"),
            ("overdueNotified", json!(true), "absent"),
        ],
    )
    .await;
}

#[tokio::test]
async fn license_fields_keep_their_digits() {
    let price = |text: &str| serde_json::from_str(text).unwrap();
    check(
        "license",
        &[
            ("value", price("15000.10"), "number 15000.10"),
            ("mrr", price("1250.00"), "number 1250.00"),
            (
                "value",
                price("-99999999999999999999.99"),
                "number -99999999999999999999.99",
            ),
            ("_currency", json!("USD"), "text USD"),
            (
                "_currency",
                json!({"_id": "USD", "symbol": "$", "rate": 1}),
                "text USD",
            ),
            ("_currency", json!(""), "nothing"),
            (
                "fromDate",
                json!("2019-12-11T00:00:00.000Z"),
                "2019-12-11T00:00:00Z",
            ),
            ("renewalDate", json!(null), "nothing"),
            ("parent", json!("l0"), "license l0 -"),
            ("fcNewStartDate", json!(null), "nothing"),
            ("issues", json!([]), "[]"),
            ("autoRenews", json!(false), "false"),
        ],
    )
    .await;
}

#[tokio::test]
async fn revenue_fields() {
    check(
        "invoice",
        &[
            ("invoiceDate", json!(19_782), "day 2024-02-29"),
            ("dueDate", json!("2024-03-30"), "day 2024-03-30"),
            ("paidDate", json!(null), "nothing"),
            ("cId", json!("c1"), "company c1 -"),
            ("invoiceNo", json!(1_001), "number 1001"),
            (
                "lineItems",
                json!([{"saleId": "s1", "amount": 5}]),
                "[{amount: number 5, saleId: text s1}]",
            ),
        ],
    )
    .await;
    check(
        "churn",
        &[
            ("churnDate", json!("2021-07-28"), "day 2021-07-28"),
            ("reasons", json!(["Price"]), "[text Price]"),
            ("onlyDowngrade", json!(true), "true"),
            ("currency", json!("EUR"), "text EUR"),
        ],
    )
    .await;
    check(
        "sale",
        &[
            ("_currency", json!({"_id": "SEK"}), "text SEK"),
            ("value", json!(1.5), "number 1.5"),
        ],
    )
    .await;
    check(
        "opportunity",
        &[("stageHistory", json!([{"stage": "a"}]), "[{stage: text a}]")],
    )
    .await;
}

#[tokio::test]
async fn issue_and_timesheet_fields() {
    check(
        "issue",
        &[
            (
                "companyIds",
                json!(["c1", {"_id": "c2", "name": "Acme"}]),
                "[company c1 -, company c2 Acme]",
            ),
            ("companies", json!([{"_id": "c1", "name": "Acme"}]), "[text Acme]"),
            ("conversationIds", json!(["v1"]), "[conversation v1 -]"),
            ("archived", json!(false), "false"),
        ],
    )
    .await;
    check(
        "timesheet",
        &[
            ("dateFrom", json!(19_782), "day 2024-02-29"),
            ("timeEntries", json!([{"_id": "t1"}]), "[timeentry t1 -]"),
            ("assignedId", json!("u1"), "user u1 -"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_newer_objects_fields() {
    check(
        "timeentry",
        &[
            ("hours", json!(0.25), "number 0.25"),
            ("trackedId", json!("x"), "text x"),
        ],
    )
    .await;
    check(
        "lineitem",
        &[
            ("dealId", json!("d1"), "deal d1 -"),
            ("productId", json!("p1"), "product p1 -"),
        ],
    )
    .await;
    check(
        "asset",
        &[
            ("followers", json!(["u1"]), "[user u1 -]"),
            ("usage", json!({"a": 1}), "{a: number 1}"),
        ],
    )
    .await;
    // Nobody knows what these hold, so nothing that they hold is refused.
    check(
        "deal",
        &[
            ("fees", json!({"sum": 5}), "{sum: number 5}"),
            ("closeDate", json!("soon"), "text soon"),
        ],
    )
    .await;
    check(
        "product",
        &[
            ("packages", json!([{"n": 1}]), "[{n: number 1}]"),
            ("color", json!("red"), "absent"),
        ],
    )
    .await;
}

/// What fields of a record say, one after the other.
async fn check_record(object: &str, json: serde_json::Value, expected: &[(&str, &str)]) {
    let source = described().await;
    let record = shape(&source, object, &json).unwrap();
    for (field, value) in expected {
        let found = record.fields.get(&FieldName::new(field)).map(short);
        assert_eq!(
            found.as_deref().unwrap_or("absent"),
            *value,
            "{object} {field} of {json}"
        );
    }
}

#[tokio::test]
async fn an_nps_answer_is_read_in_both_spellings() {
    let fields = [
        ("score", "number 9"),
        ("comment", "text Nice"),
        ("dateAnswered", "2026-01-01T00:00:00Z"),
        ("cId", "company c1 Acme"),
        ("nps", "absent"),
        ("npsDate", "absent"),
    ];
    let page = json!({"_id": "r1", "score": 9, "comment": "Nice", "dateAnswered": "2026-01-01", "cId": "c1", "cName": "Acme"});
    let live = json!({"_id": "r1", "nps": 9, "npsComment": "Nice", "npsDate": "2026-01-01", "cId": "c1", "cName": "Acme"});
    let both = json!({"_id": "r1", "nps": 1, "score": 9, "npsComment": "Nice", "comment": null, "npsDate": "2026-01-01",
        "companyId": "c1", "cName": "Acme"});
    for json in [page, live, both] {
        check_record("nps", json, &fields).await;
    }
}

#[tokio::test]
async fn a_comment_knows_what_it_is_about_and_is_internal() {
    let comment = |model: serde_json::Value| json!({"_id": "r1", "text": "<p>x</p>", "by": {"_id": "u1", "nickName": "Ann"}, "commentableId": "v1", "commentableModel": model});
    for (model, parent) in [
        (json!("Conversation"), "conversation v1 -"),
        (json!("Ticket"), "conversation v1 -"),
        (json!("Task"), "task v1 -"),
        (json!("project"), "project v1 -"),
        (json!(null), "conversation v1 -"),
    ] {
        let expected = [
            ("parent", parent),
            ("text", "Html <p>x</p>"),
            ("by", "user u1 Ann"),
            ("visibility", "Visibility(Internal)"),
            ("commentableId", "absent"),
        ];
        check_record("comment", comment(model), &expected).await;
    }
    let objects = described().await.describe().await.unwrap();
    let comment = objects
        .iter()
        .find(|object| object.name == ObjectName::new("comment"))
        .unwrap();
    assert_eq!(
        comment.field(&FieldName::new("parent")).unwrap().kind,
        FieldKind::RefAny {
            objects: ["conversation", "task", "issue", "objective", "project"]
                .map(ObjectName::new)
                .to_vec()
        }
    );
}

#[tokio::test]
async fn a_companys_parent_is_the_nearest_above_it() {
    for (path, parent) in [
        (json!(",a,b,"), "company b -"),
        (json!(",a,b,r1,"), "company b -"),
        (json!("a"), "company a -"),
        (json!(",r1,"), "nothing"),
        (json!(",,"), "nothing"),
        (json!(null), "absent"),
    ] {
        check_record(
            "company",
            json!({"_id": "r1", "orgPath": path}),
            &[("parent", parent)],
        )
        .await;
    }
}

#[tokio::test]
async fn participants_are_both_sides() {
    let users = json!([{"id": "u1", "name": "Ann", "isOwner": true}]);
    let json =
        json!({"_id": "r1", "type": "meeting", "users": users, "endusers": [{"id": "e1", "name": "Li"}]});
    check_record(
        "conversation",
        json,
        &[("participants", "[user u1 Ann, enduser e1 Li]")],
    )
    .await;
    check_record(
        "conversation",
        json!({"_id": "r1", "users": []}),
        &[("participants", "[]")],
    )
    .await;
    check_record(
        "conversation",
        json!({"_id": "r1"}),
        &[("participants", "absent")],
    )
    .await;
}

#[tokio::test]
async fn names_beside_ids_belong_to_the_references() {
    let task =
        json!({"_id": "r1", "companyId": "c1", "companyName": "Acme", "ownerId": "u1", "ownerName": "Ann"});
    check_record(
        "task",
        task,
        &[
            ("companyId", "company c1 Acme"),
            ("ownerId", "user u1 Ann"),
            ("ownerName", "absent"),
        ],
    )
    .await;
    let ticket = json!({"_id": "r1", "title": "Broken", "ownerId": "u1"});
    check_record(
        "conversation",
        ticket,
        &[("subject", "text Broken"), ("owner", "user u1 -")],
    )
    .await;
    let chance = json!({"_id": "r1", "currency": "EUR", "owner": {"_id": "u1", "nickName": "Ann"}});
    check_record(
        "opportunity",
        chance,
        &[("_currency", "text EUR"), ("ownerId", "user u1 Ann")],
    )
    .await;
}

#[tokio::test]
async fn every_record_has_a_title_and_its_keys() {
    let source = described().await;
    for (object, json, title) in [
        ("task", json!({"_id": "r1", "snippet": "Ask\n him"}), "Ask him"),
        ("license", json!({"_id": "r1", "product": "Gold"}), "Gold"),
        ("invoice", json!({"_id": "r1", "invoiceNo": 7}), "Invoice 7"),
        (
            "churn",
            json!({"_id": "r1", "companyName": "Acme", "churnDate": "2021-07-28T00:00:00Z"}),
            "Churn Acme 2021-07-28",
        ),
        (
            "nps",
            json!({"_id": "r1", "nps": 9, "email": "a@b.example"}),
            "NPS 9 a@b.example",
        ),
        (
            "timeentry",
            json!({"_id": "r1", "hours": 1.5, "description": "Setup"}),
            "1.5 h Setup",
        ),
        (
            "timesheet",
            json!({"_id": "r1", "dateFrom": 19_782}),
            "Timesheet 2024-02-29",
        ),
        ("usage", json!({"_id": "r1", "companyName": "Acme"}), "Acme"),
        ("deal", json!({"_id": "r1"}), "r1"),
    ] {
        assert_eq!(shape(&source, object, &json).unwrap().title, title, "{json}");
    }
    let invoice = shape(
        &source,
        "invoice",
        &json!({"_id": "r1", "extId": 5, "sourceId": "s"}),
    )
    .unwrap();
    assert_eq!(invoice.keys, ["5", "s"]);
}

#[test]
fn a_task_is_whole_when_its_text_is_there_or_none_is_hinted_at() {
    let source = planhat(wire(|_| unreachable!()));
    for (json, whole) in [
        (r#"{"_id":"1","description":"<p>x</p>","snippet":"x"}"#, true),
        (r#"{"_id":"1","snippet":"x"}"#, false),
        (r#"{"_id":"1","snippet":""}"#, true),
        (r#"{"_id":"1"}"#, true),
    ] {
        let raw = model::Raw::new(model::RecordId::new("1"), json.to_owned());
        assert_eq!(source.is_whole(&ObjectName::new("task"), &raw), whole, "{json}");
    }
}
