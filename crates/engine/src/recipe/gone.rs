//! What a recipe, and the user of an import, say of counterparts whose left records are gone, and the other way round.

use std::collections::BTreeMap;

use model::{FieldName, Pairing, Value, WhenGone, WhenGoneRight};

use super::{
    read::{PairingPlaces, Section, text},
    rule,
    tree::{Mistakes, Node, Tree},
};
use crate::turn::say;

/// The option that says what becomes of counterparts of what is gone.
const GONE: &str = "gone";
/// The option that says what becomes of left records whose counterparts are gone.
const GONE_RIGHT: &str = "gone_right";

/// What becomes of counterparts of what is gone on the left: as the pairing says, else as the user chose.
pub(super) fn when_gone(pairing: &Pairing, options: &BTreeMap<String, Value>) -> WhenGone {
    let chosen = || of_option(options, GONE, &WhenGone::WORDS);
    pairing.gone.or_else(chosen).unwrap_or_default()
}

/// What becomes of left records whose counterparts are gone: as the pairing says, else as the user chose.
pub(super) fn when_gone_right(pairing: &Pairing, options: &BTreeMap<String, Value>) -> WhenGoneRight {
    let chosen = || of_option(options, GONE_RIGHT, &WhenGoneRight::WORDS);
    pairing.gone_right.or_else(chosen).unwrap_or_default()
}

fn of_option<T: Copy>(
    options: &BTreeMap<String, Value>,
    name: &str,
    words: &[(&'static str, T)],
) -> Option<T> {
    meant(words, &say(options.get(name)?))
}

/// `archive: { stage: archived }`: what is written to archive a right record.
pub(super) fn archive(
    section: &Section<'_>,
    places: &mut PairingPlaces,
    mistakes: &mut Mistakes,
) -> BTreeMap<FieldName, Value> {
    let Some(node) = section.get("archive") else {
        return BTreeMap::new();
    };
    let Tree::Map(entries) = &node.tree else {
        let text = format!(
            "`archive` is fields with their values, and here is {}",
            node.tree.called()
        );
        let hint = Some("as in `archive: { stage: archived }`".to_owned());
        mistakes.add_with(node.at, text, hint);
        return BTreeMap::new();
    };
    let mut archive = BTreeMap::new();
    for (name, node) in entries {
        places.archive.push((name.text.as_str().into(), name.at));
        if let Some(value) = rule::value(node, mistakes) {
            archive.insert(name.text.as_str().into(), value);
        }
    }
    archive
}

/// What a word stands for, if the word is there.
pub(super) fn one_of<T: Copy>(
    node: Option<&Node>,
    key: &str,
    words: &[(&'static str, T)],
    mistakes: &mut Mistakes,
) -> Option<T> {
    let node = node?;
    let word = text(node, key, mistakes)?;
    let found = meant(words, &word);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        mistakes.unknown(node.at, format!("`{key}` cannot be `{word}`"), &word, &known);
    }
    found
}

fn meant<T: Copy>(words: &[(&'static str, T)], word: &str) -> Option<T> {
    let found = words.iter().find(|(known, _)| *known == word);
    found.map(|(_, meant)| *meant)
}
