//! `interline bench import`: what an import costs, beside a bare loop that makes the same calls and keeps nothing.
//!
//! Both are processes of their own, and so are the twins, so that each one's processor time and memory are its own.

mod bare;
mod blind;
mod child;
mod events;
mod load;

use std::path::Path;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use self::child::{Child, Used};
use crate::{
    cli::print,
    failure::{Exit, Failure},
};

const TOKEN: &str = "bench";

/// What `bench` takes.
#[derive(Args, Debug)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

impl BenchArgs {
    /// Whether it answers others meanwhile.
    pub fn serves(&self) -> bool {
        matches!(self.what, What::Blind)
    }
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measure imports of sample workspaces between two twins
    Import {
        /// How many companies, one measurement each
        #[arg(long, value_delimiter = ',', default_value = "1000,5000")]
        companies: Vec<usize>,
        /// Where the samples' chance begins
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measure how events are taken in and brought on
    Events(events::EventsArgs),
    /// Answer events, and look at nothing
    #[command(hide = true)]
    Blind,
    /// Make the calls of an import, and keep nothing
    #[command(hide = true)]
    Bare(bare::BareArgs),
}

/// Measures, and prints a table.
pub async fn run(args: BenchArgs, as_json: bool) -> Result<Exit, Failure> {
    match args.what {
        What::Bare(args) => bare::run(&args).await,
        What::Events(args) => events::run(&args, as_json).await.map(|()| Exit::Done),
        What::Blind => blind::run().await.map(|()| Exit::Done),
        What::Import { companies, seed } => {
            let mut rows = Vec::new();
            for companies in companies {
                print::talk(format!("Measuring {companies} companies"));
                rows.extend(measure(companies, seed)?);
            }
            match as_json {
                true => print::data(serde_json::to_string_pretty(&rows).map_err(broke)?),
                false => print::data(table(&rows)),
            }
            Ok(Exit::Done)
        }
    }
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct Row {
    companies: usize,
    what: &'static str,
    records: u64,
    seconds: f64,
    records_per_second: f64,
    cpu_seconds_per_1000: f64,
    peak_mb: f64,
    reads_per_record: f64,
    writes_per_record: f64,
}

fn measure(companies: usize, seed: u64) -> Result<Vec<Row>, Failure> {
    let folder = tempfile::tempdir().map_err(broke)?;
    let at = |name: &str| folder.path().join(name).display().to_string();
    let planhat = Child::twin(
        "planhat",
        &["--sample", &companies.to_string(), "--seed", &seed.to_string()],
    )?;
    let devrev = Child::twin("devrev", &["--data", &at("devrev")])?;
    let state = at("state");
    connect(&state, &planhat.url, &devrev.url)?;
    let (first, imported) = sync(&state)?;
    let (second, synced) = sync(&state)?;
    // Killed, not stopped: a twin that is stopped folds its journal into a snapshot, and the journal is the list of
    // writes that the bare loop makes again.
    drop(devrev);
    let fresh = Child::twin("devrev", &[])?;
    let journal = at("devrev");
    let bare = [
        "bench",
        "bare",
        "--left",
        &planhat.url,
        "--right",
        &fresh.url,
        "--journal",
        &journal,
    ];
    let (bare, _) = child::measured(&bare, Path::new("."))?;
    Ok(vec![
        row(companies, "import", &imported, first),
        row(companies, "sync again", &synced, second),
        row(companies, "bare loop", &imported, bare),
    ])
}

fn connect(state: &str, planhat: &str, devrev: &str) -> Result<(), Failure> {
    let add = |name: &str, connector: &str, url: &str, more: &[&str]| {
        let mut words = vec![
            "connection",
            "add",
            name,
            connector,
            "--secret-env",
            child::SECRET,
        ];
        words.extend(["--base-url", url]);
        words.extend(more);
        words.extend(["--data", state]);
        child::done(&words)
    };
    add(
        "left",
        "planhat",
        planhat,
        &["--set", "subdomain=app.planhat.com"],
    )?;
    add("right", "devrev", devrev, &[])?;
    child::done(&[
        "import", "create", "bench", "--from", "left", "--to", "right", "--part", "PROD-1", "--data", state,
    ])
}

fn sync(state: &str) -> Result<(Used, Value), Failure> {
    let (used, said) = child::measured(
        &["--json", "import", "sync", "bench", "--data", state],
        Path::new("."),
    )?;
    let report = serde_json::from_str(&said).map_err(broke)?;
    Ok((used, report))
}

fn row(companies: usize, what: &'static str, run: &Value, used: Used) -> Row {
    let number = |path: &str| run.pointer(path).and_then(Value::as_u64).unwrap_or_default();
    let sum = |field: &str| {
        let lines = run.pointer("/report/lines").and_then(Value::as_array);
        lines
            .into_iter()
            .flatten()
            .filter_map(|line| line.get(field)?.as_u64())
            .sum::<u64>()
    };
    let records = sum("left");
    let calls = |names: &[&str]| names.iter().map(|name| number(name)).sum::<u64>() as f64;
    Row {
        companies,
        what,
        records,
        seconds: used.seconds,
        records_per_second: records as f64 / used.seconds.max(0.001),
        cpu_seconds_per_1000: used.cpu_seconds * 1000.0 / records.max(1) as f64,
        peak_mb: used.peak_mb,
        reads_per_record: calls(&["/report/left_calls/reads", "/report/right_calls/reads"])
            / records.max(1) as f64,
        writes_per_record: calls(&["/report/right_calls/writes"]) / records.max(1) as f64,
    }
}

fn table(rows: &[Row]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "companies",
        "what",
        "records",
        "seconds",
        "records/s",
        "cpu s / 1,000",
        "peak MB",
        "reads/record",
        "writes/record",
    ]);
    for row in rows {
        table.add_row([
            row.companies.to_string(),
            row.what.to_owned(),
            row.records.to_string(),
            format!("{:.1}", row.seconds),
            format!("{:.0}", row.records_per_second),
            format!("{:.3}", row.cpu_seconds_per_1000),
            format!("{:.0}", row.peak_mb),
            format!("{:.4}", row.reads_per_record),
            format!("{:.4}", row.writes_per_record),
        ]);
    }
    let ratios = rows.chunks(3).filter_map(|rows| {
        let (import, bare) = (rows.first()?, rows.last()?);
        let ratio = import.cpu_seconds_per_1000 / bare.cpu_seconds_per_1000.max(f64::EPSILON);
        Some(format!(
            "{} companies: the import costs {ratio:.2} times the bare loop's processor time",
            import.companies
        ))
    });
    format!("{table}\n{}", ratios.collect::<Vec<_>>().join("\n"))
}

fn broke(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::broke("The measurement broke off").because(error)
}
