//! What a bulk call's answer says of each record.

use model::FaultKind;
use serde_json::{Value as Json, json};

use super::{
    super::{
        object,
        upsert::{self, Each, Upserted},
    },
    *,
};

async fn upsert(status: u16, answer: Json, records: Json) -> Result<Upserted, Fault> {
    let wire = wire(move |_| Ok(Response::json(status, &answer)));
    let records: Vec<_> = records
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record.as_object().unwrap().clone())
        .collect();
    let object = object::named(&model::ObjectName::new("enduser")).unwrap();
    let upserted = upsert::send(&client(Arc::clone(&wire)), object, &records).await;
    assert_eq!(asked(&wire), ["PUT /endusers"]);
    upserted
}

/// The answer on the left; on the right one word per record.
async fn check(status: u16, answer: Json, records: Json, expected: &str) {
    let shown = answer.to_string();
    let each = upsert(status, answer, records).await.unwrap().each;
    let words: Vec<String> = each
        .into_iter()
        .map(|each| match each {
            Each::Created(id) => format!("+{id}"),
            Each::Matched(id) => format!("={id}"),
            Each::Refused {
                kind: FaultKind::Denied,
                words,
            } => format!("denied({words})"),
            Each::Refused { words, .. } => format!("refused({words})"),
            Each::Unheard => "unheard".to_owned(),
        })
        .collect();
    assert_eq!(words.join(" "), expected, "{shown}");
}

#[tokio::test]
async fn all_is_well() {
    let answer = json!({
        "created": 1, "createdErrors": [], "insertsKeys": [{"_id": "n1", "externalId": "2"}],
        "updated": 1, "updatedErrors": [], "updatesKeys": [{"_id": "o1", "sourceId": "s"}],
        "nonupdates": 0, "modified": ["o1"], "upsertedIds": ["n1"], "permissionErrors": [],
    });
    check(
        200,
        answer.clone(),
        json!([{"sourceId": "s", "externalId": "2x"}, {"externalId": 2}]),
        "=o1 +n1",
    )
    .await;
    let counts = upsert(200, answer, json!([{}])).await.unwrap();
    assert_eq!((counts.created, counts.updated, counts.unchanged), (1, 1, 0));
}

#[tokio::test]
async fn a_single_record_without_a_key_gets_the_single_id() {
    check(
        200,
        json!({"created": 1, "insertsKeys": [{"_id": "n1"}]}),
        json!([{"companyId": "c"}]),
        "+n1",
    )
    .await;
}

#[tokio::test]
async fn ids_are_not_guessed() {
    let answer = json!({"created": 2, "insertsKeys": [{"_id": "n1"}, {"_id": "n2"}]});
    check(
        200,
        answer,
        json!([{"name": "a"}, {"name": "b"}]),
        "unheard unheard",
    )
    .await;
}

#[tokio::test]
async fn errors_that_show_the_record_go_to_it() {
    let records = json!([{"email": "a@x.example"}, {"email": "B@x.example"}, {"externalId": 3}]);
    let errors = json!([{"item": {"email": "b@x.example"}, "error": "email duplicated"}]);
    let answer = json!({"created": 1, "createdErrors": errors, "insertsKeys": [{"_id": "n1", "email": "a@x.example"}], "updatesKeys": [{"_id": "o3", "externalId": "3"}]});
    check(206, answer, records, "+n1 refused(email duplicated) =o3").await;
}

#[tokio::test]
async fn errors_of_every_shape_are_read() {
    let one = json!([{"_id": "o1"}, {"_id": "o2"}]);
    for (error, expected) in [
        (
            json!({"index": 1, "message": "too long"}),
            "=o1 refused(too long)",
        ),
        (
            json!({"_id": "o2", "error": {"message": "deep"}}),
            "=o1 refused(deep)",
        ),
        (json!("invalid id"), "=o1 refused(invalid id)"),
        (json!(7), "=o1 refused(refused without a word)"),
    ] {
        let answer = json!({"updated": 1, "updatedErrors": [error], "updatesKeys": [{"_id": "o1"}]});
        check(206, answer, one.clone(), expected).await;
    }
}

#[tokio::test]
async fn errors_that_name_nobody_go_to_all_whose_fate_is_unknown() {
    let answer = json!({"createdErrors": ["email duplicated", "invalid id", "email duplicated"]});
    check(400, answer, json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]),
        "refused(email duplicated; invalid id) refused(email duplicated; invalid id) refused(email duplicated; invalid id)").await;
}

#[tokio::test]
async fn a_missing_permission_is_told_per_record() {
    let answer = json!({"created": 0, "permissionErrors": [{"externalId": "1", "message": "no create"}]});
    check(403, answer, json!([{"externalId": "1"}]), "denied(no create)").await;
}

#[tokio::test]
async fn what_planhat_leaves_out_is_not_taken_for_done() {
    check(
        200,
        json!({"created": 0, "updated": 0}),
        json!([{"email": "nobody@nowhere.example"}]),
        "unheard",
    )
    .await;
}

#[tokio::test]
async fn keys_that_contradict_each_other_are_not_the_same_record() {
    let answer = json!({"updated": 1, "updatesKeys": [{"_id": "o1", "sourceId": "s1", "externalId": "e"}]});
    check(
        200,
        answer,
        json!([{"sourceId": "s2", "externalId": "e"}, {"sourceId": "s1", "externalId": "e"}]),
        "unheard =o1",
    )
    .await;
}

#[tokio::test]
async fn an_answer_without_counts_is_a_fault() {
    for (status, kind) in [
        (200, FaultKind::Unexpected),
        (400, FaultKind::Rejected),
        (403, FaultKind::Denied),
        (500, FaultKind::Unreachable),
    ] {
        let fault = upsert(status, json!({"message": "x"}), json!([{}]))
            .await
            .unwrap_err();
        assert_eq!(fault.kind(), kind, "{status}");
    }
    let fault = upsert(403, json!("no"), json!([{}])).await.unwrap_err();
    assert!(fault.advice().unwrap().contains("End Users (Create, Update)"));
}
