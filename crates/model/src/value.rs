//! What a field can hold. Tagged: a text that looks like a date stays a text.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{Number, ObjectName, RecordId};

/// A field's contents, in our words.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// Known to be empty.
    #[default]
    #[serde(rename = "none")]
    Nothing,
    /// Yes or no.
    #[serde(rename = "b")]
    Bool(bool),
    /// A number with the vendor's digits.
    #[serde(rename = "n")]
    Number(Number),
    /// Plain text, never markup.
    #[serde(rename = "t")]
    Text(String),
    /// Text with structure, in the markup its vendor speaks.
    #[serde(rename = "rich")]
    Rich(RichText),
    /// A moment.
    #[serde(rename = "at")]
    Instant(Timestamp),
    /// A calendar day without a time zone.
    #[serde(rename = "on")]
    Date(Date),
    /// Another record of the same side.
    #[serde(rename = "ref")]
    Ref(Reference),
    /// Somebody who is known by name or address, not by a record.
    #[serde(rename = "who")]
    Person(Person),
    /// A file that lives with the vendor.
    #[serde(rename = "file")]
    File(FileRef),
    /// Who may see it.
    #[serde(rename = "seen_by")]
    Visibility(Visibility),
    /// Several values in order.
    #[serde(rename = "list")]
    List(Vec<Value>),
    /// Named values.
    #[serde(rename = "map")]
    Map(BTreeMap<String, Value>),
}

/// Text with structure, and the markup it is written in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RichText {
    /// The markup.
    pub format: RichFormat,
    /// The text in that markup.
    pub text: String,
}

/// A markup that a vendor speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RichFormat {
    /// HTML as mail programs and editors write it; untrusted.
    Html,
    /// CommonMark.
    CommonMark,
}

/// A record named from within another record of the same side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// The kind of record it is.
    pub object: ObjectName,
    /// Its id on that side.
    pub id: RecordId,
    /// The name it went by where it was mentioned, kept in case the record cannot be followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// Somebody known by name or address only.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Person {
    /// E-mail address, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Name, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A file at a vendor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileRef {
    /// Where it can be fetched; may expire.
    pub url: String,
    /// Its name.
    pub name: String,
    /// Its media type, if the vendor says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// Who may see a text. What is not known to be public is internal, which is why that is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The company's own people only.
    #[default]
    Internal,
    /// The customer too.
    Public,
}

impl Value {
    /// Whether there is nothing to move: nothing, an empty text, list or map.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Text(text) => text.is_empty(),
            Self::Rich(rich) => rich.text.is_empty(),
            Self::List(values) => values.is_empty(),
            Self::Map(map) => map.is_empty(),
            _ => false,
        }
    }

    /// A text, or nothing if it is empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::Nothing
        } else {
            Self::Text(text)
        }
    }

    /// The plain text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its elements: a list's, none of nothing, and itself otherwise.
    pub fn elements(&self) -> &[Value] {
        match self {
            Self::List(values) => values,
            Self::Nothing => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// Every reference within it.
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Ref(reference) => vec![reference],
            Self::List(values) => values.iter().flat_map(Self::references).collect(),
            Self::Map(map) => map.values().flat_map(Self::references).collect(),
            _ => Vec::new(),
        }
    }
}
