//! One type per kind of id, so that a record's id is never passed where a run's is meant.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a text that is already known to be such an id.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }
    )*};
}

text_id! {
    /// Names a connector: `planhat`, `devrev`.
    ConnectorId;
    /// Names a connection, as its user named it.
    ConnectionId;
    /// Names an import, as its user named it.
    ImportId;
    /// Names a pairing within its recipe.
    PairingId;
    /// Names a kind of record on one side: `company`, `ticket`.
    ObjectName;
    /// Names a record's field on one side.
    FieldName;
    /// Identifies a record the way its vendor does.
    RecordId;
    /// Identifies one execution.
    RunId;
    /// Names what sends events with a write key of its own, as its user named it.
    SourceId;
    /// Identifies an event, as its library does.
    MessageId;
    /// Identifies one planned write.
    ChangeId;
    /// The key of ours that a vendor stores with a record we create, so that it can be found again.
    ExternalKey;
    /// Where reading goes on; only the connector that made it can read it.
    Cursor;
}

/// One object of one connection: what is mirrored and paired.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct End {
    /// The connection that reaches the vendor.
    pub connection: ConnectionId,
    /// The object within it.
    pub object: ObjectName,
}

impl End {
    /// Names an object of a connection.
    pub fn new(connection: &ConnectionId, object: &ObjectName) -> Self {
        Self {
            connection: connection.clone(),
            object: object.clone(),
        }
    }
}

/// Counts changes of a mirrored end in the order in which they were kept; it only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub i64);

impl ObjectName {
    /// Whether it is the named object, or one of those that a name with `*` at its end stands for.
    pub fn is_among(&self, named: &ObjectName) -> bool {
        match named.as_str().strip_suffix('*') {
            Some(begin) => self.as_str().starts_with(begin),
            None => self == named,
        }
    }
}

impl ExternalKey {
    /// The key of a record that is born on the left: the same text whenever and wherever it is made.
    pub fn of(connector: &ConnectorId, object: &ObjectName, id: &RecordId) -> Self {
        Self::from(format!("{connector}:{object}:{id}"))
    }
}
