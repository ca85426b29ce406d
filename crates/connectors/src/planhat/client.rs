//! How Planhat is asked: the token, the pace, and a yes or a fault.

use std::{path::Path, sync::Arc};

use http::{HeaderValue, Method, header};
use model::{Calls, Clock, Fault, FaultKind, Fetched, Secret, Timestamp};

use super::refusal;
use crate::{
    Outlet, Wire,
    kit::{CallCounter, Download, Named, Pace, PaceLimits, Request, Response},
};

/// What Planhat documents; 200 a minute is called soft, and the answers' headers may know better.
const LIMITS: PaceLimits = PaceLimits {
    per_minute: Some(200),
    per_second: Some(150),
    window: PaceLimits::MINUTE,
    parallel: 50,
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
            Fault::new(FaultKind::Settings, "reading the Planhat token")
                .hint("a token is one line of plain characters; copy it once more from Planhat's private app")
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

    /// How many calls may be under way at once.
    pub(super) fn parallel(&self) -> usize {
        self.pace.parallel()
    }

    /// How many calls a minute Planhat allows.
    pub(super) fn per_minute(&self) -> Option<u64> {
        self.pace.per_minute()
    }

    /// What Planhat's clock shows, as far as its answers said it.
    pub(super) fn vendor_now(&self) -> Option<Timestamp> {
        self.pace.vendor_now()
    }

    /// Sends, and takes only a yes for an answer.
    pub(super) async fn ask(&self, request: Request, aim: Aim<'_>) -> Result<Response, Fault> {
        let response = self.send(request, aim.doing).await?;
        match response.status {
            200..=299 => Ok(response),
            _ => Err(self.refused(&response, aim)),
        }
    }

    /// Fetches a file from Planhat's host by its path, or from anywhere by its address. The token goes to Planhat alone.
    pub(super) async fn download(&self, url: String, to: &Path, most: u64) -> Result<Fetched, Fault> {
        let is_home = url.starts_with('/');
        let _guard = match is_home {
            true => Some(self.pace.enter().await),
            false => None,
        };
        if is_home {
            self.counter.read();
        }
        let download = Download {
            url,
            to: to.to_owned(),
            most,
            named: Named::ByAnybody,
            authorization: is_home.then(|| self.token.clone()),
        };
        let fetched = self.wire.download(download).await?;
        if is_home {
            self.counter
                .received(usize::try_from(fetched.size).unwrap_or(usize::MAX));
        }
        Ok(fetched)
    }

    /// The fault that an answer means which was not a yes.
    pub(super) fn refused(&self, response: &Response, aim: Aim<'_>) -> Fault {
        refusal::fault(response, aim, self.clock.now())
    }

    /// Sends, and takes any answer.
    pub(super) async fn send(&self, mut request: Request, doing: &str) -> Result<Response, Fault> {
        let headers = &mut request.headers;
        headers.insert(header::AUTHORIZATION, self.token.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let _guard = self.pace.enter().await;
        // Counted before it is sent: a try that fails is a call too.
        match request.method {
            Method::GET => self.counter.read(),
            _ => self.counter.write(),
        }
        let response = self
            .wire
            .send(request)
            .await
            .map_err(|fault| named(fault, doing))?;
        self.counter.received(response.body.len());
        self.pace.learn(&response, self.clock.now());
        Ok(response)
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
