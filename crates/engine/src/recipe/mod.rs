//! Recipes as people write them: YAML in, a recipe or every mistake at once out.

mod check;
mod choice;
mod custom;
mod gone;
mod near;
mod read;
mod rule;
mod tree;

#[cfg(test)]
mod tests;

use model::{ConnectorId, ObjectType, Recipe};

pub use check::say_kind;
pub use choice::{chosen, option_value};
pub use tree::Mistake;

/// What both sides have, as far as it could be asked. Left fields that begin with `custom.` belong to a customer, and
/// are taken as they are written.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The left side's objects with their fields.
    pub left: Vec<ObjectType>,
    /// The right side's objects with their fields.
    pub right: Vec<ObjectType>,
}

/// Reads a recipe; what does not depend on the two sides is checked.
pub fn parse(yaml: &str) -> Result<Recipe, Vec<Mistake>> {
    let (recipe, mistakes) = examine(yaml, None);
    match recipe {
        Some(recipe) if mistakes.is_empty() => Ok(recipe),
        _ => Err(mistakes),
    }
}

/// Every mistake in a recipe, in the order of its lines; with what the two sides have, if that is known.
pub fn check(recipe_text: &str, known: Option<&Known>) -> Vec<Mistake> {
    examine(recipe_text, known).1
}

/// Which connectors the recipe joins, left and right, if it says so.
pub fn sides(recipe_text: &str) -> Option<(ConnectorId, ConnectorId)> {
    let recipe = examine(recipe_text, None).0?;
    let is_named = |id: &ConnectorId| !id.as_str().is_empty();
    (is_named(&recipe.left) && is_named(&recipe.right)).then_some((recipe.left, recipe.right))
}

fn examine(yaml: &str, known: Option<&Known>) -> (Option<Recipe>, Vec<Mistake>) {
    let mut mistakes = tree::Mistakes::default();
    let recipe = tree::parse(yaml, &mut mistakes).map(|tree| {
        let written = read::recipe(&tree, &mut mistakes);
        check::check(&written, known, &mut mistakes);
        written.recipe
    });
    (recipe, mistakes.sorted())
}
