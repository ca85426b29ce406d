//! Tokens, permissions, routes and bodies that are none.

use bytes::Bytes;
use http::{Method, header};
use serde_json::{Value, json};

use super::{ask, noon, small, twin};
use crate::{Twin, TwinOptions, kit::Request, planhat};

#[test]
fn only_the_token_opens() {
    // "secret:" and "secret" in base64.
    for (header, status) in [
        (Some("Bearer secret"), 200),
        (Some("bearer secret"), 200),
        (Some("Basic c2VjcmV0Og=="), 200),
        (Some("Basic c2VjcmV0"), 401),
        (Some("Basic !!!"), 401),
        (Some("Bearer wrong"), 401),
        (Some("Bearer "), 401),
        (Some("secret"), 401),
        (None, 401),
    ] {
        let options = TwinOptions {
            token: Some("secret".to_owned()),
            ..TwinOptions::default()
        };
        let mut twin = planhat::twin::open(&options).unwrap();
        let mut request = Request::new(Method::GET, "/companies");
        if let Some(header) = header {
            request = request.header(header::AUTHORIZATION, header);
        }
        assert_eq!(
            twin.answer(&request, noon()).response.status,
            status,
            "{header:?}"
        );
    }
}

#[test]
fn without_a_token_every_path_answers_the_same() {
    for path in ["/companies", "/nothing", "/", "/companies/x/y", "/myprofile"] {
        let answer = twin(&[]).answer(&Request::new(Method::GET, path), noon());
        assert_eq!(answer.response.status, 401, "{path}");
    }
}

#[test]
fn unknown_routes_are_not_found() {
    for line in [
        "GET /",
        "GET /notes",
        "GET /activities",
        "GET /churns",
        "POST /tickets",
        "PUT /tickets/x",
        "PATCH /companies/c1",
        "GET /companies/c1/endusers",
        "GET /companies/..",
        "GET /companies/%ff",
        "GET /companies/%2",
        "PUT /customfields",
        "POST /leancompanies",
        "GET /leancompanies/c1",
        "GET /deals/x",
        "GET /calls",
        "GET /data",
        "POST /workflows",
        "GET /companies/nothing",
        "GET /companies/ext-x",
    ] {
        assert_eq!(ask(&mut small(&[]), line, json!([])).0, 404, "{line}");
    }
}

#[test]
fn an_empty_id_falls_through_to_the_list() {
    let (status, list) = ask(&mut small(&[]), "GET /companies/", Value::Null);
    assert_eq!((status, list.as_array().unwrap().len()), (200, 2));
}

#[test]
fn permissions_are_per_model_and_verb() {
    let deny = "conversation.view,company.create,enduser.update,conversation.delete";
    for (line, body, status) in [
        ("GET /conversations", Value::Null, 403),
        ("GET /tickets", Value::Null, 403),
        ("POST /conversations", json!({"companyId": "c1"}), 200),
        ("GET /companies", Value::Null, 200),
        ("POST /companies", json!({"name": "New"}), 403),
        ("PUT /companies/c1", json!({"name": "New"}), 200),
        ("PUT /endusers/e1", json!({"phone": "1"}), 403),
        ("DELETE /conversations/x", Value::Null, 403),
        ("DELETE /endusers/e1", Value::Null, 200),
    ] {
        assert_eq!(
            ask(&mut small(&[("deny", deny)]), line, body.clone()).0,
            status,
            "{line}"
        );
        let other = ask(
            &mut small(&[("deny", deny), ("denied_status", "404")]),
            line,
            body,
        )
        .0;
        assert_eq!(other, if status == 403 { 404 } else { status }, "{line}");
    }
}

#[test]
fn bodies_that_are_none_are_refused() {
    let deep = format!("{}1{}", "{\"custom\":".repeat(100), "}".repeat(100));
    let deeper = "[".repeat(100_000);
    for body in ["", "{", "[]", "1", "null", "\"x\"", "\u{feff}{}", &deep, &deeper] {
        for line in ["POST /companies", "PUT /companies/c1", "POST /conversations"] {
            let mut twin = small(&[]);
            let mut request = super::request(line, None);
            request.body = Bytes::from(body.to_owned());
            let answer = twin.answer(&request, noon());
            assert_eq!(
                (answer.response.status, answer.changed),
                (400, false),
                "{line} {body:.20}"
            );
        }
    }
    let mut request = super::request("POST /companies", None);
    request.body = Bytes::from_static(b"{\"name\":\"\xff\"}");
    assert_eq!(small(&[]).answer(&request, noon()).response.status, 400);
}

#[test]
fn errors_come_in_the_form_asked_for() {
    for (form, kind, start) in [
        ("json", "application/json", "{\"error\":"),
        ("text", "text/plain", "not found"),
        ("html", "text/html", "<!DOCTYPE html>"),
    ] {
        let answer = super::send(&mut twin(&[("error_form", form)]), "GET /notes", None);
        let body = String::from_utf8(answer.response.body.to_vec()).unwrap();
        assert!(body.starts_with(start), "{body}");
        assert!(
            answer
                .response
                .header_text("content-type")
                .unwrap()
                .starts_with(kind)
        );
    }
}

#[test]
fn the_profile_is_the_service_account() {
    let (status, profile) = ask(&mut twin(&[]), "GET /myprofile", Value::Null);
    assert_eq!((status, &profile["isMyProfile"]), (200, &json!(true)));
    assert_eq!(
        ask(
            &mut twin(&[("myprofile", "absent")]),
            "GET /myprofile",
            Value::Null
        )
        .0,
        404
    );
}

#[test]
fn settings_that_do_not_exist_are_explained() {
    for (name, value, hint) in [
        ("reserved_type", "note", "`reserved_types`"),
        ("reserved_types", "acept", "`accept`"),
        ("deny", "conversatio.view", "`conversation`"),
        ("deny", "conversation.read", "`create`"),
    ] {
        let options = TwinOptions {
            token: None,
            settings: [(name.to_owned(), value.to_owned())].into(),
        };
        let fault = planhat::twin::open(&options).err().unwrap();
        assert_eq!(fault.kind(), model::FaultKind::Settings, "{name}={value}");
        assert!(
            fault.advice().unwrap().contains(hint),
            "{name}={value}: {:?}",
            fault.advice()
        );
    }
}
