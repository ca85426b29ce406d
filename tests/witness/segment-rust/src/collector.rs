//! A collector of its own, a road to it on which things go wrong, and checks that are counted.

use std::{
    collections::{BTreeMap, VecDeque},
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
    time::Duration,
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
    twin: Option<Twin>,
    pub key: String,
    pub host: String,
}

/// A Planhat twin, to which its events go.
struct Twin {
    child: Child,
    url: String,
}

/// What asks, and does not wait for ever.
pub fn line() -> reqwest::Client {
    let line = reqwest::Client::builder().timeout(Duration::from_secs(30));
    line.build().expect("a client")
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var("INTERLINE_PROGRAM").unwrap_or_else(|_| "interline".to_owned()));
    command
        .args(arguments)
        .env("WITNESS_PLANHAT", "T")
        .stderr(Stdio::null());
    command
}

/// Does something at once, and gives what it says.
fn ask(data: &Path, arguments: &[&str]) -> String {
    let output = program(arguments).arg("--data").arg(data).output();
    let output = output.expect("the program runs");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("a text")
}

/// Starts what goes on until it is ended, and gives its address.
fn serve(command: &mut Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let said: Value = serde_json::from_str(&line).expect("it listens");
    let url = said["url"].as_str().expect("an address").to_owned();
    (child, url)
}

impl Twin {
    /// Starts it, and makes the connection to it.
    fn start(data: &Path) -> Self {
        let twin = "--json twin planhat --listen 127.0.0.1:0 --token T --control";
        let (child, url) = serve(&mut program(&twin.split(' ').collect::<Vec<_>>()));
        let add = format!(
            "connection add acme planhat --secret-env WITNESS_PLANHAT --base-url {url} \
             --set subdomain=app.planhat.com --set tenant=TENANT --set events_url={url}"
        );
        ask(data, &add.split(' ').collect::<Vec<_>>());
        Self { child, url }
    }

    async fn told(&self, path: &str) -> String {
        let asked = line().get(format!("{}/_twin/{path}", self.url));
        let answer = asked.bearer_auth("T").send().await.expect("an answer");
        answer.text().await.expect("a text")
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Collector {
    pub fn start() -> Self {
        Self::new(false)
    }

    /// One whose events go to a Planhat twin.
    pub fn to_planhat() -> Self {
        Self::new(true)
    }

    fn new(planhat: bool) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let data = env::temp_dir().join(format!("interline-witness-{}-{number}", process::id()));
        let twin = planhat.then(|| Twin::start(&data));
        let to: &[&str] = if planhat { &["--to", "acme"] } else { &[] };
        let key = ask(&data, &[&["source", "add", "web"], to].concat());
        let listen = ["serve", "--listen", "127.0.0.1:0", "--json", "--data"];
        let (child, url) = serve(program(&listen).arg(&data));
        Self {
            key: key.trim().to_owned(),
            host: url.strip_prefix("http://").expect("an address").to_owned(),
            data,
            child,
            twin,
        }
    }

    fn ask(&self, arguments: &[&str]) -> String {
        ask(&self.data, arguments)
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

    /// What became of events on their way to Planhat. What waits for another is held for a moment, and counted; that is left out.
    pub fn became(&self) -> Value {
        let said: Value = serde_json::from_str(&self.ask(&["events", "deliveries", "--json"])).expect("JSON");
        let mut counts = said[0]["last_hour"].clone();
        counts.as_object_mut().expect("an object").remove("held");
        counts
    }

    /// The events that are held.
    pub fn held(&self) -> Vec<Value> {
        serde_json::from_str(&self.ask(&["events", "held", "--json"])).expect("JSON")
    }

    /// All that Planhat has, by object.
    pub async fn there(&self) -> BTreeMap<String, Vec<Value>> {
        let twin = self.twin.as_ref().expect("a twin");
        let objects: Value = serde_json::from_str(&twin.told("objects").await).expect("JSON");
        let mut there = BTreeMap::new();
        for object in objects["objects"].as_array().expect("a list") {
            let object = object.as_str().expect("a text");
            let lines = twin.told(&format!("dump?object={object}")).await;
            let records: Vec<Value> = lines
                .lines()
                .map(|line| serde_json::from_str(line).expect("JSON"))
                .collect();
            if !records.is_empty() {
                there.insert(object.to_owned(), records);
            }
        }
        there
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
    let mut answer = read(&mut to);
    if fate.is_none() {
        // Otherwise a client may send what comes next on a connection that is about to end.
        let first = answer.iter().position(|byte| *byte == b'\n').expect("a line");
        answer.splice(first + 1..first + 1, *b"connection: close\r\n");
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
