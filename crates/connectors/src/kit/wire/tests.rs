#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use http::Method;

use super::*;
use crate::kit::{Content, Named};

/// A server of one answer: reads the head of a request, sends these bytes, hangs up. Returns its address.
fn serve(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let mut byte = [0; 1];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
            head.push(byte[0]);
        }
        let _ = stream.write_all(answer);
    });
    address
}

fn limits() -> WireLimits {
    WireLimits {
        whole: Duration::from_millis(500),
        body: 64,
        ..WireLimits::default()
    }
}

async fn ask(address: &str) -> Result<Response, Fault> {
    let wire = HttpWire::new(address, limits())?;
    let request =
        Request::new(Method::GET, "/a/0f8fad5b-d9cb-469f-a165-70867728950e").query("token", "s3cret");
    wire.send(request).await
}

async fn check(answer: &'static [u8], expected: Result<(u16, &str), FaultKind>) {
    let got = ask(&serve(answer)).await;
    let shown = String::from_utf8_lossy(answer).into_owned();
    match (&got, expected) {
        (Ok(response), Ok((status, body))) => {
            assert_eq!(
                (response.status, &response.body[..]),
                (status, body.as_bytes()),
                "{shown}"
            );
        }
        (Err(fault), Err(kind)) => {
            assert_eq!(fault.kind(), kind, "{shown}");
            let line = model::chain(fault);
            assert!(!line.contains("s3cret") && !line.contains("0f8fad5b"), "{line}");
        }
        _ => panic!("{shown}: {got:?}"),
    }
}

#[tokio::test]
async fn any_status_is_an_answer_and_no_whole_answer_is_a_fault() {
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", Ok((200, "hi"))).await;
    check(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", Ok((503, ""))).await;
    check(
        b"HTTP/1.1 301 No\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
        Ok((301, "")),
    )
    .await;
    check(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
        Err(FaultKind::Unreachable),
    )
    .await;
    check(b"HTTP/1.1 200 OK\r\nContent-Le", Err(FaultKind::Unreachable)).await;
    check(b"", Err(FaultKind::Unreachable)).await;
}

#[tokio::test]
async fn a_body_stops_at_the_limit() {
    check(
        b"HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n0123456789012345678901234567890123456789012345678901234567890123456789",
        Err(FaultKind::Unexpected),
    )
    .await;
}

#[tokio::test]
async fn a_refused_connection_says_what_to_try() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let fault = ask(&address).await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Unreachable);
    assert!(fault.advice().unwrap().contains("nothing listens"));
    assert!(!model::chain(&fault).contains("s3cret"));
}

#[test]
fn addresses_that_cannot_work_are_refused() {
    for address in [
        "",
        "api.devrev.ai",
        "ftp://host",
        "https://user:word@host",
        "https://host?token=s3cret",
    ] {
        let fault = HttpWire::new(address, limits()).err().unwrap();
        assert_eq!(fault.kind(), FaultKind::Settings, "{address}");
    }
}

/// A store that takes a request whole and answers so. Gives its address, and what it was sent.
fn store(answer: &'static [u8]) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let got = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut got, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            let text = String::from_utf8_lossy(&got).to_lowercase();
            let length = text
                .split_once("content-length: ")
                .and_then(|(_, rest)| rest.split("\r\n").next()?.parse::<usize>().ok());
            match text.find("\r\n\r\n") {
                Some(head) if got.len() >= head + 4 + length.unwrap_or(0) => break,
                _ => {}
            }
            let n = stream.read(&mut piece).unwrap();
            got.extend_from_slice(&piece[..n]);
        }
        stream.write_all(answer).unwrap();
        String::from_utf8_lossy(&got).into_owned()
    });
    (address, got)
}

fn a_file(folder: &std::path::Path) -> std::path::PathBuf {
    let file = folder.join("a");
    std::fs::write(&file, "contents").unwrap();
    file
}

#[tokio::test]
async fn a_file_goes_last_in_its_form_and_nothing_of_ours_goes_along() {
    let folder = tempfile::tempdir().unwrap();
    let (address, got) = store(b"HTTP/1.1 204 No Content\r\n\r\n");
    let wire = HttpWire::new(&address, WireLimits::default()).unwrap();
    let upload = Upload {
        url: format!("{address}/_files"),
        fields: vec![
            ("key".to_owned(), "k".to_owned()),
            ("policy".to_owned(), "p".to_owned()),
        ],
        content: Content::Disk(a_file(folder.path())),
        name: "a.png".to_owned(),
        media_type: Some("image/png".to_owned()),
    };
    assert_eq!(wire.upload(upload).await.unwrap().status, 204);
    let got = got.join().unwrap();
    let places: Vec<usize> = [
        "POST /_files",
        "name=\"key\"",
        "name=\"policy\"",
        "filename=\"a.png\"",
        "image/png",
        "contents",
    ]
    .iter()
    .map(|word| got.find(word).unwrap_or_else(|| panic!("{word}: {got}")))
    .collect();
    assert!(places.is_sorted(), "{got}");
    assert!(!got.to_lowercase().contains("authorization"), "{got}");
}

#[tokio::test]
async fn a_file_is_fetched_to_the_disk_with_its_digest_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("b");
    let whole: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    for (answer, most, expected) in [
        (whole, 3, Ok(3)),
        (whole, 2, Err(FaultKind::Rejected)),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
            9,
            Err(FaultKind::Unreachable),
        ),
        (
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            9,
            Err(FaultKind::Gone),
        ),
        (
            b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n",
            9,
            Err(FaultKind::Unreachable),
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
            9,
            Err(FaultKind::Rejected),
        ),
    ] {
        let (address, _) = store(answer);
        let wire = HttpWire::new(&address, WireLimits::default()).unwrap();
        let download = Download {
            url: format!("{address}/_files/1?signature=s3cret"),
            to: to.clone(),
            most,
            named: Named::ByVendor,
            authorization: None,
        };
        match (wire.download(download).await, expected) {
            (Ok(fetched), Ok(size)) => {
                assert_eq!(fetched.size, size);
                assert_eq!(fetched.sha256[..4], [0xba, 0x78, 0x16, 0xbf]);
                assert_eq!(std::fs::read_to_string(&to).unwrap(), "abc");
            }
            (Err(fault), Err(kind)) => {
                assert_eq!(fault.kind(), kind, "{fault}");
                assert!(!model::chain(&fault).contains("s3cret"), "{fault}");
            }
            (got, _) => panic!("{got:?}"),
        }
    }
}

/// What the wire sent for a file that stood in a text, and what came of it.
async fn fetch_anybodys(
    answer: &'static [u8],
    url: impl Fn(&str) -> String,
) -> (Result<Fetched, Fault>, String) {
    let folder = tempfile::tempdir().unwrap();
    let (address, sent) = store(answer);
    let download = Download {
        url: url(&address),
        to: folder.path().join("file"),
        most: 9,
        named: Named::ByAnybody,
        authorization: Some("Bearer s3cret".parse().unwrap()),
    };
    let wire = HttpWire::new(&address, WireLimits::default()).unwrap();
    let fetched = wire.download(download).await;
    let sent = match fetched.is_ok() || sent.is_finished() {
        true => sent.join().unwrap(),
        false => String::new(),
    };
    (fetched, sent)
}

#[tokio::test]
async fn a_token_goes_home_and_nowhere_else() {
    const ABC: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    for path in ["", "home"] {
        let url = |address: &str| match path {
            "" => "/files/1".to_owned(),
            _ => format!("{address}/files/1"),
        };
        let (fetched, sent) = fetch_anybodys(ABC, url).await;
        assert_eq!(fetched.unwrap().size, 3);
        assert!(sent.contains("Bearer s3cret"), "{sent}");
    }
    for elsewhere in [
        "http://localhost:9/files/1",
        "https://files.example.com/1",
        "//files.example.com/1",
        "file:///etc/passwd",
    ] {
        let (fetched, sent) = fetch_anybodys(ABC, |_| elsewhere.to_owned()).await;
        assert_eq!(fetched.unwrap_err().kind(), FaultKind::Rejected, "{elsewhere}");
        assert_eq!(sent, "", "{elsewhere}");
    }
}

#[tokio::test]
async fn a_file_that_moved_to_a_private_place_is_not_followed() {
    const MOVED: &[u8] =
        b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n";
    let (fetched, _) = fetch_anybodys(MOVED, |_| "/files/1".to_owned()).await;
    assert_eq!(fetched.unwrap_err().kind(), FaultKind::Rejected);
}
