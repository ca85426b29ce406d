//! `interline bench events`: how many events a second are taken in, on disk before they are answered, and brought to a twin; beside
//! a server that answers the same without looking, and what the disk itself can do.

use std::{
    fs::{self, File},
    io::Write,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::{
    broke,
    child::{self, Child},
    load::{self, Line, Load, PEOPLE, Until, write_request},
};
use crate::{cli::print, failure::Failure};

const MILLION: u64 = 1_000_000;

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
    /// How many million events are sent to one server while its memory is watched; none skips that
    #[arg(long, default_value_t = 10)]
    millions: u64,
    /// How many activities are brought to a twin; none skips that
    #[arg(long, default_value_t = 1_000_000)]
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

/// How requests come: events in each, and events a second if answers are not waited for.
struct Way {
    what: &'static str,
    batch: usize,
    pace: Option<f64>,
}

/// Measures, and prints a table.
pub(super) async fn run(args: &EventsArgs, as_json: bool) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(broke)?;
    let disk = fsyncs(folder.path())?;
    let way = |what, batch, pace| Way { what, batch, pace };
    let mut rows = vec![];
    for (at, way) in [
        way("10,000 a second, one a request", 1, Some(10_000.0)),
        way("as fast as it goes, one a request", 1, None),
        way("100,000 a second, in batches", args.batch, Some(100_000.0)),
        way("as fast as it goes, in batches", args.batch, None),
    ]
    .iter()
    .enumerate()
    {
        print::talk(format!("Measuring {}", way.what));
        rows.push(taken(&folder.path().join(at.to_string()), way, args).await?);
    }
    print::talk("Measuring the floor");
    for way in [
        way("floor: one a request", 1, None),
        way("floor: in batches", args.batch, None),
    ] {
        let blind = Child::start(&["bench", "blind"])?;
        rows.push(load(&blind, "", &way, args).await?);
    }
    let memory = match args.millions {
        0 => Vec::new(),
        _ => grown(&folder.path().join("memory"), args).await?,
    };
    if as_json {
        print::json(
            &serde_json::json!({ "rows": rows, "disk_fsyncs_per_second": disk, "memory_mb_after_each_million": memory }),
        );
    } else {
        print::data(table(&rows));
        print::data(format!(
            "The disk itself: {disk:.0} fsyncs a second, one after the other"
        ));
        if let (Some(first), Some(last)) = (memory.first(), memory.last()) {
            print::data(format!(
                "Memory at its peak: {first:.0} MB after one million events, {last:.0} MB after {}",
                print::thousands(args.millions * MILLION)
            ));
        }
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

async fn taken(folder: &Path, way: &Way, args: &EventsArgs) -> Result<Row, Failure> {
    let data = folder.display().to_string();
    let key = key(&data, &[])?;
    let server = serve(&data)?;
    let before = size(folder);
    let mut row = load(&server, &key, way, args).await?;
    let events = row.events_per_second * args.seconds as f64;
    row.bytes_per_event = size(folder).saturating_sub(before) as f64 / events.max(1.0);
    row.fsyncs_per_second = syncs(&server).await? / args.seconds as f64;
    Ok(row)
}

/// The peak of a server's memory after each million of events, in megabytes.
async fn grown(folder: &Path, args: &EventsArgs) -> Result<Vec<f64>, Failure> {
    print::talk("Watching the memory");
    let data = folder.display().to_string();
    let key = key(&data, &[])?;
    let server = serve(&data)?;
    let mut peaks = Vec::new();
    for million in 0..args.millions {
        let load = Load {
            key: &key,
            connections: args.connections,
            batch: args.batch,
            until: Until::Events(MILLION),
            pace: None,
            first: million * MILLION,
        };
        load::send(address(&server)?, &load).await?;
        peaks.push(server.used().peak_mb);
    }
    Ok(peaks)
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

async fn load(server: &Child, key: &str, way: &Way, args: &EventsArgs) -> Result<Row, Failure> {
    let cpu = server.used();
    let load = Load {
        key,
        connections: args.connections,
        batch: way.batch,
        until: Until::Seconds(args.seconds),
        pace: way.pace,
        first: 0,
    };
    let sent = load::send(address(server)?, &load).await?;
    let used = server.used();
    Ok(Row {
        what: way.what.to_owned(),
        requests_per_second: sent.requests() as f64 / sent.seconds,
        events_per_second: sent.events as f64 / sent.seconds,
        p50_ms: sent.millis(0.5),
        p99_ms: sent.millis(0.99),
        cpu_seconds_per_million: (used.cpu_seconds - cpu.cpu_seconds) * 1e6 / (sent.events as f64).max(1.0),
        bytes_per_event: 0.0,
        fsyncs_per_second: 0.0,
        memory_mb: used.peak_mb,
    })
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
    let known: Vec<String> = (0..PEOPLE)
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
        write_request(&mut request, &key, first, batch);
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
