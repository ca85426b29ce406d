//! `interline recipe check FILE`: every mistake in a recipe, with its place.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use model::Recipe;
use serde_json::json;

use crate::{
    cli::print,
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
pub fn run(args: &RecipeArgs, as_json: bool) -> Result<Exit, Failure> {
    let Verb::Check { file } = &args.verb;
    let checked = wiring::read_recipe(&text(file)?);
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
