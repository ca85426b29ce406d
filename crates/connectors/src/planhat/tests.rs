#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod answers;
mod anything;
mod customs;
mod documented;
mod files;
mod models;
mod names;
mod objects;
mod reading;
mod round;
mod settings;
mod shape;
mod talks;
mod twin;
mod unsaid;
mod upserting;
mod usage;
mod writing;
mod written;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use model::{Clock, Fault, Fetched, Secret, Timestamp};

use super::*;
use crate::{
    Wire,
    kit::{Download, Request, Response},
};

/// A clock that moves only when somebody waits.
struct TestClock(Mutex<Timestamp>);

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, wait: Duration) {
        *self.0.lock().unwrap() += wait;
    }
}

type Answering = Box<dyn Fn(&Request) -> Result<Response, Fault> + Send + Sync>;

/// A wire that ends at a function, and remembers what was asked.
struct TestWire {
    answering: Answering,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Wire for TestWire {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        let query: Vec<String> = request
            .query
            .iter()
            .filter(|(name, _)| name != "select")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let line = format!("{} {}{mark}{}", request.method, request.path, query.join("&"));
        self.asked.lock().unwrap().push(line);
        assert_eq!(request.header_text("authorization"), Some("Bearer s3cr3t-t0k3n"));
        (self.answering)(&request)
    }

    async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        let token = download
            .authorization
            .as_ref()
            .map(|token| token.to_str().unwrap());
        let named = download.named;
        let line = format!("{named:?} {} {} {token:?}", download.url, download.most);
        self.asked.lock().unwrap().push(line);
        Ok(Fetched::new(3, &[7; 32]))
    }
}

fn wire(answering: impl Fn(&Request) -> Result<Response, Fault> + Send + Sync + 'static) -> Arc<TestWire> {
    Arc::new(TestWire {
        answering: Box::new(answering),
        asked: Mutex::default(),
    })
}

fn asked(wire: &TestWire) -> Vec<String> {
    wire.asked.lock().unwrap().clone()
}

fn outlet(wire: Arc<dyn Wire>) -> Outlet {
    let at = "2026-03-01T00:00:00Z".parse().unwrap();
    Outlet {
        wire,
        clock: Arc::new(TestClock(Mutex::new(at))),
    }
}

fn some_settings(values: &[(&str, &str)]) -> Settings {
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings {
        values: values.collect::<BTreeMap<_, _>>(),
        secret: Secret::new("s3cr3t-t0k3n"),
    }
}

fn client(wire: Arc<TestWire>) -> Client {
    Client::new(outlet(wire), &Secret::new("s3cr3t-t0k3n")).unwrap()
}

fn planhat(wire: Arc<TestWire>) -> PlanhatSource {
    PlanhatSource::new(
        client(wire),
        "app.planhat.com".to_owned(),
        "https://api.planhat.com".to_owned(),
    )
}
