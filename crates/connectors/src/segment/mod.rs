//! Segment's libraries, as they call us: what they send becomes events, and what they are answered.
//!
//! There is no client here and no twin: this folder takes requests and gives answers. It serves no HTTP, keeps nothing, and
//! has no clock and no chance of its own. Whoever serves it puts the events on disk before the answer goes out.

mod batch;
mod body;
mod door;
mod judge;
mod key;
mod pixel;
mod reply;
mod scan;
mod sent;
mod settings;

use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use model::{Discard, Event, MessageId, SourceId, Timestamp, WriteKey};

use door::Route;
use judge::Judge;
use reply::Refusal;

/// How much is taken at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest event, in bytes.
    pub event_bytes: usize,
    /// The largest batch, in bytes once it is unpacked.
    pub batch_bytes: usize,
    /// So many events may be in a batch; those behind are discarded.
    pub batch_events: usize,
    /// The largest batch, in bytes once what it says of all its events is merged into each; those behind are discarded.
    pub merged_bytes: usize,
    /// So deep may objects and lists lie in each other.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            event_bytes: 32 * 1024,
            // One library fills its batches up to 512 KiB and puts an envelope around them.
            batch_bytes: 528 * 1024,
            batch_events: 2_500,
            merged_bytes: 4 * 1024 * 1024,
            depth: 64,
        }
    }
}

/// A request of a library.
pub struct Ask<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its path.
    pub path: &'a str,
    /// What follows the question mark.
    pub query: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, as it came.
    pub body: &'a [u8],
}

/// What is needed to understand one.
pub struct Hearing<'a> {
    /// How much is taken at once.
    pub limits: Limits,
    /// Whether a key that no source has is refused with 401. Segment itself answers 200.
    pub strict: bool,
    /// Whose key it is.
    pub known: &'a dyn Fn(&str) -> Known,
    /// When the request came.
    pub now: Timestamp,
    /// Makes an id for an event that has none.
    pub new_id: &'a dyn Fn() -> MessageId,
}

/// Whose a write key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// This source's.
    Source(SourceId),
    /// This source's, and it is switched off.
    Disabled(SourceId),
    /// Nobody's.
    Nobody,
}

/// What a request says.
#[derive(Debug)]
pub struct Heard {
    /// The events that are taken in: on disk before the answer goes out.
    pub events: Vec<Event>,
    /// What is not taken in.
    pub lost: Vec<Lost>,
    /// The answer, once the events are on disk.
    pub answer: Response<Bytes>,
}

/// Events that were not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Whose they are, if that is known.
    pub source: Option<SourceId>,
    /// Why.
    pub why: Discard,
    /// How many.
    pub events: u64,
    /// The key they came with, if no source has it.
    pub key: Option<WriteKey>,
}

/// Whether libraries call this path.
pub fn is_ours(path: &str) -> bool {
    path.starts_with("/v1/") || door::route(path).is_some()
}

/// The largest body that is read for a path, in bytes.
pub fn most(path: &str, limits: &Limits) -> usize {
    match door::route(path) {
        Some(Route::Batch | Route::Metrics) => limits.batch_bytes,
        _ => limits.event_bytes,
    }
}

/// Understands a request.
pub fn hear(ask: &Ask<'_>, hearing: &Hearing<'_>) -> Heard {
    let mut heard = match (door::route(ask.path), ask.method) {
        (_, &Method::OPTIONS) => nothing(reply::preflight(ask.headers)),
        (None, _) => nothing(reply::refused(
            404,
            "not_found",
            "There is nothing at this address.",
        )),
        (Some(Route::Single(kind)), &Method::POST) => single(ask, hearing, kind),
        (Some(Route::Batch), &Method::POST) => batch(ask, hearing),
        // What a library measures of itself is nobody's concern.
        (Some(Route::Metrics), &Method::POST) => nothing(reply::success()),
        (Some(Route::Pixel(kind)), &Method::GET | &Method::HEAD) => pixel(ask, hearing, kind),
        (Some(Route::Settings(key)), &Method::GET | &Method::HEAD) => document(ask, hearing, &key),
        (Some(_), _) => nothing(reply::refused(
            405,
            "method_not_allowed",
            "This path takes another method.",
        )),
    };
    reply::allow(&mut heard.answer, ask.headers);
    heard
}

/// What is answered when the events cannot be kept now: libraries wait, and send them again.
pub fn busy(headers: &HeaderMap, wait_seconds: u32) -> Response<Bytes> {
    let mut answer = reply::later(503, "unavailable", "The events cannot be kept now.", wait_seconds);
    reply::allow(&mut answer, headers);
    answer
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than one may be.
    TooLarge,
    /// It broke off, or took too long.
    Broken,
}

/// What a request without its body says: whose it is, if its header tells, so that the loss shows there.
pub fn unread(ask: &Ask<'_>, hearing: &Hearing<'_>, why: Unread) -> Heard {
    let mut heard = bad(
        ask,
        hearing,
        match why {
            Unread::TooLarge => Refusal::TOO_LARGE,
            Unread::Broken => Refusal::BROKEN,
        },
    );
    reply::allow(&mut heard.answer, ask.headers);
    heard
}

fn single(ask: &Ask<'_>, hearing: &Hearing<'_>, kind: model::EventKind) -> Heard {
    let most = hearing.limits.event_bytes;
    let body = match body::read(ask.headers, ask.body, most) {
        Ok(body) => body,
        Err(refusal) => return bad(ask, hearing, refusal),
    };
    let judge = Judge::alone(hearing, kind);
    let Ok(sent) = judge.read(&body) else {
        return bad(ask, hearing, Refusal::NOT_JSON);
    };
    let in_body = sent.write_key();
    match key::owner(ask, hearing, in_body.as_deref(), None) {
        Ok(source) => judge.conclude(source, [judge.event(&body)]),
        Err(stranger) => stranger.answer(hearing, 1),
    }
}

fn batch(ask: &Ask<'_>, hearing: &Hearing<'_>) -> Heard {
    let body = match body::read(ask.headers, ask.body, hearing.limits.batch_bytes) {
        Ok(body) => body,
        Err(refusal) => return bad(ask, hearing, refusal),
    };
    let Ok(envelope) = batch::read(&body, hearing.limits.batch_events) else {
        return bad(ask, hearing, Refusal::NO_BATCH);
    };
    let judge = Judge::of_batch(hearing, &envelope);
    let in_first = || {
        envelope
            .items
            .first()
            .and_then(|first| judge.read(first).ok()?.write_key())
    };
    let owner = key::owner(ask, hearing, envelope.write_key().as_deref(), Some(&in_first));
    let source = match owner {
        Ok(source) => source,
        Err(stranger) => return stranger.answer(hearing, envelope.count()),
    };
    let mut heard = judge.conclude(
        source.clone(),
        envelope.items.iter().map(|item| judge.event(item)),
    );
    let mut lose = |why, events| {
        heard.lost.push(Lost {
            source: Some(source.clone()),
            why,
            events,
            key: None,
        })
    };
    match (envelope.count(), envelope.too_many) {
        (0, _) => lose(Discard::EmptyBatch, 1),
        (_, 0) => {}
        (_, too_many) => lose(Discard::BatchTooLong, too_many),
    }
    heard
}

/// A picture of one point, whatever is wrong: a mail shows what comes.
fn pixel(ask: &Ask<'_>, hearing: &Hearing<'_>, kind: model::EventKind) -> Heard {
    let heard = match pixel::read(ask.query, hearing.limits.event_bytes) {
        Some(body) => {
            let judge = Judge::alone(hearing, kind);
            let in_body = judge.read(&body).ok().and_then(|sent| sent.write_key());
            match key::owner(ask, hearing, in_body.as_deref(), None) {
                Ok(source) => judge.conclude(source, [judge.event(&body)]),
                Err(stranger) => stranger.answer(hearing, 1),
            }
        }
        None => bad(ask, hearing, Refusal::NOT_JSON),
    };
    Heard {
        answer: reply::pixel(),
        ..heard
    }
}

/// How a browser's library learns where its events go.
fn document(ask: &Ask<'_>, hearing: &Hearing<'_>, key: &str) -> Heard {
    match (hearing.known)(key) {
        Known::Nobody => {
            let refusal = reply::refused(
                404,
                Discard::UnknownSource.as_str(),
                "No source has this write key.",
            );
            let key = Some(WriteKey::new(key));
            let lost = Lost {
                source: None,
                why: Discard::UnknownSource,
                events: 0,
                key,
            };
            Heard {
                lost: vec![lost],
                ..nothing(refusal)
            }
        }
        _ => nothing(settings::document(ask.headers, key)),
    }
}

fn nothing(answer: Response<Bytes>) -> Heard {
    Heard {
        events: Vec::new(),
        lost: Vec::new(),
        answer,
    }
}

/// What nothing is read of is one event that is lost, of whom it is as far as anything but the body says so.
fn bad(ask: &Ask<'_>, hearing: &Hearing<'_>, refusal: Refusal) -> Heard {
    let lost = Lost {
        source: key::owner(ask, hearing, None, None).ok(),
        why: refusal.why,
        events: 1,
        key: None,
    };
    Heard {
        lost: vec![lost],
        ..nothing(refusal.answer())
    }
}

#[cfg(test)]
mod tests;
