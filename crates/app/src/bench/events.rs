//! `interline bench events`: how many events a second are taken in, on disk before they are answered, and brought to a twin; beside
//! a server that answers the same without looking, and what the disk itself can do.

use std::{
    fs::{self, File},
    io::Write,
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use clap::Args;
use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    broke,
    child::{self, Child},
};
use crate::{cli::print, failure::Failure};

/// What `bench events` takes.
#[derive(Args, Debug)]
pub(super) struct EventsArgs {
    /// How many seconds each measurement takes
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many connections at once
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How many events are in a batch
    #[arg(long, default_value_t = 100)]
    batch: usize,
    /// How many activities are brought to a twin; none skips that
    #[arg(long, default_value_t = 200_000)]
    activities: u64,
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct Row {
    what: String,
    requests_per_second: f64,
    events_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_seconds_per_million: f64,
    bytes_per_event: f64,
    fsyncs_per_second: f64,
    memory_mb: f64,
}

/// Measures, and prints a table.
pub(super) async fn run(args: &EventsArgs, as_json: bool) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(broke)?;
    let disk = fsyncs(folder.path())?;
    let mut rows = vec![];
    for (what, batch) in [("one event a request", 1), ("in batches", args.batch)] {
        print::talk(format!("Measuring {what}"));
        rows.push(taken(&folder.path().join(batch.to_string()), what, batch, args).await?);
    }
    print::talk("Measuring the floor");
    for (what, batch) in [("floor: one a request", 1), ("floor: in batches", args.batch)] {
        let blind = Child::start(&["bench", "blind"])?;
        rows.push(load(&blind, "", what, batch, args).await?);
    }
    if as_json {
        print::json(&serde_json::json!({ "rows": rows, "disk_fsyncs_per_second": disk }));
    } else {
        print::data(table(&rows));
        print::data(format!(
            "The disk itself: {disk:.0} fsyncs a second, one after the other"
        ));
    }
    if args.activities > 0 {
        let rate = delivered(&folder.path().join("delivery"), args).await?;
        print::data(format!(
            "Delivery: {} activities to a twin, {rate:.0} a second from the first request to the last that is there",
            print::thousands(args.activities)
        ));
    }
    Ok(())
}

/// How often a second the disk can make sure of a small write.
fn fsyncs(folder: &Path) -> Result<f64, Failure> {
    let mut file = File::create(folder.join("fsync")).map_err(broke)?;
    let (began, mut times) = (Instant::now(), 0_u32);
    while began.elapsed() < Duration::from_secs(2) {
        file.write_all(&[7; 4096]).map_err(broke)?;
        file.sync_data().map_err(broke)?;
        times += 1;
    }
    Ok(f64::from(times) / began.elapsed().as_secs_f64())
}

/// A source's write key.
fn key(data: &str, to: &[&str]) -> Result<String, Failure> {
    let said = child::said(&[&["source", "add", "bench", "--data", data], to].concat())?;
    Ok(said.trim().to_owned())
}

fn serve(data: &str) -> Result<Child, Failure> {
    Child::start(&["serve", "--listen", "127.0.0.1:0", "--data", data])
}

async fn taken(folder: &Path, what: &str, batch: usize, args: &EventsArgs) -> Result<Row, Failure> {
    let data = folder.display().to_string();
    let key = key(&data, &[])?;
    let server = serve(&data)?;
    let before = size(folder);
    let mut row = load(&server, &key, what, batch, args).await?;
    let events = row.events_per_second * args.seconds as f64;
    row.bytes_per_event = size(folder).saturating_sub(before) as f64 / events.max(1.0);
    row.fsyncs_per_second = syncs(&server).await? / args.seconds as f64;
    Ok(row)
}

/// How often the server has made sure of its journal.
async fn syncs(server: &Child) -> Result<f64, Failure> {
    let mut line = Line::open(address(server)?).await?;
    let request = b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\n\r\n";
    let body = line.ask(request).await?;
    let said: Value = serde_json::from_slice(body).map_err(broke)?;
    Ok(said
        .pointer("/events/syncs")
        .and_then(Value::as_f64)
        .unwrap_or_default())
}

fn address(server: &Child) -> Result<SocketAddr, Failure> {
    server.url.trim_start_matches("http://").parse().map_err(broke)
}

async fn load(
    server: &Child,
    key: &str,
    what: &str,
    batch: usize,
    args: &EventsArgs,
) -> Result<Row, Failure> {
    let at = address(server)?;
    let (began, length) = (Instant::now(), Duration::from_secs(args.seconds));
    let next = AtomicU64::new(0);
    let cpu = server.used();
    let senders = (0..args.connections).map(async |_| {
        let mut line = Line::open(at).await?;
        let mut took: Vec<u32> = Vec::new();
        let mut request = Vec::new();
        while began.elapsed() < length {
            let first = next.fetch_add(batch as u64, Ordering::Relaxed);
            write_request(&mut request, key, first, batch, "Seen");
            let asked = Instant::now();
            line.ask(&request).await?;
            took.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        Ok::<_, Failure>(took)
    });
    let mut took: Vec<u32> = try_join_all(senders).await?.into_iter().flatten().collect();
    let seconds = began.elapsed().as_secs_f64();
    let used = server.used();
    took.sort_unstable();
    let at = |share: f64| {
        let place = (took.len() as f64 * share) as usize;
        f64::from(took.get(place).copied().unwrap_or_default()) / 1_000.0
    };
    let events = (took.len() * batch) as f64;
    Ok(Row {
        what: what.to_owned(),
        requests_per_second: took.len() as f64 / seconds,
        events_per_second: events / seconds,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        cpu_seconds_per_million: (used.cpu_seconds - cpu.cpu_seconds) * 1e6 / events.max(1.0),
        bytes_per_event: 0.0,
        fsyncs_per_second: 0.0,
        memory_mb: used.peak_mb,
    })
}

/// An event of some 250 bytes, or a batch of them.
fn write_request(request: &mut Vec<u8>, key: &str, first: u64, batch: usize, action: &str) {
    let event = |id: u64| {
        format!(
            r#"{{"type":"track","messageId":"bench-{id:020}","userId":"u{}","event":"{action}","properties":{{"path":"/pricing","title":"Pricing","value":{id}}},"context":{{"groupId":"c1","library":{{"name":"bench","version":"1"}}}}}}"#,
            id % 1_000
        )
    };
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

/// A connection that is kept open.
struct Line {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Line {
    async fn open(at: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(at).await.map_err(broke)?;
        stream.set_nodelay(true).map_err(broke)?;
        Ok(Self {
            stream,
            answer: Vec::new(),
        })
    }

    /// Asks, and reads the whole answer, which must be a yes; its body.
    async fn ask(&mut self, request: &[u8]) -> Result<&[u8], Failure> {
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

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => size(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Sends activities of people that are known, and waits until a twin has them all; activities a second.
async fn delivered(folder: &Path, args: &EventsArgs) -> Result<f64, Failure> {
    print::talk("Measuring the delivery");
    let data = folder.display().to_string();
    let twin = Child::twin("planhat", &[])?;
    let events_url = format!("events_url={}", twin.url);
    child::done(&[
        "connection",
        "add",
        "acme",
        "planhat",
        "--secret-env",
        child::SECRET,
        "--base-url",
        &twin.url,
        "--set",
        "subdomain=app.planhat.com",
        "--set",
        "tenant=bench",
        "--set",
        &events_url,
        "--data",
        &data,
    ])?;
    let key = key(&data, &["--to", "acme"])?;
    let server = serve(&data)?;
    let mut line = Line::open(address(&server)?).await?;
    let known: Vec<String> = (0..1_000)
        .map(|n| format!(r#"{{"type":"group","userId":"u{n}","groupId":"c1","traits":{{"name":"One"}}}}"#))
        .collect();
    let body = format!(r#"{{"writeKey":"{key}","batch":[{}]}}"#, known.join(","));
    let request = format!(
        "POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    line.ask(request.as_bytes()).await?;
    wait_for(&data).await?;
    let began = Instant::now();
    let mut request = Vec::new();
    let batch = args.batch.max(1);
    for first in (0..args.activities).step_by(batch) {
        write_request(&mut request, &key, first, batch, "Used");
        line.ask(&request).await?;
    }
    wait_for(&data).await?;
    Ok(args.activities as f64 / began.elapsed().as_secs_f64())
}

/// Waits until a destination has looked at everything.
async fn wait_for(data: &str) -> Result<(), Failure> {
    loop {
        #[allow(clippy::disallowed_methods)] // A measuring process has nothing else to do meanwhile.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let said = child::said(&["--json", "events", "deliveries", "--data", data])?;
        let said: Value = serde_json::from_str(&said).map_err(broke)?;
        let (behind, begun) = (said.pointer("/0/behind"), said.pointer("/0/last_hour/delivered"));
        if behind == Some(&Value::from(0)) && begun.is_some() {
            return Ok(());
        }
    }
}

fn table(rows: &[Row]) -> String {
    let heads = [
        "What",
        ">Requests/s",
        ">Events/s",
        ">p50 ms",
        ">p99 ms",
        ">CPU s/million",
        ">Bytes/event",
        ">fsyncs/s",
        ">Peak MB",
    ];
    let mut table = print::table(&heads);
    table.set_width(140);
    for row in rows {
        table.add_row([
            row.what.clone(),
            format!("{:.0}", row.requests_per_second),
            format!("{:.0}", row.events_per_second),
            format!("{:.1}", row.p50_ms),
            format!("{:.1}", row.p99_ms),
            format!("{:.1}", row.cpu_seconds_per_million),
            format!("{:.0}", row.bytes_per_event),
            format!("{:.0}", row.fsyncs_per_second),
            format!("{:.0}", row.memory_mb),
        ]);
    }
    table.to_string()
}
