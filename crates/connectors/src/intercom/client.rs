//! How Intercom is asked: the token, the version, the pace, and a yes or a fault.

use std::{path::Path, sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue, Method, header};
use model::{Calls, Clock, Fault, FaultKind, Fetched, Secret, Timestamp};

use super::refusal;
use crate::{
    Outlet, Wire,
    kit::{CallCounter, Download, Named, Pace, PaceLimits, Request, Response},
};

/// The version of the API that everything here was written for.
pub(super) const VERSION: &str = "2.16";

/// Until the answers' headers say more: the allowance that most clients assume, in windows of ten seconds.
const LIMITS: PaceLimits = PaceLimits {
    per_minute: Some(1_000),
    per_second: None,
    window: Duration::from_secs(10),
    // Enough for ten thousand calls a minute where an answer takes a quarter of a second.
    parallel: 48,
};

/// What a call is for: the words for a fault, and the permission that it needs.
#[derive(Clone, Copy)]
pub(super) struct Aim<'a> {
    pub(super) doing: &'a str,
    pub(super) permission: &'a str,
}

/// Sends one request at a time, each once.
pub(super) struct Client {
    wire: Arc<dyn Wire>,
    clock: Arc<dyn Clock>,
    pace: Arc<Pace>,
    counter: CallCounter,
    token: HeaderValue,
}

impl Client {
    pub(super) fn new(outlet: Outlet, secret: &Secret) -> Result<Self, Fault> {
        let refused = || {
            Fault::new(FaultKind::Settings, "reading the Intercom token").hint(
                "an access token is one line of plain characters; copy it once more from Intercom's Developer Hub",
            )
        };
        let text = secret.reveal().trim();
        if text.is_empty() {
            return Err(refused());
        }
        let mut token = HeaderValue::from_str(&format!("Bearer {text}")).map_err(|_| refused())?;
        token.set_sensitive(true);
        Ok(Self {
            pace: outlet.pace(LIMITS),
            wire: outlet.wire,
            clock: outlet.clock,
            counter: CallCounter::default(),
            token,
        })
    }

    /// The time, by the clock that the connection was given.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn calls(&self) -> Calls {
        self.counter.calls()
    }

    /// What Intercom's clock shows, as far as its answers said it.
    pub(super) fn vendor_now(&self) -> Option<Timestamp> {
        self.pace.vendor_now()
    }

    /// Sends, and takes only a yes with something in it for an answer.
    pub(super) async fn ask(&self, request: Request, aim: Aim<'_>) -> Result<Response, Fault> {
        let response = self.send(request, aim.doing).await?;
        match response.status {
            200..=299 => Ok(response),
            _ => Err(self.refused(&response, aim)),
        }
    }

    /// The record at this path; nothing if it is not there.
    pub(super) async fn get(&self, path: String, aim: Aim<'_>) -> Result<Option<Response>, Fault> {
        let response = self.send(Request::new(Method::GET, path), aim.doing).await?;
        match response.status {
            200..=299 => Ok(Some(response)),
            404 => Ok(None),
            _ => Err(self.refused(&response, aim)),
        }
    }

    /// Fetches a file. It lies on another host, or its address is signed: the token goes nowhere.
    pub(super) async fn download(&self, url: String, to: &Path, most: u64) -> Result<Fetched, Fault> {
        let download = Download {
            url,
            to: to.to_owned(),
            most,
            named: Named::ByAnybody,
            authorization: None,
        };
        self.wire.download(download).await
    }

    /// The fault that an answer means which was not a yes.
    pub(super) fn refused(&self, response: &Response, aim: Aim<'_>) -> Fault {
        refusal::fault(response, aim, self.clock.now())
    }

    /// Sends, and takes any answer but an empty yes, which Intercom gives now and then in place of what was asked.
    pub(super) async fn send(&self, mut request: Request, doing: &str) -> Result<Response, Fault> {
        let headers = &mut request.headers;
        headers.insert(header::AUTHORIZATION, self.token.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            HeaderName::from_static("intercom-version"),
            HeaderValue::from_static(VERSION),
        );
        let _guard = self.pace.enter().await;
        // Counted before it is sent: a try that fails is a call too. Searches are sent as if they wrote something.
        self.counter.read();
        let response = self
            .wire
            .send(request)
            .await
            .map_err(|fault| named(fault, doing))?;
        self.counter.received(response.body.len());
        self.pace.learn(&response, self.clock.now());
        let is_empty = response.body.iter().all(u8::is_ascii_whitespace);
        match response.status == 200 && is_empty {
            true => Err(Fault::new(FaultKind::Unreachable, doing).said("the answer was empty")),
            false => Ok(response),
        }
    }
}

/// The wire names a path; we name the purpose, and keep the wire's words as the cause.
fn named(fault: Fault, doing: &str) -> Fault {
    let outer = Fault::new(fault.kind(), doing);
    let outer = match fault.advice() {
        Some(advice) => outer.hint(advice),
        None => outer,
    };
    outer.because(fault)
}
