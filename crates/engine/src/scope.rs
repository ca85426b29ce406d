//! A part of an import: the pairings that a run takes up.

use std::collections::BTreeSet;

use model::{Fault, FaultKind, Import, Pairing, PairingId, Recipe};

/// The import with the pairings that one of these words names, by their own name or by an object of theirs, and with
/// those that share an object with them: what one pairing does not take of an object, another may.
pub(crate) fn part(import: &Import, only: &[String]) -> Result<Import, Fault> {
    if only.is_empty() {
        return Ok(import.clone());
    }
    let recipe = &import.recipe;
    if let Some(unknown) = only
        .iter()
        .find(|word| !recipe.pairings.iter().any(|pairing| is_named(pairing, word)))
    {
        return Err(not_there(recipe, unknown));
    }
    let mut taken: BTreeSet<&PairingId> = BTreeSet::new();
    loop {
        let more: Vec<&PairingId> = recipe
            .pairings
            .iter()
            .filter(|pairing| !taken.contains(&pairing.id))
            .filter(|pairing| {
                let named = only.iter().any(|word| is_named(pairing, word));
                named || shares(recipe, &taken, pairing)
            })
            .map(|pairing| &pairing.id)
            .collect();
        if more.is_empty() {
            break;
        }
        taken.extend(more);
    }
    let is_taken = |pairing: &&Pairing| taken.contains(&pairing.id);
    Ok(Import {
        recipe: Recipe {
            pairings: recipe.pairings.iter().filter(is_taken).cloned().collect(),
            ..recipe.clone()
        },
        ..import.clone()
    })
}

fn is_named(pairing: &Pairing, word: &str) -> bool {
    [pairing.id.as_str(), pairing.left.as_str(), pairing.right.as_str()].contains(&word)
}

fn shares(recipe: &Recipe, taken: &BTreeSet<&PairingId>, pairing: &Pairing) -> bool {
    recipe
        .pairings
        .iter()
        .filter(|other| taken.contains(&other.id))
        .any(|other| other.left == pairing.left || other.right == pairing.right)
}

fn not_there(recipe: &Recipe, word: &str) -> Fault {
    let names: BTreeSet<&str> = recipe
        .pairings
        .iter()
        .flat_map(|pairing| [pairing.id.as_str(), pairing.left.as_str(), pairing.right.as_str()])
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    Fault::new(FaultKind::Settings, "choosing the objects of a run")
        .said(format!("the recipe, as it was chosen, has no `{word}`"))
        .hint(format!("it has {}", names.join(", ")))
}

#[cfg(test)]
mod tests;
