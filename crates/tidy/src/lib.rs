//! Tests of the tree itself: the arrows between the rooms, who may call what, sizes, links and names.
//!
//! It reads files and judges text. It depends on no other crate, changes nothing, and knows nothing of what the
//! product does. A finding says where, which rule, and what to do about it.

mod rules;
mod rust;
mod tree;

use std::{fmt, io, path::Path};

use crate::tree::Tree;

/// One place that breaks one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, from the root of the repository.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The rule, in one sentence.
    pub rule: String,
    /// What to do about it.
    pub cure: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            cure,
        } = self;
        write!(f, "{path}:{line}: {rule}\n    cure: {cure}")
    }
}

/// Judges the repository at this root by every rule.
pub fn check(root: &Path) -> io::Result<Vec<Finding>> {
    let tree = Tree::read(root)?;
    let mut findings: Vec<Finding> = rules::ALL.iter().flat_map(|rule| rule(&tree)).collect();
    findings.sort();
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let findings = check(&root).unwrap();
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{} findings\n{}", lines.len(), lines.join("\n"));
    }

    #[test]
    fn it_finds_the_files_it_judges() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let tree = Tree::read(&root).unwrap();
        for path in [
            "Cargo.toml",
            "README.md",
            "crates/model/src/lib.rs",
            "crates/tidy/src/lib.rs",
        ] {
            assert!(tree.file(path).is_some(), "{path}");
        }
    }
}
