//! One part of a conversation, and what first messages, parts and articles have in common: authors and files.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Whether a conversation is open, closed or asleep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    #[default]
    Open,
    Closed,
    Snoozed,
}

impl Standing {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Snoozed => "snoozed",
        }
    }
}

/// Who wrote something, as it was known then: whoever is removed later keeps a name here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Author {
    /// `admin`, `user`, `lead`, `bot`, `team`.
    pub(super) kind: Box<str>,
    pub(super) id: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<Box<str>>,
    /// Whether the vendor's own machine answered.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) is_answer: bool,
}

impl Author {
    pub(super) fn is_admin(&self) -> bool {
        &*self.kind == "admin"
    }

    /// Whether this is a customer.
    pub(super) fn is_contact(&self) -> bool {
        matches!(&*self.kind, "user" | "lead" | "contact")
    }

    pub(super) fn shown(&self) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("type".to_owned(), json!(self.kind));
        shown.insert("id".to_owned(), json!(self.id));
        shown.insert("name".to_owned(), json!(self.name));
        shown.insert("email".to_owned(), json!(self.email));
        shown
    }
}

/// A file that hangs on a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Attachment {
    /// Which file it is, as `files` knows it.
    pub(super) file: Box<str>,
    pub(super) name: Box<str>,
    pub(super) content_type: Box<str>,
    pub(super) size: u64,
    /// Width and height of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pixels: Option<(u32, u32)>,
}

/// Whom a part hands the conversation to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Assignee {
    /// `admin`, `team` or `nobody_admin`.
    pub(super) kind: Box<str>,
    pub(super) id: u64,
}

impl Assignee {
    pub(super) fn shown(&self) -> Value {
        match self.id {
            0 => json!({"type": "nobody_admin", "id": null}),
            id => json!({"type": self.kind, "id": id.to_string()}),
        }
    }
}

/// What few parts have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Extra {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assigned: Option<Assignee>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_id: Option<Box<str>>,
    /// The headers of a mail.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(super) email: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(super) metadata: Value,
    /// What happened, by kind of part.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(super) details: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Box<str>>,
    /// The ticket's state before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ticket_state: Option<(Box<str>, Box<str>)>,
    /// The attribute of the ticket that changed.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(super) attribute: Value,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) by_app: bool,
}

/// One thing said or done in a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) id: u64,
    /// The vendor's `part_type`.
    pub(super) kind: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Box<str>>,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) author: Author,
    /// How the conversation stood afterwards.
    #[serde(default)]
    pub(super) standing: Standing,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) redacted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) extra: Option<Box<Extra>>,
}

impl Part {
    pub(super) fn new(kind: &str, author: Author, at: i64) -> Self {
        Self {
            id: 0,
            kind: kind.into(),
            body: None,
            created: at,
            updated: at,
            author,
            standing: Standing::Open,
            attachments: Vec::new(),
            redacted: false,
            extra: None,
        }
    }

    pub(super) fn body(mut self, body: Option<String>) -> Self {
        self.body = body.map(Into::into);
        self
    }

    pub(super) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    pub(super) fn assigned(mut self, kind: &str, id: u64) -> Self {
        self.extra().assigned = Some(Assignee {
            kind: kind.into(),
            id,
        });
        self
    }

    pub(super) fn details(mut self, details: Value) -> Self {
        self.extra().details = details;
        self
    }

    /// Whether people said something with it, rather than did something.
    pub(super) fn is_said(&self) -> bool {
        self.body.is_some() || !self.attachments.is_empty()
    }

    /// Whether the customer sees it.
    pub(super) fn is_reply(&self) -> bool {
        matches!(&*self.kind, "comment" | "open" | "close" | "quick_reply") && self.is_said()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}
