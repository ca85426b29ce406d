//! Migrations: the same names for both databases, and none changed once it was merged.

use crate::{Finding, tree::Tree};

const FOLDER: &str = "crates/store/migrations";
const DATABASES: [&str; 2] = ["sqlite", "postgres"];
const LIST: &str = "crates/store/migrations/hashes.txt";

/// Each migration is there for both databases.
pub(crate) fn twice(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, database, name) in migrations(tree) {
        for other in DATABASES.iter().filter(|other| **other != database) {
            if !tree.has(&format!("{FOLDER}/{other}/{name}")) {
                let cure = format!("write {other}/{name} too, if only with a comment that nothing is needed");
                found.push(finding(
                    path,
                    1,
                    format!("this migration is missing for {other}"),
                    cure,
                ));
            }
        }
    }
    found
}

/// Each migration has the hash under which it was merged.
pub(crate) fn hashes(tree: &Tree) -> Vec<Finding> {
    let list = tree.file(LIST).map_or("", |file| file.text.as_str());
    let mut found = Vec::new();
    for (path, database, name) in migrations(tree) {
        let text = tree.file(path).map_or("", |file| file.text.as_str());
        let line = format!("{:016x} {database}/{name}", hash(text.as_bytes()));
        let short = format!(" {database}/{name}");
        let listed = list.lines().find(|line| line.ends_with(&short));
        match listed {
            Some(listed) if listed == line => {}
            Some(_) => {
                let cure = "put it back and write a new migration: databases have the old one already";
                found.push(finding(path, 1, "a merged migration was changed", cure));
            }
            None => {
                let cure = format!("add the line `{line}` to {LIST}");
                found.push(finding(
                    path,
                    1,
                    "the migration is not in the list of hashes",
                    cure,
                ));
            }
        }
    }
    for (at, line) in list.lines().enumerate() {
        let name = line.split_once(' ').map_or(line, |(_, name)| name);
        if !tree.has(&format!("{FOLDER}/{name}")) {
            let cure = "put it back: databases have it already";
            found.push(finding(LIST, at + 1, "a merged migration is gone", cure));
        }
    }
    found
}

/// Every migration: its path, its database, its name.
fn migrations(tree: &Tree) -> Vec<(&str, &str, &str)> {
    tree.files()
        .filter_map(|file| {
            let rest = file.path.strip_prefix(FOLDER)?.strip_prefix('/')?;
            let (database, name) = rest.split_once('/')?;
            name.ends_with(".sql")
                .then_some((file.path.as_str(), database, name))
        })
        .collect()
}

fn finding(path: &str, line: usize, rule: impl Into<String>, cure: impl Into<String>) -> Finding {
    Finding {
        path: path.to_owned(),
        line,
        rule: rule.into(),
        cure: cure.into(),
    }
}

/// FNV-1a with 64 bits: enough to see that a file changed, and short enough to write here.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    const LITE: &str = "crates/store/migrations/sqlite/0001_a.sql";
    const POSTGRES: &str = "crates/store/migrations/postgres/0001_a.sql";

    #[test]
    fn a_migration_for_one_database_only_is_found() {
        assert_eq!(found(twice, &[(LITE, ""), (POSTGRES, "")]), [""; 0]);
        assert_eq!(found(twice, &[(LITE, "")]), [format!("{LITE}:1")]);
        assert_eq!(found(twice, &[(POSTGRES, "")]), [format!("{POSTGRES}:1")]);
    }

    #[test]
    fn a_changed_a_new_and_a_lost_migration_are_found() {
        let list = "af63dc4c8601ec8c sqlite/0001_a.sql\n";
        let lite = format!("{LITE}:1");
        assert_eq!(found(hashes, &[(LITE, "a"), (LIST, list)]), [""; 0]);
        assert_eq!(
            found(hashes, &[(LITE, "b"), (LIST, list)]),
            std::slice::from_ref(&lite)
        );
        assert_eq!(
            found(hashes, &[(LITE, "a"), (LIST, "")]),
            std::slice::from_ref(&lite)
        );
        assert_eq!(found(hashes, &[(LITE, "a")]), [lite]);
        assert_eq!(found(hashes, &[(LIST, list)]), [format!("{LIST}:1")]);
    }
}
