#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod hooks;
mod toy;

use std::{fs, path::Path};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;
use crate::clock::RealClock;
use toy::TOY;

fn options(data: Option<&Path>) -> TwinServerOptions {
    TwinServerOptions {
        connector: &TOY,
        listen: "127.0.0.1:0".parse().unwrap(),
        data: data.map(Path::to_owned),
        token: Some("secret-token".to_owned()),
        settings: BTreeMap::new(),
        control: true,
        limit: None,
        sample: None,
        clock: Arc::new(RealClock),
    }
}

/// Sends one request over a connection of its own; all that came back.
async fn send(server: &TwinServer, request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer secret-token\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

/// Sends one request; its status and body, as `200 body`.
async fn ask(server: &TwinServer, request: &str, body: &str) -> String {
    let answer = send(server, request, body).await;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) => format!("{} {body}", &head[9..12]),
        None => "closed".to_owned(),
    }
}

#[tokio::test]
async fn a_twin_is_served() {
    let server = TwinServer::start(options(None)).await.unwrap();
    assert_eq!(ask(&server, "POST /things", "a").await, "201 1");
    assert_eq!(ask(&server, "POST /things?q=%20", "b").await, "201 2");
    assert_eq!(ask(&server, "GET /things/2", "").await, "200 b");
    assert_eq!(ask(&server, "HEAD /things/2", "").await, "200 ");
    assert_eq!(ask(&server, "OPTIONS /things", "").await, "204 ");
    let head = send(&server, "GET /things/2", "").await;
    assert!(head.contains("x-ratelimit-limit: 1000000"), "{head}");
    assert!(head.contains("x-rate-limit-remaining: 1000000"), "{head}");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = TwinServer::start(options(Some(folder.path()))).await.unwrap();
    for body in ["a", "b", "c"] {
        ask(&server, "POST /things", body).await;
    }
    assert_eq!(
        ask(&server, "POST /_twin/fill", r#"{"companies":2}"#).await,
        r#"200 {"records":2}"#
    );
    // A copy of the folder as it is now is what a killed process leaves; the end of the last write is torn off.
    let copy = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join("twin.json"), copy.path().join("twin.json")).unwrap();
    let mut journal = fs::read(folder.path().join("journal-0")).unwrap();
    assert!(!journal.windows(12).any(|part| part == b"secret-token"));
    journal.extend_from_slice(b"\x20\0\0\0torn");
    fs::write(copy.path().join("journal-0"), journal).unwrap();
    let again = TwinServer::start(options(Some(copy.path()))).await.unwrap();
    assert_eq!(
        ask(&again, "GET /_twin/dump?object=thing", "")
            .await
            .replace("\r\n", " "),
        dumped("a b c sample-0 sample-1")
    );
    assert_eq!(ask(&again, "POST /things", "d").await, "201 6");
    again.stop().await.unwrap();
    let third = TwinServer::start(options(Some(copy.path()))).await.unwrap();
    assert_eq!(ask(&third, "GET /things/6", "").await, "200 d");
}

/// A dump as it travels: one chunk, and the end.
fn dumped(things: &str) -> String {
    let lines: String = things.split(' ').map(|thing| format!("\"{thing}\"\n")).collect();
    format!("200 {:X} {lines} 0  ", lines.len())
}

#[tokio::test]
async fn a_long_journal_becomes_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let server = TwinServer::start(options(Some(folder.path()))).await.unwrap();
    let request = connectors::kit::Request::new(http::Method::POST, "/things");
    for _ in 0..1_001 {
        server.host.perform(&request, None);
    }
    server.stop().await.unwrap();
    assert!(folder.path().join("snapshot-1").exists());
    assert!(!folder.path().join("journal-0").exists());
    // Another switch: the state comes through a snapshot, not through a replay.
    let mut changed = options(Some(folder.path()));
    changed.settings.insert("loud".to_owned(), "yes".to_owned());
    let server = TwinServer::start(changed).await.unwrap();
    assert_eq!(ask(&server, "POST /things", "x").await, "201 1002");
    assert_eq!(ask(&server, "GET /things/1002", "").await, "200 X");
    server.stop().await.unwrap();
}

async fn check_fault(fault: &str, expected: &str) {
    let server = TwinServer::start(options(None)).await.unwrap();
    let rules =
        format!(r#"{{"rules":[{{"route":"POST /things","rate":1,"fault":"{fault}","delay_ms":1}}]}}"#);
    assert_eq!(ask(&server, "POST /_twin/faults", &rules).await, "200 {}");
    let mut back = ask(&server, "POST /things", "abcdefgh").await;
    back.truncate(8);
    let kept = ask(&server, "GET /things/1", "").await == "200 abcdefgh";
    assert_eq!(format!("{back}, kept {kept}"), expected, "{fault}");
}

#[tokio::test]
async fn faults_befall_requests() {
    check_fault("throttled", "429 {\"me, kept false").await;
    check_fault("server_error", "500 {\"me, kept false").await;
    check_fault("reset", "closed, kept false").await;
    check_fault("lost_answer", "closed, kept true").await;
    check_fault("delay", "201 1, kept true").await;
}

#[tokio::test]
async fn a_truncated_answer_promises_more_than_it_gives() {
    let server = TwinServer::start(options(None)).await.unwrap();
    ask(&server, "POST /things", "abcdefgh").await;
    ask(
        &server,
        "POST /_twin/faults",
        r#"{"rules":[{"rate":1,"fault":"truncated"}]}"#,
    )
    .await;
    let answer = send(&server, "GET /things/1", "").await;
    assert!(answer.contains("content-length: 8"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nabcd"), "{answer}");
}

#[tokio::test]
async fn the_control_door_counts_and_limits() {
    let server = TwinServer::start(options(None)).await.unwrap();
    ask(&server, "GET /things/1", "").await;
    let limit = r#"{"requests":1,"window_seconds":60}"#;
    assert_eq!(ask(&server, "POST /_twin/limits", limit).await, "200 {}");
    assert_eq!(ask(&server, "POST /things", "a").await, "201 1");
    let over = send(&server, "POST /things", "a").await;
    assert!(
        over.starts_with("HTTP/1.1 429") && over.contains("retry-after: "),
        "{over}"
    );
    assert_eq!(ask(&server, "POST /_twin/limits", "null").await, "200 {}");
    let stats = ask(&server, "GET /_twin/stats", "").await;
    let stats: serde_json::Value = serde_json::from_str(&stats[4..]).unwrap();
    assert_eq!(
        stats["routes"]["POST /things"],
        serde_json::json!({"201": 1, "429": 1})
    );
    assert_eq!(stats["routes"]["GET /things/*"], serde_json::json!({"404": 1}));
    assert!(ask(&server, "POST /_twin/limits", "{}").await.starts_with("400 "));
    assert!(
        ask(&server, "GET /_twin/dump?object=x", "")
            .await
            .starts_with("404 ")
    );
    assert_eq!(
        ask(&server, "GET /_twin/objects", "").await,
        r#"200 {"objects":["thing"]}"#
    );
}

#[tokio::test]
async fn the_control_door_is_closed_unless_asked_for() {
    let mut closed = options(None);
    closed.control = false;
    let server = TwinServer::start(closed).await.unwrap();
    assert!(ask(&server, "GET /_twin/stats", "").await.starts_with("404 "));
    let mut other = options(None);
    other.token = Some("another".to_owned());
    let server = TwinServer::start(other).await.unwrap();
    assert!(ask(&server, "GET /_twin/stats", "").await.starts_with("401 "));
}

async fn refused(options: TwinServerOptions) -> String {
    TwinServer::start(options).await.err().unwrap().to_string()
}

#[tokio::test]
async fn what_cannot_be_served_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let first = TwinServer::start(options(Some(folder.path()))).await.unwrap();
    let mut taken = options(None);
    taken.listen = first.address;
    assert!(
        refused(taken)
            .await
            .starts_with("The twin cannot listen on 127.0.0.1:")
    );
    assert!(
        refused(options(Some(folder.path())))
            .await
            .contains("in use by another twin")
    );
    first.stop().await.unwrap();
    fs::write(
        folder.path().join("twin.json"),
        r#"{"connector":"other","settings":{}}"#,
    )
    .unwrap();
    assert!(
        refused(options(Some(folder.path())))
            .await
            .contains("holds a twin of other, not of toy")
    );
    fs::remove_file(folder.path().join("twin.json")).unwrap();
    fs::write(
        folder.path().join("journal-0"),
        "something that is quite different",
    )
    .unwrap();
    assert!(
        refused(options(Some(folder.path())))
            .await
            .contains("cannot be read")
    );
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(
        refused(options(Some(&file.join("x"))))
            .await
            .contains("cannot keep its journal")
    );
}
