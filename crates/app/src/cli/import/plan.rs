//! `import plan`, and `import sync` with or without a plan before it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use model::{ImportId, Run};

use super::{Way, find, order, told};
use crate::{
    cli::{print, progress::Bars, report},
    failure::{Exit, Failure},
    wiring::{Order, PlanDocument, Rooms},
};

/// The largest plan that is read.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// What `import plan` takes.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// The import
    name: String,

    /// Which side would be written
    #[arg(long, value_enum, default_value_t = Way::Forward)]
    direction: Way,

    /// Only these objects or pairings, and those that share an object with one of them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    objects: Vec<String>,

    /// Also write the plan to this file, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What `import sync` takes.
#[derive(Args, Debug)]
pub struct SyncArgs {
    /// The import
    name: String,

    /// Which side is written: the right one, the left one, or either from the other
    #[arg(long, value_enum, default_value_t = Way::Forward)]
    direction: Way,

    /// Do what follows from records being gone on one side, however many they are
    #[arg(long)]
    approve_deletes: bool,

    /// Only these objects or pairings, and those that share an object with one of them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    objects: Vec<String>,

    /// Only plan; writes nothing to either platform
    #[arg(long, conflicts_with_all = ["approve", "approve_deletes"])]
    plan_only: bool,

    /// Also write the plan to this file, as JSON
    #[arg(long, value_name = "FILE", requires = "plan_only")]
    out: Option<PathBuf>,

    /// Do what this plan says, and nothing if something else would be done by now: a plan's id, or its file
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["direction", "objects", "approve_deletes"])]
    approve: Option<String>,
}

/// Shows what a sync would do.
pub async fn show(rooms: &Rooms, args: PlanArgs, as_json: bool) -> Result<Exit, Failure> {
    let order = order(args.direction, args.objects, false);
    plan(rooms, &args.name, order, args.out.as_deref(), as_json).await
}

/// Syncs, or plans, or does what a plan says.
pub async fn sync(rooms: &Rooms, args: SyncArgs, as_json: bool) -> Result<Exit, Failure> {
    let order = Order {
        deletes_approved: args.approve_deletes,
        ..order(args.direction, args.objects, false)
    };
    if args.plan_only {
        return plan(rooms, &args.name, order, args.out.as_deref(), as_json).await;
    }
    let import = find(rooms, &args.name).await?;
    let document = match &args.approve {
        Some(named) => Some(document(rooms, &import, named).await?),
        None => None,
    };
    let bars = Bars::new(as_json);
    let run: Result<Run, Failure> = match document {
        Some(document) => rooms.approve(&import, &document, &bars).await,
        None => rooms.sync(&import, order, &bars).await,
    };
    bars.finish();
    told(rooms, &import, run?, as_json).await
}

async fn plan(
    rooms: &Rooms,
    name: &str,
    order: Order,
    out: Option<&Path>,
    as_json: bool,
) -> Result<Exit, Failure> {
    let import = find(rooms, name).await?;
    let bars = Bars::new(as_json);
    let plan = rooms.plan(&import, order, &bars).await;
    bars.finish();
    let plan = plan?;
    let text = as_text(&plan)?;
    rooms.store.keep_plan(&import, &plan.plan, &text).await?;
    if let Some(path) = out {
        write(path, &text)?;
    }
    if as_json {
        print::json(&plan);
        return Ok(Exit::Done);
    }
    report::show_plan(name, &plan.preview);
    print::data(format!("Plan    {}", plan.plan));
    print::talk(format!(
        "Do exactly this, or nothing: interline import sync {name} --approve {}",
        plan.plan
    ));
    Ok(Exit::Done)
}

fn as_text(plan: &PlanDocument) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(plan);
    text.map(|text| text + "\n")
        .map_err(|error| Failure::broke("The plan could not be written as JSON").because(error))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| {
        Failure::usage(format!("The plan could not be written to {}", path.display())).because(error)
    })
}

/// The document of a plan: of a file, else of one that is kept.
async fn document(rooms: &Rooms, import: &ImportId, named: &str) -> Result<String, Failure> {
    match file(Path::new(named)) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(Failure::usage(format!("The plan {named} could not be read")).because(error));
        }
    }
    let mut kept = rooms.store.plans(import, named).await?;
    match (kept.pop(), kept.is_empty() && !named.is_empty()) {
        (Some(document), true) => Ok(document),
        (Some(_), false) => Err(
            Failure::usage(format!("More than one plan begins with `{named}`")).hint("write more of its id"),
        ),
        (None, _) => Err(Failure::usage(format!(
            "There is no plan `{named}` of {import}, and no such file"
        ))
        .hint(format!(
            "interline import plan {import} makes one; the latest 20 are kept"
        ))),
    }
}

fn file(path: &Path) -> io::Result<String> {
    let size = fs::metadata(path)?.len();
    if size > MOST_BYTES {
        return Err(io::Error::other(format!(
            "it has {size} bytes, and no plan is so long"
        )));
    }
    fs::read_to_string(path)
}
