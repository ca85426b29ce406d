//! Single records of every model but conversations.

use serde_json::{Value, json};

use super::{ask, get, make, noon, request, send, small};
use crate::Twin;

#[test]
fn creates_need_what_is_documented() {
    // tidy: long because it is one table
    for (path, body, status) in [
        ("/companies", json!({"name": "New"}), 200),
        ("/companies", json!({}), 400),
        ("/companies", json!({"name": ""}), 400),
        ("/companies", json!({"name": ["New"]}), 400),
        ("/companies", json!({"name": "New", "externalId": "ext 1"}), 400),
        (
            "/companies",
            json!({"name": "New", "customerFrom": "2021-07-29T00:00:00.00Z"}),
            200,
        ),
        ("/companies", json!({"name": "New", "customerFrom": "soon"}), 400),
        ("/companies", json!({"name": "New", "domains": "acme.test"}), 400),
        ("/companies", json!({"name": "New", "custom": []}), 400),
        ("/endusers", json!({"companyId": "c1", "email": "x@x.test"}), 200),
        (
            "/endusers",
            json!({"companyId": "extid-ext 1", "externalId": 12}),
            200,
        ),
        (
            "/endusers",
            json!({"companyId": "srcid-sf-1", "sourceId": "s"}),
            200,
        ),
        ("/endusers", json!({"email": "new@acme.test"}), 200),
        ("/endusers", json!({"email": "new@nowhere.test"}), 400),
        ("/endusers", json!({"companyId": "c1"}), 400),
        (
            "/endusers",
            json!({"companyId": "c1", "email": "Lara@acme.test"}),
            400,
        ),
        (
            "/endusers",
            json!({"companyId": "c2", "email": "lara@acme.test"}),
            200,
        ),
        (
            "/users",
            json!({"nickName": "N", "email": "n@us.test", "firstName": "N", "lastName": "M"}),
            200,
        ),
        (
            "/users",
            json!({"nickName": "N", "email": "n@us.test", "firstName": "N"}),
            400,
        ),
        (
            "/users",
            json!({"nickName": "N", "email": "alex@us.test", "firstName": "N", "lastName": "M"}),
            400,
        ),
        (
            "/customfields",
            json!({"name": "A.b #", "parent": "Company", "type": "rich text"}),
            200,
        ),
        (
            "/customfields",
            json!({"name": "A", "parent": "Company", "type": "enum"}),
            400,
        ),
        ("/customfields", json!({"name": "A", "type": "text"}), 400),
    ] {
        let (given, answer) = ask(&mut small(&[]), &format!("POST {path}"), body.clone());
        assert_eq!(given, status, "{path} {body}: {answer}");
    }
}

#[test]
fn a_fresh_company_has_its_defaults() {
    let mut twin = small(&[]);
    let id = make(
        &mut twin,
        "/companies",
        json!({"name": "Größe & Co 7", "phase": "Trial"}),
    );
    let company = get(&mut twin, &format!("GET /companies/{id}"));
    for (name, value) in [
        ("slug", json!("greco7")),
        ("status", json!("prospect")),
        ("mrr", json!(0)),
        ("headId", Value::Null),
        ("followers", json!([])),
        ("createDate", json!("2021-07-29T17:21:52.347Z")),
        ("phaseSince", json!("2021-07-29T17:21:52.347Z")),
        ("__v", json!(0)),
    ] {
        assert_eq!(company.get(name), Some(&value), "{name}");
    }
    assert_eq!(id.len(), 24);
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn paths_take_the_documented_keys() {
    for (line, status) in [
        ("GET /companies/c1", 200),
        ("GET /companies/extid-ext%201", 200),
        ("GET /companies/srcid-sf-1", 200),
        ("PUT /companies/srcid-sf-1", 200),
        ("DELETE /companies/srcid-sf-1", 404),
        ("DELETE /companies/c1", 200),
        ("GET /users/u1", 200),
        ("GET /users/srcid-x", 404),
        ("GET /endusers/extid-none", 404),
        ("GET /conversations/srcid-x", 404),
    ] {
        let body = if line.starts_with("PUT") {
            json!({})
        } else {
            Value::Null
        };
        assert_eq!(ask(&mut small(&[]), line, body).0, status, "{line}");
    }
    let mut twin = small(&[("delete_by_key", "yes")]);
    let (status, answer) = ask(&mut twin, "DELETE /companies/srcid-sf-1", Value::Null);
    assert_eq!(
        (status, answer),
        (200, json!({"n": 1, "ok": 1, "deletedCount": 1}))
    );
}

#[test]
fn an_update_changes_only_what_it_names() {
    let mut twin = small(&[]);
    ask(
        &mut twin,
        "PUT /companies/c1",
        json!({"custom": {"A.b": 1, "C d": "x"}, "city": "Oslo"}),
    );
    let second = serde_json::from_str(r##"{"custom": {"A.b": null, "#": 1.50}, "_id": "other"}"##).unwrap();
    ask(&mut twin, "PUT /companies/c1", second);
    let company = get(&mut twin, "GET /companies/c1");
    assert_eq!(company["custom"].to_string(), r##"{"#":1.50,"C d":"x"}"##);
    assert_eq!(
        (&company["name"], &company["city"]),
        (&json!("Acme"), &json!("Oslo"))
    );
    let mut twin = small(&[("custom_merge", "replace"), ("put_with_id", "400")]);
    ask(&mut twin, "PUT /companies/c1", json!({"custom": {"a": 1}}));
    ask(&mut twin, "PUT /companies/c1", json!({"custom": {"b": 1}}));
    assert_eq!(get(&mut twin, "GET /companies/c1")["custom"], json!({"b": 1}));
    assert_eq!(ask(&mut twin, "PUT /companies/c1", json!({"_id": "c1"})).0, 400);
}

#[test]
fn an_equal_update_moves_the_stamp() {
    let mut twin = small(&[]);
    ask(&mut twin, "PUT /companies/c1", json!({"name": "Acme"}));
    let later = "2022-01-01T00:00:00Z".parse().unwrap();
    let answer = twin.answer(
        &request("PUT /companies/c1", Some(&json!({"name": "Acme"}))),
        later,
    );
    assert!(answer.changed);
    for stamp in ["updatedAt", "lastUpdated"] {
        assert_eq!(super::json_of(&answer)[stamp], "2022-01-01T00:00:00.000Z");
    }
    assert!(
        twin.answer(&request("GET /companies/c1", None), noon())
            .response
            .status
            == 200
    );
}

#[test]
fn dates_come_back_in_one_form() {
    for (sent, kept) in [
        (
            json!("2021-07-29T00:00:00.00Z"),
            json!("2021-07-29T00:00:00.000Z"),
        ),
        (json!("2021-07-28"), json!("2021-07-28T00:00:00.000Z")),
        (
            json!("2021-07-29T02:00:00+02:00"),
            json!("2021-07-29T00:00:00.000Z"),
        ),
        (json!("2021-07-29T02:00:00"), json!("2021-07-29T02:00:00.000Z")),
        (json!(1_580_229_961_944_i64), json!("2020-01-28T16:46:01.944Z")),
        (json!("1961-04-12T06:07:00Z"), json!("1961-04-12T06:07:00.000Z")),
        (Value::Null, Value::Null),
    ] {
        let (_, company) = ask(
            &mut small(&[]),
            "PUT /companies/c1",
            json!({"customerFrom": sent}),
        );
        assert_eq!(company["customerFrom"], kept, "{sent}");
    }
}

#[test]
fn names_are_composed_and_split() {
    for (body, name, first, last) in [
        (
            json!({"firstName": "Ada", "lastName": "Byron"}),
            "Ada Byron",
            "Ada",
            "Byron",
        ),
        (
            json!({"name": "Ada King Byron"}),
            "Ada King Byron",
            "Ada",
            "King Byron",
        ),
        (
            json!({"name": "A B", "firstName": "Ada", "lastName": "Byron"}),
            "A B",
            "Ada",
            "Byron",
        ),
    ] {
        let mut sent = body.clone();
        sent["companyId"] = "c1".into();
        sent["email"] = "x@acme.test".into();
        let (_, made) = ask(&mut small(&[]), "POST /endusers", sent);
        let found = [&made["name"], &made["firstName"], &made["lastName"]];
        assert_eq!(found, [name, first, last], "{body}");
    }
}

#[test]
fn a_contact_brings_its_domain_to_the_company() {
    for (setting, email, domains) in [
        ("yes", "a@New.test", json!(["acme.test", "new.test"])),
        ("yes", "a@ACME.test", json!(["acme.test"])),
        ("yes", "a@gmail.com", json!(["acme.test"])),
        ("no", "a@new.test", json!(["acme.test"])),
    ] {
        let mut twin = small(&[("domains_from_endusers", setting)]);
        make(&mut twin, "/endusers", json!({"companyId": "c1", "email": email}));
        assert_eq!(get(&mut twin, "GET /companies/c1")["domains"], domains, "{email}");
    }
}

#[test]
fn keys_find_numbers_as_texts() {
    for (setting, kept) in [("keep", json!(1234)), ("text", json!("1234"))] {
        let mut twin = small(&[("external_id_numbers", setting)]);
        make(&mut twin, "/companies", json!({"name": "N", "externalId": 1234}));
        assert_eq!(get(&mut twin, "GET /companies/extid-1234")["externalId"], kept);
    }
}

#[test]
fn only_writes_that_work_change_the_state() {
    for (line, body, changed) in [
        ("GET /companies?sort=name", Value::Null, false),
        ("POST /companies", json!({"name": "New"}), true),
        ("POST /companies", json!({}), false),
        ("PUT /companies/c1", json!({}), true),
        ("PUT /companies/none", json!({}), false),
        ("DELETE /companies/none", Value::Null, false),
        ("DELETE /companies/c1", Value::Null, true),
        ("PUT /endusers", json!([{"email": "x@nowhere.test"}]), false),
        ("PUT /endusers", json!([{"email": "x@acme.test"}]), true),
    ] {
        let mut twin = small(&[]);
        twin.state.take_changed();
        let body = Some(body).filter(|body| !body.is_null());
        assert_eq!(send(&mut twin, line, body.as_ref()).changed, changed, "{line}");
    }
}
