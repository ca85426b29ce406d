//! Which events are taken in, and what is found out about them.

use std::{borrow::Cow, cell::Cell};

use jiff::civil::DateTime;
use model::{Discard, Event, EventKind, MessageId, SourceId, Timestamp};
use serde_json::{Map, Value};

use super::{
    Heard, Hearing, Lost,
    batch::Envelope,
    nothing, reply, scan,
    sent::{Sent, is_object, text, text_or_digits},
};

/// Judges the events of one request.
pub(super) struct Judge<'a> {
    hearing: &'a Hearing<'a>,
    /// What its path says of the kind.
    kind: Option<EventKind>,
    envelope: Option<&'a Envelope<'a>>,
    /// So much may the rest of its events come to with what their batch says of all.
    room: Cell<usize>,
}

/// An event that was taken in, before it is known whose it is.
pub(super) struct Taken {
    message_id: MessageId,
    kind: EventKind,
    times: Times,
    user_id: Option<Box<str>>,
    anonymous_id: Option<Box<str>>,
    body: Box<str>,
}

impl<'a> Judge<'a> {
    /// For a request that is one event.
    pub fn alone(hearing: &'a Hearing<'a>, kind: EventKind) -> Self {
        Self {
            hearing,
            kind: Some(kind),
            envelope: None,
            room: Cell::default(),
        }
    }

    /// For the events of a batch.
    pub fn of_batch(hearing: &'a Hearing<'a>, envelope: &'a Envelope<'a>) -> Self {
        Self {
            hearing,
            kind: None,
            envelope: Some(envelope),
            room: Cell::new(hearing.limits.merged_bytes),
        }
    }

    /// Takes an event apart.
    pub fn read<'s>(&self, json: &'s str) -> Result<Sent<'s>, Discard> {
        serde_json::from_str(json).map_err(|_| Discard::BadRequest)
    }

    /// Judges one.
    pub fn event(&self, json: &str) -> Result<Taken, Discard> {
        if json.len() > self.hearing.limits.event_bytes {
            return Err(Discard::EventTooLarge);
        }
        let scan = scan::scan(json);
        if scan.depth > self.hearing.limits.depth {
            return Err(Discard::BadRequest);
        }
        let json = match scan.has_unfit {
            true => Cow::Owned(scan::whole(json)),
            false => Cow::Borrowed(json),
        };
        let sent = self.read(&json)?;
        let kind = match self.kind {
            Some(kind) => kind,
            None => sent
                .kind
                .and_then(text)
                .and_then(|word| EventKind::parse(&word))
                .ok_or(Discard::BadRequest)?,
        };
        let (user_id, anonymous_id) = who(kind, &sent)?;
        said(kind, &sent)?;
        let sent_at = sent.sent_at.or_else(|| self.envelope?.sent_at);
        Ok(Taken {
            message_id: match sent
                .message_id
                .and_then(text_or_digits)
                .filter(|id| !id.trim().is_empty())
            {
                Some(id) => MessageId::new(id),
                None => (self.hearing.new_id)(),
            },
            kind,
            times: Times::of(self.hearing.now, sent.timestamp, sent_at),
            user_id,
            anonymous_id,
            body: self.merged(&json)?.into(),
        })
    }

    /// The answer to a request of this source, once all its events were judged.
    pub fn conclude(
        &self,
        source: SourceId,
        judged: impl IntoIterator<Item = Result<Taken, Discard>>,
    ) -> Heard {
        let mut heard = nothing(reply::success());
        for taken in judged {
            match taken {
                Ok(taken) => heard.events.push(taken.event(&source, self.hearing.now)),
                Err(why) => match heard.lost.iter_mut().find(|lost| lost.why == why) {
                    Some(lost) => lost.events += 1,
                    None => {
                        heard.lost.push(Lost {
                            source: Some(source.clone()),
                            why,
                            events: 1,
                            key: None,
                        });
                    }
                },
            }
        }
        heard
    }

    /// The event with what its batch says of all. That is said once and kept with each event: a small request would become a
    /// very large one if there were no end to it.
    fn merged<'s>(&self, json: &'s Cow<'s, str>) -> Result<Cow<'s, str>, Discard> {
        let unchanged = Cow::Borrowed(json.as_ref());
        let Some(envelope) = self.envelope else {
            return Ok(unchanged);
        };
        if envelope.context.is_empty() && envelope.integrations.is_empty() {
            return Ok(unchanged);
        }
        let bytes = json.len().saturating_add(envelope.shared_bytes);
        let room = self.room.get().checked_sub(bytes).ok_or(Discard::BatchTooLong)?;
        self.room.set(room);
        let Ok(mut event) = serde_json::from_str::<Map<String, Value>>(json) else {
            return Ok(unchanged);
        };
        for (name, all) in [
            ("context", &envelope.context),
            ("integrations", &envelope.integrations),
        ] {
            if all.is_empty() {
                continue;
            }
            let own = event.remove(name);
            event.insert(name.to_owned(), with(all, own));
        }
        Ok(serde_json::to_string(&event).map_or(unchanged, Cow::Owned))
    }
}

/// What a batch says of all, except where the event itself says more: its word counts, also one object deeper.
fn with(all: &Map<String, Value>, own: Option<Value>) -> Value {
    let mut merged = all.clone();
    if let Some(Value::Object(own)) = own {
        for (name, value) in own {
            let value = match (merged.remove(&name), value) {
                (Some(Value::Object(mut all)), Value::Object(own)) => {
                    all.extend(own);
                    Value::Object(all)
                }
                (_, own) => own,
            };
            merged.insert(name, value);
        }
    }
    Value::Object(merged)
}

impl Taken {
    fn event(self, source: &SourceId, received_at: Timestamp) -> Event {
        Event {
            source: source.clone(),
            message_id: self.message_id,
            kind: self.kind,
            received_at,
            timestamp: self.times.timestamp,
            original_timestamp: self.times.original,
            sent_at: self.times.sent_at,
            user_id: self.user_id,
            anonymous_id: self.anonymous_id,
            body: self.body,
        }
    }
}

type Ids = (Option<Box<str>>, Option<Box<str>>);

/// Whose an event is. A group or an alias that names only the other id is somebody's too.
fn who(kind: EventKind, sent: &Sent<'_>) -> Result<Ids, Discard> {
    let ids = [sent.user_id, sent.anonymous_id, sent.group_id, sent.previous_id];
    let mut found = ids.into_iter().map(|json| json.map(text_or_digits));
    let mut next = || match found.next().flatten() {
        Some(None) => Err(Discard::IdNotString),
        Some(Some(id)) => Ok(Some(id).filter(|id| !id.trim().is_empty())),
        None => Ok(None),
    };
    let (user, anonymous, group, previous) = (next()?, next()?, next()?, next()?);
    let needed = match kind {
        EventKind::Group => Some(group),
        EventKind::Alias => Some(previous),
        _ => None,
    };
    match needed {
        Some(None) => return Err(Discard::IdRequired),
        // One that is there and empty is not the same as none.
        None if user.is_none() && anonymous.is_none() => {
            return Err(match sent.user_id.or(sent.anonymous_id) {
                Some(_) => Discard::IdNotString,
                None => Discard::NoUserAnonId,
            });
        }
        _ => {}
    }
    let boxed = |id: Option<Cow<'_, str>>| id.map(|id| Box::from(id.as_ref()));
    Ok((boxed(user), boxed(anonymous)))
}

/// Whether what an event says is what its kind says.
fn said(kind: EventKind, sent: &Sent<'_>) -> Result<(), Discard> {
    let is_object = |json: Option<&str>| json.is_none_or(is_object);
    let is_text =
        |json: Option<&str>| json.is_none_or(|json| text(json).is_some_and(|text| !text.is_empty()));
    match kind {
        EventKind::Track => match sent.event.map(text) {
            None => return Err(Discard::EventNotDefined),
            Some(None) => return Err(Discard::EventNotString),
            Some(Some(name)) if name.trim().is_empty() => return Err(Discard::EventNotDefined),
            Some(Some(_)) => {}
        },
        EventKind::Page | EventKind::Screen => {
            if !is_text(sent.name) {
                return Err(Discard::NameNotString);
            }
            if !is_text(sent.category) {
                return Err(Discard::CategoryNotString);
            }
        }
        EventKind::Identify | EventKind::Group | EventKind::Alias => {}
    }
    let has_traits = matches!(kind, EventKind::Identify | EventKind::Group);
    if has_traits && !is_object(sent.traits) {
        return Err(Discard::TraitsNotObject);
    }
    let has_properties = matches!(kind, EventKind::Track | EventKind::Page | EventKind::Screen);
    if has_properties && !is_object(sent.properties) {
        return Err(Discard::PropertiesNotObject);
    }
    Ok(())
}

/// When an event took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// By our clock.
    pub timestamp: Timestamp,
    /// By its library's clock.
    pub original: Option<Timestamp>,
    /// When it was sent, by its library's clock.
    pub sent_at: Option<Timestamp>,
}

impl Times {
    /// Both clocks tick alike: what lies between two times of the library's lies between them by ours too. A time that cannot
    /// be read counts as none.
    pub fn of(received_at: Timestamp, timestamp: Option<&str>, sent_at: Option<&str>) -> Self {
        let original = timestamp.and_then(time);
        let sent_at = sent_at.and_then(time);
        let timestamp = match (original, sent_at) {
            (None, _) => received_at,
            (Some(original), None) => original,
            (Some(original), Some(sent_at)) => received_at
                .checked_sub(sent_at.duration_since(original))
                .unwrap_or(received_at),
        };
        Self {
            timestamp,
            original,
            sent_at,
        }
    }
}

/// A time as libraries write it; one without a zone is meant in UTC.
fn time(json: &str) -> Option<Timestamp> {
    let text = text(json)?;
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|time| time.timestamp())
    })
}
