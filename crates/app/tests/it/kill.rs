//! A twin that is killed loses nothing that it answered.

use std::{sync::mpsc::sync_channel, thread};

use crate::{http::Line, program::TwinProcess};

/// Creates records as fast as they are answered, over several connections, until the twin is killed.
/// Then all that was answered is there.
fn check(
    connector: &str,
    create: fn(usize) -> (String, String),
    id: fn(&serde_json::Value) -> String,
    find: fn(&str) -> (String, String),
) {
    let folder = tempfile::tempdir().unwrap();
    let start = || TwinProcess::start(folder.path(), connector, &["--data", "twin"]);
    let twin = start();
    let (tell, answered) = sync_channel(100_000);
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let mut line = Line::open(twin.address).unwrap();
            let tell = tell.clone();
            thread::spawn(move || {
                for n in 0..10_000 {
                    let (request, body) = create(writer * 10_000 + n);
                    let Ok((status, answer)) = line.ask(&request, &body) else {
                        return;
                    };
                    assert!((200..300).contains(&status), "{status} {answer}");
                    tell.send(id(&answer)).unwrap();
                }
            })
        })
        .collect();
    drop(tell);
    let mut ids: Vec<String> = answered.iter().take(300).collect();
    twin.kill();
    for writer in writers {
        writer.join().unwrap();
    }
    ids.extend(answered.try_iter());
    assert!(ids.len() >= 300);
    let again = start();
    let mut line = Line::open(again.address).unwrap();
    for id in &ids {
        let (request, body) = find(id);
        let (status, answer) = line.ask(&request, &body).unwrap();
        assert_eq!(status, 200, "{id} was answered and is lost: {answer}");
    }
}

#[test]
fn a_killed_planhat_twin_remembers() {
    check(
        "planhat",
        |n| {
            (
                "POST /companies".to_owned(),
                format!(r#"{{"name":"Company {n}"}}"#),
            )
        },
        |answer| answer["_id"].as_str().unwrap().to_owned(),
        |id| (format!("GET /companies/{id}"), String::new()),
    );
}

#[test]
fn a_killed_devrev_twin_remembers() {
    check(
        "devrev",
        |n| {
            (
                "POST /accounts.create".to_owned(),
                format!(r#"{{"display_name":"Account {n}"}}"#),
            )
        },
        |answer| answer["account"]["id"].as_str().unwrap().to_owned(),
        |id| ("POST /accounts.get".to_owned(), format!(r#"{{"id":"{id}"}}"#)),
    );
}
