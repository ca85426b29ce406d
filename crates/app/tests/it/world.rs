//! Two twins and a state folder, each gone with the test.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    http::Line,
    program::{TwinProcess, interline},
};

/// A filled Planhat twin, an empty DevRev twin, and an import between them.
pub struct World {
    pub left: TwinProcess,
    pub right: TwinProcess,
    state: TempDir,
}

impl World {
    pub fn new(companies: usize, left: &[&str], right: &[&str]) -> Self {
        Self::through(companies, left, right, |address| address)
    }

    /// The same, where the import reaches the right side at another address.
    pub fn through(
        companies: usize,
        left: &[&str],
        right: &[&str],
        reached: impl FnOnce(SocketAddr) -> SocketAddr,
    ) -> Self {
        let world = Self::without_import(companies, left, right, reached);
        world.create(&[]);
        world
    }

    /// One whose import was made with these words more.
    pub fn choosing(companies: usize, chosen: &[&str]) -> Self {
        let world = Self::without_import(companies, &[], &[], |address| address);
        world.create(chosen);
        world
    }

    /// One with twins and an import of one's choice.
    pub fn of(companies: usize, left: &[&str], right: &[&str], chosen: &[&str]) -> Self {
        let world = Self::without_import(companies, left, right, |address| address);
        world.create(chosen);
        world
    }

    /// One that begins in another platform than Planhat.
    pub fn from(connector: &str, companies: usize, left: &[&str], chosen: &[&str]) -> Self {
        let world = Self::joined(connector, companies, left, &[], |address| address);
        world.create(chosen);
        world
    }

    /// The same with another process for the left twin.
    pub fn with_left_again(self, start: impl FnOnce(&Path, TwinProcess) -> TwinProcess) -> Self {
        let left = start(self.state.path(), self.left);
        Self { left, ..self }
    }

    pub fn create(&self, chosen: &[&str]) {
        let create = [
            "import",
            "create",
            "acme",
            "--from",
            "left",
            "--to",
            "right",
            "--part",
            "PROD-1",
            "--set",
            "pictures=all",
        ];
        self.done(&[&create, chosen].concat());
    }

    fn without_import(
        companies: usize,
        left: &[&str],
        right: &[&str],
        reached: impl FnOnce(SocketAddr) -> SocketAddr,
    ) -> Self {
        Self::joined("planhat", companies, left, right, reached)
    }

    fn joined(
        connector: &str,
        companies: usize,
        left: &[&str],
        right: &[&str],
        reached: impl FnOnce(SocketAddr) -> SocketAddr,
    ) -> Self {
        let state = tempfile::tempdir().unwrap();
        let companies = companies.to_string();
        let sample = ["--control", "--sample", companies.as_str(), "--seed", "1"];
        let world = Self {
            left: TwinProcess::start(state.path(), connector, &[&sample, left].concat()),
            right: TwinProcess::start(state.path(), "devrev", &[&["--control"], right].concat()),
            state,
        };
        let more: &[&str] = match connector {
            "planhat" => &["--set", "subdomain=app.planhat.com"],
            _ => &[],
        };
        world.add("left", connector, world.left.address, more);
        world.add("right", "devrev", reached(world.right.address), &[]);
        world
    }

    fn add(&self, name: &str, connector: &str, address: SocketAddr, more: &[&str]) {
        let url = format!("http://{address}");
        let words = [
            "connection",
            "add",
            name,
            connector,
            "--secret-env",
            "SECRET",
            "--base-url",
            url.as_str(),
        ];
        self.done(&[&words, more].concat());
    }

    pub fn folder(&self) -> &Path {
        self.state.path()
    }

    pub fn into_right(self) -> TwinProcess {
        self.right
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = interline(self.state.path(), words);
        command
            .env("SECRET", "T")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// The exit code, and what was printed as JSON.
    pub fn json(&self, words: &[&str]) -> (i32, Value) {
        let mut command = self.command(&[words, &["--json"]].concat());
        let output = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        let value =
            serde_json::from_str(&said).unwrap_or_else(|_| Value::String(format!("{said}{complaint}")));
        (output.status.code().unwrap_or(-1), value)
    }

    /// The exit code, and what was printed.
    pub fn text(&self, words: &[&str]) -> (i32, String) {
        let output = self.command(words).stdout(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap_or(-1), said)
    }

    pub fn sync(&self) -> (i32, Value) {
        self.json(&["import", "sync", "acme"])
    }

    fn done(&self, words: &[&str]) {
        let (code, said) = self.json(words);
        assert_eq!(code, 0, "{words:?}: {said:#}");
    }
}

/// Asks a twin at its control door; the status and the body.
pub fn ask(twin: &TwinProcess, request: &str, body: &Value) -> (u16, String) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    Line::open(twin.address)
        .unwrap()
        .ask_text(request, &body)
        .unwrap()
}

/// Every record of a twin, by its object.
pub fn records(twin: &TwinProcess) -> BTreeMap<String, Vec<Value>> {
    let (_, objects) = ask(twin, "GET /_twin/objects", &Value::Null);
    let objects: Value = serde_json::from_str(&objects).expect("JSON");
    let objects: Vec<&str> = objects["objects"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut records: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in objects {
        let (status, body) = ask(twin, &format!("GET /_twin/dump?object={object}"), &Value::Null);
        assert_eq!(status, 200, "{object}: {body}");
        let parsed = body
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"));
        records.insert(object.to_owned(), parsed.collect());
    }
    records
}
