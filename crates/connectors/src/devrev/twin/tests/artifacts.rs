use http::{Method, header::AUTHORIZATION};
use model::Timestamp;
use serde_json::{Value, json};

use super::{Desk, holds, ticket};
use crate::kit::{Request, Response};

/// Sends what takes no token.
fn bare(desk: &mut Desk, request: Request) -> Response {
    desk.second += 1;
    desk.twin
        .answer(&request, Timestamp::from_second(desk.second).unwrap())
        .response
}

/// The form that `prepare` asked for, with the file last.
fn form(prepared: &Value, bytes: &[u8]) -> Request {
    let mut body = Vec::new();
    for pair in prepared["form_data"].as_array().unwrap() {
        let (name, value) = (pair["key"].as_str().unwrap(), pair["value"].as_str().unwrap());
        body.extend(
            format!("--x9\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    body.extend(b"--x9\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: text/plain\r\n\r\n");
    body.extend(bytes);
    body.extend(b"\r\n--x9--\r\n");
    let mut request = to(prepared["url"].as_str().unwrap(), Method::POST)
        .header(http::header::CONTENT_TYPE, "multipart/form-data; boundary=x9");
    request.body = body.into();
    request
}

/// A request to an address as a server would see it.
fn to(url: &str, method: Method) -> Request {
    let path = url.strip_prefix("https://api.devrev.ai").unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(Request::new(method, path), |request, (name, value)| {
        request.query(name, value)
    })
}

fn prepare(desk: &mut Desk) -> Value {
    desk.ok(
        "artifacts.prepare",
        json!({"file_name": "f.txt", "file_type": "text/plain"}),
    )
}

/// Uploads a file, and gives its artifact's id.
fn upload(desk: &mut Desk, bytes: &[u8]) -> Value {
    let prepared = prepare(desk);
    assert_eq!(bare(desk, form(&prepared, bytes)).status, 204);
    prepared["id"].clone()
}

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.furnish();
    desk
}

#[test]
fn a_file_goes_up_hangs_on_a_record_and_comes_down() {
    let mut desk = desk();
    let bytes = b"one\r\n--x \0\xff";
    let id = upload(&mut desk, bytes);
    desk.ok("works.update", json!({"id": "TKT-1", "artifacts": {"set": [id]}}));
    let file = json!({"name": "f.txt", "type": "text/plain", "size": bytes.len()});
    let ticket = desk.ok("works.get", json!({"id": "TKT-1"}));
    assert!(
        holds(
            &ticket,
            &json!({"work": {"artifacts": [{"id": id, "display_id": "ARTIFACT-1", "file": file}]}})
        ),
        "{ticket}"
    );
    let got = desk.ok("artifacts.get", json!({"id": "ARTIFACT-1"}));
    assert!(
        holds(
            &got,
            &json!({"artifact": {"id": id, "file": file}, "version": {"version": "1"}})
        ),
        "{got}"
    );
    let list = desk.ok("artifacts.list", json!({"parent_id": "TKT-1"}));
    assert!(holds(&list, &json!({"artifacts": [{"id": id}]})), "{list}");
    let located = desk.ok("artifacts.locate", json!({"id": id}));
    let down = to(located["url"].as_str().unwrap(), Method::GET);
    let answer = bare(&mut desk, down.clone());
    assert_eq!((answer.status, &answer.body[..]), (200, &bytes[..]));
    assert_eq!(answer.header_text("content-type"), Some("text/plain"));
    assert_eq!(
        bare(&mut desk, down.clone().header(AUTHORIZATION, "Bearer secret")).status,
        400
    );
    desk.second += 3_600;
    assert_eq!(bare(&mut desk, down.clone()).status, 403);
    let forged = Request {
        path: down.path.replace("/1/", "/2/"),
        ..down
    };
    assert_eq!(bare(&mut desk, forged).status, 403);
    let dump: Vec<String> = desk.twin.dump("artifact").unwrap().collect();
    let dump: Value = serde_json::from_str(&dump[0]).unwrap();
    let sha256 = ring::digest::digest(&ring::digest::SHA256, bytes);
    let sha256 = hex::encode(sha256);
    assert_eq!(
        dump,
        json!({"id": id, "name": "f.txt", "type": "text/plain", "size": bytes.len(), "sha256": sha256, "parent": "don:core:dvrv-us-1:devo/1nterL1ne:ticket/1"})
    );
}

#[test]
fn an_upload_keeps_to_what_was_prepared() {
    let mut desk = Desk::with(&[("artifact_limit", "1024"), ("artifact_url_seconds", "60")]);
    let prepared = prepare(&mut desk);
    let status = |desk: &mut Desk, request: Request| bare(desk, request).status;
    assert_eq!(status(&mut desk, form(&prepared, &[7; 1025])), 400);
    assert_eq!(
        status(
            &mut desk,
            form(&prepared, b"x").header(AUTHORIZATION, "Bearer secret")
        ),
        400
    );
    let mut bent = prepared.clone();
    bent["form_data"][0]["value"] = json!("2/1");
    assert_eq!(status(&mut desk, form(&bent, b"x")), 403);
    let mut short = prepared.clone();
    short["form_data"].as_array_mut().unwrap().pop();
    assert_eq!(status(&mut desk, form(&short, b"x")), 403);
    let mut long = prepared.clone();
    long["form_data"]
        .as_array_mut()
        .unwrap()
        .push(json!({"key": "acl", "value": "public"}));
    assert_eq!(status(&mut desk, form(&long, b"x")), 403);
    let mut early = prepared.clone();
    early["form_data"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({"key": "file", "value": "x"}));
    assert_eq!(status(&mut desk, form(&early, b"x")), 403);
    let mut plain = form(&prepared, b"x");
    plain.body = "file".into();
    assert_eq!(status(&mut desk, plain), 400);
    assert_eq!(desk.post("artifacts.locate", json!({"id": "ARTIFACT-1"})).0, 404);
    assert_eq!(status(&mut desk, form(&prepared, &[7; 1024])), 204);
    desk.ok("artifacts.locate", json!({"id": "ARTIFACT-1"}));
    desk.second += 60;
    assert_eq!(status(&mut desk, form(&prepared, b"x")), 403);
}

#[test]
fn an_artifact_has_one_parent_for_ever() {
    let mut desk = desk();
    let id = upload(&mut desk, b"x");
    desk.ok("works.create", ticket(json!({"artifacts": [id]})));
    let parent = "don:core:dvrv-us-1:devo/1nterL1ne:ticket/2";
    let refused =
        json!({"type": "artifact_already_attached_to_a_parent", "existing_parent": parent, "is_same": false});
    let both = json!([id]);
    for (path, body) in [
        ("works.create", ticket(json!({"artifacts": both}))),
        ("works.update", json!({"id": "TKT-1", "artifacts": {"add": both}})),
        ("accounts.create", json!({"display_name": "B", "artifacts": both})),
        (
            "accounts.update",
            json!({"id": "ACC-1", "artifacts": {"set": both}}),
        ),
        (
            "rev-users.update",
            json!({"id": "REVU-1", "artifacts": {"set": both}}),
        ),
        ("rev-users.update", json!({"id": "REVU-1", "display_picture": id})),
        (
            "rev-orgs.update",
            json!({"id": "REV-1", "artifacts": {"set": both}}),
        ),
        (
            "parts.update",
            json!({"id": "PROD-1", "type": "product", "artifacts": {"set": both}}),
        ),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "TKT-2", "artifacts": both}),
        ),
        (
            "conversations.create",
            json!({"type": "support", "messages": [{"body": "m", "artifacts": both}]}),
        ),
    ] {
        let (status, answer) = desk.post(path, body);
        assert!(status == 400 && holds(&answer, &refused), "{path}: {answer}");
    }
    // Taking it off does not free it, and its own parent may have it back.
    desk.ok(
        "works.update",
        json!({"id": "TKT-2", "artifacts": {"remove": both}}),
    );
    assert_eq!(
        desk.post("works.update", json!({"id": "TKT-1", "artifacts": {"set": both}}))
            .0,
        400
    );
    desk.ok("works.update", json!({"id": "TKT-2", "artifacts": {"set": both}}));
    desk.ok("works.update", json!({"id": "TKT-2", "artifacts": {"add": both}}));
}

#[test]
fn what_the_reference_leaves_open_can_be_chosen() {
    let mut desk = Desk::with(&[("artifact_again", "refuse")]);
    desk.furnish();
    let id = upload(&mut desk, b"x");
    desk.ok("works.update", json!({"id": "TKT-1", "artifacts": {"add": [id]}}));
    let (status, answer) = desk.post("works.update", json!({"id": "TKT-1", "artifacts": {"add": [id]}}));
    assert!(status == 400 && answer["is_same"] == json!(true), "{answer}");
    prepare(&mut desk);
    assert_eq!(
        desk.post(
            "works.update",
            json!({"id": "TKT-1", "artifacts": {"add": ["ARTIFACT-2"]}})
        )
        .0,
        400
    );
    let mut desk = Desk::with(&[("artifact_without_file", "accept")]);
    desk.furnish();
    prepare(&mut desk);
    desk.ok(
        "works.update",
        json!({"id": "TKT-1", "artifacts": {"add": ["ARTIFACT-1"]}}),
    );
}

#[test]
fn comments_take_files_and_let_them_go() {
    let mut desk = desk();
    let ids: Vec<Value> = (0..3).map(|_| upload(&mut desk, b"x")).collect();
    let made = desk.ok(
        "timeline-entries.create",
        json!({"type": "timeline_comment", "object": "TKT-1", "artifacts": [ids[0]]}),
    );
    let id = &made["timeline_entry"]["id"];
    let shown = |answer: Value| {
        let artifacts = answer["timeline_entry"]["artifacts"].as_array().unwrap().clone();
        artifacts
            .iter()
            .map(|one| one["display_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut change = |change: Value| {
        shown(desk.ok(
            "timeline-entries.update",
            json!({"type": "timeline_comment", "id": id, "artifacts": change}),
        ))
    };
    assert_eq!(change(json!({"add": [ids[1]]})), ["ARTIFACT-1", "ARTIFACT-2"]);
    assert_eq!(change(json!({"remove": [ids[0]]})), ["ARTIFACT-2"]);
    assert_eq!(change(json!({"set": [ids[2]]})), ["ARTIFACT-3"]);
    let dump: Vec<String> = desk.twin.dump("artifact").unwrap().collect();
    assert!(
        dump.iter().all(|line| line.contains(":ticket/1:comment/")),
        "{dump:?}"
    );
}

#[test]
fn an_artifact_has_versions() {
    let mut desk = desk();
    let id = upload(&mut desk, b"one");
    let next = desk.ok("artifacts.versions.prepare", json!({"id": id}));
    assert_eq!(desk.post("artifacts.versions.delete", json!({"id": id})).0, 400);
    assert_eq!(bare(&mut desk, form(&next, b"second")).status, 204);
    let read = |desk: &mut Desk, body: Value| {
        let url = desk.ok("artifacts.locate", body)["url"]
            .as_str()
            .unwrap()
            .to_owned();
        String::from_utf8(bare(desk, to(&url, Method::GET)).body.to_vec()).unwrap()
    };
    assert_eq!(read(&mut desk, json!({"id": id})), "second");
    assert_eq!(read(&mut desk, json!({"id": id, "version": "1"})), "one");
    assert_eq!(
        desk.post("artifacts.get", json!({"id": id, "version": "3"})).0,
        404
    );
    desk.ok("artifacts.versions.delete", json!({"id": id, "version": "2"}));
    assert_eq!(read(&mut desk, json!({"id": id})), "one");
}

#[test]
fn addresses_name_the_host_that_was_asked() {
    let mut desk = Desk::new();
    let request = Request::new(Method::POST, "/artifacts.prepare")
        .header(http::header::HOST, "127.0.0.1:7000")
        .json(&json!({"file_name": "f"}));
    let body: Value = serde_json::from_slice(&desk.send(request).response.body).unwrap();
    assert_eq!(body["url"], json!("http://127.0.0.1:7000/_files"));
}

#[test]
fn files_survive_a_save() {
    let mut desk = desk();
    let id = upload(&mut desk, b"x\0y");
    desk.ok("works.update", json!({"id": "TKT-1", "artifacts": {"set": [id]}}));
    let url = desk.ok("artifacts.locate", json!({"id": id}))["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut saved = Vec::new();
    desk.twin.save(&mut saved).unwrap();
    let mut other = Desk::new();
    other.second = desk.second;
    other.twin.load(&mut saved.as_slice()).unwrap();
    assert_eq!(&bare(&mut other, to(&url, Method::GET)).body[..], b"x\0y");
    assert_eq!(
        other.post("works.create", ticket(json!({"artifacts": [id]}))).0,
        400
    );
    let torn = "{\"file\":\"artifact/1\",\"v\":1,\"b\":\"*\"}";
    let text = String::from_utf8(saved).unwrap();
    let (head, _) = text.split_once('\n').unwrap();
    assert!(
        Desk::new()
            .twin
            .load(&mut format!("{head}\n{torn}").as_bytes())
            .is_err()
    );
}
