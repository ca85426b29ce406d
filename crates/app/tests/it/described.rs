//! Every request of a whole import, held against the vendor's description on its way to the twin.

use std::{
    collections::BTreeSet,
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use crate::{
    judge::{Records, sent_errors},
    world::World,
};

/// What passed, and what was wrong with it.
#[derive(Default)]
struct Passed {
    calls: BTreeSet<String>,
    errors: Vec<String>,
}

/// Carries requests on to that address, and notes what they say. Ends with the test's process.
fn relay(to: SocketAddr, passed: &Arc<Mutex<Passed>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let passed = Arc::clone(passed);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let passed = Arc::clone(&passed);
            thread::spawn(move || {
                let twin = TcpStream::connect(to).unwrap();
                // Either end may hang up when it likes.
                let _ = carry(client, twin, &passed);
            });
        }
    });
    address
}

fn carry(mut client: TcpStream, mut twin: TcpStream, passed: &Mutex<Passed>) -> io::Result<()> {
    loop {
        let (request, head) = message(&mut client)?;
        let path = String::from_utf8_lossy(&request[..head]).into_owned();
        let path = path.split(' ').nth(1).unwrap_or_default().to_owned();
        let errors = match path.starts_with("/_files") {
            // Where files lie is an address that the answer named, and no call.
            true => Vec::new(),
            false => sent_errors(&path, &request[head..], Records::Whole),
        };
        let mut noted = passed.lock().unwrap();
        noted
            .errors
            .extend(errors.iter().map(|error| format!("{path}: {error}")));
        noted.calls.insert(path);
        drop(noted);
        twin.write_all(&request)?;
        client.write_all(&message(&mut twin)?.0)?;
    }
}

/// One message, and where its body begins.
fn message(from: &mut TcpStream) -> io::Result<(Vec<u8>, usize)> {
    let mut message = Vec::new();
    let mut byte = [0; 1];
    while !message.ends_with(b"\r\n\r\n") {
        from.read_exact(&mut byte)?;
        message.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&message).to_lowercase();
    let length = head
        .split("\r\n")
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok());
    let begin = message.len();
    message.resize(begin + length.unwrap_or(0), 0);
    from.read_exact(&mut message[begin..])?;
    Ok((message, begin))
}

#[test]
fn every_request_of_an_import_is_as_devrev_describes_it() {
    let passed = Arc::new(Mutex::new(Passed::default()));
    let world = World::through(4, &[], &[], |address| relay(address, &passed));
    let (code, said) = world.sync();
    assert_eq!(code, 0, "{said:#}");
    let (code, said) = world.sync();
    assert_eq!(code, 0, "{said:#}");
    let passed = passed.lock().unwrap();
    assert!(passed.errors.is_empty(), "{}", passed.errors.join("\n"));
    for call in ["/accounts.create", "/works.list", "/schemas.custom.set"] {
        assert!(passed.calls.contains(call), "{call}: {:?}", passed.calls);
    }
}
