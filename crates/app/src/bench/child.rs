//! This program again, as a process of its own whose processor time and memory are watched.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{self, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{TOKEN, broke};
use crate::failure::Failure;

/// The variable that tells children the twins' token.
pub(super) const SECRET: &str = "BENCH_TOKEN";

const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Ticks of processor time in a second, as the kernel counts them for programs.
const TICKS: f64 = 100.0;

/// A running twin; killed when dropped.
pub(super) struct Child {
    child: process::Child,
    pub(super) url: String,
}

impl Child {
    /// Starts a twin and waits until it listens.
    pub(super) fn twin(connector: &str, more: &[&str]) -> Result<Self, Failure> {
        Self::start(&[&["twin", connector, "--token", TOKEN], more].concat())
    }

    /// Starts what serves, and waits until it listens.
    pub(super) fn start(words: &[&str]) -> Result<Self, Failure> {
        let mut child = command()?
            .arg("--json")
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(broke)?;
        let mut line = String::new();
        if let Some(said) = child.stdout.take() {
            BufReader::new(said).read_line(&mut line).map_err(broke)?;
        }
        let said: Value = serde_json::from_str(&line).map_err(broke)?;
        let url = said
            .get("url")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        Ok(Self { child, url })
    }
}

impl Child {
    /// What it used so far.
    pub(super) fn used(&self) -> Used {
        let mut used = Used::default();
        look(self.child.id(), &mut used);
        used
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
    pub(super) peak_mb: f64,
}

/// Runs this program to its end.
pub(super) fn done(words: &[&str]) -> Result<(), Failure> {
    said(words).map(drop)
}

/// The same; what it printed.
pub(super) fn said(words: &[&str]) -> Result<String, Failure> {
    let output = command()?.args(words).output().map_err(broke)?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Failure::broke(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        )),
    }
}

/// Runs this program to its end and watches what it uses; returns that, and what it printed.
pub(super) fn measured(words: &[&str], folder: &Path) -> Result<(Used, String), Failure> {
    let began = Instant::now();
    let mut child = command()?
        .args(words)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(broke)?;
    let mut output = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut said = String::new();
        match output.as_mut().map(|output| output.read_to_string(&mut said)) {
            Some(Err(error)) => Err(error),
            _ => Ok(said),
        }
    });
    let mut used = Used::default();
    let status = loop {
        match child.try_wait().map_err(broke)? {
            Some(status) => break status,
            None => look(child.id(), &mut used),
        }
        wait();
    };
    used.seconds = began.elapsed().as_secs_f64();
    let said = reader
        .join()
        .map_err(|_| Failure::broke("The measured program's words were lost"))?;
    match status.success() {
        true => Ok((used, said.map_err(broke)?)),
        false => Err(Failure::broke(format!(
            "`{}` ended with {status}",
            words.join(" ")
        ))),
    }
}

#[allow(clippy::disallowed_methods)] // A measuring process has nothing else to do meanwhile.
fn wait() {
    thread::sleep(LOOK_EVERY);
}

fn look(pid: u32, used: &mut Used) {
    // The process may end between two looks: then the last look counts.
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return;
    };
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 = after_name
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|word| word.parse::<f64>().ok())
        .sum();
    used.cpu_seconds = used.cpu_seconds.max(ticks / TICKS);
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else {
        return;
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    used.peak_mb = used.peak_mb.max(kilobytes.unwrap_or_default() / 1024.0);
}

fn command() -> Result<Command, Failure> {
    let mut command = Command::new(std::env::current_exe().map_err(broke)?);
    command.env(SECRET, TOKEN).stdin(Stdio::null());
    Ok(command)
}
