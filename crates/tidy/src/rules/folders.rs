//! Connectors: one folder each, and a twin that shares nothing with the client beside it.

use crate::{
    Finding,
    rust::{Token, at},
    tree::{File, Tree},
};

const ROOT: &str = "crates/connectors/src";

/// What a client may name of its twin.
const DOOR: &[&str] = &["open", "SETTINGS"];

/// A Rust file within `crates/connectors/src/<vendor>/`, with its place among the modules.
struct Placed<'a> {
    file: &'a File,
    vendor: &'a str,
    modules: Vec<&'a str>,
}

impl Placed<'_> {
    fn is_twin(&self) -> bool {
        self.modules.get(1) == Some(&"twin")
    }
}

/// No connector's folder names another, and the kit names none. Tests of the kit apart.
pub(crate) fn neighbours(tree: &Tree) -> Vec<Finding> {
    let vendors = vendors(tree);
    let mut found = Vec::new();
    for placed in placed(tree) {
        let others: Vec<&&str> = vendors
            .iter()
            .filter(|vendor| **vendor != placed.vendor)
            .collect();
        for (index, token) in placed.file.tokens.iter().enumerate() {
            let is_path =
                at(&placed.file.tokens, index + 1) == "::" || before(&placed.file.tokens, index) == "::";
            if is_path && others.contains(&&token.text.as_str()) {
                let rule = format!("`{}` names the connector `{}`", placed.vendor, token.text);
                let cure = "what two connectors need belongs in kit/, without a vendor's name";
                found.push(placed.file.finding(token.line, rule, cure));
            }
        }
    }
    found
}

/// A twin names nothing of its folder but itself, tests apart.
pub(crate) fn twins(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for placed in placed(tree).into_iter().filter(Placed::is_twin) {
        for (index, token) in placed.file.tokens.iter().enumerate() {
            if placed.file.is_shipped(token) && leaves_twin(&placed, index) {
                let rule = "a twin shares nothing with the client in its folder";
                let cure =
                    "write it again from the documentation, so that a mistake in one is seen by the other";
                found.push(placed.file.finding(token.line, rule, cure));
            }
        }
    }
    found
}

/// A client names of its twin only how to open it and its settings, tests apart.
pub(crate) fn clients(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let is_client = |placed: &Placed<'_>| !placed.is_twin() && placed.vendor != "kit";
    for placed in placed(tree).into_iter().filter(is_client) {
        for (index, token) in placed.file.tokens.iter().enumerate() {
            if placed.file.is_shipped(token) && opens_more(&placed.file.tokens, index, placed.vendor) {
                let rule = "a client knows of its twin only `twin::open` and `twin::SETTINGS`";
                let cure =
                    "write it again from the documentation, so that a mistake in one is seen by the other";
                found.push(placed.file.finding(token.line, rule, cure));
            }
        }
    }
    found
}

fn vendors(tree: &Tree) -> Vec<&str> {
    let is_vendor = |name: &&str| *name != "kit" && tree.has(&format!("{ROOT}/{name}/mod.rs"));
    tree.within(ROOT).into_iter().filter(is_vendor).collect()
}

fn placed(tree: &Tree) -> Vec<Placed<'_>> {
    tree.rust().filter_map(place).collect()
}

fn place(file: &File) -> Option<Placed<'_>> {
    let rest = file.path.strip_prefix(ROOT)?.strip_prefix('/')?;
    let (vendor, _) = rest.split_once('/')?;
    let modules: Vec<&str> = rest
        .trim_end_matches(".rs")
        .trim_end_matches("/mod")
        .split('/')
        .collect();
    Some(Placed {
        file,
        vendor,
        modules,
    })
}

fn before(tokens: &[Token], index: usize) -> &str {
    index.checked_sub(1).map_or("", |index| at(tokens, index))
}

/// Whether a path that begins here leads from the twin into the rest of its folder.
fn leaves_twin(placed: &Placed<'_>, index: usize) -> bool {
    let tokens = &placed.file.tokens;
    let follows = |index: usize| at(tokens, index + 1) == "::";
    if at(tokens, index) == placed.vendor && follows(index) {
        return at(tokens, index + 2) != "twin";
    }
    if at(tokens, index) != "super" || before(tokens, index) == "::" || !follows(index) {
        return false;
    }
    let mut level = placed.modules.len();
    let mut next = index;
    while at(tokens, next) == "super" && follows(next) {
        level = level.saturating_sub(1);
        next += 2;
    }
    level == 1 && at(tokens, next) != "twin"
}

/// Whether the path that goes on here reaches behind the twin's door.
fn opens_more(tokens: &[Token], index: usize, vendor: &str) -> bool {
    if at(tokens, index) != "twin" {
        return false;
    }
    let elsewhere = before(tokens, index) == "::"
        && index
            .checked_sub(2)
            .is_some_and(|owner| !["self", "super", "crate", vendor].contains(&at(tokens, owner)));
    if elsewhere {
        return false;
    }
    match at(tokens, index + 1) {
        "as" => true,
        "::" if at(tokens, index + 2) == "{" => {
            let group = tokens.iter().skip(index + 3).map(|token| token.text.as_str());
            group
                .take_while(|word| *word != "}")
                .any(|word| word != "," && !DOOR.contains(&word))
        }
        "::" => !DOOR.contains(&at(tokens, index + 2)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str, lines: &[usize]) {
        let path = format!("{ROOT}/{path}");
        let wanted: Vec<String> = lines.iter().map(|line| format!("{path}:{line}")).collect();
        let neighbour = format!("{ROOT}/devrev/mod.rs");
        let found = super::super::found(rule, &[(&path, text), (&neighbour, "mod client;\n")]);
        assert_eq!(found, wanted, "{path}: {text}");
    }

    #[test]
    fn a_connector_that_names_another_is_found() {
        check(neighbours, "planhat/client.rs", "use crate::devrev::id;\n", &[1]);
        check(
            neighbours,
            "planhat/twin/a.rs",
            "use super::super::devrev;\n",
            &[1],
        );
        check(neighbours, "kit/pace.rs", "use crate::{a, devrev::b};\n", &[1]);
        check(
            neighbours,
            "planhat/client.rs",
            "let devrev = \"devrev::\";\n",
            &[],
        );
        check(neighbours, "devrev/client.rs", "use crate::devrev::id;\n", &[]);
    }

    #[test]
    fn a_twin_that_borrows_from_the_client_is_found() {
        check(twins, "planhat/twin/mod.rs", "use super::client;\n", &[1]);
        check(twins, "planhat/twin.rs", "use super::{client, a};\n", &[1]);
        check(
            twins,
            "planhat/twin/mod.rs",
            "use crate::planhat::client::A;\n",
            &[1],
        );
        check(
            twins,
            "planhat/twin/mod.rs",
            "use crate::{a, planhat::client};\n",
            &[1],
        );
        check(
            twins,
            "planhat/twin/object/a.rs",
            "use super::super::super::client;\n",
            &[1],
        );
        check(twins, "planhat/twin/object/a.rs", "use super::super::b;\n", &[]);
        check(twins, "planhat/twin/a.rs", "use crate::planhat::twin::b;\n", &[]);
        check(
            twins,
            "planhat/twin/a.rs",
            "use super::b; pub(super) fn c() {}\n",
            &[],
        );
        check(
            twins,
            "planhat/twin/mod.rs",
            "#[cfg(test)] mod tests { use super::*; }\n",
            &[],
        );
        check(twins, "planhat/client.rs", "use super::company;\n", &[]);
    }

    #[test]
    fn a_client_that_reaches_behind_the_twins_door_is_found() {
        check(
            clients,
            "planhat/mod.rs",
            "mod twin;\ntwin::open(a); twin::SETTINGS\n",
            &[],
        );
        check(clients, "planhat/client.rs", "use super::twin::State;\n", &[1]);
        check(clients, "planhat/mod.rs", "use twin::{open, State};\n", &[1]);
        check(clients, "planhat/mod.rs", "use self::twin as a;\n", &[1]);
        check(
            clients,
            "planhat/mod.rs",
            "fn twin(&self) { crate::kit::twin::a() }\n",
            &[],
        );
        check(clients, "planhat/tests.rs", "use super::twin::State;\n", &[]);
    }
}
