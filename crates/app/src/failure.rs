//! What a command ends with when it cannot do what was asked: one sentence, its causes, a hint, an exit code.

use std::{error::Error, fmt};

use model::Fault;
use store::{StoreError, Trouble};

/// How a command ends, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no, or the run is incomplete.
    No = 1,
    /// Asked for in a way that cannot be.
    Usage = 2,
    /// Something broke.
    Broke = 3,
}

/// Why a command stopped.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    sentence: String,
    hint: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// Something that is not the caller's mistake.
    pub fn broke(sentence: impl Into<String>) -> Self {
        Self::with_exit(Exit::Broke, sentence)
    }

    /// The caller's mistake.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self::with_exit(Exit::Usage, sentence)
    }

    /// The answer is no: nothing is broken, and somebody must decide anew.
    pub fn no(sentence: impl Into<String>) -> Self {
        Self::with_exit(Exit::No, sentence)
    }

    fn with_exit(exit: Exit, sentence: impl Into<String>) -> Self {
        Self {
            exit,
            sentence: sentence.into(),
            hint: None,
            cause: None,
        }
    }

    /// Adds what a person can try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same failure as the caller's mistake.
    #[must_use]
    pub fn into_usage(mut self) -> Self {
        self.exit = Exit::Usage;
        self
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What a person can try, if we know.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The causes, nearest first.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        causes
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self {
            exit: Exit::Broke,
            sentence: as_sentence(&fault),
            hint: fault.advice().map(str::to_owned),
            cause: fault.source().map(spent),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error.trouble() {
            Trouble::Missing { .. }
            | Trouble::Taken { .. }
            | Trouble::InUse { .. }
            | Trouble::Feeds { .. }
            | Trouble::BadAddress
            | Trouble::BadKey => Exit::Usage,
            _ => Exit::Broke,
        };
        Self {
            exit,
            sentence: as_sentence(&error),
            hint: error.hint().map(str::to_owned),
            cause: error.source().map(spent),
        }
    }
}

/// What was being done begins with a small letter; a sentence does not.
fn as_sentence(error: &dyn Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text,
    }
}

/// A cause as text: the error it belonged to is spent when it becomes a failure.
fn spent(cause: &(dyn Error + 'static)) -> Box<dyn Error + Send + Sync> {
    model::chain(cause).into()
}
