//! Bytes on a connection, right or wrong, and what is said to them.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// Longer than anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was answered: a status and a body.
pub type Answer = Option<(u16, Vec<u8>)>;

/// A whole request; the connection ends with it.
pub fn request(line: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}", body.len());
    headed(line, &[headers, &[length.as_str()]].concat(), body)
}

/// A request that tells of its body what one likes.
pub fn headed(line: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{line} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    [text.as_bytes(), body].concat()
}

/// Says all this, and listens to the first answer; nothing, if the connection ends without one.
pub fn say(address: SocketAddr, bytes: &[u8]) -> Answer {
    heard(open(address, bytes))
}

/// Says all this and hangs up, as one does whose body breaks off.
pub fn break_off(address: SocketAddr, bytes: &[u8]) -> Answer {
    let stream = open(address, bytes);
    let _ = stream.shutdown(Shutdown::Write);
    heard(stream)
}

fn open(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    // Who is answered before all is said may be cut short.
    let _ = stream.write_all(bytes);
    stream
}

fn heard(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // Whatever ends it, what came counts.
    let _ = stream.read_to_end(&mut bytes);
    let ends = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..ends]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, bytes[ends + 4..].to_vec()))
}

/// An answer in short: `200`, or `400 bad_request`.
pub fn told(answer: &Answer) -> String {
    let Some((status, body)) = answer else {
        return "nothing".to_owned();
    };
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match body["code"].as_str() {
        Some(code) => format!("{status} {code}"),
        None => status.to_string(),
    }
}
