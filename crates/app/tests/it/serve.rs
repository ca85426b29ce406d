//! Imports that run by themselves.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStderr, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    http::Line,
    world::{World, records},
};

/// A program that runs schedules; it is killed when it is dropped.
pub struct Worker {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Worker {
    pub fn start(world: &World, words: &[&str]) -> Self {
        Self::begin(world.command(words))
    }

    /// The same where there is no world.
    pub fn begin(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits until it says this, and returns the line.
    pub fn says(&mut self, wanted: &str) -> String {
        let mut said = Vec::new();
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            if line.contains(wanted) {
                return line;
            }
            said.push(line);
        }
        panic!("never said `{wanted}`: {said:#?}");
    }

    /// What it told programs when it began.
    pub fn told(&mut self) -> Value {
        let mut line = String::new();
        let output = self.child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Asks it to end; its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code()
    }

    /// The most memory that it ever had, in KiB.
    pub fn peak_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Ends it with SIGKILL: it can finish nothing.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn show(world: &World) -> Value {
    let (code, shown) = world.json(&["import", "show", "acme"]);
    assert_eq!(code, 0, "{shown:#}");
    shown
}

fn schedule(world: &World, words: &[&str]) {
    let (code, said) = world.json(&[&["import", "schedule", "acme"], words].concat());
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_schedule_runs_an_import_and_the_server_stops_cleanly() {
    let world = World::new(2, &[], &[]);
    schedule(&world, &["--every", "1d"]);
    let mut server = Worker::start(&world, &["serve", "--listen", "127.0.0.1:0", "--json"]);
    let url = server.told()["url"].as_str().unwrap().to_owned();
    let mut line = Line::open(url.strip_prefix("http://").unwrap().parse().unwrap()).unwrap();
    let (status, health) = line.ask("GET /api/v1/health", "").unwrap();
    assert_eq!((status, &health["status"]), (200, &json!("ok")));
    assert_eq!(line.ask("POST /api/v1/health", "{}").unwrap().0, 405);
    let (status, problem) = line.ask("GET /", "").unwrap();
    assert_eq!((status, &problem["status"]), (404, &json!(404)));
    server.says("acme: begins");
    server.says("acme: done");
    let shown = show(&world);
    assert_eq!(shown["state"], "done");
    assert_eq!(shown["last_run"]["trigger"], "periodic");
    assert!(!records(&world.right)["account"].is_empty());
    schedule(&world, &["--now"]);
    server.says("acme: done");
    assert_eq!(server.terminate(), Some(0));
    server.says("Stopping.");
}

#[test]
fn a_killed_run_goes_on_when_a_worker_starts_again() {
    let world = World::new(40, &[], &[]);
    schedule(&world, &["--every", "1d"]);
    let mut worker = Worker::start(&world, &["worker"]);
    worker.says("acme: begins");
    // Another run is kept out, by whomever.
    assert_eq!(world.sync().0, 3);
    worker.kill();
    assert_eq!(show(&world)["last_run"]["state"]["is"], "working");
    let mut worker = Worker::start(&world, &["worker"]);
    worker.says("acme: done");
    assert_eq!(show(&world)["state"], "done");
    // Stopped in the middle, it goes on as well.
    schedule(&world, &["--now"]);
    worker.says("acme: begins");
    assert_eq!(worker.terminate(), Some(0));
    let mut worker = Worker::start(&world, &["worker"]);
    worker.says("acme: done");
}

#[test]
fn a_refused_connection_pauses_the_schedule_until_it_has_another_token() {
    let world = World::new(1, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let change = ["connection", "change", "left", "--secret-env", "SECRET"];
    let wrong = world.command(&change).env("SECRET", "wrong").status();
    assert!(wrong.unwrap().success());
    schedule(&world, &["--now"]);
    let mut worker = Worker::start(&world, &["worker"]);
    let line = worker.says("acme: paused:");
    assert!(line.contains("connection `left` was refused"), "{line}");
    let paused = &show(&world)["schedule"]["paused"];
    assert_eq!(paused["refused"], "left");
    let why = paused["why"].as_str().unwrap();
    assert!(why.contains("interline connection change left"), "{why}");
    let (code, _) = world.json(&change);
    assert_eq!(code, 0);
    assert_eq!(show(&world)["schedule"]["paused"], Value::Null);
    schedule(&world, &["--now"]);
    worker.says("acme: done");
    // A person can pause it too.
    schedule(&world, &["--pause"]);
    assert_eq!(show(&world)["schedule"]["next_at"], Value::Null);
    schedule(&world, &["--off"]);
    assert_eq!(show(&world)["schedule"], Value::Null);
}
