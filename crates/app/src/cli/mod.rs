//! The command line: `noun verb`. Data goes to stdout, talk to stderr.

mod connection;
mod demo;
mod events;
mod hook;
mod import;
mod inlet;
mod nearest;
mod option;
pub mod print;
mod problem;
mod progress;
mod reads;
mod recipe;
mod record;
mod report;
mod run;
mod schedule;
mod serve;
mod source;
mod standing;
mod twin;
mod undo;
mod value;
mod verify;

use clap::{Parser, Subcommand};

use crate::{
    bench::{self, BenchArgs},
    failure::{Exit, Failure},
};

/// Moves a company's customers between platforms and keeps both sides true.
#[derive(Debug, Parser)]
#[command(name = "interline", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// Print data as JSON
    #[arg(long, global = true)]
    pub json: bool,

    /// Log what happens; twice for details
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show an import and a sync between two twins in this process
    Demo(demo::DemoArgs),
    /// Serve a stand-in for a vendor
    Twin(twin::TwinArgs),
    /// Say how vendors are reached
    Connection(connection::ConnectionArgs),
    /// Keep one connection's workspace in another
    Import(import::ImportArgs),
    /// Run imports when their schedules say so, and answer programs on this machine
    Serve(serve::ServeArgs),
    /// Only run imports when their schedules say so, beside others that do
    Worker(serve::WorkerArgs),
    /// Look at what imports did
    Run(run::RunArgs),
    /// Say whether a report is as it was signed
    Report(verify::ReportArgs),
    /// Look at one record on both sides
    Record(record::RecordArgs),
    /// Look at what only a person can decide
    Problem(problem::ProblemArgs),
    /// Check a recipe
    Recipe(recipe::RecipeArgs),
    /// Say what sends events: websites, apps, servers
    Source(source::SourceArgs),
    /// Look at the events that came
    Events(events::EventsArgs),
    /// Measure what imports cost
    #[command(hide = true)]
    Bench(BenchArgs),
}

impl Cli {
    /// Whether the program answers others meanwhile, and not only asks and waits.
    pub fn serves(&self) -> bool {
        match &self.command {
            Command::Demo(_) | Command::Twin(_) | Command::Serve(_) => true,
            Command::Bench(args) => args.serves(),
            _ => false,
        }
    }
}

/// Does what was asked for.
pub async fn run(cli: Cli) -> Result<Exit, Failure> {
    let as_json = cli.json;
    match cli.command {
        Command::Demo(args) => demo::run(args, as_json).await,
        Command::Twin(args) => twin::run(args, as_json).await,
        Command::Connection(args) => connection::run(args, as_json).await,
        Command::Import(args) => import::run(args, as_json).await,
        Command::Serve(args) => serve::serve(args, as_json).await,
        Command::Worker(args) => serve::work(args).await,
        Command::Run(args) => run::run(args, as_json).await,
        Command::Report(args) => verify::run(args, as_json).await,
        Command::Record(args) => record::run(args, as_json).await,
        Command::Problem(args) => problem::run(args, as_json).await,
        Command::Recipe(args) => recipe::run(&args, as_json).await,
        Command::Source(args) => source::run(args, as_json).await,
        Command::Events(args) => events::run(args, as_json).await,
        Command::Bench(args) => bench::run(args, as_json).await,
    }
}

/// Reads `NAME=VALUE`.
fn named_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}
