//! `interline recipe check FILE`: every mistake in a recipe, with its place.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use engine::recipe::Known;
use model::{ConnectionId, ConnectorId, ObjectType, Recipe};
use serde_json::json;
use store::Connection;

use crate::{
    cli::{connection, option, print, twin::find_connector},
    config::StateArgs,
    failure::{Exit, Failure},
    wiring::{self, RecipeMistake, Rooms},
};

mod edit;

/// What `recipe` takes.
#[derive(Args, Debug)]
pub struct RecipeArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Explain every mistake in a recipe
    Check {
        /// The recipe
        file: PathBuf,

        /// Check the names of fields against what this connection has
        #[arg(long, value_name = "CONNECTION", requires = "to")]
        from: Option<String>,

        /// And against what this one has
        #[arg(long, value_name = "CONNECTION", requires = "from")]
        to: Option<String>,
    },
    /// Show an import's recipe
    Show {
        /// The import
        import: String,

        /// An earlier version
        #[arg(long)]
        version: Option<i64>,
    },
    /// List the versions of an import's recipe
    Versions {
        /// The import
        import: String,
    },
    /// Change an import's recipe, in an editor or by a file; the next sync, or `import replan`, applies it
    Edit {
        /// The import
        import: String,

        /// Take this file instead of opening an editor
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// Does what the verb says.
pub async fn run(args: &RecipeArgs, as_json: bool) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Check { file, from, to } => {
            let sides = from.as_deref().zip(to.as_deref());
            check_file(args, file, sides, as_json).await
        }
        Verb::Show { import, version } => {
            let rooms = Rooms::open(&args.state).await?;
            edit::show(&rooms, import, *version).await
        }
        Verb::Versions { import } => {
            let rooms = Rooms::open(&args.state).await?;
            edit::versions(&rooms, import, as_json).await
        }
        Verb::Edit { import, file } => {
            let rooms = Rooms::open(&args.state).await?;
            edit::edit(&rooms, import, file.as_deref()).await
        }
    }
}

async fn check_file(
    args: &RecipeArgs,
    file: &Path,
    sides: Option<(&str, &str)>,
    as_json: bool,
) -> Result<Exit, Failure> {
    let text = text(file)?;
    let checked = match sides {
        Some((from, to)) => {
            let rooms = Rooms::open(&args.state).await?;
            let left = connection::find(&rooms, from).await?;
            let right = connection::find(&rooms, to).await?;
            against(&rooms, &text, &left, &right).await?
        }
        None => check(&text).await,
    };
    let mistakes = checked.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    if as_json {
        let options = checked.as_ref().ok().map(|recipe| &recipe.options);
        print::json(&json!({ "good": checked.is_ok(), "mistakes": mistakes, "options": options }));
    } else {
        match &checked {
            Ok(recipe) => print::data(good(recipe)),
            Err(mistakes) => print::data(listed(&file.display().to_string(), mistakes)),
        }
    }
    Ok(if checked.is_ok() { Exit::Done } else { Exit::No })
}

/// The recipe, or every mistake in it; what both vendors document is asked too, without a network.
async fn check(text: &str) -> Result<Recipe, Vec<RecipeMistake>> {
    let Some((left, right)) = engine::recipe::sides(text) else {
        return wiring::read_recipe(text);
    };
    let (left, right) = match (described(&left).await, described(&right).await) {
        (Ok(left), Ok(right)) => (left, right),
        (left, right) => {
            let mut mistakes = wiring::read_recipe(text).err().unwrap_or_default();
            let sides = [("left", left.err()), ("right", right.err())];
            let unknown = sides.into_iter().filter_map(|(side, why)| Some((side, why?)));
            mistakes.extend(unknown.map(|(side, why)| side_mistake(text, side, &why)));
            mistakes.sort_by_key(|mistake| mistake.line);
            return Err(mistakes);
        }
    };
    wiring::check_recipe(text, &Known { left, right })
}

/// What a vendor's objects have in a fresh workspace.
async fn described(id: &ConnectorId) -> Result<Vec<ObjectType>, Failure> {
    let session = wiring::twin_session(find_connector(id.as_str())?)?;
    let source = wiring::source(session.as_ref(), &ConnectionId::from(id.as_str()))?;
    Ok(source.describe().await?)
}

/// A mistake at the line that names this side's connector.
fn side_mistake(text: &str, side: &str, why: &Failure) -> RecipeMistake {
    let names_it = |line: &str| line.starts_with(side);
    RecipeMistake {
        line: text.lines().position(names_it).unwrap_or_default() as u64 + 1,
        column: 1,
        text: why.to_string(),
        hint: why.advice().map(str::to_owned),
    }
}

/// Reads a recipe and its text for these two connections from a file; a mistake in it, or a field that is not there, is a failure.
pub async fn read(
    rooms: &Rooms,
    path: &Path,
    left: &Connection,
    right: &Connection,
) -> Result<(Recipe, String), Failure> {
    let text = text(path)?;
    let name = path.display().to_string();
    let checked = against(rooms, &text, left, right).await?;
    let more = format!("{name} --from {} --to {}", left.id, right.id);
    let recipe = checked.map_err(|mistakes| refusal_with(&name, &more, &mistakes))?;
    Ok((recipe, text))
}

/// Refuses a recipe for other connectors.
pub fn fits(recipe: &Recipe, left: &Connection, right: &Connection) -> Result<(), Failure> {
    if recipe.left == left.connector && recipe.right == right.connector {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "The recipe leads from {} to {}, and the connections from {} to {}",
        recipe.left, recipe.right, left.connector, right.connector
    )))
}

/// The recipe, or every mistake in it; what both connections have is asked too.
async fn against(
    rooms: &Rooms,
    text: &str,
    left: &Connection,
    right: &Connection,
) -> Result<Result<Recipe, Vec<RecipeMistake>>, Failure> {
    match wiring::read_recipe(text) {
        Ok(recipe) => fits(&recipe, left, right)?,
        Err(mistakes) => return Ok(Err(mistakes)),
    }
    let known = Known {
        left: fields_of(rooms, left).await?,
        right: fields_of(rooms, right).await?,
    };
    Ok(wiring::check_recipe(text, &known))
}

async fn fields_of(rooms: &Rooms, connection: &Connection) -> Result<Vec<ObjectType>, Failure> {
    let session = rooms.open_session(&connection.id).await?;
    let source = wiring::source(session.as_ref(), &connection.id)?;
    Ok(source.describe().await?)
}

/// A failure that names the first mistake.
pub fn refusal(name: &str, mistakes: &[RecipeMistake]) -> Failure {
    refusal_with(name, name, mistakes)
}

fn refusal_with(name: &str, check: &str, mistakes: &[RecipeMistake]) -> Failure {
    let hint = mistakes.first().and_then(|first| first.hint.as_deref());
    let more = mistakes.len().saturating_sub(1);
    let words = match mistakes.first() {
        Some(first) => format!("line {}, column {}: {}", first.line, first.column, first.text),
        None => "it cannot be read".to_owned(),
    };
    let failure = Failure::usage(format!("The recipe in {name} has a mistake: {words}"));
    let all = (more > 0).then(|| format!("interline recipe check {check} shows {more} more"));
    let hints: Vec<&str> = hint.into_iter().chain(all.as_deref()).collect();
    match hints.is_empty() {
        true => failure,
        false => failure.hint(hints.join(" ")),
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("The recipe {} cannot be read", path.display())).because(error)
    })
}

fn good(recipe: &Recipe) -> String {
    let rules: usize = recipe.pairings.iter().map(|pairing| pairing.rules.len()).sum();
    let mut text = format!(
        "The recipe {} is good: {} to {}, {} pairings, {rules} rules.",
        recipe.name,
        recipe.left,
        recipe.right,
        recipe.pairings.len()
    );
    if !recipe.options.is_empty() {
        text.push_str("\n\nWhat an import may choose with --set NAME=VALUE:\n");
    }
    let width = recipe.options.iter().map(|option| option.name.len()).max();
    for one in &recipe.options {
        let chosen = match (&one.default, &one.group) {
            (Some(default), Some(group)) => format!("; {default} unless chosen, also by {group}"),
            (Some(default), None) => format!("; {default} unless chosen"),
            (None, _) => String::new(),
        };
        let (name, width) = (&one.name, width.unwrap_or_default());
        text.push_str(&format!(
            "\n  {name:width$}  {} ({}{chosen})",
            one.title,
            option::words(one)
        ));
    }
    text
}

fn listed(name: &str, mistakes: &[RecipeMistake]) -> String {
    let mut lines = Vec::new();
    for mistake in mistakes {
        lines.push(format!(
            "{name}:{}:{}: {}",
            mistake.line, mistake.column, mistake.text
        ));
        lines.extend(mistake.hint.as_ref().map(|hint| format!("    hint: {hint}")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = include_str!("../../../../recipes/planhat-devrev.yaml");

    /// The own recipe with one place changed has these mistakes.
    async fn spoil(from: &str, to: &str, expected: &[&str]) {
        assert!(OWN.contains(from), "{from}");
        let mistakes = check(&OWN.replacen(from, to, 1)).await.err().unwrap_or_default();
        let found: Vec<_> = mistakes
            .iter()
            .map(|mistake| {
                format!(
                    "{} | {}",
                    mistake.text,
                    mistake.hint.as_deref().unwrap_or_default()
                )
            })
            .collect();
        assert_eq!(found, expected, "{to}");
    }

    #[tokio::test]
    async fn what_the_vendors_document_is_asked() {
        spoil("left: planhat", "left: planhat", &[]).await;
        spoil("name <-> display_name", "custom.Name <-> display_name", &[]).await;
        let left = "`company` has no field `nme` | did you mean `name`?";
        spoil("name <-> display_name", "nme <-> display_name", &[left]).await;
        let right = "`account` has no field `tgs`, and `fields` declares none | did you mean `tags`?";
        spoil("- tags <-> tags", "- tags <-> tgs", &[right]).await;
        let connector = "There is no connector `planhta` | did you mean `planhat`?";
        spoil("left: planhat", "left: planhta", &[connector]).await;
    }
}
