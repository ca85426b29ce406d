//! The way to a token.

use serde_json::json;

use super::{Stand, request, stand};

const SETTINGS: &[(&str, &str)] = &[("client_id", "app"), ("client_secret", "secret")];

/// The code that the way gives, as the app would read it.
fn code(twin: &mut Stand) -> String {
    let asked = request("GET /oauth", None)
        .query("client_id", "app")
        .query("state", "s 1")
        .query("redirect_uri", "https://app.example/back?x=1");
    let answer = twin.send(asked);
    assert_eq!(answer.status, 302);
    let to = answer.header_text("location").unwrap();
    let rest = to.strip_prefix("https://app.example/back?x=1&code=").unwrap();
    let (code, state) = rest.split_once("&state=").unwrap();
    assert_eq!(state, "s%201");
    code.replace("%3D", "=")
}

#[test]
fn a_code_gives_the_token_once() {
    let mut twin = stand(SETTINGS);
    let code = code(&mut twin);
    let body = json!({"code": code, "client_id": "app", "client_secret": "secret"});
    let answer = twin.did("POST /auth/eagle/token", body.clone());
    assert_eq!(
        answer,
        json!({"token_type": "Bearer", "token": "t", "access_token": "t"})
    );
    twin.refuses(
        "POST /auth/eagle/token",
        Some(body),
        "401 unauthorized Unauthorized Code",
    );
}

#[test]
fn a_form_is_taken_too() {
    let mut twin = stand(SETTINGS);
    let code = code(&mut twin).replace('=', "%3D");
    let mut asked = request("POST /auth/eagle/token", None)
        .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    asked.body = format!("code={code}&client_id=app&client_secret=secret").into();
    asked.headers.remove(http::header::AUTHORIZATION);
    assert_eq!(twin.send(asked).status, 200);
}

#[test]
fn a_stranger_gets_no_token() {
    for (client, secret, wait) in [
        ("app", "wrong", 0),
        ("other", "secret", 0),
        ("app", "", 0),
        ("app", "secret", 300),
    ] {
        let mut twin = stand(SETTINGS);
        let code = code(&mut twin);
        twin.wait(wait);
        let body = json!({"code": code, "client_id": client, "client_secret": secret});
        twin.refuses("POST /auth/eagle/token", Some(body), "401 unauthorized");
    }
    let mut twin = stand(SETTINGS);
    twin.refuses(
        "GET /oauth?client_id=other&redirect_uri=https://a.example",
        None,
        "404",
    );
    twin.refuses("GET /oauth?client_id=app&redirect_uri=javascript:x", None, "400");
}
