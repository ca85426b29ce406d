//! `interline recipe check FILE`: every mistake in a recipe, with its place.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use engine::recipe::Known;
use model::{ConnectionId, ConnectorId, ObjectType, Recipe};
use serde_json::json;

use crate::{
    cli::{print, twin::find_connector},
    failure::{Exit, Failure},
    wiring::{self, RecipeMistake},
};

/// What `recipe` takes.
#[derive(Args, Debug)]
pub struct RecipeArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Explain every mistake in a recipe
    Check {
        /// The recipe
        file: PathBuf,
    },
}

/// Does what the verb says.
pub async fn run(args: &RecipeArgs, as_json: bool) -> Result<Exit, Failure> {
    let Verb::Check { file } = &args.verb;
    let checked = check(&text(file)?).await;
    let mistakes = checked.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    if as_json {
        print::json(&json!({ "good": checked.is_ok(), "mistakes": mistakes }));
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

/// Reads a recipe from a file; its mistakes are a failure.
pub fn read(path: &Path) -> Result<Recipe, Failure> {
    wiring::read_recipe(&text(path)?).map_err(|mistakes| refusal(&path.display().to_string(), &mistakes))
}

/// A failure that names the first mistake.
pub fn refusal(name: &str, mistakes: &[RecipeMistake]) -> Failure {
    let more = mistakes.len().saturating_sub(1);
    let words = match mistakes.first() {
        Some(first) => format!("line {}, column {}: {}", first.line, first.column, first.text),
        None => "it cannot be read".to_owned(),
    };
    let failure = Failure::usage(format!("The recipe in {name} has a mistake: {words}"));
    match more {
        0 => failure,
        _ => failure.hint(format!("interline recipe check {name} shows {more} more")),
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("The recipe {} cannot be read", path.display())).because(error)
    })
}

fn good(recipe: &Recipe) -> String {
    let rules: usize = recipe.pairings.iter().map(|pairing| pairing.rules.len()).sum();
    format!(
        "The recipe {} is good: {} to {}, {} pairings, {rules} rules.",
        recipe.name,
        recipe.left,
        recipe.right,
        recipe.pairings.len()
    )
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
        spoil("name -> display_name", "custom.Name -> display_name", &[]).await;
        let left = "`company` has no field `nme` | did you mean `name`?";
        spoil("name -> display_name", "nme -> display_name", &[left]).await;
        let right = "`account` has no field `tgs`, and `fields` declares none | did you mean `tags`?";
        spoil("- tags -> tags", "- tags -> tgs", &[right]).await;
        let connector = "There is no connector `planhta` | did you mean `planhat`?";
        spoil("left: planhat", "left: planhta", &[connector]).await;
    }
}
