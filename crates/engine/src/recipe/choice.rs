//! What the user of an import may choose, and what is left of a recipe once it is chosen.

use std::collections::BTreeMap;

use model::{
    Back, Born, Condition, FieldName, Import, Joins, NewObject, Onto, OptionKind, Owner, Pairing, PairingId,
    Policy, Recipe, RecipeOption, Rule, Value, When,
};

use super::{
    gone,
    read::{Section, list, names, text, texts},
    tree::{At, Mistakes, Node, Tree},
};
use crate::turn::say;

/// What stands before the name of an option that says which left field is meant.
pub(super) const CHOSEN: char = '$';

/// The option that says who wins a clash, if a recipe has it.
const CLASHES: &str = "clashes";

/// An import whose recipe has only what its user chose, and whose options are all there.
pub fn chosen(import: &Import) -> Import {
    let options = with_defaults(&import.recipe, &import.options);
    let recipe = &import.recipe;
    let pairings = recipe
        .pairings
        .iter()
        .filter(|pairing| all_hold(&pairing.when, &options))
        .map(|pairing| as_chosen(pairing, &options));
    let clashes = options.get(CLASHES).map(say);
    Import {
        recipe: Recipe {
            clashes: clashes
                .and_then(|word| Policy::of(&word))
                .unwrap_or(recipe.clashes),
            pairings: pairings.collect(),
            ..recipe.clone()
        },
        options,
        ..import.clone()
    }
}

/// The rules as they then are. Where nothing goes back after all, the left side owns what neither does.
fn owned(pairing: &Pairing, back: bool, options: &BTreeMap<String, Value>) -> Vec<Rule> {
    let mut rules = pairing.rules.clone();
    for rule in &mut rules {
        rule.left = named_by_options(&rule.left, options);
    }
    let lonely = rules
        .iter_mut()
        .filter(|rule| !back && rule.owner == Owner::Either);
    lonely.for_each(|rule| rule.owner = Owner::Left);
    rules
}

/// Left fields with those that options name; what was not chosen is none.
fn named_by_options(left: &[FieldName], options: &BTreeMap<String, Value>) -> Vec<FieldName> {
    let mut names: Vec<FieldName> = Vec::new();
    for name in left {
        let found = match name.as_str().strip_prefix(CHOSEN) {
            Some(option) => options.get(option).map(|field| FieldName::from(say(field))),
            None => Some(name.clone()),
        };
        names.extend(found.filter(|name| !names.contains(name)));
    }
    names
}

fn as_chosen(pairing: &Pairing, options: &BTreeMap<String, Value>) -> Pairing {
    let back = pairing.back.as_ref().map(|back| all_hold(&back.when, options));
    let counts = |condition: &&Condition| all_hold(&condition.when, options);
    let creates = all_hold(&pairing.create, options);
    Pairing {
        only: pairing.only.iter().filter(counts).cloned().collect(),
        // What is left is what does not hold.
        create: if creates {
            Vec::new()
        } else {
            pairing.create.clone()
        },
        back: pairing
            .back
            .as_ref()
            .filter(|_| back == Some(true))
            .map(|back| Back {
                create: back.create.clone().filter(|born| all_hold(&born.when, options)),
                ..back.clone()
            }),
        gone: Some(gone::when_gone(pairing, options)),
        gone_right: Some(gone::when_gone_right(pairing, options)),
        rules: owned(pairing, back.unwrap_or(true), options),
        ..pairing.clone()
    }
}

/// What was chosen, and the recipe's own choice of everything else.
fn with_defaults(recipe: &Recipe, options: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut all = options.clone();
    for option in &recipe.options {
        if let (Some(word), false) = (&option.default, all.contains_key(&option.name))
            && let Some(value) = option_value(option, word)
        {
            all.insert(option.name.clone(), value);
        }
    }
    all
}

/// What a word chooses, if it is a switch or a choice and the word is one of its words.
pub fn option_value(option: &RecipeOption, word: &str) -> Option<Value> {
    match &option.kind {
        OptionKind::Switch => match word {
            "true" | "on" | "yes" => Some(Value::Bool(true)),
            "false" | "off" | "no" => Some(Value::Bool(false)),
            _ => None,
        },
        OptionKind::Choice { words } => words
            .iter()
            .find(|known| *known == word)
            .map(|word| Value::text(word.clone())),
        OptionKind::Field => {
            let name = word.trim();
            (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| Value::text(name))
        }
        OptionKind::Part | OptionKind::Person => None,
    }
}

fn all_hold(when: &[When], options: &BTreeMap<String, Value>) -> bool {
    when.iter().all(|one| {
        let chosen = options.get(&one.option).map(say);
        chosen.is_some_and(|chosen| one.is.contains(&chosen))
    })
}

/// The options of a recipe, each with its place.
pub(super) fn options(node: Option<&Node>, mistakes: &mut Mistakes) -> Vec<(RecipeOption, At)> {
    let Some(node) = node else { return Vec::new() };
    let mut options: Vec<(RecipeOption, At)> = Vec::new();
    for node in list(node, "options", mistakes) {
        let keys = ["name", "title", "kind", "default", "group"];
        let Some(section) = Section::open(node, "option", &keys, mistakes) else {
            continue;
        };
        let (name, at) = section.text("name", mistakes);
        let title = section
            .get("title")
            .and_then(|node| text(node, "title", mistakes));
        let kind = section
            .need("kind", mistakes)
            .and_then(|node| kind(node, mistakes));
        let mut read = |key: &str| section.get(key).and_then(|node| text(node, key, mistakes));
        let option = RecipeOption {
            title: title.unwrap_or_else(|| name.clone()),
            kind: kind.unwrap_or(OptionKind::Switch),
            default: read("default"),
            group: read("group"),
            name,
        };
        if let (Some(word), Some(node)) = (&option.default, section.get("default"))
            && matches!(option.kind, OptionKind::Switch | OptionKind::Choice { .. })
            && option_value(&option, word).is_none()
        {
            let text = format!("`{}` cannot be `{word}`", option.name);
            mistakes.unknown(node.at, text, word, &words(&option));
        }
        if options.iter().any(|(other, _)| other.name == option.name) {
            mistakes.add(at, format!("there is another option `{}`", option.name));
        }
        options.push((option, at));
    }
    options
}

/// The words of an option, for a hint.
fn words(option: &RecipeOption) -> Vec<&str> {
    match &option.kind {
        OptionKind::Switch => vec!["true", "false"],
        OptionKind::Choice { words } => words.iter().map(String::as_str).collect(),
        OptionKind::Part | OptionKind::Person | OptionKind::Field => Vec::new(),
    }
}

fn kind(node: &Node, mistakes: &mut Mistakes) -> Option<OptionKind> {
    if let Tree::Map(_) = &node.tree {
        let section = Section::open(node, "kind of option", &["choice"], mistakes)?;
        let words = texts(section.need("choice", mistakes)?, "choice", mistakes);
        return Some(OptionKind::Choice { words });
    }
    let word = text(node, "kind", mistakes)?;
    match word.as_str() {
        "switch" => Some(OptionKind::Switch),
        "part" => Some(OptionKind::Part),
        "person" => Some(OptionKind::Person),
        "field" => Some(OptionKind::Field),
        wrong => {
            let known = ["switch", "part", "person", "field", "choice"];
            mistakes.unknown(
                node.at,
                format!("there is no kind of option `{wrong}`"),
                wrong,
                &known,
            );
            None
        }
    }
}

/// `when: chats`, `when: [chats, asset]`, or `when: { chats: false, meetings: [custom, devrev] }`
pub(super) fn when(node: Option<&Node>, key: &str, mistakes: &mut Mistakes) -> Vec<(When, At)> {
    let Some(node) = node else { return Vec::new() };
    match &node.tree {
        Tree::Map(entries) => entries
            .iter()
            .map(|(name, node)| {
                let is = texts(node, &name.text, mistakes);
                let option = name.text.clone();
                (When { option, is }, name.at)
            })
            .collect(),
        _ => texts(node, key, mistakes)
            .into_iter()
            .map(|option| {
                let is = vec!["true".to_owned()];
                (When { option, is }, node.at)
            })
            .collect(),
    }
}

/// `make: { title: License, prefix: LIC }`
pub(super) fn make(node: Option<&Node>, mistakes: &mut Mistakes) -> Option<NewObject> {
    let section = Section::open(node?, "new object", &["title", "prefix"], mistakes)?;
    let (key_prefix, at) = section.text("prefix", mistakes);
    if !key_prefix.chars().all(|letter| letter.is_ascii_uppercase()) {
        mistakes.add(
            at,
            format!("`{key_prefix}` is no prefix: it has capital letters only"),
        );
    }
    Some(NewObject {
        title: section.text("title", mistakes).0,
        key_prefix,
    })
}

/// `onto: { pairing: company, by: companyId }`, and the places of both.
pub(super) fn onto(node: Option<&Node>, mistakes: &mut Mistakes) -> Option<(Onto, At, At)> {
    let section = Section::open(node?, "way onto other records", &["pairing", "by"], mistakes)?;
    let (pairing, pairing_at) = section.text("pairing", mistakes);
    let (by, by_at) = section.text("by", mistakes);
    let onto = Onto {
        pairing: PairingId::from(pairing),
        by: by.into(),
    };
    Some((onto, pairing_at, by_at))
}

/// `back: { create: { at: created_date, needs: [companyId] } }`: whether and how right records go back.
pub(super) fn back(node: &Node, places: &mut Vec<(When, At)>, mistakes: &mut Mistakes) -> Option<Back> {
    let section = Section::open(node, "way back", &["when", "create"], mistakes)?;
    let mut chosen = |section: &Section<'_>, mistakes: &mut Mistakes| {
        let found = when(section.get("when"), "when", mistakes);
        places.extend(found.iter().cloned());
        found.into_iter().map(|(when, _)| when).collect()
    };
    let back_when = chosen(&section, mistakes);
    let keys = ["at", "when", "needs", "given"];
    let born = section
        .get("create")
        .and_then(|node| Section::open(node, "creation on the left", &keys, mistakes));
    let create = born.map(|born| Born {
        at: FieldName::from(born.text("at", mistakes).0),
        when: chosen(&born, mistakes),
        needs: named(&born, "needs", mistakes),
        given: named(&born, "given", mistakes),
    });
    Some(Back {
        when: back_when,
        create,
    })
}

fn named(section: &Section<'_>, key: &str, mistakes: &mut Mistakes) -> Vec<FieldName> {
    let node = section.get(key);
    node.map_or_else(Vec::new, |node| names(node, key, mistakes))
}

/// Who wins a clash.
pub(super) fn policy(node: &Node, mistakes: &mut Mistakes) -> Option<Policy> {
    let word = text(node, "clash", mistakes)?;
    let found = Policy::of(&word);
    if found.is_none() {
        let known = Policy::WORDS.map(|(word, _)| word);
        mistakes.unknown(node.at, format!("there is no policy `{word}`"), &word, &known);
    }
    found
}

/// `joins: { pairing: enduser, alike: [email, externalId], apart: companyId }`, and where the pairing's name and the rest
/// stand.
pub(super) fn joins(node: Option<&Node>, mistakes: &mut Mistakes) -> Option<(Joins, At, At)> {
    let node = node?;
    let keys = ["pairing", "alike", "apart"];
    let section = Section::open(node, "way to join other records", &keys, mistakes)?;
    let (pairing, at) = section.text("pairing", mistakes);
    let alike = section.need("alike", mistakes);
    let joins = Joins {
        pairing: PairingId::from(pairing),
        alike: alike.map_or_else(Vec::new, |node| names(node, "alike", mistakes)),
        apart: section.text("apart", mistakes).0.into(),
    };
    Some((joins, at, node.at))
}

/// Whether a left field is one that an option names; notes an option that is not there, or names none.
pub(super) fn is_chosen(options: &[RecipeOption], name: &FieldName, at: At, mistakes: &mut Mistakes) -> bool {
    let Some(option) = name.as_str().strip_prefix(CHOSEN) else {
        return false;
    };
    let of_fields = options.iter().filter(|option| option.kind == OptionKind::Field);
    let names: Vec<&str> = of_fields.map(|option| option.name.as_str()).collect();
    if !names.contains(&option) {
        let text = format!("there is no option `{option}` that names a field");
        mistakes.unknown(at, text, option, &names);
    }
    true
}

/// Notes options that are not there, and words that they cannot be.
pub(super) fn check_when(options: &[RecipeOption], when: &[(When, At)], mistakes: &mut Mistakes) {
    for (one, at) in when {
        let Some(option) = options.iter().find(|option| option.name == one.option) else {
            let names: Vec<&str> = options.iter().map(|option| option.name.as_str()).collect();
            let text = format!("there is no option `{}`", one.option);
            mistakes.unknown(*at, text, &one.option, &names);
            continue;
        };
        let words = words(option);
        if let Some(wrong) = one.is.iter().find(|word| !words.contains(&word.as_str())) {
            let text = format!("`{}` cannot be `{wrong}`", option.name);
            mistakes.unknown(*at, text, wrong, &words);
        }
    }
}

#[cfg(test)]
mod tests;
