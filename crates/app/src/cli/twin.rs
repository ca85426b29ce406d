//! `interline twin planhat`: serves a stand-in for a vendor until it is told to stop.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use connectors::{Connector, Sample};
use serde_json::json;

use crate::{
    cli::{named_value, nearest, print},
    clock::RealClock,
    failure::{Exit, Failure},
    twin::{Limit, TwinServer, TwinServerOptions},
};

/// What `twin` takes.
#[derive(Args, Debug)]
#[command(after_help = switches())]
pub struct TwinArgs {
    /// Whose twin: planhat, devrev or intercom
    connector: String,

    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Keep everything in this folder; without it, in memory only
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// Fill a fresh twin with a sample workspace of so many companies
    #[arg(long, value_name = "COMPANIES")]
    sample: Option<usize>,

    /// Where the sample's chance begins
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The token it takes; without it, any token
    #[arg(long)]
    token: Option<String>,

    /// Open the control door /_twin/: counts, dumps, faults and limits
    #[arg(long)]
    control: bool,

    /// Set a switch of the twin
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = named_value)]
    switches: Vec<(String, String)>,

    /// Take so many requests a minute
    #[arg(long, value_name = "N")]
    requests_per_minute: Option<u64>,
}

/// Serves until an interrupt.
pub async fn run(args: TwinArgs, as_json: bool) -> Result<Exit, Failure> {
    let connector = find_connector(&args.connector)?;
    let card = connector.card();
    check_switches(connector, &args.switches)?;
    let fill = args.sample.map(|companies| Sample {
        companies,
        seed: args.seed,
    });
    let server = TwinServer::start(TwinServerOptions {
        connector,
        listen: args.listen,
        data: args.data,
        token: args.token,
        settings: args.switches.into_iter().collect(),
        control: args.control,
        limit: args.requests_per_minute.map(|requests| Limit {
            requests,
            window_seconds: 60,
        }),
        sample: fill,
        clock: Arc::new(RealClock),
    })
    .await?;
    if as_json {
        print::data(json!({ "twin": card.id, "url": server.url() }).to_string());
    }
    let whose = match &server.token {
        Some(_) => "with the token it was given",
        None => "with any token",
    };
    print::talk(format!(
        "The {} twin listens on {}, {whose}. Ctrl-C stops it.",
        card.title,
        server.url()
    ));
    interrupted().await;
    print::talk("Stopping.");
    server.stop().await?;
    Ok(Exit::Done)
}

/// Every twin's switches, for the help; the first value is the default.
fn switches() -> String {
    let mut text = "Switches for --set, the default first:".to_owned();
    for connector in connectors::all() {
        let card = connector.card();
        for switch in card.twin_settings {
            let values = switch.values.join("|");
            text.push_str(&format!(
                "\n  {}  {}={values}\n      {}",
                card.id, switch.name, switch.help
            ));
        }
    }
    text
}

/// The connector of that name.
pub fn find_connector(name: &str) -> Result<&'static dyn Connector, Failure> {
    connectors::by_id(name).ok_or_else(|| {
        let names: Vec<_> = connectors::all()
            .iter()
            .map(|connector| connector.card().id)
            .collect();
        Failure::usage(format!("There is no connector `{name}`")).hint(nearest::hint(
            name,
            "connector",
            &names,
        ))
    })
}

fn check_switches(connector: &dyn Connector, switches: &[(String, String)]) -> Result<(), Failure> {
    let known = connector.card().twin_settings;
    let names: Vec<_> = known.iter().map(|switch| switch.name).collect();
    for (name, value) in switches {
        let Some(switch) = known.iter().find(|switch| switch.name == name) else {
            return Err(Failure::usage(format!("The twin has no switch `{name}`"))
                .hint(nearest::hint(name, "switch", &names)));
        };
        let takes_any = switch.values.iter().all(|value| value.is_empty());
        if !takes_any && !switch.values.contains(&value.as_str()) {
            return Err(
                Failure::usage(format!("The switch `{name}` does not take `{value}`")).hint(format!(
                    "it takes {}: {}",
                    switch.values.join(", "),
                    switch.help
                )),
            );
        }
    }
    Ok(())
}

/// Waits until somebody wants the program to end.
pub async fn interrupted() {
    let by_signal = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = by_signal => {}
    }
}
