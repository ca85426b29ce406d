#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use http::Method;

use super::*;

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
