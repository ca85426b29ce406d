//! Activities, Segment's words and metrics: what is kept, what it makes, and that nobody hears of failures.

use bytes::Bytes;
use http::{Method, header};
use serde_json::{Value, json};

use super::{ask, get, keep, noon, small};
use crate::{Answer, Twin, kit::Request, planhat::twin::PlanhatTwin};

/// Sends without a token.
fn post(twin: &mut PlanhatTwin, path: &str, body: &Value) -> Answer {
    let mut request = Request::new(Method::POST, path);
    request.body = Bytes::from(body.to_string());
    twin.answer(&request, noon())
}

fn kept(twin: &PlanhatTwin, object: &str) -> Vec<Value> {
    let texts = twin.dump(object).unwrap();
    texts.map(|text| serde_json::from_str(&text).unwrap()).collect()
}

// tidy: long because it is one table
#[test]
fn activities_find_or_make_their_contact() {
    for (path, item, contacts, error) in [
        (
            "/analytics/t",
            json!({"email": "lara@acme.test", "action": "In"}),
            1,
            false,
        ),
        ("/analytics/t", json!({"email": "LARA@acme.test"}), 1, false),
        (
            "/analytics/t",
            json!({"externalId": "u-1", "action": "In"}),
            1,
            false,
        ),
        ("/analytics/bulk/t", json!({"id": "u-1"}), 1, false),
        (
            "/analytics/bulk/t",
            json!({"euExtId": "u-1", "count": 3}),
            1,
            false,
        ),
        (
            "/analytics/t",
            json!({"externalId": "new", "companyExternalId": "ext 1", "name": "New One"}),
            2,
            false,
        ),
        (
            "/analytics/bulk/t",
            json!({"id": "new", "cId": "ext 1"}),
            2,
            false,
        ),
        ("/analytics/t", json!({"email": "other@acme.test"}), 2, false),
        ("/analytics/t", json!({"email": "other@else.test"}), 1, true),
        ("/analytics/t", json!({"externalId": "new"}), 1, true),
        (
            "/analytics/t",
            json!({"externalId": "new", "companyExternalId": "none"}),
            1,
            true,
        ),
        ("/analytics/t", json!({"action": "In"}), 1, true),
    ] {
        let mut twin = small(&[]);
        ask(&mut twin, "PUT /endusers/e1", json!({"externalId": "u-1"}));
        let body = if path.contains("bulk") {
            json!([item, item])
        } else {
            item.clone()
        };
        let answer = post(&mut twin, path, &body);
        assert_eq!(
            (answer.response.status, answer.response.body.len()),
            (200, 0),
            "{item}"
        );
        let activities = kept(&twin, "activity");
        assert_eq!(
            activities.len(),
            if path.contains("bulk") { 2 } else { 1 },
            "{item}"
        );
        assert_eq!(
            activities[0].get("error").is_some(),
            error,
            "{item} {activities:?}"
        );
        assert_eq!(activities[0].get("euId").is_some(), !error, "{item}");
        assert_eq!(kept(&twin, "enduser").len(), contacts, "{item}");
    }
}

#[test]
fn activities_show_at_contact_and_company() {
    let mut twin = small(&[]);
    let item = |date: &str, count: u32| {
        json!({"email": "lara@acme.test", "action": "Logged in", "date": date, "weight": 2, "count": count,
            "info": {"plan": "pro"}})
    };
    let items = json!([
        item("2021-07-01", 3),
        item("2021-07-03", 1),
        item("2021-07-02", 1)
    ]);
    post(&mut twin, "/analytics/bulk/t", &items);
    for line in ["GET /endusers/e1", "GET /companies/c1"] {
        let record = get(&mut twin, line);
        assert_eq!(record["lastActive"], "2021-07-03T00:00:00.000Z", "{line}");
        assert_eq!(record["usage"], json!({"Logged in": 5}), "{line}");
        assert_eq!(
            record["lastActivities"][0]["date"], "2021-07-03T00:00:00.000Z",
            "{line}"
        );
    }
    let activity = &kept(&twin, "activity")[0];
    assert_eq!(
        (&activity["info"]["plan"], &activity["count"]),
        (&json!("pro"), &json!(3))
    );
    assert_eq!(ask(&mut twin, "GET /activities", Value::Null).0, 404);
    keep(
        &mut twin,
        "enduser",
        json!({"_id": "e2", "email": "b@acme.test", "companyId": "c1", "beatsTotal": 1}),
    );
    post(
        &mut twin,
        "/analytics/t",
        &json!({"email": "b@acme.test", "weight": 0.5}),
    );
    assert_eq!(get(&mut twin, "GET /endusers/e2")["beatsTotal"], 1.5);
}

#[test]
fn segment_names_and_tracks() {
    for (body, name, activities) in [
        (
            json!({"type": "Identify", "user_id": "u-1", "traits": {"name": "Lara C"}}),
            "Lara C",
            0,
        ),
        (
            json!({"type": "track", "userId": "u-1", "event": "Paid", "properties": {"n": 1}}),
            "Lara Croft",
            1,
        ),
        (
            json!({"type": "track", "traits": {"email": "lara@acme.test"}, "event": "Paid"}),
            "Lara Croft",
            1,
        ),
        (json!({"type": "page", "userId": "u-1"}), "Lara Croft", 0),
        (json!({"type": "track", "event": "Paid"}), "Lara Croft", 0),
        (
            json!({"type": "track", "userId": "nobody", "event": "Paid"}),
            "Lara Croft",
            1,
        ),
        (json!({"userId": "u-1"}), "Lara Croft", 0),
        (
            json!([{"type": "track", "userId": "u-1", "event": "A"}, {"type": "x"}, 7]),
            "Lara Croft",
            1,
        ),
    ] {
        let mut twin = small(&[]);
        ask(&mut twin, "PUT /endusers/e1", json!({"externalId": "u-1"}));
        let mut request = Request::new(Method::POST, "/dock/segment");
        request.body = Bytes::from(body.to_string());
        assert_eq!(twin.answer(&request, noon()).response.status, 401);
        // "t:" in base64.
        let request = request.header(header::AUTHORIZATION, "Basic dDo=");
        assert_eq!(twin.answer(&request, noon()).response.status, 200, "{body}");
        assert_eq!(kept(&twin, "activity").len(), activities, "{body}");
        assert_eq!(get(&mut twin, "GET /endusers/e1")["name"], name, "{body}");
    }
    let mut twin = small(&[]);
    let new = json!({"type": "identify", "userId": "n", "traits": {"companyId": "ext 1", "email": "n@acme.test",
        "title": "CFO", "name": "Nora New"}});
    let request = Request::new(Method::POST, "/dock/segment").header(header::AUTHORIZATION, "Basic dDo=");
    twin.answer(&request.json(&new), noon());
    let made = get(&mut twin, "GET /endusers/extid-n");
    assert_eq!(
        (&made["position"], &made["firstName"]),
        (&json!("CFO"), &json!("Nora"))
    );
}

// tidy: long because it is one table
#[test]
fn metrics_are_kept_and_errors_are_told() {
    for (item, error) in [
        (
            json!({"dimensionId": "seats", "value": 1, "externalId": "ext 1"}),
            "",
        ),
        (
            json!({"dimensionId": "Two words", "value": -1.5, "externalId": "ext 1", "model": "Company"}),
            "",
        ),
        (
            json!({"dimensionId": "seats", "value": 1, "companyExternalId": "ext 1"}),
            "",
        ),
        (
            json!({"dimensionId": "seats", "value": 1, "externalId": "u-1", "model": "EndUser"}),
            "",
        ),
        (
            json!({"dimensionId": "seats", "value": 1, "externalId": "a-1", "model": "asset"}),
            "",
        ),
        (
            json!({"dimensionId": "seats", "value": 1, "assetExtId": "a-1"}),
            "",
        ),
        (
            json!({"value": 1, "externalId": "x", "model": "Company"}),
            "dimensionId must be specified",
        ),
        (
            json!({"dimensionId": "seats", "externalId": "x"}),
            "value must be specified",
        ),
        (
            json!({"dimensionId": "seats", "value": "1", "externalId": "x"}),
            "value must be a number",
        ),
        (
            json!({"dimensionId": "seats", "value": 1}),
            "externalId must be specified",
        ),
        (
            json!({"dimensionId": "seats", "value": 1, "externalId": "x", "model": "Task"}),
            "model Task has no metrics",
        ),
        (
            json!({"dimensionId": "s", "value": 1, "externalId": "x"}),
            "no company has the externalId x",
        ),
        (
            json!({"dimensionId": "s", "value": 1, "externalId": "ext 1", "date": "soon"}),
            "date must be a date",
        ),
        (json!(7), "a metric must be an object"),
    ] {
        let mut twin = small(&[]);
        ask(&mut twin, "PUT /endusers/e1", json!({"externalId": "u-1"}));
        keep(
            &mut twin,
            "asset",
            json!({"_id": "a1", "externalId": "a-1", "companyId": "c1"}),
        );
        for body in [item.clone(), json!([item])] {
            let answer = post(&mut twin, "/dimensiondata/t", &body).response;
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            let errors = match error {
                "" => json!([]),
                error => json!([{"item": item, "error": error}]),
            };
            assert_eq!(
                (answer.status, body),
                (200, json!({"processed": 1, "errors": errors}))
            );
        }
        let points = get(&mut twin, "GET /dimensiondata?cId=c1");
        assert_eq!(
            points.as_array().unwrap().len(),
            if error.is_empty() { 2 } else { 0 },
            "{item}"
        );
    }
}

#[test]
fn a_point_reads_as_documented() {
    let mut twin = small(&[]);
    let item = json!({"dimensionId": "seats", "value": 12.50, "externalId": "ext 1", "date": "2024-02-29"});
    post(&mut twin, "/dimensiondata/t", &item);
    let point = get(&mut twin, "GET /dimensiondata")[0].clone();
    let at = "2024-02-29T00:00:00.000Z";
    let expected = json!({"_id": point["_id"], "dimensionId": "seats", "time": at, "value": 12.50, "model": "Company",
        "parentId": "c1", "companyId": "c1", "companyName": "Acme", "date": at, "day": 19_782,
        "timestamp": {"value": at}});
    assert_eq!(point, expected);
}

#[test]
fn garbage_is_answered_with_200_and_not_kept() {
    for (path, body) in [
        ("/analytics/t", "no json"),
        ("/analytics/t", "7"),
        ("/analytics/bulk/t", "[1, null, \"x\"]"),
        ("/dimensiondata/t", "{"),
    ] {
        let mut twin = small(&[]);
        let mut request = Request::new(Method::POST, path);
        request.body = Bytes::from(body);
        let answer = twin.answer(&request, noon());
        assert_eq!(
            (answer.response.status, answer.changed),
            (200, false),
            "{path} {body}"
        );
    }
    let mut request = Request::new(Method::POST, "/analytics/t");
    request.body = Bytes::from(vec![b' '; 32 * 1024 * 1024 + 1]);
    assert_eq!(small(&[]).answer(&request, noon()).response.status, 413);
    assert_eq!(ask(&mut small(&[]), "GET /analytics/t", Value::Null).0, 404);
}

#[test]
fn only_the_tenants_own_is_kept() {
    let item = json!({"email": "lara@acme.test"});
    for (settings, path, status, changed) in [
        (vec![("tenant", "mine")], "/analytics/mine", 200, true),
        (vec![("tenant", "mine")], "/analytics/other", 200, false),
        (
            vec![("tenant", "mine"), ("unknown_tenant", "404")],
            "/analytics/other",
            404,
            false,
        ),
        (vec![], "/t/dimensiondata", 401, false),
        (vec![("legacy_routes", "present")], "/t/dimensiondata", 200, false),
    ] {
        let answer = post(&mut small(&settings), path, &item);
        assert_eq!(
            (answer.response.status, answer.changed),
            (status, changed),
            "{settings:?} {path}"
        );
    }
    let mut twin = small(&[("activity_answer", "json")]);
    let body = post(&mut twin, "/analytics/t", &item).response.body;
    assert_eq!(body, r#"{"errors":[],"processed":1}"#);
    let nobody = serde_json::json!([{ "action": "Seen", "externalId": "nobody's" }, { "action": "Seen" }]);
    let body = post(&mut twin, "/analytics/bulk/t", &nobody).response.body;
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let of = |path: &str| answer.pointer(path).and_then(serde_json::Value::as_str);
    assert_eq!(of("/errors/0/item/externalId"), Some("nobody's"));
    assert_eq!(
        of("/errors/0/error"),
        Some("the end user is unknown, and so is the company")
    );
    assert_eq!(
        of("/errors/1/error"),
        Some("email or externalId must be specified")
    );
}

#[test]
fn a_journal_without_credentials_is_replayed() {
    let options = crate::TwinOptions {
        token: Some("secret".to_owned()),
        settings: [("tenant".to_owned(), "t".to_owned())].into(),
    };
    let mut twin = PlanhatTwin::new(&options).unwrap();
    for (token, status) in [
        ("Basic dDo=", 200),
        ("Basic eDo=", 401),
        ("Bearer secret", 200),
        ("Bearer t", 401),
    ] {
        let request = Request::new(Method::POST, "/dock/segment").header(header::AUTHORIZATION, token);
        assert_eq!(twin.answer(&request, noon()).response.status, status, "{token}");
    }
}
