//! Environment variables: declared once, and explained to the user.

use crate::{Finding, tree::File, tree::Tree};

const PREFIX: &str = concat!("INTERLINE", "_");
const DECLARED: &str = "crates/app/src/env.rs";
const DOCUMENTED: &str = "docs/settings.md";
/// Those that only tests read; they are declared here, because `env.rs` is the program's.
const OF_TESTS: &[&str] = &["CASES", "PROGRAM", "REQUIRE", "REWRITE", "SPECS", "TEST_POSTGRES"];

/// Every environment variable that is named anywhere is declared in one file.
pub(crate) fn declared(tree: &Tree) -> Vec<Finding> {
    let cure = format!("declare it in {DECLARED}, or correct its name");
    // Before there is such a file nothing can be declared in it.
    let Some(list) = tree.file(DECLARED) else {
        return Vec::new();
    };
    let mut known: Vec<String> = names(list).into_iter().map(|(_, name)| name).collect();
    known.extend(OF_TESTS.iter().map(|name| format!("{PREFIX}{name}")));
    missing(tree, &known, "is not declared", &cure)
}

/// Every environment variable that is named anywhere has its paragraph.
pub(crate) fn documented(tree: &Tree) -> Vec<Finding> {
    let cure = format!("say in {DOCUMENTED} what it means, or correct its name");
    let Some(list) = tree.file(DOCUMENTED) else {
        return Vec::new();
    };
    let known: Vec<String> = names(list).into_iter().map(|(_, name)| name).collect();
    missing(tree, &known, "is not documented", &cure)
}

fn missing(tree: &Tree, known: &[String], fault: &str, cure: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.files().filter(|file| is_judged(&file.path)) {
        for (line, name) in names(file) {
            if !known.contains(&name) {
                found.push(file.finding(line, format!("the environment variable `{name}` {fault}"), cure));
            }
        }
    }
    found
}

/// Tidy's own tests name variables that do not exist.
fn is_judged(path: &str) -> bool {
    !path.starts_with("crates/tidy/")
}

/// The environment variables of ours that a file names.
fn names(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, text) in file.lines() {
        for rest in text.split(PREFIX).skip(1) {
            let is_name = |sign: &char| sign.is_ascii_uppercase() || sign.is_ascii_digit() || *sign == '_';
            let name: String = rest.chars().take_while(is_name).collect();
            if !name.is_empty() {
                found.push((line, format!("{PREFIX}{name}")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    const USER: &str = "crates/store/src/db.rs";

    #[test]
    fn a_variable_that_is_declared_nowhere_is_found() {
        let text = "a(\"INTERLINE_NEW\")\n";
        assert_eq!(found(declared, &[(USER, text)]), [""; 0]);
        assert_eq!(
            found(declared, &[(USER, text), (DECLARED, "")]),
            [format!("{USER}:1")]
        );
        assert_eq!(found(declared, &[(USER, text), (DECLARED, text)]), [""; 0]);
        assert_eq!(
            found(declared, &[(USER, text), (DECLARED, "INTERLINE_NEWER")]),
            [format!("{USER}:1")]
        );
    }

    #[test]
    fn what_only_tests_read_is_declared_here() {
        let text = "a(\"INTERLINE_REQUIRE\")\n";
        assert_eq!(found(declared, &[(USER, text), (DECLARED, "")]), [""; 0]);
    }

    #[test]
    fn a_variable_that_no_page_explains_is_found() {
        let text = "\na(\"INTERLINE_NEW\")\n";
        assert_eq!(
            found(documented, &[(USER, text), (DOCUMENTED, "INTERLINE_*")]),
            [format!("{USER}:2")]
        );
        assert_eq!(
            found(documented, &[(USER, text), (DOCUMENTED, "`INTERLINE_NEW`: new")]),
            [""; 0]
        );
    }
}
