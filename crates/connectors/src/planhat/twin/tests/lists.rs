//! Lists: pages, orders, filters and properties.

use serde_json::{Value, json};

use super::{ask, get, ids, keep, small, twin};
use crate::planhat::twin::PlanhatTwin;

fn five() -> PlanhatTwin {
    let mut twin = twin(&[]);
    for (id, name, rank) in [
        ("c3", Some("beta"), json!(10)),
        ("c1", Some("alpha"), json!(9)),
        ("c2", None, json!(9)),
        ("c5", Some("Gamma"), json!("9")),
        ("c4", Some("alpha"), Value::Null),
    ] {
        let mut record = json!({"_id": id, "csmScore": rank, "status": "lost", "domains": []});
        if let Some(name) = name {
            record["name"] = name.into();
        }
        keep(&mut twin, "company", record);
    }
    twin
}

#[test]
fn pages_are_cut_as_asked() {
    for (query, found) in [
        ("", "c3 c1 c2 c5 c4"),
        ("limit=2", "c3 c1"),
        ("limit=2&offset=2", "c2 c5"),
        ("limit=2&offset=4", "c4"),
        ("offset=5", ""),
        ("offset=99999999999999999999999999", ""),
        ("limit=0", "c3 c1 c2 c5 c4"),
        ("limit=-1&offset=-1", "c3 c1 c2 c5 c4"),
        ("limit=x&offset=y", "c3 c1 c2 c5 c4"),
        ("limit=99999999", "c3 c1 c2 c5 c4"),
        ("sort=_id", "c1 c2 c3 c4 c5"),
        ("sort=-_id", "c5 c4 c3 c2 c1"),
        ("sort=name", "c5 c1 c4 c3 c2"),
        ("sort=-name", "c3 c1 c4 c5 c2"),
        ("sort=csmScore", "c1 c2 c3 c5 c4"),
        ("sort=-csmScore", "c5 c3 c1 c2 c4"),
        ("sort=nothing", "c3 c1 c2 c5 c4"),
        ("sort=-", "c3 c1 c2 c5 c4"),
        ("sort=_id&offset=3&limit=1", "c4"),
        ("companyId=c4,c1", "c1 c4"),
        ("companyId=c4, c1&sort=-_id", "c4 c1"),
        ("companyId=nothing", ""),
        ("companyId=", "c3 c1 c2 c5 c4"),
        ("externalId=x&whatever=1", "c3 c1 c2 c5 c4"),
    ] {
        let mut twin = five();
        assert_eq!(
            ids(&get(&mut twin, &format!("GET /companies?{query}"))),
            found,
            "{query}"
        );
        // A second time, from the order that is there now.
        assert_eq!(
            ids(&get(&mut twin, &format!("GET /companies?{query}"))),
            found,
            "{query}"
        );
    }
}

#[test]
fn an_order_follows_what_changes() {
    let mut twin = five();
    for (line, body, found) in [
        ("PUT /companies/c5", json!({"name": "aaa"}), "c5 c1 c4 c3 c2"),
        ("PUT /companies/c2", json!({"name": "aab"}), "c5 c2 c1 c4 c3"),
        ("DELETE /companies/c1", Value::Null, "c5 c2 c4 c3"),
        ("PUT /companies/c5", json!({"name": "zzz"}), "c2 c4 c3 c5"),
    ] {
        get(&mut twin, "GET /companies?sort=name");
        assert_eq!(ask(&mut twin, line, body).0, 200, "{line}");
        assert_eq!(ids(&get(&mut twin, "GET /companies?sort=name")), found, "{line}");
    }
}

#[test]
fn a_limit_above_the_maximum_is_clamped_or_refused() {
    let mut strict = twin(&[("over_max_limit", "400")]);
    assert_eq!(
        ask(&mut strict, "GET /conversations?limit=2001", Value::Null).0,
        400
    );
    assert_eq!(
        ask(&mut strict, "GET /conversations?limit=2000", Value::Null).0,
        200
    );
    let mut twin = small(&[]);
    for place in 0..2100 {
        keep(
            &mut twin,
            "conversation",
            json!({"_id": format!("{place:04}"), "companyId": "c1"}),
        );
    }
    for (query, count) in [
        ("limit=9999", 2000),
        ("", 30),
        ("limit=2000&offset=2000", 100),
        ("companyId=c1", 30),
    ] {
        let list = get(&mut twin, &format!("GET /conversations?{query}"));
        assert_eq!(list.as_array().unwrap().len(), count, "{query}");
    }
}

#[test]
fn select_chooses_properties() {
    for (settings, query, names) in [
        (&[][..], "select=name,%20description", "_id description name"),
        (&[], "select= name , csmScore", "_id csmScore name"),
        (
            &[("select_surfaces_all", "no")],
            "select=name,description",
            "_id name",
        ),
        (&[], "select=nothing", "_id"),
        (&[], "select=,", "_id domains name owner"),
        (&[], "", "_id domains name owner"),
    ] {
        let mut twin = small(settings);
        ask(
            &mut twin,
            "PUT /companies/c1",
            json!({"description": "d", "csmScore": 1}),
        );
        let query = query.replace("%20", " ");
        let list = get(&mut twin, &format!("GET /companies?{query}"));
        let mut found: Vec<&str> = list[0].as_object().unwrap().keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found.join(" "), names, "{query}");
    }
}

#[test]
fn lists_expand_references() {
    let mut twin = small(&[]);
    assert_eq!(
        get(&mut twin, "GET /companies")[0]["owner"],
        json!({"_id": "u1", "nickName": "Alex"})
    );
    assert_eq!(get(&mut twin, "GET /companies/c1")["owner"], "u1");
    ask(&mut twin, "PUT /users/u1", json!({"roles": ["r1"]}));
    assert_eq!(get(&mut twin, "GET /users")[0]["roles"][0]["_id"], "r1");
    assert_eq!(get(&mut twin, "GET /users/u1")["roles"], json!(["r1"]));
}

#[test]
fn the_light_list_has_all_companies_and_little_of_each() {
    let mut twin = small(&[]);
    ask(&mut twin, "PUT /companies/c2", json!({"status": "lost"}));
    let list = get(&mut twin, "GET /leancompanies?limit=1");
    assert_eq!(
        list[0],
        json!({"_id": "c1", "name": "Acme", "externalId": "ext 1", "sourceId": "sf-1"})
    );
    for (query, found) in [
        ("", "c1 c2"),
        ("externalId=ext 1", "c1"),
        ("sourceId=sf-1", "c1"),
        ("status=lost", "c2"),
        ("status=prospect", ""),
    ] {
        assert_eq!(
            ids(&get(&mut twin, &format!("GET /leancompanies?{query}"))),
            found,
            "{query}"
        );
    }
}

#[test]
fn archived_contacts_are_hidden() {
    let mut twin = small(&[]);
    keep(
        &mut twin,
        "enduser",
        json!({"_id": "e2", "companyId": "c1", "archived": true, "email": "b@acme.test"}),
    );
    for (query, found) in [
        ("", "e1"),
        ("archived=true", "e1 e2"),
        ("archived=false", "e1"),
        ("companyId=c1", "e1"),
        ("companyId=c1&archived=true", "e1 e2"),
        ("email=b@acme.test", ""),
        ("email=B@ACME.test&archived=true", "e2"),
        ("euId=e1", "e1"),
        ("euId=e2", ""),
        ("companyId=c2&archived=true", ""),
    ] {
        assert_eq!(
            ids(&get(&mut twin, &format!("GET /endusers?{query}"))),
            found,
            "{query}"
        );
    }
    assert_eq!(ask(&mut twin, "GET /endusers/e2", Value::Null).0, 200);
    ask(&mut twin, "PUT /endusers/e2", json!({"archived": false}));
    assert_eq!(ids(&get(&mut twin, "GET /endusers")), "e1 e2");
}

#[test]
fn undocumented_filters_work_when_asked_to() {
    for (setting, found) in [("ignored", "n t"), ("work", "t")] {
        let mut twin = small(&[
            ("undocumented_filters", setting),
            ("conversation_order", "oldest"),
        ]);
        keep(&mut twin, "conversation", json!({"_id": "n", "type": "note"}));
        keep(&mut twin, "conversation", json!({"_id": "t", "type": "ticket"}));
        assert_eq!(ids(&get(&mut twin, "GET /conversations?type=ticket")), found);
    }
}

#[test]
fn conversations_are_listed_newest_first() {
    let mut twin = small(&[]);
    for (id, date) in [
        ("a", "2020-01-01T00:00:00.000Z"),
        ("b", "2022-01-01T00:00:00.000Z"),
        ("c", "1969-01-01T00:00:00.000Z"),
    ] {
        keep(&mut twin, "conversation", json!({"_id": id, "date": date}));
    }
    assert_eq!(ids(&get(&mut twin, "GET /conversations")), "b a c");
    assert_eq!(ids(&get(&mut twin, "GET /conversations?sort=date")), "c a b");
}

#[test]
fn a_list_of_an_unknown_company_is_empty_or_not_found() {
    for (setting, status) in [("empty", 200), ("404", 404)] {
        let mut twin = small(&[("unknown_company_filter", setting)]);
        assert_eq!(
            ask(&mut twin, "GET /endusers?companyId=nothing", Value::Null).0,
            status
        );
    }
}
