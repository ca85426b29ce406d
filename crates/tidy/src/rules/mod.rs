//! The rules, one file per subject. A rule takes the tree and gives findings; each has a test that it can fail.

mod arrows;
mod calls;
mod folders;
mod migrations;
mod settings;
mod sizes;
mod text;

use crate::{Finding, tree::Tree};

/// Every rule.
pub(crate) const ALL: &[fn(&Tree) -> Vec<Finding>] = &[
    arrows::manifests,
    calls::forbidden,
    folders::neighbours,
    folders::twins,
    folders::clients,
    migrations::twice,
    migrations::hashes,
    settings::declared,
    settings::documented,
    sizes::files,
    sizes::functions,
    text::clean,
    text::links,
];

/// The lines that a rule finds in these files, as `path:line`.
#[cfg(test)]
fn found(rule: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
    let findings = rule(&Tree::of(files));
    let lines = findings
        .iter()
        .map(|finding| format!("{}:{}", finding.path, finding.line));
    lines.collect()
}
