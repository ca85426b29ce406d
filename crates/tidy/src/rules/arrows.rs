//! The arrows between the rooms, read from the manifests.

use crate::{Finding, tree::File, tree::Tree};

/// A room, the rooms it may use, and libraries that would mean that it does another room's work.
struct Room {
    name: &'static str,
    may_use: &'static [&'static str],
    never: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        name: "model",
        may_use: &[],
        never: &["axum", "clap", "http", "hyper", "reqwest", "sqlx", "tokio"],
    },
    Room {
        name: "engine",
        may_use: &["model"],
        never: &["axum", "clap", "http", "hyper", "reqwest", "sqlx"],
    },
    Room {
        name: "connectors",
        may_use: &["model"],
        never: &["axum", "clap", "sqlx"],
    },
    Room {
        name: "store",
        may_use: &["model"],
        never: &["axum", "clap", "http", "hyper", "reqwest"],
    },
    Room {
        name: "app",
        may_use: &["model", "engine", "connectors", "store"],
        never: &["reqwest", "sqlx"],
    },
    Room {
        name: "sim",
        may_use: &["model", "engine", "connectors", "store"],
        never: &["reqwest", "sqlx"],
    },
];

/// What the package of a room is called where it is not called as its folder.
const PACKAGES: &[(&str, &str)] = &[("interline", "app")];

/// A room depends on the rooms that its arrows reach, in tests too.
pub(crate) fn manifests(tree: &Tree) -> Vec<Finding> {
    tree.files().filter_map(room_of).flat_map(judge).collect()
}

/// The name of the room whose manifest this is.
fn room_of(file: &File) -> Option<(&str, &File)> {
    let folder = file.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
    (!folder.contains('/')).then_some((folder, file))
}

fn judge((folder, file): (&str, &File)) -> Vec<Finding> {
    let used = dependencies(&file.text);
    if folder == "tidy" {
        let judged = |(line, name): (usize, String)| {
            let rule = format!("tidy depends on nothing, and this names `{name}`");
            file.finding(line, rule, "write it with the standard library")
        };
        return used.into_iter().map(judged).collect();
    }
    let Some(room) = ROOMS.iter().find(|room| room.name == folder) else {
        let cure = "draw its arrows in ARCHITECTURE.md and in crates/tidy/src/rules/arrows.rs";
        return vec![file.finding(1, format!("no arrow leads from the room `{folder}`"), cure)];
    };
    let judged = |(line, name): (usize, String)| {
        let (rule, cure) = refusal(room, &name)?;
        Some(file.finding(line, rule, cure))
    };
    used.into_iter().filter_map(judged).collect()
}

fn refusal(room: &Room, name: &str) -> Option<(String, String)> {
    let named = PACKAGES.iter().find(|(package, _)| *package == name);
    let target = named.map_or(name, |(_, folder)| folder);
    let is_room = target == "tidy" || ROOMS.iter().any(|room| room.name == target);
    if is_room && !room.may_use.contains(&target) {
        return Some((
            format!("no arrow leads from `{}` to `{target}`", room.name),
            "meet in model's ports, and join the two in app".to_owned(),
        ));
    }
    room.never.contains(&name).then(|| {
        (
            format!("`{}` does not use `{name}`", room.name),
            "the room whose work this is has it; see the rooms in ARCHITECTURE.md".to_owned(),
        )
    })
}

/// The dependencies of a manifest with their lines, those for tests and builds included.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut listed = false;
    for (at, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            listed = header.ends_with("dependencies");
            if let Some((_, name)) = header.split_once("dependencies.") {
                found.push((at + 1, name.to_owned()));
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| listed && !line.starts_with('#')) else {
            continue;
        };
        let name = key.split('.').next().unwrap_or(key).trim().trim_matches('"');
        found.push((at + 1, renamed(value).unwrap_or(name).to_owned()));
    }
    found
}

/// The package behind `other = { package = "name" }`.
fn renamed(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("package")?;
    rest.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folder: &str, manifest: &str, lines: &[usize]) {
        let path = format!("crates/{folder}/Cargo.toml");
        let wanted: Vec<String> = lines.iter().map(|line| format!("{path}:{line}")).collect();
        let found = super::super::found(manifests, &[(&path, manifest)]);
        assert_eq!(found, wanted, "{folder}: {manifest}");
    }

    #[test]
    fn an_arrow_that_is_not_drawn_is_found() {
        check("model", "[dependencies]\nserde.workspace = true\n", &[]);
        check("model", "[dependencies]\nstore.workspace = true\n", &[2]);
        check(
            "engine",
            "[dependencies]\nmodel.workspace = true\nstore = {}\n",
            &[3],
        );
        check(
            "engine",
            "[dev-dependencies]\nconnectors.workspace = true\n",
            &[2],
        );
        check("connectors", "[build-dependencies]\nengine = \"1\"\n", &[2]);
        check("store", "[dependencies.engine]\npath = \"../engine\"\n", &[1]);
        check(
            "store",
            "[dependencies]\nverbs = { package = \"engine\" }\n",
            &[2],
        );
        check(
            "store",
            "[target.'cfg(unix)'.dependencies]\ninterline = \"1\"\n",
            &[2],
        );
        check(
            "app",
            "[dependencies]\nmodel = \"1\"\nengine = \"1\"\nstore = \"1\"\n",
            &[],
        );
        check("app", "[dependencies]\ntidy = \"1\"\n", &[2]);
    }

    #[test]
    fn a_library_in_the_wrong_room_is_found() {
        check("engine", "[dependencies]\nreqwest.workspace = true\n", &[2]);
        check("app", "[dependencies]\nsqlx.workspace = true\n", &[2]);
        check("app", "[features]\nsqlx = []\n", &[]);
    }

    #[test]
    fn tidy_depends_on_nothing_and_a_new_room_has_arrows_first() {
        check("tidy", "[dependencies]\n# serde = \"1\"\n", &[]);
        check("tidy", "[dependencies]\nserde = \"1\"\n", &[2]);
        check("attic", "[package]\n", &[1]);
    }
}
