//! What a vendor tells us is in the other vendor a moment later.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    back::{left_of, right, ticket},
    http::Line,
    serve::Worker,
    world::{World, ask, records},
};

/// How long something may take that a test waits for, before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);

/// A world whose import was made, runs by itself once a day and writes both sides, and whose server listens.
fn served(companies: usize) -> (World, Worker, String) {
    let world = World::new(companies, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let every = [
        "import",
        "schedule",
        "acme",
        "--every",
        "1d",
        "--direction",
        "both",
    ];
    assert_eq!(world.json(&every).0, 0);
    let mut server = Worker::start(&world, &["serve", "--listen", "127.0.0.1:0", "--json"]);
    let url = server.told()["url"].as_str().unwrap().to_owned();
    (world, server, url)
}

fn open(world: &World, name: &str, url: &str) -> Value {
    let (code, said) = world.json(&["connection", "inlet", "open", name, "--url", url]);
    assert_eq!(code, 0, "{said}");
    said
}

/// Posts to our own server; the status.
fn post(url: &str, body: &str) -> u16 {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut line = Line::open(host.parse().unwrap()).unwrap();
    line.ask(&format!("POST /{path}"), body).unwrap().0
}

/// Looks again and again, however fast it can, until it is so; how long that took.
fn until(what: &str, is_so: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        std::thread::yield_now();
    }
    began.elapsed()
}

#[test]
fn what_changes_in_devrev_is_in_planhat_a_moment_later() {
    let (world, mut server, url) = served(8);
    let said = open(&world, "right", &url);
    assert_eq!(said["listening"], "active");
    let shown = world.json(&["connection", "inlet", "show", "right"]);
    assert_eq!((shown.0, &shown.1["listening"]), (0, &json!("active")));
    let (ticket, id) = ticket(&world);
    let change = json!({ "id": ticket["id"], "type": "ticket", "title": "Changed in DevRev" });
    right(&world, "works.update", change);
    let took = until("the ticket's new title in Planhat", || {
        left_of(&world, "conversation", &id)["subject"] == "Changed in DevRev"
    });
    println!("The change took {took:?}");
    server.says("acme: heard of 1 record");
    server.says("acme: done");
    // That one record was read, and no list of any other.
    let (_, runs) = world.json(&["run", "list", "acme"]);
    let id = runs[0]["id"].as_str().unwrap_or_else(|| panic!("{runs:#}"));
    let (_, run) = world.json(&["run", "report", id]);
    assert_eq!(run["trigger"], "heard", "{run:#}");
    let reads = &run["report"]["certificate"]["rests_on"];
    let expected = [("right", "ticket", "hinted", 1)];
    let found = reads.as_array().unwrap_or_else(|| panic!("{run:#}")).iter();
    let found: Vec<_> = found
        .map(|read| {
            let word = |name: &str| read[name].as_str().unwrap();
            (
                word("side"),
                word("object"),
                word("how"),
                read["records"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, expected, "{reads:#}");
    assert_eq!(world.sync().0, 0);
    // Told again, and out of order, it is as it is.
    let closed = world.json(&["connection", "remove", "right"]);
    assert_eq!(closed.0, 2, "{}", closed.1);
    let (code, _) = world.text(&["connection", "inlet", "close", "right"]);
    assert_eq!(code, 0);
    assert_eq!(right(&world, "webhooks.list", json!({}))["webhooks"], json!([]));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn an_automation_of_planhat_tells_by_its_address() {
    let (world, mut server, url) = served(8);
    let said = open(&world, "left", &url);
    assert_eq!(said["listening"], Value::Null);
    let address = said["url"].as_str().unwrap();
    let company = records(&world.left)["company"][0].clone();
    let id = company["_id"].as_str().unwrap();
    let (status, _) = ask(
        &world.left,
        &format!("PUT /companies/{id}"),
        &json!({ "name": "Renamed" }),
    );
    assert_eq!(status, 200);
    let told = json!({ "object": "company", "id": id }).to_string();
    assert_eq!(post(address, &told), 200);
    until("the company's new name in DevRev", || {
        let accounts = records(&world.right).remove("account").unwrap();
        accounts
            .iter()
            .any(|account| account["display_name"] == "Renamed")
    });
    server.says("acme: heard of 1 record");
    server.says("acme: done");
    // Only who knows the address is heard, and only with what we asked for.
    assert_eq!(post(&format!("{address}0"), &told), 404);
    assert_eq!(post(&format!("{url}/in/left/"), &told), 404);
    assert_eq!(post(&format!("{url}/in/nobody/x"), &told), 404);
    assert_eq!(post(address, "[]"), 401);
    assert_eq!(post(address, &" ".repeat(2 << 20)), 413);
    // Opened again, the address is the same; closed, it is gone.
    assert_eq!(open(&world, "left", &url)["url"], said["url"]);
    assert_eq!(world.text(&["connection", "inlet", "close", "left"]).0, 0);
    assert_eq!(post(address, &told), 404);
    let (code, _) = world.text(&[
        "connection",
        "inlet",
        "open",
        "left",
        "--url",
        "http://sync.example.com",
    ]);
    assert_eq!(code, 2);
}

#[test]
fn a_delivery_that_devrev_did_not_sign_is_refused() {
    let (world, _server, url) = served(8);
    let said = open(&world, "right", &url);
    let address = said["url"].as_str().unwrap();
    let body = json!({
        "id": "e", "type": "tag_updated", "timestamp": "2026-01-01T00:00:00Z",
        "tag_updated": { "tag": { "id": "don:core:x:devo/0:tag/1" } },
    });
    assert_eq!(post(address, &body.to_string()), 401);
    assert_eq!(post(address, ""), 401);
}

/// A hint that comes while another process is at work on the import waits, and is not asked about again and again.
#[test]
fn what_is_told_while_another_is_at_work_waits_for_it() {
    let (world, mut server, url) = served(40);
    let said = open(&world, "left", &url);
    let company = records(&world.left)["company"][0].clone();
    let id = company["_id"].as_str().unwrap();
    let mut other = world
        .command(&["import", "sync", "acme", "--rescan"])
        .spawn()
        .unwrap();
    let told = json!({ "object": "company", "id": id }).to_string();
    let mut n_told = 0;
    while other.try_wait().unwrap().is_none() {
        assert_eq!(post(said["url"].as_str().unwrap(), &told), 200);
        n_told += 1;
    }
    assert!(n_told > 0);
    server.says("acme: heard of 1 record");
    server.says("acme: done");
    assert_eq!(server.terminate(), Some(0));
}
