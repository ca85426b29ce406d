#![allow(clippy::unwrap_used)]

use super::*;

fn check(route: &str, request: &str, expected: bool) {
    let (method, path) = request.split_once(' ').unwrap();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    assert_eq!(
        fits_route(route, &method, path),
        expected,
        "{route} for {request}"
    );
}

#[test]
fn a_route_names_a_method_and_a_path_with_stars() {
    check("*", "GET /companies", true);
    check("POST /works.create", "POST /works.create", true);
    check("POST /works.create", "GET /works.create", false);
    check("post /works.create", "POST /works.create", true);
    check("/works.create", "GET /works.create", true);
    check("GET /conversations/*", "GET /conversations/5f", true);
    check("GET /conversations/*", "GET /conversations", false);
    check("* /a/*/c", "PUT /a/b/c", true);
    check("* /a/*/c/*", "PUT /a/b/c/d", true);
    check("* /a/*/c/*", "PUT /a/b/d", false);
}

fn parse(text: &str) -> Result<Faults, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[test]
fn what_the_control_door_takes() {
    let good = |text: &str| assert!(parse(text).is_ok(), "{text}");
    let bad = |text: &str| assert!(parse(text).is_err(), "{text}");
    good(r#"{}"#);
    good(r#"{"seed":1,"rules":[{"route":"*","rate":0.02,"fault":"throttled"}]}"#);
    good(r#"{"rules":[{"rate":1,"fault":"delay","delay_ms":5}]}"#);
    bad(r#"{"rules":[{"rate":1.5,"fault":"delay"}]}"#);
    bad(r#"{"rules":[{"rate":0.5,"fault":"sulks"}]}"#);
    bad(r#"{"rules":[{"rate":0.5,"fault":"reset","rout":"*"}]}"#);
}

#[test]
fn the_same_seed_gives_the_same_faults_at_about_the_rate() {
    let text = r#"{"seed":7,"rules":[{"route":"*","rate":0.02,"fault":"reset"},{"route":"GET *","rate":0.02,"fault":"delay"}]}"#;
    let draw = || {
        let mut faults = parse(text).unwrap();
        (0..100_000)
            .map(|_| faults.next(&Method::GET, "/x"))
            .collect::<Vec<_>>()
    };
    let drawn = draw();
    assert_eq!(drawn, draw());
    let resets = drawn
        .iter()
        .filter(|plan| **plan == Some(FaultPlan::Reset))
        .count();
    assert!((1_800..2_200).contains(&resets), "{resets}");
}
