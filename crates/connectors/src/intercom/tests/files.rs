//! Files whose addresses hold for half an hour.

use std::path::Path;

use model::{FieldName, FileRef, Value};

use super::*;

const CDN: &str = "https://downloads.intercomcdn.com/i/o/1/a.png";

#[test]
fn intercoms_own_files_are_known_by_their_host() {
    let source = intercom(&scripted(vec![]));
    for (address, expected) in [
        (
            "https://downloads.intercomcdn.com/i/o/1/a.png?expires=1&signature=2&req=3",
            true,
        ),
        ("https://downloads.intercomcdn.eu/a", true),
        ("https://downloads.au.intercomcdn.com/a", true),
        ("https://acme.intercom-attachments-7.com/i/o/1/a", true),
        ("https://ACME.intercom-attachments.eu/a", true),
        ("https://au.intercom-attachments.com/a", true),
        ("https://static.intercomassets.com/a", true),
        ("http://127.0.0.1:7103/files/1/a.png?signature=1", true),
        ("http://127.0.0.1:71031/files/1/a.png", false),
        ("http://downloads.intercomcdn.com/a", false),
        ("https://notintercomcdn.com/a", false),
        ("https://intercomcdn.com.evil.example/a", false),
        ("https://a@downloads.intercomcdn.com/a", false),
        ("https://downloads.intercomcdn.com:8443/a", false),
        ("https://intercom-attachments-.com/a", false),
        ("https://intercom-attachments-7.com.evil.example/a", false),
        ("data:image/png;base64,AAAA", false),
        ("cid:1", false),
        ("", false),
    ] {
        assert_eq!(source.is_own_file(address), expected, "{address}");
    }
}

#[test]
fn an_address_stays_while_its_signature_changes() {
    let body = |signature: &str| {
        format!(
            r#"{{"id":"1","body":"<p>a</p><img src=\"{CDN}?expires=1&amp;signature={signature}&amp;req=x\"> https://other.example/?signature={signature}",
              "attachments":[{{"type":"upload","name":"a.png","content_type":"image/png","url":"{CDN}?v=2&expires=9&signature={signature}"}}]}}"#
        )
    };
    let one = shaped("part", &body("s1"));
    let rich = one.fields[&FieldName::new("body")].clone();
    let Value::Rich(rich) = rich else {
        panic!("{rich:?}")
    };
    assert_eq!(
        rich.text,
        format!("<p>a</p><img src=\"{CDN}\"> https://other.example/?signature=s1")
    );
    let files = one.fields[&FieldName::new("attachments")].clone();
    assert_eq!(
        files,
        Value::List(vec![Value::File(FileRef {
            url: format!("{CDN}?v=2"),
            name: "a.png".to_owned(),
            media_type: Some("image/png".to_owned()),
        })])
    );
    assert_eq!(
        shaped("part", &body("s2")).fields[&FieldName::new("attachments")],
        files
    );
}

#[tokio::test]
async fn a_new_signature_is_no_change() {
    let page = |signature: &str, text: &str| {
        format!(
            r#"{{"data":[{{"id":"5","body":"{text}<img src='{CDN}?expires=1&amp;signature={signature}'>"}}]}}"#
        )
    };
    let mut hashes = Vec::new();
    for (signature, text) in [("a", "x"), ("b", "x"), ("b", "y")] {
        let wire = answering([Response::json_text(200, page(signature, text))]);
        let read = intercom(&wire)
            .read(&ask("article", Mode::Everything, None))
            .await
            .unwrap();
        hashes.push(read.raws[0].hash);
        assert!(read.raws[0].json.contains(&format!("signature={signature}")));
    }
    assert_eq!(hashes[0], hashes[1]);
    assert_ne!(hashes[1], hashes[2]);
}

fn conversation(signature: &str) -> Response {
    Response::json_text(
        200,
        format!(
            r#"{{"id":"471","conversation_parts":{{"conversation_parts":[
                {{"id":"9","body":"<img src='{CDN}?expires=1&amp;signature={signature}'>"}}]}}}}"#
        ),
    )
}

#[tokio::test]
async fn a_file_is_signed_anew_by_the_record_that_holds_it() {
    let file = FileRef {
        url: CDN.to_owned(),
        name: "a.png".to_owned(),
        media_type: None,
    };
    let (part, id) = (ObjectName::new("part"), RecordId::from("471:9"));
    let wire = answering([conversation("old"), conversation("new"), conversation("newer")]);
    let (source, clock) = intercom_at(&wire, "2026-03-01T00:00:00Z");
    source
        .find(&ObjectName::new("conversation"), &RecordId::from("471"))
        .await
        .unwrap();
    for wait in [0, 60, 3_600] {
        clock.sleep(Duration::from_secs(wait)).await;
        let fetched = source
            .fetch(&file, Some((&part, &id)), Path::new("/tmp/none"), 10)
            .await;
        assert_eq!(fetched.unwrap().size, 3);
    }
    assert_eq!(
        asked(&wire),
        [
            "GET /conversations/471".to_owned(),
            // Refused, although it came a moment ago.
            format!("fetch {CDN}?expires=1&signature=old"),
            "GET /conversations/471".to_owned(),
            format!("fetch {CDN}?expires=1&signature=new"),
            // Still good.
            format!("fetch {CDN}?expires=1&signature=new"),
            // Too old to be tried.
            "GET /conversations/471".to_owned(),
            format!("fetch {CDN}?expires=1&signature=newer"),
        ]
    );
}
