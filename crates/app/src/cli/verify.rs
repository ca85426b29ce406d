//! `interline report`: whether a report is as it was signed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    cli::print,
    config::StateArgs,
    failure::{Exit, Failure},
    seal::{Verdict, judge},
    wiring::Rooms,
};

/// The largest report that is read.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// How many altered parts are named.
const NAMED: usize = 5;

/// What `report` takes.
#[derive(Args, Debug)]
pub struct ReportArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say whether a report is as it was signed, and whether its certificate holds
    Verify {
        /// What `interline run report RUN --json` printed
        file: PathBuf,

        /// The public key of the installation that made it; without one, this installation's
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Show the public key that this installation signs its reports with
    Key,
}

/// Does what the verb says.
pub async fn run(args: ReportArgs, as_json: bool) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Verify { file, key } => {
            let key = match key {
                Some(key) => key,
                None => own_key(&args.state).await?,
            };
            verify(&file, key.trim(), as_json)
        }
        Verb::Key => {
            let key = own_key(&args.state).await?;
            match as_json {
                true => print::json(&json!({ "key": key })),
                false => print::data(key),
            }
            Ok(Exit::Done)
        }
    }
}

async fn own_key(state: &StateArgs) -> Result<String, Failure> {
    Ok(Rooms::open(state).await?.signer().await?.public())
}

fn verify(file: &Path, key: &str, as_json: bool) -> Result<Exit, Failure> {
    let report = read(file)?;
    let verdict = judge(&report, Some(key));
    let (exit, sentence) = said(&report, &verdict);
    match as_json {
        true => print::json(&json!({ "holds": exit == Exit::Done, "says": sentence })),
        false => print::data(sentence),
    }
    Ok(exit)
}

fn read(file: &Path) -> Result<Value, Failure> {
    let unreadable = || Failure::usage(format!("The report {} could not be read", file.display()));
    let size = fs::metadata(file)
        .map_err(|error| unreadable().because(error))?
        .len();
    if size > MOST_BYTES {
        return Err(unreadable().hint(format!("it has {size} bytes, and no report is so long")));
    }
    let text = fs::read(file).map_err(|error| unreadable().because(error))?;
    serde_json::from_slice(&text).map_err(|error| {
        unreadable()
            .because(error)
            .hint("interline run report RUN --json prints a report that can be verified")
    })
}

/// The one sentence.
fn said(report: &Value, verdict: &Verdict) -> (Exit, String) {
    let text = |pointer: &str| report.pointer(pointer).and_then(Value::as_str).unwrap_or("?");
    let run = format!("run {} of {}", text("/id"), text("/import"));
    match verdict {
        Verdict::Genuine { key } => {
            let holds = report.pointer("/report/certificate/holds") == Some(&Value::Bool(true));
            let gaps = report
                .pointer("/report/certificate/gaps")
                .and_then(Value::as_array);
            let gaps = gaps.map_or(0, Vec::len) as u64;
            match holds {
                true => (
                    Exit::Done,
                    format!("The certificate of {run} HOLDS, and is as it was signed with key {key}"),
                ),
                false => (
                    Exit::No,
                    format!(
                        "The certificate of {run} is as it was signed with key {key}, and DOES NOT HOLD: it names {}",
                        print::many(gaps, "gap", "gaps")
                    ),
                ),
            }
        }
        Verdict::Altered(parts) => {
            let named: Vec<&str> = parts.iter().take(NAMED).map(String::as_str).collect();
            let more = match parts.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let named = named.join(", ");
            (
                Exit::No,
                format!("The report of {run} was ALTERED after it was signed: {named}{more}"),
            )
        }
        Verdict::Forged => (
            Exit::No,
            format!(
                "The report of {run} bears a signature that was not made for it: the signature or its digests were ALTERED"
            ),
        ),
        Verdict::OtherKey { key } => (
            Exit::No,
            format!(
                "The report of {run} was signed with another key, {key}: another installation made it, or somebody else"
            ),
        ),
        Verdict::Unsigned => (Exit::No, "The file bears no signature of a report".to_owned()),
    }
}
