//! One call: its request, its answer, and what went wrong in DevRev's words.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use model::{Fault, FaultKind, Fetched, Raw, RecordId, Secret};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Value as Json, error::Category, value::RawValue};

use crate::{
    Outlet,
    kit::{
        CallCounter, Download, OneOf, Pace, PaceLimits, Request, Response, Upload, member, refused, unread,
    },
};

/// Speaks to DevRev for one connection.
pub(super) struct Client {
    outlet: Outlet,
    headers: HeaderMap,
    pub(super) pace: Arc<Pace>,
    pub(super) counter: CallCounter,
}

/// What is called, and what for.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// `/accounts.list`
    pub(super) path: &'static str,
    /// `reading a page of accounts`
    pub(super) doing: &'static str,
    /// Whom it is about.
    pub(super) subject: Option<&'a str>,
}

/// A fault with what DevRev said for programs.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) fault: Fault,
    kind: String,
    field: String,
    /// The id that the record has now.
    moved: Option<RecordId>,
}

/// An answer, not yet read.
pub(super) struct Answer<'a> {
    call: Call<'a>,
    body: Bytes,
}

/// An error's body; what is absent is empty.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    message: Option<String>,
    detail: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    subtype: Option<String>,
    reason: Option<String>,
    field_name: Option<String>,
    reference_id: Option<String>,
    retry_after: Option<Json>,
}

const NOT_AS_DOCUMENTED: &str =
    "sync again, for DevRev may have an outage; if it stays so, report it: the answer is not as documented";

// No per-call limit is published: the headers pace, and this bounds the crowd.
const PARALLEL: usize = 16;

impl Client {
    /// Checks the token's form; sends nothing.
    pub(super) fn new(secret: &Secret, outlet: Outlet) -> Result<Self, Fault> {
        let token = secret.reveal().trim();
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).ok();
        let Some(mut bearer) = bearer.filter(|_| !token.is_empty()) else {
            return Err(
                Fault::new(FaultKind::Settings, "reading the personal access token")
                    .hint("copy the whole token from DevRev: Settings, Account, Personal access token"),
            );
        };
        bearer.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, bearer),
            (header::CONTENT_TYPE, json.clone()),
            (header::ACCEPT, json),
            // Custom fields, external references and a contact's account are documented as beta.
            (
                header::HeaderName::from_static("x-devrev-scope"),
                HeaderValue::from_static("beta"),
            ),
        ]);
        let limits = PaceLimits {
            per_minute: None,
            per_second: None,
            window: PaceLimits::MINUTE,
            parallel: PARALLEL,
        };
        Ok(Self {
            pace: outlet.pace(limits),
            outlet,
            headers,
            counter: CallCounter::default(),
        })
    }

    /// A call that changes nothing.
    pub(super) async fn read<'a>(&self, call: Call<'a>, body: &Json) -> Result<Answer<'a>, Refusal> {
        self.counter.read();
        self.send(call, body).await
    }

    /// A call that changes something.
    pub(super) async fn write<'a>(&self, call: Call<'a>, body: &Json) -> Result<Answer<'a>, Refusal> {
        self.counter.write();
        self.send(call, body).await
    }

    /// Waits, by the clock that was given.
    pub(super) async fn sleep(&self, wait: Duration) {
        self.outlet.clock.sleep(wait).await;
    }

    /// Brings a file to where DevRev keeps them, which is another host.
    pub(super) async fn upload(&self, upload: Upload) -> Result<(), Fault> {
        self.counter.write();
        let answer = self.outlet.wire.upload(upload).await?;
        match answer.status {
            200..=299 => Ok(()),
            status => Err(refused("bringing a file", status)),
        }
    }

    /// Fetches a file from there.
    pub(super) async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        self.counter.read();
        self.outlet.wire.download(download).await
    }

    async fn send<'a>(&self, call: Call<'a>, body: &Json) -> Result<Answer<'a>, Refusal> {
        let mut request = Request::new(Method::POST, call.path);
        request.headers = self.headers.clone();
        request.body = Bytes::from(body.to_string());
        let guard = self.pace.enter().await;
        let sent = self.outlet.wire.send(request).await;
        let response = sent.map_err(|fault| {
            let named = Fault::new(fault.kind(), call.name());
            let advice = fault.advice().map(str::to_owned);
            Refusal::from(match advice {
                Some(advice) => named.hint(advice).because(fault),
                None => named.because(fault),
            })
        })?;
        self.pace.learn(&response, self.outlet.clock.now());
        drop(guard);
        self.counter.received(response.body.len());
        if matches!(response.status, 200..=299) {
            let body = response.body;
            return Ok(Answer { call, body });
        }
        let refusal = refusal(call, &response);
        if let FaultKind::Throttled { wait: Some(wait) } = refusal.fault.kind() {
            self.pace.hold(wait);
        }
        Err(refusal)
    }
}

impl<'a> Call<'a> {
    /// A call that is about nothing in particular.
    pub(super) fn new(path: &'static str, doing: &'static str) -> Self {
        Self {
            path,
            doing,
            subject: None,
        }
    }

    /// Says whom it is about.
    pub(super) fn about(self, subject: &'a str) -> Self {
        Self {
            subject: Some(subject),
            ..self
        }
    }

    /// What is being done, in words.
    pub(super) fn name(&self) -> String {
        match self.subject {
            Some(subject) => format!("{} `{subject}`", self.doing),
            None => self.doing.to_owned(),
        }
    }
}

impl Answer<'_> {
    /// Reads the answer as this type.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(&self.body).map_err(|error| self.unreadable(error))
    }

    /// The record under that name.
    pub(super) fn record(&self, name: &str) -> Result<Raw, Fault> {
        let found: Found<&RawValue> = self.pick(name)?;
        let record = found.value.ok_or_else(|| self.lacks(name))?;
        self.raw(record)
    }

    /// The records under that name, and the cursor of the next page.
    pub(super) fn page(&self, name: &str) -> Result<(Vec<Raw>, Option<String>), Fault> {
        // A list without entries may be left out.
        let found: Found<Vec<&RawValue>> = self.pick(name)?;
        let records = found.value.unwrap_or_default().into_iter();
        let raws = records.map(|record| self.raw(record)).collect::<Result<_, _>>()?;
        let cursor: Option<String> = match found.cursor {
            None => None,
            Some(cursor) => serde_json::from_str(cursor.get()).map_err(|error| self.unreadable(error))?,
        };
        Ok((raws, cursor.filter(|cursor| !cursor.is_empty())))
    }

    fn pick<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Result<Found<'a, T>, Fault> {
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        let found = Pick(name, PhantomData).deserialize(&mut json);
        found
            .and_then(|found| json.end().map(|()| found))
            .map_err(|error| self.unreadable(error))
    }

    fn raw(&self, record: &RawValue) -> Result<Raw, Fault> {
        let text = record.get();
        let id: Option<RecordId> = member(text, "id").map_err(|error| self.unreadable(error))?;
        Ok(Raw::new(id.ok_or_else(|| self.lacks("id"))?, text.to_owned()))
    }

    fn lacks(&self, name: &str) -> Fault {
        Fault::new(FaultKind::Unexpected, self.call.name())
            .said(format!("the answer has no `{name}`"))
            .hint(NOT_AS_DOCUMENTED)
    }

    /// What ends in the middle of a sentence was cut off on the way; what is whole and different is not as documented.
    fn unreadable(&self, error: serde_json::Error) -> Fault {
        let kind = match error.classify() {
            Category::Data => FaultKind::Unexpected,
            Category::Io | Category::Syntax | Category::Eof => FaultKind::Unreachable,
        };
        Fault::new(kind, self.call.name())
            .said(unread(&error))
            .hint(NOT_AS_DOCUMENTED)
    }
}

/// What is wanted of an answer, in one go; the rest is passed over.
struct Found<'a, T> {
    value: Option<T>,
    cursor: Option<&'a RawValue>,
}

/// Finds the member of that name, and `next_cursor`.
struct Pick<'n, T>(&'n str, PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Pick<'_, T> {
    type Value = Found<'de, T>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Pick<'_, T> {
    type Value = Found<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut value, mut cursor) = (None, None);
        while let Some(place) = members.next_key_seed(OneOf(&[self.0, "next_cursor"]))? {
            match place {
                Some(0) => value = Some(members.next_value()?),
                Some(_) => cursor = Some(members.next_value()?),
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Found { value, cursor })
    }
}

impl Refusal {
    /// Whether this member of the request is not known there.
    pub(super) fn is_unknown_field(&self, name: &str) -> bool {
        self.kind == "invalid_field" && self.field == name
    }

    pub(super) fn kind(&self) -> FaultKind {
        self.fault.kind()
    }

    /// Whether the request names a record that is not there.
    pub(super) fn names_nothing(&self) -> bool {
        self.kind() == FaultKind::Gone || self.kind == "invalid_id"
    }

    /// The id that the record has now, if it moved.
    pub(super) fn moved(&self) -> Option<&RecordId> {
        self.moved.as_ref()
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        refusal.fault
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            kind: String::new(),
            field: String::new(),
            moved: None,
        }
    }
}

/// A refusal of this kind is as good as done: it was so before.
pub(super) fn accept(done: Result<(), Refusal>, kind: FaultKind) -> Result<(), Fault> {
    match done {
        Err(refusal) if refusal.kind() != kind => Err(refusal.into()),
        _ => Ok(()),
    }
}

fn refusal(call: Call<'_>, response: &Response) -> Refusal {
    let body: ErrorBody = serde_json::from_slice(&response.body).unwrap_or_default();
    let fault = Fault::new(fault_kind(response, &body), call.name());
    let fault = match words(&body) {
        words if words.is_empty() => fault.said(format!("status {}", response.status)),
        words => fault.said(words),
    };
    let fault = match hint(response.status, &body) {
        Some(hint) => fault.hint(hint),
        None => fault,
    };
    Refusal {
        fault,
        kind: body.kind.unwrap_or_default(),
        field: body.field_name.unwrap_or_default(),
        moved: moved(response),
    }
}

/// After a merge an id moves, and `Location` holds the new one: alone, or at the end of an address.
fn moved(response: &Response) -> Option<RecordId> {
    let location = response
        .header_text("location")
        .filter(|_| response.status == 301)?;
    let location = location
        .replace("%3A", ":")
        .replace("%3a", ":")
        .replace("%2F", "/")
        .replace("%2f", "/");
    let (_, id) = location.split_once("don:")?;
    let id = id.split(['&', '?', '#']).next()?;
    (!id.is_empty()).then(|| RecordId::from(format!("don:{id}")))
}

fn fault_kind(response: &Response, body: &ErrorBody) -> FaultKind {
    let kind = body.kind.as_deref();
    match response.status {
        401 | 403 => FaultKind::Denied,
        // An unknown path answers 404 without a type: that says nothing about a record.
        404 if kind == Some("not_found") => FaultKind::Gone,
        404 => FaultKind::Unexpected,
        301 if moved(response).is_some() => FaultKind::Gone,
        409 => FaultKind::Exists,
        429 => FaultKind::Throttled {
            wait: retry_after(response, body),
        },
        408 | 500.. => FaultKind::Unreachable,
        400..=499 => FaultKind::Rejected,
        _ => FaultKind::Unexpected,
    }
}

fn retry_after(response: &Response, body: &ErrorBody) -> Option<Duration> {
    let header = response.header_text("retry-after").map(str::to_owned);
    let text = header.or_else(|| body.retry_after.as_ref().map(ToString::to_string))?;
    let seconds = text.trim().parse::<f64>().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// `title: Bad Request (invalid_field)`
fn words(body: &ErrorBody) -> String {
    let said = [&body.message, &body.detail, &body.reason];
    let mut words = said
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(field) = &body.field_name {
        words = format!("{field}: {words}");
    }
    let kinds = [&body.kind, &body.subtype].into_iter().flatten();
    for kind in kinds {
        words.push_str(&format!(" ({kind})"));
    }
    if let Some(reference) = &body.reference_id {
        words.push_str(&format!(" [{reference}]"));
    }
    words.trim().to_owned()
}

fn hint(status: u16, body: &ErrorBody) -> Option<&'static str> {
    match status {
        401 => Some("the token is wrong or has expired; make a new personal access token in DevRev"),
        403 => Some("the token's user lacks this permission in DevRev"),
        404 if body.kind.is_none() => Some("there is no such call at that address; check `base_url`"),
        500.. => Some("DevRev may have an outage; what was done is kept, so sync again later"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
