#![allow(clippy::unwrap_used)]

use std::{
    io::{self, BufRead, Write},
    time::Duration,
};

use http::Method;
use model::Timestamp;

use super::*;
use crate::Sample;

/// Counts what it performed.
struct Counter(usize);

impl Twin for Counter {
    fn answer(&mut self, _request: &Request, _now: Timestamp) -> Answer {
        self.0 += 1;
        Answer {
            response: Response::text(200, self.0.to_string()),
            changed: true,
        }
    }

    fn objects(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn dump<'a>(&'a self, _object: &str) -> Option<Box<dyn Iterator<Item = String> + 'a>> {
        None
    }

    fn fill(&mut self, sample: &Sample, _now: Timestamp) -> Result<usize, Fault> {
        self.0 = sample.companies;
        Ok(self.0)
    }

    fn save(&self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn load(&mut self, _input: &mut dyn BufRead) -> io::Result<()> {
        Ok(())
    }
}

struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn sleep(&self, _wait: Duration) {}
}

/// Sends one request under this fault; what came back, and how many requests were performed.
async fn check(fault: &str, expected: &str) {
    let wire = TwinWire::new(Box::new(Counter(0)), Arc::new(Still));
    let text = format!(r#"{{"rules":[{{"rate":1,"fault":"{fault}"}}]}}"#);
    wire.set_faults(serde_json::from_str(&text).unwrap());
    let back = match wire.send(Request::new(Method::GET, "/x")).await {
        Ok(response) => response.status.to_string(),
        Err(fault) => format!("{:?}", fault.kind()),
    };
    wire.set_faults(Faults::default());
    let next = wire.send(Request::new(Method::GET, "/x")).await.unwrap();
    let performed = String::from_utf8(next.body.to_vec())
        .unwrap()
        .parse::<usize>()
        .unwrap()
        - 1;
    assert_eq!(format!("{back}, performed {performed}"), expected, "{fault}");
}

#[tokio::test]
async fn a_fault_takes_the_answer_or_the_request() {
    check("throttled", "429, performed 0").await;
    check("server_error", "500, performed 0").await;
    check("reset", "Unreachable, performed 0").await;
    check("lost_answer", "Unreachable, performed 1").await;
    check("truncated", "Unreachable, performed 1").await;
    check("delay", "200, performed 1").await;
}
