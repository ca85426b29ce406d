//! The walls: 500 lines to a file, 60 to a function.

use crate::{
    Finding, rust,
    tree::{File, Tree},
};

const FILE_WALL: usize = 500;
const FUNCTION_WALL: usize = 60;
/// How far from the top a file's own reason may stand.
const TOP: usize = 15;
const REASON: &str = "// tidy: long because ";
const CURE: &str = "cut it where its subject changes, or say why not in a line `// tidy: long because …`";

/// No file of code is longer than its wall without a word of why.
pub(crate) fn files(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.files() {
        let lines = file.text.lines().count();
        let is_code = file.has_ending("rs") || file.has_ending("sql");
        if is_code && lines > FILE_WALL && !has_reason(file, 1, TOP) {
            let rule = format!("the file has {lines} lines, above {FILE_WALL}");
            found.push(file.finding(1, rule, CURE));
        }
    }
    found
}

/// No function is longer than its wall without a word of why.
pub(crate) fn functions(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.rust() {
        for function in rust::functions(&file.tokens) {
            let lines = function.last + 1 - function.first;
            let first = first_of_remarks(file, function.first);
            if lines > FUNCTION_WALL && !has_reason(file, first, function.last) {
                let rule = format!("`{}` has {lines} lines, above {FUNCTION_WALL}", function.name);
                found.push(file.finding(function.first, rule, CURE));
            }
        }
    }
    found
}

fn has_reason(file: &File, first: usize, last: usize) -> bool {
    file.lines()
        .filter(|(line, _)| (first..=last).contains(line))
        .any(|(_, text)| text.trim_start().starts_with(REASON))
}

/// The first line of the comments and attributes right above a line.
fn first_of_remarks(file: &File, line: usize) -> usize {
    let above: Vec<&str> = file.text.lines().take(line - 1).collect();
    let is_remark = |text: &&&str| {
        let text = text.trim_start();
        text.starts_with("//") || text.starts_with("#[")
    };
    line - above.iter().rev().take_while(is_remark).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASONED: &str = "// tidy: long because it is a table\n";

    fn check(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str, lines: &[usize]) {
        let wanted: Vec<String> = lines.iter().map(|line| format!("{path}:{line}")).collect();
        assert_eq!(super::super::found(rule, &[(path, text)]), wanted, "{path}");
    }

    #[test]
    fn a_long_file_is_found() {
        let long = "//\n".repeat(FILE_WALL + 1);
        check(files, "crates/a/src/b.rs", &long, &[1]);
        check(files, "crates/a/src/b.rs", &"//\n".repeat(FILE_WALL), &[]);
        check(files, "crates/a/src/b.rs", &format!("{REASONED}{long}"), &[]);
        check(files, "crates/a/src/b.rs", &format!("{long}{REASONED}"), &[1]);
        check(files, "docs/a.md", &long, &[]);
    }

    #[test]
    fn a_long_function_is_found() {
        let body = "    a();\n".repeat(FUNCTION_WALL - 1);
        let long = format!("\nfn b() {{\n{body}}}\n");
        let wall = format!("\nfn b() {{\n{}}}\n", "    a();\n".repeat(FUNCTION_WALL - 2));
        check(functions, "crates/a/src/b.rs", &long, &[2]);
        check(functions, "crates/a/src/b.rs", &wall, &[]);
        check(
            functions,
            "crates/a/src/b.rs",
            &format!("{REASONED}#[allow(c)]{long}"),
            &[],
        );
        check(
            functions,
            "crates/a/src/b.rs",
            &long.replacen("    a();\n", REASONED, 1),
            &[],
        );
        check(
            functions,
            "crates/a/src/b.rs",
            &format!("{REASONED}\n{long}"),
            &[4],
        );
    }
}
