#![allow(clippy::unwrap_used)]

use crate::recipe::{check, parse, tests::SMALL};

/// A second pairing of the small recipe, of people who join its companies; the mistakes follow, one per line.
fn spoil(from: &str, to: &str, mistakes: &str) {
    let joining = "  - id: again
    left: company
    right: account
    joins: { pairing: company, alike: [email, nick], apart: parent }
    fields:
      - { name: tnt__again, kind: list text }
    rules:
      - { left: [name, custom.*], right: tnt__again, turn: gathered }
options:";
    assert!(joining.contains(from), "{from}");
    let recipe = SMALL
        .replace("    only: { phase: [a, b], type: { not: lost } }\n", "")
        .replace("options:", &joining.replacen(from, to, 1));
    let known = crate::recipe::tests::known();
    let found: Vec<String> = check(&recipe, Some(&known))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found.join("\n"), mistakes, "{from} => {to}");
    if mistakes.is_empty() {
        let recipe = parse(&recipe).unwrap();
        assert_eq!(recipe.pairings[1].joins.as_ref().unwrap().alike.len(), 2);
    }
}

#[test]
fn a_pairing_that_joins_another_is_checked() {
    spoil("again", "again", "");
    for (from, to, mistakes) in [
        (
            "pairing: company",
            "pairing: compny",
            "29:23: there is no pairing `compny` (did you mean `company`?)",
        ),
        (
            "apart: parent",
            "apart: parnt",
            "29:12: `company` has no field `parnt` (did you mean `parent`?)",
        ),
        (
            "[email, nick]",
            "[]",
            "29:12: no field tells which records are alike",
        ),
        (
            "    fields:",
            "    identify: [key]\n    fields:",
            "30:16: what joins another pairing's records needs no `identify`",
        ),
        (
            "kind: list text",
            "kind: text",
            "33:42: several records write `tnt__again`, which holds one value",
        ),
        (
            "right: tnt__again,",
            "right: alias,",
            "33:42: `company` writes `alias` already\n33:42: several records write `alias`, which holds one value",
        ),
    ] {
        spoil(from, to, mistakes);
    }
}
