//! The files of the repository, read once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use crate::{
    Finding,
    rust::{Token, tokens},
};

/// Where the repository's own files are; everything else at the root may be somebody's working folder.
const FOLDERS: &[&str] = &[".ci", ".config", "crates", "docs", "recipes", "tests", "web"];
/// What is read as text; other files only exist.
const TEXTS: &[&str] = &[
    "css", "html", "js", "json", "md", "rs", "sh", "sql", "toml", "txt", "yaml", "yml",
];
const TEXTS_BY_NAME: &[&str] = &[".gitignore", "justfile", "run", "LICENSE"];
const SKIPPED: &[&str] = &["target", "node_modules", "proptest-regressions"];

/// One text file.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
    /// Empty unless it is Rust.
    pub(crate) tokens: Vec<Token>,
    /// Whether all of it is compiled for tests, benchmarks or examples only.
    pub(crate) test: bool,
}

/// The files by path, and every path there is, folders included.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, File>,
    paths: BTreeSet<String>,
}

impl File {
    /// The lines with their numbers.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    /// Tokens that are part of the product, tests apart.
    pub(crate) fn is_shipped(&self, token: &Token) -> bool {
        !self.test && !token.test
    }

    pub(crate) fn has_ending(&self, ending: &str) -> bool {
        ending_of(&self.path) == ending
    }

    pub(crate) fn finding(&self, line: usize, rule: impl Into<String>, cure: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line,
            rule: rule.into(),
            cure: cure.into(),
        }
    }
}

impl Tree {
    pub(crate) fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_file() || FOLDERS.contains(&name.as_str()) {
                tree.add(&entry.path(), name)?;
            }
        }
        tree.mark_tests();
        Ok(tree)
    }

    fn add(&mut self, place: &Path, path: String) -> io::Result<()> {
        self.paths.insert(path.clone());
        if place.is_dir() {
            for entry in fs::read_dir(place)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if !SKIPPED.contains(&name.as_str()) {
                    self.add(&entry.path(), format!("{path}/{name}"))?;
                }
            }
            return Ok(());
        }
        if is_text(&path) {
            let text = fs::read_to_string(place)?;
            self.insert(path, text);
        }
        Ok(())
    }

    fn insert(&mut self, path: String, text: String) {
        let is_rust = ending_of(&path) == "rs";
        let tokens = if is_rust { tokens(&text) } else { Vec::new() };
        let test = is_rust && is_test_path(&path);
        let file = File {
            path: path.clone(),
            text,
            tokens,
            test,
        };
        self.files.insert(path, file);
    }

    /// Follows `#[cfg(test)] mod name;` to the files it means.
    fn mark_tests(&mut self) {
        let mut folders = Vec::new();
        for file in self.files.values() {
            for name in crate::rust::test_modules(&file.tokens) {
                folders.push(format!("{}/{name}", module_folder(&file.path)));
            }
        }
        for file in self.files.values_mut() {
            let below = |folder: &String| {
                file.path
                    .strip_prefix(folder.as_str())
                    .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            };
            file.test |= folders.iter().any(below);
        }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| file.has_ending("rs"))
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// Whether there is such a file or folder.
    pub(crate) fn has(&self, path: &str) -> bool {
        path.is_empty() || self.paths.contains(path)
    }

    /// The names directly within a folder.
    pub(crate) fn within(&self, folder: &str) -> Vec<&str> {
        self.paths
            .iter()
            .filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'))
            .filter(|rest| !rest.contains('/'))
            .collect()
    }

    /// A tree that was never on a disk.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            for (at, _) in path.match_indices('/') {
                tree.paths.insert(path.get(..at).unwrap_or_default().to_owned());
            }
            tree.paths.insert((*path).to_owned());
            tree.insert((*path).to_owned(), (*text).to_owned());
        }
        tree.mark_tests();
        tree
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn ending_of(path: &str) -> &str {
    name_of(path).rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn is_text(path: &str) -> bool {
    TEXTS.contains(&ending_of(path)) || TEXTS_BY_NAME.contains(&name_of(path))
}

fn is_test_path(path: &str) -> bool {
    let in_folder = path
        .split('/')
        .any(|part| ["tests", "benches", "examples"].contains(&part));
    in_folder || name_of(path) == "tests.rs"
}

/// The folder in which a file's own modules live.
fn module_folder(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        name => format!("{folder}/{}", name.trim_end_matches(".rs")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn files_of_test_modules_are_tests() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "#[cfg(test)]\nmod suite;\nmod b;\n"),
            ("crates/a/src/suite.rs", "fn a() {}\n"),
            ("crates/a/src/suite/deep.rs", "fn a() {}\n"),
            ("crates/a/src/suites.rs", "fn a() {}\n"),
            ("crates/a/src/b.rs", "#[cfg(test)]\nmod c;\n"),
            ("crates/a/src/b/c.rs", "fn a() {}\n"),
            ("crates/a/src/c.rs", "fn a() {}\n"),
            ("crates/a/tests/it/main.rs", "fn a() {}\n"),
        ]);
        let tests: Vec<&str> = tree
            .files()
            .filter(|file| file.test)
            .map(|file| file.path.as_str())
            .collect();
        assert_eq!(
            tests,
            [
                "crates/a/src/b/c.rs",
                "crates/a/src/suite.rs",
                "crates/a/src/suite/deep.rs",
                "crates/a/tests/it/main.rs"
            ]
        );
    }

    #[test]
    fn a_folder_lists_what_is_directly_in_it() {
        let tree = Tree::of(&[("a/b/c.md", ""), ("a/d.md", ""), ("ab/e.md", "")]);
        assert_eq!(tree.within("a"), ["b", "d.md"]);
    }
}
