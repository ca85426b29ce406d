//! What a receiver hears of runs by schedule. It checks signatures by the specification alone.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use serde_json::{Value, json};

use crate::{
    http::Line,
    serve::Worker,
    world::{World, records},
};

/// A request as it came in.
struct Heard {
    first_line: String,
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

/// Answers with these statuses, the last one for ever.
fn listen(statuses: &'static [u16]) -> (SocketAddr, Receiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, heard) = sync_channel(1_000);
    thread::spawn(move || {
        for (place, stream) in listener.incoming().enumerate() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                head.push(line.trim().to_owned());
            }
            let header = |name: &str| {
                let of = |line: &String| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned());
                head.iter().find_map(of).unwrap_or_default()
            };
            let mut body = vec![0; header("content-length").parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let status = statuses.get(place).or(statuses.last()).unwrap();
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            let heard = Heard {
                first_line: head[0].clone(),
                id: header("webhook-id"),
                timestamp: header("webhook-timestamp"),
                signature: header("webhook-signature"),
                body: String::from_utf8(body).unwrap(),
            };
            if tell.send(heard).is_err() {
                return;
            }
        }
    });
    (address, heard)
}

/// Checks a signature as the specification says, and returns what was said.
fn verified(heard: &Heard, secret: &str) -> Value {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signature = STANDARD
        .decode(heard.signature.strip_prefix("v1,").unwrap())
        .unwrap();
    let signed = format!("{}.{}.{}", heard.id, heard.timestamp, heard.body);
    hmac::verify(&key, signed.as_bytes(), &signature).expect("the signature fits");
    serde_json::from_str(&heard.body).unwrap()
}

fn rename(world: &World, name: &str) -> String {
    let id = records(&world.left)["company"][0]["_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut line = Line::open(world.left.address).unwrap();
    let body = json!({ "name": name }).to_string();
    let (status, answer) = line.ask(&format!("PUT /companies/{id}"), &body).unwrap();
    assert_eq!(status, 200, "{answer}");
    id
}

fn done(world: &World, words: &[&str]) -> Value {
    let (code, said) = world.json(words);
    assert_eq!(code, 0, "{said}");
    said
}

// tidy: long because it is one story, told in its order
#[test]
fn hooks_hear_of_runs_by_schedule_and_of_nothing_else() {
    let world = World::new(2, &[], &[]);
    let (address, heard) = listen(&[204, 500, 204]);
    let url = format!("http://{address}/hook?a=b");
    let added = done(
        &world,
        &["import", "hook", "add", "acme", "--url", &url, "--name", "crm"],
    );
    let secret = added["secret"].as_str().unwrap();
    let tested = done(&world, &["import", "hook", "test", "acme", "crm"]);
    assert_eq!(tested, json!({ "status": 204, "taken": true }));
    let first = heard.recv().unwrap();
    assert_eq!(first.first_line, "POST /hook?a=b HTTP/1.1");
    assert_eq!(verified(&first, secret)["type"], "hook.test");

    done(&world, &["import", "schedule", "acme", "--automations", "on"]);
    let mut worker = Worker::start(&world, &["worker"]);
    worker.says("acme: done");
    rename(&world, "By hand");
    assert_eq!(world.sync().0, 0);
    // Neither the first import nor a run by hand was told; what comes next is told twice, for the first answer is 500.
    let company = rename(&world, "By schedule");
    done(&world, &["import", "schedule", "acme", "--now"]);
    worker.says("acme: done");
    let listed = loop {
        let listed = done(&world, &["import", "hook", "list", "acme"]);
        if listed[0]["waiting"] == 0 && listed[0]["delivered"] != 0 {
            break listed;
        }
    };
    let messages: Vec<Heard> = heard.try_iter().collect();
    let ids: BTreeSet<&String> = messages.iter().map(|message| &message.id).collect();
    assert_eq!(
        messages.len(),
        ids.len() + 1,
        "the first is sent again under its id, the others once"
    );
    assert_eq!(listed[0]["delivered"], ids.len(), "{listed}");
    assert_eq!(listed[0]["given_up"], 0);
    let again: Vec<&Heard> = messages
        .iter()
        .filter(|message| message.id == messages[0].id)
        .collect();
    assert_eq!(again[0].body, again[1].body);
    let said: Vec<Value> = messages.iter().map(|message| verified(message, secret)).collect();
    assert!(
        said.iter().all(|said| said["type"] == "record.updated"),
        "{said:#?}"
    );
    let told = said
        .iter()
        .find(|said| said["data"]["left"] == json!({ "object": "company", "id": company }))
        .unwrap();
    let data = &told["data"];
    assert_eq!(data["import"], "acme");
    assert_eq!(data["written"], "right");
    assert_eq!(data["right"]["object"], "account");
    assert_eq!(data["fields"], json!(["display_name"]));
    let any_value = messages
        .iter()
        .find(|message| message.body.contains("By schedule"));
    assert!(any_value.is_none(), "no value leaves");
    assert_eq!(worker.terminate(), Some(0));
    done(&world, &["import", "hook", "remove", "acme", "crm"]);
    assert_eq!(done(&world, &["import", "hook", "list", "acme"]), json!([]));
}
