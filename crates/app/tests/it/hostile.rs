//! What nobody should send: each gets the documented answer, and memory stays bounded.

use std::{io::Write, net::SocketAddr, thread};

use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::{
    events::{done, serve},
    http::Line,
    raw::{break_off, headed, request, say, told},
};

/// So much more memory may be taken for a moment, whatever comes.
const MOST_KIB: u64 = 50 * 1024;

const GZIP: &str = "content-encoding: gzip";

fn packed(body: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

/// An event that begins right, and whose traits lie this deep.
pub fn deep(key: &str, levels: usize) -> String {
    let (open, close) = ("[".repeat(levels), "]".repeat(levels));
    format!(r#"{{"type":"identify","writeKey":"{key}","userId":"u","traits":{{"x":{open}{close}}}}}"#)
}

/// A body of a few hundred thousand bytes that unpacks to half a gigabyte.
fn bomb(begin: &str) -> Vec<u8> {
    let spaces = packed(&vec![b' '; 1 << 20]);
    let mut bomb = packed(begin.as_bytes());
    while bomb.len() + spaces.len() < 500 * 1024 {
        bomb.extend(&spaces);
    }
    bomb
}

fn is_well(address: SocketAddr) {
    let (status, health) = Line::open(address)
        .unwrap()
        .ask("GET /api/v1/health", "")
        .unwrap();
    assert_eq!((status, &health["status"]), (200, &json!("ok")));
}

// tidy: long because it is one table.
#[test]
fn every_body_gets_one_clear_answer() {
    let folder = tempfile::tempdir().unwrap();
    let key = done(folder.path(), &["source", "add", "web"]).trim().to_owned();
    let (_server, address) = serve(folder.path(), &[]);
    let good = format!(r#"{{"writeKey":"{key}","userId":"u","traits":{{}}}}"#);
    let with = |member: &str| format!(r#"{{"writeKey":"{key}","userId":"u",{member}}}"#);
    let of_batch = |batch: &str| format!(r#"{{"writeKey":"{key}","batch":{batch}}}"#);
    let too_large = "400 event_too_large";
    let bad = "400 bad_request";
    let huge = format!(r#""traits":{{"x":"{}"}}"#, "y".repeat(600_000));
    let named = format!(r#""{}":1"#, "y".repeat(600_000));
    for (name, line, headers, body, expected) in [
        ("good", "i", "", good.clone().into_bytes(), "200"),
        ("packed", "i", GZIP, packed(good.as_bytes()), "200"),
        ("100,000 levels", "i", "", deep(&key, 100_000).into(), too_large),
        ("10,000 levels", "i", "", deep(&key, 10_000).into(), "200"),
        ("open levels", "i", "", "[".repeat(30_000).into(), bad),
        (
            "open levels in a batch",
            "batch",
            "",
            of_batch(&"[".repeat(100_000)).into(),
            bad,
        ),
        (
            "open objects in a batch",
            "batch",
            "",
            of_batch(&"{\"a\":".repeat(100_000)).into(),
            bad,
        ),
        ("a huge text", "i", "", with(&huge).into(), too_large),
        ("a huge name", "i", "", with(&named).into(), too_large),
        (
            "a huge text in an envelope",
            "batch",
            "",
            with(&huge).into(),
            too_large,
        ),
        ("no UTF-8", "i", "", b"{\"userId\":\"\xc3\x28\"}".to_vec(), bad),
        ("UTF-16", "i", "", vec![0xff, 0xfe, b'{', 0, b'}', 0], bad),
        (
            "a bare control character",
            "i",
            "",
            with("\"event\":\"\0\"").into(),
            bad,
        ),
        ("nothing", "i", "", Vec::new(), bad),
        ("a list", "i", "", b"[]".to_vec(), bad),
        ("two of them", "i", "", format!("{good}{good}").into_bytes(), bad),
        (
            "another key",
            "i",
            "",
            br#"{"writeKey":"nobody","userId":"u"}"#.to_vec(),
            "200",
        ),
        (
            "a key that is no text",
            "i",
            "",
            br#"{"writeKey":{},"userId":"u"}"#.to_vec(),
            "400 unknown_source",
        ),
        ("no batch", "batch", "", good.clone().into_bytes(), bad),
        ("an object for a batch", "batch", "", of_batch("{}").into(), bad),
        ("a text for a batch", "batch", "", of_batch("\"[]\"").into(), bad),
        (
            "two batches",
            "batch",
            "",
            of_batch(r#"[],"batch":[]"#).into(),
            bad,
        ),
        ("an empty batch", "batch", "", of_batch("[]").into(), "200"),
        ("a bomb", "i", GZIP, bomb(""), too_large),
        (
            "a bomb in a batch",
            "batch",
            GZIP,
            bomb(&of_batch("[]")),
            too_large,
        ),
        (
            "half of what was packed",
            "i",
            GZIP,
            packed(good.as_bytes())[..30].to_vec(),
            bad,
        ),
        ("packed twice", "i", GZIP, packed(&packed(good.as_bytes())), bad),
        ("not packed", "i", GZIP, good.clone().into_bytes(), bad),
        (
            "packed otherwise",
            "i",
            "content-encoding: br",
            good.clone().into_bytes(),
            bad,
        ),
        (
            "a form",
            "i",
            "content-type: multipart/form-data",
            good.clone().into_bytes(),
            bad,
        ),
        (
            "an odd path",
            "%zz",
            "",
            good.clone().into_bytes(),
            "404 not_found",
        ),
        (
            "an odd query",
            "i?writeKey=%zz&%",
            "",
            good.clone().into_bytes(),
            "200",
        ),
    ] {
        let headers = Some(headers).filter(|header| !header.is_empty());
        let headers: Vec<&str> = headers.into_iter().collect();
        let answer = say(address, &request(&format!("POST /v1/{line}"), &headers, &body));
        assert_eq!(told(&answer), expected, "{name}: {answer:?}");
    }
    is_well(address);
}

// tidy: long because it is one table.
#[test]
fn broken_http_ends_a_connection_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let key = done(folder.path(), &["source", "add", "web"]).trim().to_owned();
    let (_server, address) = serve(folder.path(), &[]);
    let good = format!(r#"{{"writeKey":"{key}","userId":"u"}}"#);
    let post = |headers: &[&str], body: &str| headed("POST /v1/i", headers, body.as_bytes());
    let chunked = "transfer-encoding: chunked";
    let piece = format!("{:x}\r\n{good}\r\n", good.len());
    let large = format!("fffff\r\n{}\r\n", " ".repeat(0xf_ffff)).repeat(3);
    let header = format!("x-flood: {}", "x".repeat(60));
    let of = |length: usize| format!("content-length: {length}");
    let many = vec![header.as_str(); 5_000];
    for (name, bytes, expected) in [
        ("chunks", post(&[chunked], &format!("{piece}0\r\n\r\n")), "200"),
        ("too many chunks", post(&[chunked], &large), "400 event_too_large"),
        (
            "a chunk of no size",
            post(&[chunked], "zz\r\n"),
            "400 bad_request",
        ),
        (
            "more than was told",
            post(&[&of(good.len())], &format!("{good}{good}")),
            "200",
        ),
        (
            "more than is read",
            post(&[&of(100_000_000)], &" ".repeat(3_000_000)),
            "400 event_too_large",
        ),
        ("two lengths", post(&[&of(1), &of(2)], &good), "400"),
        (
            "a length below nothing",
            post(&["content-length: -1"], &good),
            "400",
        ),
        ("many headers", post(&many, ""), "431"),
        (
            "a long path",
            headed(&format!("GET /v1/{}", "x".repeat(600_000)), &[], b""),
            "431",
        ),
        (
            "no HTTP",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
            "400",
        ),
        (
            "another method",
            headed("BREW /v1/i", &[], b""),
            "405 method_not_allowed",
        ),
    ] {
        let answer = say(address, &bytes);
        assert_eq!(told(&answer), expected, "{name}: {answer:?}");
    }
    for (name, bytes) in [
        ("less than was told", post(&[&of(good.len() + 1)], &good)),
        ("chunks without an end", post(&[chunked], &piece)),
        ("half a head", b"POST /v1/i HTTP/1.1\r\nhost: h".to_vec()),
    ] {
        let answer = told(&break_off(address, &bytes));
        assert!(
            ["nothing", "400 bad_request"].contains(&answer.as_str()),
            "{name}: {answer}"
        );
    }
    is_well(address);
    let list = done(folder.path(), &["events", "list", "--json"]);
    assert_eq!(list.lines().count(), 2, "{list}");
}

#[test]
fn a_picture_comes_whatever_its_address_says() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, address) = serve(folder.path(), &[]);
    for query in [
        "data=!!!",
        "data=%zz",
        "data=%ff%fe",
        "data=e30",
        "data=////&data=",
        "data=W1tbW1tbW1tb",
        "a.b.c.d.e.f.g.h.i.j.k.l.m=1",
        "...=&=&&%00=%00",
        &format!("data={}", "A".repeat(60_000)),
        &format!("data=%7B{}", "%5B".repeat(20_000)),
        &"a=1&".repeat(15_000),
    ] {
        let answer = say(
            address,
            &request(&format!("GET /v1/pixel/track?{query}"), &[], b""),
        );
        let (status, body) = answer.unwrap();
        let shown: String = query.chars().take(40).collect();
        assert!(status == 200 && body.starts_with(b"GIF89a"), "{status} {shown}");
    }
    is_well(address);
}

/// Says all of these at once, over and over; each is answered so.
fn flood(address: SocketAddr, bodies: &[(&str, Vec<u8>, &str)]) {
    thread::scope(|scope| {
        for worker in 0..8 {
            scope.spawn(move || {
                for (name, bytes, expected) in bodies {
                    assert_eq!(told(&say(address, bytes)), *expected, "{name} to {worker}");
                }
            });
        }
    });
}

#[test]
fn whatever_comes_takes_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let key = done(folder.path(), &["source", "add", "web"]).trim().to_owned();
    let (server, address) = serve(folder.path(), &[]);
    let post = |headers: &[&str], body: &[u8]| request("POST /v1/batch", headers, body);
    let of_batch = |more: &str, item: &str, items: usize| {
        let items = vec![item; items].join(",");
        format!(r#"{{"writeKey":"{key}"{more},"batch":[{items}]}}"#)
    };
    let page = r#"{"type":"page","userId":"u","messageId":"m"}"#;
    let full = of_batch("", page, 2_500);
    let wide = format!(r#","context":{{"x":"{}"}}"#, "y".repeat(400_000));
    let many = format!(
        r#","context":{{{}"z":0}}"#,
        (0..25_000).map(|n| format!("\"{n}\":{n},")).collect::<String>()
    );
    let usual = [("a full batch", post(&[], full.as_bytes()), "200")];
    flood(address, &usual);
    let before = server.peak_kib();
    flood(
        address,
        &[
            ("a bomb", post(&[GZIP], &bomb("")), "400 event_too_large"),
            (
                "a bomb in a batch",
                post(&[GZIP], &bomb(&of_batch("", "", 0))),
                "400 event_too_large",
            ),
            (
                "levels",
                post(&[], of_batch("", &"[".repeat(250_000), 1).as_bytes()),
                "400 bad_request",
            ),
            ("lists", post(&[], of_batch("", "[]", 170_000).as_bytes()), "200"),
            (
                "a context for many",
                post(&[], of_batch(&wide, page, 2_500).as_bytes()),
                "200",
            ),
            (
                "a context of many",
                post(&[], of_batch(&many, page, 2_500).as_bytes()),
                "200",
            ),
            ("a text", post(&[], &vec![b'"'; 64 << 20]), "400 event_too_large"),
        ],
    );
    let risen = server.peak_kib() - before;
    assert!(risen < MOST_KIB, "{risen} KiB more");
    is_well(address);
}
