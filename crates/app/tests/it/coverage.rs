//! The page that says what goes where names what there is.

use std::{collections::BTreeSet, fs, path::Path};

use crate::every::recipe;

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/coverage.md"));

/// The cells of the table lines below a headline; of all headlines, where it is empty.
fn lines(headline: &str) -> Vec<Vec<&'static str>> {
    let parts = PAGE.split("\n## ").filter(|part| part.starts_with(headline));
    let lines = parts
        .flat_map(str::lines)
        .filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    lines
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// The names of all tests below a folder.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            for (at, line) in lines
                .iter()
                .enumerate()
                .filter(|(_, line)| line.contains("test]"))
            {
                let after = lines[at + 1..].iter().find_map(|line| line.split_once("fn "));
                let name = after
                    .and_then(|(_, rest)| rest.split_once('('))
                    .map(|(name, _)| name);
                found.insert(name.unwrap_or(line).to_owned());
            }
        }
    }
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let mut known = BTreeSet::new();
    tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut known);
    let words = PAGE.split('`').skip(1).step_by(2);
    let named: Vec<&str> = words
        .filter(|word| word.matches('_').count() > 1 || word.ends_with("_through"))
        .collect();
    assert!(named.len() > 70, "{}", named.len());
    let pairings: BTreeSet<String> = recipe().pairings.iter().map(|one| one.id.to_string()).collect();
    let absent: Vec<&&str> = named
        .iter()
        .filter(|name| !known.contains(**name) && !pairings.contains(**name))
        .collect();
    assert!(absent.is_empty(), "{absent:?}");
}

#[test]
fn every_pairing_has_its_line() {
    let recipe = recipe();
    let there: BTreeSet<String> = recipe
        .pairings
        .iter()
        .map(|pairing| format!("`{}` {} {}", pairing.id, pairing.left, pairing.right))
        .collect();
    let page = lines("Planhat into DevRev");
    let told: BTreeSet<String> = page[1..].iter().map(|cells| cells[..3].join(" ")).collect();
    assert_eq!(told, there);
    assert!(page.iter().all(|cells| cells.len() == 5));
}
