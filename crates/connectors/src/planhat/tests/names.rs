//! Lists that are not plain: teams and roles, passes through archived records, and what a workspace does not have.

use model::{Ask, FaultKind, Mode, Next, ObjectName, RecordId, Source};
use serde_json::json;

use super::*;

async fn all(source: &PlanhatSource, object: &str) -> Result<Vec<String>, Fault> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let ask = Ask {
            object: ObjectName::new(object),
            mode: Mode::Everything,
            cursor,
        };
        let page = source.read(&ask).await?;
        ids.extend(page.raws.iter().map(|raw| raw.id.to_string()));
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::CaughtUp => return Ok(ids),
        }
    }
}

#[tokio::test]
async fn teams_and_roles_are_what_users_say() {
    let users = json!([
        {"_id": "u1", "teams": ["EMEA", {"_id": "t2", "name": "North"}], "roles": [{"_id": "r1", "name": "CSM", "description": "cares"}]},
        {"_id": "u2", "teams": ["EMEA"], "roles": ["r9", {"_id": "r1", "name": "CSM"}]},
        {"_id": "u3", "teams": null, "roles": [""]},
        {"_id": "u4"},
    ]);
    let wire = wire(move |_| Ok(Response::json(200, &users)));
    let source = planhat(Arc::clone(&wire));
    assert_eq!(all(&source, "team").await.unwrap(), ["EMEA", "North"]);
    assert_eq!(all(&source, "role").await.unwrap(), ["CSM", "r9"]);
    // Once for both.
    assert_eq!(asked(&wire), ["GET /users?limit=10000&offset=0&sort=_id"]);
    let role = ObjectName::new("role");
    let found = source.find(&role, &RecordId::new("CSM")).await.unwrap().unwrap();
    let record = source.shape(&role, &found).unwrap();
    assert_eq!(record.title, "CSM");
    assert_eq!(
        record.fields[&model::FieldName::new("description")],
        model::Value::text("cares")
    );
    assert_eq!(source.find(&role, &RecordId::new("Nobody")).await.unwrap(), None);
    assert_eq!(asked(&wire).len(), 2);
}

#[tokio::test]
async fn tasks_are_read_archived_or_not() {
    // Whether `true` means these too or only these is not documented; both come to the same.
    for both in [false, true] {
        let wire = wire(move |request| {
            let ids: &[&str] = match (request.query_text("isArchived"), both) {
                (Some("true"), false) => &["t3"],
                (Some("true"), true) => &["t1", "t2", "t3"],
                _ => &["t1", "t2"],
            };
            let page: Vec<_> = ids.iter().map(|id| json!({"_id": id})).collect();
            Ok(Response::json(200, &json!(page)))
        });
        let source = planhat(Arc::clone(&wire));
        let mut ids = all(&source, "task").await.unwrap();
        ids.sort();
        ids.dedup();
        assert_eq!(ids, ["t1", "t2", "t3"]);
        assert_eq!(
            asked(&wire).len() as u64,
            source.cost(&ObjectName::new("task"), 3)
        );
        assert!(asked(&wire)[0].starts_with("GET /tasks?limit=10000"));
    }
}

#[tokio::test]
async fn old_answers_are_asked_for_too() {
    let wire = wire(|_| Ok(Response::json(200, &json!([]))));
    all(&planhat(Arc::clone(&wire)), "nps").await.unwrap();
    assert_eq!(
        asked(&wire),
        ["GET /nps?limit=10000&offset=0&sort=_id&npsExpiryDay=36500"]
    );
}

#[tokio::test]
async fn an_object_that_cannot_be_had_is_told_apart_from_a_wrong_token() {
    for (object, status, kind, words) in [
        ("license", 403, FaultKind::Unavailable, "Licenses (View)"),
        ("license", 404, FaultKind::Unavailable, "Licenses (View)"),
        ("comment", 404, FaultKind::Unavailable, "may have none"),
        ("deal", 403, FaultKind::Unavailable, "Deals (View)"),
        ("license", 401, FaultKind::Denied, "token"),
        ("license", 500, FaultKind::Unreachable, "again"),
        ("license", 400, FaultKind::Unavailable, "report it"),
    ] {
        let source = planhat(wire(move |_| Ok(Response::text(status, "no"))));
        let fault = all(&source, object).await.unwrap_err();
        assert_eq!(fault.kind(), kind, "{object} {status}");
        assert!(
            fault.advice().unwrap_or_default().contains(words),
            "{object} {status} {:?}",
            fault.advice()
        );
    }
}

#[tokio::test]
async fn a_page_that_is_too_large_where_nothing_is_documented_is_asked_for_smaller() {
    let wire = wire(|request| {
        let number = |name| request.query_text(name).unwrap().parse::<usize>().unwrap();
        if number("limit") > 100 {
            return Ok(Response::text(400, "limit is too large"));
        }
        let page = (0..250).skip(number("offset")).take(number("limit"));
        let page: Vec<_> = page.map(|id| json!({"_id": format!("{id:024x}")})).collect();
        Ok(Response::json(200, &json!(page)))
    });
    assert_eq!(all(&planhat(wire), "deal").await.unwrap().len(), 250);
}
