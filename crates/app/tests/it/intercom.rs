//! An Intercom workspace in DevRev: all of it, once, and what happens there afterwards.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    http::Line,
    program::TwinProcess,
    serve::Worker,
    world::{World, ask, records},
};

const ALL: [&str; 2] = ["--set", "all_conversations=true"];
/// How long something may take that a test waits for, before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);

fn world(companies: usize, left: &[&str], chosen: &[&str]) -> World {
    World::from("intercom", companies, left, chosen)
}

/// Asks Intercom's API; what it answers.
fn call(world: &World, request: &str, body: &Value) -> Value {
    let (status, said) = ask(&world.left, request, body);
    assert_eq!(status, 200, "{request}: {said}");
    serde_json::from_str(&said).unwrap_or_default()
}

fn writes(run: &Value) -> u64 {
    let lines = run["report"]["lines"]
        .as_array()
        .unwrap_or_else(|| panic!("{run:#}"));
    let of = |line: &Value, what: &str| line[what].as_u64().unwrap_or_default();
    lines
        .iter()
        .map(|line| of(line, "created") + of(line, "updated"))
        .sum()
}

fn entries(world: &World) -> Vec<Value> {
    records(&world.right).remove("timeline_entry").unwrap_or_default()
}

fn saying<'a>(entries: &'a [Value], words: &str) -> Vec<&'a Value> {
    let says = |entry: &&Value| entry["body"].as_str().is_some_and(|body| body.contains(words));
    entries.iter().filter(says).collect()
}

/// The ids of conversations, those that changed last first.
fn conversations(world: &World) -> Vec<String> {
    let listed = call(world, "GET /conversations?per_page=20", &Value::Null);
    let ids = listed["conversations"].as_array().unwrap().iter();
    ids.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

fn admin(world: &World) -> String {
    let admins = call(world, "GET /admins", &Value::Null);
    admins["admins"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_workspace_is_imported_whole_and_comes_to_rest() {
    let world = world(12, &[], &[&ALL[..], &["--set", "segments=true"]].concat());
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    // Every kind of record is there.
    for line in run["report"]["lines"].as_array().unwrap() {
        assert!(line["left"].as_u64() > Some(0), "{line:#}");
    }
    let certificate = &run["report"]["certificate"];
    assert_eq!(certificate["holds"], true, "{certificate:#}");
    let listed = call(&world, "GET /conversations?per_page=1", &Value::Null);
    let right = records(&world.right);
    // What is a ticket as well is read as one.
    let tickets = run["report"]["excluded"]["conversation"]
        .as_u64()
        .unwrap_or_default();
    assert_eq!(
        right["conversation"].len() as u64 + tickets,
        listed["total_count"].as_u64().unwrap()
    );
    // Notes are for the team alone, and so is what came of them.
    let (open, closed): (Vec<_>, Vec<_>) = right["timeline_entry"]
        .iter()
        .partition(|entry| entry["visibility"] == "external");
    assert!(!open.is_empty() && !closed.is_empty());
    let again = world.sync();
    assert_eq!((again.0, writes(&again.1)), (0, 0), "{:#}", again.1);
}

#[test]
fn closed_conversations_alone_are_the_default_and_the_rest_is_counted() {
    let world = world(12, &[], &[]);
    let (code, plan) = world.json(&["import", "plan", "acme"]);
    assert_eq!(code, 0, "{plan:#}");
    let excluded = plan["preview"]["excluded"]["conversation"]
        .as_u64()
        .or(plan["excluded"]["conversation"].as_u64());
    let excluded = excluded.unwrap_or_else(|| panic!("{plan:#}"));
    assert!(excluded > 0);
    assert_eq!(world.sync().0, 0);
    let listed = call(&world, "GET /conversations?per_page=1", &Value::Null);
    let there = records(&world.right)["conversation"].len() as u64;
    assert_eq!(there + excluded, listed["total_count"].as_u64().unwrap());
}

#[test]
fn what_is_said_afterwards_follows_and_what_is_deleted_is_counted() {
    let world = world(6, &[], &ALL);
    assert_eq!(world.sync().0, 0);
    let (ids, admin) = (conversations(&world), admin(&world));
    let reply = |kind: &str, body: &str| json!({ "message_type": kind, "type": "admin", "admin_id": admin, "body": body });
    let to = format!("POST /conversations/{}/reply", ids[0]);
    call(&world, &to, &reply("comment", "<p>It is <b>repaired</b>.</p>"));
    call(&world, &to, &reply("note", "<p>Told sales.</p>"));
    call(&world, &format!("DELETE /conversations/{}", ids[1]), &Value::Null);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    let entries = entries(&world);
    let (said, noted) = (
        saying(&entries, "It is **repaired**."),
        saying(&entries, "Told sales."),
    );
    assert_eq!((said.len(), noted.len()), (1, 1), "{entries:#?}");
    assert_eq!(said[0]["visibility"], "external");
    assert_ne!(noted[0]["visibility"], "external");
    assert_eq!(run["report"]["gone"]["conversation"], 1, "{run:#}");
    let again = world.sync();
    assert_eq!((again.0, writes(&again.1)), (0, 0), "{:#}", again.1);
}

/// What the contacts in DevRev have for a reference, in order.
fn references(world: &World) -> Vec<String> {
    let people = records(&world.right).remove("rev_user").unwrap_or_default();
    let of = |one: &Value| Some(one["custom_fields"]["tnt__ic_reference_id"].as_str()?.to_owned());
    let mut all: Vec<String> = people.iter().filter_map(of).collect();
    all.retain(|reference| reference.starts_with("MINE-"));
    all.sort();
    all
}

#[test]
fn a_reference_that_two_contacts_have_is_nobodys_until_one_has_another() {
    let chosen = ["--set", "contact_ref=custom_attributes.crm_id"];
    let world = world(3, &[], &[&ALL[..], &chosen].concat());
    let listed = call(&world, "GET /contacts?per_page=3", &Value::Null);
    let ids: Vec<&str> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    let refer = |at: usize, reference: &str| {
        let body = json!({ "custom_attributes": { "crm_id": reference } });
        call(&world, &format!("PUT /contacts/{}", ids[at]), &body);
    };
    let problems = || {
        let listed = world.json(&["problem", "list", "acme"]).1;
        listed.as_array().unwrap_or_else(|| panic!("{listed:#}")).clone()
    };
    // Two that are the same from the start: no one gets it.
    for (at, reference) in ["MINE-1", "MINE-1", "MINE-2"].into_iter().enumerate() {
        refer(at, reference);
    }
    let (_, plan) = world.json(&["import", "plan", "acme"]);
    assert!(plan.to_string().matches("not_unique").count() >= 2, "{plan:#}");
    let (code, run) = world.sync();
    assert_eq!(
        (code, references(&world)),
        (1, vec!["MINE-2".to_owned()]),
        "{run:#}"
    );
    let said = problems();
    assert_eq!(said.len(), 2, "{said:#?}");
    for (one, other) in said.iter().zip([1, 0].map(|at| ids[at])) {
        assert_eq!(one["kind"], "not_unique");
        let text = one["text"].as_str().unwrap();
        assert!(
            text.contains("`custom_attributes.crm_id`") && ids[..2].iter().any(|id| text.contains(id)),
            "{text} {other}"
        );
    }
    let again = world.sync();
    assert_eq!((again.0, writes(&again.1)), (1, 0), "{:#}", again.1);
    // One says something else now, and what was free already is taken by nobody else.
    refer(0, "MINE-2");
    let (code, run) = world.sync();
    assert_eq!(
        (code, references(&world)),
        (1, vec!["MINE-1".to_owned()]),
        "{run:#}"
    );
    refer(0, "MINE-3");
    let (code, run) = world.sync();
    assert_eq!((code, problems().len()), (0, 0), "{run:#}");
    assert_eq!(references(&world), ["MINE-1", "MINE-2", "MINE-3"]);
    let again = world.sync();
    assert_eq!((again.0, writes(&again.1)), (0, 0), "{:#}", again.1);
}

/// A place where nobody listens yet.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn what_changes_in_intercom_is_in_devrev_a_moment_later() {
    let (twin_at, serve_at) = (free().to_string(), free().to_string());
    let data = tempfile::tempdir().unwrap();
    let kept = ["--data", data.path().to_str().unwrap(), "--listen", &twin_at];
    let world = world(4, &kept, &ALL);
    let url = format!("http://{serve_at}");
    let open = [
        "connection",
        "inlet",
        "open",
        "left",
        "--url",
        &url,
        "--secret-env",
        "SECRET",
    ];
    let (code, said) = world.json(&open);
    assert_eq!(code, 0, "{said}");
    let address = said["url"].as_str().unwrap().to_owned();
    let world = world.with_left_again(|folder, left| {
        left.kill();
        let hook = format!("webhook_url={address}");
        let signed = [
            "--control",
            "--set",
            &hook,
            "--set",
            "client_secret=T",
            "--set",
            "webhook_duplicates=yes",
        ];
        TwinProcess::start(folder, "intercom", &[&kept[..], &signed].concat())
    });
    assert_eq!(world.sync().0, 0);
    let every = ["import", "schedule", "acme", "--every", "1d"];
    assert_eq!(world.json(&every).0, 0);
    let mut server = Worker::start(&world, &["serve", "--listen", &serve_at, "--json"]);
    assert_eq!(server.told()["url"], url);
    let body = json!({
        "message_type": "comment", "type": "admin", "admin_id": admin(&world), "body": "<p>A moment later</p>",
    });
    let began = Instant::now();
    call(
        &world,
        &format!("POST /conversations/{}/reply", conversations(&world)[0]),
        &body,
    );
    while saying(&entries(&world), "A moment later").is_empty() {
        assert!(began.elapsed() < PATIENCE, "never");
    }
    println!("The reply took {:?}", began.elapsed());
    server.says("acme: done");
    assert_eq!(saying(&entries(&world), "A moment later").len(), 1);
    // What nobody signed is not heard.
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut line = Line::open(host.parse().unwrap()).unwrap();
    assert_eq!(line.ask(&format!("POST /{path}"), "{}").unwrap().0, 401);
}

/// Fetches a page with bare hands; the whole answer.
fn fetch(url: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_token_is_asked_for_in_the_browser() {
    let world = world(1, &["--set", "client_id=app-1", "--set", "client_secret=T"], &[]);
    let url = format!("http://{}", world.left.address);
    let words = [
        "connection",
        "add",
        "asked",
        "intercom",
        "--oauth",
        "--client-id",
        "app-1",
        "--client-secret-env",
        "SECRET",
        "--listen",
        "127.0.0.1:0",
        "--base-url",
        &url,
    ];
    let mut asking = world.command(&words).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(asking.stderr.take().unwrap()).lines();
    let page = lines.find_map(|line| {
        let line = line.unwrap().trim().to_owned();
        line.starts_with(&url).then_some(line)
    });
    let sent = fetch(&page.unwrap());
    let back = sent
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .unwrap_or_else(|| panic!("{sent}"));
    // Whoever answers another question is not heard.
    let other = back.replace("state=", "state=0");
    assert!(fetch(&other).starts_with("HTTP/1.1 400"));
    let answer = fetch(back);
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("Interline has its answer"),
        "{answer}"
    );
    assert!(asking.wait().unwrap().success());
    let (code, checked) = world.json(&["connection", "check", "asked"]);
    assert_eq!(code, 0, "{checked:#}");
}
