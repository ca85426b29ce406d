//! What is moved: the raw copy a vendor sent, and the record it becomes in our words.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Fault, FaultKind, FieldName, ObjectName, RecordId, RichFormat, Value};

/// What a vendor sent, untouched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The vendor's id of the record.
    pub id: RecordId,
    /// The JSON text, as sent.
    pub json: String,
    /// What decides whether it changed.
    pub hash: RawHash,
}

/// The hash of a raw's text: what decides whether a record changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RawHash(pub [u8; 16]);

impl Raw {
    /// Takes a copy in.
    pub fn new(id: RecordId, json: String) -> Self {
        let mut short = [0; 16];
        short.copy_from_slice(blake3::hash(json.as_bytes()).as_bytes().split_at(16).0);
        Self {
            id,
            json,
            hash: RawHash(short),
        }
    }

    /// The copy that a direct read gave, under the hash of the shorter one that a list gave: so the next list tells
    /// whether the record changed, without reading it directly again.
    #[must_use]
    pub fn completed_by(self, found: Raw) -> Self {
        Self {
            id: self.id,
            json: found.json,
            hash: self.hash,
        }
    }

    /// Reads the text as a connector's private type; what does not fit is a fault that names the record.
    pub fn parse<'de, T: Deserialize<'de>>(&'de self, doing: &str) -> Result<T, Fault> {
        serde_json::from_str(&self.json).map_err(|error| {
            Fault::new(FaultKind::Unexpected, format!("{doing} `{}`", self.id)).because(error)
        })
    }
}

/// A record's fields, sorted: a difference always reads the same way.
pub type Fields = BTreeMap<FieldName, Value>;

/// One thing, as one side sees it, in our words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The vendor's id.
    pub id: RecordId,
    /// What a person would call it.
    pub title: String,
    /// Its fields. A field that is absent is not known; a field that is `Nothing` is known to be empty.
    pub fields: Fields,
    /// When the vendor says it changed; never decides anything.
    pub changed_at: Option<Timestamp>,
    /// The keys of ours or of others that the vendor stores with it (`external_refs`, `externalId`).
    pub keys: Vec<String>,
}

/// A kind of record that a connection offers, as its schema is today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectType {
    /// Its name.
    pub name: ObjectName,
    /// What a person calls it.
    pub title: String,
    /// Its fields, custom ones included.
    pub fields: Vec<Field>,
    /// Whether custom fields can be added to it by us.
    pub extensible: bool,
}

impl ObjectType {
    /// The field of that name.
    pub fn field(&self, name: &FieldName) -> Option<&Field> {
        self.fields.iter().find(|field| &field.name == name)
    }
}

/// A field of an object type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name on that side, as `Record::fields` uses it.
    pub name: FieldName,
    /// What a person calls it. For a custom field, the name its maker gave it.
    pub title: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether the vendor lets us write it.
    pub writable: bool,
    /// Whether a record cannot be created without it.
    pub required: bool,
    /// Whether the customer made it.
    pub custom: bool,
    /// The vendor's own id of it, which stays when the customer renames it; none: its name is its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Field {
    /// What stays when the customer renames it: the vendor's id of it, or its name.
    pub fn lasting_name(&self) -> &str {
        self.id.as_deref().unwrap_or(self.name.as_str())
    }
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Yes or no.
    Bool,
    /// Any decimal number.
    Number,
    /// A whole number; a fraction does not fit.
    Integer,
    /// Plain text of at most so many characters.
    Text {
        /// The longest text, in characters, if there is a limit.
        max: Option<usize>,
    },
    /// Marked-up text.
    Rich {
        /// The markup.
        format: RichFormat,
        /// The longest text, in characters, if there is a limit.
        max: Option<usize>,
    },
    /// A moment.
    Instant,
    /// A calendar day.
    Date,
    /// One of these words.
    Choice {
        /// The words.
        values: Vec<String>,
    },
    /// A record of this object.
    Ref {
        /// The object.
        object: ObjectName,
    },
    /// A record of any of these objects.
    RefAny {
        /// The objects. One that ends with `*` stands for every object whose name begins so.
        objects: Vec<ObjectName>,
    },
    /// Somebody known by name or address.
    Person,
    /// A file.
    File,
    /// Who may see it.
    Visibility,
    /// Several of the same kind.
    List(Box<FieldKind>),
    /// Anything that JSON can say.
    Json,
}

impl FieldKind {
    /// The objects whose records it refers to, if it is a reference or several.
    pub fn targets(&self) -> &[ObjectName] {
        match self {
            Self::Ref { object } => std::slice::from_ref(object),
            Self::RefAny { objects } => objects,
            Self::List(inner) => inner.targets(),
            _ => &[],
        }
    }
}
