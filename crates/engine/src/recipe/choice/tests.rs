#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::recipe::{
    parse,
    tests::{SMALL, spoil},
};

#[test]
fn an_option_names_a_left_field() {
    let text = SMALL.replace("- nick, name -> alias", "- $nick, nick, name -> alias");
    let text = format!("{text}  - {{ name: nick, title: The nickname, kind: field }}\n");
    let recipe = parse(&text).unwrap();
    let option = recipe
        .options
        .iter()
        .find(|option| option.name == "nick")
        .unwrap();
    for (word, expected) in [
        (None, vec!["nick", "name"]),
        (Some("custom.nick"), vec!["custom.nick", "nick", "name"]),
        (Some(" name "), vec!["name", "nick"]),
    ] {
        let options: BTreeMap<String, Value> = word
            .map(|word| ("nick".to_owned(), option_value(option, word).unwrap()))
            .into_iter()
            .collect();
        let left = as_chosen(&recipe.pairings[0], &options).rules;
        let rule = left.iter().find(|rule| rule.right.as_str() == "alias").unwrap();
        let names: Vec<&str> = rule.left.iter().map(FieldName::as_str).collect();
        assert_eq!(names, expected, "{word:?}");
    }
    assert_eq!(option_value(option, "a b"), None);
    let wrong = text.replace("$nick", "$nik");
    let mistakes = parse(&wrong).unwrap_err();
    assert!(
        mistakes[0]
            .to_string()
            .contains("there is no option `nik` that names a field")
    );
}

#[test]
fn every_mistake_in_a_choice_is_explained() {
    for (from, to, mistakes) in [
        (
            "    right: account",
            "    right: account\n    when: losst",
            "8:11: there is no option `losst` (did you mean `lost`?)",
        ),
        (
            "    right: account",
            "    right: account\n    create: { shape: squre }",
            "8:15: `shape` cannot be `squre` (did you mean `square`?)",
        ),
        (
            "{ not: lost }",
            "{ not: lost, when: { lots: true } }",
            "8:55: there is no option `lots` (did you mean `lost`?)",
        ),
        (
            "    right: account",
            "    right: account\n    make: { title: Account, prefix: acc }",
            "8:37: `acc` is no prefix: it has capital letters only",
        ),
        (
            "    right: account",
            "    right: account\n    onto: { pairing: compny, by: name }",
            "8:22: there is no pairing `compny` (did you mean `company`?)",
        ),
        (
            "{ option: part }",
            "{ option: prt }",
            "23:49: there is no option `prt` (did you mean `part`?)",
        ),
        (
            "kind: switch",
            "kind: swich",
            "29:25: there is no kind of option `swich` (did you mean `switch`?)",
        ),
        (
            "default: round",
            "default: rond",
            "30:64: `shape` cannot be `rond` (did you mean `round`?)",
        ),
        (
            "name: lost",
            "name: part",
            "29:13: there is another option `part`",
        ),
    ] {
        spoil(from, to, None, mistakes);
    }
}

#[test]
fn what_was_chosen_is_left_of_a_recipe() {
    let yaml = SMALL
        .replace(
            "    right: account",
            "    right: account\n    when: { shape: round }",
        )
        .replace("{ not: lost }", "{ not: lost, when: lost }");
    let recipe = parse(&yaml).unwrap();
    let check = |chosen_words: &[(&str, &str)], expected: Option<usize>| {
        let value = |(name, word): &(&str, &str)| {
            let option = recipe.options.iter().find(|option| option.name == *name).unwrap();
            ((*name).to_owned(), option_value(option, word).unwrap())
        };
        let import = Import {
            id: "i".into(),
            left: "l".into(),
            right: "r".into(),
            recipe: recipe.clone(),
            options: chosen_words.iter().map(value).collect(),
            created_at: model::Timestamp::UNIX_EPOCH,
        };
        let conditions = chosen(&import)
            .recipe
            .pairings
            .first()
            .map(|pairing| pairing.only.len());
        assert_eq!(conditions, expected, "{chosen_words:?}");
    };
    check(&[], Some(1));
    check(&[("lost", "true")], Some(2));
    check(&[("lost", "off"), ("shape", "round")], Some(1));
    check(&[("shape", "square")], None);
}
