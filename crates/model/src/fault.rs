//! A failure at a vendor's door, or at the disk's: a kind for the program, words for people.

use std::{error::Error, fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// What the engine does about a fault depends on this alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// What the user set up cannot work: a missing setting, an unknown part, a full disk.
    Settings,
    /// The vendor knows us and says no, or does not know us.
    Denied,
    /// The vendor knows us, and does not give us this kind of record: it has none of it, or we may not view it.
    /// Other kinds go on.
    Unavailable,
    /// Too fast; nothing was done. Wait so long, if the vendor says it.
    Throttled {
        /// How long the vendor asks us to wait.
        wait: Option<Duration>,
    },
    /// No whole answer came. What was asked may have been done.
    Unreachable,
    /// The vendor understood, and refused this record.
    Rejected,
    /// The record is not there any more.
    Gone,
    /// A record with the same unique key exists already.
    Exists,
    /// An answer that the documentation does not allow.
    Unexpected,
}

/// A failure: its kind, what was being done, the vendor's words, a hint, and the cause.
#[derive(Debug)]
pub struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: FaultKind,
    doing: String,
    said: Option<String>,
    hint: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    unsent: bool,
}

impl Fault {
    /// A fault of this kind while doing this (`reading a page of companies`).
    pub fn new(kind: FaultKind, doing: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            doing: doing.into(),
            said: None,
            hint: None,
            cause: None,
            unsent: false,
        }))
    }

    /// Adds the vendor's own words, cut to a readable length. Never pass a secret or a whole record.
    #[must_use]
    pub fn said(mut self, words: impl AsRef<str>) -> Self {
        let words: String = words.as_ref().chars().take(400).collect();
        self.0.said = Some(words);
        self
    }

    /// Adds what a person can try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Adds that nothing reached the vendor: nobody listened.
    #[must_use]
    pub fn unsent(mut self) -> Self {
        self.0.unsent = true;
        self
    }

    /// Whether nothing reached the vendor, for sure. Without an answer, what was asked may have been done all the same.
    pub fn is_unsent(&self) -> bool {
        let cause = self.0.cause.as_deref();
        let cause = cause.and_then(|cause| (cause as &(dyn Error + 'static)).downcast_ref::<Self>());
        self.0.unsent || cause.is_some_and(Self::is_unsent)
    }

    /// What the engine goes by.
    pub fn kind(&self) -> FaultKind {
        self.0.kind
    }

    /// What was being done.
    pub fn doing(&self) -> &str {
        &self.0.doing
    }

    /// The vendor's words, if it had any.
    pub fn words(&self) -> Option<&str> {
        self.0.said.as_deref()
    }

    /// What a person can try, if we know.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        let verdict = match inner.kind {
            FaultKind::Settings => "cannot work as it is set up",
            FaultKind::Denied => "was not allowed",
            FaultKind::Unavailable => "found that it cannot be had",
            FaultKind::Throttled { .. } => "was asked to slow down",
            FaultKind::Unreachable => "got no answer",
            FaultKind::Rejected => "was refused",
            FaultKind::Gone => "found nothing there",
            FaultKind::Exists => "found that it exists already",
            FaultKind::Unexpected => "got an answer that makes no sense",
        };
        write!(f, "{} {verdict}", inner.doing)?;
        match &inner.said {
            Some(said) => write!(f, ": {said}"),
            None => Ok(()),
        }
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

/// An error and all its causes in one line, for logs.
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
