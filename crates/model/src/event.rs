//! Events: what a product says its people did, in the words of Segment's libraries, as it was accepted.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{ConnectionId, MessageId, SourceId};

/// What sends events with a write key of its own: a website, an app, a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSource {
    /// Its name.
    pub id: SourceId,
    /// What its libraries send with every request.
    pub key: WriteKey,
    /// The connection that its events are brought to; none, if they are only kept.
    pub destination: Option<ConnectionId>,
    /// How they are brought there, as the destination understands it.
    pub settings: Map<String, Json>,
    /// Whether its events are taken in; those of a source that is switched off are discarded.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Says whose events come. A browser shows it to everybody, so it opens nothing but the way in; logs have only its end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteKey(Box<str>);

impl WriteKey {
    /// Wraps a text.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The key as libraries send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its last letters, enough to recognise it by; a short one shows fewer.
    pub fn hint(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        let shown = (letters.len() / 3).min(4);
        let end = letters.iter().skip(letters.len() - shown);
        std::iter::once('…')
            .chain(end.copied().filter(|letter| letter.is_ascii_graphic()))
            .collect()
    }
}

impl fmt::Debug for WriteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hint())
    }
}

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Who somebody is.
    Identify,
    /// What somebody did.
    Track,
    /// Which page somebody saw.
    Page,
    /// Which screen of an app somebody saw.
    Screen,
    /// Which company somebody belongs to.
    Group,
    /// That two ids are one person's.
    Alias,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Identify,
        Self::Track,
        Self::Page,
        Self::Screen,
        Self::Group,
        Self::Alias,
    ];

    /// The word that libraries send.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Track => "track",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An event as it was accepted. Its source and its message id say which it is: what comes again is the same event.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Whose it is.
    pub source: SourceId,
    /// The id that its library gave it, or that we gave it where there was none.
    pub message_id: MessageId,
    /// What it says.
    pub kind: EventKind,
    /// When it came, by our clock.
    pub received_at: Timestamp,
    /// When it took place, by our clock: its library's clock may be wrong, and the time it was sent at shows by how much.
    pub timestamp: Timestamp,
    /// When it took place, by its library's clock.
    pub original_timestamp: Option<Timestamp>,
    /// When it was sent, by its library's clock.
    pub sent_at: Option<Timestamp>,
    /// Who, as far as the product knows; a number comes as its digits.
    pub user_id: Option<Box<str>>,
    /// Who, as far as the device knows.
    pub anonymous_id: Option<Box<str>>,
    /// The whole event as it was sent, as JSON: an object. What its batch said of all its events is merged into `context` and
    /// `integrations`.
    pub body: Box<str>,
}

impl Event {
    /// The event as Segment would hand it on: as it was sent, with what was found out about it in place of what was said.
    /// A member that was sent as null is left out; nothing, if the body is not an object after all.
    pub fn json(&self) -> Option<Map<String, Json>> {
        let mut event: Map<String, Json> = serde_json::from_str(&self.body).ok()?;
        event.retain(|_, value| !value.is_null());
        // One language writes its empty lists for empty objects too.
        for name in ["properties", "traits", "context", "integrations"] {
            if event
                .get(name)
                .and_then(Json::as_array)
                .is_some_and(Vec::is_empty)
            {
                event.insert(name.to_owned(), Map::new().into());
            }
        }
        // What opens the way in has no business further on.
        event.remove("writeKey");
        let mut put = |name: &str, value: Option<String>| match value {
            Some(value) => drop(event.insert(name.to_owned(), value.into())),
            None => drop(event.remove(name)),
        };
        put("type", Some(self.kind.as_str().to_owned()));
        put("messageId", Some(self.message_id.to_string()));
        put("receivedAt", Some(self.received_at.to_string()));
        put("timestamp", Some(self.timestamp.to_string()));
        put(
            "originalTimestamp",
            self.original_timestamp.map(|time| time.to_string()),
        );
        put("sentAt", self.sent_at.map(|time| time.to_string()));
        put("userId", self.user_id.as_deref().map(str::to_owned));
        put("anonymousId", self.anonymous_id.as_deref().map(str::to_owned));
        for name in ["groupId", "previousId"] {
            if let Some(Json::Number(number)) = event.get(name) {
                let digits = number.to_string();
                event.insert(name.to_owned(), digits.into());
            }
        }
        Some(event)
    }
}

impl fmt::Debug for Event {
    /// What an event says of people is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("source", &self.source)
            .field("message_id", &self.message_id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Why an event was not taken in: Segment's word for it where Segment has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Discard {
    /// A batch had no events.
    EmptyBatch,
    /// Neither who nor which device.
    NoUserAnonId,
    /// The id that its kind needs is missing: `groupId` of a group, `previousId` of an alias.
    IdRequired,
    /// An id is neither a text nor a number.
    IdNotString,
    /// A track without its event's name.
    EventNotDefined,
    /// A track whose event's name is no text.
    EventNotString,
    /// The properties are no object.
    PropertiesNotObject,
    /// The traits are no object.
    TraitsNotObject,
    /// A page's name is no text, or an empty one.
    NameNotString,
    /// A page's category is no text, or an empty one.
    CategoryNotString,
    /// It could not be read: no object, too deep, or of no known type.
    BadRequest,
    /// It is larger than an event may be. (A word of ours.)
    EventTooLarge,
    /// It stood in a batch behind as many events as one may have, or behind as much as they may come to. (A word of ours.)
    BatchTooLong,
    /// No source has that write key.
    UnknownSource,
    /// The source is switched off.
    SourceDisabled,
}

impl Discard {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::EmptyBatch,
        Self::NoUserAnonId,
        Self::IdRequired,
        Self::IdNotString,
        Self::EventNotDefined,
        Self::EventNotString,
        Self::PropertiesNotObject,
        Self::TraitsNotObject,
        Self::NameNotString,
        Self::CategoryNotString,
        Self::BadRequest,
        Self::EventTooLarge,
        Self::BatchTooLong,
        Self::UnknownSource,
        Self::SourceDisabled,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmptyBatch => "empty_batch",
            Self::NoUserAnonId => "no_user_anon_id",
            Self::IdRequired => "id_required",
            Self::IdNotString => "id_not_string",
            Self::EventNotDefined => "event_not_defined",
            Self::EventNotString => "event_not_string",
            Self::PropertiesNotObject => "properties_not_object",
            Self::TraitsNotObject => "traits_not_object",
            Self::NameNotString => "name_not_string",
            Self::CategoryNotString => "category_not_string",
            Self::BadRequest => "bad_request",
            Self::EventTooLarge => "event_too_large",
            Self::BatchTooLong => "batch_too_long",
            Self::UnknownSource => "unknown_source",
            Self::SourceDisabled => "source_disabled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(body: &str) -> Event {
        let at = |second| Timestamp::from_second(second).unwrap();
        Event {
            source: SourceId::new("web"),
            message_id: MessageId::new("m1"),
            kind: EventKind::Group,
            received_at: at(10),
            timestamp: at(9),
            original_timestamp: Some(at(109)),
            sent_at: Some(at(110)),
            user_id: Some("7".into()),
            anonymous_id: None,
            body: body.into(),
        }
    }

    #[test]
    fn an_event_is_handed_on_with_what_was_found_out() {
        let sent = r#"{"userId":7,"anonymousId":null,"groupId":42,"traits":{"plan":null},"context":[],"writeKey":"k","x":1}"#;
        let wanted = r#"{"userId":"7","groupId":"42","traits":{"plan":null},"context":{},"x":1,"type":"group","messageId":"m1",
            "receivedAt":"1970-01-01T00:00:10Z","timestamp":"1970-01-01T00:00:09Z",
            "originalTimestamp":"1970-01-01T00:01:49Z","sentAt":"1970-01-01T00:01:50Z"}"#;
        let wanted: Map<String, Json> = serde_json::from_str(wanted).unwrap();
        assert_eq!(event(sent).json(), Some(wanted));
        assert_eq!(event("[]").json(), None);
    }

    #[test]
    fn a_write_key_shows_its_end_only() {
        for (key, hint) in [
            ("", "…"),
            ("ab", "…"),
            ("abcdef", "…ef"),
            ("0123456789abcdefghij", "…ghij"),
        ] {
            assert_eq!(format!("{:?}", WriteKey::new(key)), hint);
        }
    }

    #[test]
    fn words_lead_back_to_their_kinds() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(EventKind::parse("delete"), None);
    }
}
