#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
//! The twin, asked as its callers ask it.

mod articles;
mod attributes;
mod companies;
mod contacts;
mod conversations;
mod doors;
mod files;
pub(super) mod furnished;
mod hooks;
mod oauth;
mod queries;
mod samples;
mod searches;
mod spec;
mod spec_desk;
mod tags;
mod tellings;
mod tickets;

use std::collections::BTreeMap;

use http::{HeaderName, Method, header};
use model::Timestamp;
use serde_json::Value;

use crate::{
    Twin, TwinOptions,
    kit::{Request, Response},
};

/// A twin with a clock of its own.
pub(in crate::intercom::twin) struct Stand {
    pub(in crate::intercom::twin) twin: Box<dyn Twin>,
    pub(in crate::intercom::twin) now: Timestamp,
    pub(super) version: &'static str,
}

/// When tests begin: Wednesday, 18 December 2024, 15:57:40 UTC.
pub(super) const START: i64 = 1_734_537_460;

/// An empty twin that takes the token `t`, set up like this.
pub(super) fn stand(settings: &[(&str, &str)]) -> Stand {
    let pairs = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let options = TwinOptions {
        token: Some("t".to_owned()),
        settings: pairs.collect::<BTreeMap<_, _>>(),
    };
    Stand {
        twin: super::open(&options).unwrap(),
        now: Timestamp::from_second(START).unwrap(),
        version: "2.16",
    }
}

/// A request without a version, by `GET /me` or `POST /contacts {…}`; a query may follow the path.
pub(super) fn request(line: &str, body: Option<&Value>) -> Request {
    let (method, address) = line.split_once(' ').unwrap();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), path)
        .header(header::AUTHORIZATION, "Bearer t");
    for (name, value) in query.split('&').filter_map(|part| part.split_once('=')) {
        request = request.query(name, value);
    }
    match body {
        Some(body) => request.json(body),
        None => request,
    }
}

impl Stand {
    /// Lets time go by.
    pub(super) fn wait(&mut self, seconds: i64) {
        self.now = Timestamp::from_second(self.now.as_second() + seconds).unwrap();
    }

    pub(super) fn send(&mut self, request: Request) -> Response {
        let version = HeaderName::from_static("intercom-version");
        let request = match request.headers.contains_key(&version) || self.version.is_empty() {
            true => request,
            false => request.header(version, self.version),
        };
        self.twin.answer(&request, self.now).response
    }

    /// The status and the body; null where there is none.
    pub(super) fn ask(&mut self, line: &str, body: Option<Value>) -> (u16, Value) {
        let response = self.send(request(line, body.as_ref()));
        (
            response.status,
            serde_json::from_slice(&response.body).unwrap_or(Value::Null),
        )
    }

    /// The body of what succeeds.
    pub(super) fn get(&mut self, line: &str) -> Value {
        let (status, body) = self.ask(line, None);
        assert_eq!(status, 200, "{line}: {body}");
        body
    }

    /// The body of what succeeds.
    pub(super) fn did(&mut self, line: &str, body: Value) -> Value {
        let (status, answer) = self.ask(line, Some(body));
        assert_eq!(status, 200, "{line}: {answer}");
        answer
    }

    /// That a request is refused with this status, code and message.
    pub(super) fn refuses(&mut self, line: &str, body: Option<Value>, expected: &str) {
        let (status, answer) = self.ask(line, body);
        let error = &answer["errors"][0];
        let text = |name: &str| error[name].as_str().unwrap_or("").to_owned();
        let said = format!("{status} {} {}", text("code"), text("message"));
        assert!(said.starts_with(expected), "{line}: {said}");
        assert_eq!(answer["type"], "error.list", "{line}");
        assert_eq!(answer["request_id"].as_str().unwrap().len(), 36, "{line}");
    }
}

/// The texts under a name in a list of an answer.
pub(super) fn texts(list: &Value, name: &str) -> Vec<String> {
    let one = |value: &Value| match &value[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    list.as_array().unwrap().iter().map(one).collect()
}
