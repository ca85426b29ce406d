//! `interline run`: what imports did.

use clap::{Args, Subcommand};
use model::{Run, RunId, RunState};

use crate::{
    cli::{
        import, nearest, print,
        progress::Bars,
        report, standing,
        undo::{self, UndoArgs},
    },
    config::StateArgs,
    failure::{Exit, Failure},
    wiring::Rooms,
};

mod rows;

/// How many runs of an import are looked at.
const LATEST: usize = 100;

/// How much of a run's id is shown: the millisecond in it, which is enough to name it by.
const SHOWN_ID: usize = 13;

/// The beginning of a run's id, enough to name it by.
pub fn short_id(id: &RunId) -> String {
    id.as_str().chars().take(SHOWN_ID).collect()
}

/// What `run` takes.
#[derive(Args, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the latest runs
    List {
        /// Only of this import
        import: Option<String>,
    },
    /// Show what a run counted, and what it can swear to
    Report {
        /// The run's id, or its beginning
        run: String,

        /// A line for each thing that was written or could not be, as CSV
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Take back what a run wrote: fields get what they had, unless somebody changed them since
    Undo {
        /// The run's id, or its beginning
        run: String,

        #[command(flatten)]
        how: UndoArgs,
    },
    /// Try again what failed in a run, and nothing else
    Retry {
        /// The run's id, or its beginning
        run: String,
    },
}

/// Does what the verb says.
pub async fn run(args: RunArgs, as_json: bool) -> Result<Exit, Failure> {
    let rooms = Rooms::open(&args.state).await?;
    match args.verb {
        Verb::List { import } => list(&rooms, import.as_deref(), as_json).await,
        Verb::Report { run, csv: true } => rows::show(&rooms, &find(&rooms, &run).await?).await,
        Verb::Report { run, csv: false } => report_of(&rooms, &run, as_json).await,
        Verb::Undo { run, how } => {
            let run = find(&rooms, &run).await?;
            let import = rooms.store.import(&run.import).await?.import;
            let undos = rooms.undos_of_run(&run, how.force).await?;
            undo::undo(&rooms, &import, &undos, how, as_json).await
        }
        Verb::Retry { run } => retry(&rooms, &run, as_json).await,
    }
}

async fn list(rooms: &Rooms, import: Option<&str>, as_json: bool) -> Result<Exit, Failure> {
    let runs = latest(rooms, import).await?;
    if as_json {
        print::json(&runs);
        return Ok(Exit::Done);
    }
    if runs.is_empty() {
        print::talk("There is no run yet. Begin one: interline import sync NAME");
        return Ok(Exit::Done);
    }
    let mut table = print::table(&[
        "Run",
        "Import",
        "Started",
        "State",
        ">Took",
        ">Written",
        ">Problems",
    ]);
    for run in &runs {
        let at_work = match run.state {
            RunState::Working => rooms.store.at_work(&run.import, rooms.clock.now()).await?,
            _ => None,
        };
        let report = run.report.as_ref();
        let written = report.map(|report| {
            let lines = report.lines.iter();
            lines.map(|line| line.created + line.updated + line.adopted).sum()
        });
        table.add_row([
            short_id(&run.id),
            run.import.to_string(),
            print::time(run.started_at),
            standing::run_state(run, at_work.as_ref()),
            report.map_or_else(String::new, |report| print::span(report.took_ms)),
            written.map_or_else(String::new, print::count),
            report.map_or_else(String::new, |report| print::count(report.problems)),
        ]);
    }
    print::show(&table);
    Ok(Exit::Done)
}

async fn retry(rooms: &Rooms, id: &str, as_json: bool) -> Result<Exit, Failure> {
    let failed_in = find(rooms, id).await?;
    let failed = rooms.failed_in(&failed_in).await?;
    if failed == engine::Failed::default() {
        print::talk("Nothing failed in that run, or it was made good since.");
        return Ok(Exit::Done);
    }
    let bars = Bars::new(as_json);
    let run = rooms.retry_failed(&failed_in.import, &failed, &bars).await;
    bars.finish();
    show_one(rooms, &run?, as_json).await
}

async fn report_of(rooms: &Rooms, id: &str, as_json: bool) -> Result<Exit, Failure> {
    show_one(rooms, &find(rooms, id).await?, as_json).await
}

async fn show_one(rooms: &Rooms, run: &Run, as_json: bool) -> Result<Exit, Failure> {
    if as_json {
        print::json(run);
    } else {
        let problems = rooms.problems(&run.import, report::SHOWN_PROBLEMS).await?;
        report::show_run(run, &problems);
    }
    Ok(report::exit(run))
}

/// The run whose id this is, or begins so, if only one does.
async fn find(rooms: &Rooms, id: &str) -> Result<Run, Failure> {
    let mut runs = latest(rooms, None).await?;
    let ids: Vec<String> = runs.iter().map(|run| run.id.to_string()).collect();
    let mut fitting: Vec<usize> = (0..ids.len())
        .filter(|at| ids.get(*at).is_some_and(|known| known.starts_with(id)))
        .collect();
    match (fitting.pop(), fitting.is_empty()) {
        (Some(at), true) => Ok(runs.swap_remove(at)),
        (Some(_), false) => Err(Failure::usage(format!("More than one run begins with `{id}`"))
            .hint("write more of its id; interline run list shows them")),
        (None, _) => {
            let ids: Vec<&str> = ids.iter().map(String::as_str).take(5).collect();
            Err(Failure::usage(format!("There is no run `{id}`")).hint(nearest::hint(id, "run", &ids)))
        }
    }
}

/// The latest runs, the newest first.
async fn latest(rooms: &Rooms, only: Option<&str>) -> Result<Vec<Run>, Failure> {
    let imports = match only {
        Some(name) => vec![import::find(rooms, name).await?],
        None => rooms
            .store
            .imports()
            .await?
            .into_iter()
            .map(|row| row.import.id)
            .collect(),
    };
    let mut runs = Vec::new();
    for import in imports {
        runs.extend(rooms.store.runs(&import, LATEST).await?);
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.started_at));
    Ok(runs)
}
