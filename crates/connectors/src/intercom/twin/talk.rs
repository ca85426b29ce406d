//! A conversation as it is kept: what it says of itself, its first message and its parts. A ticket is one with the facts
//! of a ticket beside it, for both share their ids.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::part::{Attachment, Author, Part, Standing};

/// The first message. It is not one of the parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Source {
    /// The channel: `conversation`, `email`, …
    pub(super) kind: Box<str>,
    pub(super) id: u64,
    pub(super) delivered_as: Box<str>,
    #[serde(default)]
    pub(super) subject: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Box<str>>,
    pub(super) author: Author,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<Box<str>>,
    #[serde(default)]
    pub(super) redacted: bool,
    /// The headers of a mail, its recipients among them.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) email: Value,
}

/// A tag on something: which, since when, and by whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tagged {
    pub(super) tag: u64,
    pub(super) at: i64,
    pub(super) by: u64,
}

/// What a customer thought of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rating {
    /// One to five; none: asked, and not answered.
    pub(super) rating: Option<u8>,
    pub(super) remark: Option<Box<str>>,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) contact: Box<str>,
    pub(super) admin: u64,
}

/// What makes a conversation a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TicketFacts {
    /// The number that people see.
    pub(super) number: u64,
    pub(super) kind: u64,
    pub(super) state: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) state_before: Option<u64>,
    /// By the attribute's name.
    pub(super) attributes: Map<String, Value>,
    #[serde(default)]
    pub(super) is_shared: bool,
    /// Whether it was a conversation before it became a ticket.
    #[serde(default)]
    pub(super) converted: bool,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Talk {
    pub(super) id: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Box<str>>,
    pub(super) created: i64,
    pub(super) updated: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) waiting_since: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) snoozed_until: Option<i64>,
    #[serde(default)]
    pub(super) standing: Standing,
    #[serde(default)]
    pub(super) read: bool,
    /// `none`, `low`, `medium`, `high` or `urgent`.
    pub(super) priority: Box<str>,
    /// Nobody is zero.
    #[serde(default)]
    pub(super) admin: u64,
    #[serde(default)]
    pub(super) team: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) company: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Tagged>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rating: Option<Box<Rating>>,
    pub(super) source: Source,
    pub(super) contacts: Vec<Box<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) teammates: Vec<u64>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) custom: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) sla: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) ai: Value,
    /// The conversations and tickets that it is linked to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) linked: Vec<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ticket: Option<Box<TicketFacts>>,
    /// Where its parts went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) merged_into: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<Part>,
}

impl Talk {
    /// A conversation that begins with this message.
    pub(super) fn new(id: u64, source: Source, contacts: Vec<Box<str>>, at: i64) -> Self {
        Self {
            id,
            title: None,
            created: at,
            updated: at,
            waiting_since: source.author.is_contact().then_some(at),
            snoozed_until: None,
            standing: Standing::Open,
            read: false,
            priority: "none".into(),
            admin: 0,
            team: 0,
            company: None,
            tags: Vec::new(),
            rating: None,
            source,
            contacts,
            teammates: Vec::new(),
            custom: Map::new(),
            sla: Value::Null,
            ai: Value::Null,
            linked: Vec::new(),
            ticket: None,
            merged_into: None,
            parts: Vec::new(),
        }
    }

    /// Adds a part that has its id, and lets the conversation follow from it.
    pub(super) fn add(&mut self, mut part: Part, now: i64) {
        part.standing = self.standing;
        self.updated = self.updated.max(now);
        let admin = part.author.id.parse().ok().filter(|_| part.author.is_admin());
        let is_new = |admin: &u64| !self.teammates.contains(admin);
        if let Some(admin) = admin.filter(is_new) {
            self.teammates.push(admin);
        }
        if part.is_reply() && part.author.is_admin() {
            self.waiting_since = None;
        }
        if part.is_reply() && part.author.is_contact() {
            self.waiting_since = self.waiting_since.or(Some(part.created));
            self.read = false;
        }
        self.parts.push(part);
    }

    /// Opens, closes or puts to sleep.
    pub(super) fn stand(&mut self, standing: Standing, until: Option<i64>) {
        self.standing = standing;
        self.snoozed_until = until;
        if standing == Standing::Closed {
            self.waiting_since = None;
        }
    }

    pub(super) fn part(&self, id: u64) -> Option<&Part> {
        self.parts.iter().find(|part| part.id == id)
    }
}
