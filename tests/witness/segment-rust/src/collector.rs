//! A collector of its own, a road to it on which things go wrong, and checks that are counted.

use std::{
    collections::VecDeque,
    env,
    fmt::Debug,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::Value;

static CHECKS: AtomicUsize = AtomicUsize::new(0);

/// How many checks were made.
pub fn checked() -> usize {
    CHECKS.load(Ordering::Relaxed)
}

/// These must be the same.
#[track_caller]
pub fn same<T: PartialEq<U> + Debug, U: Debug>(actual: T, expected: U) {
    CHECKS.fetch_add(1, Ordering::Relaxed);
    assert_eq!(actual, expected);
}

/// A collector with one source.
pub struct Collector {
    data: PathBuf,
    child: Child,
    pub key: String,
    pub host: String,
}

fn program(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var("INTERLINE_PROGRAM").unwrap_or_else(|_| "interline".to_owned()));
    command
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stderr(Stdio::null());
    command
}

impl Collector {
    pub fn start() -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let data = env::temp_dir().join(format!("interline-witness-{}-{number}", process::id()));
        let added = program(&data, &["source", "add", "web"])
            .output()
            .expect("the program runs");
        let key = String::from_utf8(added.stdout).expect("a text").trim().to_owned();
        let serve = ["serve", "--listen", "127.0.0.1:0", "--json"];
        let mut child = program(&data, &serve)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let said: Value = serde_json::from_str(&line).expect("the collector listens");
        let host = said["url"]
            .as_str()
            .and_then(|url| url.strip_prefix("http://"))
            .expect("an address");
        Self {
            key,
            host: host.to_owned(),
            data,
            child,
        }
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let output = program(&self.data, arguments).output().expect("the program runs");
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).expect("a text")
    }

    /// All events, in the order in which they came.
    pub fn events(&self) -> Vec<Value> {
        let lines = self.ask(&["events", "list", "-n", "1000000", "--json"]);
        let event = |line| serde_json::from_str::<Value>(line).expect("JSON")["event"].take();
        lines
            .split('\n')
            .filter(|line| !line.is_empty())
            .map(event)
            .collect()
    }

    /// How many events became what, once it has ended.
    pub fn end(mut self) -> Value {
        let id = self.child.id().to_string();
        same(
            Command::new("kill")
                .arg(id)
                .status()
                .expect("kill runs")
                .success(),
            true,
        );
        self.child.wait().expect("it ends");
        let mut said: Value =
            serde_json::from_str(&self.ask(&["source", "show", "web", "--json"])).expect("JSON");
        said["last_24_hours"].take()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// What happens to a request on the road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is answered 503, and not passed on.
    Busy,
    /// It is passed on, and the answer is dropped.
    Unanswered,
}

/// A road to the collector: each request meets what is planned, and passes when nothing is. Gives its address.
pub fn road(
    collector: &Collector,
    planned: impl Into<VecDeque<Fate>>,
) -> (String, Arc<Mutex<VecDeque<Fate>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let planned = Arc::new(Mutex::new(planned.into()));
    let (left, host) = (Arc::clone(&planned), collector.host.clone());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let fate = planned.lock().expect("a plan").pop_front();
            pass(stream.expect("a connection"), &host, fate);
        }
    });
    (url, left)
}

fn pass(mut from: TcpStream, host: &str, fate: Option<Fate>) {
    let request = read(&mut from);
    if fate == Some(Fate::Busy) {
        let answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return from.write_all(answer).expect("it is answered");
    }
    let mut to = TcpStream::connect(host).expect("the collector");
    to.write_all(&request).expect("it is passed on");
    let answer = read(&mut to);
    if fate.is_none() {
        from.write_all(&answer).expect("it is answered");
    }
    let _ = from.shutdown(Shutdown::Both);
}

/// One message of HTTP, with a body of the length that it says.
fn read(stream: &mut TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(stream);
    let (mut message, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        message.extend(line.as_bytes());
        if let Some(said) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = said.trim().parse().expect("a number");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    message.extend(body);
    message
}
