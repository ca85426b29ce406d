//! Logs go to stderr, and are quiet unless asked for.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config;

/// Begins to log: `-v` tells milestones, `-vv` details; the environment overrides both.
pub fn start(verbosity: u8) {
    let level = match verbosity {
        0 => "off,interline=error,engine=error,store=error,connectors=error",
        1 => "warn,interline=info,engine=info,store=info,connectors=info",
        _ => "info,interline=debug,engine=debug,store=debug,connectors=debug",
    };
    let filter = EnvFilter::try_from_env(config::LOG).unwrap_or_else(|_| EnvFilter::new(level));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .try_init();
    // Only a second start in the same process can fail, and then logging goes on as it was.
    drop(started);
}
