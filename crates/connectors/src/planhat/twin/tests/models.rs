//! Every model's paths, keys, pages and required fields, as the documentation lists them.

use serde_json::{Value, json};

use super::{ask, get, ids, keep, make, small};
use crate::{
    Twin,
    planhat::twin::models::{MODELS, of_table},
};

/// A model with little particular to it: path, table, what a create needs at least, what it needs one by one, and which
/// prefixes reads and updates take.
struct Case {
    path: &'static str,
    table: &'static str,
    least: Value,
    needs: &'static [&'static str],
    get: &'static str,
    put: &'static str,
    bulk: &'static [&'static str],
    limits: (usize, usize),
}

fn case(
    path: &'static str,
    table: &'static str,
    least: Value,
    needs: &'static [&'static str],
    keys: (&'static str, &'static str, &'static [&'static str]),
) -> Case {
    let (get, put, bulk) = keys;
    Case {
        path,
        table,
        least,
        needs,
        get,
        put,
        bulk,
        limits: (100, 2000),
    }
}

// tidy: long because it is one table
fn cases() -> Vec<Case> {
    let both = (
        "extid srcid",
        "extid srcid",
        ["sourceId", "externalId"].as_slice(),
    );
    let source = ("srcid", "srcid", ["sourceId"].as_slice());
    let none = ("", "", [].as_slice());
    let named = || json!({"name": "N", "companyId": "c1"});
    let named_needs = &["name", "companyId"];
    let money = || json!({"companyId": "c1", "_currency": "USD", "value": 1});
    let mut cases = vec![
        case("/assets", "asset", named(), named_needs, both),
        case("/campaigns", "campaign", named(), named_needs, both),
        case("/objectives", "objective", named(), named_needs, both),
        case("/projects", "project", named(), named_needs, both),
        case("/workspaces", "workspace", named(), named_needs, both),
        case("/churn", "churn", json!({}), &[], ("", "srcid", &["sourceId"])),
        case(
            "/licenses",
            "license",
            money(),
            &["companyId", "_currency", "value"],
            both,
        ),
        case(
            "/sales",
            "sale",
            money(),
            &["companyId", "_currency", "value"],
            both,
        ),
        case(
            "/invoices",
            "invoice",
            json!({"cId": "c1"}),
            &["cId"],
            ("extid srcid", "extid srcid", &["sourceId", "extId"]),
        ),
        case("/issues", "issue", json!({"title": "T"}), &["title"], source),
        case(
            "/nps",
            "nps",
            json!({"email": "a@b.test", "score": 9}),
            &["email", "score"],
            source,
        ),
        case(
            "/opportunities",
            "opportunity",
            json!({"companyId": "c1"}),
            &["companyId"],
            ("extid srcid", "extid", &["externalId"]),
        ),
        case(
            "/timeentries",
            "timeentry",
            json!({"date": "2021-07-01", "hours": 0.5}),
            &["date", "hours"],
            none,
        ),
        case("/timesheets", "timesheet", json!({}), &[], none),
        case("/deals", "deal", json!({"companyId": "c1"}), &["companyId"], both),
        case("/products", "product", json!({"name": "P"}), &["name"], both),
        case(
            "/lineitems",
            "lineitem",
            json!({"dealId": "d1", "fromDate": "2021-01-01", "mrr": 1}),
            &["dealId", "fromDate", "mrr"],
            both,
        ),
    ];
    for case in &mut cases {
        case.limits.1 = if case.table == "nps" { 10_000 } else { 2000 };
    }
    cases
}

fn world() -> crate::planhat::twin::PlanhatTwin {
    let mut twin = small(&[("over_max_limit", "400")]);
    keep(
        &mut twin,
        "deal",
        json!({"_id": "d1", "companyId": "c1", "companyName": "Acme"}),
    );
    twin
}

/// The least body with a source id and an own id.
fn keyed(case: &Case) -> Value {
    let mut body = case.least.clone();
    body["sourceId"] = "s 1".into();
    body[of_table(case.table).unwrap().external] = "x 1".into();
    if of_table(case.table).unwrap().external.is_empty() {
        body.as_object_mut().unwrap().remove("");
    }
    body
}

#[test]
fn creates_need_what_is_documented_and_nothing_more() {
    for case in cases() {
        let mut twin = world();
        make(&mut twin, case.path, case.least.clone());
        for name in case.needs {
            let mut body = case.least.clone();
            body.as_object_mut().unwrap().remove(*name);
            let (status, answer) = ask(&mut twin, &format!("POST {}", case.path), body);
            assert_eq!(status, 400, "{} without {name}: {answer}", case.path);
        }
    }
}

#[test]
fn paths_take_the_documented_keys() {
    for case in cases() {
        for (verb, taken, body) in [("GET", case.get, Value::Null), ("PUT", case.put, json!({}))] {
            let mut twin = world();
            let id = make(&mut twin, case.path, keyed(&case));
            for (key, prefix) in [
                (id.as_str(), ""),
                ("extid-x%201", "extid"),
                ("srcid-s%201", "srcid"),
            ] {
                let line = format!("{verb} {}/{key}", case.path);
                let known = prefix.is_empty() || taken.split(' ').any(|known| known == prefix);
                let status = if known { 200 } else { 404 };
                assert_eq!(ask(&mut twin, &line, body.clone()).0, status, "{line}");
            }
        }
    }
}

#[test]
fn bulk_writes_match_by_the_documented_keys() {
    for case in cases() {
        let mut twin = world();
        let id = make(&mut twin, case.path, keyed(&case));
        let keys = [
            ("_id", id.as_str()),
            ("sourceId", "s 1"),
            ("externalId", "x 1"),
            ("extId", "x 1"),
        ];
        for (name, value) in keys {
            let known = name == "_id" || case.bulk.contains(&name);
            let mut item = case.least.clone();
            for (name, value) in [("currency", json!("USD")), ("invoiceDate", json!(18_800))] {
                item[name] = value;
            }
            item[name] = value.into();
            let (_, answer) = ask(&mut twin, &format!("PUT {}", case.path), json!([item]));
            let matched = answer["updatesKeys"][0]["_id"] == json!(id);
            assert_eq!(matched, known, "{} {name}: {answer}", case.path);
        }
    }
}

#[test]
fn lists_have_the_documented_sizes_and_filters() {
    for case in cases() {
        let mut twin = world();
        let (usual, most) = case.limits;
        let company = of_table(case.table).unwrap().company;
        for place in 0..=usual {
            let mut record =
                json!({"_id": format!("{place:04}"), "dateAnswered": "2021-07-01T00:00:00.000Z"});
            record[if company.is_empty() { "x" } else { company }] = match (company, place) {
                ("companyIds", 0) => json!(["c2", "c1"]),
                (_, 0) => json!("c2"),
                _ => json!("c1"),
            };
            keep(&mut twin, case.table, record);
        }
        let count = |list: &Value| list.as_array().unwrap().len();
        assert_eq!(
            count(&get(&mut twin, &format!("GET {}", case.path))),
            usual,
            "{}",
            case.path
        );
        for (limit, status) in [(most, 200), (most + 1, 400)] {
            let line = format!("GET {}?limit={limit}", case.path);
            assert_eq!(ask(&mut twin, &line, Value::Null).0, status, "{line}");
        }
        let of_company = get(&mut twin, &format!("GET {}?companyId=c2", case.path));
        let filters = !matches!(case.table, "timesheet" | "product" | "lineitem");
        assert_eq!(ids(&of_company) == "0000", filters, "{}", case.path);
        let several = get(&mut twin, &format!("GET {}?companyId=c2,c1&limit=200", case.path));
        let many = !filters || matches!(case.table, "invoice" | "nps");
        assert_eq!(count(&several) > 1, many, "{}", case.path);
    }
}

/// More digits than a floating point number has.
const DIGITS: &str = "12345678901234567890.1234567890";

#[test]
fn a_record_lives_from_create_to_delete() {
    for case in cases() {
        let mut twin = world();
        let mut body = case.least.clone();
        body["custom"] = json!({"Größe #1": serde_json::from_str::<Value>(DIGITS).unwrap()});
        body["_id"] = "mine".into();
        body["unknownProperty"] = true.into();
        let id = make(&mut twin, case.path, body);
        assert_eq!(id.len(), 24);
        let one = format!("{}/{id}", case.path);
        let record = get(&mut twin, &format!("GET {one}"));
        assert_eq!(record["custom"]["Größe #1"].to_string(), DIGITS, "{one}");
        assert_eq!(record["unknownProperty"], Value::Null);
        let update = json!({"custom": {"two": "2"}});
        let (status, updated) = ask(&mut twin, &format!("PUT {one}"), update);
        assert_eq!((status, &updated["custom"]["two"]), (200, &json!("2")), "{one}");
        assert_eq!(updated["custom"]["Größe #1"].to_string(), DIGITS, "{one}");
        let listed = get(&mut twin, &format!("GET {}?select=custom", case.path));
        assert!(
            listed
                .as_array()
                .unwrap()
                .iter()
                .any(|record| record["custom"]["two"] == "2"),
            "{one}"
        );
        let deleted = get(&mut twin, &format!("DELETE {one}"));
        assert_eq!(deleted, json!({"n": 1, "ok": 1, "deletedCount": 1}));
        assert_eq!(ask(&mut twin, &format!("GET {one}"), Value::Null).0, 404);
    }
}

#[test]
fn values_of_the_wrong_kind_are_refused_for_every_property() {
    for model in MODELS
        .iter()
        .filter(|model| model.offers('C') && (model.exists)(&small(&[]).switches))
    {
        let properties = &model.properties;
        for (names, wrong) in [
            (properties.text, json!({})),
            (properties.number, json!("1")),
            (properties.flag, json!("yes")),
            (properties.date, json!("soon")),
            (properties.day, json!(1.5)),
            (properties.list, json!("x")),
            (properties.object, json!([])),
        ] {
            for name in names.split_ascii_whitespace() {
                let line = format!("POST /{}", model.path);
                let (status, answer) = ask(&mut small(&[]), &line, json!({name: wrong}));
                let said = answer["error"].as_str().unwrap_or_default().to_owned();
                assert!(status == 400 && said.starts_with(name), "{line} {name}: {said}");
            }
        }
    }
}

#[test]
fn company_names_follow_everywhere() {
    for case in cases() {
        let label = match of_table(case.table).unwrap().company {
            "companyId" => "/companyName",
            "cId" if case.table == "invoice" => "/cName",
            "companyIds" => "/companies/0/name",
            _ => continue,
        };
        let mut twin = world();
        let mut body = case.least.clone();
        match case.table {
            "issue" => body["companyIds"] = json!(["extid-ext 1"]),
            "invoice" => body["cId"] = "srcid-sf-1".into(),
            _ => body["companyId"] = "extid-ext 1".into(),
        }
        let id = make(&mut twin, case.path, body);
        for name in ["Acme", "Renamed"] {
            ask(&mut twin, "PUT /companies/c1", json!({"name": name}));
            let record = get(&mut twin, &format!("GET {}/{id}", case.path));
            assert_eq!(
                record.pointer(label),
                Some(&json!(name)),
                "{} {record}",
                case.path
            );
        }
    }
}

#[test]
fn switches_take_paths_away_or_bring_them() {
    for (line, setting, with, without) in [
        ("GET /comments", ("comments", "absent"), 404, 200),
        ("GET /lineitems", ("lineitems", "absent"), 404, 200),
        ("GET /workflows", ("workflows", "absent"), 404, 200),
        ("GET /calls", ("legacy_routes", "present"), 200, 404),
        ("GET /segments", ("legacy_routes", "present"), 200, 404),
        ("GET /activitytags", ("legacy_routes", "present"), 200, 404),
        (
            "GET /companies/c1/licenses",
            ("legacy_routes", "present"),
            200,
            404,
        ),
        (
            "GET /companies/c1/endusers",
            ("legacy_routes", "present"),
            200,
            404,
        ),
        ("GET /companies/c1/users", ("legacy_routes", "present"), 404, 404),
    ] {
        assert_eq!(ask(&mut small(&[setting]), line, Value::Null).0, with, "{line}");
        assert_eq!(ask(&mut small(&[]), line, Value::Null).0, without, "{line}");
    }
}

#[test]
fn a_companys_licenses_were_under_the_company_once() {
    let mut twin = small(&[("legacy_routes", "present")]);
    let body = json!({"_currency": "USD", "value": 1});
    let id = make(&mut twin, "/companies/c1/licenses", body);
    assert_eq!(ids(&get(&mut twin, "GET /companies/c1/licenses")), id);
    assert_eq!(ids(&get(&mut twin, "GET /companies/c2/licenses")), "");
    let (status, _) = ask(
        &mut twin,
        &format!("PUT /companies/c1/licenses/{id}"),
        json!({"value": 2}),
    );
    assert_eq!(status, 200);
    let one = get(&mut twin, &format!("GET /companies/c1/licenses/{id}"));
    assert_eq!(one["value"], 2);
}

#[test]
fn permissions_and_dumps_know_every_model() {
    for model in MODELS
        .iter()
        .filter(|model| model.owns_table() && model.offers('L'))
    {
        let legacy = ("legacy_routes", "present");
        let deny = format!("{}.view", model.name);
        let line = format!("GET /{}", model.path);
        let mut twin = small(&[("deny", &deny), legacy]);
        assert_eq!(ask(&mut twin, &line, Value::Null).0, 403, "{line}");
        assert!(twin.objects().contains(&model.name), "{line}");
        keep(&mut twin, model.table, json!({"_id": "x"}));
        assert!(
            twin.dump(model.name)
                .unwrap()
                .any(|text| text.contains(r#""_id":"x""#)),
            "{line}"
        );
    }
}

#[test]
fn comments_are_made_on_what_exists() {
    let mut twin = small(&[]);
    let talk = make(&mut twin, "/conversations", json!({"companyId": "c1"}));
    let task = make(&mut twin, "/tasks", json!({"companyId": "c1"}));
    for (parent, status, model) in [
        (talk.as_str(), 200, "Conversation"),
        (&task, 200, "Task"),
        ("no", 400, ""),
    ] {
        let body = json!({"text": "<p>Hi</p>", "by": "u1", "commentableId": parent});
        let (given, comment) = ask(&mut twin, "POST /comments", body);
        assert_eq!(given, status, "{comment}");
        if status == 200 {
            let expected = json!({"_id": comment["_id"], "text": "<p>Hi</p>", "by": "u1", "commentableId": parent,
                "commentableModel": model, "createdAt": "2021-07-29T17:21:52.347Z",
                "updatedAt": "2021-07-29T17:21:52.347Z", "__v": 0});
            assert_eq!(comment, expected);
        }
    }
}

#[test]
fn nobody_documents_what_becomes_of_a_comment_that_is_written() {
    let made = |settings: &[(&str, &str)]| {
        let mut twin = small(settings);
        let talk = make(&mut twin, "/conversations", json!({"companyId": "c1"}));
        let body = json!({"text": "<p><em>Hi</em></p>", "by": "u1", "commentableId": talk});
        ask(&mut twin, "POST /comments", body)
    };
    assert_eq!(made(&[("comment_writes", "refuse")]).0, 404);
    assert_eq!(made(&[]).1["by"], "u1");
    let (_, comment) = made(&[("comment_author", "account"), ("comment_markup", "rewritten")]);
    assert_ne!(comment["by"], "u1");
    assert_eq!(comment["text"], "<p><i>Hi</i></p>");
}

#[test]
fn a_conversation_brings_comments_along() {
    for (switch, expected) in [
        ("present", json!(["u1: One", "u2: Two"])),
        ("absent", json!(null)),
    ] {
        let mut twin = small(&[("comments", switch)]);
        let comments = json!([{"by": "u1", "text": "One"}, {"by": "u1"}, "no", {"by": "u2", "text": "Two"}]);
        let body = json!({"companyId": "c1", "comments": comments});
        let talk = make(&mut twin, "/conversations", body);
        make(
            &mut twin,
            "/conversations",
            json!({"companyId": "c1", "comments": "none"}),
        );
        let (_, listed) = ask(
            &mut twin,
            &format!("GET /comments?commentableId={talk}"),
            Value::Null,
        );
        let text = |comment: &Value| {
            format!(
                "{}: {}",
                comment["by"].as_str().unwrap(),
                comment["text"].as_str().unwrap()
            )
        };
        let texts = listed
            .as_array()
            .map(|listed| listed.iter().map(text).collect::<Vec<_>>());
        assert_eq!(json!(texts), expected, "{switch}");
    }
}
