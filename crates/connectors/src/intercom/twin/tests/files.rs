//! Files: signed addresses, and their end.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::Method;
use serde_json::{Value, json};

use super::{
    Stand,
    furnished::{ADA, ANN, furnished},
};
use crate::kit::{Request, Response};

/// Fetches from a signed address, without a token.
fn fetch(twin: &mut Stand, address: &str) -> Response {
    let rest = address.split_once("://").unwrap().1;
    let (path, query) = rest.split_at(rest.find('/').unwrap()).1.split_once('?').unwrap();
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    let request = Request::new(Method::GET, path);
    let request = pairs.fold(request, |request, (name, value)| request.query(name, value));
    twin.twin.answer(&request, twin.now).response
}

/// A conversation with a note that has a file; its id.
fn with_file(twin: &mut Stand) -> String {
    let id = twin.talk("Hello");
    let file =
        json!({"name": "a b.txt", "content_type": "text/plain", "data": BASE64_STANDARD.encode("contents")});
    let reply = json!({
        "message_type": "note", "type": "admin", "admin_id": ADA, "body": "see", "attachment_files": [file],
    });
    twin.did(&format!("POST /conversations/{id}/reply"), reply);
    id
}

fn attachment(twin: &mut Stand, id: &str) -> Value {
    let talk = twin.get(&format!("GET /conversations/{id}"));
    talk["conversation_parts"]["conversation_parts"][0]["attachments"][0].clone()
}

#[test]
fn an_address_works_for_half_an_hour() {
    for (setting, status) in [("403", 403), ("404", 404), ("410", 410)] {
        let mut twin = furnished(&[("expired_file", setting)]);
        let id = with_file(&mut twin);
        let file = attachment(&mut twin, &id);
        assert_eq!(
            (&file["name"], &file["filesize"], &file["width"]),
            (&json!("a b.txt"), &json!(8), &Value::Null)
        );
        let url = file["url"].as_str().unwrap();
        let got = fetch(&mut twin, url);
        assert_eq!((got.status, got.body.as_ref()), (200, b"contents".as_slice()));
        assert_eq!(got.header_text("content-type"), Some("text/plain"));
        twin.wait(1_799);
        assert_eq!(fetch(&mut twin, url).status, 200);
        twin.wait(1);
        assert_eq!(fetch(&mut twin, url).status, status);
        let again = attachment(&mut twin, &id);
        assert_ne!(again["url"], file["url"]);
        assert_eq!(fetch(&mut twin, again["url"].as_str().unwrap()).status, 200);
    }
}

#[test]
fn nobody_guesses_an_address() {
    let mut twin = furnished(&[]);
    let id = with_file(&mut twin);
    let url = attachment(&mut twin, &id)["url"].as_str().unwrap().to_owned();
    let later = url.replace("expires=1", "expires=2");
    for wrong in [
        later,
        url.replace("/u1/", "/u2/"),
        url.replace("signature=", "signature=0"),
    ] {
        assert_eq!(fetch(&mut twin, &wrong).status, 403, "{wrong}");
    }
}

#[test]
fn an_address_is_on_the_host_that_was_asked() {
    let mut twin = furnished(&[]);
    let id = with_file(&mut twin);
    let request = super::request(&format!("GET /conversations/{id}"), None)
        .header(http::header::HOST, "127.0.0.1:7103");
    let body = twin.send(request).body;
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(
        text.contains("http://127.0.0.1:7103/files/u1/a%20b.txt?expires="),
        "{text}"
    );
}

#[test]
fn files_from_elsewhere_are_worked_out_from_their_address() {
    let mut twin = furnished(&[]);
    let body = json!({
        "from": {"type": "user", "id": ANN}, "body": "look", "attachment_urls": ["https://x.example/a.png", "https://x.example/b.pdf"],
    });
    let id = twin.did("POST /conversations", body)["conversation_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let talk = twin.get(&format!("GET /conversations/{id}"));
    let files = talk["source"]["attachments"].as_array().unwrap().clone();
    assert_eq!(
        (&files[0]["content_type"], &files[1]["content_type"]),
        (&json!("image/png"), &json!("application/pdf"))
    );
    assert!(files[0]["width"].is_u64());
    for file in files {
        let got = fetch(&mut twin, file["url"].as_str().unwrap());
        assert_eq!(got.body.len() as u64, file["filesize"].as_u64().unwrap());
    }
    let wrong =
        json!({"from": {"type": "user", "id": ANN}, "body": "look", "attachment_urls": ["no address"]});
    twin.refuses("POST /conversations", Some(wrong), "400 parameter_invalid");
    let many = json!({"from": {"type": "user", "id": ANN}, "body": "look", "attachment_urls": vec!["https://x.example/a"; 11]});
    twin.refuses("POST /conversations", Some(many), "400 parameter_invalid");
}

#[test]
fn a_text_that_is_sent_back_keeps_its_pictures() {
    let mut twin = furnished(&[]);
    let author: u64 = ADA.parse().unwrap();
    let id = with_file(&mut twin);
    let url = attachment(&mut twin, &id)["url"]
        .as_str()
        .unwrap()
        .replace('&', "&amp;");
    let body = format!("<p>x</p><img src=\"{url}\">");
    let made = twin.did(
        "POST /articles",
        json!({"title": "T", "author_id": author, "body": body}),
    );
    twin.wait(7_200);
    let shown = twin.get(&format!("GET /articles/{}", made["id"].as_str().unwrap()));
    let shown = shown["body"].as_str().unwrap();
    let address = shown.split('"').nth(1).unwrap();
    assert!(address.contains("&amp;signature="), "{address}");
    assert_eq!(fetch(&mut twin, &address.replace("&amp;", "&")).status, 200);
}

#[test]
fn files_are_saved() {
    let mut twin = furnished(&[]);
    let id = with_file(&mut twin);
    let mut saved = Vec::new();
    twin.twin.save(&mut saved).unwrap();
    twin.twin.load(&mut saved.as_slice()).unwrap();
    let url = attachment(&mut twin, &id)["url"].as_str().unwrap().to_owned();
    assert_eq!(fetch(&mut twin, &url).body.as_ref(), b"contents");
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    let good = json!({"name": "a.txt", "data": "YQ=="});
    let path = format!("POST /conversations/{id}/reply");
    for files in [
        json!([good, {"name": "b.txt", "data": "?"}]),
        json!([good, {"data": "YQ=="}]),
    ] {
        let reply =
            json!({"message_type": "note", "type": "admin", "admin_id": ADA, "attachment_files": files});
        twin.refuses(&path, Some(reply), "400 parameter_invalid");
    }
    let reply =
        json!({"message_type": "shout", "type": "admin", "admin_id": ADA, "attachment_files": [good]});
    twin.refuses(&path, Some(reply), "400 parameter_invalid");
    let reply = json!({"message_type": "note", "type": "admin", "admin_id": ADA, "attachment_files": [good]});
    twin.did(&path, reply);
    assert!(
        attachment(&mut twin, &id)["url"]
            .as_str()
            .unwrap()
            .contains("/files/u1/")
    );
}
