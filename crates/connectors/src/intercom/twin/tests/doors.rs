//! Tokens, versions, permissions, limits, paths.

use http::header;
use serde_json::json;

use super::{request, stand};

#[test]
fn only_the_right_token_gets_in() {
    let mut twin = stand(&[]);
    for (token, status) in [("Bearer t", 200), ("Bearer u", 401), ("t", 401), ("", 401)] {
        let mut asked = request("GET /me", None).header(header::AUTHORIZATION, token);
        if token.is_empty() {
            asked.headers.remove(header::AUTHORIZATION);
        }
        assert_eq!(twin.send(asked).status, status, "{token}");
    }
}

#[test]
fn versions_are_three() {
    for (version, status) in [
        ("2.14", 200),
        ("2.15", 200),
        ("2.16", 200),
        ("2.99", 400),
        ("", 200),
    ] {
        let mut twin = stand(&[]);
        twin.version = version;
        assert_eq!(twin.ask("GET /me", None).0, status, "{version}");
    }
    let mut twin = stand(&[]);
    twin.version = "1.1";
    twin.refuses("GET /me", None, "400 intercom_version_invalid Requested resource");
}

#[test]
fn a_token_may_lack_a_permission() {
    let settings = [("permissions", "read_tags")];
    stand(&settings).refuses(
        "GET /me",
        None,
        "403 forbidden You do not have the required scope",
    );
    let settings = [("permissions", "read_tags"), ("denied", "401")];
    stand(&settings).refuses("GET /me", None, "401 token_unauthorized");
    let settings = [("permissions", "read_tags, read_one_admin")];
    stand(&settings).get("GET /me");
}

#[test]
fn what_is_not_there_is_not_found() {
    let mut twin = stand(&[]);
    twin.refuses("GET /nowhere", None, "404 not_found Resource Not Found");
    twin.refuses("DELETE /me", None, "404 not_found");
    twin.refuses("GET /me/x", None, "404 not_found");
}

#[test]
fn a_sixth_of_the_calls_of_a_minute_are_taken_in_ten_seconds() {
    let mut twin = stand(&[("calls_per_minute", "12")]);
    let ask = |twin: &mut super::Stand| {
        let response = twin.send(request("GET /me", None));
        let number = |name: &str| response.header_text(name).unwrap().parse::<i64>().unwrap();
        (
            response.status,
            number("x-ratelimit-limit"),
            number("x-ratelimit-remaining"),
            number("x-ratelimit-reset") - super::START,
        )
    };
    assert_eq!(ask(&mut twin), (200, 2, 1, 10));
    assert_eq!(ask(&mut twin), (200, 2, 0, 10));
    assert_eq!(ask(&mut twin), (429, 2, 0, 10));
    twin.refuses(
        "GET /me",
        None,
        "429 rate_limit_exceeded Exceeded rate limit of 2",
    );
    twin.wait(10);
    assert_eq!(ask(&mut twin), (200, 2, 1, 20));
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    let mut twin = stand(&[]);
    let (status, _) = twin.ask("GET /me", Some(json!([1])));
    assert_eq!(status, 400);
}
