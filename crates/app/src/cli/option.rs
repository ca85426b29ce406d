//! What the user of an import chose, word by word.

use std::collections::BTreeMap;

use engine::recipe::option_value;
use model::{Destination, FaultKind, OptionKind, Otherwise, Recipe, RecipeOption, Value};

use crate::{cli::nearest, failure::Failure};

/// The chosen values by the names of their options. A group's name chooses several switches at once.
pub async fn chosen(
    recipe: &Recipe,
    destination: &dyn Destination,
    texts: &[(String, String)],
) -> Result<BTreeMap<String, Value>, Failure> {
    let mut options = BTreeMap::new();
    for (name, text) in texts {
        match recipe.options.iter().find(|option| &option.name == name) {
            Some(option) => {
                let value = one(option, destination, text).await?;
                options.insert(name.clone(), value);
            }
            // A recipe without a place for a person needs none.
            None if name == "fallback_person" => {}
            None => options.extend(group(recipe, name, text)?),
        }
    }
    match missing(recipe, &options) {
        None => Ok(options),
        Some(missing) => Err(
            Failure::usage(format!("The recipe needs the option `{}`", missing.name))
                .hint(format!("{}: add --set {}=…", missing.title, missing.name)),
        ),
    }
}

async fn one(option: &RecipeOption, destination: &dyn Destination, text: &str) -> Result<Value, Failure> {
    match &option.kind {
        OptionKind::Switch | OptionKind::Choice { .. } | OptionKind::Field => option_value(option, text)
            .ok_or_else(|| {
                Failure::usage(format!("The option `{}` cannot be `{text}`", option.name))
                    .hint(format!("it is {}", words(option)))
            }),
        OptionKind::Part | OptionKind::Person => {
            destination.option(&option.name, text).await.map_err(|fault| {
                let is_theirs = fault.kind() == FaultKind::Settings;
                let failure = Failure::from(fault);
                if is_theirs { failure.into_usage() } else { failure }
            })
        }
    }
}

/// The switches of a group: `all`, `none`, or those that are named.
fn group(recipe: &Recipe, name: &str, text: &str) -> Result<Vec<(String, Value)>, Failure> {
    let of_group = |option: &&RecipeOption| option.group.as_deref() == Some(name);
    let members: Vec<&str> = recipe
        .options
        .iter()
        .filter(of_group)
        .map(|option| option.name.as_str())
        .collect();
    if members.is_empty() {
        let mut names: Vec<&str> = recipe.options.iter().map(|option| option.name.as_str()).collect();
        names.extend(recipe.options.iter().filter_map(|option| option.group.as_deref()));
        names.dedup();
        return Err(Failure::usage(format!("The recipe has no option `{name}`"))
            .hint(nearest::hint(name, "option", &names)));
    }
    let wanted: Vec<&str> = match text {
        "all" => members.clone(),
        "none" => Vec::new(),
        some => some.split(',').map(str::trim).collect(),
    };
    if let Some(wrong) = wanted.iter().find(|wanted| !members.contains(wanted)) {
        return Err(Failure::usage(format!("`{wrong}` is not among the {name}"))
            .hint(nearest::hint(wrong, "switch", &members)));
    }
    let on = |member: &str| (member.to_owned(), Value::Bool(wanted.contains(&member)));
    Ok(members.into_iter().map(on).collect())
}

/// An option without which the recipe has nothing to write. A person to fall back to can be left out.
fn missing<'a>(recipe: &'a Recipe, options: &BTreeMap<String, Value>) -> Option<&'a RecipeOption> {
    let mut rules = recipe.pairings.iter().flat_map(|pairing| &pairing.rules);
    rules.find_map(|rule| {
        let Otherwise::Option(name) = &rule.otherwise else {
            return None;
        };
        let option = recipe.options.iter().find(|option| &option.name == name)?;
        let can_lack = option.default.is_some() || option.kind == OptionKind::Person;
        (!can_lack && !options.contains_key(name)).then_some(option)
    })
}

/// What can be chosen, in words.
pub fn words(option: &RecipeOption) -> String {
    match &option.kind {
        OptionKind::Switch => "true or false".to_owned(),
        OptionKind::Choice { words } => words.join(", "),
        OptionKind::Part => "a part".to_owned(),
        OptionKind::Person => "a person".to_owned(),
        OptionKind::Field => "the name of a field, without spaces".to_owned(),
    }
}
