//! Reads a rule, long or short.

use std::collections::BTreeMap;

use model::{Case, FieldName, Number, Otherwise, Owner, Rule, Stamp, Turn, Value};

use super::{
    choice::policy,
    read::{RulePlaces, Section, list, owner, text, texts},
    tree::{Mistakes, Node, Tree},
};

/// What a rule may say.
const KEYS: [&str; 13] = [
    "left",
    "right",
    "owner",
    "clash",
    "back",
    "turn",
    "table",
    "stamped",
    "cases",
    "otherwise",
    "together",
    "cut",
    "unique",
];

/// A rule: `name -> display_name`, or its parts by name.
pub(super) fn rule(node: &Node, mistakes: &mut Mistakes) -> Option<(Rule, RulePlaces)> {
    if let Tree::Text(short) = &node.tree {
        return short_rule(node, short, mistakes);
    }
    let section = Section::open(node, "rule", &KEYS, mistakes)?;
    let (right, right_at) = section.text("right", mistakes);
    let mut places = RulePlaces {
        right: right_at,
        turn: node.at,
        otherwise: node.at,
        ..RulePlaces::default()
    };
    let switches = ["together", "cut", "unique"];
    let [together, cut, unique] =
        switches.map(|key| section.get(key).is_some_and(|node| yes(node, key, mistakes)));
    let rule = Rule {
        left: section
            .get("left")
            .map_or_else(Vec::new, |node| left(node, &mut places, mistakes)),
        right: FieldName::from(right),
        turn: turn(&section, &mut places, mistakes),
        owner: section
            .get("owner")
            .map_or(Owner::Left, |node| owner(node, mistakes)),
        clash: section.get("clash").and_then(|node| policy(node, mistakes)),
        back: section
            .get("back")
            .map_or_else(BTreeMap::new, |node| words(node, "back", mistakes)),
        otherwise: match section.get("otherwise") {
            Some(node) => {
                places.otherwise = node.at;
                otherwise(node, mistakes)
            }
            None => Otherwise::Nothing,
        },
        together,
        cut,
        unique,
    };
    if rule.left.is_empty() && section.get("left").or(section.get("otherwise")).is_none() {
        mistakes.add(
            node.at,
            "a rule needs `left`, or `otherwise` where the value comes from nowhere else",
        );
    }
    Some((rule, places))
}

fn short_rule(node: &Node, short: &str, mistakes: &mut Mistakes) -> Option<(Rule, RulePlaces)> {
    let name =
        |text: &str| (!text.is_empty() && !text.contains(char::is_whitespace)).then(|| FieldName::new(text));
    // Written with two heads, the value goes both ways.
    let (arrow, owner) = match short.contains("<->") {
        true => ("<->", Owner::Either),
        false => ("->", Owner::Left),
    };
    let (left, right) = match short.split_once(arrow) {
        Some((left, right)) => {
            let left: Option<Vec<FieldName>> = left.split(',').map(|part| name(part.trim())).collect();
            (left, name(right.trim()))
        }
        None => (None, None),
    };
    let (Some(left), Some(right)) = (left, right) else {
        let hint = Some("as in `name -> display_name`, or `name <-> display_name` for both ways".to_owned());
        mistakes.add_with(node.at, format!("`{short}` is no rule"), hint);
        return None;
    };
    let places = RulePlaces {
        left: vec![node.at; left.len()],
        right: node.at,
        turn: node.at,
        otherwise: node.at,
        words: Vec::new(),
    };
    let rule = Rule {
        left,
        right,
        turn: Turn::Same,
        owner,
        clash: None,
        back: BTreeMap::new(),
        otherwise: Otherwise::Nothing,
        together: false,
        cut: false,
        unique: false,
    };
    Some((rule, places))
}

fn left(node: &Node, places: &mut RulePlaces, mistakes: &mut Mistakes) -> Vec<FieldName> {
    let nodes = match &node.tree {
        Tree::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut names = Vec::new();
    for node in nodes {
        if let Some(name) = text(node, "left", mistakes) {
            names.push(FieldName::from(name));
            places.left.push(node.at);
        }
    }
    names
}

fn turn(section: &Section<'_>, places: &mut RulePlaces, mistakes: &mut Mistakes) -> Turn {
    let turns = ["turn", "table", "stamped", "cases"].map(|key| section.get(key).map(|node| (key, node)));
    let mut turns = turns.into_iter().flatten();
    let Some((key, node)) = turns.next() else {
        return Turn::Same;
    };
    places.turn = node.at;
    if let Some((other, node)) = turns.next() {
        mistakes.add(
            node.at,
            format!("a rule turns its value in one way: `{key}` or `{other}`"),
        );
    }
    match key {
        "table" => table(node, places, mistakes),
        "stamped" => stamped(node, mistakes),
        "cases" => Turn::Cases(cases(node, places, mistakes)),
        _ => match text(node, "turn", mistakes).as_deref() {
            Some("same") | None => Turn::Same,
            Some("label") => Turn::Label,
            Some("json") => Turn::Json,
            Some("gathered") => Turn::Gathered,
            Some(key @ ("table" | "stamped" | "cases")) => {
                let hint = match key {
                    "table" => "as in `table: { new: queued }`",
                    "cases" => "as in `cases: [{ field: dateDone, gives: resolved }]`",
                    _ => "as in `stamped: { from: Planhat, what: type, by: users, at: date }`",
                };
                let text = format!("`{key}` stands in place of `turn`");
                mistakes.add_with(node.at, text, Some(hint.to_owned()));
                Turn::Same
            }
            Some(wrong) => {
                let named = ["same", "label", "json", "gathered", "table", "stamped", "cases"];
                mistakes.unknown(node.at, format!("there is no turn `{wrong}`"), wrong, &named);
                Turn::Same
            }
        },
    }
}

fn table(node: &Node, places: &mut RulePlaces, mistakes: &mut Mistakes) -> Turn {
    let mut words = BTreeMap::new();
    let Tree::Map(entries) = &node.tree else {
        let found = node.tree.called();
        let hint = Some("as in `table: { new: queued }`".to_owned());
        mistakes.add_with(
            node.at,
            format!("`table` is words with words, and here is {found}"),
            hint,
        );
        return Turn::Table { words };
    };
    for (name, node) in entries {
        let Some(word) = text(node, &name.text, mistakes) else {
            continue;
        };
        let folded = name.text.to_lowercase();
        if words.keys().any(|known: &String| known.to_lowercase() == folded) {
            mistakes.add(name.at, format!("`{}` is in the table twice", name.text));
        }
        places.words.push((word.clone(), node.at));
        words.insert(name.text.clone(), word);
    }
    Turn::Table { words }
}

/// Right words with the left words that they become.
fn words(node: &Node, key: &str, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let Tree::Map(entries) = &node.tree else {
        let text = format!("`{key}` is words with words, and here is {}", node.tree.called());
        let hint = Some("as in `back: { resolved: closed }`".to_owned());
        mistakes.add_with(node.at, text, hint);
        return BTreeMap::new();
    };
    let entries = entries.iter();
    entries
        .filter_map(|(name, node)| Some((name.text.clone(), text(node, &name.text, mistakes)?)))
        .collect()
}

/// `cases: [{ field: archived, is: true, gives: archived }, { field: dateDone, gives: resolved }]`
fn cases(node: &Node, places: &mut RulePlaces, mistakes: &mut Mistakes) -> Vec<Case> {
    let mut cases = Vec::new();
    for node in list(node, "cases", mistakes) {
        let Some(section) = Section::open(node, "case", &["field", "is", "gives"], mistakes) else {
            continue;
        };
        let (gives, at) = section.text("gives", mistakes);
        places.words.push((gives.clone(), at));
        cases.push(Case {
            field: FieldName::from(section.text("field", mistakes).0),
            is: section
                .get("is")
                .map_or_else(Vec::new, |node| texts(node, "is", mistakes)),
            gives,
        });
    }
    cases
}

fn stamped(node: &Node, mistakes: &mut Mistakes) -> Turn {
    stamp(node, &["from", "what", "by", "at", "back"], mistakes).map_or(Turn::Same, Turn::Stamped)
}

fn stamp(node: &Node, keys: &[&str], mistakes: &mut Mistakes) -> Option<Stamp> {
    let section = Section::open(node, "stamp", keys, mistakes)?;
    Some(Stamp {
        from: section.text("from", mistakes).0,
        what: FieldName::from(
            section
                .get("what")
                .and_then(|node| text(node, "what", mistakes))
                .unwrap_or_default(),
        ),
        by: FieldName::from(section.text("by", mistakes).0),
        at: FieldName::from(section.text("at", mistakes).0),
        back: section
            .get("back")
            .and_then(|node| stamp(node, &["from", "by", "at"], mistakes))
            .map(Box::new),
    })
}

fn otherwise(node: &Node, mistakes: &mut Mistakes) -> Otherwise {
    if let Tree::Text(word) = &node.tree {
        return match word.as_str() {
            "nothing" => Otherwise::Nothing,
            "problem" => Otherwise::Problem,
            wrong => {
                let hint = Some(format!(
                    "to write that word, say `otherwise: {{ value: {wrong} }}`"
                ));
                let text =
                    format!("`otherwise` is `nothing`, `problem`, a value or an option, not `{wrong}`");
                mistakes.add_with(node.at, text, hint);
                Otherwise::Nothing
            }
        };
    }
    let Some(section) = Section::open(node, "substitute", &["value", "option"], mistakes) else {
        return Otherwise::Nothing;
    };
    match (section.get("value"), section.get("option")) {
        (Some(node), None) => value(node, mistakes).map_or(Otherwise::Nothing, Otherwise::Value),
        (None, Some(node)) => text(node, "option", mistakes).map_or(Otherwise::Nothing, Otherwise::Option),
        _ => {
            mistakes.add(node.at, "`otherwise` has either `value` or `option`");
            Otherwise::Nothing
        }
    }
}

pub(super) fn value(node: &Node, mistakes: &mut Mistakes) -> Option<Value> {
    Some(match &node.tree {
        Tree::Text(text) => Value::text(text.clone()),
        Tree::Bool(yes) => Value::Bool(*yes),
        Tree::Number(digits) => match Number::parse(digits) {
            Ok(number) => Value::Number(number),
            Err(_) => {
                mistakes.add(node.at, format!("`{digits}` is not a decimal number"));
                return None;
            }
        },
        Tree::List(nodes) => Value::List(nodes.iter().filter_map(|node| value(node, mistakes)).collect()),
        Tree::Empty | Tree::Map(_) => {
            let text = format!(
                "`value` is a text, a number, yes or no, and here is {}",
                node.tree.called()
            );
            mistakes.add(node.at, text);
            return None;
        }
    })
}

fn yes(node: &Node, key: &str, mistakes: &mut Mistakes) -> bool {
    match node.tree {
        Tree::Bool(yes) => yes,
        _ => {
            mistakes.add(
                node.at,
                format!("`{key}` is true or false, and here is {}", node.tree.called()),
            );
            false
        }
    }
}

/// How sure a way to identify makes us, in percent.
pub(super) fn score(node: &Node, mistakes: &mut Mistakes) -> Option<u8> {
    let score = match &node.tree {
        Tree::Number(digits) => digits.parse().ok().filter(|score| (1..=100).contains(score)),
        _ => None,
    };
    if score.is_none() {
        mistakes.add(node.at, "`score` is a whole number from 1 to 100");
    }
    score
}
