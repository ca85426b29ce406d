//! What every text file keeps to, and that links lead somewhere.

use crate::{
    Finding,
    tree::{File, Tree},
};

/// Folders that exist on one machine only; in two parts, so that this file does not name them itself.
const MACHINES: &[[&str; 2]] = &[["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"], ["/wo", "rk/"]];

/// No tabs, no machine's own paths, and an end of line at the end.
pub(crate) fn clean(tree: &Tree) -> Vec<Finding> {
    tree.files()
        .filter(|file| !is_borrowed(&file.path))
        .flat_map(judge)
        .collect()
}

/// Every relative link of a page leads to a file.
pub(crate) fn links(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let is_page = |file: &&File| file.has_ending("md") && !is_borrowed(&file.path);
    for file in tree.files().filter(is_page) {
        for (line, target) in targets(file) {
            if !tree.has(&resolve(&file.path, &target)) {
                let rule = format!("the link to `{target}` leads nowhere");
                found.push(file.finding(line, rule, "correct it, or write the page"));
            }
        }
    }
    found
}

/// Licences, vendors' example answers and texts to convert stay as they came.
fn is_borrowed(path: &str) -> bool {
    let as_it_came = ["/fixtures/", "/corpus/"];
    path == "LICENSE" || as_it_came.iter().any(|folder| path.contains(folder))
}

fn judge(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    for (line, text) in file.lines() {
        if text.contains('\t') {
            found.push(file.finding(line, "tabs look different to everybody", "use spaces"));
        }
        if MACHINES.iter().any(|folder| names_folder(text, &folder.concat())) {
            let cure = "use a path within the repository, or a folder made for the test";
            found.push(file.finding(line, "this path exists on one machine only", cure));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        let last = file.text.lines().count();
        found.push(file.finding(last, "the last line has no end", "end it"));
    }
    found
}

/// Whether a path begins with this folder; within an address it means something else.
fn names_folder(text: &str, folder: &str) -> bool {
    text.match_indices(folder).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|sign| sign.is_alphanumeric() || "./_-}*:".contains(sign))
    })
}

/// The relative targets of a page's links, examples apart.
fn targets(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_example = false;
    for (line, text) in file.lines() {
        if text.trim_start().starts_with("```") {
            in_example = !in_example;
        }
        if in_example {
            continue;
        }
        for rest in text.split("](").skip(1) {
            let target = rest.split([')', ' ', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains(':') {
                found.push((line, target.to_owned()));
            }
        }
    }
    found
}

/// The path that a link means, from the root of the repository.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str, lines: &[usize]) {
        let wanted: Vec<String> = lines.iter().map(|line| format!("{path}:{line}")).collect();
        let found = super::super::found(rule, &[(path, text), ("docs/there.md", "")]);
        assert_eq!(found, wanted, "{path}: {text}");
    }

    #[test]
    fn tabs_and_open_ends_are_found() {
        check(clean, "a.md", "a\n\tb\n", &[2]);
        check(clean, "a.md", "a\nb", &[2]);
        check(clean, "a.md", "a\nb\n", &[]);
        check(clean, "crates/a/fixtures/b.json", "\tb", &[]);
    }

    #[test]
    fn a_machines_own_path_is_found() {
        for [first, second] in MACHINES {
            let folder = format!("{first}{second}");
            check(clean, "a.md", &format!("a\nopen({folder}b)\n"), &[2]);
            check(clean, "a.md", &format!("https://b.c{folder}d\n"), &[]);
            check(clean, "a.md", &format!("./b{folder}d\n"), &[]);
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        check(links, "docs/a.md", "[a](there.md) [b](missing.md#c)\n", &[1]);
        check(links, "README.md", "\n[a](docs/there.md) [b](there.md)\n", &[2]);
        check(
            links,
            "docs/a.md",
            "[a](../docs/./there.md) [b](https://c) [d](#e) [f](../docs)\n",
            &[],
        );
        check(links, "docs/a.md", "```\n[a](missing.md)\n```\n", &[]);
        check(links, "crates/a/corpus/b.md", "[a](missing.md)\n", &[]);
    }
}
