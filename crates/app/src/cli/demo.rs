//! `interline demo`: an import and a sync between two twins in this process.

mod changes;
mod events;

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use clap::{Args, ValueEnum};
use connectors::{Connector, Sample, kit::Faults};
use model::{ConnectionId, ConnectorId, ImportId, Problem, Run, Secret};
use serde_json::json;
use store::Connection;
use uuid::Uuid;

use crate::{
    cli::{
        import,
        print::{self, many},
        progress::Bars,
        report,
        twin::{find_connector, interrupted},
    },
    clock::RealClock,
    config::StateArgs,
    failure::{Exit, Failure},
    twin::{TwinServer, TwinServerOptions},
    wiring::{BASE_URL, Order, Rooms},
};

/// The part that a fresh DevRev twin has.
const PART: &str = "PROD-1";

/// What `demo` takes.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// What is imported into DevRev, or, of Segment, brought to Planhat
    #[arg(long, value_enum, default_value_t = Left::Planhat)]
    from: Left,

    /// End after the report: exit code 0 if the certificate holds, 1 if a run is incomplete
    #[arg(long)]
    once: bool,

    /// How many companies the sample workspace has; about twenty records come with each
    #[arg(long, value_name = "N", default_value_t = 200)]
    companies: usize,

    /// Where the sample's chance begins
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// Let the twins misbehave in every way, each at this rate, while they are worked with: 0.02 is one in fifty
    #[arg(long, value_name = "RATE", default_value_t = 0.0, value_parser = rate)]
    faults: f64,
}

/// A platform that a demo begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Left {
    /// Customers, their people, and what was said with them
    Planhat,
    /// Conversations, contacts and a help centre
    Intercom,
    /// What people do on a website and in a product, into Planhat
    Segment,
}

impl Left {
    fn id(self) -> &'static str {
        match self {
            Self::Planhat => "planhat",
            Self::Intercom => "intercom",
            Self::Segment => "segment",
        }
    }

    /// What is chosen for the import, besides the part and who owns what has no owner: as much as there is to see.
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Planhat => &[("objects", "all"), ("pictures", "all")],
            Self::Intercom => &[("all_conversations", "true"), ("pictures", "all")],
            Self::Segment => &[],
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=0.5).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number from 0 to 0.5".to_owned()),
    }
}

/// What the demo stands on.
struct Stand {
    from: Left,
    /// What the left platform is called.
    title: &'static str,
    left: TwinServer,
    right: TwinServer,
    rooms: Rooms,
    import: ImportId,
}

/// What came of it.
struct Outcome {
    runs: [Run; 2],
    changes: Vec<String>,
    problems: Vec<Problem>,
}

/// Shows an import and a sync, and leaves the twins up unless told otherwise.
pub async fn run(args: DemoArgs, as_json: bool) -> Result<Exit, Failure> {
    let say = |text: String| {
        if !as_json {
            print::data(text);
        }
    };
    let folder = tempfile::Builder::new()
        .prefix("interline-demo-")
        .tempdir()
        .map_err(|error| Failure::broke("The demo could not make a folder for its state").because(error))?;
    if args.from == Left::Segment {
        let sample = (args.companies, args.seed);
        return events::run(folder.path(), sample, args.once, as_json).await;
    }
    let title = find_connector(args.from.id())?.card().title;
    say(format!(
        "Interline demo: {title} into DevRev, both played by twins in this process"
    ));
    let sample = Sample {
        companies: args.companies,
        seed: args.seed,
    };
    let (stand, records) = set_up(args.from, folder.path(), sample).await?;
    say(format!(
        "\n1. The {title} twin is filled with {}: {} in all.\n   The DevRev twin is empty.",
        many(args.companies as u64, "company", "companies"),
        many(records as u64, "record", "records"),
    ));
    say(format!(
        "   {} owns what needs an owner and has none.",
        import::FALLBACK_PERSON
    ));
    let outcome = tokio::select! {
        outcome = play(&stand, args.faults, as_json) => outcome?,
        // The folder goes with this function.
        () = interrupted() => return Err(Failure::broke("The demo was interrupted")),
    };
    let holds = outcome.runs.iter().all(|run| report::exit(run) == Exit::Done);
    if as_json {
        print::json(&outcome.to_json(&stand, sample));
    } else {
        show_ending(&outcome);
    }
    if !args.once {
        stay(&stand, as_json).await;
    }
    stand.rooms.store.close().await;
    stand.left.stop().await?;
    stand.right.stop().await?;
    Ok(if holds { Exit::Done } else { Exit::No })
}

/// Starts both twins, fills the left one, and makes the import. How many records there are on the left.
async fn set_up(from: Left, folder: &Path, sample: Sample) -> Result<(Stand, usize), Failure> {
    let connector = find_connector(from.id())?;
    let devrev = find_connector("devrev")?;
    let left = start_twin(connector).await?;
    let right = start_twin(devrev).await?;
    let records = left.fill(sample).await?;
    let rooms = Rooms::open(&StateArgs::in_folder(folder)).await?;
    let there = connect(&rooms, connector, &left).await?;
    let here = connect(&rooms, devrev, &right).await?;
    let (recipe, _) = import::own_recipe(&there, &here)?;
    let options = [("part", PART), ("fallback_person", import::FALLBACK_PERSON)];
    let options = options.iter().chain(from.options());
    let options: Vec<_> = options
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let import = import::add(&rooms, "demo", &there, &here, recipe, &options).await?;
    let stand = Stand {
        from,
        title: connector.card().title,
        left,
        right,
        rooms,
        import,
    };
    Ok((stand, records))
}

async fn start_twin(connector: &'static dyn Connector) -> Result<TwinServer, Failure> {
    TwinServer::start(TwinServerOptions {
        connector,
        listen: ([127, 0, 0, 1], 0).into(),
        data: None,
        token: Some(Uuid::now_v7().simple().to_string()),
        settings: BTreeMap::new(),
        control: true,
        limit: None,
        sample: None,
        clock: Arc::new(RealClock),
    })
    .await
}

async fn connect(
    rooms: &Rooms,
    connector: &dyn Connector,
    server: &TwinServer,
) -> Result<Connection, Failure> {
    let card = connector.card();
    let id = card.id;
    let mut settings = BTreeMap::from([(BASE_URL.to_owned(), server.url())]);
    // A twin answers at its own address whatever the others say.
    let others = card.settings.iter().filter(|setting| setting.required);
    settings.extend(others.map(|setting| (setting.name.to_owned(), "demo".to_owned())));
    let connection = Connection {
        id: ConnectionId::from(format!("demo-{id}")),
        connector: ConnectorId::from(id),
        settings,
        created_at: rooms.clock.now(),
    };
    let secret = Secret::new(server.token.clone().unwrap_or_default());
    rooms.store.add_connection(&connection, Some(&secret)).await?;
    Ok(connection)
}

/// Imports, changes some things on the left, and syncs again.
async fn play(stand: &Stand, faults: f64, as_json: bool) -> Result<Outcome, Failure> {
    let say = |text: &str| {
        if !as_json {
            print::data(text);
        }
    };
    say("\n2. Import everything\n");
    let first = sync(stand, faults, as_json).await?;
    // Seconds are the finest step in which some vendors tell times; the changes shall be later than the import.
    stand.rooms.clock.sleep(Duration::from_millis(1_100)).await;
    let changes = match stand.from {
        Left::Planhat => changes::planhat(&stand.left).await?,
        Left::Intercom => changes::intercom(&stand.left).await?,
        Left::Segment => Vec::new(),
    };
    say(&format!("\n3. Meanwhile in {}\n", stand.title));
    for change in &changes {
        say(&format!("   {change}"));
    }
    say("\n4. Sync again\n");
    let second = sync(stand, faults, as_json).await?;
    let problems = stand.rooms.problems(&stand.import, 1_000).await?;
    Ok(Outcome {
        runs: [first, second],
        changes,
        problems,
    })
}

async fn sync(stand: &Stand, faults: f64, as_json: bool) -> Result<Run, Failure> {
    let bars = Bars::new(as_json);
    misbehave(stand, faults);
    let run = stand
        .rooms
        .sync(&stand.import, Order::manual(model::Direction::Forward), &bars)
        .await;
    misbehave(stand, 0.0);
    bars.finish();
    let run = run?;
    if let (Some(report), false) = (&run.report, as_json) {
        report::show_lines(&report.lines);
        print::data("");
        report::show_calls(report);
    }
    Ok(run)
}

/// Faults at this rate on both sides, or none.
fn misbehave(stand: &Stand, rate: f64) {
    for (twin, seed) in [(&stand.left, 1), (&stand.right, 2)] {
        twin.misbehave(match rate > 0.0 {
            true => Faults::of_every_kind(rate, seed),
            false => Faults::default(),
        });
    }
}

fn show_ending(outcome: &Outcome) {
    let [first, second] = &outcome.runs;
    if let Some(report) = &first.report {
        print::data("\n5. What is there to know");
        report::show_rest(report);
    }
    let open = second.report.as_ref().map_or(0, |report| report.problems);
    report::show_problems(&outcome.problems, open, "--json lists all");
    for (run, name) in [(first, "import"), (second, "sync")] {
        if let Some(report) = &run.report {
            print::data(format!("\nThe {name}"));
            report::show_certificate(&report.certificate);
        }
    }
    let took: u64 = outcome
        .runs
        .iter()
        .filter_map(|run| Some(run.report.as_ref()?.took_ms))
        .sum();
    print::data(format!("\nBoth runs took {}.", print::span(took)));
}

impl Outcome {
    fn to_json(&self, stand: &Stand, sample: Sample) -> serde_json::Value {
        json!({
            "companies": sample.companies,
            "seed": sample.seed,
            "twins": [twin_json(stand.from.id(), &stand.left), twin_json("devrev", &stand.right)],
            "runs": self.runs,
            "changes": self.changes,
            "problems": self.problems,
        })
    }
}

fn twin_json(name: &str, server: &TwinServer) -> serde_json::Value {
    json!({ "twin": name, "url": server.url(), "token": server.token })
}

/// Says where the twins are, and keeps them up until an interrupt.
async fn stay(stand: &Stand, as_json: bool) {
    if !as_json {
        print::data("\nThe twins stay up:\n");
        let mut table = print::table(&["  Twin", "Address", "Token"]);
        for (name, server) in [(stand.title, &stand.left), ("DevRev", &stand.right)] {
            table.add_row([
                &format!("  {name}"),
                &server.url(),
                server.token.as_deref().unwrap_or_default(),
            ]);
        }
        print::show(&table);
        let right = &stand.right;
        let token = right.token.as_deref().unwrap_or_default();
        let url = right.url();
        print::data(format!(
            "\nLook around:\n\n  curl -H 'authorization: Bearer {token}' {url}/accounts.list\n  curl -H 'authorization: Bearer {token}' {url}/_twin/stats\n\nCtrl-C ends it."
        ));
    }
    interrupted().await;
    print::talk("Stopping both twins.");
}
