use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

/// Takes one call, and answers it with what `answer` makes of its body.
async fn take(receiver: &TcpListener, answer: impl Fn(&Value) -> Value) -> (String, Value) {
    let (mut stream, _) = receiver.accept().await.unwrap();
    let mut read = Vec::new();
    loop {
        let mut some = [0; 4096];
        let count = stream.read(&mut some).await.unwrap();
        read.extend_from_slice(&some[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str::<Value>(body)
        {
            let answer = answer(&body).to_string();
            let length = answer.len();
            let answer =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}");
            stream.write_all(answer.as_bytes()).await.unwrap();
            return (head.to_lowercase(), body);
        }
    }
}

/// Asks until the webhook is active; each try waits for an answer, so this ends.
async fn is_active(server: &TwinServer) -> bool {
    for _ in 0..10_000 {
        let webhook = ask(server, "GET /webhooks.get?id=WEBHOOK-1", "").await;
        if webhook.contains("\"status\":\"active\"") {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_twin_calls_its_webhooks_and_remembers_what_came_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = connectors::all().into_iter();
    let devrev = all.find(|connector| connector.card().id == "devrev").unwrap();
    let start = || {
        TwinServer::start(TwinServerOptions {
            connector: devrev,
            ..options(Some(folder.path()))
        })
    };
    let server = start().await.unwrap();
    let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", receiver.local_addr().unwrap());
    let webhook = json!({"url": url, "event_types": ["tag_created"]}).to_string();
    assert!(
        ask(&server, "POST /webhooks.create", &webhook)
            .await
            .starts_with("201")
    );
    let (head, told) = take(
        &receiver,
        |body| json!({"challenge": body["verify"]["challenge"]}),
    )
    .await;
    assert!(
        head.starts_with("post /in ") && head.contains("x-devrev-signature: "),
        "{head}"
    );
    assert_eq!(told["type"], json!("verify"));
    assert!(is_active(&server).await);
    server.stop().await.unwrap();

    let server = start().await.unwrap();
    assert!(
        ask(&server, "GET /webhooks.get?id=WEBHOOK-1", "")
            .await
            .contains("\"status\":\"active\"")
    );
    assert!(
        ask(&server, "POST /tags.create", r#"{"name":"vip"}"#)
            .await
            .starts_with("201")
    );
    let (_, told) = take(&receiver, |_| json!({})).await;
    assert_eq!(told["tag_created"]["tag"]["name"], json!("vip"));
    server.stop().await.unwrap();
}
