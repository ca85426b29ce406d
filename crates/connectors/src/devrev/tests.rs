#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use model::{
    Action, Ask, Base, Change, ChangeId, Clock, Cursor, Destination, ExternalKey, FieldChange, FieldName,
    FileRef, Mode, Next, ObjectName, PairingId, Reason, RecordId, Secret, Side, Source, Timestamp, Value,
};

use super::{judge::Records, session::DevRevSession, *};
use crate::{
    Wire,
    kit::{Request, Response, Upload},
};

/// Answers what the script says, in order, and remembers what it was asked.
struct Script {
    answers: Mutex<VecDeque<(String, u16, String)>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Wire for Script {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        let asked = format!("{} {body}", request.path);
        let next = self.answers.lock().unwrap().pop_front();
        let (path, status, answer) = next.unwrap_or_else(|| panic!("not in the script: {asked}"));
        assert_eq!(request.path, path, "{asked}");
        check_sent(&request, Records::InPart);
        self.asked.lock().unwrap().push(asked);
        match status {
            0 => Err(Fault::new(FaultKind::Unreachable, "sending")),
            _ => Ok(Response::json_text(status, answer)),
        }
    }

    async fn upload(&self, upload: Upload) -> Result<Response, Fault> {
        let (url, status, _) = self.answers.lock().unwrap().pop_front().unwrap();
        assert_eq!(upload.url, url);
        let asked = format!(
            "{url} {:?} {} {:?}",
            upload.fields, upload.name, upload.media_type
        );
        self.asked.lock().unwrap().push(asked);
        Ok(Response::json_text(status, String::new()))
    }
}

/// Fails where a request is not as described.
fn check_sent(request: &Request, records: Records) {
    let errors = judge::sent_errors(&request.path, &request.body, records);
    let body = String::from_utf8_lossy(&request.body);
    assert!(
        errors.is_empty(),
        "{} {body}: {}",
        request.path,
        errors.join("; ")
    );
}

struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn sleep(&self, _wait: Duration) {}
}

/// A session whose wire follows this script: path, status (0: no answer), body.
fn session(script: &[(&str, u16, &str)]) -> (DevRevSession, Arc<Script>) {
    session_with(&[], script)
}

/// The same with these settings.
fn session_with(values: &[(&str, &str)], script: &[(&str, u16, &str)]) -> (DevRevSession, Arc<Script>) {
    let answers = script
        .iter()
        .map(|(path, status, body)| ((*path).to_owned(), *status, (*body).to_owned()));
    let wire = Arc::new(Script {
        answers: Mutex::new(answers.collect()),
        asked: Mutex::default(),
    });
    let outlet = Outlet {
        wire: Arc::clone(&wire) as Arc<dyn Wire>,
        clock: Arc::new(Still),
    };
    let settings = Settings {
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        secret: Secret::new("token"),
    };
    (DevRevSession::new(&settings, outlet).unwrap(), wire)
}

fn change(object: &str, action: Action, fields: &[(&str, Value)]) -> Change {
    let fields = fields.iter().map(|(name, value)| FieldChange {
        name: FieldName::new(name),
        before: None,
        after: value.clone(),
    });
    Change {
        id: ChangeId::new("c1"),
        pairing: PairingId::new("p"),
        side: Side::Right,
        object: ObjectName::new(object),
        action,
        left_object: ObjectName::new("left"),
        left: RecordId::new("l1"),
        right_object: ObjectName::new(object),
        right: None,
        title: String::new(),
        fields: fields.collect(),
        why: Reason::Missing,
        waiting: false,
        returning: false,
        adopted: false,
        base: Base::default(),
    }
}

fn create() -> Action {
    Action::Create {
        key: ExternalKey::new("k:1"),
    }
}

/// Writes one change against a script: the id that was written, or the kind of fault; and what was asked.
async fn check(
    object: &str,
    action: Action,
    fields: &[(&str, Value)],
    script: &[(&str, u16, &str)],
    expected: Result<&str, FaultKind>,
) -> Vec<String> {
    let (session, wire) = session(script);
    let outcomes = session
        .write(&ObjectName::new(object), &[change(object, action, fields)])
        .await;
    let got = outcomes[0].result.as_ref().map(|written| written.id.as_str());
    assert_eq!(got.map_err(Fault::kind), expected, "{outcomes:?}");
    assert!(
        wire.answers.lock().unwrap().is_empty(),
        "not everything was asked"
    );
    wire.asked.lock().unwrap().clone()
}

const SCHEMA: (&str, u16, &str) = (
    "/schemas.custom.list",
    200,
    r#"{"result":[{"id":"f/1","leaf_type":"ticket","fields":[{"name":"interline_key","field_type":"tokens"}]},
        {"id":"f/2","leaf_type":"conversation","fields":[{"name":"interline_key","field_type":"tokens"}]}]}"#,
);
const CONFLICT: &str = r#"{"message":"Conflict","type":"conflict"}"#;
const GONE: &str = r#"{"message":"Not Found","type":"not_found"}"#;

fn files(ids: &[&str]) -> Value {
    let files = ids.iter().map(|id| {
        Value::File(FileRef {
            url: (*id).to_owned(),
            name: "a.png".to_owned(),
            media_type: Some("image/png".to_owned()),
        })
    });
    Value::List(files.collect())
}

fn text(text: &str) -> Value {
    Value::text(text)
}

mod against_twin;
mod articles;
mod beyond;
mod comments;
mod customs;
mod files;
mod inlet;
mod library;
mod people;
mod reading;
mod round;
mod writing;
