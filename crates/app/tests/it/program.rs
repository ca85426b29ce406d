//! Starts the built program.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

/// The program with these arguments, in a folder of its own, and with nothing of ours in its environment.
pub fn interline(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interline"));
    command.args(arguments).current_dir(folder);
    for (name, _) in std::env::vars() {
        if name.starts_with("INTERLINE") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    interline(folder, arguments).output().unwrap()
}

/// A twin in a process of its own; it is killed when it is dropped.
pub struct TwinProcess {
    child: Child,
    pub address: SocketAddr,
}

impl TwinProcess {
    /// Starts it, and waits until it listens.
    pub fn start(folder: &Path, connector: &str, more: &[&str]) -> Self {
        let mut arguments = vec!["twin", connector, "--json", "--token", "T"];
        arguments.extend(more);
        let mut child = interline(folder, &arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        let url = told["url"].as_str().unwrap();
        let address = url.strip_prefix("http://").unwrap().parse().unwrap();
        Self { child, address }
    }

    /// Ends it with SIGKILL: it can finish nothing.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for TwinProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
