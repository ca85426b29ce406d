//! Companies, their pages and their scroll.

use serde_json::{Value, json};

use super::{Stand, stand, texts};

fn company(twin: &mut Stand, own: &str) -> String {
    let body = json!({"company_id": own, "name": format!("Firm {own}"), "update_last_request_at": true});
    let made = twin.did("POST /companies", body);
    made["id"].as_str().unwrap().to_owned()
}

fn member(twin: &mut Stand, own: &str, company: &str) -> String {
    let contact = twin.did("POST /contacts", json!({"external_id": own}));
    let id = contact["id"].as_str().unwrap().to_owned();
    twin.did(&format!("POST /contacts/{id}/companies"), json!({"id": company}));
    id
}

#[test]
fn a_company_is_made_and_changed_by_the_customer_s_id() {
    let mut twin = stand(&[]);
    let id = company(&mut twin, "c1");
    assert_eq!(id.len(), 24);
    let body = json!({"company_id": "c1", "monthly_spend": 12.9, "plan": "Pro", "size": 5});
    let again = twin.did("POST /companies", body);
    assert_eq!(again["id"], id.as_str());
    assert_eq!(
        (&again["monthly_spend"], &again["plan"]["name"]),
        (&json!(12), &json!("Pro"))
    );
    assert_eq!(again["name"], "Firm c1");
    let one = twin.get("GET /companies?company_id=c1");
    assert_eq!(one["id"], id.as_str());
    assert_eq!(
        twin.get("GET /companies?name=firm c1").get("type"),
        None::<&Value>.or(Some(&json!("company")))
    );
    let put = twin.did(
        &format!("PUT /companies/{id}"),
        json!({"name": "New", "company_id": "c2"}),
    );
    assert_eq!((&put["name"], &put["company_id"]), (&json!("New"), &json!("c1")));
    twin.refuses(
        "POST /companies",
        Some(json!({"company_id": "c", "test": 1})),
        "400 bad_request bad 'test' parameter",
    );
    twin.refuses(
        "GET /companies/zz",
        None,
        "404 company_not_found Company Not Found",
    );
    twin.refuses("GET /companies", None, "400");
}

#[test]
fn a_list_holds_companies_with_users_alone() {
    let mut twin = stand(&[]);
    for own in ["a", "b", "c"] {
        twin.wait(10);
        let id = company(&mut twin, own);
        if own != "b" {
            member(&mut twin, own, &id);
        }
    }
    let list = twin.did("POST /companies/list?per_page=1", json!({}));
    assert_eq!(texts(&list["data"], "company_id"), ["c"]);
    assert_eq!(
        (&list["total_count"], &list["pages"]["total_pages"]),
        (&json!(2), &json!(2))
    );
    let next = list["pages"]["next"].as_str().unwrap();
    assert_eq!(next, "https://api.intercom.io/companies/list?per_page=1&page=2");
    let list = twin.did("POST /companies/list", json!({"per_page": 1, "page": 2}));
    assert_eq!(texts(&list["data"], "company_id"), ["a"]);
    assert_eq!(list["pages"]["next"], Value::Null);
    let up = twin.did("POST /companies/list?order=asc", json!({}));
    assert_eq!(texts(&up["data"], "company_id"), ["a", "c"]);
    twin.refuses(
        "POST /companies/list?per_page=61",
        None,
        "400 parameter_invalid Per Page is too big",
    );
    twin.refuses(
        "POST /companies/list?per_page=50&page=201",
        None,
        "400 bad_request page limit reached",
    );
}

#[test]
fn one_scroll_goes_through_all_companies() {
    let mut twin = stand(&[("scroll_size", "2")]);
    for own in ["a", "b", "c"] {
        company(&mut twin, own);
    }
    let first = twin.get("GET /companies/scroll");
    assert_eq!(texts(&first["data"], "company_id"), ["a", "b"]);
    let param = first["scroll_param"].as_str().unwrap().to_owned();
    twin.refuses("GET /companies/scroll", None, "400 scroll_exists");
    let next = format!("GET /companies/scroll?scroll_param={param}");
    twin.wait(59);
    assert_eq!(texts(&twin.get(&next)["data"], "company_id"), ["c"]);
    twin.wait(59);
    assert_eq!(twin.get(&next)["data"], json!([]));
    twin.refuses(&next, None, "404 not_found");
    let second = twin.get("GET /companies/scroll");
    assert_ne!(second["scroll_param"], first["scroll_param"]);
    twin.wait(60);
    let param = second["scroll_param"].as_str().unwrap();
    twin.refuses(
        &format!("GET /companies/scroll?scroll_param={param}"),
        None,
        "404 not_found",
    );
    twin.get("GET /companies/scroll");
}

#[test]
fn a_scroll_may_have_to_begin_again() {
    let mut twin = stand(&[("scroll_size", "2"), ("scroll_breaks", "once")]);
    for own in ["a", "b", "c"] {
        company(&mut twin, own);
    }
    for breaks in [true, false] {
        let first = twin.get("GET /companies/scroll");
        let param = first["scroll_param"].as_str().unwrap();
        let (status, _) = twin.ask(&format!("GET /companies/scroll?scroll_param={param}"), None);
        assert_eq!(status, if breaks { 500 } else { 200 });
    }
}

#[test]
fn what_a_company_has_comes_by_the_page() {
    let mut twin = stand(&[]);
    let id = company(&mut twin, "a");
    let contact = member(&mut twin, "u1", &id);
    member(&mut twin, "u2", &id);
    let people = twin.get(&format!("GET /companies/{id}/contacts?per_page=1"));
    assert_eq!(
        (&people["total_count"], people["data"].as_array().unwrap().len()),
        (&json!(2), 1)
    );
    assert_eq!(twin.get(&format!("GET /companies/{id}"))["user_count"], 2);
    let note = twin.did(
        &format!("POST /companies/{id}/notes"),
        json!({"body": "Hi & bye"}),
    );
    assert_eq!(
        (&note["body"], &note["company"]["id"]),
        (&json!("<p>Hi &amp; bye</p>"), &json!(id))
    );
    assert_eq!(twin.get(&format!("GET /companies/{id}/notes"))["total_count"], 1);
    twin.version = "2.14";
    twin.refuses(
        &format!("GET /companies/{id}/notes"),
        None,
        "400 intercom_version_invalid",
    );
    let gone = twin.ask(&format!("DELETE /companies/{id}"), None);
    assert_eq!(
        gone,
        (200, json!({"id": id, "object": "company", "deleted": true}))
    );
    assert_eq!(
        twin.get(&format!("GET /contacts/{contact}"))["companies"]["total_count"],
        0
    );
}
