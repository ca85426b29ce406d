//! Interline: moves a company's customers between platforms and keeps both sides true.
//!
//! This room reads arguments, joins the other rooms, serves twins and prints. It decides nothing about records.

mod alone;
mod api;
mod bench;
mod cli;
mod clock;
mod collect;
mod config;
mod consent;
mod deliver;
mod failure;
mod hooks;
mod host;
mod inlet;
mod seal;
mod telemetry;
mod twin;
mod watched;
mod wiring;
mod worker;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    cli::{Cli, print},
    failure::{Exit, Failure},
};

// Many short-lived texts on several threads: the system's allocator costs more than the work on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::start(cli.verbose);
    let as_json = cli.json;
    let exit = run(cli).unwrap_or_else(|failure| {
        print::failure(&failure, as_json);
        failure.exit()
    });
    ExitCode::from(exit as u8)
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    // What asks and waits is quicker on one thread: handing every answer to another costs as much as reading it.
    let mut builder = match cli.serves() {
        true => tokio::runtime::Builder::new_multi_thread(),
        false => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|error| Failure::broke("The program could not start its threads").because(error))?;
    runtime.block_on(cli::run(cli))
}
