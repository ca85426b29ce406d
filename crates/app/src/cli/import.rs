//! `interline import`: one connection's workspace kept in another.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use engine::Scope;
use model::{Direction, Import, ImportId, Recipe, Run};
use store::Connection;

use crate::{
    cli::{
        connection,
        hook::{self, HookArgs},
        nearest, option, print,
        progress::Bars,
        recipe, report,
        schedule::{self, ScheduleArgs},
        standing,
    },
    config::StateArgs,
    failure::{Exit, Failure},
    wiring::{self, Order, Rooms},
};

mod plan;
mod through;
mod unmake;

use plan::{PlanArgs, SyncArgs};

/// What `import` takes.
#[derive(Args, Debug)]
pub struct ImportArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say what is kept where; moves no record yet
    Create(CreateArgs),
    /// List the imports, how they stand, and when they run next
    List,
    /// Show an import
    Show {
        /// The import
        name: String,
    },
    /// Say when an import runs by itself, under `interline serve`
    Schedule(ScheduleArgs),
    /// Say who is told what runs by schedule created and updated
    Hook(HookArgs),
    /// Show what a sync would write, and what it costs; writes nothing to either platform
    Plan(PlanArgs),
    /// The first time import everything, later what changed
    Sync(SyncArgs),
    /// Sync after reading every record again on both sides, whatever was read before
    Rescan {
        /// The import
        name: String,

        /// Which side is written: the right one, the left one, or either from the other
        #[arg(long, value_enum, default_value_t = Way::Forward)]
        direction: Way,

        /// Only these objects or pairings, and those that share an object with one of them
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        objects: Vec<String>,
    },
    /// Apply a changed recipe to what is known of the left side, without asking that side anything
    Replan {
        /// The import
        name: String,
    },
    /// Go through another connection to the same workspace from now on
    EditConnection(through::EditArgs),
    /// Delete everything that an import made on the right, and forget it; what was there before stays
    Delete(unmake::DeleteArgs),
    /// Forget an import; its records stay on both sides, and another import finds them by their keys
    Remove {
        /// The import
        name: String,
    },
}

/// Which side is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Way {
    /// The right side, from the left one
    #[default]
    Forward,
    /// The left side, from the right one
    Reverse,
    /// Either side from the other
    Both,
}

impl From<Way> for Direction {
    fn from(way: Way) -> Self {
        match way {
            Way::Forward => Self::Forward,
            Way::Reverse => Self::Reverse,
            Way::Both => Self::Both,
        }
    }
}

#[derive(Args, Debug)]
struct CreateArgs {
    /// What to call it
    name: String,

    /// The connection to read from
    #[arg(long, value_name = "CONNECTION")]
    from: String,

    /// The connection to write to
    #[arg(long, value_name = "CONNECTION")]
    to: String,

    /// The part that works and conversations belong to, such as PROD-1; the same as --set part=…
    #[arg(long)]
    part: Option<String>,

    /// What the recipe lets you choose, such as objects=all; `interline recipe check FILE` lists it
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,

    /// A recipe of your own
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,

    /// Who owns what needs an owner and has none; a shadow user is made for a new address
    #[arg(long, value_name = "EMAIL", default_value = FALLBACK_PERSON)]
    fallback_person: String,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("say NAME=VALUE, as in objects=all")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Nobody's address: what has no owner must not silently become that of whoever runs the import.
pub const FALLBACK_PERSON: &str = "without-owner@interline.invalid";

/// Does what the verb says.
pub async fn run(args: ImportArgs, as_json: bool) -> Result<Exit, Failure> {
    let rooms = Rooms::open(&args.state).await?;
    match args.verb {
        Verb::Create(args) => create(&rooms, args).await,
        Verb::List => standing::list(&rooms, as_json).await,
        Verb::Show { name } => standing::show(&rooms, &name, as_json).await,
        Verb::Hook(args) => hook::run(&rooms, args, as_json).await,
        Verb::Schedule(args) => schedule::run(&rooms, args, as_json).await,
        Verb::Plan(args) => plan::show(&rooms, args, as_json).await,
        Verb::Sync(args) => plan::sync(&rooms, args, as_json).await,
        Verb::Rescan {
            name,
            direction,
            objects,
        } => {
            let order = order(direction, objects, true);
            sync(&rooms, &name, order, as_json).await
        }
        Verb::Replan { name } => replan(&rooms, &name, as_json).await,
        Verb::EditConnection(args) => through::edit(&rooms, &args).await,
        Verb::Delete(args) => unmake::run(&rooms, &args, as_json).await,
        Verb::Remove { name } => remove(&rooms, &name).await,
    }
}

/// A run that somebody asks for.
fn order(way: Way, objects: Vec<String>, rescan: bool) -> Order {
    let only = objects.into_iter().map(|name| name.trim().to_owned());
    Order {
        scope: Scope {
            only: only.filter(|name| !name.is_empty()).collect(),
            rescan,
            ..Scope::default()
        },
        ..Order::manual(way.into())
    }
}

async fn create(rooms: &Rooms, args: CreateArgs) -> Result<Exit, Failure> {
    let left = connection::find(rooms, &args.from).await?;
    let right = connection::find(rooms, &args.to).await?;
    let (recipe, text) = match &args.recipe {
        Some(path) => recipe::read(rooms, path, &left, &right).await?,
        None => own_recipe(&left, &right)?,
    };
    let mut texts = vec![("fallback_person".to_owned(), args.fallback_person)];
    texts.extend(args.part.map(|part| ("part".to_owned(), part)));
    texts.extend(args.set);
    let id = add(rooms, &args.name, &left, &right, recipe, &texts).await?;
    rooms.store.keep_recipe_text(&id, &text).await?;
    let name = args.name;
    print::talk(format!(
        "Created import {name}. See what it would do: interline import plan {name}"
    ));
    Ok(Exit::Done)
}

/// Keeps an import with what was chosen; the later word counts.
pub async fn add(
    rooms: &Rooms,
    name: &str,
    left: &Connection,
    right: &Connection,
    recipe: Recipe,
    texts: &[(String, String)],
) -> Result<ImportId, Failure> {
    recipe::fits(&recipe, left, right)?;
    let session = rooms.open_session(&right.id).await?;
    let destination = wiring::destination(session.as_ref(), &right.id)?;
    let options = option::chosen(&recipe, destination, texts).await?;
    let import = Import {
        id: ImportId::from(name),
        left: left.id.clone(),
        right: right.id.clone(),
        recipe,
        options,
        created_at: rooms.clock.now(),
    };
    rooms.store.add_import(&import).await?;
    Ok(import.id)
}

/// The recipe that comes with the program, and its text.
pub fn own_recipe(left: &Connection, right: &Connection) -> Result<(Recipe, String), Failure> {
    let text = wiring::own_recipe(&left.connector, &right.connector).ok_or_else(|| {
        Failure::usage(format!(
            "There is no recipe from {} to {}",
            left.connector, right.connector
        ))
        .hint("bring one with --recipe FILE, or turn --from and --to around")
    })?;
    let read = wiring::read_recipe(text);
    let recipe = read.map_err(|mistakes| recipe::refusal("the program's own recipe", &mistakes))?;
    Ok((recipe, text.to_owned()))
}

async fn sync(rooms: &Rooms, name: &str, order: Order, as_json: bool) -> Result<Exit, Failure> {
    let import = find(rooms, name).await?;
    let bars = Bars::new(as_json);
    let run = rooms.sync(&import, order, &bars).await;
    bars.finish();
    told(rooms, &import, run?, as_json).await
}

async fn replan(rooms: &Rooms, name: &str, as_json: bool) -> Result<Exit, Failure> {
    let import = find(rooms, name).await?;
    let bars = Bars::new(as_json);
    let run = rooms.sync(&import, Order::replan(), &bars).await;
    bars.finish();
    told(rooms, &import, run?, as_json).await
}

async fn told(rooms: &Rooms, import: &ImportId, run: Run, as_json: bool) -> Result<Exit, Failure> {
    if as_json {
        print::json(&run);
    } else {
        let problems = rooms.problems(import, report::SHOWN_PROBLEMS).await?;
        report::show_run(&run, &problems);
    }
    Ok(report::exit(&run))
}

async fn remove(rooms: &Rooms, name: &str) -> Result<Exit, Failure> {
    let import = find(rooms, name).await?;
    rooms.store.delete_import(&import).await?;
    print::talk(format!("Removed import {name}."));
    Ok(Exit::Done)
}

/// The import of that name, or a failure that says which was meant.
pub async fn find(rooms: &Rooms, name: &str) -> Result<ImportId, Failure> {
    let imports = rooms.store.imports().await?;
    let names: Vec<_> = imports.iter().map(|row| row.import.id.as_str()).collect();
    if names.contains(&name) {
        return Ok(ImportId::from(name));
    }
    Err(Failure::usage(format!("There is no import `{name}`")).hint(nearest::hint(name, "import", &names)))
}
