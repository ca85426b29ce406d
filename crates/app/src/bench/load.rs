//! Senders of events, as many connections as one wants: as fast as answers come, or at a pace that waits for no answer.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::broke;
use crate::failure::Failure;

/// What browsers say of themselves.
const BROWSERS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
];
const PAGES: [&str; 8] = [
    "/",
    "/pricing",
    "/docs/start",
    "/docs/api",
    "/settings/team",
    "/reports/weekly",
    "/login",
    "/invoices",
];
/// So many people send events.
pub(super) const PEOPLE: u64 = 1_000;

/// How events are sent.
pub(super) struct Load<'a> {
    /// The source's write key.
    pub(super) key: &'a str,
    /// How many connections at once.
    pub(super) connections: usize,
    /// How many events are in a request.
    pub(super) batch: usize,
    /// When it ends.
    pub(super) until: Until,
    /// Events a second, whenever answers come; without it each connection sends as soon as it has its answer.
    pub(super) pace: Option<f64>,
    /// The number of the first event: no two have the same.
    pub(super) first: u64,
}

/// When sending ends.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Seconds(u64),
    Events(u64),
}

/// What it came to.
pub(super) struct Sent {
    /// How long each answer took, in microseconds, shortest first. At a pace it counts from when the request was due.
    took: Vec<u32>,
    pub(super) events: u64,
    pub(super) seconds: f64,
}

impl Sent {
    pub(super) fn requests(&self) -> usize {
        self.took.len()
    }

    /// The time within which such a share was answered.
    pub(super) fn millis(&self, share: f64) -> f64 {
        let place = (self.took.len() as f64 * share) as usize;
        f64::from(self.took.get(place).copied().unwrap_or_default()) / 1_000.0
    }
}

/// Sends, and waits for every answer.
pub(super) async fn send(at: SocketAddr, load: &Load<'_>) -> Result<Sent, Failure> {
    let next = AtomicU64::new(0);
    let batch = load.batch as u64;
    let mut lines = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        lines.push(Line::open(at).await?);
    }
    let began = Instant::now();
    let is_over = |request: u64| match load.until {
        Until::Seconds(seconds) => began.elapsed() >= Duration::from_secs(seconds),
        Until::Events(events) => request * batch >= events,
    };
    let senders = lines.into_iter().map(async |mut line| {
        let mut took: Vec<u32> = Vec::new();
        let mut body = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let due = load
                .pace
                .map(|pace| Duration::from_secs_f64((number * batch) as f64 / pace));
            if let Some(wait) = due.and_then(|due| due.checked_sub(began.elapsed())) {
                #[allow(clippy::disallowed_methods)] // What is measured is another process, by real time.
                tokio::time::sleep(wait).await;
            }
            if is_over(number) {
                return Ok::<_, Failure>(took);
            }
            write_request(&mut body, load.key, load.first + number * batch, load.batch);
            let asked = due.unwrap_or_else(|| began.elapsed());
            line.ask(&body).await?;
            let time = began.elapsed().saturating_sub(asked);
            took.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
        }
    });
    let mut took: Vec<u32> = try_join_all(senders).await?.into_iter().flatten().collect();
    took.sort_unstable();
    Ok(Sent {
        events: took.len() as u64 * batch,
        seconds: began.elapsed().as_secs_f64(),
        took,
    })
}

/// A request with events of some 600 bytes, none like another.
pub(super) fn write_request(request: &mut Vec<u8>, key: &str, first: u64, batch: usize) {
    let events: Vec<String> = (first..first + batch as u64).map(event).collect();
    let body = format!(r#"{{"writeKey":"{key}","batch":[{}]}}"#, events.join(","));
    request.clear();
    let head = format!(
        "POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    request.extend_from_slice(head.as_bytes());
    request.extend_from_slice(body.as_bytes());
}

fn event(number: u64) -> String {
    let (one, other) = (scattered(number), scattered(!number));
    let person = one % PEOPLE;
    let page = chosen(&PAGES, one >> 10);
    let browser = chosen(&BROWSERS, person);
    format!(
        concat!(
            r#"{{"type":"track","messageId":"ajs-next-{:016x}{:016x}","userId":"u{}","anonymousId":"{:016x}","event":"Seen","#,
            r#""properties":{{"path":"{}","value":{},"large":{}}},"context":{{"groupId":"c1","ip":"203.0.113.{}","userAgent":"{}","#,
            r#""locale":"en-GB","timezone":"Europe/Stockholm","page":{{"path":"{}","url":"https://app.example{}?ref={:x}"}},"#,
            r#""library":{{"name":"analytics.js","version":"npm:next-1.84.3"}}}}}}"#
        ),
        one,
        other,
        person,
        scattered(person),
        page,
        other % 10_000,
        other % 3 == 0,
        person % 250,
        browser,
        page,
        page,
        one >> 40,
    )
}

fn chosen<'a>(all: &[&'a str], number: u64) -> &'a str {
    let place = usize::try_from(number).unwrap_or_default() % all.len();
    all.get(place).copied().unwrap_or_default()
}

/// Numbers that follow each other, spread over all (the finish of splitmix64).
fn scattered(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A connection that is kept open.
pub(super) struct Line {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Line {
    pub(super) async fn open(at: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(at).await.map_err(broke)?;
        stream.set_nodelay(true).map_err(broke)?;
        Ok(Self {
            stream,
            answer: Vec::new(),
        })
    }

    /// Asks, and reads the whole answer, which must be a yes; its body.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<&[u8], Failure> {
        self.stream.write_all(request).await.map_err(broke)?;
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await.map_err(broke)?;
            if read == 0 {
                return Err(Failure::broke("The server ended a connection"));
            }
            if let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(self.answer.get(..end).unwrap_or_default()).to_lowercase();
                let length = head
                    .split("content-length: ")
                    .nth(1)
                    .and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok());
                if !head.starts_with("http/1.1 200") {
                    return Err(Failure::broke(format!(
                        "The server answered: {}",
                        head.lines().next().unwrap_or_default()
                    )));
                }
                if self.answer.len() >= end + 4 + length.unwrap_or_default() {
                    return Ok(self.answer.get(end + 4..).unwrap_or_default());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn no_event_is_like_another_and_each_can_be_read() {
        let events: Vec<Value> = (0..1_000)
            .map(|number| serde_json::from_str(&event(number)).unwrap())
            .collect();
        let ids: HashSet<&str> = events
            .iter()
            .map(|event| event["messageId"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), events.len());
        let length = event(7).len();
        assert!((500..700).contains(&length), "{length}");
    }
}
