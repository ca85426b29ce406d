//! Pictures of texts, on their way from one twin to the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    http::Line,
    program::TwinProcess,
    world::{World, ask},
};

const LOGO: &str = "/files/5f1d7a8e9c3b2a0012345678/logo.png";

fn records(twin: &TwinProcess, object: &str) -> Vec<Value> {
    let (status, body) = ask(twin, &format!("GET /_twin/dump?object={object}"), &Value::Null);
    assert_eq!(status, 200, "{object}: {body}");
    body.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The bytes of every artifact, by its id.
fn artifacts(right: &TwinProcess) -> BTreeMap<String, Vec<u8>> {
    let mut line = Line::open(right.address).unwrap();
    let fetched = records(right, "artifact").into_iter().map(|artifact| {
        let id = artifact["id"].as_str().unwrap().to_owned();
        let body = json!({ "id": id }).to_string();
        let (status, located) = line.ask("POST /artifacts.locate", &body).unwrap();
        assert_eq!(status, 200, "{located:#}");
        let url = located["url"].as_str().unwrap();
        let path = url
            .split_once("://")
            .map_or(url, |(_, rest)| &rest[rest.find('/').unwrap()..]);
        let (status, bytes) = line.fetch(path, false).unwrap();
        assert_eq!(status, 200, "{path}");
        (id, bytes)
    });
    fetched.collect()
}

fn left_file(left: &TwinProcess, path: &str) -> Vec<u8> {
    let mut line = Line::open(left.address).unwrap();
    let (status, bytes) = line.fetch(path, true).unwrap();
    assert_eq!(status, 200, "{path}");
    bytes
}

/// What stands in these records between two marks.
fn between(records: &[Value], begin: &str, end: &str) -> Vec<String> {
    let texts: Vec<String> = records.iter().map(Value::to_string).collect();
    let found = texts.iter().flat_map(|text| text.split(begin).skip(1));
    found
        .map(|rest| rest.split(end).next().unwrap_or_default().to_owned())
        .collect()
}

fn texts(right: &TwinProcess) -> Vec<Value> {
    ["conversation", "ticket", "account", "timeline_entry"]
        .iter()
        .flat_map(|object| records(right, object))
        .collect()
}

fn count(run: &Value, path: &str) -> u64 {
    run.pointer(path).and_then(Value::as_u64).unwrap_or_default()
}

#[test]
fn pictures_arrive_once_and_texts_show_them_from_there() {
    let world = World::new(12, &[], &[]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    assert_eq!(run["state"]["is"], "done");
    let artifacts = artifacts(&world.right);
    let files = &run["report"]["files"];
    assert!(artifacts.len() > 2, "{files:#}");
    assert_eq!(count(files, "/brought"), artifacts.len() as u64);
    let bytes: usize = artifacts.values().map(Vec::len).sum();
    assert_eq!(count(files, "/bytes"), bytes as u64);
    for proof in ["/compared", "/equal"] {
        assert_eq!(count(files, proof), artifacts.len() as u64, "{files:#}");
    }
    let contents: BTreeSet<&Vec<u8>> = artifacts.values().collect();
    assert_eq!(contents.len(), artifacts.len(), "some file was brought twice");

    let right = texts(&world.right);
    let shown: Vec<String> = between(&right, "](don:", ")");
    assert!(shown.len() > artifacts.len(), "{} links", shown.len());
    for id in &shown {
        assert!(artifacts.contains_key(&format!("don:{id}")), "{id}");
    }
    for left_over in [
        "](https://api.planhat.com/files",
        "](data:",
        "](https://files.example.com",
    ] {
        assert_eq!(between(&right, left_over, ")"), [""; 0], "{left_over}");
    }
    let logo = left_file(&world.left, LOGO);
    assert!(contents.contains(&logo), "the logo");
    let screens = between(
        &records(&world.left, "conversation"),
        "https://api.planhat.com/files/",
        ".png",
    );
    for screen in screens {
        let path = format!("/files/{screen}.png");
        assert!(contents.contains(&left_file(&world.left, &path)), "{path}");
    }
    let is_unpacked = |bytes: &&Vec<u8>| bytes.len() < 100 && bytes.starts_with(b"\x89PNG");
    assert_eq!(
        contents.iter().filter(|bytes| is_unpacked(bytes)).count(),
        1,
        "data:"
    );
}

#[test]
fn a_dead_picture_is_a_problem_and_a_name_in_the_text() {
    let world = World::new(12, &[], &[]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    let missing = count(&run, "/report/files/records_missing");
    assert!(missing > 0, "{run:#}");
    assert_eq!(count(&run, "/report/problems"), missing);
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    let problems = problems.as_array().unwrap();
    assert_eq!(problems.len() as u64, missing);
    for problem in problems {
        assert_eq!(problem["kind"], "missing_file", "{problem:#}");
        assert_eq!(problem["blocks"], false);
        assert!(
            problem["text"].as_str().unwrap().contains("9f2c.png"),
            "{problem:#}"
        );
    }
    let named = between(&texts(&world.right), "missing picture: Screenshot ", "(9f2c.png)");
    assert!(!named.is_empty());
    let (code, again) = world.sync();
    assert_eq!(code, 0, "{again:#}");
    assert_eq!(count(&again, "/report/right_calls/writes"), 0, "{again:#}");
    assert_eq!(count(&again, "/report/files/records_missing"), missing);
    assert_eq!(count(&again, "/report/files/brought"), 0);
    assert_eq!(
        count(
            &again,
            "/report/files/missing/it lies on another host, and twins fetch nothing from elsewhere"
        ),
        1,
        "each address is tried once more: {again:#}"
    );
}

#[test]
fn files_that_are_there_again_are_filled_in() {
    let world = World::new(4, &["--set", "files=absent"], &[]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    let before = count(&run, "/report/files/records_missing");
    assert_eq!(
        run["report"]["files"]["missing"]["status 404"]
            .as_u64()
            .map(|gone| gone > 0),
        Some(true)
    );
    let sample = ["--control", "--sample", "4", "--seed", "1"];
    let left = TwinProcess::start(world.folder(), "planhat", &sample);
    let url = format!("http://{}", left.address);
    let (code, said) = world.json(&["connection", "change", "left", "--base-url", &url]);
    assert_eq!(code, 0, "{said:#}");
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    assert!(count(&run, "/report/files/records_missing") < before, "{run:#}");
    let named = between(&texts(&world.right), "missing picture: Harborline", ")");
    assert_eq!(named, [""; 0]);
}

#[test]
fn pictures_stay_where_they_are_unless_they_shall_be_brought() {
    let world = World::new(4, &[], &[]);
    let words = [
        "import", "create", "bare", "--from", "left", "--to", "right", "--part", "PROD-1",
    ];
    let (code, said) = world.json(&words);
    assert_eq!(code, 0, "{said:#}");
    let (code, run) = world.json(&["import", "sync", "bare"]);
    assert_eq!(code, 0, "{run:#}");
    assert_eq!(records(&world.right, "artifact"), [Value::Null; 0]);
    assert_eq!(count(&run, "/report/problems"), 0, "{run:#}");
    assert!(!between(&texts(&world.right), "](https://api.planhat.com/files", ")").is_empty());
}

#[test]
fn a_plan_fetches_nothing_and_counts() {
    let world = World::new(4, &[], &[]);
    let (code, plan) = world.json(&["import", "plan", "acme"]);
    assert_eq!(code, 0, "{plan:#}");
    assert!(plan["files"].as_u64().unwrap() > 1, "{plan:#}");
    assert_eq!(records(&world.right, "artifact"), [Value::Null; 0]);
}
