//! Bad input gets one sentence, its cause, a hint and the right exit code, and nothing is lost by it.

use std::{fs, path::Path, process::Stdio};

use serde_json::json;

use crate::{
    program::run,
    world::{World, ask},
};

/// A token that no twin takes, long enough to be looked for.
const WRONG: &str = "a-token-that-nobody-gave";

/// The exit code, and the lines of what was said, with this token in the environment.
fn told(world: &World, words: &str, token: &str) -> String {
    let words: Vec<_> = words.split(' ').collect();
    let output = world
        .command(&words)
        .env("SECRET", token)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<_> = stderr.lines().filter(|line| !line.is_empty()).collect();
    format!("{} | {}", output.status.code().unwrap(), lines.join(" | "))
}

fn check(world: &World, words: &str, expected: &str) {
    assert_eq!(told(world, words, "T"), expected, "{words}");
}

/// The program's own recipe, with one text in place of another.
fn recipe(world: &World, name: &str, from: &str, to: &str) {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes/planhat-devrev.yaml");
    let text = fs::read_to_string(own).unwrap();
    assert!(text.contains(from));
    fs::write(world.folder().join(name), text.replacen(from, to, 1)).unwrap();
}

#[test]
fn an_import_that_cannot_be_is_refused_when_it_is_made() {
    let world = World::new(1, &[], &[]);
    let create = "import create other --from left --to right --part";
    check(
        &world,
        &format!("{create} PROD-9"),
        "2 | Reading the option `part` cannot work as it is set up: there is no part `PROD-9` | hint: there are, among others: Main product (PROD-1)",
    );
    let mistake = |name: &str, from: &str, to: &str, expected: &str| {
        recipe(&world, name, from, to);
        let said = told(&world, &format!("{create} PROD-1 --recipe {name}"), "T");
        let place = format!("2 | The recipe in {name} has a mistake: line ");
        assert!(said.starts_with(&place) && said.ends_with(expected), "{said}");
    };
    mistake(
        "key",
        "    identify:",
        "    identfy:",
        ": a pairing has no `identfy` | hint: did you mean `identify`?",
    );
    mistake(
        "left",
        "- name <-> display_name",
        "- nme <-> display_name",
        ": `company` has no field `nme` | hint: did you mean `name`?",
    );
    mistake(
        "right",
        "- owner <-> owned_by",
        "- owner <-> ownd_by",
        ": `account` has no field `ownd_by`, and `fields` declares none | hint: did you mean `owned_by`?",
    );
    recipe(&world, "good", "# Planhat into DevRev.", "# A copy.");
    check(
        &world,
        &format!("{create} PROD-1 --recipe good"),
        "0 | Created import other. See what it would do: interline import plan other",
    );
    check(&world, "recipe check right", "1 | ");
    check(&world, "recipe check right --from left --to right", "1 | ");
}

#[test]
fn a_refused_token_is_replaced_and_kept_secret() {
    let world = World::new(1, &[], &[]);
    let change = |name: &str, token: &str| {
        let words = format!("connection change {name} --secret-env SECRET");
        let said = told(&world, &words, token);
        assert!(said.starts_with("0 | Changed connection"), "{said}");
    };
    for (name, expected) in [
        (
            "left",
            "3 | Reading the custom fields was not allowed: unauthorized | hint: check the token, and the subdomain: a token of another cluster is unknown there",
        ),
        (
            "right",
            "3 | Reading custom fields was not allowed: Unauthorized (unauthenticated) | hint: the token is wrong or has expired; make a new personal access token in DevRev",
        ),
    ] {
        change(name, WRONG);
        check(&world, "import sync acme", expected);
        let logged = told(&world, "import sync acme -vv", WRONG);
        assert!(logged.contains("401") && !logged.contains(WRONG), "{logged}");
        change(name, "T");
    }
    for file in fs::read_dir(world.folder().join("interline-data")).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(WRONG.len()).any(|part| part == WRONG.as_bytes()));
    }
    assert_eq!(world.sync().0, 0);
}

#[test]
fn a_missing_permission_is_named() {
    let world = World::new(1, &["--set", "deny=enduser.view"], &[]);
    let (code, ran) = world.sync();
    assert_eq!(code, 1, "{ran:#}");
    let gaps = ran.pointer("/report/certificate/gaps").unwrap().to_string();
    assert!(
        gaps.contains("enduser: nothing was read") && gaps.contains("End Users (View)"),
        "{gaps}"
    );
    let wrong = run(world.folder(), &["twin", "planhat", "--set", "deny=enduser.vew"]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn a_record_that_is_refused_holds_up_no_other() {
    let world = World::new(1, &[], &[]);
    for _ in 0..2 {
        let made = ask(&world.left, "POST /companies", &json!({ "name": "Twice" }));
        assert_eq!(made.0, 200, "{}", made.1);
    }
    for _ in 0..2 {
        let (code, ran) = world.sync();
        assert_eq!(code, 1, "{ran:#}");
        let (_, problems) = world.json(&["problem", "list", "acme"]);
        let problems = problems.as_array().unwrap().iter();
        let problems: Vec<_> = problems.filter(|problem| problem["blocks"] == true).collect();
        assert_eq!(problems.len(), 1, "{problems:#?}");
        let text = problems[0]["text"].as_str().unwrap();
        assert!(text.contains("Conflict, display_name is taken"), "{text}");
        assert!(text.contains(problems[0]["record"].as_str().unwrap()), "{text}");
    }
}

#[test]
fn an_import_that_was_forgotten_is_found_again_by_its_keys() {
    let world = World::new(2, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let taken = told(&world, "connection remove left", "T");
    assert!(
        taken.starts_with("2 | Removing a connection failed: connection `left` is needed by import `acme`"),
        "{taken}"
    );
    check(&world, "import remove acme", "0 | Removed import acme.");
    check(
        &world,
        "import create acme --from left --to right --part PROD-1",
        "0 | Created import acme. See what it would do: interline import plan acme",
    );
    let (code, ran) = world.sync();
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{problems:#} {ran:#}");
    let created: u64 = ran["report"]["lines"]
        .as_array()
        .unwrap()
        .iter()
        // A comment has no list to be found in: it is met when it is about to be made again.
        .filter(|line| line["pairing"] != "comment")
        .map(|line| line["created"].as_u64().unwrap())
        .sum();
    assert_eq!(created, 0, "{ran:#}");
}

#[test]
fn a_cause_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("interline-data")).unwrap();
    fs::write(
        folder.path().join("interline-data/interline.db"),
        "no database".repeat(100),
    )
    .unwrap();
    let output = run(folder.path(), &["import", "list"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "Opening the database failed: the file is damaged, or not a database\n  because: (code: 26) file is not a database\n\nhint: restore the file from a backup, or name another one\n"
    );
}
